//! Online codes: each refusal, in its order.

use chrono::{DateTime, TimeDelta, Utc};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    Code, CodeDigest, CodeFormat, ComputedDigest, KeyId, KeyRing, Malformed, MasterKey, Name,
    NameError, OnlineGrant, OnlinePolicy, Purpose, Refusal, Sealed, Validity, VerifyRequest,
};

use super::{NOW, at, days, issue, keys, other_rng};

/// Verifies a code, and replaces the old record by the new one, as a store does.
fn verify(
    record: &mut Sealed<OnlineGrant>,
    code: &Code,
    purpose: Purpose,
    now: i64,
) -> Result<Option<u32>, Refusal> {
    let shown = code.reveal();
    let request = VerifyRequest::new("alice", shown.as_str(), purpose);
    let granted = record.verify(&keys(), &request, at(now))?;
    assert_eq!(
        (granted.user().as_str(), granted.purpose),
        ("alice", purpose)
    );
    assert_eq!(granted.expires_at(), record.unverified().expires_at);
    *record = granted.record;
    Ok(granted.uses_left)
}

/// Returns a record with an edit that its tag does not cover.
fn edited(
    record: &Sealed<OnlineGrant>,
    edit: impl FnOnce(&mut OnlineGrant),
) -> Sealed<OnlineGrant> {
    let (mut record, tag) = record.clone().into_parts();
    edit(&mut record);
    Sealed::from_parts(record, tag)
}

const NOT_VALID: &str = "That code is not valid.";

#[track_caller]
fn check<T: std::fmt::Debug>(verdict: Result<T, Refusal>, reason: &str, public: &str) {
    let refusal = verdict.unwrap_err();
    assert_eq!(refusal.reason(), reason);
    assert_eq!(refusal.public_message().to_string(), public);
}

#[test]
fn an_online_code_is_refused_for_the_first_reason_that_holds() {
    // Each case also has the faults of all later cases.
    let policy = OnlinePolicy::default()
        .purposes(Purpose::Reset)
        .max_uses(1)
        .not_before(at(NOW + 60));
    let (code, mut record) = issue(policy);
    let end = record.unverified().expires_at.timestamp();
    assert_eq!(at(end), at(NOW + 60) + days(1));
    let granted = verify(&mut record, &code, Purpose::Reset, NOW + 60);
    assert_eq!(granted, Ok(Some(0)));
    assert_eq!(record.unverified().uses, 1);

    check(
        verify(&mut record, &code, Purpose::Reset, NOW + 61),
        "used_up",
        "That code has been used.",
    );
    let expired = verify(&mut record, &code, Purpose::Reset, end);
    let expired_at = at(end);
    assert_eq!(expired, Err(Refusal::Expired { expired_at }));
    check(
        expired,
        "expired",
        "That code has expired; ask for a new one.",
    );
    // Not yet valid and expired exclude each other.
    let early = verify(&mut record, &code, Purpose::Reset, NOW + 59);
    let not_before = at(NOW + 60);
    assert_eq!(early, Err(Refusal::NotYetValid { not_before }));
    check(early, "not_yet_valid", NOT_VALID);
    check(
        verify(&mut record, &code, Purpose::Bypass, end),
        "wrong_purpose",
        NOT_VALID,
    );
    let revoked = record.revoke(&keys(), at(NOW + 100)).unwrap();
    let mut revoked = revoked.revoke(&keys(), at(NOW + 200)).unwrap();
    let verdict = verify(&mut revoked, &code, Purpose::Bypass, end);
    let revoked_at = at(NOW + 100);
    assert_eq!(verdict, Err(Refusal::Revoked { revoked_at }));
    check(verdict, "revoked", NOT_VALID);

    // The record was revoked, and then edited.
    let mut tampered = edited(&revoked, |record| record.uses = 0);
    check(
        verify(&mut tampered, &code, Purpose::Bypass, end),
        "tampered",
        NOT_VALID,
    );
    let other = OnlinePolicy::default().issue(&keys(), "alice", at(NOW), &mut other_rng());
    let (wrong, _) = other.unwrap();
    check(
        verify(&mut tampered, &wrong, Purpose::Bypass, end),
        "unknown",
        NOT_VALID,
    );
    let empty = KeyRing::new(KeyId(2), &MasterKey::from_bytes([7; 32]));
    let refused = |user: &str, text: &str, now: DateTime<Utc>| {
        let request = VerifyRequest::new(user, text, Purpose::Bypass);
        tampered.verify(&empty, &request, now).map(|_| ())
    };
    check(
        refused("bob", "3F9A-77C2-01BE", at(end)),
        "key_missing",
        NOT_VALID,
    );
    check(
        refused("bob", "3F9A-7?C2", at(end)),
        "malformed",
        "That is not a complete code; check character 7.",
    );
    check(refused("", "3F9A-7?C2", at(end)), "invalid_name", NOT_VALID);
    for never in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        check(
            refused("", "3F9A-7?C2", never),
            "time_out_of_range",
            "This computer's clock is wrong.",
        );
        let revoked = tampered.revoke(&empty, never).map(|_| ());
        assert_eq!(revoked, Err(Refusal::TimeOutOfRange));
    }
}

