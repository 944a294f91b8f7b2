#include "world.h"

/* Returns 1 for a sentence, or a part of one for the log. */
static int is_sentence(const char *text) {
    return strlen(text) > 10 && strchr(text, ' ') != NULL && strchr(text, '\n') == NULL;
}

static int is_known(stopgap_status status) {
    return strcmp(stopgap_status_name(status), "STOPGAP_STATUS_UNKNOWN") != 0;
}

static void of_status(stopgap_status status) {
    stopgap_error *error = &w.in.failure;
    char text[500];
    memset(error, 0, sizeof *error);
    error->status = status;
    error->time = NOW;
    error->role = STOPGAP_ROLE_USER;
    error->action = STOPGAP_ACTION_PURGE;
    check("a status has a sentence", is_sentence(stopgap_status_message(status)));
    mark(text, sizeof text);
    if (is_known(status)) {
        check("a status has a message",
              stopgap_error_message(error, text, sizeof text, NULL) == STOPGAP_OK &&
                  is_sentence(text));
        check("a status has a public message",
              stopgap_error_public_message(error, TEXT(BERLIN), STOPGAP_LANGUAGE_SPANISH, text,
                                           sizeof text, NULL) == STOPGAP_OK &&
                  is_sentence(text));
    } else {
        check("an unknown status has no message",
              stopgap_error_message(error, text, sizeof text, NULL) ==
                      STOPGAP_ERR_INVALID_VALUE &&
                  stopgap_error_public_message(error, NO_ZONE, STOPGAP_LANGUAGE_GERMAN, text,
                                               sizeof text, NULL) ==
                      STOPGAP_ERR_INVALID_VALUE &&
                  is_marked(text, sizeof text));
    }
    /* A struct with any bytes does no harm. */
    memset(error, 0xFF, sizeof *error);
    error->status = status;
    ignore(stopgap_error_message(error, text, sizeof text, NULL));
    ignore(stopgap_error_public_message(error, TEXT("Asia/Tokyo"), STOPGAP_LANGUAGE_FRENCH, text,
                                       sizeof text, NULL));
    error->time = INT64_C(8210266876799);
    ignore(stopgap_error_message(error, text, sizeof text, NULL));
    check("at the end of the calendar, a message",
          stopgap_error_public_message(error, TEXT("Asia/Tokyo"), STOPGAP_LANGUAGE_FRENCH, text,
                                       sizeof text, NULL) != STOPGAP_ERR_PANIC);
    error->time = INT64_C(-8334601228800);
    ignore(stopgap_error_message(error, text, sizeof text, NULL));
    check("at its beginning, a message",
          stopgap_error_public_message(error, TEXT("America/New_York"), STOPGAP_LANGUAGE_GERMAN,
                                       text, sizeof text, NULL) != STOPGAP_ERR_PANIC);
}

void cases_of_messages(void) {
    int number, known = 0;
    char text[500];
    for (number = -2; number <= 1100; number++) {
        stopgap_status status = (stopgap_status)number;
        if (is_known(status)) {
            known++;
        }
        /* The unknown ones are all alike. */
        if (is_known(status) || number % 50 == 49 || number < 0) {
            of_status(status);
        }
    }
    check("there are as many as in the header", known > 70);
    of_status(INT32_MAX);
    of_status(INT32_MIN);
    memset(&w.in.failure, 0xFF, sizeof w.in.failure);
    check("a struct full of 0xFF",
          stopgap_error_message(&w.in.failure, text, sizeof text, NULL) ==
              STOPGAP_ERR_INVALID_VALUE);
    memset(&w.in.failure, 0, sizeof w.in.failure);
    w.in.failure.status = STOPGAP_ERR_REVOKED;
    w.in.failure.time = STOPGAP_NEVER;
    check("a revocation without a time",
          stopgap_error_message(&w.in.failure, text, sizeof text, NULL) ==
              STOPGAP_ERR_INVALID_VALUE);
    w.in.failure.status = STOPGAP_ERR_REACTIVATE_FIRST;
    check("a lifetime without an end",
          stopgap_error_message(&w.in.failure, text, sizeof text, NULL) ==
              STOPGAP_ERR_INVALID_VALUE);
    w.in.failure.status = STOPGAP_ERR_NEVER_VALID;
    check("an expiry without a time",
          stopgap_error_message(&w.in.failure, text, sizeof text, NULL) ==
              STOPGAP_ERR_INVALID_VALUE);
    w.in.failure.status = STOPGAP_ERR_FORBIDDEN;
    check("forbidden without a role",
          stopgap_error_message(&w.in.failure, text, sizeof text, NULL) ==
              STOPGAP_ERR_INVALID_VALUE);
    w.in.failure.status = STOPGAP_ERR_THROTTLED;
    check("a lockout without an end",
          stopgap_error_message(&w.in.failure, text, sizeof text, NULL) == STOPGAP_OK &&
              is_sentence(text));
    check("a version", is_known(0) && strlen(stopgap_version()) >= 5 &&
                           strcmp(stopgap_version(), STOPGAP_VERSION) == 0 &&
                           stopgap_abi_version() == STOPGAP_ABI_VERSION);
}
