//! Security codes: API secrets with a life.

use std::ffi::c_char;

use stopgap::{Access, KeyId, SecurityCode};

use crate::{
    code::stopgap_code,
    digest::{stopgap_digest, stopgap_tag},
    error::stopgap_error,
    grant::STOPGAP_NAME_SIZE,
    guard::{Outcome, guard, lent, output, text},
    instant::{instant, stored},
    key_ring::stopgap_key_ring,
    life::{event_of, life_number, life_of, stopgap_life, stopgap_life_event, stopgap_life_state},
    random::{random, stopgap_random},
    rights::{actor, stopgap_actor},
    scope::{
        STOPGAP_ACCESS_SAME_AS, STOPGAP_ACCESS_SUPER_ADMINISTRATOR, access_of, asking,
        stopgap_access, stopgap_role_of, stopgap_scope,
    },
    status::stopgap_status,
    text,
};

/// The size of a description in a struct: 1,024 bytes, a NUL and seven more.
pub const STOPGAP_DESCRIPTION_SIZE: usize = 1_032;

/// What a server keeps of a security code, in whatever store it has: everything but
/// the code (SPEC, "Security codes"). Every change needs a super administrator and
/// changes nothing where it is refused; keep the record after it. It has no
/// padding, so it can be written to a file as it is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_security_code {
    /// When it was created.
    pub created_at: i64,
    /// Its life.
    pub life: stopgap_life,
    /// The key that made the digest.
    pub key_id: u32,
    /// With whose rights it acts.
    pub access: stopgap_access,
    /// HMAC(security key, code).
    pub digest: stopgap_digest,
    /// The user of STOPGAP_ACCESS_SAME_AS; otherwise empty.
    pub same_as: [c_char; STOPGAP_NAME_SIZE],
    /// What it is for, in somebody's words.
    pub description: [c_char; STOPGAP_DESCRIPTION_SIZE],
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

    /// All that authenticating and tags need.
    fn without_description(&self) -> Outcome<SecurityCode> {
        Ok(SecurityCode {
            key_id: KeyId(self.key_id),
            digest: self.digest.read(),
            access: access_of(self.access, text::read(&self.same_as)?)?,
            description: String::new(),
            created_at: stored(self.created_at)?,
            life: life_of(self.life)?,
        })
    }
}

/// Creates a code of 128 random bits that lives 24 hours: the code, to be told once
/// and not kept, and the record, to be kept. Only STOPGAP_ACCESS_SAME_AS looks at
/// `same_as`.
///
/// Errors: STOPGAP_FORBIDDEN for anybody but a super administrator;
/// STOPGAP_DESCRIPTION_TOO_LONG, STOPGAP_DESCRIPTION_CONTROL_CHARACTER,
/// STOPGAP_TIME_OUT_OF_RANGE, STOPGAP_RANDOM_FAILED, STOPGAP_CALLBACK_FAILED,
/// STOPGAP_INVALID_VALUE; those of a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_create(
    ring: *const stopgap_key_ring,
    actor: *const stopgap_actor,
    access: stopgap_access,
    same_as: *const c_char,
    same_as_length: usize,
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
        let (ring, actor, same_as, description, mut random, code_out, record_out) = unsafe {
            (
                lent(ring)?,
                self::actor(actor)?,
                text(same_as, same_as_length)?,
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
            description,
            instant(now)?,
            &mut random,
        )?;
        code_out.write((&code).into());
        record_out.write((&record).into());
        Ok(())
    })
}

/// Authenticates a presented code: what it may do, where `role_of` knows what a
/// user is; it is asked for STOPGAP_ACCESS_SAME_AS alone. The code is compared in
/// constant time.
///
/// Errors: STOPGAP_TIME_OUT_OF_RANGE, what keeps the text from being a code,
/// STOPGAP_KEY_MISSING, STOPGAP_UNKNOWN (also for one that is gone), or
/// STOPGAP_EXPIRED where the right code was presented in the week after its expiry;
/// STOPGAP_CALLBACK_FAILED, STOPGAP_INVALID_VALUE where `role_of` gave no role.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_security_code_authenticate(
    record: *const stopgap_security_code,
    ring: *const stopgap_key_ring,
    presented: *const c_char,
    presented_length: usize,
    role_of: *const stopgap_role_of,
    now: i64,
    scope: *mut stopgap_scope,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (record, ring, presented, knows, scope) = unsafe {
            (
                lent(record)?.without_description()?,
                lent(ring)?,
                text(presented, presented_length)?,
                lent(role_of)?,
                output(scope)?,
            )
        };
        let now = instant(now)?;
        let given = asking(knows, |role_of| {
            Ok(record.authenticate(&ring.0, presented, role_of, now)?)
        })?;
        scope.write(given.into());
        Ok(())
    })
}

/// Where its life stands now.
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

/// Does something to the code. Only STOPGAP_LIFE_EDIT looks at `expires_at`, the
/// new expiry.
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
                // Not exclusive, for the actor's name may be in the record.
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

/// Describes the code anew, in at most 1,024 bytes without control characters.
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
                // Not exclusive, for the description may be the record's own.
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

/// The tag to keep beside a record. It binds the digest, the life and the access:
/// make it anew when the life changes.
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

/// Checks the tag that was kept beside a record, in constant time: before anything
/// in it is believed.
///
/// Errors: STOPGAP_TAMPERED where record and tag do not belong together;
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
