/*
 * Stopgap: temporary access codes, issued, verified, answered offline, redeemed once.
 * Generated from bindings/c/src by `cargo xtask header`.
 *
 * The sections follow each other as a reader needs them: Basics, Agent, Server online, Server
 * offline, Security codes, Text. SPEC in the comments is the protocol:
 * crates/stopgap/SPEC.md.
 *
 * The contract of every function
 * ------------------------------
 *
 * Status. A function that can fail returns a stopgap_status: STOPGAP_OK, which is 0, or the
 * reason of the failure, a number that never changes. Compilers warn if it is not used. The
 * last argument, `error`, may be NULL; otherwise the details are written to it on failure,
 * and only then.
 *
 * Outputs are written on success, and otherwise left unchanged. The exceptions are the
 * capacity needed, or the count, which is also written with STOPGAP_ERR_BUFFER_TOO_SMALL, and
 * a throttle, which a lockout may change. An output may be the same memory as an input.
 *
 * Records. A call that uses a record checks its tag first: STOPGAP_ERR_TAMPERED if the record
 * was changed outside Stopgap. A call that changes a record changes all of it, with a new tag,
 * or nothing. The tag is thus the version of the record: keep a copy of the tag that you
 * loaded, and update the stored row only if its tag is still that one.
 *
 * Requests. The struct of a request begins with its size, so that later versions can append
 * members: set `size` to the sizeof of the struct, fill the struct with zeros otherwise, and
 * set the members that you need.
 *
 * NULL is STOPGAP_ERR_NULL_ARGUMENT, except for `error`, `needed`, an empty array or text, and
 * arguments whose comment allows it. A misaligned pointer is STOPGAP_ERR_MISALIGNED; a
 * misaligned `error` is left alone.
 *
 * Text is passed as a stopgap_text, a pointer and a length in bytes, and is UTF-8: otherwise
 * STOPGAP_ERR_INVALID_UTF8. Text is returned in (buffer, capacity) and always ends with a NUL;
 * `needed` is the capacity that it takes, the NUL included. A buffer that is too small stays
 * unchanged: STOPGAP_ERR_BUFFER_TOO_SMALL; (NULL, 0) only asks for the capacity, and returns
 * the same.
 *
 * Names of users, machines and tenants are 1 to 255 bytes of UTF-8 without control
 * characters and invisible characters, and not blank. Other bytes are
 * STOPGAP_ERR_NAME_INVALID_UNICODE to STOPGAP_ERR_NAME_BLANK in every function.
 *
 * Text that a person typed may be any bytes: those that are not UTF-8 are read as U+FFFD,
 * which belongs in no code.
 *
 * Memory. A handle is a type without members. Free it with the function ..._free of its type,
 * which takes the address of the pointer, wipes the secrets and sets the pointer to NULL; NULL
 * is left alone. All other structs are the caller's and have nothing to free. The comment of a
 * struct with a secret mentions it: wipe these structs, and the texts made of them, with
 * stopgap_wipe. If there is not enough memory, a function returns
 * STOPGAP_ERR_OUT_OF_MEMORY and has changed nothing; it never ends the process. A call takes
 * about 20 KiB of stack.
 *
 * Time is Unix seconds in an int64_t, always given by the caller; the library has no
 * clock. An argument outside the years 1 to 9999 is STOPGAP_ERR_TIME_OUT_OF_RANGE, even if the
 * code that was typed is wrong. STOPGAP_NEVER stands for no time. A zone is a name of the IANA
 * database, "Europe/Berlin", or a missing text for UTC.
 *
 * Random numbers come from the operating system, or from a callback.
 *
 * Enums. The value of an argument is checked: STOPGAP_ERR_INVALID_VALUE.
 *
 * Panics. A fault in the library does not cross into C: it is STOPGAP_ERR_PANIC.
 *
 * Threads. There is no global state. Functions may be called from any thread at the same
 * time, unless one call changes the arguments of another; the comment of each handle
 * lists the calls that change it.
 *
 * Fork. A child process may use all handles. It shares nothing with its parent but the files
 * and stores of the program: two processes that go on with the same agent redeem a code
 * twice, unless they lock its state.
 *
 * Signals. No function is safe in a signal handler, because functions allocate memory. A
 * signal does not interrupt a function: none of them waits.
 */


#ifndef STOPGAP_H
#define STOPGAP_H

#include <stddef.h>
#include <stdint.h>

/* The version of this header; stopgap_version() is the library's. */
#define STOPGAP_VERSION "0.1.0"
#define STOPGAP_VERSION_MAJOR 0
#define STOPGAP_VERSION_MINOR 1
#define STOPGAP_VERSION_PATCH 0

/* The compiler warns if the result of the function is not used. */
#if defined(__cplusplus) && __cplusplus >= 201703L
#define STOPGAP_MUST_USE [[nodiscard]]
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L
#define STOPGAP_MUST_USE [[nodiscard]]
#elif defined(__GNUC__)
#define STOPGAP_MUST_USE __attribute__((__warn_unused_result__))
#elif defined(_MSC_VER)
#define STOPGAP_MUST_USE _Check_return_
#else
#define STOPGAP_MUST_USE
#endif

/* The integer type of an enum, if the language has a way to say so. */
#if defined(__cplusplus)
#if __cplusplus >= 201103L || defined(_MSC_VER)
#define STOPGAP_ENUM(type) : type
#endif
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L
#define STOPGAP_ENUM(type) : type
#endif
#ifndef STOPGAP_ENUM
#define STOPGAP_ENUM(type)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Basics -------------------------------------------------------------------------------- */

/// A text of the caller: UTF-8 bytes, which must not change during the call.
/// `stopgap_text_of("alice")` makes it of a string that ends with a NUL, and
/// `stopgap_text_n(bytes, length)` of a number of bytes.
///
/// (NULL, 0) is an empty text, or an optional one that is missing; NULL with another length
/// is STOPGAP_ERR_NULL_ARGUMENT.
typedef struct stopgap_text {
    /// The bytes.
    const char *ptr;
    /// The number of bytes; SIZE_MAX for a text that ends with a NUL.
    size_t len;
} stopgap_text;

/// Returns a text of this number of bytes.
static inline struct stopgap_text stopgap_text_n(const char *bytes, size_t length)
{
    struct stopgap_text text;
    text.ptr = bytes;
    text.len = length;
    return text;
}

/// Returns a text that ends with a NUL.
static inline struct stopgap_text stopgap_text_of(const char *string)
{
    return stopgap_text_n(string, SIZE_MAX);
}

/// A missing text: (NULL, 0).
#define STOPGAP_NO_TEXT stopgap_text_n(NULL, 0)

/// The size of an enrolment key in bytes, and of a master key.
#define STOPGAP_KEY_SIZE 32

/// The size of a name in a struct: 255 bytes and a NUL.
#define STOPGAP_NAME_SIZE 256

/// Any number of uses. A record from another program that allows exactly 4,294,967,295
/// uses is read as this, and does not fit its tag.
#define STOPGAP_UNLIMITED UINT32_MAX

/// No time.
#define STOPGAP_NEVER INT64_MIN

/// The version of the interface that this header describes. It changes, together with the
/// soname of the shared library, only if a program built with an older header would
/// misbehave.
#define STOPGAP_ABI_VERSION 1

/// Letters that people mistake for digits, joined by `|`.
typedef uint32_t stopgap_look_alikes;

/// Sixteen distinct symbols of `0-9A-Z`; the symbol at index i stands for the nibble i
/// (SPEC, "Alphabets"). It comes from stopgap_alphabet_new, stopgap_alphabet_hex or
/// stopgap_alphabet_unambiguous; one that was filled in by hand is checked when it is
/// used.
typedef struct stopgap_alphabet {
    /// The symbols, a NUL, and three more.
    char symbols[20];
    /// The look-alikes that are folded when a code is read.
    stopgap_look_alikes look_alikes;
} stopgap_alphabet;

/// The figures of a throttle (SPEC, "Throttle"). Start from
/// stopgap_throttle_policy_default() and change some.
typedef struct stopgap_throttle_policy {
    /// Failures after which attempts are locked out; 5. With 0 the first failure locks,
    /// for twice the first delay.
    uint32_t free;
    /// Seconds of the first lockout; each further failure doubles them; 60.
    uint32_t first_delay_seconds;
    /// Seconds of the longest lockout with an end; 3,600.
    uint32_t max_delay_seconds;
    /// Failures after which the lockout has no end, so that an administrator must
    /// unlock; 100. With 0 every attempt is locked out.
    uint32_t hard_limit;
} stopgap_throttle_policy;

