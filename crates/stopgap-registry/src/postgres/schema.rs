//! The schema, by numbered migrations that are recorded in the database.

use chrono::{DateTime, Utc};

use super::{connection::Connection, deadline::Deadline, error::Trouble, tables};
use crate::{
    schema_numbers::SchemaNumbers,
    store::{Result, StoreError, Table},
};

/// A migration. Each is applied once, in the order of the numbers. A migration only adds, so
/// that processes of an earlier Stopgap can continue. If one cannot be made so, `oldest` is
/// the lowest schema that a process must know.
///
/// The first one creates the tables as they are declared now. So the later ones are written
/// with `IF NOT EXISTS`, and do nothing in a new store.
struct Migration {
    number: i64,
    name: &'static str,
    oldest: i64,
    sql: fn() -> String,
}

const MIGRATIONS: [Migration; 1] = [Migration {
    number: 1,
    name: "first",
    oldest: 1,
    sql: || Table::ALL.map(tables::create).concat(),
}];

/// The newest schema that this Stopgap knows.
const KNOWN: i64 = 1;

/// Brings the schema up to date. Several processes may do so at once.
pub(super) fn migrate(
    connection: &mut Connection,
    deadline: Deadline,
    now: DateTime<Utc>,
) -> Result<()> {
    if number_of(connection, deadline)? >= KNOWN {
        return Ok(());
    }
    run(connection, deadline, "BEGIN")?;
    match apply(connection, deadline, now) {
        // If the answer to the commit is lost, the next look at the schema tells.
        Ok(()) => run(connection, deadline, "COMMIT"),
        Err(error) => {
            connection.undo(deadline);
            Err(error)
        }
    }
}

/// Applies the migrations that are missing.
fn apply(connection: &mut Connection, deadline: Deadline, now: DateTime<Utc>) -> Result<()> {
    // Of two processes that create it, one waits, fails, and begins again.
    run(
        connection,
        deadline,
        "CREATE SCHEMA IF NOT EXISTS stopgap;
         CREATE TABLE IF NOT EXISTS stopgap.migrations (
            number     bigint      NOT NULL PRIMARY KEY,
            name       text        NOT NULL,
            oldest     bigint      NOT NULL,
            applied_at timestamptz
         );
         INSERT INTO stopgap.migrations (number, name, oldest) VALUES (0, 'none', 0)
         ON CONFLICT (number) DO NOTHING",
    )?;
    // This row is the lock.
    let lock = "SELECT number FROM stopgap.migrations WHERE number = 0 FOR UPDATE";
    let locked = connection.query(deadline, lock, &[]);
    locked.map_err(Trouble::before_commit)?;
    let found = number_of(connection, deadline)?;
    for migration in &MIGRATIONS {
        if migration.number > found {
            run(connection, deadline, &(migration.sql)())?;
            let noted = connection.query(
                deadline,
                "INSERT INTO stopgap.migrations (number, name, oldest, applied_at)
                 VALUES ($1, $2, $3, $4)",
                &[&migration.number, &migration.name, &migration.oldest, &now],
            );
            noted.map_err(Trouble::before_commit)?;
        }
    }
    Ok(())
}

/// Returns the numbers of the schema. Refuses a database without a store.
pub(super) fn numbers(connection: &mut Connection, deadline: Deadline) -> Result<SchemaNumbers> {
    match number_of(connection, deadline)? {
        0 => Err(StoreError::Missing),
        found => Ok(SchemaNumbers {
            found,
            known: KNOWN,
        }),
    }
}

fn run(connection: &mut Connection, deadline: Deadline, sql: &str) -> Result<()> {
    connection
        .run(deadline, sql)
        .map_err(Trouble::before_commit)
}

/// Refuses a database without a store, and a schema that this Stopgap cannot read.
pub(super) fn is_known(connection: &mut Connection, deadline: Deadline) -> Result<()> {
    match number_of(connection, deadline)? {
        0 => Err(StoreError::Missing),
        _ => Ok(()),
    }
}

/// Returns the number of the last migration; 0 if there is none. Refuses a schema that is not
/// that of a store, and one that this Stopgap cannot use.
fn number_of(connection: &mut Connection, deadline: Deadline) -> Result<i64> {
    let mut look = |sql| {
        let rows = connection.query(deadline, sql, &[]);
        rows.map_err(Trouble::before_commit)
    };
    let odd = |why: tokio_postgres::Error| StoreError::Row {
        table: "migrations",
        why: why.to_string(),
    };
    let there = look(
        "SELECT to_regclass('stopgap.migrations') IS NOT NULL,
            EXISTS (SELECT 1 FROM pg_catalog.pg_class
                JOIN pg_catalog.pg_namespace ON pg_namespace.oid = relnamespace
                WHERE nspname = 'stopgap')",
    )?;
    let (mut is_ours, mut is_taken) = (false, false);
    if let Some(row) = there.first() {
        is_ours = row.try_get(0).map_err(odd)?;
        is_taken = row.try_get(1).map_err(odd)?;
    }
    if !is_ours {
        return if is_taken {
            Err(StoreError::Foreign(None))
        } else {
            Ok(0)
        };
    }
    let rows =
        look("SELECT coalesce(max(number), 0), coalesce(max(oldest), 0) FROM stopgap.migrations")?;
    let Some(row) = rows.first() else {
        return Ok(0);
    };
    let (found, oldest): (i64, i64) = (row.try_get(0).map_err(odd)?, row.try_get(1).map_err(odd)?);
    if oldest > KNOWN {
        return Err(StoreError::Newer {
            found,
            known: KNOWN,
        });
    }
    Ok(found)
}
