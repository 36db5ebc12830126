/* SPDX-License-Identifier: ISC */
/*
 * lib/guard/session*.c: how long a session lasts, what of it is written and
 * when, and what happens to it meanwhile.  The clock is moved by moving the
 * times in the table, through a connection of the test's own.
 */
#include "app.h"
#include "browser.h"

#include "stile/req.h"
#include "stile/res.h"
#include "stile/session.h"
#include "stile/str.h"
#include "stile/stream.h"

#define SECRETS	"secrets=0123456789abcdef0123456789abcdef"
#define IDLE	604800
#define MAX	2592000

static struct tmp	 t;
static struct stile_db	*db;

/* ---- an application ------------------------------------------------------- */

static int
get_value(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS("v",
	    stile_session_get(r, "v"), "user", stile_session_user(r)));
}

static int
set_value(struct stile_req *r)
{
	stile_session_set(r, "v", stile_text(stile_query(r, "v")));
	return stile_send_text(r, 200, "set");
}

static int
log_in(struct stile_req *r)
{
	stile_session_login(r, 7);
	return stile_send_text(r, 200, "in");
}

static int
log_out(struct stile_req *r)
{
	stile_session_logout(r);
	return stile_send_text(r, 200, "out");
}

static int
rotate(struct stile_req *r)
{
	stile_session_rotate(r);
	return stile_send_text(r, 200, "new");
}

static int
last(struct stile_req *r)
{
	stile_session_last(r, stile_query_int(r, "s", 0, INT64_MAX, 0));
	return stile_send_text(r, 200, "last");
}

static int	(*act)(struct stile_req *);	/* what /act does */

static int
do_act(struct stile_req *r)
{
	return act(r);
}

/* An error page that knows who looks at it, and begins a message. */
static int
teapot(struct stile_req *r)
{
	char	text[40];

	snprintf(text, sizeof(text), "teapot for %d",
	    (int)stile_session_user(r));
	if (stile_query(r, "flash") != NULL)
		stile_flash(r, "error", "no coffee");
	return stile_send_text(r, stile_failed_status(r), text);
}

static int
flashes(struct stile_req *r)
{
	return stile_send_object(r, 200,
	    STILE_ARGS("flashes", stile_flashes(r)));
}

static const struct stile_route	routes[] = {
	{ "GET", "/get", .handler = get_value },
	{ "*", "/set", .handler = set_value },
	{ "*", "/in", .handler = log_in },
	{ "*", "/out", .handler = log_out },
	{ "*", "/rotate", .handler = rotate },
	{ "*", "/last", .handler = last },
	{ "*", "/act", .handler = do_act },
	{ "GET", "/flashes", .handler = flashes },
	{ 0 }
};

static const struct stile_error_handler	errors[] = {
	{ 418, .fn = teapot }, { 403, .fn = teapot }, { 0 }
};

static const struct stile_app	app = {
	.name = "sessions", .routes = routes, .errors = errors,
	.uses = STILE_USES(&stile_sessions),
};

static struct browser
browser_with(const char *store, const char *setting)
{
	char		 dsn[160], which[40];
	struct browser	 b;

	snprintf(dsn, sizeof(dsn), "db=%s", tmp_path(&t, "sqlite:", "s.db"));
	snprintf(which, sizeof(which), "session_store=%s", store);
	b = (struct browser){ .c = CLIENT(&app, dsn, which, SECRETS,
	    "db_busy_ms=0", setting,) };
	if (db == NULL)
		cr_assert_eq(stile_db_open(tmp_path(&t, "sqlite:", "s.db"),
		    STILE_DB_READWRITE, 1000, &db, NULL), STILE_OK);
	return b;
}

static struct browser
browser(void)
{
	return browser_with("db", NULL);
}

static void
setup(void)
{
	tmp_make(&t);
	db = NULL;
}

static void
teardown(void)
{
	stile_db_close(db);
	tmp_remove(&t);
}

TestSuite(session_life, .init = setup, .fini = teardown, .timeout = 120);

static void
sql(const char *text)
{
	struct stile_error	e = { 0 };

	cr_assert_eq(stile_db_script(db, text, &e), STILE_OK, "%s: %s", text,
	    e.detail);
}

