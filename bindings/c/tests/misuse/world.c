#include "world.h"

struct world w;

#define MARK 0xA5

static int cases;
static int failures;
static int verbose;
static const char *current;
static struct inputs before;
static stopgap_sealed_state agent_before;
static uint8_t record_before[1024];
static size_t record_length;
static struct outputs untouched;

static int32_t fill(void *context, uint8_t *bytes, size_t length) {
    struct callbacks *callbacks = context;
    callbacks->calls++;
    memset(bytes, 0x50 + callbacks->calls % 16, length);
    return callbacks->answer;
}

static int32_t keep(void *context, const stopgap_sealed_state *state) {
    struct callbacks *callbacks = context;
    callbacks->calls++;
    callbacks->kept = *state;
    return callbacks->answer;
}

static int32_t role_of(void *context, struct stopgap_text user,
                       stopgap_role *role) {
    struct callbacks *callbacks = context;
    callbacks->calls++;
    if (user.len != 5 || memcmp(user.ptr, "alice", 5) != 0) {
        return -1;
    }
    *role = callbacks->role;
    return callbacks->answer;
}

void must(stopgap_status status) {
#ifdef MEMORY
    if (status == STOPGAP_ERR_OUT_OF_MEMORY) {
        out_of_memory_on_the_way();
    }
#endif
    if (status != STOPGAP_OK) {
        printf("%s: on the way: %s\n", current ? current : "the world",
               stopgap_status_name(status));
        exit(3);
    }
}

/* Member by member, because padding would be compared as well. */
static void make_policies(void) {
    stopgap_online_policy online = stopgap_online_policy_default();
    stopgap_offline_policy offline = stopgap_offline_policy_default();
    w.in.online.not_before = online.not_before;
    w.in.online.format = online.format;
    w.in.online.validity = online.validity;
    w.in.online.purposes = online.purposes;
    w.in.online.max_uses = online.max_uses;
    w.in.offline.alphabet = offline.alphabet;
    w.in.offline.validity = offline.validity;
    w.in.offline.locate = offline.locate;
}

stopgap_verify_request asking(const char *user, const char *typed, stopgap_purpose purpose) {
    stopgap_verify_request request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.user = stopgap_text_of(user);
    request.text = stopgap_text_of(typed);
    request.purpose = purpose;
    return request;
}

struct stopgap_online_grant_info members_of(const stopgap_online_grant *grant) {
    struct stopgap_online_grant_info info;
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    must(stopgap_online_grant_info(grant, &info, NULL));
    return info;
}

struct stopgap_enrolment_info members_of_enrolment(const stopgap_enrolment *enrolment) {
    struct stopgap_enrolment_info info;
    memset(&info, 0, sizeof info);
    info.size = sizeof info;
    must(stopgap_enrolment_info(enrolment, &info, NULL));
    return info;
}

stopgap_enrolment_request enrolling(const char *machine) {
    stopgap_enrolment_request request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.user = stopgap_text_of("alice");
    request.machine = stopgap_text_of(machine);
    return request;
}

void migrate_again(size_t place, uint32_t generation) {
    stopgap_enrolment_request request = enrolling("LAPTOP-17");
    stopgap_enrolment_free(&w.in.enrolments[place]);
    must(stopgap_enrolment_migrate(w.ring, &request, generation, NOW, &w.in.enrolments[place],
                                   NULL));
}

stopgap_online_grant *copy_of(const stopgap_online_grant *grant) {
    stopgap_online_grant *copy = NULL;
    uint8_t bytes[1024];
    stopgap_bytes all;
    all.ptr = bytes;
    must(stopgap_online_grant_to_bytes(grant, bytes, sizeof bytes, &all.len, NULL));
    must(stopgap_online_grant_from_bytes(all, &copy, NULL));
    return copy;
}

void issue_again(void) {
    stopgap_online_grant_free(&w.in.grant);
    stopgap_online_grant_free(&w.in.grants[1]);
    must(stopgap_online_issue(w.ring, &w.in.issue, NOW, &w.in.code, &w.in.grant, NULL));
    w.in.grants[1] = copy_of(w.in.grant);
}

stopgap_online_grants grants_of(stopgap_online_grant **grants, size_t count) {
    stopgap_online_grants all;
    all.ptr = grants;
    all.count = count;
    return all;
}

