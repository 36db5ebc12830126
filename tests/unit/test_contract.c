/* SPDX-License-Identifier: ISC */
/* gate/contract*.c: applications with one mistake each, which has to be found
 * and shown by a request that can be repeated. */
#include "app.h"

#include "stile/contract.h"
#include "stile/json.h"
#include "stile/upload.h"

#define TABLE(...)	((const struct stile_schema[]){ __VA_ARGS__, { 0 } })
#define SHAPE(n, ...)	{ .name = (n), .type = STILE_OBJECT,		\
			    .properties = TABLE(__VA_ARGS__) }

/* ---- what is said ------------------------------------------------------------ */

static char	said[64 * 1024];

static void
keep(void *arg, const char *line)
{
	(void)arg;
	if (strlen(said) + strlen(line) + 2 < sizeof(said)) {
		strcat(said, line);
		strcat(said, "\n");
	}
}

static int
test_app(const struct stile_route *routes, unsigned cases)
{
	const struct stile_app		app = { .name = "t", .routes = routes };
	const struct stile_contract	how = { .cases = cases, .say = keep };

	said[0] = '\0';
	return stile_test_contract(&app, &how);
}

static void
expect_said(const char *name, const char *want)
{
	cr_expect(strstr(said, want) != NULL, "%s: no \"%s\" in:\n%s", name,
	    want, said);
}

/* ---- schemas ------------------------------------------------------------------- */

static const struct stile_schema	thing = SHAPE("Thing",
	{ .name = "id", .type = STILE_INTEGER, .read_only = true },
	{ .name = "title", .type = STILE_STRING, .required = true, .min = 2,
	  .max = 20 },
	{ .name = "count", .type = STILE_INTEGER, .min = 1, .max = 100 },
	{ .name = "secret", .type = STILE_STRING, .write_only = true },
	{ .name = "day", .type = STILE_DATE },
	{ .name = "tags", .type = STILE_ARRAY, .max = 4, .unique = true,
	  .items = &(const struct stile_schema){ .type = STILE_STRING,
	  .min = 1, .max = 5 } });

static const struct stile_schema	size_params = {
	.type = STILE_OBJECT, .properties = TABLE(
	{ .name = "n", .type = STILE_INTEGER, .min = 1, .max = 500,
	  .absent = "1" })
};

static const struct stile_response	gives[] = {
	{ 200, &thing, .description = "It." }, { 0 }
};

/* ---- applications that are right --------------------------------------------------- */

static int
good(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("id", 1,
	    "title", stile_input_value(r, "title")));
}

static int
good_get(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("title", "it",
	    "count", stile_params_value(r, "n").u.i % 100 + 1));
}

Test(contract, nothing_wrong)
{
	const struct stile_route	rows[] = {
		{ "POST", "/things", good, .body = &thing, .responses = gives },
		{ "PUT", "/things/{id:int}", good, .body = &thing,
		  .responses = gives },
		{ "POST", "/forms", good, .body = &thing,
		  .body_type = STILE_BODY_JSON_OR_FORM, .responses = gives },
		{ "GET", "/things", good_get, .params = &size_params,
		  .responses = gives },
		{ 0 }
	};

	cr_expect_eq(test_app(rows, 400), 0, "%s", said);
	expect_said("right", "requests to 4 routes, seed 1: 0 wrong, 0 inputs "
	    "not made\n");
	cr_expect(strncmp(said, "t: ", 3) == 0, "%s", said);
}

/* ---- applications that are not ------------------------------------------------------ */

static int
undeclared_property(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("title", "it", "extra", 1));
}

static int
write_only_property(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("title", "it",
	    "secret", "x"));
}

static int
wrong_value(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("title", "x"));
}

static int
no_title(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("id", 1));
}

static int
wrong_status(struct stile_req *r)
{
	return stile_send_object(r, 201, STILE_ARGS("title", "it"));
}

static int
wrong_type(struct stile_req *r)
{
	return stile_send_text(r, 200, "{\"title\":\"it\"}");
}

static int
no_json(struct stile_req *r)
{
	return stile_send(r, 200, "application/json", "{", 1);
}

