/*
 * Eight threads that share every handle and every struct that calls take as const. With the
 * argument "race" one thread changes the ring while another uses it, which is forbidden.
 */
#define _POSIX_C_SOURCE 200112L

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stopgap.h"

// A request to find a machine, for one call.
#define LOCATE(keys, count, typed, alphabet, policy)                                        \
    (&(struct stopgap_locate_request){sizeof(struct stopgap_locate_request), typed, keys,  \
                                      count, alphabet, policy})
// The inputs of an offline code.
#define INPUTS(minute, purpose, validity)                                                  \
    ((struct stopgap_offline_inputs){minute, purpose, validity})

// A request to redeem a code, for one call.
#define REDEEM(typed, purpose, zone)                                                      \
    (&(struct stopgap_redeem_request){sizeof(struct stopgap_redeem_request), typed, purpose, \
                                      zone})

/* Takes a status that does not matter here. */
static inline void ignore(stopgap_status status) {
    (void)status;
}

#define NOW INT64_C(1795273242)
#define TEXT(text) stopgap_text_of(text)
#define THREADS 8

static struct {
    stopgap_key_ring *ring;
    stopgap_enrolment_key *key;
    stopgap_agent *agent;
    stopgap_enrolment_key *keys[1];
    stopgap_online_policy online;
    stopgap_offline_policy offline;
    stopgap_locate_policy locate;
    stopgap_throttle_policy lockouts;
    const stopgap_alphabet *alphabet;
    stopgap_format format;
    stopgap_throttle throttle;
    stopgap_code code;
    stopgap_online_grant *grant;
    stopgap_verify_request verify;
    stopgap_answer_request asked;
    stopgap_issue_request issue;
    stopgap_verification_request repeated;
    stopgap_verification *verification;
    stopgap_user_throttle *user_throttle;
    stopgap_preset *preset;
    stopgap_enrolment *enrolment;
    stopgap_code request;
    stopgap_code answer;
    stopgap_security_text secret;
    stopgap_security_code *record;
    stopgap_role_of knows;
    stopgap_sealed_state state;
    stopgap_error failure;
} shared;

static pthread_barrier_t together;
static int rounds;

static void must(stopgap_status status, int line) {
    if (status != STOPGAP_OK) {
        printf("line %d: %s\n", line, stopgap_status_name(status));
        exit(3);
    }
}
#define MUST(call) (must((call), __LINE__), calls++)

static int32_t role_of(void *context, stopgap_text user, stopgap_role *role) {
    (void)context;
    *role = user.len == 5 ? STOPGAP_ROLE_HELP_DESK : STOPGAP_ROLE_USER;
    return 0;
}

static int32_t keep(void *context, const stopgap_sealed_state *state) {
    memcpy(context, state, sizeof *state);
    return 0;
}

static stopgap_verify_request asking(const char *typed, stopgap_purpose purpose) {
    stopgap_verify_request request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.user = stopgap_text_n("alice", 5);
    request.text = stopgap_text_of(typed);
    request.purpose = purpose;
    return request;
}

