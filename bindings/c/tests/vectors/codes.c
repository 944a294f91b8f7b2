// Codes: read, written and shown; and their alphabets.

#include "vector.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct stopgap_alphabet *folding_alphabet_of(struct vector *v, struct text symbols,
                                                   stopgap_look_alikes folded) {
    const size_t most = sizeof v->alphabets / sizeof v->alphabets[0];
    size_t place = 0;
    while (place < most && v->alphabets[place] != NULL) {
        place++;
    }
    if (place == most) {
        abort();
    }
    expect_ok(v, "alphabet",
              stopgap_alphabet_new(stopgap_text_n(symbols.bytes, symbols.length), folded,
                                   &v->alphabets[place], NULL));
    return v->alphabets[place];
}

const struct stopgap_alphabet *alphabet_of(struct vector *v, struct text symbols) {
    return folding_alphabet_of(v, symbols, 0);
}

void free_alphabets(struct vector *v) {
    for (size_t i = 0; i < sizeof v->alphabets / sizeof v->alphabets[0]; i++) {
        stopgap_alphabet_free(&v->alphabets[i]);
    }
}

// Returns the symbols of an alphabet.
static struct text symbols_of(struct vector *v, const struct stopgap_alphabet *alphabet) {
    struct stopgap_alphabet_info info = {.size = sizeof info};
    struct text symbols = {"", 0};
    expect_ok(v, "info", stopgap_alphabet_info(alphabet, &info, NULL));
    symbols.bytes = info.symbols.ptr;
    symbols.length = info.symbols.len;
    return symbols;
}

static void expect_symbols(struct vector *v, const char *what,
                           const struct stopgap_alphabet *alphabet, struct text wanted) {
    struct text found = symbols_of(v, alphabet);
    if (found.length != wanted.length || memcmp(found.bytes, wanted.bytes, wanted.length) != 0) {
        differs(v, "%s: other symbols", what);
    }
}

