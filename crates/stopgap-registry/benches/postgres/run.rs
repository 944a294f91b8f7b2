//! What is measured, and on which server.

mod clients;
mod filled;
mod hot;
mod log;
mod peer;
mod purge;
mod statements;
mod table;

use std::{env, time::Duration};

use test_postgres::Cluster;

use self::filled::Filled;

const FEW: usize = 10_000;
const MANY: usize = 10_000_000;

/// What a server of this size is given, and the time of a benchmark without a
/// checkpoint of the server's own. Durability is as the server has it.
const SETTINGS: [(&str, &str); 7] = [
    ("full_page_writes", "on"),
    ("shared_buffers", "8GB"),
    ("maintenance_work_mem", "512MB"),
    ("max_wal_size", "16GB"),
    ("checkpoint_timeout", "1h"),
    ("wal_compression", "lz4"),
    ("wal_keep_size", "0"),
];

pub(super) fn main() {
    let named: Vec<String> = env::args()
        .skip(1)
        .filter(|name| !name.starts_with('-'))
        .collect();
    let wanted = |name: &str| named.is_empty() || named.iter().any(|it| it == name);
    let number = |name, otherwise: usize| {
        env::var(name).map_or(otherwise, |text| text.parse().expect("a number"))
    };
    let rows = number("STOPGAP_BENCH_ROWS", MANY);
    let turn = Duration::from_secs(number("STOPGAP_BENCH_SECONDS", 3) as u64);
    let Some(cluster) = Cluster::start(&SETTINGS).expect("it starts") else {
        return;
    };
    let asked = ["authenticate", "verify", "log", "purge"].map(|part| (part, wanted(part)));
    let needs = |table: &&str| {
        asked.iter().any(|(part, asked)| {
            *asked
                && match *part {
                    "authenticate" => *table == "security_codes",
                    "log" => *table == "events",
                    _ => *table != "security_codes",
                }
        })
    };
    let tables = ["online_codes", "security_codes", "throttles", "events"];
    let few = Filled::new(&cluster, "few", FEW, &tables);
    if wanted("statements") {
        statements::count(&cluster, &few);
    }
    let tables: Vec<&str> = tables.into_iter().filter(needs).collect();
    if tables.is_empty() {
        return;
    }
    let many = Filled::new(&cluster, "many", rows, &tables);
    many.sizes(&cluster);
    // From here on, what is kept is kept as on any server.
    cluster.set(&[("fsync", "on")]).expect("set");
    std::process::Command::new("sync").status().expect("sync");
    let both = [&few, &many];
    if wanted("authenticate") {
        hot::authenticate(&cluster, both, turn);
    }
    if wanted("verify") {
        hot::verify(&cluster, both, turn);
    }
    if wanted("log") {
        log::append(&cluster, both, turn);
    }
    if wanted("purge") {
        purge::purge(&cluster, &many);
    }
}
