/* SPDX-License-Identifier: ISC */
/* lib/schema/place.c and write.c: into structs, and out of them again. */
#include "schema.h"

static const char *const	colours[] = { "red", "green", "blue", NULL };

struct point {
	int	x, y;
};

struct all {
	bool			 b;
	int			 i;
	int64_t			 i64;
	double			 d;
	const char		*chars;
	struct stile_str	 str;
	struct stile_value	 value;
	struct stile_items	 ints, texts, points, anys, days, blobs, flags;
	struct point		 inside;
	int64_t			 day, moment, clock, length;
	int			 colour;
	const char		*colour_name, *day_name, *moment_name;
	struct stile_str	 bytes, moment_str;
};

static const struct stile_schema	point_properties[] = {
	STILE_PROPERTY(struct point, x, STILE_INTEGER, .required = true),
	{ "y", STILE_INTEGER, STILE_AT(struct point, y), .absent = "7" },
	{ 0 }
};
static const struct stile_schema	point = { "Point", STILE_OBJECT,
	    .properties = point_properties, .size = sizeof(struct point) };
static const struct stile_schema	a_int = { .type = STILE_INTEGER };
static const struct stile_schema	a_text = { .type = STILE_STRING };
static const struct stile_schema	a_any = { .type = STILE_ANY };
static const struct stile_schema	a_day = { .type = STILE_DATE };
static const struct stile_schema	a_blob = { .type = STILE_BINARY };
static const struct stile_schema	a_flag = { .type = STILE_BOOLEAN };

#define IN(member)	STILE_AT(struct all, member)

static const struct stile_schema	all_properties[] = {
	{ "b", STILE_BOOLEAN, IN(b) },
	{ "i", STILE_INTEGER, IN(i), .nullable = true },
	{ "i64", STILE_INTEGER, IN(i64) },
	{ "d", STILE_NUMBER, IN(d) },
	{ "chars", STILE_STRING, IN(chars), .nullable = true },
	{ "str", STILE_STRING, IN(str) },
	{ "value", STILE_ANY, IN(value) },
	{ "ints", STILE_ARRAY, IN(ints), .items = &a_int },
	{ "texts", STILE_ARRAY, IN(texts), .items = &a_text, .nullable = true },
	{ "points", STILE_ARRAY, IN(points), .items = &point },
	{ "anys", STILE_ARRAY, IN(anys), .items = &a_any },
	{ "days", STILE_ARRAY, IN(days), .items = &a_day },
	{ "blobs", STILE_ARRAY, IN(blobs), .items = &a_blob },
	{ "flags", STILE_ARRAY, IN(flags), .items = &a_flag },
	{ "inside", .ref = &point, STILE_AT_STRUCT(struct all, inside),
	    .nullable = true },
	{ "day", STILE_DATE, IN(day) },
	{ "moment", STILE_DATE_TIME, IN(moment) },
	{ "clock", STILE_TIME_OF_DAY, IN(clock) },
	{ "length", STILE_DURATION, IN(length) },
	{ "colour", STILE_STRING, IN(colour), .choices = colours },
	{ "colour_name", STILE_STRING, IN(colour_name), .choices = colours },
	{ "day_name", STILE_DATE, IN(day_name) },
	{ "moment_name", STILE_DATE_TIME, IN(moment_name) },
	{ "bytes", STILE_BINARY, IN(bytes) },
	{ "moment_str", STILE_DATE_TIME, IN(moment_str) },
	{ 0 }
};
static const struct stile_schema	all = { "All", STILE_OBJECT,
	    .properties = all_properties, .size = sizeof(struct all) };

