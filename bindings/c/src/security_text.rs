//! The text of a security code: a prefix, the symbols, and a check.

use std::ffi::c_char;

use stopgap::{Alphabet, Code, CodeFormat, SecurityFormat, SecurityPrefix, SecurityText};

use crate::memory::with_room;
use crate::{
    code::stopgap_code,
    error::Outcome,
    error::{of_element, stopgap_error},
    guard::{elements, guard, lent, output},
    status::stopgap_status,
    text::{self, stopgap_text},
    text::{text_or_null, typed},
};

/// The size of the text of a security code in a struct.
pub const STOPGAP_SECURITY_TEXT_SIZE: usize = 58;

/// The text of a security code, which is a secret: wipe it after use with stopgap_wipe.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_security_text {
    /// The text, which ends with a NUL: `stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7`.
    pub text: [c_char; STOPGAP_SECURITY_TEXT_SIZE],
}

impl From<&SecurityText> for stopgap_security_text {
    fn from(shown: &SecurityText) -> Self {
        Self {
            text: text::field(shown.as_str().as_bytes()),
        }
    }
}

/// Returns the format that accepts all of these prefixes; the default one without any.
///
/// # Safety
///
/// As [`elements`] and [`text_or_null`].
pub(crate) unsafe fn prefixes_of(
    prefixes: *const stopgap_text,
    count: usize,
) -> Outcome<SecurityFormat> {
    // SAFETY: the caller's promise.
    let prefixes = unsafe { elements(prefixes, count) }?;
    with_room(size_of_val(prefixes).saturating_mul(8), || {
        formats(prefixes)
    })
}

fn formats(prefixes: &[stopgap_text]) -> Outcome<SecurityFormat> {
    let mut read = prefixes.iter().enumerate().map(|(index, prefix)| {
        // SAFETY: the promise of the caller of `prefixes_of`.
        let prefix = unsafe { text_or_null(*prefix) };
        let read = prefix.and_then(|prefix| parsed(prefix.unwrap_or_default()));
        read.map_err(|error| of_element(error, index))
    });
    match read.next() {
        None => Ok(SecurityFormat::default()),
        Some(prefix) => {
            let (prefix, mut accepted) = (prefix?, Vec::with_capacity(prefixes.len()));
            for one in read {
                accepted.push(one?);
            }
            Ok(SecurityFormat { prefix, accepted })
        }
    }
}

fn parsed(prefix: &str) -> Outcome<SecurityPrefix> {
    Ok(prefix.parse::<SecurityPrefix>()?)
}

/// Returns the format that issues with this prefix; with "stopgap" without one.
///
/// # Safety
///
/// As [`text_or_null`].
pub(crate) unsafe fn issuing(prefix: stopgap_text) -> Outcome<SecurityFormat> {
    // SAFETY: the caller's promise.
    let prefix = unsafe { text_or_null(prefix) }?.map(parsed).transpose()?;
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
/// pasted. A prefix that is missing is "stopgap".
///
/// Errors: STOPGAP_ERR_PREFIX_INVALID; STOPGAP_ERR_WRONG_LENGTH,
/// STOPGAP_ERR_UNEXPECTED_SYMBOL or STOPGAP_ERR_NOT_TERMINATED if the struct holds no
/// security code.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_write(
    code: *const stopgap_code,
    prefix: stopgap_text,
    text: *mut stopgap_security_text,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (code, format, text) = unsafe { (lent(code)?, issuing(prefix)?, output(text)?) };
        text.write((&format.text(&security_code(code)?)).into());
        Ok(())
    })
}

/// Reads the text of a security code as stopgap_normalize reads a code, and checks its
/// prefix and its check: for stopgap_key_ring_security_digests, by which a store finds the
/// record. All of the `prefixes` are accepted; (NULL, 0) stands for "stopgap".
///
/// Errors: STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED, if no prefix fits those of the
/// prefix that agrees longest; STOPGAP_ERR_PREFIX_INVALID with the `index` of the prefix.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_read(
    prefixes: *const stopgap_text,
    prefix_count: usize,
    presented: stopgap_text,
    code: *mut stopgap_code,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (format, presented, code) = unsafe {
            (
                prefixes_of(prefixes, prefix_count)?,
                typed(presented)?,
                output(code)?,
            )
        };
        let read = presented.read(|presented| format.read(presented))?;
        code.write_text(read.reveal().as_bytes());
        Ok(())
    })
}
