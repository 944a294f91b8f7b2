#include "world.h"

static void freed(void) {
    stopgap_key_ring *ring = NULL;
    stopgap_enrolment_key *key = NULL;
    stopgap_agent *agent = NULL;
    union {
        void *align;
        char bytes[2 * sizeof(void *)];
    } off;
    stopgap_key_ring_free(NULL);
    stopgap_enrolment_key_free(NULL);
    stopgap_agent_free(NULL);
    check("free: NULL is left alone", 1);
    stopgap_key_ring_free(&ring);
    stopgap_enrolment_key_free(&key);
    stopgap_agent_free(&agent);
    check("free: a pointer to NULL is left alone", !ring && !key && !agent);
    memset(&off, 0xFF, sizeof off);
    stopgap_key_ring_free((void *)(off.bytes + 1));
    stopgap_enrolment_key_free((void *)(off.bytes + 1));
    stopgap_agent_free((void *)(off.bytes + 1));
    check("free: a misaligned place is left alone", off.bytes[1] == (char)0xFF);

    stopgap_key_ring_free(&w.ring);
    check("free: the ring is NULL", w.ring == NULL);
    stopgap_key_ring_free(&w.ring);
    stopgap_enrolment_key_free(&w.key);
    check("free: the key is NULL", w.key == NULL);
    stopgap_enrolment_key_free(&w.key);
    /* An agent has a copy of its key. */
    GRANTED("an agent outlives its key",
            stopgap_agent_request_code(w.agent, NOW, &w.out.code, &w.error));
    check("and shows the same code",
          memcmp(&w.out.code, &w.in.request, sizeof w.out.code) == 0);
    stopgap_agent_free(&w.agent);
    check("free: the agent is NULL", w.agent == NULL);
    stopgap_agent_free(&w.agent);
    check("free: twice is as good as once", 1);
    REFUSED("a freed ring", STOPGAP_ERR_NULL_ARGUMENT,
            stopgap_key_ring_primary_id(w.ring, &w.out.number, &w.error));
    REFUSED("a freed key", STOPGAP_ERR_NULL_ARGUMENT,
            stopgap_enrolment_key_reveal(w.key, w.out.bytes, 32, &w.error));
    REFUSED("a freed agent", STOPGAP_ERR_NULL_ARGUMENT,
            stopgap_agent_seal(w.agent, &w.out.sealed, &w.error));
}

static void rings(void) {
    stopgap_key_ring *tenant = NULL;
    REFUSED("add: an id that is there", STOPGAP_ERR_KEY_DUPLICATE,
            stopgap_key_ring_add(w.ring, 1, &w.in.master, &w.error));
    check("which id is told", w.error.key_id == 1);
    REFUSED("retire: the primary key", STOPGAP_ERR_KEY_PRIMARY,
            stopgap_key_ring_retire(w.ring, 2, &w.error));
    REFUSED("retire: one that is not there", STOPGAP_ERR_KEY_MISSING,
            stopgap_key_ring_retire(w.ring, 7, &w.error));
    check("which id is missing is told", w.error.key_id == 7);
    must(stopgap_key_ring_tenant(w.ring, TEXT("north"), &tenant, NULL));
    stopgap_key_ring_free(&w.ring);
    GRANTED("a tenant's ring outlives the other",
            stopgap_key_ring_primary_id(tenant, &w.out.number, &w.error));
    stopgap_key_ring_free(&tenant);
}

static void wiped(void) {
    unsigned char bytes[8];
    mark(bytes, sizeof bytes);
    stopgap_wipe(NULL, sizeof bytes);
    stopgap_wipe(NULL, 0);
    check("wipe: NULL is left alone", 1);
    stopgap_wipe(bytes, 0);
    stopgap_wipe(bytes, SIZE_MAX);
    stopgap_wipe(bytes, (size_t)PTRDIFF_MAX + 1);
    check("wipe: a length that cannot be", is_marked(bytes, sizeof bytes));
    stopgap_wipe(bytes + 1, sizeof bytes - 2);
    check("wipe: no further bytes", is_marked(bytes, 1) &&
                                                 is_marked(bytes + 7, 1) &&
                                                 bytes[1] == 0 && bytes[6] == 0);
}

