/* SPDX-License-Identifier: ISC */
/* lib/schema: each type and each keyword of one value, with its code. */
#include "schema.h"

#include <float.h>

static const char *const	colours[] = { "red", "blue", NULL };
static const char *const	letters[] = { "a", "b", NULL };

struct one {
	const char	*json, *want;	/* "" for right, or " code" */
};

static void
check_all(const struct stile_schema *s, const struct one *v, size_t n)
{
	size_t	i;

	for (i = 0; i < n; i++)
		WHOLE(s, v[i].json, v[i].want);
}

#define CHECK(schema, ...)	do {					\
	static const struct stile_schema	s_ = schema;		\
	static const struct one			v_[] = { __VA_ARGS__ };	\
									\
	check_all(&s_, v_, NELEM(v_));					\
} while (0)
#define S(...)	{ __VA_ARGS__ }

Test(schema_type, any)
{
	CHECK(S(.type = STILE_ANY), { "null", "" }, { "1", "" },
	    { "\"x\"", "" }, { "[{\"a\":null}]", "" }, { "true", "" },
	    { "\"a\\u0000b\"", "" });
}

Test(schema_type, string)
{
	CHECK(S(.type = STILE_STRING), { "\"\"", "" }, { "\"x\"", "" },
	    { "1", " type" }, { "true", " type" }, { "[]", " type" },
	    { "{}", " type" }, { "null", " null" },
	    { "\"a\\u0000b\"", " nul" });
	CHECK(S(.type = STILE_STRING, .nullable = true), { "null", "" },
	    { "1", " type" });
}

Test(schema_type, integer)
{
	CHECK(S(.type = STILE_INTEGER), { "0", "" }, { "-1", "" },
	    { "9223372036854775807", "" }, { "-9223372036854775808", "" },
	    { "1.0", "" }, { "1e3", "" }, { "1.5", " type" },
	    { "1e300", " type" }, { "9.3e18", " type" }, { "\"1\"", " type" },
	    { "true", " type" }, { "null", " null" }, { "[1]", " type" });
}

Test(schema_type, number)
{
	CHECK(S(.type = STILE_NUMBER), { "0", "" }, { "-1.5", "" },
	    { "1e300", "" }, { "\"1\"", " type" }, { "false", " type" },
	    { "null", " null" }, { "{}", " type" });
}

Test(schema_type, boolean)
{
	CHECK(S(.type = STILE_BOOLEAN), { "true", "" }, { "false", "" },
	    { "0", " type" }, { "1", " type" }, { "\"true\"", " type" },
	    { "null", " null" });
}

Test(schema_type, containers)
{
	CHECK(S(.type = STILE_OBJECT), { "{}", "" }, { "[]", " type" },
	    { "1", " type" }, { "null", " null" });
	CHECK(S(.type = STILE_ARRAY), { "[]", "" }, { "[1,\"x\",null]", "" },
	    { "{}", " type" }, { "\"[]\"", " type" }, { "null", " null" });
	CHECK(S(.type = STILE_MAP), { "{}", "" }, { "{\"a\":null}", "" },
	    { "[]", " type" }, { "1", " type" }, { "null", " null" });
}

Test(schema_type, strings_of_a_form)
{
	CHECK(S(.type = STILE_DATE), { "\"2026-11-22\"", "" },
	    { "\"2026-02-29\"", " format" }, { "\"\"", " format" },
	    { "20261122", " type" });
	CHECK(S(.type = STILE_DATE_TIME), { "\"2026-11-22T10:00:00Z\"", "" },
	    { "\"2026-11-22T10:00:00.5+01:00\"", "" },
	    { "\"2026-11-22\"", " format" }, { "0", " type" });
	CHECK(S(.type = STILE_TIME_OF_DAY), { "\"10:00:00Z\"", "" },
	    { "\"24:00:00Z\"", " format" }, { "1", " type" });
	CHECK(S(.type = STILE_DURATION), { "\"PT1H30M\"", "" },
	    { "\"P1Y\"", "" }, { "\"1h\"", " format" }, { "1", " type" });
	CHECK(S(.type = STILE_EMAIL), { "\"a@example.org\"", "" },
	    { "\"a\"", " format" }, { "{}", " type" });
	CHECK(S(.type = STILE_URI), { "\"https://example.org/\"", "" },
	    { "\"/x\"", " format" }, { "1", " type" });
	CHECK(S(.type = STILE_UUID),
	    { "\"018F3E1E-7B3A-7C1D-8E2F-0123456789AB\"", "" },
	    { "\"018f3e1e\"", " format" }, { "1", " type" });
	CHECK(S(.type = STILE_SLUG), { "\"a-b_C9\"", "" },
	    { "\"a b\"", " format" }, { "\"\"", " format" });
	CHECK(S(.type = STILE_BINARY), { "\"aGk=\"", "" }, { "\"\"", "" },
	    { "\"aGk\"", " format" }, { "\"!\"", " format" }, { "1", " type" });
	/* There is none in JSON. */
	CHECK(S(.type = STILE_FILE), { "\"x\"", " type" }, { "1", " type" });
}

