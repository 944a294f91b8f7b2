/* Uses protect.h and wide.h as an agent of Windows does: it keeps its key and its state
 * encrypted, and redeems an offline code that is typed in UTF-16. The server is in the same
 * program, to make the code. Prints "at rest", or the line that failed. */
#include <stdio.h>

#include "protect.h"
#include "stopgap.h"
#include "wide.h"

#define NOW INT64_C(1795273242) /* 2026-11-21, 15:00:42 UTC */
#define EXPECT(condition)                                                                \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            printf("line %d: %s\n", __LINE__, stopgap_status_name(why.status));          \
            return 1;                                                                    \
        }                                                                                \
    } while (0)
#define OK(call) EXPECT((call) == STOPGAP_OK)

static stopgap_error why;

/* The files of the agent. */
static struct {
    BYTE key[512], state[512];
    size_t key_length, state_length;
} disk;

static int32_t keep(void *context, const stopgap_sealed_state *state)
{
    (void)context;
    disk.state_length = protect(state->bytes, sizeof state->bytes, disk.state, sizeof disk.state);
    return disk.state_length == 0;
}

static const stopgap_keep keeper = { keep, NULL };

/* Begins with the key of a newly enrolled machine. */
static int enrol(const uint8_t *bytes)
{
    stopgap_enrolment_key *key = NULL;
    stopgap_agent *agent = NULL;
    stopgap_sealed_state state;
    OK(stopgap_enrolment_key_from_bytes(bytes, STOPGAP_KEY_SIZE, &key, &why));
    OK(stopgap_agent_new(key, NULL, &agent, &why));
    OK(stopgap_agent_seal(agent, &state, &why));
    disk.key_length = protect(bytes, STOPGAP_KEY_SIZE, disk.key, sizeof disk.key);
    EXPECT(disk.key_length > STOPGAP_KEY_SIZE && keep(NULL, &state) == 0);
    stopgap_agent_free(&agent);
    stopgap_enrolment_key_free(&key);
    return 0;
}

/* Starts the agent from its files. */
static int resume(stopgap_agent **agent)
{
    stopgap_enrolment_key *key = NULL;
    uint8_t bytes[STOPGAP_KEY_SIZE], state[STOPGAP_SEALED_STATE_SIZE];
    size_t length = unprotect(disk.key, disk.key_length, bytes, sizeof bytes);
    size_t state_length = unprotect(disk.state, disk.state_length, state, sizeof state);
    EXPECT(length == sizeof bytes && state_length == sizeof state);
    OK(stopgap_enrolment_key_from_bytes(bytes, length, &key, &why));
    stopgap_wipe(bytes, sizeof bytes);
    OK(stopgap_agent_resume(key, NULL, state, state_length, agent, &why));
    stopgap_enrolment_key_free(&key);
    return 0;
}

/* Redeems what was typed. */
static int redeem(wchar_t *typed, stopgap_status expected)
{
    stopgap_redeem_request request = { .size = sizeof request,
                                       .purpose = STOPGAP_PURPOSE_BYPASS };
    stopgap_agent *agent = NULL;
    char text[300];
    int64_t until;
    size_t length = utf8_of_typed(typed, text, sizeof text);
    stopgap_status status;
    EXPECT(length > 0 && typed[0] == L'\0' && resume(&agent) == 0);
    request.typed = stopgap_text_n(text, length);
    status = stopgap_agent_redeem(agent, &request, NOW + 30, &keeper, &until, &why);
    stopgap_wipe(text, sizeof text);
    stopgap_agent_free(&agent);
    EXPECT(status == expected);
    return 0;
}

/* Returns the answer of the server to the agent's request, as a person types it. */
static int answer(const stopgap_key_ring *ring, stopgap_enrolment *enrolment,
                  wchar_t *typed, size_t capacity)
{
    stopgap_answer_request request = { .size = sizeof request, .user = stopgap_text_of("alice"),
                                       .enrolments = &enrolment, .count = 1,
                                       .purpose = STOPGAP_PURPOSE_BYPASS };
    stopgap_agent *agent = NULL;
    stopgap_answer given;
    stopgap_code code;
    EXPECT(resume(&agent) == 0);
    OK(stopgap_agent_request_code(agent, NOW, &code, &why));
    request.text = stopgap_text_of(code.text);
    OK(stopgap_offline_answer(ring, &request, NOW, &given, &why));
    EXPECT(wide_of(given.code.text, typed, capacity) == strlen(given.code.text));
    stopgap_wipe(&given, sizeof given);
    stopgap_agent_free(&agent);
    return 0;
}

int main(void)
{
    stopgap_master_key master;
    stopgap_key_ring *ring = NULL;
    stopgap_enrolment *enrolment = NULL;
    stopgap_enrolment_request names = { .size = sizeof names, .user = stopgap_text_of("alice"),
                                        .machine = stopgap_text_of("LAPTOP-17") };
    stopgap_enrolment_key *key = NULL;
    uint8_t bytes[STOPGAP_KEY_SIZE];
    wchar_t typed[64], again[64], small[4], lone[] = { 0xD800, L'A', 0 };
    char text[8];
    OK(stopgap_master_key_generate(NULL, &master, &why));
    OK(stopgap_key_ring_new(1, &master, &ring, &why));
    stopgap_wipe(&master, sizeof master);
    OK(stopgap_enrolment_new(ring, &names, NOW, &enrolment, &why));
    OK(stopgap_enrolment_key_derive(enrolment, ring, &key, &why));
    OK(stopgap_enrolment_key_reveal(key, bytes, sizeof bytes, &why));
    if (enrol(bytes) != 0 || answer(ring, enrolment, typed, 64) != 0)
        return 1;
    wcscpy(again, typed);
    if (redeem(typed, STOPGAP_OK) != 0 || redeem(again, STOPGAP_ERR_USED_UP) != 0)
        return 1;
    /* A changed file is noticed by Windows, before Stopgap sees it. */
    disk.state[disk.state_length - 1] ^= 1;
    EXPECT(unprotect(disk.state, disk.state_length, bytes, sizeof bytes) == 0);
    /* Text that does not fit, and half a pair of surrogates. */
    EXPECT(wide_of("3F9A", small, 4) == 0 && small[0] == L'\0');
    EXPECT(utf8_of_typed(lone, text, sizeof text) == 4 && memcmp(text, "\xEF\xBF\xBD" "A", 4) == 0);
    stopgap_wipe(bytes, sizeof bytes);
    stopgap_enrolment_key_free(&key);
    stopgap_enrolment_free(&enrolment);
    stopgap_key_ring_free(&ring);
    puts("at rest");
    return 0;
}
