//! Backups of a file, while others write to it.

use std::{
    ffi::OsString,
    fs::File,
    io,
    path::{self, Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags};
use serde::Serialize;

use super::{Sqlite, connection::connect, files::Files, objects, schema, tenants};
use crate::{
    owner_file,
    store::{Result as StoreResult, StoreError, Table},
};

/// The contents of a backup, which were read from it and verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BackedUp {
    /// The number of tenants that have rows.
    pub tenants: usize,
    /// The rows of each table, of all tenants together.
    pub tables: Vec<TableRows>,
}

impl BackedUp {
    /// Returns the number of rows of all tables.
    #[must_use]
    pub fn rows(&self) -> u64 {
        let rows = self.tables.iter().map(|table| table.rows);
        rows.fold(0, u64::saturating_add)
    }
}

/// The number of rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TableRows {
    /// The table.
    pub table: Table,
    /// The number of rows.
    pub rows: u64,
}

/// The reason why a store was not backed up or restored. Nothing is half done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// A file of that name exists.
    #[error("{} exists and is not overwritten: choose another name", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A page or an index of the copy is damaged.
    #[error("the copy is damaged, as is the file that was read: {what}")]
    Damaged {
        /// The first damage.
        what: String,
    },
    /// The file that is to be restored has a log of SQLite beside it: it is a store, or a part
    /// of one.
    #[error(
        "{} has a log beside it, so it is a store that is or was in use: back that up by \
        \"stopgap backup\", and restore the copy", path.display()
    )]
    HasLog {
        /// The file.
        path: PathBuf,
    },
    /// A program uses the store that is to be replaced.
    #[error("{} is in use: stop the programs that use it", path.display())]
    InUse {
        /// The store.
        path: PathBuf,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl BackupError {
    /// Returns one word for the log, which never changes: `backup_exists`, `backup_file`,
    /// `backup_damaged`, `backup_has_log`, `backup_in_use`, and those of [`StoreError`].
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Exists { .. } => "backup_exists",
            Self::File { .. } => "backup_file",
            Self::Damaged { .. } => "backup_damaged",
            Self::HasLog { .. } => "backup_has_log",
            Self::InUse { .. } => "backup_in_use",
            Self::Store(error) => error.reason(),
        }
    }

    pub(super) fn file(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        Self::File { path, source }
    }
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Sqlite {
    /// Writes a copy of the store to a new file, as it is at one moment, and verifies the copy.
    /// Other threads and processes may write meanwhile. The file has its name when it is whole
    /// and on the disk; a process that is killed leaves a file `.NAME.…` beside it at most.
    ///
    /// # Errors
    ///
    /// [`BackupError`] if the file exists or cannot be written, or if the store is damaged.
    pub fn back_up(&self, to: impl AsRef<Path>) -> Result<BackedUp, BackupError> {
        let to = to.as_ref();
        if to.symlink_metadata().is_ok() {
            return Err(BackupError::Exists { path: to.into() });
        }
        let failed = |source| BackupError::file(to, source);
        let absolute = path::absolute(to).map_err(failed)?;
        let mut prefix = OsString::from(".");
        prefix.push(absolute.file_name().unwrap_or_default());
        prefix.push(".");
        let draft = tempfile::Builder::new()
            .prefix(&prefix)
            .make_in(folder(&absolute), owner_file::create_new)
            .map_err(|error| failed(error.kind().into()))?;
        self.call(|files| files.copy_to(draft.path()))?;
        let backed_up = verify(draft.path())?;
        draft.as_file().sync_all().map_err(failed)?;
        match draft.persist_noclobber(&absolute) {
            Ok(_) => sync_folder(&absolute).map_err(failed)?,
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(BackupError::Exists { path: to.into() });
            }
            Err(error) => return Err(failed(error.error)),
        }
        Ok(backed_up)
    }
}

impl Files {
    /// Copies the rows that are committed to an empty file.
    fn copy_to(&self, path: &Path) -> StoreResult<()> {
        let Some(path) = path.to_str() else {
            let why = "the name of the copy must be text".into();
            return Err(StoreError::Address { why });
        };
        let connection = connect(self.path())?;
        // One transaction that reads, from the beginning to the end.
        connection.execute("VACUUM INTO ?1", [path])?;
        drop(connection);
        // A log that was deleted shows an older state.
        self.watch().check()
    }
}

/// Verifies a file that no store has open: every page, every index, and the schema.
pub(super) fn verify(path: &Path) -> Result<BackedUp, BackupError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    if schema::look(&mut connection)? == 0 {
        return Err(StoreError::Missing.into());
    }
    let check = "PRAGMA integrity_check(1)";
    let what: String = connection.query_row(check, [], |row| row.get(0))?;
    if what != "ok" {
        return Err(BackupError::Damaged { what });
    }
    objects::check(&connection)?;
    let count = |table: Table| {
        let sql = format!("SELECT count(*) FROM {table}");
        let rows = connection.query_row(&sql, [], |row| row.get::<_, i64>(0))?;
        let rows = rows.try_into().unwrap_or_default();
        Ok(TableRows { table, rows })
    };
    let tables = Table::ALL.into_iter().map(count);
    Ok(BackedUp {
        tables: tables.collect::<rusqlite::Result<_>>()?,
        tenants: tenants::all(&connection)?.len(),
    })
}

/// Returns the folder of a file, whose path is absolute.
pub(super) fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("."))
}

/// Lets the disk have the names of a folder.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        File::open(folder(path))?.sync_all()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_has_its_reason() {
        let path = PathBuf::new;
        let known = [
            (BackupError::Exists { path: path() }, "backup_exists"),
            (
                BackupError::file(&path(), io::ErrorKind::NotFound.into()),
                "backup_file",
            ),
            (
                BackupError::Damaged {
                    what: String::new(),
                },
                "backup_damaged",
            ),
            (BackupError::HasLog { path: path() }, "backup_has_log"),
            (BackupError::InUse { path: path() }, "backup_in_use"),
            (StoreError::Missing.into(), "store_missing"),
        ];
        for (error, word) in known {
            assert_eq!(error.reason(), word);
        }
    }
}
