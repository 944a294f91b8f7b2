//! A store that fails on request.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use stopgap_registry::{
    StoreError,
    stopgap::Name,
    store::{
        Change, Changes, Decide, Query, Result, Row, Selection, Snapshot, Store, Table, Value,
    },
};

/// Wraps a store, and makes its k-th step fail. The beginning of an update, each of its
/// changes and its end are steps. Each other call is one step.
#[derive(Debug)]
pub(crate) struct Faulty {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) plan: Arc<Plan>,
}

/// The step that fails.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The number of steps up to and including the one that fails; 0 if none fails.
    left: AtomicUsize,
    fired: AtomicBool,
    /// `true` if the next update is applied, and its answer is an error.
    answer_is_lost: AtomicBool,
    /// `true` if each update is undone at its end, and done again.
    begins_anew: AtomicBool,
}

impl Plan {
    /// Makes the step of this number fail, counted from now on.
    pub(crate) fn fail_at(&self, step: usize) {
        self.left.store(step, Ordering::Relaxed);
        self.fired.store(false, Ordering::Relaxed);
    }

    /// Makes no further step fail. Returns `true` if a step failed.
    pub(crate) fn stop(&self) -> bool {
        self.left.store(0, Ordering::Relaxed);
        self.fired.load(Ordering::Relaxed)
    }

    pub(crate) fn lose_answer(&self) {
        self.answer_is_lost.store(true, Ordering::Relaxed);
    }

    pub(crate) fn begin_anew(&self) {
        self.begins_anew.store(true, Ordering::Relaxed);
    }

    /// Counts a step, and returns `true` if it fails.
    fn fails(&self) -> bool {
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 1 {
            self.fired.store(true, Ordering::Relaxed);
        }
        left == 1
    }

    fn step(&self) -> Result<()> {
        if self.fails() {
            Err(injected())
        } else {
            Ok(())
        }
    }

    /// Counts each change as a step, and the end of the update. If one fails, the store below
    /// gets the changes before it, and then one that it cannot apply.
    fn spoil(&self, mut changes: Changes) -> (Changes, bool) {
        let steps = changes.len() + 1;
        let Some(place) = (0..steps).find(|_| self.fails()) else {
            return (changes, false);
        };
        changes.truncate(place);
        changes.push(impossible());
        (changes, true)
    }
}

/// The message of the error.
pub(crate) const INJECTED: &str = "injected";

fn injected() -> StoreError {
    StoreError::Io(INJECTED.into())
}

/// Returns a change that removes a missing row.
fn impossible() -> Change {
    Change::Delete {
        table: Table::Presets,
        key: vec!["there is no such preset".into()],
        loaded: Value::Bytes(vec![0; 32]),
    }
}

impl Store for Faulty {
    fn update(&self, tenant: &Name, query: &Query, decide: Decide<'_>) -> Result<()> {
        let plan = &*self.plan;
        plan.step()?;
        if plan.begins_anew.load(Ordering::Relaxed) {
            let undone = self.store.update(tenant, query, &mut |snapshot| {
                let mut changes = decide(snapshot)?;
                changes.push(impossible());
                Ok(changes)
            });
            assert!(undone.is_err());
        }
        let mut is_spoilt = false;
        let applied = self.store.update(tenant, query, &mut |snapshot| {
            let changes;
            (changes, is_spoilt) = plan.spoil(decide(snapshot)?);
            Ok(changes)
        });
        if is_spoilt {
            let conflict = matches!(applied, Err(StoreError::Conflict(_)));
            assert!(conflict, "{applied:?}");
            return Err(injected());
        }
        applied?;
        if plan.answer_is_lost.swap(false, Ordering::Relaxed) {
            return Err(injected());
        }
        Ok(())
    }

    fn load(&self, tenant: &Name, query: &Query) -> Result<Snapshot> {
        self.plan.step()?;
        self.store.load(tenant, query)
    }

    fn delete(&self, tenant: &Name, selection: &Selection) -> Result<usize> {
        self.plan.step()?;
        self.store.delete(tenant, selection)
    }

    fn keep(&self, tenant: &Name, rows: &[Row]) -> Result<usize> {
        self.plan.step()?;
        self.store.keep(tenant, rows)
    }

    fn count(&self, tenant: &Name, table: Table) -> Result<u64> {
        self.plan.step()?;
        self.store.count(tenant, table)
    }

    fn tenants(&self) -> Result<Vec<Name>> {
        self.plan.step()?;
        self.store.tenants()
    }

    fn maintain(&self) -> Result<()> {
        self.plan.step()?;
        self.store.maintain()
    }
}
