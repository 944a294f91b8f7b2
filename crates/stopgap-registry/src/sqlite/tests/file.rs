//! The file, its connections and its log.

use std::{
    fs,
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use rusqlite::config::DbConfig;

use std::time::Duration;

use rusqlite::Connection;

use super::*;
use crate::store::{Change, Value};

fn key(number: i64) -> Row {
    let check = Value::Bytes(vec![0; 32]);
    Row::new(Table::Keys, vec![number.into(), check, at(0).into()])
}

#[test]
fn each_connection_has_the_promised_settings() {
    let (_folder, store) = open();
    store.load(&name("acme"), &Query::default()).unwrap();
    let check = |connection: &Connection, is_reader: bool| {
        let number = |name: &str| -> i64 {
            connection
                .pragma_query_value(None, name, |row| row.get(0))
                .unwrap()
        };
        // 2 is FULL.
        assert_eq!(number("synchronous"), 2);
        assert_eq!(number("foreign_keys"), 1);
        assert_eq!(number("trusted_schema"), 0);
        assert_eq!(number("query_only"), i64::from(is_reader));
        let is_on = |config| connection.db_config(config).unwrap();
        assert!(!is_on(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER));
        assert!(!is_on(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW));
        assert!(is_on(DbConfig::SQLITE_DBCONFIG_DEFENSIVE));
        assert!(is_on(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG));
        let mode: String = connection
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
    };
    on_writer(&store, |writer| check(writer, false));
    let files = store.files.get();
    let readers = files.readers();
    assert_eq!(readers.len(), 1);
    check(&readers[0].connection, true);
}

#[test]
fn a_source_is_only_read() {
    let (folder, store) = open();
    store.keep(&name("acme"), &[key(1)]).unwrap();
    let source = Sqlite::open_source(folder.path().join("stopgap.db"), at(0)).unwrap();
    assert_eq!(source.count(&name("acme"), Table::Keys).unwrap(), 1);
    assert_eq!(source.tenants().unwrap(), [name("acme")]);
    let read_only = |result| assert!(matches!(result, Err(StoreError::ReadOnly(_))), "{result:?}");
    read_only(source.keep(&name("acme"), &[key(2)]));
    read_only(source.delete(&name("acme"), &Selection::all(Table::Keys)));
    let mut insert = |_: &Snapshot| Ok(vec![Change::Insert(key(2))]);
    read_only(
        source
            .update(&name("acme"), &Query::default(), &mut insert)
            .map(|()| 0),
    );
    assert_eq!(store.count(&name("acme"), Table::Keys).unwrap(), 1);
}

/// All selections of a query are loaded from one moment.
#[test]
fn a_snapshot_is_of_one_moment() {
    let (_folder, store) = open();
    let keys = Query {
        selections: vec![Selection::all(Table::Keys); 500],
        ..Query::default()
    };
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for number in 0..100 {
                store.keep(&name("acme"), &[key(number)]).unwrap();
            }
            is_done.store(true, Ordering::SeqCst);
        });
        while !is_done.load(Ordering::SeqCst) {
            let rows = store.load(&name("acme"), &keys).unwrap().rows;
            assert!(rows.iter().all(|same| *same == rows[0]));
        }
    });
}

#[test]
fn only_a_few_readers_are_kept() {
    let (_folder, store) = open();
    let sessions: Vec<_> = (0..20)
        .map(|_| Session::of(connect(&store.path).unwrap()))
        .collect();
    store.files.get().readers().extend(sessions);
    let before = store.files.get().readers().len();
    store.load(&name("acme"), &Query::default()).unwrap();
    assert_eq!(store.files.get().readers().len(), before - 1);
}

/// Maintenance does not wait for a long reader, and writers do not wait for maintenance.
#[test]
fn maintenance_does_not_wait() {
    let (folder, store) = open();
    let path = folder.path().join("stopgap.db");
    let other = Connection::open(&path).unwrap();
    for (number, held) in ["BEGIN; SELECT count(*) FROM events", "BEGIN IMMEDIATE"]
        .iter()
        .enumerate()
    {
        store
            .keep(&name("acme"), &[key(i64::try_from(number).unwrap())])
            .unwrap();
        other.execute_batch(held).unwrap();
        thread::scope(|scope| {
            let maintains = scope.spawn(|| store.maintain());
            if number == 0 {
                // If maintenance waited, it would hold the lock for longer than this.
                let writes = Connection::open(&path).unwrap();
                thread::sleep(Duration::from_millis(200));
                writes.busy_timeout(Duration::from_secs(2)).unwrap();
                writes.execute_batch("BEGIN IMMEDIATE; ROLLBACK").unwrap();
            }
            maintains.join().unwrap().unwrap();
        });
        other.execute_batch("ROLLBACK").unwrap();
    }
    store.keep(&name("acme"), &[key(7)]).unwrap();
}

#[test]
fn maintenance_copies_the_log_into_the_file() {
    let (folder, store) = open();
    store.keep(&name("acme"), &[key(1)]).unwrap();
    store.maintain().unwrap();
    let alone = folder.path().join("alone.db");
    fs::copy(folder.path().join("stopgap.db"), &alone).unwrap();
    let alone = Connection::open(&alone).unwrap();
    let keys = alone.query_row("SELECT count(*) FROM keys", [], |row| row.get(0));
    assert_eq!(keys, Ok(1));
}

/// SQLite itself notices that the end of a file is missing only when it reads there.
#[test]
fn a_file_that_was_cut_off_is_damaged() {
    let (folder, store) = open();
    drop(store);
    let path = folder.path().join("stopgap.db");
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_len(file.metadata().unwrap().len() - 1).unwrap();
    let error = Sqlite::open(&path, at(0)).unwrap_err();
    assert_eq!(error.reason(), "store_damaged");
}

#[test]
fn the_debug_output_of_a_store_is_its_path() {
    let (folder, store) = open();
    let path = folder.path().join("stopgap.db");
    assert_eq!(format!("{store:?}"), format!("Sqlite({path:?})"));
}

/// A copy of the file alone must be whole after the last store is closed.
#[test]
fn stores_that_are_closed_at_the_same_time_leave_no_log() {
    let (folder, first) = open();
    let path = folder.path().join("stopgap.db");
    drop(first);
    for round in 0..100 {
        let stores = [0, 1, 2].map(|_| Sqlite::open(&path, at(0)).unwrap());
        stores[0].keep(&name("acme"), &[key(round)]).unwrap();
        let barrier = Barrier::new(stores.len());
        thread::scope(|scope| {
            for store in stores {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    drop(store);
                });
            }
        });
        let log = fs::metadata(folder.path().join("stopgap.db-wal"));
        let left = log.map_or(0, |log| log.len());
        assert_eq!(left, 0, "round {round}");
    }
}
