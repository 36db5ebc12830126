/* SPDX-License-Identifier: ISC */
/* lib/data/dump.c, load.c, admin.c: rows go out and come back as they were. */
#include "app.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "stile/admin.h"
#include "stile/migrate.h"
#include "data/db.h"
#include "data/dump.h"

#define DUMP_MAX	(1024 * 1024)

/* Whatever makes a table hard to move. */
static const struct stile_migration	hard[] = {
	{ 1, "0001_hard", .sql =
	    /* Refers to itself, and in a circle with b; not in their order. */
	    "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT,"
	    " up INTEGER REFERENCES a (id) ON DELETE RESTRICT,"
	    " b INTEGER REFERENCES b (id));"
	    "CREATE TABLE b (id INTEGER PRIMARY KEY,"
	    " a INTEGER NOT NULL REFERENCES a (id));"
	    /* Before its parent by name. */
	    "CREATE TABLE aa (t INTEGER REFERENCES z (id)) STRICT;"
	    "CREATE TABLE z (id INTEGER PRIMARY KEY, x BLOB, j JSON,"
	    " t TIMESTAMP, b BOOLEAN, r REAL, s TEXT,"
	    " g INTEGER GENERATED ALWAYS AS (id * 2) STORED,"
	    " v TEXT AS (s || '!'), any_thing);"
	    "CREATE TABLE \"odd \"\"name\" (\"a \"\"b\" TEXT, \"?:x\" INTEGER,"
	    " PRIMARY KEY (\"?:x\", \"a \"\"b\")) WITHOUT ROWID;"
	    "CREATE VIRTUAL TABLE words USING fts5(s, content='z',"
	    " content_rowid='id');"
	    "CREATE VIRTUAL TABLE words_row USING fts5vocab('words', 'row');"
	    "CREATE TRIGGER z_words AFTER INSERT ON z BEGIN"
	    " INSERT INTO words (rowid, s) VALUES (new.id, new.s);"
	    " INSERT INTO fired VALUES (new.id); END;"
	    "CREATE TABLE fired (id INTEGER);"
	    "CREATE VIEW all_z AS SELECT * FROM z;" },
	{ 0 }
};

/* A trigger may write to FTS5 only where the schema is trusted. */
static const char	rows[] =
    "PRAGMA trusted_schema = ON; PRAGMA foreign_keys = OFF;"
    "INSERT INTO a VALUES (1, NULL, NULL), (5, 9, NULL), (9, 9, 3);"
    "INSERT INTO a VALUES (70, NULL, NULL); DELETE FROM a WHERE id = 70;"
    "INSERT INTO b VALUES (3, 9);"
    "INSERT INTO z (id, x, j, t, b, r, s, any_thing) VALUES"
    " (9223372036854775807, x'', '{\"b\": 1e2,  \"a\":[123456789012345678901"
    "]}', 0, 1, 0.1, 'word ' || char(0, 128512, 10, 34, 92, 127), 1.0),"
    " (-9223372036854775808, x'00ff10', '\"\"', -62167219200000, 0, -0.0,"
    " '', 'text'),"
    " (3, NULL, 'no json', 253402300799999, 7, 1e308 * 10, NULL, x'41'),"
    " (4, 'text', 5, 253402300800000, NULL, -1e308 * 10, 'x', 5),"
    " (5, 5, NULL, 'never', 'maybe', 5e-324, 'x', NULL),"
    " (6, NULL, x'41', 1763856000123, 1, NULL, 'x', NULL),"
    " (7, NULL, NULL, NULL, 1, 0.1 + 0.2, 'other', 1e15);"
    "INSERT INTO aa VALUES (7), (NULL), (7);"
    "INSERT INTO \"odd \"\"name\" VALUES ('z', 1), ('a', 2), ('', -1);"
    "DELETE FROM fired;"
    "PRAGMA foreign_keys = ON";