static void make_shared(void) {
    stopgap_master_key master;
    stopgap_answer answer;
    stopgap_security_request create;
    stopgap_enrolment_request enrol = {sizeof enrol, TEXT("alice"), TEXT("LAPTOP-17"), NULL};
    long calls = 0;
    memset(&shared.issue, 0, sizeof shared.issue);
    shared.issue.size = sizeof shared.issue;
    shared.issue.user = stopgap_text_n("alice", 5);
    memset(&create, 0, sizeof create);
    create.size = sizeof create;
    create.actor.name = TEXT("root");
    create.actor.role = STOPGAP_ROLE_SUPER_ADMINISTRATOR;
    create.scopes.list = TEXT("backups:read");
    create.access = STOPGAP_ACCESS_SAME_AS;
    create.same_as = stopgap_text_n("alice", 5);
    memset(&master, 7, sizeof master);
    MUST(stopgap_key_ring_new(1, &master, &shared.ring, NULL));
    shared.online = stopgap_online_policy_default();
    shared.offline = stopgap_offline_policy_default();
    shared.locate = stopgap_locate_policy_default();
    shared.lockouts = stopgap_throttle_policy_default();
    shared.alphabet = stopgap_alphabet_unambiguous();
    shared.format = stopgap_format_online();
    shared.throttle = stopgap_throttle_new();
    shared.issue.policy = &shared.online;
    shared.issue.zone = TEXT("Europe/Berlin");
    MUST(stopgap_online_issue(shared.ring, &shared.issue, NOW, &shared.code, &shared.grant,
                              NULL));
    shared.verify = asking(shared.code.text, STOPGAP_PURPOSE_RESET);
    memset(&shared.repeated, 0, sizeof shared.repeated);
    shared.repeated.size = sizeof shared.repeated;
    shared.repeated.user = shared.verify.user;
    shared.repeated.idempotency_key = stopgap_text_n("attempt-1", 9);
    shared.repeated.purpose = STOPGAP_PURPOSE_RESET;
    shared.repeated.code = &shared.code;
    MUST(stopgap_verification_seal(shared.ring, &shared.repeated, NOW, &shared.verification,
                                   NULL));
    MUST(stopgap_user_throttle_seal(shared.ring, TEXT("alice"), &shared.throttle,
                                    &shared.user_throttle, NULL));
    MUST(stopgap_preset_seal(shared.ring, TEXT("visitor"), &shared.online, &shared.preset,
                             NULL));
    MUST(stopgap_enrolment_new(shared.ring, &enrol, NOW, &shared.enrolment, NULL));
    MUST(stopgap_enrolment_key_derive(shared.enrolment, shared.ring, &shared.key, NULL));
    shared.keys[0] = shared.key;
    MUST(stopgap_agent_new(shared.key, NULL, &shared.agent, NULL));
    MUST(stopgap_agent_seal(shared.agent, &shared.state, NULL));
    MUST(stopgap_agent_request_code(shared.agent, NOW, &shared.request, NULL));
    shared.asked.size = sizeof shared.asked;
    shared.asked.user = TEXT("alice");
    shared.asked.text = TEXT(shared.request.text);
    shared.asked.enrolments = &shared.enrolment;
    shared.asked.count = 1;
    shared.asked.purpose = STOPGAP_PURPOSE_BYPASS;
    shared.asked.policy = &shared.offline;
    shared.asked.zone = TEXT("Europe/Berlin");
    MUST(stopgap_offline_answer(shared.ring, &shared.asked, NOW, &answer, NULL));
    shared.answer = answer.code;
    shared.knows.role_of = role_of;
    MUST(stopgap_security_code_create(shared.ring, &create, NOW, &shared.secret, &shared.record,
                                      NULL));
    shared.failure.status = STOPGAP_ERR_EXPIRED;
    shared.failure.time = NOW;
}

