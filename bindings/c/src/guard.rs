//! The border: a wall that no panic passes, and one rule for each kind of
//! argument.

use std::{
    ffi::{c_char, c_void},
    mem::{MaybeUninit, forget, size_of},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr, slice,
};

use crate::{
    error::stopgap_error,
    status::{
        STOPGAP_BUFFER_TOO_SMALL, STOPGAP_INVALID_LENGTH, STOPGAP_INVALID_UTF8, STOPGAP_MISALIGNED,
        STOPGAP_NULL_ARGUMENT, STOPGAP_OK, STOPGAP_PANIC, stopgap_status,
    },
};

/// What every call gives inside: its outputs are written, or this.
pub(crate) type Outcome<T = ()> = Result<T, stopgap_error>;

/// Runs a call behind the wall, and says how it went.
#[inline]
pub(crate) fn guard(error: *mut stopgap_error, call: impl FnOnce() -> Outcome) -> stopgap_status {
    let outcome = catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|payload| {
        // To drop it could panic once more.
        forget(payload);
        Err(STOPGAP_PANIC.into())
    });
    match outcome {
        Ok(()) => STOPGAP_OK,
        Err(details) => {
            if !error.is_null() && error.is_aligned() {
                // SAFETY: the caller's, to be written, by the contract.
                unsafe { error.write(details) };
            }
            details.status
        }
    }
}

/// Runs a call that has nothing to say but a value; behind the wall it is the
/// other one.
pub(crate) fn guard_value<T>(otherwise: T, call: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|payload| {
        forget(payload);
        otherwise
    })
}

/// That a pointer is one.
fn check<T>(pointer: *const T) -> Outcome {
    if pointer.is_null() {
        Err(STOPGAP_NULL_ARGUMENT.into())
    } else if pointer.is_aligned() {
        Ok(())
    } else {
        Err(STOPGAP_MISALIGNED.into())
    }
}

/// What the caller lends for this call.
///
/// # Safety
///
/// A pointer that is not NULL points to a `T` that nobody changes meanwhile.
pub(crate) unsafe fn lent<'a, T>(pointer: *const T) -> Outcome<&'a T> {
    check(pointer)?;
    // SAFETY: the caller's promise.
    Ok(unsafe { &*pointer })
}

/// The same where NULL stands for none.
///
/// # Safety
///
/// As [`lent`].
pub(crate) unsafe fn lent_or_null<'a, T>(pointer: *const T) -> Outcome<Option<&'a T>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    unsafe { lent(pointer) }.map(Some)
}

/// A handle that the call changes.
///
/// # Safety
///
/// A pointer that is not NULL points to a `T` that nobody else uses meanwhile.
pub(crate) unsafe fn handle<'a, T>(pointer: *mut T) -> Outcome<&'a mut T> {
    check(pointer)?;
    // SAFETY: the caller's promise.
    Ok(unsafe { &mut *pointer })
}

/// The caller's elements; (NULL, 0) is none.
///
/// # Safety
///
/// A pointer that is not NULL points to `length` elements that nobody changes
/// meanwhile.
pub(crate) unsafe fn elements<'a, T>(pointer: *const T, length: usize) -> Outcome<&'a [T]> {
    if pointer.is_null() && length == 0 {
        return Ok(&[]);
    }
    check(pointer)?;
    // More than a slice, and any array of C, can have.
    let most = usize::MAX.checked_shr(1).unwrap_or_default();
    if length
        .checked_mul(size_of::<T>())
        .is_none_or(|bytes| bytes > most)
    {
        return Err(STOPGAP_INVALID_LENGTH.into());
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { slice::from_raw_parts(pointer, length) })
}

/// The caller's memory, to be overwritten: it may never have been written.
///
/// # Safety
///
/// A pointer that is not NULL points to `length` bytes that nobody else uses
/// meanwhile.
pub(crate) unsafe fn memory<'a>(
    pointer: *mut c_void,
    length: usize,
) -> Outcome<&'a mut [MaybeUninit<u8>]> {
    let pointer = pointer.cast::<MaybeUninit<u8>>();
    // SAFETY: the caller's promise.
    let length = unsafe { elements(pointer, length) }?.len();
    if length == 0 {
        return Ok(&mut []);
    }
    // SAFETY: the caller's promise; the length is no larger than memory.
    Ok(unsafe { slice::from_raw_parts_mut(pointer, length) })
}

