//! The border: a wall that stops every panic, and one rule for each kind of argument.

use std::{
    ffi::{c_char, c_void},
    mem::{MaybeUninit, forget, size_of},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr, slice,
};

use crate::{
    error::{Outcome, of_element, stopgap_error},
    memory::{settle, with_reserve},
    status::{
        STOPGAP_ERR_BUFFER_TOO_SMALL, STOPGAP_ERR_INVALID_LENGTH, STOPGAP_ERR_MISALIGNED,
        STOPGAP_ERR_NULL_ARGUMENT, STOPGAP_ERR_PANIC, STOPGAP_OK, stopgap_status,
    },
};

/// Runs the body of a call behind the wall, and returns its status.
#[inline]
pub(crate) fn guard(error: *mut stopgap_error, call: impl FnOnce() -> Outcome) -> stopgap_status {
    let outcome = with_reserve(|| {
        catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|payload| {
            // Dropping it could panic once more.
            forget(payload);
            Err(STOPGAP_ERR_PANIC.into())
        })
    });
    match outcome {
        Ok(()) => STOPGAP_OK,
        Err(details) => {
            if !error.is_null() && error.is_aligned() {
                // SAFETY: the contract lets the library write there.
                unsafe { error.write(details) };
            }
            details.status
        }
    }
}

/// Runs a call that returns a value behind the wall; `otherwise` replaces a panic.
pub(crate) fn guard_value<T>(otherwise: T, call: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|payload| {
        forget(payload);
        otherwise
    })
}

/// Checks that a pointer is neither NULL nor misaligned.
fn check<T>(pointer: *const T) -> Outcome {
    if pointer.is_null() {
        Err(STOPGAP_ERR_NULL_ARGUMENT.into())
    } else if pointer.is_aligned() {
        Ok(())
    } else {
        Err(STOPGAP_ERR_MISALIGNED.into())
    }
}

/// Returns what the caller lends for this call.
///
/// # Safety
///
/// A pointer that is not NULL points to a `T` that is not changed meanwhile.
pub(crate) unsafe fn lent<'a, T>(pointer: *const T) -> Outcome<&'a T> {
    check(pointer)?;
    // SAFETY: the caller's promise.
    Ok(unsafe { &*pointer })
}

/// Returns what the caller lends for this call; `None` for NULL.
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

/// Returns a handle that the call changes.
///
/// # Safety
///
/// A pointer that is not NULL points to a `T` that is not used elsewhere meanwhile.
pub(crate) unsafe fn handle<'a, T>(pointer: *mut T) -> Outcome<&'a mut T> {
    check(pointer)?;
    // SAFETY: the caller's promise.
    Ok(unsafe { &mut *pointer })
}

/// Returns the caller's elements; an empty slice for (NULL, 0).
///
/// # Safety
///
/// A pointer that is not NULL points to `length` elements that are not changed
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
        return Err(STOPGAP_ERR_INVALID_LENGTH.into());
    }
    // SAFETY: the caller's promise.
    Ok(unsafe { slice::from_raw_parts(pointer, length) })
}

/// Returns what each of the caller's pointers lends for this call.
///
/// # Safety
///
/// As [`lent`], for each pointer.
pub(crate) unsafe fn each_lent<T>(
    pointers: &[*mut T],
) -> Outcome<impl Iterator<Item = &T> + Clone> {
    for (index, pointer) in pointers.iter().enumerate() {
        check(pointer.cast_const()).map_err(|failure| of_element(failure, index))?;
    }
    // SAFETY: checked above; the caller's promise.
    Ok(pointers.iter().map(|pointer| unsafe { &**pointer }))
}

/// Returns the caller's memory, to be overwritten. It may be uninitialized.
///
/// # Safety
///
/// A pointer that is not NULL points to `length` bytes that are not used elsewhere
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

/// The place of an output. It may be the same memory as an input, so it is written
/// last and never read.
pub(crate) struct Output<T>(*mut T);

/// Returns the place of an output.
///
/// # Safety
///
/// A pointer that is not NULL points to memory to which a `T` can be written.
pub(crate) unsafe fn output<T>(pointer: *mut T) -> Outcome<Output<T>> {
    check(pointer)?;
    Ok(Output(pointer))
}

/// Returns the place of an output that the caller may leave out.
///
/// # Safety
///
/// As [`output`].
pub(crate) unsafe fn output_or_null<T>(pointer: *mut T) -> Outcome<Option<Output<T>>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    unsafe { output(pointer) }.map(Some)
}

impl<T> Output<T> {
    /// Returns the place of a member.
    ///
    /// # Safety
    ///
    /// The function returns the address of a member of the value at its argument.
    pub(crate) unsafe fn member<U>(self, of: impl FnOnce(*mut T) -> *mut U) -> Output<U> {
        Output(of(self.0))
    }

