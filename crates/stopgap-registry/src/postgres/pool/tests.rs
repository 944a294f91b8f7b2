#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a panic is how a test says no, and it waits"
)]

use std::time::Instant;

use super::{Address, Connection, Deadline, Duration, Place, process, thread};

/// As a place in a child of this process, which must leave its parent's session open.
#[test]
fn what_belongs_to_a_parent_stays_open() {
    let Some(server) = test_postgres::server() else {
        return;
    };
    let database = server.database();
    let address = Address::parse(database.url()).unwrap();
    let sessions = || {
        let others = "SELECT count(*) FROM pg_stat_activity
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
        database.psql(others).unwrap()
    };
    let drop_in = |process| {
        let deadline = Deadline::after(Duration::from_secs(10));
        let connection = Connection::open(&address, &address.servers, deadline).unwrap();
        drop(Place {
            connection: Some(connection),
            process,
        });
    };
    drop_in(process::id());
    let began = Instant::now();
    while sessions() != "0" {
        assert!(began.elapsed() < Duration::from_secs(10), "never closed");
        thread::sleep(Duration::from_millis(10));
    }
    drop_in(process::id().wrapping_add(1));
    // One that is closed is gone by then.
    thread::sleep(Duration::from_millis(500));
    assert_eq!(sessions(), "1");
}
