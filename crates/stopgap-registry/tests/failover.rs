//! A primary dies and its synchronous standby takes over, while the processes of a fleet
//! verify codes: no acknowledged use is lost, and none is counted twice. `STOPGAP_DEEP=1`
//! (`cargo xtask failover`) repeats it several times.
#![cfg(feature = "postgres")]
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

#[allow(dead_code, reason = "other tests need the rest")]
#[path = "once/crowd.rs"]
mod crowd;
#[path = "failover/pair.rs"]
mod pair;
#[path = "failover/probe.rs"]
mod probe;
#[allow(dead_code, reason = "other tests need the rest")]
#[path = "processes/worker.rs"]
mod worker;
#[allow(dead_code, reason = "other tests need the rest")]
#[path = "once/workers.rs"]
mod workers;

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};
use stopgap_registry::stopgap::VerifyRequest;

use stopgap_registry::{Error, StoreError, stopgap::Purpose};
use test_postgres::Stop;

use self::{
    crowd::{Attempt, Task, UNSETTLED, ask_all},
    pair::Pair,
    probe::Probe,
    workers::{ASKERS, Heard, THREADS, ask, issue, once_each, open, start, uses},
};

/// Returns the number of codes that each thread verifies, and the number of failovers.
fn size() -> (usize, usize) {
    match std::env::var_os("STOPGAP_DEEP") {
        Some(_) => (200, 5),
        None => (120, 1),
    }
}

#[test]
fn a_postgres_standby_takes_over() {
    let (codes, rounds) = size();
    for round in 0..rounds {
        take_over(codes, round);
    }
}

fn take_over(codes: usize, round: usize) {
    let Some(pair) = Pair::in_step() else { return };
    let registry = open(&pair.url());
    let mut workers = start(&pair.url());
    let tasks = issue(&registry, codes, 1).into_iter().enumerate();
    let tasks: Vec<Task> = tasks
        .map(|(code, task)| Task {
            attempt: Attempt::Own(format!("{round}-{code}")),
            ..task
        })
        .collect();
    let probe = Probe::new(&pair.url());
    let over = AtomicBool::new(false);
    let (heard, killed, promoted, successes, calm) = thread::scope(|scope| {
        let probing = scope.spawn(|| probe.work(&over));
        let failing = scope.spawn(|| {
            thread::sleep(Duration::from_millis(800));
            let killed = Instant::now();
            pair.primary.stop(Stop::Kill).unwrap();
            thread::sleep(Duration::from_millis(300));
            let promoted = Instant::now();
            pair.standby.promote().unwrap();
            (killed, promoted)
        });
        let heard = ask(&mut workers, &tasks, round);
        let calm = Instant::now();
        let (killed, promoted) = failing.join().unwrap();
        // The probe has an answer from the new primary.
        probe.wait_for_success_after(promoted);
        over.store(true, Ordering::Relaxed);
        (heard, killed, promoted, probing.join().unwrap(), calm)
    });
    assert!(
        calm > promoted,
        "all codes were used before the failover: use more codes"
    );
    once_each(&heard, codes, ASKERS).unwrap();
    let granted = heard.told("granted 0");
    let hidden = heard.told(UNSETTLED);
    assert!(granted <= codes && granted + hidden >= codes, "{granted}");
    // The code of the probe has one use for each acknowledged verification.
    let mut used = uses(&registry);
    let probed = Probe::uses(&registry);
    assert_eq!(used.remove(&probed), Some(1));
    assert_eq!(used, [(1, codes)].into());
    let acknowledged = u32::try_from(successes.len()).unwrap();
    assert_eq!(acknowledged, probed);
    let first = successes.iter().find(|at| **at > promoted).unwrap();
    println!(
        "failover: round {}: {} asked, {codes} codes used once each, none lost; met {:?}; first \
         success {} ms after the kill, {} ms after the promotion was asked for",
        round + 1,
        heard.asked(),
        heard.met,
        first.duration_since(killed).as_millis(),
        first.duration_since(promoted).as_millis(),
    );
}

/// The control: if the standby is behind, acknowledged uses are lost, and the same check must
/// find that.
#[test]
fn a_postgres_standby_that_is_behind_is_caught() {
    let Some(pair) = Pair::out_of_step() else {
        return;
    };
    let registry = open(&pair.url());
    let tasks = issue(&registry, 20, 1);
    pair.catch_up();
    pair.standby.stop(Stop::Fast).unwrap();
    let mut heard = Heard::default();
    let mut gather = || {
        for (index, answer, _) in ask_all(&registry, &tasks, THREADS, 0, 0) {
            heard.answers.entry(index).or_default().push(answer);
        }
    };
    gather();
    pair.primary.stop(Stop::Kill).unwrap();
    pair.standby.start_again().unwrap();
    pair.standby.promote().unwrap();
    gather();
    let caught = once_each(&heard, 20, THREADS * 2).unwrap_err();
    assert_eq!(caught.matches("granted 0").count(), 2, "{caught}");
}

fn request<'t>(task: &'t Task, idempotency_key: Option<&'t str>) -> VerifyRequest<'t> {
    let mut request = VerifyRequest::new(&task.user, &task.code, Purpose::Reset);
    request.idempotency_key = idempotency_key;
    request
}

/// A commit that is cancelled while it waits for the standby succeeds with a warning. It is
/// unknown whether a failover would keep it.
#[test]
fn a_postgres_commit_that_no_standby_has_is_not_known() {
    let Some(pair) = Pair::in_step() else { return };
    let registry = open(&format!("{}&deadline=20", pair.url()));
    let tasks = issue(&registry, 2, 1);
    // A first use in both ways prepares all statements.
    for (task, attempt) in issue(&registry, 2, 1).iter().zip([None, Some("first")]) {
        let granted = registry.verify_code(&request(task, attempt));
        let _ = granted.unwrap();
    }
    pair.standby.pause().unwrap();
    let verify = |task: &Task, attempt| {
        let granted = registry.verify_code(&request(task, attempt));
        granted.map(drop)
    };
    let unknown = |outcome: Result<(), Error>| match outcome {
        Err(Error::Store(StoreError::Unknown(_))) => {}
        other => panic!("{other:?}"),
    };
    thread::scope(|scope| {
        let asked = scope.spawn(|| verify(&tasks[0], None));
        let named = scope.spawn(|| verify(&tasks[1], Some("by its key")));
        pair.cancel_commits(2);
        unknown(asked.join().unwrap());
        unknown(named.join().unwrap());
    });
    // Neither leads to a second use.
    let hasty = open(&format!("{}&deadline=3", pair.url()));
    let began = Instant::now();
    let task = &tasks[1];
    let late = hasty.verify_code(&request(task, Some("by its key")));
    unknown(late.map(drop));
    assert!(began.elapsed() < Duration::from_secs(10));
    pair.standby.resume().unwrap();
    verify(&tasks[1], Some("by its key")).unwrap();
    let again = verify(&tasks[0], None).unwrap_err();
    assert_eq!(again.reason(), "used_up");
    assert_eq!(uses(&registry), [(1, 4)].into());
}

/// The process that [`start`] starts.
#[test]
fn worker() {
    workers::work();
}
