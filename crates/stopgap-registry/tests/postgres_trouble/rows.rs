//! Rows that were edited, and errors that the server returns.

use stopgap_registry::{Error, EventFilter, EventKind, StoreError};

use crate::place::{Place, issue, known, root, trouble, unknown, verify};

#[test]
fn an_error_names_an_odd_row() {
    let Some(place) = Place::new() else { return };
    let registry = &place.registry;
    let code = issue(registry).unwrap();
    place.psql(
        "INSERT INTO stopgap.presets (tenant, name, key_id, policy, tag)
         VALUES ('default', 'odd', 1, '{', '')",
    );
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
        trouble(registry.all_codes(&root(), None, 10, |_| true)),
        "online_codes",
    );
    place.psql("UPDATE stopgap.online_codes SET user_name = 'alice', uses = -1");
    odd(trouble(verify(registry, &code, None)), "online_codes");
    place.psql("UPDATE stopgap.online_codes SET uses = 0");
    place.psql("UPDATE stopgap.heads SET changes = -1");
    odd(trouble(verify(registry, &code, None)), "heads");
    place.psql("UPDATE stopgap.tenants SET formats = '[1]'");
    odd(trouble(registry.codes(&root(), "alice")), "tenants");
}

/// An event that cannot be read is shown as damaged.
#[test]
fn an_odd_event_is_shown_as_damaged() {
    let Some(place) = Place::new() else { return };
    issue(&place.registry).unwrap();
    place.psql("UPDATE stopgap.events SET role = 'emperor'");
    let filter = EventFilter::default();
    let events = place.registry.events(&root(), &filter).unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].kind, EventKind::Damaged);
    let detail = events[0].detail.as_deref().unwrap();
    assert!(detail.contains("role"), "{detail}");
}

/// The edits add uses or move the expiry: the code is not granted, and no use is counted.
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

/// A trigger raises the errors, each by its number.
#[test]
fn each_error_of_the_server_has_its_reason() {
    let Some(place) = Place::new() else { return };
    place.psql(
        "CREATE FUNCTION public.fail() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN RAISE 'of a trigger' USING ERRCODE = TG_ARGV[0]; END $$",
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
        // After errors that may pass, the call is tried again until the deadline. On a slow
        // machine the deadline may interrupt the last try at its commit.
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

/// An error at the commit also undoes the transaction, unless its number says that the
/// outcome is unknown. A session that ends during the commit may have committed.
#[test]
fn an_error_at_the_commit_undoes_the_transaction() {
    let Some(place) = Place::new() else { return };
    for (statement, settled) in [
        ("RAISE 'not this' USING ERRCODE = '23514'", true),
        ("RAISE 'who knows' USING ERRCODE = '40003'", false),
        // The session ends with FATAL as soon as it waits.
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
