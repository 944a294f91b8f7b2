// The names of users, machines and tenants, in every call that takes one.

#include "vector.h"

#include <string.h>

// The user of a code, whose name is in no vector.
#define USER "another user", 12

// The calls that take a name as an argument, each with its status.
static void in_arguments(struct vector *v, const struct stopgap_key_ring *ring, struct text name,
                         const char *wanted) {
    struct stopgap_online_policy policy = stopgap_online_policy_default();
    struct stopgap_offline_policy offline = stopgap_offline_policy_default();
    struct stopgap_master_key master = {{7}};
    struct stopgap_key_ring *tenant = NULL;
    struct stopgap_enrolment enrolment;
    struct stopgap_code code;
    struct stopgap_online_grant grant;
    struct stopgap_granted granted;
    struct stopgap_answer answer;
    struct stopgap_keyed_digest digest;
    struct stopgap_attempt attempt = {0};
    struct stopgap_tag tag;
    struct stopgap_actor actor = {name.bytes, name.length, STOPGAP_SUPER_ADMINISTRATOR};
    struct stopgap_scopes scopes = stopgap_scopes_unlimited();
    struct stopgap_security_code record;
    size_t count;
    struct text expected = {wanted, strlen(wanted)};

#define NAMED(call) expect_text(v, #call, word_of(call), expected)
#define NAME name.bytes, name.length
    NAMED(stopgap_master_key_tenant(&master, NAME, &master, NULL));
    NAMED(stopgap_key_ring_tenant(ring, NAME, &tenant, NULL));
    NAMED(stopgap_enrolment_new(ring, NAME, "machine", 7, NULL, &enrolment, NULL));
    NAMED(stopgap_enrolment_new(ring, "user", 4, NAME, NULL, &enrolment, NULL));
    NAMED(stopgap_online_issue(&policy, ring, NAME, 0, NULL, 0, NULL, &code, &grant, NULL));
    NAMED(stopgap_security_code_create(ring, &actor, STOPGAP_ACCESS_SUPER_ADMINISTRATOR, NULL, 0,
                                       &scopes, NULL, 0, 0, NULL, &code, &record, NULL));
    actor.name = "root";
    actor.name_length = 4;
    NAMED(stopgap_security_code_create(ring, &actor, STOPGAP_ACCESS_SAME_AS, NAME, &scopes, NULL, 0,
                                       0, NULL, &code, &record, NULL));
    expect_ok(v, "issue", stopgap_online_issue(&policy, ring, USER, 0, NULL, 0, NULL, &code,
                                               &grant, NULL));
    NAMED(stopgap_key_ring_online_digests(ring, NAME, &code, &digest, 1, &count, NULL));
    attempt.id = "id";
    attempt.id_length = 2;
    attempt.code = &code;
    attempt.purpose = STOPGAP_RESET;
    attempt.key_id = 1;
    attempt.user = name.bytes;
    attempt.user_length = name.length;
    NAMED(stopgap_attempt_tag(&attempt, ring, &tag, NULL));
    attempt.id = name.bytes;
    attempt.id_length = name.length;
    NAMED(stopgap_attempt_tag(&attempt, ring, &tag, NULL));
    // A valid name has no code here, and no machine.
    if (strcmp(wanted, "ok") == 0) {
        expected.bytes = "unknown";
        expected.length = strlen("unknown");
    }
    NAMED(stopgap_online_check(&grant, ring, NAME, code.text, 14, STOPGAP_RESET, 0, &granted, NULL));
    NAMED(
        stopgap_online_verify(&grant, ring, NAME, code.text, 14, STOPGAP_RESET, 0, &granted, NULL));
    NAMED(stopgap_online_verify_any(&grant, 1, ring, NAME, code.text, 14, STOPGAP_RESET, 0, &count,
                                    &granted, NULL));
    if (strcmp(wanted, "ok") == 0) {
        expected.bytes = "not_enrolled";
        expected.length = strlen("not_enrolled");
    }
    NAMED(stopgap_offline_answer(&offline, ring, NAME, NULL, 0, "ZZZZZZZZ", 8, STOPGAP_RESET, 0,
                                 NULL, 0, &answer, NULL));
    stopgap_key_ring_free(&tenant);
}

// The structs that have a name. A field ends at its NUL.
static void in_structs(struct vector *v, const struct stopgap_key_ring *ring, struct text name,
                       const char *wanted) {
    struct stopgap_online_grant grant = {0};
    struct stopgap_enrolment enrolment = {0};
    struct stopgap_enrolment_key *key = NULL;
    struct stopgap_security_code record = {0};
    struct stopgap_tag tag;
    struct text expected = {wanted, strlen(wanted)};

    if (name.length >= STOPGAP_NAME_SIZE || memchr(name.bytes, '\0', name.length) != NULL) {
        return;
    }
    grant.format = stopgap_format_online();
    grant.key_id = 1;
    memcpy(grant.user, name.bytes, name.length);
    NAMED(stopgap_online_tag(&grant, ring, &tag, NULL));
    enrolment.key_id = 1;
    memcpy(enrolment.user, name.bytes, name.length);
    memcpy(enrolment.machine, "machine", 7);
    NAMED(stopgap_enrolment_key_derive(&enrolment, ring, &key, NULL));
    stopgap_enrolment_key_free(&key);
    record.access = STOPGAP_ACCESS_SAME_AS;
    record.key_id = 1;
    record.scopes = stopgap_scopes_unlimited();
    memcpy(record.same_as, name.bytes, name.length);
    NAMED(stopgap_security_code_tag(&record, ring, &tag, NULL));
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
