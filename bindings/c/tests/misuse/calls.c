#include "arguments.h"

/* A request, or an output, that begins with its size. */
#define SIZED(number, request)                                                           \
    record(number, RECORD, &(request), sizeof(request), STOPGAP_ERR_INVALID_VALUE,           \
           STOPGAP_ERR_INVALID_VALUE)

/* Agents. */

static stopgap_status agent_new(void) {
    return stopgap_agent_new(HANDLE(1, w.key),
                             record(2, OPTIONAL_RECORD, &w.in.policy, sizeof w.in.policy,
                                    LEFT_OUT, STOPGAP_OK),
                             OUT(3, &w.out.agent), ERROR(4));
}

static stopgap_status agent_resume(void) {
    return stopgap_agent_resume(
        HANDLE(1, w.key),
        record(2, OPTIONAL_RECORD, &w.in.policy, sizeof w.in.policy,
               LEFT_OUT, STOPGAP_OK),
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
    static stopgap_redeem_request request;
    request = w.in.redeem;
    request.typed = WORDS(MEMBER(1), CODE_TEXT, w.in.answer.text);
    request.purpose = choice(MEMBER(3), CHOICE, STOPGAP_PURPOSE_BYPASS);
    request.zone = WORDS(MEMBER(4), ZONE_TEXT, BERLIN);
    return stopgap_agent_redeem(
        HANDLE(1, w.agent),
        STRUCT(2, &request, STOPGAP_ERR_INVALID_VALUE, STOPGAP_ERR_INVALID_VALUE),
        instant(3, NOW), KEEP(4), OUT(5, &w.out.instant), ERROR(6));
}

static stopgap_status agent_lock(void) {
    return stopgap_agent_lock(HANDLE(1, w.agent), instant(2, NOW), OUT(3, &w.out.instant),
                              ERROR(4));
}

static stopgap_status agent_log_on(void) {
    return stopgap_agent_log_on(HANDLE(1, w.agent), instant(2, NOW), KEEP(3),
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

/* A struct of 0xFF has a pointer to no alphabet; one of zeros has the usual alphabet. */
#define FORMAT(number) STRUCT(number, &w.in.format, LEFT_OUT, STOPGAP_ERR_CODE_LENGTH)

/* A code is bytes only, without an alignment. */
#define CODE(number) BYTES(number, &w.in.code)

static stopgap_status alphabet_new(void) {
    return stopgap_alphabet_new(WORDS(1, ANY_TEXT, "ZYXWVUTSRQPNMKJH"), 0,
                                OUT(4, &w.out.alphabet), ERROR(5));
}

static stopgap_status alphabet_check_symbol(void) {
    return stopgap_alphabet_check_symbol(BYTES(1, w.in.alphabet), WORDS(2, ANY_TEXT, "Z3467"),
                                         BYTES(4, &w.out.symbol), ERROR(5));
}

static stopgap_status alphabet_info(void) {
    return stopgap_alphabet_info(BYTES(1, w.in.alphabet), SIZED(2, w.sized.alphabet), ERROR(3));
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
    static stopgap_codes place;
    place.ptr = BYTES(MEMBER(1), w.out.codes);
    place.capacity = size(MEMBER(2), CAPACITY, 1);
    return stopgap_normalize_any(record(1, RECORD, w.in.formats, sizeof w.in.formats, LEFT_OUT,
                                        STOPGAP_ERR_CODE_LENGTH),
                                 size(2, LENGTH, 2), WORDS(3, CODE_TEXT, w.in.code.text),
                                 OUT(5, &place), ERROR(6));
}

static stopgap_status encode(void) {
    return stopgap_encode(FORMAT(1), BYTES(2, w.in.master.bytes), size(3, LENGTH, 6),
                          BYTES(4, &w.out.code), ERROR(5));
}

/* Requests. */

#define SIZED(number, request)                                                           \
    record(number, RECORD, &(request), sizeof(request), STOPGAP_ERR_INVALID_VALUE,           \
           STOPGAP_ERR_INVALID_VALUE)
#define RANDOM(number)                                                                   \
    record(number, OPTIONAL_RECORD, &w.in.random, sizeof w.in.random, LEFT_OUT,          \
           STOPGAP_ERR_NULL_ARGUMENT)
#define PREFIXES(number)                                                                 \
    record(number, RECORD, w.in.prefixes, sizeof w.in.prefixes, LEFT_OUT,                \
           STOPGAP_ERR_PREFIX_INVALID)
/* A text of a request, and its length. */
#define TEXT_MEMBER(number, kind, name, text)                                            \
    request.name = WORDS(MEMBER(number), kind, text)
#define CONTEXT(number)                                                                  \
    TEXT_MEMBER(number, ANY_TEXT, source_address, "192.0.2.7");                          \
    TEXT_MEMBER((number) + 2, ANY_TEXT, request_id, "5f0c-1");                           \
    TEXT_MEMBER((number) + 4, ANY_TEXT, reason, "lost token");                           \
    TEXT_MEMBER((number) + 6, ANY_TEXT, ticket, "INC-4711")

#define RANDOM(number)                                                                   \
    record(number, OPTIONAL_RECORD, &w.in.random, sizeof w.in.random, LEFT_OUT,          \
           STOPGAP_ERR_NULL_ARGUMENT)

static const stopgap_issue_request *issue_request(int number) {
    static stopgap_issue_request request;
    request = w.in.issue;
    TEXT_MEMBER(1, NAME_TEXT, user, "alice");
    CONTEXT(3);
    request.policy = record(MEMBER(11), OPTIONAL_RECORD, &w.in.online, sizeof w.in.online,
                            LEFT_OUT, STOPGAP_ERR_CODE_LENGTH);
    TEXT_MEMBER(12, ZONE_TEXT, zone, BERLIN);
    request.random = RANDOM(MEMBER(14));
    return SIZED(number, request);
}

#define ACTOR_MEMBER(number)                                                             \
    request.actor.name = WORDS(MEMBER(number), NAME_TEXT, "root");                       \
    request.actor.role = choice(MEMBER((number) + 2), CHOICE, STOPGAP_ROLE_SUPER_ADMINISTRATOR)

static const stopgap_security_request *security_request(int number) {
    static stopgap_security_request request;
    request = w.in.secure;
    ACTOR_MEMBER(1);
    TEXT_MEMBER(4, ANY_TEXT, scopes.list, "backups:read");
    TEXT_MEMBER(6, NAME_TEXT, same_as, "alice");
    request.access = choice(MEMBER(8), CHOICE, STOPGAP_ACCESS_SAME_AS);
    request.expires_at = instant(MEMBER(9), NOW + 3600);
    TEXT_MEMBER(10, ANY_TEXT, description, "backups");
    TEXT_MEMBER(12, ANY_TEXT, prefix, "acme");
    request.random = RANDOM(MEMBER(14));
    CONTEXT(15);
    return SIZED(number, request);
}

static const stopgap_authenticate_request *authenticate_request(int number) {
    static stopgap_authenticate_request request;
    request = w.in.authenticate;
    TEXT_MEMBER(1, CODE_TEXT, presented, w.in.secret_text.text);
    request.role_of = STRUCT(MEMBER(3), &w.in.knows, LEFT_OUT, STOPGAP_ERR_NULL_ARGUMENT);
    request.prefixes = PREFIXES(MEMBER(4));
    request.prefix_count = size(MEMBER(5), LENGTH, 2);
    return SIZED(number, request);
}

static const stopgap_security_change *security_change(int number) {
    static stopgap_security_change request;
    request = w.in.change;
    ACTOR_MEMBER(1);
    request.event = choice(MEMBER(4), CHOICE, STOPGAP_EVENT_EDIT);
    request.expires_at = instant(MEMBER(5), NOW + 60);
    return SIZED(number, request);
}

static const stopgap_rotate_request *rotate_request(int number) {
    static stopgap_rotate_request request;
    request = w.in.rotate;
    ACTOR_MEMBER(1);
    request.expires_at = instant(MEMBER(4), NOW + 7200);
    TEXT_MEMBER(5, ANY_TEXT, prefix, "acme");
    request.random = RANDOM(MEMBER(7));
    return SIZED(number, request);
}

static const stopgap_verify_request *verify_request(int number) {
    static stopgap_verify_request request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    TEXT_MEMBER(1, NAME_TEXT, user, "alice");
    TEXT_MEMBER(3, CODE_TEXT, text, w.in.code.text);
    request.purpose = choice(MEMBER(5), CHOICE, STOPGAP_PURPOSE_RESET);
    CONTEXT(6);
    return SIZED(number, request);
}

static const stopgap_answer_request *answer_request(int number) {
    static stopgap_answer_request request;
    request = w.in.asked;
    TEXT_MEMBER(1, NAME_TEXT, user, "alice");
    TEXT_MEMBER(3, CODE_TEXT, text, w.in.request.text);
    request.purpose = choice(MEMBER(5), CHOICE, STOPGAP_PURPOSE_RESET);
    CONTEXT(6);
    request.enrolments = HANDLE(MEMBER(14), w.in.enrolments);
    request.count = size(MEMBER(15), LENGTH, 2);
    request.policy = record(MEMBER(16), OPTIONAL_RECORD, &w.in.offline, sizeof w.in.offline,
                            STOPGAP_ERR_VALIDITY_DAYS, STOPGAP_ERR_VALIDITY_DAYS);
    TEXT_MEMBER(17, ZONE_TEXT, zone, BERLIN);
    return SIZED(number, request);
}

static const stopgap_enrolment_request *enrolment_request(int number) {
    static stopgap_enrolment_request request;
    request = w.in.enrol;
    TEXT_MEMBER(1, NAME_TEXT, user, "alice");
    TEXT_MEMBER(3, NAME_TEXT, machine, "LAPTOP-17");
    request.random = RANDOM(MEMBER(5));
    return SIZED(number, request);
}

static const stopgap_verification_request *verification_request(int number) {
    static stopgap_verification_request request;
    request = w.in.repeated;
    TEXT_MEMBER(1, NAME_TEXT, user, "alice");
    TEXT_MEMBER(3, ANY_TEXT, idempotency_key, "attempt-1");
    request.purpose = choice(MEMBER(5), CHOICE, STOPGAP_PURPOSE_RESET);
    request.code = BYTES(MEMBER(6), &w.in.code);
    request.answer.ptr = BYTES(MEMBER(7), "yes");
    request.answer.len = size(MEMBER(8), LENGTH, 3);
    return SIZED(number, request);
}

/* The place of digests, two if there is room. */
static stopgap_digests *digests_at(int number) {
    static stopgap_digests place;
    place.ptr = OUT(MEMBER(9), w.out.digests);
    place.capacity = size(MEMBER(10), CAPACITY, 2);
    return OUT(number, &place);
}

/* The bytes of a record, which a static buffer has. */
#define STORED(type, member)                                                             \
    static uint8_t bytes[1024];                                                          \
    size_t length = 0;                                                                   \
    must(stopgap_##type##_to_bytes(w.in.member, bytes, sizeof bytes, &length, NULL))

/* Returns bytes as an argument. */
static stopgap_bytes stored(int number, const uint8_t *bytes, size_t length) {
    stopgap_bytes all;
    all.ptr = BYTES(number, bytes);
    all.len = size(number + 1, LENGTH, length);
    return all;
}

/* The calls that write the members and the bytes of a record, and read its bytes: the type,
 * its place among the inputs, and its name among the outputs. */
#define RECORD_CALLS(type, input, member)                                                \
    static stopgap_status type##_to_bytes(void) {                                        \
        STORED(type, input);                                                             \
        return stopgap_##type##_to_bytes(HANDLE(1, w.in.input), BYTES(2, w.out.text),    \
                                         size(3, CAPACITY, length), NEEDED(4),           \
                                         ERROR(5));                                      \
    }                                                                                    \
    static stopgap_status type##_from_bytes(void) {                                      \
        STORED(type, input);                                                             \
        return stopgap_##type##_from_bytes(stored(1, bytes, length),                     \
                                           OUT(3, &w.out.member), ERROR(4));             \
    }                                                                                    \
    static stopgap_status type##_info(void) {                                            \
        return stopgap_##type##_info(HANDLE(1, w.in.input), SIZED(2, w.sized.member),    \
                                     ERROR(3));                                          \
    }

