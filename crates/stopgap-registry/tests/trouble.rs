//! SQLite files that cannot be used: the errors say why, and nothing is done in part.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[cfg(unix)]
#[path = "processes/program.rs"]
mod program;

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use chrono::{TimeZone, Utc};
use rusqlite::Connection;
use stopgap::{Actor, KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, Role, VerifyRequest};
use stopgap_registry::{Error, ErrorKind, Registry, StoreError};
use tempfile::TempDir;

fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

fn root() -> Actor {
    Actor::new("root", Role::SuperAdministrator).unwrap()
}

fn open(path: &Path) -> Result<Registry, Error> {
    Registry::open(path.to_str().unwrap(), &keys())
}

/// A folder with a store in it, and the only code of alice.
fn store() -> (TempDir, PathBuf, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stopgap.db");
    let registry = open(&path).unwrap();
    let code = issue(&registry).unwrap();
    (folder, path, code)
}

fn issue(registry: &Registry) -> Result<String, Error> {
    let policy = OnlinePolicy::default().max_uses(1);
    let issued = registry.issue_code(&root(), "alice", &policy, &Utc)?;
    Ok(issued.code.reveal().to_string())
}

/// Returns the store's error of a call that must fail.
fn trouble<T: std::fmt::Debug>(outcome: Result<T, Error>) -> StoreError {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store, "{error}");
    match error {
        Error::Store(error) => {
            // The outcome is never unknown with a file.
            assert!(error.outcome_is_known(), "{error}");
            error
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn no_store_is_opened_at_an_unusable_address() {
    for url in [
        "mysql://user:secret@server/db",
        "memory:secret",
        "",
        "sqlite:",
        ":memory:",
        "sqlite::memory:",
    ] {
        let error = trouble(Registry::open(url, &keys()));
        let refused = matches!(error, StoreError::Address { .. });
        assert!(refused, "{url}: {error}");
        assert!(!error.to_string().contains("secret"));
    }
    for url in [
        "postgres:host=server password=secret",
        "postgres://user:secret@secret@server/db",
        "postgresql://user:secret@server/db?sslmode=off",
    ] {
        let error = trouble(Registry::open(url, &keys()));
        let refused = matches!(error, StoreError::Address { .. });
        assert!(refused, "{url}: {error}");
        assert!(!error.to_string().contains("secret"));
    }
    let folder = tempfile::tempdir().unwrap();
    let error = trouble(open(&folder.path().join("no/such/folder/stopgap.db")));
    assert!(matches!(error, StoreError::CannotOpen { .. }), "{error}");
    assert!(error.to_string().contains("no/such/folder"));
    let error = trouble(open(folder.path()));
    assert!(matches!(error, StoreError::CannotOpen { .. }), "{error}");
}

#[test]
fn an_address_may_begin_with_sqlite() {
    let (_folder, path, code) = store();
    for scheme in ["sqlite:", "sqlite:///"] {
        let url = format!("{scheme}{}", path.display());
        let registry = Registry::open(&url, &keys()).unwrap();
        assert_eq!(registry.codes(&root(), "alice").unwrap().len(), 1);
    }
    let registry = open(&path).unwrap();
    let _ = registry
        .verify_code(&VerifyRequest::new("alice", &code, Purpose::Reset))
        .unwrap();
}

#[test]
fn foreign_files() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text");
    fs::write(&text, "a letter to somebody\n".repeat(500)).unwrap();
    let other = folder.path().join("other.db");
    Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE people (name TEXT)")
        .unwrap();
    let marked = folder.path().join("marked.db");
    Connection::open(&marked)
        .unwrap()
        .execute_batch("PRAGMA application_id = 252006674; CREATE TABLE t (a)")
        .unwrap();
    for path in [text, other, marked] {
        let before = fs::read(&path).unwrap();
        let error = trouble(open(&path));
        assert!(matches!(error, StoreError::Foreign(_)), "{error}");
        assert_eq!(fs::read(&path).unwrap(), before);
    }
    // An empty file is a new store.
    let empty = folder.path().join("empty.db");
    fs::write(&empty, "").unwrap();
    issue(&open(&empty).unwrap()).unwrap();
}

#[test]
fn a_newer_schema_is_refused() {
    let (_folder, path, _) = store();
    Connection::open(&path)
        .unwrap()
        .execute("INSERT INTO migrations VALUES (2, 'later', 0)", [])
        .unwrap();
    let error = trouble(open(&path));
    assert!(matches!(error, StoreError::Newer { found: 2, known: 1 }));
    assert!(error.to_string().contains("update Stopgap"));
}

#[test]
fn migrations_are_recorded() {
    let (_folder, path, _) = store();
    let connection = Connection::open(&path).unwrap();
    let row: (i64, String, i64) = connection
        .query_row("SELECT * FROM migrations", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!((row.0, row.1.as_str()), (1, "first"));
    let applied = Utc.timestamp_micros(row.2).unwrap();
    let now: chrono::DateTime<Utc> = std::time::SystemTime::now().into();
    assert!((now - applied).num_seconds() < 600);
}

#[test]
fn many_open_a_new_store_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("stopgap.db");
    thread::scope(|scope| {
        let opened: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| issue(&open(&path).unwrap()).unwrap()))
            .collect();
        for one in opened {
            one.join().unwrap();
        }
    });
    let registry = open(&path).unwrap();
    assert_eq!(registry.codes(&root(), "alice").unwrap().len(), 8);
}

