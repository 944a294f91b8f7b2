#define _GNU_SOURCE

#include "online.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <security/pam_modutil.h>

#include "json.h"

enum { MAX_ARGUMENTS = 20, MAX_CODE = 512, MAX_OUTPUT = 2048 };

static void add_option(const char **arguments, size_t *count, const char *name,
                       const char *value)
{
    if (value != NULL) {
        arguments[(*count)++] = name;
        arguments[(*count)++] = value;
    }
}

/* Writes the arguments. The code is none of them: other users can see arguments. */
static void list_arguments(const struct options *options, const char *user,
                           const char *arguments[MAX_ARGUMENTS])
{
    size_t count = 0;
    arguments[count++] = "stopgap";
    arguments[count++] = "online";
    arguments[count++] = "verify";
    arguments[count++] = "--json";
    add_option(arguments, &count, "--purpose", options->is_reset ? "reset" : "bypass");
    add_option(arguments, &count, "--home", options->home);
    add_option(arguments, &count, "--store", options->store);
    add_option(arguments, &count, "--key-file", options->key_file);
    add_option(arguments, &count, "--tenant", options->tenant);
    arguments[count++] = "--"; /* a user name may begin with a hyphen */
    arguments[count++] = user;
    arguments[count] = NULL;
}

/* Becomes the command, with two pipes and no environment but the locale. It runs as the
 * effective user also if the program is set-user-ID. */
static void become(pam_handle_t *pamh, const char *command, const char **arguments, int input,
                   int output)
{
    static const char *environment[] = { "LC_ALL=C", NULL };
    sigset_t none;
    int null = open("/dev/null", O_WRONLY);
    sigemptyset(&none);
    if (chdir("/") == 0 && dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0
        && dup2(null, STDERR_FILENO) >= 0
        && pam_modutil_sanitize_helper_fds(pamh, PAM_MODUTIL_IGNORE_FD, PAM_MODUTIL_IGNORE_FD,
                                           PAM_MODUTIL_IGNORE_FD)
            == 0
        && sigprocmask(SIG_SETMASK, &none, NULL) == 0 && setgid(getegid()) == 0
        && setuid(geteuid()) == 0)
        execve(command, (char *const *)arguments, (char *const *)environment);
    _exit(127);
}

/* Returns a pipe that holds the code, whose writing end is closed: the command reads it and
 * the end. Nothing waits, and a command that does not read raises no SIGPIPE. */
static int pipe_with(const char *typed)
{
    char line[MAX_CODE + 1];
    int ends[2], length = snprintf(line, sizeof line, "%s\n", typed);
    int fits = length > 0 && (size_t)length < sizeof line && pipe2(ends, O_CLOEXEC) == 0;
    if (fits) {
        if (write(ends[1], line, (size_t)length) != length) {
            close(ends[0]);
            fits = 0;
        }
        close(ends[1]);
    }
    wipe(line, sizeof line);
    return fits ? ends[0] : -1;
}

static int64_t milliseconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads to the end of the output; -1 after the deadline, or if it is too long. */
static ssize_t read_until(int output, char *text, size_t capacity, int64_t deadline)
{
    size_t length = 0;
    while (length < capacity) {
        struct pollfd ready = { .fd = output, .events = POLLIN };
        int64_t left = deadline - milliseconds();
        ssize_t got;
        if (left <= 0 || (poll(&ready, 1, (int)left) < 0 && errno != EINTR))
            return -1;
        if (ready.revents == 0)
            continue;
        got = read(output, text + length, capacity - length);
        if (got == 0)
            return (ssize_t)length;
        if (got < 0 && errno != EINTR)
            return -1;
        length += got > 0 ? (size_t)got : 0;
    }
    return -1;
}

/* Waits until the command has ended, and kills it after the deadline. Returns nonzero if its
 * exit status was read. */
static int wait_until(pid_t child, int *status, int64_t deadline)
{
    const struct timespec pause = { 0, 5000000 };
    pid_t waited;
    while ((waited = waitpid(child, status, WNOHANG)) == 0 && milliseconds() < deadline)
        nanosleep(&pause, NULL);
    if (waited == 0)
        kill(child, SIGKILL);
    while (waited == 0 || (waited < 0 && errno == EINTR))
        waited = waitpid(child, status, 0);
    return waited > 0;
}

/* Runs the command. Returns its exit status and its output, or -1 without an answer. */
static int run(pam_handle_t *pamh, const struct options *options, const char *user, int input,
               char *text, ssize_t *length)
{
    const char *arguments[MAX_ARGUMENTS];
    struct sigaction usual, before;
    int64_t deadline = milliseconds() + options->timeout * 1000;
    int ends[2], status = 0, ended = 0;
    pid_t child;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    list_arguments(options, user, arguments);
    /* The program may ignore its children, and their exit status would be lost. */
    memset(&usual, 0, sizeof usual);
    usual.sa_handler = SIG_DFL;
    sigaction(SIGCHLD, &usual, &before);
    child = fork();
    if (child == 0)
        become(pamh, options->command, arguments, input, ends[1]);
    close(ends[1]);
    if (child > 0) {
        *length = read_until(ends[0], text, MAX_OUTPUT, deadline);
        if (*length < 0)
            kill(child, SIGKILL);
        ended = wait_until(child, &status, deadline);
    }
    sigaction(SIGCHLD, &before, NULL);
    close(ends[0]);
    return ended && *length >= 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Copies a member of the output, or another text if there is none. */
static void copy_member(const char *text, size_t length, const char *name, const char *otherwise,
                        char *copy)
{
    struct part part = { otherwise, strlen(otherwise) };
    json_member(text, length, name, 1, &part);
    snprintf(copy, SENTENCE_SIZE, "%.*s", (int)part.length, part.text);
}

enum factor_result online_verify(pam_handle_t *pamh, const struct options *options,
                                 const char *user, const char *typed,
                                 struct factor_reason *reason)
{
    char text[MAX_OUTPUT];
    ssize_t length = -1;
    size_t size;
    int status, input = pipe_with(typed);
    if (input < 0) {
        snprintf(reason->sentence, SENTENCE_SIZE, "That code is not valid.");
        snprintf(reason->log, SENTENCE_SIZE, "the text is too long for a code");
        return FACTOR_NO;
    }
    status = run(pamh, options, user, input, text, &length);
    close(input);
    if (status == 0)
        return FACTOR_YES;
    size = length < 0 ? 0 : (size_t)length;
    copy_member(text, size, "message", status == 1 ? "That code is not valid." : "no answer",
                reason->sentence);
    copy_member(text, size, "reason", "unknown", reason->log);
    if (status == 1)
        return FACTOR_NO;
    snprintf(reason->log, SENTENCE_SIZE, "%s: exit status %d: %.150s", options->command, status,
             reason->sentence);
    snprintf(reason->sentence, SENTENCE_SIZE, "The server cannot be reached.");
    return FACTOR_UNAVAILABLE;
}
