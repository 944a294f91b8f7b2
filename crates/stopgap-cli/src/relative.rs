//! How far away an instant is, as people say it.

use std::fmt;

use chrono::{DateTime, Utc};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// `in 6 days`, `3 hours ago`, `now`: rounded to the nearest.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relative {
    milliseconds: i64,
}

impl Relative {
    pub(crate) fn new(instant: DateTime<Utc>, now: DateTime<Utc>) -> Self {
        let milliseconds = instant.signed_duration_since(now).num_milliseconds();
        Self { milliseconds }
    }
}

impl fmt::Display for Relative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = rounded(self.milliseconds.unsigned_abs(), 1_000);
        let (number, unit) = match rounded(seconds, MINUTE) {
            0 | 1 if seconds < 90 => (seconds, "second"),
            minutes if minutes < 90 => (minutes, "minute"),
            _ if seconds < 36 * HOUR => (rounded(seconds, HOUR), "hour"),
            _ if seconds < 730 * DAY => (rounded(seconds, DAY), "day"),
            _ => (rounded(seconds, 365 * DAY + DAY / 4), "year"),
        };
        let s = if number == 1 { "" } else { "s" };
        match (number, self.milliseconds) {
            (0, _) => f.write_str("now"),
            (_, ..0) => write!(f, "{number} {unit}{s} ago"),
            _ => write!(f, "in {number} {unit}{s}"),
        }
    }
}

fn rounded(number: u64, unit: u64) -> u64 {
    number
        .saturating_add(unit / 2)
        .checked_div(unit)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_times_are_written_as_people_say_them() {
        for (seconds, said) in [
            (0, "now"),
            (1, "in 1 second"),
            (-1, "1 second ago"),
            (89, "in 89 seconds"),
            (90, "in 2 minutes"),
            (-300, "5 minutes ago"),
            (89 * 60, "in 89 minutes"),
            (90 * 60, "in 2 hours"),
            (86_399, "in 24 hours"),
            (35 * 3_600, "in 35 hours"),
            (36 * 3_600, "in 2 days"),
            (7 * 86_400 - 1, "in 7 days"),
            (-31 * 86_400, "31 days ago"),
            (729 * 86_400, "in 729 days"),
            (730 * 86_400, "in 2 years"),
            (-800_i64 * 31_557_600, "800 years ago"),
        ] {
            let now = DateTime::from_timestamp(50_000_000_000, 0).unwrap();
            let instant = DateTime::from_timestamp(50_000_000_000 + seconds, 0).unwrap();
            assert_eq!(Relative::new(instant, now).to_string(), said);
        }
    }
}
