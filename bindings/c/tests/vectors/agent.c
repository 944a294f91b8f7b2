// Sessions at one machine, restarted from its sealed state at every step.

#include "vector.h"

#include <stdlib.h>
#include <string.h>

// A request to redeem a code, for one call.
#define REDEEM(typed, purpose, zone)                                                      \
    (&(struct stopgap_redeem_request){sizeof(struct stopgap_redeem_request), typed, purpose, \
                                      zone})

// The disk of the machine, and how often it was written.
struct disk {
    struct stopgap_sealed_state state;
    int kept;
};

static int32_t keep_on_disk(void *context, const struct stopgap_sealed_state *state) {
    struct disk *disk = context;
    disk->state = *state;
    disk->kept++;
    return 0;
}

static struct stopgap_agent_policy agent_policy_of(struct vector *v) {
    struct stopgap_agent_policy policy = stopgap_agent_policy_default();
    policy.window_minutes =
        (uint16_t)figure(v, "windowMinutes", policy.window_minutes, UINT16_MAX);
    policy.diagnose_minutes =
        (uint16_t)figure(v, "diagnoseMinutes", policy.diagnose_minutes, UINT16_MAX);
    policy.clock_tolerance_seconds =
        figure(v, "clockToleranceSeconds", policy.clock_tolerance_seconds, UINT32_MAX);
    policy.throttle = throttle_policy_of(v);
    return policy;
}

// Returns the failures in a sealed state (SPEC, "Sealed state").
static int64_t failures_of(const struct stopgap_sealed_state *state) {
    int64_t failures = 0;
    for (size_t i = 40; i < 44; i++) {
        failures = failures << 8 | state->bytes[i];
    }
    return failures;
}

static void redeem(struct vector *v, struct stopgap_agent *agent, const struct stopgap_keep *keep,
                   int64_t now) {
    struct text zone = {NULL, 0};
    struct text typed = text_of(v, v->step, "code");
    stopgap_purpose purpose = purpose_of(v, text_of(v, v->step, "purpose"));
    int64_t until = STOPGAP_NEVER;
    stopgap_status status;
    if (!is_null(v->test, "zone")) {
        zone = text_of(v, v->test, "zone");
    }
    status = stopgap_agent_redeem(agent, REDEEM(stopgap_text_n(typed.bytes, typed.length), purpose, stopgap_text_n(zone.bytes, zone.length)), now, keep, &until, NULL);
    expect_text(v, "result", refusal_of(status), text_of(v, v->step, "result"));
    expect_time(v, until, v->step, "lockExpiresAt");
    expect_number(v, "failures", failures_of(&((struct disk *)keep->context)->state),
                  number_of(v, v->step, "failures"));
}

// The lock of a code that the server granted. Without an active lock there is no refusal.
static void granted_online(struct vector *v, struct stopgap_agent *agent,
                           const struct stopgap_keep *keep, int64_t now) {
    int64_t until = STOPGAP_NEVER;
    stopgap_status status = stopgap_agent_activate(agent, number_of(v, v->step, "expiresAt"), now,
                                                   keep, &until, NULL);
    const char *result = status == STOPGAP_ERR_NO_LOCK ? "ok" : refusal_of(status);
    expect_text(v, "result", result, text_of(v, v->step, "result"));
    // The agent returns the active lock; a vector may name one that has ended.
    yyjson_val *end = yyjson_obj_get(v->step, "lockExpiresAt");
    if (status == STOPGAP_ERR_NO_LOCK && yyjson_is_int(end) && yyjson_get_sint(end) <= now) {
        return;
    }
    expect_time(v, until, v->step, "lockExpiresAt");
}

