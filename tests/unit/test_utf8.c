/* SPDX-License-Identifier: ISC */
/* lib/base/utf8.c: what is well formed, and U+FFFD for what is not. */
#include "unit.h"

#include "base/utf8.h"

#define BAD	"\xEF\xBF\xBD"

static const struct {
	const char	*name, *s;
	bool		 valid;
	size_t		 length;	/* code points, where it is valid */
	const char	*steps;		/* bytes of each, 'x' after a bad one */
} cases[] = {
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

Test(utf8, table)
{
	struct stile_str	s;
	char			steps[32];
	size_t			i, n, k;
	bool			ok;

	for (i = 0; i < NELEM(cases); i++) {
		s = stile_str(cases[i].s);
		cr_expect_eq(stile_utf8_valid(s), cases[i].valid, "%s",
		    cases[i].name);
		if (cases[i].valid)
			cr_expect_eq(stile_utf8_length(s), cases[i].length,
			    "%s", cases[i].name);
		for (k = 0; s.len > 0; s.p += n, s.len -= n) {
			n = stile__utf8_step(s, &ok);
			cr_assert(n > 0 && n <= s.len, "%s", cases[i].name);
			steps[k++] = (char)('0' + n);
			if (!ok)
				steps[k++] = 'x';
		}
		steps[k] = '\0';
		EXPECT_STR(steps, cases[i].steps, "%s", cases[i].name);
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

Test(utf8, prefixes)
{
	each_prefix(STR("a\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"),
	    valid_where_whole);
}

/* ---- against the definition: decode, and look at the number ---------- */

static size_t
encode(unsigned long c, char *p)
{
	if (c < 0x80) {
		p[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		p[0] = (char)(0xC0 | c >> 6);
		p[1] = (char)(0x80 | (c & 0x3F));
		return 2;
	}
	if (c < 0x10000) {
		p[0] = (char)(0xE0 | c >> 12);
		p[1] = (char)(0x80 | (c >> 6 & 0x3F));
		p[2] = (char)(0x80 | (c & 0x3F));
		return 3;
	}
	p[0] = (char)(0xF0 | c >> 18);
	p[1] = (char)(0x80 | (c >> 12 & 0x3F));
	p[2] = (char)(0x80 | (c >> 6 & 0x3F));
	p[3] = (char)(0x80 | (c & 0x3F));
	return 4;
}

/* Every number of 21 bits: a code point is one, a surrogate is none. */
Test(utf8, every_code_point)
{
	char		p[4];
	size_t		n;
	unsigned long	c;
	bool		ok, want;

	for (c = 0; c < 0x200000; c++) {
		n = encode(c, p);
		want = c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF);
		ok = stile_utf8_valid((struct stile_str){ p, n });
		if (ok != want)
			cr_assert(false, "U+%lX: %d", c, ok);
	}
}

/* Whether exactly one code point makes these bytes. */
static bool
is_one(const unsigned char *p, size_t n)
{
	unsigned long	c = p[0];
	char		again[4];
	size_t		i;

	if (n > 1)
		c &= 0xFFu >> (n + 1);
	for (i = 1; i < n; i++)
		c = c << 6 | (p[i] & 0x3F);
	return c <= 0x10FFFF && (c < 0xD800 || c > 0xDFFF) &&
	    encode(c, again) == n && memcmp(again, p, n) == 0;
}

/* As whole code points, from the definition. */
static bool
is_valid(const unsigned char *p, size_t n)
{
	size_t	k;

	if (n == 0)
		return true;
	for (k = 1; k <= n && k <= 4; k++)
		if (is_one(p, k) && is_valid(p + k, n - k))
			return true;
	return false;
}

static void
check_bytes(const unsigned char *p, size_t n)
{
	struct stile_str	s = { (const char *)p, n };

	if (stile_utf8_valid(s) != is_valid(p, n))
		cr_assert(false, "%02X %02X %02X %02X, %zu", p[0], p[1], p[2],
		    p[3], n);
}

/* All of two bytes; longer ones from the bytes at which something changes. */
Test(utf8, every_sequence)
{
	static const unsigned char	edges[] = {
		0x00, 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0,
		0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0,
		0xF1, 0xF3, 0xF4, 0xF5, 0xFF
	};
	unsigned char	p[4] = { 0 };
	unsigned	a, b;
	size_t		i, k;

	for (a = 0; a < 256; a++)
		for (b = 0; b < 256; b++) {
			p[0] = (unsigned char)a;
			p[1] = (unsigned char)b;
			check_bytes(p, 1);
			check_bytes(p, 2);
			for (i = 0; i < NELEM(edges); i++) {
				p[2] = edges[i];
				check_bytes(p, 3);
				for (k = 0; k < NELEM(edges); k++) {
					p[3] = edges[k];
					check_bytes(p, 4);
				}
			}
		}
}

/* ---- U+FFFD ---------------------------------------------------------- */

static const struct {
	const char	*s, *repaired;
} repairs[] = {
	{ "", "" },
	{ "a\xC3\xA4\xF0\x9F\x98\x80", "a\xC3\xA4\xF0\x9F\x98\x80" },
	{ "\xFF", BAD },
	{ "a\xFF" "b", "a" BAD "b" },
	{ "\xE2\x82", BAD },
	{ "\xE2\x82" "a", BAD "a" },
	{ "\xF0\x9F\x98\xF0\x9F\x98\x80", BAD "\xF0\x9F\x98\x80" },
	{ "\xED\xA0\x80", BAD BAD BAD },
	{ "\xC0\x80", BAD BAD },
	/* WHATWG Encoding and Unicode's own example, table 3-8. */
	{ "\xC0\xAF\xE0\x80\xBF\xF0\x81\x82" "A",
	    BAD BAD BAD BAD BAD BAD BAD BAD "A" },
	{ "\xE1\x80\xE2\xF0\x91\x92\xF1\xBF" "A",
	    BAD BAD BAD BAD "A" },
};

Test(utf8, repair)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_buf	*b;
	struct stile_str	 s;
	size_t			 i;

	for (i = 0; i < NELEM(repairs); i++) {
		s = stile_str(repairs[i].s);
		cr_expect_eq(stile__utf8_repair(a, &s), STILE_OK);
		cr_expect(view_is(s, repairs[i].repaired), "%zu", i);
		cr_expect(stile_utf8_valid(s));
		if (stile_utf8_valid(stile_str(repairs[i].s)))
			cr_expect(s.p == repairs[i].s, "%zu: no copy", i);
		b = stile_buf_new(a, 100);
		stile__utf8_write(b, stile_str(repairs[i].s));
		EXPECT_STR(stile_buf_view(b).p, repairs[i].repaired, "%zu", i);
	}
	stile_arena_free(a);
}

Test(utf8, write_into_a_buffer_that_is_full)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_buf	*b = stile_buf_new(a, 2);

	stile__utf8_write(b, STR("\xFF"));
	cr_expect_eq(stile_buf_err(b), STILE_ETOOBIG);
	stile_arena_free(a);
}

static enum stile_err
repair_one(void)
{
	struct stile_arena	*a;
	struct stile_str	 s = STR("ab\xFF");
	enum stile_err		 rc;

	if ((a = stile_arena_new(0)) == NULL)
		return STILE_ENOMEM;
	rc = stile__utf8_repair(a, &s);
	stile_arena_free(a);
	return rc;
}

Test(utf8, survives_every_allocation_failure)
{
	cr_expect_gt(torture(repair_one), 0);
}
