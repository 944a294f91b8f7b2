//! What a person typed, read as a [`Code`] (SPEC, "Reading what a person typed").

use crate::{
    alphabet::{Alphabet, IGNORED, UNEXPECTED},
    code::{Code, MAX_BYTES},
    code_length::CodeLength,
    error::Malformed,
    secret::wipe,
};

/// Reads `typed` as `length` symbols of `alphabet`, without looking at a check
/// symbol. Nothing is allocated; what was typed is no secret to whoever typed
/// it, so this may branch on it.
pub(crate) fn normalize(
    typed: &str,
    alphabet: &Alphabet,
    length: CodeLength,
) -> Result<Code, Malformed> {
    if typed.len() > MAX_BYTES {
        return Err(Malformed::TooLong);
    }
    match read_well_typed(typed.as_bytes(), alphabet, length) {
        Some(code) => Ok(code),
        None => read_with_care(typed, alphabet, length),
    }
}

/// Reads ASCII in which all is well, which is what nearly all people type. Its loop has
/// no way out, and so nothing to guess for the processor.
fn read_well_typed(typed: &[u8], alphabet: &Alphabet, length: CodeLength) -> Option<Code> {
    // A place more than there are symbols would do, but these need no check.
    const PLACES: usize = 64;
    let mut places = [0; PLACES];
    let (mut found, mut high, mut worst) = (0_usize, 0, 0);
    for byte in typed {
        let reading = alphabet.read_ascii(byte & 0x7F);
        if let Some(place) = places.get_mut(found % PLACES) {
            *place = reading;
        }
        // What is ignored is written over by what follows.
        found = found.wrapping_add(usize::from(reading < IGNORED));
        high |= byte;
        worst = reading.max(worst);
    }
    let well = high.is_ascii() && worst != UNEXPECTED && found == length.symbols();
    let (symbols, _) = places.split_first_chunk()?;
    let code = well.then(|| Code::of(*symbols, length));
    wipe(&mut places);
    code
}

/// Reads what anybody may type, and says what is wrong with it.
#[cold]
fn read_with_care(typed: &str, alphabet: &Alphabet, length: CodeLength) -> Result<Code, Malformed> {
    let mut code = Code::empty();
    let mut found = 0_usize;
    for (position, character) in typed.chars().enumerate() {
        match read(character, alphabet) {
            IGNORED => {}
            UNEXPECTED => return Err(Malformed::UnexpectedSymbol { position }),
            symbol => {
                // Symbols past the length are counted for the error, not kept.
                code.set(found, symbol);
                found = found.saturating_add(1);
            }
        }
    }
    if found == length.symbols() {
        Ok(code.cut(length))
    } else {
        Err(Malformed::WrongLength {
            expected: length.symbols(),
            found,
        })
    }
}

/// What one character means: its symbol, [`IGNORED`] or [`UNEXPECTED`].
#[inline]
fn read(character: char, alphabet: &Alphabet) -> u8 {
    match u8::try_from(character) {
        Ok(byte) if byte.is_ascii() => alphabet.read_ascii(byte),
        _ => read_beyond_ascii(character, alphabet),
    }
}

#[cold]
fn read_beyond_ascii(character: char, alphabet: &Alphabet) -> u8 {
    match character {
        // Hyphens and dashes that mail programs and word processors make of `-`,
        // then invisible characters that come with text copied from a page.
        '\u{AD}'
        | '\u{2010}'..='\u{2015}'
        | '\u{2212}'
        | '\u{FE58}'
        | '\u{FE63}'
        | '\u{200B}'..='\u{200D}'
        | '\u{2060}'
        | '\u{FEFF}' => IGNORED,
        // Full-width forms, from an input method; U+FF0D is among them and
        // folds to a hyphen.
        '\u{FF01}'..='\u{FF5E}' => u32::from(character)
            .checked_sub(0xFEE0)
            .and_then(|ascii| u8::try_from(ascii).ok())
            .map_or(UNEXPECTED, |byte| alphabet.read_ascii(byte)),
        other if other.is_whitespace() => IGNORED,
        _ => UNEXPECTED,
    }
}
