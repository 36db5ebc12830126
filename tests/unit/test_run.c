/* SPDX-License-Identifier: ISC */
/* lib/app/run.c: hooks, error handlers, failures, one request after another. */
#include "app.h"

#include "stile/table.h"
#include "app/site.h"
#include "gate/gate.h"

/* ---- a trace of what was called ---------------------------------------- */

static char	trace[1000];

static void
note(const char *word)
{
	size_t	n = strlen(trace);

	snprintf(trace + n, sizeof(trace) - n, "%s%s", n > 0 ? " " : "", word);
}

#define NOTE(fn, word)							\
static int								\
fn(struct stile_req *r)							\
{									\
	(void)r;							\
	note(word);							\
	return STILE_OK;						\
}

NOTE(site_before, "site>")
NOTE(site_after, "<site")
NOTE(site_done, "site.")
NOTE(blog_before, "blog>")
NOTE(blog_before2, "blog2>")
NOTE(blog_after, "<blog")
NOTE(blog_after2, "<blog2")
NOTE(blog_done, "blog.")
NOTE(route_before, "route>")
NOTE(route_after, "<route")
NOTE(route_done, "route.")

static int
handler(struct stile_req *r)
{
	note("handler");
	return stile_send_text(r, 200, "handled");
}

/* What a test wants one of the functions to do; "" is nothing. */
static const char	*at, *what;

/* One of many ways in which a function of an application can behave. */
static int
behave(struct stile_req *r, const char *here)
{
	if (at == NULL || strcmp(at, here) != 0)
		return STILE_OK;
	if (strcmp(what, "answer") == 0)
		return stile_send_text(r, 200, here);
	if (strcmp(what, "fail") == 0)
		return stile_fail(r, 403, "refused by %s", here);
	if (strcmp(what, "negative") == 0)
		return STILE_ESYNTAX;
	if (strcmp(what, "positive") == 0)
		return 7;
	if (strcmp(what, "forget") == 0) {
		stile_fail(r, 403, "refused by %s", here);
		return STILE_OK;
	}
	if (strcmp(what, "answer and fail") == 0) {
		stile_send_text(r, 200, "too early");
		return stile_fail(r, 403, "refused by %s", here);
	}
	cr_assert(false, "%s is not known", what);
	return STILE_OK;
}

#define BEHAVE(fn, word)						\
static int								\
fn(struct stile_req *r)							\
{									\
	note(word);							\
	return behave(r, word);						\
}

BEHAVE(can_before, "can>")
BEHAVE(can_after, "<can")
BEHAVE(can_done, "can.")
BEHAVE(can_before2, "can2>")
BEHAVE(can_after2, "<can2")
BEHAVE(can_done2, "can2.")

static const struct stile_hook	site_hooks[] = {
	{ STILE_DONE, site_done }, { STILE_BEFORE, site_before },
	{ STILE_AFTER, site_after }, { 0 }
};
static const struct stile_hook	blog_hooks[] = {
	{ STILE_BEFORE, blog_before }, { STILE_AFTER, blog_after },
	{ STILE_BEFORE, blog_before2 }, { STILE_AFTER, blog_after2 },
	{ STILE_DONE, blog_done }, { 0 }
};
static const struct stile_hook	route_hooks[] = {
	{ STILE_BEFORE, route_before }, { STILE_AFTER, route_after },
	{ STILE_DONE, route_done }, { 0 }
};
static const struct stile_hook	can_hooks[] = {
	{ STILE_BEFORE, can_before }, { STILE_BEFORE, can_before2 },
	{ STILE_AFTER, can_after }, { STILE_AFTER, can_after2 },
	{ STILE_DONE, can_done }, { STILE_DONE, can_done2 }, { 0 }
};

static const struct stile_route	blog_routes[] = {
	{ "GET", "/hooked", handler, .hooks = route_hooks },
	{ "GET", "/plain", .handler = handler },
	{ "GET", "/dir/", .handler = handler },
	{ "GET", "/can", handler, .hooks = can_hooks },
	{ 0 }
};
static const struct stile_app	blog = { .name = "blog",
    .routes = blog_routes, .hooks = blog_hooks };
static const struct stile_mount	mounts[] = { { "/blog", &blog }, { 0 } };
static const struct stile_route	site_routes[] = {
	{ "GET", "/top", .handler = handler }, { 0 }
};
static const struct stile_app	site = { .name = "site",
    .routes = site_routes, .mounts = mounts, .hooks = site_hooks };

