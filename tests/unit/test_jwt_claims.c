/* SPDX-License-Identifier: ISC */
/* lib/guard/jwt_claims.c: for whom and for when a token is, by a given clock. */
#include "unit.h"

#include "stile/json.h"
#include "guard/jwt.h"

#define NOW	1000000		/* seconds; the skew is 60 */
#define US	"\"iss\":\"https://id.example\",\"aud\":\"notes\""
#define LASTS	"\"exp\":1000100"

static const struct jwt_rules	rules = {
	.issuer = "https://id.example", .audience = "notes", .skew = 60,
};

static struct json_object *
parse(const char *text)
{
	struct stile_error	 e = { 0 };
	struct json_object	*j = NULL;

	cr_assert_eq(stile_json_parse(stile_str(text), 0, &j, &e), STILE_OK,
	    "%s: %s", text, e.detail);
	return j;
}

#define ISS	"its iss is not jwt_issuer"
#define AUD	"jwt_audience is not in its aud"
#define EXP	"its exp is not a time in seconds"
#define NBF	"its nbf is not a time in seconds"
#define OVER	"it is over (exp)"
#define EARLY	"its time has not come (nbf)"
#define FUTURE	"it was made in the future (iat)"

static const struct {
	const char	*claims, *why;		/* NULL: it is valid */
} cases[] = {
	{ "{" US "," LASTS "}", NULL },
	{ "{" US "," LASTS ",\"sub\":1,\"x\":{\"y\":[]}}", NULL },
	{ "{}", ISS },

	/* exp */
	{ "{" US "}", "it has no exp" },
	{ "{" US ",\"exp\":1000000}", NULL },
	{ "{" US ",\"exp\":999941}", NULL },
	{ "{" US ",\"exp\":999940}", OVER },
	{ "{" US ",\"exp\":999940.001}", NULL },
	{ "{" US ",\"exp\":999939.999}", OVER },
	{ "{" US ",\"exp\":1e6}", NULL },
	{ "{" US ",\"exp\":0}", OVER },
	{ "{" US ",\"exp\":-1}", EXP },
	{ "{" US ",\"exp\":-0.5}", EXP },
	{ "{" US ",\"exp\":-9223372036854775808}", EXP },
	{ "{" US ",\"exp\":253402300799}", NULL },
	{ "{" US ",\"exp\":253402300800}", EXP },
	{ "{" US ",\"exp\":1700000000000}", EXP },	/* milliseconds */
	{ "{" US ",\"exp\":9223372036854775807}", EXP },
	{ "{" US ",\"exp\":1e300}", EXP },
	{ "{" US ",\"exp\":\"1000100\"}", EXP },
	{ "{" US ",\"exp\":null}", EXP },
	{ "{" US ",\"exp\":true}", EXP },
	{ "{" US ",\"exp\":[1000100]}", EXP },
	{ "{" US ",\"exp\":{}}", EXP },
	{ "{" US ",\"EXP\":1000100}", "it has no exp" },

	/* nbf, iat */
	{ "{" US "," LASTS ",\"nbf\":999999}", NULL },
	{ "{" US "," LASTS ",\"nbf\":1000060}", NULL },
	{ "{" US "," LASTS ",\"nbf\":1000060.001}", EARLY },
	{ "{" US "," LASTS ",\"nbf\":1000061}", EARLY },
	{ "{" US "," LASTS ",\"nbf\":0}", NULL },
	{ "{" US "," LASTS ",\"nbf\":-1}", NBF },
	{ "{" US "," LASTS ",\"nbf\":1e300}", NBF },
	{ "{" US "," LASTS ",\"nbf\":\"0\"}", NBF },
	{ "{" US "," LASTS ",\"nbf\":null}", NBF },
	{ "{" US "," LASTS ",\"iat\":1000060}", NULL },
	{ "{" US "," LASTS ",\"iat\":1000061}", FUTURE },
	{ "{" US "," LASTS ",\"iat\":\"x\"}",
	  "its iat is not a time in seconds" },

	/* iss */
	{ "{\"aud\":\"notes\"," LASTS "}", ISS },
	{ "{\"iss\":\"https://id.example/\",\"aud\":\"notes\"," LASTS "}",
	  ISS },
	{ "{\"iss\":\"https://ID.example\",\"aud\":\"notes\"," LASTS "}",
	  ISS },
	{ "{\"iss\":\"https://id.example\\u0000\",\"aud\":\"notes\"," LASTS
	  "}", ISS },
	{ "{\"iss\":[\"https://id.example\"],\"aud\":\"notes\"," LASTS "}",
	  ISS },
	{ "{\"iss\":\"\",\"aud\":\"notes\"," LASTS "}", ISS },
	{ "{\"iss\":null,\"aud\":\"notes\"," LASTS "}", ISS },

	/* aud */
#define AUDIENCE(aud)	"{\"iss\":\"https://id.example\",\"aud\":" aud "," \
			LASTS "}"
	{ AUDIENCE("[\"notes\"]"), NULL },
	{ AUDIENCE("[\"other\",\"notes\"]"), NULL },
	{ AUDIENCE("[\"notes\",\"notes\"]"), NULL },
	{ AUDIENCE("[]"), AUD },
	{ AUDIENCE("[\"other\"]"), AUD },
	{ AUDIENCE("[\"notes\",1]"), AUD },
	{ AUDIENCE("[1,\"notes\"]"), AUD },
	{ AUDIENCE("[[\"notes\"]]"), AUD },
	{ AUDIENCE("{\"notes\":1}"), AUD },
	{ AUDIENCE("\"other\""), AUD },
	{ AUDIENCE("\"notes other\""), AUD },
	{ AUDIENCE("\"Notes\""), AUD },
	{ AUDIENCE("\"notes\\u0000\""), AUD },
	{ AUDIENCE("\"\""), AUD },
	{ AUDIENCE("null"), AUD },
	{ "{\"iss\":\"https://id.example\"," LASTS "}", AUD },
};

