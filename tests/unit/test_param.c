/* SPDX-License-Identifier: ISC */
/* lib/http/param.c: a value in its bounds, or the request fails. */
#include "form.h"

#include <math.h>

#include "stile/cookie.h"
#include "stile/enc.h"

static const char *
detail(struct unit *u)
{
	return stile_failed_detail(&u->r);
}

Test(param, path)
{
	static const struct req_param	params[] = {
		{ STILE_STR_INIT("id"), { STILE_INT, { .i = -7 } }, "-7" },
		{ STILE_STR_INIT("name"), { STILE_TEXT,
		    { .s = STILE_STR_INIT("x") } }, "x" },
	};
	struct unit	u;

	BEGIN(&u, "X=");
	u.r.params = params;
	u.r.nparams = NELEM(params);
	cr_expect_eq(stile_path_int(&u.r, "id"), -7);
	EXPECT_STR(stile_path(&u.r, "id"), "-7", "as text");
	EXPECT_STR(stile_path(&u.r, "name"), "x", "text");
	cr_expect_eq(stile_failed(&u.r), STILE_OK);
	cr_expect_eq(stile_path_int(&u.r, "name"), 0);
	cr_expect_eq(stile_failed_status(&u.r), 500);
	EXPECT_STR(u.r.failure.cause.detail, "{name} is not an integer", "log");
	EXPECT_STR(detail(&u), "", "nothing of it is sent");
	unit_end(&u);

	BEGIN(&u, "X=");
	EXPECT_STR(stile_path(&u.r, "id"), "", "no such parameter");
	cr_expect_eq(stile_path_int(&u.r, "id"), 0);
	cr_expect_eq(stile_failed_status(&u.r), 500);
	EXPECT_STR(u.r.failure.cause.detail, "the route has no {id}", "log");
	unit_end(&u);
}

Test(param, query)
{
	struct unit	u;

	BEGIN(&u, "QUERY_STRING=a=%FF%C3%A4\xE2\x82");
	EXPECT_STR(stile_query(&u.r, "a"),
	    "\xEF\xBF\xBD\xC3\xA4\xEF\xBF\xBD", "what is not UTF-8");
	unit_end(&u);

	BEGIN(&u, "QUERY_STRING=a=1&b=x%20y&a=2&c");
	EXPECT_STR(stile_query(&u.r, "a"), "1", "the first");
	EXPECT_STR(stile_query(&u.r, "b"), "x y", "decoded");
	EXPECT_STR(stile_query(&u.r, "c"), "", "no value");
	EXPECT_STR(stile_query(&u.r, "d"), NULL, "absent");
	cr_expect_eq(stile_table_count(stile_query_table(&u.r)), 4);
	cr_expect(stile_query_table(&u.r) == stile_query_table(&u.r));
	cr_expect_eq(stile_query_int(&u.r, "a", 0, 9, 5), 1);
	cr_expect_eq(stile_query_int(&u.r, "d", 0, 9, 5), 5);
	cr_expect_eq(stile_failed(&u.r), STILE_OK);
	unit_end(&u);
}

Test(param, query_that_cannot_be_read)
{
	static const struct {
		const char	*var;
		int		 status;
	} cases[] = {
		{ "QUERY_STRING=a=%00", 400 },
		{ "QUERY_STRING=a&b&c&d", 414 },
	};
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, cases[i].var);
		u.r.max.params = 3;
		EXPECT_STR(stile_query(&u.r, "a"), NULL, "%s", cases[i].var);
		cr_expect_eq(stile_failed_status(&u.r), cases[i].status, "%s",
		    cases[i].var);
		cr_expect(stile_query_table(&u.r) == NULL);
		cr_expect_eq(stile_query_int(&u.r, "a", 0, 9, 5), 5);
		unit_end(&u);
	}
}

