/* SPDX-License-Identifier: ISC */
/* lib/app/conf.c: where a setting comes from, and what is none. */
#include "app.h"

#include "app/conf.h"

static const struct stile_setting	settings[] = {
	{ "page_size", STILE_INT, "20", .min = 1, .max = 100 },
	{ "any_int", STILE_INT, .absent = "-5" },
	{ "shiny", STILE_BOOL, .absent = "no" },
	{ "colour", STILE_TEXT, "red", .choices = "red green" },
	{ "title", .type = STILE_TEXT },
	{ "api_key", STILE_TEXT, "", .secret = true },
	{ 0 }
};
static const struct stile_app	app = { .name = "demo",
    .settings = settings };

static struct stile_arena	*arena;
static struct conf		*conf;
static struct tmp		 t;

static void
setup(void)
{
	struct stile_error	e = { 0 };

	tmp_make(&t);
	arena = stile_arena_new(0);
	cr_assert_eq(conf_new(arena, &app, &conf, &e), STILE_OK, "%s",
	    e.detail);
}

static void
teardown(void)
{
	stile_arena_free(arena);
	tmp_remove(&t);
}

TestSuite(conf, .init = setup, .fini = teardown);

/* As flags do it. */
static enum stile_err
set(const char *name, const char *value, struct stile_error *e)
{
	*e = (struct stile_error){ 0 };
	return conf_set(conf, name, value, CONF_FLAG, "--flag", e);
}

static enum stile_err
read_text(const char *text, size_t n, struct stile_error *e)
{
	const char	*path = tmp_path(&t, "", "demo.conf");

	*e = (struct stile_error){ 0 };
	write_file(path, text, n);
	return conf_file(conf, path, e);
}

Test(conf, defaults)
{
	cr_expect_eq(conf_int(conf, "page_size"), 20);
	cr_expect_eq(conf_int(conf, "any_int"), -5);
	cr_expect_eq(conf_int(conf, "shiny"), 0);
	EXPECT_STR(conf_text(conf, "colour"), "red", "colour");
	EXPECT_STR(conf_text(conf, "title"), "", "title");
	EXPECT_STR(conf_text(conf, "listen"), "", "one of the library's");
	cr_expect_eq(conf_int(conf, "body_max"), 1048576);
	cr_expect_eq(conf_find(conf, "body_max")->source, CONF_DEFAULT);
	EXPECT_STR(conf_find(conf, "body_max")->where, "default", "where");
	cr_expect(conf_find(conf, "nothing") == NULL);
	cr_expect(conf_find(conf, "") == NULL);
	cr_expect(conf_find(conf, "page_siz") == NULL);
	cr_expect(conf_find(conf, "page_sizes") == NULL);
}

/* All six orders in which three sources can be read. */
Test(conf, precedence_whatever_the_order)
{
	static const struct {
		enum conf_source	 source;
		const char		*value;
	} from[] = {
		{ CONF_FILE, "31" }, { CONF_ENV, "32" }, { CONF_FLAG, "33" },
	};
	static const int	orders[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 },
		{ 2, 0, 1 }, { 2, 1, 0 },
	};
	struct conf	*c;
	size_t		 i, k, given;

	for (i = 0; i < NELEM(orders); i++)
		/* With the last of them, then with the last two, then all. */
		for (given = 1; given < 8; given++) {
			int	best = -1;

			cr_assert_eq(conf_new(arena, &app, &c, NULL), STILE_OK);
			for (k = 0; k < 3; k++) {
				int	n = orders[i][k];

				if ((given >> n & 1) == 0)
					continue;
				best = n > best ? n : best;
				cr_expect_eq(conf_set(c, "page_size",
				    from[n].value, from[n].source, "here",
				    NULL), STILE_OK);
			}
			EXPECT_STR(conf_text(c, "page_size"), from[best].value,
			    "order %zu, given %zu", i, given);
			cr_expect_eq(conf_int(c, "page_size"), 31 + best);
			cr_expect_eq(conf_find(c, "page_size")->source,
			    from[best].source);
		}
	/* Of one source the last one counts. */
	cr_expect_eq(conf_set(c, "page_size", "40", CONF_FLAG, "x", NULL),
	    STILE_OK);
	cr_expect_eq(conf_int(c, "page_size"), 40);
	/* One that is shadowed is checked all the same. */
	cr_expect_eq(conf_set(c, "page_size", "x", CONF_FILE, "x", NULL),
	    STILE_EINVAL);
	cr_expect_eq(conf_int(c, "page_size"), 40);
}

