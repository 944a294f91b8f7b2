//! `stopgap tenant`.

use clap::Subcommand;
use stopgap::Name;

use super::Acting;

const ADD_EXAMPLES: &str = "\
Examples:
  stopgap tenant add acme
  stopgap --tenant acme online issue alice

A tenant has keys of its own, and sees only its own records.";

#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Add a tenant to the store
    #[command(after_help = ADD_EXAMPLES)]
    Add {
        /// Name of the tenant
        name: Name,
        #[command(flatten)]
        acting: Acting,
    },
    /// List the tenants of the store
    #[command(after_help = "Example: stopgap tenant list")]
    List,
}