/// The result of a call: STOPGAP_OK, which is 0, or the reason of a failure. The numbers
/// never change. New ones may be added, so treat an unknown one as a failure.
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
typedef enum stopgap_status STOPGAP_ENUM(int32_t) {
    /// The call succeeded: every output is written.
    STOPGAP_OK = 0,
    /// A pointer is NULL that must not be.
    STOPGAP_ERR_NULL_ARGUMENT = 1,
    /// A pointer is not aligned for its type.
    STOPGAP_ERR_MISALIGNED = 2,
    /// A length is larger than any memory; most likely it is negative.
    STOPGAP_ERR_INVALID_LENGTH = 3,
    /// A text, also one in a struct, is not UTF-8; `position` is the first byte that is
    /// not. Names and what a person typed have statuses of their own.
    STOPGAP_ERR_INVALID_UTF8 = 4,
    /// A text in a struct does not end with a NUL within its array.
    STOPGAP_ERR_NOT_TERMINATED = 5,
    /// An integer has none of the values that it may have: a purpose, a role, an event, the
    /// size of a request.
    /// `found` is the integer.
    STOPGAP_ERR_INVALID_VALUE = 6,
    /// A buffer is too small: only the capacity needed is written, if it was asked for.
    STOPGAP_ERR_BUFFER_TOO_SMALL = 7,
    /// The operating system returned no random numbers.
    STOPGAP_ERR_RANDOM_FAILED = 8,
    /// A callback did not return 0; `callback` is its return value.
    STOPGAP_ERR_CALLBACK_FAILED = 9,
    /// The IANA database has no time zone of that name, or the library was built without
    /// zone data.
    STOPGAP_ERR_UNKNOWN_ZONE = 10,
    /// A fault in Stopgap, caught at the border. Free the handles that were given to the
    /// call, and do not use them otherwise.
    STOPGAP_ERR_PANIC = 11,
    /// A failure of the core that this library does not know.
    STOPGAP_ERR_OTHER = 12,
    /// There is not enough memory. The call changed nothing.
    STOPGAP_ERR_OUT_OF_MEMORY = 13,
    /// More than 256 bytes of UTF-8, refused unread.
    STOPGAP_ERR_TOO_LONG = 101,
    /// A character does not belong in a code; `position` counts characters from 0.
    STOPGAP_ERR_UNEXPECTED_SYMBOL = 102,
    /// The text has `found` symbols; a code has `expected`.
    STOPGAP_ERR_WRONG_LENGTH = 103,
    /// The check symbol, or the check of a security code, does not fit: there is a typo.
    STOPGAP_ERR_CHECK_FAILED = 104,
    /// No such code. The only refusal that a throttle counts as a failure.
    STOPGAP_ERR_UNKNOWN = 201,
    /// The right code, but it was revoked at `time`.
    STOPGAP_ERR_REVOKED = 202,
    /// The code is for another purpose, or the purpose needs the server.
    STOPGAP_ERR_WRONG_PURPOSE = 203,
    /// The right code, too early: it is valid from `time`.
    STOPGAP_ERR_NOT_YET_VALID = 204,
    /// The right code, too late: it expired at `time`.
    STOPGAP_ERR_EXPIRED = 205,
    /// The right code, but it has been used as often as it may be.
    STOPGAP_ERR_USED_UP = 206,
    /// Too many failures; the code was not read. Attempts are locked out until `time`;
    /// STOPGAP_NEVER if an administrator must unlock.
    STOPGAP_ERR_THROTTLED = 207,
    /// The clock is behind `time`, which it has shown before.
    STOPGAP_ERR_CLOCK_ROLLED_BACK = 208,
    /// A time is outside the years 1 to 9999.
    STOPGAP_ERR_TIME_OUT_OF_RANGE = 209,
    /// The record was made with the key `key_id`, which the ring does not hold.
    STOPGAP_ERR_KEY_MISSING = 210,
    /// The record does not fit its tag: it was changed outside Stopgap.
    STOPGAP_ERR_TAMPERED = 211,
    /// The password-only lock is not active: name and password do not suffice.
    STOPGAP_ERR_NO_LOCK = 212,
    /// An idempotency key has 1 to 255 bytes, not `found`, and no NUL.
    STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY = 213,
    /// The answer under this idempotency key is no longer replayed; the key is spent.
    STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED = 214,
    /// The idempotency key was used for another code or purpose.
    STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED = 215,
    /// The user has no enrolled machine.
    STOPGAP_ERR_NOT_ENROLLED = 301,
    /// The enrolment at `index` showed the code `minutes` from now by its clock; positive
    /// if the machine is ahead.
    STOPGAP_ERR_CLOCK_SKEW = 302,
    /// No machine of the user shows the code: most likely it was mistyped.
    STOPGAP_ERR_UNRECOGNISED = 303,
    /// There is no generation after 2^32 - 1.
    STOPGAP_ERR_NO_GENERATION = 304,
    /// A key is 32 bytes, not `found`.
    STOPGAP_ERR_KEY_WRONG_LENGTH = 401,
    /// A key is 64 hexadecimal digits, not `found` characters.
    STOPGAP_ERR_KEY_WRONG_HEX_LENGTH = 402,
    /// A text of the length of a key that is not all hexadecimal digits.
    STOPGAP_ERR_KEY_NOT_HEX = 403,
    /// The key ring has a key `key_id` already.
    STOPGAP_ERR_KEY_DUPLICATE = 404,
    /// The key `key_id` is the primary key, which issues and cannot be retired.
    STOPGAP_ERR_KEY_PRIMARY = 405,
    /// A sealed state has 76 bytes, not `found`: it was cut off, or is another file.
    STOPGAP_ERR_STATE_WRONG_LENGTH = 501,
    /// The state was changed, or sealed for another enrolment.
    STOPGAP_ERR_STATE_DOES_NOT_OPEN = 502,
    /// A newer Stopgap sealed the state, in version `found`.
    STOPGAP_ERR_STATE_VERSION = 503,
    /// The actor's `role` does not suffice for `action`.
    STOPGAP_ERR_FORBIDDEN = 601,
    /// The security code was deleted, or expired 7 days ago or more.
    STOPGAP_ERR_NOT_FOUND = 602,
    /// The security code expired at `time`: the reason is `expired`.
    STOPGAP_ERR_REACTIVATE_FIRST = 603,
    /// The new expiry has passed already.
    STOPGAP_ERR_EXPIRY_NOT_IN_FUTURE = 604,
    /// There is nothing to reactivate.
    STOPGAP_ERR_ALREADY_ACTIVE = 605,
    /// A description has at most 1,024 bytes of UTF-8, not `found`.
    STOPGAP_ERR_DESCRIPTION_TOO_LONG = 606,
    /// A description has a control character at `position`, in characters from 0.
    STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER = 607,
    /// A name is not UTF-8.
    STOPGAP_ERR_NAME_INVALID_UNICODE = 701,
    /// A name is empty.
    STOPGAP_ERR_NAME_EMPTY = 702,
    /// A name has at most 255 bytes of UTF-8, not `found`.
    STOPGAP_ERR_NAME_TOO_LONG = 703,
    /// A name has a control character at `position`, in characters from 0.
    STOPGAP_ERR_NAME_CONTROL_CHARACTER = 704,
    /// A name has an invisible character at `position`, in characters from 0.
    STOPGAP_ERR_NAME_INVISIBLE_CHARACTER = 705,
    /// A name is white space only.
    STOPGAP_ERR_NAME_BLANK = 706,
    /// A validity in days is 1 to 31 days, not `found`.
    STOPGAP_ERR_VALIDITY_DAYS = 711,
    /// A validity in months is one month, not `found`.
    STOPGAP_ERR_VALIDITY_MONTHS = 712,
    /// A validity in minutes and hours is 1 to 1,440 minutes, not `found`.
    STOPGAP_ERR_VALIDITY_MINUTES = 713,
    /// The text is not a number and a unit.
    STOPGAP_ERR_VALIDITY_FORM = 714,
    /// An offline code is valid for days or a month, not for minutes or hours.
    STOPGAP_ERR_OFFLINE_VALIDITY = 715,
    /// A code has 8 to 32 symbols, not `found`.
    STOPGAP_ERR_CODE_LENGTH = 721,
    /// A code with a check symbol has 9 to 32 symbols, not `found`.
    STOPGAP_ERR_CODE_CHECKED_LENGTH = 722,
    /// The symbols of this code need `expected` bytes, not `found`.
    STOPGAP_ERR_CODE_BYTES = 723,
    /// An alphabet has 16 symbols, not `found`.
    STOPGAP_ERR_ALPHABET_WRONG_COUNT = 731,
    /// The symbol at `position` is a lower-case letter.
    STOPGAP_ERR_ALPHABET_LOWER_CASE = 732,
    /// The symbol at `position` is not one of 0-9 and A-Z.
    STOPGAP_ERR_ALPHABET_NOT_A_SYMBOL = 733,
    /// The symbol at `position` is a repetition.
    STOPGAP_ERR_ALPHABET_REPEATED = 734,
    /// A look-alike cannot be folded: letter and digit are both symbols of this alphabet.
    STOPGAP_ERR_ALPHABET_AMBIGUOUS = 735,
    /// A policy without a purpose.
    STOPGAP_ERR_NO_PURPOSE = 741,
    /// A policy with no use; STOPGAP_UNLIMITED is any number of uses.
    STOPGAP_ERR_NO_USES = 742,
    /// The code would have expired at `time` already when it is issued.
    STOPGAP_ERR_NEVER_VALID = 743,
    /// A word that is no purpose.
    STOPGAP_ERR_NO_SUCH_PURPOSE = 751,
    /// A word that is no role.
    STOPGAP_ERR_NO_SUCH_ROLE = 752,
    /// A text that is no language tag, or that of a language without sentences.
    STOPGAP_ERR_NO_SUCH_LANGUAGE = 753,
    /// A security code that is limited to no scope at all.
    STOPGAP_ERR_SCOPES_EMPTY = 761,
    /// A security code has at most 32 scopes.
    STOPGAP_ERR_SCOPES_TOO_MANY = 762,
    /// The scope at `index` is not 1 to 64 bytes of a-z, 0-9 and ._:/*-.
    STOPGAP_ERR_SCOPE_INVALID = 763,
    /// A prefix of security codes is not a lower-case letter and 1 to 15 lower-case
    /// letters or digits; `index` is its place in the list.
    STOPGAP_ERR_PREFIX_INVALID = 771
} stopgap_status;

/* An enum has 32 bits here as in the library: compile without -fshort-enums. */
typedef char stopgap_enums_have_32_bits[sizeof(stopgap_status) == 4 ? 1 : -1];

/// The role of a person, from the fewest rights to the most (SPEC, "Roles").
typedef enum stopgap_role STOPGAP_ENUM(uint32_t) {
    /// A user of codes.
    STOPGAP_ROLE_USER = 1,
    /// Issues and revokes online codes, answers requests, and enrols machines.
    STOPGAP_ROLE_HELP_DESK = 2,
    /// Also unlocks users, manages presets and reads the audit log.
    STOPGAP_ROLE_ADMINISTRATOR = 3,
    /// Also manages security codes and keys.
    STOPGAP_ROLE_SUPER_ADMINISTRATOR = 4
} stopgap_role;

/// An action that needs a role (SPEC, "Roles"). Calls about security codes check it
/// themselves; before other calls check it with stopgap_role_may.
typedef enum stopgap_action STOPGAP_ENUM(uint32_t) {
    /// Issue an online code.
    STOPGAP_ACTION_ISSUE_CODE = 1,
    /// Revoke an online code.
    STOPGAP_ACTION_REVOKE_CODE = 2,
    /// Answer a request code with an offline code.
    STOPGAP_ACTION_ANSWER_REQUEST = 3,
    /// Read the records of a user: codes, machines, failures.
    STOPGAP_ACTION_READ_USER = 4,
    /// Enrol a machine, or retire it.
    STOPGAP_ACTION_MANAGE_MACHINE = 5,
    /// Unlock a user.
    STOPGAP_ACTION_RESET_THROTTLE = 6,
    /// Create, change or remove a preset.
    STOPGAP_ACTION_MANAGE_PRESET = 7,
    /// Read the audit log.
    STOPGAP_ACTION_READ_LOG = 8,
    /// Delete old records.
    STOPGAP_ACTION_PURGE = 9,
    /// Create or change a security code.
    STOPGAP_ACTION_MANAGE_SECURITY_CODE = 10,
    /// Add a master key to a store, or retire one.
    STOPGAP_ACTION_MANAGE_KEY = 11,
    /// Accept the clock after it was set back.
    STOPGAP_ACTION_ACCEPT_CLOCK = 12,
    /// Lower the number of days for which events are kept.
    STOPGAP_ACTION_LOWER_LOG_RETENTION = 13,
    /// Add a tenant, or list the tenants.
    STOPGAP_ACTION_MANAGE_TENANT = 14
} stopgap_action;

/// The details of a failure. The comment of a status names the members that it fills; the
/// others are 0, and `time` is STOPGAP_NEVER. Nothing in it is secret.
typedef struct stopgap_error {
    /// Unix seconds, or STOPGAP_NEVER.
    int64_t time;
    /// The position in a text, in characters from 0 (in bytes for STOPGAP_ERR_INVALID_UTF8).
    size_t position;
    /// The number that was expected.
    size_t expected;
    /// The number or the value that was found.
    size_t found;
    /// The index of an element of an array, from 0.
    size_t index;
    /// The status that the call returned.
    stopgap_status status;
    /// The minutes by which a clock is off; positive if it is ahead.
    int32_t minutes;
    /// The key of a record.
    uint32_t key_id;
    /// The role that does not suffice.
    stopgap_role role;
    /// The action for which the role does not suffice.
    stopgap_action action;
    /// The return value of a callback.
    int32_t callback;
} stopgap_error;

/// A code: a secret, unless it is a request code. Wipe it with stopgap_wipe after use.
typedef struct stopgap_code {
    /// Groups of four symbols with hyphens, `3F9A-77C2-01BE`, then NULs. Show a security
    /// code as stopgap_security_text writes it instead.
    char text[40];
} stopgap_code;

/// A purpose of a code (SPEC, "Words").
typedef enum stopgap_purpose STOPGAP_ENUM(uint32_t) {
    /// Password reset.
    STOPGAP_PURPOSE_RESET = 1,
    /// Registration of a second factor. It needs the server, so offline codes do not have it.
    STOPGAP_PURPOSE_REGISTER = 2,
    /// Temporary replacement of a second factor.
    STOPGAP_PURPOSE_BYPASS = 4
} stopgap_purpose;

/// The validity of a code (SPEC, "Validity and expiry"): 1 to 31 calendar days,
/// STOPGAP_VALIDITY_MONTH, or STOPGAP_VALIDITY_MINUTES + 1 to STOPGAP_VALIDITY_MINUTES + 1,440.
typedef uint32_t stopgap_validity;

/// The tag of a sealed record: 32 bytes under the server's record key (SPEC, "Records at
/// rest"). It is no secret. It cannot be computed without the key, so a person who can only
/// write to the store cannot change a record, swap two tags, or move a record to another
/// user or tenant without being noticed. A tag does not show that a record was deleted, or
/// that an older record was put back with its tag.
///
/// It covers times in microseconds, and in C they are whole seconds: a record from another
/// program that has fractions of a second does not fit its tag without them.
typedef struct stopgap_tag {
    /// The bytes to store.
    uint8_t bytes[32];
} stopgap_tag;

/// A language of public messages and spelling words (SPEC, "Languages").
typedef enum stopgap_language STOPGAP_ENUM(uint32_t) {
    /// English, with the ICAO spelling alphabet.
    STOPGAP_LANGUAGE_ENGLISH = 1,
    /// German, with the spelling alphabet of DIN 5009.
    STOPGAP_LANGUAGE_GERMAN = 2,
    /// French, with the ICAO spelling alphabet.
    STOPGAP_LANGUAGE_FRENCH = 3,
    /// Spanish, with the ICAO spelling alphabet.
    STOPGAP_LANGUAGE_SPANISH = 4
} stopgap_language;

/// The caller's source of random bytes; NULL in its place stands for the operating system.
/// It must be cryptographically secure: no code is better than it.
typedef struct stopgap_random {
    /// Fills `length` bytes and returns 0, or anything else if it cannot: the call then
    /// fails with STOPGAP_ERR_CALLBACK_FAILED. The function must not throw or longjmp, and
    /// must not call Stopgap with the arguments of the call.
    int32_t (*fill)(void *context,
                    uint8_t *bytes,
                    size_t length);
    /// Passed to `fill` unchanged.
    void *context;
} stopgap_random;