/// The caller's text.
///
/// # Safety
///
/// As [`elements`].
pub(crate) unsafe fn text<'a>(pointer: *const c_char, length: usize) -> Outcome<&'a str> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { elements(pointer.cast::<u8>(), length) }?;
    utf8(bytes)
}

/// The bytes as text.
#[inline]
pub(crate) fn utf8(bytes: &[u8]) -> Outcome<&str> {
    if bytes.is_ascii() {
        // SAFETY: ASCII is UTF-8; to look for it is the faster half of the check.
        return Ok(unsafe { str::from_utf8_unchecked(bytes) });
    }
    str::from_utf8(bytes).map_err(|error| stopgap_error {
        position: error.valid_up_to(),
        ..STOPGAP_INVALID_UTF8.into()
    })
}

/// Where the caller wants an output. It may be the same place as an input, so it
/// is written last, and never read.
pub(crate) struct Output<T>(*mut T);

/// Where to put an output.
///
/// # Safety
///
/// A pointer that is not NULL points to where a `T` can be written.
pub(crate) unsafe fn output<T>(pointer: *mut T) -> Outcome<Output<T>> {
    check(pointer)?;
    Ok(Output(pointer))
}

impl<T> Output<T> {
    pub(crate) fn write(self, value: T) {
        // SAFETY: promised when this was made.
        unsafe { self.0.write(value) }
    }
}

/// Where the caller wants several outputs, as many as there are.
pub(crate) struct Outputs<T> {
    start: *mut T,
    capacity: usize,
}

/// Where to put several outputs; (NULL, 0) has room for none.
///
/// # Safety
///
/// A pointer that is not NULL points to where `capacity` of `T` can be written.
pub(crate) unsafe fn outputs<T>(start: *mut T, capacity: usize) -> Outcome<Outputs<T>> {
    if !start.is_null() || capacity > 0 {
        check(start)?;
    }
    Ok(Outputs { start, capacity })
}

impl<T> Outputs<T> {
    /// Writes that many values, where there is room for them, or nothing.
    pub(crate) fn write_all(self, count: usize, values: impl IntoIterator<Item = T>) -> Outcome {
        if count > self.capacity {
            return Err(STOPGAP_BUFFER_TOO_SMALL.into());
        }
        for (index, value) in values.into_iter().take(count).enumerate() {
            // SAFETY: promised when this was made.
            unsafe { self.start.add(index).write(value) }
        }
        Ok(())
    }
}

/// Gives a handle to the caller.
pub(crate) fn handed_over<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// Takes a handle back, drops it, which wipes its secrets, and makes the
/// caller's pointer NULL. A handle that is NULL already is left alone.
///
/// # Safety
///
/// A pointer that is not NULL points to NULL, or to a handle that came from
/// [`handed_over`] and was not freed.
pub(crate) unsafe fn free<T>(pointer: *mut *mut T) {
    if pointer.is_null() || !pointer.is_aligned() {
        return;
    }
    // SAFETY: the caller's promise.
    let handle = unsafe { pointer.replace(ptr::null_mut()) };
    if !handle.is_null() {
        // SAFETY: the caller's promise.
        let owned = unsafe { Box::from_raw(handle) };
        guard_value((), || drop(owned));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg_attr(miri, ignore = "what a panic carries is forgotten, and Miri minds")]
    fn a_panic_becomes_a_status() {
        let mut error = stopgap_error::from(STOPGAP_OK);
        let status = guard(&raw mut error, || panic!("as a test"));
        assert_eq!((status, error.status), (STOPGAP_PANIC, STOPGAP_PANIC));
        assert_eq!(guard_value(7, || panic!("as a test")), 7);
    }
}
