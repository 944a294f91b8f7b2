//! An attacker who can write to the store but has no key (SPEC, "Records at rest"). The
//! tests edit every column of every table, and make every call that decides by it.
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

#[path = "tampering/attacker.rs"]
mod attacker;
#[path = "tampering/codes.rs"]
mod codes;
#[path = "tampering/edit.rs"]
mod edit;
#[path = "tampering/found.rs"]
mod found;
#[path = "tampering/heads.rs"]
mod heads;
#[path = "tampering/machines.rs"]
mod machines;
#[path = "tampering/presets.rs"]
mod presets;
#[path = "stores/rows.rs"]
mod rows;
#[path = "tampering/security.rs"]
mod security;
#[path = "tampering/uncovered.rs"]
mod uncovered;
#[path = "tampering/undetected.rs"]
mod undetected;
#[path = "tampering/verifications.rs"]
mod verifications;
