/* SPDX-License-Identifier: ISC */
/* lib/gate/cgi.c: the executables run as web servers run CGI programs. */
#include "app.h"

#define ENV(...)	((const char *const []){ __VA_ARGS__, NULL })
#define NO_ARGS		((const char *const []){ NULL })

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

TestSuite(cgi, .init = setup, .fini = teardown, .timeout = 120);

/* The database that notes finds without a setting, in its folder. */
static void
make_notes(void)
{
	struct program	p = program_run("apps/notes/notes", t.dir,
	    ENV("migrate"), NULL, NULL, 0);

	cr_assert_eq(p.status, 0, "migrate: %s", p.err);
	program_free(&p);
}

static struct program
notes(const char *const *env, const char *in, size_t n)
{
	return program_run("apps/notes/notes", t.dir, NO_ARGS, env, in, n);
}

static const char *
cgi_body(const struct program *p)
{
	const char	*s = strstr(p->out, "\r\n\r\n");

	return s != NULL ? s + 4 : "(no end of the head)";
}

static bool
starts(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/* "201" of "Status: 201 Created" */
static int
cgi_status(const struct program *p)
{
	return starts(p->out, "Status: ") ? (int)strtol(p->out + 8, NULL, 10) :
	    -1;
}

Test(cgi, an_answer_to_the_byte)
{
	struct program	p = program_run("apps/hello/hello", t.dir, NO_ARGS,
	    ENV("GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET",
	    "PATH_INFO=/", "SCRIPT_NAME=/cgi/hello"), NULL, 0);

	cr_expect_eq(p.status, 0);
	EXPECT_STR(p.out, "Status: 200 OK\r\nContent-Type: application/json\r\n"
	    "Content-Length: 27\r\n\r\n{\"message\":\"Hello, World!\"}",
	    "output");
	EXPECT_STR(p.err, "", "the web server logs requests");
	program_free(&p);
}

/* What the set-ups pass for GET /notes/1; those of FastCGI are no CGI. */
Test(cgi, what_servers_pass)
{
	static const struct {
		const char	*name;
		const char	*vars[16];
		const char	*body;
	} cases[] = {
		{ "Apache mod_cgid", { "SCRIPT_NAME=/cgi/app.cgi",
		    "PATH_INFO=/notes/1", "QUERY_STRING=",
		    "REQUEST_URI=/cgi/app.cgi/notes/1",
		    "PATH_TRANSLATED=/var/www/notes/1" }, NULL },
		{ "lighttpd mod_cgi", { "SCRIPT_NAME=/cgi/app.cgi",
		    "PATH_INFO=/notes/1", "QUERY_STRING=",
		    "REQUEST_URI=/cgi/app.cgi/notes/1", "CONTENT_LENGTH=0" },
		    NULL },
		{ "fcgiwrap", { "SCRIPT_NAME=/notes", "PATH_INFO=/notes/1",
		    "DOCUMENT_URI=/notes/notes/1", "CONTENT_LENGTH=",
		    "CONTENT_TYPE=" }, NULL },
		{ "at the root", { "SCRIPT_NAME=", "PATH_INFO=/notes/1",
		    "REQUEST_URI=/notes/1", "CONTENT_LENGTH=-1" }, NULL },
		{ "nothing but the least", { "PATH_INFO=/notes/1" }, NULL },
	};
	const char	*env[32];
	struct program	 p;
	size_t		 i, k;

	make_notes();
	p = notes(ENV("GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=POST",
	    "PATH_INFO=/notes", "CONTENT_TYPE=application/json",
	    "CONTENT_LENGTH=13"), "{\"title\":\"x\"}", 13);
	cr_assert_eq(cgi_status(&p), 201, "%s %s", p.out, p.err);
	program_free(&p);
	for (i = 0; i < NELEM(cases); i++) {
		env[0] = "GATEWAY_INTERFACE=CGI/1.1";
		env[1] = "REQUEST_METHOD=GET";
		for (k = 0; cases[i].vars[k] != NULL; k++)
			env[k + 2] = cases[i].vars[k];
		env[k + 2] = NULL;
		p = notes(env, NULL, 0);
		cr_expect_eq(p.status, 0, "%s: %d", cases[i].name, p.status);
		cr_expect_eq(cgi_status(&p), 200, "%s: %s", cases[i].name,
		    p.out);
		EXPECT_STR(cgi_body(&p), "{\"id\":1,\"title\":\"x\",\"body\":"
		    "\"\",\"done\":false}", "%s", cases[i].name);
		program_free(&p);
	}
}

/* Under CGI the script's name is never a part of the path. */
Test(cgi, prefixes)
{
	static const struct {
		const char	*script, *info;
		int		 status;
		const char	*location;
	} cases[] = {
		{ "SCRIPT_NAME=/cgi/notes", "PATH_INFO=/notes", 201,
		    "Location: /cgi/notes/notes/" },
		{ "SCRIPT_NAME=", "PATH_INFO=/notes", 201,
		    "Location: /notes/" },
		{ "SCRIPT_NAME=/notes", "X=", 404, NULL },
		{ "SCRIPT_NAME=/notes", "PATH_INFO=", 404, NULL },
	};
	struct program	p;
	size_t		i;

	make_notes();
	for (i = 0; i < NELEM(cases); i++) {
		p = notes(ENV("GATEWAY_INTERFACE=CGI/1.1",
		    "REQUEST_METHOD=POST", cases[i].script, cases[i].info,
		    "CONTENT_TYPE=application/json", "CONTENT_LENGTH=13"),
		    "{\"title\":\"x\"}", 13);
		cr_expect_eq(cgi_status(&p), cases[i].status, "%s: %s",
		    cases[i].script, p.out);
		if (cases[i].location != NULL)
			cr_expect(strstr(p.out, cases[i].location) != NULL,
			    "%s: %s", cases[i].script, p.out);
		program_free(&p);
	}
}

/* CONTENT_LENGTH in all its forms, against 13 bytes of input. */
Test(cgi, lengths)
{
	static const struct {
		const char	*length;
		int		 status;
		const char	*says;
	} cases[] = {
		{ "CONTENT_LENGTH=13", 201, NULL },
		{ "CONTENT_LENGTH=013", 201, NULL },
		/* A server may leave more in the pipe than the body. */
		{ "CONTENT_LENGTH=12", 400, NULL },
		/* Without a length there is no body, RFC 3875, 4.2. */
		{ "CONTENT_LENGTH=", 400, NULL },
		{ "CONTENT_LENGTH=-1", 400, NULL },
		{ "CONTENT_LENGTH=0", 400, NULL },
		{ "X=", 400, NULL },
		{ "CONTENT_LENGTH=14", 400, "ended after 13 of 14 bytes" },
		{ "CONTENT_LENGTH=1000000", 400,
		    "ended after 13 of 1000000 bytes" },
		{ "CONTENT_LENGTH=1048577", 413, "at most 1048576 bytes" },
		{ "CONTENT_LENGTH=99999999999999999999", 413,
		    "at most 1048576 bytes" },
		{ "CONTENT_LENGTH=-2", 400, "not a length" },
		{ "CONTENT_LENGTH=+13", 400, "not a length" },
		{ "CONTENT_LENGTH= 13", 400, "not a length" },
		{ "CONTENT_LENGTH=13x", 400, "not a length" },
		{ "CONTENT_LENGTH=0x0d", 400, "not a length" },
		{ "CONTENT_LENGTH=13, 13", 400, "not a length" },
		{ "CONTENT_LENGTH=1e1", 400, "not a length" },
	};
	struct program	p;
	size_t		i;

	make_notes();
	for (i = 0; i < NELEM(cases); i++) {
		p = notes(ENV("GATEWAY_INTERFACE=CGI/1.1",
		    "REQUEST_METHOD=POST", "SCRIPT_NAME=", "PATH_INFO=/notes",
		    "CONTENT_TYPE=application/json", cases[i].length),
		    "{\"title\":\"x\"}", 13);
		cr_expect_eq(p.status, 0, "%s: %d", cases[i].length, p.status);
		cr_expect_eq(cgi_status(&p), cases[i].status, "%s: %s",
		    cases[i].length, p.out);
		if (cases[i].says != NULL)
			cr_expect(strstr(cgi_body(&p), cases[i].says) != NULL,
			    "%s: %s", cases[i].length, p.out);
		program_free(&p);
	}
	/* Only the whole ones were stored. */
	p = notes(ENV("GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET",
	    "SCRIPT_NAME=", "PATH_INFO=/notes"), NULL, 0);
	cr_expect(strstr(p.out, "\"id\":2,") != NULL, "%s", p.out);
	cr_expect(strstr(p.out, "\"id\":3,") == NULL, "%s", p.out);
	program_free(&p);
}

/* A chunked body, of which a server that passes it on knows no length. */
Test(cgi, chunked)
{
	struct program	p;

	make_notes();
	p = notes(ENV("GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=POST",
	    "SCRIPT_NAME=", "PATH_INFO=/notes", "CONTENT_TYPE=application/json",
	    "HTTP_TRANSFER_ENCODING=chunked"), "{\"title\":\"x\"}", 13);
	cr_expect_eq(cgi_status(&p), 201, "%s", p.out);
	program_free(&p);
}

Test(cgi, a_body_at_the_limit)
{
	static const struct {
		size_t	n;
		int	status;
	} cases[] = {
		/* At the limit it is looked at. */
		{ 99, 422 }, { 100, 422 }, { 101, 413 },
	};
	char		length[40], body[200];
	struct program	p;
	size_t		i;

	make_notes();
	memset(body, ' ', sizeof(body));
	memcpy(body, "{}", 2);
	for (i = 0; i < NELEM(cases); i++) {
		snprintf(length, sizeof(length), "CONTENT_LENGTH=%zu",
		    cases[i].n);
		p = notes(ENV("GATEWAY_INTERFACE=CGI/1.1",
		    "REQUEST_METHOD=POST", "SCRIPT_NAME=", "PATH_INFO=/notes",
		    "CONTENT_TYPE=application/json", "NOTES_BODY_MAX=100",
		    length), body, cases[i].n);
		cr_expect_eq(cgi_status(&p), cases[i].status, "%zu: %s",
		    cases[i].n, p.out);
		program_free(&p);
	}
}

/* A query without '=' becomes arguments, RFC 3875, 4.4: never a command. */
Test(cgi, arguments_are_no_commands)
{
	static const char *const	args[][4] = {
		{ "serve" }, { "serve", "--listen", "unix:/tmp/evil" },
		{ "migrate" }, { "--db", "sqlite:evil.db" }, { "config" },
		{ "--version" }, { "help" }, { "request", "GET", "/notes" },
		{ "--body-max=1" }, { "-h" }, { "" },
	};
	struct program	p;
	size_t		i;

	for (i = 0; i < NELEM(args); i++) {
		p = program_run("apps/hello/hello", t.dir, args[i],
		    ENV("GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET",
		    "SCRIPT_NAME=", "PATH_INFO=/", "QUERY_STRING=serve"), NULL,
		    0);
		cr_expect_eq(p.status, 0, "%s: %d", args[i][0], p.status);
		EXPECT_STR(cgi_body(&p), "{\"message\":\"Hello, World!\"}",
		    "%s", args[i][0]);
		program_free(&p);
	}
	/* notes was asked to make a database. */
	p = program_run("apps/notes/notes", t.dir, ENV("migrate"),
	    ENV("GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET",
	    "SCRIPT_NAME=", "PATH_INFO=/notes"), NULL, 0);
	cr_expect_eq(cgi_status(&p), 500, "%s", p.out);
	cr_expect_eq(access(tmp_path(&t, "", "notes.db"), F_OK), -1);
	program_free(&p);
}

/* Headers become variables too: none of them is a setting. */
Test(cgi, headers_are_no_settings)
{
	struct program	p;

	make_notes();
	p = notes(ENV("GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET",
	    "SCRIPT_NAME=", "PATH_INFO=/notes", "HTTP_NOTES_DB=sqlite:evil",
	    "HTTP_DB=sqlite:evil", "HTTP_PROXY=http://evil"), NULL, 0);
	cr_expect_eq(cgi_status(&p), 200, "%s", p.out);
	program_free(&p);
}

Test(cgi, other_answers)
{
	static const struct {
		const char	*method, *path, *more;
		const char	*starts;
		bool		 body;
	} cases[] = {
		{ "REQUEST_METHOD=HEAD", "PATH_INFO=/notes", "X=",
		    "Status: 200 OK\r\nContent-Type: application/json\r\n"
		    "Content-Length: 2\r\n\r\n", false },
		{ "REQUEST_METHOD=GET", "PATH_INFO=/none", "X=",
		    "Status: 404 Not Found\r\n"
		    "Content-Type: application/problem+json\r\n", true },
		{ "REQUEST_METHOD=GET", "PATH_INFO=/none",
		    "HTTP_ACCEPT=text/html", "Status: 404 Not Found\r\n"
		    "Content-Type: text/html; charset=utf-8\r\n", true },
		{ "REQUEST_METHOD=G T", "PATH_INFO=/notes", "X=",
		    "Status: 400 Bad Request\r\n", true },
		{ "REQUEST_METHOD=GET", "PATH_INFO=/\xFF", "X=",
		    "Status: 400 Bad Request\r\n", true },
		{ "REQUEST_METHOD=GET", "PATH_INFO=notes", "X=",
		    "Status: 400 Bad Request\r\n", true },
		{ "REQUEST_METHOD=GET", "PATH_INFO=/a/../b", "X=",
		    "Status: 400 Bad Request\r\n", true },
		{ "REQUEST_METHOD=OPTIONS", "PATH_INFO=/notes", "X=",
		    "Status: 204 No Content\r\n"
		    "Allow: GET, HEAD, POST, OPTIONS\r\n\r\n", false },
	};
	struct program	p;
	size_t		i;

	make_notes();
	for (i = 0; i < NELEM(cases); i++) {
		p = notes(ENV("GATEWAY_INTERFACE=CGI/1.1", cases[i].method,
		    "SCRIPT_NAME=", cases[i].path, cases[i].more), NULL, 0);
		cr_expect_eq(p.status, 0);
		cr_expect(starts(p.out, cases[i].starts), "%s %s: %s",
		    cases[i].method, cases[i].path, p.out);
		cr_expect_eq(*cgi_body(&p) != '\0', cases[i].body, "%s %s: %s",
		    cases[i].method, cases[i].path, p.out);
		program_free(&p);
	}
}

/* A wrong setting is told to the operator, and not to the client. */
Test(cgi, wrong_settings)
{
	static const struct {
		const char	*var, *says;
	} cases[] = {
		{ "NOTES_BODY_MAX=many", "environment NOTES_BODY_MAX: body_max:"
		    " an integer" },
		{ "NOTES_CONFIG=/nowhere/notes.conf",
		    "/nowhere/notes.conf: No such file" },
		{ "NOTES_LOG_LEVEL=loud", "log_level: one of" },
	};
	struct program	p;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		p = notes(ENV("GATEWAY_INTERFACE=CGI/1.1",
		    "REQUEST_METHOD=GET", "PATH_INFO=/notes", cases[i].var),
		    NULL, 0);
		cr_expect_eq(cgi_status(&p), 500, "%s: %s", cases[i].var,
		    p.out);
		cr_expect(strstr(p.err, cases[i].says) != NULL, "%s: %s",
		    cases[i].var, p.err);
		cr_expect(strstr(p.out, "NOTES_") == NULL &&
		    strstr(p.out, "nowhere") == NULL, "%s", p.out);
		program_free(&p);
	}
}

