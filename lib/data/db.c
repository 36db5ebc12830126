/* SPDX-License-Identifier: ISC */
/*
 * Database: thin forwarders to an engine, with what is the same for all of
 * them: places and arguments, and a bounded cache of prepared statements.
 */
#include "base/priv.h"

#include "stile/str.h"
#include "http/req.h"
#include "data/db.h"
#include "base/banned.h"

enum stile_err
stile__db_open(const char *dsn, const struct stile_engine_open *how,
    struct stile_db **ret, struct stile_error *e)
{
	const struct stile_engine	*engine;
	const char			*where;
	struct stile_db			*db;
	enum stile_err			 rc;

	if ((rc = stile__engine_find(dsn, &engine, &where, e)) != STILE_OK)
		return rc;
	if ((db = stile__malloc(sizeof(*db))) == NULL)
		return stile__error_nomem(e);
	*db = (struct stile_db){ .engine = engine };
	if ((rc = engine->open(where, how, &db->h, e)) != STILE_OK) {
		free(db);
		return rc;
	}
	*ret = db;
	return STILE_OK;
}

enum stile_err
stile_db_open(const char *dsn, enum stile_db_mode mode, int busy_ms,
    struct stile_db **ret, struct stile_error *e)
{
	struct stile_engine_open	how = { .mode = mode,
					    .busy_ms = busy_ms };

	return stile__db_open(dsn, &how, ret, e);
}

/* Statements that the caller has not ended: they hold locks and snapshots. */
static void
end_open(struct stile_db *db)
{
	while (db->open != NULL)
		stile_stmt_done(db->open);
}

static void
stmt_free(struct stile_stmt *st)
{
	if (st->h != NULL)
		st->db->engine->finish(st->h);
	sql_free(&st->sql);
	free(st->key);
	free(st);
}

void
stile_db_close(struct stile_db *db)
{
	size_t	i;

	if (db == NULL)
		return;
	end_open(db);
	for (i = 0; i < db->ncached; i++)
		stmt_free(db->cache[i]);
	db->engine->close(db->h);
	free(db);
}

const char *
stile_db_engine(const struct stile_db *db)
{
	return db->engine->name;
}

/* A place in the cache: a free one, or that of the longest unused statement. */
static struct stile_stmt **
cache_place(struct stile_db *db)
{
	struct stile_stmt	**oldest = NULL;
	size_t			  i;

	if (db->ncached < STMT_CACHE)
		return &db->cache[db->ncached++];
	for (i = 0; i < STMT_CACHE; i++)
		if (!db->cache[i]->busy &&
		    (oldest == NULL || db->cache[i]->used < (*oldest)->used))
			oldest = &db->cache[i];
	if (oldest != NULL)
		stmt_free(*oldest);
	return oldest;
}

static struct stile_stmt *
cache_find(struct stile_db *db, const char *sql)
{
	size_t	i;

	for (i = 0; i < db->ncached; i++)
		if (!db->cache[i]->busy && strcmp(db->cache[i]->key, sql) == 0)
			return db->cache[i];
	return NULL;
}

static enum stile_err
prepare(struct stile_stmt *st, const char *sql, struct stile_error *e)
{
	const struct stile_engine	*engine = st->db->engine;
	enum stile_err			 rc;
	size_t				 n = strlen(sql);

	if ((st->key = stile__malloc(n + 1)) == NULL)
		return stile__error_nomem(e);
	memcpy(st->key, sql, n + 1);
	/* Of the copy: names of places are views into it. */
	rc = sql_parse(st->key, engine->dialect, &st->sql, e);
	if (rc != STILE_OK)
		return rc;
	return engine->prepare(st->db->h, stile_str(st->sql.text),
	    st->sql.nplaces, &st->h, e);
}

static enum stile_err
stmt_new(struct stile_db *db, const char *sql, struct stile_stmt **ret,
    struct stile_error *e)
{
	struct stile_stmt	*st, **place;
	enum stile_err		 rc;

