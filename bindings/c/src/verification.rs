//! The record of a verification under an idempotency key.

use std::mem::offset_of;

use stopgap::{Code, Name, Purpose, ReplayPolicy, Sealed, Verification, VerifyRequest};

use crate::memory::with_room;
use crate::text::{stopgap_bytes, stopgap_text};
use crate::{
    code::stopgap_code,
    digest::{stopgap_digest, stopgap_tag},
    error::Outcome,
    error::stopgap_error,
    growing::{Growing, grown, grown_output},
    guard::{free, guard, lent, output},
    instant::instant,
    key_ring::stopgap_key_ring,
    purpose::{purpose_number, purpose_of, stopgap_purpose},
    record::{read_bytes, write_bytes},
    status::stopgap_status,
    text::{name, text_or_null},
};

/// The seconds for which an answer is replayed by default.
pub const STOPGAP_REPLAY_SECONDS: u32 = 600;
/// The most seconds for which an answer is replayed: 24 hours. A store remembers a key for
/// at least as long.
pub const STOPGAP_MAX_REPLAY_SECONDS: u32 = 86_400;

/// The sealed record of an answered verification, to be replayed if the caller repeats it
/// with its idempotency key (SPEC, "Idempotency keys"). It has the answer, which the tag
/// covers as well. It never changes: any number of threads may use it at the same time.
pub struct stopgap_verification(Sealed<Verification>);

/// A verification under an idempotency key. Set `size`, `user`, `idempotency_key`,
/// `purpose` and `code`; the other members may be zeros. Members may be appended in later
/// versions of this header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_verification_request {
    /// The size of the struct, sizeof(stopgap_verification_request), by which the library
    /// knows the members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The user.
    pub user: stopgap_text,
    /// The caller's name for this verification, so that it can be repeated safely: 1 to 255
    /// bytes of UTF-8.
    pub idempotency_key: stopgap_text,
    /// The purpose.
    pub purpose: stopgap_purpose,
    /// The code that was typed, from stopgap_normalize or stopgap_normalize_any.
    pub code: *const stopgap_code,
    /// The answer to store, in your own form, or (NULL, 0). Only stopgap_verification_seal
    /// uses it.
    pub answer: stopgap_bytes,
    /// Seconds for which the answer is replayed; 0 for STOPGAP_REPLAY_SECONDS. A larger
    /// figure than STOPGAP_MAX_REPLAY_SECONDS counts as that. Only
    /// stopgap_verification_replay uses it.
    pub replay_seconds: u32,
}

// SAFETY: the size is the first member, and pointers may be NULL.
unsafe impl Growing for stopgap_verification_request {
    const OLDEST: usize = offset_of!(Self, answer);
}

/// The members of the record of a verification, to be listed or to be stored in columns. Set `size`
/// before the call. Members may be appended in later versions of this header.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_verification_info {
    /// The size of the struct, sizeof(stopgap_verification_info). Other sizes are those of
    /// other versions of this header, or STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The user, lent by the record until it is freed.
    pub user: stopgap_text,
    /// The idempotency key, lent by the record until it is freed.
    pub idempotency_key: stopgap_text,
    /// The answer, lent by the record until it is freed.
    pub answer: stopgap_bytes,
    /// The time of the answer.
    pub answered_at: i64,
    /// The key that made the digest and the tag.
    pub key_id: u32,
    /// The purpose.
    pub purpose: stopgap_purpose,
    /// The digest of the code that was typed, as that of an online code of this user.
    pub digest: stopgap_digest,
    /// The tag, which is also the version of the record.
    pub tag: stopgap_tag,
}

// SAFETY: the size is the first member, and pointers may be NULL.
unsafe impl Growing for stopgap_verification_info {
    const OLDEST: usize = size_of::<Self>();
}

/// The caller's request.
struct Repeatable<'a> {
    user: Name,
    idempotency_key: Option<&'a str>,
    purpose: Purpose,
    code: Code,
    answer: &'a [u8],
    replay_seconds: u32,
}

/// Returns the caller's request.
///
/// # Safety
///
/// As [`grown`] and [`text_or_null`].
unsafe fn verification_request<'a>(
    request: *const stopgap_verification_request,
) -> Outcome<Repeatable<'a>> {
    // SAFETY: the caller's promise.
    unsafe {
        let all = grown(request)?;
        Ok(Repeatable {
            user: name(all.user)?,
            idempotency_key: text_or_null(all.idempotency_key)?,
            purpose: purpose_of(all.purpose)?,
            code: lent(all.code)?.read()?,
            answer: all.answer.read()?,
            replay_seconds: match all.replay_seconds {
                0 => STOPGAP_REPLAY_SECONDS,
                seconds => seconds,
            },
        })
    }
}

impl Repeatable<'_> {
    /// Returns the core's request, whose text is not read.
    fn asked(&self) -> VerifyRequest<'_> {
        let mut request = VerifyRequest::new(self.user.as_str(), "", self.purpose);
        request.idempotency_key = self.idempotency_key;
        request
    }
}

