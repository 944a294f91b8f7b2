//! Security codes.

use chrono::{DateTime, Utc};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use stopgap::{
    Access, Actor, Code, KeyId, LifecycleError, LifecycleEvent, Lifetime, RecordId, RecordTag,
    Refusal, Role, Scopes, Sealed, SecurityCode, SecurityFormat, SecurityRequest,
};

use super::{
    MISSING, NOW, at, edits, flipped, forge, is_refused, keys, name, nearly, others, rng, swap,
};

fn root() -> Actor {
    Actor::new("root", Role::SuperAdministrator).unwrap()
}

fn scopes<const N: usize>(scopes: [&str; N]) -> Scopes {
    Scopes::new(scopes).unwrap()
}

fn create_for(
    request: SecurityRequest<'_>,
    now: DateTime<Utc>,
    seed: u64,
) -> (Code, Sealed<SecurityCode>) {
    let format = SecurityFormat::default();
    let (keys, rng) = (keys(), &mut rng(seed));
    let created = SecurityCode::create(&keys, &format, &root(), request, now, rng);
    let (text, record) = created.unwrap();
    (format.read(text.as_str()).unwrap(), record)
}

pub(crate) fn create(seed: u64) -> (Code, Sealed<SecurityCode>) {
    create_at(at(NOW), seed)
}

pub(crate) fn create_at(now: DateTime<Utc>, seed: u64) -> (Code, Sealed<SecurityCode>) {
    let access = Access::SameAs(name("bob"));
    let request = SecurityRequest::new(access, scopes(["a", "b"])).description("nightly");
    create_for(request, now, seed)
}

fn apply(record: &Sealed<SecurityCode>, event: LifecycleEvent<'_>) -> Sealed<SecurityCode> {
    record.apply(&keys(), &root(), event, at(NOW + 1)).unwrap()
}

fn edits_of(sound: &SecurityCode, other: &SecurityCode) -> Vec<(&'static str, SecurityCode)> {
    let accesses = ["bob", "bo", "bobb", "Bob"].map(|user| Access::SameAs(name(user)));
    let end = match sound.lifetime {
        Lifetime::Until(end) => end,
        Lifetime::Permanent | Lifetime::Deleted => at(NOW),
    };
    let [later, earlier] = nearly(end);
    let ends = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC];
    let lifetimes = [later, earlier, ends[0], ends[1]].map(Lifetime::Until);
    let all_scopes = [
        Scopes::UNLIMITED,
        scopes(["a"]),
        scopes(["a", "b"]),
        scopes(["a", "b", "c"]),
        scopes(["ab"]),
        scopes(["a", "c"]),
    ];
    let descriptions = ["", "nightly", "nightly ", "nightl", "weekly"].map(String::from);
    // The length of the last description does not fit into 16 bits.
    let long = ["x".repeat(1_024), "x".repeat(65_536)];
    edits!(
        sound,
        SecurityCode {
            id: [other.id, RecordId::from_bytes([0; 16])],
            key_id: [KeyId(2), MISSING],
            digest: [
                other.digest,
                flipped(sound.digest, 0),
                flipped(sound.digest, 31)
            ],
            access: others(
                &sound.access,
                [Access::SuperAdministrator].into_iter().chain(accesses)
            ),
            scopes: others(&sound.scopes, all_scopes),
            description: others(&sound.description, descriptions.into_iter().chain(long)),
            created_at: nearly(sound.created_at),
            lifetime: others(
                &sound.lifetime,
                [Lifetime::Permanent, Lifetime::Deleted]
                    .into_iter()
                    .chain(lifetimes)
            ),
        }
    )
}

/// Calls every function that decides about a record, and checks that it refuses.
fn check_refused(
    field: &str,
    edited: &Sealed<SecurityCode>,
    sound: &Sealed<SecurityCode>,
    code: &Code,
) {
    let (keys, now) = (keys(), at(NOW));
    let role_of = |_: &_| -> Role { panic!("no role is looked up for a record like this") };
    // A store finds the original record by the digest under its key.
    let mut digests = keys.security_digests(code);
    let digest = digests.find(|it| it.key_id() == sound.unverified().key_id);
    for verdict in [
        edited.authenticate(&keys, code, role_of, now),
        edited.authenticate_digest(&keys, &digest.unwrap(), role_of, now),
    ] {
        let refusal = verdict.map(|_| ()).unwrap_err();
        let unknown = refusal == Refusal::Unknown && matches!(field, "digest" | "key_id");
        assert!(unknown || is_refused(field, refusal), "{field}: {refusal}");
    }
    for event in [
        LifecycleEvent::Edit {
            expires_at: at(NOW + 60),
        },
        LifecycleEvent::MakePermanent,
        LifecycleEvent::Reset,
        LifecycleEvent::Reactivate,
        LifecycleEvent::Describe("weekly"),
        LifecycleEvent::Describe("two\nlines"),
        LifecycleEvent::Delete,
    ] {
        let error = edited.apply(&keys, &root(), event, now).map(|_| ());
        let Err(LifecycleError::Record(refusal)) = error else {
            panic!("{field}: {event:?}: {error:?}");
        };
        assert!(is_refused(field, refusal), "{field}: {refusal}");
    }
}

