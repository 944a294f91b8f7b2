//! Failures of PostgreSQL: the errors say why, and whether the outcome is known. Nothing is
//! done twice or in part.
#![cfg(feature = "postgres")]
#![allow(
    missing_docs,
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic"
)]

#[path = "postgres_trouble/place.rs"]
mod place;
#[path = "postgres_trouble/altered.rs"]
mod postgres_altered;
#[path = "postgres_trouble/auth.rs"]
mod postgres_auth;
#[path = "postgres_trouble/connection.rs"]
mod postgres_connection;
#[path = "postgres_trouble/cut.rs"]
mod postgres_cut;
#[path = "postgres_trouble/retries.rs"]
mod postgres_retries;
#[path = "postgres_trouble/rows.rs"]
mod postgres_rows;
#[path = "postgres_trouble/schema.rs"]
mod postgres_schema;
#[path = "postgres_trouble/server.rs"]
mod postgres_server;
#[path = "postgres_trouble/standby.rs"]
mod postgres_standby;
#[path = "postgres_trouble/proxy.rs"]
mod proxy;
#[allow(dead_code, reason = "other tests need the rest")]
#[path = "processes/worker.rs"]
mod worker;

/// The processes that open an empty database.
#[test]
fn worker() {
    if worker::role().as_deref() == Some("open") {
        let url = std::env::var("STOPGAP_URL").unwrap();
        let mut line = String::new();
        std::io::stdin().read_line(&mut line).unwrap();
        let answer = match place::open(&url) {
            Ok(_) => "opened".to_owned(),
            Err(error) => error.to_string(),
        };
        worker::tell(&answer);
    }
}
