//! An attempt to use an online code, and what was answered.

use std::ffi::c_char;

use stopgap::{Attempt, KeyId, Name};

use crate::{
    code::stopgap_code,
    digest::stopgap_tag,
    error::stopgap_error,
    guard::{Outcome, elements, guard, lent, output, text},
    key_ring::stopgap_key_ring,
    purpose::{purpose_of, stopgap_purpose},
    status::stopgap_status,
};

/// An attempt to use an online code and what was answered, for a store that gives a
/// caller who asks again the same answer (SPEC, "Records at rest"). What is kept is
/// the attempt's id, the answer and the tag: who asks again brings the rest.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_attempt {
    /// What the caller calls it, the same when it asks again: a name.
    pub id: *const c_char,
    /// Its length in bytes.
    pub id_length: usize,
    /// Whose code it was said to be.
    pub user: *const c_char,
    /// The length in bytes.
    pub user_length: usize,
    /// The code that was typed, from stopgap_normalize.
    pub code: *const stopgap_code,
    /// What was answered, in the store's own form.
    pub answer: *const u8,
    /// Its length in bytes.
    pub answer_length: usize,
    /// The key to tag it with, kept beside the tag.
    pub key_id: u32,
    /// For what.
    pub purpose: stopgap_purpose,
}

/// Hands the core's attempt to a call.
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
            id: &Name::borrowed(text(attempt.id, attempt.id_length)?)?,
            user: &Name::borrowed(text(attempt.user, attempt.user_length)?)?,
            purpose: purpose_of(attempt.purpose)?,
            code: &lent(attempt.code)?.read()?,
            answer: elements(attempt.answer, attempt.answer_length)?,
        })
    }
}

/// The tag to keep beside the answer. It binds everything else.
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

/// Checks the tag that was kept beside the answer, in constant time: before the
/// answer is given again.
///
/// Errors: STOPGAP_TAMPERED where attempt, answer and tag do not belong together,
/// also where another code is typed under the same id; STOPGAP_KEY_MISSING; those
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
