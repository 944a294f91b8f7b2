/* The options of a line in a PAM service file. */
#ifndef PAM_STOPGAP_OPTIONS_H
#define PAM_STOPGAP_OPTIONS_H

#include <security/pam_modules.h>

struct options {
    const char *enrolments; /* folder of the enrolments and their states; NULL: no offline codes */
    const char *home;       /* arguments of the command; NULL: not passed */
    const char *store;
    const char *key_file;
    const char *tenant;
    const char *command; /* path of the command `stopgap` */
    const char *zone;    /* zone of the lock's end; NULL for UTC */
    int timeout;         /* seconds for the command */
    int is_reset;        /* nonzero for codes that allow a password reset */
};

/* Reads the options. Logs the first that is wrong, and returns -1. */
int read_options(pam_handle_t *pamh, int count, const char **words, struct options *options);

/* Returns nonzero if online codes are verified. */
int is_online(const struct options *options);

#endif
