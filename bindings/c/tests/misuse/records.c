#include "world.h"

/* One member of a struct of the world is another, for one case. */
#define WITH(member, value, name, expected, call)                                        \
    do {                                                                                 \
        struct inputs kept;                                                              \
        memcpy(&kept, &w.in, sizeof kept);                                               \
        w.in.member = (value);                                                           \
        REFUSED(name, expected, call);                                                   \
        memcpy(&w.in, &kept, sizeof kept);                                               \
    } while (0)

/* A text of a struct has no NUL, or is not UTF-8, for one case. */
#define WITHOUT_NUL(member, name, call)                                                  \
    do {                                                                                 \
        struct inputs kept;                                                              \
        memcpy(&kept, &w.in, sizeof kept);                                               \
        memset(w.in.member, 'A', sizeof w.in.member);                                    \
        REFUSED(name, STOPGAP_ERR_NOT_TERMINATED, call);                                     \
        memcpy(&w.in, &kept, sizeof kept);                                               \
    } while (0)
#define LATIN_1(member, name, call)                                                      \
    do {                                                                                 \
        struct inputs kept;                                                              \
        memcpy(&kept, &w.in, sizeof kept);                                               \
        memcpy(w.in.member, "ab\xE4", 4);                                                \
        REFUSED(name, STOPGAP_ERR_INVALID_UTF8, call);                                       \
        check("where it is not UTF-8", w.error.position == 2);                           \
        memcpy(&w.in, &kept, sizeof kept);                                               \
    } while (0)

static stopgap_status verify(void) {
    return stopgap_online_verify(w.in.grant, w.ring, &w.in.verify, NOW, &w.sized.granted,
                                 &w.error);
}

static stopgap_status verify_at(int64_t now) {
    return stopgap_online_verify(w.in.grant, w.ring, &w.in.verify, now, &w.sized.granted,
                                 &w.error);
}

static stopgap_status not_ended(int64_t now) {
    return stopgap_online_check_not_ended(w.in.grant, w.ring, now, &w.error);
}

static stopgap_status issue(void) {
    return stopgap_online_issue(w.ring, &w.in.issue, NOW, &w.out.code, &w.out.grant, &w.error);
}

static stopgap_status encode(void) {
    return stopgap_encode(&w.in.format, w.in.master.bytes, 6, &w.out.code, &w.error);
}

static stopgap_status normalize(void) {
    return stopgap_normalize(&w.in.format, TEXT(w.in.code.text), &w.out.code, &w.error);
}

static stopgap_status canonical(void) {
    return stopgap_code_canonical(&w.in.code, w.out.text, sizeof w.out.text, NULL,
                                  &w.error);
}

static stopgap_status derive(void) {
    return stopgap_enrolment_key_derive(w.in.enrolments[0], w.ring, &w.out.key, &w.error);
}

static stopgap_status next(void) {
    return stopgap_enrolment_next(w.in.enrolments[0], w.ring, NOW, &w.error);
}

static stopgap_status authenticate_at(int64_t now) {
    return stopgap_security_code_authenticate(w.record, w.ring, &w.in.authenticate, now,
                                              &w.out.authenticated, &w.error);
}

static stopgap_status authenticate(void) { return authenticate_at(NOW); }

static stopgap_status create(void) {
    return stopgap_security_code_create(w.ring, &w.in.secure, NOW, &w.out.shown, &w.out.record,
                                        &w.error);
}

static stopgap_status apply_at(int64_t now) {
    return stopgap_security_code_apply(w.record, w.ring, &w.in.change, now, &w.error);
}

static stopgap_status apply(void) { return apply_at(NOW); }

static stopgap_status describe(const char *words, size_t length) {
    stopgap_security_change change = w.in.change;
    change.event = STOPGAP_EVENT_DESCRIBE;
    change.description = stopgap_text_n(words, length);
    return stopgap_security_code_apply(w.record, w.ring, &change, NOW, &w.error);
}

static stopgap_status answer_at(stopgap_enrolment *const *enrolments, size_t count,
                                int64_t now) {
    stopgap_answer_request request = w.in.asked;
    request.enrolments = enrolments;
    request.count = count;
    return stopgap_offline_answer(w.ring, &request, now, &w.out.answer, &w.error);
}

static stopgap_status answer(size_t count) {
    return answer_at(w.in.enrolments, count, NOW);
}

