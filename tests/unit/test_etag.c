/* SPDX-License-Identifier: ISC */
/* lib/codec/etag.c: lists of tags, and preconditions in their order. */
#include "unit.h"

#include "stile/date.h"
#include "codec/etag.h"

#define NOW	INT64_C(1795361434)	/* 2026-11-22T15:30:34Z */

Test(etag, valid)
{
	static const struct {
		struct stile_str	etag;
		bool			valid;
	} cases[] = {
		{ STILE_STR_INIT("\"\""),		true },
		{ STILE_STR_INIT("\"x\""),		true },
		{ STILE_STR_INIT("W/\"x\""),		true },
		{ STILE_STR_INIT("\"a,b'\\!~\""),	true },
		{ STILE_STR_INIT("\"\x80\xFF\""),	true },
		{ STILE_STR_INIT(""),			false },
		{ STILE_STR_INIT("x"),			false },
		{ STILE_STR_INIT("\""),			false },
		{ STILE_STR_INIT("\"x"),		false },
		{ STILE_STR_INIT("x\""),		false },
		{ STILE_STR_INIT("\"x\"\""),		false },
		{ STILE_STR_INIT("\"x\" "),		false },
		{ STILE_STR_INIT(" \"x\""),		false },
		{ STILE_STR_INIT("\"x y\""),		false },
		{ STILE_STR_INIT("\"x\ty\""),		false },
		{ STILE_STR_INIT("\"x\r\ny\""),		false },
		{ STILE_STR_INIT("\"x\0y\""),		false },
		{ STILE_STR_INIT("\"x\x7F\""),		false },
		{ STILE_STR_INIT("w/\"x\""),		false },
		{ STILE_STR_INIT("W/x"),		false },
		{ STILE_STR_INIT("W/"),			false },
		{ STILE_STR_INIT("W"),			false },
		{ STILE_STR_INIT("W \"x\""),		false },
		{ STILE_STR_INIT("*"),			false },
		{ { NULL, 0 },				false },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++)
		cr_expect_eq(stile__etag_valid(cases[i].etag), cases[i].valid,
		    "%.*s", STILE_STR_ARG(cases[i].etag));
}

Test(etag, find)
{
	enum { NO = STILE__ETAG_ABSENT, YES = STILE__ETAG_FOUND,
	    BAD = STILE__ETAG_MALFORMED };
	static const struct {
		const char	*list, *etag;
		int		 strong, weak;
	} cases[] = {
		{ "\"a\"",			"\"a\"",	YES, YES },
		{ "W/\"a\"",			"\"a\"",	NO, YES },
		{ "\"a\"",			"W/\"a\"",	NO, YES },
		{ "W/\"a\"",			"W/\"a\"",	NO, YES },
		{ "\"b\"",			"\"a\"",	NO, NO },
		{ "\"A\"",			"\"a\"",	NO, NO },
		{ "\"\"",			"\"\"",		YES, YES },
		{ "\"b\", \"a\"",		"\"a\"",	YES, YES },
		{ "\"b\",\"a\",W/\"a\"",	"\"a\"",	YES, YES },
		{ "\"b\"\t,\t\"a\"",		"\"a\"",	YES, YES },
		{ " , ,\"b\",, \"a\" ,",	"\"a\"",	YES, YES },
		{ "\"a,b\"",			"\"a,b\"",	YES, YES },
		{ "\"a,b\"",			"\"a\"",	NO, NO },
		{ "\"a\\\",b\"",		"\"a\"",	BAD, BAD },
		{ "\"a\\\"",			"\"a\\\"",	YES, YES },
		{ "\"a\" \"b\"",		"\"a\"",	BAD, BAD },
		{ "\"a\"\"b\"",			"\"a\"",	BAD, BAD },
		{ "\"a\", b",			"\"a\"",	BAD, BAD },
		{ "\"a\", *",			"\"a\"",	BAD, BAD },
		{ "\"a\", \"b",			"\"a\"",	BAD, BAD },
		{ "*, \"a\"",			"\"a\"",	BAD, BAD },
		{ "*",				"\"a\"",	BAD, BAD },
		{ "a",				"\"a\"",	BAD, BAD },
		{ "W/ \"a\"",			"\"a\"",	BAD, BAD },
		{ "",				"\"a\"",	BAD, BAD },
		{ " ",				"\"a\"",	BAD, BAD },
		{ ",",				"\"a\"",	BAD, BAD },
		{ NULL,				"\"a\"",	BAD, BAD },
		{ "\"a\"",			NULL,		NO, NO },
		{ "\"a\"",			"a",		NO, NO },
		{ "x",				NULL,		BAD, BAD },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		cr_expect_eq((int)stile__etag_find(stile_str(cases[i].list),
		    stile_str(cases[i].etag), STILE__ETAG_STRONG),
		    cases[i].strong, "%s in %s", cases[i].etag, cases[i].list);
		cr_expect_eq((int)stile__etag_find(stile_str(cases[i].list),
		    stile_str(cases[i].etag), STILE__ETAG_WEAK),
		    cases[i].weak, "W: %s in %s", cases[i].etag,
		    cases[i].list);
	}
}