/* Only with the longest list. */
static int
fails_at_the_bound(struct stile_req *r)
{
	if (stile_params_value(r, "n").u.i == 500)
		return stile_fail(r, 500, "too much");
	return stile_send_object(r, 200, STILE_ARGS("title", "it"));
}

static int
fails_with_a_full_list(struct stile_req *r)
{
	struct stile_value	tags = stile_input_value(r, "tags");

	if (tags.type == STILE_LIST && tags.u.list.n == 4)
		return stile_fail(r, 500, "too much");
	return good(r);
}

/* A rule that nobody was told of. */
static int
another_rule(struct stile_req *r)
{
	struct stile_value	title = stile_input_value(r, "title");

	if (title.u.s.len > 15)
		return stile_fail(r, 422, "title: too long after all");
	return good(r);
}

static int
another_rule_in_bytes(struct stile_req *r)
{
	struct stile_value	title = stile_input_value(r, "title");

	if (title.u.s.len > 20)
		return stile_fail(r, 400, "title: more than 20 bytes");
	return good(r);
}

static int
no_problem(struct stile_req *r)
{
	return stile_send_text(r, 409, "no");
}

static const struct {
	const char		*name;
	struct stile_route	 rows[2];
	const char		*wrong, *curl;
} cases[] = {
	{ "undeclared property", { { "GET", "/things", undeclared_property,
	    .responses = gives } },
	    "GET /things: got 200, and a body that is not as declared: "
	    "/extra: there is no such property\n",
	    "    curl 'http://localhost/things'\n" },
	{ "write only", { { "GET", "/things", write_only_property,
	    .responses = gives } },
	    "GET /things: got 200, and a body that is not as declared: "
	    "/secret: this is not sent\n",
	    "    curl 'http://localhost/things'\n" },
	{ "wrong value", { { "GET", "/things", wrong_value,
	    .responses = gives } },
	    "and a body that is not as declared: /title: at least 2 characters "
	    "expected, not 1\n", "    curl 'http://localhost/things'\n" },
	{ "no title", { { "GET", "/things", no_title, .responses = gives } },
	    "and a body that is not as declared: /title: this is required\n",
	    "    curl 'http://localhost/things'\n" },
	{ "wrong status", { { "POST", "/things", wrong_status,
	    .body = &thing, .responses = gives } },
	    "POST /things: got 201, which is not declared\n",
	    "    curl -X POST -H 'Content-Type: application/json' "
	    "--data-binary '{\"title\":\"aa\"}' 'http://localhost/things'\n" },
	{ "wrong type", { { "GET", "/things", wrong_type,
	    .responses = gives } },
	    "GET /things: got 200, and not as application/json: text/plain",
	    "    curl 'http://localhost/things'\n" },
	{ "no JSON", { { "GET", "/things", no_json, .responses = gives } },
	    "GET /things: got 200, and a body that is not JSON\n",
	    "    curl 'http://localhost/things'\n" },
	{ "at the bound", { { "GET", "/things", fails_at_the_bound,
	    .params = &size_params, .responses = gives } },
	    "GET /things: got 500, and no request may have that\n",
	    "    curl 'http://localhost/things?n=500'\n" },
	{ "a full list", { { "POST", "/things", fails_with_a_full_list,
	    .body = &thing, .responses = gives } },
	    "POST /things: got 500, and no request may have that\n",
	    "    curl -X POST -H 'Content-Type: application/json' "
	    "--data-binary '{\"title\":\"aa\",\"tags\":[\"a\",\"b\",\"c\","
	    "\"d\"]}' 'http://localhost/things'\n" },
	{ "another rule", { { "POST", "/things", another_rule,
	    .body = &thing, .responses = gives } },
	    "POST /things: got 422, and the input is as declared: title: too "
	    "long after all\n", "--data-binary '{\"title\":\"" },
	{ "bytes", { { "POST", "/things", another_rule_in_bytes,
	    .body = &thing, .responses = gives } },
	    "POST /things: got 400, and the input is as declared: title: more "
	    "than 20 bytes\n", "--data-binary '{\"title\":\"" },
	{ "no problem", { { "GET", "/things", no_problem,
	    .responses = gives } },
	    "GET /things: got 409, which is no application/problem+json\n",
	    "    curl 'http://localhost/things'\n" },
};

