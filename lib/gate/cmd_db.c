/* SPDX-License-Identifier: ISC */
/* db: what is done to the database as a whole, by hand or from a timer. */
#include "base/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "stile/admin.h"
#include "stile/arena.h"
#include "gate/cmd.h"
#include "gate/progress.h"
#include "base/banned.h"

static void
count(void *arg, uint64_t done, uint64_t total)
{
	progress_count(arg, done, total);
}

/* What a command does with the open database. */
typedef enum stile_err (*db_fn)(struct cmd_line *, struct stile_db *,
		    struct progress *, struct stile_error *);

static int
with_db(struct cmd_line *l, enum stile_db_mode mode, const char *unit, db_fn fn)
{
	struct stile_error	 e = { 0 };
	struct progress		 p;
	struct stile_db		*db = NULL;
	enum stile_err		 rc;

	if (l->site->dsn == NULL)
		return cmd_fail(l, EXIT_CONFIG, "there is no database: the "
		    "application has no migrations, and db is not set");
	rc = cmd_open_db(l, mode, &db, &e);
	progress_start(&p, l->cmd->name, unit);
	if (rc == STILE_OK)
		rc = fn(l, db, &p, &e);
	progress_stop(&p);
	stile_db_close(db);
	if (rc == STILE_OK)
		return 0;
	return cmd_fail(l, rc == STILE_EEXIST || rc == STILE_EIO ||
	    rc == STILE_EFULL ? EXIT_IO : EXIT_DATA, "%s", e.detail);
}

/* ---- backup -------------------------------------------------------------- */

static const struct cmd_opt backup_opts[] = {
	{ "force", 'f', NULL, "replace the file if it is there" },
	{ 0 }
};

static enum stile_err
backup(struct cmd_line *l, struct stile_db *db, struct progress *p,
    struct stile_error *e)
{
	return stile_db_backup(db, l->args[0], cmd_has(l, "force") ?
	    STILE_BACKUP_REPLACE : 0, count, p, e);
}

static int
run_backup(struct cmd_line *l)
{
	return with_db(l, STILE_DB_READONLY, "pages", backup);
}

const struct cmd cmd_db_backup = {
	.name = "db backup", .args = "FILE", .nargs = 1, .opts = backup_opts,
	.run = run_backup, .help = "copy the database while it is in use",
};

/* ---- check --------------------------------------------------------------- */

static void
print_problem(void *arg, const char *problem)
{
	progress_stop(arg);
	printf("%s\n", problem);
}

static enum stile_err
check(struct cmd_line *l, struct stile_db *db, struct progress *p,
    struct stile_error *e)
{
	enum stile_err	rc;
	size_t		problems, pending = 0;

	rc = stile_db_check(db, print_problem, p, &problems, e);
	if (rc == STILE_OK)
		rc = cmd_pending(l, db, &pending, e);
	progress_stop(p);
	if (rc != STILE_OK)
		return rc;
	if (pending > 0)
		printf("%zu migration%s pending\n", pending,
		    pending == 1 ? " is" : "s are");
	if (problems > 0 || pending > 0)
		return stile_error_set(e, STILE_EDB, 0, "%s: %zu problem%s",
		    l->site->dsn, problems + (pending > 0),
		    problems + (pending > 0) == 1 ? "" : "s");
	printf("%s\n", strcmp(stile_db_engine(db), "postgresql") == 0 ?
	    "migrations, indexes and constraints: no problem" :
	    "file, references and migrations: no problem");
	return STILE_OK;
}

static int
run_check(struct cmd_line *l)
{
	return with_db(l, STILE_DB_READONLY, "", check);
}

const struct cmd cmd_db_check = {
	.name = "db check", .args = "", .run = run_check,
	.help = "look for damage, broken references, pending migrations",
};

/* ---- vacuum -------------------------------------------------------------- */

static const struct cmd_opt vacuum_opts[] = {
	{ "force", 'f', NULL, "replace the file if it is there" },
	{ 0 }
};

static enum stile_err
vacuum(struct cmd_line *l, struct stile_db *db, struct progress *p,
    struct stile_error *e)
{
	if (l->nargs == 1)
		return stile_db_backup(db, l->args[0], STILE_BACKUP_COMPACT |
		    (cmd_has(l, "force") ? STILE_BACKUP_REPLACE : 0), count, p,
		    e);
	return stile_db_script(db, strcmp(stile_db_engine(db), "postgresql") ==
	    0 ? "VACUUM ANALYZE" : "VACUUM", e);
}

static int
run_vacuum(struct cmd_line *l)
{
	return with_db(l, l->nargs == 1 ? STILE_DB_READONLY :
	    STILE_DB_READWRITE, "", vacuum);
}

