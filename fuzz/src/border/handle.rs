//! Records that are handles: their portable bytes, read and written.

use std::ptr;

use super::prelude::*;

/// A record that is a handle in C.
pub(super) trait Stored: Sized {
    type Record: Record;

    fn from_bytes(
        bytes: stopgap_bytes,
        record: *mut *mut Self,
        error: *mut stopgap_error,
    ) -> stopgap_status;

    fn to_bytes(
        record: *const Self,
        buffer: *mut u8,
        capacity: usize,
        needed: *mut usize,
        error: *mut stopgap_error,
    ) -> stopgap_status;

    const FREE: unsafe extern "C" fn(*mut *mut Self);
}

macro_rules! stored {
    ($($handle:ident, $record:ident, $from:ident, $to:ident, $free:ident;)*) => {
        $(impl Stored for $handle {
            type Record = $record;

            fn from_bytes(
                bytes: stopgap_bytes,
                record: *mut *mut Self,
                error: *mut stopgap_error,
            ) -> stopgap_status {
                c!($from, bytes, record, error)
            }

            fn to_bytes(
                record: *const Self,
                buffer: *mut u8,
                capacity: usize,
                needed: *mut usize,
                error: *mut stopgap_error,
            ) -> stopgap_status {
                c!($to, record, buffer, capacity, needed, error)
            }

            const FREE: unsafe extern "C" fn(*mut *mut Self) = $free;
        })*
    };
}

stored! {
    stopgap_online_grant, OnlineGrant,
        stopgap_online_grant_from_bytes, stopgap_online_grant_to_bytes, stopgap_online_grant_free;
    stopgap_enrolment, Enrolment,
        stopgap_enrolment_from_bytes, stopgap_enrolment_to_bytes, stopgap_enrolment_free;
    stopgap_user_throttle, UserThrottle,
        stopgap_user_throttle_from_bytes, stopgap_user_throttle_to_bytes,
        stopgap_user_throttle_free;
    stopgap_preset, Preset,
        stopgap_preset_from_bytes, stopgap_preset_to_bytes, stopgap_preset_free;
    stopgap_security_code, SecurityCode,
        stopgap_security_code_from_bytes, stopgap_security_code_to_bytes,
        stopgap_security_code_free;
    stopgap_verification, Verification,
        stopgap_verification_from_bytes, stopgap_verification_to_bytes, stopgap_verification_free;
}

/// Returns the bytes of a record.
pub(super) fn bytes_of<T: Stored>(record: *const T) -> Vec<u8> {
    let mut needed = 0;
    let status = T::to_bytes(record, ptr::null_mut(), 0, &raw mut needed, ptr::null_mut());
    assert_eq!(status, STOPGAP_ERR_BUFFER_TOO_SMALL);
    let mut bytes = vec![0; needed];
    let (place, room) = (bytes.as_mut_ptr(), bytes.len());
    succeed(|error| T::to_bytes(record, place, room, ptr::null_mut(), error));
    bytes
}

/// Returns the bytes of a record that a call has made, and frees it.
pub(super) fn taken<T: Stored>(pointer: *mut T) -> Vec<u8> {
    let free = T::FREE;
    bytes_of(Handle { pointer, free }.pointer)
}

/// Returns the handle of a record.
pub(super) fn handle<T: Stored>(record: &Sealed<T::Record>) -> Handle<T> {
    let bytes = record.to_bytes();
    let bytes = stopgap_bytes {
        ptr: bytes.as_ptr(),
        len: bytes.len(),
    };
    Handle::new(T::FREE, |record, error| T::from_bytes(bytes, record, error))
}

/// Reads the bytes of a record after some may have changed, and writes them again to a
/// buffer of any size. Returns the record if there is one.
pub(super) fn read<T: Stored>(
    draw: &mut Draw<'_>,
    mut bytes: Vec<u8>,
) -> Option<(Handle<T>, Sealed<T::Record>)> {
    match draw.number(0..=15_u8) {
        12 | 13 => super::record::scratch(draw, &mut bytes),
        14 => bytes.truncate(draw.number(0..=bytes.len())),
        15 => bytes = draw.some(200).to_vec(),
        _ => {}
    }
    let given = Lent::new(draw, &bytes);
    let expected = || {
        let read = Sealed::<T::Record>::from_bytes(given.bytes()?);
        let read = read.map_err(|_| Failure::from(STOPGAP_ERR_RECORD_BYTES))?;
        Ok(read.to_bytes())
    };
    let argument = stopgap_bytes {
        ptr: given.pointer(),
        len: given.length(),
    };
    let mut made = None;
    let says = |pointer: *mut T| {
        let free = T::FREE;
        let handle = made.insert(Handle { pointer, free });
        bytes_of(handle.pointer)
    };
    output(draw, expected, says, |record, error| {
        T::from_bytes(argument, record, error)
    });
    let handle = made?;
    let mut buffer = Buffer::new(draw, bytes.len() + 40);
    let fits = buffer.check().and_then(|()| buffer.fits(bytes.len()));
    call(draw, &fits, |error| {
        let (place, capacity) = (buffer.pointer(), buffer.capacity);
        T::to_bytes(handle.pointer, place, capacity, buffer.needed(), error)
    });
    let is_asked = buffer.check().is_ok();
    buffer.holds_bytes(&bytes, is_asked);
    Some((handle, Sealed::from_bytes(&bytes).unwrap()))
}
