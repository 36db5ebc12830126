/* SPDX-License-Identifier: ISC */
/* lib/data/sqlite.c: values at their limits, classes of errors, settings. */
#include "app.h"

#include <math.h>
#include <float.h>
#include <pthread.h>
#include <sqlite3.h>

#include "data/db.h"

static struct tmp	t;

static void
setup(void)
{
	tmp_make(&t);
}

static void
teardown(void)
{
	tmp_remove(&t);
}

TestSuite(sqlite, .init = setup, .fini = teardown, .timeout = 120);

static struct stile_db *
open_db(const char *dsn, enum stile_db_mode mode, int busy_ms)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;

	cr_assert_eq(stile_db_open(dsn, mode, busy_ms, &db, &e), STILE_OK,
	    "%s: %s", dsn, e.detail);
	return db;
}

static struct stile_db *
memory(void)
{
	return open_db("sqlite::memory:", STILE_DB_CREATE, 0);
}

static void
script(struct stile_db *db, const char *sql)
{
	struct stile_error	e = { 0 };

	cr_assert_eq(stile_db_script(db, sql, &e), STILE_OK, "%s: %s", sql,
	    e.detail);
}

/* The one value of a query; call stile_stmt_done() on *st. */
static struct stile_value
query(struct stile_db *db, const char *sql, struct stile_args args,
    struct stile_stmt **st)
{
	struct stile_error	e = { 0 };

	cr_assert_eq(stile_db_query(db, sql, args, st, &e), STILE_OK, "%s: %s",
	    sql, e.detail);
	cr_assert_eq(stile_stmt_step(*st, &e), 1, "%s: %s", sql, e.detail);
	return stile_stmt_value(*st, 0);
}

static int64_t
number(struct stile_db *db, const char *sql)
{
	struct stile_stmt	*st;
	struct stile_value	 v = query(db, sql, STILE_NOARGS, &st);

	stile_stmt_done(st);
	return v.type == STILE_INT ? v.u.i : -1;
}

/* ---- values ------------------------------------------------------------ */

static bool
same(struct stile_value a, struct stile_value b)
{
	if (a.type != b.type)
		return false;
	switch (a.type) {
	case STILE_NULL:
	case STILE_ABSENT:
		return true;
	case STILE_BOOL:
		return a.u.b == b.u.b;
	case STILE_INT:
		return a.u.i == b.u.i;
	case STILE_DOUBLE:
		return memcmp(&a.u.d, &b.u.d, sizeof(a.u.d)) == 0;
	case STILE_TEXT:
	case STILE_BLOB:
		return a.u.s.len == b.u.s.len && b.u.s.p != NULL &&
		    memcmp(a.u.s.p, b.u.s.p, a.u.s.len) == 0;
	case STILE_TIME:
		return a.u.i == b.u.i;
	case STILE_JSON:
	case STILE_JSON_TEXT:
	case STILE_LIST:
		break;
	}
	return false;
}

/* A value that is not there is NULL. */
Test(sqlite, absent_is_null)
{
	const struct stile_value	 none = { .type = STILE_ABSENT };
	struct stile_db			*db = memory();
	struct stile_stmt		*st;
	struct stile_value		 v;

	v = query(db, "SELECT ?", STILE_ARGS(none), &st);
	cr_expect_eq(v.type, STILE_NULL);
	stile_stmt_done(st);
	v = query(db, "SELECT coalesce(?, 'x')", STILE_ARGS(none), &st);
	cr_expect(v.type == STILE_TEXT && view_is(v.u.s, "x"));
	stile_stmt_done(st);
	stile_db_close(db);
}

/* Bound and read back at once, and through a table. */
Test(sqlite, values_come_back)
{
	static const char	nul[] = "a\0b";
	const struct {
		const char		*name;
		struct stile_value	 v;
		const char		*type;	/* SQLite's typeof() */
	} cases[] = {
		{ "NULL", stile_null(), "null" },
		{ "0", stile_int(0), "integer" },
		{ "-1", stile_int(-1), "integer" },
		{ "the largest", stile_int(INT64_MAX), "integer" },
		{ "the smallest", stile_int(INT64_MIN), "integer" },
		{ "over 32 bits", stile_int((int64_t)1 << 32), "integer" },
		{ "0.5", stile_double(0.5), "real" },
		{ "1.0", stile_double(1.0), "real" },
		{ "0.1", stile_double(0.1), "real" },
		{ "-0.0", stile_double(-0.0), "real" },
		{ "DBL_MAX", stile_double(DBL_MAX), "real" },
		{ "DBL_MIN", stile_double(DBL_MIN), "real" },
		{ "denormal", stile_double(5e-324), "real" },
		{ "infinity", stile_double(INFINITY), "real" },
		{ "text", stile_text("h\xC3\xA9"), "text" },
		{ "empty text", stile_text(""), "text" },
		{ "a number in text", stile_text("007"), "text" },
		{ "text with NUL", stile_text_str((struct stile_str){ nul,
		    3 }), "text" },
		{ "a view", stile_text_str((struct stile_str){ "abcdef", 3 }),
		    "text" },
		{ "blob", stile_blob("\0\xFF\1", 3), "blob" },
		{ "empty blob", stile_blob("", 0), "blob" },
	};
	struct stile_db		*db = memory();
	struct stile_stmt	*st;
	struct stile_value	 v, type;
	size_t			 i;

	script(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, v ANY) STRICT");
	for (i = 0; i < NELEM(cases); i++) {
		v = query(db, "SELECT :v, typeof(:v)",
		    STILE_NAMED("v", cases[i].v), &st);
		/* SQLite has one zero. */
		if (strcmp(cases[i].name, "-0.0") != 0)
			cr_expect(same(cases[i].v, v), "%s: at once",
			    cases[i].name);
		type = stile_stmt_value(st, 1);
		EXPECT_STR(type.u.s.p, cases[i].type, "%s", cases[i].name);
		stile_stmt_done(st);
		cr_assert_eq(stile_db_exec(db, "INSERT INTO t VALUES (?, ?)",
		    STILE_ARGS((int)i, cases[i].v), NULL, NULL), STILE_OK,
		    "%s", cases[i].name);
		v = query(db, "SELECT v FROM t WHERE id = ?",
		    STILE_ARGS((int)i), &st);
		if (strcmp(cases[i].name, "-0.0") != 0)
			cr_expect(same(cases[i].v, v), "%s: from a table",
			    cases[i].name);
		stile_stmt_done(st);
	}
	cr_expect_eq(number(db, "SELECT count(*) FROM t WHERE v IS NULL"), 1);
	stile_db_close(db);
}

