/* SPDX-License-Identifier: ISC */
/* lib/data/sql.c: places, lists, words and statements in a text. */
#include "unit.h"

#include "data/sql.h"
#include "stile/str.h"

struct parse_case {
	const char	*text, *sqlite, *pgsql;
	size_t		 nplaces;
	bool		 writes;
};

static const struct parse_case	parses[] = {
	{ "SELECT 1", "SELECT 1", "SELECT 1", 0, false },
	{ "SELECT ?, ?", "SELECT ?1, ?2", "SELECT $1, $2", 2, false },
	{ "SELECT :a, :b, :a", "SELECT ?1, ?2, ?1", "SELECT $1, $2, $1", 2,
	  false },
	{ "SELECT 'a?', \"b?\", '''?', ?", "SELECT 'a?', \"b?\", '''?', ?1",
	  "SELECT 'a?', \"b?\", '''?', $1", 1, false },
	{ "SELECT 1 -- ? :a\n, ?", "SELECT 1 -- ? :a\n, ?1",
	  "SELECT 1 -- ? :a\n, $1", 1, false },
	{ "SELECT 1 /* ? */, ?", "SELECT 1 /* ? */, ?1",
	  "SELECT 1 /* ? */, $1", 1, false },
	{ "SELECT 1 /* ? ", "SELECT 1 /* ? ", "SELECT 1 /* ? ", 0, false },
	{ "SELECT '?", "SELECT '?", "SELECT '?", 0, false },
	{ "SELECT a::text, ?", "SELECT a::text, ?1", "SELECT a::text, $1", 1,
	  false },
	{ "SELECT a ?? 'k'", "SELECT a ? 'k'", "SELECT a ? 'k'", 0, false },
	{ "SELECT 1 WHERE a IN ?",
	  "SELECT 1 WHERE a IN (SELECT value FROM json_each(?1))",
	  "SELECT 1 WHERE a = ANY($1)", 1, false },
	{ "SELECT 1 WHERE a NOT IN :l AND b in\n?",
	  NULL, NULL, 0, false },
	{ "SELECT 1 WHERE a NOT IN :l AND b in\n:m",
	  "SELECT 1 WHERE a NOT IN (SELECT value FROM json_each(?1)) AND b in\n"
	  "(SELECT value FROM json_each(?2))",
	  "SELECT 1 WHERE a <> ALL($1) AND b = ANY($2)", 2, false },
	{ "SELECT 1 WHERE a IN (?)", "SELECT 1 WHERE a IN (?1)",
	  "SELECT 1 WHERE a IN ($1)", 1, false },
	{ "SELECT 1;", "SELECT 1", "SELECT 1", 0, false },
	{ "SELECT 1 ; -- that is all\n", "SELECT 1 ", "SELECT 1 ", 0, false },
	{ "SELECT 1; SELECT 2", NULL, NULL, 0, false },
	{ "SELECT ?1", NULL, NULL, 0, false },
	{ "SELECT ?, :a", NULL, NULL, 0, false },
	{ "SELECT :a WHERE 1 IN :a", NULL, NULL, 0, false },
	{ "INSERT INTO t VALUES (?)", "INSERT INTO t VALUES (?1)",
	  "INSERT INTO t VALUES ($1)", 1, true },
	{ "  /* x */ update t SET a = 1", "  /* x */ update t SET a = 1",
	  "  /* x */ update t SET a = 1", 0, true },
	{ "WITH x AS (SELECT 1) SELECT * FROM x",
	  "WITH x AS (SELECT 1) SELECT * FROM x",
	  "WITH x AS (SELECT 1) SELECT * FROM x", 0, false },
	{ "WITH x AS (DELETE FROM t RETURNING 1) SELECT * FROM x",
	  "WITH x AS (DELETE FROM t RETURNING 1) SELECT * FROM x",
	  "WITH x AS (DELETE FROM t RETURNING 1) SELECT * FROM x", 0, true },
	{ "SELECT 1 FOR UPDATE", "SELECT 1 FOR UPDATE", "SELECT 1 FOR UPDATE",
	  0, true },
	{ "CREATE TABLE t (x)", "CREATE TABLE t (x)", "CREATE TABLE t (x)", 0,
	  true },
	{ "SELECT updated, inserts FROM t", "SELECT updated, inserts FROM t",
	  "SELECT updated, inserts FROM t", 0, false },
	{ "", "", "", 0, true },
	{ "SELECT '\xC3\xA9?', \xC3\xA9 FROM t WHERE \xC3\xA9 = :\xC3\xA9",
	  "SELECT '\xC3\xA9?', \xC3\xA9 FROM t WHERE \xC3\xA9 = ?1",
	  "SELECT '\xC3\xA9?', \xC3\xA9 FROM t WHERE \xC3\xA9 = $1", 1, false },
};

