// Sessions of online codes at a server with idempotency keys, by a small model of a store. The
// sealed records decide; the model only finds them (protocol, "Idempotency keys").

#include "vector.h"

#include <stdlib.h>
#include <string.h>

#define MOST_CODES 16
#define MOST_ANSWERS 256

// The stored answer to a verification, in the model's own form.
struct answer {
    stopgap_status status;
    uint32_t uses_left;
    uint32_t index; // of the record, if the code was granted
};

// A verification under an idempotency key, and its answer.
struct remembered {
    struct stopgap_verification *record;
    struct answer answer;
};

// The store of the server, and the codes that a store does not have.
struct store {
    struct stopgap_key_ring *ring;
    struct text labels[MOST_CODES];
    struct text symbols[MOST_CODES];
    struct stopgap_online_grant *grants[MOST_CODES];
    size_t codes;
    struct remembered remembered[MOST_ANSWERS];
    size_t answers;
    uint32_t replay_seconds;
};

// The result of a step, by the words of the vectors.
struct verdict {
    const char *result;
    uint32_t uses_left;
    int replayed;
    int failure;
};

static int same(struct text one, struct text other) {
    return one.length == other.length && memcmp(one.bytes, other.bytes, one.length) == 0;
}

// Returns the index of a code, or the number of codes for one that was not issued.
static size_t index_of(const struct store *store, struct text label) {
    size_t index = 0;
    while (index < store->codes && !same(store->labels[index], label)) {
        index++;
    }
    return index;
}

static struct verdict told(struct answer answer, int replayed) {
    struct verdict verdict = {refusal_of(answer.status), 0, replayed, 0};
    verdict.failure = !replayed && answer.status == STOPGAP_ERR_UNKNOWN;
    if (answer.status == STOPGAP_OK) {
        verdict.result = "granted";
        verdict.uses_left = answer.uses_left;
    }
    return verdict;
}

static struct verdict refused(stopgap_status status) {
    struct answer answer = {status, 0, 0};
    return told(answer, 0);
}

// Verifies a request against all records, which change if a code is granted.
static struct answer decide(struct store *store, const struct stopgap_verify_request *request,
                            int64_t now) {
    struct answer answer = {0, 0, 0};
    struct stopgap_granted granted = {.size = sizeof granted};
    struct stopgap_online_grants grants = {store->grants, store->codes};
    answer.status =
        stopgap_online_verify_any(grants, store->ring, request, now, &granted, NULL);
    answer.uses_left = granted.uses_left;
    answer.index = (uint32_t)granted.index;
    return answer;
}

// Returns 1 if a request would count as a failure, and changes nothing.
static int is_guess(struct store *store, const struct stopgap_verify_request *request,
                    int64_t now) {
    struct store copy = *store;
    int guess;
    for (size_t i = 0; i < store->codes; i++) {
        uint8_t bytes[1024];
        struct stopgap_bytes all = {bytes, 0};
        if (stopgap_online_grant_to_bytes(store->grants[i], bytes, sizeof bytes, &all.len, NULL)
                != STOPGAP_OK
            || stopgap_online_grant_from_bytes(all, &copy.grants[i], NULL) != STOPGAP_OK) {
            abort();
        }
    }
    guess = decide(&copy, request, now).status == STOPGAP_ERR_UNKNOWN;
    for (size_t i = 0; i < store->codes; i++) {
        stopgap_online_grant_free(&copy.grants[i]);
    }
    return guess;
}

