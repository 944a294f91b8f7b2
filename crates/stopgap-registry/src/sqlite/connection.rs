//! Connections to the file of a store.

use std::{fs, path::Path, thread, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, config::DbConfig};

use crate::{
    store::{Result, StoreError},
    wait,
};

/// The tries for a lock that another process holds, a millisecond apart, before
/// [`StoreError::Locked`].
const PATIENCE: i32 = 5_000;

/// The prepared statements that each connection keeps.
const STATEMENTS: usize = 128;

/// The KiB of the file that each connection caches: enough for the inner pages of the tables'
/// trees with a million rows.
const CACHE: i64 = 8 * 1_024;

/// Connects to an existing file.
pub(super) fn connect(path: &Path) -> Result<Connection> {
    // Without SQLite's own mutexes: each connection has one here.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let open = || -> rusqlite::Result<Connection> {
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_handler(Some(be_patient))?;
        // Triggers and views that another program made have no effect, even if they were made
        // after the schema was checked.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        // Otherwise each LIMIT would make SQLite prepare the statement again.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -CACHE)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "cell_size_check", true)?;
        // After a large transaction the log is cut back to this many bytes.
        connection.pragma_update(None, "journal_size_limit", 16 * 1_024 * 1_024)?;
        Ok(connection)
    };
    open().map_err(|error| match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen) => StoreError::CannotOpen {
            path: path.display().to_string(),
            source: error.into(),
        },
        _ => error.into(),
    })
}

/// The tries between two questions whether the wait shall end.
const TRIES: i32 = 50;

/// Waits a millisecond for a lock, so that many writers take turns.
pub(super) fn be_patient(asked: i32) -> bool {
    thread::sleep(Duration::from_millis(1));
    let asks = asked % TRIES == TRIES - 1;
    asked < PATIENCE && !(asks && wait::is_interrupted())
}

/// Switches write-ahead logging on, which readers and a writer share. If two processes do so
/// at once, one may find the file locked, and SQLite does not wait then.
pub(super) fn in_wal_mode(connection: &Connection) -> Result<()> {
    for asked in 0.. {
        let mode: rusqlite::Result<String> =
            connection.query_row("PRAGMA journal_mode = wal", [], |row| row.get(0));
        match mode.map_err(StoreError::from) {
            Err(StoreError::Locked(_)) if be_patient(asked) => {}
            Err(error) => return Err(error),
            Ok(mode) if mode == "wal" => break,
            Ok(mode) => {
                let why = format!("no write-ahead log on this file system, but {mode}");
                return Err(StoreError::Other(why.into()));
            }
        }
    }
    Ok(())
}

/// Refuses a file that was cut off. SQLite itself would notice that only when it reads a
/// missing page.
pub(super) fn is_whole(path: &Path, connection: &Connection) -> Result<()> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let length = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let pages = number("PRAGMA page_count")?;
    let expected = pages.saturating_mul(number("PRAGMA page_size")?);
    let short = || i64::try_from(length(path)).is_ok_and(|length| length < expected);
    // The file may lag behind a log. If others have just copied the log, the second look finds
    // the file whole.
    if short() && length(Path::new(&log)) == 0 && short() {
        return Err(StoreError::Damaged(None));
    }
    Ok(())
}
