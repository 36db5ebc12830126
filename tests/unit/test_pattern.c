/* SPDX-License-Identifier: ISC */
/* lib/app/pattern.c: what a segment is, and what is no pattern. */
#include "app.h"

#include "app/pattern.h"

static struct stile_arena	*arena;
static struct convs		 convs;

static bool
parse_even(struct stile_str s, struct stile_value *ret)
{
	*ret = stile_text_str(s);
	return s.len % 2 == 0;
}

static const struct stile_converter	own[] = {
	{ "even", parse_even }, { 0 }
};

static void
setup(void)
{
	arena = stile_arena_new(0);
	cr_assert_eq(convs_new(arena, &convs, NULL), STILE_OK);
	cr_assert_eq(convs_add(arena, &convs, own, NULL), STILE_OK);
}

static void
teardown(void)
{
	stile_arena_free(arena);
}

TestSuite(pattern, .init = setup, .fini = teardown);

static struct pattern
parse(const char *text)
{
	struct stile_error	e = { 0 };
	struct pattern		p;

	cr_assert_eq(pattern_parse(arena, &convs, text, &p, &e), STILE_OK,
	    "%s: %s", text, e.detail);
	return p;
}

/* A segment against a pattern of one: the value as text, or NULL. */
static const char *
match(const char *pattern, struct stile_str seg)
{
	struct pattern		p = parse(pattern);
	struct stile_value	v;
	struct stile_str	inner;

	cr_assert_eq(p.n, 1, "%s", pattern);
	cr_assert(p.parts[0].conv != NULL, "%s", pattern);
	if (!part_match(&p.parts[0], seg, &inner, &v))
		return NULL;
	if (v.type == STILE_INT)
		return stile_arena_printf(arena, "%lld", (long long)v.u.i);
	cr_expect_eq(v.type, STILE_TEXT, "%s", pattern);
	cr_expect_eq(v.u.s.len, inner.len, "%s", pattern);
	return stile_arena_dup(arena, inner);
}

