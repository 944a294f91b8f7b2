//! Answers to request codes, and the sentences for the help desk and for the person.

use chrono::{DateTime, FixedOffset, TimeDelta, TimeZone, Utc};
use stopgap::{
    Alphabet, EnrolmentKey, InvalidValue, KeyId, KeyRing, Malformed, MasterKey, NameError, Purpose,
    Refusal, Sealed, Validity, VerifyRequest,
    offline::{Enrolment, LocatePolicy, OfflinePolicy, RequestError, minute_of},
};

use super::{NOW, at, enrol, keys};

/// Returns the request code that a machine shows at an instant.
fn shown(enrolment: &Sealed<Enrolment>, seconds: i64) -> String {
    let key = enrolment.key(&keys()).unwrap();
    key.request_code(minute_of(at(seconds)), &Alphabet::UNAMBIGUOUS)
        .to_string()
}

#[test]
fn a_request_is_refused_with_the_next_step() {
    let keys = keys();
    let enrolments = [
        enrol("bob", "LAPTOP-17"),
        enrol("alice", "LAPTOP-17"),
        enrol("alice", "LAPTOP-18"),
    ];
    let policy = OfflinePolicy::default();
    let answer = |user: &str, typed: &str, purpose| {
        let request = VerifyRequest::new(user, typed, purpose);
        let answer = policy.answer(&keys, &enrolments, &request, at(NOW));
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
        RequestError::WrongPurpose
    );
    // The name is checked before the text is read.
    assert_eq!(
        refused("al\u{200B}ice", "ZW4F", Purpose::Bypass),
        RequestError::InvalidName(NameError::InvisibleCharacter { position: 2 })
    );
    assert_eq!(
        refused("alice", "ZW4F", Purpose::Bypass),
        RequestError::Malformed(Malformed::WrongLength {
            expected: 8,
            found: 4
        })
    );
    // The text is read before the enrolments.
    assert_eq!(
        refused("carol", "ZW4F", Purpose::Bypass).reason(),
        "malformed"
    );
    assert_eq!(
        refused("carol", &fresh, Purpose::Bypass),
        RequestError::NotEnrolled
    );
    // Another user's machine of the same name shows this code.
    let of_bob = shown(&enrolments[0], NOW);
    assert_eq!(
        refused("alice", &of_bob, Purpose::Bypass),
        RequestError::Unrecognised
    );
    // Minutes and hours are for online codes only.
    let hours = policy.validity(Validity::hours(8).unwrap());
    let request = VerifyRequest::new("alice", &fresh, Purpose::Bypass);
    let refused = hours.answer(&keys, &enrolments, &request, at(NOW));
    let expected = RequestError::InvalidValue(InvalidValue::OfflineValidity);
    assert_eq!(refused.map(|_| ()).unwrap_err(), expected);
    assert_eq!(expected.reason(), "offline_validity");
    // The policy is checked before the text is read.
    let typo = VerifyRequest::new("alice", "ZW4F", Purpose::Bypass);
    let refused = hours.answer(&keys, &enrolments, &typo, at(NOW));
    assert_eq!(refused.map(|_| ()).unwrap_err(), expected);
    // The validity has no meaning for a reset.
    let reset = VerifyRequest::new("alice", &fresh, Purpose::Reset);
    let answer = hours.answer(&keys, &enrolments, &reset, at(NOW)).unwrap();
    assert_eq!(answer.validity, Validity::DAY);
}

#[test]
fn a_wrong_clock_is_reported_with_the_machine() {
    let enrolments = [enrol("bob", "LAPTOP-17"), enrol("alice", "LAPTOP-18")];
    let skew = |seconds| {
        let typed = shown(&enrolments[1], seconds);
        let request = VerifyRequest::new("alice", &typed, Purpose::Bypass);
        let policy = OfflinePolicy::default();
        let answer = policy.answer(&keys(), &enrolments, &request, at(NOW));
        answer.map(|_| ()).unwrap_err()
    };
    let ahead = skew(NOW + 90 * 60);
    assert_eq!(
        ahead,
        RequestError::ClockSkew {
            index: 1,
            machine: Some("LAPTOP-18".parse().unwrap()),
            minutes: 90
        }
    );
    assert_eq!(
        ahead.to_string(),
        "LAPTOP-18 has a clock that is 90 minutes ahead; correct it, then ask for a new code"
    );
    assert_eq!(ahead.reason(), "clock_skew");
    assert_eq!(
        skew(NOW - 61 * 60).to_string(),
        "LAPTOP-18 showed that code 61 minutes ago, or its clock is that far behind; ask for \
        the code that it shows now, and correct its clock if that fails too"
    );
    // If the clock is right, the machine is not ahead.
    let none = RequestError::ClockSkew {
        index: 0,
        machine: None,
        minutes: 0,
    };
    let text = none.to_string();
    assert!(text.starts_with("the machine showed that code 0 minutes ago"));
}

