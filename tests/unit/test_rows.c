/* SPDX-License-Identifier: ISC */
/* lib/data/rows.c: SQL in handlers, and rows as the JSON of answers. */
#include "app.h"

#include "stile/migrate.h"
#include "data/db.h"

static const struct stile_migration	migrations[] = {
	{ 1, "one", .sql = "CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT UNIQUE,"
	    " b BOOLEAN, r REAL, x BLOB, n INTEGER CHECK (n > 0));"
	    "INSERT INTO t VALUES (1, 'a\"\n', 1, 0.5, x'00ff', 7),"
	    " (2, '', 0, -0.25, x'', NULL), (3, NULL, NULL, NULL, NULL, 9)" },
	{ 0 }
};

/* What the next request does: SQL, its arguments, and which function. */
static const char		*sql;
static struct stile_args	 args;
static int			 status;

static int
send_row(struct stile_req *r)
{
	return stile_send_row(r, status, sql, args);
}

static int
send_rows(struct stile_req *r)
{
	return stile_send_rows(r, status, sql, args);
}

static int
select_int(struct stile_req *r)
{
	int64_t	v = stile_select_int(r, sql, args);

	if (stile_failed(r) != STILE_OK)
		cr_expect_eq(v, 0);
	return stile_send_object(r, 200, STILE_ARGS("v", v));
}

static int
run(struct stile_req *r)
{
	int64_t	v = stile_exec(r, sql, args);

	if (stile_failed(r) != STILE_OK)
		cr_expect_eq(v, 0);
	return stile_send_object(r, 200, STILE_ARGS("v", v));
}

static const struct stile_route	routes[] = {
	{ "GET", "/row", .handler = send_row, .tx = STILE_TX_NONE },
	{ "GET", "/rows", .handler = send_rows, .tx = STILE_TX_NONE },
	{ "GET", "/int", .handler = select_int, .tx = STILE_TX_NONE },
	{ "GET", "/exec", .handler = run, .tx = STILE_TX_NONE },
	{ 0 }
};
static const struct stile_app	app = { .name = "demo", .routes = routes,
    .migrations = migrations };

static const struct stile_answer *
ask(struct stile_client *c, const char *path, const char *text)
{
	sql = text;
	args = STILE_NOARGS;
	status = 200;
	return stile_client_get(c, path);
}

#define ROW1	"{\"id\":1,\"s\":\"a\\\"\\n\",\"b\":true,\"r\":0.5,"	\
		"\"x\":\"AP8=\",\"n\":7}"
#define ROW2	"{\"id\":2,\"s\":\"\",\"b\":false,\"r\":-0.25,\"x\":\"\"," \
		"\"n\":null}"
#define ROW3	"{\"id\":3,\"s\":null,\"b\":null,\"r\":null,\"x\":null,\"n\":9}"

Test(rows, any_number_but_0_is_true)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;
	struct stile_stmt	*st;
	struct stile_value	 v;

	cr_assert_eq(stile_db_open("sqlite::memory:", STILE_DB_CREATE, 0, &db,
	    &e), STILE_OK, "%s", e.detail);
	cr_assert_eq(stile_db_script(db, "CREATE TABLE t (b BOOLEAN);"
	    "INSERT INTO t VALUES (4294967296)", &e), STILE_OK, "%s", e.detail);
	cr_assert_eq(stile_db_query(db, "SELECT b FROM t", STILE_NOARGS, &st,
	    &e), STILE_OK, "%s", e.detail);
	cr_assert_eq(stile_stmt_step(st, &e), 1, "%s", e.detail);
	v = stile_stmt_value(st, 0);
	cr_expect(v.type == STILE_BOOL && v.u.b);
	stile_stmt_done(st);
	stile_db_close(db);
}

