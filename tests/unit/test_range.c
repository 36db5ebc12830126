/* SPDX-License-Identifier: ISC */
/* lib/codec/range.c: byte ranges, what becomes of many, Content-Range. */
#include "unit.h"

#include "codec/range.h"

/* "0-4 9-9", or "all" for 200, "none" for 416. */
static const char *
ranges(struct stile_str field, int64_t size, char out[800])
{
	struct stile__ranges	l = { .n = 99 };
	size_t			i, n = 0;

	switch (stile__range_parse(field, size, &l)) {
	case STILE__RANGE_IGNORE:
		cr_expect_eq(l.n, 99);
		return "all";
	case STILE__RANGE_UNSATISFIABLE:
		cr_expect_eq(l.n, 99);
		return "none";
	case STILE__RANGE_SEND:
		break;
	}
	cr_assert(l.n >= 1 && l.n <= STILE__RANGES_MAX);
	out[0] = '\0';
	for (i = 0; i < l.n; i++) {
		cr_expect(l.v[i].first >= 0 && l.v[i].first <= l.v[i].last &&
		    l.v[i].last < size);
		n += (size_t)snprintf(out + n, 800 - n, "%s%lld-%lld",
		    i > 0 ? " " : "", (long long)l.v[i].first,
		    (long long)l.v[i].last);
	}
	return out;
}

Test(range, parse)
{
	static const struct {
		const char	*field;
		int64_t		 size;
		const char	*want;
	} cases[] = {
		/* The three kinds, and their edges. */
		{ "bytes=0-499",	1000,	"0-499" },
		{ "bytes=0-0",		1000,	"0-0" },
		{ "bytes=999-999",	1000,	"999-999" },
		{ "bytes=0-999",	1000,	"0-999" },
		{ "bytes=0-1000",	1000,	"0-999" },
		{ "bytes=500-",		1000,	"500-999" },
		{ "bytes=0-",		1000,	"0-999" },
		{ "bytes=999-",		1000,	"999-999" },
		{ "bytes=1000-",	1000,	"none" },
		{ "bytes=-1",		1000,	"999-999" },
		{ "bytes=-1000",	1000,	"0-999" },
		{ "bytes=-1001",	1000,	"0-999" },
		{ "bytes=-0",		1000,	"none" },
		{ "bytes=5-4",		1000,	"none" },
		{ "bytes=0-0",		1,	"0-0" },
		/* Of nothing. */
		{ "bytes=0-0",		0,	"none" },
		{ "bytes=0-",		0,	"none" },
		{ "bytes=-5",		0,	"all" },
		{ "bytes=-0",		0,	"none" },
		{ "bytes=0-0",		-1,	"all" },
		/* Large numbers. */
		{ "bytes=0-9223372036854775807", 1000,	"0-999" },
		{ "bytes=0-99999999999999999999", 1000,	"0-999" },
		{ "bytes=99999999999999999999-", 1000,	"none" },
		{ "bytes=-99999999999999999999", 1000,	"0-999" },
		{ "bytes=1-2",		INT64_MAX,	"1-2" },
		{ "bytes=9223372036854775806-", INT64_MAX,
		    "9223372036854775806-9223372036854775806" },
		{ "bytes=9223372036854775807-", INT64_MAX, "none" },
		{ "bytes=0-,5-", INT64_MAX, "0-9223372036854775806" },
		{ "bytes=0000000000000000000000000001-0002", 1000, "1-2" },
		/* Many: what touches is one, in the first one's place. */
		{ "bytes=0-4,9-",	10,	"0-4 9-9" },
		{ "bytes=9-,0-4",	10,	"9-9 0-4" },
		{ "bytes=0-4,5-9",	100,	"0-9" },
		{ "bytes=5-9,0-4",	100,	"0-9" },
		{ "bytes=0-4,6-9",	100,	"0-4 6-9" },
		{ "bytes=0-9,2-3",	100,	"0-9" },
		{ "bytes=2-3,0-9",	100,	"0-9" },
		{ "bytes=50-59,0-9,20-29,5-55", 100, "0-59" },
		{ "bytes=80-,50-59,0-9,5-55", 100, "80-99 0-59" },
		{ "bytes=0-9,80-,50-59,5-55", 100, "0-59 80-99" },
		{ "bytes=0-0,-1,0-0",	100,	"0-0 99-99" },
		{ "bytes=0-4,500-",	100,	"0-4" },
		{ "bytes=500-,600-",	100,	"none" },
		/* List syntax. */
		{ "bytes=0-4, 9-9",	10,	"0-4 9-9" },
		{ "bytes= 0-4 ,\t9-9 ",	10,	"0-4 9-9" },
		{ "bytes=,0-4,,9-9,",	10,	"0-4 9-9" },
		{ "Bytes=0-4",		10,	"0-4" },
		/* Anything else is as if it were not there. */
		{ "bytes=",		10,	"all" },
		{ "bytes= ",		10,	"all" },
		{ "bytes=,",		10,	"all" },
		{ "bytes=-",		10,	"all" },
		{ "bytes=--1",		10,	"all" },
		{ "bytes=0",		10,	"all" },
		{ "bytes=0--1",		10,	"all" },
		{ "bytes=0-1-2",	10,	"all" },
		{ "bytes=0 -1",		10,	"all" },
		{ "bytes=0- 1",		10,	"all" },
		{ "bytes=+0-1",		10,	"all" },
		{ "bytes=0x0-0x1",	10,	"all" },
		{ "bytes=0-1;x",	10,	"all" },
		{ "bytes=0-1,x",	10,	"all" },
		{ "bytes=x,0-1",	10,	"all" },
		{ "bytes=500-,x",	10,	"all" },
		{ "bytes =0-1",		10,	"all" },
		{ "bytes:0-1",		10,	"all" },
		{ "bytes",		10,	"all" },
		{ "=0-1",		10,	"all" },
		{ "items=0-1",		10,	"all" },
		{ "byte=0-1",		10,	"all" },
		{ "0-1",		10,	"all" },
		{ "",			10,	"all" },
		{ NULL,			10,	"all" },
	};
	char	out[800];
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		EXPECT_STR(ranges(stile_str(cases[i].field), cases[i].size,
		    out), cases[i].want, "%s of %lld", cases[i].field,
		    (long long)cases[i].size);
}

