//! Functions that must not allocate, counted by a global allocator.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::hint::black_box;

use allocation_counter::measure;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe::Berlin;
use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    Access, Actor, Alphabet, Code, CodeFormat, EnrolmentKey, KeyId, KeyRing, MasterKey, Name,
    OnlineGrant, OnlinePolicy, Purpose, ReplayPolicy, Role, Scopes, Sealed, SecurityCode,
    SecurityFormat, SecurityRequest, Throttle, ThrottlePolicy, UserHead, UserThrottle, Validity,
    Verification, VerifyRequest,
    offline::{Agent, Enrolment, PasswordOnlyLock, minute_of},
};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

fn rng() -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(7)
}

/// Returns the number of allocations of `f` on this thread.
fn allocations(f: impl FnOnce()) -> u64 {
    measure(f).count_total
}

/// The count is not always 0.
#[test]
fn an_allocation_is_counted() {
    assert_eq!(allocations(|| drop(black_box(vec![0_u8; 8]))), 1);
    assert_eq!(allocations(|| drop(black_box(String::from("code")))), 1);
}

/// Returns texts of symbols and similar characters, some in full width or with white
/// space.
fn typed() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,600}",
        "[0-9A-Fa-f -]{0,40}",
        "[0-9A-Fa-f０-９Ａ-Ｆ\u{2000}-\u{2015}\u{3000}\u{FEFF}]{0,40}",
        "[\"'(<\u{AB}]{0,3}[0-9a-f]{4}\u{200B}-[0-9a-f]{4}-[0-9a-f]{4}[\"')>.,]{0,3}",
        "[0-9A-F]{12}",
        "[Z3467ACEFHJKRWXY]{12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(10_000)
    })]

    #[test]
    fn normalize_never_allocates(
        typed in typed(),
        alphabet in prop_oneof![Just(Alphabet::HEX), Just(Alphabet::UNAMBIGUOUS)],
        check_symbol in any::<bool>(),
    ) {
        let format = CodeFormat {
            alphabet,
            check_symbol,
            ..CodeFormat::ONLINE
        };
        prop_assert_eq!(allocations(|| drop(black_box(format.normalize(&typed)))), 0);
    }
}

/// Reading in several formats allocates only the list of codes, and nothing for an error.
#[test]
fn normalize_any_allocates_its_list() {
    let formats = [8, 12, 16].map(|length| CodeFormat::new(Alphabet::HEX, length));
    for (typed, count) in [("3F9A-77C2-01BE", 1), ("3F9A", 0), ("?", 0)] {
        let codes = || drop(black_box(CodeFormat::normalize_any(&formats, typed)));
        assert_eq!(allocations(codes), count, "{typed}");
    }
}

fn edited(
    record: &Sealed<OnlineGrant>,
    edit: impl FnOnce(&mut OnlineGrant),
) -> Sealed<OnlineGrant> {
    let (mut record, tag) = record.clone().into_parts();
    edit(&mut record);
    Sealed::from_parts(record, tag)
}

