/*
 * Verifying and redeeming allocate nothing, whatever the number of codes.
 * The allocator here is glibc's, with a counter.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stopgap.h"

// A request to redeem a code, for one call.
#define REDEEM(typed, purpose, zone)                                                      \
    (&(struct stopgap_redeem_request){sizeof(struct stopgap_redeem_request), typed, purpose, \
                                      zone})

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
#define BERLIN stopgap_text_of("Europe/Berlin")
#define TEXT(text) stopgap_text_of(text)
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
        if (made > 0 || status != (expected)) {                                     \
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
static stopgap_online_grant *grants[GRANTS];
/* A code that is valid once. */
static stopgap_code once_code;
static stopgap_online_grant *once;

static int32_t keep(void *context, const stopgap_sealed_state *state) {
    memcpy(context, state, sizeof *state);
    return 0;
}

static void normalizing(void) {
    stopgap_format format = stopgap_format_online();
    stopgap_alphabet *alphabet = NULL;
    stopgap_code read;
    char typed[257];
    stopgap_error error;
    memset(typed, ' ', sizeof typed);
    memcpy(typed, code.text, strlen(code.text));
    FREE_OF_IT(STOPGAP_OK, stopgap_normalize(&format, stopgap_text_n(typed, 256), &read, &error));
    FREE_OF_IT(STOPGAP_ERR_TOO_LONG, stopgap_normalize(&format, stopgap_text_n(typed, 257), &read, &error));
    FREE_OF_IT(STOPGAP_ERR_WRONG_LENGTH, stopgap_normalize(&format, STOPGAP_NO_TEXT, &read, &error));
    FREE_OF_IT(STOPGAP_ERR_UNEXPECTED_SYMBOL,
               stopgap_normalize(&format, TEXT("3F9A-77C2?01BE"), &read, &error));
    FREE_OF_IT(STOPGAP_ERR_UNEXPECTED_SYMBOL,
               stopgap_normalize(&format, stopgap_text_n("3F9A\xFF", 5), &read, &error));
    MUST(stopgap_alphabet_new(TEXT("0123456789ACEFHK"), STOPGAP_LOOK_ALIKE_O_AS_ZERO, &alphabet,
                              NULL));
    format.alphabet = alphabet;
    format.check_symbol = 1;
    FREE_OF_IT(STOPGAP_ERR_CHECK_FAILED,
               stopgap_normalize(&format, TEXT("OOOO-OOOO-OOOO"), &read, &error));
    stopgap_alphabet_free(&alphabet);
}

static stopgap_verify_request asking(const char *typed, stopgap_purpose purpose) {
    stopgap_verify_request request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.user = stopgap_text_n(user, sizeof user);
    request.text = stopgap_text_of(typed);
    request.purpose = purpose;
    return request;
}

static stopgap_status verify(stopgap_online_grant *grant, const char *typed,
                             stopgap_purpose purpose, int64_t now) {
    stopgap_verify_request request = asking(typed, purpose);
    stopgap_granted granted;
    stopgap_error error;
    granted.size = sizeof granted;
    return stopgap_online_verify(grant, ring, &request, now, &granted, &error);
}

static stopgap_status verify_any(stopgap_online_grant **some, size_t count, const char *typed) {
    stopgap_verify_request request = asking(typed, STOPGAP_PURPOSE_RESET);
    stopgap_granted granted;
    stopgap_error error;
    stopgap_online_grants all;
    all.ptr = some;
    all.count = count;
    granted.size = sizeof granted;
    return stopgap_online_verify_any(all, ring, &request, NOW, &granted, &error);
}

