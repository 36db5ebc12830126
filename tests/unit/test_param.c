/* SPDX-License-Identifier: ISC */
/* lib/http/param.c: a value in its bounds, or the request fails. */
#include "unit.h"

#include "stile/table.h"

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
		{ "QUERY_STRING=a&b&c&d", 413 },
	};
	struct unit	u;
	size_t		i;

	for (i = 0; i < NELEM(cases); i++) {
		BEGIN(&u, cases[i].var);
		u.limits.params = 3;
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

static const char	object[] = "{\"s\":\"a\xC3\xA4\","
    "\"empty\":\"\",\"nul\":\"a\\u0000b\",\"n\":5,\"big\":9223372036854775807,"
    "\"d\":5.0,\"yes\":true,\"no\":false,\"none\":null,\"list\":[1],"
    "\"o\":{\"s\":\"inner\"}}";

/* One getter a case: which, its bounds, and what it gives. */
static const struct member_case {
	const char	*name;
	char		 type;		/* 's', 'i' or 'b' */
	int64_t		 min, max;
	const char	*text;		/* what is got */
	int64_t		 number;
	const char	*detail;	/* NULL where it is right */
} members[] = {
	{ "s", 's', 0, 2, "a\xC3\xA4", 0, NULL },
	{ "s", 's', 2, 2, "a\xC3\xA4", 0, NULL },
	{ "s", 's', 0, 1, "", 0, "s: 0 to 1 characters are expected, not 2" },
	{ "s", 's', 3, 9, "", 0, "s: 3 to 9 characters are expected, not 2" },
	{ "empty", 's', 0, 9, "", 0, NULL },
	{ "empty", 's', 1, 9, "", 0,
	    "empty: 1 to 9 characters are expected, not 0" },
	{ "nul", 's', 0, 9, "", 0, "nul: a string without NUL is expected" },
	{ "n", 's', 0, 9, "", 0, "n: a string is expected" },
	{ "none", 's', 0, 9, "", 0, "none: a string is expected" },
	{ "absent", 's', 0, 9, "", 0, "absent: a string is expected" },
	{ "list", 's', 0, 9, "", 0, "list: a string is expected" },
	{ "n", 'i', 5, 5, NULL, 5, NULL },
	{ "big", 'i', 0, INT64_MAX, NULL, INT64_MAX, NULL },
	{ "n", 'i', 6, 9, NULL, 6, "n: an integer from 6 to 9 is expected" },
	{ "n", 'i', -9, 4, NULL, -9, "n: an integer from -9 to 4 is expected" },
	{ "d", 'i', 1, 9, NULL, 1, "d: an integer is expected" },
	{ "s", 'i', 1, 9, NULL, 1, "s: an integer is expected" },
	{ "yes", 'i', 1, 9, NULL, 1, "yes: an integer is expected" },
	{ "absent", 'i', 1, 9, NULL, 1, "absent: an integer is expected" },
	{ "yes", 'b', 0, 0, NULL, 1, NULL },
	{ "no", 'b', 0, 0, NULL, 0, NULL },
	{ "n", 'b', 0, 0, NULL, 0, "n: true or false is expected" },
	{ "none", 'b', 0, 0, NULL, 0, "none: true or false is expected" },
};

static void
check_member(const struct member_case *m, struct json_object *j)
{
	struct unit	u;
	int64_t		v = 0;
	const char	*s = NULL;

	BEGIN(&u, "X=");
	if (m->type == 's')
		s = stile_member_text(&u.r, j, m->name, (size_t)m->min,
		    (size_t)m->max);
	else if (m->type == 'i')
		v = stile_member_int(&u.r, j, m->name, m->min, m->max);
	else
		v = stile_member_bool(&u.r, j, m->name);
	EXPECT_STR(s, m->text, "%s as %c", m->name, m->type);
	cr_expect_eq(v, m->number, "%s as %c", m->name, m->type);
	cr_expect_eq(stile_failed_status(&u.r), m->detail != NULL ? 422 : 0,
	    "%s as %c", m->name, m->type);
	EXPECT_STR(detail(&u), m->detail != NULL ? m->detail : "", "%s as %c",
	    m->name, m->type);
	if (m->detail != NULL) {
		cr_assert_eq(u.r.failure.nmembers, 2);
		EXPECT_STR(u.r.failure.members[0].u.s.p, "member", "name");
		EXPECT_STR(u.r.failure.members[1].u.s.p, m->name, "value");
	}
	unit_end(&u);
}

Test(param, members)
{
	struct json_object	*j = json_tokener_parse(object);
	size_t			 i;

	cr_assert(j != NULL);
	for (i = 0; i < NELEM(members); i++)
		check_member(&members[i], j);
	json_object_put(j);
}

Test(param, members_that_are_there)
{
	struct json_object	*j = json_tokener_parse(object);
	struct unit		 u;

	BEGIN(&u, "X=");
	cr_expect(stile_member(&u.r, j, "none"));
	cr_expect(!stile_member(&u.r, j, "absent"));
	cr_expect_eq(stile_failed(&u.r), STILE_OK);
	stile_fail(&u.r, 400, "x");
	cr_expect(!stile_member(&u.r, j, "none"));
	unit_end(&u);
	json_object_put(j);
}

Test(param, what_is_no_object_has_no_members)
{
	static const char *const texts[] = { "[]", "1", "\"s\"", "null" };
	struct json_object	*j;
	struct unit		 u;
	size_t			 i;

	for (i = 0; i < NELEM(texts); i++) {
		BEGIN(&u, "X=");
		j = json_tokener_parse(texts[i]);
		cr_expect(!stile_member(&u.r, j, "s"), "%s", texts[i]);
		EXPECT_STR(stile_member_text(&u.r, j, "s", 0, 9), "", "%s",
		    texts[i]);
		cr_expect_eq(stile_failed_status(&u.r), 422, "%s", texts[i]);
		json_object_put(j);
		unit_end(&u);
	}
}

Test(param, nothing_is_got_after_a_failure)
{
	struct json_object	*j = json_tokener_parse(object);
	struct unit		 u;

	BEGIN(&u, "X=");
	stile_fail(&u.r, 404, "first");
	EXPECT_STR(stile_member_text(&u.r, j, "s", 0, 9), "", "text");
	cr_expect_eq(stile_member_int(&u.r, j, "n", 1, 9), 1);
	cr_expect(!stile_member_bool(&u.r, j, "yes"));
	stile_member_int(&u.r, j, "absent", 0, 9);
	cr_expect_eq(stile_failed_status(&u.r), 404);
	cr_expect_eq(u.r.failure.nmembers, 0);
	EXPECT_STR(detail(&u), "first", "the first stands");
	unit_end(&u);
	json_object_put(j);
}
