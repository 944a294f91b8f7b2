#include "world.h"

/*
 * The portable bytes of records: each bit changed, parts and tags of other records, keys of
 * another tenant and another server. All are refused, by the bytes or by the tag.
 */

#define MOST 1024

/* A kind of record: its bytes in the world, and a call that reads and opens such bytes. */
struct kind {
    const char *name;
    size_t (*bytes)(uint8_t *bytes);
    stopgap_status (*open)(stopgap_bytes bytes, const stopgap_key_ring *ring);
};

#define KIND(type, member, call)                                                         \
    static size_t bytes_of_##type(uint8_t *bytes) {                                      \
        size_t length = 0;                                                               \
        must(stopgap_##type##_to_bytes(w.in.member, bytes, MOST, &length, NULL));        \
        return length;                                                                   \
    }                                                                                    \
    static stopgap_status open_##type(stopgap_bytes bytes, const stopgap_key_ring *ring) { \
        stopgap_##type *record = NULL;                                                   \
        stopgap_status status = stopgap_##type##_from_bytes(bytes, &record, &w.error);   \
        if (status == STOPGAP_OK) {                                                      \
            status = (call);                                                             \
        }                                                                                \
        stopgap_##type##_free(&record);                                                  \
        return status;                                                                   \
    }

KIND(online_grant, grant, stopgap_online_open(record, ring, &w.error))
KIND(user_throttle, user_throttle,
     stopgap_user_throttle_open(record, ring, TEXT("alice"), &w.out.throttle, &w.error))
KIND(preset, preset,
     stopgap_preset_open(record, ring, TEXT("lost token"), &w.out.policy, &w.error))
KIND(verification, verification,
     stopgap_verification_open(record, ring, &w.out.stored, &w.error))

KIND(enrolment, enrolments[0], stopgap_enrolment_open(record, ring, &w.error))

static const struct kind KINDS[] = {
    {"a grant", bytes_of_online_grant, open_online_grant},
    {"a throttle", bytes_of_user_throttle, open_user_throttle},
    {"a preset", bytes_of_preset, open_preset},
    {"a verification", bytes_of_verification, open_verification},
    {"an enrolment", bytes_of_enrolment, open_enrolment},
};
#define KIND_COUNT (sizeof KINDS / sizeof KINDS[0])

/* A case of bytes that are not those of a record. */
static void refused(const struct kind *kind, const uint8_t *bytes, size_t length) {
    stopgap_bytes all;
    stopgap_status status;
    all.ptr = bytes;
    all.len = length;
    begin(kind->name);
    status = kind->open(all, w.ring);
    judge(status == STOPGAP_ERR_TAMPERED || status == STOPGAP_ERR_KEY_MISSING
              ? status
              : STOPGAP_ERR_RECORD_BYTES,
          status);
}

static void opened(const struct kind *kind, const uint8_t *bytes, size_t length) {
    stopgap_bytes all;
    all.ptr = bytes;
    all.len = length;
    GRANTED(kind->name, kind->open(all, w.ring));
}

static void each_bit(const struct kind *kind) {
    uint8_t bytes[MOST];
    size_t length = kind->bytes(bytes);
    size_t i;
    opened(kind, bytes, length);
    for (i = 0; i < length; i++) {
        int bit;
        for (bit = 1; bit <= 0x80; bit <<= 1) {
            bytes[i] ^= (uint8_t)bit;
            refused(kind, bytes, length);
            bytes[i] ^= (uint8_t)bit;
        }
    }
    check("many bytes were changed", length > 60);
    for (i = 0; i < length; i++) {
        refused(kind, bytes, i);
        refused(kind, bytes + i + 1, length - i - 1);
    }
    bytes[length] = 0;
    refused(kind, bytes, length + 1);
    refused(kind, NULL, 0);
    opened(kind, bytes, length);
}

/* Records of other kinds, and the tags of others. */
static void others(const struct kind *kind) {
    uint8_t bytes[MOST];
    uint8_t other[MOST];
    size_t length = kind->bytes(bytes);
    size_t i;
    for (i = 0; i < KIND_COUNT; i++) {
        size_t other_length = KINDS[i].bytes(other);
        stopgap_bytes all;
        all.ptr = other;
        all.len = other_length;
        if (&KINDS[i] == kind) {
            continue;
        }
        REFUSED("a record of another kind", STOPGAP_ERR_RECORD_BYTES, kind->open(all, w.ring));
        memcpy(bytes + length - 32, other + other_length - 32, 32);
        all.ptr = bytes;
        all.len = length;
        REFUSED("the tag of a record of another kind", STOPGAP_ERR_TAMPERED,
                kind->open(all, w.ring));
    }
}