static int64_t
number(const char *text)
{
	struct stile_stmt	*st;
	int64_t			 n;

	cr_assert_eq(stile_db_query(db, text, STILE_NOARGS, &st, NULL),
	    STILE_OK, "%s", text);
	cr_assert_eq(stile_stmt_step(st, NULL), 1, "%s", text);
	n = stile_stmt_value(st, 0).u.i;
	stile_stmt_done(st);
	return n;
}

#define NOBODY	"{\"user\":0}"
#define IN	"{\"user\":7}"

/* ---- its end --------------------------------------------------------------- */

static const struct {
	const char	*move, *body;
} ends[] = {
	{ "SET seen = seen - 604790", IN },
	{ "SET seen = seen - 604800", NOBODY },
	{ "SET seen = seen - 604801", NOBODY },
	{ "SET expires = expires - 2591990", IN },
	{ "SET expires = expires - 2592000", NOBODY },
};

Test(session_life, ends_idle_or_at_last)
{
	char	text[100];
	size_t	i;

	for (i = 0; i < NELEM(ends); i++) {
		struct browser	b = browser();

		EXPECT_ASK(&b, "GET", "/in", 200, "in");
		snprintf(text, sizeof(text), "UPDATE stile_session %s",
		    ends[i].move);
		sql(text);
		EXPECT_ANSWER(ask(&b, "GET", "/get"), 200, ends[i].body,
		    "%s", ends[i].move);
		sql("DELETE FROM stile_session");
		stile_client_free(b.c);
	}
}

Test(session_life, is_touched_when_a_hundredth_is_over)
{
	struct browser	b = browser();
	int64_t		seen;

	EXPECT_ASK(&b, "GET", "/in", 200, "in");
	sql("UPDATE stile_session SET seen = seen - 6000");
	seen = number("SELECT seen FROM stile_session");
	EXPECT_ASK(&b, "GET", "/get", 200, IN);
	cr_expect_eq(number("SELECT seen FROM stile_session"), seen);
	sql("UPDATE stile_session SET seen = seen - 48");
	EXPECT_ASK(&b, "GET", "/get", 200, IN);
	cr_expect_geq(number("SELECT seen FROM stile_session"), seen + 6000);
	EXPECT_STR(b.set, "", "the cookie stays");
	stile_client_free(b.c);
}

/* Where it is short, whoever goes on asking stays in. */
Test(session_life, short_idle_time_is_touched_in_time)
{
	struct browser	b = browser_with("db", "session_idle=60");
	int		i;

	EXPECT_ASK(&b, "GET", "/in", 200, "in");
	for (i = 0; i < 4; i++) {
		sql("UPDATE stile_session SET seen = seen - 40");
		EXPECT_ASK(&b, "GET", "/get", 200, IN);
	}
	stile_client_free(b.c);
}

Test(session_life, touching_does_not_put_the_end_off)
{
	struct browser	b = browser();
	int64_t		expires;

	EXPECT_ASK(&b, "GET", "/in", 200, "in");
	sql("UPDATE stile_session SET seen = seen - 10000,"
	    " created = created - 100, expires = expires - 100");
	expires = number("SELECT expires FROM stile_session");
	EXPECT_ASK(&b, "GET", "/get", 200, IN);
	EXPECT_ASK(&b, "GET", "/rotate", 200, "new");
	cr_expect_eq(number("SELECT expires FROM stile_session"), expires);
	EXPECT_ASK(&b, "GET", "/in", 200, "in");
	cr_expect_geq(number("SELECT expires FROM stile_session"),
	    expires + 100);
	stile_client_free(b.c);
}

/* ---- stile_session_last() ---------------------------------------------------- */

Test(session_life, last_is_within_the_longest)
{
	struct browser	b = browser();

	EXPECT_ASK(&b, "GET", "/in", 200, "in");
	EXPECT_ASK(&b, "GET", "/last?s=100", 200, "last");
	cr_expect(lasts(b.set, 100), "%s", b.set);
	cr_expect_eq(number("SELECT expires - seen FROM stile_session"), 100);
	EXPECT_ASK(&b, "GET", "/last?s=200", 200, "last");
	cr_expect_eq(number("SELECT expires - seen FROM stile_session"), 200);
	EXPECT_ASK(&b, "GET", "/last?s=9223372036854775807", 200, "last");
	cr_expect_eq(number("SELECT expires - created FROM stile_session"),
	    MAX);
	/* And not beyond it, however often it is asked for. */
	sql("UPDATE stile_session SET created = created - 2591950,"
	    " expires = expires - 2591950");
	EXPECT_ASK(&b, "GET", "/last?s=1000", 200, "last");
	cr_expect_eq(number("SELECT expires - created FROM stile_session"),
	    MAX);
	stile_client_free(b.c);
}

