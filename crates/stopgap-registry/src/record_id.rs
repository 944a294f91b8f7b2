//! Names of records, which know when they were made.

use std::{fmt, str::FromStr};

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{Refusal, SysRng, rand_core::TryRng};
use uuid::{Builder, Uuid};

use crate::error::Error;

/// Names a code, a security code or an event: a UUID of version 7 (RFC 9562,
/// section 5.7). It holds the microsecond of its making and 62 random bits, so
/// that records sort by time, spread, and name nothing secret.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(transparent)]
pub struct RecordId(Uuid);

/// The twelve bits behind the milliseconds hold the fraction of one, as RFC 9562,
/// section 6.2, method 3 has it.
const FRACTIONS: u64 = 4_096;

impl RecordId {
    /// A new id for a record that is made now, in whole microseconds.
    pub(crate) fn new(now: DateTime<Utc>) -> Result<Self, Error> {
        let mut random = [0; 8];
        SysRng.try_fill_bytes(&mut random).map_err(Error::Random)?;
        Self::of(now, random).ok_or(Error::Refused(Refusal::TimeOutOfRange))
    }

    /// None before 1970, and none where 48 bits do not hold the milliseconds: a
    /// time after the year 10889.
    fn of(now: DateTime<Utc>, random: [u8; 8]) -> Option<Self> {
        let micros = u64::try_from(now.timestamp_micros()).ok()?;
        let millis = micros.checked_div(1_000).filter(|all| all >> 48 == 0)?;
        let rest = micros.checked_rem(1_000)?;
        let fraction = rest.checked_mul(FRACTIONS)?.checked_div(1_000)?;
        let [_, _, _, _, _, _, high, low] = fraction.to_be_bytes();
        let mut tail = [0; 10];
        for (place, byte) in tail.iter_mut().zip([high, low].into_iter().chain(random)) {
            *place = byte;
        }
        Some(Self(
            Builder::from_unix_timestamp_millis(millis, &tail).into_uuid(),
        ))
    }

    /// The smallest id of an instant, or of the microsecond after it: everything
    /// made before it sorts below.
    pub(crate) fn first_at(instant: DateTime<Utc>) -> Self {
        let almost = TimeDelta::nanoseconds(999);
        let next = instant.checked_add_signed(almost).unwrap_or(instant);
        let never = if next < DateTime::UNIX_EPOCH {
            Uuid::nil()
        } else {
            Uuid::max()
        };
        Self::of(next, [0; 8]).unwrap_or(Self(never))
    }

    /// When the record was made, to the microsecond.
    #[must_use]
    pub fn made_at(&self) -> DateTime<Utc> {
        let number = self.0.as_u128();
        let millis = u64::try_from(number >> 80).unwrap_or_default();
        let fraction = u64::try_from((number >> 64) & 0xFFF).unwrap_or_default();
        let rest = fraction.saturating_mul(1_000).div_ceil(FRACTIONS);
        let micros = millis.saturating_mul(1_000).saturating_add(rest);
        let micros = i64::try_from(micros).unwrap_or(i64::MAX);
        DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The sixteen bytes, to be stored and sorted by.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// The id that a store kept.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for RecordId {
    type Err = RecordIdError;

    fn from_str(text: &str) -> Result<Self, RecordIdError> {
        text.trim().parse().map(Self).map_err(RecordIdError)
    }
}

/// A text that is no [`RecordId`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an id looks like 019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11; copy it from the list: {0}")]
pub struct RecordIdError(#[source] uuid::Error);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_the_microsecond() {
        for micros in (0..1_000).chain([1_763_766_000_123_456, 253_402_300_799_999_999]) {
            let at = DateTime::from_timestamp_micros(micros).unwrap();
            for random in [[0; 8], [0xFF; 8]] {
                let id = RecordId::of(at, random).unwrap();
                assert_eq!(id.made_at(), at);
                assert_eq!(id.0.get_version_num(), 7);
                assert_eq!(id.to_string().parse(), Ok(id));
                assert_eq!(format!("{id:?}"), id.to_string());
                assert!(RecordId::first_at(at) <= id);
            }
        }
        let early = DateTime::from_timestamp_micros(-1).unwrap();
        assert!(RecordId::of(early, [0; 8]).is_none());
    }

    #[test]
    fn they_do_not_begin_anew() {
        let last = DateTime::from_timestamp_millis((1 << 48) - 1).unwrap();
        assert!(RecordId::of(last, [0xFF; 8]).is_some());
        let next = DateTime::from_timestamp_millis(1 << 48).unwrap();
        for late in [next, DateTime::<Utc>::MAX_UTC] {
            assert!(RecordId::of(late, [0; 8]).is_none());
            let made = RecordId::of(last, [0xFF; 8]).unwrap();
            assert!(RecordId::first_at(late) > made);
        }
        for early in [DateTime::<Utc>::MIN_UTC, DateTime::UNIX_EPOCH] {
            assert!(
                RecordId::first_at(early) <= RecordId::of(DateTime::UNIX_EPOCH, [0; 8]).unwrap()
            );
        }
    }

    #[test]
    fn they_sort_by_time() {
        let at = |micros| DateTime::from_timestamp_micros(micros).unwrap();
        for micros in 999_000..1_002_000 {
            let before = RecordId::of(at(micros), [0xFF; 8]).unwrap();
            assert!(before < RecordId::first_at(at(micros + 1)));
        }
    }
}