RECORD_CALLS(online_grant, grant, grant)
RECORD_CALLS(user_throttle, user_throttle, user_throttle)
RECORD_CALLS(preset, preset, preset)
RECORD_CALLS(verification, verification, verification)
RECORD_CALLS(enrolment, enrolments[0], enrolment)

#define POLICY(number)                                                                   \
    STRUCT(number, &w.in.online, LEFT_OUT, STOPGAP_ERR_CODE_LENGTH)

/* Online codes. */

#define GRANT(number) HANDLE(number, w.in.grant)

static stopgap_status online_issue(void) {
    return stopgap_online_issue(HANDLE(1, w.ring), issue_request(2), instant(3, NOW),
                                BYTES(4, &w.out.code), OUT(5, &w.out.grant), ERROR(6));
}

static stopgap_status online_verify(void) {
    return stopgap_online_verify(GRANT(1), HANDLE(2, w.ring),
                                 verify_request(3), instant(4, NOW),
                                 SIZED(5, w.sized.granted), ERROR(6));
}

static stopgap_status online_verify_any(void) {
    stopgap_online_grants grants;
    grants.ptr = HANDLE(1, w.in.grants);
    grants.count = size(2, LENGTH, 2);
    return stopgap_online_verify_any(grants, HANDLE(3, w.ring),
                                     verify_request(4), instant(5, NOW),
                                     SIZED(6, w.sized.granted), ERROR(7));
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

#define VERIFICATION(number) HANDLE(number, w.in.verification)

static stopgap_status verification_seal(void) {
    return stopgap_verification_seal(HANDLE(1, w.ring), verification_request(2),
                                     instant(3, NOW), OUT(4, &w.out.verification), ERROR(5));
}

static stopgap_status verification_replay(void) {
    return stopgap_verification_replay(VERIFICATION(1), HANDLE(2, w.ring),
                                       verification_request(3), instant(4, NOW),
                                       OUT(5, &w.out.stored), ERROR(6));
}

static stopgap_status verification_open(void) {
    return stopgap_verification_open(VERIFICATION(1), HANDLE(2, w.ring),
                                     OUT(3, &w.out.stored), ERROR(4));
}

static stopgap_status preset_seal(void) {
    return stopgap_preset_seal(HANDLE(1, w.ring), WORDS(2, NAME_TEXT, "visitor"), POLICY(4),
                               OUT(5, &w.out.preset), ERROR(6));
}

static stopgap_status preset_open(void) {
    return stopgap_preset_open(HANDLE(1, w.in.preset), HANDLE(2, w.ring),
                               WORDS(3, NAME_TEXT, "lost token"), OUT(5, &w.out.policy),
                               ERROR(6));
}

/* Offline codes. */

#define ENROLMENT(number) HANDLE(number, w.in.enrolments[0])

static stopgap_status offline_answer(void) {
    return stopgap_offline_answer(HANDLE(1, w.ring), answer_request(2), instant(3, NOW),
                                  OUT(4, &w.out.answer), ERROR(5));
}

static stopgap_status enrolment_new(void) {
    return stopgap_enrolment_new(HANDLE(1, w.ring), enrolment_request(2), instant(3, NOW),
                                 OUT(4, &w.out.enrolment), ERROR(5));
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
    static stopgap_enrolment_request request;
    request = w.in.enrol;
    TEXT_MEMBER(1, NAME_TEXT, user, "alice");
    TEXT_MEMBER(3, NAME_TEXT, machine, "LAPTOP-17");
    return stopgap_enrolment_migrate(HANDLE(1, w.ring), SIZED(2, request), 7, instant(4, NOW),
                                     OUT(5, &w.out.enrolment), ERROR(6));
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
    return stopgap_enrolment_key_request_code(HANDLE(1, w.key), 29921220, w.in.alphabet,
                                              BYTES(4, &w.out.code), ERROR(5));
}

static stopgap_offline_inputs inputs(stopgap_validity validity) {
    return INPUTS(29921220, choice(MEMBER(1), CHOICE, STOPGAP_PURPOSE_RESET),
                  choice(MEMBER(2), VALIDITY, validity));
}

static stopgap_status key_offline_code(void) {
    return stopgap_enrolment_key_offline_code(
        HANDLE(1, w.key), inputs(STOPGAP_VALIDITY_MONTH), w.in.alphabet, BYTES(3, &w.out.code),
        ERROR(4));
}

static stopgap_status key_ocra_data_input(void) {
    return stopgap_enrolment_key_ocra_data_input(
        HANDLE(1, w.key), inputs(7), BYTES(2, w.out.bytes),
        size(3, CAPACITY, STOPGAP_OCRA_DATA_INPUT_SIZE), ERROR(4));
}

static stopgap_status locate(void) {
    static stopgap_locate_request request;
    request = w.in.find;
    request.keys = HANDLE(MEMBER(1), w.in.keys);
    request.count = size(MEMBER(2), LENGTH, 2);
    request.typed = WORDS(MEMBER(3), CODE_TEXT, w.in.request.text);
    request.alphabet = w.in.alphabet;
    request.policy = record(MEMBER(6), OPTIONAL_RECORD, &w.in.locate, sizeof w.in.locate,
                            LEFT_OUT, STOPGAP_OK);
    return stopgap_locate(
        STRUCT(1, &request, STOPGAP_ERR_INVALID_VALUE, STOPGAP_ERR_INVALID_VALUE),
        instant(2, NOW), OUT(3, &w.out.located), ERROR(4));
}

#define FILE_TEXT                                                                        \
    "{\"stopgap\":\"enrolment\",\"version\":1,\"user\":\"alice\",\"machine\":\"LAPTOP-17\","     \
    "\"generation\":7,\"used\":false,\"key\":\"" HEX "\"}"

static stopgap_status enrolment_read(void) {
    static stopgap_enrolment_file file;
    file.size = sizeof file;
    return stopgap_enrolment_read(WORDS(1, FILE_CONTENT, FILE_TEXT), OUT(3, &w.out.key),
                                  OUT(4, &file), ERROR(5));
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
    return stopgap_key_ring_check_values(HANDLE(1, w.ring), digests_at(2), ERROR(3));
}

static stopgap_status ring_online_digests(void) {
    return stopgap_key_ring_online_digests(HANDLE(1, w.ring), WORDS(2, NAME_TEXT, "alice"),
                                           CODE(4), digests_at(5), ERROR(6));
}

static stopgap_status ring_security_digests(void) {
    return stopgap_key_ring_security_digests(HANDLE(1, w.ring), BYTES(2, &w.in.secret),
                                             digests_at(3), ERROR(4));
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

static stopgap_status security_code_create(void) {
    return stopgap_security_code_create(HANDLE(1, w.ring), security_request(2),
                                        instant(3, NOW), BYTES(4, &w.out.shown),
                                        OUT(5, &w.out.record), ERROR(6));
}

static stopgap_status security_code_authenticate(void) {
    return stopgap_security_code_authenticate(HANDLE(1, w.record), HANDLE(2, w.ring),
                                              authenticate_request(3), instant(4, NOW),
                                              SIZED(5, w.out.authenticated), ERROR(6));
}

static stopgap_status security_write(void) {
    return stopgap_security_write(BYTES(1, &w.in.secret), WORDS(2, ANY_TEXT, "acme"),
                                  BYTES(4, &w.out.shown), ERROR(5));
}

static stopgap_status security_read(void) {
    return stopgap_security_read(PREFIXES(1), size(2, LENGTH, 2),
                                 WORDS(3, CODE_TEXT, w.in.secret_text.text),
                                 BYTES(5, &w.out.code), ERROR(6));
}

static stopgap_status security_code_state(void) {
    return stopgap_security_code_state(HANDLE(1, w.record), HANDLE(2, w.ring),
                                       instant(3, NOW), OUT(4, &w.out.state), ERROR(5));
}

static stopgap_status security_code_apply(void) {
    return stopgap_security_code_apply(HANDLE(1, w.record), HANDLE(2, w.ring),
                                       security_change(3), instant(4, NOW), ERROR(5));
}

static stopgap_status security_code_rotate(void) {
    return stopgap_security_code_rotate(HANDLE(1, w.record), HANDLE(2, w.ring),
                                        rotate_request(3), instant(4, NOW),
                                        OUT(5, &w.out.rotated), ERROR(6));
}

static stopgap_status security_code_open(void) {
    return stopgap_security_code_open(HANDLE(1, w.record), HANDLE(2, w.ring), ERROR(3));
}

static stopgap_status security_code_info(void) {
    return stopgap_security_code_info(HANDLE(1, w.record), SIZED(2, w.out.info), ERROR(3));
}

static stopgap_status security_code_from_bytes(void) {
    return stopgap_security_code_from_bytes(
        bytes_of(BYTES(1, w.in.stored), size(2, LENGTH, w.in.stored_length)),
        OUT(3, &w.out.record), ERROR(4));
}

static stopgap_status security_code_to_bytes(void) {
    return stopgap_security_code_to_bytes(HANDLE(1, w.record), BYTES(2, w.out.record_bytes),
                                          size(3, CAPACITY, w.in.stored_length), NEEDED(4),
                                          ERROR(5));
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
        HANDLE(1, w.in.user_throttle), HANDLE(2, w.ring), WORDS(3, NAME_TEXT, "alice"), OUT(5, &w.out.throttle), ERROR(6));
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
    CALL(agent_lock),
    CALL(agent_log_on),
    CALL(agent_activate),
    CALL(agent_clear_lock),
    CALL(agent_unlock),
    CALL(alphabet_new),
    CALL(alphabet_check_symbol),
    CALL(alphabet_info),
    CALL(offline_answer),
    CALL(code_canonical),
    CALL(code_spoken),
    CALL(enrolment_read),
    CALL(enrolment_new),
    CALL(enrolment_next),
    CALL(enrolment_retire),
    CALL(enrolment_open),
    CALL(enrolment_migrate),
    CALL(enrolment_info),
    CALL(enrolment_to_bytes),
    CALL(enrolment_from_bytes),
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
    CALL(online_grant_info),
    CALL(online_grant_to_bytes),
    CALL(online_grant_from_bytes),
    CALL(user_throttle_info),
    CALL(user_throttle_to_bytes),
    CALL(user_throttle_from_bytes),
    CALL(preset_info),
    CALL(preset_to_bytes),
    CALL(preset_from_bytes),
    CALL(verification_info),
    CALL(verification_to_bytes),
    CALL(verification_from_bytes),
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
    CALL(security_write),
    CALL(security_read),
    CALL(security_code_create),
    CALL(security_code_authenticate),
    CALL(security_code_state),
    CALL(security_code_apply),
    CALL(security_code_rotate),
    CALL(security_code_info),
    CALL(security_code_from_bytes),
    CALL(security_code_to_bytes),
    CALL(security_code_open),
    CALL(throttle_check),
    CALL(throttle_fail),
    CALL(throttle_guard),
    CALL(user_throttle_seal),
    CALL(user_throttle_open),
    CALL(validity_parse),
    CALL(validity_text),
    CALL(validity_expires_at),
};

const size_t CALL_COUNT = sizeof CALLS / sizeof CALLS[0];
