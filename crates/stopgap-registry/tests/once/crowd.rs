//! Threads that all verify the same codes at the same time.

use std::{
    io,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};
use stopgap_registry::stopgap::VerifyRequest;

use stopgap_registry::{Error, Registry, StoreError, stopgap::Purpose};

use crate::worker::tell;

/// The idempotency key of a verification.
#[derive(Clone, Debug)]
pub(crate) enum Attempt {
    /// No key.
    None,
    /// This key, for all threads.
    Same(String),
    /// A key that begins with this text and differs for each thread; no key for the last
    /// thread of each process.
    Own(String),
}

/// A code to verify.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) user: String,
    pub(crate) code: String,
    pub(crate) attempt: Attempt,
    /// One thread in this number verifies the code; with 1, all threads do.
    pub(crate) share: usize,
}

/// A thread that verifies.
#[derive(Clone, Copy, Debug)]
struct Asker {
    process: u64,
    thread: usize,
    /// `true` for the last thread of its process.
    last: bool,
}

/// The answer of a thread that cannot determine if its use was counted.
pub(crate) const UNSETTLED: &str = "unsettled";
/// The first word of a line about an error that a thread met before its answer.
pub(crate) const MET: &str = "met";

/// The time for which a thread tries again after errors of the store.
const PATIENCE: Duration = Duration::from_secs(120);

impl Task {
    /// Returns the line that the parent sends to a worker.
    pub(crate) fn to_line(&self) -> String {
        let attempt = match &self.attempt {
            Attempt::None => String::new(),
            Attempt::Same(id) => format!("={id}"),
            Attempt::Own(id) => format!("+{id}"),
        };
        format!("{}\t{}\t{attempt}\t{}\n", self.user, self.code, self.share)
    }

    fn from_line(line: &str) -> Self {
        let mut parts = line.split('\t').map(str::to_owned);
        let mut part = || parts.next().expect("four parts");
        let (user, code, attempt) = (part(), part(), part());
        let share = part().parse().expect("a number");
        let attempt = match attempt.split_at_checked(1) {
            Some(("=", id)) => Attempt::Same(id.to_owned()),
            Some(("+", id)) => Attempt::Own(id.to_owned()),
            _ => Attempt::None,
        };
        Self {
            user,
            code,
            attempt,
            share,
        }
    }

    /// Returns the answer, and the errors before it. After an error it tries again if nothing
    /// was done. If that is unknown, it tries again only under an idempotency key.
    fn try_it(&self, registry: &Registry, asker: Asker) -> (String, Vec<&'static str>) {
        let attempt = match &self.attempt {
            Attempt::None => None,
            Attempt::Same(id) => Some(id.clone()),
            Attempt::Own(_) if asker.last => None,
            Attempt::Own(id) => Some(format!("{id}-{}-{}", asker.process, asker.thread)),
        };
        let began = Instant::now();
        let mut met = Vec::new();
        loop {
            let attempt = attempt.as_deref();
            let mut request = VerifyRequest::new(&self.user, &self.code, Purpose::Bypass);
            request.idempotency_key = attempt;
            let answer = registry.verify_code(&request);
            let error = match answer {
                Ok(granted) => {
                    let left = granted.uses_left.expect("limited");
                    return (format!("granted {left}"), met);
                }
                Err(Error::Store(error)) => error,
                Err(error) => return (error.reason().to_owned(), met),
            };
            // A server that is unreachable for a while causes no other errors.
            let expected = matches!(
                error,
                StoreError::Lost(_)
                    | StoreError::TimedOut(_)
                    | StoreError::Unreachable { .. }
                    | StoreError::Exhausted
                    | StoreError::Locked(_)
                    | StoreError::Unknown(_)
            );
            if !expected || began.elapsed() > PATIENCE {
                return (format!("{}: {error}", error.reason()), met);
            }
            met.push(error.reason());
            if !error.outcome_is_known() && attempt.is_none() {
                return (UNSETTLED.to_owned(), met);
            }
        }
    }
}

/// Verifies the codes that the parent sends, and prints each answer.
pub(crate) fn work(registry: &Registry, threads: usize, process: u64) {
    tell("ready");
    let mut tasks = Vec::new();
    for line in io::stdin().lines() {
        let line = line.expect("the parent sends lines");
        let Some(round) = line.strip_prefix("go ") else {
            tasks.push(Task::from_line(&line));
            continue;
        };
        let round = round.parse::<u64>().expect("a number");
        for (index, answer, met) in ask_all(registry, &tasks, threads, round, process) {
            for trouble in met {
                tell(&format!("{MET} {trouble}"));
            }
            tell(&format!("{index} {answer}"));
        }
        tell("end");
        tasks.clear();
    }
}

/// Lets every thread verify its tasks, and returns all answers.
///
/// Half of the threads take the tasks in their order, so that threads of all processes
/// meet at each task. The others each take them in a random order.
pub(crate) fn ask_all(
    registry: &Registry,
    tasks: &[Task],
    threads: usize,
    round: u64,
    process: u64,
) -> Vec<(usize, String, Vec<&'static str>)> {
    let barrier = Barrier::new(threads);
    let one = |thread: usize| {
        let mine = |index: &usize| index % tasks[*index].share == thread % tasks[*index].share;
        let mut order: Vec<usize> = (0..tasks.len()).filter(mine).collect();
        if thread.is_multiple_of(2) {
            let seed = round * 1_000 + process;
            shuffle(&mut order, seed * 100 + thread as u64);
        }
        let asker = Asker {
            process,
            thread,
            last: thread + 1 == threads,
        };
        barrier.wait();
        let answers = order.into_iter();
        answers
            .map(|index| {
                let (answer, met) = tasks[index].try_it(registry, asker);
                (index, answer, met)
            })
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

/// Puts the tasks in a random order (xorshift64).
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
