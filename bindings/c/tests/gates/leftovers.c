/*
 * Memory that goes back to the allocator has no secret. The allocator here is glibc's. It
 * searches every block before it is freed, and moves every block that grows.
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stopgap.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void __libc_free(void *block);

#define NEEDLE 16
#define NEEDLES 1024
#define BLOCKS 4096
#define TEXT(text) stopgap_text_of(text)

static unsigned char needles[NEEDLES][NEEDLE];
static size_t needle_count;
static long found;
/* The blocks that are not free. */
static void *blocks[BLOCKS];

static void search(const unsigned char *block) {
    size_t size = malloc_usable_size((void *)block);
    size_t place;
    size_t i;
    for (place = 0; place + NEEDLE <= size; place++) {
        for (i = 0; i < needle_count; i++) {
            found += memcmp(block + place, needles[i], NEEDLE) == 0;
        }
    }
}

/* Puts a block in the place of another one, or of none. */
static void replace(const void *old, void *block) {
    size_t i = 0;
    while (i < BLOCKS && blocks[i] != old) {
        i++;
    }
    if (i < BLOCKS) {
        blocks[i] = block;
    }
}

void *malloc(size_t size) {
    void *block = __libc_malloc(size);
    replace(NULL, block);
    return block;
}

void free(void *block) {
    if (block != NULL) {
        search(block);
        replace(block, NULL);
    }
    __libc_free(block);
}

void *realloc(void *block, size_t size) {
    void *moved = malloc(size);
    if (block != NULL && moved != NULL) {
        size_t old = malloc_usable_size(block);
        memcpy(moved, block, old < size ? old : size);
        free(block);
    }
    return moved;
}

static void must(stopgap_status status, int line) {
    if (status != STOPGAP_OK) {
        printf("line %d: %s\n", line, stopgap_status_name(status));
        exit(3);
    }
}
#define MUST(call) must((call), __LINE__)

/* No block may hold these bytes when it is freed. Returns 1 if they are new. */
static size_t look_for(const void *bytes) {
    size_t i;
    for (i = 0; i < needle_count; i++) {
        if (memcmp(needles[i], bytes, NEEDLE) == 0) {
            return 0;
        }
    }
    if (needle_count < NEEDLES) {
        memcpy(needles[needle_count++], bytes, NEEDLE);
    }
    return 1;
}

static int is_block(const void *pointer) {
    size_t i = 0;
    while (i < BLOCKS && blocks[i] != pointer) {
        i++;
    }
    return pointer != NULL && i < BLOCKS;
}

/* Returns 1 for the symbols of an alphabet, which are no secret. */
static int is_symbols(const unsigned char *bytes) {
    size_t i = 0;
    while (i < NEEDLE && ((bytes[i] >= '0' && bytes[i] <= '9') ||
                          (bytes[i] >= 'A' && bytes[i] <= 'Z'))) {
        i++;
    }
    return i == NEEDLE;
}

/* Looks for the keys in a block, and in the blocks to which it points, so many steps deep:
 * unused bytes of a block may be the pointers of an older one. Keys are bytes of many values.
 * Returns the number of new ones. */
static size_t look_for_keys_in(const void *handle, int depth) {
    const unsigned char *block = handle;
    size_t size = malloc_usable_size((void *)handle);
    size_t keys = 0;
    size_t place;
    for (place = 0; place + sizeof(void *) <= size; place += sizeof(void *)) {
        void *pointer;
        memcpy(&pointer, block + place, sizeof pointer);
        if (depth > 0 && is_block(pointer)) {
            keys += look_for_keys_in(pointer, depth - 1);
        }
    }
    for (place = 0; place + NEEDLE <= size; place += NEEDLE) {
        unsigned char seen[256] = {0};
        size_t kinds = 0;
        size_t i;
        for (i = 0; i < NEEDLE; i++) {
            kinds += seen[block[place + i]]++ == 0;
        }
        if (kinds > 12 && !is_symbols(block + place)) {
            keys += look_for(block + place);
        }
    }
    return keys;
}