Test(contract, planted)
{
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		cr_expect_gt(test_app(cases[i].rows, 300), 0, "%s: %s",
		    cases[i].name, said);
		expect_said(cases[i].name, cases[i].wrong);
		expect_said(cases[i].name, cases[i].curl);
	}
}

/* ---- validators with holes, in the place of the library's ----------------------------- */

/* Declares much and looks at nothing: what a form or a query brings is read by
 * hand, from a route beside it. */
static int
redirect_to_lax(struct stile_req *r)
{
	stile_send_object(r, 200, STILE_ARGS("title", "it"));
	return STILE_OK;
}

static int
answer_before(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("title", "it"));
}

/* A hook that answers in place of the handler, so that nothing is checked. */
Test(contract, what_is_not_refused)
{
	static const struct stile_hook	hooks[] = {
		{ STILE_BEFORE, answer_before }, { 0 }
	};
	const struct stile_route	rows[] = {
		{ "GET", "/things", redirect_to_lax, .params = &size_params,
		  .hooks = hooks, .responses = gives },
		{ 0 }
	};

	cr_expect_gt(test_app(rows, 200), 0);
	expect_said("lax", "GET /things: got 200, and 422 is expected: query ");
	expect_said("lax", "    curl 'http://localhost/things?");
}

/* An error handler that does not say where. */
static int
vague(struct stile_req *r)
{
	if (stile_input_value(r, "title").u.s.len == 0)
		return stile_fail(r, 422, "something is wrong");
	return stile_send_object(r, 200, STILE_ARGS("title", "it"));
}

static int
vaguely(struct stile_req *r)
{
	return stile_fail(r, 422, "something is wrong");
}

Test(contract, errors_without_a_place)
{
	static const struct stile_hook	hooks[] = {
		{ STILE_BEFORE, vaguely }, { 0 }
	};
	const struct stile_route	rows[] = {
		{ "POST", "/things", vague, .body = &thing, .hooks = hooks,
		  .responses = gives },
		{ 0 }
	};

	cr_expect_gt(test_app(rows, 200), 0);
	expect_said("vague", "POST /things: got 422, and its errors do not "
	    "name the place: body /");
}

/* ---- pages --------------------------------------------------------------------------------- */

static const struct stile_page	right = {
	.sql = "SELECT 1 AS id, 'it' AS title", .as = &thing, .total = true
};
static const struct stile_page	short_title = {
	.sql = "SELECT 1 AS id, 'x' AS title", .as = &thing, .bare = true
};

static int
right_page(struct stile_req *r)
{
	return stile_send_page(r, 200, &right, STILE_NOARGS);
}

static int
wrong_page(struct stile_req *r)
{
	return stile_send_page(r, 200, &short_title, STILE_NOARGS);
}

/* Reads no query at all, so that no limit is refused. */
static int
half_page(struct stile_req *r)
{
	return stile_send_rows(r, 200, short_title.sql, STILE_NOARGS);
}

Test(contract, pages)
{
	const struct stile_route	good_rows[] = {
		{ "GET", "/p", right_page, .page = &right }, { 0 }
	};
	const struct stile_route	bad_rows[] = {
		{ "GET", "/p", wrong_page, .page = &short_title }, { 0 }
	};
	const struct stile_route	half_rows[] = {
		{ "GET", "/p", half_page, .page = &right }, { 0 }
	};

	cr_expect_eq(test_app(good_rows, 200), 0, "%s", said);
	cr_expect_gt(test_app(bad_rows, 200), 0);
	expect_said("page", "GET /p: got 200, and a body that is not as "
	    "declared: /0/title: at least 2 characters expected, not 1\n"
	    "    curl 'http://localhost/p'\n");
	cr_expect_gt(test_app(half_rows, 200), 0);
	expect_said("half", "and a body that is not as declared: an object is "
	    "expected");
	expect_said("half", "GET /p: got 200, and 422 is expected: query ");
}

/* ---- paths, headers, seeds -------------------------------------------------------- */

