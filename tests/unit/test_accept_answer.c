/* SPDX-License-Identifier: ISC */
/* lib/http/accept.c: the choice, Vary, and 406 without one. */
#include "answer.h"

#include "stile/accept.h"
#include "stile/cache.h"

/* ---- an application that says what was chosen --------------------------- */

static const struct kind {
	const char		*path, *field;
	enum stile_accept_kind	 kind;
	struct stile_str	 offers[3];
} kinds[] = {
	{ "/type", "Accept", STILE_ACCEPT_TYPE,
	    { STILE_STR_INIT("text/html"), STILE_STR_INIT("text/csv"),
	    STILE_STR_INIT("application/json") } },
	{ "/language", "Accept-Language", STILE_ACCEPT_LANGUAGE,
	    { STILE_STR_INIT("en"), STILE_STR_INIT("de"),
	    STILE_STR_INIT("de-CH") } },
	{ "/charset", "Accept-Charset", STILE_ACCEPT_CHARSET,
	    { STILE_STR_INIT("utf-8"), STILE_STR_INIT("iso-8859-1"),
	    STILE_STR_INIT("koi8-r") } },
	{ "/encoding", "Accept-Encoding", STILE_ACCEPT_ENCODING,
	    { STILE_STR_INIT("br"), STILE_STR_INIT("gzip"),
	    STILE_STR_INIT("identity") } },
};

static int
choose(struct stile_req *r)
{
	const struct kind	*k = kinds;
	size_t			 i;

	while (strcmp(k->path, stile_req_path(r)) != 0)
		k++;
	i = stile_accept(r, k->kind, k->offers, 3);
	if (stile_failed(r) != STILE_OK)
		cr_expect_eq(i, 0, "harmless");
	return stile_send(r, 200, "text/plain", k->offers[i].p,
	    k->offers[i].len);
}

/* By two fields, after a Vary of the handler's own. */
static int
choose_both(struct stile_req *r)
{
	size_t	type, language;

	stile_vary(r, "Cookie");
	type = stile_accept(r, STILE_ACCEPT_TYPE, kinds[0].offers, 3);
	language = stile_accept(r, STILE_ACCEPT_LANGUAGE, kinds[1].offers, 3);
	return stile_send_object(r, 200, STILE_ARGS("type", type, "language",
	    language));
}

static int
fail_before(struct stile_req *r)
{
	stile_fail(r, 403, "not you");
	cr_expect_eq(stile_accept(r, STILE_ACCEPT_TYPE, kinds[0].offers, 3),
	    0);
	return stile_failed(r);
}

/* More than the log's detail can hold. */
static int
offer_many(struct stile_req *r)
{
	struct stile_str	offers[40];
	size_t			i;

	for (i = 0; i < NELEM(offers); i++)
		offers[i] = STR("application/vnd.example+json");
	stile_accept(r, STILE_ACCEPT_TYPE, offers, NELEM(offers));
	return stile_send_empty(r, 204);
}

static const struct stile_route	routes[] = {
	ROUTE("GET", "/type", choose),
	ROUTE("GET", "/language", choose),
	ROUTE("GET", "/charset", choose),
	ROUTE("GET", "/encoding", choose),
	ROUTE("GET", "/both", choose_both),
	ROUTE("GET", "/failed", fail_before),
	ROUTE("GET", "/many", offer_many),
	{ 0 }
};
static const struct stile_app	app = { .name = "demo", .routes = routes };

/* ---- tests -------------------------------------------------------------- */

