/* SPDX-License-Identifier: ISC */
/* lib/codec/date.c: HTTP's three forms, RFC 3339, days; every day there is. */
#include "unit.h"

#include <time.h>

#include "stile/date.h"

#define NOW		INT64_C(1795361434)	/* 2026-11-22T15:30:34Z */
#define UNTOUCHED	INT64_C(-424242424242)
#define YEAR_0		INT64_C(-62167219200)
#define YEAR_9999	INT64_C(253402300799)

struct parsed {
	const char	*text;
	enum stile_err	 rc;
	int64_t		 want;
};

static void
check_http(const struct parsed *v, size_t n, int64_t now)
{
	int64_t	got;
	size_t	i;

	for (i = 0; i < n; i++) {
		got = UNTOUCHED;
		cr_expect_eq(stile_http_date_parse(stile_str(v[i].text), now,
		    &got), v[i].rc, "%s", v[i].text);
		cr_expect_eq(got, v[i].rc == STILE_OK ? v[i].want : UNTOUCHED,
		    "%s: %lld", v[i].text, (long long)got);
	}
}

Test(date, http_date)
{
	static const struct {
		int64_t		 sec;
		const char	*want;
	} cases[] = {
		{ 0,		"Thu, 01 Jan 1970 00:00:00 GMT" },
		{ 784111777,	"Sun, 06 Nov 1994 08:49:37 GMT" },
		{ -1,		"Wed, 31 Dec 1969 23:59:59 GMT" },
		{ 951782400,	"Tue, 29 Feb 2000 00:00:00 GMT" },
		{ 2147483648,	"Tue, 19 Jan 2038 03:14:08 GMT" },
		{ YEAR_9999,	"Fri, 31 Dec 9999 23:59:59 GMT" },
		{ YEAR_9999 + 1, "Fri, 31 Dec 9999 23:59:59 GMT" },
		{ INT64_MAX,	"Fri, 31 Dec 9999 23:59:59 GMT" },
		{ YEAR_0,	"Sat, 01 Jan 0000 00:00:00 GMT" },
		{ YEAR_0 - 1,	"Sat, 01 Jan 0000 00:00:00 GMT" },
		{ INT64_MIN,	"Sat, 01 Jan 0000 00:00:00 GMT" },
	};
	char	out[STILE_HTTP_DATE_SIZE];
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		stile_http_date(cases[i].sec, out);
		EXPECT_STR(out, cases[i].want, "%lld", (long long)cases[i].sec);
	}
}

