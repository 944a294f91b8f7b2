//! To a server and back: test names hold `postgres`.

use std::sync::Arc;

use chrono::TimeDelta;
use stopgap_registry::{
    Copied, Postgres, StoreError,
    stopgap::Sealed,
    store::{self, Purge, Row, Store, Table},
};
use test_postgres::Database;

use crate::{
    file::File,
    filled::{TENANTS, fill, noon, open},
    moved, sums,
};

/// A database of its own; none where there is no server, which is said then.
fn database() -> Option<Database> {
    Some(test_postgres::server()?.database())
}

/// What the server says, asked by its own program.
fn run(database: &Database, sql: &str) -> String {
    database.psql(sql).unwrap()
}

fn on(database: &Database) -> Postgres {
    Postgres::open(database.url(), noon()).unwrap()
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
        let copied = moved(from, to).unwrap();
        assert_eq!(copied.tenants, TENANTS.len());
        let [new, old, same] = sums(&copied);
        assert!(new == same && old == 0 && new > 36_000, "{copied:?}");
        assert_eq!(sums(&moved(from, to).unwrap()), [0, same, same]);
    }
    from.is_same_as(&back.path);
    // What was issued before is good once, afterwards, on the server.
    codes.work(Arc::new(one));
}

/// A table that is added there and not copied would be lost without a word.
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

/// Cut off in the middle of it: what was committed is there, and the rest is copied
/// by the next one.
#[test]
fn a_copy_to_postgres_is_taken_up() {
    let (Some(database), from) = (database(), File::new()) else {
        return;
    };
    fill(&Arc::new(from.open()), 0);
    let source = from.open();
    let to = on(&database);
    let all = sums(&moved(&source, &to).unwrap())[2];
    // As if it had come so far: everything behind a row of one table, and whole tables.
    for sql in [
        "DELETE FROM stopgap.events WHERE id > (SELECT max(id::text)::uuid FROM
            (SELECT id FROM stopgap.events ORDER BY id LIMIT 20) AS first)",
        "DELETE FROM stopgap.security_codes",
        "DELETE FROM stopgap.online_codes WHERE user_name > 'alice'",
        "DELETE FROM stopgap.throttles",
        // A gap, as no copy leaves it.
        "DELETE FROM stopgap.verifications WHERE idempotency_key = 'second'",
    ] {
        run(&database, sql);
        let copied: Copied = moved(&source, &to).unwrap();
        let [new, old, same] = sums(&copied);
        assert!(
            new > 0 && new + old == all && same == all,
            "{sql}: {copied:?}"
        );
    }
    let back = File::new();
    moved(&to, &back.open()).unwrap();
    from.is_same_as(&back.path);
}

/// A row that differs is found, also where the tables are those of a server.
#[test]
fn a_change_in_postgres_is_found() {
    let (Some(database), from) = (database(), File::new()) else {
        return;
    };
    fill(&Arc::new(from.open()), 0);
    let source = from.open();
    let to = on(&database);
    moved(&source, &to).unwrap();
    for (change, undo, reason) in [
        (
            "UPDATE stopgap.online_codes SET uses = uses + 7 WHERE user_name = 'zoë'",
            "UPDATE stopgap.online_codes SET uses = uses - 7 WHERE user_name = 'zoë'",
            "copy_differs",
        ),
        (
            "UPDATE stopgap.events SET detail = coalesce(detail, '') || 'x'",
            "UPDATE stopgap.events SET detail = nullif(left(detail, -1), '')",
            "copy_differs",
        ),
        (
            "INSERT INTO stopgap.throttles VALUES ('acme', 'zzz', 1)",
            "DELETE FROM stopgap.throttles WHERE user_name = 'zzz'",
            "copy_extra",
        ),
        (
            "INSERT INTO stopgap.clocks VALUES ('nobody', now())",
            "DELETE FROM stopgap.clocks WHERE tenant = 'nobody'",
            "copy_tenant",
        ),
    ] {
        run(&database, change);
        let error = moved(&source, &to).unwrap_err();
        assert_eq!(error.reason(), reason, "{error}");
        run(&database, undo);
        moved(&source, &to).unwrap();
    }
    // A row without failures is as good as none.
    run(
        &database,
        "INSERT INTO stopgap.throttles VALUES ('acme', 'calm', 0)",
    );
    moved(&source, &to).unwrap();
}

/// What another row has is a conflict, and nothing of the batch is kept.
#[test]
fn postgres_keeps_a_digest_once() {
    let Some(database) = database() else { return };
    let from = File::new();
    fill(&Arc::new(from.open()), 0);
    let to = on(&database);
    moved(&from.open(), &to).unwrap();
    let tenant = TENANTS[0].parse().unwrap();
    let kept = to.write(&tenant, &mut |rows| {
        let (mut record, tag) = rows.codes(None, 1)?.remove(0).into_parts();
        record.user = "thief".parse().unwrap();
        let code = Box::new(Sealed::from_parts(record, tag));
        rows.keep(&[Row::Code(code)]).map(drop)
    });
    assert!(matches!(kept, Err(StoreError::Conflict(_))), "{kept:?}");
    let thief = run(
        &database,
        "SELECT count(*) FROM stopgap.throttles WHERE user_name = 'thief'",
    );
    assert_eq!(thief.trim(), "0");
}

/// A source is not made, and not written to.
#[test]
fn a_source_in_postgres_stays_as_it_is() {
    let Some(database) = database() else { return };
    let opened = store::open_source(database.url(), noon());
    assert!(matches!(opened, Err(StoreError::Missing)));
    let schemas = "SELECT count(*) FROM pg_namespace WHERE nspname = 'stopgap'";
    assert_eq!(run(&database, schemas).trim(), "0");
    drop(open(Arc::new(on(&database)), TENANTS[0]));
    let source = store::open_source(database.url(), noon()).unwrap();
    let tenant = TENANTS[0].parse().unwrap();
    let later = noon() + TimeDelta::days(1);
    let written = source.write(&tenant, &mut |rows| {
        rows.purge(Purge::Events, later, 1).map(drop)
    });
    assert!(
        matches!(written, Err(StoreError::ReadOnly(_))),
        "{written:?}"
    );
    assert_eq!(source.tenants().unwrap(), [TENANTS[0]]);
}
