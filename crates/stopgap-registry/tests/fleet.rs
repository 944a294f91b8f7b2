//! Several servers over one PostgreSQL database: those that make the same call at the same
//! time, those whose clocks differ, and a flood of made-up names.
#![cfg(feature = "postgres")]
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

#[allow(dead_code, reason = "other tests need the rest")]
#[path = "postgres_trouble/place.rs"]
mod place;
#[path = "fleet/clocks.rs"]
mod postgres_clocks;
#[path = "fleet/names.rs"]
mod postgres_names;
#[path = "fleet/rivals.rs"]
mod postgres_rivals;
