/* SPDX-License-Identifier: ISC */
/*
 * lib/guard/jwt_keys.c: which keys of a JWK Set are taken, and as what.  Most of
 * it with a module that takes all numbers, and counts.
 */
#include "jwt.h"

static long	made, freed;

static enum stile_err
fake_new(enum jwt_alg alg, struct stile_str a, struct stile_str b, void **ret,
    struct stile_error *e)
{
	char	*k = malloc(1);

	(void)alg;
	(void)b;
	if (k == NULL)
		return stile__error_nomem(e);
	*k = a.p[0];
	*ret = k;
	made++;
	return STILE_OK;
}

static void
fake_free(void *key)
{
	free(key);
	freed++;
}

static const struct jwt_module	fake = {
	.version = JWT_MODULE_VERSION, .key_new = fake_new,
	.key_free = fake_free,
};

#define KEY_A(id, rest)	"{" ED_KEY ",\"kid\":\"" id "\"" rest "}"

/* What is taken, as "ALG:kid ...", and why the first that is left out is. */
static void
describe(const struct jwt_set *set, char *text, size_t n)
{
	static const char *const	names[] = {
		[JWT_RS256] = "RS256", [JWT_ES256] = "ES256",
		[JWT_EDDSA] = "EdDSA", [JWT_HS256] = "HS256",
	};
	size_t				 i, len = 0;

	text[0] = '\0';
	for (i = 0; i < set->n; i++)
		len += (size_t)snprintf(text + len, n - len, "%s%s:%.*s",
		    i > 0 ? " " : "", names[set->keys[i].alg],
		    STILE_STR_ARG(set->keys[i].id));
}

static const struct {
	const char	*json, *keys;		/* NULL: an error */
	const char	*why;			/* of it, or of one left out */
} sets[] = {
	{ EXAMPLES, "HS256: RS256: ES256: EdDSA:", "" },
	{ KEYS(KEY_A("a", "")), "EdDSA:a", "" },
	{ "{\"x\":1," "\"keys\":[" KEY_A("a", ",\"y\":[1]") "]}", "EdDSA:a",
	  "" },
	{ KEYS(KEY_A("a", ",\"alg\":\"EdDSA\",\"use\":\"sig\","
	  "\"key_ops\":[\"verify\"]")), "EdDSA:a", "" },
	{ KEYS(KEY_A("a", ",\"alg\":\"Ed25519\"")), "EdDSA:a", "" },
	{ KEYS(KEY_A("a", "") "," KEY_A("a", "")), "EdDSA:a EdDSA:a", "" },

	/* For something else. */
	{ KEYS(KEY_A("a", "") "," KEY_A("b", ",\"use\":\"enc\"") ","
	  KEY_A("c", ",\"use\":1") "," KEY_A("d", ",\"alg\":\"ES256\"") ","
	  KEY_A("e", ",\"alg\":null") "," KEY_A("f", ",\"alg\":\"none\"") ","
	  KEY_A("g", ",\"key_ops\":[\"sign\",1]") ","
	  KEY_A("h", ",\"key_ops\":\"verify\"") ","
	  "{\"kty\":\"EC\",\"crv\":\"P-384\"},{\"kty\":\"OKP\","
	  "\"crv\":\"X25519\"},{\"kty\":\"okp\"},{\"kty\":\"new\"},{},"
	  "{\"kty\":7},{" RS_KEY ",\"alg\":\"PS256\"},"
	  "{" RS_KEY ",\"alg\":\"HS256\"},{" HS_KEY ",\"alg\":\"HS512\"}"),
	  "EdDSA:a", "" },
	{ KEYS("{\"kty\":\"new\"}"), NULL, "no key can be used" },
	{ KEYS(), NULL, "no key can be used" },

	/* Weak or malformed. */
	{ KEYS(KEY_A("a", "") ",{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
	  "\"kid\":\"b\"}"), "EdDSA:a",
	  "key 2 (kid 'b'): x is missing, or not a text" },
	{ KEYS(KEY_A("a", "") ",{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
	  "\"x\":7}"), "EdDSA:a",
	  "key 2 (kid ''): x is missing, or not a text" },
	{ KEYS(KEY_A("a", "") ",{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
	  "\"x\":\"AAAA\"}"), "EdDSA:a",
	  "key 2 (kid ''): x has 24 bits, 256 to 256 are expected" },
	{ KEYS(KEY_A("a", "") ",{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
	  "\"x\":\"\"}"), "EdDSA:a",
	  "key 2 (kid ''): x has 0 bits, 256 to 256 are expected" },
	{ KEYS(KEY_A("a", "") ",{\"kty\":\"OKP\",\"crv\":\"Ed25519\","
	  "\"x\":\"A+A=\"}"), "EdDSA:a",
	  "key 2 (kid ''): x is not base64url" },
	{ KEYS(KEY_A("a", "") ",{" ED_KEY ",\"kid\":7}"), "EdDSA:a",
	  "key 2 (kid ''): kid is not a text" },
	{ KEYS(KEY_A("a", "") ",{" RS_KEY ",\"d\":\"AAAA\"}"), "EdDSA:a",
	  "key 2 (kid ''): it is a private key, where a public one is "
	  "expected" },
	{ KEYS(KEY_A("a", "") ",{\"kty\":\"RSA\",\"n\":\"" RS_N "\","
	  "\"e\":\"AQ\"}"), "EdDSA:a",
	  "key 2 (kid ''): e has 1 bits, 2 to 64 are expected" },
	{ KEYS(KEY_A("a", "") ",{\"kty\":\"RSA\",\"n\":\"" RS_N "\","
	  "\"e\":\"AQAAAAAAAAAB\"}"), "EdDSA:a",
	  "key 2 (kid ''): e has 65 bits, 2 to 64 are expected" },
	{ KEYS(KEY_A("a", "") ",{\"kty\":\"RSA\",\"n\":\"" RS_N "\","
	  "\"e\":\"AAAD\"}"), "EdDSA:a RS256:", "" },	/* zeros in front */
	{ KEYS("{\"kty\":\"oct\",\"kid\":\"s\",\"k\":"
	  "\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZQ\"}"), NULL,
	  "no key can be used: key 1 (kid 's'): k has 248 bits, 256 to 65536 "
	  "are expected" },
	{ KEYS("{\"kty\":\"oct\",\"k\":"
	  "\"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY\"}"), "HS256:", "" },

	/* No set at all. */
	{ "", NULL, "json: byte 1: a value is expected" },
	{ "[]", NULL, "a JWK Set is expected: {\"keys\": [...]}" },
	{ "{}", NULL, "a JWK Set is expected: {\"keys\": [...]}" },
	{ "{\"keys\":{}}", NULL, "a JWK Set is expected: {\"keys\": [...]}" },
	{ "{\"keys\":null}", NULL,
	  "a JWK Set is expected: {\"keys\": [...]}" },
	{ "{" ED_KEY "}", NULL, "a JWK Set is expected: {\"keys\": [...]}" },
	{ KEYS("7"), NULL, "key 1 is not an object" },
	{ KEYS(KEY_A("a", "") ",null"), NULL, "key 2 is not an object" },
	{ KEYS(KEY_A("a", "")) "x", NULL,
	  "json: byte 101: something after the value" },
	{ "{\"keys\":[],\"keys\":[" KEY_A("a", "") "]}", NULL,
	  "json: an object has the same name twice" },
	{ KEYS(KEY_A("a", ",\"kid\":\"b\"")), NULL,
	  "json: an object has the same name twice" },
	{ "-----BEGIN PUBLIC KEY-----", NULL, "json: byte 1: not a number" },
};

