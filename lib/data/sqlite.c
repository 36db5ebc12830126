/* SPDX-License-Identifier: ISC */
/*
 * SQLite engine: one connection a thread, write-ahead log, foreign keys on,
 * busy handling, and no trust in what a database file brings along.
 *
 * SQLite has neither booleans nor times nor JSON: a column's declared type says
 * what its numbers and texts are.
 *
 * The writers of a server take turns, which is fairer and faster than to sleep
 * until SQLite's lock is free.  Their durable commits are grouped: SQLite writes
 * them to the log, and they wait for a sync of it that they share.  That is what
 * "synchronous = FULL" does for each alone.
 */
#include "base/priv.h"

#include <json-c/json.h>
#include <math.h>
#include <pthread.h>
#include <sqlite3.h>
#include <time.h>
#include <unistd.h>

#include "stile/arena.h"
#include "stile/buf.h"
#include "stile/json.h"
#include "stile/str.h"
#include "base/clock.h"
#include "data/db.h"
#include "data/sqlite_copy.h"
#include "base/banned.h"

#define PROGRESS_STEPS	1000	/* of SQLite's machine between two looks */
#define TURN_MS		50	/* of waiting between two looks */
#define COLUMNS_MAX	64	/* columns past these have no declared type */
#define LOG_PAGES	1000	/* of the log, before it is worked in */
#define VALUE_MAX	(128 * 1024 * 1024)	/* bytes of a value or row */
#define SQL_MAX		(16 * 1024 * 1024)	/* bytes of SQL */
#define LIST_MAX	VALUE_MAX
#define JSON_DEPTH	256
#define ANALYSIS_LIMIT	"400"	/* rows that PRAGMA optimize looks at */

struct conn {
	sqlite3		*db;
	struct stile_group *group;	/* whose turns it keeps; or NULL */
	bool		 our_turn;	/* to write */
	bool		 shares;	/* syncs of the log, with the group */
	bool		 unsynced;	/* commits since the last sync */
	bool		 optimize;	/* before it is closed */
	sqlite3_stmt	*begin, *commit;
	int		 busy_ms;
	int64_t		 busy_since;	/* the present wait for a lock */
	bool		(*stop)(const void *);	/* NULL: statements never */
	const void	*stop_arg;
	const char	*path;	/* for messages; SQLite's own copy */
};

struct stmt {
	struct conn	*conn;
	sqlite3_stmt	*st;
	unsigned char	 declared[COLUMNS_MAX];	/* an enum stile_type, or 0 */
	bool		 started;
	bool		 halfway;	/* at a row, and not at its end */
	int64_t		 total;		/* changes on the connection before */
	int		 prepared;	/* how often again, by a new schema */
};

/* The first that fits stands; a code without an extension is for all of it. */
static const struct {
	int		rc;
	enum stile_err	code;
} codes[] = {
	{ SQLITE_CONSTRAINT_UNIQUE,	STILE_EUNIQUE },
	{ SQLITE_CONSTRAINT_PRIMARYKEY,	STILE_EUNIQUE },
	{ SQLITE_CONSTRAINT_ROWID,	STILE_EUNIQUE },
	{ SQLITE_CONSTRAINT_FOREIGNKEY,	STILE_EFOREIGN },
	{ SQLITE_CONSTRAINT_NOTNULL,	STILE_ENOTNULL },
	{ SQLITE_CONSTRAINT_CHECK,	STILE_ECHECK },
	{ SQLITE_CONSTRAINT,		STILE_ECONSTRAINT },
	{ SQLITE_NOMEM,			STILE_ENOMEM },
	{ SQLITE_BUSY,			STILE_EBUSY },
	{ SQLITE_LOCKED,		STILE_EBUSY },
	{ SQLITE_READONLY,		STILE_EREADONLY },
	{ SQLITE_FULL,			STILE_EFULL },
	{ SQLITE_IOERR,			STILE_EIO },
	{ SQLITE_CANTOPEN,		STILE_EIO },
	{ SQLITE_TOOBIG,		STILE_ETOOBIG },
	{ SQLITE_INTERRUPT,		STILE_ETIME },
};

enum stile_err
stile__sqlite_class(int rc)
{
	size_t	i;

	for (i = 0; i < NELEM(codes); i++)
		if (codes[i].rc == rc || codes[i].rc == (rc & 0xFF))
			return codes[i].code;
	return STILE_EDB;
}