/// The format of a code (SPEC, "Alphabets"). Start from stopgap_format_online() and
/// change some members.
typedef struct stopgap_format {
    /// The symbols.
    struct stopgap_alphabet alphabet;
    /// The number of symbols, a check symbol included: 8 to 32, and at least 8 beside the
    /// check symbol.
    uint32_t length;
    /// 1 if the last symbol is the check symbol of those before it, otherwise 0. A code
    /// with one has four bits less to guess.
    uint32_t check_symbol;
} stopgap_format;

/// The purposes of one code, joined by `|`.
typedef uint32_t stopgap_purposes;

/// The id of a record: a UUID of version 7, which contains the time of creation, so ids
/// sort by time. It is no secret.
typedef struct stopgap_record_id {
    /// The bytes, which sort as the ids do.
    uint8_t bytes[16];
} stopgap_record_id;

/// The keyed digest of a code, which is stored in place of the code. Without the key it is
/// of no use for trying codes.
typedef struct stopgap_digest {
    /// HMAC-SHA-256 under a key of the ring.
    uint8_t bytes[32];
} stopgap_digest;

/// A digest, and the key that made it.
typedef struct stopgap_keyed_digest {
    /// The id of the key.
    uint32_t key_id;
    /// The digest.
    struct stopgap_digest digest;
} stopgap_keyed_digest;

/// The actor of a call, whom you have authenticated.
typedef struct stopgap_actor {
    /// The actor's name.
    struct stopgap_text name;
    /// The actor's role.
    stopgap_role role;
} stopgap_actor;

/// The failed attempts of one user on a server (SPEC, "Throttle"). Store it beside the
/// codes that it guards. stopgap_throttle_reset makes a new one. It has no padding.
typedef struct stopgap_throttle {
    /// The end of the last lockout; STOPGAP_NEVER if there was none, or if it has no end.
    int64_t locked_until;
    /// Failed attempts since the last success or reset.
    uint32_t failures;
    /// 0.
    uint32_t reserved;
} stopgap_throttle;

/// An attempt that a throttle guards. It returns STOPGAP_OK, STOPGAP_ERR_UNKNOWN for a wrong
/// guess, or the status of another call of Stopgap. It must not throw or longjmp, and
/// must not use the throttle.
typedef stopgap_status (*stopgap_try)(void *context);

/// `O` is read as `0`.
#define STOPGAP_LOOK_ALIKE_O_AS_ZERO 1

/// `I` is read as `1`.
#define STOPGAP_LOOK_ALIKE_I_AS_ONE 2

/// `L` is read as `1`.
#define STOPGAP_LOOK_ALIKE_L_AS_ONE 4

/// Every purpose.
#define STOPGAP_PURPOSE_ALL 7

/// One calendar month: until the same day of the next month, or its last day if it is
/// shorter.
#define STOPGAP_VALIDITY_MONTH 1000

/// Add minutes to it, which are elapsed time: STOPGAP_VALIDITY_MINUTES + 90 is an hour and a half.
/// Offline codes take days or a month only.
#define STOPGAP_VALIDITY_MINUTES 65536

/// Returns the figures of the protocol: 5 failures, 60 seconds that double up to an hour,
/// no end after 100 failures.
STOPGAP_MUST_USE
struct stopgap_throttle_policy stopgap_throttle_policy_default(void);

/// Checks that attempts are not locked out now. An end later than now plus the longest
/// delay becomes that, because a clock was ahead when it was set: store the throttle
/// afterwards, whatever is returned.
///
/// Errors: STOPGAP_ERR_THROTTLED with the end of the lockout; STOPGAP_ERR_TIME_OUT_OF_RANGE.
STOPGAP_MUST_USE
stopgap_status stopgap_throttle_check(struct stopgap_throttle *throttle,
                                      const struct stopgap_throttle_policy *policy,
                                      int64_t now,
                                      struct stopgap_error *error);

/// Counts a failure, and locks attempts out if it is one too many. Call it after
/// STOPGAP_ERR_UNKNOWN only: a typo is no guess, and neither is a right code that has
/// expired.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE.
STOPGAP_MUST_USE
stopgap_status stopgap_throttle_fail(struct stopgap_throttle *throttle,
                                     const struct stopgap_throttle_policy *policy,
                                     int64_t now,
                                     struct stopgap_error *error);

/// Forgets all failures: for a new throttle, after a success, or if an administrator
/// unlocks.
STOPGAP_MUST_USE
stopgap_status stopgap_throttle_reset(struct stopgap_throttle *throttle,
                                      struct stopgap_error *error);

/// Runs an attempt unless attempts are locked out. A success clears the failures,
/// STOPGAP_ERR_UNKNOWN counts as one, and any other status changes nothing. Replays of an
/// earlier answer do not belong here. Store the throttle afterwards, whatever is returned.
///
/// Returns STOPGAP_ERR_THROTTLED, STOPGAP_ERR_TIME_OUT_OF_RANGE, or the status of the attempt.
/// `error` is written for the first two only: give the same struct to the call that the
/// attempt makes.
STOPGAP_MUST_USE
stopgap_status stopgap_throttle_guard(struct stopgap_throttle *throttle,
                                      const struct stopgap_throttle_policy *policy,
                                      int64_t now,
                                      stopgap_try attempt,
                                      void *context,
                                      struct stopgap_error *error);

/// Returns the version of the interface of the linked library. Compare it with
/// STOPGAP_ABI_VERSION if the library was loaded at run time.
STOPGAP_MUST_USE
uint32_t stopgap_abi_version(void);

/// Returns the version of the linked library, such as "0.1.0". The text is static and
/// never NULL.
STOPGAP_MUST_USE
const char *stopgap_version(void);

/// Overwrites memory with zeros, and is never optimized away. Use it for codes, master keys
/// and the texts made of them. NULL is left alone.
void stopgap_wipe(void *memory,
                  size_t length);

/* Agent --------------------------------------------------------------------------------- */

/// The size of a sealed state in bytes.
#define STOPGAP_SEALED_STATE_SIZE 76

/// The agent of one enrolment (SPEC, "Redeeming").
///
/// Threads: one at a time; several may call stopgap_agent_request_code and
/// stopgap_agent_seal together.
typedef struct stopgap_agent stopgap_agent;

/// The secret that a server and one machine share for one user (SPEC, "Keys"). A server
/// derives it when it is needed. A machine receives its bytes while it is online, and
/// stores them where its users cannot read them.
///
/// Threads: any number may use it at the same time; stopgap_enrolment_key_free
/// needs it alone.
typedef struct stopgap_enrolment_key stopgap_enrolment_key;

/// The policy of an agent (SPEC, "Redeeming"). Start from stopgap_agent_policy_default()
/// and change some members.
typedef struct stopgap_agent_policy {
    /// The symbols of request codes and offline codes, the same as at the server.
    struct stopgap_alphabet alphabet;
    /// The lockouts after failures.
    struct stopgap_throttle_policy throttle;
    /// Seconds by which the clock may be set back; 120.
    uint32_t clock_tolerance_seconds;
    /// Minutes for which an offline code is accepted after its request; 30.
    uint16_t window_minutes;
    /// Minutes before now that are tried only to tell a late code from a wrong one; 1,440.
    uint16_t diagnose_minutes;
} stopgap_agent_policy;

/// The memory of an agent between two starts (SPEC, "Sealed state"). A state that was
/// changed, or sealed for another enrolment, does not open. Nothing in it is secret. An
/// older copy put back is not noticed, and makes redeemed codes valid again: store it
/// where the machine's users cannot write.
typedef struct stopgap_sealed_state {
    /// The bytes to write to a file.
    uint8_t bytes[STOPGAP_SEALED_STATE_SIZE];
} stopgap_sealed_state;

/// A function of the caller that stores the state of an agent before its decision is
/// told: a code is good only once because its machine remembers it.
typedef struct stopgap_keep {
    /// Stores the state safely on disk and returns 0, or anything else if it cannot: the
    /// call then fails with STOPGAP_ERR_CALLBACK_FAILED, and the decision is not told. The
    /// function must not throw or longjmp, and must not use the agent.
    int32_t (*keep)(void *context,
                    const struct stopgap_sealed_state *state);
    /// Passed to `keep` unchanged.
    void *context;
} stopgap_keep;

/// Returns the default policy: a window of 30 minutes, the unambiguous alphabet, the
/// figures of the protocol.
STOPGAP_MUST_USE
struct stopgap_agent_policy stopgap_agent_policy_default(void);

/// Makes the agent of a new enrolment; `policy` may be NULL for the default. Resume an
/// agent that was used before, otherwise it redeems its codes again. Store its state at
/// once, from stopgap_agent_seal, so that you notice later if the state is lost. The key
/// is copied: free yours.
///
/// Free the agent with stopgap_agent_free. Errors: those of a policy that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_agent_new(const struct stopgap_enrolment_key *key,
                                 const struct stopgap_agent_policy *policy,
                                 struct stopgap_agent **agent,
                                 struct stopgap_error *error);

/// Makes the agent that sealed this state; `policy` may be NULL for the default. The key
/// is copied: free yours.
///
/// Free the agent with stopgap_agent_free. Errors: STOPGAP_ERR_STATE_WRONG_LENGTH,
/// STOPGAP_ERR_STATE_DOES_NOT_OPEN, STOPGAP_ERR_STATE_VERSION: an administrator must decide then,
/// because a new agent would redeem its last codes again. Those of a policy that is
/// none.
STOPGAP_MUST_USE
stopgap_status stopgap_agent_resume(const struct stopgap_enrolment_key *key,
                                    const struct stopgap_agent_policy *policy,
                                    const uint8_t *state,
                                    size_t state_length,
                                    struct stopgap_agent **agent,
                                    struct stopgap_error *error);

/// Seals the state to store; the last call passed the same to its callback.
STOPGAP_MUST_USE
stopgap_status stopgap_agent_seal(const struct stopgap_agent *agent,
                                  struct stopgap_sealed_state *state,
                                  struct stopgap_error *error);

/// Computes the request code to show now; the next one follows in
/// stopgap_seconds_left(now).
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE.
STOPGAP_MUST_USE
stopgap_status stopgap_agent_request_code(const struct stopgap_agent *agent,
                                          int64_t now,
                                          struct stopgap_code *code,
                                          struct stopgap_error *error);

/// Redeems the offline code that a person typed. For STOPGAP_PURPOSE_BYPASS it activates the
/// password-only lock, on the wall clock of the zone, and writes its end to `until`. For
/// STOPGAP_PURPOSE_RESET the password may be reset now; the lock does not change, and `until` is
/// STOPGAP_NEVER. Nothing is allocated. The codes of all minutes within the window are
/// compared, in constant time.
///
/// Errors: STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED; then the first that holds of
/// STOPGAP_ERR_WRONG_PURPOSE (registration needs the server), STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_CLOCK_ROLLED_BACK, STOPGAP_ERR_THROTTLED, STOPGAP_ERR_USED_UP, STOPGAP_ERR_EXPIRED,
/// STOPGAP_ERR_UNKNOWN. Only the last counts as a failure. STOPGAP_ERR_CALLBACK_FAILED if the state
/// could not be stored: the code may be used up, and the lock is not active until
/// stopgap_agent_password_only_lock has stored the state and returns its end.
/// STOPGAP_ERR_UNKNOWN_ZONE, STOPGAP_ERR_INVALID_VALUE.
STOPGAP_MUST_USE
stopgap_status stopgap_agent_redeem(struct stopgap_agent *agent,
                                    struct stopgap_text typed,
                                    stopgap_purpose purpose,
                                    int64_t now,
                                    struct stopgap_text zone,
                                    const struct stopgap_keep *keep,
                                    int64_t *until,
                                    struct stopgap_error *error);

/// Writes the end of the password-only lock if the lock is active, and otherwise returns
/// STOPGAP_ERR_NO_LOCK.
///
/// Errors: STOPGAP_ERR_NO_LOCK; STOPGAP_ERR_CLOCK_ROLLED_BACK or STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// because with a wrong clock the lock is not active; STOPGAP_ERR_CALLBACK_FAILED.
STOPGAP_MUST_USE
stopgap_status stopgap_agent_password_only_lock(struct stopgap_agent *agent,
                                                int64_t now,
                                                const struct stopgap_keep *keep,
                                                int64_t *until,
                                                struct stopgap_error *error);