/* Sixteen are answered, seventeen are not looked at. */
Test(range, no_more_than_the_maximum)
{
	char	field[400] = "bytes=", out[800];
	size_t	i, n = strlen(field);

	for (i = 0; i < STILE__RANGES_MAX; i++)
		n += (size_t)snprintf(field + n, sizeof(field) - n, "%zu-%zu,",
		    i * 10, i * 10 + 1);
	EXPECT_STR(ranges(stile_str(field), 1000, out), "0-1 10-11 20-21 30-31"
	    " 40-41 50-51 60-61 70-71 80-81 90-91 100-101 110-111 120-121"
	    " 130-131 140-141 150-151", "as many as there may be");
	snprintf(field + n, sizeof(field) - n, "200-");
	EXPECT_STR(ranges(stile_str(field), 1000, out), "all", "one more");
	/* Also where they come to one, or to nothing. */
	snprintf(field + n, sizeof(field) - n, "0-1");
	EXPECT_STR(ranges(stile_str(field), 1000, out), "all", "again");
	snprintf(field + n, sizeof(field) - n, "5000-");
	EXPECT_STR(ranges(stile_str(field), 1000, out), "all", "outside");
}

Test(range, content_range)
{
	struct stile__range	r = { 0, 499 };
	char			out[STILE__CONTENT_RANGE_SIZE];

	stile__content_range(&r, 1000, out);
	EXPECT_STR(out, "bytes 0-499/1000", "a part");
	stile__content_range(NULL, 1000, out);
	EXPECT_STR(out, "bytes */1000", "416");
	r = (struct stile__range){ INT64_MAX - 1, INT64_MAX - 1 };
	stile__content_range(&r, INT64_MAX, out);
	EXPECT_STR(out, "bytes 9223372036854775806-9223372036854775806/"
	    "9223372036854775807", "the longest");
}

static void
parse_any(struct stile_str s)
{
	char	out[800];

	cr_assert(ranges(s, 1000, out) != NULL);
	cr_assert(ranges(s, 0, out) != NULL);
	cr_assert(ranges(s, INT64_MAX, out) != NULL);
}

