//! The server's answer to a request code.

use std::mem::offset_of;

use stopgap::offline::{Answer, OfflinePolicy};

use crate::text::stopgap_text;
use crate::{
    alphabet::{self, stopgap_alphabet},
    code::stopgap_code,
    enrolment::stopgap_enrolment,
    error::Outcome,
    error::stopgap_error,
    growing::{Growing, grown},
    guard::{each_lent, elements, guard, lent, lent_or_null, output},
    instant::zoned,
    key_ring::stopgap_key_ring,
    locate::stopgap_locate_policy,
    memory::with_room,
    purpose::{purpose_number, stopgap_purpose},
    request::asked,
    status::stopgap_status,
    time::seconds,
    validity::{stopgap_validity, validity_number, validity_of},
};

/// The policy by which a server answers request codes (SPEC, "Offline codes"). The
/// machine must have the same alphabet. Start from stopgap_offline_policy_default() and
/// change some members.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_offline_policy {
    /// The symbols of request codes and offline codes; NULL for those of
    /// stopgap_alphabet_unambiguous.
    pub alphabet: *const stopgap_alphabet,
    /// The validity of the lock, in days or a month; 1 day.
    pub validity: stopgap_validity,
    /// The minutes of a machine's clock that are tried.
    pub locate: stopgap_locate_policy,
}

impl stopgap_offline_policy {
    /// Returns a policy whose alphabet is lent.
    pub(crate) fn lend(policy: &OfflinePolicy) -> Self {
        Self {
            alphabet: alphabet::lend(&policy.alphabet),
            validity: validity_number(policy.validity),
            locate: policy.locate.into(),
        }
    }

    /// Returns the core's policy.
    ///
    /// # Safety
    ///
    /// As [`alphabet::unambiguous_or`].
    unsafe fn read(&self) -> Outcome<OfflinePolicy> {
        let validity = validity_of(self.validity)?;
        Ok(OfflinePolicy {
            validity,
            // SAFETY: the caller's promise.
            alphabet: *unsafe { alphabet::unambiguous_or(self.alphabet) }?,
            locate: self.locate.read(),
        })
    }
}

/// An offline code, and the request that it answers. Write all but the code to the log.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_answer {
    /// The minute at which the machine showed the request code, by its own clock.
    pub minute: i64,
    /// The end of the password-only lock, if the machine is in the zone that was given;
    /// STOPGAP_NEVER for STOPGAP_PURPOSE_RESET, which changes no lock.
    pub expires_at: i64,
    /// The index of the enrolment, and so of the machine, that asked.
    pub index: usize,
    /// The purpose.
    pub purpose: stopgap_purpose,
    /// The validity; one day for STOPGAP_PURPOSE_RESET, for which it has no meaning.
    pub validity: stopgap_validity,
    /// 1 if the request is older than the agent's window, so that the machine may refuse
    /// the code; otherwise 0.
    pub late: u32,
    /// The code, to be read to the person at the machine: a secret.
    pub code: stopgap_code,
}

/// Returns the default policy: locks of one day, the unambiguous alphabet, the figures of
/// the protocol.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_offline_policy_default() -> stopgap_offline_policy {
    stopgap_offline_policy::lend(&OfflinePolicy::default())
}

/// A request to answer the request code of a machine. Set `size`, `user`, `text`, the
/// enrolments and `purpose`; the other members may be zeros. Members may be appended in later
/// versions of this header.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_answer_request {
    /// The size of the struct, sizeof(stopgap_answer_request), by which the library knows the
    /// members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    pub size: usize,
    /// The user.
    pub user: stopgap_text,
    /// The request code that the user read out.
    pub text: stopgap_text,
    /// The enrolments of the machines that may have shown it: an array of pointers. The
    /// call changes none of them.
    pub enrolments: *const *mut stopgap_enrolment,
    /// The number of enrolments.
    pub count: usize,
    /// The purpose.
    pub purpose: stopgap_purpose,
    /// The policy; NULL for that of stopgap_offline_policy_default().
    pub policy: *const stopgap_offline_policy,
    /// The IANA name of the zone in which days and months are counted, or (NULL, 0) for UTC.
    pub zone: stopgap_text,
    /// The network address from which the request came, or (NULL, 0). No answer depends on
    /// this member and on those that follow: they are for logs and rules.
    pub source_address: stopgap_text,
    /// The caller's id of the request, or (NULL, 0).
    pub request_id: stopgap_text,
    /// The reason for the request, or (NULL, 0).
    pub reason: stopgap_text,
    /// The ticket of the help desk, or (NULL, 0).
    pub ticket: stopgap_text,
}

