/**
 * @file
 * Stopgap: temporary access codes, issued, verified, answered offline, redeemed once.
 * Generated from bindings/c/src by `cargo xtask header`.
 *
 * The sections follow each other as a reader needs them: Basics, Agent, Server online, Server
 * offline, Security codes, Text. SPEC in the comments is the protocol:
 * crates/stopgap/SPEC.md.
 *
 * # The contract of every function
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
 * Records are handles. ..._to_bytes writes all that a server stores about one, with its
 * tag, as portable bytes, and ..._from_bytes makes the handle again. ..._info writes the
 * members without a check, to be listed or to be stored in columns; any other call that uses
 * a record checks the tag first: STOPGAP_ERR_TAMPERED if the record was changed outside
 * Stopgap. A call that changes a record gives it a new tag; if the call fails, the record
 * stays as it is. The tag is thus the version of the record: keep a copy of the tag that
 * you loaded, and update the stored row only if its tag is still that one.
 *
 * Requests. The struct of a request begins with its size, so that later versions can append
 * members: set `size` to the sizeof of the struct, fill the struct with zeros otherwise, and
 * set the members that you need. The struct of an output that may grow begins with its size
 * as well: set it before the call, which writes only the members that it covers.
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
 * STOPGAP_ERR_OUT_OF_MEMORY and has changed nothing; it does not end the process. If the
 * library was loaded by dlopen, the loader allocates memory at the first call of each thread,
 * and glibc ends the process if there is none. In each thread, call a function that returns a
 * status while there is memory. A call takes about 20 KiB of stack.
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
 * Threads. Threads share no state of the library; each remembers the last zone that it used.
 * Functions may be called from any thread at the same time, unless one call changes the
 * arguments of another; the comment of each handle lists the calls that change it.
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

/** The version of this header; stopgap_version() is the library's. */
#define STOPGAP_VERSION "0.1.0"
/** The first number of the version. */
#define STOPGAP_VERSION_MAJOR 0
/** The second number of the version. */
#define STOPGAP_VERSION_MINOR 1
/** The third number of the version. */
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

#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
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

/// Bytes of the caller, which must not change during the call.
typedef struct stopgap_bytes {
    /// The bytes.
    const uint8_t *ptr;
    /// The number of bytes.
    size_t len;
} stopgap_bytes;

/// The size of an enrolment key in bytes, and of a master key.
#define STOPGAP_KEY_SIZE 32

/// The size of a name in a struct: 255 bytes and a NUL.
#define STOPGAP_NAME_SIZE 256

/// Any number of uses. A record from another program that allows exactly 4,294,967,295
/// uses is shown as this one.
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
/// (SPEC, "Alphabets"). It never changes: any number of threads may use it at the same
/// time.
typedef struct stopgap_alphabet stopgap_alphabet;

/// The symbols of an alphabet, and the look-alikes that it folds. Set `size` before the
/// call. Members may be appended in later versions of this header.
struct stopgap_alphabet_info {
    /// The size of the struct, sizeof(stopgap_alphabet_info). Other sizes are those of other
    /// versions of this header, or STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The 16 symbols, lent by the alphabet until it is freed.
    struct stopgap_text symbols;
    /// The look-alikes that are folded when a code is read.
    stopgap_look_alikes look_alikes;
};

/// The figures of a throttle (SPEC, "Throttle"). Start from
/// stopgap_throttle_policy_default() and change some.
typedef struct stopgap_throttle_policy {
    /// Failures after which attempts are locked out; 5. With 0 the first failure locks,
    /// for twice the first delay.
    uint32_t free_failures;
    /// Seconds of the first lockout; each further failure doubles them; 60.
    uint32_t first_delay_seconds;
    /// Seconds of the longest lockout with an end; 3,600.
    uint32_t max_delay_seconds;
    /// Failures after which the lockout has no end, so that an administrator must
    /// unlock; 100. With 0 every attempt is locked out.
    uint32_t hard_limit;
} stopgap_throttle_policy;

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
    /// An idempotency key has 1 to 255 bytes, not `found`.
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
    /// The text is no enrolment file, or it was changed at the byte `position`.
    STOPGAP_ERR_ENROLMENT_FILE = 511,
    /// The enrolment file has the version `found`, which only a newer library reads.
    STOPGAP_ERR_ENROLMENT_FILE_VERSION = 512,
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
    STOPGAP_ERR_PREFIX_INVALID = 771,
    /// The bytes are those of no sealed record of this kind: they are damaged, cut short, or of
    /// another kind or version.
    STOPGAP_ERR_RECORD_BYTES = 801
} stopgap_status;

/* An enum has 32 bits here as in the library: compile without -fshort-enums. */
typedef char stopgap_enums_have_32_bits[sizeof(stopgap_status) == 4 ? 1 : -1];

/// The class of a status: what a program does about it.
typedef enum stopgap_class STOPGAP_ENUM(uint32_t) {
    /// The call succeeded.
    STOPGAP_CLASS_OK = 0,
    /// A mistake in the program: log it, and correct the program.
    STOPGAP_CLASS_MISUSE = 1,
    /// A code was mistyped: show the public message and ask again. It is no guess.
    STOPGAP_CLASS_TYPO = 2,
    /// A name, a word, a policy or a setting is not allowed: show the message to the person who
    /// entered it.
    STOPGAP_CLASS_INVALID = 3,
    /// The request is refused: show the public message, and log the status.
    STOPGAP_CLASS_REFUSED = 4,
    /// Attempts are locked out: show the public message, which tells until when.
    STOPGAP_CLASS_LOCKED_OUT = 5,
    /// A clock is wrong: show the public message, and have the clock set.
    STOPGAP_CLASS_CLOCK = 6,
    /// A stored record, a sealed state or a key is damaged or missing: show the public message,
    /// and tell an administrator.
    STOPGAP_CLASS_RECORD = 7,
    /// A callback, the operating system or the library failed: show the public message, log the
    /// status, and try again later.
    STOPGAP_CLASS_SYSTEM = 8
} stopgap_class;

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
    /// The symbols; NULL for those of stopgap_alphabet_hex. The format that a call writes
    /// has an alphabet that the record lends until it changes or is freed.
    const struct stopgap_alphabet *alphabet;
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

/// The place of digests, an array.
typedef struct stopgap_digests {
    /// The array.
    struct stopgap_keyed_digest *ptr;
    /// The number of digests for which it has room.
    size_t capacity;
    /// The number of digests, one for each key: written by the call, also if the room does
    /// not suffice.
    size_t count;
} stopgap_digests;

/// The place of codes, an array.
typedef struct stopgap_codes {
    /// The array.
    struct stopgap_code *ptr;
    /// The number of codes for which it has room.
    size_t capacity;
    /// The number of codes: written by the call, also if the room does not suffice.
    size_t count;
} stopgap_codes;

/// The actor of a call, whom you have authenticated.
typedef struct stopgap_actor {
    /// The actor's name.
    struct stopgap_text name;
    /// The actor's role.
    stopgap_role role;
} stopgap_actor;

