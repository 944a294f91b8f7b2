//! Text in structs and buffers of the caller's.

use std::ffi::c_char;

use crate::{
    error::stopgap_error,
    guard::{Outcome, Output, Outputs, output, outputs},
    status::{STOPGAP_INVALID_UTF8, STOPGAP_NOT_TERMINATED},
};

/// A text in a struct, up to its NUL.
pub(crate) fn read<const N: usize>(field: &[c_char; N]) -> Outcome<&str> {
    // SAFETY: a `c_char` is a byte.
    let bytes = unsafe { std::slice::from_raw_parts(field.as_ptr().cast::<u8>(), N) };
    let end = bytes.iter().position(|byte| *byte == 0);
    let text = end
        .and_then(|end| bytes.get(..end))
        .ok_or(STOPGAP_NOT_TERMINATED)?;
    utf8(text)
}

/// Bytes that are text.
pub(crate) fn utf8(bytes: &[u8]) -> Outcome<&str> {
    str::from_utf8(bytes).map_err(|error| stopgap_error {
        position: error.valid_up_to(),
        ..STOPGAP_INVALID_UTF8.into()
    })
}

/// The text as a field of a struct, filled up with NULs; what does not fit is cut
/// off, which no text of the core's is.
pub(crate) fn field<const N: usize>(text: &str) -> [c_char; N] {
    let mut field = [0; N];
    let room = N.saturating_sub(1);
    for (place, byte) in field.iter_mut().take(room).zip(text.bytes()) {
        *place = c_char::from_ne_bytes([byte]);
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
        let bytes = (0..size).map(|index| text.as_bytes().get(index).copied().unwrap_or(0));
        self.buffer.write_all(bytes)
    }
}
