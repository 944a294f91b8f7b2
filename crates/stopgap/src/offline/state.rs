//! The state that an agent stores, sealed against changes (SPEC, "Sealed state").

use core::fmt;

use chrono::{DateTime, Utc};
use subtle::ConstantTimeEq;

use super::lock::PasswordOnlyLock;
use crate::{key::EnrolmentKey, throttle::Throttle};

/// The first bytes of a state of any version. The next byte is the version.
const MAGIC: &[u8] = b"stopgap";
/// The first bytes of a state of version 1.
const HEAD: [u8; 8] = *b"stopgap\x01";
const BODY_LEN: usize = HEAD.len() + 4 * 8 + 4;
const TAG_LEN: usize = 32;

/// The clock floor is stored when a person logs on if the stored one lags by this or more.
const MOST_LAG_SECONDS: i64 = 60;

/// The number that stands for no minute and no instant.
const NEVER: i64 = i64::MIN;

/// The state of an agent. Times are in whole seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct State {
    /// The last minute whose code was redeemed.
    pub(crate) last_minute: Option<i64>,
    /// The password-only lock.
    pub(crate) lock: Option<PasswordOnlyLock>,
    /// The latest time that the clock has shown.
    pub(crate) clock_floor: Option<DateTime<Utc>>,
    pub(crate) throttle: Throttle,
}

impl State {
    /// Returns the lock that is active at an instant, whatever the clock showed before.
    pub(crate) fn lock_at(&self, now: DateTime<Utc>) -> Option<PasswordOnlyLock> {
        self.lock.filter(|lock| now < lock.until)
    }

    /// Returns `true` if a person must not log on until this state is stored (SPEC,
    /// "Redeeming").
    pub(crate) fn is_due(&self, stored: Option<&Self>) -> bool {
        let Some(stored) = stored else {
            return true;
        };
        let only_floor = Self {
            clock_floor: self.clock_floor,
            ..*stored
        };
        if *self != only_floor {
            return true;
        }
        let Some(floor) = self.clock_floor else {
            return false;
        };
        stored.clock_floor.is_none_or(|before| {
            let has_ended = self.lock_at(before).is_some() && self.lock_at(floor).is_none();
            let lag = floor.signed_duration_since(before).num_seconds();
            has_ended || lag >= MOST_LAG_SECONDS
        })
    }

    pub(crate) fn seal(&self, key: &EnrolmentKey) -> SealedState {
        let seconds = |instant: Option<DateTime<Utc>>| {
            instant
                .map_or(NEVER, |instant| instant.timestamp())
                .to_be_bytes()
        };
        let fields: [&[u8]; 6] = [
            &HEAD,
            &self.last_minute.unwrap_or(NEVER).to_be_bytes(),
            &seconds(self.lock.map(|lock| lock.until)),
            &seconds(self.clock_floor),
            &seconds(self.throttle.locked_until),
            &self.throttle.failures.to_be_bytes(),
        ];
        let mut bytes = [0; SealedState::LEN];
        for (place, byte) in bytes.iter_mut().zip(fields.into_iter().flatten()) {
            *place = *byte;
        }
        if let Some((body, tag)) = bytes.split_at_mut_checked(BODY_LEN) {
            tag.copy_from_slice(&key.derived.state.mac(&[body]));
        }
        SealedState(bytes)
    }

    pub(crate) fn open(sealed: &SealedState, key: &EnrolmentKey) -> Result<Self, StateError> {
        let mut rest: &[u8] = &sealed.0;
        let (body, tag) = rest.split_at_checked(BODY_LEN).unwrap_or_default();
        if !bool::from(key.derived.state.mac(&[body]).ct_eq(tag)) {
            return Err(StateError::DoesNotOpen);
        }
        if take(&mut rest)? != HEAD {
            return Err(StateError::DoesNotOpen);
        }
        let last_minute = Some(i64::from_be_bytes(take(&mut rest)?));
        Ok(Self {
            last_minute: last_minute.filter(|minute| *minute != NEVER),
            lock: take_instant(&mut rest)?.map(|until| PasswordOnlyLock { until }),
            clock_floor: take_instant(&mut rest)?,
            throttle: Throttle {
                locked_until: take_instant(&mut rest)?,
                failures: u32::from_be_bytes(take(&mut rest)?),
            },
        })
    }
}

fn take_instant(rest: &mut &[u8]) -> Result<Option<DateTime<Utc>>, StateError> {
    match i64::from_be_bytes(take(rest)?) {
        NEVER => Ok(None),
        seconds => match DateTime::from_timestamp(seconds, 0) {
            Some(instant) => Ok(Some(instant)),
            None => Err(StateError::DoesNotOpen),
        },
    }
}

/// Takes the next bytes of a sealed state, whose length is fixed.
fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], StateError> {
    let (field, behind) = rest.split_first_chunk().ok_or(StateError::DoesNotOpen)?;
    *rest = behind;
    Ok(*field)
}

/// The state that an agent stores: 76 bytes with a tag under the enrolment's state
/// key (SPEC, "Sealed state").
///
/// A state that was changed, or sealed for another enrolment, does not open. The state
/// is not secret. An agent does *not* notice if an older copy is put back, and would
/// redeem codes again: store the state where the machine's users cannot write.
#[derive(Clone, Copy)]
#[must_use = "the state must be stored before the decision takes effect"]
pub struct SealedState([u8; SealedState::LEN]);

impl SealedState {
    /// The length in bytes.
    pub const LEN: usize = BODY_LEN + TAG_LEN;

    /// Returns the bytes to store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    /// Creates a state from stored bytes. [`Agent::resume`](super::Agent::resume)
    /// opens it.
    ///
    /// # Errors
    ///
    /// [`StateError::Version`] for a state of a later version,
    /// [`StateError::WrongLength`] unless there are [`LEN`](Self::LEN) bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, StateError> {
        if let Some([version, ..]) = bytes.strip_prefix(MAGIC)
            && *version > 1
        {
            return Err(StateError::Version { found: *version });
        }
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

/// The reason why a sealed state cannot be used (SPEC, "Sealed state").
///
/// An administrator must decide what to do: an agent that starts with a new state
/// would redeem its last codes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// The length is not that of a state.
    #[error("a sealed state has {} bytes, this one {found}", SealedState::LEN)]
    WrongLength {
        /// The number of bytes.
        found: usize,
    },
    /// The state was changed, or sealed for another enrolment.
    #[error("the sealed state was changed, or is another enrolment's; enrol the machine again")]
    DoesNotOpen,
    /// The state was sealed by a later version of Stopgap.
    #[error("the sealed state has version {found}; update Stopgap on this machine")]
    Version {
        /// The version of the state.
        found: u8,
    },
}

impl StateError {
    /// Returns a word for the log, which never changes: `wrong_length`,
    /// `does_not_open` or `version`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::WrongLength { .. } => "wrong_length",
            Self::DoesNotOpen => "does_not_open",
            Self::Version { .. } => "version",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tag is right, but the first bytes are not those of a state.
    #[test]
    fn a_state_with_another_beginning_does_not_open() {
        let key = EnrolmentKey::from_bytes([9; 32]);
        for (place, byte) in [(7, 0), (0, b'S')] {
            let mut bytes = State::default().seal(&key).0;
            bytes[place] = byte;
            let tag = key.derived.state.mac(&[&bytes[..BODY_LEN]]);
            bytes[BODY_LEN..].copy_from_slice(&tag);
            let opened = State::open(&SealedState(bytes), &key).map(|_| ());
            assert_eq!(opened, Err(StateError::DoesNotOpen));
        }
    }
}
