/* SPDX-License-Identifier: ISC */
/* lib/gate/client.c: requests as a web server would hand them over. */
#include "app.h"

#include "stile/migrate.h"
#include "stile/table.h"

/* Everything that a request is made of, one line each. */
static int
echo(struct stile_req *r)
{
	static const char *const	headers[] = {
		"Host", "X-One", "Content-Type", "Content-Length", "Accept",
	};
	struct stile_buf	*b = stile_buf_new(r->arena, 65536);
	struct stile_str	 body = stile_body(r);
	const char		*h;
	size_t			 i;

	if (b == NULL)
		return stile_fail(r, 503, "no memory");
	stile_buf_printf(b, "%s %s ? %s\n", stile_req_method(r),
	    stile_req_path(r), stile_req_query(r));
	for (i = 0; i < NELEM(headers); i++)
		if ((h = stile_header(r, headers[i])) != NULL)
			stile_buf_printf(b, "%s: %s\n", headers[i], h);
	stile_buf_printf(b, "peer %s\n", stile_req_peer(r));
	stile_buf_printf(b, "%zu:", body.len);
	stile_buf_str(b, body);
	return stile_send_buf(r, 200, "text/plain", b);
}

static int
many_headers(struct stile_req *r)
{
	stile_header_set(r, "X-A", "1");
	stile_header_add(r, "Set-Cookie", "a=1");
	stile_header_add(r, "Set-Cookie", "b=2");
	stile_header_set(r, "X-Empty", "");
	return stile_send_empty(r, 204);
}

static int
send_as(struct stile_req *r)
{
	const char	*s = stile_query(r, "s");

	return stile_send(r, 200, stile_query(r, "type"), s, strlen(s));
}

static int
nul(struct stile_req *r)
{
	return stile_send(r, 200, "text/plain", "a\0b", 3);
}

static const struct stile_route	routes[] = {
	{ "*", "/echo/{p:path}", .handler = echo },
	{ "GET", "/headers", .handler = many_headers },
	{ "GET", "/as", .handler = send_as },
	{ "GET", "/nul", .handler = nul },
	{ 0 }
};
static const struct stile_app	app = { .name = "demo", .routes = routes };

Test(client, what_is_sent)
{
	static const struct {
		const char	*method, *target, *type, *body;
		const char	*want;
	} cases[] = {
		{ "GET", "/echo/a", NULL, NULL, "GET /echo/a ? \n"
		    "Host: localhost\npeer 127.0.0.1\n0:" },
		{ "BREW", "/echo/a%20b?x=%20&y", NULL, NULL,
		    "BREW /echo/a b ? x=%20&y\nHost: localhost\n"
		    "peer 127.0.0.1\n0:" },
		{ "POST", "/echo/a", "text/x", "body",
		    "POST /echo/a ? \nHost: localhost\nContent-Type: text/x\n"
		    "Content-Length: 4\npeer 127.0.0.1\n4:body" },
		{ "POST", "/echo/a", NULL, "body",
		    "POST /echo/a ? \nHost: localhost\nContent-Length: 4\n"
		    "peer 127.0.0.1\n4:body" },
		{ "POST", "/echo/a", "text/x", "",
		    "POST /echo/a ? \nHost: localhost\nContent-Type: text/x\n"
		    "Content-Length: 0\npeer 127.0.0.1\n0:" },
		{ "GET", "/echo/a?b?c", NULL, NULL, "GET /echo/a ? b?c\n"
		    "Host: localhost\npeer 127.0.0.1\n0:" },
		{ "GET", "/echo/%C3%A9", NULL, NULL, "GET /echo/\xC3\xA9 ? \n"
		    "Host: localhost\npeer 127.0.0.1\n0:" },
	};
	struct stile_client	*c = CLIENT(&app);
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_ANSWER(stile_client_send(c, cases[i].method,
		    cases[i].target, cases[i].type, cases[i].body,
		    cases[i].body != NULL ? strlen(cases[i].body) : 0), 200,
		    cases[i].want, "%s %s", cases[i].method, cases[i].target);
	EXPECT_ANSWER(stile_client_json(c, "PUT", "/echo/a", "{}"), 200,
	    "PUT /echo/a ? \nHost: localhost\nContent-Type: application/json\n"
	    "Content-Length: 2\npeer 127.0.0.1\n2:{}", "JSON");
	stile_client_free(c);
}

