//! The failures that the header promises for the core's errors.

use std::convert::Infallible;

use chrono::{DateTime, Utc};
use stopgap::{
    Action, Forbidden, InvalidValue, IssueError, KeyError, KeyId, LifecycleError, Malformed,
    NameError, Refusal, Role,
    offline::{RequestError, StateError},
};
use stopgap_c::{
    error::stopgap_error,
    status::{STOPGAP_ERR_CALLBACK_FAILED, STOPGAP_ERR_INVALID_VALUE, STOPGAP_OK, stopgap_status},
    time::STOPGAP_NEVER,
};

use super::layout::image;

/// The failure of a call, with its details.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failure(pub(super) stopgap_error);

impl PartialEq for Failure {
    fn eq(&self, other: &Self) -> bool {
        image(&self.0) == image(&other.0)
    }
}

/// The expected outcome of a call.
pub(super) type Outcome<T = ()> = Result<T, Failure>;

pub(super) fn status<T>(outcome: &Outcome<T>) -> stopgap_status {
    let failure = outcome.as_ref().err();
    failure.map_or(STOPGAP_OK, |failure| failure.0.status)
}

impl From<stopgap_status> for Failure {
    fn from(status: stopgap_status) -> Self {
        Self::with(status, |error| error.time = STOPGAP_NEVER)
    }
}

impl Failure {
    /// Returns a failure with some details.
    pub(super) fn with(status: stopgap_status, set: impl FnOnce(&mut stopgap_error)) -> Self {
        let mut error = status.into();
        set(&mut error);
        Self(error)
    }

    pub(super) fn of_element(self, index: usize) -> Self {
        Self(stopgap_error { index, ..self.0 })
    }

    pub(super) fn at(status: stopgap_status, position: usize) -> Self {
        Self::with(status, |error| error.position = position)
    }

    pub(super) fn found(status: stopgap_status, found: usize) -> Self {
        Self::with(status, |error| error.found = found)
    }

    fn when(status: stopgap_status, time: Option<DateTime<Utc>>) -> Self {
        let time = time.map_or(STOPGAP_NEVER, |time| time.timestamp());
        Self::with(status, |error| error.time = time)
    }

    fn key(status: stopgap_status, id: KeyId) -> Self {
        Self::with(status, |error| error.key_id = id.0)
    }

    pub(super) fn callback(answer: i32) -> Self {
        Self::with(STOPGAP_ERR_CALLBACK_FAILED, |error| error.callback = answer)
    }

    /// Returns the failure for a count that should be another.
    fn wrong(status: stopgap_status, expected: usize, found: usize) -> Self {
        Self::with(status, |error| {
            (error.expected, error.found) = (expected, found);
        })
    }

    /// Returns the failure for a number that has no meaning.
    pub(super) fn invalid(number: u32) -> Self {
        Self::found(STOPGAP_ERR_INVALID_VALUE, size(number))
    }
}

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap()
}

pub(super) fn role_number(role: Role) -> u32 {
    let place = Role::ALL.into_iter().position(|one| one == role);
    u32::try_from(place.unwrap() + 1).unwrap()
}

macro_rules! reasons {
    ($($error:ident: $pattern:pat => $failure:expr;)*) => {
        $(impl From<$error> for Failure {
            fn from($pattern: $error) -> Self {
                $failure
            }
        })*
    };
}

