/* SPDX-License-Identifier: ISC */
/* lib/base/enc.c: percent, HTML and the pieces of a JSON string. */
#include "unit.h"

#include "stile/enc.h"
#include "base/enc.h"

static struct stile_arena	*arena;

static void
setup(void)
{
	arena = stile_arena_new(0);
}

static void
teardown(void)
{
	stile_arena_free(arena);
}

TestSuite(enc, .init = setup, .fini = teardown);

static const char *
percent(struct stile_str s)
{
	struct stile_buf	*b = stile_buf_new(arena, 4096);

	stile_enc_percent(b, s);
	cr_expect_eq(stile_buf_err(b), STILE_OK);
	return stile_buf_view(b).p;
}

static const char *
html(struct stile_str s)
{
	struct stile_buf	*b = stile_buf_new(arena, 4096);

	stile_enc_html(b, s);
	cr_expect_eq(stile_buf_err(b), STILE_OK);
	return stile_buf_view(b).p;
}

Test(enc, percent_keeps_the_unreserved_only)
{
	EXPECT_STR(percent(STR("azAZ09-._~")), "azAZ09-._~", "unreserved");
	EXPECT_STR(percent(STR(" !\"#$%&'()*+,/:;<=>?@[\\]^`{|}")),
	    "%20%21%22%23%24%25%26%27%28%29%2A%2B%2C%2F%3A%3B%3C%3D%3E%3F%40"
	    "%5B%5C%5D%5E%60%7B%7C%7D", "reserved and the rest");
	EXPECT_STR(percent(STR("\0\n\x7F\xC3\xA4\xFF")),
	    "%00%0A%7F%C3%A4%FF", "bytes");
	EXPECT_STR(percent(stile_str(NULL)), "", "no string");
}

Test(enc, percent_decoding)
{
	static const struct {
		const char		*in;
		struct stile_str	 want;
	} cases[] = {
		{ "",		STILE_STR_INIT("") },
		{ "abc",	STILE_STR_INIT("abc") },
		{ "%41%62",	STILE_STR_INIT("Ab") },
		{ "a%2Fb%2fc",	STILE_STR_INIT("a/b/c") },
		{ "a+b",	STILE_STR_INIT("a+b") },
		{ "%2541",	STILE_STR_INIT("%41") },
		{ "x%00y",	STILE_STR_INIT("x\0y") },
		{ "%FF",	STILE_STR_INIT("\xFF") },
		{ "%",		{ NULL, 0 } },
		{ "a%",		{ NULL, 0 } },
		{ "%4",		{ NULL, 0 } },
		{ "%4g",	{ NULL, 0 } },
		{ "%g4",	{ NULL, 0 } },
		{ "%%41",	{ NULL, 0 } },
		{ "% 41",	{ NULL, 0 } },
		{ "%-1",	{ NULL, 0 } },
	};
	size_t	i, len;
	char	*p;

	for (i = 0; i < NELEM(cases); i++) {
		len = 99;
		p = stile_dec_percent(arena, stile_str(cases[i].in), &len);
		if (cases[i].want.p == NULL) {
			cr_expect(p == NULL, "%s", cases[i].in);
			cr_expect_eq(len, 99, "%s", cases[i].in);
			continue;
		}
		cr_assert(p != NULL, "%s", cases[i].in);
		cr_assert_eq(len, cases[i].want.len, "%s", cases[i].in);
		cr_expect_arr_eq(p, cases[i].want.p, len + 1, "%s",
		    cases[i].in);
	}
}

Test(enc, percent_there_and_back)
{
	char	all[256], *p;
	size_t	i, len = 0;

	for (i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	p = stile_dec_percent(arena, stile_str(percent((struct stile_str){ all,
	    sizeof(all) })), &len);
	cr_assert_eq(len, sizeof(all));
	cr_expect_arr_eq(p, all, sizeof(all));
}

Test(enc, html)
{
	EXPECT_STR(html(STR("<a href=\"x\" id='y'>&amp;</a>")),
	    "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;",
	    "all five");
	EXPECT_STR(html(STR("plain \xC3\xA4 \n")), "plain \xC3\xA4 \n", "none");
	EXPECT_STR(html(STR("&")), "&amp;", "alone");
	EXPECT_STR(html(STR("")), "", "empty");
	EXPECT_STR(html(stile_str(NULL)), "", "no string");
}

/* What the pieces of s come to. */
static const char *
json(struct stile_str s)
{
	struct stile_buf	*b = stile_buf_new(arena, 4096);
	struct stile_str	 piece;
	char			 esc[6];
	size_t			 n;

	for (; s.len > 0; s.p += n, s.len -= n) {
		n = stile__json_piece(s, &piece, esc);
		cr_assert(n > 0 && n <= s.len);
		stile_buf_str(b, piece);
	}
	return stile_buf_view(b).p;
}

Test(enc, json_pieces)
{
	EXPECT_STR(json(STR("plain / \xC3\xA4 \x7F")), "plain / \xC3\xA4 \x7F",
	    "as it is");
	EXPECT_STR(json(STR("\"\\")), "\\\"\\\\", "quote and backslash");
	EXPECT_STR(json(STR("\b\f\n\r\t")), "\\b\\f\\n\\r\\t", "short forms");
	EXPECT_STR(json(STR("\0\x01\x1F")), "\\u0000\\u0001\\u001f",
	    "controls");
	EXPECT_STR(json(STR("a\xFF" "b\xE2\x82" "c\xED\xA0\x80")),
	    "a\xEF\xBF\xBD" "b\xEF\xBF\xBD" "c\xEF\xBF\xBD\xEF\xBF\xBD"
	    "\xEF\xBF\xBD", "not UTF-8");
	EXPECT_STR(json(STR("x\xE2")), "x\xEF\xBF\xBD", "cut at the end");
}

static void
decode_and_encode(struct stile_str s)
{
	size_t	len = 0;
	char	*p;

	if ((p = stile_dec_percent(arena, s, &len)) != NULL)
		cr_assert_leq(len, s.len);
	cr_assert(percent(s) != NULL && html(s) != NULL && json(s) != NULL);
	stile_arena_reset(arena);
}

Test(enc, prefixes)
{
	each_prefix(STR("a%41%zz%%4%E2%82%AC%"), decode_and_encode);
	each_prefix(STR("<\"\\\n\xF0\x9F\x98\x80\xE2\x82&\xC3>"),
	    decode_and_encode);
}

static enum stile_err
scenario(void)
{
	struct stile_arena	*a;
	struct stile_buf	*b;
	enum stile_err		 rc = STILE_ENOMEM;
	size_t			 len = 0, i;

	if ((a = stile_arena_new(0)) == NULL)
		return rc;
	if ((b = stile_buf_new(a, 100000)) != NULL) {
		for (i = 0; i < 10000; i++)
			stile_enc_percent(b, STR("<>"));
		stile_enc_html(b, STR("<"));
		if ((rc = stile_buf_err(b)) == STILE_OK &&
		    stile_dec_percent(a, stile_buf_view(b), &len) == NULL)
			rc = STILE_ENOMEM;
	}
	stile_arena_free(a);
	return rc;
}

Test(enc, survives_every_allocation_failure)
{
	cr_expect_gt(torture(scenario), 2);
}
