//! The text of a security code: a prefix, the symbols, and a check.

use std::ffi::c_char;

use stopgap::{Alphabet, Code, CodeFormat, SecurityFormat, SecurityPrefix};

use crate::text::stopgap_text;
use crate::{
    code::stopgap_code,
    error::{of_element, stopgap_error},
    guard::{Outcome, elements, guard, lent, lent_or_null, output, typed},
    status::stopgap_status,
    text::{self, text_out},
};

/// The size of a prefix in a struct: 16 bytes and a NUL.
pub const STOPGAP_PREFIX_SIZE: usize = 17;

/// The size of a buffer that holds the text of any security code.
pub const STOPGAP_SECURITY_TEXT_SIZE: usize = 58;

/// The prefix of the text of security codes: 2 to 16 of a-z and 0-9, and the first is a
/// letter. Fill it in by hand; it is checked when it is used.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_prefix {
    /// The prefix, "acme".
    pub text: [c_char; STOPGAP_PREFIX_SIZE],
}

impl stopgap_prefix {
    fn read(&self) -> Outcome<SecurityPrefix> {
        Ok(text::read(&self.text)?.parse::<SecurityPrefix>()?)
    }
}

/// Returns the format that accepts all of these prefixes; the default one without any.
///
/// # Safety
///
/// As [`elements`].
pub(crate) unsafe fn prefixes_of(
    prefixes: *const stopgap_prefix,
    count: usize,
) -> Outcome<SecurityFormat> {
    // SAFETY: the caller's promise.
    let prefixes = unsafe { elements(prefixes, count) }?;
    let mut read = prefixes
        .iter()
        .enumerate()
        .map(|(index, prefix)| prefix.read().map_err(|error| of_element(error, index)));
    match read.next() {
        None => Ok(SecurityFormat::default()),
        Some(prefix) => Ok(SecurityFormat {
            prefix: prefix?,
            accepted: read.collect::<Outcome<_>>()?,
        }),
    }
}

/// Returns the format that issues with this prefix; with "stopgap" without one.
pub(crate) fn issuing(prefix: Option<&stopgap_prefix>) -> Outcome<SecurityFormat> {
    let prefix = prefix.map(stopgap_prefix::read).transpose()?;
    Ok(SecurityFormat {
        prefix: prefix.unwrap_or_default(),
        accepted: Vec::new(),
    })
}

/// Returns the code of a struct, which has the symbols of a security code.
fn security_code(code: &stopgap_code) -> Outcome<Code> {
    let code = code.read()?;
    let security = CodeFormat::new(Alphabet::HEX, 32);
    Ok(security.normalize(code.reveal().canonical())?)
}

/// Writes the text of a security code that stopgap_security_read has read, to be copied and
/// pasted: `stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7`. `prefix` may be NULL for
/// "stopgap". The buffer then holds a secret.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL (STOPGAP_SECURITY_TEXT_SIZE is enough for any);
/// STOPGAP_ERR_PREFIX_INVALID; STOPGAP_ERR_WRONG_LENGTH, STOPGAP_ERR_UNEXPECTED_SYMBOL or
/// STOPGAP_ERR_NOT_TERMINATED if the struct holds no security code.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_text(
    code: *const stopgap_code,
    prefix: *const stopgap_prefix,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (code, prefix, out) = unsafe {
            (
                lent(code)?,
                lent_or_null(prefix)?,
                text_out(buffer, capacity, needed)?,
            )
        };
        out.write(issuing(prefix)?.text(&security_code(code)?).as_str())
    })
}

/// Reads the text of a security code as stopgap_normalize reads a code, and checks its
/// prefix and its check: for stopgap_key_ring_security_digests, by which a store finds the
/// record. All of the `prefixes` are accepted; (NULL, 0) stands for "stopgap".
///
/// Errors: STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED, if no prefix fits those of the
/// prefix that agrees longest; STOPGAP_ERR_PREFIX_INVALID.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_read(
    prefixes: *const stopgap_prefix,
    count: usize,
    typed: stopgap_text,
    code: *mut stopgap_code,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (format, typed, code) = unsafe {
            (
                prefixes_of(prefixes, count)?,
                self::typed(typed)?,
                output(code)?,
            )
        };
        let read = typed.read(|typed| format.read(typed))?;
        code.write((&read).into());
        Ok(())
    })
}
