use std::sync::Arc;

use chrono::TimeDelta;
use stopgap_registry::{
    ErrorKind, Granted, PurgePolicy, Registry,
    stopgap::{Alphabet, KeyId, OnlinePolicy, Purpose, Refusal, ReplayPolicy, VerifyRequest},
};

use crate::world::{World, desk, master, refused, ring, root};

const WRONG: &str = "0123-4567-89AB";

fn once() -> OnlinePolicy {
    OnlinePolicy::default().max_uses(1)
}

fn request<'a>(code: &'a str, key: &'a str) -> VerifyRequest<'a> {
    VerifyRequest::new("alice", code, Purpose::Reset).idempotency_key(key)
}

fn failures(world: &World) -> u32 {
    let throttle = world.registry.throttle(&desk(), "alice").unwrap();
    throttle.failures
}

fn replayed(first: &Granted) -> Granted {
    Granted {
        replayed: true,
        ..first.clone()
    }
}

pub(crate) fn the_first_answer_is_replayed(world: &World) {
    let code = world.issue(&once());
    let verify = |key| world.registry.verify_code(&request(&code, key));
    let first = verify("first").unwrap();
    assert_eq!((first.uses_left, first.replayed), (Some(0), false));
    let [record] = &world.registry.codes(&desk(), "alice").unwrap()[..] else {
        panic!("not one code");
    };
    assert_eq!((record.id, record.uses), (first.id, 1));
    assert_eq!(verify("first").unwrap(), replayed(&first));
    let event = world.last_event();
    assert_eq!(event.detail.as_deref(), Some("reset, replay"));
    assert_eq!(event.subject, Some(first.id.to_string()));
    assert_eq!(refused(verify("second")), Refusal::UsedUp);
    assert_eq!(world.registry.codes(&desk(), "alice").unwrap()[0].uses, 1);
    // The answer is replayed even if the code is typed differently and the primary key is
    // new.
    let id = KeyId(2);
    world.registry.add_key(&root(), id, &master(2)).unwrap();
    let lower = code.to_lowercase();
    let again = world.registry.verify_code(&request(&lower, "first"));
    assert_eq!(again.unwrap(), replayed(&first));
}

pub(crate) fn an_answer_is_replayed_for_ten_minutes(world: &World) {
    let code = world.issue(&once());
    let other = world.issue(&once());
    let start = world.now();
    let first = world.registry.verify_code(&request(&code, "one")).unwrap();
    let microsecond = TimeDelta::microseconds(1);
    // Each reading of the clock takes a microsecond.
    world.set(start + TimeDelta::minutes(10) - microsecond);
    let last = world.registry.verify_code(&request(&code, "one")).unwrap();
    assert_eq!(last, replayed(&first));
    world.set(start + TimeDelta::minutes(10));
    // The key is spent for any code, and no failure is counted.
    for typed in [&code, &other, &WRONG.to_owned()] {
        let spent = world.registry.verify_code(&request(typed, "one"));
        assert_eq!(spent.as_ref().unwrap_err().kind(), ErrorKind::Invalid);
        assert_eq!(refused(spent), Refusal::IdempotencyKeyExpired);
        assert_eq!(failures(world), 0);
    }
    // The key is remembered for more than a day, even if the purge is to keep nothing.
    let policy = PurgePolicy {
        verifications_days: 0,
        ..PurgePolicy::default()
    };
    world.pass(TimeDelta::hours(25));
    let purged = world.registry.purge(&root(), &policy).unwrap();
    assert_eq!(purged.verifications, 0);
    let spent = world.registry.verify_code(&request(&code, "one"));
    assert_eq!(refused(spent), Refusal::IdempotencyKeyExpired);
    world.pass(TimeDelta::hours(24));
    let purged = world.registry.purge(&root(), &policy).unwrap();
    assert_eq!(purged.verifications, 1);
    let new = world.registry.verify_code(&request(&code, "one"));
    assert_eq!(refused(new).reason(), "expired");
}

