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

/// The ring does not hold this key: `KeyMissing` or `Missing` in each public error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyMissing(pub(crate) KeyId);
