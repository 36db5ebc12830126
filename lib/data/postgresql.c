/* SPDX-License-Identifier: ISC */
/*
 * PostgreSQL engine, a module of its own: whoever does not use it does not
 * load libpq.
 *
 * A statement is prepared when it first runs, and a transaction begins with its
 * first statement: each in the same round trip.  All rows of a result are
 * fetched at once, so that several statements can be open side by side.
 */
#include "base/priv.h"

#include "stile/num.h"
#include "stile/str.h"
#include "base/clock.h"
#include "data/postgresql.h"
#include "base/banned.h"

#define DATA_KEPT	(64 * 1024)	/* bytes for the next arguments */

static void
postgresql_watch(void *conn, bool (*stop)(const void *), const void *arg)
{
	struct conn	*c = conn;

	c->stop = stop;
	c->stop_arg = arg;
}

/* ---- statements ------------------------------------------------------------ */

static void
forget_name(struct pg_stmt *s)
{
	struct conn	*c = s->conn;

	if (s->name != 0 && c->ndrop < NELEM(c->drop))
		c->drop[c->ndrop++] = s->name;
	s->name = 0;
}

static void
postgresql_finish(void *stmt)
{
	struct pg_stmt	*s = stmt;

	pg_decoded_free(s);
	batch_free(&s->batch);
	/* Dropped with a later command, which costs no round trip. */
	forget_name(s);
	free(s->sql);
	free(s->places);
	free(s->data);
	free(s);
}

static enum stile_err
postgresql_prepare(void *conn, struct stile_str sql, size_t nplaces, void **ret,
    struct stile_error *e)
{
	struct stile_str	 one;
	struct pg_stmt		*s;
	const char		*p = sql.p;

	if (!sql_next(&p, STILE_POSTGRESQL, &one))
		return stile_error_set(e, STILE_EINVAL, 500,
		    "one statement is expected, and none is there");
	if ((s = stile__malloc(sizeof(*s))) == NULL)
		return stile__error_nomem(e);
	*s = (struct pg_stmt){ .conn = conn, .nplaces = nplaces, .row = -1 };
	s->sql = stile__malloc(sql.len + 1);
	s->places = stile__malloc((nplaces + 1) * sizeof(*s->places));
	if (s->sql == NULL || s->places == NULL) {
		postgresql_finish(s);
		return stile__error_nomem(e);
	}
	memcpy(s->sql, sql.p, sql.len);
	s->sql[sql.len] = '\0';
	pg_unbind(s);
	*ret = s;
	return STILE_OK;
}

static bool
send_prepare(struct pg_stmt *s)
{
	struct conn	*c = s->conn;
	char		 name[40];

	if (!c->prepares || s->name != 0)
		return true;
	if (!batch_add(&s->batch))
		return false;
	s->batch.ahead = s->batch.n;
	s->name = ++c->names;
	snprintf(name, sizeof(name), "stile_%lu", s->name);
	return PQsendPrepare(c->pg, name, s->sql, 0, NULL) == 1;
}

static bool
send_one(struct pg_stmt *s)
{
	const char	*values[SQL_PLACES_MAX];
	int		 lens[SQL_PLACES_MAX], formats[SQL_PLACES_MAX];
	char		 name[40];
	size_t		 i;

	for (i = 0; i < s->nplaces; i++) {
		values[i] = s->places[i].null ? NULL :
		    s->data + s->places[i].at;
		lens[i] = s->places[i].len;
		formats[i] = s->places[i].binary;
	}
	if (!batch_add(&s->batch))
		return false;
	if (s->name == 0)
		return PQsendQueryParams(s->conn->pg, s->sql, (int)s->nplaces,
		    NULL, values, lens, formats, 0) == 1;
	snprintf(name, sizeof(name), "stile_%lu", s->name);
	return PQsendQueryPrepared(s->conn->pg, name, (int)s->nplaces, values,
	    lens, formats, 0) == 1;
}