const struct cmd cmd_db_vacuum = {
	.name = "db vacuum", .args = "[FILE]", .nmore = 1, .opts = vacuum_opts,
	.run = run_vacuum,
	.help = "give unused space back, or copy into FILE without it",
};

/* ---- dump and load ------------------------------------------------------- */

static enum stile_err
dump(struct cmd_line *l, struct stile_db *db, struct progress *p,
    struct stile_error *e)
{
	return stile_db_dump(db, l->site->app->name, STDOUT_FILENO, count, p,
	    e);
}

static int
run_dump(struct cmd_line *l)
{
	return with_db(l, STILE_DB_READONLY, "rows", dump);
}

const struct cmd cmd_db_dump = {
	.name = "db dump", .args = "", .run = run_dump,
	.help = "print all rows as lines of JSON",
};

static const struct cmd_opt load_opts[] = {
	{ "replace", 'r', NULL, "delete the rows that are there first" },
	{ 0 }
};

static enum stile_err
load(struct cmd_line *l, struct stile_db *db, struct progress *p,
    struct stile_error *e)
{
	enum stile_err	rc;
	int		fd = STDIN_FILENO;

	if (l->nargs == 1 && (fd = open(l->args[0], O_RDONLY | O_CLOEXEC)) < 0)
		return stile_error_set(e, STILE_EIO, 0, "%s: %s", l->args[0],
		    strerror(errno));
	rc = stile_db_load(db, fd, cmd_has(l, "replace"), count, p, e);
	if (fd != STDIN_FILENO)
		close(fd);
	return rc;
}

static int
run_load(struct cmd_line *l)
{
	return with_db(l, STILE_DB_READWRITE, "rows", load);
}

const struct cmd cmd_db_load = {
	.name = "db load", .args = "[FILE]", .nmore = 1, .opts = load_opts,
	.run = run_load, .help = "read what 'db dump' prints into empty tables",
};

/* ---- shell --------------------------------------------------------------- */

/* Each engine's own program, and the package of Debian that has it. */
static const struct shell {
	const char	*engine, *program, *package;
	bool		 whole;		/* it takes the DSN with its name */
} shells[] = {
	{ "sqlite", "sqlite3", "sqlite3", false },
	{ "postgresql", "psql", "postgresql-client", true },
};

static const struct shell *
find_shell(const char *dsn)
{
	size_t	i, n;

	for (i = 0; i < NELEM(shells); i++) {
		n = strlen(shells[i].engine);
		if (strncmp(dsn, shells[i].engine, n) == 0 && dsn[n] == ':')
			return &shells[i];
	}
	return NULL;
}

/* "postgresql:host=/run" without its name, postgresql://HOST/NAME as it is. */
static const char *
where_of(const struct shell *s, const char *dsn)
{
	size_t	n = strlen(s->engine) + 1;

	return s->whole && strncmp(dsn + n, "//", 2) == 0 ? dsn : dsn + n;
}

static int
run_shell(struct cmd_line *l)
{
	const struct shell	*s;
	const char		*dsn = l->site->dsn;
	char			**argv;
	size_t			 i;

	if (dsn == NULL || (s = find_shell(dsn)) == NULL)
		return cmd_fail(l, EXIT_CONFIG, "db: sqlite: or postgresql: is "
		    "expected, and not %s", dsn != NULL ? dsn : "nothing");
	/* sqlite3 would make a file. */
	if (!s->whole && access(where_of(s, dsn), F_OK) != 0)
		return cmd_fail(l, EXIT_DATA, "%s: %s", dsn, strerror(errno));
	argv = stile_arena_alloc(l->site->arena, l->nargs + 3, sizeof(*argv));
	if (argv == NULL)
		return cmd_fail(l, EXIT_SOFTWARE, "no memory");
	/* exec(3) does not write to what it is given. */
	argv[0] = (char *)(uintptr_t)s->program;
	argv[1] = (char *)(uintptr_t)where_of(s, dsn);
	for (i = 0; i < l->nargs; i++)
		argv[i + 2] = l->args[i];
	execvp(s->program, argv);
	if (errno == ENOENT)
		return cmd_fail(l, EXIT_SOFTWARE, "%s is not installed; on "
		    "Debian the package %s has it", s->program, s->package);
	return cmd_fail(l, EXIT_SOFTWARE, "%s: %s", s->program,
	    strerror(errno));
}

const struct cmd cmd_db_shell = {
	.name = "db shell", .args = "[-- ARGUMENT...]", .nmore = SIZE_MAX,
	.run = run_shell,
	.help = "run the engine's own program on the database",
};
