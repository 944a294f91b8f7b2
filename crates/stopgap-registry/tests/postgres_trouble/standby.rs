//! Servers that can only be read.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use stopgap_registry::stopgap::{Access, OnlinePolicy, Role, Scopes, SecurityRequest, chrono::Utc};
use test_postgres::{Cluster, Stop};

use crate::place::{Place, issue, known, open, root, unknown, verify, with};

fn until(cluster: &Cluster, sql: &str) {
    let began = Instant::now();
    while cluster.psql("postgres", sql).unwrap() != "t" {
        assert!(began.elapsed() < Duration::from_secs(30), "never: {sql}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn in_step(cluster: &Cluster) {
    until(
        cluster,
        "select replay_lsn >= pg_current_wal_lsn() from pg_stat_replication",
    );
}

#[test]
fn a_standby_is_read_and_not_written() {
    let Some((place, primary)) = Place::alone() else {
        return;
    };
    let registry = &place.registry;
    let code = issue(registry).unwrap();
    let access = Access::SuperAdministrator;
    let made = registry.create_security_code(
        &root(),
        SecurityRequest::new(access, Scopes::UNLIMITED).description("a program"),
    );
    let made = made.unwrap().code.to_string();
    let role = |_: &_| Role::User;
    let _ = registry.authenticate(&made, role).unwrap();
    let standby = primary.standby("second").unwrap();
    in_step(&primary);
    let url = standby.url(place.database.name());
    let only = open(&with(&url, "deadline=2")).unwrap();
    known(issue(&only), "store_read_only");
    known(verify(&only, &code, None), "store_read_only");
    known(verify(&only, &code, Some("once")), "store_read_only");
    // The first use in a minute is stored at once.
    known(only.authenticate(&made, role), "store_read_only");
    assert_eq!(only.preset("any").unwrap_err().reason(), "no_preset");
    assert_eq!(place.uses(), "0");
}

#[test]
fn replicas_are_read_if_they_answer() {
    let Some((place, primary)) = Place::alone() else {
        return;
    };
    let standby = primary.standby("second").unwrap();
    let replicas = format!("replicas=127.0.0.1:{}", standby.port());
    let registry = place.open(&replicas);
    let role = |_: &_| Role::User;
    let create = || {
        let access = Access::SuperAdministrator;
        let made = registry.create_security_code(
            &root(),
            SecurityRequest::new(access, Scopes::UNLIMITED).description("a program"),
        );
        made.unwrap().code.to_string()
    };
    let first = create();
    in_step(&primary);
    let _ = registry.authenticate(&first, role).unwrap();
    // A code that the replica does not have yet is unknown: the primary is not asked.
    standby
        .psql("postgres", "select pg_wal_replay_pause()")
        .unwrap();
    let second = create();
    let early = registry.authenticate(&second, role);
    assert_eq!(early.unwrap_err().reason(), "unknown");
    standby
        .psql("postgres", "select pg_wal_replay_resume()")
        .unwrap();
    in_step(&primary);
    let _ = registry.authenticate(&second, role).unwrap();
    // Verifications use the primary.
    let code = issue(&registry).unwrap();
    standby.stop(Stop::Immediate).unwrap();
    let _ = verify(&registry, &code, None).unwrap();
    let third = create();
    let began = Instant::now();
    for made in [&first, &second, &third] {
        let _ = registry.authenticate(made, role).unwrap();
    }
    assert!(began.elapsed() < Duration::from_secs(2));
    standby.start_again().unwrap();
    in_step(&primary);
    let _ = registry.authenticate(&third, role).unwrap();
    // Without the primary, further uses in the minute are counted in memory.
    primary.stop(Stop::Immediate).unwrap();
    let _ = registry.authenticate(&third, role).unwrap();
}

/// A commit that is cancelled while it waits for a standby succeeds with a warning.
#[test]
fn a_commit_cancelled_while_it_waits_for_a_standby_has_an_unknown_outcome() {
    let Some((place, primary)) = Place::alone() else {
        return;
    };
    let registry = &place.registry;
    let issued = registry.issue_code(&root(), "alice", &OnlinePolicy::default(), &Utc);
    let code = issued.unwrap().code.reveal().to_string();
    primary
        .set(&[("synchronous_standby_names", "nobody")])
        .unwrap();
    let began = Instant::now();
    let told = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !told.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(50));
                let cancel = "select count(pg_cancel_backend(pid)) from pg_stat_activity
                    where wait_event = 'SyncRep'";
                primary.psql("postgres", cancel).unwrap();
            }
        });
        // The first attempts may succeed before the server reads the setting.
        let in_time = |_: &String| began.elapsed() < Duration::from_secs(20);
        let mut attempts = (0..).map(|attempt| attempt.to_string()).take_while(in_time);
        let mut first_refused = |with_id: bool| {
            let ask = |id: String| verify(registry, &code, with_id.then_some(id.as_str()));
            attempts.by_ref().map(ask).find(Result::is_err)
        };
        let outcomes = [true, false].map(&mut first_refused);
        told.store(true, Ordering::Relaxed);
        for outcome in outcomes {
            unknown(outcome.unwrap());
        }
    });
}