Test(client, headers_of_requests)
{
	struct stile_client	*c = CLIENT(&app, "hosts=example.org",);
	static const char	 with[] = "GET /echo/a ? \n"
	    "Host: example.org\nX-One: two\nAccept: text/*\n"
	    "peer 127.0.0.1\n0:";

	cr_expect_eq(stile_client_header(c, "Host", "example.org"), STILE_OK);
	cr_expect_eq(stile_client_header(c, "X-One", "one"), STILE_OK);
	cr_expect_eq(stile_client_header(c, "x-oNE", "two"), STILE_OK);
	cr_expect_eq(stile_client_header(c, "Accept", "text/*"), STILE_OK);
	EXPECT_ANSWER(stile_client_get(c, "/echo/a"), 200, with, "set");
	EXPECT_ANSWER(stile_client_get(c, "/echo/a"), 200, with, "they stay");
	cr_expect_eq(stile_client_header(c, "X-ONE", NULL), STILE_OK);
	cr_expect_eq(stile_client_header(c, "Accept", NULL), STILE_OK);
	cr_expect_eq(stile_client_header(c, "Never", NULL), STILE_OK);
	EXPECT_ANSWER(stile_client_get(c, "/echo/a"), 200,
	    "GET /echo/a ? \nHost: example.org\npeer 127.0.0.1\n0:", "gone");
	stile_client_free(c);
}

Test(client, too_many_headers)
{
	struct stile_client	*c = CLIENT(&app);
	char			 name[20];
	int			 i;

	for (i = 0; i < 101; i++) {
		snprintf(name, sizeof(name), "X-%d", i);
		cr_expect_eq(stile_client_header(c, name, "x"), STILE_OK);
	}
	EXPECT_ANSWER(stile_client_get(c, "/echo/a"), 431, NULL, "and Host");
	for (; i < 2048; i++) {
		snprintf(name, sizeof(name), "X-%d", i);
		cr_expect_eq(stile_client_header(c, name, "x"), STILE_OK);
	}
	cr_expect_eq(stile_client_header(c, "X-Last", "x"), STILE_ETOOBIG);
	cr_expect_eq(stile_client_header(c, "X-0", "y"), STILE_OK,
	    "in place of one");
	/* With the variables of the request they are too many to send. */
	cr_expect(stile_client_get(c, "/echo/a") == NULL);
	stile_client_free(c);
}

Test(client, headers_of_answers)
{
	static const char *const	want[][2] = {
		{ "X-A", "1" }, { "Set-Cookie", "a=1" },
		{ "Set-Cookie", "b=2" }, { "X-Empty", "" },
	};
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a = stile_client_get(c, "/headers");
	struct stile_str		 name, value;
	size_t				 i;

	EXPECT_ANSWER(a, 204, "", "answer");
	for (i = 0; i < NELEM(want); i++) {
		cr_assert(stile_answer_header_at(a, i, &name, &value));
		cr_expect(stile_str_eq(name, stile_str(want[i][0])), "%zu", i);
		cr_expect(stile_str_eq(value, stile_str(want[i][1])), "%zu", i);
	}
	cr_expect_not(stile_answer_header_at(a, i, &name, &value));
	EXPECT_STR(stile_answer_header(a, "set-cookie"), "a=1", "the first");
	EXPECT_STR(stile_answer_header(a, "X-Empty"), "", "empty");
	EXPECT_STR(stile_answer_header(a, "X-None"), NULL, "none");
	EXPECT_STR(stile_answer_header(a, "Status"), NULL, "Status");
	stile_client_free(c);
}

Test(client, json_of_answers)
{
	static const struct {
		const char	*type, *body;
		bool		 json;
	} cases[] = {
		{ "application/json", "{\"a\":1}", true },
		{ "application/json; charset=utf-8", "[1]", true },
		{ "application/problem%2Bjson", "{\"a\":1}", true },
		{ "text/plain", "{\"a\":1}", false },
		{ "application/json", "{\"a\":}", false },
		{ "application/json", "", false },
		{ "application/json", "null", false },
	};
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a;
	char				 target[200];
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		snprintf(target, sizeof(target), "/as?type=%s&s=%s",
		    cases[i].type, cases[i].body);
		a = stile_client_get(c, target);
		EXPECT_ANSWER(a, 200, cases[i].body, "%s", target);
		cr_expect_eq(stile_answer_json(a) != NULL, cases[i].json, "%s",
		    target);
	}
	stile_client_free(c);
}

Test(client, bodies_with_nul)
{
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a = stile_client_get(c, "/nul");

	cr_expect_eq(stile_answer_body(a).len, 3);
	cr_expect_eq(memcmp(stile_answer_body(a).p, "a\0b", 3), 0);
	a = stile_client_send(c, "POST", "/echo/a", NULL, "x\0y", 3);
	cr_expect_eq(memcmp(stile_answer_body(a).p + stile_answer_body(a).len -
	    5, "3:x\0y", 5), 0);
	stile_client_free(c);
}

/* All answers live until the client is freed. */
Test(client, answers_stay)
{
	struct stile_client		*c = CLIENT(&app);
	const struct stile_answer	*a[50];
	char				 target[40], want[100];
	int				 i;

	for (i = 0; i < 50; i++) {
		snprintf(target, sizeof(target), "/echo/%d", i);
		a[i] = stile_client_get(c, target);
	}
	for (i = 0; i < 50; i++) {
		snprintf(want, sizeof(want), "GET /echo/%d ? \n"
		    "Host: localhost\npeer 127.0.0.1\n0:", i);
		EXPECT_ANSWER(a[i], 200, want, "%d", i);
	}
	stile_client_free(c);
}

