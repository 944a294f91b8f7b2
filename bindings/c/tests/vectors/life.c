// The lifecycle of a security code, and a throttle, step by step.

#include "vector.h"

#include <string.h>

static stopgap_lifecycle_event event_of(struct vector *v, struct text op) {
    static const struct {
        const char *op;
        stopgap_lifecycle_event event;
    } events[] = {
        {"edit", STOPGAP_EVENT_EDIT},
        {"make_permanent", STOPGAP_EVENT_MAKE_PERMANENT},
        {"reset", STOPGAP_EVENT_RESET},
        {"reactivate", STOPGAP_EVENT_REACTIVATE},
        {"delete", STOPGAP_EVENT_DELETE},
        {"describe", STOPGAP_EVENT_DESCRIBE},
    };
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (is(op, events[i].op)) {
            return events[i].event;
        }
    }
    differs(v, "no such step");
    return 0;
}

static const char *state_name(stopgap_lifecycle_kind kind) {
    switch (kind) {
    case STOPGAP_LIFECYCLE_ACTIVE:
        return "active";
    case STOPGAP_LIFECYCLE_PERMANENT:
        return "permanent";
    case STOPGAP_LIFECYCLE_EXPIRED:
        return "expired";
    case STOPGAP_LIFECYCLE_GONE:
        return "gone";
    default:
        return "none";
    }
}

// A security code with its text, whose lifetime is changed.
struct session {
    struct stopgap_key_ring *ring;
    struct stopgap_security_code *record;
    struct stopgap_security_text text;
};

static int32_t no_role(void *context, stopgap_text user, stopgap_role *role) {
    (void)context;
    (void)user;
    (void)role;
    return 1;
}

static void authenticate(struct vector *v, const struct session *session, int64_t now) {
    struct stopgap_role_of knows = {no_role, NULL};
    struct stopgap_authenticate_request request = {.size = sizeof request};
    struct stopgap_authenticated authenticated = {.size = sizeof authenticated};
    request.presented = stopgap_text_of(session->text.text);
    request.role_of = &knows;
    stopgap_status status = stopgap_security_code_authenticate(
        session->record, session->ring, &request, now, &authenticated, NULL);
    expect_text(v, "result", refusal_of(status), text_of(v, v->step, "result"));
}

static stopgap_status change(struct vector *v, struct session *session, struct text op,
                             int64_t now) {
    struct stopgap_security_change change = {.size = sizeof change};
    change.actor.name = stopgap_text_of("root");
    change.actor.role = STOPGAP_ROLE_SUPER_ADMINISTRATOR;
    change.event = event_of(v, op);
    // Only an edit may use the new expiry, and only a description the text.
    change.expires_at = is(op, "edit") ? number_of(v, v->step, "expiresAt") : STOPGAP_NEVER;
    change.description = stopgap_text_of(is(op, "describe") ? "nightly report" : "\n");
    return stopgap_security_code_apply(session->record, session->ring, &change, now, NULL);
}

// The bytes of a record.
struct bytes {
    uint8_t bytes[512];
    size_t length;
};

static struct bytes stored(struct vector *v, const struct session *session) {
    struct bytes all = {{0}, 0};
    expect_ok(v, "bytes",
              stopgap_security_code_to_bytes(session->record, all.bytes, sizeof all.bytes,
                                             &all.length, NULL));
    return all;
}

static void lifecycle_step(struct vector *v, struct session *session) {
    int64_t now = number_of(v, v->step, "at");
    struct text op = text_of(v, v->step, "op");
    struct stopgap_lifecycle_state state = {0};
    if (is(op, "authenticate")) {
        authenticate(v, session, now);
    } else if (!is(op, "state")) {
        struct bytes before = stored(v, session);
        stopgap_status status = change(v, session, op, now);
        expect_text(v, "result", word_of(status), text_of(v, v->step, "result"));
        struct bytes after = stored(v, session);
        if (status != STOPGAP_OK && memcmp(&before, &after, sizeof before) != 0) {
            differs(v, "a refused change changed the record");
        }
    }
    expect_ok(v, "state",
              stopgap_security_code_state(session->record, session->ring, now, &state, NULL));
    expect_text(v, "state", state_name(state.kind), text_of(v, v->step, "state"));
    expect_time(v, state.expires_at, v->step, "stateExpiresAt");
}

