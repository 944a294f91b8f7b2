//! The whole system in one type: who may, what is kept, exactly once.
//!
//! Each file has the calls about one noun. All go through [`Registry::act`] or,
//! where a code is presented by whoever has it, decide in their own transaction.

pub(crate) mod authenticate;
pub(crate) mod builder;
mod grant;
pub(crate) mod key;
mod log;
pub(crate) mod machine;
pub(crate) mod offline;
pub(crate) mod online;
mod preset;
mod reading;
pub(crate) mod security;
mod throttle;
mod verify;

use std::{
    fmt,
    sync::{
        PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicI64, Ordering},
    },
};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use stopgap::{
    Action, Actor, CodeFormat, KeyRing, Name, Refusal, Role, ThrottlePolicy, offline::OfflinePolicy,
};

use crate::{
    clock::Clock,
    error::Error,
    event::{Event, EventKind},
    record_id::RecordId,
    store::{KeyRow, Store, StoreError, Transaction},
};

/// How many seconds the clock may be set back before the registry refuses to
/// work by it, as an agent does (SPEC, "Redeeming").
const CLOCK_TOLERANCE_SECONDS: i64 = 120;
/// How many seconds may pass until the clock is noted again.
const CLOCK_NOTED_SECONDS: i64 = 60;

/// Everything that a server keeps of codes, and everything that is done with
/// them, for one tenant of one store.
///
/// Each call checks the actor's role, decides by the core, writes in one
/// transaction and leaves an [`Event`], also where it refuses and where it only
/// looks; [`authenticate`](Self::authenticate) alone is quieter. A registry is
/// shared by threads; several processes may open the same store.
pub struct Registry {
    store: Box<dyn Store>,
    tenant: Name,
    /// The tenant's, not the root's.
    keys: RwLock<KeyRing>,
    /// The ways in which the tenant's codes are written, as they were seen last:
    /// there may be more, never less.
    formats: RwLock<Vec<CodeFormat>>,
    clock: Box<dyn Clock>,
    throttle: ThrottlePolicy,
    offline: OfflinePolicy,
    /// The latest time that this registry has seen, in microseconds.
    seen: AtomicI64,
    /// When an unknown security code was last noted, in microseconds.
    unknown_noted: AtomicI64,
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("store", &self.store)
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}

/// What an event will say, filled in while the registry decides.
#[derive(Clone, Debug)]
struct Draft {
    kind: EventKind,
    user: Option<Name>,
    subject: Option<String>,
    detail: Option<String>,
}

impl Draft {
    fn new(kind: EventKind) -> Self {
        Self {
            kind,
            user: None,
            subject: None,
            detail: None,
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

    fn event(&self, now: DateTime<Utc>, actor: &Name, role: Role) -> Result<Event, Error> {
        Ok(Event {
            id: RecordId::new(now)?,
            actor: actor.clone(),
            role,
            kind: self.kind,
            user: self.user.clone(),
            subject: self.subject.clone(),
            detail: self.detail.clone(),
            reason: None,
        })
    }
}

/// A transaction of a call, and the one instant that counts in it.
struct Act<'a> {
    rows: &'a mut dyn Transaction,
    now: DateTime<Utc>,
    draft: &'a mut Draft,
}

impl Registry {
    /// The tenant's keys.
    fn keys_ring(&self) -> RwLockReadGuard<'_, KeyRing> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn keys_ring_mut(&self) -> RwLockWriteGuard<'_, KeyRing> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Does what `actor` asks for in one transaction, and leaves an event.
    ///
    /// Where `work` refuses, only the event is kept, so it decides before it
    /// writes. Where the store fails, nothing is kept at all.
    fn act<T>(
        &self,
        actor: &Actor,
        action: Action,
        draft: Draft,
        mut work: impl FnMut(&mut Act<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.transact(|rows| {
            let now = self.observe(rows)?;
            let mut draft = draft.clone();
            let mut act = Act {
                rows,
                now,
                draft: &mut draft,
            };
            let outcome = actor
                .may(action)
                .map_err(Error::from)
                .and_then(|()| work(&mut act));
            // A store that failed is left at once, and undoes what was done.
            if let Err(Error::Store(error)) = outcome {
                return Err(error.into());
            }
            let mut event = draft.event(now, &actor.name, actor.role)?;
            event.reason = outcome.as_ref().err().map(|error| error.reason().into());
            rows.append(&event)?;
            Ok(outcome)
        })?
    }

    /// That the key which issues is not retired: another process may have done
    /// that, and what is made with such a key is lost when it is taken away.
    fn may_issue(rows: &mut dyn Transaction, ring: &KeyRing) -> Result<(), Error> {
        let id = ring.newest_id();
        let retired = |row: &KeyRow| row.id == id && row.retired_at.is_some();
        if rows.keys()?.iter().any(retired) {
            return Err(Error::KeyRetired { id });
        }
        Ok(())
    }

    /// Runs `work` in one transaction: its `Err` undoes all of it.
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

    /// The clock's instant in whole microseconds, in the years 1970 to 9999: a
    /// later one would be noted, and everything refused that comes after it.
    fn now(&self) -> Result<DateTime<Utc>, Error> {
        let now = whole_micros(self.clock.now());
        if now < DateTime::UNIX_EPOCH || now.year() > 9_999 {
            return Err(Error::Refused(Refusal::TimeOutOfRange));
        }
        Ok(now)
    }

    /// Looks at the clock, refuses one that was set back, and notes the time now
    /// and then: a code that has expired must not come back to life.
    fn observe(&self, rows: &mut dyn Transaction) -> Result<DateTime<Utc>, Error> {
        self.observed(rows, self.now()?)
    }

    /// The same where the look was taken already.
    fn observed(
        &self,
        rows: &mut dyn Transaction,
        now: DateTime<Utc>,
    ) -> Result<DateTime<Utc>, Error> {
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

    /// The same without a look at the store, but where the clock was set back:
    /// somebody may have accepted that, through another registry.
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

/// Instants are kept in whole microseconds.
fn whole_micros(instant: DateTime<Utc>) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}

/// The instant so many days before.
fn days_before(now: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    TimeDelta::try_days(days.into())
        .and_then(|span| now.checked_sub_signed(span))
        .unwrap_or(DateTime::<Utc>::MIN_UTC)
}
