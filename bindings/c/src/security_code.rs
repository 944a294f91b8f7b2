//! The record of a security code, its authentication and its lifecycle.

use std::mem::offset_of;

use stopgap::{Access, Name, Sealed, SecurityCode};

use crate::{
    access::{STOPGAP_ACCESS_SAME_AS, STOPGAP_ACCESS_SUPER_ADMINISTRATOR, asking, stopgap_access},
    digest::{stopgap_digest, stopgap_tag},
    error::stopgap_error,
    growing::{Growing, grown_output},
    guard::{changed, free, guard, lent, output},
    instant::instant,
    key_ring::stopgap_key_ring,
    lifetime::{lifetime_members, stopgap_lifecycle_state},
    record::{read_bytes, write_bytes},
    record_id::stopgap_record_id,
    role::{role_number, stopgap_role},
    scopes::{listed, stopgap_scopes},
    security_request::*,
    security_text::stopgap_security_text,
    status::stopgap_status,
    text::{stopgap_bytes, stopgap_text},
};

/// The sealed record of a security code: everything but the code, and the tag (SPEC,
/// "Security codes" and "Records at rest"). The calls that decide check the tag, which
/// covers all of the record: a record that was changed outside Stopgap is
/// STOPGAP_ERR_TAMPERED.
///
/// Store its bytes. The tag is also the version of the record: update the stored record only
/// if its tag is still the one that you loaded; otherwise load and decide again. Compare the
/// id with the one that you asked the store for: a whole record in the place of another one
/// has a tag that fits.
///
/// Threads: any number may use it at the same time in calls that take it as const;
/// stopgap_security_code_apply, _rotate and _free need it alone.
pub struct stopgap_security_code {
    sealed: Sealed<SecurityCode>,
    /// The scopes as a list, to be lent.
    scopes: String,
}

impl stopgap_security_code {
    pub(crate) fn new(sealed: Sealed<SecurityCode>) -> Self {
        let scopes = listed(&sealed.unverified().scopes);
        Self { sealed, scopes }
    }
}

/// The members of a security code's record. The texts are lent by the record: they stay
/// valid until it changes or is freed. Later versions of this header may append members.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_security_code_info {
    /// The size of the struct, sizeof(stopgap_security_code_info), which the caller sets.
    /// Other sizes than those of a version are STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The time of creation.
    pub created_at: i64,
    /// The expiry; STOPGAP_NEVER if the code is permanent or was deleted.
    pub expires_at: i64,
    /// The user of STOPGAP_ACCESS_SAME_AS; otherwise empty.
    pub same_as: stopgap_text,
    /// The description.
    pub description: stopgap_text,
    /// The scopes.
    pub scopes: stopgap_scopes,
    /// 1 if the code does not expire; otherwise 0.
    pub permanent: u32,
    /// 1 if the code was deleted; otherwise 0.
    pub deleted: u32,
    /// The access level.
    pub access: stopgap_access,
    /// The key that made the digest and the tag.
    pub key_id: u32,
    /// The id of the record.
    pub id: stopgap_record_id,
    /// HMAC(security key, code), by which a store finds the record.
    pub digest: stopgap_digest,
    /// The tag of the record.
    pub tag: stopgap_tag,
}

// SAFETY: the size is the first member, and zeros are a value.
unsafe impl Growing for stopgap_security_code_info {
    const OLDEST: usize = size_of::<Self>();
}

/// An authenticated security code. The texts are lent by the record: they stay valid until
/// it changes or is freed. Later versions of this header may append members.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_authenticated {
    /// The size of the struct, sizeof(stopgap_authenticated), which the caller sets. Other
    /// sizes than those of a version are STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The user of STOPGAP_ACCESS_SAME_AS; otherwise empty.
    pub user: stopgap_text,
    /// The scopes to which it is limited.
    pub scopes: stopgap_scopes,
    /// The role with whose rights it acts.
    pub role: stopgap_role,
    /// 1 if the user is a super administrator and the code has a plain user's rights;
    /// otherwise 0.
    pub limited: u32,
}

// SAFETY: the size is the first member, and zeros are a value.
unsafe impl Growing for stopgap_authenticated {
    const OLDEST: usize = offset_of!(Self, limited) + size_of::<u32>();
}

/// A security code that replaces another one.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_rotated {
    /// The text of the new code, to be shown once and not stored. It is a secret.
    pub text: stopgap_security_text,
    /// The record of the new code, to be stored. Free it with stopgap_security_code_free.
    pub record: *mut stopgap_security_code,
}

