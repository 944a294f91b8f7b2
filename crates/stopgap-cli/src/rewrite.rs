//! Files that are rewritten as a whole, and keep their owner, group and permissions.

use std::{
    fs::{File, Metadata},
    io::{self, ErrorKind, Write},
    path::Path,
};

use crate::private_file::{Draft, FileError};

/// Writes a file again, by a draft that takes its place. If the draft cannot have the owner and
/// the permissions of the file, or cannot take its place, the file is written in place: the
/// caller holds a lock that other writers respect. A new file gets the owner of `model`.
pub(crate) fn rewrite(path: &Path, bytes: &[u8], model: &File) -> Result<(), FileError> {
    let io = |source| FileError::io(path, source);
    let old = match path.metadata() {
        Ok(old) => Some(old),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(io(error)),
    };
    let mut draft = match Draft::beside(path) {
        Ok(draft) => draft,
        Err(FileError::Io { source, .. }) if old.is_some() && is_in_the_way(&source) => {
            return write_in_place(path, bytes, source, None);
        }
        Err(error) => return Err(error),
    };
    draft.write(bytes)?;
    let Some(old) = old else {
        // A model of another user is no reason to fail: only root may give files away.
        let _ = model.metadata().and_then(|model| own(draft.file(), &model));
        return draft.replace().map_err(|(error, _)| io(error));
    };
    if let Err(error) = resemble(&draft, &old, path) {
        draft.sync()?;
        return write_in_place(path, bytes, error, Some(draft));
    }
    match draft.replace() {
        Err((error, Some(draft))) if is_in_the_way(&error) => {
            write_in_place(path, bytes, error, Some(draft))
        }
        replaced => replaced.map_err(|(error, _)| io(error)),
    }
}

/// Returns `true` for the errors of a folder that may not be written, and of a file that is a
/// mount of its own.
fn is_in_the_way(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::ResourceBusy
            | ErrorKind::CrossesDevices
    )
}

/// Writes the content of a file. If that fails, the draft stays, because the file may have a
/// part of the content only.
fn write_in_place(
    path: &Path,
    bytes: &[u8],
    replaced: io::Error,
    draft: Option<Draft>,
) -> Result<(), FileError> {
    let mut file = match File::options().write(true).open(path) {
        Ok(file) => file,
        Err(written) => {
            let path = path.to_owned();
            return Err(FileError::NotRewritten {
                path,
                replaced,
                written,
            });
        }
    };
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let written = file
        .write_all(bytes)
        .and_then(|()| file.set_len(length))
        .and_then(|()| file.sync_all());
    written.map_err(|source| {
        let path = path.to_owned();
        let error = FileError::HalfWritten { path, source };
        match draft.map(Draft::keep) {
            Some(Ok(kept)) => FileError::Kept {
                kept,
                source: Box::new(error),
            },
            _ => error,
        }
    })
}

/// Gives a draft the owner, the group and the permissions of the file that it replaces.
#[cfg(unix)]
fn resemble(draft: &Draft, old: &Metadata, path: &Path) -> io::Result<()> {
    let draft = draft.file();
    own(draft, old)?;
    draft.set_permissions(old.permissions())?;
    copy_acl(draft, path)
}

/// Gives a draft the access control list of the file that it replaces.
#[cfg(windows)]
fn resemble(draft: &Draft, _: &Metadata, path: &Path) -> io::Result<()> {
    stopgap_registry::owner_file::copy_access(path, draft.path())
}

#[cfg(not(any(unix, windows)))]
fn resemble(_: &Draft, _: &Metadata, _: &Path) -> io::Result<()> {
    Ok(())
}

/// Gives a file the owner and the group of another one.
#[cfg(unix)]
pub(crate) fn own(file: &File, model: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};

    let now = file.metadata()?;
    let differing = |now: u32, wanted: u32| (now != wanted).then_some(wanted);
    match (
        differing(now.uid(), model.uid()),
        differing(now.gid(), model.gid()),
    ) {
        (None, None) => Ok(()),
        (user, group) => fchown(file, user, group),
    }
}

#[cfg(not(unix))]
pub(crate) fn own(_: &File, _: &Metadata) -> io::Result<()> {
    Ok(())
}

/// Copies the access control list, if the file has one.
#[cfg(target_os = "linux")]
fn copy_acl(draft: &File, path: &Path) -> io::Result<()> {
    use rustix::{
        fs::{XattrFlags, fsetxattr, getxattr},
        io::Errno,
    };

    const NAME: &str = "system.posix_acl_access";
    let mut list = [0_u8; 4_096];
    match getxattr(path, NAME, &mut list) {
        Ok(length) => {
            let list = list.get(..length).unwrap_or_default();
            Ok(fsetxattr(draft, NAME, list, XattrFlags::empty())?)
        }
        Err(Errno::NODATA | Errno::NOTSUP) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(all(unix, not(target_os = "linux")))]
fn copy_acl(_: &File, _: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    /// Returns the error of a file that is mounted by itself.
    fn busy() -> io::Error {
        io::Error::from(ErrorKind::ResourceBusy)
    }

    #[test]
    fn a_file_that_cannot_be_replaced_is_written_in_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        let second = folder.path().join("second");
        for (old, new) in [("long content", "short"), ("short", "long content")] {
            fs::write(&path, old).unwrap();
            let _ = fs::remove_file(&second);
            fs::hard_link(&path, &second).unwrap();
            let mut draft = Draft::beside(&path).unwrap();
            draft.write(new.as_bytes()).unwrap();
            write_in_place(&path, new.as_bytes(), busy(), Some(draft)).unwrap();
            // It is still the same file.
            assert_eq!(fs::read_to_string(&second).unwrap(), new);
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_draft_stays_if_the_file_is_written_in_part() {
        let folder = tempfile::tempdir().unwrap();
        let mut draft = Draft::beside(&folder.path().join("file")).unwrap();
        draft.write(b"content").unwrap();
        // Not every system has `/dev/full`.
        let full = Path::new("/dev/full");
        if !full.exists() {
            return;
        }
        let error = write_in_place(full, b"content", busy(), Some(draft)).unwrap_err();
        let said = error.to_string();
        let begin = "/dev/full may be written in part (No space left on device (os error 28)): \
                     restore it from its copy; what was to be in it is in ";
        let kept = said.strip_prefix(begin).unwrap_or_else(|| panic!("{said}"));
        assert_eq!(fs::read_to_string(kept).unwrap(), "content");
    }

    #[test]
    fn a_file_that_cannot_be_written_at_all_is_an_error_that_says_why() {
        let path = Path::new("/nowhere/stopgap.key");
        let said = write_in_place(path, b"", busy(), None).unwrap_err();
        assert_eq!(
            said.to_string(),
            "/nowhere/stopgap.key could be neither replaced (resource busy) nor written in place \
             (No such file or directory (os error 2)): make its folder writable, or change it at \
             its source"
        );
    }

    #[test]
    fn permissions_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "old").unwrap();
        let model = File::open(&path).unwrap();
        for mode in [0o400, 0o640, 0o600] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            rewrite(&path, b"new", &model).unwrap();
            let found = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(found & 0o777, mode);
        }
        let other = folder.path().join("other");
        rewrite(&other, b"new", &model).unwrap();
        let found = fs::metadata(&other).unwrap().permissions().mode();
        assert_eq!(found & 0o777, 0o600);
    }
}
