/* SPDX-License-Identifier: ISC */
/* gate/check.c: each mistake in the tables of an application is found. */
#include "app.h"

#include "gate/check.h"
#include "gate/gate.h"

static int
nothing(struct stile_req *r)
{
	return stile_send_empty(r, 204);
}

#define ROW(m, p, ...)	{ .method = (m), .path = (p), .handler = nothing,	\
			  __VA_ARGS__ }
#define TABLE(...)	((const struct stile_schema[]){ __VA_ARGS__, { 0 } })
#define PARAMS(...)	&(const struct stile_schema){ .type = STILE_OBJECT,	\
			    .properties = TABLE(__VA_ARGS__) }

static char	lines[4096];
static size_t	nroutes, nschemas;

static void
keep(void *arg, const char *line)
{
	(void)arg;
	strncat(lines, line, sizeof(lines) - strlen(lines) - 2);
	strcat(lines, "\n");
}

/* What is said of it, line by line. */
static const char *
check(const struct stile_app *app, bool harm_only)
{
	struct stile_error	 e = { 0 };
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_site	*site;
	struct conf		*conf;
	struct check		 c = { .found = keep, .harm_only = harm_only };

	lines[0] = '\0';
	cr_assert_eq(conf_new(a, app, &conf, &e), STILE_OK, "%s", e.detail);
	cr_assert_eq(site_new(a, app, conf, 2, &site, &e), STILE_OK, "%s",
	    e.detail);
	c.site = site;
	c.arena = site->arena;
	(harm_only ? check_schemas : check_site)(&c);
	cr_expect(!c.nomem);
	nroutes = c.nroutes;
	nschemas = c.nschemas;
	site_free(site);
	return lines;
}

static const struct stile_schema	note = { "Note", STILE_OBJECT,
    .properties = TABLE({ .name = "title", .type = STILE_STRING }) };
static const struct stile_schema	other_note = { "Note", STILE_OBJECT,
    .properties = TABLE({ .name = "name", .type = STILE_STRING }) };
static const struct stile_schema	deep = { "Deep", STILE_OBJECT,
    .properties = TABLE({ .name = "note", .ref = &note },
	{ .name = "notes", .type = STILE_ARRAY, .items = &note }) };
static const struct stile_schema	upload = { "Upload", STILE_OBJECT,
    .properties = TABLE({ .name = "file", .type = STILE_FILE }) };
static const struct stile_schema	lint = { "Lint", STILE_OBJECT,
    .properties = TABLE({ .name = "day", .type = STILE_DATE, .min = 1 }) };
static const struct stile_schema	harm = { "Harm", STILE_OBJECT,
    .properties = TABLE({ .name = "n", .type = STILE_INTEGER,
	.absent = "many" }) };
static const struct stile_page		page = { .sql = "SELECT 1 AS title",
    .as = &note };

static bool
parse_never(struct stile_str s, struct stile_value *ret)
{
	(void)s;
	(void)ret;
	return false;
}

static const struct stile_converter	own[] = {
	{ "never", parse_never }, { 0 }
};

