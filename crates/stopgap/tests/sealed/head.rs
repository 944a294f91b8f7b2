//! Heads of users: edits, places, and the key of an update.

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{KeyId, KeyRing, MasterKey, Refusal, Sealed, Throttle, UserHead};

use super::{MISSING, NOW, at, edits, forge, is_refused, keys, maybe, name, others, swap};

const LOCKED: Throttle = Throttle {
    failures: 5,
    locked_until: DateTime::from_timestamp(NOW, 0),
};

pub(crate) fn head(user: &str) -> Sealed<UserHead> {
    sealed_head(user, LOCKED, 41)
}

fn sealed_head(user: &str, throttle: Throttle, changes: u64) -> Sealed<UserHead> {
    UserHead::seal(&keys(), name(user), throttle, changes)
}

fn endless(failures: u32) -> Throttle {
    Throttle {
        failures,
        locked_until: None,
    }
}

/// Returns a ring with one of the keys of [`keys`].
fn one_key(id: u32) -> KeyRing {
    let byte = [7, 8][usize::try_from(id).unwrap() - 1];
    KeyRing::new(KeyId(id), &MasterKey::from_bytes([byte; 32]))
}

/// Returns the fields of a head after a check of its tag.
#[track_caller]
fn fields(sealed: &Sealed<UserHead>, keys: &KeyRing) -> (KeyId, String, Throttle, u64) {
    let record = sealed.open(keys).unwrap();
    let user = record.user.as_str().to_owned();
    (record.key_id, user, record.throttle, record.changes)
}

fn edits_of(sound: &UserHead) -> Vec<(&'static str, UserHead)> {
    let throttles = edits!(
        &sound.throttle,
        Throttle {
            failures: others(&sound.throttle.failures, [0, 4, 6, 99, u32::MAX]),
            locked_until: maybe(sound.throttle.locked_until),
        }
    );
    let changes = [0, 1, 40, 42, 1 << 32, u64::MAX - 1, u64::MAX];
    edits!(
        sound,
        UserHead {
            key_id: [KeyId(2), MISSING],
            user: ["bob", "alic", "clara"].map(name),
            throttle: throttles.into_iter().map(|(_, throttle)| throttle),
            changes: others(&sound.changes, changes),
        }
    )
}

#[test]
fn an_edited_head_is_refused() {
    for (sound, count) in [
        (head("alice"), 22),
        (sealed_head("alice", endless(100), u64::MAX), 21),
        (sealed_head("alice", Throttle::default(), 0), 20),
    ] {
        for (field, edited) in forge(&sound, edits_of(sound.unverified()), count) {
            let record = edited.unverified();
            let (throttle, changes) = (record.throttle, record.changes);
            for user in ["alice", record.user.as_str()] {
                let refusal = edited.head(&keys(), user).unwrap_err();
                assert!(is_refused(field, refusal), "{field}: {refusal}");
            }
            for (throttle, changes) in [(throttle, changes), (LOCKED, 41), (endless(0), 0)] {
                let updated = edited.update(&keys(), throttle, changes);
                let refusal = updated.unwrap_err();
                assert!(is_refused(field, refusal), "{field}: {refusal}");
            }
        }
        let record = sound.head(&keys(), "alice").unwrap();
        assert_eq!(record.throttle, sound.unverified().throttle);
        assert_eq!(record.changes, sound.unverified().changes);
    }
}

/// The tag of a whole head is valid in any place, so its user is compared with the one
/// that was asked for.
#[test]
fn the_head_of_another_user_is_refused() {
    let keys = keys();
    let (fresh, locked) = (sealed_head("bob", endless(0), 0), head("alice"));
    assert_eq!(fresh.head(&keys, "bob").unwrap().changes, 0);
    assert_eq!(locked.head(&keys, "alice").unwrap().changes, 41);
    for user in ["bob", "", "alic", "alicee", "Alice", "alice "] {
        let refusal = locked.head(&keys, user).map(|_| ()).unwrap_err();
        assert_eq!(refusal, Refusal::Tampered, "{user:?}");
    }
    let refusal = fresh.head(&keys, "alice").map(|_| ()).unwrap_err();
    assert_eq!(refusal, Refusal::Tampered);

    // Without the key, a head cannot be checked.
    let other = KeyRing::new(KeyId(3), &MasterKey::from_bytes([7; 32]));
    let missing = Refusal::KeyMissing { id: KeyId(1) };
    for user in ["alice", "bob"] {
        assert_eq!(locked.head(&other, user).unwrap_err(), missing);
    }
    assert_eq!(locked.update(&other, LOCKED, 42).unwrap_err(), missing);
    let tenant = keys.tenant(&name("acme"));
    let refusal = locked.head(&tenant, "alice").unwrap_err();
    assert_eq!(refusal, Refusal::Tampered);
    let refusal = locked.update(&tenant, LOCKED, 42).unwrap_err();
    assert_eq!(refusal, Refusal::Tampered);
}

