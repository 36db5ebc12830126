/* SPDX-License-Identifier: ISC */
/*
 * The same tests over every engine: engines DSN [pooled].  One line each, "ok
 * NAME" or "not ok NAME"; engines.py starts what they need.
 *
 *   engines restart DSN    two requests, and a line of input between them
 */
#include "engines.h"

#include <math.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "http/req.h"

#define BIG		((size_t)1024 * 1024)

const char		*dsn;
bool			 is_pg, is_memory, is_pooled;
struct stile_db		*db;
static bool		 failed;
static unsigned		 failures;

void
complain(int line, const char *cond, const char *fmt, ...)
{
	va_list	ap;

	failed = true;
	printf("# line %d: %s: ", line, cond);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	putchar('\n');
}

struct stile_db *
open_one(enum stile_db_mode mode)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*ret;

	if (stile_db_open(dsn, mode, BUSY_MS, &ret, &e) != STILE_OK) {
		printf("Bail out! %s: %s\n", dsn, e.detail);
		exit(1);
	}
	return ret;
}

static enum stile_err
run(const char *sql, struct stile_args args, struct stile_error *e)
{
	*e = (struct stile_error){ 0 };
	return stile_db_exec(db, sql, args, NULL, e);
}

int64_t
number_in(struct stile_db *in, const char *sql, struct stile_args args)
{
	struct stile_error	 e = { 0 };
	struct stile_stmt	*st;
	struct stile_value	 v = stile_null();

	if (stile_db_query(in, sql, args, &st, &e) == STILE_OK) {
		if (stile_stmt_step(st, &e) == 1)
			v = stile_stmt_value(st, 0);
		stile_stmt_done(st);
	}
	if (e.code != STILE_OK)
		printf("# %s: %s\n", sql, e.detail);
	return v.type == STILE_INT ? v.u.i : -99;
}

int64_t
number(const char *sql, struct stile_args args)
{
	return number_in(db, sql, args);
}

static const char	schema[] =
    "DROP TABLE IF EXISTS child;"
    "DROP TABLE IF EXISTS parent;"
    "DROP TABLE IF EXISTS thing;"
    "DROP TABLE IF EXISTS item;"
    "DROP TABLE IF EXISTS doc;"
    "DROP TABLE IF EXISTS doc_search;"
    "DROP TABLE IF EXISTS stile_migration;"
    "CREATE TABLE thing (id BIGINT PRIMARY KEY, i BIGINT,"
    " d DOUBLE PRECISION, s TEXT, b BYTEA, t TIMESTAMPTZ, ok BOOLEAN, j JSON);"
    "CREATE TABLE parent (id BIGINT PRIMARY KEY, email TEXT NOT NULL UNIQUE,"
    " x BIGINT NOT NULL DEFAULT 0, y BIGINT NOT NULL DEFAULT 0,"
    " CONSTRAINT x_positive CHECK (x >= 0));"
    "CREATE UNIQUE INDEX parent_pair ON parent (x, y);"
    "CREATE TABLE child (id BIGINT PRIMARY KEY, parent BIGINT NOT NULL"
    " REFERENCES parent (id) DEFERRABLE);";

/* ---- types --------------------------------------------------------------------- */

static bool
same(struct stile_value a, struct stile_value b)
{
	if (a.type != b.type)
		return false;
	switch (a.type) {
	case STILE_NULL:
		return true;
	case STILE_BOOL:
		return a.u.b == b.u.b;
	case STILE_INT:
	case STILE_TIME:
		return a.u.i == b.u.i;
	case STILE_DOUBLE:
		return memcmp(&a.u.d, &b.u.d, sizeof(double)) == 0;
	default:
		return a.u.s.p != NULL && b.u.s.p != NULL &&
		    stile_str_eq(a.u.s, b.u.s);
	}
}

/* Into a column and back; then the row is gone. */
static void
round_trip(const char *column, struct stile_value v, struct stile_value want)
{
	struct stile_error	 e = { 0 };
	struct stile_stmt	*st;
	struct stile_value	 got;
	char			 sql[100];
	int			 row;

	snprintf(sql, sizeof(sql), "INSERT INTO thing (id, %s) VALUES (1, ?)",
	    column);
	CHECK(run(sql, STILE_ARGS(v), &e) == STILE_OK, "%s: %s", column,
	    e.detail);
	snprintf(sql, sizeof(sql), "SELECT %s FROM thing WHERE id = ?", column);
	CHECK(stile_db_query(db, sql, STILE_ARGS(1), &st, &e) == STILE_OK,
	    "%s: %s", column, e.detail);
	row = stile_stmt_step(st, &e);
	CHECK(row == 1, "%s: %d %s", column, row, e.detail);
	got = stile_stmt_value(st, 0);
	CHECK(same(got, want), "%s: %s, not %s; %lld", column,
	    stile_type_name(got.type), stile_type_name(want.type),
	    (long long)got.u.i);
	CHECK(same(stile_stmt_named(st, column), want), "%s", column);
	row = stile_stmt_step(st, &e);
	CHECK(row == 0, "%s: %d %s", column, row, e.detail);
	stile_stmt_done(st);
	CHECK(run("DELETE FROM thing", STILE_NOARGS, &e) == STILE_OK, "%s",
	    e.detail);
}

static void
keeps(const char *column, struct stile_value v)
{
	if (!failed)
		round_trip(column, v, v);
}

static void
integers(void)
{
	static const int64_t	v[] = { 0, 1, -1, INT32_MAX, INT32_MIN,
	    (int64_t)INT32_MAX + 1, INT64_MAX, INT64_MIN };
	size_t			i;

	for (i = 0; i < NELEM(v); i++)
		keeps("i", stile_int(v[i]));
	keeps("i", stile_null());
	/* What is not there. */
	round_trip("i", (struct stile_value){ .type = STILE_ABSENT },
	    stile_null());
	keeps("ok", stile_bool(true));
	keeps("ok", stile_bool(false));
	keeps("ok", stile_null());
}

static void
doubles(void)
{
	static const double	v[] = { 0.0, 0.5, -0.5, 0.1, 1e300, 1e-300,
	    5e-324, 1.7976931348623157e308, 3.141592653589793, 123456789.125,
	    INFINITY, -INFINITY };
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(v); i++)
		keeps("d", stile_double(v[i]));
	CHECK(run("INSERT INTO thing (id, d) VALUES (1, ?)",
	    STILE_ARGS((double)NAN), &e) == STILE_EINVAL, "%s", e.detail);
	CHECK(number("SELECT count(*) FROM thing", STILE_NOARGS) == 0, "NaN");
}

static void
texts(void)
{
	static const char *const v[] = { "", "a", "it's \"so\" \\ % _ \n\t",
	    "\xc3\xa4", "\xf0\x9f\x98\x80", "NULL", "\\x41", "{1,2}",
	    "\x01\x7f" };
	char			*big = malloc(BIG + 1);
	size_t			 i;

	for (i = 0; i < NELEM(v); i++)
		keeps("s", stile_text(v[i]));
	keeps("s", stile_null());
	CHECK(big != NULL, "no memory");
	memset(big, 'x', BIG);
	big[BIG] = '\0';
	keeps("s", stile_text(big));
	keeps("b", stile_blob(big, BIG));
	free(big);
}

static void
blobs(void)
{
	unsigned char	all[256];
	size_t		i;

	for (i = 0; i < sizeof(all); i++)
		all[i] = (unsigned char)i;
	keeps("b", stile_blob(all, sizeof(all)));
	keeps("b", stile_blob("\0", 1));
	keeps("b", stile_blob("", 0));
	keeps("b", stile_null());
}

