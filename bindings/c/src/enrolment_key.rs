//! The secret that a server and one machine share for one user.

use stopgap::{EnrolmentKey, Purpose, Validity, offline::DATA_INPUT_LEN};

use crate::text::stopgap_text;
use crate::{
    alphabet::{stopgap_alphabet, unambiguous_or},
    code::stopgap_code,
    enrolment::stopgap_enrolment,
    error::Outcome,
    error::stopgap_error,
    guard::{elements, free, guard, lent, output, outputs},
    key_ring::stopgap_key_ring,
    purpose::{purpose_of, stopgap_purpose},
    status::stopgap_status,
    text::text,
    validity::{stopgap_validity, validity_of},
};

/// The secret that a server and one machine share for one user (SPEC, "Keys"). A server
/// derives it when it is needed. A machine receives its bytes while it is online, and
/// stores them where its users cannot read them.
///
/// Threads: any number may use it at the same time; stopgap_enrolment_key_free
/// needs it alone.
pub struct stopgap_enrolment_key(pub(crate) EnrolmentKey);

/// The size of an enrolment key in bytes, and of a master key.
pub const STOPGAP_KEY_SIZE: usize = 32;

/// The size of an OCRA data input in bytes (RFC 6287, section 5.1).
pub const STOPGAP_OCRA_DATA_INPUT_SIZE: usize = 235;

const _: () = assert!(STOPGAP_OCRA_DATA_INPUT_SIZE == DATA_INPUT_LEN);

impl stopgap_enrolment_key {
    /// Returns a copy of the key for an agent.
    pub(crate) fn copy(&self) -> Outcome<EnrolmentKey> {
        Ok(EnrolmentKey::from_slice(self.0.reveal())?)
    }
}

/// Checks the tag of an enrolment, and derives its key from its master key.
///
/// Free the key with stopgap_enrolment_key_free. Errors: STOPGAP_ERR_KEY_MISSING,
/// STOPGAP_ERR_TAMPERED; STOPGAP_ERR_REVOKED if the enrolment was retired.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_key_derive(
    enrolment: *const stopgap_enrolment,
    ring: *const stopgap_key_ring,
    key: *mut *mut stopgap_enrolment_key,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (enrolment, ring, key) = unsafe { (lent(enrolment)?, lent(ring)?, output(key)?) };
        let derived = enrolment.0.key(&ring.0)?;
        key.hand_over(stopgap_enrolment_key(derived))
    })
}

/// Makes the key of the bytes that a machine has stored. They are copied: wipe yours.
///
/// Free the key with stopgap_enrolment_key_free. Errors: STOPGAP_ERR_KEY_WRONG_LENGTH unless
/// there are STOPGAP_KEY_SIZE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_key_from_bytes(
    bytes: *const u8,
    length: usize,
    key: *mut *mut stopgap_enrolment_key,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (bytes, key) = unsafe { (elements(bytes, length)?, output(key)?) };
        let made = EnrolmentKey::from_slice(bytes)?;
        key.hand_over(stopgap_enrolment_key(made))
    })
}

/// Reads a key of 64 hexadecimal digits in either case; white space around them is left
/// out.
///
/// Free the key with stopgap_enrolment_key_free. Errors: STOPGAP_ERR_KEY_WRONG_HEX_LENGTH,
/// STOPGAP_ERR_KEY_NOT_HEX.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_key_from_hex(
    digits: stopgap_text,
    key: *mut *mut stopgap_enrolment_key,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (digits, key) = unsafe { (text(digits)?, output(key)?) };
        let made = EnrolmentKey::from_hex(digits)?;
        key.hand_over(stopgap_enrolment_key(made))
    })
}

/// Writes the STOPGAP_KEY_SIZE secret bytes, to be sent to the machine over a channel that
/// you trust. Wipe them afterwards.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_key_reveal(
    key: *const stopgap_enrolment_key,
    bytes: *mut u8,
    capacity: usize,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (key, bytes) = unsafe { (lent(key)?, outputs(bytes, capacity)?) };
        bytes.write_all(STOPGAP_KEY_SIZE, *key.0.reveal())
    })
}

/// Computes the request code of a minute, counted from the Unix epoch as
/// stopgap_minute_of returns it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_key_request_code(
    key: *const stopgap_enrolment_key,
    minute: i64,
    alphabet: *const stopgap_alphabet,
    code: *mut stopgap_code,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (key, alphabet, code) =
            unsafe { (lent(key)?, unambiguous_or(alphabet)?, output(code)?) };
        let shown = key.0.request_code(minute, alphabet);
        code.write_text(shown.as_str().as_bytes());
        Ok(())
    })
}

/// The inputs of an offline code besides the key (SPEC, "Offline codes").
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_offline_inputs {
    /// The minute in which the machine showed the request code, counted from the Unix epoch
    /// as stopgap_minute_of returns it.
    pub minute: i64,
    /// The purpose.
    pub purpose: stopgap_purpose,
    /// The validity, in days or a month.
    pub validity: stopgap_validity,
}

impl stopgap_offline_inputs {
    fn read(self) -> Outcome<(i64, Purpose, Validity)> {
        let (purpose, validity) = (purpose_of(self.purpose)?, validity_of(self.validity)?);
        Ok((self.minute, purpose, validity))
    }
}

/// Computes the offline code that answers the request code of a minute, for any purpose;
/// stopgap_offline_answer checks what may be answered. On failure `code` is not written.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE, STOPGAP_ERR_VALIDITY_DAYS, STOPGAP_ERR_VALIDITY_MINUTES;
/// STOPGAP_ERR_OFFLINE_VALIDITY for minutes and hours.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_key_offline_code(
    key: *const stopgap_enrolment_key,
    inputs: stopgap_offline_inputs,
    alphabet: *const stopgap_alphabet,
    code: *mut stopgap_code,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (key, alphabet, code) =
            unsafe { (lent(key)?, unambiguous_or(alphabet)?, output(code)?) };
        let (minute, purpose, validity) = inputs.read()?;
        let made = key.0.offline_code(minute, purpose, validity, alphabet)?;
        code.write_text(made.reveal().as_bytes());
        Ok(())
    })
}

/// Writes the OCRA data input of an offline code (RFC 6287, section 5.1). The suite is
/// "OCRA-1:HOTP-SHA256-0:QH08-S064-T1M". The code itself is longer than an OCRA response,
/// because it carries the validity.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE, STOPGAP_ERR_VALIDITY_DAYS, STOPGAP_ERR_VALIDITY_MINUTES;
/// STOPGAP_ERR_OFFLINE_VALIDITY for minutes and hours; STOPGAP_ERR_BUFFER_TOO_SMALL for less than
/// STOPGAP_OCRA_DATA_INPUT_SIZE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_key_ocra_data_input(
    key: *const stopgap_enrolment_key,
    inputs: stopgap_offline_inputs,
    input: *mut u8,
    capacity: usize,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (key, input) = unsafe { (lent(key)?, outputs(input, capacity)?) };
        let (minute, purpose, validity) = inputs.read()?;
        input.write_all(
            DATA_INPUT_LEN,
            key.0.ocra_data_input(minute, purpose, validity)?,
        )
    })
}

/// Wipes and frees a key, and sets the pointer to NULL. NULL, and a pointer to NULL, are
/// left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_key_free(key: *mut *mut stopgap_enrolment_key) {
    // SAFETY: the contract of the header.
    unsafe { free(key) }
}
