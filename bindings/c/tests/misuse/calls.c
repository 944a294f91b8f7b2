#include "arguments.h"

/* Agents. */

static stopgap_status agent_new(void) {
    return stopgap_agent_new(HANDLE(1, w.key),
                             record(2, OPTIONAL_RECORD, &w.in.policy, sizeof w.in.policy,
                                    STOPGAP_ERR_NOT_TERMINATED, STOPGAP_ERR_ALPHABET_WRONG_COUNT),
                             OUT(3, &w.out.agent), ERROR(4));
}

static stopgap_status agent_resume(void) {
    return stopgap_agent_resume(
        HANDLE(1, w.key),
        record(2, OPTIONAL_RECORD, &w.in.policy, sizeof w.in.policy,
               STOPGAP_ERR_NOT_TERMINATED, STOPGAP_ERR_ALPHABET_WRONG_COUNT),
        BYTES(3, w.in.state.bytes), size(4, LENGTH, sizeof w.in.state.bytes),
        OUT(5, &w.out.agent), ERROR(6));
}

static stopgap_status agent_seal(void) {
    return stopgap_agent_seal(HANDLE(1, w.agent), BYTES(2, &w.out.sealed), ERROR(3));
}

static stopgap_status agent_request_code(void) {
    return stopgap_agent_request_code(HANDLE(1, w.agent), instant(2, NOW),
                                      BYTES(3, &w.out.code), ERROR(4));
}

#define KEEP(number) STRUCT(number, &w.in.keep, LEFT_OUT, STOPGAP_ERR_NULL_ARGUMENT)

static stopgap_status agent_redeem(void) {
    return stopgap_agent_redeem(HANDLE(1, w.agent), WORDS(2, CODE_TEXT, w.in.answer.text),
                                choice(4, CHOICE, STOPGAP_PURPOSE_BYPASS), instant(5, NOW),
                                WORDS(6, ZONE_TEXT, BERLIN), KEEP(8),
                                OUT(9, &w.out.instant), ERROR(10));
}

static stopgap_status agent_password_only_lock(void) {
    return stopgap_agent_password_only_lock(HANDLE(1, w.agent), instant(2, NOW), KEEP(3),
                                            OUT(4, &w.out.instant), ERROR(5));
}

static stopgap_status agent_activate(void) {
    return stopgap_agent_activate(HANDLE(1, w.agent), instant(2, NOW + 60),
                                  instant(3, NOW), KEEP(4), OUT(5, &w.out.instant),
                                  ERROR(6));
}

static stopgap_status agent_clear_lock(void) {
    return stopgap_agent_clear_lock(HANDLE(1, w.agent), KEEP(2), ERROR(3));
}

static stopgap_status agent_unlock(void) {
    return stopgap_agent_unlock(HANDLE(1, w.agent), KEEP(2), ERROR(3));
}

/* Codes, and their formats. */

#define ALPHABET(number)                                                                 \
    STRUCT(number, &w.in.alphabet, STOPGAP_ERR_NOT_TERMINATED, STOPGAP_ERR_ALPHABET_WRONG_COUNT)
#define FORMAT(number)                                                                   \
    STRUCT(number, &w.in.format, STOPGAP_ERR_INVALID_VALUE, STOPGAP_ERR_ALPHABET_WRONG_COUNT)

/* A code is bytes only, without an alignment. */
#define CODE(number) BYTES(number, &w.in.code)

static stopgap_status alphabet_new(void) {
    return stopgap_alphabet_new(WORDS(1, ANY_TEXT, "ZYXWVUTSRQPNMKJH"), 0,
                                OUT(4, &w.out.alphabet), ERROR(5));
}

static stopgap_status alphabet_check_symbol(void) {
    return stopgap_alphabet_check_symbol(ALPHABET(1), WORDS(2, ANY_TEXT, "Z3467"),
                                         BYTES(4, &w.out.symbol), ERROR(5));
}

