/* SPDX-License-Identifier: ISC */
/* lib/app/router.c, match.c: what a request finds, and what is no table. */
#include "rules.h"

#include "app/router.h"

static int
nothing(struct stile_req *r)
{
	return stile_send_empty(r, 204);
}

/* Which pattern matched, and its parameters: "/a/{x:int} x=7". */
static int
show(struct stile_req *r)
{
	struct stile_buf	*b = stile_buf_new(r->arena, 65536);
	size_t			 i;

	stile_buf_puts(b, stile_req_route(r));
	for (i = 0; i < r->nparams; i++)
		stile_buf_printf(b, " %.*s=%s",
		    STILE_STR_ARG(r->params[i].name), r->params[i].text);
	return stile_send_text(r, 200, stile_buf_view(b).p);
}

/* ---- tables that are refused ------------------------------------------- */

static enum stile_err
compile(const struct stile_app *app, struct stile_error *e)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct router		*rt;
	enum stile_err		 rc;

	*e = (struct stile_error){ 0 };
	if (a == NULL)
		return STILE_ENOMEM;
	rc = router_new(a, app, &rt, e);
	stile_arena_free(a);
	return rc;
}

static bool
parse_any(struct stile_str s, struct stile_value *ret)
{
	*ret = stile_text_str(s);
	return s.len > 0;
}

static bool
parse_hex(struct stile_str s, struct stile_value *ret)
{
	int64_t	v = 0;
	size_t	i;

	for (i = 0; i < s.len && i < 8; i++) {
		if (ascii_hex(s.p[i]) < 0)
			return false;
		v = v * 16 + ascii_hex(s.p[i]);
	}
	*ret = stile_int(v);
	return s.len > 0 && s.len <= 8;
}

static const struct stile_converter	own_two[] = {
	{ "hex", parse_hex }, { "any", parse_any }, { 0 }
};

Test(router, two_routes_for_the_same_requests)
{
	static const struct {
		const char	*a, *b;
		const char	*method;
		bool		 refused;
	} cases[] = {
		{ "/x", "/x", "GET", true },
		{ "/{a}", "/{b}", "GET", true },
		{ "/{a:str}", "/{b}", "GET", true },
		{ "/{a:int}/x", "/{b:int}/x", "GET", true },
		{ "/p{a:int}s", "/p{b:int}s", "GET", true },
		{ "/{a:path}", "/{b:path}", "GET", true },
		{ "/{a:hex}", "/{b:any}", "GET", true },
		{ "/x", "/x", "*", true },
		{ "/", "/", "GET", true },
		{ "/x/", "/x/", "GET", true },
		{ "/x", "/x/", "GET", false },
		{ "/{a}", "/{a:int}", "GET", false },
		{ "/{a:slug}", "/{a:uuid}", "GET", false },
		{ "/{a:hex}", "/{a:int}", "GET", false },
		{ "/{a:any}", "/{a:slug}", "GET", false },
		{ "/p{a}", "/{a}s", "GET", false },
		{ "/p{a}", "/q{a}", "GET", false },
		{ "/x", "/X", "GET", false },
		{ "/{a}/x", "/{b}/y", "GET", false },
		{ "/{a:path}", "/{a:path}/x", "GET", false },
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		struct stile_route	routes[] = {
			{ cases[i].method, cases[i].a, .handler = nothing },
			{ cases[i].method, cases[i].b, .handler = nothing },
			{ 0 }
		};
		struct stile_app	app = { .name = "demo",
		    .routes = routes, .converters = own_two };

		cr_expect_eq(compile(&app, &e),
		    cases[i].refused ? STILE_EINVAL : STILE_OK, "%s and %s: %s",
		    cases[i].a, cases[i].b, e.detail);
		if (!cases[i].refused)
			continue;
		/* The message names both, and whose they are. */
		cr_expect(strstr(e.detail, cases[i].a) != NULL &&
		    strstr(e.detail, cases[i].b) != NULL &&
		    strstr(e.detail, cases[i].method) != NULL &&
		    strstr(e.detail, "(demo)") != NULL, "%s and %s: \"%s\"",
		    cases[i].a, cases[i].b, e.detail);
	}
}

Test(router, methods_tell_routes_apart)
{
	static const struct stile_route	routes[] = {
		{ "GET", "/x", .handler = nothing },
		{ "POST", "/x", .handler = nothing },
		{ "*", "/x", .handler = nothing },
		{ "get", "/x", .handler = nothing },
		{ 0 }
	};
	static const struct stile_app	app = { .name = "demo",
	    .routes = routes };
	struct stile_error		e;

	cr_expect_eq(compile(&app, &e), STILE_OK, "%s", e.detail);
}

Test(router, a_mount_makes_two_routes_one)
{
	static const struct stile_route	inner[] = {
		{ "GET", "/post", .handler = nothing }, { 0 }
	}, outer[] = {
		{ "GET", "/blog/post", .handler = nothing }, { 0 }
	};
	static const struct stile_app	blog = { .name = "blog",
	    .routes = inner };
	static const struct stile_mount	mounts[] = {
		{ "/blog", &blog }, { 0 }
	};
	static const struct stile_app	site = { .name = "site",
	    .routes = outer, .mounts = mounts };
	struct stile_error		e;

	cr_expect_eq(compile(&site, &e), STILE_EINVAL);
	EXPECT_STR(e.detail, "the same requests match GET /blog/post (site) "
	    "and GET /blog/post (blog)", "message");
}

