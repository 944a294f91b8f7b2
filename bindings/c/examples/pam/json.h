/* A reader of JSON objects that contain no arrays and no objects. */
#ifndef PAM_STOPGAP_JSON_H
#define PAM_STOPGAP_JSON_H

#include <stddef.h>

/* A part of a text: the characters of a string between its quotation marks, as they are
 * written, or those of a number, `true`, `false` or `null`. */
struct part {
    const char *text;
    size_t length;
};

/* Finds a member of the object that is the whole text. Returns nonzero if it is there once,
 * and its value is a string (`is_string`), or is none. */
int json_member(const char *text, size_t length, const char *name, int is_string,
                struct part *value);

/* Returns nonzero if the part is the same as a text. It knows the escapes of quotation marks
 * and backslashes; no text with another one, such as `\n`, is the same as any. */
int part_is(const struct part *part, const char *text);

#endif
