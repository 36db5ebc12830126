/* SPDX-License-Identifier: ISC */
/* lib/guard/jwt.c, identity.c: whose a provider's token is, and what for. */
#include "jwt.h"

#include "stile/conf.h"
#include "stile/req.h"
#include "stile/res.h"
#include "stile/session.h"
#include "stile/user.h"

#define ISSUER	"https://id.example"
#define HEADER	"{\"alg\":\"EdDSA\",\"typ\":\"at+jwt\",\"kid\":\"a\"}"

/* The claims of a good one, without its end. */
#define CLAIMS(more)	"{\"iss\":\"" ISSUER "\",\"aud\":\"notes\","	\
			"\"exp\":253402300799" more "}"
#define ANN(scope)	CLAIMS(",\"sub\":\"ann\",\"scope\":\"" scope "\"")

static struct tmp	t;
static struct signer	provider;

static void
begin(void)
{
	char	json[400];

	the_module();
	tmp_make(&t);
	signer_make(&provider, 1, "a");
	snprintf(json, sizeof(json), KEYS("%s"), provider.jwk);
	write_file(tmp_path(&t, "", "keys"), json, strlen(json));
}

static void
end(void)
{
	tmp_remove(&t);
}

TestSuite(jwt_user, .init = begin, .fini = end, .timeout = 300);

/* ---- an application ---------------------------------------------------------------- */

static int
hello(struct stile_req *r)
{
	return stile_send_text(r, 200, "hello");
}

static int
who(struct stile_req *r)
{
	return stile_send_text(r, 200, stile_user(r) != NULL ?
	    stile_user(r)->name : "nobody");
}

static int
set_up(struct stile_req *r)
{
	int64_t	ann, ben;

	ann = stile_user_create(r, &(struct stile_user_new){ "ann",
	    "ann@example.org", NULL });
	ben = stile_user_create(r, &(struct stile_user_new){ "ben", NULL,
	    NULL });
	stile_user_grant(r, ann, "editor", true);
	stile_user_disable(r, ben, true);
	return stile_send_text(r, 200, stile_token_create(r, ann, "t",
	    "notes.read", 0));
}

static int
claims(struct stile_req *r)
{
	const struct stile_jwt	*jwt = stile_jwt(r, stile_body(r).p);

	return stile_send_object(r, 200, STILE_ARGS("valid", stile_bool(
	    jwt != NULL), "sub", stile_jwt_get(jwt, "sub"),
	    "n", stile_jwt_get(jwt, "n"), "list", stile_jwt_get(jwt, "list"),
	    "nothing", stile_jwt_get(jwt, "nothing"),
	    "user", stile_jwt_user(r, stile_body(r).p)));
}

static const struct stile_role	roles[] = {
	{ "editor", "notes.read notes.write" }, { 0 }
};

static const struct stile_route	routes[] = {
	{ "POST", "/set-up", set_up, .anyone = true },
	{ "GET", "/who", who, .anyone = true },
	{ "GET", "/any", hello, .need = STILE_ANY_USER },
	{ "GET", "/read", hello, .need = "notes.read" },
	{ "POST", "/write", hello, .need = "notes.write" },
	{ "POST", "/account", hello, .need = STILE_ACCOUNT },
	{ "POST", "/claims", claims, .anyone = true },
	{ 0 }
};

static const struct stile_app	app = {
	.name = "notes", .routes = routes, .roles = roles,
	.uses = STILE_USES(&stile_users),
};

static const char	*api_token;	/* of the client that was made last */

static struct stile_client *
client(const char *more, const char *even_more)
{
	static char		 token[200];
	char			 keys[150];
	struct stile_client	*c;

	snprintf(keys, sizeof(keys), "jwt_keys=%s", tmp_path(&t, "", "keys"));
	c = CLIENT(&app, "db=sqlite::memory:", keys, "jwt_issuer=" ISSUER,
	    "jwt_audience=notes", "password_memory=8192", "password_passes=1",
	    more != NULL ? more : "jwt_skew=60",
	    even_more != NULL ? even_more : "access_log=off",);
	snprintf(token, sizeof(token), "%s", body_of(send_to(c, "POST",
	    "/set-up")));
	api_token = token;
	return c;
}

static void
bring(struct stile_client *c, const char *text)
{
	static char	field[40000];

	snprintf(field, sizeof(field), "Bearer %s", text);
	stile_client_header(c, "Authorization", field);
}

static const struct stile_answer *
ask(struct stile_client *c, const char *text, const char *method,
    const char *target)
{
	bring(c, text);
	return send_to(c, method, target);
}