static int	last_id;
static size_t	found, lost;

static int
add(struct stile_req *r)
{
	stile_header_set(r, "Location", stile_url(r, "item",
	    STILE_ARGS(++last_id)));
	return stile_send_object(r, 201, STILE_ARGS("id", last_id,
	    "title", "it"));
}

static int
show(struct stile_req *r)
{
	int64_t	id = stile_path_int(r, "id");

	if (id < 1 || id > last_id) {
		lost++;
		return stile_fail(r, 404, "there is none");
	}
	found++;
	return stile_send_object(r, 200, STILE_ARGS("id", id, "title", "it"));
}

static int
add_one(struct stile_client *c)
{
	const struct stile_answer	*a;

	a = stile_client_json(c, "POST", "/items", "{\"title\":\"one\"}");
	return a != NULL && stile_answer_status(a) == 201 ? 0 : -1;
}

/* What was made has a Location; requests go there. */
Test(contract, locations)
{
	const struct stile_route	rows[] = {
		{ "GET", "/items/{id:int}", show, .name = "item",
		  .responses = gives },
		{ "POST", "/items", add, .body = &thing,
		  .responses = STILE_RESPONSES({ 201, &thing,
		  .description = "Made." }) },
		{ 0 }
	};
	const struct stile_app		app = { .name = "t", .routes = rows };
	const struct stile_contract	how = { .cases = 100, .say = keep,
	    .prepare = add_one };

	said[0] = '\0';
	cr_expect_eq(stile_test_contract(&app, &how), 0, "%s", said);
	cr_expect_gt(found, 2);
	cr_expect_gt(found, lost);
}

static int
give_up(struct stile_client *c)
{
	(void)c;
	return -1;
}

Test(contract, what_cannot_be_run)
{
	const struct stile_route	rows[] = {
		{ "GET", "/", show, .name = "x" }, { 0 }
	};
	const struct stile_app		app = { .name = "t", .routes = rows };
	const struct stile_contract	hows[] = {
		{ .say = keep, .prepare = give_up },
		{ .say = keep, .settings = (const char *const[]){
		    "nonsense=1", NULL } },
	};
	static const char *const	want[] = {
		"t: it could not be prepared\n", "nonsense"
	};
	size_t				i;

	for (i = 0; i < NELEM(hows); i++) {
		said[0] = '\0';
		cr_expect_eq(stile_test_contract(&app, &hows[i]), -1);
		expect_said("not run", want[i]);
	}
}

/* All that came in, to be compared. */
static char	requests[512 * 1024];

static int
record(struct stile_req *r)
{
	struct stile_buf	*b = stile_buf_new(stile_req_arena(r),
				    SIZE_MAX);
	size_t			 n = strlen(requests);

	stile_buf_printf(b, "%s %s?%s %s %s\n", stile_req_method(r),
	    stile_req_path(r), stile_req_query(r),
	    stile_header(r, "X-Key") != NULL ? stile_header(r, "X-Key") : "",
	    stile_param(r, STILE_IN_COOKIE, "c") != NULL ?
	    stile_param(r, STILE_IN_COOKIE, "c") : "");
	if (n + stile_buf_view(b).len < sizeof(requests))
		memcpy(requests + n, stile_buf_view(b).p,
		    stile_buf_view(b).len + 1);
	return stile_send_empty(r, 204);
}

static const struct stile_schema	many_params = {
	.type = STILE_OBJECT, .properties = TABLE(
	{ .name = "id", .in = STILE_IN_PATH, .type = STILE_STRING,
	  .pattern = "^(a|b)[0-9]{2}$" },
	{ .name = "q", .type = STILE_STRING, .max = 30 },
	{ .name = "tag", .type = STILE_ARRAY, .max = 3,
	  .items = &(const struct stile_schema){ .type = STILE_SLUG } },
	{ .name = "X-Limit", .in = STILE_IN_HEADER, .type = STILE_INTEGER,
	  .required = true },
	{ .name = "c", .in = STILE_IN_COOKIE, .type = STILE_STRING,
	  .choices = STILE_CHOICES("red", "green") })
};

