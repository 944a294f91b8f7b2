//! Records at rest: whatever a tag binds, a change of it is found.

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{
    Access, Actor, Alphabet, Attempt, Code, CodeDigest, CodeFormat, CodeLength, KeyId, KeyRing,
    Life, MasterKey, Name, OnlineGrant, OnlinePolicy, Purpose, Purposes, RecordTag, Refusal, Role,
    SecurityCode,
};

use super::{NOW, at, issue, keys, other_rng, rng};

/// The right tag does, and with any byte of it changed it does not.
fn binds(tag: &RecordTag, check: impl Fn(&RecordTag) -> Result<(), Refusal>) {
    assert_eq!(check(tag), Ok(()));
    for place in 0..32 {
        let mut bytes = *tag.as_bytes();
        bytes[place] ^= 0x10;
        let changed = RecordTag::from_bytes(bytes);
        assert_eq!(check(&changed), Err(Refusal::Tampered), "byte {place}");
    }
}

/// The same ids under other keys, and one key less.
fn other_keys() -> [(KeyRing, Refusal); 4] {
    let ring = |id, byte| KeyRing::new(KeyId(id), &MasterKey::from_bytes([byte; 32]));
    let missing = Refusal::KeyMissing { id: KeyId(1) };
    [
        (ring(1, 8), Refusal::Tampered),
        (keys().tenant("acme").unwrap(), Refusal::Tampered),
        (keys().tenant("default").unwrap(), Refusal::Tampered),
        (ring(2, 7), missing),
    ]
}

fn flipped(digest: CodeDigest, place: usize) -> CodeDigest {
    let mut bytes = *digest.as_bytes();
    bytes[place] ^= 1;
    CodeDigest::from_bytes(bytes)
}

/// A microsecond more or less.
fn nearly(instant: DateTime<Utc>) -> [DateTime<Utc>; 2] {
    [1, -1].map(|step| instant + TimeDelta::microseconds(step))
}

/// What each edit makes of an online grant.
fn edits(sound: &OnlineGrant) -> Vec<(&'static str, OnlineGrant)> {
    let mut edits = Vec::new();
    let mut edit = |name, edit: &dyn Fn(&mut OnlineGrant)| {
        let mut edited = sound.clone();
        edit(&mut edited);
        edits.push((name, edited));
    };
    for place in [0, 31] {
        edit("digest", &|grant| {
            grant.digest = flipped(grant.digest, place);
        });
    }
    for bits in 0..8_u8 {
        let chosen = Purpose::ALL.into_iter().enumerate();
        let purposes: Purposes = chosen
            .filter_map(|(bit, purpose)| (bits >> bit & 1 == 1).then_some(purpose))
            .collect();
        if purposes != sound.purposes {
            edit("purposes", &|grant| grant.purposes = purposes);
        }
    }
    for expires_at in nearly(sound.expires_at) {
        edit("expires_at", &|grant| grant.expires_at = expires_at);
    }
    for uses in [None, Some(0), Some(1), Some(2), Some(3), Some(u32::MAX)] {
        if uses != sound.max_uses {
            edit("max_uses", &|grant| grant.max_uses = uses);
        }
    }
    let [later, earlier] = nearly(at(NOW));
    for instant in [None, Some(at(NOW)), Some(later), Some(earlier)] {
        if instant != sound.not_before {
            edit("not_before", &|grant| grant.not_before = instant);
        }
        if instant != sound.revoked_at {
            edit("revoked_at", &|grant| grant.revoked_at = instant);
        }
    }
    edit("two instants in each other's place", &|grant| {
        grant.not_before = sound.revoked_at.or(Some(sound.expires_at));
        grant.revoked_at = sound.not_before;
    });
    edits
}

