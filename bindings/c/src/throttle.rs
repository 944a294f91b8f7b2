//! Failed attempts and lockouts.

use std::ffi::c_void;

use stopgap::{Refusal, Throttle, ThrottlePolicy};

use crate::{
    error::Outcome,
    error::stopgap_error,
    guard::{guard, lent, output},
    instant::{instant, stored_or_never},
    status::{STOPGAP_ERR_NULL_ARGUMENT, STOPGAP_ERR_UNKNOWN, STOPGAP_OK, stopgap_status},
    time::seconds,
};

/// The figures of a throttle (SPEC, "Throttle"). Start from
/// stopgap_throttle_policy_default() and change some.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_throttle_policy {
    /// Failures after which attempts are locked out; 5. With 0 the first failure locks,
    /// for twice the first delay.
    pub free_failures: u32,
    /// Seconds of the first lockout; each further failure doubles them; 60.
    pub first_delay_seconds: u32,
    /// Seconds of the longest lockout with an end; 3,600.
    pub max_delay_seconds: u32,
    /// Failures after which the lockout has no end, so that an administrator must
    /// unlock; 100. With 0 every attempt is locked out.
    pub hard_limit: u32,
}

impl From<ThrottlePolicy> for stopgap_throttle_policy {
    fn from(policy: ThrottlePolicy) -> Self {
        Self {
            free_failures: policy.free,
            first_delay_seconds: policy.first_delay_seconds,
            max_delay_seconds: policy.max_delay_seconds,
            hard_limit: policy.hard_limit,
        }
    }
}

impl stopgap_throttle_policy {
    pub(crate) const fn read(&self) -> ThrottlePolicy {
        ThrottlePolicy {
            free: self.free_failures,
            first_delay_seconds: self.first_delay_seconds,
            max_delay_seconds: self.max_delay_seconds,
            hard_limit: self.hard_limit,
        }
    }
}

/// The failed attempts of one user on a server (SPEC, "Throttle"). Start from
/// stopgap_throttle_new(), and assign that to forget all failures. Store it, sealed by
/// stopgap_user_throttle_seal, beside the codes that it guards.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_throttle {
    /// The end of the last lockout; STOPGAP_NEVER if there was none, or if it has no end.
    pub locked_until: i64,
    /// Failed attempts since the last success or unlock.
    pub failures: u32,
    /// 0.
    pub reserved: u32,
}

impl From<Throttle> for stopgap_throttle {
    fn from(throttle: Throttle) -> Self {
        Self {
            locked_until: seconds(throttle.locked_until),
            failures: throttle.failures,
            reserved: 0,
        }
    }
}

impl stopgap_throttle {
    pub(crate) fn read(&self) -> Outcome<Throttle> {
        Ok(Throttle {
            failures: self.failures,
            locked_until: stored_or_never(self.locked_until)?,
        })
    }
}

/// An attempt that a throttle guards. It returns STOPGAP_OK, STOPGAP_ERR_UNKNOWN for a wrong
/// guess, or the status of another call of Stopgap. It must not throw or longjmp, and
/// must not use the throttle.
pub type stopgap_try = Option<unsafe extern "C" fn(context: *mut c_void) -> stopgap_status>;

/// Returns the figures of the protocol: 5 failures, 60 seconds that double up to an hour,
/// no end after 100 failures.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_throttle_policy_default() -> stopgap_throttle_policy {
    ThrottlePolicy::default().into()
}

/// Returns a throttle without failures: for a new user, after a success, or if an
/// administrator unlocks.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_throttle_new() -> stopgap_throttle {
    Throttle::default().into()
}

/// Checks that attempts are not locked out now. An end later than now plus the longest
/// delay becomes that, because a clock was ahead when it was set: store the throttle
/// afterwards, whatever is returned.
///
/// Errors: STOPGAP_ERR_THROTTLED with the end of the lockout; STOPGAP_ERR_TIME_OUT_OF_RANGE.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_throttle_check(
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
        let verdict = state.check(&policy.read(), instant(now)?);
        place.write(state.into());
        Ok(verdict?)
    })
}

/// Counts a failure, and locks attempts out if it is one too many. Call it after
/// STOPGAP_ERR_UNKNOWN only: a typo is no guess, and neither is a right code that has
/// expired.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE.
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

/// Runs an attempt unless attempts are locked out. A success clears the failures,
/// STOPGAP_ERR_UNKNOWN counts as one, and any other status changes nothing: neither a typo
/// nor an invalid name is a guess. Replays of an earlier answer do not belong here. Store the throttle afterwards, whatever is returned.
///
/// Returns STOPGAP_ERR_THROTTLED, STOPGAP_ERR_TIME_OUT_OF_RANGE, or the status of the attempt.
/// `error` is written for the first two only: give the same struct to the call that the
/// attempt makes.
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
        let attempt = attempt.ok_or(STOPGAP_ERR_NULL_ARGUMENT)?;
        let mut state = throttle.read()?;
        let verdict = state.guard(&policy.read(), instant(now)?, || {
            // SAFETY: the function keeps its contract.
            tried = unsafe { attempt(context) };
            match tried {
                STOPGAP_OK => Ok(()),
                STOPGAP_ERR_UNKNOWN => Err(Refusal::Unknown),
                // Any refusal that is not counted.
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
