//! `stopgap security`: API secrets with a lifecycle.

use std::{str::FromStr, time::Duration};

use chrono::{DateTime, Utc};
use clap::{ArgGroup, Args, Subcommand};
use stopgap::{Name, Role};
use stopgap_registry::IdPrefix;

use super::{Acting, ListFlags, SecurityFilters, context::ContextFlags, value};
use crate::{
    distance::Distance,
    moment::{Moment, MomentError},
    zone::Zone,
};

const CREATE_USAGE: &str = "\
stopgap security create [OPTIONS] --same-as <USER>
       stopgap security create [OPTIONS] --super-administrator";

const CREATE_EXAMPLES: &str = "\
Examples:
  stopgap security create --same-as bob --scope read --scope reports
  stopgap security create --same-as bob --scope reports --expires 30d
  stopgap security create --same-as bob --unlimited-scope --permanent
  stopgap security create --super-administrator --unlimited-scope

An expired code can be reactivated for a week. Scopes are returned when it is authenticated; their \
meaning is up to your programs.";

const ROTATE_EXAMPLES: &str = "\
Examples:
  stopgap security rotate ID
  stopgap security rotate ID --overlap 12h --expires 30d
  stopgap security rotate ID --overlap 0

The new code has the access, the scopes and the description of the old one, which expires after \
the overlap, or at its own expiry if that is earlier. A permanent code is replaced by a permanent \
one, any other by a code for 24 hours, unless you pass an expiry. Reactivate an expired code first.";

const LIST_EXAMPLES: &str = "\
Examples:
  stopgap security list
  stopgap security list --user bob --expires-before 7d";

const EDIT_EXAMPLES: &str = "\
Examples:
  stopgap security edit ID --expires 7d
  stopgap security edit ID --expires 'tomorrow 18:00' --zone Europe/Berlin
  stopgap security edit ID --expires 2030-12-24T17:00:00Z";

#[derive(Debug, Subcommand)]
pub(crate) enum SecurityCommand {
    /// Create a code for a program
    #[command(after_help = CREATE_EXAMPLES)]
    Create(Create),
    /// List the codes, oldest first; expired ones are dim
    #[command(after_help = LIST_EXAMPLES)]
    List(Box<ListSecurityCodes>),
    /// Set the expiry of a code
    #[command(after_help = EDIT_EXAMPLES)]
    Edit {
        /// Id of the code, as `security list` shows it, or its beginning
        id: IdPrefix,
        /// Expiry: 7d, 12h or 2mo (from now), 'tomorrow 18:00', '2030-12-24 18:00' or RFC 3339
        #[arg(long, value_name = "T")]
        expires: Moment,
        /// Time zone for dates and expiry [default: system]
        #[arg(long, value_name = "ZONE", default_value_t, hide_default_value = true)]
        zone: Zone,
        #[command(flatten)]
        acting: Acting,
    },
    /// Replace a code by a new one; the old one stays valid for a while
    #[command(after_help = ROTATE_EXAMPLES)]
    Rotate(Rotate),
    /// Make a code permanent
    #[command(after_help = "Example:\n  stopgap security permanent ID")]
    Permanent {
        /// Id of the code, or its beginning
        id: IdPrefix,
        #[command(flatten)]
        acting: Acting,
    },
    /// Restart the 24-hour lifetime
    #[command(after_help = "Example:\n  stopgap security reset ID")]
    Reset {
        /// Id of the code, or its beginning
        id: IdPrefix,
        #[command(flatten)]
        acting: Acting,
    },
    /// Reactivate a code that expired within the last week
    #[command(after_help = "Example:\n  stopgap security reactivate ID")]
    Reactivate {
        /// Id of the code, or its beginning
        id: IdPrefix,
        #[command(flatten)]
        acting: Acting,
    },
    /// Set the description of a code
    #[command(after_help = "Example:\n  stopgap security describe ID 'nightly report'")]
    Describe {
        /// Id of the code, or its beginning
        id: IdPrefix,
        /// Description
        text: String,
        #[command(flatten)]
        acting: Acting,
    },
    /// Delete a code, after showing it
    #[command(after_help = "Example:\n  stopgap security delete ID")]
    Delete {
        /// Id of the code, or its beginning
        id: IdPrefix,
        /// Do not ask for confirmation
        #[arg(long)]
        yes: bool,
        #[command(flatten)]
        acting: Acting,
    },
    /// Authenticate a presented code, and show what it may do
    #[command(
        after_help = "Example:\n  stopgap security authenticate --directory-role user < code.txt"
    )]
    Authenticate {
        /// Role, in your directory, of the user with whose rights it acts
        #[arg(long, value_name = "ROLE", value_parser = value::role())]
        #[arg(default_value = "user")]
        directory_role: Role,
    },
}

#[derive(Debug, Args)]
pub(crate) struct ListSecurityCodes {
    #[command(flatten)]
    pub(crate) filters: SecurityFilters,
    /// Highest number of codes to list
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    pub(crate) limit: usize,
    #[command(flatten)]
    pub(crate) list: ListFlags,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("access").required(true), override_usage = CREATE_USAGE)]
pub(crate) struct Create {
    /// Act with the rights of a super administrator
    #[arg(long, group = "access")]
    pub(crate) super_administrator: bool,
    /// Act with the rights of this user
    #[arg(long, value_name = "USER", group = "access")]
    pub(crate) same_as: Option<Name>,
    /// Scope to which the code is limited; may be repeated
    #[arg(long, value_name = "NAME", conflicts_with = "unlimited_scope")]
    pub(crate) scope: Vec<String>,
    /// Do not limit the code by scopes
    #[arg(long)]
    pub(crate) unlimited_scope: bool,
    #[command(flatten)]
    pub(crate) expiry: ExpiryFlags,
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
            Self::Rotate(rotate) => Some(&rotate.acting),
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

#[derive(Debug, Args)]
pub(crate) struct Rotate {
    /// Id of the code to replace, or its beginning
    pub(crate) id: IdPrefix,
    /// Time for which the old code stays valid: 1d, 12h or 0
    #[arg(long, value_name = "T", default_value = "1d")]
    pub(crate) overlap: Overlap,
    #[command(flatten)]
    pub(crate) expiry: ExpiryFlags,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

/// The expiry of a new code.
#[derive(Debug, Args)]
pub(crate) struct ExpiryFlags {
    /// Expiry: 7d or 12h (from now), '2030-12-24 18:00' or RFC 3339 [default: 24 hours]
    #[arg(long, value_name = "T", conflicts_with = "permanent")]
    pub(crate) expires: Option<Moment>,
    /// Let the code never expire
    #[arg(long)]
    pub(crate) permanent: bool,
    /// Time zone for dates and expiry [default: system]
    #[arg(long, value_name = "ZONE", default_value_t, hide_default_value = true)]
    pub(crate) zone: Zone,
}

/// The time for which a replaced code stays valid.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Overlap(Distance);

impl Overlap {
    /// Returns the duration, if it begins now.
    pub(crate) fn duration(self, now: DateTime<Utc>, zone: Zone) -> Result<Duration, MomentError> {
        let end = self.0.after(now, zone).ok_or(MomentError::Range)?;
        let span = end.signed_duration_since(now);
        span.to_std().map_err(|_| MomentError::Range)
    }
}

impl FromStr for Overlap {
    type Err = OverlapError;

    fn from_str(text: &str) -> Result<Self, OverlapError> {
        match text.trim() {
            "0" => Ok(Self(Distance::default())),
            text => text.parse().map(Self).map_err(|_| OverlapError),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an overlap is written 1d, 12h, 30m or 0")]
pub(crate) struct OverlapError;
