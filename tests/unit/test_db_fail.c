/* SPDX-License-Identifier: ISC */
/* lib/data/rows.c: what a client reads of a failure of the database. */
#include "app.h"

#include "stile/migrate.h"
#include "stile/req.h"
#include "stile/res.h"

static const struct stile_migration	migrations[] = {
	{ 1, "one", .sql = "CREATE TABLE p (id INTEGER PRIMARY KEY);"
	    "CREATE TABLE late (p INTEGER REFERENCES p (id)"
	    " DEFERRABLE INITIALLY DEFERRED);"
	    "CREATE TABLE t (a INTEGER NOT NULL, b INTEGER CHECK (b > 0),"
	    " p INTEGER REFERENCES p (id), e TEXT UNIQUE, UNIQUE (a, b));"
	    "INSERT INTO t VALUES (1, 1, NULL, 'x')" },
	{ 0 }
};

static const char	*sql;

static int
run(struct stile_req *r)
{
	stile_exec(r, sql, STILE_NOARGS);
	return stile_send_empty(r, 204);
}

static const struct stile_route	routes[] = {
	{ "POST", "/", .handler = run },
	{ 0 }
};
static const struct stile_app	app = { .name = "demo", .routes = routes,
    .migrations = migrations };

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

TestSuite(db_fail, .init = setup, .fini = teardown, .timeout = 120);

#define CONFLICT	"{\"type\":\"about:blank\",\"title\":\"Conflict\"," \
			"\"status\":409,"
#define UNPROCESSABLE	"{\"type\":\"about:blank\","			\
			"\"title\":\"Unprocessable Content\",\"status\":422,"
#define ERRORS(field, code, detail)	"\"errors\":[{\"field\":\"" field \
			"\",\"code\":\"" code "\",\"detail\":\"" detail "\"}]}"
#define REFERS		"\"detail\":\"what this refers to does not exist, " \
			"or is referred to still\"}"

Test(db_fail, the_rule_and_its_columns)
{
	static const struct {
		const char	*sql;
		int		 status;
		const char	*body;
	} cases[] = {
		{ "INSERT INTO t VALUES (2, 2, NULL, 'x')", 409, CONFLICT
		  "\"detail\":\"another one has this value\","
		  ERRORS("e", "taken", "another one has this value") },
		{ "INSERT INTO t VALUES (1, 1, NULL, NULL)", 409, CONFLICT
		  "\"detail\":\"another one has this value\","
		  ERRORS("a, b", "taken", "another one has this value") },
		{ "INSERT INTO t VALUES (NULL, 1, NULL, NULL)", 422,
		  UNPROCESSABLE "\"detail\":\"a value is missing\","
		  ERRORS("a", "required", "a value is missing") },
		{ "INSERT INTO t VALUES (3, 0, NULL, NULL)", 422,
		  UNPROCESSABLE "\"detail\":\"a value is not allowed\"}" },
		{ "INSERT INTO t VALUES (3, 3, 9, NULL)", 409,
		  CONFLICT REFERS },
		/* At the commit, when the handler has answered already. */
		{ "INSERT INTO late VALUES (9)", 409, CONFLICT REFERS },
	};
	struct stile_client		*c = CLIENT(&app,);
	size_t				 i;

	for (i = 0; i < NELEM(cases); i++) {
		sql = cases[i].sql;
		EXPECT_ANSWER(send_to(c, "POST", "/"), cases[i].status,
		    cases[i].body, "%s", sql);
	}
	stile_client_free(c);
}

Test(db_fail, a_time_to_come_back)
{
	const char			*dsn = tmp_path(&t, "sqlite:", "x.db");
	char				 db[160];
	struct stile_client		*c;
	struct stile_db			*other;
	const struct stile_answer	*a;
	const char			*after;

	snprintf(db, sizeof(db), "db=%s", dsn);
	c = CLIENT(&app, db, "db_busy_ms=0",);
	cr_assert_eq(stile_db_open(dsn, STILE_DB_READWRITE, 0, &other, NULL),
	    STILE_OK);
	cr_assert_eq(stile_db_script(other, "BEGIN IMMEDIATE", NULL),
	    STILE_OK);
	sql = "INSERT INTO p VALUES (2)";
	a = send_to(c, "POST", "/");
	EXPECT_ANSWER(a, 503, NULL, "locked");
	after = stile_answer_header(a, "Retry-After");
	EXPECT_STR(after != NULL ? after : "(none)", "1", "locked");
	stile_db_close(other);
	EXPECT_ANSWER(send_to(c, "POST", "/"), 204, "", "free");
	stile_client_free(c);
}

/* The connection is opened by the request, and others do not let it. */
Test(db_fail, a_time_to_come_back_to_open)
{
	const char	*dsn = tmp_path(&t, "sqlite:", "notes.db");
	const char	*migrate[] = { "migrate", "--db", dsn, NULL };
	const char	*get[] = { "request", "--db", dsn, "--db-busy-ms", "0",
			    "GET", "/notes", NULL };
	struct program	 p;
	struct stile_db	*other;

	p = program_run("apps/notes/notes", t.dir, migrate, NULL, NULL, 0);
	cr_assert_eq(p.status, 0, "%s", p.err);
	program_free(&p);
	cr_assert_eq(stile_db_open(dsn, STILE_DB_READWRITE, 0, &other, NULL),
	    STILE_OK);
	cr_assert_eq(stile_db_script(other, "PRAGMA locking_mode = EXCLUSIVE;"
	    "BEGIN EXCLUSIVE; INSERT INTO note (title) VALUES ('x')", NULL),
	    STILE_OK);
	p = program_run("apps/notes/notes", t.dir, get, NULL, NULL, 0);
	cr_expect(strncmp(p.out, "503 ", 4) == 0 &&
	    strstr(p.out, "\nRetry-After: 1\n") != NULL, "%s", p.out);
	program_free(&p);
	stile_db_close(other);
}
