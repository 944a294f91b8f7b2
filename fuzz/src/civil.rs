//! The calendar, counted day by day: what the models of time compute with.

use stopgap::Validity;

/// Seconds of a day.
pub const DAY: i64 = 86_400;

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}
pub fn month_length(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1 January 1970 to 1 January of a year, negative before.
fn year_begins(year: i64) -> i64 {
    let before = year - 1;
    let leap = before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
    // 719,162 days are from year 1 to 1970.
    before * 365 + leap - 719_162
}

/// Days from 1 January 1970 to a date.
pub fn days(year: i64, month: i64, day: i64) -> i64 {
    let months: i64 = (1..month).map(|month| month_length(year, month)).sum();
    year_begins(year) + months + day - 1
}

/// The date so many days from 1 January 1970: year, month, day.
pub fn date(days: i64) -> (i64, i64, i64) {
    let mut year = 1970 + days * 400 / 146_097;
    while year_begins(year) > days {
        year -= 1;
    }
    while year_begins(year + 1) <= days {
        year += 1;
    }
    let mut day = days - year_begins(year) + 1;
    let mut month = 1;
    while day > month_length(year, month) {
        day -= month_length(year, month);
        month += 1;
    }
    (year, month, day)
}

/// The days of a validity; `None` for a month.
pub fn days_of(validity: Validity) -> Option<i64> {
    let text = validity.to_string();
    let days = text.strip_suffix('D')?;
    Some(days[1..].parse().unwrap())
}

/// Whether Unix seconds are in the years 1 to 9999.
pub fn in_range(seconds: i64) -> bool {
    (1..=9999).contains(&date(seconds.div_euclid(DAY)).0)
}

/// When something issued at these Unix seconds expires, where the wall clock is so many
/// seconds ahead of UTC all the time; none outside the years 1 to 9999.
pub fn expiry(validity: Validity, issued: i64, ahead: i64) -> Option<i64> {
    let wall = issued + ahead;
    let today = wall.div_euclid(DAY);
    let then = match validity.to_string().strip_suffix('D') {
        Some(days) => today + days[1..].parse::<i64>().unwrap(),
        None => {
            let (year, month, day) = date(today);
            let (year, month) = match month {
                12 => (year + 1, 1),
                month => (year, month + 1),
            };
            days(year, month, day.min(month_length(year, month)))
        }
    };
    let expires = then * DAY + wall.rem_euclid(DAY) - ahead;
    let all = [issued, wall, expires, expires + ahead];
    all.into_iter().all(in_range).then_some(expires)
}
