//! A purge of a whole database, while others verify.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use stopgap_registry::{
    PurgePolicy, Registry,
    stopgap::{Purpose, chrono::Utc},
};
use test_postgres::Cluster;

use super::{
    clients::{self, Calls},
    filled::{Filled, ahead, operator, week},
    table::alone,
};

/// Those who verify, and how long each of them waits in between.
const THREADS: usize = 2;
const PAUSE: Duration = Duration::from_millis(2);
/// For how long they verify alone before: what the machine does to them anyway.
const ALONE: Duration = Duration::from_secs(10);
const CODES: usize = 1_000;

pub(super) fn purge(cluster: &Cluster, filled: &Filled) {
    println!("\npurge, while {THREADS} threads verify");
    // All codes have been over for a month, and then all of the log.
    for (what, table, days) in [("codes", "online_codes", 60), ("events", "events", 600)] {
        let registry = filled.open_at(THREADS + 1, ahead(days));
        let requests = (0..CODES).map(|at| (format!("late-{days}-{at}"), week()));
        let issued = registry.issue_codes(&operator(), requests, &Utc);
        let codes: Vec<(String, String)> = issued
            .expect("issued")
            .into_iter()
            .map(|it| (it.record.user.to_string(), it.code.reveal().to_string()))
            .collect();
        let before = sizes(cluster, filled, table);
        let alone_waits = verify(&registry, &codes, || thread::sleep(ALONE));
        let mut purged = 0;
        let mut taken = Duration::ZERO;
        let during = verify(&registry, &codes, || {
            let begun = Instant::now();
            let done = registry.purge(&operator(), &PurgePolicy::default());
            taken = begun.elapsed();
            let done = done.expect("purged");
            purged = if days < 400 { done.codes } else { done.events };
        });
        let rate = f64::from(u32::try_from(purged).expect("few")) / taken.as_secs_f64();
        alone(&format!("{what} purged"), &purged.to_string());
        alone("  a second", &format!("{rate:.0}"));
        for (name, waits) in [("alone", &alone_waits), ("during the purge", &during)] {
            alone(
                &format!("  wait to verify {name}: median, 999 of 1,000, longest, us"),
                &[500, 999, 1_000]
                    .map(|so_many| format!("{:.0}", waits.of_thousand(so_many)))
                    .join(" "),
            );
        }
        alone("  MiB of the table and its indexes before", &before);
        alone("  after", &sizes(cluster, filled, table));
        filled.psql(cluster, &format!("VACUUM stopgap.{table}"));
        alone("  after a vacuum", &sizes(cluster, filled, table));
    }
}

/// Verifies while something is done.
fn verify(registry: &Registry, codes: &[(String, String)], work: impl FnOnce()) -> Calls {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let verifying = scope.spawn(|| {
            clients::run_until(
                THREADS,
                || over.load(Ordering::Relaxed),
                |number| {
                    let (user, code) = &codes[number % codes.len()];
                    let begun = Instant::now();
                    let granted = registry.verify_code(user, code, Purpose::Bypass, None);
                    let taken = begun.elapsed();
                    assert!(granted.expect("it is good").uses_left.is_some());
                    thread::sleep(PAUSE);
                    taken
                },
            )
        });
        work();
        over.store(true, Ordering::Relaxed);
        verifying.join().expect("it goes on")
    })
}

fn sizes(cluster: &Cluster, filled: &Filled, table: &str) -> String {
    let sql = format!(
        "SELECT pg_table_size('stopgap.{table}') >> 20, pg_indexes_size('stopgap.{table}') >> 20"
    );
    filled.psql(cluster, &sql).replace('|', " + ")
}