/// The three ways to verify a code agree.
#[test]
fn a_text_a_code_and_a_digest_are_verified_alike() {
    let policy = OnlinePolicy::default().max_uses(2).not_before(at(NOW));
    let (code, record) = issue(policy);
    let (other, _) = OnlinePolicy::default()
        .issue(&keys(), "alice", at(NOW), &mut other_rng())
        .unwrap();
    let revoked = record.revoke(&keys(), at(NOW)).unwrap();
    let tampered = edited(&record, |record| record.max_uses = None);
    let moved = edited(&record, |record| record.key_id = KeyId(9));
    let mut reasons = std::collections::BTreeSet::new();
    for record in [&record, &revoked, &tampered, &moved] {
        for code in [&code, &other] {
            for (user, purpose, now) in [
                ("alice", Purpose::Reset, at(NOW)),
                ("alice", Purpose::Reset, at(NOW - 1)),
                ("alice", Purpose::Reset, at(NOW) + days(1)),
                ("bob", Purpose::Reset, at(NOW)),
                ("", Purpose::Reset, at(NOW)),
                ("alice", Purpose::Reset, DateTime::<Utc>::MAX_UTC),
            ] {
                let shown = code.reveal();
                let request = VerifyRequest::new(user, shown.as_str(), purpose);
                let name = "alice".parse().unwrap();
                let digest = keys().online_digests(&name, code).next().unwrap();
                // The text of a request is ignored if the code was read already.
                let other = VerifyRequest::new(user, "?", purpose);
                let outcomes = [
                    record.verify(&keys(), &request, now),
                    record.check_code(&keys(), &other, code, now),
                    record.check_digest(&keys(), &other, &digest, now),
                ]
                .map(|verdict| match verdict {
                    Ok(granted) => (granted.uses_left, "granted"),
                    Err(refusal) => (None, refusal.reason()),
                });
                assert_eq!(outcomes, [outcomes[0]; 3], "{user:?} {now}");
                reasons.extend(outcomes.map(|(_, reason)| reason));
            }
        }
    }
    let expected = [
        "expired",
        "granted",
        "invalid_name",
        "key_missing",
        "not_yet_valid",
        "revoked",
        "tampered",
        "time_out_of_range",
        "unknown",
    ];
    assert!(reasons.into_iter().eq(expected));
}