/* Whatever could not be said leaves the connection in no known state. */
static enum stile_err
broken(struct conn *c, struct stile_error *e)
{
	c->lost = true;
	return pg_error(c, NULL, e);
}

/* libpq sends as much as the socket takes, and reads what is in its way. */
static enum stile_err
postgresql_queue(void *stmt, struct stile_error *e)
{
	struct pg_stmt	*s = stmt;
	struct conn	*c = s->conn;

	if (PQpipelineStatus(c->pg) == PQ_PIPELINE_OFF &&
	    (!batch_begin(c, &s->batch) || !send_prepare(s)))
		return broken(c, e);
	if (!send_one(s) || PQflush(c->pg) == -1 || PQconsumeInput(c->pg) != 1)
		return broken(c, e);
	s->sent = s->queued = true;
	return STILE_OK;
}

/* It has a name on the server if what was ahead of it went well. */
static void
finish_batch(struct pg_stmt *s, bool stops)
{
	size_t	i;

	batch_end(s->conn, &s->batch, stops);
	s->queued = false;
	for (i = 0; i < s->batch.ahead; i++)
		if (PQresultStatus(s->batch.v[i]) != PGRES_COMMAND_OK)
			s->name = 0;
}

/* Its table has changed since it was prepared. */
static bool
is_stale(const struct pg_stmt *s, const PGresult *error)
{
	const char	*in;

	if (error == NULL || s->name == 0)
		return false;
	in = PQresultErrorField(error, PG_DIAG_SOURCE_FUNCTION);
	return in != NULL && strcmp(in, "RevalidateCachedQuery") == 0;
}

/* All of it came back; what is stale is prepared anew, once. */
static enum stile_err
end_batch(struct pg_stmt *s, struct stile_error *e)
{
	struct conn	*c = s->conn;
	bool		 single = s->batch.n == s->batch.ahead + 1;
	enum stile_err	 rc;

	finish_batch(s, true);
	if (!is_stale(s, batch_error(&s->batch)))
		return STILE_OK;
	forget_name(s);
	if (c->lost || !c->alone || !single)
		return stile_error_set(e, STILE_ECONFLICT, 0,
		    "postgresql: a table was changed meanwhile");
	if ((rc = postgresql_queue(s, e)) != STILE_OK)
		return rc;
	finish_batch(s, true);
	return STILE_OK;
}

static enum stile_err
postgresql_collect(void *stmt, struct stile_error *e)
{
	struct pg_stmt	*s = stmt;
	PGresult	*r = NULL;
	enum stile_err	 rc;
	size_t		 i;

	pg_decoded_free(s);
	s->rows = NULL;
	if (s->queued && (rc = end_batch(s, e)) != STILE_OK)
		return rc;
	i = s->batch.ahead + s->collected++;
	if (i < s->batch.n)
		r = s->batch.v[i];
	if (r == NULL || (PQresultStatus(r) != PGRES_TUPLES_OK &&
	    PQresultStatus(r) != PGRES_COMMAND_OK))
		return pg_error(s->conn, batch_error(&s->batch), e);
	s->rows = r;
	s->row = -1;
	s->next = 0;
	return STILE_OK;
}

/* Its first result, or why there is none; step() tells. */
static bool
has_run(struct pg_stmt *s)
{
	if (s->rows == NULL && s->rc == STILE_OK &&
	    (s->rc = postgresql_queue(s, &s->cause)) == STILE_OK)
		s->rc = postgresql_collect(s, &s->cause);
	return s->rc == STILE_OK;
}

static int
postgresql_step(void *stmt, struct stile_error *e)
{
	struct pg_stmt	*s = stmt;
	enum stile_err	 rc;

	if (!has_run(s)) {
		if (e != NULL && e->code == STILE_OK)
			*e = s->cause;
		return s->rc;
	}
	if (s->next >= PQntuples(s->rows))
		return 0;
	s->row = s->next++;
	rc = pg_decode_row(s, e);
	return rc == STILE_OK ? 1 : rc;
}

