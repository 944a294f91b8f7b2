//! Statuses: numbers that never change, in ranges by theme.

use std::ffi::{CStr, c_char};

/// The result of a call: STOPGAP_OK, which is 0, or the reason of a failure. The numbers
/// never change. New ones may be added, so treat an unknown one as a failure. To decide by the
/// kind of failure, use stopgap_status_class.
///
/// | numbers    | theme                                                  |
/// | ---------- | ------------------------------------------------------ |
/// | 1 to 99    | the call itself; up to 7 a mistake in the program      |
/// | 100 to 199 | malformed codes                                        |
/// | 200 to 299 | refusals of a code, a clock or a record                |
/// | 300 to 399 | request codes without an answer, machines              |
/// | 400 to 499 | keys                                                   |
/// | 500 to 599 | sealed states                                          |
/// | 600 to 699 | changes of security codes                              |
/// | 700 to 799 | names, words, formats, policies and scopes             |
/// | 800 to 899 | records as bytes                                       |
pub type stopgap_status = i32;

/// The call succeeded: every output is written.
pub const STOPGAP_OK: stopgap_status = 0;
/// A pointer is NULL that must not be.
pub const STOPGAP_ERR_NULL_ARGUMENT: stopgap_status = 1;
/// A pointer is not aligned for its type.
pub const STOPGAP_ERR_MISALIGNED: stopgap_status = 2;
/// A length is larger than any memory; most likely it is negative.
pub const STOPGAP_ERR_INVALID_LENGTH: stopgap_status = 3;
/// A text, also one in a struct, is not UTF-8; `position` is the first byte that is
/// not. Names and what a person typed have statuses of their own.
pub const STOPGAP_ERR_INVALID_UTF8: stopgap_status = 4;
/// A text in a struct does not end with a NUL within its array.
pub const STOPGAP_ERR_NOT_TERMINATED: stopgap_status = 5;
/// An integer has none of the values that it may have: a purpose, a role, an event, the
/// size of a request.
/// `found` is the integer.
pub const STOPGAP_ERR_INVALID_VALUE: stopgap_status = 6;
/// A buffer is too small: only the capacity needed is written, if it was asked for.
pub const STOPGAP_ERR_BUFFER_TOO_SMALL: stopgap_status = 7;
/// The operating system returned no random numbers.
pub const STOPGAP_ERR_RANDOM_FAILED: stopgap_status = 8;
/// A callback did not return 0; `callback` is its return value.
pub const STOPGAP_ERR_CALLBACK_FAILED: stopgap_status = 9;
/// The IANA database has no time zone of that name, or the library was built without
/// zone data.
pub const STOPGAP_ERR_UNKNOWN_ZONE: stopgap_status = 10;
/// A fault in Stopgap, caught at the border. Free the handles that were given to the
/// call, and do not use them otherwise.
pub const STOPGAP_ERR_PANIC: stopgap_status = 11;
/// A failure of the core that this library does not know.
pub const STOPGAP_ERR_OTHER: stopgap_status = 12;
/// There is not enough memory. The call changed nothing.
pub const STOPGAP_ERR_OUT_OF_MEMORY: stopgap_status = 13;
/// More than 256 bytes of UTF-8, refused unread.
pub const STOPGAP_ERR_TOO_LONG: stopgap_status = 101;
/// A character does not belong in a code; `position` counts characters from 0.
pub const STOPGAP_ERR_UNEXPECTED_SYMBOL: stopgap_status = 102;
/// The text has `found` symbols; a code has `expected`.
pub const STOPGAP_ERR_WRONG_LENGTH: stopgap_status = 103;
/// The check symbol, or the check of a security code, does not fit: there is a typo.
pub const STOPGAP_ERR_CHECK_FAILED: stopgap_status = 104;
/// No such code. The only refusal that a throttle counts as a failure.
pub const STOPGAP_ERR_UNKNOWN: stopgap_status = 201;
/// The right code, but it was revoked at `time`.
pub const STOPGAP_ERR_REVOKED: stopgap_status = 202;
/// The code is for another purpose, or the purpose needs the server.
pub const STOPGAP_ERR_WRONG_PURPOSE: stopgap_status = 203;
/// The right code, too early: it is valid from `time`.
pub const STOPGAP_ERR_NOT_YET_VALID: stopgap_status = 204;
/// The right code, too late: it expired at `time`.
pub const STOPGAP_ERR_EXPIRED: stopgap_status = 205;
/// The right code, but it has been used as often as it may be.
pub const STOPGAP_ERR_USED_UP: stopgap_status = 206;
/// Too many failures; the code was not read. Attempts are locked out until `time`;
/// STOPGAP_NEVER if an administrator must unlock.
pub const STOPGAP_ERR_THROTTLED: stopgap_status = 207;
/// The clock is behind `time`, which it has shown before.
pub const STOPGAP_ERR_CLOCK_ROLLED_BACK: stopgap_status = 208;
/// A time is outside the years 1 to 9999.
pub const STOPGAP_ERR_TIME_OUT_OF_RANGE: stopgap_status = 209;
/// The record was made with the key `key_id`, which the ring does not hold.
pub const STOPGAP_ERR_KEY_MISSING: stopgap_status = 210;
/// The record does not fit its tag: it was changed outside Stopgap.
pub const STOPGAP_ERR_TAMPERED: stopgap_status = 211;
/// The password-only lock is not active: name and password do not suffice.
pub const STOPGAP_ERR_NO_LOCK: stopgap_status = 212;
/// An idempotency key has 1 to 255 bytes, not `found`.
pub const STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY: stopgap_status = 213;
/// The answer under this idempotency key is no longer replayed; the key is spent.
pub const STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED: stopgap_status = 214;
/// The idempotency key was used for another code or purpose.
pub const STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED: stopgap_status = 215;
/// The user has no enrolled machine.
pub const STOPGAP_ERR_NOT_ENROLLED: stopgap_status = 301;
/// The enrolment at `index` showed the code `minutes` from now by its clock; positive
/// if the machine is ahead.
pub const STOPGAP_ERR_CLOCK_SKEW: stopgap_status = 302;
/// No machine of the user shows the code: most likely it was mistyped.
pub const STOPGAP_ERR_UNRECOGNISED: stopgap_status = 303;
/// There is no generation after 2^32 - 1.
pub const STOPGAP_ERR_NO_GENERATION: stopgap_status = 304;
/// A key is 32 bytes, not `found`.
pub const STOPGAP_ERR_KEY_WRONG_LENGTH: stopgap_status = 401;
/// A key is 64 hexadecimal digits, not `found` characters.
pub const STOPGAP_ERR_KEY_WRONG_HEX_LENGTH: stopgap_status = 402;
/// A text of the length of a key that is not all hexadecimal digits.
pub const STOPGAP_ERR_KEY_NOT_HEX: stopgap_status = 403;
/// The key ring has a key `key_id` already.
pub const STOPGAP_ERR_KEY_DUPLICATE: stopgap_status = 404;
/// The key `key_id` is the primary key, which issues and cannot be retired.
pub const STOPGAP_ERR_KEY_PRIMARY: stopgap_status = 405;
/// A sealed state has 76 bytes, not `found`: it was cut off, or is another file.
pub const STOPGAP_ERR_STATE_WRONG_LENGTH: stopgap_status = 501;
/// The state was changed, or sealed for another enrolment.
pub const STOPGAP_ERR_STATE_DOES_NOT_OPEN: stopgap_status = 502;
/// A newer Stopgap sealed the state, in version `found`.
pub const STOPGAP_ERR_STATE_VERSION: stopgap_status = 503;
/// The text is no enrolment file, or it was changed at the byte `position`.
pub const STOPGAP_ERR_ENROLMENT_FILE: stopgap_status = 511;
/// The enrolment file has the version `found`, which only a newer library reads.
pub const STOPGAP_ERR_ENROLMENT_FILE_VERSION: stopgap_status = 512;
/// The actor's `role` does not suffice for `action`.
pub const STOPGAP_ERR_FORBIDDEN: stopgap_status = 601;
/// The security code was deleted, or expired 7 days ago or more.
pub const STOPGAP_ERR_NOT_FOUND: stopgap_status = 602;
/// The security code expired at `time`: the reason is `expired`.
pub const STOPGAP_ERR_REACTIVATE_FIRST: stopgap_status = 603;
/// The new expiry has passed already.
pub const STOPGAP_ERR_EXPIRY_NOT_IN_FUTURE: stopgap_status = 604;
/// There is nothing to reactivate.
pub const STOPGAP_ERR_ALREADY_ACTIVE: stopgap_status = 605;
/// A description has at most 1,024 bytes of UTF-8, not `found`.
pub const STOPGAP_ERR_DESCRIPTION_TOO_LONG: stopgap_status = 606;
/// A description has a control character at `position`, in characters from 0.
pub const STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER: stopgap_status = 607;
/// A name is not UTF-8.
pub const STOPGAP_ERR_NAME_INVALID_UNICODE: stopgap_status = 701;
/// A name is empty.
pub const STOPGAP_ERR_NAME_EMPTY: stopgap_status = 702;
/// A name has at most 255 bytes of UTF-8, not `found`.
pub const STOPGAP_ERR_NAME_TOO_LONG: stopgap_status = 703;
/// A name has a control character at `position`, in characters from 0.
pub const STOPGAP_ERR_NAME_CONTROL_CHARACTER: stopgap_status = 704;
/// A name has an invisible character at `position`, in characters from 0.
pub const STOPGAP_ERR_NAME_INVISIBLE_CHARACTER: stopgap_status = 705;
/// A name is white space only.
pub const STOPGAP_ERR_NAME_BLANK: stopgap_status = 706;
/// A validity in days is 1 to 31 days, not `found`.
pub const STOPGAP_ERR_VALIDITY_DAYS: stopgap_status = 711;
/// A validity in months is one month, not `found`.
pub const STOPGAP_ERR_VALIDITY_MONTHS: stopgap_status = 712;
/// A validity in minutes and hours is 1 to 1,440 minutes, not `found`.
pub const STOPGAP_ERR_VALIDITY_MINUTES: stopgap_status = 713;
/// The text is not a number and a unit.
pub const STOPGAP_ERR_VALIDITY_FORM: stopgap_status = 714;
/// An offline code is valid for days or a month, not for minutes or hours.
pub const STOPGAP_ERR_OFFLINE_VALIDITY: stopgap_status = 715;
/// A code has 8 to 32 symbols, not `found`.
pub const STOPGAP_ERR_CODE_LENGTH: stopgap_status = 721;
/// A code with a check symbol has 9 to 32 symbols, not `found`.
pub const STOPGAP_ERR_CODE_CHECKED_LENGTH: stopgap_status = 722;
/// The symbols of this code need `expected` bytes, not `found`.
pub const STOPGAP_ERR_CODE_BYTES: stopgap_status = 723;
/// An alphabet has 16 symbols, not `found`.
pub const STOPGAP_ERR_ALPHABET_WRONG_COUNT: stopgap_status = 731;
/// The symbol at `position` is a lower-case letter.
pub const STOPGAP_ERR_ALPHABET_LOWER_CASE: stopgap_status = 732;
/// The symbol at `position` is not one of 0-9 and A-Z.
pub const STOPGAP_ERR_ALPHABET_NOT_A_SYMBOL: stopgap_status = 733;
/// The symbol at `position` is a repetition.
pub const STOPGAP_ERR_ALPHABET_REPEATED: stopgap_status = 734;
/// A look-alike cannot be folded: letter and digit are both symbols of this alphabet.
pub const STOPGAP_ERR_ALPHABET_AMBIGUOUS: stopgap_status = 735;
/// A policy without a purpose.
pub const STOPGAP_ERR_NO_PURPOSE: stopgap_status = 741;
/// A policy with no use; STOPGAP_UNLIMITED is any number of uses.
pub const STOPGAP_ERR_NO_USES: stopgap_status = 742;
/// The code would have expired at `time` already when it is issued.
pub const STOPGAP_ERR_NEVER_VALID: stopgap_status = 743;
/// A word that is no purpose.
pub const STOPGAP_ERR_NO_SUCH_PURPOSE: stopgap_status = 751;
/// A word that is no role.
pub const STOPGAP_ERR_NO_SUCH_ROLE: stopgap_status = 752;
/// A text that is no language tag, or that of a language without sentences.
pub const STOPGAP_ERR_NO_SUCH_LANGUAGE: stopgap_status = 753;
/// A security code that is limited to no scope at all.
pub const STOPGAP_ERR_SCOPES_EMPTY: stopgap_status = 761;
/// A security code has at most 32 scopes.
pub const STOPGAP_ERR_SCOPES_TOO_MANY: stopgap_status = 762;
/// The scope at `index` is not 1 to 64 bytes of a-z, 0-9 and ._:/*-.
pub const STOPGAP_ERR_SCOPE_INVALID: stopgap_status = 763;
/// A prefix of security codes is not a lower-case letter and 1 to 15 lower-case
/// letters or digits; `index` is its place in the list.
pub const STOPGAP_ERR_PREFIX_INVALID: stopgap_status = 771;
/// The bytes are those of no sealed record of this kind: they are damaged, cut short, or of
/// another kind or version.
pub const STOPGAP_ERR_RECORD_BYTES: stopgap_status = 801;

