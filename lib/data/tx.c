/* SPDX-License-Identifier: ISC */
/*
 * Transactions: one around a function, or a savepoint where one is open; and
 * the one around a request, begun when it first needs the database.
 *
 * A whole transaction is run again where another one was in its way.  A
 * savepoint is not: what it waits for may be waiting for what is around it.
 */
#include "base/priv.h"

#include <time.h>

#include "base/clock.h"
#include "base/rand.h"
#include "data/db.h"
#include "http/req.h"
#include "base/banned.h"

#define TRIES		6
#define PAUSE_MS	5	/* doubled each time, and by chance */

typedef enum stile_err (*tx_fn)(struct stile_db *, void *arg,
		    struct stile_error *);

static bool
is_passing(enum stile_err code)
{
	return code == STILE_EBUSY || code == STILE_ECONFLICT;
}

/* So that two that were in each other's way do not meet again. */
static void
pause_before(int try)
{
	uint32_t	chance = 0;
	struct timespec	t = { 0, 0 };
	long		us = (PAUSE_MS * 1000L) << (try - 1);

	if (stile__random(&chance, sizeof(chance)) == STILE_OK)
		us = us / 2 + (long)(chance % (uint32_t)us);
	t.tv_nsec = us * 1000;
	nanosleep(&t, NULL);
}

/* Not as a script of the caller's, which may have to write nothing. */
static enum stile_err
mark(struct stile_db *db, const char *verb, unsigned n, struct stile_error *e)
{
	char	sql[64];

	snprintf(sql, sizeof(sql), "%s stile_%u", verb, n);
	return db->engine->script(db->h, sql, false, e);
}

static enum stile_err
savepoint(struct stile_db *db, tx_fn fn, void *arg, struct stile_error *e)
{
	enum stile_err	rc;
	unsigned	n = ++db->savepoints;

	if ((rc = mark(db, "SAVEPOINT", n, e)) != STILE_OK) {
		db->savepoints--;
		return rc;
	}
	if ((rc = fn(db, arg, e)) == STILE_OK)
		rc = mark(db, "RELEASE", n, e);
	else if (stile__db_in_transaction(db))
		mark(db, "ROLLBACK TO", n, NULL);
	db->savepoints--;
	return rc;
}

enum stile_err
stile__db_once(struct stile_db *db, enum stile_tx tx, tx_fn fn, void *arg,
    struct stile_error *e)
{
	bool		read_only = db->read_only;
	enum stile_err	rc;

	if ((rc = db->engine->begin(db->h, tx, e)) != STILE_OK)
		return rc;
	db->read_only = read_only || tx == STILE_TX_READ;
	rc = fn(db, arg, e);
	db->read_only = read_only;
	if (rc == STILE_OK)
		rc = db->engine->commit(db->h, e);
	if (rc != STILE_OK)
		db->engine->rollback(db->h);
	return rc;
}

enum stile_err
stile_db_transaction(struct stile_db *db, enum stile_tx tx, tx_fn fn, void *arg,
    struct stile_error *e)
{
	struct stile_error	cause;
	enum stile_err		rc;
	int			try;

	if (stile__db_in_transaction(db))
		return savepoint(db, fn, arg, e);
	for (try = 1;; try++) {
		cause = (struct stile_error){ 0 };
		rc = stile__db_once(db, tx, fn, arg, &cause);
		if (!is_passing(rc) || try == TRIES)
			break;
		pause_before(try);
	}
	if (rc != STILE_OK && e != NULL && e->code == STILE_OK)
		*e = cause;
	return rc;
}

struct job {
	struct stile_req	*r;
	int			(*fn)(struct stile_req *, void *);
	void			*arg;
	struct req_response	answer;		/* before it */
};

/*
 * What the function has failed the request with is the cause to try again,
 * and what it has answered is forgotten then.
 */
