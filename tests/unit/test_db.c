/* SPDX-License-Identifier: ISC */
/* lib/data/db.c: choice of an engine, arguments, the cache of statements. */
#include "app.h"

#include "data/db.h"

static struct stile_db *
memory(void)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;

	cr_assert_eq(stile_db_open("sqlite::memory:", STILE_DB_CREATE, 0, &db,
	    &e), STILE_OK, "%s", e.detail);
	return db;
}

static struct stile_stmt *
start(struct stile_db *db, const char *sql, struct stile_args args)
{
	struct stile_error	 e = { 0 };
	struct stile_stmt	*st;

	cr_assert_eq(stile_db_query(db, sql, args, &st, &e), STILE_OK, "%s: %s",
	    sql, e.detail);
	return st;
}

static int64_t
next(struct stile_stmt *st)
{
	struct stile_error	e = { 0 };

	cr_assert_eq(stile_stmt_step(st, &e), 1, "%s", e.detail);
	return stile_stmt_value(st, 0).u.i;
}

Test(db, sources)
{
	static const struct {
		const char	*dsn;
		enum stile_err	 code;
		const char	*says;
	} cases[] = {
		{ "", STILE_EINVAL, ": not a data source; sqlite:PATH is one, "
		    "and postgresql:NAME=VALUE..." },
		{ "notes.db", STILE_EINVAL, "notes.db: not a data source" },
		{ "sqlite", STILE_EINVAL, "sqlite: not a data source" },
		{ "SQLite:x", STILE_EINVAL, "SQLite:x: not a data source" },
		{ "sqlite3:x", STILE_EINVAL, "sqlite3:x: not a data source" },
		{ "mysql:x", STILE_EINVAL, "mysql:x: not a data source" },
		{ " sqlite:x", STILE_EINVAL, " sqlite:x: not a data source" },
		{ "sqlite:", STILE_EINVAL, "a path is expected" },
	};
	struct stile_error	 e;
	struct stile_db		*db;
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		e = (struct stile_error){ 0 };
		db = NULL;
		cr_expect_eq(stile_db_open(cases[i].dsn, STILE_DB_CREATE, 0,
		    &db, &e), cases[i].code, "'%s'", cases[i].dsn);
		cr_expect(db == NULL, "'%s'", cases[i].dsn);
		cr_expect(strstr(e.detail, cases[i].says) != NULL, "'%s': %s",
		    cases[i].dsn, e.detail);
	}
	cr_expect_eq(stile_db_open("x", STILE_DB_CREATE, 0, &db, NULL),
	    STILE_EINVAL);
	stile_db_close(NULL);
}

Test(db, rows)
{
	struct stile_db		*db = memory();
	struct stile_stmt	*st;
	int			 i;

	st = start(db, "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT"
	    " i + 1 FROM n WHERE i < ?) SELECT i, i * i AS sq FROM n",
	    STILE_ARGS(5));
	cr_expect_eq(stile_stmt_columns(st), 2);
	EXPECT_STR(stile_stmt_column(st, 0), "i", "name");
	EXPECT_STR(stile_stmt_column(st, 1), "sq", "name");
	for (i = 1; i <= 5; i++) {
		cr_expect_eq(next(st), i);
		cr_expect_eq(stile_stmt_value(st, 1).u.i, i * i);
	}
	cr_expect_eq(stile_stmt_step(st, NULL), 0);
	stile_stmt_done(st);
	stile_stmt_done(NULL);
	stile_db_close(db);
}

Test(db, arguments_and_places)
{
	static const struct {
		const char	*sql;
		size_t		 given;
		size_t		 places;
	} cases[] = {
		{ "SELECT 1", 1, 0 }, { "SELECT ?", 0, 1 },
		{ "SELECT ?, ?", 1, 2 }, { "SELECT ?, ?", 3, 2 },
		{ "SELECT '?'", 1, 0 },
	};
	const struct stile_value	 v[3] = {
		stile_int(1), stile_int(2), stile_int(3)
	};
	struct stile_error		 e;
	struct stile_db			*db = memory();
	struct stile_stmt		*st;
	char				 want[200];
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		e = (struct stile_error){ 0 };
		cr_expect_eq(stile_db_query(db, cases[i].sql,
		    (struct stile_args){ .n = cases[i].given, .v = v }, &st, &e),
		    STILE_EINVAL, "%s with %zu", cases[i].sql, cases[i].given);
		snprintf(want, sizeof(want), "%zu arguments for %zu places in: "
		    "%s", cases[i].given, cases[i].places, cases[i].sql);
		EXPECT_STR(e.detail, want, "%s", cases[i].sql);
		cr_expect_eq(e.status, 500);
		/* The cached statement still works. */
		st = start(db, cases[i].sql, (struct stile_args){
		    .n = cases[i].places, .v = v });
		cr_expect_eq(stile_stmt_step(st, NULL), 1);
		stile_stmt_done(st);
	}
	stile_db_close(db);
}

