/* SPDX-License-Identifier: ISC */
/*
 * Database: thin forwarders to an engine, with what is the same for all of
 * them: the choice by DSN, the check of arguments, and a bounded cache of
 * prepared statements.
 */
#include "base/priv.h"

#include "stile/str.h"
#include "data/db.h"
#include "base/banned.h"

#define CACHE_SIZE	64

static const struct stile_engine *const engines[] = {
	&stile__sqlite,
};

struct stile_stmt {
	struct stile_db		*db;
	void			*h;
	char			*sql;
	uint64_t		 used;	/* the cache's clock at the last use */
	bool			 busy;	/* it is in the list of the open ones */
	bool			 cached;
	struct stile_stmt	*next, **prev;
};

struct stile_db {
	const struct stile_engine	*engine;
	void				*h;
	uint64_t			 clock;
	struct stile_stmt		*open;
	size_t				 ncached;
	struct stile_stmt		*cache[CACHE_SIZE];
};

enum stile_err
stile_db_open(const char *dsn, enum stile_db_mode mode, int busy_ms,
    struct stile_db **ret, struct stile_error *e)
{
	struct stile_db	*db;
	enum stile_err	 rc;
	size_t		 i, n;

	for (i = 0; i < NELEM(engines); i++) {
		n = strlen(engines[i]->name);
		if (strncmp(dsn, engines[i]->name, n) == 0 && dsn[n] == ':')
			break;
	}
	if (i == NELEM(engines))
		return stile_error_set(e, STILE_EINVAL, 500,
		    "%s: not a data source; sqlite:PATH is one", dsn);
	if ((db = stile__malloc(sizeof(*db))) == NULL)
		return stile_error_set(e, STILE_ENOMEM, 503, "no memory");
	*db = (struct stile_db){ .engine = engines[i] };
	rc = db->engine->open(dsn + n + 1, mode, busy_ms, &db->h, e);
	if (rc != STILE_OK) {
		free(db);
		return rc;
	}
	*ret = db;
	return STILE_OK;
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
	st->db->engine->finish(st->h);
	free(st->sql);
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

/* A place in the cache: a free one, or that of the longest unused statement. */
static struct stile_stmt **
cache_place(struct stile_db *db)
{
	struct stile_stmt	**oldest = NULL;
	size_t			  i;

	if (db->ncached < CACHE_SIZE)
		return &db->cache[db->ncached++];
	for (i = 0; i < CACHE_SIZE; i++)
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
		if (!db->cache[i]->busy && strcmp(db->cache[i]->sql, sql) == 0)
			return db->cache[i];
	return NULL;
}

static enum stile_err
stmt_new(struct stile_db *db, const char *sql, struct stile_stmt **ret,
    struct stile_error *e)
{
	struct stile_stmt	*st, **place;
	enum stile_err		 rc;
	size_t			 n = strlen(sql);

	if ((st = stile__malloc(sizeof(*st))) == NULL)
		return stile_error_set(e, STILE_ENOMEM, 503, "no memory");
	*st = (struct stile_stmt){ .db = db };
	if ((st->sql = stile__malloc(n + 1)) == NULL) {
		free(st);
		return stile_error_set(e, STILE_ENOMEM, 503, "no memory");
	}
	memcpy(st->sql, sql, n + 1);
	rc = db->engine->prepare(db->h, (struct stile_str){ sql, n }, &st->h,
	    e);
	if (rc != STILE_OK) {
		free(st->sql);
		free(st);
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
bind_all(struct stile_stmt *st, struct stile_args args, struct stile_error *e)
{
	const struct stile_engine	*engine = st->db->engine;
	enum stile_err			 rc;
	size_t				 i, n;

	if ((n = engine->arguments(st->h)) != args.n)
		return stile_error_set(e, STILE_EINVAL, 500,
		    "%zu arguments for %zu places in: %s", args.n, n, st->sql);
	for (i = 0; i < args.n; i++)
		if ((rc = engine->bind(st->h, i, args.v[i], e)) != STILE_OK)
			return rc;
	return STILE_OK;
}

enum stile_err
stile_db_query(struct stile_db *db, const char *sql, struct stile_args args,
    struct stile_stmt **ret, struct stile_error *e)
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
	struct stile_stmt	*st;
	enum stile_err		 rc;
	int			 row;

	if ((rc = stile_db_query(db, sql, args, &st, e)) != STILE_OK)
		return rc;
	while ((row = stile_stmt_step(st, e)) > 0)
		;
	if (row == 0 && changed != NULL)
		*changed = db->engine->changed(st->h);
	stile_stmt_done(st);
	return (enum stile_err)row;
}

enum stile_err
stile_db_script(struct stile_db *db, const char *sql, struct stile_error *e)
{
	return db->engine->script(db->h, sql, false, e);
}

enum stile_err
stile__db_script_inside(struct stile_db *db, const char *sql,
    struct stile_error *e)
{
	return db->engine->script(db->h, sql, true, e);
}

static bool
is_true(const void *flag)
{
	return *(const atomic_bool *)flag;
}

void
stile__db_watch(struct stile_db *db, const atomic_bool *late)
{
	db->engine->watch(db->h, is_true, late);
}

bool
stile__db_in_transaction(struct stile_db *db)
{
	return db->engine->in_transaction(db->h);
}

bool
stile__db_settle(struct stile_db_pool *pool)
{
	if (pool->db == NULL)
		return true;
	end_open(pool->db);
	if (!stile__db_in_transaction(pool->db))
		return true;
	if (stile_db_script(pool->db, "ROLLBACK", NULL) != STILE_OK) {
		stile_db_close(pool->db);
		pool->db = NULL;
	}
	return false;
}