Test(rows, as_json)
{
	static const struct {
		const char	*path, *sql;
		int		 status;
		const char	*body;
	} cases[] = {
		{ "/row", "SELECT * FROM t WHERE id = 1", 200, ROW1 },
		{ "/row", "SELECT * FROM t WHERE id = 2", 200, ROW2 },
		{ "/row", "SELECT * FROM t WHERE id = 3", 200, ROW3 },
		{ "/row", "SELECT * FROM t ORDER BY id", 200, ROW1 },
		{ "/row", "SELECT * FROM t WHERE id = 4", 404, NULL },
		{ "/rows", "SELECT * FROM t ORDER BY id", 200,
		    "[" ROW1 "," ROW2 "," ROW3 "]" },
		{ "/rows", "SELECT * FROM t WHERE id > 3", 200, "[]" },
		{ "/rows", "SELECT id FROM t ORDER BY id DESC", 200,
		    "[{\"id\":3},{\"id\":2},{\"id\":1}]" },
		{ "/row", "SELECT 1 AS \"a\"\"b\"", 200, "{\"a\\\"b\":1}" },
		{ "/row", "SELECT 9223372036854775807 AS a,"
		    " -9223372036854775808 AS b", 200,
		    "{\"a\":9223372036854775807,\"b\":-9223372036854775808}" },
		{ "/row", "SELECT 1.0 AS a", 200, "{\"a\":1.0}" },
		{ "/int", "SELECT 42", 200, "{\"v\":42}" },
		{ "/int", "SELECT n FROM t ORDER BY id", 200, "{\"v\":7}" },
		{ "/int", "SELECT b FROM t WHERE id = 1", 200, "{\"v\":1}" },
		{ "/int", "SELECT 1 WHERE 0", 404, NULL },
		{ "/int", "SELECT NULL", 404, NULL },
		{ "/int", "SELECT 'x'", 500, NULL },
		{ "/int", "SELECT 0.5", 500, NULL },
		{ "/int", "INSERT INTO t (s) VALUES ('new') RETURNING id", 200,
		    "{\"v\":4}" },
		{ "/int", "SELECT count(*) FROM t", 200, "{\"v\":4}" },
		/* All rows are inserted, although one is asked for. */
		{ "/row", "INSERT INTO t (id) VALUES (10), (11), (12)"
		    " RETURNING id", 200, "{\"id\":10}" },
		{ "/int", "INSERT INTO t (id) VALUES (20), (21), (22)"
		    " RETURNING id", 200, "{\"v\":20}" },
		{ "/int", "SELECT count(*) FROM t WHERE id >= 10", 200,
		    "{\"v\":6}" },
		{ "/exec", "UPDATE t SET s = NULL WHERE id >= 10", 200,
		    "{\"v\":6}" },
		{ "/exec", "UPDATE t SET s = NULL WHERE id >= 100", 200,
		    "{\"v\":0}" },
		{ "/exec", "DELETE FROM t WHERE id >= 10", 200, "{\"v\":6}" },
		{ "/exec", "SELECT * FROM t", 200, "{\"v\":0}" },
	};
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&app);
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		a = ask(c, cases[i].path, cases[i].sql);
		EXPECT_ANSWER(a, cases[i].status, cases[i].body, "%s",
		    cases[i].sql);
		if (cases[i].status == 200)
			EXPECT_STR(stile_answer_header(a, "Content-Type"),
			    "application/json", "%s", cases[i].sql);
	}
	stile_client_free(c);
}

Test(rows, statuses_and_arguments)
{
	const struct stile_value	v[] = { stile_int(1), stile_text("x") };
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&app);

	sql = "SELECT ? AS a, ? AS b";
	args = (struct stile_args){ .n = 2, .v = v };
	status = 201;
	EXPECT_ANSWER(stile_client_get(c, "/row"), 201,
	    "{\"a\":1,\"b\":\"x\"}", "row");
	EXPECT_ANSWER(stile_client_get(c, "/rows"), 201,
	    "[{\"a\":1,\"b\":\"x\"}]", "rows");
	args.n = 1;
	a = stile_client_get(c, "/row");
	EXPECT_ANSWER(a, 500, NULL, "too few");
	cr_expect(strstr(body_of(a), "SELECT") == NULL, "%s", body_of(a));
	stile_client_free(c);
}

/* What went wrong, in a status; tables, columns and SQL stay at home. */
Test(rows, failures)
{
	static const struct {
		const char	*sql;
		int		 status;
		const char	*detail;
	} cases[] = {
		{ "INSERT INTO t (id) VALUES (1)", 409,
		    "another one has this value" },
		{ "INSERT INTO t (s) VALUES ('')", 409,
		    "another one has this value" },
		{ "INSERT INTO t (n) VALUES (0)", 422,
		    "a value is not allowed" },
		{ "SELECT * FROM secret_table", 500, NULL },
		{ "SELECT secret_column FROM t", 500, NULL },
		{ "SELEC", 500, NULL },
		{ "SELECT ?", 500, NULL },
		{ "SELECT abs(-9223372036854775808) FROM t", 500, NULL },
	};
	static const char *const	paths[] = {
		"/row", "/rows", "/int", "/exec",
	};
	static const char *const	secrets[] = {
		"sqlite", "SELEC", "secret", "t.id", "t.s", "UNIQUE", "CHECK",
		"INSERT", "memory",
	};
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&app);
	size_t				 i, k, n;

	for (i = 0; i < NELEM(cases); i++)
		for (k = 0; k < NELEM(paths); k++) {
			a = ask(c, paths[k], cases[i].sql);
			EXPECT_ANSWER(a, cases[i].status, NULL, "%s: %s",
			    paths[k], cases[i].sql);
			EXPECT_STR(detail_of(a), cases[i].detail, "%s: %s",
			    paths[k], cases[i].sql);
			for (n = 0; n < NELEM(secrets); n++)
				cr_expect(strstr(body_of(a), secrets[n]) ==
				    NULL, "%s: %s", paths[k], body_of(a));
		}
	EXPECT_ANSWER(ask(c, "/int", "SELECT count(*) FROM t"), 200,
	    "{\"v\":3}", "nothing was changed");
	stile_client_free(c);
}

