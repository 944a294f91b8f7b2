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

#define LATIN_1_NAME(member, name, call)                                                 \
    do {                                                                                 \
        struct inputs kept;                                                              \
        memcpy(&kept, &w.in, sizeof kept);                                               \
        memcpy(w.in.member, "ab\xE4", 4);                                                \
        REFUSED(name, STOPGAP_ERR_NAME_INVALID_UNICODE, call);                               \
        memcpy(&w.in, &kept, sizeof kept);                                               \
    } while (0)

static stopgap_status verify(void) {
    return stopgap_online_verify(&w.in.grant, w.ring, &w.in.verify, NOW, &w.out.granted,
                                 &w.error);
}

static stopgap_status verify_at(int64_t now) {
    return stopgap_online_verify(&w.in.grant, w.ring, &w.in.verify, now, &w.out.granted,
                                 &w.error);
}

static stopgap_status not_ended(int64_t now) {
    return stopgap_online_check_not_ended(&w.in.grant, w.ring, now, &w.error);
}

static stopgap_status issue(void) {
    return stopgap_online_issue(&w.in.online, w.ring, &w.in.issue, NOW, TEXT(BERLIN), NULL,
                                &w.out.code, &w.out.grant, &w.error);
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
    return stopgap_enrolment_key_derive(&w.in.enrolments[0], w.ring, &w.out.key,
                                        &w.error);
}

static stopgap_status next(void) {
    return stopgap_enrolment_next(&w.in.enrolments[0], w.ring, NOW, &w.error);
}

static stopgap_status authenticate(void) {
    return stopgap_security_code_authenticate(&w.in.record, w.ring, w.in.prefixes, 2,
                                              TEXT(w.in.secret_text), &w.in.knows, NOW,
                                              &w.out.authenticated, &w.error);
}

static stopgap_status authenticate_at(int64_t now) {
    return stopgap_security_code_authenticate(&w.in.record, w.ring, w.in.prefixes, 2,
                                              TEXT(w.in.secret_text), &w.in.knows, now,
                                              &w.out.authenticated, &w.error);
}

static stopgap_status create(void) {
    return stopgap_security_code_create(w.ring, NULL, &w.in.actor, &w.in.secure, NOW, NULL,
                                        w.out.text, sizeof w.out.text, NULL, &w.out.record,
                                        &w.error);
}

static stopgap_status apply_at(int64_t now) {
    return stopgap_security_code_apply(&w.in.record, w.ring, &w.in.actor,
                                       STOPGAP_EVENT_MAKE_PERMANENT, 0, now, &w.error);
}

static stopgap_status apply(void) { return apply_at(NOW); }

static stopgap_status describe(const char *words, size_t length) {
    return stopgap_security_code_describe(&w.in.record, w.ring, &w.in.actor, stopgap_text_n(words, length),
                                          NOW, &w.error);
}

static stopgap_status answer_at(const stopgap_enrolment *enrolments, size_t count,
                                int64_t now) {
    return stopgap_offline_answer(&w.in.offline, w.ring, enrolments, count, &w.in.asked, now,
                                  NO_ZONE, &w.out.answer, &w.error);
}

static stopgap_status answer(size_t count) {
    return answer_at(w.in.enrolments, count, NOW);
}

static stopgap_status locate(size_t count) {
    return stopgap_locate(w.in.keys, count, TEXT(w.in.request.text), &w.in.alphabet,
                          &w.in.locate, NOW, &w.out.located, &w.error);
}

static stopgap_status verify_any(stopgap_online_grant *grants, size_t count) {
    return stopgap_online_verify_any(grants, count, w.ring, &w.in.verify, NOW, &w.out.index,
                                     &w.out.granted, &w.error);
}