/// The failed attempts of one user on a server (SPEC, "Throttle"). Start from
/// stopgap_throttle_new(), and assign that to forget all failures. Store it, sealed by
/// stopgap_user_throttle_seal, beside the codes that it guards.
typedef struct stopgap_throttle {
    /// The end of the last lockout; STOPGAP_NEVER if there was none, or if it has no end.
    int64_t locked_until;
    /// Failed attempts since the last success or unlock.
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

/// Returns a throttle without failures: for a new user, after a success, or if an
/// administrator unlocks.
STOPGAP_MUST_USE
struct stopgap_throttle stopgap_throttle_new(void);

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

/// Runs an attempt unless attempts are locked out. A success clears the failures,
/// STOPGAP_ERR_UNKNOWN counts as one, and any other status changes nothing: neither a typo
/// nor an invalid name is a guess. Replays of an earlier answer do not belong here. Store the throttle afterwards, whatever is returned.
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
/// Threads: one at a time; several may call stopgap_agent_request_code, stopgap_agent_lock
/// and stopgap_agent_seal together.
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
    /// The symbols of request codes and offline codes, the same as at the server; NULL for
    /// those of stopgap_alphabet_unambiguous.
    const struct stopgap_alphabet *alphabet;
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

/// Seals the state as it is now.
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

/// A request to redeem an offline code. Set `size`, `typed` and `purpose`; the other
/// members may be zeros. Members may be appended in later versions of this header.
typedef struct stopgap_redeem_request {
    /// The size of the struct, sizeof(stopgap_redeem_request), by which the library knows
    /// the members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The text that the person typed. Wipe it after the call.
    struct stopgap_text typed;
    /// STOPGAP_PURPOSE_BYPASS or STOPGAP_PURPOSE_RESET.
    stopgap_purpose purpose;
    /// The time zone in which the days of the lock are counted, such as "Europe/Berlin";
    /// UTC if it is empty.
    struct stopgap_text zone;
} stopgap_redeem_request;

/// Redeems the offline code that a person typed. A code for STOPGAP_PURPOSE_BYPASS activates
/// the password-only lock, and the call writes the end of the lock to `until`. A code for
/// STOPGAP_PURPOSE_RESET allows a password reset now: the lock does not change, and `until`
/// is STOPGAP_NEVER. The call allocates no memory, and compares the codes of all minutes
/// within the window in constant time. On failure `until` is not written.
///
/// Errors: STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED; then the first that holds of
/// STOPGAP_ERR_WRONG_PURPOSE (registration needs the server), STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_CLOCK_ROLLED_BACK, STOPGAP_ERR_THROTTLED, STOPGAP_ERR_USED_UP,
/// STOPGAP_ERR_EXPIRED, STOPGAP_ERR_UNKNOWN. Only the last counts as a failure.
/// STOPGAP_ERR_CALLBACK_FAILED if the state could not be stored: the code may be used up,
/// and the lock is not active until stopgap_agent_log_on has stored the state.
/// STOPGAP_ERR_UNKNOWN_ZONE; STOPGAP_ERR_INVALID_VALUE for an unknown purpose, and for an
/// unknown size of the request.
STOPGAP_MUST_USE
stopgap_status stopgap_agent_redeem(struct stopgap_agent *agent,
                                    const struct stopgap_redeem_request *request,
                                    int64_t now,
                                    const struct stopgap_keep *keep,
                                    int64_t *until,
                                    struct stopgap_error *error);

/// Writes the end of the password-only lock if the lock is active: for display. Nothing
/// changes and nothing is stored; call stopgap_agent_log_on when a person logs on.
///
/// Errors: STOPGAP_ERR_NO_LOCK if no lock is active, or if its state could not be stored;
/// STOPGAP_ERR_CLOCK_ROLLED_BACK or STOPGAP_ERR_TIME_OUT_OF_RANGE, because with a wrong
/// clock the lock is not active. On failure `until` is not written.
STOPGAP_MUST_USE
stopgap_status stopgap_agent_lock(const struct stopgap_agent *agent,
                                  int64_t now,
                                  int64_t *until,
                                  struct stopgap_error *error);

/// Raises the clock floor, and writes the end of the password-only lock if the lock is
/// active: call it when a person logs on with name and password only. It calls `keep` only
/// if the stored clock floor lags by a minute or more, if the lock has ended since it was
/// stored, or if an earlier state could not be stored.
///
/// Errors: STOPGAP_ERR_NO_LOCK if no lock is active; STOPGAP_ERR_CLOCK_ROLLED_BACK or
/// STOPGAP_ERR_TIME_OUT_OF_RANGE, because with a wrong clock the lock is not active;
/// STOPGAP_ERR_CALLBACK_FAILED. On failure `until` is not written.
STOPGAP_MUST_USE
stopgap_status stopgap_agent_log_on(struct stopgap_agent *agent,
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

/// The content of an enrolment file without its key. Set `size` before the call.
typedef struct stopgap_enrolment_file {
    /// The size of the struct, sizeof(stopgap_enrolment_file), by which the library knows
    /// the members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The number of the enrolment.
    uint32_t generation;
    /// 1 if an agent has used the enrolment, so that there must be a sealed state; otherwise
    /// 0. Without its state a used enrolment would redeem its codes again.
    uint32_t used;
    /// The user, ended by a NUL.
    char user[STOPGAP_NAME_SIZE];
    /// The machine, ended by a NUL.
    char machine[STOPGAP_NAME_SIZE];
} stopgap_enrolment_file;

/// Reads the content of the file that `stopgap machine enrol` writes, and makes the key in
/// it. Wipe yours afterwards. The members may have any order, and a byte-order mark may come
/// first; a member that is repeated or unknown is an error.
///
/// Free the key with stopgap_enrolment_key_free. Errors: STOPGAP_ERR_ENROLMENT_FILE with the
/// `position` in bytes; STOPGAP_ERR_ENROLMENT_FILE_VERSION with the version as `found`. On
/// failure `key` and `info` are not written.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_read(struct stopgap_text file,
                                      struct stopgap_enrolment_key **key,
                                      struct stopgap_enrolment_file *info,
                                      struct stopgap_error *error);

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
    /// The policy; NULL for that of stopgap_online_policy_default().
    const struct stopgap_online_policy *policy;
    /// The IANA name of the zone in which days and months are counted, or (NULL, 0) for
    /// UTC.
    struct stopgap_text zone;
    /// The source of random numbers; NULL for the operating system.
    const struct stopgap_random *random;
    /// The network address from which the request came, or (NULL, 0). No code depends on
    /// this member and on those that follow: they are for logs and rules.
    struct stopgap_text source_address;
    /// The caller's id of the request, or (NULL, 0).
    struct stopgap_text request_id;
    /// The reason for which the code is issued, or (NULL, 0).
    struct stopgap_text reason;
    /// The ticket of the help desk, or (NULL, 0).
    struct stopgap_text ticket;
} stopgap_issue_request;

/// A request to verify an online code. Set `size`, `user`, `text` and `purpose`; the other
/// members may be zeros. Members may be appended in later versions of this header.
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
    /// The network address from which the request came, or (NULL, 0). No verification
    /// depends on this member and on those that follow: they are for logs and rules.
    struct stopgap_text source_address;
    /// The caller's id of the request, or (NULL, 0).
    struct stopgap_text request_id;
    /// The reason for the request, or (NULL, 0).
    struct stopgap_text reason;
    /// The ticket of the help desk, or (NULL, 0).
    struct stopgap_text ticket;
} stopgap_verify_request;

/// The sealed record of an online code: everything but the code, and the tag (SPEC,
/// "Online codes" and "Records at rest"). Every call but ..._info, ..._to_bytes and
/// ..._free checks the tag, which covers all other members: a record that was changed
/// outside Stopgap is STOPGAP_ERR_TAMPERED.
///
/// A call that changes the record changes the handle: store its bytes before you act. If
/// the call fails, the handle is unchanged. Compare the id in ..._info with the id that
/// you asked the store for: a whole record in the place of another one has a tag that fits.
///
/// Threads: any number may use it at the same time in calls that take it as const;
/// stopgap_online_verify, stopgap_online_verify_any, stopgap_online_revoke and
/// stopgap_online_grant_free need it alone.
typedef struct stopgap_online_grant stopgap_online_grant;

/// The records of all codes of a user: an array of pointers.
typedef struct stopgap_online_grants {
    /// The array. No record occurs twice in it.
    struct stopgap_online_grant *const *ptr;
    /// The number of records.
    size_t count;
} stopgap_online_grants;

