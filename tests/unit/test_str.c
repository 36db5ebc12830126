/* SPDX-License-Identifier: ISC */
/* lib/base/str.c: views, cutting, UTF-8. */
#include "unit.h"

#include "base/utf8.h"

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

static const struct {
	const char	*name, *s;
	bool		 valid;
	size_t		 length;	/* code points, where it is valid */
	const char	*steps;		/* bytes of each, 'x' after a bad one */
} utf8[] = {
	{ "empty",		"",			true, 0, "" },
	{ "ASCII",		"az\x7F",		true, 3, "111" },
	{ "two bytes, first",	"\xC2\x80",		true, 1, "2" },
	{ "two bytes, last",	"\xDF\xBF",		true, 1, "2" },
	{ "three, first",	"\xE0\xA0\x80",		true, 1, "3" },
	{ "three, last",	"\xEF\xBF\xBF",		true, 1, "3" },
	{ "below surrogates",	"\xED\x9F\xBF",		true, 1, "3" },
	{ "above surrogates",	"\xEE\x80\x80",		true, 1, "3" },
	{ "four, first",	"\xF0\x90\x80\x80",	true, 1, "4" },
	{ "four, last",		"\xF4\x8F\xBF\xBF",	true, 1, "4" },
	{ "mixed",		"a\xC3\xA4\xE2\x82\xAC" "b", true, 4, "1231" },
	{ "lone continuation",	"\x80",			false, 0, "1x" },
	{ "overlong NUL",	"\xC0\x80",		false, 0, "1x1x" },
	{ "overlong slash",	"\xC1\xAF",		false, 0, "1x1x" },
	{ "overlong, three",	"\xE0\x9F\xBF",		false, 0, "1x1x1x" },
	{ "overlong, four",	"\xF0\x8F\xBF\xBF", false, 0, "1x1x1x1x" },
	{ "surrogate, first",	"\xED\xA0\x80",		false, 0, "1x1x1x" },
	{ "surrogate, last",	"\xED\xBF\xBF",		false, 0, "1x1x1x" },
	{ "past U+10FFFF",	"\xF4\x90\x80\x80", false, 0, "1x1x1x1x" },
	{ "lead F5",		"\xF5\x80\x80\x80", false, 0, "1x1x1x1x" },
	{ "lead FF",		"\xFF",			false, 0, "1x" },
	{ "cut after one",	"\xE2",			false, 0, "1x" },
	{ "cut after two",	"\xE2\x82",		false, 0, "2x" },
	{ "cut after three",	"\xF0\x9F\x98",		false, 0, "3x" },
	{ "cut by ASCII",	"\xE2\x82" "a",		false, 0, "2x1" },
	{ "good, bad, good",	"a\xFF\xC3\xA4",	false, 0, "11x2" },
};

Test(str, utf8)
{
	struct stile_str	s;
	char			steps[32];
	size_t			i, n, k;
	bool			ok;

	for (i = 0; i < NELEM(utf8); i++) {
		s = stile_str(utf8[i].s);
		cr_expect_eq(stile_utf8_valid(s), utf8[i].valid, "%s",
		    utf8[i].name);
		if (utf8[i].valid)
			cr_expect_eq(stile_utf8_length(s), utf8[i].length,
			    "%s", utf8[i].name);
		for (k = 0; s.len > 0; s.p += n, s.len -= n) {
			n = stile__utf8_step(s, &ok);
			cr_assert(n > 0 && n <= s.len, "%s", utf8[i].name);
			steps[k++] = (char)('0' + n);
			if (!ok)
				steps[k++] = 'x';
		}
		steps[k] = '\0';
		EXPECT_STR(steps, utf8[i].steps, "%s", utf8[i].name);
	}
	cr_expect(stile_utf8_valid(stile_str(NULL)));
	cr_expect(stile_utf8_valid((struct stile_str){ "a\0b", 3 }));
}

/* A well-formed string, cut inside of a code point, no longer is. */
static void
valid_where_whole(struct stile_str s)
{
	static const bool	whole[] = { true, true, false, true, false,
	    false, true, false, false, false, true };

	cr_assert_eq(stile_utf8_valid(s), whole[s.len], "%zu bytes", s.len);
}

Test(str, utf8_prefixes)
{
	each_prefix(STR("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"),
	    valid_where_whole);
}