Test(sqlite, booleans)
{
	struct stile_db		*db = memory();
	struct stile_stmt	*st;
	struct stile_error	 e = { 0 };
	size_t			 i;
	static const struct {
		const char		*name;
		enum stile_type		 type;
		bool			 b;
	} columns[] = {
		{ "yes", STILE_BOOL, true }, { "no", STILE_BOOL, false },
		{ "lower", STILE_BOOL, true }, { "two", STILE_BOOL, true },
		{ "word", STILE_TEXT, false }, { "none", STILE_NULL, false },
		{ "i", STILE_INT, false }, { "bool", STILE_INT, false },
		{ "yes + 0", STILE_INT, false }, { "again", STILE_BOOL, true },
	};

	script(db, "CREATE TABLE t (yes BOOLEAN, no BOOLEAN, lower boolean,"
	    " two BOOLEAN, word BOOLEAN, none BOOLEAN, i INTEGER,"
	    " bool BOOL)");
	cr_assert_eq(stile_db_exec(db, "INSERT INTO t VALUES"
	    " (?, ?, ?, ?, ?, ?, ?, ?)", STILE_ARGS((bool)true, (bool)false,
	    (bool)true, 2, "word", stile_null(), 1, 1), NULL, &e), STILE_OK,
	    "%s", e.detail);
	cr_assert_eq(stile_db_query(db, "SELECT *, yes + 0, yes AS again"
	    " FROM t", STILE_NOARGS, &st, &e), STILE_OK);
	cr_assert_eq(stile_stmt_step(st, &e), 1);
	cr_expect_eq(stile_stmt_columns(st), NELEM(columns));
	for (i = 0; i < NELEM(columns); i++) {
		struct stile_value	v = stile_stmt_value(st, i);

		EXPECT_STR(stile_stmt_column(st, i), columns[i].name, "name");
		cr_expect_eq(v.type, columns[i].type, "%s: %s",
		    columns[i].name, stile_type_name(v.type));
		if (columns[i].type == STILE_BOOL)
			cr_expect_eq(v.u.b, columns[i].b, "%s",
			    columns[i].name);
	}
	cr_expect_eq(stile_stmt_value(st, NELEM(columns)).type, STILE_NULL);
	EXPECT_STR(stile_stmt_column(st, 100), "", "no such column");
	stile_stmt_done(st);
	stile_db_close(db);
}

/* Past the 64th column a boolean is the number that it is stored as. */
Test(sqlite, a_hundred_columns)
{
	struct stile_db		*db = memory();
	struct stile_stmt	*st;
	struct stile_buf	*b;
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_value	 v;
	size_t			 i;

	b = stile_buf_new(a, 65536);
	stile_buf_puts(b, "CREATE TABLE t (c0 BOOLEAN DEFAULT 1");
	for (i = 1; i < 100; i++)
		stile_buf_printf(b, ", c%zu BOOLEAN DEFAULT 1", i);
	stile_buf_puts(b, "); INSERT INTO t DEFAULT VALUES");
	script(db, stile_buf_view(b).p);
	query(db, "SELECT * FROM t", STILE_NOARGS, &st);
	for (i = 0; i < 100; i++) {
		v = stile_stmt_value(st, i);
		cr_expect_eq(v.type, i < 64 ? STILE_BOOL : STILE_INT,
		    "column %zu: %s", i, stile_type_name(v.type));
	}
	stile_stmt_done(st);
	stile_db_close(db);
	stile_arena_free(a);
}

Test(sqlite, a_mebibyte)
{
	struct stile_db		*db = memory();
	struct stile_stmt	*st;
	struct stile_value	 v;
	size_t			 i, n = 1024 * 1024;
	char			*p = malloc(n);

	cr_assert(p != NULL);
	for (i = 0; i < n; i++)
		p[i] = (char)('a' + i % 26);
	script(db, "CREATE TABLE t (v TEXT)");
	cr_assert_eq(stile_db_exec(db, "INSERT INTO t VALUES (?)", STILE_ARGS(
	    ((struct stile_str){ p, n })), NULL, NULL), STILE_OK);
	v = query(db, "SELECT v FROM t", STILE_NOARGS, &st);
	cr_expect_eq(v.type, STILE_TEXT);
	cr_assert_eq(v.u.s.len, n);
	cr_expect_eq(memcmp(v.u.s.p, p, n), 0);
	stile_stmt_done(st);
	stile_db_close(db);
	free(p);
}

