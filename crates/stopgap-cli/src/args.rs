//! The command line, as clap reads it: one file for each noun.

mod acting;
mod agent;
mod backup;
mod context;
mod doctor;
mod list;
mod log;
mod machine;
mod online;
mod purge;
mod security;
mod store;
mod tenant;
mod upkeep;
mod value;

use std::path::PathBuf;

use clap::{Args as ClapArgs, ColorChoice, Parser, Subcommand};
use clap_complete::Shell;
use stopgap::{Language, Name, Validity};

pub(crate) use acting::Acting;
pub(crate) use agent::{AgentCommand, Redeem, Request};
pub(crate) use backup::{Backup, RestoreBackup};
pub(crate) use doctor::{Doctor, STATUS_HELP};
pub(crate) use list::{CodeFilters, ListFlags, MachineFilters, SecurityFilters, ThrottleFilters};
pub(crate) use log::{CsvFlags, Log, LogCommand};
pub(crate) use machine::{Answer, Enrol, ListMachines, MachineCommand, OfflineCommand};
pub(crate) use online::{Issue, ListCodes, OnlineCommand, PolicyFlags, Revoke, Verify};
pub(crate) use purge::Purge;
pub(crate) use security::{Create, ExpiryFlags, ListSecurityCodes, Rotate, SecurityCommand};
pub(crate) use store::{Copy, StoreCommand};
pub(crate) use tenant::TenantCommand;
pub(crate) use upkeep::{
    ClockCommand, KeyCommand, PresetCommand, RetireKey, SetPreset, ThrottleCommand,
};
pub(crate) use value::ClockTolerance;

/// The tenant that a new store has.
pub(crate) const DEFAULT_TENANT: &str = "default";

const EXAMPLES: &str = "\
Example: stopgap online issue alice --valid 7d
\"stopgap COMMAND --help\" has more.
Exit status: 0 done, 1 refused, 2 wrong usage, 3 trouble.";

const COMPLETIONS_HELP: &str = "\
Examples:
  stopgap completions bash > ~/.local/share/bash-completion/completions/stopgap
  stopgap completions zsh > ~/.zfunc/_stopgap
  stopgap completions fish > ~/.config/fish/completions/stopgap.fish

The script asks stopgap for what fits at the cursor: commands and options, and the users, ids, \
presets, tenants and machines of the store that the words or the environment name. No key is \
needed, and nothing is written. For zsh, ~/.zfunc is a folder of fpath.";

const MAN_HELP: &str = "\
Examples:
  stopgap man > stopgap.1
  stopgap man --out ~/.local/share/man/man1";

/// Temporary access codes: issued, verified, answered offline, redeemed once.
#[derive(Debug, Parser)]
#[command(name = "stopgap", version, after_help = EXAMPLES, max_term_width = 100)]
#[command(propagate_version = false)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) globals: Globals,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The options of every command.
#[derive(Debug, ClapArgs)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Globals {
    /// Folder of the store, its keys and stopgap.toml [default: .]
    #[arg(long, global = true, value_name = "DIR", env = "STOPGAP_HOME")]
    #[arg(hide_env_values = true)]
    pub(crate) home: Option<PathBuf>,
    /// Store: FILE or postgres://… [default: stopgap.db]
    #[arg(long, global = true, value_name = "URL", env = "STOPGAP_STORE")]
    #[arg(hide_env_values = true)]
    pub(crate) store: Option<String>,
    /// Seconds by which the clocks of this machine and a server may differ, or off [default: 120]
    #[arg(
        long,
        global = true,
        value_name = "SECONDS",
        env = "STOPGAP_CLOCK_TOLERANCE"
    )]
    #[arg(hide_env_values = true)]
    pub(crate) clock_tolerance: Option<ClockTolerance>,
    /// Key file [default: stopgap.key]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "STOPGAP_MASTER_KEY_FILE"
    )]
    #[arg(hide_env_values = true)]
    pub(crate) key_file: Option<PathBuf>,
    /// Tenant [default: default]
    #[arg(long, global = true, value_name = "NAME", env = "STOPGAP_TENANT")]
    #[arg(hide_env_values = true)]
    pub(crate) tenant: Option<Name>,
    /// Language of refusals and spelling words: en, de, fr or es [default: that of the locale]
    #[arg(long, global = true, value_name = "LANG", env = "STOPGAP_LANG")]
    #[arg(hide_env_values = true)]
    pub(crate) lang: Option<Language>,
    /// Use of colors: auto, always or never
    #[arg(long, global = true, value_name = "WHEN", value_enum)]
    #[arg(hide_possible_values = true)]
    pub(crate) color: Option<ColorChoice>,
    /// Print one JSON document instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// The validity of online codes that the configuration file gives.
    #[arg(skip)]
    pub(crate) valid: Option<Validity>,
    /// The preset of online codes that the configuration file names.
    #[arg(skip)]
    pub(crate) preset: Option<Name>,
}

