//! The details of a failure.

use stopgap::{
    Forbidden, InvalidValue, KeyError, KeyId, LifecycleError, Malformed, NameError, Refusal,
    chrono::{DateTime, Utc},
    offline::{RequestError, StateError},
};

use crate::{
    role::{action_number, role_number, stopgap_action, stopgap_role},
    status::*,
    time::{STOPGAP_NEVER, seconds},
};

/// The result of a call's body: its outputs are written, or it failed with this.
pub(crate) type Outcome<T = ()> = Result<T, stopgap_error>;

/// The details of a failure. The comment of a status names the members that it fills; the
/// others are 0, and `time` is STOPGAP_NEVER. Nothing in it is secret.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct stopgap_error {
    /// Unix seconds, or STOPGAP_NEVER.
    pub time: i64,
    /// The position in a text, in characters from 0 (in bytes for STOPGAP_ERR_INVALID_UTF8).
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
            Malformed::TooLong => STOPGAP_ERR_TOO_LONG.into(),
            Malformed::UnexpectedSymbol { position } => at(STOPGAP_ERR_UNEXPECTED_SYMBOL, position),
            Malformed::WrongLength { expected, found } => Self {
                expected,
                found,
                ..STOPGAP_ERR_WRONG_LENGTH.into()
            },
            Malformed::CheckFailed => STOPGAP_ERR_CHECK_FAILED.into(),
            _ => STOPGAP_ERR_OTHER.into(),
        }
    }
}

impl From<Refusal> for stopgap_error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::InvalidName(name) => name.into(),
            Refusal::Malformed(malformed) => malformed.into(),
            Refusal::Unknown => STOPGAP_ERR_UNKNOWN.into(),
            Refusal::Revoked { revoked_at } => when(STOPGAP_ERR_REVOKED, Some(revoked_at)),
            Refusal::WrongPurpose => STOPGAP_ERR_WRONG_PURPOSE.into(),
            Refusal::NotYetValid { not_before } => {
                when(STOPGAP_ERR_NOT_YET_VALID, Some(not_before))
            }
            Refusal::Expired { expired_at } => when(STOPGAP_ERR_EXPIRED, Some(expired_at)),
            Refusal::UsedUp => STOPGAP_ERR_USED_UP.into(),
            Refusal::Throttled { until } => when(STOPGAP_ERR_THROTTLED, until),
            Refusal::ClockRolledBack { seen } => when(STOPGAP_ERR_CLOCK_ROLLED_BACK, Some(seen)),
            Refusal::TimeOutOfRange => STOPGAP_ERR_TIME_OUT_OF_RANGE.into(),
            Refusal::KeyMissing { id } => key(STOPGAP_ERR_KEY_MISSING, id),
            Refusal::InvalidIdempotencyKey { found: bytes } => {
                found(STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY, bytes)
            }
            Refusal::IdempotencyKeyExpired => STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED.into(),
            Refusal::IdempotencyKeyReused => STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED.into(),
            Refusal::Tampered => STOPGAP_ERR_TAMPERED.into(),
            _ => STOPGAP_ERR_OTHER.into(),
        }
    }
}

impl From<RequestError> for stopgap_error {
    fn from(error: RequestError) -> Self {
        match error {
            RequestError::InvalidName(name) => name.into(),
            RequestError::InvalidValue(invalid) => invalid.into(),
            RequestError::Malformed(malformed) => malformed.into(),
            RequestError::WrongPurpose => STOPGAP_ERR_WRONG_PURPOSE.into(),
            RequestError::NotEnrolled => STOPGAP_ERR_NOT_ENROLLED.into(),
            RequestError::ClockSkew { index, minutes, .. } => Self {
                index,
                minutes,
                ..STOPGAP_ERR_CLOCK_SKEW.into()
            },
            RequestError::Unrecognised => STOPGAP_ERR_UNRECOGNISED.into(),
            RequestError::Record(refusal) => refusal.into(),
            _ => STOPGAP_ERR_OTHER.into(),
        }
    }
}

impl From<KeyError> for stopgap_error {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::WrongLength { found: bytes } => found(STOPGAP_ERR_KEY_WRONG_LENGTH, bytes),
            KeyError::WrongHexLength { found: digits } => {
                found(STOPGAP_ERR_KEY_WRONG_HEX_LENGTH, digits)
            }
            KeyError::NotHex => STOPGAP_ERR_KEY_NOT_HEX.into(),
            KeyError::Duplicate { id } => key(STOPGAP_ERR_KEY_DUPLICATE, id),
            KeyError::Primary { id } => key(STOPGAP_ERR_KEY_PRIMARY, id),
            KeyError::Missing { id } => key(STOPGAP_ERR_KEY_MISSING, id),
            _ => STOPGAP_ERR_OTHER.into(),
        }
    }
}