#[test]
fn an_edited_security_code_is_refused() {
    let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
    let (plain_code, plain) = create_for(request, at(NOW), 1);
    let (code, limited) = create(2);
    let (_, other) = create(3);
    let permanent = apply(&limited, LifecycleEvent::MakePermanent);
    let deleted = apply(&limited, LifecycleEvent::Delete);
    for (sound, code, count) in [
        (plain, &plain_code, 30),
        (limited, &code, 30),
        (permanent, &code, 29),
        (deleted, &code, 29),
    ] {
        let edits = edits_of(sound.unverified(), other.unverified());
        for (field, edited) in forge(&sound, edits, count) {
            check_refused(field, &edited, &sound, code);
        }
    }
}

/// The joined texts of a record are equal; only their lengths differ.
#[test]
fn a_character_cannot_move_from_one_field_to_the_next() {
    let (code, sound) = create(1);
    let record = sound.unverified().clone();
    let edits = vec![
        (
            "user and description",
            SecurityCode {
                access: Access::SameAs(name("bobn")),
                description: "ightly".into(),
                ..record.clone()
            },
        ),
        (
            "two scopes",
            SecurityCode {
                scopes: scopes(["a", "b0"]),
                ..record.clone()
            },
        ),
        (
            "super administrator, the user in the description",
            SecurityCode {
                access: Access::SuperAdministrator,
                description: "bobnightly".into(),
                ..record
            },
        ),
    ];
    for (field, edited) in forge(&sound, edits, 3) {
        check_refused(field, &edited, &sound, &code);
    }
}

/// Returns the tag of a security code for the user `bob` with the scopes `a` and `b`,
/// computed by hand.
fn tag_by_hand(record: &SecurityCode) -> RecordTag {
    let Lifetime::Until(expires_at) = record.lifetime else {
        panic!("{:?}", record.lifetime);
    };
    let mut key = [0; 32];
    let master = Hkdf::<Sha256>::from_prk(&[7; 32]).unwrap();
    master.expand(b"stopgap/1/record", &mut key).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let length = u16::try_from(record.description.len()).unwrap();
    for part in [
        &b"security\0"[..],
        &record.key_id.0.to_be_bytes(),
        record.id.as_bytes(),
        record.digest.as_bytes(),
        b"\x01\0\x03bob",
        &length.to_be_bytes(),
        record.description.as_bytes(),
        &record.created_at.timestamp_micros().to_be_bytes(),
        b"\0",
        &expires_at.timestamp_micros().to_be_bytes(),
        b"\0\x02\0\x01a\0\x01b",
    ] {
        mac.update(part);
    }
    RecordTag::from_bytes(mac.finalize().into_bytes().into())
}

/// Another program sealed these records with the right key, but some texts are not one
/// line, or are too long.
#[test]
fn an_invalid_description_does_not_open() {
    let (code, sound) = create(1);
    assert_eq!(tag_by_hand(sound.unverified()), *sound.tag());
    let (longest, too_long) = ("x".repeat(1_024), "x".repeat(1_025));
    for (description, opens) in [
        ("weekly", true),
        ("", true),
        (&longest, true),
        (&too_long, false),
        ("two\nlines", false),
        ("nul\0", false),
        ("ü\u{2028}", false),
    ] {
        let mut record = sound.unverified().clone();
        record.description = description.into();
        let tag = tag_by_hand(&record);
        let sealed = Sealed::from_parts(record, tag);
        assert_eq!(sealed.open(&keys()).is_ok(), opens, "{description:?}");
        if !opens {
            check_refused("description", &sealed, &sound, &code);
        }
    }
}

#[test]
fn tags_of_other_codes_and_of_other_states_are_refused() {
    use LifecycleEvent::{Delete, Describe, Edit, MakePermanent, Reset};

    let (_, created) = create(1);
    let edit = Edit {
        expires_at: at(NOW + 7),
    };
    let states = [
        apply(&created, edit),
        apply(&created, MakePermanent),
        apply(&created, Reset),
        apply(&created, Describe("weekly")),
        apply(&created, Delete),
        created,
        create(2).1,
    ];
    swap(&states, 7 * 6);
}

#[test]
fn a_code_of_another_tenant_is_unknown() {
    let (keys, (code, record)) = (keys(), create(1));
    let tenant = keys.tenant(&name("acme"));
    let role_of = |_: &_| Role::User;
    let refused = record.authenticate(&tenant, &code, role_of, at(NOW));
    assert_eq!(refused.unwrap_err(), Refusal::Unknown);
    let digest = tenant.security_digests(&code).next().unwrap();
    let unknown = record.authenticate_digest(&tenant, &digest, role_of, at(NOW));
    assert_eq!(unknown.unwrap_err(), Refusal::Unknown);
    // The digest matches, but the tag does not.
    let digest = keys.security_digests(&code).next().unwrap();
    let moved = record.authenticate_digest(&tenant, &digest, role_of, at(NOW));
    assert_eq!(moved.unwrap_err(), Refusal::Tampered);
    let changed = record.apply(&tenant, &root(), LifecycleEvent::Reset, at(NOW));
    assert_eq!(
        changed.unwrap_err(),
        LifecycleError::Record(Refusal::Tampered)
    );
}