static stopgap_status code_canonical(void) {
    return stopgap_code_canonical(CODE(1), BYTES(2, w.out.text), size(3, CAPACITY, 13),
                                  NEEDED(4), ERROR(5));
}

static stopgap_status code_spoken(void) {
    size_t needed = 0;
    ignore(stopgap_code_spoken(&w.in.code, STOPGAP_LANGUAGE_GERMAN, NULL, 0, &needed, NULL));
    return stopgap_code_spoken(CODE(1), choice(2, CHOICE, STOPGAP_LANGUAGE_GERMAN),
                               BYTES(3, w.out.text), size(4, CAPACITY, needed),
                               NEEDED(5), ERROR(6));
}

static stopgap_status normalize(void) {
    return stopgap_normalize(FORMAT(1), WORDS(2, CODE_TEXT, w.in.code.text),
                             BYTES(4, &w.out.code), ERROR(5));
}

static stopgap_status normalize_any(void) {
    return stopgap_normalize_any(
        record(1, RECORD, w.in.formats, sizeof w.in.formats, STOPGAP_ERR_INVALID_VALUE,
               STOPGAP_ERR_ALPHABET_WRONG_COUNT),
        size(2, LENGTH, 2), WORDS(3, CODE_TEXT, w.in.code.text), BYTES(5, w.out.codes),
        size(6, CAPACITY, 1), OUT(7, &w.needed), ERROR(8));
}

static stopgap_status encode(void) {
    return stopgap_encode(FORMAT(1), BYTES(2, w.in.master.bytes), size(3, LENGTH, 6),
                          BYTES(4, &w.out.code), ERROR(5));
}

/* Requests. */

#define SIZED(number, request)                                                           \
    record(number, RECORD, &(request), sizeof(request), STOPGAP_ERR_INVALID_VALUE,           \
           STOPGAP_ERR_INVALID_VALUE)
/* A text of a request, and its length. */
#define TEXT_MEMBER(number, kind, name, text)                                            \
    request.name = WORDS(MEMBER(number), kind, text)
#define CONTEXT(number)                                                                  \
    TEXT_MEMBER(number, ANY_TEXT, source_address, "192.0.2.7");                          \
    TEXT_MEMBER((number) + 2, ANY_TEXT, request_id, "5f0c-1");                           \
    TEXT_MEMBER((number) + 4, ANY_TEXT, reason, "lost token");                           \
    TEXT_MEMBER((number) + 6, ANY_TEXT, ticket, "INC-4711")

static const stopgap_issue_request *issue_request(int number) {
    static stopgap_issue_request request;
    request = w.in.issue;
    TEXT_MEMBER(1, NAME_TEXT, user, "alice");
    CONTEXT(3);
    return SIZED(number, request);
}

static const stopgap_security_request *security_request(int number) {
    static stopgap_security_request request;
    request = w.in.secure;
    request.scopes = record(MEMBER(1), RECORD, &w.in.scopes, sizeof w.in.scopes,
                            STOPGAP_ERR_INVALID_VALUE, STOPGAP_ERR_SCOPES_EMPTY);
    TEXT_MEMBER(2, NAME_TEXT, same_as, "alice");
    request.access = choice(MEMBER(4), CHOICE, STOPGAP_ACCESS_SAME_AS);
    TEXT_MEMBER(5, ANY_TEXT, description, "backups");
    CONTEXT(7);
    return SIZED(number, request);
}

/* A request whose text is a code. */
static const stopgap_verify_request *verify_request(int number, const char *code) {
    static stopgap_verify_request request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    TEXT_MEMBER(1, NAME_TEXT, user, "alice");
    TEXT_MEMBER(3, CODE_TEXT, text, code);
    request.purpose = choice(MEMBER(5), CHOICE, STOPGAP_PURPOSE_RESET);
    TEXT_MEMBER(6, ANY_TEXT, idempotency_key, "attempt-1");
    CONTEXT(8);
    return SIZED(number, request);
}

