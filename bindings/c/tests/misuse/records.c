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
        REFUSED(name, STOPGAP_NOT_TERMINATED, call);                                     \
        memcpy(&w.in, &kept, sizeof kept);                                               \
    } while (0)
#define LATIN_1(member, name, call)                                                      \
    do {                                                                                 \
        struct inputs kept;                                                              \
        memcpy(&kept, &w.in, sizeof kept);                                               \
        memcpy(w.in.member, "ab\xE4", 4);                                                \
        REFUSED(name, STOPGAP_INVALID_UTF8, call);                                       \
        check("where it is not UTF-8", w.error.position == 2);                           \
        memcpy(&w.in, &kept, sizeof kept);                                               \
    } while (0)

#define LATIN_1_NAME(member, name, call)                                                 \
    do {                                                                                 \
        struct inputs kept;                                                              \
        memcpy(&kept, &w.in, sizeof kept);                                               \
        memcpy(w.in.member, "ab\xE4", 4);                                                \
        REFUSED(name, STOPGAP_NAME_INVALID_UNICODE, call);                               \
        memcpy(&w.in, &kept, sizeof kept);                                               \
    } while (0)

static stopgap_status verify(void) {
    return stopgap_online_verify(&w.in.grant, w.ring, TEXT("alice"),
                                 TEXT(w.in.code.text), STOPGAP_RESET, NOW,
                                 &w.out.granted, &w.error);
}

static stopgap_status check_tag(void) {
    return stopgap_online_check_tag(&w.in.grant, w.ring, &w.in.tag, &w.error);
}

static stopgap_status issue(void) {
    return stopgap_online_issue(&w.in.online, w.ring, TEXT("alice"), NOW, TEXT(BERLIN),
                                NULL, &w.out.code, &w.out.grant, &w.error);
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
    return stopgap_enrolment_next(&w.in.enrolments[0], w.ring, &w.out.enrolment,
                                  &w.error);
}

static stopgap_status authenticate(void) {
    return stopgap_security_code_authenticate(&w.in.record, w.ring, w.in.prefixes, 2,
                                              TEXT(w.in.secret_text), &w.in.knows, NOW,
                                              &w.out.authenticated, &w.error);
}

static stopgap_status create(void) {
    return stopgap_security_code_create(w.ring, &w.in.actor, STOPGAP_ACCESS_SAME_AS,
                                        TEXT("alice"), &w.in.scopes, NULL, 0, NOW, NULL,
                                        &w.out.code, &w.out.record, &w.error);
}

static stopgap_status check_record_tag(void) {
    return stopgap_security_code_check_tag(&w.in.record, w.ring, &w.in.record_tag,
                                           &w.error);
}

static stopgap_status apply(void) {
    return stopgap_security_code_apply(&w.in.record, &w.in.actor,
                                       STOPGAP_LIFE_MAKE_PERMANENT, 0, NOW, &w.error);
}

static stopgap_status tag_attempt(void) {
    return stopgap_attempt_tag(&w.in.attempt, w.ring, &w.out.tag, &w.error);
}

static stopgap_status check_attempt(void) {
    return stopgap_attempt_check_tag(&w.in.attempt, w.ring, &w.in.attempt_tag, &w.error);
}

static stopgap_status answer(size_t count) {
    return stopgap_offline_answer(&w.in.offline, w.ring, TEXT("alice"), w.in.enrolments,
                                  count, TEXT(w.in.request.text), STOPGAP_BYPASS, NOW,
                                  NO_ZONE, &w.out.answer, &w.error);
}

static stopgap_status locate(size_t count) {
    return stopgap_locate(w.in.keys, count, TEXT(w.in.request.text), &w.in.alphabet,
                          &w.in.locate, NOW, &w.out.located, &w.error);
}

