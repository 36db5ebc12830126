/* SPDX-License-Identifier: ISC */
/* serve: FastCGI on a socket, once the database is known to be right. */
#include "base/priv.h"

#include "stile/migrate.h"
#include "gate/cmd.h"
#include "gate/handover.h"
#include "gate/serve.h"
#include "guard/jwt.h"
#include "base/banned.h"

static const struct cmd_opt opts[] = {
	{ "migrate", '\0', NULL, "apply pending migrations first" },
	{ 0 }
};

static void
log_migration(void *arg, const char *owner, const char *name,
    enum stile_migration_state state, int64_t at)
{
	(void)state;
	(void)at;
	if (arg != NULL)
		stile_log(arg, STILE_INFO, "migrated", STILE_ARGS("app", owner,
		    "name", name));
}

/*
 * Whether the database is there and migrated; 0, or an exit status.  What a
 * trial says is why it failed, so it says nothing else.
 */
static int
check_db(struct cmd_line *l, bool trial)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db = NULL;
	enum stile_err		 rc;
	size_t			 pending = 0;

	if (l->site->dsn == NULL)
		return 0;
	if (cmd_has(l, "migrate") && cmd_migrate_all(l, log_migration,
	    trial ? NULL : l->site->log, &e) != STILE_OK)
		return cmd_fail(l, EXIT_DATA, "%s", e.detail);
	rc = cmd_open_db(l, STILE_DB_READWRITE, &db, &e);
	if (rc == STILE_OK)
		rc = cmd_pending(l, db, &pending, &e);
	stile_db_close(db);
	if (rc == STILE_ENOTFOUND)
		return cmd_fail(l, EXIT_DATA, "%s; '%s migrate' makes it",
		    e.detail, l->program);
	if (rc != STILE_OK)
		return cmd_fail(l, EXIT_DATA, "%s", e.detail);
	if (pending > 0)
		return cmd_fail(l, EXIT_DATA, "%s: %zu pending migration%s; "
		    "'%s migrate' applies %s", l->site->dsn, pending,
		    pending == 1 ? "" : "s", l->program,
		    pending == 1 ? "it" : "them");
	return 0;
}

/* What would make requests fail: 0, or an exit status. */
static int
check(struct cmd_line *l, bool trial)
{
	struct stile_error	e = { 0 };
	int			rc;

	if ((rc = cmd_check_schemas(l)) != 0 || (rc = check_db(l, trial)) != 0)
		return rc;
	if (stile__jwt_ready(l->site->jwt, trial ? NULL : l->site->log, &e) !=
	    STILE_OK)
		return cmd_fail(l, EXIT_CONFIG, "%s", e.detail);
	return 0;
}

/* Sockets stay as they are, and so does what says which these are. */
static enum stile_err
keep_listen(struct cmd_line *l, const struct handover *from,
    struct stile_error *e)
{
	const char	*now = conf_text(l->site->conf, "listen");

	if (from == NULL || from->listen == NULL ||
	    strcmp(from->listen, now) == 0)
		return STILE_OK;
	stile_log(l->site->log, STILE_WARN, "a changed setting is ignored "
	    "until the next start", STILE_ARGS("setting", "listen",
	    "value", from->listen, "ignored", now));
	return conf_set(l->site->conf, "listen", from->listen, CONF_FLAG,
	    "the server", e);
}

static int
serve_on(struct cmd_line *l, struct listeners *listeners,
    const struct handover *from)
{
	struct stile_error	e = { 0 };
	int			rc;

	if (logs_open(l->site, &e) != STILE_OK ||
	    keep_listen(l, from, &e) != STILE_OK)
		rc = cmd_fail(l, EXIT_IO, "%s", e.detail);
	else
		rc = supervise(l->site, listeners, l->argv, from);
	listen_close(l->site->conf, listeners);
	return rc;
}

int
cmd_serve_on(struct cmd_line *l, struct listeners *listeners)
{
	struct stile_error	e = { 0 };
	int			rc;

	if (listen_check(l->site->conf, listeners, &e) != STILE_OK)
		return cmd_fail(l, EXIT_CONFIG, "%s", e.detail);
	if ((rc = check(l, false)) != 0)
		return rc;
	return serve_on(l, listeners, NULL);
}

/* In the place of a program that was asked to reload; or on trial for it. */
static int
take_over(struct cmd_line *l, struct handover *from)
{
	struct stile_error	e = { 0 };
	struct runner		runner;
	int			rc;

	if (listen_check(l->site->conf, &from->listeners, &e) != STILE_OK)
		return cmd_fail(l, EXIT_CONFIG, "%s", e.detail);
	if ((rc = check(l, from->trial)) != 0)
		return rc;
	if (!from->trial)
		return serve_on(l, &from->listeners, from);
	if (logs_open(l->site, &e) != STILE_OK)
		return cmd_fail(l, EXIT_IO, "%s", e.detail);
	if (runner_init(&runner, l->site) != STILE_OK)
		return cmd_fail(l, EXIT_SOFTWARE, "no memory");
	runner_release(&runner);
	return 0;
}

static int
run(struct cmd_line *l)
{
	struct stile_error	e = { 0 };
	struct listeners	listeners;
	struct handover		from;
	sigset_t		signals;
	int			rc;

	if (handover_get(&from))
		return take_over(l, &from);
	if (listen_inherited(&listeners))
		return cmd_serve_on(l, &listeners);
	if (*conf_text(l->site->conf, "listen") == '\0')
		return cmd_fail(l, EXIT_USAGE, "serve: --listen unix:PATH or "
		    "--listen tcp:HOST:PORT is needed");
	/* First, so that a wrong database leaves a live server's socket. */
	if ((rc = check(l, false)) != 0)
		return rc;
	serve_block_signals(&signals);
	if (listen_open(l->site->conf, &listeners, &e) != STILE_OK)
		return cmd_fail(l, e.code == STILE_EINVAL ? EXIT_CONFIG :
		    EXIT_IO, "%s", e.detail);
	return serve_on(l, &listeners, NULL);
}

const struct cmd cmd_serve = {
	.name = "serve", .args = "", .opts = opts, .run = run,
	.help = "serve FastCGI on --listen, or on an inherited socket",
};
