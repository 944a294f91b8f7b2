#include "world.h"

static void random_numbers(void) {
    stopgap_random none = {NULL, NULL};
    w.callbacks.answer = -7;
    REFUSED("issue: the random numbers fail", STOPGAP_CALLBACK_FAILED,
            stopgap_online_issue(&w.in.online, w.ring, TEXT("alice"), NOW, NO_ZONE,
                                 &w.in.random, &w.out.code, &w.out.grant, &w.error));
    check("issue: what the callback returned is told", w.error.callback == -7);
    REFUSED("create: the random numbers fail", STOPGAP_CALLBACK_FAILED,
            stopgap_security_code_create(
                w.ring, &w.in.actor, STOPGAP_ACCESS_SUPER_ADMINISTRATOR, NULL, 0, NULL,
                0, NOW, &w.in.random, &w.out.code, &w.out.record, &w.error));
    check("create: what the callback returned is told", w.error.callback == -7);
    REFUSED("generate: the random numbers fail", STOPGAP_CALLBACK_FAILED,
            stopgap_master_key_generate(&w.in.random, &w.out.master, &w.error));
    check("generate: what the callback returned is told", w.error.callback == -7);
    check("the callback was asked each time", w.callbacks.calls == 3);
    w.callbacks.answer = 0;
    REFUSED("issue: no function", STOPGAP_NULL_ARGUMENT,
            stopgap_online_issue(&w.in.online, w.ring, TEXT("alice"), NOW, NO_ZONE, &none,
                                 &w.out.code, &w.out.grant, &w.error));
    REFUSED("generate: no function", STOPGAP_NULL_ARGUMENT,
            stopgap_master_key_generate(&none, &w.out.master, &w.error));
    GRANTED("generate: the caller's numbers",
            stopgap_master_key_generate(&w.in.random, &w.out.master, &w.error));
    check("they are the key", w.out.master.bytes[31] == 0x54);
}

static void keeping(void) {
    stopgap_sealed_state before;
    stopgap_sealed_state after;
    int64_t until = 0;
    stopgap_agent *again = NULL;
    stopgap_keep none = {NULL, NULL};
    /* A call that finds its `keep` unusable decides nothing. */
    REFUSED("redeem: no function", STOPGAP_NULL_ARGUMENT,
            stopgap_agent_redeem(w.agent, TEXT(w.in.answer.text), STOPGAP_BYPASS, NOW,
                                 TEXT(BERLIN), &none, &w.out.instant, &w.error));
    REFUSED("clear: no function", STOPGAP_NULL_ARGUMENT,
            stopgap_agent_clear_lock(w.agent, &none, &w.error));
    must(stopgap_agent_clear_lock(w.agent, &w.in.keep, NULL));
    must(stopgap_agent_seal(w.agent, &before, NULL));

    w.callbacks.answer = 5;
    begin("redeem: the state is not kept");
    w.callbacks.calls = 0;
    check("redeem fails where the state is not kept",
          stopgap_agent_redeem(w.agent, TEXT(w.in.answer.text), STOPGAP_BYPASS, NOW,
                               TEXT(BERLIN), &w.in.keep, &until,
                               &w.error) == STOPGAP_CALLBACK_FAILED);
    check("until when is not told", until == 0);
    check("the callback was asked once", w.callbacks.calls == 1);
    must(stopgap_agent_seal(w.agent, &after, NULL));
    check("the code is spent in memory", memcmp(&before, &after, sizeof after) != 0);
    check("what was to be kept is what the agent holds",
          memcmp(&w.callbacks.kept, &after, sizeof after) == 0);
    check("the lock is not told while the state is not kept",
          stopgap_agent_lock(w.agent, NOW, &w.in.keep, &until, NULL) ==
                  STOPGAP_CALLBACK_FAILED &&
              until == 0);
    w.callbacks.answer = 0;
    check("the code is not good twice",
          stopgap_agent_redeem(w.agent, TEXT(w.in.answer.text), STOPGAP_BYPASS, NOW,
                               TEXT(BERLIN), &w.in.keep, &until,
                               NULL) == STOPGAP_USED_UP);
    check("the lock is told when the state is kept",
          stopgap_agent_lock(w.agent, NOW, &w.in.keep, &until, NULL) == STOPGAP_OK &&
              until > NOW);
    check("the state that was kept has the lock and the spent code",
          memcmp(&w.callbacks.kept, &after, sizeof after) == 0);
    /* A machine that restarts from the file that was not written. */
    must(stopgap_agent_resume(w.key, NULL, before.bytes, sizeof before.bytes, &again,
                              NULL));
    until = 0;
    check("from the older state the lock is not open",
          stopgap_agent_lock(again, NOW, &w.in.keep, &until, NULL) == STOPGAP_NO_LOCK &&
              until == 0);
    stopgap_agent_free(&again);

    w.callbacks.answer = INT32_MIN;
    check("open: the state is not kept",
          stopgap_agent_open_lock(w.agent, NOW + 60, NOW, &w.in.keep, &until, &w.error) ==
                  STOPGAP_CALLBACK_FAILED &&
              w.error.callback == INT32_MIN && until == 0);
    check("clear: the state is not kept",
          stopgap_agent_clear_lock(w.agent, &w.in.keep, &w.error) ==
              STOPGAP_CALLBACK_FAILED);
    check("reset: the state is not kept",
          stopgap_agent_reset_throttle(w.agent, &w.in.keep, &w.error) ==
              STOPGAP_CALLBACK_FAILED);
    w.callbacks.answer = 0;
}

