#include "world.h"

static stopgap_status enrol(stopgap_text user) {
    stopgap_enrolment_request request = enrolling("LAPTOP-17");
    request.user = user;
    return stopgap_enrolment_new(w.ring, &request, NOW, &w.out.enrolment, &w.error);
}

static stopgap_status normalize(stopgap_text typed) {
    return stopgap_normalize(&w.in.format, typed, &w.out.code, &w.error);
}

static stopgap_status in_zone(stopgap_text zone) {
    return stopgap_validity_expires_at(1, NOW, zone, &w.out.instant, &w.error);
}

/* Texts that are not UTF-8, and the position in characters. */
static void not_utf8(void) {
    static const struct {
        const char *bytes;
        size_t length;
        size_t position;
    } TEXTS[] = {
        {"\xFF", 1, 0},
        {"abc\x80", 4, 3},
        {"ab\xC3", 3, 2},
        {"ab\xC0\xAF", 4, 2},
        {"\xED\xA0\x80", 3, 0},
        {"a\xF4\x90\x80\x80", 5, 1},
        {"\xE2\x82", 2, 0},
    };
    size_t i;
    for (i = 0; i < sizeof TEXTS / sizeof TEXTS[0]; i++) {
        REFUSED("a name that is not UTF-8", STOPGAP_ERR_NAME_INVALID_UNICODE,
                enrol(stopgap_text_n(TEXTS[i].bytes, TEXTS[i].length)));
        REFUSED("a word that is not UTF-8", STOPGAP_ERR_INVALID_UTF8,
                stopgap_validity_parse(stopgap_text_n(TEXTS[i].bytes, TEXTS[i].length), &w.out.number,
                                       &w.error));
        check("where the word is not", w.error.position == TEXTS[i].position);
        REFUSED("a code that is not UTF-8", STOPGAP_ERR_UNEXPECTED_SYMBOL,
                normalize(stopgap_text_n(TEXTS[i].bytes, TEXTS[i].length)));
        check("where the code is not", w.error.position == TEXTS[i].position);
    }
    REFUSED("a text that ends in the middle of a character", STOPGAP_ERR_NAME_INVALID_UNICODE,
            enrol(stopgap_text_n("\xC3\xA4", 1)));
    GRANTED("the whole character", enrol(stopgap_text_n("\xC3\xA4", 2)));
}

static void names(void) {
    char name[300];
    memset(name, 'a', sizeof name);
    GRANTED("a name of 255 bytes", enrol(stopgap_text_n(name, 255)));
    check("it is whole", members_of_enrolment(w.out.enrolment).user.len == 255);
    REFUSED("a name of 256 bytes", STOPGAP_ERR_NAME_TOO_LONG, enrol(stopgap_text_n(name, 256)));
    check("how long it was", w.error.found == 256);
    REFUSED("a name of (NULL, 0)", STOPGAP_ERR_NAME_EMPTY, enrol(stopgap_text_n(NULL, 0)));
    REFUSED("a name of no bytes", STOPGAP_ERR_NAME_EMPTY, enrol(stopgap_text_n("alice", 0)));
    REFUSED("a name with a NUL", STOPGAP_ERR_NAME_CONTROL_CHARACTER, enrol(stopgap_text_n("al\0ce", 5)));
    check("where the NUL is", w.error.position == 2);
    REFUSED("a name with a new line behind two characters",
            STOPGAP_ERR_NAME_CONTROL_CHARACTER, enrol(stopgap_text_n("\xC3\xA4\xC3\xB6\n", 5)));
    check("characters are counted", w.error.position == 2);
    REFUSED("a name with a zero-width space", STOPGAP_ERR_NAME_INVISIBLE_CHARACTER,
            enrol(stopgap_text_n("\xC3\xA4\xE2\x80\x8B", 5)));
    check("where it is", w.error.position == 1);
    REFUSED("a name of an ideographic space", STOPGAP_ERR_NAME_BLANK, enrol(stopgap_text_n("\xE3\x80\x80", 3)));
    /* The user is checked before the code is read. */
    w.in.verify.user = STOPGAP_NO_TEXT;
    REFUSED("verify: an empty name", STOPGAP_ERR_NAME_EMPTY,
            stopgap_online_verify(w.in.grant, w.ring, &w.in.verify, NOW, &w.sized.granted,
                                  &w.error));
    w.in.verify = asking("alice", "no code", STOPGAP_PURPOSE_RESET);
    w.in.verify.user = stopgap_text_n(name, 256);
    REFUSED("verify: a name of 256 bytes", STOPGAP_ERR_NAME_TOO_LONG,
            stopgap_online_verify(w.in.grant, w.ring, &w.in.verify, NOW, &w.sized.granted,
                                  &w.error));
}

