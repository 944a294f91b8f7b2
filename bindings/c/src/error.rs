//! The details of a failure, and how they are told.

use stopgap::{
    AlphabetError, DescriptionError, EncodeError, Forbidden, KeyError, KeyId, KeyMissing,
    KeyRingError, LengthError, LifeError, Malformed, NameError, PolicyError, PurposeError, Refusal,
    RoleError, ValidityError, YearOutOfRange,
    chrono::{DateTime, Utc},
    offline::{AnswerError, GenerationsExhausted, LocateError, StateError},
};

use crate::{
    role::{action_number, role_number, stopgap_action, stopgap_role},
    status::*,
    time::{STOPGAP_NEVER, seconds},
};

/// The details of a failure. Each status says which members it fills; the others
/// are 0, and `time` is STOPGAP_NEVER. Nothing in it is secret.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_error {
    /// Unix seconds, or STOPGAP_NEVER.
    pub time: i64,
    /// Where in a text, in characters from 0 (in bytes for
    /// STOPGAP_INVALID_UTF8).
    pub position: usize,
    /// How many there should have been.
    pub expected: usize,
    /// How many there were, or which value it was.
    pub found: usize,
    /// Which element of an array, from 0.
    pub index: usize,
    /// What the call returned.
    pub status: stopgap_status,
    /// By how many minutes a clock is off; positive where it is ahead.
    pub minutes: i32,
    /// The key that a record names.
    pub key_id: u32,
    /// The role that was not enough.
    pub role: stopgap_role,
    /// What it was not enough for.
    pub action: stopgap_action,
    /// What a callback returned.
    pub callback: i32,
}

impl From<stopgap_status> for stopgap_error {
    fn from(status: stopgap_status) -> Self {
        Self {
            time: STOPGAP_NEVER,
            position: 0,
            expected: 0,
            found: 0,
            index: 0,
            status,
            minutes: 0,
            key_id: 0,
            role: 0,
            action: 0,
            callback: 0,
        }
    }
}

/// A status and what it counts.
fn at(status: stopgap_status, position: usize) -> stopgap_error {
    stopgap_error {
        position,
        ..status.into()
    }
}

/// A failure of one element of the caller's.
pub(crate) fn of_element(failure: stopgap_error, index: usize) -> stopgap_error {
    stopgap_error { index, ..failure }
}

pub(crate) fn found(status: stopgap_status, found: usize) -> stopgap_error {
    stopgap_error {
        found,
        ..status.into()
    }
}

pub(crate) fn when(status: stopgap_status, time: Option<DateTime<Utc>>) -> stopgap_error {
    stopgap_error {
        time: seconds(time),
        ..status.into()
    }
}

fn key(status: stopgap_status, id: KeyId) -> stopgap_error {
    stopgap_error {
        key_id: id.0,
        ..status.into()
    }
}

impl From<Malformed> for stopgap_error {
    fn from(malformed: Malformed) -> Self {
        match malformed {
            Malformed::TooLong => STOPGAP_TOO_LONG.into(),
            Malformed::UnexpectedSymbol { position } => at(STOPGAP_UNEXPECTED_SYMBOL, position),
            Malformed::WrongLength { expected, found } => Self {
                expected,
                found,
                ..STOPGAP_WRONG_LENGTH.into()
            },
            Malformed::CheckFailed => STOPGAP_CHECK_FAILED.into(),
            _ => STOPGAP_OTHER.into(),
        }
    }
}

impl From<Refusal> for stopgap_error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Malformed(malformed) => malformed.into(),
            Refusal::Unknown => STOPGAP_UNKNOWN.into(),
            Refusal::Revoked { revoked_at } => when(STOPGAP_REVOKED, Some(revoked_at)),
            Refusal::WrongPurpose => STOPGAP_WRONG_PURPOSE.into(),
            Refusal::NotYetValid { not_before } => when(STOPGAP_NOT_YET_VALID, Some(not_before)),
            Refusal::Expired { expired_at } => when(STOPGAP_EXPIRED, Some(expired_at)),
            Refusal::UsedUp => STOPGAP_USED_UP.into(),
            Refusal::Throttled { until } => when(STOPGAP_THROTTLED, until),
            Refusal::ClockRolledBack { seen } => when(STOPGAP_CLOCK_ROLLED_BACK, Some(seen)),
            Refusal::TimeOutOfRange => STOPGAP_TIME_OUT_OF_RANGE.into(),
            Refusal::KeyMissing { id } => key(STOPGAP_KEY_MISSING, id),
            Refusal::Tampered => STOPGAP_TAMPERED.into(),
            _ => STOPGAP_OTHER.into(),
        }
    }
}

impl From<KeyMissing> for stopgap_error {
    fn from(missing: KeyMissing) -> Self {
        key(STOPGAP_KEY_MISSING, missing.id)
    }
}