static void texts_without_an_end(void) {
    WITHOUT_NUL(grant.user, "a grant's user has no end", verify());
    WITHOUT_NUL(grant.format.alphabet.symbols, "a grant's alphabet has no end", verify());
    WITHOUT_NUL(code.text, "a code has no end", canonical());
    WITHOUT_NUL(enrolments[0].user, "an enrolment's user has no end", derive());
    WITHOUT_NUL(enrolments[0].machine, "an enrolment's machine has no end", derive());
    WITHOUT_NUL(enrolments[1].user, "the second enrolment's user has no end", answer(2));
    check("which enrolment has no end", w.error.index == 1);
    WITHOUT_NUL(record.same_as, "a record's user has no end", authenticate());
    WITHOUT_NUL(record.description, "a description has no end", apply());
    WITHOUT_NUL(online.format.alphabet.symbols, "a policy's alphabet has no end", issue());
    WITHOUT_NUL(record.scopes.scopes[1], "a scope has no end", authenticate());
    check("which scope has no end", w.error.index == 1);
    WITHOUT_NUL(prefixes[1].text, "a prefix has no end", authenticate());
    check("which prefix has no end", w.error.index == 1);
    LATIN_1_NAME(grant.user, "a grant's user is Latin-1", verify());
    LATIN_1_NAME(enrolments[0].user, "an enrolment's user is Latin-1", derive());
    LATIN_1_NAME(enrolments[0].machine, "a machine is Latin-1", derive());
    LATIN_1_NAME(record.same_as, "a record's user is Latin-1", authenticate());
    LATIN_1(record.scopes.scopes[0], "a scope is Latin-1", authenticate());
    LATIN_1(record.description, "a description is Latin-1", apply());
    LATIN_1(code.text, "a code is Latin-1", canonical());
    LATIN_1(format.alphabet.symbols, "an alphabet is Latin-1", encode());
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
    WITH(format.alphabet.look_alikes, 8, "an unknown look-alike",
         STOPGAP_ERR_INVALID_VALUE, encode());
    WITH(format.alphabet.look_alikes, UINT32_MAX, "every look-alike and more",
         STOPGAP_ERR_INVALID_VALUE, encode());
    WITH(format.alphabet.symbols[0], 'a', "a small letter", STOPGAP_ERR_ALPHABET_LOWER_CASE,
         encode());
    WITH(format.alphabet.symbols[3], '-', "a hyphen", STOPGAP_ERR_ALPHABET_NOT_A_SYMBOL,
         encode());
    WITH(format.alphabet.symbols[5], '0', "a symbol twice", STOPGAP_ERR_ALPHABET_REPEATED,
         encode());
    WITH(format.alphabet.symbols[15], 0, "15 symbols", STOPGAP_ERR_ALPHABET_WRONG_COUNT, encode());
    WITH(format.alphabet.symbols[16], 'Z', "17 symbols", STOPGAP_ERR_ALPHABET_WRONG_COUNT, encode());
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
    WITH(offline.alphabet.symbols[0], '!', "an offline policy's alphabet",
         STOPGAP_ERR_ALPHABET_NOT_A_SYMBOL, answer(2));
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
    REFUSED("an alphabet: unknown look-alikes", STOPGAP_ERR_INVALID_VALUE,
            stopgap_alphabet_new(TEXT("0123456789ABCDEF"), 8, &w.out.alphabet, &w.error));
    REFUSED("a check symbol of what is no symbol", STOPGAP_ERR_UNEXPECTED_SYMBOL,
            stopgap_alphabet_check_symbol(&w.in.alphabet, TEXT("Z3!"), &w.out.symbol,
                                          &w.error));
}

static void grants(void) {
    w.in.grants[1].user[0] = 0;
    REFUSED("verify any: one that is none", STOPGAP_ERR_NAME_EMPTY,
            verify_any(w.in.grants, 2));
    check("which of them is none", w.error.index == 1);
    w.in.grants[1] = w.in.grant;
    REFUSED("verify any: (NULL, 0)", STOPGAP_ERR_UNKNOWN, verify_any(NULL, 0));
    REFUSED("verify any: (NULL, 1)", STOPGAP_ERR_NULL_ARGUMENT, verify_any(NULL, 1));
    REFUSED("verify any: as many as there cannot be", STOPGAP_ERR_INVALID_LENGTH,
            verify_any(w.in.grants, SIZE_MAX / sizeof w.in.grants[0]));
    WITH(grant.purposes, 8, "a grant for an unknown purpose", STOPGAP_ERR_INVALID_VALUE,
         verify());
    WITH(grant.purposes, 0, "a grant for nothing", STOPGAP_ERR_TAMPERED, verify());
    WITH(grant.key_id, 9, "a grant of a key that is gone", STOPGAP_ERR_KEY_MISSING, verify());
    check("which key is told", w.error.key_id == 9);
    WITH(grant.max_uses, 0, "a grant of no uses", STOPGAP_ERR_TAMPERED, verify());
    WITH(grant.digest.bytes[31], 1, "a grant of another code", STOPGAP_ERR_UNKNOWN, verify());
    WITH(grant.user[0], 'b', "a grant of another user", STOPGAP_ERR_UNKNOWN, verify());
    WITH(verify.purpose, STOPGAP_PURPOSE_BYPASS, "a grant for every purpose", STOPGAP_OK, verify());
    check("a bypass has a lock",
          w.out.granted.password_only_until == w.out.granted.expires_at);
    REFUSED("an expired grant", STOPGAP_ERR_EXPIRED, verify_at(w.in.grant.expires_at));
    check("when it expired", w.error.time == w.in.grant.expires_at);
    GRANTED("the first use", verify());
    check("a reset has no lock", w.out.granted.password_only_until == STOPGAP_NEVER);
    GRANTED("the second use", verify());
    GRANTED("the third use", verify());
    check("none is left", w.out.granted.uses_left == 0 && w.in.grant.uses == 3);
    REFUSED("a grant that is used up", STOPGAP_ERR_USED_UP, verify());
    GRANTED("a used grant has not ended", not_ended(NOW));
    REFUSED("an expired grant has", STOPGAP_ERR_EXPIRED, not_ended(w.in.grant.expires_at));
    must(stopgap_online_revoke(&w.in.grant, w.ring, NOW, NULL));
    REFUSED("a revoked grant", STOPGAP_ERR_REVOKED, verify());
    REFUSED("a revoked grant has ended", STOPGAP_ERR_REVOKED, not_ended(NOW));
    w.in.online.purposes = STOPGAP_PURPOSE_BYPASS;
    w.in.online.not_before = NOW + 1;
    must(stopgap_online_issue(&w.in.online, w.ring, &w.in.issue, NOW, NO_ZONE, NULL,
                              &w.in.code, &w.in.grant, NULL));
    REFUSED("a grant for another purpose", STOPGAP_ERR_WRONG_PURPOSE, verify());
    w.in.verify.purpose = STOPGAP_PURPOSE_BYPASS;
    REFUSED("a grant that is not valid yet", STOPGAP_ERR_NOT_YET_VALID, verify());
    check("when it will be", w.error.time == NOW + 1);
    make_world();
}

