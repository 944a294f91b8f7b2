//! The record of a user's throttle on a server.

use stopgap::{Sealed, UserThrottle};

use crate::text::{stopgap_bytes, stopgap_text};
use crate::{
    digest::stopgap_tag,
    error::stopgap_error,
    growing::{Growing, grown_output},
    guard::{free, guard, lent, output},
    key_ring::stopgap_key_ring,
    record::{read_bytes, write_bytes},
    status::stopgap_status,
    text::name,
    throttle::stopgap_throttle,
    time::seconds,
};

/// The sealed record of a user's throttle (SPEC, "Throttle" and "Records at rest"). Its tag
/// binds it to the user and, by the key, to the tenant. Open it before you use the
/// throttle, and seal the throttle after each change. It never changes: any number of
/// threads may use it at the same time.
pub struct stopgap_user_throttle(Sealed<UserThrottle>);

/// The members of a user's throttle, to be listed or to be stored in columns. Set `size`
/// before the call. Members may be appended in later versions of this header.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_user_throttle_info {
    /// The size of the struct, sizeof(stopgap_user_throttle_info). Other sizes are those of
    /// other versions of this header, or STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The user, lent by the record until it is freed.
    pub user: stopgap_text,
    /// The end of the last lockout; STOPGAP_NEVER if there was none, or if it has no end.
    pub locked_until: i64,
    /// Failed attempts since the last success or unlock.
    pub failures: u32,
    /// The key that made the tag.
    pub key_id: u32,
    /// The tag, which is also the version of the record: update the stored row only if its
    /// tag is still the one that you loaded.
    pub tag: stopgap_tag,
}

// SAFETY: the size is the first member, and pointers may be NULL.
unsafe impl Growing for stopgap_user_throttle_info {
    const OLDEST: usize = size_of::<Self>();
}

/// Seals the throttle of a user under the primary key. Free the record with
/// stopgap_user_throttle_free.
///
/// Errors: those of a name; STOPGAP_ERR_TIME_OUT_OF_RANGE for an invalid throttle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_user_throttle_seal(
    ring: *const stopgap_key_ring,
    user: stopgap_text,
    throttle: *const stopgap_throttle,
    record: *mut *mut stopgap_user_throttle,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, user, throttle, record) = unsafe {
            (
                lent(ring)?,
                name(user)?,
                lent(throttle)?.read()?,
                output(record)?,
            )
        };
        let sealed = UserThrottle::seal(&ring.0, user, throttle);
        record.hand_over(stopgap_user_throttle(sealed))
    })
}

/// Checks the tag of a user's throttle, and writes the throttle.
///
/// Errors: those of a name; STOPGAP_ERR_KEY_MISSING; STOPGAP_ERR_TAMPERED if record and tag do
/// not fit, or if the record is another user's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_user_throttle_open(
    record: *const stopgap_user_throttle,
    ring: *const stopgap_key_ring,
    user: stopgap_text,
    throttle: *mut stopgap_throttle,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (record, ring, user, throttle) =
            unsafe { (lent(record)?, lent(ring)?, name(user)?, output(throttle)?) };
        throttle.write(record.0.throttle(&ring.0, user.as_str())?.into());
        Ok(())
    })
}

/// Writes the members of a record *without* a check of its tag: for a list or an index, not
/// for a decision. stopgap_user_throttle_open checks the tag.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE for an unknown size.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_user_throttle_info(
    record: *const stopgap_user_throttle,
    info: *mut stopgap_user_throttle_info,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, info) = unsafe { (&lent(record)?.0, grown_output(info)?) };
        let record = sealed.unverified();
        info.write(&stopgap_user_throttle_info {
            size: 0,
            user: stopgap_text::lend(record.user.as_str()),
            locked_until: seconds(record.throttle.locked_until),
            failures: record.throttle.failures,
            key_id: record.key_id.0,
            tag: (*sealed.tag()).into(),
        });
        Ok(())
    })
}

/// Writes the record as portable bytes, which are the same on every platform (SPEC,
/// "Records as bytes").
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL; the capacity needed is written to `needed`, which
/// may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_user_throttle_to_bytes(
    record: *const stopgap_user_throttle,
    buffer: *mut u8,
    capacity: usize,
    needed: *mut usize,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        unsafe { write_bytes(&lent(record)?.0, 0, buffer, capacity, needed) }
    })
}

/// Makes a record of its portable bytes. The tag is not checked before
/// stopgap_user_throttle_open. Free the record with stopgap_user_throttle_free.
///
/// Errors: STOPGAP_ERR_RECORD_BYTES.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_user_throttle_from_bytes(
    bytes: stopgap_bytes,
    record: *mut *mut stopgap_user_throttle,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (sealed, record) = unsafe { (read_bytes(bytes)?, output(record)?) };
        record.hand_over(stopgap_user_throttle(sealed))
    })
}

/// Frees a record, and sets the pointer to NULL. NULL, and a pointer to NULL, are left
/// alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_user_throttle_free(record: *mut *mut stopgap_user_throttle) {
    // SAFETY: the contract of the header.
    unsafe { free(record) }
}
