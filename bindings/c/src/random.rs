//! Random numbers of the operating system or the caller, and their errors.

use std::{ffi::c_void, fmt};

use stopgap::{
    IssueError, SysRng,
    rand_core::{TryCryptoRng, TryRng},
};

use crate::{
    error::Outcome,
    error::{stopgap_error, when},
    guard::lent_or_null,
    status::{
        STOPGAP_ERR_CALLBACK_FAILED, STOPGAP_ERR_NEVER_VALID, STOPGAP_ERR_NULL_ARGUMENT,
        STOPGAP_ERR_OTHER, STOPGAP_ERR_RANDOM_FAILED,
    },
};

/// The caller's source of random bytes; NULL in its place stands for the operating system.
/// It must be cryptographically secure: no code is better than it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_random {
    /// Fills `length` bytes and returns 0, or anything else if it cannot: the call then
    /// fails with STOPGAP_ERR_CALLBACK_FAILED. The function must not throw or longjmp, and
    /// must not call Stopgap with the arguments of the call.
    pub fill:
        Option<unsafe extern "C" fn(context: *mut c_void, bytes: *mut u8, length: usize) -> i32>,
    /// Passed to `fill` unchanged.
    pub context: *mut c_void,
}

/// A source of random bytes.
pub(crate) enum Random {
    System,
    Callback(Fill, *mut c_void),
}

type Fill = unsafe extern "C" fn(*mut c_void, *mut u8, usize) -> i32;

/// Returns the source that the caller names.
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
            None => Err(STOPGAP_ERR_NULL_ARGUMENT.into()),
        },
    }
}

/// The failure of a source of random bytes.
#[derive(Debug)]
pub(crate) enum RandomError {
    System,
    /// The return value of the callback.
    Callback(i32),
}

impl fmt::Display for RandomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for RandomError {}

impl From<IssueError<RandomError>> for stopgap_error {
    fn from(error: IssueError<RandomError>) -> Self {
        match error {
            IssueError::InvalidName(name) => name.into(),
            IssueError::InvalidValue(invalid) => invalid.into(),
            IssueError::Forbidden(forbidden) => forbidden.into(),
            IssueError::NeverValid { expires_at } => {
                when(STOPGAP_ERR_NEVER_VALID, Some(expires_at))
            }
            IssueError::Lifecycle(error) => error.into(),
            IssueError::Random(random) => random.into(),
            _ => STOPGAP_ERR_OTHER.into(),
        }
    }
}

impl From<RandomError> for stopgap_error {
    fn from(error: RandomError) -> Self {
        match error {
            RandomError::System => STOPGAP_ERR_RANDOM_FAILED.into(),
            RandomError::Callback(callback) => Self {
                callback,
                ..STOPGAP_ERR_CALLBACK_FAILED.into()
            },
        }
    }
}

impl TryRng for Random {
    type Error = RandomError;

    fn try_next_u32(&mut self) -> Result<u32, RandomError> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, RandomError> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
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

/// The contract of `stopgap_random` demands it.
impl TryCryptoRng for Random {}

#[cfg(test)]
mod tests {
    use stopgap::{Action, Forbidden, InvalidValue, NameError, Role, chrono::DateTime};

    use super::*;
    use crate::status::{
        STOPGAP_ERR_FORBIDDEN, STOPGAP_ERR_NAME_EMPTY, STOPGAP_ERR_TIME_OUT_OF_RANGE,
        stopgap_status,
    };

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

    /// The core asks for bytes only; its trait has numbers too.
    #[test]
    fn numbers_are_the_callbacks_bytes() {
        let mut next = 0_u8;
        let mut random = Random::Callback(count, (&raw mut next).cast());
        let numbers = (random.try_next_u32().ok(), random.try_next_u64().ok());
        assert_eq!(numbers.0, Some(u32::from_le_bytes([1, 2, 3, 4])));
        let bytes = [5, 6, 7, 8, 9, 10, 11, 12];
        assert_eq!(numbers.1, Some(u64::from_le_bytes(bytes)));
        assert!(random.try_next_u64().is_ok(), "a last time");
        let refused = random.try_next_u32().unwrap_err();
        assert_eq!(refused.to_string(), "Callback(7)");
    }

    /// The C programs in `tests/misuse` cause few of these errors.
    #[test]
    fn each_error_has_its_own_status() {
        let invalid = InvalidValue::TimeOutOfRange;
        let forbidden = Forbidden {
            role: Role::HelpDesk,
            action: Action::ResetThrottle,
        };
        let random = RandomError::Callback(5);
        let errors: [(stopgap_error, stopgap_status); 4] = [
            (
                IssueError::Forbidden(forbidden).into(),
                STOPGAP_ERR_FORBIDDEN,
            ),
            (
                IssueError::InvalidName(NameError::Empty).into(),
                STOPGAP_ERR_NAME_EMPTY,
            ),
            (
                IssueError::InvalidValue(invalid).into(),
                STOPGAP_ERR_TIME_OUT_OF_RANGE,
            ),
            (
                IssueError::Random(random).into(),
                STOPGAP_ERR_CALLBACK_FAILED,
            ),
        ];
        for (place, (error, status)) in errors.iter().enumerate() {
            assert_eq!(error.status, *status, "{place}");
        }
        let never = stopgap_error::from(IssueError::NeverValid {
            expires_at: DateTime::UNIX_EPOCH,
        });
        assert_eq!((never.status, never.time), (STOPGAP_ERR_NEVER_VALID, 0));
    }
}
