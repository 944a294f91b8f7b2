//! Connections that end, that wait, and that cannot be opened.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use stopgap_registry::{
    Clock, Postgres, Registry, StoreError, SystemClock,
    stopgap::{Name, Purpose, VerifyRequest},
    store::{Query, Store},
};

use crate::place::{
    Place, issue, keys, known, lock_alice, open, root, trouble, unknown, verify, with,
};

/// Locks the rows of the heads, so that calls wait when they apply their changes.
const LOCK_HEADS: &str = "SELECT 1 FROM stopgap.heads FOR UPDATE";

/// Ends every other connection to the database.
const END_ALL: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[test]
fn a_connection_that_ended_in_the_pool_is_replaced() {
    let Some(place) = Place::new() else { return };
    let code = issue(&place.registry).unwrap();
    for attempt in [None, Some("again")] {
        assert_ne!(place.psql(END_ALL), "0");
        // The client notices this after a moment.
        thread::sleep(Duration::from_millis(100));
        let answer = verify(&place.registry, &code, attempt);
        match attempt {
            None => drop(answer.unwrap()),
            Some(_) => assert_eq!(answer.unwrap_err().reason(), "used_up"),
        }
    }
    assert_eq!(place.uses(), "1");
}

/// Waits until another session has the lock, and sleeps.
fn until_held(place: &Place) {
    let held = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event = 'PgSleep'";
    while place.psql(held) != "1" {
        thread::sleep(Duration::from_millis(20));
    }
}

/// The session ends while it waits for a lock: before it loads, or when it applies changes.
#[test]
fn a_connection_that_ends_before_the_commit_is_replaced() {
    for lock in [lock_alice(), LOCK_HEADS.to_owned()] {
        let Some(place) = Place::new() else { return };
        let code = issue(&place.registry).unwrap();
        thread::scope(|scope| {
            let killer = scope.spawn(|| {
                place.psql(&format!(
                    "{lock};
                     DO $$ BEGIN
                        FOR turn IN 1..1000 LOOP
                            PERFORM pg_stat_clear_snapshot();
                            EXIT WHEN EXISTS (SELECT 1 FROM pg_stat_activity
                                WHERE datname = current_database() AND wait_event_type = 'Lock');
                            PERFORM pg_sleep(0.02);
                        END LOOP;
                     END $$;
                     SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event_type = 'Lock'"
                ))
            });
            until_held(&place);
            let began = Instant::now();
            let _ = verify(&place.registry, &code, Some("once")).unwrap();
            // The call does not wait for answers of a session that has ended.
            assert!(began.elapsed() < Duration::from_secs(10));
            assert!(killer.join().unwrap().ends_with("\nt"));
        });
        assert_eq!(place.uses(), "1");
        let _ = verify(&place.registry, &code, Some("once")).unwrap();
        assert_eq!(place.uses(), "1");
    }
}

/// A call that waits until its deadline before it loads has done nothing.
#[test]
fn a_call_that_waits_for_a_lock_until_its_deadline_does_nothing() {
    let Some(place) = Place::new() else { return };
    let registry = place.open("deadline=0.5");
    let code = issue(&registry).unwrap();
    let _ = verify(&registry, "0000-0000-0000-0000", Some("a first")).unwrap_err();
    let hold = format!("{}; SELECT pg_sleep(3)", lock_alice());
    thread::scope(|scope| {
        let holder = scope.spawn(|| place.psql(&hold));
        until_held(&place);
        let began = Instant::now();
        known(verify(&registry, &code, Some("held")), "store_timed_out");
        assert!(began.elapsed() < Duration::from_millis(1_200));
        // Calls for other users do not wait.
        let none = registry.verify_code(&VerifyRequest::new("bob", &code, Purpose::Bypass));
        assert_eq!(none.unwrap_err().reason(), "unknown");
        drop(holder.join().unwrap());
    });
    assert_eq!(place.uses(), "0");
    let _ = verify(&registry, &code, Some("held")).unwrap();
    assert_eq!(place.uses(), "1");
}

