/* SPDX-License-Identifier: ISC */
/* lib/http/path.c: one path from what each kind of web server says. */
#include "unit.h"

#define UNSET	"X=0"

/* "|a|b|" and the status; the caller frees nothing. */
static const char *
segments(struct unit *u)
{
	struct stile_buf	*b = stile_buf_new(u->r.arena, 10000);
	size_t			 i;

	if (stile_failed(&u->r) != STILE_OK) {
		stile_buf_printf(b, "%d", stile_failed_status(&u->r));
		return stile_buf_view(b).p;
	}
	stile_buf_putc(b, '|');
	for (i = 0; i < u->r.nsegs; i++) {
		stile_buf_str(b, u->r.segs[i]);
		stile_buf_putc(b, '|');
	}
	return stile_buf_view(b).p;
}

/* What the table in the manual says of each server, for GET /a/b */
static const struct {
	const char	*name;
	const char	*uri, *info, *script, *document;
	bool		 is_cgi;
	const char	*mounted_at;
	const char	*path, *prefix, *segs;
} servers[] = {
	{ "nginx, PATH_INFO is $uri", "REQUEST_URI=/a/b", "PATH_INFO=/a/b",
	    "SCRIPT_NAME=/a/b", "DOCUMENT_URI=/a/b", false, NULL,
	    "/a/b", "", "|a|b|" },
	{ "nginx, Debian's parameters", "REQUEST_URI=/a/b", UNSET,
	    "SCRIPT_NAME=/a/b", "DOCUMENT_URI=/a/b", false, NULL,
	    "/a/b", "", "|a|b|" },
	{ "nginx, empty PATH_INFO", "REQUEST_URI=/a/b", "PATH_INFO=",
	    "SCRIPT_NAME=/a/b", "DOCUMENT_URI=/a/b", false, NULL,
	    "/a/b", "", "|a|b|" },
	{ "Apache mod_proxy_fcgi", "REQUEST_URI=/a/b", UNSET,
	    "SCRIPT_NAME=/a/b", UNSET, false, NULL, "/a/b", "", "|a|b|" },
	{ "Apache mod_fcgid", "REQUEST_URI=/fcgid/a/b", "PATH_INFO=/a/b",
	    "SCRIPT_NAME=/fcgid", UNSET, false, NULL,
	    "/a/b", "/fcgid", "|a|b|" },
	{ "Apache mod_cgid", "REQUEST_URI=/cgi/app.cgi/a/b", "PATH_INFO=/a/b",
	    "SCRIPT_NAME=/cgi/app.cgi", UNSET, true, NULL,
	    "/a/b", "/cgi/app.cgi", "|a|b|" },
	{ "Apache mod_cgid, the program itself", "REQUEST_URI=/cgi/app.cgi",
	    UNSET, "SCRIPT_NAME=/cgi/app.cgi", UNSET, true, NULL,
	    "/", "/cgi/app.cgi", "|" },
	{ "lighttpd mod_fastcgi", "REQUEST_URI=/a/b", "PATH_INFO=/a/b",
	    "SCRIPT_NAME=", UNSET, false, NULL, "/a/b", "", "|a|b|" },
	{ "lighttpd mod_cgi", "REQUEST_URI=/cgi/app.cgi/a/b",
	    "PATH_INFO=/a/b", "SCRIPT_NAME=/cgi/app.cgi", UNSET, true, NULL,
	    "/a/b", "/cgi/app.cgi", "|a|b|" },
	{ "caddy and h2o", "REQUEST_URI=/a/b", "PATH_INFO=/a/b",
	    "SCRIPT_NAME=", UNSET, false, NULL, "/a/b", "", "|a|b|" },
	{ "no REQUEST_URI", UNSET, "PATH_INFO=/a/b", "SCRIPT_NAME=/a/b",
	    UNSET, false, NULL, "/a/b", "", "|a|b|" },
	{ "no SCRIPT_NAME", UNSET, "PATH_INFO=/a/b", UNSET, UNSET, false,
	    NULL, "/a/b", "", "|a|b|" },
	{ "the root", "REQUEST_URI=/", "PATH_INFO=/", "SCRIPT_NAME=/",
	    "DOCUMENT_URI=/", false, NULL, "/", "", "|" },
	{ "a slash as the program", "REQUEST_URI=/a", "PATH_INFO=/a",
	    "SCRIPT_NAME=/", UNSET, false, NULL, "/a", "", "|a|" },

	/* Mounted under a prefix that only the configuration knows */
	{ "mounted", "REQUEST_URI=/app/a", "PATH_INFO=/app/a",
	    "SCRIPT_NAME=/app/a", UNSET, false, "/app", "/a", "/app", "|a|" },
	{ "mounted, no PATH_INFO", "REQUEST_URI=/app/a", UNSET,
	    "SCRIPT_NAME=/app/a", "DOCUMENT_URI=/app/a", false, "/app",
	    "/a", "/app", "|a|" },
	{ "mounted, at its root", "REQUEST_URI=/app", UNSET,
	    "SCRIPT_NAME=/app", UNSET, false, "/app", "/", "/app", "|" },
	{ "mounted, elsewhere", "REQUEST_URI=/apple", UNSET,
	    "SCRIPT_NAME=/apple", UNSET, false, "/app", "/apple", "",
	    "|apple|" },
	{ "mounted, and the server says so too", "REQUEST_URI=/app/app/a",
	    "PATH_INFO=/app/a", "SCRIPT_NAME=/app", UNSET, false, "/app",
	    "/app/a", "/app", "|app|a|" },

	/* The same twice: either really, or SCRIPT_NAME is the path */
	{ "twice", "REQUEST_URI=/a/a", "PATH_INFO=/a", "SCRIPT_NAME=/a",
	    UNSET, false, NULL, "/a", "/a", "|a|" },
	{ "twice, encoded", "REQUEST_URI=/%61/%61", "PATH_INFO=/a",
	    "SCRIPT_NAME=/a", UNSET, false, NULL, "/a", "/a", "|a|" },
	{ "once, encoded", "REQUEST_URI=/%61%62%63", "PATH_INFO=/abc",
	    "SCRIPT_NAME=/abc", UNSET, false, NULL, "/abc", "", "|abc|" },
	{ "once, many slashes", "REQUEST_URI=/a/////////", "PATH_INFO=/a/",
	    "SCRIPT_NAME=/a/", "DOCUMENT_URI=/a/", false, NULL,
	    "/a/", "", "|a|" },
	{ "once, dots", "REQUEST_URI=/x/y/z/../../../a", "PATH_INFO=/a",
	    "SCRIPT_NAME=/a", "DOCUMENT_URI=/a", false, NULL,
	    "/a", "", "|a|" },
	{ "once, rewritten from a longer one", "REQUEST_URI=/old/and/long",
	    "PATH_INFO=/new", "SCRIPT_NAME=/new", "DOCUMENT_URI=/new", false,
	    NULL, "/new", "", "|new|" },
	{ "once, mounted, many slashes", "REQUEST_URI=/app////////////a",
	    "PATH_INFO=/app/a", "SCRIPT_NAME=/app/a", UNSET, false, "/app",
	    "/a", "/app", "|a|" },
};

