//! Security codes with another lifetime than 24 hours, and their replacement by new ones.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::time::Duration;

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use stopgap::{
    Access, Action, Actor, Code, Expiry, Forbidden, InvalidValue, IssueError, KeyId, KeyRing,
    LifecycleError, LifecycleEvent, Lifetime, MasterKey, Refusal, Role, Rotated, Rotation, Scopes,
    Sealed, SecurityCode, SecurityFormat, SecurityRequest,
};

const DAY: i64 = 86_400;
const NOW: i64 = 1_790_000_000;
/// The last whole second of the year 9999.
const LAST: i64 = 253_402_300_799;

type Result<T> = std::result::Result<T, IssueError<core::convert::Infallible>>;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn actor(role: Role) -> Actor {
    Actor::new("dana", role).unwrap()
}

fn root() -> Actor {
    actor(Role::SuperAdministrator)
}

fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

fn try_create(expiry: Expiry, now: DateTime<Utc>) -> Result<(Code, Sealed<SecurityCode>)> {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let access = Access::SameAs("bob".parse().unwrap());
    let scopes = Scopes::new(["reports.read", "users:*"]).unwrap();
    let request = SecurityRequest::new(access, scopes);
    let request = request.description("nightly report").expiry(expiry);
    let format = SecurityFormat::default();
    let (text, record) = SecurityCode::create(&keys(), &format, &root(), request, now, &mut rng)?;
    Ok((format.read(text.as_str()).unwrap(), record))
}

fn create(expiry: Expiry) -> (Code, Sealed<SecurityCode>) {
    try_create(expiry, at(NOW)).unwrap()
}

fn rotate(
    record: &Sealed<SecurityCode>,
    role: Role,
    rotation: Rotation,
    now: DateTime<Utc>,
) -> Result<Rotated> {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let format = SecurityFormat::default();
    record.rotate(&keys(), &format, &actor(role), rotation, now, &mut rng)
}

fn rotated(record: &Sealed<SecurityCode>, rotation: Rotation, now: i64) -> Rotated {
    rotate(record, Role::SuperAdministrator, rotation, at(now)).unwrap()
}

fn days(days: u64) -> Rotation {
    Rotation::new(Duration::from_secs(days * 86_400))
}

fn answer(record: &Sealed<SecurityCode>, code: &Code, now: i64) -> &'static str {
    let verdict = record.authenticate(&keys(), code, |_| Role::User, at(now));
    verdict.map_or_else(|refusal| refusal.reason(), |_| "yes")
}

#[test]
fn a_code_has_the_lifetime_that_was_asked_for() {
    for (expiry, lifetime) in [
        (Expiry::default(), Lifetime::Until(at(NOW + DAY))),
        (Expiry::At(at(NOW + 1)), Lifetime::Until(at(NOW + 1))),
        (Expiry::At(at(LAST)), Lifetime::Until(at(LAST))),
        (Expiry::Never, Lifetime::Permanent),
    ] {
        let (_, record) = create(expiry);
        assert_eq!(record.open(&keys()).unwrap().lifetime, lifetime);
    }
    let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
    assert_eq!(request.clone().permanent().expiry, Expiry::Never);
    let expires_at = at(NOW).fixed_offset();
    let expected = Expiry::At(at(NOW));
    assert_eq!(request.expires_at(expires_at).expiry, expected);
}

#[test]
fn an_expiry_is_in_the_future_and_in_the_calendar() {
    let create = |expiry, now| try_create(expiry, now).map(|_| ()).unwrap_err();
    let passed = IssueError::Lifecycle(LifecycleError::ExpiryNotInFuture);
    for past in [NOW, NOW - 1] {
        let refused = create(Expiry::At(at(past)), at(NOW));
        assert_eq!(refused, passed);
        assert_eq!(refused.reason(), "expiry_not_in_future");
    }
    // Records have whole microseconds.
    let finer = at(NOW) + chrono::TimeDelta::nanoseconds(999);
    assert_eq!(create(Expiry::At(finer), at(NOW)), passed);
    let range = IssueError::InvalidValue(InvalidValue::TimeOutOfRange);
    let (never, last) = (DateTime::<Utc>::MAX_UTC, at(LAST));
    assert_eq!(create(Expiry::At(never), at(NOW)), range);
    assert_eq!(create(Expiry::Never, never), range);
    assert_eq!(create(Expiry::InADay, last), range);
}

