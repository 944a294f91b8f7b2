//! Online codes as they are verified.

use chrono::{DateTime, Utc};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    Code, CodeDigest, KeyId, KeyRing, Malformed, MasterKey, OnlineGrant, OnlinePolicy, Purpose,
    Refusal, Validity,
};

use super::{NOW, at, days, issue, keys, other_rng};

fn verify(grant: &mut OnlineGrant, code: &Code, purpose: Purpose, now: i64) -> Result<(), Refusal> {
    let shown = code.reveal();
    let granted = grant.verify(&keys(), "alice", shown.as_str(), purpose, at(now));
    granted.map(|granted| assert_eq!((granted.user, granted.purpose), ("alice", purpose)))
}

const NOT_VALID: &str = "That code is not valid.";

fn check(verdict: Result<(), Refusal>, reason: &str, public: &str) {
    let refusal = verdict.unwrap_err();
    assert_eq!(refusal.reason(), reason);
    assert_eq!(refusal.public_message().to_string(), public);
}

#[test]
fn online_codes_are_refused_for_the_first_reason_that_holds() {
    // Each case has every fault that comes after it as well.
    let policy = OnlinePolicy::default()
        .purposes(Purpose::Reset)
        .unwrap()
        .max_uses(1)
        .unwrap()
        .not_before(at(NOW + 60));
    let (code, mut grant) = issue(policy);
    let end = grant.expires_at.timestamp();
    assert_eq!(grant.expires_at, at(NOW) + days(1));
    assert_eq!(verify(&mut grant, &code, Purpose::Reset, NOW + 60), Ok(()));
    assert_eq!(grant.uses, 1);

    check(
        verify(&mut grant, &code, Purpose::Reset, NOW + 61),
        "used_up",
        "That code has been used.",
    );
    let expired = verify(&mut grant, &code, Purpose::Reset, end);
    assert_eq!(
        expired,
        Err(Refusal::Expired {
            expired_at: at(end)
        })
    );
    check(
        expired,
        "expired",
        "That code has expired; ask for a new one.",
    );
    // Not yet valid and expired exclude each other.
    check(
        verify(&mut grant, &code, Purpose::Reset, NOW + 59),
        "not_yet_valid",
        NOT_VALID,
    );
    check(
        verify(&mut grant, &code, Purpose::Bypass, end),
        "wrong_purpose",
        NOT_VALID,
    );
    grant.revoke(at(NOW + 100));
    grant.revoke(at(NOW + 200));
    let revoked = verify(&mut grant, &code, Purpose::Bypass, end);
    assert_eq!(
        revoked,
        Err(Refusal::Revoked {
            revoked_at: at(NOW + 100)
        })
    );
    check(revoked, "revoked", NOT_VALID);

    let other = OnlinePolicy::default().issue(&keys(), "alice", at(NOW), &mut other_rng());
    let (wrong, _) = other.unwrap();
    check(
        verify(&mut grant, &wrong, Purpose::Bypass, end),
        "unknown",
        NOT_VALID,
    );
    let empty = KeyRing::new(KeyId(2), &MasterKey::from_bytes([7; 32]));
    let missing = grant.verify(&empty, "bob", "3F9A-77C2-01BE", Purpose::Bypass, at(end));
    check(missing.map(|_| ()), "key_missing", NOT_VALID);
    let typo = grant.verify(&empty, "bob", "3F9A-7?C2", Purpose::Bypass, at(end));
    check(
        typo.map(|_| ()),
        "malformed",
        "That is not a complete code; check character 7.",
    );
    for never in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let clock = grant.verify(&empty, "bob", "3F9A-7?C2", Purpose::Bypass, never);
        check(
            clock.map(|_| ()),
            "time_out_of_range",
            "This computer's clock is wrong.",
        );
    }
    assert_eq!(grant.uses, 1);
}

#[test]
fn a_code_lives_until_the_very_instant_of_its_expiry() {
    let (code, mut grant) = issue(OnlinePolicy::default().valid_for(Validity::MONTH));
    let expires = grant.expires_at;
    assert_eq!(expires.to_rfc3339(), "2026-12-21T15:00:42+00:00");
    assert_eq!(
        verify(&mut grant, &code, Purpose::Bypass, expires.timestamp() - 1),
        Ok(())
    );
    let shown = code.reveal();
    let nearly = expires - chrono::TimeDelta::try_milliseconds(1).unwrap();
    let mut at_instant = |now| {
        let granted = grant.verify(&keys(), "alice", shown.as_str(), Purpose::Bypass, now);
        granted.map(|granted| granted.uses_left)
    };
    assert_eq!(at_instant(nearly), Ok(None));
    assert_eq!(at_instant(expires).unwrap_err().reason(), "expired");
}

