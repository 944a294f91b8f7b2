//! Processes that work on one file and are killed (`SIGKILL`), one after another.
//! `STOPGAP_DEEP=1` (`cargo xtask crash`) kills 200 for each test.
//!
//! The operating system keeps the writes of a killed process, so these tests would also pass
//! if the file were never synchronised. Only a power cut would show that; SQLite's own tests
//! simulate one.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "crash/backup.rs"]
mod backup;
#[path = "stores/careless.rs"]
mod careless;
#[path = "crash/file.rs"]
mod file;
#[path = "crash/issue.rs"]
mod issue;
#[path = "crash/purge.rs"]
mod purge;
#[path = "crash/redeem.rs"]
mod redeem;
#[path = "processes/worker.rs"]
mod worker;

use std::{env, path::PathBuf, thread, time::Duration};

use stopgap_registry::stopgap::{SysRng, rand_core::TryRng};

use self::{file::File, worker::Worker};

/// Returns the number of processes that are killed.
fn times() -> usize {
    match env::var_os("STOPGAP_DEEP") {
        Some(_) => 200,
        None => 10,
    }
}

/// Kills a worker within 50 milliseconds of its start.
fn kill_soon(worker: &mut Worker) {
    assert_eq!(worker.hear().as_deref(), Some("going"));
    let random = SysRng.try_next_u32().unwrap();
    thread::sleep(Duration::from_micros((random % 50_000).into()));
    worker.kill();
}

#[test]
fn no_code_is_redeemed_twice_and_no_use_is_lost() {
    let file = File::new("redeem.db");
    let (mut granted, mut unreported) = (0, 0);
    for round in 0..times() {
        let counted = redeem::crash(&file, "redeem", round).unwrap();
        granted += counted.granted;
        unreported += counted.unreported;
    }
    println!(
        "crash: killed {} times while it redeemed: {granted} codes granted, each once; \
         {unreported} unreported attempts settled",
        times()
    );
}

/// The control: a store with a use, its answer and its event in three transactions must
/// be found.
#[test]
fn a_piecemeal_store_is_caught() {
    let file = File::new("piecemeal.db");
    let caught = (0..50).find_map(|round| redeem::crash(&file, "redeem_piecemeal", round).err());
    assert!(caught.is_some());
}

#[test]
fn a_batch_is_issued_completely_or_not_at_all() {
    let file = File::new("issue.db");
    let batches: usize = (0..times()).map(|round| issue::crash(&file, round)).sum();
    println!(
        "crash: killed {} times while it issued: {batches} batches, all whole",
        times()
    );
}

#[test]
fn an_interrupted_purge_is_continued() {
    let file = File::new("purge.db");
    let rounds = 0..i64::try_from(times()).unwrap();
    let left: i64 = rounds.map(|round| purge::crash(&file, round)).sum();
    println!(
        "crash: killed {} times while it purged: {left} old codes left to the next purge",
        times()
    );
}

#[test]
fn a_backup_has_its_name_only_if_it_is_whole() {
    let file = File::new("backup.db");
    let whole: usize = (0..times()).map(|round| backup::crash(&file, round)).sum();
    println!(
        "crash: killed {} times while it backed up: {whole} backups, all whole",
        times()
    );
}

/// The process that is killed.
#[test]
fn worker() {
    let Some(role) = worker::role() else { return };
    let setting = |name: &str| env::var(name).unwrap();
    let path = PathBuf::from(setting("STOPGAP_FILE"));
    match role.as_str() {
        "backup" => backup::work(&path, &setting("STOPGAP_ROUND")),
        "issue" => issue::work(&path, &setting("STOPGAP_ROUND")),
        "purge" => purge::work(&path, setting("STOPGAP_DAYS").parse().unwrap()),
        role => redeem::work(&redeem::open_as(role, &path)),
    }
}