Test(run, the_order_of_hooks)
{
	static const struct {
		const char	*method, *path;
		int		 status;
		const char	*trace;
	} cases[] = {
		{ "GET", "/blog/hooked", 200,
		    "site> blog> blog2> route> handler <route <blog <blog2 "
		    "<site route. blog. site." },
		{ "GET", "/blog/plain", 200,
		    "site> blog> blog2> handler <blog <blog2 <site blog. "
		    "site." },
		{ "HEAD", "/blog/plain", 200,
		    "site> blog> blog2> handler <blog <blog2 <site blog. "
		    "site." },
		{ "GET", "/top", 200, "site> handler <site site." },
		{ "GET", "/nothing", 404, "site> <site site." },
		{ "GET", "/blog/nothing", 404,
		    "site> blog> blog2> <blog <blog2 <site blog. site." },
		{ "POST", "/blog/plain", 405,
		    "site> blog> blog2> <blog <blog2 <site blog. site." },
		{ "OPTIONS", "/blog/hooked", 204,
		    "site> blog> blog2> <blog <blog2 <site blog. site." },
		{ "GET", "/blog/dir", 308,
		    "site> blog> blog2> <blog <blog2 <site blog. site." },
		{ "GET", "/\xFF", 400, "<site site." },
	};
	struct stile_client	*c = CLIENT(&site);
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		*trace = '\0';
		EXPECT_ANSWER(send_to(c, cases[i].method, cases[i].path),
		    cases[i].status, NULL, "%s %s", cases[i].method,
		    cases[i].path);
		EXPECT_STR(trace, cases[i].trace, "%s %s", cases[i].method,
		    cases[i].path);
	}
	stile_client_free(c);
}

Test(run, hooks_that_answer_or_fail)
{
	static const struct {
		const char	*at, *what;
		int		 status;
		const char	*body;		/* of an answer, or a detail */
		const char	*trace;
	} cases[] = {
		{ "", "", 200, "handled", "can> can2> handler <can <can2 can. "
		    "can2." },
		/* Before: the first answer ends the way in. */
		{ "can>", "answer", 200, "can>",
		    "can> <can <can2 can. can2." },
		{ "can2>", "answer", 200, "can2>",
		    "can> can2> <can <can2 can. can2." },
		{ "can>", "fail", 403, "refused by can>",
		    "can> <can <can2 can. can2." },
		{ "can>", "forget", 403, "refused by can>",
		    "can> <can <can2 can. can2." },
		{ "can>", "answer and fail", 403, "refused by can>",
		    "can> <can <can2 can. can2." },
		{ "can>", "negative", 500, NULL,
		    "can> <can <can2 can. can2." },
		{ "can>", "positive", 200, "handled",
		    "can> can2> handler <can <can2 can. can2." },
		/* After: a failure ends the way out and is the answer. */
		{ "<can", "fail", 403, "refused by <can",
		    "can> can2> handler <can can. can2." },
		{ "<can2", "fail", 403, "refused by <can2",
		    "can> can2> handler <can <can2 can. can2." },
		{ "<can", "answer", 500, NULL,
		    "can> can2> handler <can can. can2." },
		{ "<can", "negative", 500, NULL,
		    "can> can2> handler <can can. can2." },
		/* Done: what they do is late, and both are called. */
		{ "can.", "fail", 200, "handled",
		    "can> can2> handler <can <can2 can. can2." },
		{ "can.", "answer", 200, "handled",
		    "can> can2> handler <can <can2 can. can2." },
		{ "can.", "negative", 200, "handled",
		    "can> can2> handler <can <can2 can. can2." },
	};
	static const struct stile_route	routes[] = {
		{ "GET", "/", handler, .hooks = can_hooks }, { 0 }
	};
	static const struct stile_app	app = { .name = "demo",
	    .routes = routes };
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&app);
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		*trace = '\0';
		at = cases[i].at;
		what = cases[i].what;
		a = stile_client_get(c, "/");
		EXPECT_ANSWER(a, cases[i].status, NULL, "%s: %s", at, what);
		EXPECT_STR(cases[i].status == 200 ? body_of(a) : detail_of(a),
		    cases[i].body, "%s: %s", at, what);
		EXPECT_STR(trace, cases[i].trace, "%s: %s", at, what);
	}
	/* One request's failure is not the next one's. */
	at = NULL;
	EXPECT_ANSWER(stile_client_get(c, "/"), 200, "handled", "afterwards");
	stile_client_free(c);
}