impl From<StateError> for stopgap_error {
    fn from(error: StateError) -> Self {
        match error {
            StateError::WrongLength { found: bytes } => {
                found(STOPGAP_ERR_STATE_WRONG_LENGTH, bytes)
            }
            StateError::DoesNotOpen => STOPGAP_ERR_STATE_DOES_NOT_OPEN.into(),
            StateError::Version { found: version } => {
                found(STOPGAP_ERR_STATE_VERSION, version.into())
            }
            _ => STOPGAP_ERR_OTHER.into(),
        }
    }
}

impl From<Forbidden> for stopgap_error {
    fn from(forbidden: Forbidden) -> Self {
        Self {
            role: role_number(forbidden.role),
            action: action_number(forbidden.action),
            ..STOPGAP_ERR_FORBIDDEN.into()
        }
    }
}

impl From<LifecycleError> for stopgap_error {
    fn from(error: LifecycleError) -> Self {
        match error {
            LifecycleError::Forbidden(forbidden) => forbidden.into(),
            LifecycleError::NotFound => STOPGAP_ERR_NOT_FOUND.into(),
            LifecycleError::Expired { expired_at } => {
                when(STOPGAP_ERR_REACTIVATE_FIRST, Some(expired_at))
            }
            LifecycleError::ExpiryNotInFuture => STOPGAP_ERR_EXPIRY_NOT_IN_FUTURE.into(),
            LifecycleError::AlreadyActive => STOPGAP_ERR_ALREADY_ACTIVE.into(),
            LifecycleError::InvalidValue(invalid) => invalid.into(),
            LifecycleError::Record(refusal) => refusal.into(),
            _ => STOPGAP_ERR_OTHER.into(),
        }
    }
}

impl From<NameError> for stopgap_error {
    fn from(error: NameError) -> Self {
        match error {
            NameError::InvalidUnicode => STOPGAP_ERR_NAME_INVALID_UNICODE.into(),
            NameError::Empty => STOPGAP_ERR_NAME_EMPTY.into(),
            NameError::TooLong { found: bytes } => found(STOPGAP_ERR_NAME_TOO_LONG, bytes),
            NameError::ControlCharacter { position } => {
                at(STOPGAP_ERR_NAME_CONTROL_CHARACTER, position)
            }
            NameError::InvisibleCharacter { position } => {
                at(STOPGAP_ERR_NAME_INVISIBLE_CHARACTER, position)
            }
            NameError::Blank => STOPGAP_ERR_NAME_BLANK.into(),
            _ => STOPGAP_ERR_OTHER.into(),
        }
    }
}

