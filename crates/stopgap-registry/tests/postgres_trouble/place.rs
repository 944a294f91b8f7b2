//! A store in a database, and those who act on it.

use stopgap_registry::{
    Error, ErrorKind, Granted, Registry, StoreError,
    stopgap::{
        Actor, KeyId, KeyRing, MasterKey, OnlinePolicy, Purpose, Role, VerifyRequest, chrono::Utc,
    },
};
use test_postgres::{Cluster, Database, Server};

pub(crate) fn keys() -> KeyRing {
    KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]))
}

pub(crate) fn root() -> Actor {
    Actor::new("root", Role::SuperAdministrator).unwrap()
}

pub(crate) fn open(url: &str) -> Result<Registry, Error> {
    Registry::open(url, &keys())
}

/// The address with another parameter.
pub(crate) fn with(url: &str, parameter: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{parameter}")
}

/// A registry in a database of its own.
pub(crate) struct Place {
    pub(crate) registry: Registry,
    pub(crate) database: Database,
}

impl Place {
    /// On the server of this process; none where there is none, which is said then.
    pub(crate) fn new() -> Option<Self> {
        test_postgres::server().map(|server| Self::of(server.database()))
    }

    /// On a server of its own, which may be treated badly.
    pub(crate) fn alone() -> Option<(Self, Cluster)> {
        let cluster = Cluster::start(&[]).unwrap()?;
        let place = Self::of(cluster.database().unwrap());
        Some((place, cluster))
    }

    fn of(database: Database) -> Self {
        let registry = open(database.url()).unwrap();
        Self { registry, database }
    }

    /// Another registry over the same database.
    pub(crate) fn open(&self, parameter: &str) -> Registry {
        open(&with(self.database.url(), parameter)).unwrap()
    }

    pub(crate) fn psql(&self, sql: &str) -> String {
        self.database.psql(sql).unwrap()
    }

    /// How often the code of alice was used, where she has one.
    pub(crate) fn uses(&self) -> String {
        self.psql("SELECT uses FROM stopgap.online_codes WHERE user_name = 'alice'")
    }
}

/// The process's server, and a database of it that is still empty.
pub(crate) fn empty() -> Option<(&'static Server, Database)> {
    let server = test_postgres::server()?;
    Some((server, server.database()))
}

/// A code of alice that is good once.
pub(crate) fn issue(registry: &Registry) -> Result<String, Error> {
    let policy = OnlinePolicy::default().max_uses(1);
    let issued = registry.issue_code(&root(), "alice", &policy, &Utc)?;
    Ok(issued.code.reveal().to_string())
}

pub(crate) fn verify(
    registry: &Registry,
    code: &str,
    idempotency_key: Option<&str>,
) -> Result<Granted, Error> {
    let mut request = VerifyRequest::new("alice", code, Purpose::Bypass);
    request.idempotency_key = idempotency_key;
    registry.verify_code(&request)
}

/// The store error of what must fail, its sentence whole.
pub(crate) fn trouble<T: std::fmt::Debug>(outcome: Result<T, Error>) -> StoreError {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store, "{error}");
    match error {
        Error::Store(error) => error,
        other => panic!("{other:?}"),
    }
}

/// One of which it is known that nothing was done.
pub(crate) fn known<T: std::fmt::Debug>(outcome: Result<T, Error>, reason: &str) {
    let error = trouble(outcome);
    assert_eq!(error.reason(), reason, "{error}");
    assert!(error.outcome_is_known());
}

/// One of which it is not.
pub(crate) fn unknown<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    let error = trouble(outcome);
    assert_eq!(error.reason(), "store_unknown", "{error}");
    assert!(!error.outcome_is_known());
}