Test(date, http_date_parse)
{
	static const struct parsed	cases[] = {
		{ "Sun, 06 Nov 1994 08:49:37 GMT", STILE_OK, 784111777 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", STILE_OK, 784111777 },
		{ "Sun Nov  6 08:49:37 1994", STILE_OK, 784111777 },
		{ "Wed Nov 16 08:49:37 1994", STILE_OK, 784975777 },
		{ "Tue, 29 Feb 2000 00:00:00 GMT", STILE_OK, 951782400 },
		{ "Fri, 31 Dec 9999 23:59:59 GMT", STILE_OK, YEAR_9999 },
		{ "Sat, 01 Jan 0000 00:00:00 GMT", STILE_OK, YEAR_0 },
		/* One that names the wrong day still names one instant. */
		{ "Mon, 06 Nov 1994 08:49:37 GMT", STILE_OK, 784111777 },
		/* Leap seconds. */
		{ "Sat, 31 Dec 2016 23:59:60 GMT", STILE_OK, 1483228799 },
		{ "Sat Dec 31 23:59:60 2016", STILE_OK, 1483228799 },
		{ "Fri, 31 Dec 9999 23:59:60 GMT", STILE_OK, YEAR_9999 },
		{ "Fri, 30 Dec 2016 23:59:60 GMT", STILE_ERANGE, 0 },
		{ "Sat, 31 Dec 2016 22:59:60 GMT", STILE_ERANGE, 0 },
		{ "Sat, 31 Dec 2016 23:58:60 GMT", STILE_ERANGE, 0 },
		{ "Sat, 31 Dec 2016 23:59:61 GMT", STILE_ERANGE, 0 },
		/* Not in the calendar. */
		{ "Sun, 31 Feb 1994 08:49:37 GMT", STILE_ERANGE, 0 },
		{ "Wed, 29 Feb 1900 08:49:37 GMT", STILE_ERANGE, 0 },
		{ "Mon, 29 Feb 2027 08:49:37 GMT", STILE_ERANGE, 0 },
		{ "Thu, 31 Apr 1994 08:49:37 GMT", STILE_ERANGE, 0 },
		{ "Thu, 00 Jan 1970 00:00:00 GMT", STILE_ERANGE, 0 },
		{ "Thu, 33 Jan 1970 00:00:00 GMT", STILE_ERANGE, 0 },
		{ "Thu Jan  0 00:00:00 1970", STILE_ERANGE, 0 },
		{ "Sun, 06 Nov 1994 24:00:00 GMT", STILE_ERANGE, 0 },
		{ "Sun, 06 Nov 1994 25:49:37 GMT", STILE_ERANGE, 0 },
		{ "Sun, 06 Nov 1994 08:60:37 GMT", STILE_ERANGE, 0 },
		/* Close to a form is not the form. */
		{ "Sun, 6 Nov 1994 08:49:37 GMT", STILE_ESYNTAX, 0 },
		{ "Sun, 06 Nov 1994 8:49:37 GMT", STILE_ESYNTAX, 0 },
		{ "Sun, 06 Nov 94 08:49:37 GMT", STILE_ESYNTAX, 0 },
		{ "Sun, 06 Nov 19940 08:49:37 GMT", STILE_ESYNTAX, 0 },
		{ "Sun, 06 Nov 1994 08:49:37 +0100", STILE_ESYNTAX, 0 },
		{ "Sun, 06 Nov 1994 08:49:37 UTC", STILE_ESYNTAX, 0 },
		{ "Sun, 06 Nov 1994 08:49:37 gmt", STILE_ESYNTAX, 0 },
		{ "sun, 06 nov 1994 08:49:37 GMT", STILE_ESYNTAX, 0 },
		{ "Sun,06 Nov 1994 08:49:37 GMT", STILE_ESYNTAX, 0 },
		{ "Sun,  06 Nov 1994 08:49:37 GMT", STILE_ESYNTAX, 0 },
		{ "Son, 06 Nov 1994 08:49:37 GMT", STILE_ESYNTAX, 0 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT ", STILE_ESYNTAX, 0 },
		{ " Sun, 06 Nov 1994 08:49:37 GMT", STILE_ESYNTAX, 0 },
		{ "Sun, +6 Nov 1994 08:49:37 GMT", STILE_ESYNTAX, 0 },
		{ "Sun, 06 Nov 1994 08:49:37", STILE_ESYNTAX, 0 },
		{ "Sun, 06 Nov 1994 08:49:37 GMT; length=3", STILE_ESYNTAX, 0 },
		{ "Sun, 06-Nov-94 08:49:37 GMT", STILE_ESYNTAX, 0 },
		{ "Sunday, 06-Nov-1994 08:49:37 GMT", STILE_ESYNTAX, 0 },
		{ "Sunday, 06 Nov 94 08:49:37 GMT", STILE_ESYNTAX, 0 },
		{ "Sun Nov 6 08:49:37 1994", STILE_ESYNTAX, 0 },
		{ "Sun Nov  6 08:49:37 1994 GMT", STILE_ESYNTAX, 0 },
		{ "Sun Nov   6 08:49:37 1994", STILE_ESYNTAX, 0 },
		{ "Sun Nov  6 08:49:37 ", STILE_ESYNTAX, 0 },
		{ "6 Nov 1994", STILE_ESYNTAX, 0 },
		{ "784111777", STILE_ESYNTAX, 0 },
		{ "0", STILE_ESYNTAX, 0 },
		{ "", STILE_ESYNTAX, 0 },
		{ NULL, STILE_ESYNTAX, 0 },
	};

	check_http(cases, NELEM(cases), NOW);
	check_http(cases, NELEM(cases), 0);
	check_http(cases, 1, INT64_MIN);
	check_http(cases, 1, INT64_MAX);
}

Test(date, two_digit_years)
{
	static const struct parsed	now[] = {
		{ "Sunday, 22-Nov-26 15:30:34 GMT", STILE_OK, NOW },
		/* Fifty years ahead, to the second. */
		{ "Sunday, 22-Nov-76 15:30:34 GMT", STILE_OK, 3373284634 },
		{ "Sunday, 22-Nov-76 15:30:35 GMT", STILE_OK, 217524635 },
		{ "Monday, 23-Nov-76 00:00:00 GMT", STILE_OK, 217555200 },
		{ "Friday, 01-Jan-77 00:00:00 GMT", STILE_OK, 220924800 },
		{ "Friday, 31-Dec-99 23:59:59 GMT", STILE_OK, 946684799 },
		{ "Saturday, 01-Jan-00 00:00:00 GMT", STILE_OK, 946684800 },
		{ "Tuesday, 29-Feb-00 00:00:00 GMT", STILE_OK, 951782400 },
		{ "Tuesday, 29-Feb-01 00:00:00 GMT", STILE_ERANGE, 0 },
	};
	static const struct parsed	in_1999[] = {
		{ "Saturday, 01-Jan-00 00:00:00 GMT", STILE_OK, 946684800 },
		{ "Sunday, 06-Nov-94 08:49:37 GMT", STILE_OK, 784111777 },
		{ "Friday, 01-Jan-49 00:00:00 GMT", STILE_OK, 2493072000 },
		{ "Friday, 01-Jan-50 00:00:00 GMT", STILE_OK, -631152000 },
	};
	static const struct parsed	in_2080[] = {
		{ "Sunday, 06-Nov-94 08:49:37 GMT", STILE_OK, 3939871777 },
		{ "Saturday, 01-Jan-05 00:00:00 GMT", STILE_OK, 4260211200 },
		/* 2100 has no such day. */
		{ "Monday, 29-Feb-00 00:00:00 GMT", STILE_ERANGE, 0 },
	};
	static const struct parsed	in_year_0[] = {
		{ "Saturday, 01-Jan-50 00:00:00 GMT", STILE_OK, -60589296000 },
		{ "Saturday, 01-Jan-51 00:00:00 GMT", STILE_ERANGE, 0 },
	};

	check_http(now, NELEM(now), NOW);
	check_http(in_1999, NELEM(in_1999), 946684799);
	check_http(in_2080, NELEM(in_2080), 3471292800);
	check_http(in_year_0, NELEM(in_year_0), INT64_MIN);
}

Test(date, timestamp)
{
	static const struct {
		int64_t		 ms;
		const char	*want;
	} cases[] = {
		{ 0,			"1970-01-01T00:00:00.000Z" },
		{ 1,			"1970-01-01T00:00:00.001Z" },
		{ -1,			"1969-12-31T23:59:59.999Z" },
		{ -1000,		"1969-12-31T23:59:59.000Z" },
		{ -1001,		"1969-12-31T23:59:58.999Z" },
		{ 784111777123,		"1994-11-06T08:49:37.123Z" },
		{ YEAR_9999 * 1000 + 999, "9999-12-31T23:59:59.999Z" },
		{ YEAR_9999 * 1000 + 1000, "9999-12-31T23:59:59.999Z" },
		{ INT64_MAX,		"9999-12-31T23:59:59.999Z" },
		{ YEAR_0 * 1000,	"0000-01-01T00:00:00.000Z" },
		{ INT64_MIN,		"0000-01-01T00:00:00.000Z" },
	};
	char	out[STILE_TIMESTAMP_SIZE];
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		stile_timestamp(cases[i].ms, out);
		EXPECT_STR(out, cases[i].want, "%lld", (long long)cases[i].ms);
	}
}

Test(date, timestamp_parse)
{
	static const struct parsed	cases[] = {
		{ "1970-01-01T00:00:00Z", STILE_OK, 0 },
		{ "1994-11-06T08:49:37.123Z", STILE_OK, 784111777123 },
		{ "1994-11-06t08:49:37z", STILE_OK, 784111777000 },
		{ "1994-11-06T08:49:37.1Z", STILE_OK, 784111777100 },
		{ "1994-11-06T08:49:37.1239Z", STILE_OK, 784111777123 },
		{ "1994-11-06T08:49:37.999999999Z", STILE_OK, 784111777999 },
		{ "1994-11-06T08:49:37.0000000001Z", STILE_ESYNTAX, 0 },
		/* Down, not to zero. */
		{ "1969-12-31T23:59:59.9999Z", STILE_OK, -1 },
		{ "1969-12-31T23:59:58.0001Z", STILE_OK, -2000 },
		/* Offsets. */
		{ "1994-11-06T08:49:37+00:00", STILE_OK, 784111777000 },
		{ "1994-11-06T08:49:37-00:00", STILE_OK, 784111777000 },
		{ "1994-11-06T09:49:37+01:00", STILE_OK, 784111777000 },
		{ "1994-11-06T00:49:37.5-08:00", STILE_OK, 784111777500 },
		{ "1994-11-06T14:19:37+05:30", STILE_OK, 784111777000 },
		{ "1994-11-07T08:48:37+23:59", STILE_OK, 784111777000 },
		{ "1994-11-06T08:49:37+24:00", STILE_ERANGE, 0 },
		{ "1994-11-06T08:49:37+01:60", STILE_ERANGE, 0 },
		{ "0000-01-01T00:00:00Z", STILE_OK, YEAR_0 * 1000 },
		{ "0000-01-01T00:00:00+00:01", STILE_ERANGE, 0 },
		{ "9999-12-31T23:59:59.999Z", STILE_OK,
		    YEAR_9999 * 1000 + 999 },
		{ "9999-12-31T23:59:59-00:01", STILE_ERANGE, 0 },
		/* Leap seconds are the last millisecond before them. */
		{ "2016-12-31T23:59:60Z", STILE_OK, 1483228799999 },
		{ "2016-12-31T23:59:60.5Z", STILE_OK, 1483228799999 },
		{ "2017-01-01T05:29:60+05:30", STILE_OK, 1483228799999 },
		{ "9999-12-31T23:59:60Z", STILE_OK, YEAR_9999 * 1000 + 999 },
		{ "2016-12-31T23:59:60-01:00", STILE_ERANGE, 0 },
		{ "9999-12-31T23:59:60-01:00", STILE_ERANGE, 0 },
		{ "0000-01-01T00:00:60+00:02", STILE_ERANGE, 0 },
		{ "2016-12-31T12:00:60Z", STILE_ERANGE, 0 },
		{ "2016-12-31T23:59:61Z", STILE_ERANGE, 0 },
		/* Not in the calendar. */
		{ "1994-02-29T00:00:00Z", STILE_ERANGE, 0 },
		{ "1994-00-06T00:00:00Z", STILE_ERANGE, 0 },
		{ "1994-13-06T00:00:00Z", STILE_ERANGE, 0 },
		{ "1994-11-00T00:00:00Z", STILE_ERANGE, 0 },
		{ "1994-11-31T00:00:00Z", STILE_ERANGE, 0 },
		{ "1994-11-06T24:00:00Z", STILE_ERANGE, 0 },
		{ "1994-11-06T08:60:37Z", STILE_ERANGE, 0 },
		/* Not RFC 3339. */
		{ "1994-11-06T08:49:37", STILE_ESYNTAX, 0 },
		{ "1994-11-06T08:49Z", STILE_ESYNTAX, 0 },
		{ "1994-11-06 08:49:37Z", STILE_ESYNTAX, 0 },
		{ "1994-11-06T08:49:37.Z", STILE_ESYNTAX, 0 },
		{ "1994-11-06T08:49:37,5Z", STILE_ESYNTAX, 0 },
		{ "1994-11-06T08:49:37+0100", STILE_ESYNTAX, 0 },
		{ "1994-11-06T08:49:37+01", STILE_ESYNTAX, 0 },
		{ "1994-11-06T08:49:37+1:00", STILE_ESYNTAX, 0 },
		{ "1994-11-06T08:49:37-+1:00", STILE_ESYNTAX, 0 },
		{ "1994-11-06T08:49:37Z ", STILE_ESYNTAX, 0 },
		{ " 1994-11-06T08:49:37Z", STILE_ESYNTAX, 0 },
		{ "1994-11-06T08:49:37ZZ", STILE_ESYNTAX, 0 },
		{ "+1994-11-06T08:49:37Z", STILE_ESYNTAX, 0 },
		{ "-994-11-06T08:49:37Z", STILE_ESYNTAX, 0 },
		{ "94-11-06T08:49:37Z", STILE_ESYNTAX, 0 },
		{ "1994-1-06T08:49:37Z", STILE_ESYNTAX, 0 },
		{ "19941106T084937Z", STILE_ESYNTAX, 0 },
		{ "1994-W44-7T08:49:37Z", STILE_ESYNTAX, 0 },
		{ "1994-11-06", STILE_ESYNTAX, 0 },
		{ "", STILE_ESYNTAX, 0 },
		{ NULL, STILE_ESYNTAX, 0 },
	};
	int64_t	got;
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		got = UNTOUCHED;
		cr_expect_eq(stile_timestamp_parse(stile_str(cases[i].text),
		    &got), cases[i].rc, "%s", cases[i].text);
		cr_expect_eq(got, cases[i].rc == STILE_OK ? cases[i].want :
		    UNTOUCHED, "%s: %lld", cases[i].text, (long long)got);
	}
}

