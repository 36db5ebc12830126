/* SPDX-License-Identifier: ISC */
/* lib/schema/object.c: properties, defaults, names that are none, patches. */
#include "schema.h"

/* ---- names and pointers ----------------------------------------------- */

static const struct stile_schema	word = { .type = STILE_STRING,
	    .min = 1, .max = 5 };
static const struct stile_schema	inner_properties[] = {
	{ "x", STILE_INTEGER, .required = true, .min = 1 },
	{ .name = "y/~z", .type = STILE_STRING },
	{ 0 }
};
static const struct stile_schema	inner = { "Inner", STILE_OBJECT,
	    .properties = inner_properties };
static const struct stile_schema	outer_properties[] = {
	{ "name", STILE_STRING, .required = true, .max = 5 },
	{ "inner", .ref = &inner },
	{ "list", STILE_ARRAY, .items = &inner },
	{ "words", STILE_ARRAY, .items = &word, .max = 5 },
	{ "map", STILE_MAP, .items = &inner },
	{ "maybe", .ref = &word, .nullable = true },
	{ 0 }
};
static const struct stile_schema	outer = { "Outer", STILE_OBJECT,
	    .properties = outer_properties };

Test(schema_object, where_it_is)
{
	WHOLE(&outer, "{\"name\":\"x\"}", "");
	WHOLE(&outer, "{}", "/name required");
	WHOLE(&outer, "[]", " type");
	WHOLE(&outer, "{\"name\":\"x\",\"inner\":{\"x\":1}}", "");
	WHOLE(&outer, "{\"name\":\"x\",\"inner\":{}}", "/inner/x required");
	WHOLE(&outer, "{\"name\":\"x\",\"inner\":null}", "/inner null");
	WHOLE(&outer, "{\"name\":\"x\",\"inner\":{\"x\":0,\"y/~z\":1}}",
	    "/inner/x too_small, /inner/y~1~0z type");
	WHOLE(&outer, "{\"name\":\"x\",\"list\":[{\"x\":1},{\"x\":0},1,null]}",
	    "/list/1/x too_small, /list/2 type, /list/3 null");
	WHOLE(&outer, "{\"name\":\"x\",\"words\":[\"\",\"a\",1]}",
	    "/words/0 too_short, /words/2 type");
	WHOLE(&outer, "{\"name\":\"x\",\"map\":{\"a/b\":{\"x\":0},\"\":{},"
	    "\"c\":{\"x\":1}}}", "/map/a~1b/x too_small, /map//x required");
	WHOLE(&outer, "{\"name\":\"x\",\"maybe\":null}", "");
	WHOLE(&outer, "{\"name\":\"x\",\"maybe\":\"\"}", "/maybe too_short");
	/* All that is wrong, in the order of the table. */
	WHOLE(&outer, "{\"more\":1,\"words\":{},\"name\":1,\"inner\":[]}",
	    "/name type, /inner type, /words type, /more unknown");
}

Test(schema_object, of_too_many_none_is_looked_at)
{
	WHOLE(&outer, "{\"name\":\"x\",\"words\":[\"\",1,2,3,4,5]}",
	    "/words too_many");
}

Test(schema_object, names_that_are_none)
{
	static const struct stile_schema	refused = { .type = STILE_OBJECT,
		    .properties = inner_properties };
	static const struct stile_schema	ignored = { .type = STILE_OBJECT,
		    .properties = inner_properties,
		    .unknown = STILE_UNKNOWN_IGNORED };
	static const struct stile_schema	kept = { .type = STILE_OBJECT,
		    .properties = inner_properties,
		    .unknown = STILE_UNKNOWN_KEPT };

	WHOLE(&refused, "{\"x\":1,\"a/b\":1,\"c\":null}",
	    "/a~1b unknown, /c unknown");
	expect_tree(&ignored, STILE_VALIDATE_WHOLE,
	    "{\"a\":1,\"x\":1,\"b\":{\"x\":0},\"c\":2}", "{\"x\":1}");
	expect_tree(&kept, STILE_VALIDATE_WHOLE,
	    "{\"a\":1,\"x\":1,\"b\":{\"x\":0}}",
	    "{\"a\":1,\"x\":1,\"b\":{\"x\":0}}");
}

