//! Each selection uses the index that it names, without a scan and without sorting.

use rusqlite::params_from_iter;
use stopgap::RecordId;

use super::*;
use crate::{
    record::{code, event, head, machine, security_code, verification},
    sqlite::statements::{Range, Shape, Verb},
    store::Value,
};

fn plan(store: &Sqlite, shape: Shape) -> String {
    let sql = format!("EXPLAIN QUERY PLAN {}", shape.text().unwrap());
    on_writer(store, |writer| {
        let mut statement = writer.prepare(&sql).unwrap();
        let nothing = vec![rusqlite::types::Null; statement.parameter_count()];
        let lines = statement
            .query_map(params_from_iter(nothing), |row| row.get(3))
            .unwrap();
        lines
            .collect::<rusqlite::Result<Vec<String>>>()
            .unwrap()
            .join("; ")
    })
}

fn select(store: &Sqlite, selection: &Selection) -> String {
    let any_of = usize::from(selection.any_of.is_some());
    let range = Range::of(selection, selection.prefix.len() + any_of);
    let table = selection.table;
    let deletes = plan(
        store,
        Shape {
            table,
            verb: Verb::Delete(range),
        },
    );
    assert!(
        !deletes.contains("SCAN") && !deletes.contains("TEMP"),
        "{deletes}"
    );
    plan(
        store,
        Shape {
            table,
            verb: Verb::Select(range),
        },
    )
}

#[test]
fn each_selection_uses_its_index() {
    let (_folder, store) = open();
    let user = || vec![Value::from("alice")];
    let id = || vec![Value::from(RecordId::from_bytes([1; 16]))];
    let time = || vec![Value::from(at(0))];
    let key = |prefix| Selection::key(Table::Events, prefix);
    let by_user = || Selection::index(Table::Events, &event::BY_USER, user());
    let by_kind = || Selection::index(Table::Events, &event::BY_KIND, vec!["purge".into()]);
    let cases = [
        (
            Selection::all(Table::Tenants),
            "tenants USING PRIMARY KEY (tenant=?)",
        ),
        (
            Selection::all(Table::RingKeys).any_of(vec![1_i64.into()]),
            "ring_keys USING PRIMARY KEY (tenant=? AND id=?)",
        ),
        (
            Selection::all(Table::Codes),
            "online_codes USING PRIMARY KEY (tenant=?)",
        ),
        (
            Selection::key(Table::Verifications, user()),
            "verifications USING PRIMARY KEY (tenant=? AND user_name=?)",
        ),
        (
            Selection::all(Table::Verifications).after(vec!["alice".into(), [1].as_slice().into()]),
            "verifications USING PRIMARY KEY (tenant=? AND (user_name,idempotency_key)>(?,?))",
        ),
        (
            Selection::index(Table::Codes, &code::BY_DIGEST, vec![]).any_of(vec![]),
            "online_codes USING INDEX online_codes_by_digest (tenant=? AND digest=?)",
        ),
        (
            Selection::index(Table::Codes, &code::BY_USER, user())
                .before(vec![9_i64.into()])
                .descending(),
            "online_codes USING INDEX online_codes_by_user (tenant=? AND user_name=? AND number<?)",
        ),
        (
            Selection::index(Table::Codes, &code::BY_KEY, vec![1_i64.into()]).before(time()),
            "online_codes USING INDEX online_codes_by_key (tenant=? AND key_id=? AND ends_at<?)",
        ),
        (
            Selection::index(
                Table::SecurityCodes,
                &security_code::BY_KEY,
                vec![1_i64.into()],
            )
            .from(time()),
            "security_codes USING INDEX security_codes_by_key (tenant=? AND key_id=? AND ends_at>?)",
        ),
        (
            Selection::index(Table::Verifications, &verification::BY_AGE, vec![]).before(time()),
            "verifications USING INDEX verifications_by_age (tenant=? AND answered_at<?)",
        ),
        (
            Selection::index(Table::Machines, &machine::BY_KEY, vec![1_i64.into()]),
            "machines USING INDEX machines_by_key (tenant=? AND key_id=?)",
        ),
        (
            Selection::index(Table::Heads, &head::BY_FAILURE, vec![1_i64.into()]).before(time()),
            "heads USING INDEX heads_by_failure (tenant=? AND is_stranger=? AND failed_at<?)",
        ),
        (key(id()), "events USING PRIMARY KEY (tenant=? AND id=?)"),
        (
            key(vec![]).from(id()).before(id()).descending(),
            "events USING PRIMARY KEY (tenant=? AND id>? AND id<?)",
        ),
        (
            by_user().from(id()).before(id()).descending(),
            "events USING INDEX events_by_user (tenant=? AND user_name=? AND id>? AND id<?)",
        ),
        (
            by_user().descending(),
            "events USING INDEX events_by_user (tenant=? AND user_name=?)",
        ),
        (
            by_kind().from(id()).before(id()).descending(),
            "events USING INDEX events_by_kind (tenant=? AND kind=? AND id>? AND id<?)",
        ),
        (
            by_kind(),
            "events USING INDEX events_by_kind (tenant=? AND kind=?)",
        ),
    ];
    for (selection, expected) in cases {
        let plan = select(&store, &selection);
        assert_eq!(plan, format!("SEARCH {expected}"), "{selection:?}");
    }
}

#[test]
fn each_change_finds_its_row_by_the_key() {
    let (_folder, store) = open();
    for table in Table::ALL {
        for verb in [
            Verb::Replace(u32::MAX << table.declaration().key),
            Verb::Remove,
            Verb::Count,
        ] {
            let plan = plan(&store, Shape { table, verb });
            let search = format!("SEARCH {table} USING ");
            assert!(plan.starts_with(&search) && !plan.contains(';'), "{plan}");
        }
        for index in table.declaration().indexes {
            let range = Range::last_of(index, 1);
            let plan = plan(
                &store,
                Shape {
                    table,
                    verb: Verb::Delete(range),
                },
            );
            assert!(
                plan.contains(&format!("INDEX {} (tenant=? AND", index.name)),
                "{plan}"
            );
            assert!(!plan.contains("SCAN") && !plan.contains("TEMP"), "{plan}");
        }
    }
}

#[test]
fn a_selection_that_does_not_fit_its_table_is_refused() {
    let (_folder, store) = open();
    let two = || vec![Value::from(1_i64), Value::from(2_i64)];
    let refused = [
        (
            Selection::key(Table::Keys, two()),
            "more values than columns",
        ),
        (
            Selection::key(Table::Keys, vec![1_i64.into()]).after(two()),
            "more values than columns",
        ),
        (
            Selection::index(Table::Keys, &event::BY_USER, vec![]),
            "no such index",
        ),
    ];
    for (selection, why) in refused {
        let error = store
            .delete(&name("acme"), &selection)
            .unwrap_err()
            .to_string();
        assert!(error.ends_with(why), "{error}");
        let query = Query {
            selections: vec![selection],
            ..Query::default()
        };
        assert!(store.load(&name("acme"), &query).is_err());
    }
}
