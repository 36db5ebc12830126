/* SPDX-License-Identifier: ISC */
/* Rows by a schema: which columns are sent, and as what. */
#include "app.h"

#include "stile/input.h"
#include "stile/req.h"

static const char *const	colours[] = { "red", "blue", NULL };

struct thing {
	int64_t		 id;
	const char	*name;
};

static const struct stile_schema	thing_properties[] = {
	{ "id", STILE_INTEGER, STILE_AT(struct thing, id), .read_only = true },
	{ "name", STILE_STRING, STILE_AT(struct thing, name), .required = true },
	{ .name = "done", .type = STILE_BOOLEAN },
	{ .name = "day", .type = STILE_DATE },
	{ .name = "moment", .type = STILE_DATE_TIME },
	{ .name = "clock", .type = STILE_TIME_OF_DAY },
	{ .name = "length", .type = STILE_DURATION },
	{ .name = "price", .type = STILE_NUMBER },
	{ .name = "bytes", .type = STILE_BINARY },
	{ "colour", STILE_STRING, .choices = colours },
	{ "password", STILE_STRING, .write_only = true },
	{ "secret", STILE_STRING, .need = "admin" },
	{ .name = "elsewhere", .type = STILE_STRING },
	{ 0 }
};
static const struct stile_schema	thing = { "Thing", STILE_OBJECT,
	    .properties = thing_properties, .size = sizeof(struct thing) };
static const struct stile_schema	referred = { .ref = &thing };

#define COLUMNS	"1 AS done, 5 AS id, 'n' AS name, 'p' AS password, "	\
		"'s' AS secret, 'o' AS other"

static int
row(struct stile_req *r)
{
	return stile_send_row_as(r, 200, &thing, "SELECT " COLUMNS,
	    STILE_NOARGS);
}

static int
rows(struct stile_req *r)
{
	return stile_send_rows_as(r, 200, &referred, "SELECT " COLUMNS
	    " UNION ALL SELECT 0, 6, NULL, 'p', 's', 'o'", STILE_NOARGS);
}

static int
values(struct stile_req *r)
{
	return stile_send_row_as(r, 200, &thing, "SELECT -1 AS day,"
	    " 1500 AS moment, 3723000 AS clock, 5400000 AS length,"
	    " 3 AS price, x'6869' AS bytes, 1 AS colour", STILE_NOARGS);
}

static int
nulls(struct stile_req *r)
{
	return stile_send_row_as(r, 200, &thing, "SELECT NULL AS day,"
	    " NULL AS done, NULL AS bytes, 'x' AS colour, 1.5 AS price",
	    STILE_NOARGS);
}

static int
none(struct stile_req *r)
{
	return stile_send_rows_as(r, 200, &thing, "SELECT " COLUMNS
	    " WHERE 1 = 0", STILE_NOARGS);
}

static int
no_row(struct stile_req *r)
{
	return stile_send_row_as(r, 200, &thing, "SELECT " COLUMNS
	    " WHERE 1 = 0", STILE_NOARGS);
}

static int
no_column(struct stile_req *r)
{
	return stile_send_row_as(r, 200, &thing, "SELECT 1 AS other",
	    STILE_NOARGS);
}

static const struct stile_page	pages = {
	.sql = "SELECT * FROM (SELECT " COLUMNS ") AS t ORDER BY id",
	.bare = true, .as = &thing,
};
static const struct stile_page	empty = {
	.sql = "SELECT * FROM (SELECT " COLUMNS ") AS t WHERE id < 0"
	    " ORDER BY id",
	.bare = true, .as = &thing,
};

static int
page(struct stile_req *r)
{
	return stile_send_page(r, 200, &pages, STILE_NOARGS);
}

static int
empty_page(struct stile_req *r)
{
	return stile_send_page(r, 200, &empty, STILE_NOARGS);
}

/* Only what has a place is looked for. */
static int
selected(struct stile_req *r)
{
	struct thing	t;

	stile_select(r, thing_properties, &t, "SELECT 7 AS id, 'x' AS name",
	    STILE_NOARGS);
	return stile_send_struct(r, 200, &thing, &t);
}

static int
no_structs(struct stile_req *r)
{
	return stile_send_structs(r, 200, &thing, NULL, 0);
}

static int
no_size(struct stile_req *r)
{
	static const struct stile_schema	s = { .type = STILE_OBJECT,
		    .properties = thing_properties };
	const struct thing			two[2] = { { 1, "a" },
						    { 2, "b" } };

	return stile_send_structs(r, 200, &s, two, 2);
}

static bool
may(struct stile_req *r, const char *need)
{
	const char	*who = stile_header(r, "X-Who");

	return who != NULL && strcmp(who, need) == 0;
}

