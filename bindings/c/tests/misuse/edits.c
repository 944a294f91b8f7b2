#include "world.h"

/*
 * Records that were changed outside Stopgap: each byte, each member, members and tags of
 * other records and of other states, keys of another tenant and another server. All are
 * refused, and nothing changes.
 */

/* A record of the world, and the call that opens it. */
struct sealed {
    const char *name;
    void *record;
    size_t size;
    stopgap_status (*open)(const stopgap_key_ring *ring);
    /* Texts, and others whose bytes behind the NUL have no meaning. */
    struct {
        size_t offset;
        size_t size;
    } texts[3 + STOPGAP_MAX_SCOPES];
    size_t text_count;
};

static stopgap_status open_grant(const stopgap_key_ring *ring) {
    return stopgap_online_open(&w.in.grant, ring, &w.error);
}

static stopgap_status open_record(const stopgap_key_ring *ring) {
    return stopgap_security_code_open(&w.in.record, ring, &w.error);
}

static stopgap_status open_enrolment(const stopgap_key_ring *ring) {
    return stopgap_enrolment_open(&w.in.enrolments[0], ring, &w.error);
}

static stopgap_status open_throttle(const stopgap_key_ring *ring) {
    return stopgap_user_throttle_open(&w.in.user_throttle, ring, TEXT("alice"),
                                      &w.out.throttle, &w.error);
}

static stopgap_status open_preset(const stopgap_key_ring *ring) {
    return stopgap_preset_open(&w.in.preset, ring, TEXT("lost token"), &w.out.policy,
                               &w.error);
}

static stopgap_status open_verification(const stopgap_key_ring *ring) {
    return stopgap_verification_open(&w.in.verification, (const uint8_t *)"yes", 3, ring,
                                     &w.error);
}

#define TEXT_OF(type, member) {offsetof(type, member), sizeof((type *)0)->member}

static struct sealed RECORDS[] = {
    {"a grant", &w.in.grant, sizeof w.in.grant, open_grant,
     {TEXT_OF(stopgap_online_grant, user),
      TEXT_OF(stopgap_online_grant, format.alphabet.symbols)},
     2},
    {"a security code", &w.in.record, sizeof w.in.record, open_record,
     {TEXT_OF(stopgap_security_code, same_as), TEXT_OF(stopgap_security_code, description)},
     2},
    {"an enrolment", &w.in.enrolments[0], sizeof w.in.enrolments[0], open_enrolment,
     {TEXT_OF(stopgap_enrolment, user), TEXT_OF(stopgap_enrolment, machine)},
     2},
    {"a throttle", &w.in.user_throttle, sizeof w.in.user_throttle, open_throttle,
     {TEXT_OF(stopgap_user_throttle, user)},
     1},
    {"a preset", &w.in.preset, sizeof w.in.preset, open_preset,
     {TEXT_OF(stopgap_preset, name), TEXT_OF(stopgap_preset, format.alphabet.symbols)},
     2},
    {"a verification", &w.in.verification, sizeof w.in.verification, open_verification,
     {TEXT_OF(stopgap_verification, user), TEXT_OF(stopgap_verification, idempotency_key)},
     2},
};
#define RECORD_COUNT (sizeof RECORDS / sizeof RECORDS[0])

/* Returns 1 if a byte lies behind the end of a text. An empty text is a scope that is not
 * used. */
static int has_no_meaning(const struct sealed *sealed, size_t byte) {
    const char *bytes = sealed->record;
    size_t i;
    for (i = 0; i < sealed->text_count; i++) {
        size_t start = sealed->texts[i].offset;
        size_t end = start + sealed->texts[i].size;
        if (byte >= start && byte < end) {
            return bytes[start] == 0 || byte > start + strlen(bytes + start);
        }
    }
    return 0;
}

/* Every byte of every record, with its lowest and its highest bit changed. */
static void bytes(struct sealed *sealed) {
    unsigned char *record = sealed->record;
    size_t changed = 0;
    size_t byte;
    GRANTED(sealed->name, sealed->open(w.ring));
    for (byte = 0; byte < sealed->size; byte++) {
        int meaningless = has_no_meaning(sealed, byte);
        int bit;
        for (bit = 1; bit <= 0x80; bit <<= 7) {
            stopgap_status status;
            record[byte] ^= (unsigned char)bit;
            begin(sealed->name);
            status = sealed->open(w.ring);
            if (meaningless) {
                judge(STOPGAP_OK, status);
            } else {
                judge(status == STOPGAP_OK ? STOPGAP_ERR_TAMPERED : status, status);
                changed++;
            }
            record[byte] ^= (unsigned char)bit;
        }
    }
    check("many bytes were changed", changed > 100);
    GRANTED(sealed->name, sealed->open(w.ring));
}