/* Arguments are copied: the caller's memory need not last. */
Test(sqlite, arguments_are_copied)
{
	struct stile_db		*db = memory();
	struct stile_stmt	*st;
	char			*p = strdup("short-lived");

	cr_assert(p != NULL);
	cr_assert_eq(stile_db_query(db, "SELECT ?", STILE_ARGS(p), &st, NULL),
	    STILE_OK);
	memset(p, 'x', strlen(p));
	free(p);
	cr_assert_eq(stile_stmt_step(st, NULL), 1);
	EXPECT_STR(stile_stmt_value(st, 0).u.s.p, "short-lived", "value");
	stile_stmt_done(st);
	stile_db_close(db);
}

Test(sqlite, what_cannot_be_bound)
{
	const struct stile_value	infinite = stile_double(INFINITY);
	const struct stile_value	null = stile_null();
	const struct {
		const char		*name, *sql;
		struct stile_value	 v;
		const char		*detail;
	} cases[] = {
		{ "NaN", "SELECT ?", stile_double(NAN),
		    "argument 1 is not a number" },
		{ "a list", "SELECT ?", STILE_LIST_OF(1, 2),
		    "argument 1 is a list, for which the place is IN ?" },
		{ "no list", "SELECT 1 WHERE 1 IN ?", stile_int(1),
		    "argument 1: IN ? takes a list" },
		{ "NULL in a list", "SELECT 1 WHERE 1 IN ?",
		    stile_list(&null, 1),
		    "argument 1: a list has numbers and text, and no null" },
		{ "infinite in a list", "SELECT 1 WHERE 1 IN ?",
		    stile_list(&infinite, 1),
		    "argument 1: a list has numbers and text, and no number" },
	};
	struct stile_db		*db = memory();
	struct stile_stmt	*st;
	struct stile_error	 e;
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		e = (struct stile_error){ 0 };
		cr_expect_eq(stile_db_query(db, cases[i].sql,
		    (struct stile_args){ .n = 1, .v = &cases[i].v }, &st, &e),
		    STILE_EINVAL, "%s", cases[i].name);
		EXPECT_STR(e.detail, cases[i].detail, "%s", cases[i].name);
		cr_expect_eq(e.status, 500, "%s", cases[i].name);
	}
	/* The statement is as good as before. */
	query(db, "SELECT ?", STILE_ARGS(1), &st);
	stile_stmt_done(st);
	stile_db_close(db);
}

/* ---- errors ------------------------------------------------------------ */

Test(sqlite, classes_of_errors)
{
	static const char	schema[] =
	    "CREATE TABLE p (id INTEGER PRIMARY KEY, u TEXT UNIQUE,"
	    " n TEXT NOT NULL DEFAULT '', k INTEGER CHECK (k > 0),"
	    " CONSTRAINT not_fifty CHECK (k <> 50));"
	    "CREATE TABLE two (a INTEGER, b TEXT, e TEXT, PRIMARY KEY (a, b));"
	    "CREATE UNIQUE INDEX low ON two (lower(e));"
	    "INSERT INTO two VALUES (1, 'x', 'small'), (2, 'y', 'large');"
	    "CREATE TRIGGER no BEFORE UPDATE OF a ON two WHEN new.a = 99"
	    " BEGIN SELECT RAISE(ABORT, 'no 99 here'); END;"
	    "CREATE TABLE c (p INTEGER REFERENCES p (id));"
	    "CREATE TABLE s (i INTEGER) STRICT;"
	    "INSERT INTO p (id, u) VALUES (1, 'a'); INSERT INTO c VALUES (1)";
	static const struct {
		const char	*sql;
		enum stile_err	 code;
		const char	*says, *column, *constraint;
	} cases[] = {
		{ "INSERT INTO p (id) VALUES (1)", STILE_EUNIQUE, "p.id", "id",
		    "" },
		{ "INSERT INTO p (u) VALUES ('a')", STILE_EUNIQUE, "p.u", "u", "" },
		{ "INSERT INTO p (n) VALUES (NULL)", STILE_ENOTNULL, "p.n",
		    "n", "" },
		{ "INSERT INTO p (k) VALUES (0)", STILE_ECHECK, "CHECK", "",
		    "k > 0" },
		{ "INSERT INTO p (k) VALUES (50)", STILE_ECHECK, "CHECK", "",
		    "not_fifty" },
		{ "INSERT INTO two VALUES (1, 'x', '')", STILE_EUNIQUE, "two.a",
		    "a, b", "" },
		{ "UPDATE two SET e = 'SMALL'", STILE_EUNIQUE, "index 'low'",
		    "", "low" },
		{ "DELETE FROM p WHERE id = 1", STILE_EFOREIGN, "FOREIGN KEY",
		    "", "" },
		{ "INSERT INTO c VALUES (2)", STILE_EFOREIGN, "FOREIGN KEY",
		    "", "" },
		{ "INSERT INTO s VALUES ('x')", STILE_ECONSTRAINT, "s.i", "",
		    "" },
		{ "UPDATE two SET a = 99", STILE_ECONSTRAINT, "no 99 here", "",
		    "" },
		{ "SELEC 1", STILE_ESQL, "syntax error", "", "" },
		{ "SELECT * FROM missing", STILE_ESQL, "no such table", "",
		    "" },
		/* A name in double quotes is never a string. */
		{ "SELECT \"text\"", STILE_ESQL, "no such column", "", "" },
		{ "SELECT load_extension('x')", STILE_EDB, "not authorized", NULL, NULL },
		{ "SELECT abs(-9223372036854775808)", STILE_EDB, "overflow", NULL, NULL },
		{ "SELECT zeroblob(2000000000)", STILE_ETOOBIG, "too big", NULL, NULL },
		{ "COMMIT", STILE_EDB, "no transaction is active", NULL, NULL },
		{ "", STILE_EINVAL, "one statement is expected", NULL, NULL },
		{ "-- a comment", STILE_EINVAL, "one statement is expected", NULL, NULL },
		{ "SELECT 1; SELECT 2", STILE_EINVAL,
		    "one statement is expected", NULL, NULL },
		{ "SELECT 1; x", STILE_EINVAL, "one statement is expected", NULL, NULL },
	};
	struct stile_db		*db = memory();
	struct stile_error	 e;
	size_t			 i;

	script(db, schema);
	for (i = 0; i < NELEM(cases); i++) {
		e = (struct stile_error){ 0 };
		cr_expect_eq(stile_db_exec(db, cases[i].sql, STILE_NOARGS,
		    NULL, &e), cases[i].code, "%s: %s", cases[i].sql,
		    stile_err_name(e.code));
		cr_expect_eq(e.code, cases[i].code, "%s", cases[i].sql);
		cr_expect(strstr(e.detail, cases[i].says) != NULL, "%s: %s",
		    cases[i].sql, e.detail);
		if (cases[i].column == NULL)
			continue;
		EXPECT_STR(e.column, cases[i].column, "%s", cases[i].sql);
		EXPECT_STR(e.constraint, cases[i].constraint, "%s",
		    cases[i].sql);
	}
	cr_expect_eq(stile_db_exec(db, "SELECT 1 ; \n", STILE_NOARGS, NULL,
	    NULL), STILE_OK);
	stile_db_close(db);
}