static void
times(void)
{
	static const int64_t	v[] = { 0, 1, 999, 1000, -1, -1000,
	    1795363290123, 253402300799999, -62135596800000, -2208988800001 };
	size_t			i;

	for (i = 0; i < NELEM(v); i++)
		keeps("t", stile_time(v[i]));
	keeps("t", stile_null());
}

static void
json(void)
{
	static const char	text[] = "{\"a\": [1, 2.5, null, \"\xc3\xa4\"]}";
	struct json_object	*j = json_tokener_parse(text);

	CHECK(j != NULL, "json-c");
	round_trip("j", stile_json_value(j), stile_json_text(stile_str(
	    "{\"a\":[1,2.5,null,\"\xc3\xa4\"]}")));
	json_object_put(j);
	keeps("j", stile_json_text(stile_str(text)));
	keeps("j", stile_json_text(stile_str("[]")));
	keeps("j", stile_null());
}

/* PostgreSQL's own. */
static void
pg_types(void)
{
	static const struct {
		const char		*sql;
		enum stile_type		 type;
		const char		*text;
		int64_t			 i;
	} cases[] = {
		{ "SELECT 'infinity'::timestamptz", STILE_TEXT, "infinity", 0 },
		{ "SELECT '-infinity'::timestamp", STILE_TEXT, "-infinity", 0 },
		{ "SELECT '0044-03-15 BC'::timestamp", STILE_TEXT,
		    "0044-03-15 00:00:00 BC", 0 },
		{ "SELECT '12026-01-01 00:00Z'::timestamptz", STILE_TEXT,
		    "12026-01-01 00:00:00+00", 0 },
		{ "SELECT '1970-01-01 00:00:01.5'::timestamp", STILE_TIME, NULL,
		    1500 },
		{ "SELECT '1970-01-01 00:00+01'::timestamptz", STILE_TIME, NULL,
		    -3600000 },
		{ "SELECT '1969-12-31 23:59:59.999999Z'::timestamptz",
		    STILE_TIME, NULL, -1 },
		{ "SELECT 7::smallint", STILE_INT, NULL, 7 },
		{ "SELECT -7::integer", STILE_INT, NULL, -7 },
		{ "SELECT 7::oid", STILE_INT, NULL, 7 },
		{ "SELECT 0.1::numeric(30,20)", STILE_TEXT,
		    "0.10000000000000000000", 0 },
		{ "SELECT '2026-11-22'::date", STILE_TEXT, "2026-11-22", 0 },
		{ "SELECT 'x'::varchar(3)", STILE_TEXT, "x", 0 },
		{ "SELECT 'x'::char(3)", STILE_TEXT, "x  ", 0 },
		{ "SELECT 'x'::name", STILE_TEXT, "x", 0 },
		{ "SELECT 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid",
		    STILE_TEXT, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", 0 },
		{ "SELECT '{\"b\":1,\"a\":2}'::jsonb", STILE_JSON_TEXT,
		    "{\"a\": 2, \"b\": 1}", 0 },
		{ "SELECT ARRAY[1,2]", STILE_TEXT, "{1,2}", 0 },
		{ "SELECT 'x'", STILE_TEXT, "x", 0 },
	};
	struct stile_error	 e = { 0 };
	struct stile_stmt	*st;
	struct stile_value	 v;
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		CHECK(stile_db_query(db, cases[i].sql, STILE_NOARGS, &st, &e) ==
		    STILE_OK && stile_stmt_step(st, &e) == 1, "%s: %s",
		    cases[i].sql, e.detail);
		v = stile_stmt_value(st, 0);
		CHECK(v.type == cases[i].type && (cases[i].text != NULL ?
		    stile_str_eq(v.u.s, stile_str(cases[i].text)) :
		    v.u.i == cases[i].i), "%s: %s", cases[i].sql,
		    stile_type_name(v.type));
		stile_stmt_done(st);
	}
	CHECK(stile_db_query(db, "SELECT 'NaN'::float8", STILE_NOARGS, &st,
	    &e) == STILE_OK && stile_stmt_step(st, &e) == 1, "%s", e.detail);
	v = stile_stmt_value(st, 0);
	CHECK(v.type == STILE_DOUBLE && isnan(v.u.d), "NaN");
	stile_stmt_done(st);
}

static void
pg_arguments(void)
{
	static const struct {
		const char	*sql;
		int64_t		 i;
		enum stile_err	 rc;
	} cases[] = {
		{ "SELECT ?::smallint", 32767, STILE_OK },
		{ "SELECT ?::smallint", 32768, STILE_ERANGE },
		{ "SELECT ?::integer", INT32_MIN, STILE_OK },
		{ "SELECT ?::numeric", INT64_MIN, STILE_OK },
		{ "SELECT ?::bigint", INT64_MAX, STILE_OK },
		{ "SELECT ?::text", 5, STILE_OK },
		{ "SELECT ?::uuid", 5, STILE_ESYNTAX },
		{ "SELECT ?::date", 5, STILE_ESYNTAX },
		{ "SELECT 1 / ?::bigint", 0, STILE_EDB },
		{ "SELECT ?::varchar::inet", 5, STILE_ESYNTAX },
	};
	struct stile_error	e;
	enum stile_err		rc;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		rc = run(cases[i].sql, STILE_ARGS(cases[i].i), &e);
		CHECK(rc == cases[i].rc, "%s of %lld: %s: %s", cases[i].sql,
		    (long long)cases[i].i, stile_err_name(rc), e.detail);
	}
	CHECK(run("SELECT ?::text", STILE_ARGS(stile_text_str(
	    (struct stile_str){ "a\0b", 3 })), &e) == STILE_EINVAL, "NUL: %s",
	    e.detail);
	CHECK(run("SELECT ?::text", STILE_ARGS("\xff"), &e) == STILE_ESYNTAX,
	    "no UTF-8: %s", e.detail);
	CHECK(run("SELECT ?::timestamptz", STILE_ARGS(stile_time(INT64_MAX)),
	    &e) == STILE_EINVAL, "a late time: %s", e.detail);
	CHECK(run("SELECT ?::bigint", STILE_ARGS((bool)true), &e) ==
	    STILE_ESYNTAX,
	    "true as an integer: %s", e.detail);
}

/* ---- statements ----------------------------------------------------------------- */

static void
changes(void)
{
	struct stile_error	e = { 0 };
	int64_t			n = -1;

	CHECK(stile_db_exec(db, "INSERT INTO thing (id, i) VALUES (1, 1),"
	    " (2, 1), (3, ?)", STILE_ARGS(2), &n, &e) == STILE_OK && n == 3,
	    "%lld %s", (long long)n, e.detail);
	CHECK(stile_db_exec(db, "UPDATE thing SET s = 'x' WHERE i = ?",
	    STILE_ARGS(1), &n, &e) == STILE_OK && n == 2, "%lld %s",
	    (long long)n, e.detail);
	CHECK(stile_db_exec(db, "UPDATE thing SET s = 'x' WHERE i = ?",
	    STILE_ARGS(77), &n, &e) == STILE_OK && n == 0, "%lld %s",
	    (long long)n, e.detail);
	CHECK(stile_db_exec(db, "SELECT id FROM thing", STILE_NOARGS, &n,
	    &e) == STILE_OK && n == 0, "SELECT: %lld %s", (long long)n,
	    e.detail);
	CHECK(stile_db_exec(db, "INSERT INTO thing (id) VALUES (4), (5)"
	    " RETURNING id", STILE_NOARGS, &n, &e) == STILE_OK && n == 2,
	    "RETURNING: %lld %s", (long long)n, e.detail);
	CHECK(stile_db_exec(db, "DELETE FROM thing", STILE_NOARGS, &n, &e) ==
	    STILE_OK && n == 5, "%lld %s", (long long)n, e.detail);
	CHECK(stile_db_exec(db, "CREATE TABLE IF NOT EXISTS thing (id BIGINT)",
	    STILE_NOARGS, &n, &e) == STILE_OK && n == 0, "%lld %s",
	    (long long)n, e.detail);
}

