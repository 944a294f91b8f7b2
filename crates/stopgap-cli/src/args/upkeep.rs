//! The nouns that an administrator looks after: presets, the log, throttles,
//! keys, the clock, and what is past its keep.

use clap::{Args, Subcommand};
use stopgap::Name;

use super::PolicyFlags;
use crate::moment::Since;

#[derive(Debug, Subcommand)]
pub(crate) enum PresetCommand {
    /// Keep a policy under a name, for `online issue --preset`
    #[command(after_help = "Example:\n  \
        stopgap preset set lost-token --valid 1mo --purpose bypass --max-uses 1")]
    Set(SetPreset),
    /// List them
    List,
    /// Forget one; codes that were issued by it stay
    Remove {
        /// Which
        name: Name,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SetPreset {
    /// Its name
    pub(crate) name: Name,
    #[command(flatten)]
    pub(crate) policy: PolicyFlags,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  stopgap log --since 1d\n  \
    stopgap log --user alice --since 2026-11-21T15:00:00Z --limit 1000")]
pub(crate) struct Log {
    /// Only what was done to this user
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<Name>,
    /// Only since then: 1d or 12h (ago), '2026-11-21 15:00' or RFC 3339
    #[arg(long, value_name = "T")]
    pub(crate) since: Option<Since>,
    /// At the most so many
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ThrottleCommand {
    /// Say how often a user failed, and whether the door is closed
    Show {
        /// Whose
        user: Name,
    },
    /// Forget a user's failures, and open the door
    Reset {
        /// Whose
        user: Name,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a new master key: it issues from now on, and the older ones still verify
    Add,
    /// List the keys: which issues, and which are still needed
    List,
    /// Drop a key that nothing live needs any more
    Retire {
        /// Which
        id: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClockCommand {
    /// Go on, although this machine's clock was set back
    #[command(
        after_help = "The store refuses to work when it has seen a later time \
        than the clock shows,\nsince codes would live again. Set the clock right first; \
        accept it if it was wrong before."
    )]
    Accept,
}

#[derive(Debug, Args)]
pub(crate) struct Purge {
    /// Delete codes that ended so many days ago
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub(crate) codes: u32,
    /// Delete what remembers attempts, after so many days
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    pub(crate) attempts: u32,
    /// Delete from the log what is older than so many days
    #[arg(long, value_name = "DAYS", default_value_t = 400)]
    pub(crate) events: u32,
}
