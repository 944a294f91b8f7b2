//! At the server: online codes, and answers to request codes.

use std::fmt;

use chrono::{FixedOffset, TimeZone, Utc};
use rand_chacha::rand_core::{TryCryptoRng, TryRng};
use stopgap::{
    Alphabet, Code, IssueError, KeyId, KeyRing, Malformed, MasterKey, OnlineGrant, OnlinePolicy,
    PolicyError, Purpose, Purposes, Refusal, Validity, YearOutOfRange,
    offline::{AnswerError, Enrolment, OfflinePolicy, minute_of},
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
    let typo = grant.verify(&keys(), "bob", "3F9A-7?C2", Purpose::Bypass, at(end));
    check(
        typo.map(|_| ()),
        "malformed",
        "That is not a complete code; check character 7.",
    );
    let empty = KeyRing::new(KeyId(2), &MasterKey::from_bytes([7; 32]));
    let missing = grant.verify(&empty, "bob", "3F9A-7?C2", Purpose::Bypass, at(end));
    check(missing.map(|_| ()), "key_missing", NOT_VALID);
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
        "the clock of LAPTOP-18 is 90 minutes off; set it right, then ask for a new code"
    );
    assert_eq!(skew.reason(), "clock_skew");

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