	if ((st = stile__malloc(sizeof(*st))) == NULL)
		return stile__error_nomem(e);
	*st = (struct stile_stmt){ .db = db };
	if ((rc = prepare(st, sql, e)) != STILE_OK) {
		stmt_free(st);
		return rc;
	}
	/* With every cached one in use, this one lives for one query. */
	if ((place = cache_place(db)) != NULL) {
		*place = st;
		st->cached = true;
	}
	*ret = st;
	return STILE_OK;
}

static enum stile_err
bind_one(struct stile_stmt *st, size_t place, struct stile_value v,
    struct stile_error *e)
{
	if ((v.type == STILE_LIST) != st->sql.places[place].list)
		return stile_error_set(e, STILE_EINVAL, 500,
		    v.type == STILE_LIST ?
		    "argument %zu is a list, for which the place is IN ?" :
		    "argument %zu: IN ? takes a list", place + 1);
	return st->db->engine->bind(st->h, place, v, e);
}

static enum stile_err
bind_places(struct stile_stmt *st, struct stile_args args,
    struct stile_error *e)
{
	enum stile_err	rc;
	size_t		i;

	if (st->sql.nplaces != args.n || (args.n > 0 &&
	    st->sql.places[0].name.len > 0))
		return stile_error_set(e, STILE_EINVAL, 500,
		    "%zu arguments for %zu places in: %s", args.n,
		    st->sql.nplaces, st->key);
	for (i = 0; i < args.n; i++)
		if ((rc = bind_one(st, i, args.v[i], e)) != STILE_OK)
			return rc;
	return STILE_OK;
}

/* The place of a name that is an argument; nplaces: there is none. */
static size_t
find_name(const struct sql *sql, struct stile_value name)
{
	size_t	i;

	for (i = 0; i < sql->nplaces; i++)
		if (name.type == STILE_TEXT &&
		    stile_str_eq(sql->places[i].name, name.u.s))
			break;
	return i;
}

/* Each place once, and nothing that has no place. */
static enum stile_err
bind_names(struct stile_stmt *st, struct stile_args args, struct stile_error *e)
{
	bool		bound[SQL_PLACES_MAX] = { false };
	enum stile_err	rc;
	size_t		i, k;

	for (i = 0; i + 1 < args.n; i += 2) {
		k = find_name(&st->sql, args.v[i]);
		if (k == st->sql.nplaces || bound[k])
			return stile_error_set(e, STILE_EINVAL, 500,
			    "argument %zu has no place of its name, or has it "
			    "twice, in: %s", i / 2 + 1, st->key);
		bound[k] = true;
		if ((rc = bind_one(st, k, args.v[i + 1], e)) != STILE_OK)
			return rc;
	}
	for (k = 0; k < st->sql.nplaces; k++)
		if (!bound[k])
			return stile_error_set(e, STILE_EINVAL, 500,
			    "no argument for :%.*s in: %s",
			    STILE_STR_ARG(st->sql.places[k].name), st->key);
	return STILE_OK;
}

static enum stile_err
bind_all(struct stile_stmt *st, struct stile_args args, struct stile_error *e)
{
	return args.named ? bind_names(st, args, e) : bind_places(st, args, e);
}

static bool
writes(struct stile_stmt *st)
{
	const struct stile_engine	*engine = st->db->engine;

	return engine->writes != NULL ? engine->writes(st->h) : st->sql.writes;
}

/* A statement that is open, and not bound yet. */
static enum stile_err
stmt_open(struct stile_db *db, const char *sql, struct stile_stmt **ret,
    struct stile_error *e)
{
	struct stile_stmt	*st;
	enum stile_err		 rc;

