//! The calendar of the models, which is jiff's because the product uses chrono's.

use jiff::{SignedDuration, Span, civil::DateTime};
use stopgap::Validity;

/// Seconds of a day.
pub const DAY: i64 = 86_400;

const EPOCH: DateTime = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);

/// Returns the days of a validity; `None` for a month, minutes and hours.
pub fn days_of(validity: Validity) -> Option<i64> {
    let text = validity.to_string();
    let days = text.strip_suffix('D')?;
    Some(days[1..].parse().unwrap())
}

/// Returns the minutes of a validity of minutes or hours.
pub fn minutes_of(validity: Validity) -> Option<i64> {
    let text = validity.to_string();
    let time = text.strip_prefix("PT")?;
    let number: i64 = time[..time.len() - 1].parse().unwrap();
    Some(if time.ends_with('H') {
        number * 60
    } else {
        number
    })
}

/// Returns the span of days or a month.
pub fn span(validity: Validity) -> Span {
    match days_of(validity) {
        Some(days) => Span::new().days(days),
        None => Span::new().months(1),
    }
}

/// Returns `true` if Unix seconds are in the years 1 to 9999.
pub fn in_range(seconds: i64) -> bool {
    (-62_135_596_800..=253_402_300_799).contains(&seconds)
}

/// Returns the expiry of a code that is valid from these Unix seconds, if the wall clock is
/// always this many seconds ahead of UTC; `None` outside the years 1 to 9999.
pub fn expiry(validity: Validity, from: i64, ahead: i64) -> Option<i64> {
    let then = if let Some(minutes) = minutes_of(validity) {
        from + ahead + minutes * 60
    } else {
        let wall = EPOCH.checked_add(SignedDuration::from_secs(from + ahead));
        let then = wall.ok()?.checked_add(span(validity)).ok()?;
        then.duration_since(EPOCH).as_secs()
    };
    let all = [from, from + ahead, then, then - ahead];
    all.into_iter().all(in_range).then_some(then - ahead)
}
