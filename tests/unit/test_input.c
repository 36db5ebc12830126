/* SPDX-License-Identifier: ISC */
/* lib/http/input.c and its neighbours: what a route declares of its request. */
#include "app.h"

#include "stile/input.h"
#include "stile/json.h"
#include "stile/str.h"
#include "stile/upload.h"

/* ---- parameters ------------------------------------------------------- */

static const char *const	colours[] = { "red", "blue", NULL };

struct search {
	int			 n;
	const char		*q;
	struct stile_items	 tags, ids;
	bool			 all;
	int64_t			 day;
	const char		*token, *session;
	struct stile_items	 accept;
	int			 colour;
	int64_t			 id;
};

#define AT(member)	STILE_AT(struct search, member)

static const struct stile_schema	tag = { .type = STILE_STRING,
	    .lower = true, .min = 1, .max = 5 };
static const struct stile_schema	number = { .type = STILE_INTEGER,
	    .min = 1 };

static void
check_search(struct stile_validation *v, const struct stile_value *value)
{
	cr_expect_eq(value->type, STILE_ABSENT);
	if (stile_checked(v, "n").u.i == 13)
		stile_wrong(v, "X-Token", "unlucky", "13 needs another one");
	if (stile_checked(v, "n").u.i == 14)
		stile_wrong(v, NULL, "unlucky", "14 does not");
}

static const struct stile_schema	search_properties[] = {
	{ "n", STILE_INTEGER, AT(n), .max = 100, .absent = "10" },
	{ "q", STILE_STRING, AT(q), .trim = true, .min = 1 },
	{ "tags", STILE_ARRAY, AT(tags), .items = &tag, .unique = true,
	    .max = 3 },
	{ "ids", STILE_ARRAY, AT(ids), .items = &number, .unique = true,
	    .absent = "[7]" },
	{ "all", STILE_BOOLEAN, AT(all) },
	{ "day", STILE_DATE, AT(day), .nullable = true },
	{ "colour", STILE_STRING, AT(colour), .choices = colours },
	{ "id", STILE_INTEGER, AT(id), STILE_IN_PATH, .max = 50,
	    .multiple_of = 5 },
	{ "X-Token", STILE_STRING, AT(token), STILE_IN_HEADER, .max = 5 },
	{ "X-List", STILE_ARRAY, AT(accept), STILE_IN_HEADER, .items = &tag },
	{ "session", STILE_SLUG, AT(session), STILE_IN_COOKIE, .min = 2 },
	{ "secret", STILE_STRING, .need = "admin" },
	{ 0 }
};
static const struct stile_schema	search = {
	.properties = search_properties, .size = sizeof(struct search),
	.check = check_search,
};

static int
show_search(struct stile_req *r)
{
	const struct search	*s = stile_params(r);
	struct stile_buf	*b = stile_buf_new(stile_req_arena(r), 1000);
	size_t			 i;

	stile_buf_printf(b, "n=%d q=%s all=%d day=%d colour=%d id=%d",
	    s->n, s->q != NULL ? s->q : "-", s->all, (int)s->day, s->colour,
	    (int)s->id);
	for (i = 0; i < s->tags.n; i++)
		stile_buf_printf(b, " #%s",
		    ((const char *const *)s->tags.v)[i]);
	for (i = 0; i < s->ids.n; i++)
		stile_buf_printf(b, " %d",
		    (int)((const int64_t *)s->ids.v)[i]);
	if (s->token != NULL)
		stile_buf_printf(b, " token=%s", s->token);
	for (i = 0; i < s->accept.n; i++)
		stile_buf_printf(b, " <%s>",
		    ((const char *const *)s->accept.v)[i]);
	if (s->session != NULL)
		stile_buf_printf(b, " session=%s", s->session);
	if (stile_params_value(r, "secret").type == STILE_TEXT)
		stile_buf_puts(b, " secret");
	cr_expect_eq(stile_params_value(r, "n").u.i, s->n);
	return stile_send_buf(r, 200, "text/plain", b);
}

/* ---- bodies ----------------------------------------------------------- */

