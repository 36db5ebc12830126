/* SPDX-License-Identifier: ISC */
/* lib/data/migrate.c: each migration once, whole, in order, whoever starts. */
#include "app.h"

#include "stile/migrate.h"
#include "data/db.h"

static struct stile_db *
open_db(const char *dsn, int busy_ms)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;

	cr_assert_eq(stile_db_open(dsn, STILE_DB_CREATE, busy_ms, &db, &e),
	    STILE_OK, "%s: %s", dsn, e.detail);
	return db;
}

static int64_t
number(struct stile_db *db, const char *sql)
{
	struct stile_stmt	*st;
	int64_t			 v = -1;

	if (stile_db_query(db, sql, STILE_NOARGS, &st, NULL) != STILE_OK)
		return -1;
	if (stile_stmt_step(st, NULL) == 1)
		v = stile_stmt_value(st, 0).u.i;
	stile_stmt_done(st);
	return v;
}

/* What was reported: "notes one applied, notes two pending". */
static char	told[1000];
static bool	announced;

static void
tell(void *arg, const char *owner, const char *name,
    enum stile_migration_state state, int64_t when)
{
	static const char *const words[] = {
		[STILE_MIGRATION_APPLIED] = "applied",
		[STILE_MIGRATION_PENDING] = "pending",
		[STILE_MIGRATION_CHANGED] = "changed",
		[STILE_MIGRATION_MISSING] = "missing",
		[STILE_MIGRATION_UNDOING] = "undoing",
		[STILE_MIGRATION_UNDONE] = "undone",
	};
	static const char	*applying = "";
	size_t			 n = strlen(told);

	cr_expect(arg == told);
	/* Each one that is applied was announced just before. */
	if (state == STILE_MIGRATION_APPLYING) {
		cr_expect(when == 0);
		applying = name;
		return;
	}
	if (state == STILE_MIGRATION_APPLIED && announced)
		EXPECT_STR(applying, name, "announced");
	snprintf(told + n, sizeof(told) - n, "%s%s %s %s", n > 0 ? ", " : "",
	    owner, name, words[state]);
	/* After 2020, before 2100; none for what has not happened. */
	cr_expect(state == STILE_MIGRATION_PENDING ||
	    state == STILE_MIGRATION_UNDOING ? when == 0 :
	    when > 1577836800000 && when < 4102444800000, "%s: %lld", name,
	    (long long)when);
}

static enum stile_err
migrate(struct stile_db *db, const struct stile_migration *m,
    struct stile_error *e)
{
	*told = '\0';
	announced = true;
	*e = (struct stile_error){ 0 };
	return stile_migrate(db, "notes", m, tell, told, e);
}

static enum stile_err
status(struct stile_db *db, const struct stile_migration *m, size_t *pending,
    struct stile_error *e)
{
	*told = '\0';
	announced = false;
	*e = (struct stile_error){ 0 };
	return stile_migrate_status(db, "notes", m, tell, told, pending, e);
}

static const struct stile_migration	three[] = {
	{ 1, "one", .sql = "CREATE TABLE a (x); INSERT INTO a VALUES (1);" },
	{ 2, "two", .sql = "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = 2;" },
	{ 7, "seven",
	    .sql = "CREATE TABLE b (x REFERENCES a (x));\n-- the end\n" },
	{ 0 }
};
static const struct stile_migration	one_only[] = {
	{ 1, "one",
	    .sql = "CREATE TABLE a (x); INSERT INTO a VALUES (1);" }, { 0 }
};