static void
names(void)
{
	struct stile_error	e;

	CHECK(number("SELECT CAST(:b AS BIGINT) * 100 + CAST(:a AS BIGINT) * 10"
	    " + CAST(:b AS BIGINT)", STILE_NAMED("a", 2, "b", 3)) == 323,
	    "twice the same");
	CHECK(number("SELECT CAST(:b AS BIGINT) -- :c\n /* :d */ + length(':e')",
	    STILE_NAMED("b", 40)) == 42, "in comments and strings");
	CHECK(run("SELECT CAST(:a AS BIGINT)", STILE_NAMED("b", 1), &e) ==
	    STILE_EINVAL, "another name: %s", e.detail);
	CHECK(run("SELECT CAST(:a AS BIGINT)", STILE_ARGS(1), &e) ==
	    STILE_EINVAL, "no name: %s", e.detail);
	CHECK(run("SELECT CAST(? AS BIGINT)", STILE_NOARGS, &e) == STILE_EINVAL,
	    "none: %s", e.detail);
	CHECK(run("SELECT CAST(? AS BIGINT)", STILE_ARGS(1, 2), &e) ==
	    STILE_EINVAL, "two: %s", e.detail);
	CHECK(run("SELECT 1 WHERE 1 IN ?", STILE_ARGS(1), &e) == STILE_EINVAL,
	    "no list: %s", e.detail);
	CHECK(run("SELECT CAST(? AS BIGINT)", STILE_ARGS(STILE_LIST_OF(1)),
	    &e) == STILE_EINVAL, "a list: %s", e.detail);
}

static void
lists(void)
{
	static const char *const odd[] = { "a", "", "a,b", "{", "}", "\"",
	    "\\", "a\"b\\c", "NULL", " x ", "\xc3\xa4", "'" };
	struct stile_value	 v[1000];
	struct stile_error	 e;
	size_t			 i;

	for (i = 0; i < NELEM(odd); i++)
		CHECK(run("INSERT INTO thing (id, s) VALUES (?, ?)",
		    STILE_ARGS((int64_t)i, odd[i]), &e) == STILE_OK, "%s",
		    e.detail);
	for (i = 0; i < NELEM(odd); i++) {
		CHECK(number("SELECT count(*) FROM thing WHERE s IN ?",
		    STILE_ARGS(STILE_LIST_OF(odd[i]))) == 1, "%s", odd[i]);
		v[i] = stile_text(odd[i]);
	}
	CHECK(number("SELECT count(*) FROM thing WHERE s IN ?", STILE_ARGS(
	    stile_list(v, NELEM(odd)))) == NELEM(odd), "all");
	CHECK(number("SELECT count(*) FROM thing WHERE s NOT IN ?", STILE_ARGS(
	    stile_list(v, 2))) == NELEM(odd) - 2, "not those");
	for (i = 0; i < NELEM(v); i++)
		v[i] = stile_int((int64_t)i * 2);
	CHECK(number("SELECT count(*) FROM thing WHERE id IN :ids",
	    STILE_NAMED("ids", stile_list(v, NELEM(v)))) == NELEM(odd) / 2,
	    "a thousand");
	CHECK(number("SELECT count(*) FROM thing WHERE id IN ?", STILE_ARGS(
	    stile_list(NULL, 0))) == 0, "none");
	CHECK(number("SELECT count(*) FROM thing WHERE id NOT IN ?", STILE_ARGS(
	    stile_list(NULL, 0))) == NELEM(odd), "not in none");
	CHECK(run("UPDATE thing SET d = 0.1 WHERE id = 3", STILE_NOARGS, &e) ==
	    STILE_OK && number("SELECT count(*) FROM thing WHERE d IN ?",
	    STILE_ARGS(STILE_LIST_OF(0.1, 2.5))) == 1, "doubles");
	v[0] = stile_null();
	CHECK(run("SELECT 1 FROM thing WHERE id IN ?", STILE_ARGS(stile_list(v,
	    1)), &e) == STILE_EINVAL, "NULL: %s", e.detail);
	v[0] = stile_double(NAN);
	CHECK(run("SELECT 1 FROM thing WHERE d IN ?", STILE_ARGS(stile_list(v,
	    1)), &e) == STILE_EINVAL, "NaN: %s", e.detail);
}

static void
several_open(void)
{
	static const char	sql[] =
	    "SELECT id, s AS name, i FROM thing ORDER BY id";
	struct stile_error	 e = { 0 };
	struct stile_stmt	*a, *b;
	int			 i;

	for (i = 1; i <= 3; i++)
		CHECK(run("INSERT INTO thing (id, s) VALUES (?, 'x')",
		    STILE_ARGS(i), &e) == STILE_OK, "%s", e.detail);
	CHECK(stile_db_query(db, sql, STILE_NOARGS, &a, &e) == STILE_OK, "%s",
	    e.detail);
	CHECK(stile_db_query(db, sql, STILE_NOARGS, &b, &e) == STILE_OK, "%s",
	    e.detail);
	CHECK(stile_stmt_columns(a) == 3, "%zu", stile_stmt_columns(a));
	CHECK(strcmp(stile_stmt_column(a, 1), "name") == 0, "%s",
	    stile_stmt_column(a, 1));
	CHECK(strcmp(stile_stmt_column(a, 3), "") == 0, "a column too many");
	CHECK(stile_stmt_step(a, &e) == 1 && stile_stmt_step(b, &e) == 1 &&
	    stile_stmt_step(b, &e) == 1, "%s", e.detail);
	CHECK(stile_stmt_value(a, 0).u.i == 1, "a");
	CHECK(stile_stmt_value(b, 0).u.i == 2, "b");
	CHECK(stile_stmt_value(b, 2).type == STILE_NULL, "b");
	CHECK(stile_stmt_value(b, 3).type == STILE_NULL, "a column too many");
	CHECK(stile_stmt_named(b, "none").type == STILE_NULL, "no such column");
	CHECK(stile_str_eq(stile_stmt_named(b, "name").u.s, STR("x")), "b");
	/* One that is not at its end. */
	stile_stmt_done(a);
	CHECK(number("SELECT count(*) FROM thing", STILE_NOARGS) == 3, "3");
	CHECK(stile_stmt_step(b, &e) == 1 && stile_stmt_step(b, &e) == 0, "%s",
	    e.detail);
	stile_stmt_done(b);
	stile_stmt_done(NULL);
	/* More texts than are kept. */
	for (i = 0; i < 3 * STMT_CACHE; i++) {
		char	one[60];

		snprintf(one, sizeof(one), "SELECT count(*) + %d FROM thing",
		    i);
		CHECK(number(one, STILE_NOARGS) == i + 3, "%d", i);
	}
	CHECK(stile_db_query(db, "UPDATE thing SET i = 1", STILE_NOARGS, &a,
	    &e) == STILE_OK && stile_stmt_step(a, &e) == 0 &&
	    stile_stmt_columns(a) == 0, "%s", e.detail);
	stile_stmt_done(a);
}