static const struct stile_route	recorded[] = {
	{ "GET", "/{id}/x", record, .params = &many_params,
	  .responses = STILE_RESPONSES({ 204, .description = "Yes." }) },
	{ 0 }
};

Test(contract, seeds)
{
	const struct stile_app	app = { .name = "t", .routes = recorded };
	const char *const	headers[] = { "X-Key: letmein", NULL };
	struct stile_contract	how = { .cases = 200, .say = keep,
	    .headers = headers };
	static char		first[sizeof(requests)];

	said[0] = '\0';
	cr_expect_eq(stile_test_contract(&app, &how), 0, "%s", said);
	cr_expect(strstr(requests, " letmein ") != NULL);
	cr_expect(strstr(requests, "?q=") != NULL);
	cr_expect(strstr(requests, "tag=") != NULL);
	cr_expect(strstr(requests, " red\n") != NULL);
	cr_expect(strstr(requests, " green\n") != NULL);
	cr_expect(strstr(requests, "GET /a") != NULL);
	cr_expect(strstr(requests, "GET /b") != NULL);
	memcpy(first, requests, sizeof(first));
	requests[0] = '\0';
	cr_expect_eq(stile_test_contract(&app, &how), 0, "%s", said);
	EXPECT_STR(requests, first, "the same seed");
	requests[0] = '\0';
	how.seed = 2;
	cr_expect_eq(stile_test_contract(&app, &how), 0, "%s", said);
	cr_expect(strcmp(requests, first) != 0, "another seed");
	expect_said("seed", "seed 2: 0 wrong");
}

Test(contract, skipped)
{
	const struct stile_route	rows[] = {
		{ "GET", "/a", wrong_status, .name = "a", .responses = gives },
		{ "GET", "/b", good_get, .params = &size_params, .name = "b",
		  .responses = gives },
		{ 0 }
	};
	const struct stile_app		app = { .name = "t", .routes = rows };
	const struct stile_contract	how = { .cases = 20, .say = keep,
	    .skip = (const char *const[]){ "a", NULL } };

	said[0] = '\0';
	cr_expect_eq(stile_test_contract(&app, &how), 0, "%s", said);
	expect_said("skipped", "to 1 routes");
}

/* ---- everything a schema can have --------------------------------------------------------- */

static const struct stile_schema	node_schema;
static const struct stile_schema	node_schema = SHAPE("Node",
	{ .name = "value", .type = STILE_NUMBER, .low = -1, .high = 1,
	  .exclusive_max = true, .required = true },
	{ .name = "children", .type = STILE_ARRAY, .items = &node_schema });
static const struct stile_schema	cat = SHAPE("Cat",
	{ .name = "lives", .type = STILE_INTEGER, .min = 0, .max = 9,
	  .required = true });
static const struct stile_schema	dog = SHAPE("Dog",
	{ .name = "breed", .type = STILE_STRING, .pattern = "^[A-Z][a-z]+$",
	  .max = 12, .required = true });

static const struct stile_schema	all = SHAPE("All",
	{ .name = "any", .type = STILE_ANY },
	{ .name = "flag", .type = STILE_BOOLEAN, .nullable = true },
	{ .name = "step", .type = STILE_INTEGER, .min = -20, .max = 20,
	  .multiple_of = 5 },
	{ .name = "tree", .ref = &node_schema },
	{ .name = "pet", .type = STILE_ONE_OF, .discriminator = "kind",
	  .one_of = STILE_SCHEMAS(&cat, &dog) },
	{ .name = "map", .type = STILE_MAP, .max = 3, .items = &cat },
	{ .name = "date", .type = STILE_DATE },
	{ .name = "time", .type = STILE_DATE_TIME },
	{ .name = "clock", .type = STILE_TIME_OF_DAY },
	{ .name = "duration", .type = STILE_DURATION },
	{ .name = "mail", .type = STILE_EMAIL },
	{ .name = "uri", .type = STILE_URI },
	{ .name = "uuid", .type = STILE_UUID },
	{ .name = "slug", .type = STILE_SLUG, .max = 20 },
	{ .name = "bytes", .type = STILE_BINARY, .max = 16 },
	{ .name = "colour", .type = STILE_STRING,
	  .choices = STILE_CHOICES("red", "green"), .required = true },
	{ .name = "trimmed", .type = STILE_STRING, .trim = true, .lower = true,
	  .min = 1, .max = 10 });

