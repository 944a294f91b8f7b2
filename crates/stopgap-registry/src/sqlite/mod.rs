//! The embedded store: one file, shared by threads and processes.

mod columns;
mod error;
mod file;
mod objects;
mod rows;
mod schema;
mod tenants;
mod transaction;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags, TransactionBehavior, config::DbConfig};
use stopgap::Name;

use self::rows::Open;
use crate::store::{Result, Store, StoreError, Work};

/// The tries for a lock that another process holds, a millisecond
/// apart, before [`StoreError::Locked`].
const PATIENCE: i32 = 5_000;

/// The prepared statements that each connection keeps.
const STATEMENTS: usize = 64;

/// The KiB of the file that each connection caches: enough for the inner pages of the tables'
/// trees with a million rows.
const CACHE: i64 = 8 * 1_024;

/// The connections for reading that are kept open.
const READERS: usize = 8;

/// A store in a SQLite file (WAL, `synchronous=FULL`), for one machine: any
/// number of threads and processes may share it, on a local disk.
pub struct Sqlite {
    path: PathBuf,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    /// Copies the log back into the file while others write.
    checkpointer: Mutex<Connection>,
}

impl Sqlite {
    /// Opens the store in a file, and creates it if there is none. `now` is stored with the
    /// migrations that are applied.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the file cannot be opened, is not a store, is damaged, was altered by
    /// another program, or was made by a newer Stopgap.
    pub fn open(path: impl AsRef<Path>, now: DateTime<Utc>) -> Result<Self> {
        let path = file::locate(path.as_ref())?;
        file::create(&path)?;
        Self::open_existing(path, now)
    }

    /// Opens the store in an existing file to read from it. No row can be changed through this
    /// value, but an older schema is migrated.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`StoreError::Missing`] if the file is empty. Each write
    /// returns [`StoreError::ReadOnly`].
    pub fn open_source(path: impl AsRef<Path>, now: DateTime<Utc>) -> Result<Self> {
        let path = file::locate(path.as_ref())?;
        if schema::look(&mut connect(&path)?)? == 0 {
            return Err(StoreError::Missing);
        }
        let mut store = Self::open_existing(path, now)?;
        let writer = store.writer.get_mut();
        let writer = writer.unwrap_or_else(PoisonError::into_inner);
        writer.pragma_update(None, "query_only", true)?;
        Ok(store)
    }

    fn open_existing(path: PathBuf, now: DateTime<Utc>) -> Result<Self> {
        let mut writer = connect(&path)?;
        is_whole(&path, &writer)?;
        // Nothing is written to a file that is not ours.
        schema::look(&mut writer)?;
        in_wal_mode(&writer)?;
        schema::migrate(&mut writer, now)?;
        let mut reference = Connection::open_in_memory()?;
        schema::migrate(&mut reference, now)?;
        objects::check(&writer, &reference)?;
        // It never waits: it would hold the lock on writing while it waits for a long reader.
        let checkpointer = connect(&path)?;
        checkpointer.busy_timeout(Duration::ZERO)?;
        Ok(Self {
            path,
            writer: Mutex::new(writer),
            readers: Mutex::default(),
            checkpointer: Mutex::new(checkpointer),
        })
    }

    fn readers(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for Sqlite {
    fn write(&self, tenant: &Name, work: Work<'_>) -> Result<()> {
        // A caller that panicked has dropped its transaction, which undid it.
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        work(&mut Open {
            connection: &transaction,
            tenant,
        })?;
        transaction.commit()?;
        Ok(())
    }

    fn read(&self, tenant: &Name, work: Work<'_>) -> Result<()> {
        let idle = self.readers().pop();
        let connection = if let Some(connection) = idle {
            connection
        } else {
            let connection = connect(&self.path)?;
            connection.pragma_update(None, "query_only", true)?;
            connection
        };
        work(&mut Open {
            connection: &connection,
            tenant,
        })?;
        let mut readers = self.readers();
        if readers.len() < READERS {
            readers.push(connection);
        }
        Ok(())
    }

    fn tenants(&self) -> Result<Vec<Name>> {
        let connection = connect(&self.path)?;
        tenants::all(&connection)
    }

    fn rest(&self) -> Result<()> {
        self.checkpoint()
    }
}

impl Sqlite {
    /// Copies the log into the file: most of it while others write, then the rest if no other
    /// connection is in the way, so that the log starts at its beginning again. Otherwise the
    /// log would grow, and each write of others would copy some of it.
    fn checkpoint(&self) -> Result<()> {
        let connection = self.checkpointer.lock();
        let connection = connection.unwrap_or_else(PoisonError::into_inner);
        for how in ["PASSIVE", "RESTART"] {
            let sql = format!("PRAGMA wal_checkpoint({how})");
            connection.query_row(&sql, [], |_| Ok(()))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sqlite({:?})", self.path)
    }
}

/// Connects to an existing file.
fn connect(path: &Path) -> Result<Connection> {
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
        Some(rusqlite::ErrorCode::CannotOpen) => StoreError::CannotOpen {
            path: path.display().to_string(),
            source: error.into(),
        },
        _ => error.into(),
    })
}

/// Waits a millisecond for a lock, so that many writers take turns.
fn be_patient(asked: i32) -> bool {
    thread::sleep(Duration::from_millis(1));
    asked < PATIENCE
}

/// Switches write-ahead logging on, which readers and a writer share. If two processes do so
/// at once, one may find the file locked, and SQLite does not wait then.
fn in_wal_mode(connection: &Connection) -> Result<()> {
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
fn is_whole(path: &Path, connection: &Connection) -> Result<()> {
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

#[cfg(test)]
mod tests;