static const char	dumped[] =
    "{\"stile\":1,\"app\":\"hard\",\"engine\":\"sqlite\",\"migrations\":"
    "[[\"hard\",1,\"0001_hard\"]]}\n"
    "{\"table\":\"b\",\"columns\":[\"id\",\"a\"]}\n"
    "[3,9]\n"
    "{\"table\":\"a\",\"columns\":[\"id\",\"up\",\"b\"],\"last\":{\"id\":70}}\n"
    "[1,null,null]\n"
    "[5,9,null]\n"
    "[9,9,3]\n"
    "{\"table\":\"z\",\"columns\":[\"id\",\"x\",\"j\",\"t\",\"b\",\"r\",\"s\","
    "\"any_thing\"]}\n"
    "[-9223372036854775808,{\"blob\":\"AP8Q\"},{\"json\":\"\\\"\\\"\"},"
    "{\"time\":\"0000-01-01T00:00:00.000Z\"},false,0.0,\"\",\"text\"]\n"
    "[3,null,{\"json\":\"no json\"},{\"time\":\"9999-12-31T23:59:59.999Z\"},7,"
    "{\"number\":\"Infinity\"},null,{\"blob\":\"QQ==\"}]\n"
    "[4,\"text\",5,253402300800000,null,{\"number\":\"-Infinity\"},\"x\",5]\n"
    "[5,5,null,\"never\",\"maybe\",4.94065645841247e-324,\"x\",-1.5e-300]\n"
    "[6,null,{\"blob\":\"QQ==\"},{\"time\":\"2025-11-23T00:00:00.123Z\"},true,"
    "1.7976931348623157e+308,\"x\",null]\n"
    "[7,null,null,null,true,0.30000000000000004,\"other\",1e+15]\n"
    "[9223372036854775807,{\"blob\":\"\"},{\"json\":\"{\\\"b\\\": 1e2,  "
    "\\\"a\\\":[123456789012345678901]}\"},{\"time\":\"1970-01-01T00:00:00.000Z"
    "\"},true,0.1,\"word \\u0000\xf0\x9f\x98\x80\\n\\\"\\\\\x7f\",1.0]\n"
    "{\"table\":\"aa\",\"columns\":[\"t\"]}\n"
    "[7]\n"
    "[null]\n"
    "[7]\n"
    "{\"table\":\"fired\",\"columns\":[\"id\"]}\n"
    "{\"table\":\"odd \\\"name\",\"columns\":[\"a \\\"b\",\"?:x\"]}\n"
    "[\"\",-1]\n"
    "[\"z\",1]\n"
    "[\"a\",2]\n"
    "{\"rows\":17}\n";

static struct stile_db *
open_db(const char *dsn)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;

	cr_assert_eq(stile_db_open(dsn, STILE_DB_CREATE, 1000, &db, &e),
	    STILE_OK, "%s", e.detail);
	return db;
}

static struct stile_db *
open_hard(const char *dsn, const char *sql)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db = open_db(dsn);

	cr_assert_eq(stile_migrate(db, "hard", hard, NULL, NULL, &e), STILE_OK,
	    "%s", e.detail);
	cr_assert_eq(stile_db_script(db, sql, &e), STILE_OK, "%s", e.detail);
	/* Bound: valgrind has no long double, with which SQLite reads these. */
	cr_assert_eq(stile_db_exec(db, "UPDATE z SET any_thing = ?"
	    " WHERE id = 5", STILE_ARGS(-1.5e-300), NULL, &e), STILE_OK);
	cr_assert_eq(stile_db_exec(db, "UPDATE z SET r = ? WHERE id = 6",
	    STILE_ARGS(1.7976931348623157e308), NULL, &e), STILE_OK);
	return db;
}

static int64_t
number(struct stile_db *db, const char *sql)
{
	struct stile_error	 e = { 0 };
	struct stile_stmt	*st;
	int64_t			 v = -1;

	if (stile_db_query(db, sql, STILE_NOARGS, &st, &e) == STILE_OK) {
		if (stile_stmt_step(st, &e) == 1)
			v = stile_stmt_value(st, 0).u.i;
		stile_stmt_done(st);
	}
	cr_expect_eq(e.code, STILE_OK, "%s: %s", sql, e.detail);
	return v;
}