static stopgap_status locate(size_t count) {
    return stopgap_locate(LOCATE(w.in.keys, count, TEXT(w.in.request.text), w.in.alphabet, &w.in.locate), NOW, &w.out.located, &w.error);
}

static stopgap_status verify_any(stopgap_online_grant **grants, size_t count) {
    return stopgap_online_verify_any(grants_of(grants, count), w.ring, &w.in.verify, NOW,
                                     &w.sized.granted, &w.error);
}

static void texts_without_an_end(void) {
    WITHOUT_NUL(code.text, "a code has no end", canonical());
    LATIN_1(code.text, "a code is Latin-1", canonical());
}

static void formats(void) {
    WITH(format.length, 0, "a code of 0 symbols", STOPGAP_ERR_CODE_LENGTH, encode());
    WITH(format.length, 7, "a code of 7 symbols", STOPGAP_ERR_CODE_LENGTH, encode());
    WITH(format.length, 33, "a code of 33 symbols", STOPGAP_ERR_CODE_LENGTH, encode());
    WITH(format.length, UINT32_MAX, "a code of 4294967295 symbols", STOPGAP_ERR_CODE_LENGTH,
         encode());
    WITH(format.length, 33, "to read a code of 33 symbols", STOPGAP_ERR_CODE_LENGTH, normalize());
    w.in.format.check_symbol = 1;
    WITH(format.length, 8, "a check symbol of 7", STOPGAP_ERR_CODE_CHECKED_LENGTH, encode());
    check("how many symbols there are", w.error.found == 8);
    w.in.format.check_symbol = 0;
    WITH(format.length, 300, "a code of 300 symbols", STOPGAP_ERR_CODE_LENGTH, encode());
    check("how many symbols were asked for", w.error.found == 300);
    WITH(format.check_symbol, 2, "a check symbol that is neither", STOPGAP_ERR_INVALID_VALUE,
         encode());
    WITH(format.alphabet, NULL, "a format without an alphabet is hexadecimal", STOPGAP_OK,
         encode());
    check("so the code is", strspn(w.out.code.text, "0123456789ABCDEF-") == 14);
    WITH(online.purposes, 0, "a code for nothing", STOPGAP_ERR_NO_PURPOSE, issue());
    WITH(online.purposes, 8, "an unknown purpose", STOPGAP_ERR_INVALID_VALUE,
         issue());
    WITH(online.max_uses, 0, "a code that can never be used", STOPGAP_ERR_NO_USES, issue());
    WITH(online.validity, 32, "32 days", STOPGAP_ERR_VALIDITY_DAYS, issue());
    WITH(online.validity, 999, "999 days", STOPGAP_ERR_VALIDITY_DAYS, issue());
    WITH(online.validity, 1001, "more than a month", STOPGAP_ERR_VALIDITY_DAYS, issue());
    WITH(online.validity, STOPGAP_VALIDITY_MINUTES, "0 minutes", STOPGAP_ERR_VALIDITY_MINUTES, issue());
    WITH(online.validity, STOPGAP_VALIDITY_MINUTES + 1441, "1441 minutes", STOPGAP_ERR_VALIDITY_MINUTES,
         issue());
    check("how many minutes were asked for", w.error.found == 1441);
    WITH(online.not_before, NOW - 86400 * 2, "expired at issue", STOPGAP_ERR_NEVER_VALID,
         issue());
    check("when it would have expired", w.error.time == NOW - 86400);
    WITH(offline.validity, STOPGAP_VALIDITY_MINUTES + 90, "a lock of minutes",
         STOPGAP_ERR_OFFLINE_VALIDITY, answer(2));
    WITH(offline.validity, 0, "a lock of no day", STOPGAP_ERR_VALIDITY_DAYS, answer(2));
    WITH(offline.alphabet, NULL, "an offline policy without an alphabet", STOPGAP_OK, answer(2));
    WITH(alphabet, NULL, "locate: no alphabet is the unambiguous one", STOPGAP_OK, locate(2));
}

