// Reading the fields of a vector, and comparing results.

#include "vector.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void differs(struct vector *v, const char *format, ...) {
    va_list arguments;
    printf("%s: ", v->file);
    if (v->test != NULL) {
        printf("tcId %lld: ", (long long)yyjson_get_sint(yyjson_obj_get(v->test, "tcId")));
    }
    if (v->step != NULL) {
        char *step = yyjson_val_write(v->step, 0, NULL);
        printf("step %s: ", step == NULL ? "?" : step);
        free(step);
    }
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    v->differences++;
}

struct text text_of(struct vector *v, yyjson_val *object, const char *name) {
    yyjson_val *value = yyjson_obj_get(object, name);
    struct text text = {"", 0};
    if (!yyjson_is_str(value)) {
        differs(v, "%s: no text", name);
        return text;
    }
    text.bytes = yyjson_get_str(value);
    text.length = yyjson_get_len(value);
    return text;
}

int64_t number_of(struct vector *v, yyjson_val *object, const char *name) {
    yyjson_val *value = yyjson_obj_get(object, name);
    if (!yyjson_is_int(value) || (yyjson_is_uint(value) && yyjson_get_uint(value) > INT64_MAX)) {
        differs(v, "%s: no integer", name);
        return 0;
    }
    return yyjson_get_sint(value);
}

yyjson_val *array_of(struct vector *v, yyjson_val *object, const char *name) {
    yyjson_val *value = yyjson_obj_get(object, name);
    if (!yyjson_is_arr(value)) {
        differs(v, "%s: no array", name);
    }
    return value;
}

int is_null(yyjson_val *object, const char *name) {
    yyjson_val *value = yyjson_obj_get(object, name);
    return value == NULL || yyjson_is_null(value);
}

uint32_t figure(struct vector *v, const char *name, uint32_t otherwise, uint32_t most) {
    int64_t number;
    if (is_null(v->group, name)) {
        return otherwise;
    }
    number = number_of(v, v->group, name);
    if (number < 0 || number > most) {
        differs(v, "%s: %lld", name, (long long)number);
        return otherwise;
    }
    return (uint32_t)number;
}

struct stopgap_throttle_policy throttle_policy_of(struct vector *v) {
    struct stopgap_throttle_policy policy = stopgap_throttle_policy_default();
    policy.free_failures = figure(v, "free", policy.free_failures, UINT32_MAX);
    policy.first_delay_seconds =
        figure(v, "firstDelaySeconds", policy.first_delay_seconds, UINT32_MAX);
    policy.max_delay_seconds = figure(v, "maxDelaySeconds", policy.max_delay_seconds, UINT32_MAX);
    policy.hard_limit = figure(v, "hardLimit", policy.hard_limit, UINT32_MAX);
    return policy;
}

int is(struct text text, const char *word) {
    return text.length == strlen(word) && memcmp(text.bytes, word, text.length) == 0;
}

static int digit_of(char digit) {
    static const char digits[] = "0123456789abcdef";
    const char *place = memchr(digits, tolower((unsigned char)digit), 16);
    return place == NULL ? -1 : (int)(place - digits);
}

uint8_t *bytes_of(struct vector *v, struct text digits, size_t *length) {
    uint8_t *bytes = malloc(digits.length / 2 + 1);
    if (bytes == NULL) {
        abort();
    }
    *length = digits.length / 2;
    for (size_t i = 0; i < *length; i++) {
        int high = digit_of(digits.bytes[2 * i]);
        int low = digit_of(digits.bytes[2 * i + 1]);
        if (high < 0 || low < 0) {
            differs(v, "not hexadecimal: %s", digits.bytes);
            high = low = 0;
        }
        bytes[i] = (uint8_t)(high * 16 + low);
    }
    if (digits.length % 2 != 0) {
        differs(v, "half a byte is left: %s", digits.bytes);
    }
    return bytes;
}

const char *word_of(stopgap_status status) {
    static const char *const kinds[] = {"STOPGAP_", "ERR_", "NAME_", "ALPHABET_"};
    static char word[64];
    const char *name = stopgap_status_name(status);
    size_t length;
    // The reason of this status is that of another, as the header says.
    if (status == STOPGAP_ERR_REACTIVATE_FIRST) {
        return "expired";
    }
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strncmp(name, kinds[i], strlen(kinds[i])) == 0) {
            name += strlen(kinds[i]);
        }
    }
    length = strlen(name);
    for (size_t i = 0; i <= length && i < sizeof word; i++) {
        word[i] = (char)tolower((unsigned char)name[i]);
    }
    return word;
}

const char *refusal_of(stopgap_status status) {
    return status >= 100 && status <= 199 ? "malformed" : word_of(status);
}

void expect_ok(struct vector *v, const char *what, stopgap_status found) {
    if (found != STOPGAP_OK) {
        differs(v, "%s: %s", what, stopgap_status_name(found));
    }
}

void expect_number(struct vector *v, const char *what, int64_t found, int64_t wanted) {
    if (found != wanted) {
        differs(v, "%s: %lld, not %lld", what, (long long)found, (long long)wanted);
    }
}

void expect_text(struct vector *v, const char *what, const char *found, struct text wanted) {
    if (!is(wanted, found)) {
        differs(v, "%s: \"%s\", not \"%s\"", what, found, wanted.bytes);
    }
}

void expect_bytes(struct vector *v, const char *what, const uint8_t *found, size_t length,
                  struct text digits) {
    size_t wanted;
    uint8_t *bytes = bytes_of(v, digits, &wanted);
    if (wanted != length || memcmp(found, bytes, length) != 0) {
        differs(v, "%s: not %s", what, digits.bytes);
    }
    free(bytes);
}

void expect_canonical(struct vector *v, const char *what, const struct stopgap_code *code,
                      struct text wanted) {
    char canonical[STOPGAP_CANONICAL_SIZE] = "";
    expect_ok(v, what, stopgap_code_canonical(code, canonical, sizeof canonical, NULL, NULL));
    expect_text(v, what, canonical, wanted);
}

void expect_time(struct vector *v, int64_t found, yyjson_val *object, const char *name) {
    int64_t wanted = is_null(object, name) ? STOPGAP_NEVER : number_of(v, object, name);
    expect_number(v, name, found, wanted);
}
