//! Failures in a row, and the door that closes upon them.

use std::ffi::c_void;

use stopgap::{Refusal, Throttle, ThrottlePolicy};

use crate::{
    error::stopgap_error,
    guard::{Outcome, guard, lent, output},
    instant::{instant, stored_or_never},
    status::{STOPGAP_NULL_ARGUMENT, STOPGAP_OK, STOPGAP_UNKNOWN, stopgap_status},
    time::seconds,
};

/// The figures of a throttle (SPEC, "Throttle"). Take
/// stopgap_throttle_policy_default() and change what is to be different.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_throttle_policy {
    /// Which failure in a row is the first to close the door; each after it does as
    /// well; 5. With 0 it is the first one, and closes twice as long.
    pub free: u32,
    /// For how long it then closes, in seconds; each further failure doubles it;
    /// 60.
    pub first_delay_seconds: u32,
    /// The longest that it closes, in seconds; 3,600.
    pub max_delay_seconds: u32,
    /// The failure in a row after which it stays closed until an administrator
    /// resets it; 100. With 0 it is never open.
    pub hard_limit: u32,
}

impl From<ThrottlePolicy> for stopgap_throttle_policy {
    fn from(policy: ThrottlePolicy) -> Self {
        Self {
            free: policy.free,
            first_delay_seconds: policy.first_delay_seconds,
            max_delay_seconds: policy.max_delay_seconds,
            hard_limit: policy.hard_limit,
        }
    }
}

impl stopgap_throttle_policy {
    pub(crate) const fn read(&self) -> ThrottlePolicy {
        ThrottlePolicy {
            free: self.free,
            first_delay_seconds: self.first_delay_seconds,
            max_delay_seconds: self.max_delay_seconds,
            hard_limit: self.hard_limit,
        }
    }
}

/// What is remembered about the failures of one user on a server (SPEC,
/// "Throttle"). Keep it beside the codes that it guards. stopgap_throttle_reset
/// makes a new one. It has no padding.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_throttle {
    /// Until when the door is closed, or STOPGAP_NEVER where it never was.
    pub closed_until: i64,
    /// Failures in a row.
    pub failures: u32,
    /// 0.
    pub reserved: u32,
}

impl From<Throttle> for stopgap_throttle {
    fn from(throttle: Throttle) -> Self {
        Self {
            closed_until: seconds(throttle.closed_until),
            failures: throttle.failures,
            reserved: 0,
        }
    }
}

impl stopgap_throttle {
    fn read(&self) -> Outcome<Throttle> {
        Ok(Throttle {
            failures: self.failures,
            closed_until: stored_or_never(self.closed_until)?,
        })
    }
}

/// What is tried behind a throttle: it returns STOPGAP_OK, STOPGAP_UNKNOWN for a
/// guess, or whatever else a call of Stopgap gave it. It must not throw or longjmp,
/// and must not use the throttle.
pub type stopgap_try = Option<unsafe extern "C" fn(context: *mut c_void) -> stopgap_status>;

/// 5 failures, 60 seconds that double up to an hour, closed for good after 100.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_throttle_policy_default() -> stopgap_throttle_policy {
    ThrottlePolicy::default().into()
}

/// Whether the door is open.
///
/// Errors: STOPGAP_THROTTLED where it is closed, with the time at which it opens;
/// STOPGAP_TIME_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_throttle_check(
    throttle: *const stopgap_throttle,
    policy: *const stopgap_throttle_policy,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (throttle, policy) = unsafe { (lent(throttle)?, lent(policy)?) };
        Ok(throttle.read()?.check(&policy.read(), instant(now)?)?)
    })
}

/// Counts a failure, and closes the door where it is one too many: after
/// STOPGAP_UNKNOWN alone, for a typo is no guess, and neither is a right code that
/// has expired.
///
/// Errors: STOPGAP_TIME_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_throttle_fail(
    throttle: *mut stopgap_throttle,
    policy: *const stopgap_throttle_policy,
    now: i64,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (throttle, place, policy) =
            unsafe { (lent(throttle)?, output(throttle)?, lent(policy)?) };
        let mut state = throttle.read()?;
        state.fail(&policy.read(), instant(now)?);
        place.write(state.into());
        Ok(())
    })
}

/// Forgets all failures: after a success, when an administrator says so, and to
/// begin with.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_throttle_reset(
    throttle: *mut stopgap_throttle,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let throttle = unsafe { output(throttle)? };
        throttle.write(Throttle::default().into());
        Ok(())
    })
}

/// Makes an attempt through the door: behind a closed one it is not made; a success
/// clears the failures, STOPGAP_UNKNOWN counts as one, and anything else changes
/// nothing. Keep the throttle afterwards, whatever it returns.
///
/// Returns STOPGAP_THROTTLED, STOPGAP_TIME_OUT_OF_RANGE, or what the attempt
/// returned; `error` is written for the first two only: let the attempt give the
/// same struct to its own call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_throttle_guard(
    throttle: *mut stopgap_throttle,
    policy: *const stopgap_throttle_policy,
    now: i64,
    attempt: stopgap_try,
    context: *mut c_void,
    error: *mut stopgap_error,
) -> stopgap_status {
    let mut tried = STOPGAP_OK;
    let status = guard(error, || {
        // SAFETY: the contract of the header.
        let (throttle, place, policy) =
            unsafe { (lent(throttle)?, output(throttle)?, lent(policy)?) };
        let attempt = attempt.ok_or(STOPGAP_NULL_ARGUMENT)?;
        let mut state = throttle.read()?;
        let verdict = state.guard(&policy.read(), instant(now)?, || {
            // SAFETY: the function keeps its contract.
            tried = unsafe { attempt(context) };
            match tried {
                STOPGAP_OK => Ok(()),
                STOPGAP_UNKNOWN => Err(Refusal::Unknown),
                // A refusal that is no guess, whichever it is.
                _ => Err(Refusal::WrongPurpose),
            }
        });
        place.write(state.into());
        match verdict {
            Err(Refusal::Throttled { until }) => Err(Refusal::Throttled { until }.into()),
            _ => Ok(()),
        }
    });
    if status == STOPGAP_OK { tried } else { status }
}
