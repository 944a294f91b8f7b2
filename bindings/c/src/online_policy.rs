//! Policies of online codes, and issuing codes by them.

use stopgap::OnlinePolicy;

use crate::text::stopgap_text;
use crate::{
    code::stopgap_code,
    error::stopgap_error,
    format::stopgap_format,
    grant::stopgap_online_grant,
    granted::STOPGAP_UNLIMITED,
    guard::{Outcome, guard, lent, output},
    instant::{stored_or_never, zoned},
    key_ring::stopgap_key_ring,
    purpose::{purposes_number, purposes_of, stopgap_purposes},
    random::{random, stopgap_random},
    request::{issue_request, stopgap_issue_request},
    status::stopgap_status,
    time::seconds,
    validity::{stopgap_validity, validity_number, validity_of},
};

/// The policy by which online codes are issued (SPEC, "Online codes"). Start from
/// stopgap_online_policy_default() and change some members.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_online_policy {
    /// The instant from which the codes are valid; STOPGAP_NEVER if from issue. The
    /// validity counts from it.
    pub not_before: i64,
    /// The format of the codes.
    pub format: stopgap_format,
    /// The validity of the codes.
    pub validity: stopgap_validity,
    /// The purposes of the codes; at least one.
    pub purposes: stopgap_purposes,
    /// The number of uses of each code, or STOPGAP_UNLIMITED.
    pub max_uses: u32,
}

impl From<OnlinePolicy> for stopgap_online_policy {
    fn from(policy: OnlinePolicy) -> Self {
        Self {
            not_before: seconds(policy.not_before),
            format: policy.format.into(),
            validity: validity_number(policy.validity),
            purposes: purposes_number(policy.purposes),
            max_uses: policy.max_uses.unwrap_or(STOPGAP_UNLIMITED),
        }
    }
}

impl stopgap_online_policy {
    pub(crate) fn read(&self) -> Outcome<OnlinePolicy> {
        Ok(OnlinePolicy {
            format: self.format.read()?,
            validity: validity_of(self.validity)?,
            purposes: purposes_of(self.purposes)?,
            not_before: stored_or_never(self.not_before)?,
            max_uses: match self.max_uses {
                STOPGAP_UNLIMITED => None,
                uses => Some(uses),
            },
        })
    }
}

/// Returns the default policy: 12 hexadecimal symbols, one day, every purpose, any number
/// of uses, valid from issue.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_online_policy_default() -> stopgap_online_policy {
    OnlinePolicy::default().into()
}

/// Issues a code to a user: the code, to be shown once and not stored, and its sealed
/// record, to be stored. Days and months count on the wall clock of the zone. `random` may
/// be NULL for the operating system. Check first that the actor may do this:
/// STOPGAP_ACTION_ISSUE_CODE.
///
/// Errors: those of a name and of a policy; STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_UNKNOWN_ZONE, STOPGAP_ERR_NEVER_VALID, STOPGAP_ERR_RANDOM_FAILED,
/// STOPGAP_ERR_CALLBACK_FAILED; STOPGAP_ERR_INVALID_VALUE for an unknown size of the request.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_issue(
    policy: *const stopgap_online_policy,
    ring: *const stopgap_key_ring,
    request: *const stopgap_issue_request,
    now: i64,
    zone: stopgap_text,
    random: *const stopgap_random,
    code: *mut stopgap_code,
    grant: *mut stopgap_online_grant,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (policy, ring, request, now, mut random, code_out, grant_out) = unsafe {
            (
                lent(policy)?.read()?,
                lent(ring)?,
                issue_request(request)?,
                zoned(now, zone)?,
                self::random(random)?,
                output(code)?,
                output(grant)?,
            )
        };
        let (code, sealed) = policy.issue(&ring.0, request, now, &mut random)?;
        code_out.write((&code).into());
        grant_out.write(sealed.into());
        Ok(())
    })
}