Test(sqlite, scripts)
{
	static const struct {
		const char	*sql;
		enum stile_err	 code;
	} cases[] = {
		{ "", STILE_OK }, { ";;", STILE_OK },
		{ "CREATE TABLE a (x); CREATE TABLE b (x);", STILE_OK },
		{ "-- only a comment", STILE_OK },
		{ "CREATE TABLE c (x); nonsense", STILE_EDB },
		{ "INSERT INTO c VALUES (1); INSERT INTO nothing VALUES (1)",
		    STILE_EDB },
	};
	struct stile_db		*db = memory();
	struct stile_error	 e;
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		e = (struct stile_error){ 0 };
		cr_expect_eq(stile_db_script(db, cases[i].sql, &e),
		    cases[i].code, "%s: %s", cases[i].sql, e.detail);
	}
	/* A script is no transaction of its own. */
	cr_expect_eq(number(db, "SELECT count(*) FROM c"), 1);
	stile_db_close(db);
}

/* A connection leaves behind what helps the next one to plan. */
Test(sqlite, optimizes_when_it_is_closed)
{
	const char		*dsn = tmp_path(&t, "sqlite:", "optimize.db");
	struct stile_db		*db = open_db(dsn, STILE_DB_CREATE, 0);

	script(db, "CREATE TABLE t (a, b); CREATE INDEX i ON t (a);"
	    "CREATE INDEX k ON t (b); WITH RECURSIVE n (i) AS (VALUES (1)"
	    " UNION ALL SELECT i + 1 FROM n WHERE i < 500)"
	    " INSERT INTO t SELECT i, i % 3 FROM n");
	cr_expect_eq(number(db, "SELECT count(*) FROM t WHERE a = 7 AND b = 1"),
	    1);
	stile_db_close(db);
	db = open_db(dsn, STILE_DB_READONLY, 0);
	cr_expect_eq(number(db, "SELECT count(*) FROM sqlite_stat1"), 2);
	stile_db_close(db);
}

Test(sqlite, limits)
{
	struct stile_db		*db = memory();
	struct stile_error	 e = { 0 };
	size_t			 n = 17 * 1024 * 1024;
	char			*sql = malloc(n + 1);

	cr_expect_eq(number(db, "SELECT length(zeroblob(134217000))"),
	    134217000);
	cr_expect_eq(stile_db_exec(db, "SELECT zeroblob(134217729)",
	    STILE_NOARGS, NULL, NULL), STILE_ETOOBIG);
	cr_assert(sql != NULL);
	memset(sql, ' ', n);
	memcpy(sql, "SELECT 1", 8);
	sql[n] = '\0';
	cr_expect_eq(stile_db_exec(db, sql, STILE_NOARGS, NULL, &e),
	    STILE_ETOOBIG, "%s", e.detail);
	free(sql);
	stile_db_close(db);
}