static void
check(const struct parse_case *c, enum stile_dialect dialect, const char *want)
{
	struct stile_error	e = { 0 };
	struct sql		sql;
	enum stile_err		rc;

	rc = sql_parse(c->text, dialect, &sql, &e);
	if (want == NULL) {
		cr_expect_eq(rc, STILE_EINVAL, "%s", c->text);
		cr_expect_eq(e.code, STILE_EINVAL, "%s", c->text);
		return;
	}
	cr_assert_eq(rc, STILE_OK, "%s: %s", c->text, e.detail);
	EXPECT_STR(sql.text, want, "%s", c->text);
	cr_expect_eq(sql.nplaces, c->nplaces, "%s: %zu places", c->text,
	    sql.nplaces);
	cr_expect_eq(sql.writes, c->writes, "%s: writes", c->text);
	sql_free(&sql);
}

Test(sql, places)
{
	size_t	i;

	for (i = 0; i < NELEM(parses); i++) {
		check(&parses[i], STILE_SQLITE, parses[i].sqlite);
		check(&parses[i], STILE_POSTGRESQL, parses[i].pgsql);
	}
}

/* What only one of the two has. */
Test(sql, dialects)
{
	static const struct parse_case	sqlite[] = {
		{ "SELECT [a?], `b?`, ?", "SELECT [a?], `b?`, ?1", NULL, 1,
		  false },
		{ "SELECT /* /* ? */ ?", "SELECT /* /* ? */ ?1", NULL, 1,
		  false },
		{ "SELECT 'a\\', ?", "SELECT 'a\\', ?1", NULL, 1, false },
		{ "SELECT [a", "SELECT [a", NULL, 0, false },
	}, pgsql[] = {
		{ "SELECT $$ ? $$, $x$ ? $$ $x$, ?", NULL,
		  "SELECT $$ ? $$, $x$ ? $$ $x$, $1", 1, false },
		{ "SELECT $$ ? ", NULL, "SELECT $$ ? ", 0, false },
		{ "SELECT /* /* */ ? */ ?", NULL, "SELECT /* /* */ ? */ $1", 1,
		  false },
		{ "SELECT E'a\\'?', e'\\\\', ?", NULL,
		  "SELECT E'a\\'?', e'\\\\', $1", 1, false },
		{ "SELECT a[?]", NULL, "SELECT a[$1]", 1, false },
	};
	size_t	i;

	for (i = 0; i < NELEM(sqlite); i++)
		check(&sqlite[i], STILE_SQLITE, sqlite[i].sqlite);
	for (i = 0; i < NELEM(pgsql); i++)
		check(&pgsql[i], STILE_POSTGRESQL, pgsql[i].pgsql);
}

Test(sql, as_many_places_as_there_may_be)
{
	char		text[16 * (SQL_PLACES_MAX + 2)] = "SELECT ?";
	struct sql	sql;
	size_t		i;

	for (i = 1; i < SQL_PLACES_MAX; i++)
		memcpy(text + strlen(text), ", ?", 4);
	cr_assert_eq(sql_parse(text, STILE_SQLITE, &sql, NULL), STILE_OK);
	cr_expect_eq(sql.nplaces, SQL_PLACES_MAX);
	sql_free(&sql);
	memcpy(text + strlen(text), ", ?", 4);
	cr_expect_eq(sql_parse(text, STILE_SQLITE, &sql, NULL), STILE_EINVAL);
}

Test(sql, statements)
{
	static const char	text[] = "; CREATE TABLE a (x TEXT DEFAULT ';')"
	    " -- one; two\n;; /* ; */ begin;\nSELECT $$;$$;COMMIT";
	static const struct {
		const char	*text;
		bool		 control;
	} want[] = {
		{ "CREATE TABLE a (x TEXT DEFAULT ';')", false },
		{ "begin", true }, { "SELECT $$;$$", false },
		{ "COMMIT", true },
	};
	const char		*p = text;
	struct stile_str	 s;
	size_t			 i;

	for (i = 0; i < NELEM(want); i++) {
		cr_assert(sql_next(&p, STILE_POSTGRESQL, &s), "%zu", i);
		cr_expect(stile_str_eq(s, stile_str(want[i].text)), "%.*s",
		    STILE_STR_ARG(s));
		cr_expect_eq(sql_is_control(s), want[i].control, "%s",
		    want[i].text);
	}
	cr_expect(!sql_next(&p, STILE_POSTGRESQL, &s));
}

Test(sql, no_memory)
{
	struct sql	sql;
	int		n;

	for (n = 1; n <= 2; n++) {
		stile__fail_after = n;
		cr_expect_eq(sql_parse("SELECT ?", STILE_SQLITE, &sql, NULL),
		    STILE_ENOMEM);
	}
	stile__fail_after = 0;
}
