//! Starting, stopping, killing, pausing and following a server.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic fails the test"
)]

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpStream,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use test_postgres::{Cluster, Database, PROGRAMS, Stop, installed, server};

fn start() -> Option<Cluster> {
    Cluster::start(&[]).unwrap()
}

/// `true` if a condition holds within ten seconds.
fn soon(mut holds: impl FnMut() -> bool) -> bool {
    (0..1000).any(|_| {
        thread::sleep(Duration::from_millis(10));
        holds()
    })
}

/// `true` if another client runs a query that contains a word.
fn runs(cluster: &Cluster, word: &str) -> bool {
    let sql = format!(
        "select count(*) from pg_stat_activity
         where state = 'active' and query like '%{word}%' and pid <> pg_backend_pid()"
    );
    cluster.psql("postgres", &sql).unwrap() != "0"
}

/// `true` if Linux keeps shared memory of a killed server.
fn has_memory(cluster: &Cluster) -> bool {
    let lock = fs::read_to_string(cluster.folder().join("data/postmaster.pid")).unwrap();
    let id = lock.lines().nth(6).unwrap().rsplit(' ').next().unwrap();
    let kept = fs::read_to_string("/proc/sysvipc/shm").unwrap_or_default();
    kept.lines()
        .any(|line| line.split_whitespace().nth(1) == Some(id))
}

fn listens(port: u16) -> bool {
    TcpStream::connect(("127.0.0.1", port)).is_ok()
}

#[test]
fn postgres_two_at_once() {
    let (Some(a), Some(b)) = (start(), start()) else {
        return;
    };
    let create = "create table t (n int); insert into t values (7)";
    a.psql("postgres", create).unwrap();
    assert_eq!(a.psql("postgres", "select n, 'x' from t").unwrap(), "7|x");
    let error = b.psql("postgres", "table t").unwrap_err().to_string();
    assert!(error.contains("does not exist"), "{error}");

    let (folder, port) = (a.folder().to_owned(), a.port());
    drop(a);
    assert!(!folder.exists() && !listens(port));
    assert_eq!(b.psql("postgres", "select 1").unwrap(), "1");
}

#[test]
fn postgres_runs_the_named_programs() {
    let Some(folder) = std::env::var_os(PROGRAMS) else {
        return;
    };
    let mut postgres = Command::new(Path::new(&folder).join("postgres"));
    let named = postgres.arg("--version").output().unwrap().stdout;
    let named = String::from_utf8(named).unwrap();
    let cluster = start().unwrap();
    let runs = cluster.psql("postgres", "show server_version").unwrap();
    assert!(
        named.trim().ends_with(&format!(") {runs}")),
        "{named}: {runs}"
    );
}

#[test]
fn postgres_asks_for_the_password() {
    let Some(cluster) = start() else { return };
    let folder = cluster.folder().to_str().unwrap();
    for host in ["127.0.0.1", folder] {
        let connects = |password: &str| {
            let mut psql = cluster.command("psql");
            psql.env("PGHOST", host).env("PGPASSWORD", password);
            psql.args(["-X", "-w", "-d", "postgres", "-c", "select 1"]);
            psql.output().unwrap().status.success()
        };
        assert!(connects(cluster.password()) && !connects("guessed"));
    }
}

#[test]
fn postgres_stops_dies_and_comes_back() {
    let Some(cluster) = start() else { return };
    let run = |sql: &str| cluster.psql("postgres", sql).unwrap();
    run("create table t (n int)");
    for how in [Stop::Fast, Stop::Immediate, Stop::Kill] {
        run("insert into t values (1)");
        thread::scope(|scope| {
            // It notices neither the loss of its client nor the death of the server.
            let loops = "set statement_timeout = '20s'; do $$ begin loop end loop; end $$";
            let asked = scope.spawn(|| cluster.psql("postgres", loops));
            assert!(soon(|| runs(&cluster, "loop")));
            cluster.stop(how).unwrap();
            cluster.stop(how).unwrap();
            assert!(!listens(cluster.port()), "{how:?}");
            let error = asked.join().unwrap().unwrap_err().to_string();
            assert!(error.contains("connection"), "{how:?}: {error}");
            if how == Stop::Kill {
                assert!(!has_memory(&cluster));
            }
        });
        cluster.psql("postgres", "select 1").unwrap_err();
        cluster.start_again().unwrap();
        cluster.start_again().unwrap();
    }
    assert_eq!(run("select count(*) from t"), "3");
    assert!(cluster.log().unwrap().contains("automatic recovery"));
}