static int
echo(struct stile_req *r)
{
	return stile_send_json(r, 200, json_object_get(stile_input_json(r)));
}

/* What fits as input fits as output, where nothing is of one side alone. */
Test(contract, all_types)
{
	const struct stile_route	rows[] = {
		{ "POST", "/all", echo, .body = &all,
		  .responses = STILE_RESPONSES({ 200, &all,
		  .description = "The same." }) },
		{ "PATCH", "/all", echo, .body = &all },
		{ 0 }
	};

	cr_expect_eq(test_app(rows, 1500), 0, "%s", said);
	expect_said("all", "0 wrong, 0 inputs not made");
}

/* Forms with files have several parts. */
static const struct stile_schema	upload = SHAPE("Upload",
	{ .name = "file", .type = STILE_FILE, .min = 1, .max = 9,
	  .required = true },
	{ .name = "note", .type = STILE_STRING, .max = 5 });

static int
count_bytes(struct stile_req *r)
{
	struct stile_upload	*u = stile_upload(r, "file");

	if (u == NULL || stile_upload_size(u) < 1 || stile_upload_size(u) > 9)
		return stile_fail(r, 500, "the file is not as declared");
	return stile_send_empty(r, 204);
}

static int
nine_fail(struct stile_req *r)
{
	if (stile_upload_size(stile_upload(r, "file")) == 9)
		return stile_fail(r, 500, "nine");
	return stile_send_empty(r, 204);
}

Test(contract, files)
{
	const struct stile_route	rows[] = {
		{ "POST", "/files", count_bytes, .body = &upload,
		  .body_type = STILE_BODY_FORM },
		{ 0 }
	};
	const struct stile_route	bad[] = {
		{ "POST", "/files", nine_fail, .body = &upload,
		  .body_type = STILE_BODY_FORM },
		{ 0 }
	};

	cr_expect_eq(test_app(rows, 300), 0, "%s", said);
	expect_said("files", "0 wrong, 0 inputs not made");
	cr_expect_gt(test_app(bad, 300), 0);
	expect_said("files", "POST /files: got 500, and no request may have "
	    "that\n    curl -X POST -H 'Content-Type: multipart/form-data; "
	    "boundary=contract' --data-binary $'--contract\\x0d\\x0a"
	    "Content-Disposition: form-data; name=\"file\"; "
	    "filename=\"file.txt\"\\x0d\\x0aContent-Type: text/plain"
	    "\\x0d\\x0a\\x0d\\x0axxxxxxxxx\\x0d\\x0a--contract--"
	    "\\x0d\\x0a' 'http://localhost/files'\n");
}

/* A pattern that is not understood is made up for by an example. */
Test(contract, patterns)
{
	const struct stile_schema	hard = SHAPE("Hard",
		{ .name = "x", .type = STILE_STRING, .required = true,
		  .pattern = "^(?=.*[0-9])[a-z0-9]{3}\\x2D$",
		  .example = "ab1-" });
	const struct stile_schema	harder = SHAPE("Harder",
		{ .name = "x", .type = STILE_STRING, .required = true,
		  .pattern = "^(?=.*[0-9])[a-z0-9]{3}\\x2D$" });
	const struct stile_route		rows[] = {
		{ "POST", "/hard", echo, .body = &hard,
		  .responses = STILE_RESPONSES({ 200, &hard,
		  .description = "It." }) },
		{ "POST", "/harder", echo, .body = &harder },
		{ 0 }
	};

	cr_expect_eq(test_app(rows, 40), 0, "%s", said);
	expect_said("hard", "POST /harder: no input could be made that fits; "
	    "an .example helps\n");
	expect_said("hard", "0 wrong, 40 inputs not made\n");
}

/* ---- who asks ------------------------------------------------------------------- */

