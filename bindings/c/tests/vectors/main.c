// Every vector of the protocol through stopgap.h. Arguments are files; each one
// prints "normalize 360 0", its name, its tests and the steps of those, and what
// differs above it; and how many tests hold what C does not. Returns 1 where
// anything differs.

#include "vector.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct kind {
    const char *name;
    void (*run)(struct vector *v);
} kinds[] = {
    {"agent", run_agent},         {"codes", run_codes},         {"digests", run_digests},
    {"expiry", run_expiry},       {"lifecycle", run_lifecycle}, {"normalize", run_normalize},
    {"offline", run_offline},     {"records", run_records},     {"requests", run_requests},
    {"throttle", run_throttle},
};

// The name without its folder and ending.
static void stem_of(const char *path, char *stem, size_t size) {
    const char *name = path;
    size_t length = 0;
    for (const char *c = path; *c != '\0'; c++) {
        if (*c == '/' || *c == '\\') {
            name = c + 1;
        }
    }
    while (name[length] != '\0' && strcmp(name + length, ".json") != 0 && length + 1 < size) {
        stem[length] = name[length];
        length++;
    }
    stem[length] = '\0';
}

// The kind of a file is the beginning of its name: `offline-more` is `offline`.
static const struct kind *kind_of(const char *stem) {
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t length = strlen(kinds[i].name);
        if (strncmp(stem, kinds[i].name, length) == 0 && !isalpha((unsigned char)stem[length])) {
            return &kinds[i];
        }
    }
    return NULL;
}

struct counts {
    size_t tests;
    size_t steps;
    size_t beyond[USES + 1];
    size_t failed;
};

static void run_group(struct vector *v, const struct kind *kind, struct counts *counts) {
    size_t index;
    size_t most;
    yyjson_val *test;
    yyjson_val *tests = array_of(v, v->group, "tests");
    yyjson_arr_foreach(tests, index, most, test) {
        size_t before = v->differences;
        v->test = test;
        v->step = NULL;
        v->beyond = NOTHING;
        kind->run(v);
        counts->tests++;
        counts->steps += yyjson_arr_size(yyjson_obj_get(test, "steps"));
        counts->beyond[v->beyond]++;
        counts->failed += v->differences > before ? 1 : 0;
    }
    v->test = NULL;
    v->step = NULL;
}

// Runs every test of a file, also after one that failed; 0 where all hold.
static int run_file(const char *path) {
    char stem[256];
    struct vector v = {0};
    struct counts counts = {0};
    const struct kind *kind;
    yyjson_read_err error;
    yyjson_doc *document = yyjson_read_file(path, 0, NULL, &error);
    yyjson_val *file = yyjson_doc_get_root(document);
    yyjson_val *groups;
    size_t index;
    size_t most;

    stem_of(path, stem, sizeof stem);
    v.file = stem;
    kind = kind_of(stem);
    if (document == NULL || kind == NULL) {
        printf("%s: %s\n", path, kind == NULL ? "no such kind" : error.msg);
        yyjson_doc_free(document);
        return 1;
    }
    if (!is(text_of(&v, file, "protocol"), "stopgap/1")) {
        differs(&v, "another protocol");
    }
    groups = array_of(&v, file, "testGroups");
    yyjson_arr_foreach(groups, index, most, v.group) {
        run_group(&v, kind, &counts);
    }
    expect_number(&v, "tests", (int64_t)counts.tests, number_of(&v, file, "numberOfTests"));
    if (counts.failed > 0) {
        printf("%s: %zu failed\n", stem, counts.failed);
    }
    printf("%s %zu %zu", stem, counts.tests, counts.steps);
    if (counts.beyond[FRACTION] + counts.beyond[USES] > 0) {
        printf(", of which %zu hold fractions of a second and %zu allow 4294967295 uses",
               counts.beyond[FRACTION], counts.beyond[USES]);
    }
    putchar('\n');
    yyjson_doc_free(document);
    return v.differences > 0 ? 1 : 0;
}

int main(int count, char **arguments) {
    int failed = 0;
    for (int i = 1; i < count; i++) {
        failed |= run_file(arguments[i]);
    }
    return failed;
}
