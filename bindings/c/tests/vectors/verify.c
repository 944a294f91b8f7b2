// Sessions of online codes at a server with idempotency keys, by a small model of a store.
// The grants decide about codes; the model remembers answers (protocol, "Idempotency keys").

#include "vector.h"

#include <stdlib.h>
#include <string.h>

#define MOST_CODES 16
#define MOST_ANSWERS 256

// A code that was issued.
struct issued {
    struct text label;
    struct stopgap_code code;
    struct stopgap_online_grant grant;
};

// An answer that is remembered under an idempotency key.
struct remembered {
    struct text user;
    struct text key;
    struct stopgap_code code;
    stopgap_purpose purpose;
    int64_t at;
    stopgap_status status;
    struct stopgap_granted granted;
    size_t index; // of the grant, if the answer is one
};

// The store of the server.
struct store {
    struct stopgap_key_ring *ring;
    struct issued issued[MOST_CODES];
    struct stopgap_online_grant grants[MOST_CODES];
    size_t codes;
    struct remembered remembered[MOST_ANSWERS];
    size_t answers;
    int64_t replay_seconds;
};

// The answer to one verification.
struct verdict {
    const char *result;
    uint32_t uses_left;
    int replayed;
    int failure;
};

static int same(struct text one, struct text other) {
    return one.length == other.length && memcmp(one.bytes, other.bytes, one.length) == 0;
}

static void issue(struct vector *v, struct store *store, yyjson_val *given, int64_t now) {
    struct stopgap_online_policy policy = stopgap_online_policy_default();
    struct issued *issued = &store->issued[store->codes];
    struct stopgap_online_grant *grant = &store->grants[store->codes];
    struct text user = text_of(v, given, "user");
    yyjson_val *purposes = array_of(v, given, "purposes");
    yyjson_val *word;
    size_t index;
    size_t most;

    policy.purposes = 0;
    yyjson_arr_foreach(purposes, index, most, word) {
        struct text text = {yyjson_get_str(word), yyjson_get_len(word)};
        policy.purposes |= purpose_of(v, text);
    }
    if (!is_null(given, "maxUses")) {
        policy.max_uses = (uint32_t)number_of(v, given, "maxUses");
    }
    issued->label = text_of(v, given, "label");
    expect_ok(v, "issue",
              stopgap_online_issue(&policy, store->ring, user.bytes, user.length, now, NULL, 0, NULL,
                                   &issued->code, grant, NULL));
    if (!is_null(given, "notBefore")) {
        grant->not_before = number_of(v, given, "notBefore");
    }
    grant->expires_at = number_of(v, given, "expiresAt");
    store->codes++;
}

// Returns the index of a code, or the number of codes for one that was not issued.
static size_t index_of(const struct store *store, struct text label) {
    size_t index = 0;
    while (index < store->codes && !same(store->issued[index].label, label)) {
        index++;
    }
    return index;
}

// Returns 1 if a code is one of the user's, whatever its state.
static int is_of_user(const struct store *store, struct text user, const struct stopgap_code *code,
                      stopgap_purpose purpose, int64_t now) {
    for (size_t i = 0; i < store->codes; i++) {
        struct stopgap_granted granted;
        if (stopgap_online_check(&store->grants[i], store->ring, user.bytes, user.length, code->text,
                                 strlen(code->text), purpose, now, &granted, NULL)
            != STOPGAP_UNKNOWN) {
            return 1;
        }
    }
    return 0;
}

static struct verdict told(stopgap_status status, const struct stopgap_granted *granted) {
    struct verdict verdict = {refusal_of(status), 0, 0, status == STOPGAP_UNKNOWN};
    if (status == STOPGAP_OK) {
        verdict.result = "granted";
        verdict.uses_left = granted->uses_left;
    }
    return verdict;
}

