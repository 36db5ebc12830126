/* SPDX-License-Identifier: ISC */
/*
 * lib/guard/jwt_token.c, jwt_openssl.c: the examples of RFC 7515 and RFC 8037,
 * and what becomes of them in other hands.
 */
#include "jwt.h"

static struct stile_arena	*arena;

static void
begin(void)
{
	arena = stile_arena_new(0);
}

static void
end(void)
{
	stile_arena_free(arena);
}

TestSuite(jwt, .init = begin, .fini = end, .timeout = 300);

/* Header and signature; what it claims is not looked at. */
static enum stile_err
verify(const struct jwt_set *set, const char *text, unsigned algs,
    struct stile_error *e)
{
	struct jwt_token	t;
	enum stile_err		rc;

	if ((rc = stile__jwt_read(arena, stile_str(text), algs, &t, e)) !=
	    STILE_OK)
		return rc;
	return stile__jwt_verify(set, &t, e);
}

#define EXPECT_VALID(set, text)	do {					\
	struct stile_error	e_ = { 0 };				\
									\
	cr_expect_eq(verify((set), (text), ALL_ALGS, &e_), STILE_OK,	\
	    "%s: %s", (text), e_.detail);				\
} while (0)

/* Refused with 401 and this reason. */
#define EXPECT_REFUSED(set, text, why)	do {				\
	struct stile_error	e_ = { 0 };				\
									\
	cr_expect(verify((set), (text), ALL_ALGS, &e_) < 0, "%s",	\
	    (text));							\
	EXPECT_STR(e_.detail, (why), "%.100s", (text));			\
	cr_expect_eq(e_.status, 401, "%s: %d", (text), e_.status);	\
} while (0)

#define WRONG	"its signature is wrong"

static const char *const	examples[] = {
	HS_TOKEN, RS_TOKEN, ES_TOKEN, ED_TOKEN,
};

/* Each with all keys, and with its own. */
Test(jwt, examples)
{
	static const char *const	own[] = {
		KEYS("{" HS_KEY "}"), KEYS("{" RS_KEY "}"),
		KEYS("{" ES_KEY "}"), KEYS("{" ED_KEY "}"),
	};
	struct jwt_set	*all = set_of(EXAMPLES), *one;
	size_t		 i;

	cr_assert_eq(all->n, 4);
	for (i = 0; i < NELEM(examples); i++) {
		EXPECT_VALID(all, examples[i]);
		one = set_of(own[i]);
		EXPECT_VALID(one, examples[i]);
		EXPECT_REFUSED(one, examples[(i + 1) % 4],
		    "no key for its alg has its kid ''");
		stile__jwt_set_free(one);
	}
	stile__jwt_set_free(all);
}

Test(jwt, payload)
{
	struct stile_error	 e = { 0 };
	struct jwt_token	 t;
	struct json_object	*j;

	cr_assert_eq(stile__jwt_read(arena, stile_str(RS_TOKEN), ALL_ALGS, &t,
	    &e), STILE_OK);
	cr_assert_eq(stile__jwt_payload(arena, &t, &j, &e), STILE_OK);
	EXPECT_STR(json_object_to_json_string_ext(j, JSON_C_TO_STRING_PLAIN),
	    "{\"iss\":\"joe\",\"exp\":1300819380,"
	    "\"http:\\/\\/example.com\\/is_root\":true}", "claims");
	cr_assert_eq(stile__jwt_read(arena, stile_str(ED_TOKEN), ALL_ALGS, &t,
	    &e), STILE_OK);
	cr_expect_eq(stile__jwt_payload(arena, &t, &j, &e), STILE_ESYNTAX);
	EXPECT_STR(e.detail, "its payload: json: byte 1: not a number",
	    "a sentence");
}

/* ---- changed ------------------------------------------------------------------------- */