Test(migrate, applies_what_is_pending)
{
	struct stile_db		*db = open_db("sqlite::memory:", 0);
	struct stile_error	 e;
	size_t			 pending;

	cr_expect_eq(status(db, three, &pending, &e), STILE_OK);
	cr_expect_eq(pending, 3);
	EXPECT_STR(told, "notes one pending, notes two pending, notes seven "
	    "pending", "before");
	cr_expect_eq(number(db, "SELECT count(*) FROM sqlite_schema"), 0,
	    "looking changes nothing");
	cr_expect_eq(migrate(db, one_only, &e), STILE_OK, "%s", e.detail);
	EXPECT_STR(told, "notes one applied", "the first");
	cr_expect_eq(status(db, three, &pending, &e), STILE_OK);
	cr_expect_eq(pending, 2);
	EXPECT_STR(told, "notes one applied, notes two pending, notes seven "
	    "pending", "between");
	cr_expect_eq(migrate(db, three, &e), STILE_OK, "%s", e.detail);
	EXPECT_STR(told, "notes two applied, notes seven applied", "the rest");
	cr_expect_eq(migrate(db, three, &e), STILE_OK, "%s", e.detail);
	EXPECT_STR(told, "", "nothing is left");
	cr_expect_eq(status(db, three, &pending, &e), STILE_OK);
	cr_expect_eq(pending, 0);
	cr_expect_eq(number(db, "SELECT y FROM a"), 2);
	cr_expect_eq(number(db, "SELECT count(*) FROM b"), 0);
	cr_expect_eq(number(db, "SELECT group_concat(version, '')"
	    " = '127' FROM stile_migration WHERE owner = 'notes'"), 1);
	/* Without a callback, and without a place for the error. */
	cr_expect_eq(stile_migrate(db, "notes", three, NULL, NULL, NULL),
	    STILE_OK);
	stile_db_close(db);
}

Test(migrate, an_empty_table)
{
	static const struct stile_migration	none[] = { { 0 } };
	struct stile_db				*db;
	struct stile_error			 e;
	size_t					 pending = 9;

	db = open_db("sqlite::memory:", 0);
	cr_expect_eq(migrate(db, none, &e), STILE_OK);
	cr_expect_eq(status(db, none, &pending, &e), STILE_OK);
	cr_expect_eq(pending, 0);
	stile_db_close(db);
}

Test(migrate, changed_and_missing)
{
	static const struct stile_migration	changed[] = {
		{ 1, "one",
		    .sql = "CREATE TABLE a (x); INSERT INTO a VALUES (1);" },
		{ 2, "two",
		    .sql = "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = 3;" },
		{ 7, "seven", .sql = "CREATE TABLE b (x)" },
		{ 8, "eight", .sql = "nonsense" },
		{ 0 }
	}, renumbered[] = {
		{ 1, "one",
		    .sql = "CREATE TABLE a (x); INSERT INTO a VALUES (1);" },
		{ 3, "two",
		    .sql = "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = 2;" },
		{ 0 }
	}, late[] = {
		{ 1, "one",
		    .sql = "CREATE TABLE a (x); INSERT INTO a VALUES (1);" },
		{ 2, "two",
		    .sql = "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = 2;" },
		{ 5, "five", .sql = "CREATE TABLE c (x)" },
		{ 7, "seven",
		    .sql =
		    "CREATE TABLE b (x REFERENCES a (x));\n-- the end\n" },
		{ 0 }
	}, renamed[] = {
		{ 1, "uno",
		    .sql = "CREATE TABLE a (x); INSERT INTO a VALUES (1);" },
		{ 2, "due",
		    .sql = "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = 2;" },
		{ 7, "sette",
		    .sql =
		    "CREATE TABLE b (x REFERENCES a (x));\n-- the end\n" },
		{ 0 }
	};
	static const struct {
		const char			*name;
		const struct stile_migration	*m;
		enum stile_err			 code;
		const char			*error, *told;
	} cases[] = {
		{ "changed", changed, STILE_EINVAL,
		    "migration two of notes was changed after it had been "
		    "applied", "notes one applied, notes two changed" },
		{ "older program", one_only, STILE_EINVAL,
		    "migration two of notes is applied, but not in this "
		    "program", "notes one applied, notes two missing" },
		{ "another number", renumbered, STILE_EINVAL,
		    "migration two of notes is applied, but not in this "
		    "program", "notes one applied, notes two missing" },
		/* It would run in another order elsewhere. */
		{ "one between", late, STILE_EINVAL,
		    "migration five of notes comes before seven, which is "
		    "applied already; give it the next number", NULL },
		{ "another name", renamed, STILE_OK, "",
		    "notes uno applied, notes due applied, notes sette "
		    "applied" },
	};
	struct stile_db		*db = open_db("sqlite::memory:", 0);
	struct stile_error	 e;
	size_t			 i, pending;

	cr_assert_eq(migrate(db, three, &e), STILE_OK);
	for (i = 0; i < NELEM(cases); i++) {
		cr_expect_eq(status(db, cases[i].m, &pending, &e),
		    cases[i].code, "%s", cases[i].name);
		EXPECT_STR(e.detail, cases[i].error, "%s: status",
		    cases[i].name);
		if (cases[i].told != NULL)
			EXPECT_STR(told, cases[i].told, "%s", cases[i].name);
		cr_expect_eq(migrate(db, cases[i].m, &e), cases[i].code, "%s",
		    cases[i].name);
		EXPECT_STR(e.detail, cases[i].error, "%s: apply",
		    cases[i].name);
		EXPECT_STR(told, "", "%s: nothing was applied", cases[i].name);
		cr_expect_not(stile__db_in_transaction(db), "%s",
		    cases[i].name);
	}
	cr_expect_eq(number(db, "SELECT count(*) FROM stile_migration"), 3);
	stile_db_close(db);
}

