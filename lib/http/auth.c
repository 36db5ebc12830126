/* SPDX-License-Identifier: ISC */
/* Authorization: Basic (RFC 7617) and tokens (RFC 6750), read strictly. */
#include "base/priv.h"

#include "stile/arena.h"
#include "stile/auth.h"
#include "stile/str.h"
#include "codec/auth.h"
#include "http/req.h"
#include "base/banned.h"

/* Lack of memory must not look like a missing password. */
static bool
check(struct stile_req *r, enum stile_err rc)
{
	if (rc == STILE_ENOMEM)
		stile__fail_nomem(r);
	return rc == STILE_OK;
}

bool
stile_auth_basic(struct stile_req *r, const char **user, const char **password)
{
	struct stile_str	u, p;

	if (!check(r, stile__auth_basic(r->arena,
	    stile_str(stile_header(r, "Authorization")), &u, &p)))
		return false;
	*user = stile_arena_dup(r->arena, u);
	*password = stile_arena_dup(r->arena, p);
	return check(r, *user != NULL && *password != NULL ? STILE_OK :
	    STILE_ENOMEM);
}

const char *
stile_auth_token(struct stile_req *r, const char *scheme)
{
	struct stile_str	 token;
	const char		*s;

	switch (stile__auth_token(stile_str(stile_header(r,
	    "Authorization")), stile_str(scheme), &token)) {
	case STILE_OK:
		if ((s = stile_arena_dup(r->arena, token)) == NULL)
			stile__fail_nomem(r);
		return s;
	case STILE_ESYNTAX:
		return "";
	default:
		return NULL;
	}
}

const char *
stile_auth_bearer(struct stile_req *r)
{
	const char	*token = stile_auth_token(r, "Bearer");

	return token != NULL && *token != '\0' ? token : NULL;
}