	if ((st = cache_find(db, sql)) == NULL &&
	    (rc = stmt_new(db, sql, &st, e)) != STILE_OK)
		return rc;
	st->busy = true;
	st->used = ++db->clock;
	if ((st->next = db->open) != NULL)
		st->next->prev = &st->next;
	st->prev = &db->open;
	db->open = st;
	if (db->read_only && writes(st)) {
		rc = stile_error_set(e, STILE_EREADONLY, 500,
		    "only reads may be done here: %s", st->key);
		stile_stmt_done(st);
		return rc;
	}
	*ret = st;
	return STILE_OK;
}

enum stile_err
stile_db_query(struct stile_db *db, const char *sql, struct stile_args args,
    struct stile_stmt **ret, struct stile_error *e)
{
	struct stile_stmt	*st;
	enum stile_err		 rc;

	if ((rc = stmt_open(db, sql, &st, e)) != STILE_OK)
		return rc;
	if ((rc = bind_all(st, args, e)) != STILE_OK) {
		stile_stmt_done(st);
		return rc;
	}
	*ret = st;
	return STILE_OK;
}

int
stile_stmt_step(struct stile_stmt *st, struct stile_error *e)
{
	return st->db->engine->step(st->h, e);
}

size_t
stile_stmt_columns(struct stile_stmt *st)
{
	return st->db->engine->columns(st->h);
}

const char *
stile_stmt_column(struct stile_stmt *st, size_t i)
{
	return st->db->engine->column(st->h, i);
}

struct stile_value
stile_stmt_value(struct stile_stmt *st, size_t i)
{
	if (i >= stile_stmt_columns(st))
		return stile_null();
	return st->db->engine->value(st->h, i);
}

struct stile_value
stile_stmt_named(struct stile_stmt *st, const char *name)
{
	size_t	i, n = stile_stmt_columns(st);

	for (i = 0; i < n; i++)
		if (strcmp(stile_stmt_column(st, i), name) == 0)
			return stile_stmt_value(st, i);
	return stile_null();
}

void
stile_stmt_done(struct stile_stmt *st)
{
	if (st == NULL || !st->busy)
		return;
	st->db->engine->reset(st->h);
	st->busy = false;
	if ((*st->prev = st->next) != NULL)
		st->next->prev = st->prev;
	if (!st->cached)
		stmt_free(st);
}

enum stile_err
stile_db_exec(struct stile_db *db, const char *sql, struct stile_args args,
    int64_t *changed, struct stile_error *e)
{
	return stile_db_many(db, sql, &args, 1, NULL, NULL, changed, e);
}

/* All rows of the run at hand. */
static enum stile_err
step_all(struct stile_stmt *st, size_t i, stile_row_fn fn, void *arg,
    struct stile_error *e)
{
	enum stile_err	rc;
	int		row;

	while ((row = stile_stmt_step(st, e)) > 0)
		if (fn != NULL && (rc = fn(arg, i, st, e)) != STILE_OK)
			return rc;
	return (enum stile_err)row;
}

static enum stile_err
one_by_one(struct stile_stmt *st, const struct stile_args *args, size_t n,
    stile_row_fn fn, void *arg, int64_t *changed, struct stile_error *e)
{
	const struct stile_engine	*engine = st->db->engine;
	enum stile_err			 rc;
	size_t				 i;

	for (i = 0; i < n; i++) {
		if (i > 0)
			engine->reset(st->h);
		if ((rc = bind_all(st, args[i], e)) != STILE_OK ||
		    (rc = step_all(st, i, fn, arg, e)) != STILE_OK)
			return rc;
		*changed += engine->changed(st->h);
	}
	return STILE_OK;
}

