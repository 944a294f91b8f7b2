//! The person for whom a command acts.

use clap::Args;
use stopgap::{Name, Role};

use super::value;

/// The options of the commands that change something.
#[derive(Clone, Debug, Args)]
pub(crate) struct Acting {
    /// Person for whom you act; the audit log stores the name
    #[arg(long = "as", value_name = "NAME")]
    pub(crate) on_behalf_of: Option<Name>,
    /// Role in which you act
    #[arg(long, value_name = "ROLE", value_parser = value::role())]
    #[arg(default_value = "super_administrator")]
    pub(crate) role: Role,
}