Test(param, query_integers)
{
	static const struct {
		const char	*var;
		int64_t		 want;
		bool		 ok;
	} cases[] = {
		{ "QUERY_STRING=n=1", 1, true },
		{ "QUERY_STRING=n=10", 10, true },
		{ "QUERY_STRING=n=%31", 1, true },
		{ "QUERY_STRING=n=0", 1, false },
		{ "QUERY_STRING=n=11", 1, false },
		{ "QUERY_STRING=n=", 1, false },
		{ "QUERY_STRING=n", 1, false },
		{ "QUERY_STRING=n=x", 1, false },
		{ "QUERY_STRING=n=+1", 1, false },
		{ "QUERY_STRING=n=99999999999999999999", 1, false },
		{ "QUERY_STRING=m=5", 7, true },
	};
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, cases[i].var);
		cr_expect_eq(stile_query_int(&u.r, "n", 1, 10, 7),
		    cases[i].want, "%s", cases[i].var);
		cr_expect_eq(stile_failed_status(&u.r), cases[i].ok ? 0 : 400,
		    "%s", cases[i].var);
		if (!cases[i].ok)
			EXPECT_STR(detail(&u), "n: an integer from 1 to 10 is "
			    "expected", "%s", cases[i].var);
		unit_end(&u);
	}
}

/* Members are of the failure that stands, and of no later one. */
Test(param, the_first_wrong_parameter_stands)
{
	struct unit	u;

	BEGIN(&u, "QUERY_STRING=a=x&b=y");
	stile_query_int(&u.r, "a", 0, 9, 0);
	stile_query_int(&u.r, "b", 0, 9, 0);
	cr_expect_eq(u.r.failure.nmembers, 2);
	EXPECT_STR(u.r.failure.members[1].u.s.p, "a", "the first");
	unit_end(&u);

	BEGIN(&u, "QUERY_STRING=a=x");
	stile_fail(&u.r, 404, "no such note");
	stile_query_int(&u.r, "a", 0, 9, 0);
	cr_expect_eq(u.r.failure.nmembers, 0);
	unit_end(&u);
}

/* ---- typed, from each place ------------------------------------------ */

enum kind { AS_TEXT, AS_INT, AS_DOUBLE, AS_BOOL, AS_DAY, AS_TIME, AS_UUID,
	AS_CHOICE };

static enum stile_in	from;
static enum kind	kind;
static const char	*param_name;
static double		double_min, double_max;
static int64_t		int_min, int_max;

#define ABSENT	(-77)
#define CHOICES	"red green dark-blue"

/* What it got, as text; the value of a parameter that is not there too. */
static int
take(struct stile_req *r)
{
	char		 s[100] = "";
	const char	*text = s;

	switch (kind) {
	case AS_TEXT:
		text = stile_param(r, from, param_name);
		break;
	case AS_INT:
		snprintf(s, sizeof(s), "%lld", (long long)stile_param_int(r,
		    from, param_name, int_min, int_max, ABSENT));
		break;
	case AS_DOUBLE:
		snprintf(s, sizeof(s), "%.17g", stile_param_double(r, from,
		    param_name, double_min, double_max, ABSENT));
		break;
	case AS_BOOL:
		/* absent stands for itself */
		snprintf(s, sizeof(s), "%d%d",
		    stile_param_bool(r, from, param_name, false),
		    stile_param_bool(r, from, param_name, true));
		break;
	case AS_DAY:
		snprintf(s, sizeof(s), "%lld", (long long)stile_param_day(r,
		    from, param_name, ABSENT));
		break;
	case AS_TIME:
		snprintf(s, sizeof(s), "%lld", (long long)stile_param_time(r,
		    from, param_name, ABSENT));
		break;
	case AS_UUID:
		text = stile_param_uuid(r, from, param_name);
		break;
	case AS_CHOICE:
		snprintf(s, sizeof(s), "%d", stile_param_choice(r, from,
		    param_name, CHOICES, ABSENT));
		break;
	}
	return stile_send_text(r, 200, text != NULL ? text : "(none)");
}

