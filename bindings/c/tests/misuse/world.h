/*
 * The world of the cases: one of everything, made again after a call has changed it, and
 * the comparison with the world before the call.
 */
#ifndef WORLD_H
#define WORLD_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stopgap.h"

/* 2026-11-21, 15:00:42 UTC. */
#define NOW INT64_C(1795273242)
#define BERLIN "Europe/Berlin"

/* The calls of the callbacks, and their answers. */
struct callbacks {
    int32_t answer;
    int calls;
    stopgap_role role;
    stopgap_status tried;
    stopgap_sealed_state kept;
};

/* The inputs of the calls; a refused call changes none. */
struct inputs {
    stopgap_master_key master;
    const stopgap_alphabet *alphabet;
    stopgap_format format;
    stopgap_format formats[2];
    stopgap_online_policy online;
    stopgap_offline_policy offline;
    stopgap_agent_policy policy;
    stopgap_locate_policy locate;
    stopgap_throttle_policy lockouts;
    stopgap_throttle throttle;
    stopgap_user_throttle *user_throttle;
    stopgap_preset *preset;
    /* The second of `grants` is a copy of `grant`. */
    stopgap_online_grant *grant;
    stopgap_online_grant *grants[2];
    stopgap_verification *verification;
    stopgap_enrolment *enrolments[2];
    /* Requests: to issue, to verify the grant's code, to answer, to create. */
    stopgap_issue_request issue;
    stopgap_verify_request verify;
    stopgap_answer_request asked;
    stopgap_enrolment_request enrol;
    stopgap_verification_request repeated;
    stopgap_security_request secure;
    stopgap_redeem_request redeem;
    stopgap_locate_request find;
    stopgap_code code;
    stopgap_code secret;
    stopgap_security_text secret_text;
    stopgap_text prefixes[2];
    stopgap_authenticate_request authenticate;
    stopgap_security_change change;
    stopgap_rotate_request rotate;
    uint8_t stored[1024];
    size_t stored_length;
    stopgap_code request;
    stopgap_code answer;
    stopgap_actor actor;
    stopgap_random random;
    stopgap_keep keep;
    stopgap_role_of knows;
    stopgap_sealed_state state;
    stopgap_error failure;
    stopgap_enrolment_key *keys[2];
};

/* The outputs of the calls; a refused call writes none. */
struct outputs {
    stopgap_key_ring *ring;
    stopgap_enrolment_key *key;
    stopgap_agent *agent;
    int64_t instant;
    stopgap_online_grant *grant;
    stopgap_user_throttle *user_throttle;
    stopgap_preset *preset;
    stopgap_verification *verification;
    stopgap_alphabet *alphabet;
    stopgap_bytes stored;
    stopgap_lifecycle_state state;
    stopgap_located located;
    stopgap_answer answer;
    stopgap_enrolment *enrolment;
    stopgap_security_code *record;
    stopgap_security_text shown;
    stopgap_rotated rotated;
    struct stopgap_security_code_info info;
    stopgap_throttle throttle;
    stopgap_online_policy policy;
    stopgap_authenticated authenticated;
    stopgap_keyed_digest digests[4];
    uint32_t number;
    stopgap_code code;
    stopgap_code codes[2];
    stopgap_master_key master;
    stopgap_sealed_state sealed;
    char symbol;
    char text[1024];
    uint8_t bytes[STOPGAP_OCRA_DATA_INPUT_SIZE];
    uint8_t record_bytes[1024];
};

/* The outputs that begin with their size; a refused call writes no other member. */
struct sized {
    stopgap_granted granted;
    struct stopgap_online_grant_info grant;
    struct stopgap_user_throttle_info user_throttle;
    struct stopgap_preset_info preset;
    struct stopgap_verification_info verification;
    struct stopgap_alphabet_info alphabet;
    struct stopgap_enrolment_info enrolment;
};