Test(router, names)
{
	static const struct {
		const char	*name;
		const char	*a, *b;
		const char	*error;		/* NULL: fine */
	} cases[] = {
		{ "one path, two methods", "/n/{id:int}", "/n/{id:int}", NULL },
		{ "two paths", "/n/{id:int}", "/m/{id:int}",
		    "/n/{id:int} and /m/{id:int} have the same name thing" },
		{ "another parameter", "/n/{id:int}", "/n/{no:int}",
		    "/n/{id:int} and /n/{no:int} have the same name thing" },
		{ "a slash", "/n", "/n/",
		    "/n and /n/ have the same name thing" },
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		struct stile_route	routes[] = {
			{ "GET", cases[i].a, nothing, .name = "thing" },
			{ "PUT", cases[i].b, nothing, .name = "thing" }, { 0 }
		};
		struct stile_app	app = { .name = "demo",
		    .routes = routes };
		enum stile_err		rc = compile(&app, &e);

		cr_expect_eq(rc, cases[i].error != NULL ? STILE_EINVAL :
		    STILE_OK, "%s", cases[i].name);
		if (cases[i].error != NULL)
			EXPECT_STR(e.detail, cases[i].error, "%s",
			    cases[i].name);
	}
}

Test(router, rows_that_are_none)
{
	static const struct {
		const char		*name;
		struct stile_route	 row;
		const char		*says;
	} cases[] = {
		{ "no path", { "GET", NULL, .handler = nothing },
		    "route GET (no path) of demo: " },
		{ "no handler", { "GET", "/x", .handler = NULL },
		    "route GET /x of demo: " },
		{ "empty method", { "", "/x", .handler = nothing },
		    "route  /x of demo: " },
		{ "two methods", { "GET,POST", "/x", .handler = nothing },
		    "route GET,POST /x of demo: " },
		{ "a space", { "GET ", "/x", .handler = nothing },
		    "a method, a path and a handler are expected" },
		{ "no slash", { "GET", "x", .handler = nothing }, "'x': " },
		{ "empty path", { "GET", "", .handler = nothing }, "'': " },
		{ "double slash", { "GET", "/a//b", .handler = nothing },
		    "'/a//b': " },
		{ "not UTF-8", { "GET", "/\xFF", .handler = nothing },
		    "not UTF-8" },
		{ "no converter", { "GET", "/{a:hex}", .handler = nothing },
		    "/{a:hex}: there is no converter 'hex'" },
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		struct stile_route	routes[] = { cases[i].row, { 0 } };
		struct stile_app	app = { .name = "demo",
		    .routes = routes };

		cr_expect_lt(compile(&app, &e), 0, "%s", cases[i].name);
		cr_expect(strstr(e.detail, cases[i].says) != NULL,
		    "%s: \"%s\"", cases[i].name, e.detail);
	}
}

Test(router, a_path_over_the_limit)
{
	static char		path[6000];
	struct stile_route	routes[] = {
		{ "GET", path, .handler = nothing }, { 0 }
	};
	struct stile_app	app = { .name = "demo", .routes = routes };
	struct stile_error	e;

	memset(path, 'a', 4096);
	path[0] = '/';
	cr_expect_eq(compile(&app, &e), STILE_OK, "%s", e.detail);
	path[4096] = 'a';
	cr_expect_eq(compile(&app, &e), STILE_ETOOBIG);
	cr_expect(strstr(e.detail, "more than 4096 bytes") != NULL, "%s",
	    e.detail);
}

Test(router, converters_of_its_own)
{
	static const struct stile_converter	taken[] = {
		{ "int", parse_hex }, { 0 }
	}, twice[] = {
		{ "hex", parse_hex }, { "hex", parse_any }, { 0 }
	}, again[] = {
		{ "hex", parse_hex }, { "hex", parse_hex }, { 0 }
	}, none[] = {
		{ "hex", NULL }, { 0 }
	};
	static const struct {
		const struct stile_converter	*v;
		const char			*error;
	} cases[] = {
		{ own_two, NULL }, { again, NULL },
		{ taken, "converter int: the name is taken" },
		{ twice, "converter hex: the name is taken" },
		{ none, "converter hex: it has no function" },
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		struct stile_app	app = { .name = "demo",
		    .converters = cases[i].v };

		cr_expect_eq(compile(&app, &e), cases[i].error != NULL ?
		    STILE_EINVAL : STILE_OK, "case %zu: %s", i, e.detail);
		EXPECT_STR(e.detail, cases[i].error != NULL ? cases[i].error :
		    "", "case %zu", i);
	}
}

Test(router, mounts_that_are_none)
{
	static const struct stile_route	routes[] = {
		{ "GET", "/x", .handler = nothing }, { 0 }
	}, no_slash[] = {
		{ "GET", "x", .handler = nothing }, { 0 }
	};
	static const struct stile_app	inner = { .name = "inner",
	    .routes = routes }, wrong = { .name = "wrong",
	    .routes = no_slash };
	static const struct {
		const char		*prefix;
		const struct stile_app	*app;
		const char		*error;
	} cases[] = {
		{ NULL, &inner, "mount of inner: a prefix such as" },
		{ "", &inner, "mount of inner: a prefix such as" },
		{ "/", &inner, "mount of inner: a prefix such as" },
		{ "x", &inner, "mount of inner: a prefix such as" },
		{ "/x/", &inner, "mount of inner: a prefix such as" },
		{ "/{id}", &inner, "mount of inner: a prefix such as" },
		{ "//x", &inner, "'//x/x'" },
		/* "/blog" and "x" must not become "/blogx". */
		{ "/blog", &wrong, "x" },
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		struct stile_mount	mounts[] = {
			{ cases[i].prefix, cases[i].app }, { 0 }
		};
		struct stile_app	app = { .name = "site",
		    .mounts = mounts };

		cr_expect_lt(compile(&app, &e), 0, "case %zu", i);
		cr_expect(strstr(e.detail, cases[i].error) != NULL,
		    "case %zu: \"%s\"", i, e.detail);
	}
}