/* ---- handlers ---------------------------------------------------------- */

static int
no_answer(struct stile_req *r)
{
	(void)r;
	return STILE_OK;
}

static int
negative(struct stile_req *r)
{
	(void)r;
	return STILE_ERANGE;
}

static int
answer_and_negative(struct stile_req *r)
{
	stile_send_text(r, 200, "fine");
	return STILE_EIO;
}

static int
twice(struct stile_req *r)
{
	stile_send_text(r, 200, "one");
	return stile_send_text(r, 201, "two");
}

static int
twice_and_hidden(struct stile_req *r)
{
	stile_send_text(r, 200, "one");
	stile_send_text(r, 201, "two");
	return STILE_OK;
}

static int
fail_and_answer(struct stile_req *r)
{
	stile_fail(r, 409, "no & <b>");
	stile_fail(r, 500, "another");
	stile_header_set(r, "X-Late", "1");
	return stile_send_text(r, 200, "fine");
}

static int
fail_with_200(struct stile_req *r)
{
	return stile_fail(r, 200, "not a failure");
}

static int
headers_then_fail(struct stile_req *r)
{
	stile_header_set(r, "X-Before", "1");
	stile_header_add(r, "Set-Cookie", "secret=1");
	stile_fail(r, 429, "slower");
	stile_fail_header(r, "Retry-After", "7");
	stile_fail_member(r, "limit", stile_int(5));
	return STILE_EFAILED;
}

static int
answer_then_fail(struct stile_req *r)
{
	stile_header_set(r, "X-Before", "1");
	stile_send_text(r, 200, "all of the secrets");
	return stile_fail(r, 403, "changed my mind");
}

static int
location(struct stile_req *r)
{
	stile_header_set(r, "location", "/secret");
	return stile_send_text(r, 200, "look there");
}

static int
stream_location(struct stile_req *r)
{
	stile_header_set(r, "Location", "/secret");
	return stile_begin_stream(r, 200, "text/plain");
}

static int
location_of_new(struct stile_req *r)
{
	stile_header_set(r, "Location", "/new");
	return stile_send_text(r, 201, "look there");
}

static int
fail_500(struct stile_req *r)
{
	return stile_fail(r, 500, "secret cause");
}

static int
bad_header(struct stile_req *r)
{
	stile_header_set(r, "X-A", "1\r\nX-B: 2");
	return stile_send_text(r, 200, "fine");
}

static const struct stile_route	handler_routes[] = {
	{ "GET", "/none", .handler = no_answer },
	{ "GET", "/negative", .handler = negative },
	{ "GET", "/both", .handler = answer_and_negative },
	{ "GET", "/twice", .handler = twice },
	{ "GET", "/hidden", .handler = twice_and_hidden },
	{ "GET", "/fail", .handler = fail_and_answer },
	{ "GET", "/200", .handler = fail_with_200 },
	{ "GET", "/headers", .handler = headers_then_fail },
	{ "GET", "/late", .handler = answer_then_fail },
	{ "GET", "/500", .handler = fail_500 },
	{ "GET", "/location", .handler = location },
	{ "GET", "/stream-location", .handler = stream_location },
	{ "GET", "/new", .handler = location_of_new },
	{ "GET", "/header", .handler = bad_header },
	{ 0 }
};
static const struct stile_app	handlers = { .name = "demo",
    .routes = handler_routes };

Test(run, handlers_that_are_wrong)
{
	static const struct {
		const char	*path;
		int		 status;
		const char	*detail;	/* NULL: none is told */
	} cases[] = {
		{ "/none", 500, NULL }, { "/negative", 500, NULL },
		{ "/both", 500, NULL }, { "/twice", 500, NULL },
		{ "/hidden", 500, NULL }, { "/200", 500, NULL },
		{ "/500", 500, NULL }, { "/location", 500, NULL },
		{ "/stream-location", 500, NULL }, { "/fail", 409, "no & <b>" },
		{ "/late", 403, "changed my mind" },
	};
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&handlers);
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		a = stile_client_get(c, cases[i].path);
		EXPECT_ANSWER(a, cases[i].status, NULL, "%s", cases[i].path);
		EXPECT_STR(detail_of(a), cases[i].detail, "%s", cases[i].path);
		EXPECT_STR(stile_answer_header(a, "Content-Type"),
		    "application/problem+json", "%s", cases[i].path);
		cr_expect(strstr(body_of(a), "secret") == NULL, "%s: %s",
		    cases[i].path, body_of(a));
		EXPECT_STR(stile_answer_header(a, "X-Late"), NULL, "%s",
		    cases[i].path);
		EXPECT_STR(stile_answer_header(a, "Location"), NULL, "%s",
		    cases[i].path);
	}
	a = stile_client_get(c, "/new");
	EXPECT_ANSWER(a, 201, NULL, "/new");
	EXPECT_STR(stile_answer_header(a, "Location"), "/new", "/new");
	stile_client_free(c);
}

