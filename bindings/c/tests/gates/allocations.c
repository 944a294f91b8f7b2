/*
 * Verifying and redeeming allocate nothing. The allocator here is glibc's, with a counter.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stopgap.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

static long allocations;

void *malloc(size_t size) {
    allocations++;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    allocations++;
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    allocations++;
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    allocations++;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    allocations++;
    *block = __libc_memalign(alignment, size);
    return *block == NULL;
}

void free(void *block) { __libc_free(block); }

#define NOW INT64_C(1795273242)
#define BERLIN "Europe/Berlin", 13
#define TEXT(text) (text), strlen(text)
#define GRANTS 8

static long calls;
static int failures;

/* A call that must allocate nothing. */
#define FREE_OF_IT(expected, call)                                                       \
    do {                                                                                 \
        long before = allocations;                                                       \
        stopgap_status status = (call);                                                  \
        long made = allocations - before;                                                \
        calls++;                                                                         \
        if (made != 0 || status != (expected)) {                                         \
            failures++;                                                                  \
            printf("line %d: %ld allocations, %s\n", __LINE__, made,                     \
                   stopgap_status_name(status));                                         \
        }                                                                                \
    } while (0)

static void must(stopgap_status status, int line) {
    if (status != STOPGAP_OK) {
        printf("line %d: %s\n", line, stopgap_status_name(status));
        exit(3);
    }
}
#define MUST(call) must((call), __LINE__)

static stopgap_key_ring *ring;
static char user[255];
static stopgap_code code;
static stopgap_online_grant grants[GRANTS];

static int32_t keep(void *context, const stopgap_sealed_state *state) {
    memcpy(context, state, sizeof *state);
    return 0;
}

static void normalizing(void) {
    stopgap_format format = stopgap_format_online();
    stopgap_code read;
    char typed[257];
    stopgap_error error;
    memset(typed, ' ', sizeof typed);
    memcpy(typed, code.text, strlen(code.text));
    FREE_OF_IT(STOPGAP_OK, stopgap_normalize(&format, typed, 256, &read, &error));
    FREE_OF_IT(STOPGAP_TOO_LONG, stopgap_normalize(&format, typed, 257, &read, &error));
    FREE_OF_IT(STOPGAP_WRONG_LENGTH, stopgap_normalize(&format, NULL, 0, &read, &error));
    FREE_OF_IT(STOPGAP_UNEXPECTED_SYMBOL,
               stopgap_normalize(&format, TEXT("3F9A-77C2?01BE"), &read, &error));
    FREE_OF_IT(STOPGAP_UNEXPECTED_SYMBOL,
               stopgap_normalize(&format, "3F9A\xFF", 5, &read, &error));
    MUST(stopgap_alphabet_new(TEXT("0123456789ACEFHK"), STOPGAP_O_AS_ZERO,
                              &format.alphabet, NULL));
    format.check_symbol = 1;
    FREE_OF_IT(STOPGAP_CHECK_FAILED,
               stopgap_normalize(&format, TEXT("OOOO-OOOO-OOOO"), &read, &error));
}

static stopgap_status verify(stopgap_online_grant *grant, const char *typed,
                             stopgap_purpose purpose, int64_t now) {
    stopgap_granted granted;
    stopgap_error error;
    return stopgap_online_verify(grant, ring, user, sizeof user, typed, strlen(typed),
                                 purpose, now, &granted, &error);
}

