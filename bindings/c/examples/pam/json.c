#include "json.h"

#include <string.h>

static const char SPACE[] = " \t\r\n";
static const char WORD[] = "0123456789abcdefghijklmnopqrstuvwxyz+-.E";

/* The text that is left to read. */
struct rest {
    const char *next;
    const char *end;
};

static int is_one_of(const char *set, char character)
{
    return character != '\0' && strchr(set, character) != NULL;
}

static void skip(struct rest *rest, const char *set)
{
    while (rest->next < rest->end && is_one_of(set, *rest->next))
        rest->next++;
}

/* Reads one character, after white space. */
static int take(struct rest *rest, char character)
{
    skip(rest, SPACE);
    if (rest->next == rest->end || *rest->next != character)
        return 0;
    rest->next++;
    return 1;
}

static int take_string(struct rest *rest, struct part *value)
{
    if (!take(rest, '"'))
        return 0;
    value->text = rest->next;
    while (rest->next < rest->end && *rest->next != '"')
        rest->next += *rest->next == '\\' && rest->end - rest->next > 1 ? 2 : 1;
    if (rest->next >= rest->end)
        return 0;
    value->length = (size_t)(rest->next - value->text);
    rest->next++;
    return 1;
}

/* Reads a number or a word. */
static int take_word(struct rest *rest, struct part *value)
{
    skip(rest, SPACE);
    value->text = rest->next;
    skip(rest, WORD);
    value->length = (size_t)(rest->next - value->text);
    return value->length > 0;
}

int part_is(const struct part *part, const char *text)
{
    const char *next = part->text, *end = part->text + part->length;
    for (; next < end && *text != '\0'; next++, text++) {
        if (*next == '\\' && end - next > 1)
            next++;
        if (*next != *text)
            return 0;
    }
    return next == end && *text == '\0';
}

int json_member(const char *text, size_t length, const char *name, int is_string,
                struct part *value)
{
    struct rest rest = { text, text + length };
    struct part key, found;
    int was_string, number = 0;
    if (!take(&rest, '{'))
        return 0;
    do {
        if (!take_string(&rest, &key) || !take(&rest, ':'))
            return 0;
        was_string = take_string(&rest, &found);
        if (!was_string && !take_word(&rest, &found))
            return 0;
        if (part_is(&key, name)) {
            if (was_string != is_string)
                return 0;
            *value = found;
            number++;
        }
    } while (take(&rest, ','));
    if (!take(&rest, '}'))
        return 0;
    skip(&rest, SPACE);
    return rest.next == rest.end && number == 1;
}
