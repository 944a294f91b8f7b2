// Enrolment keys: request codes, the enrolments that show them, and offline codes.

#include "vector.h"

#include <stdlib.h>
#include <string.h>

// A request to find a machine, for one call.
#define LOCATE(keys, count, typed, alphabet, policy)                                        \
    (&(struct stopgap_locate_request){sizeof(struct stopgap_locate_request), typed, keys,  \
                                      count, alphabet, policy})
// The inputs of an offline code.
#define INPUTS(minute, purpose, validity)                                                  \
    ((struct stopgap_offline_inputs){minute, purpose, validity})

static const char suite[] = "OCRA-1:HOTP-SHA256-0:QH08-S064-T1M";

static void expect_input(struct vector *v, const struct stopgap_enrolment_key *key, int64_t minute,
                         stopgap_purpose purpose, stopgap_validity validity) {
    uint8_t input[STOPGAP_OCRA_DATA_INPUT_SIZE] = {0};
    expect_ok(v, "data input",
              stopgap_enrolment_key_ocra_data_input(key, INPUTS(minute, purpose, validity), input, sizeof input, NULL));
    expect_bytes(v, "ocraDataInput", input, sizeof input, text_of(v, v->test, "ocraDataInput"));
    // The input begins with the suite and a NUL.
    expect_text(v, "ocraSuite", suite, text_of(v, v->group, "ocraSuite"));
    if (memcmp(input, suite, sizeof suite) != 0) {
        differs(v, "another suite");
    }
}

// Compares all codes of a minute.
static void expect_codes(struct vector *v, const struct stopgap_enrolment_key *key,
                         stopgap_purpose purpose, stopgap_validity validity) {
    const struct stopgap_alphabet *alphabet = alphabet_of(v, text_of(v, v->test, "alphabet"));
    int64_t minute = number_of(v, v->test, "minute");
    uint8_t bytes[STOPGAP_KEY_SIZE] = {0};
    struct stopgap_code code = {""};

    expect_ok(v, "reveal", stopgap_enrolment_key_reveal(key, bytes, sizeof bytes, NULL));
    expect_bytes(v, "enrolmentKey", bytes, sizeof bytes, text_of(v, v->test, "enrolmentKey"));
    expect_ok(v, "request code",
              stopgap_enrolment_key_request_code(key, minute, alphabet, &code, NULL));
    expect_canonical(v, "request", &code, text_of(v, v->test, "request"));
    expect_input(v, key, minute, purpose, validity);
    expect_ok(v, "offline code",
              stopgap_enrolment_key_offline_code(key, INPUTS(minute, purpose, validity), alphabet, &code, NULL));
    expect_canonical(v, "code", &code, text_of(v, v->test, "code"));
}

void run_offline(struct vector *v) {
    struct text result = text_of(v, v->test, "result");
    struct text user = text_of(v, v->test, "user");
    struct text machine = text_of(v, v->test, "machine");
    struct text word = text_of(v, v->test, "purpose");
    struct text iso = text_of(v, v->test, "validity");
    struct stopgap_master_key master;
    struct stopgap_key_ring *ring = ring_of(v, &master);
    struct stopgap_enrolment_key *key = NULL;
    struct stopgap_enrolment_request request = {
        .size = sizeof request, .user = stopgap_text_n(user.bytes, user.length),
        .machine = stopgap_text_n(machine.bytes, machine.length)
    };
    struct stopgap_enrolment *enrolment = NULL;
    struct stopgap_enrolment_info info = {.size = sizeof info};
    stopgap_purpose purpose = purpose_of(v, word);
    stopgap_validity validity = 0;
    char written[STOPGAP_PURPOSE_TEXT_SIZE] = "";
    stopgap_status read = stopgap_validity_parse(stopgap_text_n(iso.bytes, iso.length), &validity, NULL);
    stopgap_status made = stopgap_enrolment_new(ring, &request, 0, &enrolment, NULL);

    expect_text(v, "result", "valid", result);
    expect_ok(v, "enrolment", made);
    expect_ok(v, "info", stopgap_enrolment_info(enrolment, &info, NULL));
    expect_number(v, "a generation below 2^31", info.generation >> 31, 0);
    stopgap_enrolment_free(&enrolment);
    expect_ok(v, "validity", read);
    expect_ok(v, "purpose", stopgap_purpose_text(purpose, written, sizeof written, NULL, NULL));
    expect_text(v, "purpose", written, word);
    expect_ok(v, "validity", stopgap_validity_text(validity, written, sizeof written, NULL, NULL));
    expect_text(v, "validity", written, iso);

    expect_ok(v, "migrate",
              stopgap_enrolment_migrate(ring, &request,
                                        (uint32_t)number_of(v, v->test, "generation"), 0,
                                        &enrolment, NULL));
    expect_ok(v, "derive", stopgap_enrolment_key_derive(enrolment, ring, &key, NULL));
    expect_codes(v, key, purpose, validity);
    stopgap_enrolment_key_free(&key);
    stopgap_enrolment_free(&enrolment);
    stopgap_key_ring_free(&ring);
}

