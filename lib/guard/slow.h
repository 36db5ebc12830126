/* SPDX-License-Identifier: ISC */
#ifndef GUARD_SLOW_H
#define GUARD_SLOW_H

#include "stile/types.h"

struct stile_req;

/*
 * Count an attempt to log in, or fail with 429; and a success, which takes the
 * count back.  key: the login as it is compared.  user: whose it is, or 0.
 */
int	 stile__login_attempt(struct stile_req *, const char *key,
	    int64_t user);
void	 stile__login_success(struct stile_req *, const char *key,
	    int64_t user);

/* Let the browser be known as one where this user has logged in. */
void	 stile__login_device(struct stile_req *, int64_t user);

/* A token came that is not valid: count it, or fail with 429. */
int	 stile__token_wrong(struct stile_req *);
#endif