/// A call that waits when it applies its changes has already sent its commit, so the server
/// may still commit.
#[test]
fn a_call_that_waits_for_a_row_until_its_deadline_may_be_done() {
    let Some(place) = Place::new() else { return };
    let registry = place.open("deadline=0.5");
    let code = issue(&registry).unwrap();
    let _ = verify(&registry, "0000-0000-0000-0000", Some("a first")).unwrap_err();
    let hold = format!("{LOCK_HEADS}; SELECT pg_sleep(2)");
    thread::scope(|scope| {
        let holder = scope.spawn(|| place.psql(&hold));
        until_held(&place);
        let began = Instant::now();
        unknown(verify(&registry, &code, Some("held")));
        assert!(began.elapsed() < Duration::from_millis(1_200));
        drop(holder.join().unwrap());
    });
    let _ = verify(&place.registry, &code, Some("held")).unwrap();
    assert_eq!(place.uses(), "1");
}

/// If several guesses come at the same time, each is counted.
#[test]
fn failures_at_the_same_time_are_counted() {
    let Some(place) = Place::new() else { return };
    let guess = || {
        let none = verify(&place.registry, "0000-0000-0000", None);
        assert_eq!(none.unwrap_err().reason(), "unknown");
    };
    guess();
    let hold = format!("{}; SELECT pg_sleep(1)", lock_alice());
    thread::scope(|scope| {
        let holder = scope.spawn(|| place.psql(&hold));
        until_held(&place);
        let guesses = [(); 3].map(|()| scope.spawn(guess));
        for guess in guesses {
            guess.join().unwrap();
        }
        drop(holder.join().unwrap());
    });
    let throttle = place.registry.throttle(&root(), "alice").unwrap();
    assert_eq!(throttle.failures, 4);
}

/// The connection runs a statement for which the caller no longer waits.
#[test]
fn a_connection_that_owes_an_answer_is_replaced() {
    let Some(place) = Place::new() else { return };
    let registry = place.open("pool_size=1&deadline=2");
    thread::scope(|scope| {
        let holder = scope.spawn(|| place.psql("LOCK TABLE stopgap.presets; SELECT pg_sleep(6)"));
        until_held(&place);
        known(registry.preset("any"), "store_timed_out");
        assert!(registry.codes(&root(), "alice").unwrap().is_empty());
        drop(holder.join().unwrap());
    });
}

/// Makes a call while another one holds the only connection of a pool.
fn while_held(
    place: &Place,
    deadline: &str,
    held: Duration,
    ask: impl FnOnce(&Registry),
) -> Result<(), StoreError> {
    let url = with(
        place.database.url(),
        &format!("pool_size=1&deadline={deadline}"),
    );
    let store = Arc::new(Postgres::open(&url, SystemClock.now()).unwrap());
    let registry = Registry::builder(&keys()).over(store.clone()).unwrap();
    thread::scope(|scope| {
        let holder = scope.spawn(|| {
            let tenant = Name::new("default").unwrap();
            store.update(&tenant, &Query::default(), &mut |_| {
                thread::sleep(held);
                Ok(Vec::new())
            })
        });
        thread::sleep(Duration::from_millis(300));
        ask(&registry);
        let outcome = holder.join().unwrap();
        let _ = issue(&registry).unwrap();
        outcome
    })
}

#[test]
fn a_call_waits_for_a_free_connection_until_its_deadline() {
    let Some(place) = Place::new() else { return };
    let held = while_held(&place, "0.5", Duration::from_millis(1_500), |registry| {
        let began = Instant::now();
        known(issue(registry), "store_exhausted");
        assert!(began.elapsed() < Duration::from_millis(1_200));
    });
    // The call that held the connection changes nothing, so its deadline does not matter.
    held.unwrap();
}