Test(router, mounted_in_itself_or_too_deep)
{
	struct stile_mount	in_self[2] = { { 0 } };
	struct stile_app	self = { .name = "self", .mounts = in_self };
	struct stile_mount	m[10][2];
	struct stile_app	a[11];
	struct stile_error	e;
	size_t			i;

	in_self[0] = (struct stile_mount){ "/again", &self };
	cr_expect_eq(compile(&self, &e), STILE_EINVAL);
	EXPECT_STR(e.detail, "self: mounted more than 8 deep, or in itself",
	    "in itself");
	memset(a, 0, sizeof(a));
	memset(m, 0, sizeof(m));
	for (i = 0; i < NELEM(a); i++) {
		a[i].name = "app";
		if (i > 0) {
			m[i - 1][0] = (struct stile_mount){ "/m", &a[i - 1] };
			a[i].mounts = m[i - 1];
		}
	}
	cr_expect_eq(compile(&a[8], &e), STILE_OK, "%s", e.detail);
	cr_expect_eq(compile(&a[9], &e), STILE_EINVAL);
}

/* ---- what a request finds ---------------------------------------------- */

/* The same table forwards and backwards: the order must not matter. */
Test(router, the_narrower_route_first)
{
	static const struct stile_route	table[] = {
		{ "GET", "/{rest:path}", .handler = show },
		{ "GET", "/a/{s}", .handler = show },
		{ "GET", "/a/{s:slug}", .handler = show },
		{ "GET", "/a/{h:hex}", .handler = show },
		{ "GET", "/a/{u:uuid}", .handler = show },
		{ "GET", "/a/{i:int}", .handler = show },
		{ "GET", "/a/v{s}", .handler = show },
		{ "GET", "/a/v{i:int}", .handler = show },
		{ "GET", "/a/v{s}.txt", .handler = show },
		{ "GET", "/a/here", .handler = show },
		{ "GET", "/{x}/c", .handler = show },
		{ "GET", "/a/{x}/d", .handler = show },
		{ "GET", "/", .handler = show },
		{ "GET", "/{x:int}/{y}", .handler = show },
		{ "GET", "/files/{p:path}", .handler = show },
		{ "GET", "/files/{p:path}/edit", .handler = show },
		{ "GET", "/files/{p:path}/by/{who}", .handler = show },
		{ "GET", "/caf\xC3\xA9", .handler = show },
	};
	static const struct stile_converter	own[] = {
		{ "hex", parse_hex }, { 0 }
	};
	static const char *const cases[][2] = {
		{ "/", "/" },
		{ "/a/here", "/a/here" },
		{ "/a/7", "/a/{i:int} i=7" },
		{ "/a/abc123", "/a/{h:hex} h=abc123" },
		{ "/a/abc_123", "/a/{s:slug} s=abc_123" },
		{ "/a/abc%20123", "/a/{s} s=abc 123" },
		{ "/a/F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6",
		    "/a/{u:uuid} u=f81d4fae-7dec-11d0-a765-00a0c91e6bf6" },
		{ "/a/v7", "/a/v{i:int} i=7" },
		{ "/a/vx", "/a/v{s} s=x" },
		{ "/a/vx.txt", "/a/v{s}.txt s=x" },
		{ "/a/v.txt", "/a/v{s} s=.txt" },
		{ "/a/v", "/a/{s:slug} s=v" },
		{ "/a/c", "/a/{h:hex} h=c" },
		{ "/z/c", "/{x}/c x=z" },
		{ "/a/x/d", "/a/{x}/d x=x" },
		{ "/7/c", "/{x:int}/{y} x=7 y=c" },
		{ "/7/q", "/{x:int}/{y} x=7 y=q" },
		{ "/q", "/{rest:path} rest=q" },
		{ "/a/x/e", "/{rest:path} rest=a/x/e" },
		{ "/a/x/d/e/", "/{rest:path} rest=a/x/d/e/" },
		{ "/files/a/b", "/files/{p:path} p=a/b" },
		{ "/files/a/b/", "/files/{p:path} p=a/b/" },
		{ "/files/a/b/edit", "/files/{p:path}/edit p=a/b" },
		{ "/files/edit", "/files/{p:path} p=edit" },
		{ "/files/edit/edit", "/files/{p:path}/edit p=edit" },
		{ "/files/a/b/edit/", "/files/{p:path} p=a/b/edit/" },
		{ "/files/a/by/me", "/files/{p:path}/by/{who} p=a who=me" },
		{ "/files/a/by/b/by/me",
		    "/files/{p:path}/by/{who} p=a/by/b who=me" },
		{ "/files", "/{rest:path} rest=files" },
		{ "/caf%C3%A9", "/caf\xC3\xA9" },
		{ "//a///7", "/a/{i:int} i=7" },
	};
	struct stile_route	turned[NELEM(table) + 1];
	struct stile_app	app = { .name = "demo", .routes = turned,
	    .converters = own };
	struct stile_client	*c;
	size_t			 i, turn;

	memset(turned, 0, sizeof(turned));
	for (turn = 0; turn < 2; turn++) {
		for (i = 0; i < NELEM(table); i++)
			turned[i] = table[turn == 0 ? i : NELEM(table) - 1 - i];
		c = CLIENT(&app);
		for (i = 0; i < NELEM(cases); i++)
			EXPECT_ANSWER(stile_client_get(c, cases[i][0]), 200,
			    cases[i][1], "%s, turn %zu", cases[i][0], turn);
		stile_client_free(c);
	}
}

/* A dead end with a narrower segment must not hide a wider one. */
Test(router, it_goes_back)
{
	static const struct stile_route	routes[] = {
		{ "GET", "/a/b/c/d", .handler = show },
		{ "GET", "/a/{x}/c/e", .handler = show },
		{ "GET", "/{y}/b/{z:int}/f", .handler = show },
		{ "GET", "/{y}/{x}/c/g", .handler = show },
		{ "POST", "/a/b/c/g", .handler = show },
		{ "GET", "/{p:path}/z", .handler = show },
		{ 0 }
	};
	static const char *const cases[][2] = {
		{ "/a/b/c/d", "/a/b/c/d" },
		{ "/a/b/c/e", "/a/{x}/c/e x=b" },
		{ "/a/b/7/f", "/{y}/b/{z:int}/f y=a z=7" },
		{ "/a/b/c/g", "/{y}/{x}/c/g y=a x=b" },
		{ "/a/b/c/d/z", "/{p:path}/z p=a/b/c/d" },
	};
	static const struct stile_app	app = { .name = "demo",
	    .routes = routes };
	struct stile_client		*c = CLIENT(&app);
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_ANSWER(stile_client_get(c, cases[i][0]), 200,
		    cases[i][1], "%s", cases[i][0]);
	EXPECT_ANSWER(stile_client_get(c, "/a/b/c"), 404, NULL, "no leaf");
	stile_client_free(c);
}