#define EARLY	"Sun, 06 Nov 1994 08:49:36 GMT"
#define SAME	"Sun, 06 Nov 1994 08:49:37 GMT"
#define LATE	"Sun, 06 Nov 1994 08:49:38 GMT"
#define SAME_SEC	784111777

/* A resource with the tag "a" of SAME, unless a case says otherwise. */
struct cond {
	const char	*name;
	const char	*im, *inm, *ims, *ius;
	const char	*etag;		/* "" for none */
	bool		 put, missing, undated;
	enum stile__cond want;
};

static void
check(const struct cond *v, size_t n)
{
	struct stile__cond_in	in;
	enum stile__cond	rc;
	size_t			i;
	bool			range;

	for (i = 0; i < n; i++) {
		in = (struct stile__cond_in){ .read = !v[i].put,
		    .exists = !v[i].missing, .now = NOW,
		    .last_modified = v[i].undated ? -1 : SAME_SEC,
		    .if_match = stile_str(v[i].im),
		    .if_none_match = stile_str(v[i].inm),
		    .if_modified_since = stile_str(v[i].ims),
		    .if_unmodified_since = stile_str(v[i].ius) };
		in.etag = v[i].etag == NULL ? STR("\"a\"") :
		    *v[i].etag != '\0' ? stile_str(v[i].etag) :
		    stile_str(NULL);
		range = true;
		rc = stile__conditions(&in, &range);
		cr_expect_eq(rc, v[i].want, "%s: %d", v[i].name, (int)rc);
		cr_expect_not(range, "%s: no Range", v[i].name);
	}
}

