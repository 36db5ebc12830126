/* SPDX-License-Identifier: ISC */
/* migrate: bring the database to a version, or say what that would do. */
#include "base/priv.h"

#include "stile/num.h"
#include "stile/str.h"
#include "base/clock.h"
#include "gate/cmd.h"
#include "gate/progress.h"
#include "base/banned.h"

static const struct cmd_opt opts[] = {
	{ "to",      't', "[NAME:]N", "go up or down to migration N" },
	{ "status",  's', NULL, "print each migration and its state" },
	{ "dry-run", 'n', NULL, "print what would be done, change nothing" },
	{ 0 }
};

struct job {
	struct stile_db		*db;
	struct stile_str	 owner;		/* of --to, or empty */
	int			 version;
	bool			 found;		/* this owner */
	bool			 plan;
	size_t			 pending;	/* of all applications */
	size_t			 changes;	/* made, or planned */
	struct progress		 progress;
	stile_migration_fn	 fn;		/* for each one made */
	void			*arg;
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
		[STILE_MIGRATION_APPLYING] = "pending",
		[STILE_MIGRATION_UNDOING] = "to be undone",
		[STILE_MIGRATION_UNDONE] = "undone",
	};
	char	stamp[STILE_STAMP_SIZE] = "-";

	(void)arg;
	if (at != 0)
		stile__stamp(at, stamp);
	printf("%s %s: %s\t%s\n", owner, name, words[state], stamp);
	fflush(stdout);
}

static void
print_plan(void *arg, const char *owner, const char *name,
    enum stile_migration_state state, int64_t at)
{
	((struct job *)arg)->changes++;
	print(NULL, owner, name, state, at);
}

/* Between its begin and its end, a long one is seen on a terminal. */
static void
follow(void *arg, const char *owner, const char *name,
    enum stile_migration_state state, int64_t at)
{
	struct job	*job = arg;

	if (state == STILE_MIGRATION_APPLYING ||
	    state == STILE_MIGRATION_UNDOING) {
		progress_start(&job->progress, name, "");
		return;
	}
	progress_stop(&job->progress);
	job->changes++;
	job->fn(job->arg, owner, name, state, at);
}

static enum stile_err
status(void *arg, const struct stile_app *app, struct stile_error *e)
{
	struct job	*job = arg;
	enum stile_err	 rc;
	size_t		 pending;

	rc = stile_migrate_status(job->db, app->name, app->migrations, print,
	    NULL, &pending, e);
	if (rc == STILE_OK)
		job->pending += pending;
	return rc;
}

/* All that there is, or what --to says of this application. */
static enum stile_err
plan(void *arg, const struct stile_app *app, struct stile_error *e)
{
	struct job	*job = arg;

	if (job->owner.len == 0)
		return stile_migrate_plan(job->db, app->name, app->migrations,
		    INT_MAX, print_plan, job, e);
	if (!stile_str_eq(job->owner, stile_str(app->name)))
		return STILE_OK;
	job->found = true;
	return stile_migrate_plan(job->db, app->name, app->migrations,
	    job->version, print_plan, job, e);
}

static enum stile_err
apply(void *arg, const struct stile_app *app, struct stile_error *e)
{
	struct job	*job = arg;
	enum stile_err	 rc;

	if (job->owner.len == 0)
		rc = stile_migrate(job->db, app->name, app->migrations, follow,
		    job, e);
	else if (!stile_str_eq(job->owner, stile_str(app->name)))
		return STILE_OK;
	else
		rc = stile_migrate_to(job->db, app->name, app->migrations,
		    job->version, follow, job, e);
	progress_stop(&job->progress);
	job->found = true;
	return rc;
}

static enum stile_err
each_app(struct cmd_line *l, struct job *job, site_migrations_fn fn,
    struct stile_error *e)
{
	enum stile_err	rc;

	rc = site_migrations(l->site, fn, job, e);
	if (rc == STILE_OK && job->owner.len > 0 && !job->found)
		return stile_error_set(e, STILE_EINVAL, 0,
		    "--to: no application %.*s with migrations is here",
		    STILE_STR_ARG(job->owner));
	return rc;
}

