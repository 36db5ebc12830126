/* SPDX-License-Identifier: ISC */
/* A command of the executable: one file, one const entry. */
#ifndef GATE_CMD_H
#define GATE_CMD_H

#include "stile/migrate.h"
#include "gate/gate.h"

/* An option of one command, beside the settings that all of them take. */
struct cmd_opt {
	const char	*name;		/* "dry-run" */
	char		 letter;	/* or '\0' */
	const char	*arg;		/* what follows it; NULL: nothing */
	const char	*help;
};

#define CMD_OPTS_MAX	32

struct cmd_given {
	const struct cmd_opt	*opt;
	const char		*value;
};

/* A command line, taken apart. */
struct cmd_line {
	struct stile_site	*site;
	const char		*program;	/* for messages */
	struct cmd_given	 given[CMD_OPTS_MAX];
	size_t			 ngiven;
	char			**args;
	size_t			 nargs;
	char			**argv;		/* of main() */
	const struct cmd	*cmd;
};

struct cmd {
	const char		*name;		/* of one word, or two */
	const char		*args;		/* "METHOD PATH", or "" */
	size_t			 nargs;		/* how many there must be */
	size_t			 nmore;		/* how many more there may be */
	const struct cmd_opt	*opts;		/* ends with { 0 } */
	const char		*help;		/* one line */
	const char		*log_level;	/* its own default, or NULL */
	bool			 bare;		/* works without a configuration */
	int			(*run)(struct cmd_line *);
};

extern const struct cmd	cmd_check, cmd_config, cmd_migrate, cmd_openapi,
			cmd_request, cmd_routes, cmd_schema, cmd_secret,
			cmd_serve, cmd_status, cmd_version;

/* Those of "db". */
extern const struct cmd	cmd_db_backup, cmd_db_check, cmd_db_dump, cmd_db_load,
			cmd_db_shell, cmd_db_vacuum;

/* Those of "user". */
extern const struct cmd	cmd_user_add, cmd_user_delete, cmd_user_disable,
			cmd_user_enable, cmd_user_grant, cmd_user_list,
			cmd_user_passwd, cmd_user_revoke;

/* Those that print a configuration. */
extern const struct cmd	cmd_apache, cmd_caddy, cmd_h2o, cmd_lighttpd, cmd_nginx,
			cmd_systemd;

/* Whether an option was given. */
bool	 cmd_has(struct cmd_line *, const char *name);

/* What followed it; NULL if it was not given.  The last one counts. */
const char	*cmd_value(struct cmd_line *, const char *name);

/* "program: message" on standard error; returns status. */
int	 cmd_fail(struct cmd_line *, int status, const char *fmt, ...)
	    STILE_PRINTF(3, 4);

/* The database as requests would have it. */
enum stile_err	 cmd_open_db(struct cmd_line *, enum stile_db_mode,
		    struct stile_db **ret, struct stile_error *);

/* How many migrations of all applications are pending. */
enum stile_err	 cmd_pending(struct cmd_line *, struct stile_db *, size_t *ret,
		    struct stile_error *);

/* Make the database and apply what is pending; fn for each. */
enum stile_err	 cmd_migrate_all(struct cmd_line *, stile_migration_fn fn,
		    void *arg, struct stile_error *);

/* Whether a schema makes requests fail: 0, or an exit status. */
int	 cmd_check_schemas(struct cmd_line *);

/* Serve on inherited sockets. */
int	 cmd_serve_on(struct cmd_line *, struct listeners *);
#endif
