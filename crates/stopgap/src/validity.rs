//! The validity of a code, and the expiry that follows from it.

use core::{cmp::min, fmt, str::FromStr};

use chrono::{
    DateTime, Datelike, Days, MappedLocalTime, Months, NaiveDateTime, Offset, TimeDelta, TimeZone,
};

use crate::invalid_value::InvalidValue;

/// The minutes of an hour.
const HOUR: u32 = 60;
/// The most minutes of a validity: 24 hours.
const MAX_MINUTES: u32 = 24 * HOUR;

/// The validity of a code: 1 to 31 calendar days, one calendar month, or 1 to 1,440
/// minutes (SPEC, "Validity and expiry"). Offline codes have days or a month only.
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use stopgap::Validity;
///
/// assert_eq!("7d".parse(), Validity::days(7));
/// assert_eq!("1h30m".parse(), Validity::minutes(90));
/// assert_eq!(Validity::MONTH.to_string(), "P1M");
///
/// // A month from 31 January ends on the last of February.
/// let issued = Utc.with_ymd_and_hms(2028, 1, 31, 15, 0, 0).unwrap();
/// let expires = Validity::MONTH.expires_at(issued).unwrap();
/// assert_eq!(expires, Utc.with_ymd_and_hms(2028, 2, 29, 15, 0, 0).unwrap());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(into = "alloc::string::String", try_from = "alloc::string::String")
)]
pub struct Validity(Length);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Length {
    /// 1 to 1,440.
    Minutes(u16),
    /// 1 to 31.
    Days(u8),
    Month,
}

impl Validity {
    /// One calendar day, `P1D`.
    pub const DAY: Self = Self(Length::Days(1));
    /// One calendar month, `P1M`: until the same day of the next month, or its last day
    /// if it is shorter.
    pub const MONTH: Self = Self(Length::Month);

    /// Returns a validity of calendar days.
    ///
    /// # Errors
    ///
    /// [`InvalidValue::Days`] outside 1 to 31.
    pub const fn days(days: u32) -> Result<Self, InvalidValue> {
        match days {
            #[expect(clippy::cast_possible_truncation, reason = "31 at the most")]
            1..=31 => Ok(Self(Length::Days(days as u8))),
            found => Err(InvalidValue::Days { found }),
        }
    }

    /// Returns a validity of hours, which is elapsed time.
    ///
    /// # Errors
    ///
    /// [`InvalidValue::Minutes`] outside 1 to 24.
    pub const fn hours(hours: u32) -> Result<Self, InvalidValue> {
        Self::minutes(hours.saturating_mul(HOUR))
    }

    /// Returns a validity of minutes, which is elapsed time.
    ///
    /// # Errors
    ///
    /// [`InvalidValue::Minutes`] outside 1 to 1,440.
    pub const fn minutes(minutes: u32) -> Result<Self, InvalidValue> {
        match minutes {
            #[expect(clippy::cast_possible_truncation, reason = "1,440 at the most")]
            1..=MAX_MINUTES => Ok(Self(Length::Minutes(minutes as u16))),
            found => Err(InvalidValue::Minutes { found }),
        }
    }

    /// Returns `true` for days and the month, which count on the wall clock, and `false`
    /// for minutes and hours, which are elapsed time. Offline codes take calendar
    /// validities only.
    #[must_use]
    pub const fn is_calendar(self) -> bool {
        !matches!(self.0, Length::Minutes(_))
    }

    /// Returns the five bits that an offline code begins with: 0 for a month, otherwise
    /// the days; `None` for minutes.
    pub(crate) const fn bits(self) -> Option<u8> {
        match self.0 {
            Length::Days(days) => Some(days),
            Length::Month => Some(0),
            Length::Minutes(_) => None,
        }
    }

    /// Returns the validity of five bits; higher bits are left out.
    pub(crate) const fn from_bits(bits: u8) -> Self {
        match bits & 0x1F {
            0 => Self::MONTH,
            days => Self(Length::Days(days)),
        }
    }

    /// Returns the expiry of a code that is valid from this instant.
    ///
    /// Days and months count on the wall clock of the instant's own time zone: use
    /// `now.with_timezone(&zone)` for another. A wall-clock time that occurs twice means
    /// the first; one that is skipped is read with the offset before the gap (RFC 5545,
    /// section 3.3.5). Minutes and hours are elapsed time. A fraction of a second is
    /// kept.
    ///
    /// # Errors
    ///
    /// [`InvalidValue::TimeOutOfRange`] if either instant is outside the years 1 to 9999, in UTC or on
    /// the wall clock.
    pub fn expires_at<Tz: TimeZone>(
        self,
        valid_from: DateTime<Tz>,
    ) -> Result<DateTime<Tz>, InvalidValue> {
        Ok(self.expiry(valid_from)?)
    }

