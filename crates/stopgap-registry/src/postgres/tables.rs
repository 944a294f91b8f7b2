//! The declared tables in SQL.
//!
//! The tenant comes first in every key and index, so that a distributed engine may distribute
//! the rows by it. Texts are ordered by their bytes.

use std::fmt::Write as _;

use crate::store::{Declaration, Index, Kind, Only, Table};

/// The column before those of the declaration.
pub(super) const TENANT: &str = "tenant text COLLATE \"C\" NOT NULL";

/// Returns the type of a kind, as the server names it.
pub(super) const fn type_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Integer => "bigint",
        Kind::Instant => "timestamp with time zone",
        Kind::Id => "uuid",
        Kind::Text => "text",
        Kind::Bytes => "bytea",
    }
}

/// Returns the type of a column, with its collation.
pub(super) const fn full_type(kind: Kind) -> &'static str {
    match kind {
        Kind::Text => "text COLLATE \"C\"",
        kind => type_of(kind),
    }
}

/// Returns the statements that create a table and its indexes.
pub(super) fn create(table: Table) -> String {
    let declaration = table.declaration();
    let mut sql = format!("CREATE TABLE stopgap.{} (\n    {TENANT}", declaration.name);
    for column in declaration.columns {
        let null = if column.is_nullable { "" } else { " NOT NULL" };
        let _ = write!(
            sql,
            ",\n    {} {}{null}",
            column.name,
            full_type(column.kind)
        );
    }
    let _ = write!(sql, ",\n    {}\n)", primary_key(declaration));
    if declaration.version.is_some() {
        // Room for new versions of the rows of a page.
        sql.push_str(" WITH (fillfactor = 90)");
    }
    sql.push_str(";\n");
    for index in declaration.indexes {
        sql.push_str(&create_index(declaration, index));
        sql.push_str(";\n");
    }
    sql
}

/// Returns the primary key, as the server shows it.
pub(super) fn primary_key(declaration: &Declaration) -> String {
    format!("PRIMARY KEY ({})", key(declaration))
}

/// Returns the columns of the primary key.
pub(super) fn key(declaration: &Declaration) -> String {
    let names: Vec<_> = declaration
        .key_columns()
        .map(|column| column.name)
        .collect();
    with_tenant(&names)
}

/// Returns the statement that creates an index, as the server shows it.
pub(super) fn create_index(declaration: &Declaration, index: &Index) -> String {
    let unique = if index.is_unique { "UNIQUE " } else { "" };
    let (name, table) = (index.name, declaration.name);
    let columns = with_tenant(index.columns);
    let mut sql = format!("CREATE {unique}INDEX {name} ON stopgap.{table} USING btree ({columns})");
    if let Some(condition) = condition(index.only) {
        let _ = write!(sql, " WHERE ({condition})");
    }
    sql
}

/// Returns the condition on the rows of an index, as the server shows it.
pub(super) fn condition(only: Only) -> Option<String> {
    match only {
        Only::All => None,
        Only::Some(column) => Some(format!("{column} IS NOT NULL")),
        Only::Null(column) => Some(format!("{column} IS NULL")),
        Only::Not(column, text) => {
            let text = text.replace('\'', "''");
            Some(format!("{column} <> '{text}'::text"))
        }
    }
}

fn with_tenant(columns: &[&str]) -> String {
    let mut names = String::from("tenant");
    for column in columns {
        names.push_str(", ");
        names.push_str(column);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SQL sorts NULL apart from values, and no condition `<>` holds for it.
    #[test]
    fn columns_of_indexes_have_values() {
        for table in Table::ALL {
            let declaration = table.declaration();
            let is_nullable = |name: &str| {
                let place = declaration.place(name).unwrap();
                declaration.columns[place].is_nullable
            };
            for column in declaration.key_columns() {
                assert!(!column.is_nullable, "{table} {}", column.name);
            }
            for index in declaration.indexes {
                for column in index.columns {
                    let left_out = index.only == Only::Some(column);
                    assert!(left_out || !is_nullable(column), "{} {column}", index.name);
                }
                if let Only::Not(column, _) = index.only {
                    assert!(!is_nullable(column), "{} {column}", index.name);
                }
            }
            if let Some(version) = declaration.version {
                assert!(!is_nullable(version), "{table} {version}");
            }
        }
    }
}