#[test]
fn tags_of_other_heads_are_refused() {
    swap(
        &[
            head("alice"),
            head("bob"),
            sealed_head("alice", endless(5), 41),
            sealed_head("alice", endless(0), 41),
            sealed_head("alice", LOCKED, 42),
            sealed_head("alice", LOCKED, 41 << 8),
        ],
        6 * 5,
    );
}

#[test]
fn an_update_changes_only_throttle_and_number() {
    let mut sealed = sealed_head("alice", Throttle::default(), 0);
    for (throttle, changes) in [
        (Throttle::default(), 1),
        (LOCKED, 1),
        (endless(u32::MAX), u64::MAX),
        (LOCKED, 0),
    ] {
        let updated = sealed.update(&keys(), throttle, changes).unwrap();
        assert_ne!(updated.tag(), sealed.tag());
        let expected = (KeyId(1), "alice".to_owned(), throttle, changes);
        assert_eq!(fields(&updated, &keys()), expected);
        assert_eq!(updated.tag(), sealed_head("alice", throttle, changes).tag());
        sealed = updated;
    }
    let same = sealed.update(&keys(), LOCKED, 0).unwrap();
    assert_eq!(same.tag(), sealed.tag());
}

/// A head is sealed under the primary key. It keeps that key when another key has become the
/// primary key, so a process without the newer key can read it.
#[test]
fn an_update_keeps_the_key() {
    let (old, newer) = (one_key(2), keys());
    assert_eq!((old.primary_id(), newer.primary_id()), (KeyId(2), KeyId(1)));
    let sealed = UserHead::seal(&old, name("alice"), LOCKED, 41);
    let updated = sealed.update(&newer, endless(0), 42).unwrap();
    let expected = (KeyId(2), "alice".to_owned(), endless(0), 42);
    for keys in [&old, &newer] {
        assert_eq!(fields(&updated, keys), expected);
    }
    let again = updated.update(&old, LOCKED, 43).unwrap();
    assert_eq!(again.head(&newer, "alice").unwrap().changes, 43);

    let missing = Refusal::KeyMissing { id: KeyId(2) };
    let alone = one_key(1);
    assert_eq!(updated.head(&alone, "alice").unwrap_err(), missing);
    assert_eq!(updated.update(&alone, LOCKED, 43).unwrap_err(), missing);
    let anew = UserHead::seal(&newer, name("alice"), endless(0), 42);
    assert_eq!(anew.unverified().key_id, KeyId(1));
    assert_ne!(anew.tag(), updated.tag());
    let missing = Refusal::KeyMissing { id: KeyId(1) };
    assert_eq!(anew.head(&old, "alice").unwrap_err(), missing);
}

/// Checks that sealing and updating cut the end of a lockout, and that the uncut end does
/// not open under the tag.
#[track_caller]
fn check_end(end: DateTime<Utc>, cut: DateTime<Utc>) {
    let (keys, locked_until) = (keys(), Some(end));
    assert!(end != cut && end.timestamp_micros() == cut.timestamp_micros());
    let throttle = Throttle {
        failures: 5,
        locked_until,
    };
    let sealed = sealed_head("alice", throttle, 41);
    let updated = sealed_head("alice", endless(0), 40).update(&keys, throttle, 41);
    for sealed in [sealed, updated.unwrap()] {
        let record = sealed.head(&keys, "alice").unwrap();
        assert_eq!(record.throttle.locked_until, Some(cut));
        assert_eq!(record.throttle.failures, 5);
        let (mut record, tag) = sealed.into_parts();
        record.throttle.locked_until = locked_until;
        let edited = Sealed::from_parts(record, tag);
        let refusal = edited.head(&keys, "alice").unwrap_err();
        assert_eq!(refusal, Refusal::Tampered);
        let refusal = edited.update(&keys, endless(0), 42).unwrap_err();
        assert_eq!(refusal, Refusal::Tampered);
    }
}

#[test]
fn the_end_of_a_lockout_is_in_whole_microseconds() {
    let minute = at(NOW - NOW % 60);
    for nanos in [1, 999] {
        check_end(minute + TimeDelta::nanoseconds(nanos), minute);
    }
    let leap = |nanos| DateTime::from_timestamp(minute.timestamp() - 1, nanos).unwrap();
    check_end(leap(1_000_000_000), minute);
    let later = minute + TimeDelta::microseconds(234_567);
    check_end(leap(1_234_567_899), later);
}

/// The tag of an older head is valid: it does not show its age.
#[test]
fn an_older_head_opens() {
    let keys = keys();
    let older = sealed_head("alice", endless(0), 41);
    let newer = older.update(&keys, LOCKED, 42).unwrap();
    assert_ne!(older.tag(), newer.tag());
    let (record, tag) = older.into_parts();
    let put_back = Sealed::from_parts(record, tag);
    let head = put_back.head(&keys, "alice").unwrap();
    assert_eq!((head.changes, head.throttle), (41, endless(0)));
}
