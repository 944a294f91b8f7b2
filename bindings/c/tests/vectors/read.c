// Reading a file of vectors, with text that is not Unicode.

#include "vector.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Returns the number that \uXXXX at this place stands for, or -1.
static int unit_at(const char *at, const char *end) {
    char digits[5] = "";
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u') {
        return -1;
    }
    memcpy(digits, at + 2, 4);
    for (size_t i = 0; i < 4; i++) {
        if (!isxdigit((unsigned char)digits[i])) {
            return -1;
        }
    }
    return (int)strtol(digits, NULL, 16);
}

static int is_between(int unit, int first, int last) {
    return first <= unit && unit <= last;
}

// Replaces each lone surrogate by the three bytes that UTF-8 would have for it. Returns the
// new length.
static size_t replace_lone_surrogates(char *json, size_t length) {
    const char *end = json + length;
    char *to = json;
    for (const char *at = json; at < end;) {
        int unit = unit_at(at, end);
        size_t copied = *at == '\\' && end - at > 1 ? 2 : 1;
        if (is_between(unit, 0xD800, 0xDBFF) && is_between(unit_at(at + 6, end), 0xDC00, 0xDFFF)) {
            copied = 12;
        } else if (is_between(unit, 0xD800, 0xDFFF)) {
            *to++ = (char)0xED;
            *to++ = (char)(0x80 | (unit >> 6 & 0x3F));
            *to++ = (char)(0x80 | (unit & 0x3F));
            at += 6;
            continue;
        }
        memmove(to, at, copied);
        to += copied;
        at += copied;
    }
    return (size_t)(to - json);
}

static char *whole_file(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    char *bytes = NULL;
    long size = 0;
    if (file != NULL && fseek(file, 0, SEEK_END) == 0 && (size = ftell(file)) >= 0) {
        bytes = malloc((size_t)size + 1);
    }
    if (bytes != NULL) {
        rewind(file);
        *length = fread(bytes, 1, (size_t)size, file);
    }
    if (file != NULL) {
        fclose(file);
    }
    return bytes;
}

yyjson_doc *document_of(const char *path, const char **message) {
    yyjson_read_err error = {0};
    yyjson_doc *document = NULL;
    size_t length = 0;
    char *json = whole_file(path, &length);
    *message = "cannot be read";
    if (json != NULL) {
        length = replace_lone_surrogates(json, length);
        document = yyjson_read_opts(json, length, YYJSON_READ_ALLOW_INVALID_UNICODE, NULL, &error);
        *message = error.msg;
    }
    free(json);
    return document;
}