#[test]
fn online_verify_never_allocates() {
    let keys = keys();
    let day = TimeDelta::try_days(1).unwrap();
    let policy = OnlinePolicy::default()
        .purposes(Purpose::Bypass)
        .max_uses(2)
        .not_before(now());
    let (code, record) = policy.issue(&keys, "alice", now(), &mut rng()).unwrap();
    let shown = code.reveal();
    let long = "-".repeat(10_000);
    let figures = ThrottlePolicy::default();
    let mut throttle = Throttle::default();
    let mut verify = |record: &mut Sealed<OnlineGrant>, typed: &str, purpose, at| {
        let mut reason = "";
        let request = VerifyRequest::new("alice", typed, purpose);
        let count = allocations(|| {
            let verdict = throttle.guard(&figures, now(), || record.verify(&keys, &request, at));
            match verdict {
                Ok(granted) => {
                    reason = "granted";
                    *record = granted.record;
                }
                Err(refusal) => reason = refusal.reason(),
            }
            let one = core::slice::from_ref(record);
            drop(black_box(Sealed::verify_any(one, &keys, &request, at)));
        });
        assert_eq!(count, 0, "{reason}");
        reason
    };
    let right = shown.as_str();
    let bypass = Purpose::Bypass;
    let mut limited = record.clone();
    let mut revoked = record.revoke(&keys, now()).unwrap();
    let mut checked = edited(&record, |record| record.format.check_symbol = true);
    let mut missing = edited(&record, |record| record.key_id = KeyId(2));
    let mut tampered = edited(&record, |record| record.max_uses = None);
    for (record, typed, purpose, at, reason) in [
        (&mut limited, right, bypass, now() - day, "not_yet_valid"),
        (&mut record.clone(), right, bypass, now() + day, "expired"),
        (
            &mut record.clone(),
            right,
            Purpose::Reset,
            now(),
            "wrong_purpose",
        ),
        (
            &mut record.clone(),
            right,
            bypass,
            DateTime::<Utc>::MAX_UTC,
            "time_out_of_range",
        ),
        (&mut checked, "0000-0000-0001", bypass, now(), "malformed"),
        (&mut missing, right, bypass, now(), "key_missing"),
        (&mut tampered, right, bypass, now(), "tampered"),
        (&mut revoked, right, bypass, now(), "revoked"),
    ] {
        assert_eq!(verify(record, typed, purpose, at), reason);
    }
    for (typed, reason) in [
        (long.as_str(), "malformed"),
        ("0000-0000-0000", "unknown"),
        (shown.canonical(), "granted"),
        ("  “3f9a”", "malformed"),
        (right, "granted"),
        (right, "used_up"),
        ("0000-0000-0000", "unknown"),
        ("0000-0000-0000", "unknown"),
        ("0000-0000-0000", "unknown"),
        ("0000-0000-0000", "unknown"),
        ("0000-0000-0000", "unknown"),
        ("0000-0000-0000", "throttled"),
    ] {
        assert_eq!(verify(&mut limited, typed, bypass, now()), reason);
    }
    assert_eq!(limited.unverified().uses, 2);
}

#[test]
fn online_checks_and_changes_never_allocate() {
    let keys = keys();
    let policy = OnlinePolicy::default().max_uses(2);
    let (_, other) = policy.issue(&keys, "alice", now(), &mut rng()).unwrap();
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let (code, record) = policy.issue(&keys, "alice", now(), &mut rng).unwrap();
    let shown = code.reveal();
    let records = [other, record];
    let request = VerifyRequest::new("alice", shown.as_str(), Purpose::Reset);
    let name = records[1].unverified().user.clone();
    let count = allocations(|| {
        let code = Code::from_canonical(black_box(shown.canonical())).unwrap();
        let digest = keys.online_digests(&name, &code).next().unwrap();
        let [_, record] = &records;
        assert!(record.open(&keys).is_ok());
        assert!(record.check_code(&keys, &request, &code, now()).is_ok());
        let granted = record.check_digest(&keys, &request, &digest, now());
        let once = granted.unwrap();
        assert_eq!((once.uses_left, once.user() == "alice"), (Some(1), true));
        let twice = once.record.verify(&keys, &request, now()).unwrap();
        assert!(twice.record.verify(&keys, &request, now()).is_err());
        assert!(twice.record.check_not_ended(&keys, now()).is_ok());
        assert!(twice.record.revoke(&keys, now()).is_ok());
        let any = Sealed::verify_any(&records, &keys, &request, now());
        assert_eq!(any.unwrap().0, 1);
        assert_eq!(black_box(keys.check_values()).count(), 1);
    });
    assert_eq!(count, 0);
}

#[test]
fn opening_a_record_never_allocates() {
    let (keys, name) = (keys(), Name::new("alice").unwrap());
    let code = CodeFormat::ONLINE.normalize("3F9A-77C2-01BE").unwrap();
    let request = VerifyRequest::new("alice", "3F9A-77C2-01BE", Purpose::Reset);
    let request = request.idempotency_key("5f0c");
    let sealed = Verification::seal(&keys, &request, &code, b"granted", now()).unwrap();
    let policy = ReplayPolicy::default();
    let enrolment = Enrolment::new(&keys, "alice", "LAPTOP-17", now(), &mut rng()).unwrap();
    let mut locked = Throttle::default();
    locked.fail(&ThrottlePolicy::default(), now());
    let count = allocations(|| {
        let answer = sealed.replay(&keys, &request, &code, &policy, now());
        assert_eq!(answer, Ok(&b"granted"[..]));
        assert!(sealed.open(&keys).is_ok());
        let next = enrolment.next(&keys, now()).unwrap();
        assert!(next.retire(&keys, now()).unwrap().open(&keys).is_ok());
        let throttle = UserThrottle::seal(&keys, name.clone(), locked);
        assert_eq!(throttle.throttle(&keys, "alice").unwrap().failures, 1);
        let head = UserHead::seal(&keys, name.clone(), Throttle::default(), 1);
        let head = head.update(&keys, locked, 2).unwrap();
        assert_eq!(head.head(&keys, "alice").unwrap().throttle.failures, 1);
        assert!(head.head(&keys, "bob").is_err());
    });
    assert_eq!(count, 0);
}