Test(range, prefixes)
{
	each_prefix(STR("bytes=0-4,9-99 , -5,\t500-,,99999999999999999999-"),
	    parse_any);
	each_prefix(STR("bytes=1-2,3-4,0-9,x"), parse_any);
}

Test(range, vectors_byte_by_byte)
{
	each_text(vectors("werkzeug_http_headers.json"), parse_any);
	each_text(vectors("range.json"), parse_any);
}

/* ---- vectors ------------------------------------------------------------- */

/* What we do otherwise on purpose. */
static const struct {
	const char	*field, *why;
} others[] = {
	/* range-parser leaves the malformed ones out; we ignore the field. */
	{ "bytes=abc-def,500-999",		"malformed" },
	{ "bytes=500-999,xyz-uvw",		"malformed" },
	{ "bytes=abc-def,500-999,xyz-uvw",	"malformed" },
	{ "bytes=100-200,x-",			"malformed" },
	{ "bytes=x-,0-100,y-",			"malformed" },
	{ "bytes=0-50,abc-def,100-150",		"malformed" },
	{ "items=0-5",				"not bytes" },
	/* Werkzeug's */
	{ "byes=0-0,-5",			"not bytes" },
	{ "byes=5-",				"not bytes" },
	{ "AWesomes=0-999",			"not bytes" },
	{ "bytes = 1 - 100",			"blanks inside" },
};

/* Whether it is in the table; then nothing but "all" will do. */
static bool
is_other(struct stile_str field, int64_t size, size_t *exceptions)
{
	char	out[800];
	size_t	i;

	for (i = 0; i < NELEM(others); i++)
		if (field.p != NULL &&
		    stile_str_eq(field, stile_str(others[i].field)))
			break;
	if (i == NELEM(others))
		return false;
	++*exceptions;
	EXPECT_STR(ranges(field, size, out), "all", "%s", others[i].field);
	return true;
}

/* Theirs in one, as ours are; the combined ones have to be the same list. */
static void
compare(struct json_object *c, const char *got)
{
	struct json_object	*v, *r;
	bool			 have[1000] = { false }, want[1000] = { false };
	char			 text[800] = "";
	size_t			 i, n = 0;
	long			 a, b;
	char			*p = (char *)(uintptr_t)got;

	v = json_object_object_get(json_object_object_get(c, "result"),
	    "ranges");
	for (i = 0; i < json_object_array_length(v); i++) {
		r = json_object_array_get_idx(v, i);
		a = json_object_get_int(json_object_object_get(r, "start"));
		b = json_object_get_int(json_object_object_get(r, "end"));
		n += (size_t)snprintf(text + n, sizeof(text) - n,
		    "%s%ld-%ld", i > 0 ? " " : "", a, b);
		for (; a <= b; a++)
			want[a] = true;
	}
	if (json_object_object_get(c, "opts") != NULL) {
		EXPECT_STR(got, text, "combined");
		return;
	}
	while (*p != '\0') {
		a = strtol(p, &p, 10);
		cr_assert_eq(*p, '-', "%s", got);
		for (b = strtol(p + 1, &p, 10); a <= b; a++)
			have[a] = true;
		p += *p == ' ';
	}
	cr_expect_arr_eq(have, want, sizeof(want), "%s, not %s", got, text);
}

Test(range, vectors_range_parser)
{
	struct json_object	*j, *c, *r;
	struct stile_str	 field;
	char			 out[800];
	const char		*got;
	int64_t			 size;
	size_t			 i, exceptions = 0;

	j = vectors("range.json");
	for (i = 0; i < json_object_array_length(j); i++) {
		c = json_object_array_get_idx(j, i);
		r = json_object_object_get(c, "result");
		field = stile_str(json_object_get_string(
		    json_object_object_get(c, "range")));
		size = json_object_get_int64(json_object_object_get(c,
		    "size"));
		if (is_other(field, size, &exceptions))
			continue;
		got = ranges(field, size, out);
		if (json_object_is_type(r, json_type_object))
			compare(c, got);
		else
			EXPECT_STR(got, json_object_get_int(r) == -2 ? "all" :
			    "none", "%s", field.p);
	}
	cr_expect_eq(exceptions, 7);
	vectors_played("range.json", "-", i);
	json_object_put(j);
}