/* Nothing of an earlier use is left in a statement that is used again. */
Test(db, a_statement_again)
{
	struct stile_db		*db = memory();
	struct stile_stmt	*a, *b;
	int			 i;

	for (i = 0; i < 5; i++) {
		a = start(db, "SELECT ? UNION ALL SELECT ?", STILE_ARGS(i,
		    i + 1));
		cr_expect_eq(next(a), i);
		stile_stmt_done(a);	/* before its end */
	}
	b = start(db, "SELECT ? UNION ALL SELECT ?", STILE_ARGS(7,
	    stile_null()));
	cr_expect(a == b, "it was cached");
	cr_expect_eq(next(b), 7);
	cr_assert_eq(stile_stmt_step(b, NULL), 1);
	cr_expect_eq(stile_stmt_value(b, 0).type, STILE_NULL);
	stile_stmt_done(b);
	stile_db_close(db);
}

/* The same SQL inside itself: two statements, not one that starts anew. */
Test(db, the_same_sql_in_itself)
{
	static const char	sql[] = "VALUES (1), (2), (3)";
	struct stile_db		*db = memory();
	struct stile_stmt	*a, *b, *c;

	a = start(db, sql, STILE_NOARGS);
	cr_expect_eq(next(a), 1);
	b = start(db, sql, STILE_NOARGS);
	cr_expect(a != b);
	cr_expect_eq(next(b), 1);
	cr_expect_eq(next(a), 2);
	cr_expect_eq(next(b), 2);
	c = start(db, sql, STILE_NOARGS);
	cr_expect_eq(next(c), 1);
	stile_stmt_done(b);
	cr_expect_eq(next(a), 3);
	cr_expect_eq(stile_stmt_step(a, NULL), 0);
	cr_expect_eq(next(c), 2);
	stile_stmt_done(a);
	stile_stmt_done(c);
	stile_db_close(db);
}

#define MANY	200		/* more than the cache has places */

Test(db, more_statements_than_places)
{
	struct stile_db		*db = memory();
	struct stile_stmt	*st[MANY], *first;
	char			 sql[40];
	int			 i, round;

	/* One after another, thrice: the oldest give way. */
	for (round = 0; round < 3; round++)
		for (i = 0; i < MANY; i++) {
			snprintf(sql, sizeof(sql), "SELECT %d + ?", i);
			st[0] = start(db, sql, STILE_ARGS(round));
			cr_expect_eq(next(st[0]), i + round);
			stile_stmt_done(st[0]);
		}
	/* All at once: those without a place live until they are done. */
	for (i = 0; i < MANY; i++) {
		snprintf(sql, sizeof(sql), "VALUES (%d), (?)", i);
		st[i] = start(db, sql, STILE_ARGS(i * 2));
		cr_expect_eq(next(st[i]), i);
	}
	for (i = MANY - 1; i >= 0; i--)
		cr_expect_eq(next(st[i]), i * 2);
	for (i = 0; i < MANY; i += 2)
		stile_stmt_done(st[i]);
	for (i = 1; i < MANY; i += 2) {
		cr_expect_eq(stile_stmt_step(st[i], NULL), 0);
		stile_stmt_done(st[i]);
	}
	/* What is used all the time stays, whatever comes and goes. */
	first = start(db, "SELECT 'first'", STILE_NOARGS);
	stile_stmt_done(first);
	for (i = 0; i < MANY; i++) {
		snprintf(sql, sizeof(sql), "SELECT %d", i);
		stile_stmt_done(start(db, sql, STILE_NOARGS));
		st[0] = start(db, "SELECT 'first'", STILE_NOARGS);
		cr_expect(st[0] == first, "round %d", i);
		stile_stmt_done(st[0]);
	}
	stile_db_close(db);
}

/* Closing with statements that nobody ended is no leak and no crash. */
Test(db, closed_with_open_statements)
{
	struct stile_db		*db = memory();
	char			 sql[40];
	int			 i;

	for (i = 0; i < MANY; i++) {
		snprintf(sql, sizeof(sql), "VALUES (%d), (2)", i);
		next(start(db, sql, STILE_NOARGS));
	}
	stile_db_close(db);
}

