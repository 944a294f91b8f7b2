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
#define NEEDLES 512
#define TEXT(text) (text), strlen(text)

static unsigned char needles[NEEDLES][NEEDLE];
static size_t needle_count;
static long found;

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

void free(void *block) {
    if (block != NULL) {
        search(block);
    }
    __libc_free(block);
}

void *realloc(void *block, size_t size) {
    void *moved = __libc_malloc(size);
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

/* No block may hold these bytes when it is freed. */
static void look_for(const void *bytes) {
    if (needle_count < NEEDLES) {
        memcpy(needles[needle_count++], bytes, NEEDLE);
    }
}

/* Looks for the keys in the memory of a handle, which are bytes of many values. */
static size_t look_for_keys_of(const void *handle) {
    const unsigned char *block = handle;
    size_t size = malloc_usable_size((void *)handle);
    size_t keys = 0;
    size_t place;
    for (place = 0; place + NEEDLE <= size; place += NEEDLE) {
        unsigned char seen[256] = {0};
        size_t kinds = 0;
        size_t i;
        for (i = 0; i < NEEDLE; i++) {
            kinds += seen[block[place + i]]++ == 0;
        }
        if (kinds > 12) {
            look_for(block + place);
            keys++;
        }
    }
    return keys;
}

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
    char text[STOPGAP_SPOKEN_SIZE];
    format.length = 32;
    MUST(stopgap_normalize(&format, TEXT("3F9A77C201BE3F9A77C201BE3F9A77C2"), &code, NULL));
    MUST(stopgap_code_spoken(&code, text, sizeof text, NULL, NULL));
    look_for("stopgap_3f9a77c2");
    look_for("3F9A77C201BE3F9A");
    MUST(stopgap_security_text(&code, NULL, text, sizeof text, NULL, NULL));
    MUST(stopgap_security_read(NULL, 0, TEXT(text), &code, NULL));
    stopgap_wipe(text, sizeof text);
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
        MUST(stopgap_key_ring_rotate(ring, id, &master, NULL));
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
    if (found) {
        printf("leftovers: texts of a code, %ld times\n", found);
        return 1;
    }
    keys = rings() + machines();
    printf("leftovers: %ld of %s\n", found, keys > 60 ? "all keys" : "too few keys");
    return found != 0;
}
