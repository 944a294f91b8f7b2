// The life of a security code, and of a throttle, step by step.

#include "vector.h"

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

static void life_step(struct vector *v, stopgap_life *life) {
    int64_t now = number_of(v, v->step, "at");
    struct text op = text_of(v, v->step, "op");
    struct stopgap_life_state state = {0, 0};
    if (!is(op, "state")) {
        // Nothing but an edit may look at the new expiry.
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
    stopgap_life life = STOPGAP_DELETED;
    size_t index;
    size_t most;
    yyjson_val *steps = array_of(v, v->test, "steps");

    expect_text(v, "result", "valid", text_of(v, v->test, "result"));
    expect_ok(v, "begin", stopgap_life_begin(number_of(v, v->test, "createdAt"), &life, NULL));
    yyjson_arr_foreach(steps, index, most, v->step) {
        life_step(v, &life);
    }
    v->step = NULL;
}

// What a trial is to say, and how often it was made.
struct trial {
    stopgap_status says;
    int made;
};

static stopgap_status try_it(void *context) {
    struct trial *trial = context;
    trial->made++;
    return trial->says;
}

static void throttle_step(struct vector *v, struct stopgap_throttle *throttle,
                          const struct stopgap_throttle_policy *policy) {
    int64_t now = number_of(v, v->step, "at");
    struct text op = text_of(v, v->step, "op");
    const char *result = "ok";
    if (is(op, "reset")) {
        expect_ok(v, "reset", stopgap_throttle_reset(throttle, NULL));
    } else {
        struct trial trial = {is(op, "succeed") ? STOPGAP_OK : STOPGAP_UNKNOWN, 0};
        stopgap_status status =
            stopgap_throttle_guard(throttle, policy, now, try_it, &trial, NULL);
        if (!is(op, "fail") && !is(op, "succeed")) {
            differs(v, "no such step");
        }
        // Behind a closed door nothing is tried.
        expect_number(v, "trials", trial.made, status == STOPGAP_THROTTLED ? 0 : 1);
        result = status == STOPGAP_UNKNOWN ? "counted" : word_of(status);
    }
    expect_text(v, "result", result, text_of(v, v->step, "result"));
    expect_number(v, "failures", throttle->failures, number_of(v, v->step, "failures"));
    expect_time(v, throttle->closed_until, v->step, "lockedUntil");
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
