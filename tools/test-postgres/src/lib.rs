//! A PostgreSQL server for tests: in a temporary folder, gone with the process.
//!
//! A [`Cluster`] is made by the server's own programs, in a second, and listens on
//! 127.0.0.1 and on a socket in its folder. It can be stopped, killed as by a power
//! cut, silenced, restarted, and given a [standby](Cluster::standby). However the
//! process that made it ends, also by `SIGKILL`, the server ends with it and its
//! folder is removed.
//!
//! A test that only wants a database asks [`server`] for one: of the server that
//! [`VARIABLE`] names, or else of a cluster that this process starts once.
//!
//! ```no_run
//! let Some(server) = test_postgres::server() else {
//!     return; // It has said so.
//! };
//! let database = server.database();
//! println!("{}", database.url());
//! ```
//!
//! It is for Unix. Root, whom PostgreSQL refuses, starts it as the user `postgres` or
//! `nobody`; the temporary folder (`TMPDIR`) must then be one that they can reach.
#![cfg(unix)]

mod account;
mod address;
mod cluster;
mod control;
mod database;
mod folder;
mod guard;
mod port;
mod process;
mod programs;
mod psql;
mod server;
mod settings;
mod standby;

pub use cluster::{Cluster, Identity};
pub use control::Stop;
pub use database::Database;
pub use programs::Programs;
pub use server::{Server, VARIABLE, programs, server};