static const struct stile_route	routes[] = {
	{ "GET", "/row", .handler = row },
	{ "GET", "/rows", .handler = rows },
	{ "GET", "/values", .handler = values },
	{ "GET", "/nulls", .handler = nulls },
	{ "GET", "/none", .handler = none },
	{ "GET", "/no_row", .handler = no_row },
	{ "GET", "/no_column", .handler = no_column },
	{ "GET", "/page", .handler = page },
	{ "GET", "/empty", .handler = empty_page },
	{ "GET", "/selected", .handler = selected },
	{ "GET", "/no_structs", .handler = no_structs },
	{ "GET", "/no_size", .handler = no_size },
	{ 0 }
};
static const struct stile_app	app = { .name = "demo", .routes = routes,
	    .may = may };

/* The order is the statement's. */
Test(rows_as, columns)
{
	static const struct {
		const char	*path;
		int		 status;
		const char	*body;
	} cases[] = {
		{ "/row", 200, "{\"done\":true,\"id\":5,\"name\":\"n\"}" },
		{ "/rows", 200, "[{\"done\":true,\"id\":5,\"name\":\"n\"},"
		  "{\"done\":false,\"id\":6,\"name\":null}]" },
		{ "/values", 200, "{\"day\":\"1969-12-31\","
		  "\"moment\":\"1970-01-01T00:00:01.500Z\","
		  "\"clock\":\"01:02:03Z\",\"length\":\"PT1H30M\","
		  "\"price\":3.0,\"bytes\":\"aGk=\",\"colour\":\"blue\"}" },
		{ "/nulls", 200, "{\"day\":null,\"done\":null,\"bytes\":null,"
		  "\"colour\":\"x\",\"price\":1.5}" },
		{ "/none", 200, "[]" }, { "/no_row", 404, NULL },
		{ "/no_column", 200, "{}" },
		{ "/page", 200, "[{\"done\":true,\"id\":5,\"name\":\"n\"}]" },
		{ "/empty", 200, "[]" },
		{ "/selected", 200, "{\"id\":7,\"name\":\"x\"}" },
		{ "/no_structs", 200, "[]" }, { "/no_size", 500, NULL },
	};
	struct stile_client		*c = CLIENT(&app,
					    "db=sqlite::memory:",);
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_ANSWER(stile_client_get(c, cases[i].path),
		    cases[i].status, cases[i].body, "%s", cases[i].path);
	stile_client_free(c);
}

Test(rows_as, who_may_see)
{
	struct stile_client	*c = CLIENT(&app, "db=sqlite::memory:",);

	cr_assert_eq(stile_client_header(c, "X-Who", "admin"), STILE_OK);
	EXPECT_ANSWER(stile_client_get(c, "/row"), 200, "{\"done\":true,"
	    "\"id\":5,\"name\":\"n\",\"secret\":\"s\"}", "row");
	EXPECT_ANSWER(stile_client_get(c, "/page"), 200, "[{\"done\":true,"
	    "\"id\":5,\"name\":\"n\",\"secret\":\"s\"}]", "page");
	stile_client_free(c);
}

/* ---- objects inside of a row, and around it -------------------------------------- */

static const struct stile_schema	person = {
	.type = STILE_OBJECT, .properties = STILE_PROPERTIES(
	    { .name = "name", .type = STILE_STRING },
	    { .name = "known", .type = STILE_BOOLEAN },
	    { "phone", STILE_STRING, .need = "admin" }),
};

static const struct stile_schema	letter = {
	.type = STILE_OBJECT, .properties = STILE_PROPERTIES(
	    { .name = "id", .type = STILE_INTEGER },
	    { "from", .ref = &person },
	    { "to", .ref = &person },
	    { "hidden", .ref = &person, .need = "admin" },
	    { .name = "a.b", .type = STILE_INTEGER }),
};

static const struct stile_schema	letter_answer =
    STILE_WRAPPED_ROW("LetterAnswer", "letter", &letter);

static const struct stile_schema	secret_answer = {
	.type = STILE_OBJECT, .properties = STILE_PROPERTIES(
	    { "letter", .ref = &letter, .need = "admin" }),
};