static void
scripts(void)
{
	struct stile_error	e = { 0 };

	CHECK(stile_db_script(db, "INSERT INTO thing (id) VALUES (1);"
	    " -- ; here\n INSERT INTO thing (id, s) VALUES (2, ';');", &e) ==
	    STILE_OK, "%s", e.detail);
	CHECK(number("SELECT count(*) FROM thing", STILE_NOARGS) == 2, "2");
	CHECK(stile_db_script(db, "", &e) == STILE_OK, "%s", e.detail);
	CHECK(stile_db_script(db, "BEGIN; DELETE FROM thing; ROLLBACK;", &e) ==
	    STILE_OK && number("SELECT count(*) FROM thing", STILE_NOARGS) == 2,
	    "%s", e.detail);
	CHECK(stile_db_script(db, "BEGIN; DELETE FROM thing; SELEC 1; COMMIT;",
	    &e) != STILE_OK && e.detail[0] != '\0', "%s", e.detail);
	if (stile__db_in_transaction(db))
		stile_db_script(db, "ROLLBACK", NULL);
	CHECK(number("SELECT count(*) FROM thing", STILE_NOARGS) == 2, "2");

	e = (struct stile_error){ 0 };
	CHECK(db->engine->begin(db->h, STILE_TX_WRITE, &e) == STILE_OK, "%s",
	    e.detail);
	CHECK(stile__db_script_inside(db, "DELETE FROM thing; COMMIT", &e) ==
	    STILE_EINVAL, "%s", e.detail);
	db->engine->rollback(db->h);
	CHECK(number("SELECT count(*) FROM thing", STILE_NOARGS) == 2,
	    "COMMIT inside");
}

/* ---- errors -------------------------------------------------------------------- */

static void
errors(void)
{
	static const struct {
		const char	*sql;
		enum stile_err	 rc;
		const char	*column, *constraint;	/* NULL: any */
	} cases[] = {
		{ "INSERT INTO parent (id, email) VALUES (1, 'b')",
		    STILE_EUNIQUE, "id", NULL },
		{ "INSERT INTO parent (id, email, x) VALUES (2, 'a', 5)",
		    STILE_EUNIQUE, "email", NULL },
		{ "INSERT INTO parent (id, email, x, y) VALUES (2, 'b', 3, 4)",
		    STILE_EUNIQUE, "x, y", NULL },
		{ "INSERT INTO parent (id, email) VALUES (2, NULL)",
		    STILE_ENOTNULL, "email", NULL },
		{ "INSERT INTO parent (id, email, x) VALUES (2, 'b', -1)",
		    STILE_ECHECK, NULL, "x_positive" },
		{ "INSERT INTO child (id, parent) VALUES (1, 99)",
		    STILE_EFOREIGN, NULL, NULL },
		{ "DELETE FROM parent", STILE_EFOREIGN, NULL, NULL },
		{ "SELEC 1", STILE_ESQL, NULL, NULL },
		{ "SELECT 1 FROM nowhere", STILE_ESQL, NULL, NULL },
		{ "SELECT nothing FROM parent", STILE_ESQL, NULL, NULL },
		{ "", STILE_EINVAL, NULL, NULL },
		{ " -- nothing\n;", STILE_EINVAL, NULL, NULL },
		{ "SELECT 1; SELECT 2", STILE_EINVAL, NULL, NULL },
	};
	struct stile_error	e = { 0 };
	enum stile_err		rc;
	size_t			i;

	CHECK(stile_db_script(db, "INSERT INTO parent (id, email, x, y)"
	    " VALUES (1, 'a', 3, 4); INSERT INTO child (id, parent)"
	    " VALUES (7, 1)", &e) == STILE_OK, "%s", e.detail);
	for (i = 0; i < NELEM(cases); i++) {
		rc = run(cases[i].sql, STILE_NOARGS, &e);
		CHECK(rc == cases[i].rc && e.code == rc, "%s: %s: %s",
		    cases[i].sql, stile_err_name(rc), e.detail);
		CHECK(e.detail[0] != '\0' && strchr(e.detail, '\n') == NULL,
		    "%s: %s", cases[i].sql, e.detail);
		CHECK(cases[i].column == NULL ||
		    strcmp(e.column, cases[i].column) == 0, "%s: column %s",
		    cases[i].sql, e.column);
		CHECK(cases[i].constraint == NULL ||
		    strcmp(e.constraint, cases[i].constraint) == 0,
		    "%s: constraint %s", cases[i].sql, e.constraint);
	}
	CHECK(number("SELECT count(*) FROM parent", STILE_NOARGS) == 1, "1");
	/* The first cause stays. */
	run("SELECT 1 FROM nowhere", STILE_NOARGS, &e);
	rc = stile_db_exec(db, "", STILE_NOARGS, NULL, &e);
	CHECK(rc == STILE_EINVAL && e.code == STILE_ESQL, "%s", e.detail);
	CHECK(stile_db_exec(db, "SELEC", STILE_NOARGS, NULL, NULL) ==
	    STILE_ESQL, "without a cause");
}

static void
open_errors(void)
{
	static const struct {
		const char	*dsn;
		enum stile_err	 rc;
		const char	*words;
	} cases[] = {
		{ "", STILE_EINVAL, "data source" },
		{ "sqlite", STILE_EINVAL, "data source" },
		{ "mysql:x", STILE_EINVAL, "data source" },
		{ "sqlite:", STILE_EINVAL, "path" },
		{ "sqlite:/nonexistent/x", STILE_ENOTFOUND, "no such file" },
		{ "postgresql:nonsense", STILE_EINVAL, "nonsense" },
		{ "postgresql:prepare=maybe", STILE_EINVAL, "prepare" },
		{ "postgresql://h/?prepare=maybe", STILE_EINVAL, "prepare" },
		{ "postgresql:unknown=1", STILE_EINVAL, "unknown" },
		{ "postgresql:host=/nonexistent", STILE_EGONE, "nonexistent" },
		{ "postgresql:host=/nonexistent connect_timeout=x",
		    STILE_EINVAL, "connect_timeout" },
	};
	struct stile_error	 e;
	struct stile_db		*none;
	enum stile_err		 rc;
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		e = (struct stile_error){ 0 };
		none = (struct stile_db *)&e;
		rc = stile_db_open(cases[i].dsn, STILE_DB_READWRITE, 0, &none,
		    &e);
		CHECK(rc == cases[i].rc && none == (struct stile_db *)&e &&
		    strstr(e.detail, cases[i].words) != NULL, "%s: %s: %s",
		    cases[i].dsn, stile_err_name(rc), e.detail);
	}
}

