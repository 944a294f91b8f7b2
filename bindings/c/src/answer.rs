//! The server's answer to a request code.

use std::ptr;

use stopgap::{
    Sealed,
    offline::{Answer, Enrolment, OfflinePolicy},
};

use crate::text::stopgap_text;
use crate::{
    alphabet::{self, stopgap_alphabet},
    code::stopgap_code,
    enrolment::stopgap_enrolment,
    error::Outcome,
    error::{of_element, stopgap_error},
    guard::{elements, guard, lent, output},
    instant::zoned,
    key_ring::stopgap_key_ring,
    locate::stopgap_locate_policy,
    memory::with_room,
    purpose::{purpose_number, stopgap_purpose},
    request::{stopgap_verify_request, verify_request},
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
/// STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_UNKNOWN_ZONE, STOPGAP_ERR_INVALID_VALUE; those of a name,
/// and of a policy or an enrolment that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_offline_answer(
    policy: *const stopgap_offline_policy,
    ring: *const stopgap_key_ring,
    enrolments: *const stopgap_enrolment,
    count: usize,
    request: *const stopgap_verify_request,
    now: i64,
    zone: stopgap_text,
    answer: *mut stopgap_answer,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (policy, ring, enrolments, asked, now, answer) = unsafe {
            (
                lent(policy)?.read()?,
                lent(ring)?,
                elements(enrolments, count)?,
                verify_request(request)?,
                zoned(now, zone)?,
                output(answer)?,
            )
        };
        let made = with_room(enrolments.len().saturating_mul(ROOM_OF_ENROLMENT), || {
            let mut read = Vec::with_capacity(enrolments.len());
            for (index, one) in enrolments.iter().enumerate() {
                read.push(one.read().map_err(|failure| of_element(failure, index))?);
            }
            let enrolments: Vec<Sealed<Enrolment>> = read;
            let made = asked.lend(|request| policy.answer(&ring.0, &enrolments, request, now))?;
            Ok(written(&made, &enrolments))
        })?;
        answer.write(made);
        Ok(())
    })
}

/// The most memory that the copy of an enrolment takes, with its key and their places in
/// lists.
const ROOM_OF_ENROLMENT: usize = 4_096;

fn written(answer: &Answer<'_>, enrolments: &[Sealed<Enrolment>]) -> stopgap_answer {
    let index = enrolments
        .iter()
        .position(|one| ptr::eq(one.unverified(), answer.enrolment));
    stopgap_answer {
        minute: answer.minute,
        expires_at: seconds(answer.expires_at),
        index: index.unwrap_or_default(),
        purpose: purpose_number(answer.purpose),
        validity: validity_number(answer.validity),
        late: answer.late.into(),
        code: (&answer.code).into(),
    }
}
