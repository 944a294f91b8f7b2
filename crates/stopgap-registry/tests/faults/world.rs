//! A registry over a store that can fail, and all rows in it.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use stopgap_registry::{
    Error, Memory, Registry, Sqlite,
    stopgap::{Actor, KeyId, KeyRing, MasterKey, Role},
    store::Store,
};
use tempfile::TempDir;

use crate::{
    faulty::{Faulty, Plan},
    rows,
};

pub(crate) struct World {
    pub(crate) registry: Registry,
    pub(crate) plan: Arc<Plan>,
    clock: Arc<Mutex<DateTime<Utc>>>,
    store: Arc<dyn Store>,
    /// The numbers that were given out.
    numbers: AtomicU32,
    _folder: Option<TempDir>,
}

pub(crate) fn root() -> Actor {
    Actor::new("root", Role::SuperAdministrator).unwrap()
}

pub(crate) fn master(number: u32) -> MasterKey {
    MasterKey::from_bytes([number.to_le_bytes()[0]; 32])
}

impl World {
    pub(crate) fn memory() -> Self {
        Self::over(Arc::new(Memory::new()), None)
    }

    pub(crate) fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(folder.path().join("faults.db"), noon()).unwrap();
        Self::over(Arc::new(store), Some(folder))
    }

    fn over(store: Arc<dyn Store>, folder: Option<TempDir>) -> Self {
        let plan = Arc::new(Plan::default());
        let clock = Arc::new(Mutex::new(noon()));
        let faulty = Faulty {
            store: Arc::clone(&store),
            plan: Arc::clone(&plan),
        };
        let seen = Arc::clone(&clock);
        let registry = Registry::builder(&KeyRing::new(KeyId(1), &master(1)))
            .clock(move || *seen.lock().unwrap())
            .over(faulty)
            .unwrap();
        Self {
            registry,
            plan,
            clock,
            store,
            numbers: AtomicU32::new(2),
            _folder: folder,
        }
    }

    /// Returns a new number at each call, from 2 on.
    pub(crate) fn number(&self) -> u32 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.clock.lock().unwrap()
    }

    pub(crate) fn pass(&self, span: TimeDelta) {
        *self.clock.lock().unwrap() += span;
    }

    /// Opens another registry over the same faulty store.
    pub(crate) fn open(&self, keys: &KeyRing, tenant: &str) -> Result<(), Error> {
        let now = self.now();
        let faulty = Faulty {
            store: Arc::clone(&self.store),
            plan: Arc::clone(&self.plan),
        };
        let builder = Registry::builder(keys).tenant(tenant).clock(move || now);
        builder.over(faulty).map(drop)
    }

    /// Returns all rows of all tables: a line for each, which begins with the table.
    pub(crate) fn dump(&self) -> String {
        rows::dump(&*self.store)
    }

    /// Returns the number of rows of each table.
    pub(crate) fn counts(&self) -> Vec<(String, usize)> {
        let dump = self.dump();
        let mut counts: Vec<(String, usize)> = Vec::new();
        for line in dump.lines() {
            let table = line.split(' ').next().unwrap_or_default();
            match counts.last_mut() {
                Some((last, count)) if last == table => *count += 1,
                _ => counts.push((table.to_owned(), 1)),
            }
        }
        counts
    }
}

fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap()
}
