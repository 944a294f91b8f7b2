//! The core's failures, as the header counts them.

use stopgap::{
    AlphabetError, EncodeError, KeyError, LengthError, LifeError, Malformed, NameError,
    PurposeError, RoleError, ValidityError, YearOutOfRange, offline::StateError,
};

use super::memory::Failure;

fn size(number: u32) -> usize {
    usize::try_from(number).unwrap()
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
    LifeError: error => match error {
        LifeError::NotFound => 602.into(),
        LifeError::Expired { expired_at } => Self { time: expired_at.timestamp(), ..603.into() },
        LifeError::ExpiryNotInFuture => 604.into(),
        LifeError::AlreadyActive => 605.into(),
        LifeError::Time(_) => 209.into(),
        _ => 12.into(),
    };
}