static enum stile_err
dump(struct stile_db *db, char out[DUMP_MAX], struct stile_error *e)
{
	int		fd = memfd_create("dump", MFD_CLOEXEC);
	enum stile_err	rc;
	ssize_t		n;

	*e = (struct stile_error){ 0 };
	rc = stile_db_dump(db, "hard", fd, NULL, NULL, e);
	n = pread(fd, out, DUMP_MAX - 1, 0);
	out[n > 0 ? n : 0] = '\0';
	close(fd);
	return rc;
}

static enum stile_err
load(struct stile_db *db, const char *text, size_t n, bool replace,
    struct stile_error *e)
{
	int		fd = memfd_create("load", MFD_CLOEXEC);
	enum stile_err	rc;

	*e = (struct stile_error){ 0 };
	cr_assert_eq(pwrite(fd, text, n, 0), (ssize_t)n);
	rc = stile_db_load(db, fd, replace, NULL, NULL, e);
	close(fd);
	return rc;
}

static char	got[DUMP_MAX];

Test(dump, all_that_is_hard)
{
	struct stile_db		*from = open_hard("sqlite::memory:", rows);
	struct stile_db		*to = open_hard("sqlite::memory:", "");
	struct stile_error	 e;
	int			 i;

	cr_expect_eq(dump(from, got, &e), STILE_OK, "%s", e.detail);
	EXPECT_STR(got, dumped, "dump");
	/* The second time, rows are there already. */
	for (i = 0; i < 2; i++) {
		cr_expect_eq(load(to, dumped, sizeof(dumped) - 1, i == 1, &e),
		    STILE_OK, "%s", e.detail);
		cr_expect_eq(dump(to, got, &e), STILE_OK, "%s", e.detail);
		EXPECT_STR(got, dumped, "dump of what was loaded, %d", i);
		cr_expect_eq(number(to, "SELECT count(*) FROM z WHERE"
		    " g = id * 2 OR abs(id) > 100"), 7);
		cr_expect_eq(number(to, "SELECT rowid FROM words WHERE"
		    " words MATCH 'other'"), 7, "the index is made again");
		cr_expect_eq(number(to, "SELECT count(*) FROM words WHERE"
		    " words MATCH 'x'"), 3);
		cr_expect_eq(number(to, "PRAGMA foreign_keys"), 1);
	}
	/* Numbers that were given are not given again. */
	cr_expect_eq(number(to, "INSERT INTO a (up) VALUES (NULL)"
	    " RETURNING id"), 71);
	/* Triggers fire again. */
	cr_expect_eq(stile_db_script(to, "PRAGMA trusted_schema = ON;"
	    "INSERT INTO z (id, s) VALUES (100, 'again')", &e), STILE_OK,
	    "%s", e.detail);
	cr_expect_eq(number(to, "SELECT id FROM fired"), 100);
	cr_expect_eq(load(to, dumped, sizeof(dumped) - 1, false, &e),
	    STILE_EEXIST);
	cr_expect(strstr(e.detail, " has rows already") != NULL, "%s",
	    e.detail);
	stile_db_close(from);
	stile_db_close(to);
}

/* A table's number of last is taken back as well, with nothing in it. */
Test(dump, replaces_sequences)
{
	struct stile_db		*db = open_hard("sqlite::memory:", rows);
	struct stile_error	 e;
	static char		 empty[DUMP_MAX];
	struct stile_db		*none = open_hard("sqlite::memory:", "");

	cr_expect_eq(dump(none, empty, &e), STILE_OK);
	cr_expect_eq(load(db, empty, strlen(empty), true, &e), STILE_OK, "%s",
	    e.detail);
	cr_expect_eq(dump(db, got, &e), STILE_OK);
	EXPECT_STR(got, empty, "as if nothing had been");
	cr_expect_eq(number(db, "INSERT INTO a (up) VALUES (NULL)"
	    " RETURNING id"), 1);
	/* And is there where no row is. */
	cr_expect_eq(stile_db_script(none, "INSERT INTO a (id) VALUES (41);"
	    "DELETE FROM a", &e), STILE_OK);
	cr_expect_eq(dump(none, empty, &e), STILE_OK);
	cr_expect_eq(load(db, empty, strlen(empty), true, &e), STILE_OK, "%s",
	    e.detail);
	cr_expect_eq(number(db, "INSERT INTO a (up) VALUES (NULL)"
	    " RETURNING id"), 42);
	stile_db_close(db);
	stile_db_close(none);
}