Test(date, day)
{
	static const struct parsed	cases[] = {
		{ "1970-01-01", STILE_OK, 0 },
		{ "1969-12-31", STILE_OK, -1 },
		{ "2000-02-29", STILE_OK, 11016 },
		{ "2026-11-22", STILE_OK, 20779 },
		{ "0000-01-01", STILE_OK, -719528 },
		{ "9999-12-31", STILE_OK, 2932896 },
		{ "1900-02-29", STILE_ERANGE, 0 },
		{ "2026-02-30", STILE_ERANGE, 0 },
		{ "2026-00-01", STILE_ERANGE, 0 },
		{ "2026-13-01", STILE_ERANGE, 0 },
		{ "2026-01-00", STILE_ERANGE, 0 },
		{ "2026-1-1", STILE_ESYNTAX, 0 },
		{ "2026-11-", STILE_ESYNTAX, 0 },
		{ "2026-11-22T00:00:00Z", STILE_ESYNTAX, 0 },
		{ "2026-11-22 ", STILE_ESYNTAX, 0 },
		{ "2026/11/22", STILE_ESYNTAX, 0 },
		{ "20261122", STILE_ESYNTAX, 0 },
		{ "26-11-22", STILE_ESYNTAX, 0 },
		{ "12026-11-22", STILE_ESYNTAX, 0 },
		{ "-026-11-22", STILE_ESYNTAX, 0 },
		{ "", STILE_ESYNTAX, 0 },
		{ NULL, STILE_ESYNTAX, 0 },
	};
	char	out[STILE_DAY_SIZE];
	int64_t	got;
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		got = UNTOUCHED;
		cr_expect_eq(stile_day_parse(stile_str(cases[i].text), &got),
		    cases[i].rc, "%s", cases[i].text);
		cr_expect_eq(got, cases[i].rc == STILE_OK ? cases[i].want :
		    UNTOUCHED, "%s: %lld", cases[i].text, (long long)got);
		if (cases[i].rc != STILE_OK)
			continue;
		stile_day(cases[i].want, out);
		EXPECT_STR(out, cases[i].text, "written");
	}
	stile_day(INT64_MIN, out);
	EXPECT_STR(out, "0000-01-01", "too early");
	stile_day(INT64_MAX, out);
	EXPECT_STR(out, "9999-12-31", "too late");
}

