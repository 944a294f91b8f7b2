// The lifetime of a security code, and a throttle, step by step.

#include "vector.h"

#include <string.h>

static stopgap_life_event event_of(struct vector *v, struct text op) {
    static const struct {
        const char *op;
        stopgap_life_event event;
    } events[] = {
        {"edit", STOPGAP_LIFE_EDIT},
        {"make_permanent", STOPGAP_LIFE_MAKE_PERMANENT},
        {"reset", STOPGAP_LIFE_RESET},
        {"reactivate", STOPGAP_LIFE_REACTIVATE},
        {"describe", STOPGAP_LIFE_DESCRIBE},
        {"delete", STOPGAP_LIFE_DELETE},
    };
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (is(op, events[i].op)) {
            return events[i].event;
        }
    }
    differs(v, "no such step");
    return 0;
}

static const char *state_name(stopgap_life_kind kind) {
    switch (kind) {
    case STOPGAP_LIFE_ACTIVE:
        return "active";
    case STOPGAP_LIFE_PERMANENT:
        return "permanent";
    case STOPGAP_LIFE_EXPIRED:
        return "expired";
    case STOPGAP_LIFE_GONE:
        return "gone";
    default:
        return "none";
    }
}

// A security code with its text, whose lifetime is changed.
struct session {
    struct stopgap_key_ring *ring;
    struct stopgap_security_code record;
    char text[STOPGAP_SECURITY_TEXT_SIZE];
};

static int32_t no_role(void *context, const char *user, size_t length, stopgap_role *role) {
    (void)context;
    (void)user;
    (void)length;
    (void)role;
    return 1;
}

static void authenticate(struct vector *v, const struct session *session, int64_t now) {
    struct stopgap_role_of knows = {no_role, NULL};
    struct stopgap_authenticated authenticated;
    stopgap_status status = stopgap_security_code_authenticate(
        &session->record, session->ring, NULL, 0, session->text, strlen(session->text), &knows, now,
        &authenticated, NULL);
    expect_text(v, "result", refusal_of(status), text_of(v, v->step, "result"));
}

static void life_step(struct vector *v, struct session *session) {
    int64_t now = number_of(v, v->step, "at");
    struct text op = text_of(v, v->step, "op");
    struct stopgap_life_state state = {0, 0};
    stopgap_life *life = &session->record.life;
    if (is(op, "authenticate")) {
        authenticate(v, session, now);
    } else if (!is(op, "state")) {
        // Only an edit may use the new expiry.
        int64_t expires_at =
            is(op, "edit") ? number_of(v, v->step, "expiresAt") : STOPGAP_NEVER;
        stopgap_status status =
            stopgap_life_apply(*life, event_of(v, op), expires_at, now, life, NULL);
        expect_text(v, "result", word_of(status), text_of(v, v->step, "result"));
    }
    expect_ok(v, "state", stopgap_life_state_at(*life, now, &state, NULL));
    expect_text(v, "state", state_name(state.kind), text_of(v, v->step, "state"));
    expect_time(v, state.time, v->step, "stateExpiresAt");
}

void run_lifecycle(struct vector *v) {
    struct session session = {0};
    struct stopgap_master_key master = {{7}};
    struct stopgap_actor root = {"root", 4, STOPGAP_SUPER_ADMINISTRATOR};
    struct stopgap_scopes scopes = stopgap_scopes_unlimited();
    struct stopgap_code code = {""};
    stopgap_life life = STOPGAP_DELETED;
    int64_t created_at = number_of(v, v->test, "createdAt");
    size_t index;
    size_t most;
    yyjson_val *steps = array_of(v, v->test, "steps");

    expect_text(v, "result", "valid", text_of(v, v->test, "result"));
    expect_ok(v, "ring", stopgap_key_ring_new(1, &master, &session.ring, NULL));
    expect_ok(v, "create",
              stopgap_security_code_create(session.ring, &root, STOPGAP_ACCESS_SUPER_ADMINISTRATOR,
                                           NULL, 0, &scopes, NULL, 0, created_at, NULL, &code,
                                           &session.record, NULL));
    expect_ok(v, "text",
              stopgap_security_text(&code, NULL, session.text, sizeof session.text, NULL, NULL));
    expect_ok(v, "begin", stopgap_life_begin(created_at, &life, NULL));
    expect_number(v, "life", session.record.life, life);
    yyjson_arr_foreach(steps, index, most, v->step) {
        life_step(v, &session);
    }
    v->step = NULL;
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
        status = stopgap_throttle_reset(throttle, &error);
    } else if (is(op, "check")) {
        status = stopgap_throttle_check(throttle, policy, now, &error);
    } else {
        struct attempt attempt = {is(op, "succeed") ? STOPGAP_OK : STOPGAP_UNKNOWN, 0};
        status = stopgap_throttle_guard(throttle, policy, now, run_attempt, &attempt, &error);
        if (!is(op, "fail") && !is(op, "succeed")) {
            differs(v, "no such step");
        }
        expect_number(v, "runs", attempt.runs, status == STOPGAP_THROTTLED ? 0 : 1);
    }
    expect_text(v, "result", status == STOPGAP_UNKNOWN ? "counted" : word_of(status),
                text_of(v, v->step, "result"));
    if (status == STOPGAP_THROTTLED) {
        expect_number(v, "end", error.time, until_reset ? STOPGAP_NEVER : throttle->closed_until);
    }
    expect_number(v, "failures", throttle->failures, number_of(v, v->step, "failures"));
    expect_time(v, throttle->closed_until, v->step, "lockedUntil");
    expect_number(v, "untilReset", throttle->failures >= policy->hard_limit, until_reset);
}

void run_throttle(struct vector *v) {
    struct stopgap_throttle_policy policy = throttle_policy_of(v);
    struct stopgap_throttle throttle = {0, 0, 0};
    size_t index;
    size_t most;
    yyjson_val *steps = array_of(v, v->test, "steps");

    expect_text(v, "result", "valid", text_of(v, v->test, "result"));
    expect_ok(v, "begin", stopgap_throttle_reset(&throttle, NULL));
    yyjson_arr_foreach(steps, index, most, v->step) {
        throttle_step(v, &throttle, &policy);
    }
    v->step = NULL;
}