Test(router, methods)
{
	static const struct stile_route	routes[] = {
		{ "GET", "/n", .handler = show },
		{ "POST", "/n", .handler = show },
		{ "POST", "/only", .handler = show },
		{ "GET", "/any", .handler = nothing },
		{ "*", "/any", .handler = show },
		{ "PUT", "/{x}", .handler = show },
		{ "DELETE", "/{x:slug}", .handler = show },
		{ "OPTIONS", "/own", .handler = show },
		{ "HEAD", "/head", .handler = show },
		{ "GET", "/head", .handler = nothing },
		{ "get", "/case", .handler = show },
		{ 0 }
	};
	static const struct {
		const char	*method, *path;
		int		 status;
		const char	*allow;
		const char	*body;
	} cases[] = {
		{ "GET", "/n", 200, NULL, "/n" },
		{ "HEAD", "/n", 200, NULL, "" },
		{ "POST", "/n", 200, NULL, "/n" },
		{ "PUT", "/n", 200, NULL, "/{x} x=n" },
		{ "DELETE", "/n", 200, NULL, "/{x:slug} x=n" },
		{ "PATCH", "/n", 405,
		    "GET, HEAD, POST, DELETE, PUT, OPTIONS", NULL },
		{ "OPTIONS", "/n", 204,
		    "GET, HEAD, POST, DELETE, PUT, OPTIONS", "" },
		{ "GET", "/other", 405, "DELETE, PUT, OPTIONS", NULL },
		{ "HEAD", "/other", 405, "DELETE, PUT, OPTIONS", "" },
		{ "get", "/n", 405,
		    "GET, HEAD, POST, DELETE, PUT, OPTIONS", NULL },
		{ "HEAD", "/only", 405, "POST, DELETE, PUT, OPTIONS", "" },
		{ "BREW", "/any", 200, NULL, "/any" },
		{ "OPTIONS", "/any", 200, NULL, "/any" },
		{ "DELETE", "/any", 200, NULL, "/any" },
		{ "OPTIONS", "/own", 200, NULL, "/own" },
		{ "POST", "/own", 405, "OPTIONS, DELETE, PUT", NULL },
		{ "HEAD", "/head", 200, NULL, "" },
		{ "GET", "/head", 204, NULL, "" },
		{ "GET", "/case", 405, "get, DELETE, PUT, OPTIONS", NULL },
		{ "GET", "/a/b", 404, NULL, NULL },
		{ "OPTIONS", "/a/b", 404, NULL, NULL },
		{ "TRACE", "/a/b", 404, NULL, NULL },
	};
	static const struct stile_app	app = { .name = "demo",
	    .routes = routes };
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a;
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		a = send_to(c, cases[i].method, cases[i].path);
		EXPECT_ANSWER(a, cases[i].status, cases[i].body, "%s %s",
		    cases[i].method, cases[i].path);
		EXPECT_STR(stile_answer_header(a, "Allow"), cases[i].allow,
		    "%s %s: Allow", cases[i].method, cases[i].path);
	}
	/* HEAD says how long the answer to GET is. */
	a = send_to(c, "HEAD", "/n");
	EXPECT_STR(stile_answer_header(a, "Content-Length"), "2", "HEAD");
	stile_client_free(c);
}

/* What HEAD on /head has run is its own handler, which has a length. */
Test(router, head_of_its_own)
{
	static const struct stile_route	routes[] = {
		{ "GET", "/head", .handler = nothing },
		{ "HEAD", "/head", .handler = show },
		{ 0 }
	};
	static const struct stile_app	app = { .name = "demo",
	    .routes = routes };
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a = send_to(c, "HEAD", "/head");

	EXPECT_ANSWER(a, 200, "", "HEAD");
	EXPECT_STR(stile_answer_header(a, "Content-Length"), "5", "HEAD");
	stile_client_free(c);
}

Test(router, slash_at_the_end)
{
	static const struct stile_route	routes[] = {
		{ "GET", "/leaf", .handler = show },
		{ "GET", "/branch/", .handler = show },
		{ "GET", "/b/{x}/", .handler = show },
		{ "POST", "/post/", .handler = show },
		{ "GET", "/both", .handler = show },
		{ "GET", "/both/", .handler = show },
		{ "POST", "/mixed", .handler = show },
		{ "GET", "/mixed/", .handler = show },
		{ 0 }
	};
	static const struct {
		const char	*method, *target;
		int		 status;
		const char	*location;
	} cases[] = {
		{ "GET", "/leaf", 200, NULL },
		{ "GET", "/leaf/", 404, NULL },
		{ "GET", "/branch/", 200, NULL },
		{ "GET", "/branch", 308, "/branch/" },
		{ "HEAD", "/branch", 308, "/branch/" },
		{ "POST", "/branch", 308, "/branch/" },
		{ "GET", "/branch?a=1&b=%20", 308, "/branch/?a=1&b=%20" },
		{ "POST", "/post?a=1", 308, "/post/?a=1" },
		{ "PUT", "/post", 308, "/post/" },
		{ "POST", "/branch/", 405, NULL },
		{ "GET", "/b/x", 308, "/b/x/" },
		{ "GET", "/b/%C3%A9%20%3F%23", 308, "/b/%C3%A9%20%3F%23/" },
		{ "GET", "//b///x", 308, "/b/x/" },
		{ "GET", "//evil.example/branch", 404, NULL },
		{ "GET", "//branch", 308, "/branch/" },
		{ "GET", "/both", 200, NULL },
		{ "GET", "/both/", 200, NULL },
		{ "GET", "/mixed", 405, NULL },
		{ "POST", "/mixed/", 405, NULL },
		{ "GET", "/nothing", 404, NULL },
	};
	static const struct stile_app	app = { .name = "demo",
	    .routes = routes };
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a;
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		a = send_to(c, cases[i].method, cases[i].target);
		EXPECT_ANSWER(a, cases[i].status, NULL, "%s %s",
		    cases[i].method, cases[i].target);
		EXPECT_STR(stile_answer_header(a, "Location"),
		    cases[i].location, "%s %s", cases[i].method,
		    cases[i].target);
	}
	EXPECT_ANSWER(stile_client_get(c, "/both"), 200, "/both", "both");
	EXPECT_ANSWER(stile_client_get(c, "/both/"), 200, "/both/", "both/");
	stile_client_free(c);
}