static void verifying(void) {
    stopgap_online_grant *grant = grants[0];
    FREE_OF_IT(STOPGAP_OK, verify(grant, code.text, STOPGAP_PURPOSE_BYPASS, NOW));
    FREE_OF_IT(STOPGAP_ERR_UNKNOWN, verify(grant, "0000-0000-0000", STOPGAP_PURPOSE_BYPASS, NOW));
    FREE_OF_IT(STOPGAP_ERR_UNEXPECTED_SYMBOL, verify(grant, "3F9A?7", STOPGAP_PURPOSE_BYPASS, NOW));
    FREE_OF_IT(STOPGAP_ERR_WRONG_LENGTH, verify(grant, "0000", STOPGAP_PURPOSE_BYPASS, NOW));
    FREE_OF_IT(STOPGAP_ERR_INVALID_VALUE, verify(grant, code.text, 99, NOW));
    FREE_OF_IT(STOPGAP_ERR_TIME_OUT_OF_RANGE,
                 verify(grant, code.text, STOPGAP_PURPOSE_BYPASS, INT64_MAX));
    FREE_OF_IT(STOPGAP_ERR_EXPIRED,
                 verify(grant, code.text, STOPGAP_PURPOSE_BYPASS, NOW + 40 * 86400));
    /* A use that is counted. */
    FREE_OF_IT(STOPGAP_OK, verify(once, once_code.text, STOPGAP_PURPOSE_BYPASS, NOW));
    FREE_OF_IT(STOPGAP_ERR_USED_UP, verify(once, once_code.text, STOPGAP_PURPOSE_BYPASS, NOW));
    FREE_OF_IT(STOPGAP_OK, stopgap_online_revoke(once, ring, NOW, NULL));
    FREE_OF_IT(STOPGAP_ERR_REVOKED, verify(once, once_code.text, STOPGAP_PURPOSE_BYPASS, NOW));
    FREE_OF_IT(STOPGAP_OK, stopgap_online_open(once, ring, NULL));
    FREE_OF_IT(STOPGAP_OK, verify_any(grants, GRANTS, code.text));
    FREE_OF_IT(STOPGAP_ERR_UNKNOWN, verify_any(grants, GRANTS, "000000000000"));
    FREE_OF_IT(STOPGAP_ERR_UNKNOWN, verify_any(NULL, 0, code.text));
}

static void redeeming(void) {
    stopgap_enrolment_request enrol = {sizeof enrol, {user, sizeof user}, {user, sizeof user}, NULL};
    stopgap_enrolment *enrolment = NULL;
    stopgap_enrolment_key *key = NULL;
    stopgap_agent *agent = NULL;
    stopgap_code request;
    stopgap_answer answer;
    stopgap_sealed_state state;
    stopgap_keep keeping;
    stopgap_answer_request asked;
    stopgap_error error;
    int64_t until;
    int i;
    keeping.keep = keep;
    keeping.context = &state;
    MUST(stopgap_enrolment_new(ring, &enrol, NOW, &enrolment, NULL));
    MUST(stopgap_enrolment_key_derive(enrolment, ring, &key, NULL));
    MUST(stopgap_agent_new(key, NULL, &agent, NULL));
    FREE_OF_IT(STOPGAP_OK, stopgap_agent_request_code(agent, NOW, &request, &error));
    memset(&asked, 0, sizeof asked);
    asked.size = sizeof asked;
    asked.user = enrol.user;
    asked.text = TEXT(request.text);
    asked.enrolments = &enrolment;
    asked.count = 1;
    asked.purpose = STOPGAP_PURPOSE_BYPASS;
    asked.zone = BERLIN;
    MUST(stopgap_offline_answer(ring, &asked, NOW, &answer, NULL));
    FREE_OF_IT(STOPGAP_ERR_NO_LOCK, stopgap_agent_log_on(agent, NOW, &keeping, &until, &error));
    FREE_OF_IT(STOPGAP_ERR_UNKNOWN_ZONE,
               stopgap_agent_redeem(agent, REDEEM(TEXT(answer.code.text), STOPGAP_PURPOSE_BYPASS, TEXT("Mars/Gale")), NOW, &keeping, &until, &error));
    FREE_OF_IT(STOPGAP_OK,
               stopgap_agent_redeem(agent, REDEEM(TEXT(answer.code.text), STOPGAP_PURPOSE_BYPASS, BERLIN), NOW, &keeping, &until, &error));
    FREE_OF_IT(STOPGAP_ERR_USED_UP,
               stopgap_agent_redeem(agent, REDEEM(TEXT(answer.code.text), STOPGAP_PURPOSE_BYPASS, BERLIN), NOW, &keeping, &until, &error));
    FREE_OF_IT(STOPGAP_ERR_WRONG_LENGTH,
               stopgap_agent_redeem(agent, REDEEM(TEXT("ZZZZ"), STOPGAP_PURPOSE_BYPASS, BERLIN), NOW, &keeping, &until, &error));
    for (i = 0; i < 5; i++) {
        FREE_OF_IT(STOPGAP_ERR_UNKNOWN,
                   stopgap_agent_redeem(agent, REDEEM(TEXT("ZZZZ-ZZZZ-ZZZZ-ZZZZ"), STOPGAP_PURPOSE_BYPASS, BERLIN), NOW, &keeping, &until, &error));
    }
    FREE_OF_IT(STOPGAP_ERR_THROTTLED,
               stopgap_agent_redeem(agent, REDEEM(TEXT(answer.code.text), STOPGAP_PURPOSE_BYPASS, BERLIN), NOW, &keeping, &until, &error));
    FREE_OF_IT(STOPGAP_ERR_CLOCK_ROLLED_BACK,
               stopgap_agent_redeem(agent, REDEEM(TEXT(answer.code.text), STOPGAP_PURPOSE_BYPASS, BERLIN), NOW - 3600, &keeping, &until, &error));
    FREE_OF_IT(STOPGAP_OK, stopgap_agent_log_on(agent, NOW, &keeping, &until, &error));
    stopgap_agent_free(&agent);
    stopgap_enrolment_key_free(&key);
    stopgap_enrolment_free(&enrolment);
}

