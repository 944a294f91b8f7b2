//! The server's answer to a request code.

use alloc::{format, string::String, vec::Vec};

use chrono::{DateTime, TimeZone, Utc};

use super::{
    enrolment::Enrolment,
    request::{LocateError, LocatePolicy, Located, locate},
};
use crate::{
    alphabet::Alphabet,
    code::Code,
    error::Malformed,
    key_id::KeyMissing,
    key_ring::KeyRing,
    name::Name,
    purpose::Purpose,
    validity::{Validity, YearOutOfRange},
};

/// How a server reads request codes and writes offline codes (SPEC, "Offline
/// codes"). The machine must
/// have the same alphabet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default, deny_unknown_fields)
)]
pub struct OfflinePolicy {
    /// How long the lock is to last; a day.
    pub validity: Validity,
    /// The symbols of request codes and offline codes.
    pub alphabet: Alphabet,
    /// How far a machine's clock may be off.
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

/// An offline code, and what it was made for (SPEC, "Offline codes"): write all
/// but the code to the log.
#[derive(Debug)]
#[must_use]
pub struct Answer<'a> {
    /// The code, to be read to the person at the machine.
    pub code: Code,
    /// Who asked, and from which machine.
    pub enrolment: &'a Enrolment,
    /// What for.
    pub purpose: Purpose,
    /// For how long.
    pub validity: Validity,
    /// The minute at which the machine showed the request code, by its own
    /// clock.
    pub minute: i64,
    /// Until when the lock will be open, if the machine is in the zone that
    /// `now` was given in.
    pub expires_at: DateTime<Utc>,
}

impl OfflinePolicy {
    /// Locks that last so long.
    #[must_use]
    pub fn valid_for(self, validity: Validity) -> Self {
        Self { validity, ..self }
    }

    /// Answers the request code that a user reads from a machine: finds out
    /// which of the user's enrolments it belongs to, those of other users left
    /// aside, and computes the offline code that this machine accepts once.
    ///
    /// Whether the actor may answer is for the caller to ask:
    /// [`Action::AnswerRequest`](crate::Action::AnswerRequest). Nothing is kept:
    /// the machine remembers what it redeemed. An answer cannot be recalled while
    /// the machine stays offline.
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
            Ok(Located { index, minute }) => (index, Ok(minute)),
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
        let minute = shown.map_err(|minutes| AnswerError::ClockSkew {
            machine: enrolment.machine.clone(),
            minutes,
        })?;
        let validity = self.validity;
        let shown_at = first_second(minute, &now.timezone())?;
        Ok(Answer {
            code: key.offline_code(minute, purpose, validity, &self.alphabet),
            enrolment,
            purpose,
            validity,
            minute,
            expires_at: validity.expires_at(shown_at)?.to_utc(),
        })
    }
}

/// The first second of a minute, on the wall clock of a zone.
pub(crate) fn first_second<Tz: TimeZone>(
    minute: i64,
    zone: &Tz,
) -> Result<DateTime<Tz>, YearOutOfRange> {
    let instant = minute
        .checked_mul(60)
        .and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    Ok(instant.ok_or(YearOutOfRange)?.with_timezone(zone))
}

/// Why a request code has no answer, for the help desk, and what to do next
/// (SPEC, "Request codes").
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// Not a request code at all.
    #[error("{} Ask for it again.", .0.public_message())]
    Malformed(#[from] Malformed),
    /// Registration needs the server, which an offline machine cannot reach.
    #[error("a second factor is registered online; issue an online code for it")]
    WrongPurpose,
    /// The user has no enrolled machine, and so no cached Wallet to open.
    #[error("the user has no enrolled machine; one is enrolled when they log on while online")]
    NotEnrolled,
    /// A machine of the user showed it, but not in these minutes: long ago, or
    /// by a clock that is off.
    #[error("{machine} {}", skew(*.minutes))]
    ClockSkew {
        /// The machine.
        machine: Name,
        /// By how many minutes; positive where the machine is ahead.
        minutes: i32,
    },
    /// No machine of the user shows it: most likely it was mistyped.
    #[error("no machine of the user shows this request code; ask for it again, letter by letter")]
    Unrecognised,
    /// A machine of the user was enrolled under a master key that is gone.
    #[error("no machine of the user shows this request code, and {0}")]
    KeyMissing(#[from] KeyMissing),
    /// The clock, or the expiry, is out of range.
    #[error(transparent)]
    Time(#[from] YearOutOfRange),
}

/// What a help desk makes of that many minutes, and does about it.
fn skew(minutes: i32) -> String {
    let off = minutes.unsigned_abs();
    if minutes > 0 {
        format!("has a clock {off} minutes ahead; set it right, then ask for a new code")
    } else {
        format!(
            "showed that code {off} minutes ago, or its clock is that far behind; \
            ask for the code it shows now, and set its clock right if that fails too"
        )
    }
}

impl AnswerError {
    /// One word for the log, which never changes: `malformed`, `wrong_purpose`,
    /// `not_enrolled`, `clock_skew`, `unrecognised`, `key_missing` or
    /// `time_out_of_range`.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
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