/* ---- mounts ------------------------------------------------------------ */

static const struct stile_route	blog_routes[] = {
	{ "GET", "/", show, .name = "index" },
	{ "GET", "/{slug:slug}", show, .name = "post" },
	{ "GET", "/hex/{n:hex}", .handler = show },
	{ 0 }
};
static const struct stile_converter	blog_converters[] = {
	{ "hex", parse_hex }, { 0 }
};
static const struct stile_app	blog = { .name = "blog",
    .routes = blog_routes, .converters = blog_converters };
static const struct stile_mount	area_mounts[] = {
	{ "/blog", &blog }, { 0 }
};
static const struct stile_route	area_routes[] = {
	{ "GET", "/here", show, .name = "here" }, { 0 }
};
static const struct stile_app	area = { .name = "area",
    .routes = area_routes, .mounts = area_mounts };
static const struct stile_mount	site_mounts[] = {
	{ "/one", &area }, { "/two/deep", &area }, { "/diary", &blog }, { 0 }
};
static const struct stile_route	site_routes[] = {
	{ "GET", "/", show, .name = "index" },
	{ "GET", "/onet", .handler = show },
	{ 0 }
};
static const struct stile_app	site = { .name = "site",
    .routes = site_routes, .mounts = site_mounts };

Test(router, mounts)
{
	static const struct {
		const char	*path;
		int		 status;
		const char	*body;
	} cases[] = {
		{ "/", 200, "/" },
		{ "/one/here", 200, "/one/here" },
		{ "/two/deep/here", 200, "/two/deep/here" },
		{ "/one/blog/", 200, "/one/blog/" },
		{ "/one/blog", 308, NULL },
		{ "/two/deep/blog/a-b", 200,
		    "/two/deep/blog/{slug:slug} slug=a-b" },
		{ "/diary/x", 200, "/diary/{slug:slug} slug=x" },
		{ "/diary/hex/ff", 200, "/diary/hex/{n:hex} n=ff" },
		{ "/one/blog/hex/ff", 200, "/one/blog/hex/{n:hex} n=ff" },
		{ "/onet", 200, "/onet" },
		{ "/one", 404, NULL },
		{ "/two", 404, NULL },
		{ "/blog/x", 404, NULL },
	};
	struct stile_client	*c = CLIENT(&site);
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_ANSWER(stile_client_get(c, cases[i].path),
		    cases[i].status, cases[i].body, "%s", cases[i].path);
	stile_client_free(c);
}

static const struct scope *
scope_of(const struct router *rt, const char *path)
{
	struct stile_str	segs[8], rest = stile_str(path), seg;
	size_t			n = 0;

	while (stile_str_cut(&rest, '/', &seg))
		if (seg.len > 0)
			segs[n++] = seg;
	return router_scope(rt, segs, n);
}

Test(router, scopes)
{
	static const char *const cases[][2] = {
		{ "/", "" }, { "/x", "" }, { "/one", "/one" },
		{ "/onet", "" }, { "/one/x", "/one" },
		{ "/one/blogx", "/one" }, { "/one/blog", "/one/blog" },
		{ "/one/blog/x/y", "/one/blog" }, { "/two", "" },
		{ "/two/deep/blog/", "/two/deep/blog" },
	};
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_error	 e = { 0 };
	struct router		*rt;
	size_t			 i;

	cr_assert_eq(router_new(a, &site, &rt, &e), STILE_OK, "%s", e.detail);
	for (i = 0; i < NELEM(cases); i++)
		EXPECT_STR(scope_of(rt, cases[i][0])->prefix, cases[i][1],
		    "%s", cases[i][0]);
	for (i = 0; router_scope_at(rt, i) != NULL; i++)
		;
	cr_expect_eq(i, 6);
	for (i = 0; router_at(rt, i) != NULL; i++)
		;
	cr_expect_eq(i, 2 + 2 * 1 + 3 * 3);
	stile_arena_free(a);
}

/* An application that is mounted twice finds its own routes in each place. */
Test(router, names_from_a_scope)
{
	static const struct {
		const char	*from, *name, *pattern;
	} cases[] = {
		{ "/", "index", "/" },
		{ "/", "blog:index", "/diary/" },
		{ "/", "area:here", "/one/here" },
		{ "/", "area:blog:index", "/one/blog/" },
		{ "/", "here", NULL }, { "/", "blog", NULL },
		{ "/", "", NULL }, { "/", "blog:", NULL },
		{ "/diary", "index", "/diary/" },
		{ "/diary", "post", "/diary/{slug:slug}" },
		{ "/diary", "blog:post", "/diary/{slug:slug}" },
		{ "/diary", "area:here", "/one/here" },
		{ "/diary", "here", NULL },
		{ "/one", "here", "/one/here" },
		{ "/one", "blog:index", "/one/blog/" },
		{ "/one", "index", "/" },
		{ "/two/deep", "here", "/two/deep/here" },
		{ "/two/deep", "blog:index", "/two/deep/blog/" },
		{ "/one/blog", "index", "/one/blog/" },
		{ "/one/blog", "here", "/one/here" },
		{ "/one/blog", "blog:post", "/one/blog/{slug:slug}" },
		{ "/two/deep/blog", "index", "/two/deep/blog/" },
		{ "/two/deep/blog", "here", "/two/deep/here" },
	};
	static char		 longest[400];
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_error	 e = { 0 };
	struct router		*rt;
	const struct route	*r;
	size_t			 i;

	cr_assert_eq(router_new(a, &site, &rt, &e), STILE_OK, "%s", e.detail);
	for (i = 0; i < NELEM(cases); i++) {
		r = router_named(rt, scope_of(rt, cases[i].from),
		    cases[i].name);
		EXPECT_STR(r != NULL ? r->pattern.text : NULL,
		    cases[i].pattern, "%s from %s", cases[i].name,
		    cases[i].from);
	}
	memset(longest, 'a', sizeof(longest) - 1);
	cr_expect(router_named(rt, router_scope_at(rt, 0), longest) == NULL);
	stile_arena_free(a);
}

