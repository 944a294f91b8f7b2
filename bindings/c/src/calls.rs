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
    access::*, agent::*, answer::*, code::*, digest::stopgap_keyed_digest, enrolment::*,
    enrolment_key::*, error::stopgap_error, grant::*, granted::stopgap_granted, key_ring::*,
    life::*, master_key::*, message::*, online_policy::*, purpose::*, random::*,
    request::stopgap_locate_policy, rights::*, role::*, scopes::*, security_code::*,
    security_text::*, status::*, wipe::stopgap_wipe,
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

fn chars(text: &str) -> *const c_char {
    text.as_ptr().cast()
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
    user: *const c_char,
    length: usize,
    role: *mut stopgap_role,
) -> i32 {
    // SAFETY: the call's own.
    unsafe {
        assert_eq!(
            std::slice::from_raw_parts(user.cast::<u8>(), length),
            b"bob"
        );
        role.write(STOPGAP_ADMINISTRATOR);
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
        chars("north"),
        5,
        place,
        NONE
    ));
    c!(stopgap_key_ring_rotate(ring, 2, place, NONE));
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

/// Writes the text of a code with the last prefix, which is so long that the text fills
/// the buffer, and reads it with all of them.
fn security_text(
    code: &stopgap_code,
    prefixes: &[stopgap_prefix],
) -> [c_char; STOPGAP_SECURITY_TEXT_SIZE] {
    let mut text = MaybeUninit::<[c_char; STOPGAP_SECURITY_TEXT_SIZE]>::uninit();
    c!(stopgap_security_text(
        ptr::from_ref(code),
        prefixes.last().unwrap(),
        text.as_mut_ptr().cast(),
        STOPGAP_SECURITY_TEXT_SIZE,
        ptr::null_mut(),
        NONE
    ));
    // SAFETY: written to its end.
    let text = unsafe { text.assume_init() };
    let mut read = MaybeUninit::<stopgap_code>::uninit();
    c!(stopgap_security_read(
        prefixes.as_ptr(),
        prefixes.len(),
        ptr::from_ref(&text).cast(),
        length(&text),
        read.as_mut_ptr(),
        NONE
    ));
    text
}

fn prefix(text: &str) -> stopgap_prefix {
    stopgap_prefix {
        text: crate::text::field(text.as_bytes()),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "all calls of a grant")]
fn a_grant_lends_its_own_user() {
    let ring = ring(&mut 3);
    let policy = stopgap_online_policy {
        max_uses: 3,
        ..stopgap_online_policy_default()
    };
    let mut grants = [const { MaybeUninit::<stopgap_online_grant>::uninit() }; 2];
    let mut code = MaybeUninit::<stopgap_code>::uninit();
    for grant in &mut grants {
        c!(stopgap_online_issue(
            &raw const policy,
            ring,
            chars("alice"),
            5,
            NOW,
            ptr::null(),
            0,
            ptr::null(),
            code.as_mut_ptr(),
            grant.as_mut_ptr(),
            NONE,
        ));
    }
    let grants: *mut stopgap_online_grant = grants.as_mut_ptr().cast();
    // SAFETY: both were written, and the code is of the second.
    let (second, user, typed, typed_length) = unsafe {
        let second = grants.add(1);
        let code = code.assume_init_ref();
        let user = (&raw const (*second).user).cast::<c_char>();
        (second, user, code.text.as_ptr(), length(&code.text))
    };
    let mut granted = MaybeUninit::<stopgap_granted>::uninit();
    let granted = granted.as_mut_ptr();
    c!(stopgap_online_check(
        second,
        ring,
        user,
        5,
        typed,
        typed_length,
        STOPGAP_RESET,
        NOW,
        granted,
        NONE,
    ));
    c!(stopgap_online_verify(
        second,
        ring,
        user,
        5,
        typed,
        typed_length,
        STOPGAP_RESET,
        NOW,
        granted,
        NONE,
    ));
    let mut index = usize::MAX;
    c!(stopgap_online_verify_any(
        grants,
        2,
        ring,
        user,
        5,
        typed,
        typed_length,
        STOPGAP_RESET,
        NOW,
        &raw mut index,
        granted,
        NONE,
    ));
    // SAFETY: written above.
    assert_eq!((index, unsafe { (*second).uses }), (1, 2));
    let tag = made!(|tag| stopgap_online_tag(second, ring, tag, NONE));
    c!(stopgap_online_check_tag(second, ring, &raw const tag, NONE));
    c!(stopgap_online_revoke(second, NOW, NONE));
    let mut error = MaybeUninit::<stopgap_error>::uninit();
    // SAFETY: the contract of the header.
    let status = unsafe {
        stopgap_online_verify(
            second,
            ring,
            user,
            5,
            typed,
            typed_length,
            STOPGAP_RESET,
            NOW,
            granted,
            error.as_mut_ptr(),
        )
    };
    assert_eq!(status, STOPGAP_REVOKED);
    let mut text = [MaybeUninit::<c_char>::uninit(); 256];
    let mut needed = 0;
    c!(stopgap_error_message(
        error.as_ptr(),
        text.as_mut_ptr().cast(),
        text.len(),
        &raw mut needed
    ));
    c!(stopgap_error_public_message(
        error.as_ptr(),
        ptr::null(),
        0,
        text.as_mut_ptr().cast(),
        text.len(),
        ptr::null_mut()
    ));
    assert!(needed > 20);
    freed(ring);
}

