/* SPDX-License-Identifier: ISC */
/* serve: FastCGI on a socket, once the database is known to be right. */
#include "base/priv.h"

#include "stile/migrate.h"
#include "gate/cmd.h"
#include "base/banned.h"

static enum stile_err
count(void *arg, const struct stile_app *app, struct stile_error *e)
{
	struct { struct stile_db *db; size_t pending; }	*sum = arg;
	enum stile_err					 rc;
	size_t						 n;

	rc = stile_migrate_status(sum->db, app->name, app->migrations, NULL,
	    NULL, &n, e);
	if (rc == STILE_OK)
		sum->pending += n;
	return rc;
}

/* Whether the database is there and migrated; 0, or an exit status. */
static int
check_db(struct cmd_line *l)
{
	struct { struct stile_db *db; size_t pending; }	sum = { NULL, 0 };
	struct stile_error				e = { STILE_OK, 0, "" };
	enum stile_err					rc;

	if (l->site->dsn == NULL)
		return 0;
	rc = stile_db_open(l->site->dsn, STILE_DB_READWRITE,
	    (int)conf_int(l->site->conf, "db_busy_ms"), &sum.db, &e);
	if (rc == STILE_OK)
		rc = site_migrations(l->site, count, &sum, &e);
	stile_db_close(sum.db);
	if (rc == STILE_ENOTFOUND)
		return cmd_fail(l, EXIT_DATA, "%s; '%s migrate' makes it",
		    e.detail, l->program);
	if (rc != STILE_OK)
		return cmd_fail(l, EXIT_DATA, "%s", e.detail);
	if (sum.pending > 0)
		return cmd_fail(l, EXIT_DATA, "%s: %zu pending migration%s; "
		    "'%s migrate' applies %s", l->site->dsn, sum.pending,
		    sum.pending == 1 ? "" : "s", l->program,
		    sum.pending == 1 ? "it" : "them");
	return 0;
}

static int
serve_on(struct cmd_line *l, int fd)
{
	int	rc = serve(l->site, fd, &l->running);

	listen_close(l->site->conf, fd);
	return rc;
}

int
cmd_serve_on(struct cmd_line *l, int fd)
{
	struct stile_error	e = { STILE_OK, 0, "" };
	int			rc;

	if (listen_check(fd, &e) != STILE_OK)
		return cmd_fail(l, EXIT_CONFIG, "%s", e.detail);
	if ((rc = check_db(l)) != 0)
		return rc;
	return serve_on(l, fd);
}

static int
run(struct cmd_line *l)
{
	struct stile_error	e = { STILE_OK, 0, "" };
	sigset_t		signals;
	int			fd, rc;

	if (listen_inherited(&fd))
		return cmd_serve_on(l, fd);
	if (*conf_text(l->site->conf, "listen") == '\0')
		return cmd_fail(l, EXIT_USAGE, "serve: --listen unix:PATH or "
		    "--listen tcp:HOST:PORT is needed");
	/* First, so that a wrong database leaves a live server's socket. */
	if ((rc = check_db(l)) != 0)
		return rc;
	serve_block_signals(&signals);
	if (listen_open(l->site->conf, &fd, &e) != STILE_OK)
		return cmd_fail(l, e.code == STILE_EINVAL ? EXIT_CONFIG :
		    EXIT_IO, "%s", e.detail);
	return serve_on(l, fd);
}

const struct cmd cmd_serve = {
	.name = "serve", .args = "", .run = run,
	.help = "serve FastCGI on --listen, or on an inherited socket",
};
