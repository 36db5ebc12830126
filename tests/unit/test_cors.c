/* SPDX-License-Identifier: ISC */
/* lib/app/cors.c: what pages of other origins may do and read. */
#include "answer.h"

#include "stile/cache.h"
#include "stile/cors.h"

#define A	"https://a.example"
#define B	"https://b.example:8443"

#define ACAO	"Access-Control-Allow-Origin"
#define ACAC	"Access-Control-Allow-Credentials"
#define ACAM	"Access-Control-Allow-Methods"
#define ACAH	"Access-Control-Allow-Headers"
#define ACEH	"Access-Control-Expose-Headers"
#define ACMA	"Access-Control-Max-Age"
#define ACRM	"Access-Control-Request-Method"
#define ACRH	"Access-Control-Request-Headers"

/* ---- applications of different minds ------------------------------------ */

static unsigned	before, handled;

static int
count_before(struct stile_req *r)
{
	(void)r;
	before++;
	return STILE_OK;
}

static int
home(struct stile_req *r)
{
	handled++;
	if (stile_query(r, "vary") != NULL)
		stile_vary(r, stile_query(r, "vary"));
	if (stile_query(r, "own") != NULL)
		stile_header_set(r, ACAO, "https://own.example");
	if (stile_query(r, "etag") != NULL)
		stile_etag(r, "1");
	return stile_send_text(r, 200, "Homepage");
}

static int
fail(struct stile_req *r)
{
	return stile_fail(r, (int)stile_path_int(r, "status"), "as asked");
}

static int
own_page(struct stile_req *r)
{
	return stile_send_html(r, 410, "<p>gone");
}

static const struct stile_hook hooks[] = {
	{ STILE_BEFORE, count_before },
	{ 0 }
};
static const struct stile_error_handler errors[] = {
	{ 410, .fn = own_page },
	{ 0 }
};
static const struct stile_route routes[] = {
	ROUTE("GET", "/", home),
	ROUTE("PUT", "/", home),
	ROUTE("GET", "/fail/{status:int}", fail),
	{ 0 }
};
static const struct stile_cors some = {
	.origins = A " " B, .methods = "PUT DELETE", .headers = "X-Token",
	.expose = "X-Count X-Page", .credentials = true, .max_age_secs = 600,
};
static const struct stile_app app = {
	.name = "cross", .routes = routes, .hooks = hooks, .errors = errors,
	.cors = &some,
};
static const struct stile_cors any = { .origins = "*", .headers = "*",
	.expose = "X-Count" };
static const struct stile_app open_app = {
	.name = "open", .routes = routes, .cors = &any,
};
static const struct stile_app closed_app = {
	.name = "closed", .routes = routes,
};

static const struct stile_answer *
from(struct stile_client *c, const char *origin, const char *method,
    const char *target)
{
	const struct stile_answer	*a;

	stile_client_header(c, "Origin", origin);
	a = send_to(c, method, target);
	stile_client_header(c, "Origin", NULL);
	return a;
}

/* NULL headers are not asked for. */
static const struct stile_answer *
preflight(struct stile_client *c, const char *origin, const char *method,
    const char *headers, const char *target)
{
	const struct stile_answer	*a;

	stile_client_header(c, ACRM, method);
	stile_client_header(c, ACRH, headers);
	a = from(c, origin, "OPTIONS", target);
	stile_client_header(c, ACRM, NULL);
	stile_client_header(c, ACRH, NULL);
	return a;
}