/* A request whose text is not read. */
static const stopgap_verify_request *request_with_key(int number) {
    static stopgap_verify_request request;
    request = w.in.verify;
    request.purpose = choice(MEMBER(1), CHOICE, STOPGAP_PURPOSE_RESET);
    TEXT_MEMBER(2, ANY_TEXT, idempotency_key, "attempt-1");
    TEXT_MEMBER(4, NAME_TEXT, user, "alice");
    request.text = stopgap_text_n(argument(MEMBER(6), UNALIGNED, w.in.code.text), size(MEMBER(7), LENGTH, strlen(w.in.code.text)));
    return SIZED(number, request);
}

#define RANDOM(number)                                                                   \
    record(number, OPTIONAL_RECORD, &w.in.random, sizeof w.in.random, LEFT_OUT,          \
           STOPGAP_ERR_NULL_ARGUMENT)
#define POLICY(number)                                                                   \
    STRUCT(number, &w.in.online, STOPGAP_ERR_INVALID_VALUE, STOPGAP_ERR_ALPHABET_WRONG_COUNT)

/* Online codes. */

#define GRANT(number)                                                                    \
    STRUCT(number, &w.in.grant, STOPGAP_ERR_NOT_TERMINATED, STOPGAP_ERR_NAME_EMPTY)

static stopgap_status online_issue(void) {
    return stopgap_online_issue(POLICY(1), HANDLE(2, w.ring), issue_request(3),
                                instant(4, NOW), WORDS(5, ZONE_TEXT, BERLIN), RANDOM(7),
                                BYTES(8, &w.out.code), OUT(9, &w.out.grant), ERROR(10));
}

static stopgap_status online_verify(void) {
    return stopgap_online_verify(GRANT(1), HANDLE(2, w.ring),
                                 verify_request(3, w.in.code.text), instant(4, NOW),
                                 OUT(5, &w.out.granted), ERROR(6));
}

static stopgap_status online_verify_any(void) {
    return stopgap_online_verify_any(
        record(1, RECORD, w.in.grants, sizeof w.in.grants, STOPGAP_ERR_NOT_TERMINATED,
               STOPGAP_ERR_NAME_EMPTY),
        size(2, LENGTH, 2), HANDLE(3, w.ring), verify_request(4, w.in.code.text),
        instant(5, NOW), OUT(6, &w.out.index), OUT(7, &w.out.granted), ERROR(8));
}

static stopgap_status online_revoke(void) {
    return stopgap_online_revoke(GRANT(1), HANDLE(2, w.ring), instant(3, NOW), ERROR(4));
}

static stopgap_status online_check_not_ended(void) {
    return stopgap_online_check_not_ended(GRANT(1), HANDLE(2, w.ring), instant(3, NOW),
                                          ERROR(4));
}

static stopgap_status online_open(void) {
    return stopgap_online_open(GRANT(1), HANDLE(2, w.ring), ERROR(3));
}

#define VERIFICATION(number)                                                             \
    STRUCT(number, &w.in.verification, STOPGAP_ERR_NOT_TERMINATED, STOPGAP_ERR_NAME_EMPTY)

static stopgap_status verification_seal(void) {
    return stopgap_verification_seal(HANDLE(1, w.ring), request_with_key(2), CODE(3),
                                     BYTES(4, "yes"), size(5, LENGTH, 3), instant(6, NOW),
                                     OUT(7, &w.out.verification), ERROR(8));
}

static stopgap_status verification_replay(void) {
    return stopgap_verification_replay(VERIFICATION(1), BYTES(2, "yes"), size(3, LENGTH, 3),
                                       HANDLE(4, w.ring), &w.in.verify, CODE(6),
                                       STOPGAP_REPLAY_SECONDS, instant(8, NOW), ERROR(9));
}

static stopgap_status verification_open(void) {
    return stopgap_verification_open(VERIFICATION(1), BYTES(2, "yes"), size(3, LENGTH, 3),
                                     HANDLE(4, w.ring), ERROR(5));
}

