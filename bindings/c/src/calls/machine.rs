//! Machines: enrolments, agents and their files.

use super::*;

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
