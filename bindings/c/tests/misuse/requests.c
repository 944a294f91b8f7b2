#include "world.h"

/* A request with another size, which names the caller's version, and with members that
 * later versions might have. */

static stopgap_status verify(const void *request) {
    return stopgap_online_verify(w.in.grant, w.ring, request, NOW, &w.sized.granted,
                                 &w.error);
}

static stopgap_status issue(const void *request) {
    return stopgap_online_issue(w.ring, request, NOW, &w.out.code, &w.out.grant, &w.error);
}

static stopgap_status create(const void *request) {
    return stopgap_security_code_create(w.ring, request, NOW, &w.out.shown, &w.out.record,
                                        &w.error);
}

static stopgap_status authenticate(const void *request) {
    return stopgap_security_code_authenticate(w.record, w.ring, request, NOW,
                                              &w.out.authenticated, &w.error);
}

static stopgap_status apply(const void *request) {
    return stopgap_security_code_apply(w.record, w.ring, request, NOW, &w.error);
}

static stopgap_status rotate(const void *request) {
    return stopgap_security_code_rotate(w.record, w.ring, request, NOW, &w.out.rotated,
                                        &w.error);
}

static stopgap_status redeem(const void *request) {
    stopgap_status status;
    stopgap_agent *agent = NULL;
    must(stopgap_agent_new(w.key, NULL, &agent, NULL));
    status = stopgap_agent_redeem(agent, request, NOW, &w.in.keep, &w.out.instant, &w.error);
    stopgap_agent_free(&agent);
    return status;
}

static stopgap_status locate(const void *request) {
    return stopgap_locate(request, NOW, &w.out.located, &w.error);
}

/* A request of each kind: the size of its required members, and its whole size. */
static void sizes(stopgap_status (*call)(const void *), const void *request,
                  size_t required, size_t whole) {
    union {
        size_t size;
        unsigned char bytes[5000];
    } larger;
    size_t size;
    memset(&larger, 0, sizeof larger);
    memcpy(&larger, request, whole);
    for (size = 0; size < required; size++) {
        larger.size = size;
        REFUSED("a request without its members", STOPGAP_ERR_INVALID_VALUE, call(&larger));
        check("the size is told", w.error.found == size);
    }
    for (size = required; size < whole; size++) {
        larger.size = size;
        if (size % sizeof(void *) == 0) {
            GRANTED("a request of an older caller", call(&larger));
        } else {
            REFUSED("a request that ends within a member", STOPGAP_ERR_INVALID_VALUE,
                    call(&larger));
        }
    }
    for (size = whole; size <= 4096; size += 8 * sizeof(void *)) {
        larger.size = size;
        GRANTED("a request of a newer caller", call(&larger));
        if (size > whole) {
            larger.bytes[size - 1] = 1;
            REFUSED("a member that is not known", STOPGAP_ERR_INVALID_VALUE, call(&larger));
            larger.bytes[size - 1] = 0;
        }
    }
    larger.size = 4104;
    REFUSED("a request that is too large", STOPGAP_ERR_INVALID_VALUE, call(&larger));
    larger.size = SIZE_MAX;
    REFUSED("a request of no size", STOPGAP_ERR_INVALID_VALUE, call(&larger));
}

/* An output has the size that the caller knows. */
static void outputs(void) {
    union {
        size_t size;
        unsigned char bytes[5000];
        struct stopgap_security_code_info info;
    } larger;
    size_t size;
    for (size = 0; size < sizeof larger.info; size++) {
        larger.size = size;
        REFUSED("an output without its members", STOPGAP_ERR_INVALID_VALUE,
                stopgap_security_code_info(w.record, &larger.info, &w.error));
        check("the size is told", w.error.found == size);
    }
    mark(&larger, sizeof larger);
    larger.size = sizeof larger.info + sizeof(void *);
    GRANTED("an output of a newer caller",
            stopgap_security_code_info(w.record, &larger.info, &w.error));
    check("the size stays", larger.size == sizeof larger.info + sizeof(void *));
    check("members that are not known are zeros",
          larger.bytes[sizeof larger.info] == 0 && larger.bytes[larger.size - 1] == 0);
    check("nothing behind them", is_marked(larger.bytes + larger.size, 100));
}

