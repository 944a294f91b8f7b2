#include "world.h"

static void random_numbers(void) {
    stopgap_random none = {NULL, NULL};
    w.callbacks.answer = -7;
    REFUSED("issue: the random numbers fail", STOPGAP_ERR_CALLBACK_FAILED,
            stopgap_online_issue(w.ring, &w.in.issue, NOW, &w.out.code, &w.out.grant,
                                 &w.error));
    check("issue: the return value is told", w.error.callback == -7);
    w.in.secure.random = &w.in.random;
    REFUSED("create: the random numbers fail", STOPGAP_ERR_CALLBACK_FAILED,
            stopgap_security_code_create(w.ring, &w.in.secure, NOW, &w.out.shown,
                                         &w.out.record, &w.error));
    check("create: the return value is told", w.error.callback == -7);
    w.in.rotate.random = &w.in.random;
    REFUSED("rotate: the random numbers fail", STOPGAP_ERR_CALLBACK_FAILED,
            stopgap_security_code_rotate(w.record, w.ring, &w.in.rotate, NOW, &w.out.rotated,
                                         &w.error));
    check("rotate: the return value is told", w.error.callback == -7);
    w.in.secure.random = NULL;
    REFUSED("generate: the random numbers fail", STOPGAP_ERR_CALLBACK_FAILED,
            stopgap_master_key_generate(&w.in.random, &w.out.master, &w.error));
    check("generate: the return value is told", w.error.callback == -7);
    w.in.enrol.random = &w.in.random;
    REFUSED("enrol: the random numbers fail", STOPGAP_ERR_CALLBACK_FAILED,
            stopgap_enrolment_new(w.ring, &w.in.enrol, NOW, &w.out.enrolment, &w.error));
    check("enrol: the return value is told", w.error.callback == -7);
    check("the callback ran each time", w.callbacks.calls == 5);
    w.callbacks.answer = 0;
    w.in.issue.random = &none;
    REFUSED("issue: no function", STOPGAP_ERR_NULL_ARGUMENT,
            stopgap_online_issue(w.ring, &w.in.issue, NOW, &w.out.code, &w.out.grant,
                                 &w.error));
    w.in.issue.random = &w.in.random;
    w.in.enrol.random = &none;
    REFUSED("enrol: no function", STOPGAP_ERR_NULL_ARGUMENT,
            stopgap_enrolment_new(w.ring, &w.in.enrol, NOW, &w.out.enrolment, &w.error));
    REFUSED("generate: no function", STOPGAP_ERR_NULL_ARGUMENT,
            stopgap_master_key_generate(&none, &w.out.master, &w.error));
    GRANTED("generate: the caller's numbers",
            stopgap_master_key_generate(&w.in.random, &w.out.master, &w.error));
    check("they are the key", w.out.master.bytes[31] == 0x56);
}

