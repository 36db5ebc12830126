/* SPDX-License-Identifier: ISC */
/*
 * Backups and checks.  A backup is made under another name beside its own, is
 * on the disk before it gets that, and is for its owner only.
 */
#include "base/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "stile/admin.h"
#include "stile/str.h"
#include "data/tables.h"
#include "base/banned.h"

/* Each row is a problem. */
static const char *const	sqlite_checks[] = {
	"SELECT integrity_check FROM pragma_integrity_check"
	" WHERE integrity_check <> 'ok'",
	"SELECT format('table %s%s: refers to a row of %s that is not there',"
	" \"table\", CASE WHEN rowid IS NULL THEN '' ELSE"
	" format(', row %d', rowid) END, parent)"
	" FROM pragma_foreign_key_check",
	NULL
};
static const char *const	postgresql_checks[] = {
	"SELECT format('index %s of table %s is not valid',"
	" indexrelid::regclass, indrelid::regclass)"
	" FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c"
	"  ON c.oid = i.indrelid"
	" WHERE NOT (indisvalid AND indisready)"
	"  AND c.relnamespace = current_schema()::regnamespace ORDER BY 1",
	"SELECT format('constraint %s of table %s was never checked',"
	" conname, conrelid::regclass) FROM pg_catalog.pg_constraint"
	" WHERE NOT convalidated"
	"  AND connamespace = current_schema()::regnamespace ORDER BY 1",
	NULL
};
static const char *const	*checks[] = {
	[STILE_SQLITE] = sqlite_checks,
	[STILE_POSTGRESQL] = postgresql_checks,
};

struct check {
	void		(*fn)(void *, const char *);
	void		*arg;
	size_t		 n;
	struct stile_arena *arena;
};

static enum stile_err
tell_problem(void *arg, struct stile_stmt *st, struct stile_error *e)
{
	struct check	*c = arg;
	const char	*text;

	if ((text = stile__row_text(st, 0, c->arena)) == NULL)
		return stile__error_nomem(e);
	c->n++;
	if (c->fn != NULL)
		c->fn(c->arg, text);
	stile_arena_reset(c->arena);
	return STILE_OK;
}

enum stile_err
stile_db_check(struct stile_db *db, void (*fn)(void *arg, const char *problem),
    void *arg, size_t *problems, struct stile_error *e)
{
	struct check		 c = { .fn = fn, .arg = arg };
	const char *const	*sql = checks[db->engine->dialect];
	enum stile_err		 rc = STILE_OK;

	*problems = 0;
	if ((c.arena = stile_arena_new(0)) == NULL)
		return stile__error_nomem(e);
	for (; rc == STILE_OK && *sql != NULL; sql++)
		rc = stile__each_row(db, *sql, STILE_NOARGS, tell_problem, &c,
		    e);
	*problems = c.n;
	stile_arena_free(c.arena);
	return rc;
}

/* ---- backup -------------------------------------------------------------- */

static enum stile_err
fail_errno(const char *path, struct stile_error *e)
{
	int	err = errno;

	return stile_error_set(e, err == EEXIST ? STILE_EEXIST :
	    err == ENOSPC || err == EDQUOT || err == EFBIG ? STILE_EFULL :
	    STILE_EIO, 0, "%s: %s", path, strerror(err));
}

static bool
sync_path(const char *path, int flags)
{
	int	fd = open(path, O_RDONLY | O_CLOEXEC | flags);
	bool	ok;

	if (fd < 0)
		return false;
	ok = fsync(fd) == 0;
	close(fd);
	return ok;
}

/* A link fails where something is, a rename takes its place. */
static enum stile_err
give_name(const char *temp, const char *path, const char *folder,
    unsigned flags, struct stile_error *e)
{
	bool	ok;

	if (!sync_path(temp, 0))
		return fail_errno(temp, e);
	if ((flags & STILE_BACKUP_REPLACE) != 0)
		ok = rename(temp, path) == 0;
	else
		ok = link(temp, path) == 0 && unlink(temp) == 0;
	return ok && sync_path(folder, O_DIRECTORY) ? STILE_OK :
	    fail_errno(path, e);
}

static enum stile_err
fill(struct stile_db *db, const char *temp, unsigned flags,
    stile_progress_fn fn, void *arg, struct stile_error *e)
{
	if ((flags & STILE_BACKUP_COMPACT) != 0)
		return stile_db_exec(db, "VACUUM INTO ?", STILE_ARGS(temp),
		    NULL, e);
	return db->engine->backup(db->h, temp, fn, arg, e);
}

static enum stile_err
backup(struct stile_db *db, struct stile_arena *a, const char *path,
    unsigned flags, stile_progress_fn fn, void *arg, struct stile_error *e)
{
	const char	*slash = strrchr(path, '/');
	char		*temp, *folder;
	enum stile_err	 rc;
	int		 fd;

	temp = stile_arena_printf(a, "%s.XXXXXX", path);
	folder = slash == NULL ? stile_arena_strdup(a, ".") :
	    stile_arena_dup(a, (struct stile_str){ path,
	    (size_t)(slash - path) + 1 });
	if (temp == NULL || folder == NULL)
		return stile__error_nomem(e);
	if ((flags & STILE_BACKUP_REPLACE) == 0 && access(path, F_OK) == 0) {
		errno = EEXIST;
		return fail_errno(path, e);
	}
	if ((fd = mkostemp(temp, O_CLOEXEC)) < 0)
		return fail_errno(path, e);
	close(fd);
	rc = fill(db, temp, flags, fn, arg, e);
	if (rc == STILE_OK)
		rc = give_name(temp, path, folder, flags, e);
	if (rc != STILE_OK)
		unlink(temp);
	return rc;
}

enum stile_err
stile_db_backup(struct stile_db *db, const char *path, unsigned flags,
    stile_progress_fn fn, void *arg, struct stile_error *e)
{
	struct stile_arena	*a;
	enum stile_err		 rc;

	if (db->engine->backup == NULL)
		return stile_error_set(e, STILE_ENOSYS, 0,
		    "%s has its own means for backups, such as pg_dump(1)",
		    db->engine->name);
	if (stile__db_in_transaction(db))
		return stile_error_set(e, STILE_EINVAL, 500,
		    "a backup begins a transaction of its own");
	if ((a = stile_arena_new(0)) == NULL)
		return stile__error_nomem(e);
	rc = backup(db, a, path, flags, fn, arg, e);
	stile_arena_free(a);
	return rc;
}