Test(pattern, converters)
{
	static const struct {
		const char	*pattern, *segment;
		const char	*value;		/* NULL: it is none */
	} cases[] = {
		{ "/{x:int}", "0", "0" },
		{ "/{x:int}", "7", "7" },
		{ "/{x:int}", "007", "7" },
		{ "/{x:int}", "00", "0" },
		{ "/{x:int}", "9223372036854775807", "9223372036854775807" },
		{ "/{x:int}", "0000000000009223372036854775807",
		    "9223372036854775807" },
		{ "/{x:int}", "9223372036854775808", NULL },
		{ "/{x:int}", "99999999999999999999", NULL },
		{ "/{x:int}", "", NULL }, { "/{x:int}", "-1", NULL },
		{ "/{x:int}", "-0", NULL }, { "/{x:int}", "+1", NULL },
		{ "/{x:int}", " 1", NULL }, { "/{x:int}", "1 ", NULL },
		{ "/{x:int}", "1.0", NULL }, { "/{x:int}", "1e1", NULL },
		{ "/{x:int}", "0x1", NULL }, { "/{x:int}", "1_0", NULL },
		{ "/{x:int}", "1\n", NULL },
		{ "/{x:int}", "\xD9\xA1", NULL },	/* Arabic 1 */
		{ "/{x:int}", "\xEF\xBC\x91", NULL },	/* full-width 1 */
		{ "/{x:uuid}", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
		    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6" },
		{ "/{x:uuid}", "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6",
		    "F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6" },
		{ "/{x:uuid}", "00000000-0000-0000-0000-000000000000",
		    "00000000-0000-0000-0000-000000000000" },
		{ "/{x:uuid}", "f81d4fae7dec11d0a76500a0c91e6bf6", NULL },
		{ "/{x:uuid}", "f81d4fae-7dec-11d0-a765-00a0c91e6bf", NULL },
		{ "/{x:uuid}", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6a", NULL },
		{ "/{x:uuid}", "g81d4fae-7dec-11d0-a765-00a0c91e6bf6", NULL },
		{ "/{x:uuid}", "f81d4fa-e7dec-11d0-a765-00a0c91e6bf6", NULL },
		{ "/{x:uuid}", "{f81d4fae-7dec-11d0-a765-00a0c91e6bf}", NULL },
		{ "/{x:uuid}", "f81d4fae-7dec-11d0-a765_00a0c91e6bf6", NULL },
		{ "/{x:slug}", "aZ09-_", "aZ09-_" },
		{ "/{x:slug}", "-", "-" }, { "/{x:slug}", "_", "_" },
		{ "/{x:slug}", "", NULL }, { "/{x:slug}", "a b", NULL },
		{ "/{x:slug}", "a.b", NULL }, { "/{x:slug}", "a/b", NULL },
		{ "/{x:slug}", "\xC3\xA9", NULL },
		{ "/{x:slug}", "[", NULL }, { "/{x:slug}", "@", NULL },
		{ "/{x:slug}", "`", NULL }, { "/{x:slug}", "a\n", NULL },
		{ "/{x}", "a b.c:d", "a b.c:d" },
		{ "/{x:str}", "\xC3\xA9", "\xC3\xA9" },
		{ "/{x}", "-1", "-1" }, { "/{x}", " ", " " },
		{ "/{x}", "", NULL },
		{ "/{x}", "a/b", NULL },	/* an encoded slash */
		{ "/{x}", "/", NULL },
		{ "/{x:path}", "a/b", "a/b" }, { "/{x:path}", "a", "a" },
		{ "/{x:path}", "a/", "a/" }, { "/{x:path}", "", NULL },
		{ "/{x:even}", "ab", "ab" }, { "/{x:even}", "", "" },
		{ "/{x:even}", "a/", "a/" }, { "/{x:even}", "a", NULL },
		/* Text around it. */
		{ "/v{x:int}", "v7", "7" }, { "/v{x:int}", "7", NULL },
		{ "/v{x:int}", "v", NULL }, { "/v{x:int}", "V7", NULL },
		{ "/v{x:int}", "vv7", NULL }, { "/v{x:int}", "v-7", NULL },
		{ "/{x}.json", "a.json", "a" },
		{ "/{x}.json", "a.json.json", "a.json" },
		{ "/{x}.json", ".json", NULL }, { "/{x}.json", "json", NULL },
		{ "/{x}.json", "a.JSON", NULL },
		{ "/{x:int}.txt", "7.txt", "7" },
		{ "/{x:int}.txt", "7.0.txt", NULL },
		{ "/a{x:even}a", "aa", "" }, { "/a{x:even}a", "a", NULL },
		{ "/a{x:even}a", "aXYa", "XY" },
		{ "/ab{x}ab", "abab", NULL }, { "/ab{x}ab", "ab-ab", "-" },
		{ "/ab{x}ab", "aab", NULL },
		{ "/\xC3\xA9{x}\xE2\x82\xAC", "\xC3\xA9!\xE2\x82\xAC", "!" },
		{ "/~{x}", "~me", "me" },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_STR(match(cases[i].pattern, stile_str(
		    cases[i].segment)), cases[i].value, "%s with '%s'",
		    cases[i].pattern, cases[i].segment);
}

Test(pattern, a_nul_in_the_segment)
{
	static const char *const	patterns[] = {
		"/{x:int}", "/{x:uuid}", "/{x:slug}",
	};
	size_t	i;

	for (i = 0; i < NELEM(patterns); i++)
		cr_expect(match(patterns[i], (struct stile_str){ "1\0" "2",
		    3 }) == NULL, "%s", patterns[i]);
}

static void
match_all(struct stile_str s)
{
	static const char *const	patterns[] = {
		"/{x:int}", "/{x:uuid}", "/{x:slug}", "/{x}", "/{x:path}",
		"/f8{x}f6", "/{x}6bf6", "/f81d{x:slug}",
	};
	size_t	i;

	for (i = 0; i < NELEM(patterns); i++)
		match(patterns[i], s);
}

Test(pattern, no_step_beyond_the_end)
{
	each_prefix(STR("f81d4fae-7dec-11d0-a765-00a0c91e6bf6"), match_all);
	each_prefix(STR("92233720368547758079"), match_all);
}

Test(pattern, shapes)
{
	static const struct {
		const char	*text;
		size_t		 n, nparams;
		bool		 slash;
	} cases[] = {
		{ "/", 0, 0, true }, { "/a", 1, 0, false },
		{ "/a/", 1, 0, true }, { "/a/b/c", 3, 0, false },
		{ "/{x}", 1, 1, false }, { "/{x}/", 1, 1, true },
		{ "/a/{x:int}/b/{y}", 4, 2, false },
		{ "/{x:path}/b", 2, 1, false }, { "/a b", 1, 0, false },
		{ "/%41", 1, 0, false }, { "/a:b", 1, 0, false },
		{ "/{_x9}", 1, 1, false }, { "/{X}/{x}", 2, 2, false },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		struct pattern	p = parse(cases[i].text);

		EXPECT_STR(p.text, cases[i].text, "text");
		cr_expect_eq(p.n, cases[i].n, "%s", cases[i].text);
		cr_expect_eq(p.nparams, cases[i].nparams, "%s", cases[i].text);
		cr_expect_eq(p.slash, cases[i].slash, "%s", cases[i].text);
	}
	/* A pattern is written decoded: this one is a percent sign. */
	cr_expect(stile_str_eq(parse("/%41").parts[0].prefix, STR("%41")));
}

Test(pattern, what_is_none)
{
	static const struct {
		const char	*text, *detail;
	} cases[] = {
		{ "", "'': a path that begins with one slash is expected" },
		{ "a", "'a': a path that begins with one slash is expected" },
		{ "{x}", "'{x}': a path that begins with one slash is "
		    "expected" },
		{ "//", "'//': a path that begins with one slash is expected" },
		{ "/a//b", "'/a//b': a path that begins with one slash is "
		    "expected" },
		{ "/a//", "'/a//': a path that begins with one slash is "
		    "expected" },
		{ "/\xC3", "'/\xC3': not UTF-8" },
		{ "/{", "/{: one {name} or {name:converter} a segment is "
		    "expected" },
		{ "/}", "/}: one {name} or {name:converter} a segment is "
		    "expected" },
		{ "/{x", "/{x: one {name} or {name:converter} a segment is "
		    "expected" },
		{ "/x}", "/x}: one {name} or {name:converter} a segment is "
		    "expected" },
		{ "/}x{", "/}x{: one {name} or {name:converter} a segment is "
		    "expected" },
		{ "/{x}{y}", "/{x}{y}: one {name} or {name:converter} a "
		    "segment is expected" },
		{ "/{x}-{y}", "/{x}-{y}: one {name} or {name:converter} a "
		    "segment is expected" },
		{ "/{{x}}", "/{{x}}: one {name} or {name:converter} a segment "
		    "is expected" },
		{ "/{x/y}", "/{x/y}: one {name} or {name:converter} a segment "
		    "is expected" },
		{ "/{}", "/{}: '' is not a name" },
		{ "/{:int}", "/{:int}: '' is not a name" },
		{ "/{9}", "/{9}: '9' is not a name" },
		{ "/{a-b}", "/{a-b}: 'a-b' is not a name" },
		{ "/{a b}", "/{a b}: 'a b' is not a name" },
		{ "/{ x}", "/{ x}: ' x' is not a name" },
		{ "/{\xC3\xA9}", "/{\xC3\xA9}: '\xC3\xA9' is not a name" },
		{ "/{x:}", "/{x:}: there is no converter ''" },
		{ "/{x:INT}", "/{x:INT}: there is no converter 'INT'" },
		{ "/{x:float}", "/{x:float}: there is no converter 'float'" },
		{ "/{x: int}", "/{x: int}: there is no converter ' int'" },
		{ "/{x:int:int}", "/{x:int:int}: there is no converter "
		    "'int:int'" },
		{ "/{x}/{x}", "/{x}/{x}: {x} is there twice" },
		{ "/{x:int}/a/{x:path}", "/{x:int}/a/{x:path}: {x} is there "
		    "twice" },
		{ "/{x:path}/{y:path}", "/{x:path}/{y:path}: more than one "
		    "path parameter" },
		{ "/v{x:path}", "/v{x:path}: {x:path} stands alone in its "
		    "segment" },
		{ "/{x:path}.txt", "/{x:path}.txt: {x:path} stands alone in "
		    "its segment" },
	};
	struct stile_error	e;
	struct pattern		p;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		e = (struct stile_error){ 0 };
		cr_expect_eq(pattern_parse(arena, &convs, cases[i].text, &p,
		    &e), STILE_ESYNTAX, "%s", cases[i].text);
		EXPECT_STR(e.detail, cases[i].detail, "%s", cases[i].text);
	}
}

Test(pattern, segments_at_the_limit)
{
	struct stile_error	e = { 0 };
	struct pattern		p;
	char			text[2 * PARTS_MAX + 3];
	size_t			i;

	for (i = 0; i <= PARTS_MAX; i++)
		memcpy(text + 2 * i, "/a", 3);
	cr_expect_eq(pattern_parse(arena, &convs, text, &p, &e),
	    STILE_ETOOBIG);
	cr_expect(strstr(e.detail, "more than 32 segments") != NULL, "%s",
	    e.detail);
	text[2 * PARTS_MAX] = '\0';
	cr_expect_eq(parse(text).n, PARTS_MAX);
}

/* ---- without memory ---------------------------------------------------- */

static enum stile_err
parse_with_little(void)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct convs		 cs;
	struct pattern		 p;
	enum stile_err		 rc;

	if (a == NULL)
		return STILE_ENOMEM;
	if ((rc = convs_new(a, &cs, NULL)) == STILE_OK &&
	    (rc = convs_add(a, &cs, own, NULL)) == STILE_OK)
		rc = pattern_parse(a, &cs, "/a/{x:even}/{y}", &p, NULL);
	stile_arena_free(a);
	return rc;
}

Test(pattern, without_memory)
{
	cr_expect_geq(torture(parse_with_little), ALLOCATIONS(3));
}
