/* SPDX-License-Identifier: ISC */
/* lib/base/arena.c: sizes, the limit, growing in place, defers, reset. */
#include "unit.h"

/* What the defers of a test have written, in the order of their calls. */
struct chain {
	struct stile_arena	*a;
	char			 log[8];
	size_t			 n;
};

static void
first(void *arg)
{
	struct chain	*c = arg;

	c->log[c->n++] = 'a';
}

static void
last(void *arg)
{
	struct chain	*c = arg;

	c->log[c->n++] = 'z';
}

static void
adds_another(void *arg)
{
	struct chain	*c = arg;

	c->log[c->n++] = '+';
	stile_arena_defer(c->a, last, c);
}

Test(arena, pieces_are_zeroed_aligned_and_apart)
{
	static const size_t	 sizes[] = { 0, 1, 7, 16, 100, 16383, 16384,
	    16385, 100000 };
	struct stile_arena	*a = stile_arena_new(0);
	unsigned char		*p[NELEM(sizes)];
	size_t			 i, k;

	for (i = 0; i < NELEM(sizes); i++) {
		p[i] = stile_arena_alloc(a, sizes[i], 1);
		cr_assert(p[i] != NULL, "%zu bytes", sizes[i]);
		cr_expect_eq((uintptr_t)p[i] % _Alignof(max_align_t), 0,
		    "%zu bytes", sizes[i]);
		for (k = 0; k < sizes[i]; k++)
			cr_assert_eq(p[i][k], 0, "%zu bytes", sizes[i]);
		memset(p[i], (int)i + 1, sizes[i]);
	}
	for (i = 0; i < NELEM(sizes); i++)
		for (k = 0; k < sizes[i]; k++)
			cr_assert_eq(p[i][k], i + 1, "%zu bytes", sizes[i]);
	stile_arena_free(a);
}

Test(arena, a_product_that_overflows_is_refused)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_str	 s = { "x", SIZE_MAX };

	cr_expect(stile_arena_alloc(a, SIZE_MAX, 2) == NULL);
	cr_expect(stile_arena_alloc(a, 2, SIZE_MAX) == NULL);
	cr_expect(stile_arena_alloc(a, SIZE_MAX / 2 + 1, 1) == NULL);
	cr_expect(stile_arena_alloc(a, (size_t)1 << 33,
	    (size_t)1 << 31) == NULL);
	cr_expect(stile_arena_dup(a, s) == NULL);
	cr_expect(stile_arena_alloc(a, SIZE_MAX, 0) != NULL);
	stile_arena_free(a);
}

Test(arena, nothing_past_the_limit)
{
	static const struct {
		const char	*name;
		size_t		 limit, n;
		bool		 ok;
	} cases[] = {
		{ "exactly",		  128,	 128,	true },
		{ "one more",		  128,	 129,	false },
		{ "a block, exactly",	  16384, 16384,	true },
		{ "a block, one more",	  16384, 16385,	false },
		{ "much more",		  16,	 100000, false },
	};
	struct stile_arena	*a;
	size_t			 i;

	for (i = 0; i < NELEM(cases); i++) {
		a = stile_arena_new(cases[i].limit);
		cr_expect_eq(stile_arena_alloc(a, cases[i].n, 1) != NULL,
		    cases[i].ok, "%s", cases[i].name);
		/* The limit is of the sum. */
		if (cases[i].ok)
			cr_expect(stile_arena_alloc(a, 1, 1) == NULL, "%s",
			    cases[i].name);
		stile_arena_reset(a);
		cr_expect_eq(stile_arena_alloc(a, cases[i].n, 1) != NULL,
		    cases[i].ok, "%s, again", cases[i].name);
		stile_arena_free(a);
	}
}

Test(arena, copies)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_str	 nul = { "a\0b", 3 }, none = { NULL, 0 };
	char			*p;

	p = stile_arena_dup(a, nul);
	cr_expect_arr_eq(p, "a\0b", 4);
	EXPECT_STR(stile_arena_dup(a, none), "", "no string");
	EXPECT_STR(stile_arena_strdup(a, "text"), "text", "strdup");
	EXPECT_STR(stile_arena_printf(a, "%s-%05d", "x", 42), "x-00042",
	    "printf");
	EXPECT_STR(stile_arena_printf(a, "%s", ""), "", "empty printf");
	p = stile_arena_printf(a, "%0*d", 20000, 7);
	cr_assert(p != NULL);
	cr_expect_eq(strlen(p), 20000);
	cr_expect_eq(p[19999], '7');
	stile_arena_free(a);
}

