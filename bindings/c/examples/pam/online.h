/* Online codes, verified by the command `stopgap`. */
#ifndef PAM_STOPGAP_ONLINE_H
#define PAM_STOPGAP_ONLINE_H

#include <security/pam_modules.h>

#include "options.h"
#include "second_factor.h"

/* Runs `stopgap online verify` for a code that was typed: FACTOR_YES if it is granted,
 * FACTOR_NO if it is refused, FACTOR_UNAVAILABLE if the command gave no answer in time. */
enum factor_result online_verify(pam_handle_t *pamh, const struct options *options,
                                 const char *user, const char *typed,
                                 struct factor_reason *reason);

#endif
