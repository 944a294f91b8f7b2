#include "world.h"

static stopgap_status resume(const stopgap_enrolment_key *key, const uint8_t *state,
                             size_t length) {
    return stopgap_agent_resume(key, NULL, state, length, &w.out.agent, &w.error);
}

#define KEY "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789ABCDEF"

/* The file of an enrolment: what is read, a struct of another version, and errors. */
static void files(void) {
    static const char text[] =
        "{\"stopgap\":\"enrolment\",\"version\":1,\"user\":\"alice\",\"machine\":\"m\","
        "\"generation\":7,\"used\":true,\"key\":\"" KEY "\"}\n";
    struct {
        stopgap_enrolment_file file;
        size_t later[2];
    } info;
    uint8_t bytes[STOPGAP_KEY_SIZE];
    char changed[sizeof text];
    mark(&info, sizeof info);
    info.file.size = sizeof info;
    GRANTED("file: a newer caller",
            stopgap_enrolment_read(TEXT(text), &w.out.key, &info.file, &w.error));
    check("file: the members", strcmp(info.file.user, "alice") == 0 &&
                                   strcmp(info.file.machine, "m") == 0 &&
                                   info.file.generation == 7 && info.file.used == 1);
    check("file: the size stays, and later members are zeros",
          info.file.size == sizeof info && info.later[0] == 0 && info.later[1] == 0);
    must(stopgap_enrolment_read(TEXT(text), &w.out.key, &info.file, NULL));
    must(stopgap_enrolment_key_reveal(w.out.key, bytes, sizeof bytes, NULL));
    check("file: the key", bytes[0] == 0x01 && bytes[31] == 0xEF);

    info.file.size = sizeof info.file - 1;
    REFUSED("file: a size that is none", STOPGAP_ERR_INVALID_VALUE,
            stopgap_enrolment_read(TEXT(text), &w.out.key, &info.file, &w.error));
    mark(&info, sizeof info);
    info.file.size = sizeof info.file;
    memcpy(changed, text, sizeof text);
    changed[1] = 'x';
    REFUSED("file: a changed byte", STOPGAP_ERR_ENROLMENT_FILE,
            stopgap_enrolment_read(TEXT(changed), &w.out.key, &info.file, &w.error));
    check("file: its position", w.error.position == 1);
    memcpy(changed, text, sizeof text);
    *strchr(changed, '1') = '3';
    REFUSED("file: a newer version", STOPGAP_ERR_ENROLMENT_FILE_VERSION,
            stopgap_enrolment_read(TEXT(changed), &w.out.key, &info.file, &w.error));
    check("file: the version", w.error.found == 3);
    check("file: nothing is written",
          is_marked(&info.file.generation, sizeof info - sizeof info.file.size));
    make_world();
}

