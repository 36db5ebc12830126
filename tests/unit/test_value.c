/* SPDX-License-Identifier: ISC */
/* lib/base/value.c: values by hand and by STILE_ARGS. */
#include "unit.h"

#include "stile/value.h"

Test(value, by_hand)
{
	struct stile_value	v;

	cr_expect_eq(stile_null().type, STILE_NULL);
	v = stile_bool(true);
	cr_expect(v.type == STILE_BOOL && v.u.b);
	v = stile_int(INT64_MIN);
	cr_expect(v.type == STILE_INT && v.u.i == INT64_MIN);
	v = stile_double(0.5);
	cr_expect(v.type == STILE_DOUBLE && v.u.d == 0.5);
	v = stile_text("text");
	cr_expect(v.type == STILE_TEXT && view_is(v.u.s, "text"));
	v = stile_text_str((struct stile_str){ "a\0b", 3 });
	cr_expect(v.type == STILE_TEXT && v.u.s.len == 3);
	v = stile_blob("\0\1", 2);
	cr_expect(v.type == STILE_BLOB && v.u.s.len == 2);
	v = stile_text("");
	cr_expect(v.type == STILE_TEXT && v.u.s.len == 0);
	v = stile_blob("", 0);
	cr_expect(v.type == STILE_BLOB && v.u.s.len == 0);
}

Test(value, a_null_pointer_is_null)
{
	cr_expect_eq(stile_text(NULL).type, STILE_NULL);
	cr_expect_eq(stile_text_str((struct stile_str){ NULL, 0 }).type,
	    STILE_NULL);
	cr_expect_eq(stile_blob(NULL, 0).type, STILE_NULL);
	cr_expect_eq(stile_json_value(NULL).type, STILE_NULL);
}

Test(value, unsigned_past_int64_is_no_other_integer)
{
	struct stile_value	v = stile_uint(INT64_MAX);

	cr_expect(v.type == STILE_INT && v.u.i == INT64_MAX);
	v = stile_uint((uint64_t)INT64_MAX + 1);
	cr_expect(v.type == STILE_DOUBLE && v.u.d == 9223372036854775808.0);
	v = stile_uint(UINT64_MAX);
	cr_expect(v.type == STILE_DOUBLE && v.u.d == 18446744073709551616.0);
}

Test(value, args_take_each_c_type)
{
	char			 text[] = "mutable";
	const char		*none = NULL;
	bool			 yes = true;	/* the word alone is an int */
	struct json_object	*j = json_object_new_int(1);
	struct stile_args	 a = STILE_ARGS(yes, (signed char)-1,
	    (unsigned char)255, (short)-2, (unsigned short)65535, -3,
	    UINT_MAX, LONG_MIN, LLONG_MAX, ULONG_MAX, ULLONG_MAX, 0.5f, 1.5,
	    text, none, j);
	static const enum stile_type	want[] = { STILE_BOOL, STILE_INT,
	    STILE_INT, STILE_INT, STILE_INT, STILE_INT, STILE_INT, STILE_INT,
	    STILE_INT, STILE_DOUBLE, STILE_DOUBLE, STILE_DOUBLE, STILE_DOUBLE,
	    STILE_TEXT, STILE_NULL, STILE_JSON };
	size_t			 i;

	cr_assert_eq(a.n, NELEM(want));
	for (i = 0; i < NELEM(want); i++)
		cr_expect_eq(a.v[i].type, want[i], "%zu", i);
	cr_expect_eq(a.v[1].u.i, -1);
	cr_expect_eq(a.v[2].u.i, 255);
	cr_expect_eq(a.v[4].u.i, 65535);
	cr_expect_eq(a.v[6].u.i, UINT_MAX);
	cr_expect_eq(a.v[7].u.i, LONG_MIN);
	cr_expect_eq(a.v[11].u.d, 0.5);
	EXPECT_STR(a.v[13].u.s.p, "mutable", "text");
	cr_expect(a.v[15].u.j == j);
	json_object_put(j);

	a = STILE_ARGS("one");
	cr_expect(a.n == 1 && view_is(a.v[0].u.s, "one"));
	a = STILE_ARGS(stile_blob("x", 1), stile_str("y"));
	cr_expect(a.n == 2 && a.v[0].type == STILE_BLOB &&
	    a.v[1].type == STILE_TEXT);
	a = STILE_NOARGS;
	cr_expect(a.n == 0);
}

Test(value, types_have_names)
{
	EXPECT_STR(stile_type_name(STILE_NULL), "null", "first");
	EXPECT_STR(stile_type_name(STILE_INT), "integer", "within");
	EXPECT_STR(stile_type_name(STILE_LIST), "list", "later");
	EXPECT_STR(stile_type_name(STILE_ABSENT), "absent", "last");
	EXPECT_STR(stile_type_name(STILE_ABSENT + 1), "unknown", "past it");
}