/// The encoding of a security code has no fixed length, so its tag takes a buffer.
#[test]
fn authentication_allocates_only_a_buffer() {
    let (keys, format) = (keys(), SecurityFormat::default());
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let access = Access::SameAs(Name::new("bob@example.com").unwrap());
    let request = SecurityRequest::new(access, Scopes::new(["reports:read"]).unwrap());
    let created = SecurityCode::create(&keys, &format, &root, request, now(), &mut rng());
    let (text, record) = created.unwrap();
    let read = || format.read(black_box(text.as_str())).unwrap();
    assert_eq!(allocations(|| drop(read())), 0);
    let count = allocations(|| {
        let caller = record.authenticate(&keys, &read(), |_| Role::User, now());
        assert!(black_box(caller).is_ok());
    });
    // The buffer grows from 8 to 64 bytes.
    assert!((1..=4).contains(&count), "{count}");
    let wrong = Code::from_canonical(&"0".repeat(32)).unwrap();
    let count = allocations(|| {
        let refused = record.authenticate(&keys, &wrong, |_| Role::User, now());
        assert!(black_box(refused).is_err());
    });
    assert_eq!(count, 0);
}

#[test]
fn redeem_never_allocates() {
    let key = || EnrolmentKey::from_bytes([9; 32]);
    let code = |minutes_ago, purpose| {
        let minute = minute_of(now()) - minutes_ago;
        let alphabet = &Alphabet::UNAMBIGUOUS;
        let code = key().offline_code(minute, purpose, Validity::MONTH, alphabet);
        code.unwrap()
    };
    let (fresh, late) = (code(1, Purpose::Bypass), code(40, Purpose::Bypass));
    let (fresh, late) = (fresh.reveal(), late.reveal());
    let reset = code(0, Purpose::Reset);
    let reset = reset.reveal();
    let mut agent = Agent::new(key());
    let minute = TimeDelta::try_minutes(1).unwrap();
    let mut redeem = |typed: &str, purpose, at: DateTime<Utc>| {
        let mut reason = "";
        let count = allocations(|| {
            let step = agent.redeem(typed, purpose, at.with_timezone(&Berlin));
            let _ = black_box(step.state());
            let result = step.confirm();
            reason = result.map_or_else(|refusal| refusal.reason(), |_| "redeemed");
            let _ = black_box(agent.log_on(at));
        });
        assert_eq!(count, 0, "{reason}");
        reason
    };
    let guess = "ZZZZ-ZZZZ-ZZZZ-ZZZZ";
    let bypass = Purpose::Bypass;
    for (typed, purpose, at, reason) in [
        ("ZZZZ", bypass, now(), "malformed"),
        (guess, Purpose::Register, now(), "wrong_purpose"),
        (guess, bypass, DateTime::<Utc>::MAX_UTC, "time_out_of_range"),
        (late.as_str(), bypass, now(), "expired"),
        (guess, bypass, now(), "unknown"),
        (fresh.as_str(), bypass, now(), "redeemed"),
        (fresh.as_str(), bypass, now(), "used_up"),
        (late.as_str(), bypass, now(), "used_up"),
        (
            fresh.as_str(),
            bypass,
            now() - minute * 3,
            "clock_rolled_back",
        ),
        (reset.as_str(), Purpose::Reset, now(), "redeemed"),
        (guess, bypass, now(), "unknown"),
        (guess, bypass, now(), "unknown"),
        (guess, bypass, now(), "unknown"),
        (guess, bypass, now(), "unknown"),
        (guess, bypass, now(), "unknown"),
        (guess, bypass, now(), "throttled"),
    ] {
        assert_eq!(redeem(typed, purpose, at), reason);
    }
    let until = now() + minute;
    let count = allocations(|| {
        let _ = black_box(agent.activate(PasswordOnlyLock { until }, now()));
        let _ = black_box(agent.unlock());
        let _ = black_box(agent.clear_lock());
        let _ = black_box(agent.request_code(now()));
    });
    assert_eq!(count, 0);
}
