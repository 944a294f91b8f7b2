//! Several servers over one PostgreSQL database: servers that make calls at the same time,
//! servers whose clocks differ, and a flood of made-up names.
#![cfg(feature = "postgres")]
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
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