/* Two applications of one name are no such case. */
Test(router, two_applications_of_one_name)
{
	static const struct stile_app	other = { .name = "blog",
	    .routes = blog_routes, .converters = blog_converters };
	static const struct stile_mount	mounts[] = {
		{ "/a", &blog }, { "/b", &other }, { 0 }
	};
	static const struct stile_app	both = { .name = "both",
	    .mounts = mounts };
	struct stile_error		e;

	cr_expect_eq(compile(&both, &e), STILE_EINVAL);
	EXPECT_STR(e.detail, "/a/ and /b/ have the same name blog:index",
	    "message");
}

/* ---- size -------------------------------------------------------------- */

#define MANY	10000

Test(router, ten_thousand_routes, .timeout = 120)
{
	static struct stile_route	routes[MANY + 1];
	static char			text[MANY][40];
	struct stile_app		app = { .name = "many",
	    .routes = routes };
	char				target[40], body[80];
	struct stile_client		*c;
	unsigned			 i;

	for (i = 0; i < MANY; i++) {
		snprintf(text[i], sizeof(text[i]), i % 2 == 0 ? "/a%u/b" :
		    "/a%u/{x:int}", i);
		routes[i] = (struct stile_route){ "GET", text[i],
		    .handler = show };
	}
	c = CLIENT(&app);
	for (i = 0; i < MANY; i++) {
		snprintf(target, sizeof(target), i % 2 == 0 ? "/a%u/b" :
		    "/a%u/77", i);
		snprintf(body, sizeof(body), "%s%s", text[i],
		    i % 2 == 0 ? "" : " x=77");
		if (i % 97 == 0 || i + 1 == MANY)
			EXPECT_ANSWER(stile_client_get(c, target), 200, body,
			    "%s", target);
	}
	EXPECT_ANSWER(stile_client_get(c, "/a10000/b"), 404, NULL, "beyond");
	stile_client_free(c);
}

/* Memory and time for a long path are those of its length, not its square. */
Test(router, a_long_path_is_cheap, .timeout = 60)
{
	static const struct stile_route	routes[] = {
		{ "GET", "/{p:path}/edit", .handler = show },
		{ "GET", "/{p:path}/{x:int}/{y:int}", .handler = show }, { 0 }
	};
	static const struct stile_app	app = { .name = "demo",
	    .routes = routes };
	static char			target[8000];
	struct stile_client		*c;
	size_t				 i;

	for (i = 0; i < sizeof(target) - 1; i++)
		target[i] = i % 2 == 0 ? '/' : 'a';
	c = CLIENT(&app, "memory_max=2000000",);
	EXPECT_ANSWER(stile_client_get(c, target), 404, NULL, "4000 segments");
	memcpy(target + sizeof(target) - 6, "/edit", 5);
	EXPECT_ANSWER(stile_client_get(c, target), 200, NULL, "and /edit");
	stile_client_free(c);
}

/* ---- without memory ---------------------------------------------------- */

static enum stile_err
compile_site(void)
{
	struct stile_error	e;

	return compile(&site, &e);
}

Test(router, without_memory)
{
	cr_expect_geq(torture(compile_site), ALLOCATIONS(20));
}

static struct router	*small;

/* 404 would be a lie. */
static enum stile_err
match_all(void)
{
	static const char *const paths[] = {
		"PATH_INFO=/diary/x", "PATH_INFO=/diary/hex/ff",
		"PATH_INFO=/one/blog/a",
	};
	struct unit	u;
	struct match	m;
	enum stile_err	rc = STILE_OK;
	size_t		i;
	long		fail_after = stile__fail_after;

	for (i = 0; i < NELEM(paths) && rc == STILE_OK; i++) {
		stile__fail_after = 0;
		BEGIN(&u, (char *)(uintptr_t)paths[i]);
		stile__fail_after = fail_after;
		router_match(small, u.r.arena, "GET", u.r.segs, u.r.nsegs,
		    u.r.slash, &m);
		fail_after = stile__fail_after;
		if (m.kind == MATCH_NOMEM)
			rc = STILE_ENOMEM;
		else if (m.kind != MATCH_ROUTE)
			rc = STILE_EDB;
		stile__fail_after = 0;
		unit_end(&u);
		stile__fail_after = fail_after;
	}
	return rc;
}

Test(router, matching_without_memory)
{
	struct stile_arena	*a = stile_arena_new(0);

	cr_assert_eq(router_new(a, &site, &small, NULL), STILE_OK);
	cr_expect_geq(torture(match_all), ALLOCATIONS(2));
	stile_arena_free(a);
}

/* ---- what other frameworks do ------------------------------------------ */

/* The router's answer to "/..." as a web server hands it over. */
static void
ask(struct unit *u, const struct router *rt, const char *method,
    const char *path, struct match *m)
{
	char	*var;

	unit_begin(u);
	var = stile_arena_printf(u->r.arena, "PATH_INFO=%s", path);
	stile__req_init(&u->r, VARS("REQUEST_METHOD=GET", "SCRIPT_NAME=", var));
	m->kind = MATCH_NONE;
	m->nparams = m->nallow = 0;
	if (stile_failed(&u->r) == STILE_OK)
		router_match(rt, u->r.arena, method, u->r.segs, u->r.nsegs,
		    u->r.slash, m);
}