#[test]
fn enrolments_that_were_replaced_or_retired_are_not_answered() {
    let keys = keys();
    let first = enrol("alice", "LAPTOP-17");
    let typed = shown(&first, NOW);
    let answer = |enrolments: &[Sealed<Enrolment>]| {
        let request = VerifyRequest::new("alice", &typed, Purpose::Bypass);
        let policy = OfflinePolicy::default();
        let answer = policy.answer(&keys, enrolments, &request, at(NOW));
        answer.map_or_else(|error| error.reason(), |_| "answered")
    };
    let next = first.next(&keys, at(NOW)).unwrap();
    let retired = first.retire(&keys, at(NOW)).unwrap();
    assert_eq!(answer(core::slice::from_ref(&first)), "answered");
    assert_eq!(answer(core::slice::from_ref(&next)), "unrecognised");
    assert_eq!(answer(core::slice::from_ref(&retired)), "not_enrolled");
    assert_eq!(answer(&[retired.clone(), next]), "unrecognised");
    assert_eq!(answer(&[retired, first]), "answered");
}

#[test]
fn a_retired_master_key_retires_its_enrolments_and_hides_no_others() {
    let mut ring = keys();
    let of_first = enrol("alice", "LAPTOP-18");
    let first = enrol("alice", "LAPTOP-17");
    ring.add(KeyId(2), &MasterKey::from_bytes([8; 32])).unwrap();
    let of_second = first.next(&ring, at(NOW)).unwrap();
    let shown = |enrolment: &Sealed<Enrolment>| {
        let key = enrolment.key(&ring).unwrap();
        key.request_code(minute_of(at(NOW)), &Alphabet::UNAMBIGUOUS)
            .to_string()
    };
    let (fresh, retired) = (shown(&of_second), shown(&of_first));
    ring.retire(KeyId(1)).unwrap();
    let enrolments = [of_first, of_second];
    let answer = |typed: &str| {
        let request = VerifyRequest::new("alice", typed, Purpose::Bypass);
        let answer = OfflinePolicy::default().answer(&ring, &enrolments, &request, at(NOW));
        answer.map(|answer| answer.enrolment.machine.to_string())
    };
    assert_eq!(answer(&fresh), Ok("LAPTOP-17".into()));
    let missing = Refusal::KeyMissing { id: KeyId(1) };
    let error = answer(&retired).unwrap_err();
    assert_eq!(error, RequestError::Record(missing));
    assert_eq!(error.reason(), "key_missing");
    assert_eq!(
        error.to_string(),
        "no machine of the user shows this request code, and of one: the key ring has no key \
        1; add it"
    );
}

#[test]
fn an_answer_has_all_details_for_the_log() {
    let keys = keys();
    let enrolments = [enrol("alice", "LAPTOP-17")];
    let key = enrolments[0].key(&keys).unwrap();
    // Shown at 15:00:42 and answered at 15:20:42, on the day before summer time.
    let berlin = chrono_tz::Europe::Berlin;
    let shown_at = berlin.with_ymd_and_hms(2027, 3, 27, 15, 0, 42).unwrap();
    let now = berlin.with_ymd_and_hms(2027, 3, 27, 15, 20, 42).unwrap();
    assert_eq!(OfflinePolicy::default().validity, Validity::DAY);
    let month = OfflinePolicy::default().validity(Validity::MONTH);
    assert_eq!(month.validity, Validity::MONTH);
    let policy = OfflinePolicy {
        alphabet: Alphabet::HEX,
        ..OfflinePolicy::default()
    };
    let typed = key
        .request_code(minute_of(shown_at), &Alphabet::HEX)
        .to_string();
    let request = |purpose| VerifyRequest::new("alice", &typed, purpose);
    let bypass = request(Purpose::Bypass);
    let answer = policy.answer(&keys, &enrolments, &bypass, now).unwrap();
    let end = berlin.with_ymd_and_hms(2027, 3, 28, 15, 0, 0).unwrap();
    assert_eq!(answer.expires_at, Some(end.to_utc()));
    assert_eq!(answer.minute, minute_of(shown_at));
    assert_eq!(
        (answer.purpose, answer.validity, answer.late),
        (Purpose::Bypass, Validity::DAY, false)
    );
    assert_eq!(answer.enrolment, enrolments[0].unverified());
    let code = |purpose| {
        let code = key.offline_code(answer.minute, purpose, Validity::DAY, &Alphabet::HEX);
        code.unwrap().reveal().as_str().to_owned()
    };
    assert_eq!(answer.code.reveal().as_str(), code(Purpose::Bypass));
    assert!(!format!("{answer:?}").contains(&code(Purpose::Bypass)[..4]));

    // A code for a reset starts no lock, so any validity becomes a day.
    let month = OfflinePolicy {
        validity: Validity::MONTH,
        ..policy
    };
    let reset = request(Purpose::Reset);
    let answer = month.answer(&keys, &enrolments, &reset, now).unwrap();
    assert_eq!((answer.validity, answer.expires_at), (Validity::DAY, None));
    assert_eq!(answer.code.reveal().as_str(), code(Purpose::Reset));
}

