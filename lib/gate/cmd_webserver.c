/* SPDX-License-Identifier: ISC */
/*
 * nginx, apache, lighttpd, caddy, h2o, systemd: print a configuration for this
 * program.  The texts are the files below nginx-conf/, in which all is said of
 * a program called notes; its words are replaced by this one's.
 */
#include "base/priv.h"

#include <ctype.h>
#include <inttypes.h>
#include <unistd.h>

#include "stile/arena.h"
#include "stile/str.h"
#include "gate/cmd.h"
#include "gate/conf_text.h"
#include "base/banned.h"

#define PATH_MAX_BYTES	4096
#define WORDS_MAX	24

/* Which file a command prints, with one of its options or without. */
static const struct {
	const char	*cmd, *opt, *file;
} files[] = {
	{ "nginx",    NULL,         "site.conf" },
	{ "nginx",    "location",   "location.conf" },
	{ "nginx",    "cgi",        "fcgiwrap.conf" },
	{ "apache",   NULL,         "apache/proxy_fcgi.conf" },
	{ "apache",   "fcgid",      "apache/fcgid.conf" },
	{ "apache",   "cgi",        "apache/cgi.conf" },
	{ "lighttpd", NULL,         "lighttpd/fastcgi.conf" },
	{ "lighttpd", "spawn",      "lighttpd/spawn.conf" },
	{ "lighttpd", "cgi",        "lighttpd/cgi.conf" },
	{ "lighttpd", "authorizer", "lighttpd/authorizer.conf" },
	{ "caddy",    NULL,         "caddy/site" },
	{ "h2o",      NULL,         "h2o/h2o.conf" },
	{ "systemd",  NULL,         "systemd/notes.service" },
	{ "systemd",  "socket",     "systemd/notes.socket" },
};

/* How each server says that the program is at HOST and PORT. */
static const struct {
	const char	*from, *before, *between;
} addresses[] = {
	{ "unix:/run/notes/notes.sock|fcgi://notes", "fcgi://", ":" },
	{ "unix:/run/notes/notes.sock", "", ":" },
	{ "unix//run/notes/notes.sock", "", ":" },
	{ "\"socket\" => \"/run/notes/notes.sock\"", "\"host\" => \"",
	    "\", \"port\" => " },
	{ "port: /run/notes/notes.sock, type: unix", "host: ", ", port: " },
	{ "/run/notes/notes.sock", "", ":" },
};

/* What stands in the files, and what is printed for it. */
struct word {
	const char	*from, *to;	/* to is NULL: nothing, nor its line */
};

struct words {
	struct cmd_line	*line;
	struct word	 v[WORDS_MAX];	/* the first that fits is taken */
	size_t		 n;
	int		 rc;		/* 0, or an exit status */
};

static void
put(struct words *w, const char *from, const char *to)
{
	w->v[w->n++] = (struct word){ from, to };
}

/* Something that was made; NULL for lack of memory. */
static void
put_made(struct words *w, const char *from, const char *to)
{
	if (to == NULL)
		w->rc = cmd_fail(w->line, EXIT_SOFTWARE, "no memory");
	else
		put(w, from, to);
}

/* What needs no quotes in any of the files. */
static bool
is_plain(struct words *w, const char *what, const char *s)
{
	if (s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	    "0123456789/._-+@:[]")] == '\0')
		return true;
	w->rc = cmd_fail(w->line, EXIT_CONFIG, "%s: '%s' has a character that "
	    "a configuration would need quotes for", what, s);
	return false;
}

/* Something that was chosen; NULL for lack of memory. */
static void
put_value(struct words *w, const char *from, const char *what, const char *to)
{
	if (to == NULL || is_plain(w, what, to))
		put_made(w, from, to);
}

/* "HOST:PORT", in the words of each server */
static void
put_address(struct words *w, const char *address)
{
	const char	*colon = strrchr(address, ':');
	size_t		 i;

	if (!is_plain(w, "listen", address))
		return;
	for (i = 0; i < NELEM(addresses); i++)
		put_made(w, addresses[i].from, stile_arena_printf(
		    w->line->site->arena, "%s%.*s%s%s", addresses[i].before,
		    (int)(colon - address), address, addresses[i].between,
		    colon + 1));
}

