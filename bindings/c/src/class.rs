//! The classes of statuses, by which a program decides what it does next.

use crate::status::*;

/// The class of a status: what a program does about it.
pub type stopgap_class = u32;
/// The call succeeded.
pub const STOPGAP_CLASS_OK: stopgap_class = 0;
/// A mistake in the program: log it, and correct the program.
pub const STOPGAP_CLASS_MISUSE: stopgap_class = 1;
/// A code was mistyped: show the public message and ask again. It is no guess.
pub const STOPGAP_CLASS_TYPO: stopgap_class = 2;
/// A name, a word, a policy or a setting is not allowed: show the message to the person who
/// entered it.
pub const STOPGAP_CLASS_INVALID: stopgap_class = 3;
/// The request is refused: show the public message, and log the status.
pub const STOPGAP_CLASS_REFUSED: stopgap_class = 4;
/// Attempts are locked out: show the public message, which tells until when.
pub const STOPGAP_CLASS_LOCKED_OUT: stopgap_class = 5;
/// A clock is wrong: show the public message, and have the clock set.
pub const STOPGAP_CLASS_CLOCK: stopgap_class = 6;
/// A stored record, a sealed state or a key is damaged or missing: show the public message,
/// and tell an administrator.
pub const STOPGAP_CLASS_RECORD: stopgap_class = 7;
/// A callback, the operating system or the library failed: show the public message, log the
/// status, and try again later.
pub const STOPGAP_CLASS_SYSTEM: stopgap_class = 8;

/// Returns the class of a status. A status that this version does not know has
/// STOPGAP_CLASS_SYSTEM.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_status_class(status: stopgap_status) -> stopgap_class {
    class(status).unwrap_or(STOPGAP_CLASS_SYSTEM)
}

