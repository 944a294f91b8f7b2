//! Text in structs and buffers of the caller's.

use std::{
    ffi::{CStr, c_char},
    slice,
};

use crate::{
    guard::{Outcome, Output, Outputs, output, outputs, utf8},
    status::STOPGAP_NOT_TERMINATED,
};

/// A text in a struct, up to its NUL.
pub(crate) fn read<const N: usize>(field: &[c_char; N]) -> Outcome<&str> {
    // SAFETY: a `c_char` is a byte.
    let bytes = unsafe { slice::from_raw_parts(field.as_ptr().cast::<u8>(), N) };
    let text = CStr::from_bytes_until_nul(bytes).map_err(|_| STOPGAP_NOT_TERMINATED)?;
    utf8(text.to_bytes())
}

/// The text as a field of a struct, filled up with NULs; what does not fit is cut
/// off, which no text of the core's is.
pub(crate) fn field<const N: usize>(text: &[u8]) -> [c_char; N] {
    let mut field = [0; N];
    let room = N.saturating_sub(1).min(text.len());
    if let (Some(places), Some(text)) = (field.get_mut(..room), text.get(..room)) {
        places.copy_from_slice(text);
    }
    field.map(|byte| c_char::from_ne_bytes([byte]))
}

/// The same at compile time.
pub(crate) const fn constant<const N: usize>(text: &str) -> [c_char; N] {
    let mut field = [0; N];
    let (mut rest, mut places) = (text.as_bytes(), field.as_mut_slice());
    while let ([byte, behind @ ..], [place, further @ ..]) = (rest, places) {
        *place = c_char::from_ne_bytes([*byte]);
        (rest, places) = (behind, further);
    }
    field
}

/// Where the caller wants a text.
pub(crate) struct TextOut {
    buffer: Outputs<u8>,
    needed: Option<Output<usize>>,
}

/// Where to put a text; (NULL, 0) only asks how long it is.
///
/// # Safety
///
/// A buffer that is not NULL has room for `capacity` bytes, and `needed` is NULL or
/// can be written.
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
    /// Writes the text and its NUL, or nothing; and, either way, the capacity that
    /// it needs.
    pub(crate) fn write(self, text: &str) -> Outcome {
        let size = text.len().saturating_add(1);
        if let Some(needed) = self.needed {
            needed.write(size);
        }
        self.buffer.write_all(size, text.bytes().chain([0]))
    }
}
