/* SPDX-License-Identifier: ISC */
/*
 * The library's only calls of malloc and realloc, so that a test can make any
 * of them fail.  What it returns is given back with free().
 */
#include "base/priv.h"
#include "base/banned.h"

long stile__fail_after;

static bool
must_fail(void)
{
	return stile__fail_after > 0 && --stile__fail_after == 0;
}

void *
stile__malloc(size_t n)
{
	return must_fail() ? NULL : malloc(n);
}

void *
stile__realloc(void *p, size_t n)
{
	return must_fail() ? NULL : realloc(p, n);
}

enum stile_err
stile__error_nomem(struct stile_error *e)
{
	return stile_error_set(e, STILE_ENOMEM, 503, "no memory");
}