struct person {
	const char		*name, *email;
	int			 age;
	struct stile_items	 tags;
	bool			 news;
	struct stile_value	 note;
	const char		*password;
};

static const struct stile_schema	person_properties[] = {
	{ "id", STILE_INTEGER, .read_only = true },
	{ "name", STILE_STRING, STILE_AT(struct person, name),
	    .required = true, .trim = true, .min = 1, .max = 10 },
	{ "email", STILE_EMAIL, STILE_AT(struct person, email),
	    .lower = true },
	{ "age", STILE_INTEGER, STILE_AT(struct person, age), .max = 150 },
	{ "tags", STILE_ARRAY, STILE_AT(struct person, tags), .items = &tag },
	{ "news", STILE_BOOLEAN, STILE_AT(struct person, news),
	    .absent = "true" },
	{ "note", STILE_STRING, STILE_AT(struct person, note),
	    .nullable = true, .need = "admin" },
	{ "password", STILE_STRING, STILE_AT(struct person, password),
	    .write_only = true },
	{ 0 }
};
static const struct stile_schema	person = { "Person", STILE_OBJECT,
	    .properties = person_properties, .size = sizeof(struct person) };

static int
show_person(struct stile_req *r)
{
	const struct person	*p = stile_input(r);

	cr_expect(stile_violations(r).n == 0);
	cr_expect_eq(stile_input_value(r, "name").type,
	    p->name != NULL ? STILE_TEXT : STILE_ABSENT);
	return stile_send_struct(r, 200, &person, p);
}

static int
show_json(struct stile_req *r)
{
	/* Sending takes what it is given. */
	return stile_send_json(r, 200, json_object_get(stile_input_json(r)));
}

static int
show_many(struct stile_req *r)
{
	const struct stile_items	*all = stile_input(r);

	return stile_send_structs(r, 200, &person, all->v, all->n);
}

static const struct stile_schema	people = { .type = STILE_ARRAY,
	    .items = &person, .max = 3 };

struct pet {
	const char	*kind;
	int		 n;
};
static const struct stile_schema	cat_properties[] = {
	{ "kind", STILE_STRING, STILE_AT(struct pet, kind) },
	{ "lives", STILE_INTEGER, STILE_AT(struct pet, n), .absent = "9" },
	{ 0 }
};
static const struct stile_schema	cat = { "cat", STILE_OBJECT,
	    .properties = cat_properties, .size = sizeof(struct pet) };
static const struct stile_schema	fish_properties[] = {
	{ "kind", STILE_STRING, STILE_AT(struct pet, kind) },
	{ "fins", STILE_INTEGER, STILE_AT(struct pet, n), .required = true },
	{ 0 }
};
static const struct stile_schema	fish = { "fish", STILE_OBJECT,
	    .properties = fish_properties, .size = sizeof(struct pet) };
static const struct stile_schema	pet = { "Pet", STILE_ONE_OF,
	    .one_of = STILE_SCHEMAS(&cat, &fish), .discriminator = "kind",
	    .size = sizeof(struct pet) };

static int
show_pet(struct stile_req *r)
{
	const struct pet	*p = stile_input(r);

	cr_expect(view_is(stile_input_value(r, "kind").u.s, p->kind));
	return stile_send_struct(r, 200, &pet, p);
}

static const struct stile_schema	a_text = { .type = STILE_STRING,
	    .min = 2 };

static int
show_text(struct stile_req *r)
{
	const struct stile_value	*v = stile_input(r);

	return stile_send_object(r, 200, STILE_ARGS("text", *v));
}

/* ---- files ------------------------------------------------------------ */

static const struct stile_schema	picture = { .type = STILE_FILE,
	    .min = 2, .max = 10 };
static const struct stile_schema	upload_properties[] = {
	{ "title", STILE_STRING, .required = true },
	{ "cover", STILE_FILE, .required = true, .max = 10 },
	{ "more", STILE_ARRAY, .items = &picture, .max = 2 },
	{ 0 }
};
static const struct stile_schema	upload = { "Upload", STILE_OBJECT,
	    .properties = upload_properties };

static int
show_upload(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("title",
	    stile_input_value(r, "title"), "size",
	    stile_input_value(r, "cover")));
}