Test(conf, hyphens_are_underscores)
{
	static const char *const	names[] = {
		"page_size", "page-size",
	};
	struct stile_error	e;
	char			value[8];
	size_t			i;

	for (i = 0; i < NELEM(names); i++) {
		snprintf(value, sizeof(value), "%zu", 50 + i);
		cr_expect_eq(set(names[i], value, &e), STILE_OK, "%s",
		    names[i]);
		cr_expect_eq(conf_int(conf, "page_size"), 50 + (int)i);
	}
	cr_expect_eq(set("pagesize", "1", &e), STILE_ENOTFOUND);
	cr_expect_eq(set("Page_Size", "1", &e), STILE_ENOTFOUND);
}

Test(conf, values)
{
	static const struct {
		const char	*name, *value;
		int64_t		 num;
		const char	*error;		/* NULL: fine */
	} cases[] = {
		{ "page_size", "1", 1, NULL },
		{ "page_size", "100", 100, NULL },
		{ "page_size", "007", 7, NULL },
		{ "page_size", "0", 0, "--flag: page_size: an integer from 1 "
		    "to 100 is expected, not '0'" },
		{ "page_size", "101", 0, "--flag: page_size: an integer from 1 "
		    "to 100 is expected, not '101'" },
		{ "page_size", "", 0, "--flag: page_size: an integer from 1 to "
		    "100 is expected, not ''" },
		{ "page_size", "10 ", 0, "--flag: page_size: an integer from 1 "
		    "to 100 is expected, not '10 '" },
		{ "page_size", "1e1", 0, "--flag: page_size: an integer from 1 "
		    "to 100 is expected, not '1e1'" },
		{ "page_size", "99999999999999999999", 0, "--flag: page_size: "
		    "an integer from 1 to 100 is expected, not "
		    "'99999999999999999999'" },
		{ "any_int", "9223372036854775807", INT64_MAX, NULL },
		{ "any_int", "-9223372036854775808", INT64_MIN, NULL },
		{ "any_int", "9223372036854775808", 0, "--flag: any_int: an "
		    "integer from -9223372036854775808 to 9223372036854775807 "
		    "is expected, not '9223372036854775808'" },
		{ "shiny", "yes", 1, NULL }, { "shiny", "YES", 1, NULL },
		{ "shiny", "true", 1, NULL }, { "shiny", "on", 1, NULL },
		{ "shiny", "1", 1, NULL }, { "shiny", "no", 0, NULL },
		{ "shiny", "False", 0, NULL }, { "shiny", "off", 0, NULL },
		{ "shiny", "0", 0, NULL },
		{ "shiny", "", 0, "--flag: shiny: yes or no is expected, not "
		    "''" },
		{ "shiny", "y", 0, "--flag: shiny: yes or no is expected, not "
		    "'y'" },
		{ "shiny", "2", 0, "--flag: shiny: yes or no is expected, not "
		    "'2'" },
		{ "colour", "green", 0, NULL },
		{ "colour", "Green", 0, "--flag: colour: one of red green is "
		    "expected, not 'Green'" },
		{ "colour", "red green", 0, "--flag: colour: one of red green "
		    "is expected, not 'red green'" },
		{ "colour", "", 0, "--flag: colour: one of red green is "
		    "expected, not ''" },
		{ "title", "", 0, NULL }, { "title", "any # text = ", 0, NULL },
		{ "hosts", "a.example .b.example [::1] *", 0, NULL },
		{ "hosts", "a.example b.example:80", 0, "--flag: hosts: a name "
		    "or an address without a port, .example.org or * is "
		    "expected, not 'b.example:80'" },
		{ "hosts", "", 0, "--flag: hosts: a name or an address without "
		    "a port, .example.org or * is expected, not ''" },
		{ "peers", "", 0, NULL },
		{ "peers", "10.0.0.0/8 ::1/128 2001:db8::1", 0, NULL },
		{ "peers", "10.0.0.1 unix:", 0, "--flag: peers: an address or "
		    "a network such as 10.0.0.0/8 is expected, not 'unix:'" },
		{ "peers", "127.0.0", 0, "--flag: peers: an address or a "
		    "network such as 10.0.0.0/8 is expected, not '127.0.0'" },
		{ "peers", "127.0.0.1,::1", 0, "--flag: peers: an address or a "
		    "network such as 10.0.0.0/8 is expected, not "
		    "'127.0.0.1,::1'" },
		{ "proxies", "", 0, NULL },
		{ "proxies", "10.0.0.0/8 2001:db8::1 unix:", 0, NULL },
		{ "proxies", "10.0.0.1 10.0.0.0/33", 0, "--flag: proxies: an "
		    "address, a network such as 10.0.0.0/8 or unix: is "
		    "expected, not '10.0.0.0/33'" },
		{ "session_cookie", "my-session_2", 0, NULL },
		{ "session_cookie", "a;b", 0, "--flag: session_cookie: "
		    "letters, digits, '-' and '_' is expected, not 'a;b'" },
		{ "token_prefix", "", 0, "--flag: token_prefix: letters, "
		    "digits, '-' and '_' is expected, not ''" },
		{ "token_scheme", "Token", 0, NULL },
		{ "token_scheme", "a b", 0, "--flag: token_scheme: letters, "
		    "digits, '-' and '_' is expected, not 'a b'" },
		{ "trusted_origins", "", 0, NULL },
		{ "trusted_origins", "https://a.example  http://[::1]:81", 0,
		    NULL },
		{ "trusted_origins", "https://a.example https://b.example/",
		    0, "--flag: trusted_origins: https://HOST or "
		    "https://HOST:PORT, as browsers send it, is expected, not "
		    "'https://b.example/'" },
		{ "trusted_origins", "null", 0, "--flag: trusted_origins: "
		    "https://HOST or https://HOST:PORT, as browsers send it, "
		    "is expected, not 'null'" },
		{ "trusted_origins", "https://*.example", 0, "--flag: "
		    "trusted_origins: https://HOST or https://HOST:PORT, as "
		    "browsers send it, is expected, not 'https://*.example'" },
		{ "nothing", "1", 0, "--flag: there is no setting 'nothing'" },
		{ "", "1", 0, "--flag: there is no setting ''" },
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		enum stile_err	rc = set(cases[i].name, cases[i].value, &e);

		cr_expect_eq(rc == STILE_OK, cases[i].error == NULL, "%s = %s",
		    cases[i].name, cases[i].value);
		EXPECT_STR(e.detail, cases[i].error != NULL ? cases[i].error :
		    "", "%s = %s", cases[i].name, cases[i].value);
		if (rc != STILE_OK)
			continue;
		EXPECT_STR(conf_text(conf, cases[i].name), cases[i].value,
		    "%s", cases[i].name);
		cr_expect_eq(conf_int(conf, cases[i].name), cases[i].num,
		    "%s = %s", cases[i].name, cases[i].value);
	}
}