#define FULL	"{\"b\":true,\"i\":-5,\"i64\":9000000000,\"d\":1.5,"	\
	"\"chars\":\"abc\",\"str\":\"\xC3\xA9\",\"value\":{\"a\":[1]},"	\
	"\"ints\":[1,2,3],\"texts\":[\"a\",\"b\"],"			\
	"\"points\":[{\"x\":1,\"y\":2},{\"x\":3,\"y\":4}],"		\
	"\"anys\":[1,\"x\",null,[true]],\"days\":[\"2026-11-22\"],"	\
	"\"blobs\":[\"aGk=\",\"\"],\"flags\":[true,false],"		\
	"\"inside\":{\"x\":5,\"y\":6},\"day\":\"1970-01-11\","		\
	"\"moment\":\"1970-01-01T00:00:01.500Z\","			\
	"\"clock\":\"01:02:03Z\",\"length\":\"PT1H30M\","		\
	"\"colour\":\"blue\",\"colour_name\":\"green\","		\
	"\"day_name\":\"2026-11-22\","					\
	"\"moment_name\":\"2026-11-22T10:00:00.000Z\","			\
	"\"bytes\":\"aGk=\","						\
	"\"moment_str\":\"2026-11-22T10:00:00.000Z\"}"

static void
fill(struct checked *c, const char *json, enum stile_validate mode,
    struct all *ret)
{
	/* What was in it before is not seen. */
	memset(ret, 0xA5, sizeof(*ret));
	check_begin(c, &all, json, mode, ret);
	EXPECT_STR(c->text, "", "%s", json);
}

Test(schema_struct, each_kind)
{
	struct checked	c;
	struct all	v;

	fill(&c, FULL, STILE_VALIDATE_WHOLE, &v);
	cr_expect(v.b);
	cr_expect_eq(v.i, -5);
	cr_expect_eq(v.i64, 9000000000);
	cr_expect_eq(v.d, 1.5);
	EXPECT_STR(v.chars, "abc", "chars");
	cr_expect(view_is(v.str, "\xC3\xA9"));
	cr_expect_eq(v.value.type, STILE_JSON);
	cr_assert_eq(v.ints.n, 3);
	cr_expect_eq(((const int64_t *)v.ints.v)[2], 3);
	cr_assert_eq(v.texts.n, 2);
	EXPECT_STR(((const char *const *)v.texts.v)[1], "b", "texts");
	cr_assert_eq(v.points.n, 2);
	cr_expect_eq(((const struct point *)v.points.v)[1].x, 3);
	cr_expect_eq(((const struct point *)v.points.v)[1].y, 4);
	cr_assert_eq(v.anys.n, 4);
	cr_expect_eq(((const struct stile_value *)v.anys.v)[0].u.i, 1);
	cr_expect_eq(((const struct stile_value *)v.anys.v)[2].type,
	    STILE_NULL);
	EXPECT_STR(((const char *const *)v.days.v)[0], "2026-11-22", "days");
	cr_expect(view_is(((const struct stile_str *)v.blobs.v)[0], "hi"));
	cr_expect(((const bool *)v.flags.v)[0]);
	cr_expect_not(((const bool *)v.flags.v)[1]);
	cr_expect_eq(v.inside.x, 5);
	cr_expect_eq(v.inside.y, 6);
	cr_expect_eq(v.day, 10);
	cr_expect_eq(v.moment, 1500);
	cr_expect_eq(v.clock, 3723000);
	cr_expect_eq(v.length, 5400000);
	cr_expect_eq(v.colour, 2);
	EXPECT_STR(v.colour_name, "green", "colour_name");
	EXPECT_STR(v.day_name, "2026-11-22", "day_name");
	EXPECT_STR(v.moment_name, "2026-11-22T10:00:00.000Z", "moment_name");
	cr_expect(view_is(v.bytes, "hi"));
	cr_expect(view_is(v.moment_str, "2026-11-22T10:00:00.000Z"));
	check_end(&c);
}

Test(schema_struct, out_as_it_went_in)
{
	struct stile_buf	*b;
	struct checked		 c;
	struct all		 v;

	fill(&c, FULL, STILE_VALIDATE_WHOLE, &v);
	b = stile_buf_new(c.a, 65536);
	stile_schema_write(b, &all, &v);
	cr_expect_eq(stile_buf_err(b), STILE_OK);
	EXPECT_STR(stile_buf_view(b).p, FULL, "written");
	check_end(&c);
}

