#include "world.h"

/* The functions that write a text, in one form. */
static stopgap_status canonical(char *buffer, size_t capacity, size_t *needed) {
    return stopgap_code_canonical(&w.in.code, buffer, capacity, needed, &w.error);
}

static stopgap_status spoken(char *buffer, size_t capacity, size_t *needed) {
    return stopgap_code_spoken(&w.in.code, STOPGAP_LANGUAGE_GERMAN, buffer, capacity, needed, &w.error);
}

/* Writes the bytes of a record. */
static stopgap_status stored(uint8_t *buffer, size_t capacity, size_t *needed) {
    return stopgap_security_code_to_bytes(w.record, buffer, capacity, needed, &w.error);
}

static stopgap_status purpose(char *buffer, size_t capacity, size_t *needed) {
    return stopgap_purpose_text(STOPGAP_PURPOSE_REGISTER, buffer, capacity, needed, &w.error);
}

static stopgap_status role(char *buffer, size_t capacity, size_t *needed) {
    return stopgap_role_text(STOPGAP_ROLE_SUPER_ADMINISTRATOR, buffer, capacity, needed,
                             &w.error);
}

static stopgap_status validity(char *buffer, size_t capacity, size_t *needed) {
    return stopgap_validity_text(30, buffer, capacity, needed, &w.error);
}

static stopgap_status message(char *buffer, size_t capacity, size_t *needed) {
    stopgap_status status =
        stopgap_error_message(&w.in.failure, buffer, capacity, needed);
    w.error.status = status ? status : w.error.status;
    return status;
}

static stopgap_status public_message(char *buffer, size_t capacity, size_t *needed) {
    stopgap_status status = stopgap_error_public_message(&w.in.failure, TEXT(BERLIN), STOPGAP_LANGUAGE_GERMAN,
                                                         buffer, capacity, needed);
    w.error.status = status ? status : w.error.status;
    return status;
}

static void texts(stopgap_status (*give)(char *, size_t, size_t *)) {
    char text[STOPGAP_SPOKEN_SIZE];
    size_t size = 0;
    size_t again = 0;
    size_t capacity;
    mark(text, sizeof text);
    REFUSED("(NULL, 0) asks for the capacity", STOPGAP_ERR_BUFFER_TOO_SMALL,
            give(NULL, 0, &size));
    REFUSED("(NULL, 0) and no needed", STOPGAP_ERR_BUFFER_TOO_SMALL, give(NULL, 0, NULL));
    for (capacity = 0; capacity < size; capacity++) {
        again = 0;
        REFUSED("a short buffer", STOPGAP_ERR_BUFFER_TOO_SMALL, give(text, capacity, &again));
        check("the capacity is always told", again == size);
        check("a short buffer stays as it is", is_marked(text, sizeof text));
    }
    again = 0;
    GRANTED("a buffer that just fits", give(text, size, &again));
    check("the capacity is told with the text", again == size);
    check("the text is terminated", memchr(text, 0, sizeof text) == text + size - 1);
    check("nothing after the text", is_marked(text + size, sizeof text - size));
    mark(text, sizeof text);
    GRANTED("a capacity larger than memory", give(text, SIZE_MAX, NULL));
    check("no more is written for it", is_marked(text + size, sizeof text - size));
}

static void records(void) {
    uint8_t bytes[sizeof w.in.stored];
    size_t size = 0;
    size_t again = 0;
    size_t capacity;
    mark(bytes, sizeof bytes);
    REFUSED("bytes: (NULL, 0) asks for the capacity", STOPGAP_ERR_BUFFER_TOO_SMALL,
            stored(NULL, 0, &size));
    check("it is that of the record", size == w.in.stored_length);
    REFUSED("bytes: (NULL, 0) and no needed", STOPGAP_ERR_BUFFER_TOO_SMALL,
            stored(NULL, 0, NULL));
    for (capacity = 0; capacity < size; capacity++) {
        again = 0;
        REFUSED("bytes: a short buffer", STOPGAP_ERR_BUFFER_TOO_SMALL,
                stored(bytes, capacity, &again));
        check("the capacity is always told", again == size);
        check("a short buffer stays as it is", is_marked(bytes, sizeof bytes));
    }
    GRANTED("bytes: a buffer that just fits", stored(bytes, size, NULL));
    check("nothing after the bytes", is_marked(bytes + size, sizeof bytes - size));
    check("they are the record's", memcmp(bytes, w.in.stored, size) == 0);
}