Test(conf, tables_that_are_none)
{
	static const struct stile_setting	bad_default[] = {
		{ "n", STILE_INT, .absent = "x" }, { 0 }
	}, no_default[] = {
		{ "n", STILE_INT, .absent = NULL }, { 0 }
	}, beyond[] = {
		{ "n", STILE_INT, "5", .min = 6, .max = 7 }, { 0 }
	}, no_bool[] = {
		{ "b", STILE_BOOL, .absent = NULL }, { 0 }
	}, no_choice[] = {
		{ "c", STILE_TEXT, "blue", .choices = "red green" }, { 0 }
	}, twice[] = {
		{ "n", STILE_INT, .absent = "1" },
		{ "n", STILE_TEXT, .absent = "" }, { 0 }
	}, ours[] = {
		{ "body-max", STILE_INT, .absent = "1", .help = "more" }, { 0 }
	};
	static const struct {
		const struct stile_setting	*v;
		const char			*says;
	} cases[] = {
		{ bad_default, "default: n: an integer" },
		{ no_default, "default: n: an integer" },
		{ beyond, "default: n: an integer from 6 to 7" },
		{ no_bool, "default: b: yes or no" },
		{ no_choice, "default: c: one of red green" },
		{ twice, "the setting n is declared twice" },
		{ ours, "the setting body-max is declared twice" },
	};
	struct stile_error	e;
	struct conf		*c;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		struct stile_app	bad = { .name = "demo",
		    .settings = cases[i].v };

		e = (struct stile_error){ 0 };
		cr_expect_eq(conf_new(arena, &bad, &c, &e), STILE_EINVAL,
		    "case %zu", i);
		cr_expect(strstr(e.detail, cases[i].says) != NULL,
		    "case %zu: %s", i, e.detail);
	}
}