/* Servers that say nothing but the URI: for an authorizer, and old ones. */
static const struct {
	const char	*uri, *redirect, *mounted_at;
	bool		 authorizes;
	const char	*path, *prefix, *segs;
} bare[] = {
	{ "REQUEST_URI=/a/b?c=/d", UNSET, NULL, true, "/a/b", "", "|a|b|" },
	{ "REQUEST_URI=/", UNSET, NULL, true, "/", "", "|" },
	{ "REQUEST_URI=/%61%20b", UNSET, NULL, true, "/a b", "", "|a b|" },
	{ "REQUEST_URI=/a//b", UNSET, NULL, true, "/a//b", "", "|a|b|" },
	{ "REQUEST_URI=/p/a", UNSET, "/p", true, "/a", "/p", "|a|" },
	/* lighttpd has resolved it */
	{ "REQUEST_URI=/a%2Fb/..//c%20d?y", "REDIRECT_URI=/a/c%20d?y", NULL,
	    true, "/a/c d", "", "|a|c d|" },
	{ "REQUEST_URI=/a%2Fb", "REDIRECT_URI=/a/b", NULL, true, "/a/b", "",
	    "|a|b|" },
	/* What a file system takes for a separator is one. */
	{ "REQUEST_URI=/a%2Fb", UNSET, NULL, true, "/a/b", "", "|a|b|" },
	/* What the web server could see in another way is refused. */
	{ "REQUEST_URI=/a/../b", UNSET, NULL, true, "/a/../b", "", "400" },
	{ "REQUEST_URI=/a/%2e%2E/b", UNSET, NULL, true, "/a/../b", "", "400" },
	{ "REQUEST_URI=/a%2F..%2Fb", UNSET, NULL, true, "/a/../b", "", "400" },
	{ "REQUEST_URI=/a%zz", UNSET, NULL, true, "/", "", "400" },
	{ "REQUEST_URI=/a", "REDIRECT_URI=/a%00", NULL, true, "/", "", "400" },
	{ "REQUEST_URI=", UNSET, NULL, true, "/", "", "400" },
	{ "REQUEST_URI=*", UNSET, NULL, true, "*", "", "400" },
	{ UNSET, UNSET, NULL, true, "/", "", "400" },
	/* Anyone else gets the root when nothing is said. */
	{ UNSET, UNSET, NULL, false, "/", "", "|" },
	{ "REQUEST_URI=", UNSET, NULL, false, "/", "", "|" },
	{ "REQUEST_URI=/a/b", UNSET, NULL, false, "/a/b", "", "|a|b|" },
	{ "REQUEST_URI=/a%2Fb", UNSET, NULL, false, "/a/b", "", "|a/b|" },
};

