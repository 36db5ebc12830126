/* SPDX-License-Identifier: ISC */
/* lib/schema/json_schema.c and its neighbours: schemas as JSON Schema. */
#include "unit.h"

#include "stile/schema.h"
#include "codec/json.h"
#include "schema/document.h"

#define HEAD	"{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","

static void
expect(const struct stile_schema *s, const char *want)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_buf	*b = stile_buf_new(a, SIZE_MAX);
	char			 all[4096];

	stile_schema_json(b, s);
	cr_expect_eq(stile_buf_err(b), STILE_OK);
	snprintf(all, sizeof(all), "%s%s}", HEAD, want);
	EXPECT_STR(stile_buf_view(b).p, all, "%s", want);
	stile_arena_free(a);
}

#define EXPECT(want, ...)	\
	expect(&(const struct stile_schema){ __VA_ARGS__ }, (want))

#define INT64	"\"type\":\"integer\",\"format\":\"int64\""

Test(json_schema, bounds)
{
	EXPECT(INT64, .type = STILE_INTEGER);
	EXPECT(INT64 ",\"minimum\":-1,\"maximum\":5",
	    .type = STILE_INTEGER, .min = -1, .max = 5);
	EXPECT(INT64 ",\"exclusiveMinimum\":0,\"exclusiveMaximum\":5,"
	    "\"multipleOf\":2", .type = STILE_INTEGER, .max = 5,
	    .exclusive_min = true, .exclusive_max = true, .multiple_of = 2);
	EXPECT(INT64 ",\"minimum\":3", .type = STILE_INTEGER, .min = 3,
	    .max = INT64_MAX);
	EXPECT(INT64 ",\"maximum\":3", .type = STILE_INTEGER, .max = 3,
	    .min = INT64_MIN);
	EXPECT("\"type\":\"number\",\"minimum\":0.25,\"maximum\":1,"
	    "\"multipleOf\":0.1", .type = STILE_NUMBER, .low = 0.25,
	    .high = 1, .multiple_of = 0.1);
	EXPECT("\"type\":\"string\",\"minLength\":3", .type = STILE_STRING,
	    .min = 3);
	EXPECT("\"type\":\"string\",\"maxLength\":3", .type = STILE_STRING,
	    .max = 3);
	EXPECT("\"type\":\"string\",\"contentEncoding\":\"base64\","
	    "\"minLength\":4,\"maxLength\":8", .type = STILE_BINARY,
	    .min = 1, .max = 4);
	/* No bounds of the text are looked at there. */
	EXPECT("\"type\":\"string\",\"format\":\"date-time\"",
	    .type = STILE_DATE_TIME, .min = 1, .max = 4);
}

Test(json_schema, types)
{
	EXPECT("\"type\":\"boolean\"", .type = STILE_BOOLEAN);
	EXPECT("\"type\":[\"string\",\"null\"],\"format\":\"uuid\"",
	    .type = STILE_UUID, .nullable = true);
	EXPECT("\"type\":[\"string\",\"null\"],\"enum\":[\"a\\\"\",null]",
	    .type = STILE_STRING, .nullable = true,
	    .choices = STILE_CHOICES("a\""));
	EXPECT("\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]+$\"",
	    .type = STILE_SLUG);
	EXPECT("\"type\":\"string\",\"pattern\":\"a\","
	    "\"allOf\":[{\"pattern\":\"^[A-Za-z0-9_-]+$\"}]",
	    .type = STILE_SLUG, .pattern = "a");
	EXPECT("\"title\":\"T\",\"description\":\"D\",\"type\":\"array\","
	    "\"minItems\":1,\"uniqueItems\":true,\"examples\":[[1]]",
	    .type = STILE_ARRAY, .min = 1, .unique = true, .title = "T",
	    .description = "D", .example = "[1]");
	EXPECT("\"type\":\"object\",\"additionalProperties\":true,"
	    "\"maxProperties\":2", .type = STILE_MAP, .max = 2);
	EXPECT("\"type\":\"object\",\"additionalProperties\":false",
	    .type = STILE_OBJECT);
	EXPECT("\"type\":\"object\",\"additionalProperties\":true",
	    .type = STILE_OBJECT, .unknown = STILE_UNKNOWN_KEPT);
	EXPECT("\"type\":\"object\"", .type = STILE_OBJECT,
	    .unknown = STILE_UNKNOWN_IGNORED);
	EXPECT("\"title\":\"Any\",\"deprecated\":true", "Any",
	    .deprecated = true, .nullable = true);
}

