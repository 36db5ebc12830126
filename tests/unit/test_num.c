/* SPDX-License-Identifier: ISC */
/* lib/base/num.c: what is a number, and its bounds; fractions as text. */
#include "comma.h"

#include <float.h>
#include <math.h>

#include "stile/num.h"

#define UNTOUCHED	INT64_C(-4711)

Test(num, integers)
{
	static const struct {
		const char	*s;
		int64_t		 min, max;
		enum stile_err	 rc;
		int64_t		 want;
	} cases[] = {
		{ "0",	INT64_MIN, INT64_MAX, STILE_OK, 0 },
		{ "-0",	INT64_MIN, INT64_MAX, STILE_OK, 0 },
		{ "007", INT64_MIN, INT64_MAX, STILE_OK, 7 },
		{ "-12", INT64_MIN, INT64_MAX, STILE_OK, -12 },
		{ "9223372036854775807", INT64_MIN, INT64_MAX, STILE_OK,
		    INT64_MAX },
		{ "-9223372036854775808", INT64_MIN, INT64_MAX, STILE_OK,
		    INT64_MIN },
		{ "00000000000000000000009223372036854775807", INT64_MIN,
		    INT64_MAX, STILE_OK, INT64_MAX },
		{ "9223372036854775808", INT64_MIN, INT64_MAX, STILE_ERANGE,
		    0 },
		{ "-9223372036854775809", INT64_MIN, INT64_MAX, STILE_ERANGE,
		    0 },
		{ "9223372036854775810", INT64_MIN, INT64_MAX, STILE_ERANGE,
		    0 },
		{ "18446744073709551616", INT64_MIN, INT64_MAX, STILE_ERANGE,
		    0 },
		{ "99999999999999999999999999", INT64_MIN, INT64_MAX,
		    STILE_ERANGE, 0 },
		/* Wrong is wrong, however long it is. */
		{ "99999999999999999999999999x", INT64_MIN, INT64_MAX,
		    STILE_ESYNTAX, 0 },
		{ "1",	1, 5, STILE_OK, 1 },
		{ "5",	1, 5, STILE_OK, 5 },
		{ "0",	1, 5, STILE_ERANGE, 0 },
		{ "6",	1, 5, STILE_ERANGE, 0 },
		{ "-5",	-5, -5, STILE_OK, -5 },
		{ "",	0, 9, STILE_ESYNTAX, 0 },
		{ "-",	-9, 9, STILE_ESYNTAX, 0 },
		{ "+1",	0, 9, STILE_ESYNTAX, 0 },
		{ "--1", -9, 9, STILE_ESYNTAX, 0 },
		{ " 1",	0, 9, STILE_ESYNTAX, 0 },
		{ "1 ",	0, 9, STILE_ESYNTAX, 0 },
		{ "1\n", 0, 9, STILE_ESYNTAX, 0 },
		{ "1.0", 0, 9, STILE_ESYNTAX, 0 },
		{ "1e1", 0, 99, STILE_ESYNTAX, 0 },
		{ "0x1", 0, 9, STILE_ESYNTAX, 0 },
		{ "1-",	0, 9, STILE_ESYNTAX, 0 },
		{ "\xD9\xA1", 0, 9, STILE_ESYNTAX, 0 },
	};
	int64_t	v;
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		v = UNTOUCHED;
		cr_expect_eq(stile_num_int(stile_str(cases[i].s), cases[i].min,
		    cases[i].max, &v), cases[i].rc, "\"%s\"", cases[i].s);
		cr_expect_eq(v, cases[i].rc == STILE_OK ? cases[i].want :
		    UNTOUCHED, "\"%s\"", cases[i].s);
	}
	v = UNTOUCHED;
	cr_expect_eq(stile_num_int(stile_str(NULL), 0, 9, &v), STILE_ESYNTAX);
	cr_expect_eq(stile_num_int((struct stile_str){ "1\0002", 3 }, 0, 999,
	    &v), STILE_ESYNTAX, "a NUL inside");
	cr_expect_eq(v, UNTOUCHED);
}

/* Each value around each power of ten and at the ends, there and back. */
Test(num, integers_there_and_back)
{
	char	text[24];
	int64_t	p = 1, v, got;
	int	k, d;

	for (k = 0; k < 19; k++, p = k < 19 ? p * 10 : p)
		for (d = -2; d <= 2; d++) {
			v = k % 2 == 0 ? p + d : -p + d;
			snprintf(text, sizeof(text), "%lld", (long long)v);
			got = UNTOUCHED;
			cr_expect_eq(stile_num_int(stile_str(text), INT64_MIN,
			    INT64_MAX, &got), STILE_OK, "%s", text);
			cr_expect_eq(got, v, "%s", text);
		}
}

