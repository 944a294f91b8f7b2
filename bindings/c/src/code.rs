//! A code, and the texts that show it to people.

use std::{ffi::c_char, fmt::Write};

use stopgap::{Code, offline::RequestCode};
use zeroize::{Zeroizing, zeroize_bytes};

use crate::{
    error::Outcome,
    error::stopgap_error,
    guard::{Output, guard, lent},
    language::{language_of, stopgap_language},
    status::stopgap_status,
    text::{self, text_out},
};

/// The size of a buffer that holds any code without its hyphens.
pub const STOPGAP_CANONICAL_SIZE: usize = 33;
/// The size of a buffer that holds any code in words, in any language.
pub const STOPGAP_SPOKEN_SIZE: usize = 392;

/// A code: a secret, unless it is a request code. Wipe it with stopgap_wipe after use.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_code {
    /// Groups of four symbols with hyphens, `3F9A-77C2-01BE`, then NULs. Show a security
    /// code as stopgap_security_text writes it instead.
    pub text: [c_char; 40],
}

impl From<&Code> for stopgap_code {
    fn from(code: &Code) -> Self {
        Self {
            text: text::field(code.reveal().as_bytes()),
        }
    }
}

impl From<&RequestCode> for stopgap_code {
    fn from(code: &RequestCode) -> Self {
        Self {
            text: text::field(code.as_str().as_bytes()),
        }
    }
}

/// More places than the text of a code has; a power of two needs no bounds check.
const PLACES: usize = 64;

/// The symbols of a code, which are wiped at the end: all at once, which is much faster than
/// the byte by byte of `Zeroizing`.
struct Symbols([u8; PLACES]);

impl Drop for Symbols {
    fn drop(&mut self) {
        zeroize_bytes(&mut self.0);
    }
}

impl Output<stopgap_code> {
    /// Writes a code in groups of symbols.
    pub(crate) fn write_text(self, grouped: &[u8]) {
        // SAFETY: a member.
        let text = unsafe { self.member(|code| &raw mut (*code).text) };
        text.write_text(grouped);
    }
}

impl stopgap_code {
    /// Returns the code.
    pub(crate) fn read(&self) -> Outcome<Code> {
        self.lend_symbols(|symbols| Ok(Code::from_canonical(symbols)?))
    }

    /// Passes the code to a function, which is faster than to return it.
    #[inline]
    pub(crate) fn lend<T>(&self, call: impl FnOnce(&Code) -> Outcome<T>) -> Outcome<T> {
        self.lend_symbols(|symbols| {
            let code = Code::from_canonical(symbols);
            call(code.as_ref().map_err(|malformed| *malformed)?)
        })
    }

    /// Passes the symbols to a function, without the hyphens.
    #[inline]
    fn lend_symbols<T>(&self, call: impl FnOnce(&str) -> Outcome<T>) -> Outcome<T> {
        let mut symbols = Symbols([0; PLACES]);
        let (mut length, mut seen, mut all) = (0_usize, 0_usize, 0);
        let bytes = self.text.iter().map(|byte| byte.to_ne_bytes());
        for [byte] in bytes.take_while(|byte| *byte != [0]) {
            if let Some(place) = symbols.0.get_mut(length % PLACES) {
                *place = byte;
            }
            // The next byte replaces a hyphen.
            length = length.saturating_add((byte != b'-').into());
            seen = seen.saturating_add(1);
            all |= byte;
        }
        if seen == self.text.len() || !all.is_ascii() {
            text::read(&self.text)?;
        }
        let symbols = symbols.0.get(..length).unwrap_or_default();
        call(str::from_utf8(symbols).unwrap_or_default())
    }
}

/// Writes the symbols without hyphens: `3F9A77C201BE`. The buffer then holds a secret.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL (STOPGAP_CANONICAL_SIZE is enough for any);
/// STOPGAP_ERR_WRONG_LENGTH, STOPGAP_ERR_UNEXPECTED_SYMBOL or STOPGAP_ERR_NOT_TERMINATED if the struct
/// holds no code.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_code_canonical(
    code: *const stopgap_code,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (code, out) = unsafe { (lent(code)?, text_out(buffer, capacity, needed)?) };
        out.write(code.read()?.reveal().canonical())
    })
}

/// Writes words to read aloud: `Three Foxtrot Nine Alfa, Seven Seven …`, with the ICAO
/// spelling alphabet and plain English digits; in German with the alphabet of DIN 5009.
/// Words differ in length, so this form takes time that depends on the code; the others do
/// not. The buffer then holds a secret.
///
/// Errors: as stopgap_code_canonical; STOPGAP_ERR_INVALID_VALUE if the language is none.
/// STOPGAP_SPOKEN_SIZE is enough for any code.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_code_spoken(
    code: *const stopgap_code,
    language: stopgap_language,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (code, out) = unsafe { (lent(code)?, text_out(buffer, capacity, needed)?) };
        let language = language_of(language)?;
        // With room for any code: a string that grows leaves its words behind.
        let mut words = Zeroizing::new(String::with_capacity(STOPGAP_SPOKEN_SIZE));
        // Writing to a string does not fail.
        let code = code.read()?;
        let _ = write!(words, "{}", code.reveal().spoken().in_language(language));
        out.write(&words)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{
        STOPGAP_ERR_INVALID_UTF8, STOPGAP_ERR_NOT_TERMINATED, STOPGAP_ERR_UNEXPECTED_SYMBOL,
        STOPGAP_ERR_WRONG_LENGTH,
    };

    fn code(text: &[u8]) -> stopgap_code {
        let mut code = stopgap_code { text: [0; 40] };
        for (place, byte) in code.text.iter_mut().zip(text) {
            *place = c_char::from_ne_bytes([*byte]);
        }
        code
    }

    #[test]
    fn hyphens_anywhere_are_skipped() {
        for text in [
            "3F9A-77C2-01BE",
            "3F9A77C201BE",
            "-3F9A--77C201BE-",
            "3F-9A-77-C2-01-BE",
        ] {
            let read = code(text.as_bytes()).read().unwrap();
            assert_eq!(read.reveal().canonical(), "3F9A77C201BE", "{text}");
            let lent = code(text.as_bytes()).lend(|code| Ok(code.reveal().as_str().to_owned()));
            assert_eq!(lent.unwrap(), "3F9A-77C2-01BE", "{text}");
        }
        let long = "ABCDEFGH".repeat(4);
        let read = code(long.as_bytes()).read().unwrap();
        assert_eq!(read.reveal().canonical(), long);
    }

    #[test]
    fn a_struct_without_a_code_is_refused() {
        let refused = |text: &[u8]| code(text).lend(|_| Ok(())).unwrap_err();
        let long = refused(&[b'A'; 39]);
        assert_eq!(
            (long.status, long.expected, long.found),
            (STOPGAP_ERR_WRONG_LENGTH, 32, 39)
        );
        let hyphens = refused(&[b'-'; 39]);
        assert_eq!(
            (hyphens.status, hyphens.found),
            (STOPGAP_ERR_WRONG_LENGTH, 0)
        );
        let lower = refused(b"3F9A-77c2-01BE");
        assert_eq!(
            (lower.status, lower.position),
            (STOPGAP_ERR_UNEXPECTED_SYMBOL, 6)
        );
        assert_eq!(refused(&[b'A'; 40]).status, STOPGAP_ERR_NOT_TERMINATED);
        let bytes = refused(b"3F\xC3-\xA4");
        assert_eq!(
            (bytes.status, bytes.position),
            (STOPGAP_ERR_INVALID_UTF8, 2)
        );
    }
}
