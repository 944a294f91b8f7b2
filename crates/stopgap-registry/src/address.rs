//! Opening a store by its address.

use chrono::{DateTime, Utc};

use crate::{
    memory::Memory,
    sqlite::Sqlite,
    store::{Result, Store, StoreError},
};

/// Opens the store at `url` without a registry, and makes it where there is none:
/// a path or `sqlite:PATH` for a file, `memory:` for one that forgets. `now` is noted
/// with what is made.
///
/// # Errors
///
/// [`StoreError`] where the store cannot be opened.
pub fn open(url: &str, now: DateTime<Utc>) -> Result<Box<dyn Store>> {
    Ok(match Place::of(url)? {
        Place::Memory => Box::new(Memory::new()),
        Place::Sqlite(path) => Box::new(Sqlite::open(path, now)?),
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
    })
}

/// What an address names.
enum Place<'u> {
    Memory,
    Sqlite(&'u str),
}

impl<'u> Place<'u> {
    fn of(url: &'u str) -> Result<Self> {
        if url == "memory:" {
            return Ok(Self::Memory);
        }
        let path = match url.split_once(':') {
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