#[test]
fn a_digest_is_compared_to_its_last_byte() {
    let (code, grant) = issue(OnlinePolicy::default());
    for place in 0..32 {
        let mut digest = *grant.digest.as_bytes();
        digest[place] ^= 0x10;
        let mut edited = OnlineGrant {
            digest: CodeDigest::from_bytes(digest),
            ..grant.clone()
        };
        let verdict = verify(&mut edited, &code, Purpose::Bypass, NOW);
        assert_eq!(verdict, Err(Refusal::Unknown), "byte {place}");
    }
}

#[test]
fn a_check_counts_nothing_and_verify_only_where_uses_are_limited() {
    let (code, mut grant) = issue(OnlinePolicy::default().max_uses(2).unwrap());
    let shown = code.reveal();
    for _ in 0..3 {
        let granted = grant.check(&keys(), "alice", shown.as_str(), Purpose::Bypass, at(NOW));
        assert_eq!(granted.unwrap().uses_left, Some(1));
    }
    assert_eq!(verify(&mut grant, &code, Purpose::Bypass, NOW), Ok(()));
    let granted = grant.check(&keys(), "alice", shown.as_str(), Purpose::Bypass, at(NOW));
    assert_eq!(granted.unwrap().uses_left, Some(0));
    assert_eq!(grant.uses, 1);
    let (code, mut grant) = issue(OnlinePolicy::default());
    assert_eq!(verify(&mut grant, &code, Purpose::Bypass, NOW), Ok(()));
    assert_eq!(grant.uses, 0);
    // Revoked is revoked, whenever that was.
    grant.revoke(at(NOW + 1_000));
    assert!(verify(&mut grant, &code, Purpose::Bypass, NOW).is_err());
}

#[test]
fn of_several_codes_the_one_that_was_typed_decides() {
    let issue = |policy: OnlinePolicy, seed| {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        policy.issue(&keys(), "alice", at(NOW), &mut rng).unwrap()
    };
    let policy = OnlinePolicy::default();
    let (short, first) = issue(policy, 1);
    let (long, second) = issue(policy.length(16).unwrap().max_uses(1).unwrap(), 2);
    let (other, mut third) = issue(policy, 3);
    third.revoke(at(NOW));
    let mut fourth = issue(policy, 4).1;
    fourth.key_id = KeyId(9);
    let mut grants = [first, second, third, fourth];
    let mut verify = |typed: &str| {
        let now = at(NOW);
        OnlineGrant::verify_any(&mut grants, &keys(), "alice", typed, Purpose::Bypass, now)
            .map(|(index, granted)| (index, granted.uses_left))
            .map_err(|refusal| refusal.reason())
    };
    assert_eq!(verify(short.reveal().as_str()), Ok((0, None)));
    assert_eq!(verify(long.reveal().as_str()), Ok((1, Some(0))));
    assert_eq!(verify(long.reveal().as_str()), Err("used_up"));
    assert_eq!(verify(other.reveal().as_str()), Err("revoked"));
    // Not `key_missing`, which would not count as a guess.
    assert_eq!(verify("0000-0000-0000"), Err("unknown"));
    assert_eq!(verify("0000-0000-0000-0000"), Err("unknown"));
    assert_eq!(verify("0000"), Err("malformed"));
    let short = OnlineGrant::verify_any(&mut grants, &keys(), "bob", "0", Purpose::Reset, at(NOW));
    let expected = Malformed::WrongLength {
        expected: 12,
        found: 1,
    };
    // As the first grant would have it.
    assert_eq!(short, Err(expected.into()));
    let none: &mut [OnlineGrant] = &mut [];
    let none = OnlineGrant::verify_any(none, &keys(), "alice", "?", Purpose::Bypass, at(NOW));
    assert_eq!(none, Err(Refusal::Unknown));
}

#[test]
fn only_a_bypass_opens_the_lock_of_the_machine() {
    let (code, mut grant) = issue(OnlinePolicy::default());
    let shown = code.reveal();
    for purpose in Purpose::ALL {
        let granted = grant
            .verify(&keys(), "alice", shown.as_str(), purpose, at(NOW))
            .unwrap();
        match purpose {
            Purpose::Bypass => assert_eq!(granted.lock().unwrap().until, grant.expires_at),
            _ => assert_eq!(granted.lock(), Err(Refusal::WrongPurpose)),
        }
    }
}

/// Of two that are as near, the first says why.
#[test]
fn the_first_of_the_missing_keys_is_named() {
    let (code, grant) = issue(OnlinePolicy::default());
    let mut grants = [8, 9].map(|id| OnlineGrant {
        key_id: KeyId(id),
        ..grant.clone()
    });
    let shown = code.reveal();
    let verdict = OnlineGrant::verify_any(
        &mut grants,
        &keys(),
        "alice",
        shown.as_str(),
        Purpose::Reset,
        at(NOW),
    );
    let missing = Refusal::KeyMissing { id: KeyId(8) };
    assert_eq!(verdict.map(|_| ()), Err(missing));
}
