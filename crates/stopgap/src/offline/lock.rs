//! The password-only lock that an offline code opens.

use chrono::{DateTime, Utc};

/// The temporary password-only lock on a Wallet (SPEC, "Words"): until it ends, name and
/// password suffice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct Lock {
    /// The instant at which the lock ends.
    pub until: DateTime<Utc>,
}
