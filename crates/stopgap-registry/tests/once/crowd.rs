//! Threads that all try everything at once.

use std::{
    io,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};
use stopgap_registry::stopgap::VerifyRequest;

use stopgap_registry::{Error, Registry, StoreError, stopgap::Purpose};

use crate::worker::tell;

/// By which id a code is presented.
#[derive(Clone, Debug)]
pub(crate) enum Attempt {
    /// By none.
    None,
    /// By this one, whoever presents it.
    Same(String),
    /// By one that begins so, each by its own; the last thread of each process by
    /// none.
    Own(String),
}

/// A code to try.
#[derive(Clone, Debug)]
pub(crate) struct Task {
    pub(crate) user: String,
    pub(crate) code: String,
    pub(crate) attempt: Attempt,
    /// Of so many threads one tries it: 1 for all.
    pub(crate) share: usize,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
struct Asker {
    process: u64,
    thread: usize,
    /// Whether it is the last of its process.
    last: bool,
}

/// What an asker is told when it cannot know any more what became of its use.
pub(crate) const UNSETTLED: &str = "unsettled";
/// Begins what an asker met on the way to its answer.
pub(crate) const MET: &str = "met";

/// For how long an asker asks again after a trouble.
const PATIENCE: Duration = Duration::from_secs(120);

impl Task {
    /// As a parent says it to a worker.
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

    /// The answer, and what was met on the way to it. Where it is known that nothing
    /// was done, this asks again, and where it is not known, by the same id.
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
            // Nothing else may come of a server that is gone for a while.
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

/// The worker's side: tries the tasks that it hears of, and tells each answer.
pub(crate) fn work(registry: &Registry, threads: usize, process: u64) {
    tell("ready");
    let mut tasks = Vec::new();
    for line in io::stdin().lines() {
        let line = line.expect("the parent speaks");
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

/// Has every thread try every task that is its own, and gives all their answers.
///
/// Half of the threads go through the tasks in one order, so that those of all
/// processes meet at each; the other half goes through them in an order of its own.
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
