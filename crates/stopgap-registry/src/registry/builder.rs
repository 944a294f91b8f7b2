//! Opening a registry.

use std::{
    fmt,
    sync::{Mutex, RwLock},
};

use chrono::TimeDelta;
use stopgap::{
    Action, Actor, KeyRing, KeySource, Name, ReplayPolicy, SecurityFormat, ThrottlePolicy,
    offline::OfflinePolicy,
};

use super::{Registry, act::Act, loaded::Needs, parts::EventParts, tally::Tally};
use crate::{
    clock::{Clock, SystemClock},
    error::Error,
    event::EventKind,
    fork,
    record::{Table, key::KeyRow},
    store::{self, Cause, Selection, Store},
};

/// The tenant of a registry whose builder names none.
const DEFAULT_TENANT: &str = "default";

/// Opens a [`Registry`] with a tenant, a clock or policies of its own.
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
    keys: Keys<'k>,
    tenant: &'k str,
    clock: Box<dyn Clock>,
    clock_tolerance: Option<TimeDelta>,
    throttle: ThrottlePolicy,
    replay: ReplayPolicy,
    offline: OfflinePolicy,
    security_format: SecurityFormat,
    opening: Opening,
}

/// The store and the tenant that must exist when a registry is opened.
enum Opening {
    /// Both are created if they do not exist.
    Creating,
    /// Both must exist.
    Existing,
    /// The store must exist, and the tenant is added by this actor.
    AddingTenant(Actor),
}

/// Returns the ring of a tenant.
type Keys<'k> = Box<dyn FnOnce(&Name) -> Result<KeyRing, Cause> + 'k>;

impl fmt::Debug for Builder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

impl Registry {
    /// Opens the store at `url` for the tenant `default`, and creates it if there is
    /// none: a path or `sqlite:PATH` is a file, `postgres://…` a database of a
    /// PostgreSQL server, `memory:` a store that ends with the process. `keys` is the
    /// ring of the server, or another source of keys; it is asked once for the tenant's
    /// ring.
    ///
    /// # Errors
    ///
    /// [`Error::Store`] if the store cannot be opened, [`Error::WrongKey`] if it was
    /// created with another key, [`Error::KeySource`] if the keys cannot be read.
    pub fn open(url: &str, keys: &impl KeySource) -> Result<Self, Error> {
        Self::builder(keys).open(url)
    }

    /// Returns a builder. It sets a tenant, a clock or policies other than the default.
    pub fn builder<K: KeySource + ?Sized>(keys: &K) -> Builder<'_> {
        Builder {
            keys: Box::new(|tenant| Ok(keys.tenant_ring(tenant)?)),
            tenant: DEFAULT_TENANT,
            clock: Box::new(SystemClock),
            clock_tolerance: TimeDelta::try_seconds(Self::CLOCK_TOLERANCE_SECONDS),
            throttle: ThrottlePolicy::default(),
            replay: ReplayPolicy::default(),
            offline: OfflinePolicy::default(),
            security_format: SecurityFormat::default(),
            opening: Opening::Creating,
        }
    }

    /// Returns the tenant of this registry.
    pub fn tenant(&self) -> &Name {
        &self.tenant
    }
}

impl<'k> Builder<'k> {
    /// Sets the tenant, which has keys of its own and sees only its own records.
    pub fn tenant(self, tenant: &'k str) -> Self {
        Self { tenant, ..self }
    }

    /// Sets the clock.
    pub fn clock(self, clock: impl Clock + 'static) -> Self {
        let clock = Box::new(clock);
        Self { clock, ..self }
    }

    /// Sets the time by which the clock may differ from that of the store, if the store has
    /// one: PostgreSQL does. Default 120 seconds. With `None` it may differ by any, as a
    /// simulated clock does. A registry whose clock differs by more refuses every call, so
    /// that one wrong clock does not stop a fleet.
    pub fn clock_tolerance(self, clock_tolerance: Option<TimeDelta>) -> Self {
        Self {
            clock_tolerance,
            ..self
        }
    }

    /// Sets the throttle policy for online codes.
    pub fn throttle(self, throttle: ThrottlePolicy) -> Self {
        Self { throttle, ..self }
    }

    /// Sets the time for which the answer to a verification is replayed.
    pub fn replay(self, replay: ReplayPolicy) -> Self {
        Self { replay, ..self }
    }