/*
 * SQLite says it in words only: "UNIQUE constraint failed: t.a, t.b",
 * "UNIQUE constraint failed: index 'name'", "CHECK constraint failed: name".
 */
static void
name_rule(struct stile_error *e, const char *msg)
{
	const char	*p = strstr(msg, "failed: "), *end;
	size_t		 n = 0;

	if (p == NULL || e->code == STILE_EFOREIGN)
		return;
	p += strlen("failed: ");
	if (strncmp(p, "index '", 7) == 0) {
		snprintf(e->constraint, sizeof(e->constraint), "%.*s",
		    (int)strlen(p + 7) - 1, p + 7);
		return;
	}
	if (e->code == STILE_ECHECK) {
		snprintf(e->constraint, sizeof(e->constraint), "%s", p);
		return;
	}
	for (; *p != '\0'; p = *end != '\0' ? end + 2 : end) {
		end = p + strcspn(p, ",");
		if (memchr(p, '.', (size_t)(end - p)) != NULL)
			p = strchr(p, '.') + 1;
		n += (size_t)snprintf(e->column + n, sizeof(e->column) - n,
		    "%s%.*s", n > 0 ? ", " : "", (int)(end - p), p);
		if (n >= sizeof(e->column))
			break;
	}
}

static enum stile_err
fail_as(struct conn *c, enum stile_err code, int rc, struct stile_error *e)
{
	const char	*msg;

	msg = c->db != NULL ? sqlite3_errmsg(c->db) : sqlite3_errstr(rc);
	if (e == NULL || e->code != STILE_OK)
		return code;
	stile_error_set(e, code, 0, "sqlite:%s: %s", c->path, msg);
	if ((rc & 0xFF) == SQLITE_CONSTRAINT)
		name_rule(e, msg);
	return code;
}

static enum stile_err
fail(struct conn *c, int rc, struct stile_error *e)
{
	return fail_as(c, stile__sqlite_class(rc), rc, e);
}

static void
leave_turn(struct conn *c)
{
	if (c->our_turn)
		stile__group_leave(c->group);
	c->our_turn = false;
}

static void
sqlite_close(void *conn)
{
	struct conn	*c = conn;

	sqlite3_busy_handler(c->db, NULL, NULL);
	sqlite3_progress_handler(c->db, 0, NULL, NULL);
	if (c->optimize && sqlite3_get_autocommit(c->db) != 0)
		sqlite3_exec(c->db, "PRAGMA analysis_limit = " ANALYSIS_LIMIT
		    "; PRAGMA optimize", NULL, NULL, NULL);
	sqlite3_finalize(c->begin);
	sqlite3_finalize(c->commit);
	sqlite3_close_v2(c->db);
	leave_turn(c);
	free(c);
}

static bool
sync_log(void *conn)
{
	struct conn	*c = conn;
	sqlite3_file	*log = NULL;

	sqlite3_file_control(c->db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
	return log != NULL && log->pMethods != NULL &&
	    log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) == SQLITE_OK;
}

/* What was committed is on the disk, when this returns. */
static enum stile_err
wait_synced(struct conn *c, struct stile_error *e)
{
	if (!c->unsynced || !c->shares)
		return STILE_OK;
	c->unsynced = false;
	if (stile__group_sync(c->group, sync_log, c) == STILE_OK)
		return STILE_OK;
	return stile_error_set(e, STILE_EIO, 500,
	    "sqlite:%s: the log could not be written to the disk", c->path);
}

/*
 * A trigger may write to a table of FTS5 only where the schema is trusted: this
 * SQLite does not know yet that it does no harm.  So it is, where the file has
 * such tables and no other kind of virtual ones; functions of a program's own,
 * which are what a schema could misuse, there are none.
 */
