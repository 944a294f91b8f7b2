//! The record of an online code, and its verification.

use std::ffi::c_char;

use stopgap::{CodeDigest, KeyId, Name, OnlineGrant, RecordTag, Sealed};

use crate::{
    digest::{stopgap_digest, stopgap_tag},
    error::{of_element, stopgap_error},
    format::stopgap_format,
    granted::{STOPGAP_UNLIMITED, stopgap_granted},
    guard::{Outcome, elements, guard, lent, output},
    instant::{instant, stored, stored_or_never},
    key_ring::stopgap_key_ring,
    purpose::{purposes_number, purposes_of, stopgap_purposes},
    record_id::stopgap_record_id,
    request::{stopgap_verify_request, verify_request},
    status::stopgap_status,
    text,
    time::seconds,
};

/// The size of a name in a struct: 255 bytes and a NUL.
pub const STOPGAP_NAME_SIZE: usize = 256;

/// The sealed record of an online code: everything but the code, and the tag (SPEC,
/// "Online codes" and "Records at rest"). Every call checks the tag, which covers all
/// other members: a record that was changed outside Stopgap is STOPGAP_ERR_TAMPERED.
///
/// The tag is also the version of the record. Update the stored row only if its tag is
/// still the one that you loaded; otherwise load and decide again. Compare the id with what
/// you asked the store for: a whole record in the place of another one has a tag that fits.
/// The struct has no padding, so it can be written to a file as it is, and read on a
/// machine of the same byte order.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_online_grant {
    /// The time of issue.
    pub issued_at: i64,
    /// The instant from which the code is valid; STOPGAP_NEVER if from issue.
    pub not_before: i64,
    /// The expiry: the code is valid before this instant.
    pub expires_at: i64,
    /// The time of revocation; STOPGAP_NEVER if it was not revoked.
    pub revoked_at: i64,
    /// The key that made the digest and the tag.
    pub key_id: u32,
    /// The purposes for which it may be used.
    pub purposes: stopgap_purposes,
    /// The number of uses allowed, or STOPGAP_UNLIMITED.
    pub max_uses: u32,
    /// The number of uses, counted only if they are limited.
    pub uses: u32,
    /// The format of the code.
    pub format: stopgap_format,
    /// The id of the record.
    pub id: stopgap_record_id,
    /// HMAC(online key, text(user) ‖ code).
    pub digest: stopgap_digest,
    /// The tag of all other members.
    pub tag: stopgap_tag,
    /// The user.
    pub user: [c_char; STOPGAP_NAME_SIZE],
}

impl From<Sealed<OnlineGrant>> for stopgap_online_grant {
    fn from(sealed: Sealed<OnlineGrant>) -> Self {
        let (record, tag) = sealed.into_parts();
        Self {
            issued_at: record.issued_at.timestamp(),
            not_before: seconds(record.not_before),
            expires_at: record.expires_at.timestamp(),
            revoked_at: seconds(record.revoked_at),
            key_id: record.key_id.0,
            purposes: purposes_number(record.purposes),
            max_uses: record.max_uses.unwrap_or(STOPGAP_UNLIMITED),
            uses: record.uses,
            format: record.format.into(),
            id: record.id.into(),
            digest: record.digest.into(),
            tag: tag.into(),
            user: text::field(record.user.as_str().as_bytes()),
        }
    }
}

impl stopgap_online_grant {
    pub(crate) fn read(&self) -> Outcome<Sealed<OnlineGrant>> {
        let record = OnlineGrant {
            id: self.id.read(),
            key_id: KeyId(self.key_id),
            digest: CodeDigest::from_bytes(self.digest.bytes),
            user: Name::new(text::read_name(&self.user)?)?,
            format: self.format.read()?,
            purposes: purposes_of(self.purposes)?,
            issued_at: stored(self.issued_at)?,
            not_before: stored_or_never(self.not_before)?,
            expires_at: stored(self.expires_at)?,
            max_uses: match self.max_uses {
                STOPGAP_UNLIMITED => None,
                most => Some(most),
            },
            uses: self.uses,
            revoked_at: stored_or_never(self.revoked_at)?,
        };
        Ok(Sealed::from_parts(
            record,
            RecordTag::from_bytes(self.tag.bytes),
        ))
    }
}

/// Verifies what a person typed, checks the tag, and counts a use if uses are limited: the
/// struct is then the new state. Store it before you act on what is granted. The code is
/// compared in constant time. Memory is allocated for the user's name only. Guard the call
/// with a throttle. For a user who may have several codes use stopgap_online_verify_any.
///
/// Errors: the first that holds of those of a name, STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_UNKNOWN,
/// STOPGAP_ERR_TAMPERED, STOPGAP_ERR_REVOKED, STOPGAP_ERR_WRONG_PURPOSE, STOPGAP_ERR_NOT_YET_VALID,
/// STOPGAP_ERR_EXPIRED, STOPGAP_ERR_USED_UP. Those from STOPGAP_ERR_TAMPERED on are returned only if
/// the right code was typed. Before them, the errors of the other arguments:
/// STOPGAP_ERR_INVALID_VALUE for an unknown purpose or size, and those of a record that is
/// none.
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
        let (sealed, place, ring, asked, granted) = unsafe {
            (
                lent(grant)?.read()?,
                // Not exclusive, because the user may be the grant's own.
                output(grant)?,
                lent(ring)?,
                verify_request(request)?,
                output(granted)?,
            )
        };
        let now = instant(now)?;
        let verdict = asked.lend(|request| sealed.verify(&ring.0, request, now))?;
        granted.write((&verdict).into());
        // Other threads may be reading a record that does not change.
        if verdict.record.tag() != sealed.tag() {
            place.write(verdict.record.into());
        }
        Ok(())
    })
}

