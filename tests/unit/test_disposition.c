/* SPDX-License-Identifier: ISC */
/* lib/codec/disposition.c: what senders really write, and what is refused. */
#include "unit.h"

#include "codec/disposition.h"

struct names {
	struct stile_str	name;
	struct stile_str	filename;
	struct stile_error	e;
};

static struct stile_arena	*arena;

static void
begin(void)
{
	arena = stile_arena_new(0);
	cr_assert(arena != NULL);
}

static void
finish(void)
{
	stile_arena_free(arena);
}

TestSuite(disposition, .init = begin, .fini = finish);

static enum stile_err
parse(struct stile_str value, size_t max, struct names *n)
{
	struct stile_buf	*name, *filename;
	enum stile_err		 rc;
	bool			 is_file = false;

	memset(n, 0, sizeof(*n));
	if ((name = stile_buf_new(arena, max)) == NULL ||
	    (filename = stile_buf_new(arena, 1000)) == NULL)
		cr_assert(false, "no memory");
	rc = stile__disposition(value, name, filename, &is_file, &n->e);
	/* Of a limit, the caller knows more. */
	cr_assert_eq(n->e.code, rc != STILE_ETOOBIG ? rc : STILE_OK);
	n->name = stile_buf_view(name);
	if (is_file)
		n->filename = stile_buf_view(filename);
	return rc;
}

Test(disposition, accepted)
{
	static const struct {
		const char	*value, *name, *filename;
	} cases[] = {
		{ "form-data; name=\"a\"",		"a",	NULL },
		{ "Form-Data;NAME=\"a\"",		"a",	NULL },
		{ "form-data ; \t name=a \t",		"a",	NULL },
		{ "form-data;;; name=a;",		"a",	NULL },
		{ "form-data; name=\"\"",		"",	NULL },
		{ "form-data; name=a[b]",		"a[b]",	NULL },
		{ "form-data; name=a'\\b",		"a'\\b", NULL },
		{ "form-data; name=\"a;b=c\"",		"a;b=c", NULL },
		{ "form-data; name=a; x=\"1\"; y=2",	"a",	NULL },
		{ "form-data; name=a; name*=UTF-8''b",	"a",	NULL },
		{ "form-data; name=a; filename=\"\"",	"a",	"" },
		{ "form-data; filename=f.txt; name=a",	"a",	"f.txt" },
		/* backslashes, those of Windows among them */
		{ "form-data; name=\"\\\"a\\\"\"",	"\"a\"", NULL },
		{ "form-data; name=\"a\\\\\"",		"a\\",	NULL },
		{ "form-data; name=\"a\\b\"",		"a\\b",	NULL },
		{ "form-data; name=\"\\\\\\\"%22\\x\"",	"\\\"\"\\x", NULL },
		{ "form-data; name=a; filename=\"C:\\dir\\f.txt\"",
		    "a", "C:\\dir\\f.txt" },
		/* what browsers escape: a quote is undone, line ends are not */
		{ "form-data; name=\"%22a%22%22\"",	"\"a\"\"", NULL },
		{ "form-data; name=\"a%0D%0Ab%2\"",	"a%0D%0Ab%2", NULL },
		{ "form-data; name=a%22b",		"a%22b", NULL },
		/* UTF-8, and what is not */
		{ "form-data; name=\"\xC3\xA4\"",	"\xC3\xA4", NULL },
		{ "form-data; name=\"\xC3%22\xE4\\\"\"",
		    "\xEF\xBF\xBD\"\xEF\xBF\xBD\"", NULL },
		{ "form-data; name=\xFF""a\xE2\x82",
		    "\xEF\xBF\xBD""a\xEF\xBF\xBD", NULL },
		/* RFC 8187, in the absence of a plain name */
		{ "form-data; name=a; filename*=utf-8''%C3%A4%22.t",
		    "a", "\xC3\xA4\".t" },
		{ "form-data; filename*=UTF-8'de'; name=a", "a", "" },
		{ "form-data; name=a; filename*=UTF-8''b; filename=c",
		    "a", "c" },
		{ "form-data; name=a; filename=c; filename*=nonsense",
		    "a", "c" },
	};
	struct names	n;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		cr_expect_eq(parse(stile_str(cases[i].value), 100, &n),
		    STILE_OK, "%s: %s", cases[i].value, n.e.detail);
		cr_expect(view_is(n.name, cases[i].name), "%s: \"%.*s\"",
		    cases[i].value, STILE_STR_ARG(n.name));
		cr_expect(view_is(n.filename, cases[i].filename),
		    "%s: \"%.*s\"", cases[i].value,
		    STILE_STR_ARG(n.filename));
	}
}

