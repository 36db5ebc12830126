/* SPDX-License-Identifier: ISC */
/*
 * lib/guard/jwt_token.c, jwt_claims.c, jwt_keys.c under libFuzzer.  The input is
 * a token, then claims, then a JWK Set; what passes has to be what it says.
 *
 *   clang -g -O1 -fsanitize=fuzzer,address,undefined -Ilib -I. ...
 *   ./fuzz_jwt -max_total_time=60 tests/fuzz/corpus/jwt
 */
#include "base/priv.h"

#include <json-c/json.h>

#include "stile/arena.h"
#include "stile/json.h"
#include "stile/str.h"
#include "guard/jwt.h"

#define ALGS	(1u << JWT_RS256 | 1u << JWT_ES256 | 1u << JWT_EDDSA)
#define NOW	1700000000000

int	LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static long	keys;		/* that are there */

static void
require(bool ok)
{
	if (!ok)
		abort();
}

/* ---- a module for any numbers --------------------------------------------------- */

static enum stile_err
key_new(enum jwt_alg alg, struct stile_str a, struct stile_str b, void **ret,
    struct stile_error *e)
{
	require((ALGS & 1u << alg) != 0 && a.len >= 32);
	require(alg != JWT_RS256 || (a.len >= 256 && b.len >= 1));
	require(alg != JWT_ES256 || (a.len == 32 && b.len == 32));
	if (a.p[a.len - 1] == 0)
		return stile_error_set(e, STILE_EINVAL, 500, "no key");
	*ret = &keys;
	keys++;
	return STILE_OK;
}

static void
key_free(void *key)
{
	require(key == &keys);
	keys--;
}

static enum stile_err
verify(void *key, enum jwt_alg alg, struct stile_str text,
    struct stile_str signature)
{
	(void)alg;
	require(key == &keys && memchr(text.p, '.', text.len) != NULL);
	return signature.len == 0 ? STILE_ESYNTAX : STILE_OK;
}

static const struct jwt_module	module = {
	.version = JWT_MODULE_VERSION, .key_new = key_new,
	.key_free = key_free, .verify = verify,
};

/* ---------------------------------------------------------------------------------- */

static void
check_claims(struct stile_arena *a, struct json_object *claims)
{
	static const struct jwt_rules	 rules = { "us", "notes", 60 };
	struct stile_error		 e = { .code = STILE_OK };
	struct json_object		*exp;
	const char			*scopes = NULL;
	enum stile_err			 rc;

	rc = stile__jwt_claims(claims, &rules, NOW, &e);
	require(rc == e.code);
	if (rc == STILE_OK) {
		require(json_object_object_get_ex(claims, "exp", &exp));
		require(json_object_get_double(exp) > NOW / 1000 - 60);
	}
	e = (struct stile_error){ .code = STILE_OK };
	rc = stile__jwt_scopes(a, claims, "scope", &scopes, &e);
	require(rc == e.code && (rc == STILE_OK) == (scopes != NULL));
}

static void
as_token(struct stile_arena *a, struct stile_str in)
{
	struct stile_error	 e = { .code = STILE_OK };
	struct json_object	*claims;
	struct jwt_token	 t;
	enum stile_err		 rc;

	rc = stile__jwt_read(a, in, ALGS, &t, &e);
	require(rc == e.code && (rc == STILE_OK || e.status == 401));
	if (rc != STILE_OK)
		return;
	require(in.len <= JWT_TOKEN_MAX && (ALGS & 1u << t.alg) != 0);
	require(t.text.p == in.p && in.p[t.text.len] == '.');
	require(t.payload.p + t.payload.len == t.text.p + t.text.len);
	if (stile__jwt_payload(a, &t, &claims, &e) == STILE_OK)
		check_claims(a, claims);
}

static void
as_claims(struct stile_arena *a, struct stile_str in)
{
	struct json_object	*j;

	if (stile_json_parse(in, 0, &j, NULL) != STILE_OK)
		return;
	if (json_object_is_type(j, json_type_object))
		check_claims(a, j);
	json_object_put(j);
}

static void
as_keys(struct stile_str in)
{
	struct stile_error	 e = { .code = STILE_OK };
	const struct jwt_token	 t = {
		.text = STR("a.b"), .signature = STR("s"), .alg = JWT_EDDSA,
		.key_id = { NULL, 0 },
	};
	struct jwt_set		*set;
	enum stile_err		 rc;
	size_t			 i, n = 0;

	rc = stile__jwt_set_new(&module, ALGS, in, &set, &e);
	require(rc == e.code);
	if (rc == STILE_OK) {
		require(set->n > 0 && set->n <= JWT_KEYS_MAX);
		require(keys == (long)set->n);
		for (i = 0; i < set->n; i++)
			n += set->keys[i].alg == JWT_EDDSA;
		require((stile__jwt_verify(set, &t, &e) == STILE_OK) ==
		    (n > 0));
		stile__jwt_set_free(set);
	}
	require(keys == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct stile_str	 in = { (const char *)data, size };
	struct stile_arena	*a;

	require((a = stile_arena_new(0)) != NULL);
	as_token(a, in);
	as_claims(a, in);
	as_keys(in);
	stile_arena_free(a);
	return 0;
}
