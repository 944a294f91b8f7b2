//! Many codes at once.

use std::{fs, time::Duration};

use rusqlite::{Connection, types::Value};
use stopgap_registry::stopgap::chrono::Utc;

use crate::{
    filled::{Filled, operator, week},
    table::{Target, beside, median, memory, time},
    worker::{self, Worker},
};

const CODES: usize = 100_000;
const ROUNDS: usize = 3;

const CODE_COLUMNS: &str = "tenant, digest, id, user_name, key_id, purposes, not_before, \
    expires_at, max_uses, uses, revoked_at, tag";
const EVENT_COLUMNS: &str = "tenant, id, actor, role, kind, user_name, subject, detail, reason";

/// Whole rows of a table.
struct Taken {
    table: &'static str,
    columns: &'static str,
    all: Vec<Vec<Value>>,
}

/// Beside bare inserts of the same rows, in one transaction too.
pub(crate) fn issue(file: &Filled) {
    let mut peer = file.connect();
    // What grows the file is paid once, by nobody who is timed.
    issue_all(file);
    let codes = taken(&peer, "online_codes", CODE_COLUMNS);
    let events = taken(&peer, "events", EVENT_COLUMNS);
    let [mut ours, mut both, mut bare] = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        clear(file, &peer);
        ours.push(issue_all(file));
        clear(file, &peer);
        both.push(insert(&mut peer, &[&codes, &events]));
        clear(file, &peer);
        bare.push(insert(&mut peer, &[&codes]));
    }
    clear(file, &peer);
    let (ours, both, bare) = (median(ours), median(both), median(bare));
    let name = format!("issue {CODES} codes into {} / insert all rows", file.rows);
    beside(&name, ours, both, Target::Speed(0.5));
    beside(
        "the same / insert the codes' rows alone",
        ours,
        bare,
        Target::None,
    );
}

/// The most memory that a process has while it issues them.
pub(crate) fn peak(file: &Filled) {
    let mut worker = Worker::start("batch", &[("STOPGAP_FILE", file.file())]);
    let told = worker.hear().expect("it tells");
    match told.parse() {
        Ok(kibibytes) => {
            let _: f64 = kibibytes;
            let name = format!("memory that issuing {CODES} codes adds, at most");
            memory(&name, kibibytes / 1_024.0, Target::Mebibytes(64.0));
        }
        Err(_) => println!("{told}"),
    }
    drop(worker);
    clear(file, &file.connect());
}

/// The worker's side of [`peak`]: how far the peak of the resident set, as Linux
/// counts it, rises above what it was.
pub(crate) fn issue_and_tell(file: &str) {
    let registry = crate::filled::open_after(file, 0);
    let one = registry.issue_code(&operator(), "batch", &week(), &Utc);
    drop(one.expect("issued"));
    // Begins the count of the peak anew.
    let reset = fs::write("/proc/self/clear_refs", "5");
    let (Ok(()), Some(before)) = (reset, peak_of_this_process()) else {
        worker::tell("no memory figure: it is read from /proc, on Linux");
        return;
    };
    let requests = (0..CODES).map(|at| (format!("batch-{at:07}"), week()));
    let issued = registry.issue_codes(&operator(), requests, &Utc);
    let after = peak_of_this_process().expect("as before");
    assert_eq!(issued.expect("issued").len(), CODES);
    worker::tell(&after.saturating_sub(before).to_string());
}

/// In KiB.
fn peak_of_this_process() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn issue_all(file: &Filled) -> Duration {
    let registry = file.open();
    let requests = (0..CODES).map(|at| (format!("batch-{at:07}"), week()));
    time(|| {
        let issued = registry.issue_codes(&operator(), requests, &Utc);
        assert_eq!(issued.expect("issued").len(), CODES);
    })
}

fn taken(peer: &Connection, table: &'static str, columns: &'static str) -> Taken {
    let sql = format!(
        "SELECT {columns} FROM {table}
         WHERE tenant = 'default' AND user_name >= 'batch' AND user_name < 'batci'"
    );
    let mut select = peer.prepare(&sql).expect("prepared");
    let count = select.column_count();
    let rows = select
        .query_map([], |row| (0..count).map(|place| row.get(place)).collect())
        .expect("queried");
    let mut rows: Vec<Vec<Value>> = rows.collect::<Result<_, _>>().expect("read");
    // In the order in which they were written: by their ids.
    let id = columns.split(", ").position(|column| column == "id");
    let id = id.expect("each has one");
    rows.sort_by_key(|row| match &row[id] {
        Value::Blob(bytes) => bytes.clone(),
        _ => Vec::new(),
    });
    assert_eq!(rows.len(), CODES);
    Taken {
        table,
        columns,
        all: rows,
    }
}

fn insert(peer: &mut Connection, tables: &[&Taken]) -> Duration {
    time(|| {
        let transaction = peer.transaction().expect("begun");
        let mut statements: Vec<_> = tables
            .iter()
            .map(|rows| {
                let places = vec!["?"; rows.columns.split(", ").count()].join(", ");
                let (table, columns) = (rows.table, rows.columns);
                let sql = format!("INSERT INTO {table} ({columns}) VALUES ({places})");
                transaction.prepare(&sql).expect("prepared")
            })
            .collect();
        for at in 0..CODES {
            for (statement, rows) in statements.iter_mut().zip(tables) {
                let row = rusqlite::params_from_iter(&rows.all[at]);
                statement.execute(row).expect("inserted");
            }
        }
        drop(statements);
        transaction.commit().expect("committed");
    })
}

/// Takes the batch out again.
fn clear(file: &Filled, peer: &Connection) {
    for table in ["online_codes", "events"] {
        let sql = format!(
            "DELETE FROM {table}
             WHERE tenant = 'default' AND user_name >= 'batch' AND user_name < 'batci'"
        );
        peer.execute(&sql, []).expect("deleted");
    }
    file.checkpoint();
}
