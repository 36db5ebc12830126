/* SPDX-License-Identifier: ISC */
/* apps/notes: what a client of the API sees, through the public client only. */
#include "app.h"

#include "stile/contract.h"

int	notes_main(int argc, char **argv);
#define main	notes_main
#include "../../apps/notes/notes.c"
#undef main

#define NOTE(id, title, body, done)					\
	"{\"id\":" #id ",\"title\":\"" title "\",\"body\":\"" body	\
	"\",\"done\":" #done "}"

static struct stile_client	*c;

static void
setup(void)
{
	c = CLIENT(&app);
}

static void
teardown(void)
{
	stile_client_free(c);
}

TestSuite(notes, .init = setup, .fini = teardown);

static const struct stile_answer *
post(const char *json)
{
	return stile_client_json(c, "POST", "/notes", json);
}

/* How many notes there are. */
static size_t
count(void)
{
	return json_object_array_length(stile_answer_json(
	    stile_client_get(c, "/notes?limit=100")));
}

/* A string value of n times the character, in JSON. */
static char *
long_note(const char *member, const char *character, size_t n)
{
	size_t	 len = strlen(character), i;
	char	*s = malloc(100 + n * len), *p = s;

	cr_assert(s != NULL);
	p += snprintf(p, 100, "{\"title\":\"t\",\"%s\":\"", member);
	if (strcmp(member, "title") == 0)
		p = s + snprintf(s, 100, "{\"title\":\"");
	for (i = 0; i < n; i++, p += len)
		memcpy(p, character, len);
	memcpy(p, "\"}", 3);
	return s;
}

Test(notes, from_the_cradle_to_the_grave)
{
	const struct stile_answer	*a;

	EXPECT_ANSWER(stile_client_get(c, "/notes"), 200, "[]", "none");
	a = post("{\"title\":\"milk\"}");
	EXPECT_ANSWER(a, 201, NOTE(1, "milk", "", false), "create");
	EXPECT_STR(stile_answer_header(a, "Location"), "/notes/1", "Location");
	EXPECT_STR(stile_answer_header(a, "Content-Type"), "application/json",
	    "Content-Type");
	EXPECT_ANSWER(stile_client_get(c, "/notes/1"), 200,
	    NOTE(1, "milk", "", false), "show");
	EXPECT_ANSWER(stile_client_json(c, "PUT", "/notes/1",
	    "{\"title\":\"oat milk\",\"body\":\"2 l\",\"done\":true}"), 200,
	    NOTE(1, "oat milk", "2 l", true), "replace");
	/* What PUT leaves out is back at its default. */
	EXPECT_ANSWER(stile_client_json(c, "PUT", "/notes/1",
	    "{\"title\":\"soy milk\"}"), 200,
	    NOTE(1, "soy milk", "", false), "replace with less");
	a = post("{\"title\":\"bread\",\"body\":\"rye\",\"done\":true}");
	EXPECT_ANSWER(a, 201, NOTE(2, "bread", "rye", true), "another");
	EXPECT_ANSWER(stile_client_get(c, "/notes"), 200, "["
	    NOTE(1, "soy milk", "", false) "," NOTE(2, "bread", "rye", true)
	    "]", "list");
	EXPECT_ANSWER(send_to(c, "DELETE", "/notes/1"), 204, "", "delete");
	EXPECT_ANSWER(stile_client_get(c, "/notes/1"), 404, NULL, "gone");
	EXPECT_ANSWER(send_to(c, "DELETE", "/notes/1"), 404, NULL, "again");
	EXPECT_ANSWER(send_to(c, "DELETE", "/notes/2"), 204, "", "the other");
	/* Ids are never used again. */
	EXPECT_ANSWER(post("{\"title\":\"x\"}"), 201, NOTE(3, "x", "", false),
	    "the next one");
}