#define PRESET(number)                                                                   \
    STRUCT(number, &w.in.preset, STOPGAP_ERR_NOT_TERMINATED, STOPGAP_ERR_NAME_EMPTY)

static stopgap_status preset_seal(void) {
    return stopgap_preset_seal(HANDLE(1, w.ring), WORDS(2, NAME_TEXT, "visitor"), POLICY(4),
                               OUT(5, &w.out.preset), ERROR(6));
}

static stopgap_status preset_open(void) {
    return stopgap_preset_open(PRESET(1), HANDLE(2, w.ring),
                               WORDS(3, NAME_TEXT, "lost token"), OUT(5, &w.out.policy),
                               ERROR(6));
}

/* Offline codes. */

#define ENROLMENT(number)                                                                \
    STRUCT(number, &w.in.enrolments[0], STOPGAP_ERR_NOT_TERMINATED, STOPGAP_ERR_NAME_EMPTY)

static stopgap_status offline_answer(void) {
    return stopgap_offline_answer(
        STRUCT(1, &w.in.offline, STOPGAP_ERR_VALIDITY_DAYS, STOPGAP_ERR_VALIDITY_DAYS),
        HANDLE(2, w.ring),
        record(3, RECORD, w.in.enrolments, sizeof w.in.enrolments, STOPGAP_ERR_NOT_TERMINATED,
               STOPGAP_ERR_NAME_EMPTY),
        size(4, LENGTH, 2), verify_request(5, w.in.request.text), instant(6, NOW),
        WORDS(7, ZONE_TEXT, BERLIN), OUT(9, &w.out.answer), ERROR(10));
}

static stopgap_status enrolment_new(void) {
    return stopgap_enrolment_new(HANDLE(1, w.ring), WORDS(2, NAME_TEXT, "alice"),
                                 WORDS(4, NAME_TEXT, "LAPTOP-17"), instant(6, NOW),
                                 RANDOM(7), OUT(8, &w.out.enrolment), ERROR(9));
}

static stopgap_status enrolment_next(void) {
    return stopgap_enrolment_next(ENROLMENT(1), HANDLE(2, w.ring), instant(3, NOW),
                                  ERROR(4));
}

static stopgap_status enrolment_retire(void) {
    return stopgap_enrolment_retire(ENROLMENT(1), HANDLE(2, w.ring), instant(3, NOW),
                                    ERROR(4));
}

static stopgap_status enrolment_open(void) {
    return stopgap_enrolment_open(ENROLMENT(1), HANDLE(2, w.ring), ERROR(3));
}

static stopgap_status enrolment_migrate(void) {
    return stopgap_enrolment_migrate(HANDLE(1, w.ring), WORDS(2, NAME_TEXT, "alice"),
                                     WORDS(4, NAME_TEXT, "LAPTOP-17"), 7, instant(7, NOW),
                                     OUT(8, &w.out.enrolment), ERROR(9));
}

static stopgap_status key_derive(void) {
    return stopgap_enrolment_key_derive(ENROLMENT(1), HANDLE(2, w.ring),
                                        OUT(3, &w.out.key), ERROR(4));
}

static stopgap_status key_from_bytes(void) {
    return stopgap_enrolment_key_from_bytes(BYTES(1, w.in.master.bytes),
                                            size(2, LENGTH, STOPGAP_KEY_SIZE),
                                            OUT(3, &w.out.key), ERROR(4));
}

#define HEX "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789ABCDEF"

static stopgap_status key_from_hex(void) {
    return stopgap_enrolment_key_from_hex(WORDS(1, ANY_TEXT, HEX), OUT(3, &w.out.key),
                                          ERROR(4));
}

static stopgap_status key_reveal(void) {
    return stopgap_enrolment_key_reveal(HANDLE(1, w.key), BYTES(2, w.out.bytes),
                                        size(3, CAPACITY, STOPGAP_KEY_SIZE), ERROR(4));
}

