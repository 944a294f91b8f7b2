//! The record of an online code, and its verification.

use std::{borrow::Borrow, borrow::BorrowMut, ffi::c_char};

use stopgap::{KeyId, Name, OnlineGrant, Refusal, chrono::DateTime};

use crate::{
    digest::{stopgap_digest, stopgap_tag},
    error::{of_element, stopgap_error},
    format::stopgap_format,
    granted::{STOPGAP_UNLIMITED, stopgap_granted},
    guard::{Outcome, elements, guard, handle, lent, name_text, output, typed},
    instant::{instant, stored, stored_or_never},
    key_ring::stopgap_key_ring,
    purpose::{purpose_of, purposes_number, purposes_of, stopgap_purpose, stopgap_purposes},
    status::stopgap_status,
    text,
    time::seconds,
};

/// The size of a name in a struct: 255 bytes and a NUL.
pub const STOPGAP_NAME_SIZE: usize = 256;

/// The record of an online code, in whatever store the server has: everything but the
/// code (SPEC, "Online codes"). It has no padding, so it can be written to a file as it
/// is, and read on a machine of the same byte order.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_online_grant {
    /// The instant of issue.
    pub issued_at: i64,
    /// The instant from which the code is valid; STOPGAP_NEVER if from issue.
    pub not_before: i64,
    /// The instant at which the code expires.
    pub expires_at: i64,
    /// The instant of revocation, or STOPGAP_NEVER.
    pub revoked_at: i64,
    /// The key that made the digest.
    pub key_id: u32,
    /// The purposes.
    pub purposes: stopgap_purposes,
    /// The number of uses allowed, or STOPGAP_UNLIMITED.
    pub max_uses: u32,
    /// The number of uses so far, if they are limited.
    pub uses: u32,
    /// The code's format.
    pub format: stopgap_format,
    /// HMAC(online key, text(user) ‖ code).
    pub digest: stopgap_digest,
    /// The user.
    pub user: [c_char; STOPGAP_NAME_SIZE],
}

impl<S: AsRef<str>> From<OnlineGrant<S>> for stopgap_online_grant {
    fn from(grant: OnlineGrant<S>) -> Self {
        Self {
            issued_at: grant.issued_at.timestamp(),
            not_before: seconds(grant.not_before),
            expires_at: grant.expires_at.timestamp(),
            revoked_at: seconds(grant.revoked_at),
            key_id: grant.key_id.0,
            purposes: purposes_number(grant.purposes),
            max_uses: grant.max_uses.unwrap_or(STOPGAP_UNLIMITED),
            uses: grant.uses,
            format: grant.format.into(),
            digest: grant.digest.into(),
            user: text::field(grant.user.as_str().as_bytes()),
        }
    }
}

impl stopgap_online_grant {
    /// Passes the core's grant, which borrows the user's name, to a call. A grant is
    /// large, so it is made in place. The instant of issue is left out, because nothing
    /// here depends on it.
    #[inline]
    fn lend<'a, T>(&'a self, call: impl FnOnce(OnlineGrant<&'a str>) -> T) -> Outcome<T> {
        let user = Name::borrowed(text::read_name(&self.user)?)?;
        let purposes = purposes_of(self.purposes)?;
        let not_before = stored_or_never(self.not_before)?;
        let expires_at = stored(self.expires_at)?;
        let revoked_at = stored_or_never(self.revoked_at)?;
        self.format.lend(|format| {
            call(OnlineGrant {
                key_id: KeyId(self.key_id),
                digest: self.digest.read(),
                user,
                format,
                purposes,
                issued_at: DateTime::UNIX_EPOCH,
                not_before,
                expires_at,
                max_uses: match self.max_uses {
                    STOPGAP_UNLIMITED => None,
                    most => Some(most),
                },
                uses: self.uses,
                revoked_at,
            })
        })
    }

    fn read(&self) -> Outcome<OnlineGrant<&str>> {
        self.lend(|grant| grant)
    }
}

