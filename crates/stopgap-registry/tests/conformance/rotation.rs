//! Security codes with other lifetimes, and their replacement by new ones.

use std::{sync::Barrier, thread, time::Duration};

use chrono::TimeDelta;
use stopgap_registry::{
    Error, EventFilter, EventKind, RotatedSecurityCode,
    stopgap::{Access, Expiry, KeyId, RecordId, Role, Rotation, Scopes, SecurityRequest},
    store::{Table, Value},
};

use crate::world::{World, master, reason, ring, root};

const HOUR: Duration = Duration::from_secs(3_600);

fn request(expiry: Expiry) -> SecurityRequest<'static> {
    let access = Access::SameAs("bob".parse().unwrap());
    let scopes = Scopes::new(["reports.read", "users:*"]).unwrap();
    let request = SecurityRequest::new(access, scopes);
    request.description("nightly report").expiry(expiry)
}

fn create(world: &World, expiry: Expiry) -> (RecordId, String) {
    let created = world
        .registry
        .create_security_code(&root(), request(expiry))
        .unwrap();
    (created.record.id, created.code.to_string())
}

fn rotate(world: &World, id: RecordId, overlap: Duration) -> Result<RotatedSecurityCode, Error> {
    let rotation = Rotation::new(overlap);
    world.registry.rotate_security_code(&root(), id, rotation)
}

/// Returns `yes`, or the reason of the refusal.
fn answer(world: &World, code: &str) -> &'static str {
    let verdict = world.registry.authenticate(code, |_| Role::User);
    verdict.map_or_else(|error| error.reason(), |_| "yes")
}

pub(crate) fn a_new_code_has_the_expiry_that_was_asked_for(world: &World) {
    let registry = &world.registry;
    let expires_at = world.now() + TimeDelta::days(400);
    let (id, code) = create(world, Expiry::At(expires_at));
    let kept = registry.security_code(&root(), id).unwrap();
    assert_eq!(kept.expires_at(), Some(expires_at));
    assert_eq!(kept.replaces, None);
    let created = |world: &World| {
        let kind = Some(EventKind::CreateSecurityCode);
        let filter = EventFilter {
            kind,
            ..EventFilter::default()
        };
        world.registry.events(&root(), &filter).unwrap().remove(0)
    };
    let until = expires_at.format("until %Y-%m-%dT%H:%M:%SZ").to_string();
    assert_eq!(created(world).detail, Some(until));
    let (_, lasting) = create(world, Expiry::Never);
    assert_eq!(created(world).detail.as_deref(), Some("permanent"));
    world.set(expires_at - TimeDelta::minutes(2));
    assert_eq!(answer(world, &code), "yes");
    world.set(expires_at);
    assert_eq!(answer(world, &code), "expired");
    assert_eq!(answer(world, &lasting), "yes");

    let refused = registry.create_security_code(&root(), request(Expiry::At(expires_at)));
    assert_eq!(reason(refused), "expiry_not_in_future");
    let refusal = created(world);
    assert_eq!(refusal.reason.as_deref(), Some("expiry_not_in_future"));
    assert_eq!((refusal.subject, refusal.detail), (None, None));
}

pub(crate) fn a_code_is_rotated(world: &World) {
    let registry = &world.registry;
    let (id, old) = create(world, Expiry::Never);
    assert_eq!(answer(world, &old), "yes");
    let used_at = registry.security_code(&root(), id).unwrap().last_used_at;
    let before = world.now();
    let RotatedSecurityCode {
        code,
        record,
        replaced,
    } = rotate(world, id, HOUR).unwrap();
    let new = code.to_string();
    assert_ne!((record.id, &new), (id, &old));
    assert_eq!((record.replaces, record.last_used_at), (Some(id), None));
    assert_eq!(record.state.as_str(), "permanent");
    assert_eq!(record.description, "nightly report");
    assert_eq!(
        (&record.access, &record.scopes),
        (&replaced.access, &replaced.scopes)
    );
    let ends_at = replaced.expires_at().unwrap();
    let overlap = ends_at - before;
    assert!(
        overlap >= TimeDelta::hours(1) && overlap < TimeDelta::hours(1) + TimeDelta::seconds(1)
    );
    assert_eq!((replaced.replaces, replaced.last_used_at), (None, used_at));

    // The returned records are those in the store.
    for shown in [&record, &replaced] {
        let kept = registry.security_code(&root(), shown.id).unwrap();
        let json = |record| serde_json::to_value(record).unwrap();
        assert_eq!(json(&kept), json(shown));
    }
    let listed = registry
        .security_codes(&root(), None, 10, |_| true)
        .unwrap();
    let links: Vec<_> = listed.iter().map(|code| (code.id, code.replaces)).collect();
    assert_eq!(links, [(id, None), (record.id, Some(id))]);
    let filter = EventFilter {
        kind: Some(EventKind::RotateSecurityCode),
        ..EventFilter::default()
    };
    let events = registry.events(&root(), &filter).unwrap();
    let until = ends_at.format("until %Y-%m-%dT%H:%M:%SZ");
    let detail = format!("{until}, replaced by {}", record.id);
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].subject, Some(id.to_string()));
    assert_eq!(events[0].detail, Some(detail));
    assert_eq!(events[0].user.as_ref().unwrap(), "bob");

    // Uses and changes keep the link.
    assert_eq!(answer(world, &new), "yes");
    let described = registry.describe_security_code(&root(), record.id, "report");
    assert_eq!(described.unwrap().replaces, Some(id));

    world.set(ends_at - TimeDelta::seconds(1));
    assert_eq!([&old, &new].map(|code| answer(world, code)), ["yes"; 2]);
    world.set(ends_at);
    assert_eq!(answer(world, &old), "expired");
    world.set(ends_at + TimeDelta::days(7));
    assert_eq!(answer(world, &old), "unknown");
    assert_eq!(answer(world, &new), "yes");
    // The code that it replaced is gone.
    let kept = registry.security_code(&root(), record.id).unwrap();
    assert_eq!(kept.replaces, Some(id));
}

