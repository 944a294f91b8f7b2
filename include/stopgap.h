/*
 * Stopgap: temporary access codes, issued, typed, verified, answered offline,
 * redeemed once. Generated from bindings/c/src by `cargo xtask header`.
 *
 * SPEC in these comments is the protocol: crates/stopgap/SPEC.md.
 *
 * The contract, which every function keeps
 * ----------------------------------------
 *
 * Status. A function that can fail returns stopgap_status: STOPGAP_OK, which is 0,
 * or a number that says why not and never changes. The last argument, `error`, may
 * be NULL; otherwise the details are written there where the call fails, and only
 * then.
 *
 * Outputs are written on success, and otherwise left as they are. The one exception
 * is the capacity needed, or the count, which is also written with
 * STOPGAP_BUFFER_TOO_SMALL. An output may be the same memory as an input.
 *
 * NULL is STOPGAP_NULL_ARGUMENT, but for: (NULL, 0), which is an empty text or
 * array; `error`; `needed`; and what says that it may be NULL. A pointer that is
 * not aligned is STOPGAP_MISALIGNED; an `error` that is not is left alone.
 *
 * Text goes in as a pointer and a length in bytes; it needs no NUL, and is UTF-8,
 * or STOPGAP_INVALID_UTF8. Text comes out into (buffer, capacity) and is always
 * terminated; `needed` is the capacity that it takes, the NUL included. A buffer
 * that is too small stays as it is: STOPGAP_BUFFER_TOO_SMALL; (NULL, 0) only asks
 * for the capacity, and returns the same. Texts in structs are terminated arrays.
 *
 * Memory. Structs are the caller's, and hold no pointers that must be freed. Only the
 * three handles, stopgap_key_ring, stopgap_enrolment_key and stopgap_agent, are freed
 * by their ..._free, which takes the address of the pointer, wipes the secrets and
 * makes the pointer NULL; NULL is left alone. Structs that hold a secret say so: wipe
 * them, and the texts made of them, with stopgap_wipe.
 *
 * Time is Unix seconds in an int64_t, always given by the caller; the library has
 * no clock. An argument outside the years 1 to 9999 is STOPGAP_TIME_OUT_OF_RANGE,
 * whatever was typed. Where there may be none it is STOPGAP_NEVER. A zone is a name
 * of the IANA database, "Europe/Berlin", or (NULL, 0) for UTC.
 *
 * Random numbers are the operating system's, or a callback's.
 *
 * Integers that stand for something (purposes, roles, events) are checked, and
 * otherwise STOPGAP_INVALID_VALUE.
 *
 * Panics. A fault in the library does not cross into C: it is STOPGAP_PANIC.
 *
 * Threads. There is no global state. Functions may be called from any thread at the
 * same time, as long as nobody changes what another call was given; each handle says
 * which of its calls change it.
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

// The size of a sealed state in bytes.
#define STOPGAP_SEALED_STATE_SIZE 76

// The size of a buffer that holds any code without its hyphens.
#define STOPGAP_CANONICAL_SIZE 33

// The size of a buffer that holds any code in words.
#define STOPGAP_SPOKEN_SIZE 304

// The size of an enrolment key in bytes, and of a master key.
#define STOPGAP_KEY_SIZE 32

// The size of an OCRA data input in bytes (RFC 6287, section 5.1).
#define STOPGAP_OCRA_DATA_INPUT_SIZE 235

// The size of a name in a struct: 255 bytes and a NUL.
#define STOPGAP_NAME_SIZE 256

// Any number of uses. A record of elsewhere that allows exactly 4,294,967,295
// cannot be told from it, and does not fit its tag here.
#define STOPGAP_UNLIMITED UINT32_MAX

// The size of a buffer that holds any purpose.
#define STOPGAP_PURPOSE_SIZE 9

// The size of a buffer that holds any role.
#define STOPGAP_ROLE_SIZE 20

// The size of a description in a struct: 1,024 bytes, a NUL and seven more.
#define STOPGAP_DESCRIPTION_SIZE 1032

// No time at all, where a time may be missing.
#define STOPGAP_NEVER INT64_MIN

// The size of a buffer that holds any validity.
#define STOPGAP_VALIDITY_SIZE 5

// The version of the interface that this header describes. It changes only
// where a program built with an older header would misbehave, and the shared
// library's soname with it.
#define STOPGAP_ABI_VERSION 1

// The machine's side of one enrolment (SPEC, "Redeeming").
//
// Threads: one at a time; several may call stopgap_agent_request_code and
// stopgap_agent_seal together.
typedef struct stopgap_agent stopgap_agent;

// The secret that a server and one machine share for one user (SPEC, "Keys"). A
// server derives it when it is needed. A machine gets its bytes while it is
// online, and keeps them where its users cannot read them.
//
// Threads: any number may use it at the same time; stopgap_enrolment_key_free
// needs it alone.
typedef struct stopgap_enrolment_key stopgap_enrolment_key;

// The keys of a server: the newest issues, all verify, and every record keeps the
// id of its own (SPEC, "Keys"). It is never empty.
//
// Threads: any number may use it at the same time by calls that take it as const;
// stopgap_key_ring_rotate, _retire and _free need it alone.
typedef struct stopgap_key_ring stopgap_key_ring;

// A letter that people mistake for a digit; joined by `|`.
typedef uint32_t stopgap_look_alikes;

// Sixteen distinct symbols out of `0-9A-Z`; the symbol at index i stands for the
// nibble i (SPEC, "Alphabets"). It comes from stopgap_alphabet_new, or one of the
// two below; one that was filled in by hand is checked when it is used.
typedef struct stopgap_alphabet {
    // The symbols, a NUL, and three more.
    char symbols[20];
    // How what is typed is read.
    stopgap_look_alikes look_alikes;
} stopgap_alphabet;

// The figures of a throttle (SPEC, "Throttle"). Take
// stopgap_throttle_policy_default() and change what is to be different.
typedef struct stopgap_throttle_policy {
    // Which failure in a row is the first to close the door; each after it does as
    // well; 5. With 0 it is the first one, and closes twice as long.
    uint32_t free;
    // For how long it then closes, in seconds; each further failure doubles it;
    // 60.
    uint32_t first_delay_seconds;
    // The longest that it closes, in seconds; 3,600.
    uint32_t max_delay_seconds;
    // The failure in a row after which it stays closed until an administrator
    // resets it; 100. With 0 it is never open.
    uint32_t hard_limit;
} stopgap_throttle_policy;

// The figures of an agent (SPEC, "Redeeming"). Take stopgap_agent_policy_default()
// and change what is to be different.
typedef struct stopgap_agent_policy {
    // The symbols of request codes and offline codes; the server's too.
    struct stopgap_alphabet alphabet;
    // When the door closes upon failures.
    struct stopgap_throttle_policy throttle;
    // How many seconds the clock may be set back; 120.
    uint32_t clock_tolerance_seconds;
    // How many minutes ago the request code may have been shown; 30.
    uint16_t window_minutes;
    // How many minutes back to look, only to tell a late code from a wrong one;
    // 1,440.
    uint16_t diagnose_minutes;
} stopgap_agent_policy;

// How a call went: STOPGAP_OK, which is 0, or why it did not. The numbers never
// change; new ones may be added, so treat one that you do not know as a failure.
//
// | numbers    | theme                                               |
// | ---------- | --------------------------------------------------- |
// | 1 to 99    | the call itself: to 7 a mistake of the program's    |
// | 100 to 199 | what was typed is not a code at all                 |
// | 200 to 299 | a code, a clock or a record was refused             |
// | 300 to 399 | a request code has no answer, a machine no next key |
// | 400 to 499 | what is no key                                      |
// | 500 to 599 | what is no sealed state                             |
// | 600 to 699 | what cannot be done to a security code              |
// | 700 to 799 | names, words and policies                           |
typedef int32_t stopgap_status;

// What somebody is, from the least to the most that they may do (SPEC, "Roles").
typedef uint32_t stopgap_role;

// What not everybody may do (SPEC, "Roles"). The calls about security codes ask
// by themselves; before the others, ask stopgap_role_may.
typedef uint32_t stopgap_action;

// The details of a failure. Each status says which members it fills; the others
// are 0, and `time` is STOPGAP_NEVER. Nothing in it is secret.
typedef struct stopgap_error {
    // Unix seconds, or STOPGAP_NEVER.
    int64_t time;
    // Where in a text, in characters from 0 (in bytes for
    // STOPGAP_INVALID_UTF8).
    size_t position;
    // How many there should have been.
    size_t expected;
    // How many there were, or which value it was.
    size_t found;
    // Which element of an array, from 0.
    size_t index;
    // What the call returned.
    stopgap_status status;
    // By how many minutes a clock is off; positive where it is ahead.
    int32_t minutes;
    // The key that a record names.
    uint32_t key_id;
    // The role that was not enough.
    stopgap_role role;
    // What it was not enough for.
    stopgap_action action;
    // What a callback returned.
    int32_t callback;
} stopgap_error;

// What an agent remembers, to be kept between two starts (SPEC, "Sealed state"). A
// state that was changed, or sealed for another enrolment, does not open. Nothing
// in it is secret. An older copy put back is not noticed, and brings redeemed
// codes back to life: keep it where the machine's users cannot write.
typedef struct stopgap_sealed_state {
    // To be written to a file.
    uint8_t bytes[STOPGAP_SEALED_STATE_SIZE];
} stopgap_sealed_state;

// A code: a secret, unless it is a request code. Wipe it with stopgap_wipe when
// it has been told.
typedef struct stopgap_code {
    // Groups of four symbols with hyphens between them, `3F9A-77C2-01BE`, and
    // NULs.
    char text[40];
} stopgap_code;

// What a code may be used for (SPEC, "Words"): one of the three below.
typedef uint32_t stopgap_purpose;

// Keeps the state of an agent, before anyone acts on what it decided: a code is
// good once only if its machine remembers.
typedef struct stopgap_keep {
    // Keeps the state, safely on its disk, and returns 0, or anything else where
    // it could not: the call then fails with STOPGAP_CALLBACK_FAILED, and what was
    // decided is not told. It must not throw or longjmp, and must not use the
    // agent.
    int32_t (*keep)(void *context,
                    const struct stopgap_sealed_state *state);
    // Handed to `keep` as it is.
    void *context;
} stopgap_keep;

// How long a code lives: 1 to 31 calendar days, or STOPGAP_MONTH (SPEC,
// "Validity and expiry").
typedef uint32_t stopgap_validity;

// How far a machine's clock may be from the server's, in minutes (SPEC, "Request
// codes"). Take stopgap_locate_policy_default() and change what is to be
// different.
typedef struct stopgap_locate_policy {
    // How long ago the code may have been shown; 60.
    uint16_t past_minutes;
    // How far ahead of the server the machine may be; 5.
    uint16_t ahead_minutes;
    // How far either way to look, only to tell a wrong clock from a mistyped
    // code; 1,440.
    uint16_t diagnose_minutes;
} stopgap_locate_policy;

// How a server reads request codes and writes offline codes (SPEC, "Offline
// codes"). The machine must have the same alphabet. Take
// stopgap_offline_policy_default() and change what is to be different.
typedef struct stopgap_offline_policy {
    // The symbols of request codes and offline codes.
    struct stopgap_alphabet alphabet;
    // How long the lock is to last; 1 day.
    stopgap_validity validity;
    // How far a machine's clock may be off.
    struct stopgap_locate_policy locate;
} stopgap_offline_policy;

// The enrolment of one user on one machine, as a server keeps it (SPEC, "Keys").
// It holds no secret: the key is derived from the server's master key when it is
// needed. It has no padding, so it can be written to a file as it is.
typedef struct stopgap_enrolment {
    // The master key that it is derived from.
    uint32_t key_id;
    // Which enrolment of the two this is; raising it retires those before.
    uint32_t generation;
    // The user.
    char user[STOPGAP_NAME_SIZE];
    // The machine.
    char machine[STOPGAP_NAME_SIZE];
} stopgap_enrolment;

// An offline code, and what it was made for: write all but the code to the log.
typedef struct stopgap_answer {
    // The minute at which the machine showed the request code, by its own clock.
    int64_t minute;
    // Until when the lock will be open, if the machine is in the zone that was
    // given.
    int64_t expires_at;
    // The index of the enrolment, and so of the machine, that asked.
    size_t index;
    // What for.
    stopgap_purpose purpose;
    // For how long.
    stopgap_validity validity;
    // The code, to be read to the person at the machine: a secret.
    struct stopgap_code code;
} stopgap_answer;

// An attempt to use an online code and what was answered, for a store that gives a
// caller who asks again the same answer (SPEC, "Records at rest"). What is kept is
// the attempt's id, the answer and the tag: who asks again brings the rest.
typedef struct stopgap_attempt {
    // What the caller calls it, the same when it asks again: a name.
    const char *id;
    // Its length in bytes.
    size_t id_length;
    // Whose code it was said to be.
    const char *user;
    // The length in bytes.
    size_t user_length;
    // The code that was typed, from stopgap_normalize.
    const struct stopgap_code *code;
    // What was answered, in the store's own form.
    const uint8_t *answer;
    // Its length in bytes.
    size_t answer_length;
    // The key to tag it with, kept beside the tag.
    uint32_t key_id;
    // For what.
    stopgap_purpose purpose;
} stopgap_attempt;

// The tag of a record at rest: 32 bytes under the server's record key, to be kept
// beside the record (SPEC, "Records at rest"). Without the key nobody can make
// one, and so nobody who can only write to the store can edit the record
// unnoticed.
//
// It binds times to the microsecond, and here they are whole seconds: a record of
// elsewhere that has fractions of a second does not fit its tag without them.
typedef struct stopgap_tag {
    // To be stored.
    uint8_t bytes[32];
} stopgap_tag;

// How a code is written (SPEC, "Alphabets"). Take stopgap_format_online() and
// change what is to be different.
typedef struct stopgap_format {
    // The symbols, and how what is typed is read.
    struct stopgap_alphabet alphabet;
    // The number of symbols, a check symbol included: 8 to 32.
    uint32_t length;
    // 1 where the last symbol is the check symbol of those before it, otherwise
    // 0. A code with one has four bits less to guess.
    uint32_t check_symbol;
} stopgap_format;

// The purposes of one code, joined by `|`.
typedef uint32_t stopgap_purposes;

// The keyed digest of a code: what is stored of it. Without the key it gives
// nothing to try codes against.
typedef struct stopgap_digest {
    // HMAC-SHA-256 under a key of the ring.
    uint8_t bytes[32];
} stopgap_digest;

// What a server keeps of an online code, in whatever store it has: everything but
// the code (SPEC, "Online codes"). It has no padding, so it can be written to a
// file as it is, and read on a machine of the same byte order.
typedef struct stopgap_online_grant {
    // When it was issued.
    int64_t issued_at;
    // The first instant at which it is valid, or STOPGAP_NEVER where that is at
    // once.
    int64_t not_before;
    // The first instant at which it is not valid any more.
    int64_t expires_at;
    // When it was revoked, or STOPGAP_NEVER.
    int64_t revoked_at;
    // The key that made the digest.
    uint32_t key_id;
    // What it may be used for.
    stopgap_purposes purposes;
    // How often it may be used, or STOPGAP_UNLIMITED.
    uint32_t max_uses;
    // How often it has been used, where that is limited.
    uint32_t uses;
    // How the code is written.
    struct stopgap_format format;
    // HMAC(online key, text(user) ‖ code).
    struct stopgap_digest digest;
    // Whose code it is.
    char user[STOPGAP_NAME_SIZE];
} stopgap_online_grant;

// What a verified online code grants.
typedef struct stopgap_granted {
    // Until when the code can be used again.
    int64_t expires_at;
    // For what.
    stopgap_purpose purpose;
    // How many uses are left after this one, or STOPGAP_UNLIMITED.
    uint32_t uses_left;
} stopgap_granted;

// The key that everything is derived from (SPEC, "Keys"): a secret of 32 bytes,
// which must be uniformly random. Keep it where no one else can read it, and wipe
// it with stopgap_wipe when a key ring holds it.
typedef struct stopgap_master_key {
    // The secret bytes.
    uint8_t bytes[32];
} stopgap_master_key;

// A digest, and the key that made it.
typedef struct stopgap_keyed_digest {
    // The id of the key.
    uint32_t key_id;
    // What it made.
    struct stopgap_digest digest;
} stopgap_keyed_digest;

// What is kept of the life of a security code (SPEC, "Security codes"): Unix
// seconds at which it has expired, or one of the two below. stopgap_life_state_at
// says what that means at an instant, stopgap_life_apply changes it.
typedef int64_t stopgap_life;

// Where a security code stands: a column of SPEC's table.
typedef uint32_t stopgap_life_kind;

// Where a security code stands at an instant.
typedef struct stopgap_life_state {
    // When it expires, or expired; otherwise STOPGAP_NEVER.
    int64_t time;
    // Where it stands.
    stopgap_life_kind kind;
} stopgap_life_state;

// What a super administrator does to a security code: a row of SPEC's table.
typedef uint32_t stopgap_life_event;

// A source of random bytes of the caller's; NULL in its place is the operating
// system's. It must be cryptographically secure: codes are as good as it is.
typedef struct stopgap_random {
    // Fills `length` bytes and returns 0, or anything else where it cannot: the
    // call then fails with STOPGAP_CALLBACK_FAILED. It must not throw or
    // longjmp, and must not call Stopgap with what the call was given.
    int32_t (*fill)(void *context,
                    uint8_t *bytes,
                    size_t length);
    // Handed to `fill` as it is.
    void *context;
} stopgap_random;

// What kind of online codes to issue (SPEC, "Online codes"). Take
// stopgap_online_policy_default() and change what is to be different.
typedef struct stopgap_online_policy {
    // The first instant at which its codes are valid, or STOPGAP_NEVER where that
    // is at once. They expire as if they were: validity counts from the time of
    // issue.
    int64_t not_before;
    // How its codes are written.
    struct stopgap_format format;
    // How long they live.
    stopgap_validity validity;
    // What they may be used for; at least one.
    stopgap_purposes purposes;
    // How often each may be used, or STOPGAP_UNLIMITED.
    uint32_t max_uses;
} stopgap_online_policy;

// Whose request code it is.
typedef struct stopgap_located {
    // The minute at which its machine showed the code, by that machine's clock.
    int64_t minute;
    // The index of the key.
    size_t index;
} stopgap_located;

// With whose rights a security code acts (SPEC, "Security codes").
typedef uint32_t stopgap_access;

// Knows what a user is.
typedef struct stopgap_role_of {
    // Writes the role of a user and returns 0, or anything else where it cannot:
    // the call then fails with STOPGAP_CALLBACK_FAILED. The name is not
    // terminated. It must not throw or longjmp.
    int32_t (*role_of)(void *context,
                       const char *user,
                       size_t user_length,
                       stopgap_role *role);
    // Handed to `role_of` as it is.
    void *context;
} stopgap_role_of;

// What an authenticated security code may do.
typedef struct stopgap_scope {
    // With which role's rights it acts.
    stopgap_role role;
    // 1 where it has less than its user has, otherwise 0: the user is a super
    // administrator, the code has a plain user's rights.
    uint32_t limited;
    // As which user; empty where it is a super administrator of its own.
    char user[STOPGAP_NAME_SIZE];
} stopgap_scope;

// Who acts. You have found out who that is; this is for rights.
typedef struct stopgap_actor {
    // Their name.
    const char *name;
    // Its length in bytes.
    size_t name_length;
    // What they are.
    stopgap_role role;
} stopgap_actor;

// What a server keeps of a security code, in whatever store it has: everything but
// the code (SPEC, "Security codes"). Every change needs a super administrator and
// changes nothing where it is refused; keep the record after it. It has no
// padding, so it can be written to a file as it is.
typedef struct stopgap_security_code {
    // When it was created.
    int64_t created_at;
    // Its life.
    stopgap_life life;
    // The key that made the digest.
    uint32_t key_id;
    // With whose rights it acts.
    stopgap_access access;
    // HMAC(security key, code).
    struct stopgap_digest digest;
    // The user of STOPGAP_ACCESS_SAME_AS; otherwise empty.
    char same_as[STOPGAP_NAME_SIZE];
    // What it is for, in somebody's words.
    char description[STOPGAP_DESCRIPTION_SIZE];
} stopgap_security_code;

// What is remembered about the failures of one user on a server (SPEC,
// "Throttle"). Keep it beside the codes that it guards. stopgap_throttle_reset
// makes a new one. It has no padding.
typedef struct stopgap_throttle {
    // Until when the door is closed, or STOPGAP_NEVER where it never was.
    int64_t closed_until;
    // Failures in a row.
    uint32_t failures;
    // 0.
    uint32_t reserved;
} stopgap_throttle;

// What is tried behind a throttle: it returns STOPGAP_OK, STOPGAP_UNKNOWN for a
// guess, or whatever else a call of Stopgap gave it. It must not throw or longjmp,
// and must not use the throttle.
typedef stopgap_status (*stopgap_try)(void *context);

// `O` is read as `0`.
#define STOPGAP_O_AS_ZERO 1

// `I` is read as `1`.
#define STOPGAP_I_AS_ONE 2

// `L` is read as `1`.
#define STOPGAP_L_AS_ONE 4

// It lives for good.
#define STOPGAP_PERMANENT INT64_MAX

// Somebody deleted it.
#define STOPGAP_DELETED INT64_MIN

// It authenticates until it expires.
#define STOPGAP_LIFE_ACTIVE 1

// It authenticates for good.
#define STOPGAP_LIFE_PERMANENT 2

// It expired less than 7 days ago and can be reactivated.
#define STOPGAP_LIFE_EXPIRED 3

// It was deleted, or expired 7 days ago or more.
#define STOPGAP_LIFE_GONE 4

// Give it another expiry; a permanent one is permanent no longer.
#define STOPGAP_LIFE_EDIT 1

// Let it live for good.
#define STOPGAP_LIFE_MAKE_PERMANENT 2

// Let it live 24 hours from now.
#define STOPGAP_LIFE_RESET 3

// Bring an expired one back for 24 hours.
#define STOPGAP_LIFE_REACTIVATE 4

// Describe it anew; stopgap_security_code_describe brings the words.
#define STOPGAP_LIFE_DESCRIBE 5

// Delete it.
#define STOPGAP_LIFE_DELETE 6

// To reset a password.
#define STOPGAP_RESET 1

// To register a second factor. This needs the server, so an offline code cannot
// be for it.
#define STOPGAP_REGISTER 2

// To stand in for a second factor for a while.
#define STOPGAP_BYPASS 4

// Every purpose.
#define STOPGAP_ALL_PURPOSES 7

// Uses codes; manages none.
#define STOPGAP_USER 1

// Issues and revokes authorization codes, online and offline, and enrols machines.
#define STOPGAP_HELP_DESK 2

// The same; resets throttles, manages presets, reads the log.
#define STOPGAP_ADMINISTRATOR 3

// All of it, and the only one who manages security codes and keys.
#define STOPGAP_SUPER_ADMINISTRATOR 4

// Issue an online code.
#define STOPGAP_ISSUE_CODE 1

// Revoke an online code.
#define STOPGAP_REVOKE_CODE 2

// Answer a request code with an offline code.
#define STOPGAP_ANSWER_REQUEST 3

// Look at what is kept of a user: codes, machines, failures.
#define STOPGAP_READ_USER 4

// Enrol a machine, anew where it was before, or retire it.
#define STOPGAP_MANAGE_MACHINE 5

// Open the door that a throttle has closed.
#define STOPGAP_RESET_THROTTLE 6

// Name a kind of codes to issue, change what the name stands for, remove it.
#define STOPGAP_MANAGE_PRESET 7

// Read what was done, by whom and to whom.
#define STOPGAP_READ_LOG 8

// Delete records that have served their time.
#define STOPGAP_PURGE 9

// Create or change a security code: anything but authenticate with one.
#define STOPGAP_MANAGE_SECURITY_CODE 10

// Add a master key to those of a store, or retire one.
#define STOPGAP_MANAGE_KEY 11

// Take the clock as it is, after it was set back.
#define STOPGAP_ACCEPT_CLOCK 12

// With a super administrator's.
#define STOPGAP_ACCESS_SUPER_ADMINISTRATOR 1

// With those of a user, but never a super administrator's.
#define STOPGAP_ACCESS_SAME_AS 2

// It went well: every output is written.
#define STOPGAP_OK 0

// A pointer is NULL that must not be.
#define STOPGAP_NULL_ARGUMENT 1

// A pointer is not aligned for its type.
#define STOPGAP_MISALIGNED 2

// A length is larger than any memory; most likely it is negative.
#define STOPGAP_INVALID_LENGTH 3

// A text, also one in a struct, is not UTF-8; `position` is the first byte that is
// not.
#define STOPGAP_INVALID_UTF8 4

// A text in a struct does not end with a NUL within its array.
#define STOPGAP_NOT_TERMINATED 5

// An integer stands for nothing: a purpose, role, event … that there is not.
// `found` is the integer.
#define STOPGAP_INVALID_VALUE 6

// A buffer is too small: nothing is written but the capacity needed, where it
// was asked for.
#define STOPGAP_BUFFER_TOO_SMALL 7

// The operating system gave no random numbers.
#define STOPGAP_RANDOM_FAILED 8

// A callback did not return 0; `callback` is what it returned.
#define STOPGAP_CALLBACK_FAILED 9

// There is no time zone of that name in the IANA database, or the library was
// built without zone data.
#define STOPGAP_UNKNOWN_ZONE 10

// A fault in Stopgap, caught at the border. Free the handles that were given
// to the call and use them for nothing else.
#define STOPGAP_PANIC 11

// A failure that the core has and this library does not know.
#define STOPGAP_OTHER 12

// More than 256 bytes of UTF-8, refused unread.
#define STOPGAP_TOO_LONG 101

// A character does not belong in a code; `position` counts characters from 0.
#define STOPGAP_UNEXPECTED_SYMBOL 102

// `found` symbols where a code has `expected`.
#define STOPGAP_WRONG_LENGTH 103

// The check symbol does not fit the others: there is a typo.
#define STOPGAP_CHECK_FAILED 104

// No such code. The only refusal that a throttle counts as a failure.
#define STOPGAP_UNKNOWN 201

// The right code, but it was revoked at `time`.
#define STOPGAP_REVOKED 202

// The code is not for this, or this needs the server.
#define STOPGAP_WRONG_PURPOSE 203

// The right code, too early: it is valid from `time` on.
#define STOPGAP_NOT_YET_VALID 204

// The right code, too late: it expired at `time`.
#define STOPGAP_EXPIRED 205

// The right code, but it has been used as often as it may be.
#define STOPGAP_USED_UP 206

// Too many failures in a row; the code was not read. The door opens at `time`,
// or an administrator must open it where that is STOPGAP_NEVER.
#define STOPGAP_THROTTLED 207

// The clock is behind `time`, which it has shown before.
#define STOPGAP_CLOCK_ROLLED_BACK 208

// A time is outside the years 1 to 9999.
#define STOPGAP_TIME_OUT_OF_RANGE 209

// The record was made with the key `key_id`, which the ring does not hold.
#define STOPGAP_KEY_MISSING 210

// The record and its tag do not belong together.
#define STOPGAP_TAMPERED 211

// The temporary password-only lock is not open: name and password do not
// suffice.
#define STOPGAP_NO_LOCK 212

// The user has no enrolled machine.
#define STOPGAP_NOT_ENROLLED 301

// Shown by the enrolment at `index`, `minutes` from now by its clock; positive
// where the machine is ahead.
#define STOPGAP_CLOCK_SKEW 302

// No machine of the user shows it: most likely it was mistyped.
#define STOPGAP_UNRECOGNISED 303

// There is no generation after 2^32 - 1.
#define STOPGAP_GENERATIONS_EXHAUSTED 304

// A key is 32 bytes, not `found`.
#define STOPGAP_KEY_WRONG_LENGTH 401

// A key is 64 hexadecimal digits, not `found` characters.
#define STOPGAP_KEY_WRONG_HEX_LENGTH 402

// As long as a key, but not all of it hexadecimal digits.
#define STOPGAP_KEY_NOT_HEX 403

// The key ring has a key `key_id` already.
#define STOPGAP_KEY_DUPLICATE 404

// The key `key_id` is the one that issues, and cannot be retired.
#define STOPGAP_KEY_NEWEST 405

// A sealed state has 76 bytes, not `found`: it was cut off, or is another
// file.
#define STOPGAP_STATE_WRONG_LENGTH 501

// The state was changed, or sealed for another enrolment.
#define STOPGAP_STATE_DOES_NOT_OPEN 502

// It was sealed by a newer Stopgap, of version `found`.
#define STOPGAP_STATE_VERSION 503

// The actor's `role` does not suffice for `action`.
#define STOPGAP_FORBIDDEN 601

// It was deleted, or expired 7 days ago or more.
#define STOPGAP_NOT_FOUND 602

// It expired at `time`: the reason is `expired`.
#define STOPGAP_REACTIVATE_FIRST 603

// The new expiry has passed already.
#define STOPGAP_EXPIRY_NOT_IN_FUTURE 604

// There is nothing to reactivate.
#define STOPGAP_ALREADY_ACTIVE 605

// A description has at most 1,024 bytes of UTF-8, not `found`.
#define STOPGAP_DESCRIPTION_TOO_LONG 606

// A control character at `position`, in characters from 0.
#define STOPGAP_DESCRIPTION_CONTROL_CHARACTER 607

// A name is empty.
#define STOPGAP_NAME_EMPTY 701

// A name has at most 255 bytes of UTF-8, not `found`.
#define STOPGAP_NAME_TOO_LONG 702

// A control character at `position`, in characters from 0.
#define STOPGAP_NAME_CONTROL_CHARACTER 703

// A validity is 1 to 31 days or one month, not `found` days.
#define STOPGAP_VALIDITY_DAYS 704

// A validity is 1 to 31 days or one month, not `found` months.
#define STOPGAP_VALIDITY_MONTHS 705

// Not a number and a unit.
#define STOPGAP_VALIDITY_FORM 706

// A code has 8 to 32 symbols, not `found`.
#define STOPGAP_CODE_LENGTH 707

// The symbols of this code need `expected` bytes, not `found`.
#define STOPGAP_ENCODE_LENGTH 708

// An alphabet has 16 symbols, not `found`.
#define STOPGAP_ALPHABET_COUNT 709

// The symbol at `position` is a small letter.
#define STOPGAP_ALPHABET_LOWERCASE 710

// The symbol at `position` is not one of 0-9 and A-Z.
#define STOPGAP_ALPHABET_NOT_A_SYMBOL 711

// The symbol at `position` is there twice.
#define STOPGAP_ALPHABET_REPEATED 712

// A look-alike cannot be folded: letter and digit are both symbols of
// this alphabet.
#define STOPGAP_ALPHABET_AMBIGUOUS 713

// A code for nothing.
#define STOPGAP_NO_PURPOSE 714

// A code that can never be used; STOPGAP_UNLIMITED is any number of uses.
#define STOPGAP_NO_USES 715

// The code would expire at `time`, before it may first be used.
#define STOPGAP_NEVER_VALID 716

// A word that names no purpose.
#define STOPGAP_NO_SUCH_PURPOSE 717

// A word that names no role.
#define STOPGAP_NO_SUCH_ROLE 718

// One calendar month: the same day of the next month, or its last day where it is
// shorter.
#define STOPGAP_MONTH 1000

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The protocol's figures: a window of 30 minutes, the unambiguous alphabet.
struct stopgap_agent_policy stopgap_agent_policy_default(void);

// The agent of an enrolment that was just made; `policy` may be NULL for the
// protocol's figures. One that was used before must be resumed instead, or it
// would redeem codes again: keep its state at once, from stopgap_agent_seal, so that
// a state which is missing later is seen to be lost. The key is copied: free yours.
//
// Free it with stopgap_agent_free. Errors: those of a policy that is none.
stopgap_status stopgap_agent_new(const struct stopgap_enrolment_key *key,
                                 const struct stopgap_agent_policy *policy,
                                 struct stopgap_agent **agent,
                                 struct stopgap_error *error);

// The agent as it was when it sealed this state; `policy` may be NULL. The key is
// copied: free yours.
//
// Free it with stopgap_agent_free. Errors: STOPGAP_STATE_WRONG_LENGTH,
// STOPGAP_STATE_DOES_NOT_OPEN, STOPGAP_STATE_VERSION: what to do then is for an
// administrator to say, for an agent that starts afresh instead would redeem its
// last codes again. Those of a policy that is none.
stopgap_status stopgap_agent_resume(const struct stopgap_enrolment_key *key,
                                    const struct stopgap_agent_policy *policy,
                                    const uint8_t *state,
                                    size_t state_length,
                                    struct stopgap_agent **agent,
                                    struct stopgap_error *error);

// The state to keep, as the last call gave it to its callback.
stopgap_status stopgap_agent_seal(const struct stopgap_agent *agent,
                                  struct stopgap_sealed_state *state,
                                  struct stopgap_error *error);

// The request code to show now; another one in stopgap_seconds_left(now).
//
// Errors: STOPGAP_TIME_OUT_OF_RANGE.
stopgap_status stopgap_agent_request_code(const struct stopgap_agent *agent,
                                          int64_t now,
                                          struct stopgap_code *code,
                                          struct stopgap_error *error);

// Redeems the offline code that a person typed: opens the temporary password-only
// lock, on the wall clock of the zone, and tells until when. Nothing is allocated.
// The codes of all minutes within the window are compared, in constant time.
//
// Errors: what keeps the text from being a code; then the first refusal that holds
// of STOPGAP_WRONG_PURPOSE (registration needs the server),
// STOPGAP_TIME_OUT_OF_RANGE, STOPGAP_CLOCK_ROLLED_BACK, STOPGAP_THROTTLED,
// STOPGAP_USED_UP, STOPGAP_EXPIRED, STOPGAP_UNKNOWN. Only the last counts as a
// failure. STOPGAP_CALLBACK_FAILED where the state could not be kept: the code may
// be spent, and the lock is not open until stopgap_agent_lock has kept the state
// and says so. STOPGAP_UNKNOWN_ZONE, STOPGAP_INVALID_VALUE.
stopgap_status stopgap_agent_redeem(struct stopgap_agent *agent,
                                    const char *typed,
                                    size_t typed_length,
                                    stopgap_purpose purpose,
                                    int64_t now,
                                    const char *zone,
                                    size_t zone_length,
                                    const struct stopgap_keep *keep,
                                    int64_t *until,
                                    struct stopgap_error *error);

// Whether the lock is open: STOPGAP_OK, and until when, or STOPGAP_NO_LOCK.
//
// Errors: STOPGAP_NO_LOCK; STOPGAP_CLOCK_ROLLED_BACK or STOPGAP_TIME_OUT_OF_RANGE,
// for with a clock that is wrong it is not open; STOPGAP_CALLBACK_FAILED.
stopgap_status stopgap_agent_lock(struct stopgap_agent *agent,
                                  int64_t now,
                                  const struct stopgap_keep *keep,
                                  int64_t *until,
                                  struct stopgap_error *error);

// Opens the lock that the server granted for an online code, from
// stopgap_granted_lock, and tells until when: then, or when the one that is open
// already ends, if that is later.
//
// Errors: STOPGAP_EXPIRED where it has ended; STOPGAP_TIME_OUT_OF_RANGE,
// STOPGAP_CLOCK_ROLLED_BACK, STOPGAP_CALLBACK_FAILED.
stopgap_status stopgap_agent_open_lock(struct stopgap_agent *agent,
                                       int64_t granted_until,
                                       int64_t now,
                                       const struct stopgap_keep *keep,
                                       int64_t *until,
                                       struct stopgap_error *error);

// Clears the lock: the lost factor came back.
//
// Errors: STOPGAP_CALLBACK_FAILED.
stopgap_status stopgap_agent_clear_lock(struct stopgap_agent *agent,
                                        const struct stopgap_keep *keep,
                                        struct stopgap_error *error);

// Forgets all failures: an administrator opens the door.
//
// Errors: STOPGAP_CALLBACK_FAILED.
stopgap_status stopgap_agent_reset_throttle(struct stopgap_agent *agent,
                                            const struct stopgap_keep *keep,
                                            struct stopgap_error *error);

// Wipes and frees an agent, and makes the pointer NULL. NULL, and a pointer to
// NULL, are left alone.
void stopgap_agent_free(struct stopgap_agent **agent);

// `0123456789ABCDEF`, the default of online and security codes.
struct stopgap_alphabet stopgap_alphabet_hex(void);

// `Z3467ACEFHJKRWXY`, the default of request codes and offline codes: no two of
// its symbols look or sound alike.
struct stopgap_alphabet stopgap_alphabet_unambiguous(void);

// An alphabet of one's own, with look-alikes switched on or 0. One whose digit is
// no symbol changes nothing.
//
// Errors: STOPGAP_ALPHABET_COUNT and those that follow it, by number, up to
// STOPGAP_ALPHABET_AMBIGUOUS; STOPGAP_INVALID_VALUE for look-alikes that there
// are not.
stopgap_status stopgap_alphabet_new(const char *symbols,
                                    size_t symbols_length,
                                    stopgap_look_alikes look_alikes,
                                    struct stopgap_alphabet *alphabet,
                                    struct stopgap_error *error);

// The check symbol of any number of symbols, by ISO/IEC 7064, hybrid system MOD
// 17,16. Symbols are read as they stand: in capitals and without hyphens, and not
// as a secret: the time this takes depends on them.
//
// Errors: STOPGAP_UNEXPECTED_SYMBOL for anything but a symbol; those of
// stopgap_alphabet_new.
stopgap_status stopgap_alphabet_check_symbol(const struct stopgap_alphabet *alphabet,
                                             const char *symbols,
                                             size_t symbols_length,
                                             char *check_symbol,
                                             struct stopgap_error *error);

// Locks of one day, the unambiguous alphabet, and the protocol's figures.
struct stopgap_offline_policy stopgap_offline_policy_default(void);

// Answers the request code that a user reads from a machine: finds out which of
// the user's enrolments it belongs to, those of other users left aside, and
// computes the offline code that this machine accepts once.
//
// Whether the actor may is for you to ask: STOPGAP_ANSWER_REQUEST. Nothing is
// kept: the machine remembers what it redeemed. An answer cannot be recalled while
// the machine stays offline.
//
// Errors: STOPGAP_TOO_LONG to STOPGAP_CHECK_FAILED; STOPGAP_WRONG_PURPOSE for
// STOPGAP_REGISTER, which needs the server; STOPGAP_NOT_ENROLLED,
// STOPGAP_CLOCK_SKEW, STOPGAP_UNRECOGNISED; STOPGAP_KEY_MISSING where a master key
// is gone that may be the one; STOPGAP_TIME_OUT_OF_RANGE, STOPGAP_UNKNOWN_ZONE;
// those of a policy or an enrolment that is none.
stopgap_status stopgap_offline_answer(const struct stopgap_offline_policy *policy,
                                      const struct stopgap_key_ring *ring,
                                      const char *user,
                                      size_t user_length,
                                      const struct stopgap_enrolment *enrolments,
                                      size_t count,
                                      const char *typed,
                                      size_t typed_length,
                                      stopgap_purpose purpose,
                                      int64_t now,
                                      const char *zone,
                                      size_t zone_length,
                                      struct stopgap_answer *answer,
                                      struct stopgap_error *error);

// The tag to keep beside the answer. It binds everything else.
//
// Errors: STOPGAP_KEY_MISSING; those of a name, and of a code that is none.
stopgap_status stopgap_attempt_tag(const struct stopgap_attempt *attempt,
                                   const struct stopgap_key_ring *ring,
                                   struct stopgap_tag *tag,
                                   struct stopgap_error *error);

// Checks the tag that was kept beside the answer, in constant time: before the
// answer is given again.
//
// Errors: STOPGAP_TAMPERED where attempt, answer and tag do not belong together,
// also where another code is typed under the same id; STOPGAP_KEY_MISSING; those
// of a name, and of a code that is none.
stopgap_status stopgap_attempt_check_tag(const struct stopgap_attempt *attempt,
                                         const struct stopgap_key_ring *ring,
                                         const struct stopgap_tag *tag,
                                         struct stopgap_error *error);

// The symbols alone: `3F9A77C201BE`. The buffer then holds a secret.
//
// Errors: STOPGAP_BUFFER_TOO_SMALL (STOPGAP_CANONICAL_SIZE is enough for any);
// STOPGAP_WRONG_LENGTH, STOPGAP_UNEXPECTED_SYMBOL or STOPGAP_NOT_TERMINATED where
// the struct holds no code.
stopgap_status stopgap_code_canonical(const struct stopgap_code *code,
                                      char *buffer,
                                      size_t capacity,
                                      size_t *needed,
                                      struct stopgap_error *error);

// Words to read aloud: `Three Foxtrot Nine Alfa, Seven Seven …`, with the ICAO
// spelling alphabet and plain English digits. Words differ in length, so unlike
// the other forms this one takes time that depends on the code. The buffer then
// holds a secret.
//
// Errors: as stopgap_code_canonical; STOPGAP_SPOKEN_SIZE is enough for any.
stopgap_status stopgap_code_spoken(const struct stopgap_code *code,
                                   char *buffer,
                                   size_t capacity,
                                   size_t *needed,
                                   struct stopgap_error *error);

// The first enrolment of a user on a machine, under the newest key.
//
// Errors: those of a name.
stopgap_status stopgap_enrolment_new(const struct stopgap_key_ring *ring,
                                     const char *user,
                                     size_t user_length,
                                     const char *machine,
                                     size_t machine_length,
                                     struct stopgap_enrolment *enrolment,
                                     struct stopgap_error *error);

// The enrolment that follows this one, under the newest key. Keep it in place of
// this one: the machine's old key answers no request any more. Both may be the
// same struct.
//
// Errors: STOPGAP_GENERATIONS_EXHAUSTED after 2^32 of them; those of an enrolment
// that is none.
stopgap_status stopgap_enrolment_next(const struct stopgap_enrolment *enrolment,
                                      const struct stopgap_key_ring *ring,
                                      struct stopgap_enrolment *next,
                                      struct stopgap_error *error);

// The key of an enrolment, derived from its master key.
//
// Free it with stopgap_enrolment_key_free. Errors: STOPGAP_KEY_MISSING; those of
// an enrolment that is none.
stopgap_status stopgap_enrolment_key_derive(const struct stopgap_enrolment *enrolment,
                                            const struct stopgap_key_ring *ring,
                                            struct stopgap_enrolment_key **key,
                                            struct stopgap_error *error);

// The key of these bytes, as a machine has kept them. They are copied: wipe yours.
//
// Free it with stopgap_enrolment_key_free. Errors: STOPGAP_KEY_WRONG_LENGTH unless
// there are STOPGAP_KEY_SIZE.
stopgap_status stopgap_enrolment_key_from_bytes(const uint8_t *bytes,
                                                size_t length,
                                                struct stopgap_enrolment_key **key,
                                                struct stopgap_error *error);

// The key of 64 hexadecimal digits in either case; white space around them is
// left out.
//
// Free it with stopgap_enrolment_key_free. Errors: STOPGAP_KEY_WRONG_HEX_LENGTH,
// STOPGAP_KEY_NOT_HEX.
stopgap_status stopgap_enrolment_key_from_hex(const char *digits,
                                              size_t length,
                                              struct stopgap_enrolment_key **key,
                                              struct stopgap_error *error);

// The secret bytes, STOPGAP_KEY_SIZE of them, to be handed to the machine over a
// channel that you trust. Wipe them afterwards.
//
// Errors: STOPGAP_BUFFER_TOO_SMALL.
stopgap_status stopgap_enrolment_key_reveal(const struct stopgap_enrolment_key *key,
                                            uint8_t *bytes,
                                            size_t capacity,
                                            struct stopgap_error *error);

// The request code of a minute, counted from the Unix epoch as stopgap_minute_of
// gives it.
//
// Errors: those of stopgap_alphabet_new.
stopgap_status stopgap_enrolment_key_request_code(const struct stopgap_enrolment_key *key,
                                                  int64_t minute,
                                                  const struct stopgap_alphabet *alphabet,
                                                  struct stopgap_code *code,
                                                  struct stopgap_error *error);

// The offline code that answers the request code of a minute, for any purpose:
// stopgap_offline_answer is the one that checks.
//
// Errors: STOPGAP_INVALID_VALUE, STOPGAP_VALIDITY_DAYS; those of
// stopgap_alphabet_new.
stopgap_status stopgap_enrolment_key_offline_code(const struct stopgap_enrolment_key *key,
                                                  int64_t minute,
                                                  stopgap_purpose purpose,
                                                  stopgap_validity validity,
                                                  const struct stopgap_alphabet *alphabet,
                                                  struct stopgap_code *code,
                                                  struct stopgap_error *error);

// The OCRA data input of an offline code: what an OCRA library is to be given, or
// computes itself, to check one (RFC 6287, section 5.1). The suite is
// "OCRA-1:HOTP-SHA256-0:QH08-S064-T1M".
//
// Errors: STOPGAP_INVALID_VALUE, STOPGAP_VALIDITY_DAYS; STOPGAP_BUFFER_TOO_SMALL
// for less than STOPGAP_OCRA_DATA_INPUT_SIZE.
stopgap_status stopgap_enrolment_key_ocra_data_input(const struct stopgap_enrolment_key *key,
                                                     int64_t minute,
                                                     stopgap_purpose purpose,
                                                     stopgap_validity validity,
                                                     uint8_t *input,
                                                     size_t capacity,
                                                     struct stopgap_error *error);

// Wipes and frees a key, and makes the pointer NULL. NULL, and a pointer to NULL,
// are left alone.
void stopgap_enrolment_key_free(struct stopgap_enrolment_key **key);

// 12 hexadecimal symbols, as online codes have by default.
struct stopgap_format stopgap_format_online(void);

// 16 symbols of the unambiguous alphabet, as offline codes have by default.
struct stopgap_format stopgap_format_offline(void);

// 32 hexadecimal symbols, as security codes have.
struct stopgap_format stopgap_format_security(void);

// Reads what a person typed: hyphens, white space and case do not matter,
// full-width forms are read as ASCII (SPEC, "Reading what a person typed").
// Nothing is allocated.
//
// Errors: STOPGAP_TOO_LONG to STOPGAP_CHECK_FAILED; those of
// stopgap_alphabet_new, STOPGAP_CODE_LENGTH and STOPGAP_INVALID_VALUE where the
// format is none.
stopgap_status stopgap_normalize(const struct stopgap_format *format,
                                 const char *typed,
                                 size_t typed_length,
                                 struct stopgap_code *code,
                                 struct stopgap_error *error);

// The code that these bytes write, most significant nibble first: for randomness
// of one's own, which must be uniform. A nibble that is left over is not used, and
// neither is the one in the check symbol's place.
//
// Errors: STOPGAP_ENCODE_LENGTH unless there are as many bytes as the symbols
// need, two to a byte; those of a format that is none.
stopgap_status stopgap_encode(const struct stopgap_format *format,
                              const uint8_t *bytes,
                              size_t length,
                              struct stopgap_code *code,
                              struct stopgap_error *error);

// Verifies what a person typed, and counts a use where uses are limited: the
// grant is then the new state, to be kept before you act on what is granted.
// Nothing is allocated, and the code is compared in constant time. Guard it with a
// throttle. A user who may have several codes is for stopgap_online_verify_any.
//
// Errors: the first that holds of STOPGAP_TIME_OUT_OF_RANGE, STOPGAP_TOO_LONG to
// STOPGAP_CHECK_FAILED, STOPGAP_KEY_MISSING, STOPGAP_UNKNOWN, STOPGAP_REVOKED,
// STOPGAP_WRONG_PURPOSE, STOPGAP_NOT_YET_VALID, STOPGAP_EXPIRED, STOPGAP_USED_UP;
// all from STOPGAP_REVOKED on are given only where the right code was typed. Before
// them, what is wrong with an argument: STOPGAP_INVALID_VALUE for a purpose that
// there is not, and what makes a grant none.
stopgap_status stopgap_online_verify(struct stopgap_online_grant *grant,
                                     const struct stopgap_key_ring *ring,
                                     const char *user,
                                     size_t user_length,
                                     const char *typed,
                                     size_t typed_length,
                                     stopgap_purpose purpose,
                                     int64_t now,
                                     struct stopgap_granted *granted,
                                     struct stopgap_error *error);

// Verifies as stopgap_online_verify does, and counts no use: for a store that
// others share, which must count in one conditional statement, and where that
// changes nothing the code is STOPGAP_USED_UP.
//
// Errors: as stopgap_online_verify.
stopgap_status stopgap_online_check(const struct stopgap_online_grant *grant,
                                    const struct stopgap_key_ring *ring,
                                    const char *user,
                                    size_t user_length,
                                    const char *typed,
                                    size_t typed_length,
                                    stopgap_purpose purpose,
                                    int64_t now,
                                    struct stopgap_granted *granted,
                                    struct stopgap_error *error);

// Verifies what a person typed against all the codes that they have, and counts a
// use of the one it is: its index, to be kept, and what it grants. Nothing is
// allocated.
//
// Errors: where none is granted, what stopgap_online_verify says of the one whose
// code was typed. Where it is the code of none: STOPGAP_UNKNOWN, also with no
// grant at all; STOPGAP_KEY_MISSING where the keys of all that could be it are
// missing; what keeps the text from being a code at all; or
// STOPGAP_TIME_OUT_OF_RANGE. Those of a grant that is none, at `index`, where it
// stands before the one whose code it is.
stopgap_status stopgap_online_verify_any(struct stopgap_online_grant *grants,
                                         size_t count,
                                         const struct stopgap_key_ring *ring,
                                         const char *user,
                                         size_t user_length,
                                         const char *typed,
                                         size_t typed_length,
                                         stopgap_purpose purpose,
                                         int64_t now,
                                         size_t *index,
                                         struct stopgap_granted *granted,
                                         struct stopgap_error *error);

// Revokes the code. A second time changes nothing: the first instant stands.
// Whether the actor may is for you to ask: STOPGAP_REVOKE_CODE.
//
// Errors: STOPGAP_TIME_OUT_OF_RANGE.
stopgap_status stopgap_online_revoke(struct stopgap_online_grant *grant,
                                     int64_t now,
                                     struct stopgap_error *error);

// The tag to keep beside a grant. It binds the digest, and with it the user, the
// purposes, the first and the last instant, the number of uses allowed and the
// revocation: make it anew when the code is revoked. It does not bind the uses,
// which a store counts.
//
// Errors: STOPGAP_KEY_MISSING; those of a grant that is none.
stopgap_status stopgap_online_tag(const struct stopgap_online_grant *grant,
                                  const struct stopgap_key_ring *ring,
                                  struct stopgap_tag *tag,
                                  struct stopgap_error *error);

// Checks the tag that was kept beside a grant, in constant time: before anything
// in it is believed.
//
// Errors: STOPGAP_TAMPERED where grant and tag do not belong together;
// STOPGAP_KEY_MISSING; those of a grant that is none.
stopgap_status stopgap_online_check_tag(const struct stopgap_online_grant *grant,
                                        const struct stopgap_key_ring *ring,
                                        const struct stopgap_tag *tag,
                                        struct stopgap_error *error);

// Until when the temporary password-only lock is open that a code for
// STOPGAP_BYPASS opens on the machine where it was typed. Give it to
// stopgap_agent_open_lock.
//
// Errors: STOPGAP_WRONG_PURPOSE for another purpose.
stopgap_status stopgap_granted_lock(const struct stopgap_granted *granted,
                                    int64_t *until,
                                    struct stopgap_error *error);

// A ring of one key, of which it keeps what it needs: wipe yours.
//
// Free it with stopgap_key_ring_free.
stopgap_status stopgap_key_ring_new(uint32_t key_id,
                                    const struct stopgap_master_key *master,
                                    struct stopgap_key_ring **ring,
                                    struct stopgap_error *error);

// Adds a key that issues from now on. The others go on verifying. Add the keys of
// a store from the oldest to the newest.
//
// Errors: STOPGAP_KEY_DUPLICATE.
stopgap_status stopgap_key_ring_rotate(struct stopgap_key_ring *ring,
                                       uint32_t key_id,
                                       const struct stopgap_master_key *master,
                                       struct stopgap_error *error);

// Drops an old key: nothing made with it is accepted any more.
//
// Errors: STOPGAP_KEY_NEWEST for the key that issues, STOPGAP_KEY_MISSING.
stopgap_status stopgap_key_ring_retire(struct stopgap_key_ring *ring,
                                       uint32_t key_id,
                                       struct stopgap_error *error);

// The id of the key that issues.
stopgap_status stopgap_key_ring_newest_id(const struct stopgap_key_ring *ring,
                                          uint32_t *key_id,
                                          struct stopgap_error *error);

// The ring of one tenant: every key becomes the tenant's, under the same id.
//
// Free it with stopgap_key_ring_free. Errors: STOPGAP_NAME_EMPTY,
// STOPGAP_NAME_TOO_LONG, STOPGAP_NAME_CONTROL_CHARACTER.
stopgap_status stopgap_key_ring_tenant(const struct stopgap_key_ring *ring,
                                       const char *tenant,
                                       size_t tenant_length,
                                       struct stopgap_key_ring **tenant_ring,
                                       struct stopgap_error *error);

// A value under each key, newest first, that says whether it is the key a store
// was made with, and nothing else (SPEC, "Records at rest"). It is no secret:
// keep it in the store, and compare it when the store is opened.
//
// Errors: STOPGAP_BUFFER_TOO_SMALL, with the number of keys in `count`.
stopgap_status stopgap_key_ring_check_values(const struct stopgap_key_ring *ring,
                                             struct stopgap_keyed_digest *values,
                                             size_t capacity,
                                             size_t *count,
                                             struct stopgap_error *error);

// The digest of an online code of this user under each key, newest first: what a
// store looks for. Under another user's name the same code has another digest.
//
// Errors: STOPGAP_BUFFER_TOO_SMALL, with the number of keys in `count`; those of a
// name, and of a code that is none.
stopgap_status stopgap_key_ring_online_digests(const struct stopgap_key_ring *ring,
                                               const char *user,
                                               size_t user_length,
                                               const struct stopgap_code *code,
                                               struct stopgap_keyed_digest *digests,
                                               size_t capacity,
                                               size_t *count,
                                               struct stopgap_error *error);

// The digest of a security code under each key, newest first: what a store looks
// for.
//
// Errors: STOPGAP_BUFFER_TOO_SMALL, with the number of keys in `count`; those of a
// code that is none.
stopgap_status stopgap_key_ring_security_digests(const struct stopgap_key_ring *ring,
                                                 const struct stopgap_code *code,
                                                 struct stopgap_keyed_digest *digests,
                                                 size_t capacity,
                                                 size_t *count,
                                                 struct stopgap_error *error);

// Wipes and frees a ring, and makes the pointer NULL. NULL, and a pointer to NULL,
// are left alone.
void stopgap_key_ring_free(struct stopgap_key_ring **ring);

// A life of 24 hours from now, as every security code begins.
//
// Errors: STOPGAP_TIME_OUT_OF_RANGE.
stopgap_status stopgap_life_begin(int64_t now,
                                  stopgap_life *life,
                                  struct stopgap_error *error);

// Where a life stands now.
//
// Errors: STOPGAP_TIME_OUT_OF_RANGE.
stopgap_status stopgap_life_state_at(stopgap_life life,
                                     int64_t now,
                                     struct stopgap_life_state *state,
                                     struct stopgap_error *error);

// The life after an event, by the table of SPEC: keep it in place of the other
// one. Only STOPGAP_LIFE_EDIT looks at `expires_at`, the new expiry.
//
// Errors: STOPGAP_NOT_FOUND to STOPGAP_ALREADY_ACTIVE,
// STOPGAP_TIME_OUT_OF_RANGE, STOPGAP_INVALID_VALUE.
stopgap_status stopgap_life_apply(stopgap_life life,
                                  stopgap_life_event event,
                                  int64_t expires_at,
                                  int64_t now,
                                  stopgap_life *next,
                                  struct stopgap_error *error);

// A new key, of the operating system's random numbers where `random` is NULL.
//
// Errors: STOPGAP_RANDOM_FAILED, STOPGAP_CALLBACK_FAILED.
stopgap_status stopgap_master_key_generate(const struct stopgap_random *random,
                                           struct stopgap_master_key *key,
                                           struct stopgap_error *error);

// The key of 64 hexadecimal digits in either case, as a key file holds it; white
// space around them is left out.
//
// Errors: STOPGAP_KEY_WRONG_HEX_LENGTH, STOPGAP_KEY_NOT_HEX.
stopgap_status stopgap_master_key_from_hex(const char *digits,
                                           size_t length,
                                           struct stopgap_master_key *key,
                                           struct stopgap_error *error);

// The master key of one tenant.
//
// Errors: STOPGAP_NAME_EMPTY, STOPGAP_NAME_TOO_LONG,
// STOPGAP_NAME_CONTROL_CHARACTER.
stopgap_status stopgap_master_key_tenant(const struct stopgap_master_key *key,
                                         const char *tenant,
                                         size_t tenant_length,
                                         struct stopgap_master_key *tenant_key,
                                         struct stopgap_error *error);

// The failure in a sentence for the log, with all its details, in English. It
// never holds a character of a code.
//
// Errors: STOPGAP_BUFFER_TOO_SMALL; STOPGAP_INVALID_VALUE where the struct was
// changed.
stopgap_status stopgap_error_message(const struct stopgap_error *error,
                                     char *buffer,
                                     size_t capacity,
                                     size_t *needed);

// The failure in the sentence for the person at the screen, with times on the
// wall clock of a zone, in English. It does not tell a guesser which part of a
// guess was wrong. For a status that is no refusal it is the sentence of
// stopgap_status_message.
//
// Errors: STOPGAP_BUFFER_TOO_SMALL, STOPGAP_UNKNOWN_ZONE;
// STOPGAP_INVALID_VALUE where the struct was changed.
stopgap_status stopgap_error_public_message(const struct stopgap_error *error,
                                            const char *zone_name,
                                            size_t zone_length,
                                            char *buffer,
                                            size_t capacity,
                                            size_t *needed);

// 12 hexadecimal symbols, one day, every purpose, any number of uses, from now on.
struct stopgap_online_policy stopgap_online_policy_default(void);

// Issues a code to a user: the code, to be told once and not kept, and the grant,
// to be kept. It expires on the wall clock of the zone. Whether the actor may is
// for you to ask: STOPGAP_ISSUE_CODE.
//
// Errors: those of a name and of a policy; STOPGAP_TIME_OUT_OF_RANGE,
// STOPGAP_UNKNOWN_ZONE, STOPGAP_NEVER_VALID, STOPGAP_RANDOM_FAILED,
// STOPGAP_CALLBACK_FAILED.
stopgap_status stopgap_online_issue(const struct stopgap_online_policy *policy,
                                    const struct stopgap_key_ring *ring,
                                    const char *user,
                                    size_t user_length,
                                    int64_t now,
                                    const char *zone,
                                    size_t zone_length,
                                    const struct stopgap_random *random,
                                    struct stopgap_code *code,
                                    struct stopgap_online_grant *grant,
                                    struct stopgap_error *error);

// Reads `reset`, `register` or `bypass`, in any case.
//
// Errors: STOPGAP_NO_SUCH_PURPOSE.
stopgap_status stopgap_purpose_parse(const char *text,
                                     size_t length,
                                     stopgap_purpose *purpose,
                                     struct stopgap_error *error);

// The protocol's word: `reset`, `register` or `bypass`.
//
// Errors: STOPGAP_INVALID_VALUE; STOPGAP_BUFFER_TOO_SMALL (STOPGAP_PURPOSE_SIZE is
// enough).
stopgap_status stopgap_purpose_text(stopgap_purpose purpose,
                                    char *buffer,
                                    size_t capacity,
                                    size_t *needed,
                                    struct stopgap_error *error);

// 60 minutes ago, 5 ahead, and 1,440 either way to say what is wrong.
struct stopgap_locate_policy stopgap_locate_policy_default(void);

// The minute of an instant: floor(Unix seconds / 60).
int64_t stopgap_minute_of(int64_t instant);

// For how many seconds, 1 to 60, a machine goes on showing the request code that
// it shows at this instant.
uint32_t stopgap_seconds_left(int64_t now);

// Finds out which of a user's enrolments shows the request code that was typed:
// for each in turn, the minutes within the policy, nearest first, and of two as
// near the earlier (SPEC, "Request codes").
//
// Errors: STOPGAP_TOO_LONG to STOPGAP_CHECK_FAILED; STOPGAP_NOT_ENROLLED without
// keys; STOPGAP_CLOCK_SKEW, STOPGAP_UNRECOGNISED; those of stopgap_alphabet_new.
stopgap_status stopgap_locate(const struct stopgap_enrolment_key *const *keys,
                              size_t count,
                              const char *typed,
                              size_t typed_length,
                              const struct stopgap_alphabet *alphabet,
                              const struct stopgap_locate_policy *policy,
                              int64_t now,
                              struct stopgap_located *located,
                              struct stopgap_error *error);

// Reads `user`, `help_desk`, `administrator` or `super_administrator`, in any
// case.
//
// Errors: STOPGAP_NO_SUCH_ROLE.
stopgap_status stopgap_role_parse(const char *text,
                                  size_t length,
                                  stopgap_role *role,
                                  struct stopgap_error *error);

// The protocol's word for a role.
//
// Errors: STOPGAP_INVALID_VALUE; STOPGAP_BUFFER_TOO_SMALL (STOPGAP_ROLE_SIZE is
// enough).
stopgap_status stopgap_role_text(stopgap_role role,
                                 char *buffer,
                                 size_t capacity,
                                 size_t *needed,
                                 struct stopgap_error *error);

// Whether a role may do this: STOPGAP_OK, or STOPGAP_FORBIDDEN.
//
// Errors: STOPGAP_FORBIDDEN; STOPGAP_INVALID_VALUE.
stopgap_status stopgap_role_may(stopgap_role role,
                                stopgap_action action,
                                struct stopgap_error *error);

// What a level of access amounts to, where `role_of` knows what a user is.
//
// Errors: STOPGAP_INVALID_VALUE, STOPGAP_CALLBACK_FAILED; those of a name.
stopgap_status stopgap_access_scope(stopgap_access access,
                                    const char *same_as,
                                    size_t same_as_length,
                                    const struct stopgap_role_of *role_of,
                                    struct stopgap_scope *scope,
                                    struct stopgap_error *error);

// Creates a code of 128 random bits that lives 24 hours: the code, to be told once
// and not kept, and the record, to be kept. Only STOPGAP_ACCESS_SAME_AS looks at
// `same_as`.
//
// Errors: STOPGAP_FORBIDDEN for anybody but a super administrator;
// STOPGAP_DESCRIPTION_TOO_LONG, STOPGAP_DESCRIPTION_CONTROL_CHARACTER,
// STOPGAP_TIME_OUT_OF_RANGE, STOPGAP_RANDOM_FAILED, STOPGAP_CALLBACK_FAILED,
// STOPGAP_INVALID_VALUE; those of a name.
stopgap_status stopgap_security_code_create(const struct stopgap_key_ring *ring,
                                            const struct stopgap_actor *actor,
                                            stopgap_access access,
                                            const char *same_as,
                                            size_t same_as_length,
                                            const char *description,
                                            size_t description_length,
                                            int64_t now,
                                            const struct stopgap_random *random,
                                            struct stopgap_code *code,
                                            struct stopgap_security_code *record,
                                            struct stopgap_error *error);

// Authenticates a presented code: what it may do, where `role_of` knows what a
// user is; it is asked for STOPGAP_ACCESS_SAME_AS alone. The code is compared in
// constant time.
//
// Errors: STOPGAP_TIME_OUT_OF_RANGE, what keeps the text from being a code,
// STOPGAP_KEY_MISSING, STOPGAP_UNKNOWN (also for one that is gone), or
// STOPGAP_EXPIRED where the right code was presented in the week after its expiry;
// STOPGAP_CALLBACK_FAILED, STOPGAP_INVALID_VALUE where `role_of` gave no role.
stopgap_status stopgap_security_code_authenticate(const struct stopgap_security_code *record,
                                                  const struct stopgap_key_ring *ring,
                                                  const char *presented,
                                                  size_t presented_length,
                                                  const struct stopgap_role_of *role_of,
                                                  int64_t now,
                                                  struct stopgap_scope *scope,
                                                  struct stopgap_error *error);

// Where its life stands now.
//
// Errors: STOPGAP_TIME_OUT_OF_RANGE; those of a record that is none.
stopgap_status stopgap_security_code_state(const struct stopgap_security_code *record,
                                           int64_t now,
                                           struct stopgap_life_state *state,
                                           struct stopgap_error *error);

// Does something to the code. Only STOPGAP_LIFE_EDIT looks at `expires_at`, the
// new expiry.
//
// Errors: STOPGAP_FORBIDDEN to STOPGAP_ALREADY_ACTIVE, STOPGAP_TIME_OUT_OF_RANGE,
// STOPGAP_INVALID_VALUE; those of a record that is none.
stopgap_status stopgap_security_code_apply(struct stopgap_security_code *record,
                                           const struct stopgap_actor *actor,
                                           stopgap_life_event event,
                                           int64_t expires_at,
                                           int64_t now,
                                           struct stopgap_error *error);

// Describes the code anew, in at most 1,024 bytes without control characters.
//
// Errors: as stopgap_security_code_apply; STOPGAP_DESCRIPTION_TOO_LONG,
// STOPGAP_DESCRIPTION_CONTROL_CHARACTER.
stopgap_status stopgap_security_code_describe(struct stopgap_security_code *record,
                                              const struct stopgap_actor *actor,
                                              const char *description,
                                              size_t description_length,
                                              int64_t now,
                                              struct stopgap_error *error);

// The tag to keep beside a record. It binds the digest, the life and the access:
// make it anew when the life changes.
//
// Errors: STOPGAP_KEY_MISSING; those of a record that is none.
stopgap_status stopgap_security_code_tag(const struct stopgap_security_code *record,
                                         const struct stopgap_key_ring *ring,
                                         struct stopgap_tag *tag,
                                         struct stopgap_error *error);

// Checks the tag that was kept beside a record, in constant time: before anything
// in it is believed.
//
// Errors: STOPGAP_TAMPERED where record and tag do not belong together;
// STOPGAP_KEY_MISSING; those of a record that is none.
stopgap_status stopgap_security_code_check_tag(const struct stopgap_security_code *record,
                                               const struct stopgap_key_ring *ring,
                                               const struct stopgap_tag *tag,
                                               struct stopgap_error *error);

// The name of a status, such as "STOPGAP_EXPIRED", for a log: behind the prefix,
// in capitals, it is the protocol's word for the reason where it has one. Static,
// and never NULL: "STOPGAP_STATUS_UNKNOWN" for a number that is none.
const char *stopgap_status_name(stopgap_status status);

// One sentence for a person: of a refusal what may be shown at the screen,
// otherwise what to do about it. Static, and never NULL. Where there is an error
// struct, stopgap_error_message and stopgap_error_public_message say more.
const char *stopgap_status_message(stopgap_status status);

// 5 failures, 60 seconds that double up to an hour, closed for good after 100.
struct stopgap_throttle_policy stopgap_throttle_policy_default(void);

// Whether the door is open.
//
// Errors: STOPGAP_THROTTLED where it is closed, with the time at which it opens;
// STOPGAP_TIME_OUT_OF_RANGE.
stopgap_status stopgap_throttle_check(const struct stopgap_throttle *throttle,
                                      const struct stopgap_throttle_policy *policy,
                                      int64_t now,
                                      struct stopgap_error *error);

// Counts a failure, and closes the door where it is one too many: after
// STOPGAP_UNKNOWN alone, for a typo is no guess, and neither is a right code that
// has expired.
//
// Errors: STOPGAP_TIME_OUT_OF_RANGE.
stopgap_status stopgap_throttle_fail(struct stopgap_throttle *throttle,
                                     const struct stopgap_throttle_policy *policy,
                                     int64_t now,
                                     struct stopgap_error *error);

// Forgets all failures: after a success, when an administrator says so, and to
// begin with.
stopgap_status stopgap_throttle_reset(struct stopgap_throttle *throttle,
                                      struct stopgap_error *error);

// Makes an attempt through the door: behind a closed one it is not made; a success
// clears the failures, STOPGAP_UNKNOWN counts as one, and anything else changes
// nothing. Keep the throttle afterwards, whatever it returns.
//
// Returns STOPGAP_THROTTLED, STOPGAP_TIME_OUT_OF_RANGE, or what the attempt
// returned; `error` is written for the first two only: let the attempt give the
// same struct to its own call.
stopgap_status stopgap_throttle_guard(struct stopgap_throttle *throttle,
                                      const struct stopgap_throttle_policy *policy,
                                      int64_t now,
                                      stopgap_try attempt,
                                      void *context,
                                      struct stopgap_error *error);

// Reads ISO 8601, `P7D` and `P1M`, or what people type: `7d`, `7 days`, `1mo`,
// `1 month`. Case does not matter.
//
// Errors: STOPGAP_VALIDITY_DAYS, STOPGAP_VALIDITY_MONTHS, STOPGAP_VALIDITY_FORM.
stopgap_status stopgap_validity_parse(const char *text,
                                      size_t length,
                                      stopgap_validity *validity,
                                      struct stopgap_error *error);

// The validity in ISO 8601: `P7D`, `P1M`.
//
// Errors: STOPGAP_VALIDITY_DAYS for a number that is none;
// STOPGAP_BUFFER_TOO_SMALL (STOPGAP_VALIDITY_SIZE is enough).
stopgap_status stopgap_validity_text(stopgap_validity validity,
                                     char *buffer,
                                     size_t capacity,
                                     size_t *needed,
                                     struct stopgap_error *error);

// When something issued at this instant expires, on the wall clock of a zone. A
// wall-clock time that occurs twice means the first; one that is skipped is read
// with the offset before the gap (RFC 5545, section 3.3.5).
//
// Errors: STOPGAP_VALIDITY_DAYS, STOPGAP_UNKNOWN_ZONE;
// STOPGAP_TIME_OUT_OF_RANGE where either instant is outside the years 1 to 9999,
// in UTC or on the wall clock.
stopgap_status stopgap_validity_expires_at(stopgap_validity validity,
                                           int64_t issued_at,
                                           const char *zone,
                                           size_t zone_length,
                                           int64_t *expires_at,
                                           struct stopgap_error *error);

// The interface of the library that is linked: compare it with
// STOPGAP_ABI_VERSION where the library was loaded at run time.
uint32_t stopgap_abi_version(void);

// The version of the library that is linked, such as "0.1.0"; static, never
// NULL.
const char *stopgap_version(void);

// Overwrites memory with zeros, which no compiler leaves out: for codes, master
// keys and the texts made of them. NULL is left alone.
void stopgap_wipe(void *memory,
                  size_t length);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* STOPGAP_H */
