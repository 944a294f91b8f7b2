//! The log, the purge, and the clock that all of it is told by.

use std::{sync::atomic::Ordering, thread, time::Duration};

use stopgap::{Action, Actor};

use super::{Draft, Registry, days_before};
use crate::{
    error::Error,
    event::{Event, EventFilter, EventKind},
    purge::{PurgePolicy, Purged},
    store::Purge,
};

/// For how long others get their turn in between.
const PAUSE: Duration = Duration::from_millis(2);
/// For how many days an expired security code is kept (SPEC, "Security codes").
const SECURITY_CODES_DAYS: u32 = 7;

impl Registry {
    /// Lines of the audit log, newest first.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below an administrator, [`Error::Refused`] where the
    /// clock is wrong, [`Error::Store`].
    pub fn events(&self, actor: &Actor, filter: &EventFilter) -> Result<Vec<Event>, Error> {
        let mut draft = Draft::new(EventKind::ReadLog);
        draft.user.clone_from(&filter.user);
        self.act(actor, Action::ReadLog, draft, |act| {
            Ok(act.rows.events(filter)?)
        })
    }

    /// Deletes what was over long ago, in many small transactions: others wait
    /// for one of them at most. May be called at any time, also after it failed.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below an administrator, [`Error::Refused`] where the
    /// clock is wrong, [`Error::Store`]; what was deleted until then stays so.
    pub fn purge(&self, actor: &Actor, policy: &PurgePolicy) -> Result<Purged, Error> {
        let mut draft = Draft::new(EventKind::Purge);
        draft.detail = Some(format!(
            "codes {} days, attempts {} days, events {} days",
            policy.codes_days, policy.attempts_days, policy.events_days
        ));
        let now = self.act(actor, Action::Purge, draft, |act| Ok(act.now))?;
        let delete = |what, days| self.purge_all(what, days_before(now, days));
        Ok(Purged {
            codes: delete(Purge::Codes, policy.codes_days)?,
            security_codes: delete(Purge::SecurityCodes, SECURITY_CODES_DAYS)?,
            attempts: delete(Purge::Attempts, policy.attempts_days)?,
            events: delete(Purge::Events, policy.events_days)?,
        })
    }

    fn purge_all(&self, what: Purge, before: chrono::DateTime<chrono::Utc>) -> Result<u64, Error> {
        let mut total = 0_u64;
        // With none in a batch it would have no end.
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

    /// Takes the clock as it is, after it was ahead and has been set right: until
    /// then calls are refused as `clock_rolled_back`, for a code that has expired
    /// must not come back to life unnoticed.
    ///
    /// # Errors
    ///
    /// [`Error::Forbidden`] below a super administrator, [`Error::Refused`] where
    /// the clock is outside the years 1970 to 9999, [`Error::Store`].
    pub fn accept_clock(&self, actor: &Actor) -> Result<(), Error> {
        let now = self.now()?;
        let draft = Draft::new(EventKind::AcceptClock);
        self.transact(|rows| {
            let may = actor.may(Action::AcceptClock);
            let mut event = draft.event(now, &actor.name, actor.role)?;
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
