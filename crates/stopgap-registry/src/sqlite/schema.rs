//! The schema, by numbered migrations that are recorded in the file.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, TransactionBehavior, params};

use crate::store::{Result, StoreError};

/// Marks a file as Stopgap's, in SQLite's header: `Stop`.
const APPLICATION_ID: i64 = 0x5374_6F70;

/// Each is applied once, in this order, and never changed again.
const MIGRATIONS: [(i64, &str, &str); 1] =
    [(1, "first", include_str!("migrations/0001_first.sql"))];

/// The newest schema that this Stopgap knows.
const KNOWN: i64 = 1;

/// Brings the schema up to date, however many processes do so at once.
pub(super) fn migrate(connection: &mut Connection, now: DateTime<Utc>) -> Result<()> {
    if look(connection)? == KNOWN {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = schema_of(&transaction)?;
    if found == 0 {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.execute_batch(
            "CREATE TABLE migrations (
                number     INTEGER NOT NULL PRIMARY KEY,
                name       TEXT    NOT NULL,
                applied_at INTEGER NOT NULL
            ) STRICT;",
        )?;
    }
    for (number, name, sql) in MIGRATIONS {
        if number > found {
            transaction.execute_batch(sql)?;
            transaction.execute(
                "INSERT INTO migrations (number, name, applied_at) VALUES (?1, ?2, ?3)",
                params![number, name, now.timestamp_micros()],
            )?;
        }
    }
    transaction.commit()?;
    Ok(())
}

/// The schema's number, in one transaction, for others may be making it just now.
pub(super) fn look(connection: &mut Connection) -> Result<i64> {
    schema_of(&*connection.transaction()?)
}

/// The number of the last migration, 0 for an empty file. Another program's file
/// and a newer schema are refused.
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
