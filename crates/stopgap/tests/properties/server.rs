//! Online codes, and the throttle that guards them.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{collection::vec, prelude::*};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    Access, Actor, KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, Refusal, Role, SecurityCode,
    Throttle, ThrottlePolicy,
};

use super::{codes::format, often};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

proptest! {
    #![proptest_config(often())]

    #[test]
    fn the_code_verifies_and_with_one_symbol_flipped_it_does_not(
        format in format(),
        master in any::<[u8; 32]>(),
        seed in any::<u64>(),
        place in any::<prop::sample::Index>(),
        step in 1..16_usize,
    ) {
        let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes(master));
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let policy = OnlinePolicy::default()
            .length(format.length.symbols())
            .unwrap()
            .alphabet(format.alphabet)
            .check_symbol(format.check_symbol);
        let (code, mut grant) = policy.issue(&keys, "alice", now(), &mut rng).unwrap();
        let mut verify = |typed: &str| {
            grant.verify(&keys, "alice", typed, Purpose::Bypass, now()).map(|_| ())
        };
        let shown = code.reveal();
        prop_assert_eq!(verify(shown.as_str()), Ok(()));
        prop_assert_eq!(verify(&shown.canonical().to_lowercase()), Ok(()));

        let mut flipped: Vec<char> = shown.canonical().chars().collect();
        let symbols: Vec<char> = format.alphabet.symbols().chars().collect();
        let place = place.index(flipped.len());
        let value = symbols.iter().position(|symbol| *symbol == flipped[place]).unwrap();
        flipped[place] = symbols[(value + step) % 16];
        let refused = verify(&String::from_iter(flipped)).unwrap_err();
        let expected = if format.check_symbol { "malformed" } else { "unknown" };
        prop_assert_eq!(refused.reason(), expected);
    }

    #[test]
    fn a_security_code_with_one_symbol_flipped_is_unknown(
        master in any::<[u8; 32]>(),
        place in 0..32_usize,
        step in 1..16_usize,
    ) {
        let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes(master));
        let mut rng = ChaCha20Rng::from_seed(master);
        let root = Actor::new("root", Role::SuperAdministrator).unwrap();
        let access = Access::SuperAdministrator;
        let created = SecurityCode::create(&keys, &root, access, "", now(), &mut rng);
        let (code, record) = created.unwrap();
        let authenticate = |presented: &str| {
            let scope = record.authenticate(&keys, presented, |_| Role::User, now());
            scope.map(|scope| scope.role)
        };
        let shown = code.reveal();
        prop_assert_eq!(authenticate(shown.as_str()), Ok(Role::SuperAdministrator));
        let mut flipped: Vec<char> = shown.canonical().chars().collect();
        let value = flipped[place].to_digit(16).unwrap() as usize;
        flipped[place] = "0123456789ABCDEF".chars().nth((value + step) % 16).unwrap();
        prop_assert_eq!(authenticate(&String::from_iter(flipped)), Err(Refusal::Unknown));
    }

    #[test]
    fn a_code_is_good_for_its_user_its_key_and_its_uses(
        master in any::<[u8; 32]>(),
        other in any::<[u8; 32]>(),
        uses in 1..5_u32,
    ) {
        let mut keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes(master));
        let mut rng = ChaCha20Rng::from_seed(master);
        let policy = OnlinePolicy::default().max_uses(uses).unwrap();
        let (code, mut grant) = policy.issue(&keys, "alice", now(), &mut rng).unwrap();
        let shown = code.reveal();

        let stolen = KeyRing::new(KeyId(1), &MasterKey::from_bytes(other));
        let refused = grant.verify(&stolen, "alice", shown.as_str(), Purpose::Reset, now());
        prop_assert_eq!(refused, Err(Refusal::Unknown));
        let refused = grant.verify(&keys, "bob", shown.as_str(), Purpose::Reset, now());
        prop_assert_eq!(refused, Err(Refusal::Unknown));
        let tenant = keys.tenant("default").unwrap();
        let refused = grant.verify(&tenant, "alice", shown.as_str(), Purpose::Reset, now());
        prop_assert_eq!(refused, Err(Refusal::Unknown));

        // Rotation does not invalidate what was issued before it.
        keys.rotate(KeyId(2), &MasterKey::from_bytes(other)).unwrap();
        for left in (0..uses).rev() {
            let granted = grant.verify(&keys, "alice", shown.as_str(), Purpose::Reset, now());
            prop_assert_eq!(granted.unwrap().uses_left, Some(left));
        }
        let refused = grant.verify(&keys, "alice", shown.as_str(), Purpose::Reset, now());
        prop_assert_eq!(refused, Err(Refusal::UsedUp));
    }

    #[test]
    fn never_more_than_a_hundred_failures_in_a_row_are_heard(
        attempts in vec((any::<u8>(), 0..4_000_i64), 150..400),
        successes in 0..4_u8,
    ) {
        let policy = ThrottlePolicy::default();
        let (mut throttle, mut now) = (Throttle::default(), now());
        let (mut heard, mut most) = (0, 0);
        for (kind, wait) in attempts {
            now += TimeDelta::try_seconds(wait).unwrap();
            let mut ran = false;
            let verdict = throttle.guard(&policy, now, || {
                ran = true;
                match kind {
                    kind if kind < successes => Ok(()),
                    255 => Err(Refusal::UsedUp),
                    _ => Err(Refusal::Unknown),
                }
            });
            match verdict {
                Ok(()) => heard = 0,
                Err(Refusal::Unknown) => heard += 1,
                Err(Refusal::Throttled { .. }) => prop_assert!(!ran),
                Err(_) => {}
            }
            prop_assert_eq!(throttle.failures, heard);
            most = most.max(heard);
        }
        prop_assert!(most <= 100);
        prop_assert!(most >= 5);
    }
}

/// The last property holds because the door closes, not because the guesser
/// tires: who waits as long as it takes is heard a hundred times exactly.
#[test]
fn a_patient_guesser_is_heard_a_hundred_times() {
    let policy = ThrottlePolicy::default();
    let (mut throttle, mut now) = (Throttle::default(), now());
    let mut heard = 0;
    for _ in 0..1_000 {
        let verdict = throttle.guard(&policy, now, || Err::<(), _>(Refusal::Unknown));
        heard += u32::from(verdict == Err(Refusal::Unknown));
        now += TimeDelta::try_days(1).unwrap();
    }
    assert_eq!(heard, 100);
    let closed = throttle.guard(&policy, now, || Ok(()));
    assert_eq!(closed, Err(Refusal::Throttled { until: None }));
    throttle.reset();
    assert_eq!(throttle.guard(&policy, now, || Ok(())), Ok(()));
}
