//! The store for a fleet: one database, shared by the processes of many machines.

mod address;
mod backoff;
mod columns;
mod connection;
mod copy;
mod error;
mod events;
mod grant;
mod keep;
mod parameters;
mod pool;
mod purge;
mod schema;
mod tls;
mod transaction;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};
use stopgap::Name;
use tokio_postgres::Config;

use self::{
    address::Address, backoff::Backoff, connection::Connection, error::Trouble, pool::Pool,
    transaction::Open,
};
use crate::store::{AtOnce, CodeRow, Presentation, Result, Store, StoreError, Work};

/// How often what others got in the way of is tried, before it is
/// [`StoreError::Locked`].
const TRIES: u32 = 32;
/// How often what somebody else seems to have done meanwhile is tried.
const CONFLICTS: u32 = 4;
/// For how long opening a store asks a server that does not answer: it may just be
/// starting, or not be where the address says.
const PATIENCE: Duration = Duration::from_secs(2);

/// A store in a PostgreSQL database, for any number of machines.
pub struct Postgres {
    address: Arc<Address>,
    pool: Pool,
    /// To read from, where the address names any.
    replicas: Option<Pool>,
    deadline: Duration,
    /// Whether anything may be changed through it.
    writes: bool,
}

impl Postgres {
    /// Opens the store in a database, and makes its tables, in the schema `stopgap`,
    /// where there are none. `now` is noted with the migrations that are applied.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the address cannot be read, nobody answers or lets us in,
    /// the schema `stopgap` is somebody else's, or was made by a newer Stopgap.
    pub fn open(url: &str, now: DateTime<Utc>) -> Result<Self> {
        let store = Self::of(url)?;
        store.at_first(|connection, deadline| schema::migrate(connection, deadline, now))?;
        Ok(store)
    }

    /// Opens the store in a database where it is there, to read it alone: nothing is
    /// changed through it, and no replica is asked.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`StoreError::Missing`] where there is none; each
    /// write gives [`StoreError::ReadOnly`].
    pub fn open_source(url: &str) -> Result<Self> {
        let mut store = Self::of(url)?;
        store.replicas = None;
        store.writes = false;
        store.at_first(schema::is_known)?;
        Ok(store)
    }

    fn of(url: &str) -> Result<Self> {
        let address = Arc::new(Address::parse(url)?);
        let pool = |config: &Config| Pool::new(Arc::clone(&address), config.clone());
        Ok(Self {
            pool: pool(&address.config)?,
            replicas: address.replicas.as_ref().map(pool).transpose()?,
            deadline: address.deadline,
            writes: true,
            address,
        })
    }

    /// Works on the first connection, with less patience than later.
    fn at_first(&self, work: impl Fn(&mut Connection, Instant) -> Result<()>) -> Result<()> {
        let deadline = self.deadline();
        let began = Instant::now();
        let patience = began.checked_add(PATIENCE).unwrap_or(began).min(deadline);
        self.again_until(deadline, || {
            let work = |connection: &mut Connection| work(connection, deadline);
            self.pool.with(deadline, patience, work)
        })
    }

    /// Lets each call take so long at most, in place of what the address says.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// When a call that begins now must have ended.
    fn deadline(&self) -> Instant {
        let now = Instant::now();
        now.checked_add(self.deadline).unwrap_or(now)
    }

    /// Works, and again where others got in the way, or the connection was lost, and
    /// nothing was done.
    fn again_until<T>(&self, deadline: Instant, mut work: impl FnMut() -> Result<T>) -> Result<T> {
        let mut backoff = Backoff::until(deadline);
        let mut tried = 0_u32;
        loop {
            let error = match work() {
                Ok(done) => return Ok(done),
                Err(error) => error,
            };
            tried = tried.saturating_add(1);
            let tries = match error {
                StoreError::Locked(_) | StoreError::Lost(_) => TRIES,
                StoreError::Conflict(_) => CONFLICTS,
                // The one that was the primary is not any more; another is.
                StoreError::ReadOnly(_) if self.address.config.get_hosts().len() > 1 => TRIES,
                _ => return Err(error),
            };
            if tried >= tries || !backoff.pause() {
                return Err(error);
            }
        }
    }
}

impl Store for Postgres {
    fn write(&self, tenant: &Name, work: Work<'_>) -> Result<()> {
        if !self.writes {
            return Err(StoreError::ReadOnly(
                "it was opened to be read alone".into(),
            ));
        }
        let deadline = self.deadline();
        self.again_until(deadline, || {
            self.pool.with(deadline, deadline, |connection| {
                transact(connection, deadline, tenant, work)
            })
        })
    }

    fn read(&self, tenant: &Name, work: Work<'_>) -> Result<()> {
        let deadline = self.deadline();
        let mut look = |pool: &Pool, patience| {
            pool.with(deadline, patience, |connection| {
                work(&mut Open {
                    connection,
                    tenant,
                    deadline,
                    writes: false,
                    formats: Vec::new(),
                })
            })
        };
        if let Some(replicas) = &self.replicas {
            // Where no replica answers, the primary does.
            match look(replicas, Instant::now()) {
                Err(StoreError::Unreachable { .. } | StoreError::Lost(_)) => {}
                looked => return looked,
            }
        }
        self.again_until(deadline, || look(&self.pool, deadline))
    }

    fn tenants(&self) -> Result<Vec<Name>> {
        let mut tenants: Vec<Name> = Vec::new();
        loop {
            let deadline = self.deadline();
            let after = tenants.last().map_or("", Name::as_str);
            let next = self.again_until(deadline, || {
                self.pool.with(deadline, deadline, |connection| {
                    copy::next_tenant(connection, deadline, after)
                })
            })?;
            match next {
                Some(next) => tenants.push(next),
                None => return Ok(tenants),
            }
        }
    }

    fn at_once(&self) -> Option<&dyn AtOnce> {
        self.writes.then_some(self)
    }

    fn purge_batch(&self) -> usize {
        purge::BATCH
    }
}

impl AtOnce for Postgres {
    fn grant(&self, tenant: &Name, asked: &Presentation<'_>) -> Result<Option<CodeRow>> {
        let deadline = self.deadline();
        self.again_until(deadline, || {
            self.pool.with(deadline, deadline, |connection| {
                // Forgets what was warned of before.
                connection.was_warned();
                let granted = grant::grant(connection, deadline, tenant, asked);
                committed(connection, granted)
            })
        })
    }
}

/// Works on a tenant's rows in one transaction.
fn transact(
    connection: &mut Connection,
    deadline: Instant,
    tenant: &Name,
    work: Work<'_>,
) -> Result<()> {
    connection.was_warned();
    let begun = connection.say(deadline, "BEGIN");
    begun.map_err(Trouble::before_commit)?;
    let done = work(&mut Open {
        connection,
        tenant,
        deadline,
        writes: true,
        formats: Vec::new(),
    });
    match done {
        Ok(()) => {
            let kept = connection.run(deadline, "COMMIT");
            committed(connection, kept)
        }
        Err(error) => {
            connection.undo(deadline);
            Err(error)
        }
    }
}

/// What came of a commit. One that was cut off while it waited for a standby says that
/// all is well, with a warning: it may be lost with this server.
fn committed<T>(connection: &mut Connection, outcome: Result<T, Trouble>) -> Result<T> {
    let done = outcome.map_err(Trouble::after_commit)?;
    if connection.was_warned() {
        return Err(StoreError::Unknown(
            "the server warned while it committed".into(),
        ));
    }
    Ok(done)
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Postgres({:?})", self.address.shown)
    }
}
