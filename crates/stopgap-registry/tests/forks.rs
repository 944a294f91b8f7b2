//! Processes that fork, and descriptors that are closed: a code for one use is still
//! granted once.
//!
//! Each scenario runs in its own process: a test starts this program again for the
//! scenario, which is otherwise ignored.
#![cfg(target_os = "linux")]
#![allow(
    missing_docs,
    unsafe_code,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "processes/program.rs"]
mod program;

use std::{
    env,
    fs::File,
    io::{Read, Write},
    os::fd::FromRawFd,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use chrono::Utc;
use stopgap_registry::{
    Clock, Event, EventFilter, Memory, Registry, Sqlite, SystemClock,
    stopgap::{
        Actor, KeyId, KeyRing, MasterKey, Name, OnlinePolicy, Purpose, Role, ThrottlePolicy,
        VerifyRequest,
    },
    store::{Query, Store},
};

use self::program::program;

fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

fn open(address: &str) -> Registry {
    Registry::open(address, &keys()).unwrap()
}

/// Opens a registry without lockouts.
fn patient(address: &str) -> Registry {
    let policy = ThrottlePolicy {
        free: u32::MAX,
        ..ThrottlePolicy::default()
    };
    let keys = keys();
    let builder = Registry::builder(&keys).throttle(policy);
    builder.open(address).unwrap()
}

fn issue(registry: &Registry) -> String {
    let desk = Actor::new("desk", Role::HelpDesk).unwrap();
    let once = OnlinePolicy::default().max_uses(1);
    let issued = registry.issue_code(&desk, "alice", &once, &Utc).unwrap();
    issued.code.reveal().to_string()
}

fn verify(registry: &Registry, code: &str) -> &'static str {
    match registry.verify_code(&VerifyRequest::new("alice", code, Purpose::Reset)) {
        Ok(_) => "granted",
        Err(error) => error.reason(),
    }
}

/// A child that was forked, with pipes for its result and for a signal to it.
struct Child {
    pid: libc::pid_t,
    says: File,
    hears: File,
}

fn pipe() -> (File, File) {
    let mut ends = [0; 2];
    // SAFETY: the array has room for two descriptors, which nothing else owns.
    unsafe {
        assert_eq!(libc::pipe(ends.as_mut_ptr()), 0);
        (File::from_raw_fd(ends[0]), File::from_raw_fd(ends[1]))
    }
}

/// Forks. The child does `work`, which may wait for a signal of its parent, and reports the
/// result.
fn fork(work: impl FnOnce(&mut dyn FnMut()) -> String) -> Child {
    let ((says, mut say), (mut hear, hears)) = (pipe(), pipe());
    // SAFETY: the child uses only values of this thread, and ends without dropping
    // others.
    match unsafe { libc::fork() } {
        0 => {
            // SAFETY: the alarm ends a child that hangs.
            unsafe { libc::alarm(20) };
            let said = work(&mut || {
                let mut byte = [0];
                hear.read_exact(&mut byte).unwrap();
            });
            say.write_all(said.as_bytes()).unwrap();
            // SAFETY: no value of the parent is dropped here.
            unsafe { libc::_exit(0) }
        }
        pid if pid > 0 => Child { pid, says, hears },
        _ => panic!("no child"),
    }
}

impl Child {
    fn tell(&mut self) {
        self.hears.write_all(b".").unwrap();
    }

    fn said(mut self) -> String {
        let mut said = String::new();
        self.says.read_to_string(&mut said).unwrap();
        let mut status = 0;
        // SAFETY: the child belongs to this process, which waits for it once.
        unsafe { libc::waitpid(self.pid, &raw mut status, 0) };
        said
    }
}

/// Runs a scenario in its own process, and checks that it succeeds.
fn run(scenario: &str, address: &str) {
    let output = program(env::current_exe().unwrap())
        .args(["--exact", scenario, "--ignored", "--nocapture"])
        .env("STOPGAP_FORKS_ADDRESS", address)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    assert!(said.contains("1 passed"), "{said}{errors}");
}

fn run_on_file(scenario: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stopgap.db");
    run(scenario, file.to_str().unwrap());
}

/// Returns the address of the store, which the test gives to its scenario.
fn address() -> String {
    env::var("STOPGAP_FORKS_ADDRESS").expect("a test that starts it")
}

fn file() -> PathBuf {
    PathBuf::from(address())
}

/// Starts each scenario on a file.
macro_rules! on_file {
    ($($test:ident)*) => {
        $(#[test] fn $test() {
            run_on_file(concat!("scenario::", stringify!($test)));
        })*
    };
}

