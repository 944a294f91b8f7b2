#include "world.h"

/*
 * Security codes that were changed outside Stopgap: each bit, members and tags of other
 * states, keys of another tenant and another server. All are refused, and nothing changes.
 */

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

/* A code under the keys of a tenant, of another server, and without its key. */
static void keys(void) {
    stopgap_key_ring *tenant = NULL;
    stopgap_key_ring *server = NULL;
    stopgap_key_ring *newer = NULL;
    must(stopgap_key_ring_tenant(w.ring, TEXT("north"), &tenant, NULL));
    memset(&w.in.master, 5, sizeof w.in.master);
    must(stopgap_key_ring_new(2, &w.in.master, &server, NULL));
    must(stopgap_key_ring_new(3, &w.in.master, &newer, NULL));
    REFUSED("a security code of a tenant", STOPGAP_ERR_TAMPERED, open(tenant));
    REFUSED("a security code of a server", STOPGAP_ERR_TAMPERED, open(server));
    REFUSED("a security code without its key", STOPGAP_ERR_KEY_MISSING, open(newer));
    stopgap_key_ring_free(&tenant);
    stopgap_key_ring_free(&server);
    stopgap_key_ring_free(&newer);
    make_world();
}

void cases_of_edits(void) {
    security_codes();
    states_of_codes();
    keys();
}
