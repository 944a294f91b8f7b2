//! Properties that hold for all inputs, each checked with 10,000 random ones.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "properties/bytes.rs"]
mod bytes;
#[path = "properties/clock.rs"]
mod clock;
#[path = "properties/codes.rs"]
mod codes;
#[path = "properties/machine.rs"]
mod machine;
#[path = "properties/names.rs"]
mod names;
#[path = "properties/records.rs"]
mod records;
#[path = "properties/server.rs"]
mod server;
#[path = "properties/times.rs"]
mod times;

use proptest::test_runner::Config;

#[test]
fn each_property_has_10_000_cases() {
    assert!(often().cases >= 10_000);
}

/// Runs a property 10,000 times, or more if `PROPTEST_CASES` says more.
fn often() -> Config {
    let config = Config::default();
    Config {
        cases: config.cases.max(10_000),
        // No file of failed cases is kept: a case that fails is printed, and becomes a
        // test by hand.
        failure_persistence: None,
        ..config
    }
}
