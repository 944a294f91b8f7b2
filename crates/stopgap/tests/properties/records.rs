//! Tags of sealed records.

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{option, prelude::*};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    KeyId, KeyRing, MasterKey, Name, OnlineGrant, OnlinePolicy, Preset, Purpose, Purposes, Refusal,
    Sealed, Throttle, UserHead, UserThrottle, VerifyRequest, offline::Enrolment,
};

use super::{codes::format, often, times::validity};

/// Returns instants near to each other on both sides of the epoch, to the nanosecond, so
/// that two are often in the same microsecond.
fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (-2_000..2_000_i64).prop_map(DateTime::from_timestamp_nanos)
}

fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

fn micros(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_nanos_opt().unwrap().div_euclid(1_000)
}

prop_compose! {
    /// Returns the sealed record of a code in some state.
    fn record()(
        seed in 0..2_u64,
        bits in 1..8_u8,
        first in option::of(instant()),
        issued_at in instant(),
        limit in option::of(1..4_u32),
        uses in 0..3_u32,
        revoked_at in option::of(instant()),
    ) -> Sealed<OnlineGrant> {
        let (keys, mut rng) = (keys(), ChaCha20Rng::seed_from_u64(seed));
        let policy = OnlinePolicy {
            purposes: Purposes::from_bits(bits).unwrap(),
            not_before: first,
            max_uses: limit,
            ..OnlinePolicy::default()
        };
        let (code, mut record) = policy.issue(&keys, "alice", issued_at, &mut rng).unwrap();
        let now = issued_at.max(first.unwrap_or(issued_at));
        let purpose = record.unverified().purposes.iter().next().unwrap();
        let shown = code.reveal();
        for _ in 0..uses.min(limit.unwrap_or_default()) {
            let request = VerifyRequest::new("alice", shown.as_str(), purpose);
            record = record.verify(&keys, &request, now).unwrap().record;
        }
        match revoked_at {
            Some(revoked_at) => record.revoke(&keys, revoked_at).unwrap(),
            None => record,
        }
    }
}

/// Returns throttles with and without a lockout.
fn throttle() -> impl Strategy<Value = Throttle> {
    (any::<u32>(), option::of(instant())).prop_map(|(failures, locked_until)| Throttle {
        failures,
        locked_until,
    })
}

/// Returns all fields that a tag covers.
fn covered(record: &OnlineGrant) -> impl PartialEq + std::fmt::Debug + use<> {
    (
        *record.digest.as_bytes(),
        record.id,
        record.purposes,
        micros(record.issued_at),
        record.not_before.map(micros),
        micros(record.expires_at),
        (record.max_uses, record.uses),
        record.revoked_at.map(micros),
    )
}