static enum stile_err
run_job(struct stile_db *db, void *arg, struct stile_error *e)
{
	struct job		*job = arg;
	struct stile_req	*r = job->r;
	int			 rc;

	(void)db;
	r->failure = (struct req_failure){ .status = 0 };
	if (!r->res.head_sent)
		r->res = job->answer;
	rc = job->fn(r, job->arg);
	if (stile_failed(r) == STILE_OK && rc >= 0)
		return STILE_OK;
	if (stile_failed(r) == STILE_OK)
		stile_fail(r, 500, "a transaction's function returned %s "
		    "without a cause", stile_err_name((enum stile_err)rc));
	*e = r->failure.cause;
	return r->failure.cause.code;
}

int
stile_transaction(struct stile_req *r, enum stile_tx tx,
    int (*fn)(struct stile_req *, void *arg), void *arg)
{
	struct stile_error	 e = { 0 };
	struct job		 job = { r, fn, arg, r->res };
	struct stile_db		*db;

	if ((db = stile_db(r)) == NULL)
		return STILE_EFAILED;
	if (stile_db_transaction(db, tx, run_job, &job, &e) == STILE_OK)
		return STILE_OK;
	/* It was not the function: the transaction itself. */
	return stile__db_fail(r, &e);
}

/* ---- of a request ------------------------------------------------- */

void
stile__db_request(struct stile_db_pool *pool, enum stile_tx tx)
{
	pool->tx = tx;
	pool->used = pool->begun = pool->aside = false;
}

bool
stile__db_aside(struct stile_req *r, bool on)
{
	bool	was = r->db != NULL && r->db->aside;

	if (r->db != NULL)
		r->db->aside = on;
	return was;
}

static bool
is_whole(enum stile_tx tx)
{
	return tx == STILE_TX_WRITE || tx == STILE_TX_SERIALIZABLE;
}

static enum stile_err
open_pool(struct stile_db_pool *pool, struct stile_error *e)
{
	enum stile_err	rc;

	if (pool->db != NULL && !pool->used &&
	    !pool->db->engine->alive(pool->db->h)) {
		stile_db_close(pool->db);
		pool->db = NULL;
	}
	pool->used = true;
	if (pool->db != NULL)
		return STILE_OK;
	rc = stile__db_open(pool->dsn, &pool->how, &pool->db, e);
	if (rc == STILE_OK && pool->clock != NULL)
		stile__db_watch(pool->db, pool->clock);
	return rc;
}

struct stile_db *
stile_db(struct stile_req *r)
{
	struct stile_error	 e = { 0 };
	struct stile_db_pool	*pool = r->db;

	if (stile_failed(r) != STILE_OK)
		return NULL;
	if (pool == NULL || pool->dsn == NULL) {
		stile_fail(r, 500, "no database is configured");
		return NULL;
	}
	if (!pool->used || pool->db == NULL) {
		if (open_pool(pool, &e) != STILE_OK) {
			stile__db_fail(r, &e);
			return NULL;
		}
		pool->db->read_only = pool->tx == STILE_TX_READ;
	}
	if (!pool->begun && !pool->aside && is_whole(pool->tx)) {
		if (pool->db->engine->begin(pool->db->h, pool->tx, &e) !=
		    STILE_OK) {
			stile__db_fail(r, &e);
			return NULL;
		}
		pool->begun = true;
	}
	return pool->db;
}

int
stile__db_end(struct stile_req *r, bool commit)
{
	struct stile_error	 e = { 0 };
	struct stile_db_pool	*pool = r->db;
	bool			 begun;

	if (pool == NULL || !is_whole(pool->tx))
		return STILE_OK;
	begun = pool->begun;
	pool->tx = STILE_TX_NONE;
	pool->begun = false;
	if (!begun || pool->db == NULL)
		return STILE_OK;
	/* A handler may have ended it by itself. */
	if (!commit || !stile__db_in_transaction(pool->db)) {
		pool->db->engine->rollback(pool->db->h);
		return STILE_OK;
	}
	if (pool->db->engine->commit(pool->db->h, &e) == STILE_OK)
		return STILE_OK;
	pool->db->engine->rollback(pool->db->h);
	return stile__db_fail(r, &e);
}