Test(jwt, each_cut)
{
	struct jwt_set		*set = set_of(EXAMPLES);
	struct stile_error	 e;
	char			 text[1000];
	size_t			 i, n;

	for (i = 0; i < NELEM(examples); i++)
		for (n = 0; n < strlen(examples[i]); n++) {
			snprintf(text, sizeof(text), "%.*s", (int)n,
			    examples[i]);
			e = (struct stile_error){ 0 };
			cr_expect(verify(set, text, ALL_ALGS, &e) < 0 &&
			    e.status == 401, "%s: %s", text, e.detail);
		}
	stile__jwt_set_free(set);
}

/* Each byte, to each other one that a token may have, and to some. */
Test(jwt, each_byte)
{
	static const char	others[] = "AQgw-_.=+/ ~%";
	struct jwt_set		*set = set_of(EXAMPLES);
	struct stile_error	 e;
	char			 text[1000];
	size_t			 i, k, n;

	for (i = 0; i < NELEM(examples); i++)
		for (n = 0; n < strlen(examples[i]); n++)
			for (k = 0; k <= sizeof(others); k++) {
				snprintf(text, sizeof(text), "%s",
				    examples[i]);
				text[n] = k < sizeof(others) - 1 ? others[k] :
				    (char)(text[n] ^ (k == sizeof(others) ?
				    1 : 0x80));
				if (text[n] == examples[i][n])
					continue;
				e = (struct stile_error){ 0 };
				cr_expect(verify(set, text, ALL_ALGS, &e) < 0 &&
				    e.status == 401, "%s: %s", text, e.detail);
			}
	stile__jwt_set_free(set);
}

Test(jwt, parts)
{
	static const struct {
		const char	*text, *why;
	} cases[] = {
		{ "", "it does not have three parts" },
		{ "..", "its header: json: byte 1: a value is expected" },
		{ RS_HEAD "." PAYLOAD, "it does not have three parts" },
		{ RS_TOKEN ".", "it does not have three parts" },
		{ RS_TOKEN "." PAYLOAD "." PAYLOAD,	/* a JWE has five */
		  "it does not have three parts" },
		{ RS_HEAD "." PAYLOAD ".", WRONG },
		{ RS_HEAD ".." RS_SIG, WRONG },
		{ "." PAYLOAD "." RS_SIG,
		  "its header: json: byte 1: a value is expected" },
		{ RS_HEAD "=." PAYLOAD "." RS_SIG,
		  "its header is not base64url" },
		{ RS_TOKEN "=", "its signature is not base64url" },
		{ RS_TOKEN "\n", "its signature is not base64url" },
		{ " " RS_TOKEN, "its header is not base64url" },
		/* The bits that no byte has. */
		{ HS_HEAD "." PAYLOAD ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWF"
		  "OEjXl", "its signature is not base64url" },
		{ "W10." PAYLOAD "." RS_SIG, "its header is not an object" },
	};
	struct jwt_set	*set = set_of(EXAMPLES);
	size_t		 i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_REFUSED(set, cases[i].text, cases[i].why);
	stile__jwt_set_free(set);
}

Test(jwt, too_long)
{
	static char	text[JWT_TOKEN_MAX + 2];
	struct jwt_set	*set = set_of(EXAMPLES);

	memset(text, 'A', sizeof(text) - 1);
	EXPECT_REFUSED(set, text, "it has more than 8192 bytes");
	text[JWT_TOKEN_MAX] = '\0';
	EXPECT_REFUSED(set, text, "it does not have three parts");
	stile__jwt_set_free(set);
}

/* ---- headers --------------------------------------------------------------------------- */