Test(migrate, tables_that_are_none)
{
	static const struct stile_migration	backwards[] = {
		{ 2, "two",
		    .sql = "SELECT 1" }, { 1, "one", .sql = "SELECT 1" }, { 0 }
	}, twice[] = {
		{ 1, "one",
		    .sql = "SELECT 1" }, { 1, "two", .sql = "SELECT 1" }, { 0 }
	}, negative[] = {
		{ -1, "one", .sql = "SELECT 1" }, { 0 }
	}, no_name[] = {
		{ 1, NULL, .sql = "SELECT 1" }, { 0 }
	}, no_text[] = {
		{ 1, "one", .sql = NULL }, { 0 }
	};
	static const struct {
		const struct stile_migration	*m;
		const char			*says;
	} cases[] = {
		{ backwards, "migration 1 after 2" },
		{ twice, "migration 1 after 1" },
		{ negative, "migration -1 after 0" },
		{ no_name, "migration 1 after 0" },
		{ no_text, "migration 1 after 0" },
	};
	struct stile_db		*db = open_db("sqlite::memory:", 0);
	struct stile_error	 e;
	size_t			 i, pending;

	for (i = 0; i < NELEM(cases); i++) {
		cr_expect_eq(migrate(db, cases[i].m, &e), STILE_EINVAL,
		    "case %zu", i);
		cr_expect(strstr(e.detail, cases[i].says) != NULL,
		    "case %zu: %s", i, e.detail);
		cr_expect_eq(status(db, cases[i].m, &pending, &e),
		    STILE_EINVAL, "case %zu", i);
	}
	cr_expect_eq(number(db, "SELECT count(*) FROM sqlite_schema"), 0);
	stile_db_close(db);
}

/* Whatever ends it early: nothing of it stays, what came before does. */
Test(migrate, all_or_nothing)
{
	static const struct {
		const char	*name;
		const char	*sql;
		enum stile_err	 code;
		const char	*says;
	} cases[] = {
		{ "syntax", "CREATE TABLE c (x); CREATE TABEL d (x)",
		    STILE_EDB, "migration bad: sqlite:" },
		{ "constraint", "CREATE TABLE c (x UNIQUE);"
		    "INSERT INTO c VALUES (1), (1)", STILE_EUNIQUE,
		    "migration bad: sqlite:" },
		{ "COMMIT", "CREATE TABLE c (x); COMMIT; CREATE TABLE d (x)",
		    STILE_EINVAL, "migration bad: " },
		{ "COMMIT and BEGIN", "CREATE TABLE c (x); COMMIT; BEGIN;"
		    "CREATE TABLE d (x)", STILE_EINVAL, "migration bad: " },
		{ "ROLLBACK", "CREATE TABLE c (x); ROLLBACK;"
		    "CREATE TABLE d (x)", STILE_EINVAL, "migration bad: " },
		{ "END", "CREATE TABLE c (x); END TRANSACTION", STILE_EINVAL,
		    "migration bad: " },
		{ "BEGIN", "CREATE TABLE c (x); BEGIN", STILE_EINVAL,
		    "migration bad: " },
	};
	struct stile_error	e;
	size_t			i, pending;

	for (i = 0; i < NELEM(cases); i++) {
		struct stile_migration	m[] = {
			{ 1, "good", .sql = "CREATE TABLE good (x)" },
			{ 2, "bad", .sql = cases[i].sql },
			{ 3, "never", .sql = "CREATE TABLE never (x)" }, { 0 }
		};
		struct stile_db		*db = open_db("sqlite::memory:", 0);

		cr_expect_eq(migrate(db, m, &e), cases[i].code, "%s: %s",
		    cases[i].name, stile_err_name(e.code));
		cr_expect(strstr(e.detail, cases[i].says) != NULL, "%s: %s",
		    cases[i].name, e.detail);
		EXPECT_STR(told, "notes good applied", "%s", cases[i].name);
		cr_expect_not(stile__db_in_transaction(db), "%s",
		    cases[i].name);
		cr_expect_eq(number(db, "SELECT count(*) FROM sqlite_schema"
		    " WHERE name IN ('c', 'd', 'never')"), 0, "%s: %s",
		    cases[i].name, e.detail);
		cr_expect_eq(status(db, m, &pending, &e), STILE_OK);
		cr_expect_eq(pending, 2, "%s", cases[i].name);
		/* Repaired, it goes on where it stopped. */
		m[1].sql = "CREATE TABLE c (x); SAVEPOINT s;"
		    "CREATE TABLE d (x); RELEASE s";
		cr_expect_eq(migrate(db, m, &e), STILE_OK, "%s: %s",
		    cases[i].name, e.detail);
		EXPECT_STR(told, "notes bad applied, notes never applied",
		    "%s", cases[i].name);
		/* What is no migration may end a transaction as it likes. */
		cr_expect_eq(stile_db_script(db, "BEGIN; COMMIT", &e),
		    STILE_OK, "%s", e.detail);
		stile_db_close(db);
	}
}

