use std::sync::Arc;

use chrono::{TimeDelta, Utc};
use stopgap_registry::{
    Enrolled, Error, ErrorKind, Registry,
    stopgap::{
        EnrolmentKey, InvalidValue, Purpose, Refusal, Validity, VerifyRequest,
        offline::{Agent, LocatePolicy, OfflinePolicy, Redeemed, RequestError},
    },
    store::{Table, Value},
};

use crate::world::{World, desk, reason, ring, text};

/// Returns the agent of a machine, which has only the key of the enrolment.
fn agent_of(enrolled: &Enrolled) -> Agent {
    Agent::new(EnrolmentKey::from_bytes(*enrolled.key.reveal()))
}

fn enrol(world: &World, machine: &str) -> Agent {
    let enrolled = world.registry.enrol_machine(&desk(), "alice", machine);
    agent_of(&enrolled.unwrap())
}

fn ask(registry: &Registry, request: &str, purpose: Purpose) -> Result<String, Error> {
    let week = Validity::days(7).unwrap();
    let answered = registry.answer_request(
        &desk(),
        &VerifyRequest::new("alice", request, purpose),
        week,
        &Utc,
    )?;
    Ok(text(&answered.code))
}

/// Returns the generation of alice's only machine.
fn generation(registry: &Registry) -> u32 {
    registry.machines(&desk(), "alice").unwrap()[0].generation
}

pub(crate) fn a_machine_asks_and_redeems(world: &World) {
    let mut laptop = enrol(world, "LAPTOP-17");
    let mut tablet = enrol(world, "TABLET-4");
    world.pass(TimeDelta::minutes(10));

    let request = laptop.request_code(world.now()).to_string();
    let week = Validity::days(7).unwrap();
    let answered = world
        .registry
        .answer_request(
            &desk(),
            &VerifyRequest::new("alice", &request, Purpose::Bypass),
            week,
            &Utc,
        )
        .unwrap();
    assert_eq!(answered.machine, "LAPTOP-17");
    assert_eq!(
        (answered.purpose, answered.validity),
        (Purpose::Bypass, week)
    );
    let shown = answered.minute * 60;
    let expires_at = answered.expires_at.unwrap();
    assert_eq!(expires_at.timestamp(), shown + 7 * 86_400);
    assert!(!answered.late);
    let event = world.last_event();
    assert_eq!(event.subject.as_deref(), Some("LAPTOP-17"));
    assert_eq!(event.detail.as_deref(), Some("bypass P7D"));

    let typed = text(&answered.code).to_lowercase();
    let wrong = tablet
        .redeem(&typed, Purpose::Bypass, world.now())
        .confirm();
    assert_eq!(wrong.unwrap_err().reason(), "unknown");
    let lock = laptop
        .redeem(&typed, Purpose::Bypass, world.now())
        .confirm();
    assert_eq!(
        lock.unwrap().password_only_lock().unwrap().until,
        expires_at
    );
    let again = laptop
        .redeem(&typed, Purpose::Bypass, world.now())
        .confirm();
    assert_eq!(again.unwrap_err().reason(), "used_up");

    let names: Vec<String> = world
        .registry
        .machines(&desk(), "alice")
        .unwrap()
        .iter()
        .map(|machine| machine.machine.to_string())
        .collect();
    assert_eq!(names, ["LAPTOP-17", "TABLET-4"]);
}

pub(crate) fn an_answer_is_refused_for_every_reason(world: &World) {
    let registry = &world.registry;
    let bypass = |request: &str| reason(ask(registry, request, Purpose::Bypass));
    assert_eq!(bypass("ZW4F-RK37"), "not_enrolled");
    assert_eq!(world.last_event().reason.as_deref(), Some("not_enrolled"));
    let laptop = enrol(world, "LAPTOP-17");
    assert_eq!(bypass("ZW4F-RK3"), "malformed");
    assert_eq!(bypass("ZZZZ-ZZZZ"), "unrecognised");
    let request = laptop.request_code(world.now()).to_string();
    let register = ask(registry, &request, Purpose::Register);
    assert_eq!(reason(register), "wrong_purpose");
    for minutes in [-90_i64, 200] {
        let there = world.now() + TimeDelta::minutes(minutes);
        let request = laptop.request_code(there).to_string();
        let error = ask(registry, &request, Purpose::Bypass).unwrap_err();
        assert_eq!(error.reason(), "clock_skew");
        let Error::Request(RequestError::ClockSkew {
            machine: Some(machine),
            minutes: found,
            ..
        }) = error
        else {
            panic!("{error:?}");
        };
        assert_eq!((machine.as_str(), i64::from(found)), ("LAPTOP-17", minutes));
    }
    // Another user's request code is unknown.
    let week = Validity::days(7).unwrap();
    let _ = registry.enrol_machine(&desk(), "bob", "DESKTOP-1").unwrap();
    let bob = registry.answer_request(
        &desk(),
        &VerifyRequest::new("bob", &request, Purpose::Reset),
        week,
        &Utc,
    );
    assert_eq!(reason(bob), "unrecognised");
    // A server without the key reports that.
    let elsewhere = world.open("default", &ring(&[2])).unwrap();
    let missing = ask(&elsewhere, &request, Purpose::Bypass);
    assert_eq!(reason(missing), "key_missing");
}

