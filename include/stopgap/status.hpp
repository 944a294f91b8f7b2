// The status of a call.
#ifndef STOPGAP_STATUS_HPP
#define STOPGAP_STATUS_HPP

#include <cstdint>

#include "../stopgap.h"
#include "mode.hpp"

STOPGAP_NAMESPACE_BEGIN

// The status of a call; stopgap.h has the meaning of each. New ones may be added, so treat an
// unknown one as a failure.
enum class status : std::int32_t {
    ok = STOPGAP_OK,
    null_argument = STOPGAP_ERR_NULL_ARGUMENT,
    misaligned = STOPGAP_ERR_MISALIGNED,
    invalid_length = STOPGAP_ERR_INVALID_LENGTH,
    invalid_utf8 = STOPGAP_ERR_INVALID_UTF8,
    not_terminated = STOPGAP_ERR_NOT_TERMINATED,
    invalid_value = STOPGAP_ERR_INVALID_VALUE,
    buffer_too_small = STOPGAP_ERR_BUFFER_TOO_SMALL,
    random_failed = STOPGAP_ERR_RANDOM_FAILED,
    callback_failed = STOPGAP_ERR_CALLBACK_FAILED,
    unknown_zone = STOPGAP_ERR_UNKNOWN_ZONE,
    panic = STOPGAP_ERR_PANIC,
    other = STOPGAP_ERR_OTHER,
    out_of_memory = STOPGAP_ERR_OUT_OF_MEMORY,
    too_long = STOPGAP_ERR_TOO_LONG,
    unexpected_symbol = STOPGAP_ERR_UNEXPECTED_SYMBOL,
    wrong_length = STOPGAP_ERR_WRONG_LENGTH,
    check_failed = STOPGAP_ERR_CHECK_FAILED,
    unknown = STOPGAP_ERR_UNKNOWN,
    revoked = STOPGAP_ERR_REVOKED,
    wrong_purpose = STOPGAP_ERR_WRONG_PURPOSE,
    not_yet_valid = STOPGAP_ERR_NOT_YET_VALID,
    expired = STOPGAP_ERR_EXPIRED,
    used_up = STOPGAP_ERR_USED_UP,
    throttled = STOPGAP_ERR_THROTTLED,
    clock_rolled_back = STOPGAP_ERR_CLOCK_ROLLED_BACK,
    time_out_of_range = STOPGAP_ERR_TIME_OUT_OF_RANGE,
    key_missing = STOPGAP_ERR_KEY_MISSING,
    tampered = STOPGAP_ERR_TAMPERED,
    no_lock = STOPGAP_ERR_NO_LOCK,
    invalid_idempotency_key = STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY,
    idempotency_key_expired = STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED,
    idempotency_key_reused = STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED,
    not_enrolled = STOPGAP_ERR_NOT_ENROLLED,
    clock_skew = STOPGAP_ERR_CLOCK_SKEW,
    unrecognised = STOPGAP_ERR_UNRECOGNISED,
    no_generation = STOPGAP_ERR_NO_GENERATION,
    key_wrong_length = STOPGAP_ERR_KEY_WRONG_LENGTH,
    key_wrong_hex_length = STOPGAP_ERR_KEY_WRONG_HEX_LENGTH,
    key_not_hex = STOPGAP_ERR_KEY_NOT_HEX,
    key_duplicate = STOPGAP_ERR_KEY_DUPLICATE,
    key_primary = STOPGAP_ERR_KEY_PRIMARY,
    state_wrong_length = STOPGAP_ERR_STATE_WRONG_LENGTH,
    state_does_not_open = STOPGAP_ERR_STATE_DOES_NOT_OPEN,
    state_version = STOPGAP_ERR_STATE_VERSION,
    enrolment_file = STOPGAP_ERR_ENROLMENT_FILE,
    enrolment_file_version = STOPGAP_ERR_ENROLMENT_FILE_VERSION,
    forbidden = STOPGAP_ERR_FORBIDDEN,
    not_found = STOPGAP_ERR_NOT_FOUND,
    reactivate_first = STOPGAP_ERR_REACTIVATE_FIRST,
    expiry_not_in_future = STOPGAP_ERR_EXPIRY_NOT_IN_FUTURE,
    already_active = STOPGAP_ERR_ALREADY_ACTIVE,
    description_too_long = STOPGAP_ERR_DESCRIPTION_TOO_LONG,
    description_control_character = STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER,
    name_invalid_unicode = STOPGAP_ERR_NAME_INVALID_UNICODE,
    name_empty = STOPGAP_ERR_NAME_EMPTY,
    name_too_long = STOPGAP_ERR_NAME_TOO_LONG,
    name_control_character = STOPGAP_ERR_NAME_CONTROL_CHARACTER,
    name_invisible_character = STOPGAP_ERR_NAME_INVISIBLE_CHARACTER,
    name_blank = STOPGAP_ERR_NAME_BLANK,
    validity_days = STOPGAP_ERR_VALIDITY_DAYS,
    validity_months = STOPGAP_ERR_VALIDITY_MONTHS,
    validity_minutes = STOPGAP_ERR_VALIDITY_MINUTES,
    validity_form = STOPGAP_ERR_VALIDITY_FORM,
    offline_validity = STOPGAP_ERR_OFFLINE_VALIDITY,
    code_length = STOPGAP_ERR_CODE_LENGTH,
    code_checked_length = STOPGAP_ERR_CODE_CHECKED_LENGTH,
    code_bytes = STOPGAP_ERR_CODE_BYTES,
    alphabet_wrong_count = STOPGAP_ERR_ALPHABET_WRONG_COUNT,
    alphabet_lower_case = STOPGAP_ERR_ALPHABET_LOWER_CASE,
    alphabet_not_a_symbol = STOPGAP_ERR_ALPHABET_NOT_A_SYMBOL,
    alphabet_repeated = STOPGAP_ERR_ALPHABET_REPEATED,
    alphabet_ambiguous = STOPGAP_ERR_ALPHABET_AMBIGUOUS,
    no_purpose = STOPGAP_ERR_NO_PURPOSE,
    no_uses = STOPGAP_ERR_NO_USES,
    never_valid = STOPGAP_ERR_NEVER_VALID,
    no_such_purpose = STOPGAP_ERR_NO_SUCH_PURPOSE,
    no_such_role = STOPGAP_ERR_NO_SUCH_ROLE,
    no_such_language = STOPGAP_ERR_NO_SUCH_LANGUAGE,
    scopes_empty = STOPGAP_ERR_SCOPES_EMPTY,
    scopes_too_many = STOPGAP_ERR_SCOPES_TOO_MANY,
    scope_invalid = STOPGAP_ERR_SCOPE_INVALID,
    prefix_invalid = STOPGAP_ERR_PREFIX_INVALID,
    record_bytes = STOPGAP_ERR_RECORD_BYTES,
};

