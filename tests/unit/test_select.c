/* SPDX-License-Identifier: ISC */
/* lib/data/select.c: rows into structs and values of json-c. */
#include "app.h"

#include "stile/json.h"
#include "stile/migrate.h"

static const struct stile_migration	migrations[] = {
	{ .version = 1, .name = "one", .sql =
	    "CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, score REAL,"
	    " done BOOLEAN, at TIMESTAMP, data BLOB, doc JSON);"
	    "INSERT INTO t VALUES"
	    " (1, 'one', 1.5, 1, -1, x'6100', '{\"a\":[1,2]}'),"
	    " (2, '', 2, 0, 1500000000123, x'', '\"x\"'),"
	    " (3, NULL, 3, 1, 0, NULL, 'not JSON')" },
	{ 0 }
};

struct row {
	int			 id;
	const char		*name;
	double			 score;
	bool			 done;
	int64_t			 at;
	struct stile_str	 data;
	struct stile_value	 doc;
};

static const struct stile_schema	columns[] = {
	STILE_COLUMN(struct row, doc),
	STILE_COLUMN(struct row, id),
	STILE_COLUMN(struct row, name),
	STILE_COLUMN(struct row, score),
	STILE_COLUMN(struct row, done),
	STILE_COLUMN(struct row, at),
	STILE_COLUMN(struct row, data),
	{ 0 }
};

#define ALL	"SELECT extra, t.* FROM t, (SELECT 7 AS extra)"

static int
one(struct stile_req *r)
{
	struct row	row = { .id = -1 };

	if (stile_select(r, columns, &row, ALL " WHERE id = ?",
	    STILE_ARGS(stile_query_int(r, "id", 0, 100, 1))) != STILE_OK) {
		cr_expect_eq(row.id, -1);
		return STILE_EFAILED;
	}
	cr_expect_eq(row.id, 1);
	EXPECT_STR(row.name, "one", "text");
	cr_expect_eq(row.score, 1.5);
	cr_expect(row.done);
	cr_expect_eq(row.at, -1);
	cr_expect_eq(row.data.len, 2);
	cr_expect_eq(memcmp(row.data.p, "a\0", 3), 0);
	cr_expect_eq(row.doc.type, STILE_JSON_TEXT);
	return stile_send_object(r, 200, STILE_ARGS("doc", row.doc,
	    "at", stile_time(row.at)));
}

static int
all(struct stile_req *r)
{
	struct row	*rows;
	size_t		 n = 99;

	rows = stile_select_all(r, columns, sizeof(*rows), &n,
	    ALL " WHERE id >= ? ORDER BY id",
	    STILE_ARGS(stile_query_int(r, "id", 0, 100, 1)));
	if (rows == NULL) {
		cr_expect_eq(n, 0);
		cr_expect_neq(stile_failed(r), STILE_OK);
		return STILE_EFAILED;
	}
	if (n == 0)
		return stile_send_object(r, 200, STILE_ARGS("n", n));
	cr_assert_eq(n, 3);
	EXPECT_STR(rows[0].name, "one", "first");
	EXPECT_STR(rows[1].name, "", "empty is not NULL");
	cr_expect(rows[2].name == NULL);
	cr_expect(rows[1].data.p != NULL && rows[1].data.len == 0);
	cr_expect(rows[2].data.p == NULL);
	cr_expect_eq(rows[1].score, 2.0);
	cr_expect_eq(rows[2].doc.type, STILE_TEXT, "what is not JSON is text");
	return stile_send_object(r, 200, STILE_ARGS("n", n));
}

/* More than the first piece of memory has room for. */
static int
thousand(struct stile_req *r)
{
	static const struct stile_schema	just_id[] = {
		STILE_COLUMN(struct row, id), { 0 }
	};
	struct row	*rows;
	size_t		 i, n;

	rows = stile_select_all(r, just_id, sizeof(*rows), &n,
	    "WITH RECURSIVE n (id) AS (VALUES (0) UNION ALL"
	    " SELECT id + 1 FROM n WHERE id < 999) SELECT id FROM n",
	    STILE_NOARGS);
	cr_assert_eq(n, 1000);
	for (i = 0; i < n; i++) {
		cr_assert_eq(rows[i].id, (int)i);
		cr_assert(rows[i].name == NULL);
	}
	return stile_send_empty(r, 204);
}

static int
many(struct stile_req *r)
{
	struct row		rows[3];
	struct stile_args	args[] = {
		STILE_ARGS(3), STILE_ARGS(1),
		STILE_ARGS(stile_query_int(r, "id", 0, 100, 2)),
	};

	memset(rows, 0, sizeof(rows));
	if (stile_select_many(r, columns, sizeof(*rows), rows,
	    "SELECT * FROM t WHERE id = ?", args, NELEM(args)) != STILE_OK)
		return STILE_EFAILED;
	return stile_send_object(r, 200, STILE_ARGS("a", rows[0].id, "b",
	    rows[1].id, "c", rows[2].id));
}

static int
object(struct stile_req *r)
{
	struct json_object	*j, *m = NULL;

	j = stile_select_object(r, "SELECT * FROM t WHERE id = ?",
	    STILE_ARGS(stile_query_int(r, "id", 0, 100, 1)));
	if (j == NULL)
		return STILE_EFAILED;
	cr_assert(json_object_object_get_ex(j, "doc", &m));
	cr_expect(json_object_is_type(m, json_type_object));
	return stile_send_object(r, 200, STILE_ARGS("row", j));
}

