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
    answer::*,
    code::*,
    digest::stopgap_keyed_digest,
    enrolment::*,
    enrolment_key::*,
    error::stopgap_error,
    format::*,
    grant::*,
    granted::stopgap_granted,
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
    text::{NO_TEXT, stopgap_text},
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

fn prefix(text: &str) -> stopgap_prefix {
    stopgap_prefix {
        text: crate::text::field(text.as_bytes()),
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
    let request = stopgap_issue_request {
        user: stopgap_text::lend("alice"),
        reason: stopgap_text::lend("lost token"),
        ..ISSUE_REQUEST
    };
    for grant in &mut grants {
        c!(stopgap_online_issue(
            &raw const policy,
            ring,
            &raw const request,
            NOW,
            NO_TEXT,
            ptr::null(),
            code.as_mut_ptr(),
            grant.as_mut_ptr(),
            NONE,
        ));
    }
    let grants: *mut stopgap_online_grant = grants.as_mut_ptr().cast();
    // SAFETY: both were written, and the code is of the second.
    let (second, user, code) = unsafe {
        let second = grants.add(1);
        let user = (&raw const (*second).user).cast::<c_char>();
        (second, (user, 5), code.assume_init())
    };
    let typed = (code.text.as_ptr(), length(&code.text));
    let mut granted = MaybeUninit::<stopgap_granted>::uninit();
    let granted = granted.as_mut_ptr();
    // An older caller, whose struct has fewer members.
    let request = stopgap_verify_request {
        size: std::mem::offset_of!(stopgap_verify_request, idempotency_key),
        ..asking(user, typed, STOPGAP_PURPOSE_RESET)
    };
    c!(stopgap_online_verify(
        second,
        ring,
        &raw const request,
        NOW,
        granted,
        NONE,
    ));
    let mut request = asking(user, typed, STOPGAP_PURPOSE_RESET);
    let mut index = usize::MAX;
    c!(stopgap_online_verify_any(
        grants,
        2,
        ring,
        &raw const request,
        NOW,
        &raw mut index,
        granted,
        NONE,
    ));
    // SAFETY: written above.
    assert_eq!((index, unsafe { (*second).uses }), (1, 2));
    c!(stopgap_online_open(second, ring, NONE));
    c!(stopgap_online_check_not_ended(second, ring, NOW, NONE));
    c!(stopgap_online_revoke(second, ring, NOW, NONE));
    // An answer under an idempotency key, whose name is the grant's own.
    request.idempotency_key = stopgap_text {
        ptr: user.0,
        len: user.1,
    };
    let verification = made!(|verification| stopgap_verification_seal(
        ring,
        &raw const request,
        &raw const code,
        ptr::null(),
        0,
        NOW,
        verification,
        NONE,
    ));
    c!(stopgap_verification_replay(
        &raw const verification,
        ptr::null(),
        0,
        ring,
        &raw const request,
        &raw const code,
        STOPGAP_REPLAY_SECONDS,
        NOW,
        NONE,
    ));
    c!(stopgap_verification_open(
        &raw const verification,
        ptr::null(),
        0,
        ring,
        NONE,
    ));
    let mut error = MaybeUninit::<stopgap_error>::uninit();
    // SAFETY: the contract of the header.
    let status = unsafe {
        stopgap_online_verify(
            second,
            ring,
            &raw const request,
            NOW,
            granted,
            error.as_mut_ptr(),
        )
    };
    assert_eq!(status, STOPGAP_ERR_REVOKED);
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
        NO_TEXT,
        STOPGAP_LANGUAGE_GERMAN,
        text.as_mut_ptr().cast(),
        text.len(),
        ptr::null_mut()
    ));
    assert!(needed > 20);
    freed(ring);
}

