// The tags of sealed records. Their times are in whole seconds.

#include "vector.h"

#include <stdlib.h>
#include <string.h>

// Fills an array of bytes.
static void read_bytes(struct vector *v, yyjson_val *object, const char *name, uint8_t *bytes,
                       size_t size) {
    size_t length;
    uint8_t *read = bytes_of(v, text_of(v, object, name), &length);
    expect_number(v, name, (int64_t)length, (int64_t)size);
    memcpy(bytes, read, length < size ? length : size);
    free(read);
}

// Fills an array with a terminated text.
static void read_text(struct vector *v, yyjson_val *object, const char *name, char *field,
                      size_t size) {
    struct text text = text_of(v, object, name);
    if (text.length >= size) {
        differs(v, "%s: too long", name);
        return;
    }
    memcpy(field, text.bytes, text.length);
}

static int64_t time_of(struct vector *v, yyjson_val *object, const char *name) {
    return is_null(object, name) ? STOPGAP_NEVER : number_of(v, object, name);
}

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

static struct stopgap_format format_of(struct vector *v) {
    struct stopgap_format format = stopgap_format_online();
    yyjson_val *folded = array_of(v, v->test, "lookAlikes");
    yyjson_val *word;
    size_t index;
    size_t most;
    format.alphabet = alphabet_of(v, text_of(v, v->test, "alphabet"));
    yyjson_arr_foreach(folded, index, most, word) {
        format.alphabet.look_alikes |= yyjson_equals_str(word, "O=0")   ? STOPGAP_LOOK_ALIKE_O_AS_ZERO
                                       : yyjson_equals_str(word, "I=1") ? STOPGAP_LOOK_ALIKE_I_AS_ONE
                                                                        : STOPGAP_LOOK_ALIKE_L_AS_ONE;
    }
    format.length = (uint32_t)number_of(v, v->test, "length");
    format.check_symbol = yyjson_is_true(yyjson_obj_get(v->test, "checkSymbol")) ? 1 : 0;
    return format;
}

void read_grant(struct vector *v, yyjson_val *object, struct stopgap_online_grant *grant) {
    memset(grant, 0, sizeof *grant);
    grant->not_before = time_of(v, object, "notBefore");
    grant->expires_at = number_of(v, object, "expiresAt");
    grant->revoked_at = STOPGAP_NEVER;
    grant->key_id = 1;
    grant->purposes = purposes_of(v, object);
    grant->max_uses = uses_of(v, object);
    grant->format = stopgap_format_online();
    read_bytes(v, object, "id", grant->id.bytes, sizeof grant->id.bytes);
    read_bytes(v, object, "digest", grant->digest.bytes, sizeof grant->digest.bytes);
    read_bytes(v, object, "tag", grant->tag.bytes, sizeof grant->tag.bytes);
    read_text(v, object, "user", grant->user, sizeof grant->user);
}

// Runs a call with the tag of the vector, with each bit of it changed, and once more.
// `fits` is 0 if the record has no form in C.
#define EXPECT_OPEN(record, fits, call)                                                            \
    do {                                                                                           \
        expect_number(v, "open", (call), (fits) ? STOPGAP_OK : STOPGAP_ERR_TAMPERED);                  \
        for (int bit = 0; bit < 256; bit++) {                                                      \
            (record)->tag.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);                               \
            expect_number(v, "another tag", (call), STOPGAP_ERR_TAMPERED);                             \
            (record)->tag.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);                               \
        }                                                                                          \
        expect_number(v, "open again", (call), (fits) ? STOPGAP_OK : STOPGAP_ERR_TAMPERED);            \
    } while (0)

static void expect_tag(struct vector *v, const struct stopgap_tag *tag) {
    expect_bytes(v, "tag", tag->bytes, sizeof tag->bytes, text_of(v, v->test, "tag"));
}

static void online(struct vector *v, const struct stopgap_key_ring *ring) {
    struct stopgap_online_grant grant;
    read_grant(v, v->test, &grant);
    grant.key_id = (uint32_t)number_of(v, v->test, "keyId");
    grant.issued_at = number_of(v, v->test, "issuedAt");
    grant.revoked_at = time_of(v, v->test, "revokedAt");
    grant.uses = (uint32_t)number_of(v, v->test, "uses");
    grant.format = format_of(v);
    // The largest limit is any number of uses in C.
    EXPECT_OPEN(&grant, is_null(v->test, "maxUses") || grant.max_uses != STOPGAP_UNLIMITED,
                stopgap_online_open(&grant, ring, NULL));
}

