/* SPDX-License-Identifier: ISC */
/* lib/gate/main.c and cmd_*.c: the executables as command lines. */
#include "app.h"

#include <sys/socket.h>
#include <sys/un.h>

#define ARGS(...)	((const char *const []){ __VA_ARGS__, NULL })

static struct tmp	t;

static void
setup(void)
{
	tmp_make(&t);
}

static void
teardown(void)
{
	tmp_remove(&t);
}

TestSuite(main, .init = setup, .fini = teardown, .timeout = 120);

static struct program
notes(const char *const *args, const char *const *env)
{
	return program_run("apps/notes/notes", t.dir, args, env, NULL, 0);
}

static bool
starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* Status, and what each output says; NULL is nothing at all. */
static void
expect(const char *const *args, const char *const *env, int status,
    const char *out, const char *err)
{
	struct program	p = notes(args, env);
	const char	*first = args[0] != NULL ? args[0] : "(nothing)";

	cr_expect_eq(p.status, status, "%s: %d: %s", first, p.status, p.err);
	if (out == NULL)
		EXPECT_STR(p.out, "", "%s: output", first);
	else
		cr_expect(strstr(p.out, out) != NULL, "%s: %s", first, p.out);
	if (err == NULL)
		EXPECT_STR(p.err, "", "%s: errors", first);
	else
		cr_expect(strstr(p.err, err) != NULL, "%s: %s", first, p.err);
	/* Errors are one line; a usage may have two. */
	cr_expect(p.err_len == 0 || p.err[p.err_len - 1] == '\n', "%s", first);
	program_free(&p);
}

Test(main, help)
{
	static const char *const	words[] = {
		"notes: a JSON API for notes, in a database\n",
		"usage: notes COMMAND", "\n  serve: ", "\n  migrate: ",
		"-n, --dry-run", "-s, --status", "\n  routes: ", "\n  check: ",
		"\n  openapi: ", "--server URL: ", "\n  schema [NAME]: ",
		"\n  config: ",
		"\n  request METHOD PATH: ", "-H, --header NAME: VALUE",
		"-d, --data BODY", "\n  version: ", "\n  nginx: ",
		"-l, --location: ", "\n  apache: ", "-f, --fcgid: ",
		"\n  lighttpd: ", "-a, --authorizer: ", "\n  caddy: ",
		"\n  h2o: ", "\n  systemd: ", "-s, --socket: ", "\n  help: ",
		"--body-max ", "(1048576)", "--socket-mode ", "NOTES_BODY_MAX",
		"NOTES_CONFIG",
	};
	static const char *const	ways[] = { "help", "--help", "-h" };
	struct program			p;
	size_t				i, k;

	for (i = 0; i < NELEM(ways); i++) {
		p = notes(ARGS(ways[i]), NULL);
		cr_expect_eq(p.status, 0, "%s", ways[i]);
		EXPECT_STR(p.err, "", "%s", ways[i]);
		for (k = 0; k < NELEM(words); k++)
			cr_expect(strstr(p.out, words[k]) != NULL, "%s: no %s",
			    ways[i], words[k]);
		program_free(&p);
	}
}

Test(main, version)
{
	expect(ARGS("version"), NULL, 0, "notes 1.0 (stile "
	    PACKAGE_VERSION ")\n", NULL);
	expect(ARGS("--version"), NULL, 0, "notes 1.0 (stile "
	    PACKAGE_VERSION ")\n", NULL);
}

Test(main, routes)
{
	expect(ARGS("routes"), NULL, 0,
	    "GET     /openapi.json   openapi\n"
	    "GET     /docs           docs\n"
	    "GET     /notes          notes  List notes\n"
	    "POST    /notes          notes  Add a note\n"
	    "GET     /notes/{id:int} note  Show a note\n"
	    "PUT     /notes/{id:int} note  Replace a note\n"
	    "PATCH   /notes/{id:int} note  Change a note\n"
	    "DELETE  /notes/{id:int} note  Delete a note\n", NULL);
}

Test(main, check)
{
	expect(ARGS("check"), NULL, 0, "8 routes, 1 schema: ok\n", NULL);
	expect(ARGS("check", "all"), NULL, 64, NULL,
	    "notes: usage: notes check");
}

Test(main, documents)
{
	expect(ARGS("openapi"), NULL, 0, "{\n  \"openapi\": \"3.1.1\",\n",
	    NULL);
	expect(ARGS("openapi", "--prefix=/api"), NULL, 0,
	    "\"url\": \"/api\"", NULL);
	expect(ARGS("openapi", "--server", "https://n.example/"), NULL, 0,
	    "\"url\": \"https://n.example/\"", NULL);
	expect(ARGS("schema"), NULL, 0, "Note\n", NULL);
	expect(ARGS("schema", "Note"), NULL, 0, "\"title\": \"Note\",\n",
	    NULL);
	expect(ARGS("schema", "NotePatch"), NULL, 64, NULL,
	    "NotePatch: no such schema; there are Note, Problem");
}

