//! What a registry asks of whatever keeps its records.
//!
//! [`Store`] is the contract, [`Transaction`] what can be done within one. The
//! registry decides by the core; a store only keeps, finds and counts. Three
//! things are for the store alone to get right, and the conformance suite
//! (`tests/conformance.rs`) shows whether it does:
//!
//! - **all or nothing**: of a [`write`](Store::write) either everything is kept,
//!   and durably, before it returns `Ok`, or nothing;
//! - **exactly once**: [`consume_code`](Transaction::consume_code) counts a use in
//!   one conditional statement, however many processes ask at once;
//! - **tenants**: a transaction sees and touches its own tenant's rows alone,
//!   [`key_is_needed`](Transaction::key_is_needed) being the one exception.
//!
//! What the registry itself never asks for is there for [`copy`](crate::copy): the
//! names of all [`tenants`](Store::tenants), and each table page by page, ordered as
//! the bytes of its names and ids are.
//!
//! Instants are in whole microseconds.

mod error;

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{
    CodeDigest, CodeFormat, KeyId, Name, OnlinePolicy, Purpose, RecordTag, SecurityCode, Throttle,
};

pub use self::error::{Cause, StoreError};
pub use crate::{
    address::{open, open_source},
    row::{Row, Table},
};
use crate::{
    event::{Event, EventFilter},
    machine::Machine,
    online::CodeRecord,
    record_id::RecordId,
    table::keep_each,
};

/// What a store answers.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// What is to be done within a transaction. It may be called again where the
/// first time was undone, so it keeps nothing from a time before.
pub type Work<'w> = &'w mut dyn FnMut(&mut dyn Transaction) -> Result<()>;

/// Whatever keeps a registry's records: [`Memory`](crate::Memory),
/// [`Sqlite`](crate::Sqlite), or your own.
pub trait Store: std::fmt::Debug + Send + Sync {
    /// Works on a tenant's rows in one transaction, alone or as if alone. Where
    /// the work gives `Ok` everything is kept durably, and where it gives `Err`
    /// nothing is.
    ///
    /// # Errors
    ///
    /// The work's own, or the store's; then nothing was kept.
    fn write(&self, tenant: &Name, work: Work<'_>) -> Result<()>;

    /// Looks at a tenant's rows without waiting for who writes. Each look by
    /// itself is consistent; two may have a write between them.
    ///
    /// # Errors
    ///
    /// The work's own, or the store's.
    fn read(&self, tenant: &Name, work: Work<'_>) -> Result<()>;

    /// Everybody who has a row in any table, by name.
    ///
    /// # Errors
    ///
    /// The store's own.
    fn tenants(&self) -> Result<Vec<Name>>;

    /// How many rows a purge deletes in one transaction: so many that nobody waits
    /// long for it.
    fn purge_batch(&self) -> usize {
        40
    }

    /// The store's way to verify a code in one statement, where it has one.
    fn at_once(&self) -> Option<&dyn AtOnce> {
        None
    }

    /// Catches up with what was put off, between two of many writes, while others
    /// work on: they should not have to do it. Nothing, unless a store says so.
    ///
    /// # Errors
    ///
    /// The store's own. No row depends on it.
    fn rest(&self) -> Result<()> {
        Ok(())
    }
}

/// One store, shared by the registries of several tenants.
impl<S: Store + ?Sized> Store for std::sync::Arc<S> {
    fn write(&self, tenant: &Name, work: Work<'_>) -> Result<()> {
        (**self).write(tenant, work)
    }

    fn read(&self, tenant: &Name, work: Work<'_>) -> Result<()> {
        (**self).read(tenant, work)
    }

    fn tenants(&self) -> Result<Vec<Name>> {
        (**self).tenants()
    }

    fn purge_batch(&self) -> usize {
        (**self).purge_batch()
    }

    fn at_once(&self) -> Option<&dyn AtOnce> {
        (**self).at_once()
    }

    fn rest(&self) -> Result<()> {
        (**self).rest()
    }
}

/// Verifies a code in one statement, where that is dear and a transaction of several
/// dearer.
pub trait AtOnce {
    /// Where nothing stands in the way, counts a use, adds the line to the log, and
    /// gives the code as it was before; durably, as [`Store::write`] does. None where
    /// anything stands in the way: then nothing was done, and a transaction decides.
    ///
    /// # Errors
    ///
    /// The store's own.
    fn grant(&self, tenant: &Name, asked: &Presentation<'_>) -> Result<Option<CodeRow>>;
}

/// What can be done to the rows of one tenant. Every call either does all that it
/// says or gives an error, upon which the whole transaction is undone.
#[expect(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "each gives StoreError"
)]
pub trait Transaction {
    /// The latest time that was noted.
    fn clock_floor(&mut self) -> Result<Option<DateTime<Utc>>>;
    /// Notes another, also an earlier one.
    fn set_clock_floor(&mut self, floor: DateTime<Utc>) -> Result<()>;
    /// Notes a later time, in one conditional statement: unless one was noted less
    /// than `quiet` before it, or after it. Where somebody else is just noting one,
    /// this need not wait for that.
    fn raise_clock_floor(&mut self, now: DateTime<Utc>, quiet: TimeDelta) -> Result<()>;

