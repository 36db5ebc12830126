/* SPDX-License-Identifier: ISC */
/*
 * Migrations: applied in order, each in one transaction together with the note
 * that it was; or undone together with that note, newest first.  The note keeps
 * the text itself, so a migration that was changed after it had been applied is
 * found by comparing, and can be seen.
 */
#include "base/priv.h"

#include "stile/buf.h"
#include "stile/json.h"
#include "stile/migrate.h"
#include "stile/str.h"
#include "base/clock.h"
#include "data/dump.h"
#include "base/banned.h"

#define LATEST	INT_MAX	/* no version is higher */

static const char *const	table_sql[] = {
	[STILE_SQLITE] =
	    "CREATE TABLE stile_migration ("
	    " owner TEXT NOT NULL, version INTEGER NOT NULL,"
	    " name TEXT NOT NULL, sql TEXT NOT NULL,"
	    " applied_ms INTEGER NOT NULL,"
	    " PRIMARY KEY (owner, version)) STRICT, WITHOUT ROWID",
	[STILE_POSTGRESQL] =
	    "CREATE TABLE stile_migration ("
	    " owner TEXT NOT NULL, version INTEGER NOT NULL,"
	    " name TEXT NOT NULL, sql TEXT NOT NULL,"
	    " applied_ms BIGINT NOT NULL,"
	    " PRIMARY KEY (owner, version))",
};
static const char *const	has_table_sql[] = {
	[STILE_SQLITE] =
	    "SELECT 1 FROM sqlite_schema WHERE type = 'table'"
	    " AND name = 'stile_migration'",
	[STILE_POSTGRESQL] =
	    "SELECT 1 WHERE to_regclass('stile_migration') IS NOT NULL",
};
static const char	list_sql[] =
    "SELECT version, name, sql, applied_ms FROM stile_migration"
    " WHERE owner = ? ORDER BY version";
static const char *const	list_all_sql[] = {
	[STILE_SQLITE] =
	    "SELECT owner, version, name FROM stile_migration"
	    " ORDER BY owner, version",
	[STILE_POSTGRESQL] =
	    "SELECT owner, version, name FROM stile_migration"
	    " ORDER BY owner COLLATE \"C\", version",
};
static const char	insert_sql[] =
    "INSERT INTO stile_migration (owner, version, name, sql, applied_ms)"
    " VALUES (?, ?, ?, ?, ?)";
static const char	delete_sql[] =
    "DELETE FROM stile_migration WHERE owner = ? AND version = ?";

struct run {
	struct stile_db			*db;
	const char			*owner;
	const struct stile_migration	*first;
	int				 to;	/* the version to come to */
	stile_migration_fn		 fn;
	void				*arg;
	struct stile_error		*e;
	const struct stile_migration	*m;	/* the next one */
};

static void
report(const struct run *run, const char *name,
    enum stile_migration_state state, int64_t at)
{
	if (run->fn != NULL)
		run->fn(run->arg, run->owner, name, state, at);
}

/* The engine's own text where there is one. */
static const char *
up_text(const struct run *run, const struct stile_migration *m)
{
	bool	own = run->db->engine->dialect == STILE_POSTGRESQL;

	return own && m->pgsql != NULL ? m->pgsql : m->sql;
}

static const char *
down_text(const struct run *run, const struct stile_migration *m)
{
	bool	own = run->db->engine->dialect == STILE_POSTGRESQL;

	return own && m->pgsql_down != NULL ? m->pgsql_down : m->down;
}

static enum stile_err
check_table(const struct run *run)
{
	const struct stile_migration	*m;
	bool				 found;
	int				 last = 0;

	found = run->to == 0 || run->to == LATEST;
	for (m = run->first; m->version != 0; last = m->version, m++) {
		if (m->version <= last || m->name == NULL || m->sql == NULL)
			return stile_error_set(run->e, STILE_EINVAL, 500,
			    "migration %d after %d: out of order, or without "
			    "name or text", m->version, last);
		found = found || m->version == run->to;
	}
	if (!found)
		return stile_error_set(run->e, STILE_EINVAL, 500,
		    "%s has no migration %d", run->owner, run->to);
	return STILE_OK;
}

static bool
has_table(const struct run *run, enum stile_err *rc)
{
	struct stile_stmt	*st;
	int			 row;

	*rc = stile_db_query(run->db, has_table_sql[run->db->engine->dialect],
	    STILE_NOARGS, &st, run->e);
	if (*rc != STILE_OK)
		return false;
	row = stile_stmt_step(st, run->e);
	stile_stmt_done(st);
	if (row < 0)
		*rc = (enum stile_err)row;
	return row == 1;
}

