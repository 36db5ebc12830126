/* SPDX-License-Identifier: ISC */
/* lib/codec/urlencoded.c: the URL standard's vectors, our limits, no NUL. */
#include "unit.h"

#include "stile/base64.h"
#include "stile/table.h"
#include "stile/urlencoded.h"

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

TestSuite(urlencoded, .init = setup, .fini = teardown);

/* "[a][b]..." for name a, value b; or NULL with *e filled. */
static const char *
pairs(struct stile_str text, size_t max, struct stile_error *e)
{
	struct stile_buf	*b = stile_buf_new(arena, 1 << 20);
	struct stile_table	*t = NULL;
	struct stile_str	 name, value;
	size_t			 i;

	memset(e, 0, sizeof(*e));
	if (stile_urlencoded_parse(arena, text, max, &t, e) != STILE_OK) {
		cr_assert(t == NULL && e->code != STILE_OK);
		return NULL;
	}
	cr_assert(t != NULL && e->code == STILE_OK);
	for (i = 0; stile_table_at(t, i, &name, &value); i++) {
		cr_assert_eq(strlen(name.p), name.len);
		cr_assert_eq(strlen(value.p), value.len);
		stile_buf_printf(b, "[%s][%s]", name.p, value.p);
	}
	return stile_buf_view(b).p;
}

Test(urlencoded, pairs)
{
	static const char *const cases[][2] = {
		{ "",			"" },
		{ "a=1&b=2",		"[a][1][b][2]" },
		{ "a=1;b=2",		"[a][1;b=2]" },
		{ "a",			"[a][]" },
		{ "=d",			"[][d]" },
		{ "=",			"[][]" },
		{ "&&a=1&&",		"[a][1]" },
		{ "a=b=c",		"[a][b=c]" },
		{ "a=1&a=2",		"[a][1][a][2]" },
		{ "a+b=c+d%2B",		"[a b][c d+]" },
		{ "%26=%3D",		"[&][=]" },
		{ "a=%2525",		"[a][%25]" },
		{ "a=%&b=%4&c=%zz",	"[a][%][b][%4][c][%zz]" },
		{ "a=%E2%82%AC",	"[a][\xE2\x82\xAC]" },
		{ "a=\xE2\x82\xAC",	"[a][\xE2\x82\xAC]" },
		{ "a=%FF%E2%82x",	"[a][\xEF\xBF\xBD\xEF\xBF\xBDx]" },
		{ "\xFF=\xC0\xAF", "[\xEF\xBF\xBD][\xEF\xBF\xBD\xEF\xBF\xBD]" },
		{ "a=%ED%A0%80",
		    "[a][\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD]" },
		{ "a=%0A%0D",		"[a][\n\r]" },
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_STR(pairs(stile_str(cases[i][0]), 100, &e), cases[i][1],
		    "%s", cases[i][0]);
	EXPECT_STR(pairs(stile_str(NULL), 100, &e), "", "no string");
}

Test(urlencoded, no_nul)
{
	static const struct stile_str	cases[] = {
		STILE_STR_INIT("a=%00"), STILE_STR_INIT("%00=a"),
		STILE_STR_INIT("a=1&b=x%00y"), STILE_STR_INIT("a=\0"),
		STILE_STR_INIT("a\0=1"),
	};
	struct stile_error	e;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		cr_expect(pairs(cases[i], 100, &e) == NULL, "%zu", i);
		cr_expect_eq(e.code, STILE_ESYNTAX, "%zu", i);
		cr_expect_eq(e.status, 400, "%zu", i);
	}
	EXPECT_STR(pairs(STR("a=%2500"), 100, &e), "[a][%00]", "once only");
}

Test(urlencoded, no_more_than_the_maximum)
{
	struct stile_error	e;

	EXPECT_STR(pairs(STR("a&b&&&c"), 3, &e), "[a][][b][][c][]", "exactly");
	cr_expect(pairs(STR("a&b&c&d"), 3, &e) == NULL);
	cr_expect_eq(e.code, STILE_ETOOBIG);
	cr_expect_eq(e.status, 413);
	EXPECT_STR(e.detail, "params_max: at most 3 parameters are accepted",
	    "detail");
	EXPECT_STR(pairs(STR(""), 0, &e), "", "none of none");
	cr_expect(pairs(STR("a"), 0, &e) == NULL);
}

static void
parse_any(struct stile_str s)
{
	struct stile_error	e;

	pairs(s, 4, &e);
	stile_arena_reset(arena);
}

Test(urlencoded, prefixes)
{
	each_prefix(STR("a=%41%zz&%&=&b+%4=%E2%82%AC%FF&\xE2\x82=%2&x&y&z"),
	    parse_any);
	each_prefix(STR("%"), parse_any);
	each_prefix(STR("a%4"), parse_any);
	each_prefix(STR("a%00"), parse_any);
}

Test(urlencoded, vectors_byte_by_byte)
{
	each_text(vectors("urlencoded.json"), parse_any);
	each_text(vectors("django_url_match.json"), parse_any);
}

