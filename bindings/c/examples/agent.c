/* An agent: the side of a machine that cannot reach its server. It shows a request
 * code, redeems the offline code that a person was read for it, and tells the logon
 * whether name and password suffice. Each call is a new process: what must not be
 * forgotten is in DIR/state, and lasts over a restart.
 *
 *     cargo build --release -p stopgap-c
 *     cc -Iinclude bindings/c/examples/agent.c target/release/libstopgap_c.a \
 *         -lpthread -ldl -lm -o agent
 *
 *     agent enrol DIR              once; reads the key that `server DIR enrol` gave
 *     agent DIR show [TIME]        the request code, to be read to the help desk
 *     agent DIR redeem [TIME]      reads the offline code that the help desk gave
 *     agent DIR status [TIME]      whether name and password suffice
 *     agent DIR clear              the second factor came back
 *
 * TIME is in Unix seconds; without it, it is the clock's. What is read is read from
 * standard input. It ends with 0 for yes, 1 for no, 2 where it was called wrongly.
 * Keep DIR where the machine's users can neither read nor write. */
#include "host.h"

static struct stopgap_error why; /* of what failed last */

/* Stopgap calls this before it says what it decided. */
static int32_t keep_state(void *context, const struct stopgap_sealed_state *state)
{
    (void)context;
    return write_file("state", state->bytes, sizeof state->bytes);
}

static const struct stopgap_keep keep = { keep_state, NULL };

/* Begins, with the key of a machine that was just enrolled. */
static int enrol(const char *digits, size_t length)
{
    struct stopgap_enrolment_key *key = NULL;
    struct stopgap_agent *agent = NULL;
    struct stopgap_sealed_state state;
    int result = 1;
    if (access("state", F_OK) == 0)
        /* Begun anew, it would redeem its last codes once more. */
        fputs("This machine is enrolled already.\n", stderr);
    else if (stopgap_enrolment_key_from_hex(digits, length, &key, &why) != STOPGAP_OK
             || stopgap_agent_new(key, NULL, &agent, &why) != STOPGAP_OK
             || stopgap_agent_seal(agent, &state, &why) != STOPGAP_OK)
        result = refuse(&why);
    else if (write_file("key", digits, length) == 0 && keep_state(NULL, &state) == 0)
        result = 0;
    stopgap_agent_free(&agent);
    stopgap_enrolment_key_free(&key);
    return result;
}

/* The agent as the last process left it, or NULL, and why is told. */
static struct stopgap_agent *resume(void)
{
    struct stopgap_enrolment_key *key = NULL;
    struct stopgap_agent *agent = NULL;
    char digits[80];
    uint8_t state[STOPGAP_SEALED_STATE_SIZE + 1]; /* to see one that is too long */
    ssize_t length = read_file("key", digits, sizeof digits);
    ssize_t state_length = read_file("state", state, sizeof state);
    if (length >= 0 && state_length >= 0
        && (stopgap_enrolment_key_from_hex(digits, (size_t)length, &key, &why) != STOPGAP_OK
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
    if (stopgap_agent_redeem(agent, typed, length, STOPGAP_BYPASS, now, NULL, 0, &keep,
                             &until, &why) != STOPGAP_OK)
        return refuse(&why);
    print_time("password-only until", until);
    return 0;
}

/* What a logon asks. Anything but an open lock is a no: also a clock that is wrong,
 * and a disk that keeps nothing. */
static int status(struct stopgap_agent *agent, int64_t now)
{
    int64_t until;
    if (stopgap_agent_lock(agent, now, &keep, &until, &why) != STOPGAP_OK) {
        puts("second factor needed");
        return why.status == STOPGAP_NO_LOCK ? 1 : refuse(&why);
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
    char typed[300]; /* more than a code may have, to see one that is too long */
    size_t length = 0;
    int64_t now = time_or_now(argc > 3 ? argv[3] : NULL);
    int result = 1;

    if (argc < 3)
        return usage();
    begin_printing();
    if (is(argv[1], "enrol") || is(argv[2], "redeem")) /* before others must wait */
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