static const struct stile_schema	account_properties[] = {
	{ "id", STILE_INTEGER, .read_only = true, .required = true },
	{ .name = "name", .type = STILE_STRING },
	{ "password", STILE_STRING, .write_only = true },
	{ "admin", STILE_BOOLEAN, .need = "admin", .absent = "true" },
	{ 0 }
};

Test(schema_object, what_cannot_be_set)
{
	static const struct stile_schema	refused = { .type = STILE_OBJECT,
		    .properties = account_properties };
	static const struct stile_schema	ignored = { .type = STILE_OBJECT,
		    .properties = account_properties,
		    .unknown = STILE_UNKNOWN_IGNORED };
	static const struct stile_schema	kept = { .type = STILE_OBJECT,
		    .properties = account_properties,
		    .unknown = STILE_UNKNOWN_KEPT };

	WHOLE(&refused, "{\"name\":\"x\",\"password\":\"y\"}", "");
	/* Who has it not does not learn that it is there. */
	WHOLE(&refused, "{\"id\":1,\"admin\":true}",
	    "/id read_only, /admin unknown");
	expect_tree(&ignored, STILE_VALIDATE_WHOLE,
	    "{\"id\":\"x\",\"name\":\"n\",\"admin\":1}", "{\"name\":\"n\"}");
	expect_tree(&kept, STILE_VALIDATE_WHOLE,
	    "{\"id\":1,\"more\":2,\"admin\":1}", "{\"more\":2}");
}

/* An answer has what nobody sets, and lacks what is only sent. */
Test(schema_object, answers)
{
	static const struct {
		const char	*json, *code;
	} cases[] = {
		{ "{\"id\":1,\"name\":\"x\"}", NULL },
		{ "{\"id\":1,\"admin\":true}", NULL },
		{ "{\"name\":\"x\"}", "required" },
		{ "{\"id\":1,\"password\":\"x\"}", "write_only" },
		{ "{\"id\":1,\"more\":1}", "unknown" },
		{ "{\"id\":\"1\"}", "type" },
	};
	static const struct stile_schema	s = { .type = STILE_OBJECT,
		    .properties = account_properties,
		    .unknown = STILE_UNKNOWN_IGNORED };
	struct stile_violations			wrong;
	struct stile_arena			*a;
	struct json_object			*j;
	size_t					i;

	for (i = 0; i < NELEM(cases); i++) {
		a = stile_arena_new(0);
		j = parsed(cases[i].json);
		cr_expect_eq(stile__validate_output(a, &s, NULL, j, &wrong),
		    cases[i].code == NULL ? STILE_OK : STILE_ERANGE);
		EXPECT_STR(wrong.n > 0 ? wrong.v[0].code : NULL, cases[i].code,
		    "%s", cases[i].json);
		/* Nothing is added. */
		EXPECT_STR(json_object_to_json_string_ext(j,
		    JSON_C_TO_STRING_PLAIN), cases[i].json, "unchanged");
		json_object_put(j);
		stile_arena_free(a);
	}
}

/* ---- defaults --------------------------------------------------------- */

static const struct stile_schema	point_properties[] = {
	{ "x", STILE_INTEGER, .absent = "7" },
	{ "y", STILE_NUMBER, .absent = "0.5" },
	{ 0 }
};
static const struct stile_schema	point = { .type = STILE_OBJECT,
	    .properties = point_properties };
static const struct stile_schema	defaults_properties[] = {
	{ "s", STILE_STRING, .absent = " Text ", .trim = true },
	{ "n", STILE_INTEGER, .absent = "-3" },
	{ "b", STILE_BOOLEAN, .absent = "on" },
	{ "d", STILE_DATE_TIME, .absent = "2026-11-22T10:00:00Z" },
	{ "list", STILE_ARRAY, .items = &point, .absent = "[{},{\"x\":1}]" },
	{ "point", .ref = &point, .absent = "{\"y\":1}" },
	{ "nothing", STILE_INTEGER, .nullable = true, .absent = "null" },
	{ "any", STILE_ANY, .absent = "{\"a\":[1]}" },
	{ .name = "unsaid", .type = STILE_STRING },
	{ 0 }
};
static const struct stile_schema	defaults = { .type = STILE_OBJECT,
	    .properties = defaults_properties };

