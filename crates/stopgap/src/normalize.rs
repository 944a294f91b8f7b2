//! What a person typed, read as a [`Code`] (SPEC, "Reading what a person typed").

use crate::{
    alphabet::{Alphabet, IGNORED, UNEXPECTED},
    code::Code,
    error::Malformed,
    format::CodeLength,
};

/// Longer input is refused unread, so that nobody can make the reader work.
pub(crate) const MAX_BYTES: usize = 256;

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