/* The keys of a tenant, of another server, and of a ring without the record's key. */
static void keys(const struct kind *kind) {
    stopgap_key_ring *tenant = NULL;
    stopgap_key_ring *server = NULL;
    stopgap_key_ring *newer = NULL;
    uint8_t bytes[MOST];
    stopgap_bytes all;
    all.ptr = bytes;
    all.len = kind->bytes(bytes);
    must(stopgap_key_ring_tenant(w.ring, TEXT("north"), &tenant, NULL));
    memset(&w.in.master, 5, sizeof w.in.master);
    must(stopgap_key_ring_new(2, &w.in.master, &server, NULL));
    must(stopgap_key_ring_new(3, &w.in.master, &newer, NULL));
    REFUSED(kind->name, STOPGAP_ERR_TAMPERED, kind->open(all, tenant));
    REFUSED(kind->name, STOPGAP_ERR_TAMPERED, kind->open(all, server));
    REFUSED(kind->name, STOPGAP_ERR_KEY_MISSING, kind->open(all, newer));
    check("which key is missing", w.error.key_id == 2);
    stopgap_key_ring_free(&tenant);
    stopgap_key_ring_free(&server);
    stopgap_key_ring_free(&newer);
}

/* Returns the grant of these bytes; NULL if they are those of none. */
static stopgap_online_grant *grant_of(const uint8_t *bytes, size_t length) {
    stopgap_online_grant *grant = NULL;
    stopgap_bytes all;
    all.ptr = bytes;
    all.len = length;
    ignore(stopgap_online_grant_from_bytes(all, &grant, NULL));
    return grant;
}

/* Returns 1 if a status is that of a grant that was changed: its code, user or key may be
 * another one. */
static int is_refusal(stopgap_status status) {
    return status == STOPGAP_ERR_TAMPERED || status == STOPGAP_ERR_UNKNOWN
           || status == STOPGAP_ERR_KEY_MISSING || status == STOPGAP_ERR_CHECK_FAILED
           || status == STOPGAP_ERR_WRONG_LENGTH || status == STOPGAP_ERR_UNEXPECTED_SYMBOL;
}

/* No call takes a grant that was changed; the handle stays as it is. */
static void calls_of_grants(void) {
    uint8_t bytes[MOST];
    uint8_t after[MOST];
    size_t length = bytes_of_online_grant(bytes);
    size_t tried = 0;
    size_t i;
    for (i = 0; i < length; i++) {
        stopgap_online_grant *edited;
        stopgap_granted granted;
        size_t after_length = 0;
        granted.size = sizeof granted;
        bytes[i] ^= 1;
        edited = grant_of(bytes, length);
        if (edited != NULL) {
            tried++;
            check("verify: a grant that was changed",
                  is_refusal(stopgap_online_verify(edited, w.ring, &w.in.verify, NOW, &granted,
                                                   NULL)));
            check("verify any: a grant that was changed",
                  is_refusal(stopgap_online_verify_any(grants_of(&edited, 1), w.ring,
                                                       &w.in.verify, NOW, &granted, NULL)));
            check("revoke: a grant that was changed",
                  is_refusal(stopgap_online_revoke(edited, w.ring, NOW, NULL)));
            check("not ended: a grant that was changed",
                  is_refusal(stopgap_online_check_not_ended(edited, w.ring, NOW, NULL)));
            must(stopgap_online_grant_to_bytes(edited, after, MOST, &after_length, NULL));
            check("it stays as it is",
                  after_length == length && memcmp(bytes, after, length) == 0);
        }
        stopgap_online_grant_free(&edited);
        bytes[i] ^= 1;
    }
    check("many grants were changed", tried > 100);
}

/* Returns the enrolment of these bytes; NULL if they are those of none. */
static stopgap_enrolment *enrolment_of(const uint8_t *bytes, size_t length) {
    stopgap_enrolment *enrolment = NULL;
    ignore(stopgap_enrolment_from_bytes(bytes_of(bytes, length), &enrolment, NULL));
    return enrolment;
}

