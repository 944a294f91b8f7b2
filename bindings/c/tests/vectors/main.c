// Runs vectors of the protocol through stopgap.h. The arguments are files. For each one it
// prints the differences, then its name, its number of tests and the number of their steps,
// as in "normalize 1410 0". Returns 1 if anything differs.

#include "vector.h"

#include <stdio.h>
#include <string.h>

static const struct kind {
    const char *name;
    void (*run)(struct vector *v);
} kinds[] = {
    {"agent", run_agent},         {"alphabets", run_alphabets}, {"codes", run_codes},
    {"digests", run_digests},     {"expiry", run_expiry},       {"lifecycle", run_lifecycle},
    {"names", run_names},         {"normalize", run_normalize}, {"offline", run_offline},
    {"records", run_records},     {"requests", run_requests},   {"security", run_security},
    {"throttle", run_throttle},   {"verify", run_verify},
};

// Copies the name of a file without its folder and ending.
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

// Returns the kind of a file: its name, or the part before the first hyphen.
static const struct kind *kind_of(const char *stem) {
    size_t length = strcspn(stem, "-");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strlen(kinds[i].name) == length && strncmp(stem, kinds[i].name, length) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

struct counts {
    size_t tests;
    size_t steps;
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
        kind->run(v);
        free_alphabets(v);
        counts->tests++;
        counts->steps += yyjson_arr_size(yyjson_obj_get(test, "steps"));
        counts->failed += v->differences > before ? 1 : 0;
    }
    v->test = NULL;
    v->step = NULL;
}

// Runs every test of a file, also after one that failed. Returns 1 if any failed.
static int run_file(const char *path) {
    char stem[256];
    struct vector v = {0};
    struct counts counts = {0};
    const struct kind *kind;
    const char *message = NULL;
    yyjson_doc *document = document_of(path, &message);
    yyjson_val *file = yyjson_doc_get_root(document);
    yyjson_val *groups;
    size_t index;
    size_t most;

    stem_of(path, stem, sizeof stem);
    v.file = stem;
    kind = kind_of(stem);
    if (document == NULL || kind == NULL) {
        printf("%s: %s\n", path, kind == NULL ? "no such kind" : message);
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
    printf("%s %zu %zu\n", stem, counts.tests, counts.steps);
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
