//! Queries, and the snapshots that they load.

use std::ops::Bound;

use chrono::{DateTime, Utc};

use crate::record::{Index, Row, Table, Value};

/// The records that a call needs.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// The locks that the store holds from before it loads until it has applied the changes.
    /// A store that lets one caller after the other do both needs none.
    pub locks: Vec<Lock>,
    /// The rows to load.
    pub selections: Vec<Selection>,
}

/// A lock on a name. Exclusive callers of one name come one after the other; shared callers
/// keep exclusive ones out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// The name.
    pub name: String,
    /// `true` if others may share it.
    pub is_shared: bool,
}

/// Rows of a table that are beside each other in the order of the key or of an index.
#[derive(Clone, Debug)]
pub struct Selection {
    /// The table.
    pub table: Table,
    /// The index that orders the rows; `None` for the key.
    pub index: Option<&'static Index>,
    /// The values of the first columns.
    pub prefix: Vec<Value>,
    /// The values that the next column may have; then there are no bounds, and the rows come
    /// in any order.
    pub any_of: Option<Vec<Value>>,
    /// The bound, on the columns after the prefix, at which the rows begin.
    pub lower: Bound<Vec<Value>>,
    /// The bound, on the columns after the prefix, at which the rows end.
    pub upper: Bound<Vec<Value>>,
    /// `true` if the last rows come first.
    pub is_descending: bool,
    /// The highest number of rows.
    pub limit: usize,
}

impl Selection {
    /// Selects all rows, in the order of the key.
    #[must_use]
    pub const fn all(table: Table) -> Self {
        Self {
            table,
            index: None,
            prefix: Vec::new(),
            any_of: None,
            lower: Bound::Unbounded,
            upper: Bound::Unbounded,
            is_descending: false,
            limit: usize::MAX,
        }
    }

    /// Selects the rows whose key begins with these values.
    #[must_use]
    pub fn key(table: Table, prefix: Vec<Value>) -> Self {
        Self {
            prefix,
            ..Self::all(table)
        }
    }

    /// Selects the rows whose columns of an index begin with these values.
    #[must_use]
    pub fn index(table: Table, index: &'static Index, prefix: Vec<Value>) -> Self {
        Self {
            index: Some(index),
            prefix,
            ..Self::all(table)
        }
    }

    /// Selects those whose next column has one of these values.
    #[must_use]
    pub fn any_of(self, values: Vec<Value>) -> Self {
        Self {
            any_of: Some(values),
            ..self
        }
    }

    /// Begins after the rows with these values in the columns after the prefix.
    #[must_use]
    pub fn after(self, values: Vec<Value>) -> Self {
        Self {
            lower: Bound::Excluded(values),
            ..self
        }
    }

    /// Begins with the rows with these values in the columns after the prefix.
    #[must_use]
    pub fn from(self, values: Vec<Value>) -> Self {
        Self {
            lower: Bound::Included(values),
            ..self
        }
    }

    /// Ends before the rows with these values in the columns after the prefix.
    #[must_use]
    pub fn before(self, values: Vec<Value>) -> Self {
        Self {
            upper: Bound::Excluded(values),
            ..self
        }
    }

    /// Begins with the last row.
    #[must_use]
    pub fn descending(self) -> Self {
        Self {
            is_descending: true,
            ..self
        }
    }

    /// Ends after a number of rows.
    #[must_use]
    pub fn limit(self, limit: usize) -> Self {
        Self { limit, ..self }
    }

    /// Returns the columns that order the rows.
    #[must_use]
    pub fn columns(&self) -> Vec<&'static str> {
        if let Some(index) = self.index {
            return index.columns.to_vec();
        }
        let columns = self.table.declaration().key_columns();
        columns.map(|column| column.name).collect()
    }
}

/// The rows that a store has loaded at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The rows of each selection, in the order of the query.
    pub rows: Vec<Vec<Row>>,
    /// The time of the store, if it has a clock of its own.
    pub time: Option<DateTime<Utc>>,
}
