#include "options.h"

#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#include <security/pam_ext.h>

enum { DEFAULT_TIMEOUT = 10, MAX_TIMEOUT = 60 };

/* Returns the value if the word is `name=value` with a value, otherwise NULL. */
static const char *value_of(const char *word, const char *name)
{
    size_t length = strlen(name);
    if (strncmp(word, name, length) != 0 || word[length] != '=' || word[length + 1] == '\0')
        return NULL;
    return word + length + 1;
}

static int read_timeout(const char *digits, int *seconds)
{
    char *end;
    long number = strtol(digits, &end, 10);
    if (*end != '\0' || number < 1 || number > MAX_TIMEOUT)
        return -1;
    *seconds = (int)number;
    return 0;
}

static int read_purpose(const char *word, int *is_reset)
{
    *is_reset = strcmp(word, "reset") == 0;
    return *is_reset || strcmp(word, "bypass") == 0 ? 0 : -1;
}

/* Reads one word; -1 if it is no option or its value is wrong. */
static int read_option(const char *word, struct options *options)
{
    const struct {
        const char *name;
        const char **value;
        int is_path;
    } texts[] = {
        { "enrolments", &options->enrolments, 1 }, { "home", &options->home, 1 },
        { "store", &options->store, 0 },           { "key_file", &options->key_file, 1 },
        { "tenant", &options->tenant, 0 },         { "command", &options->command, 1 },
        { "zone", &options->zone, 0 },
    };
    const char *value;
    size_t i;
    for (i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        value = value_of(word, texts[i].name);
        if (value != NULL) {
            *texts[i].value = value;
            return texts[i].is_path && value[0] != '/' ? -1 : 0;
        }
    }
    value = value_of(word, "timeout");
    if (value != NULL)
        return read_timeout(value, &options->timeout);
    value = value_of(word, "purpose");
    return value == NULL ? -1 : read_purpose(value, &options->is_reset);
}

int is_online(const struct options *options)
{
    return options->home != NULL || options->store != NULL;
}

int read_options(pam_handle_t *pamh, int count, const char **words, struct options *options)
{
    int i;
    memset(options, 0, sizeof *options);
    options->command = "/usr/bin/stopgap";
    options->timeout = DEFAULT_TIMEOUT;
    for (i = 0; i < count; i++)
        if (read_option(words[i], options) != 0) {
            pam_syslog(pamh, LOG_ERR, "wrong option \"%s\"", words[i]);
            return -1;
        }
    if (options->enrolments == NULL && !is_online(options)) {
        pam_syslog(pamh, LOG_ERR, "no codes to ask for: set enrolments=, home= or store=");
        return -1;
    }
    return 0;
}
