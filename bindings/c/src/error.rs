//! The details of a failure.

use stopgap::{
    AlphabetError, DescriptionError, Forbidden, KeyError, KeyId, KeyMissing, KeyRingError,
    LifeError, Malformed, NameError, PolicyError, PrefixError, PurposeError, Refusal, RoleError,
    ScopeError, ValidityError, YearOutOfRange,
    chrono::{DateTime, Utc},
    offline::{AnswerError, GenerationsExhausted, LocateError, StateError},
};

use crate::{
    role::{action_number, role_number, stopgap_action, stopgap_role},
    status::*,
    time::{STOPGAP_NEVER, seconds},
};

/// The details of a failure. The comment of a status names the members that it fills; the
/// others are 0, and `time` is STOPGAP_NEVER. Nothing in it is secret.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_error {
    /// Unix seconds, or STOPGAP_NEVER.
    pub time: i64,
    /// The position in a text, in characters from 0 (in bytes for STOPGAP_INVALID_UTF8).
    pub position: usize,
    /// The number that was expected.
    pub expected: usize,
    /// The number or the value that was found.
    pub found: usize,
    /// The index of an element of an array, from 0.
    pub index: usize,
    /// The status that the call returned.
    pub status: stopgap_status,
    /// The minutes by which a clock is off; positive if it is ahead.
    pub minutes: i32,
    /// The key of a record.
    pub key_id: u32,
    /// The role that does not suffice.
    pub role: stopgap_role,
    /// The action for which the role does not suffice.
    pub action: stopgap_action,
    /// The return value of a callback.
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

/// Returns a status with a position.
fn at(status: stopgap_status, position: usize) -> stopgap_error {
    stopgap_error {
        position,
        ..status.into()
    }
}

/// Returns a failure with the index of the caller's element.
pub(crate) fn of_element(failure: stopgap_error, index: usize) -> stopgap_error {
    stopgap_error { index, ..failure }
}

/// Returns a status with a number that was found.
pub(crate) fn found(status: stopgap_status, found: usize) -> stopgap_error {
    stopgap_error {
        found,
        ..status.into()
    }
}

/// Returns a status with a time.
pub(crate) fn when(status: stopgap_status, time: Option<DateTime<Utc>>) -> stopgap_error {
    stopgap_error {
        time: seconds(time),
        ..status.into()
    }
}

/// Returns a status with the id of a key.
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
            Refusal::InvalidName(name) => name.into(),
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

/// The caller adds the index of a machine whose clock is off.
impl From<AnswerError> for stopgap_error {
    fn from(error: AnswerError) -> Self {
        match error {
            AnswerError::InvalidName(name) => name.into(),
            AnswerError::Policy(policy) => policy.into(),
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
            NameError::InvalidUnicode => STOPGAP_NAME_INVALID_UNICODE.into(),
            NameError::Empty => STOPGAP_NAME_EMPTY.into(),
            NameError::TooLong { found: bytes } => found(STOPGAP_NAME_TOO_LONG, bytes),
            NameError::ControlCharacter { position } => {
                at(STOPGAP_NAME_CONTROL_CHARACTER, position)
            }
            NameError::InvisibleCharacter { position } => {
                at(STOPGAP_NAME_INVISIBLE_CHARACTER, position)
            }
            NameError::Blank => STOPGAP_NAME_BLANK.into(),
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
            ValidityError::Minutes { found: minutes } => {
                found(STOPGAP_VALIDITY_MINUTES, count(minutes))
            }
            ValidityError::Form => STOPGAP_VALIDITY_FORM.into(),
            _ => STOPGAP_OTHER.into(),
        }
    }
}

impl From<AlphabetError> for stopgap_error {
    fn from(error: AlphabetError) -> Self {
        match error {
            AlphabetError::WrongCount { found: symbols } => {
                found(STOPGAP_ALPHABET_WRONG_COUNT, symbols)
            }
            AlphabetError::LowerCase { position } => at(STOPGAP_ALPHABET_LOWER_CASE, position),
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
            PolicyError::Length { found: symbols } => found(STOPGAP_CODE_LENGTH, symbols.into()),
            PolicyError::CheckedLength { found: symbols } => {
                found(STOPGAP_CODE_CHECKED_LENGTH, symbols.into())
            }
            PolicyError::Bytes {
                expected,
                found: bytes,
            } => Self {
                expected,
                ..found(STOPGAP_CODE_BYTES, bytes)
            },
            PolicyError::NoPurpose => STOPGAP_NO_PURPOSE.into(),
            PolicyError::NoUses => STOPGAP_NO_USES.into(),
            PolicyError::OfflineValidity => STOPGAP_OFFLINE_VALIDITY.into(),
            _ => STOPGAP_OTHER.into(),
        }
    }
}

impl From<ScopeError> for stopgap_error {
    fn from(error: ScopeError) -> Self {
        match error {
            ScopeError::Empty => STOPGAP_SCOPES_EMPTY.into(),
            ScopeError::TooMany => STOPGAP_SCOPES_TOO_MANY.into(),
            ScopeError::Invalid { index } => of_element(STOPGAP_SCOPE_INVALID.into(), index),
            _ => STOPGAP_OTHER.into(),
        }
    }
}

impl From<PrefixError> for stopgap_error {
    fn from(_: PrefixError) -> Self {
        STOPGAP_PREFIX_INVALID.into()
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
        let errors: [(stopgap_error, stopgap_status); 17] = [
            (NameError::Blank.into(), STOPGAP_NAME_BLANK),
            (
                Refusal::InvalidName(NameError::Empty).into(),
                STOPGAP_NAME_EMPTY,
            ),
            (
                AnswerError::Policy(PolicyError::OfflineValidity).into(),
                STOPGAP_OFFLINE_VALIDITY,
            ),
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