impl Globals {
    /// Returns the name of the tenant.
    pub(crate) fn tenant(&self) -> &str {
        self.tenant.as_ref().map_or(DEFAULT_TENANT, Name::as_str)
    }
}

/// The commands, by noun.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a store and its key file, and say where they are
    #[command(after_help = "Example: stopgap init")]
    Init,
    /// Show the state of the store, and what needs attention
    #[command(after_help = STATUS_HELP)]
    Status,
    /// Check files, store, clock, keys and every record
    Doctor(Doctor),
    /// Online codes: issue, verify, list, revoke
    #[command(subcommand)]
    Online(OnlineCommand),
    /// Machines: enrol, list, retire
    #[command(subcommand)]
    Machine(MachineCommand),
    /// Offline codes: answer requests, at the help desk
    #[command(subcommand)]
    Offline(OfflineCommand),
    /// Offline codes at the machine: show requests, redeem answers
    #[command(subcommand)]
    Agent(AgentCommand),
    /// Security codes: API secrets with a lifecycle
    #[command(subcommand)]
    Security(SecurityCommand),
    /// Named policies for online codes
    #[command(subcommand)]
    Preset(PresetCommand),
    /// Show the audit log, newest events first, or its retention
    Log(Log),
    /// Failed attempts and lockouts
    #[command(subcommand)]
    Throttle(ThrottleCommand),
    /// Tenants of a store: add, list
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Master keys
    #[command(subcommand)]
    Key(KeyCommand),
    /// The latest time that the store has seen
    #[command(subcommand)]
    Clock(ClockCommand),
    /// Delete old records, after a confirmation
    Purge(Purge),
    /// Back up the store while programs use it
    Backup(Backup),
    /// Restore a backup as the store
    Restore(RestoreBackup),
    /// Copy a store to another one, or migrate its schema
    #[command(subcommand)]
    Store(StoreCommand),
    /// Show the settings in force, and where each comes from
    #[command(after_help = "Example: stopgap config")]
    Config,
    /// Print a script that completes this command in a shell
    #[command(after_help = COMPLETIONS_HELP)]
    Completions {
        /// Shell
        shell: Shell,
    },
    /// Print the manual page, or write all pages to a folder
    #[command(after_help = MAN_HELP)]
    Man {
        /// Folder for the pages; it is created if needed
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
}

impl Command {
    /// Returns `true` if the command makes a store and its key file if there are none.
    pub(crate) const fn creates(&self) -> bool {
        matches!(
            self,
            Self::Init
                | Self::Online(OnlineCommand::Issue(_))
                | Self::Machine(MachineCommand::Enrol(_))
                | Self::Security(SecurityCommand::Create(_))
                | Self::Preset(PresetCommand::Set(_))
        )
    }

    /// Returns the person for whom the command acts; `None` if it changes nothing.
    pub(crate) const fn acting(&self) -> Option<&Acting> {
        Some(match self {
            Self::Online(OnlineCommand::Issue(issue)) => &issue.acting,
            Self::Online(OnlineCommand::Revoke(revoke)) => &revoke.acting,
            Self::Machine(MachineCommand::Enrol(enrol)) => &enrol.acting,
            Self::Machine(MachineCommand::Retire(retire)) => &retire.acting,
            Self::Offline(OfflineCommand::Answer(answer)) => &answer.acting,
            Self::Security(command) => return command.acting(),
            Self::Preset(PresetCommand::Set(set)) => &set.acting,
            Self::Preset(PresetCommand::Remove { acting, .. })
            | Self::Log(Log {
                command: Some(LogCommand::Retention { acting, .. }),
                ..
            })
            | Self::Throttle(ThrottleCommand::Reset { acting, .. })
            | Self::Tenant(TenantCommand::Add { acting, .. })
            | Self::Key(KeyCommand::Add { acting })
            | Self::Clock(ClockCommand::Accept { acting }) => acting,
            Self::Key(KeyCommand::Retire(retire)) => &retire.acting,
            Self::Purge(purge) => &purge.acting,
            Self::Restore(restore) => &restore.acting,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Args;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
