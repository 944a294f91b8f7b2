//! The server of this process's tests.

use std::{
    io::{self, Write},
    sync::OnceLock,
};

use crate::{Cluster, Database, Programs, address::Address, psql::Psql};

/// The variable that names a server where tests may create databases, as a URL.
pub const VARIABLE: &str = "STOPGAP_TEST_POSTGRES";

/// A server where tests may create databases.
#[derive(Debug)]
pub struct Server {
    address: Address,
    client: Psql,
    /// One that was started is kept up by it. Other tests use it at the same time: one
    /// that must stop its server, or see what is said to it, starts its own.
    _cluster: Option<Cluster>,
}

/// The server that [`VARIABLE`] names, or else one that is started for this process
/// when first asked for; `None` where neither is, which is then said, once.
///
/// # Panics
///
/// There is one and it does not work: that is no reason to skip a test.
#[must_use]
pub fn server() -> Option<&'static Server> {
    static SERVER: OnceLock<Option<Server>> = OnceLock::new();
    let found = SERVER.get_or_init(|| Server::find().unwrap_or_else(|error| broken(&error)));
    found.as_ref()
}

/// The programs to start a [`Cluster`] with, for a test that must have its own; `None`
/// where there are none, which is then said, once.
#[must_use]
pub fn programs() -> Option<&'static Programs> {
    static PROGRAMS: OnceLock<Option<Programs>> = OnceLock::new();
    let found = PROGRAMS.get_or_init(|| Programs::find().or_else(skipped));
    found.as_ref()
}

impl Server {
    /// The server that [`VARIABLE`] names, or else one that ends when this is dropped;
    /// `None` where neither can be had, which is then said, once.
    ///
    /// # Errors
    ///
    /// There is one and it does not work.
    pub fn find() -> io::Result<Option<Self>> {
        if let Ok(url) = std::env::var(VARIABLE) {
            return Self::named(&url).map(Some);
        }
        programs().map(Self::started).transpose()
    }

    fn named(url: &str) -> io::Result<Self> {
        let address = Address::of(url);
        let client = Psql::find(address.clone())?;
        client.version()?;
        Ok(Self {
            address,
            client,
            _cluster: None,
        })
    }

    fn started(programs: &Programs) -> io::Result<Self> {
        let cluster = Cluster::start(programs, &[])?;
        Ok(Self {
            address: Address::of(&cluster.url("postgres")),
            client: cluster.client()?,
            _cluster: Some(cluster),
        })
    }

    /// The URL of the server, as tests of other processes take it from [`VARIABLE`].
    #[must_use]
    pub fn url(&self) -> String {
        self.address.url(self.address.database())
    }

    /// An empty database of a name of its own, removed when dropped.
    ///
    /// # Panics
    ///
    /// The server makes none.
    #[must_use]
    pub fn database(&self) -> Database {
        let made = Database::new(self.client.clone(), &self.address);
        made.unwrap_or_else(|error| broken(&error))
    }

    /// The version of the server, for instance `15.4`.
    ///
    /// # Errors
    ///
    /// What `psql` said.
    pub fn version(&self) -> io::Result<String> {
        self.client.version()
    }
}

/// Says that tests do nothing, past the harness, which would keep it to itself.
fn skipped<T>() -> Option<T> {
    let why = match std::env::var_os(VARIABLE) {
        Some(_) => "never stopped nor killed: no server programs were found".to_owned(),
        None => format!("not tested: neither its server programs were found nor {VARIABLE}"),
    };
    let _ = writeln!(io::stderr(), "skipped: PostgreSQL was {why}");
    None
}

#[expect(clippy::panic, reason = "this is how a test says no")]
fn broken<T>(error: &io::Error) -> T {
    panic!("PostgreSQL does not work: {error}")
}
