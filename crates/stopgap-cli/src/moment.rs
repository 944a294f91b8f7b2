//! Instants as people write them.

use std::str::FromStr;

use chrono::{
    DateTime, Datelike, Days, MappedLocalTime, NaiveDate, NaiveDateTime, NaiveTime, TimeZone,
    Timelike, Utc,
};

use crate::{
    distance::Distance,
    zone::{Zone, at_wall_clock},
};

/// An instant that is usually ahead: a distance counts from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment(Written);

impl Moment {
    /// Returns the instant, if now is `now`.
    pub(crate) fn after(
        self,
        now: DateTime<Utc>,
        zone: Zone,
    ) -> Result<DateTime<Utc>, MomentError> {
        in_range(match self.0 {
            Written::Distance(distance) => distance.after(now, zone).ok_or(MomentError::Range)?,
            other => other.instant(now, zone)?,
        })
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        Written::read(text).map(Self).ok_or(MomentError::Ahead)
    }
}

/// An instant that is usually in the past: a distance counts back from now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Since(Written);

impl Since {
    /// Returns the instant, if now is `now`.
    pub(crate) fn before(
        self,
        now: DateTime<Utc>,
        zone: Zone,
    ) -> Result<DateTime<Utc>, MomentError> {
        in_range(match self.0 {
            Written::Distance(distance) => distance.before(now, zone).ok_or(MomentError::Range)?,
            other => other.instant(now, zone)?,
        })
    }
}

impl FromStr for Since {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        Written::read(text).map(Self).ok_or(MomentError::Ago)
    }
}

/// The forms of an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Written {
    /// `90m`, `1w` or `2mo`.
    Distance(Distance),
    Now,
    /// `tomorrow 18:00`: days from today, and the time; without a time it is the day's beginning.
    Day(i8, Option<NaiveTime>),
    /// `2026-12-24` or `2026-12-24 18:00`.
    Date(NaiveDate, Option<NaiveTime>),
    /// `2026-12-24T18:00+01:00`.
    Exact(DateTime<Utc>),
}

impl Written {
    /// Reads any form, in any case.
    fn read(text: &str) -> Option<Self> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let text = words.join(" ").to_ascii_lowercase();
        for (word, days) in [("yesterday", -1), ("today", 0), ("tomorrow", 1)] {
            if let Some(rest) = text.strip_prefix(word) {
                return Some(Self::Day(days, time(rest)?));
            }
        }
        if text == "now" {
            return Some(Self::Now);
        }
        if let Ok(distance) = text.parse() {
            return Some(Self::Distance(distance));
        }
        let (date, rest) = text.split_at_checked(10)?;
        let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
        match rest.find(['+', '-', 'z']) {
            None => Some(Self::Date(date, time(rest)?)),
            Some(end) => {
                let (rest, offset) = rest.split_at_checked(end)?;
                let wall = date.and_time(time(rest)??);
                exact(wall, offset).map(Self::Exact)
            }
        }
    }

    fn instant(self, now: DateTime<Utc>, zone: Zone) -> Result<DateTime<Utc>, MomentError> {
        let (date, time) = match self {
            Self::Distance(distance) => {
                return distance.after(now, zone).ok_or(MomentError::Range);
            }
            Self::Now => return Ok(now),
            Self::Exact(instant) => return Ok(instant),
            Self::Date(date, time) => (date, time),
            Self::Day(days, time) => {
                let today = now.with_timezone(&zone).date_naive();
                let one = Days::new(1);
                let date = match days {
                    0 => Some(today),
                    1.. => today.checked_add_days(one),
                    _ => today.checked_sub_days(one),
                };
                (date.ok_or(MomentError::Range)?, time)
            }
        };
        let Some(time) = time else {
            // A day without a midnight begins when the clocks have changed.
            let midnight = date.and_time(NaiveTime::MIN);
            return at_wall_clock(midnight, zone).ok_or(MomentError::Range);
        };
        match zone.from_local_datetime(&date.and_time(time)) {
            MappedLocalTime::Single(instant) => Ok(instant.to_utc()),
            MappedLocalTime::Ambiguous(..) => Err(MomentError::Twice),
            MappedLocalTime::None => Err(MomentError::Never),
        }
    }
}