static stopgap_status verify_any(stopgap_online_grant *grants, size_t count) {
    return stopgap_online_verify_any(grants, count, w.ring, TEXT("alice"),
                                     TEXT(w.in.code.text), STOPGAP_RESET, NOW,
                                     &w.out.index, &w.out.granted, &w.error);
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
    WITH(format.length, 0, "a code of 0 symbols", STOPGAP_CODE_LENGTH, encode());
    WITH(format.length, 7, "a code of 7 symbols", STOPGAP_CODE_LENGTH, encode());
    WITH(format.length, 33, "a code of 33 symbols", STOPGAP_CODE_LENGTH, encode());
    WITH(format.length, UINT32_MAX, "a code of 4294967295 symbols", STOPGAP_CODE_LENGTH,
         encode());
    WITH(format.length, 33, "to read a code of 33 symbols", STOPGAP_CODE_LENGTH, normalize());
    w.in.format.check_symbol = 1;
    WITH(format.length, 8, "a check symbol of 7", STOPGAP_CODE_CHECKED_LENGTH, encode());
    check("how many symbols there are", w.error.found == 8);
    w.in.format.check_symbol = 0;
    WITH(format.length, 300, "a code of 300 symbols", STOPGAP_CODE_LENGTH, encode());
    check("how many symbols were asked for", w.error.found == 300);
    WITH(format.check_symbol, 2, "a check symbol that is neither", STOPGAP_INVALID_VALUE,
         encode());
    WITH(format.alphabet.look_alikes, 8, "an unknown look-alike",
         STOPGAP_INVALID_VALUE, encode());
    WITH(format.alphabet.look_alikes, UINT32_MAX, "every look-alike and more",
         STOPGAP_INVALID_VALUE, encode());
    WITH(format.alphabet.symbols[0], 'a', "a small letter", STOPGAP_ALPHABET_LOWER_CASE,
         encode());
    WITH(format.alphabet.symbols[3], '-', "a hyphen", STOPGAP_ALPHABET_NOT_A_SYMBOL,
         encode());
    WITH(format.alphabet.symbols[5], '0', "a symbol twice", STOPGAP_ALPHABET_REPEATED,
         encode());
    WITH(format.alphabet.symbols[15], 0, "15 symbols", STOPGAP_ALPHABET_WRONG_COUNT, encode());
    WITH(format.alphabet.symbols[16], 'Z', "17 symbols", STOPGAP_ALPHABET_WRONG_COUNT, encode());
    WITH(online.purposes, 0, "a code for nothing", STOPGAP_NO_PURPOSE, issue());
    WITH(online.purposes, 8, "an unknown purpose", STOPGAP_INVALID_VALUE,
         issue());
    WITH(online.max_uses, 0, "a code that can never be used", STOPGAP_NO_USES, issue());
    WITH(online.validity, 32, "32 days", STOPGAP_VALIDITY_DAYS, issue());
    WITH(online.validity, 999, "999 days", STOPGAP_VALIDITY_DAYS, issue());
    WITH(online.validity, 1001, "more than a month", STOPGAP_VALIDITY_DAYS, issue());
    WITH(online.validity, STOPGAP_MINUTES, "0 minutes", STOPGAP_VALIDITY_MINUTES, issue());
    WITH(online.validity, STOPGAP_MINUTES + 1441, "1441 minutes", STOPGAP_VALIDITY_MINUTES,
         issue());
    check("how many minutes were asked for", w.error.found == 1441);
    WITH(online.not_before, NOW - 86400 * 2, "expired at issue", STOPGAP_NEVER_VALID,
         issue());
    check("when it would have expired", w.error.time == NOW - 86400);
    WITH(offline.validity, STOPGAP_MINUTES + 90, "a lock of minutes",
         STOPGAP_OFFLINE_VALIDITY, answer(2));
    WITH(offline.validity, 0, "a lock of no day", STOPGAP_VALIDITY_DAYS, answer(2));
    WITH(offline.alphabet.symbols[0], '!', "an offline policy's alphabet",
         STOPGAP_ALPHABET_NOT_A_SYMBOL, answer(2));
}

