//! The Rust side of what is measured from another language, in turns and in one run:
//! `bindings/python/bench/speed.py` starts this, writes the name of a case on a line,
//! and reads the nanoseconds that one call of it took.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a panic is how a measurement says that it cannot"
)]

#[path = "beside/batch.rs"]
mod batch;
#[path = "beside/core.rs"]
mod core;
#[path = "beside/server.rs"]
mod server;

use std::{
    collections::HashMap,
    env,
    hint::black_box,
    io,
    time::{Duration, Instant},
};

use stopgap::{
    KeyId, KeyRing, MasterKey,
    chrono::{DateTime, Utc},
};

/// How long one side runs before it is the other's turn.
const TURN: Duration = Duration::from_millis(10);
const NOW: i64 = 1_795_532_400;
const USER: &str = "alice@example.com";

/// One turn of a case: how many calls it made, and how long they took.
type Case = Box<dyn FnMut() -> (u32, Duration)>;

/// The cases by name.
#[derive(Default)]
struct Cases(HashMap<&'static str, Case>);

impl Cases {
    /// A call that does not take long.
    fn add<T>(&mut self, name: &'static str, mut call: impl FnMut() -> T + 'static) {
        // The clock is not asked for each: it takes as long as a quick call.
        self.batch(name, 16, move || {
            for _ in 0..16 {
                black_box(call());
            }
        });
    }

    /// Something that stands for so many calls.
    fn batch(&mut self, name: &'static str, calls: u32, mut run: impl FnMut() + 'static) {
        let turn = move || {
            let (mut made, begun) = (0, Instant::now());
            while begun.elapsed() < TURN {
                run();
                made += calls;
            }
            (made, begun.elapsed())
        };
        self.0.insert(name, Box::new(turn));
    }

    /// The same, each time with something new, which is not measured.
    fn fresh<N, T>(
        &mut self,
        name: &'static str,
        calls: u32,
        new: impl Fn() -> N + 'static,
        run: impl Fn(&N) -> T + 'static,
    ) {
        let turn = move || {
            let new = new();
            let begun = Instant::now();
            black_box(run(&new));
            (calls, begun.elapsed())
        };
        self.0.insert(name, Box::new(turn));
    }

    /// Nanoseconds per call, over one turn.
    fn turn(&mut self, name: &str) -> f64 {
        let (calls, taken) = self.0.get_mut(name).unwrap()();
        taken.as_secs_f64() * 1e9 / f64::from(calls)
    }
}

fn main() {
    if !env::args().any(|argument| argument == "turns") {
        return;
    }
    let mut cases = Cases::default();
    core::add(&mut cases);
    batch::add(&mut cases);
    server::add(&mut cases);
    for line in io::stdin().lines() {
        println!("{}", cases.turn(line.unwrap().trim()));
    }
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).unwrap()
}

fn ring() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([0x5a; 32]))
}