#[test]
fn an_online_grant_that_was_edited_is_found() {
    let plain = issue(OnlinePolicy::default()).1;
    let mut full = issue(
        OnlinePolicy::default()
            .purposes([Purpose::Reset, Purpose::Bypass])
            .unwrap()
            .not_before(at(NOW))
            .max_uses(2)
            .unwrap(),
    )
    .1;
    full.revoke(at(NOW + 1));
    for sound in [plain, full] {
        let tag = sound.tag(&keys()).unwrap();
        binds(&tag, |tag| sound.check_tag(&keys(), tag));
        for (name, edited) in edits(&sound) {
            let checked = edited.check_tag(&keys(), &tag);
            assert_eq!(checked, Err(Refusal::Tampered), "{name}: {edited:?}");
        }
        for (ring, refusal) in other_keys() {
            assert_eq!(sound.check_tag(&ring, &tag), Err(refusal));
        }
        // Bound to nothing: what a store counts, and the nanoseconds it drops.
        let mut counted = sound.clone();
        counted.uses = 9;
        counted.expires_at += TimeDelta::nanoseconds(999);
        assert_eq!(counted.check_tag(&keys(), &tag), Ok(()));
    }
}

#[test]
fn a_tag_of_another_grant_does_not_fit() {
    let policy = OnlinePolicy::default();
    let (code, mut grant) = issue(policy);
    // The same code for somebody else; another code for the same user.
    let others = [("bob", rng()), ("alice", other_rng())].map(|(user, mut rng)| {
        let issued = policy.issue(&keys(), user, at(NOW), &mut rng);
        issued.unwrap().1
    });
    for other in &others {
        let tag = other.tag(&keys()).unwrap();
        assert_eq!(grant.check_tag(&keys(), &tag), Err(Refusal::Tampered));
    }
    // A row moved to another user keeps its digest, which is then nobody's.
    grant.user = Name::new("bob").unwrap();
    let shown = code.reveal();
    for user in ["alice", "bob"] {
        let moved = grant.check(&keys(), user, shown.as_str(), Purpose::Reset, at(NOW));
        assert_eq!(moved, Err(Refusal::Unknown));
    }
    // No policy gives a code of no uses, and no tag makes one good.
    grant.max_uses = Some(0);
    let tag = grant.tag(&keys()).unwrap();
    assert_eq!(grant.check_tag(&keys(), &tag), Err(Refusal::Tampered));
}

#[test]
fn a_security_code_that_was_edited_is_found() {
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let same_as = |user| Access::SameAs(Name::new(user).unwrap());
    let accesses = [
        Access::SuperAdministrator,
        same_as("bob"),
        same_as("bo"),
        same_as("Bob"),
    ];
    let [later, earlier] = nearly(at(NOW));
    let lives = [
        Life::Until(at(NOW)),
        Life::Until(later),
        Life::Until(earlier),
        Life::Permanent,
        Life::Deleted,
        // The ends of what chrono can say are neither for good nor deleted.
        Life::Until(DateTime::<Utc>::MAX_UTC),
        Life::Until(DateTime::<Utc>::MIN_UTC),
    ];
    let (_, created) =
        SecurityCode::create(&keys(), &root, accesses[0].clone(), "", at(NOW), &mut rng()).unwrap();
    let with = |access: &Access, life| SecurityCode {
        access: access.clone(),
        life,
        ..created.clone()
    };
    for access in &accesses {
        for life in lives {
            let sound = with(access, life);
            let tag = sound.tag(&keys()).unwrap();
            binds(&tag, |tag| sound.check_tag(&keys(), tag));
            for other in &accesses {
                for other_life in lives {
                    let fits = with(other, other_life).check_tag(&keys(), &tag).is_ok();
                    assert_eq!(fits, (access, life) == (other, other_life));
                }
            }
            for place in [0, 31] {
                let mut edited = sound.clone();
                edited.digest = flipped(edited.digest, place);
                assert_eq!(edited.check_tag(&keys(), &tag), Err(Refusal::Tampered));
            }
            for (ring, refusal) in other_keys() {
                assert_eq!(sound.check_tag(&ring, &tag), Err(refusal));
            }
        }
    }
    // One kind of record does not pass for another.
    let grant = issue(OnlinePolicy::default()).1;
    let disguised = SecurityCode {
        digest: grant.digest,
        life: Life::Until(grant.expires_at),
        ..created
    };
    let tag = grant.tag(&keys()).unwrap();
    assert_eq!(disguised.check_tag(&keys(), &tag), Err(Refusal::Tampered));
}