/* Without a database: 500 for the client, the cause for the operator. */
Test(cgi, no_database)
{
	struct program	p = notes(ENV("GATEWAY_INTERFACE=CGI/1.1",
	    "REQUEST_METHOD=GET", "SCRIPT_NAME=", "PATH_INFO=/notes"), NULL, 0);

	cr_expect_eq(p.status, 0);
	cr_expect_eq(cgi_status(&p), 500);
	cr_expect(strstr(p.out, "notes.db") == NULL, "%s", p.out);
	cr_expect(strstr(p.out, "\"request_id\":\"") != NULL, "%s", p.out);
	cr_expect(strstr(p.err, "notes.db: no such file") != NULL, "%s", p.err);
	cr_expect_eq(access(tmp_path(&t, "", "notes.db"), F_OK), -1);
	program_free(&p);
}

/* One variable alone does not make a command line a request. */
Test(cgi, half_of_cgi)
{
	static const char *const	vars[] = {
		"GATEWAY_INTERFACE=CGI/1.1", "REQUEST_METHOD=GET",
	};
	struct program	p;
	size_t		i;

	for (i = 0; i < NELEM(vars); i++) {
		p = program_run("apps/hello/hello", t.dir, ENV("version"),
		    ENV(vars[i]), NULL, 0);
		cr_expect_eq(p.status, 0);
		cr_expect(starts(p.out, "hello 1.0 (stile "), "%s: %s",
		    vars[i], p.out);
		program_free(&p);
	}
}
