//! The bytes of a master key or an enrolment key.

use alloc::boxed::Box;

use zeroize::{Zeroizing, zeroize_bytes};

use crate::key_error::KeyError;

/// Thirty-two secret bytes. They stay in one place, where they are wiped when dropped:
/// a value that moves leaves its bytes behind.
#[derive(Default)]
pub(crate) struct KeyBytes(Box<Zeroizing<[u8; 32]>>);

impl KeyBytes {
    /// Copies the bytes, and wipes those that were passed.
    pub(crate) fn new(mut bytes: [u8; 32]) -> Self {
        let mut key = Self::default();
        key.bytes_mut().copy_from_slice(&bytes);
        zeroize_bytes(&mut bytes);
        key
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Result<Self, KeyError> {
        let found = bytes.len();
        let bytes: Result<&[u8; 32], _> = bytes.try_into();
        let bytes = bytes.map_err(|_| KeyError::WrongLength { found })?;
        let mut key = Self::default();
        key.bytes_mut().copy_from_slice(bytes);
        Ok(key)
    }

    /// Reads hexadecimal digits in constant time.
    pub(crate) fn from_hex(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.len() != 64 {
            let found = text.chars().count();
            return Err(KeyError::WrongHexLength { found });
        }
        let mut key = Self::default();
        match base16ct::mixed::decode(text, key.bytes_mut()) {
            Ok(_) => Ok(key),
            Err(_) => Err(KeyError::NotHex),
        }
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    pub(crate) fn bytes_mut(&mut self) -> &mut [u8; 32] {
        &mut self.0
    }
}