static void codes(void) {
    WITH(code.text[0], 0, "a code of nothing", STOPGAP_WRONG_LENGTH, canonical());
    WITH(code.text[4], 'a', "a code with a small letter", STOPGAP_UNEXPECTED_SYMBOL,
         canonical());
    WITH(code.text[4], '\n', "a code with a new line", STOPGAP_UNEXPECTED_SYMBOL,
         canonical());
    {
        struct inputs kept;
        memcpy(&kept, &w.in, sizeof kept);
        memset(w.in.code.text, '0', 39);
        w.in.code.text[39] = 0;
        REFUSED("a code of 39 symbols", STOPGAP_WRONG_LENGTH, canonical());
        check("how many symbols there were",
              w.error.found == 39 && w.error.expected == 32);
        memset(w.in.code.text, '-', 39);
        REFUSED("a code of hyphens", STOPGAP_WRONG_LENGTH, canonical());
        memcpy(&w.in, &kept, sizeof kept);
    }
    REFUSED("encode: too few bytes", STOPGAP_CODE_BYTES,
            stopgap_encode(&w.in.format, w.in.master.bytes, 5, &w.out.code, &w.error));
    check("how many there should be", w.error.expected == 6 && w.error.found == 5);
    REFUSED("encode: too many bytes", STOPGAP_CODE_BYTES,
            stopgap_encode(&w.in.format, w.in.master.bytes, 32, &w.out.code, &w.error));
    REFUSED("encode: (NULL, 0)", STOPGAP_CODE_BYTES,
            stopgap_encode(&w.in.format, NULL, 0, &w.out.code, &w.error));
    REFUSED("an alphabet that is ambiguous", STOPGAP_ALPHABET_AMBIGUOUS,
            stopgap_alphabet_new(TEXT("0123456789ABCDEO"), STOPGAP_O_AS_ZERO,
                                 &w.out.alphabet, &w.error));
    REFUSED("an alphabet: (NULL, 0)", STOPGAP_ALPHABET_WRONG_COUNT,
            stopgap_alphabet_new(NULL, 0, 0, &w.out.alphabet, &w.error));
    REFUSED("an alphabet: unknown look-alikes", STOPGAP_INVALID_VALUE,
            stopgap_alphabet_new(TEXT("0123456789ABCDEF"), 8, &w.out.alphabet, &w.error));
    REFUSED("a check symbol of what is no symbol", STOPGAP_UNEXPECTED_SYMBOL,
            stopgap_alphabet_check_symbol(&w.in.alphabet, TEXT("Z3!"), &w.out.symbol,
                                          &w.error));
}