/* ---- what is asked for and not declared ------------------------------- */

static int
undeclared(struct stile_req *r)
{
	const struct search	*s = NULL;
	const struct person	*p = NULL;

	if (stile_query(r, "params") != NULL)
		s = stile_params(r);
	if (stile_query(r, "input") != NULL)
		p = stile_input(r);
	if (stile_query(r, "json") != NULL)
		cr_expect(stile_input_json(r) == NULL);
	if (stile_query(r, "value") != NULL)
		cr_expect_eq(stile_params_value(r, "x").type, STILE_ABSENT);
	if (stile_query(r, "input_value") != NULL)
		cr_expect_eq(stile_input_value(r, "x").type, STILE_ABSENT);
	cr_expect(s == NULL || s->q == NULL);
	cr_expect(p == NULL || p->name == NULL);
	cr_expect_eq(stile_violations(r).n, 0);
	return stile_send_text(r, 200, "fine");
}

static int
no_such_value(struct stile_req *r)
{
	stile_input_value(r, "no such");
	return stile_send_empty(r, 204);
}

static const struct stile_schema	no_such_path_properties[] = {
	{ "id", STILE_INTEGER, .in = STILE_IN_PATH }, { 0 }
};
static const struct stile_schema	no_such_path = {
	.properties = no_such_path_properties };

static const struct stile_page	pages = { .sql = "SELECT 1 AS id ORDER BY id",
	    .bare = true };

static int
list(struct stile_req *r)
{
	return stile_send_page(r, 200, &pages, STILE_NOARGS);
}

static const struct stile_schema	list_properties[] = {
	{ "q", STILE_STRING, .max = 3 }, { 0 }
};
static const struct stile_schema	list_params = {
	.properties = list_properties };
static const struct stile_schema	loose_params = {
	.properties = list_properties, .unknown = STILE_UNKNOWN_IGNORED };

static int
fine(struct stile_req *r)
{
	return stile_send_text(r, 200, "fine");
}

static bool
may(struct stile_req *r, const char *need)
{
	const char	*who = stile_header(r, "X-Who");

	return who != NULL && strcmp(who, need) == 0;
}

static const struct stile_route	routes[] = {
	{ "GET", "/search/{id:int}", show_search, .params = &search },
	{ "POST", "/people", show_person, .body = &person },
	{ "PATCH", "/people", show_json, .body = &person },
	{ "POST", "/tree", show_json, .body = &person },
	{ "POST", "/form", show_person, .body = &person,
	    .body_type = STILE_BODY_FORM },
	{ "POST", "/either", show_person, .body = &person,
	    .body_type = STILE_BODY_JSON_OR_FORM },
	{ "POST", "/both/{id:int}", show_person, .params = &search,
	    .body = &person },
	{ "POST", "/many", show_many, .body = &people },
	{ "POST", "/pet", show_pet, .body = &pet },
	{ "POST", "/text", show_text, .body = &a_text },
	{ "POST", "/upload", show_upload, .body = &upload,
	    .body_type = STILE_BODY_FORM },
	{ "GET", "/undeclared", .handler = undeclared },
	{ "POST", "/none", no_such_value, .body = &people },
	{ "GET", "/nopath", fine, .params = &no_such_path },
	{ "GET", "/list", list, .params = &list_params, .page = &pages },
	{ "GET", "/strict", fine, .params = &list_params },
	{ "GET", "/loose", fine, .params = &loose_params },
	{ 0 }
};
static const struct stile_app	app = { .name = "demo", .routes = routes,
	    .may = may };

/* ---- asking ----------------------------------------------------------- */

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

TestSuite(input, .init = setup, .fini = teardown, .timeout = 60);