Test(schema_type, bounds_of_integers)
{
	CHECK(S(.type = STILE_INTEGER, .min = 1, .max = 10), { "1", "" },
	    { "10", "" }, { "0", " too_small" }, { "11", " too_large" });
	/* 0 and 0 are none; a max of 0 above a min of more is none. */
	CHECK(S(.type = STILE_INTEGER, .min = 5), { "4", " too_small" },
	    { "5", "" }, { "9223372036854775807", "" });
	CHECK(S(.type = STILE_INTEGER, .max = 5), { "-1", " too_small" },
	    { "0", "" }, { "6", " too_large" });
	CHECK(S(.type = STILE_INTEGER, .min = -5), { "-6", " too_small" },
	    { "0", "" }, { "1", " too_large" });
	CHECK(S(.type = STILE_INTEGER, .min = INT64_MIN),
	    { "-9223372036854775808", "" }, { "1", " too_large" });
	CHECK(S(.type = STILE_INTEGER, .max = INT64_MAX), { "0", "" },
	    { "-1", " too_small" }, { "9223372036854775807", "" });
	CHECK(S(.type = STILE_INTEGER, .min = INT64_MIN, .max = 5),
	    { "-9", "" }, { "6", " too_large" });
	CHECK(S(.type = STILE_INTEGER, .min = 1, .max = 3,
	    .exclusive_min = true, .exclusive_max = true), { "2", "" },
	    { "1", " too_small" }, { "3", " too_large" });
	CHECK(S(.type = STILE_INTEGER, .multiple_of = 5), { "10", "" },
	    { "0", "" }, { "-5", "" }, { "11", " multiple_of" },
	    { "9223372036854775805", "" },
	    { "9223372036854775806", " multiple_of" });
	CHECK(S(.type = STILE_INTEGER, .multiple_of = 1.5), { "3", "" },
	    { "4", " multiple_of" });
}

Test(schema_type, bounds_of_numbers)
{
	CHECK(S(.type = STILE_NUMBER, .low = 0.5, .high = 1.5), { "0.5", "" },
	    { "1.5", "" }, { "1", "" }, { "0.4999", " too_small" },
	    { "2", " too_large" });
	CHECK(S(.type = STILE_NUMBER, .low = -1), { "-1", "" }, { "0", "" },
	    { "-1.1", " too_small" }, { "0.1", " too_large" });
	CHECK(S(.type = STILE_NUMBER, .low = 1), { "1e300", "" },
	    { "0.9", " too_small" });
	CHECK(S(.type = STILE_NUMBER, .low = -DBL_MAX, .high = 0),
	    { "-1e300", "" }, { "0", "" }, { "0.1", " too_large" });
	CHECK(S(.type = STILE_NUMBER, .low = 0, .high = 1,
	    .exclusive_min = true, .exclusive_max = true), { "0.5", "" },
	    { "0", " too_small" }, { "1", " too_large" });
	/* Those of integers are none of a number. */
	CHECK(S(.type = STILE_NUMBER, .min = 1, .max = 2), { "7.5", "" });
	CHECK(S(.type = STILE_NUMBER, .multiple_of = 0.1), { "0.3", "" },
	    { "0.7", "" }, { "1", "" }, { "0.35", " multiple_of" },
	    { "1e300", "" });
	CHECK(S(.type = STILE_NUMBER, .multiple_of = 0.01), { "19.99", "" },
	    { "19.999", " multiple_of" }, { "-0.07", "" });
}

