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

use std::hint::black_box;

use allocation_counter::measure;
use chrono::{DateTime, Utc};
use chrono_tz::Europe::Berlin;
use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    Alphabet, CodeFormat, EnrolmentKey, KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, Throttle,
    ThrottlePolicy, Validity,
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

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(10_000)
    })]

    #[test]
    fn normalize_never_allocates(typed in "\\PC{0,600}|[0-9A-Fa-f -]{0,40}") {
        let format = CodeFormat::ONLINE;
        prop_assert_eq!(allocations(|| drop(black_box(format.normalize(&typed)))), 0);
    }
}

#[test]
fn online_verify_never_allocates() {
    let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let policy = OnlinePolicy::default().max_uses(2).unwrap();
    let (code, mut grant) = policy.issue(&keys, "alice", now(), &mut rng).unwrap();
    let shown = code.reveal();
    let long = "-".repeat(10_000);
    let mut throttle = Throttle::default();
    let mut verify = |typed: &str| {
        let mut reason = "";
        let count = allocations(|| {
            let verdict = throttle.guard(&ThrottlePolicy::default(), now(), || {
                grant.verify(&keys, "alice", typed, Purpose::Bypass, now())
            });
            reason = verdict.map_or_else(|refusal| refusal.reason(), |_| "granted");
        });
        assert_eq!(count, 0, "{reason}");
        reason
    };
    assert_eq!(verify(shown.as_str()), "granted");
    assert_eq!(verify(&long), "malformed");
    assert_eq!(verify("0000-0000-0000"), "unknown");
    assert_eq!(verify(shown.canonical()), "granted");
    assert_eq!(verify(shown.as_str()), "used_up");
    for _ in 0..4 {
        assert_eq!(verify("0000-0000-0000"), "unknown");
    }
    assert_eq!(verify("0000-0000-0000"), "unknown");
    assert_eq!(verify("0000-0000-0000"), "throttled");
}

#[test]
fn redeem_never_allocates() {
    let key = || EnrolmentKey::from_bytes([9; 32]);
    let code = key().offline_code(
        minute_of(now()),
        Purpose::Bypass,
        Validity::MONTH,
        &Alphabet::UNAMBIGUOUS,
    );
    let shown = code.reveal();
    let mut agent = Agent::new(key());
    let mut redeem = |typed: &str| {
        let mut reason = "";
        let count = allocations(|| {
            let step = agent.redeem(typed, Purpose::Bypass, now().with_timezone(&Berlin));
            reason = step
                .into_parts()
                .1
                .map_or_else(|refusal| refusal.reason(), |_| "open");
            let lock = agent.lock(now());
            assert_eq!(
                lock.into_parts().1.map(|lock| lock.is_some()),
                Ok(reason == "open" || reason == "used_up")
            );
        });
        assert_eq!(count, 0, "{reason}");
        reason
    };
    assert_eq!(redeem("ZZZZ"), "malformed");
    assert_eq!(redeem("ZZZZ-ZZZZ-ZZZZ-ZZZZ"), "unknown");
    assert_eq!(redeem(shown.as_str()), "open");
    assert_eq!(redeem(shown.as_str()), "used_up");
}
