// The fields of a vector, and the comparisons that all kinds share. A test that fails goes
// on, so a field that is missing still has a value.

#ifndef VECTOR_H
#define VECTOR_H

#include <stopgap.h>
#include <yyjson.h>

// A text that may hold NULs.
struct text {
    const char *bytes;
    size_t length;
};

// The vector that is running.
struct vector {
    const char *file;  // without its folder and ending
    yyjson_val *group; // the group of the test
    yyjson_val *test;
    yyjson_val *step;  // the step of a test with steps, otherwise NULL
    size_t differences;
    struct stopgap_alphabet *alphabets[4]; // of the test
};

// One function for each kind of file.
void run_agent(struct vector *v);
void run_alphabets(struct vector *v);
void run_codes(struct vector *v);
void run_digests(struct vector *v);
void run_expiry(struct vector *v);
void run_lifecycle(struct vector *v);
void run_names(struct vector *v);
void run_normalize(struct vector *v);
void run_offline(struct vector *v);
void run_records(struct vector *v);
void run_requests(struct vector *v);
void run_security(struct vector *v);
void run_throttle(struct vector *v);
void run_verify(struct vector *v);

// Reads a file. A lone surrogate, which is no Unicode, becomes three bytes that are not
// UTF-8. NULL with a message on failure.
yyjson_doc *document_of(const char *path, const char **message);

// Prints the test and the difference.
void differs(struct vector *v, const char *format, ...);

// Fields that must be there.
struct text text_of(struct vector *v, yyjson_val *object, const char *name);
int64_t number_of(struct vector *v, yyjson_val *object, const char *name);
yyjson_val *array_of(struct vector *v, yyjson_val *object, const char *name);

// Returns 1 if a field is missing or null.
int is_null(yyjson_val *object, const char *name);
// Returns a figure of the group, or the default if the group does not have it.
uint32_t figure(struct vector *v, const char *name, uint32_t otherwise, uint32_t most);
struct stopgap_throttle_policy throttle_policy_of(struct vector *v);
// Returns 1 if the text is this word.
int is(struct text text, const char *word);
// Returns the bytes of hexadecimal digits, to be freed; never NULL.
uint8_t *bytes_of(struct vector *v, struct text digits, size_t *length);
// Returns the Unix seconds of an RFC 3339 instant in UTC.
int64_t instant_of(struct vector *v, struct text written);
// Returns the alphabet of these symbols, which the test keeps.
const struct stopgap_alphabet *alphabet_of(struct vector *v, struct text symbols);
const struct stopgap_alphabet *folding_alphabet_of(struct vector *v, struct text symbols,
                                                   stopgap_look_alikes folded);
void free_alphabets(struct vector *v);
// Returns an alphabet that has the symbols of this code; digests do not depend on it.
const struct stopgap_alphabet *alphabet_for(struct vector *v, struct text code);
// Returns the code that was typed, of an alphabet.
struct stopgap_code code_of(struct vector *v, const struct stopgap_alphabet *alphabet,
                            struct text typed);
stopgap_purpose purpose_of(struct vector *v, struct text word);
// Return requests with these members, and zeros.
struct stopgap_issue_request issue_request(struct text user);
struct stopgap_verify_request verify_request(struct text user, struct text typed,
                                             stopgap_purpose purpose);

// Returns the record of an online code, of its bytes; NULL with a difference on failure.
struct stopgap_online_grant *grant_of(struct vector *v, yyjson_val *object);

// Returns the ring of the test's `master`, under the id 1.
struct stopgap_key_ring *ring_of(struct vector *v, struct stopgap_master_key *master);

// Returns the protocol's word for a status. refusal_of has `malformed` for every malformed
// code.
const char *word_of(stopgap_status status);
const char *refusal_of(stopgap_status status);

// Compare a result with the expected one.
void expect_ok(struct vector *v, const char *what, stopgap_status found);
void expect_number(struct vector *v, const char *what, int64_t found, int64_t wanted);
void expect_text(struct vector *v, const char *what, const char *found, struct text wanted);
void expect_bytes(struct vector *v, const char *what, const uint8_t *found, size_t length,
                  struct text digits);
void expect_canonical(struct vector *v, const char *what, const struct stopgap_code *code,
                      struct text wanted);
// Compares a time; null stands for STOPGAP_NEVER.
void expect_time(struct vector *v, int64_t found, yyjson_val *object, const char *name);

#endif
