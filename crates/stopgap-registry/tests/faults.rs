//! A store that fails, at every call of it in turn: what was asked for is done or
//! not, and never in part. `STOPGAP_DEEP=1` (`cargo xtask faults`) tries random
//! calls and faults one after another, and many more of them.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

#[macro_use]
#[path = "stores/calls.rs"]
mod calls;
#[path = "faults/cases.rs"]
mod cases;
#[path = "stores/faulty.rs"]
mod faulty;
#[path = "faults/world.rs"]
mod world;

use chrono::TimeDelta;
use proptest::{
    collection::vec,
    test_runner::{Config, TestRunner},
};
use stopgap_registry::{
    Error, StoreError,
    stopgap::{Access, Purpose, Role, Scopes, SecurityRequest, VerifyRequest},
};

use self::{
    cases::{CASES, Case, Given, a_code, purge, verify},
    faulty::INJECTED,
    world::{World, root},
};

/// Whether the error is the one that was put in the way.
fn is_injected(error: &Error) -> bool {
    matches!(error, Error::Store(StoreError::Io(cause)) if cause.to_string() == INJECTED)
}

/// Whether a call was answered as it should be.
fn is_right(case: &Case, outcome: &Result<(), Error>) -> bool {
    outcome.as_ref().map_err(Error::reason) == case.refusal.map_or(Ok(&()), Err)
}

/// Makes a call of which the k-th store call fails; the answer where it makes
/// fewer.
fn fail_at(
    world: &World,
    call: impl Fn() -> Result<(), Error>,
    k: usize,
) -> Option<Result<(), Error>> {
    world.plan.fail_at(k);
    let outcome = call();
    if !world.plan.stop() {
        return Some(outcome);
    }
    match outcome {
        Err(error) if is_injected(&error) => None,
        other => panic!("call {k} failed, and the answer is {other:?}"),
    }
}

/// Each use case, each call of it, until it makes fewer and is done after all: how
/// many faults there were.
fn every_fault(new: fn() -> World) -> usize {
    let mut faults = 0;
    for case in CASES {
        let world = new();
        let given = case.prepare(&world);
        for k in 1.. {
            // What is noted once a minute is noted each time.
            world.pass(TimeDelta::seconds(90));
            let before = world.dump();
            let outcome = fail_at(&world, || (case.call)(&world, &given), k);
            if let Some(outcome) = outcome {
                assert!(is_right(case, &outcome), "{}: {outcome:?}", case.name);
                break;
            }
            assert_eq!(world.dump(), before, "{}, call {k}", case.name);
            faults += 1;
        }
    }
    faults
}

#[test]
fn a_failed_call_changes_nothing() {
    let faults = [every_fault(World::memory), every_fault(World::sqlite)];
    // The same calls are made over each store.
    assert_eq!(faults[0], faults[1]);
    println!(
        "faults: {} use cases over 2 stores, {} faults one by one, nothing in part",
        CASES.len(),
        faults[0] + faults[1],
    );
}

/// Of each kind what was over is deleted or not; nothing else is.
#[test]
fn a_failed_purge_deletes_less() {
    for new in [World::memory, World::sqlite] {
        let world = filled(new());
        let all: Vec<String> = lines(&world);
        for k in 1.. {
            let before = lines(&world);
            let done = fail_at(&world, || purge(&world), k);
            let after = lines(&world);
            // The purge's own event is new.
            let new = after.iter().filter(|line| !before.contains(line)).count();
            let rows = if world.is_a_file() { 2 } else { 1 };
            assert!(new <= rows, "call {k}: {new} new lines");
            if let Some(done) = done {
                done.unwrap();
                assert!(
                    all.iter()
                        .all(|line| !is_over(line) || !after.contains(line))
                );
                assert!(k > 10, "{k} calls");
                break;
            }
        }
    }
}

/// Whether it goes with a purge: all but what has no end.
fn is_over(line: &str) -> bool {
    if line.contains(r#""permanent""#) {
        return false;
    }
    ["code ", "security ", "verification ", "event "]
        .iter()
        .any(|kind| line.starts_with(kind))
}

/// All that is kept but the clock, which each call may note.
fn lines(world: &World) -> Vec<String> {
    let dump = world.dump();
    let lines = dump.lines().filter(|line| !line.contains("clock"));
    lines.map(str::to_owned).collect()
}

/// Something of each kind, and a month later.
fn filled(world: World) -> World {
    for case in CASES {
        let given = case.prepare(&world);
        // In company not each is answered as it would be alone.
        let _ = (case.call)(&world, &given);
    }
    world.pass(TimeDelta::days(31));
    world
}

