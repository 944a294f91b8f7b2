//! Attempts during a lockout, and names that have no code.

use chrono::TimeDelta;
use stopgap_registry::{
    EventFilter, EventKind, Registry,
    stopgap::{OnlinePolicy, Purpose, Refusal, Throttle, UserHead, VerifyRequest},
    store::{Row, Table, Value},
};

use crate::{
    rows,
    world::{World, desk, noon, refused, ring, root},
};

const WRONG: &str = "0123-4567-89AB";

fn tables(world: &World) -> Vec<Vec<Row>> {
    let rows = |table| rows::all(&*world.store, world.tenant(), table);
    Table::ALL.map(rows).to_vec()
}

fn guess(registry: &Registry, user: &str, key: Option<&str>) -> Refusal {
    let mut request = VerifyRequest::new(user, WRONG, Purpose::Reset);
    request.idempotency_key = key;
    refused(registry.verify_code(&request))
}

fn lock_out(world: &World) {
    for _ in 0..5 {
        assert_eq!(world.refusal(WRONG), Refusal::Unknown);
    }
}

/// Attempts during a lockout write nothing, with any text.
pub(crate) fn a_lockout_writes_nothing(world: &World) {
    let code = world.issue(&OnlinePolicy::default());
    lock_out(world);
    let before = tables(world);
    // This also holds for a registry that has not seen the failures.
    let other = world.open("default", &ring(&[1])).unwrap();
    for registry in [&world.registry, &other] {
        for typed in [code.as_str(), WRONG, "typo"] {
            for key in [None, Some("key")] {
                let mut request = VerifyRequest::new("alice", typed, Purpose::Reset);
                request.idempotency_key = key;
                let refusal = refused(registry.verify_code(&request));
                assert_eq!(refusal.reason(), "throttled");
            }
        }
    }
    assert_eq!(tables(world), before);
    // The user's codes are still valid afterwards.
    world.pass(TimeDelta::minutes(2));
    let _ = world.verify(&code).unwrap();
}

/// One event in a minute has the number of attempts.
pub(crate) fn attempts_of_a_minute_have_one_event(world: &World) {
    lock_out(world);
    let throttled = || {
        let filter = EventFilter {
            kind: Some(EventKind::VerifyCode),
            ..EventFilter::default()
        };
        let mut events = world.registry.events(&root(), &filter).unwrap();
        events.retain(|event| event.reason.as_deref() == Some("throttled"));
        events.iter().map(|event| event.count).collect::<Vec<_>>()
    };
    for _ in 0..7 {
        assert_eq!(world.refusal(WRONG).reason(), "throttled");
    }
    assert!(throttled().is_empty());
    world.pass(TimeDelta::seconds(59));
    assert_eq!(world.refusal(WRONG).reason(), "throttled");
    assert!(throttled().is_empty());
    // The next call of any kind stores the event, after its own work.
    world.pass(TimeDelta::seconds(2));
    world.registry.codes(&desk(), "alice").unwrap();
    assert_eq!(throttled(), [8]);
    // The lockout has ended; the sixth failure starts the next one.
    assert_eq!(world.refusal(WRONG), Refusal::Unknown);
    assert_eq!(world.refusal(WRONG).reason(), "throttled");
    world.registry.flush().unwrap();
    assert_eq!(throttled(), [1, 8]);
    world.registry.flush().unwrap();
    assert_eq!(throttled(), [1, 8]);
    // Dropping a registry stores the event too.
    let other = world.open("default", &ring(&[1])).unwrap();
    for _ in 0..3 {
        assert_eq!(guess(&other, "alice", None).reason(), "throttled");
    }
    drop(other);
    assert_eq!(throttled(), [3, 1, 8]);
}

/// An unlock has an effect at once, even in a registry that remembers the lockout.
pub(crate) fn an_unlock_is_effective_in_every_registry(world: &World) {
    let code = world.issue(&OnlinePolicy::default());
    lock_out(world);
    assert_eq!(world.refusal(&code).reason(), "throttled");
    let other = world.open("default", &ring(&[1])).unwrap();
    other.unlock(&root(), "alice").unwrap();
    let _ = world.verify(&code).unwrap();
}

