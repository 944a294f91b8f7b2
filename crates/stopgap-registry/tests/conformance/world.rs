//! A store, a clock that tests set, and actors.

use std::{
    any::Any,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use stopgap_registry::{
    Clock, Error, Event, EventFilter, Granted, Memory, Registry, Sqlite,
    stopgap::{
        Actor, Code, KeyId, KeyRing, MasterKey, Name, OnlinePolicy, Purpose, Refusal, Role,
        VerifyRequest,
    },
    store::{Row, Store, Table, Value},
};

use crate::rows;

pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) registry: Registry,
    clock: Arc<Mutex<DateTime<Utc>>>,
    /// The folder or the database, which is deleted with this value.
    _place: Option<Box<dyn Any + Send + Sync>>,
}

/// The text of a security code that was never created.
pub(crate) const UNKNOWN: &str = "stopgap_0000000000000000000000000000000023024d1e";

/// Returns a master key of the server.
pub(crate) fn master(number: u8) -> MasterKey {
    MasterKey::from_bytes([number; 32])
}

/// Returns a ring of the keys with these numbers. The last one is the primary key.
pub(crate) fn ring(numbers: &[u8]) -> KeyRing {
    let key = |number: &u8| (KeyId((*number).into()), master(*number));
    let mut numbers = numbers.iter().map(key);
    let (id, first) = numbers.next().unwrap();
    let mut ring = KeyRing::new(id, &first);
    for (id, key) in numbers {
        ring.add(id, &key).unwrap();
    }
    ring
}

pub(crate) fn someone(role: Role) -> Actor {
    Actor::new(role.as_str(), role).unwrap()
}

pub(crate) fn root() -> Actor {
    someone(Role::SuperAdministrator)
}

pub(crate) fn desk() -> Actor {
    someone(Role::HelpDesk)
}

impl World {
    pub(crate) fn memory() -> Self {
        Self::over(Arc::new(Memory::new()), None)
    }

    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(folder.path().join("stopgap.db"), noon()).unwrap();
        Self::over(Arc::new(store), Some(Box::new(folder)))
    }

    /// Returns `None` and prints a message if there is no server.
    #[cfg(feature = "postgres")]
    pub(crate) fn postgres() -> Option<Self> {
        let database = test_postgres::server()?.database();
        let store = stopgap_registry::Postgres::open(database.url(), noon()).unwrap();
        Some(Self::over(Arc::new(store), Some(Box::new(database))))
    }

    fn over(store: Arc<dyn Store>, place: Option<Box<dyn Any + Send + Sync>>) -> Self {
        let clock = Arc::new(Mutex::new(noon()));
        let registry = open(&store, &clock, "default", &ring(&[1])).unwrap();
        Self {
            store,
            registry,
            clock,
            _place: place,
        }
    }

    /// Opens another registry over the same store.
    pub(crate) fn open(&self, tenant: &str, keys: &KeyRing) -> Result<Registry, Error> {
        open(&self.store, &self.clock, tenant, keys)
    }

    /// Returns the clock for another registry.
    pub(crate) fn clock(&self) -> impl Clock + use<> {
        ticking(&self.clock)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.clock.lock().unwrap()
    }

    pub(crate) fn set(&self, now: DateTime<Utc>) {
        *self.clock.lock().unwrap() = now;
    }

    pub(crate) fn pass(&self, span: TimeDelta) {
        self.set(self.now() + span);
    }

    /// Returns the tenant of the registry.
    pub(crate) fn tenant(&self) -> &Name {
        self.registry.tenant()
    }

    /// Returns the only row of a table that begins with this key.
    pub(crate) fn row(&self, table: Table, key: Vec<Value>) -> Row {
        rows::only(&*self.store, self.tenant(), table, key)
    }

    /// Edits a row as an attacker with access to the store could.
    pub(crate) fn edit(&self, row: &Row, edit: impl FnOnce(&mut Row)) {
        rows::edit(&*self.store, self.tenant(), row, edit);
    }

    /// Issues a code to alice.
    pub(crate) fn issue(&self, policy: &OnlinePolicy) -> String {
        self.issue_to("alice", policy)
    }

    pub(crate) fn issue_to(&self, user: &str, policy: &OnlinePolicy) -> String {
        let issued = self.registry.issue_code(&desk(), user, policy, &Utc);
        text(&issued.unwrap().code)
    }

    pub(crate) fn verify(&self, typed: &str) -> Result<Granted, Error> {
        self.registry
            .verify_code(&VerifyRequest::new("alice", typed, Purpose::Bypass))
    }

    pub(crate) fn refusal(&self, typed: &str) -> Refusal {
        refused(self.verify(typed))
    }

    /// Returns the newest event of the log.
    pub(crate) fn last_event(&self) -> Event {
        let filter = EventFilter::default();
        self.registry.events(&root(), &filter).unwrap().remove(0)
    }
}

fn open(
    store: &Arc<dyn Store>,
    clock: &Arc<Mutex<DateTime<Utc>>>,
    tenant: &str,
    keys: &KeyRing,
) -> Result<Registry, Error> {
    Registry::builder(keys)
        .tenant(tenant)
        .clock(ticking(clock))
        .clock_tolerance(None)
        .over(Arc::clone(store))
}

/// Returns a clock that goes on by a microsecond at each reading, because events of one
/// instant have no order.
fn ticking(clock: &Arc<Mutex<DateTime<Utc>>>) -> impl Clock + use<> {
    let clock = Arc::clone(clock);
    move || {
        let mut now = clock.lock().unwrap();
        *now += TimeDelta::microseconds(1);
        *now
    }
}

pub(crate) fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap()
}

pub(crate) fn text(code: &Code) -> String {
    code.reveal().to_string()
}

/// Returns the refusal of a call that must be refused.
pub(crate) fn refused<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Refusal {
    match outcome {
        Err(Error::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

/// Returns the reason of a call that must fail.
pub(crate) fn reason<T: std::fmt::Debug>(outcome: Result<T, Error>) -> &'static str {
    match outcome {
        Err(error) => {
            assert!(!error.to_string().is_empty());
            error.reason()
        }
        other => panic!("it worked: {other:?}"),
    }
}