pub(crate) fn a_rotation_decides_both_ends(world: &World) {
    let registry = &world.registry;
    // Without an overlap, the old code ends at once.
    let (id, old) = create(world, Expiry::InADay);
    let next = rotate(world, id, Duration::ZERO).unwrap();
    assert_eq!(next.replaced.state.as_str(), "expired");
    assert_eq!(answer(world, &old), "expired");
    assert_eq!(answer(world, next.code.as_str()), "yes");
    let lifetime = next.record.expires_at().unwrap() - next.record.created_at();
    assert!((lifetime - TimeDelta::days(1)).abs() < TimeDelta::seconds(1));

    // The old code never ends later than it would have.
    let expires_at = world.now() + TimeDelta::minutes(30);
    let (id, _) = create(world, Expiry::At(expires_at));
    let week = world.now() + TimeDelta::days(7);
    let rotation = Rotation::new(HOUR).expiry(Expiry::At(week));
    let next = registry.rotate_security_code(&root(), id, rotation);
    let next = next.unwrap();
    assert_eq!(next.replaced.expires_at(), Some(expires_at));
    assert_eq!(next.record.expires_at(), Some(week));

    // It may be rotated again, and its successor as well.
    let again = rotate(world, id, Duration::from_secs(60)).unwrap();
    assert!(again.replaced.expires_at().unwrap() < expires_at);
    assert_eq!(again.record.replaces, Some(id));
    let later = rotate(world, next.record.id, HOUR).unwrap();
    assert_eq!(later.record.replaces, Some(next.record.id));
    assert_eq!(later.replaced.replaces, Some(id));
}

pub(crate) fn a_rotation_is_refused_for_every_reason(world: &World) {
    let registry = &world.registry;
    let (id, old) = create(world, Expiry::InADay);
    let count = || {
        registry
            .security_codes(&root(), None, 99, |_| true)
            .unwrap()
            .len()
    };
    let rotated = |rotation| registry.rotate_security_code(&root(), id, rotation);
    let past = Rotation::new(HOUR).expiry(Expiry::At(world.now()));
    assert_eq!(reason(rotated(past)), "expiry_not_in_future");
    let ages = Rotation::new(Duration::MAX);
    assert_eq!(reason(rotated(ages)), "time_out_of_range");
    let never: RecordId = "019aa8c2-7d4e-7c3a-9f00-5b1f0c9d2e11".parse().unwrap();
    assert_eq!(reason(rotate(world, never, HOUR)), "not_found");
    let elsewhere = world.open("other", &ring(&[1])).unwrap();
    let other = elsewhere.rotate_security_code(&root(), id, Rotation::new(HOUR));
    assert_eq!(reason(other), "not_found");

    let row = world.row(Table::SecurityCodes, vec![id.into()]);
    world.edit(&row, |row| row.set("same_as", Value::Null));
    assert_eq!(reason(rotate(world, id, HOUR)), "tampered");
    let edited = world.row(Table::SecurityCodes, vec![id.into()]);
    world.edit(&edited, |row| row.set("same_as", Value::from("bob")));

    // Nothing was changed until now.
    assert_eq!((count(), answer(world, &old)), (1, "yes"));
    let kept = registry.security_code(&root(), id).unwrap();
    let lifetime = kept.expires_at().unwrap() - kept.created_at();
    assert!((lifetime - TimeDelta::days(1)).abs() < TimeDelta::seconds(1));

    world.pass(TimeDelta::hours(25));
    let expired = rotate(world, id, HOUR).unwrap_err();
    assert_eq!(expired.reason(), "expired");
    assert!(expired.to_string().ends_with("reactivate it first"));
    registry.reactivate_security_code(&root(), id).unwrap();
    let _ = rotate(world, id, HOUR).unwrap();
    assert_eq!(count(), 2);

    // A process whose primary key was retired creates no code.
    registry.add_key(&root(), KeyId(2), &master(2)).unwrap();
    let late = world.open("default", &ring(&[1])).unwrap();
    registry.retire_compromised_key(&root(), KeyId(1)).unwrap();
    let refused = late.rotate_security_code(&root(), id, Rotation::new(HOUR));
    assert_eq!(reason(refused), "key_retired");
}

/// Each rotation returns a linked code, and the old code ends as early as the shortest overlap
/// says.
pub(crate) fn rotations_at_the_same_time_lose_no_code(world: &World) {
    let registry = &world.registry;
    for _ in 0..5 {
        let (id, old) = create(world, Expiry::Never);
        let start = Barrier::new(2);
        let overlaps = [HOUR, 2 * HOUR];
        let rotated: Vec<_> = thread::scope(|scope| {
            let threads = overlaps.map(|overlap| {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    rotate(world, id, overlap)
                })
            });
            threads.map(|thread| thread.join().unwrap()).into()
        });
        let codes: Vec<_> = rotated.into_iter().map(Result::unwrap).collect();
        assert_ne!(codes[0].record.id, codes[1].record.id);
        for made in &codes {
            assert_eq!(answer(world, made.code.as_str()), "yes");
            let kept = registry.security_code(&root(), made.record.id).unwrap();
            assert_eq!(kept.replaces, Some(id));
        }
        assert_eq!(answer(world, &old), "yes");
        let left = registry.security_code(&root(), id).unwrap();
        let left = left.expires_at().unwrap() - world.now();
        assert!(left <= TimeDelta::hours(1) && left > TimeDelta::minutes(59));
    }
}
