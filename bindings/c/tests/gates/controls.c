/*
 * Mistakes that a gate must report: the first argument names one.
 */
#include <stdio.h>
#include <string.h>

#include "stopgap.h"

/* Takes a status that does not matter here. */
static inline void ignore(stopgap_status status) {
    (void)status;
}

static stopgap_key_ring *new_ring(void) {
    stopgap_master_key master;
    stopgap_key_ring *ring = NULL;
    memset(&master, 7, sizeof master);
    if (stopgap_key_ring_new(1, &master, &ring, NULL) != STOPGAP_OK) {
        printf("no ring\n");
    }
    return ring;
}

/* Loses a ring also for a gate that looks for pointers in registers and on the stack. */
static void lose(void) {
    stopgap_key_ring *volatile ring = new_ring();
    ring = NULL;
    (void)ring;
}

int main(int count, char **arguments) {
    const char *deed = count > 1 ? arguments[1] : "nothing";
    stopgap_key_ring *ring = new_ring();
    stopgap_key_ring *kept = ring;
    uint32_t id = 0;
    if (strcmp(deed, "leak") == 0) {
        lose();
    }
    stopgap_key_ring_free(&ring);
    if (strcmp(deed, "double-free") == 0) {
        stopgap_key_ring_free(&kept);
    }
    if (strcmp(deed, "use-after-free") == 0) {
        ignore(stopgap_key_ring_primary_id(kept, &id, NULL));
    }
    printf("did %s\n", deed);
    return 0;
}