/* "query n too_large, body /name required" of a problem. */
static const char *
errors_of(const struct stile_answer *a)
{
	static char		 text[4000];
	struct json_object	*all, *e, *in, *where, *code;
	size_t			 i, n = 0;

	*text = '\0';
	if (!json_object_object_get_ex(stile_answer_json(a), "errors", &all))
		return body_of(a);
	for (i = 0; i < json_object_array_length(all); i++) {
		e = json_object_array_get_idx(all, i);
		cr_assert(json_object_object_get_ex(e, "in", &in));
		cr_assert(json_object_object_get_ex(e, "code", &code));
		cr_assert(json_object_object_get_ex(e, strcmp("body",
		    json_object_get_string(in)) == 0 ? "pointer" : "parameter",
		    &where));
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %s %s",
		    i > 0 ? ", " : "", json_object_get_string(in),
		    json_object_get_string(where),
		    json_object_get_string(code));
	}
	return text;
}

/* A body, or with 422 the errors. */
static void
expect(const struct stile_answer *a, int status, const char *want,
    const char *name)
{
	EXPECT_ANSWER(a, status, NULL, "%s", name);
	EXPECT_STR(status == 422 ? errors_of(a) : body_of(a), want, "%s",
	    name);
}

static void
get(const char *target, int status, const char *want)
{
	expect(stile_client_get(c, target), status, want, target);
}

static void
post(const char *target, const char *json, int status, const char *want)
{
	expect(stile_client_json(c, "POST", target, json), status, want, json);
}

static void
form(const char *target, const char *text, int status, const char *want)
{
	expect(stile_client_send(c, "POST", target,
	    "application/x-www-form-urlencoded", text, strlen(text)), status,
	    want, text);
}

#define PLAIN(id)	"n=10 q=- all=0 day=0 colour=0 id=" #id " 7"

Test(input, query_and_path)
{
	get("/search/5", 200, PLAIN(5));
	get("/search/5?n=3&q=%20x%20y+&all=true&day=1970-01-03&colour=blue",
	    200, "n=3 q=x y all=1 day=2 colour=1 id=5 7");
	get("/search/5?tags=A&tags=b&ids=1&ids=2", 200,
	    "n=10 q=- all=0 day=0 colour=0 id=5 #a #b 1 2");
	get("/search/7", 422, "path id multiple_of");
	get("/search/55?n=101", 422, "query n too_large, path id too_large");
	get("/search/5?n=x&all=2&day=1&colour=green", 422, "query n type, "
	    "query all type, query day format, query colour choice");
	get("/search/5?n=1&n=1", 422, "query n repeated");
	get("/search/5?tags=a&tags=A", 422, "query tags duplicate");
	get("/search/5?tags=a&tags=b&tags=c&tags=d", 422,
	    "query tags too_many");
	get("/search/5?tags=a&tags=toolong&tags=", 422,
	    "query tags too_long, query tags too_short");
	get("/search/5?ids=1&ids=1", 422, "query ids duplicate");
	/* Which are one double. */
	get("/search/5?ids=9007199254740993&ids=9007199254740992", 200,
	    "n=10 q=- all=0 day=0 colour=0 id=5 1 0");
}

Test(input, unfilled)
{
	get("/search/5?n=&day=&all=&colour=&ids=", 200, PLAIN(5));
	get("/search/5?q=", 422, "query q too_short");
	form("/form", "name=x&email=&age=&news=&tags=a", 200,
	    "{\"name\":\"x\",\"email\":null,\"age\":0,\"tags\":[\"a\"],"
	    "\"news\":true}");
	form("/form", "name=&email=", 422, "form name too_short");
}

Test(input, names_that_are_none)
{
	get("/search/5?m=1&n=1&a/b=2", 422,
	    "query m unknown, query a/b unknown");
	/* There, but not for everyone. */
	get("/search/5?secret=1", 422, "query secret unknown");
	cr_assert_eq(stile_client_header(c, "X-Who", "admin"), STILE_OK);
	get("/search/5?secret=1", 200, PLAIN(5) " secret");
	get("/strict?limit=1", 422, "query limit unknown");
	get("/loose?limit=1&q=a", 200, "fine");
	get("/loose?limit=1&q=abcd", 422, "query q too_long");
	get("/list?limit=1&q=a", 200, "[{\"id\":1}]");
	get("/list?limit=1&other=a", 422, "query other unknown");
}