Test(notes, patch_changes_what_it_names)
{
	static const char *const	cases[][2] = {
		{ "{}", NOTE(1, "t", "b", true) },
		{ "{\"done\":false}", NOTE(1, "t", "b", false) },
		{ "{\"title\":\"T\"}", NOTE(1, "T", "b", false) },
		{ "{\"body\":\"\"}", NOTE(1, "T", "", false) },
		{ "{\"body\":\"B\",\"done\":true}", NOTE(1, "T", "B", true) },
		{ "{\"body\":null}", NOTE(1, "T", "", true) },
		{ "{\"done\":null}", NOTE(1, "T", "", false) },
	};
	size_t	i;

	post("{\"title\":\"t\",\"body\":\"b\",\"done\":true}");
	for (i = 0; i < NELEM(cases); i++)
		EXPECT_ANSWER(stile_client_json(c, "PATCH", "/notes/1",
		    cases[i][0]), 200, cases[i][1], "%s", cases[i][0]);
	EXPECT_ANSWER(stile_client_json(c, "PATCH", "/notes/2",
	    "{\"done\":true}"), 404, NULL, "no such note");
	EXPECT_ANSWER(stile_client_json(c, "PUT", "/notes/2",
	    "{\"title\":\"x\"}"), 404, NULL, "no such note");
	cr_expect_eq(count(), 1);
}

/* "/title too_short" of a problem, or NULL. */
static const char *
first_error(const struct stile_answer *a)
{
	static char		 text[200];
	struct json_object	*all, *e, *where, *code;

	if (!json_object_object_get_ex(stile_answer_json(a), "errors", &all) ||
	    (e = json_object_array_get_idx(all, 0)) == NULL ||
	    !json_object_object_get_ex(e, "pointer", &where) ||
	    !json_object_object_get_ex(e, "code", &code))
		return NULL;
	snprintf(text, sizeof(text), "%s %s", json_object_get_string(where),
	    json_object_get_string(code));
	return text;
}

Test(notes, what_is_refused)
{
	static const struct {
		const char	*name;
		const char	*json;
		int		 status;
		const char	*detail;	/* NULL: any */
		const char	*error;		/* the first, NULL: none */
	} cases[] = {
		{ "no title", "{}", 422, "/title: this is required",
		    "/title required" },
		{ "empty title", "{\"title\":\"\"}", 422,
		    "/title: at least 1 character expected, not 0",
		    "/title too_short" },
		{ "title a number", "{\"title\":1}", 422,
		    "/title: a string is expected", "/title type" },
		{ "title null", "{\"title\":null}", 422,
		    "/title: a string is expected, not null", "/title null" },
		{ "title an array", "{\"title\":[\"x\"]}", 422,
		    "/title: a string is expected", "/title type" },
		{ "body a number", "{\"title\":\"x\",\"body\":1}", 422,
		    "/body: a string is expected", "/body type" },
		{ "done a string", "{\"title\":\"x\",\"done\":\"true\"}", 422,
		    "/done: true or false is expected", "/done type" },
		{ "done a number", "{\"title\":\"x\",\"done\":1}", 422,
		    "/done: true or false is expected", "/done type" },
		{ "done null", "{\"title\":\"x\",\"done\":null}", 422,
		    "/done: true or false is expected, not null",
		    "/done null" },
		{ "NUL in the title", "{\"title\":\"a\\u0000b\"}", 422,
		    "/title: text without NUL is expected", "/title nul" },
		{ "two of them", "{\"title\":1,\"done\":1}", 422,
		    "/title: a string is expected; and 1 more",
		    "/title type" },
		{ "an id", "{\"id\":1,\"title\":\"x\"}", 422,
		    "/id: this cannot be set", "/id read_only" },
		{ "another name", "{\"Title\":\"x\",\"title\":\"x\"}", 422,
		    "/Title: there is no such property", "/Title unknown" },
		{ "an array", "[]", 422, "an object is expected", " type" },
		{ "a string", "\"x\"", 422, "an object is expected", " type" },
		{ "null", "null", 422, "an object is expected, not null",
		    " null" },
		{ "nothing", "", 400, NULL, NULL },
		{ "half", "{\"title\":", 400, NULL, NULL },
		{ "single quotes", "{'title':'x'}", 400, NULL, NULL },
		{ "two values", "{\"title\":\"x\"}{}", 400, NULL, NULL },
		{ "twice", "{\"title\":\"x\",\"title\":\"y\"}", 400, NULL,
		    NULL },
		{ "not UTF-8", "{\"title\":\"\xFF\"}", 400, NULL, NULL },
		{ "a comment", "{\"title\":\"x\"/**/}", 400, NULL, NULL },
		{ "NaN", "{\"title\":\"x\",\"done\":NaN}", 400, NULL, NULL },
	};
	const struct stile_answer	*a;
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		a = post(cases[i].json);
		EXPECT_ANSWER(a, cases[i].status, NULL, "%s", cases[i].name);
		EXPECT_STR(stile_answer_header(a, "Content-Type"),
		    "application/problem+json", "%s", cases[i].name);
		if (cases[i].detail != NULL)
			EXPECT_STR(detail_of(a), cases[i].detail, "%s",
			    cases[i].name);
		else
			cr_expect(detail_of(a) != NULL, "%s", cases[i].name);
		EXPECT_STR(first_error(a), cases[i].error, "%s", cases[i].name);
	}
	cr_expect_eq(count(), 0);
}

