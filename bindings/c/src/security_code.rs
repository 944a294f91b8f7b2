//! The record of a security code, its authentication and its lifecycle.

use std::ffi::c_char;

use stopgap::{
    Access, Authenticated, CodeDigest, KeyId, LifecycleEvent, Name, RecordTag, Refusal, Sealed,
    SecurityCode,
};

use crate::text::stopgap_text;
use crate::{
    access::{
        STOPGAP_ACCESS_SAME_AS, STOPGAP_ACCESS_SUPER_ADMINISTRATOR, access_of, asking,
        stopgap_access, stopgap_role_of,
    },
    digest::{stopgap_digest, stopgap_tag},
    error::stopgap_error,
    grant::STOPGAP_NAME_SIZE,
    guard::{Outcome, guard, lent, lent_or_null, output, text, typed},
    instant::{instant, stored},
    key_ring::stopgap_key_ring,
    lifetime::{
        event_of, lifetime_number, lifetime_of, stopgap_lifecycle_event, stopgap_lifecycle_state,
        stopgap_lifetime,
    },
    random::{random, stopgap_random},
    record_id::stopgap_record_id,
    rights::{actor, stopgap_actor},
    role::{role_number, stopgap_role},
    scopes::stopgap_scopes,
    security_request::{security_request, stopgap_security_request},
    security_text::{issuing, prefixes_of, stopgap_prefix},
    status::stopgap_status,
    text::{self, text_out},
};

/// The size of a description in a struct: 1,024 bytes, a NUL and seven more.
pub const STOPGAP_DESCRIPTION_SIZE: usize = 1_032;

/// The sealed record of a security code: everything but the code, and the tag (SPEC,
/// "Security codes" and "Records at rest"). Every call checks the tag, which covers all
/// other members: a record that was changed outside Stopgap is STOPGAP_ERR_TAMPERED. Changes
/// need a super administrator.
///
/// The tag is also the version of the record. Update the stored row only if its tag is
/// still the one that you loaded; otherwise load and decide again. Compare the id with what
/// you asked the store for: a whole record in the place of another one has a tag that fits.
/// The struct has no padding, so it can be written to a file as it is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_security_code {
    /// The time of creation.
    pub created_at: i64,
    /// The lifetime.
    pub lifetime: stopgap_lifetime,
    /// The key that made the digest and the tag.
    pub key_id: u32,
    /// The access level.
    pub access: stopgap_access,
    /// The id of the record.
    pub id: stopgap_record_id,
    /// HMAC(security key, code).
    pub digest: stopgap_digest,
    /// The tag of all other members.
    pub tag: stopgap_tag,
    /// The user of STOPGAP_ACCESS_SAME_AS; otherwise empty.
    pub same_as: [c_char; STOPGAP_NAME_SIZE],
    /// The description: one line of text.
    pub description: [c_char; STOPGAP_DESCRIPTION_SIZE],
    /// The scopes to which the code is limited.
    pub scopes: stopgap_scopes,
}

/// An authenticated security code.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_authenticated {
    /// The role with whose rights it acts.
    pub role: stopgap_role,
    /// 1 if the user is a super administrator and the code has a plain user's rights;
    /// otherwise 0.
    pub limited: u32,
    /// The user of STOPGAP_ACCESS_SAME_AS; otherwise empty.
    pub user: [c_char; STOPGAP_NAME_SIZE],
    /// The scopes to which it is limited.
    pub scopes: stopgap_scopes,
}

impl From<Authenticated<'_>> for stopgap_authenticated {
    fn from(authenticated: Authenticated<'_>) -> Self {
        let user = authenticated.user.map_or("", Name::as_str);
        Self {
            role: role_number(authenticated.role),
            limited: authenticated.limited.into(),
            user: text::field(user.as_bytes()),
            scopes: authenticated.scopes.into(),
        }
    }
}