Test(run, headers_of_a_failure)
{
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&handlers);

	a = stile_client_get(c, "/headers");
	EXPECT_ANSWER(a, 429, "{\"type\":\"about:blank\",\"title\":\"Too Many "
	    "Requests\",\"status\":429,\"detail\":\"slower\",\"limit\":5}",
	    "body");
	EXPECT_STR(stile_answer_header(a, "X-Before"), NULL, "dropped");
	EXPECT_STR(stile_answer_header(a, "Set-Cookie"), NULL, "dropped");
	EXPECT_STR(stile_answer_header(a, "Retry-After"), "7", "stays");
	a = stile_client_get(c, "/late");
	EXPECT_STR(stile_answer_header(a, "X-Before"), NULL, "dropped");
	stile_client_free(c);
}

Test(run, a_page_for_people)
{
	static const struct {
		const char	*accept;
		bool		 html;
	} cases[] = {
		{ NULL, false }, { "*/*", false }, { "text/html", true },
		{ "text/html,application/xhtml+xml,application/xml;q=0.9,"
		    "*/*;q=0.8", true },
		{ "application/json", false },
		{ "application/json;q=0.9, text/html", true },
		{ "application/json, text/html;q=0.9", false },
		{ "application/problem+json, text/html", false },
		{ "text/html;q=0", false }, { "text/*", true },
	};
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&handlers);
	const char			*type;
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		cr_assert_eq(stile_client_header(c, "Accept",
		    cases[i].accept), STILE_OK);
		a = stile_client_get(c, "/fail");
		type = stile_answer_header(a, "Content-Type");
		EXPECT_ANSWER(a, 409, NULL, "%s", cases[i].accept);
		EXPECT_STR(type, cases[i].html ? "text/html; charset=utf-8" :
		    "application/problem+json", "Accept: %s", cases[i].accept);
		cr_expect(strstr(body_of(a), cases[i].html ?
		    "<p>no &amp; &lt;b&gt;</p>" : "no & <b>") != NULL,
		    "Accept: %s: %s", cases[i].accept, body_of(a));
	}
	stile_client_free(c);
}