static void keeping(void) {
    stopgap_sealed_state before;
    stopgap_sealed_state after;
    int64_t until = 0;
    stopgap_agent *again = NULL;
    stopgap_keep none = {NULL, NULL};
    /* A call without a usable `keep` decides nothing. */
    REFUSED("redeem: no function", STOPGAP_ERR_NULL_ARGUMENT,
            stopgap_agent_redeem(w.agent, REDEEM(TEXT(w.in.answer.text), STOPGAP_PURPOSE_BYPASS, TEXT(BERLIN)), NOW, &none, &w.out.instant, &w.error));
    REFUSED("clear: no function", STOPGAP_ERR_NULL_ARGUMENT,
            stopgap_agent_clear_lock(w.agent, &none, &w.error));
    must(stopgap_agent_clear_lock(w.agent, &w.in.keep, NULL));
    must(stopgap_agent_seal(w.agent, &before, NULL));

    w.callbacks.answer = 5;
    begin("redeem: the state is not stored");
    w.callbacks.calls = 0;
    check("redeem fails if the state is not stored",
          stopgap_agent_redeem(w.agent, REDEEM(TEXT(w.in.answer.text), STOPGAP_PURPOSE_BYPASS, TEXT(BERLIN)), NOW, &w.in.keep, &until, &w.error) == STOPGAP_ERR_CALLBACK_FAILED);
    check("the end is not told", until == 0);
    check("the callback ran once", w.callbacks.calls == 1);
    must(stopgap_agent_seal(w.agent, &after, NULL));
    check("the code is used up in memory", memcmp(&before, &after, sizeof after) != 0);
    check("the state to store is the agent's",
          memcmp(&w.callbacks.kept, &after, sizeof after) == 0);
    check("the lock is not told while the state is not stored",
          stopgap_agent_log_on(w.agent, NOW, &w.in.keep, &until, NULL) ==
                  STOPGAP_ERR_CALLBACK_FAILED &&
              until == 0);
    w.callbacks.answer = 0;
    check("the code is not valid twice",
          stopgap_agent_redeem(w.agent, REDEEM(TEXT(w.in.answer.text), STOPGAP_PURPOSE_BYPASS, TEXT(BERLIN)), NOW, &w.in.keep, &until, NULL) == STOPGAP_ERR_USED_UP);
    check("the lock is told when the state is stored",
          stopgap_agent_log_on(w.agent, NOW, &w.in.keep, &until, NULL) == STOPGAP_OK &&
              until > NOW);
    check("the stored state has the lock and the code",
          memcmp(&w.callbacks.kept, &after, sizeof after) == 0);
    /* A machine that restarts from the older file. */
    must(stopgap_agent_resume(w.key, NULL, before.bytes, sizeof before.bytes, &again,
                              NULL));
    until = 0;
    check("from the older state the lock is not active",
          stopgap_agent_log_on(again, NOW, &w.in.keep, &until, NULL) == STOPGAP_ERR_NO_LOCK &&
              until == 0);
    stopgap_agent_free(&again);

    w.callbacks.answer = INT32_MIN;
    check("activate: the state is not stored",
          stopgap_agent_activate(w.agent, NOW + 60, NOW, &w.in.keep, &until, &w.error) ==
                  STOPGAP_ERR_CALLBACK_FAILED &&
              w.error.callback == INT32_MIN && until == 0);
    check("clear: the state is not stored",
          stopgap_agent_clear_lock(w.agent, &w.in.keep, &w.error) ==
              STOPGAP_ERR_CALLBACK_FAILED);
    check("unlock: the state is not stored",
          stopgap_agent_unlock(w.agent, &w.in.keep, &w.error) ==
              STOPGAP_ERR_CALLBACK_FAILED);
    w.callbacks.answer = 0;
}

static stopgap_status authenticate(const char *text, const stopgap_role_of *knows) {
    stopgap_authenticate_request request = w.in.authenticate;
    request.presented = stopgap_text_of(text);
    request.role_of = knows;
    return stopgap_security_code_authenticate(w.record, w.ring, &request, NOW,
                                              &w.out.authenticated, &w.error);
}

static void roles(void) {
    stopgap_role_of none = {NULL, NULL};
    stopgap_code zeros = {"0000-0000-0000-0000-0000-0000-0000-0000"};
    stopgap_security_text guess;
    must(stopgap_security_write(&zeros, STOPGAP_NO_TEXT, &guess, NULL));
    w.callbacks.answer = 11;
    REFUSED("authenticate: the role is unknown", STOPGAP_ERR_CALLBACK_FAILED,
            authenticate(w.in.secret_text.text, &w.in.knows));
    check("authenticate: the return value is told", w.error.callback == 11);
    w.callbacks.answer = 0;
    w.callbacks.role = 0;
    REFUSED("authenticate: no role", STOPGAP_ERR_INVALID_VALUE,
            authenticate(w.in.secret_text.text, &w.in.knows));
    w.callbacks.role = 99;
    REFUSED("authenticate: a number that is no role", STOPGAP_ERR_INVALID_VALUE,
            authenticate(w.in.secret_text.text, &w.in.knows));
    check("the number is told", w.error.found == 99);
    w.callbacks.calls = 0;
    REFUSED("authenticate: a guess", STOPGAP_ERR_UNKNOWN, authenticate(guess.text, &w.in.knows));
    REFUSED("authenticate: a code with hyphens", STOPGAP_ERR_UNEXPECTED_SYMBOL,
            authenticate(w.in.secret.text, &w.in.knows));
    REFUSED("authenticate: no function", STOPGAP_ERR_NULL_ARGUMENT,
            authenticate(w.in.secret_text.text, &none));
    w.in.secure.access = STOPGAP_ACCESS_SUPER_ADMINISTRATOR;
    stopgap_security_code_free(&w.record);
    must(stopgap_security_code_create(w.ring, &w.in.secure, NOW, &guess, &w.record, NULL));
    GRANTED("authenticate: a super administrator's code", authenticate(guess.text, &w.in.knows));
    check("it has no user",
          w.out.authenticated.role == STOPGAP_ROLE_SUPER_ADMINISTRATOR &&
              w.out.authenticated.user.len == 0);
    check("the callback did not run in vain", w.callbacks.calls == 0);
}

