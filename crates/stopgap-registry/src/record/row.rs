//! The rows of tables.

use std::fmt;

use super::{table::Table, value::Value};

/// A row of a table, without its tenant. Two rows are equal if all values are; the comparison
/// takes no constant time, because a store has all of them anyway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    table: Table,
    values: Vec<Value>,
}

impl Row {
    /// Creates a row of the values of all columns, in their order.
    ///
    /// # Panics
    ///
    /// In debug builds if the number of values is not that of the columns.
    #[must_use]
    pub fn new(table: Table, values: Vec<Value>) -> Self {
        debug_assert_eq!(values.len(), table.declaration().columns.len(), "{table}");
        Self { table, values }
    }

    /// Returns the table.
    #[must_use]
    pub const fn table(&self) -> Table {
        self.table
    }

    /// Returns the values of all columns.
    #[must_use]
    pub fn values(&self) -> &[Value] {
        &self.values
    }

    /// Returns the values of the key.
    #[must_use]
    pub fn key(&self) -> &[Value] {
        let key = self.table.declaration().key;
        self.values.get(..key).unwrap_or_default()
    }

    /// Returns the value of a column; `Null` if there is no such column.
    #[must_use]
    pub fn value(&self, column: &str) -> &Value {
        let place = self.table.declaration().place(column);
        place
            .and_then(|place| self.values.get(place))
            .unwrap_or(&Value::Null)
    }

    /// Returns the version; `Null` if the table has none.
    #[must_use]
    pub fn version(&self) -> &Value {
        match self.table.declaration().version {
            Some(column) => self.value(column),
            None => &Value::Null,
        }
    }

    /// Replaces the value of a column, as an editor of the database could. Does nothing if
    /// there is no such column.
    pub fn set(&mut self, column: &str, value: impl Into<Value>) {
        let place = self.table.declaration().place(column);
        if let Some(held) = place.and_then(|place| self.values.get_mut(place)) {
            *held = value.into();
        }
    }
}

/// The key, as people see it.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key().is_empty() {
            return f.write_str("the only row");
        }
        for (place, value) in self.key().iter().enumerate() {
            if place > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{value}")?;
        }
        Ok(())
    }
}
