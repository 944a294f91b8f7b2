//! Two servers whose clocks differ (README, "Tenants, zones, clocks").

use std::{
    sync::{Arc, Barrier, Mutex},
    thread,
};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use stopgap_registry::{
    Error, EventFilter, EventKind, Granted, Registry,
    stopgap::{Access, OnlinePolicy, Purpose, Role, Scopes, SecurityRequest, VerifyRequest},
};

use crate::place::{Place, keys, root};

/// A server, and by how much its clock is ahead of the time.
struct Server {
    registry: Registry,
    ahead: TimeDelta,
    clock: Arc<Mutex<DateTime<Utc>>>,
}

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap()
}

/// One whose clock is right, and one that is so many seconds ahead.
fn servers(place: &Place, ahead: i64) -> [Server; 2] {
    let tenant = format!("ahead {ahead}");
    [0, ahead].map(|ahead| {
        let ahead = TimeDelta::seconds(ahead);
        let clock = Arc::new(Mutex::new(start() + ahead));
        let its = Arc::clone(&clock);
        let registry = Registry::builder(&keys())
            .tenant(&tenant)
            .clock(move || *its.lock().unwrap())
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
    /// The time is this now, whatever its clock makes of it.
    fn at(&self, now: DateTime<Utc>) -> &Self {
        *self.clock.lock().unwrap() = now + self.ahead;
        self
    }

    /// Its clock says this now.
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

#[test]
fn there_is_never_a_use_too_many() {
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

/// Each goes by its own clock, so that a code ends as much earlier or later as they
/// differ.
#[test]
fn a_code_ends_by_the_clock_of_each_server() {
    let Some(place) = Place::new() else { return };
    let microsecond = TimeDelta::microseconds(1);
    for ahead in [5, -5, 119, -119] {
        let [right, other] = servers(&place, ahead);
        let (code, end) = right.issue(100);
        assert_eq!(end - start(), TimeDelta::days(1));
        // Whoever is behind comes last, as it does in time.
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

/// More than two minutes behind the latest time that was noted is refused, whichever
/// of the two is right.
#[test]
fn whoever_is_far_behind_is_refused() {
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
        // A super administrator may say that the one behind is right.
        last.registry.accept_clock(&root()).unwrap();
        assert_eq!(last.says(&code), "granted");
    }
    // Two minutes are not far.
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
        // At once for the one, and after the difference for the other.
        assert_eq!(other.reads(until).says(&code), "granted");
        assert_eq!(right.reads(until).says(&code), "granted");
    }
}

#[test]
fn what_is_noted_is_the_time_of_whoever_notes_it() {
    let Some(place) = Place::new() else { return };
    for ahead in [5_i64, -5, 119, -119] {
        let [right, other] = servers(&place, ahead);
        let access = Access::SuperAdministrator;
        let made = right.registry.create_security_code(
            &root(),
            SecurityRequest::new(access, Scopes::UNLIMITED).description("a program"),
        );
        let made = made.unwrap();
        let code = made.code.to_string();
        let last_used = || {
            let record = right.registry.security_code(&root(), made.record.id);
            record.unwrap().last_used_at.unwrap()
        };
        let role = |_: &_| Role::User;
        let _ = right.registry.authenticate(&code, role).unwrap();
        assert_eq!(last_used(), start());
        // Within a minute of it, before or after, it is not noted again.
        let _ = other.registry.authenticate(&code, role).unwrap();
        let again = if ahead.abs() < 60 {
            start()
        } else {
            start() + TimeDelta::seconds(ahead)
        };
        assert_eq!(last_used(), again);
        // Lines stand by the time that they bear, not in the order of the deeds.
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