static const struct {
	const char	*header, *why;		/* NULL: it is fine */
} headers[] = {
	{ "{\"alg\":\"EdDSA\"}", NULL },
	{ "{\"alg\":\"Ed25519\"}", NULL },
	{ "{\"alg\":\"EdDSA\",\"kid\":\"a\"}", NULL },
	{ "{\"alg\":\"EdDSA\",\"typ\":\"JWT\"}", NULL },
	{ "{\"alg\":\"EdDSA\",\"typ\":\"jwt\"}", NULL },
	{ "{\"alg\":\"EdDSA\",\"typ\":\"at+JWT\"}", NULL },
	{ "{\"alg\":\"EdDSA\",\"typ\":\"application/at+jwt\"}", NULL },
	{ "{\"alg\":\"EdDSA\",\"x\":[[[[[[1]]]]]]}", NULL },
	/* Keys that come along are not looked at. */
	{ "{\"alg\":\"EdDSA\",\"jwk\":{},\"jku\":\"http://evil\","
	  "\"x5u\":\"http://evil\",\"x5c\":[]}", NULL },

	{ "{\"alg\":\"none\"}",
	  "its alg 'none' is not one of jwt_algorithms" },
	{ "{\"alg\":\"None\"}",
	  "its alg 'None' is not one of jwt_algorithms" },
	{ "{\"alg\":\"NONE\"}",
	  "its alg 'NONE' is not one of jwt_algorithms" },
	{ "{\"alg\":\"nOnE\"}",
	  "its alg 'nOnE' is not one of jwt_algorithms" },
	{ "{\"alg\":\"none \"}",
	  "its alg 'none ' is not one of jwt_algorithms" },
	{ "{\"alg\":\"\"}", "its alg '' is not one of jwt_algorithms" },
	{ "{\"alg\":\"eddsa\"}",
	  "its alg 'eddsa' is not one of jwt_algorithms" },
	{ "{\"alg\":\"EdDSA\\u0000\"}",
	  "its alg 'EdDSA' is not one of jwt_algorithms" },
	{ "{\"alg\":\"ES512\"}",
	  "its alg 'ES512' is not one of jwt_algorithms" },
	{ "{\"alg\":\"RSA1_5\"}",
	  "its alg 'RSA1_5' is not one of jwt_algorithms" },
	{ "{\"alg\":null}", "its alg is missing, or not a text" },
	{ "{\"alg\":[\"EdDSA\"]}", "its alg is missing, or not a text" },
	{ "{\"alg\":1}", "its alg is missing, or not a text" },
	{ "{}", "its alg is missing, or not a text" },
	{ "{\"ALG\":\"EdDSA\"}", "its alg is missing, or not a text" },
	{ "{\"alg\":\"EdDSA\",\"crit\":[\"exp\"]}", "its header has crit" },
	{ "{\"alg\":\"EdDSA\",\"crit\":[]}", "its header has crit" },
	{ "{\"alg\":\"EdDSA\",\"crit\":null}", "its header has crit" },
	{ "{\"alg\":\"EdDSA\",\"b64\":true}", "its header has b64" },
	{ "{\"alg\":\"EdDSA\",\"b64\":false,\"crit\":[\"b64\"]}",
	  "its header has crit" },
	{ "{\"alg\":\"EdDSA\",\"typ\":\"id_token\"}",
	  "its typ is 'id_token', neither JWT nor at+jwt" },
	{ "{\"alg\":\"EdDSA\",\"typ\":\"JOSE+JSON\"}",
	  "its typ is 'JOSE+JSON', neither JWT nor at+jwt" },
	{ "{\"alg\":\"EdDSA\",\"typ\":\"logout+jwt\"}",
	  "its typ is 'logout+jwt', neither JWT nor at+jwt" },
	{ "{\"alg\":\"EdDSA\",\"typ\":null}", "its typ is not a text" },
	{ "{\"alg\":\"EdDSA\",\"kid\":1}", "its kid is not a text" },
	{ "{\"alg\":\"EdDSA\",\"kid\":\"b\"}",
	  "no key for its alg has its kid 'b'" },
	{ "{\"alg\":\"EdDSA\",\"kid\":\"a\\u0000\"}",
	  "no key for its alg has its kid 'a'" },
	{ "{\"alg\":\"EdDSA\",\"kid\":\"\"}",
	  "no key for its alg has its kid ''" },
	{ "{\"alg\":\"EdDSA\",\"alg\":\"EdDSA\"}",
	  "its header: json: an object has the same name twice" },
	{ "{\"alg\":\"none\",\"al\\u0067\":\"EdDSA\"}",
	  "its header: json: an object has the same name twice" },
	{ "{\"alg\":\"EdDSA\"} ", NULL },
	{ "{\"alg\":\"EdDSA\"}x",
	  "its header: json: byte 16: something after the value" },
	{ "{\"alg\":\"EdDSA\",\"x\":\"\xff\"}",
	  "its header: json: byte 21: not UTF-8" },
	{ "{\"alg\":\"EdDSA\",\"x\":[[[[[[[[1]]]]]]]]}",
	  "its header: json: byte 27: nested too deep" },
};

