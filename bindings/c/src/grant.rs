//! The record of an online code, and its verification.

use stopgap::{OnlineGrant, Sealed};

use crate::text::{stopgap_bytes, stopgap_text};
use crate::{
    digest::{stopgap_digest, stopgap_tag},
    error::stopgap_error,
    format::stopgap_format,
    granted::{stopgap_granted, uses_number},
    growing::{Growing, grown_output},
    guard::{changed, each_lent, elements, free, guard, lent, output},
    instant::instant,
    key_ring::stopgap_key_ring,
    purpose::{purposes_number, stopgap_purposes},
    record::{read_bytes, write_bytes},
    record_id::stopgap_record_id,
    request::{stopgap_verify_request, verify_request},
    status::stopgap_status,
    time::seconds,
};

/// The sealed record of an online code: everything but the code, and the tag (SPEC,
/// "Online codes" and "Records at rest"). Every call but ..._info, ..._to_bytes and
/// ..._free checks the tag, which covers all other members: a record that was changed
/// outside Stopgap is STOPGAP_ERR_TAMPERED.
///
/// A call that changes the record changes the handle: store its bytes before you act. If
/// the call fails, the handle is unchanged. Compare the id in ..._info with the id that
/// you asked the store for: a whole record in the place of another one has a tag that fits.
///
/// Threads: any number may use it at the same time in calls that take it as const;
/// stopgap_online_verify, stopgap_online_verify_any, stopgap_online_revoke and
/// stopgap_online_grant_free need it alone.
pub struct stopgap_online_grant(pub(crate) Sealed<OnlineGrant>);

/// The members of the record of an online code, to be listed or to be stored in columns. Set `size`
/// before the call. Members may be appended in later versions of this header.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_online_grant_info {
    /// The size of the struct, sizeof(stopgap_online_grant_info). Other sizes are those of
    /// other versions of this header, or STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The user, lent by the record until it changes or is freed.
    pub user: stopgap_text,
    /// The time of issue.
    pub issued_at: i64,
    /// The instant from which the code is valid; STOPGAP_NEVER if from issue.
    pub not_before: i64,
    /// The expiry: the code is valid before this instant.
    pub expires_at: i64,
    /// The time of revocation; STOPGAP_NEVER if it was not revoked.
    pub revoked_at: i64,
    /// The format of the code. Its alphabet is lent by the record until it changes or is
    /// freed.
    pub format: stopgap_format,
    /// The key that made the digest and the tag.
    pub key_id: u32,
    /// The purposes for which it may be used.
    pub purposes: stopgap_purposes,
    /// The number of uses allowed, or STOPGAP_UNLIMITED.
    pub max_uses: u32,
    /// The number of uses, counted only if they are limited.
    pub uses: u32,
    /// The id of the record.
    pub id: stopgap_record_id,
    /// HMAC(online key, text(user) ‖ code), by which a store finds the record.
    pub digest: stopgap_digest,
    /// The tag, which is also the version of the record: update the stored row only if its
    /// tag is still the one that you loaded; otherwise load and decide again.
    pub tag: stopgap_tag,
}

// SAFETY: the size is the first member, and pointers may be NULL.
unsafe impl Growing for stopgap_online_grant_info {
    const OLDEST: usize = size_of::<Self>();
}

/// The records of all codes of a user: an array of pointers.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_online_grants {
    /// The array. No record occurs twice in it.
    pub ptr: *const *mut stopgap_online_grant,
    /// The number of records.
    pub count: usize,
}

/// Verifies what a person typed, checks the tag, and counts a use if uses are limited.
/// Store the record before you act on what is granted. The code is compared in constant
/// time, and nothing is allocated. Guard the call with a throttle. For a user who may have
/// several codes use stopgap_online_verify_any.
///
/// Errors: the first that holds of STOPGAP_ERR_TIME_OUT_OF_RANGE, those of a name,
/// STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_UNKNOWN,
/// STOPGAP_ERR_TAMPERED, STOPGAP_ERR_REVOKED, STOPGAP_ERR_WRONG_PURPOSE, STOPGAP_ERR_NOT_YET_VALID,
/// STOPGAP_ERR_EXPIRED, STOPGAP_ERR_USED_UP. Those from STOPGAP_ERR_TAMPERED on are returned only if
/// the right code was typed. Before them, STOPGAP_ERR_INVALID_VALUE for an unknown purpose or
/// size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_verify(
    grant: *mut stopgap_online_grant,
    ring: *const stopgap_key_ring,
    request: *const stopgap_verify_request,
    now: i64,
    granted: *mut stopgap_granted,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let ((grant, place), ring, asked, granted) = unsafe {
            (
                changed(grant)?,
                lent(ring)?,
                verify_request(request)?,
                grown_output(granted)?,
            )
        };
        let now = instant(now)?;
        let verdict = asked.lend(|request| grant.0.verify(&ring.0, request, now));
        let verdict = verdict.as_ref().map_err(|refusal| *refusal)?;
        let verified = stopgap_granted::new(0, verdict);
        // Other threads may be reading a record that does not change.
        if verdict.record.tag() != grant.0.tag() {
            place.write(stopgap_online_grant(verdict.record.clone()))?;
        }
        granted.write(&verified);
        Ok(())
    })
}

