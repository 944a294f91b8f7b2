//! Threads that call a registry for a while, each as quickly as it is answered.

use std::{
    thread,
    time::{Duration, Instant},
};

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls {
    /// How many a second.
    pub(super) rate: f64,
    /// How long each took, in microseconds, the shortest first.
    pub(super) waits: Vec<u32>,
}

impl Calls {
    /// So many of a thousand calls were no longer.
    pub(super) fn of_thousand(&self, so_many: usize) -> f64 {
        let last = self.waits.len() - 1;
        f64::from(self.waits[last * so_many / 1_000])
    }
}

/// Runs `call` on so many threads for so long; it is given numbers that nobody
/// foresees.
pub(super) fn run(threads: usize, turn: Duration, call: impl Fn(usize) + Sync) -> Calls {
    let begun = Instant::now();
    run_until(
        threads,
        || begun.elapsed() >= turn,
        |number| {
            let from = Instant::now();
            call(number);
            from.elapsed()
        },
    )
}

/// The same until something is over, with a `call` that says how long it took.
pub(super) fn run_until(
    threads: usize,
    over: impl Fn() -> bool + Sync,
    call: impl Fn(usize) -> Duration + Sync,
) -> Calls {
    let (over, call) = (&over, &call);
    let begun = Instant::now();
    let each: Vec<Vec<u32>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..threads)
            .map(|thread| {
                scope.spawn(move || {
                    let mut waits = Vec::new();
                    let mut chance = Chance::new(begun, thread);
                    while !over() {
                        let micros = call(chance.next()).as_micros();
                        waits.push(u32::try_from(micros).unwrap_or(u32::MAX));
                    }
                    waits
                })
            })
            .collect();
        let ended = threads.into_iter().map(thread::ScopedJoinHandle::join);
        ended.map(|waits| waits.expect("it goes on")).collect()
    });
    let taken = begun.elapsed().as_secs_f64();
    let mut waits = each.concat();
    waits.sort_unstable();
    let rate = f64::from(u32::try_from(waits.len()).expect("few")) / taken;
    Calls { rate, waits }
}

pub(super) fn cores() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}

/// A generator for places in a list (xorshift*).
struct Chance(u64);

impl Chance {
    /// Another beginning for each thread of each turn.
    fn new(begun: Instant, thread: usize) -> Self {
        let since = u64::from(begun.elapsed().subsec_nanos());
        let bits = (since << 8 | thread as u64).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Self(bits | 1)
    }

    fn next(&mut self) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let chance = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(chance).expect("31 bits")
    }
}
