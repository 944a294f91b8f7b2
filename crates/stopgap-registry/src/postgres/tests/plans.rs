//! The plans of selections: each reads one index in its order.

use std::time::Duration;

use super::place::{Place, row, tenant, value};
use crate::{
    postgres::{connection::settings, range::Range, shape::Shape, step::Step},
    store::{Column, Kind, Selection, Store, Table, Value},
};

fn index(table: Table, name: &str, prefix: Vec<Value>) -> Selection {
    let index = table.declaration().index(name).unwrap();
    Selection::index(table, index, prefix)
}

/// The selections of a registry, and the names of their indexes.
fn selections() -> Vec<(Selection, &'static str)> {
    let name = || value(Kind::Text, 1);
    let (number, id) = (value(Kind::Integer, 1), value(Kind::Id, 1));
    let (bytes, instant) = (value(Kind::Bytes, 1), value(Kind::Instant, 1));
    let digests = vec![bytes.clone(), value(Kind::Bytes, 2)];
    let is_before = |selection: Selection, value: &Value| selection.before(vec![value.clone()]);
    let mut selections = vec![
        (Selection::key(Table::Heads, vec![name()]), "heads_pkey"),
        (
            Selection::key(Table::Codes, vec![id.clone()]),
            "online_codes_pkey",
        ),
        (
            Selection::key(Table::Verifications, vec![name(), bytes]),
            "verifications_pkey",
        ),
        (
            Selection::key(Table::Verifications, vec![name()]),
            "verifications_pkey",
        ),
        (
            Selection::key(Table::Machines, vec![name()]),
            "machines_pkey",
        ),
        (
            index(Table::Codes, "online_codes_by_digest", vec![]).any_of(digests.clone()),
            "online_codes_by_digest",
        ),
        (
            index(Table::SecurityCodes, "security_codes_by_digest", vec![]).any_of(digests),
            "security_codes_by_digest",
        ),
        (
            index(Table::Codes, "online_codes_by_user", vec![name()])
                .before(vec![number.clone()])
                .descending()
                .limit(9),
            "online_codes_by_user",
        ),
        (
            index(Table::Codes, "online_codes_by_user", vec![])
                .after(vec![name(), number.clone()])
                .limit(9),
            "online_codes_by_user",
        ),
        (
            index(Table::Machines, "machines_by_key", vec![number.clone()]).limit(1),
            "machines_by_key",
        ),
        (
            is_before(
                index(Table::Verifications, "verifications_by_age", vec![]),
                &instant,
            )
            .limit(9),
            "verifications_by_age",
        ),
        (
            is_before(
                index(Table::Heads, "heads_by_failure", vec![number.clone()]),
                &instant,
            )
            .limit(9),
            "heads_by_failure",
        ),
        (
            is_before(Selection::all(Table::Events), &id).limit(9),
            "events_pkey",
        ),
    ];
    for (table, name) in [
        (Table::Codes, "online_codes_by_key"),
        (Table::SecurityCodes, "security_codes_by_key"),
    ] {
        let of_key = index(table, name, vec![number.clone()]);
        selections.push((is_before(of_key.clone(), &instant).limit(9), name));
        selections.push((of_key.from(vec![instant.clone()]).limit(1), name));
    }
    for (prefix, name) in [
        (vec![name()], "events_by_user"),
        (vec![name()], "events_by_kind"),
    ] {
        let newest = index(Table::Events, name, prefix).descending().limit(9);
        selections.push((newest.clone(), name));
        let page = is_before(newest, &id).from(vec![id.clone()]);
        selections.push((page, name));
    }
    let newest = is_before(Selection::all(Table::Events), &id).from(vec![id.clone()]);
    selections.push((newest.descending().limit(9), "events_pkey"));
    selections
}

/// The pages of a table.
fn page(table: Table) -> Selection {
    let key = table.declaration().key_columns();
    let key = key.map(|column: &Column| value(column.kind, 1)).collect();
    Selection::all(table).after(key).limit(9)
}

/// Returns the plan of a statement as a session of the store has it, if tables are larger than
/// the memory.
fn explain(place: &Place, shape: &Shape, params: usize) -> String {
    let settings = settings(Duration::from_secs(30));
    let nulls = vec!["NULL"; params].join(", ");
    let nulls = if params == 0 {
        nulls
    } else {
        format!("({nulls})")
    };
    place.psql(&format!(
        "SET effective_cache_size = '1MB'; {settings}; PREPARE it AS {}; EXPLAIN (COSTS OFF) EXECUTE it{nulls}",
        shape.sql(),
    ))
}

/// Returns the plan of a selection, which reads nothing but its rows, in their order.
fn plan(place: &Place, shape: &Shape, params: usize) -> String {
    let explained = explain(place, shape, params);
    for costly in ["Sort", "Seq Scan", "Bitmap", "Filter: ("] {
        assert!(!explained.contains(costly), "{costly}: {explained}");
    }
    explained
}