Test(sqlite, busy)
{
	const char		*dsn = tmp_path(&t, "sqlite:", "busy.db");
	struct stile_db		*a = open_db(dsn, STILE_DB_CREATE, 0);
	struct stile_db		*b = open_db(dsn, STILE_DB_READWRITE, 0);
	struct stile_error	 e = { 0 };

	script(a, "CREATE TABLE t (x)");
	script(a, "BEGIN IMMEDIATE; INSERT INTO t VALUES (1)");
	cr_expect_eq(stile_db_script(b, "BEGIN IMMEDIATE", &e), STILE_EBUSY);
	cr_expect_eq(e.code, STILE_EBUSY);
	cr_expect_eq(stile_db_exec(b, "INSERT INTO t VALUES (2)", STILE_NOARGS,
	    NULL, NULL), STILE_EBUSY);
	/* Readers are not in the way, and see what is committed. */
	cr_expect_eq(number(b, "SELECT count(*) FROM t"), 0);
	script(a, "COMMIT");
	cr_expect_eq(number(b, "SELECT count(*) FROM t"), 1);
	cr_expect_eq(stile_db_exec(b, "INSERT INTO t VALUES (2)", STILE_NOARGS,
	    NULL, NULL), STILE_OK);
	/* Read first, write later, with a writer between: at once busy. */
	script(a, "BEGIN");
	cr_expect_eq(number(a, "SELECT count(*) FROM t"), 2);
	cr_expect_eq(stile_db_exec(b, "INSERT INTO t VALUES (3)", STILE_NOARGS,
	    NULL, NULL), STILE_OK);
	cr_expect_eq(stile_db_exec(a, "INSERT INTO t VALUES (4)", STILE_NOARGS,
	    NULL, NULL), STILE_EBUSY);
	script(a, "ROLLBACK");
	stile_db_close(a);
	stile_db_close(b);
}

/* With time to wait, a writer gets its turn. */
Test(sqlite, waits_its_turn)
{
	const char	*dsn = tmp_path(&t, "sqlite:", "wait.db");
	struct stile_db	*db = open_db(dsn, STILE_DB_CREATE, 30000);
	int		 st, i, k;
	pid_t		 pid;

	script(db, "CREATE TABLE t (x)");
	stile_db_close(db);
	for (i = 0; i < 4; i++)
		if ((pid = fork()) == 0) {
			struct stile_db	*own;

			if (stile_db_open(dsn, STILE_DB_READWRITE, 30000, &own,
			    NULL) != STILE_OK)
				_exit(1);
			for (k = 0; k < 50; k++)
				if (stile_db_exec(own, "INSERT INTO t VALUES"
				    " (?)", STILE_ARGS(k), NULL, NULL) !=
				    STILE_OK)
					_exit(2);
			stile_db_close(own);
			_exit(0);
		}
	for (i = 0; i < 4; i++) {
		cr_assert_gt(wait(&st), 0);
		cr_expect_eq(st, 0, "status %d", st);
	}
	db = open_db(dsn, STILE_DB_READWRITE, 0);
	cr_expect_eq(number(db, "SELECT count(*) FROM t"), 200);
	stile_db_close(db);
}

/* Who makes the file, and who turns on its log, is a matter of luck. */
Test(sqlite, made_by_many_at_once)
{
	struct stile_error	 e;
	struct stile_db		*db;
	char			 name[20], c;
	const char		*dsn;
	int			 start[2], round, i, st;

	for (round = 0; round < 8; round++) {
		snprintf(name, sizeof(name), "%d.db", round);
		dsn = tmp_path(&t, "sqlite:", name);
		cr_assert_eq(pipe2(start, O_CLOEXEC), 0);
		for (i = 0; i < 20; i++)
			if (fork() == 0) {
				close(start[1]);
				if (read(start[0], &c, 1) != 0)
					_exit(2);
				e = (struct stile_error){ 0 };
				if (stile_db_open(dsn, STILE_DB_CREATE, 60000,
				    &db, &e) == STILE_OK)
					_exit(0);
				fprintf(stderr, "%s\n", e.detail);
				_exit(1);
			}
		close(start[0]);
		close(start[1]);
		for (i = 0; i < 20; i++) {
			cr_assert_gt(wait(&st), 0);
			cr_expect_eq(st, 0, "round %d: status %x", round,
			    (unsigned)st);
		}
	}
}

Test(sqlite, read_only)
{
	const char		*dsn = tmp_path(&t, "sqlite:", "ro.db");
	struct stile_db		*db = open_db(dsn, STILE_DB_CREATE, 0);
	struct stile_error	 e = { 0 };

	script(db, "CREATE TABLE t (x); INSERT INTO t VALUES (7)");
	stile_db_close(db);
	db = open_db(dsn, STILE_DB_READONLY, 0);
	cr_expect_eq(number(db, "SELECT x FROM t"), 7);
	cr_expect_eq(stile_db_exec(db, "INSERT INTO t VALUES (8)",
	    STILE_NOARGS, NULL, &e), STILE_EREADONLY, "%s", e.detail);
	stile_db_close(db);
}

