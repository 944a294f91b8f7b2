/* The store of the server example: its key in one file, and its records in another, which
 * is written as a whole. The records have no secret, and one that was changed from outside
 * does not fit its tag; but a person who can write the file can delete a record, or put an
 * older file back. */
#ifndef STORE_H
#define STORE_H

#include "host.h"

enum {
    ROOM = 256, /* a real server has a database */
    HEX_SIZE = 2 * STOPGAP_KEY_SIZE + 1,
    RECORD_SIZE = 766 /* more than the bytes of any record here */
};

/* The portable bytes of a record; no length if there is none. */
struct kept {
    uint8_t length[2]; /* the high byte first */
    uint8_t bytes[RECORD_SIZE];
};

static struct {
    struct kept grants[ROOM]; /* the free places are at the end */
    struct kept enrolments[ROOM];
    struct kept failures[ROOM]; /* of users; one without failures is free */
} records;

static inline struct stopgap_bytes bytes_of(const struct kept *kept)
{
    struct stopgap_bytes bytes = {kept->bytes, 0};
    bytes.len = (size_t)kept->length[0] << 8 | kept->length[1];
    if (bytes.len > RECORD_SIZE)
        bytes.len = 0; /* which is no record */
    return bytes;
}

/* Returns the number of grants, or of enrolments. */
static inline size_t count_of(const struct kept kept[ROOM])
{
    size_t count = 0;
    while (count < ROOM && bytes_of(&kept[count]).len > 0)
        count++;
    return count;
}

/* Replaces a record by the one whose bytes were written to `fresh`, if they were. */
static inline stopgap_status replace(struct kept *kept, struct kept *fresh, size_t length,
                                     stopgap_status status)
{
    fresh->length[0] = (uint8_t)(length >> 8);
    fresh->length[1] = (uint8_t)length;
    if (status == STOPGAP_OK)
        *kept = *fresh;
    return status;
}

static inline int load_records(void)
{
    ssize_t length = read_file("records", &records, sizeof records);
    if (length == sizeof records)
        return 0;
    fputs("There are no records, or other ones.\n", stderr);
    return -1;
}

static inline int keep_records(void)
{
    return write_file("records", &records, sizeof records);
}

static inline int no_room(void)
{
    fputs("There is no room for another record.\n", stderr);
    return 1;
}

/* Stores the grant at a place, without writing the file. */
static inline stopgap_status set_grant(size_t place, const struct stopgap_online_grant *grant,
                                       struct stopgap_error *why)
{
    struct kept fresh = {{0}, {0}};
    size_t length = 0;
    stopgap_status status =
        stopgap_online_grant_to_bytes(grant, fresh.bytes, RECORD_SIZE, &length, why);
    return replace(&records.grants[place], &fresh, length, status);
}

static inline int keep_grant(const struct stopgap_online_grant *grant, struct stopgap_error *why)
{
    size_t place = count_of(records.grants);
    if (place == ROOM)
        return no_room();
    if (set_grant(place, grant, why) != STOPGAP_OK)
        return refuse(why);
    return keep_records();
}

/* Reads all grants, to be freed by free_grants also after a failure. */
static inline stopgap_status read_grants(struct stopgap_online_grant *grants[ROOM],
                                         struct stopgap_error *why)
{
    stopgap_status status = STOPGAP_OK;
    size_t i, count = count_of(records.grants);
    memset(grants, 0, ROOM * sizeof grants[0]);
    for (i = 0; i < count && status == STOPGAP_OK; i++)
        status = stopgap_online_grant_from_bytes(bytes_of(&records.grants[i]), &grants[i], why);
    return status;
}

static inline void free_grants(struct stopgap_online_grant *grants[ROOM])
{
    uint32_t i;
    for (i = 0; i < ROOM; i++)
        stopgap_online_grant_free(&grants[i]);
}

static inline int is_text(struct stopgap_text text, const char *other)
{
    return text.len == strlen(other) && memcmp(text.ptr, other, text.len) == 0;
}

/* Reads all enrolments, to be freed by free_enrolments also after a failure. */
static inline stopgap_status read_enrolments(struct stopgap_enrolment *enrolments[ROOM],
                                             struct stopgap_error *why)
{
    stopgap_status status = STOPGAP_OK;
    size_t i, count = count_of(records.enrolments);
    memset(enrolments, 0, ROOM * sizeof enrolments[0]);
    for (i = 0; i < count && status == STOPGAP_OK; i++)
        status = stopgap_enrolment_from_bytes(bytes_of(&records.enrolments[i]), &enrolments[i], why);
    return status;
}

