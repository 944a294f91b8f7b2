//! A model of load, decide, apply and of the group commit, checked exhaustively: three callers
//! try a code for one use, each under its own idempotency key. Processes end at any moment,
//! answers are lost, and the clock is set forward and back.
//!
//! Two ways to apply changes are checked. One holds locks from load to apply, and the callers
//! of one process share a transaction. The other compares versions. Two faulty ways are the
//! controls.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use stateright::{Checker, Model, Property};

const CALLERS: usize = 3;
/// The code is valid before this time.
const EXPIRY: u8 = 2;
/// The most crashes, lost answers and steps of the clock in one run.
const CRASHES: u8 = 1;
const LOSSES: u8 = 1;
const STEPS: u8 = 2;

/// A way to apply changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    /// Locks are held from load to apply. The callers of a process share a transaction.
    Locks,
    /// Versions: changes are applied if nothing that was loaded has changed.
    Versions,
    /// A control: changes are applied in any case.
    Careless,
    /// A control: callers that share a transaction answer before it is committed.
    Early,
}

/// The records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
struct Records {
    uses: u8,
    version: u8,
    /// The answers under the callers' idempotency keys.
    answers: [Option<bool>; CALLERS],
    /// The latest time of a granted call.
    floor: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Phase {
    /// The caller has not called, or calls again because it got no answer.
    Idle,
    /// The caller has loaded these records, at this time.
    Loaded(Records, u8),
    /// The caller's changes are applied in a transaction that is not committed.
    Applied(bool),
    /// The answer is on its way.
    Done(bool),
    /// The caller got an answer.
    Told(bool),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    durable: Records,
    /// The records in the transaction that is open, and its process.
    open: Option<(Records, usize)>,
    callers: [Phase; CALLERS],
    /// The callers that ever got the answer that the code is granted, and the times of
    /// the decisions.
    granted: [Option<u8>; CALLERS],
    clock: u8,
    crashes: u8,
    losses: u8,
    steps: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Action {
    Load(usize),
    Apply(usize),
    Commit(usize),
    Tell(usize),
    Lose(usize),
    Crash(usize),
    Set(u8),
}

/// The first two callers are threads of one process, the third is another process.
const fn process(caller: usize) -> usize {
    caller / 2
}

struct System(Way);

impl System {
    /// Returns `true` if the callers share a transaction.
    const fn is_shared(&self) -> bool {
        matches!(self.0, Way::Locks | Way::Early)
    }

    fn is_turn_taken(state: &State) -> bool {
        let loaded = |caller: &Phase| matches!(caller, Phase::Loaded(..));
        state.callers.iter().any(loaded)
    }
}

/// Decides like the registry. Returns the changed records and the answer; `None` if the clock
/// was set back.
fn decide(mut records: Records, caller: usize, now: u8) -> Option<(Records, bool)> {
    if now < records.floor {
        return None;
    }
    if let Some(answer) = records.answers[caller] {
        return Some((records, answer && now < EXPIRY));
    }
    let is_granted = now < EXPIRY && records.uses == 0;
    if is_granted {
        records.uses += 1;
        records.floor = now;
    }
    records.answers[caller] = Some(is_granted);
    records.version += 1;
    Some((records, is_granted))
}

impl Model for System {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            durable: Records::default(),
            open: None,
            callers: [Phase::Idle; CALLERS],
            granted: [None; CALLERS],
            clock: 1,
            crashes: 0,
            losses: 0,
            steps: 0,
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        for (caller, phase) in state.callers.iter().enumerate() {
            match phase {
                Phase::Idle => {
                    let others = state.open.is_some_and(|(_, of)| of != process(caller));
                    if !self.is_shared() || (!others && !Self::is_turn_taken(state)) {
                        actions.push(Action::Load(caller));
                    }
                }
                Phase::Loaded(..) => actions.push(Action::Apply(caller)),
                // The last member commits; the order depends on the others.
                Phase::Applied(_) if !Self::is_turn_taken(state) => {
                    actions.push(Action::Commit(caller));
                }
                Phase::Applied(_) | Phase::Told(_) => {}
                Phase::Done(_) => {
                    actions.push(Action::Tell(caller));
                    if state.losses < LOSSES {
                        actions.push(Action::Lose(caller));
                    }
                }
            }
        }
        if state.crashes < CRASHES {
            actions.extend([Action::Crash(0), Action::Crash(1)]);
        }
        if state.steps < STEPS {
            let times = [state.clock.wrapping_sub(1), state.clock + 1];
            actions.extend(times.into_iter().filter(|time| *time <= 3).map(Action::Set));
        }
    }

    fn next_state(&self, last: &State, action: Action) -> Option<State> {
        let mut state = last.clone();
        match action {
            Action::Load(caller) => {
                let records = state.open.map_or(state.durable, |(records, _)| records);
                state.callers[caller] = Phase::Loaded(records, state.clock);
            }
            Action::Apply(caller) => {
                let Phase::Loaded(loaded, now) = state.callers[caller] else {
                    return None;
                };
                let Some((records, answer)) = decide(loaded, caller, now) else {
                    // The call fails, and an administrator sets the clock right.
                    state.callers[caller] = Phase::Idle;
                    state.steps = STEPS;
                    state.clock = state.clock.max(loaded.floor);
                    return Some(state);
                };
                if self.is_shared() {
                    state.open = Some((records, process(caller)));
                    state.callers[caller] = match self.0 {
                        Way::Early => Phase::Done(answer),
                        _ => Phase::Applied(answer),
                    };
                } else if self.0 == Way::Versions && state.durable.version != loaded.version {
                    state.callers[caller] = Phase::Idle;
                } else {
                    state.durable = records;
                    state.callers[caller] = Phase::Done(answer);
                }
            }
            Action::Commit(_) => {
                let (records, of) = state.open.take()?;
                state.durable = records;
                for caller in 0..CALLERS {
                    if let Phase::Applied(answer) = state.callers[caller]
                        && process(caller) == of
                    {
                        state.callers[caller] = Phase::Done(answer);
                    }
                }
            }
            Action::Tell(caller) => {
                let Phase::Done(answer) = state.callers[caller] else {
                    return None;
                };
                if answer {
                    state.granted[caller] = Some(state.clock);
                }
                state.callers[caller] = Phase::Told(answer);
            }
            Action::Lose(caller) => {
                state.losses += 1;
                state.callers[caller] = Phase::Idle;
            }
            Action::Crash(of) => {
                state.crashes += 1;
                state.open = state.open.filter(|(_, process)| *process != of);
                for caller in (0..CALLERS).filter(|caller| process(*caller) == of) {
                    if !matches!(state.callers[caller], Phase::Told(_)) {
                        state.callers[caller] = Phase::Idle;
                    }
                }
            }
            Action::Set(time) => {
                state.steps += 1;
                state.clock = time;
            }
        }
        Some(state)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(
                "a code that is good once is granted once",
                |_, state: &State| state.granted.iter().flatten().count() <= 1,
            ),
            Property::always("a grant that was told is durable", |_, state: &State| {
                let told = state.granted.iter().zip(state.durable.answers);
                told.into_iter()
                    .all(|(told, kept)| told.is_none() || kept == Some(true))
            }),
            Property::always("uses are those of the answers", |_, state: &State| {
                let granted = |records: &Records| {
                    let answers = records.answers.iter();
                    let granted = answers.filter(|answer| **answer == Some(true));
                    usize::from(records.uses) == granted.count()
                };
                granted(&state.durable) && state.open.is_none_or(|(open, _)| granted(&open))
            }),
            Property::sometimes("the other process can be granted", |_, state: &State| {
                state.granted[2].is_some()
            }),
            Property::sometimes("all are told", |_, state: &State| {
                let told = |caller: &Phase| matches!(caller, Phase::Told(_));
                state.callers.iter().all(told) && state.granted.iter().any(Option::is_some)
            }),
        ]
    }
}

