//! Policies of online codes, and issuing codes by them.

use stopgap::OnlinePolicy;

use crate::{
    error::Outcome,
    format::stopgap_format,
    granted::{STOPGAP_UNLIMITED, uses_number},
    instant::stored_or_never,
    purpose::{purposes_number, purposes_of, stopgap_purposes},
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

impl stopgap_online_policy {
    /// Returns a policy whose alphabet is lent.
    pub(crate) fn lend(policy: &OnlinePolicy) -> Self {
        Self {
            not_before: seconds(policy.not_before),
            format: stopgap_format::lend(&policy.format),
            validity: validity_number(policy.validity),
            purposes: purposes_number(policy.purposes),
            max_uses: uses_number(policy.max_uses),
        }
    }

    /// Returns the core's policy.
    ///
    /// # Safety
    ///
    /// As [`stopgap_format::read`].
    #[inline]
    pub(crate) unsafe fn read(&self) -> Outcome<OnlinePolicy> {
        Ok(OnlinePolicy {
            // SAFETY: the caller's promise.
            format: unsafe { self.format.read() }?,
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
    // Its alphabet is lent by the library.
    stopgap_online_policy::lend(&OnlinePolicy::default())
}