static inline void free_enrolments(struct stopgap_enrolment *enrolments[ROOM])
{
    uint32_t i;
    for (i = 0; i < ROOM; i++)
        stopgap_enrolment_free(&enrolments[i]);
}

/* Returns the place of an enrolment, or the next free one. */
static inline size_t place_of_enrolment(struct stopgap_enrolment *const enrolments[ROOM],
                                        const char *user, const char *machine)
{
    size_t i;
    for (i = 0; i < ROOM && enrolments[i] != NULL; i++) {
        struct stopgap_enrolment_info info = {.size = sizeof info};
        if (stopgap_enrolment_info(enrolments[i], &info, NULL) == STOPGAP_OK
            && is_text(info.user, user) && is_text(info.machine, machine))
            break;
    }
    return i;
}

/* Stores the enrolment at a place, which may be the next free one. */
static inline int keep_enrolment(size_t place, const struct stopgap_enrolment *enrolment,
                                 struct stopgap_error *why)
{
    struct kept fresh = {{0}, {0}};
    size_t length = 0;
    stopgap_status status =
        stopgap_enrolment_to_bytes(enrolment, fresh.bytes, RECORD_SIZE, &length, why);
    if (replace(&records.enrolments[place], &fresh, length, status) != STOPGAP_OK)
        return refuse(why);
    return keep_records();
}

/* Returns the place of a user's failures, or a free one; NULL if there is no room. Writes the
 * record to be freed, or NULL if there were no failures. */
static inline struct kept *failures_of(const char *user, struct stopgap_user_throttle **record)
{
    struct kept *unused = NULL;
    int i;
    for (i = 0; i < ROOM; i++) {
        struct kept *kept = &records.failures[i];
        struct stopgap_user_throttle_info info = {.size = sizeof info};
        *record = NULL;
        if (stopgap_user_throttle_from_bytes(bytes_of(kept), record, NULL) != STOPGAP_OK
            || stopgap_user_throttle_info(*record, &info, NULL) != STOPGAP_OK) {
            unused = kept;
            continue;
        }
        if (is_text(info.user, user))
            return kept;
        if (info.failures == 0)
            unused = kept;
        stopgap_user_throttle_free(record);
    }
    return unused;
}

/* Stores a user's failures, without writing the file. */
static inline stopgap_status set_failures(struct kept *kept,
                                          const struct stopgap_user_throttle *record,
                                          struct stopgap_error *why)
{
    struct kept fresh = {{0}, {0}};
    size_t length = 0;
    stopgap_status status =
        stopgap_user_throttle_to_bytes(record, fresh.bytes, RECORD_SIZE, &length, why);
    return replace(kept, &fresh, length, status);
}

/* Writes a key in hexadecimal digits, which are a secret like the key. */
static inline void hex_of(const uint8_t key[STOPGAP_KEY_SIZE], char digits[HEX_SIZE])
{
    int i;
    for (i = 0; i < STOPGAP_KEY_SIZE; i++)
        snprintf(digits + 2 * i, 3, "%02x", key[i]);
}

/* Makes both files, with a new key. */
static inline int make_store(void)
{
    struct stopgap_master_key key;
    struct stopgap_error why;
    char digits[HEX_SIZE];
    int kept;
    if (access("key", F_OK) == 0) {
        fputs("There is a key already.\n", stderr);
        return 1;
    }
    if (stopgap_master_key_generate(NULL, &key, &why) != STOPGAP_OK)
        return refuse(&why);
    hex_of(key.bytes, digits);
    kept = keep_records() == 0 && write_file("key", digits, sizeof digits - 1) == 0;
    stopgap_wipe(&key, sizeof key);
    stopgap_wipe(digits, sizeof digits);
    return kept ? 0 : 1;
}

/* Returns the ring of the key in the file, number 1; or prints the failure and returns
 * NULL. */
static inline struct stopgap_key_ring *load_ring(void)
{
    struct stopgap_key_ring *ring = NULL;
    struct stopgap_master_key key;
    struct stopgap_error why;
    char digits[80];
    ssize_t length = read_file("key", digits, sizeof digits);
    if (length >= 0
        && (stopgap_master_key_from_hex(stopgap_text_n(digits, (size_t)length), &key, &why) != STOPGAP_OK
            || stopgap_key_ring_new(1, &key, &ring, &why) != STOPGAP_OK))
        refuse(&why);
    stopgap_wipe(&key, sizeof key);
    stopgap_wipe(digits, sizeof digits);
    return ring;
}

#endif
