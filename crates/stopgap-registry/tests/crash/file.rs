//! A file after a crash: its integrity and its content.

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
        // The folder is on a disk, not in memory.
        let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        Self {
            path: folder.path().join(name),
            _folder: folder,
        }
    }

    /// Returns a file that exists.
    pub(crate) fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            _folder: TempDir::new().unwrap(),
        }
    }

    pub(crate) fn text(&self) -> &str {
        self.path.to_str().unwrap()
    }

    /// Returns the number that a query selects.
    pub(crate) fn number(&self, sql: &str) -> i64 {
        let connection = Connection::open(&self.path).unwrap();
        connection.query_row(sql, [], |row| row.get(0)).unwrap()
    }

    /// Checks the integrity of every page and every index with SQLite.
    pub(crate) fn is_whole(&self) {
        let connection = Connection::open(&self.path).unwrap();
        let check = "PRAGMA integrity_check";
        let found: String = connection.query_row(check, [], |row| row.get(0)).unwrap();
        assert_eq!(found, "ok");
    }
}

pub(crate) fn root() -> Actor {
    Actor::new("root", Role::SuperAdministrator).unwrap()
}

fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

/// Opens a registry whose clock is some days ahead.
pub(crate) fn open(path: &Path, days: i64) -> Registry {
    let later = TimeDelta::try_days(days).unwrap();
    let keys = keys();
    let builder = Registry::builder(&keys).clock(move || SystemClock.now() + later);
    builder.open(path.to_str().unwrap()).unwrap()
}

/// Opens the control, in which each change has its own transaction.
pub(crate) fn open_carelessly(path: &Path) -> Registry {
    let careless = Careless {
        store: Sqlite::open(path, SystemClock.now()).unwrap(),
        piecemeal: true,
        crowd: None,
    };
    Registry::builder(&keys()).over(careless).unwrap()
}