Test(path, nothing_but_the_uri)
{
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(bare); i++) {
		unit_begin(&u);
		u.io.authorizes = bare[i].authorizes;
		u.r.mounted_at = bare[i].mounted_at;
		stile__req_init(&u.r, VARS("REQUEST_METHOD=GET", bare[i].uri,
		    bare[i].redirect));
		EXPECT_STR(stile_req_path(&u.r), bare[i].path, "%s",
		    bare[i].uri);
		EXPECT_STR(stile_req_prefix(&u.r), bare[i].prefix, "%s",
		    bare[i].uri);
		EXPECT_STR(segments(&u), bare[i].segs, "%s", bare[i].uri);
		unit_end(&u);
	}
}

Test(path, servers)
{
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(servers); i++) {
		unit_begin(&u);
		u.io.script_is_prefix = servers[i].is_cgi;
		u.r.mounted_at = servers[i].mounted_at;
		stile__req_init(&u.r, VARS("REQUEST_METHOD=GET",
		    servers[i].uri, servers[i].info, servers[i].script,
		    servers[i].document));
		EXPECT_STR(stile_req_path(&u.r), servers[i].path, "%s",
		    servers[i].name);
		EXPECT_STR(stile_req_prefix(&u.r), servers[i].prefix, "%s",
		    servers[i].name);
		EXPECT_STR(segments(&u), servers[i].segs, "%s",
		    servers[i].name);
		unit_end(&u);
	}
}