#[test]
fn a_file_that_was_cut_off_is_an_error() {
    let (_folder, path, _) = store();
    let whole = fs::read(&path).unwrap();
    assert!(whole.len() > 3 * 4_096);
    for length in [whole.len() - 1, whole.len() / 2, 4_096, 100] {
        fs::write(&path, &whole[..length]).unwrap();
        let error = trouble(open(&path));
        let damaged = matches!(error, StoreError::Damaged(_) | StoreError::Foreign(_));
        assert!(damaged, "{length}: {error:?}");
        assert_eq!(fs::read(&path).unwrap(), whole[..length]);
    }
    fs::write(&path, whole).unwrap();
    open(&path).unwrap();
}

#[test]
fn a_file_with_damaged_pages_grants_no_code_twice() {
    let (_folder, path, code) = store();
    let whole = fs::read(&path).unwrap();
    // Each page except the first is damaged in turn. There may be an error, unless the page
    // is not needed. There is never a panic, and the code is never granted twice.
    for page in 1..whole.len() / 4_096 {
        let mut bytes = whole.clone();
        bytes[page * 4_096..(page + 1) * 4_096].fill(0xA5);
        fs::write(&path, &bytes).unwrap();
        let outcome = open(&path).and_then(|registry| {
            let verdict = registry.verify_code(&VerifyRequest::new("alice", &code, Purpose::Reset));
            verdict.map(|granted| granted.uses_left)
        });
        match outcome {
            Ok(left) => assert_eq!(left, Some(0)),
            Err(Error::Store(StoreError::Damaged(_) | StoreError::Row { .. })) => {}
            Err(other) => panic!("page {page}: {other:?}"),
        }
        for side in ["-wal", "-shm"] {
            let mut name = path.clone().into_os_string();
            name.push(side);
            let _ = fs::remove_file(name);
        }
    }
}

#[test]
fn a_lock_that_is_held() {
    let (_folder, path, code) = store();
    let registry = open(&path).unwrap();
    let other = Connection::open(&path).unwrap();
    let verify = || registry.verify_code(&VerifyRequest::new("alice", &code, Purpose::Reset));

    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let error = trouble(verify());
    assert!(matches!(error, StoreError::Locked(_)), "{error:?}");
    assert!(error.to_string().contains("try again"));

    // The call waits for a lock that is released in time.
    thread::scope(|scope| {
        let waiting = scope.spawn(verify);
        thread::sleep(std::time::Duration::from_millis(300));
        other.execute_batch("ROLLBACK").unwrap();
        let _ = waiting.join().unwrap().unwrap();
    });
}

/// Makes [`a_read_only_file`] open the store of this path, as a user who may not write.
const READ_ONLY: &str = "STOPGAP_TEST_READ_ONLY";