Test(accept_answer, each_kind)
{
	static const struct {
		const char	*path, *field, *want;	/* NULL: 406 */
	} cases[] = {
		{ "/type", NULL, "text/html" },
		{ "/type", "*/*", "text/html" },
		{ "/type", "application/json, text/html;q=0.5",
		    "application/json" },
		{ "/type", "text/*;q=0.2, text/csv", "text/csv" },
		{ "/type", "text/html;q=0, text/*", "text/csv" },
		{ "/type", "image/png", NULL },
		{ "/type", "*/*;q=0", NULL },
		{ "/language", NULL, "en" },
		{ "/language", "de-CH, de;q=0.5", "de-CH" },
		{ "/language", "de-AT, en;q=0.5", "de" },
		{ "/language", "fr", NULL },
		{ "/charset", NULL, "utf-8" },
		{ "/charset", "KOI8-R, *;q=0.1", "koi8-r" },
		{ "/charset", "utf-16", NULL },
		{ "/encoding", NULL, "identity" },
		{ "/encoding", "gzip;q=0.9, br;q=0.1", "gzip" },
		{ "/encoding", "deflate", "identity" },
		{ "/encoding", "deflate, identity;q=0", NULL },
	};
	static const char *const	details[] = {
		"Accept: one of text/html, text/csv, application/json is "
		    "offered",
		"Accept-Language: one of en, de, de-CH is offered",
		"Accept-Charset: one of utf-8, iso-8859-1, koi8-r is offered",
		"Accept-Encoding: one of br, gzip, identity is offered",
	};
	struct stile_client		*c = CLIENT(&app,);
	const struct stile_answer	*a;
	size_t				 i, k;

	for (i = 0; i < NELEM(cases); i++) {
		for (k = 0; strcmp(kinds[k].path, cases[i].path) != 0; k++)
			;
		a = get_with(c, cases[i].path, kinds[k].field, cases[i].field);
		EXPECT_ANSWER(a, cases[i].want != NULL ? 200 : 406,
		    cases[i].want, "%zu", i);
		EXPECT_HEADER(a, "Vary", kinds[k].field, "%zu", i);
		EXPECT_STR(detail_of(a), cases[i].want == NULL ? details[k] :
		    NULL, "%zu", i);
	}
	stile_client_free(c);
}

Test(accept_answer, vary_has_all_that_was_looked_at)
{
	struct stile_client		*c = CLIENT(&app,);
	const struct stile_answer	*a;

	a = get_with(c, "/both", "Accept-Language", "de");
	EXPECT_ANSWER(a, 200, "{\"type\":0,\"language\":1}", "both");
	EXPECT_HEADER(a, "Vary", "Cookie, Accept, Accept-Language", "both");
	a = get_with(c, "/both", "Accept-Language", "fr");
	EXPECT_ANSWER(a, 406, NULL, "the second fails");
	EXPECT_HEADER(a, "Vary", "Cookie, Accept, Accept-Language", "failed");
	/* The first failure stands. */
	cr_assert_eq(stile_client_header(c, "Accept-Language", "fr"),
	    STILE_OK);
	a = get_with(c, "/both", "Accept", "image/png");
	EXPECT_ANSWER(a, 406, NULL, "both fail");
	EXPECT_HEADER(a, "Vary", "Cookie, Accept", "both failed");
	cr_expect(strstr(body_of(a), "Accept: one of") != NULL);
	stile_client_free(c);
}

Test(accept_answer, after_a_failure)
{
	struct stile_client		*c = CLIENT(&app,);
	const struct stile_answer	*a = stile_client_get(c, "/failed");

	EXPECT_ANSWER(a, 403, NULL, "the first stands");
	EXPECT_STR(detail_of(a), "not you", "detail");
	EXPECT_HEADER(a, "Vary", NULL, "nothing was looked at");
	stile_client_free(c);
}

Test(accept_answer, a_long_list_is_whole)
{
	struct stile_client		*c = CLIENT(&app,);
	const struct stile_answer	*a;
	const char			*s;
	size_t				 n = 0;

	a = get_with(c, "/many", "Accept", "text/html;q=0, text/plain");
	EXPECT_ANSWER(a, 406, NULL, "many");
	for (s = body_of(a); (s = strstr(s, "vnd.example")) != NULL; s++)
		n++;
	cr_expect_eq(n, 40);
	cr_expect(strstr(body_of(a), " is offered") != NULL);
	stile_client_free(c);
}

Test(accept_answer, survives_every_allocation_failure)
{
	struct stile_client	*c = CLIENT(&app,);

	torture_get(c, "/both");
	cr_assert_eq(stile_client_header(c, "Accept", "image/png"), STILE_OK);
	torture_get(c, "/type");
	torture_get(c, "/many");
	stile_client_free(c);
}
