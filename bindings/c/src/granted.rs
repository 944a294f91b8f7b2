//! The grant of a verified online code.

use stopgap::Granted;

use crate::{
    growing::Growing,
    purpose::{purpose_number, stopgap_purpose},
    time::seconds,
};

/// Any number of uses. A record from another program that allows exactly 4,294,967,295
/// uses is shown as this one.
pub const STOPGAP_UNLIMITED: u32 = u32::MAX;

/// The grant of a verified online code. Set `size` before the call. Members may be appended
/// in later versions of this header.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_granted {
    /// The size of the struct, sizeof(stopgap_granted). Other sizes are those of other
    /// versions of this header, or STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The index of the record whose code was typed, for stopgap_online_verify_any;
    /// otherwise 0.
    pub index: usize,
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

// SAFETY: the size is the first member.
unsafe impl Growing for stopgap_granted {
    const OLDEST: usize = size_of::<Self>();
}

impl stopgap_granted {
    /// Returns the grant of the record at an index.
    pub(crate) fn new(index: usize, granted: &Granted) -> Self {
        let lock = granted.password_only_lock().ok();
        Self {
            size: 0,
            index,
            expires_at: granted.expires_at().timestamp(),
            password_only_until: seconds(lock.map(|lock| lock.until)),
            purpose: purpose_number(granted.purpose),
            uses_left: uses_number(granted.uses_left),
        }
    }
}

/// Returns a number of uses; STOPGAP_UNLIMITED for any number.
pub(crate) fn uses_number(uses: Option<u32>) -> u32 {
    uses.unwrap_or(STOPGAP_UNLIMITED)
}