static stopgap_status attempt(void *context) {
    (void)context;
    return verify(grants[1], "0000-0000-0000", STOPGAP_PURPOSE_BYPASS, NOW);
}

static void guarding(void) {
    stopgap_throttle throttle = stopgap_throttle_new();
    stopgap_throttle_policy policy = stopgap_throttle_policy_default();
    stopgap_error error;
    int i;
    FREE_OF_IT(STOPGAP_OK, stopgap_throttle_check(&throttle, &policy, NOW, &error));
    for (i = 0; i < 5; i++) {
        FREE_OF_IT(STOPGAP_ERR_UNKNOWN, stopgap_throttle_guard(&throttle, &policy, NOW,
                                                           attempt, NULL, &error));
    }
    FREE_OF_IT(STOPGAP_ERR_THROTTLED, stopgap_throttle_guard(&throttle, &policy, NOW, attempt,
                                                         NULL, &error));
    FREE_OF_IT(STOPGAP_ERR_THROTTLED, stopgap_throttle_check(&throttle, &policy, NOW, &error));
    FREE_OF_IT(STOPGAP_OK, stopgap_throttle_fail(&throttle, &policy, NOW + 60, &error));
}

int main(void) {
    stopgap_master_key master;
    stopgap_online_policy policy = stopgap_online_policy_default();
    stopgap_issue_request issue;
    long before = allocations;
    int i;
    memset(&master, 7, sizeof master);
    memset(user, 'u', sizeof user);
    memset(&issue, 0, sizeof issue);
    issue.size = sizeof issue;
    issue.user = stopgap_text_n(user, sizeof user);
    MUST(stopgap_key_ring_new(1, &master, &ring, NULL));
    if (allocations == before) {
        failures++;
        printf("the allocator does not count\n");
    }
    policy.validity = STOPGAP_VALIDITY_MONTH;
    issue.policy = &policy;
    issue.zone = BERLIN;
    for (i = GRANTS - 1; i >= 0; i--) {
        MUST(stopgap_online_issue(ring, &issue, NOW, &code, &grants[i], NULL));
    }
    policy.max_uses = 1;
    MUST(stopgap_online_issue(ring, &issue, NOW, &once_code, &once, NULL));
    normalizing();
    verifying();
    redeeming();
    guarding();
    for (i = 0; i < GRANTS; i++) {
        stopgap_online_grant_free(&grants[i]);
    }
    stopgap_online_grant_free(&once);
    stopgap_key_ring_free(&ring);
    printf("allocations: %ld calls, %d failed\n", calls, failures);
    return failures == 0 ? 0 : 1;
}