Test(schema_struct, nothing_leaves_zeros)
{
	static const enum stile_validate	modes[] = {
		STILE_VALIDATE_WHOLE, STILE_VALIDATE_PATCH
	};
	struct checked				c;
	struct all				v, zero;
	size_t					i;

	for (i = 0; i < NELEM(modes); i++) {
		fill(&c, "{}", modes[i], &v);
		cr_expect_eq(v.value.type, STILE_ABSENT);
		cr_expect_not(v.b);
		cr_expect_eq(v.i, 0);
		cr_expect_eq(v.i64, 0);
		cr_expect_eq(v.d, 0);
		EXPECT_STR(v.chars, NULL, "chars");
		EXPECT_STR(v.str.p, NULL, "str");
		cr_expect_eq(v.texts.n, 0);
		cr_expect(v.texts.v == NULL);
		cr_expect_eq(v.inside.y, 0);
		cr_expect_eq(v.moment, 0);
		check_end(&c);
	}
	memset(&zero, 0, sizeof(zero));
	fill(&c, "{\"i\":null,\"chars\":null,\"value\":null,\"texts\":null,"
	    "\"inside\":null}", STILE_VALIDATE_WHOLE, &v);
	cr_expect_eq(v.value.type, STILE_NULL);
	cr_expect_eq(memcmp(&v.inside, &zero.inside, sizeof(v.inside)), 0);
	cr_expect_eq(memcmp(&v.texts, &zero.texts, sizeof(v.texts)), 0);
	EXPECT_STR(v.chars, NULL, "chars");
	check_end(&c);
	fill(&c, "{\"inside\":{\"x\":1}}", STILE_VALIDATE_WHOLE, &v);
	cr_expect_eq(v.inside.y, 7);
	check_end(&c);
}

Test(schema_struct, what_does_not_fit)
{
	WHOLE(&all, "{\"i\":2147483648}", "");
	struct checked	c;
	struct all	v;
	static const char *const	cases[][2] = {
		{ "{\"i\":2147483648}", "/i too_large" },
		{ "{\"i\":-2147483649}", "/i too_small" },
		{ "{\"length\":\"P1M\"}", "/length format" },
		{ "{\"colour\":\"pink\"}", "/colour choice" },
		{ "{\"points\":[{\"x\":1},{\"x\":4e9}]}",
		  "/points/1/x too_large" },
	};
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		check_begin(&c, &all, cases[i][0], STILE_VALIDATE_WHOLE, &v);
		EXPECT_STR(c.text, cases[i][1], "%s", cases[i][0]);
		check_end(&c);
	}
}

/* ---- what a patch does not say is not null ---------------------------- */

struct inner {
	struct stile_value	a, b;
};

struct change {
	struct stile_value	title, note;
	struct inner		inner;
};

static const struct stile_schema	inner_properties[] = {
	{ "a", STILE_INTEGER, STILE_AT(struct inner, a), .nullable = true },
	{ "b", STILE_STRING, STILE_AT(struct inner, b), .absent = "x" },
	{ 0 }
};
static const struct stile_schema	inner = { .type = STILE_OBJECT,
	    .properties = inner_properties, .size = sizeof(struct inner) };
static const struct stile_schema	change_properties[] = {
	{ "title", STILE_STRING, STILE_AT(struct change, title),
	    .required = true },
	{ "note", STILE_STRING, STILE_AT(struct change, note), .absent = "-" },
	{ "inner", .ref = &inner, STILE_AT_STRUCT(struct change, inner) },
	{ 0 }
};
static const struct stile_schema	change = { .type = STILE_OBJECT,
	    .properties = change_properties, .size = sizeof(struct change) };

static void
expect_change(const char *json, enum stile_validate mode, const char *want)
{
	static const char *const	names[] = {
		[STILE_NULL] = "null", [STILE_INT] = "int",
		[STILE_TEXT] = "text", [STILE_ABSENT] = "absent"
	};
	struct checked			c;
	struct change			v;
	char				got[100];

	memset(&v, 0xA5, sizeof(v));
	check_begin(&c, &change, json, mode, &v);
	EXPECT_STR(c.text, "", "%s", json);
	snprintf(got, sizeof(got), "%s %s %s %s", names[v.title.type],
	    names[v.note.type], names[v.inner.a.type], names[v.inner.b.type]);
	EXPECT_STR(got, want, "%s", json);
	check_end(&c);
}

