//! The agent's clock floor: a clock that is set back brings back no lock, in any sequence of
//! steps, restarts and disks that cannot be written.

use chrono::{DateTime, Utc};
use proptest::{collection::vec, prelude::*};
use stopgap::{
    EnrolmentKey, Refusal,
    offline::{Agent, PasswordOnlyLock, SealedState},
};

use super::often;

const START: i64 = 1_800_000_000;
const TOLERANCE: i64 = 120;
const LAG: i64 = 60;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).unwrap()
}

fn key() -> EnrolmentKey {
    EnrolmentKey::from_bytes([9; 32])
}

/// Returns the clock floor of a state (SPEC, "Sealed state").
fn floor(state: &SealedState) -> i64 {
    i64::from_be_bytes(state.as_bytes()[24..32].try_into().unwrap())
}

/// An event at a machine.
#[derive(Clone, Debug)]
enum Event {
    /// Time passes, or somebody sets the clock.
    Clock(i64),
    /// A lock for that many seconds.
    Activate(i64),
    LogOn,
    Show,
    /// The machine restarts from the state that was stored.
    Restart,
    /// The disk becomes full, or has room again.
    Full(bool),
}

fn event() -> impl Strategy<Value = Event> {
    let clock = prop_oneof![
        -4..70_i64,
        -200..200_i64,
        Just(59),
        Just(60),
        Just(-120),
        Just(-121),
        Just(-150),
        Just(-180),
        -100_000..100_000_i64,
    ];
    let lock = prop_oneof![1..200_i64, Just(86_400)];
    prop_oneof![
        4 => clock.prop_map(Event::Clock),
        2 => lock.prop_map(Event::Activate),
        5 => Just(Event::LogOn),
        1 => Just(Event::Show),
        2 => Just(Event::Restart),
        1 => any::<bool>().prop_map(Event::Full),
    ]
}

/// A machine, and the disk on which its state is stored.
struct Machine {
    agent: Agent,
    disk: SealedState,
    is_full: bool,
}

impl Machine {
    /// Takes a step; `None` if its state could not be stored.
    fn keep<T>(
        &mut self,
        step: impl FnOnce(&mut Agent) -> stopgap::offline::Step<'_, T>,
    ) -> Option<T> {
        let kept = step(&mut self.agent).keep(|state| {
            if self.is_full {
                return Err(());
            }
            self.disk = *state;
            Ok(())
        });
        kept.ok()
    }
}

proptest! {
    #![proptest_config(often())]

    #[test]
    fn a_clock_that_is_set_back_brings_back_no_lock(events in vec(event(), 1..60)) {
        let agent = Agent::new(key());
        let disk = agent.seal();
        let mut machine = Machine { agent, disk, is_full: false };
        let mut now = START;
        // The latest time at which a person logged on, or was refused because the lock had
        // ended, since the start of the agent and at all.
        let (mut latest, mut ever) = (i64::MIN, i64::MIN);
        // The end of the latest lock, and the end of a lock that a log-on found to have ended.
        let (mut until, mut ended) = (None, None);
        for event in events {
            match event {
                Event::Clock(step) => now += step,
                Event::Full(is_full) => machine.is_full = is_full,
                Event::Restart => {
                    machine.agent = Agent::resume(key(), &machine.disk).unwrap();
                    latest = i64::MIN;
                }
                Event::Activate(seconds) => {
                    let lock = PasswordOnlyLock { until: at(now + seconds) };
                    let told = machine.keep(|agent| agent.activate(lock, at(now)));
                    ended = None;
                    if let Some(Ok(Some(active))) = told {
                        prop_assert!(active.until >= lock.until);
                        until = Some(active.until);
                    }
                }
                Event::Show => {
                    let (before, disk) = (machine.agent.seal(), machine.disk);
                    let shown = machine.agent.lock(at(now));
                    let after = machine.agent.seal();
                    prop_assert_eq!(after.as_bytes(), before.as_bytes());
                    // The log-on that follows tells the same, unless a lock was not stored.
                    let opened = Agent::resume(key(), &disk).unwrap().lock(at(now));
                    if let (Ok(shown), Ok(stored)) = (shown, opened) {
                        prop_assert_eq!(shown, stored);
                    }
                }
                Event::LogOn => {
                    let told = machine.keep(|agent| agent.log_on(at(now)));
                    let Some(told) = told else {
                        prop_assert!(machine.is_full, "only a full disk fails");
                        continue;
                    };
                    match told {
                        Err(refusal) => {
                            let is_set_back = matches!(refusal, Refusal::ClockRolledBack { .. });
                            prop_assert!(is_set_back, "{refusal:?}");
                        }
                        Ok(lock) => {
                            prop_assert!(now >= latest.saturating_sub(TOLERANCE));
                            prop_assert!(now > ever.saturating_sub(TOLERANCE + LAG));
                            match lock {
                                Some(lock) => {
                                    let is_back = ended == Some(lock.until);
                                    let tolerated = at(now + TOLERANCE) >= lock.until;
                                    prop_assert!(tolerated || !is_back, "an ended lock is back");
                                    until = Some(lock.until);
                                }
                                None => ended = until,
                            }
                            latest = latest.max(now);
                            ever = ever.max(now);
                            prop_assert!(floor(&machine.disk) > latest - LAG);
                        }
                    }
                }
            }
        }
    }
}
