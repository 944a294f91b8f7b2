//! Sessions that end during an update.

use std::thread;

use super::place::{Place, apply, load_one, row, tenant};
use crate::store::{Change, Query, Selection, Store, Table};

const END: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Nothing was done by then, so the update is tried again, and done once.
#[test]
fn a_session_that_ends_before_the_changes() {
    let Some(place) = Place::new() else { return };
    apply(&place.store, &vec![Change::Insert(row(Table::Heads, 1))]).unwrap();
    let mut calls = 0;
    let updated = place.store.update(&tenant(), &Query::default(), &mut |_| {
        calls += 1;
        if calls < 3 {
            assert_eq!(place.psql(END), "1");
        }
        Ok(vec![Change::Insert(row(Table::Events, 1))])
    });
    updated.unwrap();
    assert_eq!(calls, 3);
    let lines = load_one(&place.store, Selection::all(Table::Events));
    assert_eq!(lines, [row(Table::Events, 1)]);
}

/// Without changes there is nothing that could be lost.
#[test]
fn a_session_that_ends_before_no_changes() {
    let Some(place) = Place::new() else { return };
    let mut calls = 0;
    let updated = place.store.update(&tenant(), &Query::default(), &mut |_| {
        calls += 1;
        assert_eq!(place.psql(END), "1");
        Ok(Vec::new())
    });
    updated.unwrap();
    assert_eq!(calls, 1);
    assert!(load_one(&place.store, Selection::all(Table::Events)).is_empty());
}

/// The commit is on the way by then, but the server ends the session at an earlier statement.
#[test]
fn a_session_that_ends_while_a_change_waits() {
    let Some(place) = Place::new() else { return };
    apply(&place.store, &vec![Change::Insert(row(Table::Heads, 1))]).unwrap();
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND application_name = 'stopgap' AND wait_event_type = 'Lock'";
    let mut calls = 0;
    let place = &place;
    thread::scope(|scope| {
        let rival = scope.spawn(|| {
            place.psql("SELECT FROM stopgap.heads FOR UPDATE; SELECT pg_sleep(3)");
        });
        let holds = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
            AND wait_event = 'PgSleep'";
        while place.psql(holds) != "1" {
            thread::yield_now();
        }
        scope.spawn(move || {
            while place.psql(waits) != "1" {
                assert!(!rival.is_finished(), "no change waited");
            }
            place.psql(&format!("{END} AND application_name = 'stopgap'"));
        });
        let head = row(Table::Heads, 1);
        let updated = place.store.update(&tenant(), &Query::default(), &mut |_| {
            calls += 1;
            Ok(vec![
                Change::Replace {
                    loaded: head.version().clone(),
                    row: head.clone(),
                },
                Change::Insert(row(Table::Events, 1)),
            ])
        });
        updated.unwrap();
    });
    assert_eq!(calls, 2);
    let lines = load_one(&place.store, Selection::all(Table::Events));
    assert_eq!(lines.len(), 1);
}