Test(schema_struct, absent_is_not_null)
{
	expect_change("{}", STILE_VALIDATE_PATCH,
	    "absent absent absent absent");
	expect_change("{\"title\":\"t\",\"note\":null}", STILE_VALIDATE_PATCH,
	    "text text absent absent");
	expect_change("{\"inner\":{}}", STILE_VALIDATE_PATCH,
	    "absent absent absent absent");
	expect_change("{\"inner\":{\"a\":null,\"b\":null}}",
	    STILE_VALIDATE_PATCH, "absent absent null text");
	expect_change("{\"inner\":null}", STILE_VALIDATE_PATCH,
	    "absent absent absent absent");
	expect_change("{\"title\":\"t\"}", STILE_VALIDATE_WHOLE,
	    "text text absent absent");
	expect_change("{\"title\":\"t\",\"inner\":{\"a\":1}}",
	    STILE_VALIDATE_WHOLE, "text text int text");
}

/* ---- whole values that are no objects --------------------------------- */

Test(schema_struct, arrays_and_scalars)
{
	static const struct stile_schema	points = { .type = STILE_ARRAY,
		    .items = &point };
	static const struct stile_schema	lists = { .type = STILE_ARRAY,
		    .items = &points };
	static const struct stile_schema	referred = { .ref = &point };
	struct stile_items			items;
	struct stile_value			value;
	struct stile_buf			*b;
	struct checked				c;
	struct point				p;

	check_begin(&c, &points, "[{\"x\":1},{\"x\":2,\"y\":3}]",
	    STILE_VALIDATE_WHOLE, &items);
	cr_assert_eq(items.n, 2);
	cr_expect_eq(((const struct point *)items.v)[0].y, 7);
	b = stile_buf_new(c.a, 1000);
	stile_schema_write(b, &points, &items);
	EXPECT_STR(stile_buf_view(b).p, "[{\"x\":1,\"y\":7},{\"x\":2,\"y\":3}]",
	    "points");
	stile_buf_clear(b);
	stile_schema_write_many(b, &point, items.v, items.n);
	EXPECT_STR(stile_buf_view(b).p, "[{\"x\":1,\"y\":7},{\"x\":2,\"y\":3}]",
	    "many");
	stile_buf_clear(b);
	stile_schema_write_many(b, &point, NULL, 0);
	EXPECT_STR(stile_buf_view(b).p, "[]", "none");
	check_end(&c);
	check_begin(&c, &a_int, "42", STILE_VALIDATE_WHOLE, &value);
	cr_expect_eq(value.type, STILE_INT);
	cr_expect_eq(value.u.i, 42);
	check_end(&c);
	check_begin(&c, &referred, "{\"x\":9}", STILE_VALIDATE_WHOLE, &p);
	cr_expect_eq(p.x, 9);
	check_end(&c);
	check_begin(&c, &lists, "[[{\"x\":1}],[]]", STILE_VALIDATE_WHOLE,
	    &items);
	cr_assert_eq(items.n, 2);
	cr_expect_eq(((const struct stile_value *)items.v)[0].type, STILE_JSON);
	check_end(&c);
}

/* An object without a size has no struct, whatever its rows say. */
Test(schema_struct, no_size)
{
	static const struct stile_schema	s = { .type = STILE_OBJECT,
		    .properties = point_properties };
	struct point				p = { 1, 2 };
	struct checked				c;

	check_begin(&c, &s, "{\"x\":9}", STILE_VALIDATE_WHOLE, &p);
	EXPECT_STR(c.text, "", "no size");
	cr_expect_eq(p.x, 1);
	check_end(&c);
}

/* ---- one of several --------------------------------------------------- */

struct shape {
	const char	*kind;
	union {
		double	radius;
		int	side;
	} u;
};

static const struct stile_schema	circle_properties[] = {
	{ "kind", STILE_STRING, STILE_AT(struct shape, kind) },
	{ "radius", STILE_NUMBER, STILE_AT(struct shape, u.radius) },
	{ 0 }
};
static const struct stile_schema	circle = { "circle", STILE_OBJECT,
	    .properties = circle_properties, .size = sizeof(struct shape) };
