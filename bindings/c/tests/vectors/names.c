// The names of users, machines and tenants, in every call that takes one.

#include "vector.h"

#include <string.h>

// The user of a code, whose name is in no vector.
#define USER "another user"

// The calls that take a name as an argument, each with its status.
static void in_arguments(struct vector *v, const struct stopgap_key_ring *ring, struct text name,
                         const char *wanted) {
    struct stopgap_online_policy policy = stopgap_online_policy_default();
    struct stopgap_offline_policy offline = stopgap_offline_policy_default();
    struct stopgap_throttle throttle = {STOPGAP_NEVER, 0, 0};
    struct stopgap_user_throttle user_throttle;
    struct stopgap_preset preset;
    struct stopgap_master_key master = {{7}};
    struct stopgap_key_ring *tenant = NULL;
    struct stopgap_enrolment enrolment;
    struct stopgap_code code;
    struct stopgap_online_grant grant;
    struct stopgap_granted granted;
    struct stopgap_answer answer;
    struct stopgap_keyed_digest digest;
    struct stopgap_verification verification;
    struct stopgap_actor actor = {{name.bytes, name.length}, STOPGAP_ROLE_SUPER_ADMINISTRATOR};
    struct stopgap_scopes scopes = stopgap_scopes_unlimited();
    struct stopgap_security_request security = {.size = sizeof security};
    struct stopgap_security_code record;
    struct stopgap_issue_request issue = issue_request(name);
    struct stopgap_verify_request verify;
    struct text typed = {code.text, 14};
    char text[STOPGAP_SECURITY_TEXT_SIZE];
    size_t count;
    struct text expected = {wanted, strlen(wanted)};

#define NAMED(call) expect_text(v, #call, word_of(call), expected)
#define NAME stopgap_text_n(name.bytes, name.length)
    NAMED(stopgap_master_key_tenant(&master, NAME, &master, NULL));
    NAMED(stopgap_key_ring_tenant(ring, NAME, &tenant, NULL));
    NAMED(stopgap_enrolment_new(ring, NAME, stopgap_text_of("machine"), 0, NULL, &enrolment, NULL));
    NAMED(stopgap_enrolment_new(ring, stopgap_text_of("user"), NAME, 0, NULL, &enrolment, NULL));
    NAMED(stopgap_online_issue(&policy, ring, &issue, 0, STOPGAP_NO_TEXT, NULL, &code, &grant, NULL));
    NAMED(stopgap_user_throttle_seal(ring, NAME, &throttle, &user_throttle, NULL));
    NAMED(stopgap_preset_seal(ring, NAME, &policy, &preset, NULL));
    security.scopes = &scopes;
    security.access = STOPGAP_ACCESS_SUPER_ADMINISTRATOR;
    NAMED(stopgap_security_code_create(ring, NULL, &actor, &security, 0, NULL, text, sizeof text,
                                       NULL, &record, NULL));
    actor.name = stopgap_text_n("root", 4);
    security.access = STOPGAP_ACCESS_SAME_AS;
    security.same_as = stopgap_text_n(name.bytes, name.length);
    NAMED(stopgap_security_code_create(ring, NULL, &actor, &security, 0, NULL, text, sizeof text,
                                       NULL, &record, NULL));
    issue.user = stopgap_text_of(USER);
    expect_ok(v, "issue", stopgap_online_issue(&policy, ring, &issue, 0, STOPGAP_NO_TEXT, NULL, &code,
                                               &grant, NULL));
    NAMED(stopgap_key_ring_online_digests(ring, NAME, &code, &digest, 1, &count, NULL));
    verify = verify_request(name, typed, STOPGAP_PURPOSE_RESET);
    verify.idempotency_key = stopgap_text_n("id", 2);
    NAMED(stopgap_verification_seal(ring, &verify, &code, NULL, 0, 0, &verification, NULL));
    // A valid name has no code here, no machine, no preset and no failures.
    if (strcmp(wanted, "ok") == 0) {
        expected.bytes = "unknown";
        expected.length = strlen("unknown");
    }
    NAMED(stopgap_online_verify(&grant, ring, &verify, 0, &granted, NULL));
    NAMED(stopgap_online_verify_any(&grant, 1, ring, &verify, 0, &count, &granted, NULL));
    verify.text = stopgap_text_n("ZZZZZZZZ", 8);
    if (strcmp(wanted, "ok") == 0) {
        expected.bytes = "not_enrolled";
        expected.length = strlen("not_enrolled");
    }
    NAMED(stopgap_offline_answer(&offline, ring, NULL, 0, &verify, 0, STOPGAP_NO_TEXT, &answer, NULL));
    if (strcmp(wanted, "ok") == 0) {
        expected.bytes = "tampered";
        expected.length = strlen("tampered");
    }
    expect_ok(v, "seal", stopgap_preset_seal(ring, stopgap_text_of(USER), &policy, &preset, NULL));
    NAMED(stopgap_preset_open(&preset, ring, NAME, &policy, NULL));
    expect_ok(v, "seal",
              stopgap_user_throttle_seal(ring, stopgap_text_of(USER), &throttle, &user_throttle,
                                         NULL));
    NAMED(stopgap_user_throttle_open(&user_throttle, ring, NAME, &throttle, NULL));
    stopgap_key_ring_free(&tenant);
}