/* From 500 up the client gets an id, and the log has the cause under it. */
Test(run, the_cause_is_in_the_log)
{
	static const char *const	 causes[][2] = {
		{ "/none", "route=/none cause=\"the handler gave no answer\"" },
		{ "/twice", "route=/twice cause=\"answered twice: 200, then "
		    "201\"" },
		{ "/hidden", "route=/hidden cause=\"answered twice: 200, then "
		    "201\"" },
		{ "/both", "route=/both cause=\"a handler returned EIO without "
		    "a cause\"" },
		{ "/negative", "route=/negative cause=\"a handler returned" },
		{ "/header", "route=/header cause=\"header X-A: not a field "
		    "value\"" },
	};
	struct tmp			 t;
	struct stile_client		*c;
	struct json_object		*id;
	char				 text[8192];
	const char			*log;
	ssize_t				 n;
	size_t				 i;
	int				 fd, old;

	tmp_make(&t);
	log = tmp_path(&t, "", "log");
	fd = open(log, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	cr_assert_geq(fd, 0);
	old = dup(2);
	cr_assert_geq(dup2(fd, 2), 0);
	c = CLIENT(&handlers, "log_level=info",);
	for (i = 0; i < NELEM(causes); i++)
		EXPECT_ANSWER(stile_client_get(c, causes[i][0]), 500, NULL,
		    "%s", causes[i][0]);
	EXPECT_ANSWER(stile_client_get(c, "/500?q=unlogged"), 500, NULL, "500");
	cr_assert(json_object_object_get_ex(stile_answer_json(
	    stile_client_get(c, "/500")), "request_id", &id));
	cr_assert_geq(dup2(old, 2), 0);
	close(old);
	cr_assert_eq(lseek(fd, 0, SEEK_SET), 0);
	n = read(fd, text, sizeof(text) - 1);
	cr_assert_gt(n, 0);
	text[n] = '\0';
	cr_expect(strstr(text, "cause=\"secret cause\"") != NULL, "%s", text);
	cr_expect(strstr(text, json_object_get_string(id)) != NULL, "%s", text);
	cr_expect(strstr(text, "route=/500") != NULL, "%s", text);
	cr_expect(strstr(text, "status=500") != NULL, "%s", text);
	for (i = 0; i < NELEM(causes); i++)
		cr_expect(strstr(text, causes[i][1]) != NULL, "%s: %s",
		    causes[i][0], text);
	/* Queries may hold what no log should. */
	cr_expect(strstr(text, "unlogged") == NULL, "%s", text);
	close(fd);
	stile_client_free(c);
	tmp_remove(&t);
}

/* ---- error handlers ---------------------------------------------------- */

#define PAGE(fn, text)							\
static int								\
fn(struct stile_req *r)							\
{									\
	return stile_send_text(r, stile_failed_status(r), text);	\
}

PAGE(outer_404, "outer 404")
PAGE(outer_4xx, "outer 4xx")
PAGE(outer_5xx, "outer 5xx")
PAGE(inner_403, "inner 403")
PAGE(inner_4xx, "inner 4xx")

static int
tell(struct stile_req *r)
{
	stile_header_set(r, "X-Told", stile_failed_detail(r));
	return stile_send_text(r, 418, stile_failed(r) == STILE_OK ?
	    "told" : "still failed");
}

static int
fails_itself(struct stile_req *r)
{
	stile_header_set(r, "X-Half", "1");
	return stile_fail(r, 500, "the page is broken");
}

static int
says_nothing(struct stile_req *r)
{
	(void)r;
	return STILE_OK;
}

static int
fail_as_asked(struct stile_req *r)
{
	int	status = (int)stile_query_int(r, "s", 400, 599, 400);

	stile_header_set(r, "X-Dropped", "1");
	stile_fail(r, status, "as asked");
	return stile_fail_header(r, "X-Kept", "1");
}

static const struct stile_route	fail_routes[] = {
	{ "GET", "/fail", .handler = fail_as_asked }, { 0 }
};
static const struct stile_error_handler	outer_errors[] = {
	{ 500, true, .fn = outer_5xx }, { 499, true, .fn = outer_4xx },
	{ 404, .fn = outer_404 }, { 451, .fn = tell },
	{ 507, .fn = fails_itself }, { 508, .fn = says_nothing }, { 0 }
};
static const struct stile_error_handler	inner_errors[] = {
	{ 403, .fn = inner_403 }, { 0 }
};
static const struct stile_error_handler	wide_errors[] = {
	{ 400, true, .fn = inner_4xx }, { 0 }
};
static const struct stile_app	inner = { .name = "inner",
    .routes = fail_routes, .errors = inner_errors };
static const struct stile_app	wide = { .name = "wide",
    .routes = fail_routes, .errors = wide_errors };
static const struct stile_mount	fail_mounts[] = {
	{ "/inner", &inner }, { "/wide", &wide }, { 0 }
};
static const struct stile_app	outer = { .name = "outer",
    .routes = fail_routes, .mounts = fail_mounts, .errors = outer_errors };

Test(run, error_handlers)
{
	static const struct {
		const char	*method, *target;
		int		 status;
		const char	*body;
	} cases[] = {
		{ "GET", "/fail?s=404", 404, "outer 404" },
		{ "GET", "/fail?s=403", 403, "outer 4xx" },
		{ "GET", "/fail?s=400", 400, "outer 4xx" },
		{ "GET", "/fail?s=499", 499, "outer 4xx" },
		{ "GET", "/fail?s=500", 500, "outer 5xx" },
		{ "GET", "/fail?s=599", 599, "outer 5xx" },
		{ "GET", "/nothing", 404, "outer 404" },
		{ "POST", "/fail", 405, "outer 4xx" },
		{ "GET", "/%ff", 400, "outer 4xx" },
		/* Below a mount its own come first. */
		{ "GET", "/inner/fail?s=403", 403, "inner 403" },
		{ "GET", "/inner/fail?s=404", 404, "outer 404" },
		{ "GET", "/inner/fail?s=402", 402, "outer 4xx" },
		{ "GET", "/inner/nothing", 404, "outer 404" },
		{ "GET", "/innernothing", 404, "outer 404" },
		/* Its class before an exact one further out. */
		{ "GET", "/wide/fail?s=404", 404, "inner 4xx" },
		{ "GET", "/wide/nothing", 404, "inner 4xx" },
		{ "GET", "/wide", 404, "inner 4xx" },
		{ "GET", "//wide//nothing", 404, "inner 4xx" },
		{ "POST", "/wide/fail", 405, "inner 4xx" },
		{ "GET", "/wide/fail?s=500", 500, "outer 5xx" },
		/* It may answer with another status. */
		{ "GET", "/fail?s=451", 418, "told" },
	};
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&outer);
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		a = send_to(c, cases[i].method, cases[i].target);
		EXPECT_ANSWER(a, cases[i].status, cases[i].body, "%s %s",
		    cases[i].method, cases[i].target);
		EXPECT_STR(stile_answer_header(a, "X-Dropped"), NULL, "%s %s",
		    cases[i].method, cases[i].target);
		EXPECT_STR(stile_answer_header(a, "X-Kept"),
		    strstr(cases[i].target, "fail?") != NULL ? "1" : NULL,
		    "%s %s", cases[i].method, cases[i].target);
	}
	a = stile_client_get(c, "/fail?s=451");
	EXPECT_STR(stile_answer_header(a, "X-Told"), "as asked", "detail");
	a = send_to(c, "POST", "/wide/fail");
	EXPECT_STR(stile_answer_header(a, "Allow"), "GET, HEAD, OPTIONS",
	    "405 with a handler");
	stile_client_free(c);
}

