//! Issuing an online code.

use stopgap::OnlinePolicy;

use crate::{
    code::stopgap_code,
    error::stopgap_error,
    grant::stopgap_online_grant,
    guard::{guard, lent, output},
    instant::{instant, with_zoned},
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
        let (given, mut random) = unsafe {
            let given = asked.policy.map(|given| given.read());
            (given, random(asked.random)?)
        };
        let policy = match &given {
            Some(read) => read.as_ref().map_err(|failure| *failure)?,
            None => &OnlinePolicy::default(),
        };
        let request = asked.request;
        // In UTC, chrono's own type takes less time than a zone.
        let made = if asked.zone.is_missing() {
            policy.issue(&ring.0, request, instant(now)?, &mut random)
        } else {
            let issue = |now| Ok(policy.issue(&ring.0, request, now, &mut random));
            // SAFETY: the contract of the header.
            unsafe { with_zoned(now, asked.zone, issue) }?
        };
        let made = made.map(|(code, sealed)| (code, Box::new(stopgap_online_grant(sealed))));
        let (code, grant) = made?;
        grant_out.hand_over_box(grant)?;
        code_out.write_text(code.reveal().as_bytes());
        Ok(())
    })
}
