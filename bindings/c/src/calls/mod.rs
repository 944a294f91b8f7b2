//! Calls as C makes them, at risk of undefined behavior: outputs over inputs, texts within
//! the record that is changed, uninitialized memory, callbacks, handles that are freed
//! twice. `cargo xtask ub` runs them under Miri, which knows Rust's rules of aliasing; no
//! tool for C programs does.

#![allow(
    clippy::borrow_as_ptr,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is a failed test"
)]

use std::{
    ffi::{c_char, c_void},
    mem::MaybeUninit,
    ptr,
};

use crate::{
    access::*,
    agent::*,
    alphabet::*,
    answer::*,
    code::*,
    digest::{stopgap_digests, stopgap_keyed_digest},
    enrolment::*,
    enrolment_file::*,
    enrolment_key::*,
    error::stopgap_error,
    format::*,
    grant::*,
    granted::stopgap_granted,
    issue::*,
    key_ring::*,
    language::*,
    lifetime::*,
    locate::stopgap_locate_policy,
    master_key::*,
    message::*,
    online_policy::*,
    preset::*,
    purpose::*,
    random::*,
    request::*,
    rights::*,
    role::*,
    scopes::*,
    security_code::*,
    security_request::*,
    security_text::*,
    status::*,
    text::{NO_TEXT, stopgap_bytes, stopgap_text},
    throttle::*,
    user_throttle::*,
    verification::*,
    wipe::stopgap_wipe,
};

const NOW: i64 = 1_795_532_400;
const NONE: *mut stopgap_error = ptr::null_mut();

/// Makes a call by the contract of the header, which must succeed.
macro_rules! c {
    ($call:expr) => {{
        // SAFETY: the contract of the header.
        let status: stopgap_status = unsafe { $call };
        assert_eq!(status, STOPGAP_OK);
    }};
}

/// Returns the output of a call, which begins as uninitialized memory.
macro_rules! made {
    (|$place:ident| $call:expr) => {{
        let mut memory = MaybeUninit::uninit();
        let $place = memory.as_mut_ptr();
        c!($call);
        // SAFETY: a call that succeeds has written it.
        unsafe { memory.assume_init() }
    }};
}

/// Returns a request to redeem a code, which it borrows.
fn redeem_request(code: &stopgap_code) -> stopgap_redeem_request {
    stopgap_redeem_request {
        typed: stopgap_text {
            ptr: code.text.as_ptr(),
            len: length(&code.text),
        },
        purpose: STOPGAP_PURPOSE_BYPASS,
        ..REDEEM_REQUEST
    }
}

/// Returns the length of the text in a field.
fn length(field: &[c_char]) -> usize {
    field.iter().position(|byte| *byte == 0).unwrap()
}

unsafe extern "C" fn fill(context: *mut c_void, bytes: *mut u8, length: usize) -> i32 {
    // SAFETY: the context is a byte of the test's, and the bytes are the call's.
    unsafe {
        let next = context.cast::<u8>();
        *next = (*next).wrapping_add(1);
        bytes.write_bytes(*next, length);
    }
    0
}

unsafe extern "C" fn keep(context: *mut c_void, state: *const stopgap_sealed_state) -> i32 {
    // SAFETY: the context is a state of the test's, and the other is the call's.
    unsafe { context.cast::<stopgap_sealed_state>().write(*state) };
    0
}

unsafe extern "C" fn administrator(
    _: *mut c_void,
    user: stopgap_text,
    role: *mut stopgap_role,
) -> i32 {
    // SAFETY: the call's own.
    unsafe {
        assert_eq!(user.bytes().unwrap(), b"bob");
        role.write(STOPGAP_ROLE_ADMINISTRATOR);
    }
    0
}

fn ring(byte: &mut u8) -> *mut stopgap_key_ring {
    let random = stopgap_random {
        fill: Some(fill),
        context: ptr::from_mut(byte).cast(),
    };
    let mut master = made!(|key| stopgap_master_key_generate(&raw const random, key, NONE));
    let ring = made!(|ring| stopgap_key_ring_new(1, &raw const master, ring, NONE));
    // The output is the input.
    let place = &raw mut master;
    c!(stopgap_master_key_tenant(
        place,
        stopgap_text::lend("north"),
        place,
        NONE
    ));
    c!(stopgap_key_ring_add(ring, 2, place, NONE));
    // SAFETY: the test's own.
    unsafe { stopgap_wipe(place.cast(), size_of_val(&master)) };
    assert_eq!(master.bytes, [0; 32]);
    ring
}

fn freed(mut ring: *mut stopgap_key_ring) {
    for _ in 0..2 {
        // SAFETY: a handle, and then NULL.
        unsafe { stopgap_key_ring_free(&raw mut ring) };
        assert!(ring.is_null());
    }
}

fn asking(
    user: (*const c_char, usize),
    text: (*const c_char, usize),
    purpose: stopgap_purpose,
) -> stopgap_verify_request {
    stopgap_verify_request {
        user: stopgap_text {
            ptr: user.0,
            len: user.1,
        },
        text: stopgap_text {
            ptr: text.0,
            len: text.1,
        },
        purpose,
        ..VERIFY_REQUEST
    }
}

/// Returns the portable bytes of a record.
macro_rules! bytes {
    ($to_bytes:ident, $record:expr) => {{
        let mut bytes = [MaybeUninit::<u8>::uninit(); 1024];
        let mut needed = 0;
        c!($to_bytes(
            $record,
            bytes.as_mut_ptr().cast(),
            bytes.len(),
            &raw mut needed,
            NONE
        ));
        // SAFETY: as many were written.
        let written = unsafe { bytes[..needed].assume_init_ref() };
        written.to_vec()
    }};
}

/// Returns the members of a record.
macro_rules! info {
    ($info:ident, $record:expr) => {{
        let mut memory = MaybeUninit::<$info>::uninit();
        // SAFETY: the first member is the size.
        unsafe {
            memory
                .as_mut_ptr()
                .cast::<usize>()
                .write(size_of::<$info>())
        };
        c!($info($record, memory.as_mut_ptr(), NONE));
        // SAFETY: the call has written the others.
        unsafe { memory.assume_init() }
    }};
}

// Behind the macros, which they use.
mod machine;
mod online;
mod security;

#[test]
fn nothing_is_read_where_nothing_is() {
    // SAFETY: the contract of the header allows NULL, which is refused.
    unsafe {
        stopgap_wipe(ptr::null_mut(), 0);
        let status = stopgap_key_ring_new(1, ptr::null(), ptr::null_mut(), NONE);
        assert_eq!(status, STOPGAP_ERR_NULL_ARGUMENT);
        let mut ring = ptr::null_mut();
        let crooked = ptr::without_provenance_mut::<stopgap_error>(1);
        let status = stopgap_key_ring_new(1, ptr::null(), &raw mut ring, crooked);
        assert_eq!(status, STOPGAP_ERR_NULL_ARGUMENT);
    }
}
