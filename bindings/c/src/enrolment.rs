//! The record of a machine: the enrolment of a user on it.

use std::mem::offset_of;

use stopgap::{Sealed, offline::Enrolment};

use crate::text::{stopgap_bytes, stopgap_text};
use crate::{
    digest::stopgap_tag,
    error::stopgap_error,
    growing::{Growing, grown, grown_output},
    guard::{changed, free, guard, lent, output},
    instant::instant,
    key_ring::stopgap_key_ring,
    random::{random, stopgap_random},
    record::{read_bytes, write_bytes},
    status::stopgap_status,
    text::{name, name_text},
    time::seconds,
};

/// The sealed record of the enrolment of one user on one machine (SPEC, "Keys" and "Records
/// at rest"). It holds no secret: the key is derived from the server's master key. Every
/// call but ..._info, ..._to_bytes and ..._free checks the tag, which covers all other
/// members: a record that was changed outside Stopgap is STOPGAP_ERR_TAMPERED.
///
/// A call that changes the record changes the handle: store its bytes before you act. If the
/// call fails, the handle is unchanged. Compare user and machine in ..._info with those that
/// you asked the store for: a whole record in the place of another one has a tag that fits.
///
/// Threads: any number may use it at the same time in calls that take it as const;
/// stopgap_enrolment_next, stopgap_enrolment_retire and stopgap_enrolment_free need it alone.
pub struct stopgap_enrolment(pub(crate) Sealed<Enrolment>);

/// The members of an enrolment, to be listed or to be stored in columns. Set `size`
/// before the call. Members may be appended in later versions of this header.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_enrolment_info {
    /// The size of the struct, sizeof(stopgap_enrolment_info). Other sizes are those of other
    /// versions of this header, or STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The user, lent by the record until it changes or is freed.
    pub user: stopgap_text,
    /// The machine, lent by the record until it changes or is freed.
    pub machine: stopgap_text,
    /// The time of the enrolment.
    pub enrolled_at: i64,
    /// The time at which it was retired; STOPGAP_NEVER if it was not.
    pub retired_at: i64,
    /// The master key from which the enrolment's key is derived.
    pub key_id: u32,
    /// The number of this enrolment; the next one has one more and retires it.
    pub generation: u32,
    /// The tag, which is also the version of the record: update the stored row only if its
    /// tag is still the one that you loaded; otherwise load and decide again.
    pub tag: stopgap_tag,
}

// SAFETY: the size is the first member, and pointers may be NULL.
unsafe impl Growing for stopgap_enrolment_info {
    const OLDEST: usize = size_of::<Self>();
}

/// A request to enrol a user on a machine. Set `size`, `user` and `machine`; `random` may be
/// NULL. Members may be appended in later versions of this header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_enrolment_request {
    /// The size of the struct, sizeof(stopgap_enrolment_request), by which the library knows
    /// the members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The user.
    pub user: stopgap_text,
    /// The machine.
    pub machine: stopgap_text,
    /// The source of random numbers; NULL for the operating system. A migration needs none.
    pub random: *const stopgap_random,
}

// SAFETY: the size is the first member, and pointers may be NULL.
unsafe impl Growing for stopgap_enrolment_request {
    const OLDEST: usize = offset_of!(Self, random);
}

/// Makes the first enrolment of a user on a machine, under the primary key. It has a random
/// generation below 2^31, so that a new store under an old key does not bring back the
/// enrolments of the old store. Free the record with stopgap_enrolment_free.
///
/// Errors: those of a name; STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_RANDOM_FAILED,
/// STOPGAP_ERR_CALLBACK_FAILED; STOPGAP_ERR_INVALID_VALUE for an unknown size of the request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_new(
    ring: *const stopgap_key_ring,
    request: *const stopgap_enrolment_request,
    now: i64,
    enrolment: *mut *mut stopgap_enrolment,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, user, machine, mut random, enrolment) = unsafe {
            let (ring, request) = (lent(ring)?, grown(request)?);
            (
                ring,
                name_text(request.user)?,
                name_text(request.machine)?,
                random(request.random)?,
                output(enrolment)?,
            )
        };
        let made = Enrolment::new(&ring.0, user, machine, instant(now)?, &mut random)?;
        enrolment.hand_over(stopgap_enrolment(made))
    })
}

