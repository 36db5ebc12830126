/* SPDX-License-Identifier: ISC */
/*
 * 100 rows of SQLite as a JSON array, of a number, two texts and a boolean
 * each: what the library takes for it, beside the same bytes made by hand and
 * by json-c.
 *
 *	make bench && tests/bench/rows [ROUNDS]
 *
 * in a build without sanitizers and --enable-arena-debug.  All have the same
 * file, a statement that is kept, and a turn in each round.
 *
 *	by hand	 sqlite3_step() and memcpy() into a buffer that is there; texts
 *		 are escaped, and trusted to be UTF-8, which the library checks
 *	rows	 what stile_send_rows() does until the answer's body is there
 *	request	 all of the request, from CGI variables to the answer's bytes,
 *		 without a log
 *	json-c	 a tree of objects, and its text
 */
#include "base/priv.h"

#include <err.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <sqlite3.h>
#include <time.h>
#include <unistd.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/migrate.h"
#include "stile/num.h"
#include "stile/req.h"
#include "stile/res.h"
#include "stile/str.h"
#include "app/site.h"
#include "data/rows.h"
#include "median.h"

#define BODY_MAX	65536
#define RUNS		200		/* a turn */
#define ROUNDS_MAX	1000

static const char	sql[] = "SELECT id, title, body, done FROM note";

static const struct stile_migration migrations[] = {
	{ .version = 1, .name = "0001_note", .sql = "CREATE TABLE note (id INTEGER PRIMARY KEY, "
	    "title TEXT NOT NULL, body TEXT NOT NULL, done BOOLEAN NOT NULL);"
	    "INSERT INTO note WITH RECURSIVE n(i) AS ("
	    "SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100) "
	    "SELECT i, 'note number ' || i, CASE i % 10 "
	    "WHEN 0 THEN 'with \"quotes\" in it' || char(10) || 'and a line' "
	    "WHEN 5 THEN 'z\u00fcrich, gen\u00e8ve: r\u00e9sum\u00e9 of a text' "
	    "ELSE 'a text of some length, as a note may have it' END, "
	    "i % 3 = 0 FROM n" },
	{ 0 }
};

static int64_t
now_ns(void)
{
	struct timespec	t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* ---- by hand ----------------------------------------------------------------- */

static sqlite3_stmt	*stmt;
static char		 hand[BODY_MAX];
static size_t		 hand_len;

/* The names as they stand in the answer; a literal, for its length. */
#define PUT(p, literal)							\
	(memcpy((p), (literal), sizeof(literal) - 1), (p) + sizeof(literal) - 1)

static char *
put_int(char *p, int64_t v)
{
	char		 digits[20], *end = digits + sizeof(digits), *d = end;
	uint64_t	 u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do
		*--d = (char)('0' + u % 10);
	while ((u /= 10) != 0);
	if (v < 0)
		*p++ = '-';
	memcpy(p, d, (size_t)(end - d));
	return p + (end - d);
}

static char *
put_escape(char *p, unsigned char c)
{
	static const char	hex[] = "0123456789abcdef";

	*p++ = '\\';
	switch (c) {
	case '"':
	case '\\':
		*p++ = (char)c;
		return p;
	case '\n':
		*p++ = 'n';
		return p;
	case '\r':
		*p++ = 'r';
		return p;
	case '\t':
		*p++ = 't';
		return p;
	case '\b':
		*p++ = 'b';
		return p;
	case '\f':
		*p++ = 'f';
		return p;
	}
	p = PUT(p, "u00");
	*p++ = hex[c >> 4];
	*p++ = hex[c & 15];
	return p;
}

/* Whole pieces between what has to be escaped. */
static char *
put_text(char *p, const char *s, size_t n)
{
	unsigned char	c;
	size_t		i, from = 0;

	*p++ = '"';
	for (i = 0; i < n; i++) {
		c = (unsigned char)s[i];
		if (c >= 0x20 && c != '"' && c != '\\')
			continue;
		memcpy(p, s + from, i - from);
		p = put_escape(p + (i - from), c);
		from = i + 1;
	}
	memcpy(p, s + from, n - from);
	p += n - from;
	*p++ = '"';
	return p;
}

/* A row at most, if each byte of it takes six. */
static void
check_room(const char *p, size_t title, size_t body)
{
	if ((size_t)(hand + sizeof(hand) - p) < (title + body) * 6 + 100)
		errx(1, "too many rows");
}

static void
by_hand(void)
{
	const char	*title, *body;
	size_t		 title_len, body_len;
	char		*p = hand;
	int		 rc;

	*p++ = '[';
	while ((rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		title = (const char *)sqlite3_column_text(stmt, 1);
		title_len = (size_t)sqlite3_column_bytes(stmt, 1);
		body = (const char *)sqlite3_column_text(stmt, 2);
		body_len = (size_t)sqlite3_column_bytes(stmt, 2);
		check_room(p, title_len, body_len);
		if (p != hand + 1)
			*p++ = ',';
		p = PUT(p, "{\"id\":");
		p = put_int(p, sqlite3_column_int64(stmt, 0));
		p = PUT(p, ",\"title\":");
		p = put_text(p, title, title_len);
		p = PUT(p, ",\"body\":");
		p = put_text(p, body, body_len);
		if (sqlite3_column_int(stmt, 3) != 0)
			p = PUT(p, ",\"done\":true}");
		else
			p = PUT(p, ",\"done\":false}");
	}
	if (rc != SQLITE_DONE)
		errx(1, "by hand: %s", sqlite3_errstr(rc));
	sqlite3_reset(stmt);
	*p++ = ']';
	hand_len = (size_t)(p - hand);
}

static void
open_by_hand(const char *path)
{
	sqlite3	*db;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt,
	    NULL) != SQLITE_OK)
		errx(1, "by hand: %s", sqlite3_errmsg(db));
}