static const char *
token(const char *text)
{
	return signer_token(&provider, HEADER, text);
}

/* ---- who ------------------------------------------------------------------------------- */

static const struct {
	const char	*claims, *name;
} users[] = {
	{ ANN("notes.read"), "ann" },
	{ CLAIMS(",\"sub\":\"ANN\""), "ann" },
	{ CLAIMS(",\"sub\":\"ann@example.org\""), "ann" },
	{ CLAIMS(",\"sub\":\"carl\""), NULL },
	{ CLAIMS(",\"sub\":\"ben\""), NULL },	/* disabled */
	{ CLAIMS(",\"sub\":\"\""), NULL },
	{ CLAIMS(",\"sub\":\"ann\\u0000x\""), NULL },
	{ CLAIMS(",\"sub\":1"), NULL },
	{ CLAIMS(",\"sub\":[\"ann\"]"), NULL },
	{ CLAIMS(",\"sub\":null"), NULL },
	{ CLAIMS(""), NULL },
	{ CLAIMS(",\"sub\":\"ann\",\"scope\":7"), NULL },
	{ CLAIMS(",\"sub\":\"ann\",\"nbf\":253402300799"), NULL },
	{ "{\"iss\":\"" ISSUER "\",\"aud\":\"notes\",\"sub\":\"ann\","
	  "\"exp\":1000}", NULL },
	{ "{\"iss\":\"" ISSUER "\",\"aud\":\"other\",\"sub\":\"ann\","
	  "\"exp\":253402300799}", NULL },
	{ "{\"iss\":\"other\",\"aud\":\"notes\",\"sub\":\"ann\","
	  "\"exp\":253402300799}", NULL },
	{ "no JSON", NULL },
};

#define REFUSED	"{\"type\":\"about:blank\",\"title\":\"Unauthorized\","	\
		"\"status\":401,\"detail\":\"the token is not valid, or not "\
		"any more\",\"code\":\"invalid_token\"}"

/* Whatever is wrong, the answer is the same. */
Test(jwt_user, who)
{
	struct stile_client		*c = client(NULL, NULL);
	const struct stile_answer	*a;
	size_t				 i;

	for (i = 0; i < NELEM(users); i++) {
		a = ask(c, token(users[i].claims), "GET", "/who");
		if (users[i].name != NULL) {
			EXPECT_ANSWER(a, 200, users[i].name, "%s",
			    users[i].claims);
			continue;
		}
		EXPECT_ANSWER(a, 401, REFUSED, "%s", users[i].claims);
		EXPECT_STR(stile_answer_header(a, "WWW-Authenticate"),
		    "Bearer error=\"invalid_token\"", "%s", users[i].claims);
	}
	stile_client_free(c);
}

Test(jwt_user, not_a_token)
{
	static const char *const	bad[] = {
		"a.b.c", "..", ".", "a.b", "e30.e30.", HS_TOKEN, RS_TOKEN,
	};
	struct stile_client		*c = client(NULL, NULL);
	size_t				 i;

	for (i = 0; i < NELEM(bad); i++)
		EXPECT_ANSWER(ask(c, bad[i], "GET", "/any"), 401, REFUSED, "%s",
		    bad[i]);
	stile_client_free(c);
}

/* Who brings a bad one is nobody, not who the cookie says; and API tokens are
 * what they were. */
Test(jwt_user, beside_api_tokens)
{
	struct stile_client	*c = client(NULL, NULL);

	EXPECT_ANSWER(ask(c, api_token, "GET", "/who"), 200, "ann", "API");
	EXPECT_ANSWER(ask(c, api_token, "POST", "/write"), 403, NULL,
	    "its scope");
	EXPECT_ANSWER(ask(c, "stile_nothing", "GET", "/any"), 401, REFUSED,
	    "none of ours");
	EXPECT_ANSWER(ask(c, token(ANN("notes.read")), "GET", "/read"), 200,
	    "hello", "JWT");
	stile_client_free(c);
}

/* Another scheme is that of API tokens alone. */
Test(jwt_user, token_scheme)
{
	struct stile_client	*c = client("token_scheme=Token", NULL);
	char			 field[2000];

	EXPECT_ANSWER(ask(c, token(ANN("notes.read")), "GET", "/read"), 200,
	    "hello", "Bearer");
	EXPECT_ANSWER(ask(c, api_token, "GET", "/any"), 401, NULL,
	    "an API token in it");
	snprintf(field, sizeof(field), "Token %s", api_token);
	stile_client_header(c, "Authorization", field);
	EXPECT_ANSWER(send_to(c, "GET", "/read"), 200, "hello", "Token");
	snprintf(field, sizeof(field), "Token %s", token(ANN("notes.read")));
	stile_client_header(c, "Authorization", field);
	EXPECT_ANSWER(send_to(c, "GET", "/read"), 401, NULL, "a JWT in it");
	stile_client_free(c);
}

