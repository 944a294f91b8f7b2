//! The validity of a code.

use std::ffi::c_char;

use stopgap::{Validity, chrono::DateTime, offline::minute_of};

use crate::text::stopgap_text;
use crate::{
    error::Outcome,
    error::stopgap_error,
    guard::{guard, output},
    instant::with_zoned,
    status::stopgap_status,
    text::text,
    text::text_out,
};

/// The validity of a code (SPEC, "Validity and expiry"): 1 to 31 calendar days,
/// STOPGAP_VALIDITY_MONTH, or STOPGAP_VALIDITY_MINUTES + 1 to STOPGAP_VALIDITY_MINUTES + 1,440.
pub type stopgap_validity = u32;
/// One calendar month: until the same day of the next month, or its last day if it is
/// shorter.
pub const STOPGAP_VALIDITY_MONTH: stopgap_validity = 1_000;
/// Add minutes to it, which are elapsed time: STOPGAP_VALIDITY_MINUTES + 90 is an hour and a half.
/// Offline codes take days or a month only.
pub const STOPGAP_VALIDITY_MINUTES: stopgap_validity = 0x1_0000;

/// The size of a buffer that holds any validity.
pub const STOPGAP_VALIDITY_TEXT_SIZE: usize = 8;

pub(crate) fn validity_of(number: stopgap_validity) -> Outcome<Validity> {
    match number.checked_sub(STOPGAP_VALIDITY_MINUTES) {
        // Larger numbers are neither minutes nor days.
        Some(minutes) if minutes < STOPGAP_VALIDITY_MINUTES => Ok(Validity::minutes(minutes)?),
        _ if number == STOPGAP_VALIDITY_MONTH => Ok(Validity::MONTH),
        _ => Ok(Validity::days(number)?),
    }
}

pub(crate) fn validity_number(validity: Validity) -> stopgap_validity {
    if validity.is_calendar() {
        return (1..=31)
            .find(|days| Validity::days(*days) == Ok(validity))
            .unwrap_or(STOPGAP_VALIDITY_MONTH);
    }
    // Minutes are elapsed time: from the epoch they end in the minute of their number.
    let end = validity.expires_at(DateTime::UNIX_EPOCH).map(minute_of);
    let minutes = end.ok().and_then(|minutes| u32::try_from(minutes).ok());
    STOPGAP_VALIDITY_MINUTES.saturating_add(minutes.unwrap_or_default())
}

/// Reads ISO 8601 in upper case, `P7D`, `P1M`, `PT1H30M`, or what people type, in any
/// case: `7d`, `7 days`, `1mo`, `1 month`, `90m`, `90 min`, `8h`, `8 hours`, `1h30m`.
///
/// Errors: STOPGAP_ERR_VALIDITY_DAYS, STOPGAP_ERR_VALIDITY_MONTHS, STOPGAP_ERR_VALIDITY_MINUTES,
/// STOPGAP_ERR_VALIDITY_FORM.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_validity_parse(
    text: stopgap_text,
    validity: *mut stopgap_validity,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (text, validity) = unsafe { (self::text(text)?, output(validity)?) };
        validity.write(validity_number(text.parse()?));
        Ok(())
    })
}

/// Writes the validity in ISO 8601: `P7D`, `P1M`, `PT8H`, `PT90M`.
///
/// Errors: STOPGAP_ERR_VALIDITY_DAYS or STOPGAP_ERR_VALIDITY_MINUTES for a number that is none;
/// STOPGAP_ERR_BUFFER_TOO_SMALL (STOPGAP_VALIDITY_TEXT_SIZE is enough).
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

/// Computes the expiry of a code that is valid from an instant. Days and months count on
/// the wall clock of a zone: a wall-clock time that occurs twice means the first, and one
/// that is skipped is read with the offset before the gap (RFC 5545, section 3.3.5).
/// Minutes and hours are elapsed time.
///
/// Errors: STOPGAP_ERR_VALIDITY_DAYS, STOPGAP_ERR_VALIDITY_MINUTES, STOPGAP_ERR_UNKNOWN_ZONE;
/// STOPGAP_ERR_TIME_OUT_OF_RANGE if either instant is outside the years 1 to 9999, in UTC or
/// on the wall clock.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_validity_expires_at(
    validity: stopgap_validity,
    valid_from: i64,
    zone: stopgap_text,
    expires_at: *mut i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let expires_at = unsafe { output(expires_at) }?;
        // SAFETY: the contract of the header.
        let seconds = unsafe {
            with_zoned(valid_from, zone, |valid_from| {
                let instant = validity_of(validity)?.expires_at(valid_from);
                Ok(instant.map(|instant| instant.timestamp())?)
            })
        }?;
        expires_at.write(seconds);
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::{STOPGAP_ERR_VALIDITY_DAYS, STOPGAP_ERR_VALIDITY_MINUTES};

    #[test]
    fn each_validity_has_its_number() {
        let minutes = (1..=1_440).map(|minutes| STOPGAP_VALIDITY_MINUTES + minutes);
        for number in (1..=31).chain([STOPGAP_VALIDITY_MONTH]).chain(minutes) {
            let validity = validity_of(number).unwrap();
            assert_eq!(validity_number(validity), number);
        }
        let refused = |number| validity_of(number).unwrap_err();
        for number in [
            0,
            32,
            999,
            1_001,
            STOPGAP_VALIDITY_MINUTES - 1,
            2 * STOPGAP_VALIDITY_MINUTES,
        ] {
            assert_eq!(
                refused(number).status,
                STOPGAP_ERR_VALIDITY_DAYS,
                "{number}"
            );
        }
        for minutes in [0, 1_441, 65_535] {
            let error = refused(STOPGAP_VALIDITY_MINUTES + minutes);
            assert_eq!(error.status, STOPGAP_ERR_VALIDITY_MINUTES, "{minutes}");
            assert_eq!(u32::try_from(error.found), Ok(minutes));
        }
    }
}
