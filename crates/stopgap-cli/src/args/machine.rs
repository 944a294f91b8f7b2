//! `stopgap machine` and `stopgap offline`: the server's side of offline codes.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use stopgap::{Name, Purpose, Validity};

use super::value;
use crate::zone::Zone;

const ENROL_EXAMPLES: &str = "\
Example:
  stopgap machine enrol alice LAPTOP-17 --out laptop-17.enrolment

The file holds the machine's secret, and only you can read it. Bring it to the machine while it
is online; `stopgap agent` works with it there, without the store.";

const ANSWER_EXAMPLES: &str = "\
Example:
  stopgap offline answer alice ZW4F-RK37 --valid 1mo";

#[derive(Debug, Subcommand)]
pub(crate) enum MachineCommand {
    /// Enrol a machine of a user; once more, and the old enrolment is void
    #[command(after_help = ENROL_EXAMPLES)]
    Enrol(Enrol),
    /// List a user's machines
    List {
        /// Whose
        user: Name,
    },
    /// Answer a machine no more: it was lost, or is given to somebody else
    Retire(MachineName),
}

#[derive(Debug, Args)]
pub(crate) struct Enrol {
    #[command(flatten)]
    pub(crate) machine: MachineName,
    /// The file to write the enrolment to; it must not exist
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// A machine, and whose it is.
#[derive(Debug, Args)]
pub(crate) struct MachineName {
    /// Whose
    pub(crate) user: Name,
    /// The machine's name
    pub(crate) machine: Name,
}

#[derive(Debug, Subcommand)]
pub(crate) enum OfflineCommand {
    /// Answer the request code that a user reads from a machine
    #[command(after_help = ANSWER_EXAMPLES)]
    Answer(Answer),
}

#[derive(Debug, Args)]
pub(crate) struct Answer {
    /// Who asks
    pub(crate) user: Name,
    /// The request code that the machine shows; it is no secret
    pub(crate) request: String,
    /// How long the lock lasts: 1d to 31d, or 1mo
    #[arg(long, value_name = "TIME", default_value = "1d")]
    pub(crate) valid: Validity,
    /// What for
    #[arg(long, value_parser = value::purpose(), default_value = "bypass")]
    pub(crate) purpose: Purpose,
    /// Whose wall clock counts: the machine's; this one's if not said
    #[arg(long, value_name = "ZONE", default_value_t, hide_default_value = true)]
    pub(crate) zone: Zone,
}
