//! Copies to a server and back. The names of tests contain `postgres`.

use std::sync::Arc;

use stopgap_registry::{
    Copied, Postgres, StoreError,
    stopgap::{Name, RecordId, Throttle, UserHead},
    store::{self, Change, Query, Row, Selection, Store, Table, Value},
};
use test_postgres::Database;

use crate::{
    copy_all,
    file::File,
    filled::{TENANTS, fill, keys, noon, open},
    rows, sums,
};

/// Returns an empty database; `None` with a message if there is no server.
fn database() -> Option<Database> {
    Some(test_postgres::server()?.database())
}

/// Runs SQL with psql.
fn run(database: &Database, sql: &str) -> String {
    database.psql(sql).unwrap()
}

fn on(database: &Database) -> Postgres {
    Postgres::open(database.url(), noon()).unwrap()
}

fn tenant() -> Name {
    TENANTS[0].parse().unwrap()
}

#[test]
fn every_row_goes_to_postgres_and_back() {
    let (Some(between), Some(twice)) = (database(), database()) else {
        return;
    };
    let (from, back) = (File::new(), File::new());
    let codes = fill(&Arc::new(from.open()), 9_000);
    let source = from.open();
    let (one, other) = (on(&between), on(&twice));
    for (from, to) in [
        (&source as &dyn Store, &one as &dyn Store),
        (&one, &other),
        (&other, &back.open()),
    ] {
        let copied = copy_all(from, to).unwrap();
        assert_eq!(copied.tenants, TENANTS.len());
        let [new, old, same] = sums(&copied);
        assert!(new == same && old == 0 && new > 36_000, "{copied:?}");
        assert_eq!(sums(&copy_all(from, to).unwrap()), [0, same, same]);
    }
    from.is_same_as(&back.path);
    // Each code that was issued before can be used once on the server.
    codes.work(Arc::new(one));
}

/// Every table can be filled on a server too, and is copied from it.
#[test]
fn a_store_filled_in_postgres_is_copied() {
    let Some(database) = database() else { return };
    let store = Arc::new(on(&database));
    let codes = fill(&store, 0);
    let to = File::new();
    let copied = copy_all(&*store, &to.open()).unwrap();
    assert_eq!(copied.tenants, TENANTS.len());
    assert!(
        copied.tables.iter().all(|rows| rows.copied > 0),
        "{copied:?}"
    );
    codes.work(Arc::new(to.open()));
}

/// The copy would lose a table that it does not know, without an error.
#[test]
fn every_table_of_postgres_is_copied() {
    let Some(database) = database() else { return };
    drop(on(&database));
    let there = run(
        &database,
        "SELECT tablename FROM pg_catalog.pg_tables
         WHERE schemaname = 'stopgap' AND tablename <> 'migrations' ORDER BY 1",
    );
    let mut known = Table::ALL.map(Table::as_str);
    known.sort_unstable();
    assert_eq!(there.lines().collect::<Vec<_>>(), known);
}

/// An interrupted copy is continued: rows that were committed stay.
#[test]
fn a_copy_to_postgres_is_continued() {
    let (Some(database), from) = (database(), File::new()) else {
        return;
    };
    fill(&Arc::new(from.open()), 0);
    let source = from.open();
    let to = on(&database);
    let all = sums(&copy_all(&source, &to).unwrap())[2];
    // Whole tables are missing, and some last rows of other tables.
    for sql in [
        "DELETE FROM stopgap.events WHERE id > (SELECT max(id::text)::uuid FROM
            (SELECT id FROM stopgap.events ORDER BY id LIMIT 20) AS first)",
        "DELETE FROM stopgap.security_codes",
        "DELETE FROM stopgap.online_codes WHERE user_name > 'alice'",
        "DELETE FROM stopgap.heads",
        "DELETE FROM stopgap.ring_keys",
        "DELETE FROM stopgap.tenants WHERE tenant = 'acme'",
        // A gap between rows, which no copy leaves.
        "DELETE FROM stopgap.verifications WHERE idempotency_key = 'second'",
    ] {
        run(&database, sql);
        let copied: Copied = copy_all(&source, &to).unwrap();
        let [new, old, same] = sums(&copied);
        assert!(
            new > 0 && new + old == all && same == all,
            "{sql}: {copied:?}"
        );
    }
    let back = File::new();
    copy_all(&to, &back.open()).unwrap();
    from.is_same_as(&back.path);
}