Test(etag, one_precondition)
{
	static const struct cond	cases[] = {
		{ .name = "none" },
		{ .name = "none, PUT", .put = true },
		{ .name = "none, nothing there", .missing = true },
		/* If-Match */
		{ .name = "match", .im = "\"a\"" },
		{ .name = "match, PUT", .im = "\"b\", \"a\"", .put = true },
		{ .name = "no match", .im = "\"b\"",
		    .want = STILE__COND_FAILED },
		{ .name = "no match, PUT", .im = "\"b\"", .put = true,
		    .want = STILE__COND_FAILED },
		{ .name = "strong: theirs is weak", .im = "W/\"a\"",
		    .put = true, .want = STILE__COND_FAILED },
		{ .name = "strong: ours is weak", .im = "\"a\"",
		    .etag = "W/\"a\"", .want = STILE__COND_FAILED },
		{ .name = "no tag", .im = "\"a\"", .etag = "",
		    .want = STILE__COND_FAILED },
		{ .name = "any", .im = "*", .put = true },
		{ .name = "any, blanks", .im = " *\t" },
		{ .name = "any without a tag", .im = "*", .etag = "" },
		{ .name = "any of nothing", .im = "*", .put = true,
		    .missing = true, .want = STILE__COND_FAILED },
		{ .name = "of nothing", .im = "\"a\"", .put = true,
		    .missing = true, .want = STILE__COND_FAILED },
		{ .name = "malformed", .im = "a", .put = true,
		    .want = STILE__COND_FAILED },
		{ .name = "empty", .im = "", .want = STILE__COND_FAILED },
		/* If-None-Match */
		{ .name = "known", .inm = "\"a\"",
		    .want = STILE__COND_NOT_MODIFIED },
		{ .name = "known, PUT", .inm = "\"a\"", .put = true,
		    .want = STILE__COND_FAILED },
		{ .name = "known, weak", .inm = "\"b\", W/\"a\"",
		    .want = STILE__COND_NOT_MODIFIED },
		{ .name = "unknown", .inm = "\"b\"" },
		{ .name = "unknown, PUT", .inm = "\"b\"", .put = true },
		{ .name = "no tag is known", .inm = "\"a\"", .etag = "" },
		{ .name = "none at all", .inm = "*",
		    .want = STILE__COND_NOT_MODIFIED },
		{ .name = "create only", .inm = "*", .put = true,
		    .want = STILE__COND_FAILED },
		{ .name = "create", .inm = "*", .put = true, .missing = true },
		{ .name = "gone", .inm = "\"a\"", .missing = true },
		{ .name = "unreadable", .inm = "*, \"a\"" },
		{ .name = "unreadable, PUT", .inm = "*, \"b\"", .put = true,
		    .want = STILE__COND_FAILED },
		{ .name = "unreadable, create", .inm = "b", .put = true,
		    .missing = true, .want = STILE__COND_FAILED },
		/* If-Modified-Since */
		{ .name = "since then", .ims = EARLY },
		{ .name = "not since", .ims = SAME,
		    .want = STILE__COND_NOT_MODIFIED },
		{ .name = "not since later", .ims = LATE,
		    .want = STILE__COND_NOT_MODIFIED },
		{ .name = "a time to come",
		    .ims = "Fri, 31 Dec 9999 23:59:59 GMT",
		    .want = STILE__COND_NOT_MODIFIED },
		{ .name = "RFC 850", .ims = "Sunday, 06-Nov-94 08:49:37 GMT",
		    .want = STILE__COND_NOT_MODIFIED },
		{ .name = "asctime", .ims = "Sun Nov  6 08:49:37 1994",
		    .want = STILE__COND_NOT_MODIFIED },
		{ .name = "blanks", .ims = " " SAME "\t",
		    .want = STILE__COND_NOT_MODIFIED },
		{ .name = "only for reading", .ims = LATE, .put = true },
		{ .name = "no date of ours", .ims = LATE, .undated = true },
		{ .name = "no date of theirs", .ims = "yesterday" },
		{ .name = "two dates", .ims = LATE ", " LATE },
		{ .name = "empty date", .ims = "" },
		{ .name = "nothing to date", .ims = LATE, .missing = true },
		/* If-Unmodified-Since */
		{ .name = "untouched", .ius = SAME, .put = true },
		{ .name = "untouched later", .ius = LATE, .put = true },
		{ .name = "touched", .ius = EARLY, .put = true,
		    .want = STILE__COND_FAILED },
		{ .name = "touched, GET", .ius = EARLY,
		    .want = STILE__COND_FAILED },
		{ .name = "undated", .ius = EARLY, .put = true,
		    .undated = true },
		{ .name = "not a date", .ius = "x", .put = true },
	};

	check(cases, NELEM(cases));
}

/* RFC 9110, section 13.2.2 */
Test(etag, preconditions_in_order)
{
	static const struct cond	cases[] = {
		{ .name = "If-Match before If-Unmodified-Since",
		    .im = "\"a\"", .ius = EARLY, .put = true },
		{ .name = "If-Match before If-Unmodified-Since, failing",
		    .im = "\"b\"", .ius = LATE, .put = true,
		    .want = STILE__COND_FAILED },
		{ .name = "If-None-Match before If-Modified-Since",
		    .inm = "\"b\"", .ims = LATE },
		{ .name = "If-None-Match before If-Modified-Since, known",
		    .inm = "\"a\"", .ims = EARLY,
		    .want = STILE__COND_NOT_MODIFIED },
		{ .name = "If-None-Match malformed", .inm = "b",
		    .ims = LATE },
		{ .name = "If-Match, then If-None-Match", .im = "\"a\"",
		    .inm = "\"a\"", .want = STILE__COND_NOT_MODIFIED },
		{ .name = "If-Match fails first", .im = "\"b\"",
		    .inm = "\"a\"", .want = STILE__COND_FAILED },
		{ .name = "If-Match, then If-Modified-Since", .im = "*",
		    .ims = SAME, .want = STILE__COND_NOT_MODIFIED },
		{ .name = "If-Unmodified-Since, then If-Modified-Since",
		    .ius = SAME, .ims = SAME,
		    .want = STILE__COND_NOT_MODIFIED },
		{ .name = "If-Unmodified-Since fails first", .ius = EARLY,
		    .ims = SAME, .want = STILE__COND_FAILED },
		{ .name = "If-Unmodified-Since, then If-None-Match",
		    .ius = SAME, .inm = "\"a\"", .put = true,
		    .want = STILE__COND_FAILED },
	};

	check(cases, NELEM(cases));
}

