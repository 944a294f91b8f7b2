//! What is stored of a code.

use core::fmt;

use subtle::{Choice, ConstantTimeEq};

/// The keyed digest of a code: what is stored of it (SPEC, "Online codes" and
/// "Security codes"). Without the key it gives
/// nothing to try codes against.
#[derive(Clone, Copy)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct CodeDigest(#[cfg_attr(feature = "serde", serde(with = "crate::hex"))] [u8; 32]);

impl CodeDigest {
    /// The digest that a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest, to be stored and looked up by.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Whether two digests are the same, in constant time.
    pub(crate) fn matches(&self, other: &Self) -> Choice {
        self.0.ct_eq(&other.0)
    }
}

impl fmt::Debug for CodeDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeDigest(..)")
    }
}
