//! What kind of online codes to issue, and issuing them.

use std::ffi::c_char;

use stopgap::OnlinePolicy;

use crate::{
    code::stopgap_code,
    error::stopgap_error,
    format::stopgap_format,
    grant::stopgap_online_grant,
    granted::STOPGAP_UNLIMITED,
    guard::{Outcome, guard, lent, output, text},
    instant::{stored_or_never, zoned},
    key_ring::stopgap_key_ring,
    purpose::{purposes_number, purposes_of, stopgap_purposes},
    random::{random, stopgap_random},
    status::stopgap_status,
    time::seconds,
    validity::{stopgap_validity, validity_number, validity_of},
};

/// What kind of online codes to issue (SPEC, "Online codes"). Take
/// stopgap_online_policy_default() and change what is to be different.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_online_policy {
    /// The first instant at which its codes are valid, or STOPGAP_NEVER where that
    /// is at once. They expire as if they were: validity counts from the time of
    /// issue.
    pub not_before: i64,
    /// How its codes are written.
    pub format: stopgap_format,
    /// How long they live.
    pub validity: stopgap_validity,
    /// What they may be used for; at least one.
    pub purposes: stopgap_purposes,
    /// How often each may be used, or STOPGAP_UNLIMITED.
    pub max_uses: u32,
}

impl From<OnlinePolicy> for stopgap_online_policy {
    fn from(policy: OnlinePolicy) -> Self {
        Self {
            not_before: seconds(policy.starts_at()),
            format: policy.format().into(),
            validity: validity_number(policy.validity()),
            purposes: purposes_number(policy.allowed_purposes()),
            max_uses: policy.allowed_uses().unwrap_or(STOPGAP_UNLIMITED),
        }
    }
}

impl stopgap_online_policy {
    fn read(&self) -> Outcome<OnlinePolicy> {
        let format = self.format.read()?;
        let policy = OnlinePolicy::default()
            .length(format.length.symbols())?
            .alphabet(format.alphabet)
            .check_symbol(format.check_symbol)
            .valid_for(validity_of(self.validity)?)
            .purposes(purposes_of(self.purposes)?)?;
        let policy = match stored_or_never(self.not_before)? {
            Some(first) => policy.not_before(first),
            None => policy,
        };
        match self.max_uses {
            STOPGAP_UNLIMITED => Ok(policy),
            uses => Ok(policy.max_uses(uses)?),
        }
    }
}

/// 12 hexadecimal symbols, one day, every purpose, any number of uses, from now on.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_online_policy_default() -> stopgap_online_policy {
    OnlinePolicy::default().into()
}

/// Issues a code to a user: the code, to be told once and not kept, and the grant,
/// to be kept. It expires on the wall clock of the zone. Whether the actor may is
/// for you to ask: STOPGAP_ISSUE_CODE.
///
/// Errors: those of a name and of a policy; STOPGAP_TIME_OUT_OF_RANGE,
/// STOPGAP_UNKNOWN_ZONE, STOPGAP_NEVER_VALID, STOPGAP_RANDOM_FAILED,
/// STOPGAP_CALLBACK_FAILED.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_online_issue(
    policy: *const stopgap_online_policy,
    ring: *const stopgap_key_ring,
    user: *const c_char,
    user_length: usize,
    now: i64,
    zone: *const c_char,
    zone_length: usize,
    random: *const stopgap_random,
    code: *mut stopgap_code,
    grant: *mut stopgap_online_grant,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (policy, ring, user, now, mut random, code_out, grant_out) = unsafe {
            (
                lent(policy)?.read()?,
                lent(ring)?,
                text(user, user_length)?,
                zoned(now, zone, zone_length)?,
                self::random(random)?,
                output(code)?,
                output(grant)?,
            )
        };
        let (code, grant) = policy.issue(&ring.0, user, now, &mut random)?;
        code_out.write((&code).into());
        grant_out.write(grant.into());
        Ok(())
    })
}