/// The transaction was kept, and the caller does not know: the idempotency key gets the
/// answer, and nothing more is consumed.
#[test]
fn a_lost_answer_is_given_again() {
    for new in [World::memory, World::sqlite] {
        let world = new();
        let mut given = Given::default();
        given.name = "name-1".into();
        a_code(&world, &mut given);
        world.plan.lose_answer();
        let lost = verify(&world, &given).unwrap_err();
        assert!(is_injected(&lost), "{lost:?}");
        let kept = world.dump();
        assert!(kept.contains(r#""uses":1"#), "{kept}");
        verify(&world, &given).unwrap();
        verify(&world, &given).unwrap();
        let code = |dump: &str| {
            dump.lines()
                .find(|line| line.starts_with("code "))
                .unwrap()
                .to_owned()
        };
        assert_eq!(code(&world.dump()), code(&kept));
        // With another key it is used up.
        let (user, code) = (&given.name, &given.code);
        let registry = &world.registry;
        let again = registry.verify_code(
            &VerifyRequest::new(user, code, Purpose::Bypass).idempotency_key("another"),
        );
        assert_eq!(again.unwrap_err().reason(), "used_up");
    }
}

/// The text of a security code that was never created.
const UNKNOWN: &str = "stopgap_0000000000000000000000000000000023024d1e";

/// What could not be noted is noted the next time.
#[test]
fn an_unknown_security_code_is_noted_after_all() {
    for new in [World::memory, World::sqlite] {
        let world = new();
        let present = || {
            let presented = world.registry.authenticate(UNKNOWN, |_| Role::User);
            presented.unwrap_err()
        };
        // The look at the codes is a transaction, and two calls.
        world.plan.fail_at(3);
        assert!(is_injected(&present()));
        assert!(world.plan.stop());
        assert_eq!(present().reason(), "unknown");
        assert_eq!(present().reason(), "unknown");
        let dump = world.dump();
        let noted = dump.lines().filter(|line| line.starts_with("event "));
        assert_eq!(noted.count(), 1, "{dump}");
    }
}

/// One look, once its use has been noted: a third call would fail.
#[test]
fn to_authenticate_is_one_look() {
    for new in [World::memory, World::sqlite] {
        let world = new();
        let access = Access::SuperAdministrator;
        let created = world
            .registry
            .create_security_code(&root(), SecurityRequest::new(access, Scopes::UNLIMITED));
        let code = created.unwrap().code.to_string();
        let authenticate = || world.registry.authenticate(&code, |_| Role::User);
        let _ = authenticate().unwrap();
        world.plan.fail_at(3);
        let _ = authenticate().unwrap();
        assert!(!world.plan.stop());
    }
}

/// A store may undo a transaction and do it again: that leaves what once leaves.
#[test]
fn a_transaction_may_begin_anew() {
    for new in [World::memory, World::sqlite] {
        for case in CASES {
            let run = |anew: bool| {
                let world = new();
                let given = case.prepare(&world);
                if anew {
                    world.plan.begin_anew();
                }
                let outcome = (case.call)(&world, &given);
                assert!(is_right(case, &outcome), "{}: {outcome:?}", case.name);
                world.counts()
            };
            assert_eq!(run(true), run(false), "{}", case.name);
        }
    }
}

/// One call after another in one store, each with a fault at random.
#[test]
fn random_calls_and_faults() {
    let (cases, calls) = match std::env::var_os("STOPGAP_DEEP") {
        Some(_) => (1_000, 40),
        None => (8, 30),
    };
    let (mut made, mut faults) = (0_usize, 0_usize);
    for new in [World::memory, World::sqlite] {
        let mut runner = TestRunner::new(Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        });
        let (made, faults) = (
            std::cell::Cell::from_mut(&mut made),
            std::cell::Cell::from_mut(&mut faults),
        );
        let some = vec((0..CASES.len(), 1_usize..14), calls / 2..calls);
        let run = runner.run(&some, |calls| {
            let world = new();
            for (case, k) in calls {
                let case = &CASES[case];
                let given = case.prepare(&world);
                let before = world.dump();
                made.set(made.get() + 1);
                let outcome = fail_at(&world, || (case.call)(&world, &given), k);
                let outcome = outcome.unwrap_or_else(|| {
                    assert_eq!(world.dump(), before, "{}, call {k}", case.name);
                    faults.set(faults.get() + 1);
                    (case.call)(&world, &given)
                });
                // In company it may be refused, but the store is well again.
                assert!(!matches!(outcome, Err(Error::Store(_))), "{outcome:?}");
            }
            Ok(())
        });
        run.unwrap();
    }
    println!(
        "faults: {made} random calls, {faults} of them failed and made again, nothing in part"
    );
}
