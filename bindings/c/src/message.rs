//! Sentences for failures: precise for the log, discreet for the person.

use std::{borrow::Cow, convert::Infallible, ffi::c_char};

use stopgap::{
    Forbidden, InvalidValue, IssueError, KeyError, KeyId, Language, LifecycleError, Malformed,
    Name, NameError, Refusal,
    offline::{RequestError, StateError},
};

use crate::text::stopgap_text;
use crate::{
    class::{STOPGAP_CLASS_SYSTEM, stopgap_status_class},
    error::Outcome,
    error::stopgap_error,
    guard::{guard, lent},
    instant::{stored, stored_or_never, zone},
    language::{language_of, stopgap_language},
    rights::{action_of, role_of},
    status::*,
    text::text_out,
};

/// Writes a sentence for the log with all details of a failure, in English. It never has
/// a character of a code.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL; STOPGAP_ERR_INVALID_VALUE if the struct was changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_error_message(
    error: *const stopgap_error,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> stopgap_status {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the contract of the header.
        let (error, out) = unsafe { (*lent(error)?, text_out(buffer, capacity, needed)?) };
        out.write(&in_detail(&error)?)
    })
}

/// Writes the sentence for the person at the screen, with times on the wall clock of a
/// zone, in a language. It does not tell a guesser which part of a guess was wrong. For the
/// statuses of STOPGAP_CLASS_SYSTEM, such as STOPGAP_ERR_CALLBACK_FAILED, it asks the person
/// to try again. For other statuses that are no refusal it is the sentence of
/// stopgap_status_message, in English.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL, STOPGAP_ERR_UNKNOWN_ZONE; STOPGAP_ERR_INVALID_VALUE if the
/// language is none or the struct was changed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn stopgap_error_public_message(
    error: *const stopgap_error,
    zone_name: stopgap_text,
    language: stopgap_language,
    buffer: *mut c_char,
    capacity: usize,
    needed: *mut usize,
) -> stopgap_status {
    guard(std::ptr::null_mut(), || {
        // SAFETY: the contract of the header.
        let (error, zone, out) = unsafe {
            (
                *lent(error)?,
                zone(zone_name)?,
                text_out(buffer, capacity, needed)?,
            )
        };
        let language = language_of(language)?;
        match refusal(&error)? {
            Some(refusal) => {
                let sentence = refusal.public_message_in(&zone).in_language(language);
                out.write(&sentence.to_string())
            }
            None if is_system_failure(error.status) => out.write(try_again(language)),
            None => out.write(&general(error.status)?),
        }
    })
}

fn is_system_failure(status: stopgap_status) -> bool {
    is_known(status) && stopgap_status_class(status) == STOPGAP_CLASS_SYSTEM
}

/// Returns the sentence for a person whose request failed through no fault of theirs.
const fn try_again(language: Language) -> &'static str {
    match language {
        Language::German => {
            "Dieser Computer konnte die Anfrage nicht abschließen. Versuchen Sie es erneut."
        }
        Language::French => "Cet ordinateur n’a pas pu terminer la demande. Réessayez.",
        Language::Spanish => "Este equipo no pudo completar la solicitud. Inténtelo de nuevo.",
        _ => "This computer could not complete the request; try again.",
    }
}

fn general(status: stopgap_status) -> Outcome<Cow<'static, str>> {
    if is_known(status) {
        Ok(sentence(status).to_string_lossy())
    } else {
        Err(STOPGAP_ERR_INVALID_VALUE.into())
    }
}

