//! The grant of a verified online code.

use stopgap::Granted;

use crate::{
    purpose::{purpose_number, stopgap_purpose},
    time::seconds,
};

/// Any number of uses. A record from another program that allows exactly 4,294,967,295
/// uses is read as this, and does not fit its tag.
pub const STOPGAP_UNLIMITED: u32 = u32::MAX;

/// The grant of a verified online code.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_granted {
    /// The expiry of the code.
    pub expires_at: i64,
    /// The end of the password-only lock that a code for STOPGAP_PURPOSE_BYPASS activates on the
    /// machine at which it was typed: pass it to stopgap_agent_activate. STOPGAP_NEVER for
    /// another purpose.
    pub password_only_until: i64,
    /// The purpose.
    pub purpose: stopgap_purpose,
    /// The number of uses left after this one, or STOPGAP_UNLIMITED.
    pub uses_left: u32,
}

impl From<&Granted> for stopgap_granted {
    fn from(granted: &Granted) -> Self {
        let lock = granted.password_only_lock().ok();
        Self {
            expires_at: granted.expires_at().timestamp(),
            password_only_until: seconds(lock.map(|lock| lock.until)),
            purpose: purpose_number(granted.purpose),
            uses_left: granted.uses_left.unwrap_or(STOPGAP_UNLIMITED),
        }
    }
}
