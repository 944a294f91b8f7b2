//! Which library this is.

use std::ffi::c_char;

/// The version of the interface that this header describes. It changes only
/// where a program built with an older header would misbehave, and the shared
/// library's soname with it.
pub const STOPGAP_ABI_VERSION: u32 = 1;

/// The interface of the library that is linked: compare it with
/// STOPGAP_ABI_VERSION where the library was loaded at run time.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_abi_version() -> u32 {
    STOPGAP_ABI_VERSION
}

/// The version of the library that is linked, such as "0.1.0"; static, never
/// NULL.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