static void
pg_open_errors(void)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*other;
	char			 to[300];
	enum stile_err		 rc;

	snprintf(to, sizeof(to), "%s dbname=notes_x", dsn);
	rc = stile_db_open(to, STILE_DB_CREATE, 0, &other, &e);
	CHECK(rc == STILE_ENOTFOUND && e.status == 500 &&
	    strstr(e.detail, "createdb notes_x") != NULL, "%s: %s",
	    stile_err_name(rc), e.detail);
	/* A role that is not there, and one that is full. */
	snprintf(to, sizeof(to), "%s user=nobody_here", dsn);
	e = (struct stile_error){ 0 };
	rc = stile_db_open(to, STILE_DB_READWRITE, 0, &other, &e);
	CHECK(rc == STILE_EDB && strstr(e.detail, "nobody_here") != NULL,
	    "%s: %s", stile_err_name(rc), e.detail);
	e = (struct stile_error){ 0 };
	CHECK(stile_db_script(db, "DROP ROLE IF EXISTS is_full;"
	    "CREATE ROLE is_full LOGIN CONNECTION LIMIT 0", &e) == STILE_OK,
	    "%s", e.detail);
	snprintf(to, sizeof(to), "%s user=is_full", dsn);
	rc = stile_db_open(to, STILE_DB_READWRITE, 0, &other, &e);
	CHECK(rc == STILE_EBUSY, "%s: %s", stile_err_name(rc), e.detail);
	/* What is ours is taken out, wherever it is; a quote hides it. */
	snprintf(to, sizeof(to), "postgresql:prepare = no %s "
	    "application_name='it prepare=maybe \\' is'", dsn + 11);
	e = (struct stile_error){ 0 };
	CHECK(stile_db_open(to, STILE_DB_READWRITE, 0, &other, &e) == STILE_OK,
	    "%s", e.detail);
	CHECK(number_in(other, "SELECT count(*) FROM pg_stat_activity WHERE"
	    " application_name = 'it prepare=maybe '' is'", STILE_NOARGS) == 1,
	    "the name");
	CHECK(number_in(other, "SELECT count(*) FROM pg_prepared_statements",
	    STILE_NOARGS) == 0, "prepared");
	stile_db_close(other);
	snprintf(to, sizeof(to), "postgresql:%s options='-c TimeZone=Asia/Tokyo"
	    " -c work_mem=5MB' prepare=yes", dsn + 11);
	CHECK(stile_db_open(to, STILE_DB_READWRITE, 0, &other, &e) == STILE_OK,
	    "%s", e.detail);
	CHECK(number_in(other, "SELECT length(current_setting('TimeZone')) * 10"
	    " + length(current_setting('work_mem'))", STILE_NOARGS) == 103,
	    "options");
	CHECK(number_in(other, "SELECT count(*) FROM pg_prepared_statements",
	    STILE_NOARGS) == 2, "not prepared");
	stile_db_close(other);
}

static void
read_only(void)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*reader = open_one(STILE_DB_READONLY);
	enum stile_err		 rc;

	CHECK(number_in(reader, "SELECT count(*) FROM thing", STILE_NOARGS) ==
	    0, "reads");
	rc = stile_db_exec(reader, "INSERT INTO thing (id) VALUES (1)",
	    STILE_NOARGS, NULL, &e);
	CHECK(rc == STILE_EREADONLY, "%s %s", stile_err_name(rc), e.detail);
	CHECK(number_in(reader, "SELECT count(*) FROM thing", STILE_NOARGS) ==
	    0, "reads again");
	stile_db_close(reader);
}

/* ---- transactions -------------------------------------------------------------- */

struct plan {
	enum stile_err	outer, inner;	/* what they end with */
	int		runs;
};

static enum stile_err
tx_inner(struct stile_db *in, void *arg, struct stile_error *e)
{
	struct plan	*p = arg;
	enum stile_err	 rc;

	rc = stile_db_exec(in, "INSERT INTO thing (id) VALUES (2)",
	    STILE_NOARGS, NULL, e);
	/* One that fails inside of it, and takes nothing else along. */
	if (rc == STILE_OK && p->inner == STILE_EUNIQUE)
		return stile_db_exec(in, "INSERT INTO thing (id) VALUES (1)",
		    STILE_NOARGS, NULL, e);
	return rc != STILE_OK ? rc :
	    stile_error_set(e, p->inner, 0, "inner");
}

static enum stile_err
tx_outer(struct stile_db *in, void *arg, struct stile_error *e)
{
	struct plan		*p = arg;
	struct stile_error	 inner = { 0 };
	enum stile_err		 rc;

	p->runs++;
	rc = stile_db_exec(in, "INSERT INTO thing (id) VALUES (1)",
	    STILE_NOARGS, NULL, e);
	if (rc == STILE_OK && stile_db_transaction(in, STILE_TX_WRITE,
	    tx_inner, p, &inner) != p->inner)
		return stile_error_set(e, STILE_EDB, 0, "inner: %s",
		    inner.detail);
	if (rc == STILE_OK)
		rc = stile_db_exec(in, "INSERT INTO thing (id) VALUES (3)",
		    STILE_NOARGS, NULL, e);
	if (rc != STILE_OK)
		return rc;
	return p->outer == STILE_OK ? STILE_OK :
	    stile_error_set(e, p->outer, 0, "outer");
}

static void
transactions(void)
{
	static const struct {
		struct plan	plan;
		int64_t		sum;	/* of the ids that are there */
	} cases[] = {
		{ { STILE_OK, STILE_OK, 1 }, 6 },
		{ { STILE_OK, STILE_EINVAL, 1 }, 4 },
		{ { STILE_OK, STILE_EUNIQUE, 1 }, 4 },
		{ { STILE_EINVAL, STILE_OK, 1 }, 0 },
		{ { STILE_EUNIQUE, STILE_EUNIQUE, 1 }, 0 },
		/* It is worth trying again. */
		{ { STILE_EBUSY, STILE_OK, 6 }, 0 },
		{ { STILE_ECONFLICT, STILE_OK, 6 }, 0 },
	};
	enum stile_tx		tx;
	struct stile_error	e;
	struct plan		p;
	enum stile_err		rc;
	size_t			i;

	for (tx = STILE_TX_WRITE; tx <= STILE_TX_SERIALIZABLE; tx++)
		for (i = 0; i < NELEM(cases); i++) {
			p = cases[i].plan;
			p.runs = 0;
			e = (struct stile_error){ 0 };
			rc = stile_db_transaction(db, tx, tx_outer, &p, &e);
			CHECK(rc == p.outer && e.code == rc &&
			    p.runs == cases[i].plan.runs, "%zu: %s, %d times:"
			    " %s", i, stile_err_name(rc), p.runs, e.detail);
			CHECK(!stile__db_in_transaction(db), "%zu", i);
			CHECK(number("SELECT CAST(coalesce(sum(id), 0)"
			    " AS BIGINT) FROM thing", STILE_NOARGS) ==
			    cases[i].sum, "%zu: the sum", i);
			run("DELETE FROM thing", STILE_NOARGS, &e);
		}
}

static enum stile_err
tx_nothing(struct stile_db *in, void *arg, struct stile_error *e)
{
	(void)e;
	*(bool *)arg = stile__db_in_transaction(in);
	return STILE_OK;
}

/* What fails is no reason for us; so the COMMIT has to be refused. */
static enum stile_err
tx_careless(struct stile_db *in, void *arg, struct stile_error *e)
{
	(void)arg;
	(void)e;
	stile_db_exec(in, "INSERT INTO thing (id) VALUES (1)", STILE_NOARGS,
	    NULL, NULL);
	stile_db_exec(in, "SELECT 1 FROM nowhere", STILE_NOARGS, NULL, NULL);
	return STILE_OK;
}

static void
commits(void)
{
	struct stile_error	e = { 0 };
	enum stile_err		rc;
	bool			inside = false;

	CHECK(stile_db_transaction(db, STILE_TX_READ, tx_nothing, &inside,
	    &e) == STILE_OK && inside, "an empty one: %s", e.detail);
	rc = stile_db_transaction(db, STILE_TX_WRITE, tx_careless, NULL, &e);
	CHECK(number("SELECT count(*) FROM thing", STILE_NOARGS) ==
	    (rc == STILE_OK), "as it says");
	CHECK(!is_pg || (rc == STILE_EDB && e.status == 500), "%s: %s",
	    stile_err_name(rc), e.detail);
	CHECK(!stile__db_in_transaction(db), "ended");
	/* One that the COMMIT refuses. */
	e = (struct stile_error){ 0 };
	CHECK(stile_db_script(db, is_pg ? "BEGIN; SET CONSTRAINTS ALL DEFERRED;"
	    "INSERT INTO child (id, parent) VALUES (1, 99)" : "BEGIN;"
	    "PRAGMA defer_foreign_keys = ON;"
	    "INSERT INTO child (id, parent) VALUES (1, 99)", &e) == STILE_OK,
	    "%s", e.detail);
	rc = db->engine->commit(db->h, &e);
	CHECK(rc == STILE_EFOREIGN, "%s: %s", stile_err_name(rc), e.detail);
	db->engine->rollback(db->h);
	CHECK(number("SELECT count(*) FROM child", STILE_NOARGS) == 0, "child");
}

