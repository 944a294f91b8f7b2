#include "arguments.h"

enum spoil {
    AS_IT_IS,
    AS_NULL,
    OFF_BY_ONE,
    ALL_FF,
    ALL_ZEROS,
    LATIN_1,
    CONTROL_CHARACTER,
    INVISIBLE,
    BLANK,
    EMPTY,
    WITH_ITS_NUL,
    TOO_LONG,
    FOREIGN,
    LARGER_THAN_MEMORY,
    NEGATIVE,
    ONE_LESS,
    NOUGHT,
    NINETY_NINE,
    MOST,
    LEAST_INSTANT,
    LAST_INSTANT,
    YEAR_0,
    YEAR_10000,
    FIRST_OF_CALENDAR,
    LAST_OF_CALENDAR
};

static const char *const SPOILT[] = {
    "as it is",     "NULL",
    "misaligned",   "all 0xFF",
    "all 0x00",     "Latin-1",
    "with a bell",  "with a soft hyphen",
    "blank",        "empty",
    "with its NUL",
    "too long",     "of an unknown place",
    "SIZE_MAX - 1", "PTRDIFF_MAX + 1",
    "one less",     "0",
    "99",           "UINT32_MAX",
    "INT64_MIN",    "INT64_MAX",
    "in year 0",    "in year 10000",
    "the first",    "the last",
};

/* The status for each spoilt argument; STRUCT and record name those of structs. */
static const struct rule {
    enum kind kind;
    enum spoil spoil;
    int expected;
} RULES[] = {
    {ALIGNED, AS_NULL, STOPGAP_ERR_NULL_ARGUMENT},
    {ALIGNED, OFF_BY_ONE, STOPGAP_ERR_MISALIGNED},
    {UNALIGNED, AS_NULL, STOPGAP_ERR_NULL_ARGUMENT},
    {OPTIONAL, AS_NULL, STOPGAP_OK},
    {OPTIONAL, OFF_BY_ONE, STOPGAP_ERR_MISALIGNED},
    {RECORD, AS_NULL, STOPGAP_ERR_NULL_ARGUMENT},
    {RECORD, OFF_BY_ONE, STOPGAP_ERR_MISALIGNED},
    {RECORD, ALL_FF, LEFT_OUT},
    {RECORD, ALL_ZEROS, LEFT_OUT},
    {OPTIONAL_RECORD, AS_NULL, STOPGAP_OK},
    {OPTIONAL_RECORD, OFF_BY_ONE, STOPGAP_ERR_MISALIGNED},
    {OPTIONAL_RECORD, ALL_FF, LEFT_OUT},
    {OPTIONAL_RECORD, ALL_ZEROS, LEFT_OUT},
    {ANY_TEXT, AS_NULL, STOPGAP_ERR_NULL_ARGUMENT},
    {ANY_TEXT, LATIN_1, STOPGAP_ERR_INVALID_UTF8},
    {NAME_TEXT, AS_NULL, STOPGAP_ERR_NULL_ARGUMENT},
    {NAME_TEXT, LATIN_1, STOPGAP_ERR_NAME_INVALID_UNICODE},
    {NAME_TEXT, CONTROL_CHARACTER, STOPGAP_ERR_NAME_CONTROL_CHARACTER},
    {NAME_TEXT, INVISIBLE, STOPGAP_ERR_NAME_INVISIBLE_CHARACTER},
    {NAME_TEXT, BLANK, STOPGAP_ERR_NAME_BLANK},
    {NAME_TEXT, EMPTY, STOPGAP_ERR_NAME_EMPTY},
    {NAME_TEXT, WITH_ITS_NUL, STOPGAP_ERR_NAME_CONTROL_CHARACTER},
    {NAME_TEXT, TOO_LONG, STOPGAP_ERR_NAME_TOO_LONG},
    {CODE_TEXT, AS_NULL, STOPGAP_ERR_NULL_ARGUMENT},
    {CODE_TEXT, LATIN_1, STOPGAP_ERR_UNEXPECTED_SYMBOL},
    {CODE_TEXT, CONTROL_CHARACTER, STOPGAP_ERR_UNEXPECTED_SYMBOL},
    {CODE_TEXT, EMPTY, STOPGAP_ERR_WRONG_LENGTH},
    {CODE_TEXT, TOO_LONG, STOPGAP_ERR_TOO_LONG},
    {ZONE_TEXT, AS_NULL, STOPGAP_ERR_NULL_ARGUMENT},
    {ZONE_TEXT, LATIN_1, STOPGAP_ERR_INVALID_UTF8},
    {ZONE_TEXT, EMPTY, STOPGAP_OK},
    {ZONE_TEXT, FOREIGN, STOPGAP_ERR_UNKNOWN_ZONE},
    {FILE_CONTENT, AS_NULL, STOPGAP_ERR_NULL_ARGUMENT},
    {FILE_CONTENT, LATIN_1, STOPGAP_ERR_ENROLMENT_FILE},
    {FILE_CONTENT, CONTROL_CHARACTER, STOPGAP_ERR_ENROLMENT_FILE},
    {FILE_CONTENT, EMPTY, STOPGAP_ERR_ENROLMENT_FILE},
    {LENGTH, LARGER_THAN_MEMORY, STOPGAP_ERR_INVALID_LENGTH},
    {LENGTH, NEGATIVE, STOPGAP_ERR_INVALID_LENGTH},
    {CAPACITY, NOUGHT, STOPGAP_ERR_BUFFER_TOO_SMALL},
    {CAPACITY, ONE_LESS, STOPGAP_ERR_BUFFER_TOO_SMALL},
    {CHOICE, NOUGHT, STOPGAP_ERR_INVALID_VALUE},
    {CHOICE, NINETY_NINE, STOPGAP_ERR_INVALID_VALUE},
    {CHOICE, MOST, STOPGAP_ERR_INVALID_VALUE},
    {VALIDITY, NOUGHT, STOPGAP_ERR_VALIDITY_DAYS},
    {VALIDITY, NINETY_NINE, STOPGAP_ERR_VALIDITY_DAYS},
    {VALIDITY, MOST, STOPGAP_ERR_VALIDITY_DAYS},
    {INSTANT, LEAST_INSTANT, STOPGAP_ERR_TIME_OUT_OF_RANGE},
    {INSTANT, LAST_INSTANT, STOPGAP_ERR_TIME_OUT_OF_RANGE},
    {INSTANT, YEAR_0, STOPGAP_ERR_TIME_OUT_OF_RANGE},
    {INSTANT, YEAR_10000, STOPGAP_ERR_TIME_OUT_OF_RANGE},
    {INSTANT, FIRST_OF_CALENDAR, STOPGAP_ERR_TIME_OUT_OF_RANGE},
    {INSTANT, LAST_OF_CALENDAR, STOPGAP_ERR_TIME_OUT_OF_RANGE},
    {FAILURE, AS_NULL, STOPGAP_OK},
    {FAILURE, OFF_BY_ONE, STOPGAP_OK},
};

