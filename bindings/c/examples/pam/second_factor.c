#include "second_factor.h"

#include <stdio.h>
#include <string.h>

#include <stopgap.h>

#include "files.h"
#include "json.h"

/* An enrolment whose files are open. */
struct machine {
    const struct person *person;
    struct files files;
    struct stopgap_agent *agent;
    struct stopgap_error why; /* of the last failure */
};

/* Stopgap calls this before it tells its decision. */
static int32_t keep_state(void *context, const struct stopgap_sealed_state *state)
{
    struct machine *machine = context;
    return write_state(&machine->files, state->bytes, sizeof state->bytes);
}

/* Describes a failure that is not the library's. */
static enum factor_result trouble(struct factor_reason *reason, const char *log)
{
    snprintf(reason->sentence, sizeof reason->sentence, "%s",
             "Offline codes do not work on this computer now.");
    snprintf(reason->log, sizeof reason->log, "%s", log);
    return FACTOR_UNAVAILABLE;
}

static struct stopgap_text text_or_none(const char *text)
{
    return text == NULL ? STOPGAP_NO_TEXT : stopgap_text_of(text);
}

/* Describes a failure of the library. */
static enum factor_result refused(const struct machine *machine, struct factor_reason *reason)
{
    const struct stopgap_error *why = &machine->why;
    const char *zone = machine->person->zone;
    if (why->status == STOPGAP_ERR_CALLBACK_FAILED)
        return trouble(reason, machine->files.trouble);
    if (stopgap_error_message(why, reason->log, sizeof reason->log, NULL) != STOPGAP_OK)
        snprintf(reason->log, sizeof reason->log, "%s", stopgap_status_name(why->status));
    if (stopgap_error_public_message(why, text_or_none(zone), STOPGAP_LANGUAGE_ENGLISH,
                                     reason->sentence, sizeof reason->sentence, NULL)
        != STOPGAP_OK)
        snprintf(reason->sentence, sizeof reason->sentence, "%s",
                 stopgap_status_message(why->status));
    return FACTOR_NO;
}

/* Reads the enrolment, which must be this user's: its key, and the place of its mark `used`
 * unless it is set. */
static int read_enrolment(struct machine *machine, struct stopgap_enrolment_key **key,
                          size_t *unused)
{
    const char *text = machine->files.text;
    size_t length = machine->files.text_length;
    struct part kind, version, owner, digits, used;
    if (!json_member(text, length, "stopgap", 1, &kind) || !part_is(&kind, "enrolment")
        || !json_member(text, length, "version", 0, &version) || !part_is(&version, "1")
        || !json_member(text, length, "user", 1, &owner) || !part_is(&owner, machine->person->user)
        || !json_member(text, length, "key", 1, &digits)
        || !json_member(text, length, "used", 0, &used))
        return -1;
    *unused = part_is(&used, "false") ? (size_t)(used.text - text) : 0;
    return stopgap_enrolment_key_from_hex(stopgap_text_n(digits.text, digits.length), key, &machine->why)
            == STOPGAP_OK
        ? 0
        : -1;
}

/* Makes the agent of a first use, and stores its state at once. */
static stopgap_status begin(struct machine *machine, const struct stopgap_enrolment_key *key)
{
    struct stopgap_sealed_state state;
    stopgap_status status = stopgap_agent_new(key, NULL, &machine->agent, &machine->why);
    if (status == STOPGAP_OK)
        status = stopgap_agent_seal(machine->agent, &state, &machine->why);
    if (status == STOPGAP_OK && keep_state(machine, &state) != 0)
        status = machine->why.status = STOPGAP_ERR_CALLBACK_FAILED;
    return status;
}