Test(etag, if_range)
{
	static const struct {
		const char	*name, *if_range, *etag;
		int64_t		 last_modified;
		bool		 applies;
	} cases[] = {
		{ "no field",	NULL,		NULL, SAME_SEC, true },
		{ "the tag",	"\"a\"",	"\"a\"",	-1, true },
		{ "blanks",	" \"a\" ",	"\"a\"",	-1, true },
		{ "another",	"\"b\"",	"\"a\"",	-1, false },
		{ "weak",	"W/\"a\"",	"\"a\"",	-1, false },
		{ "ours weak",	"\"a\"",	"W/\"a\"",	-1, false },
		{ "both weak",	"W/\"a\"",	"W/\"a\"",	-1, false },
		{ "no tag",	"\"a\"",	NULL,		-1, false },
		{ "a list",	"\"a\", \"b\"",	"\"a\"",	-1, false },
		{ "any",	"*",		"\"a\"",	-1, false },
		{ "no quotes",	"a",		"\"a\"",	-1, false },
		{ "empty",	"",		"\"a\"",	-1, false },
		{ "the date",	SAME,		NULL, SAME_SEC, true },
		{ "earlier",	EARLY,		NULL, SAME_SEC, false },
		/* Not "no later than": it has to be that very one. */
		{ "later",	LATE,		NULL, SAME_SEC, false },
		{ "no date",	SAME,		"\"a\"",	-1, false },
		/* This second is not over: it may change once more. */
		{ "just now", "Sun, 22 Nov 2026 15:30:34 GMT", NULL, NOW,
		    false },
		{ "before", "Sun, 22 Nov 2026 15:30:33 GMT", NULL, NOW - 1,
		    true },
	};
	struct stile__cond_in	in;
	size_t			i;
	bool			range;

	for (i = 0; i < NELEM(cases); i++) {
		in = (struct stile__cond_in){ .read = true, .range = true,
		    .exists = true, .etag = stile_str(cases[i].etag),
		    .last_modified = cases[i].last_modified, .now = NOW,
		    .if_range = stile_str(cases[i].if_range) };
		cr_expect_eq(stile__conditions(&in, &range),
		    STILE__COND_PROCEED, "%s", cases[i].name);
		cr_expect_eq(range, cases[i].applies, "%s", cases[i].name);
		/* Without Range it means nothing. */
		in.range = false;
		cr_expect_eq(stile__conditions(&in, &range),
		    STILE__COND_PROCEED, "%s", cases[i].name);
		cr_expect_not(range, "%s", cases[i].name);
		/* And a 304 has no ranges. */
		in.range = true;
		in.if_none_match = STR("*");
		cr_expect_eq(stile__conditions(&in, &range),
		    STILE__COND_NOT_MODIFIED, "%s", cases[i].name);
		cr_expect_not(range, "%s", cases[i].name);
	}
}

