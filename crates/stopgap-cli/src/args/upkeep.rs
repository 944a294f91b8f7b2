//! The commands of an administrator: presets, the log, throttles, keys, the clock and the
//! purge.

use clap::{Args, Subcommand};
use stopgap::Name;

use super::PolicyFlags;
use crate::moment::Since;

#[derive(Debug, Subcommand)]
pub(crate) enum PresetCommand {
    /// Set a preset, for `online issue --preset`
    #[command(after_help = "Example:\n  \
        stopgap preset set lost-token --valid 1mo --purpose bypass --max-uses 1")]
    Set(SetPreset),
    /// List the presets
    List,
    /// Remove a preset; codes that were issued by it do not change
    Remove {
        /// Name of the preset
        name: Name,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SetPreset {
    /// Name of the preset
    pub(crate) name: Name,
    #[command(flatten)]
    pub(crate) policy: PolicyFlags,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  stopgap log --since 1d\n  \
    stopgap log --user alice --since 2026-11-21T15:00:00Z --limit 1000")]
pub(crate) struct Log {
    /// Only events about this user
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<Name>,
    /// Only events since then: 1d or 12h (ago), '2026-11-21 15:00' or RFC 3339
    #[arg(long, value_name = "T")]
    pub(crate) since: Option<Since>,
    /// Highest number of events to list
    #[arg(long, value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ThrottleCommand {
    /// Show a user's failed attempts and lockout
    Show {
        /// User
        user: Name,
    },
    /// Clear a user's failed attempts, and unlock the user
    Reset {
        /// User
        user: Name,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Add a master key: it becomes the primary key, and older keys still verify
    Add,
    /// List the keys, with their state
    List,
    /// Retire a key that is no longer needed
    Retire {
        /// Number of the key
        id: u32,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClockCommand {
    /// Accept this machine's clock, although it was set back
    #[command(
        after_help = "Commands are refused if the store has seen a later time \
        than the clock shows:\nexpired codes would become valid again. Correct the clock first, \
        then accept it."
    )]
    Accept,
}

#[derive(Debug, Args)]
pub(crate) struct Purge {
    /// Days after which expired codes are deleted
    #[arg(long, value_name = "DAYS", default_value_t = 30)]
    pub(crate) codes: u32,
    /// Days after which verifications with an idempotency key are deleted, at least 2
    #[arg(long, value_name = "DAYS", default_value_t = 7)]
    pub(crate) verifications: u32,
    /// Days after which events are deleted
    #[arg(long, value_name = "DAYS", default_value_t = 400)]
    pub(crate) events: u32,
}
