/* SPDX-License-Identifier: ISC */
/* lib/http/clock.c: the time that a handler has, as it sees it. */
#include "unit.h"

#include "base/clock.h"

#define SECOND	INT64_C(1000000)	/* us */
#define YEAR	(366 * 86400 * INT64_C(1000))	/* ms */
#define SLACK	INT64_C(60000)		/* ms that a slow machine may take */

static struct unit		u;
static struct req_clock		c;

static void
setup(void)
{
	BEGIN(&u, "SERVER_NAME=x");
	c = (struct req_clock){ .limit_us = 100 * SECOND, .turn = 1 };
	c.deadline = stile__mono_us() + 100 * SECOND;
	u.r.clock = &c;
}

static void
teardown(void)
{
	unit_end(&u);
}

TestSuite(deadline, .init = setup, .fini = teardown);

/* At most so many milliseconds, and hardly fewer. */
static void
expect_left(int64_t ms, const char *name)
{
	int64_t	left = stile_deadline(&u.r);

	cr_expect(left <= ms && left >= (ms > SLACK ? ms - SLACK : 0),
	    "%s: %lld, not %lld", name, (long long)left, (long long)ms);
}

Test(deadline, none)
{
	u.r.clock = NULL;
	cr_expect_eq(stile_deadline(&u.r), INT64_MAX);
	stile_deadline_set(&u.r, 5);
	stile__clock_renew(&u.r);
	cr_expect_eq(stile_deadline(&u.r), INT64_MAX, "there is still none");
}

Test(deadline, it_runs)
{
	expect_left(100000, "a hundred seconds");
	c.deadline = stile__mono_us() + 1500;
	cr_expect_leq(stile_deadline(&u.r), 1, "rounded down");
	c.deadline = stile__mono_us();
	cr_expect_eq(stile_deadline(&u.r), 0, "over");
	c.deadline = stile__mono_us() - 50 * SECOND;
	cr_expect_eq(stile_deadline(&u.r), 0, "never below");
}

/* Whoever watches says when; and before, when a peer took too long. */
Test(deadline, late)
{
	c.late = c.turn;
	cr_expect_eq(stile_deadline(&u.r), 0);
	stile_deadline_set(&u.r, 100000);
	cr_expect(!stile__clock_late(&c), "it has time again");
	expect_left(100000, "again");
	/* Of the request before this one it was said too late. */
	c.turn++;
	c.late = c.turn - 1;
	expect_left(100000, "another request");
}

Test(deadline, set)
{
	static const struct { int64_t ms, left; } cases[] = {
		{ 0, 0 }, { -1, 0 }, { INT64_MIN, 0 }, { 100000, 100000 },
		{ 86400000, 86400000 }, { YEAR, YEAR }, { YEAR + 1, YEAR },
		{ INT64_MAX, YEAR },
	};
	size_t	i;

	for (i = 0; i < NELEM(cases); i++) {
		stile_deadline_set(&u.r, cases[i].ms);
		expect_left(cases[i].left, "set");
		cr_expect(!stile__clock_late(&c), "that is for the watch to say");
	}
}

/* A stream that goes on has its limit again, but never less than it had. */
Test(deadline, renew)
{
	c.deadline = stile__mono_us() + SECOND;
	stile__clock_renew(&u.r);
	expect_left(100000, "its limit");
	c.deadline = stile__mono_us() - SECOND;
	c.late = c.turn;
	stile__clock_renew(&u.r);
	expect_left(100000, "also when it was late");
	cr_expect(!stile__clock_late(&c));
	stile_deadline_set(&u.r, 500000);
	stile__clock_renew(&u.r);
	expect_left(500000, "what the handler has set, if it is more");
}

/* Each write of a stream is such a moment. */
Test(deadline, a_stream_that_writes)
{
	cr_assert_eq(stile_begin_stream(&u.r, 200, "text/plain"), STILE_OK);
	c.deadline = stile__mono_us() + SECOND;
	cr_assert_eq(stile_write(&u.r, "x", 1), STILE_OK);
	expect_left(100000, "after a write");
	c.deadline = stile__mono_us() + SECOND;
	cr_assert_eq(stile_write(&u.r, "x", 0), STILE_OK);
	cr_expect_leq(stile_deadline(&u.r), 1000, "not after none");
}