/// Explores all states. Returns their number and the names of the properties that fail.
fn explore(way: Way) -> (usize, Vec<&'static str>) {
    let checker = System(way).checker().threads(2).spawn_bfs().join();
    let failed = checker
        .model()
        .properties()
        .iter()
        .map(|property| property.name)
        .filter(|name| {
            let is_found = checker.discovery(name).is_some();
            is_found != matches!(*name, "the other process can be granted" | "all are told")
        })
        .collect();
    (checker.unique_state_count(), failed)
}

#[test]
fn a_code_is_granted_once_with_locks_and_a_shared_transaction() {
    let (states, failed) = explore(Way::Locks);
    assert!(failed.is_empty(), "{failed:?}");
    assert!(states > 10_000, "{states}");
    println!("{states} states");
}

#[test]
fn a_code_is_granted_once_with_versions() {
    let (states, failed) = explore(Way::Versions);
    assert!(failed.is_empty(), "{failed:?}");
    assert!(states > 10_000, "{states}");
    println!("{states} states");
}

#[test]
fn a_store_that_loads_decides_and_writes_is_found() {
    let (_, failed) = explore(Way::Careless);
    assert!(
        failed.contains(&"a code that is good once is granted once"),
        "{failed:?}"
    );
}

#[test]
fn an_answer_before_the_commit_is_found() {
    let (_, failed) = explore(Way::Early);
    assert!(
        failed.contains(&"a grant that was told is durable"),
        "{failed:?}"
    );
}
