/* The system services by POSIX; host_windows.h has the same for Windows. */
#ifndef HOST_POSIX_H
#define HOST_POSIX_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Returns the arguments of main in UTF-8, as most systems give them. */
static inline char **in_utf8(char **argv)
{
    return argv;
}

static inline void print_utf8(void)
{
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

/* Splits a time into its parts, in UTC. Returns -1 for a time that is too far away. */
static inline int utc(int64_t seconds, struct tm *parts)
{
    time_t instant = (time_t)seconds;
    return gmtime_r(&instant, parts) == NULL ? -1 : 0;
}

#endif