/// Returns the class of a status; `None` for one that is not known.
fn class(status: stopgap_status) -> Option<stopgap_class> {
    Some(match status {
        STOPGAP_OK => STOPGAP_CLASS_OK,
        STOPGAP_ERR_NULL_ARGUMENT
        | STOPGAP_ERR_MISALIGNED
        | STOPGAP_ERR_INVALID_LENGTH
        | STOPGAP_ERR_INVALID_UTF8
        | STOPGAP_ERR_NOT_TERMINATED
        | STOPGAP_ERR_INVALID_VALUE
        | STOPGAP_ERR_BUFFER_TOO_SMALL => STOPGAP_CLASS_MISUSE,
        STOPGAP_ERR_TOO_LONG
        | STOPGAP_ERR_UNEXPECTED_SYMBOL
        | STOPGAP_ERR_WRONG_LENGTH
        | STOPGAP_ERR_CHECK_FAILED
        | STOPGAP_ERR_UNRECOGNISED => STOPGAP_CLASS_TYPO,
        STOPGAP_ERR_UNKNOWN_ZONE
        | STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY
        | STOPGAP_ERR_NO_GENERATION
        | STOPGAP_ERR_KEY_WRONG_LENGTH
        | STOPGAP_ERR_KEY_WRONG_HEX_LENGTH
        | STOPGAP_ERR_KEY_NOT_HEX
        | STOPGAP_ERR_KEY_DUPLICATE
        | STOPGAP_ERR_KEY_PRIMARY
        | STOPGAP_ERR_EXPIRY_NOT_IN_FUTURE
        | STOPGAP_ERR_DESCRIPTION_TOO_LONG
        | STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER
        | STOPGAP_ERR_NAME_INVALID_UNICODE
        | STOPGAP_ERR_NAME_EMPTY
        | STOPGAP_ERR_NAME_TOO_LONG
        | STOPGAP_ERR_NAME_CONTROL_CHARACTER
        | STOPGAP_ERR_NAME_INVISIBLE_CHARACTER
        | STOPGAP_ERR_NAME_BLANK
        | STOPGAP_ERR_VALIDITY_DAYS
        | STOPGAP_ERR_VALIDITY_MONTHS
        | STOPGAP_ERR_VALIDITY_MINUTES
        | STOPGAP_ERR_VALIDITY_FORM
        | STOPGAP_ERR_OFFLINE_VALIDITY
        | STOPGAP_ERR_CODE_LENGTH
        | STOPGAP_ERR_CODE_CHECKED_LENGTH
        | STOPGAP_ERR_CODE_BYTES
        | STOPGAP_ERR_ALPHABET_WRONG_COUNT
        | STOPGAP_ERR_ALPHABET_LOWER_CASE
        | STOPGAP_ERR_ALPHABET_NOT_A_SYMBOL
        | STOPGAP_ERR_ALPHABET_REPEATED
        | STOPGAP_ERR_ALPHABET_AMBIGUOUS
        | STOPGAP_ERR_NO_PURPOSE
        | STOPGAP_ERR_NO_USES
        | STOPGAP_ERR_NEVER_VALID
        | STOPGAP_ERR_NO_SUCH_PURPOSE
        | STOPGAP_ERR_NO_SUCH_ROLE
        | STOPGAP_ERR_NO_SUCH_LANGUAGE
        | STOPGAP_ERR_SCOPES_EMPTY
        | STOPGAP_ERR_SCOPES_TOO_MANY
        | STOPGAP_ERR_SCOPE_INVALID
        | STOPGAP_ERR_PREFIX_INVALID => STOPGAP_CLASS_INVALID,
        STOPGAP_ERR_UNKNOWN
        | STOPGAP_ERR_REVOKED
        | STOPGAP_ERR_WRONG_PURPOSE
        | STOPGAP_ERR_NOT_YET_VALID
        | STOPGAP_ERR_EXPIRED
        | STOPGAP_ERR_USED_UP
        | STOPGAP_ERR_NO_LOCK
        | STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED
        | STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED
        | STOPGAP_ERR_NOT_ENROLLED
        | STOPGAP_ERR_FORBIDDEN
        | STOPGAP_ERR_NOT_FOUND
        | STOPGAP_ERR_REACTIVATE_FIRST
        | STOPGAP_ERR_ALREADY_ACTIVE => STOPGAP_CLASS_REFUSED,
        STOPGAP_ERR_THROTTLED => STOPGAP_CLASS_LOCKED_OUT,
        STOPGAP_ERR_CLOCK_ROLLED_BACK | STOPGAP_ERR_TIME_OUT_OF_RANGE | STOPGAP_ERR_CLOCK_SKEW => {
            STOPGAP_CLASS_CLOCK
        }
        STOPGAP_ERR_KEY_MISSING
        | STOPGAP_ERR_TAMPERED
        | STOPGAP_ERR_STATE_WRONG_LENGTH
        | STOPGAP_ERR_STATE_DOES_NOT_OPEN
        | STOPGAP_ERR_STATE_VERSION
        | STOPGAP_ERR_ENROLMENT_FILE
        | STOPGAP_ERR_ENROLMENT_FILE_VERSION
        | STOPGAP_ERR_RECORD_BYTES => STOPGAP_CLASS_RECORD,
        STOPGAP_ERR_RANDOM_FAILED
        | STOPGAP_ERR_CALLBACK_FAILED
        | STOPGAP_ERR_PANIC
        | STOPGAP_ERR_OTHER
        | STOPGAP_ERR_OUT_OF_MEMORY => STOPGAP_CLASS_SYSTEM,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A new status must have a class before this passes.
    #[test]
    fn every_status_has_a_class() {
        for status in -100..=2_000 {
            assert_eq!(class(status).is_some(), is_known(status), "{status}");
        }
        assert_eq!(stopgap_status_class(1_999), STOPGAP_CLASS_SYSTEM);
        assert_eq!(stopgap_status_class(STOPGAP_OK), STOPGAP_CLASS_OK);
        assert_eq!(
            stopgap_status_class(STOPGAP_ERR_THROTTLED),
            STOPGAP_CLASS_LOCKED_OUT
        );
    }
}
