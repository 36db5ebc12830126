/* SPDX-License-Identifier: ISC */
/* schema/check*.c: each mistake that a table can have is found and named. */
#include "unit.h"

#include <math.h>

#include "stile/schema.h"

struct thing {
	int			 i;
	const char		*s;
	struct stile_value	 v;
	struct stile_items	 list;
	struct { int64_t id; }	 inside;
};

#define OBJECT(...)	((const struct stile_schema){ .name = "Thing",	\
	    .type = STILE_OBJECT, .size = sizeof(struct thing),		\
	    .properties = (const struct stile_schema[]){ __VA_ARGS__, { 0 } } })

static void
expect_wrong(const char *name, const struct stile_schema *s, const char *want)
{
	struct stile_error	e = { 0 };
	enum stile_err		rc = stile_schema_check(s, &e);

	cr_expect_eq(rc, want != NULL ? STILE_EINVAL : STILE_OK, "%s: %d: %s",
	    name, rc, e.detail);
	if (want != NULL)
		EXPECT_STR(e.detail, want, "%s", name);
}

/* ---- one row -------------------------------------------------------------- */

static const struct stile_schema	text = { .type = STILE_STRING };
static const struct stile_schema	small = {
	.name = "Small", .type = STILE_STRING, .max = 3
};
static const struct stile_schema	flat = {
	.type = STILE_OBJECT, .properties = (const struct stile_schema[]){
	{ .name = "a", .type = STILE_INTEGER }, { 0 } }
};