/// Seals the answer to a verification that has an idempotency key. Free the record with
/// stopgap_verification_free.
///
/// Errors: those of a name; STOPGAP_ERR_TIME_OUT_OF_RANGE; STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY
/// unless the request has a key of 1 to 255 bytes; STOPGAP_ERR_INVALID_VALUE for an unknown
/// purpose or size; those of an invalid code.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_verification_seal(
    ring: *const stopgap_key_ring,
    request: *const stopgap_verification_request,
    now: i64,
    verification: *mut *mut stopgap_verification,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, request, verification) = unsafe {
            (
                lent(ring)?,
                verification_request(request)?,
                output(verification)?,
            )
        };
        let now = instant(now)?;
        let (asked, answer) = (request.asked(), request.answer);
        let room = answer.len().saturating_add(4_096);
        let sealed = with_room(room, || {
            Ok(Verification::seal(
                &ring.0,
                &asked,
                &request.code,
                answer,
                now,
            )?)
        })?;
        verification.hand_over(stopgap_verification(sealed))
    })
}

/// Writes the stored answer if it may be returned to a verification that is repeated. It is
/// lent by the record until it is freed.
///
/// Call it outside stopgap_throttle_guard: a replay neither counts nor clears failures.
/// Before a granted answer is replayed, check its record by
/// stopgap_online_check_not_ended. After STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED, verify the code as
/// well, and count a failure if that is STOPGAP_ERR_UNKNOWN.
///
/// Errors: the first that holds of STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TAMPERED (also if the
/// record belongs to another user or key), STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED,
/// STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED (another code or purpose); before them those of a name,
/// STOPGAP_ERR_INVALID_VALUE for an unknown purpose or size, and those of an invalid code.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_verification_replay(
    verification: *const stopgap_verification,
    ring: *const stopgap_key_ring,
    request: *const stopgap_verification_request,
    now: i64,
    answer: *mut stopgap_bytes,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, ring, request, place) = unsafe {
            (
                &lent(verification)?.0,
                lent(ring)?,
                verification_request(request)?,
                output(answer)?,
            )
        };
        let now = instant(now)?;
        let policy = ReplayPolicy {
            replay_seconds: request.replay_seconds,
        };
        let answer = sealed.replay(&ring.0, &request.asked(), &request.code, &policy, now)?;
        place.write(stopgap_bytes::lend(answer));
        Ok(())
    })
}

/// Checks the tag of a verification, and writes the answer: for a list. The answer is lent
/// by the record until it is freed. stopgap_verification_replay checks the tag as well.
///
/// Errors: STOPGAP_ERR_KEY_MISSING; STOPGAP_ERR_TAMPERED if record and tag do not fit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_verification_open(
    verification: *const stopgap_verification,
    ring: *const stopgap_key_ring,
    answer: *mut stopgap_bytes,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, ring, answer) =
            unsafe { (&lent(verification)?.0, lent(ring)?, output(answer)?) };
        answer.write(stopgap_bytes::lend(&sealed.open(&ring.0)?.answer));
        Ok(())
    })
}

/// Writes the members of a record *without* a check of its tag: for a list or an index, not
/// for a decision. stopgap_verification_open checks the tag.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE for an unknown size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_verification_info(
    verification: *const stopgap_verification,
    info: *mut stopgap_verification_info,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, info) = unsafe { (&lent(verification)?.0, grown_output(info)?) };
        let record = sealed.unverified();
        info.write(&stopgap_verification_info {
            size: 0,
            user: stopgap_text::lend(record.user.as_str()),
            idempotency_key: stopgap_text::lend(&record.idempotency_key),
            answer: stopgap_bytes::lend(&record.answer),
            answered_at: record.answered_at.timestamp(),
            key_id: record.key_id.0,
            purpose: purpose_number(record.purpose),
            digest: record.digest.into(),
            tag: (*sealed.tag()).into(),
        });
        Ok(())
    })
}

/// Writes the record as portable bytes, which are the same on every platform (SPEC,
/// "Records as bytes").
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL; the capacity needed is written to `needed`, which
/// may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_verification_to_bytes(
    verification: *const stopgap_verification,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe {
            let sealed = &lent(verification)?.0;
            let answer = sealed.unverified().answer.len();
            write_bytes(sealed, answer, buffer, capacity, needed)
        }
    })
}

/// Makes a record of its portable bytes. The tag is not checked before
/// stopgap_verification_replay or stopgap_verification_open. Free the record with
/// stopgap_verification_free.
///
/// Errors: STOPGAP_ERR_RECORD_BYTES.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_verification_from_bytes(
    bytes: stopgap_bytes,
    verification: *mut *mut stopgap_verification,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, verification) = unsafe { (read_bytes(bytes)?, output(verification)?) };
        verification.hand_over(stopgap_verification(sealed))
    })
}

/// Frees a record, and sets the pointer to NULL. NULL, and a pointer to NULL, are left
/// alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_verification_free(verification: *mut *mut stopgap_verification) {
    // SAFETY: the contract of the header.
    unsafe { free(verification) }
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