/* A name and a default alone: of a setting that the library has. */
Test(conf, defaults_for_the_library)
{
	static const struct stile_setting	good[] = {
		{ .name = "body_max", .absent = "77" },
		{ .name = "log_format", .absent = "json" }, { 0 }
	}, inner[] = {
		{ .name = "body_max", .absent = "5" },
		{ .name = "url_max", .absent = "99" }, { 0 }
	}, bad[] = {
		{ .name = "body_max", .absent = "many" }, { 0 }
	}, no_choice[] = {
		{ .name = "log_format", .absent = "xml" }, { 0 }
	}, typed[] = {
		{ "body_max", STILE_INT, .absent = "7" }, { 0 }
	}, bounded[] = {
		{ .name = "body_max", .absent = "7", .max = 8 }, { 0 }
	};
	static const struct {
		const struct stile_setting	*v;
		const char			*says;
	} cases[] = {
		{ bad, "default: body_max: an integer" },
		{ no_choice, "default: log_format: one of " },
		{ typed, "the setting body_max is declared twice" },
		{ bounded, "the setting body_max is declared twice" },
	};
	const struct stile_app		mounted = { .name = "in",
	    .settings = inner };
	const struct stile_mount	mounts[] = { { "/in", &mounted }, { 0 } };
	struct stile_app		demo = { .name = "demo",
	    .settings = good, .mounts = mounts };
	struct stile_error		e = { 0 };
	struct conf			*c;
	size_t				i;

	cr_assert_eq(conf_new(arena, &demo, &c, &e), STILE_OK, "%s", e.detail);
	cr_expect_eq(conf_int(c, "body_max"), 77, "the outer one's");
	cr_expect_eq(conf_int(c, "url_max"), 99, "a mounted one's");
	EXPECT_STR(conf_text(c, "log_format"), "json", "a choice");
	cr_expect_eq(conf_find(c, "body_max")->source, CONF_DEFAULT);
	cr_expect_eq(conf_set(c, "body_max", "78", CONF_FILE, "here", NULL),
	    STILE_OK);
	cr_expect_eq(conf_int(c, "body_max"), 78, "what is set stands above");
	cr_expect_eq(conf_int(conf, "body_max"), 1048576,
	    "nobody else's default");
	for (i = 0; i < NELEM(cases); i++) {
		demo.settings = cases[i].v;
		e = (struct stile_error){ 0 };
		cr_expect_eq(conf_new(arena, &demo, &c, &e), STILE_EINVAL,
		    "case %zu", i);
		cr_expect(strstr(e.detail, cases[i].says) != NULL,
		    "case %zu: %s", i, e.detail);
	}
}

/* ---- files ------------------------------------------------------------- */

Test(conf, a_file)
{
	static const char	text[] =
	    "# a comment\n"
	    "\n"
	    "page_size = 30\n"
	    "  colour=green  \n"
	    "\t# another\n"
	    "title = a # b = c\n"
	    "page-size = 31\n"
	    "shiny\t=\ton";
	struct stile_error	e;
	const char		*path = tmp_path(&t, "", "demo.conf");
	char			 where[200];

	cr_expect_eq(read_text(text, sizeof(text) - 1, &e), STILE_OK, "%s",
	    e.detail);
	cr_expect_eq(conf_int(conf, "page_size"), 31);
	EXPECT_STR(conf_text(conf, "colour"), "green", "colour");
	EXPECT_STR(conf_text(conf, "title"), "a # b = c", "title");
	cr_expect_eq(conf_int(conf, "shiny"), 1);
	cr_expect_eq(conf_find(conf, "title")->source, CONF_FILE);
	snprintf(where, sizeof(where), "%s:6", path);
	EXPECT_STR(conf_find(conf, "title")->where, where, "where");
	cr_expect_eq(read_text("", 0, &e), STILE_OK);
}

