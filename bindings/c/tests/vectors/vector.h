// What every theme needs: the fields of a vector, and ways to say that something
// differs. A test that failed goes on, so whoever reads a field gets something.

#ifndef VECTOR_H
#define VECTOR_H

#include <stopgap.h>
#include <yyjson.h>

// A text that may hold NULs.
struct text {
    const char *bytes;
    size_t length;
};

// What the structs of C cannot hold, so that a test must be left out.
enum beyond {
    NOTHING,
    FRACTION, // of a second, where a tag binds microseconds
    USES      // 4294967295 of them, which is STOPGAP_UNLIMITED
};

// The vector that is running.
struct vector {
    const char *file;  // without its folder and ending
    yyjson_val *group; // what is common to a group of tests
    yyjson_val *test;
    yyjson_val *step;  // of a test with steps, otherwise NULL
    size_t differences;
    enum beyond beyond;
};

// One for each kind of file.
void run_agent(struct vector *v);
void run_codes(struct vector *v);
void run_digests(struct vector *v);
void run_expiry(struct vector *v);
void run_lifecycle(struct vector *v);
void run_normalize(struct vector *v);
void run_offline(struct vector *v);
void run_records(struct vector *v);
void run_requests(struct vector *v);
void run_throttle(struct vector *v);

// Prints where we are and what differs.
void differs(struct vector *v, const char *format, ...);

// Fields that must be there.
struct text text_of(struct vector *v, yyjson_val *object, const char *name);
int64_t number_of(struct vector *v, yyjson_val *object, const char *name);
yyjson_val *array_of(struct vector *v, yyjson_val *object, const char *name);

// Whether a field is missing or null.
int is_null(yyjson_val *object, const char *name);
// A figure of the group, or the default where the group does not name it.
uint32_t figure(struct vector *v, const char *name, uint32_t otherwise, uint32_t most);
struct stopgap_throttle_policy throttle_policy_of(struct vector *v);
// The text as one that is none, or not.
int is(struct text text, const char *word);
// The bytes that the digits write, to be freed; never NULL.
uint8_t *bytes_of(struct vector *v, struct text digits, size_t *length);
// The same where it must be so many.
void fixed_bytes_of(struct vector *v, struct text digits, uint8_t *bytes, size_t length);
// Unix seconds and, where a record would bind them, microseconds of RFC 3339.
int64_t instant_of(struct vector *v, struct text written, uint32_t *microseconds);
// The alphabet of these symbols.
struct stopgap_alphabet alphabet_of(struct vector *v, struct text symbols);
// An alphabet that can write this code: digests do not depend on it.
struct stopgap_alphabet alphabet_for(struct vector *v, struct text code);
// What was typed, as a code of the alphabet's.
struct stopgap_code code_of(struct vector *v, struct stopgap_alphabet alphabet, struct text typed);
stopgap_purpose purpose_of(struct vector *v, struct text word);

// The ring of the test's `master` under the id 1; NULL where it is none.
struct stopgap_key_ring *ring_of(struct vector *v, struct stopgap_master_key *master);

// The protocol's word for a status, and for one that a refusal gave: to it all
// that is no code is `malformed`.
const char *word_of(stopgap_status status);
const char *refusal_of(stopgap_status status);

// What was found is what the vector wants.
void expect_ok(struct vector *v, const char *what, stopgap_status found);
void expect_number(struct vector *v, const char *what, int64_t found, int64_t wanted);
void expect_text(struct vector *v, const char *what, const char *found, struct text wanted);
void expect_bytes(struct vector *v, const char *what, const uint8_t *found, size_t length,
                  struct text digits);
void expect_canonical(struct vector *v, const char *what, const struct stopgap_code *code,
                      struct text wanted);
// A time that may be missing: null stands for STOPGAP_NEVER.
void expect_time(struct vector *v, int64_t found, yyjson_val *object, const char *name);

#endif