/// The grant of a verified online code. Set `size` before the call. Members may be appended
/// in later versions of this header.
typedef struct stopgap_granted {
    /// The size of the struct, sizeof(stopgap_granted). Other sizes are those of other
    /// versions of this header, or STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The index of the record whose code was typed, for stopgap_online_verify_any;
    /// otherwise 0.
    size_t index;
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

/// The members of the record of an online code, to be listed or to be stored in columns. Set `size`
/// before the call. Members may be appended in later versions of this header.
struct stopgap_online_grant_info {
    /// The size of the struct, sizeof(stopgap_online_grant_info). Other sizes are those of
    /// other versions of this header, or STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The user, lent by the record until it changes or is freed.
    struct stopgap_text user;
    /// The time of issue.
    int64_t issued_at;
    /// The instant from which the code is valid; STOPGAP_NEVER if from issue.
    int64_t not_before;
    /// The expiry: the code is valid before this instant.
    int64_t expires_at;
    /// The time of revocation; STOPGAP_NEVER if it was not revoked.
    int64_t revoked_at;
    /// The format of the code. Its alphabet is lent by the record until it changes or is
    /// freed.
    struct stopgap_format format;
    /// The key that made the digest and the tag.
    uint32_t key_id;
    /// The purposes for which it may be used.
    stopgap_purposes purposes;
    /// The number of uses allowed, or STOPGAP_UNLIMITED.
    uint32_t max_uses;
    /// The number of uses, counted only if they are limited.
    uint32_t uses;
    /// The id of the record.
    struct stopgap_record_id id;
    /// HMAC(online key, text(user) ‖ code), by which a store finds the record.
    struct stopgap_digest digest;
    /// The tag, which is also the version of the record: update the stored row only if its
    /// tag is still the one that you loaded; otherwise load and decide again.
    struct stopgap_tag tag;
};

/// The sealed record of a preset, a named policy (SPEC, "Records at rest"). Open it before
/// you issue by the policy. It never changes: any number of threads may use it at the same
/// time.
typedef struct stopgap_preset stopgap_preset;

/// The members of a preset, to be listed or to be stored in columns. Set `size`
/// before the call. Members may be appended in later versions of this header.
struct stopgap_preset_info {
    /// The size of the struct, sizeof(stopgap_preset_info). Other sizes are those of other
    /// versions of this header, or STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The name of the preset, lent by the record until it is freed.
    struct stopgap_text name;
    /// The policy. Its alphabet is lent by the record until it is freed.
    struct stopgap_online_policy policy;
    /// The key that made the tag.
    uint32_t key_id;
    /// The tag, which is also the version of the record: update the stored row only if its
    /// tag is still the one that you loaded.
    struct stopgap_tag tag;
};

/// The sealed record of a user's throttle (SPEC, "Throttle" and "Records at rest"). Its tag
/// binds it to the user and, by the key, to the tenant. Open it before you use the
/// throttle, and seal the throttle after each change. It never changes: any number of
/// threads may use it at the same time.
typedef struct stopgap_user_throttle stopgap_user_throttle;

/// The members of a user's throttle, to be listed or to be stored in columns. Set `size`
/// before the call. Members may be appended in later versions of this header.
struct stopgap_user_throttle_info {
    /// The size of the struct, sizeof(stopgap_user_throttle_info). Other sizes are those of
    /// other versions of this header, or STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The user, lent by the record until it is freed.
    struct stopgap_text user;
    /// The end of the last lockout; STOPGAP_NEVER if there was none, or if it has no end.
    int64_t locked_until;
    /// Failed attempts since the last success or unlock.
    uint32_t failures;
    /// The key that made the tag.
    uint32_t key_id;
    /// The tag, which is also the version of the record: update the stored row only if its
    /// tag is still the one that you loaded.
    struct stopgap_tag tag;
};

/// The sealed record of an answered verification, to be replayed if the caller repeats it
/// with its idempotency key (SPEC, "Idempotency keys"). It has the answer, which the tag
/// covers as well. It never changes: any number of threads may use it at the same time.
typedef struct stopgap_verification stopgap_verification;

/// A verification under an idempotency key. Set `size`, `user`, `idempotency_key`,
/// `purpose` and `code`; the other members may be zeros. Members may be appended in later
/// versions of this header.
typedef struct stopgap_verification_request {
    /// The size of the struct, sizeof(stopgap_verification_request), by which the library
    /// knows the members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The user.
    struct stopgap_text user;
    /// The caller's name for this verification, so that it can be repeated safely: 1 to 255
    /// bytes of UTF-8.
    struct stopgap_text idempotency_key;
    /// The purpose.
    stopgap_purpose purpose;
    /// The code that was typed, from stopgap_normalize or stopgap_normalize_any.
    const struct stopgap_code *code;
    /// The answer to store, in your own form, or (NULL, 0). Only stopgap_verification_seal
    /// uses it.
    struct stopgap_bytes answer;
    /// Seconds for which the answer is replayed; 0 for STOPGAP_REPLAY_SECONDS. A larger
    /// figure than STOPGAP_MAX_REPLAY_SECONDS counts as that. Only
    /// stopgap_verification_replay uses it.
    uint32_t replay_seconds;
} stopgap_verification_request;

/// The members of the record of a verification, to be listed or to be stored in columns. Set `size`
/// before the call. Members may be appended in later versions of this header.
struct stopgap_verification_info {
    /// The size of the struct, sizeof(stopgap_verification_info). Other sizes are those of
    /// other versions of this header, or STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The user, lent by the record until it is freed.
    struct stopgap_text user;
    /// The idempotency key, lent by the record until it is freed.
    struct stopgap_text idempotency_key;
    /// The answer, lent by the record until it is freed.
    struct stopgap_bytes answer;
    /// The time of the answer.
    int64_t answered_at;
    /// The key that made the digest and the tag.
    uint32_t key_id;
    /// The purpose.
    stopgap_purpose purpose;
    /// The digest of the code that was typed, as that of an online code of this user.
    struct stopgap_digest digest;
    /// The tag, which is also the version of the record.
    struct stopgap_tag tag;
};

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
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL.
STOPGAP_MUST_USE
stopgap_status stopgap_key_ring_check_values(const struct stopgap_key_ring *ring,
                                             struct stopgap_digests *digests,
                                             struct stopgap_error *error);

/// Writes the digest of an online code of this user under each key, the primary key first,
/// by which a store finds the grant. The same code of another user has another digest.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL; those of a
/// name, and of an invalid code.
STOPGAP_MUST_USE
stopgap_status stopgap_key_ring_online_digests(const struct stopgap_key_ring *ring,
                                               struct stopgap_text user,
                                               const struct stopgap_code *code,
                                               struct stopgap_digests *digests,
                                               struct stopgap_error *error);

/// Writes the digest of a security code under each key, the primary key first, by which a
/// store finds the record.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL; those of an
/// invalid code.
STOPGAP_MUST_USE
stopgap_status stopgap_key_ring_security_digests(const struct stopgap_key_ring *ring,
                                                 const struct stopgap_code *code,
                                                 struct stopgap_digests *digests,
                                                 struct stopgap_error *error);

/// Wipes and frees a ring, and sets the pointer to NULL. NULL, and a pointer to NULL, are
/// left alone.
void stopgap_key_ring_free(struct stopgap_key_ring **ring);

/// Returns the default policy: 12 hexadecimal symbols, one day, every purpose, any number
/// of uses, valid from issue.
STOPGAP_MUST_USE
struct stopgap_online_policy stopgap_online_policy_default(void);

/// Issues a code to a user: the code, to be shown once and not stored, and its sealed
/// record, to be stored. Check first that the actor may do this: STOPGAP_ACTION_ISSUE_CODE.
/// Wipe the code, and free the record with stopgap_online_grant_free.
///
/// Errors: those of a name and of a policy; STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_UNKNOWN_ZONE, STOPGAP_ERR_NEVER_VALID, STOPGAP_ERR_RANDOM_FAILED,
/// STOPGAP_ERR_CALLBACK_FAILED; STOPGAP_ERR_INVALID_VALUE for an unknown size of the request.
STOPGAP_MUST_USE
stopgap_status stopgap_online_issue(const struct stopgap_key_ring *ring,
                                    const struct stopgap_issue_request *request,
                                    int64_t now,
                                    struct stopgap_code *code,
                                    struct stopgap_online_grant **grant,
                                    struct stopgap_error *error);

/// Verifies what a person typed, checks the tag, and counts a use if uses are limited.
/// Store the record before you act on what is granted. The code is compared in constant
/// time, and nothing is allocated. Guard the call with a throttle. For a user who may have
/// several codes use stopgap_online_verify_any.
///
/// Errors: the first that holds of STOPGAP_ERR_TIME_OUT_OF_RANGE, those of a name,
/// STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_UNKNOWN,
/// STOPGAP_ERR_TAMPERED, STOPGAP_ERR_REVOKED, STOPGAP_ERR_WRONG_PURPOSE, STOPGAP_ERR_NOT_YET_VALID,
/// STOPGAP_ERR_EXPIRED, STOPGAP_ERR_USED_UP. Those from STOPGAP_ERR_TAMPERED on are returned only if
/// the right code was typed. Before them, STOPGAP_ERR_INVALID_VALUE for an unknown purpose or
/// size.
STOPGAP_MUST_USE
stopgap_status stopgap_online_verify(struct stopgap_online_grant *grant,
                                     const struct stopgap_key_ring *ring,
                                     const struct stopgap_verify_request *request,
                                     int64_t now,
                                     struct stopgap_granted *granted,
                                     struct stopgap_error *error);

/// Verifies what a person typed against all the codes of that person, and counts a use of
/// the one that fits: only this one changes. Store the record at `granted.index` before you
/// act on what is granted.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE; those of a name; then those of stopgap_online_verify
/// for the record whose code was typed. If the text is the code of no record:
/// STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED if it fits no format, as stopgap_normalize_any
/// has it; STOPGAP_ERR_KEY_MISSING if it could only be a code whose key is missing; otherwise
/// STOPGAP_ERR_UNKNOWN. Before them, STOPGAP_ERR_INVALID_VALUE for an unknown purpose or size,
/// and STOPGAP_ERR_NULL_ARGUMENT with the `index` of a pointer that is NULL.
STOPGAP_MUST_USE
stopgap_status stopgap_online_verify_any(struct stopgap_online_grants grants,
                                         const struct stopgap_key_ring *ring,
                                         const struct stopgap_verify_request *request,
                                         int64_t now,
                                         struct stopgap_granted *granted,
                                         struct stopgap_error *error);

/// Revokes the code. Store the record afterwards. A second time changes nothing: the first
/// time stays. Check first that the actor may do this: STOPGAP_ACTION_REVOKE_CODE.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TAMPERED.
STOPGAP_MUST_USE
stopgap_status stopgap_online_revoke(struct stopgap_online_grant *grant,
                                     const struct stopgap_key_ring *ring,
                                     int64_t now,
                                     struct stopgap_error *error);

/// Checks that the code was not revoked and has not expired, before a granted answer is
/// replayed (SPEC, "Idempotency keys").
///
/// Errors: the first that holds of STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_KEY_MISSING,
/// STOPGAP_ERR_TAMPERED, STOPGAP_ERR_REVOKED, STOPGAP_ERR_EXPIRED.
STOPGAP_MUST_USE
stopgap_status stopgap_online_check_not_ended(const struct stopgap_online_grant *grant,
                                              const struct stopgap_key_ring *ring,
                                              int64_t now,
                                              struct stopgap_error *error);

/// Checks the tag of a record: for a list. stopgap_online_verify checks it as well.
///
/// Errors: STOPGAP_ERR_KEY_MISSING; STOPGAP_ERR_TAMPERED if record and tag do not fit.
STOPGAP_MUST_USE
stopgap_status stopgap_online_open(const struct stopgap_online_grant *grant,
                                   const struct stopgap_key_ring *ring,
                                   struct stopgap_error *error);

/// Writes the members of a record *without* a check of its tag: for a list or an index, not
/// for a decision. stopgap_online_open checks the tag.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE for an unknown size.
STOPGAP_MUST_USE
stopgap_status stopgap_online_grant_info(const struct stopgap_online_grant *grant,
                                         struct stopgap_online_grant_info *info,
                                         struct stopgap_error *error);

/// Writes the record as portable bytes, which are the same on every platform (SPEC,
/// "Records as bytes").
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL; the capacity needed is written to `needed`, which
/// may be NULL.
STOPGAP_MUST_USE
stopgap_status stopgap_online_grant_to_bytes(const struct stopgap_online_grant *grant,
                                             uint8_t *buffer,
                                             size_t capacity,
                                             size_t *needed,
                                             struct stopgap_error *error);

/// Makes a record of its portable bytes. The tag is not checked before a call that uses
/// the record. Free it with stopgap_online_grant_free.
///
/// Errors: STOPGAP_ERR_RECORD_BYTES.
STOPGAP_MUST_USE
stopgap_status stopgap_online_grant_from_bytes(struct stopgap_bytes bytes,
                                               struct stopgap_online_grant **grant,
                                               struct stopgap_error *error);

/// Frees a record, and sets the pointer to NULL. NULL, and a pointer to NULL, are left
/// alone.
void stopgap_online_grant_free(struct stopgap_online_grant **grant);

/// Seals the throttle of a user under the primary key. Free the record with
/// stopgap_user_throttle_free.
///
/// Errors: those of a name; STOPGAP_ERR_TIME_OUT_OF_RANGE for an invalid throttle.
STOPGAP_MUST_USE
stopgap_status stopgap_user_throttle_seal(const struct stopgap_key_ring *ring,
                                          struct stopgap_text user,
                                          const struct stopgap_throttle *throttle,
                                          struct stopgap_user_throttle **record,
                                          struct stopgap_error *error);

/// Checks the tag of a user's throttle, and writes the throttle.
///
/// Errors: those of a name; STOPGAP_ERR_KEY_MISSING; STOPGAP_ERR_TAMPERED if record and tag do
/// not fit, or if the record is another user's.
STOPGAP_MUST_USE
stopgap_status stopgap_user_throttle_open(const struct stopgap_user_throttle *record,
                                          const struct stopgap_key_ring *ring,
                                          struct stopgap_text user,
                                          struct stopgap_throttle *throttle,
                                          struct stopgap_error *error);

/// Writes the members of a record *without* a check of its tag: for a list or an index, not
/// for a decision. stopgap_user_throttle_open checks the tag.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE for an unknown size.
STOPGAP_MUST_USE
stopgap_status stopgap_user_throttle_info(const struct stopgap_user_throttle *record,
                                          struct stopgap_user_throttle_info *info,
                                          struct stopgap_error *error);

/// Writes the record as portable bytes, which are the same on every platform (SPEC,
/// "Records as bytes").
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL; the capacity needed is written to `needed`, which
/// may be NULL.
STOPGAP_MUST_USE
stopgap_status stopgap_user_throttle_to_bytes(const struct stopgap_user_throttle *record,
                                              uint8_t *buffer,
                                              size_t capacity,
                                              size_t *needed,
                                              struct stopgap_error *error);

/// Makes a record of its portable bytes. The tag is not checked before
/// stopgap_user_throttle_open. Free the record with stopgap_user_throttle_free.
///
/// Errors: STOPGAP_ERR_RECORD_BYTES.
STOPGAP_MUST_USE
stopgap_status stopgap_user_throttle_from_bytes(struct stopgap_bytes bytes,
                                                struct stopgap_user_throttle **record,
                                                struct stopgap_error *error);

/// Frees a record, and sets the pointer to NULL. NULL, and a pointer to NULL, are left
/// alone.
void stopgap_user_throttle_free(struct stopgap_user_throttle **record);

/// Seals a policy under a name, by the primary key. Check first that the actor may do this:
/// STOPGAP_ACTION_MANAGE_PRESET. Free the record with stopgap_preset_free.
///
/// Errors: those of a name and of a policy.
STOPGAP_MUST_USE
stopgap_status stopgap_preset_seal(const struct stopgap_key_ring *ring,
                                   struct stopgap_text name,
                                   const struct stopgap_online_policy *policy,
                                   struct stopgap_preset **preset,
                                   struct stopgap_error *error);

/// Checks the tag of a preset, and writes its policy. The alphabet of the policy is lent by
/// the preset until it is freed.
///
/// Errors: those of a name; STOPGAP_ERR_KEY_MISSING; STOPGAP_ERR_TAMPERED if record and tag do
/// not fit, or if the preset has another name.
STOPGAP_MUST_USE
stopgap_status stopgap_preset_open(const struct stopgap_preset *preset,
                                   const struct stopgap_key_ring *ring,
                                   struct stopgap_text name,
                                   struct stopgap_online_policy *policy,
                                   struct stopgap_error *error);

/// Writes the members of a preset *without* a check of its tag: for a list or an index, not
/// for a decision. stopgap_preset_open checks the tag.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE for an unknown size.
STOPGAP_MUST_USE
stopgap_status stopgap_preset_info(const struct stopgap_preset *preset,
                                   struct stopgap_preset_info *info,
                                   struct stopgap_error *error);

/// Writes the preset as portable bytes, which are the same on every platform (SPEC,
/// "Records as bytes").
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL; the capacity needed is written to `needed`, which
/// may be NULL.
STOPGAP_MUST_USE
stopgap_status stopgap_preset_to_bytes(const struct stopgap_preset *preset,
                                       uint8_t *buffer,
                                       size_t capacity,
                                       size_t *needed,
                                       struct stopgap_error *error);

/// Makes a preset of its portable bytes. The tag is not checked before stopgap_preset_open.
/// Free the record with stopgap_preset_free.
///
/// Errors: STOPGAP_ERR_RECORD_BYTES.
STOPGAP_MUST_USE
stopgap_status stopgap_preset_from_bytes(struct stopgap_bytes bytes,
                                         struct stopgap_preset **preset,
                                         struct stopgap_error *error);

/// Frees a preset, and sets the pointer to NULL. NULL, and a pointer to NULL, are left
/// alone.
void stopgap_preset_free(struct stopgap_preset **preset);

/// Seals the answer to a verification that has an idempotency key. Free the record with
/// stopgap_verification_free.
///
/// Errors: those of a name; STOPGAP_ERR_TIME_OUT_OF_RANGE; STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY
/// unless the request has a key of 1 to 255 bytes; STOPGAP_ERR_INVALID_VALUE for an unknown
/// purpose or size; those of an invalid code.
STOPGAP_MUST_USE
stopgap_status stopgap_verification_seal(const struct stopgap_key_ring *ring,
                                         const struct stopgap_verification_request *request,
                                         int64_t now,
                                         struct stopgap_verification **verification,
                                         struct stopgap_error *error);

/// Writes the stored answer if it may be returned to a verification that is repeated. It is
/// lent by the record until it is freed.
///
/// Call it outside stopgap_throttle_guard: a replay neither counts nor clears failures.
/// Before a granted answer is replayed, check its record by
/// stopgap_online_check_not_ended. After STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED, verify the code as
/// well, and count a failure if that is STOPGAP_ERR_UNKNOWN.
///
/// Errors: the first that holds of STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TAMPERED (also if the
/// record belongs to another user or key), STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED,
/// STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED (another code or purpose); before them those of a name,
/// STOPGAP_ERR_INVALID_VALUE for an unknown purpose or size, and those of an invalid code.
STOPGAP_MUST_USE
stopgap_status stopgap_verification_replay(const struct stopgap_verification *verification,
                                           const struct stopgap_key_ring *ring,
                                           const struct stopgap_verification_request *request,
                                           int64_t now,
                                           struct stopgap_bytes *answer,
                                           struct stopgap_error *error);

/// Checks the tag of a verification, and writes the answer: for a list. The answer is lent
/// by the record until it is freed. stopgap_verification_replay checks the tag as well.
///
/// Errors: STOPGAP_ERR_KEY_MISSING; STOPGAP_ERR_TAMPERED if record and tag do not fit.
STOPGAP_MUST_USE
stopgap_status stopgap_verification_open(const struct stopgap_verification *verification,
                                         const struct stopgap_key_ring *ring,
                                         struct stopgap_bytes *answer,
                                         struct stopgap_error *error);

/// Writes the members of a record *without* a check of its tag: for a list or an index, not
/// for a decision. stopgap_verification_open checks the tag.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE for an unknown size.
STOPGAP_MUST_USE
stopgap_status stopgap_verification_info(const struct stopgap_verification *verification,
                                         struct stopgap_verification_info *info,
                                         struct stopgap_error *error);

/// Writes the record as portable bytes, which are the same on every platform (SPEC,
/// "Records as bytes").
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL; the capacity needed is written to `needed`, which
/// may be NULL.
STOPGAP_MUST_USE
stopgap_status stopgap_verification_to_bytes(const struct stopgap_verification *verification,
                                             uint8_t *buffer,
                                             size_t capacity,
                                             size_t *needed,
                                             struct stopgap_error *error);

/// Makes a record of its portable bytes. The tag is not checked before
/// stopgap_verification_replay or stopgap_verification_open. Free the record with
/// stopgap_verification_free.
///
/// Errors: STOPGAP_ERR_RECORD_BYTES.
STOPGAP_MUST_USE
stopgap_status stopgap_verification_from_bytes(struct stopgap_bytes bytes,
                                               struct stopgap_verification **verification,
                                               struct stopgap_error *error);

/// Frees a record, and sets the pointer to NULL. NULL, and a pointer to NULL, are left
/// alone.
void stopgap_verification_free(struct stopgap_verification **verification);

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
    /// The symbols of request codes and offline codes; NULL for those of
    /// stopgap_alphabet_unambiguous.
    const struct stopgap_alphabet *alphabet;
    /// The validity of the lock, in days or a month; 1 day.
    stopgap_validity validity;
    /// The minutes of a machine's clock that are tried.
    struct stopgap_locate_policy locate;
} stopgap_offline_policy;

