/* SPDX-License-Identifier: ISC */
/*
 * JSON Web Tokens (RFC 7519) of an identity provider, by the rules of RFC 8725:
 * what a request brings, and whose it is.  Signatures are the business of a
 * module, which is loaded where the setting jwt_keys names a file.
 *
 * Whoever brings a token that is not valid learns no more than that; the log
 * has the reason.
 */
#include "base/priv.h"

#include <json-c/json.h>

#include "stile/arena.h"
#include "stile/req.h"
#include "stile/str.h"
#include "base/clock.h"
#include "codec/json.h"
#include "guard/jwt.h"
#include "guard/user.h"
#include "http/req.h"
#include "base/banned.h"

/* How often the file of the keys is looked at: as a rule, and for a token that
 * no key has signed, which any stranger can bring. */
#define LOOK_MS		5000
#define LOOK_AGAIN_MS	1000

struct stile_jwt {
	struct json_object	*claims;
};

/* ---- a token ------------------------------------------------------------------------ */

/*
 * By the keys there are, then by those that the file has meanwhile: a key that
 * is new at the provider comes with its first token.
 */
static enum stile_err
verify(struct jwt *j, struct stile_log *log, const struct jwt_token *t,
    int64_t now, struct stile_error *e)
{
	struct stile_error	 why = { .code = STILE_OK };
	struct jwt_set		*set, *fresh;
	enum stile_err		 rc;

	if ((rc = stile__jwt_take(j, log, now, LOOK_MS, &set, e)) != STILE_OK)
		return rc;
	rc = stile__jwt_verify(set, t, &why);
	if (rc == STILE_ESYNTAX && stile__jwt_take(j, log, now, LOOK_AGAIN_MS,
	    &fresh, NULL) == STILE_OK) {
		if (fresh != set) {
			why = (struct stile_error){ .code = STILE_OK };
			rc = stile__jwt_verify(fresh, t, &why);
		}
		stile__jwt_put(j, fresh);
	}
	stile__jwt_put(j, set);
	return rc == STILE_OK ? rc :
	    stile_error_set(e, rc, why.status, "%s", why.detail);
}

enum stile_err
stile__jwt_check(struct jwt *j, struct stile_log *log, struct stile_arena *a,
    struct stile_str text, int64_t now, struct json_object **ret,
    struct stile_error *e)
{
	const struct jwt_how	*how = stile__jwt_how(j);
	struct json_object	*claims;
	struct jwt_token	 t;
	enum stile_err		 rc;

	if ((rc = stile__jwt_read(a, text, how->algs, &t, e)) != STILE_OK ||
	    (rc = verify(j, log, &t, now, e)) != STILE_OK ||
	    (rc = stile__jwt_payload(a, &t, &claims, e)) != STILE_OK ||
	    (rc = stile__jwt_claims(claims, &how->rules, now, e)) != STILE_OK)
		return rc;
	*ret = claims;
	return STILE_OK;
}

/* ---- a request's ---------------------------------------------------------------------- */

/* Not valid, which is no failure of the request; or a failure of ours. */
static void
refuse(struct stile_req *r, const struct stile_error *e)
{
	if (e->status == 401)
		stile_req_log(r, STILE_INFO, "a token is refused",
		    STILE_ARGS("cause", (const char *)e->detail));
	else
		stile_fail_error(r, e);
}

const struct stile_jwt *
stile_jwt(struct stile_req *r, const char *text)
{
	struct stile_error	 e = { .code = STILE_OK };
	struct json_object	*claims;
	struct stile_jwt	*jwt;
	enum stile_err		 rc;

	if (text == NULL || stile_failed(r) != STILE_OK)
		return NULL;
	if (r->jwt == NULL)
		rc = stile_error_set(&e, STILE_EINVAL, 401,
		    "jwt_keys is not set");
	else
		rc = stile__jwt_check(r->jwt, r->log, r->arena,
		    stile_str(text), stile_now_ms(), &claims, &e);
	if (rc != STILE_OK) {
		refuse(r, &e);
		return NULL;
	}
	if ((jwt = stile_arena_alloc(r->arena, 1, sizeof(*jwt))) == NULL) {
		stile__fail_nomem(r);
		return NULL;
	}
	jwt->claims = claims;
	return jwt;
}

struct stile_value
stile_jwt_get(const struct stile_jwt *jwt, const char *name)
{
	struct json_object	*m;

	if (jwt == NULL || !json_object_object_get_ex(jwt->claims, name, &m))
		return (struct stile_value){ .type = STILE_ABSENT };
	return stile__json_value(m);
}

/* ---- whose it is ------------------------------------------------------------------------ */

/* An address that nobody has verified is anybody's (OpenID Connect Core 1.0,
 * section 5.7). */
static bool
is_verified(const struct stile_jwt *jwt, const char *claim)
{
	struct stile_value	v;

	if (strcmp(claim, "email") != 0)
		return true;
	v = stile_jwt_get(jwt, "email_verified");
	return v.type == STILE_BOOL && v.u.b;
}

static const struct stile_user *
find_user(struct stile_req *r, const struct stile_jwt *jwt, const char *claim,
    struct stile_error *e)
{
	struct stile_value	 v = stile_jwt_get(jwt, claim);
	const struct stile_user	*u = NULL;

	if (v.type != STILE_TEXT || v.u.s.len == 0 ||
	    memchr(v.u.s.p, '\0', v.u.s.len) != NULL)
		stile_error_set(e, STILE_ENOTFOUND, 401,
		    "its %s names nobody", claim);
	else if (!is_verified(jwt, claim))
		stile_error_set(e, STILE_ENOTFOUND, 401,
		    "its email_verified is not true");
	else if ((u = stile_user_find(r, v.u.s.p)) == NULL)
		stile_error_set(e, STILE_ENOTFOUND, 401,
		    "no user has the name in its %s", claim);
	return u;
}

/* What it is for, "*" where tokens are not asked. */
static const char *
find_scopes(struct stile_req *r, const struct stile_jwt *jwt, const char *claim,
    struct stile_error *e)
{
	const char	*scopes = NULL;

	if (*claim == '\0')
		return "*";
	return stile__jwt_scopes(r->arena, jwt->claims, claim, &scopes, e) ==
	    STILE_OK ? scopes : NULL;
}

int64_t
stile_jwt_user(struct stile_req *r, const char *text)
{
	struct identity		*who = r->identity != NULL &&
				    r->identity->asking ? r->identity : NULL;
	const struct stile_jwt	*jwt = stile_jwt(r, text);
	struct stile_error	 e = { .code = STILE_OK };
	const struct jwt_how	*how;
	const struct stile_user	*u = NULL;
	const char		*scopes = NULL;

	if (jwt != NULL) {
		how = stile__jwt_how(r->jwt);
		scopes = find_scopes(r, jwt, how->scope, &e);
	}
	if (scopes != NULL)
		u = find_user(r, jwt, how->user, &e);
	if (e.code != STILE_OK && stile_failed(r) == STILE_OK)
		refuse(r, &e);
	if (who != NULL) {
		who->scopes = scopes;
		who->bad_token = u == NULL;
	}
	return u != NULL ? u->id : 0;
}