pub(crate) fn a_retired_machine_is_answered_no_more(world: &World) {
    let registry = &world.registry;
    let laptop = enrol(world, "LAPTOP-17");
    let first = generation(registry);
    let retired = registry
        .retire_machine(&desk(), "alice", "LAPTOP-17")
        .unwrap();
    assert_eq!(retired.generation, first);
    assert!(retired.retired_at.is_some());
    let request = laptop.request_code(world.now()).to_string();
    let retired = ask(registry, &request, Purpose::Bypass);
    assert_eq!(reason(retired), "not_enrolled");
    for machine in ["LAPTOP-17", "LAPTOP-18"] {
        let again = registry.retire_machine(&desk(), "alice", machine);
        assert_eq!(reason(again), "no_machine");
    }

    let enrolled_at = registry.machines(&desk(), "alice").unwrap()[0].enrolled_at;

    // After it is enrolled again, only the new key is answered.
    let again = enrol(world, "LAPTOP-17");
    let old = laptop.request_code(world.now()).to_string();
    assert_eq!(reason(ask(registry, &old, Purpose::Bypass)), "unrecognised");
    let new = again.request_code(world.now()).to_string();
    ask(registry, &new, Purpose::Bypass).unwrap();
    let [machine] = &registry.machines(&desk(), "alice").unwrap()[..] else {
        panic!("not one machine");
    };
    assert_eq!((machine.generation, machine.retired_at), (first + 1, None));
    assert!(machine.enrolled_at > enrolled_at);
}

/// A new store under an old key does not bring back the enrolments of the old store.
pub(crate) fn a_machine_starts_at_a_random_generation(world: &World) {
    let starts: Vec<u32> = ["acme", "beta", "gamma"]
        .map(|tenant| {
            let registry = world.open(tenant, &ring(&[1])).unwrap();
            let enrolled = registry.enrol_machine(&desk(), "alice", "LAPTOP-17");
            let start = enrolled.unwrap().enrolment.generation;
            assert_eq!(generation(&registry), start);
            assert!(start < 1 << 31);
            let again = registry.enrol_machine(&desk(), "alice", "LAPTOP-17");
            assert_eq!(again.unwrap().enrolment.generation, start + 1);
            start
        })
        .into();
    assert!(starts.iter().any(|start| *start != starts[0]), "{starts:?}");
}

pub(crate) fn a_reset_has_no_lock(world: &World) {
    let registry = &world.registry;
    let mut laptop = enrol(world, "LAPTOP-17");
    let request = laptop.request_code(world.now()).to_string();
    let week = Validity::days(7).unwrap();
    let answered = registry
        .answer_request(
            &desk(),
            &VerifyRequest::new("alice", &request, Purpose::Reset),
            week,
            &Utc,
        )
        .unwrap();
    assert_eq!(answered.expires_at, None);
    assert_eq!(answered.validity, Validity::DAY);
    assert_eq!(world.last_event().detail.as_deref(), Some("reset"));
    let typed = text(&answered.code);
    let redeemed = laptop.redeem(&typed, Purpose::Reset, world.now()).confirm();
    assert_eq!(redeemed.unwrap(), Redeemed::Reset);
    assert_eq!(laptop.log_on(world.now()).confirm().unwrap(), None);
}

