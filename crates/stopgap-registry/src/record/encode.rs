//! Records as rows.

use serde::Serialize;

use super::{fields::Fields, row::Row, table::Table, value::Value};
use crate::store::Result;

/// A record, which is stored as a row.
pub(crate) trait Record: Sized {
    /// The table.
    const TABLE: Table;

    /// Returns the values of all columns.
    fn values(&self) -> Vec<Value>;

    /// Reads the values of all columns.
    fn read(fields: &mut Fields<'_>) -> Result<Self>;

    fn row(&self) -> Row {
        Row::new(Self::TABLE, self.values())
    }

    fn of(row: &Row) -> Result<Self> {
        Self::read(&mut Fields::of(row))
    }
}

/// Returns plain data as JSON.
pub(crate) fn json(value: &impl Serialize) -> Value {
    match serde_json::to_string(value) {
        Ok(text) => Value::Text(text),
        // Does not happen: the values are plain data.
        Err(error) => Value::Invalid(error.to_string()),
    }
}