#[test]
fn records_of_policies_and_failures_are_opened() {
    let ring = ring(&mut 6);
    let policy = stopgap_online_policy_default();
    let preset = made!(|preset| stopgap_preset_seal(
        ring,
        stopgap_text::lend("visitor"),
        &raw const policy,
        preset,
        NONE
    ));
    let name = ptr::from_ref(&preset.name).cast::<c_char>();
    let opened = made!(|policy| stopgap_preset_open(
        &raw const preset,
        ring,
        stopgap_text { ptr: name, len: 7 },
        policy,
        NONE
    ));
    assert_eq!(opened.purposes, policy.purposes);
    let mut throttle = made!(|throttle| stopgap_throttle_reset(throttle, NONE));
    throttle.failures = 4;
    let record = made!(|record| stopgap_user_throttle_seal(
        ring,
        stopgap_text::lend("alice"),
        &raw const throttle,
        record,
        NONE
    ));
    c!(stopgap_user_throttle_open(
        &raw const record,
        ring,
        stopgap_text::lend("alice"),
        &raw mut throttle,
        NONE
    ));
    assert_eq!(throttle.failures, 4);
    let formats = [stopgap_format_online(), stopgap_format_offline()];
    let mut codes = [const { MaybeUninit::<stopgap_code>::uninit() }; 2];
    let mut count = 0;
    c!(stopgap_normalize_any(
        formats.as_ptr(),
        formats.len(),
        stopgap_text::lend("3f9a-77c2-01be"),
        codes.as_mut_ptr().cast(),
        codes.len(),
        &raw mut count,
        NONE
    ));
    assert_eq!(count, 1);
    freed(ring);
}

/// Creates a code with the last prefix, which is so long that the text fills the buffer.
fn security_code(
    ring: *const stopgap_key_ring,
    prefix: *const stopgap_prefix,
) -> ([c_char; STOPGAP_SECURITY_TEXT_SIZE], stopgap_security_code) {
    let root = stopgap_actor {
        name: stopgap_text::lend("root"),
        role: STOPGAP_ROLE_SUPER_ADMINISTRATOR,
    };
    let scopes = made!(|scopes| stopgap_scopes_parse(stopgap_text::lend("b a"), scopes, NONE));
    let request = stopgap_security_request {
        scopes: &raw const scopes,
        same_as: stopgap_text::lend("bob"),
        access: STOPGAP_ACCESS_SAME_AS,
        description: stopgap_text::lend("nightly"),
        ..SECURITY_REQUEST
    };
    let mut text = MaybeUninit::<[c_char; STOPGAP_SECURITY_TEXT_SIZE]>::uninit();
    let record = made!(|record| stopgap_security_code_create(
        ring,
        prefix,
        &raw const root,
        &raw const request,
        NOW,
        ptr::null(),
        text.as_mut_ptr().cast(),
        STOPGAP_SECURITY_TEXT_SIZE,
        ptr::null_mut(),
        record,
        NONE,
    ));
    // SAFETY: written to its end.
    (unsafe { text.assume_init() }, record)
}