/* A file that may not be written is refused when it is opened for writing. */
Test(sqlite, a_read_only_file)
{
	char			 path[200];
	struct stile_db		*db;
	struct stile_error	 e = { 0 };
	uid_t			 uid = geteuid();

	snprintf(path, sizeof(path), "%s", tmp_path(&t, "sqlite:", "file.db"));
	db = open_db(path, STILE_DB_CREATE, 0);
	script(db, "PRAGMA journal_mode = DELETE; CREATE TABLE t (x)");
	stile_db_close(db);
	cr_assert_eq(chmod(path + 7, 0444), 0);
	cr_assert_eq(chmod(t.dir, 0755), 0);
	if (uid == 0)
		cr_assert_eq(seteuid(65534), 0);
	cr_expect_eq(stile_db_open(path, STILE_DB_READWRITE, 0, &db, &e),
	    STILE_EREADONLY);
	cr_expect(strstr(e.detail, "the file is read-only") != NULL, "%s",
	    e.detail);
	cr_expect_eq(stile_db_open(path, STILE_DB_READONLY, 0, &db, NULL),
	    STILE_OK);
	cr_expect_eq(number(db, "SELECT count(*) FROM t"), 0);
	stile_db_close(db);
	if (uid == 0)
		cr_assert_eq(seteuid(0), 0);
}

Test(sqlite, full)
{
	struct stile_db		*db = memory();
	struct stile_error	 e = { 0 };

	script(db, "CREATE TABLE t (x); PRAGMA max_page_count = 3");
	cr_expect_eq(stile_db_exec(db, "INSERT INTO t VALUES"
	    " (randomblob(100000))", STILE_NOARGS, NULL, &e), STILE_EFULL,
	    "%s", e.detail);
	cr_expect(strstr(e.detail, "full") != NULL, "%s", e.detail);
	cr_expect_eq(number(db, "SELECT count(*) FROM t"), 0);
	stile_db_close(db);
}

Test(sqlite, files_that_are_no_database)
{
	static const struct {
		const char		*name;
		const char		*file;
		enum stile_db_mode	 mode;
		enum stile_err		 code;
		int			 status;
		const char		*says;
	} cases[] = {
		{ "missing", "none.db", STILE_DB_READWRITE, STILE_ENOTFOUND,
		    500, "none.db: no such file" },
		{ "missing, to read", "none.db", STILE_DB_READONLY,
		    STILE_ENOTFOUND, 500, "none.db: no such file" },
		{ "text", "text", STILE_DB_READWRITE, STILE_EDB, 0,
		    "not a database" },
		{ "text, to make", "text", STILE_DB_CREATE, STILE_EDB, 0,
		    "not a database" },
		{ "folder", "folder", STILE_DB_READWRITE, STILE_EIO, 0,
		    "unable to open" },
		{ "folder, to make", "folder", STILE_DB_CREATE, STILE_EIO, 0,
		    "unable to open" },
		{ "in no folder", "none/x.db", STILE_DB_CREATE, STILE_EIO, 0,
		    "unable to open" },
		{ "below a file", "text/x.db", STILE_DB_CREATE, STILE_EIO, 0,
		    "unable to open" },
	};
	static const char	text[] = "This is not a database, and it is "
	    "long enough to be one: a header would have one hundred bytes in "
	    "front of its first page.\n";
	struct stile_db		*db;
	struct stile_error	 e;
	size_t			 i;

	write_file(tmp_path(&t, "", "text"), text, sizeof(text) - 1);
	cr_assert_eq(mkdir(tmp_path(&t, "", "folder"), 0700), 0);
	for (i = 0; i < NELEM(cases); i++) {
		e = (struct stile_error){ 0 };
		db = NULL;
		cr_expect_eq(stile_db_open(tmp_path(&t, "sqlite:",
		    cases[i].file), cases[i].mode, 0, &db, &e), cases[i].code,
		    "%s: %s", cases[i].name, stile_err_name(e.code));
		cr_expect(db == NULL, "%s", cases[i].name);
		cr_expect(strstr(e.detail, cases[i].says) != NULL, "%s: %s",
		    cases[i].name, e.detail);
		cr_expect(strstr(e.detail, t.dir) != NULL, "%s: %s",
		    cases[i].name, e.detail);
		cr_expect_eq(e.status, cases[i].status, "%s: %d",
		    cases[i].name, e.status);
	}
	/* Looking has made nothing. */
	cr_expect_eq(access(tmp_path(&t, "", "none.db"), F_OK), -1);
}

/* An empty file is an empty database. */
Test(sqlite, an_empty_file)
{
	struct stile_db	*db;

	write_file(tmp_path(&t, "", "empty"), "", 0);
	db = open_db(tmp_path(&t, "sqlite:", "empty"), STILE_DB_READWRITE, 0);
	cr_expect_eq(number(db, "SELECT count(*) FROM sqlite_schema"), 0);
	stile_db_close(db);
}

/* A name that looks like a URI or an option is a file's name. */
Test(sqlite, paths_are_paths)
{
	static const char *const	names[] = {
		"a?mode=memory", "a%20b", "-x", "a b", "\xC3\xA4", "a#b", "a:b",
	};
	struct stile_db	*db;
	char		 path[200];
	size_t		 i;

	for (i = 0; i < NELEM(names); i++) {
		snprintf(path, sizeof(path), "%s", tmp_path(&t, "sqlite:",
		    names[i]));
		db = open_db(path, STILE_DB_CREATE, 0);
		script(db, "CREATE TABLE t (x)");
		stile_db_close(db);
		cr_expect_eq(access(path + 7, F_OK), 0, "%s", names[i]);
	}
}

/* ---- settings ---------------------------------------------------------- */

