//! Files and folders that the command writes.

use std::{fs, io, path::Path};

/// Makes an empty folder.
pub(super) fn empty(folder: &Path) -> Result<(), String> {
    let removed = match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(folder),
    };
    removed.map_err(|error| format!("{}: {error}", folder.display()))
}

/// Writes a file, and makes its folder first.
pub(super) fn write(path: &Path, bytes: impl AsRef<[u8]>) -> Result<(), String> {
    let folder = path.parent().unwrap_or(path);
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, bytes))
        .map_err(|error| format!("{}: {error}", path.display()))
}

/// Copies all files below a folder, and returns their number.
pub(super) fn copy(from: &Path, to: &Path) -> Result<usize, String> {
    let cannot_read = |error| format!("{}: {error}", from.display());
    let mut count = 0_usize;
    for entry in fs::read_dir(from).map_err(cannot_read)? {
        let entry = entry.map_err(cannot_read)?;
        let (path, to) = (entry.path(), to.join(entry.file_name()));
        if path.is_dir() {
            count = count.saturating_add(copy(&path, &to)?);
        } else {
            write(&to, fs::read(&path).map_err(cannot_read)?)?;
            count = count.saturating_add(1);
        }
    }
    Ok(count)
}