static void codes(void) {
    WITH(code.text[0], 0, "a code of nothing", STOPGAP_ERR_WRONG_LENGTH, canonical());
    WITH(code.text[4], 'a', "a code with a small letter", STOPGAP_ERR_UNEXPECTED_SYMBOL,
         canonical());
    WITH(code.text[4], '\n', "a code with a new line", STOPGAP_ERR_UNEXPECTED_SYMBOL,
         canonical());
    {
        struct inputs kept;
        memcpy(&kept, &w.in, sizeof kept);
        memset(w.in.code.text, '0', 39);
        w.in.code.text[39] = 0;
        REFUSED("a code of 39 symbols", STOPGAP_ERR_WRONG_LENGTH, canonical());
        check("how many symbols there were",
              w.error.found == 39 && w.error.expected == 32);
        memset(w.in.code.text, '-', 39);
        REFUSED("a code of hyphens", STOPGAP_ERR_WRONG_LENGTH, canonical());
        memcpy(&w.in, &kept, sizeof kept);
    }
    REFUSED("encode: too few bytes", STOPGAP_ERR_CODE_BYTES,
            stopgap_encode(&w.in.format, w.in.master.bytes, 5, &w.out.code, &w.error));
    check("how many there should be", w.error.expected == 6 && w.error.found == 5);
    REFUSED("encode: too many bytes", STOPGAP_ERR_CODE_BYTES,
            stopgap_encode(&w.in.format, w.in.master.bytes, 32, &w.out.code, &w.error));
    REFUSED("encode: (NULL, 0)", STOPGAP_ERR_CODE_BYTES,
            stopgap_encode(&w.in.format, NULL, 0, &w.out.code, &w.error));
    REFUSED("an alphabet that is ambiguous", STOPGAP_ERR_ALPHABET_AMBIGUOUS,
            stopgap_alphabet_new(TEXT("0123456789ABCDEO"), STOPGAP_LOOK_ALIKE_O_AS_ZERO,
                                 &w.out.alphabet, &w.error));
    REFUSED("an alphabet: (NULL, 0)", STOPGAP_ERR_ALPHABET_WRONG_COUNT,
            stopgap_alphabet_new(STOPGAP_NO_TEXT, 0, &w.out.alphabet, &w.error));
    REFUSED("an alphabet: a small letter", STOPGAP_ERR_ALPHABET_LOWER_CASE,
            stopgap_alphabet_new(TEXT("a123456789ABCDEF"), 0, &w.out.alphabet, &w.error));
    REFUSED("an alphabet: a hyphen", STOPGAP_ERR_ALPHABET_NOT_A_SYMBOL,
            stopgap_alphabet_new(TEXT("012-456789ABCDEF"), 0, &w.out.alphabet, &w.error));
    REFUSED("an alphabet: a symbol twice", STOPGAP_ERR_ALPHABET_REPEATED,
            stopgap_alphabet_new(TEXT("0123406789ABCDEF"), 0, &w.out.alphabet, &w.error));
    REFUSED("an alphabet: 15 symbols", STOPGAP_ERR_ALPHABET_WRONG_COUNT,
            stopgap_alphabet_new(TEXT("0123456789ABCDE"), 0, &w.out.alphabet, &w.error));
    REFUSED("an alphabet: 17 symbols", STOPGAP_ERR_ALPHABET_WRONG_COUNT,
            stopgap_alphabet_new(TEXT("0123456789ABCDEFG"), 0, &w.out.alphabet, &w.error));
    REFUSED("an alphabet: every look-alike and more", STOPGAP_ERR_INVALID_VALUE,
            stopgap_alphabet_new(TEXT("0123456789ABCDEF"), UINT32_MAX, &w.out.alphabet,
                                 &w.error));
    REFUSED("an alphabet: unknown look-alikes", STOPGAP_ERR_INVALID_VALUE,
            stopgap_alphabet_new(TEXT("0123456789ABCDEF"), 8, &w.out.alphabet, &w.error));
    REFUSED("a check symbol of what is no symbol", STOPGAP_ERR_UNEXPECTED_SYMBOL,
            stopgap_alphabet_check_symbol(w.in.alphabet, TEXT("Z3!"), &w.out.symbol,
                                          &w.error));
}