#define HEAD	"{\"stile\":1,\"app\":\"hard\",\"engine\":\"sqlite\"," \
		"\"migrations\":[[\"hard\",1,\"0001_hard\"]]}\n"
#define AA	"{\"table\":\"aa\",\"columns\":[\"t\"]}\n"
#define B	"{\"table\":\"b\",\"columns\":[\"id\",\"a\"]}\n"
#define Z(c)	"{\"table\":\"z\",\"columns\":[\"" c "\"]}\n"

Test(dump, what_is_not_loaded)
{
	static const struct {
		const char	*text;
		enum stile_err	 code;
		const char	*says;
	} cases[] = {
		{ "", STILE_ESYNTAX, "line 1: the dump ends before its last "
		    "line" },
		{ "\n", STILE_ESYNTAX, "line 1: json: byte 1: a value is "
		    "expected" },
		{ "[]\n", STILE_ESYNTAX, "line 1: this is not the beginning "
		    "of a dump" },
		{ "{}\n", STILE_ESYNTAX, "line 1: this is not the beginning "
		    "of a dump" },
		{ "{\"stile\":2,\"migrations\":[]}", STILE_ENOSYS, "line 1: a "
		    "dump of version 2; this program knows version 1" },
		{ "{\"stile\":1,\"migrations\":[]}", STILE_EINVAL, "line 1: "
		    "other migrations are applied here: the dump has none "
		    "next, the database hard 0001_hard" },
		{ "{\"stile\":1,\"migrations\":[[\"hard\",1,\"0001_hard\"],"
		    "[\"hard\",2,\"0002_x\"]]}", STILE_EINVAL, "line 1: other "
		    "migrations are applied here: the dump has hard 0002_x "
		    "next, the database none" },
		{ "{\"stile\":1,\"migrations\":[5]}", STILE_EINVAL, "line 1: "
		    "other migrations are applied here: the dump has none "
		    "next, the database hard 0001_hard" },
		{ "{\"stile\":1,\"migrations\":[[5,null,null]]}",
		    STILE_EINVAL, "line 1: other migrations are applied here"
		    ": the dump has none next, the database hard 0001_hard" },
		{ HEAD, STILE_ESYNTAX, "line 2: the dump ends before its last "
		    "line" },
		{ HEAD "[1]\n", STILE_ESYNTAX, "line 2: a row before the first "
		    "table" },
		{ HEAD "5\n", STILE_ESYNTAX, "line 2: a table or a row is "
		    "expected" },
		{ HEAD "{}\n", STILE_ESYNTAX, "line 2: a table with its "
		    "columns is expected" },
		{ HEAD "{\"table\":\"none\",\"columns\":[]}\n",
		    STILE_ENOTFOUND, "line 2: there is no table none here" },
		{ HEAD "{\"table\":\"stile_migration\",\"columns\":[]}\n",
		    STILE_ENOTFOUND, "line 2: there is no table "
		    "stile_migration here" },
		{ HEAD "{\"table\":\"words\",\"columns\":[\"s\"]}\n",
		    STILE_ENOTFOUND, "line 2: there is no table words here" },
		{ HEAD Z("none"), STILE_ENOTFOUND, "line 2: table z: the "
		    "table has no column none that can be written" },
		{ HEAD Z("g"), STILE_ENOTFOUND, "line 2: table z: the table "
		    "has no column g that can be written" },
		{ HEAD Z("id\",\"id"), STILE_ESYNTAX, "line 2: table z: column "
		    "id comes twice" },
		{ HEAD "{\"table\":\"z\",\"columns\":[5,null]}\n",
		    STILE_ENOTFOUND, "line 2: table z: the table has no column "
		    "5 that can be written" },
		{ HEAD AA AA, STILE_ESYNTAX, "line 3: table aa: the table "
		    "comes twice" },
		{ HEAD "{\"table\":\"aa\",\"columns\":[\"t\"],\"last\":{\"t\":"
		    "\"x\"}}\n", STILE_ESYNTAX, "line 2: table aa: last: t is "
		    "no column with numbers" },
		{ HEAD AA "[1,2]\n", STILE_ESYNTAX, "line 3: table aa: 2 "
		    "values for 1 columns" },
		{ HEAD AA "[]\n", STILE_ESYNTAX, "line 3: table aa: 0 values "
		    "for 1 columns" },
		{ HEAD AA "[1\n", STILE_ESYNTAX, "line 3: table aa: json: "
		    "byte 3: ',' or ']' is expected" },
		{ HEAD AA "[9223372036854775808]\n", STILE_ERANGE, "line 3: "
		    "table aa: json: byte 2: an integer outside 64 bits" },
		{ HEAD AA "[[1]]\n", STILE_ESYNTAX, "line 3: table aa: column "
		    "t: not a value of a dump" },
		{ HEAD AA "[{}]\n", STILE_ESYNTAX, "line 3: table aa: column "
		    "t: not a value of a dump" },
		{ HEAD AA "[{\"blob\":\"*\"}]\n", STILE_ESYNTAX, "line 3: "
		    "table aa: column t: not a value of a dump" },
		{ HEAD AA "[{\"blob\":5}]\n", STILE_ESYNTAX, "line 3: table "
		    "aa: column t: not a value of a dump" },
		{ HEAD AA "[{\"time\":\"now\"}]\n", STILE_ESYNTAX, "line 3: "
		    "table aa: column t: not a value of a dump" },
		{ HEAD AA "[{\"number\":\"5\"}]\n", STILE_ESYNTAX, "line 3: "
		    "table aa: column t: not a value of a dump" },
		{ HEAD AA "[{\"blob\":\"\",\"time\":\"\"}]\n", STILE_ESYNTAX,
		    "line 3: table aa: column t: not a value of a dump" },
		/* What the database says of it. */
		{ HEAD AA "[\"text\"]\n", STILE_ECONSTRAINT, "line 3: table "
		    "aa: sqlite::memory:: cannot store TEXT value in INTEGER "
		    "column aa.t" },
		{ HEAD B "[1,1]\n[1,1]\n", STILE_EUNIQUE, "line 4: table b: "
		    "sqlite::memory:: UNIQUE constraint failed: b.id" },
		{ HEAD B "[1,null]\n", STILE_ENOTNULL, "line 3: table b: "
		    "sqlite::memory:: NOT NULL constraint failed: b.a" },
		/* It is looked at when all rows are there. */
		{ HEAD AA "[1]\n{\"rows\":1}\n", STILE_EFOREIGN, "a row of "
		    "table aa refers to a row of table z that is not there" },
		{ HEAD AA "[null]\n{\"rows\":2}\n", STILE_ESYNTAX, "line 4: "
		    "the dump had 2 rows, and 1 have come" },
		{ HEAD AA "[null]\n", STILE_ESYNTAX, "line 4: table aa: the "
		    "dump ends before its last line" },
		{ HEAD "{\"rows\":0}\n\n", STILE_ESYNTAX, "line 3: something "
		    "behind the end of the dump" },
		{ HEAD "{\"rows\":0}\n" AA, STILE_ESYNTAX, "line 3: something "
		    "behind the end of the dump" },
	};
	struct stile_db		*db = open_hard("sqlite::memory:", "");
	struct stile_error	 e;
	static char		 before[DUMP_MAX];
	size_t			 i;

	/* What was there is still there, also where it was to be replaced. */
	cr_expect_eq(load(db, HEAD Z("id") "[5]\n{\"rows\":1}", strlen(HEAD
	    Z("id") "[5]\n{\"rows\":1}"), false, &e), STILE_OK, "%s",
	    e.detail);
	cr_expect_eq(dump(db, before, &e), STILE_OK);
	for (i = 0; i < NELEM(cases); i++) {
		cr_expect_eq(load(db, cases[i].text, strlen(cases[i].text),
		    true, &e), cases[i].code, "%zu: %s", i,
		    stile_err_name(e.code));
		EXPECT_STR(e.detail, cases[i].says, "%zu", i);
		cr_expect_not(stile__db_in_transaction(db), "%zu", i);
		cr_expect_eq(number(db, "PRAGMA foreign_keys"), 1, "%zu", i);
		cr_expect_eq(dump(db, got, &e), STILE_OK);
		EXPECT_STR(got, before, "%zu: nothing was changed", i);
	}
	stile_db_close(db);
}

