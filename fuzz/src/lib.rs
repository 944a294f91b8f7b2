//! What is fuzzed: each target feeds bytes to the product and to a model beside it,
//! which is naive, written from SPEC.md and not from the product, and panics where
//! the two disagree.
//!
//! libFuzzer drives them (`fuzz/`, by `cargo xtask fuzz`), and so does stable Rust:
//! `tests/corpus.rs` replays what libFuzzer has kept, with random changes.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::panic,
    clippy::single_match_else,
    clippy::unwrap_used,
    reason = "a panic is how a target says no"
)]

pub mod agent;
pub mod border;
pub mod civil;
pub mod code;
pub mod control;
pub mod draw;
pub mod enrolment_file;
pub mod expiry;
pub mod key_file;
pub mod life;
pub mod normalize;
pub mod people;
pub mod state;
pub mod validity;

/// A target: its name, what it does with an input, and how many inputs its corpus has
/// at least.
pub type Target = (&'static str, fn(&[u8]), usize);

/// Every target.
pub const TARGETS: &[Target] = &[
    ("agent", agent::target, 120),
    ("border", border::values, 120),
    ("code", code::target, 120),
    ("enrolment_file", enrolment_file::target, 120),
    ("expiry", expiry::target, 120),
    ("key_file", key_file::target, 70),
    ("life", life::target, 90),
    ("normalize", normalize::target, 90),
    ("people", people::target, 70),
    ("record", border::records, 120),
    ("state", state::target, 60),
    ("validity", validity::target, 80),
];
