//! Files that only their owner may read: keys, enrolments, codes.

use std::{
    ffi::OsString,
    fs::{File, Metadata},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use stopgap_registry::owner_file;
use tempfile::{NamedTempFile, PersistError};
use zeroize::Zeroizing;

/// The longest file that is read; a key ring of 900 keys.
const MOST: usize = 64 * 1024;

/// Returns the path of a file behind links: files beside it, and files that replace it, belong
/// there.
pub(crate) fn real(path: &Path) -> Result<PathBuf, FileError> {
    if path.is_symlink() {
        let real = path.canonicalize();
        real.map_err(|source| FileError::io(path, source))
    } else {
        Ok(path.to_owned())
    }
}

/// Opens a file that holds a secret.
///
/// # Errors
///
/// [`FileError::Exposed`] if users other than its owner can read or write it.
pub(crate) fn open(path: &Path) -> Result<File, FileError> {
    checked(File::open(path), path, |_| 0o077)
}

/// Opens a file that holds a secret, as [`open`] does, to read and to write.
pub(crate) fn open_to_write(path: &Path) -> Result<File, FileError> {
    let file = File::options().read(true).write(true).open(path);
    checked(file, path, |_| 0o077)
}

/// Opens a file that holds a secret and that root may hand out to a group: systemd and
/// Kubernetes keep the secrets of a service in this way.
///
/// # Errors
///
/// As [`open`], but a group may read a file of root, if root is another user.
pub(crate) fn open_shared(path: &Path) -> Result<File, FileError> {
    checked(File::open(path), path, |about| {
        if is_handed_out(about) { 0o037 } else { 0o077 }
    })
}

#[cfg(unix)]
fn is_handed_out(about: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(about) == 0 && !rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
fn is_handed_out(_: &Metadata) -> bool {
    false
}

/// Checks a file that was opened; `forbidden` returns the permissions that it must not have.
fn checked(
    file: io::Result<File>,
    path: &Path,
    forbidden: impl FnOnce(&Metadata) -> u32,
) -> Result<File, FileError> {
    let file = file.map_err(|source| FileError::io(path, source))?;
    let about = file
        .metadata()
        .map_err(|source| FileError::io(path, source))?;
    if about.is_dir() {
        let source = io::Error::from(io::ErrorKind::IsADirectory);
        return Err(FileError::io(path, source));
    }
    let forbidden = forbidden(&about);
    // The mode is that of the open file, which another process cannot exchange meanwhile.
    #[cfg(windows)]
    {
        let _ = forbidden;
        let exposed = owner_file::is_exposed(&file);
        if exposed.map_err(|source| FileError::io(path, source))? {
            let path = path.to_owned();
            return Err(FileError::Exposed { path });
        }
    }
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&about) & 0o777;
        if mode & forbidden != 0 {
            let path = path.to_owned();
            return Err(FileError::Exposed { path, mode });
        }
    }
    #[cfg(not(any(unix, windows)))]
    let _ = forbidden;
    Ok(file)
}

/// Returns a file without the byte-order mark of UTF-8.
///
/// # Errors
///
/// The message for a file with a byte-order mark of UTF-16.
pub(crate) fn without_mark(bytes: &[u8]) -> Result<&[u8], &'static str> {
    match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => Err("it is UTF-16 text: save it as UTF-8"),
        [0xEF, 0xBB, 0xBF, text @ ..] | text => Ok(text),
    }
}

/// Reads a file that holds a secret, into memory that is wiped.
pub(crate) fn read(mut file: &File, path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    // A vector that grows leaves copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(MOST.saturating_add(1)));
    let limit = u64::try_from(MOST).unwrap_or(u64::MAX).saturating_add(1);
    Read::by_ref(&mut file)
        .take(limit)
        .read_to_end(&mut bytes)
        .map_err(|source| FileError::io(path, source))?;
    if bytes.len() > MOST {
        let path = path.to_owned();
        return Err(FileError::TooLong { path });
    }
    Ok(bytes)
}

/// A file that is written under another name, and gets its own once it is complete and on the
/// disk. It is for its owner alone from the start.
#[derive(Debug)]
pub(crate) struct Draft {
    file: NamedTempFile,
    target: PathBuf,
}

impl Draft {
    /// Creates a draft in the folder of its target.
    pub(crate) fn beside(target: &Path) -> Result<Self, FileError> {
        // If a crash leaves the draft behind, its name shows the target.
        let mut prefix = OsString::from(".");
        prefix.push(target.file_name().unwrap_or_default());
        prefix.push(".");
        let file = tempfile::Builder::new()
            .prefix(&prefix)
            .make_in(folder(target), owner_file::create_new)
            .map_err(|source| FileError::io(target, without_draft(&source)))?;
        let target = target.to_owned();
        Ok(Self { file, target })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        let written = self.file.write_all(bytes);
        written.map_err(|source| FileError::io(&self.target, source))
    }

    /// Removes the content.
    pub(crate) fn clear(&mut self) -> Result<(), FileError> {
        let file = self.file.as_file_mut();
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .map_err(|source| FileError::io(&self.target, source))?;
        Ok(())
    }

    /// Has the content on the disk.
    pub(crate) fn sync(&self) -> Result<(), FileError> {
        let synced = self.file.as_file().sync_all();
        synced.map_err(|source| FileError::io(&self.target, source))
    }

