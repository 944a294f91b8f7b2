#include "world.h"

/* A request with another size, which names the caller's version, and with members that
 * later versions might have. */

static stopgap_status verify(const void *request) {
    return stopgap_online_verify(&w.in.grant, w.ring, request, NOW, &w.out.granted,
                                 &w.error);
}

static stopgap_status issue(const void *request) {
    return stopgap_online_issue(&w.in.online, w.ring, request, NOW, NO_ZONE, NULL,
                                &w.out.code, &w.out.grant, &w.error);
}

static stopgap_status create(const void *request) {
    return stopgap_security_code_create(w.ring, NULL, &w.in.actor, request, NOW, NULL,
                                        w.out.text, sizeof w.out.text, NULL, &w.out.record,
                                        &w.error);
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

/* An older caller gives fewer members, and the library reads no others. */
static void older_callers(void) {
    stopgap_verify_request request = w.in.verify;
    request.idempotency_key = stopgap_text_n((const char *)1, 5);
    request.ticket = stopgap_text_n((const char *)1, 5);
    request.size = offsetof(stopgap_verify_request, idempotency_key);
    GRANTED("members behind the size are not read", verify(&request));
    REFUSED("an older caller has no idempotency key", STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY,
            stopgap_verification_seal(w.ring, &request, &w.in.code, NULL, 0, NOW,
                                      &w.out.verification, &w.error));
    check("it has 0 bytes", w.error.found == 0);
}

static stopgap_status seal(const char *key, size_t length) {
    stopgap_verify_request request = w.in.verify;
    request.idempotency_key = stopgap_text_n(key, length);
    return stopgap_verification_seal(w.ring, &request, &w.in.code,
                                     (const uint8_t *)"yes", 3, NOW, &w.out.verification,
                                     &w.error);
}

static stopgap_status replay(int64_t now, uint32_t seconds) {
    return stopgap_verification_replay(&w.in.verification, (const uint8_t *)"yes", 3, w.ring,
                                       &w.in.verify, &w.in.code, seconds, now, &w.error);
}

static void idempotency_keys(void) {
    char key[300];
    memset(key, 'k', sizeof key);
    GRANTED("replay: at once", replay(NOW, STOPGAP_REPLAY_SECONDS));
    GRANTED("replay: in the last second", replay(NOW + 599, STOPGAP_REPLAY_SECONDS));
    REFUSED("replay: later", STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED,
            replay(NOW + 600, STOPGAP_REPLAY_SECONDS));
    GRANTED("replay: in a day", replay(NOW + 86399, UINT32_MAX));
    REFUSED("replay: after a day", STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED,
            replay(NOW + 86400, UINT32_MAX));
    REFUSED("replay: never", STOPGAP_ERR_IDEMPOTENCY_KEY_EXPIRED, replay(NOW, 0));
    w.in.verify.purpose = STOPGAP_PURPOSE_BYPASS;
    REFUSED("replay: another purpose", STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED, replay(NOW, 600));
    w.in.verify.purpose = STOPGAP_PURPOSE_RESET;
    w.in.verify.user = TEXT("alicf");
    REFUSED("replay: another user", STOPGAP_ERR_TAMPERED, replay(NOW, 600));
    w.in.verify.user = TEXT("alice");
    w.in.verify.idempotency_key = TEXT("attempt-");
    REFUSED("replay: another key", STOPGAP_ERR_TAMPERED, replay(NOW, 600));
    w.in.verify.idempotency_key = STOPGAP_NO_TEXT;
    REFUSED("replay: no key", STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY, replay(NOW, 600));
    memcpy(&w.in.code, "0000-0000-0000", 14);
    w.in.verify.idempotency_key = stopgap_text_n("attempt-1", 9);
    REFUSED("replay: another code", STOPGAP_ERR_IDEMPOTENCY_KEY_REUSED, replay(NOW, 600));

    GRANTED("seal: 255 bytes", seal(key, 255));
    check("all of them are there", strlen(w.out.verification.idempotency_key) == 255);
    REFUSED("seal: 256 bytes", STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY, seal(key, 256));
    check("how many there were", w.error.found == 256);
    REFUSED("seal: no bytes", STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY, seal("", 0));
    REFUSED("seal: a NUL", STOPGAP_ERR_INVALID_IDEMPOTENCY_KEY, seal("a\0b", 3));
    check("how long the key is", w.error.found == 3);
    REFUSED("seal: Latin-1", STOPGAP_ERR_INVALID_UTF8, seal("ab\xE4", 3));
    GRANTED("seal: a line break", seal("a\nb", 3));
    make_world();
}

void cases_of_requests(void) {
    w.in.grant = w.in.grants[0];
    /* Any number of uses. */
    w.in.online.max_uses = STOPGAP_UNLIMITED;
    must(stopgap_online_issue(&w.in.online, w.ring, &w.in.issue, NOW, NO_ZONE, NULL,
                              &w.in.code, &w.in.grant, NULL));
    sizes(verify, &w.in.verify, offsetof(stopgap_verify_request, idempotency_key),
          sizeof w.in.verify);
    sizes(issue, &w.in.issue, offsetof(stopgap_issue_request, source_address),
          sizeof w.in.issue);
    sizes(create, &w.in.secure, offsetof(stopgap_security_request, description),
          sizeof w.in.secure);
    older_callers();
    make_world();
    idempotency_keys();
}
