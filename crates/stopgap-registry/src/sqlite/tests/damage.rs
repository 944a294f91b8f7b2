//! Stored values that no store writes: they are returned as invalid, and no query fails.

use super::*;
use crate::store::{Change, Value};

fn event(number: u8, reason: &str) -> Row {
    let id = stopgap::RecordId::from_bytes([number; 16]);
    let mut row = Row::new(
        Table::Events,
        vec![
            id.into(),
            "root".into(),
            "user".into(),
            Value::Null,
            "purge".into(),
            1_u32.into(),
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
        ],
    );
    row.set("reason", reason);
    row
}

fn all(store: &Sqlite, table: Table) -> Vec<Row> {
    let query = Query {
        selections: vec![Selection::all(table)],
        ..Query::default()
    };
    store.load(&name("acme"), &query).unwrap().rows.concat()
}

fn run(store: &Sqlite, sql: &str) {
    on_writer(store, |writer| writer.execute_batch(sql)).unwrap();
}

#[test]
fn an_invalid_text_is_returned_as_invalid() {
    let (_folder, store) = open();
    store
        .keep(&name("acme"), &[event(1, "expired"), event(2, "unknown")])
        .unwrap();
    run(
        &store,
        "UPDATE events SET reason = CAST(x'61ff' AS TEXT) WHERE reason = 'unknown'",
    );
    let events = all(&store, Table::Events);
    assert_eq!(events[0], event(1, "expired"));
    assert_eq!(events[1].value("actor"), &Value::from("root"));
    assert!(matches!(events[1].value("reason"), Value::Invalid(why) if why.contains("utf-8")));
    // Such a row can be read, but not written.
    let error = store.keep(&name("globex"), &events).unwrap_err();
    assert!(
        matches!(
            error,
            StoreError::Row {
                table: "events",
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(store.count(&name("globex"), Table::Events).unwrap(), 0);
}

#[test]
fn an_invalid_id_and_instant_are_returned_as_invalid() {
    let (_folder, store) = open();
    store.keep(&name("acme"), &[event(1, "expired")]).unwrap();
    run(&store, "UPDATE events SET id = x'0102'");
    let events = all(&store, Table::Events);
    assert_eq!(
        *events[0].value("id"),
        Value::Invalid("2 bytes in place of 16".into())
    );

    run(
        &store,
        "INSERT INTO ring_keys VALUES ('', 1, 0, 9223372036854775807, 0, 1)",
    );
    let keys = all(&store, Table::RingKeys);
    assert_eq!(
        *keys[0].value("retired_at"),
        Value::Invalid("an impossible instant".into())
    );
    // A change of other columns does not change the damaged value.
    let mut key = keys[0].clone();
    key.set("is_compromised", 1_i64);
    key.set("changes", 2_i64);
    let query = Query {
        selections: vec![Selection::all(Table::RingKeys)],
        ..Query::default()
    };
    store
        .update(&name("acme"), &query, &mut |_| {
            Ok(vec![Change::Replace {
                row: key.clone(),
                loaded: 1_i64.into(),
            }])
        })
        .unwrap();
    assert_eq!(all(&store, Table::RingKeys), [key]);
}

/// SQLite checks the types only when it writes, and an editor has replaced this table.
#[test]
fn values_of_other_types_are_returned_as_invalid() {
    let (_folder, store) = open();
    store.keep(&name("acme"), &[event(1, "expired")]).unwrap();
    run(
        &store,
        "DROP TABLE events; CREATE TABLE events (tenant, id, actor, role, on_behalf_of, kind, count, user_name, subject,
            detail, reason, context, PRIMARY KEY (tenant, id)) WITHOUT ROWID;
         INSERT INTO events VALUES ('acme', 5, x'61', 1.5, NULL, 'purge', 1, NULL, NULL, NULL, NULL, NULL)",
    );
    let events = all(&store, Table::Events);
    let invalid = |why: &str| Value::Invalid(why.into());
    assert_eq!(*events[0].value("id"), invalid("INTEGER in place of BLOB"));
    assert_eq!(*events[0].value("actor"), invalid("BLOB in place of TEXT"));
    assert_eq!(*events[0].value("role"), invalid("REAL in place of TEXT"));
}

#[test]
fn an_invalid_tenant_is_an_error() {
    let (_folder, store) = open();
    store.keep(&name("acme"), &[event(1, "expired")]).unwrap();
    assert_eq!(store.tenants().unwrap(), [name("acme")]);
    for tenant in ["'a' || char(10)", "CAST(x'ff' AS TEXT)"] {
        run(
            &store,
            &format!("INSERT INTO keys VALUES ({tenant}, 1, x'00', 0)"),
        );
        let error = store.tenants().unwrap_err();
        assert!(
            matches!(error, StoreError::Row { table: "keys", .. }),
            "{error:?}"
        );
        run(&store, "DELETE FROM keys");
    }
}

#[test]
fn a_value_of_the_wrong_type_is_not_written() {
    let (_folder, store) = open();
    for (column, value) in [("actor", Value::Null), ("id", Value::from("text"))] {
        let mut row = event(1, "expired");
        row.set(column, value);
        let error = store
            .keep(&name("acme"), &[event(2, "expired"), row])
            .unwrap_err();
        assert!(matches!(error, StoreError::Other(_)), "{error:?}");
    }
    assert_eq!(store.count(&name("acme"), Table::Events).unwrap(), 0);
}
