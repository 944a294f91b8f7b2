/*
 * Calls with one spoilt argument. Each call is written once, in the form that succeeds; the
 * kinds of its arguments list the ways in which they can be wrong.
 */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include "world.h"

typedef struct call {
    const char *name;
    stopgap_status (*run)(void);
} call;

extern const call CALLS[];
extern const size_t CALL_COUNT;

/* The kind of an argument. */
enum kind {
    NOTHING,
    /* A pointer to memory that must be aligned, or need not be. */
    ALIGNED,
    UNALIGNED,
    /* An aligned pointer that may be NULL. */
    OPTIONAL,
    /* A struct that is read; one that may be NULL. */
    RECORD,
    OPTIONAL_RECORD,
    /* A text; a name, a code, a zone. */
    ANY_TEXT,
    NAME_TEXT,
    CODE_TEXT,
    ZONE_TEXT,
    FILE_CONTENT,
    LENGTH,
    CAPACITY,
    /* An integer that stands for something; a validity. */
    CHOICE,
    VALIDITY,
    INSTANT,
    FAILURE
};

/* The arguments of CALLS: the number, from 1, and the right value. */
void *argument(int number, enum kind kind, const void *place);
void *record(int number, enum kind kind, const void *place, size_t size,
             int with_ff, int with_zeros);
size_t size(int number, enum kind kind, size_t value);
uint32_t choice(int number, enum kind kind, uint32_t value);
int64_t instant(int number, int64_t value);

/* No such case: with these bytes the struct is valid, or has pointers. */
#define LEFT_OUT (-1)

#define HANDLE(number, handle) argument(number, ALIGNED, handle)
#define OUT(number, place) argument(number, ALIGNED, place)
#define BYTES(number, place) argument(number, UNALIGNED, place)
#define NEEDED(number) argument(number, OPTIONAL, &w.needed)
#define ERROR(number) argument(number, FAILURE, &w.error)
/* A text, whose bytes and length have two numbers. */
#define WORDS(number, kind, text)                                                        \
    stopgap_text_n(argument(number, kind, text), size((number) + 1, LENGTH, strlen(text)))
/* The members of a request have numbers from here. */
#define MEMBER(number) (20 + (number))
#define STRUCT(number, place, ff, zeros)                                                 \
    record(number, RECORD, place, sizeof *(place), ff, zeros)

#endif