/* [5, 10] is 5-9, [5, null] goes to the end, [-5, null] are the last five. */
static void
expected(struct json_object *v, int64_t size, char out[800])
{
	struct json_object	*r;
	int64_t			 first, last;
	size_t			 i, n = 0;

	out[0] = '\0';
	for (i = 0; i < json_object_array_length(v); i++) {
		r = json_object_array_get_idx(v, i);
		first = json_object_get_int64(json_object_array_get_idx(r, 0));
		last = size - 1;
		if (json_object_array_get_idx(r, 1) != NULL)
			last = json_object_get_int64(
			    json_object_array_get_idx(r, 1)) - 1;
		if (first < 0)
			first += size;
		n += (size_t)snprintf(out + n, 800 - n, "%s%lld-%lld",
		    i > 0 ? " " : "", (long long)first, (long long)last);
	}
}

Test(range, vectors_werkzeug)
{
	struct json_object	*j, *all, *v, *c, *r, *part, *length;
	struct stile__ranges	 list;
	struct stile__range	 range;
	struct stile_str	 field;
	char			 out[800], want[800];
	size_t			 i, exceptions = 0;

	j = vectors("werkzeug_http_headers.json");
	all = json_object_object_get(j, "cases");
	v = json_object_object_get(all, "ds.Range.from_header");
	for (i = 0; i < json_object_array_length(v); i++) {
		c = json_object_array_get_idx(v, i);
		r = json_object_object_get(c, "result");
		field = stile_str(json_object_get_string(
		    json_object_array_get_idx(json_object_object_get(c,
		    "args"), 0)));
		if (is_other(field, 5000, &exceptions))
			continue;
		if (r != NULL)
			expected(json_object_object_get(r, "ranges"), 5000,
			    want);
		EXPECT_STR(ranges(field, 5000, out), r != NULL ? want : "all",
		    "%s", field.p);
	}
	cr_expect_eq(exceptions, 4);
	vectors_played("werkzeug_http_headers.json", "ds.Range.from_header",
	    i);
	v = json_object_object_get(all, "ds.Range.range_for_length");
	for (i = 0; i < json_object_array_length(v); i++) {
		c = json_object_array_get_idx(v, i);
		r = json_object_object_get(c, "result");
		snprintf(want, sizeof(want), "%d-%d", json_object_get_int(
		    json_object_array_get_idx(r, 0)), json_object_get_int(
		    json_object_array_get_idx(r, 1)) - 1);
		EXPECT_STR(ranges(stile_str(json_object_get_string(
		    json_object_object_get(c, "range"))),
		    json_object_get_int64(json_object_object_get(c, "length")),
		    out), want, "length %zu", i);
	}
	vectors_played("werkzeug_http_headers.json",
	    "ds.Range.range_for_length", i);
	/* Only what a server writes. */
	v = json_object_object_get(all, "ds.Range.make_content_range");
	for (i = 0; i < json_object_array_length(v); i++) {
		c = json_object_array_get_idx(v, i);
		length = json_object_object_get(c, "length");
		cr_expect_eq(stile__range_parse(stile_str(
		    json_object_get_string(json_object_object_get(c,
		    "range"))), json_object_get_int64(length), &list),
		    STILE__RANGE_SEND);
		stile__content_range(&list.v[0], json_object_get_int64(length),
		    out);
		EXPECT_STR(out, json_object_get_string(
		    json_object_object_get(c, "result")), "%zu", i);
	}
	vectors_played("werkzeug_http_headers.json",
	    "ds.Range.make_content_range", i);
	v = json_object_object_get(all, "ds.ContentRange.from_header");
	for (i = 0, exceptions = 0; i < json_object_array_length(v); i++) {
		r = json_object_object_get(json_object_array_get_idx(v, i),
		    "result");
		length = json_object_object_get(r, "length");
		if (length == NULL) {
			exceptions++;
			continue;
		}
		part = json_object_object_get(r, "start");
		range.first = json_object_get_int64(part);
		range.last = json_object_get_int64(json_object_object_get(r,
		    "stop")) - 1;
		stile__content_range(part != NULL ? &range : NULL,
		    json_object_get_int64(length), out);
		EXPECT_STR(out, json_object_get_string(
		    json_object_object_get(r, "to_header")), "%zu", i);
	}
	vectors_played("werkzeug_http_headers.json",
	    "ds.ContentRange.from_header", i - exceptions);
	json_object_put(j);
}