static stopgap_status key_request_code(void) {
    return stopgap_enrolment_key_request_code(HANDLE(1, w.key), 29921220, ALPHABET(3),
                                              BYTES(4, &w.out.code), ERROR(5));
}

static stopgap_status key_offline_code(void) {
    return stopgap_enrolment_key_offline_code(
        HANDLE(1, w.key), 29921220, choice(3, CHOICE, STOPGAP_PURPOSE_RESET),
        choice(4, VALIDITY, STOPGAP_VALIDITY_MONTH), ALPHABET(5), BYTES(6, &w.out.code), ERROR(7));
}

static stopgap_status key_ocra_data_input(void) {
    return stopgap_enrolment_key_ocra_data_input(
        HANDLE(1, w.key), 29921220, choice(3, CHOICE, STOPGAP_PURPOSE_RESET),
        choice(4, VALIDITY, 7), BYTES(5, w.out.bytes),
        size(6, CAPACITY, STOPGAP_OCRA_DATA_INPUT_SIZE), ERROR(7));
}

static stopgap_status locate(void) {
    return stopgap_locate(HANDLE(1, w.in.keys), size(2, LENGTH, 2),
                          WORDS(3, CODE_TEXT, w.in.request.text), ALPHABET(5),
                          STRUCT(6, &w.in.locate, LEFT_OUT, STOPGAP_OK), instant(7, NOW),
                          OUT(8, &w.out.located), ERROR(9));
}

/* Keys. */

static stopgap_status ring_new(void) {
    return stopgap_key_ring_new(1, BYTES(2, &w.in.master), OUT(3, &w.out.ring), ERROR(4));
}

static stopgap_status ring_add(void) {
    return stopgap_key_ring_add(HANDLE(1, w.ring), 3, BYTES(3, &w.in.master), ERROR(4));
}

static stopgap_status ring_retire(void) {
    return stopgap_key_ring_retire(HANDLE(1, w.ring), 1, ERROR(3));
}

static stopgap_status ring_primary_id(void) {
    return stopgap_key_ring_primary_id(HANDLE(1, w.ring), OUT(2, &w.out.number), ERROR(3));
}

static stopgap_status ring_tenant(void) {
    return stopgap_key_ring_tenant(HANDLE(1, w.ring), WORDS(2, NAME_TEXT, "north"),
                                   OUT(4, &w.out.ring), ERROR(5));
}

static stopgap_status ring_check_values(void) {
    return stopgap_key_ring_check_values(HANDLE(1, w.ring), OUT(2, w.out.digests),
                                         size(3, CAPACITY, 2), OUT(4, &w.needed),
                                         ERROR(5));
}

static stopgap_status ring_online_digests(void) {
    return stopgap_key_ring_online_digests(HANDLE(1, w.ring), WORDS(2, NAME_TEXT, "alice"),
                                           CODE(4), OUT(5, w.out.digests),
                                           size(6, CAPACITY, 2), OUT(7, &w.needed),
                                           ERROR(8));
}

static stopgap_status ring_security_digests(void) {
    return stopgap_key_ring_security_digests(
        HANDLE(1, w.ring), BYTES(2, &w.in.secret), OUT(3, w.out.digests),
        size(4, CAPACITY, 2), OUT(5, &w.needed), ERROR(6));
}

static stopgap_status master_key_generate(void) {
    return stopgap_master_key_generate(record(1, OPTIONAL_RECORD, &w.in.random,
                                              sizeof w.in.random, LEFT_OUT,
                                              STOPGAP_ERR_NULL_ARGUMENT),
                                       BYTES(2, &w.out.master), ERROR(3));
}

static stopgap_status master_key_from_hex(void) {
    return stopgap_master_key_from_hex(WORDS(1, ANY_TEXT, HEX), BYTES(3, &w.out.master),
                                       ERROR(4));
}

static stopgap_status master_key_tenant(void) {
    return stopgap_master_key_tenant(BYTES(1, &w.in.master), WORDS(2, NAME_TEXT, "north"),
                                     BYTES(4, &w.out.master), ERROR(5));
}