/* What is required of input. */
static const struct stile_schema	rows[] = {
	{ "a", STILE_STRING, .required = true },
	{ "b", STILE_STRING, .required = true, .absent = "x" },
	{ "c", STILE_STRING, .required = true, .read_only = true },
	{ "d", STILE_STRING, .required = true, .need = "admin" },
	{ "e", STILE_STRING, .required = true, .write_only = true },
	{ 0 }
};

Test(json_schema, required)
{
	EXPECT("\"type\":\"object\",\"properties\":{"
	    "\"a\":{\"type\":\"string\"},"
	    "\"b\":{\"type\":\"string\",\"default\":\"x\"},"
	    "\"c\":{\"type\":\"string\",\"readOnly\":true},"
	    "\"d\":{\"type\":\"string\"},"
	    "\"e\":{\"type\":\"string\",\"writeOnly\":true}},"
	    "\"required\":[\"a\",\"e\"],\"additionalProperties\":false",
	    .type = STILE_OBJECT, .properties = rows);
}

/* ---- references --------------------------------------------------------- */

extern const struct stile_schema	tree;
static const struct stile_schema	word = {
	"My word", STILE_STRING, .max = 3, .description = "Short.",
};
static const struct stile_schema	other_word = {
	"My word", STILE_STRING, .max = 4,
};
static const struct stile_schema	tree_rows[] = {
	{ "up", .ref = &tree, .nullable = true, .description = "Above." },
	{ "down", STILE_ARRAY, .items = &tree },
	{ "word", .ref = &word, .required = true },
	{ "more", STILE_ARRAY, .items = &other_word },
	{ 0 }
};
const struct stile_schema	tree = {
	"Tree", STILE_OBJECT, .properties = tree_rows,
};

Test(json_schema, references)
{
	expect(&tree, "\"title\":\"Tree\",\"type\":\"object\",\"properties\":{"
	    "\"up\":{\"description\":\"Above.\","
	    "\"anyOf\":[{\"$ref\":\"#\"},{\"type\":\"null\"}]},"
	    "\"down\":{\"type\":\"array\",\"items\":{\"$ref\":\"#\"}},"
	    "\"word\":{\"$ref\":\"#/$defs/My_word\"},"
	    "\"more\":{\"type\":\"array\",\"items\":"
	    "{\"$ref\":\"#/$defs/My_word2\"}}},\"required\":[\"word\"],"
	    "\"additionalProperties\":false,\"$defs\":{"
	    "\"My_word\":{\"description\":\"Short.\",\"type\":\"string\","
	    "\"maxLength\":3},\"My_word2\":{\"type\":\"string\","
	    "\"maxLength\":4}}");
}

extern const struct stile_schema	loop;
static const struct stile_schema	loop_rows[] = {
	{ "next", .ref = &loop }, { 0 }
};
const struct stile_schema	loop = {
	.type = STILE_OBJECT, .properties = loop_rows,
	.unknown = STILE_UNKNOWN_IGNORED,
};
static const struct stile_schema	around = {
	.type = STILE_ARRAY, .items = &loop,
};

