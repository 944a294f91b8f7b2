//! A primary dies and its synchronous standby takes over, while the processes of a
//! fleet work on: nothing that was acknowledged is lost, nothing is done twice.
//! `STOPGAP_DEEP=1` (`cargo xtask failover`) does it several times.
#![cfg(feature = "postgres")]
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

/// How many codes each asker tries, and how often the primary dies.
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
        // The probe has had its answer by then.
        probe.wait_for_success_after(promoted);
        over.store(true, Ordering::Relaxed);
        (heard, killed, promoted, probing.join().unwrap(), calm)
    });
    assert!(calm > promoted, "the crowd was done before: ask more");
    once_each(&heard, codes, ASKERS).unwrap();
    let granted = heard.told("granted 0");
    let hidden = heard.told(UNSETTLED);
    assert!(granted <= codes && granted + hidden >= codes, "{granted}");
    // The probe's code has a use for each time that it was acknowledged, and no more than
    // for each time that it was asked.
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

/// The control: where the standby is behind, what was acknowledged is lost, and the
/// same look at the answers notices.
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

/// A commit that is cut off while it waits for the standby says that all is well, with
/// a warning; it is not known whether it will last.
#[test]
fn a_postgres_commit_that_no_standby_has_is_not_known() {
    let Some(pair) = Pair::in_step() else { return };
    let registry = open(&format!("{}&deadline=20", pair.url()));
    let tasks = issue(&registry, 2, 1);
    // A first use of each way makes sure that its statements are prepared.
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
    // It does not come to a second use either way.
    let hasty = open(&format!("{}&deadline=1", pair.url()));
    let began = Instant::now();
    let task = &tasks[1];
    let late = hasty.verify_code(&request(task, Some("by its key")));
    unknown(late.map(drop));
    assert!(began.elapsed() < Duration::from_secs(5));
    pair.standby.resume().unwrap();
    verify(&tasks[1], Some("by its key")).unwrap();
    let again = verify(&tasks[0], None).unwrap_err();
    assert_eq!(again.reason(), "used_up");
    assert_eq!(uses(&registry), [(1, 4)].into());
}

/// The other side of [`start`].
#[test]
fn worker() {
    workers::work();
}