static void sizes_in_the_header(void) {
    stopgap_format format = stopgap_format_online();
    stopgap_alphabet *alphabet = NULL;
    stopgap_security_text text;
    uint8_t bytes[16];
    size_t size = 0;
    stopgap_code code;
    format.length = 32;
    /* Düsseldorf is the longest word, and D stands for 0. */
    must(stopgap_alphabet_new(TEXT("DABCNEFGHJKLMPQR"), 0, &alphabet, NULL));
    format.alphabet = alphabet;
    memset(bytes, 0, sizeof bytes);
    must(stopgap_encode(&format, bytes, sizeof bytes, &code, NULL));
    stopgap_alphabet_free(&alphabet);
    ignore(stopgap_code_spoken(&code, STOPGAP_LANGUAGE_GERMAN, NULL, 0, &size, NULL));
    check("the longest code can be spoken", size > 380 && size <= STOPGAP_SPOKEN_SIZE);
    ignore(stopgap_code_canonical(&code, NULL, 0, &size, NULL));
    check("the longest code fits", size == STOPGAP_CANONICAL_SIZE);
    must(stopgap_security_write(&w.in.secret, TEXT("abcdefghijklmnop"), &text, NULL));
    check("the longest text of a security code fits",
          strlen(text.text) + 1 == STOPGAP_SECURITY_TEXT_SIZE);
    stopgap_wipe(&text, sizeof text);
    ignore(stopgap_purpose_text(STOPGAP_PURPOSE_REGISTER, NULL, 0, &size, NULL));
    check("the longest purpose fits", size == STOPGAP_PURPOSE_TEXT_SIZE);
    ignore(stopgap_role_text(STOPGAP_ROLE_SUPER_ADMINISTRATOR, NULL, 0, &size, NULL));
    check("the longest role fits", size == STOPGAP_ROLE_TEXT_SIZE);
    ignore(stopgap_validity_text(STOPGAP_VALIDITY_MINUTES + 1439, NULL, 0, &size, NULL));
    check("the longest validity fits", size == STOPGAP_VALIDITY_TEXT_SIZE);
}

static void arrays(void) {
    uint8_t bytes[40];
    stopgap_codes codes = {NULL, 0, 0};
    stopgap_digests digests = {NULL, 0, 0};
    w.in.formats[1].alphabet = stopgap_alphabet_hex();
    w.in.formats[1].length = 12;
    w.in.formats[1].check_symbol = 1;
    REFUSED("normalize any: (NULL, 0) asks how many", STOPGAP_ERR_BUFFER_TOO_SMALL,
            stopgap_normalize_any(w.in.formats, 1, TEXT("3F9A77C201BE"), &codes, &w.error));
    check("there is one reading", codes.count == 1);
    codes.ptr = w.out.codes;
    codes.capacity = 2;
    GRANTED("normalize any: no formats",
            stopgap_normalize_any(NULL, 0, TEXT("3F9A77C201BE"), &codes, &w.error));
    REFUSED("normalize any: a typo", STOPGAP_ERR_CHECK_FAILED,
            stopgap_normalize_any(&w.in.formats[1], 1, TEXT("3F9A77C201BE"), &codes, &w.error));
    w.in.formats[1].length = 7;
    codes.count = 9;
    REFUSED("normalize any: an invalid format", STOPGAP_ERR_CODE_LENGTH,
            stopgap_normalize_any(w.in.formats, 2, TEXT("3F9A77C201BE"), &codes, &w.error));
    check("which format is invalid", w.error.index == 1);
    check("the count is not written", codes.count == 9);
    codes.ptr = NULL;
    REFUSED("normalize any: (NULL, 2)", STOPGAP_ERR_NULL_ARGUMENT,
            stopgap_normalize_any(w.in.formats, 1, TEXT("3F9A77C201BE"), &codes, &w.error));
    REFUSED("check values: (NULL, 0) asks how many", STOPGAP_ERR_BUFFER_TOO_SMALL,
            stopgap_key_ring_check_values(w.ring, &digests, &w.error));
    check("there are two check values", digests.count == 2);
    REFUSED("check values: no place", STOPGAP_ERR_NULL_ARGUMENT,
            stopgap_key_ring_check_values(w.ring, NULL, &w.error));
    digests.ptr = w.out.digests;
    digests.capacity = 4;
    GRANTED("check values: more room than keys",
            stopgap_key_ring_check_values(w.ring, &digests, &w.error));
    check("no further values",
          is_marked(&w.out.digests[2], 2 * sizeof w.out.digests[0]));
    digests.capacity = 1;
    digests.count = 0;
    REFUSED("online digests: too little room", STOPGAP_ERR_BUFFER_TOO_SMALL,
            stopgap_key_ring_online_digests(w.ring, TEXT("alice"), &w.in.code, &digests,
                                            &w.error));
    check("there are two online digests", digests.count == 2);
    digests.count = 0;
    REFUSED("security digests: too little room", STOPGAP_ERR_BUFFER_TOO_SMALL,
            stopgap_key_ring_security_digests(w.ring, &w.in.secret, &digests, &w.error));
    check("there are two security digests", digests.count == 2);
    REFUSED("reveal: (NULL, 0)", STOPGAP_ERR_BUFFER_TOO_SMALL,
            stopgap_enrolment_key_reveal(w.key, NULL, 0, &w.error));
    REFUSED("reveal: (NULL, 32)", STOPGAP_ERR_NULL_ARGUMENT,
            stopgap_enrolment_key_reveal(w.key, NULL, 32, &w.error));
    mark(bytes, sizeof bytes);
    GRANTED("reveal: more room than a key",
            stopgap_enrolment_key_reveal(w.key, bytes, sizeof bytes, &w.error));
    check("no more than a key", is_marked(bytes + STOPGAP_KEY_SIZE,
                                          sizeof bytes - STOPGAP_KEY_SIZE));
    stopgap_wipe(bytes, sizeof bytes);
    REFUSED("OCRA: (NULL, 0)", STOPGAP_ERR_BUFFER_TOO_SMALL,
            stopgap_enrolment_key_ocra_data_input(w.key, INPUTS(0, STOPGAP_PURPOSE_RESET, 1), NULL, 0, &w.error));
}

void cases_of_buffers(void) {
    texts(canonical);
    texts(spoken);
    records();
    texts(purpose);
    texts(role);
    texts(validity);
    texts(message);
    texts(public_message);
    sizes_in_the_header();
    arrays();
}
