//! The texts of security codes, beside a reader written from SPEC, "Security codes".

use stopgap::{Alphabet, CodeFormat, InvalidValue, Malformed, SecurityFormat, SecurityPrefix};

use crate::{draw::Draw, normalize::characters};

/// Returns the CRC-32 of zlib, a bit at a time.
fn crc(text: &str) -> u32 {
    let mut crc = u32::MAX;
    for byte in text.bytes() {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            let bit = crc & 1;
            crc >>= 1;
            if bit == 1 {
                crc ^= 0xEDB8_8320;
            }
        }
    }
    !crc
}

/// Returns the text of a code in lower case.
fn written(prefix: &str, code: &str) -> String {
    let text = format!("{prefix}_{code}");
    format!("{text}{:08x}", crc(&text))
}

/// Reads a text as a security code with this prefix. Returns the number of symbols at the
/// start of the text that are those of the prefix, and the code or the error.
fn read(prefix: &str, typed: &str) -> (usize, Result<String, Malformed>) {
    let wrong_length = |found| Malformed::WrongLength {
        expected: 40,
        found,
    };
    let typed = characters(typed).into_iter();
    let mut typed = typed.map(|(at, one)| (at, one.to_ascii_lowercase()));
    for (agreeing, expected) in format!("{prefix}_").chars().enumerate() {
        match typed.next() {
            None => return (agreeing, Err(wrong_length(0))),
            Some((_, found)) if found == expected => {}
            Some((position, _)) => {
                return (agreeing, Err(Malformed::UnexpectedSymbol { position }));
            }
        }
    }
    let symbols: Vec<_> = typed.collect();
    let is_hexadecimal = |one: char| one.is_ascii_digit() || ('a'..='f').contains(&one);
    let foreign = symbols.iter().find(|(_, one)| !is_hexadecimal(*one));
    let symbols: String = symbols.iter().map(|(_, one)| *one).collect();
    let read = if let Some((position, _)) = foreign {
        let position = *position;
        Err(Malformed::UnexpectedSymbol { position })
    } else if symbols.len() != 40 {
        Err(wrong_length(symbols.len()))
    } else if written(prefix, &symbols[..32]).ends_with(&symbols) {
        Ok(symbols[..32].to_uppercase())
    } else {
        Err(Malformed::CheckFailed)
    };
    (usize::MAX, read)
}

/// Reads a text with the first prefix that agrees longest.
fn model(prefixes: &[&str], typed: &str) -> Result<String, Malformed> {
    if typed.len() > 256 {
        return Err(Malformed::TooLong);
    }
    let readings: Vec<_> = prefixes.iter().map(|prefix| read(prefix, typed)).collect();
    let longest = readings.iter().map(|(agreeing, _)| *agreeing).max();
    let mut nearest = readings.into_iter();
    nearest
        .find(|(agreeing, _)| Some(*agreeing) == longest)
        .unwrap()
        .1
}

/// Returns `true` for `[a-z][a-z0-9]{1,15}`.
fn is_prefix(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next();
    first.is_some_and(|one| one.is_ascii_lowercase())
        && characters.all(|one| one.is_ascii_lowercase() || one.is_ascii_digit())
        && (2..=16).contains(&text.len())
}

/// Draws a text that is similar to that of a code.
fn near(draw: &mut Draw<'_>, prefixes: &[&str]) -> String {
    let mut bytes = [0; 16];
    let drawn = draw.bytes(16);
    bytes[..drawn.len()].copy_from_slice(drawn);
    let code = CodeFormat::new(Alphabet::HEX, 32).encode(&bytes).unwrap();
    let prefix = draw.one_of(prefixes);
    let mut text = written(prefix, &code.reveal().canonical().to_lowercase());
    let format = SecurityFormat {
        prefix: prefix.parse().unwrap(),
        accepted: Vec::new(),
    };
    assert_eq!(format.text(&code).as_str(), text);
    for _ in 0..draw.number(0..=3_u8) {
        let place = draw.number(0..=text.len());
        if !text.is_char_boundary(place) {
            continue;
        }
        match draw.number(0..=4_u8) {
            0 => text.make_ascii_uppercase(),
            1 => text.insert_str(place, &draw.text(4)),
            2 => text.insert_str(
                place,
                draw.one_of(&["-", "\u{200B}", ". ", "_", "\u{FF41}"]),
            ),
            3 => text.truncate(place),
            _ => {
                let symbol = draw.one_of(&['0', 'f', 'g', 'A']);
                text.insert(place, symbol);
                let after = text[place + 1..].chars().next();
                if after.is_some() {
                    text.remove(place + 1);
                }
            }
        }
    }
    text
}

pub fn target(data: &[u8]) {
    let mut draw = Draw::new(data);
    let pool = [
        "stopgap",
        "stop",
        "stopgap2",
        "ac",
        "acme",
        "a0123456789bcdef",
    ];
    let mut prefixes = vec![draw.one_of(&pool)];
    for _ in 0..draw.number(0..=2_u8) {
        prefixes.push(draw.one_of(&pool));
    }
    let mut parsed = prefixes.iter().map(|prefix| prefix.parse().unwrap());
    let format = SecurityFormat {
        prefix: parsed.next().unwrap(),
        accepted: parsed.collect(),
    };
    let near = near(&mut draw, &prefixes);
    let any = String::from_utf8_lossy(draw.rest());
    for typed in [near.as_str(), &any] {
        let read = format.read(typed);
        let read = read.map(|code| code.reveal().canonical().to_owned());
        assert_eq!(read, model(&prefixes, typed), "{typed:?} by {prefixes:?}");
    }
    let prefix: Result<SecurityPrefix, _> = any.parse();
    let expected = if is_prefix(&any) {
        Ok(&*any)
    } else {
        Err(InvalidValue::Prefix)
    };
    assert_eq!(
        prefix
            .as_ref()
            .map(SecurityPrefix::as_str)
            .map_err(|error| *error),
        expected
    );
}
