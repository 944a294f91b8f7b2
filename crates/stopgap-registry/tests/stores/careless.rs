//! A store that breaks the contract: it loads, decides and applies without a lock, and
//! compares no version. A test that this store passes would prove nothing.

use std::sync::{
    Barrier,
    atomic::{AtomicUsize, Ordering},
};

use stopgap_registry::{
    stopgap::Name,
    store::{
        Change, Changes, Decide, Query, Result, Row, Selection, Snapshot, Store, Table, Value,
    },
};

/// Loads from the store below without a lock, decides, and applies the changes later without
/// comparing versions.
#[derive(Debug)]
pub(crate) struct Careless<S> {
    pub(crate) store: S,
    /// `true` if each change has its own transaction.
    pub(crate) piecemeal: bool,
    /// The threads that wait for each other before they count a use.
    pub(crate) crowd: Option<Crowd>,
}

/// A number of threads that wait for each other once. A machine that runs them one after
/// the other would not show the error otherwise.
#[derive(Debug)]
pub(crate) struct Crowd {
    threads: usize,
    came: AtomicUsize,
    all: Barrier,
}

impl Crowd {
    #[allow(dead_code, reason = "one of the two tests has a crowd")]
    pub(crate) fn of(threads: usize) -> Self {
        Self {
            threads,
            came: AtomicUsize::new(0),
            all: Barrier::new(threads),
        }
    }

    fn wait(&self) {
        if self.came.fetch_add(1, Ordering::Relaxed) < self.threads {
            self.all.wait();
        }
    }
}

impl<S: Store> Store for Careless<S> {
    fn update(&self, tenant: &Name, query: &Query, decide: Decide<'_>) -> Result<()> {
        let changes = decide(&self.store.load(tenant, query)?)?;
        if let Some(crowd) = self.crowd.as_ref().filter(|_| changes.iter().any(is_use)) {
            crowd.wait();
        }
        let pieces = if self.piecemeal {
            1
        } else {
            changes.len().max(1)
        };
        changes
            .chunks(pieces)
            .try_for_each(|changes| self.force(tenant, changes))
    }

    fn load(&self, tenant: &Name, query: &Query) -> Result<Snapshot> {
        self.store.load(tenant, query)
    }

    fn delete(&self, tenant: &Name, selection: &Selection) -> Result<usize> {
        self.store.delete(tenant, selection)
    }

    fn keep(&self, tenant: &Name, rows: &[Row]) -> Result<usize> {
        self.store.keep(tenant, rows)
    }

    fn count(&self, tenant: &Name, table: Table) -> Result<u64> {
        self.store.count(tenant, table)
    }

    fn tenants(&self) -> Result<Vec<Name>> {
        self.store.tenants()
    }

    fn maintain(&self) -> Result<()> {
        self.store.maintain()
    }
}

impl<S: Store> Careless<S> {
    /// Applies changes to the present rows.
    fn force(&self, tenant: &Name, changes: &[Change]) -> Result<()> {
        let rows = changes.iter().filter_map(changed_row);
        let query = Query {
            selections: rows
                .map(|(table, key)| Selection::key(table, key))
                .collect(),
            ..Query::default()
        };
        self.store.update(tenant, &query, &mut |snapshot| {
            let rows: Vec<&Row> = snapshot.rows.iter().flatten().collect();
            let found = |table: Table, key: &[Value]| {
                let mut rows = rows.iter();
                let row = rows.find(|row| row.table() == table && row.key() == key);
                row.map(|row| row.version().clone())
            };
            Ok(changes
                .iter()
                .filter_map(|change| forced(change, &found))
                .collect::<Changes>())
        })
    }
}

/// Returns `true` if the change counts a use of an online code, or revokes one.
fn is_use(change: &Change) -> bool {
    matches!(change, Change::Replace { row, .. } if row.table() == Table::Codes)
}

/// Returns the table and the key of the row that a change replaces or removes.
fn changed_row(change: &Change) -> Option<(Table, Vec<Value>)> {
    match change {
        Change::Replace { row, .. } | Change::Renew { row, .. } => {
            Some((row.table(), row.key().to_vec()))
        }
        Change::Delete { table, key, .. } => Some((*table, key.clone())),
        Change::Insert(_) | Change::Trim { .. } => None,
    }
}

/// Returns the change that has the same effect on the present row, whose version `found`
/// returns. A row that was removed is added again.
fn forced(change: &Change, found: &dyn Fn(Table, &[Value]) -> Option<Value>) -> Option<Change> {
    Some(match change {
        Change::Insert(_) | Change::Trim { .. } => change.clone(),
        Change::Replace { row, .. } | Change::Renew { row, .. } => {
            let row = row.clone();
            let loaded = found(row.table(), row.key());
            Change::Renew { row, loaded }
        }
        Change::Delete { table, key, .. } => {
            let loaded = found(*table, key)?;
            let (table, key) = (*table, key.clone());
            Change::Delete { table, key, loaded }
        }
    })
}
