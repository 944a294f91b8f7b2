/* Preloaded into a program: its Linux-PAM reads the services in the folder that PAM_SERVICES
 * names instead of /etc/pam.d, and writes what it would log to the standard error. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <security/pam_appl.h>
#include <security/pam_ext.h>

int pam_start(const char *service, const char *user, const struct pam_conv *conversation,
              pam_handle_t **pamh)
{
    const char *services = getenv("PAM_SERVICES");
    if (services == NULL)
        return PAM_SYSTEM_ERR;
    return pam_start_confdir(service, user, conversation, services, pamh);
}

void pam_syslog(const pam_handle_t *pamh, int priority, const char *format, ...)
{
    va_list values;
    (void)pamh;
    va_start(values, format);
    dprintf(2, "[log %d] ", priority);
    vdprintf(2, format, values);
    dprintf(2, "\n");
    va_end(values);
}
