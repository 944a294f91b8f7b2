//! Repeating a verification under an idempotency key.

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{
    Code, CodeFormat, KeyId, KeyRing, MasterKey, NameError, Purpose, Refusal, ReplayPolicy, Sealed,
    Verification, VerifyRequest,
};

use super::{NOW, at, keys};

fn code(typed: &str) -> Code {
    CodeFormat::ONLINE.normalize(typed).unwrap()
}

fn request() -> VerifyRequest<'static> {
    VerifyRequest::new("alice", "3F9A-77C2-01BE", Purpose::Reset).idempotency_key("5f0c")
}

fn sealed() -> Sealed<Verification> {
    let (keys, code) = (keys(), code("3F9A-77C2-01BE"));
    Verification::seal(&keys, &request(), &code, b"granted", at(NOW)).unwrap()
}

fn replay(request: VerifyRequest<'_>, typed: &str, now: DateTime<Utc>) -> Result<Vec<u8>, Refusal> {
    let (sealed, policy) = (sealed(), ReplayPolicy::default());
    let answer = sealed.replay(&keys(), &request, &code(typed), &policy, now);
    answer.map(<[u8]>::to_vec)
}

const TYPED: &str = "3F9A-77C2-01BE";
const GRANTED: &[u8] = b"granted";

#[test]
fn an_answer_is_replayed_for_ten_minutes_to_the_second() {
    let millisecond = TimeDelta::try_milliseconds(1).unwrap();
    for (now, replayed) in [
        (at(NOW), true),
        (at(NOW + 1), true),
        (at(NOW + 599), true),
        (at(NOW + 600) - millisecond, true),
        (at(NOW + 600), false),
        (at(NOW + 601), false),
        (at(NOW + 86_400 * 400), false),
        // A clock that was set back.
        (at(NOW - 86_400), true),
    ] {
        let expected = if replayed {
            Ok(GRANTED.to_vec())
        } else {
            Err(Refusal::IdempotencyKeyExpired)
        };
        assert_eq!(replay(request(), TYPED, now), expected, "{now}");
    }
    // The code is compared in its canonical form.
    assert!(replay(request(), " 3f9a 77c2 01be.", at(NOW)).is_ok());
}

#[test]
fn the_time_can_be_set_up_to_24_hours() {
    let (keys, sealed) = (keys(), sealed());
    for (seconds, last) in [(0, -1), (1, 0), (86_400, 86_399), (u32::MAX, 86_399)] {
        let policy = ReplayPolicy {
            replay_seconds: seconds,
        };
        let replay =
            |offset: i64| sealed.replay(&keys, &request(), &code(TYPED), &policy, at(NOW + offset));
        assert_eq!(replay(last), Ok(GRANTED), "{seconds}");
        let expired = Err(Refusal::IdempotencyKeyExpired);
        assert_eq!(replay(last + 1), expired, "{seconds}");
    }
    assert_eq!(ReplayPolicy::default().replay_seconds, 600);
    assert_eq!(ReplayPolicy::MAX_SECONDS, 86_400);
}

#[test]
fn a_key_for_another_code_or_purpose_is_reused() {
    let reused = Err(Refusal::IdempotencyKeyReused);
    assert_eq!(replay(request(), "3F9A-77C2-01BF", at(NOW)), reused);
    for purpose in [Purpose::Register, Purpose::Bypass] {
        let mut other = request();
        other.purpose = purpose;
        assert_eq!(replay(other, TYPED, at(NOW)), reused);
    }
    // A spent key is expired for any code and purpose.
    let expired = Err(Refusal::IdempotencyKeyExpired);
    assert_eq!(replay(request(), "3F9A-77C2-01BF", at(NOW + 600)), expired);
    // The code is compared, and the text of the request is ignored.
    let mut text = request();
    text.text = "?";
    assert!(replay(text, TYPED, at(NOW)).is_ok());
}

/// A store finds a verification by user and key. A record of others was moved there.
#[test]
fn a_record_of_another_user_or_key_is_tampered() {
    let tampered = Err(Refusal::Tampered);
    for user in ["bob", "alic"] {
        let mut other = request();
        other.user = user;
        assert_eq!(replay(other, TYPED, at(NOW)), tampered, "{user}");
    }
    for key in ["5f0d", "5f0", "5f0cc", "5F0C"] {
        let other = request().idempotency_key(key);
        assert_eq!(replay(other, TYPED, at(NOW)), tampered, "{key}");
        assert_eq!(replay(other, TYPED, at(NOW + 600)), tampered);
    }
    let mut none = request();
    none.user = "al\nice";
    let control = NameError::ControlCharacter { position: 2 };
    let refused = replay(none, TYPED, at(NOW));
    assert_eq!(refused, Err(Refusal::InvalidName(control)));
}