#[test]
#[cfg(unix)]
fn a_read_only_file() {
    use std::os::unix::{fs::PermissionsExt, process::CommandExt};

    if let Some(path) = std::env::var_os(READ_ONLY) {
        let outcome = open(Path::new(&path)).and_then(|registry| issue(&registry));
        let error = trouble(outcome);
        assert!(matches!(error, StoreError::ReadOnly(_)), "{error:?}");
        return;
    }
    let mode = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    };
    let (folder, path, code) = store();
    // Root may write to every file, so another user opens it.
    let copy = folder.path().join("test");
    fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
    mode(&copy, 0o555);
    mode(&path, 0o444);
    mode(folder.path(), 0o555);
    let mut child = program::program(&copy);
    child
        .args(["--exact", "a_read_only_file"])
        .env(READ_ONLY, &path);
    let root = Connection::open(&path)
        .and_then(|connection| connection.execute_batch("BEGIN IMMEDIATE; ROLLBACK"))
        .is_ok();
    if root {
        child.uid(65_534).gid(65_534);
    }
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}");
    assert!(said.contains("1 passed"), "{said}");
    mode(folder.path(), 0o755);
    mode(&path, 0o644);
    let _ = open(&path)
        .unwrap()
        .verify_code(&VerifyRequest::new("alice", &code, Purpose::Reset))
        .unwrap();
}

/// Another program has edited the rows: each column in turn has a value that no store
/// writes.
#[test]
fn rows_with_impossible_values_are_errors() {
    let (_folder, path, code) = store();
    let registry = open(&path).unwrap();
    let request = VerifyRequest::new("alice", &code, Purpose::Reset);
    let request = request.idempotency_key("key");
    // The head stays when the answer is removed.
    let _ = registry.verify_code(&request).unwrap();
    let outside = Connection::open(&path).unwrap();
    let columns = [
        ("online_codes", "id", "x'00'"),
        ("online_codes", "user_name", "''"),
        ("online_codes", "number", "-1"),
        ("online_codes", "key_id", "-1"),
        ("online_codes", "format", "'{'"),
        ("online_codes", "purposes", "0"),
        ("online_codes", "purposes", "8"),
        ("online_codes", "expires_at", "9223372036854775807"),
        ("online_codes", "max_uses", "-1"),
        ("online_codes", "uses", "4294967296"),
        ("online_codes", "ends_at", "9223372036854775807"),
        ("online_codes", "tag", "x'0102'"),
        ("heads", "key_id", "4294967296"),
        ("heads", "failures", "-1"),
        ("heads", "locked_until", "9223372036854775807"),
        ("heads", "changes", "-1"),
        ("heads", "is_stranger", "2"),
        ("heads", "failed_at", "9223372036854775807"),
        ("heads", "tag", "x''"),
        ("verifications", "key_id", "-1"),
        ("verifications", "purpose", "'sleep'"),
        ("verifications", "digest", "x'0102'"),
        ("verifications", "answered_at", "9223372036854775807"),
        ("tenants", "seen_at", "9223372036854775807"),
        ("tenants", "formats", "'[1]'"),
        ("tenants", "log_days", "-1"),
        ("tenants", "changes", "4294967296"),
    ];
    for (table, column, odd) in columns {
        let held: rusqlite::types::Value = outside
            .query_row(&format!("SELECT {column} FROM {table}"), [], |row| {
                row.get(0)
            })
            .unwrap();
        let odd = format!("UPDATE {table} SET {column} = {odd}");
        outside.execute(&odd, []).unwrap();
        let error = trouble(registry.verify_code(&request));
        let StoreError::Row { table: found, .. } = &error else {
            panic!("{table}.{column}: {error:?}");
        };
        assert_eq!(*found, table, "{error}");
        assert!(error.to_string().contains(column), "{error}");
        outside
            .execute(&format!("UPDATE {table} SET {column} = ?1"), [held])
            .unwrap();
    }
    assert!(registry.verify_code(&request).unwrap().replayed);
}