static void security(struct vector *v, const struct stopgap_key_ring *ring) {
    struct stopgap_security_code record = {0};
    struct text word = {"", 0};
    yyjson_val *scopes = yyjson_obj_get(v->test, "scopes");
    yyjson_val *scope;
    size_t index;
    size_t most;

    record.created_at = number_of(v, v->test, "createdAt");
    if (yyjson_is_str(yyjson_obj_get(v->test, "lifetime"))) {
        word = text_of(v, v->test, "lifetime");
        record.lifetime = is(word, "permanent") ? STOPGAP_PERMANENT : STOPGAP_DELETED;
    } else {
        record.lifetime = number_of(v, v->test, "lifetime");
    }
    record.key_id = (uint32_t)number_of(v, v->test, "keyId");
    record.access = STOPGAP_ACCESS_SUPER_ADMINISTRATOR;
    if (!is_null(v->test, "sameAs")) {
        record.access = STOPGAP_ACCESS_SAME_AS;
        read_text(v, v->test, "sameAs", record.same_as, sizeof record.same_as);
    }
    read_bytes(v, v->test, "id", record.id.bytes, sizeof record.id.bytes);
    read_bytes(v, v->test, "digest", record.digest.bytes, sizeof record.digest.bytes);
    read_bytes(v, v->test, "tag", record.tag.bytes, sizeof record.tag.bytes);
    read_text(v, v->test, "description", record.description, sizeof record.description);
    record.scopes.unlimited = yyjson_is_arr(scopes) ? 0 : 1;
    yyjson_arr_foreach(scopes, index, most, scope) {
        if (index < STOPGAP_MAX_SCOPES && yyjson_get_len(scope) < STOPGAP_SCOPE_SIZE) {
            strcpy(record.scopes.scopes[index], yyjson_get_str(scope));
            record.scopes.count++;
        }
    }
    EXPECT_OPEN(&record, 1, stopgap_security_code_open(&record, ring, NULL));
}

static void enrolment(struct vector *v, const struct stopgap_key_ring *ring) {
    struct text user = text_of(v, v->test, "user");
    struct text machine = text_of(v, v->test, "machine");
    struct stopgap_enrolment record = {0};
    expect_ok(v, "migrate",
              stopgap_enrolment_migrate(ring, stopgap_text_n(user.bytes, user.length), stopgap_text_n(machine.bytes, machine.length),
                                        (uint32_t)number_of(v, v->test, "generation"),
                                        number_of(v, v->test, "enrolledAt"), &record, NULL));
    if (!is_null(v->test, "retiredAt")) {
        expect_ok(v, "retire",
                  stopgap_enrolment_retire(&record, ring, number_of(v, v->test, "retiredAt"),
                                           NULL));
    }
    expect_tag(v, &record.tag);
    EXPECT_OPEN(&record, 1, stopgap_enrolment_open(&record, ring, NULL));
}

static void throttle(struct vector *v, const struct stopgap_key_ring *ring) {
    struct text user = text_of(v, v->test, "user");
    struct stopgap_throttle state = {0, 0, 0};
    struct stopgap_user_throttle record = {0};
    state.locked_until = time_of(v, v->test, "lockedUntil");
    state.failures = (uint32_t)number_of(v, v->test, "failures");
    expect_ok(v, "seal",
              stopgap_user_throttle_seal(ring, stopgap_text_n(user.bytes, user.length), &state, &record, NULL));
    expect_tag(v, &record.tag);
    EXPECT_OPEN(&record, 1,
                stopgap_user_throttle_open(&record, ring, stopgap_text_n(user.bytes, user.length), &state, NULL));
}

static void preset(struct vector *v, const struct stopgap_key_ring *ring) {
    struct text name = text_of(v, v->test, "name");
    struct text iso = text_of(v, v->test, "validity");
    struct stopgap_online_policy policy = stopgap_online_policy_default();
    struct stopgap_preset record = {0};
    int fits = 1;
    policy.not_before = time_of(v, v->test, "notBefore");
    policy.format = format_of(v);
    policy.purposes = purposes_of(v, v->test);
    policy.max_uses = uses_of(v, v->test);
    expect_ok(v, "validity",
              stopgap_validity_parse(stopgap_text_n(iso.bytes, iso.length), &policy.validity, NULL));
    expect_ok(v, "seal",
              stopgap_preset_seal(ring, stopgap_text_n(name.bytes, name.length), &policy, &record, NULL));
    if (!is_null(v->test, "maxUses") && policy.max_uses == STOPGAP_UNLIMITED) {
        fits = 0;
        read_bytes(v, v->test, "tag", record.tag.bytes, sizeof record.tag.bytes);
    }
    expect_tag(v, &record.tag);
    EXPECT_OPEN(&record, fits,
                stopgap_preset_open(&record, ring, stopgap_text_n(name.bytes, name.length), &policy, NULL));
}

static void verification(struct vector *v, const struct stopgap_key_ring *ring) {
    struct stopgap_verification record = {0};
    size_t length;
    uint8_t *answer = bytes_of(v, text_of(v, v->test, "answer"), &length);
    record.answered_at = number_of(v, v->test, "answeredAt");
    record.key_id = (uint32_t)number_of(v, v->test, "keyId");
    record.purpose = purpose_of(v, text_of(v, v->test, "purpose"));
    read_bytes(v, v->test, "digest", record.digest.bytes, sizeof record.digest.bytes);
    read_bytes(v, v->test, "tag", record.tag.bytes, sizeof record.tag.bytes);
    read_text(v, v->test, "user", record.user, sizeof record.user);
    read_text(v, v->test, "idempotencyKey", record.idempotency_key,
              sizeof record.idempotency_key);
    EXPECT_OPEN(&record, 1, stopgap_verification_open(&record, answer, length, ring, NULL));
    if (length > 0) {
        answer[length - 1] ^= 1;
        expect_number(v, "another answer",
                      stopgap_verification_open(&record, answer, length, ring, NULL),
                      STOPGAP_ERR_TAMPERED);
    }
    free(answer);
}

static void check_value(struct vector *v, const struct stopgap_key_ring *ring) {
    struct stopgap_keyed_digest value = {0};
    size_t count = 0;
    expect_ok(v, "check value", stopgap_key_ring_check_values(ring, &value, 1, &count, NULL));
    expect_number(v, "check values", (int64_t)count, 1);
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
