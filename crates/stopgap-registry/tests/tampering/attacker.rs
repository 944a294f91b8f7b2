//! A registry, and the attacker who edits the rows below it.

use std::{
    cell::Cell,
    sync::{Arc, Mutex},
};

use chrono::{DateTime, TimeDelta, Utc};
use stopgap_registry::{
    Error, Memory, Registry, Sqlite,
    stopgap::{
        Actor, KeyId, KeyRing, MasterKey, Name, OnlinePolicy, Purpose, RecordId, Role, Validity,
        VerifyRequest, offline::Agent,
    },
    store::{Row, Selection, Store, Table, Value},
};
use tempfile::TempDir;

use crate::{edit::Edit, rows};

/// A code that was never issued.
pub(crate) const WRONG: &str = "0123-4567-89AB";

pub(crate) struct Attacker {
    /// A registry that issues with key 2, and has key 1.
    pub(crate) registry: Registry,
    pub(crate) store: Arc<dyn Store>,
    clock: Arc<Mutex<DateTime<Utc>>>,
    /// The users so far.
    users: Cell<usize>,
    _folder: Option<TempDir>,
}

/// Runs a test over each store.
pub(crate) fn each(test: impl Fn(&Attacker)) {
    test(&Attacker::memory());
    let folder = tempfile::tempdir().unwrap();
    let store = Sqlite::open(folder.path().join("stopgap.db"), start()).unwrap();
    test(&Attacker::over(Arc::new(store), Some(folder)));
}

fn start() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).unwrap()
}

pub(crate) fn root() -> Actor {
    Actor::new("root", Role::SuperAdministrator).unwrap()
}

pub(crate) fn ring(ids: &[u8]) -> KeyRing {
    let key = |id: u8| MasterKey::from_bytes([id + 5; 32]);
    let mut keys = KeyRing::new(KeyId(ids[0].into()), &key(ids[0]));
    for id in &ids[1..] {
        keys.add(KeyId((*id).into()), &key(*id)).unwrap();
    }
    keys
}

/// Returns the reason of a refusal; `done` if the call succeeded.
pub(crate) fn said<T>(outcome: Result<T, Error>) -> &'static str {
    outcome.map_or_else(|error| error.reason(), |_| "done")
}

impl Attacker {
    pub(crate) fn memory() -> Self {
        Self::over(Arc::new(Memory::new()), None)
    }

    fn over(store: Arc<dyn Store>, folder: Option<TempDir>) -> Self {
        let clock = Arc::new(Mutex::new(start()));
        let registry = open(&store, &clock, &ring(&[1, 2]));
        Self {
            registry,
            store,
            clock,
            users: Cell::new(0),
            _folder: folder,
        }
    }

    /// Opens another registry over the same store.
    pub(crate) fn open(&self, ids: &[u8]) -> Registry {
        open(&self.store, &self.clock, &ring(ids))
    }

    /// Returns the same attacker with another registry.
    pub(crate) fn with(&self, registry: Registry) -> Self {
        Self {
            registry,
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            users: Cell::new(0),
            _folder: None,
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.clock.lock().unwrap()
    }

    pub(crate) fn pass(&self, span: TimeDelta) {
        *self.clock.lock().unwrap() += span;
    }

    /// Returns the name of another user.
    pub(crate) fn user(&self) -> String {
        self.users.set(self.users.get() + 1);
        format!("user-{}", self.users.get())
    }

    /// Issues a code. Returns the code and its id.
    pub(crate) fn issue(&self, user: &str, policy: &OnlinePolicy) -> (String, RecordId) {
        let issued = self.registry.issue_code(&root(), user, policy, &Utc);
        let issued = issued.unwrap();
        (issued.code.reveal().to_string(), issued.record.id)
    }

    pub(crate) fn verify(&self, user: &str, typed: &str) -> &'static str {
        let request = VerifyRequest::new(user, typed, Purpose::Bypass);
        self.ask(&request)
    }

