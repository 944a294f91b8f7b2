//! A file as a crash left it: what SQLite says of it, and what is in it.

use std::path::{Path, PathBuf};

use chrono::TimeDelta;
use rusqlite::Connection;
use stopgap_registry::{
    Clock, Registry, Sqlite, SystemClock,
    stopgap::{Actor, KeyId, KeyRing, MasterKey, Role},
};
use tempfile::TempDir;

use crate::careless::Careless;

pub(crate) struct File {
    pub(crate) path: PathBuf,
    _folder: TempDir,
}

impl File {
    pub(crate) fn new(name: &str) -> Self {
        // On a disk, where there is one.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        Self {
            path: folder.path().join(name),
            _folder: folder,
        }
    }

    pub(crate) fn text(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// One number that is read from it.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        let connection = Connection::open(&self.path).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Whether SQLite finds every page, index and reference whole.
    pub(crate) fn is_whole(&self) {
        let connection = Connection::open(&self.path).unwrap();
        let check = "PRAGMA integrity_check";
        let says: String = connection.query_row(check, [], |row| row.get(0)).unwrap();
        assert_eq!(says, "ok");
        assert_eq!(
            self.number("SELECT count(*) FROM pragma_foreign_key_check"),
            0
        );
    }
}

pub(crate) fn root() -> Actor {
    Actor::new("root", Role::SuperAdministrator).unwrap()
}

fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

/// So many days later than it is.
pub(crate) fn open(path: &Path, days: i64) -> Registry {
    let later = TimeDelta::try_days(days).unwrap();
    let keys = keys();
    let builder = Registry::builder(&keys).clock(move || SystemClock.now() + later);
    builder.open(path.to_str().unwrap()).unwrap()
}

/// The control: each write is in a transaction of its own.
pub(crate) fn open_carelessly(path: &Path) -> Registry {
    let careless = Careless {
        store: Sqlite::open(path, SystemClock.now()).unwrap(),
        piecemeal: true,
        crowd: None,
    };
    Registry::builder(&keys()).over(careless).unwrap()
}