/// Activates the password-only lock that the server granted for an online code,
/// `password_only_until` of stopgap_granted, if it ends after now and after the active one.
/// Writes the end of the lock that is active then. The throttle is neither read nor
/// cleared.
///
/// Errors: STOPGAP_ERR_NO_LOCK if both have ended; STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_CLOCK_ROLLED_BACK, STOPGAP_ERR_CALLBACK_FAILED.
STOPGAP_MUST_USE
stopgap_status stopgap_agent_activate(struct stopgap_agent *agent,
                                      int64_t granted_until,
                                      int64_t now,
                                      const struct stopgap_keep *keep,
                                      int64_t *until,
                                      struct stopgap_error *error);

/// Clears the password-only lock, because the lost factor returned.
///
/// Errors: STOPGAP_ERR_CALLBACK_FAILED.
STOPGAP_MUST_USE
stopgap_status stopgap_agent_clear_lock(struct stopgap_agent *agent,
                                        const struct stopgap_keep *keep,
                                        struct stopgap_error *error);

/// Forgets all failures: an administrator unlocks.
///
/// Errors: STOPGAP_ERR_CALLBACK_FAILED.
STOPGAP_MUST_USE
stopgap_status stopgap_agent_unlock(struct stopgap_agent *agent,
                                    const struct stopgap_keep *keep,
                                    struct stopgap_error *error);

/// Wipes and frees an agent, and sets the pointer to NULL. NULL, and a pointer to NULL,
/// are left alone.
void stopgap_agent_free(struct stopgap_agent **agent);

/// Makes the key of the bytes that a machine has stored. They are copied: wipe yours.
///
/// Free the key with stopgap_enrolment_key_free. Errors: STOPGAP_ERR_KEY_WRONG_LENGTH unless
/// there are STOPGAP_KEY_SIZE.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_key_from_bytes(const uint8_t *bytes,
                                                size_t length,
                                                struct stopgap_enrolment_key **key,
                                                struct stopgap_error *error);

/// Reads a key of 64 hexadecimal digits in either case; white space around them is left
/// out.
///
/// Free the key with stopgap_enrolment_key_free. Errors: STOPGAP_ERR_KEY_WRONG_HEX_LENGTH,
/// STOPGAP_ERR_KEY_NOT_HEX.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_key_from_hex(struct stopgap_text digits,
                                              struct stopgap_enrolment_key **key,
                                              struct stopgap_error *error);

/// Wipes and frees a key, and sets the pointer to NULL. NULL, and a pointer to NULL, are
/// left alone.
void stopgap_enrolment_key_free(struct stopgap_enrolment_key **key);

/// Returns the minute of an instant: floor(Unix seconds / 60).
STOPGAP_MUST_USE
int64_t stopgap_minute_of(int64_t instant);

/// Returns the seconds, 1 to 60, for which a machine keeps showing the request code that
/// it shows at this instant.
STOPGAP_MUST_USE
uint32_t stopgap_seconds_left(int64_t now);

/* Server online ------------------------------------------------------------------------- */

/// The size of an idempotency key in a struct: 255 bytes and a NUL.
#define STOPGAP_IDEMPOTENCY_KEY_SIZE 256

/// The seconds for which an answer is replayed by default.
#define STOPGAP_REPLAY_SECONDS 600

/// The most seconds for which an answer is replayed: 24 hours. A store remembers a key for
/// at least as long.
#define STOPGAP_MAX_REPLAY_SECONDS 86400

/// The master keys of a server (SPEC, "Keys"). The primary key, which was added last,
/// issues. All keys verify, and each record has the id of its key. A ring is never empty.
///
/// Threads: any number may use it at the same time in calls that take it as const;
/// stopgap_key_ring_add, _retire and _free need it alone.
typedef struct stopgap_key_ring stopgap_key_ring;

/// A request to verify an online code, or to answer a request code. Set `size`, `user`,
/// `text` and `purpose`; the other members may be zeros. Members may be appended in later
/// versions of this header.
typedef struct stopgap_verify_request {
    /// The size of the struct, sizeof(stopgap_verify_request), by which the library knows
    /// the members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The user.
    struct stopgap_text user;
    /// The text that the person typed. Wipe it after the call.
    struct stopgap_text text;
    /// The purpose.
    stopgap_purpose purpose;
    /// The caller's name for this verification, so that it can be repeated safely, or NULL:
    /// 1 to 255 bytes without a NUL. Only stopgap_verification_seal and
    /// stopgap_verification_replay use it.
    struct stopgap_text idempotency_key;
    /// The network address from which the request came, or NULL. No verification depends
    /// on this member and on those that follow: they are for logs and rules.
    struct stopgap_text source_address;
    /// The caller's id of the request, or NULL.
    struct stopgap_text request_id;
    /// The reason for the request, or NULL.
    struct stopgap_text reason;
    /// The ticket of the help desk, or NULL.
    struct stopgap_text ticket;
} stopgap_verify_request;

/// The sealed record of an online code: everything but the code, and the tag (SPEC,
/// "Online codes" and "Records at rest"). Every call checks the tag, which covers all
/// other members: a record that was changed outside Stopgap is STOPGAP_ERR_TAMPERED.
///
/// The tag is also the version of the record. Update the stored row only if its tag is
/// still the one that you loaded; otherwise load and decide again. Compare the id with what
/// you asked the store for: a whole record in the place of another one has a tag that fits.
/// The struct has no padding, so it can be written to a file as it is, and read on a
/// machine of the same byte order.
typedef struct stopgap_online_grant {
    /// The time of issue.
    int64_t issued_at;
    /// The instant from which the code is valid; STOPGAP_NEVER if from issue.
    int64_t not_before;
    /// The expiry: the code is valid before this instant.
    int64_t expires_at;
    /// The time of revocation; STOPGAP_NEVER if it was not revoked.
    int64_t revoked_at;
    /// The key that made the digest and the tag.
    uint32_t key_id;
    /// The purposes for which it may be used.
    stopgap_purposes purposes;
    /// The number of uses allowed, or STOPGAP_UNLIMITED.
    uint32_t max_uses;
    /// The number of uses, counted only if they are limited.
    uint32_t uses;
    /// The format of the code.
    struct stopgap_format format;
    /// The id of the record.
    struct stopgap_record_id id;
    /// HMAC(online key, text(user) ‖ code).
    struct stopgap_digest digest;
    /// The tag of all other members.
    struct stopgap_tag tag;
    /// The user.
    char user[STOPGAP_NAME_SIZE];
} stopgap_online_grant;

/// The grant of a verified online code.
typedef struct stopgap_granted {
    /// The expiry of the code.
    int64_t expires_at;
    /// The end of the password-only lock that a code for STOPGAP_PURPOSE_BYPASS activates on the
    /// machine at which it was typed: pass it to stopgap_agent_activate. STOPGAP_NEVER for
    /// another purpose.
    int64_t password_only_until;
    /// The purpose.
    stopgap_purpose purpose;
    /// The number of uses left after this one, or STOPGAP_UNLIMITED.
    uint32_t uses_left;
} stopgap_granted;

/// The key from which all others are derived (SPEC, "Keys"): a secret of 32 bytes, which
/// must be uniformly random. Store it where others cannot read it, and wipe it with
/// stopgap_wipe when a key ring holds it.
typedef struct stopgap_master_key {
    /// The secret bytes.
    uint8_t bytes[32];
} stopgap_master_key;

/// The policy by which online codes are issued (SPEC, "Online codes"). Start from
/// stopgap_online_policy_default() and change some members.
typedef struct stopgap_online_policy {
    /// The instant from which the codes are valid; STOPGAP_NEVER if from issue. The
    /// validity counts from it.
    int64_t not_before;
    /// The format of the codes.
    struct stopgap_format format;
    /// The validity of the codes.
    stopgap_validity validity;
    /// The purposes of the codes; at least one.
    stopgap_purposes purposes;
    /// The number of uses of each code, or STOPGAP_UNLIMITED.
    uint32_t max_uses;
} stopgap_online_policy;

/// A request to issue an online code. Set `size` and `user`; the other members may be
/// zeros. Members may be appended in later versions of this header.
typedef struct stopgap_issue_request {
    /// The size of the struct, sizeof(stopgap_issue_request), by which the library knows
    /// the members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The user.
    struct stopgap_text user;
    /// The network address from which the request came, or NULL. No code depends on this
    /// member and on those that follow: they are for logs and rules.
    struct stopgap_text source_address;
    /// The caller's id of the request, or NULL.
    struct stopgap_text request_id;
    /// The reason for which the code is issued, or NULL.
    struct stopgap_text reason;
    /// The ticket of the help desk, or NULL.
    struct stopgap_text ticket;
} stopgap_issue_request;

/// The sealed record of a preset, a named policy (SPEC, "Records at rest"). Open it before
/// you issue by the policy. The struct has no padding, so it can be written to a file as it
/// is.
typedef struct stopgap_preset {
    /// The instant from which the codes are valid; STOPGAP_NEVER if from issue.
    int64_t not_before;
    /// The format of the codes.
    struct stopgap_format format;
    /// The validity of the codes.
    stopgap_validity validity;
    /// The purposes of the codes.
    stopgap_purposes purposes;
    /// The number of uses of each code, or STOPGAP_UNLIMITED.
    uint32_t max_uses;
    /// The key that made the tag.
    uint32_t key_id;
    /// The tag of all other members. It is also the version of the record: update the
    /// stored row only if its tag is still the one that you loaded.
    struct stopgap_tag tag;
    /// The name of the preset.
    char name[STOPGAP_NAME_SIZE];
} stopgap_preset;

/// The sealed record of a user's throttle (SPEC, "Throttle" and "Records at rest"). Its tag
/// binds it to the user and, by the key, to the tenant. Open it before you use the
/// throttle, and seal the throttle after each change. The struct has no padding, so it can
/// be written to a file as it is.
typedef struct stopgap_user_throttle {
    /// The end of the last lockout; STOPGAP_NEVER if there was none, or if it has no end.
    int64_t locked_until;
    /// Failed attempts since the last success or reset.
    uint32_t failures;
    /// The key that made the tag.
    uint32_t key_id;
    /// The tag of all other members. It is also the version of the record: update the
    /// stored row only if its tag is still the one that you loaded.
    struct stopgap_tag tag;
    /// The user.
    char user[STOPGAP_NAME_SIZE];
} stopgap_user_throttle;

/// The sealed record of an answered verification, to be replayed if the caller repeats it
/// with its idempotency key (SPEC, "Idempotency keys"). Store it with the answer, which the
/// tag covers as well. The struct has no padding, so it can be written to a file as it
/// is.
typedef struct stopgap_verification {
    /// The time of the answer.
    int64_t answered_at;
    /// The key that made the digest and the tag.
    uint32_t key_id;
    /// The purpose.
    stopgap_purpose purpose;
    /// The digest of the code that was typed, as that of an online code of this user.
    struct stopgap_digest digest;
    /// The tag of the answer and of all other members.
    struct stopgap_tag tag;
    /// The user.
    char user[STOPGAP_NAME_SIZE];
    /// The idempotency key.
    char idempotency_key[STOPGAP_IDEMPOTENCY_KEY_SIZE];
} stopgap_verification;

/// Verifies what a person typed, checks the tag, and counts a use if uses are limited: the
/// struct is then the new state. Store it before you act on what is granted. The code is
/// compared in constant time. Memory is allocated for the user's name only. Guard the call
/// with a throttle. For a user who may have several codes use stopgap_online_verify_any.
///
/// Errors: the first that holds of those of a name, STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_UNKNOWN,
/// STOPGAP_ERR_TAMPERED, STOPGAP_ERR_REVOKED, STOPGAP_ERR_WRONG_PURPOSE, STOPGAP_ERR_NOT_YET_VALID,
/// STOPGAP_ERR_EXPIRED, STOPGAP_ERR_USED_UP. Those from STOPGAP_ERR_TAMPERED on are returned only if
/// the right code was typed. Before them, the errors of the other arguments:
/// STOPGAP_ERR_INVALID_VALUE for an unknown purpose or size, and those of a record that is
/// none.
STOPGAP_MUST_USE
stopgap_status stopgap_online_verify(struct stopgap_online_grant *grant,
                                     const struct stopgap_key_ring *ring,
                                     const struct stopgap_verify_request *request,
                                     int64_t now,
                                     struct stopgap_granted *granted,
                                     struct stopgap_error *error);

