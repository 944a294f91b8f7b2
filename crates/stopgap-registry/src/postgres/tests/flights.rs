//! Round trips, and the statements of changes.

use super::{
    place::{Place, apply, at, row, tenant, value},
    proxy,
};
use crate::{
    Postgres,
    postgres::{change, flight::Request},
    store::{Change, Changes, Kind, Lock, Query, Selection, Store, StoreError, Table, Value},
};

/// A query as a verification has it.
fn query() -> Query {
    let codes = Table::Codes.declaration();
    let by_digest = codes.index("online_codes_by_digest").unwrap();
    let name = value(Kind::Text, 2);
    let digests = vec![value(Kind::Bytes, 1), value(Kind::Bytes, 2)];
    Query {
        locks: vec![
            Lock {
                name: "user".into(),
                is_shared: false,
            },
            Lock {
                name: "*keys".into(),
                is_shared: true,
            },
        ],
        selections: vec![
            Selection::all(Table::Tenants),
            Selection::all(Table::RingKeys),
            Selection::key(Table::Heads, vec![name.clone()]),
            Selection::index(Table::Codes, by_digest, vec![]).any_of(digests),
            Selection::key(Table::Verifications, vec![name, value(Kind::Bytes, 2)]),
            Selection::all(Table::Presets).limit(1),
        ],
    }
}

fn changes(number: u8) -> Changes {
    let mut head = row(Table::Heads, 2);
    head.set("changes", i64::from(number));
    let mut code = row(Table::Codes, 2);
    code.set("uses", i64::from(number));
    vec![
        Change::Replace {
            loaded: head.version().clone(),
            row: head,
        },
        Change::Replace {
            loaded: code.version().clone(),
            row: code,
        },
        Change::Renew {
            row: row(Table::Verifications, 2),
            loaded: (number > 10).then(|| value(Kind::Bytes, 2)),
        },
        Change::Insert(row(Table::Events, number)),
    ]
}

#[test]
fn an_update_takes_two_round_trips() {
    let Some(place) = Place::new() else { return };
    let (url, trips) = proxy::before(place.database.url());
    let store = Postgres::open(&url, at(0)).unwrap();
    apply(&store, &vec![Change::Insert(row(Table::Heads, 2))]).unwrap();
    apply(&store, &vec![Change::Insert(row(Table::Codes, 2))]).unwrap();
    let update = |number: u8, changes: Changes| {
        trips.take();
        let updated = store.update(&tenant(), &query(), &mut |loaded| {
            assert_eq!(loaded.rows[2].len(), 1);
            assert_eq!(loaded.rows[3].len(), 1);
            assert_eq!(loaded.rows[4].len(), usize::from(number > 10));
            Ok(changes.clone())
        });
        updated.unwrap();
        trips.take()
    };
    // The first time, statements are prepared for each of the two.
    assert_eq!(update(10, changes(10)), 4);
    assert_eq!(update(11, changes(11)), 2);
    assert_eq!(update(12, changes(12)), 2);
    assert_eq!(update(13, Vec::new()), 2);
    let refused = store.update(&tenant(), &query(), &mut |_| Err(StoreError::Missing));
    assert_eq!(refused.unwrap_err().reason(), "store_missing");
    assert_eq!(trips.take(), 2);
    // Of one table there is one change in a statement.
    let twice = |number| {
        let rows = [number, number + 1].map(|number| Change::Insert(row(Table::Events, number)));
        [rows.to_vec(), changes(number + 2)].concat()
    };
    update(20, twice(20));
    assert_eq!(update(30, twice(30)), 2);
}

#[test]
fn other_calls_take_one() {
    let Some(place) = Place::new() else { return };
    let (url, trips) = proxy::before(place.database.url());
    let store = Postgres::open(&url, at(0)).unwrap();
    // The first call also closes the statements that were used to open the store.
    store.count(&tenant(), Table::Keys).unwrap();
    for expected in [2, 1] {
        let all = Selection::all(Table::Events).limit(3);
        trips.take();
        store.load(&tenant(), &query()).unwrap();
        assert_eq!(trips.take(), expected);
        store.delete(&tenant(), &all).unwrap();
        assert_eq!(trips.take(), expected);
        store.keep(&tenant(), &[row(Table::Events, 1)]).unwrap();
        assert_eq!(trips.take(), expected);
        let mut twin = row(Table::Codes, 1);
        store.keep(&tenant(), &[twin.clone()]).unwrap();
        twin.set("id", value(Kind::Id, 2));
        trips.take();
        store.keep(&tenant(), &[twin]).unwrap_err();
        assert_eq!(trips.take(), 1);
        store.count(&tenant(), Table::Events).unwrap();
        assert_eq!(trips.take(), expected);
    }
}

/// Else the time of an answer would tell whether there was a row.
#[test]
fn a_renewal_is_the_same_work_with_and_without_a_row() {
    let shapes = |loaded: Option<Value>| {
        let change = Change::Renew {
            row: row(Table::Verifications, 1),
            loaded,
        };
        let tenant = tenant();
        let requests = change::requests(&tenant, std::slice::from_ref(&change)).unwrap();
        let shapes = requests.iter().map(|request| match request {
            Request::Statement(shape, params) => (shape.clone(), params.len()),
            Request::Command(command) => panic!("{command}"),
        });
        shapes.collect::<Vec<_>>()
    };
    assert_eq!(shapes(None), shapes(Some(value(Kind::Bytes, 1))));
    assert_eq!(shapes(None).len(), 1);
}