/* Targets that no server would hand over as they are. */
Test(client, odd_targets)
{
	static const struct {
		const char	*target;
		int		 status;
	} cases[] = {
		{ "", 404 }, { "echo/a", 400 }, { "/echo/%ff", 400 },
		{ "/echo/%00", 400 }, { "/echo/a/../b", 400 },
		{ "/echo/%2e%2e/b", 400 }, { "/echo/%", 200 },
		{ "/echo/%zz", 200 }, { "*", 400 },
	};
	struct stile_client	*c = CLIENT(&app);
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_ANSWER(stile_client_get(c, cases[i].target),
		    cases[i].status, NULL, "'%s'", cases[i].target);
	stile_client_free(c);
}

/* ---- clients that cannot be made --------------------------------------- */

static const struct stile_migration	good[] = {
	{ 1, "one", .sql = "CREATE TABLE t (x)" }, { 0 }
};
static const struct stile_migration	bad[] = {
	{ 1, "one", .sql = "nonsense" }, { 0 }
};

Test(client, what_it_does_not_take)
{
	static const struct stile_app	migrated = { .name = "demo",
	    .migrations = good };
	static const struct stile_app	broken = { .name = "demo",
	    .migrations = bad };
	static const struct {
		const struct stile_app	*app;
		const char		*setting;
		enum stile_err		 code;
		const char		*says;
	} cases[] = {
		{ &app, "nonsense", STILE_EINVAL,
		    "nonsense: name=value is expected" },
		{ &app, "nothing=1", STILE_ENOTFOUND,
		    "client: there is no setting 'nothing'" },
		{ &app, "body_max=many", STILE_EINVAL, "client: body_max:" },
		{ &app, "log_level=loud", STILE_EINVAL, "client: log_level:" },
		{ &migrated, "db=mysql:x", STILE_EINVAL, "not a data source" },
		{ &migrated, "db=sqlite:/none/x.db", STILE_EIO, "/none/x.db" },
		{ &broken, "threads=1", STILE_EDB, "migration one: " },
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		const char *const	settings[] = { cases[i].setting, NULL };

		e = (struct stile_error){ 0 };
		cr_expect(stile_client_new(cases[i].app, settings, &e) == NULL,
		    "%s", cases[i].setting);
		cr_expect_eq(e.code, cases[i].code, "%s: %s",
		    cases[i].setting, stile_err_name(e.code));
		cr_expect(strstr(e.detail, cases[i].says) != NULL, "%s: %s",
		    cases[i].setting, e.detail);
		/* And without a place for the cause. */
		cr_expect(stile_client_new(cases[i].app, settings, NULL) ==
		    NULL);
	}
	stile_client_free(NULL);
}

/* A client of a file on disk migrates it, and finds it migrated. */
Test(client, a_database_on_disk)
{
	static const struct stile_app	migrated = { .name = "demo",
	    .migrations = good };
	struct tmp			 t;
	struct stile_client		*c;
	char				 setting[200];
	int				 i;

	tmp_make(&t);
	snprintf(setting, sizeof(setting), "db=sqlite:%s/x.db", t.dir);
	for (i = 0; i < 2; i++) {
		c = client_of(&migrated, (const char *const []){ setting,
		    NULL });
		cr_expect_eq(access(setting + 10, F_OK), 0);
		stile_client_free(c);
	}
	tmp_remove(&t);
}

/* The environment is not read: tests are the same everywhere. */
Test(client, no_environment)
{
	struct stile_client	*c;

	setenv("DEMO_BODY_MAX", "1", 1);
	setenv("DEMO_CONFIG", "/nowhere", 1);
	c = CLIENT(&app);
	EXPECT_ANSWER(stile_client_json(c, "PUT", "/echo/a", "{}"), 200, NULL,
	    "body");
	stile_client_free(c);
}

static enum stile_err
one_request(void)
{
	static const struct stile_app	migrated = { .name = "demo",
	    .routes = routes, .migrations = good };
	struct stile_client		*c;
	const struct stile_answer	*a;
	struct stile_error		 e = { 0 };
	enum stile_err			 rc = STILE_OK;
	int				 status;

	if ((c = stile_client_new(&migrated, NULL, &e)) == NULL)
		return e.code;
	if (stile_client_header(c, "X-One", "1") != STILE_OK)
		rc = STILE_ENOMEM;
	else {
		a = stile_client_json(c, "POST", "/echo/a", "{\"a\":1}");
		status = a != NULL ? stile_answer_status(a) : 0;
		if (status == 0 || status == 503)
			rc = STILE_ENOMEM;
		else if (status != 200)
			rc = STILE_EDB;
	}
	stile_client_free(c);
	return rc;
}

Test(client, without_memory, .timeout = 60)
{
	cr_expect_geq(torture(one_request), ALLOCATIONS(50));
}
