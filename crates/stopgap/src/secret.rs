//! Thirty-two secret bytes.

use core::fmt;

use zeroize::optimization_barrier;

/// The bytes behind a master key or an enrolment key: wiped when dropped.
pub(crate) struct Secret([u8; 32]);

impl Secret {
    pub(crate) const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Copies the bytes to where they are wiped.
    pub(crate) fn copy_of(bytes: &[u8; 32]) -> Self {
        let mut secret = Self([0; 32]);
        secret.0.copy_from_slice(bytes);
        secret
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Result<Self, KeyError> {
        let found = bytes.len();
        let bytes: Result<&[u8; 32], _> = bytes.try_into();
        Ok(Self::copy_of(
            bytes.map_err(|_| KeyError::WrongLength { found })?,
        ))
    }

    /// Reads hexadecimal in constant time, by the crate `base16ct`.
    pub(crate) fn from_hex(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let mut secret = Self([0; 32]);
        if text.len() != 64 {
            let found = text.chars().count();
            return Err(KeyError::WrongHexLength { found });
        }
        match base16ct::mixed::decode(text, &mut secret.0) {
            Ok(_) => Ok(secret),
            Err(_) => Err(KeyError::NotHex),
        }
    }

    /// The bytes, to be filled with random ones.
    pub(crate) const fn bytes_mut(&mut self) -> &mut [u8; 32] {
        &mut self.0
    }

    pub(crate) const fn reveal(&self) -> &[u8; 32] {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// Overwrites a secret with zeros that the compiler may not leave out. `Zeroize`
/// writes byte by byte, which takes longer than reading a code does.
#[inline]
pub(crate) fn wipe(bytes: &mut [u8]) {
    bytes.fill(0);
    optimization_barrier(bytes);
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// What is no key (SPEC, "Keys"). It says how long the text was, never what it held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// Not 32 bytes.
    #[error("a key is 32 bytes, not {found}")]
    WrongLength {
        /// How many bytes there were.
        found: usize,
    },
    /// Not 64 hexadecimal digits.
    #[error("a key is 64 hexadecimal digits, not {found} characters")]
    WrongHexLength {
        /// How many characters there were, white space around them left out.
        found: usize,
    },
    /// As long as one, but not all of it hexadecimal digits.
    #[error("a key is written in hexadecimal digits alone")]
    NotHex,
}
