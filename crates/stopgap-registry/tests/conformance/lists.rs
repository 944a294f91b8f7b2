use chrono::{TimeDelta, Utc};
use stopgap_registry::{
    CodeRecord, Error, EventFilter, EventKind, IdPrefix,
    stopgap::{
        Access, Name, OnlinePolicy, Purpose, RecordId, Role, Scopes, SecurityRequest, VerifyRequest,
    },
    store::{Table, Value},
};

use crate::world::{World, desk, noon, reason, root, someone};

const USERS: [&str; 3] = ["bob", "alice", "carol"];

/// Issues a code to each of these users in turn, at different times.
fn issue(world: &World, number: usize) -> Vec<RecordId> {
    let policy = OnlinePolicy::default();
    let users = (0..number).map(|index| USERS[index % USERS.len()]);
    let issued = users.map(|user| world.registry.issue_code(&desk(), user, &policy, &Utc));
    issued.map(|issued| issued.unwrap().record.id).collect()
}

fn number_of_events(world: &World, kind: EventKind) -> usize {
    let filter = EventFilter {
        kind: Some(kind),
        limit: usize::MAX,
        ..EventFilter::default()
    };
    world.registry.events(&root(), &filter).unwrap().len()
}

fn prefix(text: &str) -> IdPrefix {
    text.parse().unwrap()
}

pub(crate) fn codes_of_all_users_are_oldest_first(world: &World) {
    let ids = issue(world, 10);
    let mut listed = Vec::new();
    loop {
        let last = listed.last().copied();
        let page = world
            .registry
            .all_codes(&desk(), last, 3, |_| true)
            .unwrap();
        if page.is_empty() {
            break;
        }
        assert!(page.len() <= 3);
        listed.extend(page.iter().map(|code| code.id));
    }
    assert_eq!(listed, ids);
}

/// Unwanted rows do not end a page early, and are no further events.
pub(crate) fn only_wanted_codes_are_counted(world: &World) {
    let policy = OnlinePolicy::default();
    let many = (0..2_500).map(|_| ("bob", policy));
    world.registry.issue_codes(&desk(), many, &Utc).unwrap();
    world.pass(TimeDelta::seconds(1));
    let ids = issue(world, 6);
    let is_alice = |code: &CodeRecord| code.user.as_str() == "alice";
    let before = number_of_events(world, EventKind::ListCodes);
    let listed = world
        .registry
        .all_codes(&desk(), None, 1, is_alice)
        .unwrap();
    assert_eq!(
        listed.iter().map(|code| code.id).collect::<Vec<_>>(),
        [ids[1]]
    );
    let listed = world
        .registry
        .all_codes(&desk(), None, 9, is_alice)
        .unwrap();
    assert_eq!(listed.len(), 2);
    assert_eq!(number_of_events(world, EventKind::ListCodes), before + 2);
}

