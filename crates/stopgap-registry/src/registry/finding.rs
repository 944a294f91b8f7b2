//! The findings of a check, and the check of one row.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer, ser::SerializeMap};
use stopgap::offline::Enrolment;
use stopgap::{KeyId, KeyRing, LifecycleState, Preset, RecordTag, Refusal, Sealed, Verification};

use super::NO_TAG;
use crate::{
    event::Event,
    online::CodeRecord,
    record::{
        Record, Row, Table, code::CodeRow, head::HeadRow, key::KeyRow, ring_key::RingKeyRow,
        security_code::SecurityRow, tenant::TenantRow,
    },
    store::StoreError,
};

/// A record with a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The table.
    pub table: Table,
    /// The key of the row, which holds no secret.
    pub row: String,
    /// The fault.
    pub fault: Fault,
}

/// The fault of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The record and its tag do not fit: it was edited in the store.
    Tampered,
    /// The ring lacks the key of the record, and the key was not retired.
    KeyMissing {
        /// The id of the key.
        key: KeyId,
    },
    /// The key of the record was retired, but the record was not ended.
    KeyRetired {
        /// The id of the key.
        key: KeyId,
    },
    /// The row has a content that no registry writes.
    Unreadable {
        /// The mistake.
        why: String,
    },
    /// The user of a code or a machine has no head: it was deleted.
    NoHead,
    /// The number of a code is higher than that of its user's changes: an older head was put
    /// back, or the number was edited.
    HeadBehind,
}

impl Fault {
    /// Returns one word for it, which never changes: `tampered`, `key_missing`, `key_retired`,
    /// `unreadable`, `no_head` or `head_behind`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Tampered => "tampered",
            Self::KeyMissing { .. } => "key_missing",
            Self::KeyRetired { .. } => "key_retired",
            Self::Unreadable { .. } => "unreadable",
            Self::NoHead => "no_head",
            Self::HeadBehind => "head_behind",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tampered => f.write_str("it was edited in the store: its tag does not fit"),
            Self::KeyMissing { key } => write!(f, "its key {key} is missing"),
            Self::KeyRetired { key } => {
                write!(f, "its key {key} was retired, but the record was not ended")
            }
            Self::Unreadable { why } => write!(f, "it cannot be read: {why}"),
            Self::NoHead => f.write_str("the head of its user is missing"),
            Self::HeadBehind => f.write_str("its number is higher than that of its user's changes"),
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("table", &self.table)?;
        map.serialize_entry("row", &self.row)?;
        map.serialize_entry("fault", self.fault.as_str())?;
        match &self.fault {
            Fault::KeyMissing { key } | Fault::KeyRetired { key } => {
                map.serialize_entry("key", key)?;
            }
            Fault::Unreadable { why } => map.serialize_entry("why", why)?,
            Fault::Tampered | Fault::NoHead | Fault::HeadBehind => {}
        }
        map.end()
    }
}

/// The outcome of the check of one row.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Sound,
    /// The record has ended, and has no tag that could be checked: its key was retired, or it
    /// was revoked after it had been tampered with.
    Unchecked,
    Faulty(Fault),
}

/// The keys by which rows are checked.
pub(super) struct Examiner<'a> {
    pub(super) ring: &'a KeyRing,
    pub(super) states: &'a [RingKeyRow],
    pub(super) now: DateTime<Utc>,
}

/// The use that a record still has.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Use {
    /// It can be used.
    Live,
    /// It was revoked or retired.
    Ended,
    /// It grants nothing by itself, or has expired.
    Other,
}

impl Use {
    const fn of(is_live: bool, is_ended: bool) -> Self {
        match (is_live, is_ended) {
            (_, true) => Self::Ended,
            (true, false) => Self::Live,
            (false, false) => Self::Other,
        }
    }
}

impl Examiner<'_> {
    /// Checks a row: that it can be read, and that its tag fits.
    pub(super) fn verdict(&self, row: &Row) -> Verdict {
        self.check(row).unwrap_or_else(|error| {
            let why = match error {
                StoreError::Row { why, .. } => why,
                other => other.to_string(),
            };
            Verdict::Faulty(Fault::Unreadable { why })
        })
    }

    fn check(&self, row: &Row) -> Result<Verdict, StoreError> {
        Ok(match row.table() {
            Table::Tenants => TenantRow::of(row).map(|_| Verdict::Sound)?,
            Table::Keys => KeyRow::of(row).map(|_| Verdict::Sound)?,
            Table::RingKeys => RingKeyRow::of(row).map(|_| Verdict::Sound)?,
            Table::Events => Event::of(row).map(|_| Verdict::Sound)?,
            Table::Presets => {
                let preset = Sealed::<Preset>::of(row)?;
                self.sealed(preset.open(self.ring), preset.tag(), Use::Live)
            }
            Table::Heads => {
                let head = HeadRow::of(row)?.sealed;
                self.sealed(head.open(self.ring), head.tag(), Use::Other)
            }
            Table::Codes => {
                let code = CodeRow::of(row)?;
                let record = CodeRecord::of(&code);
                let is_live = record.state(self.now).is_live();
                let still = Use::of(is_live, record.revoked_at.is_some());
                self.sealed(code.sealed.open(self.ring), code.sealed.tag(), still)
            }
            Table::Verifications => {
                let answer = Sealed::<Verification>::of(row)?;
                self.sealed(answer.open(self.ring), answer.tag(), Use::Other)
            }
            Table::Machines => {
                let machine = Sealed::<Enrolment>::of(row)?;
                let still = Use::of(true, machine.unverified().retired_at.is_some());
                self.sealed(machine.open(self.ring), machine.tag(), still)
            }
            Table::SecurityCodes => {
                let code = SecurityRow::of(row)?.record;
                let state = code.unverified().state(self.now);
                let is_live = matches!(
                    state,
                    LifecycleState::Active { .. } | LifecycleState::Permanent
                );
                let still = Use::of(is_live, false);
                self.sealed(code.open(self.ring), code.tag(), still)
            }
        })
    }

    fn sealed<R>(&self, opened: Result<R, Refusal>, tag: &RecordTag, still: Use) -> Verdict {
        match opened {
            Ok(_) => Verdict::Sound,
            Err(Refusal::KeyMissing { id: key }) if !self.is_retired(key) => {
                Verdict::Faulty(Fault::KeyMissing { key })
            }
            Err(Refusal::KeyMissing { id: key }) if still == Use::Live => {
                Verdict::Faulty(Fault::KeyRetired { key })
            }
            Err(Refusal::KeyMissing { .. }) => Verdict::Unchecked,
            Err(_) if still == Use::Ended && tag.as_bytes() == NO_TAG.as_bytes() => {
                Verdict::Unchecked
            }
            Err(_) => Verdict::Faulty(Fault::Tampered),
        }
    }

    fn is_retired(&self, key: KeyId) -> bool {
        let mut states = self.states.iter();
        states.any(|state| state.id == key && state.retired_at.is_some())
    }
}
