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

/// Runs a case so often, and says how many things it did each time.
type Case = Box<dyn FnMut()>;

/// The cases by name, each with the number of calls that one run of it stands for.
#[derive(Default)]
struct Cases(HashMap<&'static str, (u32, Case)>);

impl Cases {
    fn add<T>(&mut self, name: &'static str, mut call: impl FnMut() -> T + 'static) {
        self.batch(name, 1, move || {
            black_box(call());
        });
    }

    fn batch(&mut self, name: &'static str, calls: u32, run: impl FnMut() + 'static) {
        self.0.insert(name, (calls, Box::new(run)));
    }

    /// Nanoseconds per call, over one turn.
    fn turn(&mut self, name: &str) -> f64 {
        let (calls, run) = self.0.get_mut(name).unwrap();
        let (mut runs, begun) = (0, Instant::now());
        while begun.elapsed() < TURN {
            // The clock is not asked for each: it takes as long as a quick call.
            let together = if *calls == 1 { 16 } else { 1 };
            for _ in 0..together {
                run();
            }
            runs += together * *calls;
        }
        begun.elapsed().as_secs_f64() * 1e9 / f64::from(runs)
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
