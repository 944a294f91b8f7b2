//! The head of a user: the throttle, and the number of the user's changes.

use chrono::{DateTime, Utc};
use stopgap::{KeyRing, Name, Refusal, Throttle, UserHead};

use super::{
    act::Act,
    loaded::{Needs, Slot},
};
use crate::{
    error::Error,
    record::{Record, head, head::HeadRow},
    store::{Change, Value},
};

/// The names without a code whose failures a tenant remembers. A new one displaces the oldest.
const STRANGERS: usize = 1_024;

/// The head of a user, whose tag was checked.
pub(super) struct Head<'u> {
    user: &'u Name,
    stored: Option<HeadRow>,
    pub(super) throttle: Throttle,
    changes: u64,
}

pub(super) fn need(needs: &mut Needs, user: &Name) -> Slot<HeadRow> {
    needs.get(vec![user.into()])
}

impl<'u> Head<'u> {
    /// Checks the head of a user. One that was made with a key that is gone counts as that of
    /// a user without failures.
    pub(super) fn of(
        stored: Option<HeadRow>,
        ring: &KeyRing,
        user: &'u Name,
    ) -> Result<Self, Refusal> {
        let (throttle, changes) = match &stored {
            None => (Throttle::default(), 0),
            Some(row) => match row.sealed.head(ring, user.as_str()) {
                Ok(head) => (head.throttle, head.changes),
                Err(Refusal::KeyMissing { .. }) => {
                    (Throttle::default(), row.sealed.unverified().changes)
                }
                Err(refusal) => return Err(refusal),
            },
        };
        Ok(Self {
            user,
            stored,
            throttle,
            changes,
        })
    }

    /// Loads the head of a user, and checks it.
    pub(super) fn load(act: &Act<'_>, slot: Slot<HeadRow>, user: &'u Name) -> Result<Self, Error> {
        Ok(Self::of(act.loaded.one(slot)?, act.ring, user)?)
    }

    /// Returns the number of the user's next change.
    pub(super) const fn next(&self) -> u64 {
        self.changes.saturating_add(1)
    }

    /// Returns `true` if the number of the user's next change is higher than that of the newest
    /// code. It is, unless the head was deleted in the store, or an older one put back.
    pub(super) const fn follows(&self, newest: u64) -> bool {
        self.changes >= newest
    }

    /// Makes the number of the user's next change higher than that of the newest code.
    pub(super) fn follow(&mut self, newest: u64) {
        self.changes = self.changes.max(newest);
    }

    /// Returns the head with its throttle after `changes` changes.
    fn row(
        &self,
        ring: &KeyRing,
        changes: u64,
        is_stranger: bool,
        failed_at: DateTime<Utc>,
    ) -> Result<HeadRow, Refusal> {
        let changes = self.changes.saturating_add(changes);
        let new = || UserHead::seal(ring, self.user.clone(), self.throttle, changes);
        let sealed = match &self.stored {
            None => new(),
            Some(row) => match row.sealed.update(ring, self.throttle, changes) {
                Err(Refusal::KeyMissing { .. }) => new(),
                sealed => sealed?,
            },
        };
        Ok(HeadRow {
            sealed,
            is_stranger,
            failed_at,
        })
    }

    /// Stores the head after a number of changes of the user's records.
    pub(super) fn raise(self, act: &mut Act<'_>, changes: u64) -> Result<(), Error> {
        let failed_at = self.stored.as_ref().map_or(act.now, |row| row.failed_at);
        let row = self.row(act.ring, changes, false, failed_at)?;
        act.put(&row, self.stored.as_ref());
        Ok(())
    }

    /// Stores the throttle only.
    pub(super) fn store_throttle(self, act: &mut Act<'_>) -> Result<(), Error> {
        let (is_stranger, failed_at) = match &self.stored {
            Some(row) => (row.is_stranger, row.failed_at),
            None => (true, act.now),
        };
        let row = self.row(act.ring, 1, is_stranger, failed_at)?;
        act.put(&row, self.stored.as_ref());
        Ok(())
    }

    /// Stores the head after a failure, and forgets the oldest names that have no code. The
    /// work is the same for known and unknown names.
    pub(super) fn fail(self, act: &mut Act<'_>) -> Result<(), Error> {
        let is_stranger = self.stored.as_ref().is_none_or(|row| row.is_stranger);
        let row = self.row(act.ring, 1, is_stranger, act.now)?;
        let loaded = self.stored.as_ref().map(|stored| {
            let row = stored.row();
            row.version().clone()
        });
        act.changes.push(Change::Renew {
            row: row.row(),
            loaded,
        });
        act.changes.push(Change::Trim {
            table: HeadRow::TABLE,
            index: &head::BY_FAILURE,
            prefix: vec![Value::from(true)],
            keep: STRANGERS,
        });
        Ok(())
    }

    /// Replaces a head that was tampered with by one without failures. `newest` is the number
    /// of the user's newest code: the next one is higher.
    pub(super) fn replace(
        act: &mut Act<'_>,
        slot: Slot<HeadRow>,
        user: &Name,
        newest: u64,
    ) -> Result<(), Error> {
        let Some(stored) = act.loaded.one(slot)? else {
            return Ok(());
        };
        let changes = newest.saturating_add(1);
        let throttle = Throttle::default();
        let row = HeadRow {
            sealed: UserHead::seal(act.ring, user.clone(), throttle, changes),
            is_stranger: stored.is_stranger,
            failed_at: stored.failed_at,
        };
        act.replace(&row, &stored);
        Ok(())
    }
}