/* The decoded path as nginx has it, with the raw one beside it. */
static const struct {
	const char	*uri, *path, *segs;
	bool		 slash;
} raws[] = {
	{ UNSET,			"/a/b",		"|a|b|",	false },
	{ UNSET,			"/a//b/",	"|a|b|",	true },
	{ UNSET,			"//a",		"|a|",		false },
	{ UNSET,			"/",		"|",		true },
	{ UNSET,			"///",		"|",		true },
	{ UNSET,			"/\xC3\xA4",	"|\xC3\xA4|",	false },
	{ UNSET,			"/a b",		"|a b|",	false },
	{ UNSET,			"/%41",		"|%41|",	false },
	/* An encoded slash is told apart... */
	{ "REQUEST_URI=/a%2Fb",		"/a/b",		"|a/b|",	false },
	{ "REQUEST_URI=/a%2fb/c/",	"/a/b/c/",	"|a/b|c|",	true },
	{ "REQUEST_URI=/x/a%2Fb?q=%2F",	"/x/a/b",	"|x|a/b|",	false },
	{ "REQUEST_URI=http://h/a%2Fb",	"/a/b",		"|a/b|",	false },
	{ "REQUEST_URI=https://h:1/a%2Fb?x", "/a/b",	"|a/b|",	false },
	{ "REQUEST_URI=/a//%2E%2E/b%2Fc", "/b/c",	"|b/c|",	false },
	{ "REQUEST_URI=/./a%2Fb/.",	"/a/b/",	"|a/b|",	true },
	{ "REQUEST_URI=/%C3%A4%2Fb",	"/\xC3\xA4/b",	"|\xC3\xA4/b|",	false },
	{ "REQUEST_URI=/a%2F",		"/a/",		"|a/|",		false },
	/* ...also where the server left it as it was (Apache, NoDecode)... */
	{ "REQUEST_URI=/a%2Fb",		"/a%2Fb",	"|a/b|",	false },
	{ "REQUEST_URI=/%61%2fb/c/",	"/a%2fb/c/",	"|a/b|c|",	true },
	{ "REQUEST_URI=/a%2F",		"/a%2F",	"|a/|",		false },
	{ "REQUEST_URI=/a%252Fb/c%2Fd",	"/a%2Fb/c%2Fd",	"|a%2Fb|c/d|",	false },
	{ "REQUEST_URI=/a%2Fb%252",	"/a%2Fb%2",	"|a/b%2|",	false },
	/* ...but only where both are the same path. */
	{ "REQUEST_URI=/other%2Fb",	"/a/b",		"|a|b|",	false },
	{ "REQUEST_URI=/a%2Fb",		"/a%2",		"|a%2|",	false },
	{ "REQUEST_URI=/a%2Fb",		"/a%3Fb",	"|a%3Fb|",	false },
	{ "REQUEST_URI=/a%2Fb",		"/a%2Gb",	"|a%2Gb|",	false },
	{ "REQUEST_URI=/a%2Fb/c",	"/a/b",		"|a|b|",	false },
	{ "REQUEST_URI=/a%2Fb/",	"/a/b",		"|a|b|",	false },
	{ "REQUEST_URI=/a%2Fb",		"/a/b/",	"|a|b|",	true },
	{ "REQUEST_URI=/a%252Fb",	"/a%2Fb",	"|a%2Fb|",	false },
	{ "REQUEST_URI=/a%2Fb%zz",	"/a/b",		"|a|b|",	false },
	{ "REQUEST_URI=/a%2Fb%",	"/a/b",		"|a|b|",	false },
	{ "REQUEST_URI=http://a%2Fb",	"/",		"|",		true },
	{ "REQUEST_URI=*",		"/a",		"|a|",		false },
	{ "REQUEST_URI=",		"/a",		"|a|",		false },
	{ "REQUEST_URI=/a/%2Fb",	"/a/b",		"|a|b|",	false },
	/* What stays out */
	{ "REQUEST_URI=/a%00b",		"/a",		"400",		false },
	{ "REQUEST_URI=/a%2F%00",	"/a/",		"400",		false },
	{ "REQUEST_URI=/a?b=%00",	"/a",		"|a|",		false },
	{ "REQUEST_URI=/a%2500",	"/a%00",	"|a%00|",	false },
	{ UNSET,			"/\xFF",	"400",		false },
	{ UNSET,			"/\xC0\xAF",	"400",		false },
	{ UNSET,			"/a/../b",	"400",		false },
	{ UNSET,			"/a/.",		"400",		false },
	{ UNSET,			"/..",		"400",		false },
	{ UNSET,			"/...",		"|...|",	false },
	{ UNSET,			"/.a/..b",	"|.a|..b|",	false },
	{ UNSET,			"a/b",		"400",		false },
	{ UNSET,			"*",		"400",		false },
};

Test(path, raw_and_decoded)
{
	struct unit	u;
	char		info[100];
	size_t		i;

	for (i = 0; i < NELEM(raws); i++) {
		snprintf(info, sizeof(info), "PATH_INFO=%s", raws[i].path);
		unit_begin(&u);
		stile__req_init(&u.r, VARS("REQUEST_METHOD=GET", raws[i].uri,
		    info));
		EXPECT_STR(segments(&u), raws[i].segs, "%s for %s",
		    raws[i].uri, raws[i].path);
		if (stile_failed(&u.r) == STILE_OK)
			cr_expect_eq(u.r.slash, raws[i].slash, "%s for %s",
			    raws[i].uri, raws[i].path);
		unit_end(&u);
	}
}