Test(jwt_user, off)
{
	struct stile_client	*c = CLIENT(&app, "db=sqlite::memory:",);

	send_to(c, "POST", "/set-up");
	EXPECT_ANSWER(ask(c, token(ANN("*")), "GET", "/any"), 401, REFUSED,
	    "without keys");
	EXPECT_ANSWER(stile_client_send(c, "POST", "/claims", "text/plain",
	    "a.b.c", 5), 200, "{\"valid\":false,\"user\":0}", "claims");
	stile_client_free(c);
}

/* ---- what for ------------------------------------------------------------------------------ */

static const struct {
	const char	*claims;
	int		read, write, account;
} scopes[] = {
	{ ANN("notes.read"), 200, 403, 403 },
	{ ANN("openid notes.write account"), 403, 200, 200 },
	{ ANN("notes.read notes.write"), 200, 200, 403 },
	{ ANN("*"), 200, 200, 200 },
	{ ANN(""), 403, 403, 403 },
	{ ANN("users.manage"), 403, 403, 403 },
	{ CLAIMS(",\"sub\":\"ann\""), 403, 403, 403 },
	{ CLAIMS(",\"sub\":\"ann\",\"scope\":[\"notes.read\"]"), 200, 403,
	  403 },
};

/* A change needs no more than the token: no other site can send it. */
Test(jwt_user, scopes)
{
	struct stile_client	*c = client(NULL, NULL);
	const char		*text;
	size_t			 i;

	stile_client_header(c, "Origin", "https://other.example");
	stile_client_header(c, "Sec-Fetch-Site", "cross-site");
	for (i = 0; i < NELEM(scopes); i++) {
		text = token(scopes[i].claims);
		EXPECT_ANSWER(ask(c, text, "GET", "/read"), scopes[i].read,
		    NULL, "%s: read", scopes[i].claims);
		EXPECT_ANSWER(ask(c, text, "POST", "/write"), scopes[i].write,
		    NULL, "%s: write", scopes[i].claims);
		EXPECT_ANSWER(ask(c, text, "POST", "/account"),
		    scopes[i].account, NULL, "%s: account", scopes[i].claims);
	}
	stile_client_free(c);
}

/* Another claim, or none: then it is for all that the user may. */
Test(jwt_user, scope_setting)
{
	struct stile_client	*c = client("jwt_scope=scp", NULL);

	EXPECT_ANSWER(ask(c, token(ANN("notes.read")), "GET", "/read"), 403,
	    NULL, "not in scp");
	EXPECT_ANSWER(ask(c, token(CLAIMS(",\"sub\":\"ann\","
	    "\"scp\":[\"notes.read\"]")), "GET", "/read"), 200, "hello",
	    "in scp");
	stile_client_free(c);
	c = client("jwt_scope=", NULL);
	EXPECT_ANSWER(ask(c, token(CLAIMS(",\"sub\":\"ann\"")), "POST",
	    "/write"), 200, "hello", "all");
	EXPECT_ANSWER(ask(c, token(CLAIMS(",\"sub\":\"ben\"")), "POST",
	    "/write"), 401, REFUSED, "disabled");
	stile_client_free(c);
}

Test(jwt_user, user_setting)
{
	static const struct {
		const char	*claims, *name;
	} cases[] = {
		{ CLAIMS(",\"email\":\"ann@example.org\","
		  "\"email_verified\":true"), "ann" },
		{ CLAIMS(",\"email\":\"ann@example.org\","
		  "\"email_verified\":false"), NULL },
		{ CLAIMS(",\"email\":\"ann@example.org\","
		  "\"email_verified\":\"true\""), NULL },
		{ CLAIMS(",\"email\":\"ann@example.org\""), NULL },
		{ ANN("*"), NULL },
	};
	struct stile_client	*c = client("jwt_user=email", NULL);
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_ANSWER(ask(c, token(cases[i].claims), "GET", "/who"),
		    cases[i].name != NULL ? 200 : 401, cases[i].name != NULL ?
		    cases[i].name : REFUSED, "%s", cases[i].claims);
	stile_client_free(c);
}

/* ---- claims ---------------------------------------------------------------------------------- */

