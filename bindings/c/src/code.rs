//! A code, and the texts that show it to people.

use std::{ffi::c_char, fmt::Write};

use stopgap::{Code, offline::RequestCode};
use zeroize::Zeroizing;

use crate::{
    error::Outcome,
    error::stopgap_error,
    guard::{guard, lent},
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

impl stopgap_code {
    pub(crate) fn read(&self) -> Outcome<Code> {
        // As long as the text, so that too many symbols are counted.
        let mut canonical = Zeroizing::new([0_u8; 40]);
        let mut length = 0_usize;
        for byte in text::read(&self.text)?.bytes().filter(|byte| *byte != b'-') {
            if let Some(place) = canonical.get_mut(length) {
                *place = byte;
            }
            length = length.saturating_add(1);
        }
        let symbols = canonical
            .get(..length)
            .and_then(|symbols| str::from_utf8(symbols).ok());
        Ok(Code::from_canonical(symbols.unwrap_or_default())?)
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