/* Security codes. */

#define SECURITY_CODE(number, zeros)                                                     \
    STRUCT(number, &w.in.record, STOPGAP_ERR_NOT_TERMINATED, zeros)
#define ACTOR(number) STRUCT(number, &w.in.actor, LEFT_OUT, STOPGAP_ERR_INVALID_VALUE)
#define KNOWS(number) STRUCT(number, &w.in.knows, LEFT_OUT, STOPGAP_ERR_NULL_ARGUMENT)

static stopgap_status security_code_create(void) {
    return stopgap_security_code_create(
        HANDLE(1, w.ring), w.in.prefixes, ACTOR(3), security_request(4), instant(5, NOW),
        RANDOM(6), BYTES(7, w.out.text), size(8, CAPACITY, 49), NEEDED(9),
        OUT(10, &w.out.record), ERROR(11));
}

static stopgap_status security_code_authenticate(void) {
    return stopgap_security_code_authenticate(
        SECURITY_CODE(1, STOPGAP_ERR_INVALID_VALUE), HANDLE(2, w.ring),
        BYTES(3, w.in.prefixes), size(4, LENGTH, 2), WORDS(5, CODE_TEXT, w.in.secret_text),
        KNOWS(7), instant(8, NOW), OUT(9, &w.out.authenticated), ERROR(10));
}

static stopgap_status scopes_parse(void) {
    return stopgap_scopes_parse(WORDS(1, ANY_TEXT, "backups:read"), OUT(3, &w.out.scopes),
                                ERROR(4));
}

static stopgap_status security_text(void) {
    return stopgap_security_text(BYTES(1, &w.in.secret), w.in.prefixes,
                                 BYTES(3, w.out.text), size(4, CAPACITY, 49), NEEDED(5),
                                 ERROR(6));
}

static stopgap_status security_read(void) {
    return stopgap_security_read(BYTES(1, w.in.prefixes), size(2, LENGTH, 2),
                                 WORDS(3, CODE_TEXT, w.in.secret_text),
                                 BYTES(5, &w.out.code), ERROR(6));
}

static stopgap_status security_code_state(void) {
    return stopgap_security_code_state(SECURITY_CODE(1, STOPGAP_ERR_INVALID_VALUE),
                                       HANDLE(2, w.ring), instant(3, NOW),
                                       OUT(4, &w.out.state), ERROR(5));
}

static stopgap_status security_code_apply(void) {
    return stopgap_security_code_apply(
        SECURITY_CODE(1, STOPGAP_ERR_INVALID_VALUE), HANDLE(2, w.ring), ACTOR(3),
        choice(4, CHOICE, STOPGAP_EVENT_EDIT), instant(5, NOW + 60), instant(6, NOW),
        ERROR(7));
}

static stopgap_status security_code_describe(void) {
    return stopgap_security_code_describe(SECURITY_CODE(1, STOPGAP_ERR_INVALID_VALUE),
                                          HANDLE(2, w.ring), ACTOR(3),
                                          WORDS(4, ANY_TEXT, "nightly backups"),
                                          instant(6, NOW), ERROR(7));
}

static stopgap_status security_code_open(void) {
    return stopgap_security_code_open(SECURITY_CODE(1, STOPGAP_ERR_INVALID_VALUE),
                                      HANDLE(2, w.ring), ERROR(3));
}

/* Words, failures and throttles. */

static stopgap_status purpose_parse(void) {
    return stopgap_purpose_parse(WORDS(1, ANY_TEXT, "bypass"), OUT(3, &w.out.number),
                                 ERROR(4));
}

static stopgap_status purpose_text(void) {
    return stopgap_purpose_text(choice(1, CHOICE, STOPGAP_PURPOSE_REGISTER),
                                BYTES(2, w.out.text),
                                size(3, CAPACITY, STOPGAP_PURPOSE_TEXT_SIZE), NEEDED(4),
                                ERROR(5));
}

