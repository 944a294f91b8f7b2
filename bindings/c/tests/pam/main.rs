//! The PAM module of the examples, in private services: `pamtester` logs on, and its Linux-PAM
//! reads a folder of the test instead of `/etc/pam.d`. Nothing needs root.
#![cfg(target_os = "linux")]
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is a failed test"
)]

mod logon;
mod module;
mod offline;
mod online;
mod place;
#[path = "../programs/mod.rs"]
mod programs;
mod transcript;
mod trouble;
