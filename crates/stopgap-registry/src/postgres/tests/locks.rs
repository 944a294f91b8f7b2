//! Locks between callers.

use std::{sync::Mutex, thread};

use chrono::{DateTime, Utc};

use stopgap::Name;

use super::place::{Place, apply, at, load_one, row, tenant};
use crate::{
    Postgres,
    store::{Change, Lock, Query, Result, Selection, Store, Table, Value},
};

fn locked(name: &str, is_shared: bool) -> Query {
    Query {
        locks: vec![Lock {
            name: name.to_owned(),
            is_shared,
        }],
        selections: vec![Selection::all(Table::Heads)],
    }
}

/// The counter and the time of each snapshot.
type Seen = Mutex<Vec<(i64, DateTime<Utc>)>>;

/// Raises the counter of the only head.
fn count_up(store: &dyn Store, query: &Query, seen: &Seen) -> Result<()> {
    store.update(&tenant(), query, &mut |loaded| {
        let before = &loaded.rows[0][0];
        let Value::Integer(changes) = before.value("changes") else {
            panic!("{before:?}");
        };
        seen.lock().unwrap().push((*changes, loaded.time.unwrap()));
        let mut row = before.clone();
        row.set("changes", changes + 1);
        row.set("tag", (changes + 1).to_be_bytes().as_slice());
        let loaded = before.version().clone();
        Ok(vec![Change::Replace { row, loaded }])
    })
}

/// Counts by many threads, and returns the snapshots that they had.
fn count(place: &Place, threads: usize, times: usize, query: &Query) -> Vec<(i64, DateTime<Utc>)> {
    let (before, seen) = (sum(place), Seen::default());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                for _ in 0..times {
                    count_up(&place.store, query, &seen).unwrap();
                }
            });
        }
    });
    assert_eq!(sum(place) - before, i64::try_from(threads * times).unwrap());
    seen.into_inner().unwrap()
}

fn sum(place: &Place) -> i64 {
    let rows = load_one(&place.store, Selection::all(Table::Heads));
    match rows[0].value("changes") {
        Value::Integer(changes) => *changes,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_crowd_counts_to_its_number() {
    let Some(place) = Place::new() else { return };
    let name = place.database.name();
    place.psql(&format!(
        "ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'"
    ));
    let place = Place {
        store: Postgres::open(place.database.url(), at(0)).unwrap(),
        ..place
    };
    apply(&place.store, &vec![Change::Insert(row(Table::Heads, 1))]).unwrap();
    // With the lock no caller meets a conflict, and none has a time of before the lock.
    let mut seen = count(&place, 64, 5, &locked("user", false));
    assert_eq!(seen.len(), 320);
    seen.sort();
    assert!(seen.is_sorted_by_key(|(_, time)| *time));
    // Without it no change is lost either.
    let unlocked = Query {
        locks: Vec::new(),
        ..locked("", false)
    };
    count(&place, 8, 5, &unlocked);
}

/// Returns `true` if a second caller waits for a first one until its deadline.
fn excludes(first: (&Postgres, &Name, &Query), second: (&Postgres, &Name, &Query)) -> bool {
    let mut outcome = None;
    let (store, tenant, query) = first;
    let held = store.update(tenant, query, &mut |_| {
        let (store, tenant, query) = second;
        let update = || store.update(tenant, query, &mut |_| Ok(Vec::new()));
        outcome = Some(thread::scope(|scope| scope.spawn(update).join().unwrap()));
        Ok(Vec::new())
    });
    held.unwrap();
    match outcome.unwrap() {
        Ok(()) => false,
        Err(error) => {
            assert_eq!(error.reason(), "store_timed_out");
            true
        }
    }
}

#[test]
fn a_name_is_locked_for_its_tenant() {
    let Some(place) = Place::new() else { return };
    let short = format!("{}&deadline=1", place.database.url());
    let short = Postgres::open(&short, at(0)).unwrap();
    let (acme, other): (Name, Name) = (tenant(), "other".parse().unwrap());
    let (user, shared) = (locked("user", false), locked("user", true));
    let (bob, keys) = (locked("bob", false), locked("*keys", false));
    for (first, second, is_excluded) in [
        ((&acme, &user), (&acme, &user), true),
        ((&acme, &user), (&acme, &shared), true),
        ((&acme, &shared), (&acme, &user), true),
        ((&acme, &shared), (&acme, &shared), false),
        ((&acme, &user), (&acme, &bob), false),
        ((&acme, &user), (&other, &user), false),
        ((&acme, &keys), (&other, &keys), true),
    ] {
        let found = excludes(
            (&place.store, first.0, first.1),
            (&short, second.0, second.1),
        );
        assert_eq!(found, is_excluded, "{first:?} {second:?}");
    }
}
