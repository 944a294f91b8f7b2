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

/// How often a lock that another process holds is asked for, a millisecond
/// apart, before it is [`StoreError::Locked`].
const PATIENCE: i32 = 5_000;

/// How many statements each connection keeps prepared.
const STATEMENTS: usize = 64;

/// How many KiB of the file each connection keeps at most: the inner pages of the
/// tables' trees, where there are a million rows.
const CACHE: i64 = 8 * 1_024;

/// How many connections for reading are kept open.
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
    /// Opens the store in a file, and makes it where there is none. `now` is
    /// noted with the migrations that are applied.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the file cannot be opened, is no store, is damaged,
    /// or was made by a newer Stopgap.
    pub fn open(path: impl AsRef<Path>, now: DateTime<Utc>) -> Result<Self> {
        let path = file::locate(path.as_ref())?;
        file::create(&path)?;
        Self::open_existing(path, now)
    }

    /// Opens the store in a file that is there, to read it alone: no row is changed
    /// through it. An older schema is brought up to date.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`StoreError::Missing`] where the file is empty;
    /// each write gives [`StoreError::ReadOnly`].
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
        // It never waits: it would hold the lock on writing while it waits for
        // somebody who reads for long.
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
        // Whoever panicked has dropped its transaction, which undid it.
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
    /// Copies what is in the log into the file: most of it while others write, then,
    /// if nobody is in the way, the little that came since, so that the log begins
    /// anew. Where others never
    /// let it, it would grow, and each of their writes would copy some of it.
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

/// Waits for a lock: often and shortly, so that many writers take turns.
fn be_patient(asked: i32) -> bool {
    thread::sleep(Duration::from_millis(1));
    asked < PATIENCE
}

/// Write-ahead logging, which readers and a writer share. Two processes that
/// switch it on at once may find it locked, and SQLite does not wait then.
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

/// Refuses a file that was cut off, which SQLite itself would notice only where
/// something is missing.
fn is_whole(path: &Path, connection: &Connection) -> Result<()> {
    let number = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let length = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    let pages = number("PRAGMA page_count")?;
    let expected = pages.saturating_mul(number("PRAGMA page_size")?);
    let short = || i64::try_from(length(path)).is_ok_and(|length| length < expected);
    // While there is a log the file may lag behind it; and where others have just
    // copied it back, the second look finds the file whole.
    if short() && length(Path::new(&log)) == 0 && short() {
        return Err(StoreError::Damaged(None));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
