//! The record of a machine: the enrolment of a user on it.

use std::ffi::c_char;

use stopgap::{KeyId, Name, RecordTag, Sealed, offline::Enrolment};

use crate::text::stopgap_text;
use crate::{
    digest::stopgap_tag,
    error::Outcome,
    error::stopgap_error,
    grant::STOPGAP_NAME_SIZE,
    guard::{guard, lent, output},
    instant::{instant, stored, stored_or_never},
    key_ring::stopgap_key_ring,
    random::{random, stopgap_random},
    status::stopgap_status,
    text,
    text::{name, name_text},
    time::seconds,
};

/// The sealed record of the enrolment of one user on one machine (SPEC, "Keys" and "Records
/// at rest"). It holds no secret: the key is derived from the server's master key. Every
/// call checks the tag, which covers all other members: a record that was changed outside
/// Stopgap is STOPGAP_ERR_TAMPERED.
///
/// The tag is also the version of the record. Update the stored row only if its tag is
/// still the one that you loaded; otherwise load and decide again. Compare user and machine
/// with what you asked the store for. The struct has no padding, so it can be written to a
/// file as it is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_enrolment {
    /// The time of the enrolment.
    pub enrolled_at: i64,
    /// The time at which it was retired; STOPGAP_NEVER if it was not.
    pub retired_at: i64,
    /// The master key from which the enrolment's key is derived.
    pub key_id: u32,
    /// The number of this enrolment; the next one has one more and retires it.
    pub generation: u32,
    /// The tag of all other members.
    pub tag: stopgap_tag,
    /// The user.
    pub user: [c_char; STOPGAP_NAME_SIZE],
    /// The machine.
    pub machine: [c_char; STOPGAP_NAME_SIZE],
}

impl From<Sealed<Enrolment>> for stopgap_enrolment {
    fn from(sealed: Sealed<Enrolment>) -> Self {
        let (record, tag) = sealed.into_parts();
        Self {
            enrolled_at: record.enrolled_at.timestamp(),
            retired_at: seconds(record.retired_at),
            key_id: record.key_id.0,
            generation: record.generation,
            tag: tag.into(),
            user: text::field(record.user.as_str().as_bytes()),
            machine: text::field(record.machine.as_str().as_bytes()),
        }
    }
}

impl stopgap_enrolment {
    pub(crate) fn read(&self) -> Outcome<Sealed<Enrolment>> {
        let record = Enrolment {
            key_id: KeyId(self.key_id),
            user: Name::new(text::read_name(&self.user)?)?,
            machine: Name::new(text::read_name(&self.machine)?)?,
            generation: self.generation,
            enrolled_at: stored(self.enrolled_at)?,
            retired_at: stored_or_never(self.retired_at)?,
        };
        Ok(Sealed::from_parts(
            record,
            RecordTag::from_bytes(self.tag.bytes),
        ))
    }
}

/// Makes the first enrolment of a user on a machine, under the primary key. It has a random
/// generation below 2^31, so that a new store under an old key does not bring back the
/// enrolments of the old store. `random` may be NULL for the operating system.
///
/// Errors: those of a name; STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_RANDOM_FAILED,
/// STOPGAP_ERR_CALLBACK_FAILED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_new(
    ring: *const stopgap_key_ring,
    user: stopgap_text,
    machine: stopgap_text,
    now: i64,
    random: *const stopgap_random,
    enrolment: *mut stopgap_enrolment,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, user, machine, mut random, enrolment) = unsafe {
            (
                lent(ring)?,
                name_text(user)?,
                name_text(machine)?,
                self::random(random)?,
                output(enrolment)?,
            )
        };
        let made = Enrolment::new(&ring.0, user, machine, instant(now)?, &mut random)?;
        enrolment.write(made.into());
        Ok(())
    })
}

/// Makes the enrolment that follows this one, under the primary key, in its place: store
/// it. The machine's old key answers no request any more.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TAMPERED;
/// STOPGAP_ERR_NO_GENERATION after generation 2^32 - 1; those of an enrolment that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_next(
    enrolment: *mut stopgap_enrolment,
    ring: *const stopgap_key_ring,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, place, ring) =
            unsafe { (lent(enrolment)?.read()?, output(enrolment)?, lent(ring)?) };
        place.write(sealed.next(&ring.0, instant(now)?)?.into());
        Ok(())
    })
}

/// Retires the enrolment: the struct is then the new state, to be stored, and requests of
/// the machine are not answered any more. A second time changes nothing: the first time
/// stays.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TAMPERED; those of an
/// enrolment that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_retire(
    enrolment: *mut stopgap_enrolment,
    ring: *const stopgap_key_ring,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, place, ring) =
            unsafe { (lent(enrolment)?.read()?, output(enrolment)?, lent(ring)?) };
        place.write(sealed.retire(&ring.0, instant(now)?)?.into());
        Ok(())
    })
}

/// Checks the tag of an enrolment: for a list. The other calls check it as well.
///
/// Errors: STOPGAP_ERR_TAMPERED if record and tag do not fit; STOPGAP_ERR_KEY_MISSING; those of an
/// enrolment that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_open(
    enrolment: *const stopgap_enrolment,
    ring: *const stopgap_key_ring,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, ring) = unsafe { (lent(enrolment)?.read()?, lent(ring)?) };
        sealed.open(&ring.0)?;
        Ok(())
    })
}

/// Makes the enrolment that another server has, sealed under the primary key: for a
/// migration. Pass the values that the other server is known to have, not those of a record
/// whose tag was not checked.
///
/// Errors: those of a name; STOPGAP_ERR_TIME_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_migrate(
    ring: *const stopgap_key_ring,
    user: stopgap_text,
    machine: stopgap_text,
    generation: u32,
    enrolled_at: i64,
    enrolment: *mut stopgap_enrolment,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, user, machine, enrolment) =
            unsafe { (lent(ring)?, name(user)?, name(machine)?, output(enrolment)?) };
        let enrolled_at = instant(enrolled_at)?;
        let made = Enrolment::migrate(&ring.0, user, machine, generation, enrolled_at)?;
        enrolment.write(made.into());
        Ok(())
    })
}