static const char *const	stores[] = { "db", "cookie" };

#define EACH_STORE(i)	for (size_t i = 0; i < NELEM(stores); i++)

static void
expect_end(const struct browser *b, bool end, const char *what)
{
	cr_expect_eq(strstr(b->set, "Max-Age") != NULL, end, "%s: %s", what,
	    b->set);
}

Test(session_life, until_closed_is_not_forgotten)
{
	EACH_STORE(i) {
		struct browser	b = browser_with(stores[i], NULL);

		EXPECT_ASK(&b, "GET", "/in", 200, "in");
		EXPECT_ASK(&b, "GET", "/last?s=0", 200, "last");
		expect_end(&b, false, "last");
		EXPECT_ASK(&b, "GET", "/rotate", 200, "new");
		expect_end(&b, false, "rotate");
		EXPECT_ASK(&b, "GET", "/set?v=1", 200, "set");
		EXPECT_ASK(&b, "GET", "/rotate", 200, "new");
		expect_end(&b, false, "rotate again");
		EXPECT_ASK(&b, "GET", "/in", 200, "in");
		expect_end(&b, true, "a new login");
		stile_client_free(b.c);
	}
}

/* ---- clearing ------------------------------------------------------------------ */

#define ROWS(n, user, seen, expires)					\
	"WITH RECURSIVE k (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k" \
	" WHERE i < " n ") INSERT INTO stile_session SELECT"		\
	" randomblob(32), " user ", 0, " seen ", " expires		\
	", '{}', '', '' FROM k;"

/* In steps of a hundred at most, whoever is there. */
Test(session_life, what_is_over_is_cleared)
{
	static const char	count[] = "SELECT count(*) FROM stile_session"
				    " WHERE created = 0";
	struct browser		b = browser();
	int64_t			left, before;
	int			i;

	sql(ROWS("250", "1", "1", "1")
	    ROWS("150", "NULL", "1", "99999999999")
	    ROWS("5", "1", "1", "99999999999")
	    ROWS("6", "NULL", "99999999999", "99999999999"));
	left = number(count);
	for (i = 0; i < 5000 && left > 11; i++) {
		before = left;
		b.cookie[0] = '\0';
		EXPECT_ASK(&b, "GET", "/set?v=1", 200, "set");
		left = number(count);
		cr_assert_leq(before - left, 200);
	}
	cr_expect_eq(left, 11);
	stile_client_free(b.c);
}

/* ---- meanwhile ------------------------------------------------------------------- */

static int
ended_and_set(struct stile_req *r)
{
	stile_session_user(r);
	sql("DELETE FROM stile_session");
	stile_session_set(r, "v", stile_text("x"));
	return stile_send_text(r, 200, "set");
}

static int
ended_and_rotated(struct stile_req *r)
{
	stile_session_user(r);
	sql("DELETE FROM stile_session");
	stile_session_rotate(r);
	return stile_send_text(r, 200, "new");
}

static int
ended_and_in(struct stile_req *r)
{
	stile_session_user(r);
	sql("DELETE FROM stile_session");
	stile_session_login(r, 7);
	return stile_send_text(r, 200, "in");
}

static const struct {
	int		(*fn)(struct stile_req *);
	const char	*body;
	int64_t		 rows;
} races[] = {
	{ ended_and_set, NOBODY, 0 },
	{ ended_and_rotated, NOBODY, 0 },
	{ ended_and_in, IN, 1 },	/* by a password, it is another one */
};

