//! Records as a store keeps them.

use chrono::{DateTime, Utc};
use stopgap::{CodeDigest, KeyId, Name, RecordTag, SecurityCode};

use crate::{online::CodeRecord, record_id::RecordId};

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
