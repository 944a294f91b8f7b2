//! Files that only their owner can use: mode 0600, or an access control list on Windows.

#[cfg(any(windows, test))]
mod access_list;
mod opening;
#[cfg(windows)]
mod windows;

use std::{fs::File, io, path::Path};

use opening::Opening;

#[cfg(windows)]
pub use windows::{copy_access, has_trusted_owner, is_exposed, is_writable_by_others};

/// Creates a file. The error is [`AlreadyExists`](io::ErrorKind::AlreadyExists) if there is one.
///
/// # Errors
///
/// Those of the operating system.
pub fn create_new(path: &Path) -> io::Result<File> {
    open(path, Opening::New)
}

/// Opens a file, and creates it if it is missing. The access to an existing file is not changed.
///
/// # Errors
///
/// Those of the operating system.
pub fn open_or_create(path: &Path) -> io::Result<File> {
    open(path, Opening::Any)
}

#[cfg(windows)]
use windows::open;

#[cfg(not(windows))]
fn open(path: &Path, opening: Opening) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).write(true);
    match opening {
        Opening::New => options.create_new(true),
        Opening::Any => options.create(true).truncate(false),
    };
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
