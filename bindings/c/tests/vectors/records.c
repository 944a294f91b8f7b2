// The tags of records at rest.

#include "vector.h"

#include <stdlib.h>
#include <string.h>

// An instant that may be missing, in whole seconds, rounded down. A tag binds
// microseconds, and the structs hold none.
static int64_t bound_instant(struct vector *v, const char *name) {
    uint32_t microseconds;
    int64_t instant;
    if (is_null(v->test, name)) {
        return STOPGAP_NEVER;
    }
    instant = instant_of(v, text_of(v, v->test, name), &microseconds);
    if (microseconds > 0) {
        v->beyond = FRACTION;
    }
    return instant;
}

static uint32_t uses_of(struct vector *v) {
    int64_t uses;
    if (is_null(v->test, "maxUses")) {
        return STOPGAP_UNLIMITED;
    }
    uses = number_of(v, v->test, "maxUses");
    if (uses == STOPGAP_UNLIMITED) {
        v->beyond = USES;
    }
    return (uint32_t)uses;
}

// What was kept is what is made. A record that C cannot hold became another one
// here, and its tag must not fit.
static void expect_tag(struct vector *v, stopgap_status made, const struct stopgap_tag *tag,
                       stopgap_status checked) {
    expect_ok(v, "tag", made);
    if (v->beyond != NOTHING) {
        expect_number(v, "the tag of another record", checked, STOPGAP_TAMPERED);
        return;
    }
    expect_ok(v, "check", checked);
    expect_bytes(v, "tag", tag->bytes, sizeof tag->bytes, text_of(v, v->test, "tag"));
}

// What no tag binds is as good as any.
static void online(struct vector *v, const struct stopgap_key_ring *ring,
                   const struct stopgap_tag *kept) {
    struct stopgap_online_grant grant = {0};
    struct stopgap_tag tag = {{0}};
    yyjson_val *purposes = array_of(v, v->test, "purposes");
    yyjson_val *word;
    stopgap_status made;
    size_t index;
    size_t most;

    yyjson_arr_foreach(purposes, index, most, word) {
        struct text text = {yyjson_get_str(word), yyjson_get_len(word)};
        grant.purposes |= purpose_of(v, text);
    }
    fixed_bytes_of(v, text_of(v, v->test, "digest"), grant.digest.bytes,
                   sizeof grant.digest.bytes);
    grant.key_id = 1;
    grant.format = stopgap_format_online();
    grant.not_before = bound_instant(v, "notBefore");
    grant.expires_at = bound_instant(v, "expiresAt");
    grant.revoked_at = bound_instant(v, "revokedAt");
    grant.max_uses = uses_of(v);
    memcpy(grant.user, "alice", sizeof "alice");
    made = stopgap_online_tag(&grant, ring, &tag, NULL);
    expect_tag(v, made, &tag, stopgap_online_check_tag(&grant, ring, kept, NULL));
}

static void security(struct vector *v, const struct stopgap_key_ring *ring,
                     const struct stopgap_tag *kept) {
    struct stopgap_security_code record = {0};
    struct stopgap_tag tag = {{0}};
    struct text life = text_of(v, v->test, "life");
    stopgap_status made;

    fixed_bytes_of(v, text_of(v, v->test, "digest"), record.digest.bytes,
                   sizeof record.digest.bytes);
    record.key_id = 1;
    record.access = STOPGAP_ACCESS_SUPER_ADMINISTRATOR;
    if (!is_null(v->test, "sameAs")) {
        struct text user = text_of(v, v->test, "sameAs");
        record.access = STOPGAP_ACCESS_SAME_AS;
        if (user.length < sizeof record.same_as) {
            memcpy(record.same_as, user.bytes, user.length);
        } else {
            differs(v, "sameAs: %zu bytes", user.length);
        }
    }
    if (is(life, "permanent")) {
        record.life = STOPGAP_PERMANENT;
    } else if (is(life, "deleted")) {
        record.life = STOPGAP_DELETED;
    } else {
        record.life = bound_instant(v, "life");
    }
    made = stopgap_security_code_tag(&record, ring, &tag, NULL);
    expect_tag(v, made, &tag, stopgap_security_code_check_tag(&record, ring, kept, NULL));
}

static void attempt(struct vector *v, const struct stopgap_key_ring *ring,
                    const struct stopgap_tag *kept) {
    struct text id = text_of(v, v->test, "attempt");
    struct text user = text_of(v, v->test, "user");
    struct text typed = text_of(v, v->test, "code");
    struct stopgap_code code = code_of(v, alphabet_for(v, typed), typed);
    struct stopgap_attempt attempt = {0};
    struct stopgap_tag tag = {{0}};
    uint8_t *answer = bytes_of(v, text_of(v, v->test, "answer"), &attempt.answer_length);
    stopgap_status made;

    attempt.key_id = 1;
    attempt.id = id.bytes;
    attempt.id_length = id.length;
    attempt.user = user.bytes;
    attempt.user_length = user.length;
    attempt.code = &code;
    attempt.purpose = purpose_of(v, text_of(v, v->test, "purpose"));
    attempt.answer = answer;
    made = stopgap_attempt_tag(&attempt, ring, &tag, NULL);
    expect_tag(v, made, &tag, stopgap_attempt_check_tag(&attempt, ring, kept, NULL));
    free(answer);
}

static void check(struct vector *v, const struct stopgap_key_ring *ring) {
    struct stopgap_keyed_digest values[2] = {{0}};
    size_t count = 0;
    expect_ok(v, "check values", stopgap_key_ring_check_values(ring, values, 2, &count, NULL));
    expect_number(v, "check values", (int64_t)count, 1);
    expect_number(v, "key id", values[0].key_id, 1);
    expect_bytes(v, "check value", values[0].digest.bytes, sizeof values[0].digest.bytes,
                 text_of(v, v->test, "tag"));
}

void run_records(struct vector *v) {
    struct text record = text_of(v, v->group, "record");
    struct stopgap_master_key master;
    struct stopgap_key_ring *ring = ring_of(v, &master);
    struct stopgap_tag kept;

    expect_text(v, "result", "valid", text_of(v, v->test, "result"));
    fixed_bytes_of(v, text_of(v, v->test, "tag"), kept.bytes, sizeof kept.bytes);
    if (is(record, "online")) {
        online(v, ring, &kept);
    } else if (is(record, "security")) {
        security(v, ring, &kept);
    } else if (is(record, "attempt")) {
        attempt(v, ring, &kept);
    } else if (is(record, "check")) {
        check(v, ring);
    } else {
        differs(v, "no such record: %s", record.bytes);
    }
    stopgap_key_ring_free(&ring);
}
