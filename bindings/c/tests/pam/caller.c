/* Authenticates as few programs do: without a person, because the conversation fails, gives
 * no text or is missing; or as `ignoring COMMAND…`, with children that are ignored. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <security/pam_appl.h>

static int fail(int count, const struct pam_message **messages, struct pam_response **responses,
                void *context)
{
    (void)count, (void)messages, (void)responses, (void)context;
    return PAM_CONV_ERR;
}

static int give_no_text(int count, const struct pam_message **messages,
                        struct pam_response **responses, void *context)
{
    (void)messages, (void)context;
    *responses = calloc((size_t)count, sizeof **responses);
    return *responses == NULL ? PAM_BUF_ERR : PAM_SUCCESS;
}

int main(int argc, char **argv)
{
    const char *way = argc > 1 ? argv[1] : "";
    struct pam_conv conversation = { NULL, NULL };
    pam_handle_t *pamh = NULL;
    int result;
    if (strcmp(way, "ignoring") == 0 && argc > 2) {
        signal(SIGCHLD, SIG_IGN);
        execvp(argv[2], argv + 2);
    }
    if (strcmp(way, "failing") == 0)
        conversation.conv = fail;
    else if (strcmp(way, "textless") == 0)
        conversation.conv = give_no_text;
    result = pam_start("stopgap", "alice", &conversation, &pamh);
    if (result == PAM_SUCCESS)
        result = pam_authenticate(pamh, 0);
    printf("%s\n", pam_strerror(pamh, result));
    pam_end(pamh, result);
    return result == PAM_SUCCESS ? 0 : 1;
}
