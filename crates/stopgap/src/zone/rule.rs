//! The rule that a clock follows after its last listed change: a text like
//! `CET-1CEST,M3.5.0,M10.5.0/3` (POSIX, RFC 9636).

use chrono::{DateTime, Datelike, NaiveDate, NaiveTime, Weekday};

const HOUR: i32 = 3_600;

/// An offset, and the summer time of each year.
#[derive(Clone, Copy)]
pub(super) struct Rule {
    standard: i32,
    summer: Option<Summer>,
}

#[derive(Clone, Copy)]
struct Summer {
    offset: i32,
    begins: Day,
    ends: Day,
}

/// A time of each year: `M3.5.0/2` is 02:00 on the last Sunday of March.
#[derive(Clone, Copy)]
struct Day {
    month: u32,
    /// 1 to 5, which is the last.
    week: u8,
    weekday: Weekday,
    /// Seconds after midnight; a negative number is the day before.
    time: i32,
}

impl Rule {
    /// Reads a rule. `None` for other days than `M`, which the database does not use.
    pub(super) fn read(text: &[u8]) -> Option<Self> {
        let mut rest = text;
        skip_name(&mut rest)?;
        let standard = west(&mut rest)?;
        if rest.is_empty() {
            return Some(Self {
                standard,
                summer: None,
            });
        }
        skip_name(&mut rest)?;
        let offset = match rest.first()? {
            b',' => standard.checked_add(HOUR)?,
            _ => west(&mut rest)?,
        };
        let summer = Summer {
            offset,
            begins: Day::read(&mut rest)?,
            ends: Day::read(&mut rest)?,
        };
        rest.is_empty().then_some(Self {
            standard,
            summer: Some(summer),
        })
    }

    /// Returns the offset at an instant, in seconds east of Greenwich.
    pub(super) fn offset_at(&self, utc: i64) -> i32 {
        let Some(summer) = self.summer else {
            return self.standard;
        };
        let standard_clock = utc.saturating_add(self.standard.into());
        let Some(instant) = DateTime::from_timestamp(standard_clock, 0) else {
            return self.standard;
        };
        let year = instant.year();
        let begins = summer.begins.seconds(year);
        let ends = summer.ends.seconds(year);
        let (Some(begins), Some(ends)) = (begins, ends) else {
            return self.standard;
        };
        // The end is a time of the summer's clock.
        let ahead = summer.offset.saturating_sub(self.standard);
        let ends = ends.saturating_sub(ahead.into());
        let is_summer = if begins < ends {
            (begins..ends).contains(&standard_clock)
        } else {
            !(ends..begins).contains(&standard_clock)
        };
        if is_summer {
            summer.offset
        } else {
            self.standard
        }
    }

    /// Returns the offsets that the clock has in any year.
    pub(super) fn offsets(&self) -> impl Iterator<Item = i32> + use<> {
        let summer = self.summer.map(|summer| summer.offset);
        [self.standard].into_iter().chain(summer)
    }
}

impl Day {
    /// Reads `,M3.5.0/2`, whose time is 02:00 if it is missing.
    fn read(rest: &mut &[u8]) -> Option<Self> {
        symbol(rest, b',')?;
        symbol(rest, b'M')?;
        let month = number(rest)?;
        symbol(rest, b'.')?;
        let week = u8::try_from(number(rest)?).ok()?;
        symbol(rest, b'.')?;
        // POSIX counts from Sunday, and chrono from Monday.
        let weekday = match number(rest)? {
            0 => Weekday::Sun,
            day => Weekday::try_from(u8::try_from(day.checked_sub(1)?).ok()?).ok()?,
        };
        let time = match symbol(rest, b'/') {
            Some(()) => time(rest)?,
            None => HOUR.checked_mul(2)?,
        };
        let is_valid = (1..=12).contains(&month) && (1..=5).contains(&week);
        is_valid.then_some(Self {
            month,
            week,
            weekday,
            time,
        })
    }

    /// Returns the time of a year in seconds after the epoch, on the clock of the day.
    fn seconds(&self, year: i32) -> Option<i64> {
        let day = |week| NaiveDate::from_weekday_of_month_opt(year, self.month, self.weekday, week);
        // A month without a fifth such day has its last in the fourth week.
        let day = day(self.week).or_else(|| day(4))?;
        let midnight = day.and_time(NaiveTime::MIN).and_utc().timestamp();
        midnight.checked_add(self.time.into())
    }
}

/// Skips `CET` or `<+03>`.
fn skip_name(rest: &mut &[u8]) -> Option<()> {
    let length = match rest.first()? {
        b'<' => rest.iter().position(|byte| *byte == b'>')?.checked_add(1)?,
        _ => rest
            .iter()
            .take_while(|byte| byte.is_ascii_alphabetic())
            .count(),
    };
    rest.split_off(..length).filter(|name| name.len() >= 3)?;
    Some(())
}

/// Reads an offset, which POSIX counts to the west.
fn west(rest: &mut &[u8]) -> Option<i32> {
    time(rest)?.checked_neg()
}

/// Reads `[+-]hours[:minutes[:seconds]]`, in seconds.
fn time(rest: &mut &[u8]) -> Option<i32> {
    let is_negative = symbol(rest, b'-').is_some();
    if !is_negative {
        symbol(rest, b'+');
    }
    let mut seconds = 0_i32;
    let mut unit = HOUR;
    loop {
        let count = i32::try_from(number(rest)?).ok()?;
        seconds = seconds.checked_add(count.checked_mul(unit)?)?;
        unit = unit.checked_div(60)?;
        if unit == 0 || symbol(rest, b':').is_none() {
            break;
        }
    }
    if is_negative {
        seconds.checked_neg()
    } else {
        Some(seconds)
    }
}

/// Reads a number of at most three digits.
fn number(rest: &mut &[u8]) -> Option<u32> {
    let is_digit = |byte: &&u8| byte.is_ascii_digit();
    let length = rest.iter().take_while(is_digit).count();
    let digits = rest.split_off(..length)?;
    core::str::from_utf8(digits)
        .ok()?
        .parse()
        .ok()
        .filter(|number| *number < 1_000)
}

fn symbol(rest: &mut &[u8], symbol: u8) -> Option<()> {
    *rest = rest.strip_prefix(&[symbol])?;
    Some(())
}