#[test]
fn a_code_is_valid_until_the_instant_of_its_expiry() {
    let (code, mut record) = issue(OnlinePolicy::default().validity(Validity::MONTH));
    let expires = record.unverified().expires_at;
    assert_eq!(expires.to_rfc3339(), "2026-12-21T15:00:42+00:00");
    let last = expires.timestamp() - 1;
    assert_eq!(verify(&mut record, &code, Purpose::Bypass, last), Ok(None));
    let shown = code.reveal();
    let at_instant = |now| {
        let request = VerifyRequest::new("alice", shown.as_str(), Purpose::Bypass);
        let granted = record.verify(&keys(), &request, now);
        granted.map(|granted| granted.uses_left)
    };
    let nearly = expires - TimeDelta::try_milliseconds(1).unwrap();
    assert_eq!(at_instant(nearly), Ok(None));
    assert_eq!(at_instant(expires).unwrap_err().reason(), "expired");
}

#[test]
fn a_digest_is_compared_to_its_last_byte() {
    let (code, record) = issue(OnlinePolicy::default());
    for place in 0..32 {
        let mut edited = edited(&record, |record| {
            let mut digest = *record.digest.as_bytes();
            digest[place] ^= 0x10;
            record.digest = CodeDigest::from_bytes(digest);
        });
        let verdict = verify(&mut edited, &code, Purpose::Bypass, NOW);
        assert_eq!(verdict, Err(Refusal::Unknown), "byte {place}");
    }
}

#[test]
fn uses_are_counted_only_if_they_are_limited() {
    let (code, mut record) = issue(OnlinePolicy::default().max_uses(2));
    let issued = record.clone();
    assert_eq!(
        verify(&mut record, &code, Purpose::Bypass, NOW),
        Ok(Some(1))
    );
    assert_ne!(record.tag(), issued.tag());
    // The old record stays valid: a store may have failed to write the new one.
    let mut again = issued.clone();
    assert_eq!(verify(&mut again, &code, Purpose::Reset, NOW), Ok(Some(1)));
    assert_eq!(again.tag(), record.tag());
    assert_eq!(
        verify(&mut record, &code, Purpose::Bypass, NOW),
        Ok(Some(0))
    );
    assert_eq!(record.open(&keys()).unwrap().uses, 2);
    assert_eq!(
        verify(&mut record, &code, Purpose::Bypass, NOW),
        Err(Refusal::UsedUp)
    );

    let (code, mut record) = issue(OnlinePolicy::default());
    let issued = record.clone();
    for _ in 0..3 {
        assert_eq!(verify(&mut record, &code, Purpose::Bypass, NOW), Ok(None));
    }
    assert_eq!(record.tag(), issued.tag());
    assert_eq!(record.unverified().uses, 0);
    // A revoked code is refused at once, even if the time of its revocation is in the
    // future.
    let mut revoked = record.revoke(&keys(), at(NOW + 1_000)).unwrap();
    assert!(verify(&mut revoked, &code, Purpose::Bypass, NOW).is_err());
}

#[test]
fn the_last_use_of_the_largest_limit_is_counted() {
    let (code, record) = issue(OnlinePolicy::default().max_uses(u32::MAX));
    let shown = code.reveal();
    let request = VerifyRequest::new("alice", shown.as_str(), Purpose::Bypass);
    let granted = record.verify(&keys(), &request, at(NOW)).unwrap();
    assert_eq!(granted.uses_left, Some(u32::MAX - 1));
}

#[test]
fn a_use_is_sealed_by_the_key_of_the_record() {
    let (code, record) = issue(OnlinePolicy::default().max_uses(1));
    let mut ring = keys();
    ring.add(KeyId(2), &MasterKey::from_bytes([8; 32])).unwrap();
    let shown = code.reveal();
    let request = VerifyRequest::new("alice", shown.as_str(), Purpose::Bypass);
    let used = record.verify(&ring, &request, at(NOW)).unwrap().record;
    assert_eq!(used.unverified().key_id, KeyId(1));
    assert!(used.open(&keys()).is_ok());
    let revoked = used.revoke(&ring, at(NOW)).unwrap();
    assert!(revoked.open(&keys()).is_ok());
}

