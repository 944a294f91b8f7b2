//! Random calls, compared with `Memory` step by step.

use proptest::prelude::*;
use stopgap::Name;

use super::{chance::Chance, place::Place};
use crate::{
    Memory,
    store::{Query, Result, Row, Selection, Snapshot, Store, Table, Value},
};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, max_shrink_iters: 300, ..ProptestConfig::with_cases(24) })]

    #[test]
    fn it_answers_as_memory_does(bytes in prop::collection::vec(any::<u8>(), 200..1_500)) {
        if let Some(place) = Place::new() {
            compare(&place.store, &bytes);
        }
    }
}

fn compare(store: &dyn Store, bytes: &[u8]) {
    let memory = Memory::new();
    let mut chance = Chance(bytes);
    while !chance.is_over() {
        step(store, &memory, &mut chance);
        for tenant in ["acme", "other"] {
            let tenant = tenant.parse().unwrap();
            let all = Query {
                locks: Vec::new(),
                selections: Table::ALL.map(Selection::all).to_vec(),
            };
            let loaded = store.load(&tenant, &all).unwrap();
            assert_eq!(loaded.rows, memory.load(&tenant, &all).unwrap().rows);
            for table in Table::ALL {
                let counts = [store, &memory].map(|store| store.count(&tenant, table).unwrap());
                assert_eq!(counts[0], counts[1]);
            }
        }
        assert_eq!(store.tenants().unwrap(), memory.tenants().unwrap());
    }
}

fn step(store: &dyn Store, memory: &Memory, chance: &mut Chance<'_>) {
    let tenant = chance.tenant();
    match chance.below(8) {
        0 => {
            let query = chance.query();
            let snapshot = store.load(&tenant, &query).unwrap();
            same(&query, &snapshot, memory, &tenant);
        }
        1 => {
            let selection = chance.selection();
            // Of rows beside each other, any may be the last.
            let limit = match selection.index {
                Some(index) if !index.is_unique => usize::MAX,
                _ if selection.any_of.is_some() => usize::MAX,
                _ => selection.limit,
            };
            let selection = selection.limit(limit);
            let deleted = store.delete(&tenant, &selection).unwrap();
            assert_eq!(
                deleted,
                memory.delete(&tenant, &selection).unwrap(),
                "{selection:?}"
            );
        }
        2 => {
            let table = chance.table();
            let rows: Vec<Row> = (0..chance.below(5)).map(|_| chance.row(table)).collect();
            let kept = [store, memory].map(|store| outcome(store.keep(&tenant, &rows)));
            assert_eq!(kept[0], kept[1], "{rows:?}");
        }
        _ => {
            let query = chance.query();
            let number = chance.below(4);
            let changes: Vec<_> = (0..number)
                .map(|_| chance.change(memory, &tenant))
                .collect();
            let updated = outcome(store.update(&tenant, &query, &mut |snapshot| {
                same(&query, snapshot, memory, &tenant);
                Ok(changes.clone())
            }));
            let expected = outcome(memory.update(&tenant, &query, &mut |_| Ok(changes.clone())));
            assert_eq!(updated, expected, "{changes:?}");
        }
    }
}

fn outcome<T>(result: Result<T>) -> Result<T, &'static str> {
    result.map_err(|error| error.reason())
}

/// Compares a snapshot with that of `Memory`. Rows with the same values in the columns of
/// an index may be in any order, and of those any may be the last before a limit.
fn same(query: &Query, snapshot: &Snapshot, memory: &Memory, tenant: &Name) {
    assert_eq!(snapshot.rows.len(), query.selections.len());
    let expected = memory.load(tenant, query).unwrap();
    for ((selection, found), expected) in query
        .selections
        .iter()
        .zip(&snapshot.rows)
        .zip(&expected.rows)
    {
        let unlimited = Query {
            locks: Vec::new(),
            selections: vec![selection.clone().limit(usize::MAX)],
        };
        let all = memory.load(tenant, &unlimited).unwrap().rows.remove(0);
        assert!(
            found.iter().all(|row| all.contains(row)),
            "{selection:?}: {found:?}"
        );
        if selection.any_of.is_none() {
            assert_eq!(
                orders(selection, found),
                orders(selection, expected),
                "{selection:?}"
            );
        }
        assert_eq!(found.len(), expected.len(), "{selection:?}");
        let mut keys: Vec<_> = found.iter().map(Row::key).collect();
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), found.len(), "{selection:?}: {found:?}");
    }
}

fn orders(selection: &Selection, rows: &[Row]) -> Vec<Vec<Value>> {
    let columns = selection.columns();
    let order = |row: &Row| {
        columns
            .iter()
            .map(|column| row.value(column).clone())
            .collect()
    };
    rows.iter().map(order).collect()
}
