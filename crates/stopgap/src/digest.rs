//! What is stored of a code.

use core::fmt;

use subtle::{Choice, ConstantTimeEq};

/// The keyed digest of a code: what is stored of it (SPEC, "Online codes" and
/// "Security codes"). Without the key it gives
/// nothing to try codes against.
#[derive(Clone, Copy)]
pub struct CodeDigest([u8; 32]);

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

#[cfg(feature = "serde")]
mod serde_impl {
    use alloc::string::String;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use super::CodeDigest;

    impl Serialize for CodeDigest {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut hex = [0; 64];
            let hex = base16ct::lower::encode_str(&self.0, &mut hex);
            serializer.serialize_str(hex.map_err(serde::ser::Error::custom)?)
        }
    }

    impl<'de> Deserialize<'de> for CodeDigest {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let hex = String::deserialize(deserializer)?;
            let mut bytes = [0; 32];
            match base16ct::mixed::decode(&hex, &mut bytes).map(<[u8]>::len) {
                Ok(32) => Ok(Self(bytes)),
                _ => Err(D::Error::custom("a digest is 64 hexadecimal digits")),
            }
        }
    }
}
