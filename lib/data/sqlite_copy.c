/* SPDX-License-Identifier: ISC */
/*
 * SQLite's online backup.  The source is read in one transaction, so that the
 * copy is what was there when it began: others may write meanwhile, and without
 * it each of their commits would begin the copy anew.
 */
#include "base/priv.h"

#include "stile/admin.h"
#include "data/sqlite_copy.h"
#include "base/banned.h"

#define STEP_PAGES	256	/* between two looks at how far it is */

static enum stile_err
fail(sqlite3 *db, int rc, const char *path, struct stile_error *e)
{
	enum stile_err	code = stile__sqlite_class(rc);

	/* The copy's file is ours: that it cannot be written is the disk's. */
	if (code == STILE_EREADONLY)
		code = STILE_EIO;
	return stile_error_set(e, code, 0, "%s: %s", path,
	    db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
}

static int
copy_pages(sqlite3_backup *b, stile_progress_fn fn, void *arg)
{
	int	rc, total, left;

	do {
		rc = sqlite3_backup_step(b, STEP_PAGES);
		total = sqlite3_backup_pagecount(b);
		left = sqlite3_backup_remaining(b);
		if (fn != NULL)
			fn(arg, (uint64_t)(total - left), (uint64_t)total);
	} while (rc == SQLITE_OK);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* The file is ours alone and not yet of use: no journal, and no sync here. */
static int
copy_to(sqlite3 *to, sqlite3 *from, stile_progress_fn fn, void *arg)
{
	sqlite3_backup	*b;
	int		 rc, end;

	rc = sqlite3_exec(to, "PRAGMA synchronous = OFF;"
	    "PRAGMA journal_mode = OFF", NULL, NULL, NULL);
	if (rc != SQLITE_OK)
		return rc;
	if ((b = sqlite3_backup_init(to, "main", from, "main")) == NULL)
		return sqlite3_errcode(to);
	rc = copy_pages(b, fn, arg);
	end = sqlite3_backup_finish(b);
	return rc != SQLITE_OK ? rc : end;
}

enum stile_err
stile__sqlite_backup(void *conn, const char *path, stile_progress_fn fn,
    void *arg, struct stile_error *e)
{
	sqlite3		*from = stile__sqlite_handle(conn), *to = NULL;
	enum stile_err	 code = STILE_OK;
	int		 rc;

	rc = sqlite3_exec(from, "BEGIN; SELECT 1 FROM sqlite_schema", NULL,
	    NULL, NULL);
	if (rc != SQLITE_OK) {
		code = fail(from, rc, sqlite3_db_filename(from, "main"), e);
	} else {
		rc = sqlite3_open_v2(path, &to, SQLITE_OPEN_READWRITE |
		    SQLITE_OPEN_NOMUTEX, NULL);
		if (rc == SQLITE_OK)
			rc = copy_to(to, from, fn, arg);
		if (rc != SQLITE_OK)
			code = fail(to, rc, path, e);
		sqlite3_close_v2(to);
	}
	if (sqlite3_get_autocommit(from) == 0)
		sqlite3_exec(from, "ROLLBACK", NULL, NULL, NULL);
	return code;
}

void
stile__sqlite_triggers(void *conn, bool on)
{
	sqlite3_db_config(stile__sqlite_handle(conn),
	    SQLITE_DBCONFIG_ENABLE_TRIGGER, on ? 1 : 0, NULL);
}
