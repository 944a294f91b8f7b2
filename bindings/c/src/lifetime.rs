//! The lifetime of a security code, and the events of its lifecycle.

use stopgap::{
    LifecycleEvent, LifecycleState, Lifetime,
    chrono::{DateTime, Utc},
};

use crate::{
    error::{count, found},
    guard::Outcome,
    instant::{instant, stored},
    status::STOPGAP_ERR_INVALID_VALUE,
    time::seconds,
};

/// The lifetime of a security code (SPEC, "Security codes"): the Unix seconds at which it
/// expires, STOPGAP_PERMANENT or STOPGAP_DELETED. stopgap_security_code_state returns the
/// state of a code, stopgap_security_code_apply changes it.
pub type stopgap_lifetime = i64;
/// The code does not expire.
pub const STOPGAP_PERMANENT: stopgap_lifetime = i64::MAX;
/// The code was deleted.
pub const STOPGAP_DELETED: stopgap_lifetime = i64::MIN;

pub(crate) fn lifetime_of(number: stopgap_lifetime) -> Outcome<Lifetime> {
    match number {
        STOPGAP_PERMANENT => Ok(Lifetime::Permanent),
        STOPGAP_DELETED => Ok(Lifetime::Deleted),
        seconds => stored(seconds).map(Lifetime::Until),
    }
}

pub(crate) fn lifetime_number(lifetime: Lifetime) -> stopgap_lifetime {
    match lifetime {
        Lifetime::Until(expires_at) => expires_at.timestamp(),
        Lifetime::Permanent => STOPGAP_PERMANENT,
        Lifetime::Deleted => STOPGAP_DELETED,
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
    /// The expiry, future or past; otherwise STOPGAP_NEVER.
    pub time: i64,
    /// The state.
    pub kind: stopgap_lifecycle_kind,
}

impl From<LifecycleState> for stopgap_lifecycle_state {
    fn from(state: LifecycleState) -> Self {
        let at = |kind, time: Option<DateTime<Utc>>| Self {
            time: seconds(time),
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

/// An event of the lifecycle of a security code: a row of the table in SPEC. To change the
/// description use stopgap_security_code_describe.
pub type stopgap_lifecycle_event = u32;
/// Change the expiry; a permanent code is no longer permanent.
pub const STOPGAP_EVENT_EDIT: stopgap_lifecycle_event = 1;
/// Make the code permanent.
pub const STOPGAP_EVENT_MAKE_PERMANENT: stopgap_lifecycle_event = 2;
/// Restart the 24-hour lifetime.
pub const STOPGAP_EVENT_RESET: stopgap_lifecycle_event = 3;
/// Reactivate an expired code for 24 hours.
pub const STOPGAP_EVENT_REACTIVATE: stopgap_lifecycle_event = 4;
/// Delete the code.
pub const STOPGAP_EVENT_DELETE: stopgap_lifecycle_event = 5;

/// Returns the event; only an edit uses the new expiry.
pub(crate) fn event_of(
    number: stopgap_lifecycle_event,
    expires_at: i64,
) -> Outcome<LifecycleEvent<'static>> {
    Ok(match number {
        STOPGAP_EVENT_EDIT => LifecycleEvent::Edit {
            expires_at: instant(expires_at)?,
        },
        STOPGAP_EVENT_MAKE_PERMANENT => LifecycleEvent::MakePermanent,
        STOPGAP_EVENT_RESET => LifecycleEvent::Reset,
        STOPGAP_EVENT_REACTIVATE => LifecycleEvent::Reactivate,
        STOPGAP_EVENT_DELETE => LifecycleEvent::Delete,
        other => return Err(found(STOPGAP_ERR_INVALID_VALUE, count(other))),
    })
}