static const struct stile_schema	square_properties[] = {
	{ "kind", STILE_STRING, STILE_AT(struct shape, kind) },
	{ "side", STILE_INTEGER, STILE_AT(struct shape, u.side) },
	{ 0 }
};
static const struct stile_schema	square = { "square", STILE_OBJECT,
	    .properties = square_properties, .size = sizeof(struct shape) };
static const struct stile_schema	huge = { "huge", STILE_OBJECT,
	    .properties = circle_properties, .size = 4096 };
static const struct stile_schema	shape = { "Shape", STILE_ONE_OF,
	    .one_of = STILE_SCHEMAS(&circle, &square, &huge),
	    .discriminator = "kind", .size = sizeof(struct shape) };
static const struct stile_schema	shapes = { .type = STILE_ARRAY,
	    .items = &shape };

static const struct stile_schema	wrapped_point =
    STILE_WRAPPED("PointBody", "point", &point, struct point);

/* The struct is the same with an object around what fills it. */
Test(schema_struct, wrapped)
{
	static const struct {
		const char	*json, *wrong;
		int		 x, y;
	} cases[] = {
		{ "{\"point\":{\"x\":1,\"y\":2}}", "", 1, 2 },
		{ "{\"point\":{\"x\":1}}", "", 1, 7 },
		{ "{\"point\":{\"y\":1}}", "/point/x required", 0, 0 },
		{ "{}", "/point required", 0, 0 },
		{ "{\"point\":null}", "/point null", 0, 0 },
		{ "{\"x\":1,\"y\":2}", "/point required, /x unknown, "
		    "/y unknown", 0, 0 },
	};
	struct stile_buf	*b;
	struct checked		 c;
	struct point		 p;
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		check_begin(&c, &wrapped_point, cases[i].json,
		    STILE_VALIDATE_WHOLE, &p);
		EXPECT_STR(c.text, cases[i].wrong, "%s", cases[i].json);
		if (*cases[i].wrong == '\0')
			cr_expect(p.x == cases[i].x && p.y == cases[i].y,
			    "%s: %d %d", cases[i].json, p.x, p.y);
		check_end(&c);
	}
	p = (struct point){ 3, 4 };
	check_begin(&c, &wrapped_point, "{\"point\":{\"x\":1}}",
	    STILE_VALIDATE_WHOLE, NULL);
	b = stile_buf_new(c.a, 1000);
	stile_schema_write(b, &wrapped_point, &p);
	EXPECT_STR(stile_buf_view(b).p, "{\"point\":{\"x\":3,\"y\":4}}",
	    "out");
	check_end(&c);
}

Test(schema_struct, one_of_several)
{
	static const char	json[] = "[{\"kind\":\"circle\",\"radius\":1.5},"
				    "{\"kind\":\"square\",\"side\":4}]";
	const struct shape	*v;
	struct stile_items	items;
	struct stile_buf	*b;
	struct shape		unknown = { "oval", { 0 } };
	struct checked		c;

	check_begin(&c, &shapes, json, STILE_VALIDATE_WHOLE, &items);
	cr_assert_eq(items.n, 2);
	v = items.v;
	EXPECT_STR(v[0].kind, "circle", "kind");
	cr_expect_eq(v[0].u.radius, 1.5);
	cr_expect_eq(v[1].u.side, 4);
	b = stile_buf_new(c.a, 1000);
	stile_schema_write(b, &shapes, &items);
	EXPECT_STR(stile_buf_view(b).p, json, "written");
	stile_buf_clear(b);
	stile_schema_write(b, &shape, &unknown);
	EXPECT_STR(stile_buf_view(b).p, "null", "none of them");
	check_end(&c);
	/* One that has no room is checked, and fills nothing. */
	check_begin(&c, &shape, "{\"kind\":\"huge\",\"radius\":1}",
	    STILE_VALIDATE_WHOLE, &unknown);
	EXPECT_STR(c.text, "", "huge");
	EXPECT_STR(unknown.kind, "oval", "untouched");
	check_end(&c);
}

/* ---- writing ---------------------------------------------------------- */

struct out {
	int64_t			 n;
	const char		*text;
	struct stile_str	 str;
	struct stile_value	 v;
	struct stile_items	 items;
};

