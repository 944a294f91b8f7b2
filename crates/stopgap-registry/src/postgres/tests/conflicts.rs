//! Changes whose condition fails.

use super::place::{Place, apply, at, load_one, row, tenant, value};
use crate::{
    Postgres,
    store::{Change, Changes, Kind, Query, Selection, Store, StoreError, Table, Value},
};

fn insert(table: Table, number: u8) -> Change {
    Change::Insert(row(table, number))
}

fn replace(number: u8, loaded: u8) -> Change {
    Change::Replace {
        row: row(Table::Heads, number),
        loaded: value(Kind::Bytes, loaded),
    }
}

fn renew(number: u8, loaded: Option<u8>) -> Change {
    Change::Renew {
        row: row(Table::Verifications, number),
        loaded: loaded.map(|number| value(Kind::Bytes, number)),
    }
}

fn delete(number: u8, loaded: u8) -> Change {
    Change::Delete {
        table: Table::Heads,
        key: row(Table::Heads, number).key().to_vec(),
        loaded: value(Kind::Bytes, loaded),
    }
}

fn lines(store: &dyn Store) -> usize {
    load_one(store, Selection::all(Table::Events)).len()
}

#[test]
fn nothing_of_the_flight_is_kept() {
    let Some(place) = Place::new() else { return };
    let store = &place.store;
    let there = vec![insert(Table::Heads, 1), insert(Table::Verifications, 1)];
    apply(store, &there).unwrap();
    let (e1, e2) = (insert(Table::Events, 1), insert(Table::Events, 2));
    let wrong: [Changes; 11] = [
        // One statement.
        vec![e1.clone(), replace(1, 9)],
        vec![replace(1, 9), e1.clone()],
        vec![e1.clone(), replace(2, 2)],
        vec![e1.clone(), delete(1, 9)],
        vec![e1.clone(), delete(2, 2)],
        vec![e1.clone(), renew(1, Some(9))],
        vec![e1.clone(), renew(1, None)],
        vec![e1.clone(), renew(2, Some(2))],
        vec![e1.clone(), insert(Table::Heads, 1)],
        // Several statements: the first, the middle and the last one fail.
        vec![replace(1, 9), e1.clone(), e2.clone()],
        vec![e1.clone(), e2.clone(), replace(1, 9)],
    ];
    for changes in wrong {
        let refused = apply(store, &changes).expect_err("it was applied");
        assert_eq!(refused.reason(), "store_conflict", "{changes:?}");
        assert_eq!(lines(store), 0, "{changes:?}");
    }
    // The connection goes on without a transaction.
    assert_eq!(place.transactions(), "0");
    let right = vec![e1, replace(1, 1), renew(1, Some(1)), renew(2, None), e2];
    apply(store, &right).unwrap();
    assert_eq!(lines(store), 2);
}

/// A conflict with a row that was not loaded lasts: the caller need not wait for the deadline.
#[test]
fn the_same_conflict_is_not_tried_without_end() {
    let Some(place) = Place::new() else { return };
    apply(&place.store, &vec![insert(Table::Heads, 1)]).unwrap();
    let calls = |changes: Changes| {
        let mut calls = 0;
        let query = Query {
            locks: Vec::new(),
            selections: vec![Selection::all(Table::Events)],
        };
        let refused = place.store.update(&tenant(), &query, &mut |_| {
            calls += 1;
            Ok(changes.clone())
        });
        assert_eq!(refused.unwrap_err().reason(), "store_conflict");
        calls
    };
    assert_eq!(calls(vec![insert(Table::Heads, 1)]), 4);
    // Nor is an error of the caller's own.
    let mut calls = 0;
    let refused = place.store.update(&tenant(), &Query::default(), &mut |_| {
        calls += 1;
        Err(StoreError::Conflict(None))
    });
    assert_eq!(refused.unwrap_err().reason(), "store_conflict");
    assert_eq!(calls, 1);
}

/// While every snapshot is another, others make progress.
#[test]
fn a_conflict_with_a_new_snapshot_is_tried_until_the_deadline() {
    let Some(place) = Place::new() else { return };
    let other = Postgres::open(place.database.url(), at(0)).unwrap();
    apply(&other, &vec![insert(Table::Heads, 1)]).unwrap();
    let query = Query {
        locks: Vec::new(),
        selections: vec![Selection::all(Table::Heads)],
    };
    let mut calls = 0_u8;
    let counted = place.store.update(&tenant(), &query, &mut |loaded| {
        let before = loaded.rows[0][0].clone();
        let version = |number: u8| Value::Bytes(vec![number; 32]);
        let mut row = before.clone();
        row.set("tag", version(100));
        calls += 1;
        if calls < 8 {
            let mut rival = before.clone();
            rival.set("tag", version(calls));
            let loaded = before.version().clone();
            apply(&other, &vec![Change::Replace { row: rival, loaded }]).unwrap();
        }
        let loaded = before.version().clone();
        Ok(vec![Change::Replace { row, loaded }])
    });
    counted.unwrap();
    assert_eq!(calls, 8);
}