static void typed(void) {
    char spaces[257];
    size_t length = strlen(w.in.code.text);
    memset(spaces, ' ', sizeof spaces);
    memcpy(spaces, w.in.code.text, length);
    GRANTED("256 bytes typed", normalize(stopgap_text_n(spaces, 256)));
    REFUSED("257 bytes typed", STOPGAP_ERR_TOO_LONG, normalize(stopgap_text_n(spaces, 257)));
    spaces[256] = (char)0xFF;
    REFUSED("257 bytes typed that are not UTF-8", STOPGAP_ERR_TOO_LONG, normalize(stopgap_text_n(spaces, 257)));
    GRANTED("a code with punctuation, a dash and a soft hyphen",
            normalize(TEXT("(3f9a\xE2\x80\x93" "77c2\xC2\xAD 01be).")));
    REFUSED("punctuation within a code", STOPGAP_ERR_UNEXPECTED_SYMBOL,
            normalize(TEXT("3F9A.77C2.01BE")));
    check("where the punctuation is", w.error.position == 4);
    REFUSED("nothing typed, (NULL, 0)", STOPGAP_ERR_WRONG_LENGTH, normalize(stopgap_text_n(NULL, 0)));
    REFUSED("nothing typed", STOPGAP_ERR_WRONG_LENGTH, normalize(stopgap_text_n("", 0)));
    REFUSED("one symbol less", STOPGAP_ERR_WRONG_LENGTH, normalize(stopgap_text_n(w.in.code.text, length - 1)));
    check("how many there are", w.error.expected == 12 && w.error.found == 11);
    REFUSED("a NUL typed", STOPGAP_ERR_UNEXPECTED_SYMBOL, normalize(stopgap_text_n(w.in.code.text, length + 1)));
    check("where it was typed", w.error.position == length);
    w.in.format.check_symbol = 1;
    REFUSED("a typo", STOPGAP_ERR_CHECK_FAILED, normalize(TEXT("000000000000")));
    w.in.format.check_symbol = 0;
}

static void zones(void) {
    static char long_zone[100000];
    memset(long_zone, 'Z', sizeof long_zone);
    GRANTED("a zone of (NULL, 0) is UTC", in_zone(stopgap_text_n(NULL, 0)));
    check("a day later", w.out.instant == NOW + 86400);
    GRANTED("UTC", in_zone(TEXT("UTC")));
    REFUSED("a zone of another planet", STOPGAP_ERR_UNKNOWN_ZONE, in_zone(TEXT("Mars/Gale")));
    REFUSED("a zone in small letters", STOPGAP_ERR_UNKNOWN_ZONE,
            in_zone(TEXT("europe/berlin")));
    REFUSED("a zone with its NUL", STOPGAP_ERR_UNKNOWN_ZONE,
            in_zone(stopgap_text_n(BERLIN, sizeof BERLIN)));
    REFUSED("a zone with a path", STOPGAP_ERR_UNKNOWN_ZONE, in_zone(TEXT("../../etc/passwd")));
    REFUSED("a zone of 100,000 bytes", STOPGAP_ERR_UNKNOWN_ZONE,
            in_zone(stopgap_text_n(long_zone, sizeof long_zone)));
    REFUSED("redeem: an unknown zone", STOPGAP_ERR_UNKNOWN_ZONE,
            stopgap_agent_redeem(w.agent, REDEEM(TEXT(w.in.answer.text), STOPGAP_PURPOSE_BYPASS, TEXT("Mars/Gale")), NOW, &w.in.keep, &w.out.instant, &w.error));
}