/// A grant of the caller's array. Its count is written back on drop if it has changed:
/// other threads may be reading a grant that has not.
struct Counted<'a> {
    grant: OnlineGrant<&'a str>,
    before: u32,
    uses: *mut u32,
}

impl<'a> Borrow<OnlineGrant<&'a str>> for Counted<'a> {
    fn borrow(&self) -> &OnlineGrant<&'a str> {
        &self.grant
    }
}

impl<'a> BorrowMut<OnlineGrant<&'a str>> for Counted<'a> {
    fn borrow_mut(&mut self) -> &mut OnlineGrant<&'a str> {
        &mut self.grant
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        if self.grant.uses != self.before {
            // SAFETY: a member of the caller's struct to which there is no reference; the
            // grant borrows another member.
            unsafe { self.uses.write(self.grant.uses) }
        }
    }
}

/// Verifies what a person typed, and counts a use if uses are limited: the grant is then
/// the new state. Store it before you act on what is granted. Nothing is allocated, and
/// the code is compared in constant time. Guard the call with a throttle. For a user who
/// may have several codes use stopgap_online_verify_any.
///
/// Errors: the first that holds of those of a name, STOPGAP_TIME_OUT_OF_RANGE,
/// STOPGAP_TOO_LONG to STOPGAP_CHECK_FAILED, STOPGAP_KEY_MISSING, STOPGAP_UNKNOWN,
/// STOPGAP_REVOKED, STOPGAP_WRONG_PURPOSE, STOPGAP_NOT_YET_VALID, STOPGAP_EXPIRED,
/// STOPGAP_USED_UP. Those from STOPGAP_REVOKED on are returned only if the right code was
/// typed. Before them, the errors of the other arguments: STOPGAP_INVALID_VALUE for an
/// unknown purpose, and those of a grant that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_verify(
    grant: *mut stopgap_online_grant,
    ring: *const stopgap_key_ring,
    user: *const c_char,
    user_length: usize,
    typed: *const c_char,
    typed_length: usize,
    purpose: stopgap_purpose,
    now: i64,
    granted: *mut stopgap_granted,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (kept, ring, user, typed, granted) = unsafe {
            (
                lent(grant)?,
                lent(ring)?,
                name_text(user, user_length)?,
                self::typed(typed, typed_length)?,
                output(granted)?,
            )
        };
        let now = instant(now)?;
        let purpose = purpose_of(purpose)?;
        let (counted, verdict) = kept.lend(|mut state| {
            let verdict = typed.read(|typed| state.verify(&ring.0, user, typed, purpose, now))?;
            Ok::<_, Refusal>((state.uses, verdict))
        })??;
        // SAFETY: the contract of the header. There is no exclusive reference, because the
        // user may be the grant's own.
        unsafe { (&raw mut (*grant).uses).write(counted) };
        granted.write(verdict.into());
        Ok(())
    })
}

/// Verifies as stopgap_online_verify does, but counts no use. Use it with a store that
/// several processes share: count the use in one conditional statement, and if that
/// changes nothing the code is used up.
///
/// Errors: as stopgap_online_verify.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_check(
    grant: *const stopgap_online_grant,
    ring: *const stopgap_key_ring,
    user: *const c_char,
    user_length: usize,
    typed: *const c_char,
    typed_length: usize,
    purpose: stopgap_purpose,
    now: i64,
    granted: *mut stopgap_granted,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (grant, ring, user, typed, granted) = unsafe {
            (
                lent(grant)?,
                lent(ring)?,
                name_text(user, user_length)?,
                self::typed(typed, typed_length)?,
                output(granted)?,
            )
        };
        let now = instant(now)?;
        let purpose = purpose_of(purpose)?;
        let verdict = grant
            .lend(|grant| typed.read(|typed| grant.check(&ring.0, user, typed, purpose, now)))??;
        granted.write(verdict.into());
        Ok(())
    })
}

