//! The server's answer to a request code.

use alloc::vec::Vec;

use chrono::{DateTime, TimeZone, Utc};

use super::{
    enrolment::Enrolment,
    ocra::check_offline,
    request::{LocatePolicy, Located},
    request_error::RequestError,
};
use crate::{
    alphabet::Alphabet,
    code::Code,
    error::Refusal,
    key_ring::KeyRing,
    name::check_name,
    purpose::Purpose,
    request::VerifyRequest,
    sealed::Sealed,
    validity::{OutOfRange, Validity, check_instant},
};

/// The policy by which a server answers request codes (SPEC, "Offline codes"). The
/// machine must have the same alphabet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct OfflinePolicy {
    /// The validity of the password-only lock: days or a month. Default one day.
    pub validity: Validity,
    /// The alphabet of request codes and offline codes.
    pub alphabet: Alphabet,
    /// The figures by which request codes are located.
    pub locate: LocatePolicy,
}

impl Default for OfflinePolicy {
    fn default() -> Self {
        Self {
            validity: Validity::DAY,
            alphabet: Alphabet::UNAMBIGUOUS,
            locate: LocatePolicy::default(),
        }
    }
}

/// An offline code and its circumstances (SPEC, "Offline codes"). Write all but the code to
/// the log.
#[derive(Debug)]
#[non_exhaustive]
#[must_use]
pub struct Answer<'a> {
    /// The code, to be read to the person at the machine.
    pub code: Code,
    /// The user and the machine that showed the request code.
    pub enrolment: &'a Enrolment,
    /// The index of this enrolment among those that were passed.
    pub index: usize,
    /// The purpose.
    pub purpose: Purpose,
    /// The validity of the lock; one day for `reset`, which has no lock.
    pub validity: Validity,
    /// The minute in which the machine showed the request code, by its own clock.
    pub minute: i64,
    /// The end of the password-only lock, if the machine is in the zone of `now`; `None` for
    /// `reset`.
    pub expires_at: Option<DateTime<Utc>>,
    /// `true` if the request code is so old that the machine may refuse the answer.
    pub late: bool,
}

impl OfflinePolicy {
    /// Sets the validity of the lock.
    #[must_use]
    pub fn validity(self, validity: Validity) -> Self {
        Self { validity, ..self }
    }

    /// Answers the request code that a user reads from a machine: finds the enrolment of the
    /// user that shows it, and computes the offline code that this machine accepts once.
    /// Enrolments of other users and retired ones are skipped.
    ///
    /// The caller checks that the actor may answer:
    /// [`Action::AnswerRequest`](crate::Action::AnswerRequest). Nothing is stored; the
    /// machine remembers the codes that it redeemed. An answer cannot be revoked while the
    /// machine is offline.
    ///
    /// # Errors
    ///
    /// [`RequestError`] says what is wrong and what to do next.
    pub fn answer<'a, Tz: TimeZone>(
        &self,
        keys: &KeyRing,
        enrolments: impl IntoIterator<Item = &'a Sealed<Enrolment>>,
        request: &VerifyRequest<'_>,
        now: DateTime<Tz>,
    ) -> Result<Answer<'a>, RequestError> {
        let purpose = request.purpose;
        if purpose == Purpose::Register {
            return Err(RequestError::WrongPurpose);
        }
        check_instant(&now.to_utc())?;
        check_name(request.user)?;
        if purpose == Purpose::Bypass {
            check_offline(self.validity)?;
        }
        // A machine whose record cannot be believed must not hide the others.
        let mut broken = None;
        let mut candidates = Vec::new();
        for (index, enrolment) in enrolments.into_iter().enumerate() {
            let record = enrolment.unverified();
            if record.user != *request.user {
                continue;
            }
            match enrolment.key(keys) {
                Ok(key) => candidates.push((index, record, key)),
                // Retired.
                Err(Refusal::Revoked { .. }) => {}
                Err(refusal) => broken = Some(refusal),
            }
        }
        let located = self.locate.locate(
            candidates.iter().map(|(_, _, key)| key),
            request.text,
            &self.alphabet,
            now.to_utc(),
        );
        let Located {
            index,
            minute,
            late,
        } = match (located, broken) {
            (Ok(located), _) => located,
            (Err(RequestError::NotEnrolled | RequestError::Unrecognised), Some(refusal)) => {
                return Err(refusal.into());
            }
            (Err(RequestError::ClockSkew { index, minutes, .. }), _) => {
                let found = candidates.get(index);
                let (index, enrolment, _) = found.ok_or(RequestError::Unrecognised)?;
                return Err(RequestError::ClockSkew {
                    index: *index,
                    machine: Some(enrolment.machine.clone()),
                    minutes,
                });
            }
            (Err(error), _) => return Err(error),
        };
        let found = candidates.get(index);
        let (index, enrolment, key) = found.ok_or(RequestError::Unrecognised)?;
        let shown_at = first_second(minute, &now.timezone())?;
        let (validity, expires_at) = match purpose {
            Purpose::Bypass => {
                let until = self.validity.expiry(shown_at)?.to_utc();
                (self.validity, Some(until))
            }
            // The validity has no meaning then.
            Purpose::Reset | Purpose::Register => (Validity::DAY, None),
        };
        Ok(Answer {
            code: key.offline_code(minute, purpose, validity, &self.alphabet)?,
            enrolment,
            index: *index,
            purpose,
            validity,
            minute,
            expires_at,
            late,
        })
    }
}

/// Returns the first second of a minute, on the wall clock of a zone.
pub(crate) fn first_second<Tz: TimeZone>(
    minute: i64,
    zone: &Tz,
) -> Result<DateTime<Tz>, OutOfRange> {
    let instant = minute
        .checked_mul(60)
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    Ok(instant.ok_or(OutOfRange)?.with_timezone(zone))
}
