//! A store that breaks the contract: it reads, decides and writes without a lock.

use std::sync::{
    Barrier,
    atomic::{AtomicUsize, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use stopgap_registry::{
    Event, EventFilter,
    stopgap::{
        CodeDigest, CodeFormat, KeyId, Name, OnlineGrant, OnlinePolicy, RecordId, RecordTag,
        Sealed, SecurityCode, Throttle, Verification, offline::Enrolment,
    },
    store::{KeyRow, Purge, Result, SecurityRow, Store, Table, Transaction, Work},
};

/// Reads the store below without its lock, decides, and writes the result later.
#[derive(Debug)]
pub(crate) struct Careless<S> {
    pub(crate) store: S,
    /// `true` if each write has a transaction of its own.
    pub(crate) piecemeal: bool,
    /// The threads that wait for each other before they write a use.
    pub(crate) crowd: Option<Crowd>,
}

/// A number of threads that wait for each other once. Otherwise a machine that runs them
/// one after the other would not show the error.
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
    fn write(&self, tenant: &Name, work: Work<'_>) -> Result<()> {
        let mut later = Vec::new();
        let mut uses = false;
        self.store.read(tenant, &mut |rows| {
            work(&mut Looking {
                rows,
                later: &mut later,
                uses: &mut uses,
            })
        })?;
        if let Some(crowd) = self.crowd.as_ref().filter(|_| uses) {
            crowd.wait();
        }
        let write_all = |writes: &[Write]| {
            self.store.write(tenant, &mut |rows| {
                writes.iter().try_for_each(|write| write(rows))
            })
        };
        if self.piecemeal {
            later.chunks(1).try_for_each(write_all)
        } else {
            write_all(&later)
        }
    }

    fn read(&self, tenant: &Name, work: Work<'_>) -> Result<()> {
        self.store.read(tenant, work)
    }

    fn tenants(&self) -> Result<Vec<Name>> {
        self.store.tenants()
    }
}

type Write = Box<dyn Fn(&mut dyn Transaction) -> Result<()>>;

struct Looking<'a> {
    rows: &'a mut dyn Transaction,
    later: &'a mut Vec<Write>,
    /// `true` if a use is counted.
    uses: &'a mut bool,
}

impl Looking<'_> {
    fn later(&mut self, write: impl Fn(&mut dyn Transaction) -> Result<()> + 'static) {
        self.later.push(Box::new(write));
    }
}

macro_rules! immediate {
    ($(fn $call:ident($($of:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $call(&mut self, $($of: $type),*) -> Result<$answer> {
            self.rows.$call($($of),*)
        })*
    };
}

impl Transaction for Looking<'_> {
    other_calls!(immediate);

    fn raise_clock_floor(&mut self, now: DateTime<Utc>, quiet: TimeDelta) -> Result<()> {
        self.later(move |rows| rows.raise_clock_floor(now, quiet));
        Ok(())
    }

    fn replace_code(&mut self, new: &Sealed<OnlineGrant>, loaded: &RecordTag) -> Result<bool> {
        *self.uses = true;
        let (new, loaded) = (new.clone(), *loaded);
        self.later(move |rows| rows.replace_code(&new, &loaded).map(drop));
        Ok(true)
    }

    fn insert_verification(&mut self, new: &Sealed<Verification>) -> Result<()> {
        let new = new.clone();
        self.later(move |rows| rows.insert_verification(&new));
        Ok(())
    }

    fn set_throttle(&mut self, user: &Name, throttle: &Throttle) -> Result<()> {
        let (user, throttle) = (user.clone(), *throttle);
        self.later(move |rows| rows.set_throttle(&user, &throttle));
        Ok(())
    }

    fn append(&mut self, event: &Event) -> Result<()> {
        let event = event.clone();
        self.later(move |rows| rows.append(&event));
        Ok(())
    }
}
