//! The time for which a registry keeps records that have ended.

use serde::Serialize;

/// The days for which a registry keeps records that have ended, before
/// [`Registry::purge`](crate::Registry::purge) deletes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PurgePolicy {
    /// Days for online codes after they ended: after their expiry, their revocation or their
    /// last use. During them a code is refused as `expired`, `revoked` or `used_up`, later as
    /// `unknown`. Default 30.
    pub codes_days: u32,
    /// Days for verifications under an idempotency key. After them the key counts as new,
    /// so they are kept for two days at least. Default 7.
    pub verifications_days: u32,
    /// Days for events of the audit log, not fewer than the retention of the log
    /// ([`set_log_retention`](crate::Registry::set_log_retention)). Default 400.
    pub events_days: u32,
}

impl Default for PurgePolicy {
    fn default() -> Self {
        Self {
            codes_days: 30,
            verifications_days: 7,
            events_days: 400,
        }
    }
}

/// The numbers of records that a purge deleted. Security codes are deleted a week after
/// their expiry (SPEC, "Security codes").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Purged {
    /// Online codes.
    pub codes: u64,
    /// Security codes.
    pub security_codes: u64,
    /// Verifications under an idempotency key.
    pub verifications: u64,
    /// Events.
    pub events: u64,
}
