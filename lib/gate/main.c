/* SPDX-License-Identifier: ISC */
/*
 * stile_main: how the program was started decides what it is.  CGI variables
 * make it one CGI request; a listening socket that it inherited, a FastCGI
 * server; anything else is a command line.
 *
 * CGI comes first: a query without '=' reaches a CGI program as arguments
 * (RFC 3875, section 4.4), and must not be taken for a command.
 */
#include "base/priv.h"

#include <ctype.h>
#include <unistd.h>

#include "stile/arena.h"
#include "gate/cmd.h"
#include "gate/handover.h"
#include "base/banned.h"

extern char **environ;

static const struct cmd *const cmds[] = {
	&cmd_serve, &cmd_status, &cmd_migrate, &cmd_db_backup, &cmd_db_check,
	&cmd_db_vacuum, &cmd_db_dump, &cmd_db_load, &cmd_db_shell,
	&cmd_user_add, &cmd_user_list, &cmd_user_passwd, &cmd_user_disable,
	&cmd_user_enable, &cmd_user_grant, &cmd_user_revoke, &cmd_user_delete,
	&cmd_routes, &cmd_check, &cmd_openapi, &cmd_schema, &cmd_config,
	&cmd_secret, &cmd_request, &cmd_version, &cmd_nginx, &cmd_apache,
	&cmd_lighttpd, &cmd_caddy, &cmd_h2o, &cmd_systemd,
};

static int
complain(const char *program, int status, const char *fmt, va_list ap)
{
	fprintf(stderr, "%s: ", program);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	return status;
}

int
cmd_fail(struct cmd_line *l, int status, const char *fmt, ...)
{
	va_list	ap;

	va_start(ap, fmt);
	complain(l->program, status, fmt, ap);
	va_end(ap);
	return status;
}

bool
cmd_has(struct cmd_line *l, const char *name)
{
	size_t	i;

	for (i = 0; i < l->ngiven; i++)
		if (strcmp(l->given[i].opt->name, name) == 0)
			return true;
	return false;
}

const char *
cmd_value(struct cmd_line *l, const char *name)
{
	size_t	i;

	for (i = l->ngiven; i > 0; i--)
		if (strcmp(l->given[i - 1].opt->name, name) == 0)
			return l->given[i - 1].value;
	return NULL;
}

static void
print_opts(const struct cmd *c)
{
	const struct cmd_opt	*o;

	for (o = c->opts; o != NULL && o->name != NULL; o++)
		printf("      %c%c%s--%s%s%s: %s\n",
		    o->letter != '\0' ? '-' : ' ',
		    o->letter != '\0' ? o->letter : ' ',
		    o->letter != '\0' ? ", " : "  ", o->name,
		    o->arg != NULL ? " " : "", o->arg != NULL ? o->arg : "",
		    o->help);
}

static void
print_settings(const struct conf *c)
{
	const struct stile_setting	*s;
	char				 flag[64];
	const char			*p;
	size_t				 i, n;

	for (i = 0; i < c->n; i++) {
		s = c->v[i].setting;
		for (n = 0, p = s->name; *p != '\0' && n < sizeof(flag) - 1;
		    p++)
			flag[n++] = *p == '_' ? '-' : *p;
		flag[n] = '\0';
		printf("  --%-18s %s", flag, s->help != NULL ? s->help : "");
		if (s->absent != NULL && *s->absent != '\0' && !s->secret)
			printf(" (%s)", s->absent);
		printf("\n");
	}
}

static int
help(const struct stile_app *app, const struct conf *c, const char *program)
{
	char	name[64];
	size_t	i;

	if (app->summary != NULL)
		printf("%s: %s\n\n", app->name, app->summary);
	printf("usage: %s COMMAND [--SETTING VALUE]...\n\ncommands:\n",
	    program);
	for (i = 0; i < NELEM(cmds); i++) {
		printf("  %s%s%s: %s\n", cmds[i]->name,
		    *cmds[i]->args != '\0' ? " " : "", cmds[i]->args,
		    cmds[i]->help);
		print_opts(cmds[i]);
	}
	printf("  help: print this\n\nsettings and their defaults:\n");
	print_settings(c);
	for (i = 0; app->name[i] != '\0' && i < sizeof(name) - 1; i++)
		name[i] = (char)toupper((unsigned char)app->name[i]);
	name[i] = '\0';
	printf("\nA setting is also a variable, %s_BODY_MAX, and a line of the "
	    "file that\n--config or %s_CONFIG names: body_max = 1048576\n",
	    name, name);
	return 0;
}

/* How many of the arguments are its name, which has one word or two; or 0. */
static size_t
match_name(const struct cmd *c, char **argv)
{
	const char	*space = strchr(c->name, ' ');
	size_t		 n;

	if (space == NULL)
		return strcmp(c->name, argv[0]) == 0 ? 1 : 0;
	n = (size_t)(space - c->name);
	return strncmp(c->name, argv[0], n) == 0 && argv[0][n] == '\0' &&
	    argv[1] != NULL && strcmp(space + 1, argv[1]) == 0 ? 2 : 0;
}