Test(urlencoded, what_is_written_reads_the_same)
{
	static const char *const cases[][2] = {
		{ "a", "b" }, { "", "" }, { "a b", "c+d" }, { "&=", "=&;%" },
		{ "\xE2\x82\xAC", "%41" }, { "\n", "\x7F" },
	};
	struct stile_buf	*b, *want;
	struct stile_error	 e;
	size_t			 i;

	b = stile_buf_new(arena, 1000);
	want = stile_buf_new(arena, 1000);
	for (i = 0; i < NELEM(cases); i++) {
		stile_urlencoded_add(b, stile_str(cases[i][0]),
		    stile_str(cases[i][1]));
		stile_buf_printf(want, "[%s][%s]", cases[i][0], cases[i][1]);
	}
	EXPECT_STR(stile_buf_view(b).p, "a=b&=&a%20b=c%2Bd&%26%3D=%3D%26%3B%25"
	    "&%E2%82%AC=%2541&%0A=%7F", "written");
	EXPECT_STR(pairs(stile_buf_view(b), 100, &e), stile_buf_view(want).p,
	    "read again");
}

Test(urlencoded, vectors)
{
	struct json_object	*all = vectors("urlencoded.json"), *c, *out, *p;
	struct stile_buf	*want = stile_buf_new(arena, 1000);
	struct stile_error	 e;
	const char		*in;
	size_t			 i, k, n = json_object_array_length(all);

	for (i = 0; i < n; i++) {
		c = json_object_array_get_idx(all, i);
		in = json_object_get_string(json_object_object_get(c, "input"));
		out = json_object_object_get(c, "output");
		stile_buf_clear(want);
		for (k = 0; k < json_object_array_length(out); k++) {
			p = json_object_array_get_idx(out, k);
			stile_buf_printf(want, "[%s][%s]",
			    json_object_get_string(
			    json_object_array_get_idx(p, 0)),
			    json_object_get_string(
			    json_object_array_get_idx(p, 1)));
		}
		EXPECT_STR(pairs(stile_str(in), 100, &e),
		    stile_buf_view(want).p, "%s", in);
	}
	vectors_played("urlencoded.json", "-", i);
	json_object_put(all);
}

/* What Werkzeug has otherwise, by the place among all of its forms. */
static const struct {
	size_t		 i;
	const char	*why;
} others[] = {
	{ 1, "a limit of bytes is one of the body" },
	{ 8, "what is not UTF-8 becomes U+FFFD, and is not dropped" },
};

static bool
is_other(size_t i)
{
	size_t	k;

	for (k = 0; k < NELEM(others); k++)
		if (others[k].i == i)
			return true;
	return false;
}

/* Its forms of this type; those of the other one are in test_multipart.c. */
Test(urlencoded, vectors_werkzeug)
{
	static const char	 type[] = "application/x-www-form-urlencoded";
	struct json_object	*all = vectors("werkzeug_multipart.json");
	struct json_object	*cases, *c, *body, *fields, *pair;
	struct stile_buf	*want = stile_buf_new(arena, 1000);
	struct stile_error	 e;
	struct stile_str	 text;
	const char		*got;
	size_t			 i, k, played = 0;

	cases = json_object_object_get(json_object_object_get(all, "cases"),
	    "form.parse");
	for (i = 0; i < json_object_array_length(cases); i++) {
		c = json_object_array_get_idx(cases, i);
		if (strcmp(json_object_get_string(json_object_object_get(c,
		    "mimetype")), type) != 0)
			continue;
		body = json_object_object_get(c, "body");
		text = stile_str(json_object_get_string(
		    json_object_object_get(body, "bytes")));
		if (text.p == NULL)
			text.p = stile_base64_decode(arena, stile_str(
			    json_object_get_string(json_object_object_get(body,
			    "bytes_b64"))), STILE_BASE64_STD, &text.len);
		fields = json_object_object_get(json_object_object_get(c,
		    "result"), "fields");
		stile_buf_clear(want);
		for (k = 0; fields != NULL &&
		    k < json_object_array_length(fields); k++) {
			pair = json_object_array_get_idx(fields, k);
			stile_buf_printf(want, "[%s][%s]",
			    json_object_get_string(
			    json_object_array_get_idx(pair, 0)),
			    json_object_get_string(
			    json_object_array_get_idx(pair, 1)));
		}
		got = pairs(text, 100, &e);
		cr_expect_eq(got != NULL && fields != NULL &&
		    strcmp(got, stile_buf_view(want).p) == 0, !is_other(i),
		    "%zu: %s", i, got);
		played++;
	}
	vectors_played("werkzeug_multipart.json",
	    "application/x-www-form-urlencoded", played);
	json_object_put(all);
}

static enum stile_err
scenario(void)
{
	static char		 text[3000];
	struct stile_error	 e = { 0 };
	struct stile_table	*t = NULL;
	struct stile_arena	*a;
	enum stile_err		 rc;
	size_t			 i;

	for (i = 0; i + 10 <= sizeof(text); i += 10)
		memcpy(text + i, "&n+=%41%FF", 10);
	if ((a = stile_arena_new(0)) == NULL)
		return STILE_ENOMEM;
	rc = stile_urlencoded_parse(a, (struct stile_str){ text,
	    sizeof(text) }, 10000, &t, &e);
	cr_expect_eq(rc, e.code);
	if (rc == STILE_OK)
		cr_expect_eq(stile_table_count(t), sizeof(text) / 10);
	else
		cr_expect(t == NULL && e.status == 503);
	stile_arena_free(a);
	return rc;
}

Test(urlencoded, survives_every_allocation_failure)
{
	cr_expect_gt(torture(scenario), 5);
}