/* The most arguments that a function has, members of a request counted, and one. */
#define MOST_ARGUMENTS 50

static enum kind kinds[MOST_ARGUMENTS];
/* The argument that is spoilt now; 0 is none. */
static int hole;
static enum spoil spoil;
/* The status for structs full of 0xFF or 0x00. */
static int with_ff[MOST_ARGUMENTS];
static int with_zeros[MOST_ARGUMENTS];
/* The names of all calls. */
static int names;
/* 1 if `error` is NULL. */
static int without_error;

static char latin_1[300];
static char bell[300];
static char invisible[300];
static char spaces[300];
static char letters[300];
static union {
    int64_t align;
    unsigned char bytes[4096];
} scratch;

void *argument(int number, enum kind kind, const void *place) {
    kinds[number] = kind;
    if (number == hole) {
        switch (spoil) {
        case AS_NULL: return NULL;
        case OFF_BY_ONE: return (char *)place + 1;
        case LATIN_1: return latin_1;
        case CONTROL_CHARACTER: return bell;
        case INVISIBLE: return invisible;
        case BLANK: return spaces;
        case EMPTY: return letters;
        case TOO_LONG: return letters;
        case FOREIGN: return letters;
        default: return (void *)place;
        }
    }
    if (kind == FAILURE && without_error) {
        return NULL;
    }
    return (void *)place;
}

void *record(int number, enum kind kind, const void *place, size_t bytes,
             int ff, int zeros) {
    with_ff[number] = ff;
    with_zeros[number] = zeros;
    if (number == hole && (spoil == ALL_FF || spoil == ALL_ZEROS)) {
        memset(scratch.bytes, spoil == ALL_FF ? 0xFF : 0, bytes);
        return scratch.bytes;
    }
    return argument(number, kind, place);
}

size_t size(int number, enum kind kind, size_t value) {
    kinds[number] = kind;
    if (number == hole) {
        switch (spoil) {
        case LARGER_THAN_MEMORY: return SIZE_MAX - 1;
        case NEGATIVE: return (size_t)PTRDIFF_MAX + 1;
        case ONE_LESS: return value - 1;
        case NOUGHT: return 0;
        default: return value;
        }
    }
    if (kind == LENGTH && number == hole + 1) {
        switch (spoil) {
        case EMPTY: return 0;
        case WITH_ITS_NUL: return value + 1;
        case TOO_LONG: return kinds[hole] == CODE_TEXT ? 257 : 256;
        default: return value;
        }
    }
    return value;
}

uint32_t choice(int number, enum kind kind, uint32_t value) {
    kinds[number] = kind;
    if (number == hole) {
        switch (spoil) {
        case NOUGHT: return 0;
        case NINETY_NINE: return 99;
        case MOST: return UINT32_MAX;
        default: return value;
        }
    }
    return value;
}

