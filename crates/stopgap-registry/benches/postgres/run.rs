//! The parts, and the server that they run on.

mod database;
mod log;
mod others;
mod peer;
mod statements;

use std::{process::Command, time::Duration};

use test_postgres::Cluster;

use self::database::{Database, TABLES};
use crate::store::{
    FEW, Place, Statement, disk, flood,
    hot::{Call, Part},
    number, purge,
    table::Target,
    turn, wanted,
};

const CONNECTIONS: [usize; 3] = [1, 2, 8];

/// Settings for a server of this size, and for a run in which the server starts no
/// checkpoint by itself. The settings of durability are the defaults.
const SETTINGS: [(&str, &str); 7] = [
    ("full_page_writes", "on"),
    ("shared_buffers", "8GB"),
    ("maintenance_work_mem", "512MB"),
    ("max_wal_size", "16GB"),
    ("checkpoint_timeout", "1h"),
    ("wal_compression", "lz4"),
    ("wal_keep_size", "0"),
];

pub(crate) fn main() {
    let rows = number("STOPGAP_BENCH_ROWS", 10_000_000);
    let Some(cluster) = Cluster::start(&SETTINGS).expect("it starts") else {
        return;
    };
    let authenticate = Part {
        name: "authenticate",
        call: Call::Authenticate,
        tables: &["security_codes"],
        peers: &[(Statement::Select, Target::AtLeast(0.8))],
    };
    let verify = Part {
        name: "verify, limited uses",
        call: Call::VerifyLimited,
        tables: &["online_codes", "heads", "events"],
        // All in one message and one transaction.
        peers: &[(Statement::UpdateAndInsert, Target::None)],
    };
    let few = Database::new(&cluster, "few", FEW, &TABLES);
    if wanted("statements") {
        statements::count(&few);
    }
    let needs = |table: &&str| {
        (wanted("authenticate") && authenticate.tables.contains(table))
            || ((wanted("verify") || wanted("purge")) && verify.tables.contains(table))
            || (wanted("log") && *table == "events")
    };
    let tables: Vec<&str> = TABLES.into_iter().filter(needs).collect();
    if tables.is_empty() && !wanted("flood") {
        return;
    }
    let many = Database::new(&cluster, "many", rows, &tables);
    many.print_sizes();
    // From here on, writes are durable.
    cluster.set(&[("fsync", "on")]).expect("set");
    Command::new("sync").status().expect("sync");
    let commits = few.peer(Statement::Insert, 1, Duration::from_secs(1));
    disk::print(1e6 / commits);
    let both = [&few, &many];
    if wanted("authenticate") {
        authenticate.run(&both, &CONNECTIONS, turn());
    }
    if wanted("verify") {
        verify.run(&both, &CONNECTIONS, turn());
    }
    if wanted("flood") {
        flood::flood(&few);
    }
    if wanted("log") {
        log::append(both, turn());
    }
    if wanted("purge") {
        purge::purge(&many, Target::None);
    }
}
