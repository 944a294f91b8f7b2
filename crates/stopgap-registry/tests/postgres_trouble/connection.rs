//! A connection that dies, and one that is not to be had.

use std::{
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use stopgap_registry::{
    Clock, Postgres, Registry, StoreError, SystemClock,
    stopgap::{Name, Purpose, VerifyRequest},
    store::Store,
};
use test_postgres::Cluster;

use crate::{
    place::{Place, issue, keys, known, open, root, trouble, unknown, verify, with},
    proxy::{At, Cut, Proxy},
};

/// Ends every other connection to the database.
const END_ALL: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[test]
fn one_that_died_in_the_pool_is_replaced() {
    let Some(place) = Place::new() else { return };
    let code = issue(&place.registry).unwrap();
    for attempt in [None, Some("again")] {
        assert_ne!(place.psql(END_ALL), "0");
        // It takes a moment until we could have heard of it.
        thread::sleep(Duration::from_millis(100));
        let answer = verify(&place.registry, &code, attempt);
        match attempt {
            None => drop(answer.unwrap()),
            Some(_) => assert_eq!(answer.unwrap_err().reason(), "used_up"),
        }
    }
    assert_eq!(place.uses(), "1");
}

/// Waits until somebody has the lock, and sleeps on it.
fn until_held(place: &Place) {
    let held = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND wait_event = 'PgSleep'";
    while place.psql(held) != "1" {
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn one_that_dies_before_the_commit_is_replaced() {
    let Some(place) = Place::new() else { return };
    let code = issue(&place.registry).unwrap();
    // Whoever waits for the lock is killed by who has it.
    thread::scope(|scope| {
        let killer = scope.spawn(|| {
            place.psql(
                "SELECT 1 FROM stopgap.throttles FOR UPDATE;
                 DO $$ BEGIN
                    FOR turn IN 1..1000 LOOP
                        PERFORM pg_stat_clear_snapshot();
                        EXIT WHEN EXISTS (SELECT 1 FROM pg_stat_activity
                            WHERE datname = current_database() AND wait_event_type = 'Lock');
                        PERFORM pg_sleep(0.02);
                    END LOOP;
                 END $$;
                 SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event_type = 'Lock'",
            )
        });
        until_held(&place);
        let began = Instant::now();
        let _ = verify(&place.registry, &code, Some("once")).unwrap();
        // Whoever is told that it has died does not wait for its answers.
        assert!(began.elapsed() < Duration::from_secs(10));
        assert_eq!(killer.join().unwrap(), "1\nt");
    });
    assert_eq!(place.uses(), "1");
    let _ = verify(&place.registry, &code, Some("once")).unwrap();
    assert_eq!(place.uses(), "1");
}

/// A registry that goes to a server of its own through a proxy.
struct Through {
    registry: Registry,
    proxy: Proxy,
    place: Place,
    _cluster: Cluster,
}

fn through() -> Option<Through> {
    let (place, cluster) = Place::alone()?;
    let proxy = Proxy::new(cluster.port());
    let before = format!(":{}/", cluster.port());
    assert!(place.database.url().contains(&before));
    let after = format!(":{}/", proxy.port());
    let registry = open(&place.database.url().replace(&before, &after)).unwrap();
    Some(Through {
        registry,
        proxy,
        place,
        _cluster: cluster,
    })
}

#[test]
fn one_that_is_cut_within_a_transaction_is_replaced() {
    let Some(through) = through() else { return };
    let (registry, proxy, place) = (&through.registry, &through.proxy, &through.place);
    let code = issue(registry).unwrap();
    proxy.cut(At::Statement, Cut::Before);
    let _ = verify(registry, &code, Some("cut")).unwrap();
    assert!(proxy.was_cut());
    assert_eq!(place.uses(), "1");
}

/// Neither side can know; the idempotency key settles it.
#[test]
fn one_that_is_cut_at_the_commit() {
    let Some(through) = through() else { return };
    let (registry, proxy, place) = (&through.registry, &through.proxy, &through.place);
    for (cut, done) in [(Cut::Before, "0"), (Cut::After, "1")] {
        let code = issue(registry).unwrap();
        let attempt = format!("{cut:?}");
        proxy.cut(At::Commit, cut);
        unknown(verify(registry, &code, Some(&attempt)));
        assert!(proxy.was_cut());
        assert_eq!(place.uses(), done, "{cut:?}");
        let _ = verify(registry, &code, Some(&attempt)).unwrap();
        assert_eq!(place.uses(), "1");
        let other = verify(registry, &code, Some("another"));
        assert_eq!(other.unwrap_err().reason(), "used_up");
        place.psql("DELETE FROM stopgap.online_codes; DELETE FROM stopgap.verifications");
    }
    // A call of an administrator has no key: he looks.
    proxy.cut(At::Commit, Cut::After);
    unknown(issue(registry));
    assert_eq!(registry.codes(&root(), "alice").unwrap().len(), 1);
}

/// The same without an idempotency key: the caller looks.
#[test]
fn one_without_a_key_that_is_cut_at_the_commit() {
    let Some(through) = through() else { return };
    let (registry, proxy, place) = (&through.registry, &through.proxy, &through.place);
    for (cut, done) in [(Cut::Before, "0"), (Cut::After, "1")] {
        place.psql("DELETE FROM stopgap.online_codes");
        let code = issue(registry).unwrap();
        proxy.cut(At::Commit, cut);
        unknown(verify(registry, &code, None));
        assert!(proxy.was_cut());
        assert_eq!(place.uses(), done, "{cut:?}");
        match verify(registry, &code, None) {
            Ok(_) => assert_eq!(done, "0"),
            Err(error) => assert_eq!((error.reason(), done), ("used_up", "1")),
        }
        assert_eq!(place.uses(), "1");
    }
}

/// Nothing was done yet, so it is tried again.
#[test]
fn one_that_is_cut_before_a_statement_is_prepared() {
    let Some(through) = through() else { return };
    let (registry, proxy, place) = (&through.registry, &through.proxy, &through.place);
    let code = issue(registry).unwrap();
    proxy.cut(At::Prepare, Cut::Before);
    let _ = verify(registry, &code, None).unwrap();
    assert!(proxy.was_cut());
    assert_eq!(place.uses(), "1");
}

/// Its transaction is still open, so no other may begin on it.
#[test]
fn one_that_could_not_undo_is_replaced() {
    let Some(through) = through() else { return };
    let (registry, proxy, place) = (&through.registry, &through.proxy, &through.place);
    let code = issue(registry).unwrap();
    place.psql("UPDATE stopgap.online_codes SET uses = -1");
    proxy.cut(At::Rollback, Cut::Misspelt);
    known(verify(registry, &code, Some("odd")), "store_row");
    assert!(proxy.was_cut());
    place.psql("UPDATE stopgap.online_codes SET uses = 0");
    let _ = verify(registry, &code, Some("mended")).unwrap();
    assert_eq!(place.uses(), "1");
}

#[test]
fn a_lock_that_another_holds() {
    let Some(place) = Place::new() else { return };
    let registry = place.open("deadline=0.5");
    let code = issue(&registry).unwrap();
    let _ = verify(&registry, "0000-0000-0000-0000", Some("a first")).unwrap_err();
    thread::scope(|scope| {
        let holder = scope
            .spawn(|| place.psql("SELECT 1 FROM stopgap.throttles FOR UPDATE; SELECT pg_sleep(3)"));
        until_held(&place);
        let began = Instant::now();
        known(verify(&registry, &code, Some("held")), "store_timed_out");
        assert!(began.elapsed() < Duration::from_millis(1_200));
        // Other users are not kept waiting.
        let none = registry.verify_code(&VerifyRequest::new("bob", &code, Purpose::Bypass));
        assert_eq!(none.unwrap_err().reason(), "unknown");
        drop(holder.join().unwrap());
    });
    assert_eq!(place.uses(), "0");
    let _ = verify(&registry, &code, Some("held")).unwrap();
    assert_eq!(place.uses(), "1");
}

/// Of two guesses at once none is lost.
#[test]
fn a_failure_that_another_counts() {
    let Some(place) = Place::new() else { return };
    let guess = || {
        let none = verify(&place.registry, "0000-0000-0000", None);
        assert_eq!(none.unwrap_err().reason(), "unknown");
    };
    guess();
    thread::scope(|scope| {
        let holder = scope
            .spawn(|| place.psql("UPDATE stopgap.throttles SET failures = 3; SELECT pg_sleep(1)"));
        until_held(&place);
        guess();
        drop(holder.join().unwrap());
    });
    let failures = place.psql("SELECT failures FROM stopgap.throttles");
    assert_eq!(failures, "4");
}

/// It is busy with what nobody waits for any more.
#[test]
fn one_that_owes_an_answer_is_replaced() {
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

/// The one connection of a pool is held for so long, and then something is asked.
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
            store.write(&Name::new("default").unwrap(), &mut |_| {
                thread::sleep(held);
                Ok(())
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
fn a_pool_that_is_empty() {
    let Some(place) = Place::new() else { return };
    let held = while_held(&place, "0.5", Duration::from_millis(1_500), |registry| {
        let began = Instant::now();
        known(issue(registry), "store_exhausted");
        assert!(began.elapsed() < Duration::from_millis(1_200));
    });
    // Its own deadline has passed as well by now; a server that answers before anybody
    // looks at the clock is believed.
    if let Err(error) = held {
        let reason = error.reason();
        assert!(["store_timed_out", "store_unknown"].contains(&reason));
    }
}

/// Long before the deadline, at which one that nobody wakes would look once more.
#[test]
fn a_place_that_is_freed_is_taken() {
    let Some(place) = Place::new() else { return };
    let held = while_held(&place, "60", Duration::from_millis(900), |registry| {
        let began = Instant::now();
        let _ = issue(registry).unwrap();
        assert!(began.elapsed() < Duration::from_secs(30));
    });
    held.unwrap();
}

/// Within somebody's asynchronous program, where no runtime may be begun.
#[test]
fn a_call_from_within_a_runtime() {
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
        // One that cannot connect lets go of what it had begun, and so does one that ends.
        let nowhere = "postgres://nobody@127.0.0.1:1/none?sslmode=disable";
        known(open(nowhere), "store_unreachable");
        drop(registry);
    });
    assert_eq!(place.uses(), "1");
}

#[test]
fn nobody_is_let_in() {
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
    // One that may look and not write.
    place.psql(
        "CREATE ROLE reader LOGIN PASSWORD 'reader';
         GRANT USAGE ON SCHEMA stopgap TO reader;
         GRANT SELECT ON ALL TABLES IN SCHEMA stopgap TO reader",
    );
    let password = format!("postgres:{}@", cluster.password());
    let reader = with(&url.replace(&password, "reader:reader@"), "owner=postgres");
    let reader = open(&reader).unwrap();
    known(issue(&reader), "store_denied");
    // Nor is one that was in asked for long, who has the patience of a whole call.
    place.psql(&format!("ALTER ROLE reader PASSWORD 'another'; {END_ALL}"));
    let began = Instant::now();
    known(issue(&reader), "store_denied");
    assert!(began.elapsed() < Duration::from_secs(3));
    // A database that takes nobody in for now may do so soon.
    let closed = format!(
        "ALTER DATABASE {} ALLOW_CONNECTIONS false",
        place.database.name()
    );
    cluster.psql("postgres", &closed).unwrap();
    known(open(url), "store_unreachable");
}

#[test]
fn nobody_is_there() {
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
fn what_a_store_says_of_itself() {
    let Some(place) = Place::new() else { return };
    let url = place.database.url();
    let store = Postgres::open(url, SystemClock.now()).unwrap();
    assert_eq!(store.purge_batch(), 1_000);
    let (_, place) = url.split_once("://").unwrap();
    let place = place.rsplit('@').next().unwrap();
    let place = place.split('?').next().unwrap();
    assert_eq!(format!("{store:?}"), format!("Postgres({place:?})"));
}
