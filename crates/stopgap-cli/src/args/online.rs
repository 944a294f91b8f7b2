//! `stopgap online`, and the flags of a policy.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use stopgap::{Alphabet, Name, Purpose, Validity};

use super::value;
use crate::{moment::Moment, zone::Zone};

const ISSUE_EXAMPLES: &str = "\
Examples:
  stopgap online issue alice --valid 7d
  stopgap online issue alice --valid 1mo --purpose bypass --max-uses 1
  stopgap online issue alice --valid 1d --not-before '2026-12-24 08:00' --zone Europe/Berlin
  stopgap online issue --from people.csv --out codes.csv --valid 7d

people.csv has a column `user`, and may have `valid`, `purpose` (several with a space
between) and `max_uses`, which override the flags. codes.csv must not exist; it holds the
codes, so only you can read it.";

const VERIFY_EXAMPLES: &str = "\
Examples:
  stopgap online verify alice
  stopgap online verify alice --purpose reset < code.txt
  stopgap online verify alice --attempt 7f1c2a
        the same attempt again gives the first answer, and uses nothing up";

#[derive(Debug, Subcommand)]
pub(crate) enum OnlineCommand {
    /// Issue a code to a user, or one to each user of a file
    #[command(after_help = ISSUE_EXAMPLES)]
    Issue(Box<Issue>),
    /// Verify a code that a user typed, and count the use
    #[command(after_help = VERIFY_EXAMPLES)]
    Verify(Verify),
    /// List a user's codes, newest first; or everybody's, oldest first
    List {
        /// Whose; everybody's if not said
        user: Option<Name>,
        /// At the most so many
        #[arg(long, value_name = "N", default_value_t = 1_000)]
        limit: usize,
    },
    /// Revoke the code that a user was issued last
    Revoke {
        /// Whose
        user: Name,
        /// All of them: the lost token came back
        #[arg(long)]
        all: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Issue {
    /// For whom
    #[arg(required_unless_present = "from", conflicts_with = "from")]
    pub(crate) user: Option<Name>,
    #[command(flatten)]
    pub(crate) policy: PolicyFlags,
    /// Begin with the policy of this name; flags override it
    #[arg(long, value_name = "NAME")]
    pub(crate) preset: Option<Name>,
    /// Not valid before: 2h (from now), '2026-12-24 08:00' or RFC 3339
    #[arg(long, value_name = "T")]
    pub(crate) not_before: Option<Moment>,
    /// Whose wall clock counts; this machine's if not said
    #[arg(long, value_name = "ZONE", default_value_t, hide_default_value = true)]
    pub(crate) zone: Zone,
    /// One code for each user of this CSV file
    #[arg(long, value_name = "CSV", requires = "out")]
    pub(crate) from: Option<PathBuf>,
    /// The CSV file to write them to
    #[arg(long, value_name = "CSV", requires = "from")]
    pub(crate) out: Option<PathBuf>,
}

/// What kind of code.
#[derive(Debug, Default, Args)]
pub(crate) struct PolicyFlags {
    /// How long it lives: 1d to 31d, or 1mo; 1d if not said
    #[arg(long, value_name = "TIME")]
    pub(crate) valid: Option<Validity>,
    /// How many symbols: 8 to 32; 12 if not said
    #[arg(long, value_name = "N")]
    pub(crate) length: Option<usize>,
    /// What for: reset, register or bypass, also repeated; everything if not said
    #[arg(long, value_parser = value::purpose(), hide_possible_values = true)]
    pub(crate) purpose: Vec<Purpose>,
    /// How often it can be used; any number if not said
    #[arg(long, value_name = "N")]
    pub(crate) max_uses: Option<u32>,
    /// hex, unambiguous, or sixteen symbols; hex if not said
    #[arg(long, value_name = "SYMBOLS", value_parser = value::alphabet)]
    pub(crate) alphabet: Option<Alphabet>,
    /// Let the last symbol check the others, so that a typo is told from a wrong code
    #[arg(long)]
    pub(crate) check_symbol: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// Who typed it
    pub(crate) user: Name,
    /// What they want to do
    #[arg(long, value_parser = value::purpose(), default_value = "bypass")]
    pub(crate) purpose: Purpose,
    /// Name this attempt, so that it can be asked again if the answer is lost
    #[arg(long, value_name = "ID")]
    pub(crate) attempt: Option<Name>,
}
