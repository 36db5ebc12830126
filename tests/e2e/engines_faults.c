/* SPDX-License-Identifier: ISC */
/*
 * An engine that fails on demand, in front of a real one: each of its functions
 * that can fail does so once, and the request ends as it should.
 */
#include "engines.h"

#include "http/req.h"

static const struct stile_engine	*real;
static struct stile_engine		 fake;
static long				 fail_at;	/* 0: never */
static enum stile_err			 fail_with;
static bool				 dead;	/* its connection is gone */

static bool
fails(struct stile_error *e)
{
	if (dead) {
		stile_error_set(e, STILE_EGONE, 0, "fake: gone");
		return true;
	}
	if (fail_at == 0 || --fail_at > 0)
		return false;
	dead = fail_with == STILE_EGONE;
	stile_error_set(e, fail_with, 0, "fake");
	return true;
}

/* What it fails with: also when its connection is gone. */
static enum stile_err
failure(void)
{
	return dead ? STILE_EGONE : fail_with;
}

static enum stile_err
fake_open(const char *where, const struct stile_engine_open *how, void **ret,
    struct stile_error *e)
{
	dead = false;
	return fails(e) ? failure() : real->open(where, how, ret, e);
}

static bool
fake_alive(void *conn)
{
	return !dead && real->alive(conn);
}

static enum stile_err
fake_prepare(void *conn, struct stile_str sql, size_t nplaces, void **ret,
    struct stile_error *e)
{
	return fails(e) ? failure() : real->prepare(conn, sql, nplaces, ret, e);
}

static enum stile_err
fake_bind(void *stmt, size_t place, struct stile_value v, struct stile_error *e)
{
	return fails(e) ? failure() : real->bind(stmt, place, v, e);
}

static int
fake_step(void *stmt, struct stile_error *e)
{
	return fails(e) ? failure() : real->step(stmt, e);
}

static enum stile_err
fake_script(void *conn, const char *sql, bool inside, struct stile_error *e)
{
	return fails(e) ? failure() : real->script(conn, sql, inside, e);
}

static enum stile_err
fake_begin(void *conn, enum stile_tx tx, struct stile_error *e)
{
	return fails(e) ? failure() : real->begin(conn, tx, e);
}

static enum stile_err
fake_commit(void *conn, struct stile_error *e)
{
	return fails(e) ? failure() : real->commit(conn, e);
}

static enum stile_err
fake_queue(void *stmt, struct stile_error *e)
{
	return fails(e) ? failure() : real->queue(stmt, e);
}

static enum stile_err
fake_collect(void *stmt, struct stile_error *e)
{
	return fails(e) ? failure() : real->collect(stmt, e);
}

static int
inner(struct stile_req *r, void *arg)
{
	(void)arg;
	stile_exec(r, "INSERT INTO thing (id) VALUES (?)", STILE_ARGS(5));
	return stile_failed(r);
}

static int
work(struct stile_req *r)
{
	stile_exec(r, "INSERT INTO thing (id, s) VALUES (?, ?)",
	    STILE_ARGS(1, "x"));
	stile_exec_many(r, "INSERT INTO thing (id) VALUES (?)",
	    (struct stile_args[]){ STILE_ARGS(2), STILE_ARGS(3),
	    STILE_ARGS(4) }, 3);
	stile_transaction(r, STILE_TX_WRITE, inner, NULL);
	if (stile_select_int(r, "SELECT count(*) FROM thing", STILE_NOARGS) !=
	    5)
		stile_fail(r, 500, "not five");
	return stile_send_rows(r, 201, "SELECT id FROM thing ORDER BY id",
	    STILE_NOARGS);
}

/* Its transaction is its own, and may be run again. */
static int
tx_work(struct stile_req *r, void *arg)
{
	(void)arg;
	return work(r);
}

static int
work_again(struct stile_req *r)
{
	stile_transaction(r, STILE_TX_WRITE, tx_work, NULL);
	return stile_failed(r);
}

static const struct stile_route	routes[] = {
	{ "POST", "/work", .handler = work },
	{ "POST", "/again", .handler = work_again, .tx = STILE_TX_NONE },
	{ 0 }
};
static const struct stile_app	app = { .name = "faults", .routes = routes };

static const struct stile_answer *
post(struct stile_client *c, const char *target)
{
	return stile_client_send(c, "POST", target, NULL, NULL, 0);
}

/* One request whose n-th call fails; *more: there was such a call. */
static void
one(struct stile_client *c, const char *target, bool retried, long n,
    bool *more)
{
	const struct stile_answer	*a;
	int				 status, want;

	dead = true;	/* so that it opens a new connection */
	fail_at = n;
	a = post(c, target);
	*more = fail_at == 0;
	fail_at = 0;
	status = stile_answer_status(a);
	want = *more ? stile__err_status(fail_with) : 201;
	CHECK(status == want || (retried && status == 201),
	    "%s, %s at call %ld: %d, not %d: %s", target,
	    stile_err_name(fail_with), n, status, want,
	    stile_answer_body(a).p);
	CHECK(number("SELECT count(*) FROM thing", STILE_NOARGS) ==
	    (status == 201 ? 5 : 0), "%s, %s at call %ld: %d: all or nothing",
	    target, stile_err_name(fail_with), n, status);
	stile_db_script(db, "DELETE FROM thing", NULL);
	a = post(c, target);
	CHECK(stile_answer_status(a) == 201, "%s, %s at call %ld: the next: %s",
	    target, stile_err_name(fail_with), n, stile_answer_body(a).p);
	stile_db_script(db, "DELETE FROM thing", NULL);
}

void
faults(void)
{
	static const enum stile_err	codes[] = {
		STILE_ENOMEM, STILE_EBUSY, STILE_ECONFLICT, STILE_EGONE,
		STILE_EFULL, STILE_EIO, STILE_EDB, STILE_ETIME
	};
	struct stile_error		 e = { 0 };
	struct stile_client		*c;
	const char			*where;
	char				 setting[400];
	size_t				 i;
	long				 n;
	bool				 more, passing;

	CHECK(stile__engine_find(dsn, &real, &where, &e) == STILE_OK, "%s",
	    e.detail);
	fake = *real;
	fake.name = "fake";
	fake.open = fake_open;
	fake.alive = fake_alive;
	fake.prepare = fake_prepare;
	fake.bind = fake_bind;
	fake.step = fake_step;
	fake.script = fake_script;
	fake.begin = fake_begin;
	fake.commit = fake_commit;
	if (real->queue != NULL) {
		fake.queue = fake_queue;
		fake.collect = fake_collect;
	}
	stile__engine_add(&fake);
	snprintf(setting, sizeof(setting), "db=fake:%s", where);
	fail_at = 0;
	c = stile_client_new(&app, (const char *const []){ setting, NULL }, &e);
	CHECK(c != NULL, "%s", e.detail);
	for (i = 0; i < NELEM(codes); i++) {
		fail_with = codes[i];
		passing = fail_with == STILE_EBUSY ||
		    fail_with == STILE_ECONFLICT;
		for (more = true, n = 1; more && n < 200; n++) {
			more = false;
			one(c, "/work", false, n, &more);
		}
		CHECK(n > 20 && n < 200, "%ld calls", n);
		for (more = true, n = 1; more && n < 200; n++) {
			more = false;
			one(c, "/again", passing, n, &more);
		}
		CHECK(n > 20 && n < 200, "%ld calls", n);
	}
	stile_client_free(c);
	stile__engine_add(NULL);
}