static void grants(void) {
    w.in.grants[1].user[0] = 0;
    REFUSED("verify any: one that is none", STOPGAP_NAME_EMPTY,
            verify_any(w.in.grants, 2));
    check("which of them is none", w.error.index == 1);
    w.in.grants[1] = w.in.grant;
    REFUSED("verify any: (NULL, 0)", STOPGAP_UNKNOWN, verify_any(NULL, 0));
    REFUSED("verify any: (NULL, 1)", STOPGAP_NULL_ARGUMENT, verify_any(NULL, 1));
    REFUSED("verify any: as many as there cannot be", STOPGAP_INVALID_LENGTH,
            verify_any(w.in.grants, SIZE_MAX / sizeof w.in.grants[0]));
    WITH(grant.purposes, 8, "a grant for an unknown purpose", STOPGAP_INVALID_VALUE,
         verify());
    WITH(grant.purposes, 0, "a grant for nothing", STOPGAP_WRONG_PURPOSE, verify());
    WITH(grant.key_id, 9, "a grant of a key that is gone", STOPGAP_KEY_MISSING, verify());
    check("which key is told", w.error.key_id == 9);
    WITH(grant.uses, 3, "a grant that is used up", STOPGAP_USED_UP, verify());
    WITH(grant.uses, UINT32_MAX, "a grant used more often than it may be",
         STOPGAP_USED_UP, verify());
    WITH(grant.max_uses, 0, "a grant of no uses", STOPGAP_USED_UP, verify());
    WITH(grant.revoked_at, NOW, "a revoked grant", STOPGAP_REVOKED, verify());
    WITH(grant.expires_at, NOW, "an expired grant", STOPGAP_EXPIRED, verify());
    WITH(grant.not_before, NOW + 1, "a grant that is not valid yet",
         STOPGAP_NOT_YET_VALID, verify());
    WITH(grant.digest.bytes[31], 1, "a grant of another code", STOPGAP_UNKNOWN, verify());
    WITH(grant.user[0], 'b', "a grant of another user", STOPGAP_UNKNOWN, verify());
    WITH(grant.digest.bytes[31], 1, "tag: another digest", STOPGAP_TAMPERED, check_tag());
    WITH(grant.user[0], 'b', "tag: another user", STOPGAP_OK, check_tag());
    WITH(grant.max_uses, 4, "tag: more uses", STOPGAP_TAMPERED, check_tag());
    WITH(grant.max_uses, STOPGAP_UNLIMITED, "tag: any uses", STOPGAP_TAMPERED,
         check_tag());
    WITH(grant.expires_at, NOW + 1, "tag: another end", STOPGAP_TAMPERED, check_tag());
    WITH(grant.revoked_at, NOW, "tag: a revocation", STOPGAP_TAMPERED, check_tag());
    WITH(grant.purposes, STOPGAP_RESET, "tag: fewer purposes", STOPGAP_TAMPERED,
         check_tag());
    WITH(grant.key_id, 1, "tag: another key", STOPGAP_TAMPERED, check_tag());
    WITH(grant.uses, 2, "tag: the uses are the store's", STOPGAP_OK, check_tag());
    WITH(granted.purpose, STOPGAP_RESET, "a lock for a reset", STOPGAP_WRONG_PURPOSE,
         stopgap_granted_lock(&w.in.granted, &w.out.instant, &w.error));
    WITH(attempt.id, NULL, "an attempt without an id", STOPGAP_NULL_ARGUMENT,
         tag_attempt());
    WITH(attempt.id_length, 0, "an attempt with an empty id", STOPGAP_NAME_EMPTY,
         tag_attempt());
    WITH(attempt.id_length, SIZE_MAX, "an attempt with an endless id",
         STOPGAP_INVALID_LENGTH, tag_attempt());
    WITH(attempt.user, NULL, "an attempt without a user", STOPGAP_NULL_ARGUMENT,
         tag_attempt());
    WITH(attempt.code, NULL, "an attempt without a code", STOPGAP_NULL_ARGUMENT,
         tag_attempt());
    WITH(attempt.answer, NULL, "an attempt without an answer", STOPGAP_NULL_ARGUMENT,
         tag_attempt());
    WITH(attempt.answer_length, SIZE_MAX, "an attempt with an endless answer",
         STOPGAP_INVALID_LENGTH, tag_attempt());
    WITH(attempt.purpose, 99, "an attempt for nothing", STOPGAP_INVALID_VALUE,
         tag_attempt());
    WITH(attempt.key_id, 9, "an attempt under no key", STOPGAP_KEY_MISSING,
         tag_attempt());
    WITH(attempt.answer_length, 2, "attempt: another answer", STOPGAP_TAMPERED,
         check_attempt());
    WITH(attempt.code, &w.in.answer, "attempt: another code", STOPGAP_TAMPERED,
         check_attempt());
    WITH(attempt.purpose, STOPGAP_BYPASS, "attempt: another purpose", STOPGAP_TAMPERED,
         check_attempt());
    w.in.attempt.answer = NULL;
    w.in.attempt.answer_length = 0;
    GRANTED("an attempt with the empty answer", tag_attempt());
    make_world();
}