Test(sqlite, settings)
{
	static const struct {
		const char	*sql;
		int64_t		 value;
	} cases[] = {
		{ "PRAGMA foreign_keys", 1 },
		{ "PRAGMA synchronous", 1 },
		{ "PRAGMA trusted_schema", 0 },
		{ "SELECT journal_mode = 'wal' FROM pragma_journal_mode", 1 },
	};
	const char	*dsn = tmp_path(&t, "sqlite:", "x.db");
	struct stile_db	*db;
	size_t		 i, round;

	for (round = 0; round < 2; round++) {
		db = open_db(dsn, round == 0 ? STILE_DB_CREATE :
		    STILE_DB_READWRITE, 123);
		for (i = 0; i < NELEM(cases); i++)
			cr_expect_eq(number(db, cases[i].sql), cases[i].value,
			    "%s, round %zu: %ld", cases[i].sql, round,
			    (long)number(db, cases[i].sql));
		/* What only a broken or hostile program would do. */
		cr_expect_neq(stile_db_script(db, "PRAGMA writable_schema = ON;"
		    "INSERT INTO sqlite_schema VALUES"
		    " ('table', 'z', 'z', 0, 'CREATE TABLE z (x)')", NULL),
		    STILE_OK);
		stile_db_close(db);
	}
}

Test(sqlite, transactions)
{
	struct stile_db	*db = memory();

	cr_expect_not(stile__db_in_transaction(db));
	script(db, "CREATE TABLE t (x UNIQUE); BEGIN");
	cr_expect(stile__db_in_transaction(db));
	script(db, "INSERT INTO t VALUES (1); SAVEPOINT s");
	script(db, "INSERT INTO t VALUES (2); ROLLBACK TO s; RELEASE s");
	cr_expect(stile__db_in_transaction(db));
	/* A constraint ends the statement and not the transaction. */
	cr_expect_eq(stile_db_exec(db, "INSERT INTO t VALUES (1)",
	    STILE_NOARGS, NULL, NULL), STILE_EUNIQUE);
	cr_expect(stile__db_in_transaction(db));
	script(db, "COMMIT");
	cr_expect_not(stile__db_in_transaction(db));
	cr_expect_eq(number(db, "SELECT sum(x) FROM t"), 1);
	stile_db_close(db);
}

Test(sqlite, rows_changed)
{
	static const struct {
		const char	*sql;
		int64_t		 changed;
	} cases[] = {
		{ "CREATE TABLE t (x)", 0 },
		{ "INSERT INTO t VALUES (1), (2), (3)", 3 },
		{ "SELECT * FROM t", 0 },
		{ "UPDATE t SET x = x + 1 WHERE x > 1", 2 },
		{ "UPDATE t SET x = 0 WHERE x > 100", 0 },
		{ "INSERT INTO t VALUES (9) RETURNING x", 1 },
		{ "CREATE TABLE u (x)", 0 },
		{ "DELETE FROM t WHERE x = 9", 1 },
		{ "BEGIN IMMEDIATE", 0 }, { "COMMIT", 0 },
		{ "DELETE FROM t", 3 },
	};
	struct stile_db	*db = memory();
	int64_t		 changed;
	size_t		 i;

	for (i = 0; i < NELEM(cases); i++) {
		changed = -1;
		cr_expect_eq(stile_db_exec(db, cases[i].sql, STILE_NOARGS,
		    &changed, NULL), STILE_OK, "%s", cases[i].sql);
		cr_expect_eq(changed, cases[i].changed, "%s: %ld",
		    cases[i].sql, (long)changed);
	}
	stile_db_close(db);
}

/* ---- statements that take too long --------------------------------------------- */

#define FOR_EVER	"WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL "	\
	"SELECT n + 1 FROM t) "

/* Of the one request that there is. */
static struct req_clock	watched = { .turn = 1 };

/* Whether the statement has begun by then does not matter. */
static void *
be_late(void *arg)
{
	static const struct timespec	moment = { 0, 30 * 1000 * 1000 };

	(void)arg;
	nanosleep(&moment, NULL);
	watched.late = watched.turn;
	return NULL;
}

static void
expect_late(struct stile_db *db, const char *sql, enum stile_err want)
{
	struct stile_error	e = { 0 };
	pthread_t		id;

	stile__clock_in_time(&watched);
	cr_assert_eq(pthread_create(&id, NULL, be_late, NULL), 0);
	cr_expect_eq(stile_db_exec(db, sql, STILE_NOARGS, NULL, &e), want,
	    "%s: %s", sql, e.detail);
	cr_expect(stile__clock_late(&watched), "%s: it has ended by itself", sql);
	cr_expect_eq(e.code, want);
	cr_expect_neq(e.detail[0], '\0');
	pthread_join(id, NULL);
	stile__clock_in_time(&watched);
}

