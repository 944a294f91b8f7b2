//! Servers whose clocks differ (README, "Tenants, zones, clocks").

use std::{
    sync::{Arc, Barrier, Mutex},
    thread,
};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use stopgap_registry::{
    Clock, Error, EventFilter, EventKind, Granted, Registry, SystemClock,
    stopgap::{Access, OnlinePolicy, Purpose, Role, Scopes, SecurityRequest, VerifyRequest},
};

use crate::place::{Place, keys, root};

/// A server whose clock is simulated.
struct Server {
    registry: Registry,
    /// The time by which its clock is ahead.
    ahead: TimeDelta,
    clock: Arc<Mutex<DateTime<Utc>>>,
}

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap()
}

/// Returns a server whose clock is right, and one whose clock is some seconds ahead.
fn servers(place: &Place, ahead: i64) -> [Server; 2] {
    let tenant = format!("ahead {ahead}");
    [0, ahead].map(|ahead| {
        let ahead = TimeDelta::seconds(ahead);
        let clock = Arc::new(Mutex::new(start() + ahead));
        let its = Arc::clone(&clock);
        let registry = Registry::builder(&keys())
            .tenant(&tenant)
            .clock(move || *its.lock().unwrap())
            .clock_tolerance(None)
            .open(place.database.url())
            .unwrap();
        Server {
            registry,
            ahead,
            clock,
        }
    })
}

impl Server {
    /// Sets the right time; the server's clock is ahead of it.
    fn at(&self, now: DateTime<Utc>) -> &Self {
        *self.clock.lock().unwrap() = now + self.ahead;
        self
    }

    /// Sets the time of the server's clock.
    fn reads(&self, clock: DateTime<Utc>) -> &Self {
        *self.clock.lock().unwrap() = clock;
        self
    }

    fn issue(&self, uses: u32) -> (String, DateTime<Utc>) {
        let policy = OnlinePolicy::default().max_uses(uses);
        let issued = self.registry.issue_code(&root(), "alice", &policy, &Utc);
        let issued = issued.unwrap();
        (issued.code.reveal().to_string(), issued.record.expires_at)
    }

    fn verify(&self, code: &str) -> Result<Granted, Error> {
        self.registry
            .verify_code(&VerifyRequest::new("alice", code, Purpose::Bypass))
    }

    fn says(&self, code: &str) -> &'static str {
        self.verify(code)
            .map_or_else(|error| error.reason(), |_| "granted")
    }
}

/// Two servers never grant more uses than the code has, even if their clocks differ.
#[test]
fn a_code_is_used_once_with_different_clocks() {
    let Some(place) = Place::new() else { return };
    for ahead in [0, 5, -5, 119, -119] {
        let servers = servers(&place, ahead);
        for round in 0..10 {
            let (code, _) = servers[round % 2].issue(1);
            let barrier = Barrier::new(4);
            let granted = thread::scope(|scope| {
                let asked = [0, 1, 0, 1].map(|server| {
                    let (server, code, barrier) = (&servers[server], &code, &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        server.says(code)
                    })
                });
                let mut answers = asked.map(|asked| asked.join().unwrap());
                answers.sort_unstable();
                answers
            });
            let once = ["granted", "used_up", "used_up", "used_up"];
            assert_eq!(granted, once, "{ahead} seconds ahead");
        }
    }
}

/// Each server decides by its own clock, so a code ends earlier or later by their difference.
#[test]
fn a_code_ends_by_the_clock_of_each_server() {
    let Some(place) = Place::new() else { return };
    let microsecond = TimeDelta::microseconds(1);
    for ahead in [5, -5, 119, -119] {
        let [right, other] = servers(&place, ahead);
        let (code, end) = right.issue(100);
        assert_eq!(end - start(), TimeDelta::days(1));
        // The clock that is behind reaches the end last.
        let (early, late) = if ahead > 0 {
            (&other, &right)
        } else {
            (&right, &other)
        };
        assert_eq!(early.reads(end - microsecond).says(&code), "granted");
        assert_eq!(early.reads(end).says(&code), "expired");
        let now = end - early.ahead;
        assert_eq!(late.at(now).says(&code), "granted");
        let difference = (early.ahead - late.ahead).abs();
        let over = now + difference;
        assert_eq!(late.at(over - microsecond).says(&code), "granted");
        assert_eq!(late.at(over).says(&code), "expired");
        assert_eq!(difference, TimeDelta::seconds(ahead.abs()));
    }
}

