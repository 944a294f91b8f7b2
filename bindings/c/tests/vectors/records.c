// The bytes, the members and the tags of sealed records.

#include "vector.h"

#include <stdlib.h>
#include <string.h>

static uint32_t uses_of(struct vector *v, yyjson_val *object) {
    return is_null(object, "maxUses") ? STOPGAP_UNLIMITED
                                      : (uint32_t)number_of(v, object, "maxUses");
}

static stopgap_purposes purposes_of(struct vector *v, yyjson_val *object) {
    stopgap_purposes purposes = 0;
    yyjson_val *words = array_of(v, object, "purposes");
    yyjson_val *word;
    size_t index;
    size_t most;
    yyjson_arr_foreach(words, index, most, word) {
        struct text text = {yyjson_get_str(word), yyjson_get_len(word)};
        purposes |= purpose_of(v, text);
    }
    return purposes;
}

// Returns the Unix seconds of microseconds, rounded down.
static int64_t seconds_of(struct vector *v, const char *name) {
    int64_t micros;
    if (is_null(v->test, name)) {
        return STOPGAP_NEVER;
    }
    micros = number_of(v, v->test, name);
    return micros / 1000000 - (micros % 1000000 < 0 ? 1 : 0);
}

static void expect_seconds(struct vector *v, const char *name, int64_t found) {
    expect_number(v, name, found, seconds_of(v, name));
}

static void expect_name(struct vector *v, const char *name, struct stopgap_text found) {
    struct text wanted = text_of(v, v->test, name);
    if (found.len != wanted.length || memcmp(found.ptr, wanted.bytes, wanted.length) != 0) {
        differs(v, "%s: another text", name);
    }
}

static void expect_format(struct vector *v, struct stopgap_format format) {
    struct stopgap_alphabet_info info = {.size = sizeof info};
    yyjson_val *folded = array_of(v, v->test, "lookAlikes");
    stopgap_look_alikes wanted = 0;
    yyjson_val *word;
    size_t index;
    size_t most;
    yyjson_arr_foreach(folded, index, most, word) {
        wanted |= yyjson_equals_str(word, "O=0")   ? STOPGAP_LOOK_ALIKE_O_AS_ZERO
                  : yyjson_equals_str(word, "I=1") ? STOPGAP_LOOK_ALIKE_I_AS_ONE
                                                   : STOPGAP_LOOK_ALIKE_L_AS_ONE;
    }
    expect_ok(v, "alphabet", stopgap_alphabet_info(format.alphabet, &info, NULL));
    expect_name(v, "alphabet", info.symbols);
    expect_number(v, "lookAlikes", info.look_alikes, wanted);
    expect_number(v, "length", format.length, number_of(v, v->test, "length"));
    expect_number(v, "checkSymbol", format.check_symbol,
                  yyjson_is_true(yyjson_obj_get(v->test, "checkSymbol")) ? 1 : 0);
}

struct stopgap_online_grant *grant_of(struct vector *v, yyjson_val *object) {
    struct stopgap_online_grant *grant = NULL;
    struct stopgap_bytes all;
    uint8_t *bytes = bytes_of(v, text_of(v, object, "bytes"), &all.len);
    all.ptr = bytes;
    expect_ok(v, "grant", stopgap_online_grant_from_bytes(all, &grant, NULL));
    free(bytes);
    return grant;
}

