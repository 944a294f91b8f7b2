//! `stopgap online`, and the flags of a policy.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use stopgap::{Alphabet, Name, Purpose, Validity};
use stopgap_registry::IdPrefix;

use super::{Acting, CodeFilters, ListFlags, context::ContextFlags, value};
use crate::{distance::validity, moment::Moment, zone::Zone};

const ISSUE_EXAMPLES: &str = "\
Examples:
  stopgap online issue alice --valid 7d
  stopgap online issue alice --valid 90m --ticket INC-4711
  stopgap online issue alice --valid 1mo --purpose bypass --max-uses 1
  stopgap online issue alice --valid 8h --not-before 'tomorrow 08:00'
  stopgap online issue alice --valid 1w --zone Europe/Berlin
  stopgap online issue --from people.csv --out codes.csv --valid 7d
  stopgap online issue --from - --out codes.csv < people.csv

The validity counts from --not-before if that is given, otherwise from now. Days and months \
count on the wall clock of the zone; minutes and hours are elapsed time.

people.csv has a column `user`, and may have `valid`, `purpose` (several are separated by \
spaces) and `max_uses`, which override the options. Other columns are copied. Commas, semicolons \
or tabs separate the columns; the text is UTF-8, or UTF-16 with a byte-order mark. codes.csv must \
not exist; it has the columns of people.csv, then `code` and `expires_at`, and only you can read \
it. A cell that begins with = + - or @ gets an apostrophe, because a spreadsheet would run it.

With --out - the codes are printed after they were issued. If the reader goes away, they stay \
issued, and the command fails: revoke them then.";

const VERIFY_EXAMPLES: &str = "\
Examples:
  stopgap online verify alice
  stopgap online verify alice --purpose reset < code.txt
  stopgap online verify alice --idempotency-key 7f1c2a
        the same key and code again replay the first answer, and consume nothing

Without a terminal, the code is the whole standard input, in which white space does not matter.";

const LIST_EXAMPLES: &str = "\
Examples:
  stopgap online list alice
  stopgap online list --state active --expires-before 1d
  stopgap online list --search example.com --columns id,user,expires

On a terminal ids are short, times count from now, columns are cut or left out to fit, and a long \
list goes through a pager. On a pipe ids and times are whole, and nothing is cut.";

const REVOKE_EXAMPLES: &str = "\
Examples:
  stopgap online revoke alice
  stopgap online revoke alice --all
  stopgap online revoke --id 019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11
  stopgap online revoke --id 0c9d2e11 b18e";

#[derive(Debug, Subcommand)]
pub(crate) enum OnlineCommand {
    /// Issue a code to a user, or one to each user of a file
    #[command(after_help = ISSUE_EXAMPLES)]
    Issue(Box<Issue>),
    /// Verify a code that a user typed, and count the use
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(Verify),
    /// List a user's codes, newest first, or all users' codes, oldest first
    #[command(after_help = LIST_EXAMPLES)]
    List(Box<ListCodes>),
    /// Show all fields of a code, but never the code
    #[command(after_help = "Example:\n  stopgap online show 0c9d2e11")]
    Show {
        /// Id of the code, as `online list` shows it, or its beginning
        id: IdPrefix,
    },
    /// Revoke a user's newest code, all of the user's codes, or the codes with these ids
    #[command(after_help = REVOKE_EXAMPLES)]
    Revoke(Revoke),
}

#[derive(Debug, Args)]
pub(crate) struct ListCodes {
    /// User [default: all users]
    pub(crate) user: Option<Name>,
    #[command(flatten)]
    pub(crate) filters: CodeFilters,
    /// Highest number of codes to list
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) list: ListFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// User
    #[arg(required_unless_present = "from", conflicts_with = "from")]
    pub(crate) user: Option<Name>,
    #[command(flatten)]
    pub(crate) policy: PolicyFlags,
    /// Preset to start from; options override it
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<Name>,
    /// Start of validity, from which --valid counts: 2h (from now), 'tomorrow 08:00',
    /// '2030-12-24 08:00' or RFC 3339
    #[arg(long, value_name = "T")]
    pub(crate) not_before: Option<Moment>,
    /// Time zone for dates and expiry [default: system]
    #[arg(long, value_name = "ZONE", default_value_t, hide_default_value = true)]
    pub(crate) zone: Zone,
    /// CSV file of users, each of whom gets a code; - is the standard input
    #[arg(long, value_name = "CSV", requires = "out")]
    pub(crate) from: Option<PathBuf>,
    /// New CSV file for the codes; - is the standard output
    #[arg(long, value_name = "CSV", requires = "from")]
    pub(crate) out: Option<PathBuf>,
    /// Write cells that a spreadsheet would run as a formula without an apostrophe before them
    #[arg(long, requires = "from")]
    pub(crate) no_formula_guard: bool,
    #[command(flatten)]
    pub(crate) context: ContextFlags,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

/// The options of a policy.
#[derive(Debug, Default, Args)]
pub(crate) struct PolicyFlags {
    /// Validity: 90m, 8h, 1d to 31d, 1w to 4w, or 1mo [default: 1d]
    #[arg(long, value_name = "TIME", value_parser = validity)]
    pub(crate) valid: Option<Validity>,
    /// Number of symbols, 8 to 32 [default: 12]
    #[arg(long, value_name = "N")]
    pub(crate) length: Option<u8>,
    /// Purpose: reset, register or bypass; may be repeated [default: all]
    #[arg(long, value_parser = value::purpose(), hide_possible_values = true)]
    pub(crate) purpose: Vec<Purpose>,
    /// Number of uses [default: not limited]
    #[arg(long, value_name = "N")]
    pub(crate) max_uses: Option<u32>,
    /// Alphabet: hex, unambiguous, or sixteen symbols [default: hex]
    #[arg(long, value_name = "SYMBOLS", value_parser = value::alphabet)]
    pub(crate) alphabet: Option<Alphabet>,
    /// Make the last symbol a check symbol, so that a typo is not taken for a wrong code
    #[arg(long)]
    pub(crate) check_symbol: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Revoke {
    /// User
    #[arg(required_unless_present = "id", conflicts_with = "id")]
    pub(crate) user: Option<Name>,
    /// Revoke all codes, for example when a lost token is found
    #[arg(long, conflicts_with = "id")]
    pub(crate) all: bool,
    /// Ids of the codes, as `online list` shows them, or their beginnings
    #[arg(long, value_name = "ID", num_args = 1..)]
    pub(crate) id: Vec<IdPrefix>,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// User who typed it
    pub(crate) user: Name,
    /// Purpose of the verification
    #[arg(long, value_parser = value::purpose(), default_value = "bypass")]
    pub(crate) purpose: Purpose,
    /// Name for this verification, by which it can be repeated if the answer is lost
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
}
