//! The embedded store: one file, shared by threads and processes.

pub(crate) mod backup;
mod connection;
mod error;
mod file;
mod files;
mod group;
mod integrity;
mod objects;
mod replaced;
pub(crate) mod restore;
mod rows;
mod schema;
mod session;
mod statements;
mod tenants;
mod values;
#[cfg(target_os = "linux")]
mod watch;
#[cfg(not(target_os = "linux"))]
#[path = "watch/absent.rs"]
mod watch;

use std::{
    fmt,
    io::ErrorKind,
    path::{Path, PathBuf},
    sync::{Arc, Weak},
};

use chrono::{DateTime, Utc};
use stopgap::Name;

use self::{
    connection::connect,
    files::{Files, Opening},
    rows::Rows,
    session::Session,
};
use crate::fork::{Close, PerProcess};
use crate::store::{Decide, Query, Result, Row, Selection, Snapshot, Store, StoreError, Table};

/// A store in a SQLite file (WAL, `synchronous=FULL`), for one machine: any
/// number of threads and processes may share it, on a local disk.
///
/// A child of a process that was forked opens connections of its own. The file beside the
/// store, `NAME-lock`, has the locks of the processes that have it open.
pub struct Sqlite {
    path: PathBuf,
    files: PerProcess<Files>,
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
        Self::open_file(path, now, Opening::Creating)
    }

    /// Opens the store in an existing file.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`StoreError::Missing`] if there is no file, or an empty
    /// one.
    pub fn open_existing(path: impl AsRef<Path>, now: DateTime<Utc>) -> Result<Self> {
        Self::open_file(there(path.as_ref())?, now, Opening::Existing)
    }

    /// Opens the store in an existing file to read from it. No row can be changed through this
    /// value, but an older schema is migrated.
    ///
    /// # Errors
    ///
    /// As [`open_existing`](Self::open_existing). Each write returns [`StoreError::ReadOnly`].
    pub fn open_source(path: impl AsRef<Path>, now: DateTime<Utc>) -> Result<Self> {
        Self::open_file(there(path.as_ref())?, now, Opening::Source)
    }

    fn open_file(path: PathBuf, now: DateTime<Utc>, opening: Opening) -> Result<Self> {
        let path = file::resolve(path)?;
        let files = {
            let path = path.clone();
            PerProcess::open(true, move || Files::open(&path, now, opening))?
        };
        let connections: Weak<dyn Close + Send + Sync> = Arc::downgrade(files.slot()) as _;
        replaced::add(&path, connections);
        Ok(Self { path, files })
    }

    /// Does a call with the open files. If they were replaced, all stores of this process over
    /// them are closed, and the next call opens them again.
    fn call<T>(&self, call: impl FnOnce(&Files) -> Result<T>) -> Result<T> {
        let result = self.files.call(call);
        if matches!(result, Err(StoreError::Replaced)) {
            replaced::close_all(&self.path);
        }
        result
    }

    /// Does a call of one writer.
    fn write<T>(&self, member: impl FnOnce(&Session) -> Result<T>) -> Result<T> {
        self.call(|files| files.writer.write(member))
    }

    /// Reads in one transaction, and without waiting for writers.
    fn read<T>(&self, read: impl FnOnce(&Session) -> Result<T>) -> Result<T> {
        self.call(|files| files.read(read))
    }
}

/// Returns the absolute path of a file that is not empty. It is not opened: closing it would
/// drop the locks of this process, and copy its log.
fn there(path: &Path) -> Result<PathBuf> {
    let located = file::locate(path)?;
    match located.metadata() {
        Ok(about) if about.len() > 0 => Ok(located),
        Ok(_) => Err(StoreError::Missing),
        Err(error) if error.kind() == ErrorKind::NotFound => Err(StoreError::Missing),
        Err(error) => Err(file::cannot_open(path, error)),
    }
}

/// Returns the absolute path of a file that has a store.
fn existing(path: &Path) -> Result<PathBuf> {
    let located = there(path)?;
    match schema::look(&mut connect(&located)?)? {
        0 => Err(StoreError::Missing),
        _ => Ok(located),
    }
}

impl Store for Sqlite {
    fn update(&self, tenant: &Name, query: &Query, decide: Decide<'_>) -> Result<()> {
        self.write(|session| {
            let rows = Rows { session, tenant };
            let snapshot = rows.load(query)?;
            let changes = decide(&snapshot)?;
            rows.apply(&changes, &snapshot)
        })
    }

    fn load(&self, tenant: &Name, query: &Query) -> Result<Snapshot> {
        self.read(|session| Rows { session, tenant }.load(query))
    }

    fn delete(&self, tenant: &Name, selection: &Selection) -> Result<usize> {
        self.write(|session| Rows { session, tenant }.delete(selection))
    }

    fn keep(&self, tenant: &Name, rows: &[Row]) -> Result<usize> {
        self.write(|session| Rows { session, tenant }.keep(rows))
    }

    fn count(&self, tenant: &Name, table: Table) -> Result<u64> {
        self.read(|session| Rows { session, tenant }.count(table))
    }

    fn tenants(&self) -> Result<Vec<Name>> {
        self.read(|session| tenants::all(&session.connection))
    }

    fn maintain(&self) -> Result<()> {
        self.call(Files::checkpoint)
    }
}

impl fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sqlite({:?})", self.path)
    }
}

#[cfg(test)]
mod tests;