/* Each is signed by the key that is there. */
Test(jwt, headers)
{
	struct signer	 s;
	struct jwt_set	*set;
	const char	*text;
	char		 json[400];
	size_t		 i;

	signer_make(&s, 1, "a");
	snprintf(json, sizeof(json), KEYS("%s"), s.jwk);
	set = set_of(json);
	for (i = 0; i < NELEM(headers); i++) {
		text = signer_token(&s, headers[i].header, "{}");
		if (headers[i].why == NULL)
			EXPECT_VALID(set, text);
		else
			EXPECT_REFUSED(set, text, headers[i].why);
	}
	stile__jwt_set_free(set);
}

/* Only those that the setting names. */
Test(jwt, algorithms)
{
	struct jwt_set		*set = set_of(EXAMPLES);
	struct stile_error	 e;
	size_t			 i, k;
	static const enum jwt_alg algs[] = {
		JWT_HS256, JWT_RS256, JWT_ES256, JWT_EDDSA,
	};

	for (i = 0; i < NELEM(examples); i++)
		for (k = 0; k < NELEM(algs); k++) {
			e = (struct stile_error){ 0 };
			cr_expect_eq(verify(set, examples[i], 1u << algs[k],
			    &e) == STILE_OK, i == k, "%zu %zu: %s", i, k,
			    e.detail);
		}
	stile__jwt_set_free(set);
}

/* ---- signatures ---------------------------------------------------------------------------- */

/* Signed by HMAC with what everybody knows of another key. */
static const char *
confused(const char *key)
{
	static char	text[1000];
	const char	*head = base64url("{\"alg\":\"HS256\"}", 15);
	crypto_auth_hmacsha256_state state;
	unsigned char	mac[crypto_auth_hmacsha256_BYTES];
	int		n;

	n = snprintf(text, sizeof(text), "%s." PAYLOAD, head);
	crypto_auth_hmacsha256_init(&state, (const unsigned char *)key,
	    strlen(key));
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)text,
	    (size_t)n);
	crypto_auth_hmacsha256_final(&state, mac);
	snprintf(text + n, sizeof(text) - (size_t)n, ".%s",
	    base64url(mac, sizeof(mac)));
	return text;
}

Test(jwt, alg_confusion)
{
	static const char *const	known[] = {
		RS_N, "{" RS_KEY "}", KEYS("{" RS_KEY "}"), "",
	};
	char		 n[400];
	size_t		 len, i;
	struct jwt_set	*rsa = set_of(KEYS("{" RS_KEY "}"));
	struct jwt_set	*all = set_of(EXAMPLES);

	for (i = 0; i < NELEM(known); i++) {
		EXPECT_REFUSED(rsa, confused(known[i]),
		    "no key for its alg has its kid ''");
		EXPECT_REFUSED(all, confused(known[i]), WRONG);
	}
	/* The modulus as it is; one with a NUL in it would be cut. */
	cr_assert_eq(sodium_base642bin((unsigned char *)n, sizeof(n), RS_N,
	    strlen(RS_N), NULL, &len, NULL,
	    sodium_base64_VARIANT_URLSAFE_NO_PADDING), 0);
	n[len] = '\0';
	EXPECT_REFUSED(all, confused(n), WRONG);
	stile__jwt_set_free(rsa);
	stile__jwt_set_free(all);
}

