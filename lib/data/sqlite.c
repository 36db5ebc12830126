/* SPDX-License-Identifier: ISC */
/*
 * SQLite engine: one connection a thread, write-ahead log, foreign keys on,
 * busy handling, and no trust in what a database file brings along.
 *
 * Booleans are columns declared BOOLEAN; SQLite itself has only 0 and 1.
 */
#include "base/priv.h"

#include <math.h>
#include <pthread.h>
#include <sqlite3.h>
#include <time.h>
#include <unistd.h>

#include "stile/str.h"
#include "base/clock.h"
#include "data/db.h"
#include "base/banned.h"

#define PROGRESS_STEPS	1000	/* of SQLite's machine between two looks */
#define COLUMNS_MAX	64	/* columns past these are never booleans */

struct conn {
	sqlite3		*db;
	int		 busy_ms;
	int64_t		 busy_since;	/* the present wait for a lock */
	bool		(*stop)(const void *);	/* NULL: statements never */
	const void	*stop_arg;
	const char	*path;	/* for messages; SQLite's own copy */
};

struct stmt {
	struct conn	*conn;
	sqlite3_stmt	*st;
	uint64_t	 booleans;	/* a bit a column */
	bool		 started;
	int64_t		 total;		/* changes on the connection before */
	int		 prepared;	/* how often again, by a new schema */
};

static const struct {
	int		rc;	/* SQLite's primary code */
	enum stile_err	code;
} codes[] = {
	{ SQLITE_NOMEM,		STILE_ENOMEM },
	{ SQLITE_BUSY,		STILE_EBUSY },
	{ SQLITE_LOCKED,	STILE_EBUSY },
	{ SQLITE_READONLY,	STILE_EREADONLY },
	{ SQLITE_FULL,		STILE_EFULL },
	{ SQLITE_IOERR,		STILE_EIO },
	{ SQLITE_CANTOPEN,	STILE_EIO },
	{ SQLITE_CONSTRAINT,	STILE_ECONSTRAINT },
	{ SQLITE_TOOBIG,	STILE_ETOOBIG },
	{ SQLITE_INTERRUPT,	STILE_ETIME },
};

static enum stile_err
fail(struct conn *c, int rc, struct stile_error *e)
{
	size_t		i;
	enum stile_err	code = STILE_EDB;

	for (i = 0; i < NELEM(codes); i++)
		if (codes[i].rc == (rc & 0xFF))
			code = codes[i].code;
	return stile_error_set(e, code, 0, "sqlite:%s: %s", c->path,
	    c->db != NULL ? sqlite3_errmsg(c->db) : sqlite3_errstr(rc));
}

static void
sqlite_close(void *conn)
{
	struct conn	*c = conn;

	sqlite3_close_v2(c->db);
	free(c);
}

static int
authorize_inside(void *arg, int action, const char *a, const char *b,
    const char *c, const char *d)
{
	(void)a;
	(void)b;
	(void)c;
	(void)d;
	if (action != SQLITE_TRANSACTION)
		return SQLITE_OK;
	*(bool *)arg = true;
	return SQLITE_DENY;
}

static enum stile_err
sqlite_script(void *conn, const char *sql, bool inside, struct stile_error *e)
{
	struct conn	*c = conn;
	bool		 refused = false;
	int		 rc;

	if (inside)
		sqlite3_set_authorizer(c->db, authorize_inside, &refused);
	rc = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
	if (inside)
		sqlite3_set_authorizer(c->db, NULL, NULL);
	if (refused)
		return stile_error_set(e, STILE_EINVAL, 500,
		    "it must not begin or end a transaction");
	return rc == SQLITE_OK ? STILE_OK : fail(c, rc, e);
}

/* A setting of the connection that takes an int; these do not fail here. */
static void
harden(sqlite3 *db)
{
	static const struct { int op, value; } settings[] = {
		{ SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0 },
		{ SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0 },
		{ SQLITE_DBCONFIG_DEFENSIVE, 1 },
		{ SQLITE_DBCONFIG_DQS_DML, 0 },
		{ SQLITE_DBCONFIG_DQS_DDL, 0 },
	};
	size_t	i;

	for (i = 0; i < NELEM(settings); i++)
		sqlite3_db_config(db, settings[i].op, settings[i].value, NULL);
}

