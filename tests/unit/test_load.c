/* SPDX-License-Identifier: ISC */
/* lib/base/load.c: libraries that are there, or not, or are other ones. */
#include "unit.h"

#include <math.h>
#include <pthread.h>

#include "base/load.h"

static double	(*cosine)(double);
static double	(*nothing)(double);

Test(load, there)
{
	struct stile__library	l = {
		.file = "libm.so.6",
		.symbols = (const struct stile__symbol[]){
			{ "cos", &cosine }, { 0 }
		},
	};
	struct stile_error	e = { 0 };

	cosine = NULL;
	cr_assert_eq(stile__load(&l, &e), STILE_OK, "%s", e.detail);
	cr_expect_eq(cosine(0), 1);
	cosine = NULL;
	cr_expect_eq(stile__load(&l, &e), STILE_OK);
	cr_expect(cosine == NULL, "the second time it only says yes");
}

Test(load, not_there)
{
	struct stile__library	l = {
		.file = "libstile-is-not-there.so.7",
		.symbols = (const struct stile__symbol[]){
			{ "cos", &cosine }, { 0 }
		},
	};
	struct stile_error	e = { 0 };

	cr_expect_eq(stile__load(&l, &e), STILE_ENOSYS);
	cr_expect_eq(e.status, 500);
	cr_expect(strstr(e.detail, "libstile-is-not-there.so.7") != NULL, "%s",
	    e.detail);
	cr_expect_eq(stile__load(&l, NULL), STILE_ENOSYS);
	/* Installed meanwhile. */
	l.file = "libm.so.6";
	cr_expect_eq(stile__load(&l, NULL), STILE_OK);
}

Test(load, another_version)
{
	struct stile__library	l = {
		.file = "libm.so.6",
		.symbols = (const struct stile__symbol[]){
			{ "cos", &cosine }, { "stile_of_all", &nothing }, { 0 }
		},
	};
	struct stile_error	e = { 0 };

	cr_expect_eq(stile__load(&l, &e), STILE_ENOSYS);
	EXPECT_STR(e.detail, "libm.so.6 has no stile_of_all", "detail");
	e = (struct stile_error){ 0 };
	cr_expect_eq(stile__load(&l, &e), STILE_ENOSYS, "and again");
}

static struct stile__library	shared = {
	.file = "libm.so.6",
	.symbols = (const struct stile__symbol[]){
		{ "cos", &cosine }, { 0 }
	},
};

static void *
load_and_call(void *arg)
{
	(void)arg;
	return stile__load(&shared, NULL) == STILE_OK && cosine(0) == 1 ?
	    &shared : NULL;
}

Test(load, threads)
{
	pthread_t	t[8];
	void		*ok;
	size_t		i;

	for (i = 0; i < NELEM(t); i++)
		cr_assert_eq(pthread_create(&t[i], NULL, load_and_call, NULL),
		    0);
	for (i = 0; i < NELEM(t); i++) {
		cr_assert_eq(pthread_join(t[i], &ok), 0);
		cr_expect(ok != NULL, "%zu", i);
	}
}
