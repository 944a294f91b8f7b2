//! The record of a user's throttle on a server.

use std::ffi::c_char;

use stopgap::{KeyId, Name, RecordTag, Sealed, Throttle, UserThrottle};

use crate::text::stopgap_text;
use crate::{
    digest::stopgap_tag,
    error::stopgap_error,
    grant::STOPGAP_NAME_SIZE,
    guard::{Outcome, guard, lent, name, output},
    instant::stored_or_never,
    key_ring::stopgap_key_ring,
    status::stopgap_status,
    text,
    throttle::stopgap_throttle,
    time::seconds,
};

/// The sealed record of a user's throttle (SPEC, "Throttle" and "Records at rest"). Its tag
/// binds it to the user and, by the key, to the tenant. Open it before you use the
/// throttle, and seal the throttle after each change. The struct has no padding, so it can
/// be written to a file as it is.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_user_throttle {
    /// The end of the last lockout; STOPGAP_NEVER if there was none, or if it has no end.
    pub locked_until: i64,
    /// Failed attempts since the last success or reset.
    pub failures: u32,
    /// The key that made the tag.
    pub key_id: u32,
    /// The tag of all other members. It is also the version of the record: update the
    /// stored row only if its tag is still the one that you loaded.
    pub tag: stopgap_tag,
    /// The user.
    pub user: [c_char; STOPGAP_NAME_SIZE],
}

impl From<Sealed<UserThrottle>> for stopgap_user_throttle {
    fn from(sealed: Sealed<UserThrottle>) -> Self {
        let (record, tag) = sealed.into_parts();
        Self {
            locked_until: seconds(record.throttle.locked_until),
            failures: record.throttle.failures,
            key_id: record.key_id.0,
            tag: tag.into(),
            user: text::field(record.user.as_str().as_bytes()),
        }
    }
}

impl stopgap_user_throttle {
    fn read(&self) -> Outcome<Sealed<UserThrottle>> {
        let record = UserThrottle {
            key_id: KeyId(self.key_id),
            user: Name::new(text::read_name(&self.user)?)?,
            throttle: Throttle {
                failures: self.failures,
                locked_until: stored_or_never(self.locked_until)?,
            },
        };
        Ok(Sealed::from_parts(
            record,
            RecordTag::from_bytes(self.tag.bytes),
        ))
    }
}

/// Seals the throttle of a user under the primary key.
///
/// Errors: those of a name; STOPGAP_ERR_TIME_OUT_OF_RANGE for a throttle that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_user_throttle_seal(
    ring: *const stopgap_key_ring,
    user: stopgap_text,
    throttle: *const stopgap_throttle,
    record: *mut stopgap_user_throttle,
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
        record.write(UserThrottle::seal(&ring.0, user, throttle).into());
        Ok(())
    })
}

/// Checks the tag of a user's throttle, and writes the throttle.
///
/// Errors: STOPGAP_ERR_TAMPERED if record and tag do not fit, or if the record is another
/// user's; STOPGAP_ERR_KEY_MISSING; those of a name, and of a record that is none.
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
        let (sealed, ring, user, throttle) = unsafe {
            (
                lent(record)?.read()?,
                lent(ring)?,
                name(user)?,
                output(throttle)?,
            )
        };
        throttle.write(sealed.throttle(&ring.0, user.as_str())?.into());
        Ok(())
    })
}