/// The old code's lifetime and the overlap in days decide the lifetimes of both codes.
#[test]
fn both_codes_are_valid_during_the_overlap() {
    let day = Lifetime::Until(at(NOW + DAY));
    let week = Expiry::At(at(NOW + 7 * DAY));
    for (expiry, overlap, old_end, new) in [
        (week, 1, NOW + DAY, day),
        (week, 7, NOW + 7 * DAY, day),
        // It never ends later than it would have.
        (week, 30, NOW + 7 * DAY, day),
        (week, 0, NOW, day),
        (Expiry::Never, 1, NOW + DAY, Lifetime::Permanent),
        (Expiry::Never, 0, NOW, Lifetime::Permanent),
    ] {
        let (old_code, record) = create(expiry);
        let Rotated {
            text,
            record: next,
            replaced,
            ..
        } = rotated(&record, days(overlap), NOW);
        let new_code = SecurityFormat::default().read(text.as_str()).unwrap();
        assert_eq!(next.open(&keys()).unwrap().lifetime, new);
        let old = replaced.open(&keys()).unwrap();
        assert_eq!(old.lifetime, Lifetime::Until(at(old_end)));
        for now in [NOW, NOW + DAY - 1] {
            assert_eq!(answer(&next, &new_code, now), "yes");
            let answered = if now < old_end { "yes" } else { "expired" };
            assert_eq!(answer(&replaced, &old_code, now), answered);
        }
        assert_eq!(answer(&replaced, &old_code, old_end), "expired");
        assert_eq!(answer(&replaced, &new_code, NOW), "unknown");
        assert_eq!(answer(&next, &old_code, NOW), "unknown");
    }
}

#[test]
fn the_new_code_differs_in_its_secret_and_its_lifetime_only() {
    let (_, record) = create(Expiry::Never);
    let now = NOW + 3 * DAY;
    for (expiry, lifetime) in [
        (Expiry::InADay, Lifetime::Until(at(now + DAY))),
        (Expiry::At(at(now + 1)), Lifetime::Until(at(now + 1))),
        (Expiry::Never, Lifetime::Permanent),
    ] {
        let after = rotated(&record, days(1).expiry(expiry), now);
        let (old, new) = (after.replaced.unverified(), after.record.unverified());
        let before = record.unverified();
        assert_eq!(new.lifetime, lifetime);
        assert_eq!((&new.access, &new.scopes), (&before.access, &before.scopes));
        assert_eq!(new.description, "nightly report");
        assert_eq!(new.created_at, at(now));
        assert_ne!(
            (new.id, new.digest.as_bytes()),
            (before.id, before.digest.as_bytes())
        );
        assert_eq!((old.id, old.created_at), (before.id, before.created_at));
        assert_eq!(old.digest.as_bytes(), before.digest.as_bytes());
        assert_eq!((&old.access, &old.scopes), (&before.access, &before.scopes));
        assert_eq!(old.description, before.description);
    }
}

#[test]
fn a_new_code_is_made_under_the_primary_key() {
    let (_, record) = create(Expiry::InADay);
    let mut keys = keys();
    keys.add(KeyId(2), &MasterKey::from_bytes([8; 32])).unwrap();
    let format = SecurityFormat::default();
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let after = record.rotate(&keys, &format, &root(), days(1), at(NOW), &mut rng);
    let after = after.unwrap();
    assert_eq!(after.record.open(&keys).unwrap().key_id, KeyId(2));
    assert_eq!(after.replaced.open(&keys).unwrap().key_id, KeyId(1));
}