/* Each origin, and what it reads. */
Test(cors, origins)
{
	static const struct {
		const char	*origin;
		bool		 ok;
	} cases[] = {
		{ A, true }, { B, true },
		{ "https://b.example", false },
		{ "http://a.example", false },
		{ A ":443", false },
		{ A "/", false },
		{ "https://A.example", false },
		{ A ".evil.example", false },
		{ "https://evil.example", false },
		{ "https://xa.example", false },
		{ A " " B, false },
		{ "null", false }, { "*", false }, { "", false },
	};
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a;
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		a = from(c, cases[i].origin, "GET", "/");
		EXPECT_ANSWER(a, 200, "Homepage", "%s", cases[i].origin);
		EXPECT_HEADER(a, ACAO, cases[i].ok ? cases[i].origin : NULL,
		    "%s", cases[i].origin);
		EXPECT_HEADER(a, ACAC, cases[i].ok ? "true" : NULL, "%s",
		    cases[i].origin);
		EXPECT_HEADER(a, ACEH, cases[i].ok ? "X-Count, X-Page" : NULL,
		    "%s", cases[i].origin);
		EXPECT_HEADER(a, "Vary", "Origin", "%s", cases[i].origin);
		EXPECT_HEADER(a, ACAM, NULL, "%s", cases[i].origin);
		EXPECT_ANSWER(preflight(c, cases[i].origin, "PUT", NULL, "/"),
		    cases[i].ok ? 204 : 400, NULL, "preflight %s",
		    cases[i].origin);
	}
	/* For a cache, also without an Origin. */
	a = stile_client_get(c, "/");
	EXPECT_HEADER(a, ACAO, NULL, "no origin");
	EXPECT_HEADER(a, "Vary", "Origin", "no origin");
	a = from(c, A, "GET", "/?vary=Accept");
	EXPECT_HEADER(a, "Vary", "Accept, Origin", "vary");
	a = from(c, A, "GET", "/?vary=origin");
	EXPECT_HEADER(a, "Vary", "origin", "vary");
	EXPECT_HEADER(from(c, A, "GET", "/?own=1"), ACAO, A, "own");
	stile_client_free(c);

	c = CLIENT(&open_app);
	a = from(c, "https://any.example", "GET", "/");
	EXPECT_HEADER(a, ACAO, "*", "any");
	EXPECT_HEADER(a, ACAC, NULL, "any");
	EXPECT_HEADER(a, "Vary", NULL, "any");
	EXPECT_HEADER(stile_client_get(c, "/"), ACAO, NULL, "no origin");
	stile_client_free(c);

	c = CLIENT(&closed_app);
	a = from(c, A, "GET", "/");
	EXPECT_HEADER(a, ACAO, NULL, "none declared");
	EXPECT_HEADER(a, "Vary", NULL, "none declared");
	EXPECT_HEADER(preflight(c, A, "PUT", NULL, "/"), ACAO, NULL, "none");
	stile_client_free(c);
}

Test(cors, preflights)
{
	static const struct {
		const char	*method, *headers, *target;
		bool		 ok;
	} cases[] = {
		{ "PUT",	NULL,			"/",	true },
		{ "DELETE",	NULL,			"/",	true },
		{ "GET",	NULL,			"/",	true },
		{ "HEAD",	NULL,			"/",	true },
		{ "POST",	NULL,			"/",	true },
		{ "PATCH",	NULL,			"/",	false },
		{ "put",	NULL,			"/",	false },
		{ "*",		NULL,			"/",	false },
		{ "",		NULL,			"/",	false },
		{ "PUT,DELETE",	NULL,			"/",	false },
		{ "PUT",	"",			"/",	true },
		{ "PUT",	"X-Token",		"/",	true },
		{ "PUT",	"x-token",		"/",	true },
		{ "PUT",	"x-token,content-type",	"/",	true },
		{ "PUT",	" X-Token ,\tAccept ",	"/",	true },
		{ "PUT",	"accept-language, content-language", "/",
		    true },
		{ "PUT",	"X-Other",		"/",	false },
		{ "PUT",	"X-Token, X-Other",	"/",	false },
		{ "PUT",	"X-Token X-Token",	"/",	false },
		{ "PUT",	"Authorization",	"/",	false },
		{ "PUT",	"*",			"/",	false },
		/* What would be answered there is for the request itself. */
		{ "PUT",	NULL,			"/nowhere", true },
		{ "DELETE",	NULL,			"/fail/404", true },
	};
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a;
	size_t				 i;

	before = handled = 0;
	for (i = 0; i < NELEM(cases); i++) {
		a = preflight(c, A, cases[i].method, cases[i].headers,
		    cases[i].target);
		EXPECT_ANSWER(a, cases[i].ok ? 204 : 400, NULL, "%s %s",
		    cases[i].method, cases[i].headers);
		EXPECT_HEADER(a, ACAO, A, "%zu", i);
		EXPECT_HEADER(a, ACAC, "true", "%zu", i);
		EXPECT_HEADER(a, "Vary", "Origin", "%zu", i);
		EXPECT_HEADER(a, ACAM, cases[i].ok ?
		    "GET, HEAD, POST, PUT, DELETE" : NULL, "%zu", i);
		EXPECT_HEADER(a, ACAH, cases[i].ok ? "Accept, Accept-Language, "
		    "Content-Language, Content-Type, X-Token" : NULL, "%zu",
		    i);
		EXPECT_HEADER(a, ACMA, cases[i].ok ? "600" : NULL, "%zu", i);
		if (!cases[i].ok)
			EXPECT_HEADER(a, "Content-Type",
			    "application/problem+json", "%zu", i);
	}
	cr_expect_eq(before, 0, "no hook and no handler has seen it");
	cr_expect_eq(handled, 0);

	a = preflight(c, "https://evil.example", "PUT", NULL, "/");
	EXPECT_ANSWER(a, 400, NULL, "evil");
	EXPECT_HEADER(a, ACAO, NULL, "evil");
	EXPECT_HEADER(a, ACAM, NULL, "evil");

	/* An OPTIONS that is none: without Origin or without the method. */
	a = preflight(c, NULL, "PUT", NULL, "/");
	EXPECT_ANSWER(a, 204, "", "no origin");
	EXPECT_HEADER(a, "Allow", "GET, HEAD, PUT, OPTIONS", "no origin");
	EXPECT_HEADER(a, ACAM, NULL, "no origin");
	a = from(c, A, "OPTIONS", "/");
	EXPECT_HEADER(a, "Allow", "GET, HEAD, PUT, OPTIONS", "no method");
	EXPECT_HEADER(a, ACAO, A, "no method");
	EXPECT_ANSWER(from(c, A, "OPTIONS", "/nowhere"), 404, NULL, "404");
	stile_client_free(c);
}