static bool
is_memory(const char *path)
{
	return strcmp(path, ":memory:") == 0;
}

/* It answers with the mode that it could have, which may be another one. */
static enum stile_err
try_wal(struct conn *c, struct stile_error *e)
{
	sqlite3_stmt	*st;
	const char	*mode;
	bool		 wal;
	int		 rc;

	rc = sqlite3_prepare_v2(c->db, "PRAGMA journal_mode = WAL", -1, &st,
	    NULL);
	if (rc != SQLITE_OK)
		return fail(c, rc, e);
	rc = sqlite3_step(st);
	mode = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : "";
	wal = mode != NULL && strcmp(mode, "wal") == 0;
	sqlite3_finalize(st);
	if (wal)
		return STILE_OK;
	if (rc != SQLITE_ROW)
		return fail(c, rc, e);
	return stile_error_set(e, STILE_EIO, 0, "sqlite:%s: no write-ahead log "
	    "is possible here; a network file system has none", c->path);
}

/* Of several that change the mode at once, SQLite lets none wait. */
static enum stile_err
set_wal(struct conn *c, int busy_ms, struct stile_error *e)
{
	static const struct timespec	moment = { 0, 2 * 1000 * 1000 };
	struct stile_error		cause = { STILE_OK, 0, "" };
	int64_t				until;
	enum stile_err			rc;

	until = stile__mono_us() + (int64_t)busy_ms * 1000;
	while ((rc = try_wal(c, &cause)) == STILE_EBUSY &&
	    stile__mono_us() < until) {
		nanosleep(&moment, NULL);
		cause.code = STILE_OK;
	}
	if (rc != STILE_OK)
		stile_error_set(e, rc, cause.status, "%s", cause.detail);
	return rc;
}

static bool
must_stop(const struct conn *c)
{
	return c->stop != NULL && c->stop(c->stop_arg);
}

/* As sqlite3_busy_timeout() does it, but no longer than the request may. */
static int
on_busy(void *conn, int tries)
{
	static const long	ms[] = { 1, 2, 5, 10, 15, 20, 25, 50 };
	struct conn		*c = conn;
	struct timespec		 moment = { 0, 0 };
	int64_t			 now = stile__mono_us();

	if (tries == 0)
		c->busy_since = now;
	if (must_stop(c) || now - c->busy_since >= (int64_t)c->busy_ms * 1000)
		return 0;
	moment.tv_nsec = ms[tries < (int)NELEM(ms) ? tries :
	    (int)NELEM(ms) - 1] * 1000000;
	nanosleep(&moment, NULL);
	return 1;
}

static int
on_progress(void *conn)
{
	return must_stop(conn);
}

static void
sqlite_watch(void *conn, bool (*stop)(const void *), const void *arg)
{
	struct conn	*c = conn;

	c->stop = stop;
	c->stop_arg = arg;
	sqlite3_progress_handler(c->db, PROGRESS_STEPS, on_progress, c);
}

/* Settings, in the order in which they can first fail on a bad file. */
static enum stile_err
set_up(struct conn *c, enum stile_db_mode mode, int busy_ms,
    struct stile_error *e)
{
	enum stile_err	rc;

	sqlite3_extended_result_codes(c->db, 1);
	c->busy_ms = busy_ms;
	sqlite3_busy_handler(c->db, on_busy, c);
	harden(c->db);
	if ((rc = sqlite_script(c, "PRAGMA foreign_keys = ON;"
	    "PRAGMA synchronous = NORMAL;"
	    "SELECT count(*) FROM sqlite_schema", false, e)) != STILE_OK)
		return rc;
	if (mode == STILE_DB_CREATE && !is_memory(c->path) &&
	    (rc = set_wal(c, busy_ms, e)) != STILE_OK)
		return rc;
	if (mode != STILE_DB_READONLY &&
	    sqlite3_db_readonly(c->db, "main") == 1)
		return stile_error_set(e, STILE_EREADONLY, 0,
		    "sqlite:%s: the file is read-only", c->path);
	return STILE_OK;
}

