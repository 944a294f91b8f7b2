//! The place of a store, as an option or the environment names it.

use std::{fmt, path::PathBuf};

use stopgap_registry::{StoreError, store};

use crate::{failure::Failure, show::note};

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

    /// Opens the store by its address, which creates a file that is missing, and notes that it
    /// was made. Of several processes that do so at once, more than one may note it.
    pub(crate) fn open<S, E>(&self, open: impl FnOnce(&str) -> Result<S, E>) -> Result<S, Failure>
    where
        Failure: From<E>,
    {
        let is_new = matches!(self, Self::File(_)) && !self.is_there();
        let store = open(&self.url()?)?;
        if is_new {
            note(format_args!("Made the store {self}."));
        }
        Ok(store)
    }

    /// Returns the address, as the registry reads it.
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
