//! Copies that are refused, and their errors.

use std::{fs, sync::Arc};

use stopgap_registry::{
    CopyError, Memory, Sqlite, Stage, StoreError, copy,
    stopgap::{Throttle, UserHead},
    store::{self, Change, Query, Selection, Store, Table},
};

use crate::{
    copy_all,
    file::File,
    filled::{TENANTS, fill, keys, noon, open},
    rows,
};

#[test]
fn a_store_is_not_copied_to_itself() {
    let file = File::new();
    let store = file.open();
    let refused = copy_all(&store, &store);
    assert!(matches!(refused, Err(CopyError::SameStore)), "{refused:?}");
}

/// Nothing is written to a target that has other rows.
#[test]
fn a_target_with_other_rows_is_refused() {
    let from = File::new();
    let source = Arc::new(from.open());
    fill(&source, 0);

    // The target has another tenant.
    let file = File::new();
    let to = Arc::new(file.open());
    open(Arc::clone(&to), "other");
    let error = copy_all(&*source, &*to).unwrap_err();
    assert_eq!(error.reason(), "copy_tenant");
    assert!(error.to_string().contains("the tenant other"), "{error}");
    assert_eq!(to.tenants().unwrap().len(), 1);

    // A registry opened the target, so its keys were stored at another time.
    let file = File::new();
    let to = Arc::new(file.open());
    open(Arc::clone(&to), TENANTS[0]);
    let error = copy_all(&*source, &*to).unwrap_err();
    assert_eq!(error.reason(), "copy_differs");
    assert!(
        error.to_string().contains("keys of the tenant acme, 1"),
        "{error}"
    );
    assert_eq!(to.tenants().unwrap().len(), 1);

    // The target has one more row, among the others or at the end.
    let tenant = TENANTS[0].parse().unwrap();
    for user in ["aaa", "zzz"] {
        let file = File::new();
        let to = file.open();
        copy_all(&*source, &to).unwrap();
        let head = UserHead::seal(&keys(), user.parse().unwrap(), Throttle::default(), 1);
        let head = Change::Insert(rows::head(&head, noon()));
        rows::apply(&to, &tenant, &[head]);
        let error = copy_all(&*source, &to).unwrap_err();
        assert_eq!(error.reason(), "copy_extra");
        let place = format!("heads of the tenant acme, {user}");
        assert!(error.to_string().contains(&place), "{error}");
    }
}

/// An error names a row by its key in readable form, not by its digest.
#[test]
fn an_error_names_the_row() {
    let from = File::new();
    let source = Arc::new(from.open());
    fill(&source, 0);
    let to = File::new();
    copy_all(&*source, &to.open()).unwrap();
    let connection = to.connection();
    let code = "SELECT hex(id), hex(digest) FROM online_codes WHERE tenant = 'acme' LIMIT 1";
    let (id, digest): (String, String) = connection
        .query_row(code, [], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    let sql = "UPDATE online_codes SET uses = 9 WHERE hex(id) = ?1";
    assert_eq!(connection.execute(sql, [&id]).unwrap(), 1);
    let error = copy_all(&*source, &to.open()).unwrap_err().to_string();
    let place = format!("online_codes of the tenant acme, {id}");
    let plain = |text: &str| text.replace('-', "").to_uppercase();
    assert!(plain(&error).contains(&plain(&place)), "{error}");
    assert!(!plain(&error).contains(&digest[..16]), "{error}");
}

/// A key of several columns is shown completely; bytes are shown as text if they are
/// text.
#[test]
fn an_error_names_all_columns_of_a_key() {
    let from = File::new();
    let source = Arc::new(from.open());
    fill(&source, 0);
    let tenant = TENANTS[0].parse().unwrap();
    for (table, key, place) in [
        (
            Table::Verifications,
            vec!["alice".into(), "Ω".as_bytes().into()],
            "verifications of the tenant acme, alice Ω",
        ),
        (
            Table::Machines,
            vec!["alice".into(), "desk".into()],
            "machines of the tenant acme, alice desk",
        ),
        (
            Table::Tenants,
            vec![],
            "tenants of the tenant acme, the only row",
        ),
    ] {
        let to = Memory::new();
        let mut is_changed = false;
        let missing = copy(&*source, &to, |progress| {
            if progress.stage == Stage::Verifying && !is_changed {
                is_changed = true;
                let row = rows::only(&to, &tenant, table, key.clone());
                rows::apply(&to, &tenant, &[rows::remove(&row)]);
            }
        });
        let error = missing.unwrap_err();
        assert_eq!(error.reason(), "copy_missing");
        assert!(error.to_string().contains(place), "{error}");
    }
}

/// The copy neither creates nor changes its source.
#[test]
fn a_source_must_exist_and_is_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("none.db");
    let opened = Sqlite::open_source(&path, noon());
    assert!(matches!(opened, Err(StoreError::Missing)));
    assert!(!path.exists());
    fs::write(&path, "").unwrap();
    let opened = Sqlite::open_source(&path, noon());
    assert!(matches!(opened, Err(StoreError::Missing)));
    assert_eq!(fs::read(&path).unwrap(), b"");

    let file = File::new();
    fill(&Arc::new(file.open()), 0);
    let before = fs::read(&file.path).unwrap();
    let source = store::open_source(file.text(), noon()).unwrap();
    copy_all(&*source, &Memory::new()).unwrap();
    let tenant = "acme".parse().unwrap();
    let rows = rows::all(&*source, &tenant, Table::Codes);
    let written = [
        source.update(&tenant, &Query::default(), &mut |_| {
            Ok(vec![rows::remove(&rows[0])])
        }),
        source.keep(&tenant, &rows).map(drop),
        source
            .delete(&tenant, &Selection::all(Table::Codes))
            .map(drop),
    ];
    for written in written {
        assert!(matches!(written, Err(StoreError::ReadOnly(_))));
    }
    drop(source);
    assert!(before == fs::read(&file.path).unwrap());
}