#[test]
fn a_code_is_rotated_again() {
    let (old_code, record) = create(Expiry::Never);
    let first = rotated(&record, days(2), NOW);
    let again = rotated(&first.replaced, days(1), NOW);
    let next = rotated(&first.record, days(1), NOW);
    assert_eq!(answer(&again.replaced, &old_code, NOW + DAY - 1), "yes");
    assert_eq!(answer(&again.replaced, &old_code, NOW + DAY), "expired");
    // The code that was rotated first has an expiry by now, so its second successor has one.
    let day = Lifetime::Until(at(NOW + DAY));
    assert_eq!(again.record.unverified().lifetime, day);
    assert_eq!(next.record.unverified().lifetime, Lifetime::Permanent);
}

#[test]
fn a_rotation_is_refused_for_every_reason() {
    let (_, record) = create(Expiry::InADay);
    let refused = |record: &Sealed<SecurityCode>, rotation, now| {
        let refused = rotate(record, Role::SuperAdministrator, rotation, at(now));
        refused.map(|_| ()).unwrap_err()
    };
    let action = Action::ManageSecurityCode;
    for role in [Role::User, Role::HelpDesk, Role::Administrator] {
        let forbidden = IssueError::Forbidden(Forbidden { role, action });
        let outcome = rotate(&record, role, days(1), at(NOW)).map(|_| ());
        assert_eq!(outcome, Err(forbidden));
    }
    let expired_at = at(NOW + DAY);
    for now in [NOW + DAY, NOW + 8 * DAY - 1] {
        let expired = LifecycleError::Expired { expired_at };
        let refused = refused(&record, days(1), now);
        assert_eq!(refused, IssueError::Lifecycle(expired));
        assert_eq!(
            refused.to_string(),
            "the security code expired at 2026-09-22 14:13:20 UTC; reactivate it first"
        );
    }
    let gone = IssueError::Lifecycle(LifecycleError::NotFound);
    assert_eq!(refused(&record, days(1), NOW + 8 * DAY), gone);
    let deleted = record.apply(&keys(), &root(), LifecycleEvent::Delete, at(NOW));
    assert_eq!(refused(&deleted.unwrap(), days(1), NOW), gone);

    let past = days(1).expiry(Expiry::At(at(NOW)));
    let passed = IssueError::Lifecycle(LifecycleError::ExpiryNotInFuture);
    assert_eq!(refused(&record, past, NOW), passed);
    let range = IssueError::InvalidValue(InvalidValue::TimeOutOfRange);
    for seconds in [253_402_300_800, u64::MAX] {
        let overlap = Rotation::new(Duration::from_secs(seconds));
        assert_eq!(refused(&record, overlap, NOW), range);
    }

    let edited = record.unverified().clone();
    let edited = SecurityCode {
        access: Access::SuperAdministrator,
        ..edited
    };
    let edited = Sealed::from_parts(edited, *record.tag());
    let tampered = IssueError::Lifecycle(LifecycleError::Record(Refusal::Tampered));
    assert_eq!(refused(&edited, days(1), NOW), tampered);
    assert_eq!(tampered.reason(), "tampered");
}

proptest! {
    /// No rotation makes an old code valid for longer, and within the overlap none ends it.
    #[test]
    fn a_rotation_only_shortens_the_old_code(
        left in prop::option::of(1_i64..40_000_000),
        overlap in 0_u64..40_000_000,
        nanos in 0_u32..1_000_000_000,
    ) {
        let expiry = left.map_or(Expiry::Never, |left| Expiry::At(at(NOW + left)));
        let (_, record) = create(expiry);
        let now = DateTime::from_timestamp(NOW, nanos).unwrap();
        let rotation = Rotation::new(Duration::from_secs(overlap));
        let after = rotate(&record, Role::SuperAdministrator, rotation, now).unwrap();
        let Lifetime::Until(end) = after.replaced.open(&keys()).unwrap().lifetime else {
            panic!("the old code has no end");
        };
        let overlap = i64::try_from(overlap).unwrap();
        let whole = DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap();
        let by_overlap = whole + chrono::TimeDelta::seconds(overlap);
        let expected = left.map_or(by_overlap, |left| by_overlap.min(at(NOW + left)));
        prop_assert_eq!(end, expected);
    }
}
