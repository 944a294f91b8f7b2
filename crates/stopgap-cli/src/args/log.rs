//! `stopgap log`.

use clap::{Args, Subcommand};
use stopgap::{Name, RecordId};
use stopgap_registry::{EventKind, IdPrefix, Outcome};

use super::{Acting, ListFlags, value};
use crate::moment::Since;

const EXAMPLES: &str = "\
Examples:
  stopgap log --since 1d
  stopgap log --user alice --kind online.verify --outcome refused
  stopgap log --actor dana --since 2026-11-21T15:00:00Z --until now --utc
  stopgap log --id 0c9d2e11
  stopgap log --limit 1000 --before 019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11
  stopgap log --csv --since 1mo > log.csv
  stopgap log --follow --outcome refused
  stopgap log retention 365

Newest events come first. If there are more than --limit, a note has the --before of the next page;
with --json it is the field `next`. Each page is itself an event, newer than those that it shows.

With --follow the last events come first, oldest first, and new ones follow within a second. With
--json each line is then one document: an event, without `outcome`.

With --csv all fields are printed, and times as RFC 3339. Control characters are written as escapes.
A cell that begins with = + - or @ gets an apostrophe, because a spreadsheet would run it.";

const RETENTION_HELP: &str = "\
Examples:
  stopgap log retention
  stopgap log retention 365

A purge that would delete younger events is refused. Any administrator can raise the number of
days; only a super administrator can lower it.";

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = EXAMPLES)]
pub(crate) struct Log {
    #[command(subcommand)]
    pub(crate) command: Option<LogCommand>,
    #[command(flatten)]
    pub(crate) filters: EventFilters,
    /// Highest number of events to list
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
    /// Only events older than this one: the last one of the page before
    #[arg(long, value_name = "ID")]
    pub(crate) before: Option<RecordId>,
    /// Show the last events, then new ones as they come, until Ctrl-C
    #[arg(short, long, conflicts_with_all = ["until", "before"])]
    pub(crate) follow: bool,
    #[command(flatten)]
    pub(crate) csv: CsvFlags,
    /// Show and read times in UTC
    #[arg(long)]
    pub(crate) utc: bool,
    #[command(flatten)]
    pub(crate) list: ListFlags,
}

#[derive(Debug, Args)]
pub(crate) struct CsvFlags {
    /// Print CSV
    #[arg(long, conflicts_with_all = ["wide", "columns"])]
    pub(crate) csv: bool,
    /// Write cells that a spreadsheet would run as a formula without an apostrophe before them
    #[arg(long, requires = "csv")]
    pub(crate) no_formula_guard: bool,
}

#[derive(Debug, Args)]
pub(crate) struct EventFilters {
    /// Only events of this actor, or on behalf of this person
    #[arg(long, value_name = "NAME")]
    pub(crate) actor: Option<Name>,
    /// Only events about this user
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<Name>,
    /// Only events of this kind
    #[arg(long, value_parser = value::event_kind())]
    pub(crate) kind: Option<EventKind>,
    /// Only events with this outcome: done, refused, or the reason of a refusal
    #[arg(long, value_name = "WORD", value_parser = value::outcome)]
    pub(crate) outcome: Option<Outcome>,
    /// Only events since then: 1d, 12h or 2mo (ago), yesterday, '2026-11-21 15:00' or RFC 3339
    #[arg(long, value_name = "T")]
    pub(crate) since: Option<Since>,
    /// Only events before then
    #[arg(long, value_name = "T")]
    pub(crate) until: Option<Since>,
    /// Only the event with this id, and events about the code with it; its beginning or short
    /// form is enough
    #[arg(long, value_name = "ID")]
    pub(crate) id: Option<IdPrefix>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LogCommand {
    /// Show or set the days for which a purge must keep events
    #[command(after_help = RETENTION_HELP)]
    Retention {
        /// New number of days [default: leave it, and show it]
        days: Option<u32>,
        #[command(flatten)]
        acting: Acting,
    },
}