/// Verifies what a person typed against all the codes of that person, and counts a use of
/// the one that fits: only this one changes. Store the record at `index` before you act on
/// what is granted.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE; those of a name; then those of stopgap_online_verify
/// for the record whose code was typed. If the text is the code of no record:
/// STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED if it fits no format, as stopgap_normalize_any
/// has it; STOPGAP_ERR_KEY_MISSING if it could only be a code whose key is missing; otherwise
/// STOPGAP_ERR_UNKNOWN. Those of a record that is none, at `index` of the error, if it comes
/// before the one that fits.
STOPGAP_MUST_USE
stopgap_status stopgap_online_verify_any(struct stopgap_online_grant *grants,
                                         size_t count,
                                         const struct stopgap_key_ring *ring,
                                         const struct stopgap_verify_request *request,
                                         int64_t now,
                                         size_t *index,
                                         struct stopgap_granted *granted,
                                         struct stopgap_error *error);

/// Revokes the code: the struct is then the new state, to be stored. A second time changes
/// nothing: the first time stays. Check first that the actor may do this:
/// STOPGAP_ACTION_REVOKE_CODE.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TAMPERED; those of a
/// record that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_online_revoke(struct stopgap_online_grant *grant,
                                     const struct stopgap_key_ring *ring,
                                     int64_t now,
                                     struct stopgap_error *error);

/// Checks that the code was not revoked and has not expired, before a granted answer is
/// replayed (SPEC, "Idempotency keys").
///
/// Errors: the first that holds of STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_KEY_MISSING,
/// STOPGAP_ERR_TAMPERED, STOPGAP_ERR_REVOKED, STOPGAP_ERR_EXPIRED; those of a record that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_online_check_not_ended(const struct stopgap_online_grant *grant,
                                              const struct stopgap_key_ring *ring,
                                              int64_t now,
                                              struct stopgap_error *error);

/// Checks the tag of a record: for a list. stopgap_online_verify checks it as well.
///
/// Errors: STOPGAP_ERR_TAMPERED if record and tag do not fit; STOPGAP_ERR_KEY_MISSING; those of a
/// record that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_online_open(const struct stopgap_online_grant *grant,
                                   const struct stopgap_key_ring *ring,
                                   struct stopgap_error *error);

/// Makes a ring of one key. The ring keeps what it needs of the key: wipe yours.
///
/// Free the ring with stopgap_key_ring_free.
STOPGAP_MUST_USE
stopgap_status stopgap_key_ring_new(uint32_t key_id,
                                    const struct stopgap_master_key *master,
                                    struct stopgap_key_ring **ring,
                                    struct stopgap_error *error);

/// Adds a key, which becomes the primary key. The other keys continue to verify. Add the
/// keys of a store from the oldest to the newest.
///
/// Errors: STOPGAP_ERR_KEY_DUPLICATE.
STOPGAP_MUST_USE
stopgap_status stopgap_key_ring_add(struct stopgap_key_ring *ring,
                                    uint32_t key_id,
                                    const struct stopgap_master_key *master,
                                    struct stopgap_error *error);

/// Retires a key. Codes and records that were made with it are refused from now on.
///
/// Errors: STOPGAP_ERR_KEY_PRIMARY for the primary key, STOPGAP_ERR_KEY_MISSING.
STOPGAP_MUST_USE
stopgap_status stopgap_key_ring_retire(struct stopgap_key_ring *ring,
                                       uint32_t key_id,
                                       struct stopgap_error *error);

/// Writes the id of the primary key.
STOPGAP_MUST_USE
stopgap_status stopgap_key_ring_primary_id(const struct stopgap_key_ring *ring,
                                           uint32_t *key_id,
                                           struct stopgap_error *error);

/// Derives the ring of a tenant: the tenant's key of each master key, under the same id.
///
/// Free the ring with stopgap_key_ring_free. Errors: those of a name,
/// STOPGAP_ERR_NAME_INVALID_UNICODE to STOPGAP_ERR_NAME_BLANK.
STOPGAP_MUST_USE
stopgap_status stopgap_key_ring_tenant(const struct stopgap_key_ring *ring,
                                       struct stopgap_text tenant,
                                       struct stopgap_key_ring **tenant_ring,
                                       struct stopgap_error *error);

/// Writes a check value under each key, the primary key first. It shows whether a store was
/// made with the key, and nothing else (SPEC, "Records at rest"). It is no secret: store
/// it, and compare it when the store is opened.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL, with the number of keys in `count`.
STOPGAP_MUST_USE
stopgap_status stopgap_key_ring_check_values(const struct stopgap_key_ring *ring,
                                             struct stopgap_keyed_digest *values,
                                             size_t capacity,
                                             size_t *count,
                                             struct stopgap_error *error);

/// Writes the digest of an online code of this user under each key, the primary key first,
/// by which a store finds the grant. The same code of another user has another digest.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL, with the number of keys in `count`; those of a
/// name, and of a code that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_key_ring_online_digests(const struct stopgap_key_ring *ring,
                                               struct stopgap_text user,
                                               const struct stopgap_code *code,
                                               struct stopgap_keyed_digest *digests,
                                               size_t capacity,
                                               size_t *count,
                                               struct stopgap_error *error);

/// Writes the digest of a security code under each key, the primary key first, by which a
/// store finds the record.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL, with the number of keys in `count`; those of a
/// code that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_key_ring_security_digests(const struct stopgap_key_ring *ring,
                                                 const struct stopgap_code *code,
                                                 struct stopgap_keyed_digest *digests,
                                                 size_t capacity,
                                                 size_t *count,
                                                 struct stopgap_error *error);

/// Wipes and frees a ring, and sets the pointer to NULL. NULL, and a pointer to NULL, are
/// left alone.
void stopgap_key_ring_free(struct stopgap_key_ring **ring);

/// Generates a key; `random` may be NULL for the operating system.
///
/// Errors: STOPGAP_ERR_RANDOM_FAILED, STOPGAP_ERR_CALLBACK_FAILED.
STOPGAP_MUST_USE
stopgap_status stopgap_master_key_generate(const struct stopgap_random *random,
                                           struct stopgap_master_key *key,
                                           struct stopgap_error *error);

/// Reads a key of 64 hexadecimal digits in either case, as a key file has it; white space
/// around them is left out.
///
/// Errors: STOPGAP_ERR_KEY_WRONG_HEX_LENGTH, STOPGAP_ERR_KEY_NOT_HEX.
STOPGAP_MUST_USE
stopgap_status stopgap_master_key_from_hex(struct stopgap_text digits,
                                           struct stopgap_master_key *key,
                                           struct stopgap_error *error);

/// Derives the master key of one tenant.
///
/// Errors: those of a name, STOPGAP_ERR_NAME_INVALID_UNICODE to STOPGAP_ERR_NAME_BLANK.
STOPGAP_MUST_USE
stopgap_status stopgap_master_key_tenant(const struct stopgap_master_key *key,
                                         struct stopgap_text tenant,
                                         struct stopgap_master_key *tenant_key,
                                         struct stopgap_error *error);

/// Returns the default policy: 12 hexadecimal symbols, one day, every purpose, any number
/// of uses, valid from issue.
STOPGAP_MUST_USE
struct stopgap_online_policy stopgap_online_policy_default(void);

/// Issues a code to a user: the code, to be shown once and not stored, and its sealed
/// record, to be stored. Days and months count on the wall clock of the zone. `random` may
/// be NULL for the operating system. Check first that the actor may do this:
/// STOPGAP_ACTION_ISSUE_CODE.
///
/// Errors: those of a name and of a policy; STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_UNKNOWN_ZONE, STOPGAP_ERR_NEVER_VALID, STOPGAP_ERR_RANDOM_FAILED,
/// STOPGAP_ERR_CALLBACK_FAILED; STOPGAP_ERR_INVALID_VALUE for an unknown size of the request.
STOPGAP_MUST_USE
stopgap_status stopgap_online_issue(const struct stopgap_online_policy *policy,
                                    const struct stopgap_key_ring *ring,
                                    const struct stopgap_issue_request *request,
                                    int64_t now,
                                    struct stopgap_text zone,
                                    const struct stopgap_random *random,
                                    struct stopgap_code *code,
                                    struct stopgap_online_grant *grant,
                                    struct stopgap_error *error);

/// Seals a policy under a name, by the primary key. Check first that the actor may do this:
/// STOPGAP_ACTION_MANAGE_PRESET.
///
/// Errors: those of a name and of a policy.
STOPGAP_MUST_USE
stopgap_status stopgap_preset_seal(const struct stopgap_key_ring *ring,
                                   struct stopgap_text name,
                                   const struct stopgap_online_policy *policy,
                                   struct stopgap_preset *preset,
                                   struct stopgap_error *error);

/// Checks the tag of a preset, and writes its policy.
///
/// Errors: STOPGAP_ERR_TAMPERED if record and tag do not fit, or if the preset has another
/// name; STOPGAP_ERR_KEY_MISSING; those of a name, and of a preset that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_preset_open(const struct stopgap_preset *preset,
                                   const struct stopgap_key_ring *ring,
                                   struct stopgap_text name,
                                   struct stopgap_online_policy *policy,
                                   struct stopgap_error *error);

/// Seals the throttle of a user under the primary key.
///
/// Errors: those of a name; STOPGAP_ERR_TIME_OUT_OF_RANGE for a throttle that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_user_throttle_seal(const struct stopgap_key_ring *ring,
                                          struct stopgap_text user,
                                          const struct stopgap_throttle *throttle,
                                          struct stopgap_user_throttle *record,
                                          struct stopgap_error *error);

/// Checks the tag of a user's throttle, and writes the throttle.
///
/// Errors: STOPGAP_ERR_TAMPERED if record and tag do not fit, or if the record is another
/// user's; STOPGAP_ERR_KEY_MISSING; those of a name, and of a record that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_user_throttle_open(const struct stopgap_user_throttle *record,
                                          const struct stopgap_key_ring *ring,
                                          struct stopgap_text user,
                                          struct stopgap_throttle *throttle,
                                          struct stopgap_error *error);

/// Seals the answer to a request that has an idempotency key. `code` is the code that was
/// typed, from stopgap_normalize or stopgap_normalize_any; the text of the request is not
/// read. `answer` is in your own form.
///
/// Errors: those of a name; STOPGAP_ERR_TIME_OUT_OF_RANGE; STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY
/// unless the request has a key of 1 to 255 bytes; STOPGAP_ERR_INVALID_VALUE for an unknown
/// purpose or size; those of a code that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_verification_seal(const struct stopgap_key_ring *ring,
                                         const struct stopgap_verify_request *request,
                                         const struct stopgap_code *code,
                                         const uint8_t *answer,
                                         size_t answer_length,
                                         int64_t now,
                                         struct stopgap_verification *verification,
                                         struct stopgap_error *error);

/// Returns STOPGAP_OK if the stored answer may be returned to a verification that is
/// repeated. Call it outside stopgap_throttle_guard: a replay neither counts nor clears
/// failures. Before a granted answer is replayed, check its record by
/// stopgap_online_check_not_ended. After STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED, verify the code as
/// well, and count a failure if that is STOPGAP_ERR_UNKNOWN. `replay_seconds` is
/// STOPGAP_REPLAY_SECONDS or your own figure; a larger one than STOPGAP_MAX_REPLAY_SECONDS
/// counts as that.
///
/// Errors: the first that holds of STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TAMPERED (also if the
/// record belongs to another user or key), STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED,
/// STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED (another code or purpose); before them
/// STOPGAP_ERR_INVALID_VALUE for an unknown purpose or size, and those of a code or a record
/// that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_verification_replay(const struct stopgap_verification *verification,
                                           const uint8_t *answer,
                                           size_t answer_length,
                                           const struct stopgap_key_ring *ring,
                                           const struct stopgap_verify_request *request,
                                           const struct stopgap_code *code,
                                           uint32_t replay_seconds,
                                           int64_t now,
                                           struct stopgap_error *error);

/// Checks the tag of a verification and its answer: for a list.
/// stopgap_verification_replay checks it as well.
///
/// Errors: STOPGAP_ERR_TAMPERED if record, answer and tag do not fit; STOPGAP_ERR_KEY_MISSING;
/// those of a record that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_verification_open(const struct stopgap_verification *verification,
                                         const uint8_t *answer,
                                         size_t answer_length,
                                         const struct stopgap_key_ring *ring,
                                         struct stopgap_error *error);

/* Server offline ------------------------------------------------------------------------ */

/// The size of an OCRA data input in bytes (RFC 6287, section 5.1).
#define STOPGAP_OCRA_DATA_INPUT_SIZE 235

