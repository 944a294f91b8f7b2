//! Records that a store keeps beside those of the core.

use chrono::{DateTime, Utc};
use stopgap::{KeyId, Sealed, SecurityCode};

/// A security code as it is stored.
#[derive(Clone, Debug)]
pub struct SecurityRow {
    /// The record and its tag.
    pub record: Sealed<SecurityCode>,
    /// The time of its last use, to the minute. The tag does not cover it.
    pub last_used_at: Option<DateTime<Utc>>,
}

/// A key of the store's records: its id, never the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyRow {
    /// The id.
    pub id: KeyId,
    /// The value that identifies the key, and reveals nothing else (SPEC, "Records at
    /// rest").
    pub check: [u8; 32],
    /// The time at which it was added.
    pub added_at: DateTime<Utc>,
    /// The time at which it was retired; `None` if it was not.
    pub retired_at: Option<DateTime<Utc>>,
}