/// The sealed record of the enrolment of one user on one machine (SPEC, "Keys" and "Records
/// at rest"). It holds no secret: the key is derived from the server's master key. Every
/// call but ..._info, ..._to_bytes and ..._free checks the tag, which covers all other
/// members: a record that was changed outside Stopgap is STOPGAP_ERR_TAMPERED.
///
/// A call that changes the record changes the handle: store its bytes before you act. If the
/// call fails, the handle is unchanged. Compare user and machine in ..._info with those that
/// you asked the store for: a whole record in the place of another one has a tag that fits.
///
/// Threads: any number may use it at the same time in calls that take it as const;
/// stopgap_enrolment_next, stopgap_enrolment_retire and stopgap_enrolment_free need it alone.
typedef struct stopgap_enrolment stopgap_enrolment;

/// The members of an enrolment, to be listed or to be stored in columns. Set `size`
/// before the call. Members may be appended in later versions of this header.
struct stopgap_enrolment_info {
    /// The size of the struct, sizeof(stopgap_enrolment_info). Other sizes are those of other
    /// versions of this header, or STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The user, lent by the record until it changes or is freed.
    struct stopgap_text user;
    /// The machine, lent by the record until it changes or is freed.
    struct stopgap_text machine;
    /// The time of the enrolment.
    int64_t enrolled_at;
    /// The time at which it was retired; STOPGAP_NEVER if it was not.
    int64_t retired_at;
    /// The master key from which the enrolment's key is derived.
    uint32_t key_id;
    /// The number of this enrolment; the next one has one more and retires it.
    uint32_t generation;
    /// The tag, which is also the version of the record: update the stored row only if its
    /// tag is still the one that you loaded; otherwise load and decide again.
    struct stopgap_tag tag;
};

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