static stopgap_status language_parse(void) {
    return stopgap_language_parse(WORDS(1, ANY_TEXT, "de_DE.UTF-8"), OUT(3, &w.out.number),
                                  ERROR(4));
}

static stopgap_status role_parse(void) {
    return stopgap_role_parse(WORDS(1, ANY_TEXT, "administrator"), OUT(3, &w.out.number),
                              ERROR(4));
}

static stopgap_status role_text(void) {
    return stopgap_role_text(choice(1, CHOICE, STOPGAP_ROLE_SUPER_ADMINISTRATOR),
                             BYTES(2, w.out.text), size(3, CAPACITY, STOPGAP_ROLE_TEXT_SIZE),
                             NEEDED(4), ERROR(5));
}

static stopgap_status role_may(void) {
    return stopgap_role_may(choice(1, CHOICE, STOPGAP_ROLE_HELP_DESK),
                            choice(2, CHOICE, STOPGAP_ACTION_ISSUE_CODE), ERROR(3));
}

static stopgap_status validity_parse(void) {
    return stopgap_validity_parse(WORDS(1, ANY_TEXT, "7 days"), OUT(3, &w.out.number),
                                  ERROR(4));
}

static stopgap_status validity_text(void) {
    return stopgap_validity_text(choice(1, VALIDITY, STOPGAP_VALIDITY_MINUTES + 1439), BYTES(2, w.out.text),
                                 size(3, CAPACITY, STOPGAP_VALIDITY_TEXT_SIZE), NEEDED(4),
                                 ERROR(5));
}

static stopgap_status validity_expires_at(void) {
    return stopgap_validity_expires_at(choice(1, VALIDITY, STOPGAP_VALIDITY_MONTH),
                                       instant(2, NOW), WORDS(3, ZONE_TEXT, BERLIN),
                                       OUT(5, &w.out.instant), ERROR(6));
}

static stopgap_status error_message(void) {
    size_t needed = 0;
    ignore(stopgap_error_message(&w.in.failure, NULL, 0, &needed));
    return stopgap_error_message(
        STRUCT(1, &w.in.failure, STOPGAP_ERR_INVALID_VALUE, LEFT_OUT), BYTES(2, w.out.text),
        size(3, CAPACITY, needed), NEEDED(4));
}

static stopgap_status error_public_message(void) {
    size_t needed = 0;
    ignore(stopgap_error_public_message(&w.in.failure, TEXT(BERLIN), STOPGAP_LANGUAGE_GERMAN, NULL, 0,
                                       &needed));
    return stopgap_error_public_message(
        STRUCT(1, &w.in.failure, STOPGAP_ERR_INVALID_VALUE, LEFT_OUT),
        WORDS(2, ZONE_TEXT, BERLIN), choice(4, CHOICE, STOPGAP_LANGUAGE_GERMAN),
        BYTES(5, w.out.text), size(6, CAPACITY, needed), NEEDED(7));
}

static stopgap_status throttle_check(void) {
    return stopgap_throttle_check(STRUCT(1, &w.in.throttle, STOPGAP_ERR_THROTTLED, STOPGAP_OK),
                                  STRUCT(2, &w.in.lockouts, STOPGAP_OK, STOPGAP_ERR_THROTTLED),
                                  instant(3, NOW), ERROR(4));
}

static stopgap_status throttle_fail(void) {
    return stopgap_throttle_fail(STRUCT(1, &w.in.throttle, STOPGAP_OK, STOPGAP_OK),
                                 STRUCT(2, &w.in.lockouts, STOPGAP_OK, STOPGAP_OK),
                                 instant(3, NOW), ERROR(4));
}

static stopgap_status throttle_reset(void) {
    return stopgap_throttle_reset(OUT(1, &w.in.throttle), ERROR(2));
}

static stopgap_status succeed(void *context) {
    (void)context;
    return STOPGAP_OK;
}

