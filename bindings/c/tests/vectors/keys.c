// What is derived from keys: digests, request codes, offline codes.

#include "vector.h"

#include <stdlib.h>
#include <string.h>

stopgap_purpose purpose_of(struct vector *v, struct text word) {
    stopgap_purpose purpose = 0;
    expect_ok(v, "purpose", stopgap_purpose_parse(word.bytes, word.length, &purpose, NULL));
    return purpose;
}

struct stopgap_key_ring *ring_of(struct vector *v, struct stopgap_master_key *master) {
    struct stopgap_key_ring *ring = NULL;
    struct text digits = text_of(v, v->test, "master");
    memset(master, 0, sizeof *master);
    expect_ok(v, "master",
              stopgap_master_key_from_hex(digits.bytes, digits.length, master, NULL));
    expect_ok(v, "ring", stopgap_key_ring_new(1, master, &ring, NULL));
    return ring;
}

static int is_no_name(stopgap_status status) {
    return status == STOPGAP_NAME_EMPTY || status == STOPGAP_NAME_TOO_LONG
           || status == STOPGAP_NAME_CONTROL_CHARACTER;
}

// That at least one of these is no name.
static void expect_no_names(struct vector *v, struct text user, struct text tenant) {
    struct stopgap_master_key master = {{0}};
    struct stopgap_key_ring *ring = NULL;
    struct stopgap_key_ring *of_tenant = NULL;
    struct stopgap_enrolment enrolment;
    stopgap_status user_status;
    stopgap_status tenant_status;
    expect_ok(v, "ring", stopgap_key_ring_new(1, &master, &ring, NULL));
    user_status =
        stopgap_enrolment_new(ring, user.bytes, user.length, "machine", 7, &enrolment, NULL);
    tenant_status =
        stopgap_key_ring_tenant(ring, tenant.bytes, tenant.length, &of_tenant, NULL);
    if (!is_no_name(user_status) && !is_no_name(tenant_status)) {
        differs(v, "invalid, but %s and %s", stopgap_status_name(user_status),
                stopgap_status_name(tenant_status));
    }
    stopgap_key_ring_free(&of_tenant);
    stopgap_key_ring_free(&ring);
}

// The only digest of a ring that has one key, under its id.
static void expect_digest(struct vector *v, const char *name,
                          const struct stopgap_keyed_digest *digest, size_t count) {
    expect_number(v, "digests", (int64_t)count, 1);
    expect_number(v, "key id", digest->key_id, 1);
    expect_bytes(v, name, digest->digest.bytes, sizeof digest->digest.bytes,
                 text_of(v, v->test, name));
}

// A tenant's master key; and a ring's tenant has the same keys.
static void tenant(struct vector *v, const struct stopgap_key_ring *ring,
                   const struct stopgap_master_key *master, struct text name,
                   const struct stopgap_code *code) {
    struct stopgap_master_key key = {{0}};
    struct stopgap_key_ring *rings[2] = {NULL, NULL};
    struct stopgap_keyed_digest digests[2] = {{0}};
    size_t count = 0;
    expect_ok(v, "tenant's key",
              stopgap_master_key_tenant(master, name.bytes, name.length, &key, NULL));
    expect_bytes(v, "tenantMaster", key.bytes, sizeof key.bytes,
                 text_of(v, v->test, "tenantMaster"));
    expect_ok(v, "ring", stopgap_key_ring_new(1, &key, &rings[0], NULL));
    expect_ok(v, "tenant's ring",
              stopgap_key_ring_tenant(ring, name.bytes, name.length, &rings[1], NULL));
    for (size_t i = 0; i < 2; i++) {
        expect_ok(v, "tenant's digest",
                  stopgap_key_ring_security_digests(rings[i], code, &digests[i], 1, &count, NULL));
        stopgap_key_ring_free(&rings[i]);
    }
    if (memcmp(&digests[0], &digests[1], sizeof digests[0]) != 0) {
        differs(v, "the tenant's ring has other keys than its master key");
    }
}

void run_digests(struct vector *v) {
    struct text result = text_of(v, v->test, "result");
    struct text user = text_of(v, v->test, "user");
    struct text tenant_name = text_of(v, v->test, "tenant");
    struct stopgap_keyed_digest digests[2] = {{0}};
    struct stopgap_master_key master;
    struct stopgap_key_ring *ring;
    struct stopgap_code code;
    struct text typed;
    size_t count = 0;

    if (is(result, "invalid")) {
        expect_no_names(v, user, tenant_name);
        return;
    }
    expect_text(v, "result", "valid", result);
    ring = ring_of(v, &master);

    typed = text_of(v, v->test, "code");
    code = code_of(v, alphabet_for(v, typed), typed);
    expect_ok(v, "online digests",
              stopgap_key_ring_online_digests(ring, user.bytes, user.length, &code, digests, 2,
                                              &count, NULL));
    expect_digest(v, "onlineDigest", digests, count);

    typed = text_of(v, v->test, "securityCode");
    code = code_of(v, stopgap_format_security().alphabet, typed);
    expect_number(v, "securityCode", (int64_t)typed.length, stopgap_format_security().length);
    expect_ok(v, "security digests",
              stopgap_key_ring_security_digests(ring, &code, digests, 2, &count, NULL));
    expect_digest(v, "securityDigest", digests, count);

    tenant(v, ring, &master, tenant_name, &code);
    stopgap_key_ring_free(&ring);
}
