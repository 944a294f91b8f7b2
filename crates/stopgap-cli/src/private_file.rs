//! Files that only their owner may read: keys, enrolments, codes.

use std::{
    ffi::OsString,
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;
use zeroize::Zeroizing;

/// The longest file that is read; a key ring of 900 keys.
const MOST: usize = 64 * 1024;

/// Where a file really is, if its name is a link: what is kept beside it, or put
/// in its place, belongs there.
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
/// [`FileError::Exposed`] where others than its owner can read or write it.
pub(crate) fn open(path: &Path) -> Result<File, FileError> {
    let file = File::open(path).map_err(|source| FileError::io(path, source))?;
    let about = file
        .metadata()
        .map_err(|source| FileError::io(path, source))?;
    if about.is_dir() {
        let source = io::Error::from(io::ErrorKind::IsADirectory);
        return Err(FileError::io(path, source));
    }
    // Of the open file, so that nobody swaps it in between.
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::MetadataExt::mode(&about) & 0o777;
        if mode & 0o077 != 0 {
            let path = path.to_owned();
            return Err(FileError::Exposed { path, mode });
        }
    }
    Ok(file)
}

/// Reads such a file to its end, into memory that is wiped.
pub(crate) fn read(mut file: &File, path: &Path) -> Result<Zeroizing<Vec<u8>>, FileError> {
    // Whole from the start: a vector that grows leaves copies behind.
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

/// A file that is written under another name, and has its own only when it is
/// whole and on the disk. It has mode 0600 from its first instant.
#[derive(Debug)]
pub(crate) struct Draft {
    file: NamedTempFile,
    target: PathBuf,
}

impl Draft {
    /// A draft in the folder of the file to be.
    pub(crate) fn beside(target: &Path) -> Result<Self, FileError> {
        // What is left behind by a crash tells by its name what it was to be.
        let mut prefix = OsString::from(".");
        prefix.push(target.file_name().unwrap_or_default());
        prefix.push(".");
        // tempfile creates files for their owner alone, and never opens one that
        // is there already.
        let file = tempfile::Builder::new()
            .prefix(&prefix)
            .tempfile_in(folder(target))
            .map_err(|source| FileError::io(target, without_draft(&source)))?;
        let target = target.to_owned();
        Ok(Self { file, target })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), FileError> {
        let written = self.file.write_all(bytes);
        written.map_err(|source| FileError::io(&self.target, source))
    }

    /// Begins anew.
    pub(crate) fn clear(&mut self) -> Result<(), FileError> {
        let file = self.file.as_file_mut();
        file.set_len(0)
            .and_then(|()| file.seek(SeekFrom::Start(0)))
            .map_err(|source| FileError::io(&self.target, source))?;
        Ok(())
    }

    /// Has on the disk what was written.
    pub(crate) fn sync(&self) -> Result<(), FileError> {
        let synced = self.file.as_file().sync_all();
        synced.map_err(|source| FileError::io(&self.target, source))
    }

    /// Gives the file its name, unless something has it.
    pub(crate) fn publish(self) -> Result<(), FileError> {
        self.try_publish().map_err(|(error, _)| error)
    }

    /// The same where what is in it is nowhere else: it then keeps the name that it
    /// has.
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
            Ok(_) => sync_folder(&target).map_err(|error| (error, None)),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err((FileError::Exists { path: target }, Some(error.file)))
            }
            Err(error) => Err((FileError::io(&target, error.error), Some(error.file))),
        }
    }

    /// Puts the file in the place of the one that has its name.
    pub(crate) fn replace(self) -> Result<(), FileError> {
        self.sync()?;
        let target = self.target;
        self.file
            .persist(&target)
            .map_err(|error| FileError::io(&target, error.error))?;
        sync_folder(&target)
    }
}

/// Refuses to go on where a file is in the way of what is to be written.
pub(crate) fn must_not_exist(path: &Path) -> Result<(), FileError> {
    match path.symlink_metadata() {
        Ok(_) => Err(FileError::Exists {
            path: path.to_owned(),
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(FileError::io(path, error)),
    }
}

/// A path with more behind its name: `laptop.enrolment` and `.state`.
pub(crate) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

/// An error of tempfile without the draft's name, which says nothing to anybody.
fn without_draft(error: &io::Error) -> io::Error {
    let text = error.to_string();
    let what = text
        .split_once(" at path ")
        .map_or(&*text, |(what, _)| what);
    io::Error::new(error.kind(), what.to_owned())
}

/// A new name is on the disk only when its folder is.
fn sync_folder(path: &Path) -> Result<(), FileError> {
    #[cfg(unix)]
    File::open(folder(path))
        .and_then(|folder| folder.sync_all())
        .map_err(|source| FileError::io(path, source))?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// A path as it can be typed in a shell.
fn typed(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |character: char| character.is_alphanumeric() || "/._-+@".contains(character);
    if path.chars().all(plain) {
        path
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

/// What is wrong with a file.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("{}: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("{} is there already, and is not overwritten; choose another name", path.display())]
    Exists { path: PathBuf },
    #[error(
        "permissions {mode:04o} for {} are too open: others than its owner can get at a secret; \
        type: chmod 600 {}", path.display(), typed(path)
    )]
    Exposed { path: PathBuf, mode: u32 },
    #[error("{source}; what was to be in it is in {}", kept.display())]
    Kept { kept: PathBuf, source: Box<Self> },
    #[error("{} is far too long to be what it should be", path.display())]
    TooLong { path: PathBuf },
}

impl FileError {
    pub(crate) fn io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        Self::Io { path, source }
    }

    /// One word for the log.
    pub(crate) fn reason(&self) -> &'static str {
        match self {
            Self::Io { .. } => "io",
            Self::Exists { .. } => "file_exists",
            Self::Exposed { .. } => "file_exposed",
            Self::Kept { source, .. } => source.reason(),
            Self::TooLong { .. } => "file_too_long",
        }
    }

    /// Whether there is no such file.
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Io { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }
}