/// A request code that is older than the machine's window is still answered.
pub(crate) fn a_late_request_is_marked(world: &World) {
    let registry = &world.registry;
    let laptop = enrol(world, "LAPTOP-17");
    let day = Validity::DAY;
    let late = |minutes| {
        let then = world.now() - TimeDelta::minutes(minutes);
        let request = laptop.request_code(then).to_string();
        let answered = registry.answer_request(
            &desk(),
            &VerifyRequest::new("alice", &request, Purpose::Bypass),
            day,
            &Utc,
        );
        answered.unwrap().late
    };
    assert_eq!([0, 30, 31, 60].map(late), [false, false, true, true]);
}

/// An offline code carries days or a month.
pub(crate) fn an_answer_takes_no_minutes(world: &World) {
    let laptop = enrol(world, "LAPTOP-17");
    let request = laptop.request_code(world.now()).to_string();
    let hour = Validity::hours(1).unwrap();
    let refused = world.registry.answer_request(
        &desk(),
        &VerifyRequest::new("alice", &request, Purpose::Bypass),
        hour,
        &Utc,
    );
    let error = refused.unwrap_err();
    assert!(matches!(
        error,
        Error::InvalidValue(InvalidValue::OfflineValidity)
    ));
    assert_eq!(
        (error.reason(), error.kind()),
        ("offline_validity", ErrorKind::Invalid)
    );
    let event = world.last_event();
    assert_eq!(event.reason.as_deref(), Some("offline_validity"));
}

/// A machine whose record was edited is not answered. It can be retired and enrolled
/// again, and then starts at a random generation.
pub(crate) fn a_machine_that_is_tampered_with_can_be_replaced(world: &World) {
    let registry = &world.registry;
    let tamper = |machine: &str| {
        let row = world.row(Table::Machines, vec!["alice".into(), machine.into()]);
        let Value::Integer(generation) = row.value("generation") else {
            panic!("{row:?}");
        };
        world.edit(&row, |row| row.set("generation", generation - 1));
    };
    let laptop = enrol(world, "LAPTOP-17");
    let desktop = enrol(world, "DESKTOP-1");
    tamper("LAPTOP-17");
    let request = |agent: &Agent| agent.request_code(world.now()).to_string();
    let refused = ask(registry, &request(&laptop), Purpose::Bypass).unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Request(RequestError::Record(Refusal::Tampered))
        ),
        "{refused}"
    );
    // It does not hide the other machine.
    ask(registry, &request(&desktop), Purpose::Bypass).unwrap();
    let retired = registry.retire_machine(&desk(), "alice", "LAPTOP-17");
    assert!(retired.unwrap().retired_at.is_some());
    let again = enrol(world, "LAPTOP-17");
    ask(registry, &request(&again), Purpose::Bypass).unwrap();

    tamper("DESKTOP-1");
    let edited = registry.machines(&desk(), "alice").unwrap().remove(0);
    let again = registry.enrol_machine(&desk(), "alice", "DESKTOP-1");
    let again = again.unwrap().enrolment.generation;
    assert!(again < 1 << 31);
    assert_ne!(again, edited.generation + 1);

    // A server without the key refuses it too.
    let other = world.open("default", &ring(&[2])).unwrap();
    let missing = ask(&other, &request(&laptop), Purpose::Bypass);
    assert_eq!(reason(missing), "key_missing");
    let enrolled = other.enrol_machine(&desk(), "alice", "LAPTOP-17").unwrap();
    let agent = agent_of(&enrolled);
    ask(&other, &request(&agent), Purpose::Bypass).unwrap();
}

/// A registry uses the alphabet and the figures of its builder.
pub(crate) fn the_registrys_figures_are_used(world: &World) {
    let laptop = enrol(world, "LAPTOP-17");
    let narrow = LocatePolicy {
        past_minutes: 2,
        ..LocatePolicy::default()
    };
    let now = world.now();
    let registry = Registry::builder(&ring(&[1]))
        .clock(move || now)
        .clock_tolerance(None)
        .offline(OfflinePolicy {
            locate: narrow,
            ..OfflinePolicy::default()
        })
        .over(Arc::clone(&world.store))
        .unwrap();
    let request = |minutes| {
        let then = now - TimeDelta::minutes(minutes);
        laptop.request_code(then).to_string()
    };
    ask(&registry, &request(2), Purpose::Bypass).unwrap();
    let late = ask(&registry, &request(3), Purpose::Bypass);
    assert_eq!(reason(late), "clock_skew");
    ask(&world.registry, &request(3), Purpose::Bypass).unwrap();
}
