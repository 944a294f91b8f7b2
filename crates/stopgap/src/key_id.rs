//! The ids of master keys.

use core::fmt;

/// The id of a master key, in each record that was made with it (SPEC, "Keys").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KeyId(pub u32);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// A record was made with a key that the ring does not hold (SPEC, "Keys").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key ring has no key {id}; add it, or issue anew")]
pub struct KeyMissing {
    /// The key of the record.
    pub id: KeyId,
}
