//! Throttles.

use std::ffi::c_void;

use super::{prelude::*, record::seconds};

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

pub(super) fn throttles(draw: &mut Draw<'_>) {
    let before = stopgap_throttle {
        closed_until: seconds(draw),
        failures: small(draw, 12),
        reserved: draw.number(0..=1),
    };
    // No figures are out of bounds.
    let figures = ThrottlePolicy {
        free: small(draw, 5),
        first_delay_seconds: small(draw, 60),
        max_delay_seconds: small(draw, 3_600),
        hard_limit: small(draw, 10),
    };
    let (policy, now) = (stopgap_throttle_policy::from(figures), seconds(draw));
    let policy = &raw const policy;
    let state = read(&before).and_then(|state| Ok((state, instant(now)?)));
    match draw.number(0..=2_u8) {
        0 => {
            let expected = state.and_then(|(state, now)| Ok(state.check(&figures, now)?));
            call(draw, &expected, |error| {
                c!(
                    stopgap_throttle_check,
                    &raw const before,
                    policy,
                    now,
                    error
                )
            });
        }
        1 => {
            let expected = state.map(|(mut state, now)| {
                state.fail(&figures, now);
                written(state)
            });
            change(draw, before, expected, |throttle, error| {
                c!(stopgap_throttle_fail, throttle, policy, now, error)
            });
        }
        _ => {
            let mut tried: stopgap_status =
                draw.one_of(&[STOPGAP_OK, STOPGAP_UNKNOWN, 205, 12, -1]);
            let result = tried;
            let mut after = before;
            let expected: Outcome = state.and_then(|(mut state, now)| {
                let verdict = state.guard(&figures, now, || match result {
                    STOPGAP_OK => Ok(()),
                    STOPGAP_UNKNOWN => Err(Refusal::Unknown),
                    _ => Err(Refusal::UsedUp),
                });
                after = written(state);
                match verdict {
                    Err(closed @ Refusal::Throttled { .. }) => Err(closed.into()),
                    _ => Ok(()),
                }
            });
            let (mut throttle, is_open) = (before, expected.is_ok());
            call(draw, &expected, |error| {
                let (throttle, context) = (&raw mut throttle, context(&mut tried));
                let attempt = Some(attempt as _);
                let status = c!(
                    stopgap_throttle_guard,
                    throttle,
                    policy,
                    now,
                    attempt,
                    context,
                    error
                );
                if !is_open {
                    return status;
                }
                // The call returns what the attempt returned.
                assert_eq!(status, result);
                STOPGAP_OK
            });
            assert_eq!(image(&throttle), image(&after));
        }
    }
}