Test(conf, files_with_mistakes)
{
	static const struct {
		const char	*name, *text;
		enum stile_err	 code;
		const char	*says;		/* after the path */
	} cases[] = {
		{ "no equals sign", "page_size 30\n", STILE_ESYNTAX,
		    ":1: name = value is expected" },
		{ "on line 3", "\n# x\nnonsense\n", STILE_ESYNTAX,
		    ":3: name = value is expected" },
		{ "no name", "= 1\n", STILE_ENOTFOUND,
		    ":1: there is no setting ''" },
		{ "unknown", "\npage_sice = 30\n", STILE_ENOTFOUND,
		    ":2: there is no setting 'page_sice'" },
		{ "bad value", "page_size = many\n", STILE_EINVAL,
		    ":1: page_size: an integer from 1 to 100 is expected, not "
		    "'many'" },
		{ "no value", "page_size =\n", STILE_EINVAL,
		    ":1: page_size: an integer from 1 to 100 is expected, not "
		    "''" },
		{ "a section", "[demo]\n", STILE_ESYNTAX,
		    ":1: name = value is expected" },
		{ "a shell's line", "export PAGE_SIZE=3\n", STILE_ENOTFOUND,
		    ":1: there is no setting 'export PAGE_SIZE'" },
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		cr_expect_eq(read_text(cases[i].text, strlen(cases[i].text),
		    &e), cases[i].code, "%s", cases[i].name);
		cr_expect(strstr(e.detail, cases[i].says) != NULL, "%s: %s",
		    cases[i].name, e.detail);
		cr_expect(strncmp(e.detail, t.dir, strlen(t.dir)) == 0,
		    "%s: %s", cases[i].name, e.detail);
	}
}

/* At the limit, over it, and at the end of the file. */
Test(conf, long_lines)
{
	static const struct {
		size_t	n;		/* bytes of the line */
		bool	newline;
		bool	fine;
	} cases[] = {
		{ 4094, true, true }, { 4094, false, true },
		{ 4095, true, false }, { 4095, false, false },
		{ 10000, true, false },
	};
	struct stile_error	e;
	char			text[10002];
	size_t			i, n;

	for (i = 0; i < NELEM(cases); i++) {
		n = cases[i].n;
		memset(text, 'x', n);
		memcpy(text, "title = ", 8);
		if (cases[i].newline)
			text[n++] = '\n';
		cr_expect_eq(read_text(text, n, &e), cases[i].fine ? STILE_OK :
		    STILE_ETOOBIG, "%zu: %s", cases[i].n, e.detail);
		if (cases[i].fine)
			cr_expect_eq(strlen(conf_text(conf, "title")),
			    cases[i].n - 8);
		else
			cr_expect(strstr(e.detail, ":1: more than 4094 bytes")
			    != NULL, "%s", e.detail);
	}
}

/* What a text editor on another system leaves behind, or a broken disk. */
Test(conf, odd_bytes)
{
	static const struct {
		const char	*name, *text;
		size_t		 n;
	} cases[] = {
		{ "CR LF", "page_size = 30\r\n", 16 },
		{ "NUL", "page_size = 30\0 and more\n", 25 },
		{ "NUL at the start", "\0page_size = 30\n", 16 },
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++)
		if (read_text(cases[i].text, cases[i].n, &e) == STILE_OK)
			cr_expect_eq(strcmp(cases[i].name, "CR LF") == 0 &&
			    conf_int(conf, "page_size") == 30, true,
			    "%s: silently taken for something else",
			    cases[i].name);
}

Test(conf, files_that_are_none)
{
	struct stile_error	e = { 0 };

	cr_expect_eq(conf_file(conf, tmp_path(&t, "", "none"), &e), STILE_EIO);
	cr_expect(strstr(e.detail, "none: No such file") != NULL, "%s",
	    e.detail);
	e = (struct stile_error){ 0 };
	cr_expect_eq(conf_file(conf, t.dir, &e), STILE_EIO);
	cr_expect(strstr(e.detail, t.dir) != NULL, "%s", e.detail);
}

/* ---- environment ------------------------------------------------------- */

