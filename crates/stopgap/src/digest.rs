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
        same(&self.0, &other.0)
    }
}

/// Whether two HMACs are the same, in constant time; eight bytes at a time, which the
/// compiler does not make of bytes that it must not see through.
pub(crate) fn same(one: &[u8; 32], other: &[u8; 32]) -> Choice {
    let words = |bytes: &[u8; 32]| {
        let mut words = [0; 4];
        for (word, bytes) in words.iter_mut().zip(bytes.as_chunks().0) {
            *word = u64::from_ne_bytes(*bytes);
        }
        words
    };
    words(one).ct_eq(&words(other))
}

impl fmt::Debug for CodeDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeDigest(..)")
    }
}