struct race {
	struct stile_db	*other;
	int		 runs;
};

/* The first time, the other one is in between. */
static enum stile_err
tx_race(struct stile_db *in, void *arg, struct stile_error *e)
{
	static const char	count[] = "SELECT count(*) FROM thing";
	static const char	insert[] =
	    "INSERT INTO thing (id, i) VALUES (?, ?)";
	struct race		*race = arg;
	struct stile_db		*other = race->other;
	int64_t			 n = number_in(in, count, STILE_NOARGS);
	enum stile_err		 rc = STILE_OK;

	if (race->runs++ == 0)
		rc = other->engine->begin(other->h, STILE_TX_SERIALIZABLE, e);
	if (rc == STILE_OK && race->runs == 1)
		rc = stile_db_exec(other, insert, STILE_ARGS(2,
		    number_in(other, count, STILE_NOARGS)), NULL, e);
	if (rc == STILE_OK && race->runs == 1)
		rc = other->engine->commit(other->h, e);
	return rc != STILE_OK ? rc :
	    stile_db_exec(in, insert, STILE_ARGS(1, n), NULL, e);
}

static void
conflicts(void)
{
	struct race		race = { open_one(STILE_DB_READWRITE), 0 };
	struct stile_db		*other = race.other;
	struct stile_error	e = { 0 };
	enum stile_err		rc;

	/* Two who read before either writes: one has to do it again. */
	CHECK(db->engine->begin(db->h, STILE_TX_SERIALIZABLE, &e) == STILE_OK &&
	    other->engine->begin(other->h, STILE_TX_SERIALIZABLE, &e) ==
	    STILE_OK, "%s", e.detail);
	CHECK(number("SELECT count(*) FROM thing", STILE_NOARGS) == 0 &&
	    number_in(other, "SELECT count(*) FROM thing", STILE_NOARGS) == 0,
	    "both read");
	rc = run("INSERT INTO thing (id) VALUES (1)", STILE_NOARGS, &e);
	if (rc == STILE_OK)
		rc = stile_db_exec(other, "INSERT INTO thing (id) VALUES (2)",
		    STILE_NOARGS, NULL, &e);
	if (rc == STILE_OK)
		rc = db->engine->commit(db->h, &e);
	if (rc == STILE_OK)
		rc = other->engine->commit(other->h, &e);
	CHECK(rc == STILE_ECONFLICT, "%s: %s", stile_err_name(rc), e.detail);
	db->engine->rollback(db->h);
	other->engine->rollback(other->h);
	run("DELETE FROM thing", STILE_NOARGS, &e);
	/* And it is done again. */
	rc = stile_db_transaction(db, STILE_TX_SERIALIZABLE, tx_race, &race,
	    &e);
	CHECK(rc == STILE_OK && race.runs == 2, "%s, %d times: %s",
	    stile_err_name(rc), race.runs, e.detail);
	CHECK(number("SELECT i FROM thing WHERE id = 1", STILE_NOARGS) == 1,
	    "it has seen the other's");
	stile_db_close(other);
}

/* The lock that one holds, another one does not get. */
static void
locks(void)
{
	struct stile_db		*other = open_one(STILE_DB_READWRITE);
	struct stile_error	 e = { 0 };
	enum stile_err		 rc;
	int64_t			 start;

	CHECK(run("INSERT INTO thing (id, i) VALUES (1, 1)", STILE_NOARGS,
	    &e) == STILE_OK, "%s", e.detail);
	CHECK(other->engine->begin(other->h, STILE_TX_WRITE, &e) == STILE_OK &&
	    stile_db_exec(other, "UPDATE thing SET i = 2", STILE_NOARGS, NULL,
	    &e) == STILE_OK, "%s", e.detail);
	start = stile__mono_us();
	rc = run("UPDATE thing SET i = 3", STILE_NOARGS, &e);
	CHECK(rc == STILE_EBUSY, "%s: %s", stile_err_name(rc), e.detail);
	CHECK(stile__mono_us() - start >= (BUSY_MS - 20) * 1000,
	    "it waited %lld us", (long long)(stile__mono_us() - start));
	CHECK(other->engine->commit(other->h, &e) == STILE_OK, "%s", e.detail);
	CHECK(number("SELECT i FROM thing", STILE_NOARGS) == 2, "2");
	stile_db_close(other);
}

/* ---- the time is up ------------------------------------------------------------- */

static const char	endless[] =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    " SELECT count(*) FROM n";
static struct req_clock	watched = { .turn = 1 };

static void *
be_late(void *arg)
{
	static const struct timespec	moment = { 0, 100000000 };

	(void)arg;
	nanosleep(&moment, NULL);
	watched.late = watched.turn;
	return NULL;
}

static enum stile_err
run_three(const char *sql, struct stile_error *e)
{
	struct stile_args	args[3] = { STILE_NOARGS, STILE_NOARGS,
				    STILE_NOARGS };

	*e = (struct stile_error){ 0 };
	return stile_db_many(db, sql, args, NELEM(args), NULL, NULL, NULL, e);
}

static void
time_up(void)
{
	struct stile_error	e;
	enum stile_err		rc;
	pthread_t		t;
	int			i;

	stile__db_watch(db, &watched);
	for (i = 0; i < 3; i++) {
		stile__clock_in_time(&watched);
		pthread_create(&t, NULL, be_late, NULL);
		if (i == 1)
			db->engine->begin(db->h, STILE_TX_WRITE, NULL);
		rc = i < 2 ? run(endless, STILE_NOARGS, &e) :
		    run_three(endless, &e);
		pthread_join(t, NULL);
		CHECK(rc == STILE_ETIME && e.code == STILE_ETIME, "%s: %s",
		    stile_err_name(rc), e.detail);
		if (i == 1)
			db->engine->rollback(db->h);
		CHECK(!stile__db_in_transaction(db), "%d", i);
		stile__clock_in_time(&watched);
		CHECK(number("SELECT count(*) FROM thing", STILE_NOARGS) == 0,
		    "usable again");
	}
}

/* ---- many ------------------------------------------------------------------------ */

#define MANY	1000

struct seen {
	size_t	rows, wrong;
};

static enum stile_err
see(void *arg, size_t i, struct stile_stmt *st, struct stile_error *e)
{
	struct seen	*s = arg;

	(void)e;
	s->rows++;
	s->wrong += stile_stmt_value(st, 0).u.i != (int64_t)i;
	/* The connection can be used meanwhile. */
	if (i == 500)
		s->wrong += number("SELECT CAST(5 AS BIGINT)",
		    STILE_NOARGS) != 5;
	return STILE_OK;
}

static enum stile_err
stop_at_3(void *arg, size_t i, struct stile_stmt *st, struct stile_error *e)
{
	(void)arg;
	(void)st;
	return i < 3 ? STILE_OK : stile_error_set(e, STILE_ERANGE, 0, "three");
}

