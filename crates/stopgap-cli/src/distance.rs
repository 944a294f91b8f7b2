//! Distances in time as people write them: `90m`, `1w`, `2mo`.

use std::str::FromStr;

use chrono::{DateTime, Days, Months, NaiveDateTime, TimeDelta, Utc};
use stopgap::{InvalidValue, Validity};

use crate::zone::{Zone, at_wall_clock};

/// A distance in time. Months and days count on the wall clock, seconds are elapsed time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Distance {
    months: u32,
    days: u32,
    seconds: u32,
}

/// A text that is no distance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoDistance;

impl Distance {
    /// Returns the instant at this distance after `now`; `None` if it is out of range.
    pub(crate) fn after(self, now: DateTime<Utc>, zone: Zone) -> Option<DateTime<Utc>> {
        self.from(now, zone, true)
    }

    /// Returns the instant at this distance before `now`; `None` if it is out of range.
    pub(crate) fn before(self, now: DateTime<Utc>, zone: Zone) -> Option<DateTime<Utc>> {
        self.from(now, zone, false)
    }

    fn from(self, now: DateTime<Utc>, zone: Zone, ahead: bool) -> Option<DateTime<Utc>> {
        let elapsed = TimeDelta::try_seconds(self.seconds.into())?;
        let day = if self.months == 0 && self.days == 0 {
            now
        } else {
            let wall = now.with_timezone(&zone).naive_local();
            at_wall_clock(self.on_the_wall_clock(wall, ahead)?, zone)?
        };
        if ahead {
            day.checked_add_signed(elapsed)
        } else {
            day.checked_sub_signed(elapsed)
        }
    }

    fn on_the_wall_clock(self, wall: NaiveDateTime, ahead: bool) -> Option<NaiveDateTime> {
        let (months, days) = (Months::new(self.months), Days::new(self.days.into()));
        if ahead {
            wall.checked_add_months(months)?.checked_add_days(days)
        } else {
            wall.checked_sub_months(months)?.checked_sub_days(days)
        }
    }

    fn add(&mut self, number: u32, unit: &str, is_iso_date: bool) -> Option<()> {
        let (field, of_one) = match unit {
            "y" | "year" | "years" => (&mut self.months, 12),
            "mo" | "month" | "months" => (&mut self.months, 1),
            "m" if is_iso_date => (&mut self.months, 1),
            "w" | "week" | "weeks" => (&mut self.days, 7),
            "d" | "day" | "days" => (&mut self.days, 1),
            "h" | "hour" | "hours" => (&mut self.seconds, 3_600),
            "m" | "min" | "mins" | "minute" | "minutes" => (&mut self.seconds, 60),
            "s" | "sec" | "secs" | "second" | "seconds" => (&mut self.seconds, 1),
            _ => return None,
        };
        // A distance of more years than there are is refused when it is used.
        *field = field.saturating_add(number.saturating_mul(of_one));
        Some(())
    }
}

/// Reads numbers with units, in any case: `90m`, `1h30m`, `1 week`, `2mo`, `1w 2d`, or ISO
/// 8601: `P7D`, `PT1H30M`.
impl FromStr for Distance {
    type Err = NoDistance;

    fn from_str(text: &str) -> Result<Self, NoDistance> {
        let text = text.trim().to_ascii_lowercase();
        let (mut rest, mut is_iso_date) = match text.strip_prefix('p') {
            Some(iso) => (iso, true),
            None => (text.as_str(), false),
        };
        let is_iso = is_iso_date;
        let mut distance = Self::default();
        loop {
            if let Some(time) = rest.strip_prefix('t').filter(|_| is_iso_date) {
                (rest, is_iso_date) = (time, false);
            }
            let (number, behind) = split(rest, |byte| byte.is_ascii_digit());
            let (unit, behind) = split(behind.trim_start(), |byte| byte.is_ascii_alphabetic());
            // In ISO 8601 the units are single letters, and a T may follow one.
            let (unit, behind) = match unit.get(..1) {
                Some(letter) if is_iso => (letter, behind_letter(rest, number)),
                _ => (unit, behind),
            };
            let number = match number.parse() {
                Ok(number) => number,
                Err(_) if number.is_empty() => return Err(NoDistance),
                Err(_) => u32::MAX,
            };
            distance.add(number, unit, is_iso_date).ok_or(NoDistance)?;
            rest = behind.trim_start();
            if rest.is_empty() {
                return Ok(distance);
            }
        }
    }
}