on_file! {
    a_child_uses_an_inherited_registry
    a_parent_closes_while_its_child_writes
    a_daemon_outlives_its_parent
    a_child_counts_its_own_events
    a_fork_during_calls_leaves_no_child_locked
    a_fork_during_a_long_call
    a_store_in_memory_is_copied
    a_closed_descriptor_is_noticed
    a_replaced_file_is_noticed
}

mod scenario {
    use super::*;

    /// A child uses the registry of its parent.
    #[test]
    #[ignore = "a test starts it"]
    fn a_child_uses_an_inherited_registry() {
        let registry = open(&address());
        let (first, second) = (issue(&registry), issue(&registry));
        let child = fork(|_| format!("{} {}", verify(&registry, &first), issue(&registry)));
        let said = child.said();
        let (verdict, issued) = said.split_once(' ').unwrap();
        assert_eq!(verdict, "granted");
        assert_eq!(verify(&registry, &first), "used_up");
        assert_eq!(verify(&registry, issued), "granted");
        assert_eq!(verify(&registry, &second), "granted");
    }

    /// A child has its own registry, and the parent closes its registry meanwhile. The child's
    /// uses are in the file, and not in a log that was deleted.
    #[test]
    #[ignore = "a test starts it"]
    fn a_parent_closes_while_its_child_writes() {
        let registry = open(&address());
        let code = issue(&registry);
        let mut child = fork(|wait| {
            let own = open(&address());
            wait();
            let verdict = verify(&own, &code);
            wait();
            verdict.into()
        });
        thread::sleep(Duration::from_millis(300));
        drop(registry);
        child.tell();
        thread::sleep(Duration::from_millis(300));
        // Another registry opens and closes the file while the child still has it open.
        let other = open(&address());
        assert_eq!(verify(&other, &code), "used_up");
        drop(other);
        child.tell();
        assert_eq!(child.said(), "granted");
        assert_eq!(verify(&open(&address()), &code), "used_up");
    }

    /// The parent closes its registry and ends before its child's first call, like a process
    /// that becomes a daemon.
    #[test]
    #[ignore = "a test starts it"]
    fn a_daemon_outlives_its_parent() {
        let registry = open(&address());
        let codes: Vec<_> = (0..3).map(|_| issue(&registry)).collect();
        let mut daemon = fork(|wait| {
            wait();
            let first = verify(&registry, &codes[0]);
            let own = open(&address());
            format!(
                "{first} {} {}",
                verify(&own, &codes[0]),
                verify(&own, &codes[1])
            )
        });
        drop(registry);
        drop(open(&address()));
        daemon.tell();
        assert_eq!(daemon.said(), "granted used_up granted");
        let registry = open(&address());
        let verdicts = codes.iter().map(|code| verify(&registry, code));
        assert_eq!(
            verdicts.collect::<Vec<_>>(),
            ["used_up", "used_up", "granted"]
        );
    }

    /// A child does not store the events that its parent has counted.
    #[test]
    #[ignore = "a test starts it"]
    fn a_child_counts_its_own_events() {
        let registry = open(&address());
        issue(&registry);
        for _ in 0..8 {
            verify(&registry, "0123-4567-89AB");
        }
        let child = fork(|_| {
            let refusal = verify(&registry, "0123-4567-89AB");
            registry.flush().unwrap();
            refusal.into()
        });
        assert_eq!(child.said(), "throttled");
        drop(registry);
        let root = Actor::new("root", Role::SuperAdministrator).unwrap();
        let events = open(&address())
            .events(&root, &EventFilter::default())
            .unwrap();
        let throttled = |event: &&Event| event.reason.as_deref() == Some("throttled");
        let mut counts: Vec<_> = events
            .iter()
            .filter(throttled)
            .map(|event| event.count)
            .collect();
        counts.sort_unstable();
        assert_eq!(counts, [1, 3]);
    }

    /// A fork waits for the calls of other threads, so that the child inherits no lock.
    #[test]
    #[ignore = "a test starts it"]
    fn a_fork_during_calls_leaves_no_child_locked() {
        let registry = Arc::new(open(&address()));
        let codes: Vec<_> = (0..20).map(|_| issue(&registry)).collect();
        let is_over = Arc::new(AtomicBool::new(false));
        let busy: Vec<_> = (0..4)
            .map(|_| {
                let (registry, is_over) = (Arc::clone(&registry), Arc::clone(&is_over));
                thread::spawn(move || {
                    while !is_over.load(Ordering::Relaxed) {
                        issue(&registry);
                    }
                })
            })
            .collect();
        for code in &codes {
            let child = fork(|_| verify(&registry, code).into());
            assert_eq!(child.said(), "granted");
        }
        is_over.store(true, Ordering::Relaxed);
        for thread in busy {
            thread.join().unwrap();
        }
        for code in &codes {
            assert_eq!(verify(&registry, code), "used_up");
        }
    }