    pub(crate) fn write(self, value: T) {
        // SAFETY: promised when this was made.
        unsafe { self.0.write(value) }
    }
}

impl<const N: usize> Output<[c_char; N]> {
    /// Writes a text, and fills up with NULs. Text that does not fit is cut off; texts of the
    /// core fit.
    ///
    /// The text is written where the caller will read it: a copy that is made from parts and
    /// then read as a whole makes the processor wait.
    pub(crate) fn write_text(self, text: &[u8]) {
        let room = N.saturating_sub(1).min(text.len());
        // SAFETY: promised when this was made; the library's text is not in the caller's memory.
        unsafe {
            self.0.write_bytes(0, 1);
            let start = self.0.cast::<u8>();
            start.copy_from_nonoverlapping(text.as_ptr(), room);
        }
    }
}

/// A handle that a call reads and then changes: other arguments may be texts that it lends.
pub(crate) struct Changed<T>(*mut T);

/// Returns a handle as it is, and the place of its change.
///
/// # Safety
///
/// As [`lent`]; if the handle is changed, it is not used elsewhere meanwhile, and nothing
/// that it lent is used afterwards.
pub(crate) unsafe fn changed<'a, T>(pointer: *mut T) -> Outcome<(&'a T, Changed<T>)> {
    // SAFETY: the caller's promise.
    Ok((unsafe { lent(pointer) }?, Changed(pointer)))
}

impl<T> Changed<T> {
    /// Changes the handle.
    pub(crate) fn write(self, value: T) -> Outcome {
        self.update(|handle| *handle = value)
    }

    /// Changes a part of the handle.
    pub(crate) fn update(self, change: impl FnOnce(&mut T)) -> Outcome {
        settle()?;
        // SAFETY: promised when this was made; a handle is initialized.
        change(unsafe { &mut *self.0 });
        Ok(())
    }
}

/// The place of several outputs.
pub(crate) struct Outputs<T> {
    start: *mut T,
    capacity: usize,
}

/// Returns the place of several outputs; (NULL, 0) has room for none.
///
/// # Safety
///
/// A pointer that is not NULL points to memory to which `capacity` of `T` can be
/// written.
pub(crate) unsafe fn outputs<T>(start: *mut T, capacity: usize) -> Outcome<Outputs<T>> {
    if !start.is_null() || capacity > 0 {
        check(start)?;
    }
    Ok(Outputs { start, capacity })
}

impl<T> Outputs<T> {
    /// Writes that many values, or nothing if there is no room for them.
    pub(crate) fn write_all(self, count: usize, values: impl IntoIterator<Item = T>) -> Outcome {
        if count > self.capacity {
            return Err(STOPGAP_ERR_BUFFER_TOO_SMALL.into());
        }
        for (index, value) in values.into_iter().take(count).enumerate() {
            // SAFETY: promised when this was made.
            unsafe { self.start.add(index).write(value) }
        }
        Ok(())
    }
}

impl<T> Output<*mut T> {
    /// Returns the place as one for a handle of the type that the library has inside.
    pub(crate) fn cast<U>(self) -> Output<*mut U> {
        Output(self.0.cast())
    }

    /// Hands a value to the caller as a handle.
    pub(crate) fn hand_over(self, value: T) -> Outcome {
        self.hand_over_box(Box::new(value))
    }

    /// Hands a value to the caller, which is moved no more.
    pub(crate) fn hand_over_box(self, handle: Box<T>) -> Outcome {
        settle()?;
        self.write(Box::into_raw(handle));
        Ok(())
    }
}

/// Drops a handle, which wipes its secrets, and sets the caller's pointer to NULL. A
/// handle that is NULL is left alone.
///
/// # Safety
///
/// A pointer that is not NULL points to NULL, or to a handle that came from
/// [`Output::hand_over`] and was not freed.
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
    #[cfg_attr(miri, ignore = "the payload of a panic is leaked, and Miri reports it")]
    fn a_panic_becomes_a_status() {
        let mut error = stopgap_error::from(STOPGAP_OK);
        let status = guard(&raw mut error, || panic!("a test"));
        assert_eq!(
            (status, error.status),
            (STOPGAP_ERR_PANIC, STOPGAP_ERR_PANIC)
        );
        assert_eq!(guard_value(7, || panic!("a test")), 7);
    }

    #[test]
    fn a_text_ends_with_nuls() {
        let written = |text: &str| {
            let mut place = [1; 4];
            // SAFETY: a place of this test.
            let output = unsafe { output(&raw mut place) };
            output.unwrap().write_text(text.as_bytes());
            place.map(|byte| char::from(byte.to_ne_bytes()[0]))
        };
        assert_eq!(written(""), ['\0'; 4]);
        assert_eq!(written("ab"), ['a', 'b', '\0', '\0']);
        assert_eq!(written("abcd"), ['a', 'b', 'c', '\0'], "cut off");
    }
}