static void
expect_es(const struct jwt_set *set, const unsigned char *sig, size_t n,
    const char *name)
{
	struct stile_error	e = { 0 };
	char			text[1000];

	snprintf(text, sizeof(text), ES_HEAD "." PAYLOAD ".%s",
	    base64url(sig, n));
	cr_expect_eq(verify(set, text, ALL_ALGS, &e), STILE_ESYNTAX, "%s",
	    name);
	EXPECT_STR(e.detail, WRONG, "%s", name);
}

/* The order of P-256. */
static const unsigned char	order[32] = {
	0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
	0xff, 0xff, 0xff, 0xff, 0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17,
	0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};

Test(jwt, es256_signatures)
{
	struct jwt_set	*set = set_of(EXAMPLES);
	unsigned char	 sig[80], bad[80] = { 0 };
	size_t		 n;

	cr_assert_eq(sodium_base642bin(sig, sizeof(sig), ES_SIG, strlen(ES_SIG),
	    NULL, &n, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING), 0);
	cr_assert_eq(n, 64);
	expect_es(set, bad, 64, "r = s = 0");
	memcpy(bad, sig, 32);
	expect_es(set, bad, 64, "s = 0");
	memcpy(bad + 32, sig + 32, 32);
	memset(bad, 0, 32);
	expect_es(set, bad, 64, "r = 0");
	memcpy(bad, order, 32);
	memcpy(bad + 32, order, 32);
	expect_es(set, bad, 64, "r = s = n");
	memcpy(bad, sig, 32);
	expect_es(set, bad, 64, "s = n");
	memset(bad, 0xff, 64);
	expect_es(set, bad, 64, "r and s beyond n");
	expect_es(set, sig, 63, "cut");
	memcpy(bad, sig, 64);
	bad[64] = 0;
	expect_es(set, bad, 65, "longer");
	expect_es(set, sig, 32, "r alone");
	/* DER: SEQUENCE of two INTEGERs, of which the second is negative. */
	memcpy(bad, "\x30\x45\x02\x20", 4);
	memcpy(bad + 4, sig, 32);
	memcpy(bad + 36, "\x02\x21", 3);
	memcpy(bad + 39, sig + 32, 32);
	expect_es(set, bad, 71, "DER");
	stile__jwt_set_free(set);
}

/* The same signature with the order of the group added to its second half. */
Test(jwt, ed25519_is_not_malleable)
{
	static const unsigned char	l[32] = {
		0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c,
		0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10,
	};
	struct jwt_set	*set = set_of(EXAMPLES);
	unsigned char	 sig[64];
	char		 text[300];
	unsigned	 carry = 0;
	size_t		 n, i;

	cr_assert_eq(sodium_base642bin(sig, sizeof(sig), ED_SIG, strlen(ED_SIG),
	    NULL, &n, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING), 0);
	for (i = 0; i < 32; i++) {
		carry += (unsigned)sig[32 + i] + l[i];
		sig[32 + i] = (unsigned char)carry;
		carry >>= 8;
	}
	snprintf(text, sizeof(text), ED_HEAD "." ED_PAYLOAD ".%s",
	    base64url(sig, 64));
	EXPECT_REFUSED(set, text, WRONG);
	stile__jwt_set_free(set);
}

/* ---- which key ------------------------------------------------------------------------------ */