void run_lifecycle(struct vector *v) {
    struct session session = {0};
    struct stopgap_master_key master = {{7}};
    struct stopgap_security_request request = {.size = sizeof request};
    size_t index;
    size_t most;
    yyjson_val *steps = array_of(v, v->test, "steps");

    request.actor.name = stopgap_text_of("root");
    request.actor.role = STOPGAP_ROLE_SUPER_ADMINISTRATOR;
    request.scopes.unlimited = 1;
    request.access = STOPGAP_ACCESS_SUPER_ADMINISTRATOR;
    expect_text(v, "result", "valid", text_of(v, v->test, "result"));
    expect_ok(v, "ring", stopgap_key_ring_new(1, &master, &session.ring, NULL));
    expect_ok(v, "create",
              stopgap_security_code_create(session.ring, &request,
                                           number_of(v, v->test, "createdAt"), &session.text,
                                           &session.record, NULL));
    yyjson_arr_foreach(steps, index, most, v->step) {
        lifecycle_step(v, &session);
    }
    v->step = NULL;
    stopgap_security_code_free(&session.record);
    stopgap_key_ring_free(&session.ring);
}

// An attempt that returns a status and counts its runs.
struct attempt {
    stopgap_status status;
    int runs;
};

static stopgap_status run_attempt(void *context) {
    struct attempt *attempt = context;
    attempt->runs++;
    return attempt->status;
}

static void throttle_step(struct vector *v, struct stopgap_throttle *throttle,
                          const struct stopgap_throttle_policy *policy) {
    int64_t now = number_of(v, v->step, "at");
    struct text op = text_of(v, v->step, "op");
    int until_reset = yyjson_is_true(yyjson_obj_get(v->step, "untilReset"));
    struct stopgap_error error = {0};
    stopgap_status status = STOPGAP_OK;
    if (is(op, "reset")) {
        *throttle = stopgap_throttle_new();
    } else if (is(op, "check")) {
        status = stopgap_throttle_check(throttle, policy, now, &error);
    } else {
        struct attempt attempt = {is(op, "succeed") ? STOPGAP_OK : STOPGAP_ERR_UNKNOWN, 0};
        status = stopgap_throttle_guard(throttle, policy, now, run_attempt, &attempt, &error);
        if (!is(op, "fail") && !is(op, "succeed")) {
            differs(v, "no such step");
        }
        expect_number(v, "runs", attempt.runs, status == STOPGAP_ERR_THROTTLED ? 0 : 1);
    }
    expect_text(v, "result", status == STOPGAP_ERR_UNKNOWN ? "counted" : word_of(status),
                text_of(v, v->step, "result"));
    if (status == STOPGAP_ERR_THROTTLED) {
        expect_number(v, "end", error.time, until_reset ? STOPGAP_NEVER : throttle->locked_until);
    }
    expect_number(v, "failures", throttle->failures, number_of(v, v->step, "failures"));
    expect_time(v, throttle->locked_until, v->step, "lockedUntil");
    expect_number(v, "untilReset", throttle->failures >= policy->hard_limit, until_reset);
}

void run_throttle(struct vector *v) {
    struct stopgap_throttle_policy policy = throttle_policy_of(v);
    struct stopgap_throttle throttle = stopgap_throttle_new();
    size_t index;
    size_t most;
    yyjson_val *steps = array_of(v, v->test, "steps");

    expect_text(v, "result", "valid", text_of(v, v->test, "result"));
    yyjson_arr_foreach(steps, index, most, v->step) {
        throttle_step(v, &throttle, &policy);
    }
    v->step = NULL;
}
