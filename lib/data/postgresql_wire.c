/* SPDX-License-Identifier: ISC */
/*
 * What goes over a connection to PostgreSQL.  Commands are sent in libpq's
 * pipeline mode, so that a BEGIN, a PREPARE and the statement itself need one
 * round trip (a transaction of one SELECT on a local socket: 76 us in place of
 * 100; of many statements sent together each took 14 us in place of 40).  The
 * socket does not block, so that a request's time limit is seen while we wait.
 *
 * Outside batch_begin() and batch_end() the connection is idle, and has no
 * result that was not read.
 */
#include "base/priv.h"

#include <errno.h>
#include <poll.h>

#include "base/clock.h"
#include "data/postgresql.h"
#include "base/banned.h"

#define SLICE_MS	20	/* between two looks at stop() */
#define CANCEL_US	1000000	/* for the end of a statement that was stopped */

/* How long to wait: as stop() says, and then a little for the answer. */
struct patience {
	bool	stops;
	int64_t	until;		/* 0: it was not stopped */
};

bool
pg_must_stop(const struct conn *c)
{
	return c->stop != NULL && c->stop(c->stop_arg);
}

static void
cancel(struct conn *c)
{
	char		 why[256];
	PGcancel	*request;

	if ((request = PQgetCancel(c->pg)) != NULL)
		PQcancel(request, why, sizeof(why));
	PQfreeCancel(request);
}

/* Until something came or went; false when that takes too long. */
static bool
await(struct conn *c, struct patience *p)
{
	struct pollfd	fd = { .fd = PQsocket(c->pg), .events = POLLIN };

	if (PQflush(c->pg) > 0)
		fd.events |= POLLOUT;
	if (p->stops && p->until == 0 && pg_must_stop(c)) {
		cancel(c);
		p->until = stile__mono_us() + CANCEL_US;
	}
	if (p->until != 0 && stile__mono_us() >= p->until)
		return false;
	if (poll(&fd, 1, p->until == 0 && c->stop == NULL ? -1 : SLICE_MS) ==
	    -1)
		return errno == EINTR;
	return fd.revents == 0 || PQconsumeInput(c->pg) == 1;
}

/* The next result, NULL also between those of two commands. */
static PGresult *
next_result(struct conn *c, struct patience *p)
{
	while (!c->lost && PQisBusy(c->pg))
		if (!await(c, p))
			c->lost = true;
	return c->lost ? NULL : PQgetResult(c->pg);
}

/* ---- batches ------------------------------------------------------------------ */

bool
batch_add(struct batch *b)
{
	PGresult	**v;
	size_t		  size = b->size > 0 ? b->size * 2 : 4;

	if (b->n == b->size) {
		if ((v = stile__realloc(b->v, size * sizeof(*v))) == NULL)
			return false;
		b->v = v;
		b->size = size;
	}
	b->v[b->n++] = NULL;
	return true;
}

static bool
add_ahead(struct conn *c, struct batch *b, const char *sql)
{
	if (!batch_add(b))
		return false;
	b->ahead = b->n;
	return PQsendQueryParams(c->pg, sql, 0, NULL, NULL, NULL, NULL, 0) == 1;
}

static bool
add_drop(struct conn *c, struct batch *b)
{
	char	sql[40];

	snprintf(sql, sizeof(sql), "DEALLOCATE stile_%lu",
	    c->drop[--c->ndrop]);
	return add_ahead(c, b, sql);
}

/* With what has to come in front of the first command. */
bool
batch_begin(struct conn *c, struct batch *b)
{
	PGTransactionStatusType	 status = PQtransactionStatus(c->pg);
	const char		*owed = c->owed;

	batch_clear(b);
	if (c->lost || PQenterPipelineMode(c->pg) != 1) {
		c->lost = true;
		return false;
	}
	c->owed = NULL;
	c->alone = status == PQTRANS_IDLE && owed == NULL;
	return (owed == NULL || add_ahead(c, b, owed)) &&
	    (*c->local == '\0' || status != PQTRANS_IDLE ||
	    add_ahead(c, b, c->local)) &&
	    (c->ndrop == 0 || status == PQTRANS_INERROR || add_drop(c, b));
}

