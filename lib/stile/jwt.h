/* SPDX-License-Identifier: ISC */
/* JSON Web Tokens of an identity provider, whose keys are in a file. */
#ifndef STILE_JWT_H
#define STILE_JWT_H

#include <stile/types.h>
#include <stile/value.h>

#ifdef __cplusplus
extern "C" {
#endif

struct stile_jwt;
struct stile_req;

/* A token that is valid now, in the request's memory; NULL if it is not, with
 * the reason in the log, or with the request failed. */
STILE_API const struct stile_jwt *stile_jwt(struct stile_req *,
		    const char *text);

/* What it claims under a name, borrowed from it; STILE_ABSENT: nothing. */
STILE_API struct stile_value stile_jwt_get(const struct stile_jwt *,
		    const char *name);

/* Which user it is for; 0 if it is not valid, or for none of ours. */
STILE_API int64_t stile_jwt_user(struct stile_req *, const char *text);

#ifdef __cplusplus
}
#endif
#endif
