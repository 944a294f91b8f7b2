//! Wiping secrets.

use std::ffi::c_void;

use zeroize::Zeroize;

use crate::guard::{guard_value, memory as bytes_of};

/// Overwrites memory with zeros, and is never optimized away. Use it for codes, master keys
/// and the texts made of them. NULL is left alone.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_wipe(memory: *mut c_void, length: usize) {
    guard_value((), || {
        // SAFETY: the contract of the header.
        if let Ok(bytes) = unsafe { bytes_of(memory, length) } {
            bytes.zeroize();
        }
    });
}