void
batch_end(struct conn *c, struct batch *b, bool stops)
{
	struct patience	 p = { .stops = stops };
	PGresult	*r;
	size_t		 k = 0;

	if (!stops)
		p.until = stile__mono_us() + CANCEL_US;
	if (PQpipelineSync(c->pg) != 1)
		c->lost = true;
	/* One of each command, NULL behind it, and one of the sync. */
	while (!c->lost) {
		if ((r = next_result(c, &p)) == NULL) {
			c->lost = c->lost || ++k > b->n;
			continue;
		}
		switch (PQresultStatus(r)) {
		case PGRES_PIPELINE_SYNC:
			PQclear(r);
			if (PQexitPipelineMode(c->pg) != 1)
				c->lost = true;
			return;
		case PGRES_COPY_IN:
		case PGRES_COPY_OUT:
		case PGRES_COPY_BOTH:
			c->lost = true;
			PQclear(r);
			break;
		default:
			if (k < b->n && b->v[k] == NULL)
				b->v[k] = r;
			else
				PQclear(r);
		}
	}
}

const PGresult *
batch_error(const struct batch *b)
{
	size_t	i;

	for (i = 0; i < b->n; i++)
		if (b->v[i] != NULL &&
		    PQresultStatus(b->v[i]) == PGRES_FATAL_ERROR)
			return b->v[i];
	return NULL;
}

void
batch_clear(struct batch *b)
{
	while (b->n > 0)
		PQclear(b->v[--b->n]);
	b->ahead = 0;
}

void
batch_free(struct batch *b)
{
	batch_clear(b);
	free(b->v);
}

enum stile_err
pg_command(struct conn *c, const char *sql, size_t nargs,
    const char *const *args, bool stops, char *tag, size_t n,
    struct stile_error *e)
{
	struct batch	 b = { .v = NULL };
	PGresult	*r = NULL;
	enum stile_err	 rc = STILE_OK;

	if (!batch_begin(c, &b) || !batch_add(&b) || PQsendQueryParams(c->pg,
	    sql, (int)nargs, NULL, args, NULL, NULL, 0) != 1)
		c->lost = true;
	else
		batch_end(c, &b, stops);
	if (b.n > 0)
		r = b.v[b.n - 1];
	if (r == NULL || (PQresultStatus(r) != PGRES_COMMAND_OK &&
	    PQresultStatus(r) != PGRES_TUPLES_OK))
		rc = pg_error(c, batch_error(&b), e);
	else if (tag != NULL)
		snprintf(tag, n, "%s", PQcmdStatus(r));
	batch_free(&b);
	return rc;
}

/* What is owed goes ahead by itself, so that a wrong script comes after it. */
static enum stile_err
pay(struct conn *c, struct stile_error *e)
{
	struct batch	b = { .v = NULL };
	enum stile_err	rc = STILE_OK;

	if (c->owed == NULL)
		return STILE_OK;
	if (batch_begin(c, &b))
		batch_end(c, &b, true);
	if (c->lost || batch_error(&b) != NULL)
		rc = pg_error(c, batch_error(&b), e);
	batch_free(&b);
	return rc;
}

enum stile_err
pg_simple(struct conn *c, const char *sql, struct stile_error *e)
{
	struct patience	 p = { .stops = true };
	PGresult	*r;
	enum stile_err	 rc;

	if ((rc = pay(c, e)) != STILE_OK)
		return rc;
	if (c->lost || PQsendQuery(c->pg, sql) != 1)
		return pg_error(c, NULL, e);
	while ((r = next_result(c, &p)) != NULL) {
		switch (PQresultStatus(r)) {
		case PGRES_FATAL_ERROR:
			if (rc == STILE_OK)
				rc = pg_error(c, r, e);
			break;
		case PGRES_COPY_IN:
		case PGRES_COPY_OUT:
		case PGRES_COPY_BOTH:
			c->lost = true;
			rc = stile_error_set(e, STILE_ENOSYS, 500,
			    "postgresql: COPY is not possible here");
			break;
		default:
			break;
		}
		PQclear(r);
	}
	return c->lost && rc == STILE_OK ? pg_error(c, NULL, e) : rc;
}

int
pg_wait_readable(struct conn *c, int ms)
{
	struct pollfd	fd = { .fd = PQsocket(c->pg), .events = POLLIN };
	int		n;

	n = poll(&fd, 1, c->stop == NULL ? ms :
	    ms < 0 || ms > SLICE_MS ? SLICE_MS : ms);
	if (n == -1)
		return errno == EINTR ? 0 : -1;
	if (n == 0)
		return 0;
	return PQconsumeInput(c->pg) == 1 ? 1 : -1;
}
