/* SPDX-License-Identifier: ISC */
/*
 * A JWK Set (RFC 7517) as the keys that tokens are verified by.
 *
 * What a key is says which one algorithm it is for (RFC 8725, section 3.1), so
 * that the one that a token names has no say in how a key is used.  Keys of
 * kinds that we do not know are no error (RFC 7517, section 5); those that we
 * do know and are weak or malformed are left out, with a reason.
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

#define DEPTH		8	/* of the set */
#define ARENA_MAX	(16 * 1024 * 1024)

/* A number of a key, which has no zeros in front, or bytes of some length. */
struct part {
	const char	*name;		/* NULL: there is none */
	bool		 number;
	size_t		 min, max;	/* bits */
};

/* RFC 7518, section 6; RFC 8037, section 2 */
static const struct kind {
	const char	*name, *kty, *curve;
	struct part	 parts[2];
} kinds[] = {
	[JWT_RS256] = { "RS256", "RSA", NULL,
	    { { "n", true, 2048, 8192 }, { "e", true, 2, 64 } } },
	[JWT_ES256] = { "ES256", "EC", "P-256",
	    { { "x", false, 256, 256 }, { "y", false, 256, 256 } } },
	[JWT_EDDSA] = { "EdDSA", "OKP", "Ed25519",
	    { { "x", false, 256, 256 } } },
	[JWT_HS256] = { "HS256", "oct", NULL,
	    { { "k", false, 256, 65536 } } },
};

/* While a set is read. */
struct reading {
	unsigned		 algs;
	struct jwt_set		*set;
};

enum jwt_alg
stile__jwt_alg(struct stile_str name)
{
	size_t	i;

	/* RFC 9864, section 2.2 */
	if (stile_str_eq(name, STR("Ed25519")))
		return JWT_EDDSA;
	for (i = 0; i < NELEM(kinds); i++)
		if (stile_str_eq(name, stile_str(kinds[i].name)))
			break;
	return (enum jwt_alg)i;
}

unsigned
stile__jwt_algs(const char *list)
{
	struct stile_str	rest = stile_str(list), word;
	enum jwt_alg		alg;
	unsigned		algs = 0;

	while (stile_str_cut(&rest, ' ', &word))
		if ((alg = stile__jwt_alg(word)) != JWT_ALGS)
			algs |= 1u << alg;
	return algs;
}

struct stile_str
stile__jwt_algorithms_wrong(const char *list)
{
	struct stile_str	rest = stile_str(list), word;

	while (stile_str_cut(&rest, ' ', &word))
		if (word.len > 0 && stile__jwt_alg(word) == JWT_ALGS)
			return word;
	return (struct stile_str){ NULL, 0 };
}

bool
stile__jwt_text(struct json_object *o, const char *name, struct stile_str *ret)
{
	struct json_object	*m;

	if (!json_object_object_get_ex(o, name, &m) ||
	    !json_object_is_type(m, json_type_string))
		return false;
	*ret = stile__json_value(m).u.s;
	return true;
}

/* ---- one key ------------------------------------------------------------------- */

static bool
has(struct json_object *jwk, const char *name)
{
	return json_object_object_get_ex(jwk, name, NULL);
}

static bool
is(struct json_object *jwk, const char *name, const char *value)
{
	struct stile_str	s;

	return stile__jwt_text(jwk, name, &s) &&
	    stile_str_eq(s, stile_str(value));
}

/* RFC 7517, section 4.3 */
static bool
may_verify(struct json_object *jwk)
{
	struct json_object	*ops, *op;
	size_t			 i;

	if (!json_object_object_get_ex(jwk, "key_ops", &ops))
		return true;
	for (i = 0; json_object_is_type(ops, json_type_array) &&
	    i < json_object_array_length(ops); i++) {
		op = json_object_array_get_idx(ops, i);
		if (json_object_is_type(op, json_type_string) &&
		    strcmp(json_object_get_string(op), "verify") == 0)
			return true;
	}
	return false;
}