// SAFETY: the size is the first member, and pointers may be NULL.
unsafe impl Growing for stopgap_answer_request {
    const OLDEST: usize = offset_of!(Self, policy);
}

/// Answers the request code that a user reads from a machine: finds the enrolment of the
/// user that shows it, and computes the offline code that this machine accepts once.
/// Enrolments of other users and retired ones are skipped; so are those whose tag does not
/// fit, unless no other one shows the request code.
///
/// Check first that the actor may do this: STOPGAP_ACTION_ANSWER_REQUEST. There is nothing to
/// store, because the machine remembers the codes that it redeemed. An answer cannot be
/// revoked while the machine is offline.
///
/// Errors: STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED; STOPGAP_ERR_WRONG_PURPOSE for
/// STOPGAP_PURPOSE_REGISTER, which needs the server; STOPGAP_ERR_NOT_ENROLLED, STOPGAP_ERR_CLOCK_SKEW,
/// STOPGAP_ERR_UNRECOGNISED; STOPGAP_ERR_KEY_MISSING or STOPGAP_ERR_TAMPERED if the record of a machine
/// that may be the one cannot be believed; STOPGAP_ERR_OFFLINE_VALIDITY for minutes and hours;
/// STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_UNKNOWN_ZONE, STOPGAP_ERR_INVALID_VALUE;
/// STOPGAP_ERR_NULL_ARGUMENT with the `index` of an enrolment that is NULL; those of a name and
/// of a policy.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_offline_answer(
    ring: *const stopgap_key_ring,
    request: *const stopgap_answer_request,
    now: i64,
    answer: *mut stopgap_answer,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (ring, enrolments, asked, policy, now, answer) = unsafe {
            let (ring, all) = (lent(ring)?, grown(request)?);
            let notes = [all.source_address, all.request_id, all.reason, all.ticket];
            (
                ring,
                elements(all.enrolments, all.count)?,
                asked(all.user, all.text, all.purpose, notes)?,
                match lent_or_null(all.policy)? {
                    Some(policy) => policy.read()?,
                    None => OfflinePolicy::default(),
                },
                zoned(now, all.zone)?,
                output(answer)?,
            )
        };
        let made = with_room(enrolments.len().saturating_mul(ROOM_OF_ENROLMENT), || {
            // SAFETY: the contract of the header.
            let records = unsafe { each_lent(enrolments) }?.map(|record| &record.0);
            let made = asked.lend(|request| policy.answer(&ring.0, records, request, now))?;
            Ok(written(&made))
        })?;
        answer.write(made);
        Ok(())
    })
}

/// The most memory that an enrolment takes in a list: its key.
const ROOM_OF_ENROLMENT: usize = 2_048;

fn written(answer: &Answer<'_>) -> stopgap_answer {
    stopgap_answer {
        minute: answer.minute,
        expires_at: seconds(answer.expires_at),
        index: answer.index,
        purpose: purpose_number(answer.purpose),
        validity: validity_number(answer.validity),
        late: answer.late.into(),
        code: (&answer.code).into(),
    }
}

/// A request to answer a request code with its size, and zeros.
#[cfg(test)]
pub(crate) const ANSWER_REQUEST: stopgap_answer_request = stopgap_answer_request {
    size: size_of::<stopgap_answer_request>(),
    user: crate::text::NO_TEXT,
    text: crate::text::NO_TEXT,
    enrolments: std::ptr::null(),
    count: 0,
    purpose: 0,
    policy: std::ptr::null(),
    zone: crate::text::NO_TEXT,
    source_address: crate::text::NO_TEXT,
    request_id: crate::text::NO_TEXT,
    reason: crate::text::NO_TEXT,
    ticket: crate::text::NO_TEXT,
};
