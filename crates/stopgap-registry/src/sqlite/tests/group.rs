//! Writers at the same time share a transaction.

mod failures;

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use rusqlite::trace::{TraceEvent, TraceEventCodes};

use std::time::Duration;

use super::*;
use crate::store::{Change, Changes, Value};

/// Counts the transactions that are committed from now on.
fn count_commits(store: &Sqlite) -> Arc<AtomicUsize> {
    let commits = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&commits);
    let note = move |event: TraceEvent<'_>| {
        if let TraceEvent::Stmt(statement, _) = event
            && statement.sql() == "COMMIT"
        {
            seen.fetch_add(1, Ordering::SeqCst);
        }
    };
    on_writer(store, |writer| {
        writer
            .trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(note))
            .unwrap();
    });
    commits
}

fn key(number: usize) -> Row {
    let check = vec![0; 32];
    Row::new(
        Table::Keys,
        vec![
            i64::try_from(number).unwrap().into(),
            Value::Bytes(check),
            at(0).into(),
        ],
    )
}

/// Returns the numbers of the keys that are stored.
fn stored(store: &Sqlite) -> Vec<i64> {
    let query = Query {
        selections: vec![Selection::all(Table::Keys)],
        ..Query::default()
    };
    let rows = store.load(&name("acme"), &query).unwrap().rows.concat();
    let number = |row: &Row| match row.value("id") {
        Value::Integer(number) => *number,
        other => panic!("{other:?}"),
    };
    rows.iter().map(number).collect()
}

fn insert(store: &Sqlite, number: usize) -> Result<()> {
    store.update(&name("acme"), &Query::default(), &mut |_| {
        Ok(vec![Change::Insert(key(number))])
    })
}

fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        thread::yield_now();
    }
}

/// Inserts the first key while these other threads wait for their turns, so that they join
/// its group. Returns the results, beginning with that of the first key.
fn together<T: Send>(
    store: &Sqlite,
    others: Vec<Box<dyn FnOnce() -> T + Send + '_>>,
) -> (Result<()>, Vec<thread::Result<T>>) {
    let all = others.len();
    let has_begun = AtomicBool::new(false);
    thread::scope(|scope| {
        let first = scope.spawn(|| {
            store.update(&name("acme"), &Query::default(), &mut |_| {
                has_begun.store(true, Ordering::SeqCst);
                until(|| store.files.get().writer.waiting() == all);
                Ok(vec![Change::Insert(key(0))])
            })
        });
        until(|| has_begun.load(Ordering::SeqCst));
        let others: Vec<_> = others.into_iter().map(|other| scope.spawn(other)).collect();
        let results = others
            .into_iter()
            .map(thread::ScopedJoinHandle::join)
            .collect();
        (first.join().unwrap(), results)
    })
}

#[test]
fn waiting_writers_join_the_transaction() {
    let (_folder, store) = open();
    for (threads, transactions) in [(1, 1), (2, 1), (16, 1), (64, 1), (65, 2), (100, 2)] {
        on_writer(&store, |writer| writer.execute("DELETE FROM keys", [])).unwrap();
        let commits = count_commits(&store);
        let others = (1..threads).map(|number| -> Box<dyn FnOnce() -> _ + Send> {
            let store = &store;
            Box::new(move || insert(store, number))
        });
        let (first, others) = together(&store, others.collect());
        first.unwrap();
        for result in others {
            result.unwrap().unwrap();
        }
        assert_eq!(
            commits.load(Ordering::SeqCst),
            transactions,
            "{threads} threads"
        );
        assert_eq!(stored(&store).len(), threads);
    }
}

#[test]
fn many_threads_raise_one_counter() {
    let (_folder, store) = open();
    let store = &store;
    let row = |changes: i64| {
        Row::new(
            Table::Tenants,
            vec![Value::Null, "[]".into(), 90_i64.into(), changes.into()],
        )
    };
    store.keep(&name("acme"), &[row(0)]).unwrap();
    let query = Query {
        selections: vec![Selection::all(Table::Tenants)],
        ..Query::default()
    };
    let value = |snapshot: &Snapshot| match snapshot.rows[0][0].version() {
        Value::Integer(changes) => *changes,
        other => panic!("{other:?}"),
    };
    let commits = count_commits(store);
    let barrier = Barrier::new(64);
    thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                barrier.wait();
                for _ in 0..10 {
                    let mut raise = |snapshot: &Snapshot| -> Result<Changes> {
                        let before = value(snapshot);
                        Ok(vec![Change::Replace {
                            row: row(before + 1),
                            loaded: before.into(),
                        }])
                    };
                    store.update(&name("acme"), &query, &mut raise).unwrap();
                }
            });
        }
    });
    assert_eq!(value(&store.load(&name("acme"), &query).unwrap()), 640);
    let commits = commits.load(Ordering::SeqCst);
    assert!(commits < 640, "{commits} commits");
}

#[test]
fn a_group_waits_for_a_bounded_time_for_the_members_of_the_last_one() {
    let (_folder, store) = open();
    let commits = count_commits(&store);
    store.files.get().writer.expect(64);
    insert(&store, 0).unwrap();
    assert_eq!(commits.load(Ordering::SeqCst), 1);
    assert_eq!(stored(&store), [0]);
}

/// The member's decision may depend on rows that are not committed.
#[test]
fn a_member_without_changes_waits_for_the_commit() {
    let (_folder, store) = open();
    let store = &store;
    let has_returned = &AtomicBool::new(false);
    let is_there = &AtomicBool::new(false);
    let tenant = &name("acme");
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut wait = |_: &Snapshot| {
                is_there.store(true, Ordering::SeqCst);
                until(|| store.files.get().writer.waiting() == 1);
                Ok(vec![])
            };
            store.update(tenant, &Query::default(), &mut wait).unwrap();
            has_returned.store(true, Ordering::SeqCst);
        });
        until(|| is_there.load(Ordering::SeqCst));
        scope.spawn(move || {
            let mut look = |_: &Snapshot| {
                thread::sleep(Duration::from_millis(50));
                assert!(!has_returned.load(Ordering::SeqCst));
                Ok(vec![])
            };
            store.update(tenant, &Query::default(), &mut look).unwrap();
        });
    });
}

#[test]
fn each_member_decides_in_its_own_thread() {
    let (_folder, store) = open();
    let store = &store;
    let others = (0..4).map(|_| -> Box<dyn FnOnce() -> _ + Send> {
        Box::new(move || {
            let caller = thread::current().id();
            let mut decide = |_: &Snapshot| {
                assert_eq!(thread::current().id(), caller);
                Ok(vec![])
            };
            store.update(&name("acme"), &Query::default(), &mut decide)
        })
    });
    let (_, others) = together(store, others.collect());
    for result in others {
        result.unwrap().unwrap();
    }
}