/* Each is refused with a status that says whose mistake it is, and a line. */
Test(main, what_it_does_not_take)
{
	static const struct {
		const char	*args[8];
		int		 status;
		const char	*err;
	} cases[] = {
		{ { NULL }, 64, "usage: notes COMMAND" },
		{ { "nonsense" }, 64, "notes: nonsense: unknown command; "
		    "'notes help' lists them\n" },
		{ { "" }, 64, "notes: : unknown command" },
		{ { "Serve" }, 64, "notes: Serve: unknown command" },
		{ { "--body-max", "5" }, 64, "notes: --body-max: unknown "
		    "command" },
		{ { "routes", "extra" }, 64, "notes: usage: notes routes" },
		{ { "routes", "--nonsense" }, 64, "notes: --nonsense: unknown "
		    "option of routes; 'notes help' lists them\n" },
		{ { "routes", "--nonsense=1" }, 64, "notes: --nonsense: "
		    "unknown option of routes" },
		{ { "routes", "-x" }, 64, "notes: -x: unknown option" },
		{ { "routes", "--", "--body-max" }, 64, "notes: usage: notes "
		    "routes" },
		{ { "db" }, 64, "notes: db: unknown command" },
		{ { "db", "back" }, 64, "notes: db: unknown command" },
		{ { "db backup", "x" }, 64, "notes: db backup: unknown "
		    "command" },
		{ { "dbx", "backup", "x" }, 64, "notes: dbx: unknown "
		    "command" },
		{ { "backup", "x" }, 64, "notes: backup: unknown command" },
		{ { "db", "backup" }, 64, "usage: notes db backup FILE" },
		{ { "db", "backup", "a", "b" }, 64, "usage: notes db backup "
		    "FILE" },
		{ { "db", "vacuum", "a", "b" }, 64, "usage: notes db vacuum "
		    "[FILE]" },
		{ { "db", "backup", "a", "-n" }, 64, "notes: -n: unknown "
		    "option of db backup" },
		{ { "migrate", "--to" }, 64, "notes: --to: a value is "
		    "missing" },
		{ { "migrate", "--to", "one" }, 64, "notes: --to 'one': a "
		    "migration's number is expected" },
		{ { "migrate", "--to", ":1" }, 64, "notes: --to ':1': a "
		    "migration's number is expected" },
		{ { "migrate", "--to", "-1" }, 64, "notes: --to '-1': a "
		    "migration's number is expected" },
		{ { "migrate", "--to", "1", "-s" }, 64, "notes: --to: not "
		    "with --status" },
		{ { "routes", "-n" }, 64, "notes: -n: unknown option of "
		    "routes" },
		{ { "routes", "-body-max", "5" }, 64, "notes: -body-max: "
		    "unknown option" },
		{ { "routes", "--body-max" }, 64, "notes: --body-max: a value "
		    "is missing\n" },
		{ { "routes", "--body-max", "many" }, 64, "notes: --body-max: "
		    "body_max: an integer from 0 to 1099511627776 is expected, "
		    "not 'many'\n" },
		{ { "routes", "--body-max=" }, 64, "notes: --body-max: "
		    "body_max: an integer" },
		{ { "routes", "--hosts", "a b:80" }, 64, "notes: --hosts: "
		    "hosts: a name or an address without a port, .example.org "
		    "or * is expected, not 'b:80'\n" },
		{ { "serve", "--proxies=10.0.0.0/33" }, 64, "notes: --proxies: "
		    "proxies: an address, a network such as 10.0.0.0/8 or "
		    "unix: is expected, not '10.0.0.0/33'\n" },
		{ { "routes", "--config" }, 64, "notes: --config: a value is "
		    "missing" },
		{ { "routes", "--config", "/none" }, 78, "notes: /none: No "
		    "such file" },
		{ { "migrate", "--dry-run=yes" }, 64, "notes: --dry-run takes "
		    "no value" },
		{ { "migrate", "--dry" }, 64, "notes: --dry: unknown option" },
		{ { "migrate", "-ns" }, 64, "notes: -ns: unknown option" },
		{ { "request" }, 64, "usage: notes request METHOD PATH" },
		{ { "request", "GET" }, 64, "usage: notes request METHOD "
		    "PATH" },
		{ { "request", "GET", "/", "x" }, 64, "usage: notes request "
		    "METHOD PATH" },
		{ { "request", "GET", "/", "-d" }, 64, "notes: -d: a value is "
		    "missing" },
		{ { "request", "GET", "/", "-H", "nonsense" }, 64,
		    "notes: -H 'nonsense': NAME: VALUE is expected\n" },
		{ { "request", "GET", "/", "-H", ": x" }, 64,
		    "notes: -H ': x': NAME: VALUE is expected" },
		{ { "serve" }, 64, "--listen unix:PATH or --listen "
		    "tcp:HOST:PORT is needed" },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		expect(cases[i].args, NULL, cases[i].status, NULL,
		    cases[i].err);
}

Test(main, too_many_options)
{
	const char	*args[80] = { "request", "GET", "/notes" };
	size_t		 i;

	for (i = 3; i < 3 + 2 * 28; i += 2) {
		args[i] = "-H";
		args[i + 1] = "X: y";
	}
	args[i] = NULL;
	expect(args, NULL, 0, "500 ", "no such file");
}

/* ---- config ------------------------------------------------------------ */

Test(main, config)
{
	static const char	text[] = "body_max = 111\nurl_max = 222\n"
	    "threads = 3\n";
	const char		*file = tmp_path(&t, "", "notes.conf");
	char			 want[300], variable[200];

	write_file(file, text, sizeof(text) - 1);
	snprintf(variable, sizeof(variable), "NOTES_CONFIG=%s", file);
	/* A flag over the environment over a file over the default. */
	snprintf(want, sizeof(want), "url_max = 222\t# %s:2\n", file);
	expect(ARGS("config", "--config", file, "--threads", "5"),
	    ARGS("NOTES_BODY_MAX=333", "NOTES_THREADS=4"), 0, want, NULL);
	expect(ARGS("config", "--threads=5"), ARGS(variable,
	    "NOTES_BODY_MAX=333", "NOTES_THREADS=4"), 0,
	    "body_max = 333\t# environment NOTES_BODY_MAX\n", NULL);
	expect(ARGS("config", "--threads=5"), ARGS(variable,
	    "NOTES_THREADS=4"), 0, "threads = 5\t# --threads\n", NULL);
	expect(ARGS("config"), ARGS(variable, "NOTES_THREADS=4"), 0,
	    "threads = 4\t# environment NOTES_THREADS\n", NULL);
	expect(ARGS("config"), NULL, 0, "json_depth = 32\t# default\n", NULL);
	expect(ARGS("config"), NULL, 0, "db = sqlite:notes.db\t# default\n",
	    NULL);
	/* --config stands above NOTES_CONFIG. */
	expect(ARGS("config", "--config=/none"), ARGS(variable), 78, NULL,
	    "/none: No such file");
}

Test(main, config_with_mistakes)
{
	static const struct {
		const char	*text, *says;
	} cases[] = {
		{ "body_max = 1\nnonsense\n", ":2: name = value is expected" },
		{ "no_such = 1\n", ":1: there is no setting 'no_such'" },
		{ "threads = 0\n", ":1: threads: an integer from 1 to 256" },
		{ "hosts = a, b\n", ":1: hosts: a name or an address without a "
		    "port, .example.org or * is expected, not 'a,'\n" },
		{ "\nproxies = proxy\n", ":2: proxies: an address, a network" },
	};
	const char	*file = tmp_path(&t, "", "notes.conf");
	size_t		 i;

	for (i = 0; i < NELEM(cases); i++) {
		write_file(file, cases[i].text, strlen(cases[i].text));
		expect(ARGS("config", "--config", file), NULL, 78, NULL,
		    cases[i].says);
		/* Every command reads it. */
		expect(ARGS("routes", "--config", file), NULL, 78, NULL,
		    cases[i].says);
	}
	expect(ARGS("config"), ARGS("NOTES_LOG_FORMAT=xml"), 78, NULL,
	    "notes: environment NOTES_LOG_FORMAT: log_format: one of text json "
	    "is expected, not 'xml'\n");
	expect(ARGS("config"), ARGS("NOTES_HOSTS="), 78, NULL,
	    "notes: environment NOTES_HOSTS: hosts: a name or an address");
}

/* ---- request ----------------------------------------------------------- */

Test(main, request)
{
	static const struct {
		const char	*args[12];
		const char	*out;
	} cases[] = {
		{ { "request", "GET", "/notes" }, "200 OK\n"
		    "Content-Type: application/json\nContent-Length: 2\n\n"
		    "[]\n" },
		{ { "request", "POST", "/notes", "-d", "{\"title\":\"x\"}" },
		    "201 Created\nContent-Type: application/json\n" },
		{ { "request", "-d", "{\"title\":\"y\"}", "POST", "/notes" },
		    "{\"id\":2,\"title\":\"y\",\"body\":\"\",\"done\":false}"
		    "\n" },
		{ { "request", "POST", "/notes", "--data={\"title\":\"z\"}" },
		    "Location: /notes/3\n" },
		{ { "request", "POST", "/notes", "-d", "title=x", "-H",
		    "Content-Type: text/plain" }, "415 " },
		{ { "request", "POST", "/notes", "-H",
		    "content-type:application/json", "--data",
		    "{\"title\":\"4\"}" }, "201 Created\n" },
		{ { "request", "GET", "/none", "-H", "Accept: text/html" },
		    "Content-Type: text/html; charset=utf-8\n" },
		{ { "request", "GET", "/none", "--header=Accept: text/html" },
		    "<h1>404 Not Found</h1>" },
		{ { "request", "HEAD", "/notes/1" }, "200 OK\n"
		    "Content-Type: application/json\nContent-Length: 43\n" },
		{ { "request", "DELETE", "/notes/1" }, "204 No Content\n" },
		{ { "request", "GET", "/notes/1" }, "404 Not Found\n" },
		{ { "request", "GET", "/notes?limit=1" }, "\"id\":2," },
		{ { "request", "POST", "/notes", "-d", "" }, "400 " },
		{ { "request", "POST", "/notes", "-d", "{\"title\":\"long\"}",
		    "--body-max", "5" }, "413 " },
	};
	struct program	p;
	size_t		i;

	expect(ARGS("migrate"), NULL, 0, "notes 0001_note: applied\t20", NULL);
	for (i = 0; i < NELEM(cases); i++)
		expect(cases[i].args, NULL, 0, cases[i].out, NULL);
	p = notes(ARGS("request", "HEAD", "/notes"), NULL);
	cr_expect(strstr(p.out, "\n\n") == NULL, "%s", p.out);
	program_free(&p);
}

Test(main, request_without_a_database)
{
	expect(ARGS("request", "GET", "/notes"), NULL, 0,
	    "500 Internal Server Error\n", "notes.db: no such file");
	cr_expect_eq(access(tmp_path(&t, "", "notes.db"), F_OK), -1);
	/* What needs none works without. */
	expect(ARGS("request", "GET", "/none"), NULL, 0, "404 Not Found\n",
	    NULL);
}

/* ---- configurations of web servers -------------------------------------- */

/* Each names the program, and none still speaks of the default socket. */
static const struct {
	const char	*args[3];
	const char	*unix_says, *tcp_says;	/* NULL: it does not matter */
} printed[] = {
	{ { "nginx" }, "\tserver\t\tunix:/x/y.sock;", "\tserver\t\t10.0.0.1:99;" },
	{ { "nginx", "--location" }, "unix:/x/y.sock;", "10.0.0.1:99;" },
	{ { "nginx", "--cgi" }, NULL, NULL },
	{ { "apache" }, "\"unix:/x/y.sock|fcgi://notes/\"",
	    "\"fcgi://10.0.0.1:99/\"" },
	{ { "apache", "-f" }, NULL, NULL },
	{ { "apache", "--cgi" }, NULL, NULL },
	{ { "lighttpd" }, "\"socket\" => \"/x/y.sock\",",
	    "\"host\" => \"10.0.0.1\", \"port\" => 99," },
	{ { "lighttpd", "-s" }, NULL, NULL },
	{ { "lighttpd", "-c" }, NULL, NULL },
	{ { "lighttpd", "-a" }, "\"socket\" => \"/x/y.sock\",",
	    "\"host\" => \"10.0.0.1\", \"port\" => 99," },
	{ { "caddy" }, "reverse_proxy unix//x/y.sock {",
	    "reverse_proxy 10.0.0.1:99 {" },
	{ { "h2o" }, "{ port: /x/y.sock, type: unix }",
	    "{ host: 10.0.0.1, port: 99 }" },
	{ { "systemd" }, NULL, NULL },
	{ { "systemd", "-s" }, "ListenStream=/x/y.sock\n",
	    "ListenStream=10.0.0.1:99\n" },
};

/* What any application's output must and must not have. */
static void
expect_printed(size_t i, const char *listen_on, const char *says)
{
	const char	*args[8] = { printed[i].args[0] };
	size_t		 n = printed[i].args[1] != NULL ? 2 : 1;
	struct program	 p;

	args[1] = printed[i].args[1];
	args[n] = "--listen";
	args[n + 1] = listen_on;
	args[n + 2] = "--hosts=*  .example.com";
	p = notes(args, NULL);
	cr_expect_eq(p.status, 0, "%s: %s", args[0], p.err);
	EXPECT_STR(p.err, "", "%s", args[0]);
	cr_expect(says == NULL || strstr(p.out, says) != NULL, "%s %s: %s",
	    args[0], args[1], p.out);
	cr_expect(strstr(p.out, "/run/notes") == NULL, "%s: %s", args[0],
	    p.out);
	cr_expect(strstr(p.out, "example.org") == NULL, "%s", args[0]);
	cr_expect(strstr(p.out, "stile_params;") == NULL, "%s", args[0]);
	program_free(&p);
}

Test(main, configurations)
{
	size_t	i;

	for (i = 0; i < NELEM(printed); i++) {
		expect_printed(i, "unix:/x/y.sock", printed[i].unix_says);
		expect_printed(i, "tcp:10.0.0.1:99", printed[i].tcp_says);
	}
}

Test(main, what_configurations_say)
{
	static const struct {
		const char	*args[8];
		const char	*out;
	} cases[] = {
		{ { "nginx" }, "\tserver\t\tunix:/run/notes/notes.sock;" },
		{ { "nginx" }, "\tserver_name\tlocalhost;" },
		{ { "nginx", "--hosts", ".example.com b" },
		    "\tserver_name\texample.com;" },
		{ { "nginx", "--hosts", "*" }, "\tserver_name\tlocalhost;" },
		{ { "nginx" }, "\tclient_max_body_size\t1048576;" },
		{ { "nginx", "--body-max", "5" },
		    "\tclient_max_body_size\t5;" },
		{ { "nginx", "--body-max=0" }, "\tclient_max_body_size\t1;" },
		{ { "lighttpd", "--body-max", "2049" },
		    "\tserver.max-request-size = 3\n" },
		{ { "nginx" }, "\n\t\tfastcgi_param\tHTTP_HOST\t" },
		{ { "nginx", "-l" }, "\n\tfastcgi_param\tHTTP_HOST\t" },
		{ { "nginx", "--location", "--prefix", "/v1/x" },
		    "\nlocation /v1/x/ {\n" },
		{ { "nginx", "--location", "--prefix", "/v1/x" },
		    "(?s)^(/v1/x)(/.*)\\z;" },
		{ { "nginx", "--send-file=x-accel-redirect",
		    "--send-file-map=/srv/f=/inside" },
		    "\tlocation /inside/ {\n\t\tinternal;\n"
		    "\t\talias\t\t/srv/f/;\n" },
		{ { "nginx", "-c" }, "apps/notes/notes;\n" },
		{ { "apache", "-c" }, "apps/notes/notes/\"\n" },
		{ { "apache", "-c" }, "#SetEnv\t\tNOTES_DB sqlite:" },
		{ { "systemd" }, "apps/notes/notes serve\n" },
		{ { "systemd" }, "apps/notes/notes migrate\n" },
		{ { "caddy", "--hosts", "example.com" },
		    "\nexample.com {\n" },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		expect(cases[i].args, NULL, 0, cases[i].out, NULL);
}

/* Of another program, nothing is left of notes; it has no database either. */
Test(main, configurations_of_another_program)
{
	struct program	p;
	const char	*rest;
	size_t		i;

	for (i = 0; i < NELEM(printed); i++) {
		p = program_run("apps/hello/hello", t.dir, printed[i].args,
		    NULL, NULL, 0);
		cr_expect_eq(p.status, 0, "%s", p.err);
		cr_expect(strstr(p.out, "hello") != NULL, "%s", p.out);
		rest = strcasestr(p.out, "notes");
		cr_expect(rest == NULL, "%s: %s", printed[i].args[0],
		    rest != NULL ? rest : "");
		cr_expect(strstr(p.out, "migrat") == NULL, "%s", p.out);
		program_free(&p);
	}
}

/* Nothing gets out of its place in a configuration. */
Test(main, what_configurations_refuse)
{
	static const struct {
		const char	*args[4];
		int		 status;
		const char	*err;
	} cases[] = {
		{ { "nginx", "--listen", "unix:/a b" }, 78,
		    "notes: listen: '/a b' has a character" },
		{ { "nginx", "--listen", "unix:/a;}" }, 78,
		    "notes: listen: '/a;}' has a character" },
		{ { "nginx", "--listen", "unix:a.sock" }, 78,
		    "notes: listen: unix:PATH with an absolute path, or "
		    "tcp:HOST:PORT, is expected, not 'unix:a.sock'\n" },
		{ { "apache", "--listen", "tcp:9000" }, 78,
		    "tcp:HOST:PORT, is expected, not 'tcp:9000'\n" },
		{ { "apache", "--listen", "tcp:a\nb:90" }, 78,
		    "notes: listen: 'a" },
		{ { "nginx", "--prefix", "/a$b" }, 78,
		    "notes: prefix: '/a$b' has a character" },
		{ { "nginx", "--send-file-map", "/a=/b c" }, 78,
		    "notes: send_file_map: '/b c' has a character" },
		{ { "lighttpd", "-a", "-c" }, 64, "notes: lighttpd takes one "
		    "of its options at a time\n" },
		{ { "caddy", "--cgi" }, 64, "notes: --cgi: unknown option of "
		    "caddy" },
		{ { "nginx", "x" }, 64, "usage: notes nginx" },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		expect(cases[i].args, NULL, cases[i].status, NULL,
		    cases[i].err);
}

/* ---- migrate and serve ------------------------------------------------- */

Test(main, migrate)
{
	const char	*db = tmp_path(&t, "", "notes.db");

	expect(ARGS("migrate", "--status"), NULL, 0,
	    "there is no database yet: all is pending\n"
	    "notes 0001_note: pending\t-\n"
	    "notes 0002_note_version: pending\t-\n", NULL);
	expect(ARGS("migrate", "-n"), NULL, 0,
	    "notes 0001_note: pending\t-\n", NULL);
	cr_expect_eq(access(db, F_OK), -1, "looking makes none");
	expect(ARGS("migrate"), NULL, 0, "notes 0001_note: applied\t20", NULL);
	cr_expect_eq(access(db, F_OK), 0);
	expect(ARGS("migrate"), NULL, 0, "nothing is pending\n", NULL);
	expect(ARGS("migrate", "-s"), NULL, 0, "notes 0001_note: applied\t20",
	    NULL);
	expect(ARGS("migrate", "--dry-run"), NULL, 0, "nothing is pending\n",
	    NULL);
}

Test(main, migrate_to)
{
	expect(ARGS("migrate", "--to", "1"), NULL, 0, "notes 0001_note: "
	    "applied\t20", NULL);
	expect(ARGS("migrate", "-n"), NULL, 0,
	    "notes 0002_note_version: pending\t-\n", NULL);
	expect(ARGS("migrate", "--to", "1"), NULL, 0, "there is nothing to "
	    "do\n", NULL);
	expect(ARGS("migrate", "-t", "notes:2"), NULL, 0,
	    "notes 0002_note_version: applied\t20", NULL);
	expect(ARGS("migrate", "--to=0", "--dry-run"), NULL, 0,
	    "notes 0002_note_version: to be undone\t-\n"
	    "notes 0001_note: to be undone\t-\n", NULL);
	expect(ARGS("migrate", "--to=1"), NULL, 0,
	    "notes 0002_note_version: undone\t20", NULL);
	expect(ARGS("migrate", "-s"), NULL, 0,
	    "notes 0002_note_version: pending\t-\n", NULL);
	expect(ARGS("migrate", "--to", "3"), NULL, 65, NULL,
	    "notes: notes has no migration 3\n");
	expect(ARGS("migrate", "--to", "blog:1"), NULL, 65, NULL,
	    "notes: --to: no application blog with migrations is here\n");
}

static void
script(const char *sql)
{
	struct stile_error	 e = { 0 };
	struct stile_db		*db;

	cr_assert_eq(stile_db_open(tmp_path(&t, "sqlite:", "notes.db"),
	    STILE_DB_CREATE, 1000, &db, &e), STILE_OK, "%s", e.detail);
	cr_expect_eq(stile_db_script(db, sql, &e), STILE_OK, "%s", e.detail);
	stile_db_close(db);
}

Test(main, migrations_that_contradict)
{
	static const struct {
		const char	*sql;
		const char	*err;
		const char	*status;
	} cases[] = {
		{ "UPDATE stile_migration SET sql = 'other' WHERE version = 1",
		    "notes: migration 0001_note of notes was changed after it "
		    "had been applied\n", "notes 0001_note: changed\t20" },
		{ "UPDATE stile_migration SET version = 999, name = 'later'"
		    " WHERE version = 1", "notes: migration ", NULL },
		{ "DELETE FROM stile_migration",
		    "notes: migration 0001_note: ", "notes 0001_note: "
		    "pending\t-" },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		expect(ARGS("migrate"), NULL, 0, "applied\t20", NULL);
		script(cases[i].sql);
		expect(ARGS("migrate"), NULL, 65, NULL, cases[i].err);
		if (cases[i].status != NULL)
			expect(ARGS("migrate", "--status"), NULL,
			    i == 2 ? 0 : 65, cases[i].status,
			    i == 2 ? NULL : cases[i].err);
		expect(ARGS("serve", "--listen", tmp_path(&t, "unix:", "sock")),
		    NULL, 65, NULL, "notes: ");
		cr_assert_eq(unlink(tmp_path(&t, "", "notes.db")), 0);
	}
}

/* A server with a wrong database must not start, nor touch its socket. */
Test(main, serve_refuses)
{
	const char	*sock = tmp_path(&t, "unix:", "sock");

	expect(ARGS("serve", "--listen", sock), NULL, 65, NULL,
	    "notes.db: no such file; 'notes migrate' makes it\n");
	script("CREATE TABLE other (x)");
	expect(ARGS("serve", "--listen", sock), NULL, 65, NULL,
	    "pending migrations; 'notes migrate' applies them\n");
	cr_expect_eq(access(sock + 5, F_OK), -1);
	cr_assert_eq(unlink(tmp_path(&t, "", "notes.db")), 0);
	write_file(tmp_path(&t, "", "notes.db"), "This is not a database, and "
	    "it never will be one: it is only a text that is long enough to "
	    "look like one.", 100);
	expect(ARGS("serve", "--listen", sock), NULL, 65, NULL,
	    "notes.db: file is not a database");
	cr_assert_eq(unlink(tmp_path(&t, "", "notes.db")), 0);
	expect(ARGS("migrate"), NULL, 0, "applied", NULL);
	expect(ARGS("serve", "--listen", "nonsense"), NULL, 78, NULL,
	    "unix:PATH or tcp:HOST:PORT is expected, not 'nonsense'");
	expect(ARGS("serve", "--listen", "unix:/nowhere/sock"), NULL, 74, NULL,
	    "unix:/nowhere/sock: ");
	expect(ARGS("serve", "--listen", sock, "--socket-mode", "0666"), NULL,
	    78, NULL, "socket_mode: 0666 lets everyone");
	cr_expect_eq(access(sock + 5, F_OK), -1);
}

/* A socket that someone else listens on is neither taken nor removed. */
Test(main, serve_leaves_a_live_socket)
{
	struct sockaddr_un	sun = { .sun_family = AF_UNIX };
	const char		*sock = tmp_path(&t, "unix:", "sock");
	int			fd = socket(AF_UNIX, SOCK_STREAM |
	    SOCK_CLOEXEC, 0);

	expect(ARGS("migrate"), NULL, 0, "applied", NULL);
	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", sock + 5);
	cr_assert_eq(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	cr_assert_eq(listen(fd, 5), 0);
	expect(ARGS("serve", "--listen", sock), NULL, 74, NULL,
	    "a server is listening there");
	cr_expect_eq(access(sock + 5, F_OK), 0);
	close(fd);
}

Test(main, output_that_cannot_be_written)
{
	char		path[4096];
	const char	*top = getenv("top_builddir");
	int		st;
	pid_t		pid;

	snprintf(path, sizeof(path), "%s/apps/notes/notes",
	    top != NULL ? top : ".");
	if ((pid = fork()) == 0) {
		dup2(open("/dev/full", O_WRONLY | O_CLOEXEC), 1);
		execle(path, path, "help", NULL, program_env(NULL));
		_exit(127);
	}
	cr_assert_eq(waitpid(pid, &st, 0), pid);
	cr_expect_eq(WEXITSTATUS(st), 74, "%x", (unsigned)st);
}

/* ---- an application of the test's own ---------------------------------- */

static const struct stile_setting	settings[] = {
	{ "api_key", STILE_TEXT, "built-in", .secret = true,
	  .help = "opens the door" },
	{ "empty_key", .type = STILE_TEXT, .secret = true },
	{ "pin", STILE_INT, "4711", .min = 1, .max = 9999, .secret = true },
	{ "shiny", STILE_BOOL, .absent = "no" },
	{ 0 }
};
static const struct stile_app	own = { .name = "own_2",
    .settings = settings };
static const struct stile_app	bad = { .name = "Bad" };

/* stile_main() of an application, in a process of its own. */
static struct program
run_main(const struct stile_app *app, const char *const *args,
    const char *const *env)
{
	struct program	 p = { .status = -1 };
	char		*argv[16] = { (char *)(uintptr_t)"own" };
	int		 out[2], err[2], st, rc;
	size_t		 n;
	pid_t		 pid;

	for (n = 0; args[n] != NULL; n++)
		argv[n + 1] = (char *)(uintptr_t)args[n];
	p.out = calloc(2, PROGRAM_OUT);
	cr_assert(p.out != NULL && pipe(out) == 0 && pipe(err) == 0);
	p.err = p.out + PROGRAM_OUT;
	if ((pid = fork()) == 0) {
		dup2(out[1], 1);
		dup2(err[1], 2);
		for (; env != NULL && *env != NULL; env++)
			putenv((char *)(uintptr_t)*env);
		rc = stile_main(app, (int)n + 1, argv);
		fflush(stderr);
		_exit(rc);
	}
	close(out[1]);
	close(err[1]);
	program_collect(&p, pid, out[0], err[0]);
	close(out[0]);
	close(err[0]);
	cr_assert_eq(waitpid(pid, &st, 0), pid);
	p.status = WIFEXITED(st) ? WEXITSTATUS(st) : 1000 + WTERMSIG(st);
	return p;
}

Test(main, secrets)
{
	static const char *const	words[] = {
		"api_key = (hidden)\t# environment OWN_2_API_KEY\n",
		"empty_key = \t# default\n", "pin = (hidden)\t# --pin\n",
		"shiny = yes\t# --shiny\n",
	};
	struct program	p;
	size_t		i;

	p = run_main(&own, ARGS("config", "--pin", "1234", "--shiny"),
	    ARGS("OWN_2_API_KEY=sesame"));
	cr_expect_eq(p.status, 0, "%s", p.err);
	for (i = 0; i < NELEM(words); i++)
		cr_expect(strstr(p.out, words[i]) != NULL, "no %s in %s",
		    words[i], p.out);
	cr_expect(strstr(p.out, "sesame") == NULL, "%s", p.out);
	cr_expect(strstr(p.out, "1234") == NULL, "%s", p.out);
	program_free(&p);
	p = run_main(&own, ARGS("config"), NULL);
	cr_expect(strstr(p.out, "api_key = (hidden)\t# default") != NULL, "%s",
	    p.out);
	program_free(&p);
	/* A message about a secret does not tell it either. */
	p = run_main(&own, ARGS("config"), ARGS("OWN_2_PIN=my-secret"));
	cr_expect_eq(p.status, 78);
	cr_expect(strstr(p.err, "pin: an integer from 1 to 9999") != NULL,
	    "%s", p.err);
	cr_expect(strstr(p.err, "my-secret") == NULL, "%s", p.err);
	program_free(&p);
}

/* Fresh each time, and good for the setting as it is. */
Test(main, secret)
{
	struct program	one = run_main(&own, ARGS("secret"), NULL);
	struct program	two = run_main(&own, ARGS("secret"), NULL), p;
	char		line[200];

	cr_expect_eq(one.status, 0, "%s", one.err);
	cr_expect_eq(one.out_len, 44, "%s", one.out);
	cr_expect_eq(strspn(one.out, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"), 43, "%s", one.out);
	cr_expect_eq(one.out[43], '\n');
	cr_expect(strcmp(one.out, two.out) != 0, "%s", one.out);
	snprintf(line, sizeof(line), "OWN_2_SECRETS=%.43s %.43s", one.out,
	    two.out);
	p = run_main(&own, ARGS("config"), ARGS(line));
	cr_expect(strstr(p.out, "\nsecrets = (hidden)\t#") != NULL, "%s",
	    p.out);
	program_free(&p);
	program_free(&two);
	program_free(&one);
}

/* It is made for a configuration that is not complete yet. */
Test(main, secret_before_all_else)
{
	struct program	p = run_main(&own, ARGS("secret"), ARGS(
			    "OWN_2_PIN=none", "OWN_2_SECRETS=short",
			    "OWN_2_CONFIG=/nowhere/own.conf"));

	cr_expect_eq(p.status, 0, "%s", p.err);
	cr_expect_eq(p.out_len, 44, "%s", p.out);
	EXPECT_STR(p.err, "", "no complaint");
	program_free(&p);
	p = run_main(&own, ARGS("secret", "more"), NULL);
	cr_expect_neq(p.status, 0, "an argument too many");
	program_free(&p);
}

/* A setting without a default has none to print. */
Test(main, help_for_settings)
{
	static const char *const	words[] = {
		"--api-key ", "opens the door", "--empty-key ", "--shiny ",
		"(no)", "OWN_2_BODY_MAX",
	};
	struct program	p = run_main(&own, ARGS("help"), NULL);
	size_t		i;

	cr_expect_eq(p.status, 0, "%d: %s", p.status, p.err);
	for (i = 0; i < NELEM(words); i++)
		cr_expect(strstr(p.out, words[i]) != NULL, "no %s in %s",
		    words[i], p.out);
	program_free(&p);
}

Test(main, applications_without_much)
{
	static const struct {
		const struct stile_app	*app;
		const char		*args[4];
		int			 status;
		const char		*out, *err;
	} cases[] = {
		{ &own, { "version" }, 0, "own_2 0 (stile ", "" },
		{ &own, { "routes" }, 0, "", "" },
		{ &own, { "migrate" }, 78, "", "own_2: there is no database" },
		{ &own, { "migrate", "--status" }, 78, "",
		    "own_2: there is no database" },
		{ &own, { "request", "GET", "/" }, 0, "404 Not Found", "" },
		{ &own, { "config", "--shiny=maybe" }, 64, "",
		    "--shiny: shiny: yes or no is expected" },
		{ &own, { "config", "--shiny=no" }, 0, "shiny = no", "" },
		{ &bad, { "routes" }, 78, "",
		    "the application's name 'Bad' is not" },
	};
	struct program	p;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		p = run_main(cases[i].app, cases[i].args, NULL);
		cr_expect_eq(p.status, cases[i].status, "case %zu: %d: %s", i,
		    p.status, p.err);
		cr_expect(starts(p.err, cases[i].err) ||
		    strstr(p.err, cases[i].err) != NULL, "case %zu: %s", i,
		    p.err);
		cr_expect(strstr(p.out, cases[i].out) != NULL, "case %zu: %s",
		    i, p.out);
		program_free(&p);
	}
}
