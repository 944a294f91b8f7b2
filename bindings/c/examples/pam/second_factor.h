/* The second factor of a user on this machine: the password-only lock and the offline code.
 * All calls of the library are in second_factor.c. */
#ifndef PAM_STOPGAP_SECOND_FACTOR_H
#define PAM_STOPGAP_SECOND_FACTOR_H

#include <stddef.h>
#include <stdint.h>

enum factor_result {
    FACTOR_YES,
    FACTOR_NO,          /* refused: the sentence is for the person */
    FACTOR_NONE,        /* the user has no enrolment on this machine */
    FACTOR_UNAVAILABLE, /* a file or the clock is wrong */
};

enum { REQUEST_CODE_SIZE = 40, SENTENCE_SIZE = 256 };

/* The result of a step, as the person and the log see it. Neither text has a character of a
 * code. */
struct factor_reason {
    char sentence[SENTENCE_SIZE];
    char log[SENTENCE_SIZE];
};

/* The user who logs on. */
struct person {
    const char *user;
    const char *folder; /* of the enrolments */
    const char *zone;   /* time zone of the lock's end and of messages; NULL for UTC */
};

/* Answers whether the password-only lock is active, FACTOR_YES or FACTOR_NO, and writes the
 * request code to show in both cases. */
enum factor_result factor_lock(const struct person *person, int64_t now,
                               char request_code[REQUEST_CODE_SIZE],
                               struct factor_reason *reason);

/* Redeems the offline code that was typed, and stores that before it returns FACTOR_YES. */
enum factor_result factor_redeem(const struct person *person, const char *typed, int is_reset,
                                 int64_t now, struct factor_reason *reason);

/* Returns nonzero if a text has the form of an offline code. */
int is_offline_code(const char *typed);

/* Overwrites memory that holds a secret. */
void wipe(void *memory, size_t length);

#endif
