//! Instants as people write them.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use stopgap::{InvalidValue, Validity};

use crate::zone::Zone;

/// An instant: some time from now, on a wall clock, or exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    /// `90s`, `30min` or `12h`.
    Span(TimeDelta),
    /// `7d` or `1mo` on the wall clock, or `1h30m`.
    Validity(Validity),
    /// `2026-12-24 18:00`.
    Wall(NaiveDateTime),
    /// RFC 3339.
    Exact(DateTime<Utc>),
}

impl Moment {
    /// Returns the instant, if now is `now`.
    pub(crate) fn after(
        self,
        now: DateTime<Utc>,
        zone: Zone,
    ) -> Result<DateTime<Utc>, MomentError> {
        match self {
            Self::Span(span) => now.checked_add_signed(span).ok_or(MomentError::Range),
            Self::Validity(validity) => validity
                .expires_at(now.with_timezone(&zone))
                .map(|instant| instant.to_utc())
                .map_err(|_| MomentError::Range),
            Self::Wall(wall) => match zone.from_local_datetime(&wall) {
                chrono::MappedLocalTime::Single(instant) => Ok(instant.to_utc()),
                chrono::MappedLocalTime::Ambiguous(..) => Err(MomentError::Twice),
                chrono::MappedLocalTime::None => Err(MomentError::Never),
            },
            Self::Exact(instant) => Ok(instant),
        }
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        let text = text.trim();
        if let Ok(exact) = DateTime::parse_from_rfc3339(text) {
            return Ok(Self::Exact(exact.to_utc()));
        }
        for form in ["%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M"] {
            if let Ok(wall) = NaiveDateTime::parse_from_str(text, form) {
                return Ok(Self::Wall(wall));
            }
        }
        if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            return Ok(Self::Wall(day.and_time(NaiveTime::MIN)));
        }
        match span(text) {
            Some(span) => Ok(Self::Span(span)),
            None => match text.parse() {
                Ok(validity) => Ok(Self::Validity(validity)),
                Err(InvalidValue::Validity) => Err(MomentError::Form),
                Err(_) => Err(MomentError::Days),
            },
        }
    }
}

/// Reads seconds, minutes or hours.
fn span(text: &str) -> Option<TimeDelta> {
    let end = text.find(|character: char| !character.is_ascii_digit())?;
    let (digits, unit) = text.split_at_checked(end)?;
    let number: i64 = digits.parse().ok()?;
    match unit.trim_start().to_ascii_lowercase().as_str() {
        "s" | "sec" | "second" | "seconds" => TimeDelta::try_seconds(number),
        "m" | "min" | "minute" | "minutes" => TimeDelta::try_minutes(number),
        "h" | "hour" | "hours" => TimeDelta::try_hours(number),
        _ => None,
    }
}

/// An instant in the past: some time ago, on a wall clock, or exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Since {
    /// `1d` or `12h`.
    Ago(TimeDelta),
    /// Any other form of a [`Moment`].
    At(Moment),
}

impl Since {
    /// Returns the instant, if now is `now`.
    pub(crate) fn before(
        self,
        now: DateTime<Utc>,
        zone: Zone,
    ) -> Result<DateTime<Utc>, MomentError> {
        match self {
            Self::Ago(span) => now.checked_sub_signed(span).ok_or(MomentError::Range),
            Self::At(moment) => moment.after(now, zone),
        }
    }
}

impl FromStr for Since {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        let text = text.trim();
        let days = text
            .strip_suffix(['d', 'D'])
            .and_then(|days| days.parse().ok());
        match span(text).or_else(|| TimeDelta::try_days(days?)) {
            Some(span) => Ok(Self::Ago(span)),
            None => match text.parse()? {
                Moment::Validity(_) => Err(MomentError::Form),
                moment => Ok(Self::At(moment)),
            },
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MomentError {
    #[error("a time is written 7d, 12h, 30min, '2026-12-24 18:00' or 2026-12-24T18:00:00+01:00")]
    Form,
    #[error("a time from now is at most 31d or 1mo; write a later one as '2026-12-24 18:00'")]
    Days,
    #[error("the time is outside the years 1 to 9999")]
    Range,
    #[error("clocks show that time twice, as summer time ends; add the offset, as +01:00")]
    Twice,
    #[error("clocks never show that time, as summer time begins; choose another")]
    Never,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn berlin() -> Zone {
        "Europe/Berlin".parse().unwrap()
    }

    #[test]
    fn every_form_of_a_time_is_read() {
        let now = at("2026-03-28T12:00:00Z");
        for (text, instant) in [
            ("90s", "2026-03-28T12:01:30Z"),
            ("30min", "2026-03-28T12:30:00Z"),
            ("90m", "2026-03-28T13:30:00Z"),
            ("1h30m", "2026-03-28T13:30:00Z"),
            ("24h", "2026-03-29T12:00:00Z"),
            // Summer time begins: on the wall clock a day has 23 hours.
            ("1d", "2026-03-29T11:00:00Z"),
            ("1mo", "2026-04-28T11:00:00Z"),
            ("2026-12-24 18:00", "2026-12-24T17:00:00Z"),
            ("2026-12-24T18:00", "2026-12-24T17:00:00Z"),
            ("2026-12-24", "2026-12-23T23:00:00Z"),
            ("2026-12-24 18:00:09", "2026-12-24T17:00:09Z"),
            ("2026-12-24T18:00:00-05:00", "2026-12-24T23:00:00Z"),
        ] {
            let moment: Moment = text.parse().unwrap();
            assert_eq!(moment.after(now, berlin()), Ok(at(instant)), "{text}");
        }
    }

    #[test]
    fn every_error_of_a_time_is_returned() {
        let now = at("2026-03-28T12:00:00Z");
        let error = |text: &str| {
            let moment = text.parse::<Moment>();
            moment.and_then(|moment| moment.after(now, berlin()))
        };
        assert_eq!(error("tomorrow"), Err(MomentError::Form));
        assert_eq!(error("7"), Err(MomentError::Form));
        assert_eq!(error("1w"), Err(MomentError::Form));
        assert_eq!(error("32d"), Err(MomentError::Days));
        assert_eq!(error("2mo"), Err(MomentError::Days));
        assert_eq!(error("99999999999h"), Err(MomentError::Range));
        assert_eq!(error("2026-10-25 02:30"), Err(MomentError::Twice));
        assert_eq!(error("2026-03-29 02:30"), Err(MomentError::Never));
    }

    #[test]
    fn since_counts_back_from_now() {
        let now = at("2026-03-28T12:00:00Z");
        for (text, instant) in [
            ("1d", "2026-03-27T12:00:00Z"),
            ("400d", "2025-02-21T12:00:00Z"),
            ("12h", "2026-03-28T00:00:00Z"),
            ("2026-03-01", "2026-02-28T23:00:00Z"),
        ] {
            let since: Since = text.parse().unwrap();
            assert_eq!(since.before(now, berlin()), Ok(at(instant)), "{text}");
        }
        assert_eq!("1mo".parse::<Since>(), Err(MomentError::Form));
    }
}