/* With any header allowed, those that were asked for, if they are names. */
Test(cors, any_header)
{
	static const struct {
		const char	*asked, *want;		/* NULL: 400 */
	} cases[] = {
		{ "X-One", "X-One" },
		{ "X-One, x-two", "X-One, x-two" },
		{ "x-one,", "x-one," },
		{ "X-One X-Two", NULL },
		{ "X-One;", NULL },
		{ "a\001b", NULL },
		{ "a\x7F", NULL },
		{ "\xC3\xBC", NULL },
		{ "a\r\nX: y", NULL },
	};
	struct stile_client		*c = CLIENT(&open_app);
	const struct stile_answer	*a;
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		a = preflight(c, A, "POST", cases[i].asked, "/");
		EXPECT_ANSWER(a, cases[i].want != NULL ? 204 : 400, NULL,
		    "%zu", i);
		EXPECT_HEADER(a, ACAH, cases[i].want, "%zu", i);
		EXPECT_HEADER(a, ACAO, "*", "%zu", i);
		EXPECT_HEADER(a, ACMA, NULL, "%zu", i);
	}
	a = preflight(c, A, "POST", NULL, "/");
	EXPECT_HEADER(a, ACAH, "Accept, Accept-Language, Content-Language, "
	    "Content-Type", "none asked");
	stile_client_free(c);
}

/* Else a page could not read what went wrong. */
Test(cors, failures_have_the_headers_too)
{
	static const struct {
		const char	*method, *target, *host;
		int		 status;
	} cases[] = {
		{ "GET", "/fail/404", "localhost", 404 },
		{ "GET", "/fail/500", "localhost", 500 },
		{ "GET", "/fail/410", "localhost", 410 },
		{ "GET", "/nowhere", "localhost", 404 },
		{ "POST", "/", "localhost", 405 },
		{ "GET", "/%00", "localhost", 400 },
		{ "GET", "/", "evil.example", 400 },
		{ "GET", "/?etag=1", "localhost", 412 },
	};
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a;
	size_t				 i;

	stile_client_header(c, "If-Match", "\"2\"");
	for (i = 0; i < NELEM(cases); i++) {
		stile_client_header(c, "Host", cases[i].host);
		a = from(c, A, cases[i].method, cases[i].target);
		EXPECT_ANSWER(a, cases[i].status, NULL, "%s",
		    cases[i].target);
		EXPECT_HEADER(a, ACAO, A, "%zu", i);
		EXPECT_HEADER(a, ACAC, "true", "%zu", i);
		EXPECT_HEADER(a, "Vary", "Origin", "%zu", i);
		cr_expect_eq(count_headers(a, ACAO), 1);
	}
	stile_client_header(c, "If-Match", NULL);
	stile_client_header(c, "If-None-Match", "\"1\"");
	stile_client_header(c, "Host", NULL);
	a = from(c, A, "GET", "/?etag=1");
	EXPECT_ANSWER(a, 304, "", "304");
	EXPECT_HEADER(a, ACAO, A, "304");
	stile_client_free(c);
}

