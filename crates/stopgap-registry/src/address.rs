//! Addresses of stores.
//!
//! An address that is refused may hold a password in any place, so no error repeats a part
//! of it.

use chrono::{DateTime, Utc};

#[cfg(feature = "postgres")]
use crate::postgres::Postgres;
use crate::{
    memory::Memory,
    schema_numbers::SchemaNumbers,
    sqlite::Sqlite,
    store::{Result, Store, StoreError},
};

/// Opens the store at `url` without a registry, and creates it if there is none: a path or
/// `sqlite:PATH` is a file, `postgres://…` a database of a server, and `memory:` a store that
/// ends with the process. `now` is stored with a new store.
///
/// # Errors
///
/// [`StoreError`] if the store cannot be opened.
pub fn open(url: &str, now: DateTime<Utc>) -> Result<Box<dyn Store>> {
    Ok(match Place::of(url)? {
        Place::Memory => Box::new(Memory::new()),
        Place::File(path) => Box::new(Sqlite::open(path, now)?),
        #[cfg(feature = "postgres")]
        Place::Server(url) => Box::new(Postgres::open(url, now)?),
        #[cfg(not(feature = "postgres"))]
        Place::Server(_) => return Err(refused(NO_POSTGRES)),
    })
}

/// Opens an existing store without a registry. Its schema is migrated if it is an older one.
///
/// # Errors
///
/// As [`open`], and [`StoreError::Missing`] if there is no store.
pub fn open_existing(url: &str, now: DateTime<Utc>) -> Result<Box<dyn Store>> {
    Ok(match Place::of(url)? {
        Place::Memory => return Err(StoreError::Missing),
        Place::File(path) => Box::new(Sqlite::open_existing(path, now)?),
        #[cfg(feature = "postgres")]
        Place::Server(url) => Box::new(Postgres::open_existing(url, now)?),
        #[cfg(not(feature = "postgres"))]
        Place::Server(_) => return Err(refused(NO_POSTGRES)),
    })
}

/// Opens an existing store to read from it. It is not created, and no row is changed.
///
/// # Errors
///
/// As [`open`], and if there is no store.
pub fn open_source(url: &str, now: DateTime<Utc>) -> Result<Box<dyn Store>> {
    Ok(match Place::of(url)? {
        Place::Memory => Box::new(Memory::new()),
        Place::File(path) => Box::new(Sqlite::open_source(path, now)?),
        #[cfg(feature = "postgres")]
        Place::Server(url) => Box::new(Postgres::open_source(url)?),
        #[cfg(not(feature = "postgres"))]
        Place::Server(_) => return Err(refused(NO_POSTGRES)),
    })
}

/// Returns the numbers of an existing store's schema. The store is not migrated.
///
/// # Errors
///
/// As [`open_existing`]; [`StoreError::Newer`] has the numbers of a schema that is too new.
pub fn schema_numbers(url: &str) -> Result<SchemaNumbers> {
    match Place::of(url)? {
        Place::Memory => Err(StoreError::Missing),
        Place::File(path) => Sqlite::schema_numbers(path),
        #[cfg(feature = "postgres")]
        Place::Server(url) => Postgres::schema_numbers(url),
        #[cfg(not(feature = "postgres"))]
        Place::Server(_) => Err(refused(NO_POSTGRES)),
    }
}

/// Reads every page and every index of an existing file, compares its schema, and returns at
/// most some twenty damages. Of a server, the encoding, the owner and the structure of the
/// schema are checked.
///
/// # Errors
///
/// As [`open_existing`]: a server's damages are errors.
pub fn damages(url: &str) -> Result<Vec<String>> {
    match Place::of(url)? {
        Place::Memory => Err(StoreError::Missing),
        Place::File(path) => Sqlite::damages(path),
        #[cfg(feature = "postgres")]
        Place::Server(url) => Postgres::open_source(url).map(|_| Vec::new()),
        #[cfg(not(feature = "postgres"))]
        Place::Server(_) => Err(refused(NO_POSTGRES)),
    }
}

