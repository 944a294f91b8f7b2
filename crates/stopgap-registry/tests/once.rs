//! Exactly once: many threads of several processes verify the same codes at the same time, on
//! one file. `STOPGAP_DEEP=1` (`cargo xtask once`) runs the tests for longer.
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

#[path = "stores/careless.rs"]
mod careless;
#[path = "once/crowd.rs"]
mod crowd;
#[allow(dead_code, reason = "other tests need the rest")]
#[path = "processes/worker.rs"]
mod worker;
#[path = "once/workers.rs"]
mod workers;

#[cfg(feature = "postgres")]
#[path = "once/postgres.rs"]
mod postgres;
#[cfg(feature = "postgres")]
#[path = "once/storm.rs"]
mod storm;

use std::path::Path;

use stopgap_registry::{Clock, Memory, Registry, Sqlite, SystemClock, store::Store};
use tempfile::TempDir;

use self::{
    careless::{Careless, Crowd},
    crowd::{Attempt, Task, ask_all},
    worker::Worker,
    workers::{ASKERS, Heard, PROCESSES, THREADS, ask, issue, keys, once_each, start, uses},
};

/// Returns the number of codes of a round, and the number of rounds.
fn size() -> (usize, usize) {
    match std::env::var_os("STOPGAP_DEEP") {
        Some(_) => (2_000, 10),
        None => (200, 2),
    }
}

/// Returns a folder on a disk: a file system in memory has nothing to synchronise.
fn folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

fn open(file: &Path) -> Registry {
    workers::open(file.to_str().unwrap())
}

#[test]
fn a_code_is_granted_once_over_all_processes() {
    let (codes, rounds) = size();
    let folder = folder();
    let file = folder.path().join("once.db");
    let registry = open(&file);
    let mut workers = start(file.to_str().unwrap());
    each_once(&registry, &mut workers, (codes, rounds), 1);
    println!(
        "once: {rounds} rounds, {codes} codes, {PROCESSES} processes of {THREADS} threads: \
         {} asked, {} granted, each once",
        codes * rounds * ASKERS,
        codes * rounds,
    );
}

/// Checks rounds of codes; one thread in `share` verifies each code.
fn each_once(
    registry: &Registry,
    workers: &mut [Worker],
    (codes, rounds): (usize, usize),
    share: usize,
) {
    let askers = ASKERS / share;
    for round in 0..rounds {
        let tasks = shared(issue(registry, codes, 1), share);
        let heard = ask(workers, &tasks, round);
        once_each(&heard, codes, askers).unwrap();
        assert_eq!(heard.told("granted 0"), codes);
        assert_eq!(heard.asked(), codes * askers);
        assert_eq!(heard.met, [].into());
    }
    assert_eq!(uses(registry), [(1, codes * rounds)].into());
}

fn shared(tasks: Vec<Task>, share: usize) -> Vec<Task> {
    let tasks = tasks.into_iter().map(|task| Task { share, ..task });
    tasks.collect()
}

#[test]
fn an_attempt_is_answered_once_over_all_processes() {
    let (codes, rounds) = (size().0 / 20, size().1);
    let folder = folder();
    let file = folder.path().join("attempts.db");
    let registry = open(&file);
    let mut workers = start(file.to_str().unwrap());
    each_attempt_once(&registry, &mut workers, codes, rounds);
    println!(
        "once: {rounds} rounds, {codes} codes of 2 uses, 3 attempts each by {ASKERS} threads: \
         the same answer to all",
    );
}

/// Checks codes of two uses. All threads present each code under the same three idempotency
/// keys. They all get the same answer under one key, and the third key is refused.
fn each_attempt_once(registry: &Registry, workers: &mut [Worker], codes: usize, rounds: usize) {
    for round in 0..rounds {
        let tasks: Vec<Task> = issue(registry, codes, 2)
            .into_iter()
            .enumerate()
            .flat_map(|(code, task)| {
                (0..3).map(move |attempt| Task {
                    attempt: Attempt::Same(format!("{round}-{code}-{attempt}")),
                    ..task.clone()
                })
            })
            .collect();
        let heard = ask(workers, &tasks, round);
        for code in 0..codes {
            let mut first: Vec<&str> = Vec::new();
            for attempt in 0..3 {
                let answers = heard.of(code * 3 + attempt);
                assert_eq!(answers.len(), ASKERS);
                assert!(answers.iter().all(|it| *it == answers[0]), "{answers:?}");
                first.push(&answers[0]);
            }
            first.sort_unstable();
            assert_eq!(first, ["granted 0", "granted 1", "used_up"]);
        }
    }
    assert_eq!(uses(registry), [(2, codes * rounds)].into());
}

/// The threads of one process, over each store.
#[test]
fn a_code_is_granted_once_over_all_threads() {
    let folder = folder();
    let file = folder.path().join("threads.db");
    let sqlite = Sqlite::open(file, SystemClock.now()).unwrap();
    let registries = [
        Registry::builder(&keys()).over(sqlite).unwrap(),
        Registry::builder(&keys()).over(Memory::new()).unwrap(),
    ];
    for registry in registries {
        let tasks = issue(&registry, 100, 1);
        let answers = gather(&registry, &tasks);
        once_each(&answers, 100, THREADS).unwrap();
        assert_eq!(uses(&registry), [(1, 100)].into());
    }
}

/// The control: a store that loads, decides and applies without locks must be found.
#[test]
fn a_careless_store_is_caught() {
    let folder = folder();
    let file = folder.path().join("careless.db");
    caught(|| Sqlite::open(&file, SystemClock.now()).unwrap());
}

fn caught<S: Store + 'static>(open: impl Fn() -> S) {
    let registry = Registry::builder(&keys()).over(open()).unwrap();
    let tasks = issue(&registry, 200, 1);
    drop(registry);
    let careless = Careless {
        store: open(),
        piecemeal: false,
        crowd: Some(Crowd::of(THREADS)),
    };
    let registry = Registry::builder(&keys()).over(careless).unwrap();
    let answers = gather(&registry, &tasks);
    let caught = once_each(&answers, 200, THREADS).unwrap_err();
    assert!(caught.matches("granted 0").count() > 1, "{caught}");
}

fn gather(registry: &Registry, tasks: &[Task]) -> Heard {
    let mut heard = Heard::default();
    for (index, answer, _) in ask_all(registry, tasks, THREADS, 0, 0) {
        heard.answers.entry(index).or_default().push(answer);
    }
    heard
}

/// The process that [`start`] starts.
#[test]
fn worker() {
    workers::work();
}
