/* The system services of both examples, by POSIX: a folder of their own, files that are
 * written as a whole, a line of input, the time, and output. */
#ifndef HOST_H
#define HOST_H

#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "stopgap.h"

static inline int is(const char *word, const char *other)
{
    return strcmp(word, other) == 0;
}

/* Enters the folder, which may be new, and locks it until this process ends: of two
 * processes that read and write a file at the same time, one would lose its changes. */
static inline int enter(const char *folder, int may_be_new)
{
    struct flock alone;
    int lock;
    umask(077);
    if ((may_be_new && mkdir(folder, 0700) != 0 && errno != EEXIST) || chdir(folder) != 0) {
        perror(folder);
        return -1;
    }
    memset(&alone, 0, sizeof alone);
    alone.l_type = F_WRLCK;
    alone.l_whence = SEEK_SET;
    lock = open("lock", O_RDWR | O_CREAT, 0600);
    if (lock < 0 || fcntl(lock, F_SETLKW, &alone) != 0) {
        perror("lock");
        return -1;
    }
    return 0;
}

/* Writes a file that is either the old one or the new one, also after a power cut: it
 * writes a draft to the disk, renames it, and writes the renaming to the disk. */
static inline int write_file(const char *name, const void *bytes, size_t size)
{
    char draft[32];
    int file, folder, written;
    snprintf(draft, sizeof draft, "%s.new", name);
    file = open(draft, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    folder = open(".", O_RDONLY);
    written = file >= 0 && write(file, bytes, size) == (ssize_t)size && fsync(file) == 0
        && folder >= 0 && rename(draft, name) == 0 && fsync(folder) == 0;
    if (!written)
        perror(name);
    if (file >= 0)
        close(file);
    if (folder >= 0)
        close(folder);
    return written ? 0 : -1;
}

/* Reads to the end of a file, or to the capacity; -1 on failure. */
static inline ssize_t read_file(const char *name, void *bytes, size_t capacity)
{
    int file = open(name, O_RDONLY);
    ssize_t length = file < 0 ? -1 : read(file, bytes, capacity);
    if (length < 0)
        perror(name);
    if (file >= 0)
        close(file);
    return length;
}

/* Reads a line of standard input, without its end. It may be a secret, so it is not read
 * by stdio, which would keep a copy: wipe it. */
static inline size_t read_line(char *line, size_t capacity)
{
    size_t length = 0;
    while (length < capacity && read(STDIN_FILENO, line + length, 1) == 1
           && line[length] != '\n')
        length++;
    return length;
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
    time_t instant = (time_t)seconds;
    struct tm parts;
    char text[32];
    if (gmtime_r(&instant, &parts) == NULL
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