/// Returns the refusal that a struct describes; `None` for another failure.
fn refusal(error: &stopgap_error) -> Outcome<Option<Refusal>> {
    let changed = |_| stopgap_error::from(STOPGAP_ERR_INVALID_VALUE);
    let time = || stored(error.time).map_err(changed);
    Ok(Some(match error.status {
        STOPGAP_ERR_TOO_LONG => Malformed::TooLong.into(),
        STOPGAP_ERR_UNEXPECTED_SYMBOL => Malformed::UnexpectedSymbol {
            position: error.position,
        }
        .into(),
        STOPGAP_ERR_WRONG_LENGTH => Malformed::WrongLength {
            expected: error.expected,
            found: error.found,
        }
        .into(),
        STOPGAP_ERR_CHECK_FAILED => Malformed::CheckFailed.into(),
        STOPGAP_ERR_UNKNOWN => Refusal::Unknown,
        STOPGAP_ERR_REVOKED => Refusal::Revoked {
            revoked_at: time()?,
        },
        STOPGAP_ERR_WRONG_PURPOSE => Refusal::WrongPurpose,
        STOPGAP_ERR_NOT_YET_VALID => Refusal::NotYetValid {
            not_before: time()?,
        },
        STOPGAP_ERR_EXPIRED => Refusal::Expired {
            expired_at: time()?,
        },
        STOPGAP_ERR_USED_UP => Refusal::UsedUp,
        STOPGAP_ERR_THROTTLED => Refusal::Throttled {
            until: stored_or_never(error.time).map_err(changed)?,
        },
        STOPGAP_ERR_CLOCK_ROLLED_BACK => Refusal::ClockRolledBack { seen: time()? },
        STOPGAP_ERR_TIME_OUT_OF_RANGE => Refusal::TimeOutOfRange,
        STOPGAP_ERR_KEY_MISSING => Refusal::KeyMissing {
            id: KeyId(error.key_id),
        },
        STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY => {
            Refusal::InvalidIdempotencyKey { found: error.found }
        }
        STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED => Refusal::IdempotencyKeyExpired,
        STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED => Refusal::IdempotencyKeyReused,
        STOPGAP_ERR_TAMPERED => Refusal::Tampered,
        _ => return Ok(None),
    }))
}

/// Returns a failure in the core's own words, or in general words if it has no details.
fn in_detail(error: &stopgap_error) -> Outcome<Cow<'static, str>> {
    if let Some(refusal) = refusal(error)? {
        return Ok(refusal.to_string().into());
    }
    let &stopgap_error {
        found, position, ..
    } = error;
    let number = || u32::try_from(found).unwrap_or(u32::MAX);
    let byte = || u8::try_from(found).unwrap_or(u8::MAX);
    let id = KeyId(error.key_id);
    let time = || stored(error.time).map_err(|_| stopgap_error::from(STOPGAP_ERR_INVALID_VALUE));
    let detailed: String = match error.status {
        STOPGAP_ERR_INVALID_UTF8 => format!("the text is not UTF-8 at byte {position}"),
        STOPGAP_ERR_INVALID_VALUE => format!("{found} is none of the allowed values"),
        STOPGAP_ERR_CALLBACK_FAILED => format!("the callback returned {}", error.callback),
        STOPGAP_ERR_CLOCK_SKEW => RequestError::ClockSkew {
            index: error.index,
            machine: Some(Name::new(format!("enrolment {}", error.index))?),
            minutes: error.minutes,
        }
        .to_string(),
        STOPGAP_ERR_KEY_WRONG_LENGTH => KeyError::WrongLength { found }.to_string(),
        STOPGAP_ERR_KEY_WRONG_HEX_LENGTH => KeyError::WrongHexLength { found }.to_string(),
        STOPGAP_ERR_KEY_DUPLICATE => KeyError::Duplicate { id }.to_string(),
        STOPGAP_ERR_KEY_PRIMARY => KeyError::Primary { id }.to_string(),
        STOPGAP_ERR_STATE_WRONG_LENGTH => StateError::WrongLength { found }.to_string(),
        STOPGAP_ERR_STATE_VERSION => StateError::Version { found: byte() }.to_string(),
        STOPGAP_ERR_FORBIDDEN => Forbidden {
            role: role_of(error.role)?,
            action: action_of(error.action)?,
        }
        .to_string(),
        STOPGAP_ERR_REACTIVATE_FIRST => LifecycleError::Expired {
            expired_at: time()?,
        }
        .to_string(),
        STOPGAP_ERR_DESCRIPTION_TOO_LONG => InvalidValue::DescriptionTooLong { found }.to_string(),
        STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER => {
            InvalidValue::DescriptionControl { position }.to_string()
        }
        STOPGAP_ERR_NAME_TOO_LONG => NameError::TooLong { found }.to_string(),
        STOPGAP_ERR_NAME_CONTROL_CHARACTER => NameError::ControlCharacter { position }.to_string(),
        STOPGAP_ERR_VALIDITY_DAYS => InvalidValue::Days { found: number() }.to_string(),
        STOPGAP_ERR_NAME_INVISIBLE_CHARACTER => {
            NameError::InvisibleCharacter { position }.to_string()
        }
        STOPGAP_ERR_VALIDITY_MONTHS => InvalidValue::Months { found: number() }.to_string(),
        STOPGAP_ERR_VALIDITY_MINUTES => InvalidValue::Minutes { found: number() }.to_string(),
        STOPGAP_ERR_CODE_LENGTH => InvalidValue::Length { found: byte() }.to_string(),
        STOPGAP_ERR_CODE_CHECKED_LENGTH => {
            InvalidValue::CheckedLength { found: byte() }.to_string()
        }
        STOPGAP_ERR_CODE_BYTES => InvalidValue::Bytes {
            expected: error.expected,
            found,
        }
        .to_string(),
        STOPGAP_ERR_ALPHABET_WRONG_COUNT => InvalidValue::WrongCount { found }.to_string(),
        STOPGAP_ERR_ALPHABET_LOWER_CASE => InvalidValue::LowerCase { position }.to_string(),
        STOPGAP_ERR_ALPHABET_NOT_A_SYMBOL => InvalidValue::NotASymbol { position }.to_string(),
        STOPGAP_ERR_ALPHABET_REPEATED => InvalidValue::Repeated { position }.to_string(),
        STOPGAP_ERR_SCOPE_INVALID => InvalidValue::Scope { index: error.index }.to_string(),
        STOPGAP_ERR_NEVER_VALID => IssueError::<Infallible>::NeverValid {
            expires_at: time()?,
        }
        .to_string(),
        status => return general(status),
    };
    Ok(detailed.into())
}