/// The minutes of a machine's clock that a server tries (SPEC, "Request codes"). Start
/// from stopgap_locate_policy_default() and change some.
typedef struct stopgap_locate_policy {
    /// Minutes before now that are tried; 60.
    uint16_t past_minutes;
    /// Minutes after now that are tried; 5.
    uint16_t ahead_minutes;
    /// Minutes either way that are tried last, to tell a wrong clock from a mistyped
    /// code; 1,440.
    uint16_t diagnose_minutes;
    /// The window of the machine's agent: an older request is late; 30.
    uint16_t window_minutes;
} stopgap_locate_policy;

/// The policy by which a server answers request codes (SPEC, "Offline codes"). The
/// machine must have the same alphabet. Start from stopgap_offline_policy_default() and
/// change some members.
typedef struct stopgap_offline_policy {
    /// The symbols of request codes and offline codes.
    struct stopgap_alphabet alphabet;
    /// The validity of the lock, in days or a month; 1 day.
    stopgap_validity validity;
    /// The minutes of a machine's clock that are tried.
    struct stopgap_locate_policy locate;
} stopgap_offline_policy;

/// The sealed record of the enrolment of one user on one machine (SPEC, "Keys" and "Records
/// at rest"). It holds no secret: the key is derived from the server's master key. Every
/// call checks the tag, which covers all other members: a record that was changed outside
/// Stopgap is STOPGAP_ERR_TAMPERED.
///
/// The tag is also the version of the record. Update the stored row only if its tag is
/// still the one that you loaded; otherwise load and decide again. Compare user and machine
/// with what you asked the store for. The struct has no padding, so it can be written to a
/// file as it is.
typedef struct stopgap_enrolment {
    /// The time of the enrolment.
    int64_t enrolled_at;
    /// The time at which it was retired; STOPGAP_NEVER if it was not.
    int64_t retired_at;
    /// The master key from which the enrolment's key is derived.
    uint32_t key_id;
    /// The number of this enrolment; the next one has one more and retires it.
    uint32_t generation;
    /// The tag of all other members.
    struct stopgap_tag tag;
    /// The user.
    char user[STOPGAP_NAME_SIZE];
    /// The machine.
    char machine[STOPGAP_NAME_SIZE];
} stopgap_enrolment;

/// An offline code, and the request that it answers. Write all but the code to the log.
typedef struct stopgap_answer {
    /// The minute at which the machine showed the request code, by its own clock.
    int64_t minute;
    /// The end of the password-only lock, if the machine is in the zone that was given;
    /// STOPGAP_NEVER for STOPGAP_PURPOSE_RESET, which changes no lock.
    int64_t expires_at;
    /// The index of the enrolment, and so of the machine, that asked.
    size_t index;
    /// The purpose.
    stopgap_purpose purpose;
    /// The validity; one day for STOPGAP_PURPOSE_RESET, for which it has no meaning.
    stopgap_validity validity;
    /// 1 if the request is older than the agent's window, so that the machine may refuse
    /// the code; otherwise 0.
    uint32_t late;
    /// The code, to be read to the person at the machine: a secret.
    struct stopgap_code code;
} stopgap_answer;

/// The enrolment that shows a request code.
typedef struct stopgap_located {
    /// The minute at which the machine showed the code, by its own clock.
    int64_t minute;
    /// The index of the key.
    size_t index;
    /// 1 if the request is older than the agent's window, so that the machine may refuse
    /// the answer; otherwise 0.
    uint32_t late;
} stopgap_located;

/// Returns the default policy: locks of one day, the unambiguous alphabet, the figures of
/// the protocol.
STOPGAP_MUST_USE
struct stopgap_offline_policy stopgap_offline_policy_default(void);

/// Answers the request code that a user reads from a machine: finds the enrolment of the
/// user that shows it, and computes the offline code that this machine accepts once.
/// Enrolments of other users and retired ones are skipped; so are those whose tag does not
/// fit, unless no other one shows the request code.
///
/// Check first that the actor may do this: STOPGAP_ACTION_ANSWER_REQUEST. There is nothing to
/// store, because the machine remembers the codes that it redeemed. An answer cannot be
/// revoked while the machine is offline.
///
/// Errors: STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED; STOPGAP_ERR_WRONG_PURPOSE for
/// STOPGAP_PURPOSE_REGISTER, which needs the server; STOPGAP_ERR_NOT_ENROLLED, STOPGAP_ERR_CLOCK_SKEW,
/// STOPGAP_ERR_UNRECOGNISED; STOPGAP_ERR_KEY_MISSING or STOPGAP_ERR_TAMPERED if the record of a machine
/// that may be the one cannot be believed; STOPGAP_ERR_OFFLINE_VALIDITY for minutes and hours;
/// STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_UNKNOWN_ZONE, STOPGAP_ERR_INVALID_VALUE; those of a name,
/// and of a policy or an enrolment that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_offline_answer(const struct stopgap_offline_policy *policy,
                                      const struct stopgap_key_ring *ring,
                                      const struct stopgap_enrolment *enrolments,
                                      size_t count,
                                      const struct stopgap_verify_request *request,
                                      int64_t now,
                                      struct stopgap_text zone,
                                      struct stopgap_answer *answer,
                                      struct stopgap_error *error);

/// Makes the first enrolment of a user on a machine, under the primary key. It has a random
/// generation below 2^31, so that a new store under an old key does not bring back the
/// enrolments of the old store. `random` may be NULL for the operating system.
///
/// Errors: those of a name; STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_RANDOM_FAILED,
/// STOPGAP_ERR_CALLBACK_FAILED.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_new(const struct stopgap_key_ring *ring,
                                     struct stopgap_text user,
                                     struct stopgap_text machine,
                                     int64_t now,
                                     const struct stopgap_random *random,
                                     struct stopgap_enrolment *enrolment,
                                     struct stopgap_error *error);

/// Makes the enrolment that follows this one, under the primary key, in its place: store
/// it. The machine's old key answers no request any more.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TAMPERED;
/// STOPGAP_ERR_NO_GENERATION after generation 2^32 - 1; those of an enrolment that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_next(struct stopgap_enrolment *enrolment,
                                      const struct stopgap_key_ring *ring,
                                      int64_t now,
                                      struct stopgap_error *error);

/// Retires the enrolment: the struct is then the new state, to be stored, and requests of
/// the machine are not answered any more. A second time changes nothing: the first time
/// stays.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TAMPERED; those of an
/// enrolment that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_retire(struct stopgap_enrolment *enrolment,
                                        const struct stopgap_key_ring *ring,
                                        int64_t now,
                                        struct stopgap_error *error);

/// Checks the tag of an enrolment: for a list. The other calls check it as well.
///
/// Errors: STOPGAP_ERR_TAMPERED if record and tag do not fit; STOPGAP_ERR_KEY_MISSING; those of an
/// enrolment that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_open(const struct stopgap_enrolment *enrolment,
                                      const struct stopgap_key_ring *ring,
                                      struct stopgap_error *error);

/// Makes the enrolment that another server has, sealed under the primary key: for a
/// migration. Pass the values that the other server is known to have, not those of a record
/// whose tag was not checked.
///
/// Errors: those of a name; STOPGAP_ERR_TIME_OUT_OF_RANGE.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_migrate(const struct stopgap_key_ring *ring,
                                         struct stopgap_text user,
                                         struct stopgap_text machine,
                                         uint32_t generation,
                                         int64_t enrolled_at,
                                         struct stopgap_enrolment *enrolment,
                                         struct stopgap_error *error);

/// Checks the tag of an enrolment, and derives its key from its master key.
///
/// Free the key with stopgap_enrolment_key_free. Errors: STOPGAP_ERR_KEY_MISSING,
/// STOPGAP_ERR_TAMPERED; STOPGAP_ERR_REVOKED if the enrolment was retired; those of an enrolment
/// that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_key_derive(const struct stopgap_enrolment *enrolment,
                                            const struct stopgap_key_ring *ring,
                                            struct stopgap_enrolment_key **key,
                                            struct stopgap_error *error);

/// Writes the STOPGAP_KEY_SIZE secret bytes, to be sent to the machine over a channel that
/// you trust. Wipe them afterwards.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_key_reveal(const struct stopgap_enrolment_key *key,
                                            uint8_t *bytes,
                                            size_t capacity,
                                            struct stopgap_error *error);

/// Computes the request code of a minute, counted from the Unix epoch as
/// stopgap_minute_of returns it.
///
/// Errors: those of stopgap_alphabet_new.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_key_request_code(const struct stopgap_enrolment_key *key,
                                                  int64_t minute,
                                                  const struct stopgap_alphabet *alphabet,
                                                  struct stopgap_code *code,
                                                  struct stopgap_error *error);

/// Computes the offline code that answers the request code of a minute, for any purpose;
/// stopgap_offline_answer checks what may be answered.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE, STOPGAP_ERR_VALIDITY_DAYS, STOPGAP_ERR_VALIDITY_MINUTES;
/// STOPGAP_ERR_OFFLINE_VALIDITY for minutes and hours; those of stopgap_alphabet_new.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_key_offline_code(const struct stopgap_enrolment_key *key,
                                                  int64_t minute,
                                                  stopgap_purpose purpose,
                                                  stopgap_validity validity,
                                                  const struct stopgap_alphabet *alphabet,
                                                  struct stopgap_code *code,
                                                  struct stopgap_error *error);

/// Writes the OCRA data input of an offline code (RFC 6287, section 5.1). The suite is
/// "OCRA-1:HOTP-SHA256-0:QH08-S064-T1M". The code itself is longer than an OCRA response,
/// because it carries the validity.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE, STOPGAP_ERR_VALIDITY_DAYS, STOPGAP_ERR_VALIDITY_MINUTES;
/// STOPGAP_ERR_OFFLINE_VALIDITY for minutes and hours; STOPGAP_ERR_BUFFER_TOO_SMALL for less than
/// STOPGAP_OCRA_DATA_INPUT_SIZE.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_key_ocra_data_input(const struct stopgap_enrolment_key *key,
                                                     int64_t minute,
                                                     stopgap_purpose purpose,
                                                     stopgap_validity validity,
                                                     uint8_t *input,
                                                     size_t capacity,
                                                     struct stopgap_error *error);

/// Returns the figures of the protocol: 60 minutes before now, 5 after, 1,440 either way
/// for the diagnosis, and a window of 30.
STOPGAP_MUST_USE
struct stopgap_locate_policy stopgap_locate_policy_default(void);

/// Finds the enrolment that shows the request code that was typed. For each key in turn
/// it tries the minutes of the policy, nearest first, and of two as near the earlier one
/// (SPEC, "Request codes").
///
/// Errors: STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED; STOPGAP_ERR_NOT_ENROLLED without
/// keys; STOPGAP_ERR_CLOCK_SKEW, STOPGAP_ERR_UNRECOGNISED; those of stopgap_alphabet_new.
STOPGAP_MUST_USE
stopgap_status stopgap_locate(const struct stopgap_enrolment_key *const *keys,
                              size_t count,
                              struct stopgap_text typed,
                              const struct stopgap_alphabet *alphabet,
                              const struct stopgap_locate_policy *policy,
                              int64_t now,
                              struct stopgap_located *located,
                              struct stopgap_error *error);

/* Security codes ------------------------------------------------------------------------ */

/// The most scopes of a security code.
#define STOPGAP_MAX_SCOPES 32

/// The size of a scope in a struct: 64 bytes and a NUL.
#define STOPGAP_SCOPE_SIZE 65

/// The size of a description in a struct: 1,024 bytes, a NUL and seven more.
#define STOPGAP_DESCRIPTION_SIZE 1032

/// The size of a prefix in a struct: 16 bytes and a NUL.
#define STOPGAP_PREFIX_SIZE 17

/// The size of a buffer that holds the text of any security code.
#define STOPGAP_SECURITY_TEXT_SIZE 58

/// The scopes of a security code (SPEC, "Security codes"): it is either not limited by
/// scopes, or limited to 1 to 32 of them. Their meaning is the caller's business. A
/// struct full of zeros is neither, and is refused: STOPGAP_ERR_SCOPES_EMPTY. It has no
/// padding.
typedef struct stopgap_scopes {
    /// 1 if the code is not limited by scopes, and then `count` is 0; otherwise 0.
    uint32_t unlimited;
    /// The number of scopes.
    uint32_t count;
    /// The scopes, sorted; after them, zeros.
    char scopes[STOPGAP_MAX_SCOPES][STOPGAP_SCOPE_SIZE];
} stopgap_scopes;

