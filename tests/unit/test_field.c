/* SPDX-License-Identifier: ISC */
/* lib/codec/field.c: tokens, media types, quality values. */
#include "unit.h"

#include "codec/field.h"

Test(field, token_characters)
{
	static const char	other[] = "!#$%&'*+-.^_`|~";
	int			c;

	for (c = 0; c < 256; c++)
		cr_expect_eq(stile__is_tchar(c), (c >= '0' && c <= '9') ||
		    (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
		    (c != 0 && strchr(other, c) != NULL), "%d", c);
}

Test(field, media_type)
{
	static const char *const cases[][2] = {
		{ "text/html", "text/html" },
		{ "text/html; charset=utf-8", "text/html" },
		{ " text/html ;x", "text/html" },
		{ "text/html;", "text/html" },
		{ ";x", "" }, { "", "" }, { " ", "" }, { NULL, NULL },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		cr_expect(view_is(stile__media_type(stile_str(cases[i][0])),
		    cases[i][1]), "%zu", i);
}

Test(field, media_parameters)
{
	static const struct {
		const char	*field, *want;
	} cases[] = {
		{ "a/b; charset=utf-8",			"utf-8" },
		{ "a/b;charset=utf-8",			"utf-8" },
		{ "a/b; CharSet=UTF-8",			"UTF-8" },
		{ "a/b; charset=\"utf-8\"",		"utf-8" },
		{ "a/b ;\t charset = utf-8 ; x=1",	"utf-8" },
		{ "a/b; x=1; charset=y",		"y" },
		{ "a/b; charset=1; charset=2",		"1" },
		{ "a/b; charset=",			"" },
		{ "a/b; charset=\"\"",			"" },
		{ "a/b; x=\"; charset=no\"; charset=yes", "yes" },
		{ "a/b; x=\"\\\"; charset=no\"; charset=yes", "yes" },
		{ "a/b; x=\"; charset=no",		NULL },
		{ "a/b; charset=\"",			"\"" },
		{ "a/b; charset",			NULL },
		{ "a/b; xcharset=1",			NULL },
		{ "charset=1",				NULL },
		{ "a/b;;;charset=1",			"1" },
		{ "a/b",				NULL },
		{ "",					NULL },
		{ NULL,					NULL },
	};
	struct stile_str	v;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		v = STR("untouched");
		cr_expect_eq(stile__media_param(stile_str(cases[i].field),
		    "charset", &v), cases[i].want != NULL, "%s",
		    cases[i].field);
		cr_expect(view_is(v, cases[i].want != NULL ? cases[i].want :
		    "untouched"), "%s: %.*s", cases[i].field,
		    STILE_STR_ARG(v));
	}
}

Test(field, accept_quality)
{
	static const struct {
		const char	*accept, *type;
		int		 q;
	} cases[] = {
		{ NULL,				"a/b",	0 },
		{ "",				"a/b",	0 },
		{ "a/b",			"a/b",	1000 },
		{ "A/B",			"a/b",	1000 },
		{ "a/*",			"a/b",	1000 },
		{ "*/*",			"a/b",	1000 },
		{ "a/c",			"a/b",	0 },
		{ "aa/*",			"a/b",	0 },
		{ "a*",				"a/b",	0 },
		{ "*",				"a/b",	0 },
		{ "*/b",			"a/b",	0 },
		{ "a/b;q=0.5",			"a/b",	500 },
		{ "a/b; Q=0.5",			"a/b",	500 },
		{ "a/b;q=0",			"a/b",	0 },
		{ "a/b;q=0.001",		"a/b",	1 },
		{ "a/b;q=0.0019",		"a/b",	1 },
		{ "a/b;q=0.75",			"a/b",	750 },
		{ "a/b;q=1.000",		"a/b",	1000 },
		{ "a/b;q=1.9",			"a/b",	1000 },
		{ "a/b;q=0.",			"a/b",	0 },
		{ "a/b;q=x",			"a/b",	1000 },
		{ "a/b;q=",			"a/b",	1000 },
		{ "a/b;q=-1",			"a/b",	1000 },
		{ "a/b;q=0x5",			"a/b",	1000 },
		{ "a/b;q=05",			"a/b",	1000 },
		{ "a/b;q=\"0.5\"",		"a/b",	500 },
		/* The more specific range counts, wherever it stands. */
		{ "*/*;q=0.9, a/b;q=0.1",	"a/b",	100 },
		{ "a/b;q=0.1, */*;q=0.9",	"a/b",	100 },
		{ "a/*;q=0.2, */*;q=0.9",	"a/b",	200 },
		{ "a/b;q=0, a/*",		"a/b",	0 },
		{ "a/b;q=0, a/*",		"a/c",	1000 },
		{ "c/d , a/b ;q=0.3",		"a/b",	300 },
		{ ",,a/b;q=0.3,,",		"a/b",	300 },
		{ "a/b;x=\",c/d\";q=0.3",	"a/b",	300 },
		{ "a/b;x=\",c/d\";q=0.3",	"c/d",	0 },
		/* A browser's */
		{ "text/html,application/xhtml+xml,application/xml;q=0.9,"
		    "image/avif,*/*;q=0.8", "application/json", 800 },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		cr_expect_eq(stile__accept_quality(stile_str(cases[i].accept),
		    stile_str(cases[i].type)), cases[i].q, "%s for %s: %d",
		    cases[i].accept, cases[i].type, stile__accept_quality(
		    stile_str(cases[i].accept), stile_str(cases[i].type)));
}

static void
read_as_all(struct stile_str s)
{
	struct stile_str	v = { NULL, 0 }, t = stile__media_type(s);
	int			q;

	cr_assert(t.len <= s.len);
	if (stile__media_param(s, "q", &v))
		cr_assert(v.p >= s.p && v.p + v.len <= s.p + s.len);
	q = stile__accept_quality(s, STR("text/html"));
	cr_assert(q >= 0 && q <= 1000);
	q = stile__accept_quality(STR("text/*;q=0.5"), s);
	cr_assert(q == 0 || q == 500);
}

Test(field, prefixes)
{
	each_prefix(STR("text/html; x=\"a\\\"b;,\" ;q=0.123, text/*;q=0.5,"
	    " */*;q=0"), read_as_all);
	each_prefix(STR("a/b;q=\"\\"), read_as_all);
	each_prefix(STR("a;q=1.000"), read_as_all);
}