static void verifying(void) {
    stopgap_online_grant *grant = &grants[0];
    stopgap_granted granted;
    stopgap_error error;
    size_t index;
    FREE_OF_IT(STOPGAP_OK, stopgap_online_check(grant, ring, user, sizeof user,
                                                TEXT(code.text), STOPGAP_RESET, NOW,
                                                &granted, &error));
    FREE_OF_IT(STOPGAP_OK, verify(grant, code.text, STOPGAP_BYPASS, NOW));
    FREE_OF_IT(STOPGAP_UNKNOWN, verify(grant, "0000-0000-0000", STOPGAP_BYPASS, NOW));
    FREE_OF_IT(STOPGAP_WRONG_LENGTH, verify(grant, "0000", STOPGAP_BYPASS, NOW));
    FREE_OF_IT(STOPGAP_INVALID_VALUE, verify(grant, code.text, 99, NOW));
    FREE_OF_IT(STOPGAP_TIME_OUT_OF_RANGE,
               verify(grant, code.text, STOPGAP_BYPASS, INT64_MAX));
    FREE_OF_IT(STOPGAP_EXPIRED,
               verify(grant, code.text, STOPGAP_BYPASS, NOW + 40 * 86400));
    grant->key_id = 9;
    FREE_OF_IT(STOPGAP_KEY_MISSING, verify(grant, code.text, STOPGAP_BYPASS, NOW));
    grant->key_id = 1;
    grant->max_uses = 1;
    grant->uses = 1;
    FREE_OF_IT(STOPGAP_USED_UP, verify(grant, code.text, STOPGAP_BYPASS, NOW));
    grant->revoked_at = NOW;
    FREE_OF_IT(STOPGAP_REVOKED, verify(grant, code.text, STOPGAP_BYPASS, NOW));
    FREE_OF_IT(STOPGAP_REVOKED, stopgap_online_check(grant, ring, user, sizeof user,
                                                     TEXT(code.text), STOPGAP_RESET, NOW,
                                                     &granted, &error));
    FREE_OF_IT(STOPGAP_OK, stopgap_online_verify_any(
                               grants + 1, GRANTS - 1, ring, user, sizeof user,
                               TEXT(code.text), STOPGAP_RESET, NOW, &index, &granted,
                               &error));
    FREE_OF_IT(STOPGAP_UNKNOWN, stopgap_online_verify_any(
                                    grants, GRANTS, ring, user, sizeof user,
                                    TEXT("000000000000"), STOPGAP_RESET, NOW, &index,
                                    &granted, &error));
    grants[3].user[0] = 0;
    FREE_OF_IT(STOPGAP_NAME_EMPTY, stopgap_online_verify_any(
                                       grants, GRANTS, ring, user, sizeof user,
                                       TEXT("000000000000"), STOPGAP_RESET, NOW, &index,
                                       &granted, &error));
    FREE_OF_IT(STOPGAP_UNKNOWN,
               stopgap_online_verify_any(NULL, 0, ring, user, sizeof user,
                                         TEXT(code.text), STOPGAP_RESET, NOW, &index,
                                         &granted, &error));
}