#[test]
fn an_answer_that_was_invented_is_found() {
    let name = |name| Name::new(name).unwrap();
    let (id, user) = (name("5f0c"), name("alice"));
    let (other_id, other_user) = (name("5f0d"), name("alicf"));
    let (longer, shorter) = (name("5f0ca"), name("lice"));
    let code = |symbols: &str| -> Code {
        let length = CodeLength::new(symbols.len()).unwrap();
        CodeFormat::new(Alphabet::HEX, length)
            .normalize(symbols)
            .unwrap()
    };
    let (typed, wrong, short) = (code("3F9A77C201BE"), code("3F9A77C201BF"), code("3F9A77C2"));
    let sound = Attempt {
        key_id: KeyId(1),
        id: &id,
        user: &user,
        purpose: Purpose::Reset,
        code: &typed,
        answer: b"granted",
    };
    let tag = sound.tag(&keys()).unwrap();
    binds(&tag, |tag| sound.check_tag(&keys(), tag));
    let edits = [
        Attempt {
            id: &other_id,
            ..sound
        },
        Attempt {
            user: &other_user,
            ..sound
        },
        // The same letters, divided elsewhere.
        Attempt {
            id: &longer,
            user: &shorter,
            ..sound
        },
        Attempt {
            purpose: Purpose::Register,
            ..sound
        },
        Attempt {
            purpose: Purpose::Bypass,
            ..sound
        },
        Attempt {
            code: &wrong,
            ..sound
        },
        Attempt {
            code: &short,
            answer: b"01BEgranted",
            ..sound
        },
        Attempt {
            answer: b"grante",
            ..sound
        },
        Attempt {
            answer: b"",
            ..sound
        },
    ];
    for edited in edits {
        let checked = edited.check_tag(&keys(), &tag);
        assert_eq!(checked, Err(Refusal::Tampered), "{edited:?}");
    }
    for (ring, refusal) in other_keys() {
        assert_eq!(sound.check_tag(&ring, &tag), Err(refusal));
    }
    let missing = Attempt {
        key_id: KeyId(9),
        ..sound
    };
    let refusal = Refusal::KeyMissing { id: KeyId(9) };
    assert_eq!(missing.check_tag(&keys(), &tag), Err(refusal));
}

#[test]
fn a_check_value_tells_one_key_from_another() {
    let mut ring = keys();
    ring.rotate(KeyId(2), &MasterKey::from_bytes([8; 32]))
        .unwrap();
    let values: Vec<_> = ring.check_values().collect();
    let [(KeyId(2), newest), (KeyId(1), oldest)] = values[..] else {
        panic!("{values:?}");
    };
    assert_ne!(newest, oldest);
    assert!(keys().check_values().eq([(KeyId(1), oldest)]));
    let tenant = keys().tenant("acme").unwrap();
    assert!(tenant.check_values().all(|(_, value)| value != oldest));
}

#[test]
fn a_record_that_was_changed_is_told_to_the_log_alone() {
    let refusal = Refusal::Tampered;
    assert_eq!(refusal.reason(), "tampered");
    assert_eq!(
        refusal.to_string(),
        "the record was changed from outside; issue anew, and find out who can write to the store"
    );
    let public = refusal.public_message().to_string();
    assert_eq!(public, "That code is not valid.");
    let tag = RecordTag::from_bytes([0x3F; 32]);
    assert_eq!(format!("{tag:?}"), "RecordTag(..)");
}