static void make_requests(void) {
    struct inputs *in = &w.in;
    in->issue.size = sizeof in->issue;
    in->issue.user = stopgap_text_of("alice");
    in->issue.policy = &in->online;
    in->issue.zone = stopgap_text_of(BERLIN);
    in->issue.random = &in->random;
    in->issue.reason = stopgap_text_of("lost token");
    in->secure.size = sizeof in->secure;
    in->actor.name = stopgap_text_of("root");
    in->actor.role = STOPGAP_ROLE_SUPER_ADMINISTRATOR;
    in->prefixes[0] = stopgap_text_of("stopgap");
    in->prefixes[1] = stopgap_text_of("acme");
    in->secure.actor = in->actor;
    in->secure.scopes.list = stopgap_text_of("backups:read backups:write");
    in->secure.same_as = stopgap_text_of("alice");
    in->secure.access = STOPGAP_ACCESS_SAME_AS;
    in->secure.description = stopgap_text_of("backups");
    in->authenticate.size = sizeof in->authenticate;
    in->authenticate.presented = stopgap_text_of(in->secret_text.text);
    in->authenticate.role_of = &in->knows;
    in->authenticate.prefixes = in->prefixes;
    in->authenticate.prefix_count = 2;
    in->change.size = sizeof in->change;
    in->change.actor = in->actor;
    in->change.event = STOPGAP_EVENT_RESET;
    in->rotate.size = sizeof in->rotate;
    in->rotate.actor = in->actor;
    in->rotate.overlap_seconds = 3600;
}

static void make_server(void) {
    struct inputs *in = &w.in;
    memset(&in->master, 9, sizeof in->master);
    must(stopgap_key_ring_new(1, &in->master, &w.ring, NULL));
    memset(&in->master, 7, sizeof in->master);
    must(stopgap_key_ring_add(w.ring, 2, &in->master, NULL));
    must(stopgap_online_issue(w.ring, &in->issue, NOW, &in->code, &in->grants[0], NULL));
    in->online.max_uses = 3;
    issue_again();
    in->verify = asking("alice", in->code.text, STOPGAP_PURPOSE_RESET);
    in->repeated.size = sizeof in->repeated;
    in->repeated.user = stopgap_text_of("alice");
    in->repeated.idempotency_key = stopgap_text_of("attempt-1");
    in->repeated.purpose = STOPGAP_PURPOSE_RESET;
    in->repeated.code = &in->code;
    in->repeated.answer.ptr = (const uint8_t *)"yes";
    in->repeated.answer.len = 3;
    must(stopgap_verification_seal(w.ring, &in->repeated, NOW, &in->verification, NULL));
    in->throttle.failures = 4;
    must(stopgap_user_throttle_seal(w.ring, TEXT("alice"), &in->throttle, &in->user_throttle,
                                    NULL));
    in->throttle.failures = 0;
    must(stopgap_preset_seal(w.ring, TEXT("lost token"), &in->online, &in->preset, NULL));
    in->secure.random = &in->random;
    must(stopgap_security_code_create(w.ring, &in->secure, NOW, &in->secret_text, &w.record,
                                      NULL));
    in->secure.random = NULL;
    must(stopgap_security_read(NULL, 0, TEXT(in->secret_text.text), &in->secret, NULL));
    must(stopgap_security_code_to_bytes(w.record, in->stored, sizeof in->stored,
                                        &in->stored_length, NULL));
}

static void make_machine(void) {
    struct inputs *in = &w.in;
    stopgap_answer answer;
    int64_t until;
    in->enrol = enrolling("LAPTOP-18");
    must(stopgap_enrolment_new(w.ring, &in->enrol, NOW, &in->enrolments[1], NULL));
    in->enrol = enrolling("LAPTOP-17");
    must(stopgap_enrolment_new(w.ring, &in->enrol, NOW, &in->enrolments[0], NULL));
    must(stopgap_enrolment_key_derive(in->enrolments[0], w.ring, &w.key, NULL));
    in->keys[0] = w.key;
    in->keys[1] = w.key;
    must(stopgap_agent_new(w.key, NULL, &w.agent, NULL));
    must(stopgap_agent_activate(w.agent, NOW + 3600, NOW, &in->keep, &until, NULL));
    must(stopgap_agent_seal(w.agent, &in->state, NULL));
    must(stopgap_agent_request_code(w.agent, NOW, &in->request, NULL));
    in->asked.size = sizeof in->asked;
    in->asked.user = stopgap_text_of("alice");
    in->asked.text = stopgap_text_of(in->request.text);
    in->asked.enrolments = in->enrolments;
    in->asked.count = 2;
    in->asked.purpose = STOPGAP_PURPOSE_BYPASS;
    in->asked.policy = &in->offline;
    must(stopgap_offline_answer(w.ring, &in->asked, NOW, &answer, NULL));
    in->answer = answer.code;
    in->find.size = sizeof in->find;
    in->find.typed = stopgap_text_of(in->request.text);
    in->find.keys = in->keys;
    in->find.count = 2;
    in->find.alphabet = in->alphabet;
    in->find.policy = &in->locate;
    in->redeem.size = sizeof in->redeem;
    in->redeem.typed = stopgap_text_of(in->answer.text);
    in->redeem.purpose = STOPGAP_PURPOSE_BYPASS;
    in->redeem.zone = stopgap_text_of(BERLIN);
}