/// Creates a code of 128 random bits: its text, to be shown once and not stored, and its
/// sealed record, to be stored. Free the record with stopgap_security_code_free, and wipe
/// the text with stopgap_wipe.
///
/// Errors: STOPGAP_ERR_FORBIDDEN unless the actor is a super administrator;
/// STOPGAP_ERR_DESCRIPTION_TOO_LONG, STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER,
/// STOPGAP_ERR_SCOPES_EMPTY, STOPGAP_ERR_SCOPES_TOO_MANY, STOPGAP_ERR_SCOPE_INVALID,
/// STOPGAP_ERR_PREFIX_INVALID, STOPGAP_ERR_EXPIRY_NOT_IN_FUTURE,
/// STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_RANDOM_FAILED, STOPGAP_ERR_CALLBACK_FAILED,
/// STOPGAP_ERR_INVALID_VALUE; those of a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_create(
    ring: *const stopgap_key_ring,
    request: *const stopgap_security_request,
    now: i64,
    text: *mut stopgap_security_text,
    record: *mut *mut stopgap_security_code,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, asked, shown, record) = unsafe {
            (
                lent(ring)?,
                security_request(request)?,
                output(text)?,
                output(record)?,
            )
        };
        let Creation {
            format,
            actor,
            request,
            mut random,
        } = asked;
        let now = instant(now)?;
        let (text, sealed) =
            SecurityCode::create(&ring.0, &format, &actor, request, now, &mut random)?;
        record.hand_over(stopgap_security_code::new(sealed))?;
        shown.write((&text).into());
        Ok(())
    })
}

/// Authenticates the text of a security code: reads it, compares the code in constant time,
/// and checks the tag.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED,
/// STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_UNKNOWN (also for a code that is gone),
/// STOPGAP_ERR_TAMPERED, or STOPGAP_ERR_EXPIRED if the right code was presented in the week
/// after its expiry; STOPGAP_ERR_PREFIX_INVALID; STOPGAP_ERR_CALLBACK_FAILED,
/// STOPGAP_ERR_INVALID_VALUE if `role_of` returned no role.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_authenticate(
    record: *const stopgap_security_code,
    ring: *const stopgap_key_ring,
    request: *const stopgap_authenticate_request,
    now: i64,
    authenticated: *mut stopgap_authenticated,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (record, ring, asked, authenticated) = unsafe {
            (
                lent(record)?,
                lent(ring)?,
                authenticate_request(request)?,
                grown_output(authenticated)?,
            )
        };
        let now = instant(now)?;
        let code = asked.typed.read(|presented| asked.format.read(presented))?;
        let given = asking(asked.role_of, |role_of| {
            Ok(record.sealed.authenticate(&ring.0, &code, role_of, now)?)
        })?;
        authenticated.write(&stopgap_authenticated {
            size: size_of::<stopgap_authenticated>(),
            user: stopgap_text::lend(given.user.map_or("", Name::as_str)),
            scopes: stopgap_scopes::lend(given.scopes, &record.scopes),
            role: role_number(given.role),
            limited: given.limited.into(),
        });
        Ok(())
    })
}

/// Checks the tag of a record, and writes the state of its lifetime now.
///
/// Errors: STOPGAP_ERR_TAMPERED, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TIME_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_state(
    record: *const stopgap_security_code,
    ring: *const stopgap_key_ring,
    now: i64,
    state: *mut stopgap_lifecycle_state,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (record, ring, state) = unsafe { (lent(record)?, lent(ring)?, output(state)?) };
        let record = record.sealed.open(&ring.0)?;
        state.write(record.state(instant(now)?).into());
        Ok(())
    })
}

/// Applies an event of the lifecycle: the record is then in the new state, to be stored. On
/// failure it is unchanged.
///
/// Errors: STOPGAP_ERR_FORBIDDEN to STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER,
/// STOPGAP_ERR_TAMPERED, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_INVALID_VALUE; those of a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_apply(
    record: *mut stopgap_security_code,
    ring: *const stopgap_key_ring,
    change: *const stopgap_security_change,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe {
            let ((before, place), ring) = (changed(record)?, lent(ring)?);
            let (actor, event) = security_change(change)?;
            let sealed = before.sealed.apply(&ring.0, &actor, event, instant(now)?)?;
            // No event changes the scopes.
            place.update(|record| record.sealed = sealed)
        }
    })
}

