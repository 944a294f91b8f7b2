//! The contract of a store, without a registry.

use chrono::{DateTime, TimeDelta, Utc};
use stopgap_registry::{
    StoreError,
    stopgap::{Name, RecordId},
    store::{Change, Query, Row, Selection, Table, Value},
};

use crate::{
    rows::{all, apply, select},
    world::{World, noon},
};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn at(seconds: i64) -> DateTime<Utc> {
    noon() + TimeDelta::seconds(seconds)
}

fn id(number: u8) -> RecordId {
    RecordId::from_bytes([number; 16])
}

/// Returns the row of a head. The tag is the version.
fn head(user: &str, is_stranger: bool, failed_at: i64, tag: u8) -> Row {
    Row::new(
        Table::Heads,
        vec![
            user.into(),
            1_u32.into(),
            0_u32.into(),
            Value::Null,
            1_u32.into(),
            [tag; 32].as_slice().into(),
            is_stranger.into(),
            at(failed_at).into(),
        ],
    )
}

fn event(number: u8, user: Option<&str>, kind: &str) -> Row {
    Row::new(
        Table::Events,
        vec![
            id(number).into(),
            "root".into(),
            "user".into(),
            Value::Null,
            kind.into(),
            1_u32.into(),
            user.into(),
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Null,
        ],
    )
}

fn ring_key(number: u32) -> Row {
    let values = vec![
        number.into(),
        false.into(),
        Value::Null,
        false.into(),
        0_u32.into(),
    ];
    Row::new(Table::RingKeys, values)
}

fn version(tag: u8) -> Value {
    [tag; 32].as_slice().into()
}

fn index(table: Table, name: &str, prefix: Vec<Value>) -> Selection {
    Selection::index(table, table.declaration().index(name).unwrap(), prefix)
}

/// Returns the first column of rows, as text.
fn keys(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.key()[0].to_string()).collect()
}

fn insert(world: &World, rows: &[Row]) {
    let changes: Vec<_> = rows.iter().cloned().map(Change::Insert).collect();
    apply(&*world.store, &name("acme"), &changes);
}

fn conflict(world: &World, changes: &[Change]) {
    let tenant = name("acme");
    let mut calls = 0;
    let applied = world.store.update(&tenant, &Query::default(), &mut |_| {
        calls += 1;
        // A store may repeat the update for a while, and then gives up.
        Ok(changes.to_vec())
    });
    let error = applied.unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error}");
    assert!(calls >= 1);
}

fn heads(world: &World) -> Vec<Row> {
    all(&*world.store, &name("acme"), Table::Heads)
}

pub(crate) fn changes_are_applied_if_loaded_rows_are_unchanged(world: &World) {
    let first = head("alice", false, 0, 1);
    let second = head("alice", false, 1, 2);
    insert(world, std::slice::from_ref(&first));
    conflict(world, &[Change::Insert(second.clone())]);
    let replace = |row: &Row, loaded| Change::Replace {
        row: row.clone(),
        loaded,
    };
    conflict(world, &[replace(&second, version(2))]);
    conflict(world, &[replace(&head("bob", false, 0, 3), version(1))]);
    assert_eq!(heads(world), [first]);
    apply(
        &*world.store,
        &name("acme"),
        &[replace(&second, version(1))],
    );
    assert_eq!(heads(world), std::slice::from_ref(&second));
    let delete = |loaded| Change::Delete {
        table: Table::Heads,
        key: vec!["alice".into()],
        loaded,
    };
    conflict(world, &[delete(version(1))]);
    assert_eq!(heads(world), [second]);
    apply(&*world.store, &name("acme"), &[delete(version(2))]);
    assert_eq!(heads(world), []);
    conflict(world, &[delete(version(2))]);
}

pub(crate) fn all_changes_are_applied_or_none(world: &World) {
    let alice = head("alice", false, 0, 1);
    insert(world, std::slice::from_ref(&alice));
    let good = [
        Change::Insert(head("bob", false, 0, 1)),
        Change::Replace {
            row: head("alice", false, 9, 9),
            loaded: version(1),
        },
        Change::Insert(event(1, None, "purge")),
    ];
    let mut bad = good.to_vec();
    bad.push(Change::Insert(head("bob", false, 0, 2)));
    conflict(world, &bad);
    assert_eq!(heads(world), std::slice::from_ref(&alice));
    assert_eq!(all(&*world.store, &name("acme"), Table::Events), []);
    // After an error of the caller there is nothing to undo, because nothing was done.
    let failed = world
        .store
        .update(&name("acme"), &Query::default(), &mut |_| {
            Err(StoreError::Missing)
        });
    assert!(matches!(failed, Err(StoreError::Missing)));
    apply(&*world.store, &name("acme"), &[]);
    assert_eq!(heads(world), [alice]);
    apply(&*world.store, &name("acme"), &good);
    assert_eq!(keys(&heads(world)), ["alice", "bob"]);
}

