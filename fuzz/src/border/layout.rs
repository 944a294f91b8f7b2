//! The bytes of structs and their members.

use std::{
    ffi::{c_char, c_void},
    mem::size_of,
    ptr, slice,
};

/// The bytes of a record, which has no padding, or of memory that was filled.
pub(super) fn image<T: Copy>(value: &T) -> &[u8] {
    // SAFETY: the header promises that no record has padding; a `Slot` was filled.
    unsafe { slice::from_raw_parts(ptr::from_ref(value).cast(), size_of::<T>()) }
}

/// The context of a callback.
pub(super) fn context<T>(value: &mut T) -> *mut c_void {
    ptr::from_mut(value).cast()
}

/// A text in a struct, with NULs after it.
pub(super) fn chars<const N: usize>(text: &[u8]) -> [c_char; N] {
    let mut bytes = [0; N];
    bytes[..text.len()].copy_from_slice(text);
    bytes.map(|byte| c_char::from_ne_bytes([byte]))
}

pub(super) fn bytes<const N: usize>(field: [c_char; N]) -> [u8; N] {
    field.map(|byte| byte.to_ne_bytes()[0])
}
