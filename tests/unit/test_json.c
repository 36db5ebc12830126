/* SPDX-License-Identifier: ISC */
/* lib/codec/json.c: RFC 8259 and our own rules on top, on the way in. */
#include "unit.h"

#include "stile/json.h"

/* 0, or what is wrong; *ret is what was read, or NULL. */
static enum stile_err
parse(struct stile_str text, unsigned depth, struct json_object **ret,
    struct stile_error *e)
{
	struct json_object	*j = NULL;
	enum stile_err		 rc;

	memset(e, 0, sizeof(*e));
	rc = stile_json_parse(text, depth, &j, e);
	if (rc != STILE_OK)
		cr_assert(j == NULL, "written on success only");
	cr_assert_eq(rc, e->code);
	*ret = j;
	return rc;
}

static enum stile_err
check(struct stile_str text, unsigned depth)
{
	struct json_object	*j;
	struct stile_error	 e;
	enum stile_err		 rc = parse(text, depth, &j, &e);

	json_object_put(j);
	return rc;
}

Test(json, accepted)
{
	static const char *const cases[][2] = {
		{ "null",		"null" },
		{ " true\n",		"true" },
		{ "false",		"false" },
		{ "\"\"",		"\"\"" },
		{ "\"\\u00e4\\uD83D\\uDE00\"",
		    "\"\xC3\xA4\xF0\x9F\x98\x80\"" },
		{ "\"\\/\"",		"\"/\"" },
		{ "-0",			"0" },
		{ "9223372036854775807", "9223372036854775807" },
		{ "-9223372036854775808", "-9223372036854775808" },
		{ "1.5",		"1.5" },
		{ "1e2",		"1e2" },
		{ "[]",			"[]" },
		{ "{}",			"{}" },
		{ "[[],{},[{}]]",	"[[],{},[{}]]" },
		{ "\t[ 1 , 2 ]\r\n",	"[1,2]" },
		{ "{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":2}",
		    "{\"a\":{\"b\":[1,{\"c\":null}]},\"d\":2}" },
		{ "{\"\":1}",		"{\"\":1}" },
	};
	struct json_object	*j;
	struct stile_error	 e;
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		cr_expect_eq(parse(stile_str(cases[i][0]), 0, &j, &e), STILE_OK,
		    "%s: %s", cases[i][0], e.detail);
		EXPECT_STR(json_object_to_json_string_ext(j,
		    JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE),
		    cases[i][1], "%s", cases[i][0]);
		json_object_put(j);
	}
}

/* The value's end, for what is looked at byte by byte. */
Test(json, a_nul_in_a_string_is_kept)
{
	struct json_object	*j;
	struct stile_error	 e;

	cr_assert_eq(parse(STR("\"a\\u0000b\""), 0, &j, &e), STILE_OK);
	cr_expect_eq(json_object_get_string_len(j), 3);
	cr_expect_arr_eq(json_object_get_string(j), "a\0b", 4);
	json_object_put(j);
}

#define TEXT(s)	STILE_STR_INIT(s)

