//! Values that a column cannot have, and the time.

use super::place::{Place, apply, load_one, row, tenant, value};
use crate::store::{Change, Kind, Query, Row, Selection, Store, Table, Value};

fn with(column: &str, value: Value) -> Row {
    let mut row = row(Table::Events, 1);
    row.set(column, value);
    row
}

#[test]
fn values_that_cannot_be_stored() {
    let Some(place) = Place::new() else { return };
    let store = &place.store;
    for (row, why) in [
        (
            with("actor", "a\0b".into()),
            "actor: PostgreSQL has no texts with a NUL",
        ),
        (
            with("actor", Value::Integer(1)),
            "actor: the value is of another kind",
        ),
        (with("actor", Value::Invalid("odd".into())), "actor: odd"),
    ] {
        let added = apply(store, &vec![Change::Insert(row.clone())]).unwrap_err();
        let kept = store.keep(&tenant(), &[row.clone(), row]).unwrap_err();
        for error in [added, kept] {
            assert_eq!(error.reason(), "store_failed");
            assert!(error.to_string().contains(why), "{error}");
            assert_eq!(place.transactions(), "0");
        }
    }
    let text = Selection::key(Table::Heads, vec!["a\0b".into()]);
    let selected = store.delete(&tenant(), &text).unwrap_err();
    assert_eq!(selected.reason(), "store_failed");
    // The server refuses these.
    for row in [with("actor", Value::Null), with("count", Value::Null)] {
        let added = apply(store, &vec![Change::Insert(row)]).unwrap_err();
        assert_eq!(added.reason(), "store_failed");
    }
    // All of that on one connection, which goes on.
    let sessions = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    assert_eq!(place.psql(sessions), "1");
    assert_eq!(store.keep(&tenant(), &[row(Table::Events, 1)]).unwrap(), 1);
    let mixed = store.keep(&tenant(), &[row(Table::Events, 1), row(Table::Heads, 1)]);
    assert_eq!(mixed.unwrap_err().reason(), "store_failed");
}

#[test]
fn values_that_a_selection_cannot_have() {
    let Some(place) = Place::new() else { return };
    let name = value(Kind::Text, 1);
    let by_user = Table::Codes.declaration().index("online_codes_by_user");
    for selection in [
        Selection::key(Table::Heads, vec![name.clone(), name.clone()]),
        Selection::key(Table::Heads, vec![name.clone()]).any_of(vec![name.clone()]),
        Selection::key(Table::Heads, vec![name.clone()]).after(vec![name.clone()]),
        Selection::all(Table::Heads).after(vec![Value::Null]),
        Selection::all(Table::Heads).any_of(vec![Value::Integer(1)]),
        Selection::index(Table::Heads, by_user.unwrap(), Vec::new()),
    ] {
        let refused = place.store.delete(&tenant(), &selection).unwrap_err();
        assert_eq!(refused.reason(), "store_failed", "{selection:?}");
    }
}

#[test]
fn extreme_values_return_as_they_were() {
    let Some(place) = Place::new() else { return };
    let rows = [i64::MIN, -1, 0, i64::MAX].map(|number| {
        let mut row = row(Table::RingKeys, 1);
        row.set("id", number);
        row.set("changes", number);
        row
    });
    assert_eq!(place.store.keep(&tenant(), &rows).unwrap(), 4);
    assert_eq!(
        load_one(&place.store, Selection::all(Table::RingKeys)),
        rows
    );
}

#[test]
fn values_that_no_store_writes() {
    let Some(place) = Place::new() else { return };
    apply(&place.store, &vec![Change::Insert(row(Table::Heads, 1))]).unwrap();
    let found = |column: &str| {
        let rows = load_one(&place.store, Selection::all(Table::Heads));
        rows[0].value(column).clone()
    };
    place.psql("UPDATE stopgap.heads SET locked_until = 'infinity', failed_at = '-infinity'");
    for column in ["locked_until", "failed_at"] {
        assert!(
            matches!(found(column), Value::Invalid(_)),
            "{:?}",
            found(column)
        );
    }
    // The table is altered while the store is open.
    place.psql("ALTER TABLE stopgap.heads ALTER COLUMN failures TYPE integer");
    let Value::Invalid(why) = found("failures") else {
        panic!("{:?}", found("failures"));
    };
    assert_eq!(why, "it is of the type int4");
    place.psql("ALTER TABLE stopgap.heads ALTER COLUMN key_id DROP NOT NULL");
    place.psql("UPDATE stopgap.heads SET key_id = NULL");
    assert_eq!(found("key_id"), Value::Null);
    place.psql("DROP TABLE stopgap.heads");
    let query = Query {
        locks: Vec::new(),
        selections: vec![Selection::all(Table::Heads)],
    };
    let lost = place.store.load(&tenant(), &query).unwrap_err();
    assert_eq!(lost.reason(), "store_damaged");
}

#[test]
fn a_snapshot_has_the_time_of_the_server() {
    let Some(place) = Place::new() else { return };
    let clock = || place.psql("SELECT extract(epoch FROM clock_timestamp()) * 1000000");
    let clock = || clock().split('.').next().unwrap().parse::<i64>().unwrap();
    let query = Query::default();
    let before = clock();
    let loaded = place.store.load(&tenant(), &query).unwrap().time;
    let mut locked = None;
    let update = place.store.update(&tenant(), &query, &mut |loaded| {
        locked = loaded.time;
        Ok(Vec::new())
    });
    update.unwrap();
    let after = clock();
    let times = [loaded, locked].map(|time| time.unwrap().timestamp_micros());
    assert!(before <= times[0] && times[0] <= times[1] && times[1] <= after);
}