static void grants(void) {
    stopgap_online_grant *kept = w.in.grants[1];
    int64_t expires_at = members_of(w.in.grant).expires_at;
    w.in.grants[1] = NULL;
    REFUSED("verify any: one that is NULL", STOPGAP_ERR_NULL_ARGUMENT, verify_any(w.in.grants, 2));
    check("which of them is NULL", w.error.index == 1);
    w.in.grants[1] = kept;
    REFUSED("verify any: (NULL, 0)", STOPGAP_ERR_UNKNOWN, verify_any(NULL, 0));
    REFUSED("verify any: (NULL, 1)", STOPGAP_ERR_NULL_ARGUMENT, verify_any(NULL, 1));
    REFUSED("verify any: as many as there cannot be", STOPGAP_ERR_INVALID_LENGTH,
            verify_any(w.in.grants, SIZE_MAX / sizeof w.in.grants[0]));
    GRANTED("verify any: the second", verify_any(w.in.grants, 2));
    check("it is the second", w.sized.granted.index == 1);
    check("its use is counted", members_of(w.in.grants[1]).uses == 1
                                    && members_of(w.in.grants[0]).uses == 0);
    WITH(verify.purpose, STOPGAP_PURPOSE_BYPASS, "a grant for every purpose", STOPGAP_OK, verify());
    check("a bypass has a lock",
          w.sized.granted.password_only_until == w.sized.granted.expires_at);
    REFUSED("an expired grant", STOPGAP_ERR_EXPIRED, verify_at(expires_at));
    check("when it expired", w.error.time == expires_at);
    issue_again();
    w.in.verify.text = TEXT(w.in.code.text);
    GRANTED("the first use", verify());
    check("a reset has no lock", w.sized.granted.password_only_until == STOPGAP_NEVER);
    GRANTED("the second use", verify());
    GRANTED("the third use", verify());
    check("none is left", w.sized.granted.uses_left == 0 && members_of(w.in.grant).uses == 3);
    REFUSED("a grant that is used up", STOPGAP_ERR_USED_UP, verify());
    GRANTED("a used grant has not ended", not_ended(NOW));
    REFUSED("an expired grant has", STOPGAP_ERR_EXPIRED, not_ended(expires_at));
    must(stopgap_online_revoke(w.in.grant, w.ring, NOW, NULL));
    REFUSED("a revoked grant", STOPGAP_ERR_REVOKED, verify());
    REFUSED("a revoked grant has ended", STOPGAP_ERR_REVOKED, not_ended(NOW));
    w.in.online.purposes = STOPGAP_PURPOSE_BYPASS;
    w.in.online.not_before = NOW + 1;
    issue_again();
    REFUSED("a grant for another purpose", STOPGAP_ERR_WRONG_PURPOSE, verify());
    w.in.verify.purpose = STOPGAP_PURPOSE_BYPASS;
    REFUSED("a grant that is not valid yet", STOPGAP_ERR_NOT_YET_VALID, verify());
    check("when it will be", w.error.time == NOW + 1);
    make_world();
}

/* Replaces an enrolment by one whose tag was changed. */
static void change_tag(size_t place) {
    uint8_t bytes[1024];
    size_t length = 0;
    must(stopgap_enrolment_to_bytes(w.in.enrolments[place], bytes, sizeof bytes, &length, NULL));
    bytes[length - 1] ^= 1;
    stopgap_enrolment_free(&w.in.enrolments[place]);
    must(stopgap_enrolment_from_bytes(bytes_of(bytes, length), &w.in.enrolments[place], NULL));
}

/* Replaces the first enrolment by one under a key that the ring does not have. */
static void change_key(void) {
    stopgap_enrolment_request request = enrolling("LAPTOP-17");
    stopgap_key_ring *ring = NULL;
    must(stopgap_key_ring_new(9, &w.in.master, &ring, NULL));
    stopgap_enrolment_free(&w.in.enrolments[0]);
    must(stopgap_enrolment_new(ring, &request, NOW, &w.in.enrolments[0], NULL));
    stopgap_key_ring_free(&ring);
}