/* Which algorithm it is for; JWT_ALGS: for none, or for something else. */
static enum jwt_alg
alg_of(struct json_object *jwk, unsigned algs)
{
	struct stile_str	name;
	size_t			i;

	for (i = 0; i < NELEM(kinds); i++)
		if (is(jwk, "kty", kinds[i].kty) && (kinds[i].curve == NULL ||
		    is(jwk, "crv", kinds[i].curve)))
			break;
	if (i == NELEM(kinds) || (algs & 1u << i) == 0)
		return JWT_ALGS;
	if (has(jwk, "alg") && (!stile__jwt_text(jwk, "alg", &name) ||
	    stile__jwt_alg(name) != i))
		return JWT_ALGS;
	if (has(jwk, "use") && !is(jwk, "use", "sig"))
		return JWT_ALGS;
	return may_verify(jwk) ? (enum jwt_alg)i : JWT_ALGS;
}

static size_t
bits_of(const struct part *p, struct stile_str s)
{
	size_t		n = s.len * 8;
	unsigned char	c;

	if (!p->number || s.len == 0)
		return n;
	for (c = (unsigned char)s.p[0]; (c & 0x80) == 0; c = (c << 1 | 1) & 0xFF)
		n--;
	return n;
}

static enum stile_err
read_part(struct stile_arena *a, struct json_object *jwk, const struct part *p,
    struct stile_str *ret, struct stile_error *e)
{
	struct stile_str	 text;
	enum stile_err		 rc;
	char			*bytes;
	size_t			 n, bits;

	*ret = (struct stile_str){ NULL, 0 };
	if (p->name == NULL)
		return STILE_OK;
	if (!stile__jwt_text(jwk, p->name, &text))
		return stile_error_set(e, STILE_EINVAL, 500,
		    "%s is missing, or not a text", p->name);
	rc = stile__base64_decode(a, text, STILE_BASE64_URL, &bytes, &n);
	if (rc == STILE_ENOMEM)
		return stile__error_nomem(e);
	if (rc != STILE_OK)
		return stile_error_set(e, STILE_EINVAL, 500,
		    "%s is not base64url", p->name);
	for (; p->number && n > 0 && *bytes == '\0'; n--)
		bytes++;
	*ret = (struct stile_str){ bytes, n };
	bits = bits_of(p, *ret);
	if (bits < p->min || bits > p->max)
		return stile_error_set(e, STILE_EINVAL, 500,
		    "%s has %zu bits, %zu to %zu are expected", p->name, bits,
		    p->min, p->max);
	return STILE_OK;
}

struct held {
	const struct jwt_module	*module;
	void			*key;
};

static void
free_held(void *arg)
{
	struct held	*h = arg;

	h->module->key_free(h->key);
}

/* The module's key, which ends with the set. */
static enum stile_err
make_key(struct reading *rd, enum jwt_alg alg, struct stile_str a,
    struct stile_str b, void **ret, struct stile_error *e)
{
	struct stile_arena	*arena = rd->set->arena;
	struct held		*h;
	enum stile_err		 rc;

	if ((h = stile_arena_alloc(arena, 1, sizeof(*h))) == NULL)
		return stile__error_nomem(e);
	h->module = rd->set->module;
	if ((rc = h->module->key_new(alg, a, b, &h->key, e)) != STILE_OK)
		return rc;
	if (stile_arena_defer(arena, free_held, h) != STILE_OK)
		return stile__error_nomem(e);
	*ret = h->key;
	return STILE_OK;
}

static enum stile_err
read_key(struct reading *rd, struct json_object *jwk, enum jwt_alg alg,
    struct stile_error *e)
{
	const struct kind	*kind = &kinds[alg];
	struct stile_arena	*a = rd->set->arena;
	struct jwt_key		*k = &rd->set->keys[rd->set->n];
	struct stile_str	 id, parts[2];
	enum stile_err		 rc;
	size_t			 i;