static void redeeming(void) {
    stopgap_enrolment enrolment;
    stopgap_enrolment_key *key = NULL;
    stopgap_agent *agent = NULL;
    stopgap_code request;
    stopgap_answer answer;
    stopgap_sealed_state state;
    stopgap_keep keeping;
    stopgap_offline_policy policy = stopgap_offline_policy_default();
    stopgap_error error;
    int64_t until;
    int i;
    keeping.keep = keep;
    keeping.context = &state;
    MUST(stopgap_enrolment_new(ring, user, sizeof user, user, sizeof user, NULL, &enrolment,
                               NULL));
    MUST(stopgap_enrolment_key_derive(&enrolment, ring, &key, NULL));
    MUST(stopgap_agent_new(key, NULL, &agent, NULL));
    FREE_OF_IT(STOPGAP_OK, stopgap_agent_request_code(agent, NOW, &request, &error));
    MUST(stopgap_offline_answer(&policy, ring, user, sizeof user, &enrolment, 1,
                                TEXT(request.text), STOPGAP_BYPASS, NOW, BERLIN, &answer,
                                NULL));
    FREE_OF_IT(STOPGAP_NO_LOCK, stopgap_agent_lock(agent, NOW, &keeping, &until, &error));
    FREE_OF_IT(STOPGAP_UNKNOWN_ZONE,
               stopgap_agent_redeem(agent, TEXT(answer.code.text), STOPGAP_BYPASS, NOW,
                                    TEXT("Mars/Gale"), &keeping, &until, &error));
    FREE_OF_IT(STOPGAP_OK,
               stopgap_agent_redeem(agent, TEXT(answer.code.text), STOPGAP_BYPASS, NOW,
                                    BERLIN, &keeping, &until, &error));
    FREE_OF_IT(STOPGAP_USED_UP,
               stopgap_agent_redeem(agent, TEXT(answer.code.text), STOPGAP_BYPASS, NOW,
                                    BERLIN, &keeping, &until, &error));
    FREE_OF_IT(STOPGAP_WRONG_LENGTH,
               stopgap_agent_redeem(agent, TEXT("ZZZZ"), STOPGAP_BYPASS, NOW, BERLIN,
                                    &keeping, &until, &error));
    for (i = 0; i < 5; i++) {
        FREE_OF_IT(STOPGAP_UNKNOWN,
                   stopgap_agent_redeem(agent, TEXT("ZZZZ-ZZZZ-ZZZZ-ZZZZ"),
                                        STOPGAP_BYPASS, NOW, BERLIN, &keeping, &until,
                                        &error));
    }
    FREE_OF_IT(STOPGAP_THROTTLED,
               stopgap_agent_redeem(agent, TEXT(answer.code.text), STOPGAP_BYPASS, NOW,
                                    BERLIN, &keeping, &until, &error));
    FREE_OF_IT(STOPGAP_CLOCK_ROLLED_BACK,
               stopgap_agent_redeem(agent, TEXT(answer.code.text), STOPGAP_BYPASS,
                                    NOW - 3600, BERLIN, &keeping, &until, &error));
    FREE_OF_IT(STOPGAP_OK, stopgap_agent_lock(agent, NOW, &keeping, &until, &error));
    stopgap_agent_free(&agent);
    stopgap_enrolment_key_free(&key);
}

static stopgap_status attempt(void *context) {
    (void)context;
    return verify(&grants[1], "0000-0000-0000", STOPGAP_BYPASS, NOW);
}

static void guarding(void) {
    stopgap_throttle throttle;
    stopgap_throttle_policy policy = stopgap_throttle_policy_default();
    stopgap_error error;
    int i;
    FREE_OF_IT(STOPGAP_OK, stopgap_throttle_reset(&throttle, &error));
    FREE_OF_IT(STOPGAP_OK, stopgap_throttle_check(&throttle, &policy, NOW, &error));
    for (i = 0; i < 5; i++) {
        FREE_OF_IT(STOPGAP_UNKNOWN, stopgap_throttle_guard(&throttle, &policy, NOW,
                                                           attempt, NULL, &error));
    }
    FREE_OF_IT(STOPGAP_THROTTLED, stopgap_throttle_guard(&throttle, &policy, NOW, attempt,
                                                         NULL, &error));
    FREE_OF_IT(STOPGAP_THROTTLED, stopgap_throttle_check(&throttle, &policy, NOW, &error));
    FREE_OF_IT(STOPGAP_OK, stopgap_throttle_fail(&throttle, &policy, NOW + 60, &error));
}

int main(void) {
    stopgap_master_key master;
    stopgap_online_policy policy = stopgap_online_policy_default();
    long before = allocations;
    int i;
    memset(&master, 7, sizeof master);
    memset(user, 'u', sizeof user);
    MUST(stopgap_key_ring_new(1, &master, &ring, NULL));
    if (allocations == before) {
        failures++;
        printf("the allocator does not count\n");
    }
    policy.validity = STOPGAP_MONTH;
    for (i = GRANTS - 1; i >= 0; i--) {
        MUST(stopgap_online_issue(&policy, ring, user, sizeof user, NOW, BERLIN, NULL,
                                  &code, &grants[i], NULL));
    }
    grants[GRANTS - 1] = grants[0];
    normalizing();
    verifying();
    redeeming();
    guarding();
    stopgap_key_ring_free(&ring);
    printf("allocations: %ld calls, %d failed\n", calls, failures);
    return failures == 0 ? 0 : 1;
}
