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
    } texts[3];
    size_t text_count;
};

static stopgap_status open_enrolment(const stopgap_key_ring *ring) {
    return stopgap_enrolment_open(&w.in.enrolments[0], ring, &w.error);
}

#define TEXT_OF(type, member) {offsetof(type, member), sizeof((type *)0)->member}

static struct sealed RECORDS[] = {
    {"an enrolment", &w.in.enrolments[0], sizeof w.in.enrolments[0], open_enrolment,
     {TEXT_OF(stopgap_enrolment, user), TEXT_OF(stopgap_enrolment, machine)},
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

/* The calls that use a security code. */
static stopgap_status open(const stopgap_key_ring *ring) {
    return stopgap_security_code_open(w.record, ring, &w.error);
}

static stopgap_status authenticate(void) {
    return stopgap_security_code_authenticate(w.record, w.ring, &w.in.authenticate, NOW,
                                              &w.out.authenticated, &w.error);
}

static stopgap_status state(void) {
    return stopgap_security_code_state(w.record, w.ring, NOW, &w.out.state, &w.error);
}

static stopgap_status apply(void) {
    return stopgap_security_code_apply(w.record, w.ring, &w.in.change, NOW, &w.error);
}

static stopgap_status rotate(void) {
    return stopgap_security_code_rotate(w.record, w.ring, &w.in.rotate, NOW, &w.out.rotated,
                                        &w.error);
}

static stopgap_status (*OF_RECORDS[])(void) = {state, apply, rotate};

/* Puts other bytes in the place of a record; returns 0 if they are no record. */
static int put(const uint8_t *stored, size_t length) {
    stopgap_security_code *record = NULL;
    stopgap_status status = stopgap_security_code_from_bytes(bytes_of(stored, length), &record,
                                                             &w.error);
    if (status != STOPGAP_OK) {
        check("the bytes are no record", status == STOPGAP_ERR_RECORD_BYTES && record == NULL);
        return 0;
    }
    stopgap_security_code_free(&w.record);
    w.record = record;
    return 1;
}

/* The bytes of a record with each bit changed, cut short, and with more behind. */
static void security_codes(void) {
    uint8_t changed[sizeof w.in.stored + 1];
    size_t length = w.in.stored_length;
    size_t refused = 0;
    size_t tampered = 0;
    size_t bit;
    size_t i;
    for (bit = 0; bit < 8 * length; bit++) {
        memcpy(changed, w.in.stored, length);
        changed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (!put(changed, length)) {
            refused++;
            continue;
        }
        begin("a record with another bit");
        if (open(w.ring) == STOPGAP_ERR_KEY_MISSING) {
            judge(STOPGAP_ERR_KEY_MISSING, open(w.ring));
        } else {
            tampered++;
            judge(STOPGAP_ERR_TAMPERED, open(w.ring));
        }
        for (i = 0; i < sizeof OF_RECORDS / sizeof OF_RECORDS[0]; i++) {
            begin("a call with a record with another bit");
            judge(open(w.ring), OF_RECORDS[i]());
        }
        check("it does not authenticate", authenticate() != STOPGAP_OK);
    }
    check("some are no record, and most do not fit their tag", refused > 100 && tampered > 500);
    for (i = 0; i < length; i++) {
        check("a record that is cut short", !put(w.in.stored, i));
    }
    memcpy(changed, w.in.stored, length);
    changed[length] = 0;
    check("a record with a byte behind", !put(changed, length + 1));
    check("no record", !put(NULL, 0));
    check("the record as it was", put(w.in.stored, length));
    GRANTED("the record as it was", open(w.ring));
    make_world();
}

/* Returns the place of a record's tag in its bytes, which is their end. */
static uint8_t *tag_of(uint8_t *stored, size_t length) { return stored + length - 32; }

/* The tag of one state of a security code, with the members of another. */
static void states_of_codes(void) {
    uint8_t after[sizeof w.in.stored];
    uint8_t mixed[sizeof w.in.stored];
    size_t length = 0;
    w.in.change.event = STOPGAP_EVENT_DELETE;
    must(apply());
    must(stopgap_security_code_to_bytes(w.record, after, sizeof after, &length, NULL));
    check("a deletion is shorter by an expiry", length == w.in.stored_length - 8);
    check("a change has a new tag", memcmp(tag_of(after, length),
                                           tag_of(w.in.stored, w.in.stored_length), 32) != 0);
    memcpy(mixed, w.in.stored, sizeof mixed);
    memcpy(tag_of(mixed, w.in.stored_length), tag_of(after, length), 32);
    check("the bytes are a record", put(mixed, w.in.stored_length));
    REFUSED("a deletion that is taken back", STOPGAP_ERR_TAMPERED, authenticate());
    memcpy(mixed, after, sizeof mixed);
    memcpy(tag_of(mixed, length), tag_of(w.in.stored, w.in.stored_length), 32);
    check("the bytes are a record", put(mixed, length));
    REFUSED("a deletion with the tag before", STOPGAP_ERR_TAMPERED, state());
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
    EDIT(0, enrolments[0].enrolled_at, NOW - 1, OF_ENROLMENTS);
    EDIT(0, enrolments[0].generation, w.in.enrolments[0].generation ^ 1, OF_ENROLMENTS);
    EDIT(0, enrolments[0].tag, w.in.enrolments[1].tag, OF_ENROLMENTS);
    EDIT(0, enrolments[0].machine[0], 'l', OF_ENROLMENTS);
    EDIT(0, enrolments[0].key_id, 1, OF_ENROLMENTS);
    EDIT(0, enrolments[0].retired_at, NOW, OF_ENROLMENTS);
    /* Skipped, as the machines of other users are. */
    EDIT(0, enrolments[0].user[0], 'b', OF_OTHER_ENROLMENTS);
}

/* The tag of one state, with the members of another. */
static void states(void) {
    stopgap_enrolment enrolled = w.in.enrolments[0];
    stopgap_enrolment retired;

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
    REFUSED("a security code of a tenant", STOPGAP_ERR_TAMPERED, open(tenant));
    REFUSED("a security code of a server", STOPGAP_ERR_TAMPERED, open(server));
    REFUSED("a security code without its key", STOPGAP_ERR_KEY_MISSING, open(newer));
    stopgap_key_ring_free(&tenant);
    stopgap_key_ring_free(&server);
    stopgap_key_ring_free(&newer);
    make_world();
}

void cases_of_edits(void) {
    size_t i;
    for (i = 0; i < RECORD_COUNT; i++) {
        bytes(&RECORDS[i]);
    }
    security_codes();
    states_of_codes();
    enrolments();
    states();
    keys();
}
