//! Answers that are lost, events that are stored later, and calls that have one step.

use stopgap_registry::{
    EventFilter, EventKind,
    stopgap::{Access, Purpose, Role, Scopes, SecurityRequest, VerifyRequest},
    store::Table,
};

use crate::{
    cases::{COUNTED, Given, a_code, counted_uses, verify},
    is_injected,
    world::{World, root},
};

/// If the changes were applied and the answer was lost, the idempotency key returns the
/// answer, and no other use is consumed.
#[test]
fn a_lost_answer_is_replayed() {
    for new in [World::memory, World::sqlite] {
        let world = new();
        let mut given = Given::default();
        given.name = "name-1".into();
        a_code(&world, &mut given);
        let rows = |table: Table| {
            let dump = world.dump();
            let begin = format!("{table} ");
            let rows = dump.lines().filter(|line| line.starts_with(&begin));
            rows.map(str::to_owned).collect::<Vec<_>>()
        };
        let unused = rows(Table::Codes);
        world.plan.lose_answer();
        let lost = verify(&world, &given).unwrap_err();
        assert!(is_injected(&lost), "{lost:?}");
        let used = rows(Table::Codes);
        assert_ne!(used, unused);
        let heads = rows(Table::Heads);
        verify(&world, &given).unwrap();
        verify(&world, &given).unwrap();
        assert_eq!((rows(Table::Codes), rows(Table::Heads)), (used, heads));
        // Under another key, the code is used up.
        let request = VerifyRequest::new(&given.name, &given.code, Purpose::Bypass);
        let again = world
            .registry
            .verify_code(&request.idempotency_key("another"));
        assert_eq!(again.unwrap_err().reason(), "used_up");
    }
}

/// The text of a security code that was never created.
const UNKNOWN: &str = "stopgap_0000000000000000000000000000000023024d1e";

/// An event that could not be stored is stored by the next call.
#[test]
fn an_event_that_failed_is_stored_by_the_next_call() {
    for new in [World::memory, World::sqlite] {
        let world = new();
        let present = || {
            let presented = world.registry.authenticate(UNKNOWN, |_| Role::User);
            presented.unwrap_err()
        };
        let events = || {
            let counts = world.counts().into_iter();
            let mut events = counts.filter(|(table, _)| table == "events");
            events.next().map_or(0, |(_, count)| count)
        };
        // The look-up of the code is one step.
        for k in 2..=4 {
            world.plan.fail_at(k);
            assert!(is_injected(&present()), "step {k}");
            assert!(world.plan.stop());
            assert_eq!(events(), 0);
        }
        assert_eq!(present().reason(), "unknown");
        assert_eq!(events(), 1);
        // The others of this minute are counted.
        assert_eq!(present().reason(), "unknown");
        assert_eq!(events(), 1);
        world.registry.flush().unwrap();
        assert_eq!(events(), 2);
    }
}

/// Uses that were counted are not lost if their event cannot be stored.
#[test]
fn counted_uses_are_kept_until_they_are_stored() {
    for new in [World::memory, World::sqlite] {
        let world = new();
        let mut given = Given::default();
        given.name = "name-1".into();
        counted_uses(&world, &mut given);
        for k in 1.. {
            world.plan.fail_at(k);
            let flushed = world.registry.flush();
            if !world.plan.stop() {
                flushed.unwrap();
                assert!(k > 2, "{k} steps");
                break;
            }
            assert!(is_injected(&flushed.unwrap_err()));
        }
        let filter = EventFilter {
            kind: Some(EventKind::Authenticate),
            ..EventFilter::default()
        };
        let events = world.registry.events(&root(), &filter).unwrap();
        let mut counts: Vec<u32> = events.iter().map(|event| event.count).collect();
        counts.sort_unstable();
        assert_eq!(counts, [1, COUNTED]);
    }
}

/// After the first use in a minute, authentication is one read.
#[test]
fn an_authentication_is_one_read() {
    for new in [World::memory, World::sqlite] {
        let world = new();
        let access = Access::SuperAdministrator;
        let created = world
            .registry
            .create_security_code(&root(), SecurityRequest::new(access, Scopes::UNLIMITED));
        let code = created.unwrap().code.to_string();
        let authenticate = || world.registry.authenticate(&code, |_| Role::User);
        let _ = authenticate().unwrap();
        world.plan.fail_at(2);
        let _ = authenticate().unwrap();
        assert!(!world.plan.stop());
    }
}

/// An attempt during a lockout is also one read, and writes nothing.
#[test]
fn an_attempt_during_a_lockout_is_one_read() {
    for new in [World::memory, World::sqlite] {
        let world = new();
        let attempt = || {
            let request = VerifyRequest::new("alice", "0123-4567-89AB", Purpose::Bypass);
            world.registry.verify_code(&request).unwrap_err().reason()
        };
        let answers = [(); 6].map(|()| attempt());
        assert_eq!(answers[4..], ["unknown", "throttled"]);
        let before = world.dump();
        world.plan.fail_at(2);
        assert_eq!(attempt(), "throttled");
        assert!(!world.plan.stop());
        assert_eq!(world.dump(), before);
    }
}