static const struct {
	const char		*want;	/* behind "Thing.x: "; NULL: nothing */
	struct stile_schema	 row;
} rows[] = {
	/* Types without what they are made of. */
	{ "an array without .items", { .type = STILE_ARRAY } },
	{ NULL, { .type = STILE_ARRAY, .items = &text } },
	{ "a map without .items", { .type = STILE_MAP } },
	{ NULL, { .type = STILE_MAP, .items = &text } },
	{ "an object without .properties", { .type = STILE_OBJECT } },
	{ NULL, { .type = STILE_OBJECT, .unknown = STILE_UNKNOWN_KEPT } },
	{ "there is no type 99", { .type = (enum stile_schema_type)99 } },

	/* Bounds. */
	{ ".min 2 is above .max 1",
	    { .type = STILE_INTEGER, .min = 2, .max = 1 } },
	{ NULL, { .type = STILE_INTEGER, .min = 2 } },
	{ NULL, { .type = STILE_INTEGER, .min = -2, .max = -1 } },
	{ ".min -1 is above .max -2",
	    { .type = STILE_INTEGER, .min = -1, .max = -2 } },
	{ NULL, { .type = STILE_INTEGER, .min = 1, .max = 1 } },
	{ "no integer is between 1 and 1", { .type = STILE_INTEGER, .min = 1,
	    .max = 1, .exclusive_max = true } },
	{ "no integer is between 1 and 2", { .type = STILE_INTEGER, .min = 1,
	    .max = 2, .exclusive_min = true, .exclusive_max = true } },
	{ NULL, { .type = STILE_INTEGER, .min = 1, .max = 3,
	    .exclusive_min = true, .exclusive_max = true } },
	{ ".exclusive_min without a bound",
	    { .type = STILE_INTEGER, .exclusive_min = true } },
	{ ".exclusive_max without a bound",
	    { .type = STILE_INTEGER, .min = 1, .exclusive_max = true } },
	{ "no multiple of 10 is between 1 and 9",
	    { .type = STILE_INTEGER, .min = 1, .max = 9, .multiple_of = 10 } },
	{ "no multiple of 10 is between 1 and 9",
	    { .type = STILE_INTEGER, .min = 1, .max = 10,
	    .exclusive_max = true, .multiple_of = 10 } },
	{ NULL,
	    { .type = STILE_INTEGER, .min = 1, .max = 10, .multiple_of = 10 } },
	{ NULL, { .type = STILE_INTEGER, .min = -3, .max = -1,
	    .multiple_of = 2 } },
	{ "no multiple of 5 is between -4 and -1",
	    { .type = STILE_INTEGER, .min = -4, .max = -1,
	    .multiple_of = 5 } },
	{ NULL, { .type = STILE_INTEGER, .min = INT64_MIN + 1,
	    .max = INT64_MAX - 1, .multiple_of = 1000 } },
	{ ".multiple_of is -1", { .type = STILE_INTEGER, .multiple_of = -1 } },
	{ ".low 2 is above .high 1",
	    { .type = STILE_NUMBER, .low = 2, .high = 1 } },
	{ "no number is between 1 and 1", { .type = STILE_NUMBER, .low = 1,
	    .high = 1, .exclusive_min = true } },
	{ "no multiple of 0.5 is between 0.1 and 0.4",
	    { .type = STILE_NUMBER, .low = 0.1, .high = 0.4,
	    .multiple_of = 0.5 } },
	{ NULL, { .type = STILE_NUMBER, .low = 0.1, .high = 0.5,
	    .multiple_of = 0.5 } },
	{ "a bound is not a number", { .type = STILE_NUMBER, .low = NAN } },
	{ ".min 3 is above .max 2",
	    { .type = STILE_STRING, .min = 3, .max = 2 } },
	{ "a count below 0 as a bound",
	    { .type = STILE_STRING, .min = -1, .max = 2 } },
	{ ".min 3 is above .max 2",
	    { .type = STILE_ARRAY, .items = &text, .min = 3, .max = 2 } },

	/* Texts. */
	{ "the choice long cannot be taken: at most 3 characters expected, "
	    "not 4", { .type = STILE_STRING, .max = 3,
	    .choices = STILE_CHOICES("abc", "long") } },
	{ "the choice B cannot be taken: text that fits ^[a-z]$ is expected",
	    { .type = STILE_STRING, .pattern = "^[a-z]$",
	    .choices = STILE_CHOICES("a", "B") } },
	{ "the choice Red cannot be taken: one of Red is expected",
	    { .type = STILE_STRING, .lower = true,
	    .choices = STILE_CHOICES("Red") } },
	{ "the choice a is there twice", { .type = STILE_STRING,
	    .choices = STILE_CHOICES("a", "a") } },
	{ "none of no choices can be taken", { .type = STILE_STRING,
	    .choices = (const char *const[]){ NULL } } },
	{ NULL, { .type = STILE_STRING, .min = 1, .max = 3,
	    .pattern = "^[a-z]+$", .choices = STILE_CHOICES("a", "abc") } },
	{ "made lower case and upper case",
	    { .type = STILE_STRING, .lower = true, .upper = true } },

	/* Defaults and examples. */
	{ ".absent '4': at most 3 is expected",
	    { .type = STILE_INTEGER, .max = 3, .absent = "4" } },
	{ ".absent 'x': an integer is expected",
	    { .type = STILE_INTEGER, .absent = "x" } },
	{ ".example 'abcd': at most 3 characters expected, not 4",
	    { .type = STILE_STRING, .max = 3, .example = "abcd" } },
	{ ".example '2026-02-30': a date such as 2026-11-22 is expected",
	    { .type = STILE_DATE, .example = "2026-02-30" } },
	{ ".absent '[1]': a string is expected",
	    { .type = STILE_ARRAY, .items = &text, .absent = "[1]" } },
	{ NULL, { .type = STILE_ARRAY, .items = &text, .absent = "[]",
	    .example = "[\"a\"]" } },
	{ ".example 'long': at most 3 characters expected, not 4",
	    { .ref = &small, .example = "long" } },
	{ NULL, { .ref = &small, .example = "abc", .absent = "" } },

	/* Keywords that say nothing. */
	{ ".pattern say nothing of an integer",
	    { .type = STILE_INTEGER, .pattern = "^a$" } },
	{ ".min and .max say nothing of a number",
	    { .type = STILE_NUMBER, .min = 1 } },
	{ ".low and .high say nothing of an integer",
	    { .type = STILE_INTEGER, .high = 1 } },
	{ ".min and .max say nothing of a date",
	    { .type = STILE_DATE, .min = 1 } },
	{ ".choices say nothing of a time", { .type = STILE_DATE_TIME,
	    .choices = STILE_CHOICES("2026-11-22T10:00:00Z") } },
	{ ".unique say nothing of a map",
	    { .type = STILE_MAP, .items = &text, .unique = true } },
	{ ".items say nothing of a string",
	    { .type = STILE_STRING, .items = &text } },
	{ ".unknown say nothing of an array", { .type = STILE_ARRAY,
	    .items = &text, .unknown = STILE_UNKNOWN_KEPT } },
	{ ".size say nothing of a string", { .type = STILE_STRING, .size = 4 } },
	{ ".min and .max beside .ref do not count",
	    { .ref = &small, .max = 2 } },
	{ "a type beside .ref does not count",
	    { .ref = &small, .type = STILE_STRING } },

	/* Directions. */
	{ "required, and nobody may set it",
	    { .type = STILE_STRING, .required = true, .read_only = true } },
	{ "neither in input nor in output",
	    { .type = STILE_STRING, .read_only = true, .write_only = true } },
	{ "a default of what nobody may set",
	    { .type = STILE_STRING, .read_only = true, .absent = "x" } },

	/* Places. */
	{ "an integer does not fit into a const char *",
	    { .type = STILE_INTEGER, STILE_AT(struct thing, s) } },
	{ NULL, { .type = STILE_INTEGER, STILE_AT(struct thing, i) } },
	{ "a string does not fit into an int",
	    { .type = STILE_STRING, STILE_AT(struct thing, i) } },
	{ NULL, { .type = STILE_STRING, STILE_AT(struct thing, i),
	    .choices = STILE_CHOICES("a", "b") } },
	{ NULL, { .type = STILE_DATE, STILE_AT(struct thing, i) } },
	{ "a time such as 2026-11-22T10:00:00Z does not fit into an int",
	    { .type = STILE_DATE_TIME, STILE_AT(struct thing, i) } },
	{ "a value does not fit into an int",
	    { .type = STILE_ANY, STILE_AT(struct thing, i) } },
	{ NULL, { .type = STILE_ANY, STILE_AT(struct thing, v) } },
	{ "a string does not fit into a struct stile_items",
	    { .type = STILE_STRING, STILE_AT(struct thing, list) } },
	{ NULL, { .type = STILE_ARRAY, .items = &text,
	    STILE_AT(struct thing, list) } },
	{ "put into a struct without a .size", { .ref = &flat,
	    STILE_AT_STRUCT(struct thing, inside) } },
	{ "a file does not fit into a struct stile_value",
	    { .type = STILE_FILE, STILE_AT(struct thing, v) } },
	{ "there is no place of the kind 77",
	    { .type = STILE_STRING, .at = { 77, 0 } } },
};

