/* SPDX-License-Identifier: ISC */
/* migrate: bring the database up to date, or say what that would do. */
#include "base/priv.h"

#include <inttypes.h>

#include "stile/migrate.h"
#include "base/clock.h"
#include "gate/cmd.h"
#include "base/banned.h"

static const struct cmd_opt opts[] = {
	{ "status",  's', NULL, "print each migration and its state" },
	{ "dry-run", 'n', NULL, "print what would be applied, change nothing" },
	{ 0 }
};

struct job {
	struct stile_db	*db;
	bool		 only_pending;
	size_t		 pending;	/* of all applications */
	size_t		 applied;
};

static void
print(void *arg, const char *owner, const char *name,
    enum stile_migration_state state, int64_t at)
{
	static const char *const words[] = {
		[STILE_MIGRATION_APPLIED] = "applied",
		[STILE_MIGRATION_PENDING] = "pending",
		[STILE_MIGRATION_CHANGED] = "changed",
		[STILE_MIGRATION_MISSING] = "missing",
	};
	struct job	*job = arg;
	char		 stamp[STILE_STAMP_SIZE] = "-";

	job->applied += state == STILE_MIGRATION_APPLIED;
	if (job->only_pending && state == STILE_MIGRATION_APPLIED)
		return;
	if (at != 0)
		stile__stamp(at, stamp);
	printf("%s %s: %s\t%s\n", owner, name, words[state], stamp);
}

static enum stile_err
status(void *arg, const struct stile_app *app, struct stile_error *e)
{
	struct job	*job = arg;
	enum stile_err	 rc;
	size_t		 pending;

	rc = stile_migrate_status(job->db, app->name, app->migrations, print,
	    job, &pending, e);
	if (rc == STILE_OK)
		job->pending += pending;
	return rc;
}

static enum stile_err
apply(void *arg, const struct stile_app *app, struct stile_error *e)
{
	struct job	*job = arg;

	return stile_migrate(job->db, app->name, app->migrations, print, job,
	    e);
}

/* Looking must not make a database; in memory there is one to look at. */
static int
look(struct cmd_line *l, struct job *job)
{
	struct stile_error	e = { 0 };
	enum stile_err		rc;

	job->only_pending = cmd_has(l, "dry-run");
	rc = stile_db_open(l->site->dsn, STILE_DB_READONLY,
	    (int)conf_int(l->site->conf, "db_busy_ms"), &job->db, &e);
	if (rc == STILE_ENOTFOUND) {
		printf("there is no database yet: all is pending\n");
		e.code = STILE_OK;
		rc = stile_db_open("sqlite::memory:", STILE_DB_READWRITE, 0,
		    &job->db, &e);
	}
	if (rc == STILE_OK)
		rc = site_migrations(l->site, status, job, &e);
	stile_db_close(job->db);
	if (rc != STILE_OK)
		return cmd_fail(l, EXIT_DATA, "%s", e.detail);
	if (job->pending == 0)
		printf("nothing is pending\n");
	return 0;
}

static int
run(struct cmd_line *l)
{
	struct stile_error	e = { 0 };
	struct job		job = { .db = NULL };
	enum stile_err		rc;

	if (l->site->dsn == NULL)
		return cmd_fail(l, EXIT_CONFIG, "there is no database: the "
		    "application has no migrations, and db is not set");
	if (cmd_has(l, "status") || cmd_has(l, "dry-run"))
		return look(l, &job);
	rc = stile_db_open(l->site->dsn, STILE_DB_CREATE,
	    (int)conf_int(l->site->conf, "db_busy_ms"), &job.db, &e);
	if (rc == STILE_OK)
		rc = site_migrations(l->site, apply, &job, &e);
	stile_db_close(job.db);
	if (rc != STILE_OK)
		return cmd_fail(l, EXIT_DATA, "%s", e.detail);
	if (job.applied == 0)
		printf("nothing is pending\n");
	return 0;
}

const struct cmd cmd_migrate = {
	.name = "migrate", .args = "", .opts = opts, .run = run,
	.help = "make the database and apply pending migrations",
};