static enum stile_err
trust_searches(struct conn *c, struct stile_error *e)
{
	sqlite3_stmt	*st = NULL;
	enum stile_err	 code = STILE_OK;
	int		 rc;

	rc = sqlite3_prepare_v2(c->db, "SELECT count(*) > 0 AND"
	    " min(sql LIKE 'CREATE VIRTUAL TABLE % USING fts5%') FROM"
	    " sqlite_schema WHERE type = 'table' AND rootpage = 0", -1, &st,
	    NULL);
	if (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW)
		sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA,
		    sqlite3_column_int(st, 0), NULL);
	else
		code = fail(c, rc, e);
	sqlite3_finalize(st);
	return code;
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
	if (rc != SQLITE_OK)
		return fail(c, rc, e);
	if (inside)
		(void)trust_searches(c, NULL);
	return wait_synced(c, e);
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
	sqlite3_limit(db, SQLITE_LIMIT_LENGTH, VALUE_MAX);
	sqlite3_limit(db, SQLITE_LIMIT_SQL_LENGTH, SQL_MAX);
	sqlite3_limit(db, SQLITE_LIMIT_VARIABLE_NUMBER, SQL_PLACES_MAX);
}

static bool
is_memory(const char *path)
{
	return strcmp(path, ":memory:") == 0;
}

/* Whether the journal is a write-ahead log after this. */
static enum stile_err
journal(struct conn *c, const char *pragma, bool *wal, struct stile_error *e)
{
	sqlite3_stmt	*st;
	const char	*mode;
	int		 rc;

	rc = sqlite3_prepare_v2(c->db, pragma, -1, &st, NULL);
	if (rc != SQLITE_OK)
		return fail(c, rc, e);
	rc = sqlite3_step(st);
	mode = rc == SQLITE_ROW ? (const char *)sqlite3_column_text(st, 0) : "";
	*wal = mode != NULL && strcmp(mode, "wal") == 0;
	sqlite3_finalize(st);
	return rc == SQLITE_ROW ? STILE_OK : fail(c, rc, e);
}

/* It answers with the mode that it could have, which may be another one. */
static enum stile_err
try_wal(struct conn *c, struct stile_error *e)
{
	enum stile_err	rc;
	bool		wal;

	rc = journal(c, "PRAGMA journal_mode = WAL", &wal, e);
	if (rc != STILE_OK || wal)
		return rc;
	return stile_error_set(e, STILE_EIO, 0, "sqlite:%s: no write-ahead log "
	    "is possible here; a network file system has none", c->path);
}

/* Of several that change the mode at once, SQLite lets none wait. */
static enum stile_err
set_wal(struct conn *c, int busy_ms, struct stile_error *e)
{
	static const struct timespec	moment = { 0, 2 * 1000 * 1000 };
	struct stile_error		cause = { 0 };
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

/* After each commit, in place of SQLite's own check of the log's length. */
static int
on_commit(void *conn, sqlite3 *db, const char *name, int pages)
{
	((struct conn *)conn)->unsynced = true;
	if (pages >= LOG_PAGES)
		sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE,
		    NULL, NULL);
	return SQLITE_OK;
}

/* Without a write-ahead log there is nothing to share. */
static enum stile_err
set_durable(struct conn *c, struct stile_error *e)
{
	enum stile_err	rc;
	bool		wal;

	rc = journal(c, "PRAGMA journal_mode", &wal, e);
	if (rc != STILE_OK)
		return rc;
	c->shares = wal && c->group != NULL;
	if (c->shares) {
		sqlite3_wal_hook(c->db, on_commit, c);
		return STILE_OK;
	}
	return sqlite_script(c, "PRAGMA synchronous = FULL", false, e);
}

/* Settings, in the order in which they can first fail on a bad file. */
static enum stile_err
set_up(struct conn *c, const struct stile_engine_open *how,
    struct stile_error *e)
{
	enum stile_err	rc;

