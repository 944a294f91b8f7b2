//! Transactions of a store.

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{CodeDigest, CodeFormat, KeyId, Name, OnlinePolicy, Purpose, RecordTag, Throttle};

use super::{
    error::{Result, StoreError},
    record::{AttemptRow, CodeRow, KeyRow, SecurityRow},
};
use crate::{
    event::{Event, EventFilter},
    machine::Machine,
    record_id::RecordId,
    row::{Row, Table},
};

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
    /// [`AtOnce::grant`](super::AtOnce::grant) within a transaction.
    fn grant(&mut self, asked: &Presentation<'_>) -> Result<Option<CodeRow>> {
        let _ = asked;
        Ok(None)
    }
    /// Takes back what [`grant`](Self::grant) or
    /// [`AtOnce::grant`](super::AtOnce::grant) did, where the core
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

/// A code that is presented, and what must hold for [`AtOnce::grant`](super::AtOnce::grant).
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

/// Keeps rows one by one; see [`Transaction::keep`].
fn keep_each<T: Transaction + ?Sized>(kept: &mut T, rows: &[Row]) -> Result<usize> {
    let mut new = 0_usize;
    for row in rows {
        new = new.saturating_add(usize::from(keep_one(kept, row)?));
    }
    Ok(new)
}

/// Keeps a row; `true` if it was not there.
fn keep_one<T: Transaction + ?Sized>(kept: &mut T, row: &Row) -> Result<bool> {
    match row {
        Row::Clock(floor) => {
            let new = kept.clock_floor()?.is_none();
            if new {
                kept.set_clock_floor(*floor)?;
            }
            Ok(new)
        }
        Row::Key(row) => {
            let new = kept.keys()?.iter().all(|key| key.id != row.id);
            if new {
                kept.set_key(row)?;
            }
            Ok(new)
        }
        Row::Format(format) => {
            let new = !kept.formats()?.contains(format);
            if new {
                kept.add_format(format)?;
            }
            Ok(new)
        }
        Row::Preset(name, policy) => {
            let new = kept.preset(name)?.is_none();
            if new {
                kept.set_preset(name, policy)?;
            }
            Ok(new)
        }
        Row::Code(row) => match kept.insert_code(row) {
            Err(StoreError::Conflict(cause)) => {
                let there = kept.code(&row.digest)?;
                match there {
                    Some(there) if there.record.id == row.record.id => Ok(false),
                    _ => Err(StoreError::Conflict(cause)),
                }
            }
            done => done.map(|()| true),
        },
        Row::Attempt(row) => match kept.insert_attempt(row) {
            Err(StoreError::Conflict(_)) => Ok(false),
            done => done.map(|()| true),
        },
        Row::Throttle(user, throttle) => {
            let new = kept.throttle(user)? == Throttle::default();
            if new {
                kept.set_throttle(user, throttle)?;
            }
            Ok(new)
        }
        Row::Machine(machine) => {
            let enrolment = &machine.enrolment;
            let there = kept.machine(&enrolment.user, &enrolment.machine)?;
            if there.is_none() {
                kept.set_machine(machine)?;
            }
            Ok(there.is_none())
        }
        Row::SecurityCode(row) => match kept.insert_security_code(row) {
            Err(StoreError::Conflict(cause)) => {
                let digest = |row: &SecurityRow| *row.code.digest.as_bytes();
                match kept.security_code(row.id)? {
                    Some(there) if digest(&there) == digest(row) => Ok(false),
                    _ => Err(StoreError::Conflict(cause)),
                }
            }
            done => done.map(|()| true),
        },
        Row::Event(event) => match kept.append(event) {
            Err(StoreError::Conflict(_)) => Ok(false),
            done => done.map(|()| true),
        },
    }
}