#[test]
fn a_record_lends_its_own_texts() {
    let ring = ring(&mut 4);
    let root = stopgap_actor {
        name: chars("root"),
        name_length: 4,
        role: STOPGAP_SUPER_ADMINISTRATOR,
    };
    let scopes = made!(|scopes| stopgap_scopes_parse(chars("b a"), 3, scopes, NONE));
    let mut code = MaybeUninit::<stopgap_code>::uninit();
    let mut record = made!(|record| stopgap_security_code_create(
        ring,
        &raw const root,
        STOPGAP_ACCESS_SAME_AS,
        chars("bob"),
        3,
        &raw const scopes,
        chars("nightly"),
        7,
        NOW,
        ptr::null(),
        code.as_mut_ptr(),
        record,
        NONE,
    ));
    // SAFETY: written by the call.
    let code = unsafe { code.assume_init() };
    let place = &raw mut record;
    // SAFETY: members of the record, which is there.
    let (name, description) = unsafe {
        (
            (&raw const (*place).same_as).cast::<c_char>(),
            (&raw const (*place).description).cast::<c_char>(),
        )
    };
    let bob = stopgap_actor {
        name,
        name_length: 3,
        role: STOPGAP_SUPER_ADMINISTRATOR,
    };
    c!(stopgap_security_code_describe(
        place,
        &raw const bob,
        description.wrapping_add(1),
        6,
        NOW,
        NONE
    ));
    c!(stopgap_security_code_apply(
        place,
        &raw const bob,
        STOPGAP_LIFE_MAKE_PERMANENT,
        0,
        NOW,
        NONE
    ));
    let knows = stopgap_role_of {
        role_of: Some(administrator),
        context: ptr::null_mut(),
    };
    let prefixes = [
        prefix("acme"),
        prefix("stopgap"),
        prefix("abcdefghijklmnop"),
    ];
    let text = security_text(&code, &prefixes);
    let authenticated = made!(|authenticated| stopgap_security_code_authenticate(
        place,
        ring,
        prefixes.as_ptr(),
        prefixes.len(),
        text.as_ptr(),
        length(&text),
        &raw const knows,
        NOW,
        authenticated,
        NONE,
    ));
    assert_eq!(authenticated.rights.role, STOPGAP_ADMINISTRATOR);
    assert_eq!(authenticated.scopes.count, 2);
    assert_eq!(length(&authenticated.scopes.scopes[1]), 1);
    assert_eq!(length(&record.description), 6);
    let mut digests = [const { MaybeUninit::<stopgap_keyed_digest>::uninit() }; 2];
    let mut count = 0;
    c!(stopgap_key_ring_security_digests(
        ring,
        &raw const code,
        digests.as_mut_ptr().cast(),
        digests.len(),
        &raw mut count,
        NONE
    ));
    assert_eq!(count, 2);
    freed(ring);
}