Test(schema_check, rows)
{
	struct stile_schema	table[2] = { { 0 } };
	struct stile_schema	s = {
		.name = "Thing", .type = STILE_OBJECT, .properties = table,
		.size = sizeof(struct thing),
	};
	char			want[300];
	size_t			i;

	for (i = 0; i < NELEM(rows); i++) {
		table[0] = rows[i].row;
		table[0].name = "x";
		snprintf(want, sizeof(want), "Thing.x: %s",
		    rows[i].want != NULL ? rows[i].want : "");
		expect_wrong(want, &s, rows[i].want != NULL ? want : NULL);
	}
}

/* The message is the library's. */
Test(schema_check, patterns)
{
	const struct stile_schema	s = { .name = "S",
	    .type = STILE_STRING, .pattern = "(" };
	struct stile_error		e = { 0 };

	cr_expect_eq(stile_schema_check(&s, &e), STILE_EINVAL);
	cr_expect(strncmp(e.detail, "S: .pattern: ", 13) == 0, "%s", e.detail);
	cr_expect_gt(strlen(e.detail), 13);
	cr_expect_eq(stile_schema_check(&s, NULL), STILE_EINVAL);
}

/* ---- more than one row ------------------------------------------------------- */

Test(schema_check, names)
{
	expect_wrong("twice", &OBJECT({ .name = "a", .type = STILE_STRING },
	    { .name = "b", .type = STILE_STRING }, { .name = "a", .type = STILE_INTEGER }),
	    "Thing: the property a is there twice");
	expect_wrong("in two places", &OBJECT(
	    { "a", STILE_STRING, .in = STILE_IN_QUERY },
	    { "a", STILE_STRING, .in = STILE_IN_HEADER }), NULL);
}

