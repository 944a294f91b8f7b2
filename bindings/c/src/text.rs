//! Text of the caller, as an argument, in a struct and in a buffer.

use std::{
    ffi::{CStr, c_char},
    slice,
};

use stopgap::{Name, NameError};
use zeroize::Zeroizing;

use crate::{
    error::{Outcome, stopgap_error},
    guard::{Output, Outputs, elements, output_or_null, outputs},
    status::{STOPGAP_ERR_INVALID_UTF8, STOPGAP_ERR_NOT_TERMINATED},
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

    /// Returns `true` for (NULL, 0).
    pub(crate) const fn is_missing(self) -> bool {
        self.ptr.is_null() && self.len == 0
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
    pub(crate) unsafe fn read<'a>(self) -> Outcome<&'a [u8]> {
        // SAFETY: the caller's promise.
        unsafe { elements(self.ptr, self.len) }
    }

    /// Returns bytes that the library lends to the caller.
    pub(crate) const fn lend(bytes: &[u8]) -> Self {
        Self {
            ptr: bytes.as_ptr(),
            len: bytes.len(),
        }
    }
}

/// Returns the caller's text.
///
/// # Safety
///
/// As [`stopgap_text::bytes`].
#[inline]
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
#[inline]
pub(crate) unsafe fn text_or_null<'a>(text: stopgap_text) -> Outcome<Option<&'a str>> {
    if text.is_missing() {
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
            needed: output_or_null(needed)?,
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

#[cfg(test)]
mod tests {
    use super::*;

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
