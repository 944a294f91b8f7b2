//! A store that does what none may: it reads, decides and writes.

use std::sync::{
    Barrier,
    atomic::{AtomicUsize, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use stopgap_registry::{
    Event, EventFilter, Machine, RecordId,
    stopgap::{CodeDigest, CodeFormat, KeyId, Name, OnlinePolicy, RecordTag, Throttle},
    store::{
        AttemptRow, CodeRow, KeyRow, Purge, Result, SecurityRow, Store, Table, Transaction, Work,
    },
};

/// Looks at the store beneath without its lock, decides, and writes down
/// afterwards what came of it.
#[derive(Debug)]
pub(crate) struct Careless<S> {
    pub(crate) store: S,
    /// Whether each write has a transaction of its own.
    pub(crate) piecemeal: bool,
    /// Whom one who would use a code waits for before it writes.
    pub(crate) crowd: Option<Crowd>,
}

/// So many threads that wait for each other once. Without it a machine that runs
/// them one after the other would not show what is wrong.
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
    /// Whether a code is to be used.
    uses: &'a mut bool,
}

impl Looking<'_> {
    fn later(&mut self, write: impl Fn(&mut dyn Transaction) -> Result<()> + 'static) {
        self.later.push(Box::new(write));
    }
}

macro_rules! at_once {
    ($(fn $call:ident($($of:ident: $type:ty),*) -> $answer:ty;)*) => {
        $(fn $call(&mut self, $($of: $type),*) -> Result<$answer> {
            self.rows.$call($($of),*)
        })*
    };
}

impl Transaction for Looking<'_> {
    other_calls!(at_once);

    fn raise_clock_floor(&mut self, now: DateTime<Utc>, quiet: TimeDelta) -> Result<()> {
        self.later(move |rows| rows.raise_clock_floor(now, quiet));
        Ok(())
    }

    fn consume_code(&mut self, digest: &CodeDigest) -> Result<Option<u32>> {
        let row = self.rows.code(digest)?;
        *self.uses = true;
        let digest = *digest;
        self.later(move |rows| rows.consume_code(&digest).map(drop));
        Ok(row.map(|row| row.record.uses + 1))
    }

    fn insert_attempt(&mut self, row: &AttemptRow) -> Result<()> {
        let row = row.clone();
        self.later(move |rows| rows.insert_attempt(&row));
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
