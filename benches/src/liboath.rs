//! The part of liboath that does the same work (OATH Toolkit 2.6.7,
//! `liboath/oath.h`).

use std::ffi::{CStr, c_char, c_int, c_uint};

/// `OATH_TOTP_HMAC_SHA256`.
const HMAC_SHA256: c_int = 1;

unsafe extern "C" {
    fn oath_init() -> c_int;
    fn oath_totp_validate4(
        secret: *const c_char,
        secret_length: usize,
        now: i64,
        time_step_size: c_uint,
        start_offset: i64,
        window: usize,
        otp_pos: *mut c_int,
        otp_counter: *mut u64,
        flags: c_int,
        otp: *const c_char,
    ) -> c_int;
}

/// Whether liboath is ready; ask once.
#[must_use]
pub fn init() -> bool {
    // SAFETY: it takes nothing.
    unsafe { oath_init() == 0 }
}

/// Whether `otp` is the TOTP-SHA-256 of a minute at most `window` from `now`.
#[must_use]
pub fn totp_validate(key: &[u8; 32], now: i64, window: usize, otp: &CStr) -> bool {
    let (mut position, mut counter) = (0, 0);
    // SAFETY: the key is as long as it says, the text ends with a zero, the others are
    // places for one number.
    let status = unsafe {
        oath_totp_validate4(
            key.as_ptr().cast(),
            key.len(),
            now,
            60,
            0,
            window,
            &raw mut position,
            &raw mut counter,
            HMAC_SHA256,
            otp.as_ptr(),
        )
    };
    status >= 0
}
