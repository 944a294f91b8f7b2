//! Tries of one call, and the settings of their sessions.

use std::time::{Duration, Instant};

use stopgap_registry::stopgap::{Actor, Role};

use crate::place::{Place, issue, known, open, verify};

/// Makes the server run statements each time that a try adds an event. The statements count
/// the tries in a sequence.
fn at_each_try(place: &Place, statements: &str) {
    place.psql(&format!(
        "CREATE SEQUENCE public.tries;
         CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN {statements} END $$;
         CREATE TRIGGER failing BEFORE INSERT ON stopgap.events
         FOR EACH ROW EXECUTE FUNCTION public.fail()"
    ));
}

/// A session has its own settings, and does not depend on those of the server.
#[test]
fn a_session_has_its_settings() {
    let Some(place) = Place::new() else { return };
    place.psql(&format!(
        "ALTER DATABASE {} SET synchronous_commit = off;
         CREATE TABLE public.found (name text, setting text)",
        place.database.name()
    ));
    let registry = place.open("deadline=7");
    at_each_try(
        &place,
        "INSERT INTO public.found SELECT name, setting FROM pg_settings
            WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout',
                'synchronous_commit', 'plan_cache_mode', 'enable_seqscan',
                'enable_sort', 'jit', 'search_path', 'transaction_isolation');
         RETURN NEW;",
    );
    issue(&registry).unwrap();
    // Milliseconds: twice the deadline, and ten seconds.
    let found = place.psql("SELECT name, setting FROM public.found ORDER BY name");
    let expected = "enable_seqscan|off\nenable_sort|off\nidle_in_transaction_session_timeout|24000\njit|off\n\
        plan_cache_mode|force_generic_plan\nsearch_path|\"\"\nstatement_timeout|24000\n\
        synchronous_commit|on\ntransaction_isolation|read committed";
    assert_eq!(found, expected);
}

/// After a try that took 0.7 seconds, no other begins with 0.6 seconds left: the deadline
/// would interrupt it, perhaps at its commit.
#[test]
fn no_try_is_begun_without_time() {
    let Some(place) = Place::new() else { return };
    let registry = place.open("deadline=2");
    at_each_try(
        &place,
        "PERFORM nextval('public.tries'), pg_sleep(0.7);
         RAISE 'slowly' USING ERRCODE = '40001';",
    );
    known(issue(&registry), "store_locked");
    let tries = place.psql("SELECT last_value FROM public.tries");
    assert!(["1", "2"].contains(&tries.as_str()), "{tries} tries");
}

/// If no other server might be the primary, there is no second try.
#[test]
fn a_lone_server_that_is_read_only_is_asked_once() {
    let Some(place) = Place::new() else { return };
    at_each_try(
        &place,
        "PERFORM nextval('public.tries');
         RAISE 'as a standby' USING ERRCODE = '25006';",
    );
    known(issue(&place.registry), "store_read_only");
    let tries = place.psql("SELECT last_value, is_called FROM public.tries");
    assert_eq!(tries, "1|t");
}

/// Another of several servers may be the primary by now.
#[test]
fn another_server_is_asked_if_one_is_read_only() {
    let Some(place) = Place::new() else { return };
    // The address has one server twice, with one user and password.
    let (scheme, rest) = place.database.url().split_once("://").unwrap();
    let (authority, rest) = rest.split_once('/').unwrap();
    let host = authority.rsplit('@').next().unwrap();
    let registry = open(&format!("{scheme}://{authority},{host}/{rest}")).unwrap();
    // Sequences keep their value if a transaction is undone.
    place.psql("CREATE SEQUENCE public.first");
    at_each_try(
        &place,
        "IF nextval('public.tries') = 1 THEN
            PERFORM setval('public.first', pg_backend_pid());
            RAISE 'as a standby' USING ERRCODE = '25006';
         ELSIF pg_backend_pid() = (SELECT last_value FROM public.first) THEN
            RAISE 'the same connection';
         END IF;
         RETURN NEW;",
    );
    issue(&registry).unwrap();
    assert_eq!(place.psql("SELECT last_value FROM public.tries"), "2");
}

/// Serialization failures, deadlocks and conflicts pass: after three of them the call is done.
#[test]
fn a_call_is_tried_again_after_transient_errors() {
    let Some(place) = Place::new() else { return };
    at_each_try(
        &place,
        "CASE nextval('public.tries')
            WHEN 1 THEN RAISE 'once' USING ERRCODE = '40001';
            WHEN 2 THEN RAISE 'twice' USING ERRCODE = '40P01';
            WHEN 3 THEN RAISE 'thrice' USING ERRCODE = '23505';
            ELSE RETURN NEW;
         END CASE;",
    );
    let code = issue(&place.registry).unwrap();
    let again = "ALTER SEQUENCE public.tries RESTART";
    for attempt in [None, Some("again")] {
        place.psql(again);
        let answer = verify(&place.registry, &code, attempt);
        assert_eq!(answer.is_ok(), attempt.is_none(), "{answer:?}");
        assert_eq!(place.psql("SELECT last_value FROM public.tries"), "4");
    }
    assert_eq!(place.uses(), "1");
    let dana = Actor::new("dana", Role::HelpDesk).unwrap();
    let error = place.registry.codes(&dana, "alice");
    assert_eq!(error.unwrap().len(), 1);
}

/// If changes conflict with a row that was not loaded, they are not retried forever.
#[test]
fn a_conflict_that_stays_is_returned() {
    let Some(place) = Place::new() else { return };
    at_each_try(
        &place,
        "PERFORM nextval('public.tries');
         RAISE 'always' USING ERRCODE = '23505';",
    );
    let began = Instant::now();
    known(issue(&place.registry), "store_conflict");
    assert!(began.elapsed() < Duration::from_secs(4));
    assert_eq!(place.psql("SELECT last_value FROM public.tries"), "4");
}