/// A server that is more than two minutes behind the latest stored time is refused, even if
/// its own clock is right.
#[test]
fn a_server_that_is_far_behind_is_refused() {
    let Some(place) = Place::new() else { return };
    for ahead in [121, -121, 3_600, -3_600] {
        let [right, other] = servers(&place, ahead);
        let (first, last) = if ahead > 0 {
            (&other, &right)
        } else {
            (&right, &other)
        };
        let (code, _) = first.issue(100);
        assert_eq!(first.says(&code), "granted");
        assert_eq!(last.says(&code), "clock_rolled_back", "{ahead}");
        let issued = last
            .registry
            .issue_code(&root(), "alice", &OnlinePolicy::default(), &Utc);
        assert_eq!(issued.unwrap_err().reason(), "clock_rolled_back");
        assert_eq!(first.says(&code), "granted");
        // A super administrator may accept the time of the server that is behind.
        last.registry.accept_clock(&root()).unwrap();
        assert_eq!(last.says(&code), "granted");
    }
    // Two minutes are accepted.
    for ahead in [120, -120, 119, -119] {
        let servers = servers(&place, ahead);
        let (code, _) = servers[0].issue(100);
        for server in [0, 1, 0, 1] {
            assert_eq!(servers[server].says(&code), "granted", "{ahead}");
        }
    }
}

#[test]
fn a_lockout_ends_by_the_clock_of_each_server() {
    let Some(place) = Place::new() else { return };
    for ahead in [5, -5, 119, -119] {
        let [right, other] = servers(&place, ahead);
        let (code, _) = right.issue(100);
        for _ in 0..5 {
            assert_eq!(right.says("0123-4567-89AB"), "unknown");
        }
        let throttle = right.registry.throttle(&root(), "alice").unwrap();
        let until = throttle.locked_until.unwrap();
        for server in [&right, &other] {
            let before = until - TimeDelta::microseconds(1);
            assert_eq!(server.reads(before).says(&code), "throttled");
        }
        // For one server the lockout ends at once, and for the other after the
        // difference.
        assert_eq!(other.reads(until).says(&code), "granted");
        assert_eq!(right.reads(until).says(&code), "granted");
    }
}

/// A stored time is that of the server that stores it.
#[test]
fn the_last_use_is_the_latest_by_any_clock() {
    let Some(place) = Place::new() else { return };
    for ahead in [5_i64, -5, 119, -119] {
        let [right, other] = servers(&place, ahead);
        let request = SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED);
        let made = right.registry.create_security_code(&root(), request);
        let made = made.unwrap();
        let code = made.code.to_string();
        let last_used = || {
            let record = right.registry.security_code(&root(), made.record.id);
            record.unwrap().last_used_at.unwrap()
        };
        let role = |_: &_| Role::User;
        let _ = right.registry.authenticate(&code, role).unwrap();
        assert_eq!(last_used(), start());
        // Each server stores the first use of a minute, but no earlier time.
        let _ = other.registry.authenticate(&code, role).unwrap();
        let latest = start().max(start() + TimeDelta::seconds(ahead));
        assert_eq!(last_used(), latest);
    }
}