static const struct {
	const char		*want;		/* "" : nothing */
	struct stile_route	 rows[3];
} cases[] = {
	{ "", { ROW("GET", "/") } },
	{ "", { ROW("GET", "/a"), ROW("GET", "/{x}") } },
	{ "", { ROW("GET", "/{x:int}"), ROW("GET", "/{x:path}") } },
	{ "", { ROW("*", "/a"), ROW("GET", "/a") } },
	{ "", { ROW("GET", "/{x:never}") } },
	{ "t: get /a: the method is written GET\n", { ROW("get", "/a") } },
	{ "t: GET /a/../b: no request has the segment ..\n",
	    { ROW("GET", "/a/../b") } },

	/* Parameters. */
	{ "t: GET /{a}: params: the path has no {b}\n", { ROW("GET", "/{a}",
	    .params = PARAMS({ .name = "b", .type = STILE_STRING,
	    .in = STILE_IN_PATH })) } },
	{ "t: GET /{a:int}: params: a: {a:int} is not a date such as "
	    "2026-11-22\n", { ROW("GET", "/{a:int}",
	    .params = PARAMS({ .name = "a", .type = STILE_DATE,
	    .in = STILE_IN_PATH })) } },
	{ "", { ROW("GET", "/{a:int}", .params = PARAMS({ .name = "a",
	    .type = STILE_INTEGER, .in = STILE_IN_PATH })) } },
	{ "", { ROW("GET", "/{a}", .params = PARAMS({ .name = "a",
	    .type = STILE_INTEGER, .in = STILE_IN_PATH })) } },
	{ "t: GET /{a}: params: a: an object cannot be a part of a path\n",
	    { ROW("GET", "/{a}", .params = PARAMS({ .name = "a",
	    .ref = &note, .in = STILE_IN_PATH })) } },
	{ "t: GET /: params: a: an object cannot be sent as text\n",
	    { ROW("GET", "/", .params = PARAMS({ .name = "a",
	    .ref = &note })) } },
	{ "t: GET /: params: a b cannot be the name of a header\n",
	    { ROW("GET", "/", .params = PARAMS({ .name = "a b",
	    .type = STILE_STRING, .in = STILE_IN_HEADER })) } },
	{ "t: GET /: params: a: a body is no parameter\n",
	    { ROW("GET", "/", .params = PARAMS({ .name = "a",
	    .type = STILE_STRING, .in = STILE_IN_BODY })) } },
	{ "t: GET /: params: a can be set by nobody\n",
	    { ROW("GET", "/", .params = PARAMS({ .name = "a",
	    .type = STILE_STRING, .read_only = true })) } },
	{ "t: GET /: params: limit is a parameter of the page\n",
	    { ROW("GET", "/", .page = &page, .params = PARAMS({
	    .name = "limit", .type = STILE_INTEGER })) } },
	{ "", { ROW("GET", "/", .params = PARAMS({ .name = "limit",
	    .type = STILE_INTEGER })) } },
	{ "t: GET /: params: an object with .properties is expected\n",
	    { ROW("GET", "/", .params = note.properties) } },
	{ "t: GET /: params: schema.a: .min 2 is above .max 1\n",
	    { ROW("GET", "/", .params = PARAMS({ .name = "a",
	    .type = STILE_INTEGER, .min = 2, .max = 1 })) } },

	/* Bodies. */
	{ "t: GET /: a body has no meaning for GET\n",
	    { ROW("GET", "/", .body = &note) } },
	{ "t: HEAD /: a body has no meaning for HEAD\n",
	    { ROW("HEAD", "/", .body = &note) } },
	{ "", { ROW("POST", "/", .body = &deep) } },
	{ "t: POST /: body: note: an object cannot be sent as text\n"
	    "t: POST /: body: notes: an object cannot be sent as text\n",
	    { ROW("POST", "/", .body = &deep, .body_type = STILE_BODY_FORM) } },
	{ "t: POST /: body: a file can only be in a form\n",
	    { ROW("POST", "/", .body = &upload) } },
	{ "", { ROW("POST", "/", .body = &upload,
	    .body_type = STILE_BODY_FORM) } },
	{ "t: POST /: body: a form is an object\n", { ROW("POST", "/",
	    .body = &(const struct stile_schema){ .type = STILE_STRING },
	    .body_type = STILE_BODY_FORM) } },
	{ "t: POST /: body: Lint.day: .min and .max say nothing of a date\n",
	    { ROW("POST", "/", .body = &lint) } },
	{ "t: two schemas have the name Note\n", { ROW("POST", "/",
	    .body = &note), ROW("PUT", "/", .body = &other_note) } },
	{ "", { ROW("POST", "/", .body = &note), ROW("PUT", "/",
	    .body = &deep) } },

	/* What the document says. */
	{ "t: GET /: security: there is no scheme key\n",
	    { ROW("GET", "/", .security = "token key") } },
	{ "", { ROW("GET", "/", .security = "token") } },
	{ "t: GET /b: the operation look is GET /a already\n",
	    { ROW("GET", "/a", .operation = "look"),
	    ROW("GET", "/b", .operation = "look") } },
	{ "t: GET /: responses: 99 is no status of an answer\n",
	    { ROW("GET", "/", .responses = STILE_RESPONSES({ .status = 99 })) } },
	{ "t: GET /: responses: an answer of 204 has no body\n",
	    { ROW("GET", "/", .responses = STILE_RESPONSES({ .status = 204,
	    .schema = &note })) } },
	{ "t: GET /: responses: the example of 200: /title: a string is "
	    "expected\n", { ROW("GET", "/", .responses = STILE_RESPONSES({
	    .status = 200, .schema = &note, .example = "{\"title\":1}" })) } },
	{ "t: GET /: responses: the example of 200: json: byte 2: a "
	    "member's name in double quotes is expected\n", { ROW("GET", "/",
	    .responses = STILE_RESPONSES({ .status = 200, .schema = &note,
	    .example = "{" })) } },
	{ "", { ROW("GET", "/", .responses = STILE_RESPONSES({ .status = 200,
	    .schema = &note, .example = "{\"title\":\"x\"}" })) } },
	{ "t: GET /: responses: Lint.day: .min and .max say nothing of a "
	    "date\n", { ROW("GET", "/", .responses = STILE_RESPONSES({
	    .status = 200, .schema = &lint })) } },
};

