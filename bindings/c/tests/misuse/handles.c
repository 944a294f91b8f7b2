#include "world.h"

static void freed(void) {
    stopgap_key_ring *ring = NULL;
    stopgap_enrolment_key *key = NULL;
    stopgap_agent *agent = NULL;
    stopgap_security_code *record = NULL;
    union {
        void *align;
        char bytes[2 * sizeof(void *)];
    } off;
    stopgap_key_ring_free(NULL);
    stopgap_enrolment_key_free(NULL);
    stopgap_agent_free(NULL);
    stopgap_security_code_free(NULL);
    check("free: NULL is left alone", 1);
    stopgap_key_ring_free(&ring);
    stopgap_enrolment_key_free(&key);
    stopgap_agent_free(&agent);
    stopgap_security_code_free(&record);
    check("free: a pointer to NULL is left alone", !ring && !key && !agent && !record);
    memset(&off, 0xFF, sizeof off);
    stopgap_key_ring_free((void *)(off.bytes + 1));
    stopgap_enrolment_key_free((void *)(off.bytes + 1));
    stopgap_agent_free((void *)(off.bytes + 1));
    stopgap_security_code_free((void *)(off.bytes + 1));
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
    stopgap_security_code_free(&w.record);
    check("free: the record is NULL", w.record == NULL);
    stopgap_security_code_free(&w.record);
    check("free: twice is as good as once", 1);
    REFUSED("a freed ring", STOPGAP_ERR_NULL_ARGUMENT,
            stopgap_key_ring_primary_id(w.ring, &w.out.number, &w.error));
    REFUSED("a freed record", STOPGAP_ERR_NULL_ARGUMENT,
            stopgap_security_code_open(w.record, w.ring, &w.error));
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
    uint32_t generation = members_of_enrolment(w.in.enrolments[0]).generation;
    stopgap_online_grant *grant = copy_of(w.in.grant);
    stopgap_master_key master = w.in.master;
    stopgap_master_key other;
    stopgap_code code = w.in.code;
    struct stopgap_security_code_info info;
    stopgap_verify_request own = w.in.verify;
    GRANTED("next: in place",
            stopgap_enrolment_next(w.in.enrolments[0], w.ring, NOW, &w.error));
    check("it is the next one",
          members_of_enrolment(w.in.enrolments[0]).generation == 1 + generation);
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
    own.user = members_of(grant).user;
    GRANTED("verify: the user is the grant's own",
            stopgap_online_verify(grant, w.ring, &own, NOW, &w.sized.granted, &w.error));
    check("the use is counted", members_of(grant).uses == 1);
    own.user = members_of(grant).user;
    GRANTED("verify any: the user is the grant's own",
            stopgap_online_verify_any(grants_of(&grant, 1), w.ring, &own, NOW, &w.sized.granted,
                                      &w.error));
    check("the second use is counted", members_of(grant).uses == 2);
    must(stopgap_online_open(grant, w.ring, NULL));
    stopgap_online_grant_free(&grant);
    check("free: the grant is NULL", grant == NULL);
    info.size = sizeof info;
    must(stopgap_security_code_info(w.record, &info, NULL));
    w.in.change.event = STOPGAP_EVENT_DESCRIBE;
    w.in.change.description = stopgap_text_n(info.description.ptr + 4, 3);
    GRANTED("describe: by a part of its own description",
            stopgap_security_code_apply(w.record, w.ring, &w.in.change, NOW, &w.error));
    must(stopgap_security_code_info(w.record, &info, NULL));
    check("it is that part", info.description.len == 3 &&
                                 memcmp(info.description.ptr, "ups", 3) == 0);
}

/* A handle that was freed, which is NULL, and the texts that a handle lends. */
static void records(void) {
    union {
        void *align;
        char bytes[2 * sizeof(void *)];
    } off;
    stopgap_alphabet *alphabet = NULL;
    stopgap_online_policy policy;
    struct stopgap_online_grant_info members;
#define FREED(type, handle)                                                              \
    stopgap_##type##_free(NULL);                                                         \
    stopgap_##type##_free(&(handle));                                                    \
    check("free: the record is NULL", (handle) == NULL);                                 \
    stopgap_##type##_free(&(handle));                                                    \
    memset(&off, 0xFF, sizeof off);                                                      \
    stopgap_##type##_free((void *)(off.bytes + 1));                                      \
    check("free: a misaligned place is left alone", off.bytes[1] == (char)0xFF)
    must(stopgap_alphabet_new(TEXT("BCDFGHJKMPQRTVWX"), 0, &alphabet, NULL));
    w.in.online.format.alphabet = alphabet;
    issue_again();
    stopgap_preset_free(&w.in.preset);
    must(stopgap_preset_seal(w.ring, TEXT("own"), &w.in.online, &w.in.preset, NULL));
    w.in.online.format.alphabet = NULL;
    FREED(alphabet, alphabet);
    GRANTED("a grant keeps its alphabet",
            stopgap_online_verify(w.in.grant, w.ring, &w.in.verify, NOW, &w.sized.granted,
                                  &w.error));
    members = members_of(w.in.grant);
    GRANTED("and lends it", stopgap_normalize(&members.format, TEXT(w.in.code.text),
                                              &w.out.code, &w.error));
    must(stopgap_preset_open(w.in.preset, w.ring, TEXT("own"), &policy, NULL));
    GRANTED("and so does a preset", stopgap_normalize(&policy.format, TEXT(w.in.code.text),
                                                      &w.out.code, &w.error));
    FREED(online_grant, w.in.grant);
    FREED(verification, w.in.verification);
    FREED(user_throttle, w.in.user_throttle);
    FREED(preset, w.in.preset);
    FREED(enrolment, w.in.enrolments[0]);
    REFUSED("a freed grant", STOPGAP_ERR_NULL_ARGUMENT,
            stopgap_online_open(w.in.grant, w.ring, &w.error));
    make_world();
}

/* Digests over the user's name, and a name within the record. */
static void over_a_name(void) {
    union {
        char user[2 * sizeof(stopgap_keyed_digest)];
        stopgap_keyed_digest digests[2];
    } both;
    stopgap_digests over;
    stopgap_digests place;
    over.ptr = both.digests;
    over.capacity = 2;
    place.ptr = w.out.digests;
    place.capacity = 2;
    struct stopgap_security_code_info info;
    memcpy(both.user, "alice", 5);
    GRANTED("online digests: over the user",
            stopgap_key_ring_online_digests(w.ring, stopgap_text_n(both.user, 5), &w.in.code,
                                            &over, &w.error));
    must(stopgap_key_ring_online_digests(w.ring, TEXT("alice"), &w.in.code, &place, NULL));
    check("they are the user's",
          memcmp(both.digests, w.out.digests, sizeof both.digests) == 0);
    info.size = sizeof info;
    must(stopgap_security_code_info(w.record, &info, NULL));
    w.in.change.actor.name = info.description;
    w.in.change.event = STOPGAP_EVENT_DELETE;
    GRANTED("apply: the actor's name is the record's own",
            stopgap_security_code_apply(w.record, w.ring, &w.in.change, NOW, &w.error));
    must(stopgap_security_code_info(w.record, &info, NULL));
    check("it is deleted", info.deleted == 1);
    make_world();
}

void cases_of_handles(void) {
    records();
    over_a_name();
    in_place();
    wiped();
    rings();
    make_world();
    freed();
}
