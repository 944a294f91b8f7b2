//! Databases that are empty, have another schema of that name, or a newer one.

use stopgap_registry::{StoreError, stopgap::chrono::Utc, store};
use test_postgres::Database;

use crate::{
    place::{Place, empty, issue, open, root, trouble, verify},
    worker::Worker,
};

const MIGRATIONS: &str = "SELECT number, oldest FROM stopgap.migrations ORDER BY number";

#[test]
fn many_processes_open_an_empty_database_at_once() {
    let Some((_, database)) = empty() else { return };
    let settings = [("STOPGAP_URL", database.url())];
    let mut workers: Vec<_> = (0..8).map(|_| Worker::start("open", &settings)).collect();
    for worker in &mut workers {
        worker.say("go\n");
    }
    for mut worker in workers {
        assert_eq!(worker.hear().as_deref(), Some("opened"));
    }
    assert_eq!(database.psql(MIGRATIONS).unwrap(), "0|0\n1|1");
    let keys = "SELECT count(*) FROM stopgap.keys";
    assert_eq!(database.psql(keys).unwrap(), "1");
}

#[test]
fn a_schema_of_another_program_is_refused() {
    let Some((_, database)) = empty() else { return };
    let make = "CREATE SCHEMA stopgap; CREATE TABLE stopgap.stopovers (city text)";
    database.psql(make).unwrap();
    let error = trouble(open(database.url()));
    assert!(matches!(error, StoreError::Foreign(_)), "{error}");
    assert_eq!(error.reason(), "store_foreign");
    let tables = "SELECT string_agg(tablename, ',') FROM pg_tables WHERE schemaname = 'stopgap'";
    assert_eq!(database.psql(tables).unwrap(), "stopovers");
}

#[test]
fn a_database_in_another_encoding_is_refused() {
    let Some((_, database)) = empty() else { return };
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let name = format!("{}_{}", database.name(), encoding.to_lowercase());
        let sql =
            format!("CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0");
        database.psql(&sql).unwrap();
        let url = database.url().replace(database.name(), &name);
        let (opened, source) = (open(&url), store::open_source(&url, Utc::now()));
        database.psql(&format!("DROP DATABASE {name}")).ok();
        for error in [trouble(opened), source.unwrap_err()] {
            assert_eq!(error.reason(), "store_encoding", "{error}");
            assert!(error.to_string().contains(encoding), "{error}");
        }
    }
}

/// An administrator may have created the schema for a user who cannot create one.
#[test]
fn an_empty_schema_is_used() {
    let Some((_, database)) = empty() else { return };
    database.psql("CREATE SCHEMA stopgap").unwrap();
    open(database.url()).unwrap();
    assert_eq!(database.psql(MIGRATIONS).unwrap(), "0|0\n1|1");
}

#[test]
fn a_newer_schema_is_refused_unless_it_only_adds() {
    let Some(place) = Place::new() else { return };
    let migrate = |number: u32, oldest: u32| {
        place.psql(&format!(
            "INSERT INTO stopgap.migrations (number, name, oldest, applied_at)
             VALUES ({number}, 'to come', {oldest}, now())"
        ))
    };
    // A migration that only adds columns stops neither a running process nor a new one.
    place.psql("ALTER TABLE stopgap.online_codes ADD COLUMN colour text");
    migrate(2, 1);
    let code = issue(&place.registry).unwrap();
    let other = open(place.database.url()).unwrap();
    let _ = verify(&other, &code, None).unwrap();
    assert_eq!(other.codes(&root(), "alice").unwrap()[0].uses, 1);
    migrate(3, 3);
    let error = trouble(open(place.database.url()));
    let versions = matches!(error, StoreError::Newer { found: 3, known: 1 });
    assert!(versions, "{error}");
    assert_eq!(error.reason(), "store_newer");
}

/// A process that dies during a migration leaves nothing.
#[test]
fn a_migration_that_was_interrupted_leaves_nothing() {
    let Some((_, database)) = empty() else { return };
    let sql = "SELECT count(*) FROM pg_namespace WHERE nspname = 'stopgap'";
    let count = |database: &Database| database.psql(sql).unwrap();
    // Another process creates the schema, and has not finished when this one starts.
    std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            let made = database.psql(
                "CREATE SCHEMA stopgap; CREATE TABLE stopgap.migrations (number bigint);
                 SELECT pg_sleep(1); SELECT 1 / 0",
            );
            made.unwrap_err()
        });
        std::thread::sleep(std::time::Duration::from_millis(400));
        assert_eq!(count(&database), "0");
        open(database.url()).unwrap();
        other.join().unwrap();
    });
    assert_eq!(database.psql(MIGRATIONS).unwrap(), "0|0\n1|1");
}