fn every_selection_reads_its_index(place: &Place) {
    let tenant = tenant();
    for (selection, index) in selections() {
        let (range, params) = Range::of(&tenant, &selection).unwrap();
        let explained = plan(place, &Shape::Select(vec![range]), params.len());
        let way = if selection.is_descending {
            "Backward "
        } else {
            ""
        };
        let expected = format!("Index Scan {way}using {index} on ");
        assert!(explained.contains(&expected), "{index}: {explained}");
    }
    for table in Table::ALL {
        let selection = page(table);
        // After the only row of a tenant there is none.
        if table.declaration().key > 0 {
            let (range, params) = Range::of(&tenant, &selection).unwrap();
            let explained = plan(place, &Shape::Select(vec![range]), params.len());
            assert!(
                explained.contains(&format!("using {table}_pkey")),
                "{explained}"
            );
        }
    }
    // Several in one statement.
    let (mut ranges, mut count) = (Vec::new(), 0);
    for (selection, _) in &selections() {
        let (range, params) = Range::of(&tenant, selection).unwrap();
        ranges.push(range);
        count += params.len();
    }
    let explained = plan(place, &Shape::Select(ranges), count);
    assert_eq!(explained.matches("Index Scan").count(), selections().len());
}

fn every_deletion_reads_its_index(place: &Place) {
    let tenant = tenant();
    let old = page_before();
    let (range, params) = Range::of(&tenant, &old).unwrap();
    let deleted = deletion(place, &Shape::Delete(range), params.len());
    assert!(
        deleted.contains("Index Scan using online_codes_by_key"),
        "{deleted}"
    );
    let by_user = Table::Codes
        .declaration()
        .index("online_codes_by_user")
        .unwrap();
    let prefix = [value(Kind::Text, 1)];
    let (range, params) = Range::last(&tenant, Table::Codes, by_user, &prefix, 20).unwrap();
    let trimmed = deletion(place, &Shape::Apply(vec![Step::Trim(range)]), params.len());
    let expected = "Scan Backward using online_codes_by_user";
    assert!(trimmed.contains(expected), "{trimmed}");
}

/// Changes find their row by the key.
fn every_change_reads_its_key(place: &Place) {
    for table in Table::ALL {
        let declaration = table.declaration();
        let mut steps = vec![(Step::Delete(table), declaration.key + 1)];
        if declaration.version.is_some() {
            let all = declaration.columns.len() + 2;
            steps = vec![
                (Step::Delete(table), declaration.key + 2),
                (Step::Replace(table), all),
                (Step::Renew(table), all),
            ];
        }
        for (step, params) in steps {
            let explained = explain(place, &Shape::Apply(vec![step]), params);
            let key = format!("Index Scan using {table}_pkey on {table}");
            assert!(explained.contains(&key), "{explained}");
            assert!(
                explained.contains(&format!("Tid Scan on {table}")),
                "{explained}"
            );
            assert_eq!(explained.matches("Index Scan").count(), 1, "{explained}");
            assert!(!explained.contains("Seq Scan"), "{explained}");
        }
    }
}

fn page_before() -> Selection {
    let key = vec![value(Kind::Integer, 1)];
    let old = index(Table::Codes, "online_codes_by_key", key);
    old.before(vec![value(Kind::Instant, 1)]).limit(9)
}

/// The rows are found by an index, and deleted by their places.
fn deletion(place: &Place, shape: &Shape, params: usize) -> String {
    let explained = explain(place, shape, params);
    assert!(
        explained.contains("Tid Scan on online_codes"),
        "{explained}"
    );
    for costly in ["Sort", "Seq Scan", "Bitmap"] {
        assert!(!explained.contains(costly), "{costly}: {explained}");
    }
    explained
}

#[test]
fn indexes_are_read_in_their_order() {
    let Some(place) = Place::new() else { return };
    every_selection_reads_its_index(&place);
    every_deletion_reads_its_index(&place);
    every_change_reads_its_key(&place);
    // Small tables, of which the server knows that they are small.
    for table in Table::ALL {
        let rows: Vec<_> = (1..5).map(|number| row(table, number)).collect();
        place.store.keep(&tenant(), &rows).unwrap();
    }
    place.psql("VACUUM ANALYZE");
    every_selection_reads_its_index(&place);
    every_deletion_reads_its_index(&place);
    every_change_reads_its_key(&place);
    // A large table, of which the server expects that a tenth is selected.
    place.psql(
        "INSERT INTO stopgap.verifications SELECT 'acme', 'user ' || n, ''::bytea, 1, 'login',
            ''::bytea, now() - random() * interval '1 year', ''::bytea, ''::bytea
         FROM generate_series(1, 50000) AS numbers (n)",
    );
    place.psql("VACUUM ANALYZE");
    every_selection_reads_its_index(&place);
}