/// A request to answer the request code of a machine. Set `size`, `user`, `text`, the
/// enrolments and `purpose`; the other members may be zeros. Members may be appended in later
/// versions of this header.
typedef struct stopgap_answer_request {
    /// The size of the struct, sizeof(stopgap_answer_request), by which the library knows the
    /// members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The user.
    struct stopgap_text user;
    /// The request code that the user read out.
    struct stopgap_text text;
    /// The enrolments of the machines that may have shown it: an array of pointers. The
    /// call changes none of them.
    struct stopgap_enrolment *const *enrolments;
    /// The number of enrolments.
    size_t count;
    /// The purpose.
    stopgap_purpose purpose;
    /// The policy; NULL for that of stopgap_offline_policy_default().
    const struct stopgap_offline_policy *policy;
    /// The IANA name of the zone in which days and months are counted, or (NULL, 0) for UTC.
    struct stopgap_text zone;
    /// The network address from which the request came, or (NULL, 0). No answer depends on
    /// this member and on those that follow: they are for logs and rules.
    struct stopgap_text source_address;
    /// The caller's id of the request, or (NULL, 0).
    struct stopgap_text request_id;
    /// The reason for the request, or (NULL, 0).
    struct stopgap_text reason;
    /// The ticket of the help desk, or (NULL, 0).
    struct stopgap_text ticket;
} stopgap_answer_request;

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
/// STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_UNKNOWN_ZONE, STOPGAP_ERR_INVALID_VALUE;
/// STOPGAP_ERR_NULL_ARGUMENT with the `index` of an enrolment that is NULL; those of a name and
/// of a policy.
STOPGAP_MUST_USE
stopgap_status stopgap_offline_answer(const struct stopgap_key_ring *ring,
                                      const struct stopgap_answer_request *request,
                                      int64_t now,
                                      struct stopgap_answer *answer,
                                      struct stopgap_error *error);

/// A request to enrol a user on a machine. Set `size`, `user` and `machine`; `random` may be
/// NULL. Members may be appended in later versions of this header.
typedef struct stopgap_enrolment_request {
    /// The size of the struct, sizeof(stopgap_enrolment_request), by which the library knows
    /// the members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The user.
    struct stopgap_text user;
    /// The machine.
    struct stopgap_text machine;
    /// The source of random numbers; NULL for the operating system. A migration needs none.
    const struct stopgap_random *random;
} stopgap_enrolment_request;

/// Makes the first enrolment of a user on a machine, under the primary key. It has a random
/// generation below 2^31, so that a new store under an old key does not bring back the
/// enrolments of the old store. Free the record with stopgap_enrolment_free.
///
/// Errors: those of a name; STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_RANDOM_FAILED,
/// STOPGAP_ERR_CALLBACK_FAILED; STOPGAP_ERR_INVALID_VALUE for an unknown size of the request.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_new(const struct stopgap_key_ring *ring,
                                     const struct stopgap_enrolment_request *request,
                                     int64_t now,
                                     struct stopgap_enrolment **enrolment,
                                     struct stopgap_error *error);

/// Makes the enrolment that follows this one, under the primary key, in its place: store
/// it. The machine's old key answers no request any more. On failure the record is unchanged.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TAMPERED;
/// STOPGAP_ERR_NO_GENERATION after generation 2^32 - 1.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_next(struct stopgap_enrolment *enrolment,
                                      const struct stopgap_key_ring *ring,
                                      int64_t now,
                                      struct stopgap_error *error);

/// Retires the enrolment: the record is then in the new state, to be stored, and requests of
/// the machine are not answered any more. A second time changes nothing: the first time
/// stays. On failure the record is unchanged.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TAMPERED.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_retire(struct stopgap_enrolment *enrolment,
                                        const struct stopgap_key_ring *ring,
                                        int64_t now,
                                        struct stopgap_error *error);

/// Checks the tag of an enrolment: for a list. The other calls check it as well.
///
/// Errors: STOPGAP_ERR_TAMPERED if record and tag do not fit; STOPGAP_ERR_KEY_MISSING.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_open(const struct stopgap_enrolment *enrolment,
                                      const struct stopgap_key_ring *ring,
                                      struct stopgap_error *error);

/// Makes the enrolment that another server has, sealed under the primary key: for a
/// migration. Pass the values that the other server is known to have, not those of a record
/// whose tag was not checked. Free the record with stopgap_enrolment_free.
///
/// Errors: those of a name; STOPGAP_ERR_TIME_OUT_OF_RANGE; STOPGAP_ERR_INVALID_VALUE for an
/// unknown size of the request.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_migrate(const struct stopgap_key_ring *ring,
                                         const struct stopgap_enrolment_request *request,
                                         uint32_t generation,
                                         int64_t enrolled_at,
                                         struct stopgap_enrolment **enrolment,
                                         struct stopgap_error *error);

