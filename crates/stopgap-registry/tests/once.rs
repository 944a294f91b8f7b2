//! Exactly once, whoever asks and however many at a time: threads of several
//! processes on one file. `STOPGAP_DEEP=1` (`cargo xtask once`) does it at length.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

#[macro_use]
#[allow(unused_macros, reason = "other tests need the rest")]
#[path = "stores/calls.rs"]
mod calls;
#[path = "stores/careless.rs"]
mod careless;
#[path = "once/crowd.rs"]
mod crowd;
#[allow(dead_code, reason = "other tests need the rest")]
#[path = "processes/worker.rs"]
mod worker;

use std::{collections::BTreeMap, path::Path};

use stopgap_registry::{
    Clock, Memory, Registry, Sqlite, SystemClock,
    stopgap::{Actor, KeyId, KeyRing, MasterKey, OnlinePolicy, Role, chrono::Utc},
};
use tempfile::TempDir;

use self::{
    careless::Careless,
    crowd::{Task, ask_all},
    worker::Worker,
};

const PROCESSES: usize = 4;
const THREADS: usize = 8;
/// All that a code may be used by, and what each asks is told.
type Answers = BTreeMap<usize, Vec<String>>;

/// How many codes, in how many rounds.
fn size() -> (usize, usize) {
    match std::env::var_os("STOPGAP_DEEP") {
        Some(_) => (2_000, 10),
        None => (200, 2),
    }
}

fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

/// On a disk, where there is one: what is in memory alone cannot be synchronised.
fn folder() -> TempDir {
    tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap()
}

fn open(file: &Path) -> Registry {
    Registry::open(file.to_str().unwrap(), &keys()).unwrap()
}

/// New codes, so many with so many uses each, of a few users.
fn issue(registry: &Registry, count: usize, uses: u32) -> Vec<Task> {
    let actor = Actor::new("dana", Role::HelpDesk).unwrap();
    let policy = OnlinePolicy::default().max_uses(uses).unwrap();
    let requests = (0..count).map(|index| (format!("user-{}", index % 7), policy));
    let issued = registry.issue_codes(&actor, requests, &Utc).unwrap();
    let tasks = issued.into_iter().map(|issued| Task {
        user: issued.record.user.to_string(),
        code: issued.code.reveal().to_string(),
        attempt: None,
    });
    tasks.collect()
}

/// How often the codes of a registry were used, by how many.
fn uses(registry: &Registry) -> BTreeMap<u32, usize> {
    let actor = Actor::new("dana", Role::HelpDesk).unwrap();
    let mut counted = BTreeMap::new();
    for record in registry.all_codes(&actor, None, usize::MAX).unwrap() {
        *counted.entry(record.uses).or_default() += 1;
    }
    counted
}

/// Has every thread of every process try every task, and gathers what they hear.
fn ask(workers: &mut [Worker], tasks: &[Task], round: usize) -> Answers {
    let text: String = tasks.iter().map(Task::to_line).collect();
    for worker in &mut *workers {
        worker.say(&text);
        worker.say(&format!("go {round}\n"));
    }
    let mut answers = Answers::new();
    for worker in workers {
        loop {
            let line = worker.hear().expect("a worker goes on");
            if line == "end" {
                break;
            }
            let (index, answer) = line.split_once(' ').unwrap();
            let index = index.parse().unwrap();
            answers.entry(index).or_default().push(answer.to_owned());
        }
    }
    answers
}

fn start(file: &Path) -> Vec<Worker> {
    let file = file.to_str().unwrap();
    let start = |process: usize| {
        let settings = [
            ("STOPGAP_FILE", file),
            ("STOPGAP_PROCESS", &process.to_string()),
        ];
        Worker::start("crowd", &settings)
    };
    (0..PROCESSES).map(start).collect()
}

/// Exactly one is granted, and all others hear the refusal and no other error.
fn once_each(answers: &Answers, tasks: usize, askers: usize) -> Result<(), String> {
    let all = || (0..tasks).map(|index| answers.get(&index).map_or(&[][..], Vec::as_slice));
    let granted = |answers: &[String]| answers.iter().filter(|it| *it == "granted 0").count();
    let refused = |answers: &[String]| answers.iter().filter(|it| *it == "used_up").count();
    for (index, answers) in all().enumerate() {
        if answers.len() != askers || granted(answers) != 1 || refused(answers) != askers - 1 {
            return Err(format!("code {index}: {answers:?}"));
        }
    }
    Ok(())
}