// Answers a verification whose idempotency key is known.
static struct verdict answer_again(const struct store *store, const struct remembered *known,
                                   struct text user, const struct stopgap_code *code,
                                   stopgap_purpose purpose, int64_t now) {
    struct verdict verdict = {"idempotency_key_expired", 0, 0, 0};
    if (now >= known->at + store->replay_seconds) {
        return verdict;
    }
    if (strcmp(known->code.text, code->text) != 0 || known->purpose != purpose) {
        verdict.result = "idempotency_key_reused";
        verdict.failure = !is_of_user(store, user, code, purpose, now);
        return verdict;
    }
    if (known->status == STOPGAP_OK) {
        // A granted answer is not replayed once the code is revoked or has expired.
        const struct stopgap_online_grant *grant = &store->grants[known->index];
        if (grant->revoked_at != STOPGAP_NEVER) {
            return told(STOPGAP_REVOKED, NULL);
        }
        if (now >= grant->expires_at) {
            return told(STOPGAP_EXPIRED, NULL);
        }
    }
    verdict = told(known->status, &known->granted);
    verdict.replayed = 1;
    verdict.failure = 0;
    return verdict;
}

static struct verdict verify(struct vector *v, struct store *store, const struct stopgap_code *code,
                             int64_t now) {
    struct text user = text_of(v, v->step, "user");
    stopgap_purpose purpose = purpose_of(v, text_of(v, v->step, "purpose"));
    struct remembered answer = {0};
    int has_key = !is_null(v->step, "idempotencyKey");

    if (has_key) {
        answer.key = text_of(v, v->step, "idempotencyKey");
        for (size_t i = 0; i < store->answers; i++) {
            const struct remembered *known = &store->remembered[i];
            if (same(known->user, user) && same(known->key, answer.key)) {
                return answer_again(store, known, user, code, purpose, now);
            }
        }
    }
    answer.user = user;
    answer.code = *code;
    answer.purpose = purpose;
    answer.at = now;
    answer.status = stopgap_online_verify_any(store->grants, store->codes, store->ring, user.bytes,
                                              user.length, code->text, strlen(code->text), purpose,
                                              now, &answer.index, &answer.granted, NULL);
    if (has_key && store->answers < MOST_ANSWERS) {
        store->remembered[store->answers++] = answer;
    }
    return told(answer.status, &answer.granted);
}

static void verify_step(struct vector *v, struct store *store) {
    static const struct stopgap_code wrong = {"0000-0000-0000"};
    int64_t now = number_of(v, v->step, "at");
    struct text op = text_of(v, v->step, "op");
    struct text label = text_of(v, v->step, "code");
    size_t index = index_of(store, label);
    struct verdict verdict;

    if (index == store->codes && !is(label, "wrong")) {
        differs(v, "no such code");
        return;
    }
    if (is(op, "revoke")) {
        expect_ok(v, "revoke", stopgap_online_revoke(&store->grants[index], now, NULL));
        return;
    }
    if (!is(op, "verify")) {
        differs(v, "no such step");
        return;
    }
    verdict =
        verify(v, store, index == store->codes ? &wrong : &store->issued[index].code, now);
    expect_text(v, "result", verdict.result, text_of(v, v->step, "result"));
    if (is(text_of(v, v->step, "result"), "granted")) {
        int64_t uses_left = is_null(v->step, "usesLeft") ? (int64_t)STOPGAP_UNLIMITED
                                                         : number_of(v, v->step, "usesLeft");
        expect_number(v, "usesLeft", verdict.uses_left, uses_left);
    }
    expect_number(v, "replayed", verdict.replayed,
                  yyjson_is_true(yyjson_obj_get(v->step, "replayed")));
    expect_number(v, "failure", verdict.failure,
                  yyjson_is_true(yyjson_obj_get(v->step, "failure")));
}

void run_verify(struct vector *v) {
    struct stopgap_master_key master = {{7}};
    struct store *store = calloc(1, sizeof *store);
    yyjson_val *codes = array_of(v, v->test, "codes");
    yyjson_val *steps = array_of(v, v->test, "steps");
    yyjson_val *given;
    size_t index;
    size_t most;

    if (store == NULL || yyjson_arr_size(codes) > MOST_CODES
        || yyjson_arr_size(steps) > MOST_ANSWERS) {
        abort();
    }
    expect_text(v, "result", "valid", text_of(v, v->test, "result"));
    store->replay_seconds = figure(v, "replaySeconds", 600, UINT32_MAX);
    expect_ok(v, "ring", stopgap_key_ring_new(1, &master, &store->ring, NULL));
    yyjson_arr_foreach(codes, index, most, given) {
        issue(v, store, given, number_of(v, yyjson_arr_get_first(steps), "at"));
    }
    yyjson_arr_foreach(steps, index, most, v->step) {
        verify_step(v, store);
    }
    v->step = NULL;
    stopgap_key_ring_free(&store->ring);
    free(store);
}