Test(migrate, a_locked_database)
{
	struct tmp		 t;
	const char		*dsn;
	struct stile_db		*a, *b;
	struct stile_error	 e;

	tmp_make(&t);
	dsn = tmp_path(&t, "sqlite:", "x.db");
	a = open_db(dsn, 0);
	b = open_db(dsn, 0);
	cr_assert_eq(stile_db_script(a, "BEGIN IMMEDIATE", NULL), STILE_OK);
	cr_expect_eq(migrate(b, three, &e), STILE_EBUSY, "%s", e.detail);
	cr_assert_eq(stile_db_script(a, "COMMIT", NULL), STILE_OK);
	cr_expect_eq(migrate(b, three, &e), STILE_OK, "%s", e.detail);
	/* The other connection sees it. */
	cr_expect_eq(migrate(a, three, &e), STILE_OK, "%s", e.detail);
	EXPECT_STR(told, "", "nothing is left");
	stile_db_close(a);
	stile_db_close(b);
	tmp_remove(&t);
}

Test(migrate, two_owners)
{
	static const struct stile_migration	other[] = {
		{ 1, "one", .sql = "CREATE TABLE other (x)" }, { 0 }
	};
	struct stile_db		*db = open_db("sqlite::memory:", 0);
	struct stile_error	 e;
	size_t			 pending;

	cr_expect_eq(migrate(db, three, &e), STILE_OK);
	cr_expect_eq(stile_migrate_status(db, "blog", other, NULL, NULL,
	    &pending, &e), STILE_OK);
	cr_expect_eq(pending, 1);
	cr_expect_eq(stile_migrate(db, "blog", other, NULL, NULL, &e),
	    STILE_OK, "%s", e.detail);
	cr_expect_eq(status(db, three, &pending, &e), STILE_OK);
	cr_expect_eq(pending, 0);
	cr_expect_eq(number(db, "SELECT count(*) FROM stile_migration"), 4);
	cr_expect_eq(number(db, "SELECT count(*) FROM other"), 0);
	stile_db_close(db);
}

/* ---- down ---------------------------------------------------------------- */

static enum stile_err
migrate_to(struct stile_db *db, const struct stile_migration *m, int version,
    struct stile_error *e)
{
	*told = '\0';
	announced = true;
	*e = (struct stile_error){ 0 };
	return stile_migrate_to(db, "notes", m, version, tell, told, e);
}

/* In a plan, what begins to be applied is told as well. */
static void
tell_plan(void *arg, const char *owner, const char *name,
    enum stile_migration_state state, int64_t when)
{
	size_t	n = strlen(told);

	(void)arg;
	cr_expect(when == 0);
	cr_expect(state == STILE_MIGRATION_APPLYING ||
	    state == STILE_MIGRATION_UNDOING);
	EXPECT_STR(owner, "notes", "owner");
	snprintf(told + n, sizeof(told) - n, "%c%s ",
	    state == STILE_MIGRATION_APPLYING ? '+' : '-', name);
}

