/* SPDX-License-Identifier: ISC */
/* lib/base/str.c: views, cutting, UTF-8. */
#include "unit.h"

Test(str, of_c_strings)
{
	cr_expect(view_is(stile_str("abc"), "abc"));
	cr_expect(stile_str("").p != NULL);
	cr_expect_eq(stile_str("").len, 0);
	cr_expect(stile_str(NULL).p == NULL);
	cr_expect_eq(stile_str(NULL).len, 0);
}

Test(str, equality)
{
	static const struct {
		const char	*a, *b;
		bool		 eq, caseeq;
	} cases[] = {
		{ "abc",	"abc",		true,	true },
		{ "abc",	"ABC",		false,	true },
		{ "abc",	"abd",		false,	false },
		{ "abc",	"abcd",		false,	false },
		{ "",		"",		true,	true },
		{ NULL,		"",		true,	true },
		{ NULL,		NULL,		true,	true },
		{ "@[`{",	"`{@[",		false,	false },
		{ "\xC3\x84",	"\xC3\xA4",	false,	false },
		{ "AZ_09",	"az_09",	false,	true },
	};
	struct stile_str	a, b;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		a = stile_str(cases[i].a);
		b = stile_str(cases[i].b);
		cr_expect_eq(stile_str_eq(a, b), cases[i].eq, "%zu", i);
		cr_expect_eq(stile_str_eq(b, a), cases[i].eq, "%zu", i);
		cr_expect_eq(stile_str_caseeq(a, b), cases[i].caseeq, "%zu", i);
		cr_expect_eq(stile_str_caseeq(b, a), cases[i].caseeq, "%zu", i);
	}
	a = (struct stile_str){ "a\0b", 3 };
	b = (struct stile_str){ "a\0c", 3 };
	cr_expect(!stile_str_eq(a, b), "past a NUL");
	cr_expect(!stile_str_caseeq(a, b), "past a NUL");
}

Test(str, trim)
{
	static const char *const cases[][2] = {
		{ "a", "a" }, { " a", "a" }, { "a\t", "a" },
		{ " \t a b \t", "a b" }, { "", "" }, { " \t ", "" },
		{ "\na\r", "\na\r" },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		cr_expect(view_is(stile_str_trim(stile_str(cases[i][0])),
		    cases[i][1]), "\"%s\"", cases[i][0]);
	cr_expect_eq(stile_str_trim(stile_str(NULL)).len, 0);
}

/* The pieces joined by '|' again. */
Test(str, cut)
{
	static const char *const cases[][2] = {
		{ "a,b,c", "a|b|c|" }, { "a", "a|" }, { "", "|" },
		{ ",", "||" }, { "a,", "a||" }, { ",a", "|a|" },
		{ "a,,b", "a||b|" }, { NULL, "" },
	};
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_buf	*b = stile_buf_new(a, 100);
	struct stile_str	 rest, piece;
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		stile_buf_clear(b);
		rest = stile_str(cases[i][0]);
		while (stile_str_cut(&rest, ',', &piece)) {
			stile_buf_str(b, piece);
			stile_buf_putc(b, '|');
		}
		EXPECT_STR(stile_buf_view(b).p, cases[i][1], "%zu", i);
	}
	stile_arena_free(a);
}