pub(crate) fn the_builder_sets_the_time(world: &World) {
    let minute = ReplayPolicy { replay_seconds: 60 };
    let keys = ring(&[1]);
    let builder = Registry::builder(&keys)
        .clock(world.clock())
        .clock_tolerance(None)
        .replay(minute);
    let registry = builder.over(Arc::clone(&world.store)).unwrap();
    let code = world.issue(&once());
    let _ = registry.verify_code(&request(&code, "one")).unwrap();
    world.pass(TimeDelta::seconds(59));
    let _ = registry.verify_code(&request(&code, "one")).unwrap();
    world.pass(TimeDelta::seconds(1));
    let spent = registry.verify_code(&request(&code, "one"));
    assert_eq!(refused(spent), Refusal::IdempotencyKeyExpired);
}

pub(crate) fn a_key_is_for_one_request(world: &World) {
    let code = world.issue(&once());
    let other = world.issue(&once());
    let _ = world.registry.verify_code(&request(&code, "key")).unwrap();
    let purpose = VerifyRequest::new("alice", &code, Purpose::Bypass).idempotency_key("key");
    for reused in [request(&other, "key"), purpose] {
        let reused = world.registry.verify_code(&reused);
        assert_eq!(reused.as_ref().unwrap_err().kind(), ErrorKind::Invalid);
        assert_eq!(refused(reused), Refusal::IdempotencyKeyReused);
        let event = world.last_event();
        assert_eq!(event.reason.as_deref(), Some("idempotency_key_reused"));
        // The typed text is a code of the user, so it is not a guess.
        assert_eq!(failures(world), 0);
    }
    // These refusals consumed no use.
    let _ = world.verify(&other).unwrap();
    // The keys of another user are independent.
    let bob = VerifyRequest::new("bob", &code, Purpose::Reset).idempotency_key("key");
    assert_eq!(refused(world.registry.verify_code(&bob)), Refusal::Unknown);
}

pub(crate) fn any_text_of_255_bytes_is_a_key(world: &World) {
    let code = world.issue(&OnlinePolicy::default());
    let longest = "x".repeat(255);
    for key in ["\0", " ", "a\nb", "\u{1F600}", longest.as_str()] {
        let first = world.registry.verify_code(&request(&code, key)).unwrap();
        let again = world.registry.verify_code(&request(&code, key)).unwrap();
        assert_eq!((first.replayed, again.replayed), (false, true), "{key:?}");
    }
    for key in [String::new(), "x".repeat(256)] {
        let refused = refused(world.registry.verify_code(&request(&code, &key)));
        let found = key.len();
        assert_eq!(refused, Refusal::InvalidIdempotencyKey { found });
    }
}

pub(crate) fn refusals_are_replayed(world: &World) {
    let verify = |typed: &str, key| refused(world.registry.verify_code(&request(typed, key)));
    for _ in 0..10 {
        assert_eq!(verify(WRONG, "guess"), Refusal::Unknown);
    }
    let event = world.last_event();
    assert_eq!(event.detail.as_deref(), Some("reset, replay"));
    assert_eq!(event.reason.as_deref(), Some("unknown"));
    // One guess, repeated nine times.
    assert_eq!(failures(world), 1);

    let bypass = world.issue(&once().purposes(Purpose::Bypass));
    let early = world.issue(&once().not_before(world.now() + TimeDelta::minutes(5)));
    let answers =
        [(&bypass, "purpose"), (&early, "early")].map(|(code, key)| (code, key, verify(code, key)));
    world.pass(TimeDelta::minutes(6));
    // The first refusals are replayed, although the second code would now be granted.
    for (code, key, answer) in answers {
        assert_eq!(verify(code, key), answer);
    }
    // A replay does not clear failures, but a success does.
    assert_eq!(failures(world), 1);
    let _ = world.registry.verify_code(&request(&early, "new")).unwrap();
    assert_eq!(failures(world), 0);
}

