//! The version of the library.

use std::ffi::c_char;

/// The version of the interface that this header describes. It changes, together with the
/// soname of the shared library, only if a program built with an older header would
/// misbehave.
pub const STOPGAP_ABI_VERSION: u32 = 1;

/// Returns the version of the interface of the linked library. Compare it with
/// STOPGAP_ABI_VERSION if the library was loaded at run time.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_abi_version() -> u32 {
    STOPGAP_ABI_VERSION
}

/// Returns the version of the linked library, such as "0.1.0". The text is static and
/// never NULL.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}