/* Opens the files of a user, and makes the agent of them. */
static enum factor_result open_machine(struct machine *machine, const struct person *person,
                                       struct factor_reason *reason)
{
    struct stopgap_enrolment_key *key = NULL;
    size_t unused = 0;
    stopgap_status status;
    enum files_result opened;
    memset(machine, 0, sizeof *machine);
    machine->person = person;
    opened = open_files(&machine->files, person->folder, person->user);
    if (opened != FILES_OPEN) {
        trouble(reason, opened == FILES_NONE ? "no enrolment" : machine->files.trouble);
        return opened == FILES_NONE ? FACTOR_NONE : FACTOR_UNAVAILABLE;
    }
    if (read_enrolment(machine, &key, &unused) != 0)
        return trouble(reason, "the enrolment is damaged, or another user's");
    if (machine->files.state_length < 0 && unused == 0) {
        stopgap_enrolment_key_free(&key);
        return trouble(reason, "the state is missing: restore it, or enrol the machine again");
    }
    if (machine->files.state_length < 0)
        status = begin(machine, key);
    else
        status = stopgap_agent_resume(key, NULL, machine->files.state,
                                      (size_t)machine->files.state_length, &machine->agent,
                                      &machine->why);
    stopgap_enrolment_key_free(&key);
    if (status != STOPGAP_OK)
        return status == STOPGAP_ERR_CALLBACK_FAILED
            ? trouble(reason, machine->files.trouble)
            : trouble(reason, stopgap_status_message(status));
    if (unused != 0 && mark_used(&machine->files, unused) != 0)
        return trouble(reason, machine->files.trouble);
    return FACTOR_YES;
}

static void close_machine(struct machine *machine)
{
    stopgap_agent_free(&machine->agent);
    close_files(&machine->files);
}

enum factor_result factor_lock(const struct person *person, int64_t now,
                               char request_code[REQUEST_CODE_SIZE],
                               struct factor_reason *reason)
{
    struct machine machine;
    struct stopgap_keep keep = { keep_state, &machine };
    struct stopgap_code code;
    int64_t until;
    stopgap_status status;
    enum factor_result result = open_machine(&machine, person, reason);
    if (result == FACTOR_YES) {
        status = stopgap_agent_log_on(machine.agent, now, &keep, &until, &machine.why);
        if (status != STOPGAP_OK)
            result = refused(&machine, reason);
        if (status != STOPGAP_OK && status != STOPGAP_ERR_NO_LOCK)
            result = FACTOR_UNAVAILABLE;
        else if (stopgap_agent_request_code(machine.agent, now, &code, &machine.why)
                 == STOPGAP_OK)
            snprintf(request_code, REQUEST_CODE_SIZE, "%s", code.text);
        else
            result = trouble(reason, stopgap_status_message(machine.why.status));
    }
    close_machine(&machine);
    return result;
}

enum factor_result factor_redeem(const struct person *person, const char *typed, int is_reset,
                                 int64_t now, struct factor_reason *reason)
{
    struct machine machine;
    struct stopgap_keep keep = { keep_state, &machine };
    struct stopgap_redeem_request request = {
        .size = sizeof request,
        .typed = stopgap_text_of(typed),
        .purpose = is_reset ? STOPGAP_PURPOSE_RESET : STOPGAP_PURPOSE_BYPASS,
        .zone = text_or_none(person->zone)
    };
    int64_t until;
    enum factor_result result = open_machine(&machine, person, reason);
    if (result == FACTOR_YES
        && stopgap_agent_redeem(machine.agent, &request, now, &keep, &until, &machine.why)
            != STOPGAP_OK)
        result = refused(&machine, reason);
    close_machine(&machine);
    return result;
}

int is_offline_code(const char *typed)
{
    struct stopgap_format format = stopgap_format_offline();
    struct stopgap_code code;
    int is_one = stopgap_normalize(&format, stopgap_text_of(typed), &code, NULL) == STOPGAP_OK;
    stopgap_wipe(&code, sizeof code);
    return is_one;
}

void wipe(void *memory, size_t length)
{
    stopgap_wipe(memory, length);
}
