//! Tests of the real binary: its output on both streams, and its exit status.
#![cfg(unix)]
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

mod agent;
mod backup;
mod canary;
#[cfg(target_os = "linux")]
mod clock;
mod completion;
mod config;
mod desk;
mod doctor;
mod examples;
mod files;
mod home;
mod json;
mod keys;
mod language;
mod lists;
mod log;
mod log_follow;
mod log_pages;
mod manual;
mod online;
mod owners;
mod pages;
mod people;
mod postgres;
mod purge;
mod races;
mod rotation;
mod security;
#[path = "../shape/mod.rs"]
mod shape;
mod shells;
mod signals;
mod status;
mod store;
mod terminal;
mod unlock;
mod upkeep;
mod usage;
