//! The parent's side of the workers: the codes that they verify, and their answers.

use std::collections::BTreeMap;

use stopgap_registry::{
    Registry,
    stopgap::{Actor, KeyId, KeyRing, MasterKey, OnlinePolicy, Role, chrono::Utc},
};

use crate::{
    crowd::{self, Attempt, MET, Task, UNSETTLED},
    worker::{self, Worker},
};

pub(crate) const PROCESSES: usize = 4;
pub(crate) const THREADS: usize = 8;
/// The number of threads that verify each code.
pub(crate) const ASKERS: usize = PROCESSES * THREADS;

/// The outcome of a round.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// The answers to each task.
    pub(crate) answers: BTreeMap<usize, Vec<String>>,
    /// The number of errors of each kind.
    pub(crate) met: BTreeMap<String, usize>,
}

impl Heard {
    /// Counts the outcomes that were unknown at first.
    #[cfg(feature = "postgres")]
    pub(crate) fn unknown(&self) -> usize {
        self.met.get("store_unknown").copied().unwrap_or_default()
    }

    /// Counts the answers.
    pub(crate) fn asked(&self) -> usize {
        self.answers.values().map(Vec::len).sum()
    }

    /// Counts the answers with this text.
    pub(crate) fn told(&self, text: &str) -> usize {
        self.answers.values().map(|all| told(all, text)).sum()
    }

    pub(crate) fn of(&self, task: usize) -> &[String] {
        self.answers.get(&task).map_or(&[], Vec::as_slice)
    }

    /// Adds another round.
    #[cfg(feature = "postgres")]
    pub(crate) fn and(mut self, other: Self) -> Self {
        for (trouble, count) in other.met {
            *self.met.entry(trouble).or_default() += count;
        }
        self
    }
}

fn told(answers: &[String], text: &str) -> usize {
    answers.iter().filter(|answer| *answer == text).count()
}

pub(crate) fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

pub(crate) fn open(url: &str) -> Registry {
    Registry::open(url, &keys()).unwrap()
}

pub(crate) fn desk() -> Actor {
    Actor::new("dana", Role::HelpDesk).unwrap()
}

/// Issues codes to a few users.
pub(crate) fn issue(registry: &Registry, count: usize, uses: u32) -> Vec<Task> {
    let policy = OnlinePolicy::default().max_uses(uses);
    let requests = (0..count).map(|index| (format!("user-{}", index % 7), policy));
    let issued = registry.issue_codes(&desk(), requests, &Utc).unwrap();
    let tasks = issued.into_iter().map(|issued| Task {
        user: issued.record.user.to_string(),
        code: issued.code.reveal().to_string(),
        attempt: Attempt::None,
        share: 1,
    });
    tasks.collect()
}

/// Returns the numbers of codes, by the number of their uses.
pub(crate) fn uses(registry: &Registry) -> BTreeMap<u32, usize> {
    let mut counted = BTreeMap::new();
    for record in registry
        .all_codes(&desk(), None, usize::MAX, |_| true)
        .unwrap()
    {
        *counted.entry(record.uses).or_default() += 1;
    }
    counted
}

/// Starts the processes. Each opens a registry over the store.
pub(crate) fn start(url: &str) -> Vec<Worker> {
    let start = |process: usize| {
        let settings = [
            ("STOPGAP_URL", url),
            ("STOPGAP_PROCESS", &process.to_string()),
        ];
        Worker::start("crowd", &settings)
    };
    let mut workers: Vec<_> = (0..PROCESSES).map(start).collect();
    for worker in &mut workers {
        assert_eq!(worker.hear().as_deref(), Some("ready"));
    }
    workers
}

/// Works in a process that [`start`] started.
pub(crate) fn work() {
    if worker::role().as_deref() == Some("crowd") {
        let url = std::env::var("STOPGAP_URL").unwrap();
        let process: u64 = std::env::var("STOPGAP_PROCESS").unwrap().parse().unwrap();
        crowd::work(&open(&url), THREADS, process);
    }
}

/// Lets every thread of every process verify every task, and gathers the answers.
pub(crate) fn ask(workers: &mut [Worker], tasks: &[Task], round: usize) -> Heard {
    let text: String = tasks.iter().map(Task::to_line).collect();
    for worker in &mut *workers {
        worker.say(&text);
        worker.say(&format!("go {round}\n"));
    }
    let mut heard = Heard::default();
    for worker in workers {
        loop {
            let line = worker.hear().expect("a worker still runs");
            if line == "end" {
                break;
            }
            let (index, answer) = line.split_once(' ').unwrap();
            if index == MET {
                *heard.met.entry(answer.to_owned()).or_default() += 1;
                continue;
            }
            let answers = heard.answers.entry(index.parse().unwrap()).or_default();
            answers.push(answer.to_owned());
        }
    }
    heard
}

/// Checks that each code is granted once, and refused as used up to all other threads. If
/// it is granted to none, a thread without an idempotency key must have lost its answer.
pub(crate) fn once_each(heard: &Heard, tasks: usize, askers: usize) -> Result<(), String> {
    for index in 0..tasks {
        let answers = heard.of(index);
        let granted = told(answers, "granted 0");
        let refused = told(answers, "used_up");
        let unsettled = told(answers, UNSETTLED);
        let once = granted == 1 || granted == 0 && unsettled > 0;
        if answers.len() != askers || !once || granted + refused + unsettled != askers {
            return Err(format!("code {index}: {answers:?}"));
        }
    }
    Ok(())
}