/* The innermost application that says anything decides. */
Test(cors, mounts)
{
	static const struct stile_mount	mounts[] = {
		{ "/some", &app }, { "/open", &open_app },
		{ "/closed", &closed_app }, { 0 }
	};
	static const struct stile_cors	outer = { .origins = B };
	static const struct stile_app	all = { .name = "all",
		.mounts = mounts, .cors = &outer, .routes = routes };
	static const struct {
		const char	*target, *a, *b;
	} cases[] = {
		{ "/", NULL, B }, { "/some/", A, B }, { "/open/", "*", "*" },
		{ "/closed/", NULL, B }, { "/nowhere", NULL, B },
		{ "/open/nowhere", "*", "*" },
	};
	struct stile_client	*c = CLIENT(&all);
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		EXPECT_HEADER(from(c, A, "GET", cases[i].target), ACAO,
		    cases[i].a, "%s", cases[i].target);
		EXPECT_HEADER(from(c, B, "GET", cases[i].target), ACAO,
		    cases[i].b, "%s", cases[i].target);
	}
	EXPECT_ANSWER(preflight(c, A, "DELETE", NULL, "/some/"), 204, NULL,
	    "inner");
	EXPECT_ANSWER(preflight(c, A, "DELETE", NULL, "/closed/"), 400, NULL,
	    "outer");
	stile_client_free(c);
}

Test(cors, wrong_declarations_are_refused)
{
	static const struct {
		struct stile_cors	 cors;
		const char		*detail;
	} cases[] = {
		{ { .origins = NULL }, "x: cors without origins" },
		{ { .origins = "" }, "x: cors without origins" },
		{ { .origins = "*", .credentials = true }, "x: cors: "
		    "credentials need origins and headers by name" },
		{ { .origins = A, .headers = "*", .credentials = true },
		    "x: cors: credentials need origins and headers by name" },
	};
	struct stile_app	 outer = { .name = "outer" };
	struct stile_app	 bad = { .name = "x" };
	struct stile_mount	 mounts[] = { { "/x", &bad }, { 0 } };
	const struct stile_app	*apps[] = { &bad, &outer };
	struct stile_client	*c;
	struct stile_error	 e;
	size_t			 i, k;

	outer.mounts = mounts;
	for (i = 0; i < NELEM(cases); i++)
		for (k = 0; k < NELEM(apps); k++) {
			bad.cors = &cases[i].cors;
			e = (struct stile_error){ 0 };
			c = stile_client_new(apps[k], NULL, &e);
			cr_expect(c == NULL, "%zu", i);
			cr_expect_eq(e.code, STILE_EINVAL);
			EXPECT_STR(e.detail, cases[i].detail, "%zu", i);
			stile_client_free(c);
		}
}

/* ---- what Starlette tests with ------------------------------------------ */

/*
 * Its settings per test: they are not all in the recording, and it knows
 * regular expressions, for which the origins that match stand here.
 */
static const struct {
	const char		*test;
	struct stile_cors	 cors;
} configs[] = {
	{ "test_cors_allow_all_except_credentials", { .origins = "*",
	    .headers = "*", .methods = "PUT PATCH DELETE OPTIONS",
	    .expose = "X-Status" } },
	{ "test_cors_allow_specific_origin", { .origins = "https://example.org",
	    .headers = "X-Example Content-Type" } },
	{ "test_cors_disallowed_preflight", { .origins = "https://example.org",
	    .headers = "X-Example" } },
	{ "test_cors_preflight_allow_all_methods", { .origins = "*",
	    .methods = "PUT PATCH DELETE OPTIONS" } },
	{ "test_cors_allow_all_methods", { .origins = "*",
	    .methods = "PUT PATCH DELETE OPTIONS" } },
	{ "test_cors_allow_origin_regex", { .origins = "https://example.org "
	    "https://another.com", .headers = "X-Example Content-Type",
	    .credentials = true } },
	{ "test_cors_allow_origin_regex_fullmatch", {
	    .origins = "https://subdomain.example.org",
	    .headers = "X-Example Content-Type" } },
	{ "test_cors_credentialed_requests_return_specific_origin", {
	    .origins = "*" } },
	{ "test_cors_vary_header_defaults_to_origin", {
	    .origins = "https://example.org" } },
	{ "test_cors_vary_header_is_not_set_for_non_credentialed_request", {
	    .origins = "*" } },
	{ "test_cors_vary_header_is_properly_set_for_credentialed_request", {
	    .origins = "*" } },
	{ "test_cors_vary_header_is_properly_set_when_allow_origins_is_not_"
	    "wildcard", { .origins = "https://example.org" } },
	{ "test_cors_allowed_origin_does_not_leak_between_credentialed_"
	    "requests", { .origins = "*", .headers = "*",
	    .methods = "PUT PATCH DELETE OPTIONS" } },
};

