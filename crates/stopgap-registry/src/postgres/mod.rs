//! The store for a fleet: one database, shared by the processes of many machines.

mod address;
mod altered;
mod auth;
mod backoff;
mod change;
mod connection;
mod deadline;
mod driver;
mod encoding;
mod error;
mod flight;
mod keep;
mod lock;
mod mistake;
mod numbers;
mod param;
mod parameters;
mod passfile;
mod pool;
mod range;
mod retry;
mod rows;
mod schema;
mod servers;
mod service;
mod shape;
mod snapshot;
mod step;
mod structure;
mod surroundings;
mod tables;
mod tenants;
mod tls;

use std::{fmt, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use stopgap::Name;

use self::{
    address::Address, connection::Connection, deadline::Deadline, param::Param, pool::Pool,
    range::Range, retry::Conflicts, shape::Shape, surroundings::Surroundings,
};
use crate::{
    fork::PerProcess,
    schema_numbers::SchemaNumbers,
    store::{Decide, Query, Result, Row, Selection, Snapshot, Store, StoreError, Table},
};

/// The time for which opening a store tries a server that does not answer: it may be
/// starting, or the address may be wrong.
const PATIENCE: Duration = Duration::from_secs(2);

#[doc = include_str!("address.md")]
pub struct Postgres {
    address: Arc<Address>,
    /// A child of a process that was forked has pools of its own.
    pools: PerProcess<Pools>,
    /// `true` if it may be written to.
    writes: bool,
}

/// The connections of a process.
struct Pools {
    primary: Pool,
    /// The replicas to read from, if the address names any.
    replicas: Option<Pool>,
}

impl Postgres {
    /// Opens the store in a database, and creates its tables in the schema `stopgap` if there
    /// are none. `now` is stored with the migrations that are applied.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the address cannot be read, the server does not answer or refuses
    /// the user, the database's encoding is not UTF-8, or the schema `stopgap` is not that of
    /// a store, was altered, or was made by a newer Stopgap.
    pub fn open(url: &str, now: DateTime<Utc>) -> Result<Self> {
        Self::of(url, Some(now), false)
    }

    /// Opens an existing store in a database.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`StoreError::Missing`] if there is no store.
    pub fn open_existing(url: &str, now: DateTime<Utc>) -> Result<Self> {
        Self::of(url, Some(now), true)
    }

    /// Opens an existing store to read from it. It cannot be changed through this value, and
    /// no replica is used.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open), and [`StoreError::Missing`] if there is no store. Each write
    /// returns [`StoreError::ReadOnly`].
    pub fn open_source(url: &str) -> Result<Self> {
        Self::of(url, None, true)
    }

    /// Returns the numbers of the schema of an existing store, after the checks of
    /// [`open_source`](Self::open_source): the encoding, the owner and the structure.
    ///
    /// # Errors
    ///
    /// As [`open_source`](Self::open_source).
    pub fn schema_numbers(url: &str) -> Result<SchemaNumbers> {
        Self::open_source(url)?
            .again(|connection, deadline| schema::numbers(connection, deadline).map(Ok))
    }

    /// Opens the store. Without `now`, it is neither migrated nor written to.
    fn of(url: &str, now: Option<DateTime<Utc>>, must_exist: bool) -> Result<Self> {
        let address = Arc::new(Address::parse(url, &Surroundings::of_process())?);
        let writes = now.is_some();
        let pools = {
            let address = Arc::clone(&address);
            PerProcess::open(false, move || {
                let replicas = address.replicas.as_ref().filter(|_| writes);
                let replicas = replicas.map(|replicas| Pool::new(&address, replicas));
                Ok(Pools {
                    primary: Pool::new(&address, &address.servers)?,
                    replicas: replicas.transpose()?,
                })
            })?
        };
        let store = Self {
            address,
            pools,
            writes,
        };
        store.until(PATIENCE, |connection, deadline| {
            encoding::is_unicode(connection, deadline)?;
            let owner = store.address.owner.as_deref();
            altered::has_no_foreign_objects(connection, deadline, owner)?;
            if must_exist {
                schema::is_known(connection, deadline)?;
            }
            match now {
                Some(now) if altered::is_owner(connection, deadline, owner)? => {
                    schema::migrate(connection, deadline, now)?;
                    // Another role may have created the schema in between.
                    altered::has_no_foreign_objects(connection, deadline, owner)?;
                }
                _ => schema::is_known(connection, deadline)?,
            }
            structure::is_as_declared(connection, deadline).map(Ok)
        })?;
        Ok(store)
    }

    /// Works on a connection to the primary, as [`retry::until`] does.
    fn again<T>(
        &self,
        work: impl FnMut(&mut Connection, Deadline) -> Result<Result<T>>,
    ) -> Result<T> {
        self.until(self.address.deadline, work)
    }

    /// Works as [`again`](Self::again) does, but tries a server that does not answer for no
    /// longer than `patience`.
    fn until<T>(
        &self,
        patience: Duration,
        mut work: impl FnMut(&mut Connection, Deadline) -> Result<Result<T>>,
    ) -> Result<T> {
        let deadline = self.deadline();
        let patience = deadline.min(Deadline::after(patience));
        retry::until(deadline, self.address.servers.are_several(), || {
            let work = |connection: &mut Connection| work(connection, deadline);
            self.pools
                .call(|pools| pools.primary.with(deadline, patience, work))
        })
    }

    /// Changes rows by one statement, and returns their number.
    fn change(&self, shape: Shape, params: Vec<Param<'_>>) -> Result<usize> {
        self.may_write()?;
        let requests = snapshot::alone(shape, params);
        self.again(|connection, deadline| {
            match snapshot::run(connection, deadline, &requests) {
                // It would be the same again.
                Err(conflict @ StoreError::Conflict(_)) => Ok(Err(conflict)),
                changed => changed.map(Ok),
            }
        })
    }

    fn may_write(&self) -> Result<()> {
        let may = self.writes.then_some(());
        may.ok_or_else(|| StoreError::ReadOnly("it was opened for reading only".into()))
    }

    /// Returns the deadline of a call that begins now.
    fn deadline(&self) -> Deadline {
        Deadline::after(self.address.deadline)
    }
}

impl Store for Postgres {
    fn update(&self, tenant: &Name, query: &Query, decide: Decide<'_>) -> Result<()> {
        self.may_write()?;
        let mut conflicts = Conflicts::default();
        self.again(|connection, deadline| {
            let loaded = snapshot::begin(connection, deadline, tenant, query)?;
            let changes = match decide(&loaded) {
                Ok(changes) if !changes.is_empty() => changes,
                decided => {
                    connection.undo(deadline);
                    return Ok(decided.map(drop));
                }
            };
            match snapshot::commit(connection, deadline, tenant, &changes) {
                Err(conflict @ StoreError::Conflict(_)) if conflicts.are_too_many(loaded.rows) => {
                    Ok(Err(conflict))
                }
                committed => committed.map(Ok),
            }
        })
    }

    fn load(&self, tenant: &Name, query: &Query) -> Result<Snapshot> {
        let deadline = self.deadline();
        let loaded = self.pools.call(|pools| {
            let load = |replicas: &Pool| {
                let patience = Deadline::after(Duration::ZERO);
                replicas.with(deadline, patience, |connection| {
                    snapshot::load(connection, deadline, tenant, query)
                })
            };
            pools.replicas.as_ref().map(load).transpose()
        });
        match loaded {
            // The primary answers if no replica does, or if a replica gives up because it
            // must follow the primary.
            Ok(None)
            | Err(StoreError::Unreachable { .. } | StoreError::Lost(_) | StoreError::Locked(_)) => {
            }
            Ok(Some(loaded)) => return Ok(loaded),
            Err(error) => return Err(error),
        }
        self.again(|connection, deadline| {
            snapshot::load(connection, deadline, tenant, query).map(Ok)
        })
    }

    fn delete(&self, tenant: &Name, selection: &Selection) -> Result<usize> {
        let (range, params) = Range::of(tenant, selection)?;
        self.change(Shape::Delete(range), params)
    }

    fn keep(&self, tenant: &Name, rows: &[Row]) -> Result<usize> {
        let Some(table) = rows.first().map(Row::table) else {
            return self.may_write().map(|()| 0);
        };
        let params = keep::lists(tenant, table, rows)?;
        self.change(Shape::Keep(table), params)
    }

    fn count(&self, tenant: &Name, table: Table) -> Result<u64> {
        self.again(|connection, deadline| {
            tenants::count(connection, deadline, table.owner(tenant), table).map(Ok)
        })
    }

    fn tenants(&self) -> Result<Vec<Name>> {
        let mut tenants: Vec<Name> = Vec::new();
        loop {
            let after = tenants.last().map_or("", Name::as_str);
            let next = self
                .again(|connection, deadline| tenants::next(connection, deadline, after).map(Ok))?;
            match next {
                Some(next) => tenants.push(next),
                None => return Ok(tenants),
            }
        }
    }
}

/// Returns the mistake in an address, as text.
#[cfg(test)]
pub(crate) fn mistake_of(url: &str) -> Option<String> {
    let error = Address::parse_alone(url).err()?;
    Some(format!("{error} {error:?}"))
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Postgres({:?})", self.address.servers.shown)
    }
}

#[cfg(test)]
mod tests;
