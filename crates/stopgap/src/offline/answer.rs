//! The server's answer to a request code.

use alloc::{format, string::String, vec::Vec};

use chrono::{DateTime, TimeZone, Utc};

use super::{
    enrolment::Enrolment,
    ocra::offline,
    request::{LocateError, LocatePolicy, Located, locate},
};
use crate::{
    alphabet::Alphabet,
    code::Code,
    error::Malformed,
    key_id::KeyMissing,
    key_ring::KeyRing,
    name::{Name, NameError, check_name},
    policy_error::PolicyError,
    purpose::Purpose,
    validity::{Validity, YearOutOfRange},
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
#[must_use]
pub struct Answer<'a> {
    /// The code, to be read to the person at the machine.
    pub code: Code,
    /// The user and the machine that showed the request code.
    pub enrolment: &'a Enrolment,
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
    /// Enrolments of other users are skipped.
    ///
    /// The caller checks that the actor may answer:
    /// [`Action::AnswerRequest`](crate::Action::AnswerRequest). Nothing is stored; the
    /// machine remembers the codes that it redeemed. An answer cannot be revoked while the
    /// machine is offline.
    ///
    /// # Errors
    ///
    /// [`AnswerError`] says what is wrong and what to do next.
    pub fn answer<'a, Tz: TimeZone>(
        &self,
        keys: &KeyRing,
        user: &str,
        enrolments: &'a [Enrolment],
        typed: &str,
        purpose: Purpose,
        now: DateTime<Tz>,
    ) -> Result<Answer<'a>, AnswerError> {
        if purpose == Purpose::Register {
            return Err(AnswerError::WrongPurpose);
        }
        check_name(user)?;
        offline(self.validity)?;
        // A machine whose master key is gone must not hide the others.
        let mut missing = None;
        let mut candidates = Vec::new();
        for enrolment in enrolments
            .iter()
            .filter(|candidate| candidate.user == *user)
        {
            match enrolment.key(keys) {
                Ok(key) => candidates.push((enrolment, key)),
                Err(key_missing) => missing = Some(key_missing),
            }
        }
        let located = locate(
            candidates.iter().map(|(_, key)| key),
            typed,
            &self.alphabet,
            &self.locate,
            now.to_utc(),
        );
        let (index, shown) = match located {
            Ok(located) => (located.index, Ok(located)),
            Err(LocateError::ClockSkew { index, minutes }) => (index, Err(minutes)),
            Err(LocateError::Malformed(malformed)) => return Err(malformed.into()),
            Err(LocateError::NotEnrolled) => {
                return Err(missing.map_or(AnswerError::NotEnrolled, AnswerError::from));
            }
            Err(LocateError::Unrecognised) => {
                return Err(missing.map_or(AnswerError::Unrecognised, AnswerError::from));
            }
        };
        let (enrolment, key) = candidates.get(index).ok_or(AnswerError::Unrecognised)?;
        let Located { minute, late, .. } = shown.map_err(|minutes| AnswerError::ClockSkew {
            machine: enrolment.machine.clone(),
            minutes,
        })?;
        let shown_at = first_second(minute, &now.timezone())?;
        let (validity, expires_at) = match purpose {
            Purpose::Bypass => {
                let until = self.validity.expires_at(shown_at)?.to_utc();
                (self.validity, Some(until))
            }
            // The validity has no meaning then.
            Purpose::Reset | Purpose::Register => (Validity::DAY, None),
        };
        Ok(Answer {
            code: key.offline_code(minute, purpose, validity, &self.alphabet)?,
            enrolment,
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
) -> Result<DateTime<Tz>, YearOutOfRange> {
    let instant = minute
        .checked_mul(60)
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    Ok(instant.ok_or(YearOutOfRange)?.with_timezone(zone))
}

/// The reason for which a request code has no answer, for the help desk, and what to do
/// next (SPEC, "Request codes").
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// The name of the user is no name.
    #[error(transparent)]
    InvalidName(#[from] NameError),
    /// The policy is not valid.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The text is no request code.
    #[error("{} Ask for it again.", .0.public_message())]
    Malformed(#[from] Malformed),
    /// Registration needs the server, which an offline machine cannot reach.
    #[error("a second factor is registered online; issue an online code for it")]
    WrongPurpose,
    /// The user has no enrolled machine, and so no cached Wallet.
    #[error("the user has no enrolled machine; one is enrolled when they log on while online")]
    NotEnrolled,
    /// A machine of the user showed it, but long ago, or its clock is off.
    #[error("{machine} {}", skew(*.minutes))]
    ClockSkew {
        /// The machine.
        machine: Name,
        /// The minutes by which the clock is off; positive if the machine is ahead.
        minutes: i32,
    },
    /// No machine of the user shows it: it was most likely mistyped.
    #[error("no machine of the user shows this request code; ask for it again, letter by letter")]
    Unrecognised,
    /// The ring does not hold the master key of one of the user's machines.
    #[error("no machine of the user shows this request code, and {0}")]
    KeyMissing(#[from] KeyMissing),
    /// The clock, or the expiry, is out of range.
    #[error(transparent)]
    Time(#[from] YearOutOfRange),
}

/// Returns the meaning of that many minutes for a help desk, and the next step.
fn skew(minutes: i32) -> String {
    let off = minutes.unsigned_abs();
    if minutes > 0 {
        format!("has a clock that is {off} minutes ahead; correct it, then ask for a new code")
    } else {
        format!(
            "showed that code {off} minutes ago, or its clock is that far behind; \
            ask for the code that it shows now, and correct its clock if that fails too"
        )
    }
}

impl AnswerError {
    /// Returns one word for the log, which never changes: `invalid_name`, `policy`,
    /// `malformed`, `wrong_purpose`, `not_enrolled`, `clock_skew`, `unrecognised`,
    /// `key_missing` or `time_out_of_range`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::InvalidName(_) => "invalid_name",
            Self::Policy(_) => "policy",
            Self::Malformed(_) => "malformed",
            Self::WrongPurpose => "wrong_purpose",
            Self::NotEnrolled => "not_enrolled",
            Self::ClockSkew { .. } => "clock_skew",
            Self::Unrecognised => "unrecognised",
            Self::KeyMissing(_) => "key_missing",
            Self::Time(_) => "time_out_of_range",
        }
    }
}
