//! Throttles.

use std::ffi::c_void;

use super::{
    handle::{self, taken},
    prelude::*,
    record::{KEY, Server, never_or_seconds, seconds},
};

fn read(throttle: &stopgap_throttle) -> Outcome<Throttle> {
    Ok(Throttle {
        failures: throttle.failures,
        locked_until: never_or(throttle.locked_until)?,
    })
}

fn written(throttle: Throttle) -> stopgap_throttle {
    let end = throttle.locked_until;
    stopgap_throttle {
        locked_until: end.map_or(STOPGAP_NEVER, |until| until.timestamp()),
        failures: throttle.failures,
        reserved: 0,
    }
}

unsafe extern "C" fn attempt(context: *mut c_void) -> stopgap_status {
    // SAFETY: the status is ours and lives during the call.
    unsafe { *context.cast() }
}

pub(super) fn throttles(draw: &mut Draw<'_>) {
    let before = stopgap_throttle {
        locked_until: seconds(draw),
        failures: small(draw, 12),
        reserved: draw.number(0..=1),
    };
    // All figures are allowed.
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
            let mut after = before;
            let expected = state.and_then(|(mut state, now)| {
                let verdict = state.check(&figures, now);
                after = written(state);
                Ok(verdict?)
            });
            let mut throttle = before;
            let place = &raw mut throttle;
            call(draw, &expected, |error| {
                c!(stopgap_throttle_check, place, policy, now, error)
            });
            assert_eq!(image(&throttle), image(&after));
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
                draw.one_of(&[STOPGAP_OK, STOPGAP_ERR_UNKNOWN, 205, 12, -1]);
            let result = tried;
            let mut after = before;
            let expected: Outcome = state.and_then(|(mut state, now)| {
                let verdict = state.guard(&figures, now, || match result {
                    STOPGAP_OK => Ok(()),
                    STOPGAP_ERR_UNKNOWN => Err(Refusal::Unknown),
                    _ => Err(Refusal::UsedUp),
                });
                after = written(state);
                match verdict {
                    Err(locked @ Refusal::Throttled { .. }) => Err(locked.into()),
                    _ => Ok(()),
                }
            });
            let (mut throttle, is_tried) = (before, expected.is_ok());
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
                if !is_tried {
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

/// Draws a throttle, mostly a valid one.
fn throttle(draw: &mut Draw<'_>) -> stopgap_throttle {
    stopgap_throttle {
        locked_until: never_or_seconds(draw),
        failures: small(draw, 12),
        reserved: 0,
    }
}

/// Seals a throttle for a user, and opens it for another one or after a change.
pub(super) fn records(draw: &mut Draw<'_>, server: &Server) {
    let (given, throttle) = (user(draw), throttle(draw));
    let mut kept = None;
    let sealed = || {
        let user = Name::new(given.name()?)?;
        let sealed = UserThrottle::seal(&server.keys, user, read(&throttle)?);
        let bytes = sealed.to_bytes();
        kept = Some(sealed);
        Ok(bytes)
    };
    let (ring, throttle) = (server.ring.pointer, &raw const throttle);
    output(
        draw,
        sealed,
        taken::<stopgap_user_throttle>,
        |record, error| {
            let function = stopgap_user_throttle_seal;
            c!(function, ring, [given], throttle, record, error)
        },
    );
    let Some(sealed) = kept else { return };
    let (mut record, tag) = sealed.into_parts();
    match draw.number(0..=7_u8) {
        0 => record.throttle.failures = small(draw, 12),
        1 => record.throttle.locked_until = None,
        2 => record.key_id = KeyId(small(draw, KEY)),
        _ => {}
    }
    let bytes = Sealed::from_parts(record, tag).to_bytes();
    let Some((record, sealed)) = handle::read::<stopgap_user_throttle>(draw, bytes) else {
        return;
    };
    let asked = user(draw);
    let opened = || {
        let user = Name::new(asked.name()?)?;
        let throttle = sealed.throttle(&server.keys, user.as_str())?;
        Ok(image(&written(throttle)).to_vec())
    };
    let says = |throttle: stopgap_throttle| image(&throttle).to_vec();
    let record = record.pointer;
    output(draw, opened, says, |throttle, error| {
        let function = stopgap_user_throttle_open;
        c!(function, record, ring, [asked], throttle, error)
    });
}