Test(num, doubles)
{
	static const struct {
		const char	*s;
		enum stile_err	 rc;
		double		 want;
	} cases[] = {
		{ "0",		STILE_OK,	0 },
		{ "-0",		STILE_OK,	0 },
		{ "1.5",	STILE_OK,	1.5 },
		{ "-1.5e3",	STILE_OK,	-1500 },
		{ "1E+2",	STILE_OK,	100 },
		{ "1e-2",	STILE_OK,	0.01 },
		{ "10",		STILE_OK,	10 },
		{ "0.1",	STILE_OK,	0.1 },
		{ "1.7976931348623157e308", STILE_OK, DBL_MAX },
		{ "5e-324",	STILE_OK,	5e-324 },
		{ "1e-400",	STILE_OK,	0 },
		{ "1e309",	STILE_ERANGE,	0 },
		{ "-1e309",	STILE_ERANGE,	0 },
		{ "",		STILE_ESYNTAX,	0 },
		{ "-",		STILE_ESYNTAX,	0 },
		{ "+1",		STILE_ESYNTAX,	0 },
		{ "01",		STILE_ESYNTAX,	0 },
		{ "-01",	STILE_ESYNTAX,	0 },
		{ ".5",		STILE_ESYNTAX,	0 },
		{ "5.",		STILE_ESYNTAX,	0 },
		{ "1.e1",	STILE_ESYNTAX,	0 },
		{ "1e",		STILE_ESYNTAX,	0 },
		{ "1e+",	STILE_ESYNTAX,	0 },
		{ "1e1.5",	STILE_ESYNTAX,	0 },
		{ "1,5",	STILE_ESYNTAX,	0 },
		{ "0x1p3",	STILE_ESYNTAX,	0 },
		{ "inf",	STILE_ESYNTAX,	0 },
		{ "nan",	STILE_ESYNTAX,	0 },
		{ " 1",		STILE_ESYNTAX,	0 },
		{ "1 ",		STILE_ESYNTAX,	0 },
	};
	double	v;
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		v = -4711;
		cr_expect_eq(stile_num_double(stile_str(cases[i].s), &v),
		    cases[i].rc, "\"%s\"", cases[i].s);
		cr_expect(v == (cases[i].rc == STILE_OK ? cases[i].want :
		    -4711), "\"%s\": %g", cases[i].s, v);
	}
	cr_expect_eq(stile_num_double(stile_str(NULL), &v), STILE_ESYNTAX);
	cr_expect_eq(stile_num_double(stile_str("-0"), &v), STILE_OK);
	cr_expect(signbit(v));
}

Test(num, doubles_have_a_longest)
{
	char	z[402];
	double	v = -1;

	memset(z, '0', sizeof(z));
	memcpy(z, "1.", 2);
	cr_expect_eq(stile_num_double((struct stile_str){ z, 400 }, &v),
	    STILE_OK);
	cr_expect(v == 1);
	cr_expect_eq(stile_num_double((struct stile_str){ z, 401 }, &v),
	    STILE_ERANGE);
}

Test(num, an_applications_locale_changes_nothing)
{
	double	v = 0;
	char	out[STILE__DOUBLE_SIZE];

	use_decimal_comma();
	cr_expect_eq(stile_num_double(STR("1.5"), &v), STILE_OK);
	cr_expect(v == 1.5);
	cr_expect_eq(stile_num_double(STR("1,5"), &v), STILE_ESYNTAX);
	stile__print_double(1.5, 9, out);
	EXPECT_STR(out, "1.5", "printed");
	stile__print_exact(-0.1, out);
	EXPECT_STR(out, "-0.1", "printed");
	snprintf(out, sizeof(out), "%.1f", 1.5);
	EXPECT_STR(out, "1,5", "the application still has its own");
}

Test(num, fractions_as_text)
{
	static const struct {
		double		 d;
		int		 digits;
		const char	*few, *exact;
	} cases[] = {
		{ 0, 9, "0", "0" },
		{ -0.0, 9, "-0", "-0" },
		{ 0.1, 9, "0.1", "0.1" },
		{ 0.1 + 0.2, 9, "0.3", "0.30000000000000004" },
		{ 1.0 / 3, 3, "0.333", "0.3333333333333333" },
		{ 123456789.125, 9, "123456789", "123456789.125" },
		{ 9007199254740993.0, 9, "9.00719925e+15",
		    "9007199254740992" },
		{ 1e300, 9, "1e+300", "1e+300" },
		{ -DBL_MAX, 17, "-1.7976931348623157e+308",
		    "-1.7976931348623157e+308" },
		{ DBL_MIN, 17, "2.2250738585072014e-308",
		    "2.2250738585072014e-308" },
		{ -(double)INFINITY, 9, "-inf", "-inf" },
	};
	char	out[STILE__DOUBLE_SIZE];
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		stile__print_double(cases[i].d, cases[i].digits, out);
		EXPECT_STR(out, cases[i].few, "%zu", i);
		stile__print_exact(cases[i].d, out);
		EXPECT_STR(out, cases[i].exact, "%zu", i);
	}
}

static void
parse_both(struct stile_str s)
{
	int64_t	i;
	double	d;

	if (stile_num_int(s, INT64_MIN, INT64_MAX, &i) == STILE_OK)
		cr_assert_eq(stile_num_double(s, &d), STILE_OK);
	else if (stile_num_double(s, &d) == STILE_OK)
		cr_assert(isfinite(d));
}

Test(num, prefixes)
{
	each_prefix(STR("-9223372036854775808"), parse_both);
	each_prefix(STR("-1.25e-10"), parse_both);
	each_prefix(STR("123.456E+7"), parse_both);
}
