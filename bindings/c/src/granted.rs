//! What a verified online code grants.

use stopgap::Granted;

use crate::{
    error::stopgap_error,
    guard::{guard, lent, output},
    instant::stored,
    purpose::{purpose_number, purpose_of, stopgap_purpose},
    status::stopgap_status,
};

/// Any number of uses. A record of elsewhere that allows exactly 4,294,967,295
/// cannot be told from it, and does not fit its tag here.
pub const STOPGAP_UNLIMITED: u32 = u32::MAX;

/// What a verified online code grants.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_granted {
    /// Until when the code can be used again.
    pub expires_at: i64,
    /// For what.
    pub purpose: stopgap_purpose,
    /// How many uses are left after this one, or STOPGAP_UNLIMITED.
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

/// Until when the temporary password-only lock is open that a code for
/// STOPGAP_BYPASS opens on the machine where it was typed. Give it to
/// stopgap_agent_open_lock.
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