static void roles(void) {
    stopgap_role_of none = {NULL, NULL};
    w.callbacks.answer = 11;
    REFUSED("authenticate: nobody knows the role", STOPGAP_CALLBACK_FAILED,
            stopgap_security_code_authenticate(&w.in.record, w.ring,
                                               TEXT(w.in.secret.text), &w.in.knows, NOW,
                                               &w.out.scope, &w.error));
    check("authenticate: what the callback returned is told", w.error.callback == 11);
    REFUSED("scope: nobody knows the role", STOPGAP_CALLBACK_FAILED,
            stopgap_access_scope(STOPGAP_ACCESS_SAME_AS, TEXT("alice"), &w.in.knows,
                                 &w.out.scope, &w.error));
    w.callbacks.answer = 0;
    REFUSED("scope: of another user", STOPGAP_CALLBACK_FAILED,
            stopgap_access_scope(STOPGAP_ACCESS_SAME_AS, TEXT("bob"), &w.in.knows,
                                 &w.out.scope, &w.error));
    w.callbacks.role = 0;
    REFUSED("scope: the callback gives no role", STOPGAP_INVALID_VALUE,
            stopgap_access_scope(STOPGAP_ACCESS_SAME_AS, TEXT("alice"), &w.in.knows,
                                 &w.out.scope, &w.error));
    w.callbacks.role = 99;
    REFUSED("authenticate: the callback gives what is no role", STOPGAP_INVALID_VALUE,
            stopgap_security_code_authenticate(&w.in.record, w.ring,
                                               TEXT(w.in.secret.text), &w.in.knows, NOW,
                                               &w.out.scope, &w.error));
    check("which number is told", w.error.found == 99);
    w.callbacks.calls = 0;
    REFUSED("authenticate: a guess", STOPGAP_UNKNOWN,
            stopgap_security_code_authenticate(
                &w.in.record, w.ring, TEXT("00000000000000000000000000000000"),
                &w.in.knows, NOW, &w.out.scope, &w.error));
    GRANTED("scope: a super administrator of its own",
            stopgap_access_scope(STOPGAP_ACCESS_SUPER_ADMINISTRATOR, NULL, 0,
                                 &w.in.knows, &w.out.scope, &w.error));
    check("nobody was asked in vain", w.callbacks.calls == 0);
    REFUSED("scope: no function", STOPGAP_NULL_ARGUMENT,
            stopgap_access_scope(STOPGAP_ACCESS_SUPER_ADMINISTRATOR, NULL, 0, &none,
                                 &w.out.scope, &w.error));
    REFUSED("authenticate: no function", STOPGAP_NULL_ARGUMENT,
            stopgap_security_code_authenticate(&w.in.record, w.ring,
                                               TEXT(w.in.secret.text), &none, NOW,
                                               &w.out.scope, &w.error));
}

static stopgap_status attempt(void *context) {
    struct callbacks *callbacks = context;
    callbacks->calls++;
    return callbacks->tried;
}

static void doors(void) {
    int i;
    w.callbacks.calls = 0;
    REFUSED("guard: no attempt", STOPGAP_NULL_ARGUMENT,
            stopgap_throttle_guard(&w.in.throttle, &w.in.doors, NOW, NULL, NULL,
                                   &w.error));
    w.callbacks.tried = STOPGAP_EXPIRED;
    begin("guard: a refusal that is no guess");
    judge_without_error(STOPGAP_EXPIRED,
                        stopgap_throttle_guard(&w.in.throttle, &w.in.doors, NOW, attempt,
                                               &w.callbacks, &w.error));
    check("it does not count", w.in.throttle.failures == 0);
    w.callbacks.tried = -12345;
    check("guard: what is no status goes through",
          stopgap_throttle_guard(&w.in.throttle, &w.in.doors, NOW, attempt, &w.callbacks,
                                 NULL) == -12345);
    w.callbacks.tried = STOPGAP_UNKNOWN;
    for (i = 0; i < 5; i++) {
        check("guard: a guess",
              stopgap_throttle_guard(&w.in.throttle, &w.in.doors, NOW, attempt,
                                     &w.callbacks, NULL) == STOPGAP_UNKNOWN);
    }
    check("guesses count", w.in.throttle.failures == 5);
    w.callbacks.calls = 0;
    REFUSED("guard: behind a closed door", STOPGAP_THROTTLED,
            stopgap_throttle_guard(&w.in.throttle, &w.in.doors, NOW, attempt,
                                   &w.callbacks, &w.error));
    check("when it opens is told", w.error.time == NOW + 60);
    check("the attempt was not made", w.callbacks.calls == 0);
    w.in.throttle.closed_until = INT64_MAX;
    REFUSED("check: closed until the end of time", STOPGAP_TIME_OUT_OF_RANGE,
            stopgap_throttle_check(&w.in.throttle, &w.in.doors, NOW, &w.error));
    REFUSED("guard: closed until the end of time", STOPGAP_TIME_OUT_OF_RANGE,
            stopgap_throttle_guard(&w.in.throttle, &w.in.doors, NOW, attempt,
                                   &w.callbacks, &w.error));
    GRANTED("reset: anything becomes a new throttle",
            stopgap_throttle_reset(&w.in.throttle, &w.error));
    w.in.throttle.failures = UINT32_MAX;
    GRANTED("fail: as often as can be counted",
            stopgap_throttle_fail(&w.in.throttle, &w.in.doors, NOW, &w.error));
    check("it stays closed", w.in.throttle.failures == UINT32_MAX &&
                                 stopgap_throttle_check(&w.in.throttle, &w.in.doors, NOW,
                                                        NULL) == STOPGAP_THROTTLED);
}

void cases_of_callbacks(void) {
    random_numbers();
    keeping();
    roles();
    doors();
}