/* A name is made up where there would be no end. */
Test(json_schema, without_names)
{
	expect(&around, "\"type\":\"array\",\"items\":{\"type\":\"object\","
	    "\"properties\":{\"next\":{\"$ref\":\"#/$defs/Schema\"}}},"
	    "\"$defs\":{\"Schema\":{\"type\":\"object\",\"properties\":"
	    "{\"next\":{\"$ref\":\"#/$defs/Schema\"}}}}");
}

static const struct stile_schema	dog_rows[] = {
	{ "kind", STILE_STRING, .required = true, .description = "Which." },
	{ 0 }
};
static const struct stile_schema	dog = {
	"dog", STILE_OBJECT, .properties = dog_rows,
};
static const struct stile_schema	pet = {
	"Pet", STILE_ONE_OF, .discriminator = "kind", .nullable = true,
	.one_of = STILE_SCHEMAS(&dog, &(const struct stile_schema){
	    "cat", STILE_OBJECT, .unknown = STILE_UNKNOWN_IGNORED }),
};

Test(json_schema, one_of)
{
	expect(&pet, "\"title\":\"Pet\",\"oneOf\":["
	    "{\"$ref\":\"#/$defs/dog\"},{\"$ref\":\"#/$defs/cat\"},"
	    "{\"type\":\"null\"}],\"$defs\":{"
	    "\"dog\":{\"type\":\"object\",\"properties\":{\"kind\":"
	    "{\"description\":\"Which.\",\"type\":\"string\","
	    "\"const\":\"dog\"}},\"required\":[\"kind\"],"
	    "\"additionalProperties\":false},"
	    "\"cat\":{\"type\":\"object\",\"properties\":{\"kind\":"
	    "{\"type\":\"string\",\"const\":\"cat\"}},"
	    "\"required\":[\"kind\"]}}");
}

/* ---- texts as forms have them -------------------------------------------- */

Test(json_schema, texts)
{
	static const struct {
		enum stile_schema_type	 type;
		const char		*text, *want;
	} cases[] = {
		{ STILE_STRING, "1", "\"1\"" },
		{ STILE_INTEGER, "-7", "-7" },
		{ STILE_INTEGER, "seven", "\"seven\"" },
		{ STILE_NUMBER, "1.5", "1.5" },
		{ STILE_BOOLEAN, "yes", "true" },
		{ STILE_DATE, "2026-11-22", "\"2026-11-22\"" },
		{ STILE_DATE_TIME, "2026-11-22T10:00:00Z",
		    "\"2026-11-22T10:00:00Z\"" },
		{ STILE_BINARY, "aGk=", "\"aGk=\"" },
		{ STILE_ARRAY, "[1, \"a\"]", "[1,\"a\"]" },
		{ STILE_OBJECT, "{\"a\":null}", "{\"a\":null}" },
		{ STILE_OBJECT, "{a}", "\"{a}\"" },
		{ STILE_ANY, "false", "false" },
		{ STILE_ANY, "some text", "\"some text\"" },
	};
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_buf	*b = stile_buf_new(a, SIZE_MAX);
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		stile_buf_clear(b);
		stile__schema_write_text(b, &(const struct stile_schema){
		    .type = cases[i].type }, cases[i].text);
		EXPECT_STR(stile_buf_view(b).p, cases[i].want, "%s",
		    cases[i].text);
	}
	stile_arena_free(a);
}

/* ---- what goes wrong ------------------------------------------------------- */

static enum stile_err
write_tree(void)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_buf	*b;
	enum stile_err		 rc = STILE_ENOMEM;

	if (a != NULL && (b = stile_buf_new(a, SIZE_MAX)) != NULL) {
		stile_schema_json(b, &tree);
		rc = stile_buf_err(b);
	}
	stile_arena_free(a);
	return rc;
}

Test(json_schema, memory)
{
	cr_expect_gt(torture(write_tree), 0);
}

Test(json_schema, no_room)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_buf	*b = stile_buf_new(a, 100);

	stile_schema_json(b, &tree);
	cr_expect_eq(stile_buf_err(b), STILE_ETOOBIG);
	stile_arena_free(a);
}