static const struct {
	struct stile_str	 text;
	enum stile_err		 rc;
	const char		*detail;
} refused[] = {
	{ TEXT(""),		STILE_ESYNTAX,	"byte 1: a value" },
	{ TEXT("  "),		STILE_ESYNTAX,	"byte 3: a value" },
	{ TEXT("\0"),		STILE_ESYNTAX,	"byte 1: not a value" },
	{ TEXT("1\0"),		STILE_ESYNTAX,	"byte 2: something after" },
	{ TEXT("{}\0"),		STILE_ESYNTAX,	"byte 3: something after" },
	{ TEXT("[1]x"),		STILE_ESYNTAX,	"byte 4: something after" },
	{ TEXT("{} {}"),	STILE_ESYNTAX,	"byte 4: something after" },
	{ TEXT("1 2"),		STILE_ESYNTAX,	"byte 3: something after" },
	{ TEXT("\xEF\xBB\xBF{}"), STILE_ESYNTAX, "byte 1: not a value" },
	{ TEXT("'a'"),		STILE_ESYNTAX,	"byte 1: not a value" },
	{ TEXT("{'a':1}"),	STILE_ESYNTAX,	"byte 2: a member's name" },
	{ TEXT("{a:1}"),	STILE_ESYNTAX,	"byte 2: a member's name" },
	{ TEXT("{\"a\" 1}"),	STILE_ESYNTAX,	"byte 6: ':'" },
	{ TEXT("{\"a\":1,}"),	STILE_ESYNTAX,	"byte 8: a member's name" },
	{ TEXT("[1,]"),		STILE_ESYNTAX,	"byte 4: not a value" },
	{ TEXT("[1 2]"),	STILE_ESYNTAX,	"byte 4: ',' or ']'" },
	{ TEXT("[1}"),		STILE_ESYNTAX,	"byte 3: ',' or ']'" },
	{ TEXT("{\"a\":1]"),	STILE_ESYNTAX,	"byte 7: ',' or '}'" },
	{ TEXT("[,1]"),		STILE_ESYNTAX,	"byte 2: not a value" },
	{ TEXT("]"),		STILE_ESYNTAX,	"byte 1: not a value" },
	{ TEXT("NaN"),		STILE_ESYNTAX,	"byte 1: not a value" },
	{ TEXT("Infinity"),	STILE_ESYNTAX,	"byte 1: not a value" },
	{ TEXT("nul"),		STILE_ESYNTAX,	"byte 1: not a value" },
	{ TEXT("True"),		STILE_ESYNTAX,	"byte 1: not a value" },
	{ TEXT("truex"),	STILE_ESYNTAX,	"byte 5: something after" },
	{ TEXT("01"),		STILE_ESYNTAX,	"byte 1: not a number" },
	{ TEXT("+1"),		STILE_ESYNTAX,	"byte 1: not a number" },
	{ TEXT(".5"),		STILE_ESYNTAX,	"byte 1: not a number" },
	{ TEXT("1."),		STILE_ESYNTAX,	"byte 1: not a number" },
	{ TEXT("0x1"),		STILE_ESYNTAX,	"byte 2: something after" },
	{ TEXT("9223372036854775808"), STILE_ERANGE, "byte 1: an integer" },
	{ TEXT("-9223372036854775809"), STILE_ERANGE, "byte 1: an integer" },
	{ TEXT("[99999999999999999999]"), STILE_ERANGE, "byte 2: an integer" },
	{ TEXT("1e400"),	STILE_ERANGE,	"byte 1: a number" },
	{ TEXT("[-1.5e999]"),	STILE_ERANGE,	"byte 2: a number" },
	{ TEXT("\"a"),		STILE_ESYNTAX,	"byte 3: a string without" },
	{ TEXT("\"\n\""),	STILE_ESYNTAX,	"byte 2: a control" },
	{ TEXT("\"\0\""),	STILE_ESYNTAX,	"byte 2: a control" },
	{ TEXT("\"\\x\""),	STILE_ESYNTAX,	"byte 3: an unknown" },
	{ TEXT("\"\\u12g4\""),	STILE_ESYNTAX,	"byte 3: a \\u" },
	{ TEXT("\"\\"),		STILE_ESYNTAX,	"byte 3: an unknown" },
	{ TEXT("\"\xFF\""),	STILE_ESYNTAX,	"byte 2: not UTF-8" },
	{ TEXT("\"\xC0\x80\""),	STILE_ESYNTAX,	"byte 2: not UTF-8" },
	{ TEXT("\"\xED\xA0\x80\""), STILE_ESYNTAX, "byte 2: not UTF-8" },
	{ TEXT("\"a\xE2\x82\""), STILE_ESYNTAX,	"byte 3: not UTF-8" },
	{ TEXT("{\"\xFF\":1}"),	STILE_ESYNTAX,	"byte 3: not UTF-8" },
	{ TEXT("// c\n1"),	STILE_ESYNTAX,	"byte 1: not a value" },
	{ TEXT("[1/**/]"),	STILE_ESYNTAX,	"byte 3: ',' or ']'" },
	{ TEXT("\v1"),		STILE_ESYNTAX,	"byte 1: not a value" },
	/* A name is a C string further on. */
	{ TEXT("{\"a\\u0000b\":1}"), STILE_ESYNTAX, "byte 2: a NUL in a" },
};