    /// Gives the file its name, unless another file has it.
    pub(crate) fn publish(self) -> Result<(), FileError> {
        self.try_publish().map_err(|(error, _)| error)
    }

    /// Gives the file its name, unless another file has it: then it stays under the name that it
    /// has, because its content is nowhere else.
    pub(crate) fn publish_or_keep(self) -> Result<(), FileError> {
        self.try_publish()
            .map_err(|(error, file)| match file.map(NamedTempFile::keep) {
                Some(Ok((_, kept))) => FileError::Kept {
                    kept,
                    source: Box::new(error),
                },
                _ => error,
            })
    }

    fn try_publish(self) -> Result<(), (FileError, Option<NamedTempFile>)> {
        let target = self.target;
        if let Err(source) = self.file.as_file().sync_all() {
            return Err((FileError::io(&target, source), Some(self.file)));
        }
        match self.file.persist_noclobber(&target) {
            Ok(_) => sync_folder(&target).map_err(|source| (FileError::io(&target, source), None)),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err((FileError::Exists { path: target }, Some(error.file)))
            }
            Err(error) => Err((FileError::io(&target, error.error), Some(error.file))),
        }
    }

    /// Returns the open file.
    pub(crate) fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Returns the path that the file has until it gets its name.
    pub(crate) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Puts the file in the place of the one that has its name. If it is not there, the draft is
    /// returned with the error.
    pub(crate) fn replace(self) -> Result<(), (io::Error, Option<Self>)> {
        if let Err(error) = self.file.as_file().sync_all() {
            return Err((error, Some(self)));
        }
        let target = self.target;
        match self.file.persist(&target) {
            Ok(_) => sync_folder(&target).map_err(|error| (error, None)),
            Err(PersistError { error, file }) => Err((error, Some(Self { file, target }))),
        }
    }

    /// Leaves the file under the name that it has, and returns its path.
    pub(crate) fn keep(self) -> io::Result<PathBuf> {
        let (_, path) = self.file.keep().map_err(|error| error.error)?;
        Ok(path)
    }
}

/// Returns an error if there is a file of that name.
pub(crate) fn must_not_exist(path: &Path) -> Result<(), FileError> {
    match path.symlink_metadata() {
        Ok(_) => Err(FileError::Exists {
            path: path.to_owned(),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(FileError::io(path, error)),
    }
}

/// Returns a path with a suffix after its name: `laptop.enrolment` and `.state`.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

pub(crate) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// Returns an error of tempfile without the name of the draft, which means nothing to a user.
fn without_draft(error: &io::Error) -> io::Error {
    let text = error.to_string();
    let what = text
        .split_once(" at path ")
        .map_or(&*text, |(what, _)| what);
    io::Error::new(error.kind(), what.to_owned())
}

/// Has a new name on the disk.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder(path)).and_then(|folder| folder.sync_all())?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// Returns the commands of Windows that leave a file to its owner.
#[cfg(windows)]
pub(crate) fn restricted(path: &Path) -> String {
    let path = typed(path);
    format!("type: icacls {path} /reset, then icacls {path} /inheritance:r /grant *S-1-3-4:F")
}

/// Returns a path as it can be typed in a shell of Windows.
#[cfg(windows)]
pub(crate) fn typed(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |character: char| character.is_alphanumeric() || "\\/._-:".contains(character);
    if path.chars().all(plain) {
        path
    } else {
        // A path has no quotation mark.
        format!("\"{path}\"")
    }
}

/// Returns a path as it can be typed in a shell.
#[cfg(not(windows))]
pub(crate) fn typed(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |character: char| character.is_alphanumeric() || "/._-+@".contains(character);
    if path.chars().all(plain) {
        path
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

/// The error of a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} is there already, and is not overwritten; choose another name", path.display())]
    Exists { path: PathBuf },
    #[cfg(not(windows))]
    #[error(
        "permissions {mode:04o} for {} are too open: others than its owner can get at a secret; \
        type: chmod 600 {}", path.display(), typed(path)
    )]
    Exposed { path: PathBuf, mode: u32 },
    #[cfg(windows)]
    #[error(
        "permissions of {} are too open: others than its owner can get at a secret; {}",
        path.display(), restricted(path)
    )]
    Exposed { path: PathBuf },
    #[error("{source}; what was to be in it is in {}", kept.display())]
    Kept { kept: PathBuf, source: Box<Self> },
    #[error("{} is far too long to be what it should be", path.display())]
    TooLong { path: PathBuf },
    #[error(
        "{} could be neither replaced ({replaced}) nor written in place ({written}): make its \
        folder writable, or change it at its source", path.display()
    )]
    NotRewritten {
        path: PathBuf,
        replaced: io::Error,
        written: io::Error,
    },
    #[error("{} may be written in part ({source}): restore it from its copy", path.display())]
    HalfWritten { path: PathBuf, source: io::Error },
}

impl FileError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        Self::Io { path, source }
    }

    /// Returns one word for the log.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Io { .. } | Self::NotRewritten { .. } | Self::HalfWritten { .. } => "io",
            Self::Exists { .. } => "file_exists",
            Self::Exposed { .. } => "file_exposed",
            Self::Kept { source, .. } => source.reason(),
            Self::TooLong { .. } => "file_too_long",
        }
    }

    /// Returns `true` if there is no such file.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}
