//! A registry over a store that can fail, and all that is in it.

use std::{
    fmt::Write,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use rusqlite::{Connection, types::Value};
use stopgap_registry::{
    EventFilter, Memory, Registry, Sqlite,
    stopgap::{Actor, KeyId, KeyRing, MasterKey, Name, Role},
    store::{Store, Transaction},
};
use tempfile::TempDir;

use crate::faulty::{Faulty, Plan};

pub(crate) struct World {
    pub(crate) registry: Registry,
    pub(crate) plan: Arc<Plan>,
    clock: Arc<Mutex<DateTime<Utc>>>,
    store: Arc<dyn Store>,
    /// Where the rows can be looked at as they are.
    file: Option<(PathBuf, TempDir)>,
    /// Users and attempts so far, to look at what a store does not list.
    names: AtomicU32,
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
        let path = folder.path().join("faults.db");
        let store = Sqlite::open(&path, noon()).unwrap();
        Self::over(Arc::new(store), Some((path, folder)))
    }

    fn over(store: Arc<dyn Store>, file: Option<(PathBuf, TempDir)>) -> Self {
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
            file,
            names: AtomicU32::new(0),
        }
    }

    /// A number that was not given out before, from 2 on.
    pub(crate) fn number(&self) -> u32 {
        self.names.fetch_add(1, Ordering::Relaxed) + 2
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        *self.clock.lock().unwrap()
    }

    pub(crate) fn pass(&self, span: TimeDelta) {
        *self.clock.lock().unwrap() += span;
    }

    /// Opens another registry over the same faulty store.
    pub(crate) fn open(&self, keys: &KeyRing, tenant: &str) -> Result<(), stopgap_registry::Error> {
        let now = self.now();
        let faulty = Faulty {
            store: Arc::clone(&self.store),
            plan: Arc::clone(&self.plan),
        };
        let builder = Registry::builder(keys).tenant(tenant).clock(move || now);
        builder.over(faulty).map(drop)
    }

    /// All that is kept: what the contract shows and, of a file, every row.
    pub(crate) fn dump(&self) -> String {
        let mut text = String::new();
        let tenant = Name::new("default").unwrap();
        let names = self.names.load(Ordering::Relaxed) + 2;
        let read = self.store.read(&tenant, &mut |rows| {
            text = listed(rows, names)?;
            Ok(())
        });
        read.unwrap();
        if let Some((path, _)) = &self.file {
            text.push_str(&tables(path));
        }
        text
    }

    /// Whether the dump has the rows of a file too.
    pub(crate) fn is_a_file(&self) -> bool {
        self.file.is_some()
    }

    /// How many rows there are of each table, where there are tables.
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

fn listed(rows: &mut dyn Transaction, names: u32) -> stopgap_registry::store::Result<String> {
    let mut text = String::new();
    let mut line = |line: String| writeln!(text, "{line}").unwrap();
    line(format!("clock {:?}", rows.clock_floor()?));
    line(format!("formats {:?}", rows.formats()?));
    for row in rows.codes(None, usize::MAX)? {
        line(format!("code {}", json(&row)));
    }
    for row in rows.security_codes(None, usize::MAX)? {
        let used = row.last_used_at;
        line(format!("security {} {used:?}", json(&row.record)));
    }
    for row in rows.verifications(None, usize::MAX)? {
        line(format!("verification {}", json(&row)));
    }
    for (name, policy) in rows.presets()? {
        line(format!("preset {name} {policy:?}"));
    }
    for row in rows.keys()? {
        line(format!("key {row:?}"));
    }
    for number in 0..names {
        let name = Name::new(format!("name-{number}")).unwrap();
        line(format!("throttle {name} {:?}", rows.throttle(&name)?));
        for machine in rows.machines(&name)? {
            line(format!("machine {}", json(&machine)));
        }
    }
    let filter = EventFilter {
        limit: usize::MAX,
        ..EventFilter::default()
    };
    for event in rows.events(&filter)? {
        line(format!("event {event:?}"));
    }
    Ok(text)
}

/// Returns a sealed record with its digest and its tag.
fn json(sealed: &impl serde::Serialize) -> String {
    serde_json::to_string(sealed).unwrap()
}

/// Returns all rows of all tables.
fn tables(path: &PathBuf) -> String {
    let connection = Connection::open(path).unwrap();
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name";
    let mut tables = connection.prepare(sql).unwrap();
    let tables = tables.query_map([], |row| row.get(0)).unwrap();
    let mut text = String::new();
    for table in tables {
        let table: String = table.unwrap();
        let mut rows = connection
            .prepare(&format!("SELECT * FROM {table}"))
            .unwrap();
        let columns = rows.column_count();
        let rows = rows.query_map([], |row| {
            let values = (0..columns).map(|place| row.get::<_, Value>(place));
            values.collect::<Result<Vec<_>, _>>()
        });
        for row in rows.unwrap() {
            writeln!(text, "table-{table} {:?}", row.unwrap()).unwrap();
        }
    }
    text
}
