/* Runs the uses of README.md. */
#include "uses.h"

#include <stdio.h>

#define NOW INT64_C(1795273242) /* 2026-11-21, 15:00:42 UTC */

static stopgap_error why;

#define EXPECT(expected, call)                                                           \
    do {                                                                                 \
        stopgap_status status = (call);                                                  \
        if (status != (expected)) {                                                      \
            printf("line %d: %s\n", __LINE__, stopgap_status_name(status));              \
            return 1;                                                                    \
        }                                                                                \
    } while (0)
#define OK(call) EXPECT(STOPGAP_OK, call)

static int32_t keep_state(void *context, const stopgap_sealed_state *state) {
    memcpy(context, state, sizeof *state);
    return 0;
}

static int online(const stopgap_key_ring *ring) {
    stopgap_online_grant *grants[2] = {NULL, NULL};
    stopgap_online_grants all = {grants, 2};
    struct stopgap_online_grant_info info;
    stopgap_code code;
    stopgap_throttle throttle = stopgap_throttle_new();
    stopgap_verification *verification = NULL;
    stopgap_verification_request request;
    stopgap_granted granted;
    stopgap_bytes answer;
    OK(issue(ring, "alice", NOW, &code, &grants[0], &why));
    OK(issue(ring, "alice", NOW, &code, &grants[1], &why));
    EXPECT(STOPGAP_ERR_UNKNOWN,
           verify(ring, all, &throttle, "alice", "0000-0000-0000", NOW, &granted, &why));
    OK(verify(ring, all, &throttle, "alice", code.text, NOW, &granted, &why));
    info.size = sizeof info;
    OK(stopgap_online_grant_info(grants[1], &info, &why));
    if (granted.index != 1 || info.uses != 1) {
        printf("no use was counted\n");
        return 1;
    }
    EXPECT(STOPGAP_ERR_USED_UP,
           verify(ring, all, &throttle, "alice", code.text, NOW, &granted, &why));
    EXPECT(STOPGAP_ERR_FORBIDDEN, revoke(ring, STOPGAP_ROLE_USER, grants[1], NOW, &why));
    OK(revoke(ring, STOPGAP_ROLE_HELP_DESK, grants[1], NOW, &why));
    EXPECT(STOPGAP_ERR_REVOKED,
           verify(ring, all, &throttle, "alice", code.text, NOW, &granted, &why));

    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.user = stopgap_text_n("alice", 5);
    request.idempotency_key = stopgap_text_n("5f0c-1", 6);
    request.purpose = STOPGAP_PURPOSE_RESET;
    request.code = &code;
    OK(seal_answer(ring, &request, "granted", NOW, &verification, &why));
    OK(replay_answer(ring, &request, verification, NOW + 60, &answer, &why));
    if (answer.len != 7 || memcmp(answer.ptr, "granted", 7) != 0) {
        printf("another answer\n");
        return 1;
    }
    request.idempotency_key = stopgap_text_n("5f0c-2", 6);
    EXPECT(STOPGAP_ERR_TAMPERED,
           replay_answer(ring, &request, verification, NOW + 60, &answer, &why));
    stopgap_verification_free(&verification);
    stopgap_online_grant_free(&grants[0]);
    stopgap_online_grant_free(&grants[1]);
    return 0;
}

static int security(const stopgap_key_ring *ring) {
    stopgap_security_text text;
    stopgap_security_code *record = NULL;
    stopgap_authenticated authenticated;
    int allowed;
    OK(create(ring, "bob", NOW, &text, &record, &why));
    OK(authenticate(ring, text.text, record, NOW, &authenticated, &why));
    allowed = stopgap_scopes_allow(authenticated.scopes, stopgap_text_of("reports:read")) == 1;
    stopgap_wipe(&text, sizeof text);
    stopgap_security_code_free(&record);
    return allowed && authenticated.role == STOPGAP_ROLE_HELP_DESK ? 0 : 1;
}

static int offline(const stopgap_key_ring *ring) {
    stopgap_enrolment *machine = NULL;
    uint8_t bytes[STOPGAP_KEY_SIZE];
    stopgap_enrolment_key *key = NULL;
    stopgap_agent *agent = NULL;
    stopgap_sealed_state state;
    stopgap_keep keep = {keep_state, &state};
    stopgap_code shown;
    stopgap_answer given;
    int64_t until;
    OK(enrol(ring, "alice", "LAPTOP-17", NOW, &machine, bytes, &why));
    OK(stopgap_enrolment_key_from_bytes(bytes, sizeof bytes, &key, &why));
    OK(stopgap_agent_new(key, NULL, &agent, &why));
    stopgap_enrolment_key_free(&key);
    EXPECT(STOPGAP_ERR_NO_LOCK, logon(agent, &keep, NOW, &why));
    OK(stopgap_agent_request_code(agent, NOW, &shown, &why));
    OK(answer(ring, &machine, 1, "alice", shown.text, NOW, &given, &why));
    OK(redeem(agent, &keep, given.code.text, NOW, &until, &why));
    OK(logon(agent, &keep, NOW, &why));
    EXPECT(STOPGAP_ERR_USED_UP, redeem(agent, &keep, given.code.text, NOW, &until, &why));
    stopgap_agent_free(&agent);
    stopgap_enrolment_free(&machine);
    return until == given.expires_at ? 0 : 1;
}

int main(void) {
    stopgap_key_ring *ring = NULL;
    int failed;
    OK(make_ring(&ring, &why));
    failed = online(ring) || security(ring) || offline(ring);
    stopgap_key_ring_free(&ring);
    if (!failed) {
        puts("ten uses");
    }
    return failed;
}