/// Verifies what a person typed against all the codes of that person, and counts a use of
/// the one that fits: only this one changes. Store the record at `granted.index` before you
/// act on what is granted.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE; those of a name; then those of stopgap_online_verify
/// for the record whose code was typed. If the text is the code of no record:
/// STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED if it fits no format, as stopgap_normalize_any
/// has it; STOPGAP_ERR_KEY_MISSING if it could only be a code whose key is missing; otherwise
/// STOPGAP_ERR_UNKNOWN. Before them, STOPGAP_ERR_INVALID_VALUE for an unknown purpose or size,
/// and STOPGAP_ERR_NULL_ARGUMENT with the `index` of a pointer that is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_verify_any(
    grants: stopgap_online_grants,
    ring: *const stopgap_key_ring,
    request: *const stopgap_verify_request,
    now: i64,
    granted: *mut stopgap_granted,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (records, ring, asked, granted) = unsafe {
            (
                elements(grants.ptr, grants.count)?,
                lent(ring)?,
                verify_request(request)?,
                grown_output(granted)?,
            )
        };
        let now = instant(now)?;
        // SAFETY: the contract of the header.
        let sealed = unsafe { each_lent(records) }?.map(|record| &record.0);
        let verdict = asked.lend(|request| Sealed::verify_any(sealed, &ring.0, request, now));
        let (index, verdict) = verdict.as_ref().map_err(|refusal| *refusal)?;
        let verified = stopgap_granted::new(*index, verdict);
        if let Some(record) = records.get(*index) {
            // SAFETY: the contract of the header.
            let (grant, place) = unsafe { changed(*record) }?;
            if verdict.record.tag() != grant.0.tag() {
                place.write(stopgap_online_grant(verdict.record.clone()))?;
            }
        }
        granted.write(&verified);
        Ok(())
    })
}

/// Revokes the code. Store the record afterwards. A second time changes nothing: the first
/// time stays. Check first that the actor may do this: STOPGAP_ACTION_REVOKE_CODE.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TAMPERED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_revoke(
    grant: *mut stopgap_online_grant,
    ring: *const stopgap_key_ring,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let ((grant, place), ring) = unsafe { (changed(grant)?, lent(ring)?) };
        let revoked = grant.0.revoke(&ring.0, instant(now)?)?;
        place.write(stopgap_online_grant(revoked))
    })
}

/// Checks that the code was not revoked and has not expired, before a granted answer is
/// replayed (SPEC, "Idempotency keys").
///
/// Errors: the first that holds of STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_KEY_MISSING,
/// STOPGAP_ERR_TAMPERED, STOPGAP_ERR_REVOKED, STOPGAP_ERR_EXPIRED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_check_not_ended(
    grant: *const stopgap_online_grant,
    ring: *const stopgap_key_ring,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (grant, ring) = unsafe { (lent(grant)?, lent(ring)?) };
        Ok(grant.0.check_not_ended(&ring.0, instant(now)?)?)
    })
}

/// Checks the tag of a record: for a list. stopgap_online_verify checks it as well.
///
/// Errors: STOPGAP_ERR_KEY_MISSING; STOPGAP_ERR_TAMPERED if record and tag do not fit.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_open(
    grant: *const stopgap_online_grant,
    ring: *const stopgap_key_ring,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (grant, ring) = unsafe { (lent(grant)?, lent(ring)?) };
        grant.0.open(&ring.0)?;
        Ok(())
    })
}

/// Writes the members of a record *without* a check of its tag: for a list or an index, not
/// for a decision. stopgap_online_open checks the tag.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE for an unknown size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_grant_info(
    grant: *const stopgap_online_grant,
    info: *mut stopgap_online_grant_info,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, info) = unsafe { (&lent(grant)?.0, grown_output(info)?) };
        let record = sealed.unverified();
        info.write(&stopgap_online_grant_info {
            size: 0,
            user: stopgap_text::lend(record.user.as_str()),
            issued_at: record.issued_at.timestamp(),
            not_before: seconds(record.not_before),
            expires_at: record.expires_at.timestamp(),
            revoked_at: seconds(record.revoked_at),
            format: stopgap_format::lend(&record.format),
            key_id: record.key_id.0,
            purposes: purposes_number(record.purposes),
            max_uses: uses_number(record.max_uses),
            uses: record.uses,
            id: record.id.into(),
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
pub unsafe extern "C" fn stopgap_online_grant_to_bytes(
    grant: *const stopgap_online_grant,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe { write_bytes(&lent(grant)?.0, 0, buffer, capacity, needed) }
    })
}

/// Makes a record of its portable bytes. The tag is not checked before a call that uses
/// the record. Free it with stopgap_online_grant_free.
///
/// Errors: STOPGAP_ERR_RECORD_BYTES.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_grant_from_bytes(
    bytes: stopgap_bytes,
    grant: *mut *mut stopgap_online_grant,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, grant) = unsafe { (read_bytes(bytes)?, output(grant)?) };
        grant.hand_over(stopgap_online_grant(sealed))
    })
}

/// Frees a record, and sets the pointer to NULL. NULL, and a pointer to NULL, are left
/// alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_grant_free(grant: *mut *mut stopgap_online_grant) {
    // SAFETY: the contract of the header.
    unsafe { free(grant) }
}
