//! The store beside `Memory`, and on servers of its own.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no, and it measures"
)]

mod altered;
mod chance;
mod compared;
mod conflicts;
mod flights;
mod locks;
mod lost;
mod place;
mod plans;
mod proxy;
mod values;
