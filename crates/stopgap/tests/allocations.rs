//! What must not allocate does not, counted by a global allocator.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

mod lent;

use std::hint::black_box;

use allocation_counter::measure;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Europe::Berlin;
use lent::{Row, borrowed};
use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    Access, Actor, Alphabet, Attempt, Code, CodeFormat, EnrolmentKey, KeyId, KeyRing, MasterKey,
    Name, OnlineGrant, OnlinePolicy, Purpose, Role, SecurityCode, Throttle, ThrottlePolicy,
    Validity,
    offline::{Agent, minute_of},
};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// How often `f` allocates on this thread.
fn allocations(f: impl FnOnce()) -> u64 {
    measure(f).count_total
}

/// The count is not always none.
#[test]
fn an_allocation_is_counted() {
    assert_eq!(allocations(|| drop(black_box(vec![0_u8; 8]))), 1);
    assert_eq!(allocations(|| drop(black_box(String::from("code")))), 1);
}

/// What people type, in the alphabet or near to it, wide and with white space.
fn typed() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,600}",
        "[0-9A-Fa-f -]{0,40}",
        "[0-9A-Fa-f０-９Ａ-Ｆ\u{2000}-\u{2015}\u{3000}\u{FEFF}]{0,40}",
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

#[test]
fn online_verify_never_allocates() {
    let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let day = TimeDelta::try_days(1).unwrap();
    let policy = OnlinePolicy::default()
        .purposes(Purpose::Bypass)
        .unwrap()
        .max_uses(2)
        .unwrap()
        .not_before(now());
    let (code, mut grant) = policy.issue(&keys, "alice", now(), &mut rng).unwrap();
    let shown = code.reveal();
    let long = "-".repeat(10_000);
    let figures = ThrottlePolicy::default();
    let mut throttle = Throttle::default();
    let mut verify = |grant: &mut OnlineGrant, typed: &str, purpose, at| {
        let mut reason = "";
        let count = allocations(|| {
            let verdict = throttle.guard(&figures, now(), || {
                grant.verify(&keys, "alice", typed, purpose, at)
            });
            reason = verdict.map_or_else(|refusal| refusal.reason(), |_| "granted");
            let grants = core::slice::from_mut(grant);
            let user = "alice";
            let _ = black_box(OnlineGrant::verify_any(
                grants, &keys, user, "0", purpose, at,
            ));
        });
        assert_eq!(count, 0, "{reason}");
        reason
    };
    let right = shown.as_str();
    let bypass = Purpose::Bypass;
    let mut checked = grant.clone();
    checked.format.check_symbol = true;
    let mut missing = grant.clone();
    missing.key_id = KeyId(2);
    let mut revoked = grant.clone();
    revoked.revoke(now());
    for (grant, typed, purpose, at, reason) in [
        (
            &mut grant.clone(),
            right,
            bypass,
            now() - day,
            "not_yet_valid",
        ),
        (&mut grant.clone(), right, bypass, now() + day, "expired"),
        (
            &mut grant.clone(),
            right,
            Purpose::Reset,
            now(),
            "wrong_purpose",
        ),
        (
            &mut grant.clone(),
            right,
            bypass,
            DateTime::<Utc>::MAX_UTC,
            "time_out_of_range",
        ),
        (&mut checked, "0000-0000-0001", bypass, now(), "malformed"),
        (&mut missing, right, bypass, now(), "key_missing"),
        (&mut revoked, right, bypass, now(), "revoked"),
        (&mut grant, right, bypass, now(), "granted"),
    ] {
        assert_eq!(verify(grant, typed, purpose, at), reason);
    }
    for (typed, reason) in [
        (long.as_str(), "malformed"),
        ("0000-0000-0000", "unknown"),
        (shown.canonical(), "granted"),
        (right, "used_up"),
        ("0000-0000-0000", "unknown"),
        ("0000-0000-0000", "unknown"),
        ("0000-0000-0000", "unknown"),
        ("0000-0000-0000", "unknown"),
        ("0000-0000-0000", "unknown"),
        ("0000-0000-0000", "throttled"),
    ] {
        assert_eq!(verify(&mut grant, typed, bypass, now()), reason);
    }
}

