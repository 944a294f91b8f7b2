//! The purge of old records.

use std::{thread, time::Duration};

use chrono::{DateTime, Utc};
use stopgap::{Action, Actor, RecordId};

use super::{Registry, loaded::Needs, parts::EventParts, time::days_before};
use crate::{
    error::Error,
    event::EventKind,
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
        let mut parts = EventParts::new(EventKind::Purge);
        parts.detail = Some(format!(
            "codes {} days, verifications {} days, events {} days",
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
        let before = |days| days_before(now, days);
        let mut purged = Purged::default();
        for key in keys {
            let codes = Selection::index(Table::Codes, &code::BY_KEY, vec![key.id.into()]);
            purged.add_codes(self.delete_all(codes, before(policy.codes_days))?);
            let index = &security_code::BY_KEY;
            let codes = Selection::index(Table::SecurityCodes, index, vec![key.id.into()]);
            purged.add_security_codes(self.delete_all(codes, before(SECURITY_CODES_DAYS))?);
        }
        let index = &verification::BY_AGE;
        let verifications = Selection::index(Table::Verifications, index, Vec::new());
        let days = policy.verifications_days.max(MIN_VERIFICATIONS_DAYS);
        purged.verifications = self.delete_all(verifications, before(days))?;
        let end = RecordId::first_at(before(policy.events_days));
        let events = Selection::all(Table::Events).before(vec![end.into()]);
        purged.events = self.delete_selected(events)?;
        Ok(purged)
    }

    /// Deletes the rows that ended before an instant.
    fn delete_all(&self, rows: Selection, before: DateTime<Utc>) -> Result<u64, Error> {
        self.delete_selected(rows.before(vec![before.into()]))
    }

    fn delete_selected(&self, rows: Selection) -> Result<u64, Error> {
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
