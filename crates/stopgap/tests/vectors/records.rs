//! The tags and the bytes of sealed records.

use chrono::{DateTime, Utc};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;
use stopgap::{
    Access, Alphabet, CodeDigest, CodeFormat, KeyId, KeyRing, Lifetime, LookAlike, Name,
    OnlineGrant, OnlinePolicy, Preset, Purposes, Record, RecordId, RecordTag, Scopes, Sealed,
    SecurityCode, Throttle, UserHead, UserThrottle, Verification, offline::Enrolment,
};

use super::{array, field, from_hex, hex, text};

pub(crate) fn sealed(group: &Value, test: &Value) {
    assert_eq!(text(test, "result"), "valid");
    let master = stopgap::MasterKey::from_hex(text(test, "master")).unwrap();
    if text(group, "record") == "check" {
        let keys = KeyRing::new(KeyId(1), &master);
        let [(KeyId(1), value)] = keys.check_values().collect::<Vec<_>>()[..] else {
            panic!("one key, one value");
        };
        return assert_eq!(hex(&value), text(test, "tag"));
    }
    let keys = KeyRing::new(key_id(test), &master);
    match text(group, "record") {
        "online" => fits(online(test), &keys, test),
        "security" => fits(security(test), &keys, test),
        "enrolment" => {
            let record = enrolment(test);
            let (user, machine) = (record.user.clone(), record.machine.clone());
            let (generation, at) = (record.generation, record.enrolled_at);
            let mut sealed = Enrolment::migrate(&keys, user, machine, generation, at).unwrap();
            if let Some(retired_at) = record.retired_at {
                sealed = sealed.retire(&keys, retired_at).unwrap();
            }
            assert_eq!(hex(sealed.tag().as_bytes()), text(test, "tag"));
            fits(record, &keys, test);
        }
        "throttle" => {
            let sealed = UserThrottle::seal(&keys, name(test, "user"), throttle(test));
            assert_eq!(hex(sealed.tag().as_bytes()), text(test, "tag"));
            fits(sealed.into_parts().0, &keys, test);
        }
        "head" => {
            let (throttle, changes) = (throttle(test), field(test, "changes"));
            let sealed = UserHead::seal(&keys, name(test, "user"), throttle, changes);
            assert_eq!(hex(sealed.tag().as_bytes()), text(test, "tag"));
            let first = UserHead::seal(&keys, name(test, "user"), Throttle::default(), 9);
            let updated = first.update(&keys, throttle, changes).unwrap();
            assert_eq!(updated.tag(), sealed.tag());
            fits(sealed.into_parts().0, &keys, test);
        }
        "preset" => {
            let sealed = Preset::seal(&keys, name(test, "name"), policy(test)).unwrap();
            assert_eq!(hex(sealed.tag().as_bytes()), text(test, "tag"));
            fits(sealed.into_parts().0, &keys, test);
        }
        "verification" => fits(verification(test), &keys, test),
        kind => panic!("no such record: {kind}"),
    }
}

/// Checks that the tag opens the record, and that another tag does not; and the bytes of the
/// sealed record.
fn fits<R: Record + Clone + std::fmt::Debug>(record: R, keys: &KeyRing, test: &Value) {
    let tag: [u8; 32] = from_hex(text(test, "tag")).try_into().unwrap();
    let mut other = tag;
    other[31] ^= 1;
    let sealed = |tag| Sealed::from_parts(record.clone(), RecordTag::from_bytes(tag));
    assert!(sealed(tag).open(keys).is_ok());
    assert!(sealed(other).open(keys).is_err());
    // Vectors of another implementation may lack them.
    if !test["bytes"].is_null() {
        check_bytes(&sealed(tag), keys, test);
    }
}

/// Checks that the bytes are those of the vector, and that the record is read back from them.
/// The tag is computed again by the crates `hmac` and `hkdf`: from the bytes between version
/// and tag.
fn check_bytes<R: Record + std::fmt::Debug>(sealed: &Sealed<R>, keys: &KeyRing, test: &Value) {
    let bytes = sealed.to_bytes();
    assert_eq!(hex(&bytes), text(test, "bytes"));
    let read = Sealed::<R>::from_bytes(&bytes).unwrap();
    assert!(read.open(keys).is_ok());
    // `Debug` leaves out the bytes of a digest, which the tag covers.
    assert_eq!(format!("{read:?}"), format!("{sealed:?}"));
    assert_eq!((read.tag(), read.to_bytes()), (sealed.tag(), bytes.clone()));

    let (encoding, tag) = bytes[1..].split_at(bytes.len() - 33);
    let master = from_hex(text(test, "master"));
    let mut key = [0; 32];
    let expand = Hkdf::<Sha256>::from_prk(&master).unwrap();
    expand.expand(b"stopgap/1/record", &mut key).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(encoding);
    assert_eq!(mac.finalize().into_bytes().as_slice(), tag);
}