static size_t
postgresql_columns(void *stmt)
{
	struct pg_stmt	*s = stmt;

	return has_run(s) ? (size_t)PQnfields(s->rows) : 0;
}

static const char *
postgresql_column(void *stmt, size_t i)
{
	struct pg_stmt	*s = stmt;
	const char	*name = NULL;

	if (has_run(s))
		name = PQfname(s->rows, (int)i);
	return name != NULL ? name : "";
}

/* A SELECT has a number in its tag as well. */
static int64_t
postgresql_changed(void *stmt)
{
	static const char *const	tags[] = {
		"INSERT ", "UPDATE ", "DELETE ", "MERGE "
	};
	struct pg_stmt			*s = stmt;
	const char			*tag;
	int64_t				 n = 0;
	size_t				 i;

	if (s->rows == NULL)
		return 0;
	tag = PQcmdStatus(s->rows);
	for (i = 0; i < NELEM(tags); i++)
		if (strncmp(tag, tags[i], strlen(tags[i])) == 0 &&
		    stile_num_int(stile_str(PQcmdTuples(s->rows)), 0,
		    INT64_MAX, &n) == STILE_OK)
			return n;
	return 0;
}

/* Those that were sent and that nobody waits for: undone, if they are alone. */
static void
abandon(struct pg_stmt *s)
{
	struct conn	*c = s->conn;

	if (c->alone && (!batch_add(&s->batch) || PQsendQueryParams(c->pg,
	    "ROLLBACK", 0, NULL, NULL, NULL, NULL, 0) != 1))
		c->lost = true;
	if (!c->lost)
		finish_batch(s, false);
}

static void
postgresql_reset(void *stmt)
{
	struct pg_stmt	*s = stmt;

	if (s->queued && !s->conn->lost)
		abandon(s);
	pg_decoded_free(s);
	batch_clear(&s->batch);
	s->rows = NULL;
	s->queued = false;
	s->collected = 0;
	s->rc = STILE_OK;
	s->cause = (struct stile_error){ .code = STILE_OK };
	pg_unbind(s);
	if (s->size > DATA_KEPT) {
		free(s->data);
		s->data = NULL;
		s->size = 0;
	}
}

/* ---- transactions ------------------------------------------------------------ */

static bool
postgresql_in_transaction(void *conn)
{
	struct conn	*c = conn;

	switch (PQtransactionStatus(c->pg)) {
	case PQTRANS_INTRANS:
	case PQTRANS_INERROR:
		return true;
	case PQTRANS_IDLE:
		return c->owed != NULL;
	default:		/* it is lost, or in the middle of something */
		return c->begun;
	}
}

static enum stile_err
postgresql_begin(void *conn, enum stile_tx tx, struct stile_error *e)
{
	struct conn	*c = conn;

	if (c->lost)
		return pg_error(c, NULL, e);
	switch (tx) {
	case STILE_TX_READ:
		c->owed = "BEGIN READ ONLY";
		break;
	case STILE_TX_SERIALIZABLE:
		c->owed = "BEGIN ISOLATION LEVEL SERIALIZABLE";
		break;
	default:
		c->owed = "BEGIN";
	}
	c->begun = true;
	return STILE_OK;
}

/* The COMMIT of a transaction that has failed is a ROLLBACK, and no error. */
static enum stile_err
postgresql_commit(void *conn, struct stile_error *e)
{
	struct conn	*c = conn;
	char		 tag[16] = "";
	enum stile_err	 rc;

	c->begun = false;
	if (c->owed != NULL) {
		c->owed = NULL;
		return STILE_OK;
	}
	rc = pg_command(c, "COMMIT", 0, NULL, true, tag, sizeof(tag), e);
	if (rc == STILE_OK && strcmp(tag, "COMMIT") != 0)
		return stile_error_set(e, STILE_EDB, 500, "postgresql: "
		    "a statement of the transaction had failed");
	return rc;
}

