//! Text in structs and buffers of the caller.

use std::{
    ffi::{CStr, c_char},
    slice,
};

use crate::{
    guard::{Outcome, Output, Outputs, name_utf8, output, outputs, utf8},
    status::STOPGAP_NOT_TERMINATED,
};

/// Returns the bytes of a field up to its NUL.
fn bytes<const N: usize>(field: &[c_char; N]) -> Outcome<&[u8]> {
    // SAFETY: a `c_char` is a byte.
    let bytes = unsafe { slice::from_raw_parts(field.as_ptr().cast::<u8>(), N) };
    let text = CStr::from_bytes_until_nul(bytes).map_err(|_| STOPGAP_NOT_TERMINATED)?;
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