#[test]
fn postgres_falls_silent() {
    let Some(cluster) = start() else { return };
    thread::scope(|scope| {
        // Long enough to pause the server in the middle of it on a busy machine.
        let before = scope.spawn(|| cluster.psql("postgres", "select 1, pg_sleep(4)"));
        assert!(soon(|| runs(&cluster, "pg_sleep")));
        cluster.pause().unwrap();
        let after = scope.spawn(|| cluster.psql("postgres", "select 2"));
        thread::sleep(Duration::from_secs(5));
        let silent = !before.is_finished() && !after.is_finished() && listens(cluster.port());
        cluster.resume().unwrap();
        assert!(silent);
        assert_eq!(before.join().unwrap().unwrap(), "1|");
        assert_eq!(after.join().unwrap().unwrap(), "2");
    });
    // A paused server can be stopped.
    for how in [Stop::Fast, Stop::Immediate, Stop::Kill] {
        cluster.pause().unwrap();
        cluster.stop(how).unwrap();
        cluster.start_again().unwrap();
    }
    assert_eq!(cluster.psql("postgres", "select 1").unwrap(), "1");
}

#[test]
fn postgres_takes_settings() {
    let settings = [("work_mem", "5MB"), ("fsync", "on")];
    let Some(cluster) = Cluster::start(&settings).unwrap() else {
        return;
    };
    let show = |name: &str| cluster.psql("postgres", &format!("show {name}")).unwrap();
    assert_eq!((&*show("work_mem"), &*show("fsync")), ("5MB", "on"));
    let settings = [("work_mem", "6MB"), ("max_connections", "50")];
    cluster.set(&settings).unwrap();
    assert_eq!(show("work_mem"), "6MB");
    assert_eq!(show("max_connections"), "300");
    cluster.stop(Stop::Immediate).unwrap();
    cluster.start_again().unwrap();
    assert_eq!(show("max_connections"), "50");

    let error = Cluster::start(&[("max_connections", "many")]).unwrap_err();
    assert!(error.to_string().contains("max_connections"), "{error}");
}

#[test]
fn postgres_fails_over() {
    let Some(primary) = start() else { return };
    let standby = primary.standby("second").unwrap();
    let standbys = [("synchronous_standby_names", "second")];
    primary.set(&standbys).unwrap();
    let synchronous = "select application_name, sync_state from pg_stat_replication";
    assert!(soon(
        || primary.psql("postgres", synchronous).unwrap() == "second|sync"
    ));

    let write = "set synchronous_commit = remote_apply; create table t as select 7 as n";
    primary.psql("postgres", write).unwrap();
    let read = || standby.psql("postgres", "select n from t").unwrap();
    assert_eq!(read(), "7");
    standby.psql("postgres", "drop table t").unwrap_err();

    primary.stop(Stop::Kill).unwrap();
    standby.promote().unwrap();
    assert_eq!(read(), "7");
    standby.psql("postgres", "drop table t").unwrap();
}

#[test]
fn postgres_databases_come_and_go() {
    let Some(server) = server() else { return };
    assert!(server.version.contains('.'));
    let (a, b) = (server.database(), server.database());
    let create = |database: &Database| database.psql("create table t ()").unwrap();
    create(&a);
    create(&b);
    let gone = format!("select 1 from pg_database where datname = '{}'", a.name());
    assert_eq!(b.psql(&gone).unwrap(), "1");
    drop(a);
    assert_eq!(b.psql(&gone).unwrap(), "");
}

/// The process that the next test kills after it has started two servers.
#[test]
#[ignore = "run by the next test"]
fn owner() {
    let clusters = [start().unwrap(), start().unwrap()];
    clusters[1].pause().unwrap();
    for cluster in &clusters {
        println!("owns {} {}", cluster.port(), cluster.folder().display());
    }
    thread::sleep(Duration::from_mins(1));
}

#[test]
fn postgres_is_gone_with_its_owner() {
    if !installed() {
        return;
    }
    let mut owner = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "owner", "--ignored", "--nocapture"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(owner.stdout.take().unwrap()).lines();
    let held = lines.map(Result::unwrap).filter_map(|line| {
        let (port, folder) = line.split_once("owns ")?.1.split_once(' ')?;
        Some((port.parse().unwrap(), folder.to_owned()))
    });
    let held: Vec<(u16, String)> = held.take(2).collect();
    assert_eq!(held.len(), 2);
    for (port, folder) in &held {
        assert!(listens(*port) && Path::new(folder).exists());
    }
    owner.kill().unwrap();
    owner.wait().unwrap();
    for (port, folder) in &held {
        assert!(soon(|| !listens(*port) && !Path::new(folder).exists()));
    }
}