static void
read_any(struct stile_str s)
{
	struct stile__cond_in	in = { .read = true, .range = true,
	    .exists = true, .etag = STR("\"a\""), .last_modified = SAME_SEC,
	    .now = NOW };
	bool			range;
	unsigned		i;

	stile__etag_valid(s);
	for (i = 0; i < 32; i++) {
		in.if_match = i & 1 ? s : stile_str(NULL);
		in.if_none_match = i & 2 ? s : stile_str(NULL);
		in.if_modified_since = i & 4 ? s : stile_str(NULL);
		in.if_unmodified_since = i & 8 ? s : stile_str(NULL);
		in.if_range = i & 16 ? s : stile_str(NULL);
		cr_assert_leq(stile__conditions(&in, &range),
		    STILE__COND_FAILED);
	}
	in.etag = s;
	in.if_match = STR("\"a\", W/\"b\"");
	cr_assert_leq(stile__conditions(&in, &range), STILE__COND_FAILED);
}

Test(etag, prefixes)
{
	each_prefix(STR("\"a\" , W/\"a\",\t,\"b,\xC3\xA4\" ,W/x"), read_any);
	each_prefix(STR("W/\"a\""), read_any);
	each_prefix(STR("* ,"), read_any);
	each_prefix(STR(SAME), read_any);
}

Test(etag, vectors_byte_by_byte)
{
	each_text(vectors("werkzeug_http_headers.json"), read_any);
	each_text(vectors("fresh.json"), read_any);
}

/* ---- vectors ------------------------------------------------------------- */

static struct stile_str
member(struct json_object *j, const char *name)
{
	return stile_str(json_object_get_string(json_object_object_get(j,
	    name)));
}

static struct stile_str
arg(struct json_object *c)
{
	return stile_str(json_object_get_string(json_object_array_get_idx(
	    json_object_object_get(c, "args"), 0)));
}

/* "awesome" or W/"awesome" */
static struct stile_str
quoted(char *out, size_t n, const char *prefix, struct stile_str s)
{
	snprintf(out, n, "%s\"%.*s\"", prefix, STILE_STR_ARG(s));
	return stile_str(out);
}

Test(etag, vectors_fresh)
{
	struct json_object	*j, *c, *req, *res;
	struct stile__cond_in	 in;
	size_t			 i, exceptions = 0;
	bool			 range, fresh;

	j = vectors("fresh.json");
	for (i = 0; i < json_object_array_length(j); i++) {
		c = json_object_array_get_idx(j, i);
		req = json_object_object_get(c, "req");
		res = json_object_object_get(c, "res");
		in = (struct stile__cond_in){ .read = true, .exists = true,
		    .etag = member(res, "etag"), .last_modified = -1,
		    .now = NOW, .if_none_match = member(req, "if-none-match"),
		    .if_modified_since = member(req, "if-modified-since") };
		if (stile_http_date_parse(member(res, "last-modified"), NOW,
		    &in.last_modified) != STILE_OK)
			in.last_modified = -1;
		fresh = stile__conditions(&in, &range) ==
		    STILE__COND_NOT_MODIFIED;
		/*
		 * Cache-Control in a request is for caches: an origin may
		 * answer 304 (RFC 9111, section 5.2.1).
		 */
		if (json_object_object_get(req, "cache-control") != NULL &&
		    fresh) {
			exceptions++;
			continue;
		}
		cr_expect_eq(fresh, json_object_get_boolean(
		    json_object_object_get(c, "fresh")), "%zu: %s", i,
		    json_object_to_json_string(c));
	}
	cr_expect_eq(exceptions, 2);
	vectors_played("fresh.json", "-", i);
	json_object_put(j);
}

/* Werkzeug puts quotes around what comes without; to us it is malformed. */
static bool
unquoted(struct stile_str s)
{
	static const char *const	tags[] = {
		"\"foo\", \"bar\", W/\"baz\", blar", "W/\"foo\", bar, \"baz\"",
		"WROlKLOI74L3lj64QcDjRv93k1sO5G5Vf3CbhAcJDKc",
		"OaiVJc9IAdlyC1NgdmAYvK08U2FqZw/yLLAtPjIBs4I",
		"4Wf2jWVj11uyXzqknCnvYS1BNS3ABgbefL1jC7JmX1E",
		"4Wf2jWVj11uyXzqknCnvYS1BNS3ABgbefL1jC7JmX1Exyz", "unquoted",
		"",
	};
	size_t	i;

	for (i = 0; i < NELEM(tags); i++)
		if (s.p != NULL && stile_str_eq(s, stile_str(tags[i])))
			return true;
	return false;
}

