//! The lifetime of a security code.

use stopgap::{
    Life, LifeEvent, LifeState,
    chrono::{DateTime, Utc},
};

use crate::{
    error::{count, found, stopgap_error},
    guard::{Outcome, guard, output},
    instant::{instant, stored},
    status::{STOPGAP_INVALID_VALUE, stopgap_status},
    time::seconds,
};

/// The lifetime of a security code (SPEC, "Security codes"): the Unix seconds at which it
/// expires, STOPGAP_PERMANENT or STOPGAP_DELETED. stopgap_life_state_at returns its state
/// at an instant, stopgap_life_apply changes it.
pub type stopgap_life = i64;
/// The code does not expire.
pub const STOPGAP_PERMANENT: stopgap_life = i64::MAX;
/// The code was deleted.
pub const STOPGAP_DELETED: stopgap_life = i64::MIN;

pub(crate) fn life_of(number: stopgap_life) -> Outcome<Life> {
    match number {
        STOPGAP_PERMANENT => Ok(Life::Permanent),
        STOPGAP_DELETED => Ok(Life::Deleted),
        seconds => stored(seconds).map(Life::Until),
    }
}

pub(crate) fn life_number(life: Life) -> stopgap_life {
    match life {
        Life::Until(expires_at) => expires_at.timestamp(),
        Life::Permanent => STOPGAP_PERMANENT,
        Life::Deleted => STOPGAP_DELETED,
    }
}

/// The state of a security code: a column of the table in SPEC.
pub type stopgap_life_kind = u32;
/// The code authenticates until it expires.
pub const STOPGAP_LIFE_ACTIVE: stopgap_life_kind = 1;
/// The code authenticates and does not expire.
pub const STOPGAP_LIFE_PERMANENT: stopgap_life_kind = 2;
/// The code expired less than 7 days ago and can be reactivated.
pub const STOPGAP_LIFE_EXPIRED: stopgap_life_kind = 3;
/// The code was deleted, or expired 7 days ago or more.
pub const STOPGAP_LIFE_GONE: stopgap_life_kind = 4;

/// The state of a security code at an instant.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_life_state {
    /// The expiry, future or past; otherwise STOPGAP_NEVER.
    pub time: i64,
    /// The state.
    pub kind: stopgap_life_kind,
}

impl From<LifeState> for stopgap_life_state {
    fn from(state: LifeState) -> Self {
        let at = |kind, time: Option<DateTime<Utc>>| Self {
            time: seconds(time),
            kind,
        };
        match state {
            LifeState::Active { expires_at } => at(STOPGAP_LIFE_ACTIVE, Some(expires_at)),
            LifeState::Permanent => at(STOPGAP_LIFE_PERMANENT, None),
            LifeState::Expired { expired_at } => at(STOPGAP_LIFE_EXPIRED, Some(expired_at)),
            LifeState::Gone => at(STOPGAP_LIFE_GONE, None),
        }
    }
}

/// An event of the lifecycle of a security code: a row of the table in SPEC.
pub type stopgap_life_event = u32;
/// Change the expiry; a permanent code is no longer permanent.
pub const STOPGAP_LIFE_EDIT: stopgap_life_event = 1;
/// Make the code permanent.
pub const STOPGAP_LIFE_MAKE_PERMANENT: stopgap_life_event = 2;
/// Restart the 24-hour lifetime.
pub const STOPGAP_LIFE_RESET: stopgap_life_event = 3;
/// Reactivate an expired code for 24 hours.
pub const STOPGAP_LIFE_REACTIVATE: stopgap_life_event = 4;
/// Change the description; stopgap_security_code_describe takes the text.
pub const STOPGAP_LIFE_DESCRIBE: stopgap_life_event = 5;
/// Delete the code.
pub const STOPGAP_LIFE_DELETE: stopgap_life_event = 6;

/// Returns the event; only an edit uses the new expiry.
pub(crate) fn event_of(number: stopgap_life_event, expires_at: i64) -> Outcome<LifeEvent> {
    Ok(match number {
        STOPGAP_LIFE_EDIT => LifeEvent::Edit {
            expires_at: instant(expires_at)?,
        },
        STOPGAP_LIFE_MAKE_PERMANENT => LifeEvent::MakePermanent,
        STOPGAP_LIFE_RESET => LifeEvent::Reset,
        STOPGAP_LIFE_REACTIVATE => LifeEvent::Reactivate,
        STOPGAP_LIFE_DESCRIBE => LifeEvent::Describe,
        STOPGAP_LIFE_DELETE => LifeEvent::Delete,
        other => return Err(found(STOPGAP_INVALID_VALUE, count(other))),
    })
}

/// Begins a lifetime of 24 hours from now, as every security code has at first.
///
/// Errors: STOPGAP_TIME_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_life_begin(
    now: i64,
    life: *mut stopgap_life,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let life = unsafe { output(life)? };
        life.write(life_number(Life::begin(instant(now)?)?));
        Ok(())
    })
}

/// Writes the state of a lifetime now.
///
/// Errors: STOPGAP_TIME_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_life_state_at(
    life: stopgap_life,
    now: i64,
    state: *mut stopgap_life_state,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let state = unsafe { output(state)? };
        state.write(life_of(life)?.state(instant(now)?).into());
        Ok(())
    })
}

/// Applies an event by the table in SPEC and writes the new lifetime: store it in place of
/// the old one. `expires_at`, the new expiry, is used for STOPGAP_LIFE_EDIT only.
///
/// Errors: STOPGAP_NOT_FOUND to STOPGAP_ALREADY_ACTIVE,
/// STOPGAP_TIME_OUT_OF_RANGE, STOPGAP_INVALID_VALUE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_life_apply(
    life: stopgap_life,
    event: stopgap_life_event,
    expires_at: i64,
    now: i64,
    next: *mut stopgap_life,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let next = unsafe { output(next)? };
        let applied = life_of(life)?.apply(event_of(event, expires_at)?, instant(now)?)?;
        next.write(life_number(applied));
        Ok(())
    })
}
