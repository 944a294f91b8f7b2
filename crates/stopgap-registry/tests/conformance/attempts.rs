use chrono::TimeDelta;
use stopgap_registry::{
    ErrorKind,
    stopgap::{Alphabet, OnlinePolicy, Purpose, Refusal},
};

use crate::world::{World, desk, reason, refused};

fn once() -> OnlinePolicy {
    OnlinePolicy::default().max_uses(1)
}

pub(crate) fn the_first_answer_is_given_again(world: &World) {
    let code = world.issue(&once());
    let verify = |attempt| {
        world
            .registry
            .verify_code("alice", &code, Purpose::Reset, Some(attempt))
    };
    let first = verify("first").unwrap();
    assert_eq!(first.uses_left, Some(0));
    assert_eq!(verify("first").unwrap(), first);
    let detail = world.last_event().detail;
    assert_eq!(detail.as_deref(), Some("reset, asked again"));
    assert_eq!(refused(verify("second")), Refusal::UsedUp);
    assert_eq!(world.registry.codes(&desk(), "alice").unwrap()[0].uses, 1);
    // However the code is typed this time, and also when it has expired since.
    world.pass(TimeDelta::days(2));
    let again = world
        .registry
        .verify_code("alice", &code.to_lowercase(), Purpose::Reset, Some("first"))
        .unwrap();
    assert_eq!(again, first);
    assert_eq!(refused(verify("second")), Refusal::UsedUp);
    assert_eq!(refused(verify("third")).reason(), "expired");
}

pub(crate) fn an_id_is_for_one_request(world: &World) {
    let code = world.issue(&once());
    let other = world.issue(&once());
    let verify = |user: &'static str, typed: &str, purpose| {
        world
            .registry
            .verify_code(user, typed, purpose, Some("attempt"))
    };
    let _ = verify("alice", &code, Purpose::Reset).unwrap();
    for reused in [
        verify("alice", &other, Purpose::Reset),
        verify("alice", &code, Purpose::Bypass),
        verify("bob", &code, Purpose::Reset),
    ] {
        assert_eq!(reused.as_ref().unwrap_err().kind(), ErrorKind::Invalid);
        assert_eq!(reason(reused), "attempt_reused");
    }
    let said = world.last_event().reason;
    assert_eq!(said.as_deref(), Some("attempt_reused"));
    // Nothing was consumed by that.
    let _ = world.verify(&other).unwrap();
    let unnamed = world
        .registry
        .verify_code("alice", &code, Purpose::Reset, Some(""));
    assert_eq!(reason(unnamed), "invalid_name");
}

pub(crate) fn refusals_are_answers_too(world: &World) {
    let verify = |typed: &str, attempt| {
        world
            .registry
            .verify_code("alice", typed, Purpose::Bypass, Some(attempt))
    };
    let wrong = "0123-4567-89AB";
    for _ in 0..10 {
        assert_eq!(refused(verify(wrong, "guess")), Refusal::Unknown);
    }
    // One guess, asked for ten times.
    let throttle = world.registry.throttle(&desk(), "alice").unwrap();
    assert_eq!(throttle.failures, 1);

    let kinds = [
        once().purposes(Purpose::Reset),
        once().not_before(world.now() + TimeDelta::hours(3)),
    ];
    for (policy, attempt) in kinds.iter().zip(["purpose", "early"]) {
        let code = world.issue(policy);
        let refusal = refused(verify(&code, attempt));
        world.pass(TimeDelta::hours(2));
        assert_eq!(refused(verify(&code, attempt)), refusal);
    }
    for attempt in ["two", "three", "four", "five"] {
        assert_eq!(refused(verify(wrong, attempt)), Refusal::Unknown);
    }
    let code = world.issue(&once());
    let closed = refused(verify(&code, "closed"));
    assert_eq!(closed.reason(), "throttled");
    world.pass(TimeDelta::hours(1));
    assert_eq!(refused(verify(&code, "closed")), closed);
    let _ = verify(&code, "open").unwrap();
}

/// Whoever knows an attempt's id has no more guesses than others.
pub(crate) fn another_code_under_an_id_is_a_guess(world: &World) {
    let code = world.issue(&once());
    let verify = |typed: &str| {
        world
            .registry
            .verify_code("alice", typed, Purpose::Bypass, Some("attempt"))
    };
    let first = verify(&code).unwrap();
    let registry = &world.registry;
    for failures in 1..=5 {
        assert_eq!(reason(verify("0123-4567-89AB")), "attempt_reused");
        let throttle = registry.throttle(&desk(), "alice").unwrap();
        assert_eq!(throttle.failures, failures);
    }
    let Refusal::Throttled { until: Some(until) } = refused(verify(&code)) else {
        panic!("the door is open");
    };
    assert_eq!(reason(verify("0123-4567-89AB")), "throttled");
    world.set(until);
    assert_eq!(verify(&code).unwrap(), first);
    // To be told again is no success.
    let throttle = registry.throttle(&desk(), "alice").unwrap();
    assert_eq!(throttle.failures, 5);
}

/// Codes of another form, issued since, do not make another code of what was
/// typed.
pub(crate) fn a_form_that_came_later(world: &World) {
    let lenient = Alphabet::new("0123456789ABCDEX").unwrap();
    let lenient = lenient.fold_look_alikes().unwrap();
    let letter = Alphabet::new("0123456789ABCDEO").unwrap();
    let code = loop {
        let code = world.issue(&once().alphabet(lenient));
        if code.contains('0') && !code.contains('X') {
            break code;
        }
    };
    let typed = code.replace('0', "O");
    let verify = || {
        world
            .registry
            .verify_code("alice", &typed, Purpose::Bypass, Some("attempt"))
    };
    let first = verify().unwrap();
    world.issue(&once().alphabet(letter));
    assert_eq!(verify().unwrap(), first);
}