/* The calls of a server. */
static long serve(void) {
    long calls = 0;
    stopgap_code code;
    stopgap_online_grant *grant = NULL;
    stopgap_online_grants grants = {&shared.grant, 1};
    struct stopgap_online_grant_info info;
    stopgap_granted granted;
    stopgap_online_policy policy;
    stopgap_verification *verification = NULL;
    stopgap_bytes stored;
    stopgap_keyed_digest digest;
    stopgap_digests digests = {&digest, 1, 0};
    uint8_t bytes[1024];
    stopgap_authenticate_request request;
    stopgap_authenticated authenticated;
    struct stopgap_security_code_info secret;
    stopgap_lifecycle_state state;
    stopgap_throttle throttle = shared.throttle;
    stopgap_key_ring *tenant = NULL;
    uint32_t id;
    char text[400];
    MUST(stopgap_key_ring_primary_id(shared.ring, &id, NULL));
    MUST(stopgap_normalize(&shared.format, TEXT(shared.code.text), &code, NULL));
    MUST(stopgap_code_spoken(&shared.code, STOPGAP_LANGUAGE_GERMAN, text, sizeof text, NULL, NULL));
    /* Any number of uses: verifying changes nothing. */
    granted.size = sizeof granted;
    info.size = sizeof info;
    secret.size = sizeof secret;
    MUST(stopgap_online_verify(shared.grant, shared.ring, &shared.verify, NOW, &granted, NULL));
    MUST(stopgap_online_verify_any(grants, shared.ring, &shared.verify, NOW, &granted, NULL));
    MUST(stopgap_online_open(shared.grant, shared.ring, NULL));
    MUST(stopgap_online_check_not_ended(shared.grant, shared.ring, NOW, NULL));
    MUST(stopgap_online_grant_info(shared.grant, &info, NULL));
    MUST(stopgap_online_grant_to_bytes(shared.grant, bytes, sizeof bytes, NULL, NULL));
    MUST(stopgap_online_issue(shared.ring, &shared.issue, NOW, &code, &grant, NULL));
    MUST(stopgap_online_revoke(grant, shared.ring, NOW, NULL));
    stopgap_online_grant_free(&grant);
    MUST(stopgap_verification_seal(shared.ring, &shared.repeated, NOW, &verification, NULL));
    stopgap_verification_free(&verification);
    MUST(stopgap_verification_replay(shared.verification, shared.ring, &shared.repeated, NOW,
                                     &stored, NULL));
    MUST(stopgap_user_throttle_open(shared.user_throttle, shared.ring, TEXT("alice"),
                                    &throttle, NULL));
    MUST(stopgap_preset_open(shared.preset, shared.ring, TEXT("visitor"), &policy, NULL));
    MUST(stopgap_key_ring_check_values(shared.ring, &digests, NULL));
    MUST(stopgap_key_ring_online_digests(shared.ring, TEXT("alice"), &shared.code,
                                         &digests, NULL));
    MUST(stopgap_key_ring_tenant(shared.ring, TEXT("north"), &tenant, NULL));
    stopgap_key_ring_free(&tenant);
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.presented = TEXT(shared.secret.text);
    request.role_of = &shared.knows;
    authenticated.size = sizeof authenticated;
    MUST(stopgap_security_code_authenticate(shared.record, shared.ring, &request, NOW,
                                            &authenticated, NULL));
    info.size = sizeof info;
    secret.size = sizeof secret;
    MUST(stopgap_security_code_info(shared.record, &secret, NULL));
    MUST(stopgap_security_code_state(shared.record, shared.ring, NOW, &state, NULL));
    MUST(stopgap_throttle_check(&throttle, &shared.lockouts, NOW, NULL));
    MUST(stopgap_throttle_fail(&throttle, &shared.lockouts, NOW, NULL));
    MUST(stopgap_error_message(&shared.failure, text, sizeof text, NULL));
    MUST(stopgap_error_public_message(&shared.failure, TEXT("Asia/Tokyo"), STOPGAP_LANGUAGE_FRENCH, text,
                                      sizeof text, NULL));
    return calls;
}

