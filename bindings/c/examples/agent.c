/* The agent of a machine that cannot reach its server. It shows a request code, redeems
 * the offline code that the help desk reads to a person, and answers the logon whether name
 * and password suffice. Each call is a new process: the agent's memory is in DIR/state, and
 * lasts over a restart.
 *
 *     cargo build --release -p stopgap-c
 *     cc -Iinclude bindings/c/examples/agent.c target/release/libstopgap_c.a \
 *         -lpthread -ldl -lm -o agent
 *
 *     agent enrol DIR              once; reads the key that `server DIR enrol` printed
 *     agent DIR show [TIME]        shows the request code, to be read to the help desk
 *     agent DIR redeem [TIME]      reads the offline code of the help desk
 *     agent DIR status [TIME]      tells whether name and password suffice
 *     agent DIR clear              the second factor has come back
 *
 * TIME is in Unix seconds, by default the clock's. Codes and keys are read from standard
 * input. The exit status is 0 for yes, 1 for no, 2 for a wrong call. Put DIR where the
 * machine's users can neither read nor write. */
#include "host.h"

static struct stopgap_error why; /* of the last failure */

/* Stopgap calls this before it tells its decision. */
static int32_t keep_state(void *context, const struct stopgap_sealed_state *state)
{
    (void)context;
    return write_file("state", state->bytes, sizeof state->bytes);
}

static const struct stopgap_keep keep = { keep_state, NULL };

/* Begins with the key of a newly enrolled machine. */
static int enrol(const char *digits, size_t length)
{
    struct stopgap_enrolment_key *key = NULL;
    struct stopgap_agent *agent = NULL;
    struct stopgap_sealed_state state;
    int result = 1;
    if (access("state", F_OK) == 0)
        /* A new agent would redeem the last codes again. */
        fputs("This machine is enrolled already.\n", stderr);
    else if (stopgap_enrolment_key_from_hex(stopgap_text_n(digits, length), &key, &why) != STOPGAP_OK
             || stopgap_agent_new(key, NULL, &agent, &why) != STOPGAP_OK
             || stopgap_agent_seal(agent, &state, &why) != STOPGAP_OK)
        result = refuse(&why);
    else if (write_file("key", digits, length) == 0 && keep_state(NULL, &state) == 0)
        result = 0;
    stopgap_agent_free(&agent);
    stopgap_enrolment_key_free(&key);
    return result;
}

/* Returns the agent as the last process left it, or prints the failure and returns NULL. */
static struct stopgap_agent *resume(void)
{
    struct stopgap_enrolment_key *key = NULL;
    struct stopgap_agent *agent = NULL;
    char digits[80];
    uint8_t state[STOPGAP_SEALED_STATE_SIZE + 1]; /* to notice one that is too long */
    ssize_t length = read_file("key", digits, sizeof digits);
    ssize_t state_length = read_file("state", state, sizeof state);
    if (length >= 0 && state_length >= 0
        && (stopgap_enrolment_key_from_hex(stopgap_text_n(digits, (size_t)length), &key, &why) != STOPGAP_OK
            || stopgap_agent_resume(key, NULL, state, (size_t)state_length, &agent, &why)
                != STOPGAP_OK))
        refuse(&why);
    stopgap_wipe(digits, sizeof digits);
    stopgap_enrolment_key_free(&key);
    return agent;
}

static int show(const struct stopgap_agent *agent, int64_t now)
{
    struct stopgap_code code;
    if (stopgap_agent_request_code(agent, now, &code, &why) != STOPGAP_OK)
        return refuse(&why);
    /* A request code is no secret. */
    printf("%s (another one in %" PRIu32 " s)\n", code.text, stopgap_seconds_left(now));
    return 0;
}

static int redeem(struct stopgap_agent *agent, const char *typed, size_t length, int64_t now)
{
    int64_t until;
    const stopgap_redeem_request request = {
        .size = sizeof request,
        .typed = stopgap_text_n(typed, length),
        .purpose = STOPGAP_PURPOSE_BYPASS,
    };
    if (stopgap_agent_redeem(agent, &request, now, &keep, &until, &why) != STOPGAP_OK)
        return refuse(&why);
    print_time("password-only until", until);
    return 0;
}

/* Answers the logon. Anything but an active lock is a no, also a wrong clock, and a disk
 * that cannot be written. */
static int status(struct stopgap_agent *agent, int64_t now)
{
    int64_t until;
    if (stopgap_agent_log_on(agent, now, &keep, &until, &why) != STOPGAP_OK) {
        puts("second factor needed");
        return why.status == STOPGAP_ERR_NO_LOCK ? 1 : refuse(&why);
    }
    print_time("password-only until", until);
    return 0;
}

static int clear(struct stopgap_agent *agent)
{
    if (stopgap_agent_clear_lock(agent, &keep, &why) != STOPGAP_OK)
        return refuse(&why);
    puts("second factor needed");
    return 0;
}

static int usage(void)
{
    fputs("agent enrol DIR | agent DIR show|redeem|status|clear [TIME]\n", stderr);
    return 2;
}

int main(int argc, char **argv)
{
    struct stopgap_agent *agent = NULL;
    char typed[300]; /* longer than a code, to notice one that is too long */
    size_t length = 0;
    int64_t now = time_or_now(argc > 3 ? argv[3] : NULL);
    int result = 1;

    if (argc < 3)
        return usage();
    argv = in_utf8(argv);
    begin_printing();
    if (is(argv[1], "enrol") || is(argv[2], "redeem")) /* before other processes must wait */
        length = read_line(typed, sizeof typed);
    if (is(argv[1], "enrol"))
        result = enter(argv[2], 1) == 0 ? enrol(typed, length) : 1;
    else if (enter(argv[1], 0) == 0 && (agent = resume()) != NULL)
        result = is(argv[2], "show") ? show(agent, now)
            : is(argv[2], "redeem")  ? redeem(agent, typed, length, now)
            : is(argv[2], "status")  ? status(agent, now)
            : is(argv[2], "clear")   ? clear(agent)
                                     : usage();
    stopgap_agent_free(&agent);
    stopgap_wipe(typed, sizeof typed);
    return end_printing(result);
}
