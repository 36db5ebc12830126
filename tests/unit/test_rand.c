/* SPDX-License-Identifier: ISC */
/* lib/base/rand.c: all bytes are filled, and no two fillings are alike. */
#include "unit.h"

#include "base/rand.h"

Test(rand, fills_every_byte_and_no_more)
{
	unsigned char	p[40];
	bool		set[40];
	size_t		n, i;
	int		round;

	for (n = 0; n <= 32; n++) {
		memset(set, 0, sizeof(set));
		for (round = 0; round < 16; round++) {
			memset(p, 0, sizeof(p));
			cr_assert_eq(stile__random(p, n), STILE_OK);
			for (i = 0; i < sizeof(p); i++)
				if (p[i] != 0)
					set[i] = true;
		}
		for (i = 0; i < sizeof(p); i++)
			cr_expect_eq(set[i], i < n, "byte %zu of %zu", i, n);
	}
}

/* More than the kernel gives in one call where a signal may come in. */
Test(rand, large)
{
	size_t	 n = 1 << 20, i, zeros = 0;
	char	*p = calloc(1, n), *q = calloc(1, n);

	cr_assert_eq(stile__random(p, n), STILE_OK);
	cr_assert_eq(stile__random(q, n), STILE_OK);
	cr_expect_neq(memcmp(p, q, n), 0);
	cr_expect_neq(memcmp(p + n - 32, q + n - 32, 32), 0);
	for (i = 0; i < n; i++)
		zeros += p[i] == 0;
	cr_expect(zeros > n / 512 && zeros < n / 128, "%zu zeros", zeros);
	free(p);
	free(q);
}
