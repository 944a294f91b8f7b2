//! The calendar of the models: jiff's, since the product computes with chrono's.

use jiff::{SignedDuration, Span, civil::DateTime};
use stopgap::Validity;

/// Seconds of a day.
pub const DAY: i64 = 86_400;

const EPOCH: DateTime = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);

/// The days of a validity; `None` for a month.
pub fn days_of(validity: Validity) -> Option<i64> {
    let text = validity.to_string();
    let days = text.strip_suffix('D')?;
    Some(days[1..].parse().unwrap())
}

pub fn span(validity: Validity) -> Span {
    match days_of(validity) {
        Some(days) => Span::new().days(days),
        None => Span::new().months(1),
    }
}

/// `true` if Unix seconds are in the years 1 to 9999.
pub fn in_range(seconds: i64) -> bool {
    (-62_135_596_800..=253_402_300_799).contains(&seconds)
}

/// The expiry of a code issued at these Unix seconds, if the wall clock is always so many
/// seconds ahead of UTC; `None` outside the years 1 to 9999.
pub fn expiry(validity: Validity, issued: i64, ahead: i64) -> Option<i64> {
    let wall = EPOCH.checked_add(SignedDuration::from_secs(issued + ahead));
    let then = wall.ok()?.checked_add(span(validity)).ok()?;
    let then = then.duration_since(EPOCH).as_secs();
    let all = [issued, issued + ahead, then, then - ahead];
    all.into_iter().all(in_range).then_some(then - ahead)
}
