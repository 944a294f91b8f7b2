//! `stopgap machine` and `stopgap offline`: the server's side of offline codes.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use stopgap::{Name, Purpose, Validity};

use super::{Acting, ListFlags, MachineFilters, context::ContextFlags, value};
use crate::{distance::validity, zone::Zone};

const ENROL_EXAMPLES: &str = "\
Example:
  stopgap machine enrol alice LAPTOP-17 --out laptop-17.enrolment

The file holds the machine's secret, and only you can read it. Copy it to the machine while the \
machine is online; `stopgap agent` uses it there, without the store.";

const LIST_EXAMPLES: &str = "\
Examples:
  stopgap machine list alice
  stopgap machine list --state enrolled --search laptop";

const ANSWER_EXAMPLES: &str = "\
Examples:
  stopgap offline answer alice ZW4F-RK37 --valid 1mo
  stopgap offline answer alice ZW4F-RK37 --purpose reset

An answer for reset has no validity: the password may be reset when it is redeemed. A warning says \
if the request code is so old that the machine may refuse the answer.";

#[derive(Debug, Subcommand)]
pub(crate) enum MachineCommand {
    /// Enrol a user on a machine; an earlier enrolment there is retired
    #[command(after_help = ENROL_EXAMPLES)]
    Enrol(Enrol),
    /// List a user's machines, or those of all users
    #[command(after_help = LIST_EXAMPLES)]
    List(ListMachines),
    /// Retire an enrolment: the machine was lost, or has another user now
    #[command(after_help = "Example:\n  stopgap machine retire alice LAPTOP-17")]
    Retire(Retire),
}

#[derive(Debug, Args)]
pub(crate) struct ListMachines {
    /// User [default: all users]
    pub(crate) user: Option<Name>,
    #[command(flatten)]
    pub(crate) filters: MachineFilters,
    /// Highest number of machines to list
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) list: ListFlags,
}

#[derive(Debug, Args)]
pub(crate) struct Enrol {
    #[command(flatten)]
    pub(crate) machine: MachineName,
    /// New file for the enrolment; it must not exist
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

#[derive(Debug, Args)]
pub(crate) struct Retire {
    #[command(flatten)]
    pub(crate) machine: MachineName,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

/// A machine and its user.
#[derive(Debug, Args)]
pub(crate) struct MachineName {
    /// User
    pub(crate) user: Name,
    /// Name of the machine
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
    /// User
    pub(crate) user: Name,
    /// Request code that the machine shows; it is no secret
    pub(crate) request: String,
    /// Validity of the password-only lock: 1d to 31d, 1w to 4w, or 1mo
    #[arg(long, value_name = "TIME", value_parser = validity, default_value = "1d")]
    pub(crate) valid: Validity,
    /// Purpose of the code
    #[arg(long, value_parser = value::purpose(), default_value = "bypass")]
    pub(crate) purpose: Purpose,
    /// Time zone of the machine [default: system]
    #[arg(long, value_name = "ZONE", default_value_t, hide_default_value = true)]
    pub(crate) zone: Zone,
    #[command(flatten)]
    pub(crate) context: ContextFlags,
    #[command(flatten)]
    pub(crate) acting: Acting,
}
