//! `stopgap throttle` and `clock`.

use stopgap::{Purpose, ThrottlePolicy, VerifyRequest};
use stopgap_registry::{Registry, Sqlite};

use super::desk::{Desk, now};

#[test]
fn a_lockout_is_shown_and_reset() {
    let desk = Desk::ready();
    desk.stopgap("throttle show alice")
        .done("alice: no failures; not locked out.\n");
    desk.hears("0000-0000-0000", "online verify alice");
    desk.stopgap("throttle show alice")
        .done("alice: one failure; not locked out.\n");
    for _ in 0..4 {
        desk.hears("0000-0000-0000", "online verify alice");
    }
    let said = desk.stopgap("throttle show alice").stdout;
    assert!(
        said.starts_with("alice: 5 failures; locked out until "),
        "{said}"
    );
    desk.stopgap("throttle reset alice --role help_desk")
        .refused("refused: help_desk may not unlock a user");
    desk.stopgap("throttle reset alice")
        .done("alice: no failures; not locked out.\n");
}

#[test]
fn the_clock_is_accepted() {
    let desk = Desk::ready();
    desk.stopgap("clock accept")
        .done("Accepted the clock: <time>.\n");
}

/// At the hundredth failure a lockout has no end.
#[test]
fn a_lockout_without_an_end_is_shown() {
    let desk = Desk::ready();
    let registry = Registry::builder(&desk.ring())
        .throttle(ThrottlePolicy {
            max_delay_seconds: 0,
            ..ThrottlePolicy::default()
        })
        .over(Sqlite::open(desk.path("stopgap.db"), now()).unwrap())
        .unwrap();
    let request = VerifyRequest::new("alice", "0000-0000-0000", Purpose::Bypass);
    for _ in 0..100 {
        let refused = registry.verify_code(&request).unwrap_err();
        assert_eq!(refused.reason(), "unknown");
    }
    desk.stopgap("throttle show alice")
        .done("alice: 100 failures; locked out until an administrator unlocks.\n");
    desk.hears("0000-0000-0000", "online verify alice")
        .refused("Too many tries; ask an administrator to unlock.");
}