/* Outputs that can grow have their size before a call. */
static void mark_outputs(struct outputs *out) {
    mark(out, sizeof *out);
    out->authenticated.size = sizeof out->authenticated;
    out->info.size = sizeof out->info;
}

void make_world(void) {
    free_world();
    memset(&w, 0, sizeof w);
    w.callbacks.role = STOPGAP_ROLE_HELP_DESK;
    w.in.alphabet = stopgap_alphabet_unambiguous();
    w.in.format = stopgap_format_online();
    w.in.formats[0] = w.in.format;
    w.in.formats[1] = w.in.format;
    w.in.formats[1].length = 16;
    w.in.policy = stopgap_agent_policy_default();
    w.in.locate = stopgap_locate_policy_default();
    w.in.lockouts = stopgap_throttle_policy_default();
    w.in.random.fill = fill;
    w.in.random.context = &w.callbacks;
    w.in.keep.keep = keep;
    w.in.keep.context = &w.callbacks;
    w.in.knows.role_of = role_of;
    w.in.knows.context = &w.callbacks;
    w.in.failure.status = STOPGAP_ERR_EXPIRED;
    w.in.failure.time = NOW;
    w.in.throttle = stopgap_throttle_new();
    make_policies();
    make_requests();
    make_server();
    make_machine();
    w.callbacks.calls = 0;
    mark_outputs(&w.out);
}

void free_world(void) {
    free_outputs();
    stopgap_online_grant_free(&w.in.grant);
    stopgap_online_grant_free(&w.in.grants[0]);
    stopgap_online_grant_free(&w.in.grants[1]);
    stopgap_verification_free(&w.in.verification);
    stopgap_user_throttle_free(&w.in.user_throttle);
    stopgap_preset_free(&w.in.preset);
    stopgap_enrolment_free(&w.in.enrolments[0]);
    stopgap_enrolment_free(&w.in.enrolments[1]);
    stopgap_agent_free(&w.agent);
    stopgap_enrolment_key_free(&w.key);
    stopgap_security_code_free(&w.record);
    stopgap_key_ring_free(&w.ring);
}

/* Frees an output that a call has written. */
#define FREE(type, member)                                                               \
    do {                                                                                 \
        if (!is_marked(&w.out.member, sizeof w.out.member)) {                            \
            stopgap_##type##_free(&w.out.member);                                        \
        }                                                                                \
    } while (0)

void free_outputs(void) {
    FREE(key_ring, ring);
    FREE(enrolment_key, key);
    FREE(agent, agent);
    FREE(online_grant, grant);
    FREE(user_throttle, user_throttle);
    FREE(preset, preset);
    FREE(verification, verification);
    FREE(alphabet, alphabet);
    FREE(enrolment, enrolment);
    FREE(security_code, record);
    FREE(security_code, rotated.record);
    mark_outputs(&w.out);
}

stopgap_bytes bytes_of(const void *bytes, size_t length) {
    stopgap_bytes all;
    all.ptr = bytes;
    all.len = length;
    return all;
}

void mark(void *place, size_t size) { memset(place, MARK, size); }

int is_marked(const void *place, size_t size) {
    const unsigned char *bytes = place;
    size_t i;
    for (i = 0; i < size; i++) {
        if (bytes[i] != MARK) {
            return 0;
        }
    }
    return 1;
}

static void say(const char *what) {
    failures++;
    printf("FAILED %s: %s\n", current, what);
}

/* Marks all but the size of an output that begins with it, or tests for that. */
#define SIZED_OUTPUTS(DO)                                                                \
    DO(granted) DO(grant) DO(user_throttle) DO(preset) DO(verification) DO(alphabet)         \
    DO(enrolment)

static void mark_sized(void) {
#define MARK_ONE(member)                                                                 \
    mark(&w.sized.member, sizeof w.sized.member);                                        \
    w.sized.member.size = sizeof w.sized.member;
    SIZED_OUTPUTS(MARK_ONE)
}

static int is_sized_marked(void) {
    int marked = 1;
#define IS_ONE_MARKED(member)                                                            \
    marked = marked && w.sized.member.size == sizeof w.sized.member                      \
             && is_marked((char *)&w.sized.member + sizeof(size_t),                      \
                          sizeof w.sized.member - sizeof(size_t));
    SIZED_OUTPUTS(IS_ONE_MARKED)
    return marked;
}

