//! Issuing many codes at once, beside inserts of the same rows in one transaction.

use std::time::Instant;

use rusqlite::Connection;
use stopgap_registry::{Registry, stopgap::chrono::Utc};

use crate::{
    file::File,
    store::{
        Place,
        filled::{keys, operator, week},
        table::{Target, beside, head, median},
    },
};

const CODES: usize = 100_000;
const ROUNDS: usize = 3;
/// The tables that get a row for each code, and their keys.
const TABLES: [(&str, &str); 3] = [
    ("online_codes", "id"),
    ("heads", "user_name"),
    ("events", "id"),
];
/// The rows of the batch.
const BATCH: &str = "tenant = 'default' AND user_name >= 'batch' AND user_name < 'batci'";

/// Measures the batch and the inserts, and removes the codes.
pub(crate) fn issue(file: &File) {
    let peer = file.connect();
    // The file grows during the first batch, which does not count.
    issue_all(file);
    for (table, key) in TABLES {
        let sql = format!(
            "CREATE TEMP TABLE {table}_batch AS SELECT * FROM {table} WHERE {BATCH} ORDER BY {key}"
        );
        peer.execute_batch(&sql).expect("kept");
    }
    let [mut ours, mut inserts] = [const { Vec::new() }; 2];
    for _ in 0..ROUNDS {
        clear(file, &peer);
        ours.push(issue_all(file));
        clear(file, &peer);
        inserts.push(insert_all(&peer));
    }
    clear(file, &peer);
    head("issue", "codes/s", "inserts/s");
    let name = format!(
        "{CODES} codes into {} / inserts of the rows",
        file.filled().rows
    );
    beside(&name, median(ours), median(inserts), Target::AtLeast(0.5));
}

/// Returns the number of codes that are issued in a second.
fn issue_all(file: &File) -> f64 {
    let registry = Registry::open(&file.address(1), &keys()).expect("opens");
    let requests = (0..CODES).map(|at| (format!("batch-{at:07}"), week()));
    in_a_second(|| {
        let issued = registry.issue_codes(&operator(), requests, &Utc);
        assert_eq!(issued.expect("issued").len(), CODES);
    })
}

/// Inserts the rows of each code, of its user's head and of its event, one by one. Returns
/// the number of codes in a second.
fn insert_all(peer: &Connection) -> f64 {
    in_a_second(|| {
        let transaction = peer.unchecked_transaction().expect("begun");
        let mut inserts = TABLES.map(|(table, _)| {
            let sql = format!("INSERT INTO {table} SELECT * FROM {table}_batch WHERE rowid = ?1");
            transaction.prepare(&sql).expect("prepared")
        });
        for row in 1..=i64::try_from(CODES).expect("few") {
            for insert in &mut inserts {
                assert_eq!(insert.execute([row]).expect("inserted"), 1);
            }
        }
        drop(inserts);
        transaction.commit().expect("committed");
    })
}

/// Returns the number of codes in a second, if `work` handles all.
fn in_a_second(work: impl FnOnce()) -> f64 {
    let begun = Instant::now();
    work();
    f64::from(u32::try_from(CODES).expect("few")) / begun.elapsed().as_secs_f64()
}

/// Removes the rows of the batch, if they exist.
fn clear(file: &File, peer: &Connection) {
    for (table, _) in TABLES {
        let sql = format!("DELETE FROM {table} WHERE {BATCH}");
        assert_eq!(peer.execute(&sql, []).expect("deleted") % CODES, 0);
    }
    file.checkpoint();
}
