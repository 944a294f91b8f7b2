//! The values of columns.

use std::fmt;

use chrono::{DateTime, Utc};
use stopgap::{CodeDigest, KeyId, Name, RecordId, RecordTag};

/// The value of a column. Values of one column are ordered as a store orders its rows:
/// texts by their UTF-8 bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// No value.
    Null,
    /// A number.
    Integer(i64),
    /// An instant in whole microseconds.
    Instant(DateTime<Utc>),
    /// An id.
    Id(RecordId),
    /// A text without a NUL.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A value that the column cannot have, with the reason. The row was changed in the store.
    Invalid(String),
}

/// The kind of a column's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// [`Value::Integer`].
    Integer,
    /// [`Value::Instant`].
    Instant,
    /// [`Value::Id`].
    Id,
    /// [`Value::Text`].
    Text,
    /// [`Value::Bytes`].
    Bytes,
}

/// Shows neither digests nor tags.
impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Instant(instant) => write!(f, "{instant:?}"),
            Self::Id(id) => write!(f, "{id}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Bytes(bytes) => write!(f, "{} bytes", bytes.len()),
            Self::Invalid(why) => write!(f, "invalid: {why}"),
        }
    }
}

/// The form in which people see a key: texts as they are, bytes as UTF-8 if they are.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => f.write_str(text),
                Err(_) => fmt::Debug::fmt(self, f),
            },
            _ => fmt::Debug::fmt(self, f),
        }
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<bool> for Value {
    fn from(is_true: bool) -> Self {
        Self::Integer(is_true.into())
    }
}

/// A number above 2⁶³ − 1, which no counter reaches, becomes that.
impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<KeyId> for Value {
    fn from(id: KeyId) -> Self {
        Self::Integer(id.0.into())
    }
}

impl From<DateTime<Utc>> for Value {
    fn from(instant: DateTime<Utc>) -> Self {
        Self::Instant(instant)
    }
}

impl From<RecordId> for Value {
    fn from(id: RecordId) -> Self {
        Self::Id(id)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&Name> for Value {
    fn from(name: &Name) -> Self {
        Self::Text(name.as_str().to_owned())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl From<&RecordTag> for Value {
    fn from(tag: &RecordTag) -> Self {
        Self::Bytes(tag.as_bytes().to_vec())
    }
}

impl From<&CodeDigest> for Value {
    fn from(digest: &CodeDigest) -> Self {
        Self::Bytes(digest.as_bytes().to_vec())
    }
}