#[test]
fn a_record_lends_its_own_texts() {
    let ring = ring(&mut 4);
    let prefixes = [
        prefix("acme"),
        prefix("stopgap"),
        prefix("abcdefghijklmnop"),
    ];
    let (text, mut record) = security_code(ring, &raw const prefixes[2]);
    let place = &raw mut record;
    // SAFETY: members of the record, which is there.
    let (name, description) = unsafe {
        (
            (&raw const (*place).same_as).cast::<c_char>(),
            (&raw const (*place).description).cast::<c_char>(),
        )
    };
    let bob = stopgap_actor {
        name: stopgap_text { ptr: name, len: 3 },
        role: STOPGAP_ROLE_SUPER_ADMINISTRATOR,
    };
    c!(stopgap_security_code_describe(
        place,
        ring,
        &raw const bob,
        stopgap_text {
            ptr: description.wrapping_add(1),
            len: 6
        },
        NOW,
        NONE
    ));
    c!(stopgap_security_code_apply(
        place,
        ring,
        &raw const bob,
        STOPGAP_EVENT_MAKE_PERMANENT,
        0,
        NOW,
        NONE
    ));
    c!(stopgap_security_code_open(place, ring, NONE));
    let state = made!(|state| stopgap_security_code_state(place, ring, NOW, state, NONE));
    assert_eq!(state.kind, STOPGAP_LIFECYCLE_PERMANENT);
    let knows = stopgap_role_of {
        role_of: Some(administrator),
        context: ptr::null_mut(),
    };
    let authenticated = made!(|authenticated| stopgap_security_code_authenticate(
        place,
        ring,
        prefixes.as_ptr(),
        prefixes.len(),
        stopgap_text {
            ptr: text.as_ptr(),
            len: length(&text)
        },
        &raw const knows,
        NOW,
        authenticated,
        NONE,
    ));
    assert_eq!(authenticated.role, STOPGAP_ROLE_ADMINISTRATOR);
    assert_eq!(authenticated.scopes.count, 2);
    assert_eq!(length(&authenticated.scopes.scopes[1]), 1);
    assert_eq!(length(&record.description), 6);
    let code = made!(|code| stopgap_security_read(
        prefixes.as_ptr(),
        prefixes.len(),
        stopgap_text {
            ptr: text.as_ptr(),
            len: length(&text)
        },
        code,
        NONE
    ));
    let mut again = MaybeUninit::<[c_char; STOPGAP_SECURITY_TEXT_SIZE]>::uninit();
    c!(stopgap_security_text(
        &raw const code,
        &raw const prefixes[2],
        again.as_mut_ptr().cast(),
        STOPGAP_SECURITY_TEXT_SIZE,
        ptr::null_mut(),
        NONE
    ));
    // SAFETY: written to its end.
    assert_eq!(unsafe { again.assume_init() }, text);
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
    let mut enrolment = made!(|enrolment| stopgap_enrolment_new(
        ring,
        stopgap_text::lend("al"),
        stopgap_text::lend("pc"),
        NOW,
        ptr::null(),
        enrolment,
        NONE
    ));
    let place = &raw mut enrolment;
    c!(stopgap_enrolment_next(place, ring, NOW, NONE));
    // The output has the input's names.
    // SAFETY: members of the enrolment, which is there.
    let (user, machine) = unsafe {
        (
            (&raw const (*place).user).cast::<c_char>(),
            (&raw const (*place).machine).cast::<c_char>(),
        )
    };
    c!(stopgap_enrolment_migrate(
        ring,
        stopgap_text { ptr: user, len: 2 },
        stopgap_text {
            ptr: machine,
            len: 2
        },
        7,
        NOW,
        place,
        NONE
    ));
    c!(stopgap_enrolment_open(place, ring, NONE));
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
    let user = (ptr::from_ref(&enrolment.user).cast::<c_char>(), 2);
    let typed = (shown.text.as_ptr(), length(&shown.text));
    let request = asking(user, typed, STOPGAP_PURPOSE_BYPASS);
    let answer = made!(|answer| stopgap_offline_answer(
        &raw const policy,
        ring,
        &raw const enrolment,
        1,
        &raw const request,
        NOW,
        NO_TEXT,
        answer,
        NONE,
    ));
    c!(stopgap_enrolment_retire(
        &raw mut enrolment,
        ring,
        NOW,
        NONE
    ));
    let mut state = MaybeUninit::<stopgap_sealed_state>::uninit();
    let keeps = stopgap_keep {
        keep: Some(keep),
        context: state.as_mut_ptr().cast(),
    };
    let mut buffer = [MaybeUninit::<c_char>::uninit(); STOPGAP_SPOKEN_SIZE];
    c!(stopgap_code_spoken(
        &raw const answer.code,
        STOPGAP_LANGUAGE_GERMAN,
        buffer.as_mut_ptr().cast(),
        buffer.len(),
        ptr::null_mut(),
        NONE
    ));
    let until = made!(|until| stopgap_agent_redeem(
        agent,
        stopgap_text {
            ptr: answer.code.text.as_ptr(),
            len: length(&answer.code.text)
        },
        STOPGAP_PURPOSE_BYPASS,
        NOW,
        NO_TEXT,
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
        assert_eq!(status, STOPGAP_ERR_NULL_ARGUMENT);
        let mut ring = ptr::null_mut();
        let crooked = ptr::without_provenance_mut::<stopgap_error>(1);
        let status = stopgap_key_ring_new(1, ptr::null(), &raw mut ring, crooked);
        assert_eq!(status, STOPGAP_ERR_NULL_ARGUMENT);
    }
}