/* The one case: its parameters as the vectors have them. */
static bool
same_params(const struct match *m, struct json_object *want)
{
	struct json_object	*v, *inner;
	size_t			 i;

	if (m->nparams != (size_t)json_object_object_length(want))
		return false;
	for (i = 0; i < m->nparams; i++) {
		char	name[100];

		snprintf(name, sizeof(name), "%.*s",
		    STILE_STR_ARG(m->params[i].name));
		if (!json_object_object_get_ex(want, name, &v))
			return false;
		if (json_object_object_get_ex(v, "uuid", &inner))
			v = inner;
		if (json_object_is_type(v, json_type_int) ?
		    m->params[i].value.type != STILE_INT ||
		    m->params[i].value.u.i != json_object_get_int64(v) :
		    strcmp(m->params[i].text, json_object_get_string(v)) != 0)
			return false;
	}
	return true;
}

/* ---- Django ------------------------------------------------------------ */

/*
 * All of them, but for converters and a name that we do not have: {base64},
 * {dynamic} and a parameter called \u0394.  Nothing differs.
 */

Test(router, django_vectors)
{
	struct json_object	*all = vectors("django_url_match.json"), *cases;
	struct json_object	*c, *result, *kwargs;
	const char		*path, *rest;
	char			 pattern[400], target[400];
	size_t			 i, n, passed = 0, other = 0;

	cases = json_object_object_get(json_object_object_get(all, "cases"),
	    "route.match");
	n = json_object_array_length(cases);
	cr_assert_gt(n, 500);
	for (i = 0; i < n; i++) {
		struct stile_arena	*a = stile_arena_new(0);
		struct stile_error	 e = { 0 };
		struct stile_route	 routes[] = {
			{ "GET", pattern, .handler = nothing }, { 0 }
		};
		struct stile_app	 app = { .name = "demo",
		    .routes = routes };
		struct router		*rt;
		struct match		 m;
		struct unit		 u;
		bool			 ok;

		c = json_object_array_get_idx(cases, i);
		pattern[0] = '/';
		/* A converter of the test's own, or a name that is none. */
		if (!convert(text_of(c, "route"), pattern + 1,
		    sizeof(pattern) - 1) || strstr(pattern, "\xCE\x94")) {
			other++;
			stile_arena_free(a);
			continue;
		}
		path = text_of(c, "path");
		result = json_object_object_get(c, "result");
		rest = result != NULL ? text_of(result, "rest") : "";
		/* A prefix of others: what is left over goes into a path. */
		if (!is_true(c, "endpoint") && *rest != '\0')
			snprintf(pattern + strlen(pattern),
			    sizeof(pattern) - strlen(pattern), "{rest:path}");
		snprintf(target, sizeof(target), "/%s", path);
		cr_assert_eq(router_new(a, &app, &rt, &e), STILE_OK, "%s",
		    e.detail);
		ask(&u, rt, "GET", target, &m);
		ok = (m.kind == MATCH_ROUTE) == (result != NULL);
		if (ok && result != NULL) {
			kwargs = json_object_object_get(result, "kwargs");
			if (*rest != '\0' && !is_true(c, "endpoint")) {
				m.nparams--;
				ok = strcmp(m.params[m.nparams].text,
				    rest) == 0;
			}
			ok = ok && same_params(&m, kwargs);
		}
		cr_expect(ok, "case %zu: %s with %s: %d", i, pattern, target,
		    m.kind);
		passed += ok;
		unit_end(&u);
		stile_arena_free(a);
	}
	cr_expect_eq(passed + other, n);
	vectors_played("django_url_match.json", "route.match", passed);
	json_object_put(all);
}

/* ---- Werkzeug ---------------------------------------------------------- */

/* Only what our patterns can say: no hosts, options, defaults, aliases. */
static bool
can_say(struct json_object *map)
{
	static const char *const	none[] = {
		"alias", "build_only", "defaults", "host", "redirect_to",
		"subdomain", "websocket",
	};
	struct json_object	*rules, *rule, *m;
	const char		*text;
	char			 out[1000];
	size_t			 i, k;

	if (is_true(map, "host_matching") ||
	    *text_of(map, "default_subdomain") != '\0')
		return false;
	rules = json_object_object_get(map, "rules");
	for (i = 0; i < json_object_array_length(rules); i++) {
		rule = json_object_array_get_idx(rules, i);
		for (k = 0; k < NELEM(none); k++) {
			m = json_object_object_get(rule, none[k]);
			if (json_object_is_type(m, json_type_object) ||
			    json_object_get_boolean(m))
				return false;
		}
		text = text_of(rule, "rule");
		if (!convert(text, out, sizeof(out)) ||
		    strstr(text, "//") != NULL || strchr(text, '(') != NULL ||
		    !one_each(out))
			return false;
	}
	return true;
}

#define RULES_MAX	16

/* The map as a table; a rule of several methods becomes several rows. */
static size_t
make_table(struct stile_arena *a, struct json_object *map,
    struct stile_route *rows, const char **endpoints)
{
	struct json_object	*rules, *rule, *methods;
	const char		*method;
	char			 out[1000];
	size_t			 i, k, n = 0, nmethods;

	rules = json_object_object_get(map, "rules");
	for (i = 0; i < json_object_array_length(rules); i++) {
		rule = json_object_array_get_idx(rules, i);
		methods = json_object_object_get(rule, "methods");
		nmethods = methods != NULL ? json_object_array_length(methods) :
		    1;
		convert(text_of(rule, "rule"), out, sizeof(out));
		for (k = 0; k < nmethods; k++) {
			cr_assert_lt(n, RULES_MAX);
			method = methods != NULL ? json_object_get_string(
			    json_object_array_get_idx(methods, k)) : "*";
			/* Automatic with both. */
			if (strcmp(method, "HEAD") == 0)
				continue;
			endpoints[n] = text_of(rule, "endpoint");
			rows[n++] = (struct stile_route){ method,
			    stile_arena_strdup(a, out), .handler = nothing };
		}
	}
	rows[n] = (struct stile_route){ 0 };
	return n;
}

