//! The permissions and owners of the files of a store, and of their folders.

use std::path::{Path, PathBuf};

use crate::{place::Place, private_file::with_suffix};

/// The files that belong to a store's file.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-lock"];

/// Returns the files of a store that exist, the store itself first.
pub(crate) fn files(place: &Place) -> Vec<PathBuf> {
    let Place::File(path) = place else {
        return Vec::new();
    };
    // SQLite names the others after the file to which a link points.
    let real = if cfg!(windows) {
        None
    } else {
        path.canonicalize().ok()
    };
    let path = real.unwrap_or_else(|| path.clone());
    let beside = BESIDE.map(|suffix| with_suffix(&path, suffix));
    let files = [vec![path], beside.into()].concat();
    files.into_iter().filter(|file| file.exists()).collect()
}

/// Returns the faults of permissions and owners. Every reader of the key file refuses it if others
/// can get at it, so only its owner is checked here.
#[cfg(unix)]
pub(crate) fn faults(place: &Place, key_file: &Path) -> Vec<String> {
    use std::os::unix::fs::MetadataExt as _;

    let mut faults = Vec::new();
    let files = files(place);
    let owner = files.first().and_then(|store| store.metadata().ok());
    let owner = owner.map(|about| about.uid());
    for file in &files {
        let Ok(about) = file.metadata() else { continue };
        let mode = about.mode() & 0o777;
        if mode & 0o007 != 0 {
            let what = format!("every user can get at it ({mode:04o})");
            faults.push(corrected(file, &what, "chmod o-rwx"));
        }
        faults.extend(foreign(file, about.uid(), owner));
    }
    if let Ok(about) = key_file.metadata()
        && about.uid() != 0
    {
        faults.extend(foreign(key_file, about.uid(), owner));
    }
    let mut folders: Vec<PathBuf> = files
        .iter()
        .map(PathBuf::as_path)
        .chain([key_file])
        .map(|file| crate::private_file::folder(file).to_owned())
        .collect();
    folders.dedup();
    for folder in &folders {
        let Ok(about) = folder.metadata() else {
            continue;
        };
        let mode = about.mode();
        // In a sticky folder only the owner of a file can replace it.
        if mode & 0o1002 == 0o0002 {
            let mode = mode & 0o7777;
            let what = format!("every user can replace the files in it ({mode:04o})");
            faults.push(corrected(folder, &what, "chmod o-w"));
        }
        if about.uid() != 0 {
            faults.extend(foreign(folder, about.uid(), owner));
        }
    }
    faults.dedup();
    faults
}

/// Returns the fault of a file with another owner than the store.
#[cfg(unix)]
fn foreign(path: &Path, uid: u32, owner: Option<u32>) -> Option<String> {
    let owner = owner.filter(|owner| *owner != uid)?;
    let what = format!("it belongs to the user {uid}, and the store to {owner}");
    Some(corrected(path, &what, &format!("chown {owner}")))
}

/// Returns a fault, and the command that corrects it.
#[cfg(unix)]
fn corrected(path: &Path, what: &str, command: &str) -> String {
    let typed = crate::private_file::typed(path);
    format!("{}: {what}: type: {command} {typed}", path.display())
}

/// Returns the faults of access control lists. Every reader of the key file refuses it if others
/// can get at it.
#[cfg(windows)]
pub(crate) fn faults(place: &Place, _: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    for path in files(place) {
        let exposed = std::fs::File::open(&path)
            .and_then(|file| stopgap_registry::owner_file::is_exposed(&file));
        match exposed {
            Ok(false) => {}
            Ok(true) => faults.push(format!(
                "{}: other users can get at it: {}",
                path.display(),
                crate::private_file::restricted(&path)
            )),
            Err(error) => faults.push(format!("{}: {error}", path.display())),
        }
    }
    faults
}

#[cfg(not(any(unix, windows)))]
pub(crate) fn faults(_: &Place, _: &Path) -> Vec<String> {
    Vec::new()
}