static enum stile_err
plan(struct stile_db *db, const struct stile_migration *m, int version,
    struct stile_error *e)
{
	*told = '\0';
	*e = (struct stile_error){ 0 };
	return stile_migrate_plan(db, "notes", m, version, tell_plan, told, e);
}

static const struct stile_migration	both_ways[] = {
	{ 1, "one", .sql = "CREATE TABLE a (x)", .down = "DROP TABLE a" },
	{ 3, "three", .sql = "CREATE TABLE b (x); INSERT INTO b VALUES (1)",
	    .pgsql = "nonsense", .down = "DROP TABLE b",
	    .pgsql_down = "nonsense" },
	{ 4, "four", .sql = "CREATE TABLE c (x)", .down = "DROP TABLE c" },
	{ 0 }
};

Test(migrate, up_and_down_to_a_version)
{
	static const struct {
		int		 to;
		const char	*plan, *told;
		int		 left;		/* tables */
	} cases[] = {
		{ 1, "+one ", "notes one applied", 1 },
		{ 1, "", "", 1 },
		{ 4, "+three +four ", "notes three applied, notes four "
		    "applied", 3 },
		{ 3, "-four ", "notes four undoing, notes four undone", 2 },
		{ 0, "-three -one ", "notes three undoing, notes three undone,"
		    " notes one undoing, notes one undone", 0 },
		{ 0, "", "", 0 },
		{ 3, "+one +three ", "notes one applied, notes three applied",
		    2 },
	};
	struct stile_db		*db = open_db("sqlite::memory:", 0);
	struct stile_error	 e;
	size_t			 i;
	int64_t			 before;

	for (i = 0; i < NELEM(cases); i++) {
		before = number(db, "SELECT count(*) FROM sqlite_schema");
		cr_expect_eq(plan(db, both_ways, cases[i].to, &e), STILE_OK,
		    "%zu: %s", i, e.detail);
		EXPECT_STR(told, cases[i].plan, "plan %zu", i);
		cr_expect_eq(number(db, "SELECT count(*) FROM sqlite_schema"),
		    before, "a plan changes nothing");
		cr_expect_eq(migrate_to(db, both_ways, cases[i].to, &e),
		    STILE_OK, "%zu: %s", i, e.detail);
		EXPECT_STR(told, cases[i].told, "%zu", i);
		cr_expect_eq(number(db, "SELECT count(*) FROM sqlite_schema"
		    " WHERE name IN ('a', 'b', 'c')"), cases[i].left, "%zu",
		    i);
		cr_expect_eq(number(db, "SELECT count(*) FROM"
		    " stile_migration"), cases[i].left, "%zu", i);
	}
	/* Without a callback, and without a place for the error. */
	cr_expect_eq(stile_migrate_to(db, "notes", both_ways, 0, NULL, NULL,
	    NULL), STILE_OK);
	cr_expect_eq(stile_migrate_plan(db, "notes", both_ways, 4, NULL, NULL,
	    NULL), STILE_OK);
	stile_db_close(db);
}