static const struct stile_schema	secret_thing = SHAPE("SecretThing",
	{ .name = "title", .type = STILE_STRING, .required = true },
	{ .name = "rank", .type = STILE_INTEGER, .min = 1, .max = 9,
	  .need = "things.rank" },
	{ .name = "owner", .type = STILE_STRING, .required = true,
	  .need = "things.give" });

/* "X-May: a b" has these permissions. */
static bool
may(struct stile_req *r, const char *permission)
{
	const char	*words = stile_header(r, "X-May");
	const size_t	 n = strlen(permission);
	const char	*p = words;

	for (; p != NULL && (p = strstr(p, permission)) != NULL; p++)
		if ((p == words || p[-1] == ' ') && (p[n] == '\0' ||
		    p[n] == ' '))
			return true;
	return false;
}

static int64_t
nobody(struct stile_req *r)
{
	(void)r;
	return 0;
}

/* Each is made once, with requests of its own. */
static char	made[200];

static const char *
who_has(struct stile_client *c, const char *permissions)
{
	static char	header[200];

	cr_expect_eq(stile_answer_status(stile_client_get(c, "/open")), 200);
	snprintf(made + strlen(made), sizeof(made) - strlen(made), "%s;",
	    permissions);
	snprintf(header, sizeof(header), "X-May: %s", permissions);
	return header;
}

/* What was sent, as far as who asks may see it; or all of it. */
static int
give_back(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS(
	    "title", stile_input_value(r, "title"),
	    "rank", stile_input_value(r, "rank"),
	    "owner", stile_input_value(r, "owner")));
}

static int
show_rank(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("title", "x", "rank", 7));
}

static int
fail_with_rank(struct stile_req *r)
{
	return stile_input_value(r, "rank").type == STILE_INT ?
	    stile_fail(r, 500, "there is a rank") : give_back(r);
}

static int
open_to_all(struct stile_req *r)
{
	return stile_send_text(r, 200, "open");
}

static const struct stile_response	gives_secret[] = {
	{ 200, &secret_thing, .description = "It." }, { 0 }
};

static int
test_who(const struct stile_route *routes,
    const struct stile_error_handler *errors)
{
	const struct stile_app		app = { .name = "t", .routes = routes,
	    .may = may, .identify = nobody, .errors = errors };
	const struct stile_contract	how = { .cases = 200, .say = keep,
	    .who = who_has };

	said[0] = made[0] = '\0';
	return stile_test_contract(&app, &how);
}

#define OPEN	{ "GET", "/open", .handler = open_to_all }

Test(contract, who_may_set_and_see)
{
	const struct stile_route	rows[] = {
		{ "POST", "/things", give_back, .need = "things.write",
		  .body = &secret_thing, .responses = gives_secret },
		{ "PUT", "/things", give_back, .need = "things.write",
		  .body = &secret_thing, .responses = gives_secret },
		OPEN, { 0 }
	};

	cr_expect_eq(test_who(rows, NULL), 0, "%s", said);
	expect_said("right", "0 wrong, 0 inputs not made\n");
	EXPECT_STR(made, "things.write;things.write things.rank things.give;"
	    "user;", "each once");
}

/* These are seen by nobody who has not the right. */
Test(contract, who_sees_too_much)
{
	const struct stile_route	rows[] = {
		{ "GET", "/things", show_rank, .need = "things.read",
		  .responses = gives_secret },
		OPEN, { 0 }
	};

	cr_expect_gt(test_who(rows, NULL), 0);
	expect_said("rank", "GET /things: got 200, and a body that is not as "
	    "declared: /rank: this is not sent to who asks\n"
	    "    curl -H 'X-May: things.read' 'http://localhost/things'\n");
}

Test(contract, what_a_right_lets_in_is_sent)
{
	const struct stile_route	rows[] = {
		{ "POST", "/things", fail_with_rank, .need = "things.write",
		  .body = &secret_thing, .responses = gives_secret },
		OPEN, { 0 }
	};

	cr_expect_gt(test_who(rows, NULL), 0);
	expect_said("rank", "POST /things: got 500, and no request may have "
	    "that\n    curl -X POST -H 'X-May: things.write things.rank "
	    "things.give'");
}