/* libc's calendar, once around. */
Test(date, every_day_as_libc_has_it)
{
	static const int64_t	clocks[] = { 0, 43261, 86399 };
	char		out[STILE_HTTP_DATE_SIZE], want[64];
	int64_t		day, sec, got;
	struct tm	tm;
	time_t		t;

	for (day = -719528; day <= 2932896; day += 1 + (day > 60000) * 6) {
		sec = day * 86400 + clocks[(day + 719528) % 3];
		t = (time_t)sec;
		gmtime_r(&t, &tm);
		strftime(want, sizeof(want), "%a, %d %b ", &tm);
		snprintf(want + strlen(want), sizeof(want) - strlen(want),
		    "%04d ", tm.tm_year + 1900);
		strftime(want + strlen(want), sizeof(want) - strlen(want),
		    "%H:%M:%S GMT", &tm);
		stile_http_date(sec, out);
		if (strcmp(out, want) != 0)
			cr_assert(false, "%s, not %s", out, want);
		got = UNTOUCHED;
		if (stile_http_date_parse(stile_str(out), NOW, &got) !=
		    STILE_OK || got != sec)
			cr_assert(false, "%s: %lld", out, (long long)got);
	}
}

Test(date, timestamps_there_and_back)
{
	int64_t	ms, got;
	char	out[STILE_TIMESTAMP_SIZE];

	for (ms = YEAR_0 * 1000; ms <= YEAR_9999 * 1000;
	    ms += INT64_C(3155692617)) {
		stile_timestamp(ms, out);
		got = UNTOUCHED;
		if (stile_timestamp_parse(stile_str(out), &got) != STILE_OK ||
		    got != ms)
			cr_assert(false, "%s: %lld", out, (long long)got);
	}
}

