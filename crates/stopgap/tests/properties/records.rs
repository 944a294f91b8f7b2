//! Tags of records at rest.

use chrono::{DateTime, Utc};
use proptest::{option, prelude::*};
use stopgap::{
    CodeDigest, CodeFormat, KeyId, KeyRing, MasterKey, Name, OnlineGrant, Purpose, Purposes,
    Refusal,
};

use super::often;

/// Instants near to each other on both sides of the epoch, to the nanosecond, so
/// that two are often in the same microsecond.
fn instant() -> impl Strategy<Value = DateTime<Utc>> {
    (-2_000..2_000_i64).prop_map(DateTime::from_timestamp_nanos)
}

prop_compose! {
    fn grant()(
        byte in 0..2_u8,
        purposes in prop::sample::subsequence(Purpose::ALL.to_vec(), 0..=3),
        not_before in option::of(instant()),
        expires_at in instant(),
        max_uses in option::of(1..3_u32),
        uses in any::<u32>(),
        revoked_at in option::of(instant()),
    ) -> OnlineGrant {
        OnlineGrant {
            key_id: KeyId(1),
            digest: CodeDigest::from_bytes([byte; 32]),
            user: Name::new("alice").unwrap(),
            format: CodeFormat::ONLINE,
            purposes: purposes.into_iter().collect(),
            issued_at: DateTime::UNIX_EPOCH,
            not_before,
            expires_at,
            max_uses,
            uses,
            revoked_at,
        }
    }
}

/// What a tag binds.
type Bound = (
    [u8; 32],
    Purposes,
    Option<i64>,
    i64,
    Option<u32>,
    Option<i64>,
);

fn bound(grant: &OnlineGrant) -> Bound {
    let microseconds =
        |instant: DateTime<Utc>| instant.timestamp_nanos_opt().unwrap().div_euclid(1_000);
    (
        *grant.digest.as_bytes(),
        grant.purposes,
        grant.not_before.map(microseconds),
        microseconds(grant.expires_at),
        grant.max_uses,
        grant.revoked_at.map(microseconds),
    )
}

proptest! {
    #![proptest_config(often())]

    #[test]
    fn a_tag_fits_the_grants_that_are_the_same_to_the_microsecond(
        one in grant(),
        other in grant(),
        take in any::<[bool; 6]>(),
    ) {
        let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
        let tag = one.tag(&keys).unwrap();
        // Some fields of the one, some of the other: often only one differs.
        let pick = |index: usize| if take[index] { &other } else { &one };
        let mixed = OnlineGrant {
            digest: pick(0).digest,
            purposes: pick(1).purposes,
            not_before: pick(2).not_before,
            expires_at: pick(3).expires_at,
            max_uses: pick(4).max_uses,
            revoked_at: pick(5).revoked_at,
            ..other.clone()
        };
        let expected = if bound(&mixed) == bound(&one) {
            Ok(())
        } else {
            Err(Refusal::Tampered)
        };
        prop_assert_eq!(mixed.check_tag(&keys, &tag), expected);
    }
}