// Reads a record of the vector's bytes into `record`, opens it and writes the bytes again.
// Then opens each record that has another byte, which must not succeed.
#define EXPECT_RECORD(kind, record, open)                                                          \
    do {                                                                                           \
        struct stopgap_bytes all;                                                                  \
        uint8_t *bytes = bytes_of(v, text_of(v, v->test, "bytes"), &all.len);                      \
        uint8_t *again = malloc(all.len);                                                          \
        size_t needed = 0;                                                                         \
        all.ptr = bytes;                                                                           \
        expect_ok(v, "read", kind##_from_bytes(all, &(record), NULL));                             \
        expect_ok(v, "open", (open));                                                              \
        expect_number(v, "no room", kind##_to_bytes((record), again, all.len - 1, &needed, NULL),  \
                      STOPGAP_ERR_BUFFER_TOO_SMALL);                                               \
        expect_ok(v, "write", kind##_to_bytes((record), again, needed, NULL, NULL));               \
        expect_bytes(v, "bytes", again, needed, text_of(v, v->test, "bytes"));                     \
        for (size_t i = 0; i < all.len; i++) {                                                     \
            stopgap_status status;                                                                 \
            kind##_free(&(record));                                                                \
            bytes[i] ^= (uint8_t)(1 << i % 8);                                                     \
            status = kind##_from_bytes(all, &(record), NULL);                                      \
            if (status == STOPGAP_OK) {                                                            \
                status = (open);                                                                   \
            }                                                                                      \
            if (status != STOPGAP_ERR_RECORD_BYTES && status != STOPGAP_ERR_TAMPERED               \
                && status != STOPGAP_ERR_KEY_MISSING) {                                            \
                differs(v, "another byte %zu: %s", i, stopgap_status_name(status));                \
            }                                                                                      \
            bytes[i] ^= (uint8_t)(1 << i % 8);                                                     \
        }                                                                                          \
        kind##_free(&(record));                                                                    \
        expect_ok(v, "read again", kind##_from_bytes(all, &(record), NULL));                       \
        free(again);                                                                               \
        free(bytes);                                                                               \
    } while (0)

static void expect_tag(struct vector *v, const struct stopgap_tag *tag) {
    expect_bytes(v, "tag", tag->bytes, sizeof tag->bytes, text_of(v, v->test, "tag"));
}

static void online(struct vector *v, const struct stopgap_key_ring *ring) {
    struct stopgap_online_grant *grant = NULL;
    struct stopgap_online_grant_info info = {.size = sizeof info};
    EXPECT_RECORD(stopgap_online_grant, grant, stopgap_online_open(grant, ring, NULL));
    expect_ok(v, "info", stopgap_online_grant_info(grant, &info, NULL));
    expect_name(v, "user", info.user);
    expect_bytes(v, "id", info.id.bytes, sizeof info.id.bytes, text_of(v, v->test, "id"));
    expect_bytes(v, "digest", info.digest.bytes, sizeof info.digest.bytes,
                 text_of(v, v->test, "digest"));
    expect_tag(v, &info.tag);
    expect_number(v, "keyId", info.key_id, number_of(v, v->test, "keyId"));
    expect_format(v, info.format);
    expect_number(v, "purposes", info.purposes, purposes_of(v, v->test));
    expect_seconds(v, "issuedAt", info.issued_at);
    expect_seconds(v, "notBefore", info.not_before);
    expect_seconds(v, "expiresAt", info.expires_at);
    expect_seconds(v, "revokedAt", info.revoked_at);
    expect_number(v, "maxUses", info.max_uses, uses_of(v, v->test));
    expect_number(v, "uses", info.uses, number_of(v, v->test, "uses"));
    stopgap_online_grant_free(&grant);
}

// Returns the portable bytes of the vector's record, to be freed.
static uint8_t *stored_of(struct vector *v, size_t *length) {
    return bytes_of(v, text_of(v, v->test, "bytes"), length);
}

static void expect_lent(struct vector *v, const char *what, struct stopgap_text found,
                        struct text wanted) {
    if (found.len != wanted.length || memcmp(found.ptr, wanted.bytes, wanted.length) != 0) {
        differs(v, "%s: %.*s", what, (int)found.len, found.ptr);
    }
}

// Compares the scopes with the list, or with null for no limit.
static void expect_scopes(struct vector *v, struct stopgap_scopes found) {
    yyjson_val *scopes = yyjson_obj_get(v->test, "scopes");
    yyjson_val *scope;
    size_t index;
    size_t most;
    size_t length = 0;
    expect_number(v, "unlimited", found.unlimited, yyjson_is_arr(scopes) ? 0 : 1);
    yyjson_arr_foreach(scopes, index, most, scope) {
        struct stopgap_text one = stopgap_text_n(yyjson_get_str(scope), yyjson_get_len(scope));
        expect_number(v, "scope", stopgap_scopes_allow(found, one), 1);
        length += one.len + (index > 0 ? 1 : 0);
    }
    expect_number(v, "list", (int64_t)found.list.len, (int64_t)length);
}

static void expect_members(struct vector *v, const struct stopgap_security_code *record) {
    struct stopgap_security_code_info info = {.size = sizeof info};
    int is_word = yyjson_is_str(yyjson_obj_get(v->test, "lifetime"));
    int is_user = !is_null(v->test, "sameAs");
    struct text lifetime = is_word ? text_of(v, v->test, "lifetime") : (struct text){"", 0};
    struct text user = is_user ? text_of(v, v->test, "sameAs") : (struct text){"", 0};

    expect_ok(v, "info", stopgap_security_code_info(record, &info, NULL));
    expect_seconds(v, "createdAt", info.created_at);
    expect_number(v, "expiresAt", info.expires_at,
                  is_word ? STOPGAP_NEVER : seconds_of(v, "lifetime"));
    expect_number(v, "permanent", info.permanent, is(lifetime, "permanent"));
    expect_number(v, "deleted", info.deleted, is(lifetime, "deleted"));
    expect_number(v, "keyId", info.key_id, number_of(v, v->test, "keyId"));
    expect_number(v, "access", info.access,
                  is_user ? STOPGAP_ACCESS_SAME_AS : STOPGAP_ACCESS_SUPER_ADMINISTRATOR);
    expect_lent(v, "sameAs", info.same_as, user);
    expect_lent(v, "description", info.description, text_of(v, v->test, "description"));
    expect_scopes(v, info.scopes);
    expect_bytes(v, "id", info.id.bytes, sizeof info.id.bytes, text_of(v, v->test, "id"));
    expect_bytes(v, "digest", info.digest.bytes, sizeof info.digest.bytes,
                 text_of(v, v->test, "digest"));
    expect_bytes(v, "tag", info.tag.bytes, sizeof info.tag.bytes, text_of(v, v->test, "tag"));
}

static void security(struct vector *v, const struct stopgap_key_ring *ring) {
    struct stopgap_security_code *record = NULL;
    size_t length;
    size_t needed = 0;
    uint8_t *stored = stored_of(v, &length);
    uint8_t *written = malloc(length);
    struct stopgap_bytes bytes = {stored, length};

    expect_ok(v, "read", stopgap_security_code_from_bytes(bytes, &record, NULL));
    expect_ok(v, "open", stopgap_security_code_open(record, ring, NULL));
    expect_members(v, record);
    expect_ok(v, "write",
              stopgap_security_code_to_bytes(record, written, length, &needed, NULL));
    expect_number(v, "bytes", (int64_t)needed, (int64_t)length);
    expect_number(v, "the bytes of the vector", memcmp(stored, written, length), 0);
    // The tag is at the end.
    for (size_t bit = 8 * (length - 32); bit < 8 * length; bit++) {
        stored[bit / 8] ^= (uint8_t)(1 << bit % 8);
        stopgap_security_code_free(&record);
        expect_ok(v, "another tag", stopgap_security_code_from_bytes(bytes, &record, NULL));
        expect_number(v, "another tag", stopgap_security_code_open(record, ring, NULL),
                      STOPGAP_ERR_TAMPERED);
        stored[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    stopgap_security_code_free(&record);
    free(written);
    free(stored);
}

static void enrolment(struct vector *v, const struct stopgap_key_ring *ring) {
    struct stopgap_enrolment *record = NULL;
    struct stopgap_enrolment_info info = {.size = sizeof info};
    EXPECT_RECORD(stopgap_enrolment, record, stopgap_enrolment_open(record, ring, NULL));
    expect_ok(v, "info", stopgap_enrolment_info(record, &info, NULL));
    expect_name(v, "user", info.user);
    expect_name(v, "machine", info.machine);
    expect_tag(v, &info.tag);
    expect_number(v, "keyId", info.key_id, number_of(v, v->test, "keyId"));
    expect_number(v, "generation", info.generation, number_of(v, v->test, "generation"));
    expect_seconds(v, "enrolledAt", info.enrolled_at);
    expect_seconds(v, "retiredAt", info.retired_at);
    stopgap_enrolment_free(&record);
}

static void throttle(struct vector *v, const struct stopgap_key_ring *ring) {
    struct text name = text_of(v, v->test, "user");
    struct stopgap_text user = stopgap_text_n(name.bytes, name.length);
    struct stopgap_throttle state = stopgap_throttle_new();
    struct stopgap_user_throttle *record = NULL;
    struct stopgap_user_throttle_info info = {.size = sizeof info};
    EXPECT_RECORD(stopgap_user_throttle, record,
                  stopgap_user_throttle_open(record, ring, user, &state, NULL));
    expect_ok(v, "info", stopgap_user_throttle_info(record, &info, NULL));
    expect_name(v, "user", info.user);
    expect_tag(v, &info.tag);
    expect_number(v, "keyId", info.key_id, number_of(v, v->test, "keyId"));
    expect_number(v, "failures", info.failures, number_of(v, v->test, "failures"));
    expect_seconds(v, "lockedUntil", info.locked_until);
    expect_number(v, "opened failures", state.failures, info.failures);
    expect_number(v, "opened lockout", state.locked_until, info.locked_until);
    stopgap_user_throttle_free(&record);
    // A throttle has whole seconds.
    if (is_null(v->test, "lockedUntil") || number_of(v, v->test, "lockedUntil") % 1000000 == 0) {
        expect_ok(v, "seal", stopgap_user_throttle_seal(ring, user, &state, &record, NULL));
        expect_ok(v, "info", stopgap_user_throttle_info(record, &info, NULL));
        expect_tag(v, &info.tag);
        stopgap_user_throttle_free(&record);
    }
}

static void preset(struct vector *v, const struct stopgap_key_ring *ring) {
    struct text written = text_of(v, v->test, "name");
    struct stopgap_text name = stopgap_text_n(written.bytes, written.length);
    struct text iso = text_of(v, v->test, "validity");
    struct stopgap_online_policy policy = stopgap_online_policy_default();
    struct stopgap_preset *record = NULL;
    struct stopgap_preset *again = NULL;
    struct stopgap_preset_info info = {.size = sizeof info};
    stopgap_validity validity = 0;
    EXPECT_RECORD(stopgap_preset, record, stopgap_preset_open(record, ring, name, &policy, NULL));
    expect_ok(v, "open", stopgap_preset_open(record, ring, name, &policy, NULL));
    expect_ok(v, "info", stopgap_preset_info(record, &info, NULL));
    expect_name(v, "name", info.name);
    expect_tag(v, &info.tag);
    expect_number(v, "keyId", info.key_id, number_of(v, v->test, "keyId"));
    expect_ok(v, "validity",
              stopgap_validity_parse(stopgap_text_n(iso.bytes, iso.length), &validity, NULL));
    expect_format(v, policy.format);
    expect_format(v, info.policy.format);
    expect_number(v, "validity", policy.validity, validity);
    expect_number(v, "purposes", policy.purposes, purposes_of(v, v->test));
    expect_seconds(v, "notBefore", policy.not_before);
    expect_number(v, "maxUses", policy.max_uses, uses_of(v, v->test));
    // The policy has whole seconds, and the largest limit is any number of uses in C.
    if ((is_null(v->test, "notBefore") || number_of(v, v->test, "notBefore") % 1000000 == 0)
        && (is_null(v->test, "maxUses") || policy.max_uses != STOPGAP_UNLIMITED)) {
        expect_ok(v, "seal", stopgap_preset_seal(ring, name, &policy, &again, NULL));
        expect_ok(v, "info", stopgap_preset_info(again, &info, NULL));
        expect_tag(v, &info.tag);
        stopgap_preset_free(&again);
    }
    stopgap_preset_free(&record);
}

static void verification(struct vector *v, const struct stopgap_key_ring *ring) {
    struct stopgap_verification *record = NULL;
    struct stopgap_verification_info info = {.size = sizeof info};
    struct stopgap_bytes answer = {NULL, 0};
    EXPECT_RECORD(stopgap_verification, record,
                  stopgap_verification_open(record, ring, &answer, NULL));
    expect_ok(v, "open", stopgap_verification_open(record, ring, &answer, NULL));
    expect_ok(v, "info", stopgap_verification_info(record, &info, NULL));
    expect_name(v, "user", info.user);
    expect_name(v, "idempotencyKey", info.idempotency_key);
    expect_bytes(v, "answer", answer.ptr, answer.len, text_of(v, v->test, "answer"));
    expect_bytes(v, "answer", info.answer.ptr, info.answer.len, text_of(v, v->test, "answer"));
    expect_bytes(v, "digest", info.digest.bytes, sizeof info.digest.bytes,
                 text_of(v, v->test, "digest"));
    expect_tag(v, &info.tag);
    expect_number(v, "keyId", info.key_id, number_of(v, v->test, "keyId"));
    expect_number(v, "purpose", info.purpose, purpose_of(v, text_of(v, v->test, "purpose")));
    expect_seconds(v, "answeredAt", info.answered_at);
    stopgap_verification_free(&record);
}

static void check_value(struct vector *v, const struct stopgap_key_ring *ring) {
    struct stopgap_keyed_digest value = {0};
    struct stopgap_digests place = {&value, 1, 0};
    expect_ok(v, "check value", stopgap_key_ring_check_values(ring, &place, NULL));
    expect_number(v, "check values", (int64_t)place.count, 1);
    expect_bytes(v, "check value", value.digest.bytes, sizeof value.digest.bytes,
                 text_of(v, v->test, "tag"));
}

void run_records(struct vector *v) {
    static const struct {
        const char *record;
        void (*run)(struct vector *v, const struct stopgap_key_ring *ring);
    } kinds[] = {
        {"online", online},     {"security", security},         {"enrolment", enrolment},
        {"throttle", throttle}, {"preset", preset},             {"verification", verification},
        {"check", check_value},
    };
    struct text record = text_of(v, v->group, "record");
    struct text digits = text_of(v, v->test, "master");
    struct stopgap_master_key master = {{0}};
    struct stopgap_key_ring *ring = NULL;
    uint32_t key_id = is_null(v->test, "keyId") ? 1 : (uint32_t)number_of(v, v->test, "keyId");
    int ran = 0;

    expect_text(v, "result", "valid", text_of(v, v->test, "result"));
    expect_ok(v, "master",
              stopgap_master_key_from_hex(stopgap_text_n(digits.bytes, digits.length), &master, NULL));
    expect_ok(v, "ring", stopgap_key_ring_new(key_id, &master, &ring, NULL));
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (is(record, kinds[i].record)) {
            kinds[i].run(v, ring);
            ran = 1;
        }
    }
    if (!ran) {
        differs(v, "no such record");
    }
    stopgap_key_ring_free(&ring);
}
