//! The registry on SQLite beside the bare statements that it needs:
//! `cargo bench -p stopgap-registry --bench registry`.
//!
//! The larger file has 1,000,000 codes, or as many as `STOPGAP_BENCH_ROWS` says. The
//! words `authenticate`, `verify`, `issue` and `purge` behind `--` choose parts. A side's
//! turn is 3 seconds, or `STOPGAP_BENCH_SECONDS`.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "it measures, and panics if it cannot"
)]

#[path = "registry/batch.rs"]
mod batch;
#[path = "registry/file.rs"]
mod file;
#[allow(dead_code, reason = "the benchmark of PostgreSQL uses the rest")]
mod store;

use self::{
    file::File,
    store::{FEW, Statement, hot::Part, number, purge, table::Target, turn, wanted},
};

const CONNECTIONS: [usize; 2] = [1, 2];

fn main() {
    // `cargo test --benches` only checks that it starts.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let few = File::new("few", FEW);
    let many = File::new("many", number("STOPGAP_BENCH_ROWS", 1_000_000));
    let both = [&few, &many];
    if wanted("authenticate") {
        let part = Part {
            name: "authenticate",
            tables: &[],
            peers: &[(Statement::Select, Target::AtLeast(0.6))],
            authenticates: true,
        };
        part.run(both, &CONNECTIONS, turn());
    }
    if wanted("verify") {
        let part = Part {
            name: "verify",
            tables: &[],
            peers: &[(Statement::Update, Target::AtLeast(0.8))],
            authenticates: false,
        };
        part.run(both, &CONNECTIONS, turn());
    }
    if wanted("issue") {
        batch::issue(&many);
    }
    if wanted("purge") {
        purge::purge(&many, Target::Below(100_000.0));
    }
}
