#include "world.h"

/* Each figure that a program may change has its effect. */

static void lockouts(void) {
    stopgap_throttle throttle = stopgap_throttle_new();
    int i;
    w.in.lockouts.max_delay_seconds = 100;
    for (i = 0; i < 6; i++) {
        must(stopgap_throttle_fail(&throttle, &w.in.lockouts, NOW, NULL));
    }
    check("the longest lockout", throttle.locked_until == NOW + 100);
    /* The clock was two hours ahead when the lockout began. */
    REFUSED("a clock that was ahead", STOPGAP_ERR_THROTTLED,
            stopgap_throttle_check(&throttle, &w.in.lockouts, NOW - 7200, &w.error));
    check("the end comes nearer, and is told",
          throttle.locked_until == NOW - 7100 && w.error.time == NOW - 7100);
    w.in.lockouts.hard_limit = 7;
    must(stopgap_throttle_fail(&throttle, &w.in.lockouts, NOW, NULL));
    check("a lockout without an end", throttle.locked_until == STOPGAP_NEVER);
    REFUSED("a lockout without an end", STOPGAP_ERR_THROTTLED,
            stopgap_throttle_check(&throttle, &w.in.lockouts, NOW + 86400, &w.error));
    check("no end is told", w.error.time == STOPGAP_NEVER);
}

static stopgap_status lock(stopgap_agent *agent, int64_t now) {
    return stopgap_agent_log_on(agent, now, &w.in.keep, &w.out.instant, &w.error);
}

static void clocks(void) {
    stopgap_agent *agent = NULL;
    w.in.policy.clock_tolerance_seconds = 10;
    must(stopgap_agent_new(w.key, &w.in.policy, &agent, NULL));
    REFUSED("a clock as it is", STOPGAP_ERR_NO_LOCK, lock(agent, NOW));
    REFUSED("a clock that is set back a little", STOPGAP_ERR_NO_LOCK, lock(agent, NOW - 10));
    REFUSED("a clock that is set back", STOPGAP_ERR_CLOCK_ROLLED_BACK,
            lock(agent, NOW - 11));
    stopgap_agent_free(&agent);
}

static stopgap_status locate(void) {
    return stopgap_locate(LOCATE(w.in.keys, 1, TEXT(w.in.request.text), w.in.alphabet, &w.in.locate), NOW, &w.out.located, &w.error);
}

/* A request of three minutes ago. */
static void late_requests(void) {
    must(stopgap_enrolment_key_request_code(w.in.keys[0], stopgap_minute_of(NOW) - 3,
                                            w.in.alphabet, &w.in.request, NULL));
    w.in.locate.window_minutes = 3;
    GRANTED("a request within the window", locate());
    check("it is not late", w.out.located.late == 0);
    w.in.locate.window_minutes = 2;
    GRANTED("a request before the window", locate());
    check("it is late", w.out.located.late == 1);
    w.in.offline.locate.window_minutes = 2;
    w.in.asked.purpose = STOPGAP_PURPOSE_RESET;
    GRANTED("an answer to a late request",
            stopgap_offline_answer(w.ring, &w.in.asked, NOW, &w.out.answer, &w.error));
    check("it is marked, and a reset has no lock",
          w.out.answer.late == 1 && w.out.answer.expires_at == STOPGAP_NEVER &&
              w.out.answer.validity == 1);
}

/* A machine whose clock is 100 minutes behind. */
static void late_machines(void) {
    stopgap_enrolment_request request = enrolling("LAPTOP-17");
    stopgap_enrolment *enrolments[2] = {NULL, NULL};
    stopgap_enrolment_key *key = NULL;
    int64_t minute = stopgap_minute_of(NOW) - 100;
    must(stopgap_enrolment_key_request_code(w.in.keys[0], minute, w.in.alphabet,
                                            &w.in.request, NULL));
    w.in.locate.diagnose_minutes = 100;
    REFUSED("a clock as far behind as is looked", STOPGAP_ERR_CLOCK_SKEW, locate());
    check("how far it is behind", w.error.minutes == -100);
    w.in.locate.diagnose_minutes = 99;
    REFUSED("a clock further behind", STOPGAP_ERR_UNRECOGNISED, locate());

    must(stopgap_enrolment_new(w.ring, &request, NOW, &enrolments[1], NULL));
    request.user = TEXT("bob");
    must(stopgap_enrolment_new(w.ring, &request, NOW, &enrolments[0], NULL));
    must(stopgap_enrolment_key_derive(enrolments[1], w.ring, &key, NULL));
    must(stopgap_enrolment_key_request_code(key, minute, w.in.alphabet, &w.in.request,
                                            NULL));
    stopgap_enrolment_key_free(&key);
    w.in.asked.enrolments = enrolments;
    REFUSED("a machine of two users, behind", STOPGAP_ERR_CLOCK_SKEW,
            stopgap_offline_answer(w.ring, &w.in.asked, NOW, &w.out.answer, &w.error));
    check("the enrolment is told", w.error.index == 1 && w.error.minutes == -100);
    w.in.asked.enrolments = w.in.enrolments;
    stopgap_enrolment_free(&enrolments[0]);
    stopgap_enrolment_free(&enrolments[1]);
}

static void check_symbols(void) {
    w.in.online.format.check_symbol = 1;
    GRANTED("a code with a check symbol",
            stopgap_online_issue(w.ring, &w.in.issue, NOW, &w.out.code, &w.out.grant,
                                 &w.error));
    check("the grant has it", members_of(w.out.grant).format.check_symbol == 1);
}

static void revocations(void) {
    must(stopgap_online_revoke(w.in.grant, w.ring, NOW, NULL));
    GRANTED("a second revocation",
            stopgap_online_revoke(w.in.grant, w.ring, NOW + 60, &w.error));
    check("the first one stays", members_of(w.in.grant).revoked_at == NOW);
}

static void sentences(void) {
    char text[256];
    memset(&w.in.failure, 0, sizeof w.in.failure);
    w.in.failure.status = STOPGAP_ERR_WRONG_LENGTH;
    w.in.failure.expected = 12;
    w.in.failure.found = 31;
    must(stopgap_error_message(&w.in.failure, text, sizeof text, NULL));
    check("each length has its place", strstr(text, "12 symbols, not 31") != NULL);
    w.in.failure.status = STOPGAP_ERR_SCOPE_INVALID;
    w.in.failure.index = 4;
    must(stopgap_error_message(&w.in.failure, text, sizeof text, NULL));
    check("scopes are counted from one", strstr(text, "scope 5 ") != NULL);
    w.in.failure.status = STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY;
    w.in.failure.found = 256;
    must(stopgap_error_message(&w.in.failure, text, sizeof text, NULL));
    check("an idempotency key that is too long", strstr(text, "not 256") != NULL);
}

void cases_of_figures(void) {
    lockouts();
    late_requests();
    clocks();
    late_machines();
    check_symbols();
    revocations();
    sentences();
}
