//! The password-only lock that a code for `bypass` activates.

use chrono::{DateTime, Utc};

/// The temporary password-only lock on a Wallet (SPEC, "Terms"): while it is active, name
/// and password are enough to log on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[must_use]
pub struct PasswordOnlyLock {
    /// The end: the lock is active before this instant.
    pub until: DateTime<Utc>,
}
