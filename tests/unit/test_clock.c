/* SPDX-License-Identifier: ISC */
/* lib/base/clock.c: stamps, and clocks that go on. */
#include "unit.h"

#include <time.h>

#include "stile/date.h"
#include "base/clock.h"

Test(clock, stamps)
{
	static const struct {
		int64_t		 ms;
		const char	*want;
	} cases[] = {
		{ 0,			"1970-01-01T00:00:00.000Z" },
		{ 1,			"1970-01-01T00:00:00.001Z" },
		{ 999,			"1970-01-01T00:00:00.999Z" },
		{ 951782400000,		"2000-02-29T00:00:00.000Z" },
		{ 1735689599999,	"2024-12-31T23:59:59.999Z" },
		{ 4102444800000,	"2100-01-01T00:00:00.000Z" },
		{ 253402300799999,	"9999-12-31T23:59:59.999Z" },
		{ -1,			"1969-12-31T23:59:59.999Z" },
		{ -1000,		"1969-12-31T23:59:59.000Z" },
		{ -86400001,		"1969-12-30T23:59:59.999Z" },
	};
	char	out[STILE_STAMP_SIZE];
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		stile__stamp(cases[i].ms, out);
		EXPECT_STR(out, cases[i].want, "%lld",
		    (long long)cases[i].ms);
	}
	/* The ends fit, whatever they look like. */
	stile__stamp(INT64_MAX, out);
	cr_expect_eq(out[strlen(out) - 1], 'Z');
	stile__stamp(INT64_MIN, out);
	cr_expect_eq(out[strlen(out) - 1], 'Z');
}

Test(clock, now)
{
	int64_t	before = (int64_t)time(NULL) * 1000, now = stile_now_ms();

	cr_expect_geq(now, before);
	cr_expect_lt(now, before + 60 * 1000);
	cr_expect_geq(stile_now_ms(), now);
}

Test(clock, the_monotonic_one_counts_microseconds)
{
	struct timespec	ms20 = { 0, 20 * 1000 * 1000 };
	int64_t		t = stile__mono_us(), d;

	nanosleep(&ms20, NULL);
	d = stile__mono_us() - t;
	cr_expect_geq(d, 20 * 1000);
	cr_expect_lt(d, 20 * 1000 * 1000);
}
