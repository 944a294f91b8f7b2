//! What a call says: numbers that never change, in ranges by theme.

use std::ffi::{CStr, c_char};

/// How a call went: STOPGAP_OK, which is 0, or why it did not. The numbers never
/// change; new ones may be added, so treat one that you do not know as a failure.
///
/// | numbers    | theme                                               |
/// | ---------- | --------------------------------------------------- |
/// | 1 to 99    | the call itself: to 7 a mistake of the program's    |
/// | 100 to 199 | what was typed is not a code at all                 |
/// | 200 to 299 | a code, a clock or a record was refused             |
/// | 300 to 399 | a request code has no answer, a machine no next key |
/// | 400 to 499 | what is no key                                      |
/// | 500 to 599 | what is no sealed state                             |
/// | 600 to 699 | what cannot be done to a security code              |
/// | 700 to 799 | names, words and policies                           |
pub type stopgap_status = i32;

/// It went well: every output is written.
pub const STOPGAP_OK: stopgap_status = 0;
/// A pointer is NULL that must not be.
pub const STOPGAP_NULL_ARGUMENT: stopgap_status = 1;
/// A pointer is not aligned for its type.
pub const STOPGAP_MISALIGNED: stopgap_status = 2;
/// A length is larger than any memory; most likely it is negative.
pub const STOPGAP_INVALID_LENGTH: stopgap_status = 3;
/// A text, also one in a struct, is not UTF-8; `position` is the first byte that is
/// not.
pub const STOPGAP_INVALID_UTF8: stopgap_status = 4;
/// A text in a struct does not end with a NUL within its array.
pub const STOPGAP_NOT_TERMINATED: stopgap_status = 5;
/// An integer stands for nothing: a purpose, role, event … that there is not.
/// `found` is the integer.
pub const STOPGAP_INVALID_VALUE: stopgap_status = 6;
/// A buffer is too small: nothing is written but the capacity needed, where it
/// was asked for.
pub const STOPGAP_BUFFER_TOO_SMALL: stopgap_status = 7;
/// The operating system gave no random numbers.
pub const STOPGAP_RANDOM_FAILED: stopgap_status = 8;
/// A callback did not return 0; `callback` is what it returned.
pub const STOPGAP_CALLBACK_FAILED: stopgap_status = 9;
/// There is no time zone of that name in the IANA database, or the library was
/// built without zone data.
pub const STOPGAP_UNKNOWN_ZONE: stopgap_status = 10;
/// A fault in Stopgap, caught at the border. Free the handles that were given
/// to the call and use them for nothing else.
pub const STOPGAP_PANIC: stopgap_status = 11;
/// A failure that the core has and this library does not know.
pub const STOPGAP_OTHER: stopgap_status = 12;
/// More than 256 bytes of UTF-8, refused unread.
pub const STOPGAP_TOO_LONG: stopgap_status = 101;
/// A character does not belong in a code; `position` counts characters from 0.
pub const STOPGAP_UNEXPECTED_SYMBOL: stopgap_status = 102;
/// `found` symbols where a code has `expected`.
pub const STOPGAP_WRONG_LENGTH: stopgap_status = 103;
/// The check symbol does not fit the others: there is a typo.
pub const STOPGAP_CHECK_FAILED: stopgap_status = 104;
/// No such code. The only refusal that a throttle counts as a failure.
pub const STOPGAP_UNKNOWN: stopgap_status = 201;
/// The right code, but it was revoked at `time`.
pub const STOPGAP_REVOKED: stopgap_status = 202;
/// The code is not for this, or this needs the server.
pub const STOPGAP_WRONG_PURPOSE: stopgap_status = 203;
/// The right code, too early: it is valid from `time` on.
pub const STOPGAP_NOT_YET_VALID: stopgap_status = 204;
/// The right code, too late: it expired at `time`.
pub const STOPGAP_EXPIRED: stopgap_status = 205;
/// The right code, but it has been used as often as it may be.
pub const STOPGAP_USED_UP: stopgap_status = 206;
/// Too many failures in a row; the code was not read. The door opens at `time`,
/// or an administrator must open it where that is STOPGAP_NEVER.
pub const STOPGAP_THROTTLED: stopgap_status = 207;
/// The clock is behind `time`, which it has shown before.
pub const STOPGAP_CLOCK_ROLLED_BACK: stopgap_status = 208;
/// A time is outside the years 1 to 9999.
pub const STOPGAP_TIME_OUT_OF_RANGE: stopgap_status = 209;
/// The record was made with the key `key_id`, which the ring does not hold.
pub const STOPGAP_KEY_MISSING: stopgap_status = 210;
/// The record and its tag do not belong together.
pub const STOPGAP_TAMPERED: stopgap_status = 211;
/// The temporary password-only lock is not open: name and password do not
/// suffice.
pub const STOPGAP_NO_LOCK: stopgap_status = 212;
/// The user has no enrolled machine.
pub const STOPGAP_NOT_ENROLLED: stopgap_status = 301;
/// Shown by the enrolment at `index`, `minutes` from now by its clock; positive
/// where the machine is ahead.
pub const STOPGAP_CLOCK_SKEW: stopgap_status = 302;
/// No machine of the user shows it: most likely it was mistyped.
pub const STOPGAP_UNRECOGNISED: stopgap_status = 303;
/// There is no generation after 2^32 - 1.
pub const STOPGAP_GENERATIONS_EXHAUSTED: stopgap_status = 304;
/// A key is 32 bytes, not `found`.
pub const STOPGAP_KEY_WRONG_LENGTH: stopgap_status = 401;
/// A key is 64 hexadecimal digits, not `found` characters.
pub const STOPGAP_KEY_WRONG_HEX_LENGTH: stopgap_status = 402;
/// As long as a key, but not all of it hexadecimal digits.
pub const STOPGAP_KEY_NOT_HEX: stopgap_status = 403;
/// The key ring has a key `key_id` already.
pub const STOPGAP_KEY_DUPLICATE: stopgap_status = 404;
/// The key `key_id` is the one that issues, and cannot be retired.
pub const STOPGAP_KEY_NEWEST: stopgap_status = 405;
/// A sealed state has 76 bytes, not `found`: it was cut off, or is another
/// file.
pub const STOPGAP_STATE_WRONG_LENGTH: stopgap_status = 501;
/// The state was changed, or sealed for another enrolment.
pub const STOPGAP_STATE_DOES_NOT_OPEN: stopgap_status = 502;
/// It was sealed by a newer Stopgap, of version `found`.
pub const STOPGAP_STATE_VERSION: stopgap_status = 503;
/// The actor's `role` does not suffice for `action`.
pub const STOPGAP_FORBIDDEN: stopgap_status = 601;
/// It was deleted, or expired 7 days ago or more.
pub const STOPGAP_NOT_FOUND: stopgap_status = 602;
/// It expired at `time`: the reason is `expired`.
pub const STOPGAP_REACTIVATE_FIRST: stopgap_status = 603;
/// The new expiry has passed already.
pub const STOPGAP_EXPIRY_NOT_IN_FUTURE: stopgap_status = 604;
/// There is nothing to reactivate.
pub const STOPGAP_ALREADY_ACTIVE: stopgap_status = 605;
/// A description has at most 1,024 bytes of UTF-8, not `found`.
pub const STOPGAP_DESCRIPTION_TOO_LONG: stopgap_status = 606;
/// A control character at `position`, in characters from 0.
pub const STOPGAP_DESCRIPTION_CONTROL_CHARACTER: stopgap_status = 607;
/// A name is empty.
pub const STOPGAP_NAME_EMPTY: stopgap_status = 701;
/// A name has at most 255 bytes of UTF-8, not `found`.
pub const STOPGAP_NAME_TOO_LONG: stopgap_status = 702;
/// A control character at `position`, in characters from 0.
pub const STOPGAP_NAME_CONTROL_CHARACTER: stopgap_status = 703;
/// A validity is 1 to 31 days or one month, not `found` days.
pub const STOPGAP_VALIDITY_DAYS: stopgap_status = 704;
/// A validity is 1 to 31 days or one month, not `found` months.
pub const STOPGAP_VALIDITY_MONTHS: stopgap_status = 705;
/// Not a number and a unit.
pub const STOPGAP_VALIDITY_FORM: stopgap_status = 706;
/// A code has 8 to 32 symbols, not `found`.
pub const STOPGAP_CODE_LENGTH: stopgap_status = 707;
/// The symbols of this code need `expected` bytes, not `found`.
pub const STOPGAP_ENCODE_LENGTH: stopgap_status = 708;
/// An alphabet has 16 symbols, not `found`.
pub const STOPGAP_ALPHABET_COUNT: stopgap_status = 709;
/// The symbol at `position` is a small letter.
pub const STOPGAP_ALPHABET_LOWERCASE: stopgap_status = 710;
/// The symbol at `position` is not one of 0-9 and A-Z.
pub const STOPGAP_ALPHABET_NOT_A_SYMBOL: stopgap_status = 711;
/// The symbol at `position` is there twice.
pub const STOPGAP_ALPHABET_REPEATED: stopgap_status = 712;
/// A look-alike cannot be folded: letter and digit are both symbols of
/// this alphabet.
pub const STOPGAP_ALPHABET_AMBIGUOUS: stopgap_status = 713;
/// A code for nothing.
pub const STOPGAP_NO_PURPOSE: stopgap_status = 714;
/// A code that can never be used; STOPGAP_UNLIMITED is any number of uses.
pub const STOPGAP_NO_USES: stopgap_status = 715;
/// The code would expire at `time`, before it may first be used.
pub const STOPGAP_NEVER_VALID: stopgap_status = 716;
/// A word that names no purpose.
pub const STOPGAP_NO_SUCH_PURPOSE: stopgap_status = 717;
/// A word that names no role.
pub const STOPGAP_NO_SUCH_ROLE: stopgap_status = 718;

