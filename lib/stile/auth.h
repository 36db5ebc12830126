/* SPDX-License-Identifier: ISC */
/* What the Authorization header says; whether it is true, you decide. */
#ifndef STILE_AUTH_H
#define STILE_AUTH_H

#include <stile/types.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_req;

/* User and password of Basic; false where there is none, or a wrong one. */
STILE_API bool	stile_auth_basic(struct stile_req *, const char **user,
		    const char **password);

/* The token of Bearer, or NULL. */
STILE_API const char	*stile_auth_bearer(struct stile_req *);

/* The token of a scheme; NULL where there is none, "" for one that is malformed
 * and so is nobody's. */
STILE_API const char	*stile_auth_token(struct stile_req *,
		    const char *scheme);

#ifdef __cplusplus
}
#endif
#endif