#define ALL_DEFAULTS	"{\"s\":\"Text\",\"n\":-3,\"b\":true,"		\
	"\"d\":\"2026-11-22T10:00:00Z\",\"list\":[{\"x\":7,\"y\":0.5},"	\
	"{\"x\":1,\"y\":0.5}],\"point\":{\"y\":1,\"x\":7},"		\
	"\"nothing\":null,\"any\":{\"a\":[1]}}"

Test(schema_object, defaults)
{
	expect_tree(&defaults, STILE_VALIDATE_WHOLE, "{}", ALL_DEFAULTS);
	expect_tree(&defaults, STILE_VALIDATE_WHOLE,
	    "{\"s\":\"\",\"n\":1,\"b\":false,\"d\":\"2026-01-01T00:00:00Z\","
	    "\"list\":[],\"point\":{\"x\":2,\"y\":3},\"nothing\":5,\"any\":1}",
	    "{\"s\":\"\",\"n\":1,\"b\":false,\"d\":\"2026-01-01T00:00:00Z\","
	    "\"list\":[],\"point\":{\"x\":2,\"y\":3},\"nothing\":5,\"any\":1}");
	/* What is sent but null is not absent. */
	WHOLE(&defaults, "{\"n\":null}", "/n null");
	/* A patch adds none. */
	expect_tree(&defaults, STILE_VALIDATE_PATCH, "{}", "{}");
	expect_tree(&defaults, STILE_VALIDATE_PATCH, "{\"point\":{}}",
	    "{\"point\":{}}");
}

Test(schema_object, wrong_defaults_are_said)
{
	static const struct stile_schema	properties[] = {
		{ "a", STILE_ARRAY, .absent = "[" },
		{ "n", STILE_INTEGER, .absent = "x" },
		{ "e", STILE_EMAIL, .absent = "x" },
		{ 0 }
	};
	static const struct stile_schema	s = { .type = STILE_OBJECT,
		    .properties = properties };

	WHOLE(&s, "{}", "/a default, /n type, /e format");
}

/* ---- patches ---------------------------------------------------------- */

static const struct stile_schema	patched_properties[] = {
	{ "title", STILE_STRING, .required = true, .min = 1 },
	{ "done", STILE_BOOLEAN, .absent = "false" },
	{ .name = "note", .type = STILE_STRING },
	{ "due", STILE_DATE, .nullable = true, .absent = "2026-01-01" },
	{ "inner", .ref = &inner },
	{ "list", STILE_ARRAY, .items = &inner },
	{ "map", STILE_MAP, .items = &inner },
	{ 0 }
};
static const struct stile_schema	patched = { .type = STILE_OBJECT,
	    .properties = patched_properties };

Test(schema_object, patches)
{
	PATCH(&patched, "{}", "");
	PATCH(&patched, "{\"note\":\"x\"}", "");
	PATCH(&patched, "{\"title\":\"\"}", "/title too_short");
	PATCH(&patched, "{\"title\":null}", "/title null");
	PATCH(&patched, "{\"note\":null}", "");
	PATCH(&patched, "{\"more\":1}", "/more unknown");
	PATCH(&patched, "{\"inner\":{}}", "");
	PATCH(&patched, "{\"inner\":{\"x\":null}}", "/inner/x null");
	PATCH(&patched, "{\"inner\":{\"x\":0}}", "/inner/x too_small");
	PATCH(&patched, "{\"inner\":null}", "");
	/* Arrays are replaced as a whole, and so their items are whole. */
	PATCH(&patched, "{\"list\":[{}]}", "/list/0/x required");
	PATCH(&patched, "{\"list\":[null]}", "/list/0 null");
	PATCH(&patched, "{\"list\":null}", "");
	PATCH(&patched, "{\"map\":{\"a\":null,\"b\":{}}}", "");
	PATCH(&patched, "null", " null");
	PATCH(&patched, "[]", " type");
	WHOLE(&patched, "{\"title\":\"x\",\"map\":{\"a\":null}}", "/map/a null");
	/* The default again; but null where that is a value. */
	expect_tree(&patched, STILE_VALIDATE_PATCH,
	    "{\"done\":null,\"due\":null,\"note\":null}",
	    "{\"done\":false,\"due\":null,\"note\":null}");
}

