//! A store is backed up while others write, and restored.
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use chrono::TimeDelta;
use rusqlite::Connection;
use stopgap_registry::{
    BackupError, Clock, Error, EventFilter, EventKind, Registry, Restore, RevokeOnRestore, Sqlite,
    SystemClock, missing_keys,
    stopgap::{
        Actor, KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, Role, VerifyRequest, chrono::Utc,
    },
};
use tempfile::TempDir;

fn key(number: u8) -> MasterKey {
    MasterKey::from_bytes([number; 32])
}

fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &key(7))
}

fn root() -> Actor {
    Actor::new("root", Role::SuperAdministrator).unwrap()
}

/// A folder with a store.
struct World {
    folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn store(&self) -> Sqlite {
        open(&self.path("stopgap.db"))
    }

    fn registry(&self, tenant: &str) -> Registry {
        let keys = keys();
        let builder = Registry::builder(&keys).tenant(tenant);
        builder.over(self.store()).unwrap()
    }

    fn restore(&self, replaces: bool) -> Result<Restore, BackupError> {
        let to = self.path("stopgap.db");
        Restore::read(self.path("copy.db"), to, replaces, SystemClock.now())
    }

    /// Returns the names of the files, but for the file of the locks.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.filter(|name| !name.ends_with("-lock")).collect();
        names.sort();
        names
    }
}

fn open(path: &Path) -> Sqlite {
    Sqlite::open(path, SystemClock.now()).unwrap()
}

fn issue(registry: &Registry, user: &str, policy: &OnlinePolicy) -> String {
    let issued = registry.issue_code(&root(), user, policy, &Utc).unwrap();
    issued.code.reveal().to_string()
}

fn verify(registry: &Registry, user: &str, code: &str) -> Result<(), Error> {
    let request = VerifyRequest::new(user, code, Purpose::Bypass);
    registry.verify_code(&request).map(drop)
}

fn number(path: &Path, sql: &str) -> i64 {
    let connection = Connection::open(path).unwrap();
    connection.query_row(sql, [], |row| row.get(0)).unwrap()
}

