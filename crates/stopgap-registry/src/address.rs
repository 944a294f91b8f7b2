//! Opening a store by its address.

use chrono::{DateTime, Utc};

#[cfg(feature = "postgres")]
use crate::postgres::Postgres;
use crate::{
    memory::Memory,
    sqlite::Sqlite,
    store::{Result, Store, StoreError},
};

/// Opens the store at `url` without a registry, and makes it where there is none:
/// a path or `sqlite:PATH` for a file, `postgres://…` for a server's, `memory:` for one
/// that forgets. `now` is noted with what is made.
///
/// # Errors
///
/// [`StoreError`] where the store cannot be opened.
pub fn open(url: &str, now: DateTime<Utc>) -> Result<Box<dyn Store>> {
    Ok(match Place::of(url)? {
        Place::Memory => Box::new(Memory::new()),
        Place::Sqlite(path) => Box::new(Sqlite::open(path, now)?),
        #[cfg(feature = "postgres")]
        Place::Postgres(url) => Box::new(Postgres::open(url, now)?),
    })
}

/// The same of a store that is there, to read it alone: it is never made, and no row
/// of it is changed.
///
/// # Errors
///
/// As [`open`], and where there is no store.
pub fn open_source(url: &str, now: DateTime<Utc>) -> Result<Box<dyn Store>> {
    Ok(match Place::of(url)? {
        Place::Memory => Box::new(Memory::new()),
        Place::Sqlite(path) => Box::new(Sqlite::open_source(path, now)?),
        #[cfg(feature = "postgres")]
        Place::Postgres(url) => Box::new(Postgres::open_source(url)?),
    })
}

/// What an address names.
enum Place<'u> {
    Memory,
    Sqlite(&'u str),
    #[cfg(feature = "postgres")]
    Postgres(&'u str),
}

impl<'u> Place<'u> {
    fn of(url: &'u str) -> Result<Self> {
        if url == "memory:" {
            return Ok(Self::Memory);
        }
        let path = match url.split_once(':') {
            #[cfg(feature = "postgres")]
            Some(("postgres" | "postgresql", _)) => return Ok(Self::Postgres(url)),
            Some(("sqlite", path)) => path.strip_prefix("//").unwrap_or(path),
            // One letter is a drive of Windows. What stands behind another word
            // may be a password, and is no name for a file.
            Some((scheme, _)) if scheme.len() > 1 && is_word(scheme) => {
                return Err(StoreError::Url { url: scheme.into() });
            }
            _ => url,
        };
        // SQLite's own word for memory is most likely a slip for ours.
        if path.is_empty() || path == ":memory:" {
            return Err(StoreError::Url { url: url.into() });
        }
        Ok(Self::Sqlite(path))
    }
}

fn is_word(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_is_nowhere() {
        for url in ["", "sqlite:", "sqlite://", ":memory:", "sqlite::memory:"] {
            let refused =
                matches!(Place::of(url), Err(StoreError::Url { url: same }) if same == url);
            assert!(refused, "{url:?}");
        }
    }

    #[test]
    fn a_letter_is_a_drive_and_a_word_is_a_scheme() {
        for path in ["C:\\ProgramData\\stopgap.db", "c:stopgap.db", "a/b:c"] {
            assert!(
                matches!(Place::of(path), Ok(Place::Sqlite(same)) if same == path),
                "{path}"
            );
        }
        assert!(matches!(Place::of("cc:db"), Err(StoreError::Url { url }) if url == "cc"));
    }
}