#[test]
fn an_answer_is_late_if_the_request_is_older_than_the_window_of_the_agent() {
    let keys = keys();
    let enrolments = [enrol("alice", "LAPTOP-17")];
    let late = |policy: OfflinePolicy, minutes_ago: i64| {
        let typed = shown(&enrolments[0], NOW - minutes_ago * 60);
        let request = VerifyRequest::new("alice", &typed, Purpose::Bypass);
        let answer = policy.answer(&keys, &enrolments, &request, at(NOW));
        answer.unwrap().late
    };
    let policy = OfflinePolicy::default();
    for (minutes_ago, expected) in [(-5, false), (0, false), (30, false), (31, true), (60, true)] {
        assert_eq!(late(policy, minutes_ago), expected, "{minutes_ago}");
    }
    let window = |window_minutes| OfflinePolicy {
        locate: LocatePolicy {
            window_minutes,
            ..policy.locate
        },
        ..policy
    };
    assert!(!late(window(0), 0) && late(window(0), 1));
    assert!(!late(window(60), 60) && !late(window(u16::MAX), 60));
}

#[test]
fn every_figure_of_the_search_can_be_set() {
    let key = EnrolmentKey::from_bytes([9; 32]);
    let minute = minute_of(at(NOW));
    let locate = |past_minutes, ahead_minutes, diagnose_minutes, offset: i64| {
        let policy = LocatePolicy {
            past_minutes,
            ahead_minutes,
            diagnose_minutes,
            window_minutes: 30,
        };
        let typed = key.request_code(minute + offset, &Alphabet::HEX);
        let found = policy.locate([&key], typed.as_str(), &Alphabet::HEX, at(NOW));
        match found {
            Ok(located) => Ok((located.index, located.minute - minute, located.late)),
            Err(error) => Err(error.reason()),
        }
    };
    for (policy, offset, expected) in [
        ((20, 0, 0), -20, Ok((0, -20, false))),
        ((19, 0, 20), -20, Err("clock_skew")),
        ((19, 0, 19), -20, Err("unrecognised")),
        ((0, 3, 0), 3, Ok((0, 3, false))),
        ((0, 2, 3), 3, Err("clock_skew")),
        ((0, 2, 2), 3, Err("unrecognised")),
        ((60, 5, 1_440), -31, Ok((0, -31, true))),
        ((60, 5, 1_440), 6, Err("clock_skew")),
        ((60, 5, 1_440), -1_440, Err("clock_skew")),
        ((60, 5, 1_440), -1_441, Err("unrecognised")),
        ((60, 5, 1_440), 1_440, Err("clock_skew")),
        ((60, 5, 1_440), 1_441, Err("unrecognised")),
    ] {
        let (past, ahead, diagnose) = policy;
        let found = locate(past, ahead, diagnose, offset);
        assert_eq!(found, expected, "{policy:?} {offset}");
    }
}