static int
array(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("rows",
	    stile_select_array(r, "SELECT id, done FROM t WHERE id > ?"
	    " ORDER BY id", STILE_ARGS(stile_query_int(r, "id", 0, 100, 1)))));
}

/* A member that its column's value does not fit. */
static const struct {
	const char		*sql, *column;
	enum stile_type		 type;
}			misfits[] = {
	{ "SELECT 'x' AS id", "id", STILE_TEXT },
	{ "SELECT NULL AS id", "id", STILE_NULL },
	{ "SELECT 2147483648 AS id", "id", STILE_INT },
	{ "SELECT -2147483649 AS id", "id", STILE_INT },
	{ "SELECT 0.5 AS id", "id", STILE_DOUBLE },
	{ "SELECT 1 AS name", "name", STILE_INT },
	{ "SELECT CAST(x'610062' AS TEXT) AS name", "name", STILE_TEXT },
	{ "SELECT 'x' AS score", "score", STILE_TEXT },
	{ "SELECT 2 AS done", "done", STILE_INT },
	{ "SELECT 0.5 AS at", "at", STILE_DOUBLE },
	{ "SELECT 1 AS data", "data", STILE_INT },
	{ "SELECT 1 AS other", "id", STILE_NULL },
};

static int
misfit(struct stile_req *r)
{
	struct row		row;
	struct stile_schema	one_column[2] = { { 0 }, { 0 } };
	size_t			i, k;

	i = (size_t)stile_query_int(r, "i", 0, NELEM(misfits) - 1, 0);
	for (k = 0; columns[k].name != NULL; k++)
		if (strcmp(columns[k].name, misfits[i].column) == 0)
			one_column[0] = columns[k];
	cr_assert(one_column[0].name != NULL);
	stile_select(r, one_column, &row, misfits[i].sql, STILE_NOARGS);
	return stile_send_empty(r, 204);
}

static const struct stile_route		routes[] = {
	{ "GET", "/one", .handler = one },
	{ "GET", "/all", .handler = all },
	{ "GET", "/thousand", .handler = thousand },
	{ "GET", "/many", .handler = many },
	{ "GET", "/object", .handler = object },
	{ "GET", "/array", .handler = array },
	{ "GET", "/misfit", .handler = misfit },
	{ 0 }
};
static const struct stile_app		app = { .name = "demo",
    .routes = routes, .migrations = migrations };

Test(select, rows)
{
	static const struct {
		const char	*path;
		int		 status;
		const char	*body;
	} cases[] = {
		{ "/one", 200, "{\"doc\":{\"a\":[1,2]},"
		    "\"at\":\"1969-12-31T23:59:59.999Z\"}" },
		{ "/one?id=4", 404, NULL },
		{ "/all", 200, "{\"n\":3}" },
		{ "/all?id=4", 200, "{\"n\":0}" },
		{ "/thousand", 204, "" },
		{ "/many", 200, "{\"a\":3,\"b\":1,\"c\":2}" },
		{ "/many?id=4", 404, NULL },
		{ "/object", 200, "{\"row\":{\"id\":1,\"name\":\"one\","
		    "\"score\":1.5,\"done\":true,"
		    "\"at\":\"1969-12-31T23:59:59.999Z\",\"data\":\"YQA=\","
		    "\"doc\":{\"a\":[1,2]}}}" },
		{ "/object?id=4", 404, NULL },
		{ "/array", 200, "{\"rows\":[{\"id\":2,\"done\":false},"
		    "{\"id\":3,\"done\":true}]}" },
		{ "/array?id=4", 200, "{\"rows\":[]}" },
	};
	struct stile_client	*c = CLIENT(&app);
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_ANSWER(stile_client_get(c, cases[i].path),
		    cases[i].status, cases[i].body, "%s", cases[i].path);
	stile_client_free(c);
}

Test(select, what_does_not_fit)
{
	struct stile_client	*c = CLIENT(&app);
	char			 path[32];
	size_t			 i;

	for (i = 0; i < NELEM(misfits); i++) {
		snprintf(path, sizeof(path), "/misfit?i=%zu", i);
		EXPECT_ANSWER(stile_client_get(c, path), 500, NULL, "%s",
		    misfits[i].sql);
	}
	stile_client_free(c);
}

/* Whichever allocation fails, it is 503, and the next request is right. */
Test(select, without_memory)
{
	static const char *const	paths[] = {
		"/one", "/all", "/many", "/object", "/array",
	};
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&app);
	size_t				 i;
	int				 n, status;

	for (i = 0; i < NELEM(paths); i++)
		for (n = 1, status = 503; status != 200 && n < 1000; n++) {
			stile__fail_after = n;
			a = stile_client_get(c, paths[i]);
			stile__fail_after = 0;
			/* Where there is none even for the head, it is 0. */
			status = a != NULL ? stile_answer_status(a) : 0;
			cr_expect(status == 200 || status == 503 ||
			    status == 0, "%s: %d", paths[i], status);
			EXPECT_ANSWER(stile_client_get(c, "/array?id=4"), 200,
			    "{\"rows\":[]}", "after %s", paths[i]);
		}
	stile_client_free(c);
}
