/*
 * What the cases work with: one of everything, made anew when a call has changed
 * it, and a judge of what a call may have done.
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

/* What the callbacks of the world have done, and what they answer. */
struct callbacks {
    int32_t answer;
    int calls;
    stopgap_role role;
    stopgap_status tried;
    stopgap_sealed_state kept;
};

/* What the calls are given; one that is refused changes nothing of it. */
struct inputs {
    stopgap_master_key master;
    stopgap_alphabet alphabet;
    stopgap_format format;
    stopgap_online_policy online;
    stopgap_offline_policy offline;
    stopgap_agent_policy policy;
    stopgap_locate_policy locate;
    stopgap_throttle_policy doors;
    stopgap_throttle throttle;
    stopgap_online_grant grant;
    stopgap_online_grant grants[2];
    stopgap_granted granted;
    stopgap_enrolment enrolments[2];
    stopgap_security_code record;
    stopgap_code code;
    stopgap_code secret;
    stopgap_code request;
    stopgap_code answer;
    stopgap_tag tag;
    stopgap_tag record_tag;
    stopgap_tag attempt_tag;
    stopgap_attempt attempt;
    stopgap_actor actor;
    stopgap_random random;
    stopgap_keep keep;
    stopgap_role_of knows;
    stopgap_sealed_state state;
    stopgap_error failure;
    const stopgap_enrolment_key *keys[2];
};

/* Where the calls write; one that is refused writes nothing here. */
struct outputs {
    stopgap_key_ring *ring;
    stopgap_enrolment_key *key;
    stopgap_agent *agent;
    int64_t instant;
    size_t index;
    stopgap_life_state state;
    stopgap_located located;
    stopgap_answer answer;
    stopgap_online_grant grant;
    stopgap_granted granted;
    stopgap_enrolment enrolment;
    stopgap_security_code record;
    stopgap_scope scope;
    stopgap_alphabet alphabet;
    stopgap_keyed_digest digests[4];
    uint32_t number;
    stopgap_code code;
    stopgap_tag tag;
    stopgap_master_key master;
    stopgap_sealed_state sealed;
    char symbol;
    char text[1024];
    uint8_t bytes[STOPGAP_OCRA_DATA_INPUT_SIZE];
};

struct world {
    stopgap_key_ring *ring;
    stopgap_enrolment_key *key;
    stopgap_agent *agent;
    struct inputs in;
    struct outputs out;
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

/* Fills a place with what no call writes, and says whether it still is. */
void mark(void *place, size_t size);
int is_marked(const void *place, size_t size);

/* Begins a case; `judge` ends it, and compares with what there was. */
void begin(const char *name);
void judge(stopgap_status expected, stopgap_status got);
/* The same for a call whose `error` was not given. */
void judge_without_error(stopgap_status expected, stopgap_status got);
/* A case of its own that asks for anything else. */
void check(const char *name, int holds);
/* A step on the way to a case, which must go well. */
void must(stopgap_status status);

/* How many cases there were, and whether all held. */
int report(void);

/* What a call refuses, and what it grants. */
#define REFUSED(name, expected, call)                                                    \
    do {                                                                                 \
        begin(name);                                                                     \
        judge((expected), (call));                                                       \
    } while (0)
#define GRANTED(name, call) REFUSED(name, STOPGAP_OK, call)

/* Text, and its length. */
#define TEXT(text) (text), strlen(text)
#define NO_ZONE NULL, 0

/* The files of cases. */
void cases_of_arguments(void);
void cases_of_buffers(void);
void cases_of_callbacks(void);
void cases_of_figures(void);
void cases_of_handles(void);
void cases_of_messages(void);
void cases_of_records(void);
void cases_of_states(void);
void cases_of_texts(void);
void cases_of_times(void);

#endif
