/* Text of Windows, which is UTF-16, and text of Stopgap, which is UTF-8. */
#ifndef WIDE_H
#define WIDE_H

#include <stddef.h>
#include <windows.h>

/* Writes what a person typed as UTF-8, without a NUL, and wipes what was typed: it may be a
 * code. Returns the number of bytes; 0 if there are none, or if the capacity is too small.
 * Half a pair of surrogates becomes U+FFFD, which is in no code. Wipe the result. */
static inline size_t utf8_of_typed(wchar_t *typed, char *text, size_t capacity)
{
    size_t units = wcslen(typed);
    int length = WideCharToMultiByte(CP_UTF8, 0, typed, (int)units, text, (int)capacity, NULL,
                                     NULL);
    SecureZeroMemory(typed, units * sizeof *typed);
    if (length == 0) /* a part may have been written */
        SecureZeroMemory(text, capacity);
    return (size_t)length;
}

/* Writes text of Stopgap, which ends in NUL, as the screen shows it. Returns the number of units
 * before the NUL; 0 if the capacity is too small. Wipe the result if it is a code. */
static inline size_t wide_of(const char *text, wchar_t *wide, size_t capacity)
{
    int units = MultiByteToWideChar(CP_UTF8, 0, text, -1, wide, (int)capacity);
    if (units == 0 && capacity > 0) {
        SecureZeroMemory(wide, capacity * sizeof *wide);
        wide[0] = L'\0';
    }
    return units == 0 ? 0 : (size_t)units - 1;
}

#endif
