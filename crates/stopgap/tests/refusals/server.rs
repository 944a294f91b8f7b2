//! At the server: online codes, and answers to request codes.

use std::fmt;

use chrono::{DateTime, FixedOffset, TimeZone, Utc};
use rand_chacha::{
    ChaCha20Rng,
    rand_core::{SeedableRng, TryCryptoRng, TryRng},
};
use stopgap::{
    Access, Actor, Alphabet, Code, CodeDigest, IssueError, KeyId, KeyRing, Malformed, MasterKey,
    OnlineGrant, OnlinePolicy, PolicyError, Purpose, Purposes, Refusal, Role, SecurityCode,
    Validity, YearOutOfRange,
    offline::{AnswerError, Enrolment, LocatePolicy, OfflinePolicy, minute_of},
};

use super::{NOW, at, days, keys, other_rng, rng};

fn issue(policy: OnlinePolicy) -> (Code, OnlineGrant) {
    policy.issue(&keys(), "alice", at(NOW), &mut rng()).unwrap()
}

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
    let none = OnlineGrant::verify_any(&mut [], &keys(), "alice", "?", Purpose::Bypass, at(NOW));
    assert_eq!(none, Err(Refusal::Unknown));
}

#[test]
fn the_newest_key_issues_and_each_tenant_has_its_own_keys() {
    let (first, second) = (
        MasterKey::from_bytes([7; 32]),
        MasterKey::from_bytes([8; 32]),
    );
    let mut ring = KeyRing::new(KeyId(1), &first);
    ring.rotate(KeyId(2), &second).unwrap();
    let (code, mut grant) = OnlinePolicy::default()
        .issue(&ring, "alice", at(NOW), &mut rng())
        .unwrap();
    assert_eq!(grant.key_id, KeyId(2));
    let alone = KeyRing::new(KeyId(2), &second);
    let shown = code.reveal();
    assert!(
        grant
            .verify(&alone, "alice", shown.as_str(), Purpose::Reset, at(NOW))
            .is_ok()
    );
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let access = Access::SuperAdministrator;
    let (secret, record) =
        SecurityCode::create(&ring, &root, access, "", at(NOW), &mut rng()).unwrap();
    let shown = secret.reveal();
    assert_eq!((record.key_id, record.created_at), (KeyId(2), at(NOW)));
    assert!(
        record
            .authenticate(&alone, shown.as_str(), |_| Role::User, at(NOW))
            .is_ok()
    );
    assert_eq!(
        Enrolment::new(&ring, "alice", "x").unwrap().key_id,
        KeyId(2)
    );

    let user = "alice".parse().unwrap();
    let digests = |ring: &KeyRing| {
        let digests = ring.online_digests(&user, &code);
        digests
            .map(|(id, digest)| (id, *digest.as_bytes()))
            .collect::<Vec<_>>()
    };
    let tenant = digests(&ring.tenant("acme").unwrap());
    for ((id, digest), master) in tenant.into_iter().zip([second, first]) {
        let of_master = KeyRing::new(id, &master.tenant("acme").unwrap());
        assert_eq!(digests(&of_master), [(id, digest)]);
    }
}

#[test]
fn a_generated_key_is_all_of_the_generators_bytes() {
    let mut bytes = [0; 32];
    rng().try_fill_bytes(&mut bytes).unwrap();
    assert_eq!(MasterKey::generate(&mut rng()).unwrap().reveal(), &bytes);
}

#[test]
fn the_zone_of_now_decides_about_the_expiry() {
    // Clocks go forward on 28 March.
    let berlin = chrono_tz::Europe::Berlin;
    let spring = berlin.with_ymd_and_hms(2027, 3, 25, 15, 0, 0).unwrap();
    let (_, grant) = OnlinePolicy::default()
        .valid_for(Validity::days(7).unwrap())
        .issue(&keys(), "alice", spring, &mut rng())
        .unwrap();
    assert_eq!(grant.expires_at.to_rfc3339(), "2027-04-01T13:00:00+00:00");
    assert_eq!(grant.issued_at.to_rfc3339(), "2027-03-25T14:00:00+00:00");
}

#[test]
fn a_policy_holds_only_what_a_code_can_be() {
    let policy = OnlinePolicy::default();
    for symbols in [0, 7, 33, usize::MAX] {
        assert_eq!(policy.length(symbols).unwrap_err().found, symbols);
    }
    for symbols in 8..=32 {
        let (code, grant) = issue(policy.length(symbols).unwrap());
        assert_eq!(code.reveal().canonical().len(), symbols);
        assert_eq!(grant.format.length.symbols(), symbols);
    }
    assert_eq!(policy.purposes(Purposes::NONE), Err(PolicyError::NoPurpose));
    assert_eq!(policy.max_uses(0), Err(PolicyError::NoUses));
}

