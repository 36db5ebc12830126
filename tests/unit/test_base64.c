/* SPDX-License-Identifier: ISC */
/* lib/base/base64.c: RFC 4648, one text for one string of bytes. */
#include "unit.h"

#include "base/base64.h"

#define STD	STILE_BASE64_STD
#define URL	STILE_BASE64_URL

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

TestSuite(base64, .init = setup, .fini = teardown);

static struct stile_str
encode(struct stile_str s, enum stile_base64 kind)
{
	struct stile_buf	*b = stile_buf_new(arena, 1 << 20);

	stile_base64_encode(b, s, kind);
	cr_expect_eq(stile_buf_err(b), STILE_OK);
	return stile_buf_view(b);
}

static enum stile_err
decode(struct stile_str s, enum stile_base64 kind, struct stile_str *ret)
{
	enum stile_err	rc;
	char		*p, *q;
	size_t		 len = 99, n;

	rc = stile__base64_decode(arena, s, kind, &p, &len);
	/* The public one is the same without a reason. */
	q = stile_base64_decode(arena, s, kind, &n);
	cr_assert_eq(q != NULL, rc == STILE_OK);
	if (rc != STILE_OK) {
		cr_assert_eq(len, 99);
		return rc;
	}
	*ret = (struct stile_str){ p, len };
	cr_assert(n == len && memcmp(p, q, len + 1) == 0);
	cr_assert_eq(p[len], '\0');
	return rc;
}

Test(base64, both_ways)
{
	static const struct {
		struct stile_str	 bytes;
		const char		*std, *url;
	} cases[] = {
		/* RFC 4648, section 10 */
		{ STILE_STR_INIT(""),		"",		"" },
		{ STILE_STR_INIT("f"),		"Zg==",		"Zg" },
		{ STILE_STR_INIT("fo"),		"Zm8=",		"Zm8" },
		{ STILE_STR_INIT("foo"),	"Zm9v",		"Zm9v" },
		{ STILE_STR_INIT("foob"),	"Zm9vYg==",	"Zm9vYg" },
		{ STILE_STR_INIT("fooba"),	"Zm9vYmE=",	"Zm9vYmE" },
		{ STILE_STR_INIT("foobar"),	"Zm9vYmFy",	"Zm9vYmFy" },
		{ STILE_STR_INIT("\0"),		"AA==",		"AA" },
		{ STILE_STR_INIT("\0\0\0"),	"AAAA",		"AAAA" },
		{ STILE_STR_INIT("\xFF\xFF\xFF"), "////",	"____" },
		{ STILE_STR_INIT("\xFB\xEF\xBE"), "++++",	"----" },
		{ STILE_STR_INIT("\xFF\xFE"),	"//4=",		"__4" },
	};
	struct stile_str	got;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		EXPECT_STR(encode(cases[i].bytes, STD).p, cases[i].std,
		    "encode %zu", i);
		EXPECT_STR(encode(cases[i].bytes, URL).p, cases[i].url,
		    "encode %zu for URLs", i);
		got = STR("untouched");
		cr_expect_eq(decode(stile_str(cases[i].std), STD,
		    &got), STILE_OK, "%zu", i);
		cr_expect(stile_str_eq(got, cases[i].bytes), "%zu", i);
		got = STR("untouched");
		cr_expect_eq(decode(stile_str(cases[i].url), URL,
		    &got), STILE_OK, "%zu", i);
		cr_expect(stile_str_eq(got, cases[i].bytes), "%zu", i);
	}
	cr_expect_eq(decode(stile_str(NULL), STD, &got), STILE_OK);
	cr_expect_eq(got.len, 0);
	EXPECT_STR(encode(stile_str(NULL), STD).p, "", "no string");
}

