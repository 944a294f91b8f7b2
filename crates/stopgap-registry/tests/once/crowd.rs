//! Threads that all try everything at once.

use std::{io, sync::Barrier, thread};

use stopgap_registry::{Registry, stopgap::Purpose};

use crate::worker::tell;

/// A code to try, by an attempt's id or without.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) user: String,
    pub(crate) code: String,
    pub(crate) attempt: Option<String>,
}

impl Task {
    /// As a parent says it to a worker.
    pub(crate) fn to_line(&self) -> String {
        let attempt = self.attempt.as_deref().unwrap_or_default();
        format!("{}\t{}\t{attempt}\n", self.user, self.code)
    }

    fn from_line(line: &str) -> Self {
        let mut parts = line.split('\t').map(str::to_owned);
        let mut part = || parts.next().expect("three parts");
        Self {
            user: part(),
            code: part(),
            attempt: Some(part()).filter(|attempt| !attempt.is_empty()),
        }
    }

    fn try_it(&self, registry: &Registry) -> String {
        let attempt = self.attempt.as_deref();
        match registry.verify_code(&self.user, &self.code, Purpose::Bypass, attempt) {
            Ok(granted) => format!("granted {}", granted.uses_left.expect("limited")),
            Err(error) => error.reason().to_owned(),
        }
    }
}

/// The worker's side: tries the tasks that it hears of, and tells each answer.
pub(crate) fn work(registry: &Registry, threads: usize, process: u64) {
    let mut tasks = Vec::new();
    for line in io::stdin().lines() {
        let line = line.expect("the parent speaks");
        let Some(round) = line.strip_prefix("go ") else {
            tasks.push(Task::from_line(&line));
            continue;
        };
        let seed = round.parse::<u64>().expect("a number") * 1_000 + process;
        for (index, answer) in ask_all(registry, &tasks, threads, seed) {
            tell(&format!("{index} {answer}"));
        }
        tell("end");
        tasks.clear();
    }
}

/// Has every thread try every task, and gives all their answers.
///
/// Half of the threads go through the tasks in one order, so that those of all
/// processes meet at each; the other half goes through them in an order of its own.
pub(crate) fn ask_all(
    registry: &Registry,
    tasks: &[Task],
    threads: usize,
    seed: u64,
) -> Vec<(usize, String)> {
    let barrier = Barrier::new(threads);
    let one = |thread: usize| {
        let mut order: Vec<usize> = (0..tasks.len()).collect();
        if thread.is_multiple_of(2) {
            shuffle(&mut order, seed * 100 + thread as u64);
        }
        barrier.wait();
        let answers = order.into_iter();
        answers
            .map(|index| (index, tasks[index].try_it(registry)))
            .collect::<Vec<_>>()
    };
    thread::scope(|scope| {
        let one = &one;
        let running: Vec<_> = (0..threads)
            .map(|thread| scope.spawn(move || one(thread)))
            .collect();
        let answers = running.into_iter().map(|thread| thread.join().unwrap());
        answers.flatten().collect()
    })
}

/// Any order does that differs from the others' (xorshift64).
fn shuffle(order: &mut [usize], seed: u64) {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for end in (1..order.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let other = state % (end as u64 + 1);
        order.swap(end, usize::try_from(other).expect("small"));
    }
}
