/* The system services of both examples: a folder of their own, files that are written as a
 * whole, a line of input, the time, and output. */
#ifndef HOST_H
#define HOST_H

#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "stopgap.h"

#ifdef _WIN32
#include "host_windows.h"
#else
#include "host_posix.h"
#endif

static inline int is(const char *word, const char *other)
{
    return strcmp(word, other) == 0;
}

/* Returns an argument in Unix seconds, or the clock's time without one. Other text becomes
 * a time that every call refuses. */
static inline int64_t time_or_now(const char *argument)
{
    char *end;
    long long seconds;
    if (argument == NULL)
        return (int64_t)time(NULL);
    seconds = strtoll(argument, &end, 10);
    return *argument == '\0' || *end != '\0' ? STOPGAP_NEVER : seconds;
}

/* Prints words and a time: "until 2026-12-21T15:00:00Z". */
static inline void print_time(const char *words, int64_t seconds)
{
    struct tm parts;
    char text[32];
    if (utc(seconds, &parts) != 0
        || strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        strcpy(text, "a time far away");
    printf("%s %s\n", words, text);
}

/* Prints the sentence of a failure for the person at the screen, in UTC. */
static inline int refuse(const struct stopgap_error *error)
{
    char sentence[256];
    int made;
    if (error->status == STOPGAP_ERR_TAMPERED) /* for the log; the person reads less */
        fprintf(stderr, "%s\n", stopgap_status_name(error->status));
    made = stopgap_error_public_message(error, STOPGAP_NO_TEXT, STOPGAP_LANGUAGE_ENGLISH, sentence,
                                        sizeof sentence, NULL) == STOPGAP_OK;
    fprintf(stderr, "%s\n", made ? sentence : stopgap_status_message(error->status));
    return 1;
}

/* The buffer of stdio, until all output is written. */
static char printed[BUFSIZ];

static inline void begin_printing(void)
{
    print_utf8();
    setvbuf(stdout, printed, _IOFBF, sizeof printed);
}

/* Writes the output, and wipes it, because it may have a code. Output that cannot be
 * written is a failure. */
static inline int end_printing(int result)
{
    if (fflush(stdout) != 0) {
        perror("standard output");
        result = 1;
    }
    stopgap_wipe(printed, sizeof printed);
    return result;
}

#endif
