/* Makes fsync and fdatasync take MICROSECONDS longer, as on a slow disk. `cargo xtask bench`
   builds this file as a library for LD_PRELOAD, and defines MICROSECONDS. */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int slowly(long number, int file) {
    int result = (int)syscall(number, file);
    int error = errno;
    struct timespec left = {.tv_sec = 0, .tv_nsec = MICROSECONDS * 1000L};
    while (nanosleep(&left, &left) == -1 && errno == EINTR) {
    }
    errno = error;
    return result;
}

int fsync(int file) { return slowly(SYS_fsync, file); }

int fdatasync(int file) { return slowly(SYS_fdatasync, file); }
