#include "world.h"

/* Instants outside the protocol. INT64_MIN is STOPGAP_NEVER, which some places allow. */
static const int64_t OUTSIDE[] = {
    INT64_MAX,
    INT64_MAX - 1,
    INT64_MIN + 1,
    INT64_C(-62135596801),
    INT64_C(253402300800),
    INT64_C(-8334601228800),
    INT64_C(-8334601228801),
    INT64_C(8210266876799),
    INT64_C(8210266876800),
};

/* Returns 1 if a call ended in an orderly way, whether it takes the time or refuses it. */
static int orderly(stopgap_status status) {
    return status != STOPGAP_ERR_PANIC && status != STOPGAP_ERR_OTHER &&
           strcmp(stopgap_status_name(status), "STOPGAP_STATUS_UNKNOWN") != 0;
}

/* Members of structs. */
static void in_structs(int64_t time) {
    struct inputs kept;
    memcpy(&kept, &w.in, sizeof kept);
    check("enrol: another age",
          orderly(stopgap_enrolment_migrate(w.ring, &w.in.enrol, 7, time, &w.out.enrolment, NULL)));
    w.in.online.not_before = time;
    check("issue: a policy of another age",
          orderly(stopgap_online_issue(w.ring, &w.in.issue, NOW, &w.out.code, &w.out.grant,
                                       NULL)));
    check("seal: a policy of another age",
          orderly(stopgap_preset_seal(w.ring, TEXT("visitor"), &w.in.online, &w.out.preset,
                                      NULL)));
    w.in.throttle.locked_until = time;
    check("check: a throttle of another age",
          orderly(stopgap_throttle_check(&w.in.throttle, &w.in.lockouts, NOW, NULL)));
    w.in.throttle.failures = 50;
    check("fail: a throttle of another age",
          orderly(stopgap_throttle_fail(&w.in.throttle, &w.in.lockouts, NOW, NULL)));
    w.in.throttle.locked_until = time;
    check("seal: a throttle of another age",
          orderly(stopgap_user_throttle_seal(w.ring, TEXT("alice"), &w.in.throttle,
                                             &w.out.user_throttle, NULL)));
    w.in.change.event = STOPGAP_EVENT_EDIT;
    w.in.change.expires_at = time;
    check("apply: an expiry of another age",
          stopgap_security_code_apply(w.record, w.ring, &w.in.change, NOW, NULL) != STOPGAP_OK);
    w.in.secure.expires_at = time;
    check("create: an expiry of another age",
          stopgap_security_code_create(w.ring, &w.in.secure, NOW, &w.out.shown, &w.out.record,
                                       NULL) != STOPGAP_OK);
    w.in.rotate.expires_at = time;
    check("rotate: an expiry of another age",
          stopgap_security_code_rotate(w.record, w.ring, &w.in.rotate, NOW, &w.out.rotated,
                                       NULL) != STOPGAP_OK);
    memcpy(&w.in, &kept, sizeof kept);
    w.in.rotate.overlap_seconds = UINT64_MAX;
    check("rotate: an overlap past the end of time",
          orderly(stopgap_security_code_rotate(w.record, w.ring, &w.in.rotate, NOW,
                                               &w.out.rotated, NULL)));
    memcpy(&w.in, &kept, sizeof kept);
    free_outputs();
}