impl From<Sealed<SecurityCode>> for stopgap_security_code {
    fn from(sealed: Sealed<SecurityCode>) -> Self {
        let (record, tag) = sealed.into_parts();
        let (access, same_as) = match &record.access {
            Access::SuperAdministrator => (STOPGAP_ACCESS_SUPER_ADMINISTRATOR, ""),
            Access::SameAs(user) => (STOPGAP_ACCESS_SAME_AS, user.as_str()),
        };
        Self {
            created_at: record.created_at.timestamp(),
            lifetime: lifetime_number(record.lifetime),
            key_id: record.key_id.0,
            access,
            id: record.id.into(),
            digest: record.digest.into(),
            tag: tag.into(),
            same_as: text::field(same_as.as_bytes()),
            description: text::field(record.description.as_bytes()),
            scopes: (&record.scopes).into(),
        }
    }
}

impl stopgap_security_code {
    fn read(&self) -> Outcome<Sealed<SecurityCode>> {
        let same_as = text::read_name(&self.same_as)?;
        let access = access_of(self.access, same_as)?;
        // The tag of a super administrator's code does not cover a user.
        if access == Access::SuperAdministrator && !same_as.is_empty() {
            return Err(Refusal::Tampered.into());
        }
        let record = SecurityCode {
            id: self.id.read(),
            key_id: KeyId(self.key_id),
            digest: CodeDigest::from_bytes(self.digest.bytes),
            access,
            scopes: self.scopes.read()?,
            description: text::read(&self.description)?.into(),
            created_at: stored(self.created_at)?,
            lifetime: lifetime_of(self.lifetime)?,
        };
        Ok(Sealed::from_parts(
            record,
            RecordTag::from_bytes(self.tag.bytes),
        ))
    }
}

/// Creates a code of 128 random bits with a lifetime of 24 hours: its text with the prefix,
/// `stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7`, to be shown once and not stored, and
/// its sealed record, to be stored. `prefix` may be NULL for "stopgap", `random` for the
/// operating system. The buffer then holds a secret.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL (STOPGAP_SECURITY_TEXT_SIZE is enough for any), with
/// which no code exists; STOPGAP_ERR_FORBIDDEN unless the actor is a super administrator;
/// STOPGAP_ERR_DESCRIPTION_TOO_LONG, STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER,
/// STOPGAP_ERR_SCOPES_EMPTY, STOPGAP_ERR_SCOPES_TOO_MANY, STOPGAP_ERR_SCOPE_INVALID,
/// STOPGAP_ERR_PREFIX_INVALID, STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_RANDOM_FAILED,
/// STOPGAP_ERR_CALLBACK_FAILED, STOPGAP_ERR_INVALID_VALUE; those of a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_create(
    ring: *const stopgap_key_ring,
    prefix: *const stopgap_prefix,
    actor: *const stopgap_actor,
    request: *const stopgap_security_request,
    now: i64,
    random: *const stopgap_random,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
    record: *mut stopgap_security_code,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, prefix, actor, request, mut random, shown, record) = unsafe {
            (
                lent(ring)?,
                lent_or_null(prefix)?,
                self::actor(actor)?,
                security_request(request)?,
                self::random(random)?,
                text_out(buffer, capacity, needed)?,
                output(record)?,
            )
        };
        let format = issuing(prefix)?;
        let now = instant(now)?;
        let (text, sealed) =
            SecurityCode::create(&ring.0, &format, &actor, request, now, &mut random)?;
        shown.write(text.as_str())?;
        record.write(sealed.into());
        Ok(())
    })
}