#[test]
fn what_cannot_be_issued_says_why() {
    let policy = OnlinePolicy::default();
    let issue = |policy: OnlinePolicy, user: &str, now| {
        policy
            .issue(&keys(), user, now, &mut rng())
            .map(|_| ())
            .unwrap_err()
    };
    assert!(matches!(issue(policy, "", at(NOW)), IssueError::User(_)));
    assert!(matches!(
        issue(policy, "al\nice", at(NOW)),
        IssueError::User(_)
    ));
    let late = Utc.with_ymd_and_hms(9999, 12, 31, 0, 0, 0).unwrap();
    assert_eq!(
        issue(policy, "alice", late),
        IssueError::Time(YearOutOfRange)
    );
    let never = policy.not_before(at(NOW) + days(1));
    let expires_at = at(NOW) + days(1);
    assert_eq!(
        issue(never, "alice", at(NOW)),
        IssueError::NeverValid { expires_at }
    );
    let barely = policy.not_before(at(NOW + 86_399));
    assert!(barely.issue(&keys(), "alice", at(NOW), &mut rng()).is_ok());
}

/// A generator that has none to give.
struct Broken;

#[derive(Debug)]
struct NoEntropy;

impl fmt::Display for NoEntropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the pool is dry")
    }
}

impl std::error::Error for NoEntropy {}

impl TryRng for Broken {
    type Error = NoEntropy;

    fn try_next_u32(&mut self) -> Result<u32, NoEntropy> {
        Err(NoEntropy)
    }

    fn try_next_u64(&mut self) -> Result<u64, NoEntropy> {
        Err(NoEntropy)
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), NoEntropy> {
        Err(NoEntropy)
    }
}

impl TryCryptoRng for Broken {}

#[test]
fn no_random_numbers_no_code() {
    let issued = OnlinePolicy::default().issue(&keys(), "alice", at(NOW), &mut Broken);
    let error = issued.map(|_| ()).unwrap_err();
    assert_eq!(error.to_string(), "no random numbers: the pool is dry");
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "the pool is dry");
    assert!(MasterKey::generate(&mut Broken).is_err());
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

#[test]
fn answers_are_refused_with_what_to_do_next() {
    let mut ring = keys();
    let enrolments = [
        Enrolment::new(&ring, "bob", "LAPTOP-17").unwrap(),
        Enrolment::new(&ring, "alice", "LAPTOP-17").unwrap(),
        Enrolment::new(&ring, "alice", "LAPTOP-18").unwrap(),
    ];
    let shown = |of: &Enrolment, seconds| {
        let key = of.key(&ring).unwrap();
        key.request_code(minute_of(at(seconds)), &Alphabet::UNAMBIGUOUS)
            .to_string()
    };
    let policy = OfflinePolicy::default();
    let answer = |user: &str, typed: &str, purpose| {
        let answer = policy.answer(&ring, user, &enrolments, typed, purpose, at(NOW));
        answer.map(|answer| (answer.enrolment.machine.to_string(), answer.minute))
    };
    let fresh = shown(&enrolments[2], NOW);
    let minute = minute_of(at(NOW));
    assert_eq!(
        answer("alice", &fresh, Purpose::Bypass),
        Ok(("LAPTOP-18".into(), minute))
    );
    let early = shown(&enrolments[1], NOW - 3_600).to_lowercase();
    assert_eq!(
        answer("alice", &early, Purpose::Reset),
        Ok(("LAPTOP-17".into(), minute - 60))
    );

    let refused = |user: &str, typed: &str, purpose| answer(user, typed, purpose).unwrap_err();
    assert_eq!(
        refused("alice", &fresh, Purpose::Register),
        AnswerError::WrongPurpose
    );
    assert_eq!(
        refused("alice", "ZW4F", Purpose::Bypass),
        AnswerError::Malformed(Malformed::WrongLength {
            expected: 8,
            found: 4
        })
    );
    assert_eq!(
        refused("carol", &fresh, Purpose::Bypass),
        AnswerError::NotEnrolled
    );
    // Of another user's machine of the same name.
    let of_bob = shown(&enrolments[0], NOW);
    assert_eq!(
        refused("alice", &of_bob, Purpose::Bypass),
        AnswerError::Unrecognised
    );
    let ahead = shown(&enrolments[2], NOW + 90 * 60);
    let skew = refused("alice", &ahead, Purpose::Bypass);
    assert_eq!(
        skew.to_string(),
        "LAPTOP-18 has a clock 90 minutes ahead; set it right, then ask for a new code"
    );
    assert_eq!(skew.reason(), "clock_skew");
    let behind = refused(
        "alice",
        &shown(&enrolments[2], NOW - 61 * 60),
        Purpose::Bypass,
    );
    assert_eq!(
        behind.to_string(),
        "LAPTOP-18 showed that code 61 minutes ago, or its clock is that far behind; \
        ask for the code it shows now, and set its clock right if that fails too"
    );

    // Raising the generation retires the old key of the machine.
    let raised = [enrolments[2].next(&ring).unwrap()];
    let old = policy.answer(&ring, "alice", &raised, &fresh, Purpose::Bypass, at(NOW));
    assert_eq!(old.map(|_| ()).unwrap_err(), AnswerError::Unrecognised);

    // A retired master key takes its machines with it, and says so.
    let mut newer = enrolments.clone();
    ring.rotate(KeyId(2), &MasterKey::from_bytes([8; 32]))
        .unwrap();
    newer[1] = newer[1].next(&ring).unwrap();
    let fresh = newer[1].key(&ring).unwrap();
    let fresh = fresh
        .request_code(minute, &Alphabet::UNAMBIGUOUS)
        .to_string();
    let retired = newer[2].key(&ring).unwrap();
    let retired = retired
        .request_code(minute, &Alphabet::UNAMBIGUOUS)
        .to_string();
    ring.retire(KeyId(1)).unwrap();
    let answer = |typed: &str| {
        let answer = policy.answer(&ring, "alice", &newer, typed, Purpose::Bypass, at(NOW));
        answer.map(|answer| answer.enrolment.machine.to_string())
    };
    assert_eq!(answer(&fresh), Ok("LAPTOP-17".into()));
    assert_eq!(answer(&retired).unwrap_err().reason(), "key_missing");
}