/* Cut anywhere, it is not loaded; and a last line need not have its end. */
Test(dump, a_dump_that_is_cut)
{
	struct stile_db		*db = open_hard("sqlite::memory:", "");
	struct stile_error	 e;
	size_t			 n;

	for (n = 0; n < sizeof(dumped) - 3; n += n < 300 ? 1 : 37) {
		cr_expect_lt(load(db, dumped, n, false, &e), STILE_OK,
		    "%zu bytes", n);
		cr_expect_eq(strncmp(e.detail, "line ", 5), 0, "%s", e.detail);
	}
	cr_expect_eq(number(db, "SELECT (SELECT count(*) FROM a) +"
	    " (SELECT count(*) FROM z) + (SELECT count(*) FROM aa)"), 0);
	cr_expect_eq(load(db, dumped, sizeof(dumped) - 2, false, &e), STILE_OK,
	    "%s", e.detail);
	stile_db_close(db);
}

Test(dump, what_is_not_dumped)
{
	static const struct {
		const char	*sql, *says;
		enum stile_err	 code;
	} cases[] = {
		{ "PRAGMA trusted_schema = ON; INSERT INTO z (id, s)"
		    " VALUES (1, CAST(x'ff' AS TEXT))",
		    "table z, column s: a text that is not UTF-8",
		    STILE_ESYNTAX },
		{ "CREATE VIRTUAL TABLE own USING fts5(x);"
		    "INSERT INTO own VALUES ('x')", "table own is a virtual "
		    "one with rows of its own, which a dump does not have",
		    STILE_ENOSYS },
		{ "CREATE VIRTUAL TABLE own USING fts5(x, content = '');"
		    "INSERT INTO own (rowid, x) VALUES (1, 'x')", "table own "
		    "is a virtual one with rows of its own, which a dump does "
		    "not have", STILE_ENOSYS },
		{ "CREATE VIRTUAL TABLE own USING fts5(x)", "", STILE_OK },
	};
	struct stile_db		*db;
	struct stile_error	 e;
	size_t			 i;
	int			 fd;

	for (i = 0; i < NELEM(cases); i++) {
		db = open_hard("sqlite::memory:", cases[i].sql);
		cr_expect_eq(dump(db, got, &e), cases[i].code, "%zu", i);
		EXPECT_STR(e.detail, cases[i].says, "%zu", i);
		cr_expect_not(stile__db_in_transaction(db));
		stile_db_close(db);
	}
	db = open_hard("sqlite::memory:", "");
	e = (struct stile_error){ 0 };
	fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
	cr_expect_eq(stile_db_dump(db, "hard", fd, NULL, NULL, &e), STILE_EIO);
	EXPECT_STR(e.detail, "the dump cannot be written: No space left on "
	    "device", "full");
	close(fd);
	e = (struct stile_error){ 0 };
	cr_expect_eq(stile_db_load(db, -1, false, NULL, NULL, &e), STILE_EIO);
	EXPECT_STR(e.detail, "line 1: Bad file descriptor", "no file");
	/* In someone's transaction they would be a part of it. */
	cr_assert_eq(stile_db_script(db, "BEGIN", NULL), STILE_OK);
	cr_expect_eq(dump(db, got, &e), STILE_EINVAL);
	cr_expect_eq(load(db, dumped, sizeof(dumped) - 1, true, &e),
	    STILE_EINVAL);
	cr_expect_eq(stile_db_backup(db, "/none", 0, NULL, NULL, NULL),
	    STILE_EINVAL);
	cr_expect(stile__db_in_transaction(db));
	stile_db_close(db);
}