static size_t look_for_keys_of(const void *handle) { return look_for_keys_in(handle, 3); }

/* Returns 1 if the search finds a text. */
static int control(void) {
    char *block = __libc_malloc(64);
    long before = found;
    memset(block, 0, 64);
    memcpy(block + 7, "Three Foxtrot Ni", NEEDLE);
    look_for("Three Foxtrot Ni");
    free(block);
    return found > before;
}

static void texts(void) {
    stopgap_format format = stopgap_format_online();
    stopgap_code code;
    stopgap_security_text shown;
    char text[STOPGAP_SPOKEN_SIZE];
    format.length = 32;
    MUST(stopgap_normalize(&format, TEXT("3F9A77C201BE3F9A77C201BE3F9A77C2"), &code, NULL));
    MUST(stopgap_code_spoken(&code, STOPGAP_LANGUAGE_GERMAN, text, sizeof text, NULL, NULL));
    look_for("stopgap_3f9a77c2");
    look_for("3F9A77C201BE3F9A");
    MUST(stopgap_security_write(&code, STOPGAP_NO_TEXT, &shown, NULL));
    MUST(stopgap_security_read(NULL, 0, TEXT(shown.text), &code, NULL));
    stopgap_wipe(&shown, sizeof shown);
    stopgap_wipe(text, sizeof text);
}

static int32_t sevens(void *context, uint8_t *bytes, size_t length) {
    (void)context;
    memset(bytes, 0x77, length);
    return 0;
}

/* Codes that are created, issued, read in several formats and remembered. */
static void records(void) {
    stopgap_random random = {sevens, NULL};
    stopgap_online_policy policy = stopgap_online_policy_default();
    stopgap_format formats[3];
    stopgap_master_key master;
    stopgap_key_ring *ring = NULL;
    stopgap_security_request create;
    stopgap_security_code *record = NULL;
    stopgap_rotate_request rotate;
    stopgap_rotated rotated;
    stopgap_security_text text;
    stopgap_issue_request issue;
    stopgap_verify_request verify;
    stopgap_verification_request repeated;
    stopgap_verification *verification = NULL;
    stopgap_online_grant *grant = NULL;
    stopgap_online_grants grants = {&grant, 1};
    stopgap_alphabet *alphabet = NULL;
    stopgap_granted granted;
    stopgap_bytes stored;
    stopgap_code code;
    stopgap_code codes[3];
    stopgap_codes place = {codes, 3, 0};
    memset(&master, 9, sizeof master);
    MUST(stopgap_key_ring_new(1, &master, &ring, NULL));
    memset(&create, 0, sizeof create);
    create.size = sizeof create;
    create.actor.name = TEXT("root");
    create.actor.role = STOPGAP_ROLE_SUPER_ADMINISTRATOR;
    create.scopes.unlimited = 1;
    create.random = &random;
    create.access = STOPGAP_ACCESS_SUPER_ADMINISTRATOR;
    look_for("stopgap_77777777");
    look_for("7777777777777777");
    MUST(stopgap_security_code_create(ring, &create, 0, &text, &record, NULL));
    stopgap_wipe(&text, sizeof text);
    memset(&rotate, 0, sizeof rotate);
    rotate.size = sizeof rotate;
    rotate.actor = create.actor;
    rotate.random = &random;
    MUST(stopgap_security_code_rotate(record, ring, &rotate, 0, &rotated, NULL));
    stopgap_wipe(&rotated.text, sizeof rotated.text);
    stopgap_security_code_free(&rotated.record);
    stopgap_security_code_free(&record);
    memset(&issue, 0, sizeof issue);
    issue.size = sizeof issue;
    issue.user = stopgap_text_n("alice", 5);
    policy.format.length = 16;
    policy.max_uses = 2;
    issue.policy = &policy;
    issue.random = &random;
    MUST(stopgap_online_issue(ring, &issue, 0, &code, &grant, NULL));
    memset(&verify, 0, sizeof verify);
    verify.size = sizeof verify;
    verify.user = stopgap_text_n("alice", 5);
    verify.text = stopgap_text_of(code.text);
    verify.purpose = STOPGAP_PURPOSE_RESET;
    granted.size = sizeof granted;
    MUST(stopgap_online_verify(grant, ring, &verify, 0, &granted, NULL));
    MUST(stopgap_online_verify_any(grants, ring, &verify, 0, &granted, NULL));
    formats[0] = formats[1] = formats[2] = policy.format;
    formats[0].length = 12;
    MUST(stopgap_alphabet_new(TEXT("0123456789ABCDEF"), STOPGAP_LOOK_ALIKE_O_AS_ZERO, &alphabet,
                              NULL));
    formats[2].alphabet = alphabet;
    MUST(stopgap_normalize_any(formats, 3, TEXT(code.text), &place, NULL));
    memset(&repeated, 0, sizeof repeated);
    repeated.size = sizeof repeated;
    repeated.user = verify.user;
    repeated.idempotency_key = stopgap_text_n("1", 1);
    repeated.purpose = STOPGAP_PURPOSE_RESET;
    repeated.code = &code;
    MUST(stopgap_verification_seal(ring, &repeated, 0, &verification, NULL));
    MUST(stopgap_verification_replay(verification, ring, &repeated, 0, &stored, NULL));
    stopgap_verification_free(&verification);
    stopgap_online_grant_free(&grant);
    stopgap_alphabet_free(&alphabet);
    stopgap_key_ring_free(&ring);
}

