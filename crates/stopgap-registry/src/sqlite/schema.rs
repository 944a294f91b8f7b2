//! The schema, by numbered migrations that are recorded in the file.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, TransactionBehavior, params};

use super::values;
use crate::store::{Declaration, Index, Only, Result, StoreError, Table};

/// Marks a file as Stopgap's, in SQLite's header: `Stop`.
const APPLICATION_ID: i64 = 0x5374_6F70;

/// A migration: its number, its name, and its SQL.
type Migration = (i64, &'static str, fn() -> String);

/// The migrations. Each is applied once, in this order.
const MIGRATIONS: [Migration; 1] = [(1, "first", tables)];

/// The table that lists the migrations that were applied.
const LIST: &str = "\
CREATE TABLE migrations (
    number     INTEGER NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    applied_at INTEGER NOT NULL
) STRICT;
";

/// The number of the newest schema that this Stopgap knows.
pub(super) const KNOWN: i64 = 1;

/// Brings the schema up to date. Many processes may do so at once.
pub(super) fn migrate(connection: &mut Connection, now: DateTime<Utc>) -> Result<()> {
    if look(connection)? == KNOWN {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = schema_of(&transaction)?;
    if found == 0 {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.execute_batch(LIST)?;
    }
    for (number, name, sql) in MIGRATIONS {
        if number > found {
            transaction.execute_batch(&sql())?;
            transaction.execute(
                "INSERT INTO migrations (number, name, applied_at) VALUES (?1, ?2, ?3)",
                params![number, name, now.timestamp_micros()],
            )?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// Returns the SQL of the tables and indexes of a store whose schema is up to date, as SQLite
/// stores it. To make a store in memory and read its schema would take longer than a
/// verification.
pub(super) fn current() -> String {
    format!("{LIST}{}", tables())
}

/// Returns the schema's number. Reads it in one transaction, because another process may be
/// making the schema.
pub(super) fn look(connection: &mut Connection) -> Result<i64> {
    schema_of(&*connection.transaction()?)
}

/// Returns the number of the last migration, 0 for an empty file. Refuses another program's
/// file and a newer schema.
fn schema_of(connection: &Connection) -> Result<i64> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let mark = number("PRAGMA application_id")?;
    if number("SELECT count(*) FROM sqlite_schema")? == 0 && mark == 0 {
        return Ok(0);
    }
    if mark != APPLICATION_ID {
        return Err(StoreError::Foreign(None));
    }
    let found = number("SELECT coalesce(max(number), 0) FROM migrations")?;
    if found > KNOWN {
        return Err(StoreError::Newer {
            found,
            known: KNOWN,
        });
    }
    Ok(found)
}

/// Returns the SQL that creates the declared tables and indexes. Before a declaration is
/// changed, the SQL of the released ones must be written down here: a file has the schema
/// that its own migrations made, and is compared with it.
fn tables() -> String {
    let mut sql = String::new();
    for table in Table::ALL {
        let declaration = table.declaration();
        create_table(&mut sql, declaration);
        for index in declaration.indexes {
            create_index(&mut sql, declaration, index);
        }
    }
    sql
}

fn create_table(sql: &mut String, declaration: &Declaration) {
    sql.push_str("CREATE TABLE ");
    sql.push_str(declaration.name);
    sql.push_str(" (tenant TEXT NOT NULL, ");
    for column in declaration.columns {
        let not_null = if column.is_nullable { "" } else { " NOT NULL" };
        // Writing to a text does not fail, here and below.
        let _ = write!(
            sql,
            "{} {}{not_null}, ",
            column.name,
            values::type_of(column.kind)
        );
    }
    sql.push_str("PRIMARY KEY (tenant");
    for column in declaration.key_columns() {
        let _ = write!(sql, ", {}", column.name);
    }
    // Each table is one tree, by its key.
    sql.push_str(")) STRICT, WITHOUT ROWID;\n");
}

fn create_index(sql: &mut String, declaration: &Declaration, index: &Index) {
    let unique = if index.is_unique { "UNIQUE " } else { "" };
    let columns = index.columns.join(", ");
    let (name, table) = (index.name, declaration.name);
    let _ = write!(
        sql,
        "CREATE {unique}INDEX {name} ON {table} (tenant, {columns})"
    );
    if let Some(condition) = condition(index.only) {
        let _ = write!(sql, " WHERE {condition}");
    }
    sql.push_str(";\n");
}

/// Returns the condition of a partial index.
pub(super) fn condition(only: Only) -> Option<String> {
    match only {
        Only::All => None,
        Only::Some(column) => Some(format!("{column} IS NOT NULL")),
        Only::Null(column) => Some(format!("{column} IS NULL")),
        Only::Not(column, text) => Some(format!("{column} <> '{text}'")),
    }
}