static void expect_located(struct vector *v, stopgap_status status,
                           const struct stopgap_located *located,
                           const struct stopgap_error *error) {
    expect_text(v, "located", refusal_of(status), text_of(v, v->test, "located"));
    if (status == STOPGAP_OK) {
        expect_number(v, "index", (int64_t)located->index, number_of(v, v->test, "index"));
        expect_number(v, "minute", located->minute, number_of(v, v->test, "minute"));
        expect_number(v, "late", located->late,
                      yyjson_is_true(yyjson_obj_get(v->test, "late")) ? 1 : 0);
    } else if (status == STOPGAP_ERR_CLOCK_SKEW) {
        expect_number(v, "index", (int64_t)error->index, number_of(v, v->test, "index"));
        expect_number(v, "skewMinutes", error->minutes, number_of(v, v->test, "skewMinutes"));
    }
}

void run_requests(struct vector *v) {
    struct stopgap_locate_policy policy = stopgap_locate_policy_default();
    const struct stopgap_alphabet *alphabet = stopgap_alphabet_unambiguous();
    struct stopgap_located located = {0, 0, 0};
    struct stopgap_error error = {0};
    struct text request = text_of(v, v->test, "request");
    yyjson_val *keys = array_of(v, v->test, "enrolmentKeys");
    yyjson_val *digits;
    size_t count = yyjson_arr_size(keys);
    struct stopgap_enrolment_key **enrolments = calloc(count + 1, sizeof *enrolments);
    stopgap_status status;
    size_t index;
    size_t most;

    if (enrolments == NULL) {
        abort();
    }
    expect_text(v, "result", "valid", text_of(v, v->test, "result"));
    policy.past_minutes = (uint16_t)figure(v, "pastMinutes", policy.past_minutes, UINT16_MAX);
    policy.ahead_minutes = (uint16_t)figure(v, "aheadMinutes", policy.ahead_minutes, UINT16_MAX);
    policy.diagnose_minutes =
        (uint16_t)figure(v, "diagnoseMinutes", policy.diagnose_minutes, UINT16_MAX);
    policy.window_minutes =
        (uint16_t)figure(v, "windowMinutes", policy.window_minutes, UINT16_MAX);
    yyjson_arr_foreach(keys, index, most, digits) {
        expect_ok(v, "key",
                  stopgap_enrolment_key_from_hex(stopgap_text_n(yyjson_get_str(digits), yyjson_get_len(digits)),
                                                 &enrolments[index], NULL));
    }
    status = stopgap_locate(LOCATE(enrolments, count, stopgap_text_n(request.bytes, request.length),
                                   alphabet, &policy),
                            number_of(v, v->test, "now"), &located, &error);
    expect_located(v, status, &located, &error);
    for (index = 0; index < count; index++) {
        stopgap_enrolment_key_free(&enrolments[index]);
    }
    free(enrolments);
}