/* ---- json-c ------------------------------------------------------------------ */

/* Fail where they are not the bytes that are made by hand. */
static void
check_same(const char *who, const char *p, size_t n)
{
	if (n != hand_len || memcmp(p, hand, n) != 0)
		errx(1, "%s made other bytes: %.*s", who, (int)n, p);
}

static struct json_object *
text_of(int i)
{
	return json_object_new_string_len(
	    (const char *)sqlite3_column_text(stmt, i),
	    sqlite3_column_bytes(stmt, i));
}

static void
by_json_c(void)
{
	struct json_object	*all = json_object_new_array(), *row;
	const char		*text;
	size_t			 n;

	while (sqlite3_step(stmt) == SQLITE_ROW) {
		row = json_object_new_object();
		json_object_object_add(row, "id", json_object_new_int64(
		    sqlite3_column_int64(stmt, 0)));
		json_object_object_add(row, "title", text_of(1));
		json_object_object_add(row, "body", text_of(2));
		json_object_object_add(row, "done", json_object_new_boolean(
		    sqlite3_column_int(stmt, 3)));
		json_object_array_add(all, row);
	}
	sqlite3_reset(stmt);
	text = json_object_to_json_string_length(all,
	    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE, &n);
	check_same("json-c", text, n);
	json_object_put(all);
}

/* ---- the library ------------------------------------------------------------- */

static int64_t	in_rows;		/* ns, of the requests so far */

/* stile_send_rows(), in its two parts. */
static int
send_rows(struct stile_req *r)
{
	struct stile_buf	*b;
	int64_t			 start = now_ns();

	b = stile__rows_json(r, NULL, sql, STILE_NOARGS);
	in_rows += now_ns() - start;
	if (b == NULL)
		return STILE_EFAILED;
	return stile_send_buf(r, 200, "application/json", b);
}

static const struct stile_route routes[] = {
	{ "GET", "/rows", send_rows, .name = "rows" },
	{ 0 }
};

static const struct stile_app app = {
	.name = "rows", .routes = routes, .migrations = migrations,
};

#define VAR(text)	(char []){ text }
static char	*const vars[] = {
	VAR("REQUEST_METHOD=GET"), VAR("REQUEST_URI=/rows"),
	VAR("QUERY_STRING="), VAR("SCRIPT_NAME="), VAR("PATH_INFO=/rows"),
	VAR("DOCUMENT_URI=/rows"), VAR("SERVER_PROTOCOL=HTTP/1.1"),
	VAR("HTTP_HOST=localhost"), VAR("REMOTE_ADDR=127.0.0.1"), NULL
};

static char		 answer[BODY_MAX];
static size_t		 answer_len;
static struct runner	 runner;

static long
read_nothing(void *arg, void *p, size_t n)
{
	(void)arg;
	(void)p;
	(void)n;
	return 0;
}