/* PUT and PATCH check as POST does, and change nothing when they refuse. */
Test(notes, the_same_checks_on_all_ways_in)
{
	static const struct {
		const char	*method, *json;
	} cases[] = {
		{ "PUT", "{\"title\":\"\"}" }, { "PUT", "{}" },
		{ "PUT", "{\"title\":\"x\",\"done\":2}" },
		{ "PATCH", "{\"title\":\"\"}" },
		{ "PATCH", "{\"title\":\"x\",\"body\":1}" },
		{ "PATCH", "{\"unknown\":1}" }, { "PATCH", "null" },
		{ "PUT", "{\"id\":1,\"title\":\"x\"}" },
		{ "PATCH", "{\"title\":null}" },
		{ "PATCH", "{\"done\":\"yes\"}" },
	};
	size_t	i;

	post("{\"title\":\"t\",\"body\":\"b\",\"done\":true}");
	for (i = 0; i < NELEM(cases); i++) {
		EXPECT_ANSWER(stile_client_json(c, cases[i].method, "/notes/1",
		    cases[i].json), 422, NULL, "%s %s", cases[i].method,
		    cases[i].json);
		EXPECT_ANSWER(stile_client_get(c, "/notes/1"), 200,
		    NOTE(1, "t", "b", true), "after %s %s", cases[i].method,
		    cases[i].json);
	}
}

/* Characters count, not bytes. */
Test(notes, lengths)
{
	static const struct {
		const char	*member, *character;
		size_t		 n;
		int		 status;
	} cases[] = {
		{ "title", "a", 200, 201 }, { "title", "a", 201, 422 },
		{ "title", "\xC3\xA9", 200, 201 },
		{ "title", "\xC3\xA9", 201, 422 },
		{ "title", "\xF0\x9F\x98\x80", 200, 201 },
		{ "title", "\xF0\x9F\x98\x80", 201, 422 },
		{ "title", "\\u00e9", 200, 201 },
		{ "title", "\\u00e9", 201, 422 },
		{ "title", "\\ud83d\\ude00", 200, 201 },
		{ "title", "\\ud83d\\ude00", 201, 422 },
		{ "body", "a", 65536, 201 }, { "body", "a", 65537, 422 },
		{ "body", "\xE2\x82\xAC", 65536, 201 },
		{ "body", "\xE2\x82\xAC", 65537, 422 },
	};
	const struct stile_answer	*a;
	struct json_object		*m;
	size_t				 i;
	char				*json;

	for (i = 0; i < NELEM(cases); i++) {
		json = long_note(cases[i].member, cases[i].character,
		    cases[i].n);
		a = post(json);
		free(json);
		EXPECT_ANSWER(a, cases[i].status, NULL, "%s: %zu times %s",
		    cases[i].member, cases[i].n, cases[i].character);
		if (cases[i].status != 201)
			continue;
		cr_assert(json_object_object_get_ex(stile_answer_json(a),
		    cases[i].member, &m));
		cr_expect_eq(stile_utf8_length(stile_str(
		    json_object_get_string(m))), cases[i].n);
	}
}

Test(notes, text_comes_back_as_it_went)
{
	static const char *const	cases[] = {
		"quote \\\" and \\\\", "tab\\tnewline\\n", "<b>&amp;</b>",
		"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80",
		"'; DROP TABLE note; --",
		"%s%n", "a/b", "\\u0001",
	};
	char	json[200], want[200], path[32];
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		snprintf(json, sizeof(json), "{\"title\":\"%s\"}", cases[i]);
		snprintf(want, sizeof(want), "{\"id\":%zu,\"title\":\"%s\","
		    "\"body\":\"\",\"done\":false}", i + 1, cases[i]);
		EXPECT_ANSWER(post(json), 201, want, "%s", cases[i]);
		snprintf(path, sizeof(path), "/notes/%zu", i + 1);
		EXPECT_ANSWER(stile_client_get(c, path), 200, want, "%s",
		    cases[i]);
	}
}