static stopgap_status attempt(void *context) {
    struct callbacks *callbacks = context;
    callbacks->calls++;
    return callbacks->tried;
}

static void lockouts(void) {
    int i;
    w.callbacks.calls = 0;
    REFUSED("guard: no attempt", STOPGAP_ERR_NULL_ARGUMENT,
            stopgap_throttle_guard(&w.in.throttle, &w.in.lockouts, NOW, NULL, NULL,
                                   &w.error));
    w.callbacks.tried = STOPGAP_ERR_EXPIRED;
    begin("guard: a refusal that is no guess");
    judge_without_error(STOPGAP_ERR_EXPIRED,
                        stopgap_throttle_guard(&w.in.throttle, &w.in.lockouts, NOW, attempt,
                                               &w.callbacks, &w.error));
    check("it does not count", w.in.throttle.failures == 0);
    w.callbacks.tried = -12345;
    check("guard: an unknown status is returned",
          stopgap_throttle_guard(&w.in.throttle, &w.in.lockouts, NOW, attempt, &w.callbacks,
                                 NULL) == (stopgap_status)-12345);
    w.callbacks.tried = STOPGAP_ERR_UNKNOWN;
    for (i = 0; i < 5; i++) {
        check("guard: a guess",
              stopgap_throttle_guard(&w.in.throttle, &w.in.lockouts, NOW, attempt,
                                     &w.callbacks, NULL) == STOPGAP_ERR_UNKNOWN);
    }
    check("guesses count", w.in.throttle.failures == 5);
    w.callbacks.calls = 0;
    REFUSED("guard: during a lockout", STOPGAP_ERR_THROTTLED,
            stopgap_throttle_guard(&w.in.throttle, &w.in.lockouts, NOW, attempt,
                                   &w.callbacks, &w.error));
    check("the end is told", w.error.time == NOW + 60);
    check("the attempt did not run", w.callbacks.calls == 0);
    w.in.throttle.locked_until = INT64_MAX;
    REFUSED("check: a lockout until the end of time", STOPGAP_ERR_TIME_OUT_OF_RANGE,
            stopgap_throttle_check(&w.in.throttle, &w.in.lockouts, NOW, &w.error));
    REFUSED("guard: a lockout until the end of time", STOPGAP_ERR_TIME_OUT_OF_RANGE,
            stopgap_throttle_guard(&w.in.throttle, &w.in.lockouts, NOW, attempt,
                                   &w.callbacks, &w.error));
    w.in.throttle = stopgap_throttle_new();
    GRANTED("a new throttle has no lockout",
            stopgap_throttle_check(&w.in.throttle, &w.in.lockouts, NOW, &w.error));
    w.in.throttle.failures = UINT32_MAX;
    GRANTED("fail: more often than can be counted",
            stopgap_throttle_fail(&w.in.throttle, &w.in.lockouts, NOW, &w.error));
    check("attempts stay locked out", w.in.throttle.failures == UINT32_MAX &&
                                 stopgap_throttle_check(&w.in.throttle, &w.in.lockouts, NOW,
                                                        NULL) == STOPGAP_ERR_THROTTLED);
}

void cases_of_callbacks(void) {
    random_numbers();
    keeping();
    roles();
    lockouts();
}
