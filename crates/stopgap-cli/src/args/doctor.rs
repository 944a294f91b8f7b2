//! `stopgap status` and `doctor`.

use clap::Args;

pub(crate) const STATUS_HELP: &str = "\
Examples:
  stopgap status
  stopgap status --json

Exits with 1 if something needs attention: a clock that is wrong, a key that is missing, records of
a compromised key that were not ended, users whom only an administrator can unlock, records that
cannot be read, a schema of another version, or files that every user can get at. Lockouts that end
by themselves and codes that end today are shown only.";

const DOCTOR_HELP: &str = "\
Examples:
  stopgap doctor
  stopgap doctor --all-tenants --json

Checks permissions and owners, the key file, every page and index of the store, the disk, the clock,
the keys, lockouts, and the tag of every record. Changes nothing, and exits with 1 if a check fails.
Programs may use the store meanwhile. Deleted records, and older ones that were put back whole,
cannot be found.";

#[derive(Debug, Args)]
#[command(after_help = DOCTOR_HELP)]
pub(crate) struct Doctor {
    /// Check all tenants, and not only the one of --tenant
    #[arg(long)]
    pub(crate) all_tenants: bool,
}