    /// The fork does not wait for a call that takes too long: the child gets an error, and
    /// the parent goes on.
    #[test]
    #[ignore = "a test starts it"]
    fn a_fork_during_a_long_call() {
        let store = Arc::new(Sqlite::open(file(), SystemClock.now()).unwrap());
        let registry = Registry::builder(&keys()).over(Arc::clone(&store)).unwrap();
        let code = issue(&registry);
        let within = Arc::new(AtomicBool::new(false));
        let long = {
            let (store, within) = (Arc::clone(&store), Arc::clone(&within));
            thread::spawn(move || {
                let tenant = Name::new("acme").unwrap();
                store.update(&tenant, &Query::default(), &mut |_| {
                    within.store(true, Ordering::Relaxed);
                    thread::sleep(Duration::from_secs(4));
                    Ok(Vec::new())
                })
            })
        };
        while !within.load(Ordering::Relaxed) {
            thread::yield_now();
        }
        let child = fork(|_| {
            let opened = Registry::open(&address(), &keys());
            format!(
                "{} {}",
                verify(&registry, &code),
                opened.unwrap_err().reason()
            )
        });
        assert_eq!(child.said(), "store_forked store_forked");
        long.join().unwrap().unwrap();
        assert_eq!(verify(&registry, &code), "granted");
    }

    /// A store in memory is copied.
    #[test]
    #[ignore = "a test starts it"]
    fn a_store_in_memory_is_copied() {
        let registry = Registry::builder(&keys()).over(Memory::new()).unwrap();
        let code = issue(&registry);
        let child = fork(|_| verify(&registry, &code).into());
        assert_eq!(child.said(), "granted");
        assert_eq!(verify(&registry, &code), "granted");
    }

    /// A descriptor of the file is closed in this process, which drops SQLite's locks. So
    /// another program believes that it is the last user of the file, copies the log, and
    /// deletes it.
    #[test]
    #[ignore = "a test starts it"]
    fn a_closed_descriptor_is_noticed() {
        let (registry, second) = (patient(&address()), patient(&address()));
        let code = issue(&registry);
        assert_eq!(verify(&registry, "0123-4567-89AB"), "unknown");
        for round in 0..3 {
            drop(File::open(file()).unwrap());
            let child = fork(|_| {
                let other = rusqlite::Connection::open(file()).unwrap();
                let codes = other.query_row("SELECT count(*) FROM online_codes", [], |row| {
                    row.get::<_, i64>(0)
                });
                drop(other);
                codes.unwrap().to_string()
            });
            assert_eq!(child.said(), "1");
            assert_eq!(
                verify(&registry, "0123-4567-89AB"),
                "store_replaced",
                "{round}"
            );
            // The next call opens the file again, even in another registry of this process.
            for registry in [&registry, &second] {
                assert_eq!(verify(registry, "0123-4567-89AB"), "unknown");
            }
        }
        assert_eq!(verify(&registry, &code), "granted");
        assert_eq!(verify(&registry, &code), "used_up");
        drop((registry, second));
        assert_eq!(verify(&open(&address()), &code), "used_up");
    }

    /// Another file has the name of the store.
    #[test]
    #[ignore = "a test starts it"]
    fn a_replaced_file_is_noticed() {
        let registry = open(&address());
        let code = issue(&registry);
        let copy = file().with_extension("copy");
        let other = rusqlite::Connection::open(file()).unwrap();
        other
            .execute("VACUUM INTO ?1", [copy.to_str().unwrap()])
            .unwrap();
        std::fs::rename(&copy, file()).unwrap();
        assert_eq!(verify(&registry, &code), "store_replaced");
        assert_eq!(verify(&registry, &code), "granted");
        assert_eq!(verify(&open(&address()), &code), "used_up");
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    macro_rules! scenarios {
        ($($test:ident)*) => {
            $(#[test] fn $test() {
                if let Some(server) = test_postgres::server() {
                    let database = server.database();
                    super::run(concat!("scenario::", stringify!($test)), database.url());
                }
            })*
        };
    }

    scenarios! {
        a_child_uses_an_inherited_registry
        a_parent_closes_while_its_child_writes
        a_daemon_outlives_its_parent
        a_child_counts_its_own_events
        a_fork_during_calls_leaves_no_child_locked
    }
}