/* Whatever allocation fails: an error, or all of it. */
Test(dump, without_memory, .timeout = 120)
{
	struct stile_db		*from = open_hard("sqlite::memory:", rows);
	struct stile_db		*to = open_hard("sqlite::memory:", "");
	struct stile_error	 e;
	enum stile_err		 rc;
	long			 n;

	for (n = 1, rc = STILE_ENOMEM; rc != STILE_OK && n < 5000; n++) {
		stile__fail_after = n;
		rc = dump(from, got, &e);
		stile__fail_after = 0;
		cr_expect(rc == STILE_OK || rc == STILE_ENOMEM, "%ld: %s", n,
		    e.detail);
	}
	cr_expect_eq(rc, STILE_OK);
	EXPECT_STR(got, dumped, "in the end");
	for (n = 1, rc = STILE_ENOMEM; rc != STILE_OK && n < 5000; n++) {
		stile__fail_after = n;
		rc = load(to, dumped, sizeof(dumped) - 1, false, &e);
		stile__fail_after = 0;
		cr_expect_neq(e.code, STILE_EINVAL, "%ld: %s", n, e.detail);
	}
	cr_expect_eq(rc, STILE_OK);
	cr_expect_eq(dump(to, got, &e), STILE_OK);
	EXPECT_STR(got, dumped, "loaded in the end");
	stile_db_close(from);
	stile_db_close(to);
}

