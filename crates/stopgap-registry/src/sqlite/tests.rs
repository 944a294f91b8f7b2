//! What can be set only on the store's own connection.

use std::{collections::BTreeSet, sync::Arc};

use chrono::Utc;
use rusqlite::trace::{TraceEvent, TraceEventCodes};
use stopgap::{
    Access, Actor, KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, Role, Scopes, SecurityRequest,
    VerifyRequest,
};

use super::*;
use crate::{Error, EventFilter, EventKind, PurgePolicy, Registry};

fn open() -> (tempfile::TempDir, Arc<Sqlite>, Registry) {
    let folder = tempfile::tempdir().unwrap();
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    let store = Sqlite::open(folder.path().join("stopgap.db"), now).unwrap();
    let store = Arc::new(store);
    let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
    let registry = Registry::builder(&keys).over(Arc::clone(&store)).unwrap();
    (folder, store, registry)
}

fn set(store: &Sqlite, pragma: &str, value: i64) {
    let writer = store.writer.lock().unwrap();
    writer.pragma_update(None, pragma, value).unwrap();
}

fn count(store: &Sqlite, table: &str) -> i64 {
    let writer = store.writer.lock().unwrap();
    let sql = format!("SELECT count(*) FROM {table}");
    writer.query_row(&sql, [], |row| row.get(0)).unwrap()
}

/// A database that may not grow is to SQLite what a full disk is.
#[test]
fn a_full_disk_changes_nothing() {
    let (_folder, store, registry) = open();
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let policy = OnlinePolicy::default().max_uses(1);
    let first = registry.issue_code(&root, "alice", &policy, &Utc).unwrap();
    let pages: i64 = {
        let writer = store.writer.lock().unwrap();
        writer
            .query_row("PRAGMA page_count", [], |row| row.get(0))
            .unwrap()
    };
    set(&store, "max_page_count", pages);
    let before = (count(&store, "online_codes"), count(&store, "events"));
    let many = (0..10_000).map(|number| (format!("user{number}"), policy));
    let error = registry.issue_codes(&root, many, &Utc).unwrap_err();
    assert!(
        matches!(error, Error::Store(StoreError::Full(_))),
        "{error:?}"
    );
    let after = (count(&store, "online_codes"), count(&store, "events"));
    assert_eq!(before, after);

    set(&store, "max_page_count", 1_000_000);
    let typed = first.code.reveal();
    let _ = registry
        .verify_code(&VerifyRequest::new("alice", typed.as_str(), Purpose::Reset))
        .unwrap();
}

#[test]
fn each_connection_is_as_promised() {
    let (_folder, store, registry) = open();
    assert!(registry.preset("none").is_err());
    let writer = store.writer.lock().unwrap();
    let readers = store.readers();
    for connection in readers.iter().chain([&*writer]) {
        let number = |name: &str| -> i64 {
            connection
                .pragma_query_value(None, name, |row| row.get(0))
                .unwrap()
        };
        // 2 is FULL.
        assert_eq!(number("synchronous"), 2);
        assert_eq!(number("foreign_keys"), 1);
        assert_eq!(number("trusted_schema"), 0);
        let on = |config| connection.db_config(config).unwrap();
        assert!(!on(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER));
        assert!(!on(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW));
        assert!(on(DbConfig::SQLITE_DBCONFIG_DEFENSIVE));
        let mode: String = connection
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
    }
    let query_only: i64 = readers[0]
        .pragma_query_value(None, "query_only", |row| row.get(0))
        .unwrap();
    assert_eq!(query_only, 1);
}

