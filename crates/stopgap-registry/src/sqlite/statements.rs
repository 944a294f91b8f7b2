//! The texts of statements. The owner of the rows is the first parameter of each that
//! selects, deletes, counts or adds rows.

use std::{iter, ops::Bound};

use super::schema::condition;
use crate::store::{Index, Result, Selection, StoreError, Table};

/// The shape of a statement: all that its text depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Shape {
    pub(super) table: Table,
    pub(super) verb: Verb,
}

/// The parameters follow the owner, unless a comment says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Verb {
    /// Selects the rows of a range. Parameters: prefix, lower bound, upper bound, limit.
    Select(Range),
    /// Deletes the rows of a range. Parameters: as `Select`, and the number of rows to skip.
    Delete(Range),
    /// Adds a row. Parameters: all columns.
    Insert,
    /// Adds a row unless its key is there. Parameters: all columns.
    Keep,
    /// Replaces the columns whose bits are set (the first column has the lowest) in the row of
    /// a key and a version. Parameters: these columns, the owner, the key, the version.
    Replace(u32),
    /// Deletes the row of a key and a version. Parameters: the key, the version.
    Remove,
    /// Counts the rows.
    Count,
}

/// The shape of a selection: its index by name, and the numbers of its values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Range {
    index: Option<&'static str>,
    prefix: usize,
    lower: Bound<usize>,
    upper: Bound<usize>,
    is_descending: bool,
}

impl Range {
    /// Returns the shape of a selection whose prefix has a number of values.
    pub(super) fn of(selection: &Selection, prefix: usize) -> Self {
        Self {
            index: selection.index.map(|index| index.name),
            prefix,
            lower: selection.lower.as_ref().map(Vec::len),
            upper: selection.upper.as_ref().map(Vec::len),
            is_descending: selection.is_descending,
        }
    }

    /// Returns the shape of all rows with a prefix, in the reverse order of an index.
    pub(super) const fn last_of(index: &Index, prefix: usize) -> Self {
        Self {
            index: Some(index.name),
            prefix,
            lower: Bound::Unbounded,
            upper: Bound::Unbounded,
            is_descending: true,
        }
    }
}

impl Shape {
    /// Returns the text.
    ///
    /// # Errors
    ///
    /// [`StoreError::Other`] if the index is not one of the table's, or if a range has more
    /// values than columns.
    pub(super) fn text(self) -> Result<String> {
        let declaration = self.table.declaration();
        let (table, key) = (declaration.name, self.key());
        Ok(match self.verb {
            Verb::Select(range) => {
                let columns: Vec<_> = declaration
                    .columns
                    .iter()
                    .map(|column| column.name)
                    .collect();
                let (columns, range) = (columns.join(", "), self.range(range)?);
                format!("SELECT {columns} FROM {table}{range} LIMIT ?")
            }
            Verb::Delete(range) => {
                let range = self.range(range)?;
                format!(
                    "DELETE FROM {table} WHERE ({key}) IN \
                     (SELECT {key} FROM {table}{range} LIMIT ? OFFSET ?)"
                )
            }
            Verb::Insert => self.insert(),
            Verb::Keep => format!("{} ON CONFLICT ({key}) DO NOTHING", self.insert()),
            Verb::Replace(changed) => {
                let columns = declaration.columns.iter().enumerate();
                let columns = columns.filter(|(place, _)| is_set(changed, *place));
                let columns: Vec<_> = columns.map(|(_, column)| set(column.name)).collect();
                format!("UPDATE {table} SET {}{}", columns.join(", "), self.one())
            }
            Verb::Remove => format!("DELETE FROM {table}{}", self.one()),
            Verb::Count => format!("SELECT count(*) FROM {table} WHERE tenant = ?"),
        })
    }

    /// Returns the columns of the key.
    fn key(self) -> String {
        let columns = self.table.declaration().key_columns();
        let columns = columns.map(|column| column.name);
        let columns: Vec<_> = iter::once("tenant").chain(columns).collect();
        columns.join(", ")
    }

    fn insert(self) -> String {
        let declaration = self.table.declaration();
        let columns = declaration.columns.iter().map(|column| column.name);
        let columns: Vec<_> = iter::once("tenant").chain(columns).collect();
        let marks = vec!["?"; columns.len()].join(", ");
        let columns = columns.join(", ");
        format!(
            "INSERT INTO {} ({columns}) VALUES ({marks})",
            declaration.name
        )
    }

    /// Returns the condition for the row of a key and a version.
    fn one(self) -> String {
        let declaration = self.table.declaration();
        let columns = declaration.key_columns().map(|column| column.name);
        let columns = iter::once("tenant")
            .chain(columns)
            .chain(declaration.version);
        let columns: Vec<_> = columns.map(set).collect();
        format!(" WHERE {}", columns.join(" AND "))
    }

    /// Returns the index, the conditions and the order of a range.
    fn range(self, range: Range) -> Result<String> {
        let declaration = self.table.declaration();
        let key: Vec<_> = declaration
            .key_columns()
            .map(|column| column.name)
            .collect();
        let mut sql = String::new();
        let (mut columns, condition) = match range.index {
            None => (key.clone(), None),
            Some(name) => {
                let index = declaration.index(name);
                let index = index.ok_or_else(|| self.invalid("no such index"))?;
                sql = format!(" INDEXED BY {name}");
                (index.columns.to_vec(), condition(index.only))
            }
        };
        sql.push_str(" WHERE tenant = ?");
        let too_many = || self.invalid("more values than columns");
        let (prefix, rest) = columns
            .split_at_checked(range.prefix)
            .ok_or_else(too_many)?;
        for column in prefix {
            sql = format!("{sql} AND {column} = ?");
        }
        for (bound, sign) in [(range.lower, '>'), (range.upper, '<')] {
            let (number, equal) = match bound {
                // All rows begin with no values.
                Bound::Unbounded | Bound::Included(0) => continue,
                Bound::Included(number) => (number, "="),
                Bound::Excluded(number) => (number, ""),
            };
            let columns = rest.get(..number).ok_or_else(too_many)?.join(", ");
            let marks = vec!["?"; number].join(", ");
            sql = match number {
                // No row is after no values: the owner is not NULL.
                0 => format!("{sql} AND ?1 IS NULL"),
                _ => format!("{sql} AND ({columns}) {sign}{equal} ({marks})"),
            };
        }
        // SQLite uses a partial index only if its condition is one of the statement's.
        if let Some(condition) = condition {
            sql = format!("{sql} AND {condition}");
        }
        // Rows with equal columns of an index are in the order of the key.
        for column in key {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
        let direction = if range.is_descending { " DESC" } else { "" };
        for (place, column) in columns.iter().skip(range.prefix).enumerate() {
            let comma = if place == 0 { " ORDER BY" } else { "," };
            sql = format!("{sql}{comma} {column}{direction}");
        }
        Ok(sql)
    }

    fn invalid(self, why: &str) -> StoreError {
        StoreError::Other(format!("a selection of {}: {why}", self.table).into())
    }
}

/// Returns the comparison or the assignment of a column.
fn set(column: &str) -> String {
    format!("{column} = ?")
}

/// Returns `true` if the bit of a column is set, or if the column has no bit.
pub(super) fn is_set(bits: u32, place: usize) -> bool {
    let place = u32::try_from(place).ok();
    let bits = place.and_then(|place| bits.checked_shr(place));
    bits.is_none_or(|bits| bits & 1 == 1)
}