    pub(crate) fn verify_by(&self, key: &str, user: &str, typed: &str) -> &'static str {
        let request = VerifyRequest::new(user, typed, Purpose::Bypass);
        self.ask(&request.idempotency_key(key))
    }

    fn ask(&self, request: &VerifyRequest<'_>) -> &'static str {
        match self.registry.verify_code(request) {
            Ok(granted) if granted.replayed => "replayed",
            Ok(_) => "granted",
            Err(error) => error.reason(),
        }
    }

    pub(crate) fn authenticate(&self, presented: &str) -> &'static str {
        match self.registry.authenticate(presented, |_| Role::User) {
            Ok(_) => "granted",
            Err(error) => error.reason(),
        }
    }

    pub(crate) fn answer(&self, user: &str, agent: &Agent) -> &'static str {
        let shown = agent.request_code(self.now()).to_string();
        let request = VerifyRequest::new(user, &shown, Purpose::Bypass);
        let registry = &self.registry;
        match registry.answer_request(&root(), &request, Validity::DAY, &Utc) {
            Ok(_) => "answered",
            Err(error) => error.reason(),
        }
    }

    fn tenant(&self) -> &Name {
        self.registry.tenant()
    }

    /// Returns the row of a key.
    pub(crate) fn row(&self, table: Table, key: Vec<Value>) -> Row {
        rows::only(&*self.store, self.tenant(), table, key)
    }

    /// Returns all rows of a table.
    pub(crate) fn rows(&self, table: Table) -> Vec<Row> {
        rows::all(&*self.store, self.tenant(), table)
    }

    /// Edits a row, and returns the edited row.
    pub(crate) fn edit(&self, row: &Row, edit: &Edit) -> Row {
        if let Edit::Tenant = edit {
            let other = "other".parse().unwrap();
            rows::move_to(&*self.store, self.tenant(), &other, row);
            return row.clone();
        }
        let mut edited = row.clone();
        edit.apply(&mut edited);
        self.replace(row, &edited);
        edited
    }

    /// Puts a row in the place of another one.
    pub(crate) fn replace(&self, row: &Row, other: &Row) {
        let set = |row: &mut Row| row.clone_from(other);
        rows::edit(&*self.store, self.tenant(), row, set);
    }

    /// Sets the column of an edit to its earlier value, and keeps other changes since then.
    /// Does nothing if the row was removed.
    pub(crate) fn undo(&self, edit: &Edit, edited: &Row, before: &Row) {
        let tenant = match edit {
            Edit::Tenant => "other".parse().unwrap(),
            _ => self.tenant().clone(),
        };
        let key = Selection::key(edited.table(), edited.key().to_vec());
        let Some(row) = rows::select(&*self.store, &tenant, key).pop() else {
            return;
        };
        match edit {
            Edit::Tenant => rows::move_to(&*self.store, &tenant, self.tenant(), &row),
            _ => rows::edit(&*self.store, &tenant, &row, |row| {
                row.set(edit.column(), before.value(edit.column()).clone());
            }),
        }
    }

    pub(crate) fn delete(&self, row: &Row) {
        rows::apply(&*self.store, self.tenant(), &[rows::remove(row)]);
    }

    pub(crate) fn insert(&self, row: &Row) {
        let change = stopgap_registry::store::Change::Insert(row.clone());
        rows::apply(&*self.store, self.tenant(), &[change]);
    }
}

fn open(store: &Arc<dyn Store>, clock: &Arc<Mutex<DateTime<Utc>>>, keys: &KeyRing) -> Registry {
    let clock = Arc::clone(clock);
    // Events of one instant have no order.
    let builder = Registry::builder(keys).clock(move || {
        let mut now = clock.lock().unwrap();
        *now += TimeDelta::microseconds(1);
        *now
    });
    builder
        .clock_tolerance(None)
        .over(Arc::clone(store))
        .unwrap()
}
