//! Transactions of a store.

use chrono::{DateTime, TimeDelta, Utc};
use stopgap::{
    CodeDigest, CodeFormat, KeyId, Name, OnlineGrant, OnlinePolicy, RecordId, RecordTag, Sealed,
    SecurityCode, Throttle, Verification, offline::Enrolment,
};

use super::{
    error::{Result, StoreError},
    record::{KeyRow, SecurityRow},
};
use crate::{
    event::{Event, EventFilter},
    row::{Row, Table},
};

/// Reads and changes the rows of one tenant. Each call does all that it promises, or
/// returns an error; then the whole transaction is undone.
#[expect(
    missing_docs,
    clippy::missing_errors_doc,
    reason = "each gives StoreError"
)]
pub trait Transaction {
    /// Returns the latest time that was stored.
    fn clock_floor(&mut self) -> Result<Option<DateTime<Utc>>>;
    /// Stores another time, also an earlier one.
    fn set_clock_floor(&mut self, floor: DateTime<Utc>) -> Result<()>;
    /// Stores a later time, in one conditional statement: unless one was stored that is
    /// less than `quiet` before it, or after it. It need not wait for another transaction
    /// that stores a time.
    fn raise_clock_floor(&mut self, now: DateTime<Utc>, quiet: TimeDelta) -> Result<()>;

    /// Returns the formats of this tenant's codes.
    fn formats(&mut self) -> Result<Vec<CodeFormat>>;
    /// Adds a format, unless it is there already.
    fn add_format(&mut self, format: &CodeFormat) -> Result<()>;

    /// Keeps a new code; [`StoreError::Conflict`] if its digest or id is taken.
    fn insert_code(&mut self, code: &Sealed<OnlineGrant>) -> Result<()>;
    /// Returns the code with this digest, as it is now. If it is going to be replaced, no
    /// other transaction should change it before this one ends.
    fn code(&mut self, digest: &CodeDigest) -> Result<Option<Sealed<OnlineGrant>>>;
    /// Replaces the uses, the revocation and the tag of a code, in one conditional
    /// statement: only if the stored tag is still `loaded`. Otherwise returns `false`.
    fn replace_code(&mut self, new: &Sealed<OnlineGrant>, loaded: &RecordTag) -> Result<bool>;
    /// Returns the codes of one user that are older than `before`, newest first.
    fn codes_of(
        &mut self,
        user: &Name,
        before: Option<RecordId>,
        limit: usize,
    ) -> Result<Vec<Sealed<OnlineGrant>>>;
    /// Returns the codes of all users after `after`, by user and then by age, oldest
    /// first.
    fn codes(
        &mut self,
        after: Option<(&Name, RecordId)>,
        limit: usize,
    ) -> Result<Vec<Sealed<OnlineGrant>>>;

    /// Returns the verification of a user under an idempotency key.
    fn verification(
        &mut self,
        user: &Name,
        idempotency_key: &str,
    ) -> Result<Option<Sealed<Verification>>>;
    /// Keeps a verification; [`StoreError::Conflict`] if the user has used the idempotency
    /// key.
    fn insert_verification(&mut self, verification: &Sealed<Verification>) -> Result<()>;
    /// Returns the verifications after `after`, by user and by idempotency key.
    fn verifications(
        &mut self,
        after: Option<(&Name, &str)>,
        limit: usize,
    ) -> Result<Vec<Sealed<Verification>>>;

    /// Returns the user's throttle, or the default if none is kept. No other transaction
    /// changes it before this one ends.
    fn throttle(&mut self, user: &Name) -> Result<Throttle>;
    /// Keeps a throttle; the default needs no row.
    fn set_throttle(&mut self, user: &Name, throttle: &Throttle) -> Result<()>;
    /// Returns the throttles after `after`, by user. A default throttle is left out, even
    /// if it has a row.
    fn throttles(&mut self, after: Option<&Name>, limit: usize) -> Result<Vec<(Name, Throttle)>>;

    fn preset(&mut self, name: &Name) -> Result<Option<OnlinePolicy>>;
    /// Returns the presets, by name.
    fn presets(&mut self) -> Result<Vec<(Name, OnlinePolicy)>>;
    /// Keeps a preset, and replaces one of that name.
    fn set_preset(&mut self, name: &Name, policy: &OnlinePolicy) -> Result<()>;
    /// Removes a preset; `false` if there was none.
    fn remove_preset(&mut self, name: &Name) -> Result<bool>;