impl From<YearOutOfRange> for stopgap_error {
    fn from(_: YearOutOfRange) -> Self {
        STOPGAP_TIME_OUT_OF_RANGE.into()
    }
}

impl From<LocateError> for stopgap_error {
    fn from(error: LocateError) -> Self {
        match error {
            LocateError::Malformed(malformed) => malformed.into(),
            LocateError::NotEnrolled => STOPGAP_NOT_ENROLLED.into(),
            LocateError::ClockSkew { index, minutes } => Self {
                index,
                minutes,
                ..STOPGAP_CLOCK_SKEW.into()
            },
            LocateError::Unrecognised => STOPGAP_UNRECOGNISED.into(),
            _ => STOPGAP_OTHER.into(),
        }
    }
}

/// The machine of a skewed clock is named by its index, which the caller adds.
impl From<AnswerError> for stopgap_error {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::Malformed(malformed) => malformed.into(),
            AnswerError::WrongPurpose => STOPGAP_WRONG_PURPOSE.into(),
            AnswerError::NotEnrolled => STOPGAP_NOT_ENROLLED.into(),
            AnswerError::ClockSkew { minutes, .. } => Self {
                minutes,
                ..STOPGAP_CLOCK_SKEW.into()
            },
            AnswerError::Unrecognised => STOPGAP_UNRECOGNISED.into(),
            AnswerError::KeyMissing(missing) => missing.into(),
            AnswerError::Time(out_of_range) => out_of_range.into(),
            _ => STOPGAP_OTHER.into(),
        }
    }
}

impl From<GenerationsExhausted> for stopgap_error {
    fn from(_: GenerationsExhausted) -> Self {
        STOPGAP_GENERATIONS_EXHAUSTED.into()
    }
}

impl From<KeyError> for stopgap_error {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::WrongLength { found: bytes } => found(STOPGAP_KEY_WRONG_LENGTH, bytes),
            KeyError::WrongHexLength { found: digits } => {
                found(STOPGAP_KEY_WRONG_HEX_LENGTH, digits)
            }
            KeyError::NotHex => STOPGAP_KEY_NOT_HEX.into(),
            _ => STOPGAP_OTHER.into(),
        }
    }
}

impl From<KeyRingError> for stopgap_error {
    fn from(error: KeyRingError) -> Self {
        match error {
            KeyRingError::Duplicate { id } => key(STOPGAP_KEY_DUPLICATE, id),
            KeyRingError::Newest { id } => key(STOPGAP_KEY_NEWEST, id),
            KeyRingError::Missing(missing) => missing.into(),
            _ => STOPGAP_OTHER.into(),
        }
    }
}

impl From<StateError> for stopgap_error {
    fn from(error: StateError) -> Self {
        match error {
            StateError::WrongLength { found: bytes } => found(STOPGAP_STATE_WRONG_LENGTH, bytes),
            StateError::DoesNotOpen => STOPGAP_STATE_DOES_NOT_OPEN.into(),
            StateError::Version { found: version } => found(STOPGAP_STATE_VERSION, version.into()),
            _ => STOPGAP_OTHER.into(),
        }
    }
}

impl From<Forbidden> for stopgap_error {
    fn from(forbidden: Forbidden) -> Self {
        Self {
            role: role_number(forbidden.role),
            action: action_number(forbidden.action),
            ..STOPGAP_FORBIDDEN.into()
        }
    }
}

impl From<DescriptionError> for stopgap_error {
    fn from(error: DescriptionError) -> Self {
        match error {
            DescriptionError::TooLong { found: bytes } => {
                found(STOPGAP_DESCRIPTION_TOO_LONG, bytes)
            }
            DescriptionError::ControlCharacter { position } => {
                at(STOPGAP_DESCRIPTION_CONTROL_CHARACTER, position)
            }
            _ => STOPGAP_OTHER.into(),
        }
    }
}

impl From<LifeError> for stopgap_error {
    fn from(error: LifeError) -> Self {
        match error {
            LifeError::Forbidden(forbidden) => forbidden.into(),
            LifeError::NotFound => STOPGAP_NOT_FOUND.into(),
            LifeError::Expired { expired_at } => when(STOPGAP_REACTIVATE_FIRST, Some(expired_at)),
            LifeError::ExpiryNotInFuture => STOPGAP_EXPIRY_NOT_IN_FUTURE.into(),
            LifeError::AlreadyActive => STOPGAP_ALREADY_ACTIVE.into(),
            LifeError::Description(description) => description.into(),
            LifeError::Time(out_of_range) => out_of_range.into(),
            _ => STOPGAP_OTHER.into(),
        }
    }
}

impl From<NameError> for stopgap_error {
    fn from(error: NameError) -> Self {
        match error {
            NameError::Empty => STOPGAP_NAME_EMPTY.into(),
            NameError::TooLong { found: bytes } => found(STOPGAP_NAME_TOO_LONG, bytes),
            NameError::ControlCharacter { position } => {
                at(STOPGAP_NAME_CONTROL_CHARACTER, position)
            }
            _ => STOPGAP_OTHER.into(),
        }
    }
}