    pub(crate) fn expiry<Tz: TimeZone>(
        self,
        valid_from: DateTime<Tz>,
    ) -> Result<DateTime<Tz>, OutOfRange> {
        let from = wall_clock(&valid_from)?;
        let expires = match self.0 {
            Length::Minutes(minutes) => {
                let elapsed = TimeDelta::try_minutes(minutes.into()).ok_or(OutOfRange)?;
                let expires = valid_from.checked_add_signed(elapsed).ok_or(OutOfRange)?;
                wall_clock(&expires)?;
                return Ok(expires);
            }
            Length::Days(days) => from.checked_add_days(Days::new(days.into())),
            Length::Month => from.checked_add_months(Months::new(1)),
        };
        let expires = expires.ok_or(OutOfRange)?;
        check_year(&expires)?;
        let expires = read_wall_clock(&valid_from.timezone(), expires).ok_or(OutOfRange)?;
        check_instant(&expires)?;
        Ok(expires)
    }
}

/// An instant outside the years 1 to 9999: `TimeOutOfRange` in each public error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OutOfRange;

impl From<OutOfRange> for InvalidValue {
    fn from(_: OutOfRange) -> Self {
        Self::TimeOutOfRange
    }
}

/// Returns the wall-clock time of an instant in its zone, in the years 1 to 9999.
pub(crate) fn wall_clock<Tz: TimeZone>(
    instant: &DateTime<Tz>,
) -> Result<NaiveDateTime, OutOfRange> {
    // UTC first: chrono panics on local times near the ends of its own range.
    check_year(&instant.naive_utc())?;
    let wall = instant.naive_local();
    check_year(&wall)?;
    Ok(wall)
}

fn check_year(date: &impl Datelike) -> Result<(), OutOfRange> {
    match date.year() {
        1..=9999 => Ok(()),
        _ => Err(OutOfRange),
    }
}

/// Checks that an instant is in the years 1 to 9999.
pub(crate) fn check_instant<Tz: TimeZone>(instant: &DateTime<Tz>) -> Result<(), OutOfRange> {
    check_year(&instant.naive_utc())
}

/// Returns the instant of a wall-clock time in a zone (RFC 5545, section 3.3.5).
fn read_wall_clock<Tz: TimeZone>(zone: &Tz, wall: NaiveDateTime) -> Option<DateTime<Tz>> {
    // The offset is known already; looking it up again would double the cost.
    let with = |offset: Tz::Offset| {
        let utc = wall.checked_sub_offset(offset.fix())?;
        Some(DateTime::from_naive_utc_and_offset(utc, offset))
    };
    match zone.offset_from_local_datetime(&wall) {
        MappedLocalTime::Single(offset) => with(offset),
        MappedLocalTime::Ambiguous(one, other) => Some(min(with(one)?, with(other)?)),
        MappedLocalTime::None => {
            let instant = zone.from_utc_datetime(&skipped(zone, wall)?);
            wall_clock(&instant).ok()?;
            Some(instant)
        }
    }
}

/// Returns the UTC time of a wall-clock time that a zone skips, for example in spring. It is
/// read with the offset from before the jump. `None` if the result is out of range.
///
/// chrono does not tell when the jump is, so this finds it by a binary search over the two days
/// around `wall`: offsets are less than a day, so the jump is within them.
fn skipped<Tz: TimeZone>(zone: &Tz, wall: NaiveDateTime) -> Option<NaiveDateTime> {
    const DAY: i32 = 86_400;
    let after = |seconds: i32| {
        let utc = wall.checked_add_signed(TimeDelta::try_seconds(seconds.into())?)?;
        let offset = zone.offset_from_utc_datetime(&utc).fix();
        Some((offset, utc.checked_add_offset(offset)?))
    };
    let (mut before, mut behind) = (DAY.checked_neg()?, DAY);
    while before.checked_add(1)? < behind {
        let middle = before.midpoint(behind);
        if after(middle)?.1 <= wall {
            before = middle;
        } else {
            behind = middle;
        }
    }
    wall.checked_sub_offset(after(before)?.0)
}