Test(jwt_claims, each)
{
	struct stile_error	 e;
	struct json_object	*j;
	enum stile_err		 rc;
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		e = (struct stile_error){ 0 };
		j = parse(cases[i].claims);
		rc = stile__jwt_claims(j, &rules, NOW * 1000, &e);
		cr_expect_eq(rc == STILE_OK, cases[i].why == NULL, "%s: %s",
		    cases[i].claims, e.detail);
		EXPECT_STR(e.detail, cases[i].why != NULL ? cases[i].why : "",
		    "%s", cases[i].claims);
		cr_expect_eq(e.status, rc == STILE_OK ? 0 : 401);
		json_object_put(j);
	}
}

/* To the millisecond, and without a skew. */
Test(jwt_claims, clock)
{
	static const struct {
		int64_t		now_ms, skew;
		bool		valid;
	} times[] = {
		{ 999999999, 0, true }, { 1000000000, 0, false },
		{ 1000000999, 1, true }, { 1000001000, 1, false },
		{ 900000000, 0, true }, { 899999999, 0, false },
		{ 899999000, 1, true }, { 899998999, 1, false },
		{ 0, 0, false }, { -1000, 600, false },
		{ INT64_MAX, 600, false }, { INT64_MIN, 600, false },
	};
	struct json_object	*j = parse("{" US ",\"exp\":1000000,"
				    "\"nbf\":900000}");
	struct jwt_rules	 r = rules;
	size_t			 i;

	for (i = 0; i < NELEM(times); i++) {
		r.skew = times[i].skew;
		cr_expect_eq(stile__jwt_claims(j, &r, times[i].now_ms, NULL) ==
		    STILE_OK, times[i].valid, "%zu", i);
	}
	json_object_put(j);
}

/* ---- scopes ----------------------------------------------------------------------------- */

static const struct {
	const char	*claims, *scopes;	/* NULL: malformed */
} scopes[] = {
	{ "{}", "" },
	{ "{\"scope\":\"\"}", "" },
	{ "{\"scope\":\"notes.read\"}", "notes.read" },
	{ "{\"scope\":\"openid notes.read\"}", "openid notes.read" },
	{ "{\"scope\":[]}", "" },
	{ "{\"scope\":[\"notes.read\"]}", "notes.read" },
	{ "{\"scope\":[\"notes.read\",\"notes.write\"]}",
	  "notes.read notes.write" },
	{ "{\"scope\":[\"notes.read notes.write\"]}", NULL },
	{ "{\"scope\":[\"\"]}", NULL },
	{ "{\"scope\":[\"a\",1]}", NULL },
	{ "{\"scope\":[\"a\\u0000b\"]}", NULL },
	{ "{\"scope\":\"a\\u0000b\"}", NULL },
	{ "{\"scope\":\"a\\tb\"}", NULL },
	{ "{\"scope\":null}", NULL },
	{ "{\"scope\":true}", NULL },
	{ "{\"scope\":1}", NULL },
	{ "{\"scope\":{\"notes.read\":true}}", NULL },
};

Test(jwt_claims, scopes)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_error	 e;
	struct json_object	*j;
	const char		*s;
	size_t			 i;

	for (i = 0; i < NELEM(scopes); i++) {
		e = (struct stile_error){ 0 };
		s = NULL;
		j = parse(scopes[i].claims);
		cr_expect_eq(stile__jwt_scopes(a, j, "scope", &s, &e),
		    scopes[i].scopes != NULL ? STILE_OK : STILE_ESYNTAX, "%s",
		    scopes[i].claims);
		if (scopes[i].scopes != NULL)
			EXPECT_STR(s, scopes[i].scopes, "%s",
			    scopes[i].claims);
		else
			EXPECT_STR(e.detail, "its scope is not a text or a "
			    "list of words", "%s", scopes[i].claims);
		json_object_put(j);
	}
	stile_arena_free(a);
}

static struct json_object	*listed;

static enum stile_err
join(void)
{
	struct stile_arena	*a = stile_arena_new(0);
	const char		*s = NULL, *t = NULL;
	enum stile_err		 rc;

	if (a == NULL)
		return STILE_ENOMEM;
	if ((rc = stile__jwt_scopes(a, listed, "l", &s, NULL)) == STILE_OK &&
	    (rc = stile__jwt_scopes(a, listed, "t", &t, NULL)) == STILE_OK &&
	    (strcmp(s, "a b") != 0 || strcmp(t, "a b") != 0))
		rc = STILE_EINVAL;
	stile_arena_free(a);
	return rc;
}

Test(jwt_claims, no_memory)
{
	listed = parse("{\"l\":[\"a\",\"b\"],\"t\":\"a b\"}");
	cr_expect_gt(torture(join), ALLOCATIONS(3));
	json_object_put(listed);
}