static const struct stile_security	schemes[] = {
	{ .name = "token", .type = "http", .scheme = "bearer" }, { 0 }
};

Test(check, findings)
{
	struct stile_app	app = { .name = "t", .converters = own,
				    .security = schemes };
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		app.routes = cases[i].rows;
		EXPECT_STR(check(&app, false), cases[i].want, "%zu", i);
	}
}

/* A converter that takes the samples before those of the library. */
static bool
parse_any(struct stile_str s, struct stile_value *ret)
{
	*ret = stile_text_str(s);
	return true;
}

Test(check, what_no_request_reaches)
{
	static const struct stile_converter	any[] = {
		{ "any", parse_any }, { 0 }
	};
	static const struct stile_route		rows[] = {
		ROW("GET", "/{x:any}"), ROW("GET", "/{x:slug}"), { 0 }
	};
	const struct stile_app			app = { .name = "t",
	    .converters = any, .routes = rows };

	EXPECT_STR(check(&app, false), "t: GET /{x:slug}: no request gets "
	    "here: GET /{x:any} takes them\n", "slug");
}

Test(check, mounts)
{
	static const struct stile_route	rows[] = {
		ROW("GET", "/x", .security = "token"),
		ROW("GET", "/y", .security = "key"),
		ROW("GET", "/z", .operation = "z"), { 0 }
	};
	static const struct stile_app	inner = { .name = "inner",
	    .routes = rows };
	static const struct stile_mount	mounts[] = {
		{ "/a", &inner }, { "/b", &inner }, { 0 }
	};
	const struct stile_app		app = { .name = "t", .mounts = mounts,
	    .security = schemes };

	EXPECT_STR(check(&app, false),
	    "t: GET /a/y: security: there is no scheme key\n"
	    "t: GET /b/y: security: there is no scheme key\n", "mounts");
	cr_expect_eq(nroutes, 6);
}

Test(check, counts)
{
	static const struct stile_route	rows[] = {
		ROW("POST", "/", .body = &deep), ROW("PUT", "/", .body = &note),
		{ 0 }
	};
	const struct stile_app		app = { .name = "t", .routes = rows };

	EXPECT_STR(check(&app, false), "", "nothing");
	cr_expect_eq(nroutes, 2);
	cr_expect_eq(nschemas, 2);
}

/* What "serve" looks at. */
Test(check, harm)
{
	static const struct stile_route	rows[] = {
		ROW("POST", "/", .body = &lint), ROW("PUT", "/", .body = &harm),
		ROW("GET", "/", .security = "nobody"), { 0 }
	};
	const struct stile_app		app = { .name = "t", .routes = rows };

	EXPECT_STR(check(&app, true), "t: PUT /: body: Harm.n: .absent "
	    "'many': an integer is expected\n", "harm");
}

/* The commands: what is printed, and the exit status. */
Test(check, commands)
{
	static const struct stile_route	rows[] = {
		ROW("PUT", "/", .body = &harm), { 0 }
	};
	static const struct stile_route	odd[] = {
		ROW("get", "/"), ROW("POST", "/", .body = &lint), { 0 }
	};
	static char		t[] = "t", serve[] = "serve", all[] = "check",
				listen[] = "--listen=unix:/nowhere/socket";
	struct stile_app	app = { .name = "t", .routes = rows };
	char			*serving[] = { t, serve, listen, NULL };
	char			*checking[] = { t, all, NULL };

	unsetenv("GATEWAY_INTERFACE");
	cr_expect_eq(stile_main(&app, 3, serving), EXIT_CONFIG);
	cr_expect_eq(stile_main(&app, 2, checking), 1);
	/* What is no harm keeps no server from starting: it gets on to
	 * its socket. */
	app.routes = odd;
	cr_expect_eq(stile_main(&app, 2, checking), 1);
	cr_expect_eq(stile_main(&app, 3, serving), EXIT_IO);
	app.routes = odd + 2;
	cr_expect_eq(stile_main(&app, 2, checking), 0);
}
