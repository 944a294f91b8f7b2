//! `stopgap security`: API secrets with a lifecycle.

use clap::{ArgGroup, Args, Subcommand};
use stopgap::{Name, RecordId, Role};

use super::{Acting, context::ContextFlags, value};
use crate::{moment::Moment, zone::Zone};

const CREATE_EXAMPLES: &str = "\
Examples:
  stopgap security create --same-as bob@example.com --scope reports.read --scope reports.list
  stopgap security create --super-administrator --unlimited --description 'nightly report'

A code expires after 24 hours, and can be reactivated for a week. Scopes are returned when it is
authenticated; their meaning is up to your programs.";

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
    /// List the codes, oldest first; expired ones are dim
    List {
        /// Highest number of codes to list
        #[arg(long, value_name = "N", default_value_t = 1_000)]
        limit: usize,
    },
    /// Set the expiry of a code
    #[command(after_help = EDIT_EXAMPLES)]
    Edit {
        /// Id of the code, as `security list` shows it
        id: RecordId,
        /// Expiry: 7d or 12h (from now), '2026-12-24 18:00' or RFC 3339
        #[arg(long, value_name = "T")]
        expires: Moment,
        /// Time zone for dates and expiry [default: system]
        #[arg(long, value_name = "ZONE", default_value_t, hide_default_value = true)]
        zone: Zone,
        #[command(flatten)]
        acting: Acting,
    },
    /// Make a code permanent
    Permanent {
        /// Id of the code
        id: RecordId,
        #[command(flatten)]
        acting: Acting,
    },
    /// Restart the 24-hour lifetime
    Reset {
        /// Id of the code
        id: RecordId,
        #[command(flatten)]
        acting: Acting,
    },
    /// Reactivate a code that expired within the last week
    Reactivate {
        /// Id of the code
        id: RecordId,
        #[command(flatten)]
        acting: Acting,
    },
    /// Set the description of a code
    Describe {
        /// Id of the code
        id: RecordId,
        /// Description
        text: String,
        #[command(flatten)]
        acting: Acting,
    },
    /// Delete a code, after showing it
    Delete {
        /// Id of the code
        id: RecordId,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        acting: Acting,
    },
    /// Authenticate a presented code, and show what it may do
    Authenticate {
        /// Role, in your directory, of the user with whose rights it acts
        #[arg(long, value_name = "ROLE", value_parser = value::role())]
        #[arg(default_value = "user")]
        directory_role: Role,
    },
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("access").required(true))]
pub(crate) struct Create {
    /// Act with the rights of a super administrator
    #[arg(long, group = "access")]
    pub(crate) super_administrator: bool,
    /// Act with the rights of this user
    #[arg(long, value_name = "USER", group = "access")]
    pub(crate) same_as: Option<Name>,
    /// Scope to which the code is limited; may be repeated
    #[arg(long, value_name = "NAME", conflicts_with = "unlimited")]
    pub(crate) scope: Vec<String>,
    /// Do not limit the code by scopes
    #[arg(long)]
    pub(crate) unlimited: bool,
    /// Description
    #[arg(
        long,
        value_name = "TEXT",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) description: String,
    #[command(flatten)]
    pub(crate) context: ContextFlags,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

impl SecurityCommand {
    /// Returns the person for whom the command acts; `None` if it changes nothing.
    pub(crate) const fn acting(&self) -> Option<&Acting> {
        match self {
            Self::Create(create) => Some(&create.acting),
            Self::Edit { acting, .. }
            | Self::Permanent { acting, .. }
            | Self::Reset { acting, .. }
            | Self::Reactivate { acting, .. }
            | Self::Describe { acting, .. }
            | Self::Delete { acting, .. } => Some(acting),
            Self::List { .. } | Self::Authenticate { .. } => None,
        }
    }
}
