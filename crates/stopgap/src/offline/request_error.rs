//! The reasons for which a request code has no answer.

use alloc::{format, string::String};

use crate::{
    error::Refusal,
    invalid_value::InvalidValue,
    malformed::Malformed,
    name::{Name, NameError},
    public_message::{PublicMessage, Sentence},
    validity::OutOfRange,
};

/// The reason for which the help desk has no answer to a request code, and what to do
/// next (SPEC, "Request codes").
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// The name of the user is no name.
    #[error(transparent)]
    InvalidName(#[from] NameError),
    /// The validity cannot be that of an offline code, or the time is out of range.
    #[error(transparent)]
    InvalidValue(#[from] InvalidValue),
    /// The text is no request code.
    #[error("{}", PublicMessage::new(Sentence::Request(*.0)))]
    Malformed(#[from] Malformed),
    /// Registration needs the server, which an offline machine cannot reach.
    #[error("a second factor is registered online; issue an online code for it")]
    WrongPurpose,
    /// The user has no enrolled machine, and so no cached Wallet.
    #[error("the user has no enrolled machine; one is enrolled when they log on while online")]
    NotEnrolled,
    /// A machine of the user showed it, but long ago, or its clock is off.
    #[error("{}{}", .machine.as_ref().map_or("the machine", Name::as_str), skew(*.minutes))]
    ClockSkew {
        /// The index of the enrolment.
        index: usize,
        /// The machine, if it is known.
        machine: Option<Name>,
        /// The minutes by which the clock is off; positive if the machine is ahead.
        minutes: i32,
    },
    /// No machine of the user shows it: it was most likely mistyped.
    #[error("no machine of the user shows this request code; ask for it again, letter by letter")]
    Unrecognised,
    /// No machine of the user shows it, and the record of one cannot be believed:
    /// [`Refusal::KeyMissing`] or [`Refusal::Tampered`].
    #[error("no machine of the user shows this request code, and of one: {0}")]
    Record(#[from] Refusal),
}

/// Returns the meaning of that many minutes for a help desk, and the next step.
fn skew(minutes: i32) -> String {
    let off = minutes.unsigned_abs();
    if minutes > 0 {
        format!(" has a clock that is {off} minutes ahead; correct it, then ask for a new code")
    } else {
        format!(
            " showed that code {off} minutes ago, or its clock is that far behind; ask for the \
            code that it shows now, and correct its clock if that fails too"
        )
    }
}

impl From<OutOfRange> for RequestError {
    fn from(_: OutOfRange) -> Self {
        Self::InvalidValue(InvalidValue::TimeOutOfRange)
    }
}

impl RequestError {
    /// Returns the sentence for the help desk if the text was no request code, in English;
    /// `None` for other reasons.
    #[must_use]
    pub const fn public_message(&self) -> Option<PublicMessage> {
        match self {
            Self::Malformed(malformed) => Some(PublicMessage::new(Sentence::Request(*malformed))),
            _ => None,
        }
    }

    /// Returns one word for the log, which never changes: `invalid_name`, `malformed`,
    /// `wrong_purpose`, `not_enrolled`, `clock_skew`, `unrecognised`, or the reason of
    /// [`InvalidValue`] or [`Refusal`].
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::InvalidName(_) => "invalid_name",
            Self::InvalidValue(invalid) => invalid.reason(),
            Self::Malformed(_) => "malformed",
            Self::WrongPurpose => "wrong_purpose",
            Self::NotEnrolled => "not_enrolled",
            Self::ClockSkew { .. } => "clock_skew",
            Self::Unrecognised => "unrecognised",
            Self::Record(refusal) => refusal.reason(),
        }
    }
}