/// The prefix of the text of security codes: 2 to 16 of a-z and 0-9, and the first is a
/// letter. Fill it in by hand; it is checked when it is used.
typedef struct stopgap_prefix {
    /// The prefix, "acme".
    char text[STOPGAP_PREFIX_SIZE];
} stopgap_prefix;

/// The access level of a security code (SPEC, "Security codes").
typedef enum stopgap_access STOPGAP_ENUM(uint32_t) {
    /// The rights of a super administrator.
    STOPGAP_ACCESS_SUPER_ADMINISTRATOR = 1,
    /// The rights of a user, but never those of a super administrator.
    STOPGAP_ACCESS_SAME_AS = 2
} stopgap_access;

/// A request to create a security code. Set `size`, `access`, and for
/// STOPGAP_ACCESS_SAME_AS the user; `scopes` must be given. The other members may be zeros.
/// Members may be appended in later versions of this header.
typedef struct stopgap_security_request {
    /// The size of the struct, sizeof(stopgap_security_request), by which the library knows
    /// the members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The scopes: from stopgap_scopes_parse, or stopgap_scopes_unlimited().
    const struct stopgap_scopes *scopes;
    /// The user of STOPGAP_ACCESS_SAME_AS.
    struct stopgap_text same_as;
    /// The access level.
    stopgap_access access;
    /// The description: one line of at most 1,024 bytes.
    struct stopgap_text description;
    /// The network address from which the request came, or NULL. No code depends on this
    /// member and on those that follow: they are for logs and rules.
    struct stopgap_text source_address;
    /// The caller's id of the request, or NULL.
    struct stopgap_text request_id;
    /// The reason for which the code is created, or NULL.
    struct stopgap_text reason;
    /// The ticket of the help desk, or NULL.
    struct stopgap_text ticket;
} stopgap_security_request;

/// The lifetime of a security code (SPEC, "Security codes"): the Unix seconds at which it
/// expires, STOPGAP_PERMANENT or STOPGAP_DELETED. stopgap_security_code_state returns the
/// state of a code, stopgap_security_code_apply changes it.
typedef int64_t stopgap_lifetime;

/// The sealed record of a security code: everything but the code, and the tag (SPEC,
/// "Security codes" and "Records at rest"). Every call checks the tag, which covers all
/// other members: a record that was changed outside Stopgap is STOPGAP_ERR_TAMPERED. Changes
/// need a super administrator.
///
/// The tag is also the version of the record. Update the stored row only if its tag is
/// still the one that you loaded; otherwise load and decide again. Compare the id with what
/// you asked the store for: a whole record in the place of another one has a tag that fits.
/// The struct has no padding, so it can be written to a file as it is.
typedef struct stopgap_security_code {
    /// The time of creation.
    int64_t created_at;
    /// The lifetime.
    stopgap_lifetime lifetime;
    /// The key that made the digest and the tag.
    uint32_t key_id;
    /// The access level.
    stopgap_access access;
    /// The id of the record.
    struct stopgap_record_id id;
    /// HMAC(security key, code).
    struct stopgap_digest digest;
    /// The tag of all other members.
    struct stopgap_tag tag;
    /// The user of STOPGAP_ACCESS_SAME_AS; otherwise empty.
    char same_as[STOPGAP_NAME_SIZE];
    /// The description: one line of text.
    char description[STOPGAP_DESCRIPTION_SIZE];
    /// The scopes to which the code is limited.
    struct stopgap_scopes scopes;
} stopgap_security_code;

/// A function of the caller that returns the roles of users.
typedef struct stopgap_role_of {
    /// Writes the role of a user and returns 0, or anything else if it cannot: the call
    /// then fails with STOPGAP_ERR_CALLBACK_FAILED. The name is not terminated. The
    /// function must not throw or longjmp.
    int32_t (*role_of)(void *context,
                       struct stopgap_text user,
                       stopgap_role *role);
    /// Passed to `role_of` unchanged.
    void *context;
} stopgap_role_of;

/// An authenticated security code.
typedef struct stopgap_authenticated {
    /// The role with whose rights it acts.
    stopgap_role role;
    /// 1 if the user is a super administrator and the code has a plain user's rights;
    /// otherwise 0.
    uint32_t limited;
    /// The user of STOPGAP_ACCESS_SAME_AS; otherwise empty.
    char user[STOPGAP_NAME_SIZE];
    /// The scopes to which it is limited.
    struct stopgap_scopes scopes;
} stopgap_authenticated;

/// The state of a security code: a column of the table in SPEC.
typedef enum stopgap_lifecycle_kind STOPGAP_ENUM(uint32_t) {
    /// The code authenticates until it expires.
    STOPGAP_LIFECYCLE_ACTIVE = 1,
    /// The code authenticates and does not expire.
    STOPGAP_LIFECYCLE_PERMANENT = 2,
    /// The code expired less than 7 days ago and can be reactivated.
    STOPGAP_LIFECYCLE_EXPIRED = 3,
    /// The code was deleted, or expired 7 days ago or more.
    STOPGAP_LIFECYCLE_GONE = 4
} stopgap_lifecycle_kind;

/// The state of a security code at an instant.
typedef struct stopgap_lifecycle_state {
    /// The expiry, future or past; otherwise STOPGAP_NEVER.
    int64_t time;
    /// The state.
    stopgap_lifecycle_kind kind;
} stopgap_lifecycle_state;

/// An event of the lifecycle of a security code: a row of the table in SPEC. To change the
/// description use stopgap_security_code_describe.
typedef enum stopgap_lifecycle_event STOPGAP_ENUM(uint32_t) {
    /// Change the expiry; a permanent code is no longer permanent.
    STOPGAP_EVENT_EDIT = 1,
    /// Make the code permanent.
    STOPGAP_EVENT_MAKE_PERMANENT = 2,
    /// Restart the 24-hour lifetime.
    STOPGAP_EVENT_RESET = 3,
    /// Reactivate an expired code for 24 hours.
    STOPGAP_EVENT_REACTIVATE = 4,
    /// Delete the code.
    STOPGAP_EVENT_DELETE = 5
} stopgap_lifecycle_event;

/// The code does not expire.
#define STOPGAP_PERMANENT INT64_MAX

/// The code was deleted.
#define STOPGAP_DELETED INT64_MIN

/// Returns STOPGAP_OK if a role may do this, otherwise STOPGAP_ERR_FORBIDDEN.
///
/// Errors: STOPGAP_ERR_FORBIDDEN; STOPGAP_ERR_INVALID_VALUE.
STOPGAP_MUST_USE
stopgap_status stopgap_role_may(stopgap_role role,
                                stopgap_action action,
                                struct stopgap_error *error);

/// Returns the scopes of a code that is not limited by scopes.
STOPGAP_MUST_USE
struct stopgap_scopes stopgap_scopes_unlimited(void);

/// Reads a list of scopes with one space between them, "orders:read orders:write". The
/// result is sorted, without repetition.
///
/// Errors: STOPGAP_ERR_SCOPES_EMPTY, STOPGAP_ERR_SCOPES_TOO_MANY, STOPGAP_ERR_SCOPE_INVALID.
STOPGAP_MUST_USE
stopgap_status stopgap_scopes_parse(struct stopgap_text text,
                                    struct stopgap_scopes *scopes,
                                    struct stopgap_error *error);

/// Creates a code of 128 random bits with a lifetime of 24 hours: its text with the prefix,
/// `stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7`, to be shown once and not stored, and
/// its sealed record, to be stored. `prefix` may be NULL for "stopgap", `random` for the
/// operating system. The buffer then holds a secret.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL (STOPGAP_SECURITY_TEXT_SIZE is enough for any), with
/// which no code exists; STOPGAP_ERR_FORBIDDEN unless the actor is a super administrator;
/// STOPGAP_ERR_DESCRIPTION_TOO_LONG, STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER,
/// STOPGAP_ERR_SCOPES_EMPTY, STOPGAP_ERR_SCOPES_TOO_MANY, STOPGAP_ERR_SCOPE_INVALID,
/// STOPGAP_ERR_PREFIX_INVALID, STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_RANDOM_FAILED,
/// STOPGAP_ERR_CALLBACK_FAILED, STOPGAP_ERR_INVALID_VALUE; those of a name.
STOPGAP_MUST_USE
stopgap_status stopgap_security_code_create(const struct stopgap_key_ring *ring,
                                            const struct stopgap_prefix *prefix,
                                            const struct stopgap_actor *actor,
                                            const struct stopgap_security_request *request,
                                            int64_t now,
                                            const struct stopgap_random *random,
                                            char *buffer,
                                            size_t capacity,
                                            size_t *needed,
                                            struct stopgap_security_code *record,
                                            struct stopgap_error *error);

/// Authenticates the text of a security code: reads it, compares the code in constant time,
/// and checks the tag. All of the `prefixes` are accepted; (NULL, 0) stands for "stopgap".
/// `role_of` is asked for the user's role, for STOPGAP_ACCESS_SAME_AS only.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED,
/// STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_UNKNOWN (also for a code that is gone), STOPGAP_ERR_TAMPERED,
/// or STOPGAP_ERR_EXPIRED if the right code was presented in the week after its expiry;
/// STOPGAP_ERR_PREFIX_INVALID; STOPGAP_ERR_CALLBACK_FAILED, STOPGAP_ERR_INVALID_VALUE if `role_of`
/// returned no role; those of a record that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_security_code_authenticate(const struct stopgap_security_code *record,
                                                  const struct stopgap_key_ring *ring,
                                                  const struct stopgap_prefix *prefixes,
                                                  size_t prefix_count,
                                                  struct stopgap_text presented,
                                                  const struct stopgap_role_of *role_of,
                                                  int64_t now,
                                                  struct stopgap_authenticated *authenticated,
                                                  struct stopgap_error *error);

/// Checks the tag of a record, and writes the state of its lifetime now.
///
/// Errors: STOPGAP_ERR_TAMPERED, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TIME_OUT_OF_RANGE; those of a
/// record that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_security_code_state(const struct stopgap_security_code *record,
                                           const struct stopgap_key_ring *ring,
                                           int64_t now,
                                           struct stopgap_lifecycle_state *state,
                                           struct stopgap_error *error);

/// Applies an event of the lifecycle: the struct is then the new state, to be stored.
/// `expires_at`, the new expiry, is used for STOPGAP_EVENT_EDIT only.
///
/// Errors: STOPGAP_ERR_FORBIDDEN to STOPGAP_ERR_ALREADY_ACTIVE, STOPGAP_ERR_TAMPERED,
/// STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_INVALID_VALUE; those of a record
/// that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_security_code_apply(struct stopgap_security_code *record,
                                           const struct stopgap_key_ring *ring,
                                           const struct stopgap_actor *actor,
                                           stopgap_lifecycle_event event,
                                           int64_t expires_at,
                                           int64_t now,
                                           struct stopgap_error *error);

/// Changes the description, to one line of at most 1,024 bytes: the struct is then the new
/// state, to be stored.
///
/// Errors: as stopgap_security_code_apply; STOPGAP_ERR_DESCRIPTION_TOO_LONG,
/// STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER.
STOPGAP_MUST_USE
stopgap_status stopgap_security_code_describe(struct stopgap_security_code *record,
                                              const struct stopgap_key_ring *ring,
                                              const struct stopgap_actor *actor,
                                              struct stopgap_text description,
                                              int64_t now,
                                              struct stopgap_error *error);

/// Checks the tag of a record: for a list. The other calls check it as well.
///
/// Errors: STOPGAP_ERR_TAMPERED if record and tag do not fit; STOPGAP_ERR_KEY_MISSING; those of a
/// record that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_security_code_open(const struct stopgap_security_code *record,
                                          const struct stopgap_key_ring *ring,
                                          struct stopgap_error *error);

/// Writes the text of a security code that stopgap_security_read has read, to be copied and
/// pasted: `stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7`. `prefix` may be NULL for
/// "stopgap". The buffer then holds a secret.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL (STOPGAP_SECURITY_TEXT_SIZE is enough for any);
/// STOPGAP_ERR_PREFIX_INVALID; STOPGAP_ERR_WRONG_LENGTH, STOPGAP_ERR_UNEXPECTED_SYMBOL or
/// STOPGAP_ERR_NOT_TERMINATED if the struct holds no security code.
STOPGAP_MUST_USE
stopgap_status stopgap_security_text(const struct stopgap_code *code,
                                     const struct stopgap_prefix *prefix,
                                     char *buffer,
                                     size_t capacity,
                                     size_t *needed,
                                     struct stopgap_error *error);

