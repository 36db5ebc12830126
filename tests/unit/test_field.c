/* SPDX-License-Identifier: ISC */
/* lib/codec/field.c: tokens, media types, parameters. */
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

Test(field, parameters_alone)
{
	struct stile_str	list = STR("for=\"[::1]:80\" ;x; Proto = https;"
	    "a=\"b;c=d\";e=;f=\""), name, value;
	static const char *const want[][2] = {
		{ "for", "[::1]:80" }, { "Proto", "https" }, { "a", "b;c=d" },
		{ "e", "" }, { "f", "\"" },
	};
	size_t			i;

	cr_expect(stile__param(list, "PROTO", &value));
	cr_expect(view_is(value, "https"));
	cr_expect_not(stile__param(list, "x", &value));
	cr_expect(view_is(value, "https"), "untouched");
	for (i = 0; i < NELEM(want); i++) {
		cr_assert(stile__next_param(&list, &name, &value), "%zu", i);
		cr_expect(view_is(name, want[i][0]), "%s", want[i][0]);
		cr_expect(view_is(value, want[i][1]), "%s", want[i][1]);
	}
	cr_expect_not(stile__next_param(&list, &name, &value));
}

Test(field, cut_unquoted)
{
	static const char *const want[] = {
		"a", "", "\"b,\\\",c\"d", "e\"f,g",
	};
	struct stile_str	rest = STR("a,,\"b,\\\",c\"d,e\"f,g"), piece;
	size_t			i;

	for (i = 0; i < NELEM(want); i++) {
		cr_assert(stile__cut_unquoted(&rest, ',', &piece), "%zu", i);
		cr_expect(view_is(piece, want[i]), "%s: %.*s", want[i],
		    STILE_STR_ARG(piece));
	}
	cr_expect_not(stile__cut_unquoted(&rest, ',', &piece));
}

static void
read_as_all(struct stile_str s)
{
	struct stile_str	v = { NULL, 0 }, t = stile__media_type(s), n;

	cr_assert(t.len <= s.len);
	if (stile__media_param(s, "q", &v))
		cr_assert(v.p >= s.p && v.p + v.len <= s.p + s.len);
	for (t = s; stile__next_param(&t, &n, &v);)
		cr_assert(n.p >= s.p && v.p + v.len <= s.p + s.len);
}

Test(field, prefixes)
{
	each_prefix(STR("text/html; x=\"a\\\"b;,\" ;q=0.123, text/*;q=0.5,"
	    " */*;q=0"), read_as_all);
	each_prefix(STR("a/b;q=\"\\"), read_as_all);
	each_prefix(STR("a;q=1.000"), read_as_all);
}
