//! A store in a database of its own.

use chrono::{DateTime, Utc};
use stopgap::{Name, RecordId};
use test_postgres::Database;

use crate::{
    Postgres,
    store::{Changes, Kind, Query, Result, Row, Selection, Store, Table, Value},
};

pub(super) struct Place {
    pub(super) store: Postgres,
    pub(super) database: Database,
}

impl Place {
    /// `None`, with a message, if there is no server.
    pub(super) fn new() -> Option<Self> {
        let database = test_postgres::server()?.database();
        let store = Postgres::open(database.url(), at(0)).unwrap();
        Some(Self { store, database })
    }

    /// The number of sessions of stores within a transaction.
    pub(super) fn transactions(&self) -> String {
        self.psql(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
                AND state LIKE 'idle in transaction%'",
        )
    }

    pub(super) fn psql(&self, sql: &str) -> String {
        self.database.psql(sql).unwrap()
    }
}

pub(super) fn tenant() -> Name {
    "acme".parse().unwrap()
}

pub(super) fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + second, 0).unwrap()
}

/// One of many values of a kind, in their order.
pub(super) fn value(kind: Kind, number: u8) -> Value {
    match kind {
        Kind::Integer => Value::Integer(i64::from(number) - 1),
        Kind::Instant => Value::Instant(at(number.into())),
        Kind::Id => Value::Id(RecordId::from_bytes([number; 16])),
        Kind::Text => {
            Value::Text(["", "Z", "a", "é", "online.verify"][usize::from(number) % 5].to_owned())
        }
        Kind::Bytes => Value::Bytes(vec![number; usize::from(number)]),
    }
}

/// A row whose values are all of this number.
pub(super) fn row(table: Table, number: u8) -> Row {
    let columns = table.declaration().columns.iter();
    Row::new(
        table,
        columns.map(|column| value(column.kind, number)).collect(),
    )
}

pub(super) fn load_one(store: &dyn Store, selection: Selection) -> Vec<Row> {
    let query = Query {
        locks: Vec::new(),
        selections: vec![selection],
    };
    store.load(&tenant(), &query).unwrap().rows.remove(0)
}

/// Makes changes without locks.
pub(super) fn apply(store: &dyn Store, changes: &Changes) -> Result<()> {
    store.update(&tenant(), &Query::default(), &mut |_| Ok(changes.clone()))
}