static void enrolments(void) {
    stopgap_enrolment *kept = w.in.enrolments[1];
    REFUSED("answer: no enrolments", STOPGAP_ERR_NOT_ENROLLED, answer(0));
    REFUSED("answer: as many as there cannot be", STOPGAP_ERR_INVALID_LENGTH,
            answer(SIZE_MAX / sizeof w.in.enrolments[0]));
    w.in.enrolments[1] = NULL;
    REFUSED("answer: one enrolment is NULL", STOPGAP_ERR_NULL_ARGUMENT, answer(2));
    check("which enrolment is NULL", w.error.index == 1);
    w.in.enrolments[1] = kept;
    WITH(asked.purpose, STOPGAP_PURPOSE_REGISTER, "answer: registration needs the server",
         STOPGAP_ERR_WRONG_PURPOSE, answer(2));
    WITH(asked.user, TEXT("brian"), "answer: another user's machines", STOPGAP_ERR_NOT_ENROLLED,
         answer(2));
    REFUSED("answer: another machine's code", STOPGAP_ERR_UNRECOGNISED,
            answer_at(&w.in.enrolments[1], 1, NOW));
    REFUSED("answer: two hours later", STOPGAP_ERR_CLOCK_SKEW,
            answer_at(w.in.enrolments, 2, NOW + 7200));
    check("which clock, and by how much", w.error.index == 0 && w.error.minutes == -120);
    /* A record that cannot be believed hides no other machine. */
    change_tag(1);
    GRANTED("answer: another record is tampered with", answer(2));
    change_tag(0);
    REFUSED("answer: the record is tampered with", STOPGAP_ERR_TAMPERED, answer(2));
    change_key();
    REFUSED("answer: the key of the record is gone", STOPGAP_ERR_KEY_MISSING, answer(1));
    check("which key is gone", w.error.key_id == 9);
    make_world();
    must(stopgap_enrolment_retire(w.in.enrolments[0], w.ring, NOW, NULL));
    REFUSED("a key of a retired enrolment", STOPGAP_ERR_REVOKED, derive());
    check("when it was retired", w.error.time == NOW);
    REFUSED("answer: a retired enrolment", STOPGAP_ERR_NOT_ENROLLED, answer(1));
    GRANTED("a second time",
            stopgap_enrolment_retire(w.in.enrolments[0], w.ring, NOW + 60, &w.error));
    check("the first time stays", members_of_enrolment(w.in.enrolments[0]).retired_at == NOW);
    migrate_again(0, UINT32_MAX);
    REFUSED("the last generation", STOPGAP_ERR_NO_GENERATION, next());
    migrate_again(0, 0);
    must(stopgap_enrolment_retire(w.in.enrolments[0], w.ring, NOW, NULL));
    GRANTED("the first generation has a next", next());
    check("which is not retired",
          members_of_enrolment(w.in.enrolments[0]).generation == 1
              && members_of_enrolment(w.in.enrolments[0]).retired_at == STOPGAP_NEVER);
    make_world();
    REFUSED("locate: no keys", STOPGAP_ERR_NOT_ENROLLED, locate(0));
    REFUSED("locate: as many as there cannot be", STOPGAP_ERR_INVALID_LENGTH,
            locate(SIZE_MAX / sizeof w.in.keys[0]));
    WITH(keys[1], NULL, "locate: one key is NULL", STOPGAP_ERR_NULL_ARGUMENT, locate(2));
    check("which key is NULL", w.error.index == 1);
    REFUSED("a key of 31 bytes", STOPGAP_ERR_KEY_WRONG_LENGTH,
            stopgap_enrolment_key_from_bytes(w.in.master.bytes, 31, &w.out.key,
                                             &w.error));
    check("how many there were", w.error.found == 31);
    REFUSED("a key of (NULL, 0)", STOPGAP_ERR_KEY_WRONG_LENGTH,
            stopgap_enrolment_key_from_bytes(NULL, 0, &w.out.key, &w.error));
    REFUSED("a key of one digit", STOPGAP_ERR_KEY_WRONG_HEX_LENGTH,
            stopgap_enrolment_key_from_hex(stopgap_text_n("0", 1), &w.out.key, &w.error));
    REFUSED("a key of letters", STOPGAP_ERR_KEY_NOT_HEX,
            stopgap_master_key_from_hex(
                TEXT("x123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
                &w.out.master, &w.error));
}

/* The members of a record as they are now. */
static struct stopgap_security_code_info members(const stopgap_security_code *record) {
    struct stopgap_security_code_info info;
    info.size = sizeof info;
    must(stopgap_security_code_info(record, &info, NULL));
    return info;
}

static void scopes(void) {
    WITH(secure.scopes.unlimited, 1, "scopes and no limit", STOPGAP_ERR_INVALID_VALUE, create());
    WITH(secure.scopes.unlimited, 2, "scopes of neither kind", STOPGAP_ERR_INVALID_VALUE,
         create());
    WITH(secure.scopes.list, STOPGAP_NO_TEXT, "no scopes", STOPGAP_ERR_SCOPES_EMPTY, create());
    WITH(secure.scopes.list, TEXT("a  b"), "two spaces between scopes",
         STOPGAP_ERR_SCOPE_INVALID, create());
    check("the empty scope between them", w.error.index == 1);
    WITH(secure.scopes.list, TEXT("a B"), "a scope in upper case", STOPGAP_ERR_SCOPE_INVALID,
         create());
    check("which scope is in upper case", w.error.index == 1);
    WITH(secure.scopes.list,
         TEXT("0 1 2 3 4 5 6 7 8 9 a b c d e f g h i j k l m n o p q r s t u v w"), "33 scopes",
         STOPGAP_ERR_SCOPES_TOO_MANY, create());
    WITH(secure.scopes.list, TEXT("b a b"), "scopes out of order", STOPGAP_OK, create());
    {
        stopgap_scopes sorted = members(w.out.record).scopes;
        int in_order = sorted.unlimited == 0 && sorted.list.len == 3 &&
                       memcmp(sorted.list.ptr, "a b", 3) == 0;
        int each = stopgap_scopes_allow(sorted, TEXT("a")) == 1 &&
                   stopgap_scopes_allow(sorted, TEXT("b")) == 1;
        int other = stopgap_scopes_allow(sorted, TEXT("a b")) != 0 ||
                    stopgap_scopes_allow(sorted, STOPGAP_NO_TEXT) != 0 ||
                    stopgap_scopes_allow(sorted, TEXT("c")) != 0;
        check("they are sorted", in_order);
        check("they allow each", each);
        check("they allow no other", !other);
        sorted.list.ptr = NULL;
        check("a list that is NULL allows nothing",
              stopgap_scopes_allow(sorted, TEXT("a")) == 0);
    }
}

static void expiries(void) {
    WITH(secure.permanent, 2, "permanent or not", STOPGAP_ERR_INVALID_VALUE, create());
    WITH(secure.expires_at, NOW, "an expiry that has passed", STOPGAP_ERR_EXPIRY_NOT_IN_FUTURE,
         create());
    WITH(secure.expires_at, STOPGAP_NEVER, "no time is no expiry",
         STOPGAP_ERR_TIME_OUT_OF_RANGE, create());
    WITH(secure.expires_at, NOW + 7, "an expiry", STOPGAP_OK, create());
    check("it has it", members(w.out.record).expires_at == NOW + 7 &&
                           members(w.out.record).permanent == 0);
    w.in.secure.permanent = 1;
    WITH(secure.expires_at, NOW + 7, "an expiry of a permanent code",
         STOPGAP_ERR_INVALID_VALUE, create());
    GRANTED("a permanent code", create());
    check("it does not expire", members(w.out.record).expires_at == STOPGAP_NEVER &&
                                    members(w.out.record).permanent == 1 &&
                                    members(w.out.record).deleted == 0);
    w.in.secure.permanent = 0;
}

static void rotations(void) {
    stopgap_record_id old = members(w.record).id;
    stopgap_authenticate_request own = w.in.authenticate;
    stopgap_rotated rotated;
    WITH(rotate.actor.role, STOPGAP_ROLE_ADMINISTRATOR, "rotate: an administrator",
         STOPGAP_ERR_FORBIDDEN,
         stopgap_security_code_rotate(w.record, w.ring, &w.in.rotate, NOW, &w.out.rotated,
                                      &w.error));
    REFUSED("rotate: an expired code", STOPGAP_ERR_REACTIVATE_FIRST,
            stopgap_security_code_rotate(w.record, w.ring, &w.in.rotate, NOW + 86400,
                                         &w.out.rotated, &w.error));
    GRANTED("rotate", stopgap_security_code_rotate(w.record, w.ring, &w.in.rotate, NOW, &rotated,
                                                   &w.error));
    check("the old code expires after the overlap",
          members(w.record).expires_at == NOW + 3600 &&
              memcmp(members(w.record).id.bytes, old.bytes, sizeof old.bytes) == 0);
    check("the new one has another id, and the description",
          memcmp(members(rotated.record).id.bytes, old.bytes, sizeof old.bytes) != 0 &&
              members(rotated.record).description.len == strlen("backups"));
    own.presented = stopgap_text_of(rotated.text.text);
    GRANTED("the new code authenticates",
            stopgap_security_code_authenticate(rotated.record, w.ring, &own, NOW,
                                               &w.out.authenticated, &w.error));
    GRANTED("and the old one, for a while", authenticate_at(NOW + 3599));
    REFUSED("and not longer", STOPGAP_ERR_EXPIRED, authenticate_at(NOW + 3600));
    stopgap_security_code_free(&rotated.record);
    make_world();
}

static void security_codes(void) {
    char words[1032];
    memset(words, 'x', sizeof words);
    WITH(change.actor.role, STOPGAP_ROLE_ADMINISTRATOR, "an administrator is not enough",
         STOPGAP_ERR_FORBIDDEN, apply());
    check("the role and the action", w.error.role == STOPGAP_ROLE_ADMINISTRATOR &&
                                   w.error.action == STOPGAP_ACTION_MANAGE_SECURITY_CODE);
    WITH(change.actor.role, (stopgap_role)99, "an actor of no role", STOPGAP_ERR_INVALID_VALUE,
         apply());
    WITH(change.actor.name.ptr, NULL, "an actor without a name", STOPGAP_ERR_NULL_ARGUMENT,
         apply());
    WITH(change.actor.name.len, SIZE_MAX - 1, "an actor with an endless name",
         STOPGAP_ERR_INVALID_LENGTH, apply());
    WITH(prefixes[1], TEXT("Acme"), "a prefix in upper case", STOPGAP_ERR_PREFIX_INVALID,
         authenticate());
    check("which prefix is in upper case", w.error.index == 1);
    WITH(prefixes[0], TEXT("xtopgap"), "a code of another prefix",
         STOPGAP_ERR_UNEXPECTED_SYMBOL, authenticate());
    WITH(secret_text.text[20], 'z', "a code with a letter", STOPGAP_ERR_UNEXPECTED_SYMBOL,
         authenticate());
    check("where the letter is", w.error.position == 20);
    WITH(secret_text.text[47], w.in.secret_text.text[47] == '0' ? '1' : '0',
         "a code with a typo", STOPGAP_ERR_CHECK_FAILED, authenticate());
    REFUSED("an expired record", STOPGAP_ERR_EXPIRED, authenticate_at(NOW + 86400));
    check("when it expired", w.error.time == NOW + 86400);
    REFUSED("a record that is gone", STOPGAP_ERR_UNKNOWN, authenticate_at(NOW + 8 * 86400));
    w.in.change.event = STOPGAP_EVENT_MAKE_PERMANENT;
    REFUSED("a change of an expired record", STOPGAP_ERR_REACTIVATE_FIRST,
            apply_at(NOW + 86460));
    REFUSED("a change of a record that is gone", STOPGAP_ERR_NOT_FOUND,
            apply_at(NOW + 8 * 86400));
    REFUSED("a description of 1,025 bytes", STOPGAP_ERR_DESCRIPTION_TOO_LONG,
            describe(words, 1025));
    check("how many bytes there were", w.error.found == 1025);
    WITH(secure.description, stopgap_text_n(words, 1032), "a new record of 1,032 bytes",
         STOPGAP_ERR_DESCRIPTION_TOO_LONG, create());
    words[9] = '\t';
    REFUSED("a description with a tab", STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER,
            describe(words, 20));
    check("where the tab is", w.error.position == 9);
    words[9] = 'x';
    GRANTED("no description", describe(NULL, 0));
    check("it is empty", members(w.record).description.len == 0);
    scopes();
    expiries();
    w.in.change.event = STOPGAP_EVENT_DELETE;
    GRANTED("a deletion", apply());
    check("it is deleted", members(w.record).deleted == 1 &&
                               members(w.record).expires_at == STOPGAP_NEVER);
    REFUSED("a deleted record", STOPGAP_ERR_UNKNOWN, authenticate());
    REFUSED("a change of a deleted record", STOPGAP_ERR_NOT_FOUND, apply());
    make_world();
    /* The bytes of the record would not fit into those of the world. */
    {
        stopgap_security_code *record = w.record;
        w.record = NULL;
        w.in.change.event = STOPGAP_EVENT_DESCRIBE;
        w.in.change.description = stopgap_text_n(words, 1024);
        GRANTED("a description of 1,024 bytes",
                stopgap_security_code_apply(record, w.ring, &w.in.change, NOW, &w.error));
        check("all of it is there", members(record).description.len == 1024);
        w.record = record;
    }
    make_world();
    rotations();
}

void cases_of_records(void) {
    texts_without_an_end();
    formats();
    codes();
    grants();
    enrolments();
    security_codes();
}