static void
expect_out(const struct stile_schema *properties, struct out o,
    const char *want)
{
	const struct stile_schema	 s = { .type = STILE_OBJECT,
					    .properties = properties };
	struct stile_arena		*a = stile_arena_new(0);
	struct stile_buf		*b = stile_buf_new(a, 1000);

	stile_schema_write(b, &s, &o);
	EXPECT_STR(stile_buf_view(b).p, want, "%s", want);
	stile_arena_free(a);
}

#define OUT(schema, o, want)	do {					\
	static const struct stile_schema	p_[] = {		\
		schema, { 0 }						\
	};								\
									\
	expect_out(p_, (struct out)o, want);				\
} while (0)
#define S(...)	{ __VA_ARGS__ }
#define N	STILE_AT(struct out, n)

Test(schema_struct, whole_numbers_as_what_they_are)
{
	OUT(S("n", STILE_INTEGER, N), S(.n = 5), "{\"n\":5}");
	OUT(S("n", STILE_BOOLEAN, N), S(.n = 2), "{\"n\":true}");
	OUT(S("n", STILE_BOOLEAN, N), S(.n = 0), "{\"n\":false}");
	OUT(S("n", STILE_DATE, N), S(.n = -1),
	    "{\"n\":\"1969-12-31\"}");
	OUT(S("n", STILE_DATE_TIME, N), S(.n = 1),
	    "{\"n\":\"1970-01-01T00:00:00.001Z\"}");
	OUT(S("n", STILE_TIME_OF_DAY, N), S(.n = 86399999),
	    "{\"n\":\"23:59:59.999Z\"}");
	OUT(S("n", STILE_TIME_OF_DAY, N), S(.n = -1),
	    "{\"n\":\"00:00:00Z\"}");
	OUT(S("n", STILE_DURATION, N), S(.n = 0),
	    "{\"n\":\"PT0S\"}");
	OUT(S("n", STILE_DURATION, N), S(.n = 3605000),
	    "{\"n\":\"PT1H0M5S\"}");
	OUT(S("n", STILE_DURATION, N), S(.n = 62000),
	    "{\"n\":\"PT1M2S\"}");
	OUT(S("n", STILE_DURATION, N), S(.n = 90000000),
	    "{\"n\":\"PT25H\"}");
	OUT(S("n", STILE_STRING, N, .choices = colours), S(.n = 1),
	    "{\"n\":\"green\"}");
	OUT(S("n", STILE_STRING, N, .choices = colours), S(.n = 3),
	    "{\"n\":3}");
}

Test(schema_struct, nothing_and_null)
{
	OUT(S("t", STILE_STRING, STILE_AT(struct out, text), .min = 0),
	    S(.text = NULL), "{\"t\":null}");
	OUT(S("t", STILE_STRING, STILE_AT(struct out, text), .min = 0),
	    S(.text = "a\"b"), "{\"t\":\"a\\\"b\"}");
	OUT(S("s", STILE_STRING, STILE_AT(struct out, str), .min = 0),
	    S(.str = { NULL, 0 }), "{\"s\":null}");
	OUT(S("s", STILE_BINARY, STILE_AT(struct out, str), .min = 0),
	    S(.str = { "hi", 2 }), "{\"s\":\"aGk=\"}");
	OUT(S("v", STILE_ANY, STILE_AT(struct out, v), .min = 0),
	    S(.v = { .type = STILE_ABSENT }), "{}");
	OUT(S("v", STILE_ANY, STILE_AT(struct out, v), .min = 0),
	    S(.v = { .type = STILE_NULL }), "{\"v\":null}");
	OUT(S("i", STILE_ARRAY, STILE_AT(struct out, items), .min = 0),
	    S(.items = { NULL, 0 }), "{\"i\":[]}");
	/* Not shown: no place, not for anybody, not for everybody. */
	OUT(S(.name = "n", .type = STILE_INTEGER), S(.n = 1), "{}");
	OUT(S("n", STILE_INTEGER, N, .write_only = true), S(.n = 1), "{}");
	OUT(S("n", STILE_INTEGER, N, .need = "x"), S(.n = 1), "{}");
	OUT(S("n", STILE_INTEGER, N, .read_only = true), S(.n = 1),
	    "{\"n\":1}");
}
