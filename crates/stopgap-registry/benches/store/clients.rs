//! Threads that make calls, each call as soon as the previous one has returned.

use std::{
    hash::{BuildHasher, RandomState},
    thread,
    time::{Duration, Instant},
};

/// The measured calls.
#[derive(Clone, Debug)]
pub(crate) struct Calls {
    /// The number of calls in a second.
    pub(crate) rate: f64,
    /// The time of each in microseconds, the shortest first.
    waits: Vec<u32>,
}

impl Calls {
    /// Returns the time within which a number of 1,000 calls were answered.
    pub(crate) fn of_thousand(&self, count: usize) -> f64 {
        let last = self.waits.len() - 1;
        f64::from(self.waits[last * count / 1_000])
    }
}

/// Makes calls for the time of a turn, each with a random number. `start` prepares each
/// thread.
pub(crate) fn run<C: FnMut(usize)>(
    threads: usize,
    turn: Duration,
    start: impl Fn() -> C + Sync,
) -> Calls {
    let over = |begun: Instant| begun.elapsed() >= turn;
    run_until(threads, Duration::ZERO, over, start)
}

/// Makes calls until `over` returns `true`, with a pause after each.
pub(crate) fn run_until<C: FnMut(usize)>(
    threads: usize,
    pause: Duration,
    over: impl Fn(Instant) -> bool + Sync,
    start: impl Fn() -> C + Sync,
) -> Calls {
    let work = || {
        let mut call = start();
        let (random, mut waits) = (RandomState::new(), Vec::new());
        let begun = Instant::now();
        while !over(begun) {
            let number = random.hash_one(waits.len()) >> 33;
            let from = Instant::now();
            call(usize::try_from(number).expect("31 bits"));
            let micros = from.elapsed().as_micros();
            waits.push(u32::try_from(micros).unwrap_or(u32::MAX));
            thread::sleep(pause);
        }
        (waits, begun.elapsed().as_secs_f64())
    };
    let each: Vec<(Vec<u32>, f64)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        let ended = threads.into_iter().map(thread::ScopedJoinHandle::join);
        ended.map(|waits| waits.expect("no panic")).collect()
    });
    let count = |waits: &[u32]| f64::from(u32::try_from(waits.len()).expect("few"));
    let rate = each.iter().map(|(waits, taken)| count(waits) / taken).sum();
    let mut waits: Vec<u32> = each.into_iter().flat_map(|(waits, _)| waits).collect();
    waits.sort_unstable();
    Calls { rate, waits }
}
