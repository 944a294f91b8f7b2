// Prints the nanoseconds that dlopen takes for a library.
#include <dlfcn.h>
#include <stdio.h>
#include <time.h>

int main(int argc, char **argv) {
  struct timespec begun, ended;
  if (argc != 2)
    return 2;
  clock_gettime(CLOCK_MONOTONIC, &begun);
  void *library = dlopen(argv[1], RTLD_NOW);
  clock_gettime(CLOCK_MONOTONIC, &ended);
  if (!library) {
    fprintf(stderr, "%s\n", dlerror());
    return 1;
  }
  printf("%lld\n", (long long)(ended.tv_sec - begun.tv_sec) * 1000000000 +
                       (ended.tv_nsec - begun.tv_nsec));
  return 0;
}