pub(crate) fn rows_are_selected_by_key_and_index(world: &World) {
    // The order is that of bytes: upper case, lower case, then letters outside ASCII.
    let names = ["Zoe", "adam", "zoe", "\u{e4}da", "\u{1f600}"];
    let rows: Vec<_> = names
        .iter()
        .rev()
        .map(|user| head(user, false, 0, 1))
        .collect();
    insert(world, &rows);
    let found = |selection| keys(&select(&*world.store, &name("acme"), selection));
    let heads = || Selection::all(Table::Heads);
    assert_eq!(found(heads()), names);
    let mut reversed = names;
    reversed.reverse();
    assert_eq!(found(heads().descending()), reversed);
    assert_eq!(found(heads().descending().limit(2)), reversed[..2]);
    assert_eq!(found(heads().limit(0)), [""; 0]);
    let page = heads().after(vec!["adam".into()]).limit(2);
    assert_eq!(found(page), ["zoe", "\u{e4}da"]);
    assert_eq!(
        found(heads().from(vec!["b".into()]).before(vec!["{".into()])),
        ["zoe"]
    );
    let one = Selection::key(Table::Heads, vec!["zoe".into()]);
    assert_eq!(found(one), ["zoe"]);
    let mut some = found(heads().any_of(vec!["zoe".into(), "nobody".into(), "Zoe".into()]));
    some.sort();
    assert_eq!(some, ["Zoe", "zoe"]);
    assert_eq!(found(heads().any_of(Vec::new())), [""; 0]);
}

pub(crate) fn bounds_are_on_the_columns_after_the_prefix(world: &World) {
    let rows = [
        ("a", true, 3),
        ("b", true, 1),
        ("c", false, 2),
        ("d", true, 2),
    ];
    insert(world, &rows.map(|(user, is, at)| head(user, is, at, 1)));
    let strangers = || index(Table::Heads, "heads_by_failure", vec![true.into()]);
    let found = |selection| keys(&select(&*world.store, &name("acme"), selection));
    assert_eq!(found(strangers()), ["b", "d", "a"]);
    assert_eq!(found(strangers().descending().limit(2)), ["a", "d"]);
    assert_eq!(found(strangers().after(vec![at(1).into()])), ["d", "a"]);
    assert_eq!(found(strangers().from(vec![at(1).into()])), ["b", "d", "a"]);
    assert_eq!(found(strangers().before(vec![at(2).into()])), ["b"]);
    // Without a prefix, the bounds are on both columns.
    let both = index(Table::Heads, "heads_by_failure", Vec::new());
    let both = both
        .after(vec![false.into(), at(2).into()])
        .before(vec![true.into(), at(3).into()]);
    assert_eq!(found(both), ["b", "d"]);
}

pub(crate) fn a_partial_index_has_only_its_rows(world: &World) {
    let rows = [
        event(1, Some("alice"), "purge"),
        event(2, None, "purge"),
        event(3, Some("alice"), "online.verify"),
        event(4, Some("bob"), "purge"),
    ];
    insert(world, &rows);
    let found = |name_of, prefix: &str| {
        let selection = index(Table::Events, name_of, vec![prefix.into()]).descending();
        select(&*world.store, &name("acme"), selection)
    };
    assert_eq!(
        found("events_by_user", "alice"),
        [rows[2].clone(), rows[0].clone()]
    );
    let purges = [rows[3].clone(), rows[1].clone(), rows[0].clone()];
    assert_eq!(found("events_by_kind", "purge"), purges);
    assert_eq!(found("events_by_kind", "online.verify"), []);
    let before = index(Table::Events, "events_by_user", vec!["alice".into()]);
    let before = select(
        &*world.store,
        &name("acme"),
        before.before(vec![id(3).into()]),
    );
    assert_eq!(before, [rows[0].clone()]);
}

pub(crate) fn renew_adds_or_replaces(world: &World) {
    let renew = |tag, loaded| Change::Renew {
        row: head("alice", true, i64::from(tag), tag),
        loaded,
    };
    conflict(world, &[renew(1, Some(version(1)))]);
    apply(&*world.store, &name("acme"), &[renew(1, None)]);
    conflict(world, &[renew(2, None)]);
    conflict(world, &[renew(2, Some(version(2)))]);
    assert_eq!(heads(world), [head("alice", true, 1, 1)]);
    apply(&*world.store, &name("acme"), &[renew(2, Some(version(1)))]);
    assert_eq!(heads(world), [head("alice", true, 2, 2)]);
}

