//! The enrolment of a user on a machine.

use std::ffi::c_char;

use stopgap::{KeyId, Name, offline::Enrolment};

use crate::{
    error::stopgap_error,
    grant::STOPGAP_NAME_SIZE,
    guard::{Outcome, guard, lent, name_text, output},
    key_ring::stopgap_key_ring,
    random::{random, stopgap_random},
    status::stopgap_status,
    text,
};

/// The record of the enrolment of one user on one machine (SPEC, "Keys"). It has no
/// secret: the key is derived from the server's master key when it is needed. It has no
/// padding, so it can be written to a file as it is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_enrolment {
    /// The master key from which the enrolment key is derived.
    pub key_id: u32,
    /// The generation; raising it retires the earlier ones.
    pub generation: u32,
    /// The user.
    pub user: [c_char; STOPGAP_NAME_SIZE],
    /// The machine.
    pub machine: [c_char; STOPGAP_NAME_SIZE],
}

impl From<&Enrolment> for stopgap_enrolment {
    fn from(enrolment: &Enrolment) -> Self {
        Self {
            key_id: enrolment.key_id.0,
            generation: enrolment.generation,
            user: text::field(enrolment.user.as_str().as_bytes()),
            machine: text::field(enrolment.machine.as_str().as_bytes()),
        }
    }
}

impl stopgap_enrolment {
    pub(crate) fn read(&self) -> Outcome<Enrolment> {
        Ok(Enrolment {
            key_id: KeyId(self.key_id),
            generation: self.generation,
            user: Name::new(text::read_name(&self.user)?)?,
            machine: Name::new(text::read_name(&self.machine)?)?,
        })
    }
}

/// Makes the first enrolment of a user on a machine, under the newest key. It starts at a
/// random generation below 2^31, so that a new store under an old key does not bring back
/// the enrolments of the old store. `random` may be NULL for the operating system.
///
/// Errors: those of a name; STOPGAP_RANDOM_FAILED, STOPGAP_CALLBACK_FAILED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_new(
    ring: *const stopgap_key_ring,
    user: *const c_char,
    user_length: usize,
    machine: *const c_char,
    machine_length: usize,
    random: *const stopgap_random,
    enrolment: *mut stopgap_enrolment,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, user, machine, mut random, enrolment) = unsafe {
            (
                lent(ring)?,
                name_text(user, user_length)?,
                name_text(machine, machine_length)?,
                self::random(random)?,
                output(enrolment)?,
            )
        };
        let made = Enrolment::new(&ring.0, user, machine, &mut random)?;
        enrolment.write((&made).into());
        Ok(())
    })
}

/// Makes the enrolment that follows this one, under the newest key. Store it in place of
/// this one: the machine's old key answers no request any more. Both may be the same
/// struct.
///
/// Errors: STOPGAP_GENERATIONS_EXHAUSTED after generation 2^32 - 1; those of an enrolment
/// that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_next(
    enrolment: *const stopgap_enrolment,
    ring: *const stopgap_key_ring,
    next: *mut stopgap_enrolment,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (enrolment, ring, next) = unsafe { (lent(enrolment)?, lent(ring)?, output(next)?) };
        next.write((&enrolment.read()?.next(&ring.0)?).into());
        Ok(())
    })
}
