/* SPDX-License-Identifier: ISC */
/* lib/data/lists.c and stile_select_first(): lists into statements and out. */
#include "app.h"

#include "stile/migrate.h"
#include "stile/schema.h"

static const struct stile_migration	migrations[] = {
	{ 1, "one", .sql = "CREATE TABLE tag (note INTEGER, name TEXT,"
	    " UNIQUE (note, name)); CREATE TABLE doc (j JSON, b BLOB);" },
	{ 0 }
};

#define ADD	"INSERT INTO tag (note, name) VALUES (?, ?)"
#define TAGS	"SELECT name FROM tag WHERE note = ? ORDER BY name"

static int
add_and_list(struct stile_req *r)
{
	const struct stile_value	none = { .type = STILE_ABSENT };
	int64_t				n;

	n = stile_exec_each(r, ADD, STILE_ARGS(1),
	    STILE_LIST_OF("b", "a", "c"));
	n += stile_exec_each(r, ADD, STILE_ARGS(2), STILE_LIST_OF("z"));
	n += stile_exec_each(r, ADD, STILE_ARGS(3), none);
	n += stile_exec_each(r, ADD, STILE_ARGS(3), stile_list(NULL, 0));
	n += stile_exec_each(r, "DELETE FROM tag WHERE name = ?",
	    STILE_NOARGS, STILE_LIST_OF("c", "no such"));
	return stile_send_object(r, 200, STILE_ARGS("n", n,
	    "one", stile_select_list(r, TAGS, STILE_ARGS(1)),
	    "none", stile_select_list(r, TAGS, STILE_ARGS(3))));
}

/* More than there is room for at first, and text that a step would change. */
static int
thousand(struct stile_req *r)
{
	struct stile_value	list;
	size_t			i;

	list = stile_select_list(r, "WITH RECURSIVE n (i) AS (VALUES (1) UNION"
	    " ALL SELECT i + 1 FROM n WHERE i < 1000) SELECT 'n' || i FROM n",
	    STILE_NOARGS);
	cr_assert_eq(list.type, STILE_LIST);
	if (stile_failed(r) != STILE_OK) {
		cr_expect_eq(list.u.list.n, 0);
		return STILE_EFAILED;
	}
	cr_assert_eq(list.u.list.n, 1000);
	for (i = 0; i < 1000; i++)
		cr_assert_eq(strtol(list.u.list.v[i].u.s.p + 1, NULL, 10),
		    (long)i + 1);
	return stile_send_empty(r, 204);
}

static int
as_json(struct stile_req *r)
{
	stile_exec(r, "INSERT INTO doc VALUES (?, ?)", STILE_ARGS(
	    stile_as_json(r, STILE_LIST_OF("a\"", 7, stile_null())),
	    stile_blob("x", 1)));
	stile_exec(r, "INSERT INTO doc VALUES (coalesce(?, '{}'), ?)",
	    STILE_ARGS(stile_as_json(r, (struct stile_value){
	    .type = STILE_ABSENT }), stile_as_json(r, stile_null())));
	return stile_send_rows(r, 200, "SELECT j, b IS NULL AS b FROM doc",
	    STILE_NOARGS);
}

struct row {
	int64_t		 note;
	const char	*name;
};

static const struct stile_schema	columns[] = {
	STILE_COLUMN(struct row, note), STILE_COLUMN(struct row, name), { 0 }
};

static int
first(struct stile_req *r)
{
	const struct row	*a, *b;

	stile_exec_each(r, ADD, STILE_ARGS(1), STILE_LIST_OF("b", "a"));
	a = stile_select_first(r, columns, sizeof(*a),
	    "SELECT note, name FROM tag ORDER BY name", STILE_NOARGS);
	b = stile_select_first(r, columns, sizeof(*b),
	    "SELECT note, name FROM tag WHERE note = 7", STILE_NOARGS);
	cr_expect_null(b);
	if (stile_failed(r) != STILE_OK)
		return STILE_EFAILED;
	cr_assert_not_null(a);
	return stile_send_object(r, 200, STILE_ARGS("note", a->note,
	    "name", a->name));
}

static int
not_a_list(struct stile_req *r)
{
	cr_expect_eq(stile_exec_each(r, ADD, STILE_ARGS(1), stile_int(7)), 0);
	return stile_send_empty(r, 204);
}

static int
named(struct stile_req *r)
{
	stile_exec_each(r, ADD, STILE_NAMED("note", 1), STILE_LIST_OF("a"));
	return stile_send_empty(r, 204);
}

static int
taken(struct stile_req *r)
{
	stile_exec_each(r, ADD, STILE_ARGS(1), STILE_LIST_OF("a", "b", "a"));
	cr_expect_eq(stile_select_list(r, TAGS, STILE_ARGS(1)).u.list.n, 0);
	cr_expect_null(stile_select_first(r, columns, sizeof(struct row),
	    "SELECT note, name FROM tag", STILE_NOARGS));
	return stile_send_empty(r, 204);
}

static int
wrong_sql(struct stile_req *r)
{
	cr_expect_null(stile_select_first(r, columns, sizeof(struct row),
	    "SELECT name FROM tag WHERE 0 UNION ALL SELECT 'x'",
	    STILE_NOARGS));
	return stile_send_empty(r, 204);
}

static const struct stile_route	routes[] = {
	{ "POST", "/lists", .handler = add_and_list },
	{ "POST", "/thousand", .handler = thousand },
	{ "POST", "/json", .handler = as_json },
	{ "POST", "/first", .handler = first },
	{ "POST", "/number", .handler = not_a_list },
	{ "POST", "/named", .handler = named },
	{ "POST", "/taken", .handler = taken },
	{ "POST", "/wrong", .handler = wrong_sql },
	{ 0 }
};
static const struct stile_app	app = { .name = "demo", .routes = routes,
    .migrations = migrations };

static const struct {
	const char	*path;
	int		 status;
	const char	*body;
} cases[] = {
	{ "/lists", 200, "{\"n\":5,\"one\":[\"a\",\"b\"],\"none\":[]}" },
	{ "/thousand", 204, "" },
	{ "/json", 200, "[{\"j\":[\"a\\\"\",7,null],\"b\":0},"
	    "{\"j\":{},\"b\":1}]" },
	{ "/first", 200, "{\"note\":1,\"name\":\"a\"}" },
	{ "/number", 500, NULL },
	{ "/named", 500, NULL },
	{ "/taken", 409, NULL },
	{ "/wrong", 500, NULL },
};

Test(lists, all)
{
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		struct stile_client	*c = CLIENT(&app);

		EXPECT_ANSWER(send_to(c, "POST", cases[i].path),
		    cases[i].status, cases[i].body, "%s", cases[i].path);
		stile_client_free(c);
	}
}

/* Whichever allocation fails, it is 503, and nothing is left behind. */
Test(lists, without_memory)
{
	const struct stile_answer	*a;
	size_t				 i;
	int				 n, status;

	for (i = 0; i < 4; i++)
		for (n = 1, status = 503; status / 100 != 2 && n < 1000; n++) {
			struct stile_client	*c = CLIENT(&app);

			stile__fail_after = n;
			a = send_to(c, "POST", cases[i].path);
			stile__fail_after = 0;
			status = a != NULL ? stile_answer_status(a) : 0;
			cr_expect(status / 100 == 2 || status == 503 ||
			    status == 0, "%s: %d", cases[i].path, status);
			if (status / 100 == 2)
				EXPECT_ANSWER(a, cases[i].status,
				    cases[i].body, "%s", cases[i].path);
			stile_client_free(c);
		}
}