/// Writes the members of an enrolment *without* a check of its tag: for a list or an index,
/// not for a decision. stopgap_enrolment_open checks the tag.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE for an unknown size.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_info(const struct stopgap_enrolment *enrolment,
                                      struct stopgap_enrolment_info *info,
                                      struct stopgap_error *error);

/// Writes the enrolment as portable bytes, which are the same on every platform (SPEC,
/// "Records as bytes").
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL; the capacity needed is written to `needed`, which
/// may be NULL.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_to_bytes(const struct stopgap_enrolment *enrolment,
                                          uint8_t *buffer,
                                          size_t capacity,
                                          size_t *needed,
                                          struct stopgap_error *error);

/// Makes an enrolment of its portable bytes. The tag is not checked before the first call
/// that uses it. Free the record with stopgap_enrolment_free.
///
/// Errors: STOPGAP_ERR_RECORD_BYTES.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_from_bytes(struct stopgap_bytes bytes,
                                            struct stopgap_enrolment **enrolment,
                                            struct stopgap_error *error);

/// Frees an enrolment, and sets the pointer to NULL. NULL, and a pointer to NULL, are left
/// alone.
void stopgap_enrolment_free(struct stopgap_enrolment **enrolment);

/// Checks the tag of an enrolment, and derives its key from its master key.
///
/// Free the key with stopgap_enrolment_key_free. Errors: STOPGAP_ERR_KEY_MISSING,
/// STOPGAP_ERR_TAMPERED; STOPGAP_ERR_REVOKED if the enrolment was retired.
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
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_key_request_code(const struct stopgap_enrolment_key *key,
                                                  int64_t minute,
                                                  const struct stopgap_alphabet *alphabet,
                                                  struct stopgap_code *code,
                                                  struct stopgap_error *error);

/// The inputs of an offline code besides the key (SPEC, "Offline codes").
typedef struct stopgap_offline_inputs {
    /// The minute in which the machine showed the request code, counted from the Unix epoch
    /// as stopgap_minute_of returns it.
    int64_t minute;
    /// The purpose.
    stopgap_purpose purpose;
    /// The validity, in days or a month.
    stopgap_validity validity;
} stopgap_offline_inputs;

/// Computes the offline code that answers the request code of a minute, for any purpose;
/// stopgap_offline_answer checks what may be answered. On failure `code` is not written.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE, STOPGAP_ERR_VALIDITY_DAYS, STOPGAP_ERR_VALIDITY_MINUTES;
/// STOPGAP_ERR_OFFLINE_VALIDITY for minutes and hours.
STOPGAP_MUST_USE
stopgap_status stopgap_enrolment_key_offline_code(const struct stopgap_enrolment_key *key,
                                                  struct stopgap_offline_inputs inputs,
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
                                                     struct stopgap_offline_inputs inputs,
                                                     uint8_t *input,
                                                     size_t capacity,
                                                     struct stopgap_error *error);

/// Returns the figures of the protocol: 60 minutes before now, 5 after, 1,440 either way
/// for the diagnosis, and a window of 30.
STOPGAP_MUST_USE
struct stopgap_locate_policy stopgap_locate_policy_default(void);

/// A request to find a machine. Set `size`, `typed`, `keys` and `count`; the other members
/// may be zeros. Members may be appended in later versions of this header.
typedef struct stopgap_locate_request {
    /// The size of the struct, sizeof(stopgap_locate_request), by which the library knows
    /// the members of the caller's version. Others are STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The request code that the person read out.
    struct stopgap_text typed;
    /// The keys of the machines that may have shown it: an array of pointers.
    struct stopgap_enrolment_key *const *keys;
    /// The number of keys.
    size_t count;
    /// The symbols of request codes; NULL for the unambiguous alphabet.
    const struct stopgap_alphabet *alphabet;
    /// The minutes that are tried; NULL for those of stopgap_locate_policy_default().
    const struct stopgap_locate_policy *policy;
} stopgap_locate_request;

/// Finds the enrolment that shows the request code that was typed. For each key in turn
/// it tries the minutes of the policy, nearest first, and of two as near the earlier one
/// (SPEC, "Request codes"). On failure `located` is not written.
///
/// Errors: STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED; STOPGAP_ERR_NOT_ENROLLED without
/// keys; STOPGAP_ERR_CLOCK_SKEW, STOPGAP_ERR_UNRECOGNISED; STOPGAP_ERR_NULL_ARGUMENT with the
/// `index` of a key that is NULL; those of stopgap_alphabet_new; STOPGAP_ERR_INVALID_VALUE
/// for an unknown size of the request.
STOPGAP_MUST_USE
stopgap_status stopgap_locate(const struct stopgap_locate_request *request,
                              int64_t now,
                              struct stopgap_located *located,
                              struct stopgap_error *error);

/* Security codes ------------------------------------------------------------------------ */

/// The size of the text of a security code in a struct.
#define STOPGAP_SECURITY_TEXT_SIZE 58

/// The sealed record of a security code: everything but the code, and the tag (SPEC,
/// "Security codes" and "Records at rest"). The calls that decide check the tag, which
/// covers all of the record: a record that was changed outside Stopgap is
/// STOPGAP_ERR_TAMPERED.
///
/// Store its bytes. The tag is also the version of the record: update the stored record only
/// if its tag is still the one that you loaded; otherwise load and decide again. Compare the
/// id with the one that you asked the store for: a whole record in the place of another one
/// has a tag that fits.
///
/// Threads: any number may use it at the same time in calls that take it as const;
/// stopgap_security_code_apply, _rotate and _free need it alone.
typedef struct stopgap_security_code stopgap_security_code;

/// The scopes of a security code (SPEC, "Security codes"): the code is either not limited by
/// scopes, or limited to 1 to 32 of them. A scope is 1 to 64 bytes of a-z, 0-9 and ._:/*-,
/// and its meaning is the caller's business. A struct full of zeros is neither, and is
/// refused: STOPGAP_ERR_SCOPES_EMPTY.
typedef struct stopgap_scopes {
    /// The scopes with one space between them, "orders:read orders:write"; empty if the code
    /// is not limited. A result is sorted and has no repetition.
    struct stopgap_text list;
    /// 1 if the code is not limited by scopes; otherwise 0.
    uint32_t unlimited;
} stopgap_scopes;

/// The access level of a security code (SPEC, "Security codes").
typedef enum stopgap_access STOPGAP_ENUM(uint32_t) {
    /// The rights of a super administrator.
    STOPGAP_ACCESS_SUPER_ADMINISTRATOR = 1,
    /// The rights of a user, but never those of a super administrator.
    STOPGAP_ACCESS_SAME_AS = 2
} stopgap_access;

/// A request to create a security code. Set `size`, `actor`, `access`, `scopes`, and for
/// STOPGAP_ACCESS_SAME_AS the user. The other members may be zeros. Later versions of this
/// header may append members.
typedef struct stopgap_security_request {
    /// The size of the struct, sizeof(stopgap_security_request). Other sizes than those of a
    /// version are STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The actor, a super administrator.
    struct stopgap_actor actor;
    /// The scopes.
    struct stopgap_scopes scopes;
    /// The user of STOPGAP_ACCESS_SAME_AS.
    struct stopgap_text same_as;
    /// The access level.
    stopgap_access access;
    /// 1 for a code that does not expire: `expires_at` must be 0 then. Otherwise 0.
    uint32_t permanent;
    /// The expiry; 0 for one 24 hours after the creation.
    int64_t expires_at;
    /// The description: one line of at most 1,024 bytes.
    struct stopgap_text description;
    /// The prefix of the code's text, "acme"; missing for "stopgap".
    struct stopgap_text prefix;
    /// The source of random numbers; NULL for the operating system.
    const struct stopgap_random *random;
    /// The network address from which the request came, if it is known. No code depends on
    /// this member and on those that follow: they are for logs and rules.
    struct stopgap_text source_address;
    /// The caller's id of the request.
    struct stopgap_text request_id;
    /// The reason for which the code is created.
    struct stopgap_text reason;
    /// The ticket of the help desk.
    struct stopgap_text ticket;
} stopgap_security_request;

/// The text of a security code, which is a secret: wipe it after use with stopgap_wipe.
typedef struct stopgap_security_text {
    /// The text, which ends with a NUL: `stopgap_c73e7c2106e664166e61eb3b998604de141fdcd7`.
    char text[STOPGAP_SECURITY_TEXT_SIZE];
} stopgap_security_text;

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