static void enrolments(void) {
    WITH(enrolments[0].key_id, 9, "an enrolment under no key", STOPGAP_ERR_KEY_MISSING,
         derive());
    WITH(enrolments[0].machine[0], 0, "an enrolment of no machine", STOPGAP_ERR_NAME_EMPTY,
         derive());
    WITH(enrolments[0].user[1], '\n', "a user with a new line",
         STOPGAP_ERR_NAME_CONTROL_CHARACTER, derive());
    REFUSED("answer: no enrolments", STOPGAP_ERR_NOT_ENROLLED, answer(0));
    REFUSED("answer: as many as there cannot be", STOPGAP_ERR_INVALID_LENGTH,
            answer(SIZE_MAX / sizeof w.in.enrolments[0]));
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
    WITH(enrolments[1].generation, 1, "answer: another record is tampered with", STOPGAP_OK,
         answer(2));
    WITH(enrolments[0].generation, 1, "answer: the record is tampered with",
         STOPGAP_ERR_TAMPERED, answer(2));
    WITH(enrolments[0].key_id, 9, "answer: the key of the record is gone",
         STOPGAP_ERR_KEY_MISSING, answer(2));
    {
        struct inputs kept;
        memcpy(&kept, &w.in, sizeof kept);
        must(stopgap_enrolment_retire(&w.in.enrolments[0], w.ring, NOW, NULL));
        REFUSED("a key of a retired enrolment", STOPGAP_ERR_REVOKED, derive());
        check("when it was retired", w.error.time == NOW);
        REFUSED("answer: a retired enrolment", STOPGAP_ERR_NOT_ENROLLED, answer(1));
        GRANTED("a second time",
                stopgap_enrolment_retire(&w.in.enrolments[0], w.ring, NOW + 60, &w.error));
        check("the first time stays", w.in.enrolments[0].retired_at == NOW);
        must(stopgap_enrolment_migrate(w.ring, TEXT("alice"), TEXT("LAPTOP-17"), UINT32_MAX,
                                       NOW, &w.in.enrolments[0], NULL));
        REFUSED("the last generation", STOPGAP_ERR_NO_GENERATION, next());
        must(stopgap_enrolment_migrate(w.ring, TEXT("alice"), TEXT("LAPTOP-17"), 0, NOW,
                                       &w.in.enrolments[0], NULL));
        must(stopgap_enrolment_retire(&w.in.enrolments[0], w.ring, NOW, NULL));
        GRANTED("the first generation has a next", next());
        check("which is not retired", w.in.enrolments[0].generation == 1 &&
                                          w.in.enrolments[0].retired_at == STOPGAP_NEVER);
        memcpy(&w.in, &kept, sizeof kept);
    }
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

static void security_codes(void) {
    char words[STOPGAP_DESCRIPTION_SIZE];
    memset(words, 'x', sizeof words);
    WITH(actor.role, STOPGAP_ROLE_ADMINISTRATOR, "an administrator is not enough",
         STOPGAP_ERR_FORBIDDEN, apply());
    check("the role and the action", w.error.role == STOPGAP_ROLE_ADMINISTRATOR &&
                                   w.error.action == STOPGAP_ACTION_MANAGE_SECURITY_CODE);
    WITH(actor.role, 99, "an actor of no role", STOPGAP_ERR_INVALID_VALUE, apply());
    WITH(actor.name.ptr, NULL, "an actor without a name", STOPGAP_ERR_NULL_ARGUMENT, apply());
    WITH(actor.name.len, SIZE_MAX - 1, "an actor with an endless name",
         STOPGAP_ERR_INVALID_LENGTH, apply());
    WITH(record.access, 99, "a record of no access", STOPGAP_ERR_INVALID_VALUE,
         authenticate());
    WITH(record.key_id, 9, "a record under no key", STOPGAP_ERR_KEY_MISSING, authenticate());
    WITH(record.scopes.unlimited, 2, "a record with odd scopes", STOPGAP_ERR_INVALID_VALUE,
         authenticate());
    WITH(record.scopes.unlimited, 1, "a record with scopes and without",
         STOPGAP_ERR_INVALID_VALUE, authenticate());
    WITH(record.scopes.count, 0, "a record without scopes", STOPGAP_ERR_SCOPES_EMPTY,
         authenticate());
    WITH(record.scopes.count, 33, "a record with 33 scopes", STOPGAP_ERR_SCOPES_TOO_MANY,
         authenticate());
    WITH(record.scopes.count, UINT32_MAX, "a record with any number of scopes",
         STOPGAP_ERR_SCOPES_TOO_MANY, authenticate());
    WITH(record.scopes.count, 3, "a record with an empty scope", STOPGAP_ERR_SCOPE_INVALID,
         authenticate());
    check("which scope is empty", w.error.index == 2);
    WITH(scopes.scopes[1][0], 'B', "a scope in upper case", STOPGAP_ERR_SCOPE_INVALID, create());
    check("which scope is in upper case", w.error.index == 1);
    WITH(scopes.count, 1, "fewer scopes", STOPGAP_OK, create());
    WITH(prefixes[1].text[0], 'A', "a prefix in upper case", STOPGAP_ERR_PREFIX_INVALID,
         authenticate());
    check("which prefix is in upper case", w.error.index == 1);
    WITH(prefixes[0].text[0], 'x', "a code of another prefix", STOPGAP_ERR_UNEXPECTED_SYMBOL,
         authenticate());
    WITH(secret_text[20], 'z', "a code with a letter", STOPGAP_ERR_UNEXPECTED_SYMBOL,
         authenticate());
    check("where the letter is", w.error.position == 20);
    WITH(secret_text[47], w.in.secret_text[47] == '0' ? '1' : '0', "a code with a typo",
         STOPGAP_ERR_CHECK_FAILED, authenticate());
    REFUSED("an expired record", STOPGAP_ERR_EXPIRED, authenticate_at(NOW + 86400));
    check("when it expired", w.error.time == NOW + 86400);
    REFUSED("a record that is gone", STOPGAP_ERR_UNKNOWN, authenticate_at(NOW + 8 * 86400));
    REFUSED("a change of an expired record", STOPGAP_ERR_REACTIVATE_FIRST,
            apply_at(NOW + 86460));
    REFUSED("a change of a record that is gone", STOPGAP_ERR_NOT_FOUND,
            apply_at(NOW + 8 * 86400));
    REFUSED("a description of 1,025 bytes", STOPGAP_ERR_DESCRIPTION_TOO_LONG,
            describe(words, 1025));
    check("how many bytes there were", w.error.found == 1025);
    w.in.secure.description = stopgap_text_n(words, 1032);
    REFUSED("a new record of 1,032 bytes", STOPGAP_ERR_DESCRIPTION_TOO_LONG, create());
    words[9] = '\t';
    REFUSED("a description with a tab", STOPGAP_ERR_DESCRIPTION_CONTROL_CHARACTER,
            describe(words, 20));
    check("where the tab is", w.error.position == 9);
    words[9] = 'x';
    GRANTED("a description of 1,024 bytes", describe(words, 1024));
    check("all of it is there", strlen(w.in.record.description) == 1024);
    GRANTED("no description", describe(NULL, 0));
    GRANTED("a deletion",
            stopgap_security_code_apply(&w.in.record, w.ring, &w.in.actor,
                                        STOPGAP_EVENT_DELETE, 0, NOW, &w.error));
    REFUSED("a deleted record", STOPGAP_ERR_UNKNOWN, authenticate());
    REFUSED("a change of a deleted record", STOPGAP_ERR_NOT_FOUND, apply());
}

void cases_of_records(void) {
    texts_without_an_end();
    formats();
    codes();
    grants();
    enrolments();
    security_codes();
}