/// The kind of store that an address names.
///
/// `sqlite://` is refused but for four slashes: `sqlite:////x` is the file `/x` wherever it is
/// read, while `sqlite:///x` is `/x` for some programs and `x` for `SQLAlchemy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'u> {
    /// A store in memory.
    Memory,
    /// The path of a file.
    File(&'u str),
    /// The address of a PostgreSQL server, which is read further when it is opened.
    Server(&'u str),
}

impl<'u> Place<'u> {
    /// Reads an address.
    ///
    /// # Errors
    ///
    /// [`StoreError::Address`] if it names no store, or looks like the address of something
    /// else. The error has the right spelling, and no part of the address.
    pub fn of(url: &'u str) -> Result<Self> {
        if url == "memory:" {
            return Ok(Self::Memory);
        }
        let scheme = scheme_of(url);
        if matches!(scheme, Some("postgres" | "postgresql")) {
            return Ok(Self::Server(url));
        }
        let path = match (scheme, url.split_once(':')) {
            (Some("sqlite"), Some((_, path))) => match path.strip_prefix("//") {
                None => path,
                // The second slash of `//x` is one too many for an absolute path.
                Some(path) => match path.strip_prefix('/') {
                    Some(path) if path.starts_with('/') && !path.starts_with("//") => path,
                    _ if path.ends_with(":memory:") || path.is_empty() => {
                        return Err(refused(MEMORY));
                    }
                    _ => return Err(refused(SQLITE)),
                },
            },
            _ => url,
        };
        match mistake_of(path) {
            Some(why) => Err(refused(why)),
            None => Ok(Self::File(path)),
        }
    }
}

const KINDS: &str = "it is not that of a store; name a file, sqlite:FILE, postgres://…, or memory:";
const MEMORY: &str = "write memory: for a store in memory, and ./memory for a file of that name";
const SQLITE: &str = "it can be read in two ways; write sqlite:FILE or the path alone for a file, \
                      and sqlite:/FOLDER/FILE or sqlite:////FOLDER/FILE if the path is absolute";
const FILE: &str = "write the path alone in place of file:…";
const SCHEME: &str = "write postgres:// in small letters, and without the name of a driver: \
                      postgres://USER:PASSWORD@HOST/DATABASE";
const KEY_VALUES: &str = "it looks like libpq's NAME=VALUE or like a server's address; write \
                          postgres://USER:PASSWORD@HOST/DATABASE, or ./FILE for a file of that \
                          name";
const PASSWORD: &str = "it seems to hold a password; write postgres://USER:PASSWORD@HOST/DATABASE \
                        for a server, and choose another name for a file";
const OTHER: &str = "there is no store of that kind; name a file, sqlite:FILE, postgres://…, or \
                     memory:, and a file with a colon in its name as ./FILE";
#[cfg(not(feature = "postgres"))]
const NO_POSTGRES: &str = "PostgreSQL was left out of this build; name a file, sqlite:FILE, or \
                           memory:";

fn refused(why: &str) -> StoreError {
    StoreError::Address { why: why.into() }
}

/// Returns the mistake in the path of a file.
fn mistake_of(path: &str) -> Option<&'static str> {
    let lower = path.trim().to_ascii_lowercase();
    if lower.is_empty() {
        return Some(KINDS);
    }
    if matches!(lower.as_str(), "memory" | ":memory:") || lower.starts_with("memory:") {
        return Some(MEMORY);
    }
    // A folder of any name may stand in a path, but a password should not.
    let squeezed: String = lower.split_whitespace().collect();
    if ["password=", "passwd=", "pwd="]
        .iter()
        .any(|name| squeezed.contains(name))
    {
        return Some(PASSWORD);
    }
    if is_plainly_a_path(path) {
        return None;
    }
    match scheme_of(&lower) {
        Some("file") => return Some(FILE),
        Some("sqlite" | "sqlite3") => return Some(SQLITE),
        Some(scheme) if scheme.trim_start_matches("jdbc:").starts_with("postgres") => {
            return Some(SCHEME);
        }
        Some("jdbc") if lower.contains("postgres") => return Some(SCHEME),
        Some(scheme) if scheme.starts_with("sqlite+") => return Some(SQLITE),
        Some(_) => return Some(OTHER),
        None => {}
    }
    let is_of_a_server = path.contains("://")
        || path.starts_with("//")
        || path.contains(['=', '?'])
        || (path.contains('@') && path.contains(':'));
    is_of_a_server.then_some(KEY_VALUES)
}

/// Returns `true` if a path begins as only paths do.
fn is_plainly_a_path(path: &str) -> bool {
    let path = match path.as_bytes() {
        // A drive of Windows.
        [letter, b':', b'\\' | b'/', ..] if letter.is_ascii_alphabetic() => {
            path.get(2..).unwrap_or("")
        }
        _ => path,
    };
    let begins = ["/", "\\", "./", ".\\", "../", "..\\"];
    begins.iter().any(|begin| path.starts_with(begin)) && !path.starts_with("//")
}

/// Returns what stands before the first colon, if it may be the scheme of a URL. A single
/// letter is a drive of Windows.
fn scheme_of(url: &str) -> Option<&str> {
    let (scheme, _) = url.split_once(':')?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    (scheme.len() > 1 && scheme.bytes().all(fits)).then_some(scheme)
}

#[cfg(test)]
mod tests;
