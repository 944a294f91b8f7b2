//! Reading what a person typed as a [`Code`] (SPEC, "Reading what a person typed").

use zeroize::zeroize_bytes as wipe;

use crate::{
    alphabet::{Alphabet, IGNORED, UNEXPECTED},
    code::{Code, MAX_BYTES},
    malformed::Malformed,
    unicode::{is_hyphen, is_invisible, is_punctuation},
};

/// Reads `typed` as `length` symbols of `alphabet`, without a look at the check
/// symbol. Nothing is allocated. The text is no secret to the person who typed it, so
/// this may branch on it.
pub(crate) fn normalize(typed: &str, alphabet: &Alphabet, length: u8) -> Result<Code, Malformed> {
    if typed.len() > MAX_BYTES {
        return Err(Malformed::TooLong);
    }
    match read_well_typed(typed.as_bytes(), alphabet, length) {
        Some(code) => Ok(code),
        None => read_with_care(typed, alphabet, length),
    }
}

/// Reads ASCII without a mistake, which is what nearly all people type. The loop has
/// no early exit, so the processor has nothing to guess.
fn read_well_typed(typed: &[u8], alphabet: &Alphabet, length: u8) -> Option<Code> {
    // One place more than there are symbols would do, but a power of two needs no
    // bounds check.
    const PLACES: usize = 64;
    let mut places = [0; PLACES];
    let (mut found, mut high, mut worst) = (0_usize, 0, 0);
    for byte in typed {
        let reading = alphabet.read_ascii(byte & 0x7F);
        if let Some(place) = places.get_mut(found % PLACES) {
            *place = reading;
        }
        // The next reading replaces one that is ignored.
        found = found.wrapping_add(usize::from(reading < IGNORED));
        high |= byte;
        worst = reading.max(worst);
    }
    let well = high.is_ascii() && worst != UNEXPECTED && found == usize::from(length);
    let (symbols, _) = places.split_first_chunk()?;
    let code = well.then(|| Code::of(*symbols, length));
    wipe(&mut places);
    code
}

/// Reads any text, and says what is wrong with it.
#[cold]
fn read_with_care(typed: &str, alphabet: &Alphabet, length: u8) -> Result<Code, Malformed> {
    let mut code = Code::empty(length);
    let mut found = 0_usize;
    for (position, character) in characters(typed) {
        let symbol = match u8::try_from(character) {
            Ok(byte) if byte.is_ascii() => alphabet.read_ascii(byte),
            _ => UNEXPECTED,
        };
        if symbol == UNEXPECTED {
            return Err(Malformed::UnexpectedSymbol { position });
        }
        // Symbols past the end are counted for the error, not kept.
        code.set(found, symbol);
        found = found.saturating_add(1);
    }
    let expected = length.into();
    if found == expected {
        Ok(code)
    } else {
        Err(Malformed::WrongLength { expected, found })
    }
}

/// Returns the characters of a text that may be symbols, with their positions in the
/// text: without white space, hyphens and invisible characters, full-width forms as
/// ASCII, and without punctuation at both ends.
pub(crate) fn characters(typed: &str) -> impl Iterator<Item = (usize, char)> {
    let seen = typed
        .chars()
        .enumerate()
        .filter_map(|(position, character)| {
            let ignored =
                character.is_whitespace() || is_hyphen(character) || is_invisible(character);
            (!ignored).then(|| (position, folded(character)))
        });
    let is_around = |(_, character): &(usize, char)| is_punctuation(*character);
    let last = seen.clone().filter(|seen| !is_around(seen)).last();
    let last = last.map(|(position, _)| position);
    seen.skip_while(is_around)
        .take_while(move |(position, _)| Some(*position) <= last)
}

/// Returns the ASCII character of a full-width form, and any other as it is.
fn folded(character: char) -> char {
    match character {
        '\u{FF01}'..='\u{FF5E}' => u32::from(character)
            .checked_sub(0xFEE0)
            .and_then(char::from_u32)
            .unwrap_or(character),
        other => other,
    }
}