Test(disposition, refused)
{
	static const char *const cases[][2] = {
		{ "",				"not form-data" },
		{ "attachment; name=a",		"not form-data" },
		{ "form-data2; name=a",		"not form-data" },
		{ "form-data name=a",		"not form-data" },
		{ "form-data",			"no name" },
		{ "form-data; filename=a",	"no name" },
		{ "form-data; name*=UTF-8''a",	"no name" },
		{ "form-data; name",		"malformed" },
		{ "form-data; name=",		"malformed" },
		{ "form-data; name=;",		"malformed" },
		{ "form-data; name= a",		"malformed" },
		{ "form-data; name =a",		"malformed" },
		{ "form-data; =a",		"malformed" },
		{ "form-data; name=a b",	"malformed" },
		{ "form-data; name=a\"b\"",	"malformed" },
		{ "form-data; name=\"a\"b",	"malformed" },
		{ "form-data; name=\"a\"b\"",	"malformed" },
		{ "form-data; name=\"",		"malformed" },
		{ "form-data; name=\"a",	"malformed" },
		{ "form-data; name=\"a\\\"",	"malformed" },
		{ "form-data; name=a, b=c",	"malformed" },
		{ "form-data; name=a; NAME=a",	"a parameter twice" },
		{ "form-data; name=a; filename=b; filename=b",
		    "a parameter twice" },
		{ "form-data; name=a; filename*0=b; filename*1=c",
		    "in pieces" },
		{ "form-data; name=a; Filename*0*=UTF-8''b", "in pieces" },
		{ "form-data; name=a; filename*=b",	"filename*" },
		{ "form-data; name=a; filename*=UTF-8'b", "filename*" },
		{ "form-data; name=a; filename*=ISO-8859-1''b", "filename*" },
		{ "form-data; name=a; filename*=\"UTF-8''b\"", "filename*" },
		{ "form-data; name=a; filename*=UTF-8''b'c", "filename*" },
		{ "form-data; name=a; filename*=UTF-8''%4", "filename*" },
		{ "form-data; name=a; filename*=UTF-8''%zz", "filename*" },
		{ "form-data; name=a; filename*=UTF-8''%E4", "filename*" },
		{ "form-data; name=a; filename*=UTF-8''%00", "filename*" },
		{ "form-data; name=a; filename*=UTF-8''%0A", "filename*" },
		{ "form-data; name=a; filename*=UTF-8''%0d", "filename*" },
	};
	struct names	n;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		cr_expect_eq(parse(stile_str(cases[i][0]), 100, &n),
		    STILE_ESYNTAX, "%s", cases[i][0]);
		cr_expect_eq(n.e.status, 400, "%s", cases[i][0]);
		cr_expect(strstr(n.e.detail, cases[i][1]) != NULL, "%s: %s",
		    cases[i][0], n.e.detail);
	}
}

Test(disposition, a_long_name)
{
	struct names	n;

	cr_expect_eq(parse(STR("form-data; name=\"abc\\\"\""), 4, &n),
	    STILE_OK);
	cr_expect(view_is(n.name, "abc\""));
	/* It is the text that counts, and U+FFFD has three bytes. */
	cr_expect_eq(parse(STR("form-data; name=\"ab\xFF\""), 4, &n),
	    STILE_ETOOBIG);
}

static void
parse_any(struct stile_str s)
{
	struct names	n;

	parse(s, 100, &n);
	stile_arena_reset(arena);
}

Test(disposition, prefixes)
{
	each_prefix(STR("form-data; name=\"a\\\"\\\\%22\xC3\xA4\xE2\x82\"; "
	    "filename*=UTF-8''%41%C3%A4; x=y ; "), parse_any);
	each_prefix(STR("form-data;name=a[\xE2];filename=\"C:\\a\\\";"),
	    parse_any);
}

Test(disposition, vectors_byte_by_byte)
{
	each_text(vectors("werkzeug_http_headers.json"), parse_any);
}
