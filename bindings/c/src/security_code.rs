//! Security codes: API secrets with a lifetime.

use std::ffi::c_char;

use stopgap::{Access, Authenticated, KeyId, Rights, SecurityCode};

use crate::{
    access::{
        STOPGAP_ACCESS_SAME_AS, STOPGAP_ACCESS_SUPER_ADMINISTRATOR, access_of, asking,
        stopgap_access, stopgap_rights, stopgap_role_of,
    },
    code::stopgap_code,
    digest::{stopgap_digest, stopgap_tag},
    error::stopgap_error,
    grant::STOPGAP_NAME_SIZE,
    guard::{Outcome, guard, lent, name_text, output, text, typed},
    instant::{instant, stored},
    key_ring::stopgap_key_ring,
    life::{event_of, life_number, life_of, stopgap_life, stopgap_life_event, stopgap_life_state},
    random::{random, stopgap_random},
    rights::{actor, stopgap_actor},
    scopes::stopgap_scopes,
    security_text::{format, stopgap_prefix},
    status::stopgap_status,
    text,
};

/// The size of a description in a struct: 1,024 bytes, a NUL and seven more.
pub const STOPGAP_DESCRIPTION_SIZE: usize = 1_032;

/// The record of a security code, in whatever store the server has: everything but the
/// code (SPEC, "Security codes"). Every change needs a super administrator, and a refused
/// one changes nothing; store the record after a change. It has no padding, so it can be
/// written to a file as it is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_security_code {
    /// The instant of creation.
    pub created_at: i64,
    /// The lifetime.
    pub life: stopgap_life,
    /// The key that made the digest.
    pub key_id: u32,
    /// The access level.
    pub access: stopgap_access,
    /// HMAC(security key, code).
    pub digest: stopgap_digest,
    /// The user of STOPGAP_ACCESS_SAME_AS; otherwise empty.
    pub same_as: [c_char; STOPGAP_NAME_SIZE],
    /// The description.
    pub description: [c_char; STOPGAP_DESCRIPTION_SIZE],
    /// The scopes.
    pub scopes: stopgap_scopes,
}

/// The rights and scopes of an authenticated security code.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_authenticated {
    /// The rights.
    pub rights: stopgap_rights,
    /// The scopes.
    pub scopes: stopgap_scopes,
}

impl From<Authenticated<'_>> for stopgap_authenticated {
    fn from(authenticated: Authenticated<'_>) -> Self {
        let Authenticated {
            role,
            user,
            limited,
            scopes,
        } = authenticated;
        Self {
            rights: Rights {
                role,
                user,
                limited,
            }
            .into(),
            scopes: scopes.into(),
        }
    }
}

impl From<&SecurityCode> for stopgap_security_code {
    fn from(record: &SecurityCode) -> Self {
        let (access, same_as) = match &record.access {
            Access::SuperAdministrator => (STOPGAP_ACCESS_SUPER_ADMINISTRATOR, ""),
            Access::SameAs(user) => (STOPGAP_ACCESS_SAME_AS, user.as_str()),
        };
        Self {
            created_at: record.created_at.timestamp(),
            life: life_number(record.life),
            key_id: record.key_id.0,
            access,
            digest: record.digest.into(),
            same_as: text::field(same_as.as_bytes()),
            description: text::field(record.description.as_bytes()),
            scopes: (&record.scopes).into(),
        }
    }
}

impl stopgap_security_code {
    fn read(&self) -> Outcome<SecurityCode> {
        Ok(SecurityCode {
            description: text::read(&self.description)?.into(),
            ..self.without_description()?
        })
    }

    /// Returns all that authenticating and tags need.
    fn without_description(&self) -> Outcome<SecurityCode> {
        Ok(SecurityCode {
            key_id: KeyId(self.key_id),
            digest: self.digest.read(),
            access: access_of(self.access, text::read_name(&self.same_as)?)?,
            description: String::new(),
            created_at: stored(self.created_at)?,
            life: life_of(self.life)?,
            scopes: self.scopes.read()?,
        })
    }
}

/// Creates a code of 128 random bits with a lifetime of 24 hours. Hand it out once, as
/// stopgap_security_text writes it, and do not keep it; store the record. `same_as` is
/// used for STOPGAP_ACCESS_SAME_AS only. The scopes must be given: a list from
/// stopgap_scopes_parse, or stopgap_scopes_unlimited().
///
/// Errors: STOPGAP_FORBIDDEN unless the actor is a super administrator;
/// STOPGAP_DESCRIPTION_TOO_LONG, STOPGAP_DESCRIPTION_CONTROL_CHARACTER,
/// STOPGAP_SCOPES_EMPTY, STOPGAP_SCOPES_TOO_MANY, STOPGAP_SCOPE_INVALID,
/// STOPGAP_TIME_OUT_OF_RANGE, STOPGAP_RANDOM_FAILED, STOPGAP_CALLBACK_FAILED,
/// STOPGAP_INVALID_VALUE; those of a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_create(
    ring: *const stopgap_key_ring,
    actor: *const stopgap_actor,
    access: stopgap_access,
    same_as: *const c_char,
    same_as_length: usize,
    scopes: *const stopgap_scopes,
    description: *const c_char,
    description_length: usize,
    now: i64,
    random: *const stopgap_random,
    code: *mut stopgap_code,
    record: *mut stopgap_security_code,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, actor, same_as, scopes, description, mut random, code_out, record_out) = unsafe {
            (
                lent(ring)?,
                self::actor(actor)?,
                name_text(same_as, same_as_length)?,
                lent(scopes)?.read()?,
                text(description, description_length)?,
                self::random(random)?,
                output(code)?,
                output(record)?,
            )
        };
        let access = access_of(access, same_as)?;
        let (code, record) = SecurityCode::create(
            &ring.0,
            &actor,
            access,
            scopes,
            description,
            instant(now)?,
            &mut random,
        )?;
        code_out.write((&code).into());
        record_out.write((&record).into());
        Ok(())
    })
}