/* An error in a later row must not send the earlier ones. */
Test(rows, failures_half_way)
{
	static const char	text[] = "SELECT CASE WHEN id < 3 THEN id ELSE"
	    " abs(-9223372036854775808) END AS v FROM t ORDER BY id";
	const struct stile_answer	*a;
	struct stile_client		*c = CLIENT(&app);

	a = ask(c, "/rows", text);
	EXPECT_ANSWER(a, 500, NULL, "rows");
	cr_expect(strstr(body_of(a), "\"v\"") == NULL, "%s", body_of(a));
	EXPECT_ANSWER(ask(c, "/row", text), 500, NULL, "row");
	EXPECT_ANSWER(ask(c, "/int", text), 500, NULL, "int");
	/* The statement is as good as before. */
	EXPECT_ANSWER(ask(c, "/rows", "SELECT 1 AS v"), 200, "[{\"v\":1}]",
	    "next");
	stile_client_free(c);
}

/* ---- sticky failures --------------------------------------------------- */

static int
delete_if_asked(struct stile_req *r)
{
	stile_query_int(r, "id", 1, 100, 1);	/* fails the request */
	cr_expect_eq(stile_exec(r, "DELETE FROM t", STILE_NOARGS), 0);
	cr_expect_eq(stile_select_int(r, "DELETE FROM t RETURNING 1",
	    STILE_NOARGS), 0);
	cr_expect_eq(stile_send_row(r, 200, "DELETE FROM t RETURNING 1",
	    STILE_NOARGS), STILE_EFAILED);
	cr_expect_eq(stile_send_rows(r, 200, "DELETE FROM t RETURNING 1",
	    STILE_NOARGS), STILE_EFAILED);
	cr_expect(stile_db(r) == NULL);
	return stile_failed(r);
}

static int
two_statements(struct stile_req *r)
{
	stile_exec(r, "INSERT INTO t (id) VALUES (1)", STILE_NOARGS);
	/* Not run, and the first failure stands. */
	stile_exec(r, "INSERT INTO t (id) VALUES (50)", STILE_NOARGS);
	stile_exec(r, "nonsense", STILE_NOARGS);
	return stile_send_empty(r, 204);
}

Test(rows, nothing_runs_after_a_failure)
{
	static const struct stile_route	own[] = {
		{ "GET", "/delete", .handler = delete_if_asked, .tx = STILE_TX_NONE },
		{ "GET", "/two", .handler = two_statements, .tx = STILE_TX_NONE },
		{ "GET", "/int", .handler = select_int, .tx = STILE_TX_NONE }, { 0 }
	};
	static const struct stile_app	demo = { .name = "demo",
	    .routes = own, .migrations = migrations };
	struct stile_client		*c = CLIENT(&demo);

	EXPECT_ANSWER(stile_client_get(c, "/delete?id=x"), 400, NULL, "400");
	EXPECT_ANSWER(stile_client_get(c, "/two"), 409, NULL, "409");
	EXPECT_ANSWER(ask(c, "/int", "SELECT count(*) FROM t"), 200,
	    "{\"v\":3}", "nothing was changed");
	stile_client_free(c);
}

/* ---- transactions and statements that are left open -------------------- */

static int
leave_open(struct stile_req *r)
{
	stile_exec(r, "BEGIN IMMEDIATE", STILE_NOARGS);
	stile_exec(r, "DELETE FROM t", STILE_NOARGS);
	return stile_send_empty(r, 204);
}

static int
leave_reading(struct stile_req *r)
{
	struct stile_stmt	*st;

	if (stile_db_query(stile_db(r), "SELECT * FROM t", STILE_NOARGS, &st,
	    NULL) != STILE_OK || stile_stmt_step(st, NULL) != 1)
		return stile_fail(r, 500, "no row");
	return stile_send_empty(r, 204);
}

