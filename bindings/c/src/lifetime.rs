//! The lifetime of a security code, and the events of its lifecycle.

use stopgap::{
    Expiry, LifecycleState, Lifetime,
    chrono::{DateTime, Utc},
};

use crate::{
    error::Outcome,
    error::{count, found},
    instant::instant,
    status::STOPGAP_ERR_INVALID_VALUE,
    time::{STOPGAP_NEVER, seconds},
};

/// Returns the expiry that a request asks for; `None` if it leaves that to the library.
pub(crate) fn expiry_of(expires_at: i64, permanent: u32) -> Outcome<Option<Expiry>> {
    match (permanent, expires_at) {
        (0, 0) => Ok(None),
        (0, expires_at) => Ok(Some(Expiry::At(instant(expires_at)?))),
        (1, 0) => Ok(Some(Expiry::Never)),
        (other, _) => Err(found(STOPGAP_ERR_INVALID_VALUE, count(other))),
    }
}

/// Returns the expiry of a record, and whether it is permanent, or deleted.
pub(crate) fn lifetime_members(lifetime: Lifetime) -> (i64, u32, u32) {
    match lifetime {
        Lifetime::Until(expires_at) => (expires_at.timestamp(), 0, 0),
        Lifetime::Permanent => (STOPGAP_NEVER, 1, 0),
        Lifetime::Deleted => (STOPGAP_NEVER, 0, 1),
    }
}

/// The state of a security code: a column of the table in SPEC.
pub type stopgap_lifecycle_kind = u32;
/// The code authenticates until it expires.
pub const STOPGAP_LIFECYCLE_ACTIVE: stopgap_lifecycle_kind = 1;
/// The code authenticates and does not expire.
pub const STOPGAP_LIFECYCLE_PERMANENT: stopgap_lifecycle_kind = 2;
/// The code expired less than 7 days ago and can be reactivated.
pub const STOPGAP_LIFECYCLE_EXPIRED: stopgap_lifecycle_kind = 3;
/// The code was deleted, or expired 7 days ago or more.
pub const STOPGAP_LIFECYCLE_GONE: stopgap_lifecycle_kind = 4;

/// The state of a security code at an instant.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_lifecycle_state {
    /// The expiry of an active or an expired code; otherwise STOPGAP_NEVER.
    pub expires_at: i64,
    /// The state.
    pub kind: stopgap_lifecycle_kind,
}

impl From<LifecycleState> for stopgap_lifecycle_state {
    fn from(state: LifecycleState) -> Self {
        let at = |kind, time: Option<DateTime<Utc>>| Self {
            expires_at: seconds(time),
            kind,
        };
        match state {
            LifecycleState::Active { expires_at } => at(STOPGAP_LIFECYCLE_ACTIVE, Some(expires_at)),
            LifecycleState::Permanent => at(STOPGAP_LIFECYCLE_PERMANENT, None),
            LifecycleState::Expired { expired_at } => {
                at(STOPGAP_LIFECYCLE_EXPIRED, Some(expired_at))
            }
            LifecycleState::Gone => at(STOPGAP_LIFECYCLE_GONE, None),
        }
    }
}

/// An event of the lifecycle of a security code: a row of the table in SPEC.
pub type stopgap_lifecycle_event = u32;
/// Change the expiry to `expires_at`; a permanent code is no longer permanent.
pub const STOPGAP_EVENT_EDIT: stopgap_lifecycle_event = 1;
/// Make the code permanent.
pub const STOPGAP_EVENT_MAKE_PERMANENT: stopgap_lifecycle_event = 2;
/// Restart the 24-hour lifetime.
pub const STOPGAP_EVENT_RESET: stopgap_lifecycle_event = 3;
/// Reactivate an expired code for 24 hours.
pub const STOPGAP_EVENT_REACTIVATE: stopgap_lifecycle_event = 4;
/// Delete the code.
pub const STOPGAP_EVENT_DELETE: stopgap_lifecycle_event = 5;
/// Change the description to `description`.
pub const STOPGAP_EVENT_DESCRIBE: stopgap_lifecycle_event = 6;