Test(notes, types_of_bodies)
{
	static const struct {
		const char	*type;
		int		 status;
	} cases[] = {
		{ "application/json", 201 },
		{ "application/json; charset=utf-8", 201 },
		{ "Application/JSON;charset=\"UTF-8\"", 201 },
		{ "application/merge-patch+json", 201 },
		{ "application/json; charset=latin1", 415 },
		{ "text/json", 415 }, { "text/plain", 415 }, { NULL, 415 },
		{ "", 415 }, { "json", 415 },
		{ "application/x-www-form-urlencoded", 415 },
		{ "multipart/form-data; boundary=x", 415 },
		{ "application/jsonx", 415 },
	};
	static const char	body[] = "{\"title\":\"x\"}";
	size_t			i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_ANSWER(stile_client_send(c, "POST", "/notes",
		    cases[i].type, body, sizeof(body) - 1), cases[i].status,
		    NULL, "%s", cases[i].type);
	cr_expect_eq(count(), 4);
	cr_assert_eq(stile_client_header(c, "Content-Encoding", "gzip"),
	    STILE_OK);
	EXPECT_ANSWER(post(body), 415, NULL, "compressed");
}

Test(notes, paging)
{
	static const struct {
		const char	*query;
		int		 status;
		size_t		 n;
		int		 first;		/* id */
	} cases[] = {
		{ "", 200, 20, 1 },
		{ "?limit=1", 200, 1, 1 }, { "?limit=100", 200, 100, 1 },
		{ "?offset=20", 200, 20, 21 }, { "?offset=100", 200, 5, 101 },
		{ "?offset=105", 200, 0, 0 },
		{ "?limit=3&offset=2", 200, 3, 3 },
		{ "?offset=9223372036854775807", 200, 0, 0 },
		{ "?limit=007", 200, 7, 1 }, { "?other=1", 200, 20, 1 },
		{ "?limit=2&limit=3", 200, 2, 1 },
		{ "?limit=0", 400, 0, 0 }, { "?limit=101", 400, 0, 0 },
		{ "?limit=-1", 400, 0, 0 }, { "?limit=", 400, 0, 0 },
		{ "?limit", 400, 0, 0 }, { "?limit=1.0", 400, 0, 0 },
		{ "?limit=1e1", 400, 0, 0 }, { "?limit=%201", 400, 0, 0 },
		{ "?limit=ten", 400, 0, 0 }, { "?offset=-1", 400, 0, 0 },
		{ "?offset=9223372036854775808", 400, 0, 0 },
		{ "?limit=1%00", 400, 0, 0 },
	};
	const struct stile_answer	*a;
	struct json_object		*j, *m;
	size_t				 i;

	for (i = 0; i < 105; i++)
		post("{\"title\":\"x\"}");
	for (i = 0; i < NELEM(cases); i++) {
		char	target[100];

		snprintf(target, sizeof(target), "/notes%s", cases[i].query);
		a = stile_client_get(c, target);
		EXPECT_ANSWER(a, cases[i].status, NULL, "%s", target);
		if (cases[i].status != 200)
			continue;
		j = stile_answer_json(a);
		cr_expect_eq(json_object_array_length(j), cases[i].n, "%s: %zu",
		    target, json_object_array_length(j));
		if (cases[i].n == 0) {
			EXPECT_STR(body_of(a), "[]", "%s", target);
			continue;
		}
		cr_assert(json_object_object_get_ex(
		    json_object_array_get_idx(j, 0), "id", &m));
		cr_expect_eq(json_object_get_int(m), cases[i].first, "%s: %d",
		    target, json_object_get_int(m));
	}
	a = stile_client_get(c, "/notes?limit=0");
	EXPECT_STR(detail_of(a), "limit: an integer from 1 to 100 is expected",
	    "detail");
	cr_assert(json_object_object_get_ex(stile_answer_json(a), "parameter",
	    &m));
	EXPECT_STR(json_object_get_string(m), "limit", "parameter");
}

