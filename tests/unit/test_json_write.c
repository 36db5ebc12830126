/* SPDX-License-Identifier: ISC */
/* lib/codec/json_write.c: whatever is written is JSON. */
#include "comma.h"

#include <float.h>
#include <math.h>

#include "stile/json.h"

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

TestSuite(json_write, .init = setup, .fini = teardown);

/* A value as text, which has to be read again. */
static const char *
json(struct stile_value v)
{
	struct stile_buf	*b = stile_buf_new(arena, 1 << 20);
	struct json_object	*j = NULL;
	struct stile_error	 e = { 0 };

	stile_json_write(b, v);
	cr_assert_eq(stile_buf_err(b), STILE_OK);
	cr_expect_eq(stile_json_parse(stile_buf_view(b), 0, &j, &e), STILE_OK,
	    "%s: %s", stile_buf_view(b).p, e.detail);
	json_object_put(j);
	return stile_buf_view(b).p;
}

Test(json_write, scalars)
{
	EXPECT_STR(json(stile_null()), "null", "null");
	EXPECT_STR(json(stile_bool(true)), "true", "true");
	EXPECT_STR(json(stile_bool(false)), "false", "false");
	EXPECT_STR(json(stile_int(0)), "0", "0");
	EXPECT_STR(json(stile_int(-10)), "-10", "-10");
	EXPECT_STR(json(stile_int(INT64_MAX)), "9223372036854775807", "max");
	EXPECT_STR(json(stile_int(INT64_MIN)), "-9223372036854775808", "min");
	EXPECT_STR(json(stile_text("")), "\"\"", "empty");
	EXPECT_STR(json(stile_text("a/b \xC3\xA4")), "\"a/b \xC3\xA4\"",
	    "text");
}