// The structs that have a name. A field ends at its NUL. A record that no call has sealed is
// tampered with, if its name is one.
static void in_structs(struct vector *v, const struct stopgap_key_ring *ring, struct text name,
                       const char *wanted) {
    struct stopgap_online_grant grant = {0};
    struct stopgap_enrolment enrolment = {0};
    struct stopgap_security_code record = {0};
    struct stopgap_user_throttle throttle = {0};
    struct stopgap_throttle state;
    struct stopgap_preset preset = {0};
    struct stopgap_online_policy policy;
    struct stopgap_verification verification = {0};
    struct text expected = {wanted, strlen(wanted)};

    if (name.length >= STOPGAP_NAME_SIZE || memchr(name.bytes, '\0', name.length) != NULL) {
        return;
    }
    if (strcmp(wanted, "ok") == 0) {
        expected.bytes = "tampered";
        expected.length = strlen("tampered");
    }
    grant.format = stopgap_format_online();
    grant.key_id = 1;
    memcpy(grant.user, name.bytes, name.length);
    NAMED(stopgap_online_open(&grant, ring, NULL));
    enrolment.key_id = 1;
    memcpy(enrolment.user, name.bytes, name.length);
    memcpy(enrolment.machine, "machine", 7);
    NAMED(stopgap_enrolment_open(&enrolment, ring, NULL));
    memcpy(enrolment.machine, enrolment.user, sizeof enrolment.user);
    memset(enrolment.user, 0, sizeof enrolment.user);
    memcpy(enrolment.user, "user", 4);
    NAMED(stopgap_enrolment_open(&enrolment, ring, NULL));
    record.access = STOPGAP_ACCESS_SAME_AS;
    record.key_id = 1;
    record.scopes = stopgap_scopes_unlimited();
    memcpy(record.same_as, name.bytes, name.length);
    NAMED(stopgap_security_code_open(&record, ring, NULL));
    throttle.key_id = 1;
    memcpy(throttle.user, name.bytes, name.length);
    NAMED(stopgap_user_throttle_open(&throttle, ring, stopgap_text_of(USER), &state, NULL));
    preset.key_id = 1;
    preset.validity = 1;
    preset.purposes = STOPGAP_PURPOSE_RESET;
    preset.max_uses = 1;
    preset.format = stopgap_format_online();
    memcpy(preset.name, name.bytes, name.length);
    NAMED(stopgap_preset_open(&preset, ring, stopgap_text_of(USER), &policy, NULL));
    verification.key_id = 1;
    verification.purpose = STOPGAP_PURPOSE_RESET;
    memcpy(verification.user, name.bytes, name.length);
    NAMED(stopgap_verification_open(&verification, NULL, 0, ring, NULL));
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
    in_structs(v, ring, name, wanted);
    stopgap_key_ring_free(&ring);
}
