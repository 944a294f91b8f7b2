//! The registry on PostgreSQL beside pgbench, on one server and in one run:
//! `cargo bench -p stopgap-registry --bench postgres`.
//!
//! The larger database has 10,000,000 online codes and as many security codes, users
//! and events, or as many as `STOPGAP_BENCH_ROWS` says; each million takes 4 GB in the
//! temporary folder while it runs. Of `statements`, `authenticate`, `verify`, `log` and
//! `purge` those are run that are named behind `--`, or all, and only the tables are
//! filled that they need. A side's turn is 3 seconds, or `STOPGAP_BENCH_SECONDS`.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a benchmark says that it cannot"
)]

#[cfg(all(unix, feature = "postgres"))]
#[path = "postgres/run.rs"]
mod run;

fn main() {
    // `cargo test --benches` wants to know no more than that it starts.
    #[cfg(all(unix, feature = "postgres"))]
    if std::env::args().any(|argument| argument == "--bench") {
        run::main();
    }
}
