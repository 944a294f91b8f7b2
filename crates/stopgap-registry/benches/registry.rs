//! The registry on SQLite beside the bare statements that it needs:
//! `cargo bench -p stopgap-registry --bench registry`.
//!
//! The larger file has 1,000,000 codes, or as many as `STOPGAP_BENCH_ROWS` says. The
//! words `authenticate`, `verify`, `group`, `issue`, `flood` and `purge` after `--` choose
//! parts. A side's turn is 3 seconds, or `STOPGAP_BENCH_SECONDS`. `cargo xtask bench
//! registry slow` runs it on a disk whose fsync takes 2 ms more.
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

use std::path::Path;

use self::{
    file::File,
    store::{
        FEW, Statement, disk, flood,
        hot::{Call, Part},
        number, purge,
        table::Target,
        turn, wanted,
    },
};

/// The numbers of threads that share a commit.
const GROUPS: [usize; 3] = [1, 8, 32];

fn main() {
    // `cargo test --benches` only checks that it starts.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    disk::measure(Path::new(env!("CARGO_TARGET_TMPDIR")));
    let few = File::new(FEW);
    let many = File::new(number("STOPGAP_BENCH_ROWS", 1_000_000));
    let both = [&few, &many];
    let part = |name, call, peers| Part {
        name,
        call,
        tables: &[],
        peers,
    };
    if wanted("authenticate") {
        let peers = &[(Statement::Select, Target::AtLeast(0.6))];
        part("authenticate", Call::Authenticate, peers).run(&both, &[1, 2], turn());
    }
    let update = &[(Statement::Update, Target::AtLeast(0.8))];
    if wanted("verify") {
        for (name, call) in [
            ("verify, limited uses", Call::VerifyLimited),
            ("verify, any number of uses", Call::VerifyUnlimited),
        ] {
            part(name, call, update).run(&both, &[1], turn());
        }
    }
    if wanted("group") {
        // The threads of the registry share commits; those of the peer do not.
        let peers = &[(Statement::Update, Target::None)];
        let part = part("group commit, limited uses", Call::VerifyLimited, peers);
        part.run(&[&many], &GROUPS, turn());
    }
    if wanted("issue") {
        batch::issue(&many);
    }
    if wanted("flood") {
        flood::flood(&few);
    }
    if wanted("purge") {
        purge::purge(&many, Target::Below(100_000.0));
    }
}
