//! The server's answer to a request code.

use std::{ffi::c_char, ptr};

use stopgap::{
    Validity,
    offline::{Answer, AnswerError, Enrolment, OfflinePolicy},
};

use crate::{
    alphabet::stopgap_alphabet,
    code::stopgap_code,
    enrolment::stopgap_enrolment,
    error::{of_element, stopgap_error},
    guard::{Outcome, elements, guard, lent, output, text},
    instant::zoned,
    key_ring::stopgap_key_ring,
    purpose::{purpose_number, purpose_of, stopgap_purpose},
    request::stopgap_locate_policy,
    status::stopgap_status,
    validity::{stopgap_validity, validity_number, validity_of},
};

/// How a server reads request codes and writes offline codes (SPEC, "Offline
/// codes"). The machine must have the same alphabet. Take
/// stopgap_offline_policy_default() and change what is to be different.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_offline_policy {
    /// The symbols of request codes and offline codes.
    pub alphabet: stopgap_alphabet,
    /// How long the lock is to last; 1 day.
    pub validity: stopgap_validity,
    /// How far a machine's clock may be off.
    pub locate: stopgap_locate_policy,
}

impl From<OfflinePolicy> for stopgap_offline_policy {
    fn from(policy: OfflinePolicy) -> Self {
        Self {
            alphabet: policy.alphabet.into(),
            validity: validity_number(policy.validity),
            locate: policy.locate.into(),
        }
    }
}

impl stopgap_offline_policy {
    fn read(&self) -> Outcome<OfflinePolicy> {
        let validity: Validity = validity_of(self.validity)?;
        Ok(OfflinePolicy {
            validity,
            alphabet: self.alphabet.read()?,
            locate: self.locate.read(),
        })
    }
}

/// An offline code, and what it was made for: write all but the code to the log.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct stopgap_answer {
    /// The minute at which the machine showed the request code, by its own clock.
    pub minute: i64,
    /// Until when the lock will be open, if the machine is in the zone that was
    /// given.
    pub expires_at: i64,
    /// The index of the enrolment, and so of the machine, that asked.
    pub index: usize,
    /// What for.
    pub purpose: stopgap_purpose,
    /// For how long.
    pub validity: stopgap_validity,
    /// The code, to be read to the person at the machine: a secret.
    pub code: stopgap_code,
}

/// Locks of one day, the unambiguous alphabet, and the protocol's figures.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_offline_policy_default() -> stopgap_offline_policy {
    OfflinePolicy::default().into()
}

/// Answers the request code that a user reads from a machine: finds out which of
/// the user's enrolments it belongs to, those of other users left aside, and
/// computes the offline code that this machine accepts once.
///
/// Whether the actor may is for you to ask: STOPGAP_ANSWER_REQUEST. Nothing is
/// kept: the machine remembers what it redeemed. An answer cannot be recalled while
/// the machine stays offline.
///
/// Errors: STOPGAP_TOO_LONG to STOPGAP_CHECK_FAILED; STOPGAP_WRONG_PURPOSE for
/// STOPGAP_REGISTER, which needs the server; STOPGAP_NOT_ENROLLED,
/// STOPGAP_CLOCK_SKEW, STOPGAP_UNRECOGNISED; STOPGAP_KEY_MISSING where a master key
/// is gone that may be the one; STOPGAP_TIME_OUT_OF_RANGE, STOPGAP_UNKNOWN_ZONE;
/// those of a policy or an enrolment that is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_offline_answer(
    policy: *const stopgap_offline_policy,
    ring: *const stopgap_key_ring,
    user: *const c_char,
    user_length: usize,
    enrolments: *const stopgap_enrolment,
    count: usize,
    typed: *const c_char,
    typed_length: usize,
    purpose: stopgap_purpose,
    now: i64,
    zone: *const c_char,
    zone_length: usize,
    answer: *mut stopgap_answer,
    error: *mut stopgap_error,
) -> stopgap_status {
    guard(error, || {
        // SAFETY: the contract of the header.
        let (policy, ring, user, enrolments, typed, now, answer) = unsafe {
            (
                lent(policy)?.read()?,
                lent(ring)?,
                text(user, user_length)?,
                elements(enrolments, count)?,
                text(typed, typed_length)?,
                zoned(now, zone, zone_length)?,
                output(answer)?,
            )
        };
        let enrolments: Vec<Enrolment> = enrolments
            .iter()
            .enumerate()
            .map(|(index, one)| one.read().map_err(|failure| of_element(failure, index)))
            .collect::<Outcome<_>>()?;
        let purpose = purpose_of(purpose)?;
        let made = policy
            .answer(&ring.0, user, &enrolments, typed, purpose, now)
            .map_err(|error| refused(error, user, &enrolments))?;
        answer.write(written(&made, &enrolments));
        Ok(())
    })
}

fn written(answer: &Answer<'_>, enrolments: &[Enrolment]) -> stopgap_answer {
    let asked = enrolments
        .iter()
        .position(|one| ptr::eq(one, answer.enrolment));
    stopgap_answer {
        minute: answer.minute,
        expires_at: answer.expires_at.timestamp(),
        index: asked.unwrap_or_default(),
        purpose: purpose_number(answer.purpose),
        validity: validity_number(answer.validity),
        code: (&answer.code).into(),
    }
}

/// The core names the machine whose clock is off; C has its index.
fn refused(error: AnswerError, user: &str, enrolments: &[Enrolment]) -> stopgap_error {
    let index = match &error {
        AnswerError::ClockSkew { machine, .. } => enrolments
            .iter()
            .position(|one| one.user == *user && one.machine == *machine),
        _ => None,
    };
    stopgap_error {
        index: index.unwrap_or_default(),
        ..error.into()
    }
}
