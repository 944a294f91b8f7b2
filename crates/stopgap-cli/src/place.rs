//! Where a store is, as the words or the environment name it.

use std::{fs::OpenOptions, io::ErrorKind, path::PathBuf};

use crate::{failure::Failure, private_file::FileError, show::note};

/// Where a store is.
pub(crate) enum Place {
    File(PathBuf),
    /// Not in a file that this command would make.
    Elsewhere(String),
}

impl Place {
    pub(crate) fn of(url: &str) -> Self {
        match url.strip_prefix("sqlite:") {
            Some(path) => Self::File(path.strip_prefix("//").unwrap_or(path).into()),
            None if url.contains("://") || url == "memory:" => Self::Elsewhere(url.into()),
            None => Self::File(url.into()),
        }
    }

    /// Whether there may be codes in it.
    pub(crate) fn is_there(&self) -> bool {
        match self {
            Self::File(path) => path.symlink_metadata().is_ok(),
            Self::Elsewhere(_) => !self.is_memory(),
        }
    }

    /// Whether it is gone with this process.
    pub(crate) fn is_memory(&self) -> bool {
        matches!(self, Self::Elsewhere(url) if url == "memory:")
    }

    /// Makes an empty file where there is none, so that nobody else can ever read
    /// the database: `SQLite` gives its journals the rights of its file.
    pub(crate) fn make(&self) -> Result<(), FileError> {
        let Self::File(path) = self else {
            return Ok(());
        };
        if path.as_os_str().is_empty() {
            return Ok(());
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(_) => {
                note(format_args!("Made the store {}.", path.display()));
                Ok(())
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(FileError::io(path, error)),
        }
    }

    pub(crate) fn url(&self) -> Result<String, Failure> {
        match self {
            Self::Elsewhere(url) => Ok(url.clone()),
            Self::File(path) => {
                let text = path.to_str().map(|path| format!("sqlite:{path}"));
                text.ok_or_else(|| {
                    let path = path.display();
                    Failure::usage(format!("{path}: a store's name must be text"))
                })
            }
        }
    }
}