    fn machine(&mut self, user: &Name, machine: &Name) -> Result<Option<Sealed<Enrolment>>>;
    /// Returns one user's machines, by name, retired ones included.
    fn machines(&mut self, user: &Name) -> Result<Vec<Sealed<Enrolment>>>;
    /// Returns the machines of all users after `after`, by user and by name.
    fn all_machines(
        &mut self,
        after: Option<(&Name, &Name)>,
        limit: usize,
    ) -> Result<Vec<Sealed<Enrolment>>>;
    /// Keeps a new machine; [`StoreError::Conflict`] if the user has one of that name.
    fn insert_machine(&mut self, machine: &Sealed<Enrolment>) -> Result<()>;
    /// Replaces a machine, in one conditional statement: only if the stored tag is still
    /// `loaded`. Otherwise returns `false`.
    fn replace_machine(&mut self, new: &Sealed<Enrolment>, loaded: &RecordTag) -> Result<bool>;

    /// Keeps a new security code; [`StoreError::Conflict`] if its digest or id is taken.
    fn insert_security_code(&mut self, row: &SecurityRow) -> Result<()>;
    fn security_code(&mut self, id: RecordId) -> Result<Option<SecurityRow>>;
    /// Returns the first code that has one of these digests.
    fn security_code_of(&mut self, digests: &[CodeDigest]) -> Result<Option<SecurityRow>>;
    /// Returns the codes after `after`, oldest first, gone ones included.
    fn security_codes(&mut self, after: Option<RecordId>, limit: usize)
    -> Result<Vec<SecurityRow>>;
    /// Replaces the description, the lifetime and the tag of a code, in one conditional
    /// statement: only if the stored tag is still `loaded`. Otherwise returns `false`.
    fn replace_security_code(
        &mut self,
        new: &Sealed<SecurityCode>,
        loaded: &RecordTag,
    ) -> Result<bool>;
    /// Notes the time of a code's last use, in one conditional statement; `false` if one
    /// was noted within `quiet` before or after it.
    fn use_security_code(
        &mut self,
        id: RecordId,
        at: DateTime<Utc>,
        quiet: TimeDelta,
    ) -> Result<bool>;
    /// Deletes a code, in one conditional statement: only if the stored tag is still
    /// `loaded`. Otherwise returns `false`.
    fn delete_security_code(&mut self, id: RecordId, loaded: &RecordTag) -> Result<bool>;

    /// Returns the keys, by id.
    fn keys(&mut self) -> Result<Vec<KeyRow>>;
    /// Keeps a key, and replaces its earlier record.
    fn set_key(&mut self, row: &KeyRow) -> Result<()>;
    /// `true` if a record that may still be used at `now` was made with this key, by any
    /// tenant: tenants share master keys. This reveals no more of other tenants.
    fn key_is_needed(&mut self, id: KeyId, now: DateTime<Utc>) -> Result<bool>;

    /// Adds an event to the log.
    fn append(&mut self, event: &Event) -> Result<()>;
    /// Returns the events that match, newest first.
    fn events(&mut self, filter: &EventFilter) -> Result<Vec<Event>>;
    /// Returns the events after `after`, oldest first.
    fn all_events(&mut self, after: Option<RecordId>, limit: usize) -> Result<Vec<Event>>;

    /// Deletes at most `limit` rows that ended before an instant, nearly in the order of
    /// age, and returns their number.
    fn purge(&mut self, what: Purge, before: DateTime<Utc>, limit: usize) -> Result<usize>;

    /// Returns the number of rows of a table.
    fn count(&mut self, table: Table) -> Result<u64>;
    /// Keeps rows of one table of another store as they are, and returns the number of
    /// new ones. A row whose key is there is left as it is; a row whose digest or id
    /// another row has is a [`StoreError::Conflict`].
    ///
    /// The default keeps row by row, by the calls above. A store needs its own version if
    /// it has a faster way, or if a conflict would spoil its transaction.
    fn keep(&mut self, rows: &[Row]) -> Result<usize> {
        keep_each(self, rows)
    }
}

/// A kind of rows that a purge deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purge {
    /// Online codes that expired before the instant.
    Codes,
    /// Security codes that expired before it.
    SecurityCodes,
    /// Verifications that were answered before it.
    Verifications,
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
                let record = row.unverified();
                let there = kept.code(&record.digest)?;
                match there {
                    Some(there) if there.unverified().id == record.id => Ok(false),
                    _ => Err(StoreError::Conflict(cause)),
                }
            }
            done => done.map(|()| true),
        },
        Row::Verification(row) => match kept.insert_verification(row) {
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
        Row::Machine(row) => match kept.insert_machine(row) {
            Err(StoreError::Conflict(_)) => Ok(false),
            done => done.map(|()| true),
        },
        Row::SecurityCode(row) => match kept.insert_security_code(row) {
            Err(StoreError::Conflict(cause)) => {
                let digest = |row: &SecurityRow| *row.record.unverified().digest.as_bytes();
                match kept.security_code(row.record.unverified().id)? {
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
