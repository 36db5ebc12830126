/* SPDX-License-Identifier: ISC */
/* lib/base/error.c: names of codes, and the first cause that stands. */
#include "unit.h"

#include <errno.h>

Test(error, every_code_has_a_name)
{
	char	name[32], seen[STILE_ENOSYS * -40 + 1] = "";
	int	code;

	EXPECT_STR(stile_err_name(STILE_OK), "OK", "0");
	EXPECT_STR(stile_err_name(STILE_ENOMEM), "ENOMEM", "first");
	EXPECT_STR(stile_err_name(STILE_ECONSTRAINT), "ECONSTRAINT", "within");
	EXPECT_STR(stile_err_name(STILE_ENOSYS), "ENOSYS", "last");
	EXPECT_STR(stile_err_name(STILE_ENOSYS - 1), "UNKNOWN", "past it");
	EXPECT_STR(stile_err_name((enum stile_err)1), "UNKNOWN", "above 0");
	for (code = 0; code >= STILE_ENOSYS; code--) {
		cr_assert(stile_err_name(code) != NULL, "%d", code);
		snprintf(name, sizeof(name), "<%s>", stile_err_name(code));
		cr_expect(strstr(seen, name) == NULL, "%s twice", name);
		memcpy(seen + strlen(seen), name, strlen(name) + 1);
	}
}

Test(error, the_first_cause_stands)
{
	struct stile_error	e = { 0 };

	cr_expect_eq(stile_error_set(&e, STILE_ERANGE, 422, "%s: %d", "n", 5),
	    STILE_ERANGE);
	cr_expect_eq(stile_error_set(&e, STILE_EIO, 500, "later"), STILE_EIO,
	    "it returns what it is given");
	cr_expect_eq(e.code, STILE_ERANGE);
	cr_expect_eq(e.status, 422);
	EXPECT_STR(e.detail, "n: 5", "the first");
	cr_expect_eq(stile_error_set(NULL, STILE_EIO, 500, "nobody asks"),
	    STILE_EIO);
}

Test(error, a_long_detail_is_cut_and_ended)
{
	struct stile_error	e = { 0 };

	stile_error_set(&e, STILE_EIO, 0, "%0*d", 5000, 7);
	cr_expect_eq(strlen(e.detail), sizeof(e.detail) - 1);
}