/* ---- trees, and one of several ---------------------------------------- */

static const struct stile_schema	node;
static const struct stile_schema	node_properties[] = {
	{ "name", STILE_STRING, .required = true, .max = 3 },
	{ "children", STILE_ARRAY, .items = &node },
	{ "next", .ref = &node, .nullable = true },
	{ 0 }
};
static const struct stile_schema	node = { "Node", STILE_OBJECT,
	    .properties = node_properties };

Test(schema_object, a_tree)
{
	WHOLE(&node, "{\"name\":\"a\",\"children\":[{\"name\":\"b\"},"
	    "{\"name\":\"c\",\"children\":[{\"name\":\"d\"}]}]}", "");
	WHOLE(&node, "{\"name\":\"a\",\"children\":[{\"name\":\"b\"},"
	    "{\"name\":\"c\",\"children\":[{\"name\":\"long\"},{}]}]}",
	    "/children/1/children/0/name too_long, "
	    "/children/1/children/1/name required");
	WHOLE(&node, "{\"name\":\"a\",\"next\":{\"name\":\"b\",\"next\":null}}",
	    "");
}

static const struct stile_schema	circle_properties[] = {
	{ "radius", STILE_NUMBER, .required = true },
	{ 0 }
};
static const struct stile_schema	circle = { "circle", STILE_OBJECT,
	    .properties = circle_properties };
static const struct stile_schema	square_properties[] = {
	{ "kind", STILE_STRING, .required = true },
	{ "side", STILE_NUMBER, .absent = "1" },
	{ 0 }
};
static const struct stile_schema	square = { "square", STILE_OBJECT,
	    .properties = square_properties, .unknown = STILE_UNKNOWN_IGNORED };
static const struct stile_schema	shape = { "Shape", STILE_ONE_OF,
	    .one_of = STILE_SCHEMAS(&circle, &square),
	    .discriminator = "kind" };
static const struct stile_schema	drawing_properties[] = {
	{ "shapes", STILE_ARRAY, .items = &shape },
	{ 0 }
};
static const struct stile_schema	drawing = { "Drawing", STILE_OBJECT,
	    .properties = drawing_properties };

Test(schema_object, one_of_several)
{
	WHOLE(&shape, "{\"kind\":\"circle\",\"radius\":1}", "");
	WHOLE(&shape, "{\"kind\":\"circle\"}", "/radius required");
	WHOLE(&shape, "{\"kind\":\"circle\",\"radius\":1,\"side\":1}",
	    "/side unknown");
	expect_tree(&shape, STILE_VALIDATE_WHOLE,
	    "{\"kind\":\"square\",\"radius\":1}",
	    "{\"kind\":\"square\",\"side\":1.0}");
	WHOLE(&shape, "{\"kind\":\"oval\"}", "/kind discriminator");
	WHOLE(&shape, "{\"kind\":1}", "/kind discriminator");
	WHOLE(&shape, "{\"kind\":null}", "/kind discriminator");
	WHOLE(&shape, "{}", "/kind discriminator");
	WHOLE(&shape, "[]", " type");
	WHOLE(&shape, "null", " null");
	PATCH(&shape, "{\"kind\":\"circle\"}", "");
	PATCH(&shape, "{\"radius\":1}", "/kind discriminator");
	WHOLE(&drawing, "{\"shapes\":[{\"kind\":\"circle\",\"radius\":1},"
	    "{\"kind\":\"x\"}]}", "/shapes/1/kind discriminator");
	expect_detail(&shape, "{}", "one of circle, square is expected");
}

/* ---- own checks ------------------------------------------------------- */

static void
check_even(struct stile_validation *v, const struct stile_value *value)
{
	cr_assert_eq(value->type, STILE_INT);
	if (value->u.i % 2 != 0)
		stile_wrong(v, NULL, "odd", "%d is odd", (int)value->u.i);
}

