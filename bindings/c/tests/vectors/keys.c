// The digests of codes, the keys of tenants, and requests.

#include "vector.h"

#include <stdlib.h>
#include <string.h>

stopgap_purpose purpose_of(struct vector *v, struct text word) {
    stopgap_purpose purpose = 0;
    expect_ok(v, "purpose", stopgap_purpose_parse(stopgap_text_n(word.bytes, word.length), &purpose, NULL));
    return purpose;
}

struct stopgap_issue_request issue_request(struct text user) {
    struct stopgap_issue_request request = {.size = sizeof request};
    request.user = stopgap_text_n(user.bytes, user.length);
    return request;
}

struct stopgap_verify_request verify_request(struct text user, struct text typed,
                                             stopgap_purpose purpose) {
    struct stopgap_verify_request request = {.size = sizeof request};
    request.user = stopgap_text_n(user.bytes, user.length);
    request.text = stopgap_text_n(typed.bytes, typed.length);
    request.purpose = purpose;
    return request;
}

struct stopgap_key_ring *ring_of(struct vector *v, struct stopgap_master_key *master) {
    struct stopgap_key_ring *ring = NULL;
    struct text digits = text_of(v, v->test, "master");
    memset(master, 0, sizeof *master);
    expect_ok(v, "master",
              stopgap_master_key_from_hex(stopgap_text_n(digits.bytes, digits.length), master, NULL));
    expect_ok(v, "ring", stopgap_key_ring_new(1, master, &ring, NULL));
    return ring;
}

// Compares the only digest of a ring of one key.
static void expect_digest(struct vector *v, const char *name,
                          struct stopgap_digests digests) {
    const struct stopgap_keyed_digest *digest = digests.ptr;
    expect_number(v, "digests", (int64_t)digests.count, 1);
    expect_number(v, "key id", digest->key_id, 1);
    expect_bytes(v, name, digest->digest.bytes, sizeof digest->digest.bytes,
                 text_of(v, v->test, name));
}

// Compares a tenant's master key, and the keys of the ring's tenant with it.
static void tenant(struct vector *v, const struct stopgap_key_ring *ring,
                   const struct stopgap_master_key *master, struct text name,
                   const struct stopgap_code *code) {
    struct stopgap_master_key key = {{0}};
    struct stopgap_key_ring *rings[2] = {NULL, NULL};
    struct stopgap_keyed_digest digests[2] = {{0}};
    expect_ok(v, "tenant's key",
              stopgap_master_key_tenant(master, stopgap_text_n(name.bytes, name.length), &key, NULL));
    expect_bytes(v, "tenantMaster", key.bytes, sizeof key.bytes,
                 text_of(v, v->test, "tenantMaster"));
    expect_ok(v, "ring", stopgap_key_ring_new(1, &key, &rings[0], NULL));
    expect_ok(v, "tenant's ring",
              stopgap_key_ring_tenant(ring, stopgap_text_n(name.bytes, name.length), &rings[1], NULL));
    for (size_t i = 0; i < 2; i++) {
        struct stopgap_digests place = {&digests[i], 1, 0};
        expect_ok(v, "tenant's digest",
                  stopgap_key_ring_security_digests(rings[i], code, &place, NULL));
        stopgap_key_ring_free(&rings[i]);
    }
    if (memcmp(&digests[0], &digests[1], sizeof digests[0]) != 0) {
        differs(v, "the tenant's ring has other keys than its master key");
    }
}

void run_digests(struct vector *v) {
    struct text user = text_of(v, v->test, "user");
    struct text tenant_name = text_of(v, v->test, "tenant");
    struct stopgap_keyed_digest digests[2] = {{0}};
    struct stopgap_master_key master;
    struct stopgap_key_ring *ring;
    struct stopgap_code code;
    struct text typed;
    struct stopgap_digests place = {digests, 2, 0};

    expect_text(v, "result", "valid", text_of(v, v->test, "result"));
    ring = ring_of(v, &master);

    typed = text_of(v, v->test, "code");
    code = code_of(v, alphabet_for(v, typed), typed);
    expect_ok(v, "online digests",
              stopgap_key_ring_online_digests(ring, stopgap_text_n(user.bytes, user.length), &code, &place,
                                              NULL));
    expect_digest(v, "onlineDigest", place);

    typed = text_of(v, v->test, "securityCode");
    code = code_of(v, stopgap_alphabet_hex(), typed);
    expect_number(v, "securityCode", (int64_t)typed.length, 32);
    expect_ok(v, "security digests",
              stopgap_key_ring_security_digests(ring, &code, &place, NULL));
    expect_digest(v, "securityDigest", place);

    tenant(v, ring, &master, tenant_name, &code);
    stopgap_key_ring_free(&ring);
}