Test(jwt_keys, sets)
{
	struct stile_error	 e;
	struct jwt_set		*set;
	enum stile_err		 rc;
	char			 keys[300];
	size_t			 i;

	for (i = 0; i < NELEM(sets); i++) {
		e = (struct stile_error){ 0 };
		set = NULL;
		made = freed = 0;
		rc = stile__jwt_set_new(&fake, ALL_ALGS, stile_str(
		    sets[i].json), &set, &e);
		if (rc == STILE_OK) {
			describe(set, keys, sizeof(keys));
			EXPECT_STR(keys, sets[i].keys, "%zu", i);
			EXPECT_STR(set->left.detail, sets[i].why, "%zu", i);
			cr_expect_eq(set->nleft, *sets[i].why != '\0', "%zu",
			    i);
			cr_expect_eq(made, (long)set->n, "%zu", i);
			stile__jwt_set_free(set);
		} else {
			EXPECT_STR(e.detail, sets[i].why, "%zu", i);
			cr_expect(sets[i].keys == NULL, "%zu: %s", i,
			    e.detail);
		}
		cr_expect_eq(freed, made, "%zu", i);
	}
}

/* The number of bits, not that of bytes; and what a module would say. */
Test(jwt_keys, sizes_of_rsa)
{
	static const struct {
		size_t		bytes;
		unsigned char	first;
		const char	*why;
	} cases[] = {
		{ 256, 0x80, "" }, { 257, 0x01, "" }, { 1024, 0xff, "" },
		{ 256, 0x7f, "no key can be used: key 1 (kid ''): n has 2047 "
		  "bits, 2048 to 8192 are expected" },
		{ 128, 0xff, "no key can be used: key 1 (kid ''): n has 1024 "
		  "bits, 2048 to 8192 are expected" },
		{ 1025, 0x01, "no key can be used: key 1 (kid ''): n has 8193 "
		  "bits, 2048 to 8192 are expected" },
		{ 256, 0x00, "no key can be used: key 1 (kid ''): n has 2040 "
		  "bits, 2048 to 8192 are expected" },
	};
	struct stile_error	 e;
	struct jwt_set		*set;
	unsigned char		 n[1100];
	char			 json[2000];
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		memset(n, 0xff, sizeof(n));
		n[0] = cases[i].first;
		snprintf(json, sizeof(json), KEYS("{\"kty\":\"RSA\","
		    "\"e\":\"AQAB\",\"n\":\"%s\"}"),
		    base64url(n, cases[i].bytes));
		e = (struct stile_error){ 0 };
		set = NULL;
		stile__jwt_set_new(&fake, ALL_ALGS, stile_str(json), &set, &e);
		EXPECT_STR(e.detail, cases[i].why, "%zu", i);
		stile__jwt_set_free(set);
	}
}

