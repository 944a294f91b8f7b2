//! The server that the tests of a process share.

use std::{io, sync::OnceLock};

use crate::{Cluster, Database, VARIABLE, database::Psql};

/// A server on which tests may create databases.
///
/// Tests share it. A test that stops its server or reads the server's log needs a
/// [`Cluster`] of its own.
#[derive(Debug)]
pub struct Server {
    /// The URL of the server, for other processes to take from [`VARIABLE`].
    pub url: String,
    /// The version of the server, for instance `15.4`.
    pub version: String,
    psql: Psql,
    /// The cluster, if the server was started here; the server ends with it.
    _cluster: Option<Cluster>,
}

/// The server that this process's tests share, [found](Server::find) at the first call.
///
/// # Panics
///
/// The server does not work: that is no reason to skip a test.
#[must_use]
pub fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let found = SERVER.get_or_init(|| Server::find().unwrap_or_else(|error| broken(&error)));
    found.as_ref()
}

impl Server {
    /// The server that [`VARIABLE`] names, or else one that ends when this is dropped.
    /// `None`, with a message printed once, if there is neither.
    pub fn find() -> io::Result<Option<Self>> {
        let (url, psql, cluster) = if let Ok(url) = std::env::var(VARIABLE) {
            let psql = Psql::new(&url, None);
            (url, psql, None)
        } else if let Some(cluster) = Cluster::start(&[])? {
            (cluster.url("postgres"), cluster.client(), Some(cluster))
        } else {
            return Ok(None);
        };
        Ok(Some(Self {
            url,
            version: psql.run("postgres", "show server_version")?,
            psql,
            _cluster: cluster,
        }))
    }

    /// Creates an empty database with a unique name, removed when dropped.
    ///
    /// # Panics
    ///
    /// The server does not create it.
    #[must_use]
    pub fn database(&self) -> Database {
        let made = Database::new(self.psql.clone(), &self.url);
        made.unwrap_or_else(|error| broken(&error))
    }
}

#[expect(clippy::panic, reason = "a panic fails the test")]
fn broken<T>(error: &io::Error) -> T {
    panic!("PostgreSQL does not work: {error}")
}