static int
in_transaction(struct stile_req *r)
{
	struct stile_db	*db = stile_db(r);

	stile_exec(r, "BEGIN", STILE_NOARGS);
	stile_exec(r, "INSERT INTO t (id) VALUES (70)", STILE_NOARGS);
	cr_expect(stile__db_in_transaction(db));
	stile_exec(r, "COMMIT", STILE_NOARGS);
	return stile_send_empty(r, 204);
}

static const struct stile_route	open_routes[] = {
	{ "GET", "/open", .handler = leave_open, .tx = STILE_TX_NONE },
	{ "GET", "/reading", .handler = leave_reading, .tx = STILE_TX_NONE },
	{ "GET", "/commit", .handler = in_transaction, .tx = STILE_TX_NONE },
	{ "GET", "/int", .handler = select_int, .tx = STILE_TX_NONE },
	{ "GET", "/exec", .handler = run, .tx = STILE_TX_NONE },
	{ 0 }
};
static const struct stile_app	open_app = { .name = "demo",
    .routes = open_routes, .migrations = migrations };

Test(rows, what_is_left_open_ends)
{
	struct stile_client	*c = CLIENT(&open_app);

	EXPECT_ANSWER(stile_client_get(c, "/open"), 204, NULL, "left open");
	EXPECT_ANSWER(ask(c, "/int", "SELECT count(*) FROM t"), 200,
	    "{\"v\":3}", "rolled back");
	EXPECT_ANSWER(stile_client_get(c, "/commit"), 204, NULL, "committed");
	EXPECT_ANSWER(ask(c, "/int", "SELECT count(*) FROM t"), 200,
	    "{\"v\":4}", "stays");
	EXPECT_ANSWER(stile_client_get(c, "/reading"), 204, NULL, "reading");
	EXPECT_ANSWER(ask(c, "/exec", "DROP TABLE t"), 200, NULL,
	    "not locked by the forgotten statement");
	stile_client_free(c);
}

/* ---- a database that is busy, gone or not there ------------------------ */

Test(rows, busy)
{
	struct tmp			 t;
	struct stile_db			*db;
	struct stile_client		*c;
	const struct stile_answer	*a;
	char				 setting[200];

	tmp_make(&t);
	snprintf(setting, sizeof(setting), "db=sqlite:%s/x.db", t.dir);
	c = client_of(&app, (const char *const []){ setting, "db_busy_ms=0",
	    NULL });
	cr_assert_eq(stile_db_open(setting + 3, STILE_DB_READWRITE, 0, &db,
	    NULL), STILE_OK);
	cr_assert_eq(stile_db_script(db, "BEGIN IMMEDIATE", NULL), STILE_OK);
	a = ask(c, "/exec", "DELETE FROM t");
	EXPECT_ANSWER(a, 503, NULL, "busy");
	EXPECT_STR(stile_answer_header(a, "Retry-After"), "1", "busy");
	EXPECT_ANSWER(ask(c, "/int", "SELECT count(*) FROM t"), 200,
	    "{\"v\":3}", "readers go on");
	cr_assert_eq(stile_db_script(db, "COMMIT", NULL), STILE_OK);
	EXPECT_ANSWER(ask(c, "/exec", "DELETE FROM t"), 200, "{\"v\":3}",
	    "free");
	stile_db_close(db);
	stile_client_free(c);
	tmp_remove(&t);
}

Test(rows, no_database)
{
	static const struct stile_app	bare = { .name = "bare",
	    .routes = routes };
	struct stile_client		*c = CLIENT(&bare, "db=",);
	static const char *const	 paths[] = {
		"/row", "/rows", "/int", "/exec",
	};
	size_t				 i;

	for (i = 0; i < NELEM(paths); i++)
		EXPECT_ANSWER(ask(c, paths[i], "SELECT 1"), 500, NULL, "%s",
		    paths[i]);
	stile_client_free(c);
}

/* More than a request may take is no answer that was cut. */
Test(rows, too_much)
{
	struct stile_client	*c = CLIENT(&app, "memory_max=200000",);
	const struct stile_answer	*a;

	a = ask(c, "/rows", "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL"
	    " SELECT i + 1 FROM n WHERE i < 100000) SELECT i FROM n");
	EXPECT_ANSWER(a, 503, NULL, "100,000 rows");
	a = ask(c, "/rows", "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL"
	    " SELECT i + 1 FROM n WHERE i < 1000) SELECT i FROM n");
	EXPECT_ANSWER(a, 200, NULL, "1,000 rows");
	cr_expect_eq(json_object_array_length(stile_answer_json(a)), 1000);
	stile_client_free(c);
}
