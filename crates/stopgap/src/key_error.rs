//! The reasons for which a key or a change of a key ring is refused.

use crate::key_id::{KeyId, KeyMissing};

/// The reason for which a key or a change of a key ring is refused (SPEC, "Keys"). It
/// tells the length of a text, never its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The number of bytes is not 32.
    #[error("a key has 32 bytes, not {found}")]
    WrongLength {
        /// The number of bytes.
        found: usize,
    },
    /// The number of hexadecimal digits is not 64.
    #[error("a key has 64 hexadecimal digits, not {found} characters")]
    WrongHexLength {
        /// The number of characters, without white space around them.
        found: usize,
    },
    /// The text has the right length, but other characters than hexadecimal digits.
    #[error("a key has hexadecimal digits only")]
    NotHex,
    /// The ring has a key with this id.
    #[error("the key ring has a key {id} already; choose another id")]
    Duplicate {
        /// The id.
        id: KeyId,
    },
    /// The primary key issues and cannot be retired.
    #[error("key {id} is the primary key; add another key first")]
    Primary {
        /// The id.
        id: KeyId,
    },
    /// The ring has no key with this id.
    #[error("the key ring has no key {id}")]
    Missing {
        /// The id.
        id: KeyId,
    },
}

impl From<KeyMissing> for KeyError {
    fn from(missing: KeyMissing) -> Self {
        Self::Missing { id: missing.0 }
    }
}
