//! The file of a store: its path, and its creation.

use std::{
    fs,
    io::{self, ErrorKind},
    path::{self, Path, PathBuf},
};

use crate::{
    owner_file,
    store::{Result, StoreError},
};

/// Returns the absolute path of a store's file.
///
/// SQLite reads a name that begins with `file:` as a URI, and has meanings of its own for an
/// empty name and `:memory:`; an absolute path has only one meaning. It also names the same
/// file after the process has changed its working directory.
pub(super) fn locate(path: &Path) -> Result<PathBuf> {
    let refuse = |why: &str| Err(StoreError::Address { why: why.into() });
    let bytes = path.as_os_str().as_encoded_bytes();
    if bytes
        .get(..5)
        .is_some_and(|start| start.eq_ignore_ascii_case(b"file:"))
    {
        return refuse(
            "\"file:\" begins a URI; name the file by its path alone, \
            or write ./file:NAME if its name really begins so",
        );
    }
    if bytes == b":memory:" {
        return refuse(
            "\":memory:\" is no file; open \"memory:\" for a store in memory, \
            or write ./:memory: if the file is really named so",
        );
    }
    path::absolute(path).map_err(|error| cannot_open(path, error))
}

/// Returns the path of an existing file without symbolic links: SQLite names its log and its
/// index after the file to which a link points.
pub(super) fn resolve(path: PathBuf) -> Result<PathBuf> {
    if cfg!(unix) {
        fs::canonicalize(&path).map_err(|error| cannot_open(&path, error))
    } else {
        Ok(path)
    }
}

/// Creates the file if it is missing, readable and writable by its owner alone. SQLite gives
/// the log and its index the mode of the file. The mode of an existing file is not changed.
pub(super) fn create(path: &Path) -> Result<()> {
    match owner_file::create_new(path) {
        Ok(_) => Ok(()),
        // An existing file is not opened: closing it would drop the locks that SQLite holds on
        // it for this process.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => create_target(path),
        Err(error) if error.kind() == ErrorKind::StorageFull => Err(StoreError::Full(error.into())),
        Err(error) => Err(cannot_open(path, error)),
    }
}

/// Creates the file to which a symbolic link points, if it is missing.
fn create_target(link: &Path) -> Result<()> {
    if fs::exists(link).unwrap_or(true) {
        return Ok(());
    }
    let created = owner_file::open_or_create(link);
    created.map_err(|error| cannot_open(link, error))?;
    Ok(())
}

/// Creates the log of a file that is not empty, and its index, for their owner alone. Elsewhere
/// than on Windows, SQLite gives them the mode of the file.
#[cfg(windows)]
pub(super) fn create_log(path: &Path) {
    if path.metadata().is_ok_and(|about| about.len() > 0) {
        for name in log_of(path) {
            // Those that exist are in use. SQLite creates the others.
            let _ = owner_file::create_new(&name);
        }
    }
}

/// Gives the log and its index the access control list of the file: SQLite has created them
/// with the access of the folder if the file was new.
#[cfg(windows)]
pub(super) fn protect_log(path: &Path) {
    for name in log_of(path) {
        // SQLite may have deleted them; another user who shares the store may own them.
        let _ = owner_file::copy_access(path, &name);
    }
}

#[cfg(windows)]
fn log_of(path: &Path) -> [PathBuf; 2] {
    ["-wal", "-shm"].map(|suffix| {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        name.into()
    })
}

#[cfg(not(windows))]
pub(super) fn create_log(_: &Path) {}

#[cfg(not(windows))]
pub(super) fn protect_log(_: &Path) {}

/// Returns the error for a file that cannot be opened.
pub(super) fn cannot_open(path: &Path, error: io::Error) -> StoreError {
    StoreError::CannotOpen {
        path: path.display().to_string(),
        source: error.into(),
    }
}
