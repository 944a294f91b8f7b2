//! For how long a registry keeps what is over.

use serde::Serialize;

/// For how many days a registry keeps what is over, before
/// [`Registry::purge`](crate::Registry::purge) deletes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PurgePolicy {
    /// Online codes after their expiry; until then an old code is told that it
    /// has expired, later it is unknown; 30.
    pub codes_days: u32,
    /// Answers to attempts; after that the same attempt id counts as new; 7.
    pub attempts_days: u32,
    /// Events of the log; 400.
    pub events_days: u32,
}

impl Default for PurgePolicy {
    fn default() -> Self {
        Self {
            codes_days: 30,
            attempts_days: 7,
            events_days: 400,
        }
    }
}

/// How many records a purge deleted. Security codes go a week after their expiry,
/// as the protocol says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Purged {
    /// Online codes.
    pub codes: u64,
    /// Security codes.
    pub security_codes: u64,
    /// Answers to attempts.
    pub attempts: u64,
    /// Events.
    pub events: u64,
}