// The class of a status: what a program does about it.
enum class status_class : std::uint32_t {
    ok = STOPGAP_CLASS_OK,
    // A mistake in the program: log it, and correct the program.
    misuse = STOPGAP_CLASS_MISUSE,
    // A code was mistyped: show the public message and ask again. It is no guess.
    typo = STOPGAP_CLASS_TYPO,
    // A name, a word, a policy or a setting is not allowed: show the message to the person who
    // entered it.
    invalid = STOPGAP_CLASS_INVALID,
    // The request is refused: show the public message, and log the status.
    refused = STOPGAP_CLASS_REFUSED,
    // Attempts are locked out: show the public message, which tells until when.
    locked_out = STOPGAP_CLASS_LOCKED_OUT,
    // A clock is wrong: show the public message, and have the clock set.
    clock = STOPGAP_CLASS_CLOCK,
    // A stored record, a sealed state or a key is damaged or missing: show the public message,
    // and tell an administrator.
    record = STOPGAP_CLASS_RECORD,
    // A callback, the operating system or the library failed: show the public message, log the
    // status, and try again later.
    system = STOPGAP_CLASS_SYSTEM,
};

// Returns the class of a status.
[[nodiscard]] inline status_class class_of(status number) noexcept {
    return static_cast<status_class>(
        stopgap_status_class(static_cast<stopgap_status>(number)));
}

// Returns the name of a status for a log, such as "STOPGAP_ERR_EXPIRED".
[[nodiscard]] inline const char* name(status number) noexcept {
    return stopgap_status_name(static_cast<stopgap_status>(number));
}

// Returns one sentence for a person; an error has more details.
[[nodiscard]] inline const char* message(status number) noexcept {
    return stopgap_status_message(static_cast<stopgap_status>(number));
}

STOPGAP_NAMESPACE_END

#endif