Test(json, refused)
{
	struct json_object	*j;
	struct stile_error	 e;
	const char		*t;
	size_t			 i;

	for (i = 0; i < NELEM(refused); i++) {
		t = refused[i].text.p;
		cr_expect_eq(parse(refused[i].text, 0, &j, &e), refused[i].rc,
		    "%s: %s", t, e.detail);
		cr_expect_eq(e.status, 400, "%s", t);
		cr_expect(strstr(e.detail, refused[i].detail) != NULL,
		    "%s: \"%s\"", t, e.detail);
		json_object_put(j);
		cr_expect_eq(stile_json_parse(refused[i].text, 0, &j, NULL),
		    refused[i].rc, "%s, not asked why", t);
	}
	cr_expect_eq(check(stile_str(NULL), 0), STILE_ESYNTAX);
}

Test(json, names_twice)
{
	static const struct {
		const char	*text;
		bool		 twice;
	} cases[] = {
		{ "{\"a\":1,\"a\":2}",				true },
		{ "{\"a\":1,\"a\":1}",				true },
		{ "{\"a\":1,\"\\u0061\":1}",			true },
		{ "{\"\":1,\"\":1}",				true },
		{ "{\"a\":1,\"b\":2,\"a\":3}",			true },
		{ "{\"a\":{\"b\":1,\"b\":2}}",			true },
		{ "{\"a\":{\"b\":1},\"a\":{\"b\":1,\"c\":2}}",	true },
		{ "[{\"a\":1},[{\"a\":1,\"a\":2}]]",		true },
		{ "[[[{\"x\":{\"y\":[{\"a\":1,\"a\":2}]}}]]]",	true },
		{ "{\"a\":1,\"A\":2}",				false },
		{ "{\"a\":{\"a\":{\"a\":1}}}",			false },
		{ "{\"a\":1,\"b\":{\"a\":1,\"b\":2}}",		false },
		{ "[{\"a\":1},{\"a\":1},{\"a\":[{\"a\":1}]}]",	false },
		{ "{\"a\":1,\"a\\\\u0000\":2}",			false },
	};
	struct json_object	*j;
	struct stile_error	 e;
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		cr_expect_eq(parse(stile_str(cases[i].text), 0, &j, &e),
		    cases[i].twice ? STILE_ESYNTAX : STILE_OK, "%s: %s",
		    cases[i].text, e.detail);
		if (cases[i].twice)
			EXPECT_STR(e.detail,
			    "json: an object has the same name twice", "%s",
			    cases[i].text);
		json_object_put(j);
	}
}

/* n levels of [ or {"a": or both in turn, with a scalar or nothing inside. */
static struct stile_str
nested(struct stile_arena *a, unsigned n, const char *kind, const char *inner)
{
	struct stile_buf	*b = stile_buf_new(a, 1 << 20);
	unsigned		 i;
	char			 c;

	for (i = 0; i < n; i++) {
		c = kind[i % strlen(kind)];
		stile_buf_puts(b, c == '[' ? "[" :
		    i + 1 < n || *inner != '\0' ? "{\"a\":" : "{");
	}
	stile_buf_puts(b, inner);
	while (i-- > 0)
		stile_buf_putc(b, kind[i % strlen(kind)] == '[' ? ']' : '}');
	return stile_buf_view(b);
}

Test(json, depth)
{
	static const struct {
		unsigned	max, real;
	} cases[] = {
		{ 1, 1 }, { 2, 2 }, { 7, 7 }, { 8, 8 }, { 9, 9 }, { 0, 32 },
		{ 32, 32 }, { 255, 255 }, { 256, 256 }, { 257, 256 },
		{ UINT_MAX, 256 },
	};
	static const char *const kinds[] = { "[", "{", "[{", "{[", "[[{" };
	static const char *const inner[] = { "", "1", "\"s\"", "null", "1.5" };
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_error	 e;
	struct json_object	*j;
	size_t			 i, k, m;

	for (i = 0; i < NELEM(cases); i++)
		for (k = 0; k < NELEM(kinds); k++)
			for (m = 0; m < NELEM(inner); m++) {
				cr_expect_eq(check(nested(a, cases[i].real,
				    kinds[k], inner[m]), cases[i].max),
				    STILE_OK, "%u %s %s", cases[i].real,
				    kinds[k], inner[m]);
				cr_expect_eq(parse(nested(a, cases[i].real + 1,
				    kinds[k], inner[m]), cases[i].max, &j, &e),
				    STILE_ETOOBIG, "%u %s %s", cases[i].real,
				    kinds[k], inner[m]);
				cr_expect_eq(e.status, 400);
			}
	cr_expect_eq(check(STR("1"), 1), STILE_OK);
	/* However deep it is said to be */
	cr_expect_eq(check(nested(a, 100000, "[", ""), 0), STILE_ETOOBIG);
	stile_arena_free(a);
}