static void
check_dates(struct stile_validation *v, const struct stile_value *value)
{
	struct stile_value	from = stile_checked(v, "from");
	struct stile_value	to = stile_checked(v, "to");

	cr_assert_eq(value->type, STILE_JSON);
	cr_assert(json_object_is_type(value->u.j, json_type_object));
	cr_expect_eq(stile_checked(v, "no such").type, STILE_ABSENT);
	if (from.type == STILE_ABSENT || to.type == STILE_ABSENT)
		return;
	if (from.u.i > to.u.i)
		stile_wrong(v, "to", "order", "this is before \"from\"");
	if (from.u.i == to.u.i)
		stile_wrong(v, NULL, "empty", "this is no time at all");
}

static void
check_list(struct stile_validation *v, const struct stile_value *value)
{
	cr_assert_eq(value->type, STILE_LIST);
	if (value->u.list.n > 0 && value->u.list.v[0].u.i != 0)
		stile_wrong(v, "0", "first", "0 has to be the first");
}

static const struct stile_schema	even = { .type = STILE_INTEGER,
	    .check = check_even };
static const struct stile_schema	period_properties[] = {
	{ "from", STILE_DATE_TIME, .required = true },
	{ .name = "to", .type = STILE_DATE_TIME },
	{ "evens", STILE_ARRAY, .items = &even, .check = check_list },
	{ 0 }
};
static const struct stile_schema	period = { .type = STILE_OBJECT,
	    .properties = period_properties, .check = check_dates };
static const struct stile_schema	periods = { .type = STILE_MAP,
	    .items = &period };

#define DAY(n)	"\"2026-01-0" #n "T00:00:00Z\""

Test(schema_object, own_checks)
{
	WHOLE(&period, "{\"from\":" DAY(1) "}", "");
	WHOLE(&period, "{\"from\":" DAY(1) ",\"to\":" DAY(2) "}", "");
	WHOLE(&period, "{\"from\":" DAY(2) ",\"to\":" DAY(1) "}", "/to order");
	WHOLE(&period, "{\"from\":" DAY(2) ",\"to\":" DAY(2) "}", " empty");
	/* Not before its members are right. */
	WHOLE(&period, "{\"from\":" DAY(2) ",\"to\":1}", "/to type");
	WHOLE(&period, "{\"from\":" DAY(1) ",\"evens\":[0,1,2,3]}",
	    "/evens/1 odd, /evens/3 odd");
	WHOLE(&period, "{\"from\":" DAY(1) ",\"evens\":[2]}",
	    "/evens/0 first");
	WHOLE(&periods, "{\"a\":{\"from\":" DAY(2) ",\"to\":" DAY(1) "}}",
	    "/a/to order");
	PATCH(&period, "{\"to\":" DAY(1) "}", "");
	expect_detail(&even, "3", "3 is odd");
}

/* ---- so many and no more ---------------------------------------------- */

Test(schema_object, a_hundred_complaints)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_buf	*b = stile_buf_new(a, 1 << 20);
	static struct checked	 c;
	size_t			 i;

	stile_buf_puts(b, "{\"name\":\"x\",\"map\":{");
	for (i = 0; i < 3000; i++)
		stile_buf_printf(b, "%s\"%zu\":{\"x\":0}", i > 0 ? "," : "", i);
	stile_buf_puts(b, "}}");
	check_begin(&c, &outer, stile_buf_view(b).p, STILE_VALIDATE_WHOLE,
	    NULL);
	cr_expect_eq(c.wrong.n, 100);
	check_end(&c);
	stile_buf_clear(b);
	stile_buf_puts(b, "{\"name\":\"x\"");
	for (i = 0; i < 3000; i++)
		stile_buf_printf(b, ",\"%zu\":0", i);
	stile_buf_puts(b, "}");
	check_begin(&c, &outer, stile_buf_view(b).p, STILE_VALIDATE_WHOLE,
	    NULL);
	cr_expect_eq(c.wrong.n, 100);
	check_end(&c);
	stile_arena_free(a);
}