	sqlite3_extended_result_codes(c->db, 1);
	c->busy_ms = how->busy_ms;
	sqlite3_busy_handler(c->db, on_busy, c);
	harden(c->db);
	rc = sqlite_script(c, "PRAGMA foreign_keys = ON;"
	    "PRAGMA synchronous = NORMAL", false, e);
	/* The first to read the file. */
	if (rc == STILE_OK)
		rc = trust_searches(c, e);
	if (rc != STILE_OK)
		return rc;
	if (how->mode == STILE_DB_CREATE && !is_memory(c->path) &&
	    (rc = set_wal(c, how->busy_ms, e)) != STILE_OK)
		return rc;
	if (how->durable && (rc = set_durable(c, e)) != STILE_OK)
		return rc;
	c->optimize = how->mode != STILE_DB_READONLY;
	if (how->mode != STILE_DB_READONLY &&
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
sqlite_open(const char *path, const struct stile_engine_open *how, void **ret,
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
	if (how->mode != STILE_DB_CREATE && !is_memory(path) &&
	    access(path, F_OK) != 0)
		return stile_error_set(e, STILE_ENOTFOUND, 500,
		    "sqlite:%s: no such file", path);
	if ((c = stile__malloc(sizeof(*c))) == NULL)
		return stile__error_nomem(e);
	*c = (struct conn){ .path = path };
	if (!is_memory(path))
		c->group = how->group;
	/* One thread uses a connection, so it needs no locks of its own. */
	rc = sqlite3_open_v2(path, &c->db, flags[how->mode] | SQLITE_OPEN_NOMUTEX,
	    NULL);
	code = rc != SQLITE_OK ? fail(c, rc, e) : set_up(c, how, e);
	if (code != STILE_OK) {
		sqlite_close(c);
		return code;
	}
	c->path = is_memory(path) ? ":memory:" :
	    sqlite3_db_filename(c->db, "main");
	*ret = c;
	return STILE_OK;
}

static bool
sqlite_alive(void *conn)
{
	(void)conn;
	return true;
}

static void
find_declared(struct stmt *s)
{
	static const struct {
		const char	*name;
		enum stile_type	 type;
	} types[] = {
		{ "BOOLEAN", STILE_BOOL },
		{ "TIMESTAMP", STILE_TIME },
		{ "TIMESTAMPTZ", STILE_TIME },
		{ "JSON", STILE_JSON_TEXT },
		{ "JSONB", STILE_JSON_TEXT },
	};
	const char	*name;
	size_t		 k;
	int		 i, n = sqlite3_column_count(s->st);

	for (i = 0; i < n && i < COLUMNS_MAX; i++) {
		s->declared[i] = 0;
		if ((name = sqlite3_column_decltype(s->st, i)) == NULL)
			continue;
		for (k = 0; k < NELEM(types); k++)
			if (strcasecmp(name, types[k].name) == 0)
				s->declared[i] = (unsigned char)types[k].type;
	}
}

static enum stile_err
sqlite_prepare(void *conn, struct stile_str sql, size_t nplaces, void **ret,
    struct stile_error *e)
{
	struct conn	*c = conn;
	struct stmt	*s;
	int		 rc;

	if ((s = stile__malloc(sizeof(*s))) == NULL)
		return stile__error_nomem(e);
	*s = (struct stmt){ .conn = c };
	rc = sqlite3_prepare_v3(c->db, sql.p, (int)sql.len,
	    SQLITE_PREPARE_PERSISTENT, &s->st, NULL);
	if (rc != SQLITE_OK) {
		free(s);
		/* In general, it is the statement that is wrong. */
		return fail_as(c, rc == SQLITE_ERROR ? STILE_ESQL :
		    stile__sqlite_class(rc), rc, e);
	}
	if (s->st == NULL) {
		free(s);
		return stile_error_set(e, STILE_EINVAL, 500,
		    "one statement is expected, and none is there");
	}
	/* Its own kinds, as ?1 and @name, would stay NULL. */
	if ((size_t)sqlite3_bind_parameter_count(s->st) != nplaces) {
		sqlite3_finalize(s->st);
		free(s);
		return stile_error_set(e, STILE_EINVAL, 500,
		    "places for arguments are ? or :name: %.*s",
		    STILE_STR_ARG(sql));
	}
	find_declared(s);
	*ret = s;
	return STILE_OK;
}

/* As a JSON array, for json_each(), or as the text of a JSON value. */
static enum stile_err
bind_json(struct stmt *s, int i, struct stile_value v, struct stile_error *e)
{
	struct stile_arena	*a;
	struct stile_buf	*b;
	struct stile_str	 text;
	enum stile_err		 rc = STILE_ENOMEM;

	if ((a = stile_arena_new(LIST_MAX)) != NULL &&
	    (b = stile_buf_new(a, LIST_MAX)) != NULL) {
		stile_json_write(b, v);
		text = stile_buf_view(b);
		rc = stile_buf_err(b);
		if (rc == STILE_OK && sqlite3_bind_text64(s->st, i, text.p,
		    text.len, SQLITE_TRANSIENT, SQLITE_UTF8) != SQLITE_OK)
			rc = STILE_ENOMEM;
	}
	stile_arena_free(a);
	return rc == STILE_OK ? rc : stile_error_set(e, rc, 0,
	    "argument %d is too large", i);
}

/* Those that a JSON array can hold without another meaning. */
static enum stile_err
check_list(struct stile_value v, size_t pos, struct stile_error *e)
{
	size_t		i;
	enum stile_type	t;

	for (i = 0; i < v.u.list.n; i++) {
		t = v.u.list.v[i].type;
		if ((t != STILE_INT && t != STILE_DOUBLE && t != STILE_TEXT) ||
		    (t == STILE_DOUBLE && !isfinite(v.u.list.v[i].u.d)))
			return stile_error_set(e, STILE_EINVAL, 500,
			    "argument %zu: a list has numbers and text, and "
			    "no %s", pos + 1, stile_type_name(t));
	}
	return STILE_OK;
}

static enum stile_err
sqlite_bind(void *stmt, size_t pos, struct stile_value v, struct stile_error *e)
{
	struct stmt	*s = stmt;
	int		 i = (int)pos + 1, rc = SQLITE_MISUSE;
	enum stile_err	 code;

	switch (v.type) {
	case STILE_NULL:
	case STILE_ABSENT:
		rc = sqlite3_bind_null(s->st, i);
		break;
	case STILE_BOOL:
		rc = sqlite3_bind_int(s->st, i, v.u.b);
		break;
	case STILE_INT:
	case STILE_TIME:
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
	case STILE_JSON_TEXT:
		rc = sqlite3_bind_text64(s->st, i, v.u.s.p, v.u.s.len,
		    SQLITE_TRANSIENT, SQLITE_UTF8);
		break;
	case STILE_BLOB:
		rc = sqlite3_bind_blob64(s->st, i, v.u.s.p, v.u.s.len,
		    SQLITE_TRANSIENT);
		break;
	case STILE_JSON:
		return bind_json(s, i, v, e);
	case STILE_LIST:
		if ((code = check_list(v, pos, e)) != STILE_OK)
			return code;
		return bind_json(s, i, v, e);
	}
	return rc == SQLITE_OK ? STILE_OK : fail(s->conn, rc, e);
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
			find_declared(s);
		s->prepared = n;
		s->halfway = true;
		return 1;
	case SQLITE_DONE:
		s->halfway = false;
		return wait_synced(s->conn, e);
	default:
		s->halfway = false;
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
text(sqlite3_value *v)
{
	struct stile_str	s;

	s.p = (const char *)sqlite3_value_text(v);
	s.len = (size_t)sqlite3_value_bytes(v);
	return s;
}

/* What stands in a column declared as JSON need not be JSON. */
static struct stile_value
json_or_text(struct stile_str s)
{
	struct json_object	*j;

	if (stile_json_parse(s, JSON_DEPTH, &j, NULL) != STILE_OK)
		return stile_text_str(s);
	json_object_put(j);
	return stile_json_text(s);
}

static struct stile_value
sqlite_value(void *stmt, size_t pos)
{
	struct stmt	*s = stmt;
	sqlite3_value	*v = sqlite3_column_value(s->st, (int)pos);
	enum stile_type	 declared;

	declared = pos < COLUMNS_MAX ? (enum stile_type)s->declared[pos] :
	    STILE_NULL;
	switch (sqlite3_value_type(v)) {
	case SQLITE_INTEGER:
		if (declared == STILE_BOOL)
			return stile_bool(sqlite3_value_int64(v) != 0);
		if (declared == STILE_TIME)
			return stile_time(sqlite3_value_int64(v));
		return stile_int(sqlite3_value_int64(v));
	case SQLITE_FLOAT:
		return stile_double(sqlite3_value_double(v));
	case SQLITE_TEXT:
		if (declared == STILE_JSON_TEXT)
			return json_or_text(text(v));
		return stile_text_str(text(v));
	case SQLITE_BLOB:
		/* An empty one has no address, and is not NULL. */
		if (sqlite3_value_bytes(v) == 0)
			return stile_blob("", 0);
		return stile_blob(sqlite3_value_blob(v),
		    (size_t)sqlite3_value_bytes(v));
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
	/* This has committed it, and SQLite's hook is not called for that. */
	if (s->halfway && sqlite3_stmt_readonly(s->st) == 0 &&
	    sqlite3_get_autocommit(s->conn->db) != 0)
		s->conn->unsynced = true;
	s->halfway = false;
	wait_synced(s->conn, NULL);
}

static void
sqlite_finish(void *stmt)
{
	struct stmt	*s = stmt;

	sqlite3_finalize(s->st);
	free(s);
}

static bool
sqlite_writes(void *stmt)
{
	return sqlite3_stmt_readonly(((struct stmt *)stmt)->st) == 0;
}

static bool
sqlite_in_transaction(void *conn)
{
	return sqlite3_get_autocommit(((struct conn *)conn)->db) == 0;
}

/* One of the two statements that each request needs again. */
static enum stile_err
run_kept(struct conn *c, sqlite3_stmt **st, const char *sql,
    struct stile_error *e)
{
	int	rc = SQLITE_OK;

	if (*st == NULL)
		rc = sqlite3_prepare_v3(c->db, sql, -1,
		    SQLITE_PREPARE_PERSISTENT, st, NULL);
	if (rc == SQLITE_OK && (rc = sqlite3_step(*st)) == SQLITE_DONE)
		rc = SQLITE_OK;
	/* Before the reset, which may change the message. */
	if (rc != SQLITE_OK)
		fail(c, rc, e);
	sqlite3_reset(*st);
	return rc == SQLITE_OK ? STILE_OK : stile__sqlite_class(rc);
}

/* As long as for SQLite's own lock, and no longer than the request may. */
static enum stile_err
take_turn(struct conn *c, struct stile_error *e)
{
	int	left = c->busy_ms, ms;

	for (;; left -= ms) {
		ms = left < TURN_MS ? left : TURN_MS;
		c->our_turn = stile__group_enter(c->group, ms) == STILE_OK;
		if (c->our_turn)
			return STILE_OK;
		if (must_stop(c) || left <= 0)
			return stile_error_set(e, STILE_EBUSY, 503,
			    "sqlite:%s: others write for too long", c->path);
	}
}

/*
 * The lock for writing is taken at once: one that begins by reading would be
 * refused at its first write if another had written since.
 */
static enum stile_err
sqlite_begin(void *conn, enum stile_tx tx, struct stile_error *e)
{
	struct conn	*c = conn;
	enum stile_err	 rc;

	if (tx == STILE_TX_READ)
		return sqlite_script(c, "BEGIN", false, e);
	if (c->group != NULL && !c->our_turn &&
	    (rc = take_turn(c, e)) != STILE_OK)
		return rc;
	rc = run_kept(c, &c->begin, "BEGIN IMMEDIATE", e);
	if (rc != STILE_OK)
		leave_turn(c);
	return rc;
}

static enum stile_err
sqlite_commit(void *conn, struct stile_error *e)
{
	struct conn	*c = conn;
	enum stile_err	 rc;

	if ((rc = run_kept(c, &c->commit, "COMMIT", e)) != STILE_OK)
		return rc;
	leave_turn(c);
	return wait_synced(c, e);
}

static void
sqlite_rollback(void *conn)
{
	struct conn	*c = conn;

	if (sqlite_in_transaction(c))
		sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
	leave_turn(c);
}

/* It goes on with a file that was removed, which nobody else sees any more. */
static bool
sqlite_moved(void *conn)
{
	struct conn	*c = conn;
	int		 moved = 0;

	sqlite3_file_control(c->db, "main", SQLITE_FCNTL_HAS_MOVED, &moved);
	return moved != 0;
}

sqlite3 *
stile__sqlite_handle(void *conn)
{
	return ((struct conn *)conn)->db;
}

const struct stile_engine stile__sqlite = {
	.version = STILE_ENGINE_VERSION,
	.name = "sqlite",
	.dialect = STILE_SQLITE,
	.open = sqlite_open,
	.close = sqlite_close,
	.alive = sqlite_alive,
	.watch = sqlite_watch,
	.prepare = sqlite_prepare,
	.bind = sqlite_bind,
	.step = sqlite_step,
	.columns = sqlite_columns,
	.column = sqlite_column,
	.value = sqlite_value,
	.changed = sqlite_changed,
	.reset = sqlite_reset,
	.finish = sqlite_finish,
	.writes = sqlite_writes,
	.script = sqlite_script,
	.begin = sqlite_begin,
	.commit = sqlite_commit,
	.rollback = sqlite_rollback,
	.in_transaction = sqlite_in_transaction,
	.backup = stile__sqlite_backup,
	.triggers = stile__sqlite_triggers,
	.probe_sql = "SELECT count(*) FROM sqlite_schema",
	.moved = sqlite_moved,
};
