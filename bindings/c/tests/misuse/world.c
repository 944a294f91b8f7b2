#include "world.h"

struct world w;

#define MARK 0xA5

static int cases;
static int failures;
static int verbose;
static const char *current;
static struct inputs before;
static stopgap_sealed_state agent_before;

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

static void make_requests(void) {
    struct inputs *in = &w.in;
    in->issue.size = sizeof in->issue;
    in->issue.user = stopgap_text_of("alice");
    in->issue.reason = stopgap_text_of("lost token");
    in->secure.size = sizeof in->secure;
    in->secure.scopes = &in->scopes;
    in->secure.same_as = stopgap_text_of("alice");
    in->secure.access = STOPGAP_ACCESS_SAME_AS;
    in->secure.description = stopgap_text_of("backups");
}

static void make_server(void) {
    struct inputs *in = &w.in;
    memset(&in->master, 9, sizeof in->master);
    must(stopgap_key_ring_new(1, &in->master, &w.ring, NULL));
    memset(&in->master, 7, sizeof in->master);
    must(stopgap_key_ring_add(w.ring, 2, &in->master, NULL));
    must(stopgap_online_issue(&in->online, w.ring, &in->issue, NOW, TEXT(BERLIN), &in->random,
                              &in->code, &in->grants[0], NULL));
    in->online.max_uses = 3;
    must(stopgap_online_issue(&in->online, w.ring, &in->issue, NOW, TEXT(BERLIN), &in->random,
                              &in->code, &in->grant, NULL));
    in->grants[1] = in->grant;
    in->verify = asking("alice", in->code.text, STOPGAP_PURPOSE_RESET);
    in->verify.idempotency_key = stopgap_text_of("attempt-1");
    must(stopgap_verification_seal(w.ring, &in->verify, &in->code, (const uint8_t *)"yes", 3, NOW,
                                   &in->verification, NULL));
    in->throttle.failures = 4;
    must(stopgap_user_throttle_seal(w.ring, TEXT("alice"), &in->throttle, &in->user_throttle,
                                    NULL));
    in->throttle.failures = 0;
    must(stopgap_preset_seal(w.ring, TEXT("lost token"), &in->online, &in->preset, NULL));
    in->actor.name = stopgap_text_n("root", 4);
    in->actor.role = STOPGAP_ROLE_SUPER_ADMINISTRATOR;
    memcpy(in->prefixes[0].text, "stopgap", 7);
    memcpy(in->prefixes[1].text, "acme", 4);
    must(stopgap_scopes_parse(TEXT("backups:read backups:write"), &in->scopes, NULL));
    must(stopgap_security_code_create(w.ring, NULL, &in->actor, &in->secure, NOW, &in->random,
                                      in->secret_text, sizeof in->secret_text, NULL,
                                      &in->record, NULL));
    must(stopgap_security_read(NULL, 0, TEXT(in->secret_text), &in->secret, NULL));
}

static void make_machine(void) {
    struct inputs *in = &w.in;
    stopgap_answer answer;
    int64_t until;
    must(stopgap_enrolment_new(w.ring, TEXT("alice"), TEXT("LAPTOP-17"), NOW, NULL,
                               &in->enrolments[0], NULL));
    must(stopgap_enrolment_new(w.ring, TEXT("alice"), TEXT("LAPTOP-18"), NOW, NULL,
                               &in->enrolments[1], NULL));
    must(stopgap_enrolment_key_derive(&in->enrolments[0], w.ring, &w.key, NULL));
    in->keys[0] = w.key;
    in->keys[1] = w.key;
    must(stopgap_agent_new(w.key, NULL, &w.agent, NULL));
    must(stopgap_agent_activate(w.agent, NOW + 3600, NOW, &in->keep, &until, NULL));
    must(stopgap_agent_seal(w.agent, &in->state, NULL));
    must(stopgap_agent_request_code(w.agent, NOW, &in->request, NULL));
    in->asked = asking("alice", in->request.text, STOPGAP_PURPOSE_BYPASS);
    must(stopgap_offline_answer(&in->offline, w.ring, in->enrolments, 2, &in->asked, NOW,
                                TEXT(BERLIN), &answer, NULL));
    in->answer = answer.code;
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
    must(stopgap_throttle_reset(&w.in.throttle, NULL));
    make_policies();
    make_requests();
    make_server();
    make_machine();
    w.callbacks.calls = 0;
    mark(&w.out, sizeof w.out);
}

void free_world(void) {
    free_outputs();
    stopgap_agent_free(&w.agent);
    stopgap_enrolment_key_free(&w.key);
    stopgap_key_ring_free(&w.ring);
}

void free_outputs(void) {
    if (!is_marked(&w.out.ring, sizeof w.out.ring)) {
        stopgap_key_ring_free(&w.out.ring);
    }
    if (!is_marked(&w.out.key, sizeof w.out.key)) {
        stopgap_enrolment_key_free(&w.out.key);
    }
    if (!is_marked(&w.out.agent, sizeof w.out.agent)) {
        stopgap_agent_free(&w.out.agent);
    }
    mark(&w.out, sizeof w.out);
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

void begin(const char *name) {
    current = name;
    cases++;
    if (verbose) {
        printf("%s\n", name);
    }
    free_outputs();
    mark(&w.error, sizeof w.error);
    memcpy(&before, &w.in, sizeof before);
    if (w.agent != NULL) {
        must(stopgap_agent_seal(w.agent, &agent_before, NULL));
    }
}

static void compare(stopgap_status expected, stopgap_status got) {
    stopgap_sealed_state agent_after;
    if (expected != got) {
        printf("expected %s, got %s\n", stopgap_status_name(expected),
               stopgap_status_name(got));
        say("another status");
    }
    if (got == STOPGAP_OK) {
        return;
    }
    if (!is_marked(&w.out, sizeof w.out)) {
        say("an output was written");
    }
    if (memcmp(&before, &w.in, sizeof before) != 0) {
        say("an input was changed");
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
