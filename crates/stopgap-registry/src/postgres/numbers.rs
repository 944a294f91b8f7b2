//! The numbers of parameters in a statement.

use crate::store::Column;

/// Gives each parameter of a statement its number, in their order.
#[derive(Debug, Default)]
pub(super) struct Numbers(usize);

impl Numbers {
    /// Returns the next parameter: `$1` first.
    pub(super) fn next(&mut self) -> String {
        self.0 = self.0.saturating_add(1);
        format!("${}", self.0)
    }

    /// Returns a parameter for each column.
    pub(super) fn of(&mut self, columns: &[Column]) -> Vec<String> {
        columns.iter().map(|_| self.next()).collect()
    }
}

/// Returns the names of columns, with commas.
pub(super) fn names(columns: &[Column]) -> String {
    let names: Vec<_> = columns.iter().map(|column| column.name).collect();
    names.join(", ")
}
