//! The audit log, the purge and the clock.

use std::{sync::atomic::Ordering, thread, time::Duration};

use stopgap::{Action, Actor};

use super::{EventParts, Registry, days_before};
use crate::{
    error::Error,
    event::{Event, EventFilter, EventKind},
    purge::{PurgePolicy, Purged},
    store::Purge,
};

/// The pause between two batches, in which others write.
const PAUSE: Duration = Duration::from_millis(2);
/// The days for which an expired security code is kept (SPEC, "Security codes").
const SECURITY_CODES_DAYS: u32 = 7;
/// The fewest days for which a verification is kept: an answer is replayed for one day at
/// most, and its idempotency key is remembered for one more (SPEC, "Idempotency keys").
const MIN_VERIFICATIONS_DAYS: u32 = 2;

impl Registry {
    /// Returns events of the audit log, newest first.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below an administrator, [`Error::Refused`] if the clock is
    /// wrong, [`Error::Store`].
    pub fn events(&self, actor: &Actor, filter: &EventFilter) -> Result<Vec<Event>, Error> {
        let mut parts = EventParts::new(EventKind::ReadLog);
        parts.user.clone_from(&filter.user);
        self.act(actor, Action::ReadLog, parts, |act| {
            Ok(act.rows.events(filter)?)
        })
    }

    /// Deletes old records, in many small transactions: other callers wait for one of them
    /// at most. It may be called at any time, also after it failed.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below an administrator, [`Error::Refused`] if the clock is
    /// wrong, [`Error::Store`], after which earlier batches stay deleted.
    pub fn purge(&self, actor: &Actor, policy: &PurgePolicy) -> Result<Purged, Error> {
        let mut parts = EventParts::new(EventKind::Purge);
        parts.detail = Some(format!(
            "codes {} days, verifications {} days, events {} days",
            policy.codes_days, policy.verifications_days, policy.events_days
        ));
        let now = self.act(actor, Action::Purge, parts, |act| Ok(act.now))?;
        let delete = |what, days| self.purge_all(what, days_before(now, days));
        Ok(Purged {
            codes: delete(Purge::Codes, policy.codes_days)?,
            security_codes: delete(Purge::SecurityCodes, SECURITY_CODES_DAYS)?,
            verifications: delete(
                Purge::Verifications,
                policy.verifications_days.max(MIN_VERIFICATIONS_DAYS),
            )?,
            events: delete(Purge::Events, policy.events_days)?,
        })
    }

    fn purge_all(&self, what: Purge, before: chrono::DateTime<chrono::Utc>) -> Result<u64, Error> {
        let mut total = 0_u64;
        // An empty batch would have no end.
        let batch = self.store.purge_batch().max(1);
        loop {
            let deleted = self.transact(|rows| Ok(rows.purge(what, before, batch)?))?;
            total = total.saturating_add(u64::try_from(deleted).unwrap_or(u64::MAX));
            if deleted < batch {
                return Ok(total);
            }
            self.store.rest()?;
            thread::sleep(PAUSE);
        }
    }

    /// Accepts the clock as it is, after it was ahead and has been set right. Until then
    /// calls are refused as `clock_rolled_back`, because an expired code must not become
    /// valid again unnoticed.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below a super administrator, [`Error::Refused`] if the clock
    /// is outside the years 1970 to 9999, [`Error::Store`].
    pub fn accept_clock(&self, actor: &Actor) -> Result<(), Error> {
        let now = self.now()?;
        let parts = EventParts::new(EventKind::AcceptClock);
        self.transact(|rows| {
            let may = actor.may(Action::AcceptClock);
            let mut event = parts.event(now, &actor.name, actor.role)?;
            match may {
                Ok(()) => rows.set_clock_floor(now)?,
                Err(_) => event.reason = Some("forbidden".into()),
            }
            rows.append(&event)?;
            Ok(may)
        })??;
        self.seen.store(now.timestamp_micros(), Ordering::Relaxed);
        Ok(())
    }
}