Test(notes, paths_and_methods)
{
	static const struct {
		const char	*method, *path;
		int		 status;
		const char	*allow;
	} cases[] = {
		{ "GET", "/", 404, NULL }, { "GET", "/notes/", 404, NULL },
		{ "GET", "/notes/1", 200, NULL },
		{ "GET", "/notes/001", 200, NULL },
		{ "GET", "/notes/1/", 404, NULL },
		{ "GET", "/notes/0", 404, NULL },
		{ "GET", "/notes/-1", 404, NULL },
		{ "GET", "/notes/x", 404, NULL },
		{ "GET", "/notes/1.0", 404, NULL },
		{ "GET", "/notes/9223372036854775807", 404, NULL },
		{ "GET", "/notes/9223372036854775808", 404, NULL },
		{ "GET", "/notes/%D9%A1", 404, NULL },
		{ "GET", "/notes/%ff", 400, NULL },
		{ "GET", "/notes/1%00", 400, NULL },
		{ "HEAD", "/notes", 200, NULL },
		{ "HEAD", "/notes/1", 200, NULL },
		{ "HEAD", "/notes/2", 404, NULL },
		{ "DELETE", "/notes", 405, "GET, HEAD, POST, OPTIONS" },
		{ "PUT", "/notes", 405, "GET, HEAD, POST, OPTIONS" },
		{ "OPTIONS", "/notes", 204, "GET, HEAD, POST, OPTIONS" },
		{ "POST", "/notes/1", 405,
		    "GET, HEAD, PUT, PATCH, DELETE, OPTIONS" },
		{ "OPTIONS", "/notes/1", 204,
		    "GET, HEAD, PUT, PATCH, DELETE, OPTIONS" },
	};
	const struct stile_answer	*a;
	size_t				 i;

	post("{\"title\":\"x\"}");
	for (i = 0; i < NELEM(cases); i++) {
		a = send_to(c, cases[i].method, cases[i].path);
		EXPECT_ANSWER(a, cases[i].status, NULL, "%s %s",
		    cases[i].method, cases[i].path);
		EXPECT_STR(stile_answer_header(a, "Allow"), cases[i].allow,
		    "%s %s", cases[i].method, cases[i].path);
	}
}

/* A version a change: who writes with an old one has to look again. */
Test(notes, versions)
{
	static const struct {
		const char	*method, *header, *value, *json;
		int		 status;
		const char	*etag;		/* of the answer */
	} cases[] = {
		{ "GET", NULL, NULL, NULL, 200, "\"1\"" },
		{ "GET", "If-None-Match", "\"1\"", NULL, 304, "\"1\"" },
		{ "GET", "If-None-Match", "\"2\"", NULL, 200, "\"1\"" },
		{ "PATCH", "If-Match", "\"2\"", "{\"done\":true}", 412, NULL },
		{ "PATCH", "If-Match", "\"1\"", "{\"done\":true}", 200,
		    "\"2\"" },
		{ "PATCH", "If-Match", "\"1\"", "{\"done\":false}", 412, NULL },
		{ "PUT", "If-Match", "\"1\"", "{\"title\":\"y\"}", 412, NULL },
		{ "PUT", "If-Match", "*", "{\"title\":\"y\"}", 200, "\"3\"" },
		{ "PATCH", NULL, NULL, "{\"body\":\"b\"}", 200, "\"4\"" },
		{ "GET", "If-None-Match", "\"3\"", NULL, 200, "\"4\"" },
		{ "DELETE", "If-Match", "\"3\"", NULL, 412, NULL },
		{ "DELETE", "If-Match", "\"4\"", NULL, 204, NULL },
		{ "GET", NULL, NULL, NULL, 404, NULL },
	};
	const struct stile_answer	*a;
	size_t				 i;

	a = post("{\"title\":\"x\"}");
	EXPECT_STR(stile_answer_header(a, "ETag"), "\"1\"", "created");
	for (i = 0; i < NELEM(cases); i++) {
		if (cases[i].header != NULL)
			cr_assert_eq(stile_client_header(c, cases[i].header,
			    cases[i].value), STILE_OK);
		a = cases[i].json != NULL ? stile_client_json(c,
		    cases[i].method, "/notes/1", cases[i].json) :
		    send_to(c, cases[i].method, "/notes/1");
		EXPECT_ANSWER(a, cases[i].status, NULL, "%zu: %s", i,
		    cases[i].method);
		if (cases[i].status < 400)
			EXPECT_STR(stile_answer_header(a, "ETag"),
			    cases[i].etag, "%zu: %s", i, cases[i].method);
		if (cases[i].header != NULL)
			cr_assert_eq(stile_client_header(c, cases[i].header,
			    NULL), STILE_OK);
	}
}