pub(crate) fn machines_of_all_users_are_listed(world: &World) {
    for (user, machine) in [("bob", "B"), ("alice", "Z"), ("alice", "A"), ("carol", "C")] {
        let enrolled = world.registry.enrol_machine(&desk(), user, machine);
        assert!(enrolled.is_ok());
    }
    world
        .registry
        .retire_machine(&desk(), "alice", "Z")
        .unwrap();
    let mut all = Vec::new();
    loop {
        let after = all.last();
        let page = world.registry.all_machines(&desk(), after, 3, |_| true);
        let page = page.unwrap();
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    let names: Vec<String> = all
        .iter()
        .map(|machine| format!("{}/{}", machine.user, machine.machine))
        .collect();
    assert_eq!(names, ["alice/A", "alice/Z", "bob/B", "carol/C"]);
    let retired = world
        .registry
        .all_machines(&desk(), None, 9, |machine| machine.retired_at.is_some())
        .unwrap();
    assert_eq!(retired.len(), 1);
    let event = world.last_event();
    assert_eq!((event.kind, event.user), (EventKind::ListMachines, None));
}

pub(crate) fn throttles_of_all_users_are_listed(world: &World) {
    issue(world, 3);
    let guess = |user| {
        let request = VerifyRequest::new(user, "0123-4567-89AB", Purpose::Reset);
        world.registry.verify_code(&request).unwrap_err();
    };
    guess("made-up");
    for _ in 0..5 {
        guess("bob");
    }
    let list = |world: &World| {
        let all = world.registry.throttles(&desk(), None, 9, |_| true);
        let all = all.unwrap().into_iter();
        let shown = all.map(|one| (one.user.to_string(), one.throttle.failures, one.is_locked));
        shown.collect::<Vec<_>>()
    };
    let (bob, stranger) = ("bob".to_owned(), "made-up".to_owned());
    assert_eq!(
        list(world),
        [(bob.clone(), 5, true), (stranger.clone(), 1, false)]
    );
    let event = world.last_event();
    assert_eq!((event.kind, event.user), (EventKind::ShowThrottle, None));
    let locked = world
        .registry
        .throttles(&desk(), None, 1, |one| one.is_locked);
    assert_eq!(locked.unwrap()[0].user.as_str(), "bob");
    let bobs = Name::new("bob").unwrap();
    let rest = world.registry.throttles(&desk(), Some(&bobs), 9, |_| true);
    assert_eq!(rest.unwrap().len(), 1);

    world.pass(TimeDelta::hours(1));
    assert_eq!(list(world), [(bob, 5, false), (stranger, 1, false)]);
    let row = world.row(Table::Heads, vec!["bob".into()]);
    world.edit(&row, |row| row.set("failures", Value::from(0_u32)));
    let edited = world
        .registry
        .throttles(&desk(), None, 9, |_| true)
        .unwrap();
    assert!(edited[0].is_tampered && edited[0].is_locked, "{edited:?}");
    world.registry.unlock(&root(), "bob").unwrap();
    assert_eq!(list(world).len(), 1);
}

pub(crate) fn a_code_is_found_by_a_part_of_its_id(world: &World) {
    let ids = issue(world, 3);
    let find = |text: &str| world.registry.find_code(&desk(), &prefix(text));
    for id in &ids {
        let whole = id.to_string();
        for text in [
            whole.clone(),
            whole.replace('-', "").to_uppercase(),
            whole[..30].to_owned(),
            IdPrefix::short(*id),
        ] {
            assert_eq!(find(&text).unwrap().id, *id, "{text}");
            let event = world.last_event();
            assert_eq!(event.kind, EventKind::ListCodes);
            assert_eq!(event.subject, Some(whole.clone()), "{text}");
        }
    }
    // All were issued within a minute.
    let error = find(&ids[0].to_string()[..8]).unwrap_err();
    match &error {
        Error::AmbiguousId {
            candidates,
            are_all,
            ..
        } => assert_eq!((candidates, *are_all), (&ids, true)),
        other => panic!("{other:?}"),
    }
    assert!(error.to_string().contains(&ids[2].to_string()), "{error}");
    assert_eq!(world.last_event().reason.as_deref(), Some("ambiguous_id"));
    let none = RecordId::first_at(noon() - TimeDelta::days(1)).to_string();
    assert_eq!(reason(find(&none)), "unknown_id");
    assert_eq!(reason(find(&none[..20])), "unknown_id");
    assert_eq!(world.last_event().reason.as_deref(), Some("unknown_id"));

    // At most ten are shown.
    issue(world, 30);
    let Error::AmbiguousId {
        candidates,
        are_all,
        ..
    } = find(&ids[0].to_string()[..6]).unwrap_err()
    else {
        panic!("it is not ambiguous");
    };
    assert_eq!((candidates.len(), are_all), (10, false));
    let user = someone(Role::User);
    for text in [&ids[0].to_string()[..8], &ids[0].to_string()] {
        let found = world.registry.find_code(&user, &prefix(text));
        assert_eq!(reason(found), "forbidden");
    }
}

/// The short form is found behind the rows that are read at a time.
pub(crate) fn a_short_form_is_found_in_a_large_store(world: &World) {
    let policy = OnlinePolicy::default();
    let many = (0..2_500).map(|_| ("bob", policy));
    let issued = world.registry.issue_codes(&desk(), many, &Utc).unwrap();
    let ids: Vec<RecordId> = issued.iter().map(|one| one.record.id).collect();
    let last = ids.iter().max().unwrap();
    let before = number_of_events(world, EventKind::ListCodes);
    let short = prefix(&IdPrefix::short(*last));
    let found = world.registry.find_code(&desk(), &short).unwrap();
    assert_eq!(found.id, *last);
    assert_eq!(number_of_events(world, EventKind::ListCodes), before + 1);
}

pub(crate) fn a_security_code_is_found_by_a_part_of_its_id(world: &World) {
    let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
    let created = world.registry.create_security_code(&root(), request);
    let id = created.unwrap().record.id;
    let short = prefix(&IdPrefix::short(id));
    let found = world.registry.find_security_code(&root(), &short).unwrap();
    assert_eq!(found.id, id);
    assert_eq!(world.last_event().kind, EventKind::ListSecurityCodes);
    let forbidden = world.registry.find_security_code(&desk(), &short);
    assert_eq!(reason(forbidden), "forbidden");
    // Online codes are others.
    assert_eq!(
        reason(world.registry.find_code(&root(), &short)),
        "unknown_id"
    );
}

pub(crate) fn several_codes_are_revoked_by_their_ids(world: &World) {
    let ids = issue(world, 5);
    let revoke = |ids: &[RecordId]| world.registry.revoke_codes(&desk(), ids);
    world.registry.revoke_code(&desk(), ids[4]).unwrap();
    let before = number_of_events(world, EventKind::RevokeCode);
    // One has ended: none is revoked.
    let error = revoke(&[ids[0], ids[1], ids[4]]).unwrap_err();
    assert!(matches!(error, Error::Batch { index: 2, .. }), "{error:?}");
    assert_eq!(error.reason(), "no_code");
    assert_eq!(number_of_events(world, EventKind::RevokeCode), before + 1);
    let live = world
        .registry
        .all_codes(&desk(), None, 9, |code| code.revoked_at.is_none());
    assert_eq!(live.unwrap().len(), 4);

    // Two of bob, and one twice.
    let revoked = revoke(&[ids[3], ids[1], ids[0], ids[1]]).unwrap();
    let revoked: Vec<RecordId> = revoked.iter().map(|code| code.id).collect();
    assert_eq!(revoked, [ids[3], ids[1], ids[0]]);
    let filter = EventFilter {
        kind: Some(EventKind::RevokeCode),
        limit: 3,
        ..EventFilter::default()
    };
    let events = world.registry.events(&root(), &filter).unwrap();
    let mut subjects: Vec<String> = events.into_iter().filter_map(|one| one.subject).collect();
    let mut expected: Vec<String> = revoked.iter().map(RecordId::to_string).collect();
    subjects.sort();
    expected.sort();
    assert_eq!(subjects, expected);
    assert_eq!(reason(revoke(&ids)), "no_code");
    assert_eq!(revoke(&[]).unwrap(), []);
}