#[test]
fn the_typed_one_of_several_codes_decides() {
    let issue = |policy: OnlinePolicy, seed| {
        let mut rng = ChaCha20Rng::seed_from_u64(seed);
        policy.issue(&keys(), "alice", at(NOW), &mut rng).unwrap()
    };
    let policy = OnlinePolicy::default();
    let (short, first) = issue(policy, 1);
    let (long, second) = issue(policy.length(16).max_uses(1), 2);
    let (other, third) = issue(policy, 3);
    let (tampered, fourth) = issue(policy, 4);
    let (missing, fifth) = issue(policy, 5);
    let mut records = [
        first,
        second,
        third.revoke(&keys(), at(NOW)).unwrap(),
        edited(&fourth, |record| record.expires_at += days(1)),
        edited(&fifth, |record| record.key_id = KeyId(9)),
    ];
    let mut verify = |user: &str, typed: &str| {
        let request = VerifyRequest::new(user, typed, Purpose::Bypass);
        let verified = Sealed::verify_any(&records, &keys(), &request, at(NOW));
        let (index, granted) = verified.map_err(|refusal| refusal.reason())?;
        records[index] = granted.record;
        Ok((index, granted.uses_left))
    };
    assert_eq!(verify("alice", short.reveal().as_str()), Ok((0, None)));
    assert_eq!(verify("alice", long.reveal().as_str()), Ok((1, Some(0))));
    assert_eq!(verify("alice", long.reveal().as_str()), Err("used_up"));
    assert_eq!(verify("alice", other.reveal().as_str()), Err("revoked"));
    assert_eq!(verify("alice", tampered.reveal().as_str()), Err("tampered"));
    // Not `key_missing`, which would not count as a failure.
    assert_eq!(verify("alice", missing.reveal().as_str()), Err("unknown"));
    assert_eq!(verify("alice", "0000-0000-0000"), Err("unknown"));
    assert_eq!(verify("alice", "0000-0000-0000-0000"), Err("unknown"));
    assert_eq!(verify("bob", short.reveal().as_str()), Err("unknown"));
    assert_eq!(verify("alice", "0000"), Err("malformed"));
    assert_eq!(verify("", "0000"), Err("invalid_name"));

    // The error is the nearest one, as in reading the formats without codes.
    let any = |records: &[Sealed<OnlineGrant>], text: &str, now: DateTime<Utc>| {
        let request = VerifyRequest::new("bob", text, Purpose::Reset);
        let verified = Sealed::verify_any(records, &keys(), &request, now);
        verified.map(|(index, _)| index)
    };
    let (expected, found) = (12, 1);
    let short = Malformed::WrongLength { expected, found };
    assert_eq!(any(&records, "0", at(NOW)), Err(short.into()));
    // A guesser does not learn that the user has no code.
    assert_eq!(any(&[], "0", at(NOW)), Err(short.into()));
    assert_eq!(any(&[], "0000-0000-0000", at(NOW)), Err(Refusal::Unknown));
    let end = DateTime::<Utc>::MAX_UTC;
    for records in [&records[..], &[]] {
        assert_eq!(any(records, "0", end), Err(Refusal::TimeOutOfRange));
    }
}

