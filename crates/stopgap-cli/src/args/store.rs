//! `stopgap store`.

use clap::{Args, Subcommand};

const COPY_EXAMPLES: &str = "\
Examples:
  STOPGAP_STORE=postgres://… stopgap store copy stopgap.db
  stopgap store copy stopgap.db sqlite:/backup/stopgap.db

Stop all programs that use FROM first: neither store may be written to meanwhile. TO must be empty, \
or hold the rows of an earlier copy: if a copy was interrupted, run it again to continue. In the end \
both stores are read again and every row is compared. FROM does not change. A copy needs no key, and \
the key file of FROM serves TO as well.";

const MIGRATE_EXAMPLES: &str = "\
Examples:
  stopgap store migrate
  STOPGAP_STORE=postgres://owner@db1/stopgap stopgap store migrate

Each command migrates the store that it opens, if it may. On PostgreSQL servers often may not: they \
run as a role with no more than the grants of docs/FLEET.md. Then run this command once after each \
update of Stopgap, as the role that owns the schema. It creates the schema if there is none.";

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Copy every row of every tenant to another store, and compare them all
    #[command(after_help = COPY_EXAMPLES)]
    Copy(Copy),
    /// Bring the schema of the store up to date, without serving from it
    #[command(after_help = MIGRATE_EXAMPLES)]
    Migrate,
}

#[derive(Debug, Args)]
pub(crate) struct Copy {
    /// Store to copy: FILE, sqlite:FILE or postgres://…
    pub(crate) from: String,
    /// Store to copy to [default: the one that --store or the environment names]
    pub(crate) to: Option<String>,
}
