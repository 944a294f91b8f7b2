//! Request codes, and finding the machine that shows one.

use std::mem::offset_of;

use stopgap::offline::{LocatePolicy, minute_of, seconds_left};

use crate::text::stopgap_text;
use crate::{
    alphabet::{stopgap_alphabet, unambiguous_or},
    enrolment_key::stopgap_enrolment_key,
    error::stopgap_error,
    growing::{Growing, grown},
    guard::{each_lent, elements, guard, lent_or_null, output},
    instant::{instant, stored},
    status::stopgap_status,
    text::typed,
};

/// The minutes of a machine's clock that a server tries (SPEC, "Request codes"). Start
/// from stopgap_locate_policy_default() and change some.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_locate_policy {
    /// Minutes before now that are tried; 60.
    pub past_minutes: u16,
    /// Minutes after now that are tried; 5.
    pub ahead_minutes: u16,
    /// Minutes either way that are tried last, to tell a wrong clock from a mistyped
    /// code; 1,440.
    pub diagnose_minutes: u16,
    /// The window of the machine's agent: an older request is late; 30.
    pub window_minutes: u16,
}

impl From<LocatePolicy> for stopgap_locate_policy {
    fn from(policy: LocatePolicy) -> Self {
        Self {
            past_minutes: policy.past_minutes,
            ahead_minutes: policy.ahead_minutes,
            diagnose_minutes: policy.diagnose_minutes,
            window_minutes: policy.window_minutes,
        }
    }
}

impl stopgap_locate_policy {
    pub(crate) const fn read(self) -> LocatePolicy {
        LocatePolicy {
            past_minutes: self.past_minutes,
            ahead_minutes: self.ahead_minutes,
            diagnose_minutes: self.diagnose_minutes,
            window_minutes: self.window_minutes,
        }
    }
}

/// The enrolment that shows a request code.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_located {
    /// The minute at which the machine showed the code, by its own clock.
    pub minute: i64,
    /// The index of the key.
    pub index: usize,
    /// 1 if the request is older than the agent's window, so that the machine may refuse
    /// the answer; otherwise 0.
    pub late: u32,
}

/// Returns the figures of the protocol: 60 minutes before now, 5 after, 1,440 either way
/// for the diagnosis, and a window of 30.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_locate_policy_default() -> stopgap_locate_policy {
    LocatePolicy::default().into()
}

/// Returns the minute of an instant: floor(Unix seconds / 60).
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_minute_of(instant: i64) -> i64 {
    stored(instant).map_or(instant.div_euclid(60), minute_of)
}

/// Returns the seconds, 1 to 60, for which a machine keeps showing the request code that
/// it shows at this instant.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_seconds_left(now: i64) -> u32 {
    // Beyond the calendar a minute has 60 seconds as well.
    let second = stored(now.rem_euclid(60));
    stored(now).or(second).map_or(60, seconds_left)
}

/// A request to find a machine. Set `size`, `typed`, `keys` and `count`; the other members
/// may be zeros. Members may be appended in later versions of this header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_locate_request {
    /// The size of the struct, sizeof(stopgap_locate_request), by which the library knows
    /// the members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The request code that the person read out.
    pub typed: stopgap_text,
    /// The keys of the machines that may have shown it: an array of pointers.
    pub keys: *const *mut stopgap_enrolment_key,
    /// The number of keys.
    pub count: usize,
    /// The symbols of request codes; NULL for the unambiguous alphabet.
    pub alphabet: *const stopgap_alphabet,
    /// The minutes that are tried; NULL for those of stopgap_locate_policy_default().
    pub policy: *const stopgap_locate_policy,
}

// SAFETY: the size is the first member, and pointers may be NULL.
unsafe impl Growing for stopgap_locate_request {
    const OLDEST: usize = offset_of!(Self, alphabet);
}

/// Finds the enrolment that shows the request code that was typed. For each key in turn
/// it tries the minutes of the policy, nearest first, and of two as near the earlier one
/// (SPEC, "Request codes"). On failure `located` is not written.
///
/// Errors: STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED; STOPGAP_ERR_NOT_ENROLLED without
/// keys; STOPGAP_ERR_CLOCK_SKEW, STOPGAP_ERR_UNRECOGNISED; STOPGAP_ERR_NULL_ARGUMENT with the
/// `index` of a key that is NULL; those of stopgap_alphabet_new; STOPGAP_ERR_INVALID_VALUE
/// for an unknown size of the request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_locate(
    request: *const stopgap_locate_request,
    now: i64,
    located: *mut stopgap_located,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (keys, typed, alphabet, policy, located) = unsafe {
            let request = grown(request)?;
            (
                elements(request.keys, request.count)?,
                typed(request.typed)?,
                unambiguous_or(request.alphabet)?,
                lent_or_null(request.policy)?.map_or_else(LocatePolicy::default, |it| it.read()),
                output(located)?,
            )
        };
        let now = instant(now)?;
        // SAFETY: the contract of the header.
        let keys = unsafe { each_lent(keys) }?.map(|key| &key.0);
        let found = typed.read(|typed| policy.locate(keys, typed, alphabet, now))?;
        located.write(stopgap_located {
            minute: found.minute,
            index: found.index,
            late: found.late.into(),
        });
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_sixty_seconds_everywhere() {
        let left = [
            (0, 60),
            (1, 59),
            (59, 1),
            (-1, 1),
            (-60, 60),
            (i64::MIN, 8),
            (i64::MAX, 53),
        ];
        for (now, seconds) in left {
            assert_eq!(stopgap_seconds_left(now), seconds, "{now}");
        }
    }
}
