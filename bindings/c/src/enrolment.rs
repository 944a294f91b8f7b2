//! What a server keeps of the secret that it shares with a machine.

use std::ffi::c_char;

use stopgap::{KeyId, Name, offline::Enrolment};

use crate::{
    error::stopgap_error,
    grant::STOPGAP_NAME_SIZE,
    guard::{Outcome, guard, lent, output, text},
    key_ring::stopgap_key_ring,
    status::stopgap_status,
    text,
};

/// The enrolment of one user on one machine, as a server keeps it (SPEC, "Keys").
/// It holds no secret: the key is derived from the server's master key when it is
/// needed. It has no padding, so it can be written to a file as it is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_enrolment {
    /// The master key that it is derived from.
    pub key_id: u32,
    /// Which enrolment of the two this is; raising it retires those before.
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
            user: Name::new(text::read(&self.user)?)?,
            machine: Name::new(text::read(&self.machine)?)?,
        })
    }
}

/// The first enrolment of a user on a machine, under the newest key.
///
/// Errors: those of a name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_new(
    ring: *const stopgap_key_ring,
    user: *const c_char,
    user_length: usize,
    machine: *const c_char,
    machine_length: usize,
    enrolment: *mut stopgap_enrolment,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, user, machine, enrolment) = unsafe {
            (
                lent(ring)?,
                text(user, user_length)?,
                text(machine, machine_length)?,
                output(enrolment)?,
            )
        };
        enrolment.write((&Enrolment::new(&ring.0, user, machine)?).into());
        Ok(())
    })
}

/// The enrolment that follows this one, under the newest key. Keep it in place of
/// this one: the machine's old key answers no request any more. Both may be the
/// same struct.
///
/// Errors: STOPGAP_GENERATIONS_EXHAUSTED after 2^32 of them; those of an enrolment
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