/// Each status with its name and its sentence. The sentences of refusals are public
/// messages of the core.
const STATUSES: &[(stopgap_status, &CStr, &CStr)] = &[
    // The call itself.
    (
        STOPGAP_OK,
        c"STOPGAP_OK",
        c"It went well.",
    ),
    (
        STOPGAP_ERR_NULL_ARGUMENT,
        c"STOPGAP_ERR_NULL_ARGUMENT",
        c"An argument is NULL that must not be.",
    ),
    (
        STOPGAP_ERR_MISALIGNED,
        c"STOPGAP_ERR_MISALIGNED",
        c"A pointer is not aligned for its type.",
    ),
    (
        STOPGAP_ERR_INVALID_LENGTH,
        c"STOPGAP_ERR_INVALID_LENGTH",
        c"A length is larger than any memory.",
    ),
    (
        STOPGAP_ERR_INVALID_UTF8,
        c"STOPGAP_ERR_INVALID_UTF8",
        c"A text is not UTF-8.",
    ),
    (
        STOPGAP_ERR_NOT_TERMINATED,
        c"STOPGAP_ERR_NOT_TERMINATED",
        c"A text in a struct does not end with a zero byte.",
    ),
    (
        STOPGAP_ERR_INVALID_VALUE,
        c"STOPGAP_ERR_INVALID_VALUE",
        c"An integer has none of the values that it may have.",
    ),
    (
        STOPGAP_ERR_BUFFER_TOO_SMALL,
        c"STOPGAP_ERR_BUFFER_TOO_SMALL",
        c"A buffer is too small.",
    ),
    (
        STOPGAP_ERR_RANDOM_FAILED,
        c"STOPGAP_ERR_RANDOM_FAILED",
        c"The operating system returned no random numbers.",
    ),
    (
        STOPGAP_ERR_CALLBACK_FAILED,
        c"STOPGAP_ERR_CALLBACK_FAILED",
        c"This computer could not complete the request; try again.",
    ),
    (
        STOPGAP_ERR_UNKNOWN_ZONE,
        c"STOPGAP_ERR_UNKNOWN_ZONE",
        c"There is no time zone of that name.",
    ),
    (
        STOPGAP_ERR_PANIC,
        c"STOPGAP_ERR_PANIC",
        c"A fault in Stopgap; please report it.",
    ),
    (
        STOPGAP_ERR_OTHER,
        c"STOPGAP_ERR_OTHER",
        c"The call failed for a reason that this library has no name for.",
    ),
    (
        STOPGAP_ERR_OUT_OF_MEMORY,
        c"STOPGAP_ERR_OUT_OF_MEMORY",
        c"There is not enough memory; close other programs and try again.",
    ),
    // Malformed codes (SPEC, "Reading what a person typed").
    (
        STOPGAP_ERR_TOO_LONG,
        c"STOPGAP_ERR_TOO_LONG",
        c"That is not a complete code; it is far too long.",
    ),
    (
        STOPGAP_ERR_UNEXPECTED_SYMBOL,
        c"STOPGAP_ERR_UNEXPECTED_SYMBOL",
        c"That is not a complete code; check each character.",
    ),
    (
        STOPGAP_ERR_WRONG_LENGTH,
        c"STOPGAP_ERR_WRONG_LENGTH",
        c"That is not a complete code.",
    ),
    (
        STOPGAP_ERR_CHECK_FAILED,
        c"STOPGAP_ERR_CHECK_FAILED",
        c"That code has a typo; check each character.",
    ),
    // Refused codes (SPEC, "Reasons").
    (
        STOPGAP_ERR_UNKNOWN,
        c"STOPGAP_ERR_UNKNOWN",
        c"That code is not valid.",
    ),
    (
        STOPGAP_ERR_REVOKED,
        c"STOPGAP_ERR_REVOKED",
        c"That code is not valid.",
    ),
    (
        STOPGAP_ERR_WRONG_PURPOSE,
        c"STOPGAP_ERR_WRONG_PURPOSE",
        c"That code is not valid.",
    ),
    (
        STOPGAP_ERR_NOT_YET_VALID,
        c"STOPGAP_ERR_NOT_YET_VALID",
        c"That code is not valid.",
    ),
    (
        STOPGAP_ERR_EXPIRED,
        c"STOPGAP_ERR_EXPIRED",
        c"That code has expired; ask for a new one.",
    ),
    (
        STOPGAP_ERR_USED_UP,
        c"STOPGAP_ERR_USED_UP",
        c"That code has been used.",
    ),
    (
        STOPGAP_ERR_THROTTLED,
        c"STOPGAP_ERR_THROTTLED",
        c"Too many tries; try again later.",
    ),
    (
        STOPGAP_ERR_CLOCK_ROLLED_BACK,
        c"STOPGAP_ERR_CLOCK_ROLLED_BACK",
        c"This computer's clock is wrong.",
    ),
    (
        STOPGAP_ERR_TIME_OUT_OF_RANGE,
        c"STOPGAP_ERR_TIME_OUT_OF_RANGE",
        c"This computer's clock is wrong.",
    ),
    (
        STOPGAP_ERR_KEY_MISSING,
        c"STOPGAP_ERR_KEY_MISSING",
        c"That code is not valid.",
    ),
    (
        STOPGAP_ERR_TAMPERED,
        c"STOPGAP_ERR_TAMPERED",
        c"That code is not valid.",
    ),
    (
        STOPGAP_ERR_NO_LOCK,
        c"STOPGAP_ERR_NO_LOCK",
        c"The password-only lock is not active.",
    ),
    (
        STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY,
        c"STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY",
        c"That code is not valid.",
    ),
    (
        STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED,
        c"STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED",
        c"That code is not valid.",
    ),
    (
        STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED,
        c"STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED",
        c"That code is not valid.",
    ),
    // Request codes without an answer (SPEC, "Request codes").
    (
        STOPGAP_ERR_NOT_ENROLLED,
        c"STOPGAP_ERR_NOT_ENROLLED",
        c"The user has no enrolled machine.",
    ),
    (
        STOPGAP_ERR_CLOCK_SKEW,
        c"STOPGAP_ERR_CLOCK_SKEW",
        c"The machine's clock is off.",
    ),
    (
        STOPGAP_ERR_UNRECOGNISED,
        c"STOPGAP_ERR_UNRECOGNISED",
        c"No machine of the user shows this request code; ask for it again, letter by letter.",
    ),
    (
        STOPGAP_ERR_NO_GENERATION,
        c"STOPGAP_ERR_NO_GENERATION",
        c"This machine has no generation left; give it another name.",
    ),
    // Keys (SPEC, "Keys").
    (
        STOPGAP_ERR_KEY_WRONG_LENGTH,
        c"STOPGAP_ERR_KEY_WRONG_LENGTH",
        c"A key is 32 bytes.",
    ),
    (
        STOPGAP_ERR_KEY_WRONG_HEX_LENGTH,
        c"STOPGAP_ERR_KEY_WRONG_HEX_LENGTH",
        c"A key is 64 hexadecimal digits.",
    ),
    (
        STOPGAP_ERR_KEY_NOT_HEX,
        c"STOPGAP_ERR_KEY_NOT_HEX",
        c"A key is written in hexadecimal digits.",
    ),
    (
        STOPGAP_ERR_KEY_DUPLICATE,
        c"STOPGAP_ERR_KEY_DUPLICATE",
        c"The key ring has a key of that id already; choose another id.",
    ),
    (
        STOPGAP_ERR_KEY_PRIMARY,
        c"STOPGAP_ERR_KEY_PRIMARY",
        c"That key is the primary key; add another key first.",
    ),
    // Sealed states (SPEC, "Sealed state").
    (
        STOPGAP_ERR_STATE_WRONG_LENGTH,
        c"STOPGAP_ERR_STATE_WRONG_LENGTH",
        c"A sealed state has 76 bytes.",
    ),
    (
        STOPGAP_ERR_STATE_DOES_NOT_OPEN,
        c"STOPGAP_ERR_STATE_DOES_NOT_OPEN",
        c"The sealed state was changed, or belongs to another enrolment; enrol the machine again.",
    ),
    (
        STOPGAP_ERR_STATE_VERSION,
        c"STOPGAP_ERR_STATE_VERSION",
        c"The sealed state is from a newer version; update Stopgap on this machine.",
    ),
    // Enrolment files.
    (
        STOPGAP_ERR_ENROLMENT_FILE,
        c"STOPGAP_ERR_ENROLMENT_FILE",
        c"That is no enrolment file, or it was changed; enrol the machine again.",
    ),
    (
        STOPGAP_ERR_ENROLMENT_FILE_VERSION,
        c"STOPGAP_ERR_ENROLMENT_FILE_VERSION",
        c"The enrolment file is from a newer version; update Stopgap on this machine.",
    ),
    // Changes of security codes (SPEC, "Security codes").
    (
        STOPGAP_ERR_FORBIDDEN,
        c"STOPGAP_ERR_FORBIDDEN",
        c"You may not do that.",
    ),
    (
        STOPGAP_ERR_NOT_FOUND,
        c"STOPGAP_ERR_NOT_FOUND",
        c"There is no such security code; create a new one.",
    ),
    (
        STOPGAP_ERR_REACTIVATE_FIRST,
        c"STOPGAP_ERR_REACTIVATE_FIRST",
        c"The security code has expired; reactivate it first.",
    ),
    (
        STOPGAP_ERR_EXPIRY_NOT_IN_FUTURE,
        c"STOPGAP_ERR_EXPIRY_NOT_IN_FUTURE",
        c"The new expiry is not in the future; choose a later one.",
    ),
    (
        STOPGAP_ERR_ALREADY_ACTIVE,
        c"STOPGAP_ERR_ALREADY_ACTIVE",
        c"The security code is active already; reset it for 24 hours more.",
    ),
    (
        STOPGAP_ERR_DESCRIPTION_TOO_LONG,
        c"STOPGAP_ERR_DESCRIPTION_TOO_LONG",
        c"A description has at most 1024 bytes of UTF-8.",
    ),
    (
        STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER,
        c"STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER",
        c"A description must not contain a control character.",
    ),
    // Names (SPEC, "Terms").
    (
        STOPGAP_ERR_NAME_INVALID_UNICODE,
        c"STOPGAP_ERR_NAME_INVALID_UNICODE",
        c"A name must be valid Unicode.",
    ),
    (
        STOPGAP_ERR_NAME_EMPTY,
        c"STOPGAP_ERR_NAME_EMPTY",
        c"A name must not be empty.",
    ),
    (
        STOPGAP_ERR_NAME_TOO_LONG,
        c"STOPGAP_ERR_NAME_TOO_LONG",
        c"A name has at most 255 bytes of UTF-8.",
    ),
    (
        STOPGAP_ERR_NAME_CONTROL_CHARACTER,
        c"STOPGAP_ERR_NAME_CONTROL_CHARACTER",
        c"A name must not contain a control character.",
    ),
    (
        STOPGAP_ERR_NAME_INVISIBLE_CHARACTER,
        c"STOPGAP_ERR_NAME_INVISIBLE_CHARACTER",
        c"A name must not contain an invisible character.",
    ),
    (
        STOPGAP_ERR_NAME_BLANK,
        c"STOPGAP_ERR_NAME_BLANK",
        c"A name must not be blank.",
    ),
    // Words, formats, policies and scopes.
    (
        STOPGAP_ERR_VALIDITY_DAYS,
        c"STOPGAP_ERR_VALIDITY_DAYS",
        c"A validity in days is 1 to 31 days.",
    ),
    (
        STOPGAP_ERR_VALIDITY_MONTHS,
        c"STOPGAP_ERR_VALIDITY_MONTHS",
        c"A validity in months is one month.",
    ),
    (
        STOPGAP_ERR_VALIDITY_MINUTES,
        c"STOPGAP_ERR_VALIDITY_MINUTES",
        c"A validity in minutes and hours is 1 minute to 24 hours.",
    ),
    (
        STOPGAP_ERR_VALIDITY_FORM,
        c"STOPGAP_ERR_VALIDITY_FORM",
        c"A validity is written P7D or 7d for days, P1M or 1mo for a month, PT90M or 90m for minutes, PT8H or 8h for hours.",
    ),
    (
        STOPGAP_ERR_OFFLINE_VALIDITY,
        c"STOPGAP_ERR_OFFLINE_VALIDITY",
        c"An offline code is valid for days or a month.",
    ),
    (
        STOPGAP_ERR_CODE_LENGTH,
        c"STOPGAP_ERR_CODE_LENGTH",
        c"A code has 8 to 32 symbols.",
    ),
    (
        STOPGAP_ERR_CODE_CHECKED_LENGTH,
        c"STOPGAP_ERR_CODE_CHECKED_LENGTH",
        c"A code with a check symbol has 9 to 32 symbols.",
    ),
    (
        STOPGAP_ERR_CODE_BYTES,
        c"STOPGAP_ERR_CODE_BYTES",
        c"The number of bytes is not that of the code's symbols.",
    ),
    (
        STOPGAP_ERR_ALPHABET_WRONG_COUNT,
        c"STOPGAP_ERR_ALPHABET_WRONG_COUNT",
        c"An alphabet has 16 symbols.",
    ),
    (
        STOPGAP_ERR_ALPHABET_LOWER_CASE,
        c"STOPGAP_ERR_ALPHABET_LOWER_CASE",
        c"An alphabet has no lower-case letters; use the upper case.",
    ),
    (
        STOPGAP_ERR_ALPHABET_NOT_A_SYMBOL,
        c"STOPGAP_ERR_ALPHABET_NOT_A_SYMBOL",
        c"An alphabet is made of 0-9 and A-Z.",
    ),
    (
        STOPGAP_ERR_ALPHABET_REPEATED,
        c"STOPGAP_ERR_ALPHABET_REPEATED",
        c"An alphabet has each symbol once.",
    ),
    (
        STOPGAP_ERR_ALPHABET_AMBIGUOUS,
        c"STOPGAP_ERR_ALPHABET_AMBIGUOUS",
        c"A look-alike cannot be folded if both are symbols of the alphabet.",
    ),
    (
        STOPGAP_ERR_NO_PURPOSE,
        c"STOPGAP_ERR_NO_PURPOSE",
        c"A code needs at least one purpose.",
    ),
    (
        STOPGAP_ERR_NO_USES,
        c"STOPGAP_ERR_NO_USES",
        c"A code needs at least one use; STOPGAP_UNLIMITED is any number.",
    ),
    (
        STOPGAP_ERR_NEVER_VALID,
        c"STOPGAP_ERR_NEVER_VALID",
        c"The code would have expired already; let it begin later or be valid for longer.",
    ),
    (
        STOPGAP_ERR_NO_SUCH_PURPOSE,
        c"STOPGAP_ERR_NO_SUCH_PURPOSE",
        c"A purpose is reset, register or bypass.",
    ),
    (
        STOPGAP_ERR_NO_SUCH_ROLE,
        c"STOPGAP_ERR_NO_SUCH_ROLE",
        c"A role is user, help_desk, administrator or super_administrator.",
    ),
    (
        STOPGAP_ERR_NO_SUCH_LANGUAGE,
        c"STOPGAP_ERR_NO_SUCH_LANGUAGE",
        c"A language is en, de, fr or es.",
    ),
    (
        STOPGAP_ERR_SCOPES_EMPTY,
        c"STOPGAP_ERR_SCOPES_EMPTY",
        c"A security code needs at least one scope, or is not limited by scopes.",
    ),
    (
        STOPGAP_ERR_SCOPES_TOO_MANY,
        c"STOPGAP_ERR_SCOPES_TOO_MANY",
        c"A security code has at most 32 scopes.",
    ),
    (
        STOPGAP_ERR_SCOPE_INVALID,
        c"STOPGAP_ERR_SCOPE_INVALID",
        c"A scope is 1 to 64 bytes of a-z, 0-9 and ._:/*-.",
    ),
    (
        STOPGAP_ERR_PREFIX_INVALID,
        c"STOPGAP_ERR_PREFIX_INVALID",
        c"A prefix is 2 to 16 of a-z and 0-9 and begins with a letter.",
    ),
    (
        STOPGAP_ERR_RECORD_BYTES,
        c"STOPGAP_ERR_RECORD_BYTES",
        c"The record's bytes are damaged, or of another kind or version.",
    ),
];

