//! Text of the caller, as an argument, in a struct and in a buffer.

use std::{
    ffi::{CStr, c_char},
    slice,
};

use crate::{
    guard::{Outcome, Output, Outputs, elements, name_utf8, output, outputs, utf8},
    status::STOPGAP_ERR_NOT_TERMINATED,
};

/// A text of the caller: UTF-8 bytes, which must not change during the call.
/// `stopgap_text_of("alice")` makes it of a string that ends with a NUL, and
/// `stopgap_text_n(bytes, length)` of a number of bytes.
///
/// (NULL, 0) is an empty text, or an optional one that is missing; NULL with another length
/// is STOPGAP_ERR_NULL_ARGUMENT.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_text {
    /// The bytes.
    pub ptr: *const c_char,
    /// The number of bytes; SIZE_MAX for a text that ends with a NUL.
    pub len: usize,
}

/// A text that is missing.
#[cfg(test)]
pub(crate) const NO_TEXT: stopgap_text = stopgap_text {
    ptr: std::ptr::null(),
    len: 0,
};

impl stopgap_text {
    /// Returns the bytes.
    ///
    /// # Safety
    ///
    /// A pointer that is not NULL points to `len` bytes, or to bytes up to a NUL if `len` is
    /// SIZE_MAX. They are not changed meanwhile.
    #[inline]
    pub(crate) unsafe fn bytes<'a>(self) -> Outcome<&'a [u8]> {
        if self.len == usize::MAX && !self.ptr.is_null() {
            // SAFETY: the caller's promise.
            return Ok(unsafe { CStr::from_ptr(self.ptr) }.to_bytes());
        }
        // SAFETY: the caller's promise.
        unsafe { elements(self.ptr.cast::<u8>(), self.len) }
    }

    /// Returns a text that the library lends to the caller.
    pub(crate) const fn lend(text: &str) -> Self {
        Self {
            ptr: text.as_ptr().cast(),
            len: text.len(),
        }
    }
}

/// Bytes of the caller, which must not change during the call.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_bytes {
    /// The bytes.
    pub ptr: *const u8,
    /// The number of bytes.
    pub len: usize,
}

impl stopgap_bytes {
    /// Returns the bytes.
    ///
    /// # Safety
    ///
    /// As [`elements`].
    #[expect(dead_code, reason = "records are read by it")]
    pub(crate) unsafe fn read<'a>(self) -> Outcome<&'a [u8]> {
        // SAFETY: the caller's promise.
        unsafe { elements(self.ptr, self.len) }
    }
}

/// Returns the bytes of a field up to its NUL.
fn bytes<const N: usize>(field: &[c_char; N]) -> Outcome<&[u8]> {
    // SAFETY: a `c_char` is a byte.
    let bytes = unsafe { slice::from_raw_parts(field.as_ptr().cast::<u8>(), N) };
    let text = CStr::from_bytes_until_nul(bytes).map_err(|_| STOPGAP_ERR_NOT_TERMINATED)?;
    Ok(text.to_bytes())
}

/// Returns the text in a field of a struct.
pub(crate) fn read<const N: usize>(field: &[c_char; N]) -> Outcome<&str> {
    utf8(bytes(field)?)
}

/// Returns the text in a field of a struct that is to hold a name.
pub(crate) fn read_name<const N: usize>(field: &[c_char; N]) -> Outcome<&str> {
    name_utf8(bytes(field)?)
}

/// Returns the text as a field of a struct, filled up with NULs. Text that does not fit
/// is cut off; texts of the core fit.
pub(crate) fn field<const N: usize>(text: &[u8]) -> [c_char; N] {
    let mut field = [0; N];
    let room = N.saturating_sub(1).min(text.len());
    if let (Some(places), Some(text)) = (field.get_mut(..room), text.get(..room)) {
        places.copy_from_slice(text);
    }
    field.map(|byte| c_char::from_ne_bytes([byte]))
}

/// Returns the text as a field of a struct, at compile time.
pub(crate) const fn constant<const N: usize>(text: &str) -> [c_char; N] {
    let mut field = [0; N];
    let (mut rest, mut places) = (text.as_bytes(), field.as_mut_slice());
    while let ([byte, behind @ ..], [place, further @ ..]) = (rest, places) {
        *place = c_char::from_ne_bytes([*byte]);
        (rest, places) = (behind, further);
    }
    field
}

/// The place of a text.
pub(crate) struct TextOut {
    buffer: Outputs<u8>,
    needed: Option<Output<usize>>,
}

/// Returns the place of a text; (NULL, 0) only asks for its length.
///
/// # Safety
///
/// A buffer that is not NULL has room for `capacity` bytes, and `needed` is NULL or can be
/// written.
pub(crate) unsafe fn text_out(
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> Outcome<TextOut> {
    // SAFETY: the caller's promise.
    unsafe {
        Ok(TextOut {
            buffer: outputs(buffer.cast(), capacity)?,
            needed: if needed.is_null() {
                None
            } else {
                Some(output(needed)?)
            },
        })
    }
}

impl TextOut {
    /// Writes the text and its NUL if the buffer is large enough. The capacity that they need
    /// is written in any case.
    pub(crate) fn write(self, text: &str) -> Outcome {
        let size = text.len().saturating_add(1);
        if let Some(needed) = self.needed {
            needed.write(size);
        }
        self.buffer.write_all(size, text.bytes().chain([0]))
    }
}