/* ---- backup and check ---------------------------------------------------- */

static uint64_t	seen_done, seen_total;

static void
see_progress(void *arg, uint64_t done, uint64_t total)
{
	cr_expect(arg == got);
	cr_expect(done >= seen_done);
	seen_done = done;
	seen_total = total;
}

static int
files_in(const char *folder)
{
	char	command[300];
	FILE	*f;
	int	n = -1;
	char	line[40];

	snprintf(command, sizeof(command), "ls -A '%s' | wc -l", folder);
	f = popen(command, "r");
	if (f != NULL && fgets(line, sizeof(line), f) != NULL)
		n = (int)strtol(line, NULL, 10);
	if (f != NULL)
		pclose(f);
	return n;
}

Test(backup, while_another_one_writes)
{
	static const unsigned	flags[] = { 0, STILE_BACKUP_COMPACT };
	struct tmp		t;
	struct stile_error	e = { 0 };
	struct stile_db		*db, *copy;
	struct stat		st;
	const char		*path;
	size_t			i;

	tmp_make(&t);
	db = open_hard(tmp_path(&t, "sqlite:", "x.db"), rows);
	cr_assert_eq(stile_db_script(db, "CREATE TABLE big (x);"
	    "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c"
	    " WHERE i < 3000) INSERT INTO big SELECT randomblob(1000) FROM c",
	    &e), STILE_OK, "%s", e.detail);
	umask(0);
	for (i = 0; i < NELEM(flags); i++) {
		path = tmp_path(&t, "", "copy");
		seen_done = seen_total = 0;
		cr_expect_eq(stile_db_backup(db, path, flags[i], see_progress,
		    got, &e), STILE_OK, "%s", e.detail);
		if (flags[i] == 0)
			cr_expect(seen_done == seen_total && seen_total > 700);
		cr_expect_eq(stat(path, &st), 0);
		cr_expect_eq(st.st_mode & 07777, 0600);
		copy = open_db(tmp_path(&t, "sqlite:", "copy"));
		cr_expect_eq(number(copy, "SELECT count(*) FROM big"), 3000);
		cr_expect_eq(number(copy, "SELECT count(*) FROM z"), 7);
		stile_db_close(copy);
		/* It is not written over, unless that is wanted. */
		cr_expect_eq(stile_db_backup(db, path, flags[i], NULL, NULL,
		    &e), STILE_EEXIST);
		cr_expect(strstr(e.detail, "/copy: File exists") != NULL,
		    "%s", e.detail);
		e = (struct stile_error){ 0 };
		cr_expect_eq(stile_db_script(db, "DELETE FROM big WHERE"
		    " rowid > 2999", &e), STILE_OK);
		cr_expect_eq(stile_db_backup(db, path, flags[i] |
		    STILE_BACKUP_REPLACE, NULL, NULL, &e), STILE_OK, "%s",
		    e.detail);
		copy = open_db(tmp_path(&t, "sqlite:", "copy"));
		cr_expect_eq(number(copy, "SELECT count(*) FROM big"), 2999);
		stile_db_close(copy);
		cr_assert_eq(stile_db_script(db, "INSERT INTO big VALUES (1)",
		    &e), STILE_OK);
		cr_assert_eq(unlink(path), 0);
	}
	stile_db_close(db);
	tmp_remove(&t);
}