#[test]
fn what_is_lent_is_verified_without_allocating() {
    let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let policy = OnlinePolicy::default().max_uses(1).unwrap();
    let (_, other) = policy.issue(&keys, "alice", now(), &mut rng).unwrap();
    let (code, grant) = policy.issue(&keys, "alice", now(), &mut rng).unwrap();
    let tag = grant.tag(&keys).unwrap();
    let shown = code.reveal();
    let mut rows = [Row::new(other), Row::new(grant.clone())];
    let (user, typed, reset) = ("alice", shown.as_str(), Purpose::Reset);
    let count = allocations(|| {
        let name = Name::borrowed(black_box(user)).unwrap();
        let code = Code::from_canonical(black_box(shown.canonical())).unwrap();
        assert_eq!(black_box(keys.online_digests(&name, &code)).count(), 1);

        let attempt = Attempt {
            key_id: KeyId(1),
            id: &name,
            user: &name,
            purpose: reset,
            code: &code,
            answer: b"granted",
        };
        assert!(black_box(attempt.tag(&keys)).is_ok());

        let mut kept = OnlineGrant {
            user: name,
            ..borrowed(&grant)
        };
        assert_eq!(kept.check_tag(&keys, &tag), Ok(()));
        assert!(kept.verify(&keys, user, typed, reset, now()).is_ok());
        assert!(kept.verify(&keys, user, typed, reset, now()).is_err());
        assert_eq!(kept.uses, 1);

        for granted in [true, false] {
            let lent = rows.iter_mut().map(Row::lend);
            let verdict = OnlineGrant::verify_any(lent, &keys, user, typed, reset, now());
            assert_eq!(verdict.is_ok(), granted);
        }
    });
    assert_eq!(count, 0);
    assert_eq!(rows.map(|row| row.uses), [0, 1]);
}

#[test]
fn a_tag_never_allocates() {
    let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let policy = OnlinePolicy::default();
    let (code, grant) = policy.issue(&keys, "alice", now(), &mut rng).unwrap();
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let access = Access::SameAs(grant.user.clone());
    let (_, security) = SecurityCode::create(&keys, &root, access, "", now(), &mut rng).unwrap();
    let attempt = Attempt {
        key_id: KeyId(1),
        id: &root.name,
        user: &grant.user,
        purpose: Purpose::Reset,
        code: &code,
        answer: b"granted",
    };
    let count = allocations(|| {
        let tag = grant.tag(&keys).unwrap();
        assert!(black_box(grant.check_tag(&keys, &tag)).is_ok());
        assert!(black_box(security.check_tag(&keys, &tag)).is_err());
        assert!(black_box(attempt.check_tag(&keys, &tag)).is_err());
        assert_eq!(black_box(keys.check_values()).count(), 1);
    });
    assert_eq!(count, 0);
}

#[test]
fn redeem_never_allocates() {
    let key = || EnrolmentKey::from_bytes([9; 32]);
    let code = |minutes_ago| {
        let minute = minute_of(now()) - minutes_ago;
        key().offline_code(
            minute,
            Purpose::Bypass,
            Validity::MONTH,
            &Alphabet::UNAMBIGUOUS,
        )
    };
    let (fresh, late) = (code(0), code(40));
    let (fresh, late) = (fresh.reveal(), late.reveal());
    let mut agent = Agent::new(key());
    let minute = TimeDelta::try_minutes(1).unwrap();
    let mut redeem = |typed: &str, purpose, at: DateTime<Utc>| {
        let mut reason = "";
        let count = allocations(|| {
            let step = agent.redeem(typed, purpose, at.with_timezone(&Berlin));
            reason = step
                .into_parts()
                .1
                .map_or_else(|refusal| refusal.reason(), |_| "open");
            let _ = black_box(agent.lock(at));
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
        (fresh.as_str(), bypass, now(), "open"),
        (fresh.as_str(), bypass, now(), "used_up"),
        (late.as_str(), bypass, now(), "used_up"),
        (
            fresh.as_str(),
            bypass,
            now() - minute * 3,
            "clock_rolled_back",
        ),
        (guess, bypass, now(), "unknown"),
        (guess, bypass, now(), "unknown"),
        (guess, bypass, now(), "unknown"),
        (guess, bypass, now(), "unknown"),
        (guess, bypass, now(), "unknown"),
        (guess, bypass, now(), "throttled"),
    ] {
        assert_eq!(redeem(typed, purpose, at), reason);
    }
}