Test(json_write, strings)
{
	EXPECT_STR(json(stile_text_str(STR("\"\\\b\f\n\r\t\0\x1F\x7F"))),
	    "\"\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\x7F\"", "escapes");
	EXPECT_STR(json(stile_text("a\xFFz\xE2\x82")),
	    "\"a\xEF\xBF\xBDz\xEF\xBF\xBD\"", "not UTF-8");
	EXPECT_STR(json(stile_text("\xED\xA0\x80")),
	    "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"", "surrogate");
}

Test(json_write, every_byte_makes_a_string)
{
	char			 s[2];
	int			 c, d;

	for (c = 0; c < 256; c++)
		for (d = 0; d < 256; d += 5) {
			s[0] = (char)c;
			s[1] = (char)d;
			json(stile_text_str((struct stile_str){ s, 2 }));
			stile_arena_reset(arena);
		}
}

/* What stands for it at any place of a text is what stands for it alone. */
static void
expect_anywhere(struct stile_str c)
{
	char	text[40], want[80], alone[20];
	size_t	at, len;

	snprintf(alone, sizeof(alone), "%s", json(stile_text_str(c)));
	alone[strlen(alone) - 1] = '\0';
	for (len = 0; len < 20; len++)
		for (at = 0; at <= len; at++) {
			memset(text, 'x', sizeof(text));
			memcpy(text + at, c.p, c.len);
			snprintf(want, sizeof(want), "\"%.*s%s%.*s\"", (int)at,
			    "xxxxxxxxxxxxxxxxxxxx", alone + 1, (int)(len - at),
			    "xxxxxxxxxxxxxxxxxxxx");
			EXPECT_STR(json(stile_text_str((struct stile_str){
			    text, len + c.len })), want, "%s at %zu of %zu",
			    alone, at, len);
		}
	stile_arena_reset(arena);
}

Test(json_write, long_texts_as_short_ones)
{
	static const char	*const chars[] = { "\xC3\xA4", "\xE2\x82\xAC",
	    "\xF0\x9F\x98\x80", "\xED\xA0\x80", "\xE2\x82", "\"\"" };
	size_t			 i;
	char			 c;
	int			 byte;

	for (byte = 0; byte < 256; byte++) {
		c = (char)byte;
		expect_anywhere((struct stile_str){ &c, 1 });
	}
	for (i = 0; i < sizeof(chars) / sizeof(*chars); i++)
		expect_anywhere(stile_str(chars[i]));
}

Test(json_write, doubles_are_short_and_exact)
{
	static const struct {
		double		 d;
		const char	*want;
	} cases[] = {
		{ 0, "0.0" }, { 1, "1.0" }, { -2, "-2.0" }, { 0.1, "0.1" },
		{ 1.5, "1.5" }, { 1e15, "1e+15" }, { 1e100, "1e+100" },
		{ 0.1 + 0.2, "0.30000000000000004" }, { 1e-7, "1e-07" },
		{ 123456789.125, "123456789.125" }, { 5e-324,
		    "4.94065645841247e-324" },
		{ DBL_MAX, "1.7976931348623157e+308" },
		{ (double)NAN, "null" }, { (double)INFINITY, "null" },
		{ -(double)INFINITY, "null" },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		EXPECT_STR(json(stile_double(cases[i].d)), cases[i].want, "%zu",
		    i);
		if (isfinite(cases[i].d))
			cr_expect(strtod(cases[i].want, NULL) == cases[i].d,
			    "%s", cases[i].want);
	}
	EXPECT_STR(json(stile_double(-0.0)), "-0.0", "minus nothing");
	use_decimal_comma();
	for (i = 0; i < NELEM(cases); i++)
		EXPECT_STR(json(stile_double(cases[i].d)), cases[i].want,
		    "%zu with a comma", i);
}

Test(json_write, blobs_are_base64)
{
	/* RFC 4648, section 10 */
	static const char *const cases[][2] = {
		{ "", "\"\"" }, { "f", "\"Zg==\"" }, { "fo", "\"Zm8=\"" },
		{ "foo", "\"Zm9v\"" }, { "foob", "\"Zm9vYg==\"" },
		{ "fooba", "\"Zm9vYmE=\"" }, { "foobar", "\"Zm9vYmFy\"" },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_STR(json(stile_blob(cases[i][0], strlen(cases[i][0]))),
		    cases[i][1], "%s", cases[i][0]);
	EXPECT_STR(json(stile_blob("\0\xFF\xFE", 3)), "\"AP/+\"", "bytes");
}

static const char *
tree(struct json_object *j)
{
	const char	*s = json(stile_json_value(j));

	json_object_put(j);
	return s;
}

Test(json_write, trees)
{
	EXPECT_STR(tree(json_tokener_parse("{\"a\":[1,-2.5,\"x/y\",null,true],"
	    "\"b\":{},\"c\":[]}")),
	    "{\"a\":[1,-2.5,\"x/y\",null,true],\"b\":{},\"c\":[]}", "parsed");
	EXPECT_STR(tree(json_object_new_string_len("a\0b", 3)),
	    "\"a\\u0000b\"", "a NUL");
	EXPECT_STR(tree(json_object_new_int64(INT64_MIN)),
	    "-9223372036854775808", "an integer");
	EXPECT_STR(tree(json_object_new_int64(INT64_MAX)),
	    "9223372036854775807", "the largest");
}

Test(json_write, trees_that_are_not_json)
{
	struct json_object	*j = json_object_new_object();

	EXPECT_STR(tree(json_object_new_double((double)NAN)), "null", "NaN");
	EXPECT_STR(tree(json_object_new_double(-(double)INFINITY)), "null",
	    "-inf");
	EXPECT_STR(tree(json_object_new_string("a\xFF")),
	    "\"a\xEF\xBF\xBD\"", "not UTF-8");
	json_object_object_add(j, "\xFF", NULL);
	EXPECT_STR(tree(j), "{\"\xEF\xBF\xBD\":null}", "a name not UTF-8");
}

/* A program may make one; no text of ours is read as one. */
Test(json_write, an_unsigned_number_in_a_tree)
{
	struct json_object	*j = json_object_new_uint64(UINT64_MAX);
	struct stile_buf	*b = stile_buf_new(arena, 100);

	stile_json_write(b, stile_json_value(j));
	EXPECT_STR(stile_buf_view(b).p, "18446744073709551615", "the largest");
	json_object_put(j);
}

static const char *
object(struct stile_args args)
{
	struct stile_buf	*b = stile_buf_new(arena, 1000);

	stile_json_write_object(b, args);
	cr_expect_eq(stile_buf_err(b), STILE_OK);
	return stile_buf_view(b).p;
}

Test(json_write, objects)
{
	EXPECT_STR(object(STILE_NOARGS), "{}", "empty");
	EXPECT_STR(object(STILE_ARGS("a", 1)), "{\"a\":1}", "one");
	EXPECT_STR(object(STILE_ARGS("a", 1, "b\"", "x", "c", stile_null())),
	    "{\"a\":1,\"b\\\"\":\"x\",\"c\":null}", "three");
	EXPECT_STR(object(STILE_ARGS("a", 1, "alone")), "{\"a\":1}", "odd");
}

Test(json_write, nothing_past_the_buffers_limit)
{
	struct stile_buf	*b;
	size_t			 n;

	for (n = 0; n < 20; n++) {
		b = stile_buf_new(arena, n);
		stile_json_write_object(b, STILE_ARGS("name", "value"));
		cr_expect_eq(stile_buf_err(b), n < 16 ? STILE_ETOOBIG :
		    STILE_OK, "%zu", n);
	}
}

static enum stile_err
scenario(void)
{
	struct stile_arena	*a;
	struct stile_buf	*b;
	enum stile_err		 rc = STILE_ENOMEM;
	int			 i;

	if ((a = stile_arena_new(0)) == NULL)
		return rc;
	if ((b = stile_buf_new(a, 1 << 20)) != NULL) {
		for (i = 0; i < 500; i++)
			stile_json_write_object(b, STILE_ARGS("i", i, "s",
			    "text\n\xFF", "d", i / 3.0, "b",
			    stile_blob("foobar", 6)));
		rc = stile_buf_err(b);
	}
	stile_arena_free(a);
	return rc;
}

Test(json_write, survives_every_allocation_failure)
{
	cr_expect_gt(torture(scenario), 2);
}