#[cfg(test)]
mod tests {
    use stopgap::{Malformed, chrono::DateTime};

    use super::*;

    #[test]
    fn a_failing_callback_has_a_sentence_in_every_language() {
        let mut sentences = std::collections::BTreeSet::new();
        for language in Language::ALL {
            assert!(sentences.insert(try_again(*language)), "{language:?}");
        }
        let english = general(STOPGAP_ERR_CALLBACK_FAILED).map_err(|error| error.status);
        assert_eq!(english.as_deref(), Ok(try_again(Language::English)));
        assert!(is_system_failure(STOPGAP_ERR_CALLBACK_FAILED));
        assert!(!is_system_failure(STOPGAP_ERR_NO_LOCK) && !is_system_failure(-1));
    }

    #[test]
    fn a_refusal_comes_back_in_its_own_words() {
        let at = DateTime::UNIX_EPOCH;
        for told in [
            Refusal::Malformed(Malformed::TooLong),
            Refusal::Malformed(Malformed::UnexpectedSymbol { position: 3 }),
            Refusal::Malformed(Malformed::WrongLength {
                expected: 12,
                found: 7,
            }),
            Refusal::Malformed(Malformed::CheckFailed),
            Refusal::Unknown,
            Refusal::Revoked { revoked_at: at },
            Refusal::WrongPurpose,
            Refusal::NotYetValid { not_before: at },
            Refusal::Expired { expired_at: at },
            Refusal::UsedUp,
            Refusal::Throttled { until: Some(at) },
            Refusal::Throttled { until: None },
            Refusal::ClockRolledBack { seen: at },
            Refusal::TimeOutOfRange,
            Refusal::KeyMissing { id: KeyId(7) },
            Refusal::InvalidIdempotencyKey { found: 0 },
            Refusal::IdempotencyKeyExpired,
            Refusal::IdempotencyKeyReused,
            Refusal::Tampered,
        ] {
            let error = told.into();
            let said = in_detail(&error).map_err(|error| error.status);
            assert_eq!(said.as_deref(), Ok(told.to_string().as_str()));
            assert_eq!(
                refusal(&error).map_err(|error| error.status),
                Ok(Some(told))
            );
        }
    }
}