Test(sqlite, a_late_statement_ends)
{
	struct stile_error	e = { 0 };
	struct stile_db		*db = memory();
	struct stile_stmt	*st;
	int			 rc;

	script(db, "CREATE TABLE x (n)");
	stile__db_watch(db, &watched);
	expect_late(db, FOR_EVER "SELECT count(*) FROM t", STILE_ETIME);
	expect_late(db, FOR_EVER "SELECT n FROM t WHERE n < 0", STILE_ETIME);
	expect_late(db, FOR_EVER "INSERT INTO x SELECT n FROM t WHERE n < 0",
	    STILE_ETIME);
	cr_expect_eq(number(db, "SELECT count(*) FROM x"), 0);

	/* Also one that gives rows, and several of a script. */
	cr_assert_eq(stile_db_query(db, FOR_EVER "SELECT n FROM t",
	    STILE_NOARGS, &st, &e), STILE_OK);
	cr_expect_eq(stile_stmt_step(st, &e), 1);
	watched.late = watched.turn;
	while ((rc = stile_stmt_step(st, &e)) == 1)
		;
	cr_expect_eq(rc, STILE_ETIME);
	stile_stmt_done(st);
	cr_expect_eq(stile_db_script(db, "SELECT 1; " FOR_EVER
	    "SELECT count(*) FROM t", NULL), STILE_ETIME);

	/* What takes no time is done all the same; and then all is as before. */
	cr_expect_eq(number(db, "SELECT 5"), 5);
	stile__clock_in_time(&watched);
	cr_expect_eq(number(db, "SELECT count(*) FROM (" FOR_EVER
	    "SELECT n FROM t LIMIT 100000)"), 100000);
	stile_db_close(db);
}

/* Of a transaction nothing stays, and the connection is good for others. */
Test(sqlite, a_late_transaction)
{
	const char		*dsn = tmp_path(&t, "sqlite:", "x.db");
	struct stile_db		*db = open_db(dsn, STILE_DB_CREATE, 0);
	struct stile_db_pool	 pool = { .dsn = dsn, .db = db };

	script(db, "CREATE TABLE x (n)");
	stile__db_watch(db, &watched);
	script(db, "BEGIN IMMEDIATE; INSERT INTO x VALUES (1)");
	expect_late(db, FOR_EVER "INSERT INTO x SELECT n FROM t WHERE n < 0",
	    STILE_ETIME);
	watched.late = watched.turn;
	stile__db_settle(&pool);
	cr_expect_not(stile__db_in_transaction(db));
	stile__clock_in_time(&watched);
	cr_expect_eq(number(db, "SELECT count(*) FROM x"), 0);
	script(db, "INSERT INTO x VALUES (2)");
	cr_expect_eq(number(db, "SELECT n FROM x"), 2);
	stile_db_close(db);
}

static int64_t
ms_now(void)
{
	struct timespec	ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* An hour would be allowed; it ends when the request is late. */
Test(sqlite, a_late_wait_for_a_lock_ends)
{
	const char	*dsn = tmp_path(&t, "sqlite:", "x.db");
	struct stile_db	*db = open_db(dsn, STILE_DB_CREATE, 3600 * 1000);
	struct stile_db	*other = open_db(dsn, STILE_DB_READWRITE, 0);

	script(db, "CREATE TABLE x (n)");
	stile__db_watch(db, &watched);
	script(other, "BEGIN IMMEDIATE");
	expect_late(db, "INSERT INTO x VALUES (1)", STILE_EBUSY);
	expect_late(db, "BEGIN IMMEDIATE", STILE_EBUSY);
	script(other, "COMMIT");
	script(db, "INSERT INTO x VALUES (1)");
	cr_expect_eq(number(db, "SELECT count(*) FROM x"), 1);
	stile_db_close(other);
	stile_db_close(db);
}

Test(sqlite, a_wait_for_a_lock)
{
	static const int	busy_ms[] = { 0, 1, 30, 130 };
	const char		*dsn = tmp_path(&t, "sqlite:", "x.db");
	struct stile_db		*other = open_db(dsn, STILE_DB_CREATE, 0);
	struct stile_db		*db;
	int64_t			 start;
	size_t			 i, k;

	script(other, "CREATE TABLE x (n); BEGIN IMMEDIATE");
	for (i = 0; i < NELEM(busy_ms); i++) {
		db = open_db(dsn, STILE_DB_READWRITE, busy_ms[i]);
		/* The second one waits for as long as the first. */
		for (k = 0; k < 2; k++) {
			start = ms_now();
			cr_expect_eq(stile_db_exec(db,
			    "INSERT INTO x VALUES (1)", STILE_NOARGS, NULL,
			    NULL), STILE_EBUSY);
			cr_expect_geq(ms_now() - start, busy_ms[i] - 1);
		}
		stile_db_close(db);
	}
	stile_db_close(other);
}

static void *
commit_soon(void *arg)
{
	static const struct timespec	moment = { 0, 30 * 1000 * 1000 };

	nanosleep(&moment, NULL);
	script(arg, "COMMIT");
	return NULL;
}

Test(sqlite, a_lock_that_is_released)
{
	const char	*dsn = tmp_path(&t, "sqlite:", "x.db");
	struct stile_db	*db = open_db(dsn, STILE_DB_CREATE, 60 * 1000);
	struct stile_db	*other = open_db(dsn, STILE_DB_READWRITE, 0);
	pthread_t	 id;

	script(db, "CREATE TABLE x (n)");
	script(other, "BEGIN IMMEDIATE; INSERT INTO x VALUES (1)");
	cr_assert_eq(pthread_create(&id, NULL, commit_soon, other), 0);
	script(db, "INSERT INTO x VALUES (2)");
	pthread_join(id, NULL);
	cr_expect_eq(number(db, "SELECT sum(n) FROM x"), 3);
	stile_db_close(other);
	stile_db_close(db);
}