    /// Sets the alphabet and the window of offline codes. Each answer has a validity of
    /// its own.
    pub fn offline(self, offline: OfflinePolicy) -> Self {
        Self { offline, ..self }
    }

    /// Sets the prefix of new security codes, and the prefixes that are accepted besides.
    pub fn security_format(self, security_format: SecurityFormat) -> Self {
        Self {
            security_format,
            ..self
        }
    }

    /// Opens a store and a tenant that exist, and creates neither: a mistake in an address or
    /// a name is an error then, and not an empty store.
    pub fn existing(self) -> Self {
        Self {
            opening: Opening::Existing,
            ..self
        }
    }

    /// Adds the tenant to a store that exists. The log of the tenant begins with the event.
    pub fn add_tenant(self, actor: &Actor) -> Self {
        Self {
            opening: Opening::AddingTenant(actor.clone()),
            ..self
        }
    }

    /// Opens the store at `url`, as [`Registry::open`] does.
    ///
    /// # Errors
    ///
    /// As [`Registry::open`]; [`Error::InvalidName`] if the tenant is not a name. If they must
    /// exist, [`StoreError::Missing`](crate::StoreError::Missing) or [`Error::NoTenant`]. If
    /// the tenant is added, [`Error::TenantExists`], and [`Error::Forbidden`] below a super
    /// administrator.
    pub fn open(self, url: &str) -> Result<Registry, Error> {
        let now = self.clock.now();
        let store = match self.opening {
            Opening::Creating => store::open(url, now)?,
            Opening::Existing | Opening::AddingTenant(_) => store::open_existing(url, now)?,
        };
        self.over_boxed(store)
    }

    /// Opens a registry over this store.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open).
    pub fn over(self, store: impl Store + 'static) -> Result<Registry, Error> {
        self.over_boxed(Box::new(store))
    }

    fn over_boxed(self, store: Box<dyn Store>) -> Result<Registry, Error> {
        let tenant = Name::new(self.tenant)?;
        let ring = (self.keys)(&tenant).map_err(Error::KeySource)?;
        let registry = Registry {
            store,
            tenant,
            keys: RwLock::new(ring),
            formats: RwLock::default(),
            clock: self.clock,
            clock_tolerance: self.clock_tolerance,
            throttle: self.throttle,
            replay: self.replay,
            offline: self.offline,
            security_format: self.security_format,
            tally: Mutex::new(Tally::new(fork::generation())),
        };
        registry.know_keys(&self.opening)?;
        Ok(registry)
    }
}

impl Registry {
    /// Records the keys of the ring in the store, and refuses a key if the store knows
    /// another one by its id: all its codes would be unknown.
    fn know_keys(&self, opening: &Opening) -> Result<(), Error> {
        let mut needs = Needs::new();
        let keys = needs.select::<KeyRow>(Selection::all(Table::Keys));
        let unknown = |act: &Act<'_>| {
            let known = act.loaded.all(keys)?;
            let tenant = || self.tenant.clone();
            match opening {
                Opening::Existing if known.is_empty() => {
                    return Err(Error::NoTenant { tenant: tenant() });
                }
                Opening::AddingTenant(_) if !known.is_empty() => {
                    return Err(Error::TenantExists { tenant: tenant() });
                }
                _ => {}
            }
            let mut unknown = Vec::new();
            for (id, check) in act.ring.check_values() {
                match known.iter().find(|row| row.id == id) {
                    Some(row) if row.check != check => return Err(Error::WrongKey { id }),
                    Some(_) => {}
                    None => unknown.push(KeyRow {
                        id,
                        check,
                        added_at: act.now,
                    }),
                }
            }
            Ok(unknown)
        };
        let is_known = self.look(&needs, |act| {
            self.know_formats(&act.tenant().formats);
            Ok(unknown(act)?.is_empty())
        })?;
        if is_known {
            return Ok(());
        }
        self.transact(&needs, |act| {
            let unknown = unknown(act)?;
            if let Opening::AddingTenant(actor) = opening {
                actor.may(Action::ManageTenant)?;
                let parts = EventParts::about(EventKind::AddTenant, &self.tenant);
                act.append(&parts, actor)?;
            }
            for row in unknown {
                act.insert(&row);
            }
            Ok(())
        })
    }
}
