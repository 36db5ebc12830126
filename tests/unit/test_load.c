/* SPDX-License-Identifier: ISC */
/* lib/base/load.c: libraries that are there, or not, or are other ones. */
#include "unit.h"

#include <dlfcn.h>
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

/* ---- modules of our own -------------------------------------------------- */

Test(load, module)
{
	const char		*dir = getenv("STILE_MODULES");
	struct stile_error	 e = { 0 };
	const void		*p = NULL;

	if (dir == NULL || access(dir, R_OK) == -1)
		cr_skip_test("STILE_MODULES is not set");
	cr_expect_eq(stile__load_module("nothing", "stile_nothing", 1, &p, &e),
	    STILE_EINVAL);
	cr_expect(strncmp(e.detail, "the module for nothing: ", 24) == 0 &&
	    strstr(e.detail, "/nothing.so") != NULL, "%s", e.detail);
	cr_expect_eq(p, NULL);
}

/* A library that is no module, and a folder that is not a whole path. */
Test(load, not_a_module)
{
	struct stile_error	 e = { 0 };
	struct stile__library	 libm = {
		.file = "libm.so.6",
		.symbols = (const struct stile__symbol[]){
			{ "cos", &cosine }, { 0 }
		},
	};
	const void		*p = NULL;
	void			*at;
	Dl_info			 where;
	char			 dir[] = "/tmp/stile-unit-XXXXXX";
	char			 path[64], want[200];

	cr_assert_eq(stile__load(&libm, NULL), STILE_OK);
	memcpy(&at, &cosine, sizeof(at));
	cr_assert(dladdr(at, &where) != 0);
	cr_assert(mkdtemp(dir) != NULL);
	snprintf(path, sizeof(path), "%s/m.so", dir);
	cr_assert_eq(symlink(where.dli_fname, path), 0);
	setenv("STILE_MODULES", dir, 1);
	cr_expect_eq(stile__load_module("m", "stile_engine", 1, &p, &e),
	    STILE_EINVAL);
	snprintf(want, sizeof(want), "%s is not a module of this version",
	    path);
	EXPECT_STR(e.detail, want, "not a module");
	setenv("STILE_MODULES", dir + 1, 1);
	e = (struct stile_error){ 0 };
	cr_expect_eq(stile__load_module("m", "stile_engine", 1, &p, &e),
	    STILE_EINVAL);
	cr_expect(strstr(e.detail, dir) == NULL, "%s", e.detail);
	cr_expect_eq(unlink(path), 0);
	cr_expect_eq(rmdir(dir), 0);
}