/// Events are ordered by their own times, and not by the order of the calls.
#[test]
fn events_are_ordered_by_the_clocks_of_their_servers() {
    let Some(place) = Place::new() else { return };
    for ahead in [5_i64, -5, 119, -119] {
        let [right, other] = servers(&place, ahead);
        right.registry.codes(&root(), "bob").unwrap();
        other.registry.codes(&root(), "carol").unwrap();
        let filter = EventFilter {
            kind: Some(EventKind::ListCodes),
            ..EventFilter::default()
        };
        let events = right.registry.events(&root(), &filter).unwrap();
        let users: Vec<_> = events
            .iter()
            .map(|event| event.user.as_ref().unwrap().as_str())
            .collect();
        let expected = if ahead > 0 {
            ["carol", "bob"]
        } else {
            ["bob", "carol"]
        };
        assert_eq!(users, expected, "{ahead}");
        let apart = events[0].at() - events[1].at();
        assert_eq!(apart, TimeDelta::seconds(ahead.abs()));
    }
}

/// A server whose clock differs from that of the database refuses its own calls, stores
/// nothing, and does not stop the others.
#[test]
fn a_wrong_clock_stops_only_its_own_server() {
    let Some(place) = Place::new() else { return };
    let right = &place.registry;
    let ahead = Arc::new(Mutex::new(0));
    let its = Arc::clone(&ahead);
    let keys = keys();
    let wrong = Registry::builder(&keys).clock(move || {
        let ahead = *its.lock().unwrap();
        SystemClock.now() + TimeDelta::seconds(ahead)
    });
    let wrong = wrong.open(place.database.url()).unwrap();
    let policy = OnlinePolicy::default();
    let issue = |registry: &Registry| registry.issue_code(&root(), "alice", &policy, &Utc);
    let code = issue(right).unwrap().code.reveal().to_string();
    let request = VerifyRequest::new("alice", &code, Purpose::Bypass);
    for seconds in [130, -130, 86_400, -86_400] {
        *ahead.lock().unwrap() = seconds;
        let dump = || place.psql("SELECT count(*), max(id::text) FROM stopgap.events");
        let before = dump();
        let errors = [
            issue(&wrong).unwrap_err(),
            wrong.verify_code(&request).unwrap_err(),
            wrong.codes(&root(), "alice").unwrap_err(),
            wrong.accept_clock(&root()).unwrap_err(),
            wrong.revoke_all_codes(&root(), "alice").unwrap_err(),
            wrong.authenticate(UNKNOWN, |_| Role::User).unwrap_err(),
        ];
        for error in errors {
            let Error::ClockDiffers { seconds: found } = error else {
                panic!("{error:?}");
            };
            assert!((found - seconds).abs() < 10, "{found} for {seconds}");
        }
        assert_eq!(dump(), before);
        let _ = right.verify_code(&request).unwrap();
    }
    // A server whose clock is nearly right is not refused, and stops no other: a server that is
    // ahead stores no time that is later than the database's.
    place.psql("UPDATE stopgap.tenants SET seen_at = seen_at - interval '1 hour'");
    for seconds in [100, -100, 0] {
        *ahead.lock().unwrap() = seconds;
        let _ = wrong.verify_code(&request).unwrap();
        let _ = right.verify_code(&request).unwrap();
    }
}

/// The text of a security code that was never created.
const UNKNOWN: &str = "stopgap_0000000000000000000000000000000023024d1e";

#[test]
fn a_registry_is_not_opened_with_a_wrong_clock() {
    let Some(place) = Place::new() else { return };
    let keys = keys();
    let open = |ahead: i64, tolerance: Option<i64>| {
        let builder = Registry::builder(&keys)
            .clock(move || SystemClock.now() + TimeDelta::seconds(ahead))
            .clock_tolerance(tolerance.map(TimeDelta::seconds));
        let opened = builder.open(place.database.url());
        opened.map_or_else(|error| error.reason(), |_| "opened")
    };
    assert_eq!(open(200, Some(120)), "clock_differs");
    assert_eq!(open(-200, Some(120)), "clock_differs");
    assert_eq!(open(30, Some(5)), "clock_differs");
    assert_eq!(open(200, Some(300)), "opened");
    assert_eq!(open(1_000_000, None), "opened");
}