proptest! {
    #![proptest_config(often())]

    #[test]
    fn a_tag_is_valid_for_records_that_are_equal_to_the_microsecond(
        one in record(),
        other in record(),
        take in any::<[bool; 9]>(),
    ) {
        let keys = keys();
        let (one, tag) = one.into_parts();
        let (other, _) = other.into_parts();
        // Some fields are those of one record, some those of the other; often only one
        // differs.
        let pick = |index: usize| if take[index] { &other } else { &one };
        let mixed = OnlineGrant {
            id: pick(0).id,
            digest: pick(1).digest,
            purposes: pick(2).purposes,
            issued_at: pick(3).issued_at,
            not_before: pick(4).not_before,
            expires_at: pick(5).expires_at,
            max_uses: pick(6).max_uses,
            uses: pick(7).uses,
            revoked_at: pick(8).revoked_at,
            ..one.clone()
        };
        let expected = if covered(&mixed) == covered(&one) {
            Ok(())
        } else {
            Err(Refusal::Tampered)
        };
        let opened = Sealed::from_parts(mixed, tag).open(&keys).map(|_| ());
        prop_assert_eq!(opened, expected);
    }

    /// Two throttles, heads, presets or enrolments have the same tag only if they are
    /// equal.
    #[test]
    fn different_records_have_different_tags(
        failures in [0..2_u32, 0..2],
        ends in [option::of(instant()), option::of(instant())],
        users in ["[ab]{1,2}", "[ab]{1,2}"],
        machines in ["[ab]{1,2}", "[ab]{1,2}"],
        formats in [format(), format()],
        validities in [validity(), validity()],
        changes in [0..2_u64, 0..2],
        same in any::<[bool; 4]>(),
    ) {
        let keys = keys();
        let pick = |index: usize, field: usize| if same[field] { 0 } else { index };
        let name = |text: &str| Name::new(text).unwrap();
        let throttle = |index| Throttle {
            failures: failures[pick(index, 0)],
            locked_until: ends[pick(index, 1)],
        };
        let throttles = [0, 1].map(|index| {
            UserThrottle::seal(&keys, name(&users[pick(index, 2)]), throttle(index))
        });
        let content = |sealed: &Sealed<UserThrottle>| {
            let record = sealed.unverified();
            let throttle = record.throttle;
            (record.user.clone(), throttle.failures, throttle.locked_until.map(micros))
        };
        let [one, other] = &throttles;
        prop_assert_eq!(one.tag() == other.tag(), content(one) == content(other));

        let heads = [0, 1].map(|index| {
            let user = name(&users[pick(index, 2)]);
            UserHead::seal(&keys, user, throttle(index), changes[pick(index, 3)])
        });
        let content = |sealed: &Sealed<UserHead>| {
            let record = sealed.unverified();
            let Throttle { failures, locked_until } = record.throttle;
            (record.user.clone(), failures, locked_until.map(micros), record.changes)
        };
        let [one, other] = &heads;
        prop_assert_eq!(one.tag() == other.tag(), content(one) == content(other));

        let presets = [0, 1].map(|index| {
            let policy = OnlinePolicy {
                format: formats[pick(index, 0)],
                validity: validities[pick(index, 1)],
                purposes: Purpose::Reset.into(),
                ..OnlinePolicy::default()
            };
            Preset::seal(&keys, name(&users[pick(index, 2)]), policy).unwrap()
        });
        let content = |sealed: &Sealed<Preset>| {
            let record = sealed.unverified();
            (record.name.clone(), record.policy)
        };
        let [one, other] = &presets;
        prop_assert_eq!(one.tag() == other.tag(), content(one) == content(other));

        let enrolments = [0, 1].map(|index| {
            let user = name(&users[pick(index, 2)]);
            let machine = name(&machines[pick(index, 1)]);
            let generation = failures[pick(index, 0)];
            Enrolment::migrate(&keys, user, machine, generation, DateTime::UNIX_EPOCH).unwrap()
        });
        let [one, other] = &enrolments;
        prop_assert_eq!(one.tag() == other.tag(), one.unverified() == other.unverified());
    }

    /// An updated head is equal to a head that is sealed under the same key.
    #[test]
    fn an_update_keeps_user_and_key(
        user in "[ab]{1,2}",
        first in throttle(),
        next in throttle(),
        changes in any::<[u64; 2]>(),
    ) {
        let (old, user) = (keys(), Name::new(&user).unwrap());
        let sealed = UserHead::seal(&old, user.clone(), first, changes[0]);
        let mut newer = keys();
        newer.add(KeyId(2), &MasterKey::from_bytes([8; 32])).unwrap();
        let updated = sealed.update(&newer, next, changes[1]).unwrap();
        let expected = UserHead::seal(&old, user.clone(), next, changes[1]);
        prop_assert_eq!(updated.tag(), expected.tag());
        let head = updated.head(&old, user.as_str()).unwrap();
        prop_assert_eq!((head.key_id, head.changes), (KeyId(1), changes[1]));
        prop_assert_eq!(head.throttle, expected.unverified().throttle);
        prop_assert_eq!(head.throttle.failures, next.failures);
        let end = head.throttle.locked_until;
        prop_assert_eq!(end.map(micros), next.locked_until.map(micros));
    }

    /// A record has the times that a store keeps, and does not open with others.
    #[test]
    fn a_store_may_keep_microseconds(
        record in record(),
        step in prop_oneof![1..2_000_i64, -2_000..0_i64],
        field in 0..4_usize,
    ) {
        let (record, tag) = record.into_parts();
        let mut moved = record.clone();
        let times = [
            Some(&mut moved.issued_at),
            moved.not_before.as_mut(),
            Some(&mut moved.expires_at),
            moved.revoked_at.as_mut(),
        ];
        let mut edits = 0;
        for (index, time) in times.into_iter().enumerate() {
            if let Some(time) = time {
                prop_assert_eq!(Some(*time), DateTime::from_timestamp_micros(micros(*time)));
                if index == field {
                    *time += TimeDelta::nanoseconds(step);
                    edits += 1;
                }
            }
        }
        prop_assert!(Sealed::from_parts(record, tag).open(&keys()).is_ok());
        prop_assert_eq!(Sealed::from_parts(moved, tag).open(&keys()).is_err(), edits == 1);
    }
}