void cases_of_states(void) {
    stopgap_enrolment_key *other = NULL;
    stopgap_agent *agent = NULL;
    uint8_t long_state[STOPGAP_SEALED_STATE_SIZE + 1];
    int64_t until = 0;
    size_t i;
    files();
    must(stopgap_enrolment_key_derive(w.in.enrolments[1], w.ring, &other, NULL));
    REFUSED("resume: another enrolment's state", STOPGAP_ERR_STATE_DOES_NOT_OPEN,
            resume(other, w.in.state.bytes, STOPGAP_SEALED_STATE_SIZE));
    stopgap_enrolment_key_free(&other);
    for (i = 0; i < STOPGAP_SEALED_STATE_SIZE; i++) {
        w.in.state.bytes[i] ^= 1;
        REFUSED("resume: a changed state", STOPGAP_ERR_STATE_DOES_NOT_OPEN,
                resume(w.key, w.in.state.bytes, STOPGAP_SEALED_STATE_SIZE));
        w.in.state.bytes[i] ^= 1;
    }
    w.in.state.bytes[7] = 2;
    REFUSED("resume: a newer version", STOPGAP_ERR_STATE_VERSION,
            resume(w.key, w.in.state.bytes, STOPGAP_SEALED_STATE_SIZE));
    check("which version is told", w.error.found == 2);
    REFUSED("resume: a newer version that is shorter", STOPGAP_ERR_STATE_VERSION,
            resume(w.key, w.in.state.bytes, 8));
    w.in.state.bytes[7] = 1;
    REFUSED("resume: (NULL, 0)", STOPGAP_ERR_STATE_WRONG_LENGTH, resume(w.key, NULL, 0));
    for (i = 0; i < STOPGAP_SEALED_STATE_SIZE; i++) {
        REFUSED("resume: a shorter state", STOPGAP_ERR_STATE_WRONG_LENGTH,
                resume(w.key, w.in.state.bytes, i));
        check("how long it was is told", w.error.found == i);
    }
    memset(long_state, 0, sizeof long_state);
    memcpy(long_state, &w.in.state, sizeof w.in.state);
    REFUSED("resume: a longer state", STOPGAP_ERR_STATE_WRONG_LENGTH,
            resume(w.key, long_state, sizeof long_state));
    memset(long_state, 0xFF, sizeof long_state);
    REFUSED("resume: a state of 0xFF", STOPGAP_ERR_STATE_DOES_NOT_OPEN,
            resume(w.key, long_state, STOPGAP_SEALED_STATE_SIZE));
    memset(long_state, 0, sizeof long_state);
    REFUSED("resume: a state of 0x00", STOPGAP_ERR_STATE_DOES_NOT_OPEN,
            resume(w.key, long_state, STOPGAP_SEALED_STATE_SIZE));
    GRANTED("resume: the state",
            resume(w.key, w.in.state.bytes, STOPGAP_SEALED_STATE_SIZE));

    /* A code is valid once, also over a restart. */
    must(stopgap_agent_redeem(w.agent, REDEEM(TEXT(w.in.answer.text), STOPGAP_PURPOSE_BYPASS, TEXT(BERLIN)), NOW, &w.in.keep, &until, NULL));
    must(stopgap_agent_resume(w.key, NULL, w.callbacks.kept.bytes,
                              sizeof w.callbacks.kept.bytes, &agent, NULL));
    check("redeem: twice",
          stopgap_agent_redeem(w.agent, REDEEM(TEXT(w.in.answer.text), STOPGAP_PURPOSE_BYPASS, TEXT(BERLIN)), NOW, &w.in.keep, &until, NULL) == STOPGAP_ERR_USED_UP);
    check("redeem: once more after a restart",
          stopgap_agent_redeem(agent, REDEEM(TEXT(w.in.answer.text), STOPGAP_PURPOSE_BYPASS, TEXT(BERLIN)), NOW, &w.in.keep, &until, NULL) == STOPGAP_ERR_USED_UP);
    stopgap_agent_free(&agent);

    /* An agent that must refuse. */
    make_world();
    REFUSED("redeem: registration needs the server", STOPGAP_ERR_WRONG_PURPOSE,
            stopgap_agent_redeem(w.agent, REDEEM(TEXT(w.in.answer.text), STOPGAP_PURPOSE_REGISTER, TEXT(BERLIN)), NOW, &w.in.keep, &w.out.instant, &w.error));
    REFUSED("redeem: with the clock set back", STOPGAP_ERR_CLOCK_ROLLED_BACK,
            stopgap_agent_redeem(w.agent, REDEEM(TEXT(w.in.answer.text), STOPGAP_PURPOSE_BYPASS, TEXT(BERLIN)), NOW - 3600, &w.in.keep, &w.out.instant, &w.error));
    check("the latest time is told", w.error.time == NOW);
    REFUSED("lock: with the clock set back", STOPGAP_ERR_CLOCK_ROLLED_BACK,
            stopgap_agent_log_on(w.agent, NOW - 3600, &w.in.keep, &w.out.instant,
                               &w.error));
    GRANTED("activate: a lock that has ended",
            stopgap_agent_activate(w.agent, NOW, NOW, &w.in.keep, &w.out.instant,
                                    &w.error));
    check("the active lock stays", w.out.instant == NOW + 3600);
    must(stopgap_agent_clear_lock(w.agent, &w.in.keep, NULL));
    REFUSED("activate: a lock that has ended, without another", STOPGAP_ERR_NO_LOCK,
            stopgap_agent_activate(w.agent, NOW, NOW, &w.in.keep, &w.out.instant,
                                    &w.error));
    REFUSED("lock: none", STOPGAP_ERR_NO_LOCK,
            stopgap_agent_log_on(w.agent, NOW, &w.in.keep, &w.out.instant, &w.error));
    for (i = 0; i < 5; i++) {
        check("redeem: a guess",
              stopgap_agent_redeem(w.agent, REDEEM(TEXT("ZZZZ-ZZZZ-ZZZZ-ZZZZ"), STOPGAP_PURPOSE_BYPASS, TEXT(BERLIN)), NOW, &w.in.keep, &until, &w.error) == STOPGAP_ERR_UNKNOWN);
    }
    REFUSED("redeem: during a lockout", STOPGAP_ERR_THROTTLED,
            stopgap_agent_redeem(w.agent, REDEEM(TEXT(w.in.answer.text), STOPGAP_PURPOSE_BYPASS, TEXT(BERLIN)), NOW, &w.in.keep, &w.out.instant, &w.error));
}