/* Where it listens; by default where the files have it, by its own name. */
static void
put_listen(struct words *w)
{
	const char	*s = conf_text(w->line->site->conf, "listen");

	if (strncmp(s, "unix:/", 6) == 0)
		put_value(w, "/run/notes/notes.sock", "listen", s + 5);
	else if (strncmp(s, "tcp:", 4) == 0 && strchr(s + 4, ':') != NULL)
		put_address(w, s + 4);
	else if (*s != '\0')
		w->rc = cmd_fail(w->line, EXIT_CONFIG, "listen: unix:PATH with "
		    "an absolute path, or tcp:HOST:PORT, is expected, not '%s'",
		    s);
}

static void
put_program(struct words *w)
{
	char	path[PATH_MAX_BYTES];
	ssize_t	n;

	if ((n = readlink("/proc/self/exe", path, sizeof(path))) < 0 ||
	    (size_t)n == sizeof(path)) {
		w->rc = cmd_fail(w->line, EXIT_SOFTWARE, "the program's path "
		    "cannot be read from /proc/self/exe");
		return;
	}
	put_value(w, "/usr/local/bin/notes", "the program's path",
	    stile_arena_dup(w->line->site->arena,
	    (struct stile_str){ path, (size_t)n }));
}

/* The first name of the setting hosts. */
static void
put_host(struct words *w)
{
	struct stile_str	rest, name;

	rest = stile_str(conf_text(w->line->site->conf, "hosts"));
	while (stile_str_cut(&rest, ' ', &name) && name.len == 0)
		;
	while (name.len > 0 && name.p[0] == '.') {
		name.p++;
		name.len--;
	}
	if (name.len == 0 || stile_str_eq(name, STR("*")))
		name = STR("localhost");
	put_value(w, "notes.example.org", "hosts",
	    stile_arena_dup(w->line->site->arena, name));
}

/* The most that a route takes; to the servers, 0 would be without limit. */
static void
put_body_max(struct words *w)
{
	const struct stile_site	*site = w->line->site;
	const struct route	*r;
	size_t			 i, max = site->limits.max.body;

	for (i = 0; (r = router_at(site->router, i)) != NULL; i++)
		if (r->row->limits.body > max)
			max = r->row->limits.body;
	if (max == 0)
		max = 1;
	put_made(w, "max-request-size = 1024", stile_arena_printf(site->arena,
	    "max-request-size = %zu", max / 1024 + (max % 1024 > 0)));
	put_made(w, "4194304", stile_arena_printf(site->arena, "%zu",
	    max <= SIZE_MAX / 4 ? 4 * max : SIZE_MAX));
	put_made(w, "1048576", stile_arena_printf(site->arena, "%zu", max));
}

/* Files for the web server to send: "FOLDER=/NAME". */
static void
put_files(struct words *w)
{
	struct stile_str	map, folder;

	map = stile_str(conf_text(w->line->site->conf, "send_file_map"));
	if (!stile_str_cut(&map, '=', &folder) || map.len == 0)
		return;
	put_value(w, "/srv/notes/files", "send_file_map",
	    stile_arena_dup(w->line->site->arena, folder));
	put_value(w, "/x-accel", "send_file_map", map.p);
}

static void
put_name(struct words *w)
{
	const struct stile_site	*site = w->line->site;
	char			*upper, *c;

	upper = stile_arena_strdup(site->arena, site->app->name);
	for (c = upper; c != NULL && *c != '\0'; c++)
		*c = (char)toupper((unsigned char)*c);
	put_made(w, "NOTES", upper);
	put(w, "notes", site->app->name);
}

/* The longer before what is a part of it. */
static int
find_words(struct cmd_line *l, struct words *w)
{
	const char	*prefix = conf_text(l->site->conf, "prefix");

	*w = (struct words){ .line = l };
	if (l->site->dsn == NULL) {
		put(w, "# The database is made, and", NULL);
		put(w, "ExecStartPre=/usr/local/bin/notes migrate", NULL);
	}
	put_listen(w);
	put_program(w);
	put_host(w);
	put_body_max(w);
	put_files(w);
	if (*prefix != '\0')
		put_value(w, "/api", "prefix", prefix);
	put_name(w);
	return w->rc;
}

