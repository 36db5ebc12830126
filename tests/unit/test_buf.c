/* SPDX-License-Identifier: ISC */
/* lib/base/buf.c: the ceiling, the error that sticks, growth. */
#include "unit.h"

Test(buf, the_ceiling)
{
	static const struct {
		const char	*name;
		size_t		 limit;
		const char	*in;
		enum stile_err	 want;
	} cases[] = {
		{ "fits exactly",	5,	"hello",	STILE_OK },
		{ "one too many",	4,	"hello",	STILE_ETOOBIG },
		{ "nothing in nothing",	0,	"",		STILE_OK },
		{ "one in nothing",	0,	"x",		STILE_ETOOBIG },
		{ "no limit to speak of", SIZE_MAX, "hello",	STILE_OK },
	};
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_buf	*b;
	size_t			 i, k;

	for (i = 0; i < NELEM(cases); i++) {
		b = stile_buf_new(a, cases[i].limit);
		stile_buf_puts(b, cases[i].in);
		cr_expect_eq(stile_buf_err(b), cases[i].want, "%s, at once",
		    cases[i].name);
		EXPECT_STR(stile_buf_view(b).p,
		    cases[i].want == STILE_OK ? cases[i].in : "", "%s",
		    cases[i].name);
		b = stile_buf_new(a, cases[i].limit);
		for (k = 0; cases[i].in[k] != '\0'; k++)
			stile_buf_putc(b, cases[i].in[k]);
		cr_expect_eq(stile_buf_err(b), cases[i].want, "%s, byte-wise",
		    cases[i].name);
		b = stile_buf_new(a, cases[i].limit);
		stile_buf_printf(b, "%s", cases[i].in);
		cr_expect_eq(stile_buf_err(b), cases[i].want, "%s, printf",
		    cases[i].name);
	}
	stile_arena_free(a);
}

Test(buf, an_error_sticks_until_it_is_cleared)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_buf	*b = stile_buf_new(a, 4);

	stile_buf_puts(b, "abc");
	stile_buf_puts(b, "de");
	stile_buf_putc(b, 'f');
	stile_buf_printf(b, "%d", 1);
	cr_expect_eq(stile_buf_err(b), STILE_ETOOBIG);
	EXPECT_STR(stile_buf_view(b).p, "abc", "what fitted before");
	stile_buf_clear(b);
	cr_expect_eq(stile_buf_err(b), STILE_OK);
	cr_expect(view_is(stile_buf_view(b), ""));
	stile_buf_puts(b, "wxyz");
	cr_expect_eq(stile_buf_err(b), STILE_OK);
	EXPECT_STR(stile_buf_view(b).p, "wxyz", "after the clear");
	stile_arena_free(a);
}

Test(buf, every_writer_appends)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_buf	*b = stile_buf_new(a, 100);

	EXPECT_STR(stile_buf_view(b).p, "", "empty, and a string");
	stile_buf_write(b, "a\0b", 3);
	stile_buf_puts(b, "-puts");
	stile_buf_putc(b, '-');
	stile_buf_str(b, (struct stile_str){ "strange", 3 });
	stile_buf_str(b, (struct stile_str){ NULL, 0 });
	stile_buf_printf(b, "-%s%d", "n", 5);
	stile_buf_printf(b, "%s", "");
	cr_assert_eq(stile_buf_view(b).len, 15);
	cr_expect_arr_eq(stile_buf_view(b).p, "a\0b-puts-str-n5", 16);
	stile_arena_free(a);
}

/* Pieces of every size around the first capacity, and others in between. */
Test(buf, growth_keeps_every_byte)
{
	struct stile_arena	*a = stile_arena_new(0);
	struct stile_buf	*b = stile_buf_new(a, 1 << 20);
	struct stile_str	 v;
	char			 piece[600];
	size_t			 n, k, at = 0;

	for (n = 0; n < sizeof(piece); n++) {
		memset(piece, 'a' + (int)(n % 26), n);
		stile_buf_write(b, piece, n);
		if (n % 7 == 0)
			cr_assert(stile_arena_alloc(a, n, 1) != NULL);
	}
	cr_assert_eq(stile_buf_err(b), STILE_OK);
	v = stile_buf_view(b);
	for (n = 0; n < sizeof(piece); n++)
		for (k = 0; k < n; k++)
			cr_assert_eq(v.p[at++], 'a' + (int)(n % 26));
	cr_expect_eq(v.len, at);
	cr_expect_eq(v.p[at], '\0');
	stile_arena_free(a);
}

Test(buf, the_arenas_limit_is_lack_of_memory)
{
	struct stile_arena	*a = stile_arena_new(1024);
	struct stile_buf	*b = stile_buf_new(a, 1 << 20);

	while (stile_buf_err(b) == STILE_OK)
		stile_buf_puts(b, "0123456789");
	cr_expect_eq(stile_buf_err(b), STILE_ENOMEM);
	cr_expect_eq(stile_buf_view(b).len % 10, 0);
	cr_expect_eq(stile_buf_view(b).p[stile_buf_view(b).len], '\0');
	stile_arena_free(a);
}

static enum stile_err
scenario(void)
{
	struct stile_arena	*a;
	struct stile_buf	*b;
	enum stile_err		 rc = STILE_ENOMEM;
	int			 i;

	if ((a = stile_arena_new(0)) == NULL)
		return rc;
	if ((b = stile_buf_new(a, 1 << 20)) != NULL) {
		for (i = 0; i < 10000; i++) {
			stile_buf_puts(b, "01234567");
			stile_buf_printf(b, "%02d", i % 100);
		}
		rc = stile_buf_err(b);
		if (rc == STILE_OK)
			cr_expect_eq(stile_buf_view(b).len, 100000);
	}
	stile_arena_free(a);
	return rc;
}

Test(buf, survives_every_allocation_failure)
{
	cr_expect_gt(torture(scenario), 3);
}