/// Authenticates the text of a security code, and writes the rights and scopes of the
/// code. All of the `prefixes` are accepted; (NULL, 0) stands for "stopgap". `role_of` is
/// asked for the user's role, for STOPGAP_ACCESS_SAME_AS only. The code is compared in
/// constant time.
///
/// Errors: STOPGAP_TIME_OUT_OF_RANGE, STOPGAP_TOO_LONG to STOPGAP_CHECK_FAILED,
/// STOPGAP_KEY_MISSING, STOPGAP_UNKNOWN (also for a code that is gone), or
/// STOPGAP_EXPIRED if the right code was presented in the week after its expiry;
/// STOPGAP_PREFIX_INVALID; STOPGAP_CALLBACK_FAILED, STOPGAP_INVALID_VALUE if `role_of`
/// returned no role; those of a record that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_authenticate(
    record: *const stopgap_security_code,
    ring: *const stopgap_key_ring,
    prefixes: *const stopgap_prefix,
    prefix_count: usize,
    presented: *const c_char,
    presented_length: usize,
    role_of: *const stopgap_role_of,
    now: i64,
    authenticated: *mut stopgap_authenticated,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (record, ring, format, presented, knows, authenticated) = unsafe {
            (
                lent(record)?.without_description()?,
                lent(ring)?,
                format(prefixes, prefix_count)?,
                typed(presented, presented_length)?,
                lent(role_of)?,
                output(authenticated)?,
            )
        };
        let now = instant(now)?;
        let given = asking(knows, |role_of| {
            let verdict = presented
                .read(|presented| record.authenticate(&ring.0, &format, presented, role_of, now));
            Ok(verdict?)
        })?;
        authenticated.write(given.into());
        Ok(())
    })
}

/// Writes the state of the code's lifetime now.
///
/// Errors: STOPGAP_TIME_OUT_OF_RANGE; those of a record that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_state(
    record: *const stopgap_security_code,
    now: i64,
    state: *mut stopgap_life_state,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (record, state) = unsafe { (lent(record)?, output(state)?) };
        state.write(record.without_description()?.state(instant(now)?).into());
        Ok(())
    })
}

/// Applies an event of the lifecycle. `expires_at`, the new expiry, is used for
/// STOPGAP_LIFE_EDIT only.
///
/// Errors: STOPGAP_FORBIDDEN to STOPGAP_ALREADY_ACTIVE, STOPGAP_TIME_OUT_OF_RANGE,
/// STOPGAP_INVALID_VALUE; those of a record that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_apply(
    record: *mut stopgap_security_code,
    actor: *const stopgap_actor,
    event: stopgap_life_event,
    expires_at: i64,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (record, place, actor) = unsafe {
            (
                lent(record)?,
                // Not exclusive, because the actor's name may be in the record.
                output(record)?,
                self::actor(actor)?,
            )
        };
        let mut changed = record.read()?;
        changed.apply(&actor, event_of(event, expires_at)?, instant(now)?)?;
        place.write((&changed).into());
        Ok(())
    })
}

/// Changes the description, to at most 1,024 bytes without control characters.
///
/// Errors: as stopgap_security_code_apply; STOPGAP_DESCRIPTION_TOO_LONG,
/// STOPGAP_DESCRIPTION_CONTROL_CHARACTER.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_describe(
    record: *mut stopgap_security_code,
    actor: *const stopgap_actor,
    description: *const c_char,
    description_length: usize,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (record, place, actor, description) = unsafe {
            (
                lent(record)?,
                // Not exclusive, because the description may be the record's own.
                output(record)?,
                self::actor(actor)?,
                text(description, description_length)?,
            )
        };
        let mut changed = record.read()?;
        changed.describe(&actor, description, instant(now)?)?;
        place.write((&changed).into());
        Ok(())
    })
}

/// Computes the tag to store beside a record. It covers the digest, the lifetime, the
/// access level and the scopes: compute it again when the lifetime changes.
///
/// Errors: STOPGAP_KEY_MISSING; those of a record that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_tag(
    record: *const stopgap_security_code,
    ring: *const stopgap_key_ring,
    tag: *mut stopgap_tag,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (record, ring, tag) = unsafe { (lent(record)?, lent(ring)?, output(tag)?) };
        tag.write(record.without_description()?.tag(&ring.0)?.into());
        Ok(())
    })
}

/// Checks the tag that was stored beside a record, in constant time. Do this before you
/// use the record.
///
/// Errors: STOPGAP_TAMPERED if record and tag do not belong together;
/// STOPGAP_KEY_MISSING; those of a record that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_check_tag(
    record: *const stopgap_security_code,
    ring: *const stopgap_key_ring,
    tag: *const stopgap_tag,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (record, ring, tag) = unsafe { (lent(record)?, lent(ring)?, lent(tag)?) };
        Ok(record
            .without_description()?
            .check_tag(&ring.0, &tag.read())?)
    })
}