#[test]
fn a_code_is_granted_once_over_all_processes() {
    let (codes, rounds) = size();
    let folder = folder();
    let file = folder.path().join("once.db");
    let registry = open(&file);
    let mut workers = start(&file);
    let mut asked = 0;
    for round in 0..rounds {
        let tasks = issue(&registry, codes, 1);
        let answers = ask(&mut workers, &tasks, round);
        once_each(&answers, codes, PROCESSES * THREADS).unwrap();
        asked += answers.values().map(Vec::len).sum::<usize>();
    }
    assert_eq!(uses(&registry), [(1, codes * rounds)].into());
    println!(
        "once: {rounds} rounds, {codes} codes, {PROCESSES} processes of {THREADS} threads: \
         {asked} asked, {} granted, each once",
        codes * rounds,
    );
}

/// Of two uses and three attempts, each presented by everybody: whoever presents
/// an attempt hears the same, and the third is too late.
#[test]
fn an_attempt_is_answered_once_over_all_processes() {
    let (codes, rounds) = (size().0 / 20, size().1);
    let folder = folder();
    let file = folder.path().join("attempts.db");
    let registry = open(&file);
    let mut workers = start(&file);
    for round in 0..rounds {
        let tasks: Vec<Task> = issue(&registry, codes, 2)
            .into_iter()
            .enumerate()
            .flat_map(|(code, task)| {
                (0..3).map(move |attempt| Task {
                    attempt: Some(format!("{round}-{code}-{attempt}")),
                    ..task.clone()
                })
            })
            .collect();
        let answers = ask(&mut workers, &tasks, round);
        for code in 0..codes {
            let mut heard: Vec<&str> = Vec::new();
            for attempt in 0..3 {
                let answers = &answers[&(code * 3 + attempt)];
                assert_eq!(answers.len(), PROCESSES * THREADS);
                assert!(answers.iter().all(|it| *it == answers[0]), "{answers:?}");
                heard.push(&answers[0]);
            }
            heard.sort_unstable();
            assert_eq!(heard, ["granted 0", "granted 1", "used_up"]);
        }
    }
    assert_eq!(uses(&registry), [(2, codes * rounds)].into());
    println!(
        "once: {rounds} rounds, {codes} codes of 2 uses, 3 attempts each by {} threads: \
         the same answer to all",
        PROCESSES * THREADS,
    );
}

/// In one process, over each store.
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

/// The control: a store that reads, decides and writes must be caught.
#[test]
fn a_careless_store_is_caught() {
    let folder = folder();
    let file = folder.path().join("careless.db");
    let sqlite = Sqlite::open(file, SystemClock.now()).unwrap();
    let registry = Registry::builder(&keys()).over(sqlite).unwrap();
    let tasks = issue(&registry, 200, 1);
    drop(registry);
    let sqlite = Sqlite::open(folder.path().join("careless.db"), SystemClock.now()).unwrap();
    let registry = Registry::builder(&keys()).over(Careless(sqlite)).unwrap();
    let answers = gather(&registry, &tasks);
    let caught = once_each(&answers, 200, THREADS).unwrap_err();
    assert!(caught.contains("granted 0"), "{caught}");
}

fn gather(registry: &Registry, tasks: &[Task]) -> Answers {
    let mut answers = Answers::new();
    for (index, answer) in ask_all(registry, tasks, THREADS, 0) {
        answers.entry(index).or_default().push(answer);
    }
    answers
}

/// The other side of [`start`].
#[test]
fn worker() {
    if worker::role().as_deref() == Some("crowd") {
        let file = std::env::var("STOPGAP_FILE").unwrap();
        let process: u64 = std::env::var("STOPGAP_PROCESS").unwrap().parse().unwrap();
        crowd::work(&open(Path::new(&file)), THREADS, process);
    }
}