#[test]
fn an_agent_keeps_by_a_callback() {
    let ring = ring(&mut 5);
    let enrolment = made!(|enrolment| stopgap_enrolment_new(
        ring,
        chars("al"),
        2,
        chars("pc"),
        2,
        ptr::null(),
        enrolment,
        NONE
    ));
    let mut key = made!(|key| stopgap_enrolment_key_derive(&raw const enrolment, ring, key, NONE));
    let mut agent = made!(|agent| stopgap_agent_new(key, ptr::null(), agent, NONE));
    let shown = made!(|code| stopgap_agent_request_code(agent, NOW, code, NONE));
    // Only the machine's own minute, because Miri is slow.
    let mut policy = stopgap_offline_policy_default();
    policy.locate = stopgap_locate_policy {
        past_minutes: 0,
        ahead_minutes: 0,
        diagnose_minutes: 0,
        window_minutes: 30,
    };
    let answer = made!(|answer| stopgap_offline_answer(
        &raw const policy,
        ring,
        chars("al"),
        2,
        &raw const enrolment,
        1,
        shown.text.as_ptr(),
        length(&shown.text),
        STOPGAP_BYPASS,
        NOW,
        ptr::null(),
        0,
        answer,
        NONE,
    ));
    let mut state = MaybeUninit::<stopgap_sealed_state>::uninit();
    let keeps = stopgap_keep {
        keep: Some(keep),
        context: state.as_mut_ptr().cast(),
    };
    let mut buffer = [MaybeUninit::<c_char>::uninit(); STOPGAP_SPOKEN_SIZE];
    c!(stopgap_code_spoken(
        &raw const answer.code,
        buffer.as_mut_ptr().cast(),
        buffer.len(),
        ptr::null_mut(),
        NONE
    ));
    let until = made!(|until| stopgap_agent_redeem(
        agent,
        answer.code.text.as_ptr(),
        length(&answer.code.text),
        STOPGAP_BYPASS,
        NOW,
        ptr::null(),
        0,
        &raw const keeps,
        until,
        NONE,
    ));
    assert_eq!(until, answer.expires_at);
    let sealed = state.as_ptr().cast::<u8>();
    let mut again = made!(|agent| stopgap_agent_resume(
        key,
        ptr::null(),
        sealed,
        STOPGAP_SEALED_STATE_SIZE,
        agent,
        NONE
    ));
    c!(stopgap_agent_clear_lock(again, &raw const keeps, NONE));
    // SAFETY: handles, and then NULL; the agents have copies of the key.
    unsafe {
        stopgap_enrolment_key_free(&raw mut key);
        stopgap_enrolment_key_free(&raw mut key);
        stopgap_agent_free(&raw mut agent);
        stopgap_agent_free(&raw mut again);
        stopgap_agent_free(ptr::null_mut());
    }
    freed(ring);
}

#[test]
fn nothing_is_read_where_nothing_is() {
    // SAFETY: the contract of the header allows NULL, which is refused.
    unsafe {
        stopgap_wipe(ptr::null_mut(), 0);
        let status = stopgap_key_ring_new(1, ptr::null(), ptr::null_mut(), NONE);
        assert_eq!(status, STOPGAP_NULL_ARGUMENT);
        let mut ring = ptr::null_mut();
        let crooked = ptr::without_provenance_mut::<stopgap_error>(1);
        let status = stopgap_key_ring_new(1, ptr::null(), &raw mut ring, crooked);
        assert_eq!(status, STOPGAP_NULL_ARGUMENT);
    }
}