Test(schema_type, lengths)
{
	CHECK(S(.type = STILE_STRING, .min = 2, .max = 3), { "\"ab\"", "" },
	    { "\"a\"", " too_short" }, { "\"abcd\"", " too_long" },
	    { "\"\"", " too_short" },
	    { "\"\xC3\xA9\"", " too_short" },
	    { "\"\xC3\xA9\xC3\xA9\xC3\xA9\"", "" },
	    { "\"\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80\"", "" },
	    { "\"\xF0\x9F\x98\x80\xF0\x9F\x98\x80\xF0\x9F\x98\x80x\"",
	      " too_long" });
	CHECK(S(.type = STILE_STRING, .min = 1), { "\"\"", " too_short" },
	    { "\"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"", "" });
	CHECK(S(.type = STILE_STRING, .min = -1), { "\"\"", "" },
	    { "\"a\"", " too_long" });
	CHECK(S(.type = STILE_BINARY, .min = 2, .max = 3), { "\"aGk=\"", "" },
	    { "\"aA==\"", " too_short" }, { "\"aGVsbG8=\"", " too_long" });
	CHECK(S(.type = STILE_EMAIL, .max = 10), { "\"a@b.ch\"", "" },
	    { "\"aaaaaa@b.ch\"", " too_long" });
	CHECK(S(.type = STILE_ARRAY, .min = 1, .max = 2), { "[1]", "" },
	    { "[]", " too_few" }, { "[1,2,3]", " too_many" });
	CHECK(S(.type = STILE_MAP, .min = 1, .max = 2), { "{\"a\":1}", "" },
	    { "{}", " too_few" },
	    { "{\"a\":1,\"b\":1,\"c\":1}", " too_many" });
}

Test(schema_type, patterns_and_choices)
{
	CHECK(S(.type = STILE_STRING, .pattern = "^[a-z]+$"), { "\"abc\"", "" },
	    { "\"aBc\"", " pattern" }, { "\"\"", " pattern" });
	CHECK(S(.type = STILE_STRING, .pattern = "b"), { "\"abc\"", "" },
	    { "\"ac\"", " pattern" });
	CHECK(S(.type = STILE_STRING, .choices = colours),
	    { "\"red\"", "" }, { "\"blue\"", "" }, { "\"Red\"", " choice" },
	    { "\"\"", " choice" }, { "\"re\"", " choice" }, { "1", " type" });
}

Test(schema_type, made_so_before)
{
	static const struct stile_schema	trim = { .type = STILE_STRING,
		    .trim = true, .min = 1, .max = 3 };
	static const struct stile_schema	lower = { .type = STILE_STRING,
		    .lower = true, .choices = colours };
	static const struct stile_schema	upper = { .type = STILE_STRING,
		    .upper = true, .trim = true, .pattern = "^[A-Z]+$" };
	static const struct stile_schema	uuid = { .type = STILE_UUID };
	static const struct stile_schema	email = { .type = STILE_EMAIL,
		    .trim = true, .lower = true };

	expect_tree(&trim, STILE_VALIDATE_WHOLE, "\" \\t abc\\r\\n\"",
	    "\"abc\"");
	WHOLE(&trim, "\"   \"", " too_short");
	expect_tree(&lower, STILE_VALIDATE_WHOLE, "\"ReD\"", "\"red\"");
	WHOLE(&lower, "\" red\"", " choice");
	expect_tree(&upper, STILE_VALIDATE_WHOLE, "\" aBc\"", "\"ABC\"");
	/* Only ASCII has another case here. */
	expect_tree(&lower, STILE_VALIDATE_WHOLE, "\"RED\"", "\"red\"");
	expect_tree(&uuid, STILE_VALIDATE_WHOLE,
	    "\"018F3E1E-7B3A-7C1D-8E2F-0123456789AB\"",
	    "\"018f3e1e-7b3a-7c1d-8e2f-0123456789ab\"");
	expect_tree(&email, STILE_VALIDATE_WHOLE, "\" A@Example.org \"",
	    "\"a@example.org\"");
}

Test(schema_type, items_that_differ)
{
	CHECK(S(.type = STILE_ARRAY, .unique = true), { "[]", "" },
	    { "[1]", "" }, { "[1,2,\"1\",true,null,[1],{\"a\":1}]", "" },
	    { "[1,1]", " duplicate" }, { "[1,1.0]", " duplicate" },
	    { "[0,-0.0]", " duplicate" }, { "[1e2,100]", " duplicate" },
	    { "[\"a\",\"b\",\"a\"]", " duplicate" },
	    { "[9223372036854775807,9223372036854775806]", "" },
	    { "[{\"a\":1,\"b\":2},{\"b\":2,\"a\":1.0}]", " duplicate" },
	    { "[{\"a\":{\"x\":1,\"y\":2}},{\"a\":{\"y\":2,\"x\":1}}]",
	      " duplicate" },
	    { "[[1,2],[2,1]]", "" }, { "[[1,2],[12]]", "" },
	    { "[null,null]", " duplicate" }, { "[false,0]", "" },
	    { "[[\"a\",\"b\"],[\"a\\\",\\\"b\"]]", "" },
	    { "[\"a\\u0000b\",\"a\\u0000b\"]", " duplicate" },
	    { "[\"a\\u0000b\",\"a\\u0000c\"]", "" },
	    { "[1.5,1.5]", " duplicate" });
}

/* Once they are made so. */
Test(schema_type, items_that_differ_after_all)
{
	static const struct stile_schema	word = { .type = STILE_STRING,
		    .lower = true, .trim = true };
	static const struct stile_schema	words = { .type = STILE_ARRAY,
		    .items = &word, .unique = true };

	WHOLE(&words, "[\"a\",\"b \"]", "");
	WHOLE(&words, "[\"a\",\"A \"]", " duplicate");
}

Test(schema_type, sentences)
{
	static const struct {
		struct stile_schema	 s;
		const char		*json, *detail;
	} cases[] = {
		{ { .type = STILE_STRING }, "1", "a string is expected" },
		{ { .type = STILE_STRING }, "null",
		  "a string is expected, not null" },
		{ { .type = STILE_STRING }, "\"\\u0000\"",
		  "text without NUL is expected" },
		{ { .type = STILE_INTEGER }, "1.5", "an integer is expected" },
		{ { .type = STILE_BOOLEAN }, "1", "true or false is expected" },
		{ { .type = STILE_OBJECT }, "1", "an object is expected" },
		{ { .type = STILE_ARRAY }, "1", "an array is expected" },
		{ { .type = STILE_DATE }, "\"x\"",
		  "a date such as 2026-11-22 is expected" },
		{ { .type = STILE_INTEGER, .min = 1, .max = 9 }, "0",
		  "at least 1 is expected" },
		{ { .type = STILE_INTEGER, .min = 1, .max = 9,
		  .exclusive_max = true }, "9", "less than 9 is expected" },
		{ { .type = STILE_NUMBER, .low = 0.1, .exclusive_min = true },
		  "0.1", "more than 0.1 is expected" },
		{ { .type = STILE_NUMBER, .high = 1.5 }, "2",
		  "at most 1.5 is expected" },
		{ { .type = STILE_NUMBER, .multiple_of = 0.01 }, "0.005",
		  "a multiple of 0.01 is expected" },
		{ { .type = STILE_INTEGER, .multiple_of = 10 }, "5",
		  "a multiple of 10 is expected" },
		{ { .type = STILE_STRING, .min = 1 }, "\"\"",
		  "at least 1 character expected, not 0" },
		{ { .type = STILE_STRING, .max = 2 }, "\"abc\"",
		  "at most 2 characters expected, not 3" },
		{ { .type = STILE_ARRAY, .min = 2 }, "[1]",
		  "at least 2 items expected, not 1" },
		{ { .type = STILE_MAP, .max = 1 }, "{\"a\":1,\"b\":2}",
		  "at most 1 member expected, not 2" },
		{ { .type = STILE_BINARY, .max = 1 }, "\"aGk=\"",
		  "at most 1 byte expected, not 2" },
		{ { .type = STILE_STRING, .choices = letters },
		  "\"c\"", "one of a, b is expected" },
		{ { .type = STILE_STRING, .pattern = "^x$" }, "\"y\"",
		  "text that fits ^x$ is expected" },
		{ { .type = STILE_ARRAY, .unique = true }, "[3,1,2,1]",
		  "items 1 and 3 are the same" },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		expect_detail(&cases[i].s, cases[i].json, cases[i].detail);
}

/* There is no half of a name in a long list. */
Test(schema_type, many_choices)
{
	static const char		 name[] = "0123456789012345678901234567";
	const char			*choices[101] = { NULL };
	struct stile_schema		 s = { .type = STILE_STRING,
					    .choices = choices };
	struct checked			 c;
	const char			*end;
	size_t				 i;

	for (i = 0; i < 100; i++)
		choices[i] = name;
	check_begin(&c, &s, "\"x\"", STILE_VALIDATE_WHOLE, NULL);
	cr_assert_eq(c.wrong.n, 1);
	end = strstr(c.wrong.v[0].detail, "67, ... is expected");
	cr_assert(end != NULL, "%s", c.wrong.v[0].detail);
	cr_expect_lt(strlen(c.wrong.v[0].detail), 240);
	check_end(&c);
}

Test(schema_type, no_value_is_named)
{
	static const struct stile_schema	named = { "Age", STILE_INTEGER,
		    .min = 1 };
	struct checked				c;

	check_begin(&c, &named, "0", STILE_VALIDATE_WHOLE, NULL);
	cr_expect_eq(c.e.code, STILE_ERANGE);
	cr_expect_eq(c.e.status, 422);
	EXPECT_STR(c.e.detail, "Age: at least 1 is expected", "named");
	check_end(&c);
}
