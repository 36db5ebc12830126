/* SPDX-License-Identifier: ISC */
/*
 * One token in the compact serialization of RFC 7515, section 3.1: its parts,
 * its header, its signature.  Of the header only what says which of our keys to
 * try is used; keys that it names or brings along (jwk, jku, x5u, x5c) are not
 * looked at.  What the token claims is not read before the signature is right.
 */
#include "base/priv.h"

#include <json-c/json.h>

#include "stile/arena.h"
#include "stile/json.h"
#include "stile/str.h"
#include "base/base64.h"
#include "codec/json.h"
#include "guard/jwt.h"
#include "base/banned.h"

#define HEADER_DEPTH	8
#define CLAIMS_DEPTH	32

/* ---- parts ---------------------------------------------------------------------- */

static enum stile_err
wrong(struct stile_error *e, const char *why)
{
	return stile_error_set(e, STILE_ESYNTAX, 401, "%s", why);
}

static enum stile_err
decode(struct stile_arena *a, struct stile_str part, const char *name,
    struct stile_str *ret, struct stile_error *e)
{
	enum stile_err	 rc;
	char		*p;
	size_t		 n;

	rc = stile__base64_decode(a, part, STILE_BASE64_URL, &p, &n);
	if (rc == STILE_ENOMEM)
		return stile__error_nomem(e);
	if (rc != STILE_OK)
		return stile_error_set(e, STILE_ESYNTAX, 401,
		    "its %s is not base64url", name);
	*ret = (struct stile_str){ p, n };
	return STILE_OK;
}

/* An object that ends with the arena. */
static enum stile_err
decode_object(struct stile_arena *a, struct stile_str part, const char *name,
    unsigned depth, struct json_object **ret, struct stile_error *e)
{
	struct stile_error	 why = { .code = STILE_OK };
	struct stile_str	 json;
	struct json_object	*j;
	enum stile_err		 rc;

	if ((rc = decode(a, part, name, &json, e)) != STILE_OK)
		return rc;
	rc = stile_json_parse(json, depth, &j, &why);
	if (rc == STILE_ENOMEM)
		return stile__error_nomem(e);
	if (rc != STILE_OK)
		return stile_error_set(e, STILE_ESYNTAX, 401, "its %s: %s",
		    name, why.detail);
	if (stile_arena_defer(a, stile__json_put, j) != STILE_OK)
		return stile__error_nomem(e);
	if (!json_object_is_type(j, json_type_object))
		return stile_error_set(e, STILE_ESYNTAX, 401,
		    "its %s is not an object", name);
	*ret = j;
	return STILE_OK;
}

/* ---- the header ------------------------------------------------------------------- */

/* What changes the meaning of the rest is refused: we know no extension. */
static const char *const	refused[] = { "crit", "b64" };

/* RFC 7519, section 5.1; RFC 9068, section 4 */
static const char *const	types[] = {
	"JWT", "at+jwt", "application/jwt", "application/at+jwt",
};

static enum stile_err
check_type(struct json_object *header, struct stile_error *e)
{
	struct stile_str	s;
	size_t			i;

	if (!json_object_object_get_ex(header, "typ", NULL))
		return STILE_OK;
	if (!stile__jwt_text(header, "typ", &s))
		return wrong(e, "its typ is not a text");
	for (i = 0; i < NELEM(types); i++)
		if (stile_str_caseeq(s, stile_str(types[i])))
			return STILE_OK;
	return stile_error_set(e, STILE_ESYNTAX, 401,
	    "its typ is '%.*s', neither JWT nor at+jwt", STILE_STR_ARG(s));
}

static enum stile_err
read_header(struct json_object *header, unsigned algs, struct jwt_token *t,
    struct stile_error *e)
{
	struct stile_str	s;
	size_t			i;

	if (!stile__jwt_text(header, "alg", &s))
		return wrong(e, "its alg is missing, or not a text");
	t->alg = stile__jwt_alg(s);
	if (t->alg == JWT_ALGS || (algs & 1u << t->alg) == 0)
		return stile_error_set(e, STILE_ESYNTAX, 401,
		    "its alg '%.*s' is not one of jwt_algorithms",
		    STILE_STR_ARG(s));
	for (i = 0; i < NELEM(refused); i++)
		if (json_object_object_get_ex(header, refused[i], NULL))
			return stile_error_set(e, STILE_ESYNTAX, 401,
			    "its header has %s", refused[i]);
	t->key_id = (struct stile_str){ NULL, 0 };
	if (json_object_object_get_ex(header, "kid", NULL) &&
	    !stile__jwt_text(header, "kid", &t->key_id))
		return wrong(e, "its kid is not a text");
	return check_type(header, e);
}

enum stile_err
stile__jwt_read(struct stile_arena *a, struct stile_str text, unsigned algs,
    struct jwt_token *t, struct stile_error *e)
{
	struct stile_str	 rest = text, header, payload;
	struct json_object	*j;
	enum stile_err		 rc;

	if (text.len > JWT_TOKEN_MAX)
		return stile_error_set(e, STILE_ETOOBIG, 401,
		    "it has more than %d bytes", JWT_TOKEN_MAX);
	if (!stile_str_cut(&rest, '.', &header) ||
	    !stile_str_cut(&rest, '.', &payload) || rest.p == NULL ||
	    memchr(rest.p, '.', rest.len) != NULL)
		return wrong(e, "it does not have three parts");
	t->text = (struct stile_str){ text.p, header.len + 1 + payload.len };
	t->payload = payload;
	if ((rc = decode_object(a, header, "header", HEADER_DEPTH, &j, e)) !=
	    STILE_OK || (rc = read_header(j, algs, t, e)) != STILE_OK)
		return rc;
	return decode(a, rest, "signature", &t->signature, e);
}

enum stile_err
stile__jwt_payload(struct stile_arena *a, const struct jwt_token *t,
    struct json_object **ret, struct stile_error *e)
{
	return decode_object(a, t->payload, "payload", CLAIMS_DEPTH, ret, e);
}

/* ---- the signature ------------------------------------------------------------------ */

/* A key without an id may be the one that is meant. */
static bool
fits(const struct jwt_key *k, const struct jwt_token *t)
{
	return k->alg == t->alg && (k->id.p == NULL || t->key_id.p == NULL ||
	    stile_str_eq(k->id, t->key_id));
}

enum stile_err
stile__jwt_verify(const struct jwt_set *set, const struct jwt_token *t,
    struct stile_error *e)
{
	enum stile_err	rc;
	size_t		i, tries = 0;

	for (i = 0; i < set->n && tries < JWT_TRIES; i++) {
		if (!fits(&set->keys[i], t))
			continue;
		rc = set->module->verify(set->keys[i].key, t->alg, t->text,
		    t->signature);
		if (rc == STILE_OK)
			return rc;
		if (rc == STILE_ENOMEM)
			return stile__error_nomem(e);
		if (rc != STILE_ESYNTAX)
			return stile_error_set(e, rc, 503,
			    "libcrypto cannot verify a token");
		tries++;
	}
	if (tries > 0)
		return wrong(e, "its signature is wrong");
	return stile_error_set(e, STILE_ESYNTAX, 401,
	    "no key for its alg has its kid '%.*s'", STILE_STR_ARG(t->key_id));
}