/* Send it where it is looked for, percent-encoded where that is done. */
static const struct stile_answer *
send_value(struct stile_client *c, const char *value)
{
	struct stile_arena	*arena = stile_arena_new(0);
	struct stile_buf	*b = stile_buf_new(arena, 4096);
	const struct stile_answer *a;
	struct form		 f = { 0 };
	char			 target[600], cookie[600];

	stile_enc_percent(b, stile_str(value));
	snprintf(target, sizeof(target), from == STILE_IN_PATH ? "/at/%s" :
	    from == STILE_IN_QUERY ? "/?x=&p=%s&p=other" : "/",
	    stile_buf_view(b).p);
	snprintf(cookie, sizeof(cookie), "x=; p=%s; p=other", value);
	stile_client_header(c, "P", from == STILE_IN_HEADER ? value : NULL);
	stile_client_header(c, "Cookie", from == STILE_IN_COOKIE ? cookie :
	    NULL);
	if (from == STILE_IN_FORM) {
		form_field(&f, "p", value);
		form_field(&f, "p", "other");
		form_end(&f);
		a = form_send(c, &f);
		form_clear(&f);
	} else
		a = stile_client_get(c, target);
	stile_arena_free(arena);
	return a;
}

static const enum stile_in	places[] = {
	STILE_IN_PATH, STILE_IN_QUERY, STILE_IN_FORM, STILE_IN_HEADER,
	STILE_IN_COOKIE
};

#define UUID	"01234567-89ab-cdef-0123-456789abcdef"

/* A value, and what becomes of it: want, or 400 with the detail. */
static const struct typed_case {
	enum kind	 kind;
	const char	*value;
	const char	*want;		/* NULL: refused */
} typed[] = {
	{ AS_TEXT, "x y", "x y" },
	{ AS_TEXT, "\xC3\xA4", "\xC3\xA4" },

	{ AS_INT, "5", "5" },
	{ AS_INT, "-5", "-5" },
	{ AS_INT, "10", "10" },
	{ AS_INT, "-10", "-10" },
	{ AS_INT, "007", "7" },
	{ AS_INT, "11", NULL },
	{ AS_INT, "-11", NULL },
	{ AS_INT, "+5", NULL },
	{ AS_INT, "5.0", NULL },
	{ AS_INT, "0x5", NULL },
	{ AS_INT, "5x", NULL },
	{ AS_INT, "-", NULL },
	{ AS_INT, "9223372036854775808", NULL },
	{ AS_INT, "-9223372036854775809", NULL },
	{ AS_INT, "18446744073709551617", NULL },	/* 1 in 64 bits */

	{ AS_DOUBLE, "0.25", "0.25" },
	{ AS_DOUBLE, "-0.5", "-0.5" },
	{ AS_DOUBLE, "1.5", "1.5" },
	{ AS_DOUBLE, "15e-1", "1.5" },
	{ AS_DOUBLE, "-0", "-0" },
	{ AS_DOUBLE, "1.5000000000000002", NULL },
	{ AS_DOUBLE, "-0.50000000000000012", NULL },
	{ AS_DOUBLE, "NaN", NULL },
	{ AS_DOUBLE, "nan", NULL },
	{ AS_DOUBLE, "-nan", NULL },
	{ AS_DOUBLE, "inf", NULL },
	{ AS_DOUBLE, "Infinity", NULL },
	{ AS_DOUBLE, "-Infinity", NULL },
	{ AS_DOUBLE, "1e400", NULL },
	{ AS_DOUBLE, "1,5", NULL },
	{ AS_DOUBLE, ".5", NULL },
	{ AS_DOUBLE, "1.", NULL },
	{ AS_DOUBLE, "+1", NULL },
	{ AS_DOUBLE, "0x1p0", NULL },

	{ AS_BOOL, "true", "11" },
	{ AS_BOOL, "on", "11" },
	{ AS_BOOL, "YES", "11" },
	{ AS_BOOL, "1", "11" },
	{ AS_BOOL, "false", "00" },
	{ AS_BOOL, "Off", "00" },
	{ AS_BOOL, "no", "00" },
	{ AS_BOOL, "0", "00" },
	{ AS_BOOL, "2", NULL },
	{ AS_BOOL, "truee", NULL },
	{ AS_BOOL, "t", NULL },

	{ AS_DAY, "1970-01-01", "0" },
	{ AS_DAY, "1969-12-31", "-1" },
	{ AS_DAY, "2024-02-29", "19782" },
	{ AS_DAY, "9999-12-31", "2932896" },
	{ AS_DAY, "0000-01-01", "-719528" },
	{ AS_DAY, "2023-02-29", NULL },
	{ AS_DAY, "2024-13-01", NULL },
	{ AS_DAY, "2024-1-1", NULL },
	{ AS_DAY, "24-01-01", NULL },
	{ AS_DAY, "2024-01-01T00:00:00Z", NULL },
	{ AS_DAY, "01.01.2024", NULL },

	{ AS_TIME, "1970-01-01T00:00:00Z", "0" },
	{ AS_TIME, "1970-01-01T00:00:00.001Z", "1" },
	{ AS_TIME, "1969-12-31T23:59:59.999Z", "-1" },
	{ AS_TIME, "1970-01-01T02:00:00+02:00", "0" },
	{ AS_TIME, "2024-02-29t12:00:00z", "1709208000000" },
	{ AS_TIME, "2024-02-29", NULL },
	{ AS_TIME, "2024-02-29T12:00:00", NULL },
	{ AS_TIME, "2024-02-29T24:00:00Z", NULL },
	{ AS_TIME, "2024-02-30T12:00:00Z", NULL },
	{ AS_TIME, "1709208000", NULL },

	{ AS_UUID, UUID, UUID },
	{ AS_UUID, "01234567-89AB-CDEF-0123-456789abCDEF", UUID },
	{ AS_UUID, "00000000-0000-0000-0000-000000000000",
	    "00000000-0000-0000-0000-000000000000" },
	{ AS_UUID, "0123456789abcdef0123456789abcdef", NULL },
	{ AS_UUID, "{01234567-89ab-cdef-0123-456789abcdef}", NULL },
	{ AS_UUID, "01234567-89ab-cdef-0123-456789abcdeg", NULL },
	{ AS_UUID, "01234567-89ab-cdef-0123-456789abcdef0", NULL },
	{ AS_UUID, "01234567-89ab-cdef-0123-456789abcde", NULL },
	{ AS_UUID, "0123456-789ab-cdef-0123-456789abcdef", NULL },

	{ AS_CHOICE, "red", "0" },
	{ AS_CHOICE, "green", "1" },
	{ AS_CHOICE, "dark-blue", "2" },
	{ AS_CHOICE, "Red", NULL },
	{ AS_CHOICE, "re", NULL },
	{ AS_CHOICE, "redd", NULL },
	{ AS_CHOICE, "red green", NULL },
	{ AS_CHOICE, "blue", NULL },
};

