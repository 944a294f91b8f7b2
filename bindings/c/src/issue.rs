//! Issuing an online code.

use crate::{
    code::stopgap_code,
    error::stopgap_error,
    grant::stopgap_online_grant,
    guard::{guard, lent, output},
    instant::zoned,
    key_ring::stopgap_key_ring,
    random::random,
    request::{issue_request, stopgap_issue_request},
    status::stopgap_status,
};

/// Issues a code to a user: the code, to be shown once and not stored, and its sealed
/// record, to be stored. Check first that the actor may do this: STOPGAP_ACTION_ISSUE_CODE.
/// Wipe the code, and free the record with stopgap_online_grant_free.
///
/// Errors: those of a name and of a policy; STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_UNKNOWN_ZONE, STOPGAP_ERR_NEVER_VALID, STOPGAP_ERR_RANDOM_FAILED,
/// STOPGAP_ERR_CALLBACK_FAILED; STOPGAP_ERR_INVALID_VALUE for an unknown size of the request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_issue(
    ring: *const stopgap_key_ring,
    request: *const stopgap_issue_request,
    now: i64,
    code: *mut stopgap_code,
    grant: *mut *mut stopgap_online_grant,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, asked, code_out, grant_out) = unsafe {
            (
                lent(ring)?,
                issue_request(request)?,
                output(code)?,
                output(grant)?,
            )
        };
        // SAFETY: the contract of the header.
        let (now, mut random) = unsafe { (zoned(now, asked.zone)?, random(asked.random)?) };
        let issue = asked.request;
        let (code, sealed) = asked.policy.issue(&ring.0, issue, now, &mut random)?;
        grant_out.hand_over(stopgap_online_grant(sealed))?;
        code_out.write((&code).into());
        Ok(())
    })
}
