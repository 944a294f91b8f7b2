//! Random numbers: the operating system's, or the caller's.

use std::{ffi::c_void, fmt};

use stopgap::{
    SysRng,
    rand_core::{TryCryptoRng, TryRng},
};

use crate::{
    guard::{Outcome, lent_or_null},
    status::STOPGAP_NULL_ARGUMENT,
};

/// A source of random bytes of the caller's; NULL in its place is the operating
/// system's. It must be cryptographically secure: codes are as good as it is.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_random {
    /// Fills `length` bytes and returns 0, or anything else where it cannot: the
    /// call then fails with STOPGAP_CALLBACK_FAILED. It must not throw or
    /// longjmp, and must not call Stopgap with what the call was given.
    pub fill:
        Option<unsafe extern "C" fn(context: *mut c_void, bytes: *mut u8, length: usize) -> i32>,
    /// Handed to `fill` as it is.
    pub context: *mut c_void,
}

/// Where random bytes come from.
pub(crate) enum Random {
    System,
    Callback(Fill, *mut c_void),
}

type Fill = unsafe extern "C" fn(*mut c_void, *mut u8, usize) -> i32;

/// The source that the caller names.
///
/// # Safety
///
/// A pointer that is not NULL points to a struct whose function keeps the
/// contract.
pub(crate) unsafe fn random(source: *const stopgap_random) -> Outcome<Random> {
    // SAFETY: the caller's promise.
    match unsafe { lent_or_null(source) }? {
        None => Ok(Random::System),
        Some(source) => match source.fill {
            Some(fill) => Ok(Random::Callback(fill, source.context)),
            None => Err(STOPGAP_NULL_ARGUMENT.into()),
        },
    }
}

/// Why there are no random bytes.
#[derive(Debug)]
pub(crate) enum RandomError {
    System,
    /// What the callback returned.
    Callback(i32),
}

impl fmt::Display for RandomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for RandomError {}

impl TryRng for Random {
    type Error = RandomError;

    fn try_next_u32(&mut self) -> Result<u32, RandomError> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_ne_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, RandomError> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_ne_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), RandomError> {
        match self {
            Self::System => SysRng
                .try_fill_bytes(bytes)
                .map_err(|_| RandomError::System),
            Self::Callback(fill, context) => {
                // SAFETY: the function keeps its contract.
                match unsafe { fill(*context, bytes.as_mut_ptr(), bytes.len()) } {
                    0 => Ok(()),
                    failure => Err(RandomError::Callback(failure)),
                }
            }
        }
    }
}

/// The caller says that it is.
impl TryCryptoRng for Random {}

#[cfg(test)]
mod tests {
    use super::*;

    unsafe extern "C" fn count(next: *mut c_void, bytes: *mut u8, length: usize) -> i32 {
        // SAFETY: the test's number, and what `try_fill_bytes` lends.
        let (next, bytes) = unsafe {
            let bytes = std::slice::from_raw_parts_mut(bytes, length);
            (&mut *next.cast::<u8>(), bytes)
        };
        if *next > 12 {
            return 7;
        }
        bytes.fill_with(|| {
            *next = next.wrapping_add(1);
            *next
        });
        0
    }

    /// The core asks for bytes alone; its trait has numbers too.
    #[test]
    fn numbers_are_the_callbacks_bytes() {
        let mut next = 0_u8;
        let mut random = Random::Callback(count, (&raw mut next).cast());
        let numbers = (random.try_next_u32().ok(), random.try_next_u64().ok());
        assert_eq!(numbers.0, Some(u32::from_ne_bytes([1, 2, 3, 4])));
        let bytes = [5, 6, 7, 8, 9, 10, 11, 12];
        assert_eq!(numbers.1, Some(u64::from_ne_bytes(bytes)));
        assert!(random.try_next_u64().is_ok(), "a last time");
        let refused = random.try_next_u32().unwrap_err();
        assert_eq!(refused.to_string(), "Callback(7)");
    }
}
