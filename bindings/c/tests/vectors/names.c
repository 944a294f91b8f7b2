// The names of users, machines and tenants, in every call that takes one.

#include "vector.h"

#include <string.h>

// The user of a code, whose name is in no vector.
#define USER "another user"

static struct stopgap_online_grants grants_of(struct stopgap_online_grant **grant) {
    struct stopgap_online_grants grants = {grant, 1};
    return grants;
}

// The calls that take a name as an argument, each with its status.
static void in_arguments(struct vector *v, const struct stopgap_key_ring *ring, struct text name,
                         const char *wanted) {
    struct stopgap_online_policy policy = stopgap_online_policy_default();
    struct stopgap_throttle throttle = stopgap_throttle_new();
    struct stopgap_user_throttle *user_throttle = NULL;
    struct stopgap_preset *preset = NULL;
    struct stopgap_master_key master = {{7}};
    struct stopgap_key_ring *tenant = NULL;
    struct stopgap_enrolment *enrolment = NULL;
    struct stopgap_enrolment_request enrol = {.size = sizeof enrol};
    struct stopgap_answer_request asked = {.size = sizeof asked};
    struct stopgap_code code;
    struct stopgap_online_grant *grant = NULL;
    struct stopgap_granted granted = {.size = sizeof granted};
    struct stopgap_answer answer;
    struct stopgap_keyed_digest digest;
    struct stopgap_verification *verification = NULL;
    struct stopgap_bytes stored;
    struct stopgap_security_request security = {.size = sizeof security};
    struct stopgap_security_change change = {.size = sizeof change};
    struct stopgap_rotate_request rotate = {.size = sizeof rotate};
    struct stopgap_security_text text;
    struct stopgap_security_code *record = NULL;
    struct stopgap_rotated rotated = {{""}, NULL};
    struct stopgap_issue_request issue = issue_request(name);
    struct stopgap_verify_request verify;
    struct stopgap_verification_request verification_request = {
        .size = sizeof verification_request
    };
    struct stopgap_digests digests = {&digest, 1, 0};
    struct text typed = {code.text, 14};
    struct text expected = {wanted, strlen(wanted)};

#define NAMED(call) expect_text(v, #call, word_of(call), expected)
#define NAME stopgap_text_n(name.bytes, name.length)
    NAMED(stopgap_master_key_tenant(&master, NAME, &master, NULL));
    NAMED(stopgap_key_ring_tenant(ring, NAME, &tenant, NULL));
    enrol.user = NAME;
    enrol.machine = stopgap_text_of("machine");
    NAMED(stopgap_enrolment_new(ring, &enrol, 0, &enrolment, NULL));
    stopgap_enrolment_free(&enrolment);
    NAMED(stopgap_enrolment_migrate(ring, &enrol, 1, 0, &enrolment, NULL));
    stopgap_enrolment_free(&enrolment);
    enrol.user = stopgap_text_of("user");
    enrol.machine = NAME;
    NAMED(stopgap_enrolment_new(ring, &enrol, 0, &enrolment, NULL));
    stopgap_enrolment_free(&enrolment);
    NAMED(stopgap_enrolment_migrate(ring, &enrol, 1, 0, &enrolment, NULL));
    stopgap_enrolment_free(&enrolment);
    NAMED(stopgap_online_issue(ring, &issue, 0, &code, &grant, NULL));
    stopgap_online_grant_free(&grant);
    NAMED(stopgap_user_throttle_seal(ring, NAME, &throttle, &user_throttle, NULL));
    stopgap_user_throttle_free(&user_throttle);
    NAMED(stopgap_preset_seal(ring, NAME, &policy, &preset, NULL));
    stopgap_preset_free(&preset);
    security.scopes.unlimited = 1;
    security.access = STOPGAP_ACCESS_SUPER_ADMINISTRATOR;
    security.actor.name = NAME;
    security.actor.role = STOPGAP_ROLE_SUPER_ADMINISTRATOR;
    NAMED(stopgap_security_code_create(ring, &security, 0, &text, &record, NULL));
    stopgap_security_code_free(&record);
    security.actor.name = stopgap_text_of("root");
    expect_ok(v, "create", stopgap_security_code_create(ring, &security, 0, &text, &record, NULL));
    change.actor.name = NAME;
    change.actor.role = STOPGAP_ROLE_SUPER_ADMINISTRATOR;
    change.event = STOPGAP_EVENT_RESET;
    NAMED(stopgap_security_code_apply(record, ring, &change, 0, NULL));
    rotate.actor = change.actor;
    NAMED(stopgap_security_code_rotate(record, ring, &rotate, 0, &rotated, NULL));
    stopgap_security_code_free(&rotated.record);
    stopgap_security_code_free(&record);
    security.access = STOPGAP_ACCESS_SAME_AS;
    security.same_as = NAME;
    NAMED(stopgap_security_code_create(ring, &security, 0, &text, &record, NULL));
    stopgap_security_code_free(&record);
    issue.user = stopgap_text_of(USER);
    expect_ok(v, "issue", stopgap_online_issue(ring, &issue, 0, &code, &grant, NULL));
    NAMED(stopgap_key_ring_online_digests(ring, NAME, &code, &digests, NULL));
    verify = verify_request(name, typed, STOPGAP_PURPOSE_RESET);
    verification_request.user = NAME;
    verification_request.idempotency_key = stopgap_text_n("id", 2);
    verification_request.purpose = STOPGAP_PURPOSE_RESET;
    verification_request.code = &code;
    NAMED(stopgap_verification_seal(ring, &verification_request, 0, &verification, NULL));
    stopgap_verification_free(&verification);
    // A valid name has no code here, no machine, no preset and no failures.
    if (strcmp(wanted, "ok") == 0) {
        expected.bytes = "unknown";
        expected.length = strlen("unknown");
    }
    NAMED(stopgap_online_verify(grant, ring, &verify, 0, &granted, NULL));
    NAMED(stopgap_online_verify_any(grants_of(&grant), ring, &verify, 0, &granted, NULL));
    asked.user = NAME;
    asked.text = stopgap_text_n("ZZZZZZZZ", 8);
    asked.purpose = STOPGAP_PURPOSE_RESET;
    if (strcmp(wanted, "ok") == 0) {
        expected.bytes = "not_enrolled";
        expected.length = strlen("not_enrolled");
    }
    NAMED(stopgap_offline_answer(ring, &asked, 0, &answer, NULL));
    if (strcmp(wanted, "ok") == 0) {
        expected.bytes = "tampered";
        expected.length = strlen("tampered");
    }
    expect_ok(v, "seal", stopgap_preset_seal(ring, stopgap_text_of(USER), &policy, &preset, NULL));
    NAMED(stopgap_preset_open(preset, ring, NAME, &policy, NULL));
    expect_ok(v, "seal",
              stopgap_user_throttle_seal(ring, stopgap_text_of(USER), &throttle, &user_throttle,
                                         NULL));
    NAMED(stopgap_user_throttle_open(user_throttle, ring, NAME, &throttle, NULL));
    verification_request.user = stopgap_text_of(USER);
    expect_ok(v, "seal",
              stopgap_verification_seal(ring, &verification_request, 0, &verification, NULL));
    verification_request.user = NAME;
    NAMED(stopgap_verification_replay(verification, ring, &verification_request, 0, &stored,
                                      NULL));
    stopgap_verification_free(&verification);
    stopgap_user_throttle_free(&user_throttle);
    stopgap_preset_free(&preset);
    stopgap_online_grant_free(&grant);
    stopgap_key_ring_free(&tenant);
}

void run_names(struct vector *v) {
    struct text name = text_of(v, v->test, "input");
    struct stopgap_master_key master = {{7}};
    struct stopgap_key_ring *ring = NULL;
    char wanted[64] = "ok";

    expect_ok(v, "ring", stopgap_key_ring_new(1, &master, &ring, NULL));
    if (!is(text_of(v, v->test, "result"), "valid")) {
        struct text error = text_of(v, v->test, "error");
        expect_text(v, "result", "invalid", text_of(v, v->test, "result"));
        if (error.length < sizeof wanted) {
            memcpy(wanted, error.bytes, error.length + 1);
        }
    }
    in_arguments(v, ring, name, wanted);
    stopgap_key_ring_free(&ring);
}
