//! How long a code lives, on a wall clock.

use core::{cmp::min, fmt, str::FromStr};

use chrono::{
    DateTime, Datelike, Days, MappedLocalTime, Months, NaiveDateTime, Offset, TimeDelta, TimeZone,
};

/// How long a code lives: 1 to 31 calendar days, or one calendar month (SPEC,
/// "Validity and expiry").
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use stopgap::Validity;
///
/// assert_eq!("7d".parse(), Validity::days(7));
/// assert_eq!(Validity::MONTH.to_string(), "P1M");
///
/// // A month from 31 January is the last of February.
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
    /// 1 to 31.
    Days(u8),
    Month,
}

impl Validity {
    /// One calendar day, `P1D`.
    pub const DAY: Self = Self(Length::Days(1));
    /// One calendar month, `P1M`: the same day of the next month, or its last
    /// day where it is shorter.
    pub const MONTH: Self = Self(Length::Month);

    /// That many calendar days.
    ///
    /// # Errors
    ///
    /// [`ValidityError::Days`] outside 1 to 31.
    pub const fn days(days: u32) -> Result<Self, ValidityError> {
        match days {
            #[expect(clippy::cast_possible_truncation, reason = "31 at the most")]
            1..=31 => Ok(Self(Length::Days(days as u8))),
            found => Err(ValidityError::Days { found }),
        }
    }

    /// The five bits that an offline code begins with: 0 for a month, otherwise
    /// the days.
    pub(crate) const fn bits(self) -> u8 {
        match self.0 {
            Length::Days(days) => days,
            Length::Month => 0,
        }
    }

    /// The validity of five bits; those above are left out of account.
    pub(crate) const fn from_bits(bits: u8) -> Self {
        match bits & 0x1F {
            0 => Self::MONTH,
            days => Self(Length::Days(days)),
        }
    }

    /// When something issued at this instant expires, on the wall clock of the
    /// instant's own time zone: use `now.with_timezone(&zone)` for another.
    ///
    /// A wall-clock time that occurs twice means the first; one that is skipped
    /// is read with the offset before the gap (RFC 5545, section 3.3.5). A
    /// fraction of a second is kept.
    ///
    /// # Errors
    ///
    /// [`YearOutOfRange`] where either instant is outside the years 1 to 9999,
    /// in UTC or on the wall clock.
    pub fn expires_at<Tz: TimeZone>(
        self,
        issued_at: DateTime<Tz>,
    ) -> Result<DateTime<Tz>, YearOutOfRange> {
        let issued = wall_clock(&issued_at)?;
        let expires = match self.0 {
            Length::Days(days) => issued.checked_add_days(Days::new(days.into())),
            Length::Month => issued.checked_add_months(Months::new(1)),
        };
        let expires = expires.ok_or(YearOutOfRange)?;
        check_year(&expires)?;
        let expires = read_wall_clock(&issued_at.timezone(), expires).ok_or(YearOutOfRange)?;
        check_instant(&expires)?;
        Ok(expires)
    }
}

/// What the wall clock of its zone shows at an instant of the years 1 to 9999.
fn wall_clock<Tz: TimeZone>(instant: &DateTime<Tz>) -> Result<NaiveDateTime, YearOutOfRange> {
    // UTC first: chrono panics on local times near the ends of its own range.
    check_year(&instant.naive_utc())?;
    let wall = instant.naive_local();
    check_year(&wall)?;
    Ok(wall)
}

fn check_year(date: &impl Datelike) -> Result<(), YearOutOfRange> {
    match date.year() {
        1..=9999 => Ok(()),
        _ => Err(YearOutOfRange),
    }
}

/// That an instant is in the years 1 to 9999.
pub(crate) fn check_instant<Tz: TimeZone>(instant: &DateTime<Tz>) -> Result<(), YearOutOfRange> {
    check_year(&instant.naive_utc())
}

/// The instant at which a zone's wall clock shows this time (RFC 5545, section
/// 3.3.5).
fn read_wall_clock<Tz: TimeZone>(zone: &Tz, wall: NaiveDateTime) -> Option<DateTime<Tz>> {
    // With the offset that it was read with: asking the zone anew doubles the cost.
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

/// A skipped wall-clock time, read with the offset before the gap.
///
/// chrono does not say where the gap is, so this looks for the second in which
/// the wall clock jumps over `wall`: offsets are less than a day, so a day
/// earlier it shows less, a day later more, and halving meets the jump.
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

/// ISO 8601: `P7D`, `P1M`.
impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Length::Days(days) => write!(f, "P{days}D"),
            Length::Month => f.write_str("P1M"),
        }
    }
}

/// ISO 8601, `P7D` and `P1M`, or as people type it: `7d`, `7 days`, `1mo`,
/// `1 month`. Case does not matter.
impl FromStr for Validity {
    type Err = ValidityError;

    fn from_str(text: &str) -> Result<Self, ValidityError> {
        let text = text.trim();
        let iso = text.strip_prefix(['P', 'p']);
        let figures = iso.unwrap_or(text);
        let end = figures
            .find(|character: char| !character.is_ascii_digit())
            .unwrap_or(figures.len());
        let (digits, unit) = figures.split_at_checked(end).unwrap_or((figures, ""));
        let (unit, days, months): (&str, &[&str], &[&str]) = match iso {
            Some(_) => (unit, &["D"], &["M"]),
            None => (
                unit.trim_start(),
                &["d", "day", "days"],
                &["mo", "month", "months"],
            ),
        };
        let is = |known: &&str| known.eq_ignore_ascii_case(unit);
        // More digits than a u32 holds are still only a number out of range.
        let number = match digits.as_bytes() {
            [] | [b'0', _, ..] => return Err(ValidityError::Form),
            _ => digits.parse().unwrap_or(u32::MAX),
        };
        if days.iter().any(is) {
            Self::days(number)
        } else if months.iter().any(is) {
            match number {
                1 => Ok(Self::MONTH),
                found => Err(ValidityError::Months { found }),
            }
        } else {
            Err(ValidityError::Form)
        }
    }
}

/// A validity that there is not (SPEC, "Words").
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValidityError {
    /// Not 1 to 31 days.
    #[error("a validity is 1 to 31 days or one month, not {found} days")]
    Days {
        /// The days asked for; `u32::MAX` stands for any larger number.
        found: u32,
    },
    /// Not one month.
    #[error("a validity is 1 to 31 days or one month, not {found} months")]
    Months {
        /// The months asked for; `u32::MAX` stands for any larger number.
        found: u32,
    },
    /// Not a number and a unit.
    #[error("a validity is written P7D or 7d for days, P1M or 1mo for a month")]
    Form,
}

/// An instant outside the years 1 to 9999, in UTC or on the wall clock (SPEC,
/// "Validity and expiry"): most likely a clock that is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the time is outside the years 1 to 9999; check the clock")]
pub struct YearOutOfRange;

#[cfg(feature = "serde")]
mod serde_impl {
    use alloc::string::{String, ToString};

    use super::{Validity, ValidityError};

    impl From<Validity> for String {
        fn from(validity: Validity) -> Self {
            validity.to_string()
        }
    }

    impl TryFrom<String> for Validity {
        type Error = ValidityError;

        fn try_from(text: String) -> Result<Self, ValidityError> {
            text.parse()
        }
    }
}
