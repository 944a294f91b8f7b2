//! The place of a store, as an option or the environment names it.

use std::{fmt, fs::OpenOptions, io::ErrorKind, path::PathBuf};

use stopgap_registry::{StoreError, store};

use crate::{failure::Failure, private_file::FileError, show::note};

/// The place of a store.
pub(crate) enum Place {
    File(PathBuf),
    Memory,
    /// The address of a server.
    Server(String),
}

impl Place {
    pub(crate) fn of(url: &str) -> Result<Self, StoreError> {
        Ok(match store::Place::of(url)? {
            store::Place::Memory => Self::Memory,
            store::Place::File(path) => Self::File(path.into()),
            store::Place::Server(url) => Self::Server(url.into()),
        })
    }

    /// Returns `true` if it may hold codes.
    pub(crate) fn is_there(&self) -> bool {
        match self {
            Self::File(path) => path.symlink_metadata().is_ok(),
            Self::Memory => false,
            Self::Server(_) => true,
        }
    }

    /// Returns `true` if it ends with this process.
    pub(crate) fn is_memory(&self) -> bool {
        matches!(self, Self::Memory)
    }

    /// Creates an empty file if there is none, so that no other user can ever read the
    /// database: `SQLite` gives its journals the rights of its file.
    pub(crate) fn make(&self) -> Result<(), FileError> {
        let Self::File(path) = self else {
            return Ok(());
        };
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
            Self::Memory => Ok("memory:".into()),
            Self::Server(url) => Ok(url.clone()),
            Self::File(path) => {
                let Some(text) = path.to_str() else {
                    let path = path.display();
                    let what = format!("{path}: a store's name must be text");
                    return Err(Failure::usage(what));
                };
                // A folder may be named like anything.
                let odd = path.is_relative() && text.contains(['=', '?', '@', ':']);
                let here = if odd { "./" } else { "" };
                Ok(format!("sqlite:{here}{text}"))
            }
        }
    }
}

/// Shows no address of a server: it may hold a password.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Memory => f.write_str("memory:"),
            Self::Server(_) => f.write_str("postgres://…"),
        }
    }
}