/// Creates a code that replaces this one: a new secret and a new id under the primary key,
/// with the same access level, scopes and description. The record of the old code changes:
/// the code expires after the overlap. Store both records, or neither. On failure the record
/// is unchanged.
///
/// Errors: STOPGAP_ERR_FORBIDDEN, STOPGAP_ERR_NOT_FOUND, STOPGAP_ERR_REACTIVATE_FIRST,
/// STOPGAP_ERR_EXPIRY_NOT_IN_FUTURE, STOPGAP_ERR_TAMPERED, STOPGAP_ERR_KEY_MISSING,
/// STOPGAP_ERR_PREFIX_INVALID, STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_RANDOM_FAILED,
/// STOPGAP_ERR_CALLBACK_FAILED, STOPGAP_ERR_INVALID_VALUE; those of a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_rotate(
    record: *mut stopgap_security_code,
    ring: *const stopgap_key_ring,
    request: *const stopgap_rotate_request,
    now: i64,
    rotated: *mut stopgap_rotated,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let ((before, place), ring, asked, rotated) = unsafe {
            (
                changed(record)?,
                lent(ring)?,
                rotate_request(request)?,
                output(rotated)?,
            )
        };
        let Replacement {
            format,
            actor,
            rotation,
            mut random,
        } = asked;
        let (keys, now) = (&ring.0, instant(now)?);
        let done = before
            .sealed
            .rotate(keys, &format, &actor, rotation, now, &mut random)?;
        let text = (&done.text).into();
        let record = Box::new(stopgap_security_code::new(done.record));
        place.update(|record| record.sealed = done.replaced)?;
        let record = Box::into_raw(record);
        rotated.write(stopgap_rotated { text, record });
        Ok(())
    })
}

/// Checks the tag of a record: for a list. The calls that decide check it as well.
///
/// Errors: STOPGAP_ERR_TAMPERED if record and tag do not fit; STOPGAP_ERR_KEY_MISSING.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_open(
    record: *const stopgap_security_code,
    ring: *const stopgap_key_ring,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (record, ring) = unsafe { (lent(record)?, lent(ring)?) };
        record.sealed.open(&ring.0)?;
        Ok(())
    })
}

/// Writes the members of a record: for a list, or for the columns of a store. It does not
/// check the tag; stopgap_security_code_open does.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE for a size of no version.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_info(
    record: *const stopgap_security_code,
    info: *mut stopgap_security_code_info,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (record, info) = unsafe { (lent(record)?, grown_output(info)?) };
        let code = record.sealed.unverified();
        let (access, same_as) = match &code.access {
            Access::SuperAdministrator => (STOPGAP_ACCESS_SUPER_ADMINISTRATOR, ""),
            Access::SameAs(user) => (STOPGAP_ACCESS_SAME_AS, user.as_str()),
        };
        let (expires_at, permanent, deleted) = lifetime_members(code.lifetime);
        info.write(&stopgap_security_code_info {
            size: size_of::<stopgap_security_code_info>(),
            created_at: code.created_at.timestamp(),
            expires_at,
            same_as: stopgap_text::lend(same_as),
            description: stopgap_text::lend(&code.description),
            scopes: stopgap_scopes::lend(&code.scopes, &record.scopes),
            permanent,
            deleted,
            access,
            key_id: code.key_id.0,
            id: code.id.into(),
            digest: code.digest.into(),
            tag: (*record.sealed.tag()).into(),
        });
        Ok(())
    })
}

/// Makes a record of the bytes that stopgap_security_code_to_bytes has written. It does not
/// check the tag; the calls that decide do. Free the record with stopgap_security_code_free.
///
/// Errors: STOPGAP_ERR_RECORD_BYTES.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_from_bytes(
    bytes: stopgap_bytes,
    record: *mut *mut stopgap_security_code,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, record) = unsafe { (read_bytes(bytes)?, output(record)?) };
        record.hand_over(stopgap_security_code::new(sealed))
    })
}

/// Writes the portable bytes of a record and its tag, to be stored (SPEC, "Records as
/// bytes"). `needed`, which may be NULL, is set to their number; (NULL, 0) only asks for it.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_to_bytes(
    record: *const stopgap_security_code,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe { write_bytes(&lent(record)?.sealed, 0, buffer, capacity, needed) }
    })
}

/// Frees a record, and sets the pointer to NULL. NULL is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_free(record: *mut *mut stopgap_security_code) {
    // SAFETY: the contract of the header.
    unsafe { free(record) }
}