static void password_only(struct vector *v, struct stopgap_agent *agent,
                          const struct stopgap_keep *keep, int64_t now) {
    yyjson_val *result = yyjson_obj_get(v->step, "result");
    int64_t until = STOPGAP_NEVER;
    int64_t shown = STOPGAP_NEVER;
    stopgap_status query = stopgap_agent_lock(agent, now, &shown, NULL);
    stopgap_status status = stopgap_agent_log_on(agent, now, keep, &until, NULL);
    expect_number(v, "the query's status", query, status);
    expect_number(v, "the query's end", shown == until, 1);
    if (!yyjson_is_bool(result)) {
        differs(v, "result: no boolean");
    }
    switch (status) {
    case STOPGAP_OK:
        expect_number(v, "active", 1, yyjson_is_true(result));
        // An active lock ends later.
        expect_number(v, "ends later", until > now, 1);
        break;
    case STOPGAP_ERR_NO_LOCK:
    case STOPGAP_ERR_CLOCK_ROLLED_BACK:
    case STOPGAP_ERR_TIME_OUT_OF_RANGE:
        expect_number(v, "active", 0, yyjson_is_true(result));
        break;
    default:
        expect_ok(v, "lock", status);
    }
}

// Runs one step of an agent that was just started.
static void agent_step(struct vector *v, struct stopgap_agent *agent, struct disk *disk) {
    struct stopgap_keep keep = {keep_on_disk, disk};
    struct stopgap_sealed_state sealed = {{0}};
    struct text op = text_of(v, v->step, "op");
    int64_t now = number_of(v, v->step, "at");
    disk->kept = 0;
    if (is(op, "requestCode")) {
        struct stopgap_code code = {""};
        expect_ok(v, "request code", stopgap_agent_request_code(agent, now, &code, NULL));
        expect_text(v, "request code", code.text, text_of(v, v->step, "result"));
        expect_number(v, "times kept", disk->kept, 0);
        return;
    }
    if (is(op, "redeem")) {
        redeem(v, agent, &keep, now);
    } else if (is(op, "passwordOnly")) {
        password_only(v, agent, &keep, now);
    } else if (is(op, "grantedOnline")) {
        granted_online(v, agent, &keep, now);
    } else if (is(op, "clear")) {
        expect_ok(v, "clear", stopgap_agent_clear_lock(agent, &keep, NULL));
    } else if (is(op, "resetThrottle")) {
        expect_ok(v, "unlock", stopgap_agent_unlock(agent, &keep, NULL));
    } else {
        differs(v, "no such step");
    }
    if (is(op, "passwordOnly")) {
        // Logging on stores the state only if it must.
        expect_number(v, "times kept", disk->kept <= 1, 1);
        expect_ok(v, "seal", stopgap_agent_seal(agent, &disk->state, NULL));
    } else {
        expect_number(v, "times kept", disk->kept, 1);
    }
    expect_ok(v, "seal", stopgap_agent_seal(agent, &sealed, NULL));
    if (memcmp(&sealed, &disk->state, sizeof sealed) != 0) {
        differs(v, "the stored state is not the sealed state");
    }
}

void run_agent(struct vector *v) {
    struct stopgap_agent_policy policy = agent_policy_of(v);
    struct stopgap_enrolment_key *key = NULL;
    struct stopgap_agent *agent = NULL;
    struct disk disk = {{{0}}, 0};
    size_t length;
    size_t index;
    size_t most;
    yyjson_val *steps = array_of(v, v->test, "steps");
    uint8_t *bytes = bytes_of(v, text_of(v, v->test, "enrolmentKey"), &length);

    expect_text(v, "result", "valid", text_of(v, v->test, "result"));
    expect_ok(v, "key", stopgap_enrolment_key_from_bytes(bytes, length, &key, NULL));
    expect_ok(v, "agent", stopgap_agent_new(key, &policy, &agent, NULL));
    expect_ok(v, "seal", stopgap_agent_seal(agent, &disk.state, NULL));
    stopgap_agent_free(&agent);
    yyjson_arr_foreach(steps, index, most, v->step) {
        expect_ok(v, "resume",
                  stopgap_agent_resume(key, &policy, disk.state.bytes, sizeof disk.state.bytes,
                                       &agent, NULL));
        agent_step(v, agent, &disk);
        stopgap_agent_free(&agent);
    }
    v->step = NULL;
    expect_bytes(v, "sealedState", disk.state.bytes, sizeof disk.state.bytes,
                 text_of(v, v->test, "sealedState"));
    stopgap_enrolment_key_free(&key);
    free(bytes);
}