static void enrolments(void) {
    WITH(enrolments[0].key_id, 9, "an enrolment under no key", STOPGAP_KEY_MISSING,
         derive());
    WITH(enrolments[0].generation, UINT32_MAX, "the last generation",
         STOPGAP_GENERATIONS_EXHAUSTED, next());
    WITH(enrolments[0].machine[0], 0, "an enrolment of no machine", STOPGAP_NAME_EMPTY,
         derive());
    WITH(enrolments[0].user[1], '\n', "a user with a new line",
         STOPGAP_NAME_CONTROL_CHARACTER, derive());
    REFUSED("answer: no enrolments", STOPGAP_NOT_ENROLLED, answer(0));
    REFUSED("answer: as many as there cannot be", STOPGAP_INVALID_LENGTH,
            answer(SIZE_MAX / sizeof w.in.enrolments[0]));
    REFUSED("answer: registration needs the server", STOPGAP_WRONG_PURPOSE,
            stopgap_offline_answer(&w.in.offline, w.ring, TEXT("alice"), w.in.enrolments,
                                   2, TEXT(w.in.request.text), STOPGAP_REGISTER, NOW,
                                   NO_ZONE, &w.out.answer, &w.error));
    REFUSED("answer: another user's machines", STOPGAP_NOT_ENROLLED,
            stopgap_offline_answer(&w.in.offline, w.ring, TEXT("bob"), w.in.enrolments, 2,
                                   TEXT(w.in.request.text), STOPGAP_BYPASS, NOW, NO_ZONE,
                                   &w.out.answer, &w.error));
    REFUSED("answer: another machine's code", STOPGAP_UNRECOGNISED,
            stopgap_offline_answer(&w.in.offline, w.ring, TEXT("alice"),
                                   &w.in.enrolments[1], 1, TEXT(w.in.request.text),
                                   STOPGAP_BYPASS, NOW, NO_ZONE, &w.out.answer,
                                   &w.error));
    REFUSED("answer: two hours later", STOPGAP_CLOCK_SKEW,
            stopgap_offline_answer(&w.in.offline, w.ring, TEXT("alice"), w.in.enrolments,
                                   2, TEXT(w.in.request.text), STOPGAP_BYPASS, NOW + 7200,
                                   NO_ZONE, &w.out.answer, &w.error));
    check("which clock, and by how much", w.error.index == 0 && w.error.minutes == -120);
    REFUSED("locate: no keys", STOPGAP_NOT_ENROLLED, locate(0));
    REFUSED("locate: as many as there cannot be", STOPGAP_INVALID_LENGTH,
            locate(SIZE_MAX / sizeof w.in.keys[0]));
    WITH(keys[1], NULL, "locate: one key is NULL", STOPGAP_NULL_ARGUMENT, locate(2));
    check("which key is NULL", w.error.index == 1);
    REFUSED("a key of 31 bytes", STOPGAP_KEY_WRONG_LENGTH,
            stopgap_enrolment_key_from_bytes(w.in.master.bytes, 31, &w.out.key,
                                             &w.error));
    check("how many there were", w.error.found == 31);
    REFUSED("a key of (NULL, 0)", STOPGAP_KEY_WRONG_LENGTH,
            stopgap_enrolment_key_from_bytes(NULL, 0, &w.out.key, &w.error));
    REFUSED("a key of one digit", STOPGAP_KEY_WRONG_HEX_LENGTH,
            stopgap_enrolment_key_from_hex("0", 1, &w.out.key, &w.error));
    REFUSED("a key of letters", STOPGAP_KEY_NOT_HEX,
            stopgap_master_key_from_hex(
                TEXT("x123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
                &w.out.master, &w.error));
}

static void security_codes(void) {
    char words[STOPGAP_DESCRIPTION_SIZE];
    memset(words, 'x', sizeof words);
    WITH(actor.role, STOPGAP_ADMINISTRATOR, "an administrator is not enough",
         STOPGAP_FORBIDDEN, apply());
    check("the role and the action", w.error.role == STOPGAP_ADMINISTRATOR &&
                                   w.error.action == STOPGAP_MANAGE_SECURITY_CODE);
    WITH(actor.role, 99, "an actor of no role", STOPGAP_INVALID_VALUE, apply());
    WITH(actor.name, NULL, "an actor without a name", STOPGAP_NULL_ARGUMENT, apply());
    WITH(actor.name_length, SIZE_MAX, "an actor with an endless name",
         STOPGAP_INVALID_LENGTH, apply());
    WITH(record.access, 99, "a record of no access", STOPGAP_INVALID_VALUE,
         authenticate());
    WITH(record.key_id, 9, "a record under no key", STOPGAP_KEY_MISSING, authenticate());
    WITH(record.scopes.unlimited, 2, "a record with odd scopes", STOPGAP_INVALID_VALUE,
         authenticate());
    WITH(record.scopes.unlimited, 1, "a record with scopes and without",
         STOPGAP_INVALID_VALUE, authenticate());
    WITH(record.scopes.count, 0, "a record without scopes", STOPGAP_SCOPES_EMPTY,
         authenticate());
    WITH(record.scopes.count, 33, "a record with 33 scopes", STOPGAP_SCOPES_TOO_MANY,
         authenticate());
    WITH(record.scopes.count, UINT32_MAX, "a record with any number of scopes",
         STOPGAP_SCOPES_TOO_MANY, authenticate());
    WITH(record.scopes.count, 3, "a record with an empty scope", STOPGAP_SCOPE_INVALID,
         authenticate());
    check("which scope is empty", w.error.index == 2);
    WITH(scopes.scopes[1][0], 'B', "a scope in upper case", STOPGAP_SCOPE_INVALID, create());
    check("which scope is in upper case", w.error.index == 1);
    WITH(scopes.count, 1, "fewer scopes", STOPGAP_OK, create());
    WITH(prefixes[1].text[0], 'A', "a prefix in upper case", STOPGAP_PREFIX_INVALID,
         authenticate());
    check("which prefix is in upper case", w.error.index == 1);
    WITH(prefixes[0].text[0], 'x', "a code of another prefix", STOPGAP_UNEXPECTED_SYMBOL,
         authenticate());
    WITH(secret_text[20], 'z', "a code with a letter", STOPGAP_UNEXPECTED_SYMBOL,
         authenticate());
    check("where the letter is", w.error.position == 20);
    WITH(secret_text[47], w.in.secret_text[47] == '0' ? '1' : '0', "a code with a typo",
         STOPGAP_CHECK_FAILED, authenticate());
    WITH(record.life, STOPGAP_DELETED, "a deleted record", STOPGAP_UNKNOWN,
         authenticate());
    WITH(record.life, NOW, "an expired record", STOPGAP_EXPIRED, authenticate());
    WITH(record.life, STOPGAP_DELETED, "a change of a deleted record", STOPGAP_NOT_FOUND,
         apply());
    WITH(record.life, NOW - 60, "a change of an expired record", STOPGAP_REACTIVATE_FIRST,
         apply());
    WITH(record.life, STOPGAP_PERMANENT, "tag: another lifetime", STOPGAP_TAMPERED,
         check_record_tag());
    WITH(record.access, STOPGAP_ACCESS_SUPER_ADMINISTRATOR, "tag: another access",
         STOPGAP_TAMPERED, check_record_tag());
    WITH(record.same_as[0], 'b', "tag: another user's rights", STOPGAP_TAMPERED,
         check_record_tag());
    REFUSED("a description of 1,025 bytes", STOPGAP_DESCRIPTION_TOO_LONG,
            stopgap_security_code_describe(&w.in.record, &w.in.actor, words, 1025, NOW,
                                           &w.error));
    check("how many bytes there were", w.error.found == 1025);
    REFUSED("a new record of 1,032 bytes", STOPGAP_DESCRIPTION_TOO_LONG,
            stopgap_security_code_create(w.ring, &w.in.actor,
                                         STOPGAP_ACCESS_SUPER_ADMINISTRATOR, NULL, 0,
                                         &w.in.scopes, words, 1032, NOW, NULL, &w.out.code,
                                         &w.out.record, &w.error));
    words[9] = '\t';
    REFUSED("a description with a tab", STOPGAP_DESCRIPTION_CONTROL_CHARACTER,
            stopgap_security_code_describe(&w.in.record, &w.in.actor, words, 20, NOW,
                                           &w.error));
    check("where the tab is", w.error.position == 9);
    words[9] = 'x';
    GRANTED("a description of 1,024 bytes",
            stopgap_security_code_describe(&w.in.record, &w.in.actor, words, 1024, NOW,
                                           &w.error));
    check("all of it is there", strlen(w.in.record.description) == 1024);
    GRANTED("no description", stopgap_security_code_describe(&w.in.record, &w.in.actor,
                                                             NULL, 0, NOW, &w.error));
}

void cases_of_records(void) {
    texts_without_an_end();
    formats();
    codes();
    grants();
    enrolments();
    security_codes();
}