static const struct {
	const struct stile_schema	*s;
	const char			*sql;
	int				 status;
	const char			*body, *to_admin;
} nested[] = {
	{ &letter, "SELECT 1 AS id, 'A' AS \"from.name\", 1 AS"
	    " \"from.known\", 'B' AS \"to.name\"", 200,
	    "{\"id\":1,\"from\":{\"name\":\"A\",\"known\":true},"
	    "\"to\":{\"name\":\"B\"}}", NULL },
	{ &letter, "SELECT 'A' AS \"from.name\", 1 AS id", 200,
	    "{\"from\":{\"name\":\"A\"},\"id\":1}", NULL },
	{ &letter, "SELECT NULL AS \"from.name\"", 200,
	    "{\"from\":{\"name\":null}}", NULL },
	{ &letter, "SELECT 7 AS \"a.b\", 1 AS \"from\", 2 AS \"to.none\","
	    " 3 AS \"id.x\", 4 AS \"from.name.x\", 5 AS \".name\","
	    " 6 AS \"from.\"", 200, "{\"a.b\":7,\"from\":1}", NULL },
	{ &letter, "SELECT 'A' AS \"from.name\", '7' AS \"from.phone\"", 200,
	    "{\"from\":{\"name\":\"A\"}}",
	    "{\"from\":{\"name\":\"A\",\"phone\":\"7\"}}" },
	{ &letter, "SELECT 'A' AS \"hidden.name\", 1 AS id", 200,
	    "{\"id\":1}", "{\"hidden\":{\"name\":\"A\"},\"id\":1}" },
	{ &letter, "SELECT 'A' AS \"from.name\", 1 AS id, 1 AS"
	    " \"from.known\"", 500, NULL, NULL },
	{ &letter_answer, "SELECT 1 AS id, 'A' AS \"from.name\"", 200,
	    "{\"letter\":{\"id\":1,\"from\":{\"name\":\"A\"}}}", NULL },
	{ &letter_answer, "SELECT 1 AS other", 200, "{\"letter\":{}}", NULL },
	/* All of it is in one column. */
	{ &letter_answer, "SELECT 1 AS letter", 200, "{\"letter\":1}", NULL },
	{ &letter_answer, "SELECT 1 AS id WHERE 0", 404, NULL, NULL },
	{ &secret_answer, "SELECT 1 AS id", 200, "{}",
	    "{\"letter\":{\"id\":1}}" },
	{ NULL, "SELECT 'A' AS \"from.name\"", 200,
	    "{\"from.name\":\"A\"}", NULL },
};

static size_t	at;

static int
one_nested(struct stile_req *r)
{
	return stile_send_row_as(r, 200, nested[at].s, nested[at].sql,
	    STILE_NOARGS);
}

static int
two_nested(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("n", 2, "all",
	    stile_select_json(r, &letter, "SELECT 1 AS id, 'A' AS"
	    " \"from.name\" UNION ALL SELECT 2, 'B'", STILE_NOARGS),
	    "none", stile_select_json(r, NULL, "SELECT 1 AS id WHERE 0",
	    STILE_NOARGS)));
}

static const struct stile_route	nested_routes[] = {
	{ "GET", "/one", .handler = one_nested },
	{ "GET", "/two", .handler = two_nested }, { 0 }
};
static const struct stile_app	nested_app = { .name = "demo",
	    .routes = nested_routes, .may = may };

Test(rows_as, objects_inside_and_around)
{
	struct stile_client	*c = CLIENT(&nested_app,
				    "db=sqlite::memory:",);
	const char		*body;

	for (at = 0; at < NELEM(nested); at++) {
		stile_client_header(c, "X-Who", NULL);
		EXPECT_ANSWER(stile_client_get(c, "/one"), nested[at].status,
		    nested[at].body, "%s", nested[at].sql);
		stile_client_header(c, "X-Who", "admin");
		body = nested[at].to_admin != NULL ? nested[at].to_admin :
		    nested[at].body;
		EXPECT_ANSWER(stile_client_get(c, "/one"), nested[at].status,
		    body, "to admin: %s", nested[at].sql);
	}
	EXPECT_ANSWER(stile_client_get(c, "/two"), 200, "{\"n\":2,\"all\":["
	    "{\"id\":1,\"from\":{\"name\":\"A\"}},"
	    "{\"id\":2,\"from\":{\"name\":\"B\"}}],\"none\":[]}", "rows");
	stile_client_free(c);
}

/* Whichever allocation fails, it is 503, and the next request is right. */
Test(rows_as, without_memory)
{
	struct stile_client		*c = CLIENT(&nested_app,
					    "db=sqlite::memory:",);
	const struct stile_answer	*a;
	int				 n, status;

	for (n = 1, status = 503; status != 200 && n < 1000; n++) {
		stile__fail_after = n;
		a = stile_client_get(c, "/two");
		stile__fail_after = 0;
		status = a != NULL ? stile_answer_status(a) : 0;
		cr_expect(status == 200 || status == 503 || status == 0, "%d",
		    status);
	}
	stile_client_free(c);
}