Test(jwt_user, claims)
{
	struct stile_client	*c = client(NULL, NULL);
	const char		*text = token(CLAIMS(",\"sub\":\"ann\","
				    "\"n\":1.5,\"list\":[1,{\"a\":null}]"));

	EXPECT_ANSWER(stile_client_send(c, "POST", "/claims", "text/plain",
	    text, strlen(text)), 200, "{\"valid\":true,\"sub\":\"ann\","
	    "\"n\":1.5,\"list\":[1,{\"a\":null}],\"user\":1}",
	    "all of it");
	text = token(CLAIMS(",\"sub\":\"nobody we know\""));
	EXPECT_ANSWER(stile_client_send(c, "POST", "/claims", "text/plain",
	    text, strlen(text)), 200, "{\"valid\":true,\"sub\":\"nobody we "
	    "know\",\"user\":0}",
	    "valid, and nobody's");
	stile_client_free(c);
}

/* ---- settings --------------------------------------------------------------------------------- */

static void
expect_no_client(const char *name, const char *const *settings,
    const char *why)
{
	struct stile_error	 e = { 0 };
	struct stile_client	*c = stile_client_new(&app, settings, &e);

	cr_expect_eq(c, NULL, "%s", name);
	EXPECT_STR(e.detail, why, "%s", name);
	stile_client_free(c);
}

#define NO_CLIENT(name, why, ...)					\
	expect_no_client(name, (const char *const []){ __VA_ARGS__, NULL }, why)

Test(jwt_user, settings)
{
	char	keys[200], missing[200], want[300];

	snprintf(keys, sizeof(keys), "jwt_keys=%s", tmp_path(&t, "", "keys"));
	snprintf(missing, sizeof(missing), "jwt_keys=%s",
	    tmp_path(&t, "", "none"));
	snprintf(want, sizeof(want), "jwt_keys: %s: No such file or directory",
	    tmp_path(&t, "", "none"));
	NO_CLIENT("no issuer", "jwt_issuer is needed where jwt_keys is set: "
	    "the address of the provider, as its tokens have it in iss", keys,
	    "jwt_audience=notes");
	NO_CLIENT("no audience", "jwt_audience is needed where jwt_keys is "
	    "set: the name of this service, as tokens for it have it in aud",
	    keys, "jwt_issuer=" ISSUER);
	NO_CLIENT("no file", want, missing, "jwt_issuer=" ISSUER,
	    "jwt_audience=notes");
	NO_CLIENT("none", "client: jwt_algorithms: RS256, ES256, EdDSA or "
	    "HS256 is expected, not 'none'", keys, "jwt_algorithms=RS256 none");
	NO_CLIENT("skew", "client: jwt_skew: an integer from 0 to 600 is "
	    "expected, not '601'", keys, "jwt_skew=601");
}

/* ---- the log ------------------------------------------------------------------------------------ */

/* The client's log is standard error, which goes into a file here. */
Test(jwt_user, the_log_has_the_reason)
{
	static char		 text[4000];
	const char		*path = tmp_path(&t, "", "log"), *bad;
	struct stile_client	*c;
	int			 was = dup(2), fd;
	ssize_t			 n;

	fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	cr_assert_geq(dup2(fd, 2), 0);
	c = client("log_level=info", NULL);
	bad = token(CLAIMS(",\"sub\":\"carl\""));
	ask(c, bad, "GET", "/any");
	stile_client_free(c);
	dup2(was, 2);
	close(was);
	n = pread(fd, text, sizeof(text) - 1, 0);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	cr_expect(strstr(text, "a token is refused") != NULL &&
	    strstr(text, "no user has the name in its sub") != NULL, "%s",
	    text);
	cr_expect(strstr(strstr(text, "a token is refused") + 1,
	    "a token is refused") == NULL, "once: %s", text);
	cr_expect(strstr(text, "carl") == NULL, "%s", text);
	cr_expect(strstr(text, strrchr(bad, '.')) == NULL, "%s", text);
}

/* ---- no memory ------------------------------------------------------------------------------------- */

Test(jwt_user, no_memory)
{
	struct stile_client		*c = client(NULL, NULL);
	const struct stile_answer	*a;
	bool				 failed = true;
	long				 n;

	bring(c, token(ANN("notes.read notes.write")));
	for (n = 1; failed; n++) {
		cr_assert_lt(n, 10000);
		stile__fail_after = n;
		a = send_to(c, "POST", "/write");
		failed = stile__fail_after == 0;
		stile__fail_after = 0;
		cr_expect(is_honest(a, failed), "%ld: %d %s", n,
		    a != NULL ? stile_answer_status(a) : 0,
		    a != NULL ? body_of(a) : "");
	}
	cr_expect_gt(n, ALLOCATIONS(30), "%ld", n);
	stile_client_free(c);
}