Test(input, headers_and_cookies)
{
	cr_assert_eq(stile_client_header(c, "X-Token", "abc"), STILE_OK);
	cr_assert_eq(stile_client_header(c, "X-List", " a ,, B,c "), STILE_OK);
	cr_assert_eq(stile_client_header(c, "Cookie", "session=s-1; x=y"),
	    STILE_OK);
	get("/search/5", 200, PLAIN(5) " token=abc <a> <b> <c> session=s-1");
	cr_assert_eq(stile_client_header(c, "X-Token", "abcdef"), STILE_OK);
	cr_assert_eq(stile_client_header(c, "X-List", "a,toolong"), STILE_OK);
	cr_assert_eq(stile_client_header(c, "Cookie", "session=s"), STILE_OK);
	get("/search/5", 422, "header X-Token too_long, header X-List too_long,"
	    " cookie session too_short");
	cr_assert_eq(stile_client_header(c, "X-Token", "\xFF"), STILE_OK);
	cr_assert_eq(stile_client_header(c, "X-List", ""), STILE_OK);
	cr_assert_eq(stile_client_header(c, "Cookie", NULL), STILE_OK);
	get("/search/5", 422, "header X-Token format");
}

Test(input, own_check_of_parameters)
{
	get("/search/5?n=13", 422, "header X-Token unlucky");
	get("/search/5?n=14", 422, "query  unlucky");
}

#define JOE	"{\"name\":\"Joe\",\"email\":\"j@x.ch\",\"age\":30," \
		"\"tags\":[\"a\"],\"news\":false}"

Test(input, json_bodies)
{
	post("/people", "{\"name\":\" Joe \",\"email\":\"J@X.ch\",\"age\":30,"
	    "\"tags\":[\"A\"],\"news\":false,\"password\":\"p\"}", 200, JOE);
	post("/people", "{\"name\":\"Joe\"}", 200, "{\"name\":\"Joe\","
	    "\"email\":null,\"age\":0,\"tags\":[],\"news\":true}");
	post("/people", "{\"id\":1,\"name\":\"\",\"age\":\"x\",\"more\":1,"
	    "\"note\":\"x\",\"tags\":[\"a\",1]}", 422, "body /name too_short, "
	    "body /age type, body /tags/1 type, body /id read_only, "
	    "body /more unknown, body /note unknown");
	post("/people", "[]", 422, "body  type");
	post("/people", "null", 422, "body  null");
	post("/tree", "{\"name\":\" Joe \",\"tags\":[\"A\"]}", 200,
	    "{\"name\":\"Joe\",\"tags\":[\"a\"],\"news\":true}");
	cr_assert_eq(stile_client_header(c, "X-Who", "admin"), STILE_OK);
	post("/people", "{\"name\":\"Joe\",\"note\":\"x\"}", 200,
	    "{\"name\":\"Joe\",\"email\":null,\"age\":0,\"tags\":[],"
	    "\"news\":true,\"note\":\"x\"}");
	post("/people", "{\"name\":\"Joe\",\"note\":null}", 200,
	    "{\"name\":\"Joe\",\"email\":null,\"age\":0,\"tags\":[],"
	    "\"news\":true,\"note\":null}");
}

