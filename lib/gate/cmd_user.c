/* SPDX-License-Identifier: ISC */
/*
 * user: the users of an application that has them, as its own functions make
 * and change them.  A password is never an argument: those are for all to see.
 */
#include "base/priv.h"

#include <inttypes.h>

#include <sodium.h>

#include "stile/db.h"
#include "stile/req.h"
#include "stile/user.h"
#include "base/clock.h"
#include "gate/cmd.h"
#include "gate/secret.h"
#include "base/banned.h"

/* What one of the commands does, on a request. */
struct job {
	struct cmd_line	*l;
	const char	*name;		/* the user's, or NULL */
	const char	*password;
	bool		 on;		/* disable or grant; or the reverse */
	int64_t		 id;		/* of the one that was made */
	int64_t		 after;		/* the last user that was listed */
	size_t		 listed;
};

typedef int (*job_fn)(struct stile_req *, void *);

static int
fail(struct cmd_line *l, const struct stile_error *e)
{
	return cmd_fail(l, e->status >= 400 && e->status < 500 ? EXIT_DATA :
	    e->code == STILE_ENOTFOUND ? EXIT_DATA : EXIT_SOFTWARE, "%s",
	    e->detail);
}

/* Whether the tables are there, which a database may not have yet. */
static enum stile_err
check_tables(struct cmd_line *l, struct stile_error *e)
{
	struct stile_db	*db = NULL;
	enum stile_err	 rc;
	size_t		 n = 0;

	rc = cmd_open_db(l, STILE_DB_READONLY, &db, e);
	if (rc == STILE_OK)
		rc = cmd_pending(l, db, &n, e);
	stile_db_close(db);
	if (rc == STILE_OK && n > 0)
		return stile_error_set(e, STILE_ENOTFOUND, 0, "%s: migrations "
		    "are pending; '%s migrate' applies them", l->site->dsn,
		    l->program);
	return rc;
}

/* Once, or as long as there is more to list. */
static int
run_job(struct cmd_line *l, struct job *job, job_fn fn)
{
	struct stile_error	 e = { 0 };
	struct runner		 w;
	enum stile_err		 rc;

	if (!site_has(l->site, &stile_users))
		return cmd_fail(l, EXIT_CONFIG, "there are no users: the "
		    "application does not use stile_users");
	job->l = l;
	job->name = l->nargs > 0 ? l->args[0] : NULL;
	if (check_tables(l, &e) != STILE_OK)
		return fail(l, &e);
	if ((rc = runner_init(&w, l->site)) != STILE_OK)
		return cmd_fail(l, EXIT_SOFTWARE, "%s", stile_err_name(rc));
	do {
		job->listed = 0;
		rc = runner_call(&w, fn, job, &e);
	} while (rc == STILE_OK && job->listed > 0);
	runner_release(&w);
	return rc == STILE_OK ? 0 : fail(l, &e);
}

/* The id of the user at hand, by name or address; 0 with it failed. */
static int64_t
find(struct stile_req *r, const struct job *job)
{
	const struct stile_user	*u = stile_user_find(r, job->name);

	if (u != NULL)
		return u->id;
	stile_fail(r, 404, "there is no user %s", job->name);
	return 0;
}

/* ---- passwords --------------------------------------------------------- */

/* A typed one twice: nobody has seen it. */
static enum stile_err
ask(char p[STILE_PASSWORD_MAX + 1], struct stile_error *e)
{
	char		again[STILE_PASSWORD_MAX + 1];
	enum stile_err	rc;

	rc = secret_read("Password: ", p, STILE_PASSWORD_MAX + 1, e);
	if (rc != STILE_OK || !secret_typed())
		return rc;
	rc = secret_read("Again: ", again, sizeof(again), e);
	if (rc == STILE_OK && strcmp(p, again) != 0)
		rc = stile_error_set(e, STILE_EINVAL, 422,
		    "these are two passwords");
	sodium_memzero(again, sizeof(again));
	return rc;
}

static int
with_password(struct cmd_line *l, job_fn fn)
{
	char			password[STILE_PASSWORD_MAX + 1];
	struct stile_error	e = { 0 };
	struct job		job = { .password = password };
	int			rc;

	if (cmd_has(l, "no-password"))
		job.password = NULL;
	if (job.password == NULL || !site_has(l->site, &stile_users))
		rc = run_job(l, &job, fn);
	else if (ask(password, &e) == STILE_OK)
		rc = run_job(l, &job, fn);
	else
		rc = fail(l, &e);
	sodium_memzero(password, sizeof(password));
	if (rc == 0 && job.id != 0)
		printf("%" PRId64 "\n", job.id);
	return rc;
}

/* ---- add ------------------------------------------------------------------ */

static const struct cmd_opt	add_opts[] = {
	{ "email", 'e', "ADDRESS", "the user's address" },
	{ "role",  'r', "ROLE", "a role; may be repeated" },
	{ "no-password", '\0', NULL, "nobody logs in here by one" },
	{ 0 }
};

