/* The two files of an enrolment: USER.enrolment, as `stopgap machine enrol` writes it, and
 * USER.enrolment.state. The command `stopgap agent` uses them in the same way: it locks
 * the enrolment, and sets its member `used` once there is a state. */
#ifndef PAM_STOPGAP_FILES_H
#define PAM_STOPGAP_FILES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { MAX_ENROLMENT = 4096, MAX_STATE = 128 };

struct files {
    int folder;
    int enrolment; /* locked until it is closed */
    char state_name[256];
    char text[MAX_ENROLMENT]; /* of the enrolment: a secret */
    size_t text_length;
    uint8_t state[MAX_STATE];
    ssize_t state_length;  /* -1 if there is no state */
    char trouble[160];     /* the reason of a failure, for the log */
};

enum files_result { FILES_OPEN, FILES_NONE, FILES_TROUBLE };

/* Opens, locks and reads the files of a user. Waits while another process has them locked.
 * FILES_NONE: the user has no enrolment here. Call close_files in any case. */
enum files_result open_files(struct files *files, const char *folder, const char *user);

/* Writes a state that is either the old one or the new one, also after a power cut, and
 * returns 0, or -1 if it cannot. */
int write_state(struct files *files, const uint8_t *state, size_t size);

/* Replaces the value `false` at this place of the enrolment by `true`. */
int mark_used(struct files *files, size_t place);

/* Closes and unlocks the files, and wipes the enrolment. */
void close_files(struct files *files);

#endif