static bool
has(struct stile_str list, struct stile_str tag, enum stile__etag_compare how)
{
	return stile__etag_find(list, tag, how) == STILE__ETAG_FOUND;
}

/* The tags of one list, each looked for in the field. */
static size_t
replay_lists(struct json_object *cases, size_t *exceptions)
{
	struct json_object	*c, *r, *tags;
	struct stile_str	 field;
	size_t			 i, k;
	char			 tag[100];

	for (i = 0; i < json_object_array_length(cases); i++) {
		c = json_object_array_get_idx(cases, i);
		field = arg(c);
		if (unquoted(field)) {
			cr_expect_eq(stile__etag_find(field, STR("\"foo\""),
			    STILE__ETAG_WEAK), STILE__ETAG_MALFORMED);
			++*exceptions;
			continue;
		}
		r = json_object_object_get(c, "result");
		tags = json_object_object_get(r, "strong");
		for (k = 0; k < json_object_array_length(tags); k++)
			cr_expect(has(field, quoted(tag, sizeof(tag), "",
			    stile_str(json_object_get_string(
			    json_object_array_get_idx(tags, k)))),
			    STILE__ETAG_STRONG), "%s in %s", tag, field.p);
		tags = json_object_object_get(r, "weak");
		for (k = 0; k < json_object_array_length(tags); k++) {
			quoted(tag, sizeof(tag), "W/", stile_str(
			    json_object_get_string(
			    json_object_array_get_idx(tags, k))));
			cr_expect(has(field, stile_str(tag),
			    STILE__ETAG_WEAK), "%s in %s", tag, field.p);
			cr_expect(!has(field, stile_str(tag + 2),
			    STILE__ETAG_STRONG), "%s in %s", tag, field.p);
		}
	}
	return i;
}

/* One tag in one list: how is asked for with the function's name. */
static size_t
replay_questions(struct json_object *all, const char *name)
{
	struct json_object	*cases = json_object_object_get(all, name), *c;
	struct stile_str	 field, tag;
	size_t			 i;
	bool			 strong, weak, got;
	char			 buf[100];

	for (i = 0; i < json_object_array_length(cases); i++) {
		c = json_object_array_get_idx(cases, i);
		field = member(c, "header");
		tag = member(c, "etag");
		if (strstr(name, "_raw") == NULL)
			tag = quoted(buf, sizeof(buf), "", tag);
		strong = has(field, tag, STILE__ETAG_STRONG);
		weak = has(field, tag, STILE__ETAG_WEAK);
		got = strstr(name, "is_weak") != NULL ? weak && !strong :
		    strstr(name, "_weak") != NULL || tag.p[0] == 'W' ? weak :
		    strong;
		cr_expect_eq(got, json_object_get_boolean(
		    json_object_object_get(c, "result")), "%s %zu: %s in %s",
		    name, i, tag.p, field.p);
	}
	return i;
}

static size_t
replay_if_range(struct json_object *cases, size_t *exceptions)
{
	struct stile__cond_in	 in;
	struct json_object	*c, *r, *date;
	struct stile_str	 etag;
	char			 ts[40], buf[100];
	int64_t			 ms;
	size_t			 i;
	bool			 range, want;

	for (i = 0; i < json_object_array_length(cases); i++) {
		c = json_object_array_get_idx(cases, i);
		r = json_object_object_get(c, "result");
		in = (struct stile__cond_in){ .read = true, .range = true,
		    .exists = true, .last_modified = -1, .now = NOW,
		    .if_range = arg(c) };
		if ((etag = member(r, "etag")).p != NULL)
			in.etag = quoted(buf, sizeof(buf), "", etag);
		if ((date = json_object_object_get(r, "date")) != NULL) {
			snprintf(ts, sizeof(ts), "%s", json_object_get_string(
			    json_object_object_get(date, "datetime")));
			cr_assert_eq(stile_timestamp_parse(stile_str(ts), &ms),
			    STILE_OK);
			in.last_modified = ms / 1000;
		}
		want = in.if_range.p == NULL || in.etag.p != NULL ||
		    in.last_modified >= 0;
		if (unquoted(in.if_range)) {
			++*exceptions;
			want = false;
		}
		stile__conditions(&in, &range);
		cr_expect_eq(range, want, "If-Range %zu: %s", i,
		    in.if_range.p);
	}
	return i;
}

