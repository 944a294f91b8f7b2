//! Records as a store keeps them.

use chrono::{DateTime, Utc};
use stopgap::{CodeDigest, KeyId, Name, RecordTag, SecurityCode};

use crate::{online::CodeRecord, record_id::RecordId};

/// An online code as it is kept.
#[derive(Clone, Debug)]
pub struct CodeRow {
    /// The part that may be shown.
    pub record: CodeRecord,
    /// The digest by which it is found.
    pub digest: CodeDigest,
    /// Binds the record to its key (SPEC, "Records at rest").
    pub tag: RecordTag,
}

/// A security code as it is kept.
#[derive(Clone, Debug)]
pub struct SecurityRow {
    /// Its name.
    pub id: RecordId,
    /// The core's record; it was created when the id was made.
    pub code: SecurityCode,
    /// The time of its last use, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
    /// Binds the record to its key (SPEC, "Records at rest").
    pub tag: RecordTag,
}

/// The answer to an attempt, which is given again if the attempt is repeated.
#[derive(Clone, Debug)]
pub struct AttemptRow {
    /// The caller's name for the attempt.
    pub id: Name,
    /// The key that made the tag.
    pub key_id: KeyId,
    /// The answer, as JSON.
    pub answer: String,
    /// Binds the answer to the question (SPEC, "Records at rest").
    pub tag: RecordTag,
    /// The time of the answer.
    pub at: DateTime<Utc>,
}

/// A key of the store's records: its number, never the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// Its number.
    pub id: KeyId,
    /// Recognises the key, and reveals nothing else of it (SPEC, "Records at rest").
    pub check: [u8; 32],
    /// The time at which it was added.
    pub added_at: DateTime<Utc>,
    /// The time at which it was retired, if it was.
    pub retired_at: Option<DateTime<Utc>>,
}