    /// The ways in which this tenant's codes are written.
    fn formats(&mut self) -> Result<Vec<CodeFormat>>;
    /// Adds one; nothing where it is there already.
    fn add_format(&mut self, format: &CodeFormat) -> Result<()>;

    /// Keeps a new code; [`StoreError::Conflict`] where its digest or id is taken.
    fn insert_code(&mut self, row: &CodeRow) -> Result<()>;
    fn code(&mut self, digest: &CodeDigest) -> Result<Option<CodeRow>>;
    /// Counts a use, in one conditional statement: only where the code is not
    /// revoked and has a use left. The uses counted then, or none.
    fn consume_code(&mut self, digest: &CodeDigest) -> Result<Option<u32>>;
    /// Of one user, newest first: those older than `before`.
    fn codes_of(
        &mut self,
        user: &Name,
        before: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<CodeRow>>;
    /// Of all users, by user and then by age, oldest first: those after `after`.
    fn codes(&mut self, after: Option<(&Name, RecordId)>, limit: usize) -> Result<Vec<CodeRow>>;
    /// [`AtOnce::grant`] within a transaction.
    fn grant(&mut self, asked: &Presentation<'_>) -> Result<Option<CodeRow>> {
        let _ = asked;
        Ok(None)
    }
    /// Takes back what [`grant`](Self::grant) or [`AtOnce::grant`] did, where the core
    /// would not have granted it: the use, and the line in the log, which has a reason
    /// now. A store that never grants needs none.
    fn take_back(&mut self, digest: &CodeDigest, event: RecordId, reason: &str) -> Result<()> {
        let _ = (digest, event, reason);
        Err(StoreError::Other("a store that grants takes back".into()))
    }
    /// Revokes a code that is not revoked yet; whether it did.
    fn revoke_code(
        &mut self,
        digest: &CodeDigest,
        revoked_at: DateTime<Utc>,
        tag: &RecordTag,
    ) -> Result<bool>;

    /// What an attempt was answered.
    fn attempt(&mut self, id: &Name) -> Result<Option<AttemptRow>>;
    /// Keeps an answer; [`StoreError::Conflict`] where the id is taken.
    fn insert_attempt(&mut self, row: &AttemptRow) -> Result<()>;
    /// By id: those after `after`.
    fn attempts(&mut self, after: Option<&Name>, limit: usize) -> Result<Vec<AttemptRow>>;

    /// The user's throttle, the default where none is kept; nobody else changes
    /// it before this transaction ends.
    fn throttle(&mut self, user: &Name) -> Result<Throttle>;
    /// Keeps a throttle; the default needs no row.
    fn set_throttle(&mut self, user: &Name, throttle: &Throttle) -> Result<()>;
    /// By user: those after `after`. The default is none, whether it has a row or not.
    fn throttles(&mut self, after: Option<&Name>, limit: usize) -> Result<Vec<(Name, Throttle)>>;

    fn preset(&mut self, name: &Name) -> Result<Option<OnlinePolicy>>;
    /// By name.
    fn presets(&mut self) -> Result<Vec<(Name, OnlinePolicy)>>;
    /// Keeps a preset in place of one of that name.
    fn set_preset(&mut self, name: &Name, policy: &OnlinePolicy) -> Result<()>;
    /// Whether there was one.
    fn remove_preset(&mut self, name: &Name) -> Result<bool>;

    fn machine(&mut self, user: &Name, machine: &Name) -> Result<Option<Machine>>;
    /// Of one user, by name, retired ones included.
    fn machines(&mut self, user: &Name) -> Result<Vec<Machine>>;
    /// Of all users, by user and by name: those after `after`.
    fn all_machines(&mut self, after: Option<(&Name, &Name)>, limit: usize)
    -> Result<Vec<Machine>>;
    /// Keeps a machine in place of what was kept of it.
    fn set_machine(&mut self, machine: &Machine) -> Result<()>;

    /// Keeps a new security code; [`StoreError::Conflict`] where its digest or id
    /// is taken.
    fn insert_security_code(&mut self, row: &SecurityRow) -> Result<()>;
    fn security_code(&mut self, id: RecordId) -> Result<Option<SecurityRow>>;
    /// The first that there is of these.
    fn security_code_of(&mut self, digests: &[CodeDigest]) -> Result<Option<SecurityRow>>;
    /// By age, oldest first, those after `after`, gone ones included.
    fn security_codes(&mut self, after: Option<RecordId>, limit: usize)
    -> Result<Vec<SecurityRow>>;
    /// Keeps the description, the life and the tag of a code that is there.
    fn update_security_code(&mut self, row: &SecurityRow) -> Result<()>;
    /// Notes when a code was last used, in one conditional statement: unless that
    /// was noted already within `quiet` before or after; whether it did.
    fn use_security_code(
        &mut self,
        id: RecordId,
        at: DateTime<Utc>,
        quiet: TimeDelta,
    ) -> Result<bool>;
    fn delete_security_code(&mut self, id: RecordId) -> Result<()>;

    /// By number.
    fn keys(&mut self) -> Result<Vec<KeyRow>>;
    /// Keeps a key in place of what was kept of it.
    fn set_key(&mut self, row: &KeyRow) -> Result<()>;
    /// Whether anything that may still be used at `now` was made with a key, by
    /// any tenant: a master key is not one tenant's. This tells no more than
    /// that.
    fn key_is_needed(&mut self, id: KeyId, now: DateTime<Utc>) -> Result<bool>;

    /// Adds a line to the log.
    fn append(&mut self, event: &Event) -> Result<()>;
    /// Newest first.
    fn events(&mut self, filter: &EventFilter) -> Result<Vec<Event>>;
    /// Oldest first: those after `after`.
    fn all_events(&mut self, after: Option<RecordId>, limit: usize) -> Result<Vec<Event>>;

    /// Deletes at most `limit` rows that were over before an instant, old ones first
    /// or nearly so; how many it were.
    fn purge(&mut self, what: Purge, before: DateTime<Utc>, limit: usize) -> Result<usize>;

    /// How many rows a table has.
    fn count(&mut self, table: Table) -> Result<u64>;
    /// Keeps rows of one table that another store gave, as they are; how many it
    /// were. One that is there by its key is left as it is, and
    /// [`StoreError::Conflict`] is for one whose digest or id another row has.
    ///
    /// It does so row by row by the calls above, unless a store has a faster way, or
    /// a conflict would spoil its transaction.
    fn keep(&mut self, rows: &[Row]) -> Result<usize> {
        keep_each(self, rows)
    }
}

/// A code that is presented, and what must hold for [`AtOnce::grant`].
///
/// It must be one of the digests, of that user, for that purpose, valid now, not
/// revoked, and with a use left; the user must have no
/// failures and an open door; and the time that was noted last must lie between
/// these two.
#[derive(Clone, Copy, Debug)]
pub struct Presentation<'a> {
    /// What it may be found by.
    pub digests: &'a [CodeDigest],
    /// Whose it is said to be.
    pub user: &'a Name,
    /// What it is presented for.
    pub purpose: Purpose,
    /// The attempt's id, which must be new; its answer is kept afterwards.
    pub attempt: Option<&'a Name>,
    /// When that is.
    pub now: DateTime<Utc>,
    /// The earliest and the latest time that may have been noted last.
    pub noted: (DateTime<Utc>, DateTime<Utc>),
    /// The line for the log; its subject is the code's id.
    pub event: &'a Event,
}

/// An online code as it is kept.
#[derive(Clone, Debug)]
pub struct CodeRow {
    /// What may be shown of it.
    pub record: CodeRecord,
    /// What it is found by.
    pub digest: CodeDigest,
    /// What binds the record to its key (SPEC, "Records at rest").
    pub tag: RecordTag,
}

/// A security code as it is kept.
#[derive(Clone, Debug)]
pub struct SecurityRow {
    /// Its name.
    pub id: RecordId,
    /// The core's record; it was created when the id was made.
    pub code: SecurityCode,
    /// When it was last used, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// What binds the record to its key (SPEC, "Records at rest").
    pub tag: RecordTag,
}

/// What an attempt was answered, so that it gets the same answer again.
#[derive(Clone, Debug)]
pub struct AttemptRow {
    /// The caller's name for the attempt.
    pub id: Name,
    /// The key that made the tag.
    pub key_id: KeyId,
    /// The answer, as JSON.
    pub answer: String,
    /// What binds the answer to what was asked (SPEC, "Records at rest").
    pub tag: RecordTag,
    /// When it was answered.
    pub at: DateTime<Utc>,
}

/// A key that the store's records were made with: its number, never the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Its number.
    pub id: KeyId,
    /// Tells whether a key is this one, and nothing else (SPEC, "Records at
    /// rest").
    pub check: [u8; 32],
    /// When it was added.
    pub added_at: DateTime<Utc>,
    /// When it was retired.
    pub retired_at: Option<DateTime<Utc>>,
}

/// What a purge deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purge {
    /// Online codes that expired before the instant.
    Codes,
    /// Security codes that expired before it.
    SecurityCodes,
    /// Attempts that were answered before it.
    Attempts,
    /// Events before it.
    Events,
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::memory::Memory;

    #[test]
    fn a_shared_store_purges_as_many() {
        let most = Memory::new().purge_batch();
        assert!(most > 1);
        assert_eq!(Store::purge_batch(&Arc::new(Memory::new())), most);
    }
}