#[test]
fn minutes_below_0_are_not_searched() {
    let key = EnrolmentKey::from_bytes([9; 32]);
    let (policy, alphabet) = (LocatePolicy::default(), &Alphabet::UNAMBIGUOUS);
    // Three minutes after the epoch.
    let locate = |shown_in: i64, now: i64| {
        let typed = key.request_code(shown_in, alphabet);
        let found = policy.locate([&key], typed.as_str(), alphabet, at(now));
        found.map_or_else(|error| error.reason(), |_| "located")
    };
    for (minute, expected) in [
        (3, "located"),
        (0, "located"),
        (-1, "unrecognised"),
        (-57, "unrecognised"),
        (-58, "unrecognised"),
        (4, "located"),
        (9, "clock_skew"),
    ] {
        assert_eq!(locate(minute, 180), expected, "{minute}");
    }
    // A clock before the epoch.
    for (minute, now, expected) in [
        (-1, -1, "unrecognised"),
        (0, -1, "located"),
        (-1_000, -60_000, "unrecognised"),
    ] {
        assert_eq!(locate(minute, now), expected, "{minute} at {now}");
    }
}

#[test]
fn a_lock_that_would_end_after_the_calendar_is_not_answered() {
    let enrolments = [enrol("alice", "LAPTOP-17")];
    let late = Utc.with_ymd_and_hms(9999, 12, 31, 23, 59, 0).unwrap();
    let typed = shown(&enrolments[0], late.timestamp());
    let answer = |purpose, now: DateTime<Utc>| {
        let request = VerifyRequest::new("alice", &typed, purpose);
        let answer = OfflinePolicy::default().answer(&keys(), &enrolments, &request, now);
        answer.map_or_else(|error| error.reason(), |_| "answered")
    };
    assert_eq!(answer(Purpose::Bypass, late), "time_out_of_range");
    // A reset has no lock.
    assert_eq!(answer(Purpose::Reset, late), "answered");
    let ends = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC];
    assert_eq!(
        ends.map(|now| answer(Purpose::Reset, now)),
        ["time_out_of_range"; 2]
    );
}

#[test]
fn the_clock_is_checked_then_the_name_then_the_validity() {
    let enrolments = [enrol("alice", "LAPTOP-17")];
    let hours = OfflinePolicy::default().validity(Validity::hours(8).unwrap());
    let fresh = shown(&enrolments[0], NOW);
    let answer = |user: &str, typed: &str, purpose, now: DateTime<Utc>| {
        let request = VerifyRequest::new(user, typed, purpose);
        let answer = hours.answer(&keys(), &enrolments, &request, now);
        answer.map_or_else(|error| error.reason(), |_| "answered")
    };
    for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        for purpose in [Purpose::Bypass, Purpose::Reset] {
            assert_eq!(answer("", "?", purpose, end), "time_out_of_range");
        }
    }
    assert_eq!(answer("", "?", Purpose::Bypass, at(NOW)), "invalid_name");
    let refused = answer("alice", "?", Purpose::Bypass, at(NOW));
    assert_eq!(refused, "offline_validity");
    let refused = answer("alice", &fresh, Purpose::Bypass, at(NOW));
    assert_eq!(refused, "offline_validity");
    // A reset starts no lock, so its validity does not matter.
    assert_eq!(answer("alice", "?", Purpose::Reset, at(NOW)), "malformed");
    assert_eq!(answer("alice", &fresh, Purpose::Reset, at(NOW)), "answered");
}

/// A retired enrolment is skipped only if its tag has been checked.
#[test]
fn a_retired_enrolment_without_its_key_is_reported() {
    let mut ring = keys();
    let retired = enrol("alice", "LAPTOP-17").retire(&ring, at(NOW)).unwrap();
    let request = VerifyRequest::new("alice", "ZW4F-RK37", Purpose::Bypass);
    let answer = |ring: &KeyRing| {
        let one = core::slice::from_ref(&retired);
        let answer = OfflinePolicy::default().answer(ring, one, &request, at(NOW));
        answer.map(|_| ()).unwrap_err()
    };
    assert_eq!(answer(&ring), RequestError::NotEnrolled);
    ring.add(KeyId(2), &MasterKey::from_bytes([8; 32])).unwrap();
    ring.retire(KeyId(1)).unwrap();
    let missing = Refusal::KeyMissing { id: KeyId(1) };
    assert_eq!(answer(&ring), RequestError::Record(missing));
}

#[test]
fn every_request_error_has_its_reason() {
    let invalid = InvalidValue::TimeOutOfRange;
    for (error, reason) in [
        (RequestError::from(NameError::Empty), "invalid_name"),
        (RequestError::from(invalid), "time_out_of_range"),
        (RequestError::from(Malformed::CheckFailed), "malformed"),
        (RequestError::WrongPurpose, "wrong_purpose"),
        (RequestError::NotEnrolled, "not_enrolled"),
        (RequestError::Unrecognised, "unrecognised"),
        (RequestError::Record(Refusal::Tampered), "tampered"),
    ] {
        assert_eq!(error.reason(), reason);
        assert!(!error.to_string().is_empty());
    }
    let malformed = RequestError::from(Malformed::UnexpectedSymbol { position: 4 });
    assert_eq!(
        malformed.to_string(),
        "That is not a complete code; check character 5. Ask for it again."
    );
}