/* No call takes an enrolment that was changed; the handle stays as it is. */
static void calls_of_enrolments(void) {
    uint8_t bytes[MOST];
    uint8_t after[MOST];
    size_t length = bytes_of_enrolment(bytes);
    size_t tried = 0;
    size_t i;
    for (i = 0; i < length; i++) {
        stopgap_enrolment *edited;
        stopgap_enrolment_key *key = NULL;
        stopgap_answer_request asked = w.in.asked;
        stopgap_answer answer;
        size_t after_length = 0;
        bytes[i] ^= 1;
        edited = enrolment_of(bytes, length);
        if (edited != NULL) {
            tried++;
            check("next: an enrolment that was changed",
                  is_refusal(stopgap_enrolment_next(edited, w.ring, NOW, NULL)));
            check("retire: an enrolment that was changed",
                  is_refusal(stopgap_enrolment_retire(edited, w.ring, NOW, NULL)));
            check("derive: an enrolment that was changed",
                  is_refusal(stopgap_enrolment_key_derive(edited, w.ring, &key, NULL)));
            asked.enrolments = &edited;
            asked.count = 1;
            /* The machines of other users are skipped. */
            check("answer: an enrolment that was changed",
                  is_refusal(stopgap_offline_answer(w.ring, &asked, NOW, &answer, NULL))
                      || members_of_enrolment(edited).user.len != 5
                      || memcmp(members_of_enrolment(edited).user.ptr, "alice", 5) != 0);
            must(stopgap_enrolment_to_bytes(edited, after, MOST, &after_length, NULL));
            check("it stays as it is",
                  after_length == length && memcmp(bytes, after, length) == 0);
        }
        stopgap_enrolment_free(&edited);
        bytes[i] ^= 1;
    }
    check("many enrolments were changed", tried > 60);
}

/* A retirement that is taken back, and an enrolment with the tag of another state. */
static void states_of_enrolments(void) {
    uint8_t enrolled[MOST];
    uint8_t next[MOST];
    uint8_t mixed[MOST];
    size_t length = bytes_of_enrolment(enrolled);
    must(stopgap_enrolment_next(w.in.enrolments[0], w.ring, NOW, NULL));
    check("the next one is as long", bytes_of_enrolment(next) == length);
    memcpy(mixed, next, length - 32);
    memcpy(mixed + length - 32, enrolled + length - 32, 32);
    refused(&KINDS[4], mixed, length);
    must(stopgap_enrolment_retire(w.in.enrolments[0], w.ring, NOW, NULL));
    check("a retirement is as long", bytes_of_enrolment(mixed) == length);
    memcpy(next + length - 32, mixed + length - 32, 32);
    refused(&KINDS[4], next, length);
    make_world();
}

/* The tag of one state with the members of another: a use or a revocation that is taken
 * back. */
static void states(void) {
    uint8_t unused[MOST];
    uint8_t used[MOST];
    uint8_t mixed[MOST];
    size_t length = bytes_of_online_grant(unused);
    stopgap_granted granted;
    granted.size = sizeof granted;
    must(stopgap_online_verify(w.in.grant, w.ring, &w.in.verify, NOW, &granted, NULL));
    check("a use changes no length", bytes_of_online_grant(used) == length);
    memcpy(mixed, unused, length - 32);
    memcpy(mixed + length - 32, used + length - 32, 32);
    refused(&KINDS[0], mixed, length);
    memcpy(mixed, used, length - 32);
    memcpy(mixed + length - 32, unused + length - 32, 32);
    refused(&KINDS[0], mixed, length);
    must(stopgap_online_revoke(w.in.grant, w.ring, NOW, NULL));
    bytes_of_online_grant(mixed);
    memcpy(mixed, used, length - 32);
    refused(&KINDS[0], mixed, length);
    /* An older state with its own tag is a whole record. */
    opened(&KINDS[0], unused, length);
    make_world();
}

/* The records of another user, and of another name. */
static void names(void) {
    REFUSED("the throttle of another user", STOPGAP_ERR_TAMPERED,
            stopgap_user_throttle_open(w.in.user_throttle, w.ring, TEXT("bob"), &w.out.throttle,
                                       &w.error));
    REFUSED("another preset", STOPGAP_ERR_TAMPERED,
            stopgap_preset_open(w.in.preset, w.ring, TEXT("visitor"), &w.out.policy, &w.error));
}

void cases_of_portable_bytes(void) {
    size_t i;
    for (i = 0; i < KIND_COUNT; i++) {
        each_bit(&KINDS[i]);
        others(&KINDS[i]);
        keys(&KINDS[i]);
    }
    calls_of_grants();
    calls_of_enrolments();
    states();
    states_of_enrolments();
    names();
}