static enum stile_err
together(struct stile_stmt *st, const struct stile_args *args, size_t n,
    stile_row_fn fn, void *arg, int64_t *changed, struct stile_error *e)
{
	const struct stile_engine	*engine = st->db->engine;
	enum stile_err			 rc;
	size_t				 i;

	for (i = 0; i < n; i++)
		if ((rc = bind_all(st, args[i], e)) != STILE_OK ||
		    (rc = engine->queue(st->h, e)) != STILE_OK)
			return rc;
	for (i = 0; i < n; i++) {
		if ((rc = engine->collect(st->h, e)) != STILE_OK ||
		    (rc = step_all(st, i, fn, arg, e)) != STILE_OK)
			return rc;
		*changed += engine->changed(st->h);
	}
	return STILE_OK;
}

enum stile_err
stile_db_many(struct stile_db *db, const char *sql,
    const struct stile_args *args, size_t n, stile_row_fn fn, void *arg,
    int64_t *changed, struct stile_error *e)
{
	struct stile_stmt	*st;
	int64_t			 sum = 0;
	enum stile_err		 rc;

	if ((rc = stmt_open(db, sql, &st, e)) != STILE_OK)
		return rc;
	rc = n > 1 && db->engine->queue != NULL ?
	    together(st, args, n, fn, arg, &sum, e) :
	    one_by_one(st, args, n, fn, arg, &sum, e);
	if (rc == STILE_OK && changed != NULL)
		*changed = sum;
	stile_stmt_done(st);
	return rc;
}

static enum stile_err
script(struct stile_db *db, const char *sql, bool inside, struct stile_error *e)
{
	if (db->read_only)
		return stile_error_set(e, STILE_EREADONLY, 500,
		    "only reads may be done here, and no script");
	return db->engine->script(db->h, sql, inside, e);
}

enum stile_err
stile_db_script(struct stile_db *db, const char *sql, struct stile_error *e)
{
	return script(db, sql, false, e);
}

enum stile_err
stile__db_script_inside(struct stile_db *db, const char *sql,
    struct stile_error *e)
{
	return script(db, sql, true, e);
}

static enum stile_err
no_messages(struct stile_db *db, struct stile_error *e)
{
	return stile_error_set(e, STILE_ENOSYS, 500,
	    "%s has no messages between connections", db->engine->name);
}

enum stile_err
stile_db_notify(struct stile_db *db, const char *channel, const char *payload,
    struct stile_error *e)
{
	if (db->engine->notify == NULL)
		return no_messages(db, e);
	return db->engine->notify(db->h, channel, payload, e);
}

enum stile_err
stile_db_listen(struct stile_db *db, const char *channel, struct stile_error *e)
{
	if (db->engine->listen == NULL)
		return no_messages(db, e);
	return db->engine->listen(db->h, channel, e);
}

int
stile_db_wait(struct stile_db *db, int ms, struct stile_note *note,
    struct stile_error *e)
{
	if (db->engine->wait == NULL)
		return no_messages(db, e);
	return db->engine->wait(db->h, ms, note, e);
}

static bool
is_late(const void *clock)
{
	return stile__clock_late(clock);
}

void
stile__db_watch(struct stile_db *db, const struct req_clock *clock)
{
	db->engine->watch(db->h, is_late, clock);
}

bool
stile__db_in_transaction(struct stile_db *db)
{
	return db->engine->in_transaction(db->h);
}

enum stile_err
stile__db_probe(struct stile_db *db, struct stile_error *e)
{
	const struct stile_engine	*engine = db->engine;

	if (engine->moved != NULL && engine->moved(db->h))
		return stile_error_set(e, STILE_EIO, 503,
		    "what was opened has been moved or removed");
	return stile_db_exec(db, engine->probe_sql, STILE_NOARGS, NULL, e);
}

bool
stile__db_settle(struct stile_db_pool *pool)
{
	if (pool->db == NULL)
		return true;
	end_open(pool->db);
	pool->db->savepoints = 0;
	if (!stile__db_in_transaction(pool->db))
		return true;
	pool->db->engine->rollback(pool->db->h);
	if (stile__db_in_transaction(pool->db)) {
		stile_db_close(pool->db);
		pool->db = NULL;
	}
	return false;
}
