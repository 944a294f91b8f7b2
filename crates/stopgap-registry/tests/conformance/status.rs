use chrono::{TimeDelta, Utc};
use stopgap_registry::{
    ClockState, EventKind, PurgePolicy, Status, UserThrottle,
    stopgap::{Access, KeyId, OnlinePolicy, Scopes, SecurityRequest, Throttle, UserHead, Validity},
    store::{Change, Table},
};

use crate::{
    rows,
    world::{World, noon, reason, ring, root},
};

/// Returns the status, with the codes that end within a day.
fn status(world: &World) -> Status {
    let end = world.now() + TimeDelta::hours(25);
    world.registry.status(&root(), end).unwrap()
}

pub(crate) fn a_status_counts_what_is_live(world: &World) {
    let day = OnlinePolicy::default();
    let week = day.validity(Validity::days(7).unwrap());
    let code = world.issue(&day.max_uses(1));
    for (user, policy) in [
        ("bob", &day),
        ("bob", &week),
        ("carol", &week.not_before(world.now() + TimeDelta::hours(1))),
    ] {
        world.issue_to(user, policy);
    }
    let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
    let codes = [(); 3].map(|()| {
        let created = world
            .registry
            .create_security_code(&root(), request.clone());
        created.unwrap().record.id
    });
    let permanent = world
        .registry
        .make_security_code_permanent(&root(), codes[0]);
    permanent.unwrap();
    let counts = |status: &Status| {
        (
            (status.codes, status.codes_ending),
            (status.security_codes, status.security_codes_ending),
        )
    };
    let before = status(world);
    assert_eq!(counts(&before), ((4, 2), (3, 2)));
    assert_eq!((before.unreadable, before.log_retention_days), (0, 90));
    assert_eq!(before.tenant, *world.tenant());
    assert_eq!(world.last_event().kind, EventKind::ShowStatus);

    let _ = world.verify(&code).unwrap();
    world.registry.revoke_last_code(&root(), "bob").unwrap();
    assert_eq!(counts(&status(world)), ((2, 1), (3, 2)));
    world.pass(TimeDelta::days(2));
    assert_eq!(counts(&status(world)), ((1, 0), (1, 0)));

    let row = rows::all(&*world.store, world.tenant(), Table::Codes).remove(0);
    world.edit(&row, |row| row.set("max_uses", 0_u32));
    let row = rows::all(&*world.store, world.tenant(), Table::SecurityCodes).remove(0);
    world.edit(&row, |row| row.set("scopes", "no JSON"));
    assert_eq!(status(world).unreadable, 1);
}

pub(crate) fn a_status_names_who_is_locked_out(world: &World) {
    world.issue(&OnlinePolicy::default());
    for _ in 0..5 {
        assert!(world.verify("0000-0000-0000").is_err());
    }
    let tenant = world.tenant();
    let lock_out = |user: &str, failures| {
        let throttle = Throttle {
            failures,
            locked_until: Some(world.now() + TimeDelta::minutes(5))
                .filter(|_| (5..100).contains(&failures)),
        };
        let keys = ring(&[1]).tenant(tenant);
        let head = UserHead::seal(&keys, user.parse().unwrap(), throttle, 1);
        let head = Change::Insert(rows::head(&head, noon()));
        rows::apply(&*world.store, tenant, &[head]);
    };
    lock_out("zoe", 1_000);
    lock_out("bob", 6);
    lock_out("carol", 0);
    let shown = status(world);
    let names = |status: &Status| -> Vec<String> {
        let users = status.locked.iter().map(|one| one.user.to_string());
        users.collect()
    };
    assert_eq!(names(&shown), ["zoe", "alice", "bob"]);
    assert_eq!((shown.locked_users, shown.locked_without_end), (3, 1));
    let ends = shown.locked.iter().map(UserThrottle::has_end);
    assert_eq!(ends.collect::<Vec<_>>(), [false, true, true]);

    let row = world.row(Table::Heads, vec!["bob".into()]);
    world.edit(&row, |row| row.set("failures", 0_u32));
    let shown = status(world);
    assert_eq!(names(&shown), ["bob", "zoe", "alice"]);
    assert!(shown.locked[0].is_tampered);
    world.pass(TimeDelta::hours(1));
    assert_eq!(names(&status(world)), ["bob", "zoe"]);

    // Those without an end displace the others.
    for number in 0..120 {
        lock_out(&format!("user{number:03}"), 6 + number % 2 * 1_000);
    }
    let shown = status(world);
    assert_eq!((shown.locked_users, shown.locked_without_end), (122, 62));
    assert_eq!(shown.locked.len(), 100);
    let with_end = shown.locked.iter().filter(|one| one.has_end()).count();
    assert_eq!(with_end, 100 - 62);
    assert_eq!(names(&shown)[61..63], ["zoe", "user000"]);
}