/* No prefix of an object or an array is a value. */
static void
only_the_whole(struct stile_str s)
{
	size_t	depth = 0, i;
	bool	whole = s.len > 0 && (s.p[s.len - 1] == ']');

	for (i = 0; i < s.len; i++)
		if (s.p[i] == '[')
			depth++;
		else if (s.p[i] == ']')
			depth--;
	cr_assert_eq(check(s, 0), whole && depth == 0 ? STILE_OK :
	    STILE_ESYNTAX, "%.*s", STILE_STR_ARG(s));
}

static void
no_crash(struct stile_str s)
{
	struct json_object	*j;
	struct stile_error	 e;

	parse(s, 0, &j, &e);
	json_object_put(j);
}

Test(json, prefixes)
{
	size_t	i;

	each_prefix(STR("[{\"n\\u00e4\":[-1.5e+10,true,false,null],\"s\":"
	    "\"\\\"\\\\\xE2\x82\xAC\\uD83D\\uDE00\"},{},[ ],\t0\n]"),
	    only_the_whole);
	for (i = 0; i < NELEM(refused); i++)
		each_prefix(refused[i].text, no_crash);
}

Test(json, number_at_the_end_of_memory)
{
	each_prefix(STR("-123"), no_crash);
	each_prefix(STR("12.25E-3"), no_crash);
	each_prefix(STR("true"), no_crash);
	each_prefix(STR("\"\\u0041\""), no_crash);
}

static size_t
unbase64(const char *s, char *out)
{
	static const char	set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t		v = 0;
	size_t			n = 0;
	int			bits = 0;

	for (; *s != '\0' && *s != '='; s++) {
		v = v << 6 | (uint32_t)(strchr(set, *s) - set);
		if ((bits += 6) >= 8)
			out[n++] = (char)(v >> (bits -= 8));
	}
	return n;
}

/* Where we are stricter than RFC 8259 asks, on purpose. */
static const char *const stricter[] = {
	"y_object_duplicated_key.json",
	"y_object_duplicated_key_and_value.json",
	"y_object_escaped_null_in_key.json",	/* a name is a C string */
};

static bool
is_stricter(const char *name)
{
	size_t	i;

	for (i = 0; i < NELEM(stricter); i++)
		if (strcmp(name, stricter[i]) == 0)
			return true;
	return false;
}

Test(json, vectors)
{
	struct json_object	*all = vectors("json_parsing.json"), *cases, *c;
	const char		*name, *expect, *b64;
	struct stile_str	 text;
	enum stile_err		 rc;
	char			*p;
	size_t			 i, n;

	cases = json_object_object_get(all, "cases");
	n = json_object_array_length(cases);
	for (i = 0; i < n; i++) {
		c = json_object_array_get_idx(cases, i);
		name = json_object_get_string(json_object_object_get(c,
		    "name"));
		expect = json_object_get_string(json_object_object_get(c,
		    "expect"));
		b64 = json_object_get_string(json_object_object_get(c, "b64"));
		p = malloc(strlen(b64) + 1);
		text = (struct stile_str){ p, unbase64(b64, p) };
		rc = check(text, 0);
		if (is_stricter(name))
			cr_expect_eq(rc, STILE_ESYNTAX, "%s", name);
		else if (strcmp(expect, "accept") == 0)
			cr_expect_eq(rc, STILE_OK, "%s", name);
		else if (strcmp(expect, "reject") == 0)
			cr_expect_neq(rc, STILE_OK, "%s", name);
		if (text.len < 1000)
			each_prefix(text, no_crash);
		free(p);
	}
	vectors_played("json_parsing.json", "cases", i);
	json_object_put(all);
}
