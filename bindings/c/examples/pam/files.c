#define _GNU_SOURCE

#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Notes the reason of a failure, with errno if there is one. */
static void note(struct files *files, const char *what, int number)
{
    snprintf(files->trouble, sizeof files->trouble, "%s%s%s", what, number == 0 ? "" : ": ",
             number == 0 ? "" : strerror(number));
}

/* Returns nonzero if only root or the owner of this process can have written it. */
static int is_ours(int file, mode_t forbidden)
{
    struct stat about;
    return fstat(file, &about) == 0 && (about.st_mode & forbidden) == 0
        && (about.st_uid == 0 || about.st_uid == geteuid());
}

/* Reads a whole file; -1 on failure, also if it is longer. */
static ssize_t read_all(int file, void *bytes, size_t capacity)
{
    size_t length = 0;
    ssize_t got = 1;
    while (got > 0 && length < capacity) {
        got = read(file, (char *)bytes + length, capacity - length);
        if (got > 0)
            length += (size_t)got;
        else if (got < 0 && errno == EINTR)
            got = 1;
    }
    if (length == capacity)
        errno = EFBIG;
    return got < 0 || length == capacity ? -1 : (ssize_t)length;
}

static int write_all(int file, const void *bytes, size_t size)
{
    size_t done = 0;
    while (done < size) {
        ssize_t put = write(file, (const char *)bytes + done, size - done);
        if (put > 0)
            done += (size_t)put;
        else if (put == 0 || errno != EINTR)
            return -1;
    }
    return 0;
}

static int lock(int file)
{
    int result;
    do
        result = flock(file, LOCK_EX);
    while (result != 0 && errno == EINTR);
    return result;
}

/* Reads the state, if there is one; -1 on failure. */
static int read_state(struct files *files)
{
    int file = openat(files->folder, files->state_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    files->state_length = -1;
    if (file < 0)
        return errno == ENOENT ? 0 : -1;
    files->state_length = read_all(file, files->state, sizeof files->state);
    close(file);
    return files->state_length < 0 ? -1 : 0;
}

/* Names the files. A user name that is not the name of a file has no enrolment. */
static int name_files(struct files *files, const char *user, char *name, size_t capacity)
{
    int length = snprintf(name, capacity, "%s.enrolment", user);
    if (user[0] == '\0' || user[0] == '.' || strchr(user, '/') != NULL || length < 0
        || (size_t)length >= capacity)
        return -1;
    snprintf(files->state_name, sizeof files->state_name, "%s.state", name);
    return 0;
}

enum files_result open_files(struct files *files, const char *folder, const char *user)
{
    char name[200];
    memset(files, 0, sizeof *files);
    files->enrolment = -1;
    files->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (files->folder < 0) {
        note(files, "the folder of the enrolments does not open", errno);
        return FILES_TROUBLE;
    }
    if (!is_ours(files->folder, S_IWGRP | S_IWOTH)) {
        note(files, "others can write the folder of the enrolments", 0);
        return FILES_TROUBLE;
    }
    if (name_files(files, user, name, sizeof name) != 0)
        return FILES_NONE;
    files->enrolment = openat(files->folder, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (files->enrolment < 0 && errno == ENOENT)
        return FILES_NONE;
    if (files->enrolment < 0 || lock(files->enrolment) != 0) {
        note(files, "the enrolment does not open", errno);
        return FILES_TROUBLE;
    }
    if (!is_ours(files->enrolment, S_IRWXG | S_IRWXO)) {
        note(files, "others can read or write the enrolment", 0);
        return FILES_TROUBLE;
    }
    ssize_t length = read_all(files->enrolment, files->text, sizeof files->text);
    if (length < 0 || read_state(files) != 0) {
        note(files, length < 0 ? "the enrolment cannot be read" : "the state cannot be read",
             errno);
        return FILES_TROUBLE;
    }
    files->text_length = (size_t)length;
    return FILES_OPEN;
}

int write_state(struct files *files, const uint8_t *state, size_t size)
{
    char draft[sizeof files->state_name + sizeof ".new"];
    int file, written;
    snprintf(draft, sizeof draft, "%s.new", files->state_name);
    file = openat(files->folder, draft, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC,
                  S_IRUSR | S_IWUSR);
    written = file >= 0 && write_all(file, state, size) == 0 && fsync(file) == 0
        && renameat(files->folder, draft, files->folder, files->state_name) == 0
        && fsync(files->folder) == 0;
    if (!written)
        note(files, "the state cannot be written", errno);
    if (file >= 0)
        close(file);
    return written ? 0 : -1;
}

int mark_used(struct files *files, size_t place)
{
    static const char mark[] = { 't', 'r', 'u', 'e', ' ' };
    if (pwrite(files->enrolment, mark, sizeof mark, (off_t)place) == (ssize_t)sizeof mark
        && fsync(files->enrolment) == 0)
        return 0;
    note(files, "the enrolment cannot be marked as used", errno);
    return -1;
}

void close_files(struct files *files)
{
    if (files->enrolment >= 0)
        close(files->enrolment); /* and unlocks */
    if (files->folder >= 0)
        close(files->folder);
    explicit_bzero(files->text, sizeof files->text);
}
