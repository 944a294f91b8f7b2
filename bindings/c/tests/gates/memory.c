/*
 * Memory runs out in every allocation of every call, once for this allocation only and once
 * from it on. A call then returns its result or STOPGAP_ERR_OUT_OF_MEMORY, and the process
 * lives. The allocator here is glibc's, with a counter.
 */
#include <setjmp.h>
#include <stdlib.h>

#include "../misuse/arguments.h"

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *block);

/* Allocations until one fails; negative if none does. */
static long countdown = -1;
/* 1 if all allocations after the first that failed fail as well. */
static int all_fail;
static long failed;

static int fails(void) {
    if (countdown < 0) {
        return 0;
    }
    if (countdown > 0) {
        countdown--;
        return 0;
    }
    failed++;
    if (!all_fail) {
        countdown = -1;
    }
    return 1;
}

void *malloc(size_t size) { return fails() ? NULL : __libc_malloc(size); }

void *calloc(size_t count, size_t size) {
    return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *block, size_t size) {
    return fails() ? NULL : __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    return fails() ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    if (fails()) {
        return 12;
    }
    *block = __libc_memalign(alignment, size);
    return *block == NULL;
}

void free(void *block) { __libc_free(block); }

static jmp_buf on_the_way;

/* Ends a call in a step before it. */
void out_of_memory_on_the_way(void) { longjmp(on_the_way, 1); }

/* Runs a call whose allocation of this number fails. Returns how many failed. */
static long run(const call *call, long number, long *refused) {
    stopgap_status status;
    make_world();
    failed = 0;
    countdown = number;
    if (setjmp(on_the_way) != 0) {
        countdown = -1;
        return failed;
    }
    status = call->run();
    countdown = -1;
    if (failed == 0) {
        return 0;
    }
    if (status == STOPGAP_ERR_OUT_OF_MEMORY) {
        ++*refused;
        /* Nothing has changed, so the call succeeds now. */
        status = call->run();
    }
    if (status != STOPGAP_OK) {
        printf("%s, allocation %ld: %s\n", call->name, number, stopgap_status_name(status));
        exit(1);
    }
    return failed;
}

/* Many elements need more memory than a call has on its stack. */
#define MANY 500

static stopgap_status normalize_many(void) {
    static stopgap_format formats[MANY];
    static stopgap_code read[MANY];
    stopgap_codes codes;
    size_t i;
    for (i = 0; i < MANY; i++) {
        formats[i] = w.in.format;
    }
    codes.ptr = read;
    codes.capacity = MANY;
    return stopgap_normalize_any(formats, MANY, TEXT(w.in.code.text), &codes, &w.error);
}

static stopgap_status verify_many(void) {
    static stopgap_online_grant *grants[MANY];
    stopgap_granted granted;
    size_t i;
    for (i = 0; i < MANY; i++) {
        grants[i] = w.in.grant;
    }
    granted.size = sizeof granted;
    return stopgap_online_verify_any(grants_of(grants, MANY), w.ring, &w.in.verify, NOW, &granted,
                                     &w.error);
}

static stopgap_status answer_many(void) {
    static stopgap_enrolment *enrolments[MANY];
    stopgap_answer_request asked = w.in.asked;
    stopgap_answer answer;
    size_t i;
    for (i = 0; i < MANY; i++) {
        enrolments[i] = w.in.enrolments[0];
    }
    asked.enrolments = enrolments;
    asked.count = MANY;
    return stopgap_offline_answer(w.ring, &asked, NOW, &answer, &w.error);
}

static stopgap_status locate_many(void) {
    static stopgap_enrolment_key *keys[MANY];
    stopgap_located located;
    size_t i;
    for (i = 0; i < MANY; i++) {
        keys[i] = w.in.keys[0];
    }
    return stopgap_locate(LOCATE(keys, MANY, TEXT(w.in.request.text), w.in.alphabet,
                                 &w.in.locate),
                          NOW, &located, &w.error);
}

static const call LARGE_CALLS[] = {
    {"stopgap_normalize_any of many", normalize_many},
    {"stopgap_online_verify_any of many", verify_many},
    {"stopgap_offline_answer of many", answer_many},
    {"stopgap_locate of many", locate_many},
};

static void run_all(const call *call, long *runs, long *refused) {
    for (all_fail = 0; all_fail < 2; all_fail++) {
        long number = 0;
        /* The first failures show it; there are thousands. */
        while (number < 12 && run(call, number, refused) > 0) {
            number++;
            ++*runs;
        }
    }
}

int cases_of_memory(void) {
    long runs = 0, refused = 0;
    size_t i;
    for (i = 0; i < sizeof LARGE_CALLS / sizeof LARGE_CALLS[0]; i++) {
        run_all(&LARGE_CALLS[i], &runs, &refused);
    }
    for (i = 0; i < CALL_COUNT; i++) {
        for (all_fail = 0; all_fail < 2; all_fail++) {
            long number = 0;
            while (run(&CALLS[i], number, &refused) > 0) {
                number++;
                runs++;
            }
        }
    }
    make_world();
    printf("memory: %ld failures, %ld refused, 0 aborts\n", runs, refused);
    return refused > 0 ? 0 : 1;
}
