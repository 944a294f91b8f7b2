//! Tests that need the store's own connections.
#![allow(clippy::arithmetic_side_effects, reason = "a test fails by a panic")]

mod compare;
mod damage;
mod file;
mod group;
mod plans;

use rusqlite::Connection;

use super::*;

fn name(name: &str) -> Name {
    Name::new(name).unwrap()
}

/// Returns the instant this number of microseconds after 2027-01-15 08:00 UTC.
fn at(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(1_800_000_000_000_000 + micros).unwrap()
}

fn open() -> (tempfile::TempDir, Sqlite) {
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path().join("stopgap.db"), at(0)).unwrap();
    (folder, store)
}

/// Runs a test on the connection that writes.
fn on_writer<T>(store: &Sqlite, test: impl FnOnce(&mut Connection) -> T) -> T {
    store.files.get().writer.on_connection(test)
}

fn set(store: &Sqlite, pragma: &str, value: i64) {
    on_writer(store, |writer| writer.pragma_update(None, pragma, value)).unwrap();
}