static void
parse_any(struct stile_str s)
{
	int64_t		v;
	enum stile_err	rc;

	rc = stile_http_date_parse(s, NOW, &v);
	cr_assert(rc == STILE_OK || rc == STILE_ESYNTAX || rc == STILE_ERANGE);
	rc = stile_timestamp_parse(s, &v);
	cr_assert(rc == STILE_OK || rc == STILE_ESYNTAX || rc == STILE_ERANGE);
	rc = stile_day_parse(s, &v);
	cr_assert(rc == STILE_OK || rc == STILE_ESYNTAX || rc == STILE_ERANGE);
}

Test(date, prefixes)
{
	each_prefix(STR("Wednesday, 16-Nov-94 08:49:37 GMT"), parse_any);
	each_prefix(STR("Sun, 06 Nov 1994 08:49:37 GMT"), parse_any);
	each_prefix(STR("Sun Nov  6 08:49:37 1994"), parse_any);
	each_prefix(STR("1994-11-06T08:49:37.123456789+05:30"), parse_any);
	each_prefix(STR("2026-11-22"), parse_any);
}

Test(date, vectors_byte_by_byte)
{
	each_text(vectors("werkzeug_http_headers.json"), parse_any);
	each_text(vectors("fresh.json"), parse_any);
}

/* ---- vectors ------------------------------------------------------------- */