#[test]
fn refusals_tell_the_log_what_to_do() {
    let until = Some(at(NOW));
    for (refusal, text) in [
        (
            Refusal::Throttled { until },
            "too many failed attempts: locked until 2026-11-21 15:00:42 UTC",
        ),
        (
            Refusal::Throttled { until: None },
            "too many failed attempts: locked until an administrator unlocks",
        ),
        (
            Refusal::KeyMissing { id: KeyId(3) },
            "the key ring has no key 3; add it",
        ),
        (
            Refusal::Tampered,
            "the record was changed outside Stopgap; find out who can write to the store",
        ),
        (
            Refusal::InvalidIdempotencyKey { found: 256 },
            "an idempotency key has 1 to 255 bytes, not 256",
        ),
        (
            Refusal::IdempotencyKeyExpired,
            "the idempotency key has expired; use a new one",
        ),
        (
            Refusal::IdempotencyKeyReused,
            "the idempotency key was used for another verification; use a new one",
        ),
        (
            Refusal::ClockRolledBack { seen: at(NOW) },
            "the clock was set back: it has shown 2026-11-21 15:00:42 UTC; set it right",
        ),
        (
            Refusal::InvalidName(NameError::Blank),
            "a name must not be blank",
        ),
    ] {
        assert_eq!(refusal.to_string(), text);
    }
}

/// The sentence for a wrong guess says only that it is wrong.
#[test]
fn wrong_guesses_have_one_sentence_for_all_reasons() {
    let instant = at(NOW);
    for refusal in [
        Refusal::InvalidName(NameError::Empty),
        Refusal::Unknown,
        Refusal::Revoked {
            revoked_at: instant,
        },
        Refusal::WrongPurpose,
        Refusal::NotYetValid {
            not_before: instant,
        },
        Refusal::KeyMissing { id: KeyId(1) },
        Refusal::InvalidIdempotencyKey { found: 0 },
        Refusal::IdempotencyKeyExpired,
        Refusal::IdempotencyKeyReused,
        Refusal::Tampered,
    ] {
        let sentence = refusal.public_message().to_string();
        assert_eq!(sentence, "That code is not valid.", "{refusal}");
    }
}

#[test]
fn the_end_of_a_lockout_is_shown_on_the_clock_of_the_person() {
    let until = Some(at(NOW));
    let refusal = Refusal::Throttled { until };
    assert_eq!(
        refusal.public_message().to_string(),
        "Too many tries; try again at 2026-11-21 15:00:42 +00:00."
    );
    let kathmandu = FixedOffset::east_opt(20_700).unwrap();
    assert_eq!(
        refusal.public_message_in(&kathmandu).to_string(),
        "Too many tries; try again at 2026-11-21 20:45:42 +05:45."
    );
    // At the time in the message the lockout has ended: fractions are rounded up.
    for nanos in [1, 999_999_999] {
        let until = Some(at(NOW) + TimeDelta::nanoseconds(nanos));
        assert_eq!(
            Refusal::Throttled { until }.public_message().to_string(),
            "Too many tries; try again at 2026-11-21 15:00:43 +00:00."
        );
    }
    assert_eq!(
        Refusal::Throttled { until: None }
            .public_message()
            .to_string(),
        "Too many tries; ask an administrator to unlock."
    );
}

#[test]
fn messages_are_written_at_the_ends_of_time_too() {
    let ends = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC];
    for (end, hours) in ends.into_iter().zip([-14, 14]) {
        let zone = FixedOffset::east_opt(hours * 3_600).unwrap();
        let apia = chrono_tz::Pacific::Apia;
        for refusal in [
            Refusal::Throttled { until: Some(end) },
            Refusal::Expired { expired_at: end },
            Refusal::Revoked { revoked_at: end },
            Refusal::NotYetValid { not_before: end },
            Refusal::ClockRolledBack { seen: end },
        ] {
            assert!(!refusal.to_string().is_empty());
            assert!(!refusal.public_message_in(&zone).to_string().is_empty());
            assert!(!refusal.public_message_in(&apia).to_string().is_empty());
        }
    }
}
