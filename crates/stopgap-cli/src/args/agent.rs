//! `stopgap agent`: the machine's side of offline codes.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use stopgap::Purpose;

use super::value;

const REDEEM_EXAMPLES: &str = "\
Example:
  stopgap agent redeem laptop-17.enrolment

It asks for the code that the help desk reads out. For bypass it activates the password-only \
lock; for reset the password may be reset now, and the lock does not change. The state is in \
laptop-17.enrolment.state: keep both files where this machine's users cannot write. Without the \
state a redeemed code would be good again, so a used enrolment is refused if it is missing.";

const LOGON_HELP: &str = "\
Example:
  stopgap agent logon laptop-17.enrolment

For the step in which a person logs on with name and password only. It remembers the time, so that \
a clock that is set back does not bring back a lock that has ended. The exit status is 1 if the \
lock is not active.";

const STATUS_HELP: &str = "\
Example:
  stopgap agent status laptop-17.enrolment

For display: it writes nothing, and the time is not remembered. The exit status is 1 if the lock \
is not active.";

const UNLOCK_EXAMPLES: &str = "\
Example:
  stopgap agent unlock laptop-17.enrolment --store postgres://db1/stopgap

For a machine that reaches the store. It asks for an online code of the enrolment's user, verifies \
it for bypass there, and activates the password-only lock until the code expires.";

#[derive(Debug, Subcommand)]
pub(crate) enum AgentCommand {
    /// Show the request code to read to the help desk; it changes every minute
    #[command(after_help = "Example:\n  stopgap agent request laptop-17.enrolment")]
    Request(Request),
    /// Redeem the code that the help desk reads out
    #[command(after_help = REDEEM_EXAMPLES)]
    Redeem(Redeem),
    /// Activate the password-only lock by an online code, on a machine that reaches the store
    #[command(after_help = UNLOCK_EXAMPLES)]
    Unlock {
        #[command(flatten)]
        file: EnrolmentPath,
    },
    /// Remember the time, and show whether a person may log on with the password only
    #[command(after_help = LOGON_HELP)]
    Logon {
        #[command(flatten)]
        file: EnrolmentPath,
    },
    /// Show whether the password-only lock is active, and its end
    #[command(after_help = STATUS_HELP)]
    Status {
        #[command(flatten)]
        file: EnrolmentPath,
    },
    /// Clear the password-only lock, when the lost factor returns
    #[command(after_help = "Example:\n  stopgap agent clear laptop-17.enrolment")]
    Clear {
        #[command(flatten)]
        file: EnrolmentPath,
    },
}

#[derive(Debug, Args)]
pub(crate) struct EnrolmentPath {
    /// Enrolment file, as written by `stopgap machine enrol`
    #[arg(value_name = "FILE")]
    pub(crate) path: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Request {
    #[command(flatten)]
    pub(crate) file: EnrolmentPath,
    /// Keep the display up to date, with the seconds left, until Ctrl-C
    #[arg(long, conflicts_with = "json")]
    pub(crate) watch: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Redeem {
    #[command(flatten)]
    pub(crate) file: EnrolmentPath,
    /// Purpose of the code
    #[arg(long, value_parser = value::purpose(), default_value = "bypass")]
    pub(crate) purpose: Purpose,
}