static size_t
replay_conditions(struct json_object *cases, size_t *exceptions)
{
	struct stile__cond_in	 in;
	struct json_object	*c, *env, *kw, *lm;
	char			 ts[40];
	int64_t			 ms;
	size_t			 i, played = 0;
	bool			 range, modified, want;

	for (i = 0; i < json_object_array_length(cases); i++) {
		c = json_object_array_get_idx(cases, i);
		env = json_object_object_get(c, "environ");
		kw = json_object_object_get(c, "kwargs");
		if (json_object_object_get(c, "raises") != NULL)
			continue;		/* of Python */
		in = (struct stile__cond_in){ .exists = true, .now = NOW,
		    .read = stile_str_eq(member(env, "REQUEST_METHOD"),
		    STR("GET")), .last_modified = -1,
		    .if_none_match = member(env, "HTTP_IF_NONE_MATCH"),
		    .if_modified_since = member(env, "HTTP_IF_MODIFIED_SINCE"),
		    .if_range = member(env, "HTTP_IF_RANGE") };
		in.range = member(env, "HTTP_RANGE").p != NULL &&
		    !json_object_get_boolean(json_object_object_get(kw,
		    "ignore_if_range"));
		lm = json_object_object_get(kw, "last_modified");
		if (lm != NULL) {
			snprintf(ts, sizeof(ts), "%.19sZ",
			    json_object_get_string(json_object_object_get(lm,
			    "datetime")));
			cr_assert_eq(stile_timestamp_parse(stile_str(ts), &ms),
			    STILE_OK);
			in.last_modified = ms / 1000;
		}
		modified = stile__conditions(&in, &range) ==
		    STILE__COND_PROCEED && !range;
		want = json_object_get_boolean(json_object_object_get(c,
		    "result"));
		if (modified != want && (unquoted(in.if_none_match) ||
		    unquoted(in.if_range)))
			++*exceptions;
		else
			cr_expect_eq(modified, want, "modified %zu", i);
		played++;
	}
	return played;
}

Test(etag, vectors_werkzeug)
{
	static const char *const	questions[] = {
		"ds.ETags.is_strong", "ds.ETags.contains", "ds.ETags.is_weak",
		"ds.ETags.contains_weak", "ds.ETags.contains_raw",
	};
	struct json_object	*j, *all, *v;
	size_t			 i, exceptions = 0;

	j = vectors("werkzeug_http_headers.json");
	all = json_object_object_get(j, "cases");
	vectors_played("werkzeug_http_headers.json", "ds.ETags.from_header",
	    replay_lists(json_object_object_get(all, "ds.ETags.from_header"),
	    &exceptions));
	cr_expect_eq(exceptions, 6);
	for (i = 0; i < NELEM(questions); i++)
		vectors_played("werkzeug_http_headers.json", questions[i],
		    replay_questions(all, questions[i]));
	vectors_played("werkzeug_http_headers.json", "ds.IfRange.from_header",
	    replay_if_range(json_object_object_get(all,
	    "ds.IfRange.from_header"), &exceptions));
	cr_expect_eq(exceptions, 6 + 3);
	vectors_played("werkzeug_http_headers.json",
	    "cond.is_resource_modified", replay_conditions(
	    json_object_object_get(all, "cond.is_resource_modified"),
	    &exceptions));
	cr_expect_eq(exceptions, 6 + 3 + 3);
	v = json_object_object_get(all, "http.quote_etag");
	for (i = 0; i < json_object_array_length(v); i++)
		cr_expect(stile__etag_valid(member(json_object_array_get_idx(v,
		    i), "result")));
	vectors_played("werkzeug_http_headers.json", "http.quote_etag", i);
	v = json_object_object_get(all, "http.unquote_etag");
	for (i = 0; i < json_object_array_length(v); i++)
		cr_expect(stile__etag_valid(arg(json_object_array_get_idx(v,
		    i))));
	vectors_played("werkzeug_http_headers.json", "http.unquote_etag", i);
	json_object_put(j);
}
