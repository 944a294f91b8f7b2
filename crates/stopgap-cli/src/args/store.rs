//! `stopgap store`.

use clap::{Args, Subcommand};

const COPY_EXAMPLES: &str = "\
Examples:
  STOPGAP_STORE=postgres://… stopgap store copy stopgap.db
  stopgap store copy stopgap.db sqlite:/backup/stopgap.db

Nobody may write to either store meanwhile: stop first what serves from FROM. TO must be
empty, or hold what an earlier copy left: one that was cut off goes on where it stopped
when it is run once more. In the end both are read anew and every row is compared. FROM
stays as it is. It needs no key: the key file moves by itself, and is good for TO as well.";

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Copy every row of every tenant to another store, and compare them all
    #[command(after_help = COPY_EXAMPLES)]
    Copy(Copy),
}

#[derive(Debug, Args)]
pub(crate) struct Copy {
    /// The store that there is: FILE, sqlite:FILE or postgres://…
    pub(crate) from: String,
    /// The store to copy it to; if not said, the one that --store or the environment names
    pub(crate) to: Option<String>,
}
