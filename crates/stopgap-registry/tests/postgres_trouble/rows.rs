//! Rows that somebody has edited, and errors that the server gives.

use stopgap_registry::{
    Error, EventFilter, EventKind, StoreError,
    stopgap::{Actor, Role},
};

use crate::place::{Place, issue, known, open, root, trouble, unknown, verify};

#[test]
fn an_odd_row_is_named() {
    let Some(place) = Place::new() else { return };
    let registry = &place.registry;
    let code = issue(registry).unwrap();
    place.psql("INSERT INTO stopgap.presets VALUES ('default', 'odd', '{')");
    place.psql("UPDATE stopgap.online_codes SET purposes = 4096");
    let odd = |error: StoreError, expected: &str| match error {
        StoreError::Row { table, ref why } => {
            assert_eq!((table, why.is_empty()), (expected, false), "{error}");
        }
        other => panic!("{other:?}"),
    };
    odd(trouble(registry.preset("odd")), "presets");
    odd(trouble(registry.codes(&root(), "alice")), "online_codes");
    place.psql("UPDATE stopgap.online_codes SET purposes = 7, user_name = E'a\\nb'");
    odd(
        trouble(registry.all_codes(&root(), None, 10)),
        "online_codes",
    );
    place.psql("UPDATE stopgap.online_codes SET user_name = 'alice', uses = -1");
    odd(trouble(verify(registry, &code, None)), "online_codes");
    place.psql("UPDATE stopgap.events SET role = 'emperor'");
    let filter = EventFilter::default();
    odd(trouble(registry.events(&root(), &filter)), "events");
}

/// More uses than were issued, or a later end: neither is granted, and no use is
/// counted, in one statement or in several.
#[test]
fn a_row_that_was_edited_is_not_granted() {
    let Some(place) = Place::new() else { return };
    let registry = &place.registry;
    let code = issue(registry).unwrap();
    let first = verify(registry, &code, None).unwrap();
    assert_eq!(first.uses_left, Some(0));
    for (edit, attempt) in [
        ("max_uses = 5", None),
        ("max_uses = 5", Some("many")),
        ("max_uses = 2, expires_at = expires_at + '1 day'", None),
        ("max_uses = NULL", None),
        ("max_uses = NULL", Some("endless")),
    ] {
        place.psql(&format!("UPDATE stopgap.online_codes SET {edit}"));
        let refused = verify(registry, &code, attempt).unwrap_err();
        assert_eq!(refused.reason(), "tampered", "{edit}");
        assert_eq!(place.uses(), "1", "{edit}");
        let filter = EventFilter {
            kind: Some(EventKind::VerifyCode),
            ..EventFilter::default()
        };
        let event = registry.events(&root(), &filter).unwrap().remove(0);
        assert_eq!(event.reason.as_deref(), Some("tampered"), "{edit}");
    }
    let granted = "SELECT count(*) FROM stopgap.events
        WHERE kind = 'online.verify' AND reason IS NULL";
    assert_eq!(place.psql(granted), "1");
}

/// What a server says in its own numbers, by a trigger that says it.
#[test]
fn what_the_server_says() {
    let Some(place) = Place::new() else { return };
    place.psql(
        "CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE 'said by a trigger' USING ERRCODE = TG_ARGV[0]; END $$",
    );
    let registry = place.open("deadline=2");
    for (state, reason) in [
        ("53100", "store_full"),
        ("58030", "store_io"),
        ("57014", "store_timed_out"),
        ("40001", "store_locked"),
        ("40P01", "store_locked"),
        ("25006", "store_read_only"),
        ("XX001", "store_damaged"),
        ("42501", "store_denied"),
        ("53200", "store_failed"),
    ] {
        place.psql(&format!(
            "CREATE TRIGGER failing BEFORE INSERT ON stopgap.events
             FOR EACH ROW EXECUTE FUNCTION public.fail('{state}')"
        ));
        // What the server says may pass is tried until the deadline, which may cut the
        // last try at its commit where the machine is slow: then as a caller does.
        let mut outcome = issue(&registry);
        for _ in 0..5 {
            if !matches!(&outcome, Err(Error::Store(error)) if !error.outcome_is_known()) {
                break;
            }
            outcome = issue(&registry);
        }
        known(outcome, reason);
        place.psql("DROP TRIGGER failing ON stopgap.events");
    }
    let codes = "SELECT count(*) FROM stopgap.online_codes";
    assert_eq!(place.psql(codes), "0");
}