Test(notes, a_body_over_the_limit)
{
	struct stile_client	*small = CLIENT(&app, "body_max=1000",);
	char			*json = long_note("body", "a", 2000);
	size_t			 n = strlen(json);

	/* The same bytes, cut to the limit and to one more. */
	EXPECT_ANSWER(stile_client_send(small, "POST", "/notes",
	    "application/json", json, n), 413, NULL, "over");
	EXPECT_ANSWER(stile_client_send(small, "POST", "/notes",
	    "application/json", json, 1001), 413, NULL, "one over");
	EXPECT_ANSWER(stile_client_send(small, "POST", "/notes",
	    "application/json", json, 1000), 400, NULL, "at the limit: cut");
	EXPECT_ANSWER(stile_client_get(small, "/notes"), 200, "[]", "none");
	free(json);
	stile_client_free(small);
}

Test(notes, two_clients_on_one_file)
{
	struct tmp		 t;
	struct stile_client	*a, *b;
	char			 db[200];

	tmp_make(&t);
	snprintf(db, sizeof(db), "db=sqlite:%s/notes.db", t.dir);
	a = client_of(&app, (const char *const []){ db, NULL });
	b = client_of(&app, (const char *const []){ db, NULL });
	EXPECT_ANSWER(stile_client_json(a, "POST", "/notes",
	    "{\"title\":\"x\"}"), 201, NULL, "a writes");
	EXPECT_ANSWER(stile_client_get(b, "/notes"), 200,
	    "[" NOTE(1, "x", "", false) "]", "b reads");
	EXPECT_ANSWER(stile_client_json(b, "PATCH", "/notes/1",
	    "{\"done\":true}"), 200, NULL, "b writes");
	EXPECT_ANSWER(stile_client_get(a, "/notes/1"), 200,
	    NOTE(1, "x", "", true), "a reads");
	stile_client_free(a);
	stile_client_free(b);
	tmp_remove(&t);
}

/* ---- without memory ---------------------------------------------------- */

/* Each allocation of a request fails once: 5xx, no crash, no leak. */
static void
starve(const char *method, const char *target, const char *json, int status)
{
	const struct stile_answer	*a;
	long				 n;
	int				 got;
	bool				 failed;

	for (n = 1;; n++) {
		stile__fail_after = n;
		a = stile_client_send(c, method, target,
		    json != NULL ? "application/json" : NULL, json,
		    json != NULL ? strlen(json) : 0);
		failed = stile__fail_after == 0;
		stile__fail_after = 0;
		got = a != NULL ? stile_answer_status(a) : 0;
		if (!failed) {
			cr_expect_eq(got, status, "%s %s: %d", method, target,
			    got);
			cr_expect_gt(n, ALLOCATIONS(5));
			return;
		}
		/* No answer at all where the client itself had no memory. */
		cr_expect(got == 0 || (got >= 500 && got <= 599) ||
		    got == status, "%s %s: %d at allocation %ld", method,
		    target, got, n);
		cr_assert_lt(n, 1000);
	}
}

Test(notes, requests_without_memory, .timeout = 60)
{
	static const struct {
		const char	*method, *target, *json;
		int		 status;
	} cases[] = {
		{ "GET", "/notes", NULL, 200 },
		{ "GET", "/notes?limit=1&offset=0", NULL, 200 },
		{ "GET", "/notes/1", NULL, 200 },
		{ "PUT", "/notes/1", "{\"title\":\"put\"}", 200 },
		{ "PATCH", "/notes/1", "{\"done\":true}", 200 },
		{ "POST", "/notes", "{\"title\":\"post\"}", 201 },
	};
	size_t	i;

	post("{\"title\":\"x\",\"body\":\"y\"}");
	for (i = 0; i < NELEM(cases); i++)
		starve(cases[i].method, cases[i].target, cases[i].json,
		    cases[i].status);
	EXPECT_ANSWER(stile_client_get(c, "/notes/1"), 200,
	    NOTE(1, "put", "", true), "in the end");
}

static int
add_notes(struct stile_client *client)
{
	const struct stile_answer	*a;
	int				 i;

	for (i = 0; i < 3; i++) {
		a = stile_client_json(client, "POST", "/notes",
		    "{\"title\":\"milk\"}");
		if (a == NULL || stile_answer_status(a) != 201)
			return -1;
	}
	return 0;
}

/* Whatever is sent, the answer is what the routes declare. */
Test(notes, contract)
{
	const struct stile_contract	how = {
		.cases = 400, .prepare = add_notes
	};

	cr_expect_eq(stile_test_contract(&app, &how), 0);
}
