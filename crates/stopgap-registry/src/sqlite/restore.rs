//! Restoring a file from a backup.

#[cfg(unix)]
use std::os::unix::fs::PermissionsExt as _;
use std::{
    ffi::OsString,
    fs::{self, File, OpenOptions},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use tempfile::{TempDir, TempPath};

use super::{
    Sqlite,
    backup::{BackedUp, BackupError, folder, sync_folder, verify},
    connection::connect,
    file, schema, watch,
};
use crate::{
    owner_file,
    store::{Result as StoreResult, StoreError},
};

/// A backup that is being restored: a verified copy of it, which has another name until
/// [`finish`](Self::finish). Open a registry for each tenant over [`store`](Self::store), which
/// checks the keys, and call [`Registry::restored`](crate::Registry::restored).
#[derive(Debug)]
pub struct Restore {
    store: Arc<Sqlite>,
    contents: BackedUp,
    /// The file of the copy.
    draft: PathBuf,
    /// The file to be.
    target: PathBuf,
    /// The time in the name of a store that is replaced; `None` if none is.
    replaced_at: Option<DateTime<Utc>>,
    /// The folder of the copy and of the files that belong to it.
    _folder: TempDir,
}

impl Restore {
    /// Copies a backup, verifies the copy, and migrates it if its schema is older. `to` is the
    /// file that will be the store; one that exists is replaced only if `replaces` is `true`.
    ///
    /// # Errors
    ///
    /// [`BackupError`] if the backup cannot be read, is damaged or is not a store, or if the
    /// file exists.
    pub fn read(
        backup: impl AsRef<Path>,
        to: impl AsRef<Path>,
        replaces: bool,
        now: DateTime<Utc>,
    ) -> Result<Self, BackupError> {
        let (backup, to) = (backup.as_ref(), to.as_ref());
        let target = file::locate(to)?;
        let target = if target.exists() {
            file::resolve(target)?
        } else {
            target
        };
        if !replaces {
            is_free(&target, to)?;
        }
        let name = target.file_name().unwrap_or_default();
        let mut prefix = OsString::from(".");
        prefix.push(name);
        prefix.push(".");
        let mut builder = tempfile::Builder::new();
        #[cfg(unix)]
        builder.permissions(fs::Permissions::from_mode(0o700));
        let beside = builder
            .prefix(&prefix)
            .tempdir_in(folder(&target))
            .map_err(|error| BackupError::file(to, error.kind().into()))?;
        let draft = beside.path().join(name);
        copy(backup, &draft)?;
        if schema::look(&mut connect(&draft)?)? == 0 {
            return Err(StoreError::Missing.into());
        }
        alone(&draft)?;
        schema::migrate(&mut connect(&draft)?, now)?;
        let contents = verify(&draft)?;
        Ok(Self {
            store: Arc::new(Sqlite::open(&draft, now)?),
            contents,
            draft,
            target,
            replaced_at: replaces.then_some(now),
            _folder: beside,
        })
    }

    /// Returns the store that will be restored.
    #[must_use]
    pub fn store(&self) -> Arc<Sqlite> {
        Arc::clone(&self.store)
    }

    /// Returns the contents of the backup.
    #[must_use]
    pub const fn contents(&self) -> &BackedUp {
        &self.contents
    }

    /// Gives the copy its name. A store that it replaces gets a name with the time, which is
    /// returned. First close all registries over the copy.
    ///
    /// # Errors
    ///
    /// [`BackupError`] if a program uses the store that would be replaced, or if another
    /// program has created one.
    pub fn finish(self) -> Result<Option<PathBuf>, BackupError> {
        let failed = |source| BackupError::file(&self.target, source);
        let Some(store) = Arc::into_inner(self.store) else {
            let what = "a registry over the restored store is open: close it first";
            return Err(StoreError::Other(what.into()).into());
        };
        drop(store);
        alone(&self.draft)?;
        // Windows flushes only files that are open for writing.
        let copy = OpenOptions::new().write(true).open(&self.draft);
        copy.and_then(|copy| copy.sync_all()).map_err(failed)?;
        let replaced = match self.replaced_at {
            Some(at) if self.target.exists() => Some(replace(&self.draft, &self.target, at)?),
            _ => {
                is_free(&self.target, &self.target)?;
                publish(self.draft, &self.target)?;
                None
            }
        };
        sync_folder(&self.target).map_err(failed)?;
        Ok(replaced)
    }
}

/// Refuses a place that has a store, or the log of one: SQLite would apply it to any file.
fn is_free(target: &Path, shown: &Path) -> Result<(), BackupError> {
    for suffix in ["", "-wal", "-journal"] {
        if with(target, suffix).symlink_metadata().is_ok() {
            let path = with(shown, suffix);
            return Err(BackupError::Exists { path });
        }
    }
    Ok(())
}

/// Copies the bytes of a backup to a new file of the owner alone. The backup may be on a medium
/// to which SQLite could not write its index.
fn copy(backup: &Path, draft: &Path) -> Result<(), BackupError> {
    let failed = |source| BackupError::file(backup, source);
    let mut from = File::open(backup).map_err(failed)?;
    if from.metadata().map_err(failed)?.is_dir() {
        return Err(failed(ErrorKind::IsADirectory.into()));
    }
    for suffix in ["-wal", "-journal"] {
        if with(backup, suffix).symlink_metadata().is_ok() {
            let path = backup.to_owned();
            return Err(BackupError::HasLog { path });
        }
    }
    let copied = owner_file::create_new(draft).and_then(|mut to| io::copy(&mut from, &mut to));
    copied.map_err(failed)?;
    Ok(())
}

/// Copies the log of a store that no program has open into its file, and removes the log.
fn alone(path: &Path) -> StoreResult<()> {
    without_log(&connect(path)?)?;
    Ok(())
}

fn without_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA journal_mode = delete", [], |_| Ok(()))
}

