//! The failures that the header promises for the core's errors.

use chrono::{DateTime, Utc};
use stopgap::{
    Action, AlphabetError, DescriptionError, EncodeError, Forbidden, KeyError, KeyId, KeyMissing,
    LengthError, LifeError, Malformed, NameError, PurposeError, Refusal, Role, RoleError,
    ValidityError, YearOutOfRange,
    offline::{LocateError, StateError},
};
use stopgap_c::{
    error::stopgap_error,
    status::{STOPGAP_CALLBACK_FAILED, STOPGAP_INVALID_VALUE, STOPGAP_OK, stopgap_status},
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

    fn key(id: KeyId) -> Self {
        Self::with(210, |error| error.key_id = id.0)
    }

    pub(super) fn callback(answer: i32) -> Self {
        Self::with(STOPGAP_CALLBACK_FAILED, |error| error.callback = answer)
    }

    pub(super) fn clock_skew(index: usize, minutes: i32) -> Self {
        Self::with(302, |error| (error.index, error.minutes) = (index, minutes))
    }

    /// Returns the failure for a count that should be another.
    fn wrong(status: stopgap_status, expected: usize, found: usize) -> Self {
        Self::with(status, |error| {
            (error.expected, error.found) = (expected, found);
        })
    }

    /// Returns the failure for a number that stands for nothing.
    pub(super) fn invalid(number: u32) -> Self {
        Self::found(STOPGAP_INVALID_VALUE, size(number))
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
    YearOutOfRange: _ => 209.into();
    LengthError: error => Self::found(707, error.found);
    EncodeError: error => Self::wrong(708, error.expected, error.found);
    PurposeError: _ => 717.into();
    RoleError: _ => 718.into();
    Malformed: error => match error {
        Malformed::TooLong => 101.into(),
        Malformed::UnexpectedSymbol { position } => Self::at(102, position),
        Malformed::WrongLength { expected, found } => Self::wrong(103, expected, found),
        Malformed::CheckFailed => 104.into(),
        _ => 12.into(),
    };
    KeyError: error => match error {
        KeyError::WrongLength { found } => Self::found(401, found),
        KeyError::WrongHexLength { found } => Self::found(402, found),
        KeyError::NotHex => 403.into(),
        _ => 12.into(),
    };
    StateError: error => match error {
        StateError::WrongLength { found } => Self::found(501, found),
        StateError::DoesNotOpen => 502.into(),
        StateError::Version { found } => Self::found(503, found.into()),
        _ => 12.into(),
    };
    NameError: error => match error {
        NameError::Empty => 701.into(),
        NameError::TooLong { found } => Self::found(702, found),
        NameError::ControlCharacter { position } => Self::at(703, position),
        _ => 12.into(),
    };
    ValidityError: error => match error {
        ValidityError::Days { found } => Self::found(704, size(found)),
        ValidityError::Months { found } => Self::found(705, size(found)),
        ValidityError::Form => 706.into(),
        _ => 12.into(),
    };
    AlphabetError: error => match error {
        AlphabetError::WrongCount { found } => Self::found(709, found),
        AlphabetError::Lowercase { position } => Self::at(710, position),
        AlphabetError::NotASymbol { position } => Self::at(711, position),
        AlphabetError::Repeated { position } => Self::at(712, position),
        AlphabetError::Ambiguous { .. } => 713.into(),
        _ => 12.into(),
    };
    Refusal: refusal => match refusal {
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
        Refusal::KeyMissing { id } => Self::key(id),
        Refusal::Tampered => 211.into(),
        _ => 12.into(),
    };
    KeyMissing: missing => Self::key(missing.id);
    LocateError: error => match error {
        LocateError::Malformed(malformed) => malformed.into(),
        LocateError::NotEnrolled => 301.into(),
        LocateError::ClockSkew { index, minutes } => Self::clock_skew(index, minutes),
        LocateError::Unrecognised => 303.into(),
        _ => 12.into(),
    };
    Forbidden: forbidden => Self::with(601, |error| {
        error.role = role_number(forbidden.role);
        // No other call here needs a right.
        error.action = if forbidden.action == Action::ManageSecurityCode { 10 } else { 0 };
    });
    DescriptionError: error => match error {
        DescriptionError::TooLong { found } => Self::found(606, found),
        DescriptionError::ControlCharacter { position } => Self::at(607, position),
        _ => 12.into(),
    };
    LifeError: error => match error {
        LifeError::Forbidden(forbidden) => forbidden.into(),
        LifeError::Description(description) => description.into(),
        LifeError::NotFound => 602.into(),
        LifeError::Expired { expired_at } => Self::when(603, Some(expired_at)),
        LifeError::ExpiryNotInFuture => 604.into(),
        LifeError::AlreadyActive => 605.into(),
        LifeError::Time(_) => 209.into(),
        _ => 12.into(),
    };
}
