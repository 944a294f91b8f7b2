//! The readings of a typed text.

use stopgap::{Code, CodeFormat, Malformed};

/// A typed text, read as a code of one format.
pub(super) struct Reading {
    pub(super) format: CodeFormat,
    pub(super) code: Code,
}

/// Returns all readings of a typed text as a code of this tenant, or the reason why it
/// is none. The result does not depend on the codes of the user: a guesser must not
/// learn whether there are any.
pub(super) fn read(formats: &[CodeFormat], typed: &str) -> Result<Vec<Reading>, Malformed> {
    let default = [CodeFormat::ONLINE];
    let formats = if formats.is_empty() {
        &default
    } else {
        formats
    };
    let mut readings: Vec<Reading> = Vec::new();
    let mut nearest: Option<Malformed> = None;
    for format in formats {
        match format.normalize(typed) {
            Ok(code) => {
                let again = |reading: &Reading| {
                    reading.code.reveal().canonical() == code.reveal().canonical()
                };
                if !readings.iter().any(again) {
                    readings.push(Reading {
                        format: *format,
                        code,
                    });
                }
            }
            Err(malformed) => {
                if nearest.is_none_or(|other| distance(&malformed) < distance(&other)) {
                    nearest = Some(malformed);
                }
            }
        }
    }
    match nearest {
        Some(malformed) if readings.is_empty() => Err(malformed),
        _ => Ok(readings),
    }
}

/// The distance of a text from a code: a person is told the smallest possible mistake.
const fn distance(malformed: &Malformed) -> usize {
    match malformed {
        Malformed::CheckFailed => 0,
        Malformed::WrongLength { expected, found } => expected.abs_diff(*found),
        _ => usize::MAX,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a panic is how a test says no")]

    use stopgap::{Alphabet, CodeFormat, Malformed};

    use super::read;

    /// Of two formats at the same distance, the first is named.
    #[test]
    fn the_nearest_format_is_named() {
        let of = |symbols| CodeFormat::new(Alphabet::HEX, symbols);
        let (short, middle, long) = (of(8), of(12), of(16));
        for (formats, typed, expected, found) in [
            ([short, long], "0123-4567-89AB", 8, 12),
            ([long, short], "0123-4567-89AB", 16, 12),
            ([long, middle], "0123-4567-89A", 12, 11),
            ([middle, long], "0123-4567-89A", 12, 11),
        ] {
            let wrong = Malformed::WrongLength { expected, found };
            assert_eq!(read(&formats, typed).err(), Some(wrong));
        }
    }
}
