/* SPDX-License-Identifier: ISC */
/* lib/data/sqlite.c: what is refused, and how it says what refused it. */
#include "app.h"

#include "data/db.h"

TestSuite(sqlite_refuses, .timeout = 120);

static struct stile_db *
memory(const char *sql)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;

	cr_assert_eq(stile_db_open("sqlite::memory:", STILE_DB_CREATE, 0, &db,
	    &e), STILE_OK, "%s", e.detail);
	cr_assert_eq(stile_db_script(db, sql, &e), STILE_OK, "%s", e.detail);
	return db;
}

/* They would be NULL without a word, as nobody binds them. */
Test(sqlite_refuses, places_that_are_not_ours)
{
	static const char *const	wrong[] = {
		"SELECT ?1", "SELECT @a", "SELECT $a", "SELECT ?, @a",
	};
	struct stile_db			*db = memory("");
	struct stile_stmt		*st;
	size_t				 i;

	for (i = 0; i < NELEM(wrong); i++) {
		cr_expect_eq(stile_db_query(db, wrong[i], STILE_NOARGS, &st,
		    NULL), STILE_EINVAL, "%s", wrong[i]);
		cr_expect_eq(stile_db_query(db, wrong[i], STILE_ARGS(1), &st,
		    NULL), STILE_EINVAL, "%s, with one", wrong[i]);
	}
	stile_db_close(db);
}

/* An index over an expression has no columns to tell. */
Test(sqlite_refuses, by_an_index_with_a_name)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;

	db = memory("CREATE TABLE x (n); INSERT INTO x VALUES (1);"
	    "CREATE UNIQUE INDEX by_sum ON x (n + 1)");
	cr_expect_eq(stile_db_exec(db, "INSERT INTO x VALUES (1)",
	    STILE_NOARGS, NULL, &e), STILE_EUNIQUE);
	EXPECT_STR(e.constraint, "by_sum", "%s", e.detail);
	EXPECT_STR(e.column, "", "%s", e.detail);
	stile_db_close(db);
}
