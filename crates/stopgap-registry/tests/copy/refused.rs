//! What is not copied, and what is said of it.

use std::{fs, sync::Arc};

use rusqlite::params;
use stopgap_registry::{
    CopyError, Memory, Sqlite, StoreError,
    store::{self, Store},
};

use crate::{
    file::File,
    filled::{TENANTS, fill, noon, open},
    moved,
};

#[test]
fn a_store_is_not_copied_to_itself() {
    let file = File::new();
    let store = file.open();
    let refused = moved(&store, &store);
    assert!(matches!(refused, Err(CopyError::SameStore)), "{refused:?}");
}

/// Nothing is written where something else is found.
#[test]
fn the_target_holds_nothing_else() {
    let from = File::new();
    let source = Arc::new(from.open());
    fill(&source, 0);

    // Another tenant.
    let file = File::new();
    let to = Arc::new(file.open());
    open(Arc::clone(&to), "other");
    let error = moved(&*source, &*to).unwrap_err();
    assert_eq!(error.reason(), "copy_tenant");
    assert!(error.to_string().contains("the tenant other"), "{error}");
    assert_eq!(to.tenants().unwrap().len(), 1);

    // The same one, who opened it: its key was noted at another time.
    let file = File::new();
    let to = Arc::new(file.open());
    open(Arc::clone(&to), TENANTS[0]);
    let error = moved(&*source, &*to).unwrap_err();
    assert_eq!(error.reason(), "copy_differs");
    assert!(
        error.to_string().contains("keys of the tenant acme, 1"),
        "{error}"
    );
    assert_eq!(to.tenants().unwrap().len(), 1);

    // A row more, among the others or at the end.
    for user in ["aaa", "zzz"] {
        let to = File::new();
        moved(&*source, &to.open()).unwrap();
        let connection = to.connection();
        let sql = "INSERT INTO throttles (tenant, user_name, failures) VALUES (?1, ?2, 1)";
        connection.execute(sql, params![TENANTS[0], user]).unwrap();
        let error = moved(&*source, &to.open()).unwrap_err();
        assert_eq!(error.reason(), "copy_extra");
        let place = format!("throttles of the tenant acme, {user}");
        assert!(error.to_string().contains(&place), "{error}");
    }
}

/// A row is named as people know it, and not by its digest.
#[test]
fn a_row_is_named() {
    let from = File::new();
    let source = Arc::new(from.open());
    fill(&source, 0);
    let to = File::new();
    moved(&*source, &to.open()).unwrap();
    let connection = to.connection();
    let code = "SELECT hex(id), hex(digest) FROM online_codes WHERE user_name = 'alice' LIMIT 1";
    let (id, digest): (String, String) = connection
        .query_row(code, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let sql = "UPDATE online_codes SET uses = 9 WHERE hex(id) = ?1";
    assert_eq!(connection.execute(sql, [&id]).unwrap(), 1);
    let error = moved(&*source, &to.open()).unwrap_err().to_string();
    let plain = error.replace('-', "").to_uppercase();
    assert!(plain.contains(&format!("ALICE {id}")), "{error}");
    assert!(!plain.contains(&digest[..16]), "{error}");
}

/// The source is neither made nor changed.
#[test]
fn a_source_is_there_and_stays_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    let opened = Sqlite::open_source(&path, noon());
    assert!(matches!(opened, Err(StoreError::CannotOpen { .. })));
    assert!(!path.exists());
    fs::write(&path, "").unwrap();
    let opened = Sqlite::open_source(&path, noon());
    assert!(matches!(opened, Err(StoreError::Missing)));
    assert_eq!(fs::read(&path).unwrap(), b"");

    let file = File::new();
    fill(&Arc::new(file.open()), 0);
    let before = fs::read(&file.path).unwrap();
    let source = store::open_source(file.text(), noon()).unwrap();
    moved(&*source, &Memory::new()).unwrap();
    let tenant = "acme".parse().unwrap();
    let written = source.write(&tenant, &mut |rows| rows.set_clock_floor(noon()));
    assert!(matches!(written, Err(StoreError::ReadOnly(_))));
    drop(source);
    assert!(before == fs::read(&file.path).unwrap());
}

/// Tables whose rows refer to others come behind them.
#[test]
fn a_target_is_as_strict_as_ever() {
    let from = File::new();
    fill(&Arc::new(from.open()), 0);
    let connection = from.connection();
    connection.execute("DELETE FROM keys", []).unwrap();
    drop(connection);
    let to = File::new();
    let error = moved(&from.open(), &to.open()).unwrap_err();
    assert_eq!(error.reason(), "store_conflict");
}
