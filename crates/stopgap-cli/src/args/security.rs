//! `stopgap security`: API secrets with a life.

use clap::{ArgGroup, Args, Subcommand};
use stopgap::{Name, Role};
use stopgap_registry::RecordId;

use super::value;
use crate::{moment::Moment, zone::Zone};

const CREATE_EXAMPLES: &str = "\
Examples:
  stopgap security create --super-administrator --description 'nightly report'
  stopgap security create --same-as bob@example.com

It lives for 24 hours, then waits for a week to be reactivated.";

const EDIT_EXAMPLES: &str = "\
Examples:
  stopgap security edit ID --expires 7d
  stopgap security edit ID --expires '2026-12-24 18:00' --zone Europe/Berlin
  stopgap security edit ID --expires 2026-12-24T17:00:00Z";

#[derive(Debug, Subcommand)]
pub(crate) enum SecurityCommand {
    /// Create a code for a program
    #[command(after_help = CREATE_EXAMPLES)]
    Create(Create),
    /// List the codes, oldest first; those that expired are dim
    List {
        /// At the most so many
        #[arg(long, value_name = "N", default_value_t = 1_000)]
        limit: usize,
    },
    /// Let a code expire at another time
    #[command(after_help = EDIT_EXAMPLES)]
    Edit {
        /// Which code, as `security list` says
        id: RecordId,
        /// When: 7d or 12h (from now), '2026-12-24 18:00' or RFC 3339
        #[arg(long, value_name = "T")]
        expires: Moment,
        /// Whose wall clock counts; this machine's if not said
        #[arg(long, value_name = "ZONE", default_value_t, hide_default_value = true)]
        zone: Zone,
    },
    /// Let a code never expire
    Permanent {
        /// Which code
        id: RecordId,
    },
    /// Begin the code's 24 hours anew
    Reset {
        /// Which code
        id: RecordId,
    },
    /// Bring back a code that expired within the last week
    Reactivate {
        /// Which code
        id: RecordId,
    },
    /// Say what a code is for
    Describe {
        /// Which code
        id: RecordId,
        /// What for
        text: String,
    },
    /// Delete a code, once you have seen what it is
    Delete {
        /// Which code
        id: RecordId,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Find out what a code that somebody presents may do
    Authenticate {
        /// The role in your directory of the user whose access it shares
        #[arg(long, value_name = "ROLE", value_parser = value::role())]
        #[arg(default_value = "user")]
        directory_role: Role,
    },
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("access").required(true))]
pub(crate) struct Create {
    /// It may do everything
    #[arg(long, group = "access")]
    pub(crate) super_administrator: bool,
    /// It may do what this user may
    #[arg(long, value_name = "USER", group = "access")]
    pub(crate) same_as: Option<Name>,
    /// What it is for
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) description: String,
}