/// Authenticates the text of a security code: reads it, compares the code in constant time,
/// and checks the tag. All of the `prefixes` are accepted; (NULL, 0) stands for "stopgap".
/// `role_of` is asked for the user's role, for STOPGAP_ACCESS_SAME_AS only.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED,
/// STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_UNKNOWN (also for a code that is gone), STOPGAP_ERR_TAMPERED,
/// or STOPGAP_ERR_EXPIRED if the right code was presented in the week after its expiry;
/// STOPGAP_ERR_PREFIX_INVALID; STOPGAP_ERR_CALLBACK_FAILED, STOPGAP_ERR_INVALID_VALUE if `role_of`
/// returned no role; those of a record that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_authenticate(
    record: *const stopgap_security_code,
    ring: *const stopgap_key_ring,
    prefixes: *const stopgap_prefix,
    prefix_count: usize,
    presented: stopgap_text,
    role_of: *const stopgap_role_of,
    now: i64,
    authenticated: *mut stopgap_authenticated,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, ring, format, presented, knows, authenticated) = unsafe {
            (
                lent(record)?.read()?,
                lent(ring)?,
                prefixes_of(prefixes, prefix_count)?,
                typed(presented)?,
                lent(role_of)?,
                output(authenticated)?,
            )
        };
        let now = instant(now)?;
        let code = presented.read(|presented| format.read(presented))?;
        let given = asking(knows, |role_of| {
            Ok(sealed.authenticate(&ring.0, &code, role_of, now)?)
        })?;
        authenticated.write(given.into());
        Ok(())
    })
}

/// Checks the tag of a record, and writes the state of its lifetime now.
///
/// Errors: STOPGAP_ERR_TAMPERED, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TIME_OUT_OF_RANGE; those of a
/// record that is none.
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
        let (sealed, ring, state) = unsafe { (lent(record)?.read()?, lent(ring)?, output(state)?) };
        state.write(sealed.open(&ring.0)?.state(instant(now)?).into());
        Ok(())
    })
}

/// Applies an event of the lifecycle: the struct is then the new state, to be stored.
/// `expires_at`, the new expiry, is used for STOPGAP_EVENT_EDIT only.
///
/// Errors: STOPGAP_ERR_FORBIDDEN to STOPGAP_ERR_ALREADY_ACTIVE, STOPGAP_ERR_TAMPERED,
/// STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_INVALID_VALUE; those of a record
/// that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_apply(
    record: *mut stopgap_security_code,
    ring: *const stopgap_key_ring,
    actor: *const stopgap_actor,
    event: stopgap_lifecycle_event,
    expires_at: i64,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe {
            let place = output(record)?;
            let changed = changed(record, ring, actor, now, event_of(event, expires_at))?;
            place.write(changed);
        }
        Ok(())
    })
}

/// Changes the description, to one line of at most 1,024 bytes: the struct is then the new
/// state, to be stored.
///
/// Errors: as stopgap_security_code_apply; STOPGAP_ERR_DESCRIPTION_TOO_LONG,
/// STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_describe(
    record: *mut stopgap_security_code,
    ring: *const stopgap_key_ring,
    actor: *const stopgap_actor,
    description: stopgap_text,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe {
            let description = text(description);
            let event = description.map(LifecycleEvent::Describe);
            let place = output(record)?;
            let changed = changed(record, ring, actor, now, event)?;
            place.write(changed);
        }
        Ok(())
    })
}

/// Returns the caller's record after an event. The caller writes it to its place: the name
/// of the actor and the description may be in the record, and must not be borrowed any more
/// while it is written.
///
/// # Safety
///
/// As [`lent`] and [`actor`].
unsafe fn changed(
    record: *const stopgap_security_code,
    ring: *const stopgap_key_ring,
    actor: *const stopgap_actor,
    now: i64,
    event: Outcome<LifecycleEvent<'_>>,
) -> Outcome<stopgap_security_code> {
    // SAFETY: the caller's promise.
    let (sealed, ring, actor) =
        unsafe { (lent(record)?.read()?, lent(ring)?, self::actor(actor)?) };
    let changed = sealed.apply(&ring.0, &actor, event?, instant(now)?)?;
    Ok(changed.into())
}

/// Checks the tag of a record: for a list. The other calls check it as well.
///
/// Errors: STOPGAP_ERR_TAMPERED if record and tag do not fit; STOPGAP_ERR_KEY_MISSING; those of a
/// record that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_open(
    record: *const stopgap_security_code,
    ring: *const stopgap_key_ring,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, ring) = unsafe { (lent(record)?.read()?, lent(ring)?) };
        sealed.open(&ring.0)?;
        Ok(())
    })
}