static const char *const	expected[] = {
	[AS_INT] = "an integer from -10 to 10",
	[AS_DOUBLE] = "a number from -0.5 to 1.5",
	[AS_BOOL] = "true or false",
	[AS_DAY] = "a date such as 2026-11-22",
	[AS_TIME] = "a time such as 2026-11-22T10:00:00Z",
	[AS_UUID] = "a UUID",
	[AS_CHOICE] = "one of " CHOICES,
};

static void
check_typed(struct stile_client *c, const struct typed_case *t)
{
	const struct stile_answer	*a;
	char				 want[120];

	kind = t->kind;
	param_name = from == STILE_IN_PATH ? "id" : "p";
	a = send_value(c, t->value);
	EXPECT_ANSWER(a, t->want != NULL ? 200 : 400, t->want,
	    "%s as %d from %d", t->value, t->kind, from);
	if (t->want != NULL)
		return;
	snprintf(want, sizeof(want), "%s: %s is expected", param_name,
	    expected[t->kind]);
	EXPECT_STR(detail_of(a), want, "%s", t->value);
	EXPECT_STR(member_of(a, "parameter"), param_name, "%s", t->value);
}

Test(param, typed_from_each_place)
{
	struct stile_client	*c = CLIENT(&form_app,);
	size_t			 i, k;

	act = take;
	int_min = -10;
	int_max = 10;
	double_min = -0.5;
	double_max = 1.5;
	for (i = 0; i < NELEM(places); i++)
		for (k = 0; k < NELEM(typed); k++) {
			from = places[i];
			check_typed(c, &typed[k]);
		}
	stile_client_free(c);
}