/// The copy finds a row that differs in the tables of a server.
#[test]
fn a_change_in_postgres_is_found() {
    let (Some(database), from) = (database(), File::new()) else {
        return;
    };
    fill(&Arc::new(from.open()), 0);
    let source = from.open();
    let to = on(&database);
    copy_all(&source, &to).unwrap();
    let check = |change: &dyn Fn(), undo: &dyn Fn(), reason: &str| {
        change();
        let error = copy_all(&source, &to).unwrap_err();
        assert_eq!(error.reason(), reason, "{error}");
        undo();
        copy_all(&source, &to).unwrap();
    };
    for (change, undo) in [
        (
            "UPDATE stopgap.online_codes SET uses = uses + 7 WHERE user_name = 'zoë'",
            "UPDATE stopgap.online_codes SET uses = uses - 7 WHERE user_name = 'zoë'",
        ),
        (
            "UPDATE stopgap.events SET detail = coalesce(detail, '') || 'x'",
            "UPDATE stopgap.events SET detail = nullif(left(detail, -1), '')",
        ),
    ] {
        let run = |sql: &str| drop(run(&database, sql));
        check(&|| run(change), &|| run(undo), "copy_differs");
    }
    let head = UserHead::seal(&keys(), "zzz".parse().unwrap(), Throttle::default(), 1);
    let head = rows::head(&head, noon());
    let elsewhere = "nobody".parse().unwrap();
    for (tenant, reason) in [(tenant(), "copy_extra"), (elsewhere, "copy_tenant")] {
        let add = || rows::apply(&to, &tenant, &[Change::Insert(head.clone())]);
        let remove = || rows::apply(&to, &tenant, &[rows::remove(&head)]);
        check(&add, &remove, reason);
    }
}

/// A row with the digest of another is a conflict, and no row of its batch is stored.
#[test]
fn postgres_accepts_a_digest_only_once() {
    let Some(database) = database() else { return };
    let from = File::new();
    fill(&Arc::new(from.open()), 0);
    let to = on(&database);
    copy_all(&from.open(), &to).unwrap();
    let codes = rows::all(&to, &tenant(), Table::Codes);
    let thief = |number: u8, digest: Value| {
        let mut row = codes[0].clone();
        row.set("id", RecordId::from_bytes([number; 16]));
        row.set("user_name", "thief");
        row.set("number", u32::from(number));
        row.set("digest", digest);
        row
    };
    let new = thief(1, (&[1; 32][..]).into());
    let stolen = thief(2, codes[0].value("digest").clone());
    let kept = to.keep(&tenant(), &[new, stolen]);
    assert!(matches!(kept, Err(StoreError::Conflict(_))), "{kept:?}");
    assert_eq!(rows::all(&to, &tenant(), Table::Codes), codes);
}

/// The copy neither creates nor changes its source.
#[test]
fn a_source_in_postgres_is_unchanged() {
    let Some(database) = database() else { return };
    let opened = store::open_source(database.url(), noon());
    assert!(matches!(opened, Err(StoreError::Missing)));
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'stopgap'";
    assert_eq!(run(&database, schemas).trim(), "0");
    drop(open(Arc::new(on(&database)), TENANTS[0]));
    let source = store::open_source(database.url(), noon()).unwrap();
    let keys: Vec<Row> = rows::all(&*source, &tenant(), Table::Keys);
    assert_eq!(keys.len(), 3);
    let written = [
        source.update(&tenant(), &Query::default(), &mut |_| {
            Ok(vec![rows::remove(&keys[0])])
        }),
        source.keep(&tenant(), &keys).map(drop),
        source
            .delete(&tenant(), &Selection::all(Table::Keys))
            .map(drop),
    ];
    for written in written {
        assert!(
            matches!(written, Err(StoreError::ReadOnly(_))),
            "{written:?}"
        );
    }
    assert_eq!(source.tenants().unwrap(), [tenant()]);
    assert_eq!(rows::all(&*source, &tenant(), Table::Keys), keys);
}