/* The bytes of all records that are handles. */
struct records {
    uint8_t bytes[8][1024];
    size_t lengths[8];
};

static struct records records_before;

static void read_records(struct records *records) {
    size_t place = 0;
    memset(records, 0, sizeof *records);
#define READ_ONE(type, member)                                                           \
    if (w.in.member != NULL) {                                                           \
        must(stopgap_##type##_to_bytes(w.in.member, records->bytes[place],               \
                                       sizeof records->bytes[place],                     \
                                       &records->lengths[place], NULL));                 \
    }                                                                                    \
    place++;
    READ_ONE(online_grant, grant)
    READ_ONE(online_grant, grants[0])
    READ_ONE(online_grant, grants[1])
    READ_ONE(verification, verification)
    READ_ONE(user_throttle, user_throttle)
    READ_ONE(preset, preset)
    READ_ONE(enrolment, enrolments[0])
    READ_ONE(enrolment, enrolments[1])
}

void begin(const char *name) {
    current = name;
    cases++;
    if (verbose) {
        printf("%s\n", name);
    }
    free_outputs();
    mark(&w.error, sizeof w.error);
    memcpy(&before, &w.in, sizeof before);
    mark_sized();
    read_records(&records_before);
    mark_outputs(&untouched);
    if (w.record != NULL) {
        must(stopgap_security_code_to_bytes(w.record, record_before, sizeof record_before,
                                            &record_length, NULL));
    }
    if (w.agent != NULL) {
        must(stopgap_agent_seal(w.agent, &agent_before, NULL));
    }
}

static void compare(stopgap_status expected, stopgap_status got) {
    static struct records records_after;
    stopgap_sealed_state agent_after;
    uint8_t record_after[1024];
    size_t length = 0;
    if (expected != got) {
        printf("expected %s, got %s\n", stopgap_status_name(expected),
               stopgap_status_name(got));
        say("another status");
    }
    if (got == STOPGAP_OK) {
        return;
    }
    if (memcmp(&untouched, &w.out, sizeof untouched) != 0) {
        say("an output was written");
    }
    if (!is_sized_marked()) {
        say("an output with a size was written");
    }
    if (memcmp(&before, &w.in, sizeof before) != 0) {
        say("an input was changed");
        return;
    }
    read_records(&records_after);
    if (memcmp(&records_before, &records_after, sizeof records_after) != 0) {
        say("a record was changed");
    }
    if (w.record != NULL) {
        must(stopgap_security_code_to_bytes(w.record, record_after, sizeof record_after, &length,
                                            NULL));
        if (length != record_length || memcmp(record_before, record_after, length) != 0) {
            say("the record was changed");
        }
    }
    if (w.agent != NULL) {
        must(stopgap_agent_seal(w.agent, &agent_after, NULL));
        if (memcmp(&agent_before, &agent_after, sizeof agent_after) != 0) {
            say("the agent was changed");
        }
    }
}

void judge_without_error(stopgap_status expected, stopgap_status got) {
    compare(expected, got);
    if (!is_marked(&w.error, sizeof w.error)) {
        say("the error was written");
    }
}

void judge(stopgap_status expected, stopgap_status got) {
    if (got == STOPGAP_OK) {
        judge_without_error(expected, got);
        return;
    }
    compare(expected, got);
    if (w.error.status != got) {
        say("the error has another status");
    }
}

void check(const char *name, int holds) {
    begin(name);
    if (!holds) {
        say("it does not hold");
    }
}

int report(void) {
    printf("misuse: %d cases, %d failed\n", cases, failures);
    return failures == 0 ? 0 : 1;
}

int main(int count, char **arguments) {
#ifdef MEMORY
    int memory = cases_of_memory();
    (void)count;
    (void)arguments;
    free_outputs();
    free_world();
    return memory;
#else
    verbose = count > 1 && strcmp(arguments[1], "-v") == 0;
    make_world();
    cases_of_arguments();
    make_world();
    cases_of_buffers();
    make_world();
    cases_of_callbacks();
    make_world();
    cases_of_edits();
    make_world();
    cases_of_handles();
    make_world();
    cases_of_messages();
    make_world();
    cases_of_portable_bytes();
    make_world();
    cases_of_records();
    make_world();
    cases_of_requests();
    make_world();
    cases_of_figures();
    make_world();
    cases_of_states();
    make_world();
    cases_of_texts();
    make_world();
    cases_of_times();
    free_outputs();
    free_world();
    return report();
#endif
}