/* What we refuse on purpose. */
static const struct {
	const char	*text, *why;
} others[] = {
	{ " Sun 02 Feb 1343 08:49:37 GMT", "none of the three forms" },
};

/* A header's value loses the blanks at its ends before it gets here. */
static size_t
replay_parse(struct json_object *cases, size_t *exceptions)
{
	struct json_object	*c, *want;
	const char		*text;
	char			 out[STILE_TIMESTAMP_SIZE];
	int64_t			 sec;
	size_t			 i, k;
	bool			 ok, known;

	for (i = 0; i < json_object_array_length(cases); i++) {
		c = json_object_array_get_idx(cases, i);
		text = json_object_get_string(json_object_array_get_idx(
		    json_object_object_get(c, "args"), 0));
		want = json_object_object_get(json_object_object_get(c,
		    "result"), "datetime");
		for (k = 0, known = false; k < NELEM(others); k++)
			known |= strcmp(others[k].text, text) == 0;
		*exceptions += known;
		sec = 0;
		ok = stile_http_date_parse(stile_str_trim(stile_str(text)),
		    NOW, &sec) == STILE_OK;
		if (!ok || known) {
			cr_expect(!ok && (known || want == NULL), "%s", text);
			continue;
		}
		stile_timestamp(sec * 1000, out);
		cr_expect(want != NULL && strncmp(json_object_get_string(want),
		    out, 19) == 0, "%s: %s", text, out);
	}
	return i;
}

static size_t
replay_write(struct json_object *cases)
{
	struct json_object	*c, *arg, *text;
	char			 out[STILE_HTTP_DATE_SIZE], ts[64];
	int64_t			 ms;
	size_t			 i, played = 0;

	for (i = 0; i < json_object_array_length(cases); i++) {
		c = json_object_array_get_idx(cases, i);
		arg = json_object_array_get_idx(json_object_object_get(c,
		    "args"), 0);
		if (arg == NULL)		/* the time of the recording */
			continue;
		if (json_object_object_get_ex(arg, "datetime", &text) ||
		    json_object_object_get_ex(arg, "date", &text)) {
			snprintf(ts, sizeof(ts), "%s%s",
			    json_object_get_string(text),
			    json_object_object_get(arg, "date") != NULL ?
			    "T00:00:00" : "");
			if (strlen(ts) < 20 || (ts[strlen(ts) - 6] != '+' &&
			    ts[strlen(ts) - 6] != '-'))
				strncat(ts, "Z", 2);
			cr_assert_eq(stile_timestamp_parse(stile_str(ts), &ms),
			    STILE_OK, "%s", ts);
		} else
			ms = json_object_get_int64(arg) * 1000;
		/* Down to the second, also before 1970. */
		stile_http_date((ms - (ms % 1000 + 1000) % 1000) / 1000, out);
		EXPECT_STR(out, json_object_get_string(
		    json_object_object_get(c, "result")), "case %zu", i);
		played++;
	}
	return played;
}

Test(date, vectors_werkzeug)
{
	struct json_object	*j, *cases;
	size_t			 exceptions = 0;

	j = vectors("werkzeug_http_headers.json");
	cases = json_object_object_get(j, "cases");
	vectors_played("werkzeug_http_headers.json", "http.parse_date",
	    replay_parse(json_object_object_get(cases, "http.parse_date"),
	    &exceptions));
	cr_expect_eq(exceptions, NELEM(others));
	vectors_played("werkzeug_http_headers.json", "http.http_date",
	    replay_write(json_object_object_get(cases, "http.http_date")));
	json_object_put(j);
}