/* What is there and empty is no value of any type. */
Test(param, empty_is_not_absent)
{
	struct stile_client		*c = CLIENT(&form_app,);
	const struct stile_answer	*a;
	size_t				 i;

	act = take;
	for (i = 0; i < NELEM(places); i++)
		for (kind = AS_TEXT; kind <= AS_CHOICE; kind++) {
			from = places[i];
			/* There is no route for an empty segment, and servers
			 * say "" for a header that is not there. */
			if (from == STILE_IN_PATH || from == STILE_IN_HEADER)
				continue;
			param_name = "p";
			a = send_value(c, "");
			EXPECT_ANSWER(a, kind == AS_TEXT ? 200 : 400, NULL,
			    "%d from %d", kind, from);
		}
	stile_client_free(c);
}

Test(param, absent)
{
	static const char *const	want[] = {
		[AS_TEXT] = "(none)", [AS_INT] = "-77", [AS_DOUBLE] = "-77",
		[AS_BOOL] = "01", [AS_DAY] = "-77", [AS_TIME] = "-77",
		[AS_UUID] = "(none)", [AS_CHOICE] = "-77",
	};
	struct stile_client	*c = CLIENT(&form_app,);
	size_t			 i;

	act = take;
	param_name = "q";
	for (i = 0; i < NELEM(places); i++)
		for (kind = AS_TEXT; kind <= AS_CHOICE; kind++) {
			from = places[i];
			if (from == STILE_IN_PATH)
				EXPECT_ANSWER(send_value(c, "x"), 500, NULL,
				    "the route has no such one");
			else
				EXPECT_ANSWER(send_value(c, "x"), 200,
				    want[kind], "%d from %d", kind, from);
		}
	stile_client_free(c);
}

Test(param, bounds_of_the_types_themselves)
{
	static const struct {
		int64_t		 min, max;
		const char	*value;
		bool		 ok;
	} ints[] = {
		{ INT64_MIN, INT64_MAX, "9223372036854775807", true },
		{ INT64_MIN, INT64_MAX, "-9223372036854775808", true },
		{ INT64_MIN, INT64_MAX, "9223372036854775808", false },
		{ 5, 5, "5", true },
		{ 5, 5, "4", false },
		{ 5, 4, "5", false },
	};
	static const struct {
		double		 min, max;
		const char	*value;
		bool		 ok;
	} doubles[] = {
		{ -INFINITY, INFINITY, "1.7976931348623157e308", true },
		{ -INFINITY, INFINITY, "1e309", false },
		{ -INFINITY, INFINITY, "nan", false },
		{ 0, 0, "0", true },
		{ 0, 0, "-0", true },
		{ 0, 0, "4.9e-324", false },
		{ NAN, NAN, "0", false },
	};
	struct stile_client	*c = CLIENT(&form_app,);
	size_t			 i;

	act = take;
	from = STILE_IN_QUERY;
	param_name = "p";
	kind = AS_INT;
	for (i = 0; i < NELEM(ints); i++) {
		int_min = ints[i].min;
		int_max = ints[i].max;
		EXPECT_ANSWER(send_value(c, ints[i].value), ints[i].ok ? 200 :
		    400, ints[i].ok ? ints[i].value : NULL, "%s",
		    ints[i].value);
	}
	kind = AS_DOUBLE;
	for (i = 0; i < NELEM(doubles); i++) {
		double_min = doubles[i].min;
		double_max = doubles[i].max;
		EXPECT_ANSWER(send_value(c, doubles[i].value), doubles[i].ok ?
		    200 : 400, NULL, "%s", doubles[i].value);
	}
	stile_client_free(c);
}

/* The bounds as they are, not rounded. */
Test(param, says_which_number_is_expected)
{
	static const struct {
		double		 min, max;
		const char	*want;
	} cases[] = {
		{ -0.5, 1.5, "p: a number from -0.5 to 1.5 is expected" },
		{ 0.1, 16777217, "p: a number from 0.1 to 16777217 is expected" },
		{ -1234567.125, 0.30000000000000004,
		    "p: a number from -1234567.125 to 0.30000000000000004 is "
		    "expected" },
		{ -INFINITY, 1e300, "p: a number from -inf to 1e+300 is "
		    "expected" },
	};
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, "QUERY_STRING=p=x");
		stile_param_double(&u.r, STILE_IN_QUERY, "p", cases[i].min,
		    cases[i].max, 0);
		EXPECT_STR(detail(&u), cases[i].want, "%zu", i);
		unit_end(&u);
	}
}

