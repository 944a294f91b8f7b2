//! What an agent remembers between two starts, sealed against changes (SPEC,
//! "Sealed state").

use core::fmt;

use chrono::DateTime;
use subtle::ConstantTimeEq;

use crate::{key::EnrolmentKey, throttle::Throttle};

/// Before any minute and any second: nothing redeemed, no lock, no time seen.
pub(crate) const NEVER: i64 = i64::MIN;

const MAGIC: [u8; 7] = *b"stopgap";
const VERSION: u8 = 1;
const BODY_LEN: usize = 8 + 4 * 8 + 4;
const TAG_LEN: usize = 32;

/// What an agent remembers, in whole Unix seconds and minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct State {
    /// The last minute whose code was redeemed.
    pub(crate) last_minute: i64,
    /// The first second at which the lock is not open any more.
    pub(crate) lock_until: i64,
    /// The latest second that the clock has shown.
    pub(crate) clock_floor: i64,
    pub(crate) throttle: Throttle,
}

impl State {
    /// What an agent remembers that has just been enrolled: nothing.
    pub(crate) const FRESH: Self = Self {
        last_minute: NEVER,
        lock_until: NEVER,
        clock_floor: NEVER,
        throttle: Throttle {
            failures: 0,
            closed_until: None,
        },
    };

    pub(crate) fn seal(&self, key: &EnrolmentKey) -> SealedState {
        let closed_until = self.throttle.closed_until;
        let mut bytes = [0; SealedState::LEN];
        let fields: [&[u8]; 7] = [
            &MAGIC,
            &[VERSION],
            &self.last_minute.to_be_bytes(),
            &self.lock_until.to_be_bytes(),
            &self.clock_floor.to_be_bytes(),
            &closed_until
                .map_or(NEVER, |until| until.timestamp())
                .to_be_bytes(),
            &self.throttle.failures.to_be_bytes(),
        ];
        for (place, byte) in bytes.iter_mut().zip(fields.into_iter().flatten()) {
            *place = *byte;
        }
        if let Some((body, tag)) = bytes.split_at_mut_checked(BODY_LEN) {
            tag.copy_from_slice(&key.state.mac(&[body]));
        }
        SealedState(bytes)
    }

    pub(crate) fn open(sealed: &SealedState, key: &EnrolmentKey) -> Result<Self, StateError> {
        let mut rest: &[u8] = &sealed.0;
        let (body, tag) = rest.split_at_checked(BODY_LEN).unwrap_or_default();
        if !bool::from(key.state.mac(&[body]).ct_eq(tag)) {
            return Err(StateError::DoesNotOpen);
        }
        let magic = take(&mut rest)?;
        let [version] = take(&mut rest)?;
        if magic != MAGIC || version != VERSION {
            return Err(StateError::Version { found: version });
        }
        let mut number = || take(&mut rest).map(i64::from_be_bytes);
        let (last_minute, lock_until, clock_floor, closed) =
            (number()?, number()?, number()?, number()?);
        let closed_until = match closed {
            NEVER => None,
            seconds => Some(DateTime::from_timestamp(seconds, 0).ok_or(StateError::DoesNotOpen)?),
        };
        Ok(Self {
            last_minute,
            lock_until,
            clock_floor,
            throttle: Throttle {
                failures: u32::from_be_bytes(take(&mut rest)?),
                closed_until,
            },
        })
    }
}

/// The next bytes of a sealed state, whose length is fixed: there are enough.
fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], StateError> {
    let (field, behind) = rest.split_first_chunk().ok_or(StateError::DoesNotOpen)?;
    *rest = behind;
    Ok(*field)
}

/// What an agent remembers, to be kept between two starts: 76 bytes with a tag
/// under the enrolment's state key.
///
/// A state that was changed, or sealed for another enrolment, does not open.
/// Nothing in it is secret. An older copy put back is *not* noticed, and brings
/// redeemed codes back to life: keep it where the machine's users cannot write.
#[derive(Clone, Copy)]
#[must_use = "the state must be kept before anyone acts on what was decided"]
pub struct SealedState([u8; SealedState::LEN]);

impl SealedState {
    /// The length in bytes.
    pub const LEN: usize = BODY_LEN + TAG_LEN;

    /// The state as bytes, to be written to a file.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// The state that a file holds; [`Agent::resume`](super::Agent::resume)
    /// opens it.
    ///
    /// # Errors
    ///
    /// [`StateError::WrongLength`] unless there are [`LEN`](Self::LEN) bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, StateError> {
        let found = bytes.len();
        let bytes = bytes.try_into();
        Ok(Self(bytes.map_err(|_| StateError::WrongLength { found })?))
    }
}

impl AsRef<[u8]> for SealedState {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for SealedState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedState(..)")
    }
}

/// Why a sealed state cannot be used. What to do is for an administrator to say:
/// an agent that starts afresh instead would redeem its last codes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// Not a state: cut off, or another file.
    #[error("a sealed state has {} bytes, this one {found}", SealedState::LEN)]
    WrongLength {
        /// How many bytes there are.
        found: usize,
    },
    /// It was changed, or sealed for another enrolment.
    #[error("the sealed state was changed, or is another enrolment's; enrol the machine again")]
    DoesNotOpen,
    /// It was sealed by a newer Stopgap.
    #[error("the sealed state has version {found}; update Stopgap on this machine")]
    Version {
        /// The version that it says.
        found: u8,
    },
}
