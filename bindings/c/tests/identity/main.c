/* Prints all that is derived from fixed keys, fixed random numbers and fixed times, in
 * hexadecimal digits: it must be the same on every system and processor. */
#include <stdio.h>
#include <string.h>

#include "stopgap.h"

#define NOW INT64_C(1795273242) /* 2026-11-21, 15:00:42 UTC */
#define BERLIN stopgap_text_of("Europe/Berlin")

static stopgap_error why;

#define OK(call)                                                                         \
    do {                                                                                 \
        if ((call) != STOPGAP_OK) {                                                      \
            printf("line %d: %s\n", __LINE__, stopgap_status_name(why.status));          \
            return 1;                                                                    \
        }                                                                                \
    } while (0)

/* Fills with 1, 2, 3 …, from the next number of the context. */
static int32_t fill(void *context, uint8_t *bytes, size_t length)
{
    uint8_t *next = context;
    while (length-- > 0)
        *bytes++ = ++*next;
    return 0;
}

static int32_t keep(void *context, const stopgap_sealed_state *state)
{
    memcpy(context, state, sizeof *state);
    return 0;
}

static void show(const char *name, const void *bytes, size_t length)
{
    const uint8_t *byte = bytes;
    printf("%-20s ", name);
    while (length-- > 0)
        printf("%02x", *byte++);
    putchar('\n');
}

static void show_number(const char *name, int64_t number)
{
    printf("%-20s %lld\n", name, (long long)number);
}

