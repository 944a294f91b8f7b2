//! The declaration of a table: its columns, its key, its version and its indexes.

use super::value::Kind;

/// A table as a record type declares it. Every store makes its schema, its statements and
/// its indexes of it. The tenant comes before the key and before the columns of each index,
/// and is no column.
#[derive(Debug)]
pub struct Declaration {
    /// The name, which never changes.
    pub name: &'static str,
    /// The columns.
    pub columns: &'static [Column],
    /// The number of leading columns that are the key. With 0, a tenant has one row.
    pub key: usize,
    /// The name of the column that another content always changes: a tag or a counter.
    /// `None` if rows are never replaced.
    pub version: Option<&'static str>,
    /// The indexes.
    pub indexes: &'static [&'static Index],
    /// `true` if the rows belong to the store and to no tenant.
    pub is_store_wide: bool,
}

/// A column of a table.
#[derive(Debug)]
pub struct Column {
    /// The name.
    pub name: &'static str,
    /// The kind of the values.
    pub kind: Kind,
    /// `true` if it may have no value.
    pub is_nullable: bool,
}

/// An index of a table.
#[derive(Debug)]
pub struct Index {
    /// The name, which never changes.
    pub name: &'static str,
    /// The columns, by which the rows are ordered.
    pub columns: &'static [&'static str],
    /// `true` if no two rows of a tenant have the same values in these columns.
    pub is_unique: bool,
    /// The rows that the index has.
    pub only: Only,
}

/// The rows that an index has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// All rows.
    All,
    /// The rows with a value in this column.
    Some(&'static str),
    /// The rows without a value in this column.
    Null(&'static str),
    /// The rows whose column is not this text.
    Not(&'static str, &'static str),
}

impl Column {
    /// Declares a column that always has a value.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            is_nullable: false,
        }
    }

    /// Declares a column that may have no value.
    #[must_use]
    pub const fn nullable(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            is_nullable: true,
        }
    }
}

impl Declaration {
    /// Returns the place of a column, from 0; `None` if there is none of that name.
    #[must_use]
    pub fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    /// Returns the columns of the key.
    pub fn key_columns(&self) -> impl Iterator<Item = &'static Column> {
        self.columns.iter().take(self.key)
    }

    /// Returns the index of this name.
    #[must_use]
    pub fn index(&self, name: &str) -> Option<&'static Index> {
        self.indexes
            .iter()
            .find(|index| index.name == name)
            .copied()
    }
}
