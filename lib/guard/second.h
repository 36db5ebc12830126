/* SPDX-License-Identifier: ISC */
#ifndef GUARD_SECOND_H
#define GUARD_SECOND_H

#include "stile/user.h"

#define RECOVERY_CODES	10

/* Whether a user has a second factor; false with the request failed, too. */
bool	stile__second_on(struct stile_req *, int64_t user);

/* Pass without one, or with a code that is right and was not used before;
 * else fail with 401. */
bool	stile__second_check(struct stile_req *, int64_t user,
	    const char *code);

/* A new secret, which counts once a code of it has been shown. */
int	stile__second_begin(struct stile_req *, const struct stile_user *,
	    const char **secret, const char **uri);
int	stile__second_confirm(struct stile_req *, int64_t user,
	    const char *code, const char *codes[RECOVERY_CODES]);
int	stile__second_off(struct stile_req *, int64_t user);
#endif
