//! Compares a file with the reference in memory, with random queries and changes.

mod choices;

use proptest::{prelude::*, test_runner::TestRunner};

use self::choices::Choices;
use super::*;
use crate::{
    Memory,
    store::{Change, Changes, Only, Value},
};

/// A step that both stores can take.
#[derive(Debug)]
enum Step {
    Update(Query, Changes, bool),
    Load(Query),
    Delete(Selection),
    Keep(Vec<Row>),
    Count(Table),
}

impl Step {
    fn choose(choices: &mut Choices, rows: &[Row]) -> Self {
        let mut query = Query::default();
        for _ in 0..choices.below(4) {
            query.selections.push(choices.selection());
        }
        match choices.below(10) {
            0..5 => {
                // The rows that are changed are often loaded before.
                if let Some(row) = rows.first()
                    && choices.is(50)
                {
                    query.selections.push(Selection::all(row.table()));
                }
                // A row may be changed twice.
                let (mut changes, mut rows) = (Changes::new(), rows.to_vec());
                for _ in 0..choices.below(5) {
                    let change = choices.change(&rows);
                    if let Change::Replace { row, .. } | Change::Renew { row, .. } = &change {
                        rows.push(row.clone());
                    }
                    changes.push(change);
                }
                Self::Update(query, changes, choices.is(10))
            }
            5 | 6 => Self::Load(query),
            7 => Self::Delete(choices.selection()),
            8 => {
                let table = choices.table();
                let rows = (0..choices.below(16)).map(|_| choices.row(table));
                Self::Keep(rows.collect())
            }
            _ => Self::Count(choices.table()),
        }
    }

    /// Takes the step, and returns the result as a text.
    fn take(&self, store: &dyn Store, tenant: &Name) -> String {
        let mut snapshots = Vec::new();
        let result = match self {
            Self::Update(query, changes, fails) => {
                let update = store.update(tenant, query, &mut |snapshot| {
                    snapshots.push(snapshot.rows.clone());
                    if *fails {
                        Err(StoreError::Exhausted)
                    } else {
                        Ok(changes.clone())
                    }
                });
                update.map(|()| 0)
            }
            Self::Load(query) => store.load(tenant, query).map(|snapshot| {
                snapshots.push(snapshot.rows);
                0
            }),
            Self::Delete(selection) => store.delete(tenant, selection),
            Self::Keep(rows) => store.keep(tenant, rows),
            Self::Count(table) => {
                let count = store.count(tenant, *table);
                count.map(|count| usize::try_from(count).unwrap())
            }
        };
        let result = result.map_err(|error| error.reason());
        let tenants = store.tenants().unwrap();
        format!("{result:?}, {tenants:?}, {:?}", shown(&snapshots.concat()))
    }
}

fn shown(rows: &[Vec<Row>]) -> Vec<Vec<String>> {
    let rows = rows.iter();
    // Debug hides the bytes.
    let row = |row: &Row| {
        let hex = |value: &Value| match value {
            Value::Bytes(bytes) => format!("{bytes:02x?}"),
            _ => format!("{value:?}"),
        };
        let values: Vec<_> = row.values().iter().map(hex).collect();
        format!("{} {}", row.table(), values.join(" "))
    };
    rows.map(|rows| rows.iter().map(row).collect()).collect()
}

fn all(store: &dyn Store, tenant: &Name) -> Vec<Vec<Row>> {
    let selections = Table::ALL.map(Selection::all).to_vec();
    let query = Query {
        selections,
        ..Query::default()
    };
    store.load(tenant, &query).unwrap().rows
}

/// Takes a step for each seed in both stores.
fn compare(file: &Sqlite, seeds: &[u64]) {
    for table in Table::ALL {
        let sql = format!("DELETE FROM {table}");
        on_writer(file, |writer| writer.execute(&sql, [])).unwrap();
    }
    let memory = Memory::new();
    for (number, seed) in seeds.iter().enumerate() {
        let mut choices = Choices(*seed);
        let tenant = choices.tenant();
        let mut rows = all(&memory, &tenant);
        rows.retain(|rows| !rows.is_empty());
        let rows = if rows.is_empty() {
            Vec::new()
        } else {
            choices.one(&rows).clone()
        };
        let step = Step::choose(&mut choices, &rows);
        let expected = step.take(&memory, &tenant);
        assert_eq!(
            step.take(file, &tenant),
            expected,
            "step {number}: {step:?}"
        );
        for tenant in ["acme", "globex"].map(name) {
            let (found, expected) = (all(file, &tenant), all(&memory, &tenant));
            assert_eq!(
                shown(&found),
                shown(&expected),
                "{tenant} after step {number}"
            );
        }
    }
}

#[test]
fn a_file_and_memory_have_the_same_results() {
    let (_folder, file) = open();
    set(&file, "synchronous", 0);
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(64)
    });
    let seeds = prop::collection::vec(any::<u64>(), 1..80);
    let result = runner.run(&seeds, |seeds| {
        compare(&file, &seeds);
        Ok(())
    });
    result.unwrap();
}

#[test]
fn no_index_has_a_column_without_a_value() {
    for table in Table::ALL {
        for index in table.declaration().indexes {
            for column in index.columns {
                let place = table.declaration().place(column).unwrap();
                let is_nullable = table.declaration().columns[place].is_nullable;
                assert!(
                    !is_nullable || index.only == Only::Some(column),
                    "{}",
                    index.name
                );
            }
        }
    }
}

#[test]
fn a_limit_applies_to_all_values_together() {
    let (_folder, file) = open();
    let tenant = name("acme");
    for store in [&file as &dyn Store, &Memory::new()] {
        let row = |id: i64| {
            Row::new(
                Table::Keys,
                vec![id.into(), [0].as_slice().into(), at(0).into()],
            )
        };
        store.keep(&tenant, &[row(1), row(2), row(3)]).unwrap();
        let three = vec![3_i64.into(), 1_i64.into(), 2_i64.into()];
        let selection = Selection::all(Table::Keys).any_of(three).limit(2);
        assert_eq!(store.delete(&tenant, &selection).unwrap(), 2);
        assert_eq!(all(store, &tenant)[1], [row(2)]);
    }
}