/// Verifies what a person typed against all the codes of that person, and counts a use of
/// the one that fits. Store the grant at `index` before you act on what is granted.
/// Nothing is allocated.
///
/// Errors: if a code fits, those of stopgap_online_verify for it. If none fits:
/// STOPGAP_UNKNOWN, also without a grant; STOPGAP_KEY_MISSING if the keys of all grants
/// that could fit are missing; STOPGAP_TOO_LONG to STOPGAP_CHECK_FAILED for a malformed
/// code; STOPGAP_TIME_OUT_OF_RANGE; those of a name. Those of a grant that is none, at
/// `index` of the error, if it comes before the one that fits.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_verify_any(
    grants: *mut stopgap_online_grant,
    count: usize,
    ring: *const stopgap_key_ring,
    user: *const c_char,
    user_length: usize,
    typed: *const c_char,
    typed_length: usize,
    purpose: stopgap_purpose,
    now: i64,
    index: *mut usize,
    granted: *mut stopgap_granted,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, user, typed, index, granted) = unsafe {
            elements(grants, count)?;
            (
                lent(ring)?,
                name_text(user, user_length)?,
                self::typed(typed, typed_length)?,
                output(index)?,
                output(granted)?,
            )
        };
        let mut broken = None;
        let lent_one = |place: usize| {
            let grant = grants.wrapping_add(place);
            // SAFETY: one of the caller's `count` grants, lent to this call alone.
            let (lent, counter) = unsafe { ((*grant).read(), &raw mut (*grant).uses) };
            match lent {
                Ok(grant) => Some(Counted {
                    before: grant.uses,
                    grant,
                    uses: counter,
                }),
                Err(failure) => {
                    broken = Some(of_element(failure, place));
                    None
                }
            }
        };
        let purpose = purpose_of(purpose)?;
        let all = (0..count).map_while(lent_one);
        let now = instant(now)?;
        let verdict =
            typed.read(|typed| OnlineGrant::verify_any(all, &ring.0, user, typed, purpose, now));
        match (verdict, broken) {
            (Ok((found, verdict)), _) => {
                index.write(found);
                granted.write(verdict.into());
                Ok(())
            }
            (Err(_), Some(failure)) => Err(failure),
            (Err(refusal), None) => Err(refusal.into()),
        }
    })
}

/// Revokes the code. A second time changes nothing: the first instant stays. Check first
/// that the actor may do this: STOPGAP_REVOKE_CODE.
///
/// Errors: STOPGAP_TIME_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_revoke(
    grant: *mut stopgap_online_grant,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let grant = unsafe { handle(grant)? };
        let mut state = grant.read()?;
        state.revoke(instant(now)?);
        grant.revoked_at = seconds(state.revoked_at);
        Ok(())
    })
}

/// Computes the tag to store beside a grant. It covers the digest, and with it the user,
/// the purposes, the instants from and until which the code is valid, the number of uses
/// allowed and the revocation: compute it again after a revocation. It does not cover the
/// uses, which a store counts.
///
/// Errors: STOPGAP_KEY_MISSING; those of a grant that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_tag(
    grant: *const stopgap_online_grant,
    ring: *const stopgap_key_ring,
    tag: *mut stopgap_tag,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (grant, ring, tag) = unsafe { (lent(grant)?, lent(ring)?, output(tag)?) };
        tag.write(grant.lend(|grant| grant.tag(&ring.0))??.into());
        Ok(())
    })
}

/// Checks the tag that was stored beside a grant, in constant time. Do this before you
/// use the grant.
///
/// Errors: STOPGAP_TAMPERED if grant and tag do not belong together;
/// STOPGAP_KEY_MISSING; those of a grant that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_check_tag(
    grant: *const stopgap_online_grant,
    ring: *const stopgap_key_ring,
    tag: *const stopgap_tag,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (grant, ring, tag) = unsafe { (lent(grant)?, lent(ring)?, lent(tag)?) };
        Ok(grant.lend(|grant| grant.check_tag(&ring.0, &tag.read()))??)
    })
}
