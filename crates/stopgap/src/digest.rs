//! Keyed digests of codes.

use core::fmt;

use subtle::{Choice, ConstantTimeEq};

use crate::key_id::KeyId;

/// The keyed digest of a code, which a store keeps instead of the code (SPEC, "Online
/// codes" and "Security codes"). Only the key's owner can test codes against it.
#[derive(Clone, Copy)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct CodeDigest(#[cfg_attr(feature = "serde", serde(with = "crate::hex"))] [u8; 32]);

impl CodeDigest {
    /// Creates a digest from stored bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes, by which a store finds the code.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Compares two digests in constant time.
    pub(crate) fn matches(&self, other: &Self) -> Choice {
        same(&self.0, &other.0)
    }
}

/// The digest of a code that was read, under one key of a ring: from
/// [`KeyRing::online_digests`](crate::KeyRing::online_digests) and
/// [`KeyRing::security_digests`](crate::KeyRing::security_digests) alone, so that a stored
/// digest cannot stand in for a code.
#[derive(Clone, Copy, Debug)]
pub struct ComputedDigest {
    key_id: KeyId,
    digest: CodeDigest,
}

impl ComputedDigest {
    pub(crate) const fn new(key_id: KeyId, digest: CodeDigest) -> Self {
        Self { key_id, digest }
    }

    /// Returns the id of the key.
    #[must_use]
    pub const fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// Returns the digest, by which a store finds the record.
    #[must_use]
    pub const fn digest(&self) -> CodeDigest {
        self.digest
    }
}

/// Compares two MACs in constant time, eight bytes at a time.
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