/// Has the server do this where a try writes to the log; tries are to be counted in
/// the sequence.
fn at_each_try(place: &Place, statements: &str) {
    place.psql(&format!(
        "CREATE SEQUENCE public.tries;
         CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN {statements} END $$;
         CREATE TRIGGER failing BEFORE INSERT ON stopgap.events
         FOR EACH ROW EXECUTE FUNCTION public.fail()"
    ));
}

/// An error undoes a transaction at its commit, too, unless its state says that this is
/// not known; and a session that ends then may have committed.
#[test]
fn what_the_server_says_at_the_commit() {
    let Some(place) = Place::new() else { return };
    for (statement, settled) in [
        ("RAISE 'not this' USING ERRCODE = '23514'", true),
        ("RAISE 'who knows' USING ERRCODE = '40003'", false),
        // Which a wait hears at once: FATAL.
        (
            "PERFORM pg_terminate_backend(pg_backend_pid()), pg_sleep(60)",
            false,
        ),
    ] {
        place.psql(&format!(
            "CREATE FUNCTION public.at_commit() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN {statement}; RETURN NULL; END $$;
             CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON stopgap.events
             DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION public.at_commit()"
        ));
        let outcome = issue(&place.registry);
        if settled {
            known(outcome, "store_failed");
        } else {
            unknown(outcome);
        }
        place.psql("DROP FUNCTION public.at_commit CASCADE");
    }
    assert_eq!(place.psql("SELECT count(*) FROM stopgap.online_codes"), "0");
}

/// What a server would rather do, or has nobody wait for, a session does not.
#[test]
fn a_session_is_told_what_it_is_to_do() {
    let Some(place) = Place::new() else { return };
    place.psql(&format!(
        "ALTER DATABASE {} SET synchronous_commit = off;
         CREATE TABLE public.told (name text, setting text)",
        place.database.name()
    ));
    let registry = place.open("deadline=7");
    at_each_try(
        &place,
        "INSERT INTO public.told SELECT name, setting FROM pg_settings
            WHERE name IN ('statement_timeout', 'idle_in_transaction_session_timeout',
                'synchronous_commit', 'plan_cache_mode', 'enable_seqscan', 'jit');
         RETURN NEW;",
    );
    issue(&registry).unwrap();
    // Milliseconds: twice the deadline, and ten seconds.
    let told = place.psql("SELECT name, setting FROM public.told ORDER BY name");
    let expected = "enable_seqscan|off\nidle_in_transaction_session_timeout|24000\njit|off\n\
        plan_cache_mode|force_generic_plan\nstatement_timeout|24000\nsynchronous_commit|on";
    assert_eq!(told, expected);
}

/// By the last bits of their ids, which are as good as random: 40 are not in four.
#[test]
fn events_are_spread_over_buckets() {
    let Some(place) = Place::new() else { return };
    for _ in 0..40 {
        issue(&place.registry).unwrap();
    }
    let buckets = "SELECT count(DISTINCT bucket) > 4, min(bucket) >= 0, max(bucket) < 16
        FROM stopgap.events";
    assert_eq!(place.psql(buckets), "t|t|t");
}

/// Where one has taken 0.7 seconds, another is not begun with 0.6 left: the deadline
/// would cut it, perhaps at its commit.
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

/// Where there is no other server that might be the primary, asking again is in vain.
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

/// Of several another may be the primary by now.
#[test]
fn one_of_several_that_is_read_only_is_left() {
    let Some(place) = Place::new() else { return };
    // The same one twice, with the same user and password.
    let (scheme, rest) = place.database.url().split_once("://").unwrap();
    let (authority, rest) = rest.split_once('/').unwrap();
    let host = authority.rsplit('@').next().unwrap();
    let registry = open(&format!("{scheme}://{authority},{host}/{rest}")).unwrap();
    // Sequences keep what a transaction that is undone has set.
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

/// Serialization failures, deadlocks, and what another has just written pass: three of
/// them are got over.
#[test]
fn what_passes_is_tried_again() {
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