/// A call that waits for a connection gets it long before its deadline.
#[test]
fn a_freed_connection_is_used_at_once() {
    let Some(place) = Place::new() else { return };
    let held = while_held(&place, "60", Duration::from_millis(900), |registry| {
        let began = Instant::now();
        let _ = issue(registry).unwrap();
        assert!(began.elapsed() < Duration::from_secs(30));
    });
    held.unwrap();
}

/// The caller is an asynchronous program, in which no other runtime may be started.
#[test]
fn a_call_from_within_a_runtime_works() {
    let Some(place) = Place::new() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let registry = open(place.database.url()).unwrap();
        let code = issue(&registry).unwrap();
        let _ = verify(&registry, &code, None).unwrap();
        let again = verify(&registry, &code, Some("again"));
        assert_eq!(again.unwrap_err().reason(), "used_up");
        // Neither a failed connection nor the end of a registry blocks the runtime.
        let nowhere = "postgres://nobody@127.0.0.1:1/none?sslmode=disable";
        known(open(nowhere), "store_unreachable");
        drop(registry);
    });
    assert_eq!(place.uses(), "1");
}

#[test]
fn a_refusal_by_the_server_is_an_error_at_once() {
    let Some((place, cluster)) = Place::alone() else {
        return;
    };
    let url = place.database.url();
    let wrong = url.replace(cluster.password(), "not-the-password");
    assert_ne!(wrong, url);
    let missing = url.replace(place.database.name(), "no_such_database");
    for url in [wrong, missing] {
        let began = Instant::now();
        let error = trouble(open(&url));
        assert_eq!(error.reason(), "store_denied", "{error}");
        assert!(error.outcome_is_known());
        let text = format!("{error} {error:?}");
        assert!(!text.contains("not-the-password"), "{text}");
        assert!(!text.contains(cluster.password()), "{text}");
        assert!(began.elapsed() < Duration::from_secs(3));
    }
    // A role that may read and not write.
    place.psql(
        "CREATE ROLE reader LOGIN PASSWORD 'reader';
         GRANT USAGE ON SCHEMA stopgap TO reader;
         GRANT SELECT ON ALL TABLES IN SCHEMA stopgap TO reader",
    );
    let password = format!("postgres:{}@", cluster.password());
    let reader = with(&url.replace(&password, "reader:reader@"), "owner=postgres");
    let reader = open(&reader).unwrap();
    known(issue(&reader), "store_denied");
    // A wrong password is not retried until the deadline, even if it was right before.
    place.psql(&format!("ALTER ROLE reader PASSWORD 'another'; {END_ALL}"));
    let began = Instant::now();
    known(issue(&reader), "store_denied");
    assert!(began.elapsed() < Duration::from_secs(3));
    // A database that accepts no connections now may accept some soon.
    let closed = format!(
        "ALTER DATABASE {} ALLOW_CONNECTIONS false",
        place.database.name()
    );
    cluster.psql("postgres", &closed).unwrap();
    known(open(url), "store_unreachable");
}

#[test]
fn a_port_without_a_server_is_an_error() {
    let port = {
        let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
        listener.local_addr().unwrap().port()
    };
    let began = Instant::now();
    let url = format!("postgres://someone:secret@127.0.0.1:{port}/none?sslmode=disable");
    let error = trouble(open(&url));
    assert_eq!(error.reason(), "store_unreachable");
    let text = error.to_string();
    assert!(text.contains(&port.to_string()) && !text.contains("secret"));
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[test]
fn a_store_shows_no_password() {
    let Some(place) = Place::new() else { return };
    let url = place.database.url();
    let store = Postgres::open(url, SystemClock.now()).unwrap();
    let (_, place) = url.split_once("://").unwrap();
    let place = place.rsplit('@').next().unwrap();
    let place = place.split('?').next().unwrap();
    assert_eq!(format!("{store:?}"), format!("Postgres({place:?})"));
}