static bool
begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

static bool
is_left_out(const struct words *w, const char *line)
{
	size_t	i;

	for (i = 0; i < w->n; i++)
		if (w->v[i].to == NULL && begins(line, w->v[i].from))
			return true;
	return false;
}

static void
print_line(const struct words *w, const char *line, size_t n)
{
	const char	*p = line;
	size_t		 i;

	while (p < line + n) {
		for (i = 0; i < w->n; i++)
			if (w->v[i].to != NULL && begins(p, w->v[i].from))
				break;
		if (i < w->n) {
			fputs(w->v[i].to, stdout);
			p += strlen(w->v[i].from);
		} else
			putchar(*p++);
	}
	putchar('\n');
}

static const char *
find_text(const char *file)
{
	const struct conf_text	*t;

	for (t = conf_texts; t->file != NULL; t++)
		if (strcmp(t->file, file) == 0)
			return t->text;
	return "";
}

/* Nothing has to be beside it: what it includes is put in its place. */
static void
print_text(const struct words *w, const char *text, size_t tabs)
{
	static const char	include[] = "include\t\tstile_params;\n";
	size_t			i, n, indent;

	for (; *text != '\0'; text += n + 1) {
		n = strcspn(text, "\n");
		indent = strspn(text, "\t");
		if (begins(text + indent, include)) {
			print_text(w, find_text("stile_params"), indent);
			continue;
		}
		if (is_left_out(w, text))
			continue;
		for (i = 0; n > 0 && i < tabs; i++)
			putchar('\t');
		print_line(w, text, n);
	}
}

static int
run(struct cmd_line *l)
{
	const char	*opt = l->ngiven > 0 ? l->given[0].opt->name : NULL;
	struct words	 w;
	size_t		 i;
	int		 rc;

	if (l->ngiven > 1)
		return cmd_fail(l, EXIT_USAGE, "%s takes one of its options at "
		    "a time", l->cmd->name);
	if ((rc = find_words(l, &w)) != 0)
		return rc;
	for (i = 0; i < NELEM(files); i++)
		if (strcmp(files[i].cmd, l->cmd->name) == 0 &&
		    (opt == NULL ? files[i].opt == NULL :
		    files[i].opt != NULL && strcmp(files[i].opt, opt) == 0))
			print_text(&w, find_text(files[i].file), 0);
	return 0;
}

static const struct cmd_opt nginx_opts[] = {
	{ "location", 'l', NULL, "for a part of a site that exists" },
	{ "cgi",      'c', NULL, "as a CGI program, through fcgiwrap" },
	{ 0 }
};
static const struct cmd_opt apache_opts[] = {
	{ "fcgid", 'f', NULL, "Apache starts the program, by mod_fcgid" },
	{ "cgi",   'c', NULL, "as a CGI program" },
	{ 0 }
};
static const struct cmd_opt lighttpd_opts[] = {
	{ "spawn",      's', NULL, "lighttpd starts the program" },
	{ "cgi",        'c', NULL, "as a CGI program" },
	{ "authorizer", 'a', NULL, "the program says who may have a file" },
	{ 0 }
};
static const struct cmd_opt systemd_opts[] = {
	{ "socket", 's', NULL, "the unit of the socket" },
	{ 0 }
};

const struct cmd cmd_nginx = {
	.name = "nginx", .args = "", .opts = nginx_opts, .run = run,
	.help = "print a site for nginx",
};
const struct cmd cmd_apache = {
	.name = "apache", .args = "", .opts = apache_opts, .run = run,
	.help = "print a site for Apache",
};
const struct cmd cmd_lighttpd = {
	.name = "lighttpd", .args = "", .opts = lighttpd_opts, .run = run,
	.help = "print a site for lighttpd",
};
const struct cmd cmd_caddy = {
	.name = "caddy", .args = "", .run = run,
	.help = "print a site for Caddy",
};
const struct cmd cmd_h2o = {
	.name = "h2o", .args = "", .run = run,
	.help = "print a configuration for H2O",
};
const struct cmd cmd_systemd = {
	.name = "systemd", .args = "", .opts = systemd_opts, .run = run,
	.help = "print the unit of a service for systemd",
};
