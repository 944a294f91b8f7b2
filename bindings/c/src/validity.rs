//! How long a code lives.

use std::ffi::c_char;

use stopgap::Validity;

use crate::{
    error::stopgap_error,
    guard::{Outcome, guard, output, text},
    instant::zoned,
    status::stopgap_status,
    text::text_out,
};

/// How long a code lives: 1 to 31 calendar days, or STOPGAP_MONTH (SPEC,
/// "Validity and expiry").
pub type stopgap_validity = u32;
/// One calendar month: the same day of the next month, or its last day where it is
/// shorter.
pub const STOPGAP_MONTH: stopgap_validity = 1_000;

/// The size of a buffer that holds any validity.
pub const STOPGAP_VALIDITY_SIZE: usize = 5;

pub(crate) fn validity_of(number: stopgap_validity) -> Outcome<Validity> {
    match number {
        STOPGAP_MONTH => Ok(Validity::MONTH),
        days => Ok(Validity::days(days)?),
    }
}

pub(crate) fn validity_number(validity: Validity) -> stopgap_validity {
    (1..=31)
        .find(|days| Validity::days(*days) == Ok(validity))
        .unwrap_or(STOPGAP_MONTH)
}

/// Reads ISO 8601, `P7D` and `P1M`, or what people type: `7d`, `7 days`, `1mo`,
/// `1 month`. Case does not matter.
///
/// Errors: STOPGAP_VALIDITY_DAYS, STOPGAP_VALIDITY_MONTHS, STOPGAP_VALIDITY_FORM.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_validity_parse(
    text: *const c_char,
    length: usize,
    validity: *mut stopgap_validity,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (text, validity) = unsafe { (self::text(text, length)?, output(validity)?) };
        validity.write(validity_number(text.parse()?));
        Ok(())
    })
}

/// The validity in ISO 8601: `P7D`, `P1M`.
///
/// Errors: STOPGAP_VALIDITY_DAYS for a number that is none;
/// STOPGAP_BUFFER_TOO_SMALL (STOPGAP_VALIDITY_SIZE is enough).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_validity_text(
    validity: stopgap_validity,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let out = unsafe { text_out(buffer, capacity, needed)? };
        out.write(&validity_of(validity)?.to_string())
    })
}

/// When something issued at this instant expires, on the wall clock of a zone. A
/// wall-clock time that occurs twice means the first; one that is skipped is read
/// with the offset before the gap (RFC 5545, section 3.3.5).
///
/// Errors: STOPGAP_VALIDITY_DAYS, STOPGAP_UNKNOWN_ZONE;
/// STOPGAP_TIME_OUT_OF_RANGE where either instant is outside the years 1 to 9999,
/// in UTC or on the wall clock.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_validity_expires_at(
    validity: stopgap_validity,
    issued_at: i64,
    zone: *const c_char,
    zone_length: usize,
    expires_at: *mut i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (issued_at, expires_at) =
            unsafe { (zoned(issued_at, zone, zone_length)?, output(expires_at)?) };
        let instant = validity_of(validity)?.expires_at(issued_at)?;
        expires_at.write(instant.timestamp());
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_length_has_its_number() {
        for number in (1..=31).chain([STOPGAP_MONTH]) {
            let validity = validity_of(number).unwrap();
            assert_eq!(validity_number(validity), number);
        }
    }
}