static enum stile_err
keep_answer(void *arg, const void *p, size_t n)
{
	(void)arg;
	if (n > sizeof(answer) - answer_len)
		return STILE_ETOOBIG;
	memcpy(answer + answer_len, p, n);
	answer_len += n;
	return STILE_OK;
}

static void
by_request(void)
{
	static const struct stile_io	 io = { .read = read_nothing,
					    .write = keep_answer };
	const char			*body;

	answer_len = 0;
	if (!runner_run(&runner, vars, &io, NULL))
		errx(1, "the request was cut");
	if ((body = memmem(answer, answer_len, "\r\n\r\n", 4)) == NULL)
		errx(1, "the answer has no body");
	body += 4;
	check_same("stile", body, (size_t)(answer + answer_len - body));
}

static void
open_site(const char *dsn)
{
	struct stile_error	 e = { 0 };
	struct stile_arena	*a;
	struct stile_site	*site;
	struct stile_db		*db;
	struct conf		*conf;

	if ((a = stile_arena_new(0)) == NULL)
		errx(1, "no memory");
	if (stile_db_open(dsn, STILE_DB_CREATE, 1000, &db, &e) != STILE_OK ||
	    stile_migrate(db, app.name, migrations, NULL, NULL, &e) != STILE_OK)
		errx(1, "%s", e.detail);
	stile_db_close(db);
	if (conf_new(a, &app, &conf, &e) != STILE_OK ||
	    conf_set(conf, "db", dsn, CONF_FLAG, "rows", &e) != STILE_OK ||
	    conf_set(conf, "log_level", "quiet", CONF_FLAG, "rows", &e) !=
	    STILE_OK ||
	    site_new(a, &app, conf, STDERR_FILENO, &site, &e) != STILE_OK)
		errx(1, "%s", e.detail);
	if (runner_init(&runner, site) != STILE_OK)
		errx(1, "no memory");
}

/* ---- turns and rounds -------------------------------------------------------- */

enum { HAND, ROWS, REQUEST, JSON_C, KINDS };

static const char *const names[KINDS] = {
	"by hand", "rows", "request", "json-c"
};
static double	us[KINDS][ROUNDS_MAX], ratio[KINDS][ROUNDS_MAX];

/* Microseconds each. */
static double
turn(void (*run)(void))
{
	int64_t	start = now_ns();
	int	i;

	for (i = 0; i < RUNS; i++)
		run();
	return (double)(now_ns() - start) / 1000 / RUNS;
}

static void
run_round(size_t i)
{
	size_t	k;

	us[HAND][i] = turn(by_hand);
	in_rows = 0;
	us[REQUEST][i] = turn(by_request);
	us[ROWS][i] = (double)in_rows / 1000 / RUNS;
	us[JSON_C][i] = turn(by_json_c);
	for (k = 0; k < KINDS; k++)
		ratio[k][i] = us[k][i] / us[HAND][i];
}

static void
bench(const char *path, size_t rounds)
{
	char	dsn[100];
	size_t	i;

	snprintf(dsn, sizeof(dsn), "sqlite:%s", path);
	open_site(dsn);
	open_by_hand(path);
	run_round(0);			/* to warm up */
	for (i = 0; i < rounds; i++)
		run_round(i);
	printf("%zu bytes\n%-10s %10s %10s\n", hand_len, "", "us", "of by hand");
	for (i = 0; i < KINDS; i++)
		printf("%-10s %10.2f %10.2f\n", names[i],
		    median(us[i], rounds), median(ratio[i], rounds));
	runner_release(&runner);
	sqlite3_close_v2(sqlite3_db_handle(stmt));
	sqlite3_finalize(stmt);
}

int
main(int argc, char **argv)
{
	char	dir[] = "/tmp/rows.XXXXXX", path[40];
	int64_t	rounds = 51;

	if (argc > 2 || (argc == 2 && stile_num_int(stile_str(argv[1]), 1,
	    ROUNDS_MAX, &rounds) != STILE_OK)) {
		fprintf(stderr, "usage: rows [ROUNDS]\n");
		return 64;
	}
	if (mkdtemp(dir) == NULL)
		err(1, "%s", dir);
	snprintf(path, sizeof(path), "%s/db", dir);
	bench(path, (size_t)rounds);
	if (unlink(path) != 0 || rmdir(dir) != 0)
		err(1, "%s", dir);
	return 0;
}