/* A table that changes under a cached statement. */
Test(db, a_schema_that_changes)
{
	struct stile_db		*db = memory();
	struct stile_stmt	*st;

	cr_assert_eq(stile_db_script(db, "CREATE TABLE t (a);"
	    "INSERT INTO t VALUES (1)", NULL), STILE_OK);
	st = start(db, "SELECT * FROM t", STILE_NOARGS);
	cr_expect_eq(next(st), 1);
	stile_stmt_done(st);
	cr_assert_eq(stile_db_script(db, "ALTER TABLE t ADD COLUMN b"
	    " BOOLEAN DEFAULT 1", NULL), STILE_OK);
	st = start(db, "SELECT * FROM t", STILE_NOARGS);
	cr_expect_eq(next(st), 1);
	cr_expect_eq(stile_stmt_columns(st), 2);
	cr_expect_eq(stile_stmt_value(st, 1).type, STILE_BOOL);
	stile_stmt_done(st);
	cr_assert_eq(stile_db_script(db, "DROP TABLE t", NULL), STILE_OK);
	cr_expect_eq(stile_db_query(db, "SELECT * FROM t", STILE_NOARGS, &st,
	    NULL), STILE_OK, "it is still in the cache");
	cr_expect_eq(stile_stmt_step(st, NULL), STILE_EDB);
	stile_stmt_done(st);
	stile_db_close(db);
}

/* ---- what a request leaves --------------------------------------------- */

Test(db, settle)
{
	struct stile_db_pool	 pool = { .dsn = "sqlite::memory:" };
	char			 sql[40];
	int			 i;

	cr_expect(stile__db_settle(&pool), "not opened yet");
	pool.db = memory();
	cr_assert_eq(stile_db_script(pool.db, "CREATE TABLE t (x);"
	    "INSERT INTO t VALUES (1), (2)", NULL), STILE_OK);
	cr_expect(stile__db_settle(&pool), "nothing to do");
	cr_assert_eq(stile_db_script(pool.db, "BEGIN; DELETE FROM t", NULL),
	    STILE_OK);
	cr_expect_not(stile__db_settle(&pool), "a transaction");
	cr_expect(stile__db_settle(&pool), "and no more");
	next(start(pool.db, "SELECT x FROM t", STILE_NOARGS));
	for (i = 0; i < MANY; i++) {
		snprintf(sql, sizeof(sql), "SELECT %d FROM t", i);
		next(start(pool.db, sql, STILE_NOARGS));
	}
	cr_expect(stile__db_settle(&pool), "open statements");
	/* SQLite would refuse this while one is open. */
	cr_expect_eq(stile_db_script(pool.db, "DROP TABLE t", NULL), STILE_OK);
	stile_db_close(pool.db);
}

/* A reader that was never ended must not keep an old view of the data. */
Test(db, a_forgotten_reader)
{
	struct stile_db_pool	 pool = { .dsn = NULL };
	struct stile_error	 e = { 0 };
	struct stile_db		*other;
	struct tmp		 t;
	const char		*dsn;

	tmp_make(&t);
	dsn = tmp_path(&t, "sqlite:", "x.db");
	cr_assert_eq(stile_db_open(dsn, STILE_DB_CREATE, 0, &pool.db, NULL),
	    STILE_OK);
	cr_assert_eq(stile_db_open(dsn, STILE_DB_READWRITE, 0, &other, NULL),
	    STILE_OK);
	cr_assert_eq(stile_db_script(other, "CREATE TABLE t (x);"
	    "INSERT INTO t VALUES (1), (2)", NULL), STILE_OK);
	next(start(pool.db, "SELECT x FROM t", STILE_NOARGS));
	stile__db_settle(&pool);
	cr_assert_eq(stile_db_script(other, "INSERT INTO t VALUES (3)", NULL),
	    STILE_OK);
	cr_expect_eq(stile_db_exec(pool.db, "INSERT INTO t VALUES (4)",
	    STILE_NOARGS, NULL, &e), STILE_OK, "%s", e.detail);
	stile_db_close(pool.db);
	stile_db_close(other);
	tmp_remove(&t);
}

/* ---- without memory ---------------------------------------------------- */

static enum stile_err
open_and_ask(void)
{
	struct stile_db		*db;
	struct stile_stmt	*st;
	enum stile_err		 rc;

	rc = stile_db_open("sqlite::memory:", STILE_DB_CREATE, 0, &db, NULL);
	if (rc != STILE_OK)
		return rc;
	rc = stile_db_query(db, "SELECT ?", STILE_ARGS("x"), &st, NULL);
	if (rc == STILE_OK) {
		rc = (enum stile_err)stile_stmt_step(st, NULL);
		rc = rc > 0 ? STILE_OK : rc;
		stile_stmt_done(st);
	}
	stile_db_close(db);
	return rc;
}

Test(db, without_memory)
{
	cr_expect_geq(torture(open_and_ask), ALLOCATIONS(5));
}