/* The command, and *argv behind its name. */
static const struct cmd *
find_cmd(char ***argv)
{
	size_t	i, n;

	for (i = 0; i < NELEM(cmds); i++)
		if ((n = match_name(cmds[i], *argv)) > 0) {
			*argv += n;
			return cmds[i];
		}
	return NULL;
}

/* "--name", "--name=value" or "-n" is this option. */
static bool
is_opt(const struct cmd_opt *o, const char *arg, size_t n)
{
	if (arg[1] != '-')
		return o->letter != '\0' && arg[1] == o->letter &&
		    arg[2] == '\0';
	return strlen(o->name) == n - 2 &&
	    strncmp(o->name, arg + 2, n - 2) == 0;
}

static const struct cmd_opt *
find_opt(const struct cmd *c, const char *arg, size_t n)
{
	const struct cmd_opt	*o;

	for (o = c->opts; o != NULL && o->name != NULL; o++)
		if (is_opt(o, arg, n))
			return o;
	return NULL;
}

/* A command line as it is taken apart. */
struct parse {
	const struct cmd	*cmd;
	struct cmd_line		*line;
	struct stile_arena	*arena;
	struct conf		*conf;
	const char		*file;		/* --config */
	char			**argv;		/* the next ones */
};

/* What follows the option: after '=', or the next argument; NULL: nothing. */
static const char *
value_of(struct parse *p, const char *arg, size_t n)
{
	if (arg[n] == '=')
		return arg + n + 1;
	return *p->argv != NULL ? *p->argv++ : NULL;
}

static int
take_setting(struct parse *p, const char *arg, size_t n)
{
	const struct conf_value	*v;
	struct stile_error	 e = { 0 };
	const char		*name, *value;
	char			*where;

	where = stile_arena_dup(p->arena, (struct stile_str){ arg, n });
	if (where == NULL)
		return cmd_fail(p->line, EXIT_SOFTWARE, "no memory");
	name = where + 2;
	v = arg[1] == '-' ? conf_find(p->conf, name) : NULL;
	if (v == NULL && (arg[1] != '-' || strcmp(name, "config") != 0))
		return cmd_fail(p->line, EXIT_USAGE, "%s: unknown option of "
		    "%s; '%s help' lists them", where, p->cmd->name,
		    p->line->program);
	/* A switch alone is on. */
	if (v != NULL && v->setting->type == STILE_BOOL && arg[n] != '=')
		value = "yes";
	else if ((value = value_of(p, arg, n)) == NULL)
		return cmd_fail(p->line, EXIT_USAGE, "%s: a value is missing",
		    where);
	if (v == NULL)
		p->file = value;
	else if (conf_set(p->conf, name, value, CONF_FLAG, where,
	    &e) != STILE_OK)
		return cmd_fail(p->line, EXIT_USAGE, "%s", e.detail);
	return 0;
}

static int
take_option(struct parse *p, const char *arg)
{
	const struct cmd_opt	*o;
	struct cmd_given	*g;
	size_t			 n = strcspn(arg, "=");

	if ((o = find_opt(p->cmd, arg, n)) == NULL)
		return take_setting(p, arg, n);
	if (p->line->ngiven == CMD_OPTS_MAX)
		return cmd_fail(p->line, EXIT_USAGE, "more than %d options",
		    CMD_OPTS_MAX);
	if (o->arg == NULL && arg[n] == '=')
		return cmd_fail(p->line, EXIT_USAGE, "--%s takes no value",
		    o->name);
	g = &p->line->given[p->line->ngiven++];
	g->opt = o;
	if (o->arg != NULL && (g->value = value_of(p, arg, n)) == NULL)
		return cmd_fail(p->line, EXIT_USAGE, "%s: a value is missing",
		    arg);
	return 0;
}

static int
parse_args(struct parse *p)
{
	struct cmd_line	*l = p->line;
	char		*arg;
	bool		 ended = false;		/* by "--" */
	int		 rc;

	l->args = p->argv;	/* moved to the front as they are met */
	while ((arg = *p->argv) != NULL) {
		p->argv++;
		if (!ended && strcmp(arg, "--") == 0)
			ended = true;
		else if (ended || arg[0] != '-' || arg[1] == '\0')
			l->args[l->nargs++] = arg;
		else if ((rc = take_option(p, arg)) != 0)
			return rc;
	}
	if (l->nargs >= p->cmd->nargs &&
	    l->nargs - p->cmd->nargs <= p->cmd->nmore)
		return 0;
	return cmd_fail(l, EXIT_USAGE, "usage: %s %s %s", l->program,
	    p->cmd->name, p->cmd->args);
}

