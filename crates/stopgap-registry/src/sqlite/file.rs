//! The file of a store: its path, and its creation.

use std::{
    fs::{self, OpenOptions},
    io::{self, ErrorKind},
    path::{self, Path, PathBuf},
};

use crate::store::{Result, StoreError};

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
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    for_owner_alone(&mut options);
    match options.open(path) {
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
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    for_owner_alone(&mut options);
    let created = options.open(link);
    created.map_err(|error| cannot_open(link, error))?;
    Ok(())
}

/// Gives a file that is created the mode 0600.
#[cfg(unix)]
pub(super) fn for_owner_alone(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;

    options.mode(0o600);
}

/// Leaves the rights of a file that is created to its folder.
#[cfg(not(unix))]
pub(super) fn for_owner_alone(_: &mut OpenOptions) {}

/// Returns the error for a file that cannot be opened.
pub(super) fn cannot_open(path: &Path, error: io::Error) -> StoreError {
    StoreError::CannotOpen {
        path: path.display().to_string(),
        source: error.into(),
    }
}