#[test]
fn a_granted_answer_is_replayed_until_its_code_has_ended() {
    let (_, record) = issue(OnlinePolicy::default().not_before(at(NOW + 60)));
    let end = record.unverified().expires_at.timestamp();
    let ended = |record: &Sealed<OnlineGrant>, now: i64| record.check_not_ended(&keys(), at(now));
    for now in [NOW - 60, NOW, end - 1] {
        assert_eq!(ended(&record, now), Ok(()));
    }
    let expired_at = at(end);
    for now in [end, end + 1] {
        assert_eq!(ended(&record, now), Err(Refusal::Expired { expired_at }));
    }
    let revoked_at = at(NOW + 7);
    let revoked = record.revoke(&keys(), revoked_at).unwrap();
    for now in [NOW, end] {
        assert_eq!(ended(&revoked, now), Err(Refusal::Revoked { revoked_at }));
    }
    let tampered = edited(&revoked, |record| record.revoked_at = None);
    assert_eq!(ended(&tampered, end), Err(Refusal::Tampered));
    let missing = edited(&record, |record| record.key_id = KeyId(9));
    let id = KeyId(9);
    assert_eq!(ended(&missing, end), Err(Refusal::KeyMissing { id }));
    for never in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let refused = missing.check_not_ended(&keys(), never);
        assert_eq!(refused, Err(Refusal::TimeOutOfRange));
    }
}

/// If the user has no code, the text is read in the default format, so that a guesser does
/// not learn this.
#[test]
fn a_user_without_codes_is_answered_like_one_with_a_code() {
    let (_, record) = issue(OnlinePolicy::default());
    let verify = |records: &[Sealed<OnlineGrant>], user: &str, text: &str, now| {
        let request = VerifyRequest::new(user, text, Purpose::Reset);
        let verified = Sealed::verify_any(records, &keys(), &request, now);
        verified.map(|_| ()).unwrap_err()
    };
    let long = "0".repeat(257);
    for text in [
        "0000-0000-0000",
        " 3f9a77c201be.",
        "",
        "0",
        "0000-0000",
        "0000-0000-0000-0000",
        "3F9A-77C2-01BZ",
        "?",
        &long,
    ] {
        let none = verify(&[], "alice", text, at(NOW));
        let expected = match CodeFormat::ONLINE.normalize(text) {
            Ok(_) => Refusal::Unknown,
            Err(malformed) => malformed.into(),
        };
        assert_eq!(none, expected, "{text}");
        let one = core::slice::from_ref(&record);
        assert_eq!(verify(one, "alice", text, at(NOW)), none, "{text}");
    }
    // The clock comes first, then the name, then the text.
    let records = [record];
    for records in [&records[..], &[]] {
        let empty = Refusal::InvalidName(NameError::Empty);
        assert_eq!(verify(records, "", "?", at(NOW)), empty);
        for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert_eq!(verify(records, "", "?", end), Refusal::TimeOutOfRange);
        }
    }
}

/// The digests of another user's code, of a code under another key and of a security code
/// match no record.
#[test]
fn a_digest_that_was_computed_for_something_else_is_unknown() {
    let mut ring = keys();
    let (code, record) = issue(OnlinePolicy::default());
    ring.add(KeyId(2), &MasterKey::from_bytes([8; 32])).unwrap();
    let [alice, bob] = ["alice", "bob"].map(|user| Name::new(user).unwrap());
    let request = VerifyRequest::new("alice", "", Purpose::Reset);
    let check = |digest: ComputedDigest| {
        let verdict = record.check_digest(&ring, &request, &digest, at(NOW));
        verdict.map(|granted| granted.uses_left)
    };
    let own: Vec<_> = ring.online_digests(&alice, &code).collect();
    assert_eq!((own[0].key_id(), own[1].key_id()), (KeyId(2), KeyId(1)));
    let stored = record.unverified().digest;
    assert_eq!(own[1].digest().as_bytes(), stored.as_bytes());
    assert_eq!(check(own[1]), Ok(None));
    let tenant = ring.tenant(&Name::new("acme").unwrap());
    let others = ring
        .online_digests(&bob, &code)
        .chain(ring.security_digests(&code))
        .chain(tenant.online_digests(&alice, &code))
        .chain([own[0]]);
    let verdicts: Vec<_> = others.map(check).collect();
    assert_eq!(verdicts, [Err(Refusal::Unknown); 7]);
}

