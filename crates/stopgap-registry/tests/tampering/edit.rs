//! Edits of rows, and the columns that they cover.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use stopgap_registry::{
    stopgap::RecordId,
    store::{Row, Table, Value},
};

/// An edit of one column of a row, or of its tenant.
#[derive(Clone, Debug)]
pub(crate) enum Edit {
    /// Sets the value.
    Set(&'static str, Value),
    /// Adds to a number, or microseconds to an instant.
    Shift(&'static str, i64),
    /// Changes the last byte of an id or of bytes.
    Flip(&'static str),
    /// Appends a letter to a text.
    Append(&'static str),
    /// Moves the row to another tenant.
    Tenant,
}

impl Edit {
    pub(crate) fn set(column: &'static str, value: impl Into<Value>) -> Self {
        Self::Set(column, value.into())
    }

    pub(crate) fn column(&self) -> &'static str {
        match self {
            Self::Set(column, _)
            | Self::Shift(column, _)
            | Self::Flip(column)
            | Self::Append(column) => column,
            Self::Tenant => "tenant",
        }
    }

    /// Returns the edited value of a column.
    pub(crate) fn apply(&self, row: &mut Row) {
        let column = self.column();
        let value = match (self, row.value(column)) {
            (Self::Set(_, value), _) => value.clone(),
            (Self::Shift(_, by), Value::Integer(number)) => (number + by).into(),
            (Self::Shift(_, by), Value::Instant(instant)) => {
                (*instant + TimeDelta::microseconds(*by)).into()
            }
            (Self::Flip(_), Value::Bytes(bytes)) => {
                let mut bytes = bytes.clone();
                *bytes.last_mut().unwrap() ^= 1;
                Value::Bytes(bytes)
            }
            (Self::Flip(_), Value::Id(id)) => {
                let mut bytes = *id.as_bytes();
                bytes[15] ^= 1;
                RecordId::from_bytes(bytes).into()
            }
            (Self::Append(_), Value::Text(text)) => format!("{text}x").into(),
            (edit, value) => panic!("{edit:?} of {value:?}"),
        };
        assert_ne!(*row.value(column), value, "{self:?} changes nothing");
        row.set(column, value);
    }
}

/// Checks that some edits cover the tenant and every column of a table, except those that
/// `tampering/uncovered.rs` edits.
pub(crate) fn cover<'e>(table: Table, edits: impl IntoIterator<Item = &'e Edit>, others: &[&str]) {
    let edited: BTreeSet<&str> = edits.into_iter().map(Edit::column).collect();
    let columns = table.declaration().columns.iter();
    let columns = columns.map(|column| column.name);
    let columns = columns.filter(|column| !others.contains(column));
    let columns: BTreeSet<&str> = columns.chain(["tenant"]).collect();
    assert_eq!(edited, columns, "{table}");
}