/* What is asked for is the same path, however the server writes it. */
Test(path, is_decoded)
{
	static const char *const	infos[] = {
		"PATH_INFO=/a/b/c", "PATH_INFO=/a%2Fb/c",
	};
	struct unit			u;
	size_t				i;

	for (i = 0; i < NELEM(infos); i++) {
		BEGIN(&u, "REQUEST_URI=/a%2Fb/c", infos[i]);
		EXPECT_STR(stile_req_path(&u.r), "/a/b/c", "%s", infos[i]);
		unit_end(&u);
	}
}

/* An encoded slash in the part that is the prefix moves no border. */
Test(path, encoded_slashes_below_a_prefix)
{
	static const struct {
		const char	*uri, *script, *info, *segs;
	} cases[] = {
		{ "REQUEST_URI=/p/a%2Fb", "SCRIPT_NAME=/p", "PATH_INFO=/a/b",
		    "|a/b|" },
		{ "REQUEST_URI=/p//q/a%2Fb", "SCRIPT_NAME=/p/q",
		    "PATH_INFO=/a/b", "|a/b|" },
		{ "REQUEST_URI=/p%2Fq/c", "SCRIPT_NAME=/p/q", "PATH_INFO=/c",
		    "|c|" },
		{ "REQUEST_URI=/p%2Fc", "SCRIPT_NAME=/p", "PATH_INFO=/c",
		    "|c|" },
		{ "REQUEST_URI=/x/a%2Fb", "SCRIPT_NAME=/p", "PATH_INFO=/a/b",
		    "|a|b|" },
	};
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, cases[i].uri, cases[i].script, cases[i].info);
		EXPECT_STR(segments(&u), cases[i].segs, "%s", cases[i].uri);
		unit_end(&u);
	}
	unit_begin(&u);
	u.r.mounted_at = "/app";
	stile__req_init(&u.r, VARS("REQUEST_METHOD=GET", "SCRIPT_NAME=/app/a/b",
	    "REQUEST_URI=/app/a%2Fb"));
	EXPECT_STR(segments(&u), "|a/b|", "mounted");
	unit_end(&u);
}

/* Any prefix of the variables as they may come: no crash, no step beyond. */
static void
ask(struct stile_str s)
{
	struct unit	u;
	char		uri[200], info[200];
	size_t		i;

	snprintf(uri, sizeof(uri), "REQUEST_URI=%.*s", STILE_STR_ARG(s));
	snprintf(info, sizeof(info), "PATH_INFO=/%.*s", STILE_STR_ARG(s));
	BEGIN(&u, uri, info, "SCRIPT_NAME=/p");
	if (stile_failed(&u.r) == STILE_OK)
		for (i = 0; i < u.r.nsegs; i++)
			cr_assert(u.r.segs[i].len > 0 &&
			    strnlen(u.r.segs[i].p, u.r.segs[i].len) ==
			    u.r.segs[i].len);
	unit_end(&u);
}

Test(path, prefixes)
{
	each_prefix(STR("http://host/p/a%2Fb//%2e%2E/%41%/./..?x=/%2F#y"),
	    ask);
	each_prefix(STR("/p/%2F%2f%zz%2"), ask);
	each_prefix(STR("//////a/b/c/d/e/f"), ask);
}

static enum stile_err
scenario(void)
{
	struct unit	u;
	enum stile_err	rc = STILE_ENOMEM;

	unit_begin(&u);
	if (u.r.arena == NULL)
		goto out;
	stile__req_init(&u.r, VARS("REQUEST_METHOD=GET", "SCRIPT_NAME=/a/b",
	    "PATH_INFO=/a/b", "REQUEST_URI=/a/b//%61%2Fb"));
	if (stile_failed(&u.r) == STILE_OK) {
		rc = STILE_OK;
		cr_expect_eq(u.r.nsegs, 1);
		cr_expect(view_is(u.r.segs[0], "a/b"));
		EXPECT_STR(u.r.prefix, "/a/b", "prefix");
	} else
		cr_expect_eq(stile_failed_status(&u.r), 503);
out:
	unit_end(&u);
	return rc;
}

Test(path, survives_every_allocation_failure)
{
	cr_expect_geq(torture(scenario), 2);
}
