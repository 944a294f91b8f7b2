//! The grant of a verified online code.

use stopgap::Granted;

use crate::{
    error::stopgap_error,
    guard::{guard, lent, output},
    instant::stored,
    purpose::{purpose_number, purpose_of, stopgap_purpose},
    status::stopgap_status,
};

/// Any number of uses. A record from another program that allows exactly 4,294,967,295
/// uses is read as this, and does not fit its tag.
pub const STOPGAP_UNLIMITED: u32 = u32::MAX;

/// The grant of a verified online code.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_granted {
    /// The instant at which the code expires.
    pub expires_at: i64,
    /// The purpose.
    pub purpose: stopgap_purpose,
    /// The uses that are left after this one, or STOPGAP_UNLIMITED.
    pub uses_left: u32,
}

impl From<Granted<'_>> for stopgap_granted {
    fn from(granted: Granted<'_>) -> Self {
        Self {
            expires_at: granted.expires_at.timestamp(),
            purpose: purpose_number(granted.purpose),
            uses_left: granted.uses_left.unwrap_or(STOPGAP_UNLIMITED),
        }
    }
}

/// Writes the end of the temporary password-only lock that a code for STOPGAP_BYPASS
/// activates on the machine at which it was typed. Pass it to stopgap_agent_open_lock.
///
/// Errors: STOPGAP_WRONG_PURPOSE for another purpose.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_granted_lock(
    granted: *const stopgap_granted,
    until: *mut i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (granted, until) = unsafe { (lent(granted)?, output(until)?) };
        let granted = Granted {
            user: "",
            purpose: purpose_of(granted.purpose)?,
            expires_at: stored(granted.expires_at)?,
            uses_left: None,
        };
        until.write(granted.lock()?.until.timestamp());
        Ok(())
    })
}