enum difference {
	REFUSED,	/* the settings, at start */
	COOKIE,
	VARY,
	CREDENTIALS
};

/* By number of the case. */
static const struct {
	size_t		 n;
	enum difference	 what;
	const char	*why;
} differences[] = {
	{ 0, REFUSED, "any origin with credentials would be every origin" },
	{ 1, REFUSED, "the same settings" },
	{ 2, REFUSED, "the same settings" },
	{ 3, REFUSED, "the same settings" },
	{ 12, REFUSED, "any origin with credentials, and a preflight" },
	{ 9, VARY, "a cache has to know it without an Origin too" },
	{ 29, CREDENTIALS, "an origin that is not allowed gets no header" },
	{ 31, CREDENTIALS, "the same in a preflight" },
	{ 34, COOKIE, "any origin is *: without credentials no browser shows "
	    "the page what was sent with a cookie" },
	{ 37, COOKIE, "the same" },
	{ 40, COOKIE, "the same" },
	{ 29, VARY, "an origin that is not allowed is one that differs" },
	{ 33, VARY, "the same" },
};

static bool
differs(size_t n, enum difference what)
{
	size_t	i;

	for (i = 0; i < NELEM(differences); i++)
		if (differences[i].n == n && differences[i].what == what)
			return true;
	return false;
}

static const struct stile_cors *
config_of(struct json_object *one)
{
	static const char	 file[] = "tests/middleware/test_cors.py::";
	const char		*test;
	size_t			 i, n;

	test = json_object_get_string(json_object_object_get(one, "test"));
	cr_assert(strncmp(test, file, strlen(file)) == 0, "%s", test);
	test += strlen(file);
	n = strcspn(test, "[");
	for (i = 0; i < NELEM(configs); i++)
		if (strlen(configs[i].test) == n &&
		    strncmp(configs[i].test, test, n) == 0)
			return &configs[i].cors;
	return NULL;
}

/* A header of a recorded message, or NULL. */
static const char *
recorded(struct json_object *message, const char *name)
{
	struct json_object	*all, *one;
	size_t			 i;

	all = json_object_object_get(message, "headers");
	for (i = 0; i < json_object_array_length(all); i++) {
		one = json_object_array_get_idx(all, i);
		if (strcasecmp(json_object_get_string(
		    json_object_array_get_idx(one, 0)), name) == 0)
			return json_object_get_string(
			    json_object_array_get_idx(one, 1));
	}
	return NULL;
}

static bool
list_has(const char *list, struct stile_str item)
{
	struct stile_str	rest = stile_str(list), word;

	while (stile_str_cut(&rest, ',', &word))
		if (stile_str_caseeq(stile_str_trim(word), item))
			return true;
	return false;
}

/* All that was asked for is in the list. */
static bool
list_covers(const char *list, const char *asked)
{
	struct stile_str	rest = stile_str(asked), word;

	while (stile_str_cut(&rest, ',', &word))
		if (!list_has(list, stile_str_trim(word)))
			return false;
	return true;
}

static const struct stile_answer *
replay(struct stile_client *c, struct json_object *request)
{
	static const char *const	 names[] = { "Origin", "Cookie", ACRM,
		ACRH };
	const struct stile_answer	*a;
	const char			*method;
	size_t				 i;

	for (i = 0; i < NELEM(names); i++)
		stile_client_header(c, names[i], recorded(request, names[i]));
	method = json_object_get_string(json_object_object_get(request,
	    "method"));
	a = send_to(c, method, "/");
	cr_assert(a != NULL);
	return a;
}

