//! The schema, by numbered migrations that are recorded in the database.

use chrono::{DateTime, Utc};

use super::{connection::Connection, deadline::Deadline, error::Trouble};
use crate::store::{Result, StoreError};

/// Each is applied once, in this order, and never changed again. It only adds, so that
/// processes of the Stopgap before can work on; where one cannot be made so, `oldest`
/// says which schema a process must know at least.
struct Migration {
    number: i64,
    name: &'static str,
    oldest: i64,
    sql: &'static str,
}

const MIGRATIONS: [Migration; 1] = [Migration {
    number: 1,
    name: "first",
    oldest: 1,
    sql: include_str!("migrations/0001_first.sql"),
}];

/// The newest schema that this Stopgap knows.
const KNOWN: i64 = 1;

/// Brings the schema up to date, however many processes do so at once.
pub(super) fn migrate(
    connection: &mut Connection,
    deadline: Deadline,
    now: DateTime<Utc>,
) -> Result<()> {
    let run = |connection: &mut Connection, sql: &str| {
        let done = connection.run(deadline, sql);
        done.map_err(Trouble::before_commit)
    };
    if number_of(connection, deadline)? >= KNOWN {
        return Ok(());
    }
    run(connection, "BEGIN")?;
    let migrated = (|| {
        // Of two who make it, one waits, and then fails and begins anew.
        run(
            connection,
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
                run(connection, migration.sql)?;
                let noted = connection.execute(
                    deadline,
                    "INSERT INTO stopgap.migrations (number, name, oldest, applied_at)
                     VALUES ($1, $2, $3, $4)",
                    &[&migration.number, &migration.name, &migration.oldest, &now],
                );
                noted.map_err(Trouble::before_commit)?;
            }
        }
        Ok(())
    })();
    match migrated {
        // Where its answer is lost, the next look tells.
        Ok(()) => run(connection, "COMMIT"),
        Err(error) => {
            connection.undo(deadline);
            Err(error)
        }
    }
}

/// That there is a store, of a schema that this Stopgap can read.
pub(super) fn is_known(connection: &mut Connection, deadline: Deadline) -> Result<()> {
    match number_of(connection, deadline)? {
        0 => Err(StoreError::Missing),
        _ => Ok(()),
    }
}

/// The number of the last migration, 0 where there is none. What is not ours, and a
/// schema that this Stopgap cannot work with, is refused.
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
    let (mut ours, mut taken) = (false, false);
    if let Some(row) = there.first() {
        ours = row.try_get(0).map_err(odd)?;
        taken = row.try_get(1).map_err(odd)?;
    }
    if !ours {
        return if taken {
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
