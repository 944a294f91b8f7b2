//! A store that fails when it is told to.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use stopgap_registry::{
    Event, EventFilter, Machine, RecordId, StoreError,
    stopgap::{CodeDigest, CodeFormat, KeyId, Name, OnlinePolicy, RecordTag, Throttle},
    store::{
        AttemptRow, CodeRow, KeyRow, Purge, Result, SecurityRow, Store, Table, Transaction, Work,
    },
};

/// Stands before a store: the k-th call of it fails, where a transaction's
/// beginning and its end are calls too.
#[derive(Debug)]
pub(crate) struct Faulty {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) plan: Arc<Plan>,
}

/// Which call fails.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// How many calls are still done, the one that fails included; 0 for all.
    left: AtomicUsize,
    fired: AtomicBool,
    /// Whether the next transaction is kept and says that it is not.
    answer_is_lost: AtomicBool,
    /// Whether each transaction is undone at its end, and done again.
    begins_anew: AtomicBool,
}

impl Plan {
    /// From now on, the call of this number fails.
    pub(crate) fn fail_at(&self, call: usize) {
        self.left.store(call, Ordering::Relaxed);
        self.fired.store(false, Ordering::Relaxed);
    }

    /// No call fails any more; whether one did.
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

    fn call(&self) -> Result<()> {
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 1 {
            self.fired.store(true, Ordering::Relaxed);
            return Err(StoreError::Io(INJECTED.into()));
        }
        Ok(())
    }
}

/// What the error says.
pub(crate) const INJECTED: &str = "injected";

impl Store for Faulty {
    fn write(&self, tenant: &Name, work: Work<'_>) -> Result<()> {
        let plan = &*self.plan;
        plan.call()?;
        if plan.begins_anew.load(Ordering::Relaxed) {
            let undone = self.store.write(tenant, &mut |rows| {
                work(rows)?;
                Err(StoreError::Io(INJECTED.into()))
            });
            assert!(undone.is_err());
        }
        self.store.write(tenant, &mut |rows| {
            work(&mut Counted { rows, plan })?;
            plan.call()
        })?;
        if plan.answer_is_lost.swap(false, Ordering::Relaxed) {
            return Err(StoreError::Io(INJECTED.into()));
        }
        Ok(())
    }

    fn read(&self, tenant: &Name, work: Work<'_>) -> Result<()> {
        let plan = &*self.plan;
        plan.call()?;
        self.store
            .read(tenant, &mut |rows| work(&mut Counted { rows, plan }))
    }

    fn tenants(&self) -> Result<Vec<Name>> {
        self.plan.call()?;
        self.store.tenants()
    }
}

struct Counted<'a> {
    rows: &'a mut dyn Transaction,
    plan: &'a Plan,
}

macro_rules! counted {
    ($(fn $call:ident($($of:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $call(&mut self, $($of: $type),*) -> Result<$answer> {
            self.plan.call()?;
            self.rows.$call($($of),*)
        })*
    };
}

impl Transaction for Counted<'_> {
    calls_that_verify_writes!(counted);
    other_calls!(counted);
}