/* Keys 1 to n, each with the id that of() says. */
static struct jwt_set *
many(size_t n, const char *kid)
{
	static char	json[JWT_KEYS_MAX * 200 + 100];
	struct signer	s;
	size_t		i, len = 0;

	for (i = 1; i <= n; i++) {
		signer_make(&s, (unsigned char)i, kid);
		len += (size_t)snprintf(json + len, sizeof(json) - len, "%s%s",
		    i > 1 ? "," : "{\"keys\":[", s.jwk);
	}
	snprintf(json + len, sizeof(json) - len, "]}");
	return set_of(json);
}

static void
expect_nth(const struct jwt_set *set, unsigned char number, const char *header,
    bool valid)
{
	struct stile_error	e = { 0 };
	struct signer		s;

	signer_make(&s, number, NULL);
	cr_expect_eq(verify(set, signer_token(&s, header, "{}"), ALL_ALGS, &e),
	    valid ? STILE_OK : STILE_ESYNTAX, "%u %s: %s", number, header,
	    e.detail);
}

Test(jwt, tries_are_bounded)
{
	struct jwt_set	*none = many(JWT_TRIES + 2, NULL);
	struct jwt_set	*same = many(JWT_TRIES + 2, "a");
	unsigned char	 i;

	for (i = 1; i <= JWT_TRIES + 2; i++) {
		expect_nth(none, i, "{\"alg\":\"EdDSA\"}", i <= JWT_TRIES);
		/* A key without an id may have any. */
		expect_nth(none, i, "{\"alg\":\"EdDSA\",\"kid\":\"a\"}",
		    i <= JWT_TRIES);
		/* An id that is there twice. */
		expect_nth(same, i, "{\"alg\":\"EdDSA\",\"kid\":\"a\"}",
		    i <= JWT_TRIES);
		expect_nth(same, i, "{\"alg\":\"EdDSA\",\"kid\":\"b\"}",
		    false);
	}
	stile__jwt_set_free(none);
	stile__jwt_set_free(same);
}

/* By its id the last of many is found. */
Test(jwt, kid)
{
	static char	json[JWT_KEYS_MAX * 200 + 100];
	char		id[8], header[60];
	struct signer	s;
	struct jwt_set	*set;
	size_t		i, len = 0;

	for (i = 1; i <= JWT_KEYS_MAX; i++) {
		snprintf(id, sizeof(id), "k%zu", i);
		signer_make(&s, (unsigned char)i, id);
		len += (size_t)snprintf(json + len, sizeof(json) - len, "%s%s",
		    i > 1 ? "," : "{\"keys\":[", s.jwk);
	}
	snprintf(json + len, sizeof(json) - len, "]}");
	set = set_of(json);
	for (i = 1; i <= JWT_KEYS_MAX; i++) {
		snprintf(header, sizeof(header),
		    "{\"alg\":\"EdDSA\",\"kid\":\"k%zu\"}", i);
		expect_nth(set, (unsigned char)i, header, true);
		expect_nth(set, (unsigned char)(i % JWT_KEYS_MAX + 1), header,
		    false);
	}
	stile__jwt_set_free(set);
}

/* ---- no memory ---------------------------------------------------------------------------------- */

static struct jwt_set	*tortured;

static enum stile_err
read_and_verify(void)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_error	 e = { 0 };
	struct json_object	*j;
	struct jwt_token	 t;
	enum stile_err		 rc;

	if (a == NULL)
		return STILE_ENOMEM;
	if ((rc = stile__jwt_read(a, stile_str(RS_TOKEN), ALL_ALGS, &t, &e)) ==
	    STILE_OK && (rc = stile__jwt_verify(tortured, &t, &e)) == STILE_OK)
		rc = stile__jwt_payload(a, &t, &j, &e);
	stile_arena_free(a);
	return rc;
}

Test(jwt, no_memory)
{
	tortured = set_of(EXAMPLES);
	cr_expect_gt(torture(read_and_verify), ALLOCATIONS(4));
	stile__jwt_set_free(tortured);
}