/* Shows a record as portable bytes. */
#define SHOW_RECORD(name, type, record)                                                  \
    do {                                                                                 \
        uint8_t stored[1024];                                                            \
        size_t length = 0;                                                               \
        OK(stopgap_##type##_to_bytes(record, stored, sizeof stored, &length, &why));     \
        show(name, stored, length);                                                      \
    } while (0)

static int online(const stopgap_key_ring *ring, const stopgap_random *random)
{
    stopgap_online_policy policy = stopgap_online_policy_default();
    stopgap_issue_request request = {
        .size = sizeof request, .user = stopgap_text_of("alice"), .policy = &policy,
        .zone = BERLIN, .random = random
    };
    stopgap_verify_request typed = { .size = sizeof typed, .user = stopgap_text_of("alice"),
                                     .purpose = STOPGAP_PURPOSE_RESET };
    stopgap_verification_request answered = {
        .size = sizeof answered, .user = stopgap_text_of("alice"),
        .idempotency_key = stopgap_text_of("again"), .purpose = STOPGAP_PURPOSE_RESET,
        .answer = { (const uint8_t *)"yes", 3 }
    };
    stopgap_throttle_policy limits = stopgap_throttle_policy_default();
    stopgap_throttle throttle = stopgap_throttle_new();
    stopgap_user_throttle *failures = NULL;
    stopgap_verification *verification = NULL;
    stopgap_online_grant *grant = NULL;
    stopgap_granted granted = { .size = sizeof granted };
    stopgap_code code;
    policy.purposes = STOPGAP_PURPOSE_RESET;
    policy.max_uses = 3;
    OK(stopgap_online_issue(ring, &request, NOW, &code, &grant, &why));
    show("online code", code.text, strlen(code.text));
    SHOW_RECORD("grant", online_grant, grant);
    typed.text = stopgap_text_of(code.text);
    OK(stopgap_online_verify(grant, ring, &typed, NOW + 1, &granted, &why));
    SHOW_RECORD("used grant", online_grant, grant);
    answered.code = &code;
    OK(stopgap_verification_seal(ring, &answered, NOW + 1, &verification, &why));
    SHOW_RECORD("verification", verification, verification);
    OK(stopgap_throttle_fail(&throttle, &limits, NOW, &why));
    OK(stopgap_user_throttle_seal(ring, stopgap_text_of("alice"), &throttle, &failures, &why));
    SHOW_RECORD("throttle", user_throttle, failures);
    stopgap_online_grant_free(&grant);
    stopgap_verification_free(&verification);
    stopgap_user_throttle_free(&failures);
    return 0;
}

static int security(const stopgap_key_ring *ring, const stopgap_random *random)
{
    stopgap_security_request request = {
        .size = sizeof request,
        .actor = { stopgap_text_of("root"), STOPGAP_ROLE_SUPER_ADMINISTRATOR },
        .scopes = { stopgap_text_of("reports:read"), 0 }, .access = STOPGAP_ACCESS_SAME_AS,
        .same_as = stopgap_text_of("bob"), .description = stopgap_text_of("report"),
        .random = random
    };
    stopgap_security_code *record = NULL;
    stopgap_security_text text;
    OK(stopgap_security_code_create(ring, &request, NOW, &text, &record, &why));
    show("security code", text.text, strlen(text.text));
    SHOW_RECORD("security", security_code, record);
    stopgap_security_code_free(&record);
    return 0;
}

static int offline(const stopgap_key_ring *ring, const stopgap_random *random)
{
    stopgap_enrolment_request names = { .size = sizeof names, .user = stopgap_text_of("alice"),
                                        .machine = stopgap_text_of("LAPTOP-17"),
                                        .random = random };
    stopgap_answer_request request = { .size = sizeof request, .user = stopgap_text_of("alice"),
                                       .count = 1, .purpose = STOPGAP_PURPOSE_BYPASS,
                                       .zone = BERLIN };
    stopgap_redeem_request redeem = { .size = sizeof redeem, .purpose = STOPGAP_PURPOSE_BYPASS,
                                      .zone = BERLIN };
    stopgap_sealed_state state;
    stopgap_keep keeper = { keep, &state };
    stopgap_enrolment_key *key = NULL;
    stopgap_agent *agent = NULL;
    stopgap_enrolment *enrolment = NULL;
    stopgap_answer answer;
    stopgap_code heard;
    uint8_t bytes[STOPGAP_KEY_SIZE];
    int64_t until;
    OK(stopgap_enrolment_new(ring, &names, NOW, &enrolment, &why));
    SHOW_RECORD("enrolment", enrolment, enrolment);
    OK(stopgap_enrolment_key_derive(enrolment, ring, &key, &why));
    OK(stopgap_enrolment_key_reveal(key, bytes, sizeof bytes, &why));
    show("enrolment key", bytes, sizeof bytes);
    OK(stopgap_agent_new(key, NULL, &agent, &why));
    OK(stopgap_agent_request_code(agent, NOW, &heard, &why));
    show("request code", heard.text, strlen(heard.text));
    request.text = stopgap_text_of(heard.text);
    request.enrolments = &enrolment;
    OK(stopgap_offline_answer(ring, &request, NOW, &answer, &why));
    show("offline code", answer.code.text, strlen(answer.code.text));
    OK(stopgap_agent_seal(agent, &state, &why));
    show("first state", state.bytes, sizeof state.bytes);
    redeem.typed = stopgap_text_of(answer.code.text);
    OK(stopgap_agent_redeem(agent, &redeem, NOW + 30, &keeper, &until, &why));
    show("state", state.bytes, sizeof state.bytes);
    show_number("locked until", until);
    stopgap_agent_free(&agent);
    stopgap_enrolment_key_free(&key);
    stopgap_enrolment_free(&enrolment);
    return 0;
}

int main(void)
{
    uint8_t next = 0;
    stopgap_random random = { fill, &next };
    stopgap_master_key master;
    stopgap_key_ring *ring = NULL;
    int result;
    OK(stopgap_master_key_generate(&random, &master, &why));
    OK(stopgap_key_ring_new(7, &master, &ring, &why));
    show("master key", master.bytes, sizeof master.bytes);
    result = online(ring, &random) || security(ring, &random) || offline(ring, &random);
    stopgap_key_ring_free(&ring);
    return result;
}