static void words(void) {
    REFUSED("no such purpose", STOPGAP_ERR_NO_SUCH_PURPOSE,
            stopgap_purpose_parse(TEXT("dance"), &w.out.number, &w.error));
    REFUSED("a purpose of (NULL, 0)", STOPGAP_ERR_NO_SUCH_PURPOSE,
            stopgap_purpose_parse(STOPGAP_NO_TEXT, &w.out.number, &w.error));
    REFUSED("no such language", STOPGAP_ERR_NO_SUCH_LANGUAGE,
            stopgap_language_parse(TEXT("C.UTF-8"), &w.out.number, &w.error));
    REFUSED("a language of (NULL, 0)", STOPGAP_ERR_NO_SUCH_LANGUAGE,
            stopgap_language_parse(STOPGAP_NO_TEXT, &w.out.number, &w.error));
    GRANTED("the language of a locale",
            stopgap_language_parse(TEXT("es_MX.UTF-8"), &w.out.number, &w.error));
    check("it is Spanish", w.out.number == STOPGAP_LANGUAGE_SPANISH);
    REFUSED("no such role", STOPGAP_ERR_NO_SUCH_ROLE,
            stopgap_role_parse(TEXT("god"), &w.out.number, &w.error));
    REFUSED("a role of (NULL, 0)", STOPGAP_ERR_NO_SUCH_ROLE,
            stopgap_role_parse(STOPGAP_NO_TEXT, &w.out.number, &w.error));
    REFUSED("32 days", STOPGAP_ERR_VALIDITY_DAYS,
            stopgap_validity_parse(TEXT("P32D"), &w.out.number, &w.error));
    check("how many days were asked for", w.error.found == 32);
    REFUSED("25 hours", STOPGAP_ERR_VALIDITY_MINUTES,
            stopgap_validity_parse(TEXT("PT25H"), &w.out.number, &w.error));
    check("how many minutes were asked for", w.error.found == 1500);
    REFUSED("ISO 8601 in lower case", STOPGAP_ERR_VALIDITY_FORM,
            stopgap_validity_parse(TEXT("Pt1H"), &w.out.number, &w.error));
    GRANTED("an hour and a half",
            stopgap_validity_parse(TEXT("1h30m"), &w.out.number, &w.error));
    check("it is 90 minutes", w.out.number == STOPGAP_VALIDITY_MINUTES + 90);
    REFUSED("two months", STOPGAP_ERR_VALIDITY_MONTHS,
            stopgap_validity_parse(TEXT("P2M"), &w.out.number, &w.error));
    REFUSED("more days than can be counted", STOPGAP_ERR_VALIDITY_DAYS,
            stopgap_validity_parse(TEXT("P99999999999999999999D"), &w.out.number,
                                   &w.error));
    REFUSED("a validity of (NULL, 0)", STOPGAP_ERR_VALIDITY_FORM,
            stopgap_validity_parse(STOPGAP_NO_TEXT, &w.out.number, &w.error));
    REFUSED("an action that a user may not do", STOPGAP_ERR_FORBIDDEN,
            stopgap_role_may(STOPGAP_ROLE_USER, STOPGAP_ACTION_PURGE, &w.error));
    check("the role and the action", w.error.role == STOPGAP_ROLE_USER &&
                                     w.error.action == STOPGAP_ACTION_PURGE);
    GRANTED("a purpose in capitals",
            stopgap_purpose_parse(TEXT("RESET"), &w.out.number, &w.error));
}

void cases_of_texts(void) {
    not_utf8();
    names();
    typed();
    zones();
    words();
}