Test(jwt_keys, only_those_of_the_setting)
{
	static const struct {
		const char	*list, *keys;
	} cases[] = {
		{ "RS256 ES256 EdDSA", "RS256: ES256: EdDSA:" },
		{ "HS256", "HS256:" }, { "ES256", "ES256:" },
		{ " RS256  Ed25519 ", "RS256: EdDSA:" },
	};
	struct jwt_set		*set;
	char			 keys[300];
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		cr_expect_eq(stile__jwt_algorithms_wrong(cases[i].list).p,
		    NULL);
		cr_assert_eq(stile__jwt_set_new(&fake,
		    stile__jwt_algs(cases[i].list), STR(EXAMPLES), &set, NULL),
		    STILE_OK);
		describe(set, keys, sizeof(keys));
		EXPECT_STR(keys, cases[i].keys, "%s", cases[i].list);
		stile__jwt_set_free(set);
	}
	cr_expect(view_is(stile__jwt_algorithms_wrong("RS256 none HS256"),
	    "none"));
	cr_expect(view_is(stile__jwt_algorithms_wrong("rs256"), "rs256"));
	cr_expect_eq(stile__jwt_algs("none"), 0);
}

Test(jwt_keys, bounds)
{
	static char		 json[JWT_FILE_MAX];
	struct stile_error	 e = { 0 };
	struct jwt_set		*set;
	size_t			 i, len = 0;

	for (i = 0; i <= JWT_KEYS_MAX; i++)
		len += (size_t)snprintf(json + len, sizeof(json) - len, "%s{%s}",
		    i > 0 ? "," : "{\"keys\":[", ED_KEY);
	snprintf(json + len, sizeof(json) - len, "]}");
	cr_expect_eq(stile__jwt_set_new(&fake, ALL_ALGS, stile_str(json), &set,
	    &e), STILE_ETOOBIG);
	EXPECT_STR(e.detail, "more than 64 keys", "65");

	/* So deep that whoever recurses has no stack left. */
	memset(json, '[', 100000);
	json[100000] = '\0';
	e = (struct stile_error){ 0 };
	cr_expect_eq(stile__jwt_set_new(&fake, ALL_ALGS, stile_str(json), &set,
	    &e), STILE_ETOOBIG);
	EXPECT_STR(e.detail, "json: byte 9: nested too deep", "deep");
}

/* ---- libcrypto's own view of numbers ---------------------------------------------------- */

Test(jwt_keys, unsound)
{
	/* Not on the curve; an even modulus; an even exponent. */
	static const char *const	bad[] = {
		"{\"kty\":\"EC\",\"crv\":\"P-256\","
		"\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\","
		"\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a4\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\","
		"\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\","
		"\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}",
		"{\"kty\":\"EC\",\"crv\":\"P-256\","
		"\"x\":\"__________________________________________8\","
		"\"y\":\"__________________________________________8\"}",
		"{\"kty\":\"RSA\",\"n\":\"" RS_N "\",\"e\":\"AQAA\"}",
	};
	struct stile_error	 e;
	struct jwt_set		*set;
	char			 json[1000];
	size_t			 i;

	for (i = 0; i < NELEM(bad); i++) {
		snprintf(json, sizeof(json), KEYS("%s"), bad[i]);
		e = (struct stile_error){ 0 };
		cr_expect_eq(stile__jwt_set_new(the_module(), ALL_ALGS,
		    stile_str(json), &set, &e), STILE_ENOTFOUND, "%zu", i);
		EXPECT_STR(e.detail, "no key can be used: key 1 (kid ''): its "
		    "numbers are no key", "%zu", i);
	}
}

/* ---- no memory ------------------------------------------------------------------------------ */

static enum stile_err
make(void)
{
	struct jwt_set	*set;
	enum stile_err	 rc;

	rc = stile__jwt_set_new(&fake, ALL_ALGS, STR(KEYS(KEY_A("a", "") ","
	    "{" RS_KEY "},{\"kty\":\"oct\",\"k\":\"AA\"}")), &set, NULL);
	if (rc == STILE_OK) {
		rc = set->n == 2 && set->nleft == 1 ? rc : STILE_EINVAL;
		stile__jwt_set_free(set);
	}
	return rc;
}

Test(jwt_keys, no_memory)
{
	made = freed = 0;
	cr_expect_gt(torture(make), ALLOCATIONS(8));
	cr_expect_eq(made, freed, "%ld %ld", made, freed);
}
