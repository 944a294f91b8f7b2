//! A verification of an online code, and its answer.

use std::ffi::c_char;

use stopgap::{Attempt, KeyId};

use crate::{
    code::stopgap_code,
    digest::stopgap_tag,
    error::stopgap_error,
    guard::{Outcome, elements, guard, lent, name, output},
    key_ring::stopgap_key_ring,
    purpose::{purpose_of, stopgap_purpose},
    status::stopgap_status,
};

/// A verification of an online code and its answer, for a store that replays answers
/// (SPEC, "Records at rest"). Store the id, the answer and the tag; the caller repeats the
/// rest.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_attempt {
    /// The caller's id of the verification, the same when it is repeated: a name.
    pub id: *const c_char,
    /// The length of the id in bytes.
    pub id_length: usize,
    /// The user.
    pub user: *const c_char,
    /// The length of the user's name in bytes.
    pub user_length: usize,
    /// The typed code, from stopgap_normalize.
    pub code: *const stopgap_code,
    /// The answer, in the store's own form.
    pub answer: *const u8,
    /// The length of the answer in bytes.
    pub answer_length: usize,
    /// The key of the tag, stored beside it.
    pub key_id: u32,
    /// The purpose.
    pub purpose: stopgap_purpose,
}

/// Passes the core's attempt to a call.
///
/// # Safety
///
/// Every member keeps the contract of an argument.
unsafe fn with<T>(
    attempt: *const stopgap_attempt,
    call: impl FnOnce(&Attempt<'_, &str>) -> Outcome<T>,
) -> Outcome<T> {
    // SAFETY: the caller's promise.
    unsafe {
        let attempt = lent(attempt)?;
        call(&Attempt {
            key_id: KeyId(attempt.key_id),
            id: &name(attempt.id, attempt.id_length)?,
            user: &name(attempt.user, attempt.user_length)?,
            purpose: purpose_of(attempt.purpose)?,
            code: &lent(attempt.code)?.read()?,
            answer: elements(attempt.answer, attempt.answer_length)?,
        })
    }
}

/// Computes the tag to store beside the answer. It covers all other members.
///
/// Errors: STOPGAP_KEY_MISSING; those of a name, and of a code that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_attempt_tag(
    attempt: *const stopgap_attempt,
    ring: *const stopgap_key_ring,
    tag: *mut stopgap_tag,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe {
            let (ring, tag) = (lent(ring)?, output(tag)?);
            tag.write(with(attempt, |attempt| Ok(attempt.tag(&ring.0)?))?.into());
        }
        Ok(())
    })
}

/// Checks the tag that was stored beside the answer, in constant time. Do this before you
/// replay the answer.
///
/// Errors: STOPGAP_TAMPERED if attempt, answer and tag do not belong together, also if
/// another code is typed under the same id; STOPGAP_KEY_MISSING; those
/// of a name, and of a code that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_attempt_check_tag(
    attempt: *const stopgap_attempt,
    ring: *const stopgap_key_ring,
    tag: *const stopgap_tag,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe {
            let (ring, tag) = (lent(ring)?, lent(tag)?);
            with(attempt, |attempt| {
                Ok(attempt.check_tag(&ring.0, &tag.read())?)
            })
        }
    })
}