/// Returns the text behind a number and one letter.
fn behind_letter<'a>(rest: &'a str, number: &str) -> &'a str {
    let behind = rest.get(number.len()..).unwrap_or_default().trim_start();
    behind.get(1..).unwrap_or_default()
}

/// Splits a text behind its first bytes of a kind, which are ASCII.
fn split(text: &str, is_of_kind: impl Fn(u8) -> bool) -> (&str, &str) {
    let end = text.bytes().position(|byte| !is_of_kind(byte));
    text.split_at_checked(end.unwrap_or(text.len()))
        .unwrap_or((text, ""))
}

/// Reads a validity, as the core does, also in weeks.
pub(crate) fn validity(text: &str) -> Result<Validity, ValidityError> {
    let error = match text.trim().parse() {
        Ok(validity) => return Ok(validity),
        Err(error) => error,
    };
    match text.parse() {
        Ok(Distance {
            months: 0,
            days,
            seconds: 0,
        }) => Ok(Validity::days(days)?),
        Ok(Distance {
            months: 1..=u32::MAX,
            ..
        }) => Err(ValidityError::TooLong),
        Ok(_) | Err(NoDistance) => Err(error.into()),
    }
}

/// The reason for which a text is no validity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ValidityError {
    #[error("a validity is 1 minute to 24 hours, 1 to 31 days, 1 to 4 weeks, or 1 month (1mo)")]
    TooLong,
    #[error(transparent)]
    Invalid(#[from] InvalidValue),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(months: u32, days: u32, seconds: u32) -> Distance {
        Distance {
            months,
            days,
            seconds,
        }
    }

    #[test]
    fn every_form_of_a_distance_is_read() {
        for (text, expected) in [
            ("90m", distance(0, 0, 5_400)),
            (" 90 MIN ", distance(0, 0, 5_400)),
            ("1h", distance(0, 0, 3_600)),
            ("1h30m", distance(0, 0, 5_400)),
            ("1 Hour 30 minutes", distance(0, 0, 5_400)),
            ("45s", distance(0, 0, 45)),
            ("1w", distance(0, 7, 0)),
            ("2 weeks", distance(0, 14, 0)),
            ("2mo", distance(2, 0, 0)),
            ("1y", distance(12, 0, 0)),
            ("1mo 2d 3h", distance(1, 2, 10_800)),
            ("P7D", distance(0, 7, 0)),
            ("P1M", distance(1, 0, 0)),
            ("PT90M", distance(0, 0, 5_400)),
            ("P1M2DT3H4M", distance(1, 2, 11_040)),
            ("P1W", distance(0, 7, 0)),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for text in [
            "", "7", "d", "1x", "-1d", "1.5h", "1d,2h", "P", "PT", "1d é", "p1é",
        ] {
            assert_eq!(text.parse::<Distance>(), Err(NoDistance), "{text}");
        }
    }

    #[test]
    fn a_validity_may_be_written_in_weeks() {
        for (text, expected) in [
            ("1w", Validity::days(7)),
            ("4 weeks", Validity::days(28)),
            (" 7d ", Validity::days(7)),
            ("1mo", Ok(Validity::MONTH)),
            ("90m", Validity::minutes(90)),
        ] {
            assert_eq!(validity(text), Ok(expected.unwrap()), "{text}");
        }
        assert_eq!(validity("2mo"), Err(ValidityError::TooLong));
        assert_eq!(validity("1y"), Err(ValidityError::TooLong));
        let days = |found| Err(InvalidValue::Days { found }.into());
        assert_eq!(validity("5w"), days(35));
        assert_eq!(validity("99d"), days(99));
        assert_eq!(validity("soon"), Err(InvalidValue::Validity.into()));
        assert_eq!(validity("90s"), Err(InvalidValue::Validity.into()));
    }
}
