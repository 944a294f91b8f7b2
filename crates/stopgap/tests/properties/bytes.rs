//! Sealed records as bytes.

use std::fmt::Debug;

use chrono::{DateTime, Utc};
use proptest::{collection::vec, option, prelude::*, sample::Index};
use stopgap::{
    Access, CodeDigest, CodeFormat, KeyId, Lifetime, LookAlike, Name, OnlineGrant, OnlinePolicy,
    Preset, Purpose, Purposes, Record, RecordId, RecordTag, Scopes, Sealed, SecurityCode, Throttle,
    UserHead, UserThrottle, Validity, Verification, offline::Enrolment,
};

use super::{codes, often, times};

/// A label, and the function that checks bytes as those of its kind.
type Kind = (&'static str, fn(&[u8]) -> bool);

const KINDS: [Kind; 7] = [
    ("online", is_form::<OnlineGrant>),
    ("security", is_form::<SecurityCode>),
    ("enrolment", is_form::<Enrolment>),
    ("throttle", is_form::<UserThrottle>),
    ("head", is_form::<UserHead>),
    ("preset", is_form::<Preset>),
    ("verification", is_form::<Verification>),
];

/// Returns `true` if the bytes can be read. Panics if they would not be written again.
fn is_form<R: Record>(bytes: &[u8]) -> bool {
    match Sealed::<R>::from_bytes(bytes) {
        Ok(read) => {
            assert_eq!(read.to_bytes(), bytes);
            true
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            false
        }
    }
}

/// Returns all times that chrono has, in whole microseconds; often the first or the last.
fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    let [first, last] = [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC];
    let [first, last] = [first, last].map(|end| end.timestamp_micros());
    prop_oneof![Just(first), Just(last), first..=last, -2..2_i64]
        .prop_map(|micros| DateTime::from_timestamp_micros(micros).unwrap())
}

fn name() -> impl Strategy<Value = Name> {
    let text = prop_oneof!["[a-z]{1,9}", ".{1,80}", "[a-zß山🔑]{40,63}"];
    text.prop_filter_map("a name", |text| Name::new(text).ok())
}

fn validity() -> impl Strategy<Value = Validity> {
    let minutes = (1..=1_440_u32).prop_map(|minutes| Validity::minutes(minutes).unwrap());
    prop_oneof![times::validity(), minutes]
}

/// Returns formats, some with look-alikes.
fn format() -> impl Strategy<Value = CodeFormat> {
    (codes::format(), any::<[bool; 3]>()).prop_map(|(format, folds)| {
        let folded = LookAlike::ALL.into_iter().zip(folds).filter(|(_, it)| *it);
        let alphabet = folded.fold(format.alphabet, |alphabet, (look_alike, _)| {
            alphabet.fold(look_alike).unwrap_or(alphabet)
        });
        CodeFormat { alphabet, ..format }
    })
}

fn purposes() -> impl Strategy<Value = Purposes> {
    (1..=7_u8).prop_map(|bits| Purposes::from_bits(bits).unwrap())
}

fn limit() -> impl Strategy<Value = Option<u32>> {
    option::of(prop_oneof![1..9_u32, Just(u32::MAX)])
}

fn throttle() -> impl Strategy<Value = Throttle> {
    (any::<u32>(), option::of(instant())).prop_map(|(failures, locked_until)| Throttle {
        failures,
        locked_until,
    })
}

fn scopes() -> impl Strategy<Value = Scopes> {
    let scopes = vec("[a-z0-9._:/*-]{1,64}", 1..=32)
        .prop_map(|scopes| Scopes::new(scopes.iter().map(String::as_str)).unwrap());
    prop_oneof![Just(Scopes::UNLIMITED), scopes]
}

prop_compose! {
    fn grant()(
        (id, key_id, digest) in any::<([u8; 16], u32, [u8; 32])>(),
        user in name(),
        format in format(),
        purposes in purposes(),
        (issued_at, expires_at) in (instant(), instant()),
        not_before in option::of(instant()),
        max_uses in limit(),
        uses: u32,
        revoked_at in option::of(instant()),
    ) -> OnlineGrant {
        OnlineGrant {
            id: RecordId::from_bytes(id),
            key_id: KeyId(key_id),
            digest: CodeDigest::from_bytes(digest),
            user,
            format,
            purposes,
            issued_at,
            not_before,
            expires_at,
            max_uses,
            uses,
            revoked_at,
        }
    }
}

prop_compose! {
    fn security()(
        (id, key_id, digest) in any::<([u8; 16], u32, [u8; 32])>(),
        user in option::of(name()),
        scopes in scopes(),
        description in "[ -~ßé🔑]{0,256}",
        created_at in instant(),
        lifetime in prop_oneof![
            Just(Lifetime::Permanent),
            Just(Lifetime::Deleted),
            instant().prop_map(Lifetime::Until),
        ],
    ) -> SecurityCode {
        SecurityCode {
            id: RecordId::from_bytes(id),
            key_id: KeyId(key_id),
            digest: CodeDigest::from_bytes(digest),
            access: user.map_or(Access::SuperAdministrator, Access::SameAs),
            scopes,
            description,
            created_at,
            lifetime,
        }
    }
}