Test(session_life, ended_meanwhile_stays_ended)
{
	size_t	i;

	for (i = 0; i < NELEM(races); i++) {
		struct browser	b = browser();
		char		old[4096];

		EXPECT_ASK(&b, "GET", "/in", 200, "in");
		memcpy(old, b.cookie, sizeof(old));
		act = races[i].fn;
		EXPECT_ANSWER(ask(&b, "GET", "/act"), 200, NULL, "%zu", i);
		cr_expect_eq(number("SELECT count(*) FROM stile_session"),
		    races[i].rows, "%zu", i);
		EXPECT_ANSWER(ask(&b, "GET", "/get"), 200, races[i].body,
		    "%zu", i);
		memcpy(b.cookie, old, sizeof(old));
		EXPECT_ANSWER(ask(&b, "GET", "/get"), 200, NOBODY, "%zu", i);
		sql("DELETE FROM stile_session");
		stile_client_free(b.c);
	}
}

/* ---- requests that fail ------------------------------------------------------------- */

static int
in_and_fail(struct stile_req *r)
{
	stile_session_login(r, 7);
	stile_session_set(r, "v", stile_text("x"));
	return stile_fail(r, (int)stile_query_int(r, "status", 400, 599, 500),
	    "no");
}

static int
out_and_fail(struct stile_req *r)
{
	stile_session_logout(r);
	return stile_fail(r, 409, "no");
}

/* With an error handler that asks who it is, and without one. */
Test(session_life, failed_request_changes_nothing)
{
	static const char *const	targets[] = {
		"/act?status=400", "/act?status=403", "/act?status=418",
		"/act?status=500",
	};
	size_t				k;

	EACH_STORE(i) {
		struct browser	b = browser_with(stores[i], NULL);

		act = in_and_fail;
		for (k = 0; k < NELEM(targets); k++) {
			ask(&b, "GET", targets[k]);
			EXPECT_STR(b.set, "", "%s", targets[k]);
			EXPECT_ASK(&b, "GET", "/get", 200, NOBODY);
		}
		EXPECT_ASK(&b, "GET", "/act?status=418", 418,
		    "teapot for 0");
		EXPECT_ASK(&b, "GET", "/in", 200, "in");
		act = out_and_fail;
		EXPECT_ASK(&b, "GET", "/act", 409, NULL);
		EXPECT_ASK(&b, "GET", "/get", 200, IN);
		stile_client_free(b.c);
	}
}

/* What its error handler does then counts. */
Test(session_life, error_handler_has_the_session)
{
	struct browser	b = browser();

	act = in_and_fail;
	EXPECT_ASK(&b, "GET", "/set?v=1", 200, "set");
	EXPECT_ASK(&b, "GET", "/act?status=418&flash=1", 418, "teapot for 0");
	EXPECT_ASK(&b, "GET", "/flashes", 200, "{\"flashes\":"
	    "[{\"kind\":\"error\",\"text\":\"no coffee\"}]}");
	EXPECT_ASK(&b, "GET", "/get", 200, "{\"v\":\"1\",\"user\":0}");
	/* Also of the request that another site sent. */
	EXPECT_ASK(&b, "GET", "/in", 200, "in");
	stile_client_header(b.c, "Sec-Fetch-Site", "cross-site");
	EXPECT_ASK(&b, "POST", "/set?v=2", 403, "teapot for 7");
	stile_client_free(b.c);
}

static int
look_and_fail(struct stile_req *r)
{
	stile_session_user(r);
	return stile_fail(r, 404, "not yours");
}

Test(session_life, failure_is_for_one_browser_too)
{
	struct browser			 b = browser();
	const struct stile_answer	*a;

	act = look_and_fail;
	a = ask(&b, "GET", "/act");
	EXPECT_ANSWER(a, 404, NULL, "look");
	EXPECT_STR(stile_answer_header(a, "Vary"), "Cookie", "look");
	act = in_and_fail;
	a = ask(&b, "GET", "/act?status=404");
	EXPECT_STR(stile_answer_header(a, "Vary"), "Cookie", "in");
	stile_client_free(b.c);
}

Test(session_life, login_is_not_another_sites)
{
	static const struct {
		const char	*method, *name, *value;
		int		 status;
	} cases[] = {
		{ "POST", "Sec-Fetch-Site", "cross-site", 403 },
		{ "POST", "Sec-Fetch-Site", "same-site", 403 },
		{ "POST", "Origin", "https://evil.example", 403 },
		{ "POST", "Origin", "null", 403 },
		{ "POST", "Origin", "http://localhost", 200 },
		{ "POST", "Sec-Fetch-Site", "same-origin", 200 },
		{ "POST", "User-Agent", "curl", 200 },
		/* A link in a mail. */
		{ "GET", "Sec-Fetch-Site", "cross-site", 200 },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		struct browser	b = browser();

		stile_client_header(b.c, cases[i].name, cases[i].value);
		EXPECT_ANSWER(ask(&b, cases[i].method, "/in"),
		    cases[i].status, NULL, "%zu", i);
		cr_expect_eq(*b.set != '\0', cases[i].status == 200, "%zu",
		    i);
		stile_client_free(b.c);
	}
}

