//! Sealed records: each edit of each field is refused, by every function that decides.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "sealed/bytes.rs"]
mod bytes;
#[path = "sealed/head.rs"]
mod head;
#[cfg(feature = "serde")]
#[path = "sealed/json.rs"]
mod json;
#[path = "sealed/machine.rs"]
mod machine;
#[path = "sealed/online.rs"]
mod online;
#[path = "sealed/security.rs"]
mod security;
#[path = "sealed/store.rs"]
mod store;
#[path = "sealed/times.rs"]
mod times;

use chrono::{DateTime, TimeDelta, Utc};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    Access, Actor, Alphabet, CodeDigest, CodeFormat, KeyId, KeyRing, LifecycleEvent, Lifetime,
    MasterKey, Name, OnlineGrant, OnlinePolicy, Preset, Purpose, Purposes, Record, RecordTag,
    Refusal, Role, Scopes, Sealed, SecurityCode, SecurityFormat, SecurityRequest, Throttle,
    UserThrottle, Validity, Verification, VerifyRequest, offline::Enrolment,
};

/// 2026-11-21 15:00:42 UTC.
const NOW: i64 = 1_795_273_242;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

/// A ring with the primary key 1 and the older key 2.
fn keys() -> KeyRing {
    let mut keys = KeyRing::new(KeyId(2), &MasterKey::from_bytes([8; 32]));
    keys.add(KeyId(1), &MasterKey::from_bytes([7; 32])).unwrap();
    keys
}

fn rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

fn name(name: &str) -> Name {
    Name::new(name).unwrap()
}

/// Returns copies of a record with one field edited, each with the name of the field. The
/// pattern names every field, so a new one does not compile until it is edited here.
macro_rules! edits {
    ($sound:expr, $Record:ident { $($field:ident: $values:expr),+ $(,)? }) => {{
        let sound = $sound;
        let $Record { $($field: _),+ } = sound;
        let mut edits = Vec::new();
        $(
            for $field in $values {
                edits.push((stringify!($field), $Record { $field, ..sound.clone() }));
            }
        )+
        edits
    }};
}
use edits;

/// Returns the candidates that differ from a value.
fn others<T: PartialEq>(value: &T, candidates: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut others: Vec<T> = candidates.into_iter().collect();
    others.retain(|candidate| candidate != value);
    others
}

/// Returns the instants one microsecond later and earlier.
fn nearly(instant: DateTime<Utc>) -> [DateTime<Utc>; 2] {
    [1, -1].map(|step| instant + TimeDelta::microseconds(step))
}

fn maybe(instant: Option<DateTime<Utc>>) -> Vec<Option<DateTime<Utc>>> {
    let [later, earlier] = nearly(instant.unwrap_or(at(NOW)));
    let candidates = [None, Some(at(NOW)), Some(later), Some(earlier)];
    let ends = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC].map(Some);
    others(&instant, candidates.into_iter().chain(ends))
}

fn flipped(digest: CodeDigest, place: usize) -> CodeDigest {
    let mut bytes = *digest.as_bytes();
    bytes[place] ^= 0x10;
    CodeDigest::from_bytes(bytes)
}

/// Returns edits of a format of 12 hexadecimal symbols. The first three read a code of the
/// format in the same way.
fn formats(sound: &CodeFormat) -> Vec<CodeFormat> {
    let alphabets = [
        Alphabet::new("FEDCBA9876543210").unwrap(),
        Alphabet::new("1023456789ABCDEF").unwrap(),
        sound.alphabet.fold_look_alikes().unwrap(),
        Alphabet::UNAMBIGUOUS,
    ];
    let edits = edits!(
        sound,
        CodeFormat {
            alphabet: alphabets,
            length: [8, 11, 13, 32],
            check_symbol: [!sound.check_symbol],
        }
    );
    edits.into_iter().map(|(_, format)| format).collect()
}

fn every_purposes() -> impl Iterator<Item = Purposes> {
    (0..8).map(|bits| Purposes::from_bits(bits).unwrap())
}

/// Returns edits of a policy.
fn policies(sound: &OnlinePolicy) -> Vec<OnlinePolicy> {
    let validities = ["P1D", "P2D", "P31D", "P1M", "PT24H", "PT1M", "PT31M"];
    let validities = validities.map(|text| text.parse::<Validity>().unwrap());
    let uses = [None, Some(0), Some(1), Some(2), Some(u32::MAX)];
    let edits = edits!(
        sound,
        OnlinePolicy {
            format: formats(&sound.format),
            validity: others(&sound.validity, validities),
            purposes: others(&sound.purposes, every_purposes()),
            not_before: maybe(sound.not_before),
            max_uses: others(&sound.max_uses, uses),
        }
    );
    edits.into_iter().map(|(_, policy)| policy).collect()
}

/// The id of a key that the ring does not hold.
const MISSING: KeyId = KeyId(9);