static void
postgresql_rollback(void *conn)
{
	struct conn	*c = conn;

	c->begun = false;
	if (c->owed == NULL && !c->lost && postgresql_in_transaction(c) &&
	    pg_command(c, "ROLLBACK", 0, NULL, false, NULL, 0, NULL) !=
	    STILE_OK)
		c->lost = true;
	c->owed = NULL;
}

static enum stile_err
postgresql_script(void *conn, const char *sql, bool inside,
    struct stile_error *e)
{
	struct stile_str	 one;
	const char		*p = sql;

	while (inside && sql_next(&p, STILE_POSTGRESQL, &one))
		if (sql_is_control(one))
			return stile_error_set(e, STILE_EINVAL, 500,
			    "it must not begin or end a transaction");
	return pg_simple(conn, sql, e);
}

/* ---- messages ------------------------------------------------------------------ */

static enum stile_err
postgresql_notify(void *conn, const char *channel, const char *payload,
    struct stile_error *e)
{
	const char	*args[] = { channel, payload };

	return pg_command(conn, "SELECT pg_notify($1, $2)", NELEM(args), args,
	    true, NULL, 0, e);
}

static enum stile_err
postgresql_listen(void *conn, const char *channel, struct stile_error *e)
{
	struct conn	*c = conn;
	char		 sql[160], *name;

	if (strlen(channel) >= 64)
		return stile_error_set(e, STILE_EINVAL, 500,
		    "the name of a channel has 63 bytes at most");
	if ((name = PQescapeIdentifier(c->pg, channel, strlen(channel))) ==
	    NULL)
		return stile_error_set(e, STILE_EINVAL, 500,
		    "the name of a channel is not UTF-8");
	snprintf(sql, sizeof(sql), "LISTEN %s", name);
	PQfreemem(name);
	return pg_command(c, sql, 0, NULL, true, NULL, 0, e);
}

static int
postgresql_wait(void *conn, int ms, struct stile_note *ret,
    struct stile_error *e)
{
	struct conn	*c = conn;
	int64_t		 left = ms, until;

	PQfreemem(c->note);
	until = stile__mono_us() / 1000 + ms;
	while ((c->note = c->lost ? NULL : PQnotifies(c->pg)) == NULL) {
		if (c->lost || pg_wait_readable(c, (int)left) < 0)
			return pg_error(c, NULL, e);
		if (pg_must_stop(c))
			return stile_error_set(e, STILE_ETIME, 503,
			    "the time was up");
		if (ms >= 0 && left == 0)
			return 0;
		left = ms < 0 ? -1 : until - stile__mono_us() / 1000;
		if (ms >= 0 && left < 0)
			left = 0;	/* once more, to see what is there */
	}
	*ret = (struct stile_note){ c->note->relname, c->note->extra };
	return 1;
}

/* By its name for dlsym(3). */
extern STILE_API const struct stile_engine	stile_engine;

const struct stile_engine stile_engine = {
	.version = STILE_ENGINE_VERSION,
	.name = "postgresql",
	.dialect = STILE_POSTGRESQL,
	.open = pg_open,
	.close = pg_close,
	.alive = pg_alive,
	.watch = postgresql_watch,
	.prepare = postgresql_prepare,
	.bind = pg_bind,
	.step = postgresql_step,
	.columns = postgresql_columns,
	.column = postgresql_column,
	.value = pg_value,
	.changed = postgresql_changed,
	.reset = postgresql_reset,
	.finish = postgresql_finish,
	.script = postgresql_script,
	.begin = postgresql_begin,
	.commit = postgresql_commit,
	.rollback = postgresql_rollback,
	.in_transaction = postgresql_in_transaction,
	.queue = postgresql_queue,
	.collect = postgresql_collect,
	.notify = postgresql_notify,
	.listen = postgresql_listen,
	.wait = postgresql_wait,
	/* Any number that others do not use; this is "stile" in ASCII. */
	.lock_sql = "SELECT pg_advisory_xact_lock(495874731109)",
	.probe_sql = "SELECT 1",
};