/// A tenant remembers the failures of all users, and of 1,024 names without codes.
pub(crate) fn made_up_names_are_forgotten(world: &World) {
    world.issue(&OnlinePolicy::default());
    assert_eq!(world.refusal(WRONG), Refusal::Unknown);
    let strangers = 1_024_u32;
    // Heads like those of refused attempts, for as many names as are remembered.
    let keys = ring(&[1]).tenant(world.tenant());
    let throttle = Throttle {
        failures: 1,
        locked_until: None,
    };
    let template = rows::only(
        &*world.store,
        world.tenant(),
        Table::Heads,
        vec!["alice".into()],
    );
    let heads: Vec<_> = (0..strangers)
        .map(|number| {
            let name = format!("stranger {number}");
            let head = UserHead::seal(&keys, name.parse().unwrap(), throttle, 1);
            let mut row = template.clone();
            row.set("user_name", name);
            rows::set_head(&mut row, &head);
            row.set("is_stranger", true);
            row.set(
                "failed_at",
                noon() - TimeDelta::seconds(i64::from(strangers - number)),
            );
            row
        })
        .collect();
    world.store.keep(world.tenant(), &heads).unwrap();
    let names = || {
        let rows = rows::all(&*world.store, world.tenant(), Table::Heads);
        let mut names: Vec<String> = rows.iter().map(Row::to_string).collect();
        names.sort();
        names
    };
    assert_eq!(names().len(), 1_025);
    // A new name displaces the oldest one.
    assert_eq!(guess(&world.registry, "mallory", None), Refusal::Unknown);
    assert_eq!(names().len(), 1_025);
    assert!(names().contains(&"mallory".into()));
    assert!(!names().contains(&"stranger 0".into()));
    // A known name displaces no other name, and the head of a user is never displaced.
    assert_eq!(world.refusal(WRONG), Refusal::Unknown);
    // A name that fails again becomes the newest.
    assert_eq!(
        guess(&world.registry, "stranger 1", Some("key")),
        Refusal::Unknown
    );
    assert_eq!(guess(&world.registry, "trent", None), Refusal::Unknown);
    let names = names();
    assert_eq!(names.len(), 1_025);
    assert!(names.contains(&"stranger 1".into()) && names.contains(&"alice".into()));
    assert!(!names.contains(&"stranger 2".into()));
    // A name that gets a code becomes a user.
    let issued =
        world
            .registry
            .issue_code(&desk(), "trent", &OnlinePolicy::default(), &chrono::Utc);
    let _ = issued.unwrap();
    let trent = rows::only(
        &*world.store,
        world.tenant(),
        Table::Heads,
        vec!["trent".into()],
    );
    assert_eq!(*trent.value("is_stranger"), Value::from(false));
    let throttle = world.registry.throttle(&desk(), "trent").unwrap();
    assert_eq!(throttle.failures, 1);
}

/// A malformed text leaves no record.
pub(crate) fn a_typo_leaves_no_record(world: &World) {
    world.issue(&OnlinePolicy::default());
    let before = tables(world);
    for user in ["alice", "mallory"] {
        for typed in ["", "3F9A", "no code at all", "3F9A-77C2-01BG"] {
            for key in [None, Some("key")] {
                let mut request = VerifyRequest::new(user, typed, Purpose::Reset);
                request.idempotency_key = key;
                let refusal = refused(world.registry.verify_code(&request));
                assert_eq!(refusal.reason(), "malformed");
            }
        }
    }
    assert_eq!(tables(world), before);
}

/// A head that was edited is refused until an administrator unlocks the user.
pub(crate) fn an_edited_head_is_refused(world: &World) {
    let code = world.issue(&OnlinePolicy::default());
    assert_eq!(world.refusal(WRONG), Refusal::Unknown);
    let head = || world.row(Table::Heads, vec!["alice".into()]);
    world.edit(&head(), |row| row.set("failures", 0_u32));
    for typed in [code.as_str(), WRONG] {
        assert_eq!(world.refusal(typed), Refusal::Tampered);
        let event = world.last_event();
        assert_eq!(event.reason.as_deref(), Some("tampered"));
    }
    let policy = OnlinePolicy::default();
    let issued = world
        .registry
        .issue_code(&desk(), "alice", &policy, &chrono::Utc);
    assert_eq!(refused(issued.map(drop)), Refusal::Tampered);
    let shown = world.registry.throttle(&desk(), "alice");
    assert_eq!(refused(shown.map(drop)), Refusal::Tampered);
    // It does not prevent revoking a code.
    world.issue_to("bob", &policy);
    let record = world.registry.revoke_last_code(&desk(), "alice").unwrap();
    assert!(record.revoked_at.is_some());
    world.registry.unlock(&root(), "alice").unwrap();
    let code = world.issue(&policy);
    let _ = world.verify(&code).unwrap();
    let numbers = world.registry.codes(&desk(), "alice").unwrap();
    assert!(numbers[0].number > numbers[1].number);
}