Test(input, patches)
{
	static const struct {
		const char	*json;
		int		 status;
		const char	*want;
	} cases[] = {
		{ "{}", 200, "{}" }, { "{\"age\":5}", 200, "{\"age\":5}" },
		{ "{\"age\":null}", 200, "{\"age\":null}" },
		{ "{\"news\":null}", 200, "{\"news\":true}" },
		{ "{\"name\":null}", 422, "body /name null" },
		{ "{\"name\":\"\"}", 422, "body /name too_short" },
		{ "null", 422, "body  null" }, { "1", 422, "body  type" },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		expect(stile_client_send(c, "PATCH", "/people",
		    "application/merge-patch+json", cases[i].json,
		    strlen(cases[i].json)), cases[i].status, cases[i].want,
		    cases[i].json);
}

Test(input, other_bodies)
{
	post("/many", "[]", 200, "[]");
	post("/many", "[{\"name\":\"a\"},{\"name\":\"b\",\"news\":false}]", 200,
	    "[{\"name\":\"a\",\"email\":null,\"age\":0,\"tags\":[],"
	    "\"news\":true},{\"name\":\"b\",\"email\":null,\"age\":0,"
	    "\"tags\":[],\"news\":false}]");
	post("/many", "[{\"name\":\"a\"},{}]", 422, "body /1/name required");
	post("/many", "{}", 422, "body  type");
	post("/pet", "{\"kind\":\"cat\"}", 200,
	    "{\"kind\":\"cat\",\"lives\":9}");
	post("/pet", "{\"kind\":\"fish\",\"fins\":2}", 200,
	    "{\"kind\":\"fish\",\"fins\":2}");
	post("/pet", "{\"kind\":\"fish\"}", 422, "body /fins required");
	post("/pet", "{\"kind\":\"dog\"}", 422, "body /kind discriminator");
	post("/text", "\"abc\"", 200, "{\"text\":\"abc\"}");
	post("/text", "\"a\"", 422, "body  too_short");
	post("/text", "{}", 422, "body  type");
}

Test(input, syntax_and_media_types)
{
	EXPECT_ANSWER(stile_client_json(c, "POST", "/people", "{"), 400, NULL,
	    "half");
	EXPECT_ANSWER(stile_client_json(c, "POST", "/people", ""), 400, NULL,
	    "empty");
	EXPECT_ANSWER(stile_client_json(c, "POST", "/people",
	    "{\"name\":\"x\",\"age\":99999999999999999999}"), 400, NULL,
	    "too large for 64 bits");
	EXPECT_ANSWER(stile_client_send(c, "POST", "/people", "text/plain",
	    "{}", 2), 415, NULL, "plain");
	EXPECT_ANSWER(stile_client_send(c, "POST", "/people",
	    "application/x-www-form-urlencoded", "name=x", 6), 415, NULL,
	    "a form where JSON is expected");
	EXPECT_ANSWER(stile_client_json(c, "POST", "/form", "{}"), 415, NULL,
	    "JSON where a form is expected");
	EXPECT_ANSWER(stile_client_send(c, "POST", "/either", "text/plain",
	    "x", 1), 415, NULL, "neither");
}

Test(input, forms)
{
	form("/form", "name=+Joe+&email=J%40X.ch&age=30&tags=A&news=false"
	    "&password=p", 200, JOE);
	form("/form", "name=Joe&name=Jim&age=x&more=1&id=2", 422,
	    "form name repeated, form age type, form more unknown, "
	    "form id read_only");
	form("/form", "", 422, "form name required");
	form("/either", "name=Joe&email=j%40x.ch&age=30&tags=a&news=false", 200,
	    JOE);
	post("/either", JOE, 200, JOE);
	post("/either", "{}", 422, "body /name required");
	form("/either", "age=1", 422, "form name required");
}

/* ---- files ------------------------------------------------------------ */

#define FIELD(name, value)	"--b\r\nContent-Disposition: form-data; "	\
	"name=\"" name "\"\r\n\r\n" value "\r\n"
#define FILE_OF(name, value)	"--b\r\nContent-Disposition: form-data; "	\
	"name=\"" name "\"; filename=\"f.png\"\r\n\r\n" value "\r\n"
#define END	"--b--\r\n"

Test(input, files)
{
	static const struct {
		const char	*body;
		int		 status;
		const char	*want;
	} cases[] = {
		{ FIELD("title", "x") FILE_OF("cover", "12345") END, 200,
		  "{\"title\":\"x\",\"size\":5}" },
		{ FIELD("title", "x") FILE_OF("cover", "12345")
		  FILE_OF("more", "12") FILE_OF("more", "345") END, 200,
		  "{\"title\":\"x\",\"size\":5}" },
		{ FIELD("title", "x") END, 422, "form cover required" },
		{ FIELD("title", "x") FIELD("cover", "") END, 422,
		  "form cover required" },
		{ FIELD("title", "x") FIELD("cover", "text") END, 422,
		  "form cover type" },
		{ FIELD("title", "x") FILE_OF("cover", "12345678901") END, 422,
		  "form cover too_long" },
		{ FIELD("title", "x") FILE_OF("cover", "1")
		  FILE_OF("cover", "2") END, 422, "form cover repeated" },
		{ FIELD("title", "x") FILE_OF("cover", "1")
		  FILE_OF("more", "1") END, 422, "form more too_short" },
		{ FIELD("title", "x") FILE_OF("cover", "1")
		  FILE_OF("more", "12") FILE_OF("more", "12")
		  FILE_OF("more", "12") END, 422, "form more too_many" },
		{ FILE_OF("title", "x") FILE_OF("cover", "1")
		  FILE_OF("other", "1") END, 422, "form title required, "
		  "form title unknown, form other unknown" },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		expect(stile_client_send(c, "POST", "/upload",
		    "multipart/form-data; boundary=b", cases[i].body,
		    strlen(cases[i].body)), cases[i].status, cases[i].want,
		    cases[i].body);
}

/* ---- problems --------------------------------------------------------- */

Test(input, parameters_and_body_at_once)
{
	post("/both/7?n=x", "{\"name\":\"\"}", 422, "query n type, "
	    "path id multiple_of, body /name too_short");
	EXPECT_ANSWER(stile_client_json(c, "POST", "/both/7?n=x", "{"), 400,
	    NULL, "of what is no JSON nothing else is said");
}

Test(input, the_problem)
{
	EXPECT_ANSWER(stile_client_json(c, "POST", "/people",
	    "{\"name\":\"\",\"age\":200}"), 422, "{\"type\":\"about:blank\","
	    "\"title\":\"Unprocessable Content\",\"status\":422,\"detail\":"
	    "\"/name: at least 1 character expected, not 0; and 1 more\","
	    "\"errors\":[{\"in\":\"body\",\"pointer\":\"/name\","
	    "\"code\":\"too_short\",\"detail\":"
	    "\"at least 1 character expected, not 0\"},"
	    "{\"in\":\"body\",\"pointer\":\"/age\",\"code\":\"too_large\","
	    "\"detail\":\"at most 150 is expected\"}]}", "JSON");
	EXPECT_ANSWER(stile_client_get(c, "/search/5?n=x"), 422,
	    "{\"type\":\"about:blank\",\"title\":\"Unprocessable Content\","
	    "\"status\":422,\"detail\":\"n: an integer is expected\","
	    "\"errors\":[{\"in\":\"query\",\"parameter\":\"n\","
	    "\"code\":\"type\",\"detail\":\"an integer is expected\"}]}",
	    "one");
}

Test(input, the_problem_as_a_page)
{
	const struct stile_answer	*a;

	cr_assert_eq(stile_client_header(c, "Accept", "text/html"), STILE_OK);
	a = stile_client_get(c, "/search/5?n=x&%3Cb%3E=1");
	EXPECT_ANSWER(a, 422, NULL, "page");
	EXPECT_STR(stile_answer_header(a, "Content-Type"),
	    "text/html; charset=utf-8", "page");
	cr_expect(strstr(body_of(a), "<ul>\n"
	    "<li>n: an integer is expected</li>\n"
	    "<li>&lt;b&gt;: there is no such parameter</li>\n</ul>") != NULL,
	    "%s", body_of(a));
}

/* As long as they can be, all of them are said. */
Test(input, the_longest_problem)
{
	const struct stile_answer	*a;
	struct json_object		*all;
	char				*json = malloc(200000);
	size_t				 i, k, n;

	n = (size_t)snprintf(json, 100, "{\"name\":\"x\"");
	for (i = 0; i < 101; i++) {
		n += (size_t)snprintf(json + n, 100, ",\"%zu", i);
		for (k = 0; k < 260; k++)
			n += (size_t)snprintf(json + n, 100, "\\u0001");
		n += (size_t)snprintf(json + n, 100, "\":1");
	}
	snprintf(json + n, 100, "}");
	a = stile_client_json(c, "POST", "/people", json);
	EXPECT_ANSWER(a, 422, NULL, "long");
	cr_assert(json_object_object_get_ex(stile_answer_json(a), "errors",
	    &all));
	cr_expect_eq(json_object_array_length(all), 100);
	free(json);
}

/* ---- bugs of the application ------------------------------------------ */

Test(input, what_is_not_declared)
{
	static const char *const	targets[] = {
		"/undeclared?params", "/undeclared?input", "/undeclared?json",
		"/undeclared?value", "/undeclared?input_value", "/nopath"
	};
	size_t				i;

	get("/undeclared", 200, "fine");
	for (i = 0; i < NELEM(targets); i++)
		EXPECT_ANSWER(stile_client_get(c, targets[i]), 500, NULL, "%s",
		    targets[i]);
	EXPECT_ANSWER(stile_client_json(c, "POST", "/none", "[]"), 500, NULL,
	    "no such property");
}

/* ---- one's own problem ------------------------------------------------ */

static int
own_problem(struct stile_req *r)
{
	const struct stile_violations	 all = stile_violations(r);
	struct stile_buf		*b;
	size_t				 i;

	cr_expect_eq(stile_failed_status(r), 422);
	b = stile_buf_new(stile_req_arena(r), 1000);
	for (i = 0; i < all.n; i++)
		stile_buf_printf(b, "%d %s %s: %s\n", (int)all.v[i].in,
		    all.v[i].where, all.v[i].code, all.v[i].detail);
	return stile_send_buf(r, 422, "text/plain", b);
}

static const struct stile_error_handler	handlers[] = {
	{ 422, .fn = own_problem }, { 0 }
};
static const struct stile_app	own_app = { .name = "own", .routes = routes,
	    .errors = handlers };

Test(input, own_problems)
{
	struct stile_client	*own = CLIENT(&own_app,);

	EXPECT_ANSWER(stile_client_json(own, "POST", "/both/5?n=x",
	    "{\"name\":\"\",\"note\":1}"), 422,
	    "0 n type: an integer is expected\n"
	    "5 /name too_short: at least 1 character expected, not 0\n"
	    "5 /note unknown: there is no such property\n", "own");
	stile_client_free(own);
}

/* ---- no memory -------------------------------------------------------- */

static enum stile_err
one_request(void)
{
	const struct stile_answer	*a;
	struct stile_client		*one;
	struct stile_error		 e = { 0 };
	enum stile_err			 rc = STILE_ENOMEM;

	if ((one = stile_client_new(&app, NULL, &e)) == NULL)
		return STILE_ENOMEM;
	a = stile_client_json(one, "POST", "/both/7?n=x&ids=1&ids=2",
	    "{\"name\":\" x \",\"tags\":[\"a\",\"\"]}");
	if (a != NULL && stile_answer_status(a) == 422)
		rc = STILE_OK;
	else if (a != NULL)
		/* 0 where not even that can be said. */
		cr_expect(stile_answer_status(a) == 0 ||
		    stile_answer_status(a) >= 500, "%d: %s",
		    stile_answer_status(a), body_of(a));
	stile_client_free(one);
	return rc;
}

/* Whatever fails, there is an answer, and it is not another one. */
Test(input, no_memory)
{
	long	n;
	bool	failed = true;

	for (n = 1; failed; n++) {
		stile__fail_after = n;
		one_request();
		failed = stile__fail_after == 0;
		stile__fail_after = 0;
		cr_assert_lt(n, 10000);
	}
	cr_expect_gt(n, ALLOCATIONS(20));
}

/* ---- values that are absent ------------------------------------------- */

static int
send_absent(struct stile_req *r)
{
	const struct stile_value	none = { .type = STILE_ABSENT };

	return stile_send_object(r, 200, STILE_ARGS("a", none, "b", 1, "c",
	    none, "d", stile_select_int(r, "SELECT coalesce(?, 5)",
	    STILE_ARGS(none))));
}

static const struct stile_route	absent_routes[] = {
	{ "GET", "/", .handler = send_absent }, { 0 }
};
static const struct stile_app	absent_app = { .name = "demo",
	    .routes = absent_routes };

/* Left out of objects, NULL in SQL. */
Test(input, absent_values)
{
	struct stile_client	*one = CLIENT(&absent_app,
				    "db=sqlite::memory:",);

	EXPECT_ANSWER(stile_client_get(one, "/"), 200, "{\"b\":1,\"d\":5}",
	    "absent");
	stile_client_free(one);
}