/// Verifies what a person typed against all the codes of that person, and counts a use of
/// the one that fits: only this one changes. Store the record at `index` before you act on
/// what is granted.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE; those of a name; then those of stopgap_online_verify
/// for the record whose code was typed. If the text is the code of no record:
/// STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED if it fits no format, as stopgap_normalize_any
/// has it; STOPGAP_ERR_KEY_MISSING if it could only be a code whose key is missing; otherwise
/// STOPGAP_ERR_UNKNOWN. Those of a record that is none, at `index` of the error, if it comes
/// before the one that fits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_verify_any(
    grants: *mut stopgap_online_grant,
    count: usize,
    ring: *const stopgap_key_ring,
    request: *const stopgap_verify_request,
    now: i64,
    index: *mut usize,
    granted: *mut stopgap_granted,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (records, ring, asked, index, granted) = unsafe {
            (
                elements(grants, count)?,
                lent(ring)?,
                verify_request(request)?,
                output(index)?,
                output(granted)?,
            )
        };
        let now = instant(now)?;
        let mut broken = None;
        let mut sealed = Vec::with_capacity(records.len());
        for (place, record) in records.iter().enumerate() {
            match record.read() {
                Ok(record) => sealed.push(record),
                Err(failure) => {
                    broken = Some(of_element(failure, place));
                    break;
                }
            }
        }
        let verdict = asked.lend(|request| Sealed::verify_any(&sealed, &ring.0, request, now));
        let (found, verdict) = match (verdict, broken) {
            (Ok(found), _) => found,
            (Err(_), Some(failure)) => return Err(failure),
            (Err(refusal), None) => return Err(refusal.into()),
        };
        index.write(found);
        granted.write((&verdict).into());
        let before = sealed.get(found).map(Sealed::tag);
        if before != Some(verdict.record.tag()) {
            // SAFETY: one of the caller's records, to which there is no reference any more.
            unsafe { output(grants.add(found)) }?.write(verdict.record.into());
        }
        Ok(())
    })
}

/// Revokes the code: the struct is then the new state, to be stored. A second time changes
/// nothing: the first time stays. Check first that the actor may do this:
/// STOPGAP_ACTION_REVOKE_CODE.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TAMPERED; those of a
/// record that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_revoke(
    grant: *mut stopgap_online_grant,
    ring: *const stopgap_key_ring,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, place, ring) = unsafe { (lent(grant)?.read()?, output(grant)?, lent(ring)?) };
        place.write(sealed.revoke(&ring.0, instant(now)?)?.into());
        Ok(())
    })
}

/// Checks that the code was not revoked and has not expired, before a granted answer is
/// replayed (SPEC, "Idempotency keys").
///
/// Errors: the first that holds of STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_KEY_MISSING,
/// STOPGAP_ERR_TAMPERED, STOPGAP_ERR_REVOKED, STOPGAP_ERR_EXPIRED; those of a record that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_check_not_ended(
    grant: *const stopgap_online_grant,
    ring: *const stopgap_key_ring,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, ring) = unsafe { (lent(grant)?.read()?, lent(ring)?) };
        Ok(sealed.check_not_ended(&ring.0, instant(now)?)?)
    })
}

/// Checks the tag of a record: for a list. stopgap_online_verify checks it as well.
///
/// Errors: STOPGAP_ERR_TAMPERED if record and tag do not fit; STOPGAP_ERR_KEY_MISSING; those of a
/// record that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_open(
    grant: *const stopgap_online_grant,
    ring: *const stopgap_key_ring,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, ring) = unsafe { (lent(grant)?.read()?, lent(ring)?) };
        sealed.open(&ring.0)?;
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use stopgap::{
        KeyId, KeyRing, MasterKey, OnlinePolicy, SysRng,
        chrono::{DateTime, TimeZone, Utc},
    };

    use super::*;

    /// The tag covers microseconds, and the struct has seconds.
    #[test]
    fn a_record_of_whole_seconds_keeps_its_tag() {
        let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
        let now = Utc.with_ymd_and_hms(2026, 11, 21, 15, 0, 0).unwrap();
        let policy = OnlinePolicy::default().not_before(now).max_uses(3);
        let opens = |now: DateTime<Utc>| {
            let (_, sealed) = policy.issue(&keys, "alice", now, &mut SysRng).unwrap();
            let read = stopgap_online_grant::from(sealed.clone()).read().unwrap();
            assert_eq!(read.tag(), sealed.tag());
            read.open(&keys).is_ok()
        };
        assert!(opens(now));
        assert!(!opens(
            DateTime::from_timestamp_micros(now.timestamp_micros() - 1).unwrap()
        ));
    }
}
