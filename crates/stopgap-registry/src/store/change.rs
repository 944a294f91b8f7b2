//! The changes that a store applies.

use crate::record::{Index, Row, Table, Value};

/// A change of one table. A store applies all changes of a call or not one. It applies them only if
/// every row that was loaded still has its version, and every row that was absent still is.
#[derive(Clone, Debug)]
pub enum Change {
    /// Adds a row whose key, and whose values of each unique index, no row has.
    Insert(Row),
    /// Replaces the row of this key, whose version is still `loaded`.
    Replace {
        /// The new row.
        row: Row,
        /// The version that was loaded.
        loaded: Value,
    },
    /// Removes the row of this key, whose version is still `loaded`, or that is still absent
    /// if `loaded` is `None`, and adds the new row. The work is the same in both cases.
    Renew {
        /// The new row.
        row: Row,
        /// The version that was loaded.
        loaded: Option<Value>,
    },
    /// Removes the row of this key, whose version is still `loaded`.
    Delete {
        /// The table.
        table: Table,
        /// The values of the key.
        key: Vec<Value>,
        /// The version that was loaded.
        loaded: Value,
    },
    /// Removes all rows with these values in the first columns of an index, but for the last
    /// `keep` in its order.
    Trim {
        /// The table.
        table: Table,
        /// The index.
        index: &'static Index,
        /// The values of its first columns.
        prefix: Vec<Value>,
        /// The number of rows that stay.
        keep: usize,
    },
}

/// The changes of a call, in their order.
pub type Changes = Vec<Change>;