prop_compose! {
    fn enrolment()(
        (key_id, generation) in any::<(u32, u32)>(),
        (user, machine) in (name(), name()),
        enrolled_at in instant(),
        retired_at in option::of(instant()),
    ) -> Enrolment {
        let key_id = KeyId(key_id);
        Enrolment { key_id, user, machine, generation, enrolled_at, retired_at }
    }
}

prop_compose! {
    fn preset()(
        key_id: u32,
        name in name(),
        format in format(),
        validity in validity(),
        purposes in purposes(),
        not_before in option::of(instant()),
        max_uses in limit(),
    ) -> Preset {
        let policy = OnlinePolicy { format, validity, purposes, not_before, max_uses };
        Preset { key_id: KeyId(key_id), name, policy }
    }
}

prop_compose! {
    fn verification()(
        (key_id, digest) in any::<(u32, [u8; 32])>(),
        user in name(),
        idempotency_key in prop_oneof![".{1,63}", "[ -~]{255}"],
        purpose in prop::sample::select(Purpose::ALL.to_vec()),
        answered_at in instant(),
        answer in vec(any::<u8>(), 0..400),
    ) -> Verification {
        let (key_id, digest) = (KeyId(key_id), CodeDigest::from_bytes(digest));
        Verification { key_id, user, idempotency_key, purpose, digest, answered_at, answer }
    }
}

/// Writes a record and reads it back. Returns the bytes.
fn round_trip<R: Record + Debug>(record: R, tag: [u8; 32]) -> Vec<u8> {
    let sealed = Sealed::from_parts(record, RecordTag::from_bytes(tag));
    let bytes = sealed.to_bytes();
    let read = Sealed::<R>::from_bytes(&bytes).unwrap();
    // `Debug` leaves out digests and look-alikes, which the bytes show.
    assert_eq!(format!("{read:?}"), format!("{sealed:?}"));
    assert_eq!((read.tag(), read.to_bytes()), (sealed.tag(), bytes.clone()));
    bytes
}

/// Returns the bytes of a record of any kind, which can be read back.
fn written() -> impl Strategy<Value = Vec<u8>> {
    let owned = (any::<u32>(), name(), throttle(), any::<u64>());
    let throttles = owned.prop_map(|(id, user, throttle, changes)| {
        let key_id = KeyId(id);
        if changes % 2 == 0 {
            round_trip(
                UserThrottle {
                    key_id,
                    user,
                    throttle,
                },
                [0xA5; 32],
            )
        } else {
            round_trip(
                UserHead {
                    key_id,
                    user,
                    throttle,
                    changes,
                },
                [0x5A; 32],
            )
        }
    });
    prop_oneof![
        (grant(), any::<[u8; 32]>()).prop_map(|(record, tag)| round_trip(record, tag)),
        (security(), any::<[u8; 32]>()).prop_map(|(record, tag)| round_trip(record, tag)),
        (enrolment(), any::<[u8; 32]>()).prop_map(|(record, tag)| round_trip(record, tag)),
        (preset(), any::<[u8; 32]>()).prop_map(|(record, tag)| round_trip(record, tag)),
        (verification(), any::<[u8; 32]>()).prop_map(|(record, tag)| round_trip(record, tag)),
        throttles,
    ]
}

/// Returns the number of kinds as which the bytes can be read.
fn forms(bytes: &[u8]) -> usize {
    KINDS.iter().filter(|(_, is_form)| is_form(bytes)).count()
}

proptest! {
    #![proptest_config(often())]

    #[test]
    fn a_record_is_read_back_as_its_own_kind_only(bytes in written()) {
        prop_assert_eq!(forms(&bytes), 1);
    }

    /// Some bytes of a record are replaced by others, of the same number or not.
    #[test]
    fn changed_bytes_are_refused_or_have_one_form(
        mut bytes in written(),
        places in any::<[Index; 2]>(),
        others in vec(any::<u8>(), 0..4),
    ) {
        let [one, other] = places.map(|place| place.index(bytes.len()));
        let start = one.min(other);
        let end = one.max(other).min(start + 4);
        bytes.splice(start..end, others);
        prop_assert!(forms(&bytes) <= 1);
    }

    #[test]
    fn any_bytes_are_refused_or_have_one_form(
        kind in 0..KINDS.len(),
        begins in any::<bool>(),
        rest in vec(prop_oneof![any::<u8>(), 0..=3_u8], 0..300),
    ) {
        let (label, _) = KINDS[kind];
        let start = [&[1], label.as_bytes(), &[0]].concat();
        let start = if begins { start.as_slice() } else { &[] };
        prop_assert!(forms(&[start, &rest].concat()) <= 1);
    }
}
