//! Doors that close upon failures.

use std::ffi::c_void;

use stopgap::{Refusal, Throttle, ThrottlePolicy};
use stopgap_c::{
    status::{STOPGAP_OK, STOPGAP_UNKNOWN, stopgap_status},
    throttle::{
        stopgap_throttle, stopgap_throttle_check, stopgap_throttle_fail, stopgap_throttle_guard,
        stopgap_throttle_policy,
    },
    time::STOPGAP_NEVER,
};

use super::{
    memory::{Outcome, call, image},
    record::{never_or, seconds, small},
    value,
};
use crate::draw::Draw;

/// Any figures: nothing here is out of bounds.
pub(super) fn policy(draw: &mut Draw<'_>) -> (stopgap_throttle_policy, ThrottlePolicy) {
    let policy = ThrottlePolicy {
        free: small(draw, 5),
        first_delay_seconds: small(draw, 60),
        max_delay_seconds: small(draw, 3_600),
        hard_limit: small(draw, 10),
    };
    (policy.into(), policy)
}

fn read(throttle: &stopgap_throttle) -> Outcome<Throttle> {
    Ok(Throttle {
        failures: throttle.failures,
        closed_until: never_or(throttle.closed_until)?,
    })
}

fn written(throttle: Throttle) -> stopgap_throttle {
    let closed = throttle.closed_until;
    stopgap_throttle {
        closed_until: closed.map_or(STOPGAP_NEVER, |until| until.timestamp()),
        failures: throttle.failures,
        reserved: 0,
    }
}

unsafe extern "C" fn attempt(context: *mut c_void) -> stopgap_status {
    // SAFETY: a status of ours, lent to the call.
    unsafe { *context.cast() }
}

pub(super) fn doors(draw: &mut Draw<'_>) {
    let before = stopgap_throttle {
        closed_until: seconds(draw),
        failures: small(draw, 12),
        reserved: draw.number(0..=1),
    };
    let (policy, figures) = policy(draw);
    let (mut throttle, now) = (before, seconds(draw));
    let pointer = &raw mut throttle;
    let mut after = before;
    match draw.number(0..=2_u8) {
        0 => {
            let checked = || Ok(read(&before)?.check(&figures, value::instant(now)?)?);
            call(draw, &checked(), |error| {
                // SAFETY: the contract of the header.
                unsafe { stopgap_throttle_check(pointer, &raw const policy, now, error) }
            });
        }
        1 => {
            let failed = || {
                let mut state = read(&before)?;
                state.fail(&figures, value::instant(now)?);
                Ok(state)
            };
            let expected: Outcome<Throttle> = failed();
            call(draw, &expected, |error| {
                // SAFETY: the contract of the header.
                unsafe { stopgap_throttle_fail(pointer, &raw const policy, now, error) }
            });
            after = expected.map_or(before, written);
        }
        _ => {
            let mut tried: stopgap_status =
                draw.one_of(&[STOPGAP_OK, STOPGAP_UNKNOWN, 205, 12, -1]);
            let result = tried;
            let context: *mut c_void = (&raw mut tried).cast();
            let guarded = || {
                let mut state = read(&before)?;
                let now = value::instant(now)?;
                let verdict = state.guard(&figures, now, || match result {
                    STOPGAP_OK => Ok(()),
                    STOPGAP_UNKNOWN => Err(Refusal::Unknown),
                    _ => Err(Refusal::UsedUp),
                });
                Ok((state, verdict))
            };
            let expected: Outcome<(Throttle, Result<(), Refusal>)> = guarded();
            after = expected.map_or(before, |(state, _)| written(state));
            let told: Outcome = match expected {
                Ok((_, Err(closed @ Refusal::Throttled { .. }))) => Err(closed.into()),
                Ok(_) => Ok(()),
                Err(failure) => Err(failure),
            };
            let is_told = told.is_err();
            call(draw, &told, |error| {
                let (policy, attempt) = (&raw const policy, Some(attempt as _));
                // SAFETY: the contract of the header.
                let status = unsafe {
                    stopgap_throttle_guard(pointer, policy, now, attempt, context, error)
                };
                if is_told {
                    return status;
                }
                // What the attempt gave goes through, whatever it is.
                assert_eq!(status, result);
                STOPGAP_OK
            });
        }
    }
    assert_eq!(image(&throttle), image(&after));
}