/// A request to authenticate the text of a security code. Set `size`, `presented` and
/// `role_of`; the other members may be zeros. Later versions of this header may append
/// members.
typedef struct stopgap_authenticate_request {
    /// The size of the struct, sizeof(stopgap_authenticate_request). Other sizes than those
    /// of a version are STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The text that was presented. Wipe it after the call.
    struct stopgap_text presented;
    /// The function that returns the role of a user. It is called for a code with
    /// STOPGAP_ACCESS_SAME_AS only.
    const struct stopgap_role_of *role_of;
    /// The prefixes that are accepted; (NULL, 0) for "stopgap".
    const struct stopgap_text *prefixes;
    /// The number of prefixes.
    size_t prefix_count;
} stopgap_authenticate_request;

/// An authenticated security code. The texts are lent by the record: they stay valid until
/// it changes or is freed. Later versions of this header may append members.
typedef struct stopgap_authenticated {
    /// The size of the struct, sizeof(stopgap_authenticated), which the caller sets. Other
    /// sizes than those of a version are STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The user of STOPGAP_ACCESS_SAME_AS; otherwise empty.
    struct stopgap_text user;
    /// The scopes to which it is limited.
    struct stopgap_scopes scopes;
    /// The role with whose rights it acts.
    stopgap_role role;
    /// 1 if the user is a super administrator and the code has a plain user's rights;
    /// otherwise 0.
    uint32_t limited;
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
    /// The expiry of an active or an expired code; otherwise STOPGAP_NEVER.
    int64_t expires_at;
    /// The state.
    stopgap_lifecycle_kind kind;
} stopgap_lifecycle_state;

/// An event of the lifecycle of a security code: a row of the table in SPEC.
typedef enum stopgap_lifecycle_event STOPGAP_ENUM(uint32_t) {
    /// Change the expiry to `expires_at`; a permanent code is no longer permanent.
    STOPGAP_EVENT_EDIT = 1,
    /// Make the code permanent.
    STOPGAP_EVENT_MAKE_PERMANENT = 2,
    /// Restart the 24-hour lifetime.
    STOPGAP_EVENT_RESET = 3,
    /// Reactivate an expired code for 24 hours.
    STOPGAP_EVENT_REACTIVATE = 4,
    /// Delete the code.
    STOPGAP_EVENT_DELETE = 5,
    /// Change the description to `description`.
    STOPGAP_EVENT_DESCRIBE = 6
} stopgap_lifecycle_event;

/// A change of a security code. Set `size`, `actor` and `event`, and the member that the
/// event uses. Later versions of this header may append members.
typedef struct stopgap_security_change {
    /// The size of the struct, sizeof(stopgap_security_change). Other sizes than those of a
    /// version are STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The actor, a super administrator.
    struct stopgap_actor actor;
    /// The event.
    stopgap_lifecycle_event event;
    /// The new expiry. Only STOPGAP_EVENT_EDIT uses it.
    int64_t expires_at;
    /// The new description: one line of at most 1,024 bytes. Only STOPGAP_EVENT_DESCRIBE
    /// uses it.
    struct stopgap_text description;
} stopgap_security_change;

/// A request to replace a security code by a new one. Set `size` and `actor`; the other
/// members may be zeros. Later versions of this header may append members.
typedef struct stopgap_rotate_request {
    /// The size of the struct, sizeof(stopgap_rotate_request). Other sizes than those of a
    /// version are STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The actor, a super administrator.
    struct stopgap_actor actor;
    /// The seconds for which the old code stays valid beside the new one, unless it expires
    /// earlier. With 0 it expires at once.
    uint64_t overlap_seconds;
    /// The expiry of the new code. 0 for a new code that is permanent like the old one, or
    /// expires after 24 hours if the old one has an expiry.
    int64_t expires_at;
    /// 1 for a new code that does not expire: `expires_at` must be 0 then. Otherwise 0.
    uint32_t permanent;
    /// The prefix of the new code's text, "acme"; missing for "stopgap".
    struct stopgap_text prefix;
    /// The source of random numbers; NULL for the operating system.
    const struct stopgap_random *random;
} stopgap_rotate_request;

/// A security code that replaces another one.
typedef struct stopgap_rotated {
    /// The text of the new code, to be shown once and not stored. It is a secret.
    struct stopgap_security_text text;
    /// The record of the new code, to be stored. Free it with stopgap_security_code_free.
    struct stopgap_security_code *record;
} stopgap_rotated;

/// The members of a security code's record. The texts are lent by the record: they stay
/// valid until it changes or is freed. Later versions of this header may append members.
struct stopgap_security_code_info {
    /// The size of the struct, sizeof(stopgap_security_code_info), which the caller sets.
    /// Other sizes than those of a version are STOPGAP_ERR_INVALID_VALUE.
    size_t size;
    /// The time of creation.
    int64_t created_at;
    /// The expiry; STOPGAP_NEVER if the code is permanent or was deleted.
    int64_t expires_at;
    /// The user of STOPGAP_ACCESS_SAME_AS; otherwise empty.
    struct stopgap_text same_as;
    /// The description.
    struct stopgap_text description;
    /// The scopes.
    struct stopgap_scopes scopes;
    /// 1 if the code does not expire; otherwise 0.
    uint32_t permanent;
    /// 1 if the code was deleted; otherwise 0.
    uint32_t deleted;
    /// The access level.
    stopgap_access access;
    /// The key that made the digest and the tag.
    uint32_t key_id;
    /// The id of the record.
    struct stopgap_record_id id;
    /// HMAC(security key, code), by which a store finds the record.
    struct stopgap_digest digest;
    /// The tag of the record.
    struct stopgap_tag tag;
};

/// Creates a code of 128 random bits: its text, to be shown once and not stored, and its
/// sealed record, to be stored. Free the record with stopgap_security_code_free, and wipe
/// the text with stopgap_wipe.
///
/// Errors: STOPGAP_ERR_FORBIDDEN unless the actor is a super administrator;
/// STOPGAP_ERR_DESCRIPTION_TOO_LONG, STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER,
/// STOPGAP_ERR_SCOPES_EMPTY, STOPGAP_ERR_SCOPES_TOO_MANY, STOPGAP_ERR_SCOPE_INVALID,
/// STOPGAP_ERR_PREFIX_INVALID, STOPGAP_ERR_EXPIRY_NOT_IN_FUTURE,
/// STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_RANDOM_FAILED, STOPGAP_ERR_CALLBACK_FAILED,
/// STOPGAP_ERR_INVALID_VALUE; those of a name.
STOPGAP_MUST_USE
stopgap_status stopgap_security_code_create(const struct stopgap_key_ring *ring,
                                            const struct stopgap_security_request *request,
                                            int64_t now,
                                            struct stopgap_security_text *text,
                                            struct stopgap_security_code **record,
                                            struct stopgap_error *error);

/// Authenticates the text of a security code: reads it, compares the code in constant time,
/// and checks the tag.
///
/// Errors: STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED,
/// STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_UNKNOWN (also for a code that is gone),
/// STOPGAP_ERR_TAMPERED, or STOPGAP_ERR_EXPIRED if the right code was presented in the week
/// after its expiry; STOPGAP_ERR_PREFIX_INVALID; STOPGAP_ERR_CALLBACK_FAILED,
/// STOPGAP_ERR_INVALID_VALUE if `role_of` returned no role.
STOPGAP_MUST_USE
stopgap_status stopgap_security_code_authenticate(const struct stopgap_security_code *record,
                                                  const struct stopgap_key_ring *ring,
                                                  const struct stopgap_authenticate_request *request,
                                                  int64_t now,
                                                  struct stopgap_authenticated *authenticated,
                                                  struct stopgap_error *error);

/// Returns 1 if the scopes of an authenticated code allow this one: the code is not limited
/// by scopes, or has this scope, byte for byte. Otherwise it returns 0, also for a struct
/// that holds no scopes.
STOPGAP_MUST_USE
uint32_t stopgap_scopes_allow(struct stopgap_scopes scopes,
                              struct stopgap_text scope);

/// Checks the tag of a record, and writes the state of its lifetime now.
///
/// Errors: STOPGAP_ERR_TAMPERED, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TIME_OUT_OF_RANGE.
STOPGAP_MUST_USE
stopgap_status stopgap_security_code_state(const struct stopgap_security_code *record,
                                           const struct stopgap_key_ring *ring,
                                           int64_t now,
                                           struct stopgap_lifecycle_state *state,
                                           struct stopgap_error *error);

/// Applies an event of the lifecycle: the record is then in the new state, to be stored. On
/// failure it is unchanged.
///
/// Errors: STOPGAP_ERR_FORBIDDEN to STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER,
/// STOPGAP_ERR_TAMPERED, STOPGAP_ERR_KEY_MISSING, STOPGAP_ERR_TIME_OUT_OF_RANGE,
/// STOPGAP_ERR_INVALID_VALUE; those of a name.
STOPGAP_MUST_USE
stopgap_status stopgap_security_code_apply(struct stopgap_security_code *record,
                                           const struct stopgap_key_ring *ring,
                                           const struct stopgap_security_change *change,
                                           int64_t now,
                                           struct stopgap_error *error);

