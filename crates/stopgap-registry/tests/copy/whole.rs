//! Nothing is left out.

use std::{collections::BTreeSet, sync::Arc};

use chrono::TimeDelta;
use rusqlite::{params_from_iter, types::Value};
use stopgap_registry::{
    Memory, Stage, copy,
    stopgap::{RecordTag, Sealed, Throttle},
    store::{self, Purge, Store, Table, Transaction},
};

use crate::{
    file::File,
    filled::{TENANTS, fill, noon},
    moved, sums,
};

#[test]
fn every_row_arrives() {
    let (from, to, back) = (File::new(), File::new(), File::new());
    let source = Arc::new(from.open());
    let codes = fill(&source, 9_000);
    // By way of a store that is no file, and back.
    let (between, target) = (Memory::new(), Arc::new(to.open()));
    for (from, to) in [
        (&*source as &dyn Store, &between as &dyn Store),
        (&between, &*target),
        (&*target, &back.open()),
    ] {
        let copied = moved(from, to).unwrap();
        assert_eq!(copied.tenants, TENANTS.len());
        let [new, old, same] = sums(&copied);
        assert!(new == same && new > 36_000, "{copied:?}");
        assert_eq!(old, 0);
        // Once more, there is nothing to do.
        assert_eq!(sums(&moved(from, to).unwrap()), [0, same, same]);
    }
    from.is_same_as(&to.path);
    from.is_same_as(&back.path);
    codes.work(target);
}

/// What is missing in the midst of what is there arrives as well.
#[test]
fn a_gap_is_filled() {
    let (from, to) = (File::new(), File::new());
    let source = Arc::new(from.open());
    fill(&source, 0);
    let target = to.open();
    let [new, ..] = sums(&moved(&*source, &target).unwrap());
    let mut gaps = 0;
    for table in to.tables() {
        let columns = to.columns(&table);
        let row = columns.iter().map(|column| format!("{column} IS ?"));
        let row = row.collect::<Vec<_>>().join(" AND ");
        let gap = format!("DELETE FROM {table} WHERE {row}");
        for row in to.rows(&table).iter().take(9) {
            let gone = to.connection().execute(&gap, params_from_iter(row));
            assert_eq!(gone, Ok(1));
            let [filled, _, same] = sums(&moved(&*source, &target).unwrap());
            assert_eq!([filled, same], [1, new], "{table}");
            gaps += 1;
        }
    }
    assert!(gaps > 30, "{gaps} gaps");
    from.is_same_as(&to.path);
}

/// A table that is added and not copied would be lost without a word.
#[test]
fn every_table_is_copied() {
    let file = File::new();
    drop(file.open());
    let known: BTreeSet<&str> = Table::ALL.iter().map(|table| table.as_str()).collect();
    let there = file.tables();
    let there: BTreeSet<&str> = there.iter().map(String::as_str).collect();
    assert_eq!(known, there);
}

/// Each field of a row, changed behind the copy's back, is found; where it may be
/// none, that it is and that it is not.
#[test]
fn every_field_is_compared() {
    let file = File::new();
    fill(&Arc::new(file.open()), 0);
    let source = file.open();
    let same = moved(&source, &file.duplicate().open()).unwrap();
    assert_eq!(sums(&same)[0], 0);
    let mut changed = 0;
    for table in file.tables() {
        let rows = file.rows(&table);
        for (place, column) in file.columns(&table).iter().enumerate() {
            let values = || rows.iter().map(|row| &row[place]);
            let value = values().find(|value| **value != Value::Null).unwrap();
            let other = match value {
                Value::Integer(number) if column == "purposes" => Value::Integer(number ^ 1),
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
                let found = moved(&source, &target.open());
                assert!(found.is_err(), "{table}.{column}, which was {before:?}");
                changed += 1;
            }
        }
    }
    assert!(changed > 60, "{changed} fields");
}

/// What is copied while somebody writes is not the same afterwards, and this is said.
#[test]
fn a_change_meanwhile_is_found() {
    type Change<'c> = &'c dyn Fn(&mut dyn Transaction) -> store::Result<()>;
    let fails: Change<'_> = &|rows| {
        let throttle = Throttle {
            failures: 1,
            locked_until: None,
        };
        rows.set_throttle(&"late".parse().unwrap(), &throttle)
    };
    let uses: Change<'_> = &|rows| {
        let code = rows.codes(None, 1)?.remove(0);
        let tag = *code.tag();
        let (mut record, _) = code.into_parts();
        record.uses += 1;
        let used = Sealed::from_parts(record, RecordTag::from_bytes([1; 32]));
        assert!(rows.replace_code(&used, &tag)?);
        Ok(())
    };
    let purges: Change<'_> = &|rows| {
        let later = noon() + TimeDelta::days(40);
        rows.purge(Purge::Verifications, later, 1).map(drop)
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
                let tenant = TENANTS[0].parse().unwrap();
                source.write(&tenant, &mut |rows| change(rows)).unwrap();
            }
        });
        assert_eq!(copied.unwrap_err().reason(), reason);
    }
}

/// The progress is that of all rows, once for each stage.
#[test]
fn it_says_how_far_it_is() {
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