/// Returns the name of a status for a log, such as "STOPGAP_ERR_EXPIRED". Without the
/// prefix and in lower case it is the protocol's word for the reason, if there is one.
/// The text is static and never NULL; "STOPGAP_STATUS_UNKNOWN" for an unknown number.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_status_name(status: stopgap_status) -> *const c_char {
    find(status)
        .map_or(c"STOPGAP_STATUS_UNKNOWN", |(_, name, _)| name)
        .as_ptr()
}

/// Returns one sentence for a person: the public message of a refusal, otherwise the
/// remedy. The text is static and never NULL. With an error struct,
/// stopgap_error_message and stopgap_error_public_message tell more.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_status_message(status: stopgap_status) -> *const c_char {
    sentence(status).as_ptr()
}

pub(crate) fn is_known(status: stopgap_status) -> bool {
    find(status).is_some()
}

pub(crate) fn sentence(status: stopgap_status) -> &'static CStr {
    find(status).map_or(c"There is no such status.", |(_, _, sentence)| sentence)
}

fn find(status: stopgap_status) -> Option<&'static (stopgap_status, &'static CStr, &'static CStr)> {
    STATUSES.iter().find(|(number, _, _)| *number == status)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The table has each constant of this file under its own name.
    #[test]
    fn every_status_has_a_name_and_a_sentence() {
        let source = include_str!("status.rs");
        let mut declared = BTreeSet::new();
        for line in source
            .lines()
            .filter_map(|line| line.strip_prefix("pub const "))
        {
            let (name, number) = line.split_once(": stopgap_status = ").unwrap();
            let number: stopgap_status = number.trim_end_matches(';').parse().unwrap();
            let (_, known, sentence) = find(number).unwrap();
            assert_eq!(known.to_str(), Ok(name));
            assert!(sentence.to_str().unwrap().ends_with('.'), "{name}");
            assert!(declared.insert(number), "{name}");
        }
        assert_eq!(declared.len(), STATUSES.len());
        assert!(declared.len() > 60);
    }
}