/* A pointer is not as long as the sender likes, and not cut in the middle. */
Test(schema_object, long_names)
{
	static const struct {
		const char	*filler, *tail;
		size_t		 n, len;
	} cases[] = {
		{ "a", "", 1000, 256 }, { "a", "", 255, 256 },
		{ "a", "", 254, 255 },
		{ "\xC3\xA9", "", 500, 255 }, { "\xF0\x9F\x98\x80", "", 99, 253 },
		{ "~", "", 500, 255 }, { "/", "", 127, 255 },
	};
	static struct checked	c;
	char			json[5000];
	size_t			i, k, n;

	for (i = 0; i < NELEM(cases); i++) {
		n = (size_t)snprintf(json, sizeof(json), "{\"name\":\"x\",\"");
		for (k = 0; k < cases[i].n; k++)
			n += (size_t)snprintf(json + n, sizeof(json) - n, "%s",
			    cases[i].filler);
		snprintf(json + n, sizeof(json) - n, "%s\":0}", cases[i].tail);
		check_begin(&c, &outer, json, STILE_VALIDATE_WHOLE, NULL);
		cr_assert_eq(c.wrong.n, 1);
		cr_expect_eq(strlen(c.wrong.v[0].where), cases[i].len,
		    "%zu times %s: %zu", cases[i].n, cases[i].filler,
		    strlen(c.wrong.v[0].where));
		cr_expect(stile_utf8_valid(stile_str(c.wrong.v[0].where)));
		check_end(&c);
	}
}

/* Many complaints under a long name take no more memory than they show. */
Test(schema_object, a_long_name_is_not_kept_often)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_arena	*small = stile_arena_new(200 * 1000);
	struct stile_buf	*b = stile_buf_new(a, 1 << 22);
	struct stile_violations	 wrong;
	struct json_object	*j;
	size_t			 i;

	stile_buf_puts(b, "{\"name\":\"x\",\"map\":{\"");
	for (i = 0; i < 500000; i++)
		stile_buf_putc(b, 'n');
	stile_buf_puts(b, "\":{\"x\":1");
	for (i = 0; i < 200; i++)
		stile_buf_printf(b, ",\"%zu\":1", i);
	stile_buf_puts(b, "}}}");
	j = parsed(stile_buf_view(b).p);
	cr_expect_eq(stile_validate(small, &outer, j, STILE_VALIDATE_WHOLE,
	    NULL, &wrong, NULL), STILE_ERANGE);
	cr_expect_eq(wrong.n, 100);
	json_object_put(j);
	stile_arena_free(small);
	stile_arena_free(a);
}

static void
check_long(struct stile_validation *v, const struct stile_value *value)
{
	char	text[2000];

	(void)value;
	memset(text, 'x', sizeof(text) - 1);
	memcpy(text + 297, "\xC3\xA9", 2);
	text[sizeof(text) - 1] = '\0';
	stile_wrong(v, NULL, "long", "%s", text);
}

Test(schema_object, long_sentences)
{
	static const struct stile_schema	s = { .type = STILE_ANY,
		    .check = check_long };
	static struct checked			c;

	check_begin(&c, &s, "1", STILE_VALIDATE_WHOLE, NULL);
	cr_assert_eq(c.wrong.n, 1);
	cr_expect_eq(strlen(c.wrong.v[0].detail), 297);
	check_end(&c);
}

/* As deep as JSON may be, on a stack of the usual size. */
Test(schema_object, deep)
{
	char	json[20000];
	size_t	i, n = 0;

	for (i = 0; i < 127; i++)
		n += (size_t)snprintf(json + n, sizeof(json) - n,
		    "{\"name\":\"a\",\"children\":[");
	n += (size_t)snprintf(json + n, sizeof(json) - n, "{\"name\":\"b\"}");
	for (i = 0; i < 127; i++)
		n += (size_t)snprintf(json + n, sizeof(json) - n, "]}");
	WHOLE(&node, json, "");
}

/* A square of their number would take a day. */
Test(schema_object, many_items, .timeout = 60)
{
	static const struct stile_schema	s = { .type = STILE_ARRAY,
		    .unique = true };
	struct stile_arena			*a = stile_arena_new(0);
	struct stile_buf			*b = stile_buf_new(a, 1 << 24);
	size_t					 i;

	for (i = 0; i < 100000; i++)
		stile_buf_printf(b, "%c{\"a\":%zu,\"b\":\"x\"}",
		    i > 0 ? ',' : '[', i);
	stile_buf_putc(b, ']');
	WHOLE(&s, stile_buf_view(b).p, "");
	stile_arena_free(a);
}