/// The name is checked after the record is opened, and before its fields decide.
#[test]
fn an_invalid_name_is_not_another_user() {
    for (user, error) in [
        ("", NameError::Empty),
        (" ", NameError::Blank),
        ("al\nice", NameError::ControlCharacter { position: 2 }),
        (
            "alice\u{200B}",
            NameError::InvisibleCharacter { position: 5 },
        ),
    ] {
        let mut nameless = request();
        nameless.user = user;
        let invalid = Err(Refusal::InvalidName(error));
        for now in [at(NOW), at(NOW + 600)] {
            assert_eq!(replay(nameless, TYPED, now), invalid, "{user:?}");
            let other = nameless.idempotency_key("5f0d");
            assert_eq!(replay(other, TYPED, now), invalid, "{user:?}");
        }
        let keyless = nameless.idempotency_key("");
        let no_key = Err(Refusal::InvalidIdempotencyKey { found: 0 });
        assert_eq!(replay(keyless, TYPED, at(NOW)), no_key);

        let (mut record, tag) = sealed().into_parts();
        record.answer = b"refused".to_vec();
        let (edited, policy) = (Sealed::from_parts(record, tag), ReplayPolicy::default());
        let answer = edited.replay(&keys(), &nameless, &code(TYPED), &policy, at(NOW));
        assert_eq!(answer, Err(Refusal::Tampered));
        let other = KeyRing::new(KeyId(2), &MasterKey::from_bytes([7; 32]));
        let answer = edited.replay(&other, &nameless, &code(TYPED), &policy, at(NOW));
        assert_eq!(answer, Err(Refusal::KeyMissing { id: KeyId(1) }));
    }
}

#[test]
fn an_idempotency_key_has_1_to_255_bytes() {
    let long = "k".repeat(255);
    let too_long = "k".repeat(256);
    let wide = "ü".repeat(128);
    for (key, found) in [
        (None, Some(0)),
        (Some(""), Some(0)),
        (Some(too_long.as_str()), Some(256)),
        (Some(&wide), Some(256)),
        (Some(" "), None),
        (Some("\n\0"), None),
        (Some(&long), None),
    ] {
        let mut request = request();
        request.idempotency_key = key;
        let sealed = Verification::seal(&keys(), &request, &code(TYPED), GRANTED, at(NOW));
        if let Some(found) = found {
            let refusal = Refusal::InvalidIdempotencyKey { found };
            assert_eq!(sealed.map(|_| ()), Err(refusal));
            assert_eq!(replay(request, TYPED, at(NOW)), Err(refusal));
            assert_eq!(refusal.reason(), "invalid_idempotency_key");
        } else {
            let (sealed, policy) = (sealed.unwrap(), ReplayPolicy::default());
            let answer = sealed.replay(&keys(), &request, &code(TYPED), &policy, at(NOW));
            assert_eq!(answer, Ok(GRANTED));
        }
    }
}

#[test]
fn an_answer_is_returned_byte_for_byte() {
    let long: Vec<u8> = (0..=u8::MAX).cycle().take(70_000).collect();
    for answer in [&b""[..], b"\0", &long] {
        let (keys, policy) = (keys(), ReplayPolicy::default());
        let sealed = Verification::seal(&keys, &request(), &code(TYPED), answer, at(NOW));
        let sealed = sealed.unwrap();
        let replayed = sealed.replay(&keys, &request(), &code(TYPED), &policy, at(NOW));
        assert_eq!(replayed, Ok(answer));
    }
}

#[test]
fn a_time_out_of_range_comes_first() {
    for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
        let mut nothing = request();
        nothing.idempotency_key = None;
        nothing.user = "";
        assert_eq!(replay(nothing, TYPED, end), Err(Refusal::TimeOutOfRange));
        let sealed = Verification::seal(&keys(), &nothing, &code(TYPED), GRANTED, end);
        assert_eq!(sealed.map(|_| ()), Err(Refusal::TimeOutOfRange));
    }
}

#[test]
fn an_answer_under_an_older_key_is_replayed_until_the_key_is_retired() {
    let (mut ring, sealed) = (keys(), sealed());
    ring.add(KeyId(2), &MasterKey::from_bytes([8; 32])).unwrap();
    let replay = |ring: &KeyRing| {
        let policy = ReplayPolicy::default();
        let answer = sealed.replay(ring, &request(), &code(TYPED), &policy, at(NOW));
        answer.map(<[u8]>::to_vec)
    };
    assert_eq!(replay(&ring), Ok(GRANTED.to_vec()));
    ring.retire(KeyId(1)).unwrap();
    assert_eq!(replay(&ring), Err(Refusal::KeyMissing { id: KeyId(1) }));
}
