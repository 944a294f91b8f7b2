//! The commands of an administrator: presets, throttles, keys and the clock.

use clap::{Args, Subcommand};
use stopgap::Name;

use super::{Acting, ListFlags, PolicyFlags, ThrottleFilters};

const SET_PRESET_HELP: &str = "\
Examples:
  stopgap preset set lost-token --valid 1mo --purpose bypass --max-uses 1
  stopgap preset set lost-token --valid 7d --max-uses 1 --replace

A preset that exists is changed after a confirmation, which shows the changes.";

const RETIRE_HELP: &str = "\
Examples:
  stopgap key retire 1
  stopgap key retire 1 --compromised

A key is refused while records that were made with it can still be used: codes, security codes, \
machines and presets. With --compromised these records are ended and listed, so that you can issue, \
create, enrol and set them again. The list has the records of one tenant. Those of other tenants \
are refused from then on; repeat the command with --tenant to end and list them.";

const ACCEPT_HELP: &str = "\
Example:
  stopgap clock accept

Commands are refused if the store has seen a later time than the clock shows: expired codes would \
become valid again. Correct the clock first, then accept it.";

#[derive(Debug, Subcommand)]
pub(crate) enum PresetCommand {
    /// Set a preset, for `online issue --preset`
    #[command(after_help = SET_PRESET_HELP)]
    Set(SetPreset),
    /// List the presets
    #[command(after_help = "Example:\n  stopgap preset list")]
    List {
        #[command(flatten)]
        list: ListFlags,
    },
    /// Remove a preset; codes that were issued by it do not change
    #[command(after_help = "Example:\n  stopgap preset remove lost-token")]
    Remove {
        /// Name of the preset
        name: Name,
        #[command(flatten)]
        acting: Acting,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SetPreset {
    /// Name of the preset
    pub(crate) name: Name,
    #[command(flatten)]
    pub(crate) policy: PolicyFlags,
    /// Change a preset that exists without a confirmation
    #[arg(long)]
    pub(crate) replace: bool,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ThrottleCommand {
    /// List the users with failed attempts, by name
    #[command(after_help = "Example:\n  stopgap throttle list --locked")]
    List {
        #[command(flatten)]
        filters: ThrottleFilters,
        /// Highest number of users to list
        #[arg(long, value_name = "N", default_value_t = 1_000)]
        limit: usize,
        #[command(flatten)]
        list: ListFlags,
    },
    /// Show a user's failed attempts and lockout
    #[command(after_help = "Example:\n  stopgap throttle show alice")]
    Show {
        /// User
        user: Name,
    },
    /// Clear a user's failed attempts, and unlock the user
    #[command(after_help = "Example:\n  stopgap throttle reset alice")]
    Reset {
        /// User
        user: Name,
        #[command(flatten)]
        acting: Acting,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Add a master key: it becomes the primary key, and older keys still verify
    #[command(after_help = "Example:\n  stopgap key add")]
    Add {
        #[command(flatten)]
        acting: Acting,
    },
    /// List the keys, with their state
    #[command(after_help = "Example:\n  stopgap key list")]
    List {
        #[command(flatten)]
        list: ListFlags,
    },
    /// Retire a key that is no longer needed, or that others may know
    #[command(after_help = RETIRE_HELP)]
    Retire(RetireKey),
}

#[derive(Debug, Args)]
pub(crate) struct RetireKey {
    /// Number of the key
    pub(crate) id: u32,
    /// End everything that was made with the key, because others may know it
    #[arg(long)]
    pub(crate) compromised: bool,
    /// Do not ask for confirmation
    #[arg(long, requires = "compromised")]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ClockCommand {
    /// Accept this machine's clock, although it was set back
    #[command(after_help = ACCEPT_HELP)]
    Accept {
        #[command(flatten)]
        acting: Acting,
    },
}