pub(crate) fn lockouts_and_typos_are_not_remembered(world: &World) {
    let code = world.issue(&once());
    let verify = |typed: &str, key| world.registry.verify_code(&request(typed, key));
    assert_eq!(refused(verify("3F9A", "key")).reason(), "malformed");
    for _ in 0..5 {
        assert_eq!(world.refusal(WRONG), Refusal::Unknown);
    }
    // A lockout is checked before a typo, and before the look-up of a key.
    for (typed, key) in [(code.as_str(), "key"), ("3F9A", "key"), (&code, "other")] {
        assert_eq!(refused(verify(typed, key)).reason(), "throttled");
    }
    world.pass(TimeDelta::hours(1));
    assert_eq!(refused(verify("3F9A", "key")).reason(), "malformed");
    let first = verify(&code, "key").unwrap();
    assert!(!first.replayed);
    for _ in 0..5 {
        assert_eq!(world.refusal(WRONG), Refusal::Unknown);
    }
    let Refusal::Throttled { until: Some(until) } = refused(verify(&code, "key")) else {
        panic!("not throttled");
    };
    world.set(until);
    assert_eq!(verify(&code, "key").unwrap(), replayed(&first));
    // A replay does not count as a success.
    assert_eq!(failures(world), 5);
}

pub(crate) fn a_code_that_has_ended_is_not_replayed(world: &World) {
    let registry = &world.registry;
    let minutes = stopgap::Validity::minutes(5).unwrap();
    let short = world.issue(&once().validity(minutes));
    let granted = registry.verify_code(&request(&short, "short")).unwrap();
    world.set(granted.expires_at - TimeDelta::microseconds(2));
    let again = registry.verify_code(&request(&short, "short")).unwrap();
    assert_eq!(again, replayed(&granted));
    let expired_at = granted.expires_at;
    world.set(expired_at);
    let expired = registry.verify_code(&request(&short, "short"));
    assert_eq!(refused(expired), Refusal::Expired { expired_at });
    // The answer is the same after the code was deleted.
    let policy = PurgePolicy {
        codes_days: 0,
        ..PurgePolicy::default()
    };
    assert_eq!(registry.purge(&root(), &policy).unwrap().codes, 1);
    let expired = registry.verify_code(&request(&short, "short"));
    assert_eq!(refused(expired), Refusal::Expired { expired_at });

    let code = world.issue(&once().max_uses(2));
    let _ = registry.verify_code(&request(&code, "code")).unwrap();
    let revoked = registry.revoke_last_code(&desk(), "alice").unwrap();
    let revoked_at = revoked.revoked_at.unwrap();
    let refusal = refused(registry.verify_code(&request(&code, "code")));
    assert_eq!(refusal, Refusal::Revoked { revoked_at });
    let event = world.last_event();
    assert_eq!(event.detail.as_deref(), Some("reset"));
    assert_eq!(event.reason.as_deref(), Some("revoked"));
    assert_eq!(failures(world), 0);
}

/// Guesses under a key are counted.
pub(crate) fn a_wrong_code_under_a_key_is_a_failure(world: &World) {
    let code = world.issue(&once());
    let verify = |typed: &str| world.registry.verify_code(&request(typed, "key"));
    let first = verify(&code).unwrap();
    for count in 1..=5 {
        assert_eq!(refused(verify(WRONG)), Refusal::IdempotencyKeyReused);
        assert_eq!(failures(world), count);
    }
    let Refusal::Throttled { until: Some(until) } = refused(verify(&code)) else {
        panic!("not throttled");
    };
    assert_eq!(refused(verify(WRONG)).reason(), "throttled");
    world.set(until);
    assert_eq!(verify(&code).unwrap(), replayed(&first));
    // A code of another user counts as a guess too.
    let bobs = world
        .registry
        .issue_code(&desk(), "bob", &once(), &chrono::Utc)
        .unwrap();
    let bobs = bobs.code.reveal().to_string();
    assert_eq!(refused(verify(&bobs)), Refusal::IdempotencyKeyReused);
    assert_eq!(failures(world), 6);
}

/// With a format that was added later the text can be read as another code, but the first
/// reading is still found.
pub(crate) fn a_format_that_was_added_later_changes_no_replay(world: &World) {
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
    let first = world.registry.verify_code(&request(&typed, "key")).unwrap();
    world.issue(&once().alphabet(letter));
    let again = world.registry.verify_code(&request(&typed, "key")).unwrap();
    assert_eq!(again, replayed(&first));
}