#[test]
fn an_answer_says_all_that_the_log_needs() {
    let ring = keys();
    let enrolments = [Enrolment::new(&ring, "alice", "LAPTOP-17").unwrap()];
    let key = enrolments[0].key(&ring).unwrap();
    // Shown at 15:00:42, answered at 15:20:42, on the day before summer time.
    let berlin = chrono_tz::Europe::Berlin;
    let shown_at = berlin.with_ymd_and_hms(2027, 3, 27, 15, 0, 42).unwrap();
    let now = berlin.with_ymd_and_hms(2027, 3, 27, 15, 20, 42).unwrap();
    assert_eq!(OfflinePolicy::default().validity, Validity::DAY);
    let policy = OfflinePolicy {
        alphabet: Alphabet::HEX,
        ..OfflinePolicy::default()
    };
    let typed = key
        .request_code(minute_of(shown_at), &Alphabet::HEX)
        .to_string();
    let answer = policy
        .answer(&ring, "alice", &enrolments, &typed, Purpose::Reset, now)
        .unwrap();
    let end = berlin.with_ymd_and_hms(2027, 3, 28, 15, 0, 0).unwrap();
    assert_eq!(answer.expires_at, end.to_utc());
    assert_eq!(answer.minute, minute_of(shown_at));
    assert_eq!(
        (answer.purpose, answer.validity),
        (Purpose::Reset, Validity::DAY)
    );
    assert_eq!(answer.enrolment, &enrolments[0]);
    let code = key.offline_code(answer.minute, Purpose::Reset, Validity::DAY, &Alphabet::HEX);
    assert_eq!(answer.code.reveal().as_str(), code.reveal().as_str());
    assert!(!format!("{answer:?}").contains(&code.reveal().canonical()[..4]));

    // Every figure can be set: shown 20 minutes ago is too long ago for this one.
    let locate = |past, diagnose| OfflinePolicy {
        locate: LocatePolicy {
            past_minutes: past,
            ahead_minutes: 0,
            diagnose_minutes: diagnose,
        },
        ..policy
    };
    for (policy, reason) in [
        (locate(20, 0), "ok"),
        (locate(19, 20), "clock_skew"),
        (locate(19, 19), "unrecognised"),
    ] {
        let answer = policy.answer(&ring, "alice", &enrolments, &typed, Purpose::Reset, now);
        assert_eq!(answer.map_or_else(|error| error.reason(), |_| "ok"), reason);
    }
    // And the calendar ends here as well.
    let late = Utc.with_ymd_and_hms(9999, 12, 31, 23, 59, 0).unwrap();
    let typed = key
        .request_code(minute_of(late), &Alphabet::HEX)
        .to_string();
    let answer = policy.answer(&ring, "alice", &enrolments, &typed, Purpose::Reset, late);
    assert_eq!(
        answer.map(|_| ()).unwrap_err().reason(),
        "time_out_of_range"
    );
}

#[test]
fn refusals_tell_the_log_what_to_do() {
    let until = Refusal::Throttled {
        until: Some(at(NOW)),
    };
    assert!(
        until
            .to_string()
            .ends_with("the door opens at 2026-11-21 15:00:42 UTC")
    );
    let closed = Refusal::Throttled { until: None };
    assert!(
        closed
            .to_string()
            .ends_with("an administrator must reset the throttle")
    );
    let missing = Refusal::KeyMissing { id: KeyId(3) };
    assert_eq!(
        missing.to_string(),
        "the key ring has no key 3; add it, or issue anew"
    );
}

#[test]
fn the_time_of_an_open_door_is_shown_on_the_persons_own_clock() {
    let refusal = Refusal::Throttled {
        until: Some(at(NOW)),
    };
    assert_eq!(
        refusal.public_message().to_string(),
        "Too many tries; try again at 2026-11-21 15:00:42 +00:00."
    );
    let kathmandu = FixedOffset::east_opt(20_700).unwrap();
    assert_eq!(
        refusal.public_message_in(&kathmandu).to_string(),
        "Too many tries; try again at 2026-11-21 20:45:42 +05:45."
    );
    assert_eq!(
        Refusal::Throttled { until: None }
            .public_message()
            .to_string(),
        "Too many tries; ask an administrator to open the door."
    );
}