Test(schema_check, paths)
{
	const struct stile_schema	tag = { "Tag", STILE_OBJECT,
	    .properties = (const struct stile_schema[]){
	    { "label", STILE_STRING, .min = 2, .max = 1 }, { 0 } } };
	const struct stile_schema	one[] = {
		{ "tags", STILE_ARRAY, .items = &tag },
		{ "again", .ref = &tag },
		{ 0 }
	};

	expect_wrong("deep", &(struct stile_schema){ "Note", STILE_OBJECT,
	    .properties = one },
	    "Note.tags.items.label: .min 2 is above .max 1");
	expect_wrong("no name", &(struct stile_schema){ .type = STILE_STRING,
	    .min = 2, .max = 1 }, "schema: .min 2 is above .max 1");
}

/* A row in a struct that is too small, or that nobody said the size of. */
Test(schema_check, sizes)
{
	static const struct stile_schema	props[] = {
		{ "i", STILE_INTEGER, STILE_AT(struct thing, inside.id) },
		{ 0 }
	};
	struct stile_schema			s = { "T", STILE_OBJECT,
	    .properties = props };

	expect_wrong("none", &s, "T: i has a place, and the object no .size");
	s.size = offsetof(struct thing, inside) + 4;
	expect_wrong("small", &s, "T: i lies outside of the .size");
	s.size = sizeof(struct thing);
	expect_wrong("right", &s, NULL);
}

static const struct stile_schema	cat = { "Cat", STILE_OBJECT,
    .properties = (const struct stile_schema[]){
    { .name = "lives", .type = STILE_INTEGER }, { 0 } } };
static const struct stile_schema	dog = { "Dog", STILE_OBJECT,
    .size = sizeof(struct thing),
    .properties = (const struct stile_schema[]){
    { "kind", STILE_STRING, .choices = STILE_CHOICES("Cat") }, { 0 } } };
static const struct stile_schema	nameless = { .type = STILE_OBJECT,
    .properties = (const struct stile_schema[]){ { .name = "a", .type = STILE_ANY }, { 0 } } };

Test(schema_check, alternatives)
{
	const struct {
		const char		*want;
		struct stile_schema	 s;
	} cases[] = {
		{ NULL, { .one_of = STILE_SCHEMAS(&cat),
		    .discriminator = "kind" } },
		{ "Pet: alternatives without a .discriminator",
		    { .one_of = STILE_SCHEMAS(&cat) } },
		{ "Pet: one of no alternatives", { .discriminator = "kind" } },
		{ "Pet: alternative 2 has no name", { .discriminator = "kind",
		    .one_of = STILE_SCHEMAS(&cat, &nameless) } },
		{ "Pet: two alternatives have the name Cat",
		    { .discriminator = "kind",
		    .one_of = STILE_SCHEMAS(&cat, &cat) } },
		{ "Pet: the alternative Small is not an object",
		    { .discriminator = "kind",
		    .one_of = STILE_SCHEMAS(&small) } },
		{ "Pet: the discriminator kind cannot be Dog",
		    { .discriminator = "kind", .size = sizeof(struct thing),
		    .one_of = STILE_SCHEMAS(&dog) } },
		{ "Pet: the discriminator lives has to be a string that can "
		    "be sent", { .discriminator = "lives",
		    .one_of = STILE_SCHEMAS(&cat) } },
		{ "Pet: the alternative Dog has a larger .size",
		    { .discriminator = "x", .one_of = STILE_SCHEMAS(&dog) } },
	};
	struct stile_schema	s;
	size_t			i;

	for (i = 0; i < NELEM(cases); i++) {
		s = cases[i].s;
		s.name = "Pet";
		s.type = STILE_ONE_OF;
		expect_wrong(cases[i].want != NULL ? cases[i].want : "right",
		    &s, cases[i].want);
	}
}

