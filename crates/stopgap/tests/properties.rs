//! What holds for every input, tried on 10,000 random ones each.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a test says no"
)]

#[path = "properties/borrowed.rs"]
mod borrowed;
#[path = "properties/codes.rs"]
mod codes;
mod lent;
#[path = "properties/machine.rs"]
mod machine;
#[path = "properties/records.rs"]
mod records;
#[path = "properties/server.rs"]
mod server;
#[path = "properties/times.rs"]
mod times;

use proptest::test_runner::Config;

#[test]
fn often_is_often() {
    assert!(often().cases >= 10_000);
}

/// Every property runs so often, or more where `PROPTEST_CASES` says so.
fn often() -> Config {
    let config = Config::default();
    Config {
        cases: config.cases.max(10_000),
        // What failed is printed; it is copied into a test by hand.
        failure_persistence: None,
        ..config
    }
}
