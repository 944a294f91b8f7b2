//! The registry: it checks roles, decides by the core, and stores.
//!
//! Each file has the calls about one noun. All go through [`Registry::act`], except those
//! that verify or authenticate a code, which have a transaction of their own.

pub(crate) mod authenticate;
pub(crate) mod builder;
pub(crate) mod key;
mod log;
pub(crate) mod machine;
pub(crate) mod offline;
pub(crate) mod online;
mod preset;
pub(crate) mod security;
mod throttle;
pub(crate) mod verify;

use std::{
    fmt,
    sync::{
        PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use stopgap::{
    Action, Actor, Context, KeyRing, Name, RecordId, RecordTag, Refusal, ReplayPolicy, Role,
    SecurityFormat, SysRng, ThrottlePolicy, offline::OfflinePolicy,
};

use crate::{
    clock::Clock,
    error::Error,
    event::{Event, EventContext, EventKind},
    store::{KeyRow, Store, StoreError, Transaction},
};

/// The seconds by which the clock may be set back before calls are refused, as an agent
/// does (SPEC, "Redeeming").
const CLOCK_TOLERANCE_SECONDS: i64 = 120;
/// The seconds after which the time is stored again.
const CLOCK_NOTED_SECONDS: i64 = 60;

/// The attempts to replace a record that other transactions change at the same time. A
/// store that locks what it loads needs two.
const TRIES: u32 = 16;
/// The tag of a record that was revoked or retired, and that cannot be sealed because it was
/// tampered with or its key is gone. It fits no record, also if the key comes back.
const NO_TAG: RecordTag = RecordTag::from_bytes([0; 32]);

/// The codes of one tenant in one store, and all that is done with them.
///
/// Each call checks the actor's role, decides by the core, writes in one transaction and
/// leaves an [`Event`], also if it refuses or only reads;
/// [`authenticate`](Self::authenticate) leaves one at most once a minute. Threads may
/// share a registry, and several processes may open the same store.
pub struct Registry {
    store: Box<dyn Store>,
    tenant: Name,
    /// The tenant's keys, not the server's.
    keys: RwLock<KeyRing>,
    clock: Box<dyn Clock>,
    throttle: ThrottlePolicy,
    replay: ReplayPolicy,
    offline: OfflinePolicy,
    security_format: SecurityFormat,
    /// The latest time that this registry has seen, in microseconds.
    seen: AtomicI64,
    /// The time at which an unknown security code was last logged, in microseconds.
    unknown_logged: AtomicI64,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("store", &self.store)
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

/// The contents of an event, filled in while the registry decides.
#[derive(Clone, Debug)]
struct EventParts {
    kind: EventKind,
    user: Option<Name>,
    subject: Option<String>,
    detail: Option<String>,
    context: Option<EventContext>,
}

impl EventParts {
    fn new(kind: EventKind) -> Self {
        Self {
            kind,
            user: None,
            subject: None,
            detail: None,
            context: None,
        }
    }

    fn of(kind: EventKind, user: &Name) -> Self {
        Self {
            user: Some(user.clone()),
            ..Self::new(kind)
        }
    }

    fn about(kind: EventKind, subject: impl ToString) -> Self {
        Self {
            subject: Some(subject.to_string()),
            ..Self::new(kind)
        }
    }

    /// Adds the circumstances that the caller gave.
    fn context(self, context: &Context<'_>) -> Self {
        Self {
            context: EventContext::of(context),
            ..self
        }
    }

    fn event(&self, now: DateTime<Utc>, actor: &Name, role: Role) -> Result<Event, Error> {
        Ok(Event {
            id: RecordId::new(now, &mut SysRng).map_err(Error::Random)?,
            actor: actor.clone(),
            role,
            kind: self.kind,
            user: self.user.clone(),
            subject: self.subject.clone(),
            detail: self.detail.clone(),
            reason: None,
            context: self.context.clone(),
        })
    }
}

/// The transaction of a call, and its time.
struct Act<'a> {
    rows: &'a mut dyn Transaction,
    now: DateTime<Utc>,
    parts: &'a mut EventParts,
}

impl Registry {
    /// Returns the tenant's keys.
    fn keys_ring(&self) -> RwLockReadGuard<'_, KeyRing> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys_ring_mut(&self) -> RwLockWriteGuard<'_, KeyRing> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does an actor's work in one transaction, and leaves an event.
    ///
    /// If `work` refuses, the event is still stored, so it must decide before it writes.
    /// If the store fails, nothing is stored.
    fn act<T>(
        &self,
        actor: &Actor,
        action: Action,
        parts: EventParts,
        mut work: impl FnMut(&mut Act<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.transact(|rows| {
            let now = self.observe(rows)?;
            let mut parts = parts.clone();
            let mut act = Act {
                rows,
                now,
                parts: &mut parts,
            };
            let outcome = actor
                .may(action)
                .map_err(Error::from)
                .and_then(|()| work(&mut act));
            // If the store fails, it undoes the transaction.
            if let Err(Error::Store(error)) = outcome {
                return Err(error.into());
            }
            let mut event = parts.event(now, &actor.name, actor.role)?;
            event.reason = outcome.as_ref().err().map(|error| error.reason().into());
            rows.append(&event)?;
            Ok(outcome)
        })?
    }

    /// Checks that the primary key is not retired, for example by another process: its
    /// codes would be lost when it is removed.
    fn may_issue(rows: &mut dyn Transaction, ring: &KeyRing) -> Result<(), Error> {
        let id = ring.primary_id();
        let retired = |row: &KeyRow| row.id == id && row.retired_at.is_some();
        if rows.keys()?.iter().any(retired) {
            return Err(Error::KeyRetired { id });
        }
        Ok(())
    }

    /// Runs `work` in one transaction, which its `Err` undoes.
    fn transact<T>(
        &self,
        mut work: impl FnMut(&mut dyn Transaction) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let mut outcome = None;
        let kept = self.store.write(&self.tenant, &mut |rows| {
            outcome = None;
            let undone = match work(rows) {
                Ok(value) => {
                    outcome = Some(Ok(value));
                    return Ok(());
                }
                Err(Error::Store(error)) => return Err(error),
                Err(error) => error,
            };
            outcome = Some(Err(undone));
            Err(StoreError::Other("undone".into()))
        });
        match (outcome, kept) {
            (Some(Err(error)), _) => Err(error),
            (_, Err(error)) => Err(error.into()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (None, Ok(())) => Err(StoreError::Other("the store did nothing".into()).into()),
        }
    }

    /// Returns the time in whole microseconds, in the years 1970 to 9999: a later one
    /// would be stored, and all further calls refused.
    fn now(&self) -> Result<DateTime<Utc>, Error> {
        let now = whole_micros(self.clock.now());
        if now < DateTime::UNIX_EPOCH || now.year() > 9_999 {
            return Err(Error::Refused(Refusal::TimeOutOfRange));
        }
        Ok(now)
    }

    /// Returns the time, unless the clock was set back, and stores it once a minute: an
    /// expired code must not become valid again.
    fn observe(&self, rows: &mut dyn Transaction) -> Result<DateTime<Utc>, Error> {
        let now = self.now()?;
        let floor = rows.clock_floor()?;
        if let Some(seen) = floor {
            not_set_back(now, seen)?;
        }
        let since = floor.map(|floor| now.signed_duration_since(floor).num_seconds());
        if since.is_none_or(|since| since >= CLOCK_NOTED_SECONDS) {
            let quiet = TimeDelta::try_seconds(CLOCK_NOTED_SECONDS).unwrap_or_default();
            rows.raise_clock_floor(now, quiet)?;
        }
        self.seen
            .fetch_max(now.timestamp_micros(), Ordering::Relaxed);
        Ok(now)
    }

    /// Returns the time as [`observe`](Self::observe) does, and reads the store only if
    /// the clock was set back: that may have been accepted through another registry.
    fn observe_here(&self) -> Result<DateTime<Utc>, Error> {
        let now = self.now()?;
        let micros = now.timestamp_micros();
        let seen = self.seen.fetch_max(micros, Ordering::Relaxed);
        let Some(seen) = DateTime::from_timestamp_micros(seen) else {
            return Ok(now);
        };
        let Err(set_back) = not_set_back(now, seen) else {
            return Ok(now);
        };
        let mut floor = None;
        self.store.read(&self.tenant, &mut |rows| {
            floor = rows.clock_floor()?;
            Ok(())
        })?;
        let floor = floor.ok_or(set_back)?;
        not_set_back(now, floor)?;
        let micros = micros.max(floor.timestamp_micros());
        self.seen.store(micros, Ordering::Relaxed);
        Ok(now)
    }
}

fn not_set_back(now: DateTime<Utc>, seen: DateTime<Utc>) -> Result<(), Error> {
    let set_back = seen.signed_duration_since(now).num_seconds();
    if set_back > CLOCK_TOLERANCE_SECONDS {
        return Err(Error::Refused(Refusal::ClockRolledBack { seen }));
    }
    Ok(())
}

/// Returns an instant in whole microseconds, as stores keep it.
fn whole_micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}

/// Returns the instant some days before.
fn days_before(now: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    TimeDelta::try_days(days.into())
        .and_then(|span| now.checked_sub_signed(span))
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}
