/* The store of the server example: its key in one file, and its records in another, which
 * is written as a whole. The records have no secret, and one that was changed from outside
 * does not fit its tag; but a person who can write the file can delete a record, or put an
 * older file back. */
#ifndef STORE_H
#define STORE_H

#include "host.h"

enum {
    ROOM = 256, /* a real server has a database */
    HEX_SIZE = 2 * STOPGAP_KEY_SIZE + 1
};

static struct {
    uint32_t grants, enrolments;
    struct stopgap_online_grant grant[ROOM];
    struct stopgap_enrolment enrolment[ROOM];
    struct stopgap_user_throttle failures[ROOM]; /* of users; one without failures is free */
} records;

static inline int load_records(void)
{
    ssize_t length = read_file("records", &records, sizeof records);
    if (length == sizeof records && records.grants <= ROOM && records.enrolments <= ROOM)
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

static inline int keep_grant(const struct stopgap_online_grant *grant)
{
    if (records.grants == ROOM)
        return no_room();
    records.grant[records.grants++] = *grant;
    return keep_records();
}

static inline int is_named(const char name[STOPGAP_NAME_SIZE], const char *other)
{
    return strncmp(name, other, STOPGAP_NAME_SIZE) == 0;
}

/* Returns the place of an enrolment, or the next free one. */
static inline uint32_t place_of_enrolment(const char *user, const char *machine)
{
    uint32_t i = 0;
    while (i < records.enrolments
           && !(is_named(records.enrolment[i].user, user)
                && is_named(records.enrolment[i].machine, machine)))
        i++;
    return i;
}

/* Stores the enrolment at a place, which may be the next free one. */
static inline int keep_enrolment(uint32_t place)
{
    if (place == records.enrolments)
        records.enrolments++;
    return keep_records();
}

/* Returns the record of a user's failures, or one of zeros if there were none; NULL if there
 * is no room. */
static inline struct stopgap_user_throttle *failures_of(const char *user)
{
    struct stopgap_user_throttle *unused = NULL;
    int i;
    for (i = 0; i < ROOM; i++) {
        struct stopgap_user_throttle *failures = &records.failures[i];
        if (is_named(failures->user, user))
            return failures;
        if (failures->failures == 0)
            unused = failures;
    }
    if (unused != NULL)
        memset(unused, 0, sizeof *unused);
    return unused;
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