struct world {
    stopgap_key_ring *ring;
    stopgap_enrolment_key *key;
    stopgap_agent *agent;
    /* Its bytes are compared as an input. */
    stopgap_security_code *record;
    struct inputs in;
    struct outputs out;
    struct sized sized;
    struct callbacks callbacks;
    /* The capacity needed, or the count. */
    size_t needed;
    stopgap_error error;
};

extern struct world w;

void make_world(void);
void free_world(void);
/* Frees the handles that a call has made. */
void free_outputs(void);

/* Returns the members of a grant. */
struct stopgap_online_grant_info members_of(const stopgap_online_grant *grant);
/* Returns the members of an enrolment. */
struct stopgap_enrolment_info members_of_enrolment(const stopgap_enrolment *enrolment);
/* Returns a copy of a grant. */
stopgap_online_grant *copy_of(const stopgap_online_grant *grant);
/* Replaces the grant and its copy by a new one, which the policy of the world issues. */
void issue_again(void);
/* Returns the grants of the world. */
stopgap_online_grants grants_of(stopgap_online_grant **grants, size_t count);

/* Fills memory with a mark that no call writes, and tests for it. */
void mark(void *place, size_t size);
int is_marked(const void *place, size_t size);

/* Begins a case; `judge` ends it, and compares with the world before. */
void begin(const char *name);
void judge(stopgap_status expected, stopgap_status got);
/* Ends a case of a call without `error`. */
void judge_without_error(stopgap_status expected, stopgap_status got);
/* A case with another condition. */
void check(const char *name, int holds);
/* A step on the way to a case, which must succeed. */
void must(stopgap_status status);

/* Prints the number of cases, and returns 1 if any failed. */
int report(void);

/* A call that is refused, and one that succeeds. */
#define REFUSED(name, expected, call)                                                    \
    do {                                                                                 \
        begin(name);                                                                     \
        judge((expected), (call));                                                       \
    } while (0)
#define GRANTED(name, call) REFUSED(name, STOPGAP_OK, call)

/* Returns a request to enrol alice on a machine. */
stopgap_enrolment_request enrolling(const char *machine);
/* Replaces an enrolment of the world by another one of alice on LAPTOP-17. */
void migrate_again(size_t place, uint32_t generation);

/* Returns a request to verify with these texts. */
stopgap_verify_request asking(const char *user, const char *typed, stopgap_purpose purpose);

/* A request to redeem a code, for one call. */
#define REDEEM(typed, purpose, zone)                                                      \
    (&(struct stopgap_redeem_request){sizeof(struct stopgap_redeem_request), typed, purpose, \
                                      zone})

/* A request to find a machine, for one call. */
#define LOCATE(keys, count, typed, alphabet, policy)                                        \
    (&(struct stopgap_locate_request){sizeof(struct stopgap_locate_request), typed, keys,  \
                                      count, alphabet, policy})
/* The inputs of an offline code. */
#define INPUTS(minute, purpose, validity)                                                  \
    ((struct stopgap_offline_inputs){minute, purpose, validity})
/* Returns bytes as an argument. */
stopgap_bytes bytes_of(const void *bytes, size_t length);

/* Text, and its length. */
#define TEXT(text) stopgap_text_of(text)
#define NO_ZONE STOPGAP_NO_TEXT

/* The files of cases. */
void cases_of_arguments(void);
void cases_of_buffers(void);
void cases_of_callbacks(void);
void cases_of_edits(void);
void cases_of_figures(void);
void cases_of_handles(void);
void cases_of_messages(void);
void cases_of_portable_bytes(void);
void cases_of_records(void);
void cases_of_requests(void);
void cases_of_states(void);
void cases_of_texts(void);
void cases_of_times(void);

/* Only in the program `memory`, which has it. */
int cases_of_memory(void);
void out_of_memory_on_the_way(void);

/* Takes a status that does not matter here. */
static inline void ignore(stopgap_status status) {
    (void)status;
}

#endif
