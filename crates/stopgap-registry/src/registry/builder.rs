//! Opening a registry.

use std::{
    fmt,
    sync::{RwLock, atomic::AtomicI64},
};

use stopgap::{KeyRing, Name, ThrottlePolicy, offline::OfflinePolicy};

use super::Registry;
use crate::{
    clock::{Clock, SystemClock},
    error::Error,
    store::{self, KeyRow, Store},
};

/// The tenant of a registry that names none.
const DEFAULT_TENANT: &str = "default";

/// Opens a [`Registry`] that is not as most are.
///
/// ```
/// use stopgap_registry::{Memory, Registry, stopgap::{KeyId, KeyRing, MasterKey}};
///
/// let keys = KeyRing::new(KeyId(1), &MasterKey::from_bytes([7; 32]));
/// let registry = Registry::builder(&keys).tenant("acme").over(Memory::new())?;
/// # Ok::<(), stopgap_registry::Error>(())
/// ```
#[must_use]
pub struct Builder<'k> {
    keys: &'k KeyRing,
    tenant: &'k str,
    clock: Box<dyn Clock>,
    throttle: ThrottlePolicy,
    offline: OfflinePolicy,
}

impl fmt::Debug for Builder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

impl Registry {
    /// Opens the store at `url` for the tenant `default`, and makes it where
    /// there is none: a path or `sqlite:PATH` for a file, `postgres://…` for a
    /// database of a PostgreSQL server, `memory:` for one that forgets. `keys` is the ring of the server; the tenant's is derived from it.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] where the store cannot be opened, [`Error::WrongKey`]
    /// where it was made with another key.
    pub fn open(url: &str, keys: &KeyRing) -> Result<Self, Error> {
        Self::builder(keys).open(url)
    }

    /// To open a registry with a tenant, a clock or figures of its own.
    pub fn builder(keys: &KeyRing) -> Builder<'_> {
        Builder {
            keys,
            tenant: DEFAULT_TENANT,
            clock: Box::new(SystemClock),
            throttle: ThrottlePolicy::default(),
            offline: OfflinePolicy::default(),
        }
    }

    /// The tenant whose rows this registry works with.
    pub fn tenant(&self) -> &Name {
        &self.tenant
    }
}

impl<'k> Builder<'k> {
    /// For this tenant: its keys are its own, and no call sees another's rows.
    pub fn tenant(self, tenant: &'k str) -> Self {
        Self { tenant, ..self }
    }

    /// By this clock.
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        let clock = Box::new(clock);
        Self { clock, ..self }
    }

    /// With this throttle for online codes.
    pub fn throttle(self, throttle: ThrottlePolicy) -> Self {
        Self { throttle, ..self }
    }

    /// With this alphabet and these figures for offline codes; the validity is
    /// said with each answer.
    pub fn offline(self, offline: OfflinePolicy) -> Self {
        Self { offline, ..self }
    }

    /// Over the store at `url`, as [`Registry::open`].
    ///
    /// # Errors
    ///
    /// As [`Registry::open`], and [`Error::Name`] where the tenant is no name.
    pub fn open(self, url: &str) -> Result<Registry, Error> {
        let store = store::open(url, self.clock.now())?;
        self.over_boxed(store)
    }

    /// Over this store.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn over(self, store: impl Store + 'static) -> Result<Registry, Error> {
        self.over_boxed(Box::new(store))
    }

    fn over_boxed(self, store: Box<dyn Store>) -> Result<Registry, Error> {
        let registry = Registry {
            store,
            tenant: Name::new(self.tenant)?,
            keys: RwLock::new(self.keys.tenant(self.tenant)?),
            formats: RwLock::default(),
            clock: self.clock,
            throttle: self.throttle,
            offline: self.offline,
            seen: AtomicI64::new(i64::MIN),
            unknown_noted: AtomicI64::new(i64::MIN),
        };
        registry.know_keys()?;
        Ok(registry)
    }
}

impl Registry {
    /// Notes the keys of the ring in the store, and refuses one that is another
    /// than the store knows by that number: its codes would all be unknown.
    fn know_keys(&self) -> Result<(), Error> {
        let ring = self.keys_ring();
        let mut known = Vec::new();
        self.store.read(&self.tenant, &mut |rows| {
            known = rows.keys()?;
            if let Some(floor) = rows.clock_floor()? {
                let floor = floor.timestamp_micros();
                self.seen.store(floor, std::sync::atomic::Ordering::Relaxed);
            }
            Ok(())
        })?;
        let row_of = |known: &[KeyRow], id| known.iter().find(|row| row.id == id).cloned();
        let mut unknown = false;
        for (id, check) in ring.check_values() {
            match row_of(&known, id) {
                Some(row) if row.check != check => return Err(Error::WrongKey { id }),
                known => unknown |= known.is_none(),
            }
        }
        if !unknown {
            return Ok(());
        }
        self.transact(|rows| {
            let now = self.now()?;
            let known = rows.keys()?;
            for (id, check) in ring.check_values() {
                match row_of(&known, id) {
                    Some(row) if row.check != check => return Err(Error::WrongKey { id }),
                    // One that was retired stays so, whoever still has it.
                    Some(_) => {}
                    None => rows.set_key(&KeyRow {
                        id,
                        check,
                        added_at: now,
                        retired_at: None,
                    })?,
                }
            }
            Ok(())
        })
    }
}
