//! A copy is complete.

use std::{collections::BTreeSet, sync::Arc};

use rusqlite::{params_from_iter, types::Value};
use stopgap_registry::{
    Memory, Stage, copy,
    stopgap::{Name, Throttle, UserHead},
    store::{Change, Selection, Store, Table},
};

use crate::{
    copy_all,
    file::File,
    filled::{TENANTS, fill, keys, noon},
    rows, sums,
};

#[test]
fn every_row_arrives() {
    let (from, to, back) = (File::new(), File::new(), File::new());
    let source = Arc::new(from.open());
    let codes = fill(&source, 9_000);
    // Copies to a store in memory, and from there to another file.
    let (between, target) = (Memory::new(), Arc::new(to.open()));
    for (from, to) in [
        (&*source as &dyn Store, &between as &dyn Store),
        (&between, &*target),
        (&*target, &back.open()),
    ] {
        let copied = copy_all(from, to).unwrap();
        assert_eq!(copied.tenants, TENANTS.len());
        let [new, old, same] = sums(&copied);
        assert!(new == same && new > 36_000, "{copied:?}");
        assert_eq!(old, 0);
        // The second time, there is nothing to copy.
        assert_eq!(sums(&copy_all(from, to).unwrap()), [0, same, same]);
    }
    from.is_same_as(&to.path);
    from.is_same_as(&back.path);
    codes.work(target);
}

/// A row that is missing between others is added.
#[test]
fn a_gap_is_filled() {
    let (from, to) = (File::new(), File::new());
    let source = Arc::new(from.open());
    fill(&source, 0);
    let target = to.open();
    let [new, ..] = sums(&copy_all(&*source, &target).unwrap());
    let mut gaps = 0;
    for table in to.tables() {
        let columns = to.columns(&table);
        let row = columns.iter().map(|column| format!("{column} IS ?"));
        let row = row.collect::<Vec<_>>().join(" AND ");
        let gap = format!("DELETE FROM {table} WHERE {row}");
        for row in to.rows(&table).iter().take(9) {
            let gone = to.connection().execute(&gap, params_from_iter(row));
            assert_eq!(gone, Ok(1));
            let [filled, _, same] = sums(&copy_all(&*source, &target).unwrap());
            assert_eq!([filled, same], [1, new], "{table}");
            gaps += 1;
        }
    }
    assert!(gaps > 30, "{gaps} gaps");
    from.is_same_as(&to.path);
}

/// The copy would lose a table that it does not know, without an error.
#[test]
fn every_table_is_copied() {
    let file = File::new();
    drop(file.open());
    let known: BTreeSet<&str> = Table::ALL.iter().map(|table| table.as_str()).collect();
    let there = file.tables();
    let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
    assert_eq!(known, there);
}

/// A change of any field is found, even from and to NULL.
#[test]
fn every_field_is_compared() {
    let file = File::new();
    fill(&Arc::new(file.open()), 0);
    let source = file.open();
    let same = copy_all(&source, &file.duplicate().open()).unwrap();
    assert_eq!(sums(&same)[0], 0);
    let mut changed = 0;
    for table in file.tables() {
        let rows = file.rows(&table);
        for (place, column) in file.columns(&table).iter().enumerate() {
            let values = || rows.iter().map(|row| &row[place]);
            let value = values().find(|value| **value != Value::Null).unwrap();
            let other = match value {
                Value::Integer(number) => Value::Integer(number + 1_000),
                Value::Text(text) => Value::Text(format!("{text}x")),
                Value::Blob(bytes) => {
                    let mut bytes = bytes.clone();
                    *bytes.last_mut().unwrap() ^= 1;
                    Value::Blob(bytes)
                }
                other => panic!("{other:?}"),
            };
            let none = values().find(|value| **value == Value::Null);
            for before in [Some(value), none].into_iter().flatten() {
                let target = file.duplicate();
                let sql =
                    format!("UPDATE OR IGNORE {table} SET {column} = ?1 WHERE {column} IS ?2");
                let updated = target.connection().execute(&sql, [&other, before]).unwrap();
                assert!(updated > 0);
                let found = copy_all(&source, &target.open());
                assert!(found.is_err(), "{table}.{column}, which was {before:?}");
                changed += 1;
            }
        }
    }
    assert!(changed > 60, "{changed} fields");
}

/// The copy notices that its source has changed meanwhile.
#[test]
fn a_change_meanwhile_is_found() {
    type Changed<'c> = &'c dyn Fn(&dyn Store, &Name);
    let fails: Changed<'_> = &|store, tenant| {
        let late = UserHead::seal(&keys(), "late".parse().unwrap(), Throttle::default(), 1);
        let head = Change::Insert(rows::head(&late, noon()));
        rows::apply(store, tenant, &[head]);
    };
    let uses: Changed<'_> = &|store, tenant| {
        let code = rows::all(store, tenant, Table::Codes).remove(0);
        rows::edit(store, tenant, &code, |row| {
            row.set("uses", 7_u32);
            row.set("tag", &[1; 32][..]);
        });
    };
    let purges: Changed<'_> = &|store, tenant| {
        let one = Selection::all(Table::Verifications).limit(1);
        assert_eq!(store.delete(tenant, &one).unwrap(), 1);
    };
    for (change, reason) in [
        (fails, "copy_missing"),
        (uses, "copy_differs"),
        (purges, "copy_extra"),
    ] {
        let (from, to) = (File::new(), File::new());
        let source = Arc::new(from.open());
        fill(&source, 0);
        let mut changed = false;
        let copied = copy(&*source, &to.open(), |progress| {
            if progress.stage == Stage::Verifying && !changed {
                changed = true;
                change(&*source, &TENANTS[0].parse().unwrap());
            }
        });
        assert_eq!(copied.unwrap_err().reason(), reason);
    }
}

/// Each stage reports its progress, up to the number of all rows.
#[test]
fn each_stage_reports_its_progress() {
    let (from, to) = (File::new(), File::new());
    let source = Arc::new(from.open());
    fill(&source, 100);
    let mut last = Vec::new();
    let mut watched = |to: &dyn Store| {
        let mut seen: Vec<(Stage, u64)> = Vec::new();
        let copied = copy(&*source, to, |progress| {
            match seen.last_mut() {
                Some((stage, rows)) if *stage == progress.stage => {
                    assert!(*rows < progress.rows && progress.rows <= progress.total);
                    *rows = progress.rows;
                }
                _ => seen.push((progress.stage, progress.rows)),
            }
            last = vec![progress.total];
        });
        (seen, sums(&copied.unwrap())[2])
    };
    let target = to.open();
    let (seen, all) = watched(&target);
    assert_eq!(seen, [(Stage::Copying, all), (Stage::Verifying, all)]);
    let (seen, all) = watched(&target);
    assert_eq!(seen, [(Stage::Looking, all), (Stage::Verifying, all)]);
    assert_eq!(last, [all]);
}
