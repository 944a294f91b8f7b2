//! The options of lists: filters and columns.

use clap::Args;
use stopgap::{Name, Purpose};
use stopgap_registry::CodeState;

use super::value;
use crate::{
    column::{self, Column},
    failure::Failure,
    moment::Moment,
    show::View,
};

/// The options of every list.
#[derive(Debug, Default, Args)]
pub(crate) struct ListFlags {
    /// Show all columns in full, with whole ids, and times on the clock and from now
    #[arg(long)]
    pub(crate) wide: bool,
    /// Columns to show, in their order: their heads in lower case, separated by commas
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// Write a long list without a pager
    #[arg(long)]
    pub(crate) no_pager: bool,
}

impl ListFlags {
    /// Returns the view of a list with these columns.
    pub(crate) fn view(&self, columns: &[Column]) -> Result<View, Failure> {
        Ok(View {
            is_wide: self.wide,
            choice: column::choose(columns, &self.columns)?,
            on_clock: false,
            no_pager: self.no_pager,
        })
    }
}

#[derive(Debug, Args)]
pub(crate) struct CodeFilters {
    /// Only codes in this state; may be repeated
    #[arg(long, value_name = "STATE", value_delimiter = ',', value_parser = value::code_state())]
    pub(crate) state: Vec<CodeState>,
    /// Only codes of this user
    #[arg(
        long = "user",
        id = "only_user",
        value_name = "USER",
        conflicts_with = "user"
    )]
    pub(crate) user: Option<Name>,
    /// Only codes for this purpose
    #[arg(long, value_parser = value::purpose(), hide_possible_values = true)]
    pub(crate) purpose: Option<Purpose>,
    /// Only codes that expire before then: 1d, '2030-12-24 18:00' or RFC 3339
    #[arg(long, value_name = "T")]
    pub(crate) expires_before: Option<Moment>,
    /// Only codes with this text in the user, the id or the purposes
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SecurityFilters {
    /// Only codes in this state: active, expired or permanent; may be repeated
    #[arg(
        long,
        value_name = "STATE",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    #[arg(value_parser = ["active", "expired", "permanent"])]
    pub(crate) state: Vec<String>,
    /// Only codes with the rights of this user
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<Name>,
    /// Only codes that expire before then: 1d, '2030-12-24 18:00' or RFC 3339
    #[arg(long, value_name = "T")]
    pub(crate) expires_before: Option<Moment>,
    /// Only codes with this text in the user, the id, the scopes or the description
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct MachineFilters {
    /// Only machines in this state: enrolled or retired
    #[arg(long, value_name = "STATE", hide_possible_values = true)]
    #[arg(value_parser = ["enrolled", "retired"])]
    pub(crate) state: Option<String>,
    /// Only machines of this user
    #[arg(
        long = "user",
        id = "only_user",
        value_name = "USER",
        conflicts_with = "user"
    )]
    pub(crate) user: Option<Name>,
    /// Only machines with this text in their name or the user
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ThrottleFilters {
    /// Only users who are locked out
    #[arg(long)]
    pub(crate) locked: bool,
    /// Only users with this text in their name
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
}