/* Compare one applied migration with the program's next one. */
static enum stile_err
compare(struct run *run, struct stile_stmt *st)
{
	int64_t			version = stile_stmt_value(st, 0).u.i;
	struct stile_str	name = stile_stmt_value(st, 1).u.s;
	struct stile_str	sql = stile_stmt_value(st, 2).u.s;
	int64_t			at = stile_stmt_value(st, 3).u.i;

	if (run->m->version != 0 && run->m->version < version)
		return stile_error_set(run->e, STILE_EINVAL, 500,
		    "migration %s of %s comes before %.*s, which is applied "
		    "already; give it the next number", run->m->name,
		    run->owner, STILE_STR_ARG(name));
	if (run->m->version != version) {
		report(run, name.p, STILE_MIGRATION_MISSING, at);
		return stile_error_set(run->e, STILE_EINVAL, 500,
		    "migration %.*s of %s is applied, but not in this program",
		    STILE_STR_ARG(name), run->owner);
	}
	if (!stile_str_eq(sql, stile_str(up_text(run, run->m)))) {
		report(run, run->m->name, STILE_MIGRATION_CHANGED, at);
		return stile_error_set(run->e, STILE_EINVAL, 500,
		    "migration %s of %s was changed after it had been applied",
		    run->m->name, run->owner);
	}
	report(run, run->m->name, STILE_MIGRATION_APPLIED, at);
	run->m++;
	return STILE_OK;
}

/* Move run->m past what is applied; the first wrong one is the error. */
static enum stile_err
pass_applied(struct run *run)
{
	struct stile_stmt	*st;
	enum stile_err		 rc;
	int			 row;

	run->m = run->first;
	if (!has_table(run, &rc))
		return rc;
	rc = stile_db_query(run->db, list_sql, STILE_ARGS(run->owner), &st,
	    run->e);
	if (rc != STILE_OK)
		return rc;
	while ((row = stile_stmt_step(st, run->e)) > 0)
		if ((rc = compare(run, st)) != STILE_OK)
			break;
	stile_stmt_done(st);
	return row < 0 ? (enum stile_err)row : rc;
}

enum stile_err
stile_migrate_status(struct stile_db *db, const char *owner,
    const struct stile_migration *m, stile_migration_fn fn, void *arg,
    size_t *pending, struct stile_error *e)
{
	struct run	run = { db, owner, m, LATEST, fn, arg, e, m };
	enum stile_err	rc;

	*pending = 0;
	if ((rc = check_table(&run)) != STILE_OK ||
	    (rc = pass_applied(&run)) != STILE_OK)
		return rc;
	for (; run.m->version != 0; run.m++) {
		report(&run, run.m->name, STILE_MIGRATION_PENDING, 0);
		(*pending)++;
	}
	return STILE_OK;
}

/* What brings it nearer to where it shall be. */
struct change {
	const struct stile_migration	*m;	/* NULL: it is there */
	bool				 back;
};

/* With what is applied known: the next change, if all that follow can be. */
static enum stile_err
next_change(const struct run *run, struct change *ret)
{
	const struct stile_migration	*m;

	*ret = (struct change){ .m = NULL };
	for (m = run->m; m > run->first && m[-1].version > run->to; m--)
		if (down_text(run, &m[-1]) == NULL)
			return stile_error_set(run->e, STILE_EINVAL, 500,
			    "migration %s of %s cannot be undone: nothing "
			    "says how", m[-1].name, run->owner);
	if (m < run->m)
		*ret = (struct change){ &run->m[-1], true };
	else if (m->version != 0 && m->version <= run->to)
		*ret = (struct change){ m, false };
	return STILE_OK;
}

/* Under the lock for writing: the script and its note. */
static enum stile_err
make_change(const struct run *run, const struct change *c)
{
	const char	*text;
	enum stile_err	 rc;

	text = c->back ? down_text(run, c->m) : up_text(run, c->m);
	rc = stile__db_script_inside(run->db, text, run->e);
	if (rc != STILE_OK)
		return rc;
	if (c->back)
		return stile_db_exec(run->db, delete_sql, STILE_ARGS(
		    run->owner, c->m->version), NULL, run->e);
	return stile_db_exec(run->db, insert_sql, STILE_ARGS(run->owner,
	    c->m->version, c->m->name, text, stile_now_ms()), NULL, run->e);
}

/* Look again under the lock, for another process may have been faster. */
static enum stile_err
find_change(struct run *run, struct change *ret)
{
	stile_migration_fn	fn = run->fn;
	enum stile_err		rc = STILE_OK;

	if (!has_table(run, &rc) && rc == STILE_OK)
		rc = stile_db_script(run->db,
		    table_sql[run->db->engine->dialect], run->e);
	run->fn = NULL;
	if (rc == STILE_OK)
		rc = pass_applied(run);
	run->fn = fn;
	return rc == STILE_OK ? next_change(run, ret) : rc;
}