/// Whatever is asked, rows are found by an index: no call grows with the tables,
/// but for the one that asks whether a key is still needed.
#[test]
fn nothing_scans_a_table() {
    let (_folder, store, registry) = open();
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    assert!(registry.preset("none").is_err());
    // Every statement that the store runs, as SQLite sees it.
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let trace = |connection: &mut Connection| {
        let seen = Arc::clone(&seen);
        let note = move |event: TraceEvent<'_>| {
            if let TraceEvent::Stmt(statement, _) = event {
                seen.lock().unwrap().insert(statement.sql().into_owned());
            }
        };
        let statements = TraceEventCodes::SQLITE_TRACE_STMT;
        connection.trace_v2(statements, Some(note)).unwrap();
    };
    trace(&mut store.writer.lock().unwrap());
    store.readers().iter_mut().for_each(trace);

    let once = OnlinePolicy::default().max_uses(1);
    let issued = registry.issue_code(&root, "alice", &once, &Utc).unwrap();
    let typed = issued.code.reveal();
    let _ = registry
        .verify_code(
            &VerifyRequest::new("alice", typed.as_str(), Purpose::Reset).idempotency_key("attempt"),
        )
        .unwrap();
    let wrong = registry.verify_code(&VerifyRequest::new("alice", "0123456789AB", Purpose::Reset));
    assert!(wrong.is_err());
    registry.codes(&root, "alice").unwrap();
    registry.all_codes(&root, Some(&issued.record), 9).unwrap();
    let _ = registry.issue_code(&root, "alice", &once, &Utc).unwrap();
    registry.revoke_last_code(&root, "alice").unwrap();
    registry.unlock(&root, "alice").unwrap();
    let _ = registry.enrol_machine(&root, "alice", "LAPTOP-17").unwrap();
    registry.machines(&root, "alice").unwrap();
    let created = registry.create_security_code(
        &root,
        SecurityRequest::new(Access::SuperAdministrator, Scopes::UNLIMITED),
    );
    let created = created.unwrap();
    let presented = &created.code;
    let _ = registry
        .authenticate(presented.as_str(), |_| Role::User)
        .unwrap();
    let id = created.record.id;
    registry.reset_security_code(&root, id).unwrap();
    registry.security_codes(&root, Some(id), 9).unwrap();
    let deletion = registry.request_deletion(&root, id).unwrap();
    registry
        .confirm_deletion(&root, id, &deletion.confirmation)
        .unwrap();
    registry.set_preset(&root, "once", &once).unwrap();
    registry.presets(&root).unwrap();
    registry.remove_preset(&root, "once").unwrap();
    registry.purge(&root, &PurgePolicy::default()).unwrap();
    for user in [None, Some(root.name.clone())] {
        for kind in [None, Some(EventKind::VerifyCode), Some(EventKind::Purge)] {
            let user = user.clone();
            let filter = EventFilter {
                user,
                kind,
                ..EventFilter::default()
            };
            registry.events(&root, &filter).unwrap();
        }
    }
    crate::copy(&store, &crate::Memory::new(), |_| {}).unwrap();

    let writer = store.writer.lock().unwrap();
    let mut planned = 0;
    let seen = std::mem::take(&mut *seen.lock().unwrap());
    for sql in seen {
        if ["BEGIN", "COMMIT", "PRAGMA"]
            .iter()
            .any(|word| sql.starts_with(word))
        {
            continue;
        }
        let mut statement = writer
            .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
            .unwrap();
        let nothing = vec![rusqlite::types::Value::Null; statement.parameter_count()];
        let lines = statement.query_map(rusqlite::params_from_iter(nothing), |row| {
            row.get::<_, String>(3)
        });
        let plan: Vec<String> = lines.unwrap().map(Result::unwrap).collect();
        let plan = plan.join("; ");
        let scans = plan.contains("SCAN") || plan.contains("TEMP B-TREE");
        assert!(!scans, "{sql}: {plan}");
        planned += 1;
    }
    assert!(planned > 25, "{planned} statements");
}

/// Between the steps of a purge nobody waits for one who reads for long, and who
/// writes is not waited for.
#[test]
fn a_rest_gives_way() {
    let (folder, store, registry) = open();
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let policy = OnlinePolicy::default();
    let path = folder.path().join("stopgap.db");
    let other = Connection::open(&path).unwrap();
    let reads = "BEGIN; SELECT count(*) FROM events";
    for held in [reads, "BEGIN IMMEDIATE"] {
        let _ = registry.issue_code(&root, "alice", &policy, &Utc).unwrap();
        other.execute_batch(held).unwrap();
        let resting = thread::spawn({
            let store = Arc::clone(&store);
            move || store.rest()
        });
        if held == reads {
            // A rest that waited would hold the lock for longer than this one asks.
            let writes = Connection::open(&path).unwrap();
            thread::sleep(Duration::from_millis(200));
            writes.busy_timeout(Duration::from_secs(2)).unwrap();
            writes.execute_batch("BEGIN IMMEDIATE; ROLLBACK").unwrap();
        }
        resting.join().unwrap().unwrap();
        other.execute_batch("ROLLBACK").unwrap();
    }
    let _ = registry.issue_code(&root, "alice", &policy, &Utc).unwrap();
}

/// What the log had is in the file, without the log.
#[test]
fn a_rest_catches_up() {
    let (folder, store, registry) = open();
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    let policy = OnlinePolicy::default();
    let _ = registry.issue_code(&root, "alice", &policy, &Utc).unwrap();
    store.rest().unwrap();
    let alone = folder.path().join("alone.db");
    fs::copy(folder.path().join("stopgap.db"), &alone).unwrap();
    let alone = Connection::open(&alone).unwrap();
    let codes = "SELECT count(*) FROM online_codes";
    let codes = alone.query_row(codes, [], |row| row.get(0));
    assert_eq!(codes, Ok(1));
}

/// Of a page that is missing at the end SQLite itself says nothing until it is read.
#[test]
fn a_file_that_was_cut_off() {
    let (folder, store, registry) = open();
    drop((store, registry));
    let path = folder.path().join("stopgap.db");
    let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
    drop(Sqlite::open(&path, now).unwrap());
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.set_len(file.metadata().unwrap().len() - 1).unwrap();
    let error = Sqlite::open(&path, now).unwrap_err();
    assert_eq!(error.reason(), "store_damaged");
}

#[test]
fn it_shows_where_it_is() {
    let (folder, store, _registry) = open();
    let path = folder.path().join("stopgap.db");
    assert_eq!(format!("{store:?}"), format!("Sqlite({path:?})"));
}
