//! A store that fails at each of its steps in turn: a call is done completely or not at
//! all. `STOPGAP_DEEP=1` (`cargo xtask faults`) makes many more random calls with faults.
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

#[path = "faults/answers.rs"]
mod answers;
#[path = "faults/cases.rs"]
mod cases;
#[path = "stores/faulty.rs"]
mod faulty;
#[path = "faults/purge.rs"]
mod purge;
#[path = "faults/random.rs"]
mod random;
#[path = "stores/rows.rs"]
mod rows;
#[path = "faults/world.rs"]
mod world;

use chrono::TimeDelta;
use stopgap_registry::{Error, StoreError};

use self::{
    cases::{CASES, Case},
    faulty::INJECTED,
    world::World,
};

/// Returns `true` if the error is that of the faulty store.
fn is_injected(error: &Error) -> bool {
    matches!(error, Error::Store(StoreError::Io(cause)) if cause.to_string() == INJECTED)
}

/// Returns `true` if a call has the expected answer.
fn is_right(case: &Case, outcome: &Result<(), Error>) -> bool {
    outcome.as_ref().map_err(Error::reason) == case.refusal.map_or(Ok(&()), Err)
}

/// The answer to a call during which a step may have failed.
enum Met {
    /// No step failed.
    Answer(Result<(), Error>),
    /// The step failed, and nothing was done.
    Undone,
    /// The step failed after a change, and the error says that the outcome is unknown.
    Unknown,
}

/// Makes a call while the k-th step of the store fails.
fn fail_at(world: &World, call: impl Fn() -> Result<(), Error>, k: usize) -> Met {
    world.plan.fail_at(k);
    let outcome = call();
    if !world.plan.stop() {
        return Met::Answer(outcome);
    }
    match outcome {
        Err(error) if is_injected(&error) => Met::Undone,
        Err(Error::Store(StoreError::Unknown(_))) => Met::Unknown,
        other => panic!("step {k} failed, and the answer is {other:?}"),
    }
}

/// The calls that read the store again after their change.
const READ_BACK: [&str; 7] = [
    "revoke",
    "revoke_some",
    "revoke_all",
    "revoke_one",
    "delete",
    "retire_key",
    "retire_compromised_key",
];

/// The calls that read in several transactions. The first transaction stores an event.
const READS: [&str; 4] = ["security_codes", "throttles", "keys", "events"];

/// Checks that a call that failed has changed nothing.
fn is_unchanged(case: &Case, before: &str, after: &str, k: usize) {
    let only_in = |one: &str, other: &str| {
        let lines = one.lines().filter(|line| !other.contains(line));
        // The time of the call is stored together with its event.
        let is_event = |line: &str| line.starts_with("events ") || line.starts_with("tenants ");
        let lines = lines.filter(|line| !(READS.contains(&case.name) && is_event(line)));
        // A key that should be retired may stay closed for new records.
        let is_closed = |line: &str| case.name == "retire_key" && line.starts_with("ring_keys ");
        let lines = lines.filter(|line| !is_closed(line));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    let (lost, new) = (only_in(before, after), only_in(after, before));
    let is_same = lost.is_empty() && new.is_empty();
    assert!(
        is_same,
        "{}, step {k}: lost {lost:#?}, new {new:#?}",
        case.name
    );
}

/// Makes each call with a fault at each of its steps, until the call has no more steps and
/// succeeds. Returns the number of faults.
fn every_fault(new: fn() -> World) -> usize {
    let mut faults = 0;
    for case in CASES {
        let begin = || {
            let world = new();
            let given = case.prepare(&world);
            // Some things are stored once a minute.
            world.pass(TimeDelta::seconds(90));
            (world, given)
        };
        let (mut world, mut given) = begin();
        assert!(is_right(case, &(case.call)(&world, &given)));
        let done = world.counts();
        (world, given) = begin();
        for k in 1.. {
            let before = world.dump();
            match fail_at(&world, || (case.call)(&world, &given), k) {
                Met::Answer(outcome) => {
                    assert!(is_right(case, &outcome), "{}: {outcome:?}", case.name);
                    break;
                }
                Met::Undone => is_unchanged(case, &before, &world.dump(), k),
                Met::Unknown => {
                    assert!(READ_BACK.contains(&case.name), "{}, step {k}", case.name);
                    if case.name == "retire_compromised_key" {
                        // The call can be repeated, and then ends the rest.
                        (case.call)(&world, &given).unwrap();
                    } else {
                        assert_eq!(world.counts(), done, "{}, step {k}", case.name);
                        assert_ne!(world.dump(), before);
                    }
                    (world, given) = begin();
                }
            }
            world.pass(TimeDelta::seconds(90));
            faults += 1;
        }
    }
    faults
}

#[test]
fn a_failed_call_changes_nothing() {
    let faults = [every_fault(World::memory), every_fault(World::sqlite)];
    // Each store has the same steps.
    assert_eq!(faults[0], faults[1]);
    println!(
        "faults: {} use cases over 2 stores, {} faults one by one, nothing in part",
        CASES.len(),
        faults[0] + faults[1],
    );
}

/// If a store undoes a transaction and repeats it, the outcome is the same.
#[test]
fn a_transaction_may_be_repeated() {
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