pub(crate) fn trim_keeps_the_last_rows(world: &World) {
    let rows = [
        ("a", true, 3),
        ("b", true, 1),
        ("c", false, 0),
        ("d", true, 2),
    ];
    insert(world, &rows.map(|(user, is, at)| head(user, is, at, 1)));
    let trim = |keep| Change::Trim {
        table: Table::Heads,
        index: Table::Heads
            .declaration()
            .index("heads_by_failure")
            .unwrap(),
        prefix: vec![true.into()],
        keep,
    };
    for (keep, left) in [
        (4, &["a", "b", "c", "d"][..]),
        (3, &["a", "b", "c", "d"]),
        (2, &["a", "c", "d"]),
        (0, &["c"]),
    ] {
        apply(&*world.store, &name("acme"), &[trim(keep)]);
        assert_eq!(keys(&heads(world)), left);
    }
}

pub(crate) fn delete_removes_rows_in_batches(world: &World) {
    insert(
        world,
        &[1, 2, 3, 4].map(|number| event(number, None, "purge")),
    );
    let before = |number: u8, limit| {
        let old = Selection::all(Table::Events).before(vec![id(number).into()]);
        world
            .store
            .delete(&name("acme"), &old.limit(limit))
            .unwrap()
    };
    assert_eq!(before(1, 9), 0);
    assert_eq!(before(4, 0), 0);
    assert_eq!(before(4, 2), 2);
    assert_eq!(before(4, 2), 1);
    assert_eq!(before(4, 2), 0);
    let left = all(&*world.store, &name("acme"), Table::Events);
    assert_eq!(left, [event(4, None, "purge")]);
    assert_eq!(world.store.count(&name("acme"), Table::Events).unwrap(), 1);
}

pub(crate) fn keep_adds_what_is_missing(world: &World) {
    let tenant = name("acme");
    let rows = [head("alice", false, 0, 1), head("bob", false, 0, 1)];
    assert_eq!(world.store.keep(&tenant, &rows[..1]).unwrap(), 1);
    assert_eq!(world.store.keep(&tenant, &rows).unwrap(), 1);
    assert_eq!(world.store.keep(&tenant, &[]).unwrap(), 0);
    // A row whose key exists is unchanged.
    let other = [head("alice", true, 9, 9)];
    assert_eq!(world.store.keep(&tenant, &other).unwrap(), 0);
    assert_eq!(heads(world), rows);
    // Another row has this digest.
    let code = |number: u8| {
        Row::new(
            Table::Codes,
            vec![
                id(number).into(),
                [7; 32].as_slice().into(),
                "alice".into(),
                u32::from(number).into(),
                1_u32.into(),
                "{}".into(),
                7_u32.into(),
                Value::Null,
                at(1).into(),
                Value::Null,
                0_u32.into(),
                Value::Null,
                at(1).into(),
                [number; 32].as_slice().into(),
            ],
        )
    };
    assert_eq!(world.store.keep(&tenant, &[code(1)]).unwrap(), 1);
    let error = world.store.keep(&tenant, &[code(2)]).unwrap_err();
    assert!(matches!(error, StoreError::Conflict(_)), "{error}");
    assert_eq!(world.store.count(&tenant, Table::Codes).unwrap(), 1);
}

pub(crate) fn tenants_are_apart_and_store_wide_rows_are_shared(world: &World) {
    let (acme, other) = (name("acme"), name("other"));
    apply(&*world.store, &other, &[Change::Insert(ring_key(7))]);
    let shared = |tenant| all(&*world.store, tenant, Table::RingKeys);
    assert_eq!(shared(&acme), [ring_key(7)]);
    assert_eq!(shared(&other), [ring_key(7)]);
    assert_eq!(world.store.count(&acme, Table::RingKeys).unwrap(), 1);
    insert(world, &[head("alice", false, 0, 1)]);
    assert_eq!(all(&*world.store, &other, Table::Heads), []);
    assert_eq!(world.store.count(&other, Table::Heads).unwrap(), 0);
    let everything = Selection::all(Table::Heads);
    assert_eq!(world.store.delete(&other, &everything).unwrap(), 0);
    let delete = Change::Delete {
        table: Table::Heads,
        key: vec!["alice".into()],
        loaded: version(1),
    };
    let crossed = world
        .store
        .update(&other, &Query::default(), &mut |_| Ok(vec![delete.clone()]));
    assert!(matches!(crossed, Err(StoreError::Conflict(_))));
    // Rows that belong to the whole store do not count as a tenant.
    assert_eq!(world.store.tenants().unwrap(), ["acme", "default"]);
}