/* In a transaction; the cause of a failure has the migration's name. */
static enum stile_err
change_one(struct run *run, struct change *c, struct stile_error *e)
{
	const struct stile_engine	*engine = run->db->engine;
	enum stile_err			 rc = STILE_OK;

	if (engine->lock_sql != NULL)
		rc = stile_db_script(run->db, engine->lock_sql, run->e);
	if (rc == STILE_OK)
		rc = find_change(run, c);
	if (rc == STILE_OK && c->m != NULL) {
		report(run, c->m->name, c->back ? STILE_MIGRATION_UNDOING :
		    STILE_MIGRATION_APPLYING, 0);
		if ((rc = make_change(run, c)) != STILE_OK)
			stile_error_set(e, rc, run->e->status,
			    "migration %s: %s", c->m->name, run->e->detail);
	}
	return rc == STILE_OK ? engine->commit(run->db->h, run->e) : rc;
}

static enum stile_err
step(struct run run, bool *more)
{
	const struct stile_engine *engine = run.db->engine;
	struct stile_error	cause = { 0 };
	struct stile_error	*e = run.e;
	struct change		c = { .m = NULL };
	enum stile_err		rc;

	if ((rc = engine->begin(run.db->h, STILE_TX_WRITE, e)) != STILE_OK)
		return rc;
	run.e = &cause;
	if ((rc = change_one(&run, &c, e)) != STILE_OK) {
		stile_error_set(e, rc, cause.status, "%s", cause.detail);
		engine->rollback(run.db->h);
		return rc;
	}
	if ((*more = c.m != NULL))
		report(&run, c.m->name, c.back ? STILE_MIGRATION_UNDONE :
		    STILE_MIGRATION_APPLIED, stile_now_ms());
	return STILE_OK;
}

enum stile_err
stile_migrate_to(struct stile_db *db, const char *owner,
    const struct stile_migration *m, int version, stile_migration_fn fn,
    void *arg, struct stile_error *e)
{
	struct run	run = { db, owner, m, version, fn, arg, e, m };
	enum stile_err	rc;
	bool		more = true;

	if ((rc = check_table(&run)) != STILE_OK)
		return rc;
	while (more)
		if ((rc = step(run, &more)) != STILE_OK)
			return rc;
	return STILE_OK;
}

enum stile_err
stile_migrate(struct stile_db *db, const char *owner,
    const struct stile_migration *m, stile_migration_fn fn, void *arg,
    struct stile_error *e)
{
	return stile_migrate_to(db, owner, m, LATEST, fn, arg, e);
}

enum stile_err
stile_migrate_plan(struct stile_db *db, const char *owner,
    const struct stile_migration *m, int version, stile_migration_fn fn,
    void *arg, struct stile_error *e)
{
	struct run	run = { db, owner, m, version, NULL, arg, e, m };
	struct change	c;
	enum stile_err	rc;

	if ((rc = check_table(&run)) != STILE_OK ||
	    (rc = pass_applied(&run)) != STILE_OK)
		return rc;
	run.fn = fn;
	while ((rc = next_change(&run, &c)) == STILE_OK && c.m != NULL) {
		report(&run, c.m->name, c.back ? STILE_MIGRATION_UNDOING :
		    STILE_MIGRATION_APPLYING, 0);
		run.m = c.back ? run.m - 1 : run.m + 1;
	}
	return rc;
}

struct list {
	struct stile_buf	*b;
	size_t			 n;
};

static enum stile_err
put_migration(void *arg, struct stile_stmt *st, struct stile_error *e)
{
	struct list	*list = arg;

	(void)e;
	if (list->n++ > 0)
		stile_buf_putc(list->b, ',');
	stile_json_write(list->b, STILE_LIST_OF(stile_stmt_value(st, 0),
	    stile_stmt_value(st, 1), stile_stmt_value(st, 2)));
	return STILE_OK;
}

enum stile_err
stile__migrations_json(struct stile_db *db, struct stile_buf *b,
    struct stile_error *e)
{
	struct run	run = { .db = db, .e = e };
	struct list	list = { .b = b };
	enum stile_err	rc;

	stile_buf_putc(b, '[');
	if (has_table(&run, &rc))
		rc = stile__each_row(db, list_all_sql[db->engine->dialect],
		    STILE_NOARGS, put_migration, &list, e);
	stile_buf_putc(b, ']');
	return rc;
}