/// Reads the text of a security code as stopgap_normalize reads a code, and checks its
/// prefix and its check: for stopgap_key_ring_security_digests, by which a store finds the
/// record. All of the `prefixes` are accepted; (NULL, 0) stands for "stopgap".
///
/// Errors: STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED, if no prefix fits those of the
/// prefix that agrees longest; STOPGAP_ERR_PREFIX_INVALID.
STOPGAP_MUST_USE
stopgap_status stopgap_security_read(const struct stopgap_prefix *prefixes,
                                     size_t count,
                                     struct stopgap_text typed,
                                     struct stopgap_code *code,
                                     struct stopgap_error *error);

/* Text ---------------------------------------------------------------------------------- */

/// The size of a buffer that holds any code without its hyphens.
#define STOPGAP_CANONICAL_SIZE 33

/// The size of a buffer that holds any code in words, in any language.
#define STOPGAP_SPOKEN_SIZE 392

/// The size of a buffer that holds any purpose.
#define STOPGAP_PURPOSE_TEXT_SIZE 9

/// The size of a buffer that holds any role.
#define STOPGAP_ROLE_TEXT_SIZE 20

/// The size of a buffer that holds any validity.
#define STOPGAP_VALIDITY_TEXT_SIZE 8

/// Returns `0123456789ABCDEF`, the alphabet of security codes and the default of online
/// codes.
STOPGAP_MUST_USE
struct stopgap_alphabet stopgap_alphabet_hex(void);

/// Returns `Z3467ACEFHJKRWXY`, the default of request codes and offline codes: no two of
/// its symbols look or sound alike.
STOPGAP_MUST_USE
struct stopgap_alphabet stopgap_alphabet_unambiguous(void);

/// Makes an alphabet of your own, with the look-alikes to fold, or 0. A look-alike whose
/// digit is no symbol changes nothing.
///
/// Errors: STOPGAP_ERR_ALPHABET_WRONG_COUNT first, then for the first wrong symbol
/// STOPGAP_ERR_ALPHABET_LOWER_CASE, STOPGAP_ERR_ALPHABET_NOT_A_SYMBOL or
/// STOPGAP_ERR_ALPHABET_REPEATED; STOPGAP_ERR_ALPHABET_AMBIGUOUS; STOPGAP_ERR_INVALID_VALUE for
/// unknown look-alikes.
STOPGAP_MUST_USE
stopgap_status stopgap_alphabet_new(struct stopgap_text symbols,
                                    stopgap_look_alikes look_alikes,
                                    struct stopgap_alphabet *alphabet,
                                    struct stopgap_error *error);

/// Computes the check symbol of any number of symbols, by ISO/IEC 7064, hybrid system MOD
/// 17,16. The symbols are in upper case and without hyphens. The time that this takes
/// depends on them, so they must not be a secret.
///
/// Errors: STOPGAP_ERR_UNEXPECTED_SYMBOL for any other character; those of
/// stopgap_alphabet_new.
STOPGAP_MUST_USE
stopgap_status stopgap_alphabet_check_symbol(const struct stopgap_alphabet *alphabet,
                                             struct stopgap_text symbols,
                                             char *check_symbol,
                                             struct stopgap_error *error);

/// Writes the symbols without hyphens: `3F9A77C201BE`. The buffer then holds a secret.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL (STOPGAP_CANONICAL_SIZE is enough for any);
/// STOPGAP_ERR_WRONG_LENGTH, STOPGAP_ERR_UNEXPECTED_SYMBOL or STOPGAP_ERR_NOT_TERMINATED if the struct
/// holds no code.
STOPGAP_MUST_USE
stopgap_status stopgap_code_canonical(const struct stopgap_code *code,
                                      char *buffer,
                                      size_t capacity,
                                      size_t *needed,
                                      struct stopgap_error *error);

/// Writes words to read aloud: `Three Foxtrot Nine Alfa, Seven Seven …`, with the ICAO
/// spelling alphabet and plain English digits; in German with the alphabet of DIN 5009.
/// Words differ in length, so this form takes time that depends on the code; the others do
/// not. The buffer then holds a secret.
///
/// Errors: as stopgap_code_canonical; STOPGAP_ERR_INVALID_VALUE if the language is none.
/// STOPGAP_SPOKEN_SIZE is enough for any code.
STOPGAP_MUST_USE
stopgap_status stopgap_code_spoken(const struct stopgap_code *code,
                                   stopgap_language language,
                                   char *buffer,
                                   size_t capacity,
                                   size_t *needed,
                                   struct stopgap_error *error);

/// Returns the default format of online codes: 12 hexadecimal symbols.
STOPGAP_MUST_USE
struct stopgap_format stopgap_format_online(void);

/// Returns the default format of offline codes: 16 symbols of the unambiguous alphabet.
STOPGAP_MUST_USE
struct stopgap_format stopgap_format_offline(void);

/// Reads what a person typed. White space, hyphens, invisible characters, case, full
/// width, and punctuation at both ends do not matter (SPEC, "Reading what a person
/// typed"). Nothing is allocated.
///
/// Errors: STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED; those of stopgap_alphabet_new,
/// STOPGAP_ERR_CODE_LENGTH, STOPGAP_ERR_CODE_CHECKED_LENGTH and STOPGAP_ERR_INVALID_VALUE for a
/// format that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_normalize(const struct stopgap_format *format,
                                 struct stopgap_text typed,
                                 struct stopgap_code *code,
                                 struct stopgap_error *error);

/// Reads what a person typed in one of several formats, such as those of all codes of a
/// user. Writes a code for each reading, in the order of the formats: at least one, none
/// twice, and at most 8. Without formats, (NULL, 0), it is the format of
/// stopgap_format_online.
///
/// Errors: if no format fits, STOPGAP_ERR_CHECK_FAILED if the check symbol of one does not fit,
/// otherwise STOPGAP_ERR_WRONG_LENGTH for the nearest length, or the error of the first format;
/// STOPGAP_ERR_BUFFER_TOO_SMALL, with the number of codes in `count`; those of a format that is
/// none, at `index` of the error.
STOPGAP_MUST_USE
stopgap_status stopgap_normalize_any(const struct stopgap_format *formats,
                                     size_t format_count,
                                     struct stopgap_text typed,
                                     struct stopgap_code *codes,
                                     size_t capacity,
                                     size_t *count,
                                     struct stopgap_error *error);

/// Makes a code of random bytes of your own, which must be uniform: one symbol per
/// nibble, most significant first. A nibble that is left over is not used, and neither is
/// the one in the place of the check symbol.
///
/// Errors: STOPGAP_ERR_CODE_BYTES unless there are as many bytes as the symbols need, two
/// symbols to a byte; those of a format that is none.
STOPGAP_MUST_USE
stopgap_status stopgap_encode(const struct stopgap_format *format,
                              const uint8_t *bytes,
                              size_t length,
                              struct stopgap_code *code,
                              struct stopgap_error *error);

/// Reads a language tag or the name of a locale, in any case: `de`, `de-AT`, `de_DE.UTF-8`.
///
/// Errors: STOPGAP_ERR_NO_SUCH_LANGUAGE, also for the locales `C` and `POSIX`.
STOPGAP_MUST_USE
stopgap_status stopgap_language_parse(struct stopgap_text text,
                                      stopgap_language *language,
                                      struct stopgap_error *error);

/// Writes a sentence for the log with all details of a failure, in English. It never has
/// a character of a code.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL; STOPGAP_ERR_INVALID_VALUE if the struct was changed.
STOPGAP_MUST_USE
stopgap_status stopgap_error_message(const struct stopgap_error *error,
                                     char *buffer,
                                     size_t capacity,
                                     size_t *needed);

/// Writes the sentence for the person at the screen, with times on the wall clock of a
/// zone, in a language. It does not tell a guesser which part of a guess was wrong. For a
/// status that is no refusal it is the sentence of stopgap_status_message, in English.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL, STOPGAP_ERR_UNKNOWN_ZONE; STOPGAP_ERR_INVALID_VALUE if the
/// language is none or the struct was changed.
STOPGAP_MUST_USE
stopgap_status stopgap_error_public_message(const struct stopgap_error *error,
                                            struct stopgap_text zone_name,
                                            stopgap_language language,
                                            char *buffer,
                                            size_t capacity,
                                            size_t *needed);

/// Reads `reset`, `register` or `bypass`, in any case.
///
/// Errors: STOPGAP_ERR_NO_SUCH_PURPOSE.
STOPGAP_MUST_USE
stopgap_status stopgap_purpose_parse(struct stopgap_text text,
                                     stopgap_purpose *purpose,
                                     struct stopgap_error *error);

/// Writes the protocol's word: `reset`, `register` or `bypass`.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE; STOPGAP_ERR_BUFFER_TOO_SMALL (STOPGAP_PURPOSE_TEXT_SIZE is
/// enough).
STOPGAP_MUST_USE
stopgap_status stopgap_purpose_text(stopgap_purpose purpose,
                                    char *buffer,
                                    size_t capacity,
                                    size_t *needed,
                                    struct stopgap_error *error);

/// Reads `user`, `help_desk`, `administrator` or `super_administrator`, in any
/// case.
///
/// Errors: STOPGAP_ERR_NO_SUCH_ROLE.
STOPGAP_MUST_USE
stopgap_status stopgap_role_parse(struct stopgap_text text,
                                  stopgap_role *role,
                                  struct stopgap_error *error);

/// Writes the protocol's word for a role.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE; STOPGAP_ERR_BUFFER_TOO_SMALL (STOPGAP_ROLE_TEXT_SIZE is
/// enough).
STOPGAP_MUST_USE
stopgap_status stopgap_role_text(stopgap_role role,
                                 char *buffer,
                                 size_t capacity,
                                 size_t *needed,
                                 struct stopgap_error *error);

/// Returns the name of a status for a log, such as "STOPGAP_ERR_EXPIRED". Without the
/// prefix and in lower case it is the protocol's word for the reason, if there is one.
/// The text is static and never NULL; "STOPGAP_STATUS_UNKNOWN" for an unknown number.
STOPGAP_MUST_USE
const char *stopgap_status_name(stopgap_status status);

/// Returns one sentence for a person: the public message of a refusal, otherwise the
/// remedy. The text is static and never NULL. With an error struct,
/// stopgap_error_message and stopgap_error_public_message tell more.
STOPGAP_MUST_USE
const char *stopgap_status_message(stopgap_status status);

/// Reads ISO 8601 in upper case, `P7D`, `P1M`, `PT1H30M`, or what people type, in any
/// case: `7d`, `7 days`, `1mo`, `1 month`, `90m`, `90 min`, `8h`, `8 hours`, `1h30m`.
///
/// Errors: STOPGAP_ERR_VALIDITY_DAYS, STOPGAP_ERR_VALIDITY_MONTHS, STOPGAP_ERR_VALIDITY_MINUTES,
/// STOPGAP_ERR_VALIDITY_FORM.
STOPGAP_MUST_USE
stopgap_status stopgap_validity_parse(struct stopgap_text text,
                                      stopgap_validity *validity,
                                      struct stopgap_error *error);

/// Writes the validity in ISO 8601: `P7D`, `P1M`, `PT8H`, `PT90M`.
///
/// Errors: STOPGAP_ERR_VALIDITY_DAYS or STOPGAP_ERR_VALIDITY_MINUTES for a number that is none;
/// STOPGAP_ERR_BUFFER_TOO_SMALL (STOPGAP_VALIDITY_TEXT_SIZE is enough).
STOPGAP_MUST_USE
stopgap_status stopgap_validity_text(stopgap_validity validity,
                                     char *buffer,
                                     size_t capacity,
                                     size_t *needed,
                                     struct stopgap_error *error);

/// Computes the expiry of a code that is valid from an instant. Days and months count on
/// the wall clock of a zone: a wall-clock time that occurs twice means the first, and one
/// that is skipped is read with the offset before the gap (RFC 5545, section 3.3.5).
/// Minutes and hours are elapsed time.
///
/// Errors: STOPGAP_ERR_VALIDITY_DAYS, STOPGAP_ERR_VALIDITY_MINUTES, STOPGAP_ERR_UNKNOWN_ZONE;
/// STOPGAP_ERR_TIME_OUT_OF_RANGE if either instant is outside the years 1 to 9999, in UTC or
/// on the wall clock.
STOPGAP_MUST_USE
stopgap_status stopgap_validity_expires_at(stopgap_validity validity,
                                           int64_t valid_from,
                                           struct stopgap_text zone,
                                           int64_t *expires_at,
                                           struct stopgap_error *error);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* STOPGAP_H */
