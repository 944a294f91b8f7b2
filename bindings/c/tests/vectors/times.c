// Written instants, validities, and expiry on the wall clocks of the IANA time zones.

#include "vector.h"

#include <stdio.h>
#include <string.h>

// Reads a number of this many digits; -1 if there are other characters.
static int64_t digits(const char **at, size_t count) {
    int64_t number = 0;
    for (; count > 0; count--, (*at)++) {
        if (**at < '0' || **at > '9') {
            return -1;
        }
        number = number * 10 + (**at - '0');
    }
    return number;
}

// Returns the days since 1970-01-01 in the proleptic Gregorian calendar. It counts eras of
// 400 years, in years that begin with March.
static int64_t days_of(int64_t year, int64_t month, int64_t day) {
    int64_t from_march = month > 2 ? month - 3 : month + 9;
    int64_t y = month > 2 ? year : year - 1;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t of_era = y - era * 400;
    int64_t day_of_year = (153 * from_march + 2) / 5 + day - 1;
    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + day_of_year - 719468;
}

int64_t instant_of(struct vector *v, struct text written) {
    const char *at = written.bytes;
    int64_t fields[6];
    static const char before[] = "\0--T::";

    for (size_t i = 0; i < 6; i++) {
        if (i > 0 && *at++ != before[i]) {
            differs(v, "no instant: %s", written.bytes);
            return 0;
        }
        fields[i] = digits(&at, i > 0 ? 2 : 4);
        if (fields[i] < 0) {
            differs(v, "no instant: %s", written.bytes);
            return 0;
        }
    }
    if (strcmp(at, "Z") != 0) {
        differs(v, "not in UTC: %s", written.bytes);
    }
    return days_of(fields[0], fields[1], fields[2]) * 86400 + fields[3] * 3600 + fields[4] * 60
           + fields[5];
}

// The library writes an instant on a wall clock in one sentence, that of a lockout, as
// `2026-11-22 15:00:42 +01:00`. The vector has `2026-11-22T15:00:42+01:00`.
static void expect_wall_clock(struct vector *v, int64_t instant, struct text zone,
                              struct text wanted) {
    static const char before[] = "Too many tries; try again at ";
    char sentence[128] = "";
    char *clock = sentence + sizeof before - 1;
    struct stopgap_error error = {0};
    char *gap;

    error.status = STOPGAP_ERR_THROTTLED;
    error.time = instant;
    expect_ok(v, "wall clock",
              stopgap_error_public_message(&error, stopgap_text_n(zone.bytes, zone.length), STOPGAP_LANGUAGE_ENGLISH, sentence,
                                           sizeof sentence, NULL));
    if (strncmp(sentence, before, sizeof before - 1) != 0 || clock[strlen(clock) - 1] != '.') {
        differs(v, "another sentence: %s", sentence);
        return;
    }
    clock[strlen(clock) - 1] = '\0';
    gap = strchr(clock, ' ');
    if (gap != NULL) {
        *gap = 'T';
        gap = strchr(gap, ' ');
    }
    if (gap != NULL) {
        memmove(gap, gap + 1, strlen(gap));
    }
    expect_text(v, "expiresAtLocal", clock, wanted);
}

static void expect_validity(struct vector *v, stopgap_validity validity, const char *name) {
    char written[STOPGAP_VALIDITY_TEXT_SIZE] = "";
    expect_ok(v, name, stopgap_validity_text(validity, written, sizeof written, NULL, NULL));
    expect_text(v, name, written, text_of(v, v->test, name));
}

static void expect_invalid(struct vector *v, stopgap_status status) {
    expect_text(v, "result", "invalid", text_of(v, v->test, "result"));
    switch (status) {
    case STOPGAP_ERR_VALIDITY_DAYS:
    case STOPGAP_ERR_VALIDITY_MONTHS:
    case STOPGAP_ERR_VALIDITY_MINUTES:
    case STOPGAP_ERR_VALIDITY_FORM:
    case STOPGAP_ERR_TIME_OUT_OF_RANGE:
        break;
    default:
        differs(v, "invalid, but %s", stopgap_status_name(status));
    }
}

static void run_parse(struct vector *v) {
    struct text input = text_of(v, v->test, "input");
    stopgap_validity validity = 0;
    stopgap_status status = stopgap_validity_parse(stopgap_text_n(input.bytes, input.length), &validity, NULL);
    if (is(text_of(v, v->test, "result"), "valid")) {
        expect_ok(v, "parse", status);
        expect_validity(v, validity, "canonical");
    } else {
        expect_invalid(v, status);
    }
}

void run_expiry(struct vector *v) {
    struct text zone = {NULL, 0};
    struct text typed;
    stopgap_validity validity = 0;
    int64_t expires_at = STOPGAP_NEVER;
    stopgap_status status;

    if (!is_null(v->group, "kind") && is(text_of(v, v->group, "kind"), "parse")) {
        run_parse(v);
        return;
    }
    typed = text_of(v, v->test, "validity");
    if (!is_null(v->test, "zone")) {
        zone = text_of(v, v->test, "zone");
    }
    status = stopgap_validity_parse(stopgap_text_n(typed.bytes, typed.length), &validity, NULL);
    if (status == STOPGAP_OK) {
        status = stopgap_validity_expires_at(validity, instant_of(v, text_of(v, v->test, "issuedAt")),
                                             stopgap_text_n(zone.bytes, zone.length), &expires_at, NULL);
    }
    if (!is(text_of(v, v->test, "result"), "valid")) {
        expect_invalid(v, status);
        return;
    }
    expect_ok(v, "expiry", status);
    expect_number(v, "expiresAt", expires_at, instant_of(v, text_of(v, v->test, "expiresAt")));
    if (!is_null(v->test, "expiresAtLocal")) {
        expect_wall_clock(v, expires_at, zone, text_of(v, v->test, "expiresAtLocal"));
    }
    if (!is_null(v->test, "canonicalValidity")) {
        expect_validity(v, validity, "canonicalValidity");
    }
}