/// Writes ISO 8601: `P7D`, `P1M`, `PT1H`, `PT90M`.
impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Length::Days(days) => write!(f, "P{days}D"),
            Length::Month => f.write_str("P1M"),
            Length::Minutes(minutes) => {
                let minutes = u32::from(minutes);
                match (minutes.checked_div(HOUR), minutes.checked_rem(HOUR)) {
                    (Some(hours), Some(0)) => write!(f, "PT{hours}H"),
                    _ => write!(f, "PT{minutes}M"),
                }
            }
        }
    }
}

/// Reads ISO 8601 in upper case, `P7D`, `P1M`, `PT1H30M`, or what people type, in any
/// case: `7d`, `7 days`, `90m`, `90 min`, `8h`, `8 hours`, `1h30m`, `1mo`, `1 month`.
impl FromStr for Validity {
    type Err = InvalidValue;

    fn from_str(text: &str) -> Result<Self, InvalidValue> {
        let is_iso = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        if text.trim_start().starts_with('P') && !text.bytes().all(is_iso) {
            return Err(InvalidValue::Validity);
        }
        let text = text.trim();
        match (text.strip_prefix("PT"), text.strip_prefix('P')) {
            (Some(time), _) => read_time(time, &["H"], &["M"]),
            (None, Some(date)) => match read_number(date)? {
                (days, "D") => Self::days(days),
                (months, "M") => read_months(months),
                _ => Err(InvalidValue::Validity),
            },
            (None, None) => match read_number(text)? {
                (days, unit) if is_one_of(unit, &["d", "day", "days"]) => Self::days(days),
                (months, unit) if is_one_of(unit, &["mo", "month", "months"]) => {
                    read_months(months)
                }
                _ => read_time(
                    text,
                    &["h", "hour", "hours"],
                    &["m", "min", "minute", "minutes"],
                ),
            },
        }
    }
}

/// Reads hours, minutes, or hours and less than 60 minutes.
fn read_time(text: &str, hour: &[&str], minute: &[&str]) -> Result<Validity, InvalidValue> {
    let (number, rest) = read_number(text)?;
    if is_one_of(rest, minute) {
        return Validity::minutes(number);
    }
    let end = rest.find(|character: char| character.is_ascii_digit());
    let (unit, minutes) = match end.and_then(|end| rest.split_at_checked(end)) {
        Some((unit, minutes)) => (unit, Some(minutes)),
        None => (rest, None),
    };
    let unit = if minutes.is_some() {
        unit.trim_end()
    } else {
        unit
    };
    if !is_one_of(unit, hour) {
        return Err(InvalidValue::Validity);
    }
    // The hours by themselves must be right, `0h5m` is not.
    let hours = Validity::hours(number)?;
    let Some(minutes) = minutes else {
        return Ok(hours);
    };
    match read_number(minutes)? {
        (minutes @ 1..HOUR, unit) if is_one_of(unit, minute) => {
            Validity::minutes(number.saturating_mul(HOUR).saturating_add(minutes))
        }
        _ => Err(InvalidValue::Validity),
    }
}

/// Reads a number without a leading zero, and returns it with what follows. A number
/// that a `u32` does not hold is `u32::MAX`, which no validity has.
fn read_number(text: &str) -> Result<(u32, &str), InvalidValue> {
    let end = text.find(|character: char| !character.is_ascii_digit());
    let (digits, rest) = text
        .split_at_checked(end.unwrap_or(text.len()))
        .unwrap_or((text, ""));
    match digits.as_bytes() {
        [] | [b'0', _, ..] => Err(InvalidValue::Validity),
        _ => Ok((digits.parse().unwrap_or(u32::MAX), rest.trim_start())),
    }
}

const fn read_months(months: u32) -> Result<Validity, InvalidValue> {
    match months {
        1 => Ok(Validity::MONTH),
        found => Err(InvalidValue::Months { found }),
    }
}

fn is_one_of(unit: &str, known: &[&str]) -> bool {
    known.iter().any(|known| known.eq_ignore_ascii_case(unit))
}

#[cfg(feature = "serde")]
mod serde_impl {
    use alloc::string::{String, ToString};

    use super::{InvalidValue, Validity};

    impl From<Validity> for String {
        fn from(validity: Validity) -> Self {
            validity.to_string()
        }
    }

    impl TryFrom<String> for Validity {
        type Error = InvalidValue;

        fn try_from(text: String) -> Result<Self, InvalidValue> {
            text.parse()
        }
    }
}