// Returns the stored answer to a verification that is repeated.
static struct verdict replay(struct vector *v, struct store *store,
                             const struct remembered *known,
                             const struct stopgap_verify_request *request,
                             const struct stopgap_verification_request *repeated, int64_t now) {
    const struct stopgap_online_grant *grant = store->grants[known->answer.index];
    struct stopgap_bytes answer = {NULL, 0};
    stopgap_status status =
        stopgap_verification_replay(known->record, store->ring, repeated, now, &answer, NULL);
    if (status == STOPGAP_OK
        && (answer.len != sizeof known->answer
            || memcmp(answer.ptr, &known->answer, answer.len) != 0)) {
        differs(v, "another answer");
    }
    if (status != STOPGAP_OK) {
        struct verdict verdict = refused(status);
        verdict.failure =
            status == STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED && is_guess(store, request, now);
        return verdict;
    }
    if (known->answer.status == STOPGAP_OK) {
        status = stopgap_online_check_not_ended(grant, store->ring, now, NULL);
        if (status != STOPGAP_OK) {
            return refused(status);
        }
    }
    return told(known->answer, 1);
}

static int is_named(struct stopgap_text found, struct text name) {
    return found.len == name.length && memcmp(found.ptr, name.bytes, name.length) == 0;
}

static struct verdict verify(struct vector *v, struct store *store, struct text symbols,
                             int64_t now) {
    struct text user = text_of(v, v->step, "user");
    struct text key = {NULL, 0};
    struct stopgap_code code = code_of(v, stopgap_alphabet_hex(), symbols);
    struct stopgap_verify_request request =
        verify_request(user, symbols, purpose_of(v, text_of(v, v->step, "purpose")));
    struct stopgap_verification_request repeated = {.size = sizeof repeated};
    struct remembered *kept = &store->remembered[store->answers];

    if (is_null(v->step, "idempotencyKey")) {
        return told(decide(store, &request, now), 0);
    }
    key = text_of(v, v->step, "idempotencyKey");
    repeated.user = request.user;
    repeated.idempotency_key = stopgap_text_n(key.bytes, key.length);
    repeated.purpose = request.purpose;
    repeated.code = &code;
    repeated.replay_seconds = store->replay_seconds;
    for (size_t i = 0; i < store->answers; i++) {
        const struct remembered *known = &store->remembered[i];
        struct stopgap_verification_info info = {.size = sizeof info};
        expect_ok(v, "info", stopgap_verification_info(known->record, &info, NULL));
        if (is_named(info.user, user) && is_named(info.idempotency_key, key)) {
            return replay(v, store, known, &request, &repeated, now);
        }
    }
    kept->answer = decide(store, &request, now);
    repeated.answer.ptr = (const uint8_t *)&kept->answer;
    repeated.answer.len = sizeof kept->answer;
    expect_ok(v, "seal",
              stopgap_verification_seal(store->ring, &repeated, now, &kept->record, NULL));
    store->answers++;
    return told(kept->answer, 0);
}

static void verify_step(struct vector *v, struct store *store) {
    static const struct text wrong = {"FFFFFFFFFFFF", 12};
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
        expect_ok(v, "revoke",
                  stopgap_online_revoke(store->grants[index], store->ring, now, NULL));
        return;
    }
    if (!is(op, "verify")) {
        differs(v, "no such step");
        return;
    }
    verdict = verify(v, store, index == store->codes ? wrong : store->symbols[index], now);
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
    struct stopgap_master_key master;
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
    store->replay_seconds = figure(v, "replaySeconds", STOPGAP_REPLAY_SECONDS, UINT32_MAX);
    store->ring = ring_of(v, &master);
    yyjson_arr_foreach(codes, index, most, given) {
        store->labels[index] = text_of(v, given, "label");
        store->symbols[index] = text_of(v, given, "symbols");
        store->grants[index] = grant_of(v, given);
        store->codes++;
    }
    yyjson_arr_foreach(steps, index, most, v->step) {
        verify_step(v, store);
    }
    v->step = NULL;
    for (size_t i = 0; i < store->codes; i++) {
        stopgap_online_grant_free(&store->grants[i]);
    }
    for (size_t i = 0; i < store->answers; i++) {
        stopgap_verification_free(&store->remembered[i].record);
    }
    stopgap_key_ring_free(&store->ring);
    free(store);
}