/* NOTES_CONFIG; else /etc/notes.conf, if there is one. */
static const char *
default_file(struct stile_arena *a, const char *app)
{
	char		*name, *path, *c;
	const char	*file;

	if ((name = stile_arena_printf(a, "%s_CONFIG", app)) == NULL ||
	    (path = stile_arena_printf(a, "/etc/%s.conf", app)) == NULL)
		return NULL;
	for (c = name; *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	if ((file = getenv(name)) != NULL && *file != '\0')
		return file;
	return access(path, F_OK) == 0 ? path : NULL;
}

/* The flags are in already and stand above what is read here. */
static enum stile_err
load(struct conf *c, const char *file, struct stile_error *e)
{
	enum stile_err	rc;

	if (file == NULL)
		file = default_file(c->arena, c->app);
	if (file != NULL && (rc = conf_file(c, file, e)) != STILE_OK)
		return rc;
	return conf_environ(c, environ, e);
}

static bool
is_cgi(void)
{
	return getenv("GATEWAY_INTERFACE") != NULL &&
	    getenv("REQUEST_METHOD") != NULL;
}

/* A web server logs its requests itself. */
static int
run_cgi(const struct stile_app *app, struct stile_arena *a, struct conf *c,
    struct cmd_line *l)
{
	struct stile_error	 e = { 0 };
	struct stile_site	*site;

	if (conf_set(c, "log_level", "warn", CONF_DEFAULT, "default",
	    &e) != STILE_OK || load(c, NULL, &e) != STILE_OK ||
	    site_new(a, app, c, STDERR_FILENO, &site, &e) != STILE_OK) {
		printf("Status: 500 Internal Server Error\r\n"
		    "Content-Type: text/plain\r\n\r\nInternal Server Error\n");
		return cmd_fail(l, EXIT_CONFIG, "%s", e.detail);
	}
	l->site = site;
	return cgi_serve(site);
}

static bool
wants_help(const char *arg)
{
	return arg != NULL && (strcmp(arg, "help") == 0 ||
	    strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0);
}

static int
run_command(const struct stile_app *app, struct stile_arena *a, struct conf *c,
    struct cmd_line *l, char **argv)
{
	struct parse		 p = { .line = l, .arena = a, .conf = c };
	struct stile_error	 e = { 0 };
	struct stile_site	*site;
	struct listeners	 listeners;
	bool			 inherited = false;
	int			 rc;

	if (argv[0] == NULL && !handover_is())
		inherited = listen_inherited(&listeners);
	if (argv[0] == NULL && !inherited && !handover_is()) {
		fprintf(stderr, "usage: %s COMMAND [--SETTING VALUE]...\n"
		    "'%s help' lists the commands and the settings.\n",
		    l->program, l->program);
		return EXIT_USAGE;
	}
	/* A reload of one that was started without a command, too. */
	p.argv = argv;
	p.cmd = argv[0] == NULL ? &cmd_serve : find_cmd(&p.argv);
	if (p.cmd == NULL)
		return cmd_fail(l, EXIT_USAGE, "%s: unknown command; '%s help' "
		    "lists them", argv[0], l->program);
	l->cmd = p.cmd;
	if (p.argv[0] != NULL && wants_help(p.argv[0]))
		return help(app, c, l->program);
	if (p.cmd->log_level != NULL && conf_set(c, "log_level",
	    p.cmd->log_level, CONF_DEFAULT, "default", &e) != STILE_OK)
		return cmd_fail(l, EXIT_SOFTWARE, "%s", e.detail);
	if ((rc = parse_args(&p)) != 0)
		return rc;
	/* It may make what the configuration does not have yet. */
	if (p.cmd->bare)
		return p.cmd->run(l);
	if (load(c, p.file, &e) != STILE_OK ||
	    site_new(a, app, c, STDERR_FILENO, &site, &e) != STILE_OK)
		return cmd_fail(l, EXIT_CONFIG, "%s", e.detail);
	l->site = site;
	return inherited ? cmd_serve_on(l, &listeners) : p.cmd->run(l);
}

int
stile_main(const struct stile_app *app, int argc, char **argv)
{
	struct stile_error	 e = { 0 };
	struct cmd_line		 l = { .program = app->name, .argv = argv };
	struct stile_arena	*a;
	struct conf		*c;
	int			 rc;

	if ((a = stile_arena_new(0)) == NULL)
		return cmd_fail(&l, EXIT_SOFTWARE, "no memory");
	if (argc > 0 && !is_cgi())
		argv++;
	if (conf_new(a, app, &c, &e) != STILE_OK)
		rc = cmd_fail(&l, EXIT_CONFIG, "%s", e.detail);
	else if (is_cgi())
		rc = run_cgi(app, a, c, &l);
	else if (wants_help(*argv))
		rc = help(app, c, l.program);
	else {
		if (*argv != NULL && strcmp(*argv, "--version") == 0)
			*argv += 2;
		rc = run_command(app, a, c, &l, argv);
	}
	if (l.site != NULL) {
		if (l.site->access != l.site->log)
			stile_log_free(l.site->access);
		stile_log_free(l.site->log);
	}
	stile_arena_free(a);
	if ((fflush(stdout) != 0 || ferror(stdout)) && rc == 0)
		rc = EXIT_IO;
	return rc;
}