/* A route that has no need, and looks by itself: too late, and too little. */
static int
looks_by_itself(struct stile_req *r)
{
	return stile_header(r, "X-May") != NULL ? give_back(r) :
	    stile_fail(r, 403, "who are you?");
}

static bool
all_may(struct stile_req *r, const char *permission)
{
	(void)r;
	(void)permission;
	return true;
}

Test(contract, nobody_is_let_in)
{
	const struct stile_route	rows[] = {
		{ "GET", "/things", open_to_all, .need = "things.read" },
		{ "POST", "/things", looks_by_itself, .need = "things.write",
		  .body = &thing },
		OPEN, { 0 }
	};
	const struct stile_app		app = { .name = "t", .routes = rows,
	    .may = all_may, .identify = nobody };
	const struct stile_contract	how = { .cases = 100, .say = keep,
	    .who = who_has };

	said[0] = made[0] = '\0';
	cr_expect_gt(stile_test_contract(&app, &how), 0);
	expect_said("GET", "GET /things: got 200, and 401 is expected, as "
	    "nobody asks\n    curl 'http://localhost/things'\n");
	expect_said("POST", "POST /things: got 403, and 401 is expected");
}

/* Whoever is somebody has to be somebody for the routes, too. */
static const char *
who_is_not_known(struct stile_client *c, const char *permissions)
{
	(void)c;
	(void)permissions;
	return "X-May: nothing";
}

Test(contract, somebody_who_is_not_known)
{
	const struct stile_route	rows[] = {
		{ "GET", "/things", show_rank, .need = "things.read",
		  .responses = gives_secret },
		{ 0 }
	};
	const struct stile_app		app = { .name = "t", .routes = rows,
	    .may = may, .identify = nobody };
	const struct stile_contract	how = { .cases = 20, .say = keep,
	    .who = who_is_not_known };

	said[0] = '\0';
	cr_expect_gt(stile_test_contract(&app, &how), 0);
	expect_said("nothing", "GET /things: got 401, which is not declared");
}

/* ---- failures in another shape --------------------------------------------------- */

static const struct stile_schema	own_error = SHAPE("Error",
	{ .name = "error", .type = STILE_STRING, .required = true });

static int
show_error(struct stile_req *r)
{
	return stile_send_object(r, stile_failed_status(r), STILE_ARGS(
	    stile_failed_status(r) == 401 ? "wrong" : "error",
	    stile_failed_detail(r)));
}

Test(contract, own_errors)
{
	const struct stile_error_handler	silent[] = {
		{ 400, .whole_class = true, .fn = show_error }, { 0 }
	};
	const struct stile_error_handler	declared[] = {
		{ 400, .whole_class = true, .fn = show_error,
		  .schema = &own_error }, { 0 }
	};
	const struct stile_route		rows[] = {
		{ "POST", "/things", good, .body = &thing, .responses = gives },
		{ "GET", "/things", no_title, .need = "things.read",
		  .responses = STILE_RESPONSES({ 200, .description = "It." },
		  { 401, &own_error, .description = "Not it." }) },
		OPEN, { 0 }
	};

	cr_expect_eq(test_who(rows + 2, declared), 0, "%s", said);
	cr_expect_eq(test_who((const struct stile_route[]){ rows[0], OPEN,
	    { 0 } }, declared), 0, "%s", said);
	cr_expect_gt(test_who(rows, declared), 0);
	expect_said("401", "GET /things: got 401, and a body that is not as "
	    "declared: /error: this is required\n");
	cr_expect_eq(test_who(rows, silent), 0, "%s", said);
}

Test(contract, without_memory)
{
	const struct stile_route	rows[] = {
		{ "POST", "/things", good, .body = &thing, .responses = gives },
		{ 0 }
	};
	long				n;
	int				rc = -1;

	for (n = 1; rc == -1; n += n / 64 + 1) {
		cr_assert_lt(n, 1000000);
		stile__fail_after = n;
		rc = test_app(rows, 2);
		if (stile__fail_after == 0 && rc >= 0)
			rc = -1;
		stile__fail_after = 0;
	}
	cr_expect_eq(rc, 0, "%s", said);
}
