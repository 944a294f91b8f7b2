//! The registry on PostgreSQL beside pgbench, on one server and in one run:
//! `cargo bench -p stopgap-registry --bench postgres`.
//!
//! The larger database has 10,000,000 online codes and as many security codes, users
//! and events, or as many as `STOPGAP_BENCH_ROWS` says; each million takes 4 GB in the
//! temporary folder while it runs. The words `statements`, `authenticate`, `verify`,
//! `flood`, `log` and `purge` after `--` choose parts, and only the tables that they need are
//! filled. A side's turn is 3 seconds, or `STOPGAP_BENCH_SECONDS`. `cargo xtask bench
//! postgres slow` runs it on a disk whose fsync takes 2 ms more.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "it measures, and panics if it cannot"
)]

#[cfg(all(unix, feature = "postgres"))]
#[path = "postgres/run.rs"]
mod run;
#[cfg(all(unix, feature = "postgres"))]
#[allow(dead_code, reason = "the benchmark of SQLite uses the rest")]
mod store;

fn main() {
    // `cargo test --benches` only checks that it starts.
    #[cfg(all(unix, feature = "postgres"))]
    if std::env::args().any(|argument| argument == "--bench") {
        run::main();
    }
}
