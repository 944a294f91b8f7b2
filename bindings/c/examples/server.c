/* A server: issues codes, stores their records in a file, verifies typed codes, and answers
 * the requests of machines that cannot reach it.
 *
 *     cargo build --release -p stopgap-c
 *     cc -Iinclude bindings/c/examples/server.c target/release/libstopgap_c.a \
 *         -lpthread -ldl -lm -o server
 *
 *     server init DIR                                 once: makes a key and no records
 *     server DIR issue USER PURPOSE VALIDITY [TIME]   prints a code for USER
 *     server DIR verify USER PURPOSE [TIME]           reads the code that USER typed
 *     server DIR enrol USER MACHINE                   prints a key, for `agent enrol`
 *     server DIR answer USER PURPOSE VALIDITY [TIME]  reads a request code
 *
 * PURPOSE is reset, register or bypass. VALIDITY is 1d to 31d, or 1mo; for online codes
 * also 1m to 24h. TIME is in Unix seconds, by default the clock's. Codes are read from
 * standard input. The exit status is 0 for yes, 1 for no, 2 for a wrong call. All who can
 * read DIR may do all this; a server for several people checks stopgap_role_may. */
#include "store.h"

static struct stopgap_error why; /* of the last failure */

static int issue(const struct stopgap_key_ring *ring, const char *user, stopgap_purpose purpose,
                 stopgap_validity validity, int64_t now)
{
    struct stopgap_online_policy policy = stopgap_online_policy_default();
    struct stopgap_issue_request request = {
        .size = sizeof request, .user = stopgap_text_of(user), .policy = &policy
    };
    struct stopgap_online_grant_info info = {.size = sizeof info};
    struct stopgap_online_grant *grant = NULL;
    struct stopgap_code code;
    int result = 1;
    policy.validity = validity;
    policy.purposes = purpose;
    /* A password is reset once; a bypass is for every logon until it expires. */
    policy.max_uses = purpose == STOPGAP_PURPOSE_BYPASS ? STOPGAP_UNLIMITED : 1;
    if (stopgap_online_issue(ring, &request, now, &code, &grant, &why) != STOPGAP_OK
        || stopgap_online_grant_info(grant, &info, &why) != STOPGAP_OK)
        result = refuse(&why);
    else if (keep_grant(grant, &why) == 0) { /* before it is printed */
        printf("%s", code.text);
        print_time(" until", info.expires_at);
        result = 0;
    }
    stopgap_online_grant_free(&grant);
    stopgap_wipe(&code, sizeof code);
    return result;
}

/* Seals the failures of a user. */
static stopgap_status keep_throttle(const struct stopgap_key_ring *ring, struct stopgap_text user,
                                    const struct stopgap_throttle *throttle, struct kept *kept)
{
    struct stopgap_user_throttle *record = NULL;
    stopgap_status status = stopgap_user_throttle_seal(ring, user, throttle, &record, &why);
    if (status == STOPGAP_OK)
        status = set_failures(kept, record, &why);
    stopgap_user_throttle_free(&record);
    return status;
}

/* Verifies what the user typed, and counts a use. */
static stopgap_status try_grants(const struct stopgap_key_ring *ring,
                                 const struct stopgap_verify_request *request, int64_t now,
                                 struct stopgap_granted *granted)
{
    struct stopgap_online_grant *grants[ROOM];
    struct stopgap_online_grants all = {grants, count_of(records.grants)};
    stopgap_status status = read_grants(grants, &why);
    if (status == STOPGAP_OK)
        status = stopgap_online_verify_any(all, ring, request, now, granted, &why);
    if (status == STOPGAP_OK)
        status = set_grant(granted->index, grants[granted->index], &why);
    free_grants(grants);
    return status;
}

/* Verifies what the user typed, and changes the records: the use, or the failure. `failures`
 * is NULL if there were none so far. */
static stopgap_status try_code(const struct stopgap_key_ring *ring,
                               const struct stopgap_verify_request *request,
                               const struct stopgap_user_throttle *failures, struct kept *kept,
                               int64_t now, struct stopgap_granted *granted)
{
    struct stopgap_throttle_policy policy = stopgap_throttle_policy_default();
    struct stopgap_throttle throttle = stopgap_throttle_new();
    stopgap_status status = STOPGAP_OK, sealed = STOPGAP_OK;
    if (failures != NULL)
        status = stopgap_user_throttle_open(failures, ring, request->user, &throttle, &why);
    if (status != STOPGAP_OK)
        return status;
    status = stopgap_throttle_check(&throttle, &policy, now, &why);
    if (status == STOPGAP_OK)
        status = try_grants(ring, request, now, granted);
    if (status == STOPGAP_OK)
        throttle = stopgap_throttle_new();
    if (status == STOPGAP_ERR_UNKNOWN) /* a guess, unlike a typo or an expired code */
        sealed = stopgap_throttle_fail(&throttle, &policy, now, NULL);
    if (sealed == STOPGAP_OK)
        sealed = keep_throttle(ring, request->user, &throttle, kept);
    return sealed == STOPGAP_OK ? status : sealed;
}

static int verify(const struct stopgap_key_ring *ring, const char *user, stopgap_purpose purpose,
                  const char *typed, size_t length, int64_t now)
{
    struct stopgap_verify_request request = {
        .size = sizeof request, .user = stopgap_text_of(user),
        .text = {typed, length}, .purpose = purpose
    };
    struct stopgap_user_throttle *failures = NULL;
    struct kept *kept = failures_of(user, &failures);
    struct stopgap_granted granted = {.size = sizeof granted};
    stopgap_status status;
    if (kept == NULL)
        return no_room();
    status = try_code(ring, &request, failures, kept, now, &granted);
    stopgap_user_throttle_free(&failures);
    if (keep_records() != 0) /* before the answer */
        return 1;
    if (status != STOPGAP_OK)
        return refuse(&why);
    print_time("granted until", granted.expires_at);
    return 0;
}