/// Creates a code that replaces this one: a new secret and a new id under the primary key,
/// with the same access level, scopes and description. The record of the old code changes:
/// the code expires after the overlap. Store both records, or neither. On failure the record
/// is unchanged.
///
/// Errors: STOPGAP_ERR_FORBIDDEN, STOPGAP_ERR_NOT_FOUND, STOPGAP_ERR_REACTIVATE_FIRST,
/// STOPGAP_ERR_EXPIRY_NOT_IN_FUTURE, STOPGAP_ERR_TAMPERED, STOPGAP_ERR_KEY_MISSING,
/// STOPGAP_ERR_PREFIX_INVALID, STOPGAP_ERR_TIME_OUT_OF_RANGE, STOPGAP_ERR_RANDOM_FAILED,
/// STOPGAP_ERR_CALLBACK_FAILED, STOPGAP_ERR_INVALID_VALUE; those of a name.
STOPGAP_MUST_USE
stopgap_status stopgap_security_code_rotate(struct stopgap_security_code *record,
                                            const struct stopgap_key_ring *ring,
                                            const struct stopgap_rotate_request *request,
                                            int64_t now,
                                            struct stopgap_rotated *rotated,
                                            struct stopgap_error *error);

/// Checks the tag of a record: for a list. The calls that decide check it as well.
///
/// Errors: STOPGAP_ERR_TAMPERED if record and tag do not fit; STOPGAP_ERR_KEY_MISSING.
STOPGAP_MUST_USE
stopgap_status stopgap_security_code_open(const struct stopgap_security_code *record,
                                          const struct stopgap_key_ring *ring,
                                          struct stopgap_error *error);

/// Writes the members of a record: for a list, or for the columns of a store. It does not
/// check the tag; stopgap_security_code_open does.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE for a size of no version.
STOPGAP_MUST_USE
stopgap_status stopgap_security_code_info(const struct stopgap_security_code *record,
                                          struct stopgap_security_code_info *info,
                                          struct stopgap_error *error);

/// Makes a record of the bytes that stopgap_security_code_to_bytes has written. It does not
/// check the tag; the calls that decide do. Free the record with stopgap_security_code_free.
///
/// Errors: STOPGAP_ERR_RECORD_BYTES.
STOPGAP_MUST_USE
stopgap_status stopgap_security_code_from_bytes(struct stopgap_bytes bytes,
                                                struct stopgap_security_code **record,
                                                struct stopgap_error *error);

/// Writes the portable bytes of a record and its tag, to be stored (SPEC, "Records as
/// bytes"). `needed`, which may be NULL, is set to their number; (NULL, 0) only asks for it.
///
/// Errors: STOPGAP_ERR_BUFFER_TOO_SMALL.
STOPGAP_MUST_USE
stopgap_status stopgap_security_code_to_bytes(const struct stopgap_security_code *record,
                                              uint8_t *buffer,
                                              size_t capacity,
                                              size_t *needed,
                                              struct stopgap_error *error);

/// Frees a record, and sets the pointer to NULL. NULL is left alone.
void stopgap_security_code_free(struct stopgap_security_code **record);

/// Writes the text of a security code that stopgap_security_read has read, to be copied and
/// pasted. A prefix that is missing is "stopgap".
///
/// Errors: STOPGAP_ERR_PREFIX_INVALID; STOPGAP_ERR_WRONG_LENGTH,
/// STOPGAP_ERR_UNEXPECTED_SYMBOL or STOPGAP_ERR_NOT_TERMINATED if the struct holds no
/// security code.
STOPGAP_MUST_USE
stopgap_status stopgap_security_write(const struct stopgap_code *code,
                                      struct stopgap_text prefix,
                                      struct stopgap_security_text *text,
                                      struct stopgap_error *error);

/// Reads the text of a security code as stopgap_normalize reads a code, and checks its
/// prefix and its check: for stopgap_key_ring_security_digests, by which a store finds the
/// record. All of the `prefixes` are accepted; (NULL, 0) stands for "stopgap".
///
/// Errors: STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED, if no prefix fits those of the
/// prefix that agrees longest; STOPGAP_ERR_PREFIX_INVALID with the `index` of the prefix.
STOPGAP_MUST_USE
stopgap_status stopgap_security_read(const struct stopgap_text *prefixes,
                                     size_t prefix_count,
                                     struct stopgap_text presented,
                                     struct stopgap_code *code,
                                     struct stopgap_error *error);

/// Returns STOPGAP_OK if a role may do this, otherwise STOPGAP_ERR_FORBIDDEN.
///
/// Errors: STOPGAP_ERR_FORBIDDEN; STOPGAP_ERR_INVALID_VALUE.
STOPGAP_MUST_USE
stopgap_status stopgap_role_may(stopgap_role role,
                                stopgap_action action,
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
/// codes. It is static: do not free it.
STOPGAP_MUST_USE
const struct stopgap_alphabet *stopgap_alphabet_hex(void);

/// Returns `Z3467ACEFHJKRWXY`, the default of request codes and offline codes: no two of
/// its symbols look or sound alike. It is static: do not free it.
STOPGAP_MUST_USE
const struct stopgap_alphabet *stopgap_alphabet_unambiguous(void);

/// Makes an alphabet of your own, with the look-alikes to fold, or 0. A look-alike whose
/// digit is no symbol changes nothing. Free the alphabet with stopgap_alphabet_free, after
/// the formats and policies that point to it.
///
/// Errors: STOPGAP_ERR_ALPHABET_WRONG_COUNT first, then for the first wrong symbol
/// STOPGAP_ERR_ALPHABET_LOWER_CASE, STOPGAP_ERR_ALPHABET_NOT_A_SYMBOL or
/// STOPGAP_ERR_ALPHABET_REPEATED; STOPGAP_ERR_ALPHABET_AMBIGUOUS; STOPGAP_ERR_INVALID_VALUE for
/// unknown look-alikes.
STOPGAP_MUST_USE
stopgap_status stopgap_alphabet_new(struct stopgap_text symbols,
                                    stopgap_look_alikes look_alikes,
                                    struct stopgap_alphabet **alphabet,
                                    struct stopgap_error *error);

/// Frees an alphabet of stopgap_alphabet_new, and sets the pointer to NULL. NULL, and a
/// pointer to NULL, are left alone.
void stopgap_alphabet_free(struct stopgap_alphabet **alphabet);

/// Writes the symbols and the look-alikes of an alphabet.
///
/// Errors: STOPGAP_ERR_INVALID_VALUE for an unknown size.
STOPGAP_MUST_USE
stopgap_status stopgap_alphabet_info(const struct stopgap_alphabet *alphabet,
                                     struct stopgap_alphabet_info *info,
                                     struct stopgap_error *error);

/// Computes the check symbol of any number of symbols, by ISO/IEC 7064, hybrid system MOD
/// 17,16. The symbols are in upper case and without hyphens. The time that this takes
/// depends on them, so they must not be a secret.
///
/// Errors: STOPGAP_ERR_UNEXPECTED_SYMBOL for any other character.
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
/// Errors: STOPGAP_ERR_TOO_LONG to STOPGAP_ERR_CHECK_FAILED; STOPGAP_ERR_CODE_LENGTH,
/// STOPGAP_ERR_CODE_CHECKED_LENGTH and STOPGAP_ERR_INVALID_VALUE for an invalid format.
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
/// STOPGAP_ERR_BUFFER_TOO_SMALL; those of an invalid format, at `index` of the error.
STOPGAP_MUST_USE
stopgap_status stopgap_normalize_any(const struct stopgap_format *formats,
                                     size_t format_count,
                                     struct stopgap_text typed,
                                     struct stopgap_codes *codes,
                                     struct stopgap_error *error);

/// Makes a code of random bytes of your own, which must be uniform: one symbol per
/// nibble, most significant first. A nibble that is left over is not used, and neither is
/// the one in the place of the check symbol.
///
/// Errors: STOPGAP_ERR_CODE_BYTES unless there are as many bytes as the symbols need, two
/// symbols to a byte; those of an invalid format.
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
/// zone, in a language. It does not tell a guesser which part of a guess was wrong. For the
/// statuses of STOPGAP_CLASS_SYSTEM, such as STOPGAP_ERR_CALLBACK_FAILED, it asks the person
/// to try again. For other statuses that are no refusal it is the sentence of
/// stopgap_status_message, in English.
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

/// Returns the class of a status. A status that this version does not know has
/// STOPGAP_CLASS_SYSTEM.
STOPGAP_MUST_USE
stopgap_class stopgap_status_class(stopgap_status status);

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

#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#endif  /* STOPGAP_H */
