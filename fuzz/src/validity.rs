//! Validities as text: ISO 8601 and what people type.

use stopgap::{InvalidValue, Validity};

use crate::{civil, draw::Draw};

/// Reads a number without sign or leading zero. A number that is too large for 32 bits
/// becomes the largest.
fn number(digits: &str) -> Option<u32> {
    let plain = !digits.is_empty() && digits.chars().all(|one| one.is_ascii_digit());
    if !plain || (digits.len() > 1 && digits.starts_with('0')) {
        return None;
    }
    let value = digits.bytes().fold(0_u32, |value, digit| {
        let value = value.saturating_mul(10);
        value.saturating_add(u32::from(digit - b'0'))
    });
    Some(value)
}

fn days(found: u32) -> Result<String, InvalidValue> {
    if (1..=31).contains(&found) {
        Ok(format!("P{found}D"))
    } else {
        Err(InvalidValue::Days { found })
    }
}

fn months(found: u32) -> Result<String, InvalidValue> {
    if found == 1 {
        Ok("P1M".to_owned())
    } else {
        Err(InvalidValue::Months { found })
    }
}

fn minutes(found: u32) -> Result<String, InvalidValue> {
    match found {
        0 | 1_441.. => Err(InvalidValue::Minutes { found }),
        _ if found.is_multiple_of(60) => Ok(format!("PT{}H", found / 60)),
        _ => Ok(format!("PT{found}M")),
    }
}

/// Splits a text into numbers and the units after them.
fn pairs(text: &str) -> Vec<(&str, &str)> {
    let mut pairs = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let is_digit = |one: char| one.is_ascii_digit();
        let (number, behind) = rest.split_at(rest.find(|one| !is_digit(one)).unwrap_or(rest.len()));
        let (unit, next) = behind.split_at(behind.find(is_digit).unwrap_or(behind.len()));
        pairs.push((number, unit.trim()));
        rest = next;
    }
    pairs
}

/// Reads numbers with units of days, months, hours and minutes.
fn read(pairs: &[(&str, &str)], units: [&[&str]; 4]) -> Result<String, InvalidValue> {
    let [day, month, hour, minute] = units;
    let read = |text: &str| number(text).ok_or(InvalidValue::Validity);
    match pairs {
        [(count, unit)] if day.contains(unit) => days(read(count)?),
        [(count, unit)] if month.contains(unit) => months(read(count)?),
        [(count, unit)] if minute.contains(unit) => minutes(read(count)?),
        [(count, unit), rest @ ..] if hour.contains(unit) => {
            let all = read(count)?.saturating_mul(60);
            let hours = minutes(all)?;
            match rest {
                [] => Ok(hours),
                [(count, unit)] if minute.contains(unit) => match read(count)? {
                    more @ 1..=59 => minutes(all + more),
                    _ => Err(InvalidValue::Validity),
                },
                _ => Err(InvalidValue::Validity),
            }
        }
        _ => Err(InvalidValue::Validity),
    }
}

/// Reads ISO 8601 in upper case, or a form that people type, and writes it in ISO 8601.
pub fn model(text: &str) -> Result<String, InvalidValue> {
    if text.trim().starts_with('P') {
        let iso = text.strip_prefix('P').ok_or(InvalidValue::Validity)?;
        if !iso.chars().all(|one| matches!(one, '0'..='9' | 'A'..='Z')) {
            return Err(InvalidValue::Validity);
        }
        return match iso.strip_prefix('T') {
            Some(time) => read(&pairs(time), [&[], &[], &["H"], &["M"]]),
            None => read(&pairs(iso), [&["D"], &["M"], &[], &[]]),
        };
    }
    let text = text.trim().to_ascii_lowercase();
    let units: [&[&str]; 4] = [
        &["d", "day", "days"],
        &["mo", "month", "months"],
        &["h", "hour", "hours"],
        &["m", "min", "minute", "minutes"],
    ];
    read(&pairs(&text), units)
}

pub fn target(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let read: Result<Validity, _> = text.parse();
    let iso = read.map(|validity| validity.to_string());
    assert_eq!(iso, model(&text), "{text:?}");
    if let Ok(iso) = iso {
        assert_eq!(iso.parse(), read);
        let lower: Result<Validity, _> = iso.to_ascii_lowercase().parse();
        assert_eq!(lower, Err(InvalidValue::Validity));
    }

    let mut draw = Draw::new(data);
    let minutes = Validity::minutes(draw.number(1..=1_440)).unwrap();
    for validity in [Draw::new(data).validity(), minutes] {
        assert_eq!(validity.to_string().parse(), Ok(validity));
        let (iso, human) = (validity.to_string(), human(validity));
        assert_eq!(model(&human), Ok(iso));
        assert_eq!(human.parse(), Ok(validity));
    }
}

/// Writes a validity as a person would.
fn human(validity: Validity) -> String {
    if let Some(days) = civil::days_of(validity) {
        return format!(" {days} Days");
    }
    match civil::minutes_of(validity).map(|minutes| (minutes / 60, minutes % 60)) {
        None => "1 mo\n".to_owned(),
        Some((0, minutes)) => format!("{minutes} min"),
        Some((hours, 0)) => format!("{hours}H"),
        Some((hours, minutes)) => format!("{hours} hours {minutes}m "),
    }
}
