//! A store in a database, and calls of its registry.

use sha2::{Digest, Sha256};
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

/// Returns the address with another parameter.
pub(crate) fn with(url: &str, parameter: &str) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    format!("{url}{joint}{parameter}")
}

/// A registry with its own database.
pub(crate) struct Place {
    pub(crate) registry: Registry,
    pub(crate) database: Database,
}

impl Place {
    /// Creates a database on the server of this process. Returns `None` and prints a
    /// message if there is no server.
    pub(crate) fn new() -> Option<Self> {
        test_postgres::server().map(|server| Self::of(server.database()))
    }

    /// Creates a database on its own server.
    pub(crate) fn alone() -> Option<(Self, Cluster)> {
        let cluster = Cluster::start(&[]).unwrap()?;
        let place = Self::of(cluster.database().unwrap());
        Some((place, cluster))
    }

    fn of(database: Database) -> Self {
        let registry = open(database.url()).unwrap();
        Self { registry, database }
    }

    /// Opens another registry over the same database.
    pub(crate) fn open(&self, parameter: &str) -> Registry {
        open(&with(self.database.url(), parameter)).unwrap()
    }

    pub(crate) fn psql(&self, sql: &str) -> String {
        self.database.psql(sql).unwrap()
    }

    /// Returns the number of uses of the code of alice, if she has one.
    pub(crate) fn uses(&self) -> String {
        self.psql("SELECT uses FROM stopgap.online_codes WHERE user_name = 'alice'")
    }
}

/// Returns the server of this process, and an empty database on it.
pub(crate) fn empty() -> Option<(&'static Server, Database)> {
    let server = test_postgres::server()?;
    Some((server, server.database()))
}

/// Issues a code for one use to alice.
pub(crate) fn issue(registry: &Registry) -> Result<String, Error> {
    let policy = OnlinePolicy::default().max_uses(1);
    let issued = registry.issue_code(&root(), "alice", &policy, &Utc)?;
    Ok(issued.code.reveal().to_string())
}

/// Returns SQL that holds the lock on alice until the end of the transaction: calls for
/// her wait before they load.
pub(crate) fn lock_alice() -> String {
    // All versions of the store must compute this number from the name of the lock.
    let hash = Sha256::digest(b"stopgap\0default\0user alice");
    let number = i64::from_be_bytes(hash[..8].try_into().unwrap());
    format!("SELECT pg_advisory_xact_lock({number})")
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

/// Returns the store's error of a call that must fail.
pub(crate) fn trouble<T: std::fmt::Debug>(outcome: Result<T, Error>) -> StoreError {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Store, "{error}");
    match error {
        Error::Store(error) => error,
        other => panic!("{other:?}"),
    }
}

/// Checks that a call failed, and that nothing was done.
pub(crate) fn known<T: std::fmt::Debug>(outcome: Result<T, Error>, reason: &str) {
    let error = trouble(outcome);
    assert_eq!(error.reason(), reason, "{error}");
    assert!(error.outcome_is_known());
}

/// Checks that a call failed, and that it is not known whether it was done.
pub(crate) fn unknown<T: std::fmt::Debug>(outcome: Result<T, Error>) {
    let error = trouble(outcome);
    assert_eq!(error.reason(), "store_unknown", "{error}");
    assert!(!error.outcome_is_known());
}
