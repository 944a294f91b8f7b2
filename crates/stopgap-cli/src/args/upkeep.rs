//! The commands of an administrator: presets, the log, throttles, keys, the clock and the
//! purge.

use clap::{Args, Subcommand};
use stopgap::Name;

use super::{Acting, ListFlags, PolicyFlags, ThrottleFilters};
use crate::moment::Since;

const LOG_EXAMPLES: &str = "\
Examples:
  stopgap log --since 1d
  stopgap log --user alice --since 2026-11-21T15:00:00Z --limit 1000
  stopgap log retention 365";

const RETENTION_HELP: &str = "\
A purge that would delete younger events is refused. Any administrator can raise the number of
days; only a super administrator can lower it.";

const SET_PRESET_HELP: &str = "\
Examples:
  stopgap preset set lost-token --valid 1mo --purpose bypass --max-uses 1
  stopgap preset set lost-token --valid 7d --purpose bypass --max-uses 1 --replace

A preset that exists is changed after a confirmation, which shows the changes.";

const RETIRE_HELP: &str = "\
Examples:
  stopgap key retire 1
  stopgap key retire 1 --compromised

A key is refused while records that were made with it can still be used: codes, security codes,
machines and presets. With --compromised these records are ended and listed, so that you can issue,
create, enrol and set them again. The list has the records of one tenant. Those of other tenants
are refused from then on; repeat the command with --tenant to end and list them.";

#[derive(Debug, Subcommand)]
pub(crate) enum PresetCommand {
    /// Set a preset, for `online issue --preset`
    #[command(after_help = SET_PRESET_HELP)]
    Set(SetPreset),
    /// List the presets
    List {
        #[command(flatten)]
        list: ListFlags,
    },
    /// Remove a preset; codes that were issued by it do not change
    Remove {
        /// Name of the preset
        name: Name,
        #[command(flatten)]
        acting: Acting,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SetPreset {
    /// Name of the preset
    pub(crate) name: Name,
    #[command(flatten)]
    pub(crate) policy: PolicyFlags,
    /// Change a preset that exists without a confirmation
    #[arg(long)]
    pub(crate) replace: bool,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, after_help = LOG_EXAMPLES)]
pub(crate) struct Log {
    #[command(subcommand)]
    pub(crate) command: Option<LogCommand>,
    /// Only events about this user
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<Name>,
    /// Only events since then: 1d, 12h or 2mo (ago), yesterday, '2026-11-21 15:00' or RFC 3339
    #[arg(long, value_name = "T")]
    pub(crate) since: Option<Since>,
    /// Highest number of events to list
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) list: ListFlags,
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

#[derive(Debug, Subcommand)]
pub(crate) enum ThrottleCommand {
    /// List the users with failed attempts, by name
    #[command(after_help = "Example:\n  stopgap throttle list --locked")]
    List {
        #[command(flatten)]
        filters: ThrottleFilters,
        /// Highest number of users to list
        #[arg(long, value_name = "N", default_value_t = 1_000)]
        limit: usize,
        #[command(flatten)]
        list: ListFlags,
    },
    /// Show a user's failed attempts and lockout
    Show {
        /// User
        user: Name,
    },
    /// Clear a user's failed attempts, and unlock the user
    Reset {
        /// User
        user: Name,
        #[command(flatten)]
        acting: Acting,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Add a master key: it becomes the primary key, and older keys still verify
    Add {
        #[command(flatten)]
        acting: Acting,
    },
    /// List the keys, with their state
    List {
        #[command(flatten)]
        list: ListFlags,
    },
    /// Retire a key that is no longer needed, or that others may know
    #[command(after_help = RETIRE_HELP)]
    Retire(RetireKey),
}

#[derive(Debug, Args)]
pub(crate) struct RetireKey {
    /// Number of the key
    pub(crate) id: u32,
    /// End everything that was made with the key, because others may know it
    #[arg(long)]
    pub(crate) compromised: bool,
    /// Do not ask for confirmation
    #[arg(long, requires = "compromised")]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClockCommand {
    /// Accept this machine's clock, although it was set back
    #[command(
        after_help = "Commands are refused if the store has seen a later time \
        than the clock shows:\nexpired codes would become valid again. Correct the clock first, \
        then accept it."
    )]
    Accept {
        #[command(flatten)]
        acting: Acting,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Purge {
    /// Days after which codes are deleted that have expired, or were revoked or used up
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub(crate) codes: u32,
    /// Days after which verifications with an idempotency key are deleted, at least 2
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    pub(crate) verifications: u32,
    /// Days after which events are deleted, not fewer than those of `stopgap log retention`
    #[arg(long, value_name = "DAYS", default_value_t = 400)]
    pub(crate) events: u32,
    #[command(flatten)]
    pub(crate) acting: Acting,
}