/* A handler of errors that fails gives way to the problem of the first one. */
Test(run, error_handlers_that_fail)
{
	static const int	cases[] = { 507, 508 };
	char			target[40];
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&outer);
	struct json_object		*m;
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		snprintf(target, sizeof(target), "/fail?s=%d", cases[i]);
		a = stile_client_get(c, target);
		EXPECT_ANSWER(a, cases[i], NULL, "%s", target);
		EXPECT_STR(stile_answer_header(a, "Content-Type"),
		    "application/problem+json", "%s", target);
		cr_assert(json_object_object_get_ex(stile_answer_json(a),
		    "status", &m), "%s", target);
		cr_expect_eq(json_object_get_int(m), cases[i]);
		EXPECT_STR(stile_answer_header(a, "X-Kept"), "1", "%s", target);
		EXPECT_STR(stile_answer_header(a, "X-Half"), NULL, "%s",
		    target);
	}
	stile_client_free(c);
}

/* ---- limits, requests in a row ----------------------------------------- */

static int
echo(struct stile_req *r)
{
	struct stile_str	s = stile_body(r);

	return stile_send(r, 200, "text/plain", s.p, s.len);
}

static const struct stile_route	body_routes[] = {
	{ "POST", "/small", echo, .limits = { .body = 4 } },
	{ "POST", "/usual", .handler = echo },
	{ "POST", "/large", echo, .limits = { .body = 100 } },
	{ 0 }
};
static const struct stile_app	bodies = { .name = "demo",
    .routes = body_routes };

Test(run, a_limit_of_the_route)
{
	static const struct {
		const char	*path;
		size_t		 n;
		int		 status;
	} cases[] = {
		{ "/small", 4, 200 }, { "/small", 5, 413 },
		{ "/usual", 10, 200 }, { "/usual", 11, 413 },
		{ "/large", 100, 200 }, { "/large", 101, 413 },
		{ "/nothing", 1000, 404 },
	};
	struct stile_client	*c = CLIENT(&bodies, "body_max=10",);
	char			 body[1000];
	size_t			 i;

	memset(body, 'x', sizeof(body));
	for (i = 0; i < NELEM(cases); i++)
		EXPECT_ANSWER(stile_client_send(c, "POST", cases[i].path,
		    "text/plain", body, cases[i].n), cases[i].status, NULL,
		    "%s with %zu", cases[i].path, cases[i].n);
	stile_client_free(c);
}

static int	released;

static void
release(void *p)
{
	(void)p;
	released++;
}

