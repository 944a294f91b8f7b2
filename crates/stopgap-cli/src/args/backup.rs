//! `stopgap backup` and `restore`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use stopgap_registry::RevokeOnRestore;

use super::Acting;

const BACKUP_HELP: &str = "\
Examples:
  stopgap backup /backup/stopgap-monday.db
  stopgap --home /srv/stopgap backup /backup/stopgap-monday.db --json

Programs may use the store meanwhile. The backup is one file, readable by its owner alone, and is \
verified before it has its name. No file is overwritten. Keep the key file apart from it: without \
the keys a backup is of no use, and with them it is worth as much as the store.

A store on PostgreSQL is backed up by pg_dump.";

const RESTORE_HELP: &str = "\
Examples:
  stopgap restore /backup/stopgap-monday.db
  stopgap restore /backup/stopgap-monday.db --replace --revoke all

A store of an earlier time has forgotten all that came after it: uses, revocations, deletions, \
failed attempts. By default codes with limited uses are revoked, because their uses may have been \
spent since. Codes that were revoked since, and security codes that were deleted since, are valid \
again; --revoke all revokes every code.";

#[derive(Debug, Args)]
#[command(after_help = BACKUP_HELP)]
pub(crate) struct Backup {
    /// File to write; it must not exist
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = RESTORE_HELP)]
pub(crate) struct RestoreBackup {
    /// Backup to restore as the store that --home or --store names
    pub(crate) file: PathBuf,
    /// Give a store that exists another name, and take its place
    #[arg(long)]
    pub(crate) replace: bool,
    /// Codes to revoke, because the backup may revive them
    #[arg(long, value_name = "CODES", default_value = "limited")]
    pub(crate) revoke: Revived,
    #[command(flatten)]
    pub(crate) acting: Acting,
}

/// The codes that are revoked.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Revived {
    /// Codes with limited uses that can be used now
    Limited,
    /// All codes that can be used now or later
    All,
    /// No code
    Nothing,
}

impl From<Revived> for RevokeOnRestore {
    fn from(revived: Revived) -> Self {
        match revived {
            Revived::Limited => Self::Limited,
            Revived::All => Self::All,
            Revived::Nothing => Self::Nothing,
        }
    }
}