static int
vary_home(struct stile_req *r)
{
	stile_vary(r, "Accept-Encoding");
	return home(r);
}

static void
compare(size_t n, struct json_object *one, const struct stile_answer *a)
{
	struct json_object	*request, *response;
	const char		*want, *got;
	int			 status;

	request = json_object_object_get(one, "request");
	response = json_object_object_get(one, "response");
	status = json_object_get_int(json_object_object_get(response,
	    "status"));
	/* A preflight has nothing to say: 204 where it is 200 with "OK". */
	if (recorded(request, ACRM) != NULL && status == 200)
		status = 204;
	EXPECT_ANSWER(a, status, NULL, "%zu", n);
	EXPECT_HEADER(a, ACAO, differs(n, COOKIE) ? "*" :
	    recorded(response, ACAO), "%zu", n);
	EXPECT_HEADER(a, ACAC, differs(n, CREDENTIALS) ? NULL :
	    recorded(response, ACAC), "%zu", n);
	/* In a preflight it says nothing to anyone, and is there with us. */
	if (recorded(request, ACRM) == NULL)
		EXPECT_HEADER(a, ACEH, recorded(response, ACEH), "%zu", n);
	want = recorded(response, "Vary");
	if (differs(n, VARY))
		want = "Origin";
	else if (differs(n, COOKIE))
		want = want != NULL && strchr(want, ',') != NULL ?
		    "Accept-Encoding" : NULL;
	EXPECT_HEADER(a, "Vary", want, "%zu", n);
	if (status != 204)
		return;
	/* Lists may have more: what is always allowed is always in ours. */
	got = stile_answer_header(a, ACAM);
	cr_expect(got != NULL && list_covers(got, recorded(request, ACRM)) &&
	    list_covers(got, recorded(response, ACAM)), "%zu", n);
	got = stile_answer_header(a, ACAH);
	cr_expect(got != NULL && list_covers(got, recorded(request, ACRH)) &&
	    list_covers(got, recorded(response, ACAH)), "%zu", n);
	EXPECT_HEADER(a, ACMA, recorded(response, ACMA), "%zu", n);
}

Test(cors, vectors)
{
	static const struct stile_route	every[] = { ROUTE("*", "/", home),
		{ 0 } };
	static const struct stile_route	varying[] = { ROUTE("*", "/",
		vary_home), { 0 } };
	struct json_object		*file, *all, *one;
	const struct stile_cors		*config;
	struct stile_cors		 cors;
	struct stile_app		 star = { .name = "star" };
	struct stile_client		*c;
	size_t				 i, played = 0, refused = 0;
	const char			*vary;

	file = vectors("starlette_cors_http.json");
	all = json_object_object_get(json_object_object_get(file, "cases"),
	    "http");
	for (i = 0; i < json_object_array_length(all); i++) {
		one = json_object_array_get_idx(all, i);
		if ((config = config_of(one)) == NULL) {
			cors = (struct stile_cors){ .origins = "*",
			    .credentials = true };
			cr_expect(differs(i, REFUSED), "%zu: no settings", i);
		} else
			cors = *config;
		cors.max_age_secs = 600;
		vary = recorded(json_object_object_get(one, "response"),
		    "Vary");
		star.routes = vary != NULL && strncmp(vary, "Accept", 6) == 0 ?
		    varying : every;
		star.cors = &cors;
		c = stile_client_new(&star, NULL, NULL);
		cr_assert_eq(c == NULL, differs(i, REFUSED), "%zu", i);
		if (c == NULL) {
			refused++;
			continue;
		}
		compare(i, one, replay(c, json_object_object_get(one,
		    "request")));
		played++;
		stile_client_free(c);
	}
	cr_expect_eq(refused, 5);
	vectors_played("starlette_cors_http.json", "http", played + refused);
	json_object_put(file);
}

Test(cors, survives_every_allocation_failure)
{
	struct stile_client	*c = CLIENT(&app), *o = CLIENT(&open_app);

	stile_client_header(c, "Origin", A);
	torture_get(c, "/?vary=Accept");
	torture_get(c, "/fail/404");
	stile_client_header(o, "Origin", A);
	torture_get(o, "/");
	stile_client_free(c);
	stile_client_free(o);
}