enum stile_err
cmd_open_db(struct cmd_line *l, enum stile_db_mode mode, struct stile_db **ret,
    struct stile_error *e)
{
	struct stile_engine_open	how = l->site->db_how;

	how.mode = mode;
	return stile__db_open(l->site->dsn, &how, ret, e);
}

struct pending {
	struct stile_db	*db;
	size_t		 n;
};

static enum stile_err
count_pending(void *arg, const struct stile_app *app, struct stile_error *e)
{
	struct pending	*sum = arg;
	enum stile_err	 rc;
	size_t		 n;

	rc = stile_migrate_status(sum->db, app->name, app->migrations, NULL,
	    NULL, &n, e);
	sum->n += n;
	return rc;
}

enum stile_err
cmd_pending(struct cmd_line *l, struct stile_db *db, size_t *ret,
    struct stile_error *e)
{
	struct pending	sum = { .db = db };
	enum stile_err	rc;

	rc = site_migrations(l->site, count_pending, &sum, e);
	*ret = sum.n;
	return rc;
}

enum stile_err
cmd_migrate_all(struct cmd_line *l, stile_migration_fn fn, void *arg,
    struct stile_error *e)
{
	struct job	job = { .fn = fn, .arg = arg };
	enum stile_err	rc;

	rc = cmd_open_db(l, STILE_DB_CREATE, &job.db, e);
	if (rc == STILE_OK)
		rc = each_app(l, &job, apply, e);
	stile_db_close(job.db);
	return rc;
}

/* Looking must not make a database; in memory there is one to look at. */
static enum stile_err
look(struct cmd_line *l, struct job *job, struct stile_error *e)
{
	enum stile_err	rc;

	rc = cmd_open_db(l, STILE_DB_READONLY, &job->db, e);
	if (rc == STILE_ENOTFOUND) {
		printf("there is no database yet: all is pending\n");
		*e = (struct stile_error){ 0 };
		rc = stile_db_open("sqlite::memory:", STILE_DB_READWRITE, 0,
		    &job->db, e);
	}
	if (rc == STILE_OK)
		rc = each_app(l, job, job->plan ? plan : status, e);
	return rc;
}

/* "NAME:N", or "N" for the program's own application. */
static bool
parse_to(struct cmd_line *l, const char *text, struct job *job)
{
	struct stile_str	number = stile_str(text), owner;
	int64_t			version;

	if (strchr(text, ':') == NULL)
		owner = stile_str(l->site->app->name);
	else
		stile_str_cut(&number, ':', &owner);
	if (owner.len == 0 ||
	    stile_num_int(number, 0, INT_MAX - 1, &version) != STILE_OK)
		return false;
	job->owner = owner;
	job->version = (int)version;
	return true;
}

static int
run(struct cmd_line *l)
{
	struct stile_error	 e = { 0 };
	struct job		 job = { .fn = print };
	const char		*to = cmd_value(l, "to");
	enum stile_err		 rc;

	if (l->site->dsn == NULL)
		return cmd_fail(l, EXIT_CONFIG, "there is no database: the "
		    "application has no migrations, and db is not set");
	if (to != NULL && cmd_has(l, "status"))
		return cmd_fail(l, EXIT_USAGE, "--to: not with --status");
	if (to != NULL && !parse_to(l, to, &job))
		return cmd_fail(l, EXIT_USAGE, "--to '%s': a migration's "
		    "number is expected, or NAME:N for an application", to);
	job.plan = cmd_has(l, "dry-run");
	if (job.plan || cmd_has(l, "status"))
		rc = look(l, &job, &e);
	else if ((rc = cmd_open_db(l, STILE_DB_CREATE, &job.db, &e)) ==
	    STILE_OK)
		rc = each_app(l, &job, apply, &e);
	stile_db_close(job.db);
	if (rc != STILE_OK)
		return cmd_fail(l, EXIT_DATA, "%s", e.detail);
	if (job.pending == 0 && job.changes == 0)
		printf(to != NULL ? "there is nothing to do\n" :
		    "nothing is pending\n");
	return 0;
}

const struct cmd cmd_migrate = {
	.name = "migrate", .args = "", .opts = opts, .run = run,
	.help = "make the database and apply pending migrations",
};