fn publish(draft: PathBuf, target: &Path) -> Result<(), BackupError> {
    let draft = TempPath::try_from_path(draft).map_err(|error| BackupError::file(target, error))?;
    draft.persist_noclobber(target).map_err(|error| {
        let path = target.to_owned();
        match error.error.kind() {
            ErrorKind::AlreadyExists => BackupError::Exists { path },
            _ => BackupError::file(target, error.error),
        }
    })
}

/// Puts the copy in the place of a store, which gets the name that is returned.
///
/// No program has the store open, and none can open it before the copy has its name. One that
/// has just begun to opens a file without a log, and SQLite refuses to write to that file
/// when its name is another's.
fn replace(draft: &Path, target: &Path, at: DateTime<Utc>) -> Result<PathBuf, BackupError> {
    let failed = |source| BackupError::file(target, source);
    let in_use = || BackupError::InUse {
        path: target.to_owned(),
    };
    let claim = watch::claim(target).map_err(failed)?;
    if !claim.is_granted() {
        return Err(in_use());
    }
    let aside = with(target, &at.format(".%Y%m%d-%H%M%S").to_string());
    is_free(&aside, &aside)?;
    let old = match take(target) {
        Ok(connection) => Some(connection),
        Err(StoreError::Locked(_)) => return Err(in_use()),
        // A store that is damaged is moved as it is, with its log.
        Err(_) => None,
    };
    for suffix in ["-wal", "-journal"] {
        match fs::rename(with(target, suffix), with(&aside, suffix)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
    }
    // Windows renames no file over one that is open, so another program that opens it now ends
    // the restoration.
    let old = old.filter(|_| !cfg!(windows));
    fs::hard_link(target, &aside).map_err(failed)?;
    if let Err(error) = fs::rename(draft, target) {
        fs::remove_file(&aside).map_err(failed)?;
        let is_open = cfg!(windows) && error.kind() == ErrorKind::PermissionDenied;
        return Err(if is_open { in_use() } else { failed(error) });
    }
    drop(old);
    let _ = fs::remove_file(with(target, "-shm"));
    drop(claim);
    Ok(aside)
}

/// Takes all locks of a store's file, and lets it have no log.
fn take(target: &Path) -> StoreResult<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(target, flags)?;
    // The log of a damaged file stays as it is.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    connection.busy_timeout(Duration::ZERO)?;
    without_log(&connection)?;
    connection.execute_batch("BEGIN EXCLUSIVE")?;
    let sql = "PRAGMA journal_mode";
    let mode: String = connection.query_row(sql, [], |row| row.get(0))?;
    if mode != "delete" {
        // Another process has just opened it.
        return Err(StoreError::Locked(mode.into()));
    }
    Ok(connection)
}

/// Returns a path with more after its name.
fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
