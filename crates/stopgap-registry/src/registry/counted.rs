//! Storing the events that were counted in memory.

use std::sync::MutexGuard;

use super::{
    Registry,
    loaded::Needs,
    locked::Locked,
    poison,
    tally::{Count, Subject, Tally},
};
use crate::{error::Error, fork, record::security_code::SecurityRow};

impl Registry {
    pub(super) fn tally(&self) -> Locked<MutexGuard<'_, Tally>> {
        Locked::new(|| {
            let mut tally = self.tally.lock().unwrap_or_else(poison);
            tally.leave_to_parent(fork::generation());
            tally
        })
    }

    /// Stores the events that are counted in memory: attempts during lockouts, and uses of
    /// security codes. A registry does so once a minute when it is called, and when it is
    /// dropped.
    ///
    /// # Errors
    ///
    /// [`Error::Store`], after which the counts are kept; [`Error::Refused`] if the clock is
    /// wrong.
    pub fn flush(&self) -> Result<(), Error> {
        if self.tally().is_empty() {
            return Ok(());
        }
        let now = self.now()?;
        let counts = self.tally().take(now, true);
        self.store_counts(counts)
    }

    /// Stores the events of the minutes that have passed. If that fails, they are stored
    /// later.
    pub(super) fn flush_due(&self) {
        if self.tally().is_empty() {
            return;
        }
        let Ok(now) = self.now() else { return };
        let is_due = self.tally().is_due(now);
        if is_due {
            let counts = self.tally().take(now, false);
            // The counts were put back, and the caller's own work is done.
            let _ = self.store_counts(counts);
        }
    }

    fn store_counts(&self, counts: Vec<Count>) -> Result<(), Error> {
        if counts.is_empty() {
            return Ok(());
        }
        let mut needs = Needs::new();
        let codes: Vec<_> = counts
            .iter()
            .map(|count| match count.subject {
                Subject::Used(id, _) => Some(needs.get::<SecurityRow>(vec![id.into()])),
                _ => None,
            })
            .collect();
        let stored = self.transact(&needs, |act| {
            for (count, code) in counts.iter().zip(&codes) {
                if let Some(slot) = code
                    && let Some(row) = act.loaded.one(*slot)?
                    && let Some(used) = row.use_at(count.last_at)
                {
                    act.replace(&used, &row);
                }
                let mut event = count.parts.event(count.last_at, &count.actor)?;
                event.count = count.number;
                act.insert(&event);
            }
            Ok(())
        });
        if stored.is_err() {
            self.tally().put_back(counts);
        }
        stored
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        // A drop returns no error.
        let _ = self.flush();
    }
}