	*k = (struct jwt_key){ .alg = alg };
	if (has(jwk, "kid") && !stile__jwt_text(jwk, "kid", &id))
		return stile_error_set(e, STILE_EINVAL, 500,
		    "kid is not a text");
	if (has(jwk, "kid")) {
		k->id = (struct stile_str){ stile_arena_dup(a, id), id.len };
		if (k->id.p == NULL)
			return stile__error_nomem(e);
	}
	if (alg != JWT_HS256 && has(jwk, "d"))
		return stile_error_set(e, STILE_EINVAL, 500,
		    "it is a private key, where a public one is expected");
	for (i = 0; i < 2; i++)
		if ((rc = read_part(a, jwk, &kind->parts[i], &parts[i], e)) !=
		    STILE_OK)
			return rc;
	rc = make_key(rd, alg, parts[0], parts[1], &k->key, e);
	if (rc == STILE_OK)
		rd->set->n++;
	return rc;
}

/* One that should be good and is not is left out, with a reason. */
static enum stile_err
add_key(struct reading *rd, struct json_object *jwk, size_t number,
    struct stile_error *e)
{
	struct stile_error	why = { .code = STILE_OK };
	struct stile_str	id = { NULL, 0 };
	enum jwt_alg		alg;
	enum stile_err		rc;

	if (!json_object_is_type(jwk, json_type_object))
		return stile_error_set(e, STILE_ESYNTAX, 500,
		    "key %zu is not an object", number);
	if ((alg = alg_of(jwk, rd->algs)) == JWT_ALGS)
		return STILE_OK;
	if ((rc = read_key(rd, jwk, alg, &why)) == STILE_OK)
		return rc;
	if (rc == STILE_ENOMEM)
		return stile__error_nomem(e);
	stile__jwt_text(jwk, "kid", &id);
	stile_error_set(&rd->set->left, STILE_EINVAL, 500,
	    "key %zu (kid '%.*s'): %s", number, STILE_STR_ARG(id), why.detail);
	rd->set->nleft++;
	return STILE_OK;
}

/* ---- the set --------------------------------------------------------------------- */

static enum stile_err
add_keys(struct reading *rd, struct json_object *j, struct stile_error *e)
{
	struct json_object	*list = NULL;
	enum stile_err		 rc;
	size_t			 i, n;

	if (!json_object_is_type(j, json_type_object) ||
	    !json_object_object_get_ex(j, "keys", &list) ||
	    !json_object_is_type(list, json_type_array))
		return stile_error_set(e, STILE_ESYNTAX, 500,
		    "a JWK Set is expected: {\"keys\": [...]}");
	if ((n = json_object_array_length(list)) > JWT_KEYS_MAX)
		return stile_error_set(e, STILE_ETOOBIG, 500,
		    "more than %d keys", JWT_KEYS_MAX);
	rd->set->keys = stile_arena_alloc(rd->set->arena, n + 1,
	    sizeof(*rd->set->keys));
	if (rd->set->keys == NULL)
		return stile__error_nomem(e);
	for (i = 0; i < n; i++)
		if ((rc = add_key(rd, json_object_array_get_idx(list, i), i + 1,
		    e)) != STILE_OK)
			return rc;
	if (rd->set->n > 0)
		return STILE_OK;
	return stile_error_set(e, STILE_ENOTFOUND, 500,
	    "no key can be used%s%s", rd->set->nleft > 0 ? ": " : "",
	    rd->set->left.detail);
}

enum stile_err
stile__jwt_set_new(const struct jwt_module *module, unsigned algs,
    struct stile_str json, struct jwt_set **ret, struct stile_error *e)
{
	struct reading		 rd = { algs, NULL };
	struct stile_arena	*a;
	struct json_object	*j = NULL;
	enum stile_err		 rc;

	if ((a = stile_arena_new(ARENA_MAX)) == NULL)
		return stile__error_nomem(e);
	if ((rd.set = stile_arena_alloc(a, 1, sizeof(*rd.set))) == NULL) {
		stile_arena_free(a);
		return stile__error_nomem(e);
	}
	rd.set->arena = a;
	rd.set->module = module;
	rd.set->refs = 1;
	if ((rc = stile_json_parse(json, DEPTH, &j, e)) == STILE_OK)
		rc = add_keys(&rd, j, e);
	json_object_put(j);
	if (rc == STILE_OK)
		*ret = rd.set;
	else
		stile_arena_free(a);
	return rc;
}

void
stile__jwt_set_free(struct jwt_set *set)
{
	if (set != NULL)
		stile_arena_free(set->arena);
}