/* A member has another value that it may have, so that only the tag can tell. */
static void edited(struct sealed *sealed, const char *name,
                   stopgap_status (*each[])(void), size_t calls) {
    size_t i;
    REFUSED(name, STOPGAP_ERR_TAMPERED, sealed->open(w.ring));
    for (i = 0; i < calls; i++) {
        REFUSED(name, STOPGAP_ERR_TAMPERED, each[i]());
    }
}

#define EDIT(sealed, member, value, calls)                                               \
    do {                                                                                 \
        struct inputs kept;                                                              \
        memcpy(&kept, &w.in, sizeof kept);                                               \
        w.in.member = (value);                                                           \
        edited(&RECORDS[sealed], #member, calls, sizeof(calls) / sizeof(calls)[0]);      \
        memcpy(&w.in, &kept, sizeof kept);                                               \
    } while (0)

/* The calls that use a grant. */
static stopgap_status verify(void) {
    return stopgap_online_verify(&w.in.grant, w.ring, &w.in.verify, NOW, &w.out.granted,
                                 &w.error);
}

static stopgap_status verify_any(void) {
    w.in.grants[1] = w.in.grant;
    return stopgap_online_verify_any(w.in.grants, 2, w.ring, &w.in.verify, NOW, &w.out.index,
                                     &w.out.granted, &w.error);
}

static stopgap_status revoke(void) {
    return stopgap_online_revoke(&w.in.grant, w.ring, NOW, &w.error);
}

static stopgap_status not_ended(void) {
    return stopgap_online_check_not_ended(&w.in.grant, w.ring, NOW, &w.error);
}

static stopgap_status (*OF_GRANTS[])(void) = {verify, revoke, not_ended};
static stopgap_status (*OF_OTHER_GRANTS[])(void) = {revoke, not_ended};

static void grants(void) {
    EDIT(0, grant.issued_at, NOW - 1, OF_GRANTS);
    EDIT(0, grant.not_before, NOW - 1, OF_GRANTS);
    EDIT(0, grant.expires_at, w.in.grant.expires_at + 365 * 86400, OF_GRANTS);
    EDIT(0, grant.revoked_at, NOW, OF_GRANTS);
    EDIT(0, grant.purposes, STOPGAP_PURPOSE_RESET, OF_GRANTS);
    EDIT(0, grant.max_uses, 4, OF_GRANTS);
    EDIT(0, grant.max_uses, STOPGAP_UNLIMITED, OF_GRANTS);
    EDIT(0, grant.max_uses, 0, OF_GRANTS);
    EDIT(0, grant.uses, 1, OF_GRANTS);
    EDIT(0, grant.format.alphabet.look_alikes, STOPGAP_LOOK_ALIKE_O_AS_ZERO, OF_GRANTS);
    EDIT(0, grant.id.bytes[15], w.in.grant.id.bytes[15] ^ 1, OF_GRANTS);
    EDIT(0, grant.tag.bytes[31], w.in.grant.tag.bytes[31] ^ 1, OF_GRANTS);
    EDIT(0, grant.tag, w.in.grants[0].tag, OF_GRANTS);
    EDIT(0, grant.id, w.in.grants[0].id, OF_GRANTS);
    /* With these, the code that was typed is another one. */
    EDIT(0, grant.user[0], 'b', OF_OTHER_GRANTS);
    EDIT(0, grant.digest, w.in.grants[0].digest, OF_OTHER_GRANTS);
    EDIT(0, grant.format.length, 13, OF_OTHER_GRANTS);
    EDIT(0, grant.format.check_symbol, 1, OF_OTHER_GRANTS);
    EDIT(0, grant.key_id, 1, OF_OTHER_GRANTS);
    w.in.grant.expires_at++;
    w.in.grants[1] = w.in.grant;
    REFUSED("verify any: the grant that fits", STOPGAP_ERR_TAMPERED, verify_any());
    make_world();
    w.in.grants[0].expires_at++;
    GRANTED("verify any: a grant that does not fit hides no other", verify_any());
    make_world();
}

/* The calls that use a security code. */
static stopgap_status authenticate(void) {
    return stopgap_security_code_authenticate(&w.in.record, w.ring, w.in.prefixes, 2,
                                              TEXT(w.in.secret_text), &w.in.knows, NOW,
                                              &w.out.authenticated, &w.error);
}

static stopgap_status state(void) {
    return stopgap_security_code_state(&w.in.record, w.ring, NOW, &w.out.state, &w.error);
}

static stopgap_status apply(void) {
    return stopgap_security_code_apply(&w.in.record, w.ring, &w.in.actor,
                                       STOPGAP_EVENT_RESET, 0, NOW, &w.error);
}

static stopgap_status describe(void) {
    return stopgap_security_code_describe(&w.in.record, w.ring, &w.in.actor, TEXT("nightly"),
                                          NOW, &w.error);
}

static stopgap_status (*OF_RECORDS[])(void) = {authenticate, state, apply, describe};
static stopgap_status (*OF_OTHER_RECORDS[])(void) = {state, apply, describe};

static void security_codes(void) {
    stopgap_security_code other;
    char text[STOPGAP_SECURITY_TEXT_SIZE];
    w.in.secure.description = TEXT("reports");
    must(stopgap_security_code_create(w.ring, NULL, &w.in.actor, &w.in.secure, NOW, NULL,
                                      text, sizeof text, NULL, &other, NULL));
    EDIT(1, record.created_at, NOW - 1, OF_RECORDS);
    EDIT(1, record.lifetime, NOW + 10 * 86400, OF_RECORDS);
    EDIT(1, record.lifetime, STOPGAP_PERMANENT, OF_RECORDS);
    EDIT(1, record.lifetime, STOPGAP_DELETED, OF_RECORDS);
    EDIT(1, record.access, STOPGAP_ACCESS_SUPER_ADMINISTRATOR, OF_RECORDS);
    EDIT(1, record.id, other.id, OF_RECORDS);
    EDIT(1, record.tag, other.tag, OF_RECORDS);
    EDIT(1, record.same_as[0], 'b', OF_RECORDS);
    EDIT(1, record.description[0], 'r', OF_RECORDS);
    EDIT(1, record.scopes.count, 1, OF_RECORDS);
    EDIT(1, record.scopes, stopgap_scopes_unlimited(), OF_RECORDS);
    EDIT(1, record.scopes.scopes[0][0], 'a', OF_RECORDS);
    EDIT(1, record.digest, other.digest, OF_OTHER_RECORDS);
    EDIT(1, record.key_id, 1, OF_OTHER_RECORDS);
    {
        struct inputs kept;
        memcpy(&kept, &w.in, sizeof kept);
        memcpy(w.in.record.description, other.description, sizeof other.description);
        edited(&RECORDS[1], "the description of another", OF_RECORDS, 4);
        memcpy(&w.in, &kept, sizeof kept);
    }
    /* A super administrator's code has no user. */
    w.in.secure.access = STOPGAP_ACCESS_SUPER_ADMINISTRATOR;
    must(stopgap_security_code_create(w.ring, NULL, &w.in.actor, &w.in.secure, NOW, NULL,
                                      w.in.secret_text, sizeof w.in.secret_text, NULL,
                                      &w.in.record, NULL));
    EDIT(1, record.same_as[0], 'b', OF_RECORDS);
    make_world();
}

/* The calls that use an enrolment. */
static stopgap_status next(void) {
    return stopgap_enrolment_next(&w.in.enrolments[0], w.ring, NOW, &w.error);
}

static stopgap_status retire(void) {
    return stopgap_enrolment_retire(&w.in.enrolments[0], w.ring, NOW, &w.error);
}

static stopgap_status derive(void) {
    return stopgap_enrolment_key_derive(&w.in.enrolments[0], w.ring, &w.out.key, &w.error);
}

static stopgap_status answer(void) {
    return stopgap_offline_answer(&w.in.offline, w.ring, w.in.enrolments, 2, &w.in.asked, NOW,
                                  NO_ZONE, &w.out.answer, &w.error);
}

static stopgap_status (*OF_ENROLMENTS[])(void) = {next, retire, derive, answer};
static stopgap_status (*OF_OTHER_ENROLMENTS[])(void) = {next, retire, derive};

static void enrolments(void) {
    EDIT(2, enrolments[0].enrolled_at, NOW - 1, OF_ENROLMENTS);
    EDIT(2, enrolments[0].generation, w.in.enrolments[0].generation ^ 1, OF_ENROLMENTS);
    EDIT(2, enrolments[0].tag, w.in.enrolments[1].tag, OF_ENROLMENTS);
    EDIT(2, enrolments[0].machine[0], 'l', OF_ENROLMENTS);
    EDIT(2, enrolments[0].key_id, 1, OF_ENROLMENTS);
    EDIT(2, enrolments[0].retired_at, NOW, OF_ENROLMENTS);
    /* Skipped, as the machines of other users are. */
    EDIT(2, enrolments[0].user[0], 'b', OF_OTHER_ENROLMENTS);
}

static void others(void) {
    struct inputs kept;
    stopgap_user_throttle alice = w.in.user_throttle;
    memcpy(&kept, &w.in, sizeof kept);
    w.in.user_throttle.failures = 0;
    REFUSED("a throttle without its failures", STOPGAP_ERR_TAMPERED, open_throttle(w.ring));
    w.in.user_throttle = alice;
    w.in.user_throttle.locked_until = NOW;
    REFUSED("a throttle with another end", STOPGAP_ERR_TAMPERED, open_throttle(w.ring));
    w.in.user_throttle = alice;
    w.in.user_throttle.key_id = 1;
    REFUSED("a throttle of another key", STOPGAP_ERR_TAMPERED, open_throttle(w.ring));
    must(stopgap_user_throttle_seal(w.ring, TEXT("bob"), &w.in.throttle, &w.in.user_throttle,
                                    NULL));
    REFUSED("the throttle of another user", STOPGAP_ERR_TAMPERED, open_throttle(w.ring));
    memcpy(w.in.user_throttle.user, alice.user, sizeof alice.user);
    REFUSED("the throttle of another user under this name", STOPGAP_ERR_TAMPERED,
            open_throttle(w.ring));
    memcpy(&w.in, &kept, sizeof kept);

    w.in.preset.max_uses = STOPGAP_UNLIMITED;
    REFUSED("a preset with any number of uses", STOPGAP_ERR_TAMPERED, open_preset(w.ring));
    memcpy(&w.in, &kept, sizeof kept);
    w.in.preset.validity = STOPGAP_VALIDITY_MONTH;
    REFUSED("a preset with another validity", STOPGAP_ERR_TAMPERED, open_preset(w.ring));
    memcpy(&w.in, &kept, sizeof kept);
    must(stopgap_preset_seal(w.ring, TEXT("visitor"), &w.in.online, &w.in.preset, NULL));
    REFUSED("another preset", STOPGAP_ERR_TAMPERED, open_preset(w.ring));
    memset(w.in.preset.name, 0, sizeof w.in.preset.name);
    memcpy(w.in.preset.name, "lost token", 10);
    REFUSED("another preset under this name", STOPGAP_ERR_TAMPERED, open_preset(w.ring));
    memcpy(&w.in, &kept, sizeof kept);

    w.in.verification.answered_at++;
    REFUSED("an answer of another time", STOPGAP_ERR_TAMPERED, open_verification(w.ring));
    memcpy(&w.in, &kept, sizeof kept);
    w.in.verification.purpose = STOPGAP_PURPOSE_BYPASS;
    REFUSED("an answer for another purpose", STOPGAP_ERR_TAMPERED, open_verification(w.ring));
    memcpy(&w.in, &kept, sizeof kept);
    w.in.verification.idempotency_key[0] = 'b';
    REFUSED("an answer under another key", STOPGAP_ERR_TAMPERED, open_verification(w.ring));
    memcpy(&w.in, &kept, sizeof kept);
    REFUSED("another answer", STOPGAP_ERR_TAMPERED,
            stopgap_verification_replay(&w.in.verification, (const uint8_t *)"yet", 3, w.ring,
                                        &w.in.verify, &w.in.code, 600, NOW, &w.error));
    REFUSED("a shorter answer", STOPGAP_ERR_TAMPERED,
            stopgap_verification_open(&w.in.verification, (const uint8_t *)"yes", 2, w.ring,
                                      &w.error));
}

/* The tag of one state, with the members of another. */
static void states(void) {
    stopgap_online_grant unused = w.in.grant;
    stopgap_online_grant used;
    stopgap_security_code described = w.in.record;
    stopgap_enrolment enrolled = w.in.enrolments[0];
    stopgap_enrolment retired;
    must(verify());
    used = w.in.grant;
    check("a use has a new tag", memcmp(&used.tag, &unused.tag, sizeof used.tag) != 0);
    w.in.grant.tag = unused.tag;
    REFUSED("a used grant with the tag before", STOPGAP_ERR_TAMPERED, verify());
    w.in.grant = unused;
    w.in.grant.tag = used.tag;
    REFUSED("an unused grant with the tag after", STOPGAP_ERR_TAMPERED, verify());
    w.in.grant = used;
    must(revoke());
    w.in.grant.revoked_at = STOPGAP_NEVER;
    REFUSED("a revocation that is taken back", STOPGAP_ERR_TAMPERED, verify());

    must(describe());
    w.in.record.tag = described.tag;
    REFUSED("a description with the tag before", STOPGAP_ERR_TAMPERED, authenticate());
    w.in.record = described;
    must(apply());
    w.in.record.tag = described.tag;
    check("a reset at once changes nothing", authenticate() == STOPGAP_OK);
    must(stopgap_security_code_apply(&w.in.record, w.ring, &w.in.actor,
                                     STOPGAP_EVENT_DELETE, 0, NOW, NULL));
    w.in.record.lifetime = described.lifetime;
    REFUSED("a deletion that is taken back", STOPGAP_ERR_TAMPERED, authenticate());

    must(retire());
    retired = w.in.enrolments[0];
    w.in.enrolments[0].retired_at = STOPGAP_NEVER;
    REFUSED("a retirement that is taken back", STOPGAP_ERR_TAMPERED, derive());
    w.in.enrolments[0] = enrolled;
    w.in.enrolments[0].tag = retired.tag;
    REFUSED("an enrolment with the tag of its end", STOPGAP_ERR_TAMPERED, derive());
    w.in.enrolments[0] = enrolled;
    must(next());
    w.in.enrolments[0].tag = enrolled.tag;
    REFUSED("the next enrolment with the tag before", STOPGAP_ERR_TAMPERED, derive());
    make_world();
}

/* Each record under the keys of a tenant, of another server, and without its key. */
static void keys(void) {
    stopgap_key_ring *tenant = NULL;
    stopgap_key_ring *server = NULL;
    stopgap_key_ring *newer = NULL;
    size_t i;
    must(stopgap_key_ring_tenant(w.ring, TEXT("north"), &tenant, NULL));
    memset(&w.in.master, 5, sizeof w.in.master);
    must(stopgap_key_ring_new(2, &w.in.master, &server, NULL));
    must(stopgap_key_ring_new(3, &w.in.master, &newer, NULL));
    for (i = 0; i < RECORD_COUNT; i++) {
        REFUSED(RECORDS[i].name, STOPGAP_ERR_TAMPERED, RECORDS[i].open(tenant));
        REFUSED(RECORDS[i].name, STOPGAP_ERR_TAMPERED, RECORDS[i].open(server));
        REFUSED(RECORDS[i].name, STOPGAP_ERR_KEY_MISSING, RECORDS[i].open(newer));
        check("which key is missing", w.error.key_id == 2);
    }
    stopgap_key_ring_free(&tenant);
    stopgap_key_ring_free(&server);
    stopgap_key_ring_free(&newer);
    make_world();
}

void cases_of_edits(void) {
    size_t i;
    /* Scopes have texts too, of which those behind the last are not used. */
    for (i = 0; i < STOPGAP_MAX_SCOPES; i++) {
        RECORDS[1].texts[2 + i].offset =
            offsetof(stopgap_security_code, scopes.scopes) + i * STOPGAP_SCOPE_SIZE;
        RECORDS[1].texts[2 + i].size = STOPGAP_SCOPE_SIZE;
    }
    RECORDS[1].text_count = 2 + STOPGAP_MAX_SCOPES;
    for (i = 0; i < RECORD_COUNT; i++) {
        bytes(&RECORDS[i]);
    }
    grants();
    security_codes();
    enrolments();
    others();
    states();
    keys();
}
