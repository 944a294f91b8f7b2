/*
 * Functions that LLVM's ThreadSanitizer calls and the runtime of gcc does not have. They
 * call the functions that the runtime watches. They are weak, because other runtimes have
 * them.
 */
#include <string.h>

__attribute__((weak)) void *__tsan_memcpy(void *to, const void *from, size_t length);
__attribute__((weak)) void *__tsan_memmove(void *to, const void *from, size_t length);
__attribute__((weak)) void *__tsan_memset(void *to, int byte, size_t length);

void *__tsan_memcpy(void *to, const void *from, size_t length) {
    return memcpy(to, from, length);
}

void *__tsan_memmove(void *to, const void *from, size_t length) {
    return memmove(to, from, length);
}

void *__tsan_memset(void *to, int byte, size_t length) {
    return memset(to, byte, length);
}