Test(base64, all_bytes)
{
	char			all[256 + 255];
	struct stile_str	s = { all, 0 }, got;
	enum stile_base64	kind;
	size_t			i;

	for (i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	for (kind = STD; kind <= URL; kind++)
		for (s.len = 0; s.len < sizeof(all); s.len++) {
			got = STR("untouched");
			cr_expect_eq(decode(encode(s, kind), kind, &got),
			    STILE_OK);
			cr_expect(stile_str_eq(got, s), "%zu bytes", s.len);
		}
}

Test(base64, refuses)
{
	static const struct {
		struct stile_str	text;
		enum stile_base64	kind;
	} cases[] = {
		/* Not filled up, or with too much. */
		{ STILE_STR_INIT("Zg"), STD },
		{ STILE_STR_INIT("Zg="), STD },
		{ STILE_STR_INIT("Zg==="), STD },
		{ STILE_STR_INIT("Zg======"), STD },
		{ STILE_STR_INIT("Zm8"), STD },
		{ STILE_STR_INIT("Zm9v="), STD },
		{ STILE_STR_INIT("Zm9v===="), STD },
		{ STILE_STR_INIT("Z==="), STD },
		{ STILE_STR_INIT("===="), STD },
		{ STILE_STR_INIT("="), STD },
		{ STILE_STR_INIT("Z"), STD },
		{ STILE_STR_INIT("Zg==Zg=="), STD },
		{ STILE_STR_INIT("Zg=v"), STD },
		{ STILE_STR_INIT("Zg=="), URL },
		{ STILE_STR_INIT("Zm8="), URL },
		{ STILE_STR_INIT("Z"), URL },
		{ STILE_STR_INIT("Zm9vY"), URL },
		{ STILE_STR_INIT("="), URL },
		/* Bits left over. */
		{ STILE_STR_INIT("Zh=="), STD },
		{ STILE_STR_INIT("Zm9="), STD },
		{ STILE_STR_INIT("/x=="), STD },
		{ STILE_STR_INIT("Zh"), URL },
		{ STILE_STR_INIT("Zm9"), URL },
		/* The other alphabet, or none. */
		{ STILE_STR_INIT("____"), STD },
		{ STILE_STR_INIT("----"), STD },
		{ STILE_STR_INIT("////"), URL },
		{ STILE_STR_INIT("++++"), URL },
		{ STILE_STR_INIT("Zm9v\n"), STD },
		{ STILE_STR_INIT("Zm9v\r\nYmFy"), STD },
		{ STILE_STR_INIT(" Zm9"), STD },
		{ STILE_STR_INIT("Zm 9vYmF"), STD },
		{ STILE_STR_INIT("Zm9\0"), STD },
		{ STILE_STR_INIT("Zm9\xC3"), STD },
		{ STILE_STR_INIT("Zm9."), URL },
		{ STILE_STR_INIT("@[`{"), STD },
	};
	struct stile_str	got;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		got = STR("untouched");
		cr_expect_eq(decode(cases[i].text, cases[i].kind, &got),
		    STILE_ESYNTAX, "%.*s", STILE_STR_ARG(cases[i].text));
		cr_expect(view_is(got, "untouched"));
	}
}

/* What is read is what would be written. */
static void
decode_any(struct stile_str s)
{
	struct stile_str	got;
	enum stile_base64	kind;

	for (kind = STD; kind <= URL; kind++) {
		if (decode(s, kind, &got) == STILE_OK)
			cr_assert(stile_str_eq(encode(got, kind), s));
		cr_assert(encode(s, kind).p != NULL);
	}
	stile_arena_reset(arena);
}

Test(base64, prefixes)
{
	each_prefix(STR("Zm9vYmFyZm9vYg=="), decode_any);
	each_prefix(STR("_-_-AAA"), decode_any);
	each_prefix(STR("Zm9v Ymd="), decode_any);
}

/* Every text of four characters that matter. */
Test(base64, one_text_for_one_string)
{
	static const char	set[] = "AQgw/+-_=B8";
	char			text[4];
	size_t			i, n = sizeof(set) - 1;

	for (i = 0; i < n * n * n * n; i++) {
		text[0] = set[i % n];
		text[1] = set[i / n % n];
		text[2] = set[i / n / n % n];
		text[3] = set[i / n / n / n];
		decode_any((struct stile_str){ text, 4 });
	}
}

Test(base64, a_full_buffer)
{
	struct stile_buf	*b = stile_buf_new(arena, 7);

	stile_base64_encode(b, STR("foobar"), STD);
	cr_expect_eq(stile_buf_err(b), STILE_ETOOBIG);
	EXPECT_STR(stile_buf_view(b).p, "Zm9v", "whole groups");
}

static enum stile_err
scenario(void)
{
	struct stile_arena	*a;
	enum stile_err		 rc = STILE_ENOMEM;
	char			*p;
	size_t			 len;

	if ((a = stile_arena_new(0)) == NULL)
		return rc;
	rc = stile__base64_decode(a, STR("Zm9vYmFy"), STD, &p, &len);
	stile_arena_free(a);
	return rc;
}

Test(base64, survives_every_allocation_failure)
{
	cr_expect_gt(torture(scenario), 1);
}
