/* SPDX-License-Identifier: ISC */
/* lib/http/member.c: members of a JSON body, checked; 422 names the one. */
#include "form.h"

static const char *
detail(struct unit *u)
{
	return stile_failed_detail(&u->r);
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

Test(member, getters)
{
	struct json_object	*j = json_tokener_parse(object);
	size_t			 i;

	cr_assert(j != NULL);
	for (i = 0; i < NELEM(members); i++)
		check_member(&members[i], j);
	json_object_put(j);
}

Test(member, what_is_there)
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

Test(member, what_is_no_object_has_no_members)
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

Test(member, nothing_is_got_after_a_failure)
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

/* ---- as an application has them -------------------------------------- */

static int
take_members(struct stile_req *r)
{
	struct json_object	*j = stile_json(r);
	const char		*name = stile_member_text(r, j, "name", 1, 5);
	int64_t			 n = stile_member_int(r, j, "n", -9, 9);
	bool			 ok = stile_member_bool(r, j, "ok");

	return stile_send_object(r, 200, STILE_ARGS("name", name, "n", n,
	    "ok", stile_bool(ok), "extra",
	    stile_bool(stile_member(r, j, "extra"))));
}

Test(member, in_a_request)
{
	static const struct {
		const char	*body;
		int		 status;
		const char	*member, *want;
	} cases[] = {
		{ "{\"name\":\"a\",\"n\":-9,\"ok\":true}", 200, NULL,
		    "{\"name\":\"a\",\"n\":-9,\"ok\":true,"
		    "\"extra\":false}" },
		{ "{\"name\":\"a\",\"n\":9,\"ok\":false,\"extra\":null}",
		    200, NULL, "{\"name\":\"a\",\"n\":9,\"ok\":false,"
		    "\"extra\":true}" },
		{ "{\"n\":0,\"ok\":true}", 422, "name",
		    "name: a string is expected" },
		{ "{\"name\":\"\",\"n\":99,\"ok\":1}", 422, "name",
		    "name: 1 to 5 characters are expected, not 0" },
		{ "{\"name\":\"a\",\"n\":10,\"ok\":1}", 422, "n",
		    "n: an integer from -9 to 9 is expected" },
		{ "{\"name\":\"a\",\"n\":1e0,\"ok\":true}", 422, "n",
		    "n: an integer is expected" },
		{ "{\"name\":\"a\",\"n\":0,\"ok\":\"true\"}", 422, "ok",
		    "ok: true or false is expected" },
		{ "null", 422, NULL, "a JSON object is expected" },
		{ "[]", 422, NULL, "a JSON object is expected" },
		{ "{", 400, NULL, NULL },
	};
	struct stile_client		*c = CLIENT(&form_app,);
	const struct stile_answer	*a;
	size_t				 i;

	act = take_members;
	for (i = 0; i < NELEM(cases); i++) {
		a = stile_client_json(c, "POST", "/", cases[i].body);
		EXPECT_ANSWER(a, cases[i].status, NULL, "%s", cases[i].body);
		EXPECT_STR(member_of(a, "member"), cases[i].member, "%s",
		    cases[i].body);
		if (cases[i].want != NULL)
			EXPECT_STR(cases[i].status == 200 ? body_of(a) :
			    detail_of(a), cases[i].want, "%s", cases[i].body);
	}
	stile_client_free(c);
}