Test(arena, growing_keeps_what_is_there)
{
	struct stile_arena	*a = stile_arena_new(0);
	char			*p, *other = NULL;
	size_t			 n, old, k;
	int			 with_other;

	for (with_other = 0; with_other < 2; with_other++) {
		p = stile__arena_grow(a, NULL, 0, 10);
		memset(p, 'x', 10);
		for (old = 10; old < 200000; old = n) {
			n = old * 2 + 1;
			if (with_other)
				other = stile_arena_strdup(a, "other");
			p = stile__arena_grow(a, p, old, n);
			cr_assert(p != NULL);
			for (k = 0; k < old; k++)
				cr_assert_eq(p[k], 'x', "%zu of %zu", k, n);
			memset(p, 'x', n);
			if (with_other)
				EXPECT_STR(other, "other", "at %zu", n);
		}
		stile_arena_reset(a);
	}
	cr_expect(stile__arena_grow(a, NULL, 0, SIZE_MAX) == NULL);
	stile_arena_free(a);
}

Test(arena, growing_stops_at_the_limit)
{
	struct stile_arena	*a = stile_arena_new(64 * 1024);
	char			*p;

	p = stile__arena_grow(a, NULL, 0, 40000);
	cr_assert(p != NULL);
	memset(p, 'x', 40000);
	cr_expect(stile__arena_grow(a, p, 40000, 64 * 1024 + 1) == NULL);
	cr_expect_eq(p[39999], 'x');
	p = stile__arena_grow(a, p, 40000, 64 * 1024);
	cr_assert(p != NULL);
	cr_expect_eq(p[39999], 'x');
	stile_arena_free(a);
}

/* What has grown, and what a reset keeps, counts as well. */
Test(arena, the_limit_is_of_all_there_is)
{
	struct stile_arena	*a = stile_arena_new(32 * 1024);
	char			*p = NULL;
	size_t			 n;
	int			 round;

	for (n = 0; n < 32 * 1024; n += 1024) {
		p = stile__arena_grow(a, p, n, n + 1024);
		cr_assert(p != NULL, "%zu", n);
	}
	cr_expect(stile_arena_alloc(a, 1, 1) == NULL);
	for (round = 0; round < 3; round++) {
		stile_arena_reset(a);
		cr_expect(stile_arena_alloc(a, 16 * 1024, 1) != NULL);
		cr_expect(stile_arena_alloc(a, 16 * 1024, 1) != NULL);
		cr_expect(stile_arena_alloc(a, 1, 1) == NULL, "%d", round);
	}
	stile_arena_free(a);
}

Test(arena, defers_run_newest_first_and_once)
{
	struct chain	c = { .n = 0 };

	c.a = stile_arena_new(0);
	cr_assert_eq(stile_arena_defer(c.a, last, &c), STILE_OK);
	cr_assert_eq(stile_arena_defer(c.a, first, &c), STILE_OK);
	EXPECT_STR(c.log, "", "not yet");
	stile_arena_reset(c.a);
	EXPECT_STR(c.log, "az", "at the reset");
	stile_arena_reset(c.a);
	stile_arena_defer(c.a, first, &c);
	stile_arena_free(c.a);
	EXPECT_STR(c.log, "aza", "at the free");
	stile_arena_free(NULL);
}

Test(arena, a_defer_may_add_a_defer)
{
	struct chain	c = { .n = 0 };

	c.a = stile_arena_new(0);
	stile_arena_defer(c.a, last, &c);
	stile_arena_defer(c.a, adds_another, &c);
	stile_arena_free(c.a);
	EXPECT_STR(c.log, "+zz", "order");
}

Test(arena, a_defer_without_memory_runs_at_once)
{
	struct chain	c = { .n = 0 };

	c.a = stile_arena_new(16);
	cr_assert(stile_arena_alloc(c.a, 16, 1) != NULL);
	cr_expect_eq(stile_arena_defer(c.a, last, &c), STILE_ENOMEM);
	EXPECT_STR(c.log, "z", "at once");
	stile_arena_free(c.a);
	EXPECT_STR(c.log, "z", "not again");
}

static enum stile_err
scenario(void)
{
	struct stile_arena	*a;
	enum stile_err		 rc = STILE_ENOMEM;
	struct chain		 c = { .n = 0 };
	char			*p;
	size_t			 n;

	if ((a = stile_arena_new(0)) == NULL)
		return rc;
	if (stile_arena_defer(a, last, &c) != STILE_OK)
		goto out;
	for (n = 1; n < 100000; n *= 3)
		if (stile_arena_alloc(a, n, 1) == NULL ||
		    stile_arena_printf(a, "%zu", n) == NULL)
			goto out;
	for (p = NULL, n = 0; n < 100000; n += 9999)
		if ((p = stile__arena_grow(a, p, n, n + 9999)) == NULL)
			goto out;
	rc = STILE_OK;
out:
	stile_arena_free(a);
	cr_expect_eq(c.n, 1);
	return rc;
}

Test(arena, survives_every_allocation_failure)
{
	cr_expect_gt(torture(scenario), 5);
}