/* Zones move an instant past the end of the calendar. */
static void in_zones(int64_t time) {
    static const char *const ZONES[] = {"Asia/Tokyo", "America/New_York",
                                        "Pacific/Kiritimati", "Etc/GMT+12"};
    size_t i;
    for (i = 0; i < sizeof ZONES / sizeof ZONES[0]; i++) {
        REFUSED("expires: outside the years 1 to 9999", STOPGAP_ERR_TIME_OUT_OF_RANGE,
                stopgap_validity_expires_at(1, time, TEXT(ZONES[i]), &w.out.instant,
                                            &w.error));
        w.in.issue.zone = TEXT(ZONES[i]);
        w.in.asked.zone = TEXT(ZONES[i]);
        REFUSED("issue: outside the years 1 to 9999", STOPGAP_ERR_TIME_OUT_OF_RANGE,
                stopgap_online_issue(w.ring, &w.in.issue, time, &w.out.code, &w.out.grant,
                                     &w.error));
        REFUSED("redeem: outside the years 1 to 9999", STOPGAP_ERR_TIME_OUT_OF_RANGE,
                stopgap_agent_redeem(w.agent, REDEEM(TEXT(w.in.answer.text), STOPGAP_PURPOSE_BYPASS, TEXT(ZONES[i])), time, &w.in.keep, &w.out.instant, &w.error));
        REFUSED("answer: outside the years 1 to 9999", STOPGAP_ERR_TIME_OUT_OF_RANGE,
                stopgap_offline_answer(w.ring, &w.in.asked, time, &w.out.answer, &w.error));
    }
}

void cases_of_times(void) {
    static const int64_t MINUTES[] = {INT64_MIN, INT64_MAX, -1, 0};
    stopgap_code code;
    uint8_t input[STOPGAP_OCRA_DATA_INPUT_SIZE];
    size_t i;
    for (i = 0; i < sizeof OUTSIDE / sizeof OUTSIDE[0]; i++) {
        in_structs(OUTSIDE[i]);
        in_zones(OUTSIDE[i]);
        check("a minute of any instant",
              stopgap_minute_of(OUTSIDE[i]) <= INT64_MAX / 60);
        check("seconds left at any instant",
              stopgap_seconds_left(OUTSIDE[i]) >= 1 &&
                  stopgap_seconds_left(OUTSIDE[i]) <= 60);
    }
    in_structs(STOPGAP_NEVER);
    check("the first minute", stopgap_minute_of(INT64_MIN) == INT64_MIN / 60 - 1);
    check("seconds left in it", stopgap_seconds_left(INT64_MIN) >= 1 &&
                                    stopgap_seconds_left(INT64_MIN) <= 60);
    check("the minute before the epoch", stopgap_minute_of(-1) == -1);
    for (i = 0; i < sizeof MINUTES / sizeof MINUTES[0]; i++) {
        check("a request code of any minute",
              stopgap_enrolment_key_request_code(w.key, MINUTES[i], w.in.alphabet, &code,
                                                 NULL) == STOPGAP_OK);
        check("an offline code of any minute",
              orderly(stopgap_enrolment_key_offline_code(w.key, INPUTS(MINUTES[i], STOPGAP_PURPOSE_RESET, 1), w.in.alphabet, &code, NULL)));
        check("an OCRA input of any minute",
              orderly(stopgap_enrolment_key_ocra_data_input(w.key, INPUTS(MINUTES[i], STOPGAP_PURPOSE_RESET, 1), input, sizeof input, NULL)));
    }
    /* 23:59:59 on the last day; the day after is in year 10000. */
    REFUSED("expires: the last day", STOPGAP_ERR_TIME_OUT_OF_RANGE,
            stopgap_validity_expires_at(1, INT64_C(253402300799), NO_ZONE,
                                        &w.out.instant, &w.error));
    REFUSED("create: the last day", STOPGAP_ERR_TIME_OUT_OF_RANGE,
            stopgap_security_code_create(w.ring, &w.in.secure, INT64_C(253402300799),
                                         &w.out.shown, &w.out.record, &w.error));
    w.in.locate.past_minutes = UINT16_MAX;
    w.in.locate.ahead_minutes = UINT16_MAX;
    w.in.locate.diagnose_minutes = 0;
    check("locate: past the end of time",
          orderly(stopgap_locate(LOCATE(w.in.keys, 1, TEXT("ZZZZZZZZ"), w.in.alphabet, &w.in.locate), INT64_C(253402300799), &w.out.located, NULL)));
    free_outputs();
}