/// Each copy has the first codes of each writer, each with its event.
#[test]
fn a_store_is_backed_up_while_others_write() {
    const WRITERS: usize = 4;
    let world = World::new();
    let store = Arc::new(world.store());
    let (stops, issued) = (AtomicBool::new(false), AtomicUsize::new(0));
    let copies = thread::scope(|scope| {
        for writer in 0..WRITERS {
            let (store, stops, issued) = (Arc::clone(&store), &stops, &issued);
            scope.spawn(move || {
                let registry = Registry::builder(&keys()).over(store).unwrap();
                while !stops.load(Ordering::SeqCst) {
                    let user = format!("user-{writer}");
                    let policy = OnlinePolicy::default();
                    if let Err(error) = registry.issue_code(&root(), &*user, &policy, &Utc) {
                        stops.store(true, Ordering::SeqCst);
                        panic!("{error}");
                    }
                    issued.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
        let mut copies = Vec::new();
        for copy in 0..5 {
            let before = issued.load(Ordering::SeqCst);
            let has_stopped = || stops.load(Ordering::SeqCst);
            while issued.load(Ordering::SeqCst) < before + 20 && !has_stopped() {
                thread::yield_now();
            }
            let at_least = issued.load(Ordering::SeqCst);
            let path = world.path(&format!("copy-{copy}.db"));
            let backed_up = store.back_up(&path);
            copies.push((path, at_least, backed_up));
        }
        stops.store(true, Ordering::SeqCst);
        copies
    });
    let mut last = 0;
    for (path, at_least, backed_up) in copies {
        let backed_up = backed_up.unwrap();
        // A complete file: SQLite needs no log, and writes none to read it.
        assert_eq!(fs::read(&path).unwrap()[18..20], [1, 1]);
        let codes = number(&path, "SELECT count(*) FROM online_codes");
        assert!(usize::try_from(codes).unwrap() >= at_least);
        assert!(codes > last);
        last = codes;
        let rows = backed_up.tables.iter();
        let rows = rows.filter(|table| table.table.as_str() == "online_codes");
        assert_eq!(
            rows.map(|table| table.rows).sum::<u64>(),
            codes.unsigned_abs()
        );
        assert_eq!(backed_up.tenants, 1);
        // The numbers of a user's codes have no gap, and each code has its event.
        let gaps = "SELECT count(*) FROM (SELECT max(number) - count(*) AS gap FROM online_codes \
                    GROUP BY user_name) WHERE gap <> 0";
        assert_eq!(number(&path, gaps), 0);
        let events = "SELECT count(*) FROM events WHERE kind = 'online.issue'";
        assert_eq!(number(&path, events), codes);
        drop(open(&path));
    }
}

#[cfg(unix)]
#[test]
fn a_backup_is_for_its_owner_alone_and_overwrites_nothing() {
    use std::os::unix::fs::PermissionsExt as _;

    let world = World::new();
    let store = world.store();
    let path = world.path("copy.db");
    store.back_up(&path).unwrap();
    let mode = fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let before = fs::read(&path).unwrap();
    std::os::unix::fs::symlink("nowhere", world.path("link.db")).unwrap();
    for name in ["copy.db", "link.db", "stopgap.db"] {
        let error = store.back_up(world.path(name)).unwrap_err();
        assert!(matches!(error, BackupError::Exists { .. }), "{error}");
    }
    let error = store.back_up(world.path("none/copy.db")).unwrap_err();
    assert!(matches!(error, BackupError::File { .. }), "{error}");
    assert!(before == fs::read(&path).unwrap());
    drop(store);
    assert_eq!(world.names(), ["copy.db", "link.db", "stopgap.db"]);
}

#[test]
fn a_damaged_store_gets_no_backup() {
    let world = World::new();
    let registry = world.registry("default");
    for _ in 0..50 {
        issue(&registry, "alice", &OnlinePolicy::default());
    }
    drop(registry);
    // An index without its last entries.
    let path = world.path("stopgap.db");
    let connection = Connection::open(&path).unwrap();
    let root = connection
        .query_row(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'events_by_kind'",
            [],
            |row| row.get::<_, u32>(0),
        )
        .unwrap() as usize;
    let size = connection
        .query_row("PRAGMA page_size", [], |row| row.get::<_, u32>(0))
        .unwrap() as usize;
    drop(connection);
    let mut bytes = fs::read(&path).unwrap();
    let cells = (root - 1) * size + 3;
    let count = u16::from_be_bytes([bytes[cells], bytes[cells + 1]]);
    bytes[cells..cells + 2].copy_from_slice(&(count - 1).to_be_bytes());
    fs::write(&path, bytes).unwrap();
    let error = world.store().back_up(world.path("copy.db")).unwrap_err();
    let reason = error.reason();
    assert!(
        ["backup_damaged", "store_damaged"].contains(&reason),
        "{error}"
    );
    assert_eq!(world.names(), ["stopgap.db"]);
}

/// Makes a backup in which a code has its use, and spends the use afterwards.
fn spent() -> (World, [String; 3]) {
    let world = World::new();
    let codes = ["acme", "default"].map(|tenant| {
        let registry = world.registry(tenant);
        let once = OnlinePolicy::default().max_uses(1);
        let tomorrow = SystemClock.now() + TimeDelta::try_days(1).unwrap();
        [
            issue(&registry, "alice", &once),
            issue(&registry, "alice", &OnlinePolicy::default()),
            issue(&registry, "bob", &once.not_before(tomorrow)),
        ]
    });
    world.store().back_up(world.path("copy.db")).unwrap();
    let [_, codes] = codes;
    let registry = world.registry("default");
    verify(&registry, "alice", &codes[0]).unwrap();
    drop(registry);
    (world, codes)
}

/// Restores, and calls each tenant's registry.
fn restore(world: &World, replaces: bool, revoke: RevokeOnRestore) -> Option<PathBuf> {
    let restore = world.restore(replaces).unwrap();
    assert!(missing_keys(&*restore.store(), &keys()).unwrap().is_empty());
    for tenant in ["acme", "default"] {
        let keys = keys();
        let builder = Registry::builder(&keys).tenant(tenant);
        let registry = builder.over(restore.store()).unwrap();
        let restored = registry.restored(&root(), revoke).unwrap();
        let expected = match revoke {
            RevokeOnRestore::Limited => 1,
            RevokeOnRestore::All => 3,
            RevokeOnRestore::Nothing => 0,
        };
        assert_eq!(restored.revoked.len(), expected);
        assert!(restored.as_of.unwrap() <= SystemClock.now());
    }
    restore.finish().unwrap()
}

#[test]
fn a_restored_store_does_not_grant_a_spent_use_again() {
    for (revoke, expected) in [
        (RevokeOnRestore::Limited, [Some("revoked"), None]),
        (RevokeOnRestore::All, [Some("revoked"), Some("revoked")]),
        (RevokeOnRestore::Nothing, [None, None]),
    ] {
        let (world, codes) = spent();
        let aside = restore(&world, true, revoke).unwrap();
        let registry = world.registry("default");
        let verdicts = [&codes[0], &codes[1]].map(|code| verify(&registry, "alice", code));
        let reasons = verdicts
            .each_ref()
            .map(|verdict| verdict.as_ref().err().map(Error::reason));
        assert_eq!(reasons, expected, "{revoke:?}");
        let filter = EventFilter {
            kind: Some(EventKind::RestoreStore),
            ..EventFilter::default()
        };
        for tenant in ["acme", "default"] {
            let events = world.registry(tenant).events(&root(), &filter).unwrap();
            assert_eq!(events.len(), 1);
            let detail = events[0].detail.as_deref().unwrap();
            assert!(
                detail.ends_with(&format!("; revokes {}", revoke.as_str())),
                "{detail}"
            );
        }
        drop(registry);
        // The earlier store is complete under its new name.
        let uses = "SELECT sum(uses) FROM online_codes";
        assert_eq!(number(&aside, uses), 1);
        assert_eq!(world.names().len(), 3, "{:?}", world.names());
    }
}

#[test]
fn a_store_that_is_there_or_in_use_is_not_replaced() {
    let (world, _) = spent();
    let names = world.names();
    let error = world.restore(false).unwrap_err();
    assert!(matches!(error, BackupError::Exists { .. }), "{error}");
    let store = world.store();
    let error = world.restore(true).unwrap().finish().unwrap_err();
    assert!(matches!(error, BackupError::InUse { .. }), "{error}");
    drop(store);
    // Another program has it open.
    let other = Connection::open(world.path("stopgap.db")).unwrap();
    let sql = "SELECT count(*) FROM events";
    let _: i64 = other.query_row(sql, [], |row| row.get(0)).unwrap();
    let error = world.restore(true).unwrap().finish().unwrap_err();
    assert!(matches!(error, BackupError::InUse { .. }), "{error}");
    drop(other);
    // An open registry would write to the copy after it has its name.
    let open = world.restore(true).unwrap();
    let held = open.store();
    open.finish().unwrap_err();
    drop(held);
    assert_eq!(world.names(), names);
    assert!(world.restore(true).unwrap().finish().unwrap().is_some());
}

#[test]
fn a_log_that_was_left_behind_is_not_applied_to_the_copy() {
    let (world, codes) = spent();
    // A store whose log was not copied into its file.
    let store = world.store();
    let registry = Registry::builder(&keys()).over(store).unwrap();
    issue(&registry, "zoe", &OnlinePolicy::default());
    let log = fs::read(world.path("stopgap.db-wal")).unwrap();
    assert!(!log.is_empty());
    drop(registry);
    fs::remove_file(world.path("stopgap.db")).unwrap();
    fs::write(world.path("stopgap.db-wal"), log).unwrap();
    let error = world.restore(false).unwrap_err();
    assert!(error.to_string().contains("stopgap.db-wal"), "{error}");
    fs::remove_file(world.path("stopgap.db-wal")).unwrap();
    assert_eq!(restore(&world, false, RevokeOnRestore::Nothing), None);
    verify(&world.registry("default"), "alice", &codes[0]).unwrap();
}

#[test]
fn a_damaged_store_is_replaced_as_it_is() {
    let (world, codes) = spent();
    let damaged = "no store".repeat(999);
    fs::write(world.path("stopgap.db"), &damaged).unwrap();
    fs::write(world.path("stopgap.db-wal"), "its log").unwrap();
    let aside = restore(&world, true, RevokeOnRestore::Nothing).unwrap();
    assert!(fs::read(&aside).unwrap() == damaged.as_bytes());
    let log = format!("{}-wal", aside.display());
    assert_eq!(fs::read(log).unwrap(), b"its log");
    verify(&world.registry("default"), "alice", &codes[0]).unwrap();
}

#[test]
fn only_a_backup_is_restored() {
    let world = World::new();
    let refused = |bytes: &[u8], reason: &str| {
        fs::write(world.path("copy.db"), bytes).unwrap();
        let error = world.restore(false).unwrap_err();
        assert_eq!(error.reason(), reason, "{error}");
        assert_eq!(world.names(), ["copy.db"]);
    };
    refused(b"", "store_missing");
    refused("no store ".repeat(200).as_bytes(), "store_foreign");
    let other = World::new();
    let registry = other.registry("default");
    for _ in 0..50 {
        issue(&registry, "alice", &OnlinePolicy::default());
    }
    drop(registry);
    // Copied by other means, with its log.
    fs::copy(other.path("stopgap.db"), other.path("copy.db")).unwrap();
    fs::write(other.path("copy.db-wal"), "").unwrap();
    let target = other.path("new.db");
    let error = Restore::read(other.path("copy.db"), &target, false, SystemClock.now());
    assert_eq!(error.unwrap_err().reason(), "backup_has_log");
    let whole = fs::read(other.path("stopgap.db")).unwrap();
    refused(&whole[..whole.len() - 4096], "store_damaged");
    let connection = Connection::open(other.path("stopgap.db")).unwrap();
    connection.execute_batch("DROP TABLE events").unwrap();
    drop(connection);
    refused(
        &fs::read(other.path("stopgap.db")).unwrap(),
        "store_altered",
    );
}

#[test]
fn the_keys_are_compared_with_those_of_the_backup() {
    let (world, _) = spent();
    let restore = world.restore(true).unwrap();
    let store = restore.store();
    let wrong = KeyRing::new(KeyId(1), &key(8));
    let error = missing_keys(&*store, &wrong).unwrap_err();
    assert_eq!(error.reason(), "wrong_key");
    let others = KeyRing::new(KeyId(2), &key(8));
    let error = missing_keys(&*store, &others).unwrap_err();
    assert_eq!(error.reason(), "key_missing");
    let mut more = KeyRing::new(KeyId(2), &key(8));
    more.add(KeyId(1), &key(7)).unwrap();
    assert!(missing_keys(&*store, &more).unwrap().is_empty());
    // The store knows both keys, and the ring has one of them.
    drop(Registry::builder(&more).over(Arc::clone(&store)).unwrap());
    let missing = missing_keys(&*store, &keys()).unwrap();
    assert_eq!(Vec::from_iter(missing), [KeyId(2)]);
}
