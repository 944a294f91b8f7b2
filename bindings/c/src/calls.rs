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

const fn no_grant() -> stopgap_granted {
    stopgap_granted {
        size: size_of::<stopgap_granted>(),
        index: usize::MAX,
        expires_at: 0,
        password_only_until: 0,
        purpose: 0,
        uses_left: 0,
    }
}

/// Issues two codes with three uses, and returns the second.
fn issued(ring: *const stopgap_key_ring) -> ([*mut stopgap_online_grant; 2], stopgap_code) {
    let policy = stopgap_online_policy {
        max_uses: 3,
        ..stopgap_online_policy_default()
    };
    let request = stopgap_issue_request {
        user: stopgap_text::lend("alice"),
        policy: &raw const policy,
        reason: stopgap_text::lend("lost token"),
        ..ISSUE_REQUEST
    };
    let mut grants = [ptr::null_mut(); 2];
    let mut code = MaybeUninit::<stopgap_code>::uninit();
    for grant in &mut grants {
        c!(stopgap_online_issue(
            ring,
            &raw const request,
            NOW,
            code.as_mut_ptr(),
            grant,
            NONE,
        ));
    }
    // SAFETY: written by the calls.
    (grants, unsafe { code.assume_init() })
}

#[test]
#[expect(clippy::too_many_lines, reason = "all calls of a grant")]
fn a_grant_lends_its_own_user() {
    let ring = ring(&mut 3);
    let (mut grants, code) = issued(ring);
    let second = grants[1];
    let typed = (code.text.as_ptr(), length(&code.text));
    let mut granted = no_grant();
    let granted = &raw mut granted;
    let user = info!(stopgap_online_grant_info, second).user;
    let user = (user.ptr, user.len);
    // An older caller, whose struct has fewer members.
    let request = stopgap_verify_request {
        size: std::mem::offset_of!(stopgap_verify_request, source_address),
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
    let user = info!(stopgap_online_grant_info, second).user;
    let user = (user.ptr, user.len);
    let request = asking(user, typed, STOPGAP_PURPOSE_RESET);
    let all = stopgap_online_grants {
        ptr: grants.as_ptr(),
        count: grants.len(),
    };
    c!(stopgap_online_verify_any(
        all,
        ring,
        &raw const request,
        NOW,
        granted,
        NONE,
    ));
    // SAFETY: written above.
    assert_eq!(unsafe { (*granted).index }, 1);
    assert_eq!(info!(stopgap_online_grant_info, second).uses, 2);
    c!(stopgap_online_open(second, ring, NONE));
    c!(stopgap_online_check_not_ended(second, ring, NOW, NONE));
    c!(stopgap_online_revoke(second, ring, NOW, NONE));
    let bytes = bytes!(stopgap_online_grant_to_bytes, second);
    let mut read =
        made!(|grant| stopgap_online_grant_from_bytes(stopgap_bytes::lend(&bytes), grant, NONE));
    let members = info!(stopgap_online_grant_info, read);
    assert_eq!(members.revoked_at, NOW);
    // The alphabet is lent as well.
    let mut again = MaybeUninit::<stopgap_code>::uninit();
    c!(stopgap_normalize(
        &raw const members.format,
        stopgap_text {
            ptr: typed.0,
            len: typed.1
        },
        again.as_mut_ptr(),
        NONE
    ));
    // An answer under an idempotency key, whose name is the grant's own.
    let kept = stopgap_verification_request {
        size: size_of::<stopgap_verification_request>(),
        user: members.user,
        idempotency_key: members.user,
        purpose: STOPGAP_PURPOSE_RESET,
        code: &raw const code,
        answer: stopgap_bytes::lend(b"granted"),
        replay_seconds: 0,
    };
    let mut verification = made!(|verification| stopgap_verification_seal(
        ring,
        &raw const kept,
        NOW,
        verification,
        NONE,
    ));
    let replayed = made!(|answer| stopgap_verification_replay(
        verification,
        ring,
        &raw const kept,
        NOW + 599,
        answer,
        NONE,
    ));
    let opened = made!(|answer| stopgap_verification_open(verification, ring, answer, NONE));
    let members = info!(stopgap_verification_info, verification);
    for answer in [replayed, opened, members.answer] {
        // SAFETY: lent by the record.
        assert_eq!(unsafe { answer.read() }.unwrap(), b"granted");
    }
    let bytes = bytes!(stopgap_verification_to_bytes, verification);
    let mut copy = made!(|verification| stopgap_verification_from_bytes(
        stopgap_bytes::lend(&bytes),
        verification,
        NONE
    ));
    for _ in 0..2 {
        // SAFETY: handles, and NULL the second time.
        unsafe {
            stopgap_verification_free(&raw mut verification);
            stopgap_verification_free(&raw mut copy);
            stopgap_online_grant_free(&raw mut read);
        }
    }
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
    for grant in &mut grants {
        // SAFETY: handles.
        unsafe { stopgap_online_grant_free(grant) };
    }
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
    let mut own = made!(|alphabet| stopgap_alphabet_new(
        stopgap_text::lend("BCDFGHJKMPQRTVWX"),
        0,
        alphabet,
        NONE
    ));
    let mut policy = stopgap_online_policy_default();
    policy.format.alphabet = own;
    let mut preset = made!(|preset| stopgap_preset_seal(
        ring,
        stopgap_text::lend("visitor"),
        &raw const policy,
        preset,
        NONE
    ));
    // SAFETY: a handle.
    unsafe { stopgap_alphabet_free(&raw mut own) };
    let bytes = bytes!(stopgap_preset_to_bytes, preset);
    let mut copy =
        made!(|preset| stopgap_preset_from_bytes(stopgap_bytes::lend(&bytes), preset, NONE));
    let name = info!(stopgap_preset_info, preset).name;
    let opened = made!(|policy| stopgap_preset_open(copy, ring, name, policy, NONE));
    assert_eq!(opened.purposes, policy.purposes);
    // The copy lends its alphabet.
    let symbols = info!(stopgap_alphabet_info, opened.format.alphabet).symbols;
    // SAFETY: lent by the record.
    assert_eq!(unsafe { symbols.bytes() }.unwrap(), b"BCDFGHJKMPQRTVWX");
    let mut throttle = stopgap_throttle_new();
    throttle.failures = 4;
    let mut record = made!(|record| stopgap_user_throttle_seal(
        ring,
        stopgap_text::lend("alice"),
        &raw const throttle,
        record,
        NONE
    ));
    let bytes = bytes!(stopgap_user_throttle_to_bytes, record);
    let mut read =
        made!(|record| stopgap_user_throttle_from_bytes(stopgap_bytes::lend(&bytes), record, NONE));
    let user = info!(stopgap_user_throttle_info, record).user;
    c!(stopgap_user_throttle_open(
        read,
        ring,
        user,
        &raw mut throttle,
        NONE
    ));
    assert_eq!(throttle.failures, 4);
    // SAFETY: handles.
    unsafe {
        stopgap_preset_free(&raw mut preset);
        stopgap_preset_free(&raw mut copy);
        stopgap_user_throttle_free(&raw mut record);
        stopgap_user_throttle_free(&raw mut read);
    }
    let formats = [stopgap_format_online(), stopgap_format_offline()];
    let mut codes = [const { MaybeUninit::<stopgap_code>::uninit() }; 2];
    let mut place = stopgap_codes {
        ptr: codes.as_mut_ptr().cast(),
        capacity: codes.len(),
        count: 0,
    };
    c!(stopgap_normalize_any(
        formats.as_ptr(),
        formats.len(),
        stopgap_text::lend("3f9a-77c2-01be"),
        &raw mut place,
        NONE
    ));
    assert_eq!(place.count, 1);
    freed(ring);
}

const PREFIX: &str = "abcdefghijklmnop";

fn root() -> stopgap_actor {
    stopgap_actor {
        name: stopgap_text::lend("root"),
        role: STOPGAP_ROLE_SUPER_ADMINISTRATOR,
    }
}

/// Creates a code with a prefix that is so long that the text fills its struct.
fn security_code(
    ring: *const stopgap_key_ring,
) -> (stopgap_security_text, *mut stopgap_security_code) {
    let request = stopgap_security_request {
        actor: root(),
        scopes: stopgap_scopes {
            list: stopgap_text::lend("b a"),
            unlimited: 0,
        },
        same_as: stopgap_text::lend("bob"),
        access: STOPGAP_ACCESS_SAME_AS,
        description: stopgap_text::lend("nightly"),
        prefix: stopgap_text::lend(PREFIX),
        ..SECURITY_REQUEST
    };
    let mut text = MaybeUninit::uninit();
    let record = made!(|record| stopgap_security_code_create(
        ring,
        &raw const request,
        NOW,
        text.as_mut_ptr(),
        record,
        NONE,
    ));
    // SAFETY: written by the call.
    (unsafe { text.assume_init() }, record)
}

/// Returns the members of a record.
fn members(record: *const stopgap_security_code) -> stopgap_security_code_info {
    let mut info = MaybeUninit::<stopgap_security_code_info>::uninit();
    let place = info.as_mut_ptr();
    // SAFETY: the first member is the size.
    unsafe { (&raw mut (*place).size).write(size_of::<stopgap_security_code_info>()) };
    c!(stopgap_security_code_info(record, place, NONE));
    // SAFETY: written by the call.
    unsafe { info.assume_init() }
}

fn change(
    actor: stopgap_actor,
    event: stopgap_lifecycle_event,
    description: stopgap_text,
) -> stopgap_security_change {
    stopgap_security_change {
        size: size_of::<stopgap_security_change>(),
        actor,
        event,
        expires_at: 0,
        description,
    }
}

#[test]
fn a_record_lends_its_own_texts() {
    let ring = ring(&mut 4);
    let (_, mut record) = security_code(ring);
    let info = members(record);
    let shorter = stopgap_text {
        ptr: info.description.ptr.wrapping_add(1),
        len: 6,
    };
    let describe = change(bob_of(&info), STOPGAP_EVENT_DESCRIBE, shorter);
    c!(stopgap_security_code_apply(
        record,
        ring,
        &raw const describe,
        NOW,
        NONE
    ));
    let info = members(record);
    // SAFETY: lent by the record.
    let description = unsafe { info.description.bytes() };
    assert_eq!(description.unwrap(), b"ightly");
    let request = stopgap_rotate_request {
        size: size_of::<stopgap_rotate_request>(),
        actor: bob_of(&info),
        overlap_seconds: 60,
        expires_at: 0,
        permanent: 1,
        prefix: NO_TEXT,
        random: ptr::null(),
    };
    let mut rotated = made!(|rotated| stopgap_security_code_rotate(
        record,
        ring,
        &raw const request,
        NOW,
        rotated,
        NONE
    ));
    assert_eq!(members(record).expires_at, NOW + 60);
    assert_eq!(members(rotated.record).permanent, 1);
    for record in [&raw mut record, &raw mut rotated.record] {
        for _ in 0..2 {
            // SAFETY: a handle, and then NULL.
            unsafe { stopgap_security_code_free(record) };
        }
    }
    freed(ring);
}

fn bob_of(info: &stopgap_security_code_info) -> stopgap_actor {
    stopgap_actor {
        name: info.same_as,
        role: STOPGAP_ROLE_SUPER_ADMINISTRATOR,
    }
}

#[test]
fn a_security_code_authenticates() {
    let ring = ring(&mut 4);
    let (text, mut record) = security_code(ring);
    let permanent = change(root(), STOPGAP_EVENT_MAKE_PERMANENT, NO_TEXT);
    c!(stopgap_security_code_apply(
        record,
        ring,
        &raw const permanent,
        NOW,
        NONE
    ));
    c!(stopgap_security_code_open(record, ring, NONE));
    let state = made!(|state| stopgap_security_code_state(record, ring, NOW, state, NONE));
    assert_eq!(state.kind, STOPGAP_LIFECYCLE_PERMANENT);
    let mut bytes = [MaybeUninit::<u8>::uninit(); 512];
    let mut needed = 0;
    c!(stopgap_security_code_to_bytes(
        record,
        bytes.as_mut_ptr().cast(),
        bytes.len(),
        &raw mut needed,
        NONE
    ));
    // SAFETY: handles, and then NULL.
    unsafe { stopgap_security_code_free(&raw mut record) };
    let stored = stopgap_bytes {
        ptr: bytes.as_ptr().cast(),
        len: needed,
    };
    let mut record = made!(|record| stopgap_security_code_from_bytes(stored, record, NONE));
    let knows = stopgap_role_of {
        role_of: Some(administrator),
        context: ptr::null_mut(),
    };
    let prefixes = ["acme", "stopgap", PREFIX].map(stopgap_text::lend);
    let presented = stopgap_text {
        ptr: text.text.as_ptr(),
        len: usize::MAX,
    };
    let request = stopgap_authenticate_request {
        size: size_of::<stopgap_authenticate_request>(),
        presented,
        role_of: &raw const knows,
        prefixes: prefixes.as_ptr(),
        prefix_count: prefixes.len(),
    };
    let mut authenticated = MaybeUninit::<stopgap_authenticated>::uninit();
    let place = authenticated.as_mut_ptr();
    // SAFETY: the first member is the size.
    unsafe { (&raw mut (*place).size).write(size_of::<stopgap_authenticated>()) };
    c!(stopgap_security_code_authenticate(
        record,
        ring,
        &raw const request,
        NOW,
        place,
        NONE,
    ));
    // SAFETY: written by the call.
    let authenticated = unsafe { authenticated.assume_init() };
    assert_eq!(authenticated.role, STOPGAP_ROLE_ADMINISTRATOR);
    // SAFETY: lent by the record.
    unsafe {
        assert_eq!(authenticated.scopes.list.bytes().unwrap(), b"a b");
        let scope = stopgap_text::lend("b");
        assert_eq!(stopgap_scopes_allow(authenticated.scopes, scope), 1);
        stopgap_security_code_free(&raw mut record);
    }
    let code = made!(|code| stopgap_security_read(
        prefixes.as_ptr(),
        prefixes.len(),
        presented,
        code,
        NONE
    ));
    let again = made!(|text| stopgap_security_write(&raw const code, prefixes[2], text, NONE));
    assert_eq!(again.text, text.text);
    let mut digests = [const { MaybeUninit::<stopgap_keyed_digest>::uninit() }; 2];
    let mut place = stopgap_digests {
        ptr: digests.as_mut_ptr().cast(),
        capacity: digests.len(),
        count: 0,
    };
    c!(stopgap_key_ring_security_digests(
        ring,
        &raw const code,
        &raw mut place,
        NONE
    ));
    assert_eq!(place.count, 2);
    freed(ring);
}

#[test]
fn an_agent_keeps_by_a_callback() {
    let ring = ring(&mut 5);
    let names = stopgap_enrolment_request {
        size: size_of::<stopgap_enrolment_request>(),
        user: stopgap_text::lend("al"),
        machine: stopgap_text::lend("pc"),
        random: ptr::null(),
    };
    let names = &raw const names;
    let mut first = made!(|enrolment| stopgap_enrolment_new(ring, names, NOW, enrolment, NONE));
    c!(stopgap_enrolment_next(first, ring, NOW, NONE));
    // A record lends the names of the next one.
    let lent = info!(stopgap_enrolment_info, first);
    let names = stopgap_enrolment_request {
        user: lent.user,
        machine: lent.machine,
        // SAFETY: the request above.
        ..unsafe { *names }
    };
    let names = &raw const names;
    let mut enrolment = made!(|to| stopgap_enrolment_migrate(ring, names, 7, NOW, to, NONE));
    let stored = bytes!(stopgap_enrolment_to_bytes, enrolment);
    // SAFETY: handles, and then NULL.
    unsafe {
        stopgap_enrolment_free(&raw mut enrolment);
        stopgap_enrolment_free(&raw mut enrolment);
        stopgap_enrolment_free(&raw mut first);
        stopgap_enrolment_free(ptr::null_mut());
    }
    let stored = stopgap_bytes {
        ptr: stored.as_ptr(),
        len: stored.len(),
    };
    let mut enrolment = made!(|to| stopgap_enrolment_from_bytes(stored, to, NONE));
    c!(stopgap_enrolment_open(enrolment, ring, NONE));
    let info = info!(stopgap_enrolment_info, enrolment);
    assert_eq!((info.generation, info.enrolled_at), (7, NOW));
    let mut key = made!(|key| stopgap_enrolment_key_derive(enrolment, ring, key, NONE));
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
    let enrolments = [enrolment];
    let request = stopgap_answer_request {
        user: info.user,
        text: stopgap_text {
            ptr: shown.text.as_ptr(),
            len: length(&shown.text),
        },
        enrolments: enrolments.as_ptr(),
        count: enrolments.len(),
        purpose: STOPGAP_PURPOSE_BYPASS,
        policy: &raw const policy,
        ..ANSWER_REQUEST
    };
    let request = &raw const request;
    let answer = made!(|answer| stopgap_offline_answer(ring, request, NOW, answer, NONE));
    c!(stopgap_enrolment_retire(enrolment, ring, NOW, NONE));
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
    let request = redeem_request(&answer.code);
    let until = made!(|until| stopgap_agent_redeem(
        agent,
        &raw const request,
        NOW,
        &raw const keeps,
        until,
        NONE,
    ));
    assert_eq!(until, answer.expires_at);
    let sealed = state.as_ptr().cast::<u8>();
    let size = STOPGAP_SEALED_STATE_SIZE;
    let mut again = made!(|to| stopgap_agent_resume(key, ptr::null(), sealed, size, to, NONE));
    c!(stopgap_agent_clear_lock(again, &raw const keeps, NONE));
    // SAFETY: handles, and then NULL; the agents have copies of the key.
    unsafe {
        stopgap_enrolment_free(&raw mut enrolment);
        stopgap_enrolment_key_free(&raw mut key);
        stopgap_enrolment_key_free(&raw mut key);
        stopgap_agent_free(&raw mut agent);
        stopgap_agent_free(&raw mut again);
        stopgap_agent_free(ptr::null_mut());
    }
    freed(ring);
}

#[test]
fn a_person_logs_on() {
    let bytes = [7; STOPGAP_KEY_SIZE];
    let (at, count) = (bytes.as_ptr(), bytes.len());
    let mut key = made!(|key| stopgap_enrolment_key_from_bytes(at, count, key, NONE));
    let mut agent = made!(|agent| stopgap_agent_new(key, ptr::null(), agent, NONE));
    let mut state = MaybeUninit::<stopgap_sealed_state>::uninit();
    let keeps = stopgap_keep {
        keep: Some(keep),
        context: state.as_mut_ptr().cast(),
    };
    let (end, keeps) = (NOW + 3_600, &raw const keeps);
    let until = made!(|until| stopgap_agent_activate(agent, end, NOW, keeps, until, NONE));
    let shown = made!(|until| stopgap_agent_lock(agent, NOW, until, NONE));
    let told = made!(|until| stopgap_agent_log_on(agent, NOW + 60, keeps, until, NONE));
    assert_eq!((until, shown, told), (end, end, end));
    // SAFETY: handles.
    unsafe {
        stopgap_enrolment_key_free(&raw mut key);
        stopgap_agent_free(&raw mut agent);
    }
}

/// Only the size of the output is initialized before.
#[test]
fn an_enrolment_file_is_read() {
    let digits = "07".repeat(STOPGAP_KEY_SIZE);
    let file = format!(
        r#"{{"stopgap":"enrolment","version":1,"user":"alice","machine":"m","generation":3,"used":true,"key":"{digits}"}}"#
    );
    let mut memory = MaybeUninit::<stopgap_enrolment_file>::uninit();
    let info = memory.as_mut_ptr();
    // SAFETY: the place of the size.
    unsafe { (&raw mut (*info).size).write(size_of::<stopgap_enrolment_file>()) };
    let mut key = made!(|key| stopgap_enrolment_read(stopgap_text::lend(&file), key, info, NONE));
    // SAFETY: a call that succeeds has written all members.
    let info = unsafe { memory.assume_init() };
    assert_eq!((info.generation, info.used), (3, 1));
    assert_eq!((length(&info.user), length(&info.machine)), (5, 1));
    // SAFETY: a handle.
    unsafe { stopgap_enrolment_key_free(&raw mut key) };
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
