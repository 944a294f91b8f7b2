//! Fuzz targets. Each one feeds bytes to the product and to a model, and panics if the two
//! disagree. A model is naive, and written from SPEC.md, not from the product.
//!
//! libFuzzer runs them (`cargo xtask fuzz`). On stable Rust, `tests/corpus.rs` replays
//! the inputs that libFuzzer kept, with random changes.
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
    reason = "a target fails by a panic"
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
pub mod lifecycle;
pub mod normalize;
pub mod people;
pub mod security;
pub mod state;
pub mod validity;

/// A target: its name, its function, and the least number of inputs in its corpus.
pub type Target = (&'static str, fn(&[u8]), usize);

pub const TARGETS: &[Target] = &[
    ("agent", agent::target, 120),
    ("border", border::values, 120),
    ("code", code::target, 120),
    ("enrolment_file", enrolment_file::target, 120),
    ("expiry", expiry::target, 120),
    ("key_file", key_file::target, 70),
    ("lifecycle", lifecycle::target, 90),
    ("normalize", normalize::target, 90),
    ("people", people::target, 70),
    ("record", border::records, 120),
    ("security", security::target, 20),
    ("state", state::target, 60),
    ("validity", validity::target, 80),
];
