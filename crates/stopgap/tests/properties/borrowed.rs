//! Names and grants that borrow their text: as those that own it.

use std::{
    collections::HashSet,
    hash::{DefaultHasher, Hash, Hasher},
};

use chrono::{DateTime, TimeDelta, Utc};
use proptest::{collection::vec, option, prelude::*};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{KeyId, KeyRing, MasterKey, Name, NameError, OnlineGrant, OnlinePolicy, Purpose};

use super::{
    lent::{Row, borrowed},
    often,
};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn hash(value: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// Names, near to names and far from them: most without a control character.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ -~]{0,300}",
        "[ -~ü\u{7F}-\u{A1}\0-\x1F]{0,8}",
        "\\PC{0,100}",
        any::<String>(),
    ]
}

proptest! {
    #![proptest_config(often())]

    #[test]
    fn a_name_is_what_spec_says_owned_or_borrowed(text in text()) {
        let length = text.len();
        let control = text.chars().position(|it| matches!(u32::from(it), 0..=31 | 127..=159));
        let expected = match (length, control) {
            (0, _) => Err(NameError::Empty),
            (256.., _) => Err(NameError::TooLong { found: length }),
            (_, Some(position)) => Err(NameError::ControlCharacter { position }),
            (_, None) => Ok(text.as_str()),
        };
        let (owned, borrowed) = (Name::new(text.as_str()), Name::borrowed(&text));
        prop_assert_eq!(owned.as_ref().map(Name::as_str).map_err(|error| *error), expected);
        prop_assert_eq!(borrowed.as_ref().map(Name::as_str).map_err(|error| *error), expected);
        if let (Ok(owned), Ok(borrowed)) = (owned, borrowed) {
            prop_assert_eq!(owned.as_borrowed(), borrowed);
            prop_assert!(owned == text.as_str() && borrowed == text.as_str());
            prop_assert_eq!(format!("{owned:?} {owned:>9}"), format!("{borrowed:?} {borrowed:>9}"));
            prop_assert_eq!(format!("{owned:?} {owned:>9}"), format!("{text:?} {text:>9}"));
            // What a set that is asked by text needs.
            prop_assert_eq!((hash(&owned), hash(&borrowed)), (hash(&*text), hash(&*text)));
            prop_assert!(HashSet::from([borrowed]).contains(&*text));
        }
    }

    #[test]
    fn names_are_ordered_by_their_text(one in "[ab]{1,3}", other in "[ab]{1,3}") {
        let expected = one.cmp(&other);
        let ordered = Name::borrowed(&one).unwrap().cmp(&Name::borrowed(&other).unwrap());
        prop_assert_eq!(ordered, expected);
        let ordered = Name::new(one).unwrap().cmp(&Name::new(other).unwrap());
        prop_assert_eq!(ordered, expected);
    }

    /// One after the other: what is counted in a row lent out is what is counted
    /// in the grant.
    #[test]
    fn grants_that_are_lent_are_verified_as_those_that_are_kept(
        seed in any::<[u8; 32]>(),
        uses in vec(option::of(1..3_u32), 0..4),
        attempts in vec((0..5_usize, any::<bool>(), 0..3_usize, 0..30_i64), 1..8),
        revoked in 0..8_usize,
    ) {
        let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes(seed));
        let mut rng = ChaCha20Rng::from_seed(seed);
        let mut issue = |uses: Option<u32>| {
            let policy = OnlinePolicy::default();
            let policy = uses.map_or(policy, |uses| policy.max_uses(uses).unwrap());
            policy.issue(&keys, "alice", now(), &mut rng).unwrap()
        };
        let issued: Vec<_> = uses.into_iter().map(&mut issue).collect();
        let (stranger, _) = issue(None);
        let (codes, mut grants): (Vec<_>, Vec<_>) = issued.into_iter().unzip();
        if let Some(grant) = grants.get_mut(revoked) {
            grant.revoke(now());
        }
        let mut rows: Vec<Row> = grants.iter().cloned().map(Row::new).collect();
        for (code, alice, purpose, hours) in attempts {
            let code = codes.get(code).unwrap_or(&stranger).reveal();
            let (user, purpose) = (if alice { "alice" } else { "bob" }, Purpose::ALL[purpose]);
            let at = now() + TimeDelta::try_hours(hours).unwrap();

            for grant in &grants {
                let kept = grant.check(&keys, user, code.as_str(), purpose, at);
                let lent = borrowed(grant).check(&keys, user, code.as_str(), purpose, at);
                prop_assert_eq!(lent, kept);
                let tag = grant.tag(&keys).unwrap();
                prop_assert_eq!(borrowed(grant).check_tag(&keys, &tag), Ok(()));
            }

            let kept =
                OnlineGrant::verify_any(&mut grants, &keys, user, code.as_str(), purpose, at);
            let lent = rows.iter_mut().map(Row::lend);
            let lent = OnlineGrant::verify_any(lent, &keys, user, code.as_str(), purpose, at);
            prop_assert_eq!(lent, kept);
            let counted: Vec<u32> = grants.iter().map(|grant| grant.uses).collect();
            let written: Vec<u32> = rows.iter().map(|row| row.uses).collect();
            prop_assert_eq!(written, counted);
        }
    }
}
