//! The record of a verification under an idempotency key.

use std::ffi::c_char;

use stopgap::{CodeDigest, KeyId, Name, RecordTag, ReplayPolicy, Sealed, Verification};

use crate::{
    code::stopgap_code,
    digest::{stopgap_digest, stopgap_tag},
    error::stopgap_error,
    grant::STOPGAP_NAME_SIZE,
    guard::{Outcome, elements, guard, lent, output},
    instant::{instant, stored},
    key_ring::stopgap_key_ring,
    purpose::{purpose_number, purpose_of, stopgap_purpose},
    request::{stopgap_verify_request, verify_request},
    status::stopgap_status,
    text,
};

/// The size of an idempotency key in a struct: 255 bytes and a NUL.
pub const STOPGAP_IDEMPOTENCY_KEY_SIZE: usize = 256;
/// The seconds for which an answer is replayed by default.
pub const STOPGAP_REPLAY_SECONDS: u32 = 600;
/// The most seconds for which an answer is replayed: 24 hours. A store remembers a key for
/// at least as long.
pub const STOPGAP_MAX_REPLAY_SECONDS: u32 = 86_400;

/// The sealed record of an answered verification, to be replayed if the caller repeats it
/// with its idempotency key (SPEC, "Idempotency keys"). Store it with the answer, which the
/// tag covers as well. The struct has no padding, so it can be written to a file as it
/// is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_verification {
    /// The time of the answer.
    pub answered_at: i64,
    /// The key that made the digest and the tag.
    pub key_id: u32,
    /// The purpose.
    pub purpose: stopgap_purpose,
    /// The digest of the code that was typed, as that of an online code of this user.
    pub digest: stopgap_digest,
    /// The tag of the answer and of all other members.
    pub tag: stopgap_tag,
    /// The user.
    pub user: [c_char; STOPGAP_NAME_SIZE],
    /// The idempotency key.
    pub idempotency_key: [c_char; STOPGAP_IDEMPOTENCY_KEY_SIZE],
}

impl From<Sealed<Verification>> for stopgap_verification {
    fn from(sealed: Sealed<Verification>) -> Self {
        let (record, tag) = sealed.into_parts();
        Self {
            answered_at: record.answered_at.timestamp(),
            key_id: record.key_id.0,
            purpose: purpose_number(record.purpose),
            digest: record.digest.into(),
            tag: tag.into(),
            user: text::field(record.user.as_str().as_bytes()),
            idempotency_key: text::field(record.idempotency_key.as_bytes()),
        }
    }
}

impl stopgap_verification {
    fn read(&self, answer: &[u8]) -> Outcome<Sealed<Verification>> {
        let record = Verification {
            key_id: KeyId(self.key_id),
            user: Name::new(text::read_name(&self.user)?)?,
            idempotency_key: text::read(&self.idempotency_key)?.into(),
            purpose: purpose_of(self.purpose)?,
            digest: CodeDigest::from_bytes(self.digest.bytes),
            answered_at: stored(self.answered_at)?,
            answer: answer.into(),
        };
        Ok(Sealed::from_parts(
            record,
            RecordTag::from_bytes(self.tag.bytes),
        ))
    }
}

/// Seals the answer to a request that has an idempotency key. `code` is the code that was
/// typed, from stopgap_normalize or stopgap_normalize_any; the text of the request is not
/// read. `answer` is in your own form.
///
/// Errors: those of a name; STOPGAP_ERR_TIME_OUT_OF_RANGE; STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY
/// unless the request has a key of 1 to 255 bytes; STOPGAP_ERR_INVALID_VALUE for an unknown
/// purpose or size; those of a code that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_verification_seal(
    ring: *const stopgap_key_ring,
    request: *const stopgap_verify_request,
    code: *const stopgap_code,
    answer: *const u8,
    answer_length: usize,
    now: i64,
    verification: *mut stopgap_verification,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, asked, code, answer, verification) = unsafe {
            (
                lent(ring)?,
                verify_request(request)?,
                lent(code)?.read()?,
                elements(answer, answer_length)?,
                output(verification)?,
            )
        };
        let now = instant(now)?;
        let sealed =
            asked.lend(|request| Verification::seal(&ring.0, request, &code, answer, now))?;
        verification.write(sealed.into());
        Ok(())
    })
}

/// Returns STOPGAP_OK if the stored answer may be returned to a verification that is
/// repeated. Call it outside stopgap_throttle_guard: a replay neither counts nor clears
/// failures. Before a granted answer is replayed, check its record by
/// stopgap_online_check_not_ended. After STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED, verify the code as
/// well, and count a failure if that is STOPGAP_ERR_UNKNOWN. `replay_seconds` is
/// STOPGAP_REPLAY_SECONDS or your own figure; a larger one than STOPGAP_MAX_REPLAY_SECONDS
/// counts as that.
///
/// Errors: the first that holds of STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TAMPERED (also if the
/// record belongs to another user or key), STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED,
/// STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED (another code or purpose); before them
/// STOPGAP_ERR_INVALID_VALUE for an unknown purpose or size, and those of a code or a record
/// that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_verification_replay(
    verification: *const stopgap_verification,
    answer: *const u8,
    answer_length: usize,
    ring: *const stopgap_key_ring,
    request: *const stopgap_verify_request,
    code: *const stopgap_code,
    replay_seconds: u32,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, ring, asked, code) = unsafe {
            (
                lent(verification)?.read(elements(answer, answer_length)?)?,
                lent(ring)?,
                verify_request(request)?,
                lent(code)?.read()?,
            )
        };
        let (policy, now) = (ReplayPolicy { replay_seconds }, instant(now)?);
        asked.lend(|request| {
            sealed
                .replay(&ring.0, request, &code, &policy, now)
                .map(|_| ())
        })?;
        Ok(())
    })
}

/// Checks the tag of a verification and its answer: for a list.
/// stopgap_verification_replay checks it as well.
///
/// Errors: STOPGAP_ERR_TAMPERED if record, answer and tag do not fit; STOPGAP_ERR_KEY_MISSING;
/// those of a record that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_verification_open(
    verification: *const stopgap_verification,
    answer: *const u8,
    answer_length: usize,
    ring: *const stopgap_key_ring,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, ring) = unsafe {
            let answer = elements(answer, answer_length)?;
            (lent(verification)?.read(answer)?, lent(ring)?)
        };
        sealed.open(&ring.0)?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_figure_is_that_of_the_core() {
        let default = ReplayPolicy::default();
        assert_eq!(default.replay_seconds, STOPGAP_REPLAY_SECONDS);
        assert_eq!(ReplayPolicy::MAX_SECONDS, STOPGAP_MAX_REPLAY_SECONDS);
    }
}
