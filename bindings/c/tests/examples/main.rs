//! The examples in C and C++ do what they say, and agree with each other and with Rust.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is a failed test"
)]

mod agent;
mod command;
mod place;
#[path = "../programs/mod.rs"]
mod programs;
mod readme;
mod records;
mod rust;
mod server;
mod twins;