pub(crate) fn a_status_shows_the_keys(world: &World) {
    world.issue(&OnlinePolicy::default());
    let only = |status: &Status| {
        let keys = status.keys.iter();
        let keys = keys.map(|key| (key.id.0, key.primary, key.present, key.needed));
        keys.collect::<Vec<_>>()
    };
    assert_eq!(only(&status(world)), [(1, true, true, true)]);
    let other = world.open("default", &ring(&[2])).unwrap();
    let shown = other.status(&root(), world.now()).unwrap();
    assert_eq!(
        only(&shown),
        [(1, false, false, true), (2, true, true, false)]
    );

    // The records of another tenant are not ended.
    let both = ring(&[1, 2]);
    let [one, other] = ["default", "other"].map(|tenant| world.open(tenant, &both).unwrap());
    let policy = OnlinePolicy::default();
    let old = world.open("other", &ring(&[1])).unwrap();
    drop(old.issue_code(&root(), "alice", &policy, &Utc).unwrap());
    one.retire_compromised_key(&root(), KeyId(1)).unwrap();
    let shown = one.status(&root(), world.now()).unwrap();
    assert_eq!(shown.not_ended, [KeyId(1)]);
    assert!(!shown.keys[0].needed && shown.keys[0].compromised);
    let checked = other.check(&root(), world.now(), |_| {}).unwrap();
    let [found] = checked.findings.as_slice() else {
        panic!("{checked:?}");
    };
    assert_eq!(found.fault.as_str(), "key_retired");
    other.retire_compromised_key(&root(), KeyId(1)).unwrap();
    for registry in [one, other] {
        let checked = registry.check(&root(), world.now(), |_| {}).unwrap();
        assert!(checked.status.not_ended.is_empty());
        assert_eq!((checked.faults, checked.unchecked > 0), (0, true));
    }
}

pub(crate) fn a_status_shows_a_wrong_clock(world: &World) {
    world.issue(&OnlinePolicy::default());
    let shown = status(world);
    assert_eq!(shown.clock(None), ClockState::Right);
    assert!(shown.seen_at.is_some());
    let minutes = TimeDelta::try_minutes(2);
    match shown.clock(minutes) {
        ClockState::Differs { seconds } => {
            // The clock of this test stands in the past of the server.
            assert!(shown.store_time.is_some() && seconds < 0, "{seconds}");
        }
        state => assert_eq!((state, shown.store_time), (ClockState::Right, None)),
    }
    world.set(noon() - TimeDelta::days(1));
    assert_eq!(
        reason(world.registry.codes(&root(), "alice")),
        "clock_rolled_back"
    );
    let shown = status(world);
    assert_eq!(shown.clock(None), ClockState::SetBack);
    let checked = world.registry.check(&root(), world.now(), |_| {}).unwrap();
    assert_eq!(checked.faults, 0);
    assert_eq!(checked.status.seen_at, shown.seen_at);
    world.registry.accept_clock(&root()).unwrap();
    assert_eq!(status(world).clock(None), ClockState::Right);
    let words = [ClockState::Differs { seconds: 1 }, ClockState::SetBack];
    assert_eq!(words.map(ClockState::as_str), ["differs", "set_back"]);
}

pub(crate) fn a_purge_is_dated(world: &World) {
    let registry = &world.registry;
    let policy = PurgePolicy::default();
    registry.count_purge(&root(), &policy).unwrap();
    let too_many = PurgePolicy {
        events_days: 1,
        ..policy
    };
    assert_eq!(reason(registry.purge(&root(), &too_many)), "log_retention");
    assert_eq!(status(world).purged_at, None);
    let before = world.now();
    registry.purge(&root(), &policy).unwrap();
    let after = world.now();
    registry.count_purge(&root(), &policy).unwrap();
    let purged_at = status(world).purged_at.unwrap();
    // An id has whole milliseconds.
    let before = before - TimeDelta::milliseconds(1);
    assert!(before <= purged_at && purged_at <= after, "{purged_at}");
}
