/* SPDX-License-Identifier: ISC */
/*
 * Migrations: applied in order, each in one transaction together with the note
 * that it was.  The note keeps the text itself, so a migration that was
 * changed after it had been applied is found by comparing, and can be seen.
 */
#include "base/priv.h"

#include "stile/migrate.h"
#include "stile/str.h"
#include "base/clock.h"
#include "data/db.h"
#include "base/banned.h"

static const char	table_sql[] =
    "CREATE TABLE IF NOT EXISTS stile_migration ("
    " owner TEXT NOT NULL, version INTEGER NOT NULL, name TEXT NOT NULL,"
    " sql TEXT NOT NULL, applied_ms INTEGER NOT NULL,"
    " PRIMARY KEY (owner, version)) STRICT, WITHOUT ROWID";
static const char	has_table_sql[] =
    "SELECT 1 FROM sqlite_schema WHERE type = 'table'"
    " AND name = 'stile_migration'";
static const char	list_sql[] =
    "SELECT version, name, sql, applied_ms FROM stile_migration"
    " WHERE owner = ? ORDER BY version";
static const char	insert_sql[] =
    "INSERT INTO stile_migration (owner, version, name, sql, applied_ms)"
    " VALUES (?, ?, ?, ?, ?)";

struct run {
	struct stile_db			*db;
	const char			*owner;
	const struct stile_migration	*m;	/* the next one */
	stile_migration_fn		 fn;
	void				*arg;
	struct stile_error		*e;
};

static void
report(const struct run *run, const char *name,
    enum stile_migration_state state, int64_t at)
{
	if (run->fn != NULL)
		run->fn(run->arg, run->owner, name, state, at);
}

static enum stile_err
check_table(const struct stile_migration *m, struct stile_error *e)
{
	int	last = 0;

	for (; m->version != 0; last = m->version, m++)
		if (m->version <= last || m->name == NULL || m->sql == NULL)
			return stile_error_set(e, STILE_EINVAL, 500,
			    "migration %d after %d: out of order, or without "
			    "name or text", m->version, last);
	return STILE_OK;
}

static bool
has_table(struct stile_db *db, enum stile_err *rc, struct stile_error *e)
{
	struct stile_stmt	*st;
	int			 row;

	*rc = stile_db_query(db, has_table_sql, STILE_NOARGS, &st, e);
	if (*rc != STILE_OK)
		return false;
	row = stile_stmt_step(st, e);
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
		    "migration %s of %s comes before %s, which is applied "
		    "already; give it the next number", run->m->name,
		    run->owner, name.p);
	if (run->m->version != version) {
		report(run, name.p, STILE_MIGRATION_MISSING, at);
		return stile_error_set(run->e, STILE_EINVAL, 500,
		    "migration %s of %s is applied, but not in this program",
		    name.p, run->owner);
	}
	if (!stile_str_eq(sql, stile_str(run->m->sql))) {
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

	if (!has_table(run->db, &rc, run->e))
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
	struct run	run = { db, owner, m, fn, arg, e };
	enum stile_err	rc;

	*pending = 0;
	if ((rc = check_table(m, e)) != STILE_OK ||
	    (rc = pass_applied(&run)) != STILE_OK)
		return rc;
	for (; run.m->version != 0; run.m++) {
		report(&run, run.m->name, STILE_MIGRATION_PENDING, 0);
		(*pending)++;
	}
	return STILE_OK;
}

/* Under the write lock: the script and its note. */
static enum stile_err
apply_one(struct run *run, const struct stile_migration *m)
{
	enum stile_err	rc;
	int64_t		now = stile__now_ms();

	rc = stile__db_script_inside(run->db, m->sql, run->e);
	if (rc != STILE_OK)
		return rc;
	return stile_db_exec(run->db, insert_sql, STILE_ARGS(run->owner,
	    m->version, m->name, m->sql, now), NULL, run->e);
}

/*
 * One transaction: look again under the lock, for another process may have
 * been faster, then apply the next one.  *more says whether there was one.
 */
static enum stile_err
step(struct run run, bool *more)
{
	const struct stile_engine *engine = run.db->engine;
	stile_migration_fn	fn = run.fn;
	struct stile_error	cause = { 0 };
	struct stile_error	*e = run.e;
	enum stile_err		rc;

	run.fn = NULL;
	run.e = &cause;
	if ((rc = engine->begin(run.db->h, STILE_TX_WRITE, e)) != STILE_OK)
		return rc;
	if (engine->lock_sql != NULL)
		rc = stile_db_script(run.db, engine->lock_sql, &cause);
	if (rc == STILE_OK)
		rc = stile_db_script(run.db, table_sql, &cause);
	if (rc == STILE_OK)
		rc = pass_applied(&run);
	*more = rc == STILE_OK && run.m->version != 0;
	if (*more && (rc = apply_one(&run, run.m)) != STILE_OK) {
		stile_error_set(e, rc, cause.status, "migration %s: %s",
		    run.m->name, cause.detail);
	}
	if (rc == STILE_OK)
		rc = engine->commit(run.db->h, &cause);
	if (rc != STILE_OK) {
		stile_error_set(e, rc, cause.status, "%s", cause.detail);
		engine->rollback(run.db->h);
		return rc;
	}
	if (*more && fn != NULL)
		fn(run.arg, run.owner, run.m->name, STILE_MIGRATION_APPLIED,
		    stile__now_ms());
	return STILE_OK;
}

enum stile_err
stile_migrate(struct stile_db *db, const char *owner,
    const struct stile_migration *m, stile_migration_fn fn, void *arg,
    struct stile_error *e)
{
	struct run	run = { db, owner, m, fn, arg, e };
	enum stile_err	rc;
	bool		more = true;

	if ((rc = check_table(m, e)) != STILE_OK)
		return rc;
	while (more)
		if ((rc = step(run, &more)) != STILE_OK)
			return rc;
	return STILE_OK;
}