/// Makes the enrolment that follows this one, under the primary key, in its place: store
/// it. The machine's old key answers no request any more. On failure the record is unchanged.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TAMPERED;
/// STOPGAP_ERR_NO_GENERATION after generation 2^32 - 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_next(
    enrolment: *mut stopgap_enrolment,
    ring: *const stopgap_key_ring,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let ((before, place), ring) = unsafe { (changed(enrolment)?, lent(ring)?) };
        let after = before.0.next(&ring.0, instant(now)?)?;
        place.write(stopgap_enrolment(after))
    })
}

/// Retires the enrolment: the record is then in the new state, to be stored, and requests of
/// the machine are not answered any more. A second time changes nothing: the first time
/// stays. On failure the record is unchanged.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TAMPERED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_retire(
    enrolment: *mut stopgap_enrolment,
    ring: *const stopgap_key_ring,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let ((before, place), ring) = unsafe { (changed(enrolment)?, lent(ring)?) };
        let after = before.0.retire(&ring.0, instant(now)?)?;
        place.write(stopgap_enrolment(after))
    })
}

/// Checks the tag of an enrolment: for a list. The other calls check it as well.
///
/// Errors: STOPGAP_ERR_TAMPERED if record and tag do not fit; STOPGAP_ERR_KEY_MISSING.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_open(
    enrolment: *const stopgap_enrolment,
    ring: *const stopgap_key_ring,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (enrolment, ring) = unsafe { (lent(enrolment)?, lent(ring)?) };
        enrolment.0.open(&ring.0)?;
        Ok(())
    })
}

/// Makes the enrolment that another server has, sealed under the primary key: for a
/// migration. Pass the values that the other server is known to have, not those of a record
/// whose tag was not checked. Free the record with stopgap_enrolment_free.
///
/// Errors: those of a name; STOPGAP_ERR_TIME_OUT_OF_RANGE; STOPGAP_ERR_INVALID_VALUE for an
/// unknown size of the request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_migrate(
    ring: *const stopgap_key_ring,
    request: *const stopgap_enrolment_request,
    generation: u32,
    enrolled_at: i64,
    enrolment: *mut *mut stopgap_enrolment,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, user, machine, enrolment) = unsafe {
            let (ring, request) = (lent(ring)?, grown(request)?);
            let (user, machine) = (name(request.user)?, name(request.machine)?);
            (ring, user, machine, output(enrolment)?)
        };
        let enrolled_at = instant(enrolled_at)?;
        let made = Enrolment::migrate(&ring.0, user, machine, generation, enrolled_at)?;
        enrolment.hand_over(stopgap_enrolment(made))
    })
}

/// Writes the members of an enrolment *without* a check of its tag: for a list or an index,
/// not for a decision. stopgap_enrolment_open checks the tag.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE for an unknown size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_info(
    enrolment: *const stopgap_enrolment,
    info: *mut stopgap_enrolment_info,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, info) = unsafe { (&lent(enrolment)?.0, grown_output(info)?) };
        let record = sealed.unverified();
        info.write(&stopgap_enrolment_info {
            size: 0,
            user: stopgap_text::lend(record.user.as_str()),
            machine: stopgap_text::lend(record.machine.as_str()),
            enrolled_at: record.enrolled_at.timestamp(),
            retired_at: seconds(record.retired_at),
            key_id: record.key_id.0,
            generation: record.generation,
            tag: (*sealed.tag()).into(),
        });
        Ok(())
    })
}

/// Writes the enrolment as portable bytes, which are the same on every platform (SPEC,
/// "Records as bytes").
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL; the capacity needed is written to `needed`, which
/// may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_to_bytes(
    enrolment: *const stopgap_enrolment,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe { write_bytes(&lent(enrolment)?.0, 0, buffer, capacity, needed) }
    })
}

/// Makes an enrolment of its portable bytes. The tag is not checked before the first call
/// that uses it. Free the record with stopgap_enrolment_free.
///
/// Errors: STOPGAP_ERR_RECORD_BYTES.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_from_bytes(
    bytes: stopgap_bytes,
    enrolment: *mut *mut stopgap_enrolment,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, enrolment) = unsafe { (read_bytes(bytes)?, output(enrolment)?) };
        enrolment.hand_over(stopgap_enrolment(sealed))
    })
}

/// Frees an enrolment, and sets the pointer to NULL. NULL, and a pointer to NULL, are left
/// alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_enrolment_free(enrolment: *mut *mut stopgap_enrolment) {
    // SAFETY: the contract of the header.
    unsafe { free(enrolment) }
}