impl From<ValidityError> for stopgap_error {
    fn from(error: ValidityError) -> Self {
        match error {
            ValidityError::Days { found: days } => found(STOPGAP_VALIDITY_DAYS, count(days)),
            ValidityError::Months { found: months } => {
                found(STOPGAP_VALIDITY_MONTHS, count(months))
            }
            ValidityError::Form => STOPGAP_VALIDITY_FORM.into(),
            _ => STOPGAP_OTHER.into(),
        }
    }
}

impl From<LengthError> for stopgap_error {
    fn from(error: LengthError) -> Self {
        found(STOPGAP_CODE_LENGTH, error.found)
    }
}

impl From<EncodeError> for stopgap_error {
    fn from(error: EncodeError) -> Self {
        Self {
            expected: error.expected,
            ..found(STOPGAP_ENCODE_LENGTH, error.found)
        }
    }
}

impl From<AlphabetError> for stopgap_error {
    fn from(error: AlphabetError) -> Self {
        match error {
            AlphabetError::WrongCount { found: symbols } => found(STOPGAP_ALPHABET_COUNT, symbols),
            AlphabetError::Lowercase { position } => at(STOPGAP_ALPHABET_LOWERCASE, position),
            AlphabetError::NotASymbol { position } => at(STOPGAP_ALPHABET_NOT_A_SYMBOL, position),
            AlphabetError::Repeated { position } => at(STOPGAP_ALPHABET_REPEATED, position),
            AlphabetError::Ambiguous { .. } => STOPGAP_ALPHABET_AMBIGUOUS.into(),
            _ => STOPGAP_OTHER.into(),
        }
    }
}

impl From<PolicyError> for stopgap_error {
    fn from(error: PolicyError) -> Self {
        match error {
            PolicyError::NoPurpose => STOPGAP_NO_PURPOSE.into(),
            PolicyError::NoUses => STOPGAP_NO_USES.into(),
            _ => STOPGAP_OTHER.into(),
        }
    }
}

impl From<PurposeError> for stopgap_error {
    fn from(_: PurposeError) -> Self {
        STOPGAP_NO_SUCH_PURPOSE.into()
    }
}

impl From<RoleError> for stopgap_error {
    fn from(_: RoleError) -> Self {
        STOPGAP_NO_SUCH_ROLE.into()
    }
}

pub(crate) fn count(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use stopgap::{Action, Role};

    use super::*;

    /// The programs of `tests/misuse` reach few of these.
    #[test]
    fn each_has_its_own_number() {
        let time = YearOutOfRange;
        let forbidden = Forbidden {
            role: Role::HelpDesk,
            action: Action::ResetThrottle,
        };
        let missing = KeyMissing { id: KeyId(7) };
        let long = DescriptionError::TooLong { found: 300 };
        let errors: [(stopgap_error, stopgap_status); 14] = [
            (AnswerError::WrongPurpose.into(), STOPGAP_WRONG_PURPOSE),
            (AnswerError::NotEnrolled.into(), STOPGAP_NOT_ENROLLED),
            (AnswerError::Unrecognised.into(), STOPGAP_UNRECOGNISED),
            (AnswerError::KeyMissing(missing).into(), STOPGAP_KEY_MISSING),
            (AnswerError::Time(time).into(), STOPGAP_TIME_OUT_OF_RANGE),
            (LocateError::NotEnrolled.into(), STOPGAP_NOT_ENROLLED),
            (LifeError::Forbidden(forbidden).into(), STOPGAP_FORBIDDEN),
            (LifeError::NotFound.into(), STOPGAP_NOT_FOUND),
            (
                LifeError::ExpiryNotInFuture.into(),
                STOPGAP_EXPIRY_NOT_IN_FUTURE,
            ),
            (LifeError::AlreadyActive.into(), STOPGAP_ALREADY_ACTIVE),
            (
                LifeError::Description(long).into(),
                STOPGAP_DESCRIPTION_TOO_LONG,
            ),
            (LifeError::Time(time).into(), STOPGAP_TIME_OUT_OF_RANGE),
            (PolicyError::NoPurpose.into(), STOPGAP_NO_PURPOSE),
            (PolicyError::NoUses.into(), STOPGAP_NO_USES),
        ];
        for (place, (error, status)) in errors.iter().enumerate() {
            assert_eq!(error.status, *status, "{place}");
        }
        let skew = LocateError::ClockSkew {
            index: 3,
            minutes: -9,
        };
        let skew = stopgap_error::from(skew);
        let told = (skew.status, skew.index, skew.minutes);
        assert_eq!(told, (STOPGAP_CLOCK_SKEW, 3, -9));
    }
}