/* ---- circles ------------------------------------------------------------------ */

static const struct stile_schema	tree;

static const struct stile_schema	endless[] = {
	{ "left", .ref = &tree, .required = true },
	{ .name = "value", .type = STILE_INTEGER },
	{ 0 }
};
static const struct stile_schema	tree = { "Tree", STILE_OBJECT,
    .properties = endless };

static const struct stile_schema	list;
static const struct stile_schema	listed[] = {
	{ "next", .ref = &list, .required = true, .nullable = true },
	{ "other", .ref = &list },
	{ "more", STILE_ARRAY, .items = &list, .required = true },
	{ "named", STILE_MAP, .items = &list, .required = true },
	{ 0 }
};
static const struct stile_schema	list = { "List", STILE_OBJECT,
    .properties = listed };

static const struct stile_schema	full;
static const struct stile_schema	filled[] = {
	{ "all", STILE_ARRAY, .items = &full, .required = true, .min = 1 },
	{ 0 }
};
static const struct stile_schema	full = { "Full", STILE_OBJECT,
    .properties = filled };

static const struct stile_schema	expression;
static const struct stile_schema	sum = { "Sum", STILE_OBJECT,
    .properties = (const struct stile_schema[]){
    { "a", .ref = &expression, .required = true }, { 0 } } };
static const struct stile_schema	number = { "Number", STILE_OBJECT,
    .properties = (const struct stile_schema[]){
    { "n", STILE_INTEGER, .required = true }, { 0 } } };
static const struct stile_schema	expression = { "Expression",
    STILE_ONE_OF, .discriminator = "is",
    .one_of = STILE_SCHEMAS(&sum, &number) };
static const struct stile_schema	sums;
static const struct stile_schema	nothing_else = { "Sum", STILE_OBJECT,
    .properties = (const struct stile_schema[]){
    { "a", .ref = &sums, .required = true }, { 0 } } };
static const struct stile_schema	sums = { "Sums", STILE_ONE_OF,
    .discriminator = "is", .one_of = STILE_SCHEMAS(&nothing_else) };

static const struct stile_schema	there, back;
static const struct stile_schema	there = { .ref = &back };
static const struct stile_schema	back = { .ref = &there };

Test(schema_check, circles)
{
	static const char	never[] =
	    ": it has to have itself inside, without an end";
	char			want[100];

	snprintf(want, sizeof(want), "Tree%s", never);
	expect_wrong("tree", &tree, want);
	expect_wrong("list", &list, NULL);
	snprintf(want, sizeof(want), "Full%s", never);
	expect_wrong("full", &full, want);
	expect_wrong("expression", &expression, NULL);
	snprintf(want, sizeof(want), "Sums%s", never);
	expect_wrong("sums", &sums, want);
	expect_wrong("refs", &OBJECT({ "x", .ref = &there }),
	    "Thing.x: .ref leads in a circle, or over more than 8 others");
}

Test(schema_check, without_memory)
{
	struct stile_error	e;
	enum stile_err		rc = STILE_ENOMEM;
	long			n;

	for (n = 1; rc == STILE_ENOMEM; n++) {
		cr_assert_lt(n, 1000);
		e = (struct stile_error){ 0 };
		stile__fail_after = n;
		rc = stile_schema_check(&list, &e);
		cr_expect(rc == STILE_ENOMEM || rc == STILE_OK, "%ld: %s", n,
		    e.detail);
		if (stile__fail_after == 0)
			cr_expect_eq(rc, STILE_ENOMEM, "%ld", n);
		stile__fail_after = 0;
	}
	cr_expect_gt(n, 2);
}
