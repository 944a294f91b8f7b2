//! Throttles.

use std::ffi::c_void;

use super::{
    prelude::*,
    record::{KEY, Server, never_or_seconds, scratch, seconds},
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

fn edit(draw: &mut Draw<'_>, record: &mut stopgap_user_throttle) {
    match draw.number(0..=4_u8) {
        0 => record.locked_until = seconds(draw),
        1 => record.failures = small(draw, 12),
        2 => record.key_id = small(draw, KEY),
        3 => record.user = field(draw),
        _ => scratch(draw, &mut record.tag.bytes),
    }
}

/// Reads the record of a user's throttle by the rules of the header.
fn read_record(record: &stopgap_user_throttle) -> Outcome<Sealed<UserThrottle>> {
    let throttle = UserThrottle {
        key_id: KeyId(record.key_id),
        user: name(record.user)?,
        throttle: Throttle {
            failures: record.failures,
            locked_until: never_or(record.locked_until)?,
        },
    };
    let tag = RecordTag::from_bytes(record.tag.bytes);
    Ok(Sealed::from_parts(throttle, tag))
}

/// Seals a throttle for a user, and opens it for another one or after a change.
pub(super) fn records(draw: &mut Draw<'_>, server: &Server) {
    let (given, throttle) = (user(draw), throttle(draw));
    let sealed = || {
        let user = Name::new(given.name()?)?;
        let sealed = UserThrottle::seal(&server.keys, user, read(&throttle)?);
        let record: stopgap_user_throttle = sealed.into();
        assert!(read_record(&record)?.open(&server.keys).is_ok());
        Ok(image(&record).to_vec())
    };
    let says = |record: stopgap_user_throttle| image(&record).to_vec();
    let (ring, throttle) = (server.ring.pointer, &raw const throttle);
    let written = output(draw, sealed, says, |record, error| {
        let function = stopgap_user_throttle_seal;
        c!(function, ring, [given], throttle, record, error)
    });
    let Some(mut record) = written else { return };
    for _ in 0..draw.number(0..=3_u8).saturating_sub(1) {
        edit(draw, &mut record);
    }
    let asked = user(draw);
    let opened = || {
        let sealed = read_record(&record)?;
        let user = Name::new(asked.name()?)?;
        let throttle = sealed.throttle(&server.keys, user.as_str())?;
        Ok(image(&self::written(throttle)).to_vec())
    };
    let says = |throttle: stopgap_throttle| image(&throttle).to_vec();
    let record = &raw const record;
    output(draw, opened, says, |throttle, error| {
        let function = stopgap_user_throttle_open;
        c!(function, record, ring, [asked], throttle, error)
    });
}