const struct stopgap_alphabet *alphabet_for(struct vector *v, struct text code) {
    static const char all[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char symbols[17] = "";
    struct text text = {symbols, 16};
    size_t count = 0;
    for (size_t i = 0; i < code.length + strlen(all) && count < 16; i++) {
        char symbol = i < code.length ? code.bytes[i] : all[i - code.length];
        if (symbol != '\0' && strchr(symbols, symbol) == NULL) {
            symbols[count++] = symbol;
        }
    }
    return alphabet_of(v, text);
}

struct stopgap_code code_of(struct vector *v, const struct stopgap_alphabet *alphabet,
                            struct text typed) {
    struct stopgap_format format = {alphabet, (uint32_t)typed.length, 0};
    struct stopgap_code code = {""};
    expect_ok(v, "code", stopgap_normalize(&format, stopgap_text_n(typed.bytes, typed.length), &code, NULL));
    return code;
}

void run_alphabets(struct vector *v) {
    struct stopgap_alphabet *alphabet = NULL;
    struct stopgap_error error = {0};
    struct text input = text_of(v, v->test, "input");
    struct text result = text_of(v, v->test, "result");
    stopgap_status status =
        stopgap_alphabet_new(stopgap_text_n(input.bytes, input.length), 0, &alphabet, &error);

    if (is(result, "valid")) {
        expect_ok(v, "alphabet", status);
        expect_symbols(v, "symbols", alphabet, input);
        stopgap_alphabet_free(&alphabet);
        return;
    }
    expect_text(v, "result", "invalid", result);
    expect_text(v, "error", word_of(status), text_of(v, v->test, "error"));
    if (status == STOPGAP_ERR_ALPHABET_WRONG_COUNT) {
        expect_number(v, "found", (int64_t)error.found, number_of(v, v->test, "found"));
    } else {
        expect_number(v, "position", (int64_t)error.position, number_of(v, v->test, "position"));
    }
}

// Compares the error of text that is no code.
static void expect_malformed(struct vector *v, stopgap_status status,
                             const struct stopgap_error *error, size_t expected) {
    expect_text(v, "result", "invalid", text_of(v, v->test, "result"));
    expect_text(v, "error", word_of(status), text_of(v, v->test, "error"));
    expect_number(v, "status", error->status, status);
    if (status == STOPGAP_ERR_UNEXPECTED_SYMBOL) {
        expect_number(v, "position", (int64_t)error->position, number_of(v, v->test, "position"));
    } else if (status == STOPGAP_ERR_WRONG_LENGTH) {
        expect_number(v, "expected", (int64_t)error->expected, (int64_t)expected);
        expect_number(v, "found", (int64_t)error->found, number_of(v, v->test, "found"));
    }
}

void run_normalize(struct vector *v) {
    struct stopgap_error error = {0};
    struct stopgap_code code = {""};
    struct stopgap_format format = stopgap_format_online();
    struct text input = text_of(v, v->test, "input");
    stopgap_status status;

    format.alphabet = folding_alphabet_of(
        v, text_of(v, v->group, "alphabet"),
        yyjson_is_true(yyjson_obj_get(v->group, "lookAlikes"))
            ? STOPGAP_LOOK_ALIKE_O_AS_ZERO | STOPGAP_LOOK_ALIKE_I_AS_ONE
                  | STOPGAP_LOOK_ALIKE_L_AS_ONE
            : 0);
    format.length = (uint32_t)number_of(v, v->group, "length");
    format.check_symbol = yyjson_is_true(yyjson_obj_get(v->group, "checkSymbol")) ? 1 : 0;
    if (!is_null(v->group, "alphabetName")) {
        struct text name = text_of(v, v->group, "alphabetName");
        if (is(name, "hex")) {
            expect_symbols(v, "alphabetName", format.alphabet,
                           symbols_of(v, stopgap_alphabet_hex()));
        } else if (is(name, "unambiguous")) {
            expect_symbols(v, "alphabetName", format.alphabet,
                           symbols_of(v, stopgap_alphabet_unambiguous()));
        }
    }

    status = stopgap_normalize(&format, stopgap_text_n(input.bytes, input.length), &code, &error);
    if (is(text_of(v, v->test, "result"), "valid")) {
        expect_ok(v, "normalize", status);
        expect_canonical(v, "canonical", &code, text_of(v, v->test, "canonical"));
    } else {
        expect_malformed(v, status, &error, format.length);
    }
}

void run_security(struct vector *v) {
    struct text prefix = text_of(v, v->test, "prefix");
    struct text input = text_of(v, v->test, "input");
    struct stopgap_text prefixes[2] = {
        stopgap_text_n(prefix.bytes, prefix.length),
        stopgap_text_of("zzzzzzzzzzzzzzzz"),
    };
    struct stopgap_error error = {0};
    struct stopgap_code code = {""};
    struct stopgap_security_text text = {""};

    // Another prefix that is accepted changes nothing about a code that reads, and the
    // default is one as well.
    size_t most = is(text_of(v, v->test, "result"), "valid") ? 2 : 1;
    for (size_t count = is(prefix, "stopgap") ? 0 : 1; count <= most; count++) {
        stopgap_status status =
            stopgap_security_read(prefixes, count, stopgap_text_n(input.bytes, input.length), &code, &error);
        if (!is(text_of(v, v->test, "result"), "valid")) {
            expect_malformed(v, status, &error, 40);
            continue;
        }
        expect_ok(v, "read", status);
        expect_canonical(v, "canonical", &code, text_of(v, v->test, "canonical"));
        expect_ok(v, "text",
                  stopgap_security_write(&code, count == 0 ? STOPGAP_NO_TEXT : prefixes[0], &text,
                                         NULL));
        expect_text(v, "text", text.text, text_of(v, v->test, "text"));
    }
}

// Compares a code that has the check symbol, if there is room for one symbol more.
static void checked(struct vector *v, struct stopgap_format format, const uint8_t *bytes,
                    size_t length, char check_symbol) {
    char text[STOPGAP_CANONICAL_SIZE + 1] = "";
    uint8_t padded[17] = {0};
    struct text canonical = text_of(v, v->test, "canonical");
    struct text expected = {text, canonical.length + 1};
    struct stopgap_code code = {""};
    stopgap_status status;

    memcpy(padded, bytes, length);
    padded[length] = 0xFF;
    format.length++;
    format.check_symbol = 1;
    status = stopgap_encode(&format, padded, length + 1, &code, NULL);
    if (format.length > 32) {
        expect_number(v, "no room", status, STOPGAP_ERR_CODE_LENGTH);
        return;
    }
    snprintf(text, sizeof text, "%s%c", canonical.bytes, check_symbol);
    expect_ok(v, "encode with a check symbol", status);
    expect_canonical(v, "canonical with a check symbol", &code, expected);
    expect_ok(v, "normalize with a check symbol",
              stopgap_normalize(&format, stopgap_text_of(text), &code, NULL));
}

void run_codes(struct vector *v) {
    size_t length;
    uint8_t *bytes = bytes_of(v, text_of(v, v->test, "bytes"), &length);
    struct text canonical = text_of(v, v->test, "canonical");
    struct stopgap_format format = stopgap_format_online();
    struct stopgap_code codes[2] = {{""}, {""}};
    char check_symbol[2] = "";

    expect_text(v, "result", "valid", text_of(v, v->test, "result"));
    format.alphabet = alphabet_of(v, text_of(v, v->group, "alphabet"));
    format.length = (uint32_t)(2 * length);
    expect_ok(v, "normalize",
              stopgap_normalize(&format, stopgap_text_n(canonical.bytes, canonical.length), &codes[0], NULL));
    expect_ok(v, "encode", stopgap_encode(&format, bytes, length, &codes[1], NULL));
    for (size_t i = 0; i < 2; i++) {
        char spoken[STOPGAP_SPOKEN_SIZE] = "";
        expect_canonical(v, "canonical", &codes[i], canonical);
        expect_text(v, "grouped", codes[i].text, text_of(v, v->test, "grouped"));
        expect_ok(v, "spoken", stopgap_code_spoken(&codes[i], STOPGAP_LANGUAGE_ENGLISH, spoken, sizeof spoken, NULL, NULL));
        expect_text(v, "spoken", spoken, text_of(v, v->test, "spoken"));
    }

    expect_ok(v, "checkSymbol",
              stopgap_alphabet_check_symbol(format.alphabet, stopgap_text_n(canonical.bytes, canonical.length),
                                            check_symbol, NULL));
    expect_text(v, "checkSymbol", check_symbol, text_of(v, v->test, "checkSymbol"));
    // Longer codes were refused above.
    if (length <= 16) {
        checked(v, format, bytes, length, check_symbol[0]);
    }
    free(bytes);
}