/* An older caller gives fewer members, and the library reads no others. */
static void older_callers(void) {
    stopgap_verify_request request = w.in.verify;
    stopgap_issue_request issued = w.in.issue;
    request.source_address = stopgap_text_n((const char *)1, 5);
    request.ticket = stopgap_text_n((const char *)1, 5);
    request.size = offsetof(stopgap_verify_request, source_address);
    GRANTED("members behind the size are not read", verify(&request));
    issued.policy = (const stopgap_online_policy *)1;
    issued.random = (const stopgap_random *)1;
    issued.zone = stopgap_text_n((const char *)1, 5);
    issued.size = offsetof(stopgap_issue_request, policy);
    GRANTED("issue: the policy of an older caller", issue(&issued));
    check("it is the usual one", members_of(w.out.grant).expires_at == NOW + 86400
                                     && members_of(w.out.grant).max_uses == STOPGAP_UNLIMITED);
}

static stopgap_status seal_request(const void *request) {
    return stopgap_verification_seal(w.ring, request, NOW, &w.out.verification, &w.error);
}

static stopgap_status seal(const char *key, size_t length) {
    stopgap_verification_request request = w.in.repeated;
    request.idempotency_key = stopgap_text_n(key, length);
    return seal_request(&request);
}

static stopgap_status replay(int64_t now, uint32_t seconds) {
    stopgap_verification_request request = w.in.repeated;
    request.replay_seconds = seconds;
    return stopgap_verification_replay(w.in.verification, w.ring, &request, now, &w.out.stored,
                                       &w.error);
}

static void idempotency_keys(void) {
    char key[300];
    memset(key, 'k', sizeof key);
    GRANTED("replay: at once", replay(NOW, STOPGAP_REPLAY_SECONDS));
    check("the answer is told",
          w.out.stored.len == 3 && memcmp(w.out.stored.ptr, "yes", 3) == 0);
    GRANTED("replay: in the last second", replay(NOW + 599, STOPGAP_REPLAY_SECONDS));
    GRANTED("replay: by the default", replay(NOW + 599, 0));
    REFUSED("replay: later", STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED,
            replay(NOW + 600, STOPGAP_REPLAY_SECONDS));
    REFUSED("replay: later than the default", STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED,
            replay(NOW + 600, 0));
    GRANTED("replay: in a day", replay(NOW + 86399, UINT32_MAX));
    REFUSED("replay: after a day", STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED,
            replay(NOW + 86400, UINT32_MAX));
    REFUSED("replay: after a second", STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED, replay(NOW + 1, 1));
    w.in.repeated.purpose = STOPGAP_PURPOSE_BYPASS;
    REFUSED("replay: another purpose", STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED, replay(NOW, 600));
    w.in.repeated.purpose = STOPGAP_PURPOSE_RESET;
    w.in.repeated.user = TEXT("alicf");
    REFUSED("replay: another user", STOPGAP_ERR_TAMPERED, replay(NOW, 600));
    w.in.repeated.user = TEXT("alice");
    w.in.repeated.idempotency_key = TEXT("attempt-");
    REFUSED("replay: another key", STOPGAP_ERR_TAMPERED, replay(NOW, 600));
    w.in.repeated.idempotency_key = STOPGAP_NO_TEXT;
    REFUSED("replay: no key", STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY, replay(NOW, 600));
    w.in.repeated.idempotency_key = TEXT("attempt-1");
    w.in.repeated.code = NULL;
    REFUSED("replay: no code", STOPGAP_ERR_NULL_ARGUMENT, replay(NOW, 600));
    w.in.repeated.code = &w.in.code;
    memcpy(&w.in.code, "0000-0000-0000", 14);
    REFUSED("replay: another code", STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED, replay(NOW, 600));

    GRANTED("seal: 255 bytes", seal(key, 255));
    must(stopgap_verification_info(w.out.verification, &w.sized.verification, NULL));
    check("all of them are there", w.sized.verification.idempotency_key.len == 255);
    REFUSED("seal: 256 bytes", STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY, seal(key, 256));
    check("how many there were", w.error.found == 256);
    REFUSED("seal: no bytes", STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY, seal("", 0));
    GRANTED("seal: a NUL", seal("a\0b", 3));
    must(stopgap_verification_info(w.out.verification, &w.sized.verification, NULL));
    check("the NUL is kept", w.sized.verification.idempotency_key.len == 3);
    REFUSED("seal: Latin-1", STOPGAP_ERR_INVALID_UTF8, seal("ab\xE4", 3));
    GRANTED("seal: a line break", seal("a\nb", 3));
    make_world();
}

/* An invalid name is its own status in every function, and no throttle counts it. */
static stopgap_status guess(void *context) {
    const stopgap_verify_request *request = context;
    return verify(request);
}

