//! Threads that make all calls at the same time over the store in memory. `cargo xtask ub` runs
//! them under `ThreadSanitizer`.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::{
    sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use stopgap_registry::{
    Clock, EventFilter, Memory, PurgePolicy, Registry, SystemClock,
    stopgap::{
        Access, Actor, Alphabet, KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, Role, Rotation,
        Scopes, SecurityRequest, Validity, VerifyRequest, chrono::Utc, offline::minute_of,
    },
};

const THREADS: usize = 8;
const CODES: usize = 20;

#[test]
fn each_code_is_granted_once_while_others_do_everything_else() {
    let ring = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
    let registry = Registry::builder(&ring).over(Memory::new()).unwrap();
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let once = OnlinePolicy::default().max_uses(1);
    let codes: Vec<String> = (0..CODES)
        .map(|_| {
            let issued = registry.issue_code(&root, "alice", &once, &Utc).unwrap();
            issued.code.reveal().to_string()
        })
        .collect();
    let granted = AtomicUsize::new(0);
    let start = Barrier::new(THREADS);
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (registry, root, codes) = (&registry, &root, &codes);
            let (granted, start) = (&granted, &start);
            scope.spawn(move || {
                start.wait();
                for code in codes {
                    let verdict =
                        registry.verify_code(&VerifyRequest::new("alice", code, Purpose::Reset));
                    granted.fetch_add(usize::from(verdict.is_ok()), Ordering::Relaxed);
                }
                everything_else(registry, root, &format!("user-{thread}"));
            });
        }
    });
    assert_eq!(granted.load(Ordering::Relaxed), CODES);
    assert_eq!(registry.machines(&root, "user-0").unwrap().len(), 1);
}

/// Makes the other calls for the thread's own user, in the same tables.
fn everything_else(registry: &Registry, root: &Actor, user: &str) {
    let policy = OnlinePolicy::default();
    let _issued = registry.issue_code(root, user, &policy, &Utc).unwrap();
    registry.codes(root, user).unwrap();
    registry.revoke_all_codes(root, user).unwrap();
    let enrolled = registry.enrol_machine(root, user, "LAPTOP-17").unwrap();
    let shown = enrolled
        .key
        .request_code(minute_of(SystemClock.now()), &Alphabet::UNAMBIGUOUS);
    let (typed, day) = (shown.to_string(), Validity::DAY);
    let answer = registry.answer_request(
        root,
        &VerifyRequest::new(user, &typed, Purpose::Bypass),
        day,
        &Utc,
    );
    assert_eq!(answer.unwrap().code.reveal().canonical().len(), 16);
    let bob = Access::SameAs(user.parse().unwrap());
    let created = registry
        .create_security_code(
            root,
            SecurityRequest::new(bob, Scopes::UNLIMITED).description("report"),
        )
        .unwrap();
    let presented = created.code.to_string();
    let _scope = registry.authenticate(&presented, |_| Role::User).unwrap();
    let rotation = Rotation::new(Duration::from_secs(60));
    let rotated = registry.rotate_security_code(root, created.record.id, rotation);
    let next = rotated.unwrap().code.to_string();
    let _scope = registry.authenticate(&next, |_| Role::User).unwrap();
    registry.throttle(root, user).unwrap();
    registry.purge(root, &PurgePolicy::default()).unwrap();
    let events = registry.events(root, &EventFilter::default()).unwrap();
    assert!(!events.is_empty());
    assert!(events.iter().all(|event| event.at() <= SystemClock.now()));
}
