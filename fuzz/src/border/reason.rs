//! The core's failures, as the header counts them.

use stopgap::{
    Action, AlphabetError, DescriptionError, EncodeError, Forbidden, KeyError, KeyMissing,
    LengthError, LifeError, Malformed, NameError, PurposeError, Refusal, Role, RoleError,
    ValidityError, YearOutOfRange,
    offline::{LocateError, StateError},
};

use super::memory::Failure;

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
    EncodeError: error => Self { expected: error.expected, ..Self::found(708, error.found) };
    PurposeError: _ => 717.into();
    RoleError: _ => 718.into();
    Malformed: error => match error {
        Malformed::TooLong => 101.into(),
        Malformed::UnexpectedSymbol { position } => Self::at(102, position),
        Malformed::WrongLength { expected, found } => Self { expected, ..Self::found(103, found) },
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
        Refusal::KeyMissing { id } => Self { key_id: id.0, ..210.into() },
        Refusal::Tampered => 211.into(),
        _ => 12.into(),
    };
    KeyMissing: missing => Self { key_id: missing.id.0, ..210.into() };
    LocateError: error => match error {
        LocateError::Malformed(malformed) => malformed.into(),
        LocateError::NotEnrolled => 301.into(),
        LocateError::ClockSkew { index, minutes } => Self { index, minutes, ..302.into() },
        LocateError::Unrecognised => 303.into(),
        _ => 12.into(),
    };
    Forbidden: forbidden => Self {
        role: role_number(forbidden.role),
        // Nothing else here asks for rights.
        action: if forbidden.action == Action::ManageSecurityCode { 10 } else { 0 },
        ..601.into()
    };
    DescriptionError: error => match error {
        DescriptionError::TooLong { found } => Self::found(606, found),
        DescriptionError::ControlCharacter { position } => Self::at(607, position),
        _ => 12.into(),
    };
    LifeError: error => match error {
        LifeError::Forbidden(forbidden) => forbidden.into(),
        LifeError::Description(description) => description.into(),
        LifeError::NotFound => 602.into(),
        LifeError::Expired { expired_at } => Self { time: expired_at.timestamp(), ..603.into() },
        LifeError::ExpiryNotInFuture => 604.into(),
        LifeError::AlreadyActive => 605.into(),
        LifeError::Time(_) => 209.into(),
        _ => 12.into(),
    };
}
