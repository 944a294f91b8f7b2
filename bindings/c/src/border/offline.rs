//! Offline codes, at the server and at the machine.

use std::{ffi::c_void, hint::black_box, ptr};

use stopgap::{
    Alphabet, Purpose, Sealed, SysRng, Validity, VerifyRequest,
    chrono::DateTime,
    offline::{
        Agent, Enrolment, LocatePolicy, OfflinePolicy, PasswordOnlyLock, SealedState, minute_of,
    },
};

use super::{Line, NONE, NOW, USER, measure, now, ring};
use crate::{
    agent::*, alphabet::*, answer::*, code::*, enrolment::*, enrolment_key::*, key_ring::*,
    locate::*, purpose::*, text::stopgap_text,
};

unsafe extern "C" fn kept(_: *mut c_void, state: *const stopgap_sealed_state) -> i32 {
    black_box(state);
    0
}

pub(super) fn lines() -> Vec<Line> {
    let (keys, face) = (ring(), stopgap_key_ring(ring()));
    let face = &raw const face;
    let enrolments: Vec<Sealed<Enrolment>> = ["A", "B", "C", "D", "E"]
        .iter()
        .map(|machine| Enrolment::new(&keys, USER, machine, now(), &mut SysRng).unwrap())
        .collect();
    let mut faces: Vec<_> = enrolments.iter().cloned().map(stopgap_enrolment).collect();
    let records: Vec<*mut stopgap_enrolment> = faces.iter_mut().map(ptr::from_mut).collect();
    let derived: Vec<_> = enrolments
        .iter()
        .map(|one| one.key(&keys).unwrap())
        .collect();
    let mut handles: Vec<_> = enrolments
        .iter()
        .map(|one| stopgap_enrolment_key(one.key(&keys).unwrap()))
        .collect();
    let pointers: Vec<*mut stopgap_enrolment_key> = handles.iter_mut().map(ptr::from_mut).collect();
    let minute = minute_of(now());
    let request = derived[4]
        .request_code(minute - 30, &Alphabet::UNAMBIGUOUS)
        .to_string();
    let request = request.as_str();
    let alphabet = stopgap_alphabet_unambiguous();
    let (policy, locate_policy) = (OfflinePolicy::default(), LocatePolicy::default());
    let (policy_c, locate_c) = (
        stopgap_offline_policy::lend(&policy),
        stopgap_locate_policy::from(locate_policy),
    );
    let answer_request = stopgap_answer_request {
        user: stopgap_text::lend(USER),
        text: stopgap_text::lend(request),
        enrolments: records.as_ptr(),
        count: 5,
        purpose: STOPGAP_PURPOSE_BYPASS,
        policy: &raw const policy_c,
        ..ANSWER_REQUEST
    };
    let locate_request = stopgap_locate_request {
        size: size_of::<stopgap_locate_request>(),
        typed: stopgap_text::lend(request),
        keys: pointers.as_ptr(),
        count: 5,
        alphabet,
        policy: &raw const locate_c,
    };
    let mut located = stopgap_located {
        minute: 0,
        index: 0,
        late: 0,
    };
    let mut code = stopgap_code { text: [0; 40] };
    let mut answer = stopgap_answer {
        minute: 0,
        expires_at: 0,
        index: 0,
        purpose: 0,
        validity: 0,
        late: 0,
        code,
    };
    let mut agent = Agent::new(enrolments[0].key(&keys).unwrap());
    let mut agent_c = stopgap_agent(Agent::new(enrolments[0].key(&keys).unwrap()));
    let agent_c = &raw mut agent_c;
    let keep = stopgap_keep {
        keep: Some(kept),
        context: ptr::null_mut(),
    };
    let keep = &raw const keep;
    let lock = PasswordOnlyLock {
        until: DateTime::from_timestamp(NOW + 86_400, 0).unwrap(),
    };
    let mut until = 0;
    let active = agent.activate(lock, now()).confirm();
    assert_eq!(active.unwrap(), Some(lock));
    c!(stopgap_agent_activate(
        agent_c,
        NOW + 86_400,
        NOW,
        keep,
        &raw mut until,
        NONE
    ));
    let unkept = |state: &SealedState| {
        black_box(state);
        Ok::<(), ()>(())
    };
    // A new agent redeems it each time, because a redeemed code is used up.
    let right = derived[0]
        .offline_code(
            minute,
            Purpose::Bypass,
            Validity::DAY,
            &Alphabet::UNAMBIGUOUS,
        )
        .unwrap();
    let right = right.reveal().as_str().to_owned();
    let right = right.as_str();
    let redeem_request = stopgap_redeem_request {
        typed: stopgap_text::lend(right),
        purpose: STOPGAP_PURPOSE_BYPASS,
        ..REDEEM_REQUEST
    };
    vec![
        measure(
            "request_code of a key",
            || derived[0].request_code(black_box(minute), &Alphabet::UNAMBIGUOUS),
            || {
                c!(stopgap_enrolment_key_request_code(
                    pointers[0],
                    minute,
                    alphabet,
                    &raw mut code,
                    NONE,
                ));
            },
        ),
        measure(
            "agent_request_code",
            || black_box(&agent).request_code(now()),
            || {
                c!(stopgap_agent_request_code(
                    agent_c,
                    NOW,
                    &raw mut code,
                    NONE
                ))
            },
        ),
        measure(
            "locate among 5",
            || {
                let typed = black_box(request);
                locate_policy
                    .locate(&derived, typed, &Alphabet::UNAMBIGUOUS, now())
                    .unwrap()
            },
            || {
                c!(stopgap_locate(
                    &raw const locate_request,
                    NOW,
                    &raw mut located,
                    NONE,
                ));
            },
        ),
        measure(
            "offline_answer among 5",
            || {
                let asked = VerifyRequest::new(USER, black_box(request), Purpose::Bypass);
                let made = policy.answer(&keys, &enrolments, &asked, now());
                made.unwrap().minute
            },
            || {
                c!(stopgap_offline_answer(
                    face,
                    &raw const answer_request,
                    NOW,
                    &raw mut answer,
                    NONE,
                ));
            },
        ),
        measure(
            "agent_redeem",
            || {
                let mut agent = Agent::new(enrolments[0].key(&keys).unwrap());
                agent
                    .redeem(black_box(right), Purpose::Bypass, now())
                    .keep(unkept)
                    .unwrap()
                    .unwrap()
            },
            || {
                let made = Agent::new(enrolments[0].key(&keys).unwrap());
                let mut agent = stopgap_agent(made);
                c!(stopgap_agent_redeem(
                    &raw mut agent,
                    &raw const redeem_request,
                    NOW,
                    keep,
                    &raw mut until,
                    NONE,
                ));
            },
        ),
        measure(
            "agent_log_on",
            || agent.log_on(now()).keep(unkept).unwrap().unwrap(),
            || {
                c!(stopgap_agent_log_on(
                    agent_c,
                    NOW,
                    keep,
                    &raw mut until,
                    NONE
                ));
            },
        ),
    ]
}