impl From<InvalidValue> for stopgap_error {
    fn from(invalid: InvalidValue) -> Self {
        match invalid {
            InvalidValue::WrongCount { found: symbols } => {
                found(STOPGAP_ERR_ALPHABET_WRONG_COUNT, symbols)
            }
            InvalidValue::LowerCase { position } => at(STOPGAP_ERR_ALPHABET_LOWER_CASE, position),
            InvalidValue::NotASymbol { position } => {
                at(STOPGAP_ERR_ALPHABET_NOT_A_SYMBOL, position)
            }
            InvalidValue::Repeated { position } => at(STOPGAP_ERR_ALPHABET_REPEATED, position),
            InvalidValue::Ambiguous { .. } => STOPGAP_ERR_ALPHABET_AMBIGUOUS.into(),
            InvalidValue::Length { found: symbols } => {
                found(STOPGAP_ERR_CODE_LENGTH, symbols.into())
            }
            InvalidValue::CheckedLength { found: symbols } => {
                found(STOPGAP_ERR_CODE_CHECKED_LENGTH, symbols.into())
            }
            InvalidValue::Bytes {
                expected,
                found: bytes,
            } => Self {
                expected,
                ..found(STOPGAP_ERR_CODE_BYTES, bytes)
            },
            InvalidValue::NoPurpose => STOPGAP_ERR_NO_PURPOSE.into(),
            InvalidValue::NoUses => STOPGAP_ERR_NO_USES.into(),
            InvalidValue::Days { found: days } => found(STOPGAP_ERR_VALIDITY_DAYS, count(days)),
            InvalidValue::Months { found: months } => {
                found(STOPGAP_ERR_VALIDITY_MONTHS, count(months))
            }
            InvalidValue::Minutes { found: minutes } => {
                found(STOPGAP_ERR_VALIDITY_MINUTES, count(minutes))
            }
            InvalidValue::Validity => STOPGAP_ERR_VALIDITY_FORM.into(),
            InvalidValue::OfflineValidity => STOPGAP_ERR_OFFLINE_VALIDITY.into(),
            InvalidValue::Purpose => STOPGAP_ERR_NO_SUCH_PURPOSE.into(),
            InvalidValue::Role => STOPGAP_ERR_NO_SUCH_ROLE.into(),
            InvalidValue::Language => STOPGAP_ERR_NO_SUCH_LANGUAGE.into(),
            InvalidValue::Prefix => STOPGAP_ERR_PREFIX_INVALID.into(),
            InvalidValue::NoScope => STOPGAP_ERR_SCOPES_EMPTY.into(),
            InvalidValue::TooManyScopes => STOPGAP_ERR_SCOPES_TOO_MANY.into(),
            InvalidValue::Scope { index } => of_element(STOPGAP_ERR_SCOPE_INVALID.into(), index),
            InvalidValue::DescriptionTooLong { found: bytes } => {
                found(STOPGAP_ERR_DESCRIPTION_TOO_LONG, bytes)
            }
            InvalidValue::DescriptionControl { position } => {
                at(STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER, position)
            }
            InvalidValue::TimeOutOfRange => STOPGAP_ERR_TIME_OUT_OF_RANGE.into(),
            InvalidValue::NoGeneration => STOPGAP_ERR_NO_GENERATION.into(),
            // Ids of records are bytes here, never text.
            _ => STOPGAP_ERR_OTHER.into(),
        }
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
        let invalid = InvalidValue::TimeOutOfRange;
        let forbidden = Forbidden {
            role: Role::HelpDesk,
            action: Action::ResetThrottle,
        };
        let errors: [(stopgap_error, stopgap_status); 18] = [
            (NameError::Blank.into(), STOPGAP_ERR_NAME_BLANK),
            (
                Refusal::InvalidName(NameError::Empty).into(),
                STOPGAP_ERR_NAME_EMPTY,
            ),
            (
                Refusal::IdempotencyKeyReused.into(),
                STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED,
            ),
            (
                RequestError::InvalidValue(InvalidValue::OfflineValidity).into(),
                STOPGAP_ERR_OFFLINE_VALIDITY,
            ),
            (RequestError::WrongPurpose.into(), STOPGAP_ERR_WRONG_PURPOSE),
            (RequestError::NotEnrolled.into(), STOPGAP_ERR_NOT_ENROLLED),
            (RequestError::Unrecognised.into(), STOPGAP_ERR_UNRECOGNISED),
            (
                RequestError::Record(Refusal::Tampered).into(),
                STOPGAP_ERR_TAMPERED,
            ),
            (
                LifecycleError::Forbidden(forbidden).into(),
                STOPGAP_ERR_FORBIDDEN,
            ),
            (LifecycleError::NotFound.into(), STOPGAP_ERR_NOT_FOUND),
            (
                LifecycleError::ExpiryNotInFuture.into(),
                STOPGAP_ERR_EXPIRY_NOT_IN_FUTURE,
            ),
            (
                LifecycleError::AlreadyActive.into(),
                STOPGAP_ERR_ALREADY_ACTIVE,
            ),
            (
                LifecycleError::Record(Refusal::Tampered).into(),
                STOPGAP_ERR_TAMPERED,
            ),
            (
                LifecycleError::InvalidValue(invalid).into(),
                STOPGAP_ERR_TIME_OUT_OF_RANGE,
            ),
            (InvalidValue::NoPurpose.into(), STOPGAP_ERR_NO_PURPOSE),
            (InvalidValue::NoUses.into(), STOPGAP_ERR_NO_USES),
            (InvalidValue::NoGeneration.into(), STOPGAP_ERR_NO_GENERATION),
            (
                KeyError::Missing { id: KeyId(7) }.into(),
                STOPGAP_ERR_KEY_MISSING,
            ),
        ];
        for (place, (error, status)) in errors.iter().enumerate() {
            assert_eq!(error.status, *status, "{place}");
        }
        let skew = RequestError::ClockSkew {
            index: 3,
            machine: None,
            minutes: -9,
        };
        let skew = stopgap_error::from(skew);
        let told = (skew.status, skew.index, skew.minutes);
        assert_eq!(told, (STOPGAP_ERR_CLOCK_SKEW, 3, -9));
    }
}
