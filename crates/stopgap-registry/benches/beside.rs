//! The Rust side of `bindings/python/bench/speed.py`, which starts this program, writes the
//! name of a case on a line, and reads the nanoseconds that one call took.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "it measures, and panics if it cannot"
)]

#[path = "beside/cases.rs"]
mod cases;

use std::{
    collections::HashMap,
    env,
    hint::black_box,
    io,
    time::{Duration, Instant},
};

/// The time for which one side runs before the other's turn.
const TURN: Duration = Duration::from_millis(10);

/// One turn of a case. It returns the number of calls and the time that they took.
type Case = Box<dyn FnMut() -> (u32, Duration)>;

/// The cases by name.
#[derive(Default)]
struct Cases(HashMap<&'static str, Case>);

impl Cases {
    /// Adds a short call.
    fn add<T>(&mut self, name: &'static str, mut call: impl FnMut() -> T + 'static) {
        // Reading the clock takes as long as a quick call.
        self.batch(name, 16, move || {
            for _ in 0..16 {
                black_box(call());
            }
        });
    }

    /// Adds work that counts as a number of calls.
    fn batch<T>(&mut self, name: &'static str, calls: u32, mut run: impl FnMut() -> T + 'static) {
        let turn = move || {
            let (mut made, begun) = (0, Instant::now());
            while begun.elapsed() < TURN {
                black_box(run());
                made += calls;
            }
            (made, begun.elapsed())
        };
        self.0.insert(name, Box::new(turn));
    }

    /// Adds work that takes a new value each time. Making the value is not measured.
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
}

fn main() {
    if !env::args().any(|argument| argument == "turns") {
        return;
    }
    let mut cases = Cases::default();
    cases::core(&mut cases);
    cases::many(&mut cases);
    cases::registry(&mut cases);
    for line in io::stdin().lines() {
        let (calls, taken) = cases.0.get_mut(line.unwrap().trim()).unwrap()();
        println!("{}", taken.as_secs_f64() * 1e9 / f64::from(calls));
    }
}
