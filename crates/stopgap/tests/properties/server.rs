//! Online codes, and the throttle that guards them.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{collection::vec, prelude::*};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    Access, Actor, CodeFormat, KeyId, KeyRing, Malformed, MasterKey, OnlineGrant, OnlinePolicy,
    Purpose, Refusal, Role, Scopes, Sealed, SecurityCode, SecurityFormat, SecurityRequest,
    Throttle, ThrottlePolicy, VerifyRequest,
};

use super::{codes::format, often};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

/// Returns the symbols of a code with one of them changed to another of the alphabet.
fn change(symbols: &str, alphabet: &str, place: usize, step: usize) -> String {
    let mut changed: Vec<char> = symbols.chars().collect();
    let value = alphabet.find(changed[place]).unwrap();
    changed[place] = alphabet.chars().nth((value + step) % 16).unwrap();
    changed.into_iter().collect()
}

proptest! {
    #![proptest_config(often())]

    #[test]
    fn a_code_verifies_and_with_one_symbol_changed_it_does_not(
        format in format(),
        master in any::<[u8; 32]>(),
        seed in any::<u64>(),
        place in any::<prop::sample::Index>(),
        step in 1..16_usize,
    ) {
        let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes(master));
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let policy = OnlinePolicy::default()
            .length(format.length)
            .alphabet(format.alphabet)
            .check_symbol(format.check_symbol);
        let (code, record) = policy.issue(&keys, "alice", now(), &mut rng).unwrap();
        let verify = |typed: &str| {
            let request = VerifyRequest::new("alice", typed, Purpose::Bypass);
            record.verify(&keys, &request, now()).map(|_| ())
        };
        let shown = code.reveal();
        prop_assert_eq!(verify(shown.as_str()), Ok(()));
        prop_assert_eq!(verify(&shown.canonical().to_lowercase()), Ok(()));

        let place = place.index(format.length.into());
        let changed = change(shown.canonical(), format.alphabet.symbols(), place, step);
        let refused = verify(&changed).unwrap_err();
        let expected = if format.check_symbol { "malformed" } else { "unknown" };
        prop_assert_eq!(refused.reason(), expected);
    }

    #[test]
    fn a_security_code_with_one_symbol_changed_is_refused(
        master in any::<[u8; 32]>(),
        place in 0..32_usize,
        step in 1..16_usize,
    ) {
        let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes(master));
        let mut rng = ChaCha20Rng::from_seed(master);
        let root = Actor::new("root", Role::SuperAdministrator).unwrap();
        let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
        let format = SecurityFormat::default();
        let created = SecurityCode::create(&keys, &format, &root, request, now(), &mut rng);
        let (text, record) = created.unwrap();
        let check = |code| {
            let caller = record.authenticate(&keys, code, |_| Role::User, now());
            caller.map(|caller| caller.role)
        };
        let code = format.read(text.as_str()).unwrap();
        prop_assert_eq!(check(&code), Ok(Role::SuperAdministrator));
        // The check finds a typo in the text. Another code with the right check is
        // unknown.
        let hex = "0123456789abcdef";
        let (prefix, symbols) = text.as_str().split_once('_').unwrap();
        let typo = change(symbols, hex, place, step);
        let read = format.read(&format!("{prefix}_{typo}")).map(|_| ());
        prop_assert_eq!(read, Err(Malformed::CheckFailed));
        let other = change(code.reveal().canonical(), &hex.to_uppercase(), place, step);
        let other = stopgap::Code::from_canonical(&other).unwrap();
        prop_assert_eq!(check(&other), Err(Refusal::Unknown));
    }

    #[test]
    fn a_code_is_for_its_user_its_key_and_its_uses(
        master in any::<[u8; 32]>(),
        other in any::<[u8; 32]>(),
        uses in 1..5_u32,
    ) {
        let mut keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes(master));
        let mut rng = ChaCha20Rng::from_seed(master);
        let policy = OnlinePolicy::default().max_uses(uses);
        let (code, mut record) = policy.issue(&keys, "alice", now(), &mut rng).unwrap();
        let shown = code.reveal();
        let verify = |record: &Sealed<OnlineGrant>, keys: &KeyRing, user| {
            let request = VerifyRequest::new(user, shown.as_str(), Purpose::Reset);
            record.verify(keys, &request, now())
        };

        let stolen = KeyRing::new(KeyId(1), &MasterKey::from_bytes(other));
        let tenant = keys.tenant(&"default".parse().unwrap());
        for (keys, user) in [(&stolen, "alice"), (&tenant, "alice"), (&keys, "bob")] {
            let refused = verify(&record, keys, user).map(|_| ());
            prop_assert_eq!(refused, Err(Refusal::Unknown));
        }

        // A code is valid under a key that is no longer the primary one.
        keys.add(KeyId(2), &MasterKey::from_bytes(other)).unwrap();
        for left in (0..uses).rev() {
            let granted = verify(&record, &keys, "alice").unwrap();
            prop_assert_eq!(granted.uses_left, Some(left));
            record = granted.record;
        }
        let refused = verify(&record, &keys, "alice").map(|_| ());
        prop_assert_eq!(refused, Err(Refusal::UsedUp));
    }

    /// Verifying several codes of a user at once has the result of verifying each alone.
    #[test]
    fn several_codes_are_verified_like_each_of_them_alone(
        seed in any::<u64>(),
        policies in vec((format(), 1..3_u32, any::<bool>()), 0..4),
        typed in 0..5_usize,
        alice in any::<bool>(),
        hours in 0..30_i64,
    ) {
        let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        let mut issue = |(format, uses, revoked): (_, u32, bool)| {
            let policy = OnlinePolicy { format, ..OnlinePolicy::default() };
            let policy = policy.max_uses(uses);
            let (code, record) = policy.issue(&keys, "alice", now(), &mut rng).unwrap();
            let revoked = revoked.then(|| record.revoke(&keys, now()).unwrap());
            (code.reveal().as_str().to_owned(), revoked.unwrap_or(record))
        };
        let (codes, records): (Vec<_>, Vec<_>) = policies.into_iter().map(&mut issue).unzip();
        let text = codes.get(typed).map_or("0000-0000-0000", String::as_str);
        let user = if alice { "alice" } else { "bob" };
        let request = VerifyRequest::new(user, text, Purpose::Reset);
        let at = now() + TimeDelta::try_hours(hours).unwrap();
        let alone: Vec<_> = records
            .iter()
            .map(|record| record.verify(&keys, &request, at))
            .collect();
        match Sealed::verify_any(&records, &keys, &request, at) {
            Ok((index, granted)) => {
                let first = alone.iter().position(Result::is_ok);
                prop_assert_eq!(first, Some(index));
                let expected = alone[index].as_ref().unwrap();
                prop_assert_eq!(granted.uses_left, expected.uses_left);
                prop_assert_eq!(granted.record.tag(), expected.record.tag());
            }
            Err(refusal) => {
                let reasons: Vec<_> = alone.into_iter().map(|it| it.map(|_| ()).unwrap_err()).collect();
                if reasons.is_empty() {
                    prop_assert_eq!(refusal, Refusal::Unknown);
                } else {
                    prop_assert!(reasons.contains(&refusal));
                }
                // A text that fits no format has the error of reading it in these
                // formats.
                if let Refusal::Malformed(malformed) = refusal {
                    let formats: Vec<_> =
                        records.iter().map(|record| record.unverified().format).collect();
                    let read = CodeFormat::normalize_any(&formats, text);
                    prop_assert_eq!(read.map(|_| ()), Err(malformed));
                }
                // The reason of the right code comes first, then a wrong code, a typo, and
                // other errors.
                let rank = |refusal: &Refusal| match refusal {
                    Refusal::Malformed(Malformed::CheckFailed) => 1,
                    Refusal::Malformed(_) => 0,
                    Refusal::Unknown => 2,
                    _ => 3,
                };
                prop_assert!(reasons.iter().all(|it| rank(it) <= rank(&refusal)));
            }
        }
    }

    /// A lockout never ends later than the longest delay from now, even if the clock was
    /// wrong.
    #[test]
    fn a_lockout_ends_within_the_longest_delay(
        failures in 0..120_u32,
        ahead in -100_000_i64..100_000_000,
        max_delay_seconds in 0..100_000_u32,
    ) {
        let policy = ThrottlePolicy { max_delay_seconds, ..ThrottlePolicy::default() };
        let end = now() + TimeDelta::try_seconds(ahead).unwrap();
        let stored = Throttle { failures, locked_until: Some(end) };
        let mut throttle = stored;
        let verdict = throttle.check(&policy, now());
        let longest = now() + TimeDelta::try_seconds(max_delay_seconds.into()).unwrap();
        prop_assert_eq!(throttle.locked_until, Some(end.min(longest)));
        prop_assert_eq!(throttle.failures, failures);
        let expected = if failures >= 100 {
            Err(Refusal::Throttled { until: None })
        } else if now() < end.min(longest) {
            Err(Refusal::Throttled { until: throttle.locked_until })
        } else {
            Ok(())
        };
        prop_assert_eq!(verdict, expected);
        // A second check changes nothing.
        let again = throttle;
        prop_assert_eq!(throttle.check(&policy, now()), expected);
        prop_assert_eq!(throttle, again);
    }

    #[test]
    fn there_are_never_more_than_a_hundred_failures_in_a_row(
        attempts in vec((any::<u8>(), 0..4_000_i64), 150..400),
        successes in 0..4_u8,
    ) {
        let policy = ThrottlePolicy::default();
        let (mut throttle, mut now) = (Throttle::default(), now());
        let (mut failures, mut most) = (0, 0);
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
                Ok(()) => failures = 0,
                Err(Refusal::Unknown) => failures += 1,
                Err(Refusal::Throttled { .. }) => prop_assert!(!ran),
                Err(_) => {}
            }
            prop_assert_eq!(throttle.failures, failures);
            most = most.max(failures);
        }
        prop_assert!(most <= 100);
        prop_assert!(most >= 5);
    }
}

/// A guesser who waits for the end of each lockout has exactly a hundred tries at a user's
/// code, until an administrator unlocks the user.
#[test]
fn a_patient_guesser_has_a_hundred_tries() {
    let policy = ThrottlePolicy::default();
    let (mut throttle, mut now) = (Throttle::default(), now());
    let mut tries = 0;
    for _ in 0..1_000 {
        let verdict = throttle.guard(&policy, now, || Err::<(), _>(Refusal::Unknown));
        tries += u32::from(verdict == Err(Refusal::Unknown));
        now += TimeDelta::try_days(1).unwrap();
    }
    assert_eq!(tries, 100);
    let locked = throttle.guard(&policy, now, || Ok(()));
    assert_eq!(locked, Err(Refusal::Throttled { until: None }));
    throttle.reset();
    assert_eq!(throttle.guard(&policy, now, || Ok(())), Ok(()));
}
