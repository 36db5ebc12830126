/* SPDX-License-Identifier: ISC */
/* lib/schema/patch.c: merge patches, and no memory for any of lib/schema. */
#include "schema.h"

static void
expect_merged(const char *target, const char *patch, const char *want)
{
	struct json_object	*t = parsed(target), *p = parsed(patch);
	char			*before;

	before = strdup(json_object_to_json_string_ext(p,
	    JSON_C_TO_STRING_PLAIN));
	cr_assert_eq(stile_merge_patch(&t, p, NULL), STILE_OK);
	EXPECT_STR(json_object_to_json_string_ext(t, JSON_C_TO_STRING_PLAIN),
	    want, "%s and %s", target, patch);
	EXPECT_STR(json_object_to_json_string_ext(p, JSON_C_TO_STRING_PLAIN),
	    before, "the patch %s", patch);
	free(before);
	json_object_put(t);
	json_object_put(p);
}

/* RFC 7396, appendix A. */
Test(schema_patch, rfc_7396)
{
	static const char *const	cases[][3] = {
		{ "{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
		{ "{\"a\":\"b\"}", "{\"b\":\"c\"}",
		  "{\"a\":\"b\",\"b\":\"c\"}" },
		{ "{\"a\":\"b\"}", "{\"a\":null}", "{}" },
		{ "{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}",
		  "{\"b\":\"c\"}" },
		{ "{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}" },
		{ "{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}" },
		{ "{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}",
		  "{\"a\":{\"b\":\"d\"}}" },
		{ "{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}" },
		{ "[\"a\",\"b\"]", "[\"c\",\"d\"]", "[\"c\",\"d\"]" },
		{ "{\"a\":\"b\"}", "[\"c\"]", "[\"c\"]" },
		{ "{\"a\":\"foo\"}", "null", "null" },
		{ "{\"a\":\"foo\"}", "\"bar\"", "\"bar\"" },
		{ "{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}" },
		{ "[1,2]", "{\"a\":\"b\",\"c\":null}", "{\"a\":\"b\"}" },
		{ "{}", "{\"a\":{\"bb\":{\"ccc\":null}}}",
		  "{\"a\":{\"bb\":{}}}" },
	};
	size_t				i;

	for (i = 0; i < NELEM(cases); i++)
		expect_merged(cases[i][0], cases[i][1], cases[i][2]);
}

/* What both have is not shared in a way that a second patch would show. */
Test(schema_patch, twice)
{
	struct json_object	*t = parsed("{}");
	struct json_object	*p = parsed("{\"a\":{\"b\":{\"c\":1}}}");
	struct json_object	*q = parsed("{\"a\":{\"b\":{\"d\":2}}}");

	cr_assert_eq(stile_merge_patch(&t, p, NULL), STILE_OK);
	cr_assert_eq(stile_merge_patch(&t, q, NULL), STILE_OK);
	EXPECT_STR(json_object_to_json_string_ext(t, JSON_C_TO_STRING_PLAIN),
	    "{\"a\":{\"b\":{\"c\":1,\"d\":2}}}", "both");
	EXPECT_STR(json_object_to_json_string_ext(p, JSON_C_TO_STRING_PLAIN),
	    "{\"a\":{\"b\":{\"c\":1}}}", "the first is as it was");
	json_object_put(t);
	json_object_put(p);
	json_object_put(q);
}

/* ---- no memory -------------------------------------------------------- */

struct row {
	const char		*name;
	struct stile_items	 items;
	const char		*when;
};

static void
check_none(struct stile_validation *v, const struct stile_value *value)
{
	(void)v;
	(void)value;
}

static const struct stile_schema	word = { .type = STILE_STRING,
	    .trim = true, .max = 3 };
static const struct stile_schema	row_properties[] = {
	{ "name", STILE_STRING, STILE_AT(struct row, name), .upper = true },
	{ "items", STILE_ARRAY, STILE_AT(struct row, items), .items = &word,
	    .unique = true },
	{ "objects", STILE_ARRAY, .unique = true },
	{ "when", STILE_DATE_TIME, STILE_AT(struct row, when) },
	{ "bytes", STILE_BINARY, .absent = "aGk=" },
	{ "list", STILE_ARRAY, .absent = "[1]" },
	{ "email", STILE_EMAIL, .absent = "a@example.org" },
	{ 0 }
};
static const struct stile_schema	row = { "Row", STILE_OBJECT,
	    .properties = row_properties, .size = sizeof(struct row),
	    .check = check_none };

static const char	*json;
static enum stile_err	 expected;

static enum stile_err
validate(void)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct json_object	*j;
	struct stile_error	 e = { 0 };
	struct stile_violations	 wrong;
	struct row		 v;
	enum stile_err		 rc;

	if (a == NULL)
		return STILE_ENOMEM;
	j = parsed(json);
	rc = stile_validate(a, &row, j, STILE_VALIDATE_WHOLE, &v, &wrong, &e);
	cr_expect_eq(rc, e.code);
	json_object_put(j);
	stile_arena_free(a);
	return rc == expected ? STILE_OK : rc;
}

Test(schema_patch, no_memory)
{
	json = "{\"name\":\"abc\",\"items\":[\" a\",\"b\"],"
	    "\"objects\":[{\"a\":1},{\"b\":[2]}],"
	    "\"when\":\"2026-11-22T10:00:00Z\"}";
	expected = STILE_OK;
	cr_expect_gt(torture(validate), ALLOCATIONS(3));
	json = "{\"name\":1,\"items\":[\" abcd\",1],\"more\":1}";
	expected = STILE_ERANGE;
	cr_expect_gt(torture(validate), ALLOCATIONS(3));
}
