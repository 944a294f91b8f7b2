//! The life of a security code.

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

/// What is kept of the life of a security code (SPEC, "Security codes"): Unix
/// seconds at which it has expired, or one of the two below. stopgap_life_state_at
/// says what that means at an instant, stopgap_life_apply changes it.
pub type stopgap_life = i64;
/// It lives for good.
pub const STOPGAP_PERMANENT: stopgap_life = i64::MAX;
/// Somebody deleted it.
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

/// Where a security code stands: a column of SPEC's table.
pub type stopgap_life_kind = u32;
/// It authenticates until it expires.
pub const STOPGAP_LIFE_ACTIVE: stopgap_life_kind = 1;
/// It authenticates for good.
pub const STOPGAP_LIFE_PERMANENT: stopgap_life_kind = 2;
/// It expired less than 7 days ago and can be reactivated.
pub const STOPGAP_LIFE_EXPIRED: stopgap_life_kind = 3;
/// It was deleted, or expired 7 days ago or more.
pub const STOPGAP_LIFE_GONE: stopgap_life_kind = 4;

/// Where a security code stands at an instant.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_life_state {
    /// When it expires, or expired; otherwise STOPGAP_NEVER.
    pub time: i64,
    /// Where it stands.
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

/// What a super administrator does to a security code: a row of SPEC's table.
pub type stopgap_life_event = u32;
/// Give it another expiry; a permanent one is permanent no longer.
pub const STOPGAP_LIFE_EDIT: stopgap_life_event = 1;
/// Let it live for good.
pub const STOPGAP_LIFE_MAKE_PERMANENT: stopgap_life_event = 2;
/// Let it live 24 hours from now.
pub const STOPGAP_LIFE_RESET: stopgap_life_event = 3;
/// Bring an expired one back for 24 hours.
pub const STOPGAP_LIFE_REACTIVATE: stopgap_life_event = 4;
/// Describe it anew; stopgap_security_code_describe brings the words.
pub const STOPGAP_LIFE_DESCRIBE: stopgap_life_event = 5;
/// Delete it.
pub const STOPGAP_LIFE_DELETE: stopgap_life_event = 6;

/// The event; only an edit looks at the new expiry.
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

/// A life of 24 hours from now, as every security code begins.
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

/// Where a life stands now.
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

/// The life after an event, by the table of SPEC: keep it in place of the other
/// one. Only STOPGAP_LIFE_EDIT looks at `expires_at`, the new expiry.
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