/* ---- the database --------------------------------------------------------------------- */

static const char *
retry_after(const struct stile_answer *a)
{
	return stile_answer_header(a, "Retry-After");
}

Test(session_life, database_that_cannot_be_written)
{
	struct browser			 b = browser();
	const struct stile_answer	*a;

	EXPECT_ASK(&b, "GET", "/in", 200, "in");
	stile_client_header(b.c, "Origin", "http://localhost");
	sql("BEGIN IMMEDIATE");
	EXPECT_ASK(&b, "GET", "/get", 200, IN);
	/* Nor does one wait who only looks, with a method that may write. */
	act = get_value;
	EXPECT_ASK(&b, "POST", "/act", 200, IN);
	a = ask(&b, "POST", "/out");
	EXPECT_ANSWER(a, 503, NULL, "out");
	EXPECT_STR(retry_after(a), "1", "out");
	EXPECT_STR(b.set, "", "out");
	EXPECT_ANSWER(ask(&b, "POST", "/set?v=1"), 503, NULL, "set");
	sql("ROLLBACK");
	EXPECT_ASK(&b, "GET", "/get", 200, IN);
	stile_client_free(b.c);
}

Test(session_life, database_that_cannot_be_read)
{
	struct browser	b = browser();

	EXPECT_ASK(&b, "GET", "/in", 200, "in");
	sql("ALTER TABLE stile_session RENAME TO away");
	EXPECT_ASK(&b, "GET", "/get", 500, NULL);
	EXPECT_STR(b.set, "", "the cookie stays");
	sql("ALTER TABLE away RENAME TO stile_session");
	EXPECT_ASK(&b, "GET", "/get", 200, IN);
	stile_client_free(b.c);
}

/* ---- streams ---------------------------------------------------------------------------- */

static int
stream(struct stile_req *r)
{
	stile_session_login(r, 7);
	stile_begin_stream(r, 200, "text/plain");
	stile_write(r, "in", 2);
	return stile_failed(r);
}

static int
late_change(struct stile_req *r)
{
	stile_begin_stream(r, 200, "text/plain");
	stile_write(r, "in", 2);
	stile_session_set(r, "v", stile_text("x"));
	return stile_write(r, "!", 1);
}

Test(session_life, stream_keeps_it_with_its_head)
{
	struct browser			 b = browser();
	const struct stile_answer	*a;

	act = stream;
	EXPECT_ASK(&b, "GET", "/act", 200, "in");
	cr_expect(*b.set != '\0');
	EXPECT_ASK(&b, "GET", "/get", 200, IN);
	act = late_change;
	a = ask(&b, "GET", "/act");
	EXPECT_ANSWER(a, 200, "in", "late");
	cr_expect(stile_answer_cut(a), "a change that would be lost");
	stile_client_free(b.c);
}

/* ---- its size ------------------------------------------------------------------------------ */

static int
big(struct stile_req *r)
{
	char	*p = stile_arena_alloc(stile_req_arena(r), 1, 40001);

	memset(p, 'x', 40000);
	stile_session_set(r, stile_query(r, "name"), stile_text(p));
	return stile_send_text(r, 200, "set");
}

Test(session_life, has_a_most)
{
	struct browser	b = browser();

	act = big;
	EXPECT_ASK(&b, "GET", "/act?name=v", 200, "set");
	EXPECT_ASK(&b, "GET", "/act?name=w", 500, NULL);
	cr_expect_lt(number("SELECT length(data) FROM stile_session"), 41000);
	EXPECT_ASK(&b, "GET", "/set?v=1", 200, "set");
	EXPECT_ASK(&b, "GET", "/get", 200, "{\"v\":\"1\",\"user\":0}");
	stile_client_free(b.c);
}