reasons! {
    Malformed: error => match error {
        Malformed::TooLong => 101.into(),
        Malformed::UnexpectedSymbol { position } => Self::at(102, position),
        Malformed::WrongLength { expected, found } => Self::wrong(103, expected, found),
        Malformed::CheckFailed => 104.into(),
        _ => 12.into(),
    };
    Refusal: refusal => match refusal {
        Refusal::InvalidName(name) => name.into(),
        Refusal::Malformed(malformed) => malformed.into(),
        Refusal::Unknown => 201.into(),
        Refusal::Revoked { revoked_at } => Self::when(202, Some(revoked_at)),
        Refusal::WrongPurpose => 203.into(),
        Refusal::NotYetValid { not_before } => Self::when(204, Some(not_before)),
        Refusal::Expired { expired_at } => Self::when(205, Some(expired_at)),
        Refusal::UsedUp => 206.into(),
        Refusal::Throttled { until } => Self::when(207, until),
        Refusal::ClockRolledBack { seen } => Self::when(208, Some(seen)),
        Refusal::TimeOutOfRange => 209.into(),
        Refusal::KeyMissing { id } => Self::key(210, id),
        Refusal::Tampered => 211.into(),
        Refusal::InvalidIdempotencyKey { found } => Self::found(213, found),
        Refusal::IdempotencyKeyExpired => 214.into(),
        Refusal::IdempotencyKeyReused => 215.into(),
        _ => 12.into(),
    };
    RequestError: error => match error {
        RequestError::InvalidName(name) => name.into(),
        RequestError::InvalidValue(invalid) => invalid.into(),
        RequestError::Malformed(malformed) => malformed.into(),
        RequestError::WrongPurpose => 203.into(),
        RequestError::NotEnrolled => 301.into(),
        RequestError::ClockSkew { index, minutes, .. } => Self::with(302, |error| {
            (error.index, error.minutes) = (index, minutes);
        }),
        RequestError::Unrecognised => 303.into(),
        RequestError::Record(refusal) => refusal.into(),
        _ => 12.into(),
    };
    KeyError: error => match error {
        KeyError::WrongLength { found } => Self::found(401, found),
        KeyError::WrongHexLength { found } => Self::found(402, found),
        KeyError::NotHex => 403.into(),
        KeyError::Duplicate { id } => Self::key(404, id),
        KeyError::Primary { id } => Self::key(405, id),
        KeyError::Missing { id } => Self::key(210, id),
        _ => 12.into(),
    };
    StateError: error => match error {
        StateError::WrongLength { found } => Self::found(501, found),
        StateError::DoesNotOpen => 502.into(),
        StateError::Version { found } => Self::found(503, found.into()),
        _ => 12.into(),
    };
    Forbidden: forbidden => Self::with(601, |error| {
        error.role = role_number(forbidden.role);
        // No other call here needs a right.
        error.action = if forbidden.action == Action::ManageSecurityCode { 10 } else { 0 };
    });
    LifecycleError: error => match error {
        LifecycleError::Forbidden(forbidden) => forbidden.into(),
        LifecycleError::NotFound => 602.into(),
        LifecycleError::Expired { expired_at } => Self::when(603, Some(expired_at)),
        LifecycleError::ExpiryNotInFuture => 604.into(),
        LifecycleError::AlreadyActive => 605.into(),
        LifecycleError::InvalidValue(invalid) => invalid.into(),
        LifecycleError::Record(refusal) => refusal.into(),
        _ => 12.into(),
    };
    NameError: error => match error {
        NameError::InvalidUnicode => 701.into(),
        NameError::Empty => 702.into(),
        NameError::TooLong { found } => Self::found(703, found),
        NameError::ControlCharacter { position } => Self::at(704, position),
        NameError::InvisibleCharacter { position } => Self::at(705, position),
        NameError::Blank => 706.into(),
        _ => 12.into(),
    };
    InvalidValue: error => match error {
        InvalidValue::TimeOutOfRange => 209.into(),
        InvalidValue::NoGeneration => 304.into(),
        InvalidValue::DescriptionTooLong { found } => Self::found(606, found),
        InvalidValue::DescriptionControl { position } => Self::at(607, position),
        InvalidValue::Days { found } => Self::found(711, size(found)),
        InvalidValue::Months { found } => Self::found(712, size(found)),
        InvalidValue::Minutes { found } => Self::found(713, size(found)),
        InvalidValue::Validity => 714.into(),
        InvalidValue::OfflineValidity => 715.into(),
        InvalidValue::Length { found } => Self::found(721, found.into()),
        InvalidValue::CheckedLength { found } => Self::found(722, found.into()),
        InvalidValue::Bytes { expected, found } => Self::wrong(723, expected, found),
        InvalidValue::WrongCount { found } => Self::found(731, found),
        InvalidValue::LowerCase { position } => Self::at(732, position),
        InvalidValue::NotASymbol { position } => Self::at(733, position),
        InvalidValue::Repeated { position } => Self::at(734, position),
        InvalidValue::Ambiguous { .. } => 735.into(),
        InvalidValue::NoPurpose => 741.into(),
        InvalidValue::NoUses => 742.into(),
        InvalidValue::Purpose => 751.into(),
        InvalidValue::Role => 752.into(),
        InvalidValue::Language => 753.into(),
        InvalidValue::NoScope => 761.into(),
        InvalidValue::TooManyScopes => 762.into(),
        InvalidValue::Scope { index } => Self::from(763).of_element(index),
        InvalidValue::Prefix => 771.into(),
        _ => 12.into(),
    };
    Issue: error => match error {
        IssueError::InvalidName(name) => name.into(),
        IssueError::InvalidValue(invalid) => invalid.into(),
        IssueError::Forbidden(forbidden) => forbidden.into(),
        IssueError::Lifecycle(lifecycle) => lifecycle.into(),
        IssueError::NeverValid { expires_at } => Self::when(743, Some(expires_at)),
        _ => 12.into(),
    };
}

/// Returns the error of a call with the random numbers of the check.
pub(super) type Issue = IssueError<Infallible>;
