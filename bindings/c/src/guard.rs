//! The border: a wall that stops every panic, and one rule for each kind of argument.

use std::{
    ffi::c_void,
    mem::{MaybeUninit, forget, size_of},
    panic::{AssertUnwindSafe, catch_unwind},
    ptr, slice,
};

use stopgap::{Name, NameError};
use zeroize::Zeroizing;

use crate::{
    error::stopgap_error,
    memory::{settle, with_reserve},
    status::{
        STOPGAP_ERR_BUFFER_TOO_SMALL, STOPGAP_ERR_INVALID_LENGTH, STOPGAP_ERR_INVALID_UTF8,
        STOPGAP_ERR_MISALIGNED, STOPGAP_ERR_NULL_ARGUMENT, STOPGAP_ERR_PANIC, STOPGAP_OK,
        stopgap_status,
    },
    text::stopgap_text,
};

/// The result of a call's body: its outputs are written, or it failed with this.
pub(crate) type Outcome<T = ()> = Result<T, stopgap_error>;

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

/// Returns the caller's text.
///
/// # Safety
///
/// As [`stopgap_text::bytes`].
pub(crate) unsafe fn text<'a>(text: stopgap_text) -> Outcome<&'a str> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { text.bytes() }?;
    utf8(bytes)
}

/// Returns a text that the caller may leave out.
///
/// # Safety
///
/// As [`stopgap_text::bytes`].
pub(crate) unsafe fn text_or_null<'a>(text: stopgap_text) -> Outcome<Option<&'a str>> {
    if text.ptr.is_null() && text.len == 0 {
        return Ok(None);
    }
    // SAFETY: the caller's promise.
    unsafe { self::text(text) }.map(Some)
}

/// Returns the caller's text, which is to be a name. The core checks it further.
///
/// # Safety
///
/// As [`stopgap_text::bytes`].
pub(crate) unsafe fn name_text<'a>(text: stopgap_text) -> Outcome<&'a str> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { text.bytes() }?;
    name_utf8(bytes)
}

/// Returns the caller's name.
///
/// # Safety
///
/// As [`stopgap_text::bytes`].
pub(crate) unsafe fn name(text: stopgap_text) -> Outcome<Name> {
    // SAFETY: the caller's promise.
    let text = unsafe { name_text(text) }?;
    Ok(Name::new(text)?)
}

/// Returns the bytes of a name as text.
#[inline]
pub(crate) fn name_utf8(bytes: &[u8]) -> Outcome<&str> {
    utf8(bytes).map_err(|_| NameError::InvalidUnicode.into())
}

/// The bytes that a person typed.
#[derive(Clone, Copy)]
pub(crate) struct Typed<'a>(&'a [u8]);

/// Returns the bytes that a person typed.
///
/// # Safety
///
/// As [`stopgap_text::bytes`].
pub(crate) unsafe fn typed<'a>(text: stopgap_text) -> Outcome<Typed<'a>> {
    // SAFETY: the caller's promise.
    Ok(Typed(unsafe { text.bytes() }?))
}

impl Typed<'_> {
    /// Hands the text to a call, with U+FFFD in place of what is not UTF-8 (SPEC,
    /// "Reading what a person typed"). Nothing is allocated.
    #[inline]
    pub(crate) fn read<T>(self, call: impl FnOnce(&str) -> T) -> T {
        match utf8(self.0) {
            Ok(text) => call(text),
            Err(_) => call(Replaced::of(self.0).text()),
        }
    }
}

/// The most bytes that are looked at, one more than the core reads.
const LOOKED_AT: usize = 257;

/// Typed bytes with U+FFFD in place of what is not UTF-8.
struct Replaced {
    bytes: Zeroizing<[u8; 3 * LOOKED_AT]>,
    length: usize,
}

impl Replaced {
    #[cold]
    fn of(bytes: &[u8]) -> Self {
        let mut replaced = Self {
            bytes: Zeroizing::new([0; 3 * LOOKED_AT]),
            length: 0,
        };
        for chunk in bytes.get(..LOOKED_AT).unwrap_or(bytes).utf8_chunks() {
            replaced.push(chunk.valid());
            if !chunk.invalid().is_empty() {
                replaced.push("\u{FFFD}");
            }
        }
        replaced
    }

    fn push(&mut self, text: &str) {
        let end = self.length.saturating_add(text.len());
        // U+FFFD has three bytes and replaces at least one, so there is room.
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(text.as_bytes());
            self.length = end;
        }
    }

    fn text(&self) -> &str {
        let written = self.bytes.get(..self.length);
        // Only whole texts were pushed, so this never takes the default.
        written
            .and_then(|bytes| str::from_utf8(bytes).ok())
            .unwrap_or_default()
    }
}

/// Returns the bytes as text.
#[inline]
pub(crate) fn utf8(bytes: &[u8]) -> Outcome<&str> {
    if bytes.is_ascii() {
        // SAFETY: ASCII is UTF-8, and looking for it is the faster half of the check.
        return Ok(unsafe { str::from_utf8_unchecked(bytes) });
    }
    str::from_utf8(bytes).map_err(|error| stopgap_error {
        position: error.valid_up_to(),
        ..STOPGAP_ERR_INVALID_UTF8.into()
    })
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

impl<T> Output<T> {
    pub(crate) fn write(self, value: T) {
        // SAFETY: promised when this was made.
        unsafe { self.0.write(value) }
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
    /// Hands a value to the caller as a handle.
    pub(crate) fn hand_over(self, value: T) -> Outcome {
        let handle = Box::new(value);
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
    fn typed_bytes_are_read_as_rust_reads_them() {
        for bytes in [
            &b"3F9A"[..],
            b"",
            b"3F\xFF9A",
            b"\xC3",
            b"ab\xE2\x82",
            b"\xF0\x9F\x92x\xED\xA0\x80",
            &[0xFF; LOOKED_AT],
        ] {
            let lossy = String::from_utf8_lossy(bytes).into_owned();
            assert_eq!(Typed(bytes).read(str::to_owned), lossy, "{bytes:?}");
        }
        // A text that is too long stays too long.
        let long = [&[b'A'; LOOKED_AT][..], b"\xFF"].concat();
        assert_eq!(Typed(&long).read(str::len), LOOKED_AT);
    }
}