/* Counting memory takes a lock that all threads share, each time. */
static void
configure(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static enum stile_err
sqlite_open(const char *path, enum stile_db_mode mode, int busy_ms, void **ret,
    struct stile_error *e)
{
	static const int flags[] = {
		[STILE_DB_READWRITE] = SQLITE_OPEN_READWRITE,
		[STILE_DB_READONLY] = SQLITE_OPEN_READONLY,
		[STILE_DB_CREATE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
	};
	static pthread_once_t	once = PTHREAD_ONCE_INIT;
	struct conn		*c;
	enum stile_err		 code;
	int			 rc;

	pthread_once(&once, configure);
	if (*path == '\0')
		return stile_error_set(e, STILE_EINVAL, 0,
		    "sqlite: a path is expected after the colon");
	if (mode != STILE_DB_CREATE && !is_memory(path) &&
	    access(path, F_OK) != 0)
		return stile_error_set(e, STILE_ENOTFOUND, 500,
		    "sqlite:%s: no such file", path);
	if ((c = stile__malloc(sizeof(*c))) == NULL)
		return stile_error_set(e, STILE_ENOMEM, 503, "no memory");
	*c = (struct conn){ .path = path };
	/* One thread uses a connection, so it needs no locks of its own. */
	rc = sqlite3_open_v2(path, &c->db, flags[mode] | SQLITE_OPEN_NOMUTEX,
	    NULL);
	code = rc != SQLITE_OK ? fail(c, rc, e) : set_up(c, mode, busy_ms, e);
	if (code != STILE_OK) {
		sqlite_close(c);
		return code;
	}
	c->path = is_memory(path) ? ":memory:" :
	    sqlite3_db_filename(c->db, "main");
	*ret = c;
	return STILE_OK;
}

static void
find_booleans(struct stmt *s)
{
	const char	*type;
	int		 i, n = sqlite3_column_count(s->st);

	s->booleans = 0;
	for (i = 0; i < n && i < COLUMNS_MAX; i++)
		if ((type = sqlite3_column_decltype(s->st, i)) != NULL &&
		    strcasecmp(type, "BOOLEAN") == 0)
			s->booleans |= (uint64_t)1 << i;
}

static enum stile_err
sqlite_prepare(void *conn, struct stile_str sql, void **ret,
    struct stile_error *e)
{
	struct conn	*c = conn;
	struct stmt	*s;
	const char	*tail;
	int		 rc;

	if ((s = stile__malloc(sizeof(*s))) == NULL)
		return stile_error_set(e, STILE_ENOMEM, 503, "no memory");
	*s = (struct stmt){ .conn = c };
	rc = sqlite3_prepare_v3(c->db, sql.p, (int)sql.len,
	    SQLITE_PREPARE_PERSISTENT, &s->st, &tail);
	if (rc != SQLITE_OK) {
		free(s);
		return fail(c, rc, e);
	}
	if (s->st == NULL || tail[strspn(tail, " \t\r\n;")] != '\0') {
		sqlite3_finalize(s->st);
		free(s);
		return stile_error_set(e, STILE_EINVAL, 500,
		    "one statement is expected: %.*s", STILE_STR_ARG(sql));
	}
	find_booleans(s);
	*ret = s;
	return STILE_OK;
}

static enum stile_err
sqlite_bind(void *stmt, size_t pos, struct stile_value v, struct stile_error *e)
{
	struct stmt	*s = stmt;
	int		 i = (int)pos + 1, rc = SQLITE_MISUSE;

	switch (v.type) {
	case STILE_NULL:
		rc = sqlite3_bind_null(s->st, i);
		break;
	case STILE_BOOL:
		rc = sqlite3_bind_int(s->st, i, v.u.b);
		break;
	case STILE_INT:
		rc = sqlite3_bind_int64(s->st, i, v.u.i);
		break;
	case STILE_DOUBLE:
		/* SQLite would store NaN as NULL without a word. */
		if (isnan(v.u.d))
			return stile_error_set(e, STILE_EINVAL, 500,
			    "argument %zu is not a number", pos + 1);
		rc = sqlite3_bind_double(s->st, i, v.u.d);
		break;
	/* Copied: a caller's memory need not last until the end. */
	case STILE_TEXT:
		rc = sqlite3_bind_text64(s->st, i, v.u.s.p, v.u.s.len,
		    SQLITE_TRANSIENT, SQLITE_UTF8);
		break;
	case STILE_BLOB:
		rc = sqlite3_bind_blob64(s->st, i, v.u.s.p, v.u.s.len,
		    SQLITE_TRANSIENT);
		break;
	case STILE_JSON:
		return stile_error_set(e, STILE_EINVAL, 500,
		    "argument %zu: a JSON value cannot be bound", pos + 1);
	}
	return rc == SQLITE_OK ? STILE_OK : fail(s->conn, rc, e);
}

static size_t
sqlite_arguments(void *stmt)
{
	return (size_t)sqlite3_bind_parameter_count(((struct stmt *)stmt)->st);
}

static int
sqlite_step(void *stmt, struct stile_error *e)
{
	struct stmt	*s = stmt;
	int		 n, rc;

	if (!s->started)
		s->total = sqlite3_total_changes64(s->conn->db);
	s->started = true;
	switch (rc = sqlite3_step(s->st)) {
	case SQLITE_ROW:
		n = sqlite3_stmt_status(s->st, SQLITE_STMTSTATUS_REPREPARE, 0);
		if (n != s->prepared)
			find_booleans(s);
		s->prepared = n;
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return fail(s->conn, rc, e);
	}
}

static size_t
sqlite_columns(void *stmt)
{
	return (size_t)sqlite3_column_count(((struct stmt *)stmt)->st);
}

static const char *
sqlite_column(void *stmt, size_t i)
{
	const char	*name;

	name = sqlite3_column_name(((struct stmt *)stmt)->st, (int)i);
	return name != NULL ? name : "";
}

static struct stile_str
text(sqlite3_stmt *st, int i)
{
	struct stile_str	s;

	s.p = (const char *)sqlite3_column_text(st, i);
	s.len = (size_t)sqlite3_column_bytes(st, i);
	return s;
}

static struct stile_value
sqlite_value(void *stmt, size_t pos)
{
	struct stmt	*s = stmt;
	int		 i = (int)pos;

	switch (sqlite3_column_type(s->st, i)) {
	case SQLITE_INTEGER:
		if (pos < COLUMNS_MAX && (s->booleans >> pos & 1) != 0)
			return stile_bool(sqlite3_column_int(s->st, i) != 0);
		return stile_int(sqlite3_column_int64(s->st, i));
	case SQLITE_FLOAT:
		return stile_double(sqlite3_column_double(s->st, i));
	case SQLITE_TEXT:
		return stile_text_str(text(s->st, i));
	case SQLITE_BLOB:
		/* An empty one has no address, and is not NULL. */
		if (sqlite3_column_bytes(s->st, i) == 0)
			return stile_blob("", 0);
		return stile_blob(sqlite3_column_blob(s->st, i),
		    (size_t)sqlite3_column_bytes(s->st, i));
	default:
		return stile_null();
	}
}

/* SQLite's own number stays as it was after what changes no rows. */
static int64_t
sqlite_changed(void *stmt)
{
	struct stmt	*s = stmt;

	if (sqlite3_total_changes64(s->conn->db) == s->total)
		return 0;
	return sqlite3_changes64(s->conn->db);
}

static void
sqlite_reset(void *stmt)
{
	struct stmt	*s = stmt;

	sqlite3_reset(s->st);
	sqlite3_clear_bindings(s->st);
	s->started = false;
}

static void
sqlite_finish(void *stmt)
{
	struct stmt	*s = stmt;

	sqlite3_finalize(s->st);
	free(s);
}

static bool
sqlite_in_transaction(void *conn)
{
	return sqlite3_get_autocommit(((struct conn *)conn)->db) == 0;
}

const struct stile_engine stile__sqlite = {
	.version = STILE_ENGINE_VERSION,
	.name = "sqlite",
	.open = sqlite_open,
	.close = sqlite_close,
	.prepare = sqlite_prepare,
	.bind = sqlite_bind,
	.arguments = sqlite_arguments,
	.step = sqlite_step,
	.columns = sqlite_columns,
	.column = sqlite_column,
	.value = sqlite_value,
	.changed = sqlite_changed,
	.reset = sqlite_reset,
	.finish = sqlite_finish,
	.script = sqlite_script,
	.in_transaction = sqlite_in_transaction,
	.watch = sqlite_watch,
};