static int
add(struct stile_req *r, void *arg)
{
	struct job			*job = arg;
	const struct stile_user_new	 u = {
		.name = job->name, .password = job->password,
		.email = cmd_value(job->l, "email"),
	};
	size_t				 i;

	job->id = stile_user_create(r, &u);
	for (i = 0; i < job->l->ngiven; i++)
		if (job->l->given[i].opt->letter == 'r')
			stile_user_grant(r, job->id,
			    job->l->given[i].value, true);
	return stile_failed(r);
}

static int
run_add(struct cmd_line *l)
{
	return with_password(l, add);
}

const struct cmd cmd_user_add = {
	.name = "user add", .args = "NAME", .nargs = 1, .opts = add_opts,
	.run = run_add, .help = "make a user, with a password typed or from "
	    "standard input",
};

/* ---- passwd ----------------------------------------------------------------- */

static int
passwd(struct stile_req *r, void *arg)
{
	const struct job	*job = arg;
	int64_t			 id = find(r, job);

	if (id != 0)
		stile_user_password(r, id, job->password);
	return stile_failed(r);
}

static int
run_passwd(struct cmd_line *l)
{
	return with_password(l, passwd);
}

const struct cmd cmd_user_passwd = {
	.name = "user passwd", .args = "NAME", .nargs = 1, .run = run_passwd,
	.help = "give a user another password, and end all sessions",
};

/* ---- list --------------------------------------------------------------------- */

#define AT_ONCE	200

struct id {
	int64_t	id;
};

static const struct stile_schema	id_columns[] = {
	STILE_COLUMN(struct id, id),
	{ 0 }
};

static void
print_user(const struct stile_user *u)
{
	char	stamp[STILE_STAMP_SIZE] = "-";

	if (u->last_login != 0)
		stile__stamp(u->last_login, stamp);
	printf("%" PRId64 "\t%s\t%s\t%s\t%s\t%s\n", u->id, u->name,
	    u->email != NULL ? u->email : "-",
	    *u->roles != '\0' ? u->roles : "-", stamp,
	    u->disabled ? "disabled" : "enabled");
}

static int
list(struct stile_req *r, void *arg)
{
	struct job		*job = arg;
	const struct stile_user	*u;
	const struct id		*ids;
	size_t			 i, n;

	/* Looking holds nobody up. */
	stile__db_aside(r, true);
	ids = stile_select_all(r, id_columns, sizeof(*ids), &n,
	    "SELECT id FROM stile_user WHERE id > ? ORDER BY id LIMIT ?",
	    STILE_ARGS(job->after, AT_ONCE));
	for (i = 0; i < n; i++)
		if ((u = stile_user_get(r, ids[i].id)) != NULL)
			print_user(u);
	if (n > 0)
		job->after = ids[n - 1].id;
	job->listed = n;
	return stile_failed(r);
}

static int
run_list(struct cmd_line *l)
{
	struct job	job = { .after = 0 };

	return run_job(l, &job, list);
}

const struct cmd cmd_user_list = {
	.name = "user list", .args = "", .run = run_list,
	.help = "print the users: id, name, address, roles, last login",
};

/* ---- disable, grant, delete ------------------------------------------------------ */

static int
disable(struct stile_req *r, void *arg)
{
	const struct job	*job = arg;
	int64_t			 id = find(r, job);

	if (id != 0)
		stile_user_disable(r, id, job->on);
	return stile_failed(r);
}

static int
run_disable(struct cmd_line *l)
{
	struct job	job = { .on = true };

	return run_job(l, &job, disable);
}

const struct cmd cmd_user_disable = {
	.name = "user disable", .args = "NAME", .nargs = 1,
	.run = run_disable, .help = "lock a user out, and end all sessions",
};

static int
run_enable(struct cmd_line *l)
{
	struct job	job = { .on = false };

	return run_job(l, &job, disable);
}

const struct cmd cmd_user_enable = {
	.name = "user enable", .args = "NAME", .nargs = 1, .run = run_enable,
	.help = "let a user in again",
};

static int
grant(struct stile_req *r, void *arg)
{
	const struct job	*job = arg;
	int64_t			 id = find(r, job);

	if (id != 0)
		stile_user_grant(r, id, job->l->args[1], job->on);
	return stile_failed(r);
}

static int
run_grant(struct cmd_line *l)
{
	struct job	job = { .on = true };

	return run_job(l, &job, grant);
}

const struct cmd cmd_user_grant = {
	.name = "user grant", .args = "NAME ROLE", .nargs = 2,
	.run = run_grant, .help = "give a user a role",
};

static int
run_revoke(struct cmd_line *l)
{
	struct job	job = { .on = false };

	return run_job(l, &job, grant);
}

const struct cmd cmd_user_revoke = {
	.name = "user revoke", .args = "NAME ROLE", .nargs = 2,
	.run = run_revoke, .help = "take a role away from a user",
};

static int
delete(struct stile_req *r, void *arg)
{
	int64_t	id = find(r, arg);

	if (id != 0)
		stile_user_delete(r, id);
	return stile_failed(r);
}

static int
run_delete(struct cmd_line *l)
{
	struct job	job = { .on = true };

	return run_job(l, &job, delete);
}

const struct cmd cmd_user_delete = {
	.name = "user delete", .args = "NAME", .nargs = 1, .run = run_delete,
	.help = "delete a user, with sessions, roles and tokens",
};