/* The calls of a machine, which has its own agent beside the shared one. */
static long be_machine(void) {
    long calls = 0;
    stopgap_agent *agent = NULL;
    stopgap_code code;
    stopgap_answer answer;
    stopgap_sealed_state state;
    stopgap_located located;
    stopgap_keep keeping;
    uint8_t bytes[STOPGAP_OCRA_DATA_INPUT_SIZE];
    int64_t until;
    keeping.keep = keep;
    keeping.context = &state;
    MUST(stopgap_agent_request_code(shared.agent, NOW, &code, NULL));
    MUST(stopgap_agent_seal(shared.agent, &state, NULL));
    MUST(stopgap_enrolment_key_request_code(shared.key, stopgap_minute_of(NOW),
                                            shared.alphabet, &code, NULL));
    if (memcmp(&code, &shared.request, sizeof code) != 0) {
        printf("another request code\n");
        exit(3);
    }
    MUST(stopgap_enrolment_key_ocra_data_input(shared.key, INPUTS(0, STOPGAP_PURPOSE_RESET, 1), bytes, sizeof bytes, NULL));
    MUST(stopgap_enrolment_key_reveal(shared.key, bytes, sizeof bytes, NULL));
    MUST(stopgap_locate(LOCATE(shared.keys, 1, TEXT(shared.request.text), shared.alphabet, &shared.locate), NOW, &located, NULL));
    MUST(stopgap_enrolment_open(shared.enrolment, shared.ring, NULL));
    MUST(stopgap_offline_answer(shared.ring, &shared.asked, NOW, &answer, NULL));
    MUST(stopgap_agent_resume(shared.key, NULL, shared.state.bytes,
                              sizeof shared.state.bytes, &agent, NULL));
    MUST(stopgap_agent_redeem(agent, REDEEM(TEXT(shared.answer.text), STOPGAP_PURPOSE_BYPASS, TEXT("Europe/Berlin")), NOW, &keeping, &until, NULL));
    MUST(stopgap_agent_log_on(agent, NOW, &keeping, &until, NULL));
    stopgap_agent_free(&agent);
    return calls;
}

static void *work(void *done) {
    long *calls = done;
    int i;
    pthread_barrier_wait(&together);
    for (i = 0; i < rounds; i++) {
        *calls += serve();
        *calls += be_machine();
    }
    return NULL;
}

/* Forbidden: another thread uses the ring at the same time. */
static void *add_keys(void *done) {
    stopgap_master_key master;
    int i;
    (void)done;
    memset(&master, 8, sizeof master);
    pthread_barrier_wait(&together);
    for (i = 2; i < 40; i++) {
        must(stopgap_key_ring_add(shared.ring, (uint32_t)i, &master, NULL), __LINE__);
    }
    return NULL;
}

static void *verify(void *done) {
    stopgap_granted granted;
    int i;
    (void)done;
    granted.size = sizeof granted;
    pthread_barrier_wait(&together);
    for (i = 0; i < 40; i++) {
        ignore(stopgap_online_verify(shared.grant, shared.ring, &shared.verify, NOW, &granted,
                                    NULL));
    }
    return NULL;
}

int main(int count, char **arguments) {
    pthread_t threads[THREADS];
    long calls[THREADS] = {0};
    long all = 0;
    int race = count > 1 && strcmp(arguments[1], "race") == 0;
    int many = race ? 2 : THREADS;
    int i;
    rounds = count > 1 ? atoi(arguments[1]) : 10;
    make_shared();
    pthread_barrier_init(&together, NULL, (unsigned)many);
    for (i = 0; i < many; i++) {
        void *(*task)(void *) = work;
        if (race) {
            task = i == 0 ? add_keys : verify;
        }
        if (pthread_create(&threads[i], NULL, task, &calls[i]) != 0) {
            return 3;
        }
    }
    for (i = 0; i < many; i++) {
        pthread_join(threads[i], NULL);
        all += calls[i];
    }
    pthread_barrier_destroy(&together);
    stopgap_online_grant_free(&shared.grant);
    stopgap_verification_free(&shared.verification);
    stopgap_user_throttle_free(&shared.user_throttle);
    stopgap_preset_free(&shared.preset);
    stopgap_agent_free(&shared.agent);
    stopgap_enrolment_key_free(&shared.key);
    stopgap_enrolment_free(&shared.enrolment);
    stopgap_security_code_free(&shared.record);
    stopgap_key_ring_free(&shared.ring);
    printf("threads: %d threads, %ld calls\n", many, all);
    return 0;
}