/* What a refused value gives is in the bounds, or the one for absent. */
Test(param, a_refused_value_is_harmless)
{
	struct unit	u;

	BEGIN(&u, "QUERY_STRING=p=x");
	cr_expect_eq(stile_param_int(&u.r, STILE_IN_QUERY, "p", 3, 9, -1), 3);
	cr_expect_eq(stile_param_double(&u.r, STILE_IN_QUERY, "p", 3, 9, -1),
	    3);
	cr_expect_eq(stile_param_bool(&u.r, STILE_IN_QUERY, "p", true), true);
	cr_expect_eq(stile_param_day(&u.r, STILE_IN_QUERY, "p", 7), 7);
	cr_expect_eq(stile_param_time(&u.r, STILE_IN_QUERY, "p", 7), 7);
	cr_expect(stile_param_uuid(&u.r, STILE_IN_QUERY, "p") == NULL);
	cr_expect_eq(stile_param_choice(&u.r, STILE_IN_QUERY, "p", "a b", -1),
	    -1);
	EXPECT_STR(detail(&u), "p: an integer from 3 to 9 is expected",
	    "the first stands");
	unit_end(&u);
}

Test(param, a_place_that_there_is_not)
{
	struct unit	u;

	BEGIN(&u, "QUERY_STRING=p=x");
	EXPECT_STR(stile_param(&u.r, (enum stile_in)99, "p"), NULL, "99");
	unit_end(&u);
}

/* ---- cookies that came ----------------------------------------------- */

Test(param, cookies)
{
	struct unit	u;

	BEGIN(&u, "HTTP_COOKIE=a=1; b=\"x y\"; a=2", "HTTP_COOKIE=c=3");
	EXPECT_STR(stile_cookie(&u.r, "a"), "1", "the first");
	EXPECT_STR(stile_cookie(&u.r, "b"), "\"x y\"", "as it came");
	EXPECT_STR(stile_cookie(&u.r, "c"), "3", "of the second header");
	EXPECT_STR(stile_cookie(&u.r, "A"), NULL, "names tell case");
	cr_expect_eq(stile_table_count(stile_cookie_table(&u.r)), 4);
	cr_expect(stile_cookie_table(&u.r) == stile_cookie_table(&u.r));
	unit_end(&u);

	BEGIN(&u, "X=");
	EXPECT_STR(stile_cookie(&u.r, "a"), NULL, "no header");
	cr_expect_eq(stile_table_count(stile_cookie_table(&u.r)), 0);
	cr_expect_eq(stile_failed(&u.r), STILE_OK);
	unit_end(&u);

	BEGIN(&u, "HTTP_COOKIE=a=1; b=2; c=3; d=4");
	u.r.max.params = 3;
	EXPECT_STR(stile_cookie(&u.r, "a"), NULL, "too many");
	cr_expect(stile_cookie_table(&u.r) == NULL);
	cr_expect_eq(stile_failed_status(&u.r), 431);
	unit_end(&u);
}

/* ---- without memory -------------------------------------------------- */

static enum stile_err
take_all(void)
{
	struct unit	 u;
	enum stile_err	 rc = STILE_ENOMEM;
	const char	*uuid = NULL;

	unit_begin(&u);
	if (u.r.arena == NULL)
		goto out;
	stile__req_init(&u.r, VARS("REQUEST_METHOD=GET", "PATH_INFO=/",
	    "QUERY_STRING=u=" UUID, "HTTP_COOKIE=c=1", "HTTP_COOKIE=d=2"));
	uuid = stile_param_uuid(&u.r, STILE_IN_QUERY, "u");
	stile_param_int(&u.r, STILE_IN_COOKIE, "d", 0, 9, 0);
	rc = stile_failed(&u.r) == STILE_OK ? STILE_OK : STILE_ENOMEM;
	if (rc != STILE_OK)
		cr_expect_eq(stile_failed_status(&u.r), 503);
	else
		EXPECT_STR(uuid, UUID, "got");
out:
	unit_end(&u);
	return rc;
}

Test(param, survives_every_allocation_failure)
{
	cr_expect_gt(torture(take_all), 1);
}