fn key_id(test: &Value) -> KeyId {
    KeyId(field(test, "keyId"))
}

fn name(test: &Value, field: &str) -> Name {
    Name::new(text(test, field)).unwrap()
}

fn digest(test: &Value) -> CodeDigest {
    CodeDigest::from_bytes(from_hex(text(test, "digest")).try_into().unwrap())
}

fn id(test: &Value) -> RecordId {
    RecordId::from_bytes(from_hex(text(test, "id")).try_into().unwrap())
}

fn instant(test: &Value, name: &str) -> Option<DateTime<Utc>> {
    let micros: Option<i64> = field(test, name);
    micros.map(|micros| DateTime::from_timestamp_micros(micros).unwrap())
}

fn format(test: &Value) -> CodeFormat {
    let mut alphabet = Alphabet::new(text(test, "alphabet")).unwrap();
    for look_alike in array(&test["lookAlikes"]) {
        let look_alike: LookAlike = serde_json::from_value(look_alike.clone()).unwrap();
        alphabet = alphabet.fold(look_alike).unwrap();
    }
    CodeFormat {
        alphabet,
        length: field(test, "length"),
        check_symbol: field(test, "checkSymbol"),
    }
}

fn purposes(test: &Value) -> Purposes {
    let words = array(&test["purposes"]).map(|word| word.as_str().unwrap().parse().unwrap());
    words.collect()
}

fn online(test: &Value) -> OnlineGrant {
    OnlineGrant {
        id: id(test),
        key_id: key_id(test),
        digest: digest(test),
        user: name(test, "user"),
        format: format(test),
        purposes: purposes(test),
        issued_at: instant(test, "issuedAt").unwrap(),
        not_before: instant(test, "notBefore"),
        expires_at: instant(test, "expiresAt").unwrap(),
        max_uses: field(test, "maxUses"),
        uses: field(test, "uses"),
        revoked_at: instant(test, "revokedAt"),
    }
}

fn security(test: &Value) -> SecurityCode {
    let user: Option<String> = field(test, "sameAs");
    let scopes: Option<Vec<String>> = field(test, "scopes");
    SecurityCode {
        id: id(test),
        key_id: key_id(test),
        digest: digest(test),
        access: user.map_or(Access::SuperAdministrator, |user| {
            Access::SameAs(Name::new(user).unwrap())
        }),
        scopes: scopes.map_or(Scopes::UNLIMITED, |scopes| {
            Scopes::new(scopes.iter().map(String::as_str)).unwrap()
        }),
        description: field(test, "description"),
        created_at: instant(test, "createdAt").unwrap(),
        lifetime: match test["lifetime"].as_str() {
            Some("permanent") => Lifetime::Permanent,
            Some("deleted") => Lifetime::Deleted,
            _ => Lifetime::Until(instant(test, "lifetime").unwrap()),
        },
    }
}

fn enrolment(test: &Value) -> Enrolment {
    Enrolment {
        key_id: key_id(test),
        user: name(test, "user"),
        machine: name(test, "machine"),
        generation: field(test, "generation"),
        enrolled_at: instant(test, "enrolledAt").unwrap(),
        retired_at: instant(test, "retiredAt"),
    }
}

fn throttle(test: &Value) -> Throttle {
    Throttle {
        failures: field(test, "failures"),
        locked_until: instant(test, "lockedUntil"),
    }
}

fn policy(test: &Value) -> OnlinePolicy {
    OnlinePolicy {
        format: format(test),
        validity: text(test, "validity").parse().unwrap(),
        purposes: purposes(test),
        not_before: instant(test, "notBefore"),
        max_uses: field(test, "maxUses"),
    }
}

fn verification(test: &Value) -> Verification {
    Verification {
        key_id: key_id(test),
        user: name(test, "user"),
        idempotency_key: field(test, "idempotencyKey"),
        purpose: text(test, "purpose").parse().unwrap(),
        digest: digest(test),
        answered_at: instant(test, "answeredAt").unwrap(),
        answer: from_hex(text(test, "answer")),
    }
}