static stopgap_status throttle_guard(void) {
    return stopgap_throttle_guard(STRUCT(1, &w.in.throttle, STOPGAP_ERR_THROTTLED, STOPGAP_OK),
                                  STRUCT(2, &w.in.lockouts, STOPGAP_OK, STOPGAP_ERR_THROTTLED),
                                  instant(3, NOW), succeed, NULL, ERROR(6));
}

static stopgap_status user_throttle_seal(void) {
    return stopgap_user_throttle_seal(HANDLE(1, w.ring), WORDS(2, NAME_TEXT, "alice"),
                                      STRUCT(4, &w.in.throttle, STOPGAP_OK, STOPGAP_OK),
                                      OUT(5, &w.out.user_throttle), ERROR(6));
}

static stopgap_status user_throttle_open(void) {
    return stopgap_user_throttle_open(
        STRUCT(1, &w.in.user_throttle, STOPGAP_ERR_NOT_TERMINATED, STOPGAP_ERR_NAME_EMPTY),
        HANDLE(2, w.ring), WORDS(3, NAME_TEXT, "alice"), OUT(5, &w.out.throttle), ERROR(6));
}

#define CALL(function) {"stopgap_" #function, function}
#define KEY_CALL(function) {"stopgap_enrolment_" #function, function}
#define RING_CALL(function) {"stopgap_key_" #function, function}

const call CALLS[] = {
    CALL(agent_new),
    CALL(agent_resume),
    CALL(agent_seal),
    CALL(agent_request_code),
    CALL(agent_redeem),
    CALL(agent_password_only_lock),
    CALL(agent_activate),
    CALL(agent_clear_lock),
    CALL(agent_unlock),
    CALL(alphabet_new),
    CALL(alphabet_check_symbol),
    CALL(offline_answer),
    CALL(code_canonical),
    CALL(code_spoken),
    CALL(enrolment_new),
    CALL(enrolment_next),
    CALL(enrolment_retire),
    CALL(enrolment_open),
    CALL(enrolment_migrate),
    KEY_CALL(key_derive),
    KEY_CALL(key_from_bytes),
    KEY_CALL(key_from_hex),
    KEY_CALL(key_reveal),
    KEY_CALL(key_request_code),
    KEY_CALL(key_offline_code),
    KEY_CALL(key_ocra_data_input),
    CALL(normalize),
    CALL(normalize_any),
    CALL(encode),
    CALL(online_verify),
    CALL(online_verify_any),
    CALL(online_revoke),
    CALL(online_check_not_ended),
    CALL(online_open),
    CALL(verification_seal),
    CALL(verification_replay),
    CALL(verification_open),
    CALL(preset_seal),
    CALL(preset_open),
    RING_CALL(ring_new),
    RING_CALL(ring_add),
    RING_CALL(ring_retire),
    RING_CALL(ring_primary_id),
    RING_CALL(ring_tenant),
    RING_CALL(ring_check_values),
    RING_CALL(ring_online_digests),
    RING_CALL(ring_security_digests),
    CALL(master_key_generate),
    CALL(master_key_from_hex),
    CALL(master_key_tenant),
    CALL(error_message),
    CALL(error_public_message),
    CALL(online_issue),
    CALL(language_parse),
    CALL(purpose_parse),
    CALL(purpose_text),
    CALL(locate),
    CALL(role_parse),
    CALL(role_text),
    CALL(role_may),
    CALL(scopes_parse),
    CALL(security_text),
    CALL(security_read),
    CALL(security_code_create),
    CALL(security_code_authenticate),
    CALL(security_code_state),
    CALL(security_code_apply),
    CALL(security_code_describe),
    CALL(security_code_open),
    CALL(throttle_check),
    CALL(throttle_fail),
    CALL(throttle_reset),
    CALL(throttle_guard),
    CALL(user_throttle_seal),
    CALL(user_throttle_open),
    CALL(validity_parse),
    CALL(validity_text),
    CALL(validity_expires_at),
};

const size_t CALL_COUNT = sizeof CALLS / sizeof CALLS[0];
