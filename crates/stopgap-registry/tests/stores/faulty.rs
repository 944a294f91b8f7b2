//! A store that fails on request.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use stopgap_registry::{
    Event, EventFilter, StoreError,
    stopgap::{
        CodeDigest, CodeFormat, KeyId, Name, OnlineGrant, OnlinePolicy, RecordId, RecordTag,
        Sealed, SecurityCode, Throttle, Verification, offline::Enrolment,
    },
    store::{KeyRow, Purge, Result, SecurityRow, Store, Table, Transaction, Work},
};

/// Wraps a store: its k-th call fails. The beginning and the end of a transaction are calls
/// too.
#[derive(Debug)]
pub(crate) struct Faulty {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) plan: Arc<Plan>,
}

/// The call that fails.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// The calls until the one that fails, which is included; 0 if none fails.
    left: AtomicUsize,
    fired: AtomicBool,
    /// `true` if the next transaction is kept, and its answer is an error.
    answer_is_lost: AtomicBool,
    /// `true` if each transaction is undone at its end, and done again.
    begins_anew: AtomicBool,
}

impl Plan {
    /// Lets the call of this number fail, from now on.
    pub(crate) fn fail_at(&self, call: usize) {
        self.left.store(call, Ordering::Relaxed);
        self.fired.store(false, Ordering::Relaxed);
    }

    /// Lets no call fail any more. Returns whether one did.
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

/// The message of the error.
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