Test(migrate, no_way_down)
{
	static const struct stile_migration	one_way[] = {
		{ 1, "one", .sql = "CREATE TABLE a (x)" },
		{ 2, "two", .sql = "CREATE TABLE b (x)",
		    .pgsql_down = "DROP TABLE b" },
		{ 3, "three", .sql = "CREATE TABLE c (x)",
		    .down = "DROP TABLE c" },
		{ 0 }
	}, bad[] = {
		{ 1, "one", .sql = "CREATE TABLE a (x)" },
		{ 2, "two", .sql = "CREATE TABLE b (x)",
		    .down = "DROP TABLE b; DROP TABLE none" },
		{ 3, "three", .sql = "CREATE TABLE c (x)",
		    .down = "DROP TABLE c; COMMIT" },
		{ 0 }
	}, older[] = {
		{ 1, "one", .sql = "CREATE TABLE a (x)" }, { 0 }
	};
	static const struct {
		const char			*name;
		const struct stile_migration	*m;
		int				 to;
		enum stile_err			 code;
		const char			*says;
		int				 left;
	} cases[] = {
		/* Looked at before anything is done: three is still there. */
		{ "nothing says how", one_way, 1, STILE_EINVAL, "migration two "
		    "of notes cannot be undone: nothing says how", 3 },
		{ "no such version", one_way, 7, STILE_EINVAL, "notes has no "
		    "migration 7", 3 },
		{ "below zero", one_way, -1, STILE_EINVAL, "notes has no "
		    "migration -1", 3 },
		{ "not in this program", older, 0, STILE_EINVAL, "migration "
		    "two of notes is applied, but not in this program", 3 },
		{ "one that commits", bad, 2, STILE_EINVAL, "migration three: "
		    "it must not begin or end a transaction", 3 },
		{ "those that can be", one_way, 2, STILE_OK, "", 2 },
		{ "one that fails", bad, 1, STILE_EDB, "migration two: sqlite:"
		    ":memory:: no such table: none", 2 },
	};
	struct stile_db		*db = open_db("sqlite::memory:", 0);
	struct stile_error	 e;
	size_t			 i;

	cr_assert_eq(migrate(db, one_way, &e), STILE_OK);
	for (i = 0; i < NELEM(cases); i++) {
		cr_expect_eq(migrate_to(db, cases[i].m, cases[i].to, &e),
		    cases[i].code, "%s: %s", cases[i].name, e.detail);
		EXPECT_STR(e.detail, cases[i].says, "%s", cases[i].name);
		cr_expect_eq(number(db, "SELECT count(*) FROM"
		    " stile_migration"), cases[i].left, "%s", cases[i].name);
		cr_expect_eq(number(db, "SELECT count(*) FROM sqlite_schema"
		    " WHERE name IN ('a', 'b', 'c')"), cases[i].left, "%s",
		    cases[i].name);
		cr_expect_not(stile__db_in_transaction(db));
	}
	stile_db_close(db);
}

#define PROCESSES	10

/* One that counts: a second run of it would show. */
static const struct stile_migration	counting[] = {
	{ 1, "one", .sql = "CREATE TABLE n (i); INSERT INTO n VALUES (0)" },
	{ 2, "two", .sql = "UPDATE n SET i = i + 1" },
	{ 3, "three", .sql = "UPDATE n SET i = i + 10" },
	{ 4, "four", .sql = "UPDATE n SET i = i + 100" },
	{ 0 }
};

static void
count_applied(void *arg, const char *owner, const char *name,
    enum stile_migration_state state, int64_t when)
{
	int	*n = arg;

	(void)owner;
	(void)name;
	(void)when;
	*n += state == STILE_MIGRATION_APPLIED;
}

/* All wait at one pipe and start together; the sum of their work is one run. */
Test(migrate, ten_processes_start_together, .timeout = 120)
{
	struct tmp	 t;
	const char	*dsn;
	struct stile_db	*db;
	int		 start[2], st, i, round, applied, sum;
	char		 c;

	for (round = 0; round < 3; round++) {
		tmp_make(&t);
		dsn = tmp_path(&t, "sqlite:", "x.db");
		cr_assert_eq(pipe2(start, O_CLOEXEC), 0);
		for (i = 0; i < PROCESSES; i++)
			if (fork() == 0) {
				close(start[1]);
				if (read(start[0], &c, 1) != 0)
					_exit(100);
				applied = 0;
				if (stile_db_open(dsn, STILE_DB_CREATE, 30000,
				    &db, NULL) != STILE_OK)
					_exit(101);
				if (stile_migrate(db, "notes", counting,
				    count_applied, &applied, NULL) != STILE_OK)
					_exit(102);
				stile_db_close(db);
				_exit(applied);
			}
		close(start[0]);
		close(start[1]);
		for (i = sum = 0; i < PROCESSES; i++) {
			cr_assert_gt(wait(&st), 0);
			cr_expect(WIFEXITED(st) && WEXITSTATUS(st) <= 4,
			    "round %d: status %x", round, (unsigned)st);
			sum += WEXITSTATUS(st);
		}
		cr_expect_eq(sum, 4, "round %d: %d were applied", round, sum);
		db = open_db(dsn, 0);
		cr_expect_eq(number(db, "SELECT i FROM n"), 111);
		cr_expect_eq(number(db, "SELECT count(*) FROM stile_migration"),
		    4);
		stile_db_close(db);
		tmp_remove(&t);
	}
}