static void
many(void)
{
	static struct stile_value	v[MANY][2];
	static struct stile_args	args[MANY];
	struct stile_error		e = { 0 };
	struct seen			seen = { 0, 0 };
	char				*big = malloc(BIG / 8);
	int64_t				n = -1;
	enum stile_err			rc;
	size_t				i;

	CHECK(big != NULL, "no memory");
	memset(big, 'x', BIG / 8);
	for (i = 0; i < MANY; i++) {
		v[i][0] = stile_int((int64_t)i);
		v[i][1] = stile_text("x");
		args[i] = (struct stile_args){ .n = 2, .v = v[i] };
	}
	CHECK(stile_db_many(db, "INSERT INTO thing (id, s) VALUES (?, ?)"
	    " RETURNING id", args, MANY, see, &seen, &n, &e) == STILE_OK &&
	    n == MANY && seen.rows == MANY && seen.wrong == 0,
	    "%lld, %zu, %zu: %s", (long long)n, seen.rows, seen.wrong,
	    e.detail);
	CHECK(number("SELECT count(*) FROM thing", STILE_NOARGS) == MANY,
	    "all are there");
	CHECK(stile_db_many(db, "DELETE FROM thing WHERE id = ? AND s <> ?",
	    args, 0, NULL, NULL, &n, &e) == STILE_OK && n == 0, "none: %s",
	    e.detail);
	/* Much in both directions: 12 MiB there and back. */
	for (i = 0; i < 100; i++)
		v[i][1] = stile_text_str((struct stile_str){ big, BIG / 8 });
	CHECK(stile_db_many(db, "UPDATE thing SET i = 7, s = :s WHERE id = :id"
	    " RETURNING id, s", (struct stile_args[]){ { .n = 0 } }, 0, NULL,
	    NULL, &n, &e) == STILE_OK, "%s", e.detail);
	seen = (struct seen){ 0, 0 };
	CHECK(stile_db_many(db, "INSERT INTO thing (id, s) VALUES (?, ?)"
	    " ON CONFLICT (id) DO UPDATE SET s = excluded.s RETURNING id, s",
	    args, 100, see, &seen, &n, &e) == STILE_OK && n == 100 &&
	    seen.rows == 100 && seen.wrong == 0, "%lld: %s", (long long)n,
	    e.detail);
	free(big);
	CHECK(number("SELECT count(*) FROM thing WHERE length(s) > 100000",
	    STILE_NOARGS) == 100, "the large ones");

	/* The error of one of them; its rows and the next are not read. */
	for (i = 0; i < 10; i++)
		v[i][1] = stile_text("x");
	run("DELETE FROM thing WHERE id <> 5", STILE_NOARGS, &e);
	rc = stile_db_many(db, "INSERT INTO thing (id, s) VALUES (?, ?)", args,
	    10, NULL, NULL, &n, &e);
	CHECK(rc == STILE_EUNIQUE && strcmp(e.column, "id") == 0, "%s: %s",
	    stile_err_name(rc), e.detail);
	run("DELETE FROM thing", STILE_NOARGS, &e);
	/* An argument that is refused, when others are on their way. */
	v[5][1] = stile_double(NAN);
	rc = stile_db_many(db, "INSERT INTO thing (id, s) VALUES (?, ?)", args,
	    10, NULL, NULL, &n, &e);
	CHECK(rc == STILE_EINVAL, "%s: %s", stile_err_name(rc), e.detail);
	CHECK(number("SELECT count(*) FROM thing", STILE_NOARGS) ==
	    (is_pg ? 0 : 5), "one at a time, or none");
	v[5][1] = stile_text("x");
	run("DELETE FROM thing", STILE_NOARGS, &e);
	/* Who gets the rows may stop. */
	rc = stile_db_many(db, "INSERT INTO thing (id, s) VALUES (?, ?)"
	    " RETURNING id", args, 10, stop_at_3, NULL, &n, &e);
	CHECK(rc == STILE_ERANGE && e.code == rc, "%s: %s", stile_err_name(rc),
	    e.detail);
	CHECK(number("SELECT CAST(1 AS BIGINT)", STILE_NOARGS) == 1, "usable");
}

/* In a transaction, the failure is that of all. */
static void
many_inside(void)
{
	struct stile_value	v[3] = { stile_int(1), stile_int(2),
				    stile_int(1) };
	struct stile_args	args[3] = { { .n = 1, .v = v },
				    { .n = 1, .v = v + 1 },
				    { .n = 1, .v = v + 2 } };
	struct stile_error	e = { 0 };
	enum stile_err		rc;

	CHECK(db->engine->begin(db->h, STILE_TX_WRITE, &e) == STILE_OK, "%s",
	    e.detail);
	rc = stile_db_many(db, "INSERT INTO thing (id) VALUES (?)", args, 3,
	    NULL, NULL, NULL, &e);
	CHECK(rc == STILE_EUNIQUE, "%s: %s", stile_err_name(rc), e.detail);
	CHECK(stile__db_in_transaction(db), "still");
	db->engine->rollback(db->h);
	CHECK(number("SELECT count(*) FROM thing", STILE_NOARGS) == 0, "none");
}

/* ---- messages -------------------------------------------------------------------- */

static void
messages(void)
{
	static const char	channel[] = "Odd \"channel\"";
	struct stile_error	e = { 0 };
	struct stile_note	note = { "", "" };
	struct stile_db		*other;
	int			n;

	if (!is_pg) {
		CHECK(stile_db_notify(db, "x", "y", &e) == STILE_ENOSYS &&
		    stile_db_listen(db, "x", NULL) == STILE_ENOSYS &&
		    stile_db_wait(db, 0, &note, NULL) == STILE_ENOSYS, "%s",
		    e.detail);
		return;
	}
	other = open_one(STILE_DB_READWRITE);
	CHECK(stile_db_listen(db, channel, &e) == STILE_OK, "%s", e.detail);
	n = stile_db_wait(db, 0, &note, &e);
	CHECK(n == 0, "%d %s", n, e.detail);
	n = stile_db_wait(db, 50, &note, &e);
	CHECK(n == 0, "%d %s", n, e.detail);
	CHECK(stile_db_notify(other, channel, "it's \xc3\xa4", &e) == STILE_OK,
	    "%s", e.detail);
	CHECK(stile_db_notify(other, "another", "x", &e) == STILE_OK &&
	    stile_db_notify(other, channel, "", &e) == STILE_OK, "%s",
	    e.detail);
	n = stile_db_wait(db, 10000, &note, &e);
	CHECK(n == 1 && strcmp(note.channel, channel) == 0 &&
	    strcmp(note.payload, "it's \xc3\xa4") == 0, "%d: %s %s %s", n,
	    note.channel, note.payload, e.detail);
	n = stile_db_wait(db, 10000, &note, &e);
	CHECK(n == 1 && strcmp(note.payload, "") == 0, "%d: %s %s", n,
	    note.payload, e.detail);
	/* One that came with a statement's result. */
	CHECK(stile_db_notify(other, channel, "2", &e) == STILE_OK &&
	    number("SELECT CAST(1 AS BIGINT)", STILE_NOARGS) == 1, "%s",
	    e.detail);
	n = stile_db_wait(db, 10000, &note, &e);
	CHECK(n == 1 && strcmp(note.payload, "2") == 0, "%d %s", n, e.detail);
	CHECK(stile_db_listen(db, "0123456789012345678901234567890123456789"
	    "012345678901234567890123", &e) == STILE_EINVAL, "%s", e.detail);
	stile_db_close(other);
}

/* ---- connections that go away ----------------------------------------------------- */

