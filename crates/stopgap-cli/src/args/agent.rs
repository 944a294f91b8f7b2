//! `stopgap agent`: the machine's side of offline codes.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use stopgap::Purpose;

use super::value;

const REDEEM_EXAMPLES: &str = "\
Example:
  stopgap agent redeem laptop-17.enrolment

asks for the code that the help desk reads out. What was redeemed is remembered in
laptop-17.enrolment.state: keep both where this machine's users cannot write.";

#[derive(Debug, Subcommand)]
pub(crate) enum AgentCommand {
    /// Show the request code to read to the help desk; it changes every minute
    Request(Request),
    /// Redeem the code that the help desk reads out
    #[command(after_help = REDEEM_EXAMPLES)]
    Redeem(Redeem),
    /// Say whether the lock is open, and until when
    Status {
        #[command(flatten)]
        file: EnrolmentPath,
    },
    /// Close the lock: the lost factor came back
    Clear {
        #[command(flatten)]
        file: EnrolmentPath,
    },
}

#[derive(Debug, Args)]
pub(crate) struct EnrolmentPath {
    /// The enrolment, as `stopgap machine enrol` wrote it
    #[arg(value_name = "FILE")]
    pub(crate) path: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Request {
    #[command(flatten)]
    pub(crate) file: EnrolmentPath,
    /// Go on showing it, with the seconds it has left, until Ctrl-C
    #[arg(long, conflicts_with = "json")]
    pub(crate) watch: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Redeem {
    #[command(flatten)]
    pub(crate) file: EnrolmentPath,
    /// What for
    #[arg(long, value_parser = value::purpose(), default_value = "bypass")]
    pub(crate) purpose: Purpose,
}
