//! The purge of old records.

use std::{thread, time::Duration};

use stopgap::{Action, Actor, RecordId};

use super::{Registry, loaded::Needs, parts::EventParts, time::days_before};
use crate::{
    error::Error,
    event::{Event, EventKind},
    purge::{PurgePolicy, Purged},
    record::{Table, code, key::KeyRow, security_code, verification},
    store::Selection,
};

/// The rows that are deleted in one transaction: few enough that others need not wait long.
const BATCH: usize = 500;
/// The pause between two batches, in which others write.
const PAUSE: Duration = Duration::from_millis(2);
/// The days for which an expired security code is kept (SPEC, "Security codes").
const SECURITY_CODES_DAYS: u32 = 7;
/// The fewest days for which a verification is kept: an answer is replayed for one day at
/// most, and its idempotency key is remembered for one more (SPEC, "Idempotency keys").
const MIN_VERIFICATIONS_DAYS: u32 = 2;

/// The rows of one kind that are counted before a purge.
const COUNTED: usize = 100_000;

/// The beginning of the detail of the event of a purge that deletes nothing.
const COUNTED_ONLY: &str = "counted only: ";

/// The rows that a purge deletes.
struct Old {
    codes: Vec<Selection>,
    security_codes: Vec<Selection>,
    verifications: Selection,
    events: Selection,
}

impl Event {
    /// Returns `true` if the event is that of a purge that was not refused, and deleted.
    pub(super) fn has_purged(&self) -> bool {
        let is_counted = |detail: &String| detail.starts_with(COUNTED_ONLY);
        self.kind == EventKind::Purge
            && self.reason.is_none()
            && !self.detail.as_ref().is_some_and(is_counted)
    }
}

impl Registry {
    /// Deletes old records, in many small transactions: other callers wait for one of them
    /// at most. It may be called at any time, also after it failed.
    ///
    /// # Errors
    ///
    /// [`Error::LogRetention`] if events must be kept for longer, [`Error::Forbidden`] below
    /// an administrator, [`Error::Refused`] or [`Error::ClockDiffers`] if the clock is wrong,
    /// [`Error::Store`], after which earlier batches stay deleted.
    pub fn purge(&self, actor: &Actor, policy: &PurgePolicy) -> Result<Purged, Error> {
        self.purge_by(actor, policy, "", |rows| self.delete(rows))
    }

    /// Returns the numbers of records that [`purge`](Self::purge) would delete now, and deletes
    /// none. Of each kind at most 100,000 are counted for each key.
    ///
    /// # Errors
    ///
    /// As [`purge`](Self::purge).
    pub fn count_purge(&self, actor: &Actor, policy: &PurgePolicy) -> Result<Purged, Error> {
        self.purge_by(actor, policy, COUNTED_ONLY, |rows| {
            let mut needs = Needs::new();
            let slot = needs.select::<Event>(rows.limit(COUNTED));
            let found = self.look(&needs, |act| Ok(act.loaded.rows(slot).len()))?;
            Ok(u64::try_from(found).unwrap_or(u64::MAX))
        })
    }

    /// Does something with the rows of each kind that are old, and returns the numbers.
    fn purge_by(
        &self,
        actor: &Actor,
        policy: &PurgePolicy,
        note: &str,
        work: impl Fn(Selection) -> Result<u64, Error>,
    ) -> Result<Purged, Error> {
        let old = self.old(actor, policy, note)?;
        let mut purged = Purged::default();
        for rows in old.codes {
            purged.codes = purged.codes.saturating_add(work(rows)?);
        }
        for rows in old.security_codes {
            purged.security_codes = purged.security_codes.saturating_add(work(rows)?);
        }
        purged.verifications = work(old.verifications)?;
        purged.events = work(old.events)?;
        Ok(purged)
    }

    /// Checks the role and the retention of the log, and selects what is old.
    fn old(&self, actor: &Actor, policy: &PurgePolicy, note: &str) -> Result<Old, Error> {
        let mut parts = EventParts::new(EventKind::Purge);
        parts.detail = Some(format!(
            "{note}codes {} days, verifications {} days, events {} days",
            policy.codes_days, policy.verifications_days, policy.events_days
        ));
        let mut needs = Needs::new();
        let keys = needs.select::<KeyRow>(Selection::all(Table::Keys));
        let (now, keys) = self.act(actor, Action::Purge, &parts, &needs, |act, _| {
            let days = act.tenant().log_days;
            if policy.events_days < days {
                return Err(Error::LogRetention { days });
            }
            // Nothing is deleted by a clock that is ahead of the store's, unless it is a
            // simulated one.
            let stores = act.loaded.0.time.filter(|_| self.clock_tolerance.is_some());
            let now = stores.map_or(act.now, |stores| stores.min(act.now));
            Ok((now, act.loaded.all(keys)?))
        })?;
        let before = |days| vec![days_before(now, days).into()];
        let by_key = |table, index, days| {
            keys.iter()
                .map(|key| Selection::index(table, index, vec![key.id.into()]).before(before(days)))
                .collect()
        };
        let security_codes = &security_code::BY_KEY;
        let verifications = Selection::index(Table::Verifications, &verification::BY_AGE, vec![]);
        let days = policy.verifications_days.max(MIN_VERIFICATIONS_DAYS);
        let end = RecordId::first_at(days_before(now, policy.events_days));
        Ok(Old {
            codes: by_key(Table::Codes, &code::BY_KEY, policy.codes_days),
            security_codes: by_key(Table::SecurityCodes, security_codes, SECURITY_CODES_DAYS),
            verifications: verifications.before(before(days)),
            events: Selection::all(Table::Events).before(vec![end.into()]),
        })
    }

    /// Deletes the selected rows.
    fn delete(&self, rows: Selection) -> Result<u64, Error> {
        let batch = rows.limit(BATCH);
        let mut total = 0_u64;
        loop {
            let deleted = self.store.delete(&self.tenant, &batch)?;
            total = total.saturating_add(u64::try_from(deleted).unwrap_or(u64::MAX));
            if deleted < BATCH {
                return Ok(total);
            }
            self.store.maintain()?;
            thread::sleep(PAUSE);
        }
    }
}
