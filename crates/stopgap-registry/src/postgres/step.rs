//! Changes without their values, as parts of one statement.

use std::fmt::Write as _;

use super::{
    numbers::{Numbers, names},
    range::{Range, equal},
};
use crate::store::{Declaration, Table};

/// The form of a change.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Step {
    /// Adds a row. The parameters are the tenant and all columns.
    Insert(Table),
    /// Replaces the row of a key and a version. The parameters are the tenant, all columns
    /// and the version.
    Replace(Table),
    /// Deletes the row of a key and a version, or none if the version is null, and adds a
    /// row. The parameters are the tenant, all columns and the version.
    Renew(Table),
    /// Deletes the row of a key and a version. The parameters are the tenant, the key and
    /// the version, if the table has one.
    Delete(Table),
    /// Deletes the rows after as many as the limit says. The parameters are those of the
    /// range.
    Trim(Range),
}

impl Step {
    pub(super) const fn table(&self) -> Table {
        match self {
            Self::Insert(table)
            | Self::Replace(table)
            | Self::Renew(table)
            | Self::Delete(table) => *table,
            Self::Trim(range) => range.table,
        }
    }
}

/// Returns a statement that makes changes, of which each concerns another table. Its parts
/// run in any order, and none sees the changes of another. It divides by zero, and so fails,
/// unless each change with a condition changes one row.
pub(super) fn apply(steps: &[Step]) -> String {
    let mut numbers = Numbers::default();
    let mut parts = Vec::new();
    let mut condition = String::from("true");
    for (place, step) in steps.iter().enumerate() {
        let declaration = step.table().declaration();
        let (sql, is_conditional) = match step {
            Step::Insert(_) => (insert(declaration, &mut numbers), false),
            Step::Replace(_) => (replace(declaration, &mut numbers), true),
            Step::Renew(_) => {
                let (clear, insert) = renew(declaration, &mut numbers, place);
                parts.push(format!("cleared{place} AS ({clear} RETURNING 1)"));
                (insert, true)
            }
            Step::Delete(_) => (delete(declaration, &mut numbers), true),
            Step::Trim(range) => (range.delete("OFFSET", &mut numbers), false),
        };
        if is_conditional {
            parts.push(format!("part{place} AS ({sql} RETURNING 1)"));
            let _ = write!(condition, " AND EXISTS (SELECT FROM part{place})");
        } else {
            parts.push(format!("part{place} AS ({sql})"));
        }
    }
    format!(
        "WITH {} SELECT 1 / ({condition})::integer",
        parts.join(", ")
    )
}

fn insert(declaration: &Declaration, numbers: &mut Numbers) -> String {
    let (table, columns) = (declaration.name, names(declaration.columns));
    let tenant = numbers.next();
    let values = numbers.of(declaration.columns).join(", ");
    format!("INSERT INTO stopgap.{table} (tenant, {columns}) VALUES ({tenant}, {values})")
}

fn replace(declaration: &Declaration, numbers: &mut Numbers) -> String {
    let tenant = numbers.next();
    let values = numbers.of(declaration.columns);
    let pairs = declaration.columns.iter().zip(&values);
    let set = pairs.skip(declaration.key);
    let set: Vec<_> = set
        .map(|(column, value)| format!("{} = {value}", column.name))
        .collect();
    let row = loaded_row(declaration, &tenant, &values, &numbers.next());
    format!(
        "UPDATE stopgap.{} SET {} WHERE {row}",
        declaration.name,
        set.join(", ")
    )
}

/// Returns the statement that deletes the row, and the statement that adds the new one if as
/// many rows were deleted as should be.
fn renew(declaration: &Declaration, numbers: &mut Numbers, place: usize) -> (String, String) {
    let (table, columns) = (declaration.name, names(declaration.columns));
    let tenant = numbers.next();
    let values = numbers.of(declaration.columns);
    let loaded = numbers.next();
    let row = loaded_row(declaration, &tenant, &values, &loaded);
    let clear = format!("DELETE FROM stopgap.{table} WHERE {row}");
    let insert = format!(
        "INSERT INTO stopgap.{table} (tenant, {columns}) SELECT {tenant}, {} \
         WHERE EXISTS (SELECT FROM cleared{place}) = ({loaded} IS NOT NULL)",
        values.join(", ")
    );
    (clear, insert)
}

fn delete(declaration: &Declaration, numbers: &mut Numbers) -> String {
    let tenant = numbers.next();
    let key: Vec<_> = declaration.key_columns().map(|_| numbers.next()).collect();
    let loaded = match declaration.version {
        Some(_) => numbers.next(),
        None => String::new(),
    };
    let row = loaded_row(declaration, &tenant, &key, &loaded);
    format!("DELETE FROM stopgap.{} WHERE {row}", declaration.name)
}

/// Returns the condition that a row has a key, which is the first of the values, and the
/// version that was loaded.
///
/// The row is found by its key first, in the order of the keys, so that the server uses the
/// index of the key (see [`Range`]). `IS TRUE` has it check the version when it changes the
/// row, and not look for the row by it.
fn loaded_row(declaration: &Declaration, tenant: &str, values: &[String], loaded: &str) -> String {
    let table = declaration.name;
    let key: Vec<_> = declaration.key_columns().collect();
    let (key, order) = equal(tenant, &key, values);
    let version = declaration
        .version
        .map(|version| format!(" AND {version} = {loaded}"));
    let version = version.unwrap_or_default();
    format!(
        "ctid = (SELECT ctid FROM stopgap.{table} WHERE {key}{order}) AND ({key}{version}) IS TRUE"
    )
}
