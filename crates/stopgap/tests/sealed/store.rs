//! The other records of a store: throttles, presets and verifications.

use stopgap::{
    Code, CodeFormat, KeyId, KeyRing, MasterKey, OnlinePolicy, Preset, Purpose, Refusal,
    ReplayPolicy, Sealed, Throttle, UserThrottle, Verification, VerifyRequest,
};

use super::{
    MISSING, NOW, at, edits, flipped, forge, is_refused, keys, maybe, name, nearly, others,
    policies, swap,
};

pub(crate) fn throttle(user: &str) -> Sealed<UserThrottle> {
    sealed_throttle(user, 5, Some(NOW))
}

fn sealed_throttle(user: &str, failures: u32, end: Option<i64>) -> Sealed<UserThrottle> {
    let locked_until = end.map(at);
    let throttle = Throttle {
        failures,
        locked_until,
    };
    UserThrottle::seal(&keys(), name(user), throttle)
}

#[test]
fn an_edited_throttle_is_refused() {
    for (sound, count) in [
        (throttle("alice"), 14),
        (sealed_throttle("alice", 100, None), 14),
        (sealed_throttle("alice", 0, None), 13),
    ] {
        let record = sound.unverified();
        let throttles = edits!(
            &record.throttle,
            Throttle {
                failures: others(&record.throttle.failures, [0, 4, 6, 99, u32::MAX]),
                locked_until: maybe(record.throttle.locked_until),
            }
        );
        let edits = edits!(
            record,
            UserThrottle {
                key_id: [KeyId(2), MISSING],
                user: ["bob", "alic"].map(name),
                throttle: throttles.into_iter().map(|(_, throttle)| throttle),
            }
        );
        for (field, edited) in forge(&sound, edits, count) {
            for user in ["alice", edited.unverified().user.as_str()] {
                let refusal = edited.throttle(&keys(), user).unwrap_err();
                assert!(is_refused(field, refusal), "{field}: {refusal}");
            }
        }
        assert_eq!(
            sound.throttle(&keys(), "alice"),
            Ok(sound.unverified().throttle)
        );
    }
}

/// The record of one name is put in the place of another, with its tag.
#[test]
fn a_throttle_or_a_preset_of_another_name_is_refused() {
    for other in ["bob", "Alice", "alic", ""] {
        let refused = throttle("alice").throttle(&keys(), other);
        assert_eq!(refused, Err(Refusal::Tampered), "{other}");
        let refused = preset("alice").policy(&keys(), other);
        assert_eq!(refused, Err(Refusal::Tampered), "{other}");
    }
    assert!(throttle("alice").throttle(&keys(), "alice").is_ok());
    assert!(preset("alice").policy(&keys(), "alice").is_ok());
}

pub(crate) fn preset(preset: &str) -> Sealed<Preset> {
    let policy = OnlinePolicy::default().not_before(at(NOW)).max_uses(1);
    sealed_preset(preset, policy)
}

fn sealed_preset(preset: &str, policy: OnlinePolicy) -> Sealed<Preset> {
    Preset::seal(&keys(), name(preset), policy).unwrap()
}

#[test]
fn an_edited_preset_is_refused() {
    for (sound, count) in [
        (preset("visitor"), 36),
        (sealed_preset("visitor", OnlinePolicy::default()), 36),
    ] {
        let record = sound.unverified();
        let edits = edits!(
            record,
            Preset {
                key_id: [KeyId(2), MISSING],
                name: ["visitors", "Visitor", "v"].map(name),
                policy: policies(&record.policy),
            }
        );
        for (field, edited) in forge(&sound, edits, count) {
            for name in ["visitor", edited.unverified().name.as_str()] {
                let refusal = edited.policy(&keys(), name).unwrap_err();
                assert!(is_refused(field, refusal), "{field}: {refusal}");
            }
        }
        let policy = sound.policy(&keys(), "visitor");
        assert_eq!(policy, Ok(sound.unverified().policy));
    }
}

/// The tag of a whole row is valid in any place, so its user or name is compared with the
/// one that was asked for.
#[test]
fn a_whole_row_in_the_place_of_another_is_refused() {
    let keys = keys();
    let (fresh, locked) = (sealed_throttle("bob", 0, None), throttle("alice"));
    assert!(fresh.open(&keys).is_ok());
    assert_eq!(fresh.throttle(&keys, "bob"), Ok(Throttle::default()));
    assert_eq!(locked.throttle(&keys, "alice").unwrap().failures, 5);
    for (row, user) in [(&fresh, "alice"), (&locked, "bob")] {
        assert_eq!(row.throttle(&keys, user), Err(Refusal::Tampered));
    }
    for user in ["", "alic", "alicee", "Alice", "alice "] {
        let moved = locked.throttle(&keys, user);
        assert_eq!(moved, Err(Refusal::Tampered), "{user:?}");
    }

    let (visitor, guest) = (
        sealed_preset("visitor", OnlinePolicy::default()),
        preset("guest"),
    );
    assert!(visitor.open(&keys).is_ok());
    let policy = visitor.policy(&keys, "visitor");
    assert_eq!(policy, Ok(OnlinePolicy::default()));
    assert_eq!(guest.policy(&keys, "guest").unwrap().max_uses, Some(1));
    for (row, name) in [(&visitor, "guest"), (&guest, "visitor")] {
        assert_eq!(row.policy(&keys, name), Err(Refusal::Tampered));
    }
    for name in ["", "gues", "guests", "Guest", "guest "] {
        let moved = guest.policy(&keys, name);
        assert_eq!(moved, Err(Refusal::Tampered), "{name:?}");
    }

    // Without the key, a row cannot be checked.
    let other = KeyRing::new(KeyId(3), &MasterKey::from_bytes([7; 32]));
    let missing = Refusal::KeyMissing { id: KeyId(1) };
    assert_eq!(locked.throttle(&other, "bob"), Err(missing));
    assert_eq!(guest.policy(&other, "visitor"), Err(missing));
    let tenant = keys.tenant(&name("acme"));
    let tampered = locked.throttle(&tenant, "alice");
    assert_eq!(tampered, Err(Refusal::Tampered));
    assert_eq!(guest.policy(&tenant, "guest"), Err(Refusal::Tampered));
}

