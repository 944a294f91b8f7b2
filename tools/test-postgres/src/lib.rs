//! A PostgreSQL server for tests: in a temporary folder, gone with the process.
//!
//! No crate does this: pgtemp and tmp-postgrust start installed servers, also as root,
//! but leave them running if the test process is killed, and neither can make a standby
//! or kill and restart a server. `postgresql_embedded` and pg-embed download their
//! servers, and testcontainers needs Docker.
//!
//! A [`Cluster`] is made by the installed server programs in a second, and listens on
//! 127.0.0.1 and on a socket in its folder. However the process that made it ends, also
//! by `SIGKILL`, the server ends with it and its folder is removed. A test that only
//! needs a database asks [`server`] for one.
//!
//! ```no_run
//! let Some(server) = test_postgres::server() else {
//!     return; // A message has been printed.
//! };
//! let database = server.database();
//! println!("{}", database.url());
//! ```
//!
//! The variable `STOPGAP_POSTGRES_BIN` names the folder of the server's programs if there
//! are several.
//!
//! An error includes the messages of the program that failed; a wait ends after a minute
//! with [`TimedOut`](std::io::ErrorKind::TimedOut).
//!
//! It is for Unix, and needs `kill` and `pkill`. PostgreSQL refuses to run as root: root
//! starts it as the user `postgres` or `nobody`, which needs access to the temporary
//! folder (`TMPDIR`) and to the folder of the programs.
#![cfg(unix)]
#![allow(clippy::missing_errors_doc, reason = "said above, once for all calls")]

mod cluster;
mod control;
mod database;
mod folder;
mod programs;
mod server;
mod standby;
mod stop;

pub use cluster::Cluster;
pub use database::Database;
pub use programs::{PROGRAMS, VARIABLE, installed};
pub use server::{Server, server};
pub use stop::Stop;