/* Whether the match is what the case says, and if not, in a word. */
static bool
same_outcome(struct json_object *c, const struct match *m,
    const struct stile_route *rows, const char *const *endpoints)
{
	struct json_object	*want = NULL;
	const char		*raises = text_of(c, "raises");
	size_t			 i, k;

	if (json_object_object_get_ex(c, "result", &want))
		return m->kind == MATCH_ROUTE && strcmp(
		    endpoints[m->route->row - rows],
		    text_of(want, "endpoint")) == 0 && same_params(m,
		    json_object_object_get(want, "args"));
	if (strcmp(raises, "NotFound") == 0)
		return m->kind == MATCH_NONE;
	if (strcmp(raises, "RequestRedirect") == 0)
		return m->kind == MATCH_SLASH;
	if (m->kind != MATCH_METHODS)
		return false;
	want = json_object_object_get(c, "allow");
	for (i = 0; i < json_object_array_length(want); i++) {
		for (k = 0; k < m->nallow; k++)
			if (strcmp(m->allow[k], json_object_get_string(
			    json_object_array_get_idx(want, i))) == 0)
				break;
		if (k == m->nallow)
			return false;
	}
	return m->nallow == i;
}

/*
 * Where stile differs on purpose: map, method, path, what it does, how often,
 * and why.  Map m19's case is no difference: it records the rule's text in
 * place of its endpoint.
 */
static const struct {
	const char	*map, *method, *path;
	enum match_kind	 kind;
	unsigned	 count;
	const char	*why;
} werkzeug_differs[] = {
	{ "m2", "GET", "/merge/%//path", MATCH_ROUTE, 1,
	    "slashes merge without a redirect" },
	{ "m2", "GET", "/merge//st/path", MATCH_ROUTE, 1,
	    "slashes merge without a redirect" },
	{ "m3", "GET", "/bar", MATCH_METHODS, 1,
	    "the path itself is there, for POST: 405 before a redirect" },
	{ "m4", "GET", "/bar", MATCH_METHODS, 1,
	    "the path itself is there, for POST: 405 before a redirect" },
	{ "m6", "GET", "/path5/", MATCH_NONE, 1,
	    "there is no strict_slashes=False: /a/ is not /a" },
	{ "m43", "GET", "/path1/", MATCH_ROUTE, 1,
	    "there is no strict_slashes=False: /{path:path} has it" },
	{ "m43", "GET", "/path2", MATCH_ROUTE, 1,
	    "there is no strict_slashes=False: /{path:path} has it" },
	{ "m36", "GET", "", MATCH_ROUTE, 2,
	    "an empty PATH_INFO is the root, without a redirect" },
	{ "m19", "GET", "/foo/", MATCH_ROUTE, 1,
	    "the case has the rule for its endpoint" },
};

Test(router, werkzeug_vectors)
{
	struct json_object	*all = vectors("werkzeug_routing.json"), *j, *c;
	struct json_object	*map = NULL, *maps, *cases;
	const char		*path, *method;
	unsigned		 count[NELEM(werkzeug_differs)] = { 0 };
	size_t			 i, k, passed = 0, differ = 0;

	j = json_object_object_get(all, "cases");
	maps = json_object_object_get(j, "maps");
	cases = json_object_object_get(j, "route.match");
	for (i = 0; i < json_object_array_length(cases); i++) {
		struct stile_arena	*a;
		struct stile_error	 e = { 0 };
		struct stile_route	 rows[RULES_MAX + 1];
		const char		*endpoints[RULES_MAX];
		struct stile_app	 app = { .name = "demo",
		    .routes = rows };
		struct router		*rt;
		struct match		 m;
		struct unit		 u;
		bool			 ok;

		c = json_object_array_get_idx(cases, i);
		for (k = 0; k < json_object_array_length(maps); k++) {
			map = json_object_array_get_idx(maps, k);
			if (strcmp(text_of(map, "id"), text_of(c, "map")) == 0)
				break;
		}
		map = json_object_object_get(map, "map");
		if (!can_say(map) || is_true(c, "ws"))
			continue;
		if ((path = text_of(c, "path")) == NULL)
			path = text_of(json_object_object_get(c, "adapter"),
			    "path_info");
		if ((method = text_of(c, "method")) == NULL)
			method = "GET";
		a = stile_arena_new(0);
		make_table(a, map, rows, endpoints);
		cr_assert_eq(router_new(a, &app, &rt, &e), STILE_OK, "%s: %s",
		    text_of(c, "map"), e.detail);
		ask(&u, rt, method, path, &m);
		ok = same_outcome(c, &m, rows, endpoints);
		for (k = 0; k < NELEM(werkzeug_differs) && !ok; k++)
			if (strcmp(werkzeug_differs[k].map,
			    text_of(c, "map")) == 0 &&
			    strcmp(werkzeug_differs[k].method, method) == 0 &&
			    strcmp(werkzeug_differs[k].path, path) == 0 &&
			    werkzeug_differs[k].kind == m.kind) {
				count[k]++;
				differ++;
				break;
			}
		cr_expect(ok || k < NELEM(werkzeug_differs),
		    "case %zu: %s: %s %s: kind %d, %s", i, text_of(c, "map"),
		    method, path, m.kind, json_object_to_json_string(c));
		passed += ok;
		unit_end(&u);
		stile_arena_free(a);
	}
	for (k = 0; k < NELEM(werkzeug_differs); k++)
		cr_expect_eq(count[k], werkzeug_differs[k].count,
		    "%s %s %s: %u, not %u (%s)", werkzeug_differs[k].map,
		    werkzeug_differs[k].method, werkzeug_differs[k].path,
		    count[k], werkzeug_differs[k].count,
		    werkzeug_differs[k].why);
	/* The others are of maps that our patterns cannot say. */
	vectors_played("werkzeug_routing.json", "route.match",
	    passed + differ);
	json_object_put(all);
}