int64_t instant(int number, int64_t value) {
    kinds[number] = INSTANT;
    if (number == hole) {
        switch (spoil) {
        case LEAST_INSTANT: return INT64_MIN;
        case LAST_INSTANT: return INT64_MAX;
        case YEAR_0: return INT64_C(-62135596801);
        case YEAR_10000: return INT64_C(253402300800);
        /* The ends of the library's calendar, beyond those of the protocol. */
        case FIRST_OF_CALENDAR: return INT64_C(-8334601228800);
        case LAST_OF_CALENDAR: return INT64_C(8210266876799);
        default: return value;
        }
    }
    return value;
}

/* Returns 1 if the details are right. */
static int detailed(stopgap_status status) {
    switch (status) {
    case STOPGAP_ERR_INVALID_UTF8: return spoil != LATIN_1 || w.error.position == 2;
    case STOPGAP_ERR_NAME_CONTROL_CHARACTER:
        return spoil == WITH_ITS_NUL ? w.error.position > 0 : w.error.position == 2;
    case STOPGAP_ERR_NAME_INVISIBLE_CHARACTER: return w.error.position == 2;
    case STOPGAP_ERR_NAME_TOO_LONG: return w.error.found == 256;
    case STOPGAP_ERR_INVALID_VALUE:
    case STOPGAP_ERR_VALIDITY_DAYS:
        switch (spoil) {
        case NOUGHT: return w.error.found == 0;
        case NINETY_NINE: return w.error.found == 99;
        case MOST: return w.error.found == UINT32_MAX;
        default: return 1;
        }
    default: return 1;
    }
}

static stopgap_status attempt(void *context) {
    const call *call = context;
    return call->run();
}

/* A name that is none is no guess, whatever the function. */
static void not_counted(const call *call, stopgap_status expected) {
    stopgap_throttle throttle = w.in.throttle;
    begin("a throttle counts no invalid name");
    judge(expected, stopgap_throttle_guard(&throttle, &w.in.lockouts, NOW, attempt, (void *)call,
                                           &w.error));
    check("nothing is counted", throttle.failures == 0);
}

static void try_one(const call *call, int number, const struct rule *rule) {
    static char name[200];
    int expected = rule->expected;
    stopgap_status got;
    size_t needed = w.needed;
    spoil = rule->spoil;
    hole = number;
    if (spoil == ALL_FF || spoil == ALL_ZEROS) {
        expected = spoil == ALL_FF ? with_ff[number] : with_zeros[number];
        if (expected == LEFT_OUT) {
            return;
        }
    }
    sprintf(name, "%s, argument %d %s", call->name, number, SPOILT[spoil]);
    begin(name);
    mark(&w.needed, sizeof w.needed);
    got = call->run();
    if (kinds[number] == FAILURE || kinds[MOST_ARGUMENTS - 1] == FAILURE) {
        judge_without_error(expected, got);
    } else {
        judge(expected, got);
        if (got != STOPGAP_OK && !detailed(got)) {
            check("the details", 0);
        }
    }
    if (got == STOPGAP_ERR_BUFFER_TOO_SMALL) {
        if (!is_marked(&w.needed, sizeof w.needed) && w.needed != needed) {
            check("the capacity needed", 0);
        }
    } else if (got != STOPGAP_OK && !is_marked(&w.needed, sizeof w.needed)) {
        check("the capacity is not told", 0);
    }
    if (kinds[number] == NAME_TEXT && rule->spoil != AS_NULL) {
        not_counted(call, expected);
    }
    if (got == STOPGAP_OK) {
        make_world();
    } else {
        /* Once more without details. */
        without_error = 1;
        begin(name);
        mark(&w.needed, sizeof w.needed);
        judge_without_error(expected, call->run());
        without_error = 0;
    }
    w.needed = needed;
}

static void try_call(const call *call) {
    int number;
    size_t i;
    memset(kinds, 0, sizeof kinds);
    hole = 0;
    spoil = AS_IT_IS;
    make_world();
    GRANTED(call->name, call->run());
    i = w.needed;
    make_world();
    w.needed = i;
    /* The two calls that have no `error`. */
    if (strncmp(call->name, "stopgap_error_", strlen("stopgap_error_")) == 0) {
        kinds[MOST_ARGUMENTS - 1] = FAILURE;
    }
    for (number = 1; number < MOST_ARGUMENTS - 1; number++) {
        names += kinds[number] == NAME_TEXT;
        for (i = 0; i < sizeof RULES / sizeof RULES[0]; i++) {
            if (RULES[i].kind == kinds[number]) {
                try_one(call, number, &RULES[i]);
            }
        }
    }
}

void cases_of_arguments(void) {
    size_t i;
    memset(letters, 'a', sizeof letters);
    memset(latin_1, 'a', sizeof latin_1);
    latin_1[2] = (char)0xE4;
    memset(bell, 'A', sizeof bell);
    bell[2] = 7;
    memset(invisible, 'a', sizeof invisible);
    memcpy(invisible + 2, "\xC2\xAD", 2);
    memset(spaces, ' ', sizeof spaces);
    for (i = 0; i < CALL_COUNT; i++) {
        try_call(&CALLS[i]);
    }
    check("many calls take a name", names >= 20);
}