#[test]
fn tags_of_other_throttles_and_presets_are_refused() {
    swap(
        &[
            throttle("alice"),
            throttle("bob"),
            sealed_throttle("alice", 5, None),
            sealed_throttle("alice", 0, None),
            sealed_throttle("alice", 6, Some(NOW)),
        ],
        5 * 4,
    );
    swap(
        &[
            preset("visitor"),
            preset("contractor"),
            sealed_preset("visitor", OnlinePolicy::default()),
        ],
        3 * 2,
    );
}

const TEXT: &str = "3F9A-77C2-01BE";

fn code(text: &str) -> Code {
    CodeFormat::ONLINE.normalize(text).unwrap()
}

pub(crate) fn verification(purpose: Purpose, user: &str) -> (Code, Sealed<Verification>) {
    let request = VerifyRequest::new(user, TEXT, purpose).idempotency_key("5f0c");
    let code = code(TEXT);
    let sealed = Verification::seal(&keys(), &request, &code, b"granted", at(NOW));
    (code, sealed.unwrap())
}

fn edits_of(sound: &Verification, other: &Verification) -> Vec<(&'static str, Verification)> {
    let answers = [
        b"grante".to_vec(),
        b"granted ".to_vec(),
        b"refused".to_vec(),
        Vec::new(),
    ];
    edits!(
        sound,
        Verification {
            key_id: [KeyId(2), MISSING],
            user: ["bob", "alic", "alicee"].map(name),
            idempotency_key: ["5f0d", "5f0", "5f0ca", "", "x".repeat(65_536).as_str()]
                .map(String::from),
            purpose: others(&sound.purpose, Purpose::ALL),
            digest: [
                other.digest,
                flipped(sound.digest, 0),
                flipped(sound.digest, 31)
            ],
            answered_at: nearly(sound.answered_at)
                .into_iter()
                .chain([at(NOW + 3_600)]),
            answer: answers,
        }
    )
}

/// Replays a record for its own request and for that of the original record, and checks
/// that both are refused.
fn check_refused(field: &str, edited: &Sealed<Verification>, sound: &Verification) {
    let policy = ReplayPolicy::default();
    let record = edited.unverified();
    for (user, key, purpose) in [
        (&sound.user, &sound.idempotency_key, sound.purpose),
        (&record.user, &record.idempotency_key, record.purpose),
    ] {
        let request = VerifyRequest::new(user.as_str(), TEXT, purpose).idempotency_key(key);
        for code in [code(TEXT), code("0000-0000-0000")] {
            let answer = edited.replay(&keys(), &request, &code, &policy, at(NOW));
            let refusal = answer.unwrap_err();
            let no_key =
                field == "idempotency_key" && refusal.reason() == "invalid_idempotency_key";
            assert!(no_key || is_refused(field, refusal), "{field}: {refusal}");
        }
    }
}

#[test]
fn an_edited_answer_is_refused() {
    let (_, sound) = verification(Purpose::Bypass, "alice");
    let (_, other) = verification(Purpose::Bypass, "bob");
    let edits = edits_of(sound.unverified(), other.unverified());
    for (field, edited) in forge(&sound, edits, 22) {
        check_refused(field, &edited, sound.unverified());
    }
}

/// The joined texts are equal; only their lengths differ.
#[test]
fn a_character_cannot_move_from_the_key_to_the_user() {
    let (_, sound) = verification(Purpose::Bypass, "alice");
    let edited = Verification {
        user: name("alice5"),
        idempotency_key: "f0c".into(),
        ..sound.unverified().clone()
    };
    for (field, edited) in forge(&sound, vec![("user", edited)], 1) {
        check_refused(field, &edited, sound.unverified());
    }
}

#[test]
fn tags_of_other_answers_are_refused() {
    let verification = |purpose, user: &str| verification(purpose, user).1;
    swap(
        &[
            verification(Purpose::Bypass, "alice"),
            verification(Purpose::Reset, "alice"),
            verification(Purpose::Bypass, "bob"),
        ],
        3 * 2,
    );
}
