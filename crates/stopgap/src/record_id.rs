//! The ids of records, which contain the time of creation.

use core::{fmt, str::FromStr};

use chrono::{DateTime, TimeDelta, Utc};
use rand_core::TryCryptoRng;
use uuid::{Builder, Uuid};

use crate::invalid_value::InvalidValue;

/// The id of a record: a UUID of version 7 (RFC 9562, section 5.7). It contains the
/// microsecond of its creation and 62 random bits, so ids sort by time and reveal
/// nothing secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub struct RecordId(Uuid);

/// The values of the 12 bits after the milliseconds, which hold a fraction of one (RFC
/// 9562, section 6.2, method 3).
const FRACTIONS: u64 = 4_096;
/// The microseconds that 48 bits of milliseconds can hold: until the year 10889.
const MAX_MICROS: u64 = (1 << 48) * 1_000 - 1;

impl RecordId {
    /// Returns a new id of a record that is created now. A time before 1970 becomes the
    /// beginning of 1970.
    ///
    /// # Errors
    ///
    /// The error of the random number generator.
    pub fn new<R: TryCryptoRng + ?Sized>(
        now: DateTime<Utc>,
        rng: &mut R,
    ) -> Result<Self, R::Error> {
        let mut random = [0; 8];
        rng.try_fill_bytes(&mut random)?;
        Ok(Self::of(now, random))
    }

    fn of(now: DateTime<Utc>, random: [u8; 8]) -> Self {
        let micros = u64::try_from(now.timestamp_micros()).unwrap_or_default();
        let micros = micros.min(MAX_MICROS);
        let millis = micros / 1_000;
        let fraction = (micros % 1_000).saturating_mul(FRACTIONS) / 1_000;
        let [.., high, low] = fraction.to_be_bytes();
        let mut tail = [0; 10];
        for (place, byte) in tail.iter_mut().zip([high, low].into_iter().chain(random)) {
            *place = byte;
        }
        Self(Builder::from_unix_timestamp_millis(millis, &tail).into_uuid())
    }

    /// Returns the smallest id of an instant, or of the microsecond after it: all ids of
    /// earlier records sort before it.
    #[must_use]
    pub fn first_at(instant: DateTime<Utc>) -> Self {
        let almost = TimeDelta::nanoseconds(999);
        let next = instant.checked_add_signed(almost).unwrap_or(instant);
        let micros = next.timestamp_micros();
        match u64::try_from(micros) {
            Err(_) => Self(Uuid::nil()),
            Ok(micros) if micros > MAX_MICROS => Self(Uuid::max()),
            Ok(_) => Self::of(next, [0; 8]),
        }
    }

    /// Returns the time of creation, to the microsecond.
    #[must_use]
    pub fn created_at(&self) -> DateTime<Utc> {
        let number = self.0.as_u128();
        let millis = u64::try_from(number >> 80).unwrap_or_default();
        let fraction = u64::try_from((number >> 64) & 0xFFF).unwrap_or_default();
        let rest = fraction.saturating_mul(1_000).div_ceil(FRACTIONS);
        let micros = millis.saturating_mul(1_000).saturating_add(rest);
        let micros = i64::try_from(micros).unwrap_or(i64::MAX);
        DateTime::from_timestamp_micros(micros).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// Returns the 16 bytes, which sort as the ids do.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        self.0.as_bytes()
    }

    /// Returns the id with these bytes.
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
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let id = text.trim().parse().map_err(|_| InvalidValue::RecordId)?;
        Ok(Self(id))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use std::{format, string::ToString};

    use super::*;

    fn at(micros: i64) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(micros).unwrap()
    }

    #[test]
    fn an_id_contains_the_microsecond() {
        for micros in (0..1_000).chain([1_763_766_000_123_456, 253_402_300_799_999_999]) {
            for random in [[0; 8], [0xFF; 8]] {
                let id = RecordId::of(at(micros), random);
                assert_eq!(id.created_at(), at(micros));
                assert_eq!(id.0.get_version_num(), 7);
                assert_eq!(id.to_string().parse(), Ok(id));
                assert_eq!(format!("{id:?}"), id.to_string());
                assert!(RecordId::first_at(at(micros)) <= id);
            }
        }
        assert_eq!(RecordId::of(at(-1), [0; 8]), RecordId::of(at(0), [0; 8]));
    }

    #[test]
    fn times_out_of_range_sort_first_and_last() {
        let last = i64::try_from(MAX_MICROS).unwrap();
        let id = RecordId::of(at(last), [0xFF; 8]);
        for late in [at(last + 1), at(last + 2), DateTime::<Utc>::MAX_UTC] {
            assert!(RecordId::first_at(late) > id);
        }
        assert_eq!(RecordId::first_at(at(last)), RecordId::of(at(last), [0; 8]));
        for early in [DateTime::<Utc>::MIN_UTC, at(0)] {
            assert!(RecordId::first_at(early) <= RecordId::of(at(0), [0; 8]));
        }
    }

    #[test]
    fn ids_sort_by_time() {
        for micros in 999_000..1_002_000 {
            let before = RecordId::of(at(micros), [0xFF; 8]);
            assert!(before < RecordId::first_at(at(micros + 1)));
        }
    }
}
