//! Runs the commands of `README.md` that link the library into a program.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is a failed test"
)]
#![cfg(target_os = "linux")]

mod cmake;
mod cross;
mod exports;
mod installed;
mod linking;
#[path = "../page/mod.rs"]
mod page;
#[path = "../programs/mod.rs"]
mod programs;
mod sonames;
mod whole;