/// Puts each edit in place of a record, under its tag. Checks that none opens, and that
/// there are as many as expected.
#[track_caller]
fn forge<R: Record>(
    sound: &Sealed<R>,
    edits: Vec<(&'static str, R)>,
    count: usize,
) -> Vec<(&'static str, Sealed<R>)> {
    let keys = keys();
    assert!(sound.open(&keys).is_ok());
    assert_eq!(edits.len(), count);
    let mut forged = Vec::new();
    for (field, edited) in edits {
        let edited = Sealed::from_parts(edited, *sound.tag());
        let refusal = edited.open(&keys).map(|_| ()).unwrap_err();
        assert!(is_refused(field, refusal), "{field}: {refusal}");
        forged.push((field, edited));
    }
    forged
}

/// Returns `true` if this refusal is right for a record that was edited in this field.
fn is_refused(field: &str, refusal: Refusal) -> bool {
    refusal == Refusal::Tampered
        || field == "key_id" && refusal == (Refusal::KeyMissing { id: MISSING })
}

/// Checks that each of these records is refused with the tag of each other one.
#[track_caller]
fn swap<R: Record + Clone>(states: &[Sealed<R>], count: usize) {
    let (keys, mut swapped) = (keys(), 0);
    for (index, one) in states.iter().enumerate() {
        assert!(one.open(&keys).is_ok(), "{index}");
        for (other_index, other) in states.iter().enumerate() {
            if index != other_index {
                assert_ne!(one.tag(), other.tag());
                let (record, _) = one.clone().into_parts();
                let moved = Sealed::from_parts(record, *other.tag());
                let refusal = moved.open(&keys).map(|_| ()).unwrap_err();
                assert_eq!(refusal, Refusal::Tampered, "{index} under {other_index}");
                swapped += 1;
            }
        }
    }
    assert_eq!(swapped, count);
}

/// Checks that a record is refused with any byte of its tag changed, with the tags of other
/// types, under another key with its id, under a tenant's keys, and without its key.
fn check_tag<R: Record + Clone>(sealed: &Sealed<R>, foreign: &[RecordTag]) {
    let open = |tag: RecordTag, keys: &KeyRing| {
        let (record, _) = sealed.clone().into_parts();
        Sealed::from_parts(record, tag).open(keys).map(|_| ())
    };
    let (tag, ring) = (*sealed.tag(), keys());
    assert_eq!(open(tag, &ring), Ok(()));
    for place in 0..32 {
        let mut bytes = *tag.as_bytes();
        bytes[place] ^= 0x10;
        let changed = RecordTag::from_bytes(bytes);
        assert_eq!(open(changed, &ring), Err(Refusal::Tampered), "byte {place}");
    }
    for other in foreign {
        assert_eq!(open(*other, &ring), Err(Refusal::Tampered));
    }
    let one = |id, byte| KeyRing::new(KeyId(id), &MasterKey::from_bytes([byte; 32]));
    assert_eq!(open(tag, &one(1, 7)), Ok(()));
    assert_eq!(open(tag, &one(1, 8)), Err(Refusal::Tampered));
    let missing = Refusal::KeyMissing { id: KeyId(1) };
    assert_eq!(open(tag, &one(2, 7)), Err(missing));
    for tenant in ["acme", "default", "alice"] {
        let tenant = ring.tenant(&name(tenant));
        assert_eq!(open(tag, &tenant), Err(Refusal::Tampered));
    }
}

#[test]
fn a_tag_belongs_to_one_record_type_key_and_tenant() {
    let (_, online) = online::issue(1);
    let (_, security) = security::create(1);
    let enrolment = machine::enrol("LAPTOP-17", 1);
    let throttle = store::throttle("alice");
    let head = head::head("alice");
    let preset = store::preset("alice");
    let (_, verification) = store::verification(Purpose::Reset, "alice");
    let tags = [
        *online.tag(),
        *security.tag(),
        *enrolment.tag(),
        *throttle.tag(),
        *preset.tag(),
        *verification.tag(),
        *head.tag(),
    ];
    let foreign = |own: usize| {
        let mut tags = tags.to_vec();
        tags.remove(own);
        tags
    };
    check_tag(&online, &foreign(0));
    check_tag(&security, &foreign(1));
    check_tag(&enrolment, &foreign(2));
    check_tag(&throttle, &foreign(3));
    check_tag(&preset, &foreign(4));
    check_tag(&verification, &foreign(5));
    check_tag(&head, &foreign(6));
}

#[test]
fn a_tag_is_the_version_of_its_record() {
    let (keys, (_, issued)) = (keys(), online::issue(1));
    let again = issued.revoke(&keys, at(NOW)).unwrap();
    assert_ne!(issued.tag(), again.tag());
    let same = again.revoke(&keys, at(NOW + 9)).unwrap();
    assert_eq!(again.tag(), same.tag());
    let (record, tag) = issued.clone().into_parts();
    let back = Sealed::from_parts(record, RecordTag::from_bytes(*tag.as_bytes()));
    assert_eq!(back.tag(), issued.tag());
    assert_eq!(back.open(&keys).unwrap().id, issued.unverified().id);
}

/// Instants are encoded in microseconds. An instant between two of them, or in a leap second,
/// would have the encoding of another instant.
#[test]
fn an_instant_with_the_encoding_of_another_is_refused() {
    let keys = keys();
    let minute = at(NOW - NOW % 60);
    let policy = OnlinePolicy::default().not_before(minute);
    let issued = policy.issue(&keys, "alice", minute, &mut rng(1));
    let (record, tag) = issued.unwrap().1.into_parts();
    let leap = |instant: DateTime<Utc>| {
        DateTime::from_timestamp(instant.timestamp() - 1, 1_000_000_000).unwrap()
    };
    assert_eq!(leap(minute).timestamp_micros(), minute.timestamp_micros());
    assert_ne!(leap(minute), minute);
    let edits = |instant: DateTime<Utc>| {
        let nanoseconds = [1, 999].map(|nanos| instant + TimeDelta::nanoseconds(nanos));
        nanoseconds.into_iter().chain([leap(instant)])
    };
    let edits = edits!(
        &record,
        OnlineGrant {
            id: [],
            key_id: [],
            digest: [],
            user: [],
            format: [],
            purposes: [],
            issued_at: edits(record.issued_at),
            not_before: edits(minute).map(Some),
            expires_at: edits(record.expires_at),
            max_uses: [],
            uses: [],
            revoked_at: [],
        }
    );
    forge(&Sealed::from_parts(record, tag), edits, 9);

    let end = Some(leap(minute));
    let throttle = Throttle {
        failures: 5,
        locked_until: end,
    };
    let sealed = UserThrottle::seal(&keys, name("alice"), throttle);
    let (mut record, tag) = sealed.into_parts();
    assert_eq!(record.throttle.locked_until, Some(minute));
    record.throttle.locked_until = end;
    let edited = Sealed::from_parts(record, tag);
    assert_eq!(edited.open(&keys).unwrap_err(), Refusal::Tampered);
}

/// A clock may show fractions and leap seconds. Records have whole microseconds, which every
/// store can keep.
#[test]
fn records_have_instants_in_whole_microseconds() {
    let keys = keys();
    let minute = at(NOW - NOW % 60);
    let leap = DateTime::from_timestamp(minute.timestamp() - 1, 1_234_567_899).unwrap();
    for now in [minute + TimeDelta::nanoseconds(1_999), leap] {
        let whole = DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap();
        assert_ne!(whole, now);
        let policy = OnlinePolicy::default().not_before(now).max_uses(1);
        let (code, issued) = policy.issue(&keys, "alice", now, &mut rng(1)).unwrap();
        let revoked = issued.revoke(&keys, now).unwrap();
        let record = revoked.open(&keys).unwrap();
        assert_eq!((record.issued_at, record.not_before), (whole, Some(whole)));
        assert_eq!(record.revoked_at, Some(whole));
        let micros = record.expires_at.timestamp_micros();
        let expires_at = DateTime::from_timestamp_micros(micros);
        assert_eq!(Some(record.expires_at), expires_at);

        let enrolled = Enrolment::new(&keys, "alice", "x", now, &mut rng(1)).unwrap();
        let next = enrolled.next(&keys, now).unwrap();
        let retired = next.retire(&keys, now).unwrap();
        let record = retired.open(&keys).unwrap();
        assert_eq!(
            (record.enrolled_at, record.retired_at),
            (whole, Some(whole))
        );
        assert_eq!(enrolled.open(&keys).unwrap().enrolled_at, whole);

        let throttle = Throttle {
            failures: 5,
            locked_until: Some(now),
        };
        let sealed = UserThrottle::seal(&keys, name("alice"), throttle);
        let throttle = sealed.throttle(&keys, "alice").unwrap();
        assert_eq!(throttle.locked_until, Some(whole));
        let sealed = Preset::seal(&keys, name("x"), policy).unwrap();
        let policy = sealed.policy(&keys, "x").unwrap();
        assert_eq!(policy.not_before, Some(whole));

        let request = VerifyRequest::new("alice", "", Purpose::Reset).idempotency_key("k");
        let sealed = Verification::seal(&keys, &request, &code, b"", now).unwrap();
        assert_eq!(sealed.open(&keys).unwrap().answered_at, whole);

        let root = Actor::new("root", Role::SuperAdministrator).unwrap();
        let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
        let format = SecurityFormat::default();
        let created = SecurityCode::create(&keys, &format, &root, request, now, &mut rng(1));
        let created = created.unwrap().1;
        assert_eq!(created.open(&keys).unwrap().created_at, whole);
        let edit = LifecycleEvent::Edit {
            expires_at: now + TimeDelta::try_days(2).unwrap(),
        };
        for event in [LifecycleEvent::Reset, edit] {
            let changed = created.apply(&keys, &root, event, now).unwrap();
            let Lifetime::Until(end) = changed.open(&keys).unwrap().lifetime else {
                panic!("it has an end");
            };
            let micros = end.timestamp_micros();
            assert_eq!(Some(end), DateTime::from_timestamp_micros(micros));
        }
    }
}
