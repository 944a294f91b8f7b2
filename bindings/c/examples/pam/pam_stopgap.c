/* A PAM module that asks for a temporary access code, in place of a second factor that is
 * lost. README.md beside it tells how to build, install and configure it. */
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include <security/pam_ext.h>
#include <security/pam_modules.h>

#include "online.h"
#include "options.h"
#include "second_factor.h"

/* One logon. */
struct logon {
    pam_handle_t *pamh;
    struct options options;
    struct person person;
    int is_silent;
    int is_offline;                       /* nonzero if an offline code can be redeemed */
    char request_code[REQUEST_CODE_SIZE]; /* empty if there is none */
    struct factor_reason reason;
};

static void say(const struct logon *logon, const char *sentence)
{
    if (!logon->is_silent)
        pam_error(logon->pamh, "%s", sentence);
}

/* Logs a decision, shows the sentence of a refusal, and returns PAM's word for it. */
static int decide(const struct logon *logon, const char *kind, enum factor_result result)
{
    pam_syslog(logon->pamh, result == FACTOR_UNAVAILABLE ? LOG_ERR : LOG_NOTICE,
               "%s of %s: %s", kind, logon->person.user,
               result == FACTOR_YES ? "granted" : logon->reason.log);
    if (result == FACTOR_YES)
        return PAM_SUCCESS;
    if (result == FACTOR_NONE)
        return PAM_USER_UNKNOWN;
    say(logon, logon->reason.sentence);
    return result == FACTOR_NO ? PAM_AUTH_ERR : PAM_AUTHINFO_UNAVAIL;
}

/* Asks the person for a code. */
static int ask(const struct logon *logon, char **typed)
{
    int result;
    *typed = NULL;
    if (logon->is_offline)
        result = pam_prompt(logon->pamh, PAM_PROMPT_ECHO_OFF, typed,
                            "Request code: %s\nCode from the help desk: ", logon->request_code);
    else
        result = pam_prompt(logon->pamh, PAM_PROMPT_ECHO_OFF, typed, "Code from the help desk: ");
    if (result == PAM_SUCCESS && *typed == NULL)
        result = PAM_CONV_ERR;
    if (result != PAM_SUCCESS)
        pam_syslog(logon->pamh, LOG_NOTICE, "%s was asked for a code, and gave no answer",
                   logon->person.user);
    return result;
}

/* Wipes and frees an answer. */
static void forget(char **typed)
{
    if (*typed != NULL)
        wipe(*typed, strlen(*typed));
    free(*typed);
    *typed = NULL;
}

static int redeem(struct logon *logon, const char *typed)
{
    return decide(logon, "offline code",
                  factor_redeem(&logon->person, typed, logon->options.is_reset,
                                (int64_t)time(NULL), &logon->reason));
}

/* Asks for a code, and verifies or redeems it by its form. If the server does not answer,
 * it asks once more, for an offline code. */
static int ask_for_code(struct logon *logon)
{
    int is_online_now = is_online(&logon->options);
    for (;;) {
        char *typed;
        int result = ask(logon, &typed);
        int is_answered = 1;
        if (result == PAM_SUCCESS && logon->is_offline
            && (!is_online_now || is_offline_code(typed)))
            result = redeem(logon, typed);
        else if (result == PAM_SUCCESS) {
            enum factor_result verified = online_verify(logon->pamh, &logon->options,
                                                        logon->person.user, typed, &logon->reason);
            result = decide(logon, "online code", verified);
            is_answered = verified != FACTOR_UNAVAILABLE;
        }
        forget(&typed);
        if (is_answered || !logon->is_offline)
            return result;
        is_online_now = 0;
    }
}

PAM_EXTERN int pam_sm_authenticate(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    struct logon logon;
    enum factor_result lock = FACTOR_NONE;
    int result;
    memset(&logon, 0, sizeof logon);
    logon.pamh = pamh;
    logon.is_silent = (flags & PAM_SILENT) != 0;
    if (read_options(pamh, argc, argv, &logon.options) != 0)
        return PAM_SERVICE_ERR;
    result = pam_get_user(pamh, &logon.person.user, NULL);
    if (result != PAM_SUCCESS || logon.person.user == NULL)
        return result == PAM_SUCCESS ? PAM_USER_UNKNOWN : result;
    logon.person.folder = logon.options.enrolments;
    logon.person.zone = logon.options.zone;
    if (logon.options.enrolments != NULL)
        lock = factor_lock(&logon.person, (int64_t)time(NULL), logon.request_code, &logon.reason);
    /* A password is not reset by a lock, but by a code each time. */
    if (lock == FACTOR_YES && !logon.options.is_reset)
        return decide(&logon, "password-only lock", lock);
    logon.is_offline = lock == FACTOR_YES || lock == FACTOR_NO;
    if (!logon.is_offline && !is_online(&logon.options))
        return decide(&logon, "offline code", lock);
    if (lock == FACTOR_UNAVAILABLE)
        pam_syslog(pamh, LOG_ERR, "offline code of %s: %s", logon.person.user, logon.reason.log);
    return ask_for_code(&logon);
}

/* A code gives no credentials. */
PAM_EXTERN int pam_sm_setcred(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)pamh, (void)flags, (void)argc, (void)argv;
    return PAM_SUCCESS;
}

/* Has no say in a service other than `auth`. */
static int ignore(pam_handle_t *pamh)
{
    pam_syslog(pamh, LOG_WARNING, "pam_stopgap belongs in a line of auth only");
    return PAM_IGNORE;
}

PAM_EXTERN int pam_sm_acct_mgmt(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)flags, (void)argc, (void)argv;
    return ignore(pamh);
}

PAM_EXTERN int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)flags, (void)argc, (void)argv;
    return ignore(pamh);
}

PAM_EXTERN int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)flags, (void)argc, (void)argv;
    return ignore(pamh);
}

PAM_EXTERN int pam_sm_chauthtok(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    (void)flags, (void)argc, (void)argv;
    return ignore(pamh);
}