static void in_place(void) {
    stopgap_enrolment enrolment = w.in.enrolments[0];
    stopgap_online_grant grant = w.in.grant;
    stopgap_master_key master = w.in.master;
    stopgap_master_key other;
    stopgap_code code = w.in.code;
    stopgap_security_code record = w.in.record;
    stopgap_alphabet alphabet = w.in.alphabet;
    stopgap_verify_request own = w.in.verify;
    GRANTED("next: in place", stopgap_enrolment_next(&enrolment, w.ring, NOW, &w.error));
    check("it is the next one", enrolment.generation == 1 + w.in.enrolments[0].generation);
    must(stopgap_master_key_tenant(&master, TEXT("north"), &other, NULL));
    GRANTED("tenant's key: in place",
            stopgap_master_key_tenant(&master, TEXT("north"), &master, &w.error));
    check("it is the tenant's key", memcmp(&master, &other, sizeof other) == 0);
    GRANTED("normalize: in place",
            stopgap_normalize(&w.in.format, TEXT(code.text), &code, &w.error));
    check("it is the code", memcmp(&code, &w.in.code, sizeof code) == 0);
    GRANTED("canonical: over its own code",
            stopgap_code_canonical(&code, code.text, sizeof code.text, NULL, &w.error));
    check("it has no hyphens", strlen(code.text) == 12);
    own.user = stopgap_text_of(grant.user);
    GRANTED("verify: the user is the grant's own",
            stopgap_online_verify(&grant, w.ring, &own, NOW, &w.out.granted, &w.error));
    check("the use is counted", grant.uses == 1);
    GRANTED("verify any: the user is the grant's own",
            stopgap_online_verify_any(&grant, 1, w.ring, &own, NOW, &w.out.index,
                                      &w.out.granted, &w.error));
    check("the second use is counted", grant.uses == 2);
    must(stopgap_online_open(&grant, w.ring, NULL));
    GRANTED("describe: by a part of its own description",
            stopgap_security_code_describe(&record, w.ring, &w.in.actor,
                                           stopgap_text_n(record.description + 4, 3), NOW, &w.error));
    check("it is that part", strcmp(record.description, "ups") == 0);
    GRANTED("alphabet: in place",
            stopgap_alphabet_new(TEXT(alphabet.symbols), 0, &alphabet, &w.error));
    check("it is the alphabet",
          memcmp(&alphabet, &w.in.alphabet, sizeof alphabet) == 0);
}

/* An alphabet in memory that is initialized only as far as the header demands: memcheck
 * reports a use of the rest. */
static void half_written(void) {
    stopgap_alphabet *alphabet = malloc(sizeof *alphabet);
    if (alphabet == NULL) {
        must(STOPGAP_ERR_OTHER);
        return;
    }
    memcpy(alphabet->symbols, "0123456789ABCDEF", 17);
    alphabet->look_alikes = 0;
    GRANTED("an alphabet without the bytes behind its NUL",
            stopgap_alphabet_check_symbol(alphabet, TEXT("3F"), &w.out.symbol, &w.error));
    free(alphabet);
}

/* A grant in read-only memory: one that does not fit is not written. */
static void only_read(void) {
    static const stopgap_online_grant GRANT = {
        NOW, STOPGAP_NEVER, NOW + 60, STOPGAP_NEVER, 1, STOPGAP_PURPOSE_ALL, 3, 0,
        {{"0123456789ABCDEF", 0}, 12, 0}, {{0}}, {{0}}, {{0}}, "alice"};
    stopgap_online_grant *grant = (stopgap_online_grant *)&GRANT;
    REFUSED("verify: nothing is written", STOPGAP_ERR_UNKNOWN,
            stopgap_online_verify(grant, w.ring, &w.in.verify, NOW, &w.out.granted,
                                  &w.error));
    REFUSED("verify any: nothing is written", STOPGAP_ERR_UNKNOWN,
            stopgap_online_verify_any(grant, 1, w.ring, &w.in.verify, NOW, &w.out.index,
                                      &w.out.granted, &w.error));
    REFUSED("revoke: nothing is written", STOPGAP_ERR_TAMPERED,
            stopgap_online_revoke(grant, w.ring, NOW, &w.error));
}

/* Digests over the user's name, and a name within the record. */
static void over_a_name(void) {
    union {
        char user[2 * sizeof(stopgap_keyed_digest)];
        stopgap_keyed_digest digests[2];
    } both;
    stopgap_security_code record = w.in.record;
    stopgap_actor actor = w.in.actor;
    memcpy(both.user, "alice", 5);
    GRANTED("online digests: over the user",
            stopgap_key_ring_online_digests(w.ring, stopgap_text_n(both.user, 5), &w.in.code, both.digests,
                                            2, &w.needed, &w.error));
    must(stopgap_key_ring_online_digests(w.ring, TEXT("alice"), &w.in.code, w.out.digests,
                                         2, &w.needed, NULL));
    check("they are the user's",
          memcmp(both.digests, w.out.digests, sizeof both.digests) == 0);
    actor.name = stopgap_text_of(record.description);
    GRANTED("apply: the actor's name is the record's own",
            stopgap_security_code_apply(&record, w.ring, &actor, STOPGAP_EVENT_DELETE,
                                        0, NOW, &w.error));
    check("it is deleted", record.lifetime == STOPGAP_DELETED);
}

void cases_of_handles(void) {
    half_written();
    only_read();
    over_a_name();
    in_place();
    wiped();
    rings();
    make_world();
    freed();
}
