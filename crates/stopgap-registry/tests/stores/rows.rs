//! The rows of a store, and changes that an editor of the database could make.
#![allow(dead_code, reason = "not every test uses all of them")]

use std::fmt::Write as _;

use chrono::{DateTime, Utc};
use stopgap_registry::{
    stopgap::{Name, OnlineGrant, Sealed, UserHead},
    store::{Change, Query, Row, Selection, Store, Table, Value},
};

/// Returns the selected rows.
pub(crate) fn select(store: &dyn Store, tenant: &Name, selection: Selection) -> Vec<Row> {
    let query = Query {
        selections: vec![selection],
        ..Query::default()
    };
    store.load(tenant, &query).unwrap().rows.remove(0)
}

/// Returns all rows of a table.
pub(crate) fn all(store: &dyn Store, tenant: &Name, table: Table) -> Vec<Row> {
    select(store, tenant, Selection::all(table))
}

/// Returns the only row that begins with this key.
pub(crate) fn only(store: &dyn Store, tenant: &Name, table: Table, key: Vec<Value>) -> Row {
    let mut rows = select(store, tenant, Selection::key(table, key));
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.remove(0)
}

/// Applies changes.
pub(crate) fn apply(store: &dyn Store, tenant: &Name, changes: &[Change]) {
    let applied = store.update(tenant, &Query::default(), &mut |_| Ok(changes.to_vec()));
    applied.unwrap();
}

/// Replaces a row by an edited one. A row with another key is removed and added again.
pub(crate) fn edit(store: &dyn Store, tenant: &Name, row: &Row, edit: impl FnOnce(&mut Row)) {
    let mut edited = row.clone();
    edit(&mut edited);
    let loaded = row.version().clone();
    if edited.key() == row.key() {
        let row = edited;
        apply(store, tenant, &[Change::Replace { row, loaded }]);
    } else {
        apply(store, tenant, &[remove(row), Change::Insert(edited)]);
    }
}

/// Moves a row to another tenant.
pub(crate) fn move_to(store: &dyn Store, tenant: &Name, other: &Name, row: &Row) {
    apply(store, tenant, &[remove(row)]);
    apply(store, other, &[Change::Insert(row.clone())]);
}

/// Returns the change that removes a row.
pub(crate) fn remove(row: &Row) -> Change {
    Change::Delete {
        table: row.table(),
        key: row.key().to_vec(),
        loaded: row.version().clone(),
    }
}

/// Returns all rows of all tables, with every value: a line for each row.
pub(crate) fn dump(store: &dyn Store) -> String {
    let mut text = String::new();
    for tenant in store.tenants().unwrap() {
        for table in Table::ALL {
            for row in all(store, &tenant, table) {
                let values = row.values().iter().map(shown);
                let values = values.collect::<Vec<_>>().join("|");
                writeln!(text, "{table} {tenant}|{values}").unwrap();
            }
        }
    }
    text
}

/// Returns a value with its bytes, which `Debug` does not show.
fn shown(value: &Value) -> String {
    match value {
        Value::Bytes(bytes) => bytes.iter().fold(String::new(), |mut text, byte| {
            write!(text, "{byte:02x}").unwrap();
            text
        }),
        value => format!("{value:?}"),
    }
}

/// Returns the row of a code.
pub(crate) fn code(sealed: &Sealed<OnlineGrant>, number: u32) -> Row {
    let record = sealed.unverified();
    let instant = |instant: Option<_>| instant.map_or(Value::Null, Value::Instant);
    Row::new(
        Table::Codes,
        vec![
            record.id.into(),
            (&record.digest).into(),
            (&record.user).into(),
            number.into(),
            record.key_id.into(),
            serde_json::to_string(&record.format).unwrap().into(),
            u32::from(record.purposes.bits()).into(),
            instant(record.not_before),
            record.expires_at.into(),
            record.max_uses.into(),
            record.uses.into(),
            instant(record.revoked_at),
            record.expires_at.into(),
            sealed.tag().into(),
        ],
    )
}

/// Returns the row of a head.
pub(crate) fn head(sealed: &Sealed<UserHead>, failed_at: DateTime<Utc>) -> Row {
    let record = sealed.unverified();
    Row::new(
        Table::Heads,
        vec![
            (&record.user).into(),
            record.key_id.into(),
            record.throttle.failures.into(),
            record.throttle.locked_until.into(),
            record.changes.into(),
            sealed.tag().into(),
            false.into(),
            failed_at.into(),
        ],
    )
}

/// Edits a row so that it has the fields and the tag of this head.
pub(crate) fn set_head(row: &mut Row, head: &Sealed<UserHead>) {
    let record = head.unverified();
    row.set("key_id", record.key_id);
    row.set("failures", record.throttle.failures);
    row.set("locked_until", record.throttle.locked_until);
    row.set("changes", record.changes);
    row.set("tag", head.tag());
}
