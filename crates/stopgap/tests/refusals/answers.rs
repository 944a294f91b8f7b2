//! Answers to request codes, and what is told to whom.

use chrono::{FixedOffset, TimeZone, Utc};
use stopgap::{
    Alphabet, KeyId, Malformed, MasterKey, Purpose, Refusal, Validity,
    offline::{AnswerError, Enrolment, LocatePolicy, OfflinePolicy, minute_of},
};

use super::{NOW, at, keys};

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
    // One that somebody made up; a machine is not ahead by nothing.
    let none = AnswerError::ClockSkew {
        machine: "LAPTOP-18".parse().unwrap(),
        minutes: 0,
    };
    assert!(none.to_string().contains("showed that code 0 minutes ago"));

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
    let month = OfflinePolicy::default().valid_for(Validity::MONTH);
    assert_eq!(month.validity, Validity::MONTH);
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
    // At the time that is told the door is open: a fraction is a second more.
    for nanos in [1, 999_999_999] {
        let until = Some(at(NOW) + chrono::TimeDelta::nanoseconds(nanos));
        assert_eq!(
            Refusal::Throttled { until }.public_message().to_string(),
            "Too many tries; try again at 2026-11-21 15:00:43 +00:00."
        );
    }
    assert_eq!(
        Refusal::Throttled { until: None }
            .public_message()
            .to_string(),
        "Too many tries; ask an administrator to open the door."
    );
}

#[test]
fn messages_are_written_also_at_the_ends_of_time() {
    let ends = [
        chrono::DateTime::<Utc>::MIN_UTC,
        chrono::DateTime::<Utc>::MAX_UTC,
    ];
    for (end, hours) in ends.into_iter().zip([-14, 14]) {
        let zone = FixedOffset::east_opt(hours * 3_600).unwrap();
        for refusal in [
            Refusal::Throttled { until: Some(end) },
            Refusal::Expired { expired_at: end },
            Refusal::Revoked { revoked_at: end },
            Refusal::NotYetValid { not_before: end },
            Refusal::ClockRolledBack { seen: end },
        ] {
            assert!(!refusal.to_string().is_empty());
            assert!(!refusal.public_message_in(&zone).to_string().is_empty());
            assert!(
                !refusal
                    .public_message_in(&chrono_tz::Pacific::Apia)
                    .to_string()
                    .is_empty()
            );
        }
    }
}