/* With no room, in no folder: nothing stays. */
Test(backup, that_cannot_be_made)
{
	struct rlimit		old, small;
	struct tmp		t;
	struct stile_error	e = { 0 };
	struct stile_db		*db;
	const char		*path;
	int			before;

	tmp_make(&t);
	db = open_hard(tmp_path(&t, "sqlite:", "x.db"), rows);
	path = tmp_path(&t, "", "copy");
	before = files_in(t.dir);
	cr_expect_eq(stile_db_backup(db, "/none/copy", 0, NULL, NULL, &e),
	    STILE_EIO);
	EXPECT_STR(e.detail, "/none/copy: No such file or directory", "none");
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 20000;
	setrlimit(RLIMIT_FSIZE, &small);
	e = (struct stile_error){ 0 };
	cr_expect_lt(stile_db_backup(db, path, 0, NULL, NULL, &e), STILE_OK);
	cr_expect_neq(*e.detail, '\0');
	e = (struct stile_error){ 0 };
	cr_expect_lt(stile_db_backup(db, path, STILE_BACKUP_COMPACT, NULL,
	    NULL, &e), STILE_OK);
	cr_expect_neq(*e.detail, '\0');
	setrlimit(RLIMIT_FSIZE, &old);
	cr_expect_eq(files_in(t.dir), before, "nothing is left");
	stile_db_close(db);
	tmp_remove(&t);
}

static void
note_problem(void *arg, const char *problem)
{
	size_t	n = strlen(arg);

	snprintf((char *)arg + n, DUMP_MAX - n, "%s\n", problem);
}

Test(check, rows_that_refer_to_nothing)
{
	struct stile_db		*db = open_hard("sqlite::memory:", rows);
	struct stile_error	 e = { 0 };
	size_t			 n = 9;

	*got = '\0';
	cr_expect_eq(stile_db_check(db, note_problem, got, &n, &e), STILE_OK,
	    "%s", e.detail);
	cr_expect_eq(n, 0);
	EXPECT_STR(got, "", "all is well");
	cr_assert_eq(stile_db_script(db, "PRAGMA foreign_keys = OFF;"
	    "INSERT INTO b VALUES (77, 78);"
	    "INSERT INTO aa VALUES (79)", &e), STILE_OK);
	cr_expect_eq(stile_db_check(db, note_problem, got, &n, &e), STILE_OK);
	cr_expect_eq(n, 2);
	cr_expect(strstr(got, "table b, row 77: refers to a row of a that is "
	    "not there\n") != NULL, "%s", got);
	cr_expect(strstr(got, "table aa, row 4: refers to a row of z that is "
	    "not there\n") != NULL, "%s", got);
	cr_expect_eq(stile_db_check(db, NULL, NULL, &n, NULL), STILE_OK);
	cr_expect_eq(n, 2);
	stile_db_close(db);
}

/* An index whose pages are gone: a file that SQLite still opens. */
Test(check, a_damaged_file)
{
	struct tmp		t;
	struct stile_error	e = { 0 };
	struct stile_db		*db;
	size_t			n = 0;
	enum stile_err		rc;
	int			fd;
	char			junk[4096];

	tmp_make(&t);
	db = open_db(tmp_path(&t, "sqlite:", "x.db"));
	cr_assert_eq(stile_db_script(db, "CREATE TABLE t (x);"
	    "CREATE INDEX i ON t (x); INSERT INTO t VALUES (1), (2), (3);"
	    "PRAGMA wal_checkpoint(TRUNCATE)", &e), STILE_OK);
	stile_db_close(db);
	memset(junk, 0x5a, sizeof(junk));
	fd = open(tmp_path(&t, "", "x.db"), O_WRONLY | O_CLOEXEC);
	cr_assert_eq(pwrite(fd, junk, 4096, 8192), 4096);
	close(fd);
	db = open_db(tmp_path(&t, "sqlite:", "x.db"));
	*got = '\0';
	rc = stile_db_check(db, note_problem, got, &n, &e);
	cr_expect(rc != STILE_OK || n > 0, "%s %s", got, e.detail);
	stile_db_close(db);
	tmp_remove(&t);
}