static void names(void) {
    static const struct {
        const char *bytes;
        size_t length;
        stopgap_status status;
    } NAMES[] = {
        {"alice", 6, STOPGAP_ERR_NAME_CONTROL_CHARACTER}, /* strlen + 1 */
        {"", 0, STOPGAP_ERR_NAME_EMPTY},
        {" ", 1, STOPGAP_ERR_NAME_BLANK},
        {"ali\xE4", 4, STOPGAP_ERR_NAME_INVALID_UNICODE},
    };
    stopgap_online_grants all = grants_of(w.in.grants, 2);
    stopgap_digests digests = {NULL, 0, 0};
    size_t i;
    for (i = 0; i < sizeof NAMES / sizeof NAMES[0]; i++) {
        stopgap_text name = stopgap_text_n(NAMES[i].bytes, NAMES[i].length);
        stopgap_status wanted = NAMES[i].status;
        stopgap_verify_request asked = asking("alice", "0000-0000-0000", STOPGAP_PURPOSE_RESET);
        stopgap_issue_request issued = w.in.issue;
        stopgap_verification_request repeated = w.in.repeated;
        stopgap_throttle throttle = stopgap_throttle_new();
        asked.user = issued.user = repeated.user = name;
        REFUSED("a name: issue", wanted, issue(&issued));
        REFUSED("a name: verify", wanted, verify(&asked));
        REFUSED("a name: verify any", wanted,
                stopgap_online_verify_any(all, w.ring, &asked, NOW, &w.sized.granted, &w.error));
        REFUSED("a name: verify any of none", wanted,
                stopgap_online_verify_any(grants_of(NULL, 0), w.ring, &asked, NOW,
                                          &w.sized.granted, &w.error));
        REFUSED("a name: seal", wanted, seal_request(&repeated));
        REFUSED("a name: replay", wanted,
                stopgap_verification_replay(w.in.verification, w.ring, &repeated, NOW,
                                            &w.out.stored, &w.error));
        REFUSED("a name: digests", wanted,
                stopgap_key_ring_online_digests(w.ring, name, &w.in.code, &digests, &w.error));
        REFUSED("a name: tenant", wanted,
                stopgap_key_ring_tenant(w.ring, name, &w.out.ring, &w.error));
        REFUSED("a name: throttle", wanted,
                stopgap_user_throttle_seal(w.ring, name, &throttle, &w.out.user_throttle,
                                           &w.error));
        REFUSED("a name: open a throttle", wanted,
                stopgap_user_throttle_open(w.in.user_throttle, w.ring, name, &w.out.throttle,
                                           &w.error));
        REFUSED("a name: preset", wanted,
                stopgap_preset_seal(w.ring, name, &w.in.online, &w.out.preset, &w.error));
        REFUSED("a name: open a preset", wanted,
                stopgap_preset_open(w.in.preset, w.ring, name, &w.out.policy, &w.error));
        REFUSED("a name: guarded by a throttle", wanted,
                stopgap_throttle_guard(&throttle, &w.in.lockouts, NOW, guess, &asked, &w.error));
        check("an invalid name is no failure", throttle.failures == 0);
        asked.user = TEXT("alice");
        REFUSED("a guess: guarded by a throttle", STOPGAP_ERR_UNKNOWN,
                stopgap_throttle_guard(&throttle, &w.in.lockouts, NOW, guess, &asked, &w.error));
        check("a guess is a failure", throttle.failures == 1);
    }
}

void cases_of_requests(void) {
    names();
    /* Any number of uses. */
    w.in.online.max_uses = STOPGAP_UNLIMITED;
    issue_again();
    sizes(verify, &w.in.verify, offsetof(stopgap_verify_request, source_address),
          sizeof w.in.verify);
    sizes(issue, &w.in.issue, offsetof(stopgap_issue_request, policy), sizeof w.in.issue);
    sizes(seal_request, &w.in.repeated, offsetof(stopgap_verification_request, answer),
          sizeof w.in.repeated);
    sizes(create, &w.in.secure, offsetof(stopgap_security_request, description),
          sizeof w.in.secure);
    sizes(redeem, &w.in.redeem, offsetof(stopgap_redeem_request, zone),
          sizeof w.in.redeem);
    sizes(locate, &w.in.find, offsetof(stopgap_locate_request, alphabet), sizeof w.in.find);
    sizes(authenticate, &w.in.authenticate, offsetof(stopgap_authenticate_request, prefixes),
          sizeof w.in.authenticate);
    sizes(apply, &w.in.change, offsetof(stopgap_security_change, expires_at),
          sizeof w.in.change);
    w.in.rotate.overlap_seconds = 86400;
    sizes(rotate, &w.in.rotate, offsetof(stopgap_rotate_request, prefix),
          sizeof w.in.rotate);
    outputs();
    older_callers();
    make_world();
    idempotency_keys();
}