Test(conf, environment)
{
	static const char *const	env[] = {
		"DEMO_PAGE_SIZE=42", "demo_colour=green", "DEMO_NOTHING=1",
		"DEMO=1", "DEMO_", "DEMO_=1", "XDEMO_SHINY=yes", "PATH=/bin",
		"DEMO_CONFIG=/x", "nonsense", "DEMOX_TITLE=x", "OTHER_DB=x",
		"DEMO_TITLE=a=b", NULL
	};
	static const char *const	bad[] = { "DEMO_SHINY=maybe", NULL };
	struct stile_error		e = { 0 };

	cr_expect_eq(conf_environ(conf, (char *const *)(uintptr_t)env, &e),
	    STILE_OK, "%s", e.detail);
	cr_expect_eq(conf_int(conf, "page_size"), 42);
	EXPECT_STR(conf_find(conf, "page_size")->where,
	    "environment DEMO_PAGE_SIZE", "where");
	EXPECT_STR(conf_text(conf, "colour"), "red", "lower case is not ours");
	EXPECT_STR(conf_text(conf, "title"), "a=b", "title");
	cr_expect_eq(conf_int(conf, "shiny"), 0);
	cr_expect_eq(conf_environ(conf, (char *const *)(uintptr_t)bad, &e),
	    STILE_EINVAL);
	EXPECT_STR(e.detail, "environment DEMO_SHINY: shiny: yes or no is "
	    "expected, not 'maybe'", "message");
}

/* ---- for handlers ------------------------------------------------------ */

static int
tell(struct stile_req *r)
{
	return stile_send_object(r, 200, STILE_ARGS(
	    "page_size", stile_conf_int(r, "page_size"),
	    "shiny", stile_conf_bool(r, "shiny"),
	    "colour", stile_conf(r, "colour"),
	    "as text", stile_conf(r, "page_size"),
	    "body_max", stile_conf_int(r, "body_max")));
}

static int
ask_wrongly(struct stile_req *r)
{
	const char	*what = stile_query(r, "what");

	if (strcmp(what, "name") == 0)
		EXPECT_STR(stile_conf(r, "nothing"), "", "name");
	else if (strcmp(what, "int") == 0)
		cr_expect_eq(stile_conf_int(r, "colour"), 0);
	else if (strcmp(what, "bool") == 0)
		cr_expect_not(stile_conf_bool(r, "page_size"));
	return stile_send_empty(r, 204);
}

Test(conf, in_a_handler)
{
	static const struct stile_route	routes[] = {
		{ "GET", "/", .handler = tell },
		{ "GET", "/wrong", .handler = ask_wrongly }, { 0 }
	};
	static const struct stile_app	demo = { .name = "demo",
	    .routes = routes, .settings = settings };
	struct stile_client		*c = CLIENT(&demo, "page-size=077",
	    "shiny=ON",);

	EXPECT_ANSWER(stile_client_get(c, "/"), 200, "{\"page_size\":77,"
	    "\"shiny\":true,\"colour\":\"red\",\"as text\":\"077\","
	    "\"body_max\":1048576}", "values");
	EXPECT_ANSWER(stile_client_get(c, "/wrong?what=name"), 500, NULL,
	    "name");
	EXPECT_ANSWER(stile_client_get(c, "/wrong?what=int"), 500, NULL, "int");
	EXPECT_ANSWER(stile_client_get(c, "/wrong?what=bool"), 500, NULL,
	    "bool");
	stile_client_free(c);
}

/* ---- without memory ---------------------------------------------------- */

static enum stile_err
everything(void)
{
	static const char *const	env[] = { "DEMO_COLOUR=green", NULL };
	struct stile_arena		*a = stile_arena_new(0);
	struct conf			*c;
	enum stile_err			 rc;

	if (a == NULL)
		return STILE_ENOMEM;
	if ((rc = conf_new(a, &app, &c, NULL)) == STILE_OK &&
	    (rc = conf_file(c, tmp_path(&t, "", "demo.conf"), NULL)) ==
	    STILE_OK && (rc = conf_environ(c, (char *const *)(uintptr_t)env,
	    NULL)) == STILE_OK)
		rc = conf_set(c, "page_size", "5", CONF_FLAG, "--page-size",
		    NULL);
	stile_arena_free(a);
	return rc;
}

Test(conf, without_memory)
{
	struct stile_error	e;

	cr_assert_eq(read_text("title = x\n", 10, &e), STILE_OK);
	cr_expect_geq(torture(everything), ALLOCATIONS(8));
}
