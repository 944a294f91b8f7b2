//! Validities as text: ISO 8601 and what people type.

use stopgap::{Validity, ValidityError};

use crate::{civil, draw::Draw};

/// Reads a number without sign or leading zero. One too large for 32 bits is the
/// largest.
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

fn days(found: u32) -> Result<String, ValidityError> {
    if (1..=31).contains(&found) {
        Ok(format!("P{found}D"))
    } else {
        Err(ValidityError::Days { found })
    }
}

fn months(found: u32) -> Result<String, ValidityError> {
    if found == 1 {
        Ok("P1M".to_owned())
    } else {
        Err(ValidityError::Months { found })
    }
}

/// Reads a text unit by unit, and writes it in ISO 8601.
pub fn model(text: &str) -> Result<String, ValidityError> {
    let text = text.trim().to_ascii_lowercase();
    let read = if let Some(iso) = text.strip_prefix('p') {
        let d = iso.strip_suffix('d').and_then(number).map(days);
        d.or_else(|| iso.strip_suffix('m').and_then(number).map(months))
    } else {
        let by = |units: &[&str]| {
            let stripped = units.iter().filter_map(|unit| text.strip_suffix(unit));
            stripped.map(str::trim_end).find_map(number)
        };
        let d = by(&["d", "day", "days"]).map(days);
        d.or_else(|| by(&["mo", "month", "months"]).map(months))
    };
    read.unwrap_or(Err(ValidityError::Form))
}

pub fn target(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let read: Result<Validity, _> = text.parse();
    let iso = read.map(|validity| validity.to_string());
    assert_eq!(iso, model(&text), "{text:?}");
    if let Ok(iso) = iso {
        assert_eq!(iso.parse(), read);
        assert_eq!(iso.to_ascii_lowercase().parse(), read);
    }

    let validity = Draw::new(data).validity();
    assert_eq!(validity.to_string().parse(), Ok(validity));
    let (iso, human) = (validity.to_string(), human(validity));
    assert_eq!(model(&human), Ok(iso));
    assert_eq!(human.parse(), Ok(validity));
}

/// Writes a validity as a person would.
fn human(validity: Validity) -> String {
    let days = civil::days_of(validity);
    days.map_or("1 mo\n".to_owned(), |days| format!(" {days} Days"))
}