static int
deep(struct stile_req *r)
{
	struct json_object	*j = json_object_new_array(), *outer;
	int			 i;

	for (i = 1; i < 32; i++) {
		outer = json_object_new_array();
		json_object_array_add(outer, j);
		j = outer;
	}
	stile_session_set(r, "v", stile_json_value(j));
	json_object_put(j);
	return stile_send_text(r, 200, "set");
}

/* What could be put in comes out again. */
Test(session_life, depth)
{
	EACH_STORE(i) {
		struct browser	b = browser_with(stores[i], NULL);

		act = deep;
		EXPECT_ASK(&b, "GET", "/act", 200, "set");
		EXPECT_ANSWER(ask(&b, "GET", "/get"), 200, NULL, "%s",
		    stores[i]);
		stile_client_free(b.c);
	}
}

static int
no_utf8(struct stile_req *r)
{
	stile_session_set(r, "v", stile_text("\xff"));
	return stile_send_text(r, 200, "set");
}

/* As in all JSON that is written. */
Test(session_life, value_that_is_no_text)
{
	struct browser	b = browser();

	act = no_utf8;
	EXPECT_ASK(&b, "GET", "/act", 200, "set");
	EXPECT_ASK(&b, "GET", "/get", 200,
	    "{\"v\":\"\xef\xbf\xbd\",\"user\":0}");
	stile_client_free(b.c);
}

static int
many_flashes(struct stile_req *r)
{
	char	text[20];
	int	i;

	for (i = 1; i <= 40; i++) {
		snprintf(text, sizeof(text), "%d", i);
		stile_flash(r, "k", text);
	}
	return stile_send_text(r, 200, "kept");
}

Test(session_life, newest_messages_are_kept)
{
	struct browser			 b = browser();
	const struct stile_answer	*a;

	act = many_flashes;
	EXPECT_ASK(&b, "GET", "/act", 200, "kept");
	a = ask(&b, "GET", "/flashes");
	cr_expect(strstr(body_of(a), "[{\"kind\":\"k\",\"text\":\"25\"}") !=
	    NULL && strstr(body_of(a), "\"40\"}]") != NULL, "%s", body_of(a));
	stile_client_free(b.c);
}

/* ---- memory --------------------------------------------------------------------------------- */

static int
everything(struct stile_req *r)
{
	size_t	n;

	stile_session_set(r, "v", stile_text("x"));
	stile_flash(r, "k", "text");
	stile_flashes(r);
	stile_csrf_token(r);
	stile_session_rotate(r);
	/* Of somebody else, whose sessions do not become more. */
	stile_session_list(r, 8, &n);
	return stile_send_text(r, 200, "done");
}

static int
all_in(struct stile_req *r)
{
	stile_session_login(r, 7);
	return everything(r);
}

/* It is done, or it is said that it is not; and the session goes on. */
static void
torture_act(struct browser *b, int (*fn)(struct stile_req *))
{
	const struct stile_answer	*a;
	char				 before[4096];
	long				 n;
	bool				 failed = true;

	act = fn;
	for (n = 1; failed; n++) {
		cr_assert_lt(n, 10000);
		memcpy(before, b->cookie, sizeof(before));
		stile__fail_after = n;
		a = send_to(b->c, "POST", "/act");
		failed = stile__fail_after == 0;
		stile__fail_after = 0;
		if (a == NULL)
			continue;
		keep_cookie(b, a);
		cr_expect(is_honest(a, failed), "%ld: %d %s", n,
		    stile_answer_status(a), body_of(a));
		stile_client_header(b->c, "Cookie", *b->cookie != '\0' ?
		    b->cookie : NULL);
	}
	cr_expect_gt(n, ALLOCATIONS(50), "%ld", n);
}

Test(session_life, no_memory)
{
	EACH_STORE(i) {
		struct browser	b = browser_with(stores[i], NULL);

		stile_client_header(b.c, "Origin", "http://localhost");
		torture_act(&b, all_in);
		EXPECT_ASK(&b, "GET", "/in", 200, "in");
		stile_client_header(b.c, "Cookie", b.cookie);
		if (i == 1)
			torture_act(&b, everything);
		EXPECT_ANSWER(ask(&b, "GET", "/get"), 200, NULL, "%s",
		    stores[i]);
		stile_client_free(b.c);
	}
}