/// A granted answer is replayed only while the code is neither revoked nor expired.
#[test]
fn a_code_has_ended_for_the_first_reason_that_holds() {
    let policy = OnlinePolicy::default().max_uses(1).not_before(at(NOW + 60));
    let (code, mut record) = issue(policy);
    let expired_at = record.unverified().expires_at;
    // A code that is used up or not yet valid has not ended.
    assert_eq!(record.check_not_ended(&keys(), at(NOW)), Ok(()));
    assert_eq!(
        verify(&mut record, &code, Purpose::Reset, NOW + 60),
        Ok(Some(0))
    );
    let nearly = expired_at - TimeDelta::nanoseconds(1);
    for now in [at(NOW), at(NOW + 60), nearly] {
        assert_eq!(record.check_not_ended(&keys(), now), Ok(()), "{now}");
    }
    for now in [expired_at, expired_at + days(400)] {
        let ended = record.check_not_ended(&keys(), now);
        assert_eq!(ended, Err(Refusal::Expired { expired_at }), "{now}");
    }
    let revoked_at = at(NOW + 100);
    let revoked = record.revoke(&keys(), revoked_at).unwrap();
    for now in [at(NOW), revoked_at, expired_at] {
        let ended = revoked.check_not_ended(&keys(), now);
        assert_eq!(ended, Err(Refusal::Revoked { revoked_at }), "{now}");
    }
    // Two edits: a revocation that was removed, and one that was added.
    let revived = edited(&revoked, |record| record.revoked_at = None);
    let stopped = edited(&record, |record| record.revoked_at = Some(revoked_at));
    for record in [revived, stopped] {
        for now in [at(NOW), expired_at] {
            let ended = record.check_not_ended(&keys(), now);
            assert_eq!(ended, Err(Refusal::Tampered));
        }
        let other = KeyRing::new(KeyId(2), &MasterKey::from_bytes([7; 32]));
        let missing = Err(Refusal::KeyMissing { id: KeyId(1) });
        assert_eq!(record.check_not_ended(&other, expired_at), missing);
        for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let ended = record.check_not_ended(&other, end);
            assert_eq!(ended, Err(Refusal::TimeOutOfRange));
        }
    }
}

#[test]
fn only_a_bypass_activates_the_lock_of_the_machine() {
    let (code, record) = issue(OnlinePolicy::default());
    let shown = code.reveal();
    for purpose in Purpose::ALL {
        let request = VerifyRequest::new("alice", shown.as_str(), purpose);
        let granted = record.verify(&keys(), &request, at(NOW)).unwrap();
        let until = granted.password_only_lock().map(|lock| lock.until);
        let expected = match purpose {
            Purpose::Bypass => Ok(record.unverified().expires_at),
            _ => Err(Refusal::WrongPurpose),
        };
        assert_eq!(until, expected);
    }
}

/// Of two equally near errors, the first is the reason.
#[test]
fn the_first_of_the_missing_keys_is_named() {
    let (code, record) = issue(OnlinePolicy::default());
    let records = [8, 9].map(|id| edited(&record, |record| record.key_id = KeyId(id)));
    let shown = code.reveal();
    let request = VerifyRequest::new("alice", shown.as_str(), Purpose::Reset);
    let verdict = Sealed::verify_any(&records, &keys(), &request, at(NOW));
    let missing = Refusal::KeyMissing { id: KeyId(8) };
    assert_eq!(verdict.map(|_| ()), Err(missing));
}

#[test]
fn a_text_that_is_not_a_name_is_not_an_unknown_user() {
    let (code, record) = issue(OnlinePolicy::default());
    let shown = code.reveal();
    let request = VerifyRequest::new("alice\u{200B}", shown.as_str(), Purpose::Reset);
    let verdict = record.verify(&keys(), &request, at(NOW)).map(|_| ());
    let invisible = NameError::InvisibleCharacter { position: 5 };
    assert_eq!(verdict, Err(Refusal::InvalidName(invisible)));
}
