//! The registry on SQLite beside the bare statements that it could not do without,
//! in one run: `cargo bench -p stopgap-registry --bench registry`.
//!
//! The larger file has 1,000,000 codes, or as many as `STOPGAP_BENCH_ROWS` says.
//! Of `authenticate`, `verify`, `issue` and `purge` those are run that are named
//! behind `--`, or all.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a benchmark says that it cannot"
)]

#[path = "registry/batch.rs"]
mod batch;
#[path = "registry/filled.rs"]
mod filled;
#[path = "registry/hot.rs"]
mod hot;
#[path = "registry/purge.rs"]
mod purge;
#[path = "registry/table.rs"]
mod table;
#[allow(dead_code, reason = "tests need the rest")]
#[path = "../tests/processes/worker.rs"]
mod worker;

use std::env;

use self::{
    filled::Filled,
    table::{Target, alone, head, time},
};

const FEW: usize = 10_000;
const MANY: usize = 1_000_000;

fn main() {
    let file = env::var("STOPGAP_FILE").unwrap_or_default();
    match worker::role().as_deref() {
        Some("batch") => return batch::issue_and_tell(&file),
        Some("verify") => return purge::verify_and_tell(&file),
        _ => {}
    }
    // `cargo test --benches` wants to know no more than that it starts.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let named: Vec<String> = env::args()
        .skip(1)
        .filter(|name| !name.starts_with('-'))
        .collect();
    let wanted = |name: &str| named.is_empty() || named.iter().any(|it| it == name);
    let many = env::var("STOPGAP_BENCH_ROWS").map_or(MANY, |rows| rows.parse().expect("a number"));
    head();
    let few = Filled::new(FEW);
    let mut filled = None;
    let taken = time(|| filled = Some(Filled::new(many)));
    let many = filled.expect("filled");
    alone(
        &format!("making a file of {} codes", many.rows),
        taken,
        Target::None,
    );
    for file in [&few, &many] {
        file.checkpoint();
    }
    if wanted("authenticate") {
        hot::authenticate(&[&few, &many]);
    }
    if wanted("verify") {
        hot::verify(&[&few, &many]);
    }
    if wanted("issue") {
        batch::issue(&many);
        batch::peak(&many);
    }
    if wanted("purge") {
        purge::purge(&many);
    }
}