static int
hold(struct stile_req *r)
{
	static const char	key;
	void			*before = stile_req_get(r, &key);

	if (stile_req_set(r, &key, r, release) != STILE_OK)
		return STILE_EFAILED;
	return stile_send_text(r, 200, before == NULL ? "clean" : "left over");
}

Test(run, nothing_is_left_behind)
{
	static const struct stile_route	routes[] = {
		{ "GET", "/", .handler = hold }, { 0 }
	};
	static const struct stile_app	app = { .name = "demo",
	    .routes = routes };
	struct stile_client		*c = CLIENT(&app, "memory_max=65536",);
	int				 i;

	for (i = 1; i <= 1000; i++) {
		EXPECT_ANSWER(stile_client_get(c, "/"), 200, "clean", "%d", i);
		cr_assert_eq(released, i);
	}
	stile_client_free(c);
}

/* The request's id: different each time, the web server's where it has one. */
static int
say_id(struct stile_req *r)
{
	return stile_send_text(r, 200, stile_req_id(r));
}

Test(run, ids)
{
	static const struct stile_route	routes[] = {
		{ "GET", "/", .handler = say_id }, { 0 }
	};
	static const struct stile_app	app = { .name = "demo",
	    .routes = routes };
	struct stile_client		*c = CLIENT(&app);
	const char			*a, *b;

	a = body_of(stile_client_get(c, "/"));
	b = body_of(stile_client_get(c, "/"));
	cr_expect_eq(strlen(a), 16);
	cr_expect_eq(strspn(a, "0123456789abcdef"), 16);
	cr_expect_str_neq(a, b);
	stile_client_free(c);
}

static int
say_place(struct stile_req *r)
{
	struct stile_buf	*b = stile_buf_new(r->arena, 1000);

	stile_buf_printf(b, "%s %s %s", stile_req_prefix(r), stile_req_path(r),
	    stile_req_route(r));
	return stile_send_text(r, 200, stile_buf_view(b).p);
}

Test(run, below_a_prefix)
{
	static const struct stile_route	routes[] = {
		{ "GET", "/{x}", .handler = say_place },
		{ "GET", "/d/", .handler = say_place }, { 0 }
	};
	static const struct stile_app	app = { .name = "demo",
	    .routes = routes };
	struct stile_client		*c = CLIENT(&app, "prefix=/api",);
	const struct stile_answer	*a;

	EXPECT_ANSWER(stile_client_get(c, "/api/v"), 200, "/api /v /{x}", "in");
	EXPECT_ANSWER(stile_client_get(c, "/v"), 200, " /v /{x}", "outside");
	a = stile_client_get(c, "/api/d");
	EXPECT_ANSWER(a, 200, "/api /d /{x}", "no redirect: {x} has it");
	a = stile_client_get(c, "/api/d/x");
	EXPECT_ANSWER(a, 404, NULL, "no route");
	stile_client_free(c);
}

Test(run, a_slash_below_a_prefix)
{
	static const struct stile_route	routes[] = {
		{ "GET", "/d/", .handler = say_place }, { 0 }
	};
	static const struct stile_app	app = { .name = "demo",
	    .routes = routes };
	struct stile_client		*c = CLIENT(&app, "prefix=/api",);
	const struct stile_answer	*a = stile_client_get(c, "/api/d?q");

	EXPECT_ANSWER(a, 308, NULL, "redirect");
	EXPECT_STR(stile_answer_header(a, "Location"), "/api/d/?q", "query");
	stile_client_free(c);
}

/* ---- names that are none ----------------------------------------------- */

Test(run, names_of_applications)
{
	static const struct {
		const char	*name;
		bool		 fine;
	} cases[] = {
		{ "a", true }, { "notes_2", true }, { "httpd", true },
		{ "x_http", true },
		{ NULL, false }, { "", false }, { "2a", false },
		{ "_a", false }, { "Notes", false }, { "a-b", false },
		{ "a b", false }, { "\xC3\xA4", false },
		/* HTTP_DB and HTTP_X_DB would come from a request's headers. */
		{ "http", false }, { "http_x", false },
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		struct stile_app	 app = { .name = cases[i].name };
		struct stile_client	*c;

		e = (struct stile_error){ 0 };
		c = stile_client_new(&app, NULL, &e);
		cr_expect_eq(c != NULL, cases[i].fine, "%s", cases[i].name);
		if (c == NULL)
			cr_expect(strstr(e.detail, "application") != NULL,
			    "%s: %s", cases[i].name, e.detail);
		stile_client_free(c);
	}
}