/// Reads the time behind a day: nothing, or `t` or a space and the time. `None` if it is
/// something else.
#[expect(clippy::option_option, reason = "a time may be missing or wrong")]
fn time(rest: &str) -> Option<Option<NaiveTime>> {
    if rest.is_empty() {
        return Some(None);
    }
    let time = rest.strip_prefix(['t', ' '])?.trim();
    let mut forms = ["%H:%M", "%H:%M:%S%.f"].into_iter();
    let read = forms.find_map(|form| NaiveTime::parse_from_str(time, form).ok())?;
    // A leap second is no time that all clocks show.
    (read.nanosecond() < 1_000_000_000).then_some(Some(read))
}

/// Returns the instant of a wall-clock time with an offset: `z`, `+01:00`, `+0100` or `+01`.
fn exact(wall: NaiveDateTime, offset: &str) -> Option<DateTime<Utc>> {
    let text = format!("{wall} {offset}");
    let read = DateTime::parse_from_str(&text, "%Y-%m-%d %H:%M:%S%.f %#z");
    read.ok().map(|instant| instant.to_utc())
}

fn in_range(instant: DateTime<Utc>) -> Result<DateTime<Utc>, MomentError> {
    match instant.year() {
        1..=9_999 => Ok(instant),
        _ => Err(MomentError::Range),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MomentError {
    #[error(
        "a time is written 7d, 12h or 2mo (from now), 'tomorrow 18:00', 2026-12-24, \
        '2026-12-24 18:00' or 2026-12-24T18:00+01:00"
    )]
    Ahead,
    #[error(
        "a time is written 7d, 12h or 2mo (ago), 'yesterday 18:00', 2026-11-21, \
        '2026-11-21 18:00' or 2026-11-21T18:00+01:00"
    )]
    Ago,
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

    /// The day before summer time begins.
    const NOW: &str = "2026-03-28T12:00:00Z";

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn ahead(text: &str, zone: &str) -> Result<DateTime<Utc>, MomentError> {
        let moment: Moment = text.parse()?;
        moment.after(at(NOW), zone.parse().unwrap())
    }

    fn ago(text: &str) -> Result<DateTime<Utc>, MomentError> {
        let since: Since = text.parse()?;
        since.before(at(NOW), "Europe/Berlin".parse().unwrap())
    }

    #[test]
    fn every_form_of_a_time_is_read_in_both_directions() {
        for (text, instant) in [
            ("2026-12-24 18:00", "2026-12-24T17:00:00Z"),
            ("2026-12-24T18:00", "2026-12-24T17:00:00Z"),
            ("  2026-12-24   18:00 ", "2026-12-24T17:00:00Z"),
            ("2026-12-24", "2026-12-23T23:00:00Z"),
            ("2026-12-24 18:00:09", "2026-12-24T17:00:09Z"),
            ("2026-12-24T18:00:09.5", "2026-12-24T17:00:09.5Z"),
            ("2026-12-24T18:00:00-05:00", "2026-12-24T23:00:00Z"),
            ("2026-12-24T18:00-05:00", "2026-12-24T23:00:00Z"),
            ("2026-12-24 18:00:00 +01:00", "2026-12-24T17:00:00Z"),
            ("2026-12-24t18:00+0100", "2026-12-24T17:00:00Z"),
            ("2026-12-24 18:00 +01", "2026-12-24T17:00:00Z"),
            ("2026-12-24T18:00:00Z", "2026-12-24T18:00:00Z"),
            ("2026-12-24 18:00z", "2026-12-24T18:00:00Z"),
            ("tomorrow 18:00", "2026-03-29T16:00:00Z"),
            ("TOMORROW  18:00:30", "2026-03-29T16:00:30Z"),
            ("tomorrow", "2026-03-28T23:00:00Z"),
            ("today 18:00", "2026-03-28T17:00:00Z"),
            ("today", "2026-03-27T23:00:00Z"),
            ("Yesterday", "2026-03-26T23:00:00Z"),
            ("yesterday 07:30", "2026-03-27T06:30:00Z"),
            ("now", NOW),
        ] {
            assert_eq!(ahead(text, "Europe/Berlin"), Ok(at(instant)), "{text}");
            assert_eq!(ago(text), Ok(at(instant)), "{text}");
        }
    }

    #[test]
    fn a_distance_counts_ahead() {
        for (text, instant) in [
            ("90s", "2026-03-28T12:01:30Z"),
            ("90m", "2026-03-28T13:30:00Z"),
            ("1h30m", "2026-03-28T13:30:00Z"),
            ("24h", "2026-03-29T12:00:00Z"),
            // Summer time begins: on the wall clock a day has 23 hours.
            ("1d", "2026-03-29T11:00:00Z"),
            ("1w", "2026-04-04T11:00:00Z"),
            ("1mo", "2026-04-28T11:00:00Z"),
            ("2MO", "2026-05-28T11:00:00Z"),
            ("400 days", "2027-05-02T11:00:00Z"),
        ] {
            assert_eq!(ahead(text, "Europe/Berlin"), Ok(at(instant)), "{text}");
        }
    }

    #[test]
    fn a_distance_counts_back() {
        for (text, instant) in [
            ("1d", "2026-03-27T12:00:00Z"),
            ("400d", "2025-02-21T12:00:00Z"),
            ("12h", "2026-03-28T00:00:00Z"),
            ("1w", "2026-03-21T12:00:00Z"),
            // February has no more days.
            ("1mo", "2026-02-28T12:00:00Z"),
            ("2mo", "2026-01-28T12:00:00Z"),
            // Clocks showed summer time then.
            ("6mo", "2025-09-28T11:00:00Z"),
        ] {
            assert_eq!(ago(text), Ok(at(instant)), "{text}");
        }
    }

    #[test]
    fn every_error_of_a_time_is_returned() {
        for text in [
            "",
            "soon",
            "7",
            "tomorrow at 6",
            "tomorrow18:00",
            "2026-13-01",
            "2026-12-24 25:00",
            "2026-12-24 18:00:60",
            "2026-12-24 +01:00",
            "2026-12-24 18:00+25:00",
            "24.12.2026",
            "2026-12-2é",
        ] {
            assert_eq!(ahead(text, "UTC"), Err(MomentError::Ahead), "{text}");
            assert_eq!(ago(text), Err(MomentError::Ago), "{text}");
        }
        let error = |text| ahead(text, "Europe/Berlin");
        assert_eq!(error("99999999999d"), Err(MomentError::Range));
        assert_eq!(error("9000y"), Err(MomentError::Range));
        assert_eq!(ago("3000y"), Err(MomentError::Range));
        assert_eq!(error("0000-12-24"), Err(MomentError::Range));
        assert_eq!(error("2026-10-25 02:30"), Err(MomentError::Twice));
        assert_eq!(error("2026-03-29 02:30"), Err(MomentError::Never));
        assert_eq!(error("tomorrow 02:30"), Err(MomentError::Never));
    }

    /// In Brazil summer time began at midnight.
    #[test]
    fn a_day_without_a_midnight_begins_later() {
        let zone = "America/Sao_Paulo";
        assert_eq!(ahead("2018-11-04", zone), Ok(at("2018-11-04T03:00:00Z")));
        assert_eq!(ahead("2018-11-04 00:00", zone), Err(MomentError::Never));
    }
}