/* A ring that has grown and shrunk in every way. */
static size_t rings(void) {
    stopgap_key_ring *ring = NULL;
    stopgap_key_ring *tenant = NULL;
    stopgap_master_key master;
    size_t keys = 0;
    uint32_t id;
    MUST(stopgap_master_key_generate(NULL, &master, NULL));
    look_for(master.bytes);
    MUST(stopgap_key_ring_new(0, &master, &ring, NULL));
    for (id = 1; id < 12; id++) {
        keys += look_for_keys_of(ring);
        MUST(stopgap_master_key_generate(NULL, &master, NULL));
        look_for(master.bytes);
        MUST(stopgap_key_ring_add(ring, id, &master, NULL));
    }
    stopgap_wipe(&master, sizeof master);
    MUST(stopgap_key_ring_retire(ring, 0, NULL));
    MUST(stopgap_key_ring_retire(ring, 5, NULL));
    MUST(stopgap_key_ring_tenant(ring, TEXT("north"), &tenant, NULL));
    keys += look_for_keys_of(tenant);
    stopgap_key_ring_free(&tenant);
    stopgap_key_ring_free(&ring);
    return keys;
}

static size_t machines(void) {
    stopgap_enrolment_key *key = NULL;
    stopgap_agent *agent = NULL;
    stopgap_master_key master;
    size_t keys;
    MUST(stopgap_master_key_generate(NULL, &master, NULL));
    look_for(master.bytes);
    MUST(stopgap_enrolment_key_from_bytes(master.bytes, sizeof master.bytes, &key, NULL));
    stopgap_wipe(&master, sizeof master);
    MUST(stopgap_agent_new(key, NULL, &agent, NULL));
    keys = look_for_keys_of(key) + look_for_keys_of(agent);
    stopgap_enrolment_key_free(&key);
    stopgap_agent_free(&agent);
    return keys;
}

int main(void) {
    size_t keys;
    if (!control()) {
        puts("leftovers: the search finds nothing");
        return 1;
    }
    found = 0;
    texts();
    records();
    if (found) {
        printf("leftovers: texts of a code, %ld times\n", found);
        return 1;
    }
    keys = rings() + machines();
    printf("leftovers: %ld of %s\n", found, keys > 200 ? "all keys" : "too few keys");
    return found != 0;
}
