/* SPDX-License-Identifier: ISC */
/* lib/data/select.c: rows into structs and values of json-c. */
#include "app.h"

#include "http/req.h"
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

/* ---- structs inside ------------------------------------------------------ */

struct deep {
	int	id;
};
struct deep4 {
	struct deep	e;
};
struct deep3 {
	struct deep4	d;
};
struct deep2 {
	struct deep3	c;
};
struct deep1 {
	struct deep2	b;
};

struct note {
	int	id;
	struct {
		const char	*name;
		bool		 done;
		struct deep	 boss;
	}	author;
	int	behind;
};

static const struct stile_schema	boss = {
	"Boss", STILE_OBJECT, .size = sizeof(struct deep),
	.properties = (const struct stile_schema[]){
		{ "id", STILE_INTEGER, STILE_AT(struct deep, id) }, { 0 }
	},
};
static const struct stile_schema	author = {
	"Author", STILE_OBJECT, .size = sizeof(((struct note *)0)->author),
	.properties = (const struct stile_schema[]){
		{ "name", .at = { STILE_KIND_CHARS, 0 } },
		{ "done", .at = { STILE_KIND_BOOL,
		    offsetof(struct note, author.done) -
		    offsetof(struct note, author) } },
		{ "boss", .at = { STILE_KIND_STRUCT,
		    offsetof(struct note, author.boss) -
		    offsetof(struct note, author) }, .ref = &boss },
		{ 0 }
	},
};
static const struct stile_schema	note[] = {
	STILE_COLUMN(struct note, id),
	{ "author", STILE_AT_STRUCT(struct note, author), .ref = &author },
	STILE_COLUMN(struct note, behind),
	{ 0 }
};

static int
inside(struct stile_req *r)
{
	struct note	n, *all;
	size_t		count;

	if (stile_select(r, note, &n, "SELECT 8 AS behind, 7 AS id,"
	    " 1 AS \"author.done\", 'Ann' AS \"author.name\","
	    " 5 AS \"author.boss.id\", 3 AS name, 4 AS \"boss.id\"",
	    STILE_NOARGS) != STILE_OK)
		return STILE_EFAILED;
	cr_expect_eq(n.id, 7);
	EXPECT_STR(n.author.name, "Ann", "a member of a struct inside");
	cr_expect(n.author.done, "1 is true");
	cr_expect_eq(n.author.boss.id, 5, "and of one inside that");
	cr_expect_eq(n.behind, 8);
	all = stile_select_all(r, note, sizeof(*all), &count,
	    "SELECT 1 AS id, 2 AS behind, 0 AS \"author.done\","
	    " NULL AS \"author.name\", 3 AS \"author.boss.id\" UNION ALL"
	    " SELECT 4, 5, 1, 'x', 6", STILE_NOARGS);
	if (all == NULL)
		return STILE_EFAILED;
	cr_assert_eq(count, 2);
	cr_expect(!all[0].author.done && all[0].author.name == NULL);
	cr_expect_eq(all[1].author.boss.id, 6, "in each row");
	cr_expect_eq(all[1].behind, 5);
	return stile_send_empty(r, 204);
}

/* A column of JSON in an answer: as it is, and only if it is JSON. */
static int
list(struct stile_req *r)
{
	static const struct stile_schema	any = { .type = STILE_ANY };
	static const struct stile_schema	members[] = {
		{ "doc", STILE_ARRAY, STILE_AT(struct row, doc),
		    .items = &any },
		{ 0 }
	};
	const struct stile_schema		answer = {
		"Answer", STILE_OBJECT, .properties = members,
		.size = sizeof(struct row),
	};
	struct row				row;

	if (stile_select(r, members, &row, "SELECT doc FROM t WHERE id = ?",
	    STILE_ARGS(stile_query_int(r, "id", 0, 100, 1))) != STILE_OK)
		return STILE_EFAILED;
	return stile_send_struct(r, 200, &answer, &row);
}

#define LEVEL(n, type, member, to)					\
	static const struct stile_schema	level##n = {		\
		"Level", STILE_OBJECT, .properties =			\
		    (const struct stile_schema[]){ { #member,		\
		    STILE_AT_STRUCT(type, member), .ref = &to }, { 0 } },	\
	}
LEVEL(4, struct deep4, e, boss);
LEVEL(3, struct deep3, d, level4);
LEVEL(2, struct deep2, c, level3);
LEVEL(1, struct deep1, b, level2);

static const struct stile_schema	too_deep[] = {
	{ "a", .at = { STILE_KIND_STRUCT, 0 }, .ref = &level1 }, { 0 }
};

/* Tables by which nothing can be filled: a fault of the program's. */
static int
unfit(struct stile_req *r)
{
	struct stile_schema	many[66] = { { 0 } };
	struct note		n;
	int			ids[65];
	size_t			i;

	switch (stile_query_int(r, "i", 0, 2, 0)) {
	case 0:
		stile_select(r, note, &n, "SELECT 1 AS id, 2 AS behind,"
		    " 1 AS \"author.done\", 'x' AS \"author.name\","
		    " 5 AS \"boss.id\"", STILE_NOARGS);
		EXPECT_STR(r->failure.cause.detail, "there is no column "
		    "author.boss.id in: SELECT 1 AS id, 2 AS behind,"
		    " 1 AS \"author.done\", 'x' AS \"author.name\","
		    " 5 AS \"boss.id\"", "its full name");
		break;
	case 1:
		stile_select(r, too_deep, &n,
		    "SELECT 1 AS \"a.b.c.d.e.id\"", STILE_NOARGS);
		EXPECT_STR(r->failure.cause.detail, "column a.b.c.d.e: "
		    "structs inside one another, more than 4", "too deep");
		break;
	default:
		for (i = 0; i < 65; i++)
			many[i] = (struct stile_schema){ "id", .at = {
			    STILE_KIND_INT, i * sizeof(int) } };
		stile_select(r, many, ids, "SELECT 1 AS id", STILE_NOARGS);
		EXPECT_STR(r->failure.cause.detail,
		    "more than 64 members in a row", "too many");
	}
	return stile_failed(r);
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
	{ "SELECT -1 AS done", "done", STILE_INT },
	{ "SELECT 1.0 AS done", "done", STILE_DOUBLE },
	{ "SELECT '1' AS done", "done", STILE_TEXT },
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
	{ "GET", "/inside", .handler = inside },
	{ "GET", "/list", .handler = list },
	{ "GET", "/unfit", .handler = unfit },
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
		{ "/inside", 204, "" },
		{ "/list", 200, "{\"doc\":{\"a\":[1,2]}}" },
		{ "/list?id=3", 200, "{\"doc\":\"not JSON\"}" },
		{ "/unfit?i=0", 500, NULL },
		{ "/unfit?i=1", 500, NULL },
		{ "/unfit?i=2", 500, NULL },
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
		"/one", "/all", "/many", "/object", "/array", "/inside",
	};
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&app);
	size_t				 i;
	int				 n, status;

	for (i = 0; i < NELEM(paths); i++)
		for (n = 1, status = 503; status / 100 != 2 && n < 1000; n++) {
			stile__fail_after = n;
			a = stile_client_get(c, paths[i]);
			stile__fail_after = 0;
			/* Where there is none even for the head, it is 0. */
			status = a != NULL ? stile_answer_status(a) : 0;
			cr_expect(status / 100 == 2 || status == 503 ||
			    status == 0, "%s: %d", paths[i], status);
			EXPECT_ANSWER(stile_client_get(c, "/array?id=4"), 200,
			    "{\"rows\":[]}", "after %s", paths[i]);
		}
	stile_client_free(c);
}
