//! The purposes of a code.

use std::ffi::c_char;

use stopgap::{Purpose, Purposes};

use crate::text::stopgap_text;
use crate::{
    error::Outcome,
    error::{count, found, stopgap_error},
    guard::{guard, output},
    status::{STOPGAP_ERR_INVALID_VALUE, stopgap_status},
    text::text,
    text::text_out,
};

/// A purpose of a code (SPEC, "Words").
pub type stopgap_purpose = u32;
/// Password reset.
pub const STOPGAP_PURPOSE_RESET: stopgap_purpose = 1;
/// Registration of a second factor. It needs the server, so offline codes do not have it.
pub const STOPGAP_PURPOSE_REGISTER: stopgap_purpose = 2;
/// Temporary replacement of a second factor.
pub const STOPGAP_PURPOSE_BYPASS: stopgap_purpose = 4;

/// The purposes of one code, joined by `|`.
pub type stopgap_purposes = u32;
/// Every purpose.
pub const STOPGAP_PURPOSE_ALL: stopgap_purposes = 7;

/// The size of a buffer that holds any purpose.
pub const STOPGAP_PURPOSE_TEXT_SIZE: usize = 9;

pub(crate) fn purpose_number(purpose: Purpose) -> stopgap_purpose {
    purpose.bit().into()
}

pub(crate) fn purpose_of(number: stopgap_purpose) -> Outcome<Purpose> {
    Purpose::ALL
        .into_iter()
        .find(|purpose| purpose_number(*purpose) == number)
        .ok_or_else(|| found(STOPGAP_ERR_INVALID_VALUE, count(number)))
}

pub(crate) fn purposes_number(purposes: Purposes) -> stopgap_purposes {
    purposes.bits().into()
}

pub(crate) fn purposes_of(bits: stopgap_purposes) -> Outcome<Purposes> {
    let known = u8::try_from(bits).ok().and_then(Purposes::from_bits);
    known.ok_or_else(|| found(STOPGAP_ERR_INVALID_VALUE, count(bits)))
}

/// Reads `reset`, `register` or `bypass`, in any case.
///
/// Errors: STOPGAP_ERR_NO_SUCH_PURPOSE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_purpose_parse(
    text: stopgap_text,
    purpose: *mut stopgap_purpose,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (text, purpose) = unsafe { (self::text(text)?, output(purpose)?) };
        purpose.write(purpose_number(text.parse()?));
        Ok(())
    })
}

/// Writes the protocol's word: `reset`, `register` or `bypass`.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE; STOPGAP_ERR_BUFFER_TOO_SMALL (STOPGAP_PURPOSE_TEXT_SIZE is
/// enough).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_purpose_text(
    purpose: stopgap_purpose,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let out = unsafe { text_out(buffer, capacity, needed)? };
        out.write(purpose_of(purpose)?.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_bits_of_the_core() {
        let numbers = Purpose::ALL.map(purpose_number);
        assert_eq!(
            numbers,
            [
                STOPGAP_PURPOSE_RESET,
                STOPGAP_PURPOSE_REGISTER,
                STOPGAP_PURPOSE_BYPASS
            ]
        );
        assert_eq!(purposes_number(Purposes::ALL), STOPGAP_PURPOSE_ALL);
    }
}