/* Enrols a machine. If it was enrolled before, this retires its old key. */
static int enrol(const struct stopgap_key_ring *ring, const char *user, const char *machine,
                 int64_t now)
{
    struct stopgap_enrolment *enrolments[ROOM];
    struct stopgap_enrolment_request request = {
        .size = sizeof request, .user = stopgap_text_of(user),
        .machine = stopgap_text_of(machine)
    };
    struct stopgap_enrolment_key *key = NULL;
    uint8_t bytes[STOPGAP_KEY_SIZE];
    char digits[2 * STOPGAP_KEY_SIZE + 1];
    int result = 1;
    size_t place;
    if (read_enrolments(enrolments, &why) != STOPGAP_OK)
        result = refuse(&why);
    else if ((place = place_of_enrolment(enrolments, user, machine)) == ROOM)
        result = no_room();
    else if ((enrolments[place] != NULL
                  ? stopgap_enrolment_next(enrolments[place], ring, now, &why)
                  : stopgap_enrolment_new(ring, &request, now, &enrolments[place], &why)) != STOPGAP_OK
             || stopgap_enrolment_key_derive(enrolments[place], ring, &key, &why) != STOPGAP_OK
             || stopgap_enrolment_key_reveal(key, bytes, sizeof bytes, &why) != STOPGAP_OK)
        result = refuse(&why);
    else if (keep_enrolment(place, enrolments[place], &why) == 0) {
        hex_of(bytes, digits);
        result = puts(digits) < 0;
    }
    free_enrolments(enrolments);
    stopgap_enrolment_key_free(&key);
    stopgap_wipe(bytes, sizeof bytes);
    stopgap_wipe(digits, sizeof digits);
    return result;
}

static int answer(const struct stopgap_key_ring *ring, const char *user, stopgap_purpose purpose,
                  stopgap_validity validity, const char *typed, size_t length, int64_t now)
{
    struct stopgap_enrolment *enrolments[ROOM];
    struct stopgap_offline_policy policy = stopgap_offline_policy_default();
    struct stopgap_answer_request request = {
        .size = sizeof request, .user = stopgap_text_of(user), .text = {typed, length},
        .enrolments = enrolments, .count = count_of(records.enrolments), .purpose = purpose, .policy = &policy
    };
    struct stopgap_enrolment_info machine = {.size = sizeof machine};
    struct stopgap_answer answer;
    int result = 1;
    policy.validity = validity;
    if (read_enrolments(enrolments, &why) != STOPGAP_OK
        || stopgap_offline_answer(ring, &request, now, &answer, &why) != STOPGAP_OK
        || stopgap_enrolment_info(enrolments[answer.index], &machine, &why) != STOPGAP_OK)
        result = refuse(&why);
    else {
        printf("%s for %.*s", answer.code.text, (int)machine.machine.len, machine.machine.ptr);
        if (answer.late)
            printf(", which may refuse it because the request is old");
        if (answer.expires_at == STOPGAP_NEVER) /* a reset has no lock */
            putchar('\n');
        else
            print_time(" until", answer.expires_at);
        result = 0;
    }
    stopgap_wipe(&answer, sizeof answer);
    free_enrolments(enrolments);
    return result;
}

static int usage(void)
{
    fputs("server init DIR\n"
          "server DIR issue USER PURPOSE VALIDITY [TIME]\n"
          "server DIR verify USER PURPOSE [TIME]\n"
          "server DIR enrol USER MACHINE\n"
          "server DIR answer USER PURPOSE VALIDITY [TIME]\n",
          stderr);
    return 2;
}

int main(int argc, char **argv)
{
    const char *command = argc > 2 ? argv[2] : "";
    int issues = is(command, "issue"), verifies = is(command, "verify");
    int enrols = is(command, "enrol"), answers = is(command, "answer");
    int64_t now = time_or_now(argc > 5 ? argv[verifies ? 5 : 6] : NULL);
    struct stopgap_key_ring *ring = NULL;
    stopgap_purpose purpose = STOPGAP_PURPOSE_BYPASS;
    stopgap_validity validity = 1;
    char typed[300]; /* longer than a code, to notice one that is too long */
    size_t length = 0;
    int result = 1;

    argv = in_utf8(argv);
    begin_printing();
    if (argc == 3 && is(argv[1], "init"))
        return enter(argv[2], 1) == 0 && make_store() == 0 ? 0 : 1;
    if (argc < (issues || answers ? 6 : 5) || !(issues || verifies || enrols || answers))
        return usage();
    if ((!enrols && stopgap_purpose_parse(stopgap_text_of(argv[4]), &purpose, &why) != STOPGAP_OK)
        || ((issues || answers)
            && stopgap_validity_parse(stopgap_text_of(argv[5]), &validity, &why) != STOPGAP_OK))
        return refuse(&why);
    if (verifies || answers) /* before other processes must wait */
        length = read_line(typed, sizeof typed);
    if (enter(argv[1], 0) == 0 && load_records() == 0 && (ring = load_ring()) != NULL)
        result = issues ? issue(ring, argv[3], purpose, validity, now)
            : verifies  ? verify(ring, argv[3], purpose, typed, length, now)
            : enrols    ? enrol(ring, argv[3], argv[4], now)
                        : answer(ring, argv[3], purpose, validity, typed, length, now);
    stopgap_key_ring_free(&ring);
    stopgap_wipe(typed, sizeof typed);
    return end_printing(result);
}