/// Each status, its name and its sentence. The sentences of refusals are those of
/// the core that may be shown to anybody.
const STATUSES: &[(stopgap_status, &CStr, &CStr)] = &[
    // The call itself.
    (STOPGAP_OK, c"STOPGAP_OK", c"It went well."),
    (
        STOPGAP_NULL_ARGUMENT,
        c"STOPGAP_NULL_ARGUMENT",
        c"An argument is NULL that must not be.",
    ),
    (
        STOPGAP_MISALIGNED,
        c"STOPGAP_MISALIGNED",
        c"A pointer is not aligned for what it points to.",
    ),
    (
        STOPGAP_INVALID_LENGTH,
        c"STOPGAP_INVALID_LENGTH",
        c"A length is larger than any memory.",
    ),
    (
        STOPGAP_INVALID_UTF8,
        c"STOPGAP_INVALID_UTF8",
        c"A text is not UTF-8.",
    ),
    (
        STOPGAP_NOT_TERMINATED,
        c"STOPGAP_NOT_TERMINATED",
        c"A text in a struct does not end with a zero byte.",
    ),
    (
        STOPGAP_INVALID_VALUE,
        c"STOPGAP_INVALID_VALUE",
        c"An integer is none of the values that it may have.",
    ),
    (
        STOPGAP_BUFFER_TOO_SMALL,
        c"STOPGAP_BUFFER_TOO_SMALL",
        c"A buffer is too small.",
    ),
    (
        STOPGAP_RANDOM_FAILED,
        c"STOPGAP_RANDOM_FAILED",
        c"The operating system gave no random numbers.",
    ),
    (
        STOPGAP_CALLBACK_FAILED,
        c"STOPGAP_CALLBACK_FAILED",
        c"A function of the caller's failed.",
    ),
    (
        STOPGAP_UNKNOWN_ZONE,
        c"STOPGAP_UNKNOWN_ZONE",
        c"There is no time zone of that name.",
    ),
    (
        STOPGAP_PANIC,
        c"STOPGAP_PANIC",
        c"A fault in Stopgap; please report it.",
    ),
    (
        STOPGAP_OTHER,
        c"STOPGAP_OTHER",
        c"It failed for a reason that this library has no name for.",
    ),
    // What was typed is not a code at all (SPEC, "Reading what a person typed").
    (
        STOPGAP_TOO_LONG,
        c"STOPGAP_TOO_LONG",
        c"That is not a complete code; it is far too long.",
    ),
    (
        STOPGAP_UNEXPECTED_SYMBOL,
        c"STOPGAP_UNEXPECTED_SYMBOL",
        c"That is not a complete code; check each character.",
    ),
    (
        STOPGAP_WRONG_LENGTH,
        c"STOPGAP_WRONG_LENGTH",
        c"That is not a complete code.",
    ),
    (
        STOPGAP_CHECK_FAILED,
        c"STOPGAP_CHECK_FAILED",
        c"That is not a complete code; check each character.",
    ),
    // A code was refused (SPEC, "Reasons").
    (
        STOPGAP_UNKNOWN,
        c"STOPGAP_UNKNOWN",
        c"That code is not valid.",
    ),
    (
        STOPGAP_REVOKED,
        c"STOPGAP_REVOKED",
        c"That code is not valid.",
    ),
    (
        STOPGAP_WRONG_PURPOSE,
        c"STOPGAP_WRONG_PURPOSE",
        c"That code is not valid.",
    ),
    (
        STOPGAP_NOT_YET_VALID,
        c"STOPGAP_NOT_YET_VALID",
        c"That code is not valid.",
    ),
    (
        STOPGAP_EXPIRED,
        c"STOPGAP_EXPIRED",
        c"That code has expired; ask for a new one.",
    ),
    (
        STOPGAP_USED_UP,
        c"STOPGAP_USED_UP",
        c"That code has been used.",
    ),
    (
        STOPGAP_THROTTLED,
        c"STOPGAP_THROTTLED",
        c"Too many tries; try again later.",
    ),
    (
        STOPGAP_CLOCK_ROLLED_BACK,
        c"STOPGAP_CLOCK_ROLLED_BACK",
        c"This computer's clock is wrong.",
    ),
    (
        STOPGAP_TIME_OUT_OF_RANGE,
        c"STOPGAP_TIME_OUT_OF_RANGE",
        c"This computer's clock is wrong.",
    ),
    (
        STOPGAP_KEY_MISSING,
        c"STOPGAP_KEY_MISSING",
        c"That code is not valid.",
    ),
    (
        STOPGAP_TAMPERED,
        c"STOPGAP_TAMPERED",
        c"That code is not valid.",
    ),
    (
        STOPGAP_NO_LOCK,
        c"STOPGAP_NO_LOCK",
        c"The temporary password-only lock is not open.",
    ),
    // A request code has no answer (SPEC, "Request codes").
    (
        STOPGAP_NOT_ENROLLED,
        c"STOPGAP_NOT_ENROLLED",
        c"The user has no enrolled machine.",
    ),
    (
        STOPGAP_CLOCK_SKEW,
        c"STOPGAP_CLOCK_SKEW",
        c"The machine's clock is off.",
    ),
    (
        STOPGAP_UNRECOGNISED,
        c"STOPGAP_UNRECOGNISED",
        c"No machine of the user shows this request code; ask for it again, letter by letter.",
    ),
    (
        STOPGAP_GENERATIONS_EXHAUSTED,
        c"STOPGAP_GENERATIONS_EXHAUSTED",
        c"This machine has been enrolled 2^32 times; give it another name.",
    ),
    // What is no key (SPEC, "Keys").
    (
        STOPGAP_KEY_WRONG_LENGTH,
        c"STOPGAP_KEY_WRONG_LENGTH",
        c"A key is 32 bytes.",
    ),
    (
        STOPGAP_KEY_WRONG_HEX_LENGTH,
        c"STOPGAP_KEY_WRONG_HEX_LENGTH",
        c"A key is 64 hexadecimal digits.",
    ),
    (
        STOPGAP_KEY_NOT_HEX,
        c"STOPGAP_KEY_NOT_HEX",
        c"A key is written in hexadecimal digits alone.",
    ),
    (
        STOPGAP_KEY_DUPLICATE,
        c"STOPGAP_KEY_DUPLICATE",
        c"The key ring has a key of that id already; choose another id.",
    ),
    (
        STOPGAP_KEY_NEWEST,
        c"STOPGAP_KEY_NEWEST",
        c"That key is the one that issues; add a newer key first.",
    ),
    // What is no sealed state (SPEC, "Sealed state").
    (
        STOPGAP_STATE_WRONG_LENGTH,
        c"STOPGAP_STATE_WRONG_LENGTH",
        c"A sealed state has 76 bytes.",
    ),
    (
        STOPGAP_STATE_DOES_NOT_OPEN,
        c"STOPGAP_STATE_DOES_NOT_OPEN",
        c"The sealed state was changed, or is another enrolment's; enrol the machine again.",
    ),
    (
        STOPGAP_STATE_VERSION,
        c"STOPGAP_STATE_VERSION",
        c"The sealed state is a newer version's; update Stopgap on this machine.",
    ),
    // What cannot be done to a security code (SPEC, "Security codes").
    (
        STOPGAP_FORBIDDEN,
        c"STOPGAP_FORBIDDEN",
        c"You may not do that.",
    ),
    (
        STOPGAP_NOT_FOUND,
        c"STOPGAP_NOT_FOUND",
        c"There is no such security code (any more); create a new one.",
    ),
    (
        STOPGAP_REACTIVATE_FIRST,
        c"STOPGAP_REACTIVATE_FIRST",
        c"The security code has expired; reactivate it first.",
    ),
    (
        STOPGAP_EXPIRY_NOT_IN_FUTURE,
        c"STOPGAP_EXPIRY_NOT_IN_FUTURE",
        c"The new expiry is not in the future; choose a later one.",
    ),
    (
        STOPGAP_ALREADY_ACTIVE,
        c"STOPGAP_ALREADY_ACTIVE",
        c"The security code is active already; reset it for 24 hours more.",
    ),
    (
        STOPGAP_DESCRIPTION_TOO_LONG,
        c"STOPGAP_DESCRIPTION_TOO_LONG",
        c"A description has at most 1024 bytes of UTF-8.",
    ),
    (
        STOPGAP_DESCRIPTION_CONTROL_CHARACTER,
        c"STOPGAP_DESCRIPTION_CONTROL_CHARACTER",
        c"A description must not hold a control character.",
    ),
    // Names, words and policies (SPEC, "Words").
    (
        STOPGAP_NAME_EMPTY,
        c"STOPGAP_NAME_EMPTY",
        c"A name must not be empty.",
    ),
    (
        STOPGAP_NAME_TOO_LONG,
        c"STOPGAP_NAME_TOO_LONG",
        c"A name has at most 255 bytes of UTF-8.",
    ),
    (
        STOPGAP_NAME_CONTROL_CHARACTER,
        c"STOPGAP_NAME_CONTROL_CHARACTER",
        c"A name must not hold a control character.",
    ),
    (
        STOPGAP_VALIDITY_DAYS,
        c"STOPGAP_VALIDITY_DAYS",
        c"A validity is 1 to 31 days or one month.",
    ),
    (
        STOPGAP_VALIDITY_MONTHS,
        c"STOPGAP_VALIDITY_MONTHS",
        c"A validity is 1 to 31 days or one month.",
    ),
    (
        STOPGAP_VALIDITY_FORM,
        c"STOPGAP_VALIDITY_FORM",
        c"A validity is written P7D or 7d for days, P1M or 1mo for a month.",
    ),
    (
        STOPGAP_CODE_LENGTH,
        c"STOPGAP_CODE_LENGTH",
        c"A code has 8 to 32 symbols.",
    ),
    (
        STOPGAP_ENCODE_LENGTH,
        c"STOPGAP_ENCODE_LENGTH",
        c"The bytes are not as many as the code's symbols need.",
    ),
    (
        STOPGAP_ALPHABET_COUNT,
        c"STOPGAP_ALPHABET_COUNT",
        c"An alphabet has 16 symbols.",
    ),
    (
        STOPGAP_ALPHABET_LOWERCASE,
        c"STOPGAP_ALPHABET_LOWERCASE",
        c"An alphabet holds no small letters; use the capital.",
    ),
    (
        STOPGAP_ALPHABET_NOT_A_SYMBOL,
        c"STOPGAP_ALPHABET_NOT_A_SYMBOL",
        c"An alphabet is made of 0-9 and A-Z.",
    ),
    (
        STOPGAP_ALPHABET_REPEATED,
        c"STOPGAP_ALPHABET_REPEATED",
        c"An alphabet holds each symbol once.",
    ),
    (
        STOPGAP_ALPHABET_AMBIGUOUS,
        c"STOPGAP_ALPHABET_AMBIGUOUS",
        c"A look-alike cannot be folded where both are symbols of the alphabet.",
    ),
    (
        STOPGAP_NO_PURPOSE,
        c"STOPGAP_NO_PURPOSE",
        c"A code needs at least one purpose.",
    ),
    (
        STOPGAP_NO_USES,
        c"STOPGAP_NO_USES",
        c"A code needs at least one use; STOPGAP_UNLIMITED is any number.",
    ),
    (
        STOPGAP_NEVER_VALID,
        c"STOPGAP_NEVER_VALID",
        c"The code would expire before it may first be used; let it live longer, or begin earlier.",
    ),
    (
        STOPGAP_NO_SUCH_PURPOSE,
        c"STOPGAP_NO_SUCH_PURPOSE",
        c"A purpose is reset, register or bypass.",
    ),
    (
        STOPGAP_NO_SUCH_ROLE,
        c"STOPGAP_NO_SUCH_ROLE",
        c"A role is user, help_desk, administrator or super_administrator.",
    ),
];

/// The name of a status, such as "STOPGAP_EXPIRED", for a log: behind the prefix,
/// in capitals, it is the protocol's word for the reason where it has one. Static,
/// and never NULL: "STOPGAP_STATUS_UNKNOWN" for a number that is none.
#[unsafe(no_mangle)]
pub extern "C" fn stopgap_status_name(status: stopgap_status) -> *const c_char {
    find(status)
        .map_or(c"STOPGAP_STATUS_UNKNOWN", |(_, name, _)| name)
        .as_ptr()
}

/// One sentence for a person: of a refusal what may be shown at the screen,
/// otherwise what to do about it. Static, and never NULL. Where there is an error
/// struct, stopgap_error_message and stopgap_error_public_message say more.
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

    /// Each constant of this file stands in the table, under its own name.
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