void
kill_named(const char *name)
{
	struct stile_db	*killer = open_one(STILE_DB_READWRITE);

	int		 i;

	number_in(killer, "SELECT count(pg_terminate_backend(pid)) FROM"
	    " pg_stat_activity WHERE application_name = ?", STILE_ARGS(name));
	for (i = 0; i < 6000 && number_in(killer, "SELECT count(*) FROM"
	    " pg_stat_activity WHERE application_name = ?",
	    STILE_ARGS(name)) != 0; i++)
		usleep(10000);
	stile_db_close(killer);
}

static void
gone(void)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*victim;
	char			 to[300];
	enum stile_err		 rc;

	snprintf(to, sizeof(to), "%s application_name=victim", dsn);
	CHECK(stile_db_open(to, STILE_DB_READWRITE, BUSY_MS, &victim, &e) ==
	    STILE_OK, "%s", e.detail);
	CHECK(victim->engine->alive(victim->h), "alive");
	kill_named("victim");
	CHECK(!victim->engine->alive(victim->h),
	    "it is seen without a round trip");
	rc = stile_db_exec(victim, "SELECT 1", STILE_NOARGS, NULL, &e);
	CHECK(rc == STILE_EGONE, "%s: %s", stile_err_name(rc), e.detail);
	CHECK(stile_db_script(victim, "SELECT 1", NULL) == STILE_EGONE &&
	    stile_db_notify(victim, "x", "y", NULL) == STILE_EGONE, "all of it");
	stile_db_close(victim);

	/* Alive, but without its statements. */
	e = (struct stile_error){ 0 };
	CHECK(stile_db_open(to, STILE_DB_READWRITE, BUSY_MS, &victim, &e) ==
	    STILE_OK && number_in(victim, "SELECT count(*) FROM thing",
	    STILE_NOARGS) == 0 && stile_db_script(victim, "DEALLOCATE ALL",
	    &e) == STILE_OK, "%s", e.detail);
	CHECK(stile_db_exec(victim, "SELECT count(*) FROM thing", STILE_NOARGS,
	    NULL, &e) != STILE_OK && strstr(e.detail, "prepare=no") != NULL &&
	    !victim->engine->alive(victim->h), "%s", e.detail);
	stile_db_close(victim);

	/* In the middle of a transaction. */
	e = (struct stile_error){ 0 };
	CHECK(stile_db_open(to, STILE_DB_READWRITE, BUSY_MS, &victim, &e) ==
	    STILE_OK, "%s", e.detail);
	CHECK(victim->engine->begin(victim->h, STILE_TX_WRITE, &e) ==
	    STILE_OK && stile_db_exec(victim,
	    "INSERT INTO thing (id) VALUES (1)", STILE_NOARGS, NULL, &e) ==
	    STILE_OK, "%s", e.detail);
	kill_named("victim");
	rc = victim->engine->commit(victim->h, &e);
	CHECK(rc == STILE_EGONE, "%s: %s", stile_err_name(rc), e.detail);
	victim->engine->rollback(victim->h);
	CHECK(!stile__db_in_transaction(victim), "no transaction");
	stile_db_close(victim);
	CHECK(number("SELECT count(*) FROM thing", STILE_NOARGS) == 0, "none");
}

/* A table that changes under a statement that is prepared. */
static void
pg_stale(void)
{
	static const char	sql[] = "SELECT * FROM parent";
	struct stile_db		*other = open_one(STILE_DB_READWRITE);
	struct stile_error	 e = { 0 };
	enum stile_err		 rc;

	CHECK(run(sql, STILE_NOARGS, &e) == STILE_OK, "%s", e.detail);
	CHECK(stile_db_script(other, "ALTER TABLE parent ADD COLUMN z BIGINT",
	    &e) == STILE_OK, "%s", e.detail);
	CHECK(run(sql, STILE_NOARGS, &e) == STILE_OK, "again: %s", e.detail);
	CHECK(stile_db_script(other, "ALTER TABLE parent DROP COLUMN z", &e) ==
	    STILE_OK, "%s", e.detail);
	CHECK(db->engine->begin(db->h, STILE_TX_WRITE, &e) == STILE_OK, "%s",
	    e.detail);
	rc = run(sql, STILE_NOARGS, &e);
	CHECK(rc == STILE_ECONFLICT || is_pooled, "in a transaction: %s: %s",
	    stile_err_name(rc), e.detail);
	db->engine->rollback(db->h);
	CHECK(run(sql, STILE_NOARGS, &e) == STILE_OK, "after it: %s", e.detail);
	CHECK(run("COPY parent TO STDOUT", STILE_NOARGS, &e) != STILE_OK,
	    "COPY");
	stile_db_close(other);
}

/* ---- all ------------------------------------------------------------------------- */

static const struct {
	const char	*name;
	void		(*fn)(void);
	enum { ALL, SHARED, PG, DIRECT, OFTEN } where;
} tests[] = {
	{ "integers and booleans", integers, ALL },
	{ "doubles", doubles, ALL },
	{ "texts", texts, ALL },
	{ "blobs", blobs, ALL },
	{ "times", times, ALL },
	{ "JSON", json, ALL },
	{ "types of PostgreSQL", pg_types, PG },
	{ "arguments of PostgreSQL", pg_arguments, PG },
	{ "changed rows", changes, ALL },
	{ "named places", names, ALL },
	{ "lists", lists, ALL },
	{ "several statements open", several_open, ALL },
	{ "scripts", scripts, ALL },
	{ "errors", errors, ALL },
	{ "errors of data sources", open_errors, ALL },
	{ "errors of connections", pg_open_errors, DIRECT },
	{ "a read-only connection", read_only, SHARED },
	{ "transactions", transactions, ALL },
	{ "commits", commits, ALL },
	{ "conflicts", conflicts, PG },
	{ "locks", locks, SHARED },
	{ "time limits", time_up, ALL },
	{ "many", many, ALL },
	{ "many in a transaction", many_inside, ALL },
	{ "messages", messages, DIRECT },
	{ "connections that go away", gone, DIRECT },
	{ "a table that changes", pg_stale, PG },
	{ "requests", requests, ALL },
	{ "pages", pages, ALL },
	{ "requests and a connection that goes away", requests_gone, DIRECT },
	{ "faults", faults, OFTEN },
};

static bool
applies(size_t i)
{
	switch (tests[i].where) {
	case SHARED:
		return !is_memory;
	case OFTEN:		/* it opens many connections */
		return !is_memory && !is_pooled;
	case PG:
		return is_pg;
	case DIRECT:
		return is_pg && !is_pooled;
	default:
		return true;
	}
}

int
main(int argc, char **argv)
{
	struct stile_error	e = { 0 };
	size_t			i;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (argc == 3 && strcmp(argv[1], "restart") == 0)
		return restart(argv[2]);
	if (argc < 2)
		return 64;
	dsn = argv[1];
	is_pooled = argc > 2;
	is_pg = strncmp(dsn, "postgresql", 10) == 0;
	is_memory = strcmp(dsn, "sqlite::memory:") == 0;
	for (i = 0; i < NELEM(tests); i++) {
		if (!applies(i))
			continue;
		failed = false;
		db = open_one(STILE_DB_CREATE);
		if (stile_db_script(db, schema, &e) != STILE_OK) {
			printf("Bail out! the schema: %s\n", e.detail);
			return 1;
		}
		tests[i].fn();
		stile_db_close(db);
		printf("%s %s\n", failed ? "not ok" : "ok", tests[i].name);
		failures += failed;
	}
	printf("done %u\n", failures);
	return 0;
}
