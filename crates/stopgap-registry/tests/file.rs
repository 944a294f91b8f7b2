//! The file of a SQLite store: its permissions, its name, and the objects in it.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::{fs, path::Path};

use chrono::{DateTime, Utc};
use rusqlite::Connection;
use stopgap_registry::{
    Sqlite, StoreError,
    stopgap::{Actor, KeyId, KeyRing, MasterKey, OnlinePolicy, Role},
    store::{Row, Store, Table, Value},
};

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

fn open(path: &Path) -> Result<Sqlite, StoreError> {
    Sqlite::open(path, now())
}

/// Creates a store, runs `sql` on it like another program, and opens it again.
fn altered_by(sql: &str) -> Result<Sqlite, StoreError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    drop(open(&path).unwrap());
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    open(&path)
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_use_new_files() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
    let root = Actor::new("root", Role::SuperAdministrator).unwrap();
    for through_link in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.db");
        if through_link {
            symlink(folder.path().join("target.db"), &path).unwrap();
        }
        let store = open(&path).unwrap();
        let registry = stopgap_registry::Registry::builder(&keys)
            .over(store)
            .unwrap();
        let policy = OnlinePolicy::default();
        let _ = registry.issue_code(&root, "alice", &policy, &Utc).unwrap();
        let mut seen = 0;
        for entry in fs::read_dir(folder.path()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_symlink() {
                continue;
            }
            let mode = fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
            seen += 1;
        }
        // The database, its log, the index of the log, and the locks.
        assert!(seen >= 3, "{seen} files");
    }
}

/// Processes must share the locks, even if they open the file under different names.
#[cfg(unix)]
#[test]
fn a_link_and_its_target_are_one_store() {
    let folder = tempfile::tempdir().unwrap();
    let (path, link) = (folder.path().join("x.db"), folder.path().join("link.db"));
    let store = open(&path).unwrap();
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let linked = open(&link).unwrap();
    let tenant = "acme".parse().unwrap();
    let values = vec![
        7_u32.into(),
        false.into(),
        Value::Null,
        false.into(),
        0_u32.into(),
    ];
    let row = Row::new(Table::RingKeys, values);
    assert_eq!(linked.keep(&tenant, std::slice::from_ref(&row)).unwrap(), 1);
    assert_eq!(store.keep(&tenant, &[row]).unwrap(), 0);
    let names = fs::read_dir(folder.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut beside: Vec<_> = names.filter(|name| name.starts_with("link")).collect();
    assert_eq!(beside.pop().as_deref(), Some("link.db"));
    assert!(beside.is_empty(), "{beside:?}");
}

#[cfg(unix)]
#[test]
fn the_mode_of_an_existing_file_is_unchanged() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    drop(open(&path).unwrap());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    drop(open(&path).unwrap());
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    // The file with the locks has that mode, so that both users can lock the store.
    let lock = folder.path().join("x.db-lock");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    #[cfg(target_os = "linux")]
    assert_eq!(mode(&lock), 0o640);

    // The lock file is not opened through a link, which could lead to a file of another
    // program.
    let other = folder.path().join("other");
    fs::write(&other, "").unwrap();
    fs::set_permissions(&other, fs::Permissions::from_mode(0o600)).unwrap();
    fs::remove_file(&lock).unwrap();
    std::os::unix::fs::symlink(&other, &lock).unwrap();
    #[cfg(target_os = "linux")]
    assert!(matches!(open(&path), Err(StoreError::CannotOpen { .. })));
    assert_eq!(mode(&other), 0o600);
}

#[test]
fn names_with_another_meaning_for_sqlite_are_refused() {
    for name in ["file:x.db", "FILE:x.db", "file:///tmp/x.db", ":memory:"] {
        let error = open(Path::new(name)).unwrap_err();
        assert!(matches!(error, StoreError::Address { .. }), "{error}");
        for open in [Sqlite::open_source, Sqlite::open_existing] {
            let error = open(name, now()).unwrap_err();
            assert!(matches!(error, StoreError::Address { .. }), "{error}");
        }
    }
    let error = open(Path::new("")).unwrap_err();
    assert!(matches!(error, StoreError::CannotOpen { .. }), "{error}");
}

#[test]
fn a_store_that_must_exist_is_not_created() {
    let folder = tempfile::tempdir().unwrap();
    let (missing, empty) = (
        folder.path().join("missing.db"),
        folder.path().join("empty.db"),
    );
    fs::write(&empty, "").unwrap();
    for open in [Sqlite::open_source, Sqlite::open_existing] {
        for path in [&missing, &empty] {
            let error = open(path, now()).unwrap_err();
            assert!(matches!(error, StoreError::Missing), "{error}");
        }
    }
    assert!(!missing.exists());
    assert_eq!(fs::read(&empty).unwrap(), b"");
    drop(open(&empty).unwrap());
    drop(Sqlite::open_existing(&empty, now()).unwrap());
}

#[cfg(unix)]
#[test]
fn a_path_is_never_a_uri() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file:x.db?mode=memory");
    let store = open(&path).unwrap();
    assert!(fs::metadata(&path).unwrap().len() > 0);
    drop(store);
}

#[test]
fn objects_that_change_the_outcome_are_refused() {
    let cases = [
        (
            "CREATE TRIGGER immortal BEFORE UPDATE ON online_codes BEGIN SELECT RAISE(IGNORE); END",
            "DROP TRIGGER",
        ),
        (
            "CREATE VIEW codes AS SELECT * FROM online_codes",
            "DROP VIEW",
        ),
        ("DROP INDEX online_codes_by_user", "CREATE UNIQUE INDEX"),
        (
            "CREATE UNIQUE INDEX one_use ON online_codes (tenant, uses)",
            "DROP INDEX",
        ),
        (
            "DROP INDEX online_codes_by_key; \
             CREATE INDEX online_codes_by_key ON online_codes (tenant, uses)",
            "was changed",
        ),
        (
            "ALTER TABLE online_codes ADD COLUMN note TEXT",
            "was changed",
        ),
        ("DROP TABLE events", "restore"),
        (
            "CREATE TABLE theirs (tenant TEXT REFERENCES tenants (tenant))",
            "foreign key",
        ),
    ];
    for (sql, correction) in cases {
        let error = altered_by(sql).unwrap_err();
        assert_eq!(error.reason(), "store_altered", "{sql}: {error}");
        assert!(error.to_string().contains(correction), "{sql}: {error}");
    }
}

#[test]
fn every_table_and_index_must_be_there() {
    for table in Table::ALL {
        let declaration = table.declaration();
        let tables = [format!("DROP TABLE {}", declaration.name)];
        let indexes = declaration.indexes.iter();
        let indexes = indexes.map(|index| format!("DROP INDEX {}", index.name));
        for sql in tables.into_iter().chain(indexes) {
            let error = altered_by(&sql).unwrap_err();
            assert_eq!(error.reason(), "store_altered", "{sql}: {error}");
        }
    }
}

#[test]
fn tables_of_other_programs_are_tolerated() {
    let sql = "CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER); \
               CREATE INDEX theirs ON _litestream_seq (seq); ANALYZE";
    let _ = altered_by(sql).unwrap();
}
