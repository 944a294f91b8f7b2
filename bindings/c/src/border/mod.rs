//! The cost of the border: each call from C beside the same call from Rust, in turns and
//! in one run.
//!
//! ```text
//! cargo xtask border
//! ```

#![allow(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::semicolon_if_nothing_returned,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a measurement reads the clock, and a panic is its failure"
)]

use std::{hint::black_box, ptr, time::Instant};

use stopgap::{
    KeyId, KeyRing, MasterKey,
    chrono::{DateTime, Utc},
};

use crate::error::stopgap_error;

/// The length of one side's turn: short, so that some turns are not disturbed on a machine
/// that other programs share.
const TURN_NANOSECONDS: u128 = 500_000;
const TURNS: usize = 401;

/// Both sides of one case, measured.
struct Line {
    name: &'static str,
    rust: f64,
    c: f64,
}

impl Line {
    /// Returns `true` if the cost is within 30 ns or 10%, whichever is larger.
    fn holds(&self) -> bool {
        self.c - self.rust <= f64::max(30.0, self.rust / 10.0)
    }
}

/// Measures the nanoseconds per call in turns, and takes the fastest turn of each side,
/// which was disturbed least.
fn measure<R, C>(
    name: &'static str,
    mut rust: impl FnMut() -> R,
    mut c: impl FnMut() -> C,
) -> Line {
    let calls = [calls_per_turn(&mut rust), calls_per_turn(&mut c)];
    let mut figures = [Vec::new(), Vec::new()];
    for _ in 0..TURNS {
        figures[0].push(turn(&mut rust, calls[0]));
        figures[1].push(turn(&mut c, calls[1]));
    }
    let [rust, c] = figures.map(|side| side.into_iter().fold(f64::MAX, f64::min));
    Line { name, rust, c }
}

fn calls_per_turn<T>(call: &mut impl FnMut() -> T) -> u32 {
    let (mut calls, begun) = (0, Instant::now());
    while begun.elapsed().as_nanos() < TURN_NANOSECONDS {
        black_box(call());
        calls += 1;
    }
    calls
}

fn turn<T>(call: &mut impl FnMut() -> T, calls: u32) -> f64 {
    let begun = Instant::now();
    for _ in 0..calls {
        black_box(call());
    }
    begun.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
}

const NOW: i64 = 1_795_532_400;
const USER: &str = "alice@example.com";
const ZONE: &str = "Europe/Berlin";

/// Returns an instant that the compiler does not know, as a caller's clock gives it.
fn now() -> DateTime<Utc> {
    black_box(DateTime::from_timestamp(NOW, 0).unwrap())
}

/// Any type, once for each argument.
macro_rules! any {
    ($argument:expr) => {
        _
    };
}

/// Makes a call through a pointer, as from another library; it must succeed.
macro_rules! c {
    ($function:ident($($argument:expr),* $(,)?)) => {{
        let function: unsafe extern "C" fn($(any!($argument)),*) -> _ = $function;
        let function = black_box(function);
        // SAFETY: the contract of the header.
        let status: $crate::status::stopgap_status = unsafe { function($($argument),*) };
        assert_eq!(status, $crate::status::STOPGAP_OK);
    }};
}

const NONE: *mut stopgap_error = ptr::null_mut();

mod codes;
mod offline;
mod online;
mod security;

fn ring() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

#[test]
#[ignore = "measures; cargo xtask border"]
fn border() {
    let lines: Vec<Line> = [
        codes::lines(),
        online::lines(),
        offline::lines(),
        security::lines(),
    ]
    .into_iter()
    .flatten()
    .collect();
    println!(
        "\n{:<26} {:>10} {:>10} {:>8} {:>7}",
        "call", "Rust, ns", "C, ns", "cost", "ratio"
    );
    for line in &lines {
        println!(
            "{:<26} {:>10.1} {:>10.1} {:>8.1} {:>7.2} {}",
            line.name,
            line.rust,
            line.c,
            line.c - line.rust,
            line.c / line.rust,
            if line.holds() { "" } else { "OVER" }
        );
    }
    let over = lines.iter().filter(|line| !line.holds()).count();
    println!(
        "border: {} calls, {over} over 30 ns and over 10%",
        lines.len()
    );
}
